//! What the desk collected in all, hour by hour and platform by platform, and what it could not.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{Gap, Platform};

/// A stretch of time, open at the start and closed at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Not included.
    pub from: DateTime<Utc>,
    /// Included.
    pub to: DateTime<Utc>,
}

impl Window {
    /// The window of `length` that ends at `to`.
    pub fn ending(to: DateTime<Utc>, length: TimeDelta) -> Self {
        Self { from: to - length, to }
    }
    /// The same window `days` days earlier.
    #[must_use]
    pub fn days_before(self, days: i64) -> Self {
        let back = TimeDelta::days(days);
        Self { from: self.from - back, to: self.to - back }
    }
    /// Whether `at` lies in it.
    pub fn contains(self, at: DateTime<Utc>) -> bool {
        self.from < at && at <= self.to
    }
}

/// How many records the whole desk collected, by platform and hour of publication.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeskTotals {
    hours: BTreeMap<Platform, BTreeMap<i64, HourTotal>>,
    stale: BTreeSet<Platform>,
    unread: Vec<Unread>,
}

/// Time of which part of a platform could not be read: of that part, silence proves nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Unread {
    /// The platform.
    pub platform: Platform,
    /// When.
    pub gap: Gap,
    /// Which part of the platform, 0 to 1: one of four sources is a quarter.
    pub part: f64,
}

/// A platform of which more than this share of a window was not read is left out of that window.
const MAX_UNREAD: f64 = 0.25;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct HourTotal {
    in_time: u32,
    late: u32,
}

const HOUR_MS: i64 = 3_600_000;

fn hour_of(at: DateTime<Utc>) -> i64 {
    // Windows are closed at their end, so the full hour belongs to the hour before it.
    (at.timestamp_millis() - 1).div_euclid(HOUR_MS)
}

impl DeskTotals {
    /// Nothing collected yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// Counts one record; `backfill` if it came late.
    pub fn add(&mut self, platform: &Platform, published_at: DateTime<Utc>, backfill: bool) {
        if !self.hours.contains_key(platform) {
            self.hours.insert(platform.clone(), BTreeMap::new());
        }
        let Some(hours) = self.hours.get_mut(platform) else { return };
        let total = hours.entry(hour_of(published_at)).or_default();
        if backfill {
            total.late += 1;
        } else {
            total.in_time += 1;
        }
    }
    /// Takes back one record that was counted.
    pub fn take_back(&mut self, platform: &Platform, published_at: DateTime<Utc>, backfill: bool) {
        let Some(hours) = self.hours.get_mut(platform) else { return };
        let hour = hour_of(published_at);
        if let Some(total) = hours.get_mut(&hour) {
            let n = if backfill { &mut total.late } else { &mut total.in_time };
            *n = n.saturating_sub(1);
            if total.late + total.in_time == 0 {
                hours.remove(&hour);
            }
        }
        if hours.is_empty() {
            self.hours.remove(platform);
        }
    }
    /// Notes that a platform could not be read lately: its silence proves nothing.
    pub fn mark_stale(&mut self, platform: &Platform) {
        self.stale.insert(platform.clone());
    }
    /// The same for all platforms at once: these could not be read, all others could.
    pub fn set_stale(&mut self, platforms: BTreeSet<Platform>) {
        self.stale = platforms;
    }
    /// Notes what could not be read, and never can be.
    pub fn set_unread(&mut self, unread: Vec<Unread>) {
        self.unread = unread;
    }
    /// Whether so much of a platform was not read in `window` that what was says nothing of it.
    pub fn was_unread(&self, platform: &Platform, window: Window) -> bool {
        let length = (window.to - window.from).as_seconds_f64();
        let missing: f64 = self
            .unread
            .iter()
            .filter(|unread| unread.platform == *platform)
            .map(|unread| {
                let (from, to) = (unread.gap.from.max(window.from), unread.gap.until.min(window.to));
                (to - from).as_seconds_f64().max(0.0) * unread.part
            })
            .sum();
        missing > MAX_UNREAD * length
    }
    /// The platforms that could not be read lately.
    pub fn stale(&self) -> &BTreeSet<Platform> {
        &self.stale
    }
    /// Forgets hours that end at or before `at`.
    pub fn forget_before(&mut self, at: DateTime<Utc>) {
        let first = hour_of(at) + 1;
        for hours in self.hours.values_mut() {
            *hours = hours.split_off(&first);
        }
        self.hours.retain(|_, hours| !hours.is_empty());
    }
    /// The platforms that ever brought a record.
    pub fn platforms(&self) -> impl Iterator<Item = &Platform> {
        self.hours.keys()
    }
    /// Records published in the hours of `window` (whole hours, so the first may be cut and the last be short;
    /// all compared windows are cut alike), late ones included.
    pub fn all(&self, platform: &Platform, window: Window) -> u32 {
        self.sum(platform, window, |total| total.in_time + total.late)
    }
    /// The same without late ones: what could have raised a signal.
    pub fn in_time(&self, platform: &Platform, window: Window) -> u32 {
        self.sum(platform, window, |total| total.in_time)
    }
    fn sum(&self, platform: &Platform, window: Window, of: impl Fn(&HourTotal) -> u32) -> u32 {
        let (from, to) = (hour_of(window.from), hour_of(window.to));
        self.hours.get(platform).map_or(0, |hours| hours.range(from + 1..=to).map(|(_, t)| of(t)).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_unread_where_more_than_a_quarter_of_it_was() {
        let at = |hour: i64| DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
        let window = Window { from: at(24), to: at(48) };
        let mut desk = DeskTotals::new();
        let gap = |from, until, part| Unread {
            platform: Platform::Feed,
            gap: Gap { from: at(from), until: at(until) },
            part,
        };
        assert!(!desk.was_unread(&Platform::Feed, window));
        for (unread, told) in [
            (vec![gap(20, 30, 1.0)], false),
            (vec![gap(20, 31, 1.0)], true),
            (vec![gap(0, 100, 0.25)], false),
            (vec![gap(0, 100, 0.25), gap(40, 48, 0.25)], true),
            (vec![gap(0, 24, 1.0), gap(48, 90, 1.0)], false),
        ] {
            desk.set_unread(unread.clone());
            assert_eq!(desk.was_unread(&Platform::Feed, window), told, "{unread:?}");
            assert!(!desk.was_unread(&Platform::Lemmy, window));
        }
    }
}
