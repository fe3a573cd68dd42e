//! The stream that is followed.

use std::ops::ControlFlow;
use std::sync::Mutex;

use tokio_util::sync::CancellationToken;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::model::ManualClock;

/// Everything that was told, until `enough` of it was.
async fn followed(
    source: &JetstreamSource,
    client: &PoliteClient,
    state: &SourceState,
    enough: impl Fn(&[Page], &[String]) -> bool + Sync,
) -> (Vec<Page>, Vec<String>) {
    let told: Mutex<(Vec<Page>, Vec<String>)> = Mutex::default();
    let take = |one: Followed| {
        let mut told = told.lock().unwrap();
        match one {
            Followed::Page(page) => told.0.push(*page),
            Followed::Trouble { error, .. } => told.1.push(error.to_string()),
        }
        let flow = if enough(&told.0, &told.1) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        std::future::ready(flow)
    };
    let wait = Duration::from_millis(5);
    let pace = FollowPace { every: Duration::from_millis(30), posts: 50, wait, seed: 7 };
    let (clock, stop) = (ManualClock::at(now()), CancellationToken::new());
    let follow = source.follow(client, state, &clock, pace, &stop, take);
    tokio::time::timeout(Duration::from_mins(1), follow).await.expect("it ends");
    told.into_inner().unwrap()
}

fn all(pages: &[Page]) -> Vec<(&str, Option<TombstoneReason>)> {
    pages.iter().flat_map(bodies).collect()
}

#[tokio::test]
async fn a_lost_line_is_taken_up_again_where_it_broke_and_nothing_comes_twice() {
    let us = now_us() - 30 * SECOND;
    let mut first =
        vec![post(us, "3one", "night train one"), edit(us + 1, "3one", "night train one, edited")];
    first.extend(crowd(us + 2));
    first.push(Do::Cut);
    let mut second =
        vec![post(us, "3one", "night train one"), edit(us + 1, "3one", "night train one, edited")];
    second.extend(crowd(us + 2));
    second.extend([post(us + SECOND, "3two", "night train two"), delete(us + 2 * SECOND, "3one"), Do::Wait]);
    let host = Host::playing([first, second]).await;
    let client = http([host.address.as_str()]);
    let source = stream(&[&host]);
    let (pages, troubles) = followed(&source, &client, &standing(us), |pages, _| all(pages).len() >= 3).await;
    assert_eq!(
        all(&pages),
        [("night train one, edited", None), ("", Some(TombstoneReason::Author)), ("night train two", None)]
    );
    assert_eq!(troubles.len(), 1, "{troubles:?}");
    let asked: Vec<i64> = host.asked("cursor").iter().map(|cursor| cursor.parse().unwrap()).collect();
    assert_eq!(asked[0], us - 5 * SECOND);
    assert!((us - 5 * SECOND..us - 4 * SECOND).contains(&asked[1]), "{asked:?}");
    assert!(pages.iter().all(|page| page.gap.is_none() && page.next.cursor.is_some()));
}

#[tokio::test]
async fn silence_ends_a_line_and_the_next_host_is_asked() {
    let us = now_us() - 30 * SECOND;
    let silent = Host::playing([vec![post(us, "3one", "night train one"), Do::Ping, Do::Wait]]).await;
    let garbage = Host::playing([vec![Do::Send("{".to_owned()), Do::Wait]]).await;
    let other = Host::playing([vec![
        post(us, "3one", "night train one"),
        post(us + 1, "3two", "night train two"),
        Do::Wait,
    ]])
    .await;
    let hosts = [&silent, &garbage, &other];
    let client = http(hosts.map(|host| host.address.as_str()));
    let (pages, troubles) =
        followed(&stream(&hosts), &client, &standing(us), |pages, _| all(pages).len() >= 2).await;
    assert_eq!(all(&pages), [("night train one", None), ("night train two", None)]);
    assert_eq!(troubles.len(), 2);
    assert!(troubles.iter().all(|trouble| trouble.contains("did not answer within")), "{troubles:?}");
}

#[tokio::test]
async fn a_line_that_comes_back_too_late_tells_what_was_lost() {
    let us = now_us() - 50 * 3_600 * SECOND;
    let later = now_us() - 36 * 3_600 * SECOND;
    let host = Host::playing([vec![post(later, "3one", "night train one"), Do::Endless(later)]]).await;
    let client = http([host.address.as_str()]);
    let (pages, _) = followed(&stream(&[&host]), &client, &standing(us), |pages, _| pages.len() >= 3).await;
    assert_eq!(pages[0].gap, Some(Gap { from: at(us), until: at(later) }));
    assert!(pages[1..].iter().all(|page| page.gap.is_none()), "told once");
}

#[tokio::test]
async fn what_is_not_stored_comes_again_from_the_stored_cursor() {
    let us = now_us() - 30 * SECOND;
    let host = Host::playing([vec![post(us, "3one", "night train one"), Do::Wait]]).await;
    let client = http([host.address.as_str()]);
    let source = stream(&[&host]);
    for _ in 0..2 {
        // The page is refused both times: the store is full.
        let (pages, _) = followed(&source, &client, &standing(us), |pages, _| !pages.is_empty()).await;
        assert_eq!(all(&pages), [("night train one", None)]);
    }
    assert_eq!(host.asked("cursor"), [(us - 5 * SECOND).to_string(), (us - 5 * SECOND).to_string()]);
}

#[tokio::test]
async fn an_appview_that_is_down_holds_pages_back_and_loses_none() {
    let us = now_us() - 30 * SECOND;
    let host = Host::playing([vec![post(us, "3one", "night train one"), Do::Wait]]).await;
    let down = MockServer::start().await;
    Mock::given(path("/xrpc/app.bsky.actor.getProfiles"))
        .respond_with(ResponseTemplate::new(502))
        .up_to_n_times(2)
        .mount(&down)
        .await;
    let profile = json!({ "profiles": [{ "did": "did:plc:ana", "handle": "ana.example" }] });
    Mock::given(path("/xrpc/app.bsky.actor.getProfiles"))
        .respond_with(ResponseTemplate::new(200).set_body_json(profile))
        .mount(&down)
        .await;
    let client = http([host.address.as_str(), &down.address().to_string()]);
    let source = stream(&[&host]).profiles_at(Url::parse(&down.uri()).unwrap());
    let (pages, troubles) = followed(&source, &client, &standing(us), |pages, _| !pages.is_empty()).await;
    assert_eq!(pages[0].records[0].author.as_deref(), Some("@ana.example"));
    assert_eq!(troubles.len(), 2, "{troubles:?}");
}

#[tokio::test]
async fn following_stops_when_told_to() {
    let host = Host::playing([vec![Do::Wait]]).await;
    let client = http([host.address.as_str()]);
    let source = stream(&[&host]);
    let (stop, clock, state) = (CancellationToken::new(), ManualClock::at(now()), SourceState::default());
    stop.cancel();
    let take = |_: Followed| std::future::ready(ControlFlow::Continue(()));
    source.follow(&client, &state, &clock, FollowPace::default(), &stop, take).await;
    // Without hosts there is nothing to follow, and that is told.
    let (_, troubles) = followed(&stream(&[]), &client, &state, |_, _| false).await;
    assert!(troubles[0].contains("no host"), "{troubles:?}");
}
