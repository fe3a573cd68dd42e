//! Velocity: the last hours against what those hours usually bring.
//!
//! **Statistic.** A scan: that of [`volume_anomaly`](super::volume_anomaly::measure) over the last six hours (`fast_window`)
//! and over a half, a third and a sixth of them, each against the same hours of earlier days. So a story shows within
//! an hour or two, before a day's count has moved, and a slower one in the longer windows. Only rises count.
//! p = harmonic mean of the four p-values, which holds however much they depend on each other (Wilson 2019): one that
//! is very small counts four times as large, four that agree count as they are. What is told is the window that is
//! least likely of those that pass. A window passes at [`Bars::min_pace`] times its usual.
//!
//! **Assumes** what volume assumes, and that the rhythm of a day is the same on all weekdays but for its height
//! (`baseline.rs`, fast windows). It is tested beside volume and not apart from it (the hours are inside the day),
//! which Benjamini–Hochberg allows: the two depend positively (Benjamini & Yekutieli 2001).
//!
//! **Source.** Scan statistics over several window lengths: Kulldorff 2001 (prospective space-time scan).

use chrono::TimeDelta;

use super::{Finding, Scene, volume_anomaly};
use crate::signal::baseline::{BaselineSettings, Usual};
use crate::signal::detect::Bars;
use crate::signal::discounts::number;

/// The lengths looked at, the longest first: whole hours, each once.
pub fn lengths(longest: TimeDelta) -> impl Iterator<Item = TimeDelta> {
    let mut before = 0;
    [1, 2, 3, 6].into_iter().filter_map(move |part| {
        let hours = (longest.num_hours() / part).max(1);
        (hours != std::mem::replace(&mut before, hours)).then(|| TimeDelta::hours(hours))
    })
}

/// Judges the pace over all lengths; `day` is the whole window they lie in. `None` if the longest is empty.
pub fn measure(
    mut scan: Vec<Scene<'_>>,
    day: &Scene<'_>,
    bars: &Bars,
    baseline: &BaselineSettings,
) -> Option<Finding> {
    if scan.first().is_none_or(|longest| longest.now.raw == 0) {
        return None;
    }
    let mut usuals: Vec<&mut Usual> = scan.iter_mut().map(|scene| &mut scene.usual).collect();
    Usual::agree(&mut usuals, &day.usual, baseline);
    let pace = Bars { min_ratio: bars.min_pace, ..*bars };
    let mut findings: Vec<Finding> = scan.iter().map(|scene| volume_anomaly::measure(scene, &pace)).collect();
    let p_value = findings.len() as f64 / findings.iter().map(|f| 1.0 / f.p_value).sum::<f64>();
    // The least likely of those that pass; of equals the longest.
    findings.sort_by(|a, b| b.passed.cmp(&a.passed).then(a.p_value.total_cmp(&b.p_value)));
    let mut finding = findings.into_iter().next()?;
    finding.p_value = p_value.min(1.0);
    if finding.effective > 0.0 && day.effective > 0.0 {
        finding.explanation = format!(
            "{} Of the day's {} independent posts {} fell into these hours.",
            finding.explanation,
            number(day.effective),
            number(finding.effective.min(day.effective)),
        );
    }
    Some(finding)
}
