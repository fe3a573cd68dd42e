//! Velocity: the last hours against what those hours usually bring.
//!
//! **Statistic.** That of [`volume_anomaly`](super::volume_anomaly::measure), over the six hours before the tick and the same
//! six hours of earlier days: a story shows here before a day's count has moved. Only rises count.
//!
//! **Assumes** what volume assumes. It is tested beside volume and not apart from it (the six hours are inside the
//! twenty-four), which Benjamini–Hochberg allows: the two depend positively (Benjamini & Yekutieli 2001).

use super::{Finding, Scene, volume_anomaly};
use crate::signal::detect::Bars;
use crate::signal::discounts::number;

/// Judges the pace; `day` is the whole window it lies in.
pub fn measure(scene: &Scene<'_>, day: &Scene<'_>, bars: &Bars) -> Finding {
    let mut finding = volume_anomaly::measure(scene, bars);
    if finding.effective > 0.0 && day.effective > 0.0 {
        finding.explanation = format!(
            "{} Of the day's {} independent posts {} fell into these hours.",
            finding.explanation,
            number(day.effective),
            number(finding.effective.min(day.effective)),
        );
    }
    finding
}
