//! What has another name by now: names of which an alias was learnt, and clusters that became part of others.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Any, AssertSqlSafe, Row as _, Transaction, query};

use super::dialect::Col::Text;
use super::{Store, StoreError, StoryRow};
use crate::model::{ClusterChange, ClusterId};

/// The fact under which the store counts how often its aliases changed.
const ALIASES_FACT: &str = "aliases_changed";

/// An alias as a row of a batch.
#[derive(serde::Serialize)]
struct AliasOut<'a> {
    norm: &'a str,
    canonical: &'a str,
}

impl Store {
    /// Notes, in their order, which clusters became part of others and which are there.
    pub(super) async fn note_changes(
        tx: &mut Transaction<'static, Any>,
        changes: &[ClusterChange],
    ) -> Result<(), StoreError> {
        let mut alive = BTreeSet::new();
        for change in changes {
            match change {
                ClusterChange::Moved { cluster, .. } => {
                    if alive.insert(cluster) {
                        Self::note_alive(tx, cluster).await?;
                    }
                }
                ClusterChange::Merged { from, into } => {
                    alive.remove(from);
                    Self::note_merge(tx, from, into).await?;
                }
            }
        }
        Ok(())
    }

    /// Notes that a cluster is part of another one now; those that became part of it before follow.
    async fn note_merge(
        tx: &mut Transaction<'static, Any>,
        from: &ClusterId,
        into: &ClusterId,
    ) -> Result<(), StoreError> {
        query("UPDATE merged_cluster SET merged_into = $1 WHERE merged_into = $2")
            .bind(into.as_str())
            .bind(from.as_str())
            .execute(&mut **tx)
            .await?;
        // A cluster is named after its earliest record, so that a name may come back.
        Self::note_alive(tx, into).await?;
        query(
            "INSERT INTO merged_cluster (cluster_id, merged_into) VALUES ($1, $2) \
             ON CONFLICT (cluster_id) DO UPDATE SET merged_into = excluded.merged_into",
        )
        .bind(from.as_str())
        .bind(into.as_str())
        .execute(&mut **tx)
        .await?;
        Ok(())
    }

    /// Notes that a cluster of this name has records.
    async fn note_alive(tx: &mut Transaction<'static, Any>, cluster: &ClusterId) -> Result<(), StoreError> {
        query("DELETE FROM merged_cluster WHERE cluster_id = $1")
            .bind(cluster.as_str())
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    /// Those of the clusters that are part of another one now, with it.
    pub async fn clusters_now(
        &self,
        clusters: &BTreeSet<&ClusterId>,
    ) -> Result<BTreeMap<ClusterId, ClusterId>, StoreError> {
        if clusters.is_empty() {
            return Ok(BTreeMap::new());
        }
        let ids: Vec<_> = clusters.iter().map(|id| serde_json::json!({ "id": id.as_str() })).collect();
        let sql = format!(
            "SELECT cluster_id, merged_into FROM merged_cluster WHERE cluster_id IN (SELECT r.id FROM {})",
            self.dialect.rows(&[("id", Text)])
        );
        let rows = query(AssertSqlSafe(sql)).bind(serde_json::to_string(&ids)?).fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| {
                let id = |column: &str| {
                    Ok::<_, StoreError>(ClusterId::from_stored(row.try_get::<String, _>(column)?))
                };
                Ok((id("cluster_id")?, id("merged_into")?))
            })
            .collect()
    }

    /// Lets stories follow the clusters they were about to where these are now.
    pub async fn follow_clusters(&self, stories: &mut [StoryRow]) -> Result<(), StoreError> {
        let told = stories.iter().filter_map(|row| row.trail.cluster.as_ref()).collect();
        let now = self.clusters_now(&told).await?;
        for cluster in stories.iter_mut().filter_map(|row| row.trail.cluster.as_mut()) {
            if let Some(into) = now.get(cluster) {
                *cluster = into.clone();
            }
        }
        Ok(())
    }

    /// A number that rises with every change of aliases.
    pub async fn aliases_changed(&self) -> Result<u64, StoreError> {
        Ok(self.fact(ALIASES_FACT).await?.and_then(|n| n.parse().ok()).unwrap_or(0))
    }

    /// What stands for which name.
    pub async fn aliases(&self) -> Result<BTreeMap<String, String>, StoreError> {
        query("SELECT norm, canonical FROM name_alias ORDER BY norm")
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| Ok((row.try_get("norm")?, row.try_get("canonical")?)))
            .collect()
    }

    /// Makes these the aliases, in one transaction; whether anything changed.
    pub async fn save_aliases(&self, aliases: &BTreeMap<String, String>) -> Result<bool, StoreError> {
        let before = self.aliases().await?;
        let new: Vec<AliasOut<'_>> = aliases
            .iter()
            .filter(|(norm, canonical)| before.get(*norm) != Some(canonical))
            .map(|(norm, canonical)| AliasOut { norm, canonical })
            .collect();
        let gone: Vec<AliasOut<'_>> = before
            .iter()
            .filter(|(norm, _)| !aliases.contains_key(*norm))
            .map(|(norm, canonical)| AliasOut { norm, canonical })
            .collect();
        if new.is_empty() && gone.is_empty() {
            return Ok(false);
        }
        let list = self.dialect.rows(&[("norm", Text), ("canonical", Text)]);
        let mut tx = self.begin().await?;
        let sql = format!("DELETE FROM name_alias WHERE norm IN (SELECT r.norm FROM {list})");
        query(AssertSqlSafe(sql)).bind(serde_json::to_string(&gone)?).execute(&mut *tx).await?;
        let sql = format!(
            "INSERT INTO name_alias (norm, canonical) SELECT r.norm, r.canonical FROM {list} WHERE true \
             ON CONFLICT (norm) DO UPDATE SET canonical = excluded.canonical"
        );
        query(AssertSqlSafe(sql)).bind(serde_json::to_string(&new)?).execute(&mut *tx).await?;
        query(
            "INSERT INTO fact (name, value) VALUES ($1, '1') \
             ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(fact.value AS BIGINT) + 1 AS TEXT)",
        )
        .bind(ALIASES_FACT)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }
}
