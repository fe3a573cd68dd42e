//! Records: stored once by identity, revised in place, turned into tombstones.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction, query};

use super::dialect::Col::{Int, Text};
use super::insert::{Insert, NewRow, Values};
use super::related::Related;
use super::{Store, StoreError, Tally};
use crate::model::{AuthorKey, IncomingRecord, Platform, RecordId, Sha256, SourceClass, TombstoneReason};

/// What stands in a record's `changed` until it is analysed: no number of a change, and as long as those are, so that SQLite
/// can write the number over it where it stands.
const UNCHANGED: i64 = -65_536;
/// Publication times may be at most this far ahead of when we saw the record; later ones are clamped.
const FUTURE_SKEW: Duration = Duration::minutes(2);

/// What is stored of a record that came again.
struct Known {
    raw_hash: String,
    venue: String,
    /// When it was last edited, or else when it was first seen.
    since_ms: i64,
    gone: bool,
    expired: bool,
}

impl Known {
    fn is_revised_by(&self, record: &IncomingRecord) -> bool {
        // Once gone, gone; and what may not be kept does not come back.
        let stands = !self.gone && !self.expired;
        // An article that two feeds have is told in the words of the first; else each scan would turn it over. A feed that
        // has another name now goes on with what it says was edited.
        let later = record.edited_at.is_some_and(|at| at.timestamp_millis() > self.since_ms);
        let elsewhere = record.platform == Platform::Feed && record.venue != self.venue && !later;
        stands && !elsewhere && self.raw_hash != raw_hash(record)
    }

    /// Whether somebody who may takes it back.
    fn is_taken_back_by(&self, gone: &IncomingRecord) -> bool {
        !self.gone && gone.takes_back_of().is_none_or(|venue| venue == self.venue)
    }
}

/// A record that came, with what it answers and quotes.
struct Coming<'a> {
    record: &'a IncomingRecord,
    related: Related,
}

/// Where records come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// An archive, which the operator answers for.
    Archive,
    /// The place where they stand, whose terms hold.
    Live,
}

impl Store {
    /// Stores a page of records, as seen at `seen_at`, in one transaction.
    ///
    /// A record that is there already becomes a revision if its text changed, and a tombstone if it is said to be
    /// gone. Storing the same page twice changes nothing.
    pub async fn save_records(
        &self,
        page: &[IncomingRecord],
        seen_at: DateTime<Utc>,
    ) -> Result<Tally, StoreError> {
        let mut tx = self.begin().await?;
        let tally = self.save_records_in(&mut tx, page, Origin::Archive, seen_at).await?;
        tx.commit().await?;
        Ok(tally)
    }

    pub(super) async fn save_records_in(
        &self,
        tx: &mut Transaction<'static, Any>,
        page: &[IncomingRecord],
        origin: Origin,
        seen_at: DateTime<Utc>,
    ) -> Result<Tally, StoreError> {
        let mut tally = Tally::default();
        let mut run: BTreeMap<RecordId, Coming<'_>> = BTreeMap::new();
        let left_out = self.left_out_in(tx).await?;
        for record in page {
            if !left_out.is_empty() && left_out.contains(&author_key(record)) {
                tally.left_out += 1;
                continue;
            }
            let record = Coming { record, related: Related::of(record, &left_out) };
            let id = RecordId::derive(&record.record.platform, &record.record.native_id);
            if run.contains_key(&id) {
                // The same record twice in a page is a revision: it must find the first one stored.
                self.save_run(tx, &std::mem::take(&mut run), origin, seen_at, &mut tally).await?;
            }
            run.insert(id, record);
        }
        self.save_run(tx, &run, origin, seen_at, &mut tally).await?;
        Ok(tally)
    }

    async fn save_run(
        &self,
        tx: &mut Transaction<'static, Any>,
        run: &BTreeMap<RecordId, Coming<'_>>,
        origin: Origin,
        seen_at: DateTime<Utc>,
        tally: &mut Tally,
    ) -> Result<(), StoreError> {
        if run.is_empty() {
            return Ok(());
        }
        let related = run.values().flat_map(|coming| coming.related.ids());
        let ids = super::analyses::ids_json(run.keys().chain(related))?;
        let sql = format!(
            "SELECT record.id AS id, raw_hash, venue, COALESCE(edited_ms, seen_ms) AS since_ms, gone_ms, expired_ms FROM record WHERE record.id IN (SELECT r.id FROM {})",
            self.dialect.rows(&[("id", Text)])
        );
        let known: BTreeMap<String, Known> = query(AssertSqlSafe(sql))
            .bind(ids)
            .fetch_all(&mut **tx)
            .await?
            .iter()
            .map(|row| {
                let ended = |column| row.try_get::<Option<i64>, _>(column).map(|at| at.is_some());
                let known = Known {
                    raw_hash: row.try_get("raw_hash")?,
                    venue: row.try_get("venue")?,
                    since_ms: row.try_get("since_ms")?,
                    gone: ended("gone_ms")?,
                    expired: ended("expired_ms")?,
                };
                Ok((row.try_get("id")?, known))
            })
            .collect::<sqlx::Result<_>>()?;

        let (mut fresh, mut revised, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        let gone_already = |id: &RecordId| known.get(id.as_str()).is_some_and(|known| known.gone);
        for (id, Coming { record, related }) in run {
            match (known.get(id.as_str()), record.deleted) {
                (Some(known), Some(reason)) if known.is_taken_back_by(record) => {
                    gone.push(GoneRow { id, reason });
                }
                (Some(known), None) if known.is_revised_by(record) => {
                    revised.push(RawRow::of(id, record, related.standing(gone_already), seen_at));
                }
                (Some(_), _) => tally.unchanged += 1,
                (None, Some(_)) => tally.unknown_deleted += 1,
                (None, None) => {
                    fresh.push(RawRow::of(id, record, related.standing(gone_already), seen_at));
                }
            }
        }
        tally.new += fresh.len() as u64;
        tally.revised += revised.len() as u64;
        tally.gone += gone.len() as u64;
        self.insert_fresh(tx, &fresh, origin).await?;
        if revised.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let change = self.next_change(tx).await?;
        self.update_revised(tx, revised, change).await?;
        self.bury(tx, gone, seen_at, change).await
    }

    async fn insert_fresh(
        &self,
        tx: &mut Transaction<'static, Any>,
        rows: &[RawRow<'_>],
        origin: Origin,
    ) -> Result<(), StoreError> {
        let live = match origin {
            Origin::Archive => 0,
            Origin::Live => 1,
        };
        let insert = Insert {
            table: "record",
            columns: RAW_ROW,
            fixed: &[("revision", 1), ("pending", 1), ("changed", UNCHANGED), ("live", live)],
            conflict: "ON CONFLICT DO NOTHING",
        };
        self.dialect.insert(tx, &insert, rows).await
    }

    async fn update_revised(
        &self,
        tx: &mut Transaction<'static, Any>,
        rows: Vec<RawRow<'_>>,
        change: i64,
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "UPDATE record SET venue = CASE WHEN record.platform = 'feed' THEN r.venue ELSE record.venue END, title = r.title, body = r.body, tags = r.tags, \
             answers = COALESCE(r.answers, record.answers), quotes = r.quotes, score = r.score, replies = r.replies, \
             edited_ms = COALESCE(r.edited_ms, r.seen_ms), raw_hash = r.raw_hash, revision = record.revision + 1, pending = 1, changed = $2 \
             FROM {} WHERE record.id = r.id AND record.gone_ms IS NULL",
            self.dialect.rows(RAW_ROW)
        );
        query(AssertSqlSafe(sql)).bind(serde_json::to_string(&rows)?).bind(change).execute(&mut **tx).await?;
        Ok(())
    }

    /// Leaves id, times and reason of each record and nothing else: no text, no author, no address, no digest. The
    /// platform's own id goes too (it may hold a handle): our id is derived from it, so the record stays known.
    pub(super) async fn bury(
        &self,
        tx: &mut Transaction<'static, Any>,
        rows: Vec<GoneRow<'_>>,
        at: DateTime<Utc>,
        change: i64,
    ) -> Result<(), StoreError> {
        if !rows.is_empty() {
            self.traces.store(true, std::sync::atomic::Ordering::Relaxed);
        }
        if rows.is_empty() {
            return Ok(());
        }
        let ids = serde_json::to_string(&rows)?;
        // An address tells of what stood there, and often whose it was.
        self.let_go_of_records(tx, &ids).await?;
        let list = self.dialect.rows(&[("id", Text), ("reason", Text)]);
        let sql = format!(
            "UPDATE record SET native_id = record.id, author = NULL, author_key = '', permalink = '', venue = '', title = NULL, body = '', tags = '[]', \
             answers = NULL, quotes = NULL, raw_hash = '', pending = 0, gone_ms = $2, gone_reason = r.reason, changed = $3 FROM {list} WHERE record.id = r.id"
        );
        query(AssertSqlSafe(sql))
            .bind(ids.clone())
            .bind(at.timestamp_millis())
            .bind(change)
            .execute(&mut **tx)
            .await?;
        // What a model said of a text tells what was in it.
        let sql = format!(
            "DELETE FROM embedding WHERE text_hash IN (SELECT sha256 FROM record_text WHERE record_id IN (SELECT r.id FROM {list}))"
        );
        query(AssertSqlSafe(sql)).bind(ids.clone()).execute(&mut **tx).await?;
        for table in ["record_text", "analysis_topic", "analysis"] {
            let sql = format!("DELETE FROM {table} WHERE record_id IN (SELECT r.id FROM {list})");
            query(AssertSqlSafe(sql)).bind(ids.clone()).execute(&mut **tx).await?;
        }
        Ok(())
    }
}

const RAW_ROW: &[(&str, super::dialect::Col)] = &[
    ("id", Text),
    ("platform", Text),
    ("native_id", Text),
    ("class", Text),
    ("permalink", Text),
    ("author", Text),
    ("author_key", Text),
    ("venue", Text),
    ("published_ms", Int),
    ("seen_ms", Int),
    ("archived_seen_ms", Int),
    ("replay_ms", Int),
    ("edited_ms", Int),
    ("title", Text),
    ("body", Text),
    ("tags", Text),
    ("answers", Text),
    ("quotes", Text),
    ("score", Int),
    ("replies", Int),
    ("raw_hash", Text),
];

fn author_key(record: &IncomingRecord) -> AuthorKey {
    match record.author.as_deref() {
        Some(author) => AuthorKey::derive(&record.platform, author),
        // Two records without a known author are not one person.
        None => AuthorKey::derive(&record.platform, &format!("unknown author of {}", record.native_id)),
    }
}

fn raw_hash(record: &IncomingRecord) -> String {
    Sha256::of(&format!("{}\n\n{}", record.title.as_deref().unwrap_or_default(), record.body))
        .as_str()
        .to_owned()
}

/// A record that is gone, as a row of a batch.
#[derive(serde::Serialize)]
pub(super) struct GoneRow<'a> {
    pub(super) id: &'a RecordId,
    pub(super) reason: TombstoneReason,
}

/// A record as a row of a batch.
#[derive(serde::Serialize)]
struct RawRow<'a> {
    id: &'a RecordId,
    platform: &'a Platform,
    native_id: Cow<'a, str>,
    class: SourceClass,
    permalink: Cow<'a, str>,
    author: Option<Cow<'a, str>>,
    author_key: AuthorKey,
    venue: Cow<'a, str>,
    published_ms: i64,
    seen_ms: i64,
    archived_seen_ms: Option<i64>,
    replay_ms: i64,
    edited_ms: Option<i64>,
    title: Option<Cow<'a, str>>,
    body: Cow<'a, str>,
    tags: String,
    answers: Option<Cow<'a, str>>,
    quotes: Option<Cow<'a, str>>,
    score: Option<i64>,
    replies: Option<i64>,
    raw_hash: String,
}

impl NewRow for RawRow<'_> {
    fn values(&self, values: &mut Values) {
        values
            .push(self.id.as_str())
            .push(self.platform.to_string())
            .push(&*self.native_id)
            .push(self.class.to_string())
            .push(&*self.permalink)
            .push(self.author.as_deref())
            .push(self.author_key.as_str())
            .push(&*self.venue)
            .push(self.published_ms)
            .push(self.seen_ms)
            .push(self.archived_seen_ms)
            .push(self.replay_ms)
            .push(self.edited_ms)
            .push(self.title.as_deref())
            .push(&*self.body)
            .push(&*self.tags)
            .push(self.answers.as_deref())
            .push(self.quotes.as_deref())
            .push(self.score)
            .push(self.replies)
            .push(&*self.raw_hash);
    }
}

impl<'a> RawRow<'a> {
    fn of(
        id: &'a RecordId,
        record: &'a IncomingRecord,
        [answers, quotes]: [Option<&'a str>; 2],
        seen_at: DateTime<Utc>,
    ) -> Self {
        let published_at = record.published_at.min(seen_at + FUTURE_SKEW);
        let archived = record.archived_seen_at.map(|at| at.timestamp_millis());
        let tags: Vec<Cow<'_, str>> = record.tags.iter().map(|tag| clean(tag)).collect();
        Self {
            id,
            platform: &record.platform,
            native_id: clean(&record.native_id),
            class: record.class,
            permalink: clean(&record.permalink),
            author: record.author.as_deref().map(clean),
            author_key: author_key(record),
            venue: clean(&record.venue),
            published_ms: published_at.timestamp_millis(),
            seen_ms: seen_at.timestamp_millis(),
            archived_seen_ms: archived,
            replay_ms: archived.unwrap_or_else(|| published_at.timestamp_millis()),
            edited_ms: record.edited_at.map(|at| at.timestamp_millis()),
            title: record.title.as_deref().map(clean),
            body: clean(&record.body),
            tags: serde_json::to_string(&tags).unwrap_or_default(),
            answers: answers.map(clean),
            quotes: quotes.map(clean),
            score: record.engagement.score,
            replies: record.engagement.replies,
            raw_hash: raw_hash(record),
        }
    }
}

/// Postgres cannot hold U+0000 in a text.
fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) }
}
