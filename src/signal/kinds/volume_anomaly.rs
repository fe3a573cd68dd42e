//! Volume: more independent records in a day than the same hours usually bring.
//!
//! **Statistic.** `y` = records after discounts (copy groups once, two per author) in the 24 hours before the tick.
//! Under "nothing happened" `y` is negative binomial with the mean and variance of the comparable windows at today's
//! coverage (`baseline.rs`); p = P(Y ≥ ⌊y⌋). Effect = (y − centre) ÷ spread.
//!
//! **Assumes** that days are exchangeable but for coverage and weekday, and that authors act on their own once
//! copies are joined. The extra variation of the baseline pays for what is left of crowding.
//!
//! **Source.** Early outbreak detection has the same shape: Farrington et al. 1996 and Noufaily et al. 2013
//! (over-dispersed counts against the same weeks of earlier years, outliers weighed down).

use super::{Finding, Scene, by_company, hours};
use crate::signal::detect::Bars;
use crate::signal::discounts::{accounts_of, number};

/// Judges the number of records.
pub fn measure(scene: &Scene<'_>, bars: &Bars) -> Finding {
    let usual = &scene.usual;
    let effect = usual.effect(scene.effective);
    let enough = scene.effective >= bars.min_records && scene.now.effective_authors >= bars.min_authors;
    let far = effect >= bars.min_effect
        && scene.effective >= bars.min_ratio * usual.baseline.center
        && scene.effective > usual.high;
    let mut discounts = scene.now.discounts.clone();
    discounts.extend(scene.discounts.iter().cloned());
    Finding {
        window: scene.window,
        observed: scene.now.raw as f64,
        effective: scene.effective,
        baseline: usual.baseline.clone(),
        effect,
        p_value: usual.p_at_least(scene.effective),
        passed: enough && far && !usual.thin,
        effective_authors: scene.now.effective_authors,
        discounts,
        evidence: by_company(&scene.now.counted),
        explanation: format!(
            "{} independent {} in {}, usual {}; {}.",
            number(scene.effective),
            if (scene.effective - 1.0).abs() < 1e-9 { "post" } else { "posts" },
            hours(scene.window),
            number(usual.baseline.center),
            accounts_of(scene.now.authors),
        ),
    }
}
