//! RSS, Atom and JSON feeds.

mod date;
mod decode;
mod document;
mod entities;
mod entry;
mod json;
mod parse;
mod raw;
#[cfg(test)]
mod tests;
mod xml;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use url::Url;

use super::http::{Get, PoliteClient};
use super::scan::panic_text;
use super::source::{Budget, Page, ScanError, Source, SourceCursor};
use crate::model::SourceClass;
use crate::store::SourceState;

pub use parse::{FeedOrigin, ParsedFeed, parse};
pub use raw::FeedHints;

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
        let get = Get {
            etag: state.etag.clone(),
            last_modified: state.last_modified.clone(),
            max_body_bytes: Some(self.max_bytes),
            ..Get::new(self.url.clone())
        };
        let answer = http.get(&get, now).await?;
        if answer.not_modified {
            let kept = SourceCursor::of(state);
            let next = SourceCursor {
                etag: answer.etag().or(kept.etag),
                last_modified: answer.last_modified().or(kept.last_modified),
                ..kept
            };
            return Ok(Page { next, ..Page::default() });
        }
        let next = SourceCursor { cursor: None, etag: answer.etag(), last_modified: answer.last_modified() };
        let charset = answer.header("content-type").and_then(decode::charset_of).map(str::to_owned);
        let origin = FeedOrigin { url: answer.url.clone(), name: self.name.clone(), class: self.class };
        let body = answer.body;
        // Parsing ten megabytes takes a while, and the parser may panic: both stay on a thread of their own.
        let parsed =
            tokio::task::spawn_blocking(move || parse(&body, charset.as_deref(), &origin, now)).await;
        let parsed = parsed.unwrap_or_else(|err| {
            let why = err.try_into_panic().map_or_else(|err| err.to_string(), |panic| panic_text(&*panic));
            Err(FeedError::Panicked(why))
        });
        let parsed = parsed.map_err(|cause| ScanError::NotAFeed {
            url: self.url.to_string(),
            source_name: self.name.clone(),
            cause,
        })?;
        Ok(Page { records: parsed.records, next, skipped: parsed.skipped, ..Page::default() })
    }
}
