//! Who is spoken of: names per day and platform, by distinct authors.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::RangeBounds;

use chrono::{Days, NaiveDate};

/// The uses of names on one day.
#[derive(Clone, Debug, Default)]
struct NameDay {
    /// Who used which name where; authors count once a day.
    said: HashSet<(u64, u64, u64)>,
    /// Authors by platform and name.
    authors: HashMap<(u64, u64), u32>,
    /// Who wrote where.
    active: HashSet<(u64, u64)>,
    /// Active authors by platform.
    active_authors: BTreeMap<u64, u32>,
    /// Records by name.
    records: HashMap<u64, u32>,
    /// All records.
    n_records: u32,
}

/// Names by day.
#[derive(Clone, Debug, Default)]
pub(super) struct NameDays(BTreeMap<NaiveDate, NameDay>);

/// What was usual for a name on one platform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usual {
    /// Author-days that used the name.
    pub(crate) said: u32,
    /// Author-days in all.
    pub(crate) active: u32,
}

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
        if day.active.insert((platform, author)) {
            *day.active_authors.entry(platform).or_default() += 1;
        }
        for (at, name) in names.iter().enumerate() {
            if names.iter().take(at).any(|earlier| earlier == name) {
                continue;
            }
            *day.records.entry(*name).or_default() += 1;
            if day.said.insert((platform, *name, author)) {
                *day.authors.entry((platform, *name)).or_default() += 1;
            }
        }
    }

    /// What was usual for a name on a platform in the days from `first` up to, not including, `end`.
    pub(super) fn usual(&self, first: NaiveDate, end: NaiveDate, platform: u64, name: u64) -> Usual {
        self.0.range(first..end).fold(Usual::default(), |sum, (_, day)| Usual {
            said: sum.said + day.authors.get(&(platform, name)).copied().unwrap_or(0),
            active: sum.active + day.active_authors.get(&platform).copied().unwrap_or(0),
        })
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
