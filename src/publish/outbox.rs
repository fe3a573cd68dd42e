//! The worker: sends what is due, once each, and never guesses what became of a request.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::preview::PreviewFolder;
use crate::model::{Clock, Destination, HoldReason, StepId, StepState};
use crate::store::{LeasedStep, Store, StoreError};

/// What a send that did not succeed means for its step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may work later: a full disk, a server that is down, a limit.
    #[error("{0}")]
    Transient(String),
    /// It will work after a time that the destination named.
    #[error("{why}; not before {after:?}")]
    NotBefore {
        /// What happened.
        why: String,
        /// How long to wait.
        after: std::time::Duration,
    },
    /// Only a person can help.
    #[error("held: {0}")]
    Permanent(HoldReason),
}

/// Whoever can put a step where it belongs.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// Looks whether the step is there already; its remote id if so.
    async fn reconcile(&self, step: &LeasedStep) -> Result<Option<String>, SendError>;
    /// Sends the step; its remote id.
    async fn send(&self, step: &LeasedStep) -> Result<String, SendError>;
}

/// The destinations that this process can reach.
#[derive(Default)]
pub struct Destinations {
    preview: Option<Box<dyn Publisher>>,
    discord: Option<Box<dyn Publisher>>,
    bluesky: BTreeMap<String, Box<dyn Publisher>>,
}

impl Destinations {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a preview folder.
    #[must_use]
    pub fn with_preview(self, folder: PreviewFolder) -> Self {
        self.with_preview_publisher(Box::new(folder))
    }

    /// With Discord.
    #[must_use]
    pub fn with_discord(mut self, publisher: Box<dyn Publisher>) -> Self {
        self.discord = Some(publisher);
        self
    }

    /// With a Bluesky account, by its DID.
    #[must_use]
    pub fn with_bluesky(mut self, did: &str, publisher: Box<dyn Publisher>) -> Self {
        self.bluesky.insert(did.to_owned(), publisher);
        self
    }

    pub(super) fn with_preview_publisher(mut self, publisher: Box<dyn Publisher>) -> Self {
        self.preview = Some(publisher);
        self
    }

    fn find(&self, destination: &str) -> Option<&dyn Publisher> {
        match destination.parse::<Destination>().ok()? {
            Destination::Preview => self.preview.as_deref(),
            Destination::Discord { .. } => self.discord.as_deref(),
            Destination::Bluesky { did } => self.bluesky.get(&did).map(AsRef::as_ref),
        }
    }
}

/// When to try again, and when to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How long a worker keeps a step to itself. Longer than [`RetryPolicy::send_limit`].
    pub lease: Duration,
    /// How long one send may take, with the look whether it has been sent before.
    pub send_limit: std::time::Duration,
    /// The first wait.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// A step that has failed for longer is held.
    pub max_age: Duration,
    /// How many places are posted to at one time.
    pub lanes: usize,
    /// Spreads the waits of many steps; the same seed gives the same waits.
    pub jitter_seed: u64,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            lease: Duration::minutes(2),
            send_limit: std::time::Duration::from_secs(90),
            first_wait: Duration::seconds(30),
            longest_wait: Duration::hours(1),
            max_age: Duration::days(2),
            // A thread takes a message a second: as many at a time as all of Discord takes in one, and some.
            lanes: 64,
            jitter_seed: 0,
        }
    }
}

impl RetryPolicy {
    /// How long to wait after a step has failed for `failing`: as long again (so the waits double), plus up to a quarter.
    pub fn wait(&self, step: &StepId, failing: Duration) -> Duration {
        let wait = failing.clamp(self.first_wait, self.longest_wait.max(self.first_wait));
        // FNV-1a: any spread will do, and it must not change between runs.
        let hash = step.as_str().bytes().fold(0xcbf2_9ce4_8422_2325 ^ self.jitter_seed, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
        });
        let per_mille = i32::try_from((hash >> 32) % 250).unwrap_or_default();
        wait + wait * per_mille / 1_000
    }
}

/// What a run of the worker did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Steps sent.
    pub posted: usize,
    /// Steps that an earlier, interrupted run had sent already.
    pub found: usize,
    /// Steps to be tried again, each with the reason.
    pub retried: Vec<(StepId, String)>,
    /// Steps that wait for a person.
    pub held: Vec<(StepId, HoldReason)>,
}

/// Sends every step that is due: one at a time to one place, several places at a time. A failing step never stops
/// the others; only the database can.
pub async fn deliver_due(
    store: &Store,
    destinations: &Destinations,
    policy: &RetryPolicy,
    clock: &dyn Clock,
) -> Result<DeliveryReport, StoreError> {
    deliver_in_turn(store, destinations, policy, clock, None).await
}

/// Who must not be sending.
#[derive(Clone, Copy, Debug)]
pub struct Turn<'a> {
    /// While somebody else holds it, nothing new is begun: what was just written is still being looked at.
    pub press: &'a Mutex<()>,
    /// When it is cancelled, nothing new is begun.
    pub stop: &'a CancellationToken,
}

/// The same, where each step waits for its turn.
pub async fn deliver_in_turn(
    store: &Store,
    destinations: &Destinations,
    policy: &RetryPolicy,
    clock: &dyn Clock,
    turn: Option<Turn<'_>>,
) -> Result<DeliveryReport, StoreError> {
    let mut report = DeliveryReport::default();
    let mut under_way = FuturesUnordered::new();
    let mut more = true;
    // Ends: each step leased here is final afterwards, or due only later.
    loop {
        if more && under_way.len() < policy.lanes.max(1) {
            let mut lease = std::pin::pin!(async {
                let Some(turn) = turn else { return store.lease_step(clock.now(), policy.lease).await };
                match turn.stop.run_until_cancelled(turn.press.lock()).await {
                    // A stop frees the press, too, before what was written has been looked at.
                    Some(_held) if turn.stop.is_cancelled() => Ok(None),
                    Some(_held) => store.lease_step(clock.now(), policy.lease).await,
                    None => Ok(None),
                }
            });
            let mut freed = false;
            // What is under way goes on meanwhile: it may hold the lock or the connection that the lease waits for.
            let leased = loop {
                tokio::select! { // the lease is kept over turns, and `next` is cancel-safe
                    leased = &mut lease => break leased?,
                    Some(done) = under_way.next() => {
                        report.add(done?);
                        freed = true;
                    }
                }
            };
            more = leased.is_some() || freed;
            under_way.extend(leased.map(|step| deliver_one(store, destinations, policy, clock, step)));
            continue;
        }
        let Some(done) = under_way.next().await else { return Ok(report) };
        report.add(done?);
        // What waited for this one may be due now.
        more = true;
    }
}

impl DeliveryReport {
    fn add(&mut self, other: Self) {
        self.posted += other.posted;
        self.found += other.found;
        self.retried.extend(other.retried);
        self.held.extend(other.held);
    }
}

async fn deliver_one(
    store: &Store,
    destinations: &Destinations,
    policy: &RetryPolicy,
    clock: &dyn Clock,
    step: LeasedStep,
) -> Result<DeliveryReport, StoreError> {
    let mut report = DeliveryReport::default();
    match send_one(store, destinations, policy, clock, &step).await? {
        Sent::Now(remote) => {
            posted(store, policy, clock, &step, &remote).await?;
            report.posted += 1;
            info!(step.id = %step.step.id, story.code = %step.code, "posted {} of {} to {}", step.step.kind, step.code, step.destination);
        }
        Sent::Before(remote) => {
            posted(store, policy, clock, &step, &remote).await?;
            report.found += 1;
        }
        Sent::Elsewhere => {}
        Sent::Failed(err, since) => {
            fail(store, policy, clock.now(), &step, err, since, &mut report).await?;
        }
    }
    Ok(report)
}

/// Notes that a step is there. Where one delivery gets through, the next one that a missing permission held may, too.
async fn posted(
    store: &Store,
    policy: &RetryPolicy,
    clock: &dyn Clock,
    step: &LeasedStep,
    remote: &str,
) -> Result<(), StoreError> {
    let now = clock.now();
    if store.post_step(step, remote, now).await? {
        store.retry_held_at(&step.destination, now - policy.max_age, now).await?;
    }
    Ok(())
}

enum Sent {
    Now(String),
    Before(String),
    /// Another worker has it.
    Elsewhere,
    /// With the time since when it has failed.
    Failed(SendError, DateTime<Utc>),
}

async fn send_one(
    store: &Store,
    destinations: &Destinations,
    policy: &RetryPolicy,
    clock: &dyn Clock,
    step: &LeasedStep,
) -> Result<Sent, StoreError> {
    let Some(publisher) = destinations.find(&step.destination) else {
        let why = format!("this process has no way to reach `{}`", step.destination);
        return Ok(Sent::Failed(SendError::Transient(why), step.created_at));
    };
    let (since, looks) = match step.step.state {
        StepState::Queued => {
            // From here on nobody sends this step without looking first.
            if !store.intend_step(step, clock.now()).await? {
                return Ok(Sent::Elsewhere);
            }
            (clock.now(), false)
        }
        StepState::Intended { at } => (at, true),
        StepState::Posted { .. } | StepState::Held { .. } => return Ok(Sent::Elsewhere),
    };
    // One limit for both: were they to outlast the lease, another worker would send beside this one.
    let done = limited(policy, async {
        if looks && let Some(remote) = publisher.reconcile(step).await? {
            return Ok(Sent::Before(remote));
        }
        publisher.send(step).await.map(Sent::Now)
    });
    Ok(done.await.unwrap_or_else(|err| Sent::Failed(err, since)))
}

async fn limited<T>(
    policy: &RetryPolicy,
    sending: impl Future<Output = Result<T, SendError>>,
) -> Result<T, SendError> {
    tokio::time::timeout(policy.send_limit, sending).await.unwrap_or_else(|_| {
        Err(SendError::Transient(format!("no outcome within {} s", policy.send_limit.as_secs())))
    })
}

async fn fail(
    store: &Store,
    policy: &RetryPolicy,
    now: DateTime<Utc>,
    step: &LeasedStep,
    err: SendError,
    since: DateTime<Utc>,
    report: &mut DeliveryReport,
) -> Result<(), StoreError> {
    let id = &step.step.id;
    let failing = now - since;
    let hold = match &err {
        SendError::Permanent(reason) => Some(*reason),
        SendError::Transient(_) | SendError::NotBefore { .. } => {
            (failing > policy.max_age).then_some(HoldReason::TooOld)
        }
    };
    if let Some(reason) = hold {
        warn!(step.id = %id, story.code = %step.code, "held {} for {}: {reason} ({err})", step.step.kind, step.destination);
        store.hold_step(step, reason, now).await?;
        report.held.push((id.clone(), reason));
        return Ok(());
    }
    let mut wait = policy.wait(id, failing);
    if let SendError::NotBefore { after, .. } = &err {
        // A little late is polite; exactly on time races with the other side's clock.
        wait = Duration::from_std(*after).unwrap_or(policy.longest_wait) + Duration::milliseconds(250);
    }
    warn!(step.id = %id, story.code = %step.code, wait_ms = wait.num_milliseconds(), "cannot post {} to {}: {err}", step.step.kind, step.destination);
    store.retry_step(id, now + wait, &err.to_string()).await?;
    report.retried.push((id.clone(), err.to_string()));
    Ok(())
}
