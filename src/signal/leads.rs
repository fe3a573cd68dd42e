//! Leads: the records a digest would lead with, with their company, ranked over all topics together.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{ClusterId, Lead, RecordId, Severity, Signal, SignalId, TopicSlug};

use super::grouping::{self, Bars, Bond, Group, Scene};
use super::history::{History, Name};
use super::observation::Observation;
use super::score::burst::bursts;
use super::score::{Offsets, Points, Scored, Scores, Worth};

/// What a desk may set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How far back from the tick a record may be published.
    pub window: TimeDelta,
    /// Points per kind of speech.
    pub offsets: Offsets,
    /// Points per sign.
    pub points: Points,
    /// When records belong together.
    pub bars: Bars,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            window: TimeDelta::hours(24),
            offsets: Offsets::default(),
            points: Points::default(),
            bars: Bars::default(),
        }
    }
}

impl Settings {
    fn worth(&self) -> Worth {
        Worth { offsets: self.offsets, points: self.points }
    }
}

/// The scores of the records that count at the tick `at`, best first: what [`rank`] starts from.
pub fn scores(
    window: &[&Observation],
    history: &History,
    at: DateTime<Utc>,
    settings: &Settings,
) -> Vec<(RecordId, Scored)> {
    let from = at - settings.window;
    let window = counting(window, from, at);
    let names: Vec<Vec<Name<'_>>> = window.iter().map(|observation| history.names(observation)).collect();
    let bursts = bursts(&window, &names, history, from);
    let scores = Scores::of(&window, &names, &bursts, history, &settings.worth());
    let mut scores: Vec<_> =
        window.iter().enumerate().map(|(at, o)| (o.id.clone(), scores.scored(at))).collect();
    scores.sort_by(|(a, one), (b, two)| two.p.total_cmp(&one.p).then_with(|| a.cmp(b)));
    scores
}

/// Ranks the leads of the tick `at`.
///
/// A record counts when it matches a topic, was published inside the window, was seen by then, is no late arrival,
/// still stands and is not set aside. `history` must hold everything seen so far, the window included. The order of
/// `window` does not matter.
pub fn rank(
    window: &[&Observation],
    history: &History,
    signals: &[Signal],
    at: DateTime<Utc>,
    settings: &Settings,
) -> Vec<Lead> {
    let from = at - settings.window;
    let window = counting(window, from, at);
    let names: Vec<Vec<Name<'_>>> = window.iter().map(|observation| history.names(observation)).collect();
    let bursts = bursts(&window, &names, history, from);
    let scores = Scores::of(&window, &names, &bursts, history, &settings.worth());
    let bursting = grouping::bursting(&bursts, history);
    let scene = Scene {
        window: &window,
        names: &names,
        scores: &scores,
        history,
        bursting: &bursting,
        at,
        regular: RefCell::new(vec![None; window.len()]),
    };
    let mut groups: Vec<(f64, Group)> = grouping::build(&scene, &settings.bars)
        .into_iter()
        .map(|group| (strength(&scene, &group), group))
        .collect();
    groups.sort_by(|(one, a), (two, b)| {
        two.total_cmp(one).then_with(|| grouping::order(&scene, a.central, b.central))
    });
    let raised = Raised::new(signals, &window);
    groups
        .into_iter()
        .enumerate()
        .filter_map(|(place, (strength, group))| lead(&scene, &raised, place + 1, strength, &group))
        .collect()
}

/// The records that count, earliest first, each once.
fn counting<'a>(window: &[&'a Observation], from: DateTime<Utc>, at: DateTime<Utc>) -> Vec<&'a Observation> {
    let mut window: Vec<&Observation> =
        window.iter().copied().filter(|observation| counts(observation, from, at)).collect();
    window.sort_by(|a, b| a.published_at.cmp(&b.published_at).then_with(|| a.id.cmp(&b.id)));
    window.dedup_by(|a, b| a.id == b.id);
    window
}

fn counts(observation: &Observation, from: DateTime<Utc>, at: DateTime<Utc>) -> bool {
    !observation.topics.is_empty()
        && observation.published_at > from
        && observation.published_at <= at
        && observation.seen_at <= at
        && !observation.backfill
        && !observation.quarantined
        && !observation.gone
}

/// `1 − ∏(1 − p)` over the records of a group.
fn strength(scene: &Scene<'_>, group: &Group) -> f64 {
    1.0 - members(group).map(|at| 1.0 - scene.scores.p(at)).product::<f64>()
}

fn members(group: &Group) -> impl Iterator<Item = usize> + '_ {
    std::iter::once(group.central).chain(group.company.iter().map(|member| member.at))
}

/// Kept signals by the records and clusters they rest on.
struct Raised<'a> {
    signals: Vec<(&'a Signal, BTreeSet<&'a RecordId>, BTreeSet<&'a ClusterId>)>,
}

impl<'a> Raised<'a> {
    fn new(signals: &'a [Signal], window: &[&'a Observation]) -> Self {
        let clusters: BTreeMap<&RecordId, &ClusterId> =
            window.iter().filter_map(|o| Some((&o.id, o.cluster.as_ref()?))).collect();
        let mut signals: Vec<_> = signals
            .iter()
            .filter(|signal| signal.kept)
            .map(|signal| {
                let of = signal.evidence.iter().filter_map(|id| clusters.get(id).copied()).collect();
                (signal, signal.evidence.iter().collect(), of)
            })
            .collect();
        signals.sort_by(|(a, ..), (b, ..)| a.id.cmp(&b.id));
        Self { signals }
    }

    /// Ids and severities of the signals that share a record with `records`, or a cluster with the central one.
    fn touching(&self, records: &[RecordId], cluster: Option<&ClusterId>) -> Vec<&'a Signal> {
        self.signals
            .iter()
            .filter(|(_, evidence, clusters)| {
                records.iter().any(|id| evidence.contains(id))
                    || cluster.is_some_and(|cluster| clusters.contains(cluster))
            })
            .map(|(signal, ..)| *signal)
            .collect()
    }
}

fn lead(scene: &Scene<'_>, raised: &Raised<'_>, rank: usize, strength: f64, group: &Group) -> Option<Lead> {
    let central = scene.window[group.central];
    let strict: Vec<usize> = std::iter::once(group.central)
        .chain(group.company.iter().filter(|member| member.bond == Bond::Strict).map(|member| member.at))
        .collect();
    let topics = topics(scene, &strict);
    let ids = |places: &[usize]| places.iter().map(|at| scene.window[*at].id.clone()).collect::<Vec<_>>();
    let all: Vec<usize> = members(group).collect();
    let linked = ids(&all);
    let signals = raised.touching(&linked, central.cluster.as_ref());
    let authors = distinct(&all, |at| scene.window[at].author_key.as_str());
    let texts = distinct(&all, |at| scene.window[at].copy_group.as_str());
    let score = scene.scores.scored(group.central);
    Some(Lead {
        rank,
        topic: topics.first()?.clone(),
        topics,
        central: central.id.clone(),
        evidence: ids(&strict),
        linked,
        strength,
        p: score.p,
        terms: score.terms,
        // Who alone speaks of an event is known by the names it shares with those who speak of its subject.
        names: shared_names(scene, if strict.len() > 1 { &strict } else { &all }),
        cluster: central.cluster.clone(),
        severity: severity(strength, authors.min(texts), &signals),
        signals: signals.into_iter().map(|signal| signal.id.clone()).collect::<Vec<SignalId>>(),
        authors: authors.min(texts),
        distinct_records: texts,
        asked: Vec::new(),
    })
}

/// The central record's topics in its order, then those that only other evidence matches, by slug.
fn topics(scene: &Scene<'_>, evidence: &[usize]) -> Vec<TopicSlug> {
    let mut topics: Vec<TopicSlug> = Vec::new();
    if let Some((central, others)) = evidence.split_first() {
        topics.extend(scene.window[*central].topics.iter().cloned());
        let more: BTreeSet<&TopicSlug> = others.iter().flat_map(|at| &scene.window[*at].topics).collect();
        for topic in more {
            if !topics.contains(topic) {
                topics.push(topic.clone());
            }
        }
    }
    topics
}

fn distinct<'a>(places: &[usize], of: impl Fn(usize) -> &'a str) -> usize {
    places.iter().map(|at| of(*at)).collect::<BTreeSet<_>>().len()
}

/// Names of the central record that other evidence uses too: the widest shared first, then the rarest.
fn shared_names(scene: &Scene<'_>, evidence: &[usize]) -> Vec<String> {
    let Some((central, others)) = evidence.split_first() else { return Vec::new() };
    let mut shared: Vec<(usize, f64, &str)> = scene.names[*central]
        .iter()
        .map(|name| {
            let users =
                others.iter().filter(|at| scene.names[**at].iter().any(|n| n.key == name.key)).count();
            (users, scene.history.name_share(scene.at, name.key), name.text)
        })
        .filter(|(users, ..)| *users > 0)
        .collect();
    shared.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(b.2)));
    shared.into_iter().map(|(.., text)| text.to_owned()).collect()
}

/// How much a lead matters, counted in marks: one for a strength of .4, one more for .9, one for four authors, and
/// the marks of its loudest signal (low 1, medium 1, high 2). Up to one mark is low, two are medium, more are high;
/// without a second author nothing is more than medium, without a signal neither.
fn severity(strength: f64, authors: usize, signals: &[&Signal]) -> Severity {
    let loudest = signals.iter().map(|signal| signal.severity).max();
    let raised = match loudest {
        None => 0,
        Some(Severity::Low | Severity::Medium) => 1,
        Some(Severity::High) => 2,
    };
    let marks = u8::from(strength >= 0.4) + u8::from(strength >= 0.9) + u8::from(authors >= 4) + raised;
    match marks {
        0 | 1 => Severity::Low,
        2 => Severity::Medium,
        _ if authors >= 2 && raised > 0 => Severity::High,
        _ => Severity::Medium,
    }
}

#[cfg(test)]
mod tests;
