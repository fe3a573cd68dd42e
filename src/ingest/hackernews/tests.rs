//! The search against a server that plays it, and its real answers.

use std::sync::Mutex;

use proptest::prelude::*;
use serde::Deserialize as _;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::hit::Hit;
use super::search::{HITS_PER_PAGE, Place, Walk, hits_of};
use super::*;
use crate::ingest::scan::ScanEnd;
use crate::ingest::testing::{NOW, at, bent, check, client, damaged, payloads, scan, url};
use crate::ingest::{Budget, Lookup, PoliteClient, ScanError, Source};
use crate::model::{IncomingRecord, Platform, TombstoneReason};
use crate::store::Store;

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
    let http = client(&server);
    let source = HackerNewsSource::new("night trains", vec!["story".to_owned()]).at(url(&server, "/api/v1/"));
    World { store: Store::in_memory().await.unwrap(), http, source, search, _server: server }
}

impl World {
    async fn scan(&self, max_requests: usize, now: i64) -> crate::ingest::ScanReport {
        scan(&self.store, &self.http, &self.source, max_requests, at(now)).await
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
        let source = world.source.clone();
        world.scan(1, NOW).await;
        let before = world.store.source_state(&source.id()).await.unwrap().unwrap();
        let source = source.at(url(&server, "/"));
        let report = scan(&world.store, &client(&server), &source, 5, at(NOW + 60)).await;
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
    assert_eq!(crate::address::native_id(&record.platform, &record.permalink), Some(record.native_id));
}

#[test]
fn real_answers_of_both_shapes_are_read() {
    let Some(folder) = payloads("hackernews") else { return };
    // The newer one holds a comment whose text is gone.
    for (file, n_records, n_hits) in
        [("algolia_search_2021_old_shape.json", 3, 3), ("algolia_search_2024_new_shape.json", 1, 2)]
    {
        let body = std::fs::read(folder.join(file)).unwrap();
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

#[test]
fn what_a_story_links_to_stands_below_its_words() {
    let body = |hit: Value| Hit::deserialize(&hit).unwrap().into_record().unwrap().body;
    let story = |url: &str, text: Value| json!({"objectID": "5", "created_at_i": 5, "title": "x", "url": url, "story_text": text});
    let link = "<p><a href=\"https://ledger.example/train?a=1&amp;b=2\">https://ledger.example/train?a=1&amp;b=2</a>";
    let url = "https://ledger.example/train?a=1&b=2";
    assert_eq!(body(story(url, Value::Null)), link);
    assert_eq!(body(story(url, json!("I made <i>this</i>"))), format!("I made <i>this</i>{link}"));
    for said in [
        "see https:&#x2F;&#x2F;ledger.example&#x2F;train?a=1&amp;b=2",
        "see https://ledger.example/train?a=1&b=2",
    ] {
        assert_eq!(body(story(url, json!(said))), said);
    }
    for nowhere in ["", "javascript:alert(1)", "not an address"] {
        assert_eq!(body(story(nowhere, json!("words"))), "words", "{nowhere}");
    }
    let hostile = body(story("https://ledger.example/\"><script>x</script>", Value::Null));
    assert!(!hostile.contains("<script") && !hostile.contains("\">x"), "{hostile}");
    // A comment's story is not what the comment links to.
    let comment = json!({"objectID": "6", "created_at_i": 5, "comment_text": "I agree", "story_url": url, "story_title": "x"});
    assert_eq!(body(comment), "I agree");
    let long = story(url, json!("a".repeat(64 * 1024)));
    assert_eq!(body(long).len(), 64 * 1024);
}

#[test]
fn a_date_that_was_not_asked_for_moves_no_cursor() {
    let place = Place { done: NOW - 1_000, walk: None };
    assert_eq!(place.next(&[NOW * 2], false, at(NOW)).done, NOW);
}

#[tokio::test]
async fn a_hit_from_long_ago_does_not_end_the_walk() {
    let server = MockServer::start().await;
    let mut hits: Vec<_> = (0..199_i64)
        .map(|n| json!({"objectID": n.to_string(), "created_at_i": NOW - n, "title": "x"}))
        .collect();
    hits.push(json!({"objectID": "777", "created_at_i": 0, "title": "x"}));
    let answer =
        ResponseTemplate::new(200).set_body_json(json!({"hits": hits, "hitsPerPage": HITS_PER_PAGE}));
    Mock::given(wiremock::matchers::any()).respond_with(answer).mount(&server).await;
    let source = HackerNewsSource::new("", Vec::new()).at(url(&server, "/"));
    let page = source
        .scan(&client(&server), &crate::store::SourceState::default(), Budget::default(), at(NOW))
        .await;
    assert!(page.unwrap().more);
}

fn read_line(line: &Value) -> IncomingRecord {
    dump_line(line.to_string().as_bytes()).unwrap().unwrap()
}

#[test]
fn items_and_hits_of_archives_are_one_record() {
    let item = json!({"id": 71_304_516, "type": "story", "by": "ana_s", "time": NOW, "title": "Show HN: A night train map",
        "text": "I made this.<p>Have fun.", "url": "https://ledger.example/map", "score": 7, "descendants": 2, "kids": [1]});
    let hit = json!({"objectID": "71304516", "author": "ana_s", "created_at_i": NOW, "title": "Show HN: A night train map",
        "story_text": "I made this.<p>Have fun.", "url": "https://ledger.example/map", "points": 7, "num_comments": 2,
        "_tags": ["story", "author_ana_s", "story_71304516", "show_hn"]});
    let record = read_line(&item);
    assert_eq!(record, read_line(&hit));
    assert_eq!(
        (record.native_id.as_str(), record.tags.as_slice()),
        ("71304516", ["show_hn".to_owned()].as_slice())
    );
    let mut texts = item.clone();
    (texts["id"], texts["time"], texts["score"]) = (json!("71304516"), json!(NOW.to_string()), json!("7"));
    assert_eq!(read_line(&texts), record, "numbers as texts");
}

#[test]
fn a_comment_answers_its_parent_and_a_story_nothing() {
    let answers = |line: Value| read_line(&line).answers;
    let parent = || Some("https://news.ycombinator.com/item?id=71304516".to_owned());
    let item = |fields: Value| {
        let mut item = json!({"id": 71_304_520, "by": "bo", "time": NOW, "text": "At last."});
        item.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        item
    };
    let hit = |fields: Value| {
        let mut hit = json!({"objectID": "71304520", "author": "bo", "created_at_i": NOW, "_tags": ["comment", "author_bo"]});
        hit.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        hit
    };
    assert_eq!(answers(item(json!({"type": "comment", "parent": 71_304_516}))), parent());
    assert_eq!(answers(item(json!({"parent": "71304516"}))), parent(), "archives leave types out");
    assert_eq!(
        answers(hit(json!({"comment_text": "At last.", "parent_id": 71_304_516, "story_id": 1}))),
        parent()
    );
    for none in [
        item(json!({"type": "story", "title": "Night trains", "parent": 71_304_516})),
        item(json!({"type": "comment", "parent": -3})),
        item(json!({"type": "comment", "parent": [1]})),
        item(json!({"type": "comment"})),
        item(json!({"type": "comment", "parent": 71_304_520})),
        item(json!({"type": "comment", "parent": 71_304_516, "deleted": true})),
        hit(json!({"comment_text": "At last.", "parent_id": null})),
        hit(json!({"title": "Night trains", "story_text": "They run.", "parent_id": 71_304_516})),
    ] {
        assert_eq!(answers(none.clone()), None, "{none}");
    }
}

#[test]
fn what_is_deleted_or_dead_says_so_and_nothing_else() {
    for (line, reason) in [
        (json!({"id": 5, "deleted": true, "time": NOW, "type": "comment"}), TombstoneReason::Author),
        (json!({"id": 5, "deleted": true}), TombstoneReason::Author),
        (
            json!({"id": 5, "dead": true, "by": "bo", "title": "Buy", "url": "https://a.example", "type": "story"}),
            TombstoneReason::Moderator,
        ),
        (
            json!({"id": 5, "text": "[flagged]", "by": "bo", "time": NOW, "type": "comment"}),
            TombstoneReason::Moderator,
        ),
    ] {
        let record = read_line(&line);
        assert_eq!(
            (record.deleted, record.title, record.body.as_str(), record.author),
            (Some(reason), None, "", None)
        );
    }
}

#[test]
fn lines_that_are_no_records_say_why() {
    for none in [&b""[..], b" \r\n", b"null"] {
        assert_eq!(dump_line(none), Ok(None));
    }
    for (line, why) in [
        (json!({"id": 5, "type": "job", "title": "Driver", "time": NOW}), "a job"),
        (json!({"objectID": "5", "title": "Driver", "created_at_i": NOW, "_tags": ["job"]}), "a job"),
        (json!({"id": 5, "type": "pollopt", "text": "Yes", "time": NOW}), "a job or an option"),
        (json!({"id": "../5", "title": "x", "time": NOW}), "its id is no number"),
        (json!({"id": null, "title": "x", "time": NOW}), "its id is no number"),
        (json!({"title": "x"}), "missing field"),
        (json!({"id": 5, "title": "x"}), "it has no time"),
        (json!({"id": 5, "time": NOW, "url": "https://a.example"}), "neither title nor text"),
        (json!({"id": 5, "title": 7}), "invalid type"),
        (json!([5]), "no object"),
    ] {
        let skipped = dump_line(line.to_string().as_bytes()).unwrap_err();
        assert!(skipped.why.contains(why), "{line}: {}", skipped.why);
    }
    assert!(dump_line(b"{\"id\": 5,").is_err());
    assert!(dump_line(b"{\"id\": 5, \"title\": \"\xff\"}").is_err());
}

#[tokio::test]
async fn stories_and_comments_are_looked_up_one_by_one() {
    let server = MockServer::start().await;
    let items = [
        (
            "item/1.json",
            json!({"id": 1, "type": "story", "by": "ana_s", "time": NOW, "title": "A new title"}),
        ),
        ("item/2.json", json!({"id": 2, "deleted": true, "time": NOW, "type": "comment"})),
        ("item/3.json", json!({"id": 3, "dead": true, "text": "[dead]", "time": NOW, "type": "comment"})),
        ("item/4.json", Value::Null),
        ("item/69999.json", Value::Null),
        ("item/6.json", json!({"id": 7, "title": "Another one", "time": NOW})),
        ("maxitem.json", json!(70_000)),
    ];
    for (path, item) in items {
        Mock::given(wiremock::matchers::path(format!("/v0/{path}")))
            .respond_with(ResponseTemplate::new(200).set_body_json(item))
            .mount(&server)
            .await;
    }
    let lookup = HackerNewsLookup::new().at(url(&server, "/v0/"));
    assert_eq!((lookup.platform(), lookup.batch()), (Platform::HackerNews, 10));
    let http = client(&server);
    // One is a 404: what is learnt of the others is told all the same.
    let ids = ["1", "2", "3", "5", "4", "69999", "6", "x", "+4"];
    let found = lookup.look_up(&http, &ids, at(NOW)).await.unwrap();
    let found: Vec<_> = found.iter().map(|record| (record.native_id.as_str(), record.deleted)).collect();
    let (author, moderator) = (Some(TombstoneReason::Author), Some(TombstoneReason::Moderator));
    assert_eq!(found, [("1", None), ("2", author), ("3", moderator), ("4", Some(TombstoneReason::Missing))]);
    assert!(lookup.look_up(&http, &["5", "x"], at(NOW)).await.is_err(), "nothing was learnt");
}

#[tokio::test]
async fn a_service_that_knows_nothing_deletes_nothing() {
    for body in ["null", "<html>busy</html>", "", "{\"error\": \"Permission denied\"}"] {
        let server = MockServer::start().await;
        Mock::given(wiremock::matchers::any())
            .respond_with(ResponseTemplate::new(200).set_body_string(body))
            .mount(&server)
            .await;
        let lookup = HackerNewsLookup::new().at(url(&server, "/v0/"));
        let found = lookup.look_up(&client(&server), &["1", "2"], at(NOW)).await;
        assert!(found.is_err() || found.unwrap().is_empty(), "{body}");
    }
}

#[test]
fn the_recorded_items_are_read() {
    let Some(folder) = payloads("hackernews") else { return };
    for (file, n_standing, n_gone, n_skipped) in [
        ("item_121003.json", 1, 0, 0),
        ("item_126809.json", 1, 0, 0),
        ("item_160705.json", 0, 0, 1),
        ("item_192327.json", 0, 0, 1),
        ("item_2921983.json", 1, 0, 0),
        ("item_8863.json", 1, 0, 0),
        ("items_deleted_dead_poll_job.jsonl", 3, 4, 2),
        ("thread_2026_47336100.jsonl", 6, 2, 0),
        ("updates.json", 0, 0, 1),
        ("user_jl.json", 0, 0, 1),
        ("maxitem.json", 0, 0, 1),
    ] {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let lines: Vec<&[u8]> =
            if file.ends_with('l') { bytes.split(|b| *b == b'\n').collect() } else { vec![&bytes] };
        let (mut standing, mut gone, mut skipped) = (0, 0, 0);
        let ids: Vec<String> = lines
            .iter()
            .filter_map(|line| Some(serde_json::from_slice::<Value>(line).ok()?.get("id")?.to_string()))
            .collect();
        for line in lines {
            match dump_line(line) {
                Ok(Some(record)) if record.deleted.is_some() => gone += 1,
                Ok(Some(record)) => {
                    let id = crate::address::native_id(&record.platform, &record.permalink);
                    assert_eq!(id, Some(record.native_id), "{file}");
                    if file.starts_with("thread") {
                        let parent = record.answers.as_deref().and_then(|address| address.split_once("?id="));
                        let known = parent.is_some_and(|(_, id)| ids.iter().any(|known| known == id));
                        assert_eq!(
                            known,
                            record.title.is_none(),
                            "{file}: comments answer what stands before them"
                        );
                    }
                    standing += 1;
                }
                Ok(None) => {}
                Err(_) => skipped += 1,
            }
        }
        assert_eq!((standing, gone, skipped), (n_standing, n_gone, n_skipped), "{file}");
    }
}

fn lines() -> [Value; 4] {
    let tags = ["story", "author_ana", "show_hn"];
    [
        json!({"objectID": "5", "created_at_i": NOW, "title": "x", "url": "https://a.example", "story_text": "a<p>b", "_tags": tags}),
        json!({"id": 5, "time": NOW, "title": "x", "url": "https://a.example", "text": "a<p>b", "type": "story", "by": "ana"}),
        json!({"objectID": "6", "created_at_i": NOW, "comment_text": "a", "parent_id": 5, "_tags": ["comment"]}),
        json!({"id": 6, "time": NOW, "text": "a", "type": "comment", "by": "ana", "parent": 5}),
    ]
}

proptest! {
    #[test]
    fn what_becomes_of_a_line_is_a_record_or_none(
        bent in prop::sample::select(lines().to_vec()).prop_flat_map(bent),
        damaged in damaged(lines().map(|line| line.to_string().into_bytes()).to_vec()),
    ) {
        for line in [bent.to_string().as_bytes(), &damaged] {
            dump_line(line).ok().flatten().iter().for_each(check);
        }
    }
}
