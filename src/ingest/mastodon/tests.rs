//! A server that is played.

mod statuses;

use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};
use wiremock::matchers::{path, path_regex};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::place::{Ask, Place, Seen};
use super::status::{self, Read};
use super::*;
use crate::ingest::http::{HttpError, PoliteClient};
use crate::ingest::scan::{ScanEnd, ScanReport};
use crate::ingest::source::{Lookup, ScanError, Source, SourceCursor};
use crate::ingest::testing::{client, now, scan, url};
use crate::model::{IncomingRecord, TombstoneReason};
use crate::store::{SourceState, Store};

fn status(id: u64, at: DateTime<Utc>) -> Value {
    json!({
        "id": id.to_string(),
        "created_at": at.to_rfc3339(),
        "uri": format!("https://reef.example/users/ana/statuses/{id}"),
        "url": format!("https://reef.example/@ana/{id}"),
        "visibility": "public",
        "content": format!("<p>Night train {id} runs</p>"),
        "account": {"id": "1", "acct": "ana"},
    })
}

fn with(mut status: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    status.as_object_mut().unwrap().extend(changes);
    status
}

fn read(status: &Value) -> Result<IncomingRecord, String> {
    match status::read(status, "reef.example", "#trains@reef.example", &status::Addresses::new()) {
        Read::Record(record) => Ok(*record),
        Read::OptedOut(skipped) | Read::Skipped(skipped) => Err(skipped.why),
    }
}

/// How a server understands what it is asked.
#[derive(Clone, Copy, PartialEq)]
enum Speaks {
    Mastodon,
    /// Always the newest, below `max_id`.
    NoMinId,
}

/// Plays a timeline.
struct Timeline {
    statuses: Mutex<Vec<Value>>,
    asked: Mutex<Vec<String>>,
    speaks: Speaks,
}

fn number(status: &Value) -> u64 {
    status["id"].as_str().unwrap().parse().unwrap()
}

impl Respond for &'static Timeline {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let of = |name: &str| {
            request.url.query_pairs().find(|(k, _)| k == name).map(|(_, v)| v.parse::<u64>().unwrap())
        };
        let mut all: Vec<Value> = self.statuses.lock().unwrap().clone();
        all.sort_by_key(|status| std::cmp::Reverse(number(status)));
        let (max, min) = (of("max_id"), of("min_id").filter(|_| self.speaks == Speaks::Mastodon));
        self.asked.lock().unwrap().push(request.url.query().unwrap().replace("limit=40", ""));
        all.retain(|s| max.is_none_or(|max| number(s) < max) && min.is_none_or(|min| number(s) > min));
        if min.is_some() {
            all = all.split_off(all.len().saturating_sub(40));
        }
        all.truncate(40);
        ResponseTemplate::new(200).set_body_json(all)
    }
}

struct World {
    store: Store,
    http: PoliteClient,
    source: MastodonSource,
    timeline: &'static Timeline,
    _server: MockServer,
}

async fn world(statuses: Vec<Value>, speaks: Speaks) -> World {
    let server = MockServer::start().await;
    let timeline = Timeline { statuses: Mutex::new(statuses), asked: Mutex::default(), speaks };
    let timeline: &'static Timeline = Box::leak(Box::new(timeline));
    Mock::given(path("/api/v1/timelines/tag/Trains")).respond_with(timeline).mount(&server).await;
    let http = client(&server);
    let source = MastodonSource::new("reef.example", "Trains").at(url(&server, "/"));
    World { store: Store::in_memory().await.unwrap(), http, source, timeline, _server: server }
}

impl World {
    async fn scan(&self, max_requests: usize, minutes: i64) -> ScanReport {
        let at = now() + TimeDelta::minutes(minutes);
        scan(&self.store, &self.http, &self.source, max_requests, at).await
    }

    fn say(&self, status: Value) {
        self.timeline.statuses.lock().unwrap().push(status);
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.timeline.asked.lock().unwrap())
    }
}

/// 100,000 is said now, each id below it a minute earlier.
fn minute(id: u64) -> Value {
    status(id, now() - TimeDelta::minutes(100_000 - i64::try_from(id).unwrap()))
}

#[tokio::test]
async fn the_first_scan_walks_back_two_days_and_the_next_ones_go_forward() {
    // Four days, one status every half hour.
    let world = world((0..192).map(|n| minute(100_000 - 30 * n)).collect(), Speaks::Mastodon).await;
    let report = world.scan(25, 0).await;
    assert!(matches!(report.end, ScanEnd::CaughtUp), "{:?}", report.end);
    assert_eq!((report.pages, report.tally.new), (4, 160), "two days and the rest of a page");
    assert_eq!(world.asked(), ["", "&max_id=98830", "&max_id=97630", "&max_id=96430"]);
    for n in 1..=90 {
        world.say(minute(100_000 + n));
    }
    let report = world.scan(25, 5).await;
    assert_eq!((report.tally.new, report.tally.unchanged, report.pages), (90, 39, 5));
    let above = [98_830, 100_001, 100_041, 100_081, 100_090];
    assert_eq!(world.asked(), above.map(|id| format!("&min_id={id}")), "from the end of the first page on");
}

#[tokio::test]
async fn what_interrupts_a_walk_loses_nothing() {
    let world = world((0..100).map(|n| minute(100_000 - n)).collect(), Speaks::Mastodon).await;
    let (mut new, mut said) = (0, 100);
    for scan in 0..60 {
        let report = world.scan(1, 3 * scan).await;
        new += report.tally.new;
        if scan < 20 {
            // Faster than one page of 40 in each scan would be read, if rounds did not go on where they stopped.
            for _ in 0..30 {
                world.say(minute(100_000 + said));
                said += 1;
            }
        }
    }
    assert_eq!(new, 700);
    assert!(matches!(world.scan(25, 600).await.end, ScanEnd::CaughtUp));
}

#[tokio::test]
async fn a_status_that_comes_late_with_an_id_of_the_past_is_found() {
    let world = world(vec![minute(100_000)], Speaks::Mastodon).await;
    world.scan(25, 0).await;
    for n in 1..=12 {
        world.say(minute(100_000 + 5 * n));
        world.scan(25, 5 * i64::try_from(n).unwrap()).await;
    }
    world.say(minute(100_047));
    let report = world.scan(25, 65).await;
    assert_eq!(report.tally.new, 1);
    assert!(report.tally.unchanged > 0, "what was read lately is read again");
    assert!(report.tally.unchanged <= 12, "and not all of it");
}

#[tokio::test]
async fn a_status_that_comes_late_is_found_after_the_first_scan_too() {
    // The first walk may take several scans.
    for (scans, max_requests) in [(1, 25), (2, 3)] {
        let world = world((0..100).map(|n| minute(100_000 - 2 * n)).collect(), Speaks::Mastodon).await;
        for scan in 0..scans {
            world.scan(max_requests, 3 * scan).await;
        }
        world.say(minute(99_981));
        assert_eq!(world.scan(25, 12).await.tally.new, 1, "{scans}");
    }
}

#[tokio::test]
async fn a_status_that_comes_late_is_found_after_the_first_scan_of_a_busy_tag_too() {
    // Ten a minute: a page is four minutes.
    let busy = |id: u64| status(id, now() - TimeDelta::seconds(3 * i64::try_from(100_000 - id).unwrap()));
    let world = world((0..900).map(|n| busy(100_000 - 2 * n)).collect(), Speaks::Mastodon).await;
    assert_eq!(world.scan(25, 0).await.tally.new, 900);
    // It was written 25 minutes ago.
    world.say(busy(99_501));
    let report = world.scan(25, 12).await;
    assert_eq!(report.tally.new, 1);
    assert!(report.tally.unchanged <= 360, "what is older is left alone");
}

#[tokio::test]
async fn a_status_that_comes_late_behind_a_long_walk_is_found_by_the_next() {
    let world = world(vec![minute(99_990), minute(100_000)], Speaks::Mastodon).await;
    assert_eq!(world.scan(25, 0).await.tally.new, 2);
    (1..=200).for_each(|n| world.say(minute(100_000 + n)));
    // The program is restarted again and again: one page each time.
    let mut new = world.scan(1, 12).await.tally.new;
    // The walk has gone by, and ends more than half an hour after the first round.
    world.say(minute(99_995));
    for scan in 2..=6 {
        new += world.scan(1, 12 * scan).await.tally.new;
    }
    for scan in 7..=10 {
        new += world.scan(25, 12 * scan).await.tally.new;
    }
    assert_eq!(new, 201);
}

#[tokio::test]
async fn an_old_date_is_a_record_and_ends_no_walk_and_a_crazy_one_moves_nothing() {
    let mut statuses: Vec<_> = (0..100).map(|n| minute(100_000 - n)).collect();
    statuses[3] = with(statuses[3].clone(), json!({"created_at": "1970-01-01T00:00:00Z"}));
    statuses[4] = with(statuses[4].clone(), json!({"created_at": "2090-01-01T00:00:00Z"}));
    let world = world(statuses, Speaks::Mastodon).await;
    let report = world.scan(25, 0).await;
    assert_eq!(report.tally.new, 100);
    assert_eq!(world.scan(25, 5).await.tally.new, 0);
    assert_eq!(world.asked().last().unwrap(), "&min_id=100000");
}

#[tokio::test]
async fn a_server_that_cannot_go_forward_is_walked_down_to_what_is_known() {
    let world = world((0..10).map(|n| minute(100_000 - n)).collect(), Speaks::NoMinId).await;
    assert_eq!(world.scan(25, 0).await.tally.new, 10);
    for n in 1..=100 {
        world.say(minute(100_000 + n));
    }
    let report = world.scan(25, 5).await;
    assert_eq!(report.tally.new, 100);
    assert!(matches!(report.end, ScanEnd::CaughtUp));
    assert_eq!(world.scan(25, 10).await.tally.new, 0);
}

#[tokio::test]
async fn a_bad_status_costs_only_itself() {
    let bad = json!([
        "not a status",
        null,
        {"id": "99", "content": "<p>x</p>"},
        with(minute(98), json!({"created_at": "yesterday"})),
        with(minute(97), json!({"uri": "tag:reef", "url": null})),
        with(minute(96), json!({"content": null})),
        minute(95),
    ]);
    let Value::Array(bad) = bad else { unreachable!() };
    let server = MockServer::start().await;
    Mock::given(path_regex("^/api/v1/"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(bad).insert_header("link", "<x>; rel=\"prev\""),
        )
        .mount(&server)
        .await;
    let store = Store::in_memory().await.unwrap();
    let source = MastodonSource::new("reef.example", "trains").at(url(&server, "/"));
    let report = scan(&store, &client(&server), &source, 5, now()).await;
    assert_eq!((report.tally.new, report.skipped.len(), report.pages), (1, 6, 1));
    assert_eq!(report.skipped[5].why, "it has no text");
}

async fn answer_of(template: ResponseTemplate) -> (ScanReport, Option<String>) {
    let server = MockServer::start().await;
    Mock::given(path_regex("^/api/v1/")).respond_with(template).mount(&server).await;
    let store = Store::in_memory().await.unwrap();
    let source = MastodonSource::new("reef.example", "trains").at(url(&server, "/"));
    let report = scan(&store, &client(&server), &source, 5, now()).await;
    let cursor = store.source_state(&source.id()).await.unwrap().unwrap().cursor;
    (report, cursor)
}

fn failure(report: &ScanReport) -> (String, TimeDelta) {
    match &report.end {
        ScanEnd::Failed { error, next_at } => (error.to_string(), *next_at - now()),
        end => panic!("{end:?}"),
    }
}

#[tokio::test]
async fn refusals_say_what_to_do_and_keep_the_cursor() {
    for (code, text, says) in [
        (
            401,
            "The access token is invalid",
            "members only (401: The access token is invalid); choose another",
        ),
        (422, "This method requires an authenticated user", "members only (422: This method"),
        (404, "Record not found", "no timeline of hashtags (404: Record not found); check `instance`"),
        (400, "", "it refuses (400)"),
    ] {
        let body = if text.is_empty() { "<html>".to_owned() } else { json!({"error": text}).to_string() };
        let (report, cursor) = answer_of(ResponseTemplate::new(code).set_body_string(body)).await;
        let (error, wait) = failure(&report);
        assert!(error.starts_with("reef.example ") && error.contains(says), "{error}");
        assert!(wait >= TimeDelta::hours(1));
        assert_eq!(cursor, None);
    }
    for body in ["<html>busy</html>", "null", "", "[{\"id\": \"1\"", r#"{"error": "busy"}"#] {
        let (report, _) = answer_of(ResponseTemplate::new(200).set_body_string(body)).await;
        assert!(matches!(&report.end, ScanEnd::Failed { error: ScanError::BadAnswer { .. }, .. }), "{body}");
    }
    let (report, _) = answer_of(ResponseTemplate::new(502).set_body_string("<html>")).await;
    assert!(failure(&report).0.contains("502"));
}

#[tokio::test]
async fn too_many_requests_are_waited_out_as_long_as_the_server_says() {
    let busy = || ResponseTemplate::new(429).set_body_json(json!({"error": "Too many requests"}));
    for (template, seconds) in [
        (busy().insert_header("x-ratelimit-reset", "2031-03-17T19:04:00.520936Z"), 240),
        (busy().insert_header("retry-after", "180"), 180),
        (busy().insert_header("retry-after", "Mon, 17 Mar 2031 19:05:00 GMT"), 300),
        (busy().insert_header("x-ratelimit-reset", "2031-03-17T18:00:00Z"), 60),
        (busy(), 60),
    ] {
        let (report, _) = answer_of(template).await;
        match &report.end {
            ScanEnd::Failed { error: ScanError::Http(HttpError::RateLimited { wait, .. }), .. } => {
                assert_eq!(wait.as_secs(), seconds);
            }
            end => panic!("{end:?}"),
        }
    }
}

#[tokio::test]
async fn an_empty_timeline_is_silence_only_where_hashtags_are_public() {
    for (access, closed) in [("public", false), ("disabled", true), ("authenticated", true)] {
        let server = MockServer::start().await;
        let feeds = json!({"hashtag_feeds": {"local": access, "remote": access}});
        Mock::given(path("/api/v2/instance"))
            .respond_with(
                ResponseTemplate::new(200)
                    .set_body_json(json!({"configuration": {"timelines_access": feeds}})),
            )
            .mount(&server)
            .await;
        Mock::given(path_regex("^/api/v1/"))
            .respond_with(ResponseTemplate::new(200).set_body_string("[]"))
            .mount(&server)
            .await;
        let store = Store::in_memory().await.unwrap();
        let source = MastodonSource::new("reef.example", "trains").at(url(&server, "/"));
        let report = scan(&store, &client(&server), &source, 5, now()).await;
        assert_eq!(
            matches!(&report.end, ScanEnd::Failed { error: ScanError::Refused { .. }, .. }),
            closed,
            "{access}: {:?}",
            report.end
        );
    }
}

#[test]
fn a_source_has_the_name_and_the_venue_that_topic_files_give_it() {
    let source = MastodonSource::new("reef.example", "NightTrains");
    assert_eq!(source.id(), "mastodon:reef.example:nighttrains");
    assert_eq!(read(&minute(5)).unwrap().venue, "#trains@reef.example");
}

#[test]
fn ids_of_other_servers_are_compared_by_length_first() {
    let place = Place::default();
    let seen = |ids: &[&str]| Seen {
        ids: ids.iter().map(ToString::to_string).collect(),
        times: vec![now()],
        is_last: true,
    };
    let place = place.next(&seen(&["9zz", "A000", "a"]), now());
    assert_eq!(place.ask(), Ask::Above("a".to_owned()));
    let place = place.next(&seen(&["A0001", "B000"]), now());
    assert_eq!(place.ask(), Ask::Above("A0001".to_owned()));
    let kept = |cursor: Option<String>| SourceCursor::kept(&SourceState { cursor, ..SourceState::default() });
    assert_eq!(kept(SourceCursor::keeping(&place).cursor), Some(place));
    assert_eq!(kept(Some("nonsense".to_owned())), None);
}

#[tokio::test]
async fn a_look_up_tells_what_stands_and_what_is_gone_and_keeps_quiet_about_the_rest() {
    let server = MockServer::start().await;
    for (id, template) in [
        ("1", ResponseTemplate::new(200).set_body_json(minute(1))),
        ("2", ResponseTemplate::new(404).set_body_json(json!({"error": "Record not found"}))),
        ("3", ResponseTemplate::new(410)),
        ("4", ResponseTemplate::new(401).set_body_json(json!({"error": "no"}))),
        ("5", ResponseTemplate::new(503)),
        ("6", ResponseTemplate::new(200).set_body_string("<html>")),
        ("7", ResponseTemplate::new(200).set_body_json(minute(1))),
        ("8", ResponseTemplate::new(404).set_body_string("<html>parked</html>")),
        (
            "9",
            ResponseTemplate::new(200)
                .set_body_json(with(minute(9), json!({"account": {"acct": "ana", "noindex": true}}))),
        ),
    ] {
        Mock::given(path(format!("/api/v1/statuses/{id}"))).respond_with(template).mount(&server).await;
    }
    let ids: Vec<String> = (1..=9).map(|n| format!("https://reef.example/@ana/{n}")).collect();
    let mut ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    ids.extend(["https://reef.example/about", "not an address"]);
    let lookup = MastodonLookup::new().at(url(&server, "/"));
    let found = lookup.look_up(&client(&server), &ids, now()).await.unwrap();
    let found: Vec<_> = found.iter().map(|r| (r.native_id.as_str(), r.deleted)).collect();
    assert_eq!(
        found,
        [
            ("https://reef.example/@ana/1", None),
            ("https://reef.example/@ana/2", Some(TombstoneReason::Missing)),
            ("https://reef.example/@ana/3", Some(TombstoneReason::Missing)),
            ("https://reef.example/@ana/9", Some(TombstoneReason::Request)),
        ]
    );
}

proptest! {
    #[test]
    fn every_walk_ends(ids in proptest::collection::vec(proptest::collection::vec("[0-9]{1,3}", 0..4), 1..80)) {
        let mut place = Place::default();
        for (n, page) in ids.iter().enumerate() {
            let seen = Seen { ids: page.clone(), times: vec![now()], is_last: n % 7 == 0 };
            place = place.next(&seen, now());
        }
        // From here on the server always gives the same.
        let seen = Seen { ids: vec!["5".into(), "700".into()], times: vec![now()], is_last: false };
        let walks = (0..4).take_while(|_| { place = place.next(&seen, now()); place.walks() }).count();
        prop_assert!(walks < 4);
    }
}
