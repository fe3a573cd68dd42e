//! The bars that a finding was held against, kind by kind, for whoever asks why it was kept or not.
//!
//! They mirror what the kinds ask in `passed`, as far as a [`Finding`] has what they asked of. Some kinds ask one thing more
//! that no number of the finding tells (whether other platforms were silent, whether a phrase is told as a name); a signal
//! that passed all bars here and was not kept missed that.

use chrono::TimeDelta;

use crate::model::{Asked, SignalKind};
use crate::signal::discounts::number;
use crate::signal::kinds::{Finding, Rules, sentiment_shift};

/// The bars of one finding; `high` is what a window of the same length reaches now and then, where that is known, and
/// `whole` the length of the window of a tick.
pub(super) fn of(
    kind: SignalKind,
    finding: &Finding,
    rules: &Rules<'_>,
    high: Option<f64>,
    whole: TimeDelta,
) -> Vec<Asked> {
    let (bars, kinds) = (rules.bars, rules.kinds);
    let usual = finding.baseline.center;
    let records =
        |had: f64| Asked::at_least("records after discounts", "signal.min_records", bars.min_records, had);
    let authors = || {
        let had = finding.effective_authors;
        Asked::at_least("effective authors", "signal.min_authors", bars.min_authors, had)
    };
    let effect = || {
        let what = "robust deviations from usual";
        Asked::at_least(what, "signal.min_effect", bars.min_effect, finding.effect)
    };
    // Times nothing is nothing: without a usual value there is no such bar.
    let times = |unit: &str, setting: &str, ratio: f64| {
        let what = format!("{unit}, {} times the usual {}", number(ratio), number(usual));
        (usual > 0.0).then(|| Asked::at_least(what, setting, ratio * usual, finding.effective))
    };
    let windows = || {
        let (needed, had) = (bars.min_windows as f64, finding.baseline.windows as f64);
        Asked::at_least("earlier windows to compare with", "signal.min_windows", needed, had)
    };
    let mut asked = match kind {
        SignalKind::VolumeAnomaly | SignalKind::Velocity => {
            let (setting, ratio) = if kind == SignalKind::Velocity {
                ("signal.min_pace", bars.min_pace)
            } else {
                ("signal.min_ratio", bars.min_ratio)
            };
            let high = high.map(|high| {
                let what = "records after discounts, which one earlier window in ten reaches";
                Asked::more_than(what, "", high, finding.effective).fixed()
            });
            let mut asked = vec![records(finding.effective), authors(), effect()];
            asked.extend(times("records after discounts", setting, ratio));
            asked.extend(high);
            asked.push(windows());
            asked
        }
        SignalKind::Novelty => {
            // In a shorter window people are counted, in the whole one a share.
            let crowd = finding.window.to - finding.window.from < whole;
            let mut asked = if crowd { vec![records(finding.effective)] } else { Vec::new() };
            asked.extend([authors(), effect()]);
            let unit = if crowd { "accounts" } else { "as share of new posts" };
            asked.extend(times(unit, "signal.min_ratio", bars.min_ratio));
            asked.push(windows());
            asked
        }
        SignalKind::SentimentShift => {
            let shift = (finding.effective - usual).abs();
            let what = "as distance from the usual tone, on a scale from −1 to 1";
            vec![effect(), Asked::at_least(what, "", sentiment_shift::MIN_SHIFT, shift).fixed(), windows()]
        }
        SignalKind::RegisterShift => {
            let own = &kinds.register;
            let (said, risen) = (finding.effective_authors, finding.effective - usual);
            vec![
                Asked::at_least(
                    "authors in that tone",
                    "signal.kinds.register_min_risen",
                    own.min_risen as f64,
                    said,
                ),
                Asked::at_least("authors in that tone", "signal.min_authors", bars.min_authors, said),
                Asked::at_least(
                    "as rise of its share",
                    "signal.kinds.register_min_shift",
                    own.min_shift,
                    risen,
                ),
                effect(),
                windows(),
            ]
        }
        SignalKind::PlatformDivergence => {
            let own = &kinds.divergence;
            let (needed, had) = (own.min_authors as f64, finding.effective_authors);
            let there = "effective authors on the platform";
            let mut asked = vec![
                records(finding.observed),
                authors(),
                Asked::at_least(there, "signal.kinds.divergence_min_authors", needed, had),
                effect(),
            ];
            asked.extend(times(
                "records after discounts",
                "signal.kinds.divergence_min_ratio",
                own.min_ratio,
            ));
            asked.push(windows());
            asked
        }
        SignalKind::EntitySurge | SignalKind::PhraseTrending | SignalKind::CrossTopic => {
            let own = &kinds.surge;
            // Over several topics nobody is discounted; each has its own bars there besides.
            let users =
                if kind == SignalKind::CrossTopic { finding.effective_authors } else { finding.effective };
            let (what, setting) = ("authors who use it", "signal.kinds.surge_min_authors");
            let mut asked =
                vec![Asked::at_least(what, setting, own.min_authors as f64, users), authors(), effect()];
            asked.extend(times(what, "signal.kinds.surge_min_ratio", own.min_ratio));
            asked
        }
        SignalKind::Trend => {
            let p = finding.p_value;
            vec![
                authors(),
                effect(),
                Asked::at_most("as p-value", "signal.kinds.trend_max_p", kinds.trend.max_p, p),
            ]
        }
    };
    asked.push(Asked::at_most("as p-value", "signal.max_p", bars.max_p, finding.p_value));
    asked
}
