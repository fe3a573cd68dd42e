//! A post as a server shows it: the post itself, who wrote it, what was counted and said of it.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::labels::{Label, Objection, objection, own_objection};
use super::post::{Around, author, published_at, record};
use super::uri::{PostUri, time_of};
use super::wire::{Post, Text, field, items};
use crate::ingest::source::Skipped;
use crate::model::{Engagement, IncomingRecord};

/// A `postView`.
pub(super) struct View<'a> {
    pub(super) uri: PostUri<'a>,
    value: &'a Value,
    post: Post<'a>,
}

impl<'a> View<'a> {
    /// Reads what a list of posts has as its item `n`.
    pub(super) fn of(value: &'a Value, n: usize) -> Result<Self, Skipped> {
        let skip = |why: &str| Err(Skipped::new(format!("item {n}"), why));
        let Some(uri) = value.get("uri").and_then(Value::as_str) else { return skip("it has no `uri`") };
        let Some(uri) = PostUri::parse(uri) else { return skip("its `uri` is no post's") };
        let Some(post) = value.get("record").filter(|post| post.is_object()) else {
            return Err(Skipped::new(uri.to_string(), "it has no `record`"));
        };
        Ok(Self { uri, value, post: Post::of(post) })
    }

    /// What stands against telling it.
    pub(super) fn objection(&self, now: DateTime<Utc>) -> Option<Objection> {
        let of_author: Vec<Label> = items(self.value.pointer("/author/labels"));
        let of_post: Vec<Label> = items(self.value.get("labels"));
        objection(&of_author, now).or_else(|| objection(&of_post, now)).or_else(|| own_objection(&self.post))
    }

    /// The time by which servers sort it.
    pub(super) fn sorted_at(&self) -> Option<DateTime<Utc>> {
        published_at(self.post.created_at.as_deref(), self.indexed_at())
    }

    fn indexed_at(&self) -> Option<DateTime<Utc>> {
        time_of(&field::<Text<'_>>(self.value, "indexedAt")?)
    }

    /// It as a record.
    pub(super) fn record(&self) -> Result<IncomingRecord, Skipped> {
        let handle = self.value.pointer("/author/handle").and_then(Value::as_str);
        let count = |name: &str| self.value.get(name).and_then(Value::as_i64);
        let around = Around {
            uri: self.uri,
            author: author(self.uri.did, handle),
            seen: self.indexed_at(),
            edited_at: None,
            engagement: Engagement { score: count("likeCount"), replies: count("replyCount") },
        };
        record(&self.post, around)
    }

    /// It as a record that may be told.
    pub(super) fn told(&self, now: DateTime<Utc>) -> Result<IncomingRecord, Skipped> {
        match self.objection(now) {
            Some(objection) => Err(Skipped::new(self.uri.to_string(), objection.why)),
            None => self.record(),
        }
    }
}
