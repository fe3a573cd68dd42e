//! Hacker News by its search (Algolia), which needs no key: stories and comments by words and tags.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::hit::Hit;
use crate::ingest::http::at_service;
use crate::ingest::http::{Get, HttpError, PoliteClient};
use crate::ingest::refusal;
use crate::ingest::source::{Budget, Page, ScanError, Skipped, Source, SourceCursor};
use crate::store::SourceState;

/// The service; a query gives at most 1,000 hits, whatever the page, so time windows are walked instead of pages.
const BASE: &str = "https://hn.algolia.com/api/v1/";

/// Hits asked for at once. 1,000 would be allowed, but then an answer of long comments outgrows the body limit.
pub(super) const HITS_PER_PAGE: usize = 200;

/// The index lags by minutes: what is older than the newest hit by less than this is asked for again.
const OVERLAP_S: i64 = 10 * 60;

/// How far the first scan looks back.
const FIRST_WINDOW_S: i64 = 48 * 60 * 60;

/// Records of Hacker News that a search finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HackerNewsSource {
    /// Words to search for; empty: everything with the tags.
    pub query: String,
    /// Tags that must all hold: `story`, `comment`, `ask_hn`, `author_NAME` … Empty: stories and comments.
    pub tags: Vec<String>,
    base: Option<Url>,
}

impl HackerNewsSource {
    /// The search for `query` with all of `tags`.
    pub fn new(query: impl Into<String>, tags: Vec<String>) -> Self {
        Self { query: query.into(), tags, base: None }
    }

    /// Asks another server that speaks the same API. `base` ends with a slash.
    #[must_use]
    pub fn at(mut self, base: Url) -> Self {
        self.base = Some(base);
        self
    }

    fn address(&self, after: i64, until: Option<i64>) -> Result<Url, HttpError> {
        let mut url = at_service(self.base.as_ref(), BASE, "search_by_date")?;
        let tags = if self.tags.is_empty() { "(story,comment)".to_owned() } else { self.tags.join(",") };
        let filters = match until {
            Some(until) => format!("created_at_i>{after},created_at_i<={until}"),
            None => format!("created_at_i>{after}"),
        };
        url.query_pairs_mut()
            .append_pair("query", &self.query)
            .append_pair("tags", &tags)
            .append_pair("numericFilters", &filters)
            .append_pair("hitsPerPage", &HITS_PER_PAGE.to_string());
        Ok(url)
    }
}

/// Where a search stands. The service answers newest first, so while a window is walked backwards its upper end
/// moves down, and only when the walk meets what is already read does `done` jump to where the walk began: whatever
/// interrupts it, nothing in between is taken for read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Everything up to this second is read.
    pub(super) done: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) walk: Option<Walk>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Walk {
    /// The newest second the walk has seen: `done` of tomorrow.
    pub(super) top: i64,
    /// The next page ends here.
    pub(super) until: i64,
}

impl Place {
    fn of(state: &SourceState, now: DateTime<Utc>) -> Self {
        SourceCursor::kept(state).unwrap_or(Self { done: now.timestamp() - FIRST_WINDOW_S, walk: None })
    }

    /// Everything after this second is asked for.
    fn after(self) -> i64 {
        self.done - OVERLAP_S
    }

    /// The place after a page whose hits were created in these seconds. A place without a walk has caught up.
    pub(super) fn next(self, times: &[i64], full: bool, now: DateTime<Utc>) -> Self {
        let newest = times.iter().copied().max().unwrap_or(self.done).min(now.timestamp());
        let top = self.walk.map_or(newest.max(self.done), |walk| walk.top);
        let oldest = times.iter().copied().min();
        let until = match (oldest, self.walk) {
            // A whole page within one second, or a server that knows no filters: the walk must get on all the same.
            (Some(oldest), Some(walk)) if oldest >= walk.until => walk.until - 1,
            // The oldest second again, for it may hold hits that did not fit.
            (Some(oldest), Some(_) | None) => oldest,
            (None, Some(_) | None) => self.after(),
        };
        if full && until > self.after() {
            Self { done: self.done, walk: Some(Walk { top, until }) }
        } else {
            Self { done: top, walk: None }
        }
    }
}

#[async_trait]
impl Source for HackerNewsSource {
    fn id(&self) -> String {
        format!("hackernews:{}:{}", self.tags.join(","), self.query)
    }

    fn kind(&self) -> &'static str {
        "hackernews"
    }

    async fn scan(
        &self,
        http: &PoliteClient,
        state: &SourceState,
        _budget: Budget,
        now: DateTime<Utc>,
    ) -> Result<Page, ScanError> {
        let place = Place::of(state, now);
        let url = self.address(place.after(), place.walk.map(|walk| walk.until))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let answer = http.get(&Get::new(url), now).await?;
        let (hits, page_size) = hits_of(&answer.body).map_err(|err| refusal::unreadable(&host, err))?;
        let mut page = Page::default();
        let mut times = Vec::new();
        for (n, hit) in hits.iter().enumerate() {
            // What was not asked for is a mistake, and moves nothing.
            let time = hit.get("created_at_i").and_then(serde_json::Value::as_i64);
            times.extend(time.filter(|at| *at > place.after()));
            match Hit::deserialize(hit) {
                Ok(hit) => page.take(hit.into_record()),
                Err(err) => page.skipped.push(Skipped::new(format!("hit {}", n + 1), err.to_string())),
            }
        }
        let next = place.next(&times, hits.len() >= page_size, now);
        page.more = next.walk.is_some();
        page.next = SourceCursor::keeping(&next);
        Ok(page)
    }
}

/// The hits, each still to be read by itself, and how many would have been a full page.
pub(super) fn hits_of(body: &[u8]) -> Result<(Vec<serde_json::Value>, usize), serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        hits: Vec<serde_json::Value>,
        hits_per_page: Option<usize>,
    }
    let answer: Answer = serde_json::from_slice(body)?;
    Ok((answer.hits, answer.hits_per_page.unwrap_or(HITS_PER_PAGE).clamp(1, HITS_PER_PAGE)))
}
