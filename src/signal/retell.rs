//! Telling afterwards how one record fared at a tick: what it counted as, and which place its score gave it.
//!
//! A tick keeps its signals and leads, not what every record was worth. Both are recomputed here from the same
//! observations by the same functions, read as a desk that has just been started reads them (`schedule::watch_at`). What
//! was edited or deleted since is as it is now, and so are the names that stand for others.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::detect::DetectSettings;
use super::discounts::{Known, Scales, Side, Weighed, weigh};
use super::history::History;
use super::leads;
use super::observation::Observation;
use super::totals::Window;
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
    let window = Window::ending(at, settings.window);
    if !known.iter().any(|o| o.id == *id && !o.gone && window.contains(o.published_at)) {
        return Fate::Outside;
    }
    let weighed = |known: &[&'_ Observation]| {
        let known = Known::of(known, &settings.discounts);
        let weighed = weigh(&known, window, Side::Now, &settings.discounts, &mut Scales::default());
        Found::of(&weighed, id)
    };
    let whole = weighed(&known);
    if whole.counted {
        return Fate::Counted;
    }
    let others: Vec<&Observation> = known.iter().copied().filter(|o| o.id != *id).collect();
    let without = weighed(&others);
    if whole.quarantined > without.quarantined {
        return Fate::Quarantined;
    }
    if whole.papers > without.papers {
        return Fate::Paper;
    }
    DiscountKind::ALL
        .iter()
        .zip(whole.taken.iter().zip(&without.taken))
        .find(|(_, (with, without))| with > without)
        .map_or(Fate::Outside, |(kind, _)| Fate::Discounted(*kind))
}

/// A weighed window as far as one record shows in it.
struct Found {
    counted: bool,
    quarantined: usize,
    papers: usize,
    /// What each discount took, in order of their definition.
    taken: Vec<f64>,
}

impl Found {
    fn of(weighed: &Weighed<'_>, id: &RecordId) -> Self {
        let taken = |kind: &DiscountKind| -> f64 {
            weighed.discounts.iter().filter(|d| d.kind == *kind).map(|d| d.before - d.after).sum()
        };
        Self {
            counted: weighed.counted.iter().any(|o| o.id == *id),
            quarantined: weighed.quarantined,
            papers: weighed.papers,
            taken: DiscountKind::ALL.iter().map(taken).collect(),
        }
    }
}

/// Every record that could have led at `at`, best score first. `window` is what was published in it, in any order.
pub fn scores(
    window: &[&Observation],
    history: &History,
    at: DateTime<Utc>,
    settings: &leads::Settings,
) -> Vec<Placed> {
    let topics: HashMap<&RecordId, &[TopicSlug]> =
        window.iter().map(|o| (&o.id, o.topics.as_slice())).collect();
    leads::scores(window, history, at, settings)
        .into_iter()
        .zip(1..)
        .map(|((id, scored), rank)| Placed {
            topics: topics.get(&id).map(|topics| topics.to_vec()).unwrap_or_default(),
            id,
            rank,
            p: scored.p,
            terms: scored.terms,
        })
        .collect()
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
