//! The stage's shell: takes what waits, analyses it, and stores what it found.

use std::collections::BTreeMap;
use std::hash::{Hash as _, Hasher as _};
use std::num::NonZero;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinError;

use super::clusters::{ClusterIndex, ClusterSettings, Newcomer, TermReader};
use super::copies::Fingerprint;
use super::copy_index::{CopyCandidate, CopyIndex, CopySettings};
use super::embed::{EmbedSettings, Embedder, Embedding, Neighbours, Vector};
use super::{Gazetteer, NameLines, Reading, TopicMatcher, read};
use crate::config::Topic;
use crate::model::{
    Analysis, AuthorKey, ClusterChange, CopyGroup, Record, RecordId, SourceClass, StoredText,
};
use crate::store::{AnalysedRow, CopyRow, NewVectors, Store, StoreError};

/// Records analysed together: with the names that were known before the first of them.
const BATCH: usize = 500;
/// Records stored in one transaction, some batches together. Ids are digests, so that few records touch as many pages of an
/// index as many do.
const STORED: i64 = 2_000;
/// To begin a thread costs as much as to read a record; it is worth it for so many.
const WORTH_A_THREAD: usize = 64;
/// Texts matched again in one transaction.
const MATCHED: i64 = 500;
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
    /// How vectors are used, where there is a model.
    pub embeddings: EmbedSettings,
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Analysed {
    /// How many records were analysed.
    pub records: u64,
    /// How often clusters that were told before changed: a record moved, or two became one. The store has it.
    pub changes: u64,
    /// Why records were placed by their words alone although a model is configured.
    pub without_embeddings: Option<String>,
}

/// The analysis stage: rules, copies and clusters, kept in memory between runs.
#[derive(Debug)]
pub struct Analyzer {
    matcher: Arc<TopicMatcher>,
    rules: String,
    settings: AnalyzerSettings,
    /// Records stored in one transaction.
    chunk: i64,
    indexes: Option<Indexes>,
    /// What stands for which name, as the store has it.
    aliases: Option<BTreeMap<String, String>>,
    embedding: Embedding,
}

#[derive(Debug)]
struct Indexes {
    copies: CopyIndex,
    clusters: ClusterIndex,
    terms: TermReader,
    /// What the texts taught about names.
    gazetteer: Gazetteer,
    /// Vectors of the last days, where there is a model.
    neighbours: Option<Neighbours>,
}

impl Analyzer {
    /// An analyzer for these topics; it reads the store's recent copies and clusters at its first run.
    pub fn new(topics: &[Topic], settings: AnalyzerSettings) -> Self {
        Self {
            matcher: Arc::new(TopicMatcher::new(topics)),
            rules: fingerprint_of(topics),
            settings,
            chunk: STORED,
            indexes: None,
            aliases: None,
            embedding: Embedding::none(),
        }
    }

    /// The same, storing so many records in one transaction (2,000 by default).
    #[must_use]
    pub fn storing(self, chunk: u32) -> Self {
        Self { chunk: i64::from(chunk.max(1)), ..self }
    }

    /// The same with a model that says which texts are near.
    #[must_use]
    pub fn with_embedder(self, embedder: Arc<dyn Embedder>) -> Self {
        Self { embedding: Embedding::by(embedder, self.settings.embeddings), ..self }
    }

    /// Whether there is a model that says which texts are near.
    pub fn has_model(&self) -> bool {
        self.embedding.is_on()
    }

    /// The topic rules.
    pub fn matcher(&self) -> &TopicMatcher {
        &self.matcher
    }

    /// Analyses every record that waits, oldest first, and says how many there were and which clusters changed. Safe
    /// to run again: an analysed record waits no more.
    pub async fn run(&mut self, store: &Store, done: impl FnMut(u64)) -> Result<Analysed, StoreError> {
        // Three things at once are much to keep in the future of whoever waits for them.
        Box::pin(self.run_through(store, done)).await
    }

    async fn run_through(
        &mut self,
        store: &Store,
        mut done: impl FnMut(u64),
    ) -> Result<Analysed, StoreError> {
        self.rematch(store).await?;
        self.embedding.begin();
        let mut total = Analysed::default();
        let (asks, chunk) = (self.embedding.is_on(), self.chunk);
        let mut page = store.pending_records(chunk).await?;
        let mut indexes = self.indexes.take();
        let mut unsaved = Found::default();
        while !(page.is_empty() && unsaved.rows.is_empty()) {
            // While one chunk is stored, the next is found and the one after it is read.
            let last = page.last().map(|record| (record.published_at, record.id.clone()));
            let writing = store.save_analyses(&unsaved.rows, &unsaved.changes, &unsaved.vectors);
            let finding = find(store, page, indexes, &self.matcher, &self.settings, &mut self.embedding);
            let reading = async {
                match &last {
                    Some((at, id)) => store.pending_after(*at, id, chunk).await,
                    None => Ok(Vec::new()),
                }
            };
            let (overtaken, found, next) = if asks {
                // What the store says of vectors must be what it was told, and nobody asks a model for what is dropped.
                let overtaken = writing.await?;
                let found = if overtaken.is_empty() { finding.await? } else { (None, Found::default()) };
                (overtaken, found, reading.await?)
            } else {
                // What was found of one chunk is stored whatever becomes of the next.
                let (written, found, next) = tokio::join!(writing, finding, reading);
                (written?, found?, next?)
            };
            total.records += (unsaved.rows.len() - overtaken.len()) as u64;
            total.changes += unsaved.changes.len() as u64;
            let told = !unsaved.rows.is_empty();
            // Only what is stored may be remembered, or built upon: after a failed write, and if a record was revised or
            // deleted between reading and writing, which is rare, the indexes are read again, and what was found with them.
            (indexes, unsaved, page) = if overtaken.is_empty() {
                (found.0, found.1, next)
            } else {
                (None, Found::default(), Vec::new())
            };
            if told {
                done(total.records);
            }
            // Overtaken, or come meanwhile.
            if page.is_empty() && unsaved.rows.is_empty() {
                page = store.pending_records(chunk).await?;
            }
        }
        self.indexes = indexes;
        if let Some(indexes) = self.indexes.as_ref().filter(|_| total.records > 0) {
            let aliases = indexes.gazetteer.aliases();
            if self.aliases.as_ref() != Some(&aliases) {
                store.save_aliases(&aliases).await?;
                self.aliases = Some(aliases);
            }
        }
        total.without_embeddings = self.embedding.failed();
        Ok(total)
    }

    /// Matches stored texts again when the rules are not those they were matched with.
    async fn rematch(&self, store: &Store) -> Result<(), StoreError> {
        if store.fact(RULES_FACT).await?.as_deref() == Some(self.rules.as_str()) {
            return Ok(());
        }
        let mut after: Option<RecordId> = None;
        loop {
            let page = store.texts_after(after.as_ref(), MATCHED).await?;
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

/// A record as it was read, before its cluster is known.
type Read = (StoredText, Analysis, CopyGroup);

/// A batch as it was read.
struct Reads {
    rows: Vec<Read>,
    newcomers: Vec<Newcomer>,
    /// What the gazetteer will learn from each.
    lines: Vec<NameLines>,
}

/// What was found of a chunk, still to be stored.
#[derive(Default)]
struct Found {
    rows: Vec<AnalysedRow>,
    changes: Vec<ClusterChange>,
    vectors: NewVectors,
}

/// Analyses a chunk with what was known before it (read from the store where nothing is), and gives that back with what was
/// learnt. Threads that wait for things do none of it.
async fn find(
    store: &Store,
    chunk: Vec<Record>,
    indexes: Option<Indexes>,
    matcher: &Arc<TopicMatcher>,
    settings: &AnalyzerSettings,
    embedding: &mut Embedding,
) -> Result<(Option<Indexes>, Found), StoreError> {
    let Some(first) = chunk.first() else { return Ok((indexes, Found::default())) };
    let mut indexes = match indexes {
        Some(indexes) => indexes,
        None => Indexes::load(store, first.published_at, settings, embedding).await?,
    };
    let mut found = Found::default();
    let mut rest = chunk;
    while !rest.is_empty() {
        let mut batch = rest;
        rest = batch.split_off(BATCH.min(batch.len()));
        let matcher = Arc::clone(matcher);
        let (with, batch, mut reads) = apart(move || {
            let reads = indexes.read(&batch, &matcher);
            (indexes, batch, reads)
        })
        .await;
        indexes = with;
        if let Some(neighbours) = &mut indexes.neighbours {
            let texts: Vec<&StoredText> = reads.rows.iter().map(|(text, ..)| text).collect();
            let vectors = embedding.vectors(store, &texts).await?;
            neighbours.widen_all(&mut reads.newcomers, vectors);
        }
        let (with, rows, changed) = apart(move || {
            let (rows, changed) = indexes.place(reads.rows, reads.newcomers);
            // A batch is read with what stood before it, so that order within it means nothing.
            for ((row, lines), record) in rows.iter().zip(reads.lines).zip(&batch) {
                indexes.gazetteer.absorb_read(record.published_at, &row.text.text, lines);
            }
            (indexes, rows, changed)
        })
        .await;
        indexes = with;
        found.rows.extend(rows);
        found.changes.extend(changed);
    }
    found.vectors = embedding.take_new();
    Ok((Some(indexes), found))
}

/// Does work that takes the processor's time where it keeps nobody waiting.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await.map_err(JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panicked)) => std::panic::resume_unwind(panicked),
        // Only a runtime that ends takes work back, and whoever waits for it ends too.
        Err(Err(_)) => std::future::pending().await,
    }
}

impl Indexes {
    /// What was known at `at`, read from the store.
    async fn load(
        store: &Store,
        at: DateTime<Utc>,
        settings: &AnalyzerSettings,
        embedding: &Embedding,
    ) -> Result<Self, StoreError> {
        let mut indexes = Self {
            copies: CopyIndex::new(settings.copies),
            clusters: ClusterIndex::new(settings.clusters),
            terms: TermReader::default(),
            gazetteer: Gazetteer::default(),
            neighbours: embedding.is_on().then(|| Neighbours::new(settings.embeddings)),
        };
        let since = at - MEMORY;
        let mut last: (DateTime<Utc>, Option<RecordId>) =
            (since.min(Gazetteer::knows_since(at) - TimeDelta::milliseconds(1)), None);
        loop {
            let page = store.copy_rows(last.0, last.1.as_ref(), PAGE).await?;
            let Some(end) = page.last() else { return Ok(indexes) };
            last = (end.published_at, Some(end.id.clone()));
            let vectors = embedding.known(store, &page, at).await?;
            indexes.restore(page, vectors, since);
        }
    }

    /// Puts back a page of rows, older ones than `since` for their names only; `vectors` are as many, or none.
    fn restore(&mut self, page: Vec<CopyRow>, vectors: Vec<Option<Vector>>, since: DateTime<Utc>) {
        let mut vectors = vectors.into_iter();
        for row in page {
            let vector = vectors.next().flatten();
            self.gazetteer.absorb(row.published_at, &row.text);
            if row.published_at <= since {
                continue;
            }
            let fingerprint = Fingerprint::from_hex(&row.fingerprint);
            let candidate = CopyCandidate {
                id: &row.id,
                at: row.published_at,
                exact_hash: &row.exact_hash,
                fingerprint: fingerprint.as_ref(),
                author: &row.author_key,
                venue: &row.venue,
                title_shape: &row.shape,
                text: &row.text,
                body_start: row.body_start,
                publication: row.class == SourceClass::Publication,
            };
            self.copies.restore(&candidate, &row.copy_group);
            let mut terms = self.terms.terms_of(&row.text, row.lang);
            if let (Some(neighbours), Some(vector)) = (&mut self.neighbours, vector) {
                terms = neighbours.widen(&row.id, row.published_at, vector, terms);
            }
            let newcomer = Newcomer { id: row.id, revision: row.revision, at: row.published_at, terms };
            self.clusters.restore(newcomer, &row.cluster);
        }
    }

    /// Analyses a batch and finds its copies.
    fn read(&mut self, batch: &[Record], matcher: &TopicMatcher) -> Reads {
        let mut rows = Vec::with_capacity(batch.len());
        let mut newcomers = Vec::with_capacity(batch.len());
        let mut all_lines = Vec::with_capacity(batch.len());
        let readings = read_all(batch, matcher, &self.gazetteer);
        for (record, Reading { text, analysis, words, lines }) in batch.iter().zip(readings) {
            let fingerprint = Fingerprint::from_hex(&analysis.fingerprint);
            let candidate = candidate_of(
                record,
                &record.author_key,
                &analysis.exact_hash,
                fingerprint.as_ref(),
                &analysis.signs.shape,
                &text,
            );
            let copy_group = self.copies.assign(&candidate);
            let terms = self.terms.terms_with(&text.text, &words, analysis.lang);
            newcomers.push(Newcomer {
                id: record.id.clone(),
                revision: record.revision,
                at: record.published_at,
                terms,
            });
            all_lines.push(lines);
            rows.push((text, analysis, copy_group));
        }
        Reads { rows, newcomers, lines: all_lines }
    }

    /// Finds the clusters of a batch that was read.
    fn place(&mut self, rows: Vec<Read>, newcomers: Vec<Newcomer>) -> (Vec<AnalysedRow>, Vec<ClusterChange>) {
        let placed = self.clusters.place(newcomers);
        let rows = rows.into_iter().zip(placed.clusters).map(|((text, analysis, copy_group), cluster)| {
            AnalysedRow { text, analysis, copy_group, cluster }
        });
        (rows.collect(), placed.changes)
    }
}

/// Reads a batch, each record alone, on as many threads as there are processors. In the order of the batch.
fn read_all(batch: &[Record], matcher: &TopicMatcher, gazetteer: &Gazetteer) -> Vec<Reading> {
    let one_by_one = |part: &[Record]| -> Vec<Reading> {
        part.iter().map(|record| read(record, matcher, gazetteer)).collect()
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let part = batch.len().div_ceil(threads).max(WORTH_A_THREAD);
    if batch.len() <= part {
        return one_by_one(batch);
    }
    std::thread::scope(|scope| {
        let parts: Vec<_> = batch.chunks(part).map(|part| scope.spawn(move || one_by_one(part))).collect();
        let read = |part: std::thread::ScopedJoinHandle<'_, Vec<Reading>>| match part.join() {
            Ok(readings) => readings,
            Err(panicked) => std::panic::resume_unwind(panicked),
        };
        parts.into_iter().flat_map(read).collect()
    })
}

fn candidate_of<'a>(
    record: &'a Record,
    author: &'a AuthorKey,
    exact_hash: &'a str,
    fingerprint: Option<&'a Fingerprint>,
    title_shape: &'a str,
    text: &'a StoredText,
) -> CopyCandidate<'a> {
    CopyCandidate {
        id: &record.id,
        at: record.published_at,
        exact_hash,
        fingerprint,
        author,
        venue: &record.venue,
        title_shape,
        text: &text.text,
        body_start: text.body_start,
        publication: record.class == SourceClass::Publication,
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
