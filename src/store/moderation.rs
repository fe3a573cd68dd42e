//! What members and moderators have said: disputes, mutes, the audit log; and what must happen only once.

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use sqlx::{Row as _, query};

use super::decode::time;
use super::desks::snowflake;
use super::{Store, StoreError};
use crate::model::{AuditEntry, DeskId, Dispute, DisputeState, Mute, MuteKind, Sha256, StoryCode};

impl Store {
    /// Notes that something happened which may happen once. `false`: it had happened before.
    pub async fn once(&self, name: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let done = query("INSERT INTO once (name, at_ms) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
            .bind(name)
            .bind(now.timestamp_millis())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Whether an event of this id comes for the first time: Discord may send one twice.
    pub async fn first_seen(&self, event: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.once(&format!("event:{event}"), now).await
    }

    /// Whether a desk has not been told this yet; from now on it has.
    pub async fn tell_once(&self, key: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.once(&format!("told:{key}"), now).await
    }

    /// Lets a desk be told again: what it was told of is over. How many keys with this beginning there were.
    pub async fn told_no_more(&self, key: &str) -> Result<u64, StoreError> {
        // In a key `_` is a letter like any other.
        let key = key.replace('!', "!!").replace('_', "!_").replace('%', "!%");
        let like = format!("told:{key}%");
        let done =
            query("DELETE FROM once WHERE name LIKE $1 ESCAPE '!'").bind(like).execute(&self.pool).await?;
        Ok(done.rows_affected())
    }

    /// Forgets events older than a time: nobody sends them again.
    pub async fn forget_events(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let done = query("DELETE FROM once WHERE at_ms < $1 AND name LIKE 'event:%'")
            .bind(before.timestamp_millis())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }

    /// Stores a dispute. `false`: this person has disputed this story already.
    pub async fn save_dispute(&self, dispute: &Dispute) -> Result<bool, StoreError> {
        let done = query(
            "INSERT INTO dispute (id, code, version, desk, by_user, sentence, reason, at_ms, state) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",
        )
        .bind(&dispute.id)
        .bind(dispute.code.as_str())
        .bind(i64::from(dispute.version))
        .bind(dispute.desk.as_str())
        .bind(snowflake(dispute.by))
        .bind(dispute.sentence.replace('\0', ""))
        .bind(dispute.reason.replace('\0', ""))
        .bind(dispute.at.timestamp_millis())
        .bind(dispute.state.as_str())
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// A dispute.
    pub async fn dispute(&self, id: &str) -> Result<Option<Dispute>, StoreError> {
        let row = query("SELECT id, code, version, desk, by_user, sentence, reason, at_ms, state FROM dispute WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(dispute_of).transpose()
    }

    /// Disputes of a desk, newest first.
    pub async fn disputes(&self, desk: &DeskId, limit: i64) -> Result<Vec<Dispute>, StoreError> {
        query(
            "SELECT id, code, version, desk, by_user, sentence, reason, at_ms, state FROM dispute \
             WHERE desk = $1 ORDER BY at_ms DESC, id LIMIT $2",
        )
        .bind(desk.as_str())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(dispute_of)
        .collect()
    }

    /// Ends an open dispute. `false`: somebody was quicker.
    pub async fn close_dispute(&self, id: &str, outcome: DisputeState) -> Result<bool, StoreError> {
        let done = query("UPDATE dispute SET state = $1 WHERE id = $2 AND state = 'open'")
            .bind(outcome.as_str())
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends every open dispute about a story.
    pub async fn close_disputes_of(
        &self,
        code: &StoryCode,
        outcome: DisputeState,
    ) -> Result<u64, StoreError> {
        let done = query("UPDATE dispute SET state = $1 WHERE code = $2 AND state = 'open'")
            .bind(outcome.as_str())
            .bind(code.as_str())
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }

    /// Writes an entry into the audit log.
    pub async fn audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let at = entry.at.timestamp_millis();
        let key = format!("{at}\n{}\n{}\n{}\n{}", entry.desk, entry.actor, entry.action, entry.subject);
        let key = Sha256::of(&format!("{key}\n{}", entry.detail));
        query(
            "INSERT INTO audit (id, at_ms, desk, actor, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(key.as_str().get(..24))
        .bind(at)
        .bind(entry.desk.as_str())
        .bind(snowflake(entry.actor))
        .bind(entry.action.replace('\0', ""))
        .bind(entry.subject.replace('\0', ""))
        .bind(entry.detail.replace('\0', ""))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The audit log of a desk, newest first.
    pub async fn audit_of(&self, desk: &DeskId, limit: i64) -> Result<Vec<AuditEntry>, StoreError> {
        query(
            "SELECT at_ms, desk, actor, action, subject, detail FROM audit WHERE desk = $1 \
             ORDER BY at_ms DESC, id LIMIT $2",
        )
        .bind(desk.as_str())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(|row| {
            Ok(AuditEntry {
                at: time("audit.at_ms", row.try_get("at_ms")?)?,
                desk: DeskId::from_stored(row.try_get::<String, _>("desk")?),
                actor: row.try_get::<i64, _>("actor")?.cast_unsigned(),
                action: row.try_get("action")?,
                subject: row.try_get("subject")?,
                detail: row.try_get("detail")?,
            })
        })
        .collect()
    }

    /// Mutes something at a desk. `false`: it was muted.
    pub async fn mute(
        &self,
        desk: &DeskId,
        kind: MuteKind,
        value: &str,
        by: u64,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let done = query(
            "INSERT INTO mute (desk, kind, value, by_user, at_ms) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (desk, kind, value) DO NOTHING",
        )
        .bind(desk.as_str())
        .bind(kind.as_str())
        .bind(muted(kind, value))
        .bind(snowflake(by))
        .bind(now.timestamp_millis())
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes a mute back. `false`: there was none.
    pub async fn unmute(&self, desk: &DeskId, kind: MuteKind, value: &str) -> Result<bool, StoreError> {
        let done = query("DELETE FROM mute WHERE desk = $1 AND kind = $2 AND value = $3")
            .bind(desk.as_str())
            .bind(kind.as_str())
            .bind(muted(kind, value))
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// What a desk has muted.
    pub async fn mutes(&self, desk: &DeskId) -> Result<Vec<Mute>, StoreError> {
        query("SELECT kind, value, by_user, at_ms FROM mute WHERE desk = $1 ORDER BY kind, value")
            .bind(desk.as_str())
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| {
                let kind: String = row.try_get("kind")?;
                Ok(Mute {
                    kind: kind.parse().map_err(|err| StoreError::decode("mute.kind", err))?,
                    value: row.try_get("value")?,
                    by: row.try_get::<i64, _>("by_user")?.cast_unsigned(),
                    at: time("mute.at_ms", row.try_get("at_ms")?)?,
                })
            })
            .collect()
    }
}

/// How a mute is kept: names and words in lower case.
fn muted(kind: MuteKind, value: &str) -> String {
    let value = value.trim().replace('\0', "");
    match kind {
        MuteKind::Story => value.to_uppercase(),
        MuteKind::Source | MuteKind::Author | MuteKind::Word => value.to_lowercase(),
    }
}

fn dispute_of(row: &AnyRow) -> Result<Dispute, StoreError> {
    let text = |column: &'static str| -> Result<String, StoreError> { Ok(row.try_get::<String, _>(column)?) };
    Ok(Dispute {
        id: text("id")?,
        code: text("code")?.parse().map_err(|err| StoreError::decode("dispute.code", err))?,
        version: u32::try_from(row.try_get::<i64, _>("version")?)
            .map_err(|err| StoreError::decode("dispute.version", err))?,
        desk: DeskId::from_stored(text("desk")?),
        by: row.try_get::<i64, _>("by_user")?.cast_unsigned(),
        sentence: text("sentence")?,
        reason: text("reason")?,
        at: time("dispute.at_ms", row.try_get("at_ms")?)?,
        state: text("state")?.parse().map_err(|err| StoreError::decode("dispute.state", err))?,
    })
}
