//! What models said of texts, by the digest of the text.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Any, AssertSqlSafe, Row as _, Transaction, query};

use super::dialect::Col::Text;
use super::{Store, StoreError};
use crate::model::Sha256;

/// What a model said of texts and is not stored yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewVectors {
    /// Which model.
    pub model: String,
    /// Its vectors, by the digest of the text.
    pub vectors: BTreeMap<Sha256, String>,
}

/// A vector as a row of a batch.
#[derive(serde::Serialize)]
struct EmbeddingOut<'a> {
    text_hash: &'a str,
    vector: &'a str,
}

impl Store {
    /// The vectors of a model for texts with these digests, as far as they are known.
    pub async fn embeddings(
        &self,
        model: &str,
        texts: &[Sha256],
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let hashes: Vec<_> =
            texts.iter().map(|sha| serde_json::json!({ "text_hash": sha.as_str() })).collect();
        let sql = format!(
            "SELECT text_hash, vector FROM embedding WHERE model = $2 AND text_hash IN (SELECT r.text_hash FROM {})",
            self.dialect.rows(&[("text_hash", Text)])
        );
        query(AssertSqlSafe(sql))
            .bind(serde_json::to_string(&hashes)?)
            .bind(model)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| Ok((row.try_get("text_hash")?, row.try_get("vector")?)))
            .collect()
    }

    /// Remembers the vectors of texts that are `kept`. What is known already stays as it is, so that later runs see what
    /// the first one saw.
    pub(super) async fn save_vectors(
        &self,
        tx: &mut Transaction<'static, Any>,
        new: &NewVectors,
        kept: &BTreeSet<&Sha256>,
    ) -> Result<(), StoreError> {
        let out: Vec<EmbeddingOut<'_>> = new
            .vectors
            .iter()
            .filter(|(sha, _)| kept.contains(sha))
            .map(|(sha, vector)| EmbeddingOut { text_hash: sha.as_str(), vector })
            .collect();
        if out.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "INSERT INTO embedding (model, text_hash, vector) SELECT $2, r.text_hash, r.vector FROM {} WHERE true \
             ON CONFLICT (model, text_hash) DO NOTHING",
            self.dialect.rows(&[("text_hash", Text), ("vector", Text)])
        );
        query(AssertSqlSafe(sql))
            .bind(serde_json::to_string(&out)?)
            .bind(new.model.as_str())
            .execute(&mut **tx)
            .await?;
        Ok(())
    }
}
