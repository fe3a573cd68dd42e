//! Clusters: records about the same thing, grown online in a single pass.
//!
//! Each record becomes a sparse TF-IDF vector of unit length (document frequencies are a running count, names
//! weigh more than words). It joins the live cluster whose centroid is nearest by cosine, if near enough after
//! the decay for time apart; else it opens a cluster of its own. An inverted index finds the candidates, so no
//! two records are ever compared. This is the classic single-pass scheme of topic detection and tracking
//! (Allan, Papka, Lavrenko 1998; Yang, Pierce, Carbonell 1998) with a centroid per cluster.
//!
//! Memory is bounded: a cluster that heard nothing for [`ClusterSettings::retire_after`] leaves the index, as do
//! the oldest above [`ClusterSettings::max_live`]; document frequencies are halved when they grow old.
//! Nothing here depends on the iteration order of a hash map.

mod terms;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{ClusterId, RecordId};
pub use terms::{NAME_WEIGHT, Term, Terms, terms_of};

/// How clusters grow. The defaults were chosen on labelled headlines and serve every set alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusterSettings {
    /// Cosine to the centroid, after decay, from which a record joins. Default 0.2.
    pub threshold: f64,
    /// Silence after which a cluster's similarity is halved. Default 24 hours.
    pub half_life: TimeDelta,
    /// Silence after which a cluster is closed for good. Default 3 days.
    pub retire_after: TimeDelta,
    /// How many clusters may be live; the longest silent ones retire first. Default 60,000.
    pub max_live: usize,
    /// Terms of a record that count, best first. Default 40.
    pub max_terms: usize,
    /// Terms in more than this share of the records find no candidates. Default 0.02.
    pub max_share: f64,
    /// Document frequencies are halved when they cover this many records. Default 200,000.
    pub frequency_window: u32,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self {
            threshold: 0.2,
            half_life: TimeDelta::hours(24),
            retire_after: TimeDelta::days(3),
            max_live: 60_000,
            max_terms: 40,
            max_share: 0.02,
            frequency_window: 200_000,
        }
    }
}

#[derive(Debug)]
struct Cluster {
    id: ClusterId,
    /// Clusters are numbered as they open: the older one wins a tie.
    number: u64,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
    /// Length of the centroid (a sum of unit vectors), squared.
    norm2: f64,
    terms: Vec<u64>,
}

/// The live clusters and the running document frequencies.
#[derive(Debug, Default)]
pub struct ClusterIndex {
    settings: ClusterSettings,
    records: u32,
    frequencies: HashMap<u64, u32>,
    /// Live clusters by slot; slots of retired ones are used again.
    clusters: Vec<Option<Cluster>>,
    free: Vec<u32>,
    by_id: HashMap<ClusterId, u32>,
    /// Live clusters by last record, the longest silent first.
    by_age: BTreeSet<(DateTime<Utc>, u64, u32)>,
    /// For each term the slots of the clusters whose centroid has it, in order, with the centroid's component.
    postings: HashMap<u64, Vec<(u32, f32)>>,
    opened: u64,
    /// One place per slot for the products of the record at hand; all 0 between records.
    dots: Vec<f64>,
    newest: Option<DateTime<Utc>>,
}

impl ClusterIndex {
    /// An empty index.
    pub fn new(settings: ClusterSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// How many clusters are live.
    pub fn live(&self) -> usize {
        self.by_age.len()
    }

    /// Finds or opens the cluster of a record published at `at`. A record without terms is a cluster of its own
    /// and is not remembered.
    pub fn assign(&mut self, id: &RecordId, at: DateTime<Utc>, terms: &[Term]) -> ClusterId {
        self.retire(at);
        let vector = self.learn_and_weigh(terms);
        if vector.is_empty() {
            return ClusterId::derive(id);
        }
        let slot = match self.nearest(at, &vector) {
            Some(slot) => slot,
            None => self.open(ClusterId::derive(id), at),
        };
        self.join(slot, at, &vector);
        self.cluster(slot).map_or_else(|| ClusterId::derive(id), |c| c.id.clone())
    }

    /// Puts a record back into the cluster it was assigned to: the way to rebuild the index from the store,
    /// oldest record first.
    pub fn restore(&mut self, at: DateTime<Utc>, terms: &[Term], cluster: &ClusterId) {
        self.retire(at);
        let vector = self.learn_and_weigh(terms);
        if vector.is_empty() {
            return;
        }
        let slot = match self.by_id.get(cluster) {
            Some(slot) => *slot,
            None => self.open(cluster.clone(), at),
        };
        self.join(slot, at, &vector);
    }

    /// Counts the terms, then gives the unit TF-IDF vector, by hash.
    fn learn_and_weigh(&mut self, terms: &[Term]) -> Vec<(u64, f32)> {
        if terms.is_empty() {
            return Vec::new();
        }
        if self.records >= self.settings.frequency_window {
            self.records /= 2;
            self.frequencies.retain(|_, n| {
                *n /= 2;
                *n > 0
            });
        }
        self.records += 1;
        let all = f64::from(self.records) + 1.0;
        let mut weighed: Vec<(u64, f64)> = terms
            .iter()
            .map(|term| {
                let n = self.frequencies.entry(term.hash).or_insert(0);
                *n += 1;
                (term.hash, f64::from(term.weight) * (all / f64::from(*n)).ln())
            })
            .collect();
        weighed.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        weighed.truncate(self.settings.max_terms);
        weighed.sort_by_key(|(hash, _)| *hash);
        weighed.dedup_by_key(|(hash, _)| *hash);
        let length = weighed.iter().map(|(_, w)| w * w).sum::<f64>().sqrt();
        if length <= 0.0 {
            return Vec::new();
        }
        #[expect(clippy::cast_possible_truncation, reason = "components lie between 0 and 1")]
        weighed.into_iter().map(|(hash, w)| (hash, (w / length) as f32)).collect()
    }

    fn cluster(&self, slot: u32) -> Option<&Cluster> {
        self.clusters.get(slot as usize)?.as_ref()
    }

    fn nearest(&mut self, at: DateTime<Utc>, vector: &[(u64, f32)]) -> Option<u32> {
        let common = (f64::from(self.records) * self.settings.max_share).max(20.0);
        let is_rare = |hash: &u64| f64::from(self.frequencies.get(hash).copied().unwrap_or(0)) <= common;
        let (rare, usual): (Vec<_>, Vec<_>) = vector.iter().copied().partition(|(hash, _)| is_rare(hash));
        // Rare terms find the candidates, common ones only add to what was found.
        let mut found: Vec<u32> = Vec::new();
        for (terms, opens) in [(rare, true), (usual, false)] {
            for (hash, weight) in terms {
                for (slot, component) in self.postings.get(&hash).into_iter().flatten() {
                    let Some(dot) = self.dots.get_mut(*slot as usize) else { continue };
                    let new = *dot <= 0.0;
                    if opens || !new {
                        *dot += f64::from(weight) * f64::from(*component);
                    }
                    if opens && new {
                        found.push(*slot);
                    }
                }
            }
        }
        let mut best: Option<(f64, u64, u32)> = None;
        for slot in found {
            let dot = self.dots.get_mut(slot as usize).map_or(0.0, std::mem::take);
            let Some(cluster) = self.cluster(slot) else { continue };
            let plain = dot / cluster.norm2.sqrt();
            if plain < self.settings.threshold {
                continue;
            }
            let similarity = plain * self.decay(cluster, at);
            if similarity >= self.settings.threshold
                && best.is_none_or(|(s, n, _)| similarity > s || (similarity >= s && cluster.number < n))
            {
                best = Some((similarity, cluster.number, slot));
            }
        }
        best.map(|(_, _, slot)| slot)
    }

    /// 1 inside the cluster's life time, halved for each half-life outside, on either side: a late arrival is no
    /// nearer to a future cluster than a future record to a past one.
    fn decay(&self, cluster: &Cluster, at: DateTime<Utc>) -> f64 {
        let gap = (at - cluster.last_at).max(cluster.first_at - at).max(TimeDelta::zero());
        let half_lives = gap.num_seconds() as f64 / (self.settings.half_life.num_seconds().max(1)) as f64;
        0.5_f64.powf(half_lives)
    }

    fn open(&mut self, id: ClusterId, at: DateTime<Utc>) -> u32 {
        let number = self.opened;
        self.opened += 1;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.clusters.push(None);
            self.dots.push(0.0);
            u32::try_from(self.clusters.len() - 1).expect("at most `max_live` slots")
        });
        self.by_id.insert(id.clone(), slot);
        self.by_age.insert((at, number, slot));
        if let Some(place) = self.clusters.get_mut(slot as usize) {
            *place = Some(Cluster { id, number, first_at: at, last_at: at, norm2: 0.0, terms: Vec::new() });
        }
        slot
    }

    fn join(&mut self, slot: u32, at: DateTime<Utc>, vector: &[(u64, f32)]) {
        let Some(Some(cluster)) = self.clusters.get_mut(slot as usize) else { return };
        for (hash, weight) in vector {
            let posting = self.postings.entry(*hash).or_default();
            let before = match posting.binary_search_by_key(&slot, |(n, _)| *n) {
                Ok(at) => posting.get_mut(at).map_or(0.0, |entry| {
                    let before = entry.1;
                    entry.1 += weight;
                    before
                }),
                Err(at) => {
                    posting.insert(at, (slot, *weight));
                    cluster.terms.push(*hash);
                    0.0
                }
            };
            let (before, weight) = (f64::from(before), f64::from(*weight));
            cluster.norm2 += weight.mul_add(weight, 2.0 * before * weight);
        }
        cluster.first_at = cluster.first_at.min(at);
        if at > cluster.last_at {
            self.by_age.remove(&(cluster.last_at, cluster.number, slot));
            cluster.last_at = at;
            self.by_age.insert((at, cluster.number, slot));
        }
    }

    /// Closes what has been silent too long, by the newest record seen so far.
    fn retire(&mut self, at: DateTime<Utc>) {
        let newest = self.newest.map_or(at, |newest| newest.max(at));
        self.newest = Some(newest);
        while let Some((last_at, _, slot)) = self.by_age.first().copied() {
            if newest - last_at <= self.settings.retire_after && self.by_age.len() <= self.settings.max_live {
                break;
            }
            self.by_age.pop_first();
            let Some(cluster) = self.clusters.get_mut(slot as usize).and_then(Option::take) else { continue };
            self.free.push(slot);
            self.by_id.remove(&cluster.id);
            for hash in &cluster.terms {
                let Some(posting) = self.postings.get_mut(hash) else { continue };
                if let Ok(at) = posting.binary_search_by_key(&slot, |(n, _)| *n) {
                    posting.remove(at);
                }
                if posting.is_empty() {
                    self.postings.remove(hash);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::words;
    use crate::model::Platform;

    fn terms(text: &str) -> Vec<Term> {
        let mut terms = Terms::new();
        for word in text.split(' ') {
            terms.word(words::hash(word));
        }
        terms.build()
    }

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    fn id(n: usize) -> RecordId {
        RecordId::derive(&Platform::Lemmy, &n.to_string())
    }

    /// Two stories and talk of all sorts, an hour apart.
    const TALK: [&str; 8] = [
        "ferry returns to the old harbour in may",
        "who knows a good baker near the station",
        "harbour board: night ferry returns in may",
        "museum opens a lighthouse for visitors",
        "lighthouse opens as a museum for visitors",
        "night ferry to the harbour returns says board",
        "my bicycle was stolen near the station again",
        "visitors queue for the lighthouse museum",
    ];

    fn run(index: &mut ClusterIndex, start: i64) -> Vec<ClusterId> {
        let assign = |(n, text): (usize, &&str)| {
            index.assign(&id(n), at(start + i64::try_from(n).unwrap()), &terms(text))
        };
        TALK.iter().enumerate().map(assign).collect()
    }

    #[test]
    fn records_about_one_thing_share_a_cluster_named_after_the_first() {
        let mut index = ClusterIndex::new(ClusterSettings::default());
        let clusters = run(&mut index, 0);
        let of = |n: usize| ClusterId::derive(&id(n));
        assert_eq!(clusters, [of(0), of(1), of(0), of(3), of(3), of(0), of(6), of(3)]);
        assert_eq!(index.live(), 4);
    }

    #[test]
    fn a_record_without_words_is_a_cluster_of_its_own() {
        let mut index = ClusterIndex::new(ClusterSettings::default());
        assert_eq!(index.assign(&id(1), at(0), &[]), ClusterId::derive(&id(1)));
        assert_eq!(index.live(), 0);
    }

    #[test]
    fn silence_closes_a_cluster_and_frees_what_it_held() {
        let mut index = ClusterIndex::new(ClusterSettings::default());
        run(&mut index, 0);
        let late = index.assign(&id(99), at(24 * 9), &terms(TALK[0]));
        assert_eq!(late, ClusterId::derive(&id(99)));
        assert_eq!((index.live(), index.clusters.len()), (1, 4));
        assert_eq!(index.postings.len(), terms(TALK[0]).len());
    }

    #[test]
    fn the_longest_silent_clusters_go_when_there_are_too_many() {
        let mut index = ClusterIndex::new(ClusterSettings { max_live: 2, ..ClusterSettings::default() });
        run(&mut index, 0);
        assert!(index.live() <= 3, "{}", index.live());
    }

    #[test]
    fn a_rebuilt_index_answers_like_the_one_that_grew() {
        let mut grown = ClusterIndex::new(ClusterSettings::default());
        let mut rebuilt = ClusterIndex::new(ClusterSettings::default());
        let clusters = run(&mut grown, 0);
        for (n, cluster) in clusters.iter().enumerate() {
            rebuilt.restore(at(i64::try_from(n).unwrap()), &terms(TALK[n]), cluster);
        }
        for (n, text) in ["the ferry returns", "lighthouse visitors", "a new thing"].iter().enumerate() {
            let probe = id(50 + n);
            assert_eq!(
                grown.assign(&probe, at(9), &terms(text)),
                rebuilt.assign(&probe, at(9), &terms(text))
            );
        }
    }
}
