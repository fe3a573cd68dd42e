//! RSS, Atom and JSON feeds.

mod cadence;
mod date;
mod decode;
mod discover;
mod document;
mod entities;
mod entry;
mod json;
mod parse;
mod place;
mod raw;
mod saved;
mod space;
#[cfg(test)]
mod tests;
mod text;
mod xml;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use url::Url;

use super::http::{Get, HttpError, PoliteClient};
use super::scan::panic_text;
use super::source::{Budget, Page, ScanError, Source, SourceCursor};
use crate::model::SourceClass;
use crate::store::SourceState;
use place::Place;

pub use parse::{FeedOrigin, ParsedFeed, parse};
pub use raw::FeedHints;
pub use saved::parse_saved;

/// The limit unless told otherwise. Feeds may be larger than other answers: some carry years of articles.
const MAX_FEED_BYTES: usize = 10 * 1024 * 1024;

/// A feed is asked at most every quarter of an hour, less a little, so that a schedule of every 15 minutes fits.
const MIN_INTERVAL: Duration = Duration::from_mins(14);

/// A feed that is read over and over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedSource {
    /// Its address.
    pub url: Url,
    /// What it is called in citations; empty: its own title.
    pub name: String,
    /// What its articles are.
    pub class: SourceClass,
    /// The least time between two scans.
    pub min_interval: Duration,
    /// Largest document in bytes, after decompression.
    pub max_bytes: usize,
}

impl FeedSource {
    /// A feed at `url`, asked at most every quarter of an hour, of at most 10 MiB.
    pub fn new(url: Url, name: impl Into<String>, class: SourceClass) -> Self {
        Self { url, name: name.into(), class, min_interval: MIN_INTERVAL, max_bytes: MAX_FEED_BYTES }
    }
}

/// Why a document is not read as a feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// There is nothing in it.
    #[error("the document is empty")]
    Empty,
    /// It is a page for people.
    #[error("the document is an HTML page")]
    Html,
    /// It defines entities of its own, which is how small documents become huge ones.
    #[error("the document has a DOCTYPE with definitions of its own")]
    Doctype,
    /// It is deeper than any feed.
    #[error("its elements are nested more than {max} deep")]
    TooDeep {
        /// The limit.
        max: usize,
    },
    /// It is malformed, or of another kind.
    #[error("{0}")]
    Malformed(String),
    /// The parser broke down on it.
    #[error("the feed parser broke down: {0}")]
    Panicked(String),
}

#[async_trait]
impl Source for FeedSource {
    fn id(&self) -> String {
        format!("feed:{}", self.url)
    }

    fn kind(&self) -> &'static str {
        "feed"
    }

    fn shows_latest_only(&self) -> bool {
        true
    }

    fn min_interval(&self) -> Duration {
        self.min_interval
    }

    async fn scan(
        &self,
        http: &PoliteClient,
        state: &SourceState,
        _budget: Budget,
        now: DateTime<Utc>,
    ) -> Result<Page, ScanError> {
        let mut place = Place::of(state, now);
        let substitute = place.substitute();
        let asked = substitute.clone().unwrap_or_else(|| self.url.clone());
        let get = Get {
            etag: state.etag.clone(),
            last_modified: state.last_modified.clone(),
            max_body_bytes: Some(self.max_bytes),
            ..Get::new(asked.clone())
        };
        let answer = match http.get(&get, now).await {
            // What stood in for the configured address is no more: that one is asked again, at once.
            Err(HttpError::Gone { .. } | HttpError::Status { status: 400..=499, .. })
                if substitute.is_some() =>
            {
                place.give_up_substitute(now);
                return Ok(place.elsewhere());
            }
            answer => answer?,
        };
        let fresh = cadence::freshness(answer.header("cache-control"), answer.header("age"));
        let due = |hints: &FeedHints| Some(cadence::not_before(hints, fresh, self.min_interval, now));
        if answer.not_modified {
            let kept = SourceCursor::of(state);
            place.answered_from(None, &self.url);
            let etag = answer.etag().or(kept.etag);
            let next = place.cursor(etag, answer.last_modified().or(kept.last_modified));
            return Ok(Page { next, not_before: due(&place.hints), ..Page::default() });
        }
        let charset = answer.header("content-type").and_then(decode::charset_of).map(str::to_owned);
        let origin = FeedOrigin {
            url: answer.url.clone(),
            known_as: self.url.clone(),
            name: self.name.clone(),
            class: self.class,
        };
        let moved = answer.moved_to().cloned();
        let (etag, last_modified) = (answer.etag(), answer.last_modified());
        let ids = place.ids.clone();
        // Parsing ten megabytes takes a while: it stays on a thread of its own, as would a panic.
        let read =
            tokio::task::spawn_blocking(move || read(&answer.body, charset.as_deref(), &origin, &ids, now));
        let read = read.await.unwrap_or_else(|err| {
            let why = err.try_into_panic().map_or_else(|err| err.to_string(), |panic| panic_text(&*panic));
            Err((FeedError::Panicked(why), Vec::new()))
        });
        match read {
            Ok(parsed) => {
                place.answered_from(moved.as_ref(), &self.url);
                place.hints = parsed.hints;
                place.remember(parsed.ids);
                Ok(Page {
                    records: parsed.records,
                    skipped: parsed.skipped,
                    not_before: due(&place.hints),
                    next: place.cursor(etag, last_modified),
                    ..Page::default()
                })
            }
            Err((FeedError::Html | FeedError::Malformed(_) | FeedError::Empty, _))
                if substitute.is_some() =>
            {
                place.give_up_substitute(now);
                Ok(place.elsewhere())
            }
            Err((cause, feeds)) => {
                if feeds.iter().any(|feed| *feed != asked && place.ask_instead(feed)) {
                    return Ok(place.elsewhere());
                }
                let (url, source_name) = (self.url.to_string(), self.name.clone());
                Err(ScanError::NotAFeed { url, source_name, cause })
            }
        }
    }
}

/// Reads a document; where it is a page for people, the feeds that it names come with the error.
fn read(
    bytes: &[u8],
    charset: Option<&str>,
    origin: &FeedOrigin,
    known: &BTreeMap<String, String>,
    now: DateTime<Utc>,
) -> Result<ParsedFeed, (FeedError, Vec<Url>)> {
    match parse(bytes, charset, origin, now) {
        Ok(mut parsed) => {
            parsed.withdraw_known(known, origin);
            Ok(parsed)
        }
        Err(FeedError::Html) => {
            Err((FeedError::Html, discover::feeds_of(&decode::decode(bytes, charset), &origin.url)))
        }
        Err(err) => Err((err, Vec::new())),
    }
}
