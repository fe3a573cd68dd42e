//! What a step will write, decided once: which posts stay, which go, which are new, each with its key and its time.
//!
//! Pure: the same story over the same thread at the same time gives the same bytes. Posts cannot be edited on Bluesky
//! (most apps show them as they were first seen), so a thread is brought up to date by keeping its beginning as far as it
//! is right, and replacing the rest, all in one transaction of the server.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bluesky::{RecordError, Tid, Write, cid_of};
use crate::publish::bluesky::{POST, Post, Ref, Reply, Telling, TellingKind};

const THREADGATE: &str = "app.bsky.feed.threadgate";
const POSTGATE: &str = "app.bsky.feed.postgate";

/// A record of ours, by where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) collection: String,
    pub(super) key: String,
}

/// What a step has made: kept as the step's remote id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    /// The address of the account's posts, up to their keys.
    pub(super) base: String,
    /// Its posts in order, key and CID.
    pub(super) posts: Vec<(String, String)>,
    /// What hangs on them: gates, a quoting post.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) beside: Vec<Place>,
}

impl Standing {
    pub(super) fn is_empty(&self) -> bool {
        self.posts.is_empty()
    }

    /// All, in order; one that somebody deleted has no CID any more.
    pub(super) fn all(&self) -> impl Iterator<Item = Ref> {
        self.posts.iter().map(|post| self.reference(post))
    }

    /// All that are there, in order.
    pub(super) fn references(&self) -> impl Iterator<Item = Ref> {
        self.posts.iter().filter(|(_, cid)| !cid.is_empty()).map(|post| self.reference(post))
    }

    fn reference(&self, (key, cid): &(String, String)) -> Ref {
        Ref { uri: format!("{}{key}", self.base), cid: cid.clone() }
    }
}

/// What is there of a step, as it was just read.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// Its posts in order: key, and CID with record unless somebody deleted it.
    pub(super) posts: Vec<(String, Option<(String, Value)>)>,
    /// Of what hangs on them, what is there.
    pub(super) beside: Vec<Place>,
}

/// Where a thread goes on: the posts that a reply names.
#[derive(Clone, Debug)]
pub(super) struct Thread {
    pub(super) root: Ref,
    /// The last one that is there.
    pub(super) end: Ref,
    /// Addresses of those after it that somebody deleted: what hangs on them already stays.
    pub(super) gone: Vec<String>,
}

/// Everything a step sends, to the byte, and how to tell whether it was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Sealed {
    /// The plan it is of.
    pub(super) plan: i64,
    /// One transaction of the server.
    pub(super) writes: Vec<Write>,
    /// What stands when it is done.
    pub(super) standing: Standing,
    /// Whether the end of the posts is another one than before.
    pub(super) moves: bool,
    /// Whether a picture must be uploaded first.
    pub(super) pictured: bool,
    /// The time its keys were made from.
    pub(super) keys_from: DateTime<Utc>,
    /// The time its records say.
    pub(super) now: DateTime<Utc>,
    /// What was sealed before it and perhaps sent, but not carried out when this was sealed. It may still arrive: both make
    /// a post with the same key, so only one of them can be carried out. Their times tell which one it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lost: Option<Box<Sealed>>,
}

/// How to tell whether a sealed transaction was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// It is nothing to do.
    Nothing,
    /// One of these records stands there with this content. Somebody may have deleted the others since.
    Stands(Vec<(Place, String)>),
    /// All these records are gone.
    Gone(Vec<Place>),
}

impl Sealed {
    /// # Errors
    /// A record that has no canonical form.
    pub(super) fn proof(&self) -> Result<Proof, RecordError> {
        let place =
            |collection: &str, key: &str| Place { collection: collection.to_owned(), key: key.to_owned() };
        let (mut made, mut changed, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for write in &self.writes {
            match write {
                Write::Create { collection, key, record } => {
                    made.push((place(collection, key), cid_of(record)?));
                }
                Write::Update { collection, key, record } => {
                    changed.push((place(collection, key), cid_of(record)?));
                }
                Write::Delete { collection, key } => gone.push(place(collection, key)),
            }
        }
        // What was made says more than what was changed: another plan may have wished for the same change.
        Ok(match (made.is_empty(), changed.is_empty(), gone.is_empty()) {
            (false, _, _) => Proof::Stands(made),
            (true, false, _) => Proof::Stands(changed),
            (true, true, false) => Proof::Gone(gone),
            (true, true, true) => Proof::Nothing,
        })
    }

    /// Whether only one of the two can be carried out: both make a record in the same place.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        let made = |sealed: &Self| -> BTreeSet<(String, String)> {
            let owned = |(collection, key): (&str, &str)| (collection.to_owned(), key.to_owned());
            let creates = sealed.writes.iter().filter(|write| matches!(write, Write::Create { .. }));
            creates.map(|write| owned(write.place())).collect()
        };
        !made(self).is_disjoint(&made(other))
    }
}

/// What decides the bytes, besides the story.
pub(super) struct Circumstances<'a> {
    pub(super) did: &'a str,
    pub(super) plan: i64,
    /// The time that records say.
    pub(super) now: DateTime<Utc>,
    /// The time that keys are made from.
    pub(super) keys_from: DateTime<Utc>,
    /// Where the story's thread goes on; `None` if nothing of it stands here.
    pub(super) thread: Option<&'a Thread>,
    /// What stands of this step.
    pub(super) found: &'a Found,
    /// The uploaded picture, if there is one.
    pub(super) picture: Option<&'a Value>,
    /// Tells two clocks apart that make keys at one time.
    pub(super) clock_id: u16,
}

/// Whether what stands may be brought to what is told: what somebody deleted by hand stays deleted.
fn was_taken_away(found: &Found) -> bool {
    found.posts.first().is_some_and(|(_, record)| record.is_none())
}

/// Seals what a step says now over what stands of it. Without anything to tell all of it goes.
pub(super) fn seal(telling: Option<&Telling>, c: &Circumstances<'_>) -> Result<Sealed, RecordError> {
    let base = format!("at://{}/{POST}/", c.did);
    // One notice for all versions: the first has it.
    let told = |t: &&Telling| t.kind == TellingKind::Notice && c.thread.is_some();
    let telling = telling.filter(|t| !was_taken_away(c.found) && !told(t));
    let posts = telling.map_or(&[][..], |t| t.posts.as_slice());
    let mut keys = Keys { from: c.keys_from, now: c.now, clock_id: c.clock_id, made: 0 };
    let mut standing = Standing { base: base.clone(), ..Standing::default() };
    let mut writes = Vec::new();
    let picture = c.picture.cloned();

    // A notice stands alone: it is no reply to what it takes back.
    let thread = c.thread.filter(|_| telling.is_some_and(|t| t.kind != TellingKind::Notice));
    let mut root = thread.map(|t| t.root.clone());
    let mut parent = thread.map(|t| t.end.clone());
    // What a new post replies to: one that is there.
    let mut end = parent.clone();
    let mut kept = 0;
    for (post, (key, record)) in posts.iter().zip(&c.found.posts) {
        let uri = format!("{base}{key}");
        if let (0, Some(thread), Some((_, record))) = (kept, thread, record)
            && let Some(uri) = record["reply"]["parent"]["uri"].as_str()
            && thread.gone.iter().any(|gone| gone == uri)
        {
            parent = Some(Ref { uri: uri.to_owned(), cid: String::new() });
        }
        let cid = match record {
            // Somebody deleted it: it stays so, and what follows still hangs on it.
            None => String::new(),
            Some((_, record)) if !stands_as(record, post, root.as_ref(), parent.as_ref()) => break,
            Some((cid, record)) => match edited(record, post, telling, c, kept) {
                Some(edit) => {
                    let cid = cid_of(&edit)?;
                    writes.push(Write::Update {
                        collection: POST.to_owned(),
                        key: key.clone(),
                        record: edit,
                    });
                    cid
                }
                None => cid.clone(),
            },
        };
        kept += 1;
        let this = Ref { uri, cid: cid.clone() };
        root.get_or_insert_with(|| this.clone());
        if !this.cid.is_empty() {
            end = Some(this.clone());
        }
        parent = Some(this);
        standing.posts.push((key.clone(), cid));
    }

    // Deleted first: the server takes the writes in order.
    let going = c.found.posts.iter().skip(kept).filter(|(_, record)| record.is_some());
    let mut deletes: Vec<Write> =
        going.map(|(key, _)| Write::Delete { collection: POST.to_owned(), key: key.clone() }).collect();
    let new_start = kept == 0;
    // A gate goes with its post, a quote with the first.
    let stays = |place: &&Place| {
        let of = c.found.posts.iter().position(|(key, _)| *key == place.key);
        of.map_or(!new_start, |n| n < kept)
    };
    let (stay, go): (Vec<&Place>, Vec<&Place>) = c.found.beside.iter().partition(stays);
    deletes.extend(
        go.into_iter().map(|p| Write::Delete { collection: p.collection.clone(), key: p.key.clone() }),
    );
    standing.beside = stay.into_iter().cloned().collect();

    for (n, post) in posts.iter().enumerate().skip(kept) {
        let (key, at) = keys.next();
        let reply = match (&root, &end) {
            (Some(root), Some(end)) => Some(Reply { root: root.clone(), parent: end.clone() }),
            (None, _) | (_, None) => None,
        };
        let record = post.record(at, reply.as_ref(), picture.clone().filter(|_| post.card.is_some()), None);
        let cid = cid_of(&record)?;
        let this = Ref { uri: format!("{base}{key}"), cid: cid.clone() };
        root.get_or_insert_with(|| this.clone());
        end = Some(this.clone());
        writes.push(Write::Create { collection: POST.to_owned(), key: key.clone(), record });
        standing.posts.push((key, cid));
        if let Some(telling) = telling {
            let beside = beside(telling, n, &this, c, &mut keys);
            standing.beside.extend(beside.iter().map(|(place, _)| place.clone()));
            writes.extend(beside.into_iter().map(|(place, record)| Write::Create {
                collection: place.collection,
                key: place.key,
                record,
            }));
        }
    }
    let before = c.found.posts.last().map(|(key, _)| key);
    let after = standing.posts.last().map(|(key, _)| key);
    deletes.extend(writes);
    let moves = !deletes.is_empty() && before.is_some() && (before != after || new_start);
    // That it stood, and what it was, is not forgotten: what hung on it must not begin a thread of its own.
    if let (true, Some((key, _))) = (was_taken_away(c.found), c.found.posts.first()) {
        standing.posts = vec![(key.clone(), String::new())];
    }
    Ok(Sealed {
        plan: c.plan,
        writes: deletes,
        standing,
        moves,
        pictured: c.picture.is_some(),
        keys_from: c.keys_from,
        now: c.now,
        lost: None,
    })
}

/// What goes up beside the n-th post: who may quote it; beside the first also who may reply, and a post that quotes it.
fn beside(
    telling: &Telling,
    n: usize,
    this: &Ref,
    c: &Circumstances<'_>,
    keys: &mut Keys,
) -> Vec<(Place, Value)> {
    let place =
        |collection: &str, key: &str| Place { collection: collection.to_owned(), key: key.to_owned() };
    let key = this.uri.rsplit('/').next().unwrap_or_default();
    let mut out = Vec::new();
    // A notice is there to be spread.
    if telling.kind != TellingKind::Notice {
        // Only a thread's first post can say who may reply.
        if n == 0 && c.thread.is_none() {
            out.extend(telling.replies.gate(&this.uri, c.now).map(|gate| (place(THREADGATE, key), gate)));
        }
        out.extend(telling.quotes.gate(&this.uri, c.now).map(|gate| (place(POSTGATE, key), gate)));
    }
    if let (Some(quote), Some(_), 0) = (&telling.quote, c.thread, n) {
        let (key, at) = keys.next();
        out.push((place(POST, &key), quote.record(at, None, None, Some(this))));
    }
    out
}

/// Whether a record that stands says what a post says, where it should.
fn stands_as(record: &Value, post: &Post, root: Option<&Ref>, parent: Option<&Ref>) -> bool {
    let wanted = post.record(DateTime::UNIX_EPOCH, None, None, None);
    let same =
        |field: &str| record.get(field).unwrap_or(&Value::Null) == wanted.get(field).unwrap_or(&Value::Null);
    let hangs =
        |which: &str, on: Option<&Ref>| record["reply"][which]["uri"].as_str() == on.map(|r| r.uri.as_str());
    ["text", "facets", "langs", "tags"].into_iter().all(same)
        && hangs("root", root)
        && hangs("parent", parent)
}

/// The first post with another card, where that is wanted and it differs.
fn edited(
    record: &Value,
    post: &Post,
    telling: Option<&Telling>,
    c: &Circumstances<'_>,
    n: usize,
) -> Option<Value> {
    if n > 0 || !telling.is_some_and(|t| t.edit_card) || post.card.is_none() {
        return None;
    }
    let embed = post.record(c.now, None, c.picture.cloned(), None)["embed"].clone();
    let mut edit = record.clone();
    match edit.as_object_mut() {
        Some(fields) if record["embed"] != embed && !embed.is_null() => {
            fields.insert("embed".to_owned(), embed);
            Some(edit)
        }
        Some(_) | None => None,
    }
}

/// Keys and times in order.
struct Keys {
    from: DateTime<Utc>,
    now: DateTime<Utc>,
    clock_id: u16,
    made: i64,
}

impl Keys {
    /// The next key, and the time its record says: each a millisecond later, which keeps threads in order.
    fn next(&mut self) -> (String, DateTime<Utc>) {
        let later = Duration::milliseconds(self.made);
        self.made += 1;
        let micros = u64::try_from((self.from + later).timestamp_micros()).unwrap_or_default();
        (Tid::new(micros, self.clock_id).to_string(), self.now + later)
    }
}
