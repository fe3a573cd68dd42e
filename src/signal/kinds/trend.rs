//! Trend: a slow, steady change over weeks, up or down.
//!
//! **Statistic.** The topic's independent records of each day of the baseline, the window included, brought to equal
//! coverage: `x_d = y_d ÷ c_d · c̄`, where `c_d = Σ_p r_p · rest_pd` (`baseline.rs`) is what the day's reading of each platform
//! would have brought at the pooled rate. Mann–Kendall: `S = Σ_{i<j} sign(x_j − x_i)`, variance with the correction for
//! ties, times Hamed & Rao's (1998) factor for autocorrelation `1 + 2 ÷ (n(n−1)(n−2)) · Σ (n−i)(n−i−1)(n−i−2) ρ_i` over the
//! lags whose rank autocorrelation (after the slope is taken out) stands out at 5 %, never below 1; `p` two-sided from
//! the normal law with continuity correction (Mann 1945; Kendall 1975). It is the largest of four: with and without the newest
//! two days, of what counts and of what was read (a growing collection brings more of the same authors, who count twice at most). Slope: the median of all pairs' slopes
//! (Theil 1950; Sen 1968).
//!
//! **Support.** Fourteen usable days since the topic's first record; a level of [`Settings::min_level`] records a day; from the start of the line to its end at least
//! [`Settings::min_change`] times as many, or as few. **Effect** = change along the line ÷ robust spread around it.
//!
//! **Assumes** that the rest of what the desk reads on a platform measures its coverage. Platforms of which the topic is
//! more than half take no part: there a growing collection and a growing topic look alike.

use statrs::function::erf::erfc;

use super::{Finding, Rules, Scene, by_company};
use crate::model::{Baseline, Discount, DiscountKind, Platform};
use crate::signal::baseline::{PlatformCount, deviation, median};
use crate::signal::discounts::number;
use crate::signal::observation::Observation;

/// What a trend must reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Usable days. Default 14.
    pub min_days: usize,
    /// Records in the median day. Default 8.
    pub min_level: f64,
    /// It must be less likely than this by chance alone: a trend is asked for at every tick, on nearly the same days.
    /// Default 0.00001.
    pub max_p: f64,
    /// How many times the first day's level the last must be, or the other way round. Default 2.
    pub min_change: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_days: 14, min_level: 8.0, max_p: 0.00001, min_change: 2.0 }
    }
}

/// Records of evidence: a trend is in all of them, so a few of the last day will do.
const EVIDENCE: usize = 10;
/// The topic may be this share of a platform, whose rest then measures coverage …
const MAX_TOPIC_SHARE: f64 = 0.5;
/// … if it is at least this many records a day.
const MIN_REST: f64 = 20.0;
/// A day that was read less than this share of the median day is a gap.
const GAP_SHARE: f64 = 0.2;

/// A platform's day is left out if it was read less than this share of the median of the seven days around it.
const NEARBY_SHARE: f64 = 0.6;

/// A trend stands without its newest days, too: else it is those days.
const NEWEST: usize = 2;

/// A day's place in time (0 is the first) and its value at equal coverage.
type Point = (f64, f64);

/// The days that can be compared, oldest first, and their platforms; `of_day` is what is counted of one.
fn days_of<'a>(
    scene: &'a Scene<'_>,
    of_day: impl Fn(&PlatformCount) -> f64,
) -> (Vec<Point>, Vec<&'a Platform>) {
    let counts: Vec<_> = std::iter::once(&scene.now_count).chain(&scene.earlier_counts).collect();
    let mut platforms = Vec::new();
    let mut days: Vec<(f64, f64)> = vec![(0.0, 0.0); counts.len()];
    for platform in scene.now_count.by_platform.keys().filter(|p| !scene.stale.contains(p)) {
        let of: Vec<PlatformCount> =
            counts.iter().map(|count| count.by_platform.get(platform).copied().unwrap_or_default()).collect();
        let rest = |c: &PlatformCount| (c.desk - c.raw).max(0.0);
        let (desk, raw, counted) = of.iter().fold((0.0, 0.0, 0.0), |(desk, raw, counted), c| {
            (desk + c.desk, raw + c.raw, counted + of_day(c))
        });
        let mut rests: Vec<f64> = of.iter().filter(|c| c.desk > 0.0).map(rest).collect();
        if raw > MAX_TOPIC_SHARE * desk || median(&mut rests) < MIN_REST {
            continue;
        }
        platforms.push(platform);
        let rate = counted / rests.iter().sum::<f64>();
        let near = |at: usize| {
            let week = of.get(at.saturating_sub(3)..(at + 4).min(of.len())).unwrap_or_default();
            median(&mut week.iter().filter(|c| c.desk > 0.0).map(rest).collect::<Vec<_>>())
        };
        for (at, (day, c)) in days.iter_mut().zip(&of).enumerate() {
            // Read much less than on the days around: the topic's own sources may have been up meanwhile.
            if c.desk <= 0.0 || rest(c) < NEARBY_SHARE * near(at) {
                continue;
            }
            *day = (day.0 + of_day(c), day.1 + rate * rest(c));
        }
    }
    let mut expected: Vec<f64> = days.iter().map(|(_, e)| *e).filter(|e| *e > 0.0).collect();
    let typical = median(&mut expected);
    let level = expected.iter().sum::<f64>() / expected.len().max(1) as f64;
    let last = counts.len().saturating_sub(1) as f64;
    // What was before the topic's first record is no silence: nobody may have asked for the topic then.
    let begun = days.iter().rposition(|(y, _)| *y > 0.0).map_or(0, |oldest| oldest + 1);
    let points = days
        .iter()
        .enumerate()
        .take(begun)
        .rev()
        .filter(|(_, (_, e))| *e > 0.0 && *e >= GAP_SHARE * typical)
        .map(|(back, (y, e))| (last - back as f64, y / e * level))
        .collect();
    (points, platforms)
}

/// The median of all pairs' slopes.
fn slope(points: &[Point]) -> f64 {
    let mut slopes = Vec::with_capacity(points.len() * points.len() / 2);
    for (at, (t, x)) in points.iter().enumerate() {
        slopes.extend(points.iter().skip(at + 1).map(|(u, y)| (y - x) / (u - t)));
    }
    median(&mut slopes)
}

/// `S` and its variance if nothing changes and days are independent.
fn kendall(values: &[f64]) -> (f64, f64) {
    let mut s = 0.0;
    for (at, x) in values.iter().enumerate() {
        for y in values.iter().skip(at + 1) {
            s += if y > x {
                1.0
            } else if y < x {
                -1.0
            } else {
                0.0
            };
        }
    }
    let var = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let ties: f64 = sorted.chunk_by(|x, y| x.total_cmp(y).is_eq()).map(|run| var(run.len() as f64)).sum();
    (s, (var(values.len() as f64) - ties) / 18.0)
}

/// Ranks, the mean of them where values are equal.
fn ranks(values: &[f64]) -> Vec<f64> {
    let below = |x: f64| values.iter().filter(|y| **y < x).count() as f64;
    let up_to = |x: f64| values.iter().filter(|y| **y <= x).count() as f64;
    values.iter().map(|x| f64::midpoint(below(*x) + 1.0, up_to(*x))).collect()
}

/// By how much autocorrelation widens the variance of `S`; `residuals` are what the slope leaves.
fn widening(residuals: &[f64]) -> f64 {
    let n = residuals.len() as f64;
    let ranks = ranks(residuals);
    let mean = ranks.iter().sum::<f64>() / n;
    let variance: f64 = ranks.iter().map(|r| (r - mean).powi(2)).sum();
    if variance <= 0.0 || n < 4.0 {
        return 1.0;
    }
    let mut sum = 0.0;
    for lag in 1..residuals.len().saturating_sub(2) {
        let both: f64 = ranks.iter().zip(ranks.iter().skip(lag)).map(|(a, b)| (a - mean) * (b - mean)).sum();
        let rho = both / variance;
        if rho.abs() > 1.96 / n.sqrt() {
            let i = lag as f64;
            sum += (n - i) * (n - i - 1.0) * (n - i - 2.0) * rho;
        }
    }
    (1.0 + 2.0 * sum / (n * (n - 1.0) * (n - 2.0))).max(1.0)
}

/// Probability of so much of a rise (or of a fall) if nothing changes.
fn one_sided(points: &[Point], rise: bool) -> f64 {
    let values: Vec<f64> = points.iter().map(|(_, x)| *x).collect();
    if values.len() < 3 {
        return 1.0;
    }
    let slope = slope(points);
    let residuals: Vec<f64> = points.iter().map(|(t, x)| x - slope * t).collect();
    let (s, variance) = kendall(&values);
    let toward = if rise { s } else { -s };
    let z = (toward - 1.0) / (variance * widening(&residuals)).max(1e-9).sqrt();
    0.5 * erfc(z / std::f64::consts::SQRT_2)
}

/// Judges the weeks; `None` where too few days can be compared.
pub(crate) fn measure(scene: &Scene<'_>, rules: &Rules<'_>) -> Option<Finding> {
    let settings = &rules.kinds.trend;
    let (points, platforms) = days_of(scene, |count| count.counted);
    let (unweighed, _) = days_of(scene, |count| count.raw);
    let (first, last) = (points.first()?, points.last()?);
    if points.len() < settings.min_days || last.0 < scene.earlier_counts.len() as f64 {
        return None;
    }
    let values: Vec<f64> = points.iter().map(|(_, x)| *x).collect();
    let level = median(&mut values.clone());
    let slope = slope(&points);
    let intercept = median(&mut points.iter().map(|(t, x)| x - slope * t).collect::<Vec<_>>());
    let line = |t: f64| (intercept + slope * t).max(0.0);
    let residuals: Vec<f64> = points.iter().map(|(t, x)| x - (intercept + slope * t)).collect();
    // It must be there without the newest days, and in what was read as in what counts of it.
    let shorter =
        |points: &[Point]| points.get(..points.len() - NEWEST.min(points.len())).map(<[Point]>::to_vec);
    let p_value = [Some(points.clone()), shorter(&points), Some(unweighed.clone()), shorter(&unweighed)]
        .into_iter()
        .flatten()
        .map(|points| one_sided(&points, slope >= 0.0))
        .fold(0.0, |most: f64, p| most.max(2.0 * p))
        .clamp(1e-300, 1.0);
    let spread = (1.4826 * deviation(&residuals, 0.0)).max(level.sqrt()).max(1.0);
    let (start, end) = (line(first.0), line(last.0));
    let effect = (end - start).abs() / spread;
    let change = (end.max(start) + 0.5) / (end.min(start) + 0.5);
    let days = last.0 - first.0;
    let records: Vec<&Observation> =
        scene.now.counted.iter().copied().filter(|o| platforms.contains(&&o.platform)).collect();
    let mut evidence = by_company(&records);
    evidence.truncate(EVIDENCE);
    let mut discounts = scene.now.discounts.clone();
    let gaps = (last.0 - first.0) as usize + 1 - points.len();
    if gaps > 0 {
        discounts.push(Discount {
            kind: DiscountKind::ThinBaseline,
            before: points.len() as f64,
            after: points.len() as f64,
            why: format!("{gaps} days were hardly read and are left out"),
        });
    }
    Some(Finding {
        window: scene.window,
        observed: end,
        effective: end,
        baseline: Baseline { center: start, spread, windows: points.len() },
        effect,
        p_value,
        passed: p_value <= settings.max_p
            && level >= settings.min_level
            && change >= settings.min_change
            && effect >= rules.bars.min_effect
            && scene.now.effective_authors >= rules.bars.min_authors,
        effective_authors: scene.now.effective_authors,
        discounts,
        evidence,
        explanation: format!(
            "{} for {days:.0} days: about {} independent posts a day now, {} then, with what was read taken into account.",
            if slope >= 0.0 { "Rising" } else { "Falling" },
            number(end),
            number(start),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kendall_agrees_with_a_worked_example() {
        // Four rising values: S = 6, Var = 4·3·13/18.
        assert_eq!(kendall(&[1.0, 2.0, 3.0, 4.0]), (6.0, 4.0 * 3.0 * 13.0 / 18.0));
        // Two ties take 2·1·9/18 off the variance.
        assert_eq!(kendall(&[1.0, 2.0, 2.0, 3.0]), (5.0, (156.0 - 18.0) / 18.0));
    }

    #[test]
    fn one_wild_day_does_not_tilt_the_line() {
        let points: Vec<Point> =
            (0..9).map(|t| (f64::from(t), if t == 7 { 500.0 } else { 3.0 + 2.0 * f64::from(t) })).collect();
        assert_eq!(slope(&points), 2.0);
    }

    #[test]
    fn days_that_hang_together_count_for_less() {
        let alternating: Vec<f64> = (0..20).map(|i| f64::from(i % 2) + f64::from(i * 7 % 5) * 0.1).collect();
        let waves: Vec<f64> = (0..20).map(|i| (f64::from(i) / 3.0).sin()).collect();
        assert_eq!(widening(&alternating), 1.0);
        assert!(widening(&waves) > 1.3, "{}", widening(&waves));
    }
}
