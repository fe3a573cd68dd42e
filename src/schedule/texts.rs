//! Texts at hand: records of topics of the last days, for whoever tells a story of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{RecordId, TopicSlug};
use crate::store::Stored;

/// Records with their texts, by id, and those of each topic by publication.
#[derive(Debug, Default)]
pub(super) struct Texts {
    by_id: BTreeMap<RecordId, Stored>,
    by_topic: BTreeMap<TopicSlug, BTreeSet<(DateTime<Utc>, RecordId)>>,
}

impl Texts {
    /// A record by its id.
    pub(super) fn get(&self, id: &RecordId) -> Option<&Stored> {
        self.by_id.get(id)
    }

    /// The records of a topic that were published from `from` to `to`, both included, the earliest first.
    pub(super) fn of_topic(
        &self,
        topic: &TopicSlug,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> impl Iterator<Item = &Stored> {
        let start = (from, RecordId::from_stored(""));
        let published = self.by_topic.get(topic).into_iter().flat_map(move |ids| ids.range(start.clone()..));
        published.take_while(move |(at, _)| *at <= to).filter_map(|(_, id)| self.by_id.get(id))
    }

    /// Puts a record in, or in the place of what it was.
    pub(super) fn insert(&mut self, stored: Stored) {
        let (at, id) = (stored.record.published_at, stored.record.id.clone());
        self.remove(&id);
        for topic in &stored.analysis.topics {
            self.by_topic.entry(topic.clone()).or_default().insert((at, id.clone()));
        }
        self.by_id.insert(id, stored);
    }

    /// Takes a record out.
    pub(super) fn remove(&mut self, id: &RecordId) {
        let Some(stored) = self.by_id.remove(id) else { return };
        let key = (stored.record.published_at, stored.record.id);
        for topic in &stored.analysis.topics {
            if let Some(ids) = self.by_topic.get_mut(topic) {
                ids.remove(&key);
            }
        }
    }

    /// Takes out what was published at `at` or before.
    pub(super) fn forget_until(&mut self, at: DateTime<Utc>) {
        let kept = (at + TimeDelta::nanoseconds(1), RecordId::from_stored(""));
        for ids in self.by_topic.values_mut() {
            let later = ids.split_off(&kept);
            for (_, id) in std::mem::replace(ids, later) {
                self.by_id.remove(&id);
            }
        }
    }

    /// Takes everything out.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
