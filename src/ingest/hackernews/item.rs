//! What somebody said on Hacker News, however it came: as a hit, as an item, as a line of an archive.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::hit::Hit;
use crate::address::http_url;
use crate::ingest::field::{cut, fitted};
use crate::ingest::source::Skipped;
use crate::model::{Engagement, IncomingRecord, Platform, SourceClass, TombstoneReason};

/// What the two services have in common.
pub(super) struct Said {
    pub(super) id: String,
    pub(super) at: Option<DateTime<Utc>>,
    pub(super) by: Option<String>,
    pub(super) title: Option<String>,
    pub(super) text: Option<String>,
    /// What a story links to.
    pub(super) url: Option<String>,
    pub(super) score: Option<i64>,
    pub(super) replies: Option<i64>,
    pub(super) tags: Vec<String>,
    /// What a comment answers.
    pub(super) parent: Option<i64>,
    pub(super) deleted: Option<TombstoneReason>,
}

impl Said {
    pub(super) fn into_record(self) -> Result<IncomingRecord, Skipped> {
        let skip = |why: &str| Err(Skipped::new(self.id.clone(), why));
        if self.id.is_empty() || !self.id.bytes().all(|b| b.is_ascii_digit()) {
            return skip("its id is no number");
        }
        let gone = self.deleted.is_some();
        // What is gone is known by its id alone.
        let at = self.at.or_else(|| gone.then_some(DateTime::UNIX_EPOCH));
        let Some(published_at) = at else { return skip("it has no time") };
        let some = |text: Option<String>| text.filter(|text| !gone && !text.trim().is_empty());
        let (title, mut body) = (some(self.title), some(self.text).unwrap_or_default());
        if title.is_none() && body.is_empty() && !gone {
            return Err(Skipped::new(self.id, "neither title nor text: flagged, or deleted"));
        }
        if let Some(url) = some(self.url) {
            add_link(&mut body, &url);
        }
        Ok(fitted(IncomingRecord {
            platform: Platform::HackerNews,
            class: SourceClass::default_for(&Platform::HackerNews),
            permalink: address(&self.id),
            native_id: self.id,
            author: some(self.by),
            venue: "Hacker News".to_owned(),
            published_at,
            archived_seen_at: None,
            edited_at: None,
            title,
            body,
            tags: self.tags,
            answers: self.parent.filter(|id| *id > 0).map(address),
            quotes: None,
            engagement: Engagement { score: self.score, replies: self.replies },
            deleted: self.deleted,
        }))
    }
}

/// Where people read what has this number.
fn address(id: impl std::fmt::Display) -> String {
    format!("https://news.ycombinator.com/item?id={id}")
}

/// Puts what a story links to below its text, as a link that names itself: stages find the link, and of its words
/// nothing is left in the text that is read and quoted.
fn add_link(body: &mut String, url: &str) {
    let Some(url) = http_url(url) else { return };
    let link =
        html_escape::encode_double_quoted_attribute(url.as_str()).replace('<', "&lt;").replace('>', "&gt;");
    let slashes_escaped = link.replace('/', "&#x2F;");
    if body.contains(url.as_str()) || body.contains(&link) || body.contains(&slashes_escaped) {
        return;
    }
    let mut longer = format!("{body}<p><a href=\"{link}\">{link}</a>");
    // Half a link would be another one.
    if !cut(&mut longer) {
        *body = longer;
    }
}

/// An item of Firebase. Archives write numbers as texts now and then.
#[derive(Deserialize)]
struct Item {
    id: Value,
    by: Option<String>,
    time: Option<Value>,
    title: Option<String>,
    text: Option<String>,
    url: Option<String>,
    score: Option<Value>,
    descendants: Option<Value>,
    deleted: Option<bool>,
    dead: Option<bool>,
    parent: Option<Value>,
    #[serde(rename = "type")]
    kind: Option<Value>,
}

/// Reads an item; one that is deleted or dead comes as a record that says so.
pub(super) fn item(value: &Value) -> Result<IncomingRecord, Skipped> {
    let what = || value.get("id").map_or_else(|| "an item".to_owned(), Value::to_string);
    let item = Item::deserialize(value).map_err(|err| Skipped::new(what(), err.to_string()))?;
    item.into_record()
}

impl Item {
    fn into_record(self) -> Result<IncomingRecord, Skipped> {
        let text = self.text.as_deref().unwrap_or_default().trim();
        let deleted = if self.deleted == Some(true) {
            Some(TombstoneReason::Author)
        } else if self.dead == Some(true) || matches!(text, "[dead]" | "[flagged]" | "[deleted]") {
            Some(TombstoneReason::Moderator)
        } else {
            None
        };
        // Options of polls have parents too, which they do not answer.
        let comment = self.kind.as_ref().is_none_or(|kind| kind == "comment");
        let id = match self.id {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text,
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
        };
        // As the search tags them, so that both services tell of one story alike.
        let title = self.title.as_deref().unwrap_or_default();
        let named = [("Ask HN:", "ask_hn"), ("Show HN:", "show_hn")];
        let tags =
            named.iter().filter(|(front, _)| title.starts_with(front)).map(|(_, tag)| (*tag).to_owned());
        let tags = tags.collect();
        let said = Said {
            id,
            at: self.time.as_ref().and_then(whole).and_then(|s| DateTime::from_timestamp(s, 0)),
            by: self.by,
            title: self.title,
            text: self.text,
            url: self.url,
            score: self.score.as_ref().and_then(whole),
            replies: self.descendants.as_ref().and_then(whole),
            tags,
            parent: self.parent.as_ref().filter(|_| comment).and_then(whole),
            deleted,
        };
        said.into_record()
    }
}

pub(super) fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|n| n as i64)),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Reads a line of an archive: an item of Firebase or a hit of the search. None for an empty line, and for `null`, which
/// is how an item that was never there is archived.
///
/// Job advertisements and the options of polls are passed over, as a scan without tags does.
pub fn dump_line(line: &[u8]) -> Result<Option<IncomingRecord>, Skipped> {
    let line = line.trim_ascii();
    if line.is_empty() || line == b"null" {
        return Ok(None);
    }
    let value: Value = serde_json::from_slice(line).map_err(|err| Skipped::new("a line", err.to_string()))?;
    if !value.is_object() {
        return Err(Skipped::new("a line", "it is no object"));
    }
    let is = |kind: &str| {
        let tags = value.get("_tags").and_then(Value::as_array);
        value.get("type").and_then(Value::as_str) == Some(kind)
            || tags.is_some_and(|tags| tags.iter().any(|tag| tag.as_str() == Some(kind)))
    };
    if let Some(object_id) = value.get("objectID") {
        let what = || object_id.to_string();
        if is("job") || is("pollopt") {
            return Err(Skipped::new(what(), "a job or an option of a poll"));
        }
        let hit = Hit::deserialize(&value).map_err(|err| Skipped::new(what(), err.to_string()))?;
        return hit.into_record().map(Some);
    }
    let record = item(&value)?;
    if record.deleted.is_none() && (is("job") || is("pollopt")) {
        return Err(Skipped::new(record.native_id, "a job or an option of a poll"));
    }
    Ok(Some(record))
}
