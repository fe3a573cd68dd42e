//! The stage's shell: takes what waits, analyses it, and stores what it found.

use std::hash::{Hash as _, Hasher as _};

use chrono::{DateTime, TimeDelta, Utc};

use super::clusters::{ClusterIndex, ClusterSettings, terms_of};
use super::copies::Fingerprint;
use super::copy_index::{CopyCandidate, CopyIndex, CopySettings};
use super::{TopicMatcher, analyze};
use crate::config::Topic;
use crate::model::{AuthorKey, Record, RecordId, StoredText};
use crate::store::{AnalysedRow, CopyRow, Store, StoreError};

/// Records analysed and stored in one transaction.
const BATCH: i64 = 500;
/// Records read at a time when the indexes are built again.
const PAGE: i64 = 4_000;
/// Copies and clusters older than that are not remembered.
const MEMORY: TimeDelta = TimeDelta::days(30);
/// The fact under which the store remembers which rules its matches were made with.
const RULES_FACT: &str = "topic_rules";

/// How records are put together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AnalyzerSettings {
    /// What a copy is.
    pub copies: CopySettings,
    /// How clusters grow.
    pub clusters: ClusterSettings,
}

/// The analysis stage: rules, copies and clusters, kept in memory between runs.
#[derive(Debug)]
pub struct Analyzer {
    matcher: TopicMatcher,
    rules: String,
    settings: AnalyzerSettings,
    indexes: Option<Indexes>,
}

#[derive(Debug)]
struct Indexes {
    copies: CopyIndex,
    clusters: ClusterIndex,
}

impl Analyzer {
    /// An analyzer for these topics; it reads the store's recent copies and clusters at its first run.
    pub fn new(topics: &[Topic], settings: AnalyzerSettings) -> Self {
        Self { matcher: TopicMatcher::new(topics), rules: fingerprint_of(topics), settings, indexes: None }
    }

    /// The topic rules.
    pub fn matcher(&self) -> &TopicMatcher {
        &self.matcher
    }

    /// Analyses every record that waits, oldest first, and says how many there were. Safe to run again: an analysed
    /// record waits no more.
    pub async fn run(&mut self, store: &Store, mut done: impl FnMut(u64)) -> Result<u64, StoreError> {
        self.rematch(store).await?;
        let mut total = 0;
        loop {
            let pending = store.pending_records(BATCH).await?;
            let Some(first) = pending.first() else { return Ok(total) };
            let mut indexes = match self.indexes.take() {
                Some(indexes) => indexes,
                None => Indexes::load(store, first.published_at - MEMORY, self.settings).await?,
            };
            let rows: Vec<AnalysedRow> =
                pending.iter().map(|record| indexes.place(record, &self.matcher)).collect();
            store.save_analyses(&rows).await?;
            // Only what is stored may be remembered: after a failed write the indexes are read again.
            self.indexes = Some(indexes);
            total += rows.len() as u64;
            done(total);
        }
    }

    /// Matches stored texts again when the rules are not those they were matched with.
    async fn rematch(&self, store: &Store) -> Result<(), StoreError> {
        if store.fact(RULES_FACT).await?.as_deref() == Some(self.rules.as_str()) {
            return Ok(());
        }
        let mut after: Option<RecordId> = None;
        loop {
            let page = store.texts_after(after.as_ref(), BATCH).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            let rows: Vec<_> = page
                .iter()
                .map(|row| {
                    (row.id.clone(), self.matcher.topics_of(&row.text, row.body_start, &row.venue, row.lang))
                })
                .collect();
            store.save_topics(&rows).await?;
        }
        store.set_fact(RULES_FACT, &self.rules).await
    }
}

impl Indexes {
    async fn load(
        store: &Store,
        since: DateTime<Utc>,
        settings: AnalyzerSettings,
    ) -> Result<Self, StoreError> {
        let mut indexes =
            Self { copies: CopyIndex::new(settings.copies), clusters: ClusterIndex::new(settings.clusters) };
        let mut last: (DateTime<Utc>, Option<RecordId>) = (since, None);
        loop {
            let page = store.copy_rows(last.0, last.1.as_ref(), PAGE).await?;
            let Some(end) = page.last() else { return Ok(indexes) };
            last = (end.published_at, Some(end.id.clone()));
            indexes.restore(page);
        }
    }

    fn restore(&mut self, page: Vec<CopyRow>) {
        for row in page {
            let fingerprint = Fingerprint::from_hex(&row.fingerprint);
            let candidate = CopyCandidate {
                id: &row.id,
                at: row.published_at,
                exact_hash: &row.exact_hash,
                fingerprint: fingerprint.as_ref(),
                author: &row.author_key,
                venue: &row.venue,
                title_shape: &row.shape,
            };
            self.copies.restore(&candidate, &row.copy_group);
            self.clusters.restore(row.published_at, &terms_of(&row.text, row.lang), &row.cluster);
        }
    }

    fn place(&mut self, record: &Record, matcher: &TopicMatcher) -> AnalysedRow {
        let (text, analysis) = analyze(record, matcher);
        let fingerprint = Fingerprint::from_hex(&analysis.fingerprint);
        let candidate = candidate_of(
            record,
            &record.author_key,
            &analysis.exact_hash,
            fingerprint.as_ref(),
            &analysis.signs.shape,
        );
        let copy_group = self.copies.assign(&candidate);
        let cluster =
            self.clusters.assign(&record.id, record.published_at, &terms_of(&text.text, analysis.lang));
        AnalysedRow { text: StoredText { ..text }, analysis, copy_group, cluster }
    }
}

fn candidate_of<'a>(
    record: &'a Record,
    author: &'a AuthorKey,
    exact_hash: &'a str,
    fingerprint: Option<&'a Fingerprint>,
    title_shape: &'a str,
) -> CopyCandidate<'a> {
    CopyCandidate {
        id: &record.id,
        at: record.published_at,
        exact_hash,
        fingerprint,
        author,
        venue: &record.venue,
        title_shape,
    }
}

/// Changes when any rule of any topic does.
fn fingerprint_of(topics: &[Topic]) -> String {
    let mut hasher = std::hash::DefaultHasher::new();
    for topic in topics {
        topic.slug.hash(&mut hasher);
        format!("{:?} {:?} {:?}", topic.rules, topic.languages, topic.venues().collect::<Vec<_>>())
            .hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
