//! One frame of the stream, decoded: what happened, borrowed from the frame.

use serde::Deserialize as _;
use serde_json::Value;

use crate::ingest::bluesky::uri::{POSTS, PostUri, is_did};
use crate::ingest::bluesky::wire::{Post, Text, field};

/// A frame. Fields that are not named here (`cursor` of version 2, `cid`, `seq`) cost a glance.
#[derive(serde::Deserialize)]
struct Frame<'a> {
    #[serde(borrow)]
    did: Option<Text<'a>>,
    time_us: Option<i64>,
    #[serde(borrow)]
    kind: Option<Text<'a>>,
    #[serde(borrow)]
    commit: Option<Commit<'a>>,
    #[serde(borrow)]
    account: Option<Account<'a>>,
}

#[derive(serde::Deserialize)]
struct Commit<'a> {
    #[serde(borrow)]
    rev: Option<Text<'a>>,
    #[serde(borrow)]
    operation: Option<Text<'a>>,
    #[serde(borrow)]
    collection: Option<Text<'a>>,
    #[serde(borrow)]
    rkey: Option<Text<'a>>,
    #[serde(borrow)]
    record: Option<Post<'a>>,
}

#[derive(serde::Deserialize)]
struct Account<'a> {
    active: Option<bool>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
}

/// What happened, and when by the server's clock (microseconds since 1970, as claimed).
pub(super) struct Event<'e> {
    pub(super) time_us: Option<i64>,
    pub(super) what: What<'e>,
}

pub(super) enum What<'e> {
    /// A post was written or edited. `rev` orders what happens in one account.
    Post { uri: PostUri<'e>, rev: &'e str, post: &'e Post<'e>, edited: bool },
    /// A post was deleted.
    Deleted { uri: PostUri<'e>, rev: &'e str },
    /// An account came, went or came back. `status` is empty for those that are there.
    Account { did: &'e str, status: &'e str },
    /// Something about who an account is has changed.
    Identity { did: &'e str },
    /// Nothing that we read.
    Other,
}

/// Decodes a frame and hands the event on.
///
/// # Errors
/// What is wrong with a frame that is no event.
pub(super) fn read<T>(frame: &str, then: impl FnOnce(Event<'_>) -> T) -> Result<T, String> {
    match serde_json::from_str::<Frame<'_>>(frame) {
        Ok(frame) => frame.event().map(then),
        // One odd field must not cost the event: again, slower, field by field.
        Err(err) => match serde_json::from_str::<Value>(frame) {
            Ok(value) if value.is_object() => Frame::of(&value).event().map(then),
            Ok(_) => Err("it is no JSON object".to_owned()),
            Err(_) => Err(format!("it is no JSON: {err}")),
        },
    }
}

impl<'a> Frame<'a> {
    fn of(value: &'a Value) -> Self {
        Self {
            did: field(value, "did"),
            time_us: field(value, "time_us"),
            kind: field(value, "kind"),
            commit: value.get("commit").map(|commit| Commit {
                rev: field(commit, "rev"),
                operation: field(commit, "operation"),
                collection: field(commit, "collection"),
                rkey: field(commit, "rkey"),
                record: commit.get("record").filter(|record| record.is_object()).map(Post::of),
            }),
            account: value.get("account").and_then(|account| Account::deserialize(account).ok()),
        }
    }

    fn event(&self) -> Result<Event<'_>, String> {
        let did = self.did.as_deref().filter(|did| is_did(did)).ok_or("it names no account")?;
        let what = match self.kind.as_deref() {
            Some("commit") => match &self.commit {
                Some(commit) => commit.what(did)?,
                None => return Err("a commit without a commit".to_owned()),
            },
            Some("account") => match &self.account {
                Some(account) => What::Account { did, status: account.status() },
                None => return Err("an account event without an account".to_owned()),
            },
            Some("identity") => What::Identity { did },
            Some(_) => What::Other,
            None => return Err("it has no `kind`".to_owned()),
        };
        Ok(Event { time_us: self.time_us, what })
    }
}

impl Account<'_> {
    fn status(&self) -> &str {
        let status = self.status.as_deref().unwrap_or_default();
        if self.active == Some(false) { status } else { "" }
    }
}

impl Commit<'_> {
    fn what<'e>(&'e self, did: &'e str) -> Result<What<'e>, String> {
        if self.collection.as_deref() != Some(POSTS) {
            return Ok(What::Other);
        }
        let uri = self.rkey.as_deref().and_then(|key| PostUri::new(did, key)).ok_or("it names no post")?;
        let rev = self.rev.as_deref().unwrap_or_default();
        match (self.operation.as_deref(), &self.record) {
            (Some("delete"), _) => Ok(What::Deleted { uri, rev }),
            (Some(operation @ ("create" | "update")), Some(post)) => {
                Ok(What::Post { uri, rev, post, edited: operation == "update" })
            }
            (Some("create" | "update"), None) => Err("a post without a record".to_owned()),
            (_, _) => Ok(What::Other),
        }
    }
}
