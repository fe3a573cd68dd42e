//! What of the stream is kept, until it is handed on as a page.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::clock::{Reached, time_of};
use super::event::{Event, What, read};
use crate::ingest::bluesky::body::body;
use crate::ingest::bluesky::labels::own_objection;
use crate::ingest::bluesky::post::{Around, author, record_with};
use crate::ingest::bluesky::uri::PostUri;
use crate::ingest::bluesky::wire::Post;
use crate::ingest::source::Skipped;
use crate::model::GoneAccount;
use crate::model::{Engagement, IncomingRecord, Platform, TombstoneReason};

/// Says of a text whether it is about something we follow.
pub(super) type Wanted = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Frames that could not be read are told one by one up to so many; then they are counted.
const MAX_SKIPPED: usize = 100;

/// Events remembered so that a replay of the last seconds changes nothing. Some dozen a second are kept.
const MAX_RECENT: usize = 4_096;

/// Reads frames and keeps what they bring. Of one post the latest word stands, however often and in whatever order it
/// comes.
pub struct JetstreamIntake {
    wanted: Wanted,
    /// Says of a native id whether the desk may hold that record.
    holding: Option<Wanted>,
    kept: BTreeMap<String, Kept>,
    posts: usize,
    /// By what the ids of the account's records begin with.
    gone: BTreeMap<String, TombstoneReason>,
    changed: BTreeSet<String>,
    skipped: Vec<Skipped>,
    more_skipped: usize,
    recent: Recent,
    pub(super) reached: Reached,
    /// Events read since the last [`JetstreamIntake::reconnected`].
    pub(super) heard: usize,
    /// Bytes read since the page began.
    pub(super) bytes: usize,
}

struct Kept {
    rev: String,
    record: IncomingRecord,
}

/// What was kept.
pub(super) struct Batch {
    pub(super) records: Vec<IncomingRecord>,
    pub(super) gone: Vec<GoneAccount>,
    /// Accounts of which something changed.
    pub(super) changed: BTreeSet<String>,
    pub(super) skipped: Vec<Skipped>,
}

impl fmt::Debug for JetstreamIntake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JetstreamIntake")
            .field("posts", &self.posts)
            .field("kept", &self.kept.len())
            .finish_non_exhaustive()
    }
}

impl JetstreamIntake {
    /// Keeps posts whose words are `wanted`.
    pub fn new(wanted: Arc<dyn Fn(&str) -> bool + Send + Sync>) -> Self {
        Self {
            wanted,
            holding: None,
            kept: BTreeMap::new(),
            posts: 0,
            gone: BTreeMap::new(),
            changed: BTreeSet::new(),
            skipped: Vec::new(),
            more_skipped: 0,
            recent: Recent::default(),
            reached: Reached::default(),
            heard: 0,
            bytes: 0,
        }
    }

    /// Keeps deletions only of what the desk may hold, and all edits of that.
    #[must_use]
    pub(super) fn holding(mut self, holding: Option<Wanted>) -> Self {
        self.holding = holding;
        self
    }

    /// Reads a frame as it was sent.
    pub fn take(&mut self, frame: &str, now: DateTime<Utc>) {
        self.bytes += frame.len();
        // The event borrows from the frame while `self` takes it in.
        let read = read(frame, |event| self.take_event(&event, now));
        match read {
            Ok(()) => self.heard += 1,
            Err(why) => self.skip(Skipped::new(format!("frame of {} bytes", frame.len()), why)),
        }
    }

    /// Posts kept so far.
    pub fn posts(&self) -> usize {
        self.posts
    }

    /// Posts, edits and deletions kept so far.
    pub(super) fn kept(&self) -> usize {
        self.kept.len() + self.gone.len()
    }

    /// A new connection replays the last seconds and may begin elsewhere than asked.
    pub(super) fn reconnected(&mut self) {
        self.reached.reconnected();
        self.heard = 0;
    }

    /// Notes something that is no event.
    pub(super) fn skip(&mut self, skipped: Skipped) {
        if self.skipped.len() < MAX_SKIPPED {
            self.skipped.push(skipped);
        } else {
            self.more_skipped += 1;
        }
    }

    /// Everything kept, and begins anew. What is remembered against replays stays.
    pub(super) fn drain(&mut self) -> Batch {
        let mut skipped = std::mem::take(&mut self.skipped);
        let more = std::mem::take(&mut self.more_skipped);
        if more > 0 {
            skipped.push(Skipped::new(format!("{more} more frames"), "they cannot be read either"));
        }
        (self.posts, self.bytes) = (0, 0);
        let (kept, gone) = (std::mem::take(&mut self.kept), std::mem::take(&mut self.gone));
        Batch {
            records: kept.into_values().map(|kept| kept.record).collect(),
            gone: gone
                .into_iter()
                .map(|(id_prefix, reason)| GoneAccount { platform: Platform::Bluesky, id_prefix, reason })
                .collect(),
            changed: std::mem::take(&mut self.changed),
            skipped,
        }
    }

    fn take_event(&mut self, event: &Event<'_>, now: DateTime<Utc>) {
        let sane = event.time_us.is_some_and(|us| self.reached.saw(us, now));
        let at = event.time_us.filter(|_| sane).and_then(time_of).unwrap_or(now);
        match event.what {
            What::Post { uri, rev, post, edited } => self.take_post(uri, rev, post, edited, at),
            What::Deleted { uri, rev } => {
                let id = uri.to_string();
                // A post that is deleted before it was handed on was never there for us, but a page before may have it.
                if self.holds(&id) || self.kept.contains_key(&id) {
                    let reason = TombstoneReason::Author;
                    self.keep(rev, IncomingRecord::gone(Platform::Bluesky, id, reason, at));
                }
            }
            What::Account { did, status } => {
                self.changed.insert(did.to_owned());
                // A move to another server deactivates for a moment, and suspensions end: what is erased does not come
                // back, so these two wait for the next look at what stands.
                let reason = match status {
                    "deleted" => Some(TombstoneReason::Author),
                    "takendown" => Some(TombstoneReason::Moderator),
                    _ => None,
                };
                if let Some(reason) = reason {
                    self.take_gone_account(did, reason);
                }
            }
            What::Identity { did } => {
                self.changed.insert(did.to_owned());
            }
            What::Other => {}
        }
    }

    fn take_gone_account(&mut self, did: &str, reason: TombstoneReason) {
        let id_prefix = format!("at://{did}/");
        let theirs = self.kept.range(id_prefix.clone()..).take_while(|(id, _)| id.starts_with(&id_prefix));
        let theirs: Vec<String> = theirs.map(|(id, _)| id.clone()).collect();
        for id in theirs {
            if self.kept.remove(&id).is_some_and(|kept| kept.record.deleted.is_none()) {
                self.posts -= 1;
            }
        }
        self.gone.insert(id_prefix, reason);
    }

    fn holds(&self, id: &str) -> bool {
        self.holding.as_ref().is_none_or(|holding| holding(id))
    }

    fn take_post(&mut self, uri: PostUri<'_>, rev: &str, post: &Post<'_>, edited: bool, at: DateTime<Utc>) {
        let body = body(post);
        let wanted = (self.wanted)(&body);
        if !wanted && !edited {
            return;
        }
        let id = uri.to_string();
        if let Some(objection) = edited.then(|| own_objection(post)).flatten() {
            // It was told before its author labelled it.
            if self.holds(&id) {
                self.keep(rev, IncomingRecord::gone(Platform::Bluesky, id, objection.reason, at));
            }
            return;
        }
        if !wanted && !self.holding.as_ref().is_some_and(|holding| holding(&id)) {
            // Edited away from what we follow: what waits here is not what stands there.
            self.forget(&id, rev);
            return;
        }
        let around = Around {
            uri,
            author: author(uri.did, None),
            seen: Some(at),
            edited_at: edited.then_some(at),
            engagement: Engagement::default(),
        };
        match record_with(post, body.into_owned(), around) {
            Ok(record) => self.keep(rev, record),
            Err(skipped) => self.skip(skipped),
        }
    }

    fn forget(&mut self, id: &str, rev: &str) {
        if self.kept.get(id).is_some_and(|kept| kept.record.deleted.is_none() && *kept.rev <= *rev) {
            self.kept.remove(id);
            self.posts -= 1;
        }
    }

    fn keep(&mut self, rev: &str, record: IncomingRecord) {
        if !self.recent.is_new(rev, &record.native_id) {
            return;
        }
        let is_post = |record: &IncomingRecord| usize::from(record.deleted.is_none());
        match self.kept.get(&record.native_id) {
            Some(known) if *known.rev > *rev => return,
            Some(known) => self.posts -= is_post(&known.record),
            None => {}
        }
        self.posts += is_post(&record);
        self.kept.insert(record.native_id.clone(), Kept { rev: rev.to_owned(), record });
    }
}

/// Events that were kept lately. A revision and an id (account, collection, key) name an event.
#[derive(Default)]
struct Recent {
    known: HashSet<Box<str>>,
    order: VecDeque<Box<str>>,
}

impl Recent {
    fn is_new(&mut self, rev: &str, id: &str) -> bool {
        if rev.is_empty() {
            return true;
        }
        let name: Box<str> = format!("{rev} {id}").into();
        if !self.known.insert(name.clone()) {
            return false;
        }
        self.order.push_back(name);
        if self.order.len() > MAX_RECENT
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}
