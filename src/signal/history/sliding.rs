//! Sums per day whose oldest days can be taken away again.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hash, Hasher};

use chrono::NaiveDate;

use crate::analyze::words::mix;

/// A hasher for numbers, some of them hashes already: nobody outside chooses them.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::signal) struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }
    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = mix(self.0.rotate_left(23) ^ value);
    }
}

/// A map from such numbers.
pub(in crate::signal) type Numbered<K, V> = HashMap<K, V, BuildHasherDefault<Mixed>>;

/// Counts by key, per day and over all days held. Adding is commutative: the order of arrival leaves no trace.
#[derive(Clone, Debug)]
pub(super) struct Sliding<K> {
    days: BTreeMap<NaiveDate, Numbered<K, u32>>,
    total: Numbered<K, u32>,
}

impl<K> Default for Sliding<K> {
    fn default() -> Self {
        Self { days: BTreeMap::new(), total: Numbered::default() }
    }
}

impl<K: Copy + Eq + Hash> Sliding<K> {
    /// Adds `n` to a key on a day.
    pub(super) fn add(&mut self, day: NaiveDate, key: K, n: u32) {
        self.add_all(day, [(key, n)]);
    }

    /// Adds to many keys on a day.
    pub(super) fn add_all(&mut self, day: NaiveDate, counts: impl IntoIterator<Item = (K, u32)>) {
        let of_day = self.days.entry(day).or_default();
        for (key, n) in counts.into_iter().filter(|(_, n)| *n > 0) {
            *of_day.entry(key).or_default() += n;
            *self.total.entry(key).or_default() += n;
        }
    }

    /// Takes `n` away again, as if it had never been added; calls `gone` if nothing is left of the key.
    pub(super) fn take(&mut self, day: NaiveDate, key: K, n: u32, mut gone: impl FnMut(K)) {
        let Some(counts) = self.days.get_mut(&day) else { return };
        let Some(of_day) = counts.get_mut(&key) else { return };
        let n = n.min(*of_day);
        *of_day -= n;
        if *of_day == 0 {
            counts.remove(&key);
        }
        self.take_from_total(key, n, &mut gone);
    }

    /// Takes away all of one day; calls `gone` for each key that nothing is left of.
    pub(super) fn forget_day(&mut self, day: NaiveDate, mut gone: impl FnMut(K)) {
        for (key, n) in self.days.remove(&day).into_iter().flatten() {
            self.take_from_total(key, n, &mut gone);
        }
    }

    fn take_from_total(&mut self, key: K, n: u32, gone: &mut impl FnMut(K)) {
        if let Some(total) = self.total.get_mut(&key) {
            *total = total.saturating_sub(n);
            if *total == 0 {
                self.total.remove(&key);
                gone(key);
            }
        }
    }

    /// The first and the last day of which anything is held.
    pub(super) fn span(&self) -> Option<(NaiveDate, NaiveDate)> {
        let held = || self.days.iter().filter(|(_, counts)| !counts.is_empty()).map(|(day, _)| *day);
        Some((held().next()?, held().next_back()?))
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
            self.take_from_total(key, n, &mut gone);
        }
    }
}

#[cfg(test)]
impl<K: Copy + Eq + Hash + Ord + std::fmt::Debug> Sliding<K> {
    /// Everything that is held, in order.
    pub(super) fn shown(&self) -> String {
        let sorted =
            |counts: &Numbered<K, u32>| counts.iter().map(|(k, n)| (*k, *n)).collect::<BTreeMap<_, _>>();
        let days: Vec<_> = self.days.iter().filter(|(_, counts)| !counts.is_empty()).collect();
        let days: Vec<_> = days.into_iter().map(|(day, counts)| (day, sorted(counts))).collect();
        format!("{days:?} {:?}", sorted(&self.total))
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
