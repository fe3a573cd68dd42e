//! Questions on a site of Stack Exchange. What is said there is CC BY-SA: its author's name goes wherever it goes.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::field::fitted;
use super::http::at_service;
use super::http::{Get, HttpError, PoliteClient};
use super::refusal;
use super::source::{Budget, Page, ScanError, Skipped, Source, SourceCursor};
use crate::address::http_url;
use crate::address::native_id;
use crate::model::{Engagement, IncomingRecord, Platform, SourceClass};
use crate::store::SourceState;

const BASE: &str = "https://api.stackexchange.com/2.3/";

/// The service's name in messages.
const HOST: &str = "api.stackexchange.com";

/// Questions asked for at once.
const PER_PAGE: &str = "50";

/// How far the first scan looks back.
const FIRST_WINDOW: TimeDelta = TimeDelta::hours(48);

/// Younger questions are read again: many are edited at once.
const OVERLAP: TimeDelta = TimeDelta::hours(1);

/// Least time between two scans: without a key an address has 300 requests a day.
const MIN_INTERVAL: Duration = Duration::from_mins(15);

/// The wait when the service throttles us and does not say for how long.
const UNSTATED_WAIT: Duration = Duration::from_mins(10);

/// The longest wait that is believed.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// Questions of one site that a search finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackExchangeSource {
    /// The site: `stackoverflow`, `unix` …
    pub site: String,
    /// Words to search for; empty: everything with the tags.
    pub query: String,
    /// Tags of which one must be there.
    pub tags: Vec<String>,
    key: Option<String>,
    base: Option<Url>,
}

impl StackExchangeSource {
    /// The search for `query` among the questions with one of `tags`.
    pub fn new(site: &str, query: &str, tags: Vec<String>) -> Self {
        Self { site: site.to_owned(), query: query.to_owned(), tags, key: None, base: None }
    }

    /// Asks with an application's key, which allows more requests. It is no secret, and the API wants it in the address.
    #[must_use]
    pub fn with_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// Asks another server that speaks the same API. `base` ends with a slash.
    #[must_use]
    pub fn at(mut self, base: Url) -> Self {
        self.base = Some(base);
        self
    }

    fn address(&self, from: i64, page: u32) -> Result<Url, HttpError> {
        let mut url = at_service(self.base.as_ref(), BASE, "search/advanced")?;
        let mut query = url.query_pairs_mut();
        query
            .append_pair("order", "desc")
            .append_pair("sort", "creation")
            .append_pair("site", &self.site)
            .append_pair("filter", "withbody")
            .append_pair("pagesize", PER_PAGE)
            .append_pair("fromdate", &from.to_string())
            .append_pair("page", &page.to_string());
        if !self.query.is_empty() {
            query.append_pair("q", &self.query);
        }
        if !self.tags.is_empty() {
            query.append_pair("tagged", &self.tags.join(";"));
        }
        if let Some(key) = &self.key {
            query.append_pair("key", key);
        }
        drop(query);
        Ok(url)
    }
}

/// Where a search stands, which comes newest first: `done` moves only when a walk down the pages is finished.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    walk: Option<Walk>,
    /// Until this second the service does not want to be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quiet_until: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Walk {
    top: i64,
    from: i64,
    page: u32,
}

#[derive(Deserialize)]
struct Answer {
    items: Vec<Value>,
    has_more: Option<bool>,
    backoff: Option<u32>,
}

#[async_trait]
impl Source for StackExchangeSource {
    fn id(&self) -> String {
        format!("stackexchange:{}:{}:{}", self.site, self.tags.join(","), self.query)
    }

    fn kind(&self) -> &'static str {
        "stackexchange"
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
        let rest = place.quiet_until.map(|until| until - now.timestamp()).and_then(|s| u64::try_from(s).ok());
        if let Some(wait) = rest.filter(|s| *s > 0).map(|s| Duration::from_secs(s).min(LONGEST_WAIT)) {
            return Err(HttpError::RateLimited { host: HOST.to_owned(), wait }.into());
        }
        let first = place.done.map_or((now - FIRST_WINDOW).timestamp(), |done| done - OVERLAP.num_seconds());
        let (from, number) = place.walk.as_ref().map_or((first, 1), |walk| (walk.from, walk.page));
        let url = self.address(from, number)?;
        let get = Get { read_refusals: true, ..Get::new(url) };
        let answer = http.get(&get, now).await?;
        if answer.status >= 400 {
            return Err(refused(answer.status, &answer.body));
        }
        let answer: Answer =
            serde_json::from_slice(&answer.body).map_err(|err| refusal::unreadable(HOST, err))?;
        let mut page = Page::default();
        let mut newest = None;
        for (n, item) in answer.items.iter().enumerate() {
            match Question::deserialize(item) {
                Ok(question) => {
                    newest = newest.max(Some(question.creation_date.min(now.timestamp())));
                    page.take(question.into_record(&self.site));
                }
                Err(err) => page.skipped.push(Skipped::new(format!("question {}", n + 1), err.to_string())),
            }
        }
        let top = match &place.walk {
            Some(walk) => walk.top,
            None => newest.max(place.done).unwrap_or(from),
        };
        let more = answer.has_more == Some(true) && !answer.items.is_empty();
        let quiet_until = answer.backoff.map(|s| now.timestamp() + i64::from(s));
        let next = if more {
            let walk = Walk { top, from, page: number.saturating_add(1) };
            Place { done: place.done, walk: Some(walk), quiet_until }
        } else {
            Place { done: Some(top), walk: None, quiet_until }
        };
        // Asked to pause, the scan ends here; its walk goes on in the next one.
        page.more = more && quiet_until.is_none();
        page.next = SourceCursor::keeping(&next);
        Ok(page)
    }
}

/// Too many requests come with status 400 and the wait in words: "… more requests available in 8 seconds".
fn refused(status: u16, body: &[u8]) -> ScanError {
    #[derive(Deserialize)]
    struct Refusal {
        error_id: Option<i64>,
        error_name: Option<String>,
    }
    let said = refusal::said(body);
    let refusal = serde_json::from_slice::<Refusal>(body).ok();
    let throttled = refusal.is_some_and(|refusal| {
        refusal.error_id == Some(502) || refusal.error_name.as_deref() == Some("throttle_violation")
    });
    if throttled {
        let words: Vec<&str> = said.split_whitespace().collect();
        let seconds = words.windows(2).find_map(|pair| match pair {
            [number, unit] if unit.starts_with("second") => number.parse().ok(),
            _ => None,
        });
        let wait = seconds.map_or(UNSTATED_WAIT, Duration::from_secs).min(LONGEST_WAIT);
        return HttpError::RateLimited { host: HOST.to_owned(), wait }.into();
    }
    let why =
        format!("it refuses the search ({}); check the site and the tags", refusal::named(status, &said));
    ScanError::Refused { what: HOST.to_owned(), why }
}

#[derive(Deserialize)]
struct Question {
    link: String,
    creation_date: i64,
    title: Option<String>,
    body: Option<String>,
    last_edit_date: Option<i64>,
    owner: Option<Owner>,
    tags: Option<Vec<String>>,
    score: Option<i64>,
    answer_count: Option<i64>,
}

#[derive(Deserialize)]
struct Owner {
    display_name: Option<String>,
}

impl Question {
    fn into_record(self, site: &str) -> Result<IncomingRecord, Skipped> {
        let skip = |why: &str| Err(Skipped::new(self.link.clone(), why));
        let address = http_url(&self.link);
        let Some((address, native_id)) =
            address.and_then(|url| native_id(&Platform::Web, url.as_str()).map(|id| (url, id)))
        else {
            return skip("it has no address");
        };
        let Some(published_at) = DateTime::from_timestamp(self.creation_date, 0) else {
            return skip("it has no time");
        };
        let decoded = |text: Option<String>| {
            let text = html_escape::decode_html_entities(text.as_deref()?).into_owned();
            Some(text).filter(|text| !text.trim().is_empty())
        };
        let title = decoded(self.title);
        let body = self.body.unwrap_or_default();
        if title.is_none() && body.trim().is_empty() {
            return Err(Skipped::new(self.link, "it has no text"));
        }
        Ok(fitted(IncomingRecord {
            platform: Platform::Web,
            native_id,
            class: SourceClass::Forum,
            permalink: address.into(),
            author: decoded(self.owner.and_then(|owner| owner.display_name)),
            venue: site.to_owned(),
            published_at,
            archived_seen_at: None,
            edited_at: self.last_edit_date.and_then(|at| DateTime::from_timestamp(at, 0)),
            title,
            body,
            tags: self.tags.unwrap_or_default(),
            answers: None,
            quotes: None,
            engagement: Engagement { score: self.score, replies: self.answer_count },
            deleted: None,
        }))
    }
}

#[cfg(test)]
mod tests;
