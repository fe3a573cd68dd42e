//! Forgetting: accounts that are gone, and people who asked to be left out.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction, query};

use super::records::GoneRow;
use super::{Store, StoreError};
use crate::model::{AuthorKey, GoneAccount, Platform, RecordId, TombstoneReason};

impl Store {
    /// Leaves out an author from now on: all that is stored of them becomes tombstones, and nothing of them is stored
    /// again. Says how many records went. Of who it was only a digest is kept.
    pub async fn leave_out(
        &self,
        platform: &Platform,
        author: &str,
        at: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let key = AuthorKey::derive(platform, author);
        let mut tx = self.begin().await?;
        query("INSERT INTO left_out (author_key, since_ms) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(key.as_str())
            .bind(at.timestamp_millis())
            .execute(&mut *tx)
            .await?;
        let ids = query("SELECT id FROM record WHERE author_key = $1 AND gone_ms IS NULL ORDER BY id")
            .bind(key.as_str())
            .fetch_all(&mut *tx)
            .await?
            .iter()
            .map(|row| Ok(RecordId::from_stored(row.try_get::<String, _>("id")?)))
            .collect::<Result<Vec<_>, StoreError>>()?;
        // What others answered of theirs is known by addresses that may name them, also where it is not stored itself.
        let accounts = self.accounts_of(&mut tx, platform, &key).await?;
        for name in accounts.iter().map(String::as_str).chain([author]) {
            self.let_go_of_author(&mut tx, platform, name).await?;
        }
        self.bury_all(&mut tx, &ids, TombstoneReason::Request, at).await?;
        tx.commit().await?;
        Ok(ids.len() as u64)
    }

    /// The platforms on which somebody of this name, in any case of letters, is stored.
    pub async fn platforms_of_author(&self, author: &str) -> Result<Vec<Platform>, StoreError> {
        query("SELECT DISTINCT platform FROM record WHERE lower(author) = lower($1) AND gone_ms IS NULL ORDER BY platform")
            .bind(author)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| {
                let text: String = row.try_get("platform")?;
                text.parse().map_err(|err| StoreError::decode("record.platform", err))
            })
            .collect()
    }

    /// The names under which records are stored whose native ids begin with `prefix`.
    pub async fn authors_of_account(
        &self,
        platform: &Platform,
        prefix: &str,
    ) -> Result<Vec<String>, StoreError> {
        let by_bytes = self.dialect.by_bytes("native_id");
        let sql = format!(
            "SELECT DISTINCT author FROM record WHERE platform = $1 AND {by_bytes} >= $2 AND {by_bytes} < $3 \
             AND author IS NOT NULL AND gone_ms IS NULL ORDER BY author"
        );
        query(AssertSqlSafe(sql))
            .bind(platform.to_string())
            .bind(prefix)
            .bind(format!("{prefix}{}", char::MAX))
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| Ok(row.try_get("author")?))
            .collect()
    }

    /// Makes one record a tombstone at somebody's request. `false`: it is not stored, or was gone already.
    pub async fn forget_record(&self, id: &RecordId, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let known = query("SELECT id FROM record WHERE id = $1 AND gone_ms IS NULL")
            .bind(id.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        if known.is_none() {
            return Ok(false);
        }
        self.bury_all(&mut tx, std::slice::from_ref(id), TombstoneReason::Request, at).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Authors who asked to be left out.
    pub(super) async fn left_out_in(
        &self,
        tx: &mut Transaction<'static, Any>,
    ) -> Result<BTreeSet<AuthorKey>, StoreError> {
        query("SELECT author_key FROM left_out ORDER BY author_key")
            .fetch_all(&mut **tx)
            .await?
            .iter()
            .map(|row| Ok(AuthorKey::from_stored(row.try_get::<String, _>("author_key")?)))
            .collect()
    }

    /// Makes tombstones of all that is stored of these accounts. Says how many records went.
    pub(super) async fn bury_accounts_in(
        &self,
        tx: &mut Transaction<'static, Any>,
        accounts: &[GoneAccount],
        at: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let mut n = 0;
        let by_bytes = self.dialect.by_bytes("native_id");
        let sql = format!(
            "SELECT id FROM record WHERE platform = $1 AND {by_bytes} >= $2 AND {by_bytes} < $3 AND gone_ms IS NULL ORDER BY id"
        );
        for account in accounts.iter().filter(|account| !account.id_prefix.is_empty()) {
            let name = account.id_prefix.strip_prefix("at://").and_then(|name| name.strip_suffix('/'));
            if let Some(name) = name {
                self.let_go_of_account(tx, &account.platform, name).await?;
            }
            let ids = query(AssertSqlSafe(sql.clone()))
                .bind(account.platform.to_string())
                .bind(&account.id_prefix)
                .bind(format!("{}{}", account.id_prefix, char::MAX))
                .fetch_all(&mut **tx)
                .await?
                .iter()
                .map(|row| Ok(RecordId::from_stored(row.try_get::<String, _>("id")?)))
                .collect::<Result<Vec<_>, StoreError>>()?;
            self.bury_all(tx, &ids, account.reason, at).await?;
            n += ids.len() as u64;
        }
        Ok(n)
    }

    async fn bury_all(
        &self,
        tx: &mut Transaction<'static, Any>,
        ids: &[RecordId],
        reason: TombstoneReason,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let change = self.next_change(tx).await?;
        let rows = ids.iter().map(|id| GoneRow { id, reason }).collect();
        self.bury(tx, rows, at, change).await
    }
}
