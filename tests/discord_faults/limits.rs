//! Order at a place, refusals without end, and a token that is not accepted any more.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use newsdesk::discord::RestError;
use newsdesk::model::{Clock as _, Style};

use crate::support::at;
use crate::support::discord::{Fault, What};
use crate::support::posting::{Room, look};

/// What stands in a channel, by the numbers of the stories.
fn order(room: &Room, channel: u64) -> Vec<usize> {
    let seen = room.transcript(channel);
    let mut found: Vec<_> =
        (1..=9).filter_map(|n| Some((seen.find(&format!("The ferry number {n} sails"))?, n))).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, n)| n).collect()
}

async fn waits_for_the_first(what: What) {
    let room = Room::open().await;
    let channel = room.discord.text_channel(room.guild, "news");
    room.discord.forget_nonces();
    let path = format!("/channels/{channel}/messages");
    let fault = room.fault(Fault::new(what.clone()).on("POST", &path).times(1_000));
    for n in 1..=2 {
        let tale = room.tale(n).await;
        room.post(&tale, &[(channel, look(Style::Compact))]).await;
        room.later(TimeDelta::seconds(1));
    }
    while room.clock.now() < at("2031-03-17 09:14") {
        room.deliver().await;
        let seen = order(&room, channel);
        assert!(seen.is_empty(), "{what:?}: {seen:?}");
        room.later(TimeDelta::seconds(30));
    }
    assert!(fault.hits() >= 3, "{what:?}: {}", fault.hits());
    fault.stop();
    room.settle().await;
    assert_eq!(room.discord.messages(channel).len(), 2, "{what:?}");
    room.discord.finish();
}

#[tokio::test]
async fn the_second_story_waits_for_the_first_whatever_befalls_it() {
    let all = [
        What::LostRequest,
        What::TooManyForBucket(Duration::from_mins(2)),
        What::TooManyShared(Duration::from_mins(2)),
        What::Status(500),
        What::Status(503),
    ];
    join_all(all.map(waits_for_the_first)).await;
}

#[tokio::test]
async fn after_a_quarter_of_an_hour_the_second_story_goes_first() {
    let room = Room::open().await;
    let channel = room.discord.text_channel(room.guild, "news");
    let path = format!("/channels/{channel}/messages");
    let fault = room.fault(Fault::new(What::Status(500)).on("POST", &path).times(1_000));
    for n in 1..=2 {
        let tale = room.tale(n).await;
        room.post(&tale, &[(channel, look(Style::Compact))]).await;
        room.later(TimeDelta::seconds(1));
    }
    // The first fails at minutes 0, 1, 2, 4, 8 and 16.
    while room.in_state("done").await == 0 {
        room.deliver().await;
        room.later(TimeDelta::seconds(40));
        if fault.hits() >= 6 {
            fault.stop();
            room.deliver().await;
        }
    }
    assert_eq!(order(&room, channel), [2]);
    room.settle().await;
    assert_eq!(order(&room, channel), [2, 1]);
    room.discord.finish();
}

#[tokio::test]
async fn a_revoked_token_ends_requests_at_once() {
    let room = Room::open().await;
    let tale = room.tale(1).await;
    let channels: Vec<u64> =
        (0..60).map(|n| room.discord.text_channel(room.guild, &format!("news-{n}"))).collect();
    let to: Vec<_> = channels.iter().map(|channel| (*channel, look(Style::Compact))).collect();
    room.post(&tale, &to).await;
    room.discord.revoke_token();
    let before = room.discord.requests().len();
    for _ in 0..20 {
        room.deliver().await;
        room.later(TimeDelta::minutes(5));
    }
    let sent = room.discord.requests().len() - before;
    assert!((1..=5).contains(&sent), "{sent} requests with a bad token");
    assert_eq!(room.in_state("open").await, 60, "nothing is lost");
    assert!(room.told().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twelve_hundred_refused_requests_a_thousand_are_sent() {
    let room = Room::open().await;
    let channel = room.discord.text_channel(room.guild, "news");
    room.fault(Fault::new(What::Status(403)).on("GET", "/channels/*").times(usize::MAX));
    let ask = || room.rest.get(serenity::http::Route::Channel { channel_id: channel.into() }, Vec::new());
    let outcomes = join_all((0..1_200).map(|_| ask())).await;
    let held = outcomes.iter().filter(|o| matches!(o, Err(RestError::HoldingBack { .. }))).count();
    let limited = outcomes.iter().filter(|o| matches!(o, Err(RestError::Limited { .. }))).count();
    let refused = room.discord.requests().iter().filter(|r| r.status == 403).count();
    assert_eq!((refused, held, limited), (1_000, 200, 0));
}
