//! How the desk is doing.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{AskError, Desk};
use crate::store::{Caps, SourceHealth, SourceState};

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
    /// What the language model cost; absent where none was asked this month and none is set up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelSpending>,
    /// Sources ever scanned.
    pub sources: Vec<SourceLineStatus>,
}

/// What the language model cost, open calls included at the most they can. Days and months are those of UTC.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ModelSpending {
    /// Calls today.
    pub calls_today: u64,
    /// Tokens today, read and written.
    pub tokens_today: u64,
    /// Millionths of a dollar today.
    pub microusd_today: u64,
    /// Millionths of a dollar this month.
    pub microusd_month: u64,
    /// The cap of the day, where it is known.
    pub cap_today: Option<u64>,
    /// The cap of the month, where it is known.
    pub cap_month: Option<u64>,
    /// The cap of tokens of the day, where it is known.
    pub cap_tokens_today: Option<u64>,
}

impl StatusAnswer {
    /// The same held against the caps.
    #[must_use]
    pub fn against(mut self, caps: &Caps) -> Self {
        let spending = self.model.get_or_insert_default();
        spending.cap_today = Some(caps.day);
        spending.cap_month = Some(caps.month);
        spending.cap_tokens_today = Some(caps.tokens_day);
        self
    }
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
    /// When its latest record was published: how far it lags.
    pub newest: Option<DateTime<Utc>>,
    /// New records in the last 24 hours.
    pub day: u64,
    /// New records in a usual 24 hours, once that is known.
    pub usual_day: Option<f64>,
    /// Requests in the last 24 hours.
    pub scans: u64,
    /// Of them, failed.
    pub failures: u64,
    /// What went wrong in the last 24 hours, by kind, the latest first.
    pub failed: Vec<FailureStatus>,
    /// Time of the last month that it did not tell of and cannot tell of any more, the latest first: from, until.
    pub gaps: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

/// A kind of failure of a source.
#[derive(Clone, Debug, Serialize)]
pub struct FailureStatus {
    /// What kind, in a word or two.
    pub kind: String,
    /// How often.
    pub times: u64,
    /// When last.
    pub last: DateTime<Utc>,
}

impl SourceLineStatus {
    fn of(state: SourceState, health: SourceHealth) -> Self {
        Self {
            source: state.source,
            topic: state.topic,
            records: state.records,
            last_ok: state.last_ok_at,
            error: state.last_error,
            next: state.next_at,
            newest: state.newest_at,
            day: health.day,
            usual_day: health.usual_day,
            scans: health.scans,
            failures: health.failures,
            failed: health
                .failed
                .into_iter()
                .map(|f| FailureStatus { kind: f.kind, times: f.times, last: f.last_at })
                .collect(),
            gaps: health.gaps.into_iter().map(|gap| (gap.from, gap.until)).collect(),
        }
    }
}

impl Desk<'_> {
    /// How the desk is doing.
    pub async fn status(&self) -> Result<StatusAnswer, AskError> {
        let [records, pending, quarantined, gone] = self.store.record_totals().await?;
        let (stories, versions) = self.store.story_totals().await?;
        let sources = self.store.source_states().await?;
        let mut health = self.store.source_health(self.now).await?;
        let (today, month) = self.store.model_spent(self.now).await?;
        let model = (month.calls > 0).then_some(ModelSpending {
            calls_today: today.calls,
            tokens_today: today.tokens,
            microusd_today: today.microusd,
            microusd_month: month.microusd,
            ..ModelSpending::default()
        });
        Ok(StatusAnswer {
            model,
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
                .map(|state| {
                    let health = health.remove(&state.source).unwrap_or_default();
                    SourceLineStatus::of(state, health)
                })
                .collect(),
        })
    }
}
