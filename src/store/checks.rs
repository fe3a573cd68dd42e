//! Cited records are asked for again at their platforms: which of them are due.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{AssertSqlSafe, Row as _, query};

use super::dialect::Col::{Int, Text};
use super::{Store, StoreError};
use crate::model::{Platform, RecordId};

/// How long a record that its platform did not tell of is left alone.
const UNANSWERED: TimeDelta = TimeDelta::hours(1);

/// A record that is due to be asked for again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueCheck {
    /// The record.
    pub id: RecordId,
    /// Its id at the platform.
    pub native_id: String,
    /// Whether nobody has asked for it since it is cited.
    pub first: bool,
}

impl Store {
    /// Records of one platform that versions written after `since` cite, and that were not asked for again for `every`:
    /// those that were never asked for first, then those that were asked for longest ago, answered or not. One that was not
    /// answered is due again after an hour.
    pub async fn due_checks(
        &self,
        platform: &Platform,
        now: DateTime<Utc>,
        since: DateTime<Utc>,
        every: TimeDelta,
        limit: i64,
    ) -> Result<Vec<DueCheck>, StoreError> {
        query(
            // What is cited comes first: it is little, and a platform's records are most of the store.
            "SELECT record.id AS id, record.native_id AS native_id, COALESCE(record_check.asked_ms, 0) AS asked FROM \
             (SELECT DISTINCT story_record.record_id AS id FROM story JOIN story_record \
             ON story.storyline = story_record.storyline AND story.version = story_record.version \
             WHERE story.at_ms > $3 AND story_record.role = 'cited') AS cited \
             CROSS JOIN record LEFT JOIN record_check ON record_check.record_id = record.id \
             WHERE record.id = cited.id AND record.platform = $1 AND record.gone_ms IS NULL \
             AND COALESCE(record_check.checked_ms, 0) <= $2 AND COALESCE(record_check.asked_ms, 0) <= $4 \
             ORDER BY COALESCE(record_check.asked_ms, 0), record.id LIMIT $5",
        )
        .bind(platform.to_string())
        .bind((now - every).timestamp_millis())
        .bind(since.timestamp_millis())
        .bind((now - every.min(UNANSWERED)).timestamp_millis())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(|row| {
            Ok(DueCheck {
                id: RecordId::from_stored(row.try_get::<String, _>("id")?),
                native_id: row.try_get("native_id")?,
                first: row.try_get::<i64, _>("asked")? == 0,
            })
        })
        .collect()
    }

    /// Notes that these records were asked for; those that were answered have had their turn.
    pub async fn checked(
        &self,
        asked: &[DueCheck],
        answered: impl Fn(&DueCheck) -> bool,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if asked.is_empty() {
            return Ok(());
        }
        let at = at.timestamp_millis();
        let rows: Vec<_> = asked
            .iter()
            .map(|due| serde_json::json!({ "id": due.id, "checked": if answered(due) { at } else { 0 } }))
            .collect();
        let sql = format!(
            "INSERT INTO record_check (record_id, asked_ms, checked_ms) SELECT r.id, $2, r.checked FROM {} WHERE true \
             ON CONFLICT (record_id) DO UPDATE SET asked_ms = excluded.asked_ms, checked_ms = CASE \
             WHEN excluded.checked_ms > 0 THEN excluded.checked_ms ELSE record_check.checked_ms END",
            self.dialect.rows(&[("id", Text), ("checked", Int)])
        );
        query(AssertSqlSafe(sql)).bind(serde_json::to_string(&rows)?).bind(at).execute(&self.pool).await?;
        Ok(())
    }
}
