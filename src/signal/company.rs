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
use crate::model::{Lead, RecordId, SourceClass};

/// At most so many of a lead's evidence records call in company: the most central ones.
const CALLERS: usize = 8;
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
    space: Space<'a>,
    bursting: BTreeSet<u64>,
    place: HashMap<&'a RecordId, usize>,
    /// Those who called already, with those near them.
    called: BTreeMap<usize, Vec<Tied>>,
}

/// A neighbour that belongs.
#[derive(Clone, Copy, Debug)]
struct Tied {
    at: usize,
    cosine: f64,
    event: bool,
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
                    && !o.backfill
                    && o.seen_at <= at
                    && o.class != SourceClass::Paper
                    && !history.is_recurring(o)
            })
            .collect();
        pool.sort_unstable_by(|a, b| a.published_at.cmp(&b.published_at).then_with(|| a.id.cmp(&b.id)));
        let from = pool.first().map_or(at, |o| o.published_at);
        let bursting = if grouping::tells_usual(history) {
            let named: Vec<_> = pool.iter().map(|o| history.names(o)).collect();
            grouping::risen(&bursts(&pool, &named, history, from), history)
        } else {
            BTreeSet::new()
        };
        let space = Space::of(&pool);
        let place = pool.iter().enumerate().map(|(n, o)| (&o.id, n)).collect();
        Self { ties, pool, history, at, space, bursting, place, called: BTreeMap::new() }
    }

    /// The company of a lead, nearest first; its own evidence comes first of all.
    pub fn of(&mut self, lead: &Lead) -> Vec<RecordId> {
        let mut company: Vec<(usize, f64)> = self.around(lead, Tie::Event).into_iter().collect();
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

    /// Those of a lead's names that tell events apart: rare in recent records, or suddenly common.
    pub fn telling(&self, lead: &Lead) -> BTreeSet<String> {
        let tells = |name: &str| self.tells(key_of(name));
        lead.names.iter().filter(|name| tells(name)).cloned().collect()
    }

    /// Everything on the lead's subject, widely taken: what a running story is recognised by.
    pub fn kin(&mut self, lead: &Lead) -> BTreeSet<RecordId> {
        let mut kin: BTreeSet<RecordId> = lead.evidence.iter().cloned().collect();
        kin.extend(
            self.around(lead, Tie::Subject)
                .into_keys()
                .filter_map(|n| self.pool.get(n).map(|o| o.id.clone())),
        );
        kin
    }

    /// Neighbours of the lead's evidence, by place, with their best likeness. Where the evidence is thin, those that it
    /// called in on the same event call in others, the nearest first.
    fn around(&mut self, lead: &Lead, tie: Tie) -> BTreeMap<usize, f64> {
        let mut callers: Vec<usize> =
            lead.evidence.iter().filter_map(|id| self.place.get(id).copied()).take(CALLERS).collect();
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
                .filter(|n| n.is(Tie::Event) && !callers.contains(&n.at))
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
        let telling: Vec<u64> =
            self.history.names(own).into_iter().map(|name| name.key).filter(|key| self.tells(*key)).collect();
        let tied = |near: &Near| {
            let other = self.pool.get(near.at)?;
            if !own.topics.iter().any(|topic| other.topics.contains(topic)) {
                return None;
            }
            let shared = if telling.is_empty() {
                0
            } else {
                let theirs = self.history.names(other);
                telling.iter().filter(|key| theirs.iter().any(|name| name.key == **key)).count()
            };
            let event = match shared {
                0 => self.ties.event,
                1 => self.ties.event_with_name,
                _ => self.ties.event_with_two_names,
            };
            let subject = if shared == 0 { self.ties.subject } else { self.ties.subject_with_name };
            let (event, subject) = (near.cosine >= event, near.cosine >= subject);
            (event || subject).then_some(Tied { at: near.at, cosine: near.cosine, event, subject })
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
            Tie::Subject => self.subject,
        }
    }
}

/// How closely records must be tied.
#[derive(Clone, Copy, Debug)]
enum Tie {
    /// The same event.
    Event,
    /// The same subject: fewer words in common will do.
    Subject,
}
