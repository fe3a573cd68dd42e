//! A tick looked at again: what it saw, recomputed from stored records.

use chrono::{DateTime, Utc};

use crate::answer::AskError;
use crate::config::Config;
use crate::model::{RecordId, TopicSlug};
use crate::schedule::{Settings, watch_at};
use crate::signal::retell::{self, Fate, Placed};
use crate::signal::{Watch, WatchSettings};
use crate::store::{Store, View};

/// The signal stage's memory as it was at a tick. Records that were deleted or edited since are as they are now.
#[derive(Debug)]
pub(super) struct Past {
    at: DateTime<Utc>,
    watch: Watch,
    settings: WatchSettings,
    topics: Vec<TopicSlug>,
}

impl Past {
    /// Reads what was seen by `at`.
    pub(super) async fn at(store: &Store, config: &Config, at: DateTime<Utc>) -> Result<Self, AskError> {
        let settings = Settings::of(config);
        let view = view_of(store, at).await?;
        let watch = watch_at(store, view, &settings, &config.topics, at).await?;
        let topics = config.topics.iter().map(|topic| topic.slug.clone()).collect();
        Ok(Self { at, watch, settings: settings.watch, topics })
    }

    /// All records that could have led, best score first.
    pub(super) fn scores(&self) -> Vec<Placed> {
        let window = self.watch.leading(&self.topics, self.at);
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
