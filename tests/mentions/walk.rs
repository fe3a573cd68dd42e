//! The walk through the list of mail: nothing is lost, nothing is read for ever, however much comes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use newsdesk::mentions::{Limits, Settings};

use super::fake::{Asked, Fault, mention};
use crate::support::variable;

fn generous() -> Settings {
    let limits = Limits {
        person_hour: 999,
        person_day: 999,
        person_thread: 999,
        account_hour: 99_999,
        account_day: 99_999,
    };
    Settings { limits, ..Settings::default() }
}

#[tokio::test]
async fn a_page_that_ends_within_a_millisecond_loses_nobody() {
    let asked = Asked::open(generous()).await;
    let start = asked.now() + TimeDelta::seconds(1);
    let mut uris = Vec::new();
    // Seven each time: no page ends between two of them.
    for n in 0..700_usize {
        let at = start + TimeDelta::milliseconds(i64::try_from(n / 7).unwrap());
        uris.push(asked.receives(mention(n, &format!("p{n}"), "thanks", at)));
    }
    asked.pass_time(5);
    assert_eq!(asked.round().await.passed, 700);
    for uri in &uris {
        assert_eq!(asked.fate(uri).await, "not_asked");
    }
}

#[tokio::test]
async fn a_long_walk_goes_on_where_it_stood_and_begins_again_after_a_restart() {
    let mut asked = Asked::open(generous()).await;
    let start = asked.now();
    let ms = |n: usize| start + TimeDelta::milliseconds(i64::try_from(n).unwrap() * 10);
    for n in 0..1_500 {
        asked.receives(mention(n, &format!("p{n}"), "thanks", ms(n)));
    }
    asked.pass_time(20);
    let first = asked.round().await;
    assert!(first.more && first.passed < 1_500, "{first:?}");
    asked.restart();
    let again = asked.round().await;
    assert_eq!(again.passed, 0, "what was stored is not taken in again");
    // In between somebody asks.
    let uri = asked.receives(mention(2_000, "ana", "topics", asked.now()));
    let mut passed = first.passed;
    for _ in 0..4 {
        passed += asked.round().await.passed;
        asked.pass_time(10);
    }
    assert_eq!(passed, 1_500);
    assert_eq!(asked.fate(&uri).await, "answered");
}

#[tokio::test]
async fn a_stop_deep_in_the_mail_is_heeded_before_what_was_asked_after_it_is_answered() {
    let asked = Asked::open(generous()).await;
    let start = asked.now();
    let ms = |n: usize| start + TimeDelta::milliseconds(i64::try_from(n).unwrap() * 10);
    let stop = asked.receives(mention(0, "ana", "stop", ms(1)));
    for n in 1..1_400 {
        asked.receives(mention(n, &format!("p{n}"), "thanks", ms(n + 1)));
    }
    let after = asked.receives(mention(1_400, "ana", "topics", ms(1_402)));
    asked.pass_time(20);
    asked.rounds(5).await;
    assert_eq!(
        (asked.fate(&stop).await.as_str(), asked.fate(&after).await.as_str()),
        ("answered", "silenced")
    );
}

#[tokio::test]
async fn a_flood_that_is_over_is_not_read_again_every_time() {
    let asked = Asked::open(generous()).await;
    let start = asked.now();
    for n in 0..1_500_usize {
        let at = start + TimeDelta::milliseconds(i64::try_from(n).unwrap() * 10);
        asked.receives(mention(n, &format!("p{n}"), "thanks", at));
    }
    asked.pass_time(20);
    asked.rounds(5).await;
    let before = asked.fake.with(|world| world.pages);
    for _ in 0..6 {
        asked.pass_time(10);
        asked.round().await;
    }
    assert_eq!(asked.fake.with(|world| world.pages) - before, 6, "a page each");
    // What is new is found as before.
    let uri = asked.receives(mention(2_000, "ana", "topics", asked.now()));
    asked.round().await;
    assert_eq!(asked.fate(&uri).await, "answered");
}

#[tokio::test]
async fn a_post_that_the_server_shows_late_is_found_behind_what_was_read() {
    let asked = Asked::open(generous()).await;
    asked.pass_time(1_200);
    asked.receives(mention(1, "ana", "topics", asked.now()));
    asked.round().await;
    let late = asked.receives(mention(2, "ben", "topics", asked.now() - TimeDelta::minutes(15)));
    for _ in 0..31 {
        asked.pass_time(10);
        asked.round().await;
    }
    assert_eq!(asked.fate(&late).await, "answered");
}

#[tokio::test]
async fn what_was_asked_before_the_first_start_is_not_answered_and_idle_rounds_are_cheap() {
    let asked = Asked::open(Settings::default()).await;
    let before = asked.receives(mention(1, "ana", "topics", asked.now() - TimeDelta::hours(1)));
    asked.round().await;
    assert_eq!(asked.fate(&before).await, "unknown");
    let pages = asked.fake.with(|world| world.pages);
    for _ in 0..100 {
        asked.pass_time(10);
        asked.round().await;
    }
    assert_eq!(asked.fake.with(|world| world.pages) - pages, 100, "one page a round");
}

/// 2,000 mentions by 300 accounts within a minute with `NEWSDESK_TEST_SCALE=full`; a tenth of it else.
#[tokio::test]
async fn a_flood_is_answered_within_the_limits_and_nobody_twice() {
    let full = variable("NEWSDESK_TEST_SCALE").as_deref() == Some("full");
    let (mentions, people) = if full { (2_000, 300) } else { (200, 30) };
    let limits = Limits { account_hour: if full { 300 } else { 60 }, ..Limits::default() };
    let mut asked = Asked::open(Settings { limits, ..Settings::default() }).await;
    let start = asked.now();
    let mut uris = BTreeMap::new();
    for n in 0..mentions {
        let at = start + TimeDelta::milliseconds(i64::try_from(n * 60_000 / mentions).unwrap());
        let by = format!("p{}", n % people);
        uris.entry(by.clone()).or_insert_with(Vec::new).push(asked.receives(mention(n, &by, "topics", at)));
    }
    asked.pass_time(60);
    let mut answered = 0;
    let mut rounds = 0;
    loop {
        // Now and then the network fails, or the program ends.
        let fault = match rounds % 13 {
            5 => Some(Fault::LostAnswer),
            7 => Some(Fault::LostRequest),
            9 => Some(Fault::OverBudget(120)),
            _ => None,
        };
        asked.fake.with(|world| world.faults.extend(fault));
        if rounds % 17 == 3 {
            asked.restart();
        }
        let report = asked.round().await;
        answered += report.answered;
        rounds += 1;
        if report.waiting == 0 && !report.more {
            break;
        }
        assert!(rounds < 20_000, "the queue does not drain: {report:?}");
        // As the loop does, but for hours in which there is nothing to do.
        asked.pass_time(if report.answered == 0 { 60 } else { 10 });
    }
    let written: Vec<DateTime<Utc>> = asked.fake.with(|world| {
        world.posts.values().map(|post| post["createdAt"].as_str().unwrap().parse().unwrap()).collect()
    });
    for at in &written {
        let within = written.iter().filter(|then| **then > *at - TimeDelta::hours(1) && *then <= at).count();
        assert!(u64::try_from(within).unwrap() <= limits.account_hour, "{within} answers within an hour");
    }
    let mut stand = 0;
    for (person, theirs) in &uris {
        let replies: Vec<usize> = theirs.iter().map(|uri| asked.fake.replies_to(uri)).collect();
        assert!(replies.iter().all(|n| *n <= 1), "{person} was answered twice");
        let answers: usize = replies.iter().sum();
        assert_eq!(answers, theirs.len().min(limits.person_hour), "{person}");
        stand += answers;
    }
    assert_eq!(u64::try_from(stand).unwrap(), answered);
    let keys: BTreeSet<String> = asked.fake.with(|world| world.posts.keys().cloned().collect());
    assert_eq!(keys.len(), stand, "one post each");
}
