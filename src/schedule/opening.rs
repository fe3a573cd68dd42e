//! What a lead must have to open a story, in order. Every bar is kept with the lead, with what it had.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::newsroom::Newsroom;
use super::settings::Settings;
use crate::model::{Asked, Lead, ReasonCode, RecordId, SourceClass};

impl Newsroom {
    /// Why a lead opens no story, and everything it was held against up to that; `opened` are the new stories of this
    /// tick, and those of its topic in 24 hours.
    pub(super) fn keeps_back(
        &self,
        at: DateTime<Utc>,
        lead: &Lead,
        members: &[RecordId],
        opened: (usize, usize),
        asked: &mut Vec<Asked>,
    ) -> Option<(ReasonCode, String)> {
        let settings = &self.settings;
        // A record that a digest would not lead with by itself makes no news by being common, unless its company as a
        // whole is very strong.
        let central = settings.story_central;
        let together = Asked::at_least(
            "as strength, its central record being weak",
            "signal.story_together",
            settings.story_together,
            lead.strength,
        );
        if lead.p < central && together.passed {
            asked.push(together);
        } else {
            let what = "as score of its central record";
            asked.push(Asked::at_least(what, "signal.story_central", central, lead.p));
            if lead.p < central {
                asked.push(together);
                return Some((
                    ReasonCode::WeakLead,
                    format!(
                        "Too weak: its central record scores {} where a new story needs {central:.2}.",
                        short(lead.p, central)
                    ),
                ));
            }
        }
        let evidence = evidence_asked(lead, self.standing_of(lead), settings);
        let (enough, needed) = (evidence.passed, evidence.needed);
        asked.push(evidence);
        if !enough {
            let detail = format!(
                "{} about the same event; a new story needs {needed} by different authors.",
                if lead.evidence.len() == 1 {
                    "One record is".to_owned()
                } else {
                    format!("{} records are", lead.evidence.len())
                }
            );
            return Some((ReasonCode::FewRecords, detail));
        }
        let (hours, needed) = (settings.watch.leads.window.num_hours(), settings.min_fresh_authors);
        let fresh = self.fresh_authors(at, members);
        // One may have spoken before.
        let what = format!("authors in the last {hours} hours, one less than a story");
        asked.push(Asked::at_least(what, "write.min_authors", needed as f64, fresh as f64));
        if fresh < needed {
            let detail = format!("{} in the last {hours} hours; a new story needs {needed}.", people(fresh));
            return Some((ReasonCode::FewAuthors, detail));
        }
        let (per_tick, per_topic) = (settings.max_stories_per_tick, settings.new_per_topic_day);
        let limits = [
            ("new stories at this tick before it", "signal.max_stories_per_tick", per_tick, opened.0),
            ("new stories of its topic in 24 hours", "signal.new_per_topic_day", per_topic, opened.1),
        ]
        .map(|(what, setting, most, had)| Asked::fewer_than(what, setting, most as f64, had as f64));
        let full = limits.iter().any(|limit| !limit.passed);
        asked.extend(limits);
        full.then(|| {
            let detail = format!(
                "The limit is {per_tick} new stories a tick and {per_topic} a topic in 24 hours; others were stronger."
            );
            (ReasonCode::TickFull, detail)
        })
    }

    /// Who speaks for a lead: whether its central record is a publication's, and whether an independent publication, somebody
    /// first-hand or a kept signal stands behind it.
    fn standing_of(&self, lead: &Lead) -> (bool, bool) {
        let of = |id| self.texts.get(id).map(|s| (s.record.class, s.analysis.signs.first_hand));
        let reports = of(&lead.central).is_some_and(|(class, _)| class == SourceClass::Publication);
        let standing = lead.evidence.iter().filter_map(of).any(|(class, first_hand)| {
            class == SourceClass::Publication || (class == SourceClass::Social && first_hand)
        });
        (reports, standing || !lead.signals.is_empty())
    }

    /// Distinct authors of independent texts among `members` that were published inside the window.
    fn fresh_authors(&self, at: DateTime<Utc>, members: &[RecordId]) -> usize {
        let since = at - self.settings.watch.leads.window;
        let fresh: Vec<_> = members
            .iter()
            .filter_map(|id| self.texts.get(id))
            .filter(|s| s.record.published_at > since)
            .collect();
        let authors: BTreeSet<_> = fresh.iter().map(|s| &s.record.author_key).collect();
        let texts: BTreeSet<_> = fresh.iter().map(|s| &s.copy_group).collect();
        authors.len().min(texts.len())
    }
}

/// How many records on the same event, one per author, a lead needs to open a story, and what it has.
///
/// An independent publication, somebody first-hand or a kept signal beside other voices is the strongest sign: where
/// such a record is a very good one, two will do. A publication's own report that is good enough stands alone: others
/// must speak of it, as of every story, but need not do so in its words. Where there is none of it, it is hearsay, which
/// never needs less than the rest.
fn evidence_asked(lead: &Lead, (reports, standing): (bool, bool), settings: &Settings) -> Asked {
    let had = lead.evidence.len() as f64;
    let one_each = "records on the same event, one per author";
    // So few by a rule; what its setting is held against is a score.
    let few = |n: u32, what: String| Asked::at_least(what, "", f64::from(n), had).fixed();
    let (alone, pair) = (settings.story_alone, settings.story_pair);
    let (least, hearsay) = (settings.min_evidence, settings.min_evidence_hearsay);
    if reports && lead.p >= alone {
        few(
            1,
            format!(
                "record on the same event, a publication's report scoring {alone:.2} (`signal.story_alone`)"
            ),
        )
    } else if standing && lead.p >= pair && least > 2 {
        few(2, format!("{one_each}, the central one scoring {pair:.2} (`signal.story_pair`)"))
    } else if !standing && hearsay > least {
        let what = format!("{one_each}, none a publication, first-hand or with a signal");
        Asked::at_least(what, "signal.min_evidence_hearsay", hearsay as f64, had)
    } else {
        Asked::at_least(one_each, "signal.min_evidence", least as f64, had)
    }
}

/// The bar of a story's authors.
pub(super) fn of_authors(needed: usize, had: f64) -> Asked {
    Asked::at_least("authors, copies joined", "write.min_authors", needed as f64, had)
}

fn people(n: usize) -> String {
    match n {
        0 => "Nobody speaks of it".to_owned(),
        1 => "One author speaks of it".to_owned(),
        n => format!("{n} authors speak of it"),
    }
}

/// What falls short of a bar, with two decimals: rounded down where it would read as if it had passed.
pub(super) fn short(value: f64, bar: f64) -> String {
    let rounded = format!("{value:.2}");
    if rounded == format!("{bar:.2}") { format!("{:.2}", (value * 100.0).floor() / 100.0) } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::model::Severity;

    #[test]
    fn what_fell_short_does_not_read_as_if_it_had_passed() {
        assert_eq!(
            (short(0.0996, 0.1), short(0.065, 0.1), short(0.04, 0.1)),
            ("0.09".into(), "0.07".into(), "0.04".into())
        );
    }

    #[test]
    fn hearsay_never_needs_less_than_what_has_standing() {
        let lead = |p: f64, evidence: usize| Lead {
            rank: 1,
            topic: "ferries".parse().unwrap(),
            topics: Vec::new(),
            central: RecordId::from_stored("0"),
            evidence: (0..evidence).map(|n| RecordId::from_stored(n.to_string())).collect(),
            linked: Vec::new(),
            strength: 0.5,
            p,
            terms: Vec::new(),
            names: Vec::new(),
            cluster: None,
            signals: Vec::new(),
            severity: Severity::Low,
            authors: evidence,
            distinct_records: evidence,
            asked: Vec::new(),
        };
        let settings = |min_evidence: usize, min_evidence_hearsay: usize| Settings {
            min_evidence,
            min_evidence_hearsay,
            story_alone: 0.6,
            story_pair: 0.8,
            ..Settings::of(&Config::built_in(std::path::Path::new(".")))
        };
        let (nobody, somebody, report) = ((false, false), (false, true), (true, true));
        let of = |p: f64, who: (bool, bool), least: usize, hearsay: usize| {
            let asked = evidence_asked(&lead(p, 4), who, &settings(least, hearsay));
            assert_eq!(asked.passed, asked.needed <= 4.0);
            (asked.setting.unwrap_or_default(), asked.needed)
        };
        let said = |setting: &str, needed: f64| (setting.to_owned(), needed);
        assert_eq!(of(0.9, nobody, 5, 3), said("signal.min_evidence", 5.0));
        assert_eq!(of(0.9, nobody, 3, 5), said("signal.min_evidence_hearsay", 5.0));
        assert_eq!(of(0.9, nobody, 3, 3), said("signal.min_evidence", 3.0));
        assert_eq!(of(0.5, somebody, 3, 5), said("signal.min_evidence", 3.0));
        // What a score decides is no count: no setting has these numbers.
        assert_eq!(of(0.8, somebody, 3, 5), said("", 2.0));
        assert_eq!(of(0.8, somebody, 1, 5), said("signal.min_evidence", 1.0));
        assert_eq!(of(0.6, report, 3, 5), said("", 1.0));
    }
}
