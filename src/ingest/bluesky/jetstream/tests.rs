//! The stream from hosts that play it, with all their moods.

mod authors;
mod contract;
mod followed;
mod host;

use chrono::{DateTime, Utc};
use serde_json::json;

use self::host::{Do, Host, account, commit, crowd, delete, edit, like, post, text};
use super::*;
use crate::ingest::http::{HttpError, PoliteClient};
use crate::ingest::scan::{ScanEnd, scan_within};
use crate::ingest::source::{Budget, Page, ScanError, Source as _};
use crate::ingest::testing::settings;
use crate::model::Gap;
use crate::model::{Platform, TombstoneReason};
use crate::store::{SourceState, Store};

const SECOND: i64 = 1_000_000;

fn now() -> DateTime<Utc> {
    "2031-03-17T12:00:00Z".parse().unwrap()
}

fn now_us() -> i64 {
    now().timestamp_micros()
}

fn at(us: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(us).unwrap()
}

fn http<'a>(addresses: impl IntoIterator<Item = &'a str>) -> PoliteClient {
    PoliteClient::new(settings(addresses)).unwrap()
}

/// Limits for hosts that say nothing; the others are never waited for.
fn patience() -> Patience {
    let silence = Duration::from_secs(1);
    Patience { quiet: silence * 2, silence, page: Duration::from_secs(20), ..Patience::default() }
}

fn stream(hosts: &[&Host]) -> JetstreamSource {
    let wanted = Arc::new(|text: &str| text.to_lowercase().contains("night train"));
    let hosts = hosts.iter().map(|host| host.url.clone()).collect();
    JetstreamSource::new(hosts, wanted).patience(patience()).without_profiles()
}

async fn page_of(host: &Host, state: &SourceState) -> Page {
    let http = http([host.address.as_str()]);
    stream(&[host]).scan(&http, state, Budget::default(), now()).await.unwrap()
}

fn standing(cursor: i64) -> SourceState {
    SourceState { cursor: Some(cursor.to_string()), ..SourceState::default() }
}

fn id(key: &str) -> String {
    format!("at://did:plc:ana/app.bsky.feed.post/{key}")
}

fn bodies(page: &Page) -> Vec<(&str, Option<TombstoneReason>)> {
    page.records.iter().map(|record| (record.body.as_str(), record.deleted)).collect()
}

#[tokio::test]
async fn a_fresh_desk_begins_a_little_way_back_and_an_endless_stream_ends_at_now() {
    let start = now_us() - 10 * SECOND;
    let host = Host::playing([vec![
        Do::Ping,
        post(start, "3one", "The Night Train is back"),
        post(start + 1, "3two", "nothing of it"),
        Do::Endless(start + 2),
    ]])
    .await;
    let page = page_of(&host, &SourceState::default()).await;
    assert_eq!(bodies(&page), [("The Night Train is back", None)]);
    assert!(!page.more && page.gap.is_none());
    let record = &page.records[0];
    assert_eq!(record.native_id, id("3one"));
    assert_eq!(record.permalink, "https://bsky.app/profile/did:plc:ana/post/3one");
    assert_eq!(record.published_at, "2031-03-17T11:00:00Z".parse::<DateTime<Utc>>().unwrap());
    assert_eq!((record.platform.clone(), record.edited_at), (Platform::Bluesky, None));
    assert_eq!(host.asked("cursor"), [(now_us() - 15 * 60 * SECOND - 5 * SECOND).to_string()]);
    assert_eq!(host.asked("wantedCollections"), ["app.bsky.feed.post"]);
    assert_eq!(host.asked("maxMessageSizeBytes"), ["1000000"]);
    let cursor: i64 = page.next.cursor.unwrap().parse().unwrap();
    assert!((now_us() - 2 * SECOND..=now_us()).contains(&cursor), "{cursor}");
}

#[tokio::test]
async fn deletions_and_accounts_that_are_gone_are_told_and_those_that_may_return_are_not() {
    let us = now_us() - 10 * SECOND;
    let mut script = vec![
        delete(us, "3old"),
        account(us, "did:plc:left", "deleted"),
        account(us, "did:plc:banned", "takendown"),
        account(us, "did:plc:banned", "takendown"),
        account(us, "did:plc:moving", "deactivated"),
        account(us, "did:plc:paused", "suspended"),
        account(us, "did:plc:odd", "throttled"),
        account(us, "did:plc:here", ""),
        Do::Send(json!({ "did": "did:plc:x", "time_us": us, "kind": "sync", "sync": {} }).to_string()),
        post(us, "3brief", "a night train, for a moment"),
        account(us, "did:plc:anabel", "deleted"),
        account(us, "did:plc:ana", "deleted"),
    ];
    script.extend(crowd(now_us()));
    let page = page_of(&Host::playing([script]).await, &standing(us)).await;
    let gone: Vec<_> = page.gone_accounts.iter().map(|gone| (gone.id_prefix.as_str(), gone.reason)).collect();
    assert_eq!(
        gone,
        [
            ("at://did:plc:ana/", TombstoneReason::Author),
            ("at://did:plc:anabel/", TombstoneReason::Author),
            ("at://did:plc:banned/", TombstoneReason::Moderator),
            ("at://did:plc:left/", TombstoneReason::Author),
        ]
    );
    assert_eq!(page.records.len(), 0, "what an account said goes with it, also what was not handed on yet");

    let mut script = vec![delete(us, "3old"), delete(us, "3other"), edit(us, "3held", "no longer about it")];
    script.extend(crowd(now_us()));
    let host = Host::playing([script]).await;
    let held = stream(&[&host]).holding(Arc::new(|id: &str| id.ends_with("3held") || id.ends_with("3old")));
    let page =
        held.scan(&http([host.address.as_str()]), &standing(us), Budget::default(), now()).await.unwrap();
    assert_eq!(bodies(&page), [("no longer about it", None), ("", Some(TombstoneReason::Author))]);
}

#[tokio::test]
async fn of_one_post_the_last_word_stands_however_it_comes() {
    let us = now_us() - 20 * SECOND;
    let mut script = vec![
        post(us, "3edited", "night train at nine"),
        edit(us + 5, "3edited", "night train at ten"),
        // Late, and again.
        post(us, "3edited", "night train at nine"),
        post(us + 1, "3gone", "night train, oops"),
        delete(us + 2, "3gone"),
        post(us + 1, "3gone", "night train, oops"),
        post(us + 3, "3moved", "night train today"),
        edit(us + 4, "3moved", "day train today"),
        Do::Send(commit(
            us + 6,
            "did:plc:ana",
            "update",
            "3own",
            Some(json!({ "text": "night train", "labels": { "values": [{ "val": "porn" }] } })),
        )),
    ];
    script.extend(crowd(now_us()));
    let page = page_of(&Host::playing([script]).await, &standing(us)).await;
    assert_eq!(
        bodies(&page),
        [
            ("night train at ten", None),
            ("", Some(TombstoneReason::Author)),
            ("", Some(TombstoneReason::Moderator)),
        ]
    );
    assert_eq!(page.records[0].edited_at, Some(at(us + 5)));
}

#[tokio::test]
async fn a_replay_changes_nothing_and_a_line_cut_within_a_frame_loses_nothing() {
    let us = now_us() - 60 * SECOND;
    let before =
        vec![post(us, "3one", "night train one"), edit(us + SECOND, "3one", "night train one, edited")];
    let mut cut = before.clone();
    cut.extend(crowd(us + 2 * SECOND));
    cut.push(Do::Cut);
    let mut again = before;
    again.extend([post(us + 3 * SECOND, "3two", "night train two"), Do::Close]);
    let mut last = vec![
        post(us + 3 * SECOND, "3two", "night train two"),
        post(us + 4 * SECOND, "3three", "night train three"),
    ];
    last.extend(crowd(now_us()));
    let host = Host::playing([cut, again, last]).await;
    let store = Store::in_memory().await.unwrap();
    let client = http([host.address.as_str()]);
    let source = stream(&[&host]);
    let mut tally = Vec::new();
    for _ in 0..3 {
        let report = scan_within(&store, &client, &source, "trains", Budget::default(), now()).await.unwrap();
        assert!(!matches!(report.end, ScanEnd::Failed { .. }), "{:?}", report.end);
        tally.push((report.tally.new, report.tally.revised, report.tally.unchanged));
        if host.asked("cursor").len() >= 3 {
            break;
        }
    }
    let sum = tally.iter().fold((0, 0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1, sum.2 + one.2));
    assert_eq!((sum.0, sum.1), (3, 0), "three posts, and no edit twice: {tally:?}");
    let asked: Vec<i64> = host.asked("cursor").iter().map(|cursor| cursor.parse().unwrap()).collect();
    assert!((us - 4 * SECOND..us).contains(&asked[1]), "five seconds before where the line broke: {asked:?}");
}

#[tokio::test]
async fn times_out_of_order_or_out_of_this_world_move_the_cursor_as_far_as_was_read() {
    let us = now_us() - 600 * SECOND;
    let mut script = vec![post(us, "3one", "night train one")];
    for n in 0..40 {
        script.push(Do::Send(like(us + SECOND + (n % 4 - 2) * 900_000)));
    }
    for wrong in [0, 5, 999_999_999_999_999, i64::MAX, now_us() + 500_000 * SECOND] {
        script.push(post(wrong, &format!("3at{}", script.len()), "a night train out of time"));
    }
    // In range, and far ahead of all others.
    script.push(post(now_us(), "3ahead", "night train ahead"));
    script.push(Do::Send(json!({ "did": "did:plc:ana", "kind": "identity", "time_us": "soon" }).to_string()));
    script.push(Do::Wait);
    let page = page_of(&Host::playing([script]).await, &standing(us - SECOND)).await;
    assert_eq!(page.records.len(), 7, "{:?}", page.skipped);
    assert!(page.records.iter().all(|record| record.published_at <= now()));
    let cursor: i64 = page.next.cursor.unwrap().parse().unwrap();
    assert!((us..us + 4 * SECOND).contains(&cursor), "{}", cursor - us);
    assert!(!page.more, "a quiet stream has no more for now");
}

#[tokio::test]
async fn a_silent_host_is_left_for_the_next_one() {
    let us = now_us() - 10 * SECOND;
    let mut script = vec![post(us, "3one", "night train one")];
    script.extend(crowd(now_us()));
    let (silent, closed, refusing, speaking) = (
        Host::playing([vec![Do::Wait]]).await,
        Host::playing([vec![Do::Close]]).await,
        Host::playing([vec![Do::Refuse(400)]]).await,
        Host::playing([script]).await,
    );
    let all = [&silent, &closed, &refusing, &speaking];
    let client = http(all.map(|host| host.address.as_str()));
    let source = stream(&all);
    let page = source.scan(&client, &standing(us), Budget::default(), now()).await.unwrap();
    assert_eq!(bodies(&page), [("night train one", None)]);
    source.scan(&client, &standing(us), Budget::default(), now()).await.unwrap();
    assert_eq!(
        all.map(|host| host.asked("cursor").len()),
        [1, 1, 1, 2],
        "the host that speaks is asked first next time"
    );

    let silent = stream(&[&silent]);
    let err = silent.scan(&client, &standing(us), Budget::default(), now()).await.unwrap_err();
    assert!(err.to_string().contains("did not answer within"), "{err}");
    let busy = Host::playing([vec![Do::Refuse(429)]]).await;
    let client = http([busy.address.as_str()]);
    let err = stream(&[&busy]).scan(&client, &standing(us), Budget::default(), now()).await.unwrap_err();
    assert_eq!(err.retry_in(), Some(Duration::from_secs(7)), "{err}");
    let none = stream(&[]).scan(&client, &standing(us), Budget::default(), now()).await.unwrap_err();
    assert!(none.to_string().contains("no host"), "{none}");
}

#[tokio::test]
async fn a_private_host_is_refused_unless_it_is_allowed() {
    let host = Host::playing([crowd(now_us())]).await;
    for scheme in ["ws", "wss"] {
        let mut url = host.url.clone();
        url.set_scheme(scheme).unwrap();
        let source = JetstreamSource::new(vec![url], Arc::new(|_: &str| true)).patience(patience());
        let err = source.scan(&http([]), &standing(now_us()), Budget::default(), now()).await.unwrap_err();
        assert!(
            matches!(err, ScanError::Http(HttpError::NotPublic { .. } | HttpError::BadUrl { .. })),
            "{err}"
        );
    }
    assert!(host.asked("cursor").is_empty());
}

#[tokio::test]
async fn frames_that_are_no_events_are_told_and_passed_over() {
    let us = now_us() - 10 * SECOND;
    let huge = commit(
        us,
        "did:plc:ana",
        "create",
        "3huge",
        Some(text(&format!("night train {}", "ä".repeat(700_000)))),
    );
    let mut script: Vec<Do> = [
        "",
        "{",
        "null",
        "[]",
        "{}",
        "7",
        "\u{0}",
        "{\"did\":7}",
        "{\"did\":\"did:plc:a\"}",
        "{\"did\":\"did:plc:a\",\"kind\":\"commit\"}",
        "{\"did\":\"did:plc:a\",\"kind\":\"account\",\"account\":[]}",
    ]
    .map(|frame| Do::Send(frame.to_owned()))
    .into();
    script.push(Do::Send(commit(us, "did:plc:ana", "create", "../../x", Some(text("night train")))));
    script.push(Do::Send(commit(us, "did:plc:ana", "create", "3none", None)));
    script.push(Do::Binary(vec![0x28, 0xb5, 0x2f, 0xfd]));
    let odd = script.len();
    // What can be read of an odd event is read.
    script.push(Do::Send(commit(
        us,
        "did:plc:ana",
        "create",
        "3odd",
        Some(json!({ "text": "night train", "tags": 7, "facets": [null], "langs": {} })),
    )));
    script.push(Do::Send(commit(us, "did:plc:ana", "rewrite", "3unknown", Some(text("night train")))));
    script.push(Do::Send(huge));
    script.extend(crowd(now_us()));
    let page = page_of(&Host::playing([script]).await, &standing(us)).await;
    let ids: Vec<&str> = page.records.iter().map(|record| record.native_id.as_str()).collect();
    assert_eq!(ids, [id("3huge"), id("3odd")]);
    assert_eq!(page.records[0].body.len(), 64 * 1024);
    assert_eq!(page.skipped.len(), odd, "{:?}", page.skipped);
    assert!(page.skipped.iter().all(|skipped| !skipped.why.is_empty()));

    let mut script = vec![post(us, "3one", "night train one")];
    script.push(Do::Send("x".repeat(17 * 1024 * 1024)));
    let page = page_of(&Host::playing([script]).await, &standing(us - 1)).await;
    assert_eq!(
        bodies(&page),
        [("night train one", None)],
        "a frame beyond all bounds ends the connection, not the page"
    );

    let garbage = Host::playing([vec![Do::Send("{".to_owned()); 50]]).await;
    let scan = stream(&[&garbage]);
    let client = http([garbage.address.as_str()]);
    assert!(
        scan.scan(&client, &standing(us), Budget::default(), now()).await.is_err(),
        "garbage alone is no success"
    );
}

#[tokio::test]
async fn a_cursor_that_is_too_old_leaves_a_gap_and_one_of_the_future_is_now() {
    let us = now_us() - 40 * 3_600 * SECOND;
    let kept_from = now_us() - 36 * 3_600 * SECOND;
    let mut script = vec![post(kept_from, "3one", "night train one")];
    script.extend(crowd(now_us()));
    let host = Host::playing([script.clone()]).await;
    let page = page_of(&host, &standing(us)).await;
    assert_eq!(page.gap, Some(Gap { from: at(us), until: at(kept_from) }));
    assert_eq!(host.asked("cursor"), [(us - 5 * SECOND).to_string()]);
    let later = page_of(&host, &standing(kept_from - 100 * SECOND)).await;
    assert_eq!(later.gap, None, "two minutes without an event may be");

    let host = Host::playing([crowd(now_us())]).await;
    let page = page_of(&host, &standing(now_us() + 9_000 * SECOND)).await;
    assert_eq!(page.next.cursor.unwrap().parse::<i64>().unwrap(), now_us());
    // A sequence number, or something else that is no time: the time of the last scan.
    for cursor in ["31527015470", "-4", "soon", ""] {
        let state = SourceState {
            cursor: Some(cursor.to_owned()),
            last_ok_at: Some(now() - TimeDelta::minutes(40)),
            ..SourceState::default()
        };
        page_of(&host, &state).await;
    }
    let asked = host.asked("cursor");
    assert_eq!(asked[0], (now_us() - 5 * SECOND).to_string());
    let forty_minutes = (now_us() - 40 * 60 * SECOND - 5 * SECOND).to_string();
    assert!(asked[1..].iter().all(|cursor| *cursor == forty_minutes), "{asked:?}");
}

#[tokio::test]
async fn a_full_page_says_where_to_go_on() {
    let us = now_us() - 300 * SECOND;
    let posts = |from: i64| {
        (from..from + 100)
            .map(move |n| post(us + n * SECOND, &format!("3p{n:03}"), &format!("night train {n}")))
    };
    let host =
        Host::playing([posts(0).collect::<Vec<_>>(), posts(20).chain(crowd(now_us())).collect()]).await;
    let source = stream(&[&host]);
    let client = http([host.address.as_str()]);
    let budget = Budget { max_records: 40, ..Budget::default() };
    let first = source.scan(&client, &standing(us), budget, now()).await.unwrap();
    assert_eq!((first.records.len(), first.more), (40, true));
    let cursor: i64 = first.next.cursor.as_deref().unwrap().parse().unwrap();
    assert!(cursor < us + 40 * SECOND, "not beyond what was read");
    let state = SourceState { cursor: first.next.cursor, ..SourceState::default() };
    let second = source.scan(&client, &state, Budget::default(), now()).await.unwrap();
    assert_eq!((second.records.len(), second.more), (100, false));

    // A stream that never catches up is left when the time is over, and goes on from there.
    let slow = Host::playing([vec![Do::Endless(us - 86_400 * SECOND)]]).await;
    let patience = Patience { page: Duration::from_millis(200), ..patience() };
    let source = stream(&[&slow]).patience(patience);
    let client = http([slow.address.as_str()]);
    let page = source.scan(&client, &standing(us - 86_400 * SECOND), Budget::default(), now()).await.unwrap();
    assert!(page.more);
}
