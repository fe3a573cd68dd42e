//! The desk ends at every boundary of every step; the next one finds what stands there and goes on.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::TimeDelta;
use newsdesk::bluesky::{Account, AccountSettings};
use newsdesk::model::{AmendmentKind, Clock as _, ManualClock, SystemClock};
use newsdesk::publish::bluesky::{BlueskySender, Look, Quotes, Replies};
use newsdesk::publish::{Publisher, SendError};
use newsdesk::store::LeasedStep;
use tokio::sync::Notify;

use crate::support::bluesky::proxy::FaultHandle;
use crate::support::bluesky::{Fault, What};
use crate::support::sky::{Sky, settings};
use crate::support::variable;

/// Where the desk ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Boundary {
    /// A step was leased.
    Leased,
    /// It is noted that it will be sent.
    Intended,
    /// What will be sent is kept, and was not sent.
    Sealed,
    /// It was sent, and nothing is noted of that.
    Sent,
}

/// Ends at the first try of each step, if it shall end at all.
struct Crashing {
    inner: BlueskySender,
    boundary: Option<Boundary>,
    /// No two steps are sent at the same time.
    clock: Arc<ManualClock>,
    /// Keeps a request from leaving.
    cut: FaultHandle,
    seen: Mutex<BTreeSet<(String, i64)>>,
    ended: Arc<Notify>,
}

#[async_trait]
impl Publisher for Crashing {
    async fn reconcile(&self, step: &LeasedStep) -> Result<Option<String>, SendError> {
        self.inner.reconcile(step).await
    }

    async fn send(&self, step: &LeasedStep) -> Result<String, SendError> {
        self.clock.set(self.clock.now() + TimeDelta::seconds(1));
        let first = self.seen.lock().unwrap().insert((step.step.id.to_string(), step.plan));
        let Some(boundary) = self.boundary.filter(|boundary| first && *boundary != Boundary::Leased) else {
            return self.inner.send(step).await;
        };
        match boundary {
            Boundary::Leased | Boundary::Intended => {}
            Boundary::Sealed => {
                self.cut.once_more();
                // That it was cut is known to nobody any more.
                self.inner.send(step).await.ok();
                self.cut.stop();
            }
            Boundary::Sent => drop(self.inner.send(step).await?),
        }
        self.ended.notify_one();
        std::future::pending().await
    }
}

/// Sends until nothing is due; the desk ends again and again on the way. How often.
async fn settle(sky: &Sky, boundary: Boundary, ended: &Notify) -> usize {
    let mut leased = BTreeSet::new();
    for crashes in 0..200 {
        if boundary == Boundary::Leased
            && let Some(step) = sky.store.lease_step(sky.clock.now(), sky.policy.lease).await.unwrap()
        {
            leased.insert((step.step.id, step.plan));
            sky.later(sky.policy.lease + TimeDelta::seconds(1));
        }
        tokio::select! {
            _ = sky.deliver() => {
                if sky.in_state("open").await == 0 {
                    return crashes.max(leased.len());
                }
                sky.later(TimeDelta::seconds(40));
            }
            () = ended.notified() => sky.later(sky.policy.lease + TimeDelta::seconds(1)),
        }
    }
    panic!("it never ended:\n{}", sky.steps().await);
}

const STAGES: [&str; 5] = ["posted", "told anew", "erased from", "corrected", "taken back"];

/// A story's life; what stood there after each stage.
async fn life(look: &Look, boundary: Option<Boundary>) -> Vec<String> {
    let mut sky = Sky::open().await;
    sky.look = look.clone();
    if look.quote_updates {
        sky.delete_retracted();
    }
    let ended = Arc::new(Notify::new());
    let cut = sky.proxy.fault(Fault::new(What::LostRequest).on("com.atproto.repo.applyWrites").times(0));
    let (inner, clock) = (sky.sender(), sky.clock.clone());
    let crashing =
        Crashing { inner, boundary, clock, cut, seen: Mutex::default(), ended: Arc::clone(&ended) };
    sky.post_by(Box::new(crashing));
    let mut stood = Vec::new();
    let mut tale = sky.tale(1).await;
    for stage in STAGES {
        sky.later(TimeDelta::hours(20));
        match stage {
            "posted" => sky.post(&tale).await,
            "told anew" => {
                tale = tale.next(sky.clock.now());
                sky.post(&tale).await;
            }
            // The end of version 1 becomes another one, and version 2 moves with it.
            "erased from" => {
                let first = tale.erase_from_first();
                sky.replan(&first).await;
            }
            "corrected" => sky.amend(&mut tale, AmendmentKind::Correction, "The fare was wrong.").await,
            _ => sky.amend(&mut tale, AmendmentKind::Retraction, "It was a hoax.").await,
        }
        match boundary {
            Some(boundary) => {
                let crashes = settle(&sky, boundary, &ended).await;
                assert!(crashes > 0, "it has ended at least once when it was {stage}");
            }
            None => sky.settle().await,
        }
        stood.push(sky.transcript().await);
    }
    let troubles = sky.troubles.lock().unwrap().clone();
    assert_eq!(troubles, Vec::<String>::new(), "there is nothing for its owner to do");
    stood
}

#[tokio::test]
async fn a_desk_that_ends_anywhere_goes_on_where_it_was() {
    let plain = Look { card: false, ..Look::default() };
    let gated = Look {
        quote_updates: true,
        edit_card: true,
        replies: Replies::Followers,
        quotes: Quotes::Nobody,
        ..plain.clone()
    };
    let boundaries = [Boundary::Leased, Boundary::Intended, Boundary::Sealed, Boundary::Sent];
    let cells = [plain, gated].into_iter().map(|look| async move {
        let usual = life(&look, None).await;
        let opening = usual[1].find("Update:").unwrap();
        assert!(usual[2].find("Update:").unwrap() < opening, "version 1 is shorter, and version 2 stands");
        assert_eq!(usual[4].is_empty(), look.quote_updates, "a notice stands, or nothing");
        let lives = boundaries.map(|boundary| life(&look, Some(boundary)));
        let seen = futures_util::future::join_all(lives).await;
        for (boundary, seen) in boundaries.iter().zip(seen) {
            assert_eq!(seen, usual, "ended when {boundary:?}; quote_updates: {}", look.quote_updates);
        }
    });
    futures_util::future::join_all(cells).await;
}

/// The real program on the desk's database.
fn scan(sky: &Sky, home: &Path) -> Child {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_newsdesk"));
    command.current_dir(home).env_clear().env("HOME", home).arg("scan");
    let (resolver, plc) = (&sky.desk.service, sky.bluesky.plc());
    command.env("NEWSDESK_DATABASE", &sky.database.url).env("NEWSDESK_TOPICS__BUILTIN", "false");
    command.env("NEWSDESK_BLUESKY__HANDLE", &sky.desk.handle);
    command.env("NEWSDESK_BLUESKY__PASSWORD", &sky.desk.app_password);
    command.env("NEWSDESK_BLUESKY__RESOLVER", resolver).env("NEWSDESK_BLUESKY__PLC_DIRECTORY", plc);
    command.env("NEWSDESK_BLUESKY__SESSION_DIR", home.join("sessions"));
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs")
}

/// An hour goes by: leases end, and there are points again.
async fn an_hour_passes(sky: &Sky) {
    let mut connection = sky.database.connect().await;
    for passes in ["UPDATE step SET lease_ms = NULL WHERE lease_ms IS NOT NULL", "DELETE FROM spent"] {
        sqlx::query(passes).execute(&mut connection).await.unwrap();
    }
}

/// Eight kills, or two hundred with `NEWSDESK_TEST_SCALE=full`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_at_any_moment_leaves_whole_threads() {
    const STORIES_A_RUN: u64 = 3;
    let full = variable("NEWSDESK_TEST_SCALE").as_deref() == Some("full");
    let kills = if full { 200 } else { 8 };
    let mut sky = Sky::open().await;
    sky.look.card = false;
    let home = tempfile::TempDir::new().unwrap();
    // How long a run takes that nobody kills, as far as is known.
    let mut takes = Duration::from_secs(2);
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let (mut stories, mut killed, mut under_way) = (0, 0, 0);
    let begun = Instant::now();
    while killed < kills {
        for _ in 0..STORIES_A_RUN {
            stories += 1;
            sky.later(TimeDelta::seconds(1));
            sky.post(&sky.tale(stories).await).await;
        }
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let share = u32::try_from(random % 1_000).unwrap();
        let run = Instant::now();
        let mut child = scan(&sky, home.path());
        let ended = loop {
            tokio::time::sleep(Duration::from_millis(2)).await;
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if run.elapsed() >= takes * share / 1_000 {
                child.kill().unwrap();
                child.wait().unwrap();
                break None;
            }
        };
        match ended {
            Some(status) => {
                assert!(status.success(), "{status}");
                takes = run.elapsed();
            }
            None => killed += 1,
        }
        let mut connection = sky.database.connect().await;
        let intended = "SELECT COUNT(*) FROM step WHERE state = 'intended'";
        under_way += sqlx::query_scalar::<_, i64>(intended).fetch_one(&mut connection).await.unwrap();
        an_hour_passes(&sky).await;
    }
    for _ in 0..20 {
        if sky.in_state("open").await == 0 {
            break;
        }
        assert!(scan(&sky, home.path()).wait().unwrap().success());
        an_hour_passes(&sky).await;
    }
    assert_eq!(sky.in_state("done").await, stories, "{}", sky.steps().await);
    let (mut stand, mut planned) = (sky.threads().await, sky.planned().await);
    stand.sort();
    planned.sort();
    assert!(
        stand == planned,
        "{} threads stand of {} stories, or not as planned",
        stand.len(),
        planned.len()
    );
    let kept = AccountSettings {
        service: None,
        password: None,
        ..settings(&sky.bluesky, &sky.desk, &sky.desk.service, &home.path().join("sessions"))
    };
    let account = Account::open(kept, sky.store.clone(), Arc::new(SystemClock)).await.unwrap();
    let logins = account.session_info().await.unwrap().logins;
    println!(
        "{killed} kills, {under_way} of them amid a step; {stories} stories, {logins} logins, {:?}",
        begun.elapsed()
    );
    assert!((1..=4).contains(&logins), "{logins} logins");
    assert!(under_way > 0 || !full, "none of {killed} kills came amid a step");
}
