//! Rows as what they are: times and records.

use chrono::{DateTime, Utc};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::StoreError;
use crate::model::{AuthorKey, Engagement, Record, RecordId, RecordState};

/// The columns of [`record_of`].
pub(super) const RECORD_COLUMNS: &str = "record.id, platform, native_id, class, permalink, author, author_key, venue, \
    published_ms, seen_ms, archived_seen_ms, edited_ms, title, body, tags, answers, quotes, score, replies, record.revision, gone_ms, gone_reason";

pub(super) fn time(what: &'static str, ms: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_millis(ms)
        .ok_or_else(|| StoreError::decode(what, format_args!("{ms} is no time")))
}

pub(super) fn optional_time(
    what: &'static str,
    ms: Option<i64>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    ms.map(|ms| time(what, ms)).transpose()
}

pub(super) fn record_of(row: &AnyRow) -> Result<Record, StoreError> {
    let text = |column: &'static str| -> Result<String, StoreError> { Ok(row.try_get::<String, _>(column)?) };
    let gone: Option<i64> = row.try_get("gone_ms")?;
    let reason: Option<String> = row.try_get("gone_reason")?;
    let state = match (gone, reason) {
        (None, None) => RecordState::Live,
        (Some(at), Some(reason)) => RecordState::Tombstone {
            at: time("record.gone_ms", at)?,
            reason: reason.parse().map_err(|err| StoreError::decode("record.gone_reason", err))?,
        },
        (Some(_), None) | (None, Some(_)) => {
            return Err(StoreError::decode("record.gone_ms", "time and reason must come together"));
        }
    };
    Ok(Record {
        id: RecordId::from_stored(text("id")?),
        platform: text("platform")?.parse().map_err(|err| StoreError::decode("record.platform", err))?,
        native_id: text("native_id")?,
        class: text("class")?.parse().map_err(|err| StoreError::decode("record.class", err))?,
        permalink: text("permalink")?,
        author: row.try_get("author")?,
        author_key: AuthorKey::from_stored(text("author_key")?),
        venue: text("venue")?,
        published_at: time("record.published_ms", row.try_get("published_ms")?)?,
        seen_at: time("record.seen_ms", row.try_get("seen_ms")?)?,
        archived_seen_at: optional_time("record.archived_seen_ms", row.try_get("archived_seen_ms")?)?,
        edited_at: optional_time("record.edited_ms", row.try_get("edited_ms")?)?,
        title: row.try_get("title")?,
        body: text("body")?,
        tags: serde_json::from_str(&text("tags")?)?,
        answers: row.try_get("answers")?,
        quotes: row.try_get("quotes")?,
        engagement: Engagement { score: row.try_get("score")?, replies: row.try_get("replies")? },
        revision: u32::try_from(row.try_get::<i64, _>("revision")?)
            .map_err(|err| StoreError::decode("record.revision", err))?,
        state,
    })
}
