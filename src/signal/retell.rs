//! Telling afterwards how one record fared at a tick: what it counted as, and which place its score gave it.
//!
//! A tick keeps its signals and leads, not what every record was worth. Both are recomputed here from the same
//! observations by the same functions, so an answer cannot differ from the decision it explains.

use chrono::{DateTime, Utc};

use super::detect::DetectSettings;
use super::discounts::{Recurring, Side, Weighed, weigh};
use super::history::{History, Name};
use super::leads::{self, counts};
use super::observation::Observation;
use super::{score, vectors};
use crate::model::{DiscountKind, RecordId, ScoreTerm, TopicSlug};

/// What a record counted as in a topic's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is one of those that count.
    Counted,
    /// It does not, by this discount.
    Discounted(DiscountKind),
    /// It addresses a machine or hides text.
    Quarantined,
    /// It is a paper: announced in batches, papers count as no talk.
    Paper,
    /// It is gone where it was said, of another topic, not seen by then, or outside the window.
    Outside,
}

/// A record with its score at a tick.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The record.
    pub id: RecordId,
    /// Topics it matches.
    pub topics: Vec<TopicSlug>,
    /// 1 has the best score of the tick.
    pub rank: usize,
    /// `1 / (1 + e^−z)`: for ranking, not a chance.
    pub p: f64,
    /// The score, term by term.
    pub terms: Vec<ScoreTerm>,
}

/// What the record `id` counted as in the window of `topic` that ended at `at`. `known` are observations of any topics,
/// as far back as the discounts look.
///
/// Found by leaving it out: a record that does not count is missing from the discount that took it.
pub fn fate(
    topic: &TopicSlug,
    id: &RecordId,
    known: &[&Observation],
    at: DateTime<Utc>,
    settings: &DetectSettings,
) -> Fate {
    let from = at - settings.history();
    let mut known: Vec<&Observation> = known
        .iter()
        .copied()
        .filter(|o| {
            o.topics.contains(topic) && from < o.published_at && o.published_at <= at && o.seen_at <= at
        })
        .collect();
    known.sort_by(|a, b| a.published_at.cmp(&b.published_at).then_with(|| a.id.cmp(&b.id)));
    let recurring = Recurring::learn(&known, &settings.discounts);
    let window: Vec<&Observation> =
        known.iter().copied().filter(|o| o.published_at > at - settings.window).collect();
    if !window.iter().any(|o| o.id == *id && !o.gone) {
        return Fate::Outside;
    }
    let whole = weigh(&window, Side::Now, &recurring, &settings.discounts);
    if whole.counted.iter().any(|o| o.id == *id) {
        return Fate::Counted;
    }
    let others: Vec<&Observation> = window.iter().copied().filter(|o| o.id != *id).collect();
    let without = weigh(&others, Side::Now, &recurring, &settings.discounts);
    if whole.quarantined > without.quarantined {
        return Fate::Quarantined;
    }
    if whole.papers > without.papers {
        return Fate::Paper;
    }
    let taken = |weighed: &Weighed<'_>, kind: DiscountKind| -> f64 {
        weighed.discounts.iter().filter(|d| d.kind == kind).map(|d| d.before - d.after).sum()
    };
    DiscountKind::ALL
        .iter()
        .copied()
        .find(|kind| taken(&whole, *kind) > taken(&without, *kind))
        .map_or(Fate::Outside, Fate::Discounted)
}

/// Every record that could have led at `at`, best score first. `window` is what was published in it, in any order.
pub fn scores(
    window: &[&Observation],
    history: &History,
    at: DateTime<Utc>,
    settings: &leads::Settings,
) -> Vec<Placed> {
    let from = at - settings.window;
    let mut window: Vec<&Observation> = window.iter().copied().filter(|o| counts(o, from, at)).collect();
    window.sort_by(|a, b| a.published_at.cmp(&b.published_at).then_with(|| a.id.cmp(&b.id)));
    window.dedup_by(|a, b| a.id == b.id);
    let names: Vec<Vec<Name<'_>>> = window.iter().map(|o| history.names(o)).collect();
    let near = vectors::neighbours(&window, settings.bars.floor());
    let scored = score::score_all(&window, &names, &near, history, from, &settings.offsets);
    let mut placed: Vec<Placed> = window
        .iter()
        .zip(scored)
        .map(|(o, s)| Placed { id: o.id.clone(), topics: o.topics.clone(), rank: 0, p: s.p, terms: s.terms })
        .collect();
    // Ties go to the earlier record, as everywhere; the sort keeps their order.
    placed.sort_by(|a, b| b.p.total_cmp(&a.p));
    for (record, rank) in placed.iter_mut().zip(1..) {
        record.rank = rank;
    }
    placed
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::model::CopyGroup;
    use crate::signal::invented::{harbour, noon, social};

    /// One post an hour, the latest first.
    fn posts(people: &[&str]) -> Vec<Observation> {
        people
            .iter()
            .zip(1..)
            .map(|(who, hours)| social(who, hours * 60, &format!("the ferry and the {who} of hour {hours}")))
            .collect()
    }

    #[test]
    fn each_record_is_told_what_took_it() {
        let mut records = posts(&["ada", "bea", "cid", "dov", "eve", "eve", "eve", "fay"]);
        let group = CopyGroup::of(&records[3].id);
        records[0].copy_group = group.clone();
        records[3].copy_group = group;
        records[1].quarantined = true;
        records[2].backfill = true;
        records[7].published_at = noon() - TimeDelta::hours(30);
        let known: Vec<&Observation> = records.iter().collect();
        let told: Vec<Fate> = records
            .iter()
            .map(|o| fate(&harbour(), &o.id, &known, noon(), &DetectSettings::default()))
            .collect();
        assert_eq!(
            told,
            [
                Fate::Discounted(DiscountKind::CopyPaste),
                Fate::Quarantined,
                Fate::Discounted(DiscountKind::Backfill),
                Fate::Counted,
                // An account counts twice: the latest of its three does not.
                Fate::Discounted(DiscountKind::FewAuthors),
                Fate::Counted,
                Fate::Counted,
                Fate::Outside,
            ]
        );
    }

    #[test]
    fn places_are_those_of_the_ranking() {
        let mut records = posts(&["ada", "bea", "cid"]);
        records.push(social(
            "dov",
            30,
            "We announce today that our harbour ferry starts on 4 May for 12 crowns.",
        ));
        let mut history = History::default();
        records.iter().for_each(|o| history.absorb(o));
        let window: Vec<&Observation> = records.iter().rev().collect();
        let settings = leads::Settings::default();
        let placed = scores(&window, &history, noon(), &settings);
        assert_eq!(placed.iter().map(|p| p.rank).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(placed[0].id, records[3].id);
        for lead in leads::rank(&window, &history, &[], noon(), &settings) {
            let same = placed.iter().find(|p| p.id == lead.central).unwrap();
            assert_eq!((same.p, &same.terms), (lead.p, &lead.terms));
        }
    }
}
