//! Which of an account's posts tells which story, so that people can ask under it, and so that an answer goes when its story
//! does.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use sqlx::{AssertSqlSafe, Row as _, query};

use super::dialect::Col::Text;
use super::{Store, StoreError};
use crate::model::StoryCode;

/// Which story version a post of ours tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostTold {
    /// The post's key.
    pub key: String,
    /// Its story.
    pub code: StoryCode,
    /// Its version.
    pub version: u32,
}

/// An answer that stands although what it tells was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingAnswer {
    /// The question's address.
    pub question: String,
    /// Keys of the answer's posts.
    pub keys: Vec<String>,
}

impl Store {
    /// Which story each of these posts of an account tells, where it is one.
    pub async fn stories_told(
        &self,
        account: &str,
        keys: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, StoryCode>, StoreError> {
        let rows: Vec<_> = keys.iter().map(|key| json!({ "key": key })).collect();
        let sql = format!(
            "SELECT record_key, code FROM told WHERE account = $2 AND record_key IN (SELECT r.key FROM {})",
            self.dialect.rows(&[("key", Text)])
        );
        let found = query(AssertSqlSafe(sql))
            .bind(serde_json::to_string(&rows)?)
            .bind(account)
            .fetch_all(&self.pool)
            .await?;
        let mut told: BTreeMap<String, Vec<StoryCode>> = BTreeMap::new();
        for row in &found {
            let code: String = row.try_get("code")?;
            let code = code.parse().map_err(|err| StoreError::decode("told.code", err))?;
            told.entry(row.try_get("record_key")?).or_default().push(code);
        }
        // Under a list of stories nobody knows which one is meant.
        Ok(told
            .into_iter()
            .filter(|(_, all)| all.len() == 1)
            .filter_map(|(key, all)| Some((key, all.into_iter().next()?)))
            .collect())
    }

    /// The first post of a story at an account.
    pub async fn first_post_of(&self, account: &str, code: &StoryCode) -> Result<Option<String>, StoreError> {
        let row = query(
            "SELECT MIN(record_key) AS first FROM told WHERE code = $1 AND account = $2 AND answers = ''",
        )
        .bind(code.as_str())
        .bind(account)
        .fetch_one(&self.pool)
        .await?;
        Ok(row.try_get("first")?)
    }

    /// Answers that tell of a story which was retracted, or lost a source, after they were given.
    pub async fn answers_overtaken(
        &self,
        account: &str,
        limit: i64,
    ) -> Result<Vec<StandingAnswer>, StoreError> {
        let rows = query(
            "SELECT DISTINCT told.answers AS question, record_key FROM told JOIN question ON question.uri = told.answers \
             WHERE told.account = $1 AND told.answers <> '' AND (EXISTS (SELECT 1 FROM amendment \
             WHERE amendment.code = told.code AND amendment.kind = 'retraction' AND amendment.at_ms >= question.done_ms) \
             OR EXISTS (SELECT 1 FROM story WHERE story.code = told.code AND story.version = told.version \
             AND story.erased_ms >= question.done_ms)) ORDER BY record_key LIMIT $2",
        )
        .bind(account)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let mut answers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in &rows {
            answers.entry(row.try_get("question")?).or_default().push(row.try_get("record_key")?);
        }
        Ok(answers.into_iter().map(|(question, keys)| StandingAnswer { question, keys }).collect())
    }

    /// Notes that an answer was taken away.
    pub async fn answer_withdrawn(&self, account: &str, keys: &[String]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for key in keys {
            query("DELETE FROM told WHERE account = $1 AND record_key = $2 AND answers <> ''")
                .bind(account)
                .bind(key)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
