//! Decisions: every yes and no, with its reasons.

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _, query};

use super::dialect::Col::{Int, Text};
use super::{Store, StoreError};
use crate::model::{Decision, ReasonCode, Sha256, TopicSlug};

impl Store {
    /// Stores decisions. Deciding the same thing at the same tick twice is deciding it once.
    pub async fn save_decisions(&self, decisions: &[Decision]) -> Result<(), StoreError> {
        if decisions.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = decisions
            .iter()
            .map(|d| {
                let key = format!("{}\n{}\n{}\n{}", d.at.timestamp_millis(), d.kind, d.topic, d.subject);
                Ok(serde_json::json!({
                    "id": Sha256::of(&key).as_str().get(..24), "at_ms": d.at.timestamp_millis(), "kind": d.kind,
                    "topic": d.topic, "subject": d.subject, "outcome": d.outcome,
                    "reasons": serde_json::to_string(&d.reasons)?, "detail": d.detail,
                }))
            })
            .collect::<Result<_, StoreError>>()?;
        let sql = format!(
            "INSERT INTO decision (id, at_ms, kind, topic, subject, outcome, reasons, detail) \
             SELECT id, at_ms, kind, topic, subject, outcome, reasons, detail FROM {} WHERE true ON CONFLICT (id) DO NOTHING",
            self.dialect.rows(&[
                ("id", Text),
                ("at_ms", Int),
                ("kind", Text),
                ("topic", Text),
                ("subject", Text),
                ("outcome", Text),
                ("reasons", Text),
                ("detail", Text),
            ])
        );
        query(AssertSqlSafe(sql)).bind(serde_json::to_string(&rows)?).execute(&self.pool).await?;
        Ok(())
    }

    /// Decisions of a topic in `(after, until]`, newest first.
    pub async fn decisions(
        &self,
        topic: &TopicSlug,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Decision>, StoreError> {
        query(
            "SELECT at_ms, kind, topic, subject, outcome, reasons, detail FROM decision \
             WHERE topic = $1 AND at_ms > $2 AND at_ms <= $3 ORDER BY at_ms DESC, kind, subject LIMIT $4",
        )
        .bind(topic.as_str())
        .bind(after.timestamp_millis())
        .bind(until.timestamp_millis())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(decision_of)
        .collect()
    }

    /// Decisions about one thing (a story code, a record), newest first.
    pub async fn decisions_about(&self, subject: &str, limit: i64) -> Result<Vec<Decision>, StoreError> {
        query(
            "SELECT at_ms, kind, topic, subject, outcome, reasons, detail FROM decision \
             WHERE subject = $1 ORDER BY at_ms DESC, kind, topic LIMIT $2",
        )
        .bind(subject)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(decision_of)
        .collect()
    }
}

fn decision_of(row: &AnyRow) -> Result<Decision, StoreError> {
    let text = |column: &'static str| -> Result<String, StoreError> { Ok(row.try_get::<String, _>(column)?) };
    let reasons: Vec<ReasonCode> = serde_json::from_str(&text("reasons")?)?;
    Ok(Decision {
        at: super::decode::time("decision.at_ms", row.try_get("at_ms")?)?,
        kind: text("kind")?.parse().map_err(|err| StoreError::decode("decision.kind", err))?,
        topic: text("topic")?.parse().map_err(|err| StoreError::decode("decision.topic", err))?,
        subject: text("subject")?,
        outcome: text("outcome")?.parse().map_err(|err| StoreError::decode("decision.outcome", err))?,
        reasons,
        detail: text("detail")?,
    })
}
