//! The signal stage's memory: observations of the last weeks, what was learnt from them, and one look at a tick.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::baseline::DeskTotals;
use super::circular::Echoes;
use super::detect::{DetectSettings, across, control_false_discoveries, survey};
use super::history::History;
use super::leads;
use super::observation::{Observation, Seen, Standing};
use super::pulse::TopicPulse;
use crate::model::{Lead, Platform, RecordId, Signal, TopicSlug};
use crate::store::{Stored, View};

/// What a desk may set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WatchSettings {
    /// Signals.
    pub detect: DetectSettings,
    /// Leads.
    pub leads: leads::Settings,
    /// A record seen later than that after its publication is history, never news.
    pub backfill_after: TimeDelta,
    /// Leads kept of a tick.
    pub max_leads: usize,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self {
            detect: DetectSettings::default(),
            leads: leads::Settings::default(),
            backfill_after: TimeDelta::hours(6),
            max_leads: 45,
        }
    }
}

/// What a tick saw.
#[derive(Debug)]
pub struct Look {
    /// Everything tested, kept or not.
    pub signals: Vec<Signal>,
    /// How each topic stood.
    pub pulses: Vec<TopicPulse>,
    /// Leads of all topics, best first.
    pub leads: Vec<Lead>,
}

/// Observations in order of sight, with what was learnt from them.
#[derive(Debug)]
pub struct Watch {
    settings: WatchSettings,
    view: View,
    observations: BTreeMap<(DateTime<Utc>, RecordId), Observation>,
    history: History,
    totals: DeskTotals,
    echoes: Echoes,
    /// Records that link to what is ours or another machine's.
    echoing: BTreeSet<RecordId>,
}

impl Watch {
    /// A watch that has seen nothing yet.
    pub fn new(view: View, settings: WatchSettings) -> Self {
        Self {
            settings,
            view,
            observations: BTreeMap::new(),
            history: History::default(),
            totals: DeskTotals::new(),
            echoes: Echoes::default(),
            echoing: BTreeSet::new(),
        }
    }

    /// The same, knowing what is ours and what other machines say.
    #[must_use]
    pub fn knowing(self, echoes: Echoes) -> Self {
        Self { echoes, ..self }
    }

    /// Says which records link to what is ours or another machine's, before they are absorbed.
    pub fn add_echoing(&mut self, records: Vec<RecordId>) {
        self.echoing.extend(records);
    }

    /// Says which platforms could not be read lately.
    pub fn set_stale(&mut self, platforms: BTreeSet<Platform>) {
        self.totals.set_stale(platforms);
    }

    /// How far back a watch must read to know what is usual.
    pub fn memory(&self) -> TimeDelta {
        self.settings.detect.history()
    }

    /// Takes in records, in any order; `dedicated` says which topics a place is given over to.
    pub fn absorb(&mut self, records: &[Stored], mut dedicated: impl FnMut(&str) -> Vec<TopicSlug>) {
        for stored in records {
            let given_over = dedicated(&stored.record.venue);
            let standing = Standing {
                copy_group: stored.copy_group.clone(),
                cluster: Some(stored.cluster.clone()),
                dedicated: &given_over,
                seen: match self.view {
                    View::Live => Seen::Live,
                    View::Replay => Seen::Replay,
                },
                backfill_after: self.settings.backfill_after,
            };
            let mut observation = Observation::of(&stored.record, &stored.text, &stored.analysis, standing);
            observation.circular =
                self.echoing.contains(&stored.record.id) || self.echoes.is(&stored.record, &stored.text.text);
            self.history.absorb(&observation);
            self.totals.add(&observation.platform, observation.published_at, observation.backfill);
            self.observations.insert((observation.seen_at, observation.id.clone()), observation);
        }
    }

    /// Lets go of what is older than the memory before `at`.
    pub fn forget(&mut self, at: DateTime<Utc>) {
        let since = at - self.memory();
        self.observations.retain(|_, o| o.published_at > since);
        self.history.forget(at);
        self.totals.forget_before(since);
    }

    /// Observations published in `(from, at]` and seen by `at`.
    pub fn between(&self, from: DateTime<Utc>, at: DateTime<Utc>) -> Vec<&Observation> {
        self.observations
            .values()
            .filter(|o| o.published_at > from && o.published_at <= at && o.seen_at <= at)
            .collect()
    }

    /// What was learnt so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Looks at all topics at `at`. Everything absorbed must have been seen by then.
    pub fn look(&self, topics: &[TopicSlug], at: DateTime<Utc>) -> Look {
        let known = self.between(at - self.memory(), at);
        let mut by_topic: BTreeMap<&TopicSlug, Vec<&Observation>> =
            topics.iter().map(|t| (t, Vec::new())).collect();
        for observation in &known {
            for topic in &observation.topics {
                if let Some(list) = by_topic.get_mut(topic) {
                    list.push(observation);
                }
            }
        }
        let (mut signals, mut pulses) = (Vec::new(), Vec::new());
        let mut heard = BTreeMap::new();
        for (topic, list) in &by_topic {
            let found = survey(topic, list, &self.totals, at, &self.settings.detect);
            signals.extend(found.signals);
            pulses.push(found.pulse);
            heard.extend(found.heard.map(|heard| ((*topic).clone(), heard)));
        }
        signals.extend(across(&heard, at, &self.settings.detect));
        control_false_discoveries(&mut signals, self.settings.detect.false_discovery_rate);
        let window: Vec<&Observation> = self
            .between(at - self.settings.leads.window, at)
            .into_iter()
            .filter(|o| !o.circular && o.topics.iter().any(|t| by_topic.contains_key(t)))
            .collect();
        let mut leads = leads::rank(&window, &self.history, &signals, at, &self.settings.leads);
        leads.truncate(self.settings.max_leads);
        let sizes: BTreeMap<&TopicSlug, usize> =
            by_topic.iter().map(|(topic, list)| (*topic, list.len())).collect();
        for lead in &mut leads {
            lead.topics.retain(|topic| by_topic.contains_key(topic));
            narrowest_first(lead, &window, &sizes);
        }
        Look { signals, pulses, leads }
    }
}

/// A lead belongs to the narrowest topic that most of its evidence matches: a story on open models is told under open
/// models, not under all of the subject.
fn narrowest_first(lead: &mut Lead, window: &[&Observation], sizes: &BTreeMap<&TopicSlug, usize>) {
    let evidence: Vec<&Observation> =
        window.iter().copied().filter(|o| lead.evidence.contains(&o.id)).collect();
    let matched = |topic: &TopicSlug| evidence.iter().filter(|o| o.topics.contains(topic)).count();
    let central: Vec<TopicSlug> =
        evidence.iter().filter(|o| o.id == lead.central).flat_map(|o| o.topics.iter().cloned()).collect();
    lead.topics.sort_by_key(|topic| {
        let fits = central.contains(topic)
            && matched(topic) * 3 >= evidence.len() * 2
            && matched(topic) >= evidence.len().min(3);
        let size = sizes.get(topic).copied().unwrap_or(usize::MAX);
        // Where none fits, the one that most of the evidence matches.
        let order = if fits { size } else { evidence.len() - matched(topic) };
        (!fits, order, topic.clone())
    });
    if let Some(first) = lead.topics.first() {
        lead.topic = first.clone();
    }
}
