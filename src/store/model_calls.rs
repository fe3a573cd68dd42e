//! The ledger of models: what was asked, what it took, what it cost, and whether there is money left.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use sqlx::{Any, Row as _, Transaction, query};

use super::{Store, StoreError};
use crate::llm::{Provider, Usage};
use crate::model::{TopicSlug, text_enum};

text_enum! {
    /// What became of a call.
    pub enum CallState: "state of a call" {
        /// It left, or was about to. It may be billed.
        Sent => "sent",
        /// It was answered.
        Ok => "ok",
        /// It was not answered, and costs what it says.
        Failed => "failed",
        /// Nobody knows whether it was carried out. It may be billed.
        Unknown => "unknown",
    }
}

text_enum! {
    /// Which cap would be passed.
    pub enum Cap: "cap" {
        /// Money in a day.
        Day => "day",
        /// Money in a month.
        Month => "month",
        /// Money for one topic in a day.
        Topic => "topic",
        /// Tokens in a day.
        Tokens => "tokens",
    }
}

/// What may be spent, in millionths of a dollar and in tokens. Days and months are those of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// In a day.
    pub day: u64,
    /// In a month.
    pub month: u64,
    /// For one topic in a day.
    pub topic_day: u64,
    /// Tokens in a day, read and written.
    pub tokens_day: u64,
}

/// A call that is about to be made.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// What it is for.
    pub job: String,
    /// The story's topic.
    pub topic: TopicSlug,
    /// What is asked for.
    pub purpose: &'static str,
    /// Who is asked.
    pub provider: Provider,
    /// Which model.
    pub model: String,
    /// Digest of what is sent.
    pub prompt_hash: String,
    /// What it takes at the most.
    pub expected: Usage,
    /// What that costs.
    pub cost_microusd: u64,
    /// Which prices were used.
    pub price_version: String,
}

/// How a call ended.
#[derive(Clone, Debug)]
pub struct SettledCall {
    /// Answered, not, or nobody knows.
    pub state: CallState,
    /// What it took; `None`: the estimate stands.
    pub usage: Option<Usage>,
    /// What that costs; not looked at where the estimate stands.
    pub cost_microusd: u64,
    /// Why it stopped.
    pub stop: String,
    /// The status, if there was one.
    pub status: Option<u16>,
    /// The server's name for it.
    pub request_id: String,
}

/// What was spent, estimates of open calls included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Calls.
    pub calls: u64,
    /// Tokens read and written.
    pub tokens: u64,
    /// Millionths of a dollar.
    pub microusd: u64,
}

fn bound(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Midnight before, and the first of the month.
fn since(at: DateTime<Utc>) -> (i64, i64) {
    let day = at.date_naive();
    let first = NaiveDate::from_ymd_opt(day.year(), day.month(), 1).unwrap_or(day);
    let ms = |date: NaiveDate| date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
    (ms(day), ms(first))
}

const SUMS: &str = "SELECT COUNT(*) AS calls, CAST(COALESCE(SUM(cost_microusd), 0) AS BIGINT) AS cost, \
    CAST(COALESCE(SUM(in_tokens + cache_write_tokens + cache_read_tokens + out_tokens), 0) AS BIGINT) AS tokens FROM model_call";

impl Store {
    /// Notes a call that is about to be made, if no cap would be passed by it; its number, or the cap.
    pub async fn open_model_call(
        &self,
        call: &NewCall,
        caps: &Caps,
        at: DateTime<Utc>,
    ) -> Result<Result<i64, Cap>, StoreError> {
        let (day, month) = since(at);
        let mut tx = self.begin().await?;
        query("UPDATE model_call_count SET n = n + 1").execute(&mut *tx).await?;
        let id: i64 = query("SELECT n FROM model_call_count").fetch_one(&mut *tx).await?.try_get("n")?;
        let today = spent_in(&mut tx, day, None).await?;
        let topic = spent_in(&mut tx, day, Some(&call.topic)).await?;
        let this_month = spent_in(&mut tx, month, None).await?;
        let tokens = call.expected.input + call.expected.output;
        let passed = [
            (Cap::Day, today.microusd + call.cost_microusd, caps.day),
            (Cap::Month, this_month.microusd + call.cost_microusd, caps.month),
            (Cap::Topic, topic.microusd + call.cost_microusd, caps.topic_day),
            (Cap::Tokens, today.tokens + tokens, caps.tokens_day),
        ];
        if let Some((cap, ..)) = passed.into_iter().find(|(_, would_be, cap)| would_be > cap) {
            return Ok(Err(cap));
        }
        query(
            "INSERT INTO model_call (id, job, topic, purpose, provider, model, prompt_hash, in_tokens, out_tokens, estimated, \
             price_version, cost_microusd, started_ms, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11, $12, 'sent')",
        )
        .bind(id)
        .bind(call.job.as_str())
        .bind(call.topic.as_str())
        .bind(call.purpose)
        .bind(call.provider.as_str())
        .bind(call.model.as_str())
        .bind(call.prompt_hash.as_str())
        .bind(bound(call.expected.input))
        .bind(bound(call.expected.output))
        .bind(call.price_version.as_str())
        .bind(bound(call.cost_microusd))
        .bind(at.timestamp_millis())
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Ok(id))
    }

    /// Notes how a call ended. Where nobody knows what it took, the estimate stands.
    pub async fn settle_model_call(
        &self,
        id: i64,
        settled: &SettledCall,
        took: TimeDelta,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        query(
            "UPDATE model_call SET state = $2, stop_reason = $3, http_status = $4, request_id = $5, finished_ms = started_ms + $6 \
             WHERE id = $1 AND state = 'sent'",
        )
        .bind(id)
        .bind(settled.state.as_str())
        .bind(settled.stop.as_str())
        .bind(i64::from(settled.status.unwrap_or_default()))
        .bind(settled.request_id.as_str())
        .bind(took.num_milliseconds())
        .execute(&mut *tx)
        .await?;
        if let Some(usage) = settled.usage {
            query(
                "UPDATE model_call SET in_tokens = $2, cache_write_tokens = $3, cache_read_tokens = $4, out_tokens = $5, \
                 reasoning_tokens = $6, estimated = $7, cost_microusd = $8 WHERE id = $1",
            )
            .bind(id)
            .bind(bound(usage.input))
            .bind(bound(usage.cache_write))
            .bind(bound(usage.cache_read))
            .bind(bound(usage.output))
            .bind(bound(usage.reasoning))
            .bind(i64::from(usage.estimated))
            .bind(bound(settled.cost_microusd))
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// What was spent today and this month, as of `at`.
    pub async fn model_spent(&self, at: DateTime<Utc>) -> Result<(Spent, Spent), StoreError> {
        let (day, month) = since(at);
        let mut tx = self.begin().await?;
        let spent = (spent_in(&mut tx, day, None).await?, spent_in(&mut tx, month, None).await?);
        tx.commit().await?;
        Ok(spent)
    }

    /// What all calls for a job cost.
    pub async fn model_spent_on(&self, job: &str) -> Result<Spent, StoreError> {
        let sql = format!("{SUMS} WHERE job = $1");
        let row = query(sqlx::AssertSqlSafe(sql)).bind(job).fetch_one(&self.pool).await?;
        spent_of(&row)
    }
}

async fn spent_in(
    tx: &mut Transaction<'static, Any>,
    since_ms: i64,
    topic: Option<&TopicSlug>,
) -> Result<Spent, StoreError> {
    let sql = match topic {
        Some(_) => format!("{SUMS} WHERE started_ms >= $1 AND topic = $2"),
        None => format!("{SUMS} WHERE started_ms >= $1"),
    };
    let mut found = query(sqlx::AssertSqlSafe(sql)).bind(since_ms);
    if let Some(topic) = topic {
        found = found.bind(topic.as_str().to_owned());
    }
    spent_of(&found.fetch_one(&mut **tx).await?)
}

fn spent_of(row: &sqlx::any::AnyRow) -> Result<Spent, StoreError> {
    let n = |column| Ok::<u64, StoreError>(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default());
    Ok(Spent { calls: n("calls")?, tokens: n("tokens")?, microusd: n("cost")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPS: Caps = Caps { day: 1_000, month: 1_500, topic_day: 600, tokens_day: 100_000 };

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn call(topic: &str, cost_microusd: u64) -> NewCall {
        NewCall {
            job: "ABCDEFG v1".to_owned(),
            topic: topic.parse().unwrap(),
            purpose: "write",
            provider: Provider::Openai,
            model: "small-1".to_owned(),
            prompt_hash: String::new(),
            expected: Usage { input: 30, output: 10, estimated: true, ..Usage::default() },
            cost_microusd,
            price_version: "1".to_owned(),
        }
    }

    fn settled(state: CallState, cost: Option<u64>) -> SettledCall {
        SettledCall {
            state,
            usage: cost.map(|_| Usage { input: 20, output: 5, ..Usage::default() }),
            cost_microusd: cost.unwrap_or_default(),
            stop: "stop".to_owned(),
            status: Some(200),
            request_id: "req_1".to_owned(),
        }
    }

    async fn open(store: &Store, topic: &str, cost: u64, when: &str) -> Result<i64, Cap> {
        store.open_model_call(&call(topic, cost), &CAPS, at(when)).await.unwrap()
    }

    #[tokio::test]
    async fn each_cap_holds_in_its_own_time_and_what_is_open_counts() {
        let store = Store::in_memory().await.unwrap();
        let noon = "2031-03-17T12:00:00Z";
        assert_eq!(open(&store, "ferries", 600, noon).await, Ok(1));
        assert_eq!(open(&store, "ferries", 1, noon).await, Err(Cap::Topic));
        assert_eq!(open(&store, "kites", 401, noon).await, Err(Cap::Day));
        let second = open(&store, "kites", 400, noon).await.unwrap();
        // What it cost is less than it could have: there is room again.
        store
            .settle_model_call(second, &settled(CallState::Ok, Some(100)), TimeDelta::seconds(2))
            .await
            .unwrap();
        assert_eq!(open(&store, "kites", 300, "2031-03-17T23:59:59Z").await, Ok(3));
        // A new day, the same month.
        assert_eq!(open(&store, "ferries", 501, "2031-03-18T00:00:00Z").await, Err(Cap::Month));
        assert_eq!(open(&store, "ferries", 500, "2031-03-18T00:00:00Z").await, Ok(4));
        assert_eq!(open(&store, "ferries", 600, "2031-04-01T00:00:00Z").await, Ok(5));
        let (today, month) = store.model_spent(at("2031-03-18T20:00:00Z")).await.unwrap();
        // April is after it, and is none of its business: sums are open to the end, which only errs on the safe side.
        assert_eq!((today.calls, month.calls), (2, 5));
        assert_eq!(store.model_spent_on("ABCDEFG v1").await.unwrap().microusd, 600 + 100 + 300 + 500 + 600);
        let many = Caps { tokens_day: 39, day: 10_000, month: 10_000, topic_day: 10_000 };
        let refused =
            store.open_model_call(&call("kites", 1), &many, at("2032-01-01T00:00:00Z")).await.unwrap();
        assert_eq!(refused, Err(Cap::Tokens));
    }

    #[tokio::test]
    async fn wherever_a_desk_dies_the_ledger_is_never_below_the_bill() {
        let store = Store::in_memory().await.unwrap();
        let caps = Caps { day: u64::MAX, month: u64::MAX, topic_day: u64::MAX, tokens_day: u64::MAX };
        let mut billed = 0;
        for n in 0..40_u64 {
            let (most, cost) = (100 + n, 60 + n);
            let id = store.open_model_call(&call("ferries", most), &caps, at("2031-03-17T12:00:00Z")).await;
            let id = id.unwrap().unwrap();
            let end = match n % 5 {
                // Dead before it was sent, or after: nobody knows.
                0 => None,
                1 => {
                    billed += cost;
                    None
                }
                2 => {
                    billed += cost;
                    Some(settled(CallState::Ok, Some(cost)))
                }
                3 => {
                    billed += cost;
                    Some(settled(CallState::Unknown, None))
                }
                _ => Some(settled(CallState::Failed, Some(0))),
            };
            if let Some(end) = end {
                store.settle_model_call(id, &end, TimeDelta::zero()).await.unwrap();
            }
            let spent = store.model_spent_on("ABCDEFG v1").await.unwrap();
            assert!(spent.microusd >= billed, "{n}: {} for {billed}", spent.microusd);
        }
    }

    #[tokio::test]
    async fn many_at_once_never_spend_more_than_there_is() {
        let store = Store::in_memory().await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..30 {
            let store = store.clone();
            tasks.spawn(async move { open(&store, "ferries", 50, "2031-03-17T12:00:00Z").await });
        }
        let opened = tasks.join_all().await.into_iter().flatten().count();
        assert_eq!(opened, 12);
    }
}
