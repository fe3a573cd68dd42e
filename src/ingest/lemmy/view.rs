//! Posts and comments as the API gives them, and the records they become.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;
use url::Url;

use crate::address::http_url;
use crate::address::native_id;
use crate::ingest::field::fitted;
use crate::ingest::source::Skipped;
use crate::model::{Engagement, IncomingRecord, Platform, SourceClass, TombstoneReason};

/// A post with what stands around it.
#[derive(Deserialize)]
pub(super) struct PostView {
    post: Post,
    creator: Option<Person>,
    counts: Option<Counts>,
}

/// A comment with what stands around it.
#[derive(Deserialize)]
pub(super) struct CommentView {
    comment: Comment,
    creator: Option<Person>,
    post: Option<ParentPost>,
    counts: Option<Counts>,
}

#[derive(Deserialize)]
struct Post {
    name: Option<String>,
    body: Option<String>,
    url: Option<String>,
    alt_text: Option<String>,
    ap_id: String,
    published: String,
    updated: Option<String>,
    deleted: Option<bool>,
    removed: Option<bool>,
    nsfw: Option<bool>,
    featured_community: Option<bool>,
    featured_local: Option<bool>,
}

#[derive(Deserialize)]
struct Comment {
    /// Its number at the server that was asked.
    id: Option<i64>,
    /// `0`, the numbers of what it stands below, and its own.
    path: Option<String>,
    content: Option<String>,
    ap_id: String,
    published: String,
    updated: Option<String>,
    deleted: Option<bool>,
    removed: Option<bool>,
}

#[derive(Deserialize)]
struct ParentPost {
    ap_id: Option<String>,
    nsfw: Option<bool>,
    deleted: Option<bool>,
    removed: Option<bool>,
}

#[derive(Deserialize)]
struct Person {
    name: Option<String>,
    actor_id: Option<String>,
}

#[derive(Deserialize)]
struct Counts {
    score: Option<i64>,
    /// Of a post.
    comments: Option<i64>,
    /// Of a comment.
    child_count: Option<i64>,
}

/// A date with its zone, or without one as older servers write it; then it is UTC.
pub(super) fn date(text: &str) -> Option<DateTime<Utc>> {
    let zoned = DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    zoned.or_else(|| Some(NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?.and_utc()))
}

fn reason(deleted: Option<bool>, removed: Option<bool>) -> Option<TombstoneReason> {
    match (deleted, removed) {
        (Some(true), _) => Some(TombstoneReason::Author),
        (_, Some(true)) => Some(TombstoneReason::Moderator),
        _ => None,
    }
}

impl Person {
    /// `@name@host`.
    fn handle(&self) -> Option<String> {
        let name = self.name.as_deref()?.trim();
        if name.is_empty() {
            return None;
        }
        let home = self.actor_id.as_deref().and_then(http_url);
        Some(match home.as_ref().and_then(Url::host_str) {
            Some(host) => format!("@{name}@{host}"),
            None => format!("@{name}"),
        })
    }
}

/// What both kinds have.
struct Common {
    ap_id: String,
    published: String,
    updated: Option<String>,
    creator: Option<Person>,
    answers: Option<String>,
    engagement: Engagement,
    deleted: Option<TombstoneReason>,
}

impl Common {
    fn into_record(
        self,
        venue: &str,
        title: Option<String>,
        mut body: String,
    ) -> Result<IncomingRecord, Skipped> {
        let skip = |what: &str, why: &str| Err(Skipped::new(what, why));
        let Some(address) = http_url(&self.ap_id) else { return skip(&self.ap_id, "its id is no address") };
        let Some(native_id) = native_id(&Platform::Lemmy, address.as_str()) else {
            return skip(&self.ap_id, "its id is no address");
        };
        let Some(published_at) = date(&self.published) else { return skip(&self.ap_id, "it has no time") };
        let mut title = title.filter(|title| !title.trim().is_empty());
        if self.deleted.is_some() {
            (title, body) = (None, String::new());
        } else if title.is_none() && body.trim().is_empty() {
            return skip(&self.ap_id, "it has no text");
        }
        Ok(fitted(IncomingRecord {
            platform: Platform::Lemmy,
            native_id,
            class: SourceClass::default_for(&Platform::Lemmy),
            permalink: address.into(),
            author: self.creator.as_ref().and_then(Person::handle).filter(|_| self.deleted.is_none()),
            venue: venue.to_owned(),
            published_at,
            archived_seen_at: None,
            edited_at: self.updated.as_deref().and_then(date),
            title,
            body,
            tags: Vec::new(),
            answers: self.answers,
            quotes: None,
            engagement: self.engagement,
            deleted: self.deleted,
        }))
    }
}

impl PostView {
    pub(super) fn into_record(self, venue: &str) -> Result<IncomingRecord, Skipped> {
        let Self { post, creator, counts } = self;
        let deleted = reason(post.deleted, post.removed);
        if post.nsfw == Some(true) && deleted.is_none() {
            return Err(Skipped::new(post.ap_id, "it is marked as not safe for work"));
        }
        let mut body = post.body.unwrap_or_default();
        if let Some(text) = post.alt_text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            paragraph(&mut body, &format!("[Picture: {text}]"));
        }
        if let Some(url) = post.url.as_deref().and_then(http_url) {
            link(&mut body, &url, post.url.as_deref().unwrap_or_default());
        }
        let common = Common {
            ap_id: post.ap_id,
            published: post.published,
            updated: post.updated,
            creator,
            answers: None,
            engagement: Engagement {
                score: counts.as_ref().and_then(|counts| counts.score),
                replies: counts.as_ref().and_then(|counts| counts.comments),
            },
            deleted,
        };
        common.into_record(venue, post.name, body)
    }

    /// When it was written, unless it is pinned: then it stands above newer ones.
    pub(super) fn time(&self) -> Option<DateTime<Utc>> {
        let pinned = self.post.featured_community == Some(true) || self.post.featured_local == Some(true);
        if pinned { None } else { date(&self.post.published) }
    }
}

/// Where comments stand, by their numbers at the server that was asked: the address of a comment is that of the server it
/// was written at, where it has another number.
pub(super) type Addresses = BTreeMap<i64, String>;

impl CommentView {
    /// Its number and its address.
    pub(super) fn place(&self) -> Option<(i64, String)> {
        Some((self.comment.id?, self.comment.ap_id.clone()))
    }

    /// The address of what it answers: its post, or a comment that came with it.
    fn answers(&self, beside: &Addresses) -> Option<String> {
        let mut above = self.comment.path.as_deref()?.rsplit('.').skip(1);
        match above.next()? {
            "0" => self.post.as_ref()?.ap_id.clone(),
            number => beside.get(&number.parse().ok()?).cloned(),
        }
    }

    /// The record; `beside` are the comments of the same answer.
    pub(super) fn into_record(self, venue: &str, beside: &Addresses) -> Result<IncomingRecord, Skipped> {
        let answers = self.answers(beside);
        let Self { comment, creator, post, counts } = self;
        let deleted = reason(comment.deleted, comment.removed);
        let parent = |is: fn(&ParentPost) -> Option<bool>| post.as_ref().and_then(is) == Some(true);
        if deleted.is_none() {
            if parent(|post| post.nsfw) {
                return Err(Skipped::new(comment.ap_id, "it answers what is marked as not safe for work"));
            }
            if parent(|post| post.deleted) || parent(|post| post.removed) {
                return Err(Skipped::new(comment.ap_id, "it answers what is gone"));
            }
        }
        let common = Common {
            ap_id: comment.ap_id,
            published: comment.published,
            updated: comment.updated,
            creator,
            answers,
            engagement: Engagement {
                score: counts.as_ref().and_then(|counts| counts.score),
                replies: counts.as_ref().and_then(|counts| counts.child_count),
            },
            deleted,
        };
        common.into_record(venue, None, comment.content.unwrap_or_default())
    }

    pub(super) fn time(&self) -> Option<DateTime<Utc>> {
        date(&self.comment.published)
    }
}

/// Adds the address a post is about, unless its text gives it already.
fn link(body: &mut String, url: &Url, as_given: &str) {
    if body.contains(url.as_str()) || body.contains(as_given.trim()) {
        return;
    }
    // Characters that would end the link too early.
    let address = url.as_str().replace('(', "%28").replace(')', "%29");
    let shown = address.replace('[', "%5B").replace(']', "%5D");
    paragraph(body, &format!("[{shown}]({address})"));
}

fn paragraph(body: &mut String, text: &str) {
    if !body.trim().is_empty() {
        body.push_str("\n\n");
    }
    body.push_str(text);
}
