//! Signals and the pulse of topics at a tick.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Row as _, query};

use super::dialect::Col::{Int, Text};
use super::{Store, StoreError};
use crate::model::{Signal, TopicSlug};

impl Store {
    /// Stores the signals of a tick, kept or not. Storing them twice is storing them once.
    pub async fn save_signals(&self, signals: &[Signal]) -> Result<(), StoreError> {
        if signals.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = signals
            .iter()
            .map(|s| {
                Ok(serde_json::json!({
                    "id": s.id, "topic": s.topic, "kind": s.kind, "at_ms": s.at.timestamp_millis(),
                    "kept": i64::from(s.kept), "body": serde_json::to_string(s)?,
                }))
            })
            .collect::<Result<_, StoreError>>()?;
        let sql = format!(
            "INSERT INTO signal (id, topic, kind, at_ms, kept, body) SELECT id, topic, kind, at_ms, kept, body FROM {} WHERE true \
             ON CONFLICT (id) DO NOTHING",
            self.dialect.rows(&[
                ("id", Text),
                ("topic", Text),
                ("kind", Text),
                ("at_ms", Int),
                ("kept", Int),
                ("body", Text)
            ])
        );
        query(AssertSqlSafe(sql)).bind(serde_json::to_string(&rows)?).execute(&self.pool).await?;
        Ok(())
    }

    /// Signals of a topic measured in `(after, until]`, newest first.
    pub async fn signals(
        &self,
        topic: &TopicSlug,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<Signal>, StoreError> {
        query("SELECT body FROM signal WHERE topic = $1 AND at_ms > $2 AND at_ms <= $3 ORDER BY at_ms DESC, kind LIMIT 500")
            .bind(topic.as_str())
            .bind(after.timestamp_millis())
            .bind(until.timestamp_millis())
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| Ok(serde_json::from_str(&row.try_get::<String, _>("body")?)?))
            .collect()
    }

    /// Stores how topics stood at a tick, as JSON, all at once.
    pub async fn save_pulses(
        &self,
        at: DateTime<Utc>,
        pulses: &[(&TopicSlug, String)],
    ) -> Result<(), StoreError> {
        if pulses.is_empty() {
            return Ok(());
        }
        let at_ms = at.timestamp_millis();
        let rows: Vec<_> = pulses
            .iter()
            .map(|(topic, body)| serde_json::json!({ "topic": topic, "at_ms": at_ms, "body": body }))
            .collect();
        let sql = format!(
            "INSERT INTO pulse (topic, at_ms, body) SELECT topic, at_ms, body FROM {} WHERE true \
             ON CONFLICT (topic, at_ms) DO NOTHING",
            self.dialect.rows(&[("topic", Text), ("at_ms", Int), ("body", Text)])
        );
        query(AssertSqlSafe(sql)).bind(serde_json::to_string(&rows)?).execute(&self.pool).await?;
        Ok(())
    }

    /// The topic's last pulse at or before `until`.
    pub async fn last_pulse(
        &self,
        topic: &TopicSlug,
        until: DateTime<Utc>,
    ) -> Result<Option<(DateTime<Utc>, String)>, StoreError> {
        let row = query(
            "SELECT at_ms, body FROM pulse WHERE topic = $1 AND at_ms <= $2 ORDER BY at_ms DESC LIMIT 1",
        )
        .bind(topic.as_str())
        .bind(until.timestamp_millis())
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| Ok((super::decode::time("pulse.at_ms", row.try_get("at_ms")?)?, row.try_get("body")?)))
            .transpose()
    }
}
