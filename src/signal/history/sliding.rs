//! Sums per day whose oldest days can be taken away again.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use chrono::NaiveDate;

/// Counts by key, per day and over all days held. Adding is commutative: the order of arrival leaves no trace.
#[derive(Clone, Debug)]
pub(super) struct Sliding<K> {
    days: BTreeMap<NaiveDate, HashMap<K, u32>>,
    total: HashMap<K, u32>,
}

impl<K> Default for Sliding<K> {
    fn default() -> Self {
        Self { days: BTreeMap::new(), total: HashMap::new() }
    }
}

impl<K: Copy + Eq + Hash> Sliding<K> {
    /// Adds `n` to a key on a day.
    pub(super) fn add(&mut self, day: NaiveDate, key: K, n: u32) {
        if n > 0 {
            *self.days.entry(day).or_default().entry(key).or_default() += n;
            *self.total.entry(key).or_default() += n;
        }
    }

    /// The sum over all days held.
    pub(super) fn total(&self, key: K) -> u32 {
        self.total.get(&key).copied().unwrap_or(0)
    }

    /// All sums; in no order, for commutative use only.
    pub(super) fn totals(&self) -> impl Iterator<Item = (K, u32)> + '_ {
        self.total.iter().map(|(key, n)| (*key, *n))
    }

    /// Whether the key was counted on a day before `day`.
    pub(super) fn seen_before(&self, day: NaiveDate, key: K) -> bool {
        self.total.contains_key(&key) && self.days.range(..day).any(|(_, counts)| counts.contains_key(&key))
    }

    /// Takes away all days before `first`; calls `gone` for each key that nothing is left of.
    pub(super) fn forget_before(&mut self, first: NaiveDate, mut gone: impl FnMut(K)) {
        let kept = self.days.split_off(&first);
        for (key, n) in std::mem::replace(&mut self.days, kept).into_values().flatten() {
            if let Some(total) = self.total.get_mut(&key) {
                *total = total.saturating_sub(n);
                if *total == 0 {
                    self.total.remove(&key);
                    gone(key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2031, 3, d).unwrap()
    }

    #[test]
    fn what_is_forgotten_is_taken_from_the_total() {
        let mut sums = Sliding::default();
        sums.add(day(1), 7_u32, 2);
        sums.add(day(2), 7, 3);
        sums.add(day(1), 8, 1);
        assert_eq!((sums.total(7), sums.total(8)), (5, 1));
        assert!(sums.seen_before(day(2), 8));
        assert!(!sums.seen_before(day(1), 8));
        let mut gone = Vec::new();
        sums.forget_before(day(2), |key| gone.push(key));
        assert_eq!((sums.total(7), sums.total(8)), (3, 0));
        assert_eq!(gone, [8]);
    }
}
