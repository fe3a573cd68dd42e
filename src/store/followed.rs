//! What has another name by now: names of which an alias was learnt, and clusters that became part of others.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Any, AssertSqlSafe, Row as _, Transaction, query};

use super::analyses::pairs_json;
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

/// What a list of changes comes to in the end for the names of clusters: done one after the other, or at once, the result
/// is the same.
#[derive(Debug, Default)]
struct Names<'a> {
    /// Where those that were part of a cluster before are now.
    led_on: BTreeMap<&'a ClusterId, &'a ClusterId>,
    /// Clusters that are part of another one now, and those that are there (`None`): a cluster is named after its
    /// earliest record, so that a name may come back.
    now: BTreeMap<&'a ClusterId, Option<&'a ClusterId>>,
}

impl<'a> Names<'a> {
    fn of(changes: &'a [ClusterChange]) -> Self {
        let mut names = Self::default();
        for change in changes {
            match change {
                ClusterChange::Moved { cluster, .. } => {
                    names.now.insert(cluster, None);
                }
                ClusterChange::Merged { from, into } => {
                    let told = names.led_on.values_mut().chain(names.now.values_mut().flatten());
                    told.filter(|cluster| **cluster == from).for_each(|cluster| *cluster = into);
                    // Those of the first time have been led on when the name comes back.
                    names.led_on.entry(from).or_insert(into);
                    names.now.insert(into, None);
                    names.now.insert(from, Some(into));
                }
            }
        }
        names
    }

    fn batches(&self) -> Result<Batches, StoreError> {
        let json =
            |pairs: Vec<(&str, &str)>| (!pairs.is_empty()).then(|| pairs_json(pairs.into_iter())).transpose();
        let alive = self.now.iter().filter(|(_, into)| into.is_none());
        let merged = self.now.iter().filter_map(|(id, into)| Some((id.as_str(), (*into)?.as_str())));
        Ok(Batches {
            led_on: json(self.led_on.iter().map(|(from, into)| (from.as_str(), into.as_str())).collect())?,
            alive: json(alive.map(|(id, _)| (id.as_str(), "")).collect())?,
            merged: json(merged.collect())?,
        })
    }
}

/// Pairs as rows of batches; `None` where there is nothing to do.
struct Batches {
    led_on: Option<String>,
    alive: Option<String>,
    merged: Option<String>,
}

impl Store {
    /// Notes which clusters became part of others and which are there, after all of these changes in their order.
    pub(super) async fn note_changes(
        &self,
        tx: &mut Transaction<'static, Any>,
        changes: &[ClusterChange],
    ) -> Result<(), StoreError> {
        let Batches { led_on, alive, merged } = Names::of(changes).batches()?;
        let list = self.dialect.rows(&[("a", Text), ("b", Text)]);
        for (json, sql) in [
            (
                led_on,
                format!(
                    "UPDATE merged_cluster SET merged_into = r.b FROM {list} WHERE merged_cluster.merged_into = r.a"
                ),
            ),
            (alive, format!("DELETE FROM merged_cluster WHERE cluster_id IN (SELECT r.a FROM {list})")),
            (
                merged,
                format!(
                    "INSERT INTO merged_cluster (cluster_id, merged_into) SELECT r.a, r.b FROM {list} WHERE true \
                     ON CONFLICT (cluster_id) DO UPDATE SET merged_into = excluded.merged_into"
                ),
            ),
        ] {
            if let Some(json) = json {
                query(AssertSqlSafe(sql)).bind(json).execute(&mut **tx).await?;
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RecordId;
    use proptest::prelude::*;

    fn cluster(n: u8) -> ClusterId {
        ClusterId::from_stored(format!("cluster {n}"))
    }

    proptest! {
        #[test]
        fn names_at_once_come_to_what_they_come_to_one_by_one(
            start in proptest::collection::vec(proptest::option::of(0..6_u8), 6),
            steps in proptest::collection::vec((any::<bool>(), 0..6_u8, 0..6_u8), 0..14),
        ) {
            let changes: Vec<ClusterChange> = steps
                .into_iter()
                .filter(|(merge, from, into)| !merge || from != into)
                .map(|(merge, from, into)| {
                    if merge {
                        ClusterChange::Merged { from: cluster(from), into: cluster(into) }
                    } else {
                        let record = RecordId::from_stored("one".to_owned());
                        ClusterChange::Moved { record, cluster: cluster(into) }
                    }
                })
                .collect();
            let start: BTreeMap<ClusterId, ClusterId> = (0_u8..)
                .zip(start)
                .filter_map(|(n, into)| Some((cluster(n), cluster(into.filter(|into| *into != n)?))))
                .collect();
            let mut one_by_one = start.clone();
            for change in &changes {
                match change {
                    ClusterChange::Moved { cluster, .. } => {
                        one_by_one.remove(cluster);
                    }
                    ClusterChange::Merged { from, into } => {
                        one_by_one.values_mut().filter(|now| *now == from).for_each(|now| now.clone_from(into));
                        one_by_one.remove(into);
                        one_by_one.insert(from.clone(), into.clone());
                    }
                }
            }
            let names = Names::of(&changes);
            let mut at_once = start;
            for now in at_once.values_mut() {
                if let Some(into) = names.led_on.get(now) {
                    *now = (*into).clone();
                }
            }
            for (id, into) in names.now {
                match into {
                    Some(into) => at_once.insert(id.clone(), into.clone()),
                    None => at_once.remove(id),
                };
            }
            prop_assert_eq!(one_by_one, at_once);
        }
    }
}
