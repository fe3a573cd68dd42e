//! Storylines, story versions and briefs. Versions are append-only; erasure of a deleted source is the exception.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction, query};

use super::dialect::Col::{Int, Text};
use super::{DigestItem, Outgoing, Store, StoreError};
use crate::model::{Brief, ClusterId, RecordId, Severity, Sha256, Story, StoryCode, StorylineId, TopicSlug};

/// What later leads are matched with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trail {
    /// Normalised names its evidence shares.
    pub names: Vec<String>,
    /// Cluster of its central record.
    pub cluster: Option<ClusterId>,
    /// Strength of its lead.
    pub strength: f64,
    /// All topics of its lead.
    pub topics: Vec<TopicSlug>,
    /// Records that were near its leads, whether or not the story counts them.
    #[serde(default)]
    pub company: Vec<RecordId>,
}

/// A version to be stored, with everything that goes with it in one transaction.
#[derive(Clone, Debug)]
pub struct NewStory {
    /// The version.
    pub story: Story,
    /// What it was written from.
    pub brief: Brief,
    /// How much it matters.
    pub severity: Severity,
    /// What later leads are matched with.
    pub trail: Trail,
    /// Central record of its lead.
    pub central: RecordId,
    /// Where it goes.
    pub deliveries: Vec<Outgoing>,
    /// Which digests it goes into.
    pub digests: Vec<DigestItem>,
}

/// A stored version.
#[derive(Clone, Debug, PartialEq)]
pub struct StoryRow {
    /// The version.
    pub story: Story,
    /// How much it matters.
    pub severity: Severity,
    /// What later leads are matched with.
    pub trail: Trail,
    /// Digest of its brief.
    pub brief: Sha256,
    /// When sentences of it were erased, if they were.
    pub erased_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Stores a version, its brief, its records and its deliveries in one transaction, and notes that the storyline has
    /// the version's status. `false`: that version of the storyline is there already, and nothing was changed.
    pub async fn save_story(&self, new: &NewStory) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let story = &new.story;
        let at_ms = story.at.timestamp_millis();
        query("INSERT INTO storyline (id, code, topic, central, created_ms) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING")
            .bind(story.storyline.as_str())
            .bind(story.code.as_str())
            .bind(story.topic.as_str())
            .bind(new.central.as_str())
            .bind(at_ms)
            .execute(&mut *tx)
            .await?;
        let sha = new.brief.digest();
        query("INSERT INTO brief (sha256, body) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING")
            .bind(sha.as_str())
            .bind(serde_json::to_string(&new.brief.without_texts())?)
            .execute(&mut *tx)
            .await?;
        let done = query(
            "INSERT INTO story (storyline, version, code, topic, at_ms, status, severity, headline, brief, trail, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (storyline, version) DO NOTHING",
        )
        .bind(story.storyline.as_str())
        .bind(i64::from(story.version))
        .bind(story.code.as_str())
        .bind(story.topic.as_str())
        .bind(at_ms)
        .bind(story.status.as_str())
        .bind(new.severity.as_str())
        .bind(story.body.headline.text.as_str())
        .bind(sha.as_str())
        .bind(serde_json::to_string(&new.trail)?)
        .bind(serde_json::to_string(story)?)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        query("UPDATE storyline SET status = $1 WHERE id = $2")
            .bind(story.status.as_str())
            .bind(story.storyline.as_str())
            .execute(&mut *tx)
            .await?;
        self.save_story_records(&mut tx, new).await?;
        for outgoing in &new.deliveries {
            self.save_delivery_in(&mut tx, &story.storyline, outgoing).await?;
        }
        Self::save_digest_items_in(&mut tx, &story.code, story.version, &new.digests).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn save_story_records(
        &self,
        tx: &mut Transaction<'static, Any>,
        new: &NewStory,
    ) -> Result<(), StoreError> {
        let story = &new.story;
        let cited: BTreeSet<&RecordId> = story
            .body
            .sentences()
            .into_iter()
            .flat_map(|(_, s)| s.citations.iter().map(|c| &c.record))
            .collect();
        let roles = new
            .brief
            .members
            .iter()
            .map(|id| (id, "member"))
            .chain(new.brief.evidence.iter().map(|id| (id, "evidence")))
            .chain(new.brief.records.iter().map(|r| (&r.id, "known")))
            .chain(cited.into_iter().map(|id| (id, "cited")));
        let rows: Vec<_> = roles
            .map(|(id, role)| {
                serde_json::json!({ "storyline": story.storyline, "version": story.version, "record_id": id, "role": role })
            })
            .collect();
        let sql = format!(
            "INSERT INTO story_record (storyline, version, record_id, role) SELECT storyline, version, record_id, role \
             FROM {} WHERE true ON CONFLICT DO NOTHING",
            self.dialect.rows(&[("storyline", Text), ("version", Int), ("record_id", Text), ("role", Text)])
        );
        query(AssertSqlSafe(sql)).bind(serde_json::to_string(&rows)?).execute(&mut **tx).await?;
        Ok(())
    }

    /// Replaces a version that knew a record which is gone, and its brief: the one change a version may see.
    pub async fn erase_in_story(
        &self,
        row: &StoryRow,
        brief: &Brief,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let sha = brief.digest();
        query("INSERT INTO brief (sha256, body) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING")
            .bind(sha.as_str())
            .bind(serde_json::to_string(&brief.without_texts())?)
            .execute(&mut *tx)
            .await?;
        let story = &row.story;
        query("UPDATE story SET body = $1, headline = $2, erased_ms = $3, brief = $4 WHERE storyline = $5 AND version = $6")
            .bind(serde_json::to_string(story)?)
            .bind(story.body.headline.text.as_str())
            .bind(at.timestamp_millis())
            .bind(sha.as_str())
            .bind(story.storyline.as_str())
            .bind(i64::from(story.version))
            .execute(&mut *tx)
            .await?;
        query("DELETE FROM brief WHERE sha256 = $1 AND NOT EXISTS (SELECT 1 FROM story WHERE brief = $1)")
            .bind(row.brief.as_str())
            .execute(&mut *tx)
            .await?;
        // What a model said for the version quotes what was erased; it did not write what stands there now.
        query("DELETE FROM model_answers WHERE brief = $1 OR brief = $2")
            .bind(row.brief.as_str())
            .bind(sha.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Versions that know a record which is gone and that were not cleared of it since, with those records.
    pub async fn stories_knowing_gone(&self) -> Result<Vec<(StoryRow, Vec<RecordId>)>, StoreError> {
        let rows = query(
            "SELECT DISTINCT story_record.storyline AS storyline, story_record.version AS version, record_id \
             FROM story_record JOIN record ON record.id = record_id JOIN story ON story.storyline = story_record.storyline \
             AND story.version = story_record.version \
             WHERE gone_ms IS NOT NULL AND (erased_ms IS NULL OR erased_ms < gone_ms) \
             ORDER BY storyline, version, record_id",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut found: Vec<(StoryRow, Vec<RecordId>)> = Vec::new();
        for row in &rows {
            let storyline = StorylineId::from_stored(row.try_get::<String, _>("storyline")?);
            let version = version_of(row)?;
            let record = RecordId::from_stored(row.try_get::<String, _>("record_id")?);
            match found.last_mut() {
                Some((last, ids)) if last.story.storyline == storyline && last.story.version == version => {
                    ids.push(record);
                }
                Some(_) | None => {
                    if let Some(story) = self.story_version(&storyline, version).await? {
                        found.push((story, vec![record]));
                    }
                }
            }
        }
        Ok(found)
    }

    /// Versions of other storylines whose briefs name this story as similar.
    pub async fn stories_naming(&self, code: &StoryCode) -> Result<Vec<StoryRow>, StoreError> {
        let like = self.dialect.like("brief.body", 1);
        let sql = format!(
            "{SELECT} WHERE code <> $2 AND brief IN (SELECT sha256 FROM brief WHERE {like}) ORDER BY storyline, version"
        );
        query(AssertSqlSafe(sql))
            .bind(format!("%\"code\":\"{code}\"%"))
            .bind(code.as_str())
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(story_of)
            .collect()
    }

    /// One version.
    pub async fn story_version(
        &self,
        storyline: &StorylineId,
        version: u32,
    ) -> Result<Option<StoryRow>, StoreError> {
        let sql = format!("{SELECT} WHERE storyline = $1 AND version = $2");
        query(AssertSqlSafe(sql))
            .bind(storyline.as_str())
            .bind(i64::from(version))
            .fetch_optional(&self.pool)
            .await?
            .as_ref()
            .map(story_of)
            .transpose()
    }

    /// All versions of the story with this code, oldest first.
    pub async fn story_by_code(&self, code: &StoryCode) -> Result<Vec<StoryRow>, StoreError> {
        let sql = format!("{SELECT} WHERE code = $1 ORDER BY version LIMIT 1000");
        query(AssertSqlSafe(sql))
            .bind(code.as_str())
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(story_of)
            .collect()
    }

    /// The topic's latest version, of whichever storyline that was not retracted and goes on under its own name.
    pub async fn latest_story(&self, topic: &TopicSlug) -> Result<Option<StoryRow>, StoreError> {
        let stands = "topic = $1 AND NOT EXISTS (SELECT 1 FROM amendment WHERE amendment.code = story.code \
                      AND amendment.kind = 'retraction') \
                      AND NOT EXISTS (SELECT 1 FROM storyline WHERE storyline.id = story.storyline AND merged_into IS NOT NULL)";
        // Only those of the newest tick are read whole: a version is tens of kilobytes.
        let sql = format!(
            "{SELECT} WHERE {stands} AND at_ms = (SELECT at_ms FROM story WHERE {stands} ORDER BY at_ms DESC LIMIT 1) \
             ORDER BY storyline LIMIT 200"
        );
        let rows = query(AssertSqlSafe(sql)).bind(topic.as_str()).fetch_all(&self.pool).await?;
        let rows: Vec<StoryRow> = rows.iter().map(story_of).collect::<Result<_, _>>()?;
        // Several stories of one tick: the weightiest leads.
        Ok(rows.into_iter().max_by(|a, b| {
            (a.severity, a.trail.strength)
                .partial_cmp(&(b.severity, b.trail.strength))
                .unwrap_or(std::cmp::Ordering::Equal)
                .then_with(|| b.story.code.cmp(&a.story.code))
        }))
    }

    /// The latest version before `before` of every storyline with a version since `since`, oldest storyline first.
    /// Those that went on as another before `before` are left out.
    pub async fn storylines_between(
        &self,
        since: DateTime<Utc>,
        before: DateTime<Utc>,
    ) -> Result<Vec<StoryRow>, StoreError> {
        let sql = format!(
            "{SELECT} WHERE at_ms >= $1 AND at_ms < $2 AND version = (SELECT MAX(s.version) FROM story AS s \
             WHERE s.storyline = story.storyline AND s.at_ms < $2) AND NOT EXISTS (SELECT 1 FROM storyline \
             WHERE storyline.id = story.storyline AND merged_ms < $2) ORDER BY at_ms, storyline"
        );
        query(AssertSqlSafe(sql))
            .bind(since.timestamp_millis())
            .bind(before.timestamp_millis())
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(story_of)
            .collect()
    }

    /// Latest versions of a topic's storylines, newest first.
    pub async fn stories_of_topic(&self, topic: &TopicSlug, limit: i64) -> Result<Vec<StoryRow>, StoreError> {
        let sql = format!(
            "{SELECT} WHERE topic = $1 AND version = (SELECT MAX(s.version) FROM story AS s WHERE s.storyline = story.storyline) \
             ORDER BY at_ms DESC, storyline LIMIT $2"
        );
        query(AssertSqlSafe(sql))
            .bind(topic.as_str())
            .bind(limit)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(story_of)
            .collect()
    }

    /// Members of a version, by id.
    pub async fn story_members(
        &self,
        storyline: &StorylineId,
        version: u32,
    ) -> Result<Vec<RecordId>, StoreError> {
        query("SELECT record_id FROM story_record WHERE storyline = $1 AND version = $2 AND role = 'member' ORDER BY record_id")
            .bind(storyline.as_str())
            .bind(i64::from(version))
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| Ok(RecordId::from_stored(row.try_get::<String, _>("record_id")?)))
            .collect()
    }

    /// Members of the latest version before `before` of every storyline with a version since `since`, by storyline.
    pub async fn members_between(
        &self,
        since: DateTime<Utc>,
        before: DateTime<Utc>,
    ) -> Result<BTreeMap<StorylineId, BTreeSet<RecordId>>, StoreError> {
        let sql = "SELECT story_record.storyline AS storyline, record_id FROM story JOIN story_record \
                   ON story_record.storyline = story.storyline AND story_record.version = story.version \
                   WHERE at_ms >= $1 AND at_ms < $2 AND role = 'member' AND story.version = (SELECT MAX(s.version) \
                   FROM story AS s WHERE s.storyline = story.storyline AND s.at_ms < $2)";
        let rows = query(sql)
            .bind(since.timestamp_millis())
            .bind(before.timestamp_millis())
            .fetch_all(&self.pool)
            .await?;
        let mut members: BTreeMap<StorylineId, BTreeSet<RecordId>> = BTreeMap::new();
        for row in &rows {
            let storyline = StorylineId::from_stored(row.try_get::<String, _>("storyline")?);
            let record = RecordId::from_stored(row.try_get::<String, _>("record_id")?);
            members.entry(storyline).or_default().insert(record);
        }
        Ok(members)
    }

    /// A brief without its texts.
    pub async fn brief(&self, sha: &Sha256) -> Result<Option<Brief>, StoreError> {
        let row = query("SELECT body FROM brief WHERE sha256 = $1")
            .bind(sha.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok(serde_json::from_str(&row.try_get::<String, _>("body")?)?)).transpose()
    }

    /// A brief joined with its texts as they stand in this store now: a text that is gone or purged stays out.
    pub async fn brief_with_texts(&self, records: &Store, sha: &Sha256) -> Result<Option<Brief>, StoreError> {
        let Some(mut brief) = self.brief(sha).await? else { return Ok(None) };
        let ids: Vec<RecordId> = brief.records.iter().map(|r| r.id.clone()).collect();
        let mut texts = records.texts(&ids).await?;
        for record in &mut brief.records {
            record.text = texts.remove(&(record.id.clone(), record.sha256.clone()));
        }
        Ok(Some(brief))
    }

    /// The last tick that measured anything.
    pub async fn last_tick(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let row = query("SELECT MAX(at_ms) AS at FROM pulse").fetch_one(&self.pool).await?;
        super::decode::optional_time("pulse.at_ms", row.try_get("at")?)
    }

    /// Storylines and versions ever written.
    pub async fn story_totals(&self) -> Result<(u64, u64), StoreError> {
        let row = query("SELECT COUNT(*) AS versions, COUNT(DISTINCT storyline) AS storylines FROM story")
            .fetch_one(&self.pool)
            .await?;
        let n =
            |column| Ok::<u64, StoreError>(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default());
        Ok((n("storylines")?, n("versions")?))
    }
}

const SELECT: &str = "SELECT storyline, version, severity, brief, trail, body, erased_ms FROM story";

fn version_of(row: &AnyRow) -> Result<u32, StoreError> {
    u32::try_from(row.try_get::<i64, _>("version")?).map_err(|err| StoreError::decode("story.version", err))
}

fn story_of(row: &AnyRow) -> Result<StoryRow, StoreError> {
    let text = |column: &'static str| -> Result<String, StoreError> { Ok(row.try_get::<String, _>(column)?) };
    Ok(StoryRow {
        story: serde_json::from_str(&text("body")?)?,
        severity: text("severity")?.parse().map_err(|err| StoreError::decode("story.severity", err))?,
        trail: serde_json::from_str(&text("trail")?)?,
        brief: text("brief")?.parse().map_err(|err| StoreError::decode("story.brief", err))?,
        erased_at: super::decode::optional_time("story.erased_ms", row.try_get("erased_ms")?)?,
    })
}
