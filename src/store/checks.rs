//! Cited records are asked for again at their platforms: which of them are due.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{AssertSqlSafe, Row as _, query};

use super::dialect::Col::Text;
use super::{Store, StoreError};
use crate::model::{Platform, RecordId};

/// A record that is due to be asked for again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueCheck {
    /// The record.
    pub id: RecordId,
    /// Its id at the platform.
    pub native_id: String,
}

impl Store {
    /// Records of one platform that versions written after `since` know, and that were not asked for again for `every`:
    /// those that never were first, then those whose turn was longest ago.
    pub async fn due_checks(
        &self,
        platform: &Platform,
        now: DateTime<Utc>,
        since: DateTime<Utc>,
        every: TimeDelta,
        limit: i64,
    ) -> Result<Vec<DueCheck>, StoreError> {
        query(
            "SELECT record.id AS id, record.native_id AS native_id FROM record \
             LEFT JOIN record_check ON record_check.record_id = record.id \
             WHERE record.platform = $1 AND record.gone_ms IS NULL AND COALESCE(record_check.checked_ms, 0) <= $2 \
             AND record.id IN (SELECT story_record.record_id FROM story_record JOIN story \
             ON story.storyline = story_record.storyline AND story.version = story_record.version WHERE story.at_ms > $3 AND story_record.role = 'cited') \
             ORDER BY COALESCE(record_check.checked_ms, 0), record.id LIMIT $4",
        )
        .bind(platform.to_string())
        .bind((now - every).timestamp_millis())
        .bind(since.timestamp_millis())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(|row| {
            Ok(DueCheck {
                id: RecordId::from_stored(row.try_get::<String, _>("id")?),
                native_id: row.try_get("native_id")?,
            })
        })
        .collect()
    }

    /// Notes that these records were asked for and answered.
    pub async fn checked(&self, ids: &[RecordId], at: DateTime<Utc>) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = ids.iter().map(|id| serde_json::json!({ "id": id })).collect();
        let sql = format!(
            "INSERT INTO record_check (record_id, checked_ms) SELECT r.id, $2 FROM {} WHERE true \
             ON CONFLICT (record_id) DO UPDATE SET checked_ms = excluded.checked_ms",
            self.dialect.rows(&[("id", Text)])
        );
        query(AssertSqlSafe(sql))
            .bind(serde_json::to_string(&rows)?)
            .bind(at.timestamp_millis())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
