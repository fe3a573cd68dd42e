//! The newest headlines, without their stories: what is offered while somebody types, and searched.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Row as _, query};

use super::decode::time;
use super::{Store, StoreError};
use crate::model::{StoryCode, TopicSlug};

/// A story in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadlineRow {
    /// Its code.
    pub code: StoryCode,
    /// Its topic.
    pub topic: TopicSlug,
    /// The headline of its latest version.
    pub headline: String,
}

/// A story as a search sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryLine {
    /// Its code.
    pub code: StoryCode,
    /// Its topic.
    pub topic: TopicSlug,
    /// The headline of its latest version.
    pub headline: String,
    /// What that version calls its subject.
    pub label: String,
    /// When that version was written.
    pub at: DateTime<Utc>,
}

impl Store {
    /// The stories with the newest versions, newest first, each story once, in one line each.
    pub async fn story_lines(&self, limit: i64) -> Result<Vec<StoryLine>, StoreError> {
        let sql = format!(
            "SELECT code, topic, headline, {} AS label, at_ms FROM story \
             WHERE version = (SELECT MAX(s.version) FROM story AS s WHERE s.storyline = story.storyline) \
             ORDER BY at_ms DESC, storyline LIMIT $1",
            self.dialect.json_text("body", "label")
        );
        query(AssertSqlSafe(sql))
            .bind(limit)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| {
                let text = |column: &'static str| -> Result<String, StoreError> { Ok(row.try_get(column)?) };
                Ok(StoryLine {
                    code: text("code")?.parse().map_err(|err| StoreError::decode("story.code", err))?,
                    topic: text("topic")?.parse().map_err(|err| StoreError::decode("story.topic", err))?,
                    headline: text("headline")?,
                    label: text("label")?,
                    at: time("story.at_ms", row.try_get("at_ms")?)?,
                })
            })
            .collect()
    }

    /// Headlines of the stories with the newest versions, newest first, each story once. A retracted one has none.
    pub async fn headlines(&self, limit: i64) -> Result<Vec<HeadlineRow>, StoreError> {
        query(
            "SELECT code, topic, headline FROM story WHERE version = (SELECT MAX(s.version) FROM story AS s \
             WHERE s.storyline = story.storyline) \
             AND NOT EXISTS (SELECT 1 FROM amendment WHERE amendment.code = story.code AND amendment.kind = 'retraction') \
             ORDER BY at_ms DESC, storyline LIMIT $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(|row| {
            let text = |column: &'static str| -> Result<String, StoreError> { Ok(row.try_get(column)?) };
            Ok(HeadlineRow {
                code: text("code")?.parse().map_err(|err| StoreError::decode("story.code", err))?,
                topic: text("topic")?.parse().map_err(|err| StoreError::decode("story.topic", err))?,
                headline: text("headline")?,
            })
        })
        .collect()
    }
}
