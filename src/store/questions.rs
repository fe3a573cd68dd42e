//! What people asked an account on Bluesky: each question once, however often it is read.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _, query};

use super::decode::time;
use super::dialect::Col::{Int, Text};
use super::{PostTold, Store, StoreError};
use crate::model::text_enum;

text_enum! {
    /// Why a post is not answered.
    pub enum PassReason: "pass reason" {
        /// We wrote it.
        Ourselves => "ourselves",
        /// Another account of ours wrote it.
        OwnAccount => "own_account",
        /// Its author says to be a bot.
        Bot => "bot",
        /// A label says that its author is not to be shown or trusted.
        Labelled => "labelled",
        /// Its author has blocked us, or we them.
        Blocked => "blocked",
        /// We have muted its author.
        Muted => "muted",
        /// We were asked to be silent there.
        Silenced => "silenced",
        /// A reply to somebody else, without a mention.
        NotOurs => "not_ours",
        /// It asks nothing.
        NotAsked => "not_asked",
        /// Its author has asked enough for now.
        Limited => "limited",
        /// We have answered its author often enough in this thread.
        Deep => "deep",
        /// It is too old to be answered.
        TooLate => "too_late",
        /// It is gone.
        Gone => "gone",
        /// Its author or the thread does not let us reply.
        Closed => "closed",
        /// The server does not take our answer.
        Refused => "refused",
    }
}

/// What becomes of a post that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is answered; the question as JSON.
    Asks(String),
    /// It is not.
    Passed(PassReason),
}

/// A post to or about an account, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewQuestion {
    /// Its address.
    pub uri: String,
    /// Who wrote it.
    pub author: String,
    /// The first post of its thread.
    pub root: String,
    /// When the server saw it.
    pub asked_at: DateTime<Utc>,
    /// What becomes of it.
    pub fate: Fate,
}

/// How far an open question is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenState {
    /// Nothing was sent.
    Waiting,
    /// This was sealed, and may have been sent.
    Sending(String),
}

/// A question that is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenQuestion {
    /// Address of the post that asks.
    pub uri: String,
    /// Who asks.
    pub author: String,
    /// The first post of the thread.
    pub root: String,
    /// When the server saw it.
    pub asked_at: DateTime<Utc>,
    /// The question as JSON.
    pub body: String,
    /// How far it is.
    pub state: OpenState,
}

/// Questions are kept so long, lest they are answered twice.
const KEPT: Duration = Duration::days(90);

const COLUMNS: &str = "uri, author, root, asked_ms, body, state, sealed";

/// Questions that got, or will get, an answer.
const COUNTED: &str = "state IN ('waiting', 'sending', 'answered')";

impl Store {
    /// Up to when an account's mail has been read.
    pub async fn mailbox(&self, account: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
        let row = query("SELECT read_ms FROM mailbox WHERE account = $1")
            .bind(account)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| time("mailbox.read_ms", row.try_get("read_ms")?)).transpose()
    }

    /// Which of these posts are known already.
    pub async fn known_questions(&self, uris: &[&str]) -> Result<BTreeSet<String>, StoreError> {
        let rows: Vec<_> = uris.iter().map(|uri| json!({ "uri": uri })).collect();
        let sql = format!(
            "SELECT question.uri FROM question WHERE question.uri IN (SELECT r.uri FROM {})",
            self.dialect.rows(&[("uri", Text)])
        );
        let known =
            query(AssertSqlSafe(sql)).bind(serde_json::to_string(&rows)?).fetch_all(&self.pool).await?;
        known.iter().map(|row| Ok(row.try_get("uri")?)).collect()
    }

    /// Stores what was read, and how far the mail is read by that, in one transaction. What is known stays as it is. How
    /// many are new.
    pub async fn take_in(
        &self,
        account: &str,
        read: &[NewQuestion],
        read_to: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let rows: Vec<_> = read
            .iter()
            .map(|one| {
                let (body, state, reason) = match &one.fate {
                    Fate::Asks(body) => (body.as_str(), "waiting", ""),
                    Fate::Passed(reason) => ("", "passed", reason.as_str()),
                };
                json!({
                    "uri": one.uri, "author": one.author, "root": one.root, "asked": one.asked_at.timestamp_millis(),
                    "body": body.replace('\0', ""), "state": state, "reason": reason,
                })
            })
            .collect();
        let mut tx = self.begin().await?;
        let sql = format!(
            "INSERT INTO question (uri, account, author, root, asked_ms, body, state, reason, due_ms, done_ms) \
             SELECT r.uri, $2, r.author, r.root, r.asked, r.body, r.state, r.reason, r.asked, \
             CASE WHEN r.state = 'passed' THEN $3 END FROM {} WHERE true ON CONFLICT (uri) DO NOTHING",
            self.dialect.rows(&[
                ("uri", Text),
                ("author", Text),
                ("root", Text),
                ("asked", Int),
                ("body", Text),
                ("state", Text),
                ("reason", Text),
            ])
        );
        let done = query(AssertSqlSafe(sql))
            .bind(serde_json::to_string(&rows)?)
            .bind(account)
            .bind(now.timestamp_millis())
            .execute(&mut *tx)
            .await?;
        if let Some(to) = read_to {
            query(
                "INSERT INTO mailbox (account, read_ms) VALUES ($1, $2) ON CONFLICT (account) DO UPDATE \
                 SET read_ms = excluded.read_ms WHERE mailbox.read_ms < excluded.read_ms",
            )
            .bind(account)
            .bind(to.timestamp_millis())
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Questions that are to be worked on: those that may have been sent, then those that wait and are due; oldest first.
    pub async fn open_questions(
        &self,
        account: &str,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<OpenQuestion>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM question WHERE account = $1 AND due_ms <= $2 AND state IN ('waiting', 'sending') \
             ORDER BY CASE state WHEN 'sending' THEN 0 ELSE 1 END, asked_ms, uri LIMIT $3"
        );
        query(AssertSqlSafe(sql))
            .bind(account)
            .bind(now.timestamp_millis())
            .bind(limit)
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(open_of)
            .collect()
    }

    /// How many questions are not done.
    pub async fn questions_left(&self, account: &str) -> Result<u64, StoreError> {
        let row = query(
            "SELECT COUNT(*) AS n FROM question WHERE account = $1 AND state IN ('waiting', 'sending')",
        )
        .bind(account)
        .fetch_one(&self.pool)
        .await?;
        Ok(row.try_get::<i64, _>("n")?.cast_unsigned())
    }

    /// Keeps an answer to the byte before it is sent; `now` is as of when it is true. `false`: the question does not wait
    /// any more.
    pub async fn seal_answer(&self, uri: &str, sealed: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let done = query(
            "UPDATE question SET state = 'sending', sealed = $1, done_ms = $2 WHERE uri = $3 AND state = 'waiting'",
        )
        .bind(sealed)
        .bind(now.timestamp_millis())
        .bind(uri)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes a sealed answer back that was not sent: another one is needed.
    pub async fn unseal_answer(&self, uri: &str) -> Result<(), StoreError> {
        query(
            "UPDATE question SET state = 'waiting', sealed = '', done_ms = NULL WHERE uri = $1 AND state = 'sending'",
        )
        .bind(uri)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that an answer stands, and which story it tells; the words of question and answer go.
    pub async fn answered(
        &self,
        account: &str,
        uri: &str,
        told: &[PostTold],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let done = query(
            "UPDATE question SET state = 'answered', body = '', sealed = '', done_ms = COALESCE(done_ms, $1) \
             WHERE uri = $2 AND state = 'sending'",
        )
        .bind(now.timestamp_millis())
        .bind(uri)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 1 {
            for post in told {
                query(
                    "INSERT INTO told (account, record_key, storyline, code, version, answers) \
                     SELECT $1, $2, COALESCE((SELECT id FROM storyline WHERE code = $3), ''), $3, $4, $5 \
                     ON CONFLICT (account, record_key, code) DO NOTHING",
                )
                .bind(account)
                .bind(&post.key)
                .bind(post.code.as_str())
                .bind(i64::from(post.version))
                .bind(uri)
                .execute(&mut *tx)
                .await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Passes an open question over for good; its words go.
    pub async fn pass_question(
        &self,
        uri: &str,
        reason: PassReason,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        query(
            "UPDATE question SET state = 'passed', reason = $1, body = '', sealed = '', done_ms = $2 \
             WHERE uri = $3 AND state IN ('waiting', 'sending')",
        )
        .bind(reason.as_str())
        .bind(now.timestamp_millis())
        .bind(uri)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Leaves a question for later.
    pub async fn put_off_question(&self, uri: &str, due: DateTime<Utc>) -> Result<(), StoreError> {
        query("UPDATE question SET due_ms = $1 WHERE uri = $2 AND state IN ('waiting', 'sending')")
            .bind(due.timestamp_millis())
            .bind(uri)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// When these people asked what was or will be answered, since `since`.
    pub async fn asked_by(
        &self,
        account: &str,
        authors: &BTreeSet<String>,
        since: DateTime<Utc>,
    ) -> Result<BTreeMap<String, Vec<(DateTime<Utc>, String)>>, StoreError> {
        let rows: Vec<_> = authors.iter().map(|author| json!({ "author": author })).collect();
        let sql = format!(
            "SELECT author, asked_ms, root FROM question WHERE account = $2 AND asked_ms > $3 AND {COUNTED} \
             AND author IN (SELECT r.author FROM {})",
            self.dialect.rows(&[("author", Text)])
        );
        let found = query(AssertSqlSafe(sql))
            .bind(serde_json::to_string(&rows)?)
            .bind(account)
            .bind(since.timestamp_millis())
            .fetch_all(&self.pool)
            .await?;
        let mut asked: BTreeMap<String, Vec<(DateTime<Utc>, String)>> = BTreeMap::new();
        for row in &found {
            let at = time("question.asked_ms", row.try_get("asked_ms")?)?;
            asked.entry(row.try_get("author")?).or_default().push((at, row.try_get("root")?));
        }
        Ok(asked)
    }

    /// How many answers an account has given, or is giving, since `since`; and when the oldest of them was.
    pub async fn answers_since(
        &self,
        account: &str,
        since: DateTime<Utc>,
    ) -> Result<(u64, Option<DateTime<Utc>>), StoreError> {
        let row = query(
            "SELECT COUNT(*) AS n, MIN(done_ms) AS oldest FROM question WHERE account = $1 AND done_ms > $2 \
             AND state IN ('sending', 'answered')",
        )
        .bind(account)
        .bind(since.timestamp_millis())
        .fetch_one(&self.pool)
        .await?;
        let oldest: Option<i64> = row.try_get("oldest")?;
        let oldest = oldest.map(|ms| time("question.done_ms", ms)).transpose()?;
        Ok((row.try_get::<i64, _>("n")?.cast_unsigned(), oldest))
    }

    /// Forgets questions that are done and so old that they cannot come again: mail from before is not read any more.
    /// Those whose answer stands under a story stay with it.
    pub async fn forget_questions(&self, account: &str, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let done = query(
            "DELETE FROM question WHERE account = $1 AND asked_ms < $2 AND state IN ('answered', 'passed') \
             AND NOT EXISTS (SELECT 1 FROM told WHERE told.account = question.account AND told.answers = question.uri)",
        )
        .bind(account)
        .bind((before - KEPT).timestamp_millis())
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected())
    }
}

fn open_of(row: &AnyRow) -> Result<OpenQuestion, StoreError> {
    let text = |column: &'static str| -> Result<String, StoreError> { Ok(row.try_get::<String, _>(column)?) };
    Ok(OpenQuestion {
        uri: text("uri")?,
        author: text("author")?,
        root: text("root")?,
        asked_at: time("question.asked_ms", row.try_get("asked_ms")?)?,
        body: text("body")?,
        state: match text("state")?.as_str() {
            "sending" => OpenState::Sending(text("sealed")?),
            _ => OpenState::Waiting,
        },
    })
}
