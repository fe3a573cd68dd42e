//! How the desk is doing.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{AskError, Desk};

/// How the desk is doing.
#[derive(Clone, Debug, Serialize)]
pub struct StatusAnswer {
    /// Version of newsdesk.
    pub version: String,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// Topics followed.
    pub topics: usize,
    /// Records stored.
    pub records: u64,
    /// Records still to be analysed.
    pub pending: u64,
    /// Records set aside because they address a machine or hide text.
    pub quarantined: u64,
    /// Tombstones.
    pub gone: u64,
    /// First and last publication time of stored records.
    pub span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Stories.
    pub stories: u64,
    /// Versions of stories.
    pub versions: u64,
    /// Deliveries by state.
    pub deliveries: BTreeMap<String, u64>,
    /// Sources ever scanned.
    pub sources: Vec<SourceLineStatus>,
}

/// How one source is doing.
#[derive(Clone, Debug, Serialize)]
pub struct SourceLineStatus {
    /// Its name.
    pub source: String,
    /// The topic it feeds.
    pub topic: String,
    /// Records it has brought.
    pub records: u64,
    /// Last success.
    pub last_ok: Option<DateTime<Utc>>,
    /// What went wrong at the last try.
    pub error: Option<String>,
    /// Not tried again before.
    pub next: Option<DateTime<Utc>>,
}

impl Desk<'_> {
    /// How the desk is doing.
    pub async fn status(&self) -> Result<StatusAnswer, AskError> {
        let [records, pending, quarantined, gone] = self.store.record_totals().await?;
        let (stories, versions) = self.store.story_totals().await?;
        let sources = self.store.source_states().await?;
        Ok(StatusAnswer {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            database: match self.store.dialect() {
                crate::store::Dialect::Sqlite => "sqlite".to_owned(),
                crate::store::Dialect::Postgres => "postgres".to_owned(),
            },
            topics: self.topics.len(),
            records,
            pending,
            quarantined,
            gone,
            span: self.store.published_span().await?,
            stories,
            versions,
            deliveries: self.store.delivery_totals().await?.into_iter().collect(),
            sources: sources
                .into_iter()
                .map(|s| SourceLineStatus {
                    source: s.source,
                    topic: s.topic,
                    records: s.records,
                    last_ok: s.last_ok_at,
                    error: s.last_error,
                    next: s.next_at,
                })
                .collect(),
        })
    }
}
