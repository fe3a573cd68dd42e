//! What answering needs of an account, and no more: so that it can be tested without one.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use crate::bluesky::{Account, Notification, Purpose, Write, XrpcError};

/// Collection of posts.
pub(super) const POST: &str = "app.bsky.feed.post";

/// Who wrote a post.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    /// Their account.
    pub did: String,
    /// What labels say of the account, its own among them.
    pub labels: Vec<String>,
    /// They have blocked us, or we them.
    pub blocked: bool,
    /// We have muted them.
    pub muted: bool,
}

/// A mention of us, or a reply to us.
#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    /// Address of the post.
    pub uri: String,
    /// Its digest.
    pub cid: String,
    /// Who wrote it.
    pub author: Author,
    /// What labels say of the post.
    pub labels: Vec<String>,
    /// The post.
    pub record: Value,
    /// Its place in the list: when the server saw it, or when it says it was written, whichever was earlier.
    pub at: DateTime<Utc>,
}

/// Some mail, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MailPage {
    /// The mail.
    pub mail: Vec<Mail>,
    /// Where the next page begins, if there is one.
    pub cursor: Option<String>,
}

/// Whether a post can be replied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can.
    Open,
    /// It is gone.
    Gone,
    /// Its author, or whoever owns the thread, does not want that.
    Closed,
}

/// An account as answering sees it.
#[async_trait]
pub trait Postbox: Send + Sync {
    /// Who it is.
    fn did(&self) -> String;
    /// Its handle.
    fn handle(&self) -> String;
    /// A page of mentions and replies, newest first.
    async fn page(&self, cursor: Option<&str>) -> Result<MailPage, XrpcError>;
    /// Whether these posts can be replied to.
    async fn standing(&self, uris: &[&str]) -> Result<BTreeMap<String, Standing>, XrpcError>;
    /// Makes all these changes, or none.
    async fn apply(&self, writes: &[Write], purpose: Purpose) -> Result<(), XrpcError>;
    /// The digest of the post with this key, if there is one.
    async fn cid_at(&self, key: &str) -> Result<Option<String>, XrpcError>;
}

/// As many posts as the server gives at once.
const POSTS_AT_ONCE: usize = 25;

impl From<Notification> for Mail {
    fn from(from: Notification) -> Self {
        let vals = |labels: &[crate::bluesky::Label]| {
            labels.iter().filter(|label| !label.neg).map(|label| label.val.clone()).collect()
        };
        let viewer = &from.author.viewer;
        Self {
            author: Author {
                did: from.author.did.to_string(),
                labels: vals(&from.author.labels),
                blocked: viewer.blocked_by || viewer.blocking.is_some(),
                muted: viewer.muted,
            },
            labels: vals(&from.labels),
            uri: from.uri,
            cid: from.cid,
            record: from.record,
            at: from.indexed_at,
        }
    }
}

/// A post as far as it matters for a reply.
#[derive(Deserialize)]
struct Seen {
    uri: String,
    #[serde(default)]
    author: SeenAuthor,
    #[serde(default)]
    viewer: SeenViewer,
}

#[derive(Default, Deserialize)]
struct SeenAuthor {
    #[serde(default)]
    viewer: SeenViewer,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SeenViewer {
    #[serde(default)]
    reply_disabled: bool,
    #[serde(default)]
    blocked_by: bool,
    #[serde(default)]
    blocking: Option<String>,
}

/// The items of a list that can be read.
fn items<T: serde::de::DeserializeOwned>(answer: &mut Value, name: &str) -> Vec<T> {
    match answer.get_mut(name).map(Value::take) {
        Some(Value::Array(list)) => {
            list.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect()
        }
        Some(_) | None => Vec::new(),
    }
}

#[async_trait]
impl Postbox for Account {
    fn did(&self) -> String {
        Account::did(self).to_string()
    }

    fn handle(&self) -> String {
        Account::handle(self)
    }

    async fn page(&self, cursor: Option<&str>) -> Result<MailPage, XrpcError> {
        // `priority` would else be as the account's owner has set it, and hide whom the account does not follow.
        let mut asked =
            vec![("limit", "100"), ("priority", "false"), ("reasons", "mention"), ("reasons", "reply")];
        asked.extend(cursor.map(|cursor| ("cursor", cursor)));
        let mut answer = self.query("app.bsky.notification.listNotifications", &asked).await?;
        let mail: Vec<Notification> = items(&mut answer, "notifications");
        let cursor = answer.get("cursor").and_then(Value::as_str).map(str::to_owned);
        Ok(MailPage { mail: mail.into_iter().map(Mail::from).collect(), cursor })
    }

    async fn standing(&self, uris: &[&str]) -> Result<BTreeMap<String, Standing>, XrpcError> {
        let mut standing: BTreeMap<String, Standing> =
            uris.iter().map(|uri| ((*uri).to_owned(), Standing::Gone)).collect();
        for some in uris.chunks(POSTS_AT_ONCE) {
            let asked: Vec<_> = some.iter().map(|uri| ("uris", *uri)).collect();
            let mut answer = self.query("app.bsky.feed.getPosts", &asked).await?;
            for post in items::<Seen>(&mut answer, "posts") {
                let author = &post.author.viewer;
                let closed = post.viewer.reply_disabled || author.blocked_by || author.blocking.is_some();
                standing.insert(post.uri, if closed { Standing::Closed } else { Standing::Open });
            }
        }
        Ok(standing)
    }

    async fn apply(&self, writes: &[Write], purpose: Purpose) -> Result<(), XrpcError> {
        Account::apply(self, writes, purpose).await
    }

    async fn cid_at(&self, key: &str) -> Result<Option<String>, XrpcError> {
        Account::cid_at(self, POST, key).await
    }
}
