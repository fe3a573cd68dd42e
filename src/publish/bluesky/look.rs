//! How a desk's threads look, and who may answer them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::publish::text::WebLink;

/// How stories look on one account. Kept with a delivery, so that a version can be rendered again as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    /// Where the desk's stories can be read on the web, without the code. The thread is then shorter and leads there.
    pub permalink_base: Option<WebLink>,
    /// Whether an earlier version's thread stands on this account. A version 2 without one is told as an opening: its
    /// readers never saw version 1.
    pub opened: bool,
    /// Whether the first post carries the story card, where the bundled fonts can draw it.
    pub card: bool,
    /// Whether the topic's name is a hashtag under the first post, where it makes one.
    pub hashtag: bool,
    /// Whether an update is also told by a post of its own that quotes it: followers may not see what is deep in a
    /// thread.
    pub quote_updates: bool,
    /// Whether a correction also changes the card of the first post. Many apps show posts as they were first seen.
    pub edit_card: bool,
    /// Who may reply to a thread.
    pub replies: Replies,
    /// Who may quote its posts.
    pub quotes: Quotes,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            permalink_base: None,
            opened: false,
            card: true,
            hashtag: true,
            quote_updates: false,
            edit_card: false,
            replies: Replies::default(),
            quotes: Quotes::default(),
        }
    }
}

/// Who may reply to a thread. Whoever may not cannot ask under it either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replies {
    /// Everyone.
    #[default]
    Everyone,
    /// Who follows the account.
    Followers,
    /// Whom the account follows.
    Following,
    /// Who is mentioned in the first post; in a story that is nobody.
    Mentioned,
    /// Nobody but the account.
    Nobody,
}

impl Replies {
    /// The thread's gate: a record beside its first post, with the same key. None where there is nothing to close.
    pub fn gate(self, first_post: &str, at: DateTime<Utc>) -> Option<Value> {
        let rule = |name: &str| vec![json!({ "$type": format!("app.bsky.feed.threadgate#{name}Rule") })];
        let allow = match self {
            Self::Everyone => return None,
            Self::Followers => rule("follower"),
            Self::Following => rule("following"),
            Self::Mentioned => rule("mention"),
            Self::Nobody => Vec::new(),
        };
        Some(json!({
            "$type": "app.bsky.feed.threadgate",
            "post": first_post,
            "allow": allow,
            "createdAt": time(at),
        }))
    }
}

/// Who may quote a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quotes {
    /// Everyone.
    #[default]
    Everyone,
    /// Nobody.
    Nobody,
}

impl Quotes {
    /// A post's gate: a record beside it, with the same key. None where there is nothing to close.
    pub fn gate(self, post: &str, at: DateTime<Utc>) -> Option<Value> {
        match self {
            Self::Everyone => None,
            Self::Nobody => Some(json!({
                "$type": "app.bsky.feed.postgate",
                "post": post,
                "embeddingRules": [{ "$type": "app.bsky.feed.postgate#disableRule" }],
                "createdAt": time(at),
            })),
        }
    }
}

/// A time as records have it.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
