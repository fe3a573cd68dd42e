//! Running counts “so far”: what is usual for a venue, an author, a word, a name.
//!
//! All of it are sums per UTC day, so that the oldest day can slide out and absorbing in any order gives the same
//! state. Nothing is decided while absorbing: whether the first word of a sentence is a name, for one, is decided
//! when asked, by all that is known then.

mod again;
mod names;
mod sliding;

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::model::{AuthorKey, SourceClass, TopicSlug};

use super::keys::Keys;
use super::observation::{Anchor, Keyed, Observation, bare_handle, key_of};

use names::NameDays;
pub(crate) use names::NameUse;
pub(super) use sliding::Numbered;
use sliding::Sliding;

/// How many days of sums are kept unless the desk says otherwise.
pub const DEFAULT_DAYS: u64 = 28;

/// Below this many records on either side, the contrast of dedicated and general sources says nothing.
const MIN_CONTRAST: u32 = 50;

/// The usual share of statements among the posts of a forum.
const USUAL_STATEMENTS: f64 = 1.0 / 12.0;

/// General accounts that wrote less than this share of all records are a handful, whoever they are: what they say
/// is no measure of common talk.
const MIN_GENERAL_SHARE: f64 = 0.05;

/// How many records of a kind there were, and in how many of them each word stands.
#[derive(Clone, Debug, Default)]
struct Usage {
    records: Sliding<()>,
    words: Sliding<u32>,
}

impl Usage {
    fn add(&mut self, day: NaiveDate, observation: &Observation) {
        self.records.add(day, (), 1);
        self.words.add_all(day, observation.words.iter().map(|word| (word.term, 1)));
    }

    fn take(&mut self, day: NaiveDate, observation: &Observation) {
        self.records.take(day, (), 1, |()| ());
        for word in &observation.words {
            self.words.take(day, word.term, 1, |_| ());
        }
    }

    fn n(&self) -> u32 {
        self.records.total(())
    }

    /// The smoothed share of records that have the word.
    fn share(&self, word: u32) -> f64 {
        (f64::from(self.words.total(word)) + 0.5) / (f64::from(self.n()) + 1.0)
    }
}

/// What has been said so far, as sums over the last days.
#[derive(Clone, Debug)]
pub struct History {
    days: u64,
    records: Sliding<()>,
    first_day: Option<NaiveDate>,
    last_day: Option<NaiveDate>,
    posts: Sliding<u64>,
    venue_posts: Sliding<u64>,
    venue_statements: Sliding<u64>,
    /// Statements that are some only if this first word is a name.
    venue_perhaps: Sliding<(u64, u32)>,
    naming: Sliding<(u64, u64)>,
    named_by: HashMap<u64, u32>,
    upper: Sliding<u32>,
    lower: Sliding<u32>,
    dedicated: BTreeMap<TopicSlug, Usage>,
    general: Usage,
    shapes: Sliding<u64>,
    names: NameDays,
}

impl Default for History {
    fn default() -> Self {
        Self::keeping(DEFAULT_DAYS)
    }
}

impl History {
    /// An empty history that keeps so many days.
    pub fn keeping(days: u64) -> Self {
        Self {
            days,
            records: Sliding::default(),
            first_day: None,
            last_day: None,
            posts: Sliding::default(),
            venue_posts: Sliding::default(),
            venue_statements: Sliding::default(),
            venue_perhaps: Sliding::default(),
            naming: Sliding::default(),
            named_by: HashMap::new(),
            upper: Sliding::default(),
            lower: Sliding::default(),
            dedicated: BTreeMap::new(),
            general: Usage::default(),
            shapes: Sliding::default(),
            names: NameDays::default(),
        }
    }

    /// Counts one record, on the day of its publication. Each record once: a second revision is no second record.
    pub fn absorb(&mut self, observation: &Observation) {
        let day = observation.published_at.date_naive();
        self.records.add(day, (), 1);
        self.first_day = Some(self.first_day.map_or(day, |first| first.min(day)));
        self.last_day = Some(self.last_day.map_or(day, |last| last.max(day)));
        let keys = Keys::of(observation);
        let author = keys.author;
        self.posts.add(day, author, 1);
        self.absorb_venue(day, observation);
        self.absorb_naming(day, author, observation);
        let casing = &observation.casing;
        self.upper.add_all(day, casing.iter().map(|word| (word.word, u32::from(word.upper))));
        self.lower.add_all(day, casing.iter().map(|word| (word.word, u32::from(word.lower))));
        for topic in &observation.dedicated {
            self.dedicated.entry(topic.clone()).or_default().add(day, observation);
        }
        if observation.dedicated.is_empty() && observation.class == SourceClass::Social {
            self.general.add(day, observation);
        }
        if let Some(shape) = keys.shape {
            self.shapes.add(day, shape, 1);
        }
        if observation.class != SourceClass::Paper {
            self.names.add(day, keys.platform, author, &name_keys(observation));
        }
    }

    fn absorb_venue(&mut self, day: NaiveDate, observation: &Observation) {
        let venue = key_of(&observation.venue);
        self.venue_posts.add(day, venue, 1);
        let signs = &observation.signs;
        // Who speaks of himself or to the readers tells, but does not report.
        if !signs.news_verb || signs.asks || signs.personal {
            return;
        }
        let mut headline = observation.anchors.iter().filter(|anchor| anchor.in_headline);
        if headline.clone().any(certain) {
            self.venue_statements.add(day, venue, 1);
        } else if let Some(opening) = headline.find_map(|anchor| anchor.opening.as_ref()) {
            self.venue_perhaps.add(day, (venue, opening.word), 1);
        }
    }

    fn absorb_naming(&mut self, day: NaiveDate, author: u64, observation: &Observation) {
        for handle in observation.signs.handles.iter().filter_map(|handle| bare_handle(handle)) {
            if observation.handle.as_deref() == Some(handle.as_str()) {
                continue;
            }
            let pair = (key_of(&handle), author);
            if self.naming.total(pair) == 0 {
                *self.named_by.entry(pair.0).or_default() += 1;
            }
            self.naming.add(day, pair, 1);
        }
    }

    /// Lets go of the days that are too old at `at`.
    pub fn forget(&mut self, at: DateTime<Utc>) {
        let first = self.first_kept(at);
        self.first_day = self.first_day.map(|day| day.max(first));
        for sums in [&mut self.posts, &mut self.venue_posts, &mut self.venue_statements, &mut self.shapes] {
            sums.forget_before(first, |_| ());
        }
        self.venue_perhaps.forget_before(first, |_| ());
        for sums in [&mut self.upper, &mut self.lower] {
            sums.forget_before(first, |_| ());
        }
        let named_by = &mut self.named_by;
        self.naming.forget_before(first, |(handle, _)| {
            if let Some(n) = named_by.get_mut(&handle) {
                *n = n.saturating_sub(1);
            }
        });
        self.records.forget_before(first, |()| ());
        for usage in self.dedicated.values_mut().chain(std::iter::once(&mut self.general)) {
            usage.records.forget_before(first, |()| ());
            usage.words.forget_before(first, |_| ());
        }
        self.names.forget_before(first);
    }

    /// The first day that is kept at `at`.
    pub fn first_kept(&self, at: DateTime<Utc>) -> NaiveDate {
        at.date_naive().checked_sub_days(Days::new(self.days)).unwrap_or(NaiveDate::MIN)
    }

    /// How many records are counted.
    pub fn records(&self) -> u32 {
        self.records.total(())
    }

    /// Days from the first record to the last, both included.
    pub(crate) fn days_so_far(&self) -> f64 {
        match (self.first_day, self.last_day) {
            (Some(first), Some(last)) => (last - first).num_days().max(0) as f64 + 1.0,
            (None, _) | (_, None) => 1.0,
        }
    }

    /// Posts of an author per day so far.
    pub fn posts_per_day(&self, author: &AuthorKey) -> f64 {
        f64::from(self.posts.total(key_of(author.as_str()))) / self.days_so_far()
    }

    /// How many other accounts have named this handle (in any case, without `@`).
    pub fn named_by(&self, handle: &str) -> u32 {
        bare_handle(handle).and_then(|bare| self.named_by.get(&key_of(&bare)).copied()).unwrap_or(0)
    }

    /// Whether a word that opens a sentence is a name: inside sentences it has a capital more often than not.
    pub fn is_name(&self, word: u32) -> bool {
        self.upper.total(word) > self.lower.total(word)
    }

    /// The share of statements in every venue's posts, from a prior of 1 in 12, by [`key_of`] its name. A statement has
    /// an actor and a news verb, asks nothing, and speaks neither of its author nor to its readers.
    ///
    /// In units of [`USUAL_STATEMENTS`]: 1 is a venue as any other.
    pub(crate) fn statement_shares(&self) -> HashMap<u64, f64> {
        let mut statements: HashMap<u64, u32> = self.venue_statements.totals().collect();
        for ((venue, word), n) in self.venue_perhaps.totals() {
            if self.is_name(word) {
                *statements.entry(venue).or_default() += n;
            }
        }
        self.venue_posts
            .totals()
            .map(|(venue, posts)| {
                let said = f64::from(statements.get(&venue).copied().unwrap_or(0));
                (venue, (1.0 + said) / (12.0 + f64::from(posts)) / USUAL_STATEMENTS)
            })
            .collect()
    }

    /// How much the words of a record belong to the sources given over to one of its topics, against general
    /// accounts: mean of the eight largest log ratios. `None` without a contrast to measure against.
    pub fn on_topic(&self, observation: &Observation) -> Option<f64> {
        if f64::from(self.general.n()) < MIN_GENERAL_SHARE * f64::from(self.records()) {
            return None;
        }
        observation.topics.iter().filter_map(|topic| self.contrast(topic, observation)).reduce(f64::max)
    }

    fn contrast(&self, topic: &TopicSlug, observation: &Observation) -> Option<f64> {
        let dedicated = self.dedicated.get(topic)?;
        if dedicated.n() < MIN_CONTRAST || self.general.n() < MIN_CONTRAST || observation.words.is_empty() {
            return None;
        }
        let mut ratios: Vec<f64> = observation
            .words
            .iter()
            .map(|word| (dedicated.share(word.term) / self.general.share(word.term)).ln())
            .collect();
        ratios.sort_by(|a, b| b.total_cmp(a));
        ratios.truncate(8);
        Some(ratios.iter().sum::<f64>() / ratios.len() as f64)
    }

    /// Whether the same headline stood at the same place (or, on social networks, by the same author) on an
    /// earlier day.
    pub fn is_recurring(&self, observation: &Observation) -> bool {
        // In a short post the words of a regular thread stand for anything.
        (observation.signs.recurring && observation.class != SourceClass::Social)
            || Keys::of(observation)
                .shape
                .is_some_and(|shape| self.shapes.seen_before(observation.published_at.date_naive(), shape))
    }

    /// The names of a record, once the first words of sentences are decided, in order, each once.
    pub(crate) fn names<'a>(&self, observation: &'a Observation) -> Vec<Name<'a>> {
        let mut names: Vec<Name<'a>> = Vec::new();
        for anchor in &observation.anchors {
            let text = match &anchor.opening {
                Some(opening) if !self.is_name(opening.word) => opening.rest.as_ref(),
                Some(_) | None => Some(&anchor.name),
            };
            let Some(text) = text else { continue };
            let (key, text) = (text.key(), text.as_str());
            match names.iter_mut().find(|name| name.key == key) {
                Some(known) => known.in_headline |= anchor.in_headline,
                None => names.push(Name { key, text, in_headline: anchor.in_headline }),
            }
        }
        names
    }

    /// On how many author-days a name was used on a platform in the ten days before the day of `from`.
    pub(crate) fn usually_said(&self, from: DateTime<Utc>, platform: u64, name: u64) -> u32 {
        let (first, end) = ten_days_before(from);
        self.names.said(first, end, platform, name)
    }

    /// How many author-days a platform had in the ten days before the day of `from`.
    pub(crate) fn usually_active(&self, from: DateTime<Utc>, platform: u64) -> u32 {
        let (first, end) = ten_days_before(from);
        self.names.active(first, end, platform)
    }

    /// The share of the last ten days' records, today included, that use a name.
    pub(crate) fn name_share(&self, at: DateTime<Utc>, name: u64) -> f64 {
        self.name_use(at, name).share()
    }

    /// In how many of the last ten days' records, today included, a name stands.
    pub(crate) fn name_use(&self, at: DateTime<Utc>, name: u64) -> NameUse {
        self.names.used(NameDays::ten_days_to(at.date_naive()).., name)
    }
}

/// A name of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name<'a> {
    /// Its key.
    pub(crate) key: u64,
    /// Normalised.
    pub(crate) text: &'a str,
    /// It stands in the headline.
    pub(crate) in_headline: bool,
}

/// The ten days before the day of `from`, and that day.
fn ten_days_before(from: DateTime<Utc>) -> (NaiveDate, NaiveDate) {
    let end = from.date_naive();
    (NameDays::ten_days_to(end).pred_opt().unwrap_or(end), end)
}

/// The key of an observation's platform.
pub(crate) fn platform_key(observation: &Observation) -> u64 {
    key_of(&observation.platform.to_string())
}

/// A name that does not hang on the first word of a sentence.
fn certain(anchor: &Anchor) -> bool {
    anchor.opening.as_ref().is_none_or(|opening| opening.rest.is_some())
}

/// The keys of all names that a record's may turn out to be.
pub(crate) fn name_keys(observation: &Observation) -> Vec<u64> {
    observation.anchors.iter().flat_map(all_readings).collect()
}

/// All names an anchor may turn out to be.
fn all_readings(anchor: &Anchor) -> impl Iterator<Item = u64> {
    let rest = anchor.opening.as_ref().and_then(|opening| opening.rest.as_ref());
    std::iter::once(&anchor.name).chain(rest).map(Keyed::key)
}

/// The headline's shape where it recurs: a community's weekly thread, an account's daily greeting.
pub(super) fn shape_key(observation: &Observation) -> Option<u64> {
    let shape = observation.signs.shape.as_str();
    let place = match observation.class {
        SourceClass::Social => observation.author_key.as_str(),
        SourceClass::Publication | SourceClass::Essay | SourceClass::Paper | SourceClass::Forum => {
            observation.venue.as_str()
        }
    };
    (!shape.trim().is_empty()).then(|| key_of(&format!("{place}\n{shape}")))
}

#[cfg(test)]
mod tests;
