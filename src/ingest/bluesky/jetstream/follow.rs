//! The stream without an end: one connection that is kept, and a page every few seconds.

use std::future::Future;
use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::link::{Heard, Link};
use super::scan::{Place, cursor, gap, stored};
use super::{JetstreamIntake, JetstreamSource, MAX_KEPT};
use crate::ingest::http::{HttpError, PoliteClient};
use crate::ingest::source::{Page, ScanError, Skipped};
use crate::model::Clock;
use crate::store::SourceState;

/// The longest wait before a lost connection is tried again.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// The shortest: a host that drops everybody at once must not have everybody back at once.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// How often a followed stream hands a page on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowPace {
    /// After so long, if anything was heard.
    pub every: Duration,
    /// Or as soon as so many posts are kept.
    pub posts: usize,
    /// The shortest wait before a lost connection is tried again; it grows up to a minute while that fails.
    pub wait: Duration,
    /// Where the dice for these waits begin: another number for each program.
    pub seed: u64,
}

impl Default for FollowPace {
    fn default() -> Self {
        Self { every: Duration::from_secs(3), posts: 200, wait: SHORTEST_WAIT, seed: 0 }
    }
}

/// What a followed stream tells.
#[derive(Debug)]
pub enum Followed {
    /// A page, to be stored with its cursor.
    Page(Box<Page>),
    /// Something failed and is tried again.
    Trouble {
        /// What.
        error: ScanError,
        /// After how long.
        wait: Duration,
    },
}

/// Whether to go on.
type Flow = ControlFlow<()>;

struct Follower<'a, F> {
    source: &'a JetstreamSource,
    http: &'a PoliteClient,
    clock: &'a dyn Clock,
    pace: FollowPace,
    take: F,
    place: Place,
    intake: JetstreamIntake,
    /// Failures since something was heard.
    failures: u32,
    dice: u64,
    /// Whether the connection's first page is still to come.
    fresh: bool,
    /// Events of this connection that were handed on.
    handed: usize,
}

impl JetstreamSource {
    /// Follows the stream from `state` on until `stop` is cancelled or `take` says so.
    ///
    /// `take` gets a page every few seconds. When it continues, the page counts as stored, and what a new connection
    /// replays of it is left out; when it breaks, following ends, and whoever begins again with the stored state loses
    /// nothing. While the AppView cannot be asked for authors, nothing is handed on and nothing more is read.
    pub async fn follow<F, Fut>(
        &self,
        http: &PoliteClient,
        state: &SourceState,
        clock: &dyn Clock,
        pace: FollowPace,
        stop: &CancellationToken,
        take: F,
    ) where
        F: FnMut(Followed) -> Fut + Send,
        Fut: Future<Output = Flow> + Send,
    {
        let mut follower = Follower {
            source: self,
            http,
            clock,
            pace,
            take,
            place: self.place(state, clock.now()),
            intake: self.intake(),
            failures: 0,
            dice: pace.seed,
            fresh: true,
            handed: 0,
        };
        // What is cut off here was not handed on, and the stored cursor stands before it.
        stop.run_until_cancelled(Box::pin(follower.run())).await;
    }
}

impl<F, Fut> Follower<'_, F>
where
    F: FnMut(Followed) -> Fut + Send,
    Fut: Future<Output = Flow> + Send,
{
    async fn run(&mut self) -> Flow {
        loop {
            let Some(url) = self.source.address(0, self.place) else {
                let error = HttpError::Setup("no host of Jetstream is configured".to_owned());
                (self.take)(Followed::Trouble { error: error.into(), wait: Duration::ZERO }).await?;
                return Flow::Break(());
            };
            let error = match Link::open(self.http, &url).await {
                Ok(link) => self.listen(link).await?,
                Err(error) => error,
            };
            self.source.rotate();
            self.trouble(error.into()).await?;
        }
    }

    /// Reads a connection until it is lost.
    async fn listen(&mut self, mut link: Link) -> ControlFlow<(), HttpError> {
        self.intake.reconnected();
        (self.fresh, self.handed) = (true, 0);
        let silence = self.source.patience.silence;
        let mut last = Instant::now();
        let mut due = last + self.pace.every;
        let error = loop {
            let now = Instant::now();
            let wait =
                due.saturating_duration_since(now).min((last + silence).saturating_duration_since(now));
            match link.next(wait).await {
                Heard::Frame(frame) => {
                    let before = self.intake.heard;
                    self.intake.take(&frame, self.clock.now());
                    if self.intake.heard > before {
                        last = Instant::now();
                    }
                }
                Heard::Odd(why) => self.intake.skip(Skipped::new(format!("frame of {}", link.host), why)),
                Heard::Silence => {}
                Heard::Lost(error) => break error,
            }
            // What cannot be read is silence, too.
            if last.elapsed() >= silence {
                break HttpError::TimedOut { host: link.host.clone(), what: "next event", limit: silence };
            }
            let full = self.intake.posts() >= self.pace.posts.max(1) || self.intake.kept() >= MAX_KEPT;
            if full || Instant::now() >= due {
                self.hand_on().await?;
                due = Instant::now() + self.pace.every;
            }
        };
        self.hand_on().await?;
        link.close().await;
        ControlFlow::Continue(error)
    }

    /// Hands on what is kept, if anything was heard.
    async fn hand_on(&mut self) -> Flow {
        if self.intake.heard == self.handed {
            return Flow::Continue(());
        }
        let now = self.clock.now();
        let reached = cursor(self.place, &self.intake.reached, now);
        let gap = if self.fresh { gap(self.place, &self.intake.reached) } else { None };
        let batch = self.intake.drain();
        while let Err(error) = self.source.learn(self.http, &batch, self.clock.now()).await {
            self.trouble(error).await?;
        }
        let page = Page { next: stored(reached), gap, ..self.source.page(batch) };
        (self.take)(Followed::Page(Box::new(page))).await?;
        self.place = Place { us: reached, known: true };
        (self.fresh, self.handed, self.failures) = (false, self.intake.heard, 0);
        Flow::Continue(())
    }

    /// Tells of a failure and waits: at least a second, up to twice as long after each failure, by dice.
    async fn trouble(&mut self, error: ScanError) -> Flow {
        let least = self.pace.wait;
        let most = least.saturating_mul(1 << self.failures.min(6)).min(LONGEST_WAIT).max(least);
        self.failures += 1;
        let asked = match &error {
            ScanError::Http(HttpError::RateLimited { wait, .. }) => *wait,
            ScanError::Http(_)
            | ScanError::NotAFeed { .. }
            | ScanError::BadAnswer { .. }
            | ScanError::Refused { .. }
            | ScanError::Panicked { .. } => Duration::ZERO,
        };
        let wait = (least + most.saturating_sub(least).mul_f64(self.roll())).max(asked);
        (self.take)(Followed::Trouble { error, wait }).await?;
        sleep(wait).await;
        Flow::Continue(())
    }

    /// A number in `0..1` (SplitMix64).
    fn roll(&mut self) -> f64 {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
