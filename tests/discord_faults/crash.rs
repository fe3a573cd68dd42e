//! The desk ends at every boundary of every step; the next one finds what stands there and goes on.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use newsdesk::model::{AmendmentKind, Clock as _, Style};
use newsdesk::publish::discord::{DiscordSender, Look};
use newsdesk::publish::{Publisher, SendError};
use newsdesk::store::LeasedStep;
use tokio::sync::Notify;

use crate::support::discord::{Discord, Fault, What};
use crate::support::posting::{Room, look};

/// Where the desk ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Boundary {
    /// A step was leased.
    Leased,
    /// It is noted that it will be sent.
    Intended,
    /// It was sent, and nothing is noted of that.
    Sent,
}

/// Ends at the first try of each step.
struct Crashing {
    inner: DiscordSender,
    boundary: Boundary,
    seen: Mutex<BTreeSet<(String, i64)>>,
    ended: Arc<Notify>,
}

#[async_trait]
impl Publisher for Crashing {
    async fn reconcile(&self, step: &LeasedStep) -> Result<Option<String>, SendError> {
        self.inner.reconcile(step).await
    }

    async fn send(&self, step: &LeasedStep) -> Result<String, SendError> {
        let first = self.seen.lock().unwrap().insert((step.step.id.to_string(), step.plan));
        if self.boundary == Boundary::Leased || !first {
            return self.inner.send(step).await;
        }
        if self.boundary == Boundary::Sent {
            self.inner.send(step).await?;
        }
        self.ended.notify_one();
        std::future::pending().await
    }
}

/// Sends until nothing is due; the desk ends again and again on the way. How often.
async fn settle(room: &Room, boundary: Boundary, ended: &Notify) -> usize {
    let mut leased = BTreeSet::new();
    for crashes in 0..200 {
        if boundary == Boundary::Leased
            && let Some(step) = room.store.lease_step(room.clock.now(), room.policy.lease).await.unwrap()
        {
            if leased.insert((step.step.id, step.plan)) {
                room.later(room.policy.lease + TimeDelta::seconds(1));
            }
            room.later(room.policy.lease + TimeDelta::seconds(1));
        }
        tokio::select! {
            _ = room.deliver() => {
                if room.in_state("open").await == 0 {
                    return crashes;
                }
                room.later(TimeDelta::seconds(40));
            }
            () = ended.notified() => room.later(room.policy.lease + TimeDelta::seconds(1)),
        }
    }
    panic!("it never ended:\n{}", room.steps().await);
}

/// A story's life: posted, told anew, corrected, taken back; what stood there after each.
async fn life(style: Style, news: bool, boundary: Option<Boundary>) -> Vec<String> {
    let mut room = Room::open().await;
    room.discord.forget_nonces();
    let ended = Arc::new(Notify::new());
    if let Some(boundary) = boundary {
        let (inner, ended) = (room.sender(), Arc::clone(&ended));
        room.post_by(Box::new(Crashing { inner, boundary, seen: Mutex::default(), ended }));
    }
    let channel = match style {
        Style::Forum => room.discord.forum(room.guild, "talk", &["Ferries", "Breaking", "Developing"]),
        _ if news => room.discord.news_channel(room.guild, "news"),
        _ => room.discord.text_channel(room.guild, "news"),
    };
    let look = Look { crosspost: news, ..look(style) };
    let mut stood = Vec::new();
    let mut tale = room.tale(1).await;
    for hour in [0, 20, 40, 60_i64] {
        if hour > 0 {
            room.hour(hour);
        }
        match hour {
            0 => room.post(&tale, &[(channel, look.clone())]).await,
            20 => {
                tale = room.next(&tale);
                room.post(&tale, &[(channel, Look { opened: true, ..look.clone() })]).await;
            }
            40 => room.amend(&mut tale, AmendmentKind::Correction, "The fare was wrong.").await,
            _ => room.amend(&mut tale, AmendmentKind::Retraction, "It was a hoax.").await,
        }
        match boundary {
            Some(boundary) => {
                let crashes = settle(&room, boundary, &ended).await;
                assert!(crashes > 0 || boundary == Boundary::Leased, "it has ended at least once");
            }
            None => room.settle().await,
        }
        stood.push(room.transcript(channel));
    }
    assert!(room.told().is_empty(), "{:?}", room.told());
    room.discord.finish();
    stood
}

#[tokio::test]
async fn a_desk_that_ends_anywhere_goes_on_where_it_was() {
    let styles =
        [(Style::Thread, false), (Style::Thread, true), (Style::Forum, false), (Style::Compact, false)];
    let boundaries = [Boundary::Leased, Boundary::Intended, Boundary::Sent];
    let cells = styles.into_iter().map(|(style, news)| async move {
        let usual = life(style, news, None).await;
        for boundary in boundaries {
            let seen = life(style, news, Some(boundary)).await;
            assert_eq!(seen, usual, "{style} (news: {news}), ended when {boundary:?}");
        }
    });
    futures_util::future::join_all(cells).await;
}

/// What the desk has asked Discord to make.
fn made(discord: &Discord) -> usize {
    discord.requests().iter().filter(|r| r.method == "POST").count()
}

/// The real program on the room's database, told of the local Discord.
fn scan(room: &Room, home: &Path) -> std::process::Child {
    let (ca, address) = (home.join("ca.pem"), room.discord.address().to_string());
    std::fs::write(&ca, room.discord.ca_pem()).unwrap();
    std::fs::create_dir_all(home.join("config")).unwrap();
    std::fs::write(home.join("config/newsdesk.toml"), "[topics]\nbuiltin = false\n").unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_newsdesk"));
    command.current_dir(home).env_clear().env("HOME", home).arg("scan");
    command.env("NEWSDESK_DATABASE", &room.database.url).env("NEWSDESK_DISCORD__TOKEN", room.discord.token());
    command.env("NEWSDESK_DISCORD__CONNECT", address).env("NEWSDESK_DISCORD__CA_FILE", ca);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_after_each_request_leaves_a_whole_story() {
    let room = Room::open().await;
    room.discord.forget_nonces();
    let channel = room.discord.text_channel(room.guild, "news");
    let tale = room.tale(1).await;
    room.post(&tale, &[(channel, look(Style::Thread))]).await;
    let home = tempfile::TempDir::new().unwrap();
    let late = Fault::new(What::Slow(Duration::from_mins(1))).on("POST", "/channels/**").times(usize::MAX);
    room.fault(late);
    let mut kills = 0;
    while room.in_state("open").await > 0 {
        let before = made(&room.discord);
        let mut child = scan(&room, home.path());
        let ended = loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if made(&room.discord) > before {
                child.kill().unwrap();
                child.wait().unwrap();
                kills += 1;
                break None;
            }
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
        };
        assert!(ended.is_none_or(|status| status.success()), "{ended:?}");
        assert!(kills < 10, "it goes on for ever:\n{}", room.transcript(channel));
        // Two minutes go by.
        let mut connection = room.database.connect().await;
        let leases_end = "UPDATE step SET lease_ms = NULL WHERE lease_ms IS NOT NULL";
        sqlx::query(leases_end).execute(&mut connection).await.unwrap();
    }
    assert_eq!(kills, 5, "an opening, a thread, three messages");
    let seen = room.transcript(channel);
    let wanted = ["It sails again.", "══ ", "**Timetable**", "**Fares**", "· v1 ·"];
    for what in wanted {
        assert_eq!(seen.matches(what).count(), 1, "{what} in\n{seen}");
    }
    assert!(wanted.iter().map(|what| seen.find(what)).is_sorted(), "{seen}");
    room.discord.finish();
}
