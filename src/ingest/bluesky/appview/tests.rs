//! Searches and author feeds at a server that plays the AppView.

use std::sync::Mutex;

use chrono::TimeDelta;
use proptest::prelude::*;
use serde_json::json;
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::*;
use crate::config::Secret;
use crate::ingest::bluesky::xrpc::Session;
use crate::ingest::scan::{ScanEnd, ScanReport};
use crate::ingest::testing::{self, client, payloads, url};
use crate::store::Store;

const FEED: &str = "/xrpc/app.bsky.feed.getAuthorFeed";
const SEARCH: &str = "/xrpc/app.bsky.feed.searchPosts";

fn now() -> DateTime<Utc> {
    "2031-03-17T12:00:00Z".parse().unwrap()
}

fn view(n: usize, minutes_ago: i64) -> Value {
    let at = (now() - TimeDelta::minutes(minutes_ago)).to_rfc3339();
    json!({
        "uri": format!("at://did:plc:saltpan7/app.bsky.feed.post/3p{n:04}"), "cid": "c", "indexedAt": at,
        "author": { "did": "did:plc:saltpan7", "handle": "ana.example" },
        "record": { "text": format!("night train {n}"), "createdAt": at }, "likeCount": n,
    })
}

/// Plays a list of posts, newest first, `size` at a time; the cursor is the number of posts before.
struct Pages {
    name: &'static str,
    items: Vec<Value>,
    size: usize,
    asked: Mutex<Vec<String>>,
}

impl Respond for &'static Pages {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let cursor =
            request.url.query_pairs().find(|(name, _)| name == "cursor").map(|(_, at)| at.into_owned());
        self.asked.lock().unwrap().push(cursor.clone().unwrap_or_default());
        let from: usize = cursor.map_or(0, |at| at.parse().unwrap());
        let items: Vec<_> = self.items.iter().skip(from).take(self.size).collect();
        let mut answer = json!({ self.name: items });
        if from + self.size < self.items.len() {
            answer["cursor"] = json!((from + self.size).to_string());
        }
        ResponseTemplate::new(200).set_body_json(answer)
    }
}

async fn pages(
    server: &MockServer,
    at: &str,
    name: &'static str,
    items: Vec<Value>,
    size: usize,
) -> &'static Pages {
    let pages: &'static Pages = Box::leak(Box::new(Pages { name, items, size, asked: Mutex::default() }));
    Mock::given(path(at)).respond_with(pages).mount(server).await;
    pages
}

async fn answers(server: &MockServer, at: &str, status: u16, body: &Value) {
    let answer = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(path(at)).respond_with(answer).mount(server).await;
}

async fn scan(store: &Store, server: &MockServer, source: &dyn Source, requests: usize) -> ScanReport {
    testing::scan(store, &client(server), source, requests, now()).await
}

fn refusal(report: &ScanReport) -> String {
    match &report.end {
        ScanEnd::Failed { error, .. } => error.to_string(),
        end => panic!("{end:?}"),
    }
}

#[test]
fn sources_are_named_as_the_topic_file_names_them() {
    assert_eq!(BlueskyAuthor::new("ana.example").id(), "bluesky:ana.example:");
    assert_eq!(BlueskySearch::new("night trains").id(), "bluesky::night trains");
}

#[tokio::test]
async fn an_author_is_read_back_to_what_is_known_and_only_in_their_own_words() {
    let server = MockServer::start().await;
    let mut items: Vec<Value> =
        (0..300).map(|n| json!({ "post": view(n, 20 * i64::try_from(n).unwrap()) })).collect();
    // Pinned ten years ago, passed on just now, and things that are no posts.
    items.insert(
        0,
        json!({ "post": view(900, 5_000_000), "reason": { "$type": "app.bsky.feed.defs#reasonPin" } }),
    );
    let passed_on = json!({ "$type": "app.bsky.feed.defs#reasonRepost", "indexedAt": now().to_rfc3339() });
    items.insert(1, json!({ "post": view(901, 4_000_000), "reason": passed_on }));
    items.insert(2, json!({ "post": { "uri": "at://did:plc:saltpan7/app.bsky.feed.generator/x" } }));
    items.insert(3, json!(null));
    let asked = pages(&server, FEED, "feed", items, 50).await;
    let store = Store::in_memory().await.unwrap();
    let source = BlueskyAuthor::new("@ana.example").at(url(&server, "/"));
    let first = scan(&store, &server, &source, 2).await;
    assert!(matches!(first.end, ScanEnd::BudgetUsed), "{:?}", first.end);
    assert_eq!((first.tally.new, first.skipped.len()), (96, 2));
    let second = scan(&store, &server, &source, 20).await;
    assert!(matches!(second.end, ScanEnd::CaughtUp), "{:?}", second.end);
    // Two days and an hour, a post every 20 minutes, and the rest of the page.
    assert_eq!(first.tally.new + second.tally.new, 4 * 50 - 4);
    assert_eq!(*asked.asked.lock().unwrap(), ["", "50", "100", "150"]);
    let third = scan(&store, &server, &source, 20).await;
    assert_eq!((third.tally.new, third.pages), (0, 1), "what is known ends the walk at once");
}

#[tokio::test]
async fn a_block_or_a_missing_account_is_told() {
    for (error, told) in
        [("BlockedActor", "blocked"), ("BlockedByActor", "blocked"), ("InvalidRequest", "check `author")]
    {
        let server = MockServer::start().await;
        answers(&server, FEED, 400, &json!({ "error": error, "message": "Profile not found" })).await;
        let store = Store::in_memory().await.unwrap();
        let report = scan(&store, &server, &BlueskyAuthor::new("ana.example").at(url(&server, "/")), 3).await;
        assert!(refusal(&report).contains(told) && refusal(&report).contains(error), "{}", refusal(&report));
    }
}

#[tokio::test]
async fn a_cursor_that_the_server_forgot_begins_the_walk_anew() {
    let server = MockServer::start().await;
    let store = Store::in_memory().await.unwrap();
    let source = BlueskyAuthor::new("ana.example").at(url(&server, "/"));
    let forgetful = |request: &Request| {
        if request.url.query().unwrap_or_default().contains("cursor=") {
            return ResponseTemplate::new(400)
                .set_body_json(json!({ "error": "InvalidRequest", "message": "Malformed cursor" }));
        }
        ResponseTemplate::new(200).set_body_json(json!({ "feed": [{ "post": view(1, 1) }], "cursor": "old" }))
    };
    Mock::given(path(FEED)).respond_with(forgetful).mount(&server).await;
    let report = scan(&store, &server, &source, 5).await;
    assert!(matches!(report.end, ScanEnd::BudgetUsed), "{:?}", report.end);
    assert_eq!(report.tally.new, 1, "and nothing is taken for read");
    let state = store.source_state(&source.id()).await.unwrap().unwrap();
    assert_eq!(Place::of(&state, now()).after(), now() - TimeDelta::hours(49));
}

#[tokio::test]
async fn short_and_empty_pages_go_on_and_a_repeated_cursor_ends() {
    let server = MockServer::start().await;
    let odd = |request: &Request| {
        let cursor =
            request.url.query_pairs().find(|(name, _)| name == "cursor").map(|(_, at)| at.into_owned());
        let answer = match cursor.as_deref() {
            None => json!({ "posts": [view(1, 1)], "cursor": "a", "hitsTotal": 3 }),
            Some("a") => json!({ "posts": [], "cursor": "b" }),
            Some("b") => json!({ "posts": [view(2, 2)], "cursor": "c" }),
            Some(_) => json!({ "posts": [view(2, 2), view(3, 3)], "cursor": "c" }),
        };
        ResponseTemplate::new(200).set_body_json(answer)
    };
    Mock::given(path(SEARCH)).respond_with(odd).mount(&server).await;
    let store = Store::in_memory().await.unwrap();
    let report = scan(&store, &server, &BlueskySearch::new("night trains").at(url(&server, "/")), 20).await;
    assert!(matches!(report.end, ScanEnd::CaughtUp), "{:?}", report.end);
    assert_eq!((report.pages, report.tally.new), (4, 3));
}

#[tokio::test]
async fn cursors_in_a_circle_end_with_what_was_not_read() {
    let mut place = Place::of(&SourceState::default(), now());
    let mut lost = None;
    let mut pages = 0;
    while lost.is_none() {
        let cursor = if pages % 2 == 0 { "a" } else { "b" };
        (place, lost) = place.next(&[now() - TimeDelta::hours(1)], Some(cursor.to_owned()), now());
        pages += 1;
        assert!(pages < 1_000, "it ends");
    }
    let lost = lost.unwrap();
    assert_eq!((lost.from, lost.until), (now() - TimeDelta::hours(48), now() - TimeDelta::hours(1)));
    assert!(!place.walking());
}

#[tokio::test]
async fn a_crazy_date_moves_no_cursor() {
    let server = MockServer::start().await;
    let mut ancient = view(1, 1);
    ancient["record"]["createdAt"] = json!("1970-01-01T00:00:00Z");
    let mut coming = view(2, 1);
    coming["record"]["createdAt"] = json!("2090-01-01T00:00:00Z");
    coming["indexedAt"] = json!("2090-01-01T00:00:00Z");
    answers(&server, SEARCH, 200, &json!({ "posts": [coming, ancient] })).await;
    let store = Store::in_memory().await.unwrap();
    let source = BlueskySearch::new("night trains").at(url(&server, "/"));
    assert_eq!(scan(&store, &server, &source, 3).await.tally.new, 2);
    let state = store.source_state(&source.id()).await.unwrap().unwrap();
    assert_eq!(Place::of(&state, now()).after(), now() - TimeDelta::hours(1));
}

#[tokio::test]
async fn a_search_that_is_closed_says_that_it_needs_an_account() {
    for body in [
        "<html>Request forbidden by administrative rules</html>",
        r#"{"error":"AuthMissing","message":"Authentication Required"}"#,
    ] {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(403).set_body_string(body);
        Mock::given(path(SEARCH)).respond_with(answer).mount(&server).await;
        let store = Store::in_memory().await.unwrap();
        let report =
            scan(&store, &server, &BlueskySearch::new("night trains").at(url(&server, "/")), 3).await;
        assert!(refusal(&report).contains("needs an account"), "{}", refusal(&report));
    }
}

#[tokio::test]
async fn a_public_search_of_one_page_tells_what_it_could_not_read() {
    let server = MockServer::start().await;
    let half_open = |request: &Request| {
        if request.url.query().unwrap_or_default().contains("cursor=") {
            return ResponseTemplate::new(403).set_body_string("<html>forbidden</html>");
        }
        ResponseTemplate::new(200)
            .set_body_json(json!({ "posts": [view(1, 1), view(2, 90)], "cursor": "100" }))
    };
    Mock::given(path(SEARCH)).respond_with(half_open).mount(&server).await;
    let source = BlueskySearch::new("night trains").at(url(&server, "/"));
    let mut state = SourceState::default();
    let first = source.scan(&client(&server), &state, Budget::default(), now()).await.unwrap();
    assert!(first.more && first.gap.is_none());
    state.cursor = first.next.cursor;
    let second = source.scan(&client(&server), &state, Budget::default(), now()).await.unwrap();
    let gap = second.gap.unwrap();
    assert_eq!((gap.from, gap.until), (now() - TimeDelta::hours(48), now() - TimeDelta::minutes(90)));
    assert!(!second.more);
}

/// Keeps a session whose first token has expired.
struct Kept {
    service: Url,
    renewed: Mutex<usize>,
}

#[async_trait]
impl SessionProvider for Kept {
    async fn session(&self, expired: Option<&Secret>, _: DateTime<Utc>) -> Result<Session, ScanError> {
        let mut renewed = self.renewed.lock().unwrap();
        *renewed += usize::from(expired.is_some());
        let token = Secret::new(if *renewed > 0 { "fresh-token" } else { "stale-token" });
        Ok(Session { service: self.service.clone(), token })
    }
}

#[tokio::test]
async fn an_expired_token_is_renewed_once_and_never_told() {
    for expired in [(400, "ExpiredToken"), (401, "AuthMissing")] {
        let server = MockServer::start().await;
        let refused = ResponseTemplate::new(expired.0).set_body_json(json!({ "error": expired.1 }));
        Mock::given(path(SEARCH))
            .and(header("authorization", "Bearer stale-token"))
            .respond_with(refused)
            .mount(&server)
            .await;
        let given = ResponseTemplate::new(200).set_body_json(json!({ "posts": [view(1, 1)] }));
        Mock::given(path(SEARCH))
            .and(header("authorization", "Bearer fresh-token"))
            .respond_with(given)
            .mount(&server)
            .await;
        let kept = Arc::new(Kept { service: url(&server, "/"), renewed: Mutex::new(0) });
        let source = BlueskySearch::new("night trains").with_session(Arc::<Kept>::clone(&kept));
        assert!(!format!("{source:?}").contains("token"));
        let store = Store::in_memory().await.unwrap();
        let report = scan(&store, &server, &source, 3).await;
        assert_eq!(report.tally.new, 1, "{:?}", report.end);
        assert_eq!(*kept.renewed.lock().unwrap(), 1);
    }
}

#[tokio::test]
async fn whoever_wishes_not_to_be_shown_is_not() {
    let server = MockServer::start().await;
    let mut hidden = view(1, 1);
    hidden["author"]["labels"] = json!([{ "val": "!no-unauthenticated", "src": "did:plc:saltpan7" }]);
    let mut taken_back = view(2, 2);
    taken_back["labels"] = json!([{ "val": "porn", "src": "x" }, { "val": "porn", "src": "x", "neg": true }]);
    let mut own = view(3, 3);
    own["record"]["labels"] = json!({ "values": [{ "val": "sexual" }] });
    answers(&server, SEARCH, 200, &json!({ "posts": [hidden, taken_back, own] })).await;
    let store = Store::in_memory().await.unwrap();
    let report = scan(&store, &server, &BlueskySearch::new("night trains").at(url(&server, "/")), 3).await;
    assert_eq!((report.tally.new, report.skipped.len()), (1, 2));
    assert!(report.skipped[0].why.contains("wishes"), "{:?}", report.skipped);
}

#[tokio::test]
async fn answers_that_are_none_fail_and_move_nothing() {
    for (status, body) in
        [(200, "<html>busy</html>"), (200, "null"), (200, "{\"posts\":"), (200, "{}"), (500, ""), (503, "x")]
    {
        let server = MockServer::start().await;
        Mock::given(path(SEARCH))
            .respond_with(ResponseTemplate::new(status).set_body_string(body))
            .mount(&server)
            .await;
        let store = Store::in_memory().await.unwrap();
        let source = BlueskySearch::new("night trains").at(url(&server, "/"));
        let report = scan(&store, &server, &source, 3).await;
        assert!(matches!(report.end, ScanEnd::Failed { .. }), "{status} {body}");
        assert_eq!(store.source_state(&source.id()).await.unwrap().unwrap().cursor, None);
    }
    for limit in ["retry-after", "none"] {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(429).insert_header(limit, "120").set_body_string("slow down");
        Mock::given(path(SEARCH)).respond_with(answer).mount(&server).await;
        let store = Store::in_memory().await.unwrap();
        let report =
            scan(&store, &server, &BlueskySearch::new("night trains").at(url(&server, "/")), 3).await;
        assert!(refusal(&report).contains("asks us to wait"), "{}", refusal(&report));
    }
}

fn recorded(name: &str) -> Option<Value> {
    let text = std::fs::read(payloads(&format!("bluesky/{name}"))?).unwrap();
    Some(serde_json::from_slice(&text).unwrap())
}

#[test]
fn the_recorded_feed_is_read() {
    let Some(feed) = recorded("derived_getAuthorFeed_feed_array.json") else { return };
    let mut page = Page::default();
    let items = feed.as_array().unwrap();
    for (n, item) in items.iter().enumerate() {
        own_post(item, n + 1, &mut page, now());
    }
    assert_eq!(page.skipped, [], "every item is a post with words");
    let reposts = items.iter().filter(|item| item.get("reason").is_some()).count();
    assert_eq!(page.records.len(), items.len() - reposts);
    assert!(page.records.iter().all(|record| record.author.as_deref() == Some("@alice.test")));
    assert!(
        page.records
            .iter()
            .all(|record| crate::address::native_id(&record.platform, &record.permalink).as_ref()
                == Some(&record.native_id))
    );
}

#[test]
fn recorded_posts_and_labels_are_read() {
    let Some(thread) = recorded("real_thread_view_post_with_embed_media.json") else { return };
    let mut page = Page::default();
    posted(&thread["thread"]["post"], 1, &mut page, now());
    assert_eq!(page.skipped, []);
    assert!(
        page.records[0].body.starts_with("https://bsky.app/profile/did:plc:"),
        "a post that is only a quote and a picture"
    );
    let quoted = page.records[0].quotes.clone().unwrap();
    assert!(page.records[0].body.contains(&quoted), "{quoted}");
    for name in ["real_post_record.json", "real_extended_post_record.json"] {
        let Some(post) = recorded(name) else { return };
        let view =
            json!({ "uri": post["uri"], "author": { "handle": "ana.example" }, "record": post["value"] });
        let mut page = Page::default();
        assert!(posted(&view, 1, &mut page, now()).is_some(), "{name} has a time");
        assert_eq!((page.records.len(), page.skipped.len()), (1, 0), "{name}");
    }
    let Some(feed) = recorded("real_feed_record.json") else { return };
    let view = json!({ "uri": feed["uri"], "record": feed["value"] });
    assert!(View::of(&view, 1).is_err(), "a feed is no post");
    let Some(author) = recorded("real_author_no_unauthenticated.json") else { return };
    let mut view = view_of_other(&author);
    assert!(View::of(&view, 1).unwrap().objection(now()).is_some());
    view["author"]["labels"] = json!([]);
    assert!(View::of(&view, 1).unwrap().objection(now()).is_none());
}

fn view_of_other(author: &Value) -> Value {
    let uri = format!("at://{}/app.bsky.feed.post/3mcn", author["did"].as_str().unwrap());
    json!({ "uri": uri, "author": author, "record": { "text": "x", "createdAt": "2031-03-17T09:00:00Z" } })
}

fn item() -> Value {
    let mut post = view(1, 1);
    post["record"]["facets"] =
        json!([{ "index": { "byteStart": 0, "byteEnd": 5 }, "features": [{ "uri": "https://a.example/" }] }]);
    let other = json!({ "uri": "at://did:plc:weir4/app.bsky.feed.post/3mcnparent" });
    post["record"]["reply"] = json!({ "parent": other });
    post["record"]["embed"] = json!({ "record": { "record": other }, "media": { "alt": "a train" } });
    post["labels"] = json!([{ "val": "x", "src": "y", "cts": "2031-03-17T09:00:00Z" }]);
    json!({ "post": post, "reason": null })
}

proptest! {
    #[test]
    fn what_a_server_sends_becomes_a_record_or_none(item in testing::bent(item())) {
        let mut page = Page::default();
        own_post(&item, 1, &mut page, now());
        prop_assert!(page.records.len() + page.skipped.len() <= 1);
        page.records.iter().for_each(testing::check);
    }
}
