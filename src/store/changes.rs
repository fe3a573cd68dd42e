//! What has changed since somebody looked: new analyses, revisions, deletions, other topics, other clusters.
//!
//! Every transaction that changes what is known of records takes a number and writes it on them. Numbers rise with the
//! transactions: whoever takes one holds the row it comes from until the end, so that no lower number appears later.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction, query};

use super::decode::time;
use super::reading::{STORED, Stored, View};
use super::{Store, StoreError};
use crate::model::RecordId;

/// A record of which something has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Which.
    pub id: RecordId,
    /// When it was published.
    pub published_at: DateTime<Utc>,
}

impl Store {
    /// The number of the change that is made in `tx`.
    pub(super) async fn next_change(&self, tx: &mut Transaction<'static, Any>) -> Result<i64, StoreError> {
        let row = query("UPDATE change_count SET n = n + 1 RETURNING n").fetch_one(&mut **tx).await?;
        Ok(row.try_get("n")?)
    }

    /// The number of the last change.
    pub async fn last_change(&self) -> Result<i64, StoreError> {
        Ok(query("SELECT n FROM change_count").fetch_one(&self.pool).await?.try_get("n")?)
    }

    /// Records seen by `seen_until` that have changed after the change numbered `after`; at most `limit`, by id.
    pub async fn changed_since(
        &self,
        view: View,
        after: i64,
        seen_until: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Changed>, StoreError> {
        let column = view.column();
        // Of two bounds SQLite takes the first into the index; the second says that the index will do.
        let sql = format!(
            "SELECT id, published_ms FROM record \
             WHERE changed > $1 AND changed > 0 AND {column} <= $2 ORDER BY id LIMIT $3"
        );
        query(AssertSqlSafe(sql))
            .bind(after)
            .bind(seen_until.timestamp_millis())
            .bind(limit)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| {
                Ok(Changed {
                    id: RecordId::from_stored(row.try_get::<String, _>("id")?),
                    published_at: time("record.published_ms", row.try_get("published_ms")?)?,
                })
            })
            .collect()
    }

    /// A page of the analysed records seen after `after` (all of a time and id before it are passed over) and by `until`,
    /// in order of sight, then id: four weeks of a big desk are more than memory should hold at once.
    pub async fn stored_page(
        &self,
        view: View,
        after: (DateTime<Utc>, Option<&RecordId>),
        until: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Stored>, StoreError> {
        let column = view.column();
        let sql = format!(
            "{STORED} AND (record.{column}, record.id) > ($1, $2) AND record.{column} <= $3 \
             ORDER BY record.{column}, record.id LIMIT $4"
        );
        // Times are whole milliseconds, and no id is empty: without an id the page begins after the time.
        let (from_ms, id) = match after {
            (at, Some(id)) => (at.timestamp_millis(), id.as_str()),
            (at, None) => (at.timestamp_millis() + 1, ""),
        };
        let rows = query(AssertSqlSafe(sql))
            .bind(from_ms)
            .bind(id)
            .bind(until.timestamp_millis())
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        let ids: Vec<RecordId> = rows
            .iter()
            .map(|row| Ok(RecordId::from_stored(row.try_get::<String, _>("id")?)))
            .collect::<sqlx::Result<_>>()?;
        let mut topics = self.topics_of(&super::analyses::ids_json(ids.iter())?).await?;
        rows.iter().map(|row| super::analyses::stored_of(row, &mut topics)).collect()
    }

    /// Analysed records published in `[from, until)` and seen in `(after, seen_until]`, in order of sight, then id.
    pub async fn stored_published(
        &self,
        view: View,
        (from, until): (DateTime<Utc>, DateTime<Utc>),
        (after, seen_until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Vec<Stored>, StoreError> {
        let column = view.column();
        let sql = format!(
            "{STORED} AND published_ms >= $1 AND published_ms < $2 AND record.{column} > $3 AND record.{column} <= $4 \
             ORDER BY record.{column}, record.id"
        );
        let rows = query(AssertSqlSafe(sql))
            .bind(from.timestamp_millis())
            .bind(until.timestamp_millis())
            .bind(after.timestamp_millis())
            .bind(seen_until.timestamp_millis())
            .fetch_all(&self.pool)
            .await?;
        // What is counted of a day does not depend on its topics.
        rows.iter().map(|row| super::analyses::stored_of(row, &mut BTreeMap::new())).collect()
    }

    /// The text of a revision and where its body begins, as long as it is kept.
    pub async fn text_of_revision(
        &self,
        id: &RecordId,
        revision: u32,
    ) -> Result<Option<(String, usize)>, StoreError> {
        let row = query("SELECT text, body_start FROM record_text WHERE record_id = $1 AND revision = $2")
            .bind(id.as_str())
            .bind(i64::from(revision))
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok((row.try_get("text")?, super::analyses::offset(&row)?))).transpose()
    }
}
