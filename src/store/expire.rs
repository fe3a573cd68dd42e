//! What a platform lets nobody keep goes by itself.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Row as _, query};

use super::dialect::Col::Text;
use super::related::addresses_name_people;
use super::{Store, StoreError};
use crate::model::{AuthorKey, Platform};

/// Records that lose their words in one transaction.
const AT_ONCE: i64 = 500;

impl Store {
    /// Takes words and authors from records that were read live on `platform` before `before` and that no story cites. What
    /// was counted of them stays: their topics, times, kinds of speech, and which of those that go together had one author; `salt`
    /// is a random number that nobody keeps. Says how many there were.
    pub async fn expire(
        &self,
        platform: &Platform,
        before: DateTime<Utc>,
        now: DateTime<Utc>,
        salt: u64,
    ) -> Result<u64, StoreError> {
        let mut n = 0;
        loop {
            let mut tx = self.begin().await?;
            let rows: Vec<serde_json::Value> = query(
                "SELECT id, author_key FROM record WHERE platform = $1 AND live = 1 AND expired_ms IS NULL AND gone_ms IS NULL \
                 AND pending = 0 AND seen_ms < $2 \
                 AND NOT EXISTS (SELECT 1 FROM story_record WHERE story_record.record_id = record.id AND role = 'cited') \
                 ORDER BY id LIMIT $3",
            )
            .bind(platform.to_string())
            .bind(before.timestamp_millis())
            .bind(AT_ONCE)
            .fetch_all(&mut *tx)
            .await?
            .iter()
            .map(|row| {
                let id: String = row.try_get("id")?;
                // Two records of one author stay those of one, and nobody knows of whom: the salt is forgotten.
                let before: String = row.try_get("author_key")?;
                let key = AuthorKey::derive(platform, &format!("expired author {before} {salt}"));
                Ok(serde_json::json!({ "id": id, "key": key }))
            })
            .collect::<Result<_, StoreError>>()?;
            if rows.is_empty() {
                return Ok(n);
            }
            n += rows.len() as u64;
            self.traces.store(true, std::sync::atomic::Ordering::Relaxed);
            let ids = serde_json::to_string(&rows)?;
            if addresses_name_people(platform) {
                self.let_go_of_records(&mut tx, &ids).await?;
            }
            let keyed = self.dialect.rows(&[("id", Text), ("key", Text)]);
            let sql = format!(
                "UPDATE record SET author = NULL, author_key = r.key, title = NULL, body = '', permalink = '', answers = NULL, quotes = NULL, raw_hash = '', \
                 expired_ms = $2 FROM {keyed} WHERE record.id = r.id"
            );
            query(AssertSqlSafe(sql))
                .bind(ids.clone())
                .bind(now.timestamp_millis())
                .execute(&mut *tx)
                .await?;
            let listed = self.dialect.rows(&[("id", Text)]);
            for sql in [
                format!(
                    "DELETE FROM embedding WHERE text_hash IN (SELECT sha256 FROM record_text WHERE record_id IN (SELECT r.id FROM {listed}))"
                ),
                format!(
                    "UPDATE record_text SET text = '', body_start = 0, marks = '[]' WHERE record_id IN (SELECT r.id FROM {listed})"
                ),
                // Names and phrases are words of the text.
                format!(
                    "UPDATE analysis SET entities = '[]', phrases = '[]', exact_hash = '', fingerprint = '' \
                     WHERE record_id IN (SELECT r.id FROM {listed})"
                ),
            ] {
                query(AssertSqlSafe(sql)).bind(ids.clone()).execute(&mut *tx).await?;
            }
            tx.commit().await?;
        }
    }
}
