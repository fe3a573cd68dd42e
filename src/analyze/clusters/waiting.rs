//! Records that wait for older ones, and the preliminary cluster they have meanwhile.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::super::words::ByHash;
use super::space::Space;
use super::weights::{Frequencies, Vector, product};
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
        let mut drafts: Vec<(Vector, ClusterId)> = Vec::new();
        let mut by_term: ByHash<Vec<usize>> = ByHash::default();
        for due in self.records.values_mut() {
            if due.vector.is_empty() {
                due.vector = frequencies.weigh(&due.terms, settings);
            }
            let rare = due.vector.iter().map(|(hash, _)| *hash).filter(|h| frequencies.is_rare(*h, settings));
            let cluster = if let Some(told) = &due.told {
                told.clone()
            } else {
                let near = space.nearest(due.at, &due.vector, frequencies, settings);
                let found = near.and_then(|slot| space.id_of(slot)).cloned().or_else(|| {
                    let mut like: Vec<usize> =
                        rare.clone().filter_map(|hash| by_term.get(&hash)).flatten().copied().collect();
                    like.sort_unstable();
                    like.dedup();
                    most_like(&due.vector, &drafts, &like, settings)
                });
                let cluster = found.unwrap_or_else(|| ClusterId::derive(&due.id));
                self.fresh.insert(due.id.clone(), cluster.clone());
                due.told = Some(cluster.clone());
                cluster
            };
            for hash in rare {
                by_term.entry(hash).or_default().push(drafts.len());
            }
            drafts.push((due.vector.clone(), cluster));
        }
    }
}

/// The cluster of the nearest of these drafts, the earliest first, if near enough for two single records.
fn most_like(
    vector: &[(u64, f32)],
    drafts: &[(Vector, ClusterId)],
    like: &[usize],
    settings: &ClusterSettings,
) -> Option<ClusterId> {
    let mut best: Option<(f64, &ClusterId)> = None;
    for (other, cluster) in like.iter().filter_map(|n| drafts.get(*n)) {
        let (cosine, peak) = product(vector, other);
        let one_term = peak > cosine * settings.max_one_term && cosine < settings.one_term_threshold;
        if cosine >= settings.threshold && !one_term && best.is_none_or(|(c, _)| cosine > c) {
            best = Some((cosine, cluster));
        }
    }
    best.map(|(_, cluster)| cluster.clone())
}
