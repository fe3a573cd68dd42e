//! Stories that wait for a digest, and what each digest held.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{Any, Row as _, Transaction, query};

use super::desks::snowflake;
use super::{Outgoing, Store, StoreError};
use crate::model::{DeskId, StoryCode, StorylineId};

/// A story version on its way into a channel's digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestItem {
    /// Which channel.
    pub channel: u64,
    /// Whose.
    pub desk: DeskId,
    /// When the digest is due.
    pub due_at: DateTime<Utc>,
}

/// A channel's stories, as a digest that is due or was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestStories {
    /// Which channel.
    pub channel: u64,
    /// Whose.
    pub desk: DeskId,
    /// Its stories: the latest version of each, in order of code.
    pub stories: BTreeMap<StoryCode, u32>,
}

impl Store {
    pub(super) async fn save_digest_items_in(
        tx: &mut Transaction<'static, Any>,
        code: &StoryCode,
        version: u32,
        items: &[DigestItem],
    ) -> Result<(), StoreError> {
        for item in items {
            query(
                "INSERT INTO digest_item (channel, code, version, desk, due_ms) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT (channel, code, version) DO NOTHING",
            )
            .bind(snowflake(item.channel))
            .bind(code.as_str())
            .bind(i64::from(version))
            .bind(item.desk.as_str())
            .bind(item.due_at.timestamp_millis())
            .execute(&mut **tx)
            .await?;
        }
        Ok(())
    }

    /// The digests that are due: each channel with the stories that wait for it, as they are by now. A version that
    /// would be due later is told at once if its story is told anyway.
    pub async fn digests_due(&self, now: DateTime<Utc>) -> Result<Vec<DigestStories>, StoreError> {
        let rows = query(
            "SELECT channel, desk, code, MAX(version) AS version FROM digest_item AS item WHERE digest IS NULL \
             AND EXISTS (SELECT 1 FROM digest_item AS due WHERE due.channel = item.channel AND due.code = item.code \
             AND due.digest IS NULL AND due.due_ms <= $1) GROUP BY channel, desk, code ORDER BY channel, desk, code",
        )
        .bind(now.timestamp_millis())
        .fetch_all(&self.pool)
        .await?;
        let mut digests: Vec<DigestStories> = Vec::new();
        for row in &rows {
            let channel = row.try_get::<i64, _>("channel")?.cast_unsigned();
            let desk = DeskId::from_stored(row.try_get::<String, _>("desk")?);
            let (code, version) = item_of(row)?;
            match digests.last_mut() {
                Some(last) if last.channel == channel && last.desk == desk => {
                    last.stories.insert(code, version);
                }
                Some(_) | None => {
                    digests.push(DigestStories { channel, desk, stories: BTreeMap::from([(code, version)]) });
                }
            }
        }
        Ok(digests)
    }

    /// Stores a digest's delivery, and that its stories are in it, in one transaction.
    pub async fn save_digest(
        &self,
        digest: &StoryCode,
        outgoing: &Outgoing,
        channel: u64,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let storyline = StorylineId::from_stored(format!("digest:{digest}"));
        self.save_delivery_in(&mut tx, &storyline, outgoing).await?;
        query(
            "UPDATE digest_item SET digest = $1 WHERE channel = $2 AND digest IS NULL AND code IN \
             (SELECT code FROM digest_item WHERE channel = $2 AND digest IS NULL AND due_ms <= $3)",
        )
        .bind(digest.as_str())
        .bind(snowflake(channel))
        .bind(now.timestamp_millis())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The digests that tell a story.
    pub async fn digests_with(
        &self,
        code: &StoryCode,
    ) -> Result<Vec<(StoryCode, DigestStories)>, StoreError> {
        let rows = query(
            "SELECT digest, channel, desk, code, MAX(version) AS version FROM digest_item WHERE digest IN \
             (SELECT digest FROM digest_item WHERE code = $1 AND digest IS NOT NULL) \
             GROUP BY digest, channel, desk, code ORDER BY digest, code",
        )
        .bind(code.as_str())
        .fetch_all(&self.pool)
        .await?;
        let mut digests: BTreeMap<StoryCode, DigestStories> = BTreeMap::new();
        for row in &rows {
            let digest: String = row.try_get("digest")?;
            let digest = digest.parse().map_err(|err| StoreError::decode("digest_item.digest", err))?;
            let channel = row.try_get::<i64, _>("channel")?.cast_unsigned();
            let desk = DeskId::from_stored(row.try_get::<String, _>("desk")?);
            let (code, version) = item_of(row)?;
            digests
                .entry(digest)
                .or_insert_with(|| DigestStories { channel, desk, stories: BTreeMap::new() })
                .stories
                .insert(code, version);
        }
        Ok(digests.into_iter().collect())
    }

    /// Takes a story out of digests that are still to come; how many.
    pub async fn leave_digests(&self, code: &StoryCode) -> Result<u64, StoreError> {
        let done = query("DELETE FROM digest_item WHERE code = $1 AND digest IS NULL")
            .bind(code.as_str())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }
}

fn item_of(row: &sqlx::any::AnyRow) -> Result<(StoryCode, u32), StoreError> {
    let code: String = row.try_get("code")?;
    Ok((
        code.parse().map_err(|err| StoreError::decode("digest_item.code", err))?,
        u32::try_from(row.try_get::<i64, _>("version")?)
            .map_err(|err| StoreError::decode("digest_item.version", err))?,
    ))
}
