//! The newsroom: the stages in their order, once per tick.
//!
//! A tick reads only what was seen by its time and what was decided before it, and every output's key is derived
//! from its input. So the same tick over the same records writes nothing twice, live or replayed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tracing::{Instrument as _, info, info_span, warn};

use super::deliver::Publishing;
use super::memory::ReadUntil;
use super::settings::Settings;
use super::texts::Texts;
use super::wording::Model;
use crate::analyze::Analyzer;
use crate::analyze::embed::{EmbedError, Embedder};
use crate::config::{Config, EmbeddingsSettings, Topic};
use crate::ingest::{EmbedClient, EmbedClientSettings, is_stream, platform_of};
use crate::model::{Gap, Platform, TopicSlug};
use crate::signal::{Look, Unread, Watch};
use crate::store::{SourceState, Store, StoreError, View};
use crate::write::WordCounts;

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

/// A source that nobody has tried for so long is in no file any more.
const FORGOTTEN: TimeDelta = TimeDelta::days(2);

/// Whether somebody still tries it: one that was taken out of its file is not tried any more.
fn is_tried(state: &SourceState, at: DateTime<Utc>) -> bool {
    state.last_scan_at.is_some_and(|tried| tried <= at && tried > at - FORGOTTEN)
}

/// Platforms of which more than half of the sources gave no answer for so long. A source is judged by what is known of
/// it at all: one that was never tried says nothing.
fn stale_platforms(states: &[SourceState], at: DateTime<Utc>, after: TimeDelta) -> BTreeSet<Platform> {
    let mut sources: BTreeMap<Platform, (usize, usize)> = BTreeMap::new();
    for state in states.iter().filter(|state| is_tried(state, at)) {
        let Some(platform) = platform_of(&state.kind) else { continue };
        let (silent, all) = sources.entry(platform).or_default();
        *all += 1;
        // A source that rests because it wishes to be asked seldom, or is told so, is not silent; nor is one whose rest
        // has just ended.
        let rests = state.last_error.is_none() && state.next_at.is_some_and(|next| next > at - after);
        *silent += usize::from(!rests && state.last_ok_at.is_none_or(|ok| ok < at - after));
    }
    sources.into_iter().filter(|(_, (silent, all))| silent * 2 > *all).map(|(platform, _)| platform).collect()
}

/// What sources could not tell of, each as the part of its platform that it is.
fn unread(states: &[SourceState], gaps: Vec<(String, Platform, Gap)>, at: DateTime<Utc>) -> Vec<Unread> {
    let mut sources: BTreeMap<Platform, usize> = BTreeMap::new();
    for state in states.iter().filter(|state| state.last_ok_at.is_some() && is_tried(state, at)) {
        let Some(platform) = platform_of(&state.kind) else { continue };
        *sources.entry(platform).or_default() += 1;
    }
    gaps.into_iter()
        .map(|(source, platform, gap)| {
            // A stream tells of all of its platform.
            let kind = source.split(':').next().unwrap_or_default();
            let of = if is_stream(kind) { None } else { sources.get(&platform) };
            let part = 1.0 / of.copied().unwrap_or(1).max(1) as f64;
            Unread { platform, gap, part }
        })
        .collect()
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
    pub(super) texts: Texts,
    pub(super) words: WordCounts,
    /// What is read so far.
    pub(super) read_until: Option<ReadUntil>,
    /// Which aliases are known: the number of their last change.
    pub(super) aliases: Option<u64>,
    /// Why the latest records were placed by their words alone although a model is configured.
    pub(super) without_embeddings: Option<String>,
    /// Who tells stories better, if there is one.
    pub(super) model: Option<Arc<Model>>,
}

/// The model that is configured, if one is.
fn embedder(settings: &EmbeddingsSettings) -> Option<Result<Arc<dyn Embedder>, EmbedError>> {
    let url = settings.url.clone()?;
    let client = || {
        let key = settings.key_source().map(|source| source.read()).transpose();
        let key = key.map_err(|err| EmbedError(format!("`embeddings.key_file` cannot be read: {err}")))?;
        if settings.model.trim().is_empty() {
            return Err(EmbedError("`embeddings.model` is not set".to_owned()));
        }
        let client = EmbedClientSettings {
            key,
            batch: settings.batch,
            timeout: settings.timeout,
            rest: settings.rest,
            ..EmbedClientSettings::new(url, settings.model.clone())
        };
        Ok(Arc::new(EmbedClient::new(client)?) as Arc<dyn Embedder>)
    };
    Some(client())
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
        let newsroom = Self::new(records, out, view, &config.topics, beats, Settings::of(config), publishing);
        // A replay would buy every story of the past.
        let model = match view {
            View::Live => Model::of(&config.model, config.desk.seed),
            View::Replay => None,
        };
        let newsroom = Self { model, ..newsroom };
        match embedder(&config.embeddings) {
            Some(Ok(model)) => newsroom.with_embedder(model),
            Some(Err(err)) => {
                warn!(%err, "embeddings are off");
                Self { without_embeddings: Some(err.to_string()), ..newsroom }
            }
            None => newsroom,
        }
    }

    /// The same with a model that says which texts are near.
    #[must_use]
    pub fn with_embedder(self, model: Arc<dyn Embedder>) -> Self {
        Self { analyzer: self.analyzer.with_embedder(model), ..self }
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
            texts: Texts::default(),
            words: WordCounts::default(),
            read_until: None,
            aliases: None,
            without_embeddings: None,
            model: None,
            settings,
            publishing,
        }
    }

    /// Analyses every record that waits.
    pub async fn analyze(&mut self, done: impl FnMut(u64)) -> Result<u64, StoreError> {
        let analysed = self.analyzer.run(&self.records, done).instrument(info_span!("analyze")).await?;
        let n = analysed.records;
        if n > 0 && self.analyzer.has_model() {
            // The next tick says so.
            self.without_embeddings = analysed.without_embeddings;
        }
        info!(records = n, changes = analysed.changes, "analysed {n} records");
        Ok(n)
    }

    /// Forgets everything read so far, so that the next tick reads it again.
    pub fn refresh(&mut self) {
        self.watch = Watch::new(self.view, self.settings.watch).knowing(self.settings.echoes.clone());
        self.texts.clear();
        self.words = WordCounts::default();
        self.read_until = None;
        self.aliases = None;
    }

    /// Reads what is new and what has changed since the last tick, and looks at all topics.
    pub(super) async fn look(&mut self, at: DateTime<Utc>) -> Result<Look, StoreError> {
        if let Err(err) = self.catch_up(at).await {
            // Half of it may be counted: all is read again.
            self.refresh();
            return Err(err);
        }
        if self.view == View::Live {
            let states = self.records.source_states().await?;
            self.watch.set_stale(stale_platforms(&states, at, self.settings.stale_after));
            let gaps = self.records.source_gaps(at - self.watch.memory()).await?;
            self.watch.set_unread(unread(&states, gaps, at));
        }
        let slugs: Vec<TopicSlug> = self.beats.iter().map(|beat| beat.slug.clone()).collect();
        Ok(info_span!("signal").in_scope(|| self.watch.look(&slugs, at)))
    }

    pub(super) fn beat(&self, slug: &TopicSlug) -> Option<&Beat> {
        self.beats.iter().find(|beat| beat.slug == *slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_931_500_800, 0).expect("a time of the calendar") + TimeDelta::hours(hour)
    }

    fn read_at(hour: i64, next: Option<i64>) -> SourceState {
        SourceState {
            source: format!("arxiv {hour}"),
            kind: "arxiv".to_owned(),
            last_scan_at: Some(at(hour)),
            last_ok_at: Some(at(hour)),
            next_at: next.map(at),
            ..SourceState::default()
        }
    }

    #[test]
    fn a_source_whose_rest_has_just_ended_is_not_silent() {
        let is_stale = |state: SourceState| !stale_platforms(&[state], at(0), TimeDelta::hours(6)).is_empty();
        assert!(!is_stale(read_at(-24, Some(2))), "it rests");
        assert!(!is_stale(read_at(-24, Some(-1))), "its rest has just ended");
        assert!(is_stale(read_at(-24, Some(-7))), "it should have been asked long ago");
        assert!(is_stale(read_at(-24, None)));
        assert!(!is_stale(read_at(-72, None)), "nobody tries it any more");
    }

    #[test]
    fn a_source_that_nobody_tries_is_no_part_of_its_platform() {
        let gap = Gap { from: at(-3), until: at(-1) };
        let gaps = vec![("arxiv 0".to_owned(), Platform::Arxiv, gap)];
        let parts = |states: &[SourceState]| unread(states, gaps.clone(), at(0)).remove(0).part;
        assert!((parts(&[read_at(0, None), read_at(-1, None)]) - 0.5).abs() < 1e-9);
        assert!((parts(&[read_at(0, None), read_at(-72, None)]) - 1.0).abs() < 1e-9);
    }
}
