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
use crate::signal::discounts::number;
use crate::signal::totals::Window;

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

/// The p-value of “at least `least` of these surge” (Simes over all but the `least − 1` smallest); 1 for fewer.
fn at_least(least: usize, p_values: &mut [f64]) -> f64 {
    p_values.sort_by(f64::total_cmp);
    let rest = p_values.get(least.saturating_sub(1)..).unwrap_or_default();
    let n = rest.len() as f64;
    rest.iter().zip(1_u32..).map(|(p, i)| p * n / f64::from(i)).fold(1.0, f64::min)
}

/// Where a name is heard in one window: topic and judgement, topics in order.
type Places<'a> = BTreeMap<u64, Vec<(&'a TopicSlug, &'a Judged)>>;

fn places(heard: &BTreeMap<TopicSlug, Heard>, at: usize, least: usize) -> Places<'_> {
    let mut places = Places::new();
    for (topic, heard) in heard {
        for judged in heard.at(at) {
            places.entry(judged.term).or_default().push((topic, judged));
        }
    }
    places.retain(|_, topics| topics.len() >= least);
    places
}

fn p_of(topics: &[(&TopicSlug, &Judged)], least: usize) -> f64 {
    at_least(least, &mut topics.iter().map(|(_, judged)| judged.p).collect::<Vec<_>>()).max(1e-300)
}

/// Judges the names that several topics share; `None` if none do. The finding belongs to the returned topic.
pub(crate) fn measure(heard: &BTreeMap<TopicSlug, Heard>, rules: &Rules<'_>) -> Option<(TopicSlug, Finding)> {
    let settings = &rules.kinds.cross;
    let least = settings.min_topics.max(2);
    let now = places(heard, 0, least);
    let surges = |(_, j): &&(&TopicSlug, &Judged)| {
        j.users >= settings.min_authors as f64 && j.users >= settings.min_ratio * j.expected && j.p < 0.05
    };
    // What too few say in most of its topics cannot stand before what many say.
    let supported = now.iter().filter(|(_, topics)| topics.iter().filter(surges).count() >= least);
    let (term, topics) = supported
        .map(|(term, topics)| (term, topics, p_of(topics, least)))
        .min_by(|a, b| a.2.total_cmp(&b.2).then(a.0.cmp(b.0)))
        .map(|(term, topics, _)| (term, topics))?;
    let windows = heard.values().map(|heard| heard.days.len()).max().unwrap_or(0);
    let usual: Vec<f64> = (1..windows)
        .filter(|at| heard.values().any(|heard| heard.days.get(*at).is_some_and(Option::is_some)))
        .map(|at| {
            places(heard, at, least).values().map(|topics| -p_of(topics, least).ln()).fold(0.0, f64::max)
        })
        .collect();
    let mut surging: Vec<(&TopicSlug, &Judged)> = topics.iter().filter(surges).copied().collect();
    surging.sort_by(|a, b| b.1.users.total_cmp(&a.1.users).then_with(|| a.0.cmp(b.0)));
    let (home, _) = surging.first()?;
    let uses: Vec<_> = surging.iter().filter_map(|(topic, _)| heard.get(*topic)?.uses.get(term)).collect();
    let (text, _) = uses.first()?;
    let window = heard.get(*home)?.window;
    let sum = |of: &dyn Fn(&Judged) -> f64| surging.iter().map(|(_, j)| of(j)).sum::<f64>();
    let (users, expected) = (sum(&|j| j.users), sum(&|j| j.expected));
    let spread = sum(&|j| j.spread * j.spread).sqrt().max(1.0);
    let past = surging.iter().map(|(_, j)| j.past).min().unwrap_or(0);
    let p_value = corrected(p_of(topics, least), now.len(), &usual);
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
    use crate::signal::detect::DetectSettings;
    use crate::signal::observation::key_of;
    use chrono::{DateTime, TimeDelta};

    #[test]
    fn a_new_name_of_two_people_does_not_hide_what_six_say() {
        let judged = |name: &str, users: f64, p: f64| Judged {
            term: key_of(name),
            users,
            expected: 1.0,
            spread: 1.0,
            past: 14,
            p,
        };
        let said = |name: &str, n: usize| {
            let uses = (0..n).map(|i| {
                (RecordId::from_stored(format!("{name}{i}")), AuthorKey::from_stored(format!("{name}{i}")))
            });
            (key_of(name), (name.to_owned(), uses.collect::<Vec<_>>()))
        };
        let heard = |topic: &str| {
            let heard = Heard {
                window: Window::ending(DateTime::UNIX_EPOCH, TimeDelta::hours(24)),
                days: vec![Some(vec![judged("tilda marr", 2.0, 1e-12), judged("orlo venn", 6.0, 1e-4)])],
                uses: [said("tilda marr", 2), said("orlo venn", 6)].into(),
            };
            (topic.parse::<TopicSlug>().unwrap(), heard)
        };
        let settings = DetectSettings::default();
        let rules = Rules { bars: &settings.bars, kinds: &settings.kinds, discounts: &settings.discounts };
        let (_, finding) = measure(&[heard("harbour"), heard("market")].into(), &rules).unwrap();
        assert!(finding.explanation.contains("“orlo venn”"), "{}", finding.explanation);
        assert_eq!(finding.observed, 12.0);
    }

    #[test]
    fn one_loud_topic_is_not_two() {
        assert_eq!(at_least(2, &mut [1e-12]), 1.0);
        assert_eq!(at_least(2, &mut [0.8, 1e-12]), 0.8);
        // Simes over the two larger ones: min(2 · 0.01, 0.03).
        assert_eq!(at_least(2, &mut [0.03, 1e-9, 0.01]), 0.02);
        assert_eq!(at_least(3, &mut [0.03, 1e-9, 0.01]), 0.03);
    }
}
