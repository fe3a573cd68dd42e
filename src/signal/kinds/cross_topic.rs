//! Cross topic: one name surging in several topics at once.
//!
//! **Statistic.** Every record counts in one topic only, the one it matches best, so that the topics' samples are
//! disjoint. In each topic a name has the p-value of [`surge`](super::surge), question 1. That at least two of the `n` topics that
//! use it (two authors each) have a surge is judged by the partial conjunction of Benjamini & Heller (2008), with Simes'
//! combination: sorted p-values, `p = min_{i ≥ 2} (n − 1) ÷ (i − 1) · p_(i)`. So one topic alone, however loud, is never
//! enough. It holds when the p-values depend positively, as they do (the same people write in several topics).
//! The most surprising name is then held against the number of names and against earlier days, as in `surge`.
//!
//! **Support.** [`Settings::min_topics`] topics in which at least [`Settings::min_authors`] authors use the name at twice the expected number;
//! over all topics the bars of a surge. **Effect** = (authors − expected) ÷ standard deviation, over those topics.
//!
//! It is told once, under the topic with most of these authors.

use std::collections::{BTreeMap, BTreeSet};

use super::entity_surge::Names;
use super::surge::{Judged, Share, Terms, corrected};
use super::{Finding, MAX_EVIDENCE, Rules, Scene, thin_baseline};
use crate::model::{AuthorKey, Baseline, RecordId, TopicSlug};
use crate::signal::baseline::Window;
use crate::signal::discounts::number;

/// What a name must reach in several topics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Topics. Default 2.
    pub min_topics: usize,
    /// Authors in each of them. Default 3.
    pub min_authors: usize,
    /// Times the expected number in each of them. Default 2.
    pub min_ratio: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_topics: 2, min_authors: 3, min_ratio: 2.0 }
    }
}

/// Names of one topic that could surge elsewhere, too.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    window: Window,
    /// By window, the judged one first: names that two authors used.
    days: Vec<Option<Vec<Judged>>>,
    /// How a name is written, and who uses it.
    uses: BTreeMap<u64, (String, Vec<(RecordId, AuthorKey)>)>,
}

impl Heard {
    /// Takes what concerns other topics from a topic's names.
    pub(crate) fn of(scene: &Scene<'_>, names: &Names, terms: &Terms, topic: &TopicSlug) -> Self {
        let days: Vec<_> = (0..terms.len()).map(|at| terms.judge(at, Share::Home, 2)).collect();
        let now: BTreeSet<u64> = days.first().iter().copied().flatten().flatten().map(|j| j.term).collect();
        let mut uses: BTreeMap<u64, (String, Vec<(RecordId, AuthorKey)>)> = BTreeMap::new();
        let mut keys = Vec::new();
        for o in scene.now.counted.iter().filter(|o| o.topics.first() == Some(topic)) {
            keys.clear();
            names.keys(o, &mut keys);
            keys.sort_unstable();
            keys.dedup();
            for key in keys.iter().filter(|key| now.contains(key)) {
                if let Some(text) = names.text(o, *key) {
                    uses.entry(*key)
                        .or_insert_with(|| (text.to_owned(), Vec::new()))
                        .1
                        .push((o.id.clone(), o.author_key.clone()));
                }
            }
        }
        Self { window: scene.window, days, uses }
    }

    fn at(&self, at: usize) -> &[Judged] {
        self.days.get(at).and_then(Option::as_deref).unwrap_or_default()
    }
}

/// The p-value of “at least two of these surge”; 1 for fewer than two.
fn at_least_two(p_values: &mut [f64]) -> f64 {
    p_values.sort_by(f64::total_cmp);
    let n = p_values.len() as f64;
    p_values.iter().zip(0_u32..).skip(1).map(|(p, i)| p * (n - 1.0) / f64::from(i)).fold(1.0, f64::min)
}

/// Where a name is heard in one window: topic and judgement, topics in order.
type Places<'a> = BTreeMap<u64, Vec<(&'a TopicSlug, &'a Judged)>>;

fn places(heard: &BTreeMap<TopicSlug, Heard>, at: usize) -> Places<'_> {
    let mut places = Places::new();
    for (topic, heard) in heard {
        for judged in heard.at(at) {
            places.entry(judged.term).or_default().push((topic, judged));
        }
    }
    places.retain(|_, topics| topics.len() >= 2);
    places
}

fn p_of(topics: &[(&TopicSlug, &Judged)]) -> f64 {
    at_least_two(&mut topics.iter().map(|(_, judged)| judged.p).collect::<Vec<_>>()).max(1e-300)
}

/// Judges the names that several topics share; `None` if none do. The finding belongs to the returned topic.
pub(crate) fn measure(heard: &BTreeMap<TopicSlug, Heard>, rules: &Rules<'_>) -> Option<(TopicSlug, Finding)> {
    let settings = &rules.kinds.cross;
    let now = places(heard, 0);
    let (term, topics) = now.iter().min_by(|a, b| p_of(a.1).total_cmp(&p_of(b.1)).then(a.0.cmp(b.0)))?;
    let windows = heard.values().map(|heard| heard.days.len()).max().unwrap_or(0);
    let usual: Vec<f64> = (1..windows)
        .filter(|at| heard.values().any(|heard| heard.days.get(*at).is_some_and(Option::is_some)))
        .map(|at| places(heard, at).values().map(|topics| -p_of(topics).ln()).fold(0.0, f64::max))
        .collect();
    let mut surging: Vec<(&TopicSlug, &Judged)> = topics
        .iter()
        .copied()
        .filter(|(_, j)| {
            j.users >= settings.min_authors as f64 && j.users >= settings.min_ratio * j.expected && j.p < 0.05
        })
        .collect();
    surging.sort_by(|a, b| b.1.users.total_cmp(&a.1.users).then_with(|| a.0.cmp(b.0)));
    let (home, _) = surging.first()?;
    let uses: Vec<_> = surging.iter().filter_map(|(topic, _)| heard.get(*topic)?.uses.get(term)).collect();
    let (text, _) = uses.first()?;
    let window = heard.get(*home)?.window;
    let sum = |of: &dyn Fn(&Judged) -> f64| surging.iter().map(|(_, j)| of(j)).sum::<f64>();
    let (users, expected) = (sum(&|j| j.users), sum(&|j| j.expected));
    let spread = sum(&|j| j.spread * j.spread).sqrt().max(1.0);
    let past = surging.iter().map(|(_, j)| j.past).min().unwrap_or(0);
    let p_value = corrected(p_of(topics), now.len(), &usual);
    let effect = (users - expected) / spread;
    let people: BTreeSet<&AuthorKey> =
        uses.iter().flat_map(|(_, ids)| ids.iter().map(|(_, who)| who)).collect();
    let people = people.len() as f64;
    let thin = usual.len() < rules.bars.min_windows;
    let mut discounts = Vec::new();
    if thin {
        discounts.push(thin_baseline(
            users,
            usual.len(),
            "whose newest names can be compared",
            rules.bars.min_windows,
        ));
    }
    // One of each topic in turn, so that every topic has its say.
    let longest = uses.iter().map(|(_, ids)| ids.len()).max().unwrap_or(0);
    let evidence = (0..longest)
        .flat_map(|at| uses.iter().filter_map(move |(_, ids)| ids.get(at).map(|(id, _)| id.clone())))
        .take(MAX_EVIDENCE);
    let told: Vec<String> = surging
        .iter()
        .map(|(topic, j)| format!("{topic} ({}, usual {})", number(j.users), number(j.expected)))
        .collect();
    let finding = Finding {
        window,
        observed: users,
        effective: users,
        baseline: Baseline { center: expected, spread, windows: past },
        effect,
        p_value,
        passed: !thin
            && surging.len() >= settings.min_topics
            && people >= rules.kinds.surge.min_authors as f64
            && people >= rules.bars.min_authors
            && users >= rules.kinds.surge.min_ratio * expected
            && effect >= rules.bars.min_effect,
        effective_authors: people,
        discounts,
        evidence: evidence.collect(),
        explanation: format!(
            "The name “{text}” is heard in {} topics at once, by accounts: {}.",
            surging.len(),
            told.join(", ")
        ),
    };
    Some(((*home).clone(), finding))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_loud_topic_is_not_two() {
        assert_eq!(at_least_two(&mut [1e-12]), 1.0);
        assert_eq!(at_least_two(&mut [0.8, 1e-12]), 0.8);
        // Simes over the two larger ones: min(2 · 0.01, 0.03).
        assert_eq!(at_least_two(&mut [0.03, 1e-9, 0.01]), 0.02);
    }
}
