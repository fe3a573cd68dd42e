//! Texts, analyses and topic matches.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _, query};

use super::decode::{record_of, time};
use super::dialect::Col::{Int, Real, Text};
use super::insert::{Insert, NewRow, Values};
use super::reading::{Stored, View};
use super::{NewVectors, Store, StoreError};
use crate::model::{
    Analysis, AuthorKey, ClusterChange, ClusterId, CopyGroup, Lang, RecordId, Register, Sha256, SourceClass,
    StoredText, TopicSlug,
};

/// An analysed record, ready to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct AnalysedRow {
    /// The cleaned text.
    pub text: StoredText,
    /// What was computed.
    pub analysis: Analysis,
    /// Its copies.
    pub copy_group: CopyGroup,
    /// What it is about.
    pub cluster: ClusterId,
}

/// What the copy index and the cluster index are rebuilt from.
#[derive(Clone, Debug, PartialEq)]
pub struct CopyRow {
    /// The record.
    pub id: RecordId,
    /// The revision that was analysed.
    pub revision: u32,
    /// When it was published.
    pub published_at: DateTime<Utc>,
    /// Its author.
    pub author_key: AuthorKey,
    /// Where it was said.
    pub venue: String,
    /// Its language.
    pub lang: Lang,
    /// Digest of letters and digits.
    pub exact_hash: String,
    /// Near-copy fingerprint.
    pub fingerprint: String,
    /// Headline shape.
    pub shape: String,
    /// Its copies.
    pub copy_group: CopyGroup,
    /// Its cluster.
    pub cluster: ClusterId,
    /// Its text.
    pub text: String,
    /// Where the body begins in it.
    pub body_start: usize,
    /// Who speaks.
    pub class: SourceClass,
}

/// A stored text, for whoever must go over all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct TextRow {
    /// The record.
    pub id: RecordId,
    /// Where it was said.
    pub venue: String,
    /// Its language.
    pub lang: Lang,
    /// Its text.
    pub text: String,
    /// Where the body begins.
    pub body_start: usize,
}

impl Store {
    /// Stores analyses with the vectors of their texts, marks their records as done and lets earlier records follow
    /// their clusters, in one transaction.
    ///
    /// The answer is what was overtaken: records that were revised or deleted since they were read. Nothing is stored
    /// of them; a revised one still waits. Whoever holds anything of them in memory must let it go.
    pub async fn save_analyses(
        &self,
        rows: &[AnalysedRow],
        changes: &[ClusterChange],
        vectors: &NewVectors,
    ) -> Result<BTreeSet<RecordId>, StoreError> {
        if rows.is_empty() && changes.is_empty() {
            return Ok(BTreeSet::new());
        }
        let mut tx = self.begin().await?;
        // Revisions and deletions take a number as well: whoever has one keeps them out until the end.
        let change = self.next_change(&mut tx).await?;
        let overtaken = self.mark_done(&mut tx, rows, change).await?;
        let mut rows: Vec<&AnalysedRow> =
            rows.iter().filter(|row| !overtaken.contains(&row.analysis.record)).collect();
        // In the order of the indexes, so that each of their pages is met once.
        rows.sort_by(|a, b| a.analysis.record.cmp(&b.analysis.record));
        let mut moves = Moves::of(changes);
        let texts: Vec<TextOut<'_>> = rows.iter().map(|row| TextOut::of(row)).collect::<Result<_, _>>()?;
        self.dialect.insert(&mut tx, &TEXTS, &texts).await?;
        let analyses: Vec<AnalysisOut<'_>> = rows
            .iter()
            .map(|row| AnalysisOut::of(row, moves.take(&row.analysis.record)))
            .collect::<Result<_, _>>()?;
        self.dialect.insert(&mut tx, &ANALYSES, &analyses).await?;
        // Who is read for the first time has no topics yet.
        let again = rows.iter().map(|row| &row.analysis).filter(|analysis| analysis.revision > 1);
        let again: Vec<&RecordId> = again.map(|analysis| &analysis.record).collect();
        if !again.is_empty() {
            self.forget_topics(&mut tx, &ids_json(again.into_iter())?).await?;
        }
        self.add_topics(&mut tx, rows.iter().map(|r| (&r.analysis.record, r.analysis.topics.as_slice())))
            .await?;
        let kept: BTreeSet<&Sha256> = rows.iter().map(|row| &row.text.sha256).collect();
        self.save_vectors(&mut tx, vectors, &kept).await?;
        self.move_along(&mut tx, moves, change).await?;
        self.note_changes(&mut tx, changes).await?;
        tx.commit().await?;
        Ok(overtaken)
    }

    /// Marks records as analysed that still are as they were read for these rows, and gives the others: revised since,
    /// deleted, or not there.
    async fn mark_done(
        &self,
        tx: &mut sqlx::Transaction<'static, sqlx::Any>,
        rows: &[AnalysedRow],
        change: i64,
    ) -> Result<BTreeSet<RecordId>, StoreError> {
        #[derive(serde::Serialize)]
        struct Row<'a> {
            id: &'a RecordId,
            revision: u32,
        }
        let read: Vec<Row<'_>> = rows
            .iter()
            .map(|row| Row { id: &row.analysis.record, revision: row.analysis.revision })
            .collect();
        let read = serde_json::to_string(&read)?;
        let list = self.dialect.rows(&[("id", Text), ("revision", Int)]);
        let sql = format!(
            "UPDATE record SET pending = 0, changed = $2 FROM {list} \
             WHERE record.id = r.id AND record.revision = r.revision AND record.gone_ms IS NULL"
        );
        let done = query(AssertSqlSafe(sql)).bind(read.clone()).bind(change).execute(&mut **tx).await?;
        if done.rows_affected() == rows.len() as u64 {
            return Ok(BTreeSet::new());
        }
        let sql = format!(
            "SELECT r.id AS id FROM {list} LEFT JOIN record ON record.id = r.id \
             WHERE record.id IS NULL OR record.revision <> r.revision OR record.gone_ms IS NOT NULL"
        );
        query(AssertSqlSafe(sql))
            .bind(read)
            .fetch_all(&mut **tx)
            .await?
            .iter()
            .map(|row| Ok(RecordId::from_stored(row.try_get::<String, _>("id")?)))
            .collect()
    }

    /// Lets stored records follow their clusters. Who holds them in memory reads them again: they have changed.
    async fn move_along(
        &self,
        tx: &mut sqlx::Transaction<'static, sqlx::Any>,
        moves: Moves<'_>,
        change: i64,
    ) -> Result<(), StoreError> {
        if !moves.clusters.is_empty() {
            let json = pairs_json(moves.clusters.iter().map(|(from, into)| (from.as_str(), into.as_str())))?;
            let list = self.dialect.rows(&[("a", Text), ("b", Text)]);
            let sql = format!(
                "UPDATE record SET changed = $2 \
                 WHERE id IN (SELECT record_id FROM analysis WHERE cluster_id IN (SELECT r.a FROM {list}))"
            );
            query(AssertSqlSafe(sql)).bind(json.clone()).bind(change).execute(&mut **tx).await?;
            let sql =
                format!("UPDATE analysis SET cluster_id = r.b FROM {list} WHERE analysis.cluster_id = r.a");
            query(AssertSqlSafe(sql)).bind(json).execute(&mut **tx).await?;
        }
        if !moves.records.is_empty() {
            let json = pairs_json(moves.records.iter().map(|(id, cluster)| (id.as_str(), cluster.as_str())))?;
            let list = self.dialect.rows(&[("a", Text), ("b", Text)]);
            let sql =
                format!("UPDATE analysis SET cluster_id = r.b FROM {list} WHERE analysis.record_id = r.a");
            query(AssertSqlSafe(sql)).bind(json.clone()).execute(&mut **tx).await?;
            let sql = format!("UPDATE record SET changed = $2 WHERE id IN (SELECT r.a FROM {list})");
            query(AssertSqlSafe(sql)).bind(json).bind(change).execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// Replaces the topic matches of the records given.
    pub async fn save_topics(&self, rows: &[(RecordId, Vec<TopicSlug>)]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let change = self.next_change(&mut tx).await?;
        let ids = ids_json(rows.iter().map(|(id, _)| id))?;
        self.forget_topics(&mut tx, &ids).await?;
        self.add_topics(&mut tx, rows.iter().map(|(id, topics)| (id, topics.as_slice()))).await?;
        let list = self.dialect.rows(&[("id", Text)]);
        let sql = format!("UPDATE record SET changed = $2 WHERE id IN (SELECT r.id FROM {list})");
        query(AssertSqlSafe(sql)).bind(ids).bind(change).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn forget_topics(
        &self,
        tx: &mut sqlx::Transaction<'static, sqlx::Any>,
        ids: &str,
    ) -> Result<(), StoreError> {
        let list = self.dialect.rows(&[("id", Text)]);
        let sql = format!("DELETE FROM analysis_topic WHERE record_id IN (SELECT r.id FROM {list})");
        query(AssertSqlSafe(sql)).bind(ids.to_owned()).execute(&mut **tx).await?;
        Ok(())
    }

    async fn add_topics<'a>(
        &self,
        tx: &mut sqlx::Transaction<'static, sqlx::Any>,
        rows: impl Iterator<Item = (&'a RecordId, &'a [TopicSlug])>,
    ) -> Result<(), StoreError> {
        let matches: Vec<_> = rows
            .flat_map(|(id, topics)| topics.iter().map(move |topic| TopicOut { topic, record_id: id }))
            .collect();
        let sql = format!(
            "INSERT INTO analysis_topic (topic, record_id, published_ms) SELECT r.topic, r.record_id, record.published_ms FROM {} \
             JOIN record ON record.id = r.record_id WHERE record.gone_ms IS NULL ON CONFLICT DO NOTHING",
            self.dialect.rows(&[("topic", Text), ("record_id", Text)])
        );
        query(AssertSqlSafe(sql)).bind(serde_json::to_string(&matches)?).execute(&mut **tx).await?;
        Ok(())
    }

    /// Analysed records after `after` in order of id, for whoever must go over all of them in pages.
    pub async fn texts_after(
        &self,
        after: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<TextRow>, StoreError> {
        let sql = "SELECT record.id AS id, venue, lang, text, body_start FROM record JOIN analysis ON analysis.record_id = record.id \
                   JOIN record_text ON record_text.record_id = record.id AND record_text.revision = analysis.revision \
                   WHERE record.id > $1 AND expired_ms IS NULL ORDER BY record.id LIMIT $2";
        query(sql)
            .bind(after.map_or("", RecordId::as_str))
            .bind(limit)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| {
                Ok(TextRow {
                    id: RecordId::from_stored(row.try_get::<String, _>("id")?),
                    venue: row.try_get("venue")?,
                    lang: Lang::new(&row.try_get::<String, _>("lang")?),
                    text: row.try_get("text")?,
                    body_start: offset(row)?,
                })
            })
            .collect()
    }

    /// A page of what the copy and cluster indexes are rebuilt from: records published after `since`, or after the
    /// record given, oldest first.
    pub async fn copy_rows(
        &self,
        since: DateTime<Utc>,
        after: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<CopyRow>, StoreError> {
        let sql = "SELECT record.id AS id, analysis.revision AS revision, published_ms, author_key, venue, lang, exact_hash, fingerprint, signs, copy_group, cluster_id, text, \
                   body_start, class FROM record JOIN analysis ON analysis.record_id = record.id \
                   JOIN record_text ON record_text.record_id = record.id AND record_text.revision = analysis.revision \
                   WHERE gone_ms IS NULL AND expired_ms IS NULL AND (published_ms, record.id) > ($1, $2) \
                   ORDER BY published_ms, record.id LIMIT $3";
        let (from_ms, id) = match after {
            Some(id) => (since.timestamp_millis(), id.as_str()),
            None => (since.timestamp_millis() + 1, ""),
        };
        query(sql)
            .bind(from_ms)
            .bind(id)
            .bind(limit)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| {
                let signs: crate::model::Signs = serde_json::from_str(&row.try_get::<String, _>("signs")?)?;
                Ok(CopyRow {
                    id: RecordId::from_stored(row.try_get::<String, _>("id")?),
                    revision: u32::try_from(row.try_get::<i64, _>("revision")?)
                        .map_err(|err| StoreError::decode("analysis.revision", err))?,
                    published_at: time("record.published_ms", row.try_get("published_ms")?)?,
                    author_key: AuthorKey::from_stored(row.try_get::<String, _>("author_key")?),
                    venue: row.try_get("venue")?,
                    lang: Lang::new(&row.try_get::<String, _>("lang")?),
                    exact_hash: row.try_get("exact_hash")?,
                    fingerprint: row.try_get("fingerprint")?,
                    shape: signs.shape,
                    copy_group: CopyGroup::from_stored(row.try_get::<String, _>("copy_group")?),
                    cluster: ClusterId::from_stored(row.try_get::<String, _>("cluster_id")?),
                    text: row.try_get("text")?,
                    body_start: offset(row)?,
                    class: row
                        .try_get::<String, _>("class")?
                        .parse()
                        .map_err(|err| StoreError::decode("record.class", err))?,
                })
            })
            .collect()
    }

    /// A small fact about the database.
    pub async fn fact(&self, name: &str) -> Result<Option<String>, StoreError> {
        let row =
            query("SELECT value FROM fact WHERE name = $1").bind(name).fetch_optional(&self.pool).await?;
        Ok(row.map(|row| row.try_get("value")).transpose()?)
    }

    /// Remembers a small fact about the database.
    pub async fn set_fact(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO fact (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        query(sql).bind(name).bind(value).execute(&self.pool).await?;
        Ok(())
    }

    pub(super) async fn topics_between(
        &self,
        view: View,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<BTreeMap<String, Vec<TopicSlug>>, StoreError> {
        let column = view.column();
        let sql = format!(
            "SELECT record_id, topic FROM analysis_topic JOIN record ON record.id = record_id \
             WHERE record.{column} > $1 AND record.{column} <= $2 ORDER BY record_id, topic"
        );
        let rows = query(AssertSqlSafe(sql))
            .bind(after.timestamp_millis())
            .bind(until.timestamp_millis())
            .fetch_all(&self.pool)
            .await?;
        group_topics(&rows)
    }

    pub(super) async fn topics_of(&self, ids: &str) -> Result<BTreeMap<String, Vec<TopicSlug>>, StoreError> {
        let list = self.dialect.rows(&[("id", Text)]);
        let sql = format!(
            "SELECT record_id, topic FROM analysis_topic WHERE record_id IN (SELECT r.id FROM {list}) ORDER BY record_id, topic"
        );
        group_topics(&query(AssertSqlSafe(sql)).bind(ids.to_owned()).fetch_all(&self.pool).await?)
    }
}

/// What a list of changes comes to in the end: done one after the other, or at once, the result is the same.
#[derive(Debug, Default)]
struct Moves<'a> {
    /// Records that moved by themselves, and where they are now.
    records: BTreeMap<&'a RecordId, &'a ClusterId>,
    /// Clusters that are gone, and which one has their records now.
    clusters: BTreeMap<&'a ClusterId, &'a ClusterId>,
}

impl<'a> Moves<'a> {
    fn of(changes: &'a [ClusterChange]) -> Self {
        let mut moves = Self::default();
        for change in changes {
            match change {
                ClusterChange::Moved { record, cluster } => {
                    moves.records.insert(record, cluster);
                }
                ClusterChange::Merged { from, into } => {
                    let now = moves.records.values_mut().chain(moves.clusters.values_mut());
                    now.filter(|cluster| **cluster == from).for_each(|cluster| *cluster = into);
                    moves.clusters.insert(from, into);
                }
            }
        }
        moves
    }

    /// Where a record moved that is only now stored: nothing is left to do for it.
    fn take(&mut self, record: &RecordId) -> Option<&'a ClusterId> {
        self.records.remove(record)
    }
}

/// Pairs as rows of a batch.
pub(super) fn pairs_json<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<String, StoreError> {
    #[derive(serde::Serialize)]
    struct Row<'a> {
        a: &'a str,
        b: &'a str,
    }
    Ok(serde_json::to_string(&pairs.map(|(a, b)| Row { a, b }).collect::<Vec<_>>())?)
}

/// Ids as rows of a batch.
pub(super) fn ids_json<'a>(ids: impl Iterator<Item = &'a RecordId>) -> Result<String, StoreError> {
    #[derive(serde::Serialize)]
    struct Row<'a> {
        id: &'a RecordId,
    }
    Ok(serde_json::to_string(&ids.map(|id| Row { id }).collect::<Vec<_>>())?)
}

/// A text as a row of a batch.
#[derive(serde::Serialize)]
struct TextOut<'a> {
    record_id: &'a RecordId,
    revision: u32,
    text: &'a str,
    body_start: usize,
    marks: String,
    sha256: &'a Sha256,
}

/// An analysis as a row of a batch; lists are texts.
#[derive(serde::Serialize)]
struct AnalysisOut<'a> {
    record_id: &'a RecordId,
    revision: u32,
    lang: Lang,
    sentiment: Option<f64>,
    register: Register,
    entities: String,
    phrases: String,
    exact_hash: &'a str,
    fingerprint: &'a str,
    quarantine: String,
    signs: String,
    copy_group: &'a CopyGroup,
    cluster_id: &'a ClusterId,
}

impl<'a> TextOut<'a> {
    fn of(row: &'a AnalysedRow) -> Result<Self, StoreError> {
        let text = &row.text;
        Ok(Self {
            record_id: &text.record,
            revision: text.revision,
            text: &text.text,
            body_start: text.body_start,
            marks: serde_json::to_string(&text.marks)?,
            sha256: &text.sha256,
        })
    }
}

impl NewRow for TextOut<'_> {
    fn values(&self, values: &mut Values) {
        values
            .push(self.record_id.as_str())
            .push(i64::from(self.revision))
            .push(self.text)
            .push(self.body_start.try_into().unwrap_or(i64::MAX))
            .push(&*self.marks)
            .push(self.sha256.as_str());
    }
}

/// Where texts go.
const TEXTS: Insert<'_> = Insert {
    table: "record_text",
    columns: &[
        ("record_id", Text),
        ("revision", Int),
        ("text", Text),
        ("body_start", Int),
        ("marks", Text),
        ("sha256", Text),
    ],
    fixed: &[],
    conflict: "ON CONFLICT (record_id, revision) DO UPDATE SET text = excluded.text, body_start = excluded.body_start, \
               marks = excluded.marks, sha256 = excluded.sha256",
};

impl<'a> AnalysisOut<'a> {
    /// A row, whose cluster may have become another since it was found.
    fn of(row: &'a AnalysedRow, moved: Option<&'a ClusterId>) -> Result<Self, StoreError> {
        let analysis = &row.analysis;
        Ok(Self {
            record_id: &analysis.record,
            revision: analysis.revision,
            lang: analysis.lang,
            sentiment: analysis.sentiment,
            register: analysis.register,
            entities: serde_json::to_string(&analysis.entities)?,
            phrases: serde_json::to_string(&analysis.phrases)?,
            exact_hash: &analysis.exact_hash,
            fingerprint: &analysis.fingerprint,
            quarantine: serde_json::to_string(&analysis.quarantine)?,
            signs: serde_json::to_string(&analysis.signs)?,
            copy_group: &row.copy_group,
            cluster_id: moved.unwrap_or(&row.cluster),
        })
    }
}

impl NewRow for AnalysisOut<'_> {
    fn values(&self, values: &mut Values) {
        values
            .push(self.record_id.as_str())
            .push(i64::from(self.revision))
            .push(self.lang.as_str())
            .push(self.sentiment)
            .push(self.register.to_string())
            .push(&*self.entities)
            .push(&*self.phrases)
            .push(self.exact_hash)
            .push(self.fingerprint)
            .push(&*self.quarantine)
            .push(&*self.signs)
            .push(self.copy_group.as_str())
            .push(self.cluster_id.as_str());
    }
}

/// Where analyses go: in place of an older one.
const ANALYSES: Insert<'_> = Insert {
    table: "analysis",
    columns: &[
        ("record_id", Text),
        ("revision", Int),
        ("lang", Text),
        ("sentiment", Real),
        ("register", Text),
        ("entities", Text),
        ("phrases", Text),
        ("exact_hash", Text),
        ("fingerprint", Text),
        ("quarantine", Text),
        ("signs", Text),
        ("copy_group", Text),
        ("cluster_id", Text),
    ],
    fixed: &[],
    conflict: "ON CONFLICT (record_id) DO UPDATE SET revision = excluded.revision, lang = excluded.lang, \
               sentiment = excluded.sentiment, register = excluded.register, entities = excluded.entities, \
               phrases = excluded.phrases, exact_hash = excluded.exact_hash, fingerprint = excluded.fingerprint, \
               quarantine = excluded.quarantine, signs = excluded.signs, copy_group = excluded.copy_group, \
               cluster_id = excluded.cluster_id",
};

/// A match as a row of a batch.
#[derive(serde::Serialize)]
struct TopicOut<'a> {
    topic: &'a TopicSlug,
    record_id: &'a RecordId,
}

fn group_topics(rows: &[AnyRow]) -> Result<BTreeMap<String, Vec<TopicSlug>>, StoreError> {
    let mut topics: BTreeMap<String, Vec<TopicSlug>> = BTreeMap::new();
    for row in rows {
        let slug: String = row.try_get("topic")?;
        let slug = slug.parse().map_err(|err| StoreError::decode("analysis_topic.topic", err))?;
        topics.entry(row.try_get("record_id")?).or_default().push(slug);
    }
    Ok(topics)
}

pub(super) fn offset(row: &AnyRow) -> Result<usize, StoreError> {
    usize::try_from(row.try_get::<i64, _>("body_start")?)
        .map_err(|err| StoreError::decode("record_text.body_start", err))
}

pub(super) fn stored_of(
    row: &AnyRow,
    topics: &mut BTreeMap<String, Vec<TopicSlug>>,
) -> Result<Stored, StoreError> {
    let record = record_of(row)?;
    let text = |column: &'static str| -> Result<String, StoreError> { Ok(row.try_get::<String, _>(column)?) };
    let revision = u32::try_from(row.try_get::<i64, _>("analysed_revision")?)
        .map_err(|err| StoreError::decode("analysis.revision", err))?;
    let stored_text = StoredText {
        record: record.id.clone(),
        revision,
        text: text("text")?,
        body_start: offset(row)?,
        marks: serde_json::from_str(&text("marks")?)?,
        sha256: text("sha256")?.parse().map_err(|err| StoreError::decode("record_text.sha256", err))?,
    };
    let analysis = Analysis {
        record: record.id.clone(),
        revision,
        lang: Lang::new(&text("lang")?),
        sentiment: row.try_get("sentiment")?,
        register: text("register")?.parse().map_err(|err| StoreError::decode("analysis.register", err))?,
        entities: serde_json::from_str(&text("entities")?)?,
        phrases: serde_json::from_str(&text("phrases")?)?,
        exact_hash: text("exact_hash")?,
        fingerprint: text("fingerprint")?,
        topics: topics.remove(record.id.as_str()).unwrap_or_default(),
        quarantine: serde_json::from_str(&text("quarantine")?)?,
        signs: serde_json::from_str(&text("signs")?)?,
    };
    Ok(Stored {
        record,
        text: stored_text,
        analysis,
        copy_group: CopyGroup::from_stored(text("copy_group")?),
        cluster: ClusterId::from_stored(text("cluster_id")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(n: u8) -> RecordId {
        RecordId::from_stored(format!("record {n}"))
    }

    fn cluster(n: u8) -> ClusterId {
        ClusterId::from_stored(format!("cluster {n}"))
    }

    proptest! {
        #[test]
        fn changes_at_once_come_to_what_they_come_to_one_by_one(
            start in proptest::collection::vec(0..6_u8, 8),
            steps in proptest::collection::vec((any::<bool>(), 0..8_u8, 0..6_u8, 0..6_u8), 0..12),
        ) {
            let mut gone = Vec::new();
            let mut changes = Vec::new();
            for (merge, record, from, into) in steps {
                // A cluster that is gone does not come back.
                if gone.contains(&into) || (merge && (from == into || gone.contains(&from))) {
                    continue;
                }
                if merge {
                    gone.push(from);
                    changes.push(ClusterChange::Merged { from: cluster(from), into: cluster(into) });
                } else {
                    changes.push(ClusterChange::Moved { record: id(record), cluster: cluster(into) });
                }
            }
            let start = || (0_u8..).zip(&start).map(|(n, at)| (id(n), cluster(*at))).collect::<BTreeMap<_, _>>();
            let (mut one_by_one, mut at_once) = (start(), start());
            for change in &changes {
                match change {
                    ClusterChange::Moved { record, cluster } => {
                        one_by_one.insert(record.clone(), cluster.clone());
                    }
                    ClusterChange::Merged { from, into } => {
                        one_by_one.values_mut().filter(|at| *at == from).for_each(|at| at.clone_from(into));
                    }
                }
            }
            let moves = Moves::of(&changes);
            for at in at_once.values_mut() {
                if let Some(into) = moves.clusters.get(at) {
                    *at = (*into).clone();
                }
            }
            at_once.extend(moves.records.iter().map(|(id, at)| ((*id).clone(), (*at).clone())));
            prop_assert_eq!(one_by_one, at_once);
        }
    }
}
