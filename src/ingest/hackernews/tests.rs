//! The search against a server that plays it, and its real answers.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::*;
use crate::ingest::http::HttpSettings;
use crate::ingest::scan::{ScanEnd, scan_within};
use crate::store::Store;

const NOW: i64 = 1_931_540_400;

fn at(s: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(s, 0).unwrap()
}

/// Plays the search over a list of (id, second), newest first, 200 at a time.
struct Search {
    hits: Vec<(u64, i64)>,
    asked: Mutex<Vec<String>>,
}

impl Respond for &'static Search {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let filter = request.url.query_pairs().find(|(k, _)| k == "numericFilters").unwrap().1.into_owned();
        let bound = |op: &str| {
            filter
                .split(',')
                .find_map(|part| part.strip_prefix("created_at_i")?.strip_prefix(op)?.parse::<i64>().ok())
        };
        let until = bound("<=").unwrap_or(i64::MAX);
        let after = bound(">").unwrap();
        let mut hits: Vec<_> = self.hits.iter().filter(|(_, s)| *s > after && *s <= until).collect();
        hits.sort_by_key(|(id, s)| (-s, *id));
        hits.truncate(HITS_PER_PAGE);
        self.asked.lock().unwrap().push(filter);
        let hits: Vec<_> = hits
            .iter()
            .map(|(id, s)| json!({"objectID": id.to_string(), "created_at_i": s, "title": format!("Story {id}"), "author": "ana"}))
            .collect();
        ResponseTemplate::new(200).set_body_json(json!({"hits": hits, "hitsPerPage": HITS_PER_PAGE}))
    }
}

struct World {
    store: Store,
    http: PoliteClient,
    source: HackerNewsSource,
    search: &'static Search,
    _server: MockServer,
}

async fn world(hits: Vec<(u64, i64)>) -> World {
    let server = MockServer::start().await;
    let search: &'static Search = Box::leak(Box::new(Search { hits, asked: Mutex::default() }));
    Mock::given(wiremock::matchers::path("/api/v1/search_by_date")).respond_with(search).mount(&server).await;
    let http = PoliteClient::new(HttpSettings {
        per_host_interval: Duration::ZERO,
        allow_private: [server.address().to_string()].into(),
        ..HttpSettings::default()
    })
    .unwrap();
    let base = Url::parse(&server.uri()).unwrap().join("/api/v1/").unwrap();
    let source = HackerNewsSource::new("night trains", vec!["story".to_owned()]).at(base);
    World { store: Store::in_memory().await.unwrap(), http, source, search, _server: server }
}

impl World {
    async fn scan(&self, max_requests: usize, now: i64) -> crate::ingest::ScanReport {
        let budget = Budget { max_requests, ..Budget::default() };
        scan_within(&self.store, &self.http, &self.source, "trains", budget, at(now)).await.unwrap()
    }
}

#[tokio::test]
async fn the_first_scan_looks_back_two_days_and_the_next_one_ten_minutes() {
    let world = world(vec![(1, NOW - 200_000), (2, NOW - 100), (3, NOW - 50)]).await;
    let report = world.scan(5, NOW).await;
    assert_eq!((report.tally.new, report.pages), (2, 1));
    assert!(matches!(report.end, ScanEnd::CaughtUp));
    let report = world.scan(5, NOW + 3_600).await;
    assert_eq!(
        (report.tally.new, report.tally.unchanged),
        (0, 2),
        "late records of the last minutes would be found"
    );
    let asked = world.search.asked.lock().unwrap().clone();
    assert_eq!(
        asked,
        [format!("created_at_i>{}", NOW - 172_800 - 600), format!("created_at_i>{}", NOW - 50 - 600)]
    );
}

#[tokio::test]
async fn more_than_a_thousand_hits_are_walked_and_an_interrupted_walk_loses_nothing() {
    // 1,300 hits, and more than a page of them within one second.
    let mut hits: Vec<(u64, i64)> =
        (0..1_000).map(|n| (n, NOW - 10 * i64::try_from(n).unwrap() - 10)).collect();
    hits.extend((1_000..1_150).map(|n| (n, NOW - 5_000)));
    let world = world(hits).await;
    let mut new = 0;
    let mut scans = 0;
    loop {
        // New time, new hits: none of them may make the walk forget its lower part.
        let report = world.scan(2, NOW + scans).await;
        new += report.tally.new;
        scans += 1;
        assert!(scans < 20, "the walk ends");
        match report.end {
            ScanEnd::CaughtUp => break,
            ScanEnd::BudgetUsed => {}
            ScanEnd::NotDue { .. } | ScanEnd::Failed { .. } => panic!("{:?}", report.end),
        }
    }
    assert_eq!(new, 1_150);
    let state = world.store.source_state(&world.source.id()).await.unwrap().unwrap();
    assert_eq!(state.cursor.as_deref(), Some(format!("{{\"done\":{}}}", NOW - 10).as_str()));
    assert_eq!(state.records, 1_150);
}

#[test]
fn a_server_that_repeats_itself_does_not_hold_the_walk() {
    let place = Place { done: 0, walk: Some(Walk { top: 900, until: 800 }) };
    let next = place.next(&[900, 850], true, at(1_000));
    assert_eq!(next.walk, Some(Walk { top: 900, until: 799 }));
    assert_eq!(place.next(&[], true, at(1_000)), Place { done: 900, walk: None });
}

#[tokio::test]
async fn an_answer_that_is_no_search_result_is_a_failure_and_keeps_the_cursor() {
    for body in
        ["<html>busy</html>", "null", r#"{"message": "you can only fetch the 1000 hits", "status": 400}"#, ""]
    {
        let server = MockServer::start().await;
        Mock::given(wiremock::matchers::any())
            .respond_with(ResponseTemplate::new(200).set_body_string(body))
            .mount(&server)
            .await;
        let world = world(vec![]).await;
        let http = PoliteClient::new(HttpSettings {
            allow_private: [server.address().to_string()].into(),
            ..HttpSettings::default()
        })
        .unwrap();
        let source = world.source.clone();
        world.scan(1, NOW).await;
        let before = world.store.source_state(&source.id()).await.unwrap().unwrap();
        let source = source.at(Url::parse(&server.uri()).unwrap());
        let report = scan_within(&world.store, &http, &source, "trains", Budget::default(), at(NOW + 60))
            .await
            .unwrap();
        assert!(
            matches!(report.end, ScanEnd::Failed { error: ScanError::BadAnswer { .. }, .. }),
            "{body}: {:?}",
            report.end
        );
        let after = world.store.source_state(&source.id()).await.unwrap().unwrap();
        assert_eq!(after.cursor, before.cursor);
        assert!(after.last_error.is_some() && after.next_at > Some(at(NOW + 60)));
        assert_eq!(after.last_ok_at, Some(at(NOW)));
    }
}

#[test]
fn odd_hits_are_skipped_one_by_one() {
    let read = |hit: serde_json::Value| {
        Hit::deserialize(&hit).map_err(|e| e.to_string()).and_then(|h| h.into_record().map_err(|s| s.why))
    };
    assert!(read(json!({"objectID": "5", "created_at_i": 5, "title": "x"})).is_ok());
    assert_eq!(
        read(json!({"objectID": "x", "created_at_i": 5, "title": "x"})).unwrap_err(),
        "its id is no number"
    );
    assert_eq!(read(json!({"objectID": "5", "title": "x"})).unwrap_err(), "it has no time");
    assert_eq!(
        read(json!({"objectID": "5", "created_at_i": 5, "title": null})).unwrap_err(),
        "neither title nor text: flagged, or deleted"
    );
    assert!(read(json!({"created_at_i": 5})).unwrap_err().contains("objectID"));
    assert!(read(json!({"objectID": 5})).is_err());
    let comment = read(json!({"objectID": "6", "created_at_i": 5, "comment_text": "I <i>agree</i>", "story_title": "x", "_tags": ["comment", "author_ana", "story_5"]})).unwrap();
    assert_eq!((comment.title, comment.body.as_str(), comment.tags.len()), (None, "I <i>agree</i>", 0));
    assert_eq!(comment.permalink, "https://news.ycombinator.com/item?id=6");
}

#[test]
fn the_identity_of_a_hit_is_that_of_its_address() {
    let hit = Hit::deserialize(&json!({"objectID": "71304516", "created_at_i": 5, "title": "x"})).unwrap();
    let record = hit.into_record().unwrap();
    assert_eq!(crate::ingest::native_id(&record.platform, &record.permalink), Some(record.native_id));
}

#[test]
fn real_answers_of_both_shapes_are_read() {
    let folder = PathBuf::from("../shared/data/payloads/hackernews");
    // The newer one holds a comment whose text is gone.
    for (file, n_records, n_hits) in
        [("algolia_search_2021_old_shape.json", 3, 3), ("algolia_search_2024_new_shape.json", 1, 2)]
    {
        let Ok(body) = std::fs::read(folder.join(file)) else {
            eprintln!("not run: the recorded payloads are not here");
            return;
        };
        let (hits, _) = hits_of(&body).unwrap();
        assert_eq!(hits.len(), n_hits, "{file}");
        let records: Vec<_> =
            hits.iter().filter_map(|hit| Hit::deserialize(hit).unwrap().into_record().ok()).collect();
        assert_eq!(records.len(), n_records, "{file}");
        for record in records {
            assert!(record.author.is_some() && !record.body.contains("<em>"));
            assert!(record.title.is_some() || !record.body.is_empty());
        }
    }
}
