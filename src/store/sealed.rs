//! What a step sends, kept to the byte before it is sent; and which post tells which story.

use sqlx::{Row as _, query};

use super::{LeasedStep, Store, StoreError};
use crate::model::StoryCode;

impl Store {
    /// Keeps what a step is about to send, and which of its records tell the story.
    ///
    /// `moves`: what later versions hang on will be another record. They are due again in the same transaction, so that
    /// no crash leaves them hanging on nothing.
    ///
    /// `false`: the step is not as it was leased, so nothing may be sent.
    pub async fn seal_step(
        &self,
        step: &LeasedStep,
        sealed: &str,
        account: &str,
        keys: &[String],
        moves: bool,
    ) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let done = query("UPDATE step SET sealed = $1 WHERE id = $2 AND state = 'intended' AND plan = $3")
            .bind(sealed)
            .bind(step.step.id.as_str())
            .bind(step.plan)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() != 1 {
            tx.rollback().await?;
            return Ok(false);
        }
        for key in keys {
            query(
                "INSERT INTO told (account, record_key, storyline, code, version) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            )
            .bind(account)
            .bind(key)
            .bind(step.storyline.as_str())
            .bind(step.code.as_str())
            .bind(i64::from(step.version))
            .execute(&mut *tx)
            .await?;
        }
        if moves {
            query(
                "UPDATE step SET state = 'queued', plan = plan + 1, lease_ms = NULL WHERE state = 'posted' AND remote <> '' \
                 AND delivery_id IN (SELECT id FROM delivery WHERE storyline = $1 AND destination = $2 AND version > $3)",
            )
            .bind(step.storyline.as_str())
            .bind(&step.destination)
            .bind(i64::from(step.version))
            .execute(&mut *tx)
            .await?;
            query(
                "UPDATE delivery SET state = 'open', failing_ms = NULL WHERE storyline = $1 AND destination = $2 AND version > $3 \
                 AND state = 'done' AND EXISTS (SELECT 1 FROM step WHERE delivery_id = delivery.id AND state <> 'posted')",
            )
            .bind(step.storyline.as_str())
            .bind(&step.destination)
            .bind(i64::from(step.version))
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Forgets what was sealed: it was refused, so it was certainly not carried out.
    pub async fn unseal_step(&self, step: &LeasedStep) -> Result<(), StoreError> {
        query("UPDATE step SET sealed = '' WHERE id = $1 AND plan = $2")
            .bind(step.step.id.as_str())
            .bind(step.plan)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The story version that a post of an account tells, or told.
    pub async fn told_by(&self, account: &str, key: &str) -> Result<Option<(StoryCode, u32)>, StoreError> {
        let row = query("SELECT code, version FROM told WHERE account = $1 AND record_key = $2")
            .bind(account)
            .bind(key)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let code: String = row.try_get("code")?;
        Ok(Some((
            code.parse().map_err(|err| StoreError::decode("told.code", err))?,
            u32::try_from(row.try_get::<i64, _>("version")?)
                .map_err(|err| StoreError::decode("told.version", err))?,
        )))
    }
}
