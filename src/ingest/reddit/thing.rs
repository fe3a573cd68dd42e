//! A post or comment as Reddit and its archives write it, and the record it is.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::address::native_id;
use crate::ingest::field::{cut, fitted};
use crate::ingest::source::Skipped;
use crate::model::{Engagement, IncomingRecord, Platform, SourceClass, TombstoneReason};

/// Where paths start.
const SITE: &str = "https://www.reddit.com/";

/// Hosts of pictures and films that were put on Reddit itself: they are the post, not something it links to.
const OWN_MEDIA: [&str; 3] = ["i.redd.it", "v.redd.it", "preview.redd.it"];

/// A thing on the wire. Listings wrap it in `kind` and `data`; lines of archives are bare, and old ones lack `name` and
/// `permalink`. Fields that were seen with several types are left as they are.
#[derive(Debug, Default, Deserialize)]
struct Thing {
    kind: Option<String>,
    data: Option<Box<Thing>>,
    id: Option<String>,
    name: Option<String>,
    author: Option<String>,
    subreddit: Option<String>,
    permalink: Option<String>,
    title: Option<String>,
    selftext: Option<String>,
    body: Option<String>,
    url: Option<String>,
    link_id: Option<String>,
    parent_id: Option<Value>,
    crosspost_parent: Option<String>,
    crosspost_parent_list: Option<Value>,
    link_flair_text: Option<String>,
    created_utc: Option<Value>,
    edited: Option<Value>,
    score: Option<Value>,
    num_comments: Option<Value>,
    removed_by_category: Option<Value>,
    removed: Option<bool>,
    over_18: Option<bool>,
    quarantine: Option<bool>,
    is_self: Option<bool>,
    is_robot_indexable: Option<bool>,
    hide_score: Option<bool>,
    score_hidden: Option<bool>,
}

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// What is new: what asks machines to stay away is passed over.
    New,
    /// What is stored already: what asks machines to stay away is gone.
    Stored,
}

/// Reads a child of a listing, or a bare thing. What is deleted or removed comes as a record that says so.
pub(crate) fn thing(value: &Value) -> Result<IncomingRecord, Skipped> {
    parsed(value)?.read(Reading::New)
}

/// Reads a thing that was asked for because it is stored.
pub(super) fn stored_thing(value: &Value) -> Result<IncomingRecord, Skipped> {
    parsed(value)?.read(Reading::Stored)
}

fn parsed(value: &Value) -> Result<Thing, Skipped> {
    Thing::deserialize(value)
        .map_err(|err| Skipped::new(name_in(value).unwrap_or("a thing"), err.to_string()))
}

/// The full name of a child of a listing, whatever else is wrong with it.
pub(super) fn name_in(child: &Value) -> Option<&str> {
    let data = child.get("data").unwrap_or(child);
    data.get("name").or_else(|| data.get("id"))?.as_str()
}

/// When a child of a listing was created, unless it is pinned out of its order.
pub(super) fn place_in_time(child: &Value) -> Option<i64> {
    let data = child.get("data").unwrap_or(child);
    let pinned = data.get("stickied").and_then(Value::as_bool).unwrap_or(false);
    data.get("created_utc").filter(|_| !pinned).and_then(time).map(|at| at.timestamp())
}

/// Reads a line of an archive of posts or comments (one bare thing each); none for an empty line.
///
/// `retrieved_on` is when an archive last looked at the score, often months later, so it is no time of first sight.
pub fn dump_line(line: &[u8]) -> Result<Option<IncomingRecord>, Skipped> {
    let line = line.trim_ascii();
    if line.is_empty() {
        return Ok(None);
    }
    if line.first() != Some(&b'{') {
        return Err(Skipped::new("a line", "it does not begin with `{`"));
    }
    let thing: Thing = serde_json::from_slice(line).map_err(|err| Skipped::new("a line", err.to_string()))?;
    thing.read(Reading::New).map(Some)
}

impl Thing {
    fn read(self, reading: Reading) -> Result<IncomingRecord, Skipped> {
        let Self { kind, data, .. } = self;
        let thing = match data {
            Some(data) => Self { kind, ..*data },
            None => Self { kind, data, ..self },
        };
        let name = thing.full_name()?;
        let skip = |why: &str| Err(Skipped::new(name.clone(), why));
        let gone = thing.gone(reading);
        let asks_to_stay_away = thing.is_robot_indexable == Some(false);
        if gone.is_none() {
            if thing.over_18 == Some(true) {
                return skip("it is for adults");
            }
            if thing.quarantine == Some(true) {
                return skip("it is quarantined");
            }
            if asks_to_stay_away {
                return skip("it asks machines to stay away (`is_robot_indexable`)");
            }
        }
        let published_at = thing.created_utc.as_ref().and_then(time);
        let address = thing.address(&name);
        let mut record = IncomingRecord {
            platform: Platform::Reddit,
            class: SourceClass::default_for(&Platform::Reddit),
            permalink: address.clone().unwrap_or_else(|| name.clone()),
            native_id: name.clone(),
            author: None,
            venue: thing.venue(),
            // What is gone is known by its name alone.
            published_at: published_at.unwrap_or_default(),
            archived_seen_at: None,
            edited_at: None,
            title: None,
            body: String::new(),
            tags: Vec::new(),
            answers: None,
            quotes: None,
            engagement: Engagement::default(),
            deleted: gone,
        };
        if gone.is_some() {
            return Ok(fitted(record));
        }
        if published_at.is_none() {
            return skip("it has no time");
        }
        if address.is_none() {
            return skip("it has no address: neither `permalink` nor `link_id`");
        }
        record.title = thing.title.clone().filter(|title| !title.trim().is_empty());
        record.body = thing.text(&name);
        if record.title.is_none() && record.body.trim().is_empty() {
            return skip("neither title nor text");
        }
        record.author = thing.author.as_ref().map(|author| format!("u/{}", author.trim()));
        record.edited_at = thing.edited.as_ref().and_then(time).filter(|at| *at > record.published_at);
        record.tags = thing.link_flair_text.iter().map(|flair| flair.trim().to_owned()).collect();
        record.tags.retain(|tag| !tag.is_empty());
        record.answers = thing.answers(&record.permalink);
        record.quotes = thing.posted_again().and_then(|post| address_of(post.strip_prefix("t3_")?, None));
        let hidden = thing.hide_score == Some(true) || thing.score_hidden == Some(true);
        record.engagement = Engagement {
            score: thing.score.as_ref().filter(|_| !hidden).and_then(whole),
            replies: thing.num_comments.as_ref().and_then(whole),
        };
        Ok(fitted(record))
    }

    /// `t3_…` of a post, `t1_…` of a comment.
    fn full_name(&self) -> Result<String, Skipped> {
        // `more`, which stands for comments that were left out, has the name of a comment.
        if let Some(other) = self.kind.as_deref().filter(|kind| !matches!(*kind, "t1" | "t3")) {
            let what = self.name.as_ref().or(self.id.as_ref()).map_or("a thing", String::as_str);
            return Err(Skipped::new(what, format!("of kind `{other}`: neither a post nor a comment")));
        }
        // Without words, the missing author of a stub would look like a deletion.
        if self.title.is_none() && self.selftext.is_none() && self.body.is_none() {
            let what = self.name.as_ref().or(self.id.as_ref()).map_or("a thing", String::as_str);
            return Err(Skipped::new(what, "neither a post nor a comment"));
        }
        if let Some(name) = self.name.as_deref().and_then(full_name) {
            return Ok(name);
        }
        let kind = match self.kind.as_deref() {
            Some(kind) => kind,
            None if self.body.is_some() || self.link_id.is_some() => "t1",
            None => "t3",
        };
        let id = self.id.as_deref().unwrap_or_default().trim();
        let id = id.strip_prefix(kind).and_then(|id| id.strip_prefix('_')).unwrap_or(id);
        full_name(&format!("{kind}_{id}")).ok_or_else(|| Skipped::new("a thing", "it has no id"))
    }

    /// Why it is gone. Anything that says so is believed.
    fn gone(&self, reading: Reading) -> Option<TombstoneReason> {
        match &self.removed_by_category {
            None | Some(Value::Null | Value::Bool(false)) => {}
            Some(Value::String(by)) if by.is_empty() => {}
            Some(Value::String(by)) if by == "deleted" || by == "author" => {
                return Some(TombstoneReason::Author);
            }
            // The list of those who remove things is open.
            Some(_) => return Some(TombstoneReason::Moderator),
        }
        if self.removed == Some(true) {
            return Some(TombstoneReason::Moderator);
        }
        let mut texts = [&self.selftext, &self.body, &self.title].into_iter().flatten();
        if let Some(reason) = texts.find_map(|text| notice(text)) {
            return Some(reason);
        }
        // A link post may show nothing but the missing author; so does everything of an account that is gone.
        let author = self.author.as_deref().unwrap_or_default().trim();
        if matches!(author, "" | "[deleted]") {
            return Some(TombstoneReason::Author);
        }
        if author.starts_with('[') {
            return Some(TombstoneReason::Moderator);
        }
        (reading == Reading::Stored && self.is_robot_indexable == Some(false))
            .then_some(TombstoneReason::Moderator)
    }

    fn address(&self, name: &str) -> Option<String> {
        let site = Url::parse(SITE).ok()?;
        let told = self.permalink.as_deref().and_then(|path| site.join(path).ok());
        let told =
            told.map(String::from).filter(|at| native_id(&Platform::Reddit, at).as_deref() == Some(name));
        told.or_else(|| {
            let venue = self.subreddit().map(|name| format!("r/{name}/")).unwrap_or_default();
            let path = match name.split_once('_')? {
                ("t3", id) => format!("{venue}comments/{id}/"),
                (_, id) => {
                    let post = full_name(self.link_id.as_deref()?)?;
                    format!("{venue}comments/{}/comment/{id}/", post.strip_prefix("t3_")?)
                }
            };
            site.join(&path).ok().map(String::from)
        })
    }

    /// The address of what a comment answers: the post it stands below, or another comment there.
    fn answers(&self, own: &str) -> Option<String> {
        let parent = self.parent_id.as_ref().and_then(Value::as_str).and_then(full_name)?;
        // Posts answer nothing.
        native_id(&Platform::Reddit, own).filter(|own| own.starts_with("t1_"))?;
        match parent.split_once('_')? {
            ("t3", post) => address_of(post, None),
            // Old archives leave the post out, and its own address tells it.
            (_, comment) => match self.link_id.as_deref().and_then(full_name) {
                Some(post) => address_of(post.strip_prefix("t3_")?, Some(comment)),
                None => address_of(own.split_once("/comments/")?.1.split('/').next()?, Some(comment)),
            },
        }
    }

    /// The name of the post that a crosspost posts again.
    fn posted_again(&self) -> Option<String> {
        self.crosspost_parent.as_deref().and_then(full_name)
    }

    fn subreddit(&self) -> Option<&str> {
        self.subreddit.as_deref().map(str::trim).filter(|name| is_name(name))
    }

    fn venue(&self) -> String {
        let path =
            || self.permalink.as_deref()?.strip_prefix("/r/")?.split('/').next().filter(|name| is_name(name));
        self.subreddit().or_else(path).map_or_else(|| "Reddit".to_owned(), |name| format!("r/{name}"))
    }

    /// Its words as they are written. A link post's address, and that of a crosspost's parent, stand below them, each on
    /// a line of its own, where stages find links and readers see nothing.
    fn text(&self, name: &str) -> String {
        let mut text = self.body.clone().or_else(|| self.selftext.clone()).unwrap_or_default();
        cut(&mut text);
        let site = Url::parse(SITE).ok();
        let full =
            |path: &str| site.as_ref()?.join(path.trim()).ok().filter(|url| url.scheme().starts_with("http"));
        let parent = self.posted_again();
        let told = || self.crosspost_parent_list.as_ref()?.get(0)?.get("permalink")?.as_str();
        let parent_at = parent.as_deref().and_then(|parent| {
            let id = parent.strip_prefix("t3_")?;
            told().and_then(full).or_else(|| full(&format!("/comments/{id}/")))
        });
        let link = self.url.as_deref().filter(|url| self.is_self != Some(true) && !url.trim().is_empty());
        let link = link.and_then(full).filter(|url| {
            let id = native_id(&Platform::Reddit, url.as_str());
            let own = url.host_str().is_some_and(|host| OWN_MEDIA.contains(&host));
            !own && (id.is_none() || (id.as_deref() != Some(name) && id != parent))
        });
        for url in [link, parent_at].into_iter().flatten() {
            if !text.contains(url.as_str()) {
                if !text.trim().is_empty() {
                    text.push_str("\n\n");
                }
                text.push_str(url.as_str());
            }
        }
        cut(&mut text);
        text
    }
}

/// Where people read a post, or a comment below it.
fn address_of(post: &str, comment: Option<&str>) -> Option<String> {
    let below = comment.map(|comment| format!("comment/{comment}/")).unwrap_or_default();
    Url::parse(SITE).ok()?.join(&format!("comments/{post}/{below}")).ok().map(String::from)
}

/// `t1_…` or `t3_…` in small letters.
pub(super) fn full_name(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let id = text.strip_prefix("t1_").or_else(|| text.strip_prefix("t3_"))?;
    (!id.is_empty() && id.len() <= 13 && id.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(text)
}

/// What stands in place of a text that is gone: `[deleted]`, `[deleted by user]`, `[removed]`, `[ Removed by … ]`.
fn notice(text: &str) -> Option<TombstoneReason> {
    let inner = text.trim().strip_prefix('[')?.strip_suffix(']')?.trim().to_lowercase();
    if inner.contains(['[', ']', '\n']) {
        return None;
    }
    match inner.as_str() {
        "deleted" | "deleted by user" | "deleted by author" => Some(TombstoneReason::Author),
        "removed" | "unavailable" => Some(TombstoneReason::Moderator),
        text if text.starts_with("removed by ") => Some(TombstoneReason::Moderator),
        _ => None,
    }
}

/// Seconds since 1970 as a number or, in old archives, a text. `false`, which `edited` mostly is, is no time.
fn time(value: &Value) -> Option<DateTime<Utc>> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    DateTime::from_timestamp_millis((seconds * 1_000.0) as i64).filter(|_| seconds.is_finite())
}

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().map(|n| n as i64))
}

/// Whether a subreddit, or a member's own page (`u_ana-k`), may be called so.
fn is_name(name: &str) -> bool {
    const LONGEST: usize = 64;
    (1..=LONGEST).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'))
}

#[cfg(test)]
mod tests;
