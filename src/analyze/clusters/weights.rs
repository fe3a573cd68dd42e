//! What a term is worth: its rarity before the talk of the hour.

use std::collections::VecDeque;

use super::super::words::ByHash;
use super::{ClusterSettings, Term};

/// Records a desk is supposed to have read before its first, so that early counts say little.
const PRIOR: f64 = 500.0;
/// A term in fewer records than that is never common.
const MIN_COMMON: f64 = 50.0;

/// A record's terms as a unit vector, by hash.
pub(super) type Vector = Vec<(u64, f32)>;

/// Running document frequencies that lag behind.
#[derive(Debug, Default)]
pub(super) struct Frequencies {
    counts: ByHash<u32>,
    records: u32,
    /// The latest records, not counted yet.
    waiting: VecDeque<Box<[u64]>>,
}

impl Frequencies {
    /// Takes note of a record; it counts once `lag` others have come. The very first count at once: without any
    /// background the household's words would found the clusters that then keep them.
    pub(super) fn learn(&mut self, terms: &[Term], settings: &ClusterSettings) {
        self.waiting.push_back(terms.iter().map(|term| term.hash).collect());
        let lag = if self.records < settings.warm_up { 0 } else { settings.lag as usize };
        while self.waiting.len() > lag {
            let Some(terms) = self.waiting.pop_front() else { break };
            if self.records >= settings.frequency_window {
                self.records /= 2;
                self.counts.retain(|_, n| {
                    *n /= 2;
                    *n > 0
                });
            }
            self.records += 1;
            for hash in terms {
                *self.counts.entry(hash).or_insert(0) += 1;
            }
        }
    }

    fn count(&self, hash: u64) -> f64 {
        f64::from(self.counts.get(&hash).copied().unwrap_or(0))
    }

    /// Whether a term was rare enough to lead from one record to another.
    pub(super) fn is_rare(&self, hash: u64, settings: &ClusterSettings) -> bool {
        self.count(hash) <= (f64::from(self.records) * settings.max_share).max(MIN_COMMON)
    }

    /// The unit vector of a record's best terms; empty if it has none.
    pub(super) fn weigh(&self, terms: &[Term], settings: &ClusterSettings) -> Vector {
        let all = f64::from(self.records) + PRIOR;
        let mut weighed: Vec<(u64, f64)> = terms
            .iter()
            .map(|term| {
                let rarity = (all / (self.count(term.hash) + 1.0)).ln().max(0.01);
                (term.hash, f64::from(term.weight) * rarity.powf(settings.rarity))
            })
            .collect();
        if weighed.len() > settings.max_terms {
            let heavier = |a: &(u64, f64), b: &(u64, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
            weighed.select_nth_unstable_by(settings.max_terms, heavier);
            weighed.truncate(settings.max_terms);
        }
        weighed.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        weighed.dedup_by_key(|(hash, _)| *hash);
        let length = weighed.iter().map(|(_, w)| w * w).sum::<f64>().sqrt();
        if length <= 0.0 {
            return Vec::new();
        }
        weighed.into_iter().map(|(hash, w)| (hash, (w / length) as f32)).collect()
    }
}

/// The product of two vectors, while it is added up term by term.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Dot {
    pub(super) sum: f64,
    /// The largest part one term has in it.
    pub(super) peak: f64,
}

impl Dot {
    pub(super) fn add(&mut self, part: f64) {
        self.sum += part;
        if part > self.peak {
            self.peak = part;
        }
    }
}
