//! Points and waits: the server never has to say no twice.

use std::time::Duration;

use chrono::TimeDelta;
use newsdesk::bluesky::{Purpose, Write, XrpcError};
use newsdesk::model::Clock as _;
use newsdesk::store::PointLimits;

use super::{APPLY, Line, create, post};
use crate::support::bluesky::{Bluesky, Fault, What};

#[tokio::test]
async fn a_spent_budget_sends_nothing_and_stories_go_before_answers() {
    let mut line = Line::new().await;
    line.settings.points = PointLimits { hour: 20, day: 480 };
    let account = line.open().await;
    let write = async |n: u64, purpose| account.apply(&[create(n, post("one"))], purpose).await;
    for n in 0..4 {
        write(n, Purpose::Answer).await.unwrap();
    }
    // 12 of 20 are spent; answers leave 6 untouched.
    let err = write(4, Purpose::Answer).await.unwrap_err();
    assert!(matches!(err, XrpcError::OverBudget { after } if after > Duration::from_mins(59)), "{err}");
    for n in 4..6 {
        write(n, Purpose::Story).await.unwrap();
    }
    let err = write(6, Purpose::Story).await.unwrap_err();
    assert!(err.certainly_not_done() && err.wait() > Some(Duration::from_mins(59)), "{err}");
    assert_eq!(line.proxy.calls(APPLY), 6);

    // Counted over restarts, and room again when the hour is over.
    let wait = TimeDelta::from_std(err.wait().unwrap()).unwrap();
    let account = line.open().await;
    line.later(wait - TimeDelta::milliseconds(1));
    assert!(account.apply(&[create(6, post("one"))], Purpose::Story).await.is_err());
    line.later(TimeDelta::milliseconds(1));
    account.apply(&[create(6, post("one"))], Purpose::Story).await.unwrap();
    let info = account.session_info().await.unwrap();
    assert_eq!((info.points_hour, info.points_day), (3, 21));
}

#[tokio::test]
async fn our_count_and_the_servers_are_the_same() {
    let bluesky = Bluesky::connect().await;
    let pds = bluesky.own_pds(true).await;
    let desk = pds.account("desk").await;
    let mut line = Line::of(bluesky, desk).await;
    line.settings.points = PointLimits { hour: 6_000, day: 35_000 };
    let account = line.open().await;
    // 5,000 points of the server's, in portions of 200 creations, 100 changes and 200 deletions: 1,000.
    let keys = |round: u64| (0..200).map(move |n| round * 200 + n);
    for round in 0..5 {
        let all: Vec<Write> = keys(round).map(|n| create(n, post("one"))).collect();
        account.apply(&all, Purpose::Story).await.unwrap();
        let place = |write: &Write| (write.place().0.to_owned(), write.place().1.to_owned());
        let changes = all[..100].iter().map(|write| {
            let (collection, key) = place(write);
            Write::Update { collection, key, record: post("two") }
        });
        account.apply(&changes.collect::<Vec<_>>(), Purpose::Story).await.unwrap();
        let removals = all.iter().map(|write| {
            let (collection, key) = place(write);
            Write::Delete { collection, key }
        });
        account.apply(&removals.collect::<Vec<_>>(), Purpose::Story).await.unwrap();
    }
    assert_eq!(account.session_info().await.unwrap().points_hour, 5_000);
    assert_eq!(line.proxy.answered(APPLY, 429), 0);

    // We would allow more, the server does not, and is not asked again before its time.
    let one = [create(5_000, post("one"))];
    let first = account.apply(&one, Purpose::Story).await.unwrap_err();
    let Some(wait) = first.wait().filter(|_| matches!(first, XrpcError::RateLimited { .. })) else {
        panic!("{first}")
    };
    assert!((3_000..=3_600).contains(&wait.as_secs()), "{wait:?}");
    let asked = line.proxy.calls(APPLY);
    assert!(matches!(account.apply(&one, Purpose::Story).await, Err(XrpcError::RateLimited { .. })));
    assert_eq!(line.proxy.calls(APPLY), asked);
    assert!(account.profile().await.is_ok(), "reading has a limit of its own");
    line.later(TimeDelta::from_std(wait).unwrap());
    pds.advance(wait + Duration::from_secs(1)).await;
    account.apply(&one, Purpose::Story).await.unwrap();
}

#[tokio::test]
async fn a_short_wait_is_for_everything_and_a_long_one_for_what_it_is_about() {
    let line = Line::new().await;
    let account = line.open().await;
    line.proxy.fault(Fault::new(What::TooMany(Duration::from_mins(2))).on("com.atproto.repo.getRecord"));
    assert_eq!(
        account.profile().await.unwrap_err(),
        XrpcError::RateLimited { after: Duration::from_mins(2) }
    );
    let err = account.apply(&[create(1, post("one"))], Purpose::Story).await.unwrap_err();
    assert_eq!(err, XrpcError::RateLimited { after: Duration::from_mins(2) });
    assert_eq!(line.proxy.calls(APPLY), 0);
    assert_eq!(account.session_info().await.unwrap().points_hour, 0);
    line.later(TimeDelta::minutes(2));
    account.apply(&[create(1, post("one"))], Purpose::Story).await.unwrap();

    line.proxy.fault(Fault::new(What::TooMany(Duration::from_hours(20))).on("com.atproto.repo.uploadBlob"));
    assert!(account.upload(vec![0; 10], "image/png").await.is_err());
    account.apply(&[create(2, post("two"))], Purpose::Story).await.unwrap();
    let err = account.upload(vec![0; 10], "image/png").await.unwrap_err();
    assert_eq!(err.wait(), Some(Duration::from_hours(20)));

    line.proxy.fault(Fault::new(What::TooManyUnsaid).on(APPLY));
    let err = account.apply(&[create(3, post("three"))], Purpose::Story).await.unwrap_err();
    assert_eq!(err.wait(), Some(Duration::from_mins(1)));
}

#[tokio::test]
async fn many_writers_at_once_never_take_more_than_there_is() {
    let line = Line::new().await;
    let (now, limits) = (line.clock.now(), PointLimits { hour: 100, day: 1_000 });
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..60 {
        let store = line.store.clone();
        // Some of them in the next minute, which is another row.
        let at = now + TimeDelta::minutes(n % 2);
        tasks.spawn(async move { store.take_points("did:plc:many", at, 3, limits).await.unwrap() });
    }
    let taken = tasks.join_all().await.into_iter().filter(Option::is_none).count();
    assert_eq!(taken, 33);
}
