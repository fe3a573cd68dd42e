//! Sentiment shift: the mood of a topic away from its usual level, in either direction.
//!
//! **Statistic.** One value per author (the mean over what counts of theirs), window against all comparable
//! windows. Two questions, and the less sure answer is the p-value:
//! 1. Mann–Whitney U with tie and continuity correction (normal approximation, two-sided): are the window's authors
//!    in another mood than earlier authors? (Mann & Whitney 1947)
//! 2. Are days like this usual? z = (mean − median of daily means) ÷ √(s_d² + s²/n) with s_d the robust spread of the
//!    daily means, against Student's t with one degree of freedom less than there are days: one long thread
//!    moves a day without anything having changed.
//!
//! **Support.** Ten scored records by five authors; only records in English, where the lexicon was measured.
//! Effect = the z of question 2 in absolute value; the shift must also be at least 0.15 of the scale.
//!
//! **Assumes** that the lexicon errs alike on all days.

use statrs::distribution::{ContinuousCDF as _, StudentsT};
use statrs::function::erf::erfc;

use super::{Finding, MAX_EVIDENCE, Scene, thin_baseline};
use crate::model::{AuthorKey, Baseline, Lang};
use crate::signal::baseline::{deviation, median};
use crate::signal::detect::Bars;
use crate::signal::discounts::{ByDigest, accounts_of};
use crate::signal::observation::Observation;

/// Scored records a window needs.
pub const MIN_SCORED: usize = 10;
/// Authors a window needs.
pub const MIN_AUTHORS: usize = 5;
/// A smaller shift on the scale from −1 to 1 is no news.
pub const MIN_SHIFT: f64 = 0.15;
/// A day's mean cannot be less uncertain than this.
const MIN_SPREAD: f64 = 0.03;

fn scored<'a>(counted: &[&'a Observation]) -> Vec<(&'a Observation, f64)> {
    counted.iter().filter(|o| o.lang == Lang::EN).filter_map(|o| o.sentiment.map(|s| (*o, s))).collect()
}

/// One mean per author, sorted, so that no order leaks.
fn per_author(scored: &[(&Observation, f64)]) -> Vec<f64> {
    let mut sums: ByDigest<&AuthorKey, (f64, f64)> = ByDigest::default();
    for (o, s) in scored {
        let sum = sums.entry(&o.author_key).or_default();
        *sum = (sum.0 + s, sum.1 + 1.0);
    }
    let mut means: Vec<f64> = sums.values().map(|(sum, n)| sum / n).collect();
    means.sort_by(f64::total_cmp);
    means
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Judges the mood; `None` where too little is scored.
pub fn measure(scene: &Scene<'_>, bars: &Bars) -> Option<Finding> {
    let now = scored(&scene.now.counted);
    let window = per_author(&now);
    if now.len() < MIN_SCORED || window.len() < MIN_AUTHORS {
        return None;
    }
    let days: Vec<Vec<f64>> = scene
        .earlier
        .iter()
        .map(|weighed| per_author(&scored(&weighed.counted)))
        .filter(|values| values.len() >= MIN_AUTHORS)
        .collect();
    let means: Vec<f64> = days.iter().map(|values| mean(values)).collect();
    let center = median(&mut means.clone());
    let day_spread = (1.4826 * deviation(&means, center)).max(MIN_SPREAD);
    let n = window.len() as f64;
    let level = mean(&window);
    let variance = window.iter().map(|s| (s - level).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    let spread = day_spread.mul_add(day_spread, variance / n).sqrt();
    let z = (level - center) / spread;
    let thin = days.len() < bars.min_windows;
    let by_days = StudentsT::new(0.0, 1.0, days.len().saturating_sub(1).max(1) as f64)
        .map_or(1.0, |t| 2.0 * t.sf(z.abs()));
    let mut pool: Vec<f64> = days.concat();
    pool.sort_by(f64::total_cmp);
    let by_authors = mann_whitney(&window, &pool);
    let mut discounts = scene.now.discounts.clone();
    if thin {
        discounts.push(thin_baseline(level, days.len(), "to compare with", bars.min_windows));
    }
    let shift = level - center;
    let p_value = by_days.max(by_authors).clamp(1e-300, 1.0);
    let mut order = now.clone();
    order.sort_by(|a, b| {
        let toward = |s: f64| if shift >= 0.0 { -s } else { s };
        toward(a.1).total_cmp(&toward(b.1)).then_with(|| a.0.id.cmp(&b.0.id))
    });
    Some(Finding {
        window: scene.window,
        observed: level,
        effective: level,
        baseline: Baseline { center, spread, windows: days.len() },
        effect: z.abs(),
        p_value,
        passed: !thin && z.abs() >= bars.min_effect && shift.abs() >= MIN_SHIFT,
        effective_authors: n,
        discounts,
        evidence: order.iter().take(MAX_EVIDENCE).map(|(o, _)| o.id.clone()).collect(),
        explanation: format!(
            "The tone of {} scored posts is {} than usual: {level:.2} on a scale from −1 to 1, usual {center:.2}; {}.",
            now.len(),
            if shift >= 0.0 { "warmer" } else { "colder" },
            accounts_of(window.len()),
        ),
    })
}

/// Two-sided p-value of the Mann–Whitney test; both samples sorted. 1 where either is empty.
fn mann_whitney(a: &[f64], b: &[f64]) -> f64 {
    let (na, nb) = (a.len() as f64, b.len() as f64);
    if a.is_empty() || b.is_empty() {
        return 1.0;
    }
    let below = |x: f64| b.partition_point(|y| *y < x) as f64;
    let up_to = |x: f64| b.partition_point(|y| *y <= x) as f64;
    let u: f64 = a.iter().map(|x| f64::midpoint(below(*x), up_to(*x))).sum();
    let mut all = [a, b].concat();
    all.sort_by(f64::total_cmp);
    let ties: f64 = all
        .chunk_by(|x, y| x.total_cmp(y).is_eq())
        .map(|run| {
            let t = run.len() as f64;
            t.powi(3) - t
        })
        .sum();
    let n = na + nb;
    let variance = na * nb / 12.0 * (n + 1.0 - ties / (n * (n - 1.0)));
    if variance <= 0.0 {
        return 1.0;
    }
    let distance = ((u - na * nb / 2.0).abs() - 0.5).max(0.0);
    erfc(distance / variance.sqrt() / std::f64::consts::SQRT_2).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mann_whitney_agrees_with_a_worked_example() {
        // Two samples of five without overlap: U = 0, mean 12.5, sd √(25·11/12) = 4.787; z = 12/4.787 = 2.507.
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0]);
        assert!((mann_whitney(&a, &b) - 0.01219).abs() < 1e-4);
        assert!((mann_whitney(&a, &a) - 1.0).abs() < 1e-9);
        assert!((mann_whitney(&[0.0; 4], &[0.0; 9]) - 1.0).abs() < 1e-9);
    }
}
