//! Where each source stands. A page's records and its cursor are stored in one transaction.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use sqlx::{Any, Row as _, Transaction, query};

use super::decode::{optional_time, time};
use super::records::Origin;
use super::{Store, StoreError, Tally};
use crate::model::{Gap, GoneAccount, IncomingRecord, Platform};

/// What a source needs to go on, and how it is doing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceState {
    /// The source's name: kind and address, unique in a desk.
    pub source: String,
    /// The topic it feeds.
    pub topic: String,
    /// Its kind.
    pub kind: String,
    /// Where it stopped; opaque to all but the source.
    pub cursor: Option<String>,
    /// HTTP validator, byte for byte.
    pub etag: Option<String>,
    /// HTTP validator, byte for byte.
    pub last_modified: Option<String>,
    /// Last try.
    pub last_scan_at: Option<DateTime<Utc>>,
    /// Last success.
    pub last_ok_at: Option<DateTime<Utc>>,
    /// What went wrong at the last try.
    pub last_error: Option<String>,
    /// Not before.
    pub next_at: Option<DateTime<Utc>>,
    /// Records it has brought so far.
    pub records: u64,
    /// When the latest of them was published.
    pub newest_at: Option<DateTime<Utc>>,
}

/// What a request to a source brought, to be stored together with where the source stands after it.
#[derive(Clone, Debug, Default)]
pub struct Brought<'a> {
    /// Records.
    pub records: &'a [IncomingRecord],
    /// Accounts that are gone.
    pub gone_accounts: &'a [GoneAccount],
    /// Time that cannot be read any more, and of which platform.
    pub gap: Option<(Platform, Gap)>,
    /// The records are the latest of their place, and it was read well last at this time: if none of them was known, what
    /// was said between that and the first of them is a gap.
    pub latest_since: Option<(Platform, DateTime<Utc>)>,
    /// It failed: how, in a word or two.
    pub failure: Option<&'a str>,
}

/// How a source did over the last month.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceHealth {
    /// Records in the last 24 hours.
    pub day: u64,
    /// Records in a usual 24 hours: the mean of the days before, as far as it was scanned then.
    pub usual_day: Option<f64>,
    /// Scans in the last 24 hours, and how many of them failed.
    pub scans: u64,
    /// Of these, failed.
    pub failures: u64,
    /// What went wrong in the last 24 hours, by kind, the latest first.
    pub failed: Vec<SourceFailure>,
    /// Time it could not tell of, the latest first.
    pub gaps: Vec<Gap>,
}

/// A kind of failure of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFailure {
    /// What kind, in a word or two.
    pub kind: String,
    /// How often, without a day's rest between.
    pub times: u64,
    /// When last.
    pub last_at: DateTime<Utc>,
}

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How long the hours of a source are kept.
const MONTH_MS: i64 = 30 * DAY_MS;

/// A shorter hole than this is no gap: publications rest at night.
const SHORTEST_GAP_MS: i64 = 6 * HOUR_MS;

impl Store {
    /// The state of one source; a fresh one if it was never scanned.
    pub async fn source_state(&self, source: &str) -> Result<Option<SourceState>, StoreError> {
        let sql = format!("{SELECT} WHERE source = $1");
        query(sqlx::AssertSqlSafe(sql))
            .bind(source)
            .fetch_optional(&self.pool)
            .await?
            .as_ref()
            .map(state_of)
            .transpose()
    }

    /// All sources ever scanned.
    pub async fn source_states(&self) -> Result<Vec<SourceState>, StoreError> {
        let sql = format!("{SELECT} ORDER BY topic, source");
        query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await?.iter().map(state_of).collect()
    }

    /// Stores what a request brought and where its source stands after it, in one transaction.
    pub async fn save_page(
        &self,
        brought: Brought<'_>,
        state: &SourceState,
        seen_at: DateTime<Utc>,
    ) -> Result<Tally, StoreError> {
        let mut tx = self.begin().await?;
        let mut tally = self.save_records_in(&mut tx, brought.records, Origin::Live, seen_at).await?;
        tally.gone += self.bury_accounts_in(&mut tx, brought.gone_accounts, seen_at).await?;
        let ms = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp_millis());
        let times = brought.records.iter().filter(|r| r.deleted.is_none()).map(|r| r.published_at);
        let newest = times.clone().filter(|at| *at <= seen_at).max();
        query(
            "INSERT INTO source_state (source, topic, kind, cursor, etag, last_modified, last_scan_ms, last_ok_ms, last_error, \
             next_ms, records, newest_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
             ON CONFLICT (source) DO UPDATE SET topic = excluded.topic, kind = excluded.kind, cursor = excluded.cursor, \
             etag = excluded.etag, last_modified = excluded.last_modified, last_scan_ms = excluded.last_scan_ms, \
             last_ok_ms = excluded.last_ok_ms, last_error = excluded.last_error, next_ms = excluded.next_ms, \
             records = source_state.records + excluded.records, newest_ms = CASE WHEN source_state.newest_ms IS NULL OR \
             source_state.newest_ms < excluded.newest_ms THEN excluded.newest_ms ELSE source_state.newest_ms END",
        )
        .bind(&state.source)
        .bind(&state.topic)
        .bind(&state.kind)
        .bind(state.cursor.clone())
        .bind(state.etag.clone())
        .bind(state.last_modified.clone())
        .bind(ms(state.last_scan_at))
        .bind(ms(state.last_ok_at))
        .bind(state.last_error.clone())
        .bind(ms(state.next_at))
        .bind(i64::try_from(tally.new).unwrap_or(i64::MAX))
        .bind(ms(newest))
        .execute(&mut *tx)
        .await?;
        note_hour(&mut tx, &state.source, &tally, brought.failure, seen_at).await?;
        let behind = brought.latest_since.and_then(|(platform, since)| {
            let until = times.min()?;
            let hole = (until - since).num_milliseconds();
            (tally.new as usize == brought.records.len() && hole >= SHORTEST_GAP_MS)
                .then_some((platform, Gap { from: since, until }))
        });
        for (platform, gap) in brought.gap.into_iter().chain(behind) {
            query(
                "INSERT INTO source_gap (source, platform, from_ms, until_ms) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (source, from_ms) DO UPDATE SET until_ms = excluded.until_ms",
            )
            .bind(&state.source)
            .bind(platform.to_string())
            .bind(gap.from.timestamp_millis())
            .bind(gap.until.timestamp_millis())
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(tally)
    }

    /// How each of these sources did until `now`.
    pub async fn source_health(
        &self,
        now: DateTime<Utc>,
    ) -> Result<BTreeMap<String, SourceHealth>, StoreError> {
        let mut health: BTreeMap<String, SourceHealth> = BTreeMap::new();
        let (now, count) = (now.timestamp_millis(), |n: i64| u64::try_from(n).unwrap_or_default());
        let rows = query(
            "SELECT source, CAST(SUM(CASE WHEN hour_ms > $1 THEN records ELSE 0 END) AS BIGINT) AS day, \
             CAST(SUM(CASE WHEN hour_ms > $1 THEN scans ELSE 0 END) AS BIGINT) AS scans, \
             CAST(SUM(CASE WHEN hour_ms > $1 THEN failures ELSE 0 END) AS BIGINT) AS failures, \
             CAST(SUM(CASE WHEN hour_ms > $1 THEN 0 ELSE records END) AS BIGINT) AS before, MIN(hour_ms) AS first, \
             COUNT(DISTINCT CASE WHEN hour_ms > $1 THEN NULL ELSE hour_ms / $2 END) AS days \
             FROM source_hour GROUP BY source ORDER BY source",
        )
        .bind(now - DAY_MS)
        .bind(DAY_MS)
        .fetch_all(&self.pool)
        .await?;
        for row in &rows {
            let whole = |name: &str| row.try_get::<i64, _>(name);
            let since = (now - DAY_MS - row.try_get::<i64, _>("first")?) as f64 / DAY_MS as f64;
            // Days on which the desk stood still are no usual ones.
            let days = since.min(whole("days")? as f64);
            let of = health.entry(row.try_get("source")?).or_default();
            of.day = count(whole("day")?);
            of.scans = count(whole("scans")?);
            of.failures = count(whole("failures")?);
            // The first answer of a source tells of days; a day of hours makes a mean.
            of.usual_day = (days >= 1.0).then_some(whole("before")? as f64 / days);
        }
        let rows = query(
            "SELECT source, kind, times, last_ms FROM source_failure WHERE last_ms > $1 ORDER BY source, last_ms DESC, kind",
        )
        .bind(now - DAY_MS);
        for row in &rows.fetch_all(&self.pool).await? {
            let of = health.entry(row.try_get("source")?).or_default();
            of.failed.push(SourceFailure {
                kind: row.try_get("kind")?,
                times: count(row.try_get("times")?),
                last_at: time("source_failure.last_ms", row.try_get("last_ms")?)?,
            });
        }
        for (source, _, gap) in self.gaps(now - MONTH_MS).await? {
            health.entry(source).or_default().gaps.insert(0, gap);
        }
        Ok(health)
    }

    /// Time of which platforms can tell nothing, as far as it ends after `since`: source, platform, gap, oldest first.
    pub async fn source_gaps(
        &self,
        since: DateTime<Utc>,
    ) -> Result<Vec<(String, Platform, Gap)>, StoreError> {
        self.gaps(since.timestamp_millis()).await
    }

    async fn gaps(&self, since_ms: i64) -> Result<Vec<(String, Platform, Gap)>, StoreError> {
        query(
            "SELECT source, platform, from_ms, until_ms FROM source_gap WHERE until_ms > $1 ORDER BY until_ms, source",
        )
        .bind(since_ms)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(|row| {
            let platform: String = row.try_get("platform")?;
            let platform =
                platform.parse().map_err(|err| StoreError::decode("source_gap.platform", err))?;
            let gap = Gap {
                from: time("source_gap.from_ms", row.try_get("from_ms")?)?,
                until: time("source_gap.until_ms", row.try_get("until_ms")?)?,
            };
            Ok((row.try_get("source")?, platform, gap))
        })
        .collect()
    }
}

/// Counts a request in its hour, and its failure, and forgets hours of more than a month ago.
async fn note_hour(
    tx: &mut Transaction<'static, Any>,
    source: &str,
    tally: &Tally,
    failure: Option<&str>,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let at = at.timestamp_millis();
    let hour = at.div_euclid(HOUR_MS) * HOUR_MS;
    query(
        "INSERT INTO source_hour (source, hour_ms, records, scans, failures) VALUES ($1, $2, $3, 1, $4) \
         ON CONFLICT (source, hour_ms) DO UPDATE SET records = source_hour.records + excluded.records, \
         scans = source_hour.scans + 1, failures = source_hour.failures + excluded.failures",
    )
    .bind(source)
    .bind(hour)
    .bind(i64::try_from(tally.new).unwrap_or(i64::MAX))
    .bind(i64::from(failure.is_some()))
    .execute(&mut **tx)
    .await?;
    query("DELETE FROM source_hour WHERE source = $1 AND hour_ms < $2")
        .bind(source)
        .bind(hour - MONTH_MS)
        .execute(&mut **tx)
        .await?;
    if let Some(kind) = failure {
        query(
            "INSERT INTO source_failure (source, kind, times, last_ms) VALUES ($1, $2, 1, $3) \
             ON CONFLICT (source, kind) DO UPDATE SET last_ms = excluded.last_ms, \
             times = CASE WHEN source_failure.last_ms > $4 THEN source_failure.times + 1 ELSE 1 END",
        )
        .bind(source)
        .bind(kind)
        .bind(at)
        .bind(at - DAY_MS)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

const SELECT: &str = "SELECT source, topic, kind, cursor, etag, last_modified, last_scan_ms, last_ok_ms, last_error, next_ms, records, newest_ms \
    FROM source_state";

fn state_of(row: &AnyRow) -> Result<SourceState, StoreError> {
    Ok(SourceState {
        source: row.try_get("source")?,
        topic: row.try_get("topic")?,
        kind: row.try_get("kind")?,
        cursor: row.try_get("cursor")?,
        etag: row.try_get("etag")?,
        last_modified: row.try_get("last_modified")?,
        last_scan_at: optional_time("source_state.last_scan_ms", row.try_get("last_scan_ms")?)?,
        last_ok_at: optional_time("source_state.last_ok_ms", row.try_get("last_ok_ms")?)?,
        last_error: row.try_get("last_error")?,
        next_at: optional_time("source_state.next_ms", row.try_get("next_ms")?)?,
        records: u64::try_from(row.try_get::<i64, _>("records")?)
            .map_err(|err| StoreError::decode("source_state.records", err))?,
        newest_at: optional_time("source_state.newest_ms", row.try_get("newest_ms")?)?,
    })
}
