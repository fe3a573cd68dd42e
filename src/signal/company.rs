//! The wide company of a lead: every record of the last days on the same subject.
//!
//! A lead cites few records; a story counts many. The company takes in whoever is strictly linked with any of the
//! lead's evidence, without the caps that ranking needs: all authors, all their records.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::grouping;
use super::history::History;
use super::observation::{Observation, key_of};
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

/// The records of the last days with their neighbourhoods, built once for all leads of a tick.
#[derive(Debug)]
pub struct Company<'a> {
    ties: Ties,
    pool: Vec<&'a Observation>,
    space: Space,
    names: Vec<BTreeMap<u64, f64>>,
    bursting: BTreeSet<u64>,
    place: BTreeMap<&'a RecordId, usize>,
}

impl<'a> Company<'a> {
    /// Prepares the records that may be called in: those that match a topic, stand, and were seen by `at`.
    pub fn new(pool: &[&'a Observation], history: &History, at: DateTime<Utc>, ties: Ties) -> Self {
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
        pool.sort_by(|a, b| a.published_at.cmp(&b.published_at).then_with(|| a.id.cmp(&b.id)));
        let space = Space::of(&pool);
        let named: Vec<_> = pool.iter().map(|o| history.names(o)).collect();
        let from = pool.first().map_or(at, |o| o.published_at);
        let bursting = grouping::risen(&pool, &named, history, from);
        let names: Vec<BTreeMap<u64, f64>> = named
            .iter()
            .map(|names| names.iter().map(|name| (name.key, history.name_share(at, name.key))).collect())
            .collect();
        let place = pool.iter().enumerate().map(|(n, o)| (&o.id, n)).collect();
        Self { ties, pool, space, names, bursting, place }
    }

    /// The company of a lead, nearest first; its own evidence comes first of all.
    pub fn of(&self, lead: &Lead) -> Vec<RecordId> {
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
    pub fn telling(&self, lead: &Lead, history: &History, at: DateTime<Utc>) -> BTreeSet<String> {
        let tells = |name: &str| {
            let key = key_of(name);
            self.bursting.contains(&key) || history.name_share(at, key) < self.ties.name_share
        };
        lead.names.iter().filter(|name| tells(name)).cloned().collect()
    }

    /// Everything on the lead's subject, widely taken: what a running story is recognised by.
    pub fn kin(&self, lead: &Lead) -> BTreeSet<RecordId> {
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
    fn around(&self, lead: &Lead, tie: Tie) -> BTreeMap<usize, f64> {
        let mut callers: Vec<usize> =
            lead.evidence.iter().filter_map(|id| self.place.get(id).copied()).take(CALLERS).collect();
        let mut found: BTreeMap<usize, f64> = BTreeMap::new();
        let mut called = 0;
        while let Some(caller) = callers.get(called).copied() {
            called += 1;
            let near = self.space.near(caller, self.ties.floor());
            for other in near.iter().filter(|n| self.tied(caller, n, tie)) {
                let best = found.entry(other.at).or_insert(0.0);
                *best = best.max(other.cosine);
            }
            let mut nearest: Vec<&Near> = near
                .iter()
                .filter(|n| self.tied(caller, n, Tie::Event) && !callers.contains(&n.at))
                .collect();
            nearest.sort_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.at.cmp(&b.at)));
            let room = CALLERS.saturating_sub(callers.len());
            callers.extend(nearest.into_iter().take(room).map(|n| n.at));
        }
        found
    }

    /// Whether a neighbour belongs: much the same words, or some of the same words and a name that tells events apart.
    fn tied(&self, caller: usize, other: &Near, tie: Tie) -> bool {
        let topics = |n: usize| self.pool.get(n).map(|o| o.topics.as_slice()).unwrap_or_default();
        if !topics(caller).iter().any(|t| topics(other.at).contains(t)) {
            return false;
        }
        let (Some(ours), Some(theirs)) = (self.names.get(caller), self.names.get(other.at)) else {
            return false;
        };
        let telling = ours
            .iter()
            .filter(|(key, share)| {
                (**share < self.ties.name_share || self.bursting.contains(key)) && theirs.contains_key(key)
            })
            .count();
        let bar = match (tie, telling) {
            (Tie::Event, 0) => self.ties.event,
            (Tie::Event, 1) => self.ties.event_with_name,
            (Tie::Event, _) => self.ties.event_with_two_names,
            (Tie::Subject, 0) => self.ties.subject,
            (Tie::Subject, _) => self.ties.subject_with_name,
        };
        other.cosine >= bar
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
