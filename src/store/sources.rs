//! Where each source stands. A page's records and its cursor are stored in one transaction.

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use sqlx::{Row as _, query};

use super::records::optional_time;
use super::{Store, StoreError, Tally};
use crate::model::IncomingRecord;

/// What a source needs to go on, and how it is doing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceState {
    /// The source's name: kind and address, unique in a desk.
    pub source: String,
    /// The topic it feeds.
    pub topic: String,
    /// Its kind.
    pub kind: String,
    /// Where it stopped; opaque to all but the source.
    pub cursor: Option<String>,
    /// HTTP validator, byte for byte.
    pub etag: Option<String>,
    /// HTTP validator, byte for byte.
    pub last_modified: Option<String>,
    /// Last try.
    pub last_scan_at: Option<DateTime<Utc>>,
    /// Last success.
    pub last_ok_at: Option<DateTime<Utc>>,
    /// What went wrong at the last try.
    pub last_error: Option<String>,
    /// Not before.
    pub next_at: Option<DateTime<Utc>>,
    /// Records it has brought so far.
    pub records: u64,
}

impl Store {
    /// The state of one source; a fresh one if it was never scanned.
    pub async fn source_state(&self, source: &str) -> Result<Option<SourceState>, StoreError> {
        let sql = format!("{SELECT} WHERE source = $1");
        query(sqlx::AssertSqlSafe(sql))
            .bind(source)
            .fetch_optional(&self.pool)
            .await?
            .as_ref()
            .map(state_of)
            .transpose()
    }

    /// All sources ever scanned.
    pub async fn source_states(&self) -> Result<Vec<SourceState>, StoreError> {
        let sql = format!("{SELECT} ORDER BY topic, source");
        query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await?.iter().map(state_of).collect()
    }

    /// Stores a page and the state after it, in one transaction.
    pub async fn save_page(
        &self,
        page: &[IncomingRecord],
        state: &SourceState,
        seen_at: DateTime<Utc>,
    ) -> Result<Tally, StoreError> {
        let mut tx = self.begin().await?;
        let tally = self.save_records_in(&mut tx, page, seen_at).await?;
        let ms = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp_millis());
        query(
            "INSERT INTO source_state (source, topic, kind, cursor, etag, last_modified, last_scan_ms, last_ok_ms, last_error, \
             next_ms, records) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
             ON CONFLICT (source) DO UPDATE SET topic = excluded.topic, kind = excluded.kind, cursor = excluded.cursor, \
             etag = excluded.etag, last_modified = excluded.last_modified, last_scan_ms = excluded.last_scan_ms, \
             last_ok_ms = excluded.last_ok_ms, last_error = excluded.last_error, next_ms = excluded.next_ms, \
             records = source_state.records + excluded.records",
        )
        .bind(&state.source)
        .bind(&state.topic)
        .bind(&state.kind)
        .bind(state.cursor.clone())
        .bind(state.etag.clone())
        .bind(state.last_modified.clone())
        .bind(ms(state.last_scan_at))
        .bind(ms(state.last_ok_at))
        .bind(state.last_error.clone())
        .bind(ms(state.next_at))
        .bind(i64::try_from(tally.new).unwrap_or(i64::MAX))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(tally)
    }
}

const SELECT: &str = "SELECT source, topic, kind, cursor, etag, last_modified, last_scan_ms, last_ok_ms, last_error, next_ms, records \
    FROM source_state";

fn state_of(row: &AnyRow) -> Result<SourceState, StoreError> {
    Ok(SourceState {
        source: row.try_get("source")?,
        topic: row.try_get("topic")?,
        kind: row.try_get("kind")?,
        cursor: row.try_get("cursor")?,
        etag: row.try_get("etag")?,
        last_modified: row.try_get("last_modified")?,
        last_scan_at: optional_time("source_state.last_scan_ms", row.try_get("last_scan_ms")?)?,
        last_ok_at: optional_time("source_state.last_ok_ms", row.try_get("last_ok_ms")?)?,
        last_error: row.try_get("last_error")?,
        next_at: optional_time("source_state.next_ms", row.try_get("next_ms")?)?,
        records: u64::try_from(row.try_get::<i64, _>("records")?)
            .map_err(|err| StoreError::decode("source_state.records", err))?,
    })
}
