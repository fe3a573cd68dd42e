//! Who, and which threads, an account leaves alone because it was asked to.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{AssertSqlSafe, Row as _, query};

use super::dialect::Col::Text;
use super::{Store, StoreError};
use crate::model::text_enum;

text_enum! {
    /// Who or what is left alone.
    pub enum SilenceKind: "kind of silence" {
        /// A person, everywhere. The subject is a DID.
        Person => "person",
        /// A whole thread. The subject is the address of its first post.
        Thread => "thread",
        /// A person in one thread. The subject is both, with a space between.
        Here => "here",
    }
}

impl Store {
    /// From now on this is left alone: what waits of it is passed over.
    pub async fn silence(
        &self,
        account: &str,
        kind: SilenceKind,
        subject: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        query(
            "INSERT INTO silence (account, kind, subject, since_ms) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (account, kind, subject) DO NOTHING",
        )
        .bind(account)
        .bind(kind.as_str())
        .bind(subject)
        .bind(now.timestamp_millis())
        .execute(&mut *tx)
        .await?;
        let of = match kind {
            SilenceKind::Person => "author = $2",
            SilenceKind::Thread => "root = $2",
            SilenceKind::Here => "root || ' ' || author = $2",
        };
        let sql = format!(
            "UPDATE question SET state = 'passed', reason = 'silenced', body = '', done_ms = $1 \
             WHERE {of} AND account = $3 AND state = 'waiting'"
        );
        query(AssertSqlSafe(sql))
            .bind(now.timestamp_millis())
            .bind(subject)
            .bind(account)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes back everything a person asked us to leave alone, and the silence over `root`, if that is theirs to take back.
    pub async fn unsilence(
        &self,
        account: &str,
        author: &str,
        root: Option<&str>,
    ) -> Result<u64, StoreError> {
        let done = query(
            "DELETE FROM silence WHERE account = $1 AND ((kind = 'person' AND subject = $2) \
             OR (kind = 'here' AND subject LIKE $3) OR (kind = 'thread' AND subject = $4))",
        )
        .bind(account)
        .bind(author)
        .bind(format!("% {author}"))
        .bind(root.unwrap_or_default())
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }

    /// Which of these subjects an account leaves alone.
    pub async fn silences(
        &self,
        account: &str,
        subjects: &BTreeSet<String>,
    ) -> Result<BTreeSet<(SilenceKind, String)>, StoreError> {
        let rows: Vec<_> = subjects.iter().map(|subject| json!({ "subject": subject })).collect();
        let sql = format!(
            "SELECT kind, silence.subject AS subject FROM silence WHERE account = $2 \
             AND silence.subject IN (SELECT r.subject FROM {})",
            self.dialect.rows(&[("subject", Text)])
        );
        let found = query(AssertSqlSafe(sql))
            .bind(serde_json::to_string(&rows)?)
            .bind(account)
            .fetch_all(&self.pool)
            .await?;
        found
            .iter()
            .map(|row| {
                let kind: String = row.try_get("kind")?;
                let kind = kind.parse().map_err(|err| StoreError::decode("silence.kind", err))?;
                Ok((kind, row.try_get("subject")?))
            })
            .collect()
    }
}
