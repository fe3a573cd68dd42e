//! Bars: what was needed, by which setting, and what was there.

use serde::Serialize;

use crate::answer::LeadLine;
use crate::answer::words::number;
use crate::config::Config;
use crate::model::ReasonCode;

/// A setting by which something is decided, as it is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// As in the configuration file: `signal.min_authors`.
    pub key: String,
    /// Its value, as it would be written there.
    pub value: String,
}

/// Every setting that decides what counts and what becomes a story.
pub(super) fn settings(config: &Config) -> Vec<Setting> {
    config.bars().into_iter().map(|(key, value)| Setting { key, value }).collect()
}

/// A bar and what was held against it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bar {
    /// What is counted or measured: “authors”.
    pub what: String,
    /// The setting; `None` where the number is fixed in the program.
    pub key: Option<String>,
    /// What is needed (at least, or for a p-value at most).
    pub needs: f64,
    /// What was there.
    pub had: f64,
    /// Whether that was enough.
    pub passed: bool,
    /// All of it in words: “needs 5 authors (`write.min_authors`), had 3”.
    pub text: String,
}

impl Bar {
    /// At least `needs` of `what`.
    pub(super) fn least(what: &str, key: Option<&str>, needs: f64, had: f64) -> Self {
        Self::new(what, key, needs, had, had >= needs, "", number)
    }

    /// `what` at most `needs`.
    pub(super) fn most(
        what: &str,
        key: Option<&str>,
        needs: f64,
        had: f64,
        draw: impl Fn(f64) -> String,
    ) -> Self {
        Self::new(what, key, needs, had, had <= needs, "at most ", draw)
    }

    fn new(
        what: &str,
        key: Option<&str>,
        needs: f64,
        had: f64,
        passed: bool,
        side: &str,
        draw: impl Fn(f64) -> String,
    ) -> Self {
        let setting = key.map_or_else(|| " (fixed)".to_owned(), |key| format!(" (`{key}`)"));
        // What did not pass must not read as if it had.
        let shown = if passed || draw(had) != draw(needs) {
            draw(had)
        } else {
            format!("{} of it", if had < needs { "just short" } else { "just above" })
        };
        let text = format!("needs {side}{} {what}{setting}, had {shown}", draw(needs));
        Self { what: what.to_owned(), key: key.map(str::to_owned), needs, had, passed, text }
    }
}

/// The bars that a new story's lead is held against, as far as the lead itself tells.
///
/// Distinct authors who spoke inside the window are counted from records, not from the lead; where they were too few,
/// the decision says how many there were.
pub(super) fn of_lead(lead: &LeadLine, config: &Config) -> Vec<Bar> {
    // What belongs to a story that runs, or is told already, was not held against them.
    let running =
        [ReasonCode::NothingNew, ReasonCode::Cooldown, ReasonCode::AlreadyTold, ReasonCode::Retracted];
    if lead.reasons.iter().any(|reason| running.contains(reason)) {
        return Vec::new();
    }
    let signal = &config.signal;
    // A publication, somebody first-hand or a kept signal lowers the bar; the decision knows which held.
    let few = lead.reasons.contains(&ReasonCode::FewRecords);
    let unheld = few || lead.reasons.contains(&ReasonCode::WeakLead);
    let evidence = match lead.evidence {
        n if n >= signal.min_evidence && few => ("signal.min_evidence_hearsay", signal.min_evidence_hearsay),
        n if n < signal.min_evidence && !unheld => {
            (if n < 2 { "signal.story_alone" } else { "signal.story_pair" }, n)
        }
        _ => ("signal.min_evidence", signal.min_evidence),
    };
    // Strong company makes up for a weak record.
    let central = if lead.p < signal.story_central && lead.strength >= signal.story_together {
        Bar::least(
            "as strength, its central record being weak",
            Some("signal.story_together"),
            signal.story_together,
            lead.strength,
        )
    } else {
        Bar::least(
            "as score of its central record",
            Some("signal.story_central"),
            signal.story_central,
            lead.p,
        )
    };
    vec![
        Bar::least("as strength", Some("signal.story_strength"), signal.story_strength, lead.strength),
        central,
        Bar::least(
            "records on the same event, one per author",
            Some(evidence.0),
            evidence.1 as f64,
            lead.evidence as f64,
        ),
        Bar::least(
            "authors",
            Some("write.min_authors"),
            f64::from(config.write.min_authors),
            lead.authors as f64,
        ),
    ]
}

/// The settings behind a reason.
pub(super) fn keys(reason: ReasonCode) -> &'static [&'static str] {
    match reason {
        ReasonCode::FewAuthors => &["write.min_authors"],
        ReasonCode::CopyPaste => &["analyze.near_copy_threshold"],
        ReasonCode::Backfill => &["ingest.backfill_after"],
        ReasonCode::FewRecords => {
            &["signal.min_evidence", "signal.min_evidence_hearsay", "signal.story_alone", "signal.story_pair"]
        }
        ReasonCode::WeakLead => &["signal.story_strength", "signal.story_central", "signal.story_together"],
        ReasonCode::Cooldown => &["signal.cooldown.low", "signal.cooldown.medium", "signal.cooldown.high"],
        ReasonCode::TickFull => &["signal.max_stories_per_tick", "signal.new_per_topic_day"],
        ReasonCode::Outranked => &["signal.max_leads"],
        ReasonCode::Withheld => &["write.min_sentence_share"],
        ReasonCode::WithinUsual => &["signal.min_effect", "signal.min_ratio", "signal.story_background"],
        ReasonCode::FalseDiscovery => &["signal.false_discovery_rate"],
        ReasonCode::ThinBaseline => &["signal.min_windows"],
        ReasonCode::Merged => &["signal.same_story", "signal.merge_stories"],
        ReasonCode::NoLead => &["signal.max_leads", "signal.candidate_pool"],
        ReasonCode::Circular
        | ReasonCode::Resolved
        | ReasonCode::Archived
        | ReasonCode::PassedBars
        | ReasonCode::FactsChanged
        | ReasonCode::NothingNew
        | ReasonCode::AlreadyTold
        | ReasonCode::Recurring
        | ReasonCode::NoRecords
        | ReasonCode::Quarantined
        | ReasonCode::SourceDeleted
        | ReasonCode::Corrected
        | ReasonCode::Retracted
        | ReasonCode::WithoutEmbeddings
        | ReasonCode::NoHeadline
        | ReasonCode::NoQuotes => &[],
    }
}

/// The settings behind reasons, with their values: “`write.min_authors` is 5”; empty where none is behind them.
pub(super) fn behind(reasons: &[ReasonCode], config: &Config, passed: impl Fn(&str) -> bool) -> String {
    let all = config.bars();
    let mut told: Vec<String> = Vec::new();
    for key in reasons.iter().flat_map(|reason| keys(*reason)).filter(|key| !passed(key)) {
        if let Some((key, value)) = all.iter().find(|(k, _)| k == key) {
            let text = format!("`{key}` is {value}");
            if !told.contains(&text) {
                told.push(text);
            }
        }
    }
    told.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_named_here_exists() {
        let config = Config::built_in(std::path::Path::new("."));
        let known = config.bars();
        for key in [ReasonCode::ALL].concat().into_iter().flat_map(keys) {
            assert!(known.iter().any(|(k, _)| k == key), "{key}");
        }
        let signal = known.iter().find(|(k, _)| k == "signal.cooldown.high");
        assert_eq!(signal.map(|(_, v)| v.as_str()), Some("3h"));
    }

    #[test]
    fn what_did_not_pass_does_not_read_as_if_it_had() {
        let bar = Bar::least("as strength", Some("signal.story_strength"), 0.1, 0.099_9);
        assert_eq!(bar.text, "needs 0.1 as strength (`signal.story_strength`), had just short of it");
        let bar = Bar::least("authors", Some("write.min_authors"), 5.0, 3.0);
        assert_eq!((bar.passed, bar.text.as_str()), (false, "needs 5 authors (`write.min_authors`), had 3"));
    }
}
