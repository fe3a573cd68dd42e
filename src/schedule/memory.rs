//! What a newsroom knows of records, kept up with the store.
//!
//! The first tick of a process reads four weeks. Later ones read what was seen since, and what has changed of what was
//! read: revisions, deletions, other topics, other clusters. What a changed record added to sums is taken back first. A
//! newsroom that has run for weeks answers as one that has just been started: a test holds the two together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::newsroom::Newsroom;
use super::settings::Settings;
use super::texts::Texts;
use crate::analyze::TopicMatcher;
use crate::config::Topic;
use crate::model::{RecordId, TopicSlug};
use crate::signal::{Called, Watch};
use crate::store::{Changed, Store, StoreError, Stored, View};

/// How far back texts are kept at hand: a story's members and the days before it.
const TEXTS: TimeDelta = TimeDelta::days(11);

/// If more than that has changed, reading everything again is cheaper.
const MANY: u32 = 20_000;

/// Records read at a time.
const PAGE: i64 = 4_000;

/// How far a newsroom has read.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadUntil {
    /// Everything seen by then.
    seen: DateTime<Utc>,
    /// Every change up to this one.
    change: i64,
}

/// Topics that places are given over to, each asked for once.
struct Places<'a> {
    matcher: &'a TopicMatcher,
    known: BTreeMap<String, Vec<TopicSlug>>,
}

impl<'a> Places<'a> {
    fn new(matcher: &'a TopicMatcher) -> Self {
        Self { matcher, known: BTreeMap::new() }
    }

    fn dedicated(&mut self, venue: &str) -> Vec<TopicSlug> {
        if let Some(known) = self.known.get(venue) {
            return known.clone();
        }
        let given_over = self.matcher.dedicated(venue);
        self.known.insert(venue.to_owned(), given_over.clone());
        given_over
    }
}

/// Reads records into a watch, as far back as it remembers.
struct Reader<'a> {
    records: &'a Store,
    view: View,
    matcher: &'a TopicMatcher,
}

impl Reader<'_> {
    /// Reads what was seen after `since` (from the beginning without one) and by `at`.
    async fn read(
        &self,
        watch: &mut Watch,
        since: Option<DateTime<Utc>>,
        at: DateTime<Utc>,
        mut each: impl FnMut(Stored),
    ) -> Result<(), StoreError> {
        let since = since.unwrap_or(at - watch.memory() - TimeDelta::days(1));
        let links = watch.echoing_links();
        watch.add_echoing(self.records.linking_to(self.view, since, at, &links).await?);
        // Of old records no words need be kept at all.
        watch.forget(at);
        let mut places = Places::new(self.matcher);
        let mut last: (DateTime<Utc>, Option<RecordId>) = (since, None);
        loop {
            let after = (last.0, last.1.as_ref());
            let page = self.records.stored_page(self.view, after, at, PAGE).await?;
            let Some(end) = page.last() else { break };
            last = (self.view.seen(&end.record), Some(end.record.id.clone()));
            watch.absorb(&page, |venue| places.dedicated(venue));
            let whole = page.len() == PAGE as usize;
            page.into_iter().for_each(&mut each);
            if !whole {
                break;
            }
            // Old ones of a long page need not wait with their words for the rest.
            watch.forget(at);
        }
        if let Some(first) = self.records.first_published(self.view, at).await? {
            watch.began(first.date_naive());
        }
        Ok(())
    }
}

/// What the signal stage of a desk with these settings knows at `at`, read anew.
pub async fn watch_at(
    records: &Store,
    view: View,
    settings: &Settings,
    topics: &[Topic],
    at: DateTime<Utc>,
) -> Result<Watch, StoreError> {
    let mut watch = Watch::new(view, settings.watch).knowing(settings.echoes.clone());
    watch.call(Called::new(records.aliases().await?));
    let matcher = TopicMatcher::new(topics);
    Reader { records, view, matcher: &matcher }.read(&mut watch, None, at, drop).await?;
    watch.forget(at);
    Ok(watch)
}

impl Newsroom {
    /// Brings the memory to what the store knows at `at`.
    pub(super) async fn catch_up(&mut self, at: DateTime<Utc>) -> Result<(), StoreError> {
        // Read first: a change that comes meanwhile is read again next time.
        let change = self.records.last_change().await?;
        if self.read_until.is_some_and(|until| until.seen > at) {
            self.refresh();
        }
        if let Some(until) = self.read_until
            && self.view == View::Live
            && until.change < change
        {
            let changed =
                self.records.changed_since(self.view, until.change, until.seen, i64::from(MANY)).await?;
            if changed.len() >= MANY as usize {
                self.refresh();
            } else {
                self.correct(&changed, until.seen, at).await?;
            }
        }
        let aliases = self.records.aliases_changed().await?;
        if self.aliases != Some(aliases) {
            self.watch.call(Called::new(self.records.aliases().await?));
            self.aliases = Some(aliases);
        }
        let since = self.read_until.map(|until| until.seen);
        let reader = Reader { records: &self.records, view: self.view, matcher: self.analyzer.matcher() };
        let (words, texts) = (&mut self.words, &mut self.texts);
        reader
            .read(&mut self.watch, since, at, |stored| {
                words.absorb(day_of(&stored), &stored.text.text, stored.text.body_start);
                keep_text(texts, stored, at);
            })
            .await?;
        self.texts.forget_until(at - TEXTS);
        self.watch.forget(at);
        self.words.forget_before(self.watch.first_day(at));
        self.read_until = Some(ReadUntil { seen: at, change });
        Ok(())
    }

    /// Takes in what has changed of records seen by `seen`.
    async fn correct(
        &mut self,
        changed: &[Changed],
        seen: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let ids: Vec<_> = changed.iter().map(|c| c.id.clone()).collect();
        let mut now: BTreeMap<_, _> =
            self.records.stored_by_id(&ids).await?.into_iter().map(|s| (s.record.id.clone(), s)).collect();
        let since = at - self.watch.memory();
        let mut again: BTreeSet<NaiveDate> = BTreeSet::new();
        let mut revised: Vec<(&Changed, String, usize)> = Vec::new();
        for change in changed {
            let day = change.published_at.date_naive();
            match (self.watch.revision_of(change.published_at, &change.id), now.get(&change.id)) {
                (Some(_), None) => {
                    again.insert(day);
                }
                (Some(before), Some(stored)) if before != stored.analysis.revision => {
                    match self.records.text_of_revision(&change.id, before).await? {
                        Some((text, body_start)) => revised.push((change, text, body_start)),
                        None => {
                            again.insert(day);
                        }
                    }
                }
                // Unknown so far, or something changed that nobody counts.
                (None, _) | (Some(_), Some(_)) => {}
            }
        }
        let echoing = self.records.linking_among(&ids, &self.watch.echoing_links()).await?;
        self.watch.echoing_again(&ids, echoing);
        let mut counted: BTreeSet<_> = changed
            .iter()
            .filter(|c| self.watch.revision_of(c.published_at, &c.id).is_some())
            .map(|c| c.id.clone())
            .collect();
        for (change, text, body_start) in revised {
            let day = change.published_at.date_naive();
            if !again.contains(&day) {
                self.watch.take_back(change.published_at, &change.id, &text, body_start);
                self.words.take_back(day, &text, body_start);
                counted.remove(&change.id);
            }
        }
        let mut places = Places::new(self.analyzer.matcher());
        for change in changed.iter().filter(|c| c.published_at > since) {
            self.texts.remove(&change.id);
            let Some(stored) = now.remove(&change.id) else {
                self.watch.remove(change.published_at, &change.id);
                continue;
            };
            let day = day_of(&stored);
            let count = !counted.contains(&change.id) && !again.contains(&day);
            self.watch.replace(&stored, &places.dedicated(&stored.record.venue), count);
            if count {
                self.words.absorb(day, &stored.text.text, stored.text.body_start);
            }
            keep_text(&mut self.texts, stored, at);
        }
        // What a record that is gone has added is not known any more: its day is counted again without it.
        let first = self.watch.first_day(at);
        for day in again.into_iter().filter(|day| *day >= first) {
            let from = day.and_time(NaiveTime::MIN).and_utc();
            let span = (from, from + TimeDelta::days(1));
            let oldest = at - self.watch.memory() - TimeDelta::days(1);
            let left = self.records.stored_published(self.view, span, (oldest, seen)).await?;
            self.watch.count_again(day, &left, |venue| places.dedicated(venue));
            self.words.forget_day(day);
            for stored in &left {
                self.words.absorb(day, &stored.text.text, stored.text.body_start);
            }
        }
        Ok(())
    }
}

/// Only records of topics are ever asked for.
fn keep_text(texts: &mut Texts, stored: Stored, at: DateTime<Utc>) {
    let says_something = !stored.text.text.is_empty() && !stored.analysis.topics.is_empty();
    if stored.record.published_at > at - TEXTS && says_something {
        texts.insert(stored);
    }
}

fn day_of(stored: &Stored) -> NaiveDate {
    stored.record.published_at.date_naive()
}
