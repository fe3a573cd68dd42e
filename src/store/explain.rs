//! What explaining asks of the store: read-only, for questions that are asked now and then.

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _, query};

use super::decode::{RECORD_COLUMNS, optional_time, record_of};
use super::{LeadRow, Store, StoreError};
use crate::model::{ClusterId, CopyGroup, Platform, Record, RecordId, StoryCode, TopicSlug};

/// A story version that knows a record, and in which role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryUse {
    /// The story.
    pub code: StoryCode,
    /// The version.
    pub version: u32,
    /// `cited`, `evidence`, `member` or `known`, the strongest there is.
    pub role: String,
    /// Headline of that version.
    pub headline: String,
}

/// How large a group of records is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupSize {
    /// Records that still stand.
    pub records: u64,
    /// Their authors.
    pub authors: u64,
}

impl Store {
    /// A record by its id, analysed or not, gone or not.
    pub async fn record(&self, id: &RecordId) -> Result<Option<Record>, StoreError> {
        let sql = format!("SELECT {RECORD_COLUMNS} FROM record WHERE record.id = $1");
        let row = query(AssertSqlSafe(sql)).bind(id.as_str()).fetch_optional(&self.pool).await?;
        row.as_ref().map(record_of).transpose()
    }

    /// The record of a platform whose native id ends so; `None` also where several do.
    pub async fn record_ending(
        &self,
        platform: &Platform,
        ending: &str,
    ) -> Result<Option<Record>, StoreError> {
        let sql = format!(
            "SELECT {RECORD_COLUMNS} FROM record WHERE platform = $1 AND {} ORDER BY record.id LIMIT 2",
            self.dialect.like("native_id", 2)
        );
        let escaped = ending.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let rows = query(AssertSqlSafe(sql))
            .bind(platform.to_string())
            .bind(format!("%{escaped}"))
            .fetch_all(&self.pool)
            .await?;
        match rows.as_slice() {
            [one] => Ok(Some(record_of(one)?)),
            _ => Ok(None),
        }
    }

    /// The platforms that records are stored of, by name.
    pub async fn platforms(&self) -> Result<Vec<Platform>, StoreError> {
        query("SELECT DISTINCT platform FROM record ORDER BY platform")
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| {
                row.try_get::<String, _>("platform")?
                    .parse()
                    .map_err(|err| StoreError::decode("record.platform", err))
            })
            .collect()
    }

    /// Records and authors of a copy group, and its first record.
    pub async fn copies_of(&self, group: &CopyGroup) -> Result<(GroupSize, Option<Record>), StoreError> {
        let size = self.group_size("copy_group", group.as_str()).await?;
        let sql = format!(
            "SELECT {RECORD_COLUMNS} FROM record JOIN analysis ON analysis.record_id = record.id \
             WHERE copy_group = $1 AND gone_ms IS NULL ORDER BY published_ms, record.id LIMIT 1"
        );
        let first = query(AssertSqlSafe(sql)).bind(group.as_str()).fetch_optional(&self.pool).await?;
        Ok((size, first.as_ref().map(record_of).transpose()?))
    }

    /// Records and authors of a cluster.
    pub async fn cluster_size(&self, cluster: &ClusterId) -> Result<GroupSize, StoreError> {
        self.group_size("cluster_id", cluster.as_str()).await
    }

    async fn group_size(&self, column: &str, group: &str) -> Result<GroupSize, StoreError> {
        let sql = format!(
            "SELECT COUNT(*) AS records, COUNT(DISTINCT author_key) AS authors FROM analysis \
             JOIN record ON record.id = analysis.record_id WHERE {column} = $1 AND gone_ms IS NULL"
        );
        let row = query(AssertSqlSafe(sql)).bind(group).fetch_one(&self.pool).await?;
        Ok(GroupSize { records: count(&row, "records")?, authors: count(&row, "authors")? })
    }

    /// Story versions that know a record, newest first, each once with its strongest role.
    pub async fn stories_with(&self, record: &RecordId) -> Result<Vec<StoryUse>, StoreError> {
        let rows = query(
            "SELECT code, story.version AS version, role, headline FROM story_record \
             JOIN story ON story.storyline = story_record.storyline AND story.version = story_record.version \
             WHERE record_id = $1 ORDER BY at_ms DESC, code, story.version DESC, role LIMIT 400",
        )
        .bind(record.as_str())
        .fetch_all(&self.pool)
        .await?;
        let rank = |role: &str| ["cited", "evidence", "member"].iter().position(|r| *r == role).unwrap_or(9);
        let mut found: Vec<StoryUse> = Vec::new();
        for row in &rows {
            let version = u32::try_from(row.try_get::<i64, _>("version")?)
                .map_err(|err| StoreError::decode("story.version", err))?;
            let code = row.try_get::<String, _>("code")?;
            let code: StoryCode = code.parse().map_err(|err| StoreError::decode("story.code", err))?;
            let role: String = row.try_get("role")?;
            match found.last_mut() {
                Some(last) if last.code == code && last.version == version => {
                    if rank(&role) < rank(&last.role) {
                        last.role = role;
                    }
                }
                Some(_) | None => {
                    found.push(StoryUse { code, version, role, headline: row.try_get("headline")? });
                }
            }
        }
        Ok(found)
    }

    /// All leads of the tick at `at`, best first.
    pub async fn leads_at(&self, at: DateTime<Utc>) -> Result<Vec<LeadRow>, StoreError> {
        query("SELECT at_ms, code, version, body FROM lead WHERE at_ms = $1 ORDER BY rank")
            .bind(at.timestamp_millis())
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(super::leads::lead_of)
            .collect()
    }

    /// The topic's last pulse after `after` and at or before `until`.
    pub async fn pulse_between(
        &self,
        topic: &TopicSlug,
        after: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<(DateTime<Utc>, String)>, StoreError> {
        Ok(self.last_pulse(topic, until).await?.filter(|(at, _)| *at > after))
    }

    /// How many records that still stand were published in `(after, until]`.
    pub async fn published_in(&self, after: DateTime<Utc>, until: DateTime<Utc>) -> Result<u64, StoreError> {
        let row = query(
            "SELECT COUNT(*) AS n FROM record WHERE gone_ms IS NULL AND published_ms > $1 AND published_ms <= $2",
        )
        .bind(after.timestamp_millis())
        .bind(until.timestamp_millis())
        .fetch_one(&self.pool)
        .await?;
        count(&row, "n")
    }

    /// When this desk stored its first record.
    pub async fn first_stored(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let row = query("SELECT MIN(seen_ms) AS first FROM record").fetch_one(&self.pool).await?;
        optional_time("record.seen_ms", row.try_get("first")?)
    }
}

fn count(row: &AnyRow, column: &'static str) -> Result<u64, StoreError> {
    Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default())
}
