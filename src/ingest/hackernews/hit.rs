//! A hit of the search, and the record it is.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::item::{Said, whole};
use crate::ingest::source::Skipped;
use crate::model::IncomingRecord;

/// A hit. Older answers send every key with `null`, newer ones leave out what is not there.
#[derive(Deserialize)]
pub(super) struct Hit {
    #[serde(rename = "objectID")]
    object_id: String,
    created_at_i: Option<i64>,
    created_at: Option<DateTime<Utc>>,
    author: Option<String>,
    title: Option<String>,
    url: Option<String>,
    story_text: Option<String>,
    comment_text: Option<String>,
    points: Option<i64>,
    num_comments: Option<i64>,
    parent_id: Option<Value>,
    #[serde(rename = "_tags", default)]
    tags: Vec<String>,
}

/// Tags that say what a hit is, not what it is about.
const KIND_TAGS: &[&str] = &["story", "comment", "poll", "pollopt", "job"];

impl Hit {
    /// The record. A comment's story (`story_title`, `story_url`) is none of its own words, so it is left out.
    pub(super) fn into_record(self) -> Result<IncomingRecord, Skipped> {
        let at = self.created_at_i.and_then(|s| DateTime::from_timestamp(s, 0)).or(self.created_at);
        let about = |tag: &String| {
            !KIND_TAGS.contains(&tag.as_str()) && !tag.starts_with("author_") && !tag.starts_with("story_")
        };
        let comment = self.comment_text.filter(|text| !text.trim().is_empty());
        let parent = self.parent_id.as_ref().filter(|_| comment.is_some()).and_then(whole);
        let (title, text, url) = match comment {
            Some(comment) => (None, Some(comment), None),
            None => (self.title, self.story_text, self.url),
        };
        let said = Said {
            id: self.object_id,
            at,
            by: self.author,
            title,
            text,
            url,
            score: self.points,
            replies: self.num_comments,
            tags: self.tags.into_iter().filter(about).collect(),
            parent,
            deleted: None,
        };
        said.into_record()
    }
}
