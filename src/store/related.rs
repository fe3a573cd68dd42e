//! What records answer and quote. Their addresses go when what stood there goes: they often say whose it was.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction, query};

use super::dialect::Col::Text;
use super::{Store, StoreError};
use crate::address::{addresses_of, relation};
use crate::model::{AuthorKey, IncomingRecord, Platform, RecordId};

/// Whether addresses on `platform` say whose what stands there is.
pub(super) fn addresses_name_people(platform: &Platform) -> bool {
    matches!(platform, Platform::Bluesky | Platform::Mastodon)
}

/// The columns that hold such an address.
const COLUMNS: [&str; 2] = ["answers", "quotes"];

/// What a record answers, and what it quotes: address and id.
#[derive(Debug)]
pub(super) struct Related([Option<(String, RecordId)>; 2]);

impl Related {
    /// Of a record that came, without what is by somebody who was left out.
    pub(super) fn of(record: &IncomingRecord, left_out: &BTreeSet<AuthorKey>) -> Self {
        let platform = &record.platform;
        Self([&record.answers, &record.quotes].map(|address| {
            let to = relation(platform, address.as_deref()?)?;
            let author = to.author.map(|author| AuthorKey::derive(platform, &author));
            let told = author.is_none_or(|author| !left_out.contains(&author));
            told.then(|| (to.address, RecordId::derive(platform, &to.native_id)))
        }))
    }

    /// The ids.
    pub(super) fn ids(&self) -> impl Iterator<Item = &RecordId> {
        self.0.iter().flatten().map(|(_, id)| id)
    }

    /// The addresses of those that are not gone already.
    pub(super) fn standing(&self, gone: impl Fn(&RecordId) -> bool) -> [Option<&str>; 2] {
        self.0.each_ref().map(|to| to.as_ref().filter(|(_, id)| !gone(id)).map(|(address, _)| &**address))
    }
}

impl Store {
    /// Takes the addresses of these records (JSON: objects with an `id`), which are about to go, from all that answers or
    /// quotes them.
    pub(super) async fn let_go_of_records(
        &self,
        tx: &mut Transaction<'static, Any>,
        ids: &str,
    ) -> Result<(), StoreError> {
        let sql = format!(
            "SELECT platform, native_id, permalink, author FROM record WHERE record.id IN (SELECT r.id FROM {})",
            self.dialect.rows(&[("id", Text)])
        );
        let mut addresses = BTreeSet::new();
        for row in query(AssertSqlSafe(sql)).bind(ids).fetch_all(&mut **tx).await? {
            let platform: String = row.try_get("platform")?;
            let platform = platform.parse().map_err(|err| StoreError::decode("record.platform", err))?;
            let known = (row.try_get("native_id")?, row.try_get("permalink")?, row.try_get("author")?);
            addresses.extend(known_addresses(&platform, known));
        }
        let rows: Vec<_> = addresses.iter().map(|address| json!({ "address": address })).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let rows = serde_json::to_string(&rows)?;
        for column in COLUMNS {
            let sql = format!(
                "UPDATE record SET {column} = NULL WHERE {} IN (SELECT {} FROM {})",
                self.dialect.by_bytes(column),
                self.dialect.by_bytes("r.address"),
                self.dialect.rows(&[("address", Text)])
            );
            query(AssertSqlSafe(sql)).bind(rows.clone()).execute(&mut **tx).await?;
        }
        Ok(())
    }

    /// The same for everything by an account that is gone from its platform, stored or not.
    pub(super) async fn let_go_of_account(
        &self,
        tx: &mut Transaction<'static, Any>,
        platform: &Platform,
        account: &str,
    ) -> Result<(), StoreError> {
        let Some(prefix) = addresses_of(platform, account) else { return Ok(()) };
        for column in COLUMNS {
            let by_bytes = self.dialect.by_bytes(column);
            let sql = format!(
                "UPDATE record SET {column} = NULL WHERE platform = $1 AND {by_bytes} >= $2 AND {by_bytes} < $3"
            );
            let done = query(AssertSqlSafe(sql))
                .bind(platform.to_string())
                .bind(&prefix)
                .bind(format!("{prefix}{}", char::MAX))
                .execute(&mut **tx)
                .await?;
            self.note_traces(done.rows_affected());
        }
        Ok(())
    }

    /// The same for everything by an author, in whatever letters their name is written. It reads all such addresses.
    pub(super) async fn let_go_of_author(
        &self,
        tx: &mut Transaction<'static, Any>,
        platform: &Platform,
        author: &str,
    ) -> Result<(), StoreError> {
        let Some(prefix) = addresses_of(platform, author) else { return Ok(()) };
        let escaped = prefix.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
        for column in COLUMNS {
            let sql = format!(
                "UPDATE record SET {column} = NULL WHERE platform = $1 AND lower({column}) LIKE $2 ESCAPE '!'"
            );
            let done = query(AssertSqlSafe(sql))
                .bind(platform.to_string())
                .bind(format!("{escaped}%"))
                .execute(&mut **tx)
                .await?;
            self.note_traces(done.rows_affected());
        }
        Ok(())
    }

    /// The accounts under which records of these authors are stored, on platforms whose ids tell: `did:plc:…`.
    pub(super) async fn accounts_of(
        &self,
        tx: &mut Transaction<'static, Any>,
        platform: &Platform,
        key: &AuthorKey,
    ) -> Result<BTreeSet<String>, StoreError> {
        if *platform != Platform::Bluesky {
            return Ok(BTreeSet::new());
        }
        let rows = query("SELECT native_id FROM record WHERE author_key = $1 AND gone_ms IS NULL")
            .bind(key.as_str())
            .fetch_all(&mut **tx)
            .await?;
        let mut accounts = BTreeSet::new();
        for row in &rows {
            let id: String = row.try_get("native_id")?;
            let account = id.strip_prefix("at://").and_then(|rest| rest.split_once('/'));
            accounts.extend(account.map(|(account, _)| account.to_owned()));
        }
        Ok(accounts)
    }

    fn note_traces(&self, rows: u64) {
        if rows > 0 {
            self.traces.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    }
}

/// The addresses by which a record may be answered: by that where it stands, by its id, and on Bluesky also by its author's
/// handle.
fn known_addresses(
    platform: &Platform,
    (native_id, permalink, author): (String, String, Option<String>),
) -> Vec<String> {
    let mut known = vec![permalink];
    match platform {
        Platform::Bluesky => {
            let key = native_id.strip_prefix("at://").and_then(|rest| rest.split_once('/'));
            if let Some((account, key)) = key
                && let Some((_, key)) = key.split_once('/')
            {
                let actors = [Some(account), author.as_deref().and_then(|author| author.strip_prefix('@'))];
                let posts = actors.into_iter().flatten();
                known.extend(posts.map(|actor| format!("https://bsky.app/profile/{actor}/post/{key}")));
            }
        }
        Platform::HackerNews
        | Platform::Reddit
        | Platform::Mastodon
        | Platform::Lemmy
        | Platform::Feed
        | Platform::Arxiv
        | Platform::Web
        | Platform::X
        | Platform::Archive(_) => {}
    }
    // What has expired has its id alone, which is an address on some platforms and nearly one on Reddit.
    known.extend(native_id.strip_prefix("t3_").map(|id| format!("https://redd.it/{id}")));
    known.push(native_id);
    known.iter().filter_map(|address| Some(relation(platform, address)?.address)).collect()
}
