//! The outbox: deliveries and their steps. A state change is one `UPDATE … WHERE state = <from>`.

use chrono::{DateTime, Duration, Utc};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction, query};

use super::decode::time;
use super::dialect::Col::{Int, Text};
use super::{Store, StoreError};
use crate::model::{
    Delivery, DeliveryId, DeskId, HoldReason, Step, StepId, StepKind, StepState, StoryCode, StorylineId,
};

/// A delivery to be stored with its story.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// The delivery. One that waits for a moderator is not begun.
    pub delivery: Delivery,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// The desk it is for, if it is for one.
    pub desk: Option<DeskId>,
    /// Not before this time.
    pub due_at: Option<DateTime<Utc>>,
    /// How it was planned to look, as JSON.
    pub look: String,
}

impl From<(Delivery, Vec<Step>)> for Outgoing {
    fn from((delivery, steps): (Delivery, Vec<Step>)) -> Self {
        Self { delivery, steps, desk: None, due_at: None, look: String::new() }
    }
}

/// A delivery as it was planned, with what a new plan must know.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The delivery.
    pub delivery: Delivery,
    /// How it was planned to look, as JSON; empty for a preview.
    pub look: String,
    /// When later versions of the story were written that go to the same place.
    pub later: Vec<DateTime<Utc>>,
    /// Whether a later version has edited the opening already.
    pub overtaken: bool,
}

/// A step that stands at its destination.
#[derive(Clone, Debug, PartialEq)]
pub struct PostedStep {
    /// Its delivery's version.
    pub version: u32,
    /// Position in its delivery.
    pub n: usize,
    /// What it did.
    pub kind: StepKind,
    /// The destination's id for it.
    pub remote: String,
}

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
    /// Which storyline.
    pub storyline: StorylineId,
    /// The desk it is for, if it is for one.
    pub desk: Option<DeskId>,
    /// The destination's id for it, if it stands there already: sending it then means changing it.
    pub remote: Option<String>,
    /// How often it was planned.
    pub plan: i64,
    /// Whether a missing permission held it before.
    pub was_held: bool,
    /// What was being sent when it was last begun; see [`Store::seal_step`].
    pub sealed: Option<String>,
}

/// For how long a delivery that fails holds up younger ones to the same place.
const PATIENCE: Duration = Duration::minutes(15);

impl Store {
    pub(super) async fn save_delivery_in(
        &self,
        tx: &mut Transaction<'static, Any>,
        storyline: &StorylineId,
        outgoing: &Outgoing,
    ) -> Result<(), StoreError> {
        let Outgoing { delivery, steps, desk, due_at, look } = outgoing;
        query(
            "INSERT INTO delivery (id, storyline, code, version, destination, created_ms, state, desk, due_ms, look) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        )
        .bind(delivery.id.as_str())
        .bind(storyline.as_str())
        .bind(delivery.code.as_str())
        .bind(i64::from(delivery.version))
        .bind(&delivery.destination)
        .bind(delivery.created_at.timestamp_millis())
        .bind(delivery.state.as_str())
        .bind(desk.as_ref().map_or("", DeskId::as_str))
        .bind(due_at.map_or(0, |at| at.timestamp_millis()))
        .bind(look)
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
    /// Order inside a delivery is kept: a step is due only when all before it are posted. So is order at a place: a
    /// delivery waits for older ones to the same destination, until those have failed for a while; for an older
    /// version of its own story it waits however long that takes.
    pub async fn lease_step(
        &self,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<LeasedStep>, StoreError> {
        let mut tx = self.begin().await?;
        let sql = format!(
            "SELECT step.id AS id FROM step JOIN delivery ON delivery.id = delivery_id \
             WHERE delivery.state = 'open' AND delivery.due_ms <= $1 AND step.state IN ('queued', 'intended') \
             AND (lease_ms IS NULL OR lease_ms <= $1) \
             AND NOT EXISTS (SELECT 1 FROM step AS prior WHERE prior.delivery_id = step.delivery_id AND prior.n < step.n \
             AND prior.state <> 'posted') \
             AND NOT EXISTS (SELECT 1 FROM delivery AS older WHERE older.destination = delivery.destination \
             AND older.state = 'open' AND older.due_ms <= $1 \
             AND (older.created_ms < delivery.created_ms OR (older.created_ms = delivery.created_ms AND older.id < delivery.id)) \
             AND (older.failing_ms IS NULL OR (older.destination <> 'preview' \
             AND (older.failing_ms > $2 OR older.storyline = delivery.storyline)))) \
             ORDER BY delivery.created_ms, delivery.id, step.n LIMIT 1 {}",
            self.dialect.skip_locked()
        );
        let Some(row) = query(AssertSqlSafe(sql))
            .bind(now.timestamp_millis())
            .bind((now - PATIENCE).timestamp_millis())
            .fetch_optional(&mut *tx)
            .await?
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
             version, created_ms, storyline, desk, plan, sealed FROM step JOIN delivery ON delivery.id = delivery_id WHERE step.id = $1",
        )
        .bind(&id)
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        leased_of(&row).map(Some)
    }

    /// Records that a step is about to be sent. `false`: it is not as it was leased.
    pub async fn intend_step(&self, step: &LeasedStep, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let done = query(
            "UPDATE step SET state = 'intended', state_ms = $1 WHERE id = $2 AND state = 'queued' AND plan = $3",
        )
        .bind(now.timestamp_millis())
        .bind(step.step.id.as_str())
        .bind(step.plan)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Records that a step is there, and closes its delivery if it was the last. A step that was planned again
    /// meanwhile is due again: what stands there is older than its plan. `true`: it was the last of its delivery.
    pub async fn post_step(
        &self,
        step: &LeasedStep,
        remote: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        query(
            "UPDATE step SET state = CASE WHEN plan = $4 THEN 'posted' ELSE 'queued' END, state_ms = $1, remote = $2, \
             reason = NULL, lease_ms = NULL WHERE id = $3 AND state = 'intended'",
        )
        .bind(now.timestamp_millis())
        .bind(remote)
        .bind(step.step.id.as_str())
        .bind(step.plan)
        .execute(&mut *tx)
        .await?;
        query("UPDATE delivery SET failing_ms = NULL WHERE id = $1 AND failing_ms IS NOT NULL")
            .bind(step.delivery.as_str())
            .execute(&mut *tx)
            .await?;
        let done = query(
            "UPDATE delivery SET state = 'done' WHERE id = $1 AND state = 'open' AND NOT EXISTS \
             (SELECT 1 FROM step WHERE delivery_id = $1 AND state <> 'posted')",
        )
        .bind(step.delivery.as_str())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives a step back, to be tried again not before `due`.
    pub async fn retry_step(&self, step: &StepId, due: DateTime<Utc>, why: &str) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        query("UPDATE step SET lease_ms = $1, reason = $2 WHERE id = $3 AND state IN ('queued', 'intended')")
            .bind(due.timestamp_millis())
            .bind(why.replace('\0', ""))
            .bind(step.as_str())
            .execute(&mut *tx)
            .await?;
        query(
            "UPDATE delivery SET failing_ms = (SELECT state_ms FROM step WHERE id = $1) \
             WHERE failing_ms IS NULL AND id = (SELECT delivery_id FROM step WHERE id = $1)",
        )
        .bind(step.as_str())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
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

    /// Plans a delivery again with new payloads: what was posted must be replaced by what is right now.
    ///
    /// A step that stands at its destination keeps its id there, and is due again if its payload differs. One that
    /// the new plan does not have any more gets the payload `null`: it is to be taken away. One that was held may have
    /// been sent before that: it is looked for first.
    pub async fn replan_delivery(
        &self,
        delivery: &Delivery,
        steps: &[Step],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.replan_delivery_except(delivery, steps, &[], now).await
    }

    /// The same, but the steps at the positions `kept` get their payload without being sent: what they made was
    /// changed by a later version since.
    pub async fn replan_delivery_except(
        &self,
        delivery: &Delivery,
        steps: &[Step],
        kept: &[usize],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for step in steps.iter().filter(|s| kept.contains(&s.n)) {
            query("UPDATE step SET payload = $1 WHERE delivery_id = $2 AND n = $3")
                .bind(serde_json::to_string(&step.payload)?)
                .bind(delivery.id.as_str())
                .bind(i64::try_from(step.n).unwrap_or(i64::MAX))
                .execute(&mut *tx)
                .await?;
        }
        for step in steps.iter().filter(|s| !kept.contains(&s.n)) {
            query(
                "INSERT INTO step (id, delivery_id, n, kind, payload, state, state_ms) VALUES ($1, $2, $3, $4, $5, 'queued', $6) \
                 ON CONFLICT (delivery_id, n) DO UPDATE SET payload = excluded.payload, kind = excluded.kind, plan = step.plan + 1, \
                 state = CASE WHEN step.state = 'intended' OR (step.state = 'held' AND COALESCE(step.remote, '') = '') \
                 THEN 'intended' ELSE 'queued' END, state_ms = excluded.state_ms, \
                 lease_ms = CASE WHEN step.state = 'intended' THEN step.lease_ms ELSE NULL END, reason = NULL \
                 WHERE step.payload <> excluded.payload OR step.state = 'held'",
            )
            .bind(step.id.as_str())
            .bind(delivery.id.as_str())
            .bind(i64::try_from(step.n).unwrap_or(i64::MAX))
            .bind(step.kind.as_str())
            .bind(serde_json::to_string(&step.payload)?)
            .bind(now.timestamp_millis())
            .execute(&mut *tx)
            .await?;
        }
        query(
            "UPDATE step SET payload = 'null', plan = plan + 1, \
             state = CASE WHEN state = 'intended' OR (state = 'held' AND COALESCE(remote, '') = '') THEN 'intended' ELSE 'queued' END, \
             state_ms = $1, lease_ms = CASE WHEN state = 'intended' THEN lease_ms ELSE NULL END, reason = NULL \
             WHERE delivery_id = $2 AND n >= $3 AND payload <> 'null'",
        )
        .bind(now.timestamp_millis())
        .bind(delivery.id.as_str())
        .bind(i64::try_from(steps.len()).unwrap_or(i64::MAX))
        .execute(&mut *tx)
        .await?;
        query(
            "UPDATE delivery SET state = 'open', failing_ms = NULL WHERE id = $1 AND state <> 'waiting' \
             AND EXISTS (SELECT 1 FROM step WHERE delivery_id = $1 AND state <> 'posted')",
        )
        .bind(delivery.id.as_str())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// What of a storyline stands at a destination, in order of versions and steps.
    pub async fn posted_steps(
        &self,
        storyline: &StorylineId,
        destination: &str,
    ) -> Result<Vec<PostedStep>, StoreError> {
        query(
            "SELECT version, n, kind, remote FROM step JOIN delivery ON delivery.id = delivery_id \
             WHERE storyline = $1 AND destination = $2 AND remote <> '' ORDER BY version, n",
        )
        .bind(storyline.as_str())
        .bind(destination)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(|row| {
            let kind: String = row.try_get("kind")?;
            Ok(PostedStep {
                version: u32::try_from(row.try_get::<i64, _>("version")?)
                    .map_err(|err| StoreError::decode("delivery.version", err))?,
                n: usize::try_from(row.try_get::<i64, _>("n")?)
                    .map_err(|err| StoreError::decode("step.n", err))?,
                kind: kind.parse().map_err(|err| StoreError::decode("step.kind", err))?,
                remote: row.try_get("remote")?,
            })
        })
        .collect()
    }

    /// Whether a storyline has, or will have, its opening at a destination.
    pub async fn has_delivery(&self, storyline: &StorylineId, destination: &str) -> Result<bool, StoreError> {
        let row = query("SELECT 1 FROM delivery WHERE storyline = $1 AND destination = $2 LIMIT 1")
            .bind(storyline.as_str())
            .bind(destination)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
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

    /// Deliveries of a story version with what a new plan must know, by destination.
    pub async fn planned_of(&self, code: &StoryCode, version: u32) -> Result<Vec<Planned>, StoreError> {
        let mut planned = Vec::new();
        let rows = query(
            "SELECT id, code, version, destination, created_ms, state, look FROM delivery \
             WHERE code = $1 AND version = $2 ORDER BY destination",
        )
        .bind(code.as_str())
        .bind(i64::from(version))
        .fetch_all(&self.pool)
        .await?;
        for row in &rows {
            let delivery = delivery_of(row)?;
            let later = query(
                "SELECT created_ms, (SELECT COUNT(*) FROM step WHERE delivery_id = delivery.id AND kind = 'discord_edit' \
                 AND state = 'posted') AS edits FROM delivery WHERE code = $1 AND destination = $2 AND version > $3 ORDER BY version",
            )
            .bind(code.as_str())
            .bind(&delivery.destination)
            .bind(i64::from(version))
            .fetch_all(&self.pool)
            .await?;
            let mut overtaken = false;
            let mut times = Vec::new();
            for row in &later {
                overtaken |= row.try_get::<i64, _>("edits")? > 0;
                times.push(time("delivery.created_ms", row.try_get("created_ms")?)?);
            }
            planned.push(Planned { delivery, look: row.try_get("look")?, later: times, overtaken });
        }
        Ok(planned)
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
    let stands = remote.clone().filter(|r| !r.is_empty());
    let reason: Option<String> = row.try_get("reason")?;
    let was_held = reason.as_deref() == Some(HoldReason::NoPermission.as_str());
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
        storyline: StorylineId::from_stored(text("storyline")?),
        desk: Some(text("desk")?).filter(|d| !d.is_empty()).map(DeskId::from_stored),
        remote: stands,
        plan: row.try_get("plan")?,
        was_held,
        sealed: Some(text("sealed")?).filter(|s| !s.is_empty()),
    })
}
