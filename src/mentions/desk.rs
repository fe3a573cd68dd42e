//! The round: read the mail, then answer what is due, oldest first.
//!
//! An answer is sealed before it is sent: keys, times and bytes are in the question's row. What becomes unclear is looked
//! for by its first key and sent again as it is, so that no crash and no lost answer makes two of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::answer::{Answer, Voice};
use super::limits::Limits;
use super::mail::{POST, Postbox, Standing};
use super::poll::{Judge, Reader, TOO_LATE, here, never_again};
use super::question::Question;
use super::read::What;
use crate::answer::{Desk, TopicView, Topics};
use crate::bluesky::{Purpose, RecordError, Tid, Write, XrpcError, cid_of};
use crate::model::{Clock, StoryCode};
use crate::publish::bluesky::{Ref, Reply};
use crate::publish::text::WebLink;
use crate::store::{OpenQuestion, OpenState, PassReason, PostTold, Store, StoreError};

/// How often the mail is looked at.
const BEAT: Duration = Duration::from_secs(10);

/// The longest wait after failures.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// When something is tried again that failed or became unclear.
const AGAIN: TimeDelta = TimeDelta::seconds(30);

/// Questions of one round: as many as can be looked at with one request.
const AT_ONCE: i64 = 25;

/// How often old questions are forgotten.
const HOUSEKEEPING: TimeDelta = TimeDelta::hours(1);

/// Tells our keys from those of stories made in the same microsecond.
const KEYS: u16 = 0x2a5;

/// How questions are answered at an account.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How much.
    pub limits: Limits,
    /// Other accounts of ours, by DID: two desks never talk to each other.
    pub own: BTreeSet<String>,
    /// Who may silence us in any thread, by DID.
    pub moderators: BTreeSet<String>,
    /// Where stories can be read on the web, without the code.
    pub permalink_base: Option<WebLink>,
}

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// New questions.
    pub taken: u64,
    /// Answers that stand now.
    pub answered: u64,
    /// Posts that are not answered.
    pub passed: u64,
    /// Answers that were taken away with their stories.
    pub withdrawn: u64,
    /// Questions that wait.
    pub waiting: u64,
    /// There is more to do at once.
    pub more: bool,
}

/// Why a round ended early. What it had done stays done.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The account did.
    #[error(transparent)]
    Account(#[from] XrpcError),
    /// An answer became no record.
    #[error("an answer cannot be sent: {0}")]
    Record(#[from] RecordError),
}

/// An answer as it is kept before it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Sealed {
    /// What is sent.
    writes: Vec<Write>,
    /// The digest of the first post.
    cid: String,
    /// The story versions it tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    about: Vec<(StoryCode, u32)>,
}

impl Sealed {
    fn keys(&self) -> impl Iterator<Item = &str> {
        self.writes.iter().map(|write| write.place().1)
    }

    fn told(&self) -> Vec<PostTold> {
        let of = |key: &str| {
            let key = key.to_owned();
            self.about.iter().map(move |(code, version)| PostTold {
                key: key.clone(),
                code: code.clone(),
                version: *version,
            })
        };
        self.keys().flat_map(of).collect()
    }
}

/// What is remembered between rounds. Nothing is lost with it but time.
#[derive(Debug, Default)]
struct State {
    reader: Reader,
    /// Nothing is sent before.
    pause: Option<DateTime<Utc>>,
    /// The newest key made here.
    newest_key: u64,
    housekept: Option<DateTime<Utc>>,
}

/// Whether the round goes on.
enum Next {
    GoOn,
    Enough,
}

/// Everything that answering at one account needs.
pub struct Mentions {
    store: Store,
    topics: Topics,
    clock: Arc<dyn Clock>,
    account: Arc<dyn Postbox>,
    settings: Settings,
    /// One round at a time; held while the account is asked, which a lock of threads must not be.
    state: tokio::sync::Mutex<State>,
}

impl Mentions {
    /// Answers what an account is asked.
    pub fn new(
        store: Store,
        topics: Topics,
        clock: Arc<dyn Clock>,
        account: Arc<dyn Postbox>,
        settings: Settings,
    ) -> Self {
        Self { store, topics, clock, account, settings, state: tokio::sync::Mutex::default() }
    }

    /// Reads and answers until stopped. An answer under way is finished first.
    pub async fn run(&self, stop: &CancellationToken) {
        let mut failures = 0_u32;
        while !stop.is_cancelled() {
            let wait = match self.round(stop).await {
                Ok(report) => {
                    failures = 0;
                    if report.answered + report.withdrawn > 0 {
                        let Report { answered, withdrawn, waiting, .. } = report;
                        info!(answered, withdrawn, waiting, "answered {answered} questions, {waiting} wait");
                    }
                    if report.more { Duration::ZERO } else { BEAT }
                }
                Err(err) => {
                    let wait = BEAT.saturating_mul(1 << failures.min(5)).min(LONGEST_WAIT);
                    failures = failures.saturating_add(1);
                    warn!(%err, "reading or answering mentions failed, next try in {} s", wait.as_secs());
                    wait
                }
            };
            tokio::select! { // both are cancel-safe
                () = tokio::time::sleep(wait) => (),
                () = stop.cancelled() => (),
            }
        }
    }

    /// Answers nobody any more, and only takes away answers that are overtaken, until stopped: also what was answered
    /// before that was switched off must not stay when its story is taken back.
    pub async fn only_withdraw(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let mut report = Report::default();
            if let Err(err) = self.withdraw(&self.account.did(), &mut report).await {
                warn!(%err, "answers that are overtaken could not be taken away, it is tried again");
            }
            tokio::select! { // both are cancel-safe
                () = tokio::time::sleep(LONGEST_WAIT) => (),
                () = stop.cancelled() => (),
            }
        }
    }

    /// One round: reads what is new, answers a few questions, takes away what is overtaken. Between two answers it ends
    /// when stopped.
    pub async fn round(&self, stop: &CancellationToken) -> Result<Report, RoundError> {
        let mut state = self.state.lock().await;
        let us = self.account.did();
        let now = self.clock.now();
        let topics = (self.topics)(now);
        let mut report = Report::default();

        let handle = self.account.handle();
        let judge = Judge {
            store: &self.store,
            us: &us,
            handle: &handle,
            settings: &self.settings,
            topics: &topics,
            now,
        };
        let read = state.reader.round(self.account.as_ref(), &judge).await;
        if let Ok(read) = &read {
            report.taken = read.taken;
            report.passed = read.passed;
            report.more = read.more;
        }
        if state.pause.is_none_or(|until| until <= now) {
            state.pause = None;
            self.withdraw(&us, &mut report).await?;
            // What is not read yet is older than what is, and a “stop” may be in it.
            if !state.reader.is_under_way() {
                self.answer_due(&us, &topics, &mut state, &mut report, stop).await?;
            }
        }
        if state.housekept.is_none_or(|at| now - at >= HOUSEKEEPING) {
            state.housekept = Some(now);
            if let Some(read_to) = self.store.mailbox(&us).await? {
                self.store.forget_questions(&us, never_again(read_to)).await?;
            }
        }
        report.waiting = self.store.questions_left(&us).await?;
        read.map(|_| report)
    }

    /// How many answers the account may still give now; none: until when.
    async fn room(&self, us: &str, now: DateTime<Utc>) -> Result<Result<u64, DateTime<Utc>>, StoreError> {
        let limits = self.settings.limits;
        let mut room = u64::MAX;
        for (span, most) in
            [(TimeDelta::hours(1), limits.account_hour), (TimeDelta::days(1), limits.account_day)]
        {
            let (given, oldest) = self.store.answers_since(us, now - span).await?;
            if given >= most {
                return Ok(Err(oldest.map_or(now, |oldest| oldest + span)));
            }
            room = room.min(most - given);
        }
        Ok(Ok(room))
    }

    async fn answer_due(
        &self,
        us: &str,
        topics: &[TopicView],
        state: &mut State,
        report: &mut Report,
        stop: &CancellationToken,
    ) -> Result<(), RoundError> {
        let now = self.clock.now();
        let mut open = self.store.open_questions(us, now, AT_ONCE).await?;
        let full = i64::try_from(open.len()) == Ok(AT_ONCE);
        let waits = open.iter().filter(|one| one.state == OpenState::Waiting).count();
        if waits > 0 {
            match self.room(us, now).await? {
                Ok(room) => {
                    let sending = open.len() - waits;
                    open.truncate(sending + usize::try_from(room).unwrap_or(usize::MAX).min(waits));
                }
                Err(_) => open.retain(|one| one.state != OpenState::Waiting),
            }
        }
        let uris: Vec<&str> =
            open.iter().filter(|one| one.state == OpenState::Waiting).map(|one| one.uri.as_str()).collect();
        let standing = if uris.is_empty() { BTreeMap::new() } else { self.account.standing(&uris).await? };
        for one in &open {
            if stop.is_cancelled() {
                return Ok(());
            }
            let next = match &one.state {
                OpenState::Sending(sealed) => self.settle(us, one, sealed, state, report).await?,
                OpenState::Waiting => {
                    let standing = standing.get(&one.uri).copied().unwrap_or(Standing::Gone);
                    self.answer(us, one, standing, topics, state, report).await?
                }
            };
            match next {
                Next::GoOn => {}
                Next::Enough => return Ok(()),
            }
        }
        report.more |= full && !open.is_empty();
        Ok(())
    }

    async fn pass(
        &self,
        uri: &str,
        reason: PassReason,
        now: DateTime<Utc>,
        report: &mut Report,
    ) -> Result<Next, RoundError> {
        self.store.pass_question(uri, reason, now).await?;
        report.passed += 1;
        Ok(Next::GoOn)
    }

    /// Answers a question that waits.
    async fn answer(
        &self,
        us: &str,
        one: &OpenQuestion,
        standing: Standing,
        topics: &[TopicView],
        state: &mut State,
        report: &mut Report,
    ) -> Result<Next, RoundError> {
        let now = self.clock.now();
        if now - one.asked_at > TOO_LATE {
            return self.pass(&one.uri, PassReason::TooLate, now, report).await;
        }
        match standing {
            Standing::Open => {}
            Standing::Gone => return self.pass(&one.uri, PassReason::Gone, now, report).await,
            Standing::Closed => return self.pass(&one.uri, PassReason::Closed, now, report).await,
        }
        let question: Question = serde_json::from_str(&one.body).map_err(StoreError::from)?;
        let confirms = matches!(question.asked.what, What::Stop(_) | What::Resume);
        if !confirms && self.is_silent(us, one).await? {
            return self.pass(&one.uri, PassReason::Silenced, now, report).await;
        }
        // That we did not understand is said to nobody twice a day.
        let told = format!("unclear:{us}:{}", one.author);
        if question.asked.what == What::Unclear && !self.store.first_seen(&told, now).await? {
            return self.pass(&one.uri, PassReason::NotAsked, now, report).await;
        }
        let desk = Desk { store: &self.store, topics, now };
        let voice = Voice { desk, us, permalink_base: self.settings.permalink_base.as_ref() };
        let answer = voice.answer(&question).await?;
        let sealed = seal(us, &question.reply, answer, now, &mut state.newest_key)?;
        let text = serde_json::to_string(&sealed).map_err(StoreError::from)?;
        if !self.store.seal_answer(&one.uri, &text, now).await? {
            return Ok(Next::GoOn);
        }
        self.send(us, one, &sealed, state, report).await
    }

    /// Finds out about an answer that may have been sent; sends it again if it is not there.
    async fn settle(
        &self,
        us: &str,
        one: &OpenQuestion,
        sealed: &str,
        state: &mut State,
        report: &mut Report,
    ) -> Result<Next, RoundError> {
        let now = self.clock.now();
        let sealed: Sealed = serde_json::from_str(sealed).map_err(StoreError::from)?;
        let Some(first) = sealed.keys().next() else {
            self.store.unseal_answer(&one.uri).await?;
            return Ok(Next::GoOn);
        };
        match self.account.cid_at(first).await? {
            Some(cid) if cid == sealed.cid => {
                self.store.answered(us, &one.uri, &sealed.told(), now).await?;
                report.answered += 1;
                Ok(Next::GoOn)
            }
            Some(_) => {
                // Something else has this key, so ours was not taken: all of it is one change.
                self.store.unseal_answer(&one.uri).await?;
                Ok(Next::GoOn)
            }
            None if now - one.asked_at > TOO_LATE => {
                self.pass(&one.uri, PassReason::TooLate, now, report).await
            }
            None => self.send(us, one, &sealed, state, report).await,
        }
    }

    async fn send(
        &self,
        us: &str,
        one: &OpenQuestion,
        sealed: &Sealed,
        state: &mut State,
        report: &mut Report,
    ) -> Result<Next, RoundError> {
        let sent = self.account.apply(&sealed.writes, Purpose::Answer).await;
        let now = self.clock.now();
        match sent {
            Ok(()) => {
                self.store.answered(us, &one.uri, &sealed.told(), now).await?;
                report.answered += 1;
                Ok(Next::GoOn)
            }
            Err(XrpcError::Unclear { why }) => {
                warn!(question = one.uri, why, "it is unclear whether an answer was taken, it is looked for");
                self.store.put_off_question(&one.uri, now + AGAIN).await?;
                state.pause = Some(now + AGAIN);
                Ok(Next::Enough)
            }
            Err(err @ XrpcError::Refused { .. }) => {
                warn!(question = one.uri, %err, "an answer was refused, the question is passed over");
                self.pass(&one.uri, PassReason::Refused, now, report).await
            }
            Err(err) => {
                // Certainly not sent: what is sent later is drawn later.
                self.store.unseal_answer(&one.uri).await?;
                let wait = err.wait().and_then(|wait| TimeDelta::from_std(wait).ok()).unwrap_or(AGAIN);
                state.pause = Some(now + wait);
                match err {
                    XrpcError::SignedOut(_) => Err(err.into()),
                    XrpcError::NeverSent { .. }
                    | XrpcError::RateLimited { .. }
                    | XrpcError::OverBudget { .. }
                    | XrpcError::Unclear { .. }
                    | XrpcError::Refused { .. } => Ok(Next::Enough),
                }
            }
        }
    }

    async fn is_silent(&self, us: &str, one: &OpenQuestion) -> Result<bool, StoreError> {
        let subjects = BTreeSet::from([one.author.clone(), one.root.clone(), here(&one.root, &one.author)]);
        Ok(!self.store.silences(us, &subjects).await?.is_empty())
    }

    /// Takes away answers whose story was retracted, or lost what it rested on.
    async fn withdraw(&self, us: &str, report: &mut Report) -> Result<(), RoundError> {
        for answer in self.store.answers_overtaken(us, AT_ONCE).await? {
            // What somebody deleted by hand would make all of it fail, at every try.
            let mut writes = Vec::new();
            for key in &answer.keys {
                if self.account.cid_at(key).await?.is_some() {
                    writes.push(Write::Delete { collection: POST.to_owned(), key: key.clone() });
                }
            }
            // Keeping a story right comes before answering.
            let done =
                if writes.is_empty() { Ok(()) } else { self.account.apply(&writes, Purpose::Story).await };
            match done {
                Ok(()) => {
                    self.store.answer_withdrawn(us, &answer.keys).await?;
                    report.withdrawn += 1;
                }
                Err(err) => {
                    warn!(question = answer.question, %err, "an answer could not be taken away, it is tried again");
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// An answer to the byte: keys and times are chosen, and each post hangs under the one before.
fn seal(
    us: &str,
    reply: &Reply,
    answer: Answer,
    now: DateTime<Utc>,
    newest_key: &mut u64,
) -> Result<Sealed, RecordError> {
    let micros = u64::try_from(now.timestamp_micros()).unwrap_or_default().max(*newest_key + 1);
    let mut parent = reply.parent.clone();
    let mut writes = Vec::with_capacity(answer.posts.len());
    let mut first = String::new();
    let mut at = now;
    for (post, tid) in answer.posts.iter().zip(Tid::series(micros, KEYS)) {
        let record = post.record(at, Some(&Reply { root: reply.root.clone(), parent }), None, None);
        let cid = cid_of(&record)?;
        let key = tid.to_string();
        parent = Ref { uri: format!("at://{us}/{POST}/{key}"), cid: cid.clone() };
        if first.is_empty() {
            first = cid;
        }
        writes.push(Write::Create { collection: POST.to_owned(), key, record });
        at += TimeDelta::milliseconds(1);
        *newest_key = tid.micros();
    }
    Ok(Sealed { writes, cid: first, about: answer.about })
}
