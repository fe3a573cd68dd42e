//! What becomes of storylines: two become one, and each ends.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{Row as _, query};

use super::decode::{optional_time, time};
use super::{Store, StoreError};
use crate::model::{Amendment, AmendmentKind, StoryCode, StoryStatus, StorylineId, TopicSlug};

/// A storyline that goes on under its own name.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenStoryline {
    /// Identity.
    pub storyline: StorylineId,
    /// Code.
    pub code: StoryCode,
    /// Topic.
    pub topic: TopicSlug,
    /// When its latest version was written.
    pub at: DateTime<Utc>,
    /// The status that version was written with.
    pub written: StoryStatus,
    /// The status that was noted last.
    pub noted: StoryStatus,
}

impl Store {
    /// When a storyline began.
    pub async fn storyline_created(&self, id: &StorylineId) -> Result<Option<DateTime<Utc>>, StoreError> {
        let row = query("SELECT created_ms FROM storyline WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await?;
        match row {
            Some(row) => optional_time("storyline.created_ms", Some(row.try_get("created_ms")?)),
            None => Ok(None),
        }
    }

    /// How many storylines of each topic began in `(after, before)`, whatever became of them since.
    pub async fn storylines_begun(
        &self,
        after: DateTime<Utc>,
        before: DateTime<Utc>,
    ) -> Result<BTreeMap<TopicSlug, usize>, StoreError> {
        query("SELECT topic, COUNT(*) AS n FROM storyline WHERE created_ms > $1 AND created_ms < $2 GROUP BY topic")
            .bind(after.timestamp_millis())
            .bind(before.timestamp_millis())
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| {
                let topic = row.try_get::<String, _>("topic")?.parse();
                let n: i64 = row.try_get("n")?;
                Ok((
                    topic.map_err(|err| StoreError::decode("storyline.topic", err))?,
                    usize::try_from(n).unwrap_or(0),
                ))
            })
            .collect()
    }

    /// Lets a story go on as another, with a note for its posts, in one transaction. `false`: it does already.
    pub async fn merge_storyline(
        &self,
        code: &StoryCode,
        lasting: &StoryCode,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = query(
            "UPDATE storyline SET merged_into = $1, merged_ms = $2 WHERE code = $3 AND merged_into IS NULL \
             AND NOT EXISTS (SELECT 1 FROM storyline AS s WHERE s.code = $1 AND s.merged_into IS NOT NULL)",
        )
        .bind(lasting.as_str())
        .bind(at.timestamp_millis())
        .bind(code.as_str())
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        let note = Amendment {
            code: code.clone(),
            kind: AmendmentKind::Continuation,
            text: format!("This story and {lasting} turned out to be one. It goes on as {lasting}."),
            by: "this desk".to_owned(),
            at,
        };
        Self::save_amendment_in(&mut tx, &note).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The story that this one goes on as, if it was merged.
    pub async fn continued_as(&self, code: &StoryCode) -> Result<Option<StoryCode>, StoreError> {
        let mut last = None;
        let mut asked = code.clone();
        // Merging into a merged one is refused, but the lasting one may be merged later.
        for _ in 0..8 {
            let row = query("SELECT merged_into FROM storyline WHERE code = $1 AND merged_into IS NOT NULL")
                .bind(asked.as_str())
                .fetch_optional(&self.pool)
                .await?;
            let Some(row) = row else { break };
            let next: StoryCode = row
                .try_get::<String, _>("merged_into")?
                .parse()
                .map_err(|err| StoreError::decode("storyline.merged_into", err))?;
            asked = next.clone();
            last = Some(next);
        }
        Ok(last)
    }

    /// Storylines whose latest version by `until` is younger than `since` and that go on under their own name.
    pub async fn storylines_open(
        &self,
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<OpenStoryline>, StoreError> {
        let sql = "SELECT story.storyline AS storyline, story.code AS code, story.topic AS topic, story.at_ms AS at_ms, \
                   story.status AS written, storyline.status AS noted FROM story JOIN storyline ON storyline.id = story.storyline \
                   WHERE story.at_ms > $1 AND story.at_ms <= $2 AND storyline.merged_into IS NULL \
                   AND story.version = (SELECT MAX(s.version) FROM story AS s WHERE s.storyline = story.storyline AND s.at_ms <= $2) \
                   ORDER BY story.at_ms, story.storyline LIMIT 10000";
        query(sql)
            .bind(since.timestamp_millis())
            .bind(until.timestamp_millis())
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| {
                let text = |column: &'static str| -> Result<String, StoreError> {
                    Ok(row.try_get::<String, _>(column)?)
                };
                Ok(OpenStoryline {
                    storyline: StorylineId::from_stored(text("storyline")?),
                    code: text("code")?.parse().map_err(|err| StoreError::decode("story.code", err))?,
                    topic: text("topic")?.parse().map_err(|err| StoreError::decode("story.topic", err))?,
                    at: time("story.at_ms", row.try_get("at_ms")?)?,
                    written: text("written")?
                        .parse()
                        .map_err(|err| StoreError::decode("story.status", err))?,
                    noted: text("noted")?
                        .parse()
                        .map_err(|err| StoreError::decode("storyline.status", err))?,
                })
            })
            .collect()
    }

    /// Where a storyline was noted to be in its life, last.
    pub async fn noted_status(&self, id: &StorylineId) -> Result<Option<StoryStatus>, StoreError> {
        let row = query("SELECT status FROM storyline WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let status = row.try_get::<String, _>("status")?;
        status.parse().map(Some).map_err(|err| StoreError::decode("storyline.status", err))
    }

    /// Notes where a storyline is in its life.
    pub async fn note_status(&self, id: &StorylineId, status: StoryStatus) -> Result<(), StoreError> {
        query("UPDATE storyline SET status = $1 WHERE id = $2")
            .bind(status.as_str())
            .bind(id.as_str())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
