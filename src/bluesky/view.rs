//! What others' posts and accounts look like to us, as far as we ask.
//!
//! Not atrium's types: those refuse a whole page for one thing in it that they do not know. Here a thing that does not
//! read is left out, and the rest is read.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::identity::Did;

/// A label somebody has put on an account or post.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Label {
    /// Who.
    pub src: String,
    /// What, such as `bot` or `!no-unauthenticated`.
    pub val: String,
    /// It takes the label away.
    #[serde(default)]
    pub neg: bool,
}

/// Somebody's account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Its lasting name.
    pub did: Did,
    /// Its handle today.
    #[serde(default)]
    pub handle: String,
    /// What it calls itself.
    #[serde(default)]
    pub display_name: String,
    /// What it says of itself.
    #[serde(default)]
    pub description: String,
    /// Labels, its own among them.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// How it and we stand to each other.
    #[serde(default)]
    pub viewer: Viewer,
    /// When it was made, if it says so.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
}

impl Profile {
    /// Whether it carries this label.
    pub fn has_label(&self, val: &str) -> bool {
        has(&self.labels, val)
    }
}

/// How an account and ours stand to each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Viewer {
    /// We have muted it.
    #[serde(default)]
    pub muted: bool,
    /// It has blocked us.
    #[serde(default)]
    pub blocked_by: bool,
    /// We have blocked it: where our record says so.
    #[serde(default)]
    pub blocking: Option<String>,
    /// We follow it.
    #[serde(default)]
    pub following: Option<String>,
    /// It follows us.
    #[serde(default)]
    pub followed_by: Option<String>,
}

/// Somebody has named us or replied to us.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Where their post is.
    pub uri: String,
    /// Its digest.
    pub cid: String,
    /// Who.
    pub author: Profile,
    /// `mention` or `reply`.
    pub reason: String,
    /// The post of ours it is about, if it is about one.
    #[serde(default)]
    pub reason_subject: Option<String>,
    /// Their post.
    pub record: Value,
    /// Labels on it.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// When the server saw it.
    pub indexed_at: DateTime<Utc>,
}

/// Some notifications, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NotificationPage {
    /// The notifications.
    pub notifications: Vec<Notification>,
    /// Where the next page begins, if there is one.
    pub cursor: Option<String>,
    /// So many of them could not be read, and are not here.
    pub unread: usize,
}

/// A post as readers see it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostView {
    /// Where it is.
    pub uri: String,
    /// Its digest.
    pub cid: String,
    /// Who wrote it.
    pub author: Profile,
    /// The post.
    pub record: Value,
    /// Labels on it.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// When the server saw it.
    pub indexed_at: DateTime<Utc>,
}

impl PostView {
    /// Whether it carries this label.
    pub fn has_label(&self, val: &str) -> bool {
        has(&self.labels, val)
    }
}

fn has(labels: &[Label], val: &str) -> bool {
    labels.iter().any(|label| label.val == val && !label.neg)
}

/// The items of a list that can be read, and how many cannot.
pub(super) fn items<T: DeserializeOwned>(answer: &mut Value, name: &str) -> (Vec<T>, usize) {
    let list = match answer.get_mut(name).map(Value::take) {
        Some(Value::Array(list)) => list,
        Some(_) | None => Vec::new(),
    };
    let all = list.len();
    let read: Vec<T> = list
        .into_iter()
        .filter_map(|item| {
            serde_json::from_value(item)
                .inspect_err(|err| tracing::debug!(%err, list = name, "something unknown was left out"))
                .ok()
        })
        .collect();
    let unread = all - read.len();
    (read, unread)
}

pub(super) fn page(mut answer: Value) -> NotificationPage {
    let (notifications, unread) = items(&mut answer, "notifications");
    let cursor = answer.get("cursor").and_then(Value::as_str).map(str::to_owned);
    NotificationPage { notifications, cursor, unread }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_cannot_be_read_does_not_hide_the_rest() {
        let one = |did: &str| {
            json!({
                "uri": "at://did:plc:abcdefghijklmnopqrstuvwx/app.bsky.feed.post/3kaaaaaaaaa2a", "cid": "bafy", "isRead": false,
                "author": { "did": did, "handle": "reader.example", "labels": [{ "src": did, "val": "bot", "odd": 1.5 }] },
                "reason": "mention", "record": { "text": "hello", "x": 1.5 }, "indexedAt": "2031-03-17T12:00:00.123Z",
            })
        };
        let page = page(json!({
            "cursor": "next",
            "notifications": [one("nobody"), one("did:plc:abcdefghijklmnopqrstuvwx"), 7],
        }));
        assert_eq!((page.notifications.len(), page.unread, page.cursor.as_deref()), (1, 2, Some("next")));
        assert!(page.notifications[0].author.has_label("bot"));
        assert!(!page.notifications[0].author.has_label("spam"));
    }
}
