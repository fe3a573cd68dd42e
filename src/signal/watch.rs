//! The signal stage's memory: observations of the last weeks, what was learnt from them, and one look at a tick.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::called::Called;
use super::circular::Echoes;
use super::company::Ties;
use super::detect::{DetectSettings, across, control_false_discoveries, survey};
use super::discounts::ByDigest;
use super::history::{DEFAULT_DAYS, History, name_keys};
use super::keys::Keys;
use super::leads;
use super::observation::{Observation, Seen, Standing};
use super::pulse::TopicPulse;
use super::totals::{DeskTotals, Unread};
use super::vectors::Terms;
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
    /// Who is counted with a lead's story.
    pub ties: Ties,
}

impl Default for WatchSettings {
    fn default() -> Self {
        Self {
            detect: DetectSettings::default(),
            leads: leads::Settings::default(),
            backfill_after: TimeDelta::hours(6),
            max_leads: 45,
            ties: Ties::default(),
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

/// Records this far back may join a lead's company: so long they are kept with their words.
pub const COMPANY: TimeDelta = TimeDelta::hours(96);

/// Observations by publication, then id: the order in which everybody reads them.
type Held = BTreeMap<(DateTime<Utc>, RecordId), Observation>;

/// Observations with what was learnt from them.
///
/// Words are kept only of records that leads and their company are made of; what else needs them has counted them. So
/// four weeks of a big desk fit in memory. Forms of words are counted and let go of at once.
#[derive(Debug)]
pub struct Watch {
    settings: WatchSettings,
    view: View,
    /// The analysed revision of records that were revised; all others have their first.
    revised: HashMap<RecordId, u32>,
    /// What matches a topic.
    observations: Held,
    /// What matches none: counted, and held so that it can be counted otherwise. Nobody looks at it.
    others: Held,
    /// Those published later than this have their words.
    worded: DateTime<Utc>,
    /// Numbers of the terms of records that are kept with their words.
    terms: Terms,
    history: History,
    totals: DeskTotals,
    echoes: Echoes,
    /// Records that link to what is ours or another machine's.
    echoing: BTreeSet<RecordId>,
    called: Called,
}

impl Watch {
    /// A watch that has seen nothing yet.
    pub fn new(view: View, settings: WatchSettings) -> Self {
        Self {
            settings,
            view,
            revised: HashMap::new(),
            observations: Held::new(),
            others: Held::new(),
            worded: DateTime::<Utc>::MIN_UTC,
            terms: Terms::default(),
            // No more days than are read when a desk starts, or it would answer otherwise than one that runs.
            history: History::keeping(DEFAULT_DAYS.min(u64::from(settings.detect.baseline.days))),
            totals: DeskTotals::new(),
            echoes: Echoes::default(),
            echoing: BTreeSet::new(),
            called: Called::default(),
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

    /// The same of records that may have said something else before: of `asked` these do and no others.
    pub fn echoing_again<'a>(
        &mut self,
        asked: impl IntoIterator<Item = &'a RecordId>,
        echoing: Vec<RecordId>,
    ) {
        for id in asked {
            self.echoing.remove(id);
        }
        self.echoing.extend(echoing);
    }

    /// Beginnings of links that make an echo.
    pub fn echoing_links(&self) -> Vec<String> {
        self.echoes.links()
    }

    /// Says which name stands for which from now on, and for all that was seen so far.
    pub fn call(&mut self, called: Called) {
        let before = std::mem::replace(&mut self.called, called);
        let changed = before.changed(&self.called);
        if changed.is_empty() {
            return;
        }
        let all = self.observations.values_mut().chain(self.others.values_mut());
        for observation in all.filter(|o| o.writes_any(&changed)) {
            let counted = name_keys(observation);
            observation.call(&self.called);
            self.history.call_again(observation, &counted);
        }
    }

    /// The name that stands for `name`.
    pub fn canonical<'a>(&'a self, name: &'a str) -> &'a str {
        self.called.canonical(name)
    }

    /// Says which platforms could not be read lately.
    pub fn set_stale(&mut self, platforms: BTreeSet<Platform>) {
        self.totals.set_stale(platforms);
    }

    /// Says what could not be read, and never can be.
    pub fn set_unread(&mut self, unread: Vec<Unread>) {
        self.totals.set_unread(unread);
    }

    /// How far back a watch must read to know what is usual.
    pub fn memory(&self) -> TimeDelta {
        self.settings.detect.history()
    }

    /// Takes in records, in any order; `dedicated` says which topics a place is given over to.
    pub fn absorb(&mut self, records: &[Stored], mut dedicated: impl FnMut(&str) -> Vec<TopicSlug>) {
        for stored in records {
            let observation = self.observe(stored, &dedicated(&stored.record.venue));
            self.history.absorb(&observation);
            self.totals.add(&observation.platform, observation.published_at, observation.backfill);
            self.keep(observation, stored.analysis.revision);
        }
    }

    fn observe(&self, stored: &Stored, given_over: &[TopicSlug]) -> Observation {
        let standing = Standing {
            copy_group: stored.copy_group.clone(),
            cluster: Some(stored.cluster.clone()),
            dedicated: given_over,
            seen: match self.view {
                View::Live => Seen::Live,
                View::Replay => Seen::Replay,
            },
            backfill_after: self.settings.backfill_after,
        };
        let mut observation = Observation::of(&stored.record, &stored.text, &stored.analysis, standing);
        observation.circular =
            self.echoing.contains(&stored.record.id) || self.echoes.is(&stored.record, &stored.text.text);
        observation.call(&self.called);
        observation.keys = Some(Keys::made(&observation));
        observation
    }

    /// Keeps an observation that is counted.
    fn keep(&mut self, mut observation: Observation, revision: u32) {
        observation.casing = Vec::new();
        let of_topic = !observation.topics.is_empty();
        if of_topic && observation.published_at > self.worded {
            observation.row = Some(self.terms.row(&observation));
        } else {
            observation.words = Vec::new();
        }
        // Rows have them.
        observation.bigrams = Vec::new();
        if revision > 1 {
            self.revised.insert(observation.id.clone(), revision);
        }
        let key = (observation.published_at, observation.id.clone());
        // It may have had topics before and have none now.
        let before = self.take(&key);
        if let Some(row) = before.and_then(|before| before.row) {
            self.terms.let_go(&row);
        }
        let held = if of_topic { &mut self.observations } else { &mut self.others };
        held.insert(key, observation);
    }

    fn held(&self, key: &(DateTime<Utc>, RecordId)) -> Option<&Observation> {
        self.observations.get(key).or_else(|| self.others.get(key))
    }

    fn take(&mut self, key: &(DateTime<Utc>, RecordId)) -> Option<Observation> {
        self.observations.remove(key).or_else(|| self.others.remove(key))
    }

    /// The analysed revision of a record that is held.
    pub fn revision_of(&self, published_at: DateTime<Utc>, id: &RecordId) -> Option<u32> {
        let held = self.held(&(published_at, id.clone()));
        held.map(|_| self.revised.get(id).copied().unwrap_or(1))
    }

    /// Lets go of a record that is gone. What was counted of its day must be [counted again](Self::count_again).
    pub fn remove(&mut self, published_at: DateTime<Utc>, id: &RecordId) {
        self.revised.remove(id);
        self.echoing.remove(id);
        if let Some(gone) = self.take(&(published_at, id.clone())) {
            self.totals.take_back(&gone.platform, gone.published_at, gone.backfill);
            if let Some(row) = gone.row {
                self.terms.let_go(&row);
            }
        }
    }

    /// Takes back what was counted of a record when it had this text.
    pub fn take_back(&mut self, published_at: DateTime<Utc>, id: &RecordId, text: &str, body_start: usize) {
        if let Some(before) = self.held(&(published_at, id.clone())) {
            let mut before = before.clone();
            before.read_again(text, body_start);
            self.history.take_back(&before);
        }
    }

    /// Puts what a record is now in the place of what it was; `count` if its words are not yet counted.
    pub fn replace(&mut self, stored: &Stored, dedicated: &[TopicSlug], count: bool) {
        let observation = self.observe(stored, dedicated);
        if count {
            self.history.absorb(&observation);
        }
        if self.held(&(observation.published_at, observation.id.clone())).is_none() {
            self.totals.add(&observation.platform, observation.published_at, observation.backfill);
        }
        self.keep(observation, stored.analysis.revision);
    }

    /// Forgets what was counted of a day and counts these, all of the day's that are left.
    pub fn count_again(
        &mut self,
        day: NaiveDate,
        records: &[Stored],
        mut dedicated: impl FnMut(&str) -> Vec<TopicSlug>,
    ) {
        self.history.forget_day(day);
        for stored in records {
            let observation = self.observe(stored, &dedicated(&stored.record.venue));
            self.history.absorb(&observation);
        }
    }

    /// The first day that is counted at `at`.
    pub fn first_day(&self, at: DateTime<Utc>) -> NaiveDate {
        self.history.first_kept(at)
    }

    /// Since when there are records at all.
    pub fn began(&mut self, day: NaiveDate) {
        self.history.began(day);
    }

    /// Lets go of what is older than the memory before `at`.
    pub fn forget(&mut self, at: DateTime<Utc>) {
        let since = at - self.memory();
        for held in [&mut self.observations, &mut self.others] {
            while let Some(oldest) = held.first_entry()
                && oldest.key().0 <= since
            {
                let gone = oldest.remove();
                self.revised.remove(&gone.id);
                self.echoing.remove(&gone.id);
                if let Some(row) = gone.row {
                    self.terms.let_go(&row);
                }
            }
        }
        let whole = at - COMPANY.max(self.settings.leads.window);
        if whole > self.worded {
            // Later ones than the last that were let go of.
            for (_, observation) in self.observations.range_mut(after(self.worded)..after(whole)) {
                if let Some(row) = observation.row.take() {
                    self.terms.let_go(&row);
                }
                observation.words = Vec::new();
            }
            self.worded = whole;
        }
        self.history.forget(at);
        self.totals.forget_before(since);
    }

    /// Observations of topics published in `(from, at]` and seen by `at`, by publication, then id.
    pub fn between(&self, from: DateTime<Utc>, at: DateTime<Utc>) -> Vec<&Observation> {
        if from >= at {
            return Vec::new();
        }
        self.observations.range(after(from)..after(at)).map(|(_, o)| o).filter(|o| o.seen_at <= at).collect()
    }

    /// What was learnt so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// What may lead at `at`: records of these topics in the window of leads, no echoes.
    pub fn leading(&self, topics: &[TopicSlug], at: DateTime<Utc>) -> Vec<&Observation> {
        let mut window = self.between(at - self.settings.leads.window, at);
        window.retain(|o| !o.circular && o.topics.iter().any(|topic| topics.contains(topic)));
        window
    }

    /// Looks at all topics at `at`. Everything absorbed must have been seen by then.
    pub fn look(&self, topics: &[TopicSlug], at: DateTime<Utc>) -> Look {
        let known = self.between(at - self.memory(), at);
        let by_topic = by_topic(topics, &known);
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
        let window = self.leading(topics, at);
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

/// The records of each topic, in the order given.
fn by_topic<'a, 't>(
    topics: &'t [TopicSlug],
    known: &[&'a Observation],
) -> BTreeMap<&'t TopicSlug, Vec<&'a Observation>> {
    let mut lists: ByDigest<&TopicSlug, Vec<&Observation>> = topics.iter().map(|t| (t, Vec::new())).collect();
    for observation in known {
        for topic in &observation.topics {
            if let Some(list) = lists.get_mut(topic) {
                list.push(observation);
            }
        }
    }
    lists.into_iter().collect()
}

/// Where in order of publication those begin that were published after `at`.
fn after(at: DateTime<Utc>) -> (DateTime<Utc>, RecordId) {
    // Publication is known to the millisecond.
    (at.checked_add_signed(TimeDelta::nanoseconds(1)).unwrap_or(at), RecordId::from_stored(""))
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
