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
//! A drop of coverage below its usual is not believed ([`BaselineSettings::min_coverage`]): what is left of a platform
//! that was hardly read is often just the part where the topic lives.
//!
//! **Weekday.** Earlier days differ by weekday beyond coverage. Each weekday's factor is the ratio of what it brought
//! to what it was expected to, shrunk towards one by ten records (the mean of a gamma with a gamma(10, 10) prior),
//! and an earlier count is brought to today's weekday by the quotient of the two factors. One day tells no more of its
//! weekday than days differ anyway.
//!
//! **Level.** What is left after coverage and weekday is followed week by week in the same way (gamma(30, 30)): a topic
//! that grows or fades by itself is compared with its latest week.
//!
//! **Fast windows** of a few hours hold too little to tell coverage and weekday from chance, so both are taken from
//! the whole day ([`Usual::of_hours`]): the profile is hour-of-day × weekday. Their over-dispersion is pooled over the
//! lengths looked at and the day ([`Usual::agree`]).
//!
//! **Centre and spread.** Weighted median of the scaled counts and 1.4826 · weighted MAD, floored at √centre (Poisson
//! noise cannot be less); a window weighs what it expected, so that a thin day scaled up does not speak as loudly
//! as a full one. With three weeks of data the median of the same weekday counts too, and the higher is used.
//!
//! **Tail.** Negative binomial (Poisson with a gamma rate), mean `m · e_now` with `m = Σ y ÷ Σ e`, over-dispersion by
//! moments on the counts as they were, `α = Σ((y − m e)² − φ m e) ÷ Σ (m e)²`, outliers drawn in to two robust
//! deviations first, so that what was news in its time is not usual now. φ is what comes together by nature, `Σ n² ÷ Σ n` over authors. The variance `φ μ + α μ²` is widened by
//! `1 + 1/n` for the mean's own error, and α is never below the square of [`BaselineSettings::extra_variation`].

use std::collections::{BTreeMap, BTreeSet};

use statrs::distribution::{DiscreteCDF as _, NegativeBinomial, Poisson};

use crate::model::{Baseline, Platform};

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
    /// Σ n² over authors, n being what counts of each.
    pub squares: f64,
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
    /// Coverage of a platform today is never taken for less than this share of its median: a drop in what is read says
    /// nothing of the topic. Default 1.
    pub min_coverage: f64,
    /// Largest variance over mean that a few hours are taken to have because records come in company (an author's
    /// second, an answer): the day's is used up to it. Default 2.
    pub max_crowding: f64,
    /// Earlier counts further from the centre are drawn in to so many robust deviations. Default 2.
    pub outlier: f64,
    /// How much chance a weekday's own level must outweigh, in records. Default 10; very large switches it off.
    pub weekday_prior: f64,
    /// The same for the level of a week, by which a topic's own growth is followed. Default 30.
    pub level_prior: f64,
    /// A window that expects less than this share of the median window is a gap. Default 0.2.
    pub gap_share: f64,
}

impl Default for BaselineSettings {
    fn default() -> Self {
        Self {
            days: 28,
            min_windows: 7,
            extra_variation: 0.2,
            min_platform_windows: 3,
            min_coverage: 1.0,
            max_crowding: 2.0,
            outlier: 2.0,
            weekday_prior: 10.0,
            level_prior: 30.0,
            gap_share: 0.2,
        }
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
    /// Platforms of which much less was read than usual; their usual level is expected all the same.
    pub hardly_read: BTreeSet<Platform>,
    /// What brings each earlier window to today; `None` where it is a gap.
    scales: Vec<Option<f64>>,
    varies: Variation,
    /// Variance over mean of what comes together by nature.
    crowding: f64,
}

/// How much the counts of earlier windows vary.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Variation {
    /// Σ (y − μ)².
    distances: f64,
    /// Σ μ.
    means: f64,
    /// Σ μ².
    squares: f64,
}

impl Variation {
    fn plus(self, other: Self) -> Self {
        Self {
            distances: self.distances + other.distances,
            means: self.means + other.means,
            squares: self.squares + other.squares,
        }
    }
}

/// Variance over mean where nothing is known: talk begets talk.
const PRIOR_CROWDING: f64 = 1.2;

/// What is known of a window before its own counts are looked at.
#[derive(Clone, Copy, Debug)]
struct Before {
    mean: f64,
    /// In windows.
    weight: f64,
    crowding: f64,
}

/// Below this many earlier windows a platform's own level cannot stand in.
const MIN_PLATFORM_WINDOWS: usize = 3;
/// The rest of the desk measures coverage only if it is at least this many records in the median window …
const MIN_REST: f64 = 20.0;
/// … and the topic at most this share of the platform.
const MAX_TOPIC_SHARE: f64 = 0.5;
/// A platform of which less than this share of its median was read is told of.
const HARDLY_READ: f64 = 0.5;
/// How far coverage may scale an earlier count: beyond it, one record of a thin day would count as a crowd.
const MAX_SCALE: f64 = 8.0;
/// A day of which less was read than this share of the days around it says nothing of single hours.
const READ_IN_PART: f64 = 0.7;
/// How much must be known of single hours before they say how much they vary, in squared records: a hundred windows of one.
const HOURS_PRIOR: f64 = 100.0;
/// Windows whose own mean stands in where the rest of the desk says nothing.
const OWN_LEVEL_WINDOWS: usize = 7;

/// An earlier window: what it counted, and what brings that to today's coverage.
#[derive(Clone, Copy, Debug)]
struct Comparable {
    count: f64,
    scale: f64,
    /// Σ n² over its authors.
    squares: f64,
    /// Days from its weekday to today's: 0 is the same.
    weekday: usize,
}

/// Brings earlier windows to today's weekday.
///
/// A day of many records varies by more than chance ([`BaselineSettings::extra_variation`]): it tells as much of its
/// weekday as `e ÷ (1 + v² e)` records would that come one by one.
fn to_weekday(windows: &mut [Comparable], settings: &BaselineSettings) {
    let (prior, variation) = (settings.weekday_prior, settings.extra_variation.powi(2));
    let (count, exposure) = windows.iter().fold((0.0, 0.0), |(y, e), w| (y + w.count, e + 1.0 / w.scale));
    if exposure <= 0.0 || count <= 0.0 {
        return;
    }
    let rate = count / exposure;
    let mut sums = [(0.0, 0.0); 7];
    for w in windows.iter() {
        let expected = rate / w.scale;
        if let Some((y, e)) = sums.get_mut(w.weekday) {
            let tells = 1.0 / (1.0 + variation * expected);
            // One wild day does not make a weekday.
            *y += tells * w.count.min(3.0 * expected + 3.0);
            *e += tells * expected;
        }
    }
    let factors = sums.map(|(y, e)| (y + prior) / (e + prior));
    let [today, ..] = factors;
    for w in windows {
        if let Some(then) = factors.get(w.weekday) {
            w.scale = (w.scale * today / then).clamp(1.0 / MAX_SCALE, MAX_SCALE);
        }
    }
}

/// Brings earlier windows to the level of the latest week: a topic grows and fades without anything happening.
fn to_level(windows: &mut [Comparable], prior: f64) {
    let (count, exposure) = windows.iter().fold((0.0, 0.0), |(y, e), w| (y + w.count, e + 1.0 / w.scale));
    if exposure <= 0.0 || windows.len() < 2 * OWN_LEVEL_WINDOWS {
        return;
    }
    let level = |part: &[Comparable]| {
        let (y, e) = part.iter().fold((0.0, 0.0), |(y, e), w| {
            let expected = count / exposure / w.scale;
            (y + w.count.min(2.0 * expected + 3.0), e + expected)
        });
        (y + prior) / (e + prior)
    };
    let weeks: Vec<f64> = windows.chunks(OWN_LEVEL_WINDOWS).map(level).collect();
    let Some(latest) = weeks.first().copied() else { return };
    for (week, then) in windows.chunks_mut(OWN_LEVEL_WINDOWS).zip(weeks) {
        for w in week {
            w.scale = (w.scale * latest / then).clamp(1.0 / MAX_SCALE, MAX_SCALE);
        }
    }
}

impl Usual {
    /// Compares `now` with `earlier` windows, the latest first: `earlier[k]` ended k + 1 days before.
    pub fn of(now: &WindowCount, earlier: &[WindowCount], settings: &BaselineSettings) -> Self {
        let unknown = unknown_platforms(now, earlier, settings.min_platform_windows);
        let Expectations { now: expected_now, earlier: expected, hardly_read } =
            expectations(now, earlier, &unknown, settings);
        let typical = median(&mut expected.iter().copied().filter(|e| *e > 0.0).collect::<Vec<_>>());
        let mut gaps = 0;
        let mut windows: Vec<Comparable> = Vec::new();
        let mut places: Vec<Option<usize>> = Vec::new();
        for (k, (window, e)) in earlier.iter().zip(&expected).enumerate() {
            let read = window.by_platform.iter().any(|(p, count)| count.desk > 0.0 && !unknown.contains(p));
            if !read || (typical > 0.0 && *e < settings.gap_share * typical) {
                gaps += 1;
                places.push(None);
                continue;
            }
            // Where nothing is expected at all, the topic was never seen: every window is as good as another.
            let scale = if *e > 0.0 { (expected_now / e).clamp(1.0 / MAX_SCALE, MAX_SCALE) } else { 1.0 };
            let count = counted_on_known(window, &unknown);
            places.push(Some(windows.len()));
            windows.push(Comparable { count, scale, squares: window.squares, weekday: (k + 1) % 7 });
        }
        let growth = if typical > 0.0 && expected_now > 0.0 { expected_now / typical } else { 1.0 };
        to_weekday(&mut windows, settings);
        to_level(&mut windows, settings.level_prior);
        // A day that was read in part says what it says of all its hours, not of any.
        let in_part = |k: usize| {
            let around = expected.get(k.saturating_sub(3)..(k + 4).min(expected.len())).unwrap_or(&[]);
            expected.get(k).is_some_and(|e| *e < READ_IN_PART * median(&mut around.to_vec()))
        };
        let scale = |(k, at): (usize, &Option<usize>)| {
            at.filter(|_| !in_part(k)).and_then(|i| windows.get(i)).map(|w| w.scale)
        };
        let scales = places.iter().enumerate().map(scale).collect();
        let usual = Self::of_windows(&windows, &Before { mean: 0.5, weight: 0.0, crowding: 1.0 }, settings);
        Self { gaps, growth, unknown, hardly_read, scales, ..usual }
    }

    /// What is usual for a few hours, which are `share` of the day that `self` is about: coverage, gaps and weekday are
    /// the day's.
    #[must_use]
    pub fn of_hours(&self, earlier: &[WindowCount], share: f64, settings: &BaselineSettings) -> Self {
        let mut windows: Vec<Comparable> = Vec::new();
        for (k, (window, scale)) in earlier.iter().zip(&self.scales).enumerate() {
            let Some(scale) = *scale else { continue };
            let read =
                window.by_platform.iter().any(|(p, count)| count.desk > 0.0 && !self.unknown.contains(p));
            // At night a quiet desk may bring nothing in an hour; where it usually does, nothing is a gap.
            if read || quiet(earlier) {
                let count = counted_on_known(window, &self.unknown);
                windows.push(Comparable { count, scale, squares: window.squares, weekday: (k + 1) % 7 });
            }
        }
        let before = Before { mean: self.mean * share, weight: 1.0, crowding: 1.0 };
        let fast = Self::of_windows(&windows, &before, settings);
        Self {
            gaps: earlier.len() - windows.len(),
            growth: self.growth,
            unknown: self.unknown.clone(),
            hardly_read: self.hardly_read.clone(),
            ..fast
        }
    }

    /// Lets the windows of a scan, and the day they lie in, agree on how much their counts vary: `φ μ + α μ²`.
    ///
    /// φ, for what comes in company, is Pearson's Σ(y − μ)² ÷ Σμ over the short windows, where α says little, with a
    /// prior of thirty records; α, for days that differ, is by moments over all of them, once φ is paid.
    pub fn agree(scan: &mut [&mut Self], day: &Self, settings: &BaselineSettings) {
        let short = scan.iter().skip(1).fold(Variation::default(), |sum, usual| sum.plus(usual.varies));
        let by_author = scan.iter().map(|usual| usual.crowding).fold(1.0, f64::max);
        let crowding = ((short.distances + 30.0 * PRIOR_CROWDING) / (short.means + 30.0))
            .clamp(by_author, by_author.max(settings.max_crowding));
        let hours = scan.iter().fold(Variation::default(), |sum, usual| sum.plus(usual.varies));
        let all = day.varies.plus(hours);
        let days = if all.squares > 0.0 { (all.distances - crowding * all.means) / all.squares } else { 0.0 };
        let days = days.max(settings.extra_variation.powi(2));
        // Hours vary as days do, and among themselves besides, which a day evens out.
        let among_hours =
            (hours.distances - crowding * hours.means + HOURS_PRIOR * days) / (hours.squares + HOURS_PRIOR);
        let dispersion = among_hours.max(days);
        for usual in scan {
            usual.variance = (crowding * usual.mean + dispersion * usual.mean * usual.mean)
                * (1.0 + 1.0 / usual.baseline.windows.max(1) as f64);
        }
    }

    fn of_windows(windows: &[Comparable], before: &Before, settings: &BaselineSettings) -> Self {
        let n = windows.len();
        let scaled: Vec<(f64, f64)> = windows.iter().map(|w| (w.count * w.scale, 1.0 / w.scale)).collect();
        let mut center = weighted_quantile(&scaled, 0.5);
        let mut same_weekday: Vec<f64> =
            windows.iter().filter(|w| w.weekday == 0).map(|w| w.count * w.scale).collect();
        if same_weekday.len() >= 3 {
            center = center.max(median(&mut same_weekday));
        }
        let distances: Vec<(f64, f64)> = scaled.iter().map(|(y, w)| ((y - center).abs(), *w)).collect();
        let spread = (1.4826 * weighted_quantile(&distances, 0.5)).max(center.sqrt()).max(1.0);
        let (least, most) =
            ((center - settings.outlier * spread).max(0.0), center + settings.outlier * spread);
        let counts: Vec<(f64, f64)> = windows
            .iter()
            .map(|w| ((w.count * w.scale).clamp(least, most) / w.scale, 1.0 / w.scale))
            .collect();
        let (sum, exposure) = counts.iter().fold((0.0, 0.0), |(y, e), (dy, de)| (y + dy, e + de));
        // Jeffreys' half record: a topic that was silent is not for ever impossible.
        let rate =
            (sum + before.weight * before.mean + 0.5 * before.weight) / (exposure + before.weight).max(1e-9);
        let (all, by_author) =
            windows.iter().fold((5.0, 5.0), |(n, s), w| (n + w.count, s + w.squares.max(w.count)));
        let crowding = before.crowding.max(by_author / all);
        let mut varies = Variation::default();
        for (y, e) in &counts {
            let expected = rate * e;
            varies.distances += (y - expected).powi(2);
            varies.means += expected;
            varies.squares += expected * expected;
        }
        let excess = varies.distances - crowding * varies.means;
        let dispersion = if varies.squares > 0.0 { excess / varies.squares } else { 0.0 };
        let mean = rate.max(center).max(if before.weight > 0.0 { 0.0 } else { before.mean });
        let dispersion = dispersion.max(settings.extra_variation.powi(2));
        let variance = (crowding * mean + dispersion * mean * mean) * (1.0 + 1.0 / n.max(1) as f64);
        Self {
            baseline: Baseline { center, spread, windows: n },
            mean,
            variance,
            high: weighted_quantile(&scaled, 0.9),
            gaps: 0,
            growth: 1.0,
            unknown: BTreeSet::new(),
            thin: n < settings.min_windows,
            hardly_read: BTreeSet::new(),
            scales: Vec::new(),
            crowding,
            varies,
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

/// Whether most of the windows brought nothing at all.
fn quiet(earlier: &[WindowCount]) -> bool {
    let silent = |w: &&WindowCount| !w.by_platform.values().any(|c| c.desk > 0.0);
    earlier.iter().filter(silent).count() * 2 > earlier.len()
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

struct Expectations {
    now: f64,
    earlier: Vec<f64>,
    hardly_read: BTreeSet<Platform>,
}

/// Expected count now, and for each earlier window.
fn expectations(
    now: &WindowCount,
    earlier: &[WindowCount],
    unknown: &BTreeSet<Platform>,
    settings: &BaselineSettings,
) -> Expectations {
    let mut hardly_read = BTreeSet::new();
    let mut expected_now = 0.0;
    let mut expected = vec![0.0; earlier.len()];
    let platforms: BTreeSet<&Platform> = earlier.iter().flat_map(|w| w.by_platform.keys()).collect();
    for platform in platforms {
        if unknown.contains(platform) {
            continue;
        }
        let counts: Vec<PlatformCount> = earlier.iter().map(|w| w.get(platform)).collect();
        let (mut coverage_now, coverage) = coverage(now.get(platform), &counts);
        let usual = median(&mut coverage.iter().flatten().copied().collect::<Vec<_>>());
        if coverage_now < HARDLY_READ * usual && counts.iter().any(|c| c.counted > 0.0) {
            hardly_read.insert(platform.clone());
        }
        coverage_now = coverage_now.max(settings.min_coverage * usual);
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
    Expectations { now: expected_now, earlier: expected, hardly_read }
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
        return (rest(&now), earlier.iter().map(of).collect());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn window(counted: f64, desk: f64) -> WindowCount {
        let count = PlatformCount { counted, raw: counted, desk };
        WindowCount { squares: counted, by_platform: BTreeMap::from([(Platform::Bluesky, count)]) }
    }

    /// The variance of a few hours of which `earlier` days brought so many, on days of 240.
    fn variance_of_hours(earlier: impl Fn(usize) -> f64) -> f64 {
        let settings = BaselineSettings::default();
        let days: Vec<WindowCount> = (0..28).map(|_| window(240.0, 5000.0)).collect();
        let day = Usual::of(&window(240.0, 5000.0), &days, &settings);
        let hours: Vec<WindowCount> = (0..28).map(|k| window(earlier(k), 600.0)).collect();
        let mut usual = day.of_hours(&hours, 0.125, &settings);
        Usual::agree(&mut [&mut usual], &day, &settings);
        usual.variance
    }

    #[test]
    fn hours_that_swing_while_days_do_not_are_expected_to_swing() {
        let (steady, swinging) = (variance_of_hours(|_| 30.0), variance_of_hours(|k| [15.0, 45.0][k % 2]));
        assert!(swinging > 2.0 * steady, "{swinging} {steady}");
        // Three records now, none then: too little to learn it from.
        let few = variance_of_hours(|k| [0.0, 1.0][k % 2]);
        assert!(few < steady, "{few} {steady}");
    }
}
