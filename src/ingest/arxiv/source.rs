//! The papers of a category, or of a search, newest first.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::ask;
use super::paper::{paper, time};
use crate::ingest::http::PoliteClient;
use crate::ingest::source::{Budget, Page, ScanError, Source, SourceCursor};
use crate::model::Gap;
use crate::store::SourceState;

/// Papers asked for at once: a page of them stays far below the limit on bodies.
const PAGE: usize = 200;

/// New papers come out once a day.
const MIN_INTERVAL: Duration = Duration::from_hours(6);

/// A paper that moderators held back comes out under the day on which it was handed in.
const OVERLAP_S: i64 = 3 * 24 * 60 * 60;

/// How far the first scan looks back: over a weekend with holidays.
const FIRST_WINDOW_S: i64 = 7 * 24 * 60 * 60;

/// arXiv shows no more of one query.
const LAST_START: usize = 30_000;

/// Pages overlap by so many papers: one that is taken out while we read moves the others up.
const PAGE_OVERLAP: usize = 5;

/// arXiv was opened in August 1991: older dates are mistakes.
const OPENED: i64 = 681_696_000;

/// What a query holds that is written in arXiv's own language.
const FIELDS: [&str; 10] =
    ["ti:", "au:", "abs:", "co:", "jr:", "cat:", "rn:", "id:", "all:", "submittedDate:"];

/// Papers of arXiv.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArxivSource {
    /// A category such as `cs.LG`.
    pub category: Option<String>,
    /// Words that must all occur, `"phrases"` among them; or a query in arXiv's own language (`abs:tram OR ti:tram`).
    pub query: Option<String>,
    base: Option<Url>,
}

impl ArxivSource {
    /// The papers of `category` that `query` finds; one of the two may be missing.
    pub fn new(category: Option<String>, query: Option<String>) -> Self {
        Self { category, query, base: None }
    }

    /// Asks another server that speaks the same API. `base` ends with a slash.
    #[must_use]
    pub fn at(mut self, base: Url) -> Self {
        self.base = Some(base);
        self
    }

    pub(super) fn search(&self) -> String {
        let category = self.category.as_ref().map(|name| format!("cat:{}", name.trim()));
        let query = self.query.as_deref().map(spoken).filter(|query| !query.is_empty());
        [category, query].into_iter().flatten().collect::<Vec<_>>().join(" AND ")
    }
}

/// A query in arXiv's language.
fn spoken(query: &str) -> String {
    let query = query.trim();
    if FIELDS.iter().any(|field| query.contains(field)) {
        return format!("({query})");
    }
    let mut parts = Vec::new();
    for (n, part) in query.split('"').enumerate() {
        let part = part.replace(['(', ')'], " ");
        let words: Vec<&str> = part.split_whitespace().collect();
        // Between the first and the second quotation mark stands a phrase, and so on.
        if n % 2 == 1 && words.len() > 1 {
            parts.push(format!("all:\"{}\"", words.join(" ")));
        } else {
            parts.extend(words.iter().map(|word| format!("all:{word}")));
        }
    }
    parts.join(" AND ")
}

/// Where a search stands. A walk goes back page by page from the newest; `done` jumps to where it began only when it has
/// met what is read already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// Everything handed in up to this second is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    walk: Option<Walk>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Walk {
    top: Option<i64>,
    oldest: Option<i64>,
    start: usize,
}

impl Place {
    fn next(self, times: &[i64], n: usize, total: Option<usize>, now: DateTime<Utc>) -> (Self, Option<Gap>) {
        let walk = self.walk.unwrap_or_default();
        let horizon = self.done.map_or(now.timestamp() - FIRST_WINDOW_S, |done| done - OVERLAP_S);
        let sane = |at: &&i64| (OPENED..=now.timestamp() + 24 * 60 * 60).contains(*at);
        let newest = times.iter().filter(sane).max().map(|at| (*at).min(now.timestamp()));
        let oldest = times.iter().filter(sane).min().copied();
        let top = walk.top.max(newest);
        let oldest = [walk.oldest, oldest].into_iter().flatten().min();
        let end = Self { done: self.done.max(top), walk: None };
        // The last three papers must agree, for one odd date decides nothing.
        if times.iter().filter(sane).rev().take(3).max().is_some_and(|last| *last <= horizon) {
            return (end, None);
        }
        // A short page is no end: arXiv now and then sends fewer than there are.
        let read_to = walk.start + n;
        if n == 0 || total.is_some_and(|total| read_to >= total) {
            return (end, None);
        }
        let start = walk.start + n.saturating_sub(PAGE_OVERLAP).max(1);
        if start < LAST_START {
            return (Self { done: self.done, walk: Some(Walk { top, oldest, start }) }, None);
        }
        let gap = self.done.zip(oldest).filter(|(done, oldest)| done < oldest);
        let time = |s| DateTime::from_timestamp(s, 0);
        (end, gap.and_then(|(from, until)| Some(Gap { from: time(from)?, until: time(until)? })))
    }
}

#[async_trait]
impl Source for ArxivSource {
    fn id(&self) -> String {
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        format!("arxiv:{}:{}", optional(&self.category), optional(&self.query))
    }

    fn kind(&self) -> &'static str {
        "arxiv"
    }

    fn min_interval(&self) -> Duration {
        MIN_INTERVAL
    }

    async fn scan(
        &self,
        http: &PoliteClient,
        state: &SourceState,
        _budget: Budget,
        now: DateTime<Utc>,
    ) -> Result<Page, ScanError> {
        let place: Place = SourceCursor::kept(state).unwrap_or_default();
        let start = place.walk.map_or(0, |walk| walk.start);
        let (search, start_text, most) = (self.search(), start.to_string(), PAGE.to_string());
        let fields = [
            ("search_query", search.as_str()),
            ("start", &start_text),
            ("max_results", &most),
            ("sortBy", "submittedDate"),
            ("sortOrder", "descending"),
        ];
        let feed = ask(http, self.base.as_ref(), &fields, &format!("`{search}`"), now).await?;
        let n = feed.entries.len();
        if n == 0 && feed.total.is_none_or(|total| total > start) {
            let host = self.base.as_ref().and_then(Url::host_str).unwrap_or("export.arxiv.org").to_owned();
            return Err(ScanError::BadAnswer {
                host,
                why: "an empty page where papers should be".to_owned(),
            });
        }
        let mut page = Page::default();
        let mut times = Vec::new();
        for entry in feed.entries {
            times.extend(time(&entry.published).map(|at| at.timestamp()));
            page.take(paper(entry, self.category.as_deref().map(str::trim)));
        }
        let next;
        (next, page.gap) = place.next(&times, n, feed.total, now);
        page.more = next.walk.is_some();
        page.next = SourceCursor::keeping(&next);
        Ok(page)
    }
}
