//! Records as they are read: what waits, what was computed of it, texts, addresses.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Row as _, query};

use super::decode::{RECORD_COLUMNS, record_of, time};
use super::dialect::Col::Text;
use super::{Store, StoreError};
use crate::model::{Analysis, ClusterId, CopyGroup, Record, RecordId, Sha256, StoredText, TombstoneReason};

/// Whose clock says when a record was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// This desk's own: when a scan or an import brought it.
    Live,
    /// As if it had been live: when it was published, or when the archive says it was seen.
    Replay,
}

impl View {
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Live => "seen_ms",
            Self::Replay => "replay_ms",
        }
    }

    /// When a record was seen, by this clock.
    pub fn seen(self, record: &Record) -> DateTime<Utc> {
        match self {
            Self::Live => record.seen_at,
            Self::Replay => record.archived_seen_at.unwrap_or(record.published_at),
        }
    }
}

/// A record with its text and everything computed of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The record.
    pub record: Record,
    /// Its cleaned text.
    pub text: StoredText,
    /// What was computed of it.
    pub analysis: Analysis,
    /// Its copies.
    pub copy_group: CopyGroup,
    /// What it is about.
    pub cluster: ClusterId,
}

pub(super) const STORED: &str = "SELECT record.id, platform, native_id, class, permalink, author, author_key, venue, published_ms, seen_ms, \
    archived_seen_ms, edited_ms, NULL AS title, '' AS body, tags, answers, quotes, score, replies, record.revision, gone_ms, gone_reason, \
    analysis.revision AS analysed_revision, record_text.text AS text, record_text.body_start AS body_start, record_text.marks AS marks, record_text.sha256 AS sha256, \
    lang, sentiment, register, entities, phrases, exact_hash, fingerprint, quarantine, signs, copy_group, cluster_id \
    FROM record JOIN analysis ON analysis.record_id = record.id \
    JOIN record_text ON record_text.record_id = record.id AND record_text.revision = analysis.revision \
    WHERE gone_ms IS NULL";

/// A value of a query that is put together.
enum Asked {
    Number(i64),
    Text(String),
}

impl Store {
    /// Records whose text is not yet analysed, oldest first.
    pub async fn pending_records(&self, limit: i64) -> Result<Vec<Record>, StoreError> {
        let sql = format!(
            "SELECT {RECORD_COLUMNS} FROM record WHERE pending = 1 ORDER BY published_ms, record.id LIMIT $1"
        );
        query(AssertSqlSafe(sql)).bind(limit).fetch_all(&self.pool).await?.iter().map(record_of).collect()
    }

    /// Those of them that come after the record published at `at` with this id.
    pub async fn pending_after(
        &self,
        at: DateTime<Utc>,
        id: &RecordId,
        limit: i64,
    ) -> Result<Vec<Record>, StoreError> {
        let sql = format!(
            "SELECT {RECORD_COLUMNS} FROM record WHERE pending = 1 AND (published_ms, record.id) > ($1, $2) \
             ORDER BY published_ms, record.id LIMIT $3"
        );
        query(AssertSqlSafe(sql))
            .bind(at.timestamp_millis())
            .bind(id.as_str())
            .bind(limit)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(record_of)
            .collect()
    }

    /// Records seen in `(after, until]` by the clock of `view` whose title or body holds one of `links` (lower-case). The
    /// texts that stages read have no links any more.
    pub async fn linking_to(
        &self,
        view: View,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
        links: &[String],
    ) -> Result<Vec<RecordId>, StoreError> {
        let column = view.column();
        let sql = format!("SELECT id FROM record WHERE {column} > $1 AND {column} <= $2");
        let asked = [after, until].map(|at| Asked::Number(at.timestamp_millis()));
        self.holding(&sql, &asked, links).await
    }

    /// Those of these records whose title or body holds one of `links` (lower-case).
    pub async fn linking_among(
        &self,
        ids: &[RecordId],
        links: &[String],
    ) -> Result<Vec<RecordId>, StoreError> {
        let list = self.dialect.rows(&[("id", Text)]);
        let rows: Vec<_> = ids.iter().map(|id| serde_json::json!({ "id": id })).collect();
        let sql = format!("SELECT id FROM record WHERE id IN (SELECT r.id FROM {list})");
        self.holding(&sql, &[Asked::Text(serde_json::to_string(&rows)?)], links).await
    }

    /// Those that `of` finds whose title or body holds one of `links`.
    async fn holding(
        &self,
        of: &str,
        values: &[Asked],
        links: &[String],
    ) -> Result<Vec<RecordId>, StoreError> {
        if links.is_empty() {
            return Ok(Vec::new());
        }
        // Each body is looked at once, whatever the number of links.
        let any: Vec<String> = (values.len() + 1..=values.len() + links.len())
            .map(|n| format!("lower(body) LIKE ${n} ESCAPE '!' OR lower(title) LIKE ${n} ESCAPE '!'"))
            .collect();
        let sql = format!("{of} AND ({}) ORDER BY id", any.join(" OR "));
        let mut asked = query(AssertSqlSafe(sql));
        for value in values {
            asked = match value {
                Asked::Number(n) => asked.bind(*n),
                Asked::Text(text) => asked.bind(text.clone()),
            };
        }
        for link in links {
            let held = link.replace('!', "!!").replace('%', "!%").replace('_', "!_");
            asked = asked.bind(format!("%{held}%"));
        }
        asked
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| Ok(RecordId::from_stored(row.try_get::<String, _>("id")?)))
            .collect()
    }

    /// When the first of the records was published that were seen by `until`.
    pub async fn first_published(
        &self,
        view: View,
        until: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        // In the order of an index, and one of the first fits nearly always. With the sign SQLite takes that index, and not
        // the one of the other column, which nearly all rows would have to be read by.
        let sql = format!(
            "SELECT published_ms FROM record WHERE +{} <= $1 AND gone_ms IS NULL ORDER BY published_ms LIMIT 1",
            view.column()
        );
        let row = query(AssertSqlSafe(sql)).bind(until.timestamp_millis()).fetch_optional(&self.pool).await?;
        row.map(|row| time("record.published_ms", row.try_get("published_ms")?)).transpose()
    }

    /// Analysed records seen in `(after, until]` by the clock of `view`, in order of sight, then id.
    pub async fn stored_between(
        &self,
        view: View,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<Stored>, StoreError> {
        let column = view.column();
        let sql = format!(
            "{STORED} AND record.{column} > $1 AND record.{column} <= $2 ORDER BY record.{column}, record.id"
        );
        let rows = query(AssertSqlSafe(sql))
            .bind(after.timestamp_millis())
            .bind(until.timestamp_millis())
            .fetch_all(&self.pool)
            .await?;
        let mut topics = self.topics_between(view, after, until).await?;
        rows.iter().map(|row| super::analyses::stored_of(row, &mut topics)).collect()
    }

    /// Analysed records by id, in the order asked for; those that are gone or unknown are left out.
    pub async fn stored_by_id(&self, ids: &[RecordId]) -> Result<Vec<Stored>, StoreError> {
        let list = self.dialect.rows(&[("id", Text)]);
        let json = super::analyses::ids_json(ids.iter())?;
        let sql = format!("{STORED} AND record.id IN (SELECT r.id FROM {list})");
        let rows = query(AssertSqlSafe(sql)).bind(json.clone()).fetch_all(&self.pool).await?;
        let mut topics = self.topics_of(&json).await?;
        let mut found: BTreeMap<RecordId, Stored> = BTreeMap::new();
        for row in &rows {
            let stored = super::analyses::stored_of(row, &mut topics)?;
            found.insert(stored.record.id.clone(), stored);
        }
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// Texts by record and digest, whatever revision they belong to: what a brief is joined with.
    pub async fn texts(&self, ids: &[RecordId]) -> Result<BTreeMap<(RecordId, Sha256), String>, StoreError> {
        let list = self.dialect.rows(&[("id", Text)]);
        let json = super::analyses::ids_json(ids.iter())?;
        let sql = format!(
            "SELECT record_id, sha256, text FROM record_text WHERE record_id IN (SELECT r.id FROM {list})"
        );
        query(AssertSqlSafe(sql))
            .bind(json)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| {
                let sha: String = row.try_get("sha256")?;
                let sha = sha.parse().map_err(|err| StoreError::decode("record_text.sha256", err))?;
                Ok((
                    (RecordId::from_stored(row.try_get::<String, _>("record_id")?), sha),
                    row.try_get("text")?,
                ))
            })
            .collect()
    }

    /// Which of `ids` are gone, when and why.
    pub async fn gone(&self, ids: &[RecordId]) -> Result<BTreeMap<RecordId, TombstoneReason>, StoreError> {
        let list = self.dialect.rows(&[("id", Text)]);
        let json = super::analyses::ids_json(ids.iter())?;
        let sql = format!(
            "SELECT id, gone_reason FROM record WHERE gone_ms IS NOT NULL AND record.id IN (SELECT r.id FROM {list})"
        );
        query(AssertSqlSafe(sql))
            .bind(json)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| {
                let reason: String = row.try_get("gone_reason")?;
                let reason = reason.parse().map_err(|err| StoreError::decode("record.gone_reason", err))?;
                Ok((RecordId::from_stored(row.try_get::<String, _>("id")?), reason))
            })
            .collect()
    }

    /// A record by its public address.
    pub async fn record_by_url(&self, url: &str) -> Result<Option<Record>, StoreError> {
        let sql =
            format!("SELECT {RECORD_COLUMNS} FROM record WHERE permalink = $1 ORDER BY record.id LIMIT 1");
        query(AssertSqlSafe(sql))
            .bind(url)
            .fetch_optional(&self.pool)
            .await?
            .as_ref()
            .map(record_of)
            .transpose()
    }

    /// First and last publication time of stored records.
    pub async fn published_span(&self) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>, StoreError> {
        let row =
            // Apart, each is one look at an index.
            query(
                "SELECT (SELECT MIN(published_ms) FROM record WHERE gone_ms IS NULL) AS a, \
                 (SELECT MAX(published_ms) FROM record WHERE gone_ms IS NULL) AS b",
            )
            .fetch_one(&self.pool)
            .await?;
        let (a, b): (Option<i64>, Option<i64>) = (row.try_get("a")?, row.try_get("b")?);
        Ok(match (a, b) {
            (Some(a), Some(b)) => Some((time("record.published_ms", a)?, time("record.published_ms", b)?)),
            (Some(_) | None, None) | (None, Some(_)) => None,
        })
    }
}
