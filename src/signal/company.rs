//! The wide company of a lead: every record of the last days on the same subject.
//!
//! A lead cites few records; a story counts many. The company takes in whoever is strictly linked with any of the
//! lead's evidence, without the caps that ranking needs: all authors, all their records.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::grouping;
use super::history::History;
use super::observation::{Observation, key_of};
use super::score::burst::bursts;
use super::vectors::{Near, Space};
use crate::model::{ClusterId, Lead, RecordId, SourceClass};

/// At most so many of a lead's evidence records call in company: the most central ones.
const CALLERS: usize = 8;
/// A name in so few records is of one thing: its clusters are still growing.
const ALWAYS_ONE: usize = 5;
/// A story with more members than that says nothing more.
const MAX_MEMBERS: usize = 80;

/// How closely a record must be tied to a story to be counted with it.
///
/// Whoever speaks of the event is counted, though not cited: counting bears a stranger more easily than a citation. So
/// these are lower than the strict bars of grouping.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ties {
    /// The same event: this likeness alone.
    pub event: f64,
    /// The same event: this likeness with a rare name anywhere.
    pub event_with_name: f64,
    /// The same event: this likeness with two of them.
    pub event_with_two_names: f64,
    /// The same subject: this likeness alone.
    pub subject: f64,
    /// The same subject: this likeness with a rare name anywhere.
    pub subject_with_name: f64,
    /// A name in less than this share of ten days' records is rare.
    pub name_share: f64,
    /// A name is of one thing if one cluster has this share of its records.
    pub one_thing: f64,
}

impl Default for Ties {
    fn default() -> Self {
        Self {
            event: 0.5,
            event_with_name: 0.15,
            event_with_two_names: 0.1,
            subject: 0.35,
            subject_with_name: 0.08,
            name_share: 0.01,
            one_thing: 0.25,
        }
    }
}

impl Ties {
    /// The least likeness that any rule looks at.
    fn floor(&self) -> f64 {
        [self.event, self.event_with_name, self.event_with_two_names, self.subject, self.subject_with_name]
            .into_iter()
            .fold(1.0, f64::min)
    }
}

/// The records of the last days with their neighbourhoods, for all leads of a tick.
#[derive(Debug)]
pub struct Company<'a> {
    ties: Ties,
    pool: Vec<&'a Observation>,
    history: &'a History,
    at: DateTime<Utc>,
    space: Space,
    bursting: BTreeSet<u64>,
    place: HashMap<&'a RecordId, usize>,
    /// Names with the places of those who use them, in order.
    named: Vec<(u64, u32)>,
    /// Which names tell events apart and are of one thing, as far as it was asked.
    one_thing: BTreeMap<u64, bool>,
    /// Those who called already, with those near them.
    called: BTreeMap<usize, Vec<Tied>>,
}

/// A neighbour that belongs.
#[derive(Clone, Copy, Debug)]
struct Tied {
    at: usize,
    cosine: f64,
    event: bool,
    one_event: bool,
    subject: bool,
}

impl<'a> Company<'a> {
    /// Prepares the records that may be called in: those that match a topic, stand, and were seen by `at`.
    pub fn new(pool: &[&'a Observation], history: &'a History, at: DateTime<Utc>, ties: Ties) -> Self {
        let mut pool: Vec<&Observation> = pool
            .iter()
            .copied()
            .filter(|o| {
                !o.topics.is_empty()
                    && !o.gone
                    // What was looked for came late, and may be of the event for all that.
                    && (!o.backfill || o.gathered)
                    && o.seen_at <= at
                    && o.class != SourceClass::Paper
                    && !history.is_recurring(o)
            })
            .collect();
        pool.sort_unstable_by(|a, b| a.published_at.cmp(&b.published_at).then_with(|| a.id.cmp(&b.id)));
        let from = pool.first().map_or(at, |o| o.published_at);
        let names: Vec<_> = pool.iter().map(|o| history.names(o)).collect();
        let places = names.iter().zip(0_u32..);
        let mut named: Vec<(u64, u32)> =
            places.flat_map(|(names, at)| names.iter().map(move |name| (name.key, at))).collect();
        named.sort_unstable();
        let bursting = if grouping::tells_usual(history) {
            grouping::risen(&bursts(&pool, &names, history, from), history)
        } else {
            BTreeSet::new()
        };
        let space = Space::of(&pool);
        let place = pool.iter().enumerate().map(|(n, o)| (&o.id, n)).collect();
        Self {
            ties,
            pool,
            history,
            at,
            space,
            bursting,
            place,
            named,
            one_thing: BTreeMap::new(),
            called: BTreeMap::new(),
        }
    }

    /// The company of a lead, nearest first; its own evidence comes first of all.
    pub fn of(&mut self, lead: &Lead) -> Vec<RecordId> {
        let mut company: Vec<(usize, f64)> = self.around(&lead.evidence, Tie::Event).into_iter().collect();
        company.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut ids: Vec<RecordId> = lead.evidence.clone();
        let known: BTreeSet<&RecordId> = lead.evidence.iter().collect();
        ids.extend(
            company
                .into_iter()
                .filter_map(|(n, _)| self.pool.get(n).map(|o| &o.id))
                .filter(|id| !known.contains(id))
                .cloned(),
        );
        ids.truncate(MAX_MEMBERS);
        ids
    }

    /// Those of a lead's names that tell events apart: rare in recent records or suddenly common, and said of one thing.
    pub fn telling(&mut self, lead: &Lead) -> BTreeSet<String> {
        let tells = |name: &&String| self.tells_one_thing(key_of(name));
        lead.names.iter().filter(tells).cloned().collect()
    }

    fn tells_one_thing(&mut self, name: u64) -> bool {
        if let Some(known) = self.one_thing.get(&name) {
            return *known;
        }
        let is = self.tells(name) && self.is_of_one_thing(name);
        self.one_thing.insert(name, is);
        is
    }

    /// Whether enough of those who use a name are in one cluster. A firm, a fair or a product that is in many news at once
    /// tells none of them apart, however much it is talked about.
    fn is_of_one_thing(&self, name: u64) -> bool {
        let from = self.named.partition_point(|(key, _)| *key < name);
        let to = self.named.partition_point(|(key, _)| *key <= name);
        let users = self.named.get(from..to).unwrap_or_default();
        let mut sizes: BTreeMap<&ClusterId, usize> = BTreeMap::new();
        for cluster in users.iter().filter_map(|(_, at)| self.pool.get(*at as usize)?.cluster.as_ref()) {
            *sizes.entry(cluster).or_default() += 1;
        }
        let largest = sizes.into_values().max().unwrap_or(0);
        users.len() <= ALWAYS_ONE || largest as f64 >= self.ties.one_thing * users.len() as f64
    }

    /// What a running story is recognised by. Only the record in the middle is asked: a list of the day's news among the
    /// evidence is near to all of them.
    pub fn recognised(&mut self, lead: &Lead) -> Recognised {
        // Papers are in no company: beside one the first of the evidence is asked.
        let known =
            std::iter::once(&lead.central).chain(&lead.evidence).find(|id| self.place.contains_key(*id));
        let middle = known.map(std::slice::from_ref).unwrap_or_default();
        let mut of = |tie| {
            let mut around: Vec<(usize, f64)> = self.around(middle, tie).into_iter().collect();
            around.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            // A story has no more members than that.
            around.truncate(MAX_MEMBERS);
            let ids = around.into_iter().filter_map(|(n, _)| self.pool.get(n).map(|o| o.id.clone()));
            ids.chain([lead.central.clone()]).collect()
        };
        Recognised { event: of(Tie::OneEvent), subject: of(Tie::Subject) }
    }

    /// Neighbours of records, by place, with their best likeness. Where they are few, those that they called in on the
    /// same event call in others, the nearest first.
    fn around(&mut self, records: &[RecordId], tie: Tie) -> BTreeMap<usize, f64> {
        let callable = if tie == Tie::Event { Tie::Event } else { Tie::OneEvent };
        let mut callers: Vec<usize> =
            records.iter().filter_map(|id| self.place.get(id).copied()).take(CALLERS).collect();
        let mut found: BTreeMap<usize, f64> = BTreeMap::new();
        let mut called = 0;
        while let Some(caller) = callers.get(called).copied() {
            called += 1;
            if !self.called.contains_key(&caller) {
                let near = self.tied(caller);
                self.called.insert(caller, near);
            }
            let near = self.called.get(&caller).map(Vec::as_slice).unwrap_or_default();
            for other in near.iter().filter(|n| n.is(tie)) {
                let best = found.entry(other.at).or_insert(0.0);
                *best = best.max(other.cosine);
            }
            let room = CALLERS.saturating_sub(callers.len());
            let nearest: Vec<usize> = near
                .iter()
                .filter(|n| n.is(callable) && !callers.contains(&n.at))
                .take(room)
                .map(|n| n.at)
                .collect();
            callers.extend(nearest);
        }
        found
    }

    /// The neighbours of a record that belong, nearest first: much the same words, or some of the same words and a
    /// name that tells events apart.
    fn tied(&mut self, caller: usize) -> Vec<Tied> {
        let near = self.space.near(caller, self.ties.floor());
        let Some(own) = self.pool.get(caller).copied() else { return Vec::new() };
        let mut names: Vec<u64> = self.history.names(own).into_iter().map(|name| name.key).collect();
        names.retain(|key| self.tells(*key));
        let telling: Vec<(u64, bool)> =
            names.into_iter().map(|key| (key, self.tells_one_thing(key))).collect();
        let tied = |near: &Near| {
            let other = self.pool.get(near.at)?;
            if !own.topics.iter().any(|topic| other.topics.contains(topic)) {
                return None;
            }
            let (mut shared, mut of_one_thing) = (0, 0);
            if !telling.is_empty() {
                let theirs = self.history.names(other);
                for (key, one_thing) in &telling {
                    let both = usize::from(theirs.iter().any(|name| name.key == *key));
                    shared += both;
                    of_one_thing += both * usize::from(*one_thing);
                }
            }
            let event = |shared: usize| match shared {
                0 => self.ties.event,
                1 => self.ties.event_with_name,
                _ => self.ties.event_with_two_names,
            };
            let subject = if of_one_thing == 0 { self.ties.subject } else { self.ties.subject_with_name };
            let tied = Tied {
                at: near.at,
                cosine: near.cosine,
                event: near.cosine >= event(shared),
                one_event: near.cosine >= event(of_one_thing),
                subject: near.cosine >= subject,
            };
            (tied.event || tied.subject).then_some(tied)
        };
        near.iter().filter_map(tied).collect()
    }

    /// Whether a name tells events apart: it is rare, or suddenly common.
    fn tells(&self, name: u64) -> bool {
        self.bursting.contains(&name) || self.history.name_share(self.at, name) < self.ties.name_share
    }
}

impl Tied {
    fn is(self, tie: Tie) -> bool {
        match tie {
            Tie::Event => self.event,
            Tie::OneEvent => self.one_event,
            Tie::Subject => self.subject,
        }
    }
}

/// How closely records must be tied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tie {
    /// The same event.
    Event,
    /// The same event, by words or by names that are of one thing.
    OneEvent,
    /// The same subject: fewer words in common will do.
    Subject,
}

/// Records near the middle of a lead, by which a running story is recognised.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recognised {
    /// On its event.
    pub event: BTreeSet<RecordId>,
    /// On its subject, widely taken.
    pub subject: BTreeSet<RecordId>,
}
