//! Clusters: records about the same thing, grown online.
//!
//! Each record becomes a sparse vector of unit length over its words and names ([`TermReader`]), weighted by their
//! rarity *before* the talk of the hour: document frequencies lag behind by [`ClusterSettings::lag`] records, so that
//! the words of a breaking story stay rare while it breaks, and the words of the household never are. A record joins
//! the live cluster whose centroid is nearest by cosine if that is near enough after the decay for time apart, if its
//! mean similarity with the members is enough too (a grab-bag has a long centroid and strangers as members), and if
//! more than one word says so. Else it opens a cluster. An inverted index finds the candidates: no two records are
//! compared. This is the single pass of topic detection and tracking (Allan, Papka, Lavrenko 1998; Yang, Pierce,
//! Carbonell 1998), with what a single pass gets wrong put right later:
//!
//! - **Merge.** Whenever a cluster has grown by a quarter it is compared with its neighbours. Centroids tell more than
//!   single records, so two clusters whose centroids are near, and whose union holds together (mean similarity of
//!   pairs, as in average-link clustering), become one; the older keeps its name.
//! - **Split.** When the latest dozen members no longer resemble the rest, they leave as a cluster of their own.
//!
//! **Order.** Records wait until nothing older than [`ClusterSettings::hold`] is expected and go in by time and id, so
//! that the order of arrival within that time does not matter. While a record waits it has a preliminary cluster: the
//! nearest one, or that of a waiting record like it. What turns out otherwise is told as a [`Change`].
//!
//! **Memory** is bounded: what has been silent for long leaves ([`ClusterSettings::retire_after`]), counted in records
//! too, and so do the longest silent above [`ClusterSettings::max_live`]; frequencies are halved when they grow old.
//! Nothing here depends on the iteration order of a hash map.

mod space;
mod terms;
mod waiting;
mod weights;

#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};

pub use crate::model::ClusterChange as Change;
use crate::model::{ClusterId, RecordId};
use space::Space;
pub use terms::{NAME_WEIGHT, Term, TermReader, Terms};
use waiting::Waiting;
use weights::Frequencies;

/// How clusters grow. One set of defaults serves headlines, short messages and the long posts of forums alike; see
/// `docs/clustering.md` for what they were chosen on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusterSettings {
    /// Cosine to the centroid, after decay, from which a record joins. Default 0.16.
    pub threshold: f64,
    /// Mean similarity with the members (average link) that a record, or a cluster that merges, needs. Default 0.1.
    pub cohesion: f64,
    /// Largest part of the similarity that may rest on one term. Default 0.8.
    pub max_one_term: f64,
    /// Cosine from which one term may be enough after all: the texts are nearly the same. Default 0.5.
    pub one_term_threshold: f64,
    /// Cosine between centroids from which two clusters become one. Default 0.3.
    pub merge: f64,
    /// Mean similarity of all pairs that their union needs. Default 0.14.
    pub merge_cohesion: f64,
    /// Cosine between the latest members and the rest below which a cluster comes apart. Default 0.15.
    pub split: f64,
    /// Terms in more than this share of the records find no candidates. Default 0.01.
    pub max_share: f64,
    /// Terms of a record that count, best first. Default 40.
    pub max_terms: usize,
    /// Exponent of a term's rarity (inverse document frequency). Default 1.2.
    pub rarity: f64,
    /// Document frequencies lag behind by this many records. Default 2,000.
    pub lag: u32,
    /// The first records ever count without that lag. Default 500.
    pub warm_up: u32,
    /// Document frequencies are halved when they cover this many records. Default 200,000.
    pub frequency_window: u32,
    /// Silence after which a cluster's similarity is halved. Default 24 hours.
    pub half_life: TimeDelta,
    /// Silence after which a cluster is closed for good. Default 3 days.
    pub retire_after: TimeDelta,
    /// Records of others after which a silent cluster is closed, if [`ClusterSettings::quiet`] has passed too. Default 1,500.
    pub retire_records: u64,
    /// Silence without which no number of records closes a cluster: a big desk reads a thousand an hour. Default 6 hours.
    pub quiet: TimeDelta,
    /// How many clusters may be live; the longest silent ones retire first. Default 60,000.
    pub max_live: usize,
    /// How long records wait for older ones. Default 1 hour.
    pub hold: TimeDelta,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self {
            threshold: 0.16,
            cohesion: 0.1,
            max_one_term: 0.8,
            one_term_threshold: 0.5,
            merge: 0.3,
            merge_cohesion: 0.14,
            split: 0.15,
            max_share: 0.01,
            max_terms: 40,
            rarity: 1.2,
            lag: 2_000,
            warm_up: 500,
            frequency_window: 200_000,
            half_life: TimeDelta::hours(24),
            retire_after: TimeDelta::days(3),
            retire_records: 1_500,
            quiet: TimeDelta::hours(6),
            max_live: 60_000,
            hold: TimeDelta::hours(1),
        }
    }
}

/// A record that wants a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Newcomer {
    /// Whose.
    pub id: RecordId,
    /// Which revision of it: what comes again is taken out first.
    pub revision: u32,
    /// When it was published.
    pub at: DateTime<Utc>,
    /// What it is found by.
    pub terms: Vec<Term>,
}

/// What came of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placed {
    /// The cluster of each record of the batch, in the order of the batch.
    pub clusters: Vec<ClusterId>,
    /// What changed, the batch included: records may be placed first and moved then.
    pub changes: Vec<Change>,
}

/// The live clusters, the running document frequencies, and the records that wait.
#[derive(Debug, Default)]
pub struct ClusterIndex {
    settings: ClusterSettings,
    frequencies: Frequencies,
    space: Space,
    waiting: Waiting,
}

impl ClusterIndex {
    /// An empty index.
    pub fn new(settings: ClusterSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// How many clusters are live.
    pub fn live(&self) -> usize {
        self.space.live()
    }

    /// Finds or opens the clusters of a batch of records. A record without terms is a cluster of its own and is not
    /// remembered.
    pub fn place(&mut self, batch: Vec<Newcomer>) -> Placed {
        self.waiting.forget_given();
        let ids: Vec<RecordId> = batch.iter().map(|newcomer| newcomer.id.clone()).collect();
        for newcomer in batch {
            self.waiting.push(newcomer, None);
        }
        let mut changes = Vec::new();
        self.settle_due(&mut changes);
        self.waiting.draft(&mut self.space, &self.frequencies, &self.settings);
        let told = self.waiting.take_told();
        let clusters = ids.iter().map(|id| told.get(id).cloned().unwrap_or_else(|| ClusterId::derive(id)));
        Placed { clusters: clusters.collect(), changes }
    }

    /// Puts a record back into the cluster it was told: the way to rebuild the index from the store, oldest record
    /// first. The youngest will wait again.
    pub fn restore(&mut self, newcomer: Newcomer, cluster: &ClusterId) {
        self.waiting.push(newcomer, Some(cluster.clone()));
        // Nothing that is restored changes anything.
        self.settle_due(&mut Vec::new());
    }

    /// Places what has waited long enough, by time and id.
    fn settle_due(&mut self, changes: &mut Vec<Change>) {
        while let Some(due) = self.waiting.next_due(self.settings.hold) {
            self.space.remove(&due.id);
            self.space.retire(due.at, &self.settings);
            let vector = self.frequencies.weigh(&due.terms, &self.settings);
            if vector.is_empty() {
                let alone = self.space.name_for(&due.id, due.revision);
                self.waiting.settled(&due.id, alone, due.told.as_ref(), changes);
                continue;
            }
            let found = match &due.given {
                Some(cluster) => self.space.slot_of(cluster),
                None => self.space.nearest(due.at, &vector, &self.frequencies, &self.settings),
            };
            let slot = found.unwrap_or_else(|| {
                let id = due.given.clone().unwrap_or_else(|| self.space.name_for(&due.id, due.revision));
                self.space.open(id, due.at)
            });
            self.frequencies.learn(&due.terms, &self.settings);
            self.space.join(slot, &due.id, due.at, vector);
            let cluster = self.space.id_of(slot).cloned().unwrap_or_else(|| ClusterId::derive(&due.id));
            self.waiting.settled(&due.id, cluster, due.told.as_ref(), changes);
            if due.given.is_none() {
                let before = changes.len();
                self.space.settle(slot, &self.frequencies, &self.settings, changes);
                self.waiting.follow(changes.get(before..).unwrap_or_default());
            }
        }
    }
}
