//! Records that wait for older ones, and the preliminary cluster they have meanwhile.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::super::words::ByHash;
use super::space::Space;
use super::weights::{Dot, Frequencies, Vector};
use super::{Change, ClusterSettings, Newcomer, Term};
use crate::model::{ClusterId, RecordId};

/// A record that waits.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) id: RecordId,
    pub(super) revision: u32,
    pub(super) at: DateTime<Utc>,
    pub(super) terms: Vec<Term>,
    /// What was told already.
    pub(super) told: Option<ClusterId>,
    /// The cluster it has in the store: it is put back, not placed.
    pub(super) given: Option<ClusterId>,
    vector: Vector,
}

/// Waiting records by time and id.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    records: BTreeMap<(DateTime<Utc>, RecordId), Due>,
    newest: Option<DateTime<Utc>>,
    /// Clusters of records that were not told yet.
    fresh: HashMap<RecordId, ClusterId>,
    restoring: bool,
}

impl Waiting {
    pub(super) fn push(&mut self, newcomer: Newcomer, given: Option<ClusterId>) {
        let Newcomer { id, revision, at, terms } = newcomer;
        self.newest = Some(self.newest.map_or(at, |newest| newest.max(at)));
        self.restoring |= given.is_some();
        let told = given.clone();
        self.records
            .insert((at, id.clone()), Due { id, revision, at, terms, told, given, vector: Vec::new() });
    }

    /// Restoring is over: what still waits will be placed, not put back.
    pub(super) fn forget_given(&mut self) {
        if std::mem::take(&mut self.restoring) {
            for due in self.records.values_mut() {
                due.given = None;
            }
        }
    }

    /// The oldest record, if none older than it is expected any more.
    pub(super) fn next_due(&mut self, hold: TimeDelta) -> Option<Due> {
        let due = self.newest? - hold;
        let (at, _) = self.records.first_key_value()?.0;
        if *at > due {
            return None;
        }
        self.records.pop_first().map(|(_, due)| due)
    }

    /// A record has its cluster: told now, or a change of what was told.
    pub(super) fn settled(
        &mut self,
        id: &RecordId,
        cluster: ClusterId,
        told: Option<&ClusterId>,
        changes: &mut Vec<Change>,
    ) {
        match told {
            None => {
                self.fresh.insert(id.clone(), cluster);
            }
            Some(told) if *told == cluster => {}
            Some(_) => changes.push(Change::Moved { record: id.clone(), cluster }),
        }
    }

    /// What was told follows merges, as it does in the store.
    pub(super) fn follow(&mut self, changes: &[Change]) {
        for change in changes {
            if let Change::Merged { from, into } = change {
                for told in self.records.values_mut().filter_map(|due| due.told.as_mut()) {
                    if told == from {
                        told.clone_from(into);
                    }
                }
            }
        }
    }

    pub(super) fn take_told(&mut self) -> HashMap<RecordId, ClusterId> {
        std::mem::take(&mut self.fresh)
    }

    /// Gives each waiting record that has none a preliminary cluster: the nearest, else that of the waiting record most
    /// like it, else its own.
    pub(super) fn draft(&mut self, space: &mut Space, frequencies: &Frequencies, settings: &ClusterSettings) {
        if self.records.values().all(|due| due.told.is_some()) {
            return;
        }
        // Only what a newcomer says leads from one waiting record to another.
        let mut drafts = Drafts::default();
        for due in self.records.values_mut() {
            if due.vector.is_empty() {
                due.vector = frequencies.weigh(&due.terms, settings);
            }
            if due.told.is_none() {
                drafts.by_term.extend(due.vector.iter().map(|(hash, _)| (*hash, Vec::new())));
            }
        }
        for due in self.records.values_mut() {
            if due.told.is_none() {
                let near = space.nearest(due.at, &due.vector, frequencies, settings);
                let found = near.and_then(|slot| space.id_of(slot)).cloned();
                let found = found.or_else(|| drafts.most_like(&due.vector, frequencies, settings));
                let cluster = found.unwrap_or_else(|| ClusterId::derive(&due.id));
                self.fresh.insert(due.id.clone(), cluster.clone());
                due.told = Some(cluster);
            }
            drafts.push(&due.vector, due.told.as_ref());
        }
    }
}

/// What the waiting records looked at so far say, by term.
#[derive(Default)]
struct Drafts<'a> {
    /// For each term that a newcomer has, who has it, in order, with its weight.
    by_term: ByHash<Vec<(usize, f32)>>,
    clusters: Vec<Option<&'a ClusterId>>,
    /// One place for each of them for the products of what is at hand; all 0 in between.
    dots: Vec<Dot>,
    /// Which of these are wanted; none in between.
    marked: Vec<bool>,
}

impl<'a> Drafts<'a> {
    fn push(&mut self, vector: &[(u64, f32)], cluster: Option<&'a ClusterId>) {
        for (hash, weight) in vector {
            if let Some(list) = self.by_term.get_mut(hash) {
                list.push((self.clusters.len(), *weight));
            }
        }
        self.clusters.push(cluster);
        self.dots.push(Dot::default());
        self.marked.push(false);
    }

    /// The cluster of the nearest of them that shares a rare term, the earliest first, if near enough for two single
    /// records.
    fn most_like(
        &mut self,
        vector: &[(u64, f32)],
        frequencies: &Frequencies,
        settings: &ClusterSettings,
    ) -> Option<ClusterId> {
        // Rare terms say who is looked at, and only then is added up, over all terms in their order.
        let mut found = Vec::new();
        for (hash, _) in vector.iter().filter(|(hash, _)| frequencies.is_rare(*hash, settings)) {
            for (place, _) in self.by_term.get(hash).into_iter().flatten() {
                if let Some(marked) = self.marked.get_mut(*place).filter(|marked| !**marked) {
                    *marked = true;
                    found.push(*place);
                }
            }
        }
        if found.is_empty() {
            return None;
        }
        for (hash, weight) in vector {
            for (place, other) in self.by_term.get(hash).into_iter().flatten() {
                if self.marked.get(*place).is_some_and(|marked| *marked)
                    && let Some(dot) = self.dots.get_mut(*place)
                {
                    dot.add(f64::from(*weight) * f64::from(*other));
                }
            }
        }
        let mut best: Option<(f64, usize)> = None;
        for place in found {
            if let Some(marked) = self.marked.get_mut(place) {
                *marked = false;
            }
            let Some(dot) = self.dots.get_mut(place).map(std::mem::take) else { continue };
            let one_term =
                dot.peak > dot.sum * settings.max_one_term && dot.sum < settings.one_term_threshold;
            let nearer = best.is_none_or(|(sum, at)| dot.sum > sum || (dot.sum >= sum && place < at));
            if dot.sum >= settings.threshold && !one_term && nearer {
                best = Some((dot.sum, place));
            }
        }
        let (_, place) = best?;
        self.clusters.get(place).copied().flatten().cloned()
    }
}
