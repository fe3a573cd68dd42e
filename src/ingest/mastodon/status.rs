//! A status as the API gives it, and the record it becomes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::body::{Attachment, Parts, Poll, Quote, at_home, body};
use crate::address::http_url;
use crate::address::native_id;
use crate::ingest::field::fitted;
use crate::ingest::source::Skipped;
use crate::model::{Engagement, IncomingRecord, Platform, SourceClass};

/// A status. Beyond the first five fields nothing may be assumed: other servers leave out what they do not have.
#[derive(Deserialize)]
pub(super) struct Status {
    uri: String,
    created_at: DateTime<Utc>,
    account: Account,
    content: Option<String>,
    url: Option<String>,
    edited_at: Option<DateTime<Utc>>,
    spoiler_text: Option<String>,
    visibility: Option<String>,
    reblog: Option<serde::de::IgnoredAny>,
    replies_count: Option<i64>,
    favourites_count: Option<i64>,
    tags: Option<Vec<Tag>>,
    media_attachments: Option<Vec<Attachment>>,
    poll: Option<Poll>,
    /// Each kind of server has its own idea of it.
    quote: Option<Value>,
    in_reply_to_id: Option<Value>,
    in_reply_to_account_id: Option<Value>,
    mentions: Option<Value>,
}

#[derive(Deserialize)]
struct Tag {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Account {
    id: Option<Value>,
    acct: Option<String>,
    username: Option<String>,
    note: Option<String>,
    fields: Option<Vec<Field>>,
    noindex: Option<bool>,
    indexable: Option<bool>,
    discoverable: Option<bool>,
    suspended: Option<bool>,
}

#[derive(Deserialize)]
struct Field {
    name: Option<String>,
    value: Option<String>,
}

/// Words in a profile that ask machines to stay away.
const OPT_OUT_TAGS: [&str; 3] = ["#nobot", "#noindex", "#noarchive"];

impl Account {
    /// Why its statuses are not read; `None` when they may be.
    fn opts_out(&self) -> Option<&'static str> {
        if self.noindex == Some(true) || self.indexable == Some(false) {
            return Some("its author does not want to be found by search");
        }
        if self.discoverable == Some(false) {
            return Some("its author does not want to be discovered");
        }
        if self.suspended == Some(true) {
            return Some("its author's account is suspended");
        }
        let fields = self.fields.iter().flatten().flat_map(|field| [&field.name, &field.value]);
        let asks = std::iter::once(&self.note).chain(fields).flatten().any(|html| asks_machines_away(html));
        asks.then_some("its author's profile asks machines to stay away")
    }

    /// `@name@host`. A server leaves out its own name, so `here` completes it.
    fn handle(&self, here: &str) -> Option<String> {
        let name = self.acct.as_deref().or(self.username.as_deref())?.trim().trim_start_matches('@');
        match name {
            "" => None,
            // No server gives out such a name, and half of it is somebody else's.
            name if name.len() > LONGEST_NAME => None,
            name if name.contains('@') => Some(format!("@{name}")),
            name => Some(format!("@{name}@{here}")),
        }
    }
}

/// The longest name of an account with its server, in bytes.
const LONGEST_NAME: usize = 1_000;

/// Whether one of [`OPT_OUT_TAGS`] stands in a profile's HTML, where a link may divide it: `#<span>nobot</span>`.
fn asks_machines_away(html: &str) -> bool {
    let mut text = String::with_capacity(html.len());
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            c if !in_tag => text.extend(c.to_lowercase()),
            _ => {}
        }
    }
    OPT_OUT_TAGS.iter().any(|tag| {
        text.match_indices(tag).any(|(at, _)| {
            let after = text.get(at + tag.len()..).and_then(|rest| rest.chars().next());
            !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
        })
    })
}

/// What a status is to us.
pub(super) enum Read {
    Record(Box<IncomingRecord>),
    /// It stands, and its author does not want it to be read.
    OptedOut(Skipped),
    Skipped(Skipped),
}

/// The id that a status has at the server that was asked.
pub(super) fn local_id(status: &Value) -> Option<String> {
    let id = id_of(status.get("id")?)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (!id.is_empty() && id.len() <= 64 && id.bytes().all(plain)).then_some(id)
}

/// When a status says that it was written.
pub(super) fn claimed_time(status: &Value) -> Option<DateTime<Utc>> {
    status.get("created_at")?.as_str()?.parse().ok()
}

/// Where statuses stand, by the ids that they have at the server that was asked.
pub(super) type Addresses = BTreeMap<String, String>;

/// Where the statuses of a list stand.
pub(super) fn addresses(statuses: &[Value]) -> Addresses {
    let place = |status: &Value| {
        let text = |name: &str| status.get(name).and_then(Value::as_str);
        // One that nobody else may read stands nowhere.
        let public = text("visibility").is_none_or(|visibility| visibility == "public");
        let address = at_home(text("url"), Some(text("uri")?)).filter(|_| public)?;
        Some((local_id(status)?, address.into()))
    };
    statuses.iter().filter_map(place).collect()
}

/// Reads a status that the server `here` gave, said in `venue`; `beside` are those that came with it.
pub(super) fn read(status: &Value, here: &str, venue: &str, beside: &Addresses) -> Read {
    let what = || local_id(status).unwrap_or_else(|| "a status without an id".to_owned());
    match Status::deserialize(status) {
        Ok(parsed) => parsed.into_record(here, venue, what(), beside),
        Err(err) => Read::Skipped(Skipped::new(what(), err.to_string())),
    }
}

impl Status {
    fn into_record(self, here: &str, venue: &str, what: String, beside: &Addresses) -> Read {
        let skip = |why: &str| Read::Skipped(Skipped::new(what.clone(), why));
        if self.reblog.is_some() {
            return skip("it repeats somebody else's");
        }
        if self.visibility.as_deref().is_some_and(|visibility| visibility != "public") {
            return skip("it is not public");
        }
        if let Some(why) = self.account.opts_out() {
            return Read::OptedOut(Skipped::new(what, why));
        }
        let Some(address) = self.address() else { return skip("it has no address on the web") };
        let Some(native_id) = native_id(&Platform::Mastodon, address.as_str()) else {
            return skip("it has no address on the web");
        };
        let quote = self.quote.as_ref().and_then(|quote| Quote::deserialize(quote).ok());
        let quoted = quote.as_ref().and_then(Quote::address);
        let body = body(&Parts {
            content: self.content.as_deref().unwrap_or_default(),
            warning: self.spoiler_text.as_deref().unwrap_or_default(),
            poll: self.poll.as_ref(),
            attachments: self.media_attachments.as_deref().unwrap_or_default(),
            quoted: quoted.as_ref(),
        });
        if body.trim().is_empty() {
            return skip("it has no text");
        }
        let parent = self.in_reply_to_id.as_ref().and_then(id_of);
        let known = parent.as_ref().and_then(|parent| beside.get(parent)).cloned();
        let answers = known.or_else(|| self.answers(here, &what, &address, &parent?));
        Read::Record(Box::new(fitted(IncomingRecord {
            platform: Platform::Mastodon,
            native_id,
            class: SourceClass::default_for(&Platform::Mastodon),
            permalink: address.into(),
            author: self.account.handle(here),
            venue: venue.to_owned(),
            published_at: self.created_at,
            archived_seen_at: None,
            edited_at: self.edited_at,
            title: None,
            body,
            tags: self.tags.into_iter().flatten().filter_map(|tag| tag.name).collect(),
            answers,
            quotes: quote.as_ref().and_then(Quote::home).map(String::from),
            engagement: Engagement { score: self.favourites_count, replies: self.replies_count },
            deleted: None,
        })))
    }

    fn address(&self) -> Option<Url> {
        at_home(self.url.as_deref(), Some(&self.uri))
    }

    /// The address of `parent`, which it answers. Only its number at the server `here` is told, so only what was written there
    /// has one: by the author, whose own status stands at `address` under the number `own`, or by somebody who is mentioned.
    fn answers(&self, here: &str, own: &str, address: &Url, parent: &str) -> Option<String> {
        // Servers whose ids are no numbers write other addresses.
        if !(1..=20).contains(&parent.len()) || !parent.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let whose = self.in_reply_to_account_id.as_ref().and_then(id_of)?;
        let name = if self.account.id.as_ref().and_then(id_of).as_ref() == Some(&whose) {
            name_at(here, address, &[own])?
        } else {
            let mentions = self.mentions.as_ref()?.as_array()?;
            let named =
                mentions.iter().find(|named| named.get("id").and_then(id_of).as_ref() == Some(&whose))?;
            name_at(here, &http_url(named.get("url")?.as_str()?)?, &[])?
        };
        Some(format!("https://{here}/@{name}/{parent}"))
    }
}

/// Whose page (or what else of theirs `rest` names) stands at `address`, if that is one of `here` as Mastodon writes them.
fn name_at(here: &str, address: &Url, rest: &[&str]) -> Option<String> {
    let mut path = address.path_segments()?;
    let name = path.next()?.strip_prefix('@').filter(|name| !name.is_empty() && !name.contains('@'))?;
    (address.host_str() == Some(here) && path.eq(rest.iter().copied())).then(|| name.to_owned())
}

/// An id, which some servers write as a number.
fn id_of(id: &Value) -> Option<String> {
    match id {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
