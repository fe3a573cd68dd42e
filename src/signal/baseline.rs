//! What is usual: a robust baseline that survives gaps, growth and a weekly rhythm.
//!
//! **Comparable windows.** A window that ends now is compared with windows of the same length that ended at the
//! same time of day on earlier days, counted by time of publication, so that a backfill changes the past and not
//! the present.
//!
//! **Growth** (indirect standardisation, as in epidemiology's expected counts). A collection grows and has holes;
//! a topic then rises and falls with it. For each platform *p* the rate `r_p = Σ topic_p ÷ Σ rest_p` is pooled
//! over the earlier windows, where `rest` is what the desk collected on *p* that is not the topic's. A window
//! then expects `e = Σ_p r_p · rest_p`, and an earlier count `y` is brought to today's coverage as
//! `y · e_now / e`. So a platform that was not read adds to neither side, and the mix of platforms may change.
//! Where the topic is most of what a platform brings, the rest says nothing; its own mean over the seven windows
//! before stands in, so that steady growth cancels and a jump still shows.
//!
//! **Centre and spread.** Weighted median of the scaled counts and 1.4826 · weighted MAD, floored at √centre (Poisson
//! noise cannot be less); a window weighs what it expected, so that a thin day scaled up does not speak as loudly
//! as a full one. With three weeks of data the median of the same weekday counts too, and the higher is used.
//!
//! **Tail.** Negative binomial (Poisson with a gamma rate), mean `m · e_now` with `m = Σ y ÷ Σ e`, over-dispersion by
//! moments on the counts as they were, `α = Σ((y − m e)² − m e) ÷ Σ (m e)²`, outliers drawn in to five robust
//! deviations first. The variance `μ + α μ²` is widened by `1 + 1/n` for the mean's own error, and α is never below
//! the square of [`BaselineSettings::extra_variation`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use statrs::distribution::{DiscreteCDF as _, NegativeBinomial, Poisson};

use crate::model::{Baseline, Platform};

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeskTotals {
    hours: BTreeMap<Platform, BTreeMap<i64, HourTotal>>,
    stale: BTreeSet<Platform>,
}

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

/// What one window held on one platform.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlatformCount {
    /// The topic's independent records.
    pub counted: f64,
    /// All the topic's records.
    pub raw: f64,
    /// All the desk's records.
    pub desk: f64,
}

/// What one window held, platform by platform.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowCount {
    /// By platform; a platform that is missing brought nothing.
    pub by_platform: BTreeMap<Platform, PlatformCount>,
}

impl WindowCount {
    /// The topic's independent records, over all platforms.
    pub fn counted(&self) -> f64 {
        self.by_platform.values().map(|count| count.counted).sum()
    }
    fn get(&self, platform: &Platform) -> PlatformCount {
        self.by_platform.get(platform).copied().unwrap_or_default()
    }
}

/// How the baseline is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BaselineSettings {
    /// How many earlier days are looked at. Default 28.
    pub days: u32,
    /// Fewer usable windows than this and the baseline is thin. Default 7.
    pub min_windows: usize,
    /// Day-to-day variation (as a share of the mean) that is always allowed for: talk begets talk. Default 0.2.
    pub extra_variation: f64,
    /// A platform read on fewer earlier days than this has no usual level: its records do not count. Default 3.
    pub min_platform_windows: usize,
    /// A window that expects less than this share of the median window is a gap. Default 0.2.
    pub gap_share: f64,
}

impl Default for BaselineSettings {
    fn default() -> Self {
        Self { days: 28, min_windows: 7, extra_variation: 0.2, min_platform_windows: 3, gap_share: 0.2 }
    }
}

/// What is usual for a window, at today's coverage.
#[derive(Clone, Debug, PartialEq)]
pub struct Usual {
    /// Centre, spread and number of windows.
    pub baseline: Baseline,
    /// Mean of the predictive distribution.
    pub mean: f64,
    /// Variance of the predictive distribution.
    pub variance: f64,
    /// The count that nine in ten usual windows stay under (at today's coverage).
    pub high: f64,
    /// Earlier windows left out as gaps.
    pub gaps: usize,
    /// Today's coverage against the median earlier window.
    pub growth: f64,
    /// Platforms of today that were read on too few earlier days to compare with: their records do not count.
    pub unknown: BTreeSet<Platform>,
    /// Too few windows to judge by.
    pub thin: bool,
}

/// Below this many earlier windows a platform's own level cannot stand in.
const MIN_PLATFORM_WINDOWS: usize = 3;
/// The rest of the desk measures coverage only if it is at least this many records in the median window …
const MIN_REST: f64 = 20.0;
/// … and the topic at most this share of the platform.
const MAX_TOPIC_SHARE: f64 = 0.5;
/// Coverage today is never taken as less than this share of the median where the topic itself was read: a source
/// given over to the topic may be up while the rest of the platform is down.
const MIN_COVERAGE: f64 = 0.25;
/// How far coverage may scale an earlier count: beyond it, one record of a thin day would count as a crowd.
const MAX_SCALE: f64 = 8.0;
/// Windows whose own mean stands in where the rest of the desk says nothing.
const OWN_LEVEL_WINDOWS: usize = 7;

/// An earlier window: what it counted, and what brings that to today's coverage.
#[derive(Clone, Copy, Debug)]
struct Comparable {
    count: f64,
    scale: f64,
    same_weekday: bool,
}

impl Usual {
    /// Compares `now` with `earlier` windows, the latest first: `earlier[k]` ended k + 1 days before.
    pub fn of(now: &WindowCount, earlier: &[WindowCount], settings: &BaselineSettings) -> Self {
        let unknown = unknown_platforms(now, earlier, settings.min_platform_windows);
        let (expected_now, expected) = expectations(now, earlier, &unknown);
        let typical = median(&mut expected.iter().copied().filter(|e| *e > 0.0).collect::<Vec<_>>());
        let mut gaps = 0;
        let mut windows = Vec::new();
        for (k, (window, e)) in earlier.iter().zip(&expected).enumerate() {
            let read = window.by_platform.iter().any(|(p, count)| count.desk > 0.0 && !unknown.contains(p));
            if !read || (typical > 0.0 && *e < settings.gap_share * typical) {
                gaps += 1;
                continue;
            }
            // Where nothing is expected at all, the topic was never seen: every window is as good as another.
            let scale = if *e > 0.0 { (expected_now / e).clamp(1.0 / MAX_SCALE, MAX_SCALE) } else { 1.0 };
            let count = counted_on_known(window, &unknown);
            windows.push(Comparable { count, scale, same_weekday: (k + 1) % 7 == 0 });
        }
        let growth = if typical > 0.0 && expected_now > 0.0 { expected_now / typical } else { 1.0 };
        Self { gaps, growth, unknown, ..Self::of_windows(&windows, settings) }
    }

    fn of_windows(windows: &[Comparable], settings: &BaselineSettings) -> Self {
        let n = windows.len();
        let scaled: Vec<(f64, f64)> = windows.iter().map(|w| (w.count * w.scale, 1.0 / w.scale)).collect();
        let mut center = weighted_quantile(&scaled, 0.5);
        let mut same_weekday: Vec<f64> =
            windows.iter().filter(|w| w.same_weekday).map(|w| w.count * w.scale).collect();
        if same_weekday.len() >= 3 {
            center = center.max(median(&mut same_weekday));
        }
        let distances: Vec<(f64, f64)> = scaled.iter().map(|(y, w)| ((y - center).abs(), *w)).collect();
        let spread = (1.4826 * weighted_quantile(&distances, 0.5)).max(center.sqrt()).max(1.0);
        let (least, most) = ((center - 5.0 * spread).max(0.0), center + 5.0 * spread);
        let counts: Vec<(f64, f64)> = windows
            .iter()
            .map(|w| ((w.count * w.scale).clamp(least, most) / w.scale, 1.0 / w.scale))
            .collect();
        let (sum, exposure) = counts.iter().fold((0.0, 0.0), |(y, e), (dy, de)| (y + dy, e + de));
        let rate = if exposure > 0.0 { sum / exposure } else { 0.0 };
        let (mut excess, mut squares) = (0.0, 0.0);
        for (y, e) in &counts {
            let expected = rate * e;
            excess += (y - expected).powi(2) - expected;
            squares += expected * expected;
        }
        let dispersion = if squares > 0.0 { excess / squares } else { 0.0 };
        // Jeffreys' half record: a topic that was silent is not for ever impossible.
        let mean = rate.max(center).max(0.5);
        let dispersion = dispersion.max(settings.extra_variation.powi(2));
        let variance = (mean + dispersion * mean * mean) * (1.0 + 1.0 / n.max(1) as f64);
        Self {
            baseline: Baseline { center, spread, windows: n },
            mean,
            variance,
            high: weighted_quantile(&scaled, 0.9),
            gaps: 0,
            growth: 1.0,
            unknown: BTreeSet::new(),
            thin: n < settings.min_windows,
        }
    }

    /// Probability of `count` or more records if nothing happened.
    pub fn p_at_least(&self, count: f64) -> f64 {
        let whole = count.floor();
        if whole < 1.0 {
            return 1.0;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number above 0")]
        let below = whole as u64 - 1;
        let tail = if self.variance > self.mean * 1.000_001 {
            let size = self.mean * self.mean / (self.variance - self.mean);
            NegativeBinomial::new(size, self.mean / self.variance).map(|d| d.sf(below)).ok()
        } else {
            Poisson::new(self.mean).map(|d| d.sf(below)).ok()
        };
        tail.unwrap_or(1.0).clamp(1e-300, 1.0)
    }

    /// How far `count` is from usual, in robust deviations.
    pub fn effect(&self, count: f64) -> f64 {
        (count - self.baseline.center) / self.baseline.spread
    }
}

/// The records of a window on platforms that have a usual level.
pub(crate) fn counted_on_known(window: &WindowCount, unknown: &BTreeSet<Platform>) -> f64 {
    window.by_platform.iter().filter(|(p, _)| !unknown.contains(p)).map(|(_, c)| c.counted).sum()
}

fn unknown_platforms(now: &WindowCount, earlier: &[WindowCount], least: usize) -> BTreeSet<Platform> {
    let read = |p: &Platform| earlier.iter().filter(|window| window.get(p).desk > 0.0).count();
    // With a thin history everything is unknown; then `thin` says so, and nothing is taken out one by one.
    let anything = earlier.iter().filter(|w| w.by_platform.values().any(|c| c.desk > 0.0)).count();
    let needed = least.min(anything);
    now.by_platform.keys().filter(|p| read(p) < needed).cloned().collect()
}

/// Expected count now, and for each earlier window.
fn expectations(now: &WindowCount, earlier: &[WindowCount], unknown: &BTreeSet<Platform>) -> (f64, Vec<f64>) {
    let mut expected_now = 0.0;
    let mut expected = vec![0.0; earlier.len()];
    let platforms: BTreeSet<&Platform> = earlier.iter().flat_map(|w| w.by_platform.keys()).collect();
    for platform in platforms {
        if unknown.contains(platform) {
            continue;
        }
        let counts: Vec<PlatformCount> = earlier.iter().map(|w| w.get(platform)).collect();
        let (coverage_now, coverage) = coverage(now.get(platform), &counts);
        let covered: f64 = coverage.iter().flatten().sum();
        if covered <= 0.0 {
            continue;
        }
        let counted: f64 =
            counts.iter().zip(&coverage).filter(|(_, c)| c.is_some()).map(|(n, _)| n.counted).sum();
        let rate = counted / covered;
        expected_now += rate * coverage_now;
        for (slot, c) in expected.iter_mut().zip(&coverage) {
            *slot += rate * c.unwrap_or(0.0);
        }
    }
    (expected_now, expected)
}

/// How much was read of one platform, now and in each earlier window (`None`: not at all, or cannot be told).
pub(crate) fn coverage(now: PlatformCount, earlier: &[PlatformCount]) -> (f64, Vec<Option<f64>>) {
    let read: Vec<&PlatformCount> = earlier.iter().filter(|c| c.desk > 0.0).collect();
    let desk: f64 = read.iter().map(|c| c.desk).sum();
    let raw: f64 = read.iter().map(|c| c.raw).sum();
    let rest = |c: &PlatformCount| (c.desk - c.raw).max(0.0);
    let median_rest = median(&mut read.iter().map(|c| rest(c)).collect::<Vec<_>>());
    if raw <= MAX_TOPIC_SHARE * desk && median_rest >= MIN_REST {
        let of = |c: &PlatformCount| if c.desk > 0.0 { Some(rest(c)) } else { None };
        let least = if now.raw > 0.0 { MIN_COVERAGE * median_rest } else { 0.0 };
        return (rest(&now).max(least), earlier.iter().map(of).collect());
    }
    let level = |before: &[PlatformCount]| {
        let values: Vec<f64> =
            before.iter().filter(|c| c.desk > 0.0).take(OWN_LEVEL_WINDOWS).map(|c| c.counted).collect();
        (values.len() >= MIN_PLATFORM_WINDOWS).then(|| 1.0 + values.iter().sum::<f64>() / values.len() as f64)
    };
    let of =
        |k: usize| earlier.get(k).filter(|c| c.desk > 0.0).and(level(earlier.get(k + 1..).unwrap_or(&[])));
    let past: Vec<Option<f64>> = (0..earlier.len()).map(of).collect();
    if past.iter().flatten().count() < MIN_PLATFORM_WINDOWS {
        // Too short a history for a moving level: take the coverage as constant.
        return (1.0, earlier.iter().map(|c| (c.desk > 0.0).then_some(1.0)).collect());
    }
    (level(earlier).unwrap_or(1.0), past)
}

/// The median; 0 of nothing. Sorts `values`.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let at = |i: usize| values.get(i).copied().unwrap_or(0.0);
    match n {
        0 => 0.0,
        _ if n % 2 == 1 => at(n / 2),
        _ => f64::midpoint(at(n / 2 - 1), at(n / 2)),
    }
}

/// The median distance from `center`.
pub(crate) fn deviation(values: &[f64], center: f64) -> f64 {
    median(&mut values.iter().map(|y| (y - center).abs()).collect::<Vec<_>>())
}

/// The quantile `q` of (value, weight): half-way between two values where the weights fall evenly; 0 of nothing.
fn weighted_quantile(values: &[(f64, f64)], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let share = q * sorted.iter().map(|(_, w)| w).sum::<f64>();
    let mut below = 0.0;
    for (i, (value, weight)) in sorted.iter().enumerate() {
        below += weight;
        if (below - share).abs() <= 1e-9 * share
            && let Some((next, _)) = sorted.get(i + 1)
        {
            return f64::midpoint(*value, *next);
        }
        if below >= share {
            return *value;
        }
    }
    sorted.last().map_or(0.0, |(value, _)| *value)
}

#[cfg(test)]
pub(crate) mod tests_support {
    /// SplitMix64's finaliser, for invented noise.
    pub(crate) fn mix(mut x: u64) -> u64 {
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }
}
