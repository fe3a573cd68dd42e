//! Looking posts up at a server that plays the AppView.

use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;
use crate::ingest::testing::client;

const NOW: &str = "2031-03-17T12:00:00Z";

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

fn lookup(server: &MockServer) -> BlueskyLookup {
    BlueskyLookup::new().at(Url::parse(&server.uri()).unwrap())
}

fn id(did: &str, key: &str) -> String {
    format!("at://{did}/app.bsky.feed.post/{key}")
}

fn view(key: &str, text: &str) -> Value {
    json!({
        "uri": id("did:plc:saltpan7", key), "cid": "c", "indexedAt": "2031-03-17T10:00:00Z",
        "author": { "did": "did:plc:saltpan7", "handle": "ana.example", "labels": [] },
        "record": { "text": text, "createdAt": "2031-03-17T09:59:59Z" }, "labels": [], "likeCount": 3, "replyCount": 1,
    })
}

#[tokio::test]
async fn what_stands_comes_as_it_is_and_what_is_left_out_is_gone() {
    let server = MockServer::start().await;
    let mut opted_out = view("3out", "private words");
    opted_out["author"]["labels"] = json!([{ "val": "!no-unauthenticated", "src": "did:plc:saltpan7" }]);
    let mut hidden = view("3hid", "bad words");
    hidden["labels"] = json!([{ "val": "!hide", "src": "did:plc:moderator" }]);
    let odd = json!({ "uri": id("did:plc:saltpan7", "3odd") });
    let posts = json!({ "posts": [view("3one", "night trains, edited"), opted_out, hidden, odd, null, { "uri": 7 }] });
    let answer = move |request: &Request| {
        let asked: Vec<String> =
            request.url.query_pairs().map(|(name, uri)| format!("{name}={uri}")).collect();
        assert_eq!(asked.len(), 5, "{asked:?}");
        assert!(
            asked.iter().all(|uri| uri.starts_with("uris=at://did:plc:saltpan7/app.bsky.feed.post/3")),
            "{asked:?}"
        );
        ResponseTemplate::new(200).set_body_json(&posts)
    };
    Mock::given(path("/xrpc/app.bsky.feed.getPosts")).respond_with(answer).mount(&server).await;
    let ids: Vec<String> =
        ["3one", "3out", "3hid", "3odd", "3lost"].map(|key| id("did:plc:saltpan7", key)).into();
    let mut asked: Vec<&str> = ids.iter().map(String::as_str).collect();
    asked.extend([
        "at://did:plc:saltpan7/app.bsky.feed.like/3x",
        "nonsense",
        "at://did:plc:x/app.bsky.feed.post/a b",
    ]);
    let found = lookup(&server).look_up(&client(&server), &asked, now()).await.unwrap();
    let of = |key: &str| found.iter().find(|record| record.native_id == id("did:plc:saltpan7", key));
    assert_eq!(of("3one").unwrap().body, "night trains, edited");
    assert_eq!(of("3one").unwrap().author.as_deref(), Some("@ana.example"));
    assert_eq!(of("3one").unwrap().engagement.score, Some(3));
    assert_eq!(of("3out").unwrap().deleted, Some(TombstoneReason::Request));
    assert_eq!(of("3hid").unwrap().deleted, Some(TombstoneReason::Moderator));
    assert_eq!(of("3lost").unwrap().deleted, Some(TombstoneReason::Missing));
    assert_eq!(of("3odd"), None, "it stands, but cannot be read: nothing certain");
    assert_eq!(found.len(), 4, "what is no post's address is not asked for");
}

#[tokio::test]
async fn archived_ids_with_handles_are_asked_for_by_their_dids() {
    let server = MockServer::start().await;
    let profiles = json!({ "profiles": [{ "did": "did:plc:saltpan7", "handle": "Ana.example" }] });
    Mock::given(path("/xrpc/app.bsky.actor.getProfiles"))
        .respond_with(ResponseTemplate::new(200).set_body_json(profiles))
        .mount(&server)
        .await;
    let posts = json!({ "posts": [view("3one", "night trains")] });
    Mock::given(path("/xrpc/app.bsky.feed.getPosts"))
        .respond_with(ResponseTemplate::new(200).set_body_json(posts))
        .mount(&server)
        .await;
    let ids = [id("ana.example", "3one"), id("ana.example", "3two"), id("nobody.example", "3three")];
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut found = lookup(&server).look_up(&client(&server), &ids, now()).await.unwrap();
    found.sort_by(|a, b| a.native_id.cmp(&b.native_id));
    let told: Vec<_> = found.iter().map(|record| (record.native_id.as_str(), record.deleted)).collect();
    assert_eq!(
        told,
        [(ids[0], None), (ids[1], Some(TombstoneReason::Missing))],
        "of nobody nothing is certain"
    );
}

#[tokio::test]
async fn a_server_that_does_not_answer_properly_deletes_nothing() {
    for (status, body) in [
        (200, "<html>busy</html>"),
        (200, "null"),
        (200, "{}"),
        (200, r#"{"posts":"#),
        (200, r#"{"posts":null}"#),
        (400, r#"{"error":"InvalidRequest","message":"Error: uris"}"#),
        (403, "<html>Request forbidden by administrative rules</html>"),
        (429, r#"{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}"#),
        (500, ""),
        (502, r#"{"error":"UpstreamFailure"}"#),
    ] {
        let server = MockServer::start().await;
        Mock::given(path("/xrpc/app.bsky.feed.getPosts"))
            .respond_with(ResponseTemplate::new(status).set_body_string(body))
            .mount(&server)
            .await;
        let asked = id("did:plc:saltpan7", "3one");
        let found = lookup(&server).look_up(&client(&server), &[&asked], now()).await;
        assert!(found.is_err(), "{status} {body}: {found:?}");
    }
}
