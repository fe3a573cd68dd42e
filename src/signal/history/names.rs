//! Who is spoken of: names per day and platform, by distinct authors.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::ops::RangeBounds;

use chrono::{Days, NaiveDate};

use super::sliding::Numbered;
use crate::analyze::words::pair;

/// The uses of names on one day.
#[derive(Clone, Debug, Default)]
struct NameDay {
    /// Who used which name where, in how many records; authors count once a day.
    said: Numbered<u64, u32>,
    /// Authors by platform and name.
    authors: Numbered<(u64, u64), u32>,
    /// Who wrote where, how many records.
    active: Numbered<u64, u32>,
    /// Active authors by platform.
    active_authors: Numbered<u64, u32>,
    /// Records by name.
    records: Numbered<u64, u32>,
    /// All records.
    n_records: u32,
}

/// Counts one more; whether it is the first.
fn count(counts: &mut Numbered<u64, u32>, key: u64) -> bool {
    let n = counts.entry(key).or_default();
    *n += 1;
    *n == 1
}

/// Counts one less; whether it was the last.
fn discount<K: Copy + Eq + Hash>(counts: &mut Numbered<K, u32>, key: K) -> bool {
    let Some(n) = counts.get_mut(&key) else { return false };
    *n = n.saturating_sub(1);
    let last = *n == 0;
    if last {
        counts.remove(&key);
    }
    last
}

fn once_each(names: &[u64]) -> impl Iterator<Item = u64> + '_ {
    names
        .iter()
        .enumerate()
        .filter(|(at, name)| !names.iter().take(*at).any(|earlier| earlier == *name))
        .map(|(_, name)| *name)
}

/// Names by day.
#[derive(Clone, Debug, Default)]
pub(super) struct NameDays(BTreeMap<NaiveDate, NameDay>);

/// In how many records a name stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameUse {
    /// Records with the name.
    pub(crate) said: u32,
    /// All records.
    pub(crate) all: u32,
}

impl NameUse {
    /// So few records are few, however small the desk.
    const FEW: f64 = 3.0;

    /// The share of records.
    pub(crate) fn share(self) -> f64 {
        f64::from(self.said) / f64::from(self.all.max(1))
    }

    /// Whether it is less than this share, or just a few.
    pub(crate) fn is_below(self, share: f64) -> bool {
        f64::from(self.said) <= (share * f64::from(self.all)).max(Self::FEW)
    }
}

impl NameDays {
    /// Counts one record. `names` may repeat.
    pub(super) fn add(&mut self, day: NaiveDate, platform: u64, author: u64, names: &[u64]) {
        let day = self.0.entry(day).or_default();
        day.n_records += 1;
        if count(&mut day.active, pair(platform, author)) {
            *day.active_authors.entry(platform).or_default() += 1;
        }
        for name in once_each(names) {
            *day.records.entry(name).or_default() += 1;
            if count(&mut day.said, pair(pair(platform, name), author)) {
                *day.authors.entry((platform, name)).or_default() += 1;
            }
        }
    }

    /// Takes back one record that was counted, with the same names.
    pub(super) fn take(&mut self, day: NaiveDate, platform: u64, author: u64, names: &[u64]) {
        let Some(day) = self.0.get_mut(&day) else { return };
        day.n_records = day.n_records.saturating_sub(1);
        if discount(&mut day.active, pair(platform, author)) {
            discount(&mut day.active_authors, platform);
        }
        for name in once_each(names) {
            discount(&mut day.records, name);
            if discount(&mut day.said, pair(pair(platform, name), author)) {
                discount(&mut day.authors, (platform, name));
            }
        }
    }

    /// Counts one record's names as others, if its day is held. `names` are those before and those now.
    pub(super) fn replace(&mut self, day: NaiveDate, platform: u64, author: u64, names: (&[u64], &[u64])) {
        if self.0.contains_key(&day) {
            self.take(day, platform, author, names.0);
            self.add(day, platform, author, names.1);
        }
    }

    /// Drops one day.
    pub(super) fn forget_day(&mut self, day: NaiveDate) {
        self.0.remove(&day);
    }

    /// On how many author-days a name was used on a platform from `first` up to, not including, `end`.
    pub(super) fn said(&self, first: NaiveDate, end: NaiveDate, platform: u64, name: u64) -> u32 {
        let said = |day: &NameDay| day.authors.get(&(platform, name)).copied().unwrap_or(0);
        self.0.range(first..end).map(|(_, day)| said(day)).sum()
    }

    /// How many author-days a platform had in the same days.
    pub(super) fn active(&self, first: NaiveDate, end: NaiveDate, platform: u64) -> u32 {
        let active = |day: &NameDay| day.active_authors.get(&platform).copied().unwrap_or(0);
        self.0.range(first..end).map(|(_, day)| active(day)).sum()
    }

    /// How many records of these days use a name.
    pub(super) fn used(&self, days: impl RangeBounds<NaiveDate>, name: u64) -> NameUse {
        self.0.range(days).fold(NameUse::default(), |sum, (_, day)| NameUse {
            said: sum.said + day.records.get(&name).copied().unwrap_or(0),
            all: sum.all + day.n_records,
        })
    }

    /// Drops the days before `first`.
    pub(super) fn forget_before(&mut self, first: NaiveDate) {
        self.0 = self.0.split_off(&first);
    }

    /// The first of the ten days that end with `day`.
    pub(super) fn ten_days_to(day: NaiveDate) -> NaiveDate {
        day.checked_sub_days(Days::new(9)).unwrap_or(day)
    }
}

#[cfg(test)]
impl NameDays {
    /// Everything that is held, in order.
    pub(super) fn shown(&self) -> Vec<String> {
        fn sorted<K: Copy + Ord + std::fmt::Debug>(counts: &Numbered<K, u32>) -> String {
            format!("{:?}", counts.iter().map(|(k, n)| (*k, *n)).collect::<BTreeMap<_, _>>())
        }
        let held = self.0.iter().filter(|(_, day)| day.n_records > 0);
        held.map(|(day, of)| {
            let authors =
                [sorted(&of.said), sorted(&of.active), sorted(&of.active_authors), sorted(&of.records)];
            format!("{day} {} {} {}", of.n_records, sorted(&of.authors), authors.join(" "))
        })
        .collect()
    }
}
