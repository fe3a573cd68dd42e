//! The newsroom: the stages in their order, once per tick.
//!
//! A tick reads only what was seen by its time and what was decided before it, and every output's key is derived
//! from its input. So the same tick over the same records writes nothing twice, live or replayed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use tracing::{Instrument as _, info, info_span};

use super::deliver::Publishing;
use super::settings::Settings;
use crate::analyze::Analyzer;
use crate::config::{Config, Topic};
use crate::model::{Platform, RecordId, TopicSlug};
use crate::signal::{Look, Watch};
use crate::store::{SourceState, Store, StoreError, Stored, View};
use crate::write::WordCounts;

/// How far back texts are kept at hand: a story's members and the days before it.
const TEXTS: TimeDelta = TimeDelta::days(11);

/// A topic as the newsroom needs it.
#[derive(Clone, Debug)]
pub struct Beat {
    /// Slug.
    pub slug: TopicSlug,
    /// Name.
    pub name: String,
    /// Dates are told in this zone.
    pub time_zone: chrono_tz::Tz,
}

/// Platforms of which more than half of the sources gave no answer for so long. A source is judged by what is known of
/// it at all: one that was never tried says nothing.
fn stale_platforms(states: &[SourceState], at: DateTime<Utc>, after: TimeDelta) -> BTreeSet<Platform> {
    let mut sources: BTreeMap<Platform, (usize, usize)> = BTreeMap::new();
    for state in states.iter().filter(|state| state.last_scan_at.is_some_and(|tried| tried <= at)) {
        let Ok(platform) = state.kind.parse::<Platform>() else { continue };
        let (silent, all) = sources.entry(platform).or_default();
        *all += 1;
        *silent += usize::from(state.last_ok_at.is_none_or(|ok| ok < at - after));
    }
    sources.into_iter().filter(|(_, (silent, all))| silent * 2 > *all).map(|(platform, _)| platform).collect()
}

/// The stages with what they keep in memory.
#[derive(Debug)]
pub struct Newsroom {
    /// Where records are.
    pub(super) records: Store,
    /// Where stories go: the same store, or a scratch one.
    pub(super) out: Store,
    pub(super) view: View,
    pub(super) settings: Settings,
    pub(super) publishing: Publishing,
    pub(super) beats: Vec<Beat>,
    pub(super) analyzer: Analyzer,
    pub(super) watch: Watch,
    pub(super) texts: BTreeMap<RecordId, Stored>,
    pub(super) words: WordCounts,
    /// Everything seen by then is absorbed.
    absorbed: Option<DateTime<Utc>>,
}

impl Newsroom {
    /// A newsroom of a configuration, over the topics given (all of them, or those asked for).
    pub fn of(
        config: &Config,
        topics: &[Topic],
        records: Store,
        out: Store,
        view: View,
        publishing: Publishing,
    ) -> Self {
        let beats = topics
            .iter()
            .map(|t| Beat { slug: t.slug.clone(), name: t.name.clone(), time_zone: config.time_zone_of(t) })
            .collect();
        // The rules of all topics are matched, whatever is asked for: matches are stored once for everybody.
        Self::new(records, out, view, &config.topics, beats, Settings::of(config), publishing)
    }

    /// A newsroom that reads `records` as `view` says and writes to `out`.
    pub fn new(
        records: Store,
        out: Store,
        view: View,
        topics: &[Topic],
        beats: Vec<Beat>,
        settings: Settings,
        publishing: Publishing,
    ) -> Self {
        Self {
            records,
            out,
            view,
            beats,
            analyzer: Analyzer::new(topics, settings.analyzer),
            watch: Watch::new(view, settings.watch).knowing(settings.echoes.clone()),
            texts: BTreeMap::new(),
            words: WordCounts::default(),
            absorbed: None,
            settings,
            publishing,
        }
    }

    /// Analyses every record that waits.
    pub async fn analyze(&mut self, done: impl FnMut(u64)) -> Result<u64, StoreError> {
        let n = self.analyzer.run(&self.records, done).instrument(info_span!("analyze")).await?;
        info!(records = n, "analysed {n} records");
        Ok(n)
    }

    /// Forgets everything read so far, so that the next tick reads revisions and deletions.
    pub fn refresh(&mut self) {
        self.watch = Watch::new(self.view, self.settings.watch).knowing(self.settings.echoes.clone());
        self.texts.clear();
        self.words = WordCounts::default();
        self.absorbed = None;
    }

    /// Reads what was seen up to `at` and looks at all topics.
    pub(super) async fn look(&mut self, at: DateTime<Utc>) -> Result<Look, StoreError> {
        let memory = self.watch.memory();
        let since = self.absorbed.unwrap_or(at - memory - TimeDelta::days(1));
        let fresh = self.records.stored_between(self.view, since, at).await?;
        let links = self.settings.echoes.links();
        self.watch.add_echoing(self.records.linking_to(self.view, since, at, &links).await?);
        let analyzer = &self.analyzer;
        let mut places: BTreeMap<String, Vec<TopicSlug>> = BTreeMap::new();
        self.watch.absorb(&fresh, |venue| {
            if let Some(known) = places.get(venue) {
                return known.clone();
            }
            let given_over = analyzer.matcher().dedicated(venue);
            places.insert(venue.to_owned(), given_over.clone());
            given_over
        });
        for stored in fresh {
            self.words.absorb(&stored.text.text, stored.text.body_start);
            if stored.record.published_at > at - TEXTS {
                self.texts.insert(stored.record.id.clone(), stored);
            }
        }
        self.texts.retain(|_, stored| stored.record.published_at > at - TEXTS);
        self.watch.forget(at);
        if self.view == View::Live {
            let states = self.records.source_states().await?;
            self.watch.set_stale(stale_platforms(&states, at, self.settings.stale_after));
        }
        self.absorbed = Some(at);
        let slugs: Vec<TopicSlug> = self.beats.iter().map(|beat| beat.slug.clone()).collect();
        Ok(info_span!("signal").in_scope(|| self.watch.look(&slugs, at)))
    }

    pub(super) fn beat(&self, slug: &TopicSlug) -> Option<&Beat> {
        self.beats.iter().find(|beat| beat.slug == *slug)
    }
}
