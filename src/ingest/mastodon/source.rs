//! A hashtag's timeline on one server.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use url::Url;

use super::place::{Ask, Place, Seen};
use super::status::{self, Read};
use crate::ingest::http::at_service;
use crate::ingest::http::{Get, HttpError, PoliteClient, Response};
use crate::ingest::refusal;
use crate::ingest::source::{Budget, Page, ScanError, Source, SourceCursor};
use crate::store::SourceState;

/// Statuses asked for at once, the most that servers give.
const PER_PAGE: &str = "40";

/// Least time between two scans: servers allow one request a second, and others read there, too.
const MIN_INTERVAL: Duration = Duration::from_mins(2);

/// Public statuses with a hashtag, as far as one server knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MastodonSource {
    /// The server's host.
    pub instance: String,
    /// The tag without `#`.
    pub tag: String,
    base: Option<Url>,
}

impl MastodonSource {
    /// The statuses with `#tag` that the server `instance` knows.
    pub fn new(instance: &str, tag: &str) -> Self {
        Self { instance: instance.to_owned(), tag: tag.to_owned(), base: None }
    }

    /// Asks another server in its place. `base` ends with a slash.
    #[must_use]
    pub fn at(mut self, base: Url) -> Self {
        self.base = Some(base);
        self
    }

    fn at_server(&self, path: &str) -> Result<Url, HttpError> {
        at_service(self.base.as_ref(), &format!("https://{}/", self.instance), path)
    }

    fn address(&self, ask: &Ask) -> Result<Url, HttpError> {
        let mut url = self.at_server("api/v1/timelines/tag/")?;
        // The tag may be of any letters; only a base that is no address of the web has no segments.
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(&self.tag);
        }
        let mut query = url.query_pairs_mut();
        query.append_pair("limit", PER_PAGE);
        match ask {
            Ask::Newest => {}
            Ask::Below(id) => {
                query.append_pair("max_id", id);
            }
            // `since_id` would give the newest page after it and leave a gap.
            Ask::Above(id) => {
                query.append_pair("min_id", id);
            }
        }
        drop(query);
        Ok(url)
    }

    /// Why the server keeps its hashtags to itself: then an empty timeline is no silence.
    async fn closed(&self, http: &PoliteClient, now: DateTime<Utc>) -> Result<(), ScanError> {
        let url = self.at_server("api/v2/instance")?;
        // Other servers do not tell, and then there is nothing to conclude.
        let Ok(answer) = http.get(&Get::new(url), now).await else { return Ok(()) };
        let Ok(instance) = serde_json::from_slice::<Instance>(&answer.body) else { return Ok(()) };
        let feeds = instance.configuration.timelines_access.hashtag_feeds;
        let shut = |access: &Option<String>| access.as_deref().is_some_and(|access| access != "public");
        if shut(&feeds.local) && shut(&feeds.remote) {
            let why = "it shows hashtags to its members only; choose another `instance`".to_owned();
            return Err(ScanError::Refused { what: self.instance.clone(), why });
        }
        Ok(())
    }

    fn refused(&self, answer: &Response) -> Option<ScanError> {
        let said = refusal::named(answer.status, &refusal::said(&answer.body));
        let why = match answer.status {
            401 | 403 | 422 => {
                format!("it shows hashtags to its members only ({said}); choose another `instance`")
            }
            404 => format!("it has no timeline of hashtags ({said}); check `instance`"),
            400..=499 => format!("it refuses ({said})"),
            _ => return None,
        };
        Some(ScanError::Refused { what: self.instance.clone(), why })
    }
}

/// What a server says about itself; only who may read hashtags matters here.
#[derive(Deserialize)]
struct Instance {
    configuration: Configuration,
}

#[derive(Deserialize)]
struct Configuration {
    timelines_access: TimelinesAccess,
}

#[derive(Deserialize)]
struct TimelinesAccess {
    hashtag_feeds: Access,
}

#[derive(Deserialize)]
struct Access {
    local: Option<String>,
    remote: Option<String>,
}

#[async_trait]
impl Source for MastodonSource {
    fn id(&self) -> String {
        format!("mastodon:{}:{}", self.instance, self.tag.to_lowercase())
    }

    fn kind(&self) -> &'static str {
        "mastodon"
    }

    fn min_interval(&self) -> Duration {
        MIN_INTERVAL
    }

    async fn scan(
        &self,
        http: &PoliteClient,
        state: &SourceState,
        budget: Budget,
        now: DateTime<Utc>,
    ) -> Result<Page, ScanError> {
        let place: Place = SourceCursor::kept(state).unwrap_or_default();
        let get = Get { read_refusals: true, ..Get::new(self.address(&place.ask())?) };
        let answer = http.get(&get, now).await?;
        if let Some(err) = self.refused(&answer) {
            return Err(err);
        }
        let statuses = refusal::list(&self.instance, &answer.body)?;
        if statuses.is_empty() && !place.walks() && budget.max_requests > 1 {
            self.closed(http, now).await?;
        }
        let seen = Seen {
            ids: statuses.iter().filter_map(status::local_id).collect(),
            times: statuses.iter().filter_map(status::claimed_time).collect(),
            is_last: answer.header("link").is_some_and(|link| !has_next(link)),
        };
        let next = place.next(&seen, now);
        let mut page = Page { more: next.walks(), ..Page::default() };
        let venue = format!("#{}@{}", self.tag, self.instance);
        let beside = status::addresses(&statuses);
        for status in &statuses {
            match status::read(status, &self.instance, &venue, &beside) {
                Read::Record(record) => page.records.push(*record),
                Read::OptedOut(skipped) | Read::Skipped(skipped) => page.skipped.push(skipped),
            }
        }
        page.next = SourceCursor::keeping(&next);
        Ok(page)
    }
}

/// Whether a `Link` header names an older page (RFC 8288; the relation's quotes are optional).
fn has_next(link: &str) -> bool {
    link.split(';').skip(1).any(|part| {
        let part = part.split(',').next().unwrap_or_default();
        part.trim().strip_prefix("rel=").is_some_and(|rel| {
            rel.trim_matches('"').split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case("next"))
        })
    })
}
