//! Answers of models: those just paid for, and those that a stored version was made of.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Any, Row as _, Transaction, query};

use super::{Store, StoreError};
use crate::model::Sha256;

/// Answers that no story came of are kept for so long.
const KEPT: TimeDelta = TimeDelta::hours(24);

impl Store {
    /// An answer that was paid for of late.
    pub async fn model_reply(&self, question: &Sha256) -> Result<Option<String>, StoreError> {
        let row = query("SELECT reply FROM model_reply WHERE question = $1")
            .bind(question.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok(row.try_get("reply")?)).transpose()
    }

    /// Keeps an answer before it is used, and forgets those of yesterday.
    pub async fn keep_model_reply(
        &self,
        question: &Sha256,
        reply: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        query(
            "INSERT INTO model_reply (question, reply, created_ms) VALUES ($1, $2, $3) \
             ON CONFLICT (question) DO UPDATE SET reply = excluded.reply, created_ms = excluded.created_ms",
        )
        .bind(question.as_str())
        // PostgreSQL has no place for it, and no story either.
        .bind(reply.replace('\0', ""))
        .bind(at.timestamp_millis())
        .execute(&mut *tx)
        .await?;
        forget_old(&mut tx, at).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets answers that no story came of: all older than a day, or all there are.
    pub async fn forget_model_replies(&self, at: DateTime<Utc>, all: bool) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        forget_old(&mut tx, if all { DateTime::<Utc>::MAX_UTC } else { at }).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keeps what a model said for the version with this brief.
    pub async fn keep_model_answers(
        &self,
        brief: &Sha256,
        answers: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        query(
            "INSERT INTO model_answers (brief, answers, created_ms) VALUES ($1, $2, $3) \
             ON CONFLICT (brief) DO UPDATE SET answers = excluded.answers",
        )
        .bind(brief.as_str())
        .bind(answers.replace('\0', ""))
        .bind(at.timestamp_millis())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What a model said for the version with this brief.
    pub async fn model_answers(&self, brief: &Sha256) -> Result<Option<String>, StoreError> {
        let row = query("SELECT answers FROM model_answers WHERE brief = $1")
            .bind(brief.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok(row.try_get("answers")?)).transpose()
    }
}

/// What is older than a day as of `at`; of answers to versions those that no version came of.
async fn forget_old(tx: &mut Transaction<'static, Any>, at: DateTime<Utc>) -> Result<(), StoreError> {
    let before = (at - KEPT).timestamp_millis();
    query("DELETE FROM model_reply WHERE created_ms < $1").bind(before).execute(&mut **tx).await?;
    query(
        "DELETE FROM model_answers WHERE created_ms < $1 AND NOT EXISTS (SELECT 1 FROM story WHERE story.brief = model_answers.brief)",
    )
    .bind(before)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
