//! Deliveries that do not go on by themselves: they wait for a moderator's yes, or for a permission.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Row as _, query};

use super::{LeasedStep, Store, StoreError};
use crate::model::{DeskId, StoryCode};

/// A delivery that a missing permission holds.
const HELD: &str = "EXISTS (SELECT 1 FROM step AS stuck WHERE stuck.delivery_id = delivery.id AND stuck.state = 'held' \
                    AND stuck.reason = 'no_permission')";

impl Store {
    /// Whether a missing permission holds an earlier version of a step's story at the same place, and not for so long
    /// that it will never be tried again.
    pub async fn is_behind_held(
        &self,
        step: &LeasedStep,
        planned_after: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let sql = format!(
            "SELECT 1 FROM delivery WHERE storyline = $1 AND destination = $2 AND version < $3 AND state = 'held' \
             AND created_ms >= $4 AND {HELD} LIMIT 1"
        );
        let row = query(AssertSqlSafe(sql))
            .bind(step.storyline.as_str())
            .bind(&step.destination)
            .bind(i64::from(step.version))
            .bind(planned_after.timestamp_millis())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// Lets a desk's deliveries of a story go that wait for a yes; how many.
    pub async fn approve(&self, desk: &DeskId, code: &StoryCode) -> Result<u64, StoreError> {
        let done =
            query("UPDATE delivery SET state = 'open' WHERE desk = $1 AND code = $2 AND state = 'waiting'")
                .bind(desk.as_str())
                .bind(code.as_str())
                .execute(&self.pool)
                .await?;
        Ok(done.rows_affected())
    }

    /// Stops a desk's deliveries of a story of which nothing is posted yet; how many.
    pub async fn hold(&self, desk: &DeskId, code: &StoryCode) -> Result<u64, StoreError> {
        let done = query(
            "UPDATE delivery SET state = 'waiting' WHERE desk = $1 AND code = $2 AND state = 'open' AND NOT EXISTS \
             (SELECT 1 FROM step WHERE delivery_id = delivery.id AND (state <> 'queued' OR remote <> ''))",
        )
        .bind(desk.as_str())
        .bind(code.as_str())
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// The codes of stories that wait for a desk's yes, oldest first.
    pub async fn waiting(&self, desk: &DeskId) -> Result<Vec<(StoryCode, u32)>, StoreError> {
        query(
            "SELECT code, version, MIN(created_ms) AS since FROM delivery WHERE desk = $1 AND state = 'waiting' \
             GROUP BY code, version ORDER BY since, code, version",
        )
        .bind(desk.as_str())
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(|row| {
            let code: String = row.try_get("code")?;
            Ok((
                code.parse().map_err(|err| StoreError::decode("delivery.code", err))?,
                u32::try_from(row.try_get::<i64, _>("version")?)
                    .map_err(|err| StoreError::decode("delivery.version", err))?,
            ))
        })
        .collect()
    }

    /// Opens again what a missing permission held after a time, the oldest delivery of each place: somebody may have
    /// helped. How many.
    pub async fn retry_held(
        &self,
        planned_after: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        self.retry_held_in("", planned_after, now).await
    }

    /// The same for one place, where something was just posted.
    pub async fn retry_held_at(
        &self,
        destination: &str,
        planned_after: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        self.retry_held_in(destination, planned_after, now).await
    }

    /// In one place, or everywhere if it is empty.
    async fn retry_held_in(
        &self,
        destination: &str,
        planned_after: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let sql = format!(
            "UPDATE delivery SET state = 'open', failing_ms = NULL WHERE state = 'held' AND created_ms >= $1 \
             AND ($2 = '' OR destination = $2) AND {HELD} \
             AND NOT EXISTS (SELECT 1 FROM delivery AS older WHERE older.destination = delivery.destination \
             AND older.state = 'held' AND older.created_ms >= $1 AND (older.created_ms < delivery.created_ms \
             OR (older.created_ms = delivery.created_ms AND older.id < delivery.id)) AND {})",
            HELD.replace("delivery.", "older.")
        );
        let done = query(AssertSqlSafe(sql))
            .bind(planned_after.timestamp_millis())
            .bind(destination)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() > 0 {
            query(
                "UPDATE step SET state = CASE WHEN remote <> '' THEN 'queued' ELSE 'intended' END, state_ms = $1 \
                 WHERE state = 'held' AND reason = 'no_permission' AND delivery_id IN (SELECT id FROM delivery WHERE state = 'open')",
            )
            .bind(now.timestamp_millis())
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}
