//! Desks and their subscriptions.

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use sqlx::{Row as _, query};

use super::decode::{optional_time, time};
use super::{Store, StoreError};
use crate::model::{DeskId, DeskSettings, GuildDesk, Subscription, TopicSlug};

/// Snowflakes stay below 2^63 until the year 2084.
pub(super) fn snowflake(id: u64) -> i64 {
    id.cast_signed()
}

const DESK: &str = "SELECT id, name, installer, awake, settings, joined_ms, left_ms FROM desk";
const SUBSCRIPTION: &str =
    "SELECT desk, topic, channel, style, cadence, crosspost, created_by, created_ms, awake FROM subscription";

impl Store {
    /// Notes that the bot is a member of a server. `true`: it was not before. Subscriptions that slept wake up.
    pub async fn desk_joined(
        &self,
        desk: &DeskId,
        name: &str,
        installer: Option<u64>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let known = query("SELECT awake FROM desk WHERE id = $1")
            .bind(desk.as_str())
            .fetch_optional(&mut *tx)
            .await?
            .map(|row| row.try_get::<i64, _>("awake"))
            .transpose()?;
        let name = name.replace('\0', "");
        if known == Some(1) {
            query("UPDATE desk SET name = $1 WHERE id = $2 AND name <> $1")
                .bind(&name)
                .bind(desk.as_str())
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            return Ok(false);
        }
        query(
            "INSERT INTO desk (id, name, awake, settings, joined_ms) VALUES ($1, $2, 1, $3, $4) ON CONFLICT (id) \
             DO UPDATE SET name = excluded.name, awake = 1, joined_ms = excluded.joined_ms, left_ms = NULL",
        )
        .bind(desk.as_str())
        .bind(&name)
        .bind(serde_json::to_string(&DeskSettings::default())?)
        .bind(now.timestamp_millis())
        .execute(&mut *tx)
        .await?;
        if let Some(installer) = installer {
            query("UPDATE desk SET installer = $1 WHERE id = $2")
                .bind(snowflake(installer))
                .bind(desk.as_str())
                .execute(&mut *tx)
                .await?;
        }
        query("UPDATE subscription SET awake = 1 WHERE desk = $1")
            .bind(desk.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Notes that the bot was sent away: the desk and its subscriptions sleep, and what was on its way there is given up.
    pub async fn desk_left(&self, desk: &DeskId, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        query("UPDATE desk SET awake = 0, left_ms = $1 WHERE id = $2 AND awake = 1")
            .bind(now.timestamp_millis())
            .bind(desk.as_str())
            .execute(&mut *tx)
            .await?;
        for sql in [
            "UPDATE subscription SET awake = 0 WHERE desk = $1",
            "UPDATE step SET state = 'held', reason = 'destination_gone', lease_ms = NULL WHERE state IN ('queued', 'intended') \
             AND delivery_id IN (SELECT id FROM delivery WHERE desk = $1 AND state IN ('open', 'waiting'))",
            "UPDATE delivery SET state = 'held' WHERE desk = $1 AND state IN ('open', 'waiting')",
        ] {
            query(sql).bind(desk.as_str()).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Deletes desks that were left before a time, with everything that was theirs alone; how many.
    pub async fn forget_desks_left(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let mut tx = self.begin().await?;
        let gone = "(SELECT id FROM desk WHERE awake = 0 AND left_ms < $1)";
        for (table, column) in [
            ("subscription", "desk"),
            ("mute", "desk"),
            ("dispute", "desk"),
            ("audit", "desk"),
            ("digest_item", "desk"),
        ] {
            let sql = format!("DELETE FROM {table} WHERE {column} IN {gone}");
            query(sqlx::AssertSqlSafe(sql)).bind(before.timestamp_millis()).execute(&mut *tx).await?;
        }
        let done = query("DELETE FROM desk WHERE awake = 0 AND left_ms < $1")
            .bind(before.timestamp_millis())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// A desk.
    pub async fn desk(&self, desk: &DeskId) -> Result<Option<GuildDesk>, StoreError> {
        let sql = format!("{DESK} WHERE id = $1");
        let row = query(sqlx::AssertSqlSafe(sql)).bind(desk.as_str()).fetch_optional(&self.pool).await?;
        row.as_ref().map(desk_of).transpose()
    }

    /// All desks, the asleep ones too.
    pub async fn desks(&self) -> Result<Vec<GuildDesk>, StoreError> {
        let sql = format!("{DESK} ORDER BY id");
        query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await?.iter().map(desk_of).collect()
    }

    /// Replaces a desk's settings.
    pub async fn save_desk_settings(&self, desk: &DeskId, settings: &DeskSettings) -> Result<(), StoreError> {
        query("UPDATE desk SET settings = $1 WHERE id = $2")
            .bind(serde_json::to_string(settings)?)
            .bind(desk.as_str())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Follows a topic in a channel, or changes how. `false`: it was so already.
    pub async fn follow(&self, subscription: &Subscription) -> Result<bool, StoreError> {
        let done = query(
            "INSERT INTO subscription (desk, topic, channel, style, cadence, crosspost, created_by, created_ms, awake) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (desk, topic, channel) DO UPDATE \
             SET style = excluded.style, cadence = excluded.cadence, crosspost = excluded.crosspost, awake = excluded.awake \
             WHERE subscription.style <> excluded.style OR subscription.cadence <> excluded.cadence \
             OR subscription.crosspost <> excluded.crosspost OR subscription.awake <> excluded.awake",
        )
        .bind(subscription.desk.as_str())
        .bind(subscription.topic.as_str())
        .bind(snowflake(subscription.channel))
        .bind(subscription.style.as_str())
        .bind(subscription.cadence.as_str())
        .bind(i64::from(subscription.crosspost))
        .bind(snowflake(subscription.created_by))
        .bind(subscription.created_at.timestamp_millis())
        .bind(i64::from(subscription.awake))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Stops following a topic, in one channel or everywhere in a desk; how many subscriptions that ended.
    pub async fn unfollow(
        &self,
        desk: &DeskId,
        topic: &TopicSlug,
        channel: Option<u64>,
    ) -> Result<u64, StoreError> {
        let done =
            query("DELETE FROM subscription WHERE desk = $1 AND topic = $2 AND ($3 = 0 OR channel = $3)")
                .bind(desk.as_str())
                .bind(topic.as_str())
                .bind(channel.map_or(0, snowflake))
                .execute(&self.pool)
                .await?;
        Ok(done.rows_affected())
    }

    /// What a desk follows.
    pub async fn subscriptions_of_desk(&self, desk: &DeskId) -> Result<Vec<Subscription>, StoreError> {
        let sql = format!("{SUBSCRIPTION} WHERE desk = $1 ORDER BY topic, channel");
        let rows = query(sqlx::AssertSqlSafe(sql)).bind(desk.as_str()).fetch_all(&self.pool).await?;
        rows.iter().map(subscription_of).collect()
    }

    /// Who follows a topic, as far as awake.
    pub async fn subscriptions_of_topic(&self, topic: &TopicSlug) -> Result<Vec<Subscription>, StoreError> {
        let sql = format!("{SUBSCRIPTION} WHERE topic = $1 AND awake = 1 ORDER BY desk, channel");
        let rows = query(sqlx::AssertSqlSafe(sql)).bind(topic.as_str()).fetch_all(&self.pool).await?;
        rows.iter().map(subscription_of).collect()
    }
}

fn desk_of(row: &AnyRow) -> Result<GuildDesk, StoreError> {
    Ok(GuildDesk {
        id: DeskId::from_stored(row.try_get::<String, _>("id")?),
        name: row.try_get("name")?,
        installer: row.try_get::<Option<i64>, _>("installer")?.map(i64::cast_unsigned),
        awake: row.try_get::<i64, _>("awake")? == 1,
        settings: serde_json::from_str(&row.try_get::<String, _>("settings")?)?,
        joined_at: time("desk.joined_ms", row.try_get("joined_ms")?)?,
        left_at: optional_time("desk.left_ms", row.try_get("left_ms")?)?,
    })
}

fn subscription_of(row: &AnyRow) -> Result<Subscription, StoreError> {
    let text = |column: &'static str| -> Result<String, StoreError> { Ok(row.try_get::<String, _>(column)?) };
    let id = |column: &'static str| -> Result<u64, StoreError> {
        Ok(row.try_get::<i64, _>(column)?.cast_unsigned())
    };
    Ok(Subscription {
        desk: DeskId::from_stored(text("desk")?),
        topic: text("topic")?.parse().map_err(|err| StoreError::decode("subscription.topic", err))?,
        channel: id("channel")?,
        style: text("style")?.parse().map_err(|err| StoreError::decode("subscription.style", err))?,
        cadence: text("cadence")?.parse().map_err(|err| StoreError::decode("subscription.cadence", err))?,
        crosspost: row.try_get::<i64, _>("crosspost")? == 1,
        created_by: id("created_by")?,
        created_at: time("subscription.created_ms", row.try_get("created_ms")?)?,
        awake: row.try_get::<i64, _>("awake")? == 1,
    })
}
