//! Settings by name, so that one build serves many runs.

use anyhow::bail;
use chrono::TimeDelta;
use newsdesk::signal::detect::DetectSettings;

/// Sets one setting of detection.
pub(crate) fn set(settings: &mut DetectSettings, name: &str, value: &str) -> anyhow::Result<()> {
    let number: f64 = value.parse()?;
    let whole = number as usize;
    match name {
        "window_hours" => settings.window = TimeDelta::hours(number as i64),
        "baseline_days" => settings.baseline.days = whole as u32,
        "min_windows" => settings.baseline.min_windows = whole,
        "extra_variation" => settings.baseline.extra_variation = number,
        "min_coverage" => settings.baseline.min_coverage = number,
        "max_crowding" => settings.baseline.max_crowding = number,
        "outlier" => settings.baseline.outlier = number,
        "level_prior" => settings.baseline.level_prior = number,
        "weekday_prior" => settings.baseline.weekday_prior = number,
        "gap_share" => settings.baseline.gap_share = number,
        "per_author" => settings.discounts.per_author = whole,
        "recurring_days" => settings.discounts.recurring_days = whole,
        "one_source_share" => settings.discounts.one_source_share = number,
        "one_source_usual" => settings.discounts.one_source_usual = number,
        "one_source_effect" => settings.discounts.one_source_effect = number,
        "min_records" => settings.bars.min_records = number,
        "min_authors" => settings.bars.min_authors = number,
        "min_effect" => settings.bars.min_effect = number,
        "min_ratio" => settings.bars.min_ratio = number,
        "min_pace" => settings.bars.min_pace = number,
        "max_p" => settings.bars.max_p = number,
        "false_discovery_rate" => settings.false_discovery_rate = number,
        other => bail!("`{other}` is no setting; settings.rs of this example names them"),
    }
    Ok(())
}
