//! Search over stored texts, and totals for `status`.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, Row as _, query};

use super::decode::time;
use super::{Store, StoreError};
use crate::model::TopicSlug;

/// A record whose text has all the words asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchHit {
    /// Platform, in text form.
    pub platform: String,
    /// Where it was said.
    pub venue: String,
    /// Who said it.
    pub author: Option<String>,
    /// Public address.
    pub permalink: String,
    /// When.
    pub published_at: DateTime<Utc>,
    /// Its stored text.
    pub text: String,
}

/// A person asks for a few words; more only slow the scan down.
const MAX_WORDS: usize = 8;

/// Where a search begins: the last day that anything is stored of. SQLite joins in the order that `CROSS JOIN` gives;
/// PostgreSQL knows by itself.
const NEWEST: &str = "record CROSS JOIN analysis CROSS JOIN record_text WHERE published_ms > \
    (SELECT MAX(published_ms) FROM record WHERE gone_ms IS NULL) - 86400000";

/// Where it ends: all texts.
const ALL: &str = "record_text CROSS JOIN analysis CROSS JOIN record WHERE true";

impl Store {
    /// Records whose text has every word of `words` somewhere, in any case, newest first.
    ///
    /// There is no index of words: texts are read. Words that are in use are found among the newest day's; only for
    /// others all texts are read, in the order they lie in.
    pub async fn search_records(
        &self,
        words: &[String],
        topic: Option<&TopicSlug>,
        limit: i64,
    ) -> Result<Vec<SearchHit>, StoreError> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.search_in(NEWEST, words, topic, limit).await?;
        if found.len() as u64 >= limit.unsigned_abs() {
            return Ok(found);
        }
        self.search_in(ALL, words, topic, limit).await
    }

    async fn search_in(
        &self,
        from: &str,
        words: &[String],
        topic: Option<&TopicSlug>,
        limit: i64,
    ) -> Result<Vec<SearchHit>, StoreError> {
        let mut patterns: Vec<String> = Vec::new();
        let mut conditions: Vec<String> = Vec::new();
        for word in words.iter().take(MAX_WORDS) {
            let mut any_case = Vec::new();
            for spelling in spellings(word) {
                patterns.push(pattern(&spelling));
                any_case.push(self.dialect.like("text", patterns.len() + 1));
            }
            conditions.push(format!("({})", any_case.join(" OR ")));
        }
        let in_topic = match topic {
            Some(_) => format!(
                " AND record.id IN (SELECT record_id FROM analysis_topic WHERE topic = ${})",
                patterns.len() + 2
            ),
            None => String::new(),
        };
        let sql = format!(
            "SELECT platform, venue, author, permalink, published_ms, text FROM {from} \
             AND analysis.record_id = record.id AND record_text.record_id = record.id \
             AND record_text.revision = analysis.revision AND gone_ms IS NULL \
             AND {}{in_topic} AND quarantine = '[]' ORDER BY published_ms DESC, record.id LIMIT $1",
            conditions.join(" AND ")
        );
        let mut select = query(AssertSqlSafe(sql)).bind(limit);
        for pattern in patterns {
            select = select.bind(pattern);
        }
        if let Some(topic) = topic {
            select = select.bind(topic.as_str().to_owned());
        }
        select
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(|row| {
                Ok(SearchHit {
                    platform: row.try_get("platform")?,
                    venue: row.try_get("venue")?,
                    author: row.try_get("author")?,
                    permalink: row.try_get("permalink")?,
                    published_at: time("record.published_ms", row.try_get("published_ms")?)?,
                    text: row.try_get("text")?,
                })
            })
            .collect()
    }

    /// Records stored, still to be analysed, quarantined, and gone.
    pub async fn record_totals(&self) -> Result<[u64; 4], StoreError> {
        let row = query(
            "SELECT (SELECT COUNT(*) FROM record) AS records, \
             (SELECT COUNT(*) FROM record WHERE pending = 1) AS pending, \
             (SELECT COUNT(*) FROM analysis WHERE quarantine <> '[]') AS quarantined, \
             (SELECT COUNT(*) FROM record WHERE gone_ms IS NOT NULL) AS gone",
        )
        .fetch_one(&self.pool)
        .await?;
        let n = |column: &'static str| {
            Ok::<u64, StoreError>(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default())
        };
        // Counting all and the few that are gone reads two indexes; asking each row whether it is gone reads them all.
        let gone = n("gone")?;
        Ok([n("records")?.saturating_sub(gone), n("pending")?, n("quarantined")?, gone])
    }

    /// Records of a topic: all, and since `since`; and the time of the newest.
    pub async fn topic_totals(
        &self,
        topic: &TopicSlug,
        since: DateTime<Utc>,
    ) -> Result<(u64, u64, Option<DateTime<Utc>>), StoreError> {
        let row = query(
            "SELECT (SELECT COUNT(*) FROM analysis_topic WHERE topic = $1) AS total, \
             (SELECT COUNT(*) FROM analysis_topic WHERE topic = $1 AND published_ms > $2) AS recent, \
             (SELECT MAX(published_ms) FROM analysis_topic WHERE topic = $1) AS newest",
        )
        .bind(topic.as_str())
        .bind(since.timestamp_millis())
        .fetch_one(&self.pool)
        .await?;
        let n = |column: &'static str| {
            Ok::<u64, StoreError>(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default())
        };
        Ok((
            n("total")?,
            n("recent")?,
            super::decode::optional_time("record.published_ms", row.try_get("newest")?)?,
        ))
    }
}

/// How a word may stand in a text. Both databases fold the case of ASCII letters only (Postgres: in the C locale), so
/// a word with others is looked for as people write it: small, with a capital, in capitals.
fn spellings(word: &str) -> Vec<String> {
    if word.is_ascii() {
        return vec![word.to_owned()];
    }
    let small = word.to_lowercase();
    let mut letters = small.chars();
    let capital = letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>());
    let mut all = vec![word.to_uppercase(), small];
    all.extend(capital);
    all.sort();
    all.dedup();
    all
}

fn pattern(word: &str) -> String {
    let escaped: String = word
        .chars()
        .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]))
        .collect();
    format!("%{escaped}%")
}
