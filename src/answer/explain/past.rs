//! A tick looked at again: what it saw, recomputed from stored records.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::analyze::TopicMatcher;
use crate::answer::AskError;
use crate::config::Config;
use crate::model::{RecordId, TopicSlug};
use crate::schedule::Settings;
use crate::signal::retell::{self, Fate, Placed};
use crate::signal::{Watch, WatchSettings};
use crate::store::{Store, View};

/// The signal stage's memory as it was at a tick. Records that were deleted or edited since are as they are now.
#[derive(Debug)]
pub(super) struct Past {
    at: DateTime<Utc>,
    watch: Watch,
    settings: WatchSettings,
    topics: BTreeSet<TopicSlug>,
}

impl Past {
    /// Reads what was seen by `at`.
    pub(super) async fn at(store: &Store, config: &Config, at: DateTime<Utc>) -> Result<Self, AskError> {
        let settings = Settings::of(config).watch;
        let view = view_of(store, at).await?;
        let mut watch = Watch::new(view, settings);
        let since = at - watch.memory() - TimeDelta::days(1);
        let stored = store.stored_between(view, since, at).await?;
        let matcher = TopicMatcher::new(&config.topics);
        let mut places: BTreeMap<String, Vec<TopicSlug>> = BTreeMap::new();
        watch.absorb(&stored, |venue| {
            places.entry(venue.to_owned()).or_insert_with(|| matcher.dedicated(venue)).clone()
        });
        let topics = config.topics.iter().map(|topic| topic.slug.clone()).collect();
        Ok(Self { at, watch, settings, topics })
    }

    /// All records that could have led, best score first.
    pub(super) fn scores(&self) -> Vec<Placed> {
        let mut window = self.watch.between(self.at - self.settings.leads.window, self.at);
        window.retain(|o| o.topics.iter().any(|topic| self.topics.contains(topic)));
        retell::scores(&window, self.watch.history(), self.at, &self.settings.leads)
    }

    /// What a record counted as in a topic's window.
    pub(super) fn fate(&self, topic: &TopicSlug, id: &RecordId) -> Fate {
        let known = self.watch.between(self.at - self.watch.memory(), self.at);
        retell::fate(topic, id, &known, self.at, &self.settings.detect)
    }
}

/// Whose clock a tick went by. A tick over records that this desk stored only later was a replay.
async fn view_of(store: &Store, at: DateTime<Utc>) -> Result<View, AskError> {
    let live = match store.leads_at(at).await?.first() {
        Some(row) => store.record(&row.lead.central).await?.is_none_or(|central| central.seen_at <= at),
        None => store.first_stored().await?.is_none_or(|first| first <= at),
    };
    Ok(if live { View::Live } else { View::Replay })
}
