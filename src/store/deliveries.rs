//! The outbox: deliveries and their steps. A state change is one `UPDATE … WHERE state = <from>`.

use chrono::{DateTime, Duration, Utc};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction, query};

use super::dialect::Col::{Int, Text};
use super::records::time;
use super::{Store, StoreError};
use crate::model::{Delivery, DeliveryId, HoldReason, Step, StepId, StepState, StoryCode, StorylineId};

/// A step that this worker holds until its lease ends.
#[derive(Clone, Debug, PartialEq)]
pub struct LeasedStep {
    /// The step; `Intended` means an earlier worker may have sent it: read the destination first.
    pub step: Step,
    /// Its delivery.
    pub delivery: DeliveryId,
    /// Where to, in text form.
    pub destination: String,
    /// Which story.
    pub code: StoryCode,
    /// Which version.
    pub version: u32,
    /// When the delivery was planned.
    pub created_at: DateTime<Utc>,
}

impl Store {
    pub(super) async fn save_delivery_in(
        &self,
        tx: &mut Transaction<'static, Any>,
        storyline: &StorylineId,
        delivery: &Delivery,
        steps: &[Step],
    ) -> Result<(), StoreError> {
        query(
            "INSERT INTO delivery (id, storyline, code, version, destination, created_ms, state) \
             VALUES ($1, $2, $3, $4, $5, $6, 'open') ON CONFLICT DO NOTHING",
        )
        .bind(delivery.id.as_str())
        .bind(storyline.as_str())
        .bind(delivery.code.as_str())
        .bind(i64::from(delivery.version))
        .bind(&delivery.destination)
        .bind(delivery.created_at.timestamp_millis())
        .execute(&mut **tx)
        .await?;
        let rows: Vec<_> = steps
            .iter()
            .map(|s| {
                Ok(serde_json::json!({
                    "id": s.id, "delivery_id": delivery.id, "n": s.n, "kind": s.kind,
                    "payload": serde_json::to_string(&s.payload)?, "state_ms": delivery.created_at.timestamp_millis(),
                }))
            })
            .collect::<Result<_, StoreError>>()?;
        let sql = format!(
            "INSERT INTO step (id, delivery_id, n, kind, payload, state, state_ms) \
             SELECT id, delivery_id, n, kind, payload, 'queued', state_ms FROM {} WHERE true ON CONFLICT DO NOTHING",
            self.dialect.rows(&[
                ("id", Text),
                ("delivery_id", Text),
                ("n", Int),
                ("kind", Text),
                ("payload", Text),
                ("state_ms", Int)
            ])
        );
        query(AssertSqlSafe(sql)).bind(serde_json::to_string(&rows)?).execute(&mut **tx).await?;
        Ok(())
    }

    /// Takes the next step that is due: the first open one of the oldest open delivery that nobody holds.
    ///
    /// Order inside a delivery is kept: a step is due only when all before it are posted.
    pub async fn lease_step(
        &self,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<LeasedStep>, StoreError> {
        let mut tx = self.begin().await?;
        let sql = format!(
            "SELECT step.id AS id FROM step JOIN delivery ON delivery.id = delivery_id \
             WHERE delivery.state = 'open' AND step.state IN ('queued', 'intended') AND (lease_ms IS NULL OR lease_ms <= $1) \
             AND NOT EXISTS (SELECT 1 FROM step AS prior WHERE prior.delivery_id = step.delivery_id AND prior.n < step.n \
             AND prior.state <> 'posted') ORDER BY delivery.created_ms, delivery.id, step.n LIMIT 1 {}",
            self.dialect.skip_locked()
        );
        let Some(row) =
            query(AssertSqlSafe(sql)).bind(now.timestamp_millis()).fetch_optional(&mut *tx).await?
        else {
            tx.rollback().await?;
            return Ok(None);
        };
        let id: String = row.try_get("id")?;
        query("UPDATE step SET lease_ms = $1, attempts = attempts + 1 WHERE id = $2")
            .bind((now + lease).timestamp_millis())
            .bind(&id)
            .execute(&mut *tx)
            .await?;
        let row = query(
            "SELECT step.id AS id, n, kind, payload, step.state AS state, state_ms, remote, reason, delivery_id, destination, code, \
             version, created_ms FROM step JOIN delivery ON delivery.id = delivery_id WHERE step.id = $1",
        )
        .bind(&id)
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        leased_of(&row).map(Some)
    }

    /// Records that a step is about to be sent. `false`: it is not in the state it was leased in.
    pub async fn intend_step(&self, step: &StepId, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let done =
            query("UPDATE step SET state = 'intended', state_ms = $1 WHERE id = $2 AND state = 'queued'")
                .bind(now.timestamp_millis())
                .bind(step.as_str())
                .execute(&self.pool)
                .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Records that a step is there, and closes its delivery if it was the last.
    pub async fn post_step(
        &self,
        step: &LeasedStep,
        remote: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        query("UPDATE step SET state = 'posted', state_ms = $1, remote = $2, lease_ms = NULL WHERE id = $3 AND state = 'intended'")
            .bind(now.timestamp_millis())
            .bind(remote)
            .bind(step.step.id.as_str())
            .execute(&mut *tx)
            .await?;
        query(
            "UPDATE delivery SET state = 'done' WHERE id = $1 AND state = 'open' AND NOT EXISTS \
             (SELECT 1 FROM step WHERE delivery_id = $1 AND state <> 'posted')",
        )
        .bind(step.delivery.as_str())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a step back, to be tried again not before `due`.
    pub async fn retry_step(&self, step: &StepId, due: DateTime<Utc>, why: &str) -> Result<(), StoreError> {
        query("UPDATE step SET lease_ms = $1, reason = $2 WHERE id = $3 AND state IN ('queued', 'intended')")
            .bind(due.timestamp_millis())
            .bind(why)
            .bind(step.as_str())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Holds a step and its delivery for a person.
    pub async fn hold_step(
        &self,
        step: &LeasedStep,
        reason: HoldReason,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        query("UPDATE step SET state = 'held', state_ms = $1, reason = $2, lease_ms = NULL WHERE id = $3")
            .bind(now.timestamp_millis())
            .bind(reason.as_str())
            .bind(step.step.id.as_str())
            .execute(&mut *tx)
            .await?;
        query("UPDATE delivery SET state = 'held' WHERE id = $1")
            .bind(step.delivery.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Plans a delivery again with new payloads: after erasure, what was posted must be replaced by what is left.
    pub async fn replan_delivery(
        &self,
        delivery: &Delivery,
        steps: &[Step],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for step in steps {
            query(
                "UPDATE step SET payload = $1, state = 'queued', state_ms = $2, lease_ms = NULL, reason = NULL \
                 WHERE delivery_id = $3 AND n = $4",
            )
            .bind(serde_json::to_string(&step.payload)?)
            .bind(now.timestamp_millis())
            .bind(delivery.id.as_str())
            .bind(i64::try_from(step.n).unwrap_or(i64::MAX))
            .execute(&mut *tx)
            .await?;
        }
        query("UPDATE delivery SET state = 'open' WHERE id = $1")
            .bind(delivery.id.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Deliveries of a story version, by destination.
    pub async fn deliveries_of(&self, code: &StoryCode, version: u32) -> Result<Vec<Delivery>, StoreError> {
        query("SELECT id, code, version, destination, created_ms, state FROM delivery WHERE code = $1 AND version = $2 ORDER BY destination")
            .bind(code.as_str())
            .bind(i64::from(version))
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(delivery_of)
            .collect()
    }

    /// How many deliveries are in each state.
    pub async fn delivery_totals(&self) -> Result<Vec<(String, u64)>, StoreError> {
        query("SELECT state, COUNT(*) AS n FROM delivery GROUP BY state ORDER BY state")
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| {
                Ok((row.try_get("state")?, u64::try_from(row.try_get::<i64, _>("n")?).unwrap_or_default()))
            })
            .collect()
    }
}

fn delivery_of(row: &AnyRow) -> Result<Delivery, StoreError> {
    let text = |column: &'static str| -> Result<String, StoreError> { Ok(row.try_get::<String, _>(column)?) };
    Ok(Delivery {
        id: DeliveryId::from_stored(text("id")?),
        code: text("code")?.parse().map_err(|err| StoreError::decode("delivery.code", err))?,
        version: u32::try_from(row.try_get::<i64, _>("version")?)
            .map_err(|err| StoreError::decode("delivery.version", err))?,
        destination: text("destination")?,
        created_at: time("delivery.created_ms", row.try_get("created_ms")?)?,
        state: text("state")?.parse().map_err(|err| StoreError::decode("delivery.state", err))?,
    })
}

fn leased_of(row: &AnyRow) -> Result<LeasedStep, StoreError> {
    let text = |column: &'static str| -> Result<String, StoreError> { Ok(row.try_get::<String, _>(column)?) };
    let at = time("step.state_ms", row.try_get("state_ms")?)?;
    let remote: Option<String> = row.try_get("remote")?;
    let reason: Option<String> = row.try_get("reason")?;
    let state = match (text("state")?.as_str(), remote, reason) {
        ("queued", _, _) => StepState::Queued,
        ("intended", _, _) => StepState::Intended { at },
        ("posted", Some(remote), _) => StepState::Posted { remote },
        ("held", _, Some(reason)) => {
            StepState::Held { reason: reason.parse().map_err(|err| StoreError::decode("step.reason", err))? }
        }
        (other, _, _) => {
            return Err(StoreError::decode("step.state", format_args!("`{other}` without its columns")));
        }
    };
    Ok(LeasedStep {
        step: Step {
            id: StepId::from_stored(text("id")?),
            n: usize::try_from(row.try_get::<i64, _>("n")?)
                .map_err(|err| StoreError::decode("step.n", err))?,
            kind: text("kind")?.parse().map_err(|err| StoreError::decode("step.kind", err))?,
            payload: serde_json::from_str(&text("payload")?)?,
            state,
        },
        delivery: DeliveryId::from_stored(text("delivery_id")?),
        destination: text("destination")?,
        code: text("code")?.parse().map_err(|err| StoreError::decode("delivery.code", err))?,
        version: u32::try_from(row.try_get::<i64, _>("version")?)
            .map_err(|err| StoreError::decode("delivery.version", err))?,
        created_at: time("delivery.created_ms", row.try_get("created_ms")?)?,
    })
}
