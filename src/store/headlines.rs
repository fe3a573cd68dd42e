//! The newest headlines, without their stories: what is offered while somebody types.

use sqlx::{Row as _, query};

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

impl Store {
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
