//! Which topics the desk follows.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{AskError, Desk};
use crate::model::{StoryCode, StoryStatus, TopicSlug};

/// One topic, with its latest story.
#[derive(Clone, Debug, Serialize)]
pub struct TopicLine {
    /// Slug.
    pub slug: TopicSlug,
    /// Name.
    pub name: String,
    /// What belongs to it.
    pub description: String,
    /// Records stored.
    pub records: u64,
    /// Records of the last 24 hours.
    pub records_24h: u64,
    /// When its sources are scanned next.
    pub next_scan: Option<DateTime<Utc>>,
    /// Its latest story.
    pub latest: Option<LatestStory>,
}

/// A story in one line.
#[derive(Clone, Debug, Serialize)]
pub struct LatestStory {
    /// Code.
    pub code: StoryCode,
    /// Version.
    pub version: u32,
    /// Status.
    pub status: StoryStatus,
    /// Headline.
    pub headline: String,
    /// When that version was written.
    pub at: DateTime<Utc>,
}

impl Desk<'_> {
    /// Every topic, in order of name.
    pub async fn topic_lines(&self) -> Result<Vec<TopicLine>, AskError> {
        let day_ago = self.now - chrono::Duration::hours(24);
        let mut lines = Vec::with_capacity(self.topics.len());
        for topic in self.topics {
            let (records, records_24h, _) = self.store.topic_totals(&topic.slug, day_ago).await?;
            let latest = match self.store.latest_story(&topic.slug).await? {
                Some(row) => Some(LatestStory {
                    status: self.status_of(&row).await?,
                    code: row.story.code,
                    version: row.story.version,
                    headline: row.story.body.headline.text,
                    at: row.story.at,
                }),
                None => None,
            };
            lines.push(TopicLine {
                slug: topic.slug.clone(),
                name: topic.name.clone(),
                description: topic.description.clone(),
                records,
                records_24h,
                next_scan: topic.next_scan,
                latest,
            });
        }
        lines.sort_by(|a, b| (a.name.to_lowercase(), &a.slug).cmp(&(b.name.to_lowercase(), &b.slug)));
        Ok(lines)
    }
}
