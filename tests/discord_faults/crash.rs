//! The desk ends at every boundary of every step; the next one finds what stands there and goes on.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::TimeDelta;
use newsdesk::model::{AmendmentKind, Clock as _, Style};
use newsdesk::publish::discord::{DiscordSender, Look};
use newsdesk::publish::{Publisher, SendError};
use newsdesk::store::LeasedStep;
use tokio::sync::Notify;

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
