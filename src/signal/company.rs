//! The wide company of a lead: every record of the last days on the same subject.
//!
//! A lead cites few records, strictly; a story counts many. The company takes in whoever is linked with the lead's
//! evidence (the wide bar of grouping), without the caps that ranking needs: all authors, all their records.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::grouping::Bars;
use super::history::History;
use super::observation::Observation;
use super::vectors::{self, Near};
use crate::model::{Lead, RecordId, SourceClass};

/// At most so many of a lead's evidence records call in company: the most central ones.
const CALLERS: usize = 4;
/// A story with more members than that says nothing more.
const MAX_MEMBERS: usize = 80;

/// The records of the last days with their neighbourhoods, built once for all leads of a tick.
#[derive(Debug)]
pub struct Company<'a> {
    pool: Vec<&'a Observation>,
    near: Vec<Vec<Near>>,
    names: Vec<BTreeMap<u64, f64>>,
    bursting: BTreeSet<u64>,
    place: BTreeMap<&'a RecordId, usize>,
    bars: Bars,
}

impl<'a> Company<'a> {
    /// Prepares the records that may be called in: those that match a topic, stand, and were seen by `at`.
    pub fn new(pool: &[&'a Observation], history: &History, at: DateTime<Utc>, bars: Bars) -> Self {
        let mut pool: Vec<&Observation> = pool
            .iter()
            .copied()
            .filter(|o| {
                !o.topics.is_empty()
                    && !o.gone
                    && !o.backfill
                    && o.seen_at <= at
                    && o.class != SourceClass::Paper
            })
            .collect();
        pool.sort_by(|a, b| a.published_at.cmp(&b.published_at).then_with(|| a.id.cmp(&b.id)));
        let near = vectors::neighbours(&pool, bars.floor());
        let names: Vec<BTreeMap<u64, f64>> = pool
            .iter()
            .map(|o| {
                history.names(o).iter().map(|name| (name.key, history.name_share(at, name.key))).collect()
            })
            .collect();
        let bursting = bursting(&pool, &names, at);
        let place = pool.iter().enumerate().map(|(n, o)| (&o.id, n)).collect();
        Self { pool, near, names, bursting, place, bars }
    }

    /// The company of a lead, nearest first; its own records come first of all.
    pub fn of(&self, lead: &Lead) -> Vec<RecordId> {
        let mut found: BTreeMap<usize, f64> = BTreeMap::new();
        for caller in lead.evidence.iter().take(CALLERS).filter_map(|id| self.place.get(id).copied()) {
            let Some(near) = self.near.get(caller) else { continue };
            for other in near.iter().filter(|n| self.linked(caller, n)) {
                let best = found.entry(other.at).or_insert(0.0);
                *best = best.max(other.cosine);
            }
        }
        let mut company: Vec<(usize, f64)> = found.into_iter().collect();
        company.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut ids: Vec<RecordId> = lead.linked.clone();
        let known: BTreeSet<&RecordId> = lead.linked.iter().collect();
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

    fn linked(&self, caller: usize, other: &Near) -> bool {
        let topics = |n: usize| self.pool.get(n).map(|o| o.topics.as_slice()).unwrap_or_default();
        if !topics(caller).iter().any(|t| topics(other.at).contains(t)) {
            return false;
        }
        if other.cosine >= self.bars.linked {
            return true;
        }
        let (Some(ours), Some(theirs)) = (self.names.get(caller), self.names.get(other.at)) else {
            return false;
        };
        other.cosine >= self.bars.linked_with_name
            && ours.iter().any(|(key, share)| {
                (*share < self.bars.linked_name_share || self.bursting.contains(key))
                    && theirs.contains_key(key)
            })
    }
}

/// The recent part of the pool that bursts are looked for in.
const RECENT: TimeDelta = TimeDelta::hours(36);
/// A burst needs so many people.
const BURST_AUTHORS: usize = 5;
/// And so many times the pace of the days before.
const BURST_RATIO: f64 = 3.0;

/// Names that many more people use in the last hours than in the days before: those tie records together however
/// common they have become.
fn bursting(pool: &[&Observation], names: &[BTreeMap<u64, f64>], at: DateTime<Utc>) -> BTreeSet<u64> {
    let since = at - RECENT;
    let (mut recent, mut before) =
        (BTreeMap::<u64, BTreeSet<&str>>::new(), BTreeMap::<u64, BTreeSet<&str>>::new());
    let mut oldest = at;
    for (observation, names) in pool.iter().zip(names) {
        oldest = oldest.min(observation.published_at);
        let side = if observation.published_at > since { &mut recent } else { &mut before };
        for key in names.keys() {
            side.entry(*key).or_default().insert(observation.author_key.as_str());
        }
    }
    let hours = |span: TimeDelta| (span.num_minutes() as f64 / 60.0).max(1.0);
    let (now, then) = (hours(RECENT), hours(since - oldest));
    recent
        .into_iter()
        .filter(|(key, authors)| {
            let usual = (before.get(key).map_or(0, BTreeSet::len) as f64 + 0.5) / then;
            authors.len() >= BURST_AUTHORS && authors.len() as f64 / now >= BURST_RATIO * usual
        })
        .map(|(key, _)| key)
        .collect()
}
