//! Leads as ranked at each tick, and what became of them.

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _, query};

use super::dialect::Col::{Int, Text};
use super::{Store, StoreError};
use crate::model::{Lead, StoryCode, TopicSlug};

/// A lead of a tick and the story it became, if it did.
#[derive(Clone, Debug, PartialEq)]
pub struct LeadRow {
    /// The tick.
    pub at: DateTime<Utc>,
    /// The lead.
    pub lead: Lead,
    /// The story it became or belongs to.
    pub story: Option<(StoryCode, u32)>,
}

impl Store {
    /// Stores the ranked leads of a tick. Storing them twice is storing them once.
    pub async fn save_leads(&self, rows: &[LeadRow]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = rows
            .iter()
            .map(|r| {
                Ok(serde_json::json!({
                    "at_ms": r.at.timestamp_millis(), "rank": r.lead.rank, "topic": r.lead.topic, "central": r.lead.central,
                    "code": r.story.as_ref().map(|s| &s.0), "version": r.story.as_ref().map(|s| s.1),
                    "body": serde_json::to_string(&r.lead)?,
                }))
            })
            .collect::<Result<_, StoreError>>()?;
        let sql = format!(
            "INSERT INTO lead (at_ms, rank, topic, central, code, version, body) \
             SELECT r.at_ms, r.rank, r.topic, r.central, r.code, r.version, r.body FROM {} WHERE true \
             ON CONFLICT (at_ms, rank) DO NOTHING",
            self.dialect.rows(&[
                ("at_ms", Int),
                ("rank", Int),
                ("topic", Text),
                ("central", Text),
                ("code", Text),
                ("version", Int),
                ("body", Text)
            ])
        );
        query(AssertSqlSafe(sql)).bind(serde_json::to_string(&rows)?).execute(&self.pool).await?;
        Ok(())
    }

    /// The topic's leads of its latest tick at or before `until`, best first.
    pub async fn last_leads(
        &self,
        topic: &TopicSlug,
        until: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<LeadRow>, StoreError> {
        query(
            "SELECT at_ms, code, version, body FROM lead WHERE topic = $1 AND at_ms = \
             (SELECT MAX(at_ms) FROM lead WHERE topic = $1 AND at_ms <= $2) ORDER BY at_ms, rank LIMIT $3",
        )
        .bind(topic.as_str())
        .bind(until.timestamp_millis())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(lead_of)
        .collect()
    }
}

pub(super) fn lead_of(row: &AnyRow) -> Result<LeadRow, StoreError> {
    let code: Option<String> = row.try_get("code")?;
    let version: Option<i64> = row.try_get("version")?;
    let story = match (code, version) {
        (Some(code), Some(version)) => Some((
            code.parse().map_err(|err| StoreError::decode("lead.code", err))?,
            u32::try_from(version).map_err(|err| StoreError::decode("lead.version", err))?,
        )),
        (Some(_) | None, None) | (None, Some(_)) => None,
    };
    Ok(LeadRow {
        at: super::decode::time("lead.at_ms", row.try_get("at_ms")?)?,
        lead: serde_json::from_str(&row.try_get::<String, _>("body")?)?,
        story,
    })
}
