//! What a step sends, kept to the byte before it is sent; and which post tells which story.

use sqlx::query;

use super::{LeasedStep, Store, StoreError};

impl Store {
    /// Keeps what a step is about to send, and which of its records tell the story.
    ///
    /// `moves`: what later versions hang on will be another record. They are due again in the same transaction, so that
    /// no crash leaves them hanging on nothing. One that is being sent just now is planned again as well.
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
                "UPDATE step SET plan = plan + 1, state = CASE WHEN state = 'posted' THEN 'queued' ELSE state END, \
                 lease_ms = CASE WHEN state = 'posted' THEN NULL ELSE lease_ms END \
                 WHERE (state IN ('queued', 'intended') OR (state = 'posted' AND remote <> '')) AND delivery_id IN (SELECT id FROM delivery WHERE storyline = $1 AND destination = $2 AND version > $3)",
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
}
