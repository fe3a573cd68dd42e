//! What a place that is read must be able to do.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::feed::FeedError;
use super::http::{HttpError, PoliteClient};
use crate::model::{Gap, GoneAccount, IncomingRecord, Platform};
use crate::store::SourceState;

/// A place where records come from.
#[async_trait]
pub trait Source: Send + Sync {
    /// Its name, unique in a desk and stable while it reads the same place: under it the cursor is kept.
    fn id(&self) -> String;

    /// Its kind as written in a topic file: `feed`, `hackernews`, …
    fn kind(&self) -> &'static str;

    /// The platform of its records.
    fn platform(&self) -> Platform {
        platform_of(self.kind()).unwrap_or(Platform::Web)
    }

    /// Whether an answer shows the latest of a place and nothing else, as feeds do: then an answer in which nothing was
    /// known before leaves a gap behind it.
    fn shows_latest_only(&self) -> bool {
        false
    }

    /// Whether it tells all of its platform as it happens, for as long as somebody listens.
    fn is_stream(&self) -> bool {
        is_stream(self.kind())
    }

    /// The least time between two scans that both went well.
    fn min_interval(&self) -> Duration {
        Duration::ZERO
    }

    /// Reads the next page after `state`. Makes at most `budget.max_requests` requests and stores nothing.
    async fn scan(
        &self,
        http: &PoliteClient,
        state: &SourceState,
        budget: Budget,
        now: DateTime<Utc>,
    ) -> Result<Page, ScanError>;
}

/// The platform of a kind of source: most are named after it.
pub fn platform_of(kind: &str) -> Option<Platform> {
    match kind {
        "jetstream" => Some(Platform::Bluesky),
        "github" | "stackexchange" => Some(Platform::Web),
        _ => kind.parse().ok(),
    }
}

/// Whether sources of a kind are streams.
pub fn is_stream(kind: &str) -> bool {
    kind == "jetstream"
}

/// How much one scan of a source may fetch. What is left waits for the next scan: the cursor says where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Records.
    pub max_records: usize,
    /// Requests.
    pub max_requests: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { max_records: 5_000, max_requests: 25 }
    }
}

/// What one request brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The records.
    pub records: Vec<IncomingRecord>,
    /// Where to go on. It is stored together with the records, never before.
    pub next: SourceCursor,
    /// What was there and is no record, and why.
    pub skipped: Vec<Skipped>,
    /// Whether more is known to wait behind this page.
    pub more: bool,
    /// Accounts that are gone: all that is stored of them goes.
    pub gone_accounts: Vec<GoneAccount>,
    /// Not before this moment does the source want to be asked again, if that is later than its own interval. More than a
    /// day is not waited.
    pub not_before: Option<DateTime<Utc>>,
    /// Time of which the source can no longer tell what was said, found out with this page.
    pub gap: Option<Gap>,
}

impl Page {
    /// Takes what became of something that was there.
    pub(super) fn take(&mut self, read: Result<IncomingRecord, Skipped>) {
        match read {
            Ok(record) => self.records.push(record),
            Err(skipped) => self.skipped.push(skipped),
        }
    }
}

/// A platform that can be asked for records by their ids: whether they still stand, and with which text.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// The platform.
    fn platform(&self) -> Platform;

    /// Ids in one request.
    fn batch(&self) -> usize;

    /// Asks for at most [`Lookup::batch`] records by their native ids, in one request where the platform can.
    ///
    /// A record that stands comes as it is now; one that is gone comes with `deleted`. An id of which nothing certain
    /// was learnt (the server was down, or refused) is left out.
    async fn look_up(
        &self,
        http: &PoliteClient,
        ids: &[&str],
        now: DateTime<Utc>,
    ) -> Result<Vec<IncomingRecord>, ScanError>;
}

/// Where a source stopped, as it wants to be told next time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceCursor {
    /// Opaque to all but the source.
    pub cursor: Option<String>,
    /// HTTP validator, byte for byte.
    pub etag: Option<String>,
    /// HTTP validator, byte for byte.
    pub last_modified: Option<String>,
}

impl SourceCursor {
    /// A place, kept as JSON.
    pub(super) fn keeping(place: &impl Serialize) -> Self {
        let cursor = serde_json::to_string(place).expect("numbers, texts and names can be written");
        Self { cursor: Some(cursor), ..Self::default() }
    }

    /// The place that `state` keeps; none where nothing is read yet, or what is kept is of another form.
    pub(super) fn kept<T: DeserializeOwned>(state: &SourceState) -> Option<T> {
        state.cursor.as_deref().and_then(|text| serde_json::from_str(text).ok())
    }

    /// Where `state` stands.
    pub fn of(state: &SourceState) -> Self {
        Self {
            cursor: state.cursor.clone(),
            etag: state.etag.clone(),
            last_modified: state.last_modified.clone(),
        }
    }
}

/// Something a source gave that is no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Which: an id, an address, or its place in the answer.
    pub what: String,
    /// Why.
    pub why: String,
}

impl Skipped {
    pub(super) fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into() }
    }
}

/// Why a source could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Something came, but no feed.
    #[error("{url} is not a feed we can read; check `url` of source `{source_name}` in the topic file")]
    NotAFeed {
        /// The feed's address.
        url: String,
        /// The source's name.
        source_name: String,
        /// What is wrong with it.
        #[source]
        cause: FeedError,
    },
    /// The answer has not the shape that this service gives.
    #[error("{host} answered something we cannot read: {why}")]
    BadAnswer {
        /// The service.
        host: String,
        /// What is wrong with it.
        why: String,
    },
    /// The service was reached and will not let us read.
    #[error("{what} cannot be read: {why}")]
    Refused {
        /// What was asked for: `r/NAME`, a query.
        what: String,
        /// What the service says, and what to do.
        why: String,
    },
    /// Our own reader broke down on what came.
    #[error("reading source `{source_name}` broke down: {why}; please report this")]
    Panicked {
        /// The source's name.
        source_name: String,
        /// The panic's message.
        why: String,
    },
}

/// A page that is no feed, or no JSON, is mostly an error page that goes away.
const BAD_ANSWER_RETRY: Duration = Duration::from_mins(30);

/// Who was refused is let in again by people, not by time; they should not have to wait long for us to see it.
const REFUSED_RETRY: Duration = Duration::from_hours(1);

impl ScanError {
    /// What kind of failure it is, in a word or two: failures are counted by it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Http(err) => err.kind(),
            Self::NotAFeed { .. } => "not a feed",
            Self::BadAnswer { .. } => "unreadable answer",
            Self::Refused { .. } => "refused",
            Self::Panicked { .. } => "broke down",
        }
    }

    /// How long to wait at least before trying again; `None` when trying again cannot help.
    pub fn retry_in(&self) -> Option<Duration> {
        match self {
            Self::Http(err) => err.retry_in(),
            Self::NotAFeed { .. } | Self::BadAnswer { .. } => Some(BAD_ANSWER_RETRY),
            Self::Refused { .. } => Some(REFUSED_RETRY),
            Self::Panicked { .. } => None,
        }
    }
}
