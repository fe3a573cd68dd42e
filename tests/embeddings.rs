//! A model that says which texts are near: a local server plays it, well and badly.

use chrono::TimeDelta;
use newsdesk::model::{ClusterId, ReasonCode, RecordId};
use serde_json::{Value, json};
use sqlx::Row as _;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::corpus::FERRIES;
use crate::support::desk::Desk;
use crate::support::record::Post;
use crate::support::{at, post};

/// One thing in two languages, and another thing.
fn said() -> [Post; 3] {
    let eight = at("2031-03-17 08:00");
    [
        post(1, "The night ferry to Pellow Quay sails again in May").by("@ana").at(eight),
        post(2, "Das Boot durch die Dunkelheit kommt im Frühjahr zurück")
            .by("@bea")
            .at(eight + TimeDelta::minutes(9)),
        post(3, "Who bakes good rolls near the old station?").by("@cid").at(eight + TimeDelta::minutes(20)),
    ]
}

/// Two directions: boats, and everything else.
fn vector(text: &str) -> [f64; 3] {
    if text.contains("ferry") || text.contains("Boot") { [0.2, 0.9, 0.1] } else { [0.9, -0.3, 0.2] }
}

fn texts(request: &Request) -> Vec<String> {
    let body: Value = request.body_json().unwrap();
    body["input"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn answers(request: &Request) -> ResponseTemplate {
    let data: Vec<Value> = texts(request)
        .iter()
        .enumerate()
        .map(|(index, text)| json!({ "index": index, "embedding": vector(text) }))
        .collect();
    ResponseTemplate::new(200).set_body_json(json!({ "data": data }))
}

async fn model(answer: impl wiremock::Respond + 'static) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST")).and(path("/v1/embeddings")).respond_with(answer).mount(&server).await;
    server
}

async fn desk(server: Option<&MockServer>) -> Desk {
    let settings = server.map_or(String::new(), |server| {
        format!("[embeddings]\nurl = \"{}/v1/embeddings\"\nmodel = \"small\"\n", server.uri())
    });
    Desk::open(&settings, &[FERRIES]).await
}

async fn clusters(desk: &Desk, posts: &[Post]) -> Vec<ClusterId> {
    let ids: Vec<RecordId> = posts.iter().map(Post::id).collect();
    let stored = desk.store.stored_by_id(&ids).await.unwrap();
    ids.iter().map(|id| stored.iter().find(|s| s.record.id == *id).unwrap().cluster.clone()).collect()
}

async fn vectors_held(desk: &Desk) -> i64 {
    let mut connection = desk.database.connect().await;
    sqlx::query("SELECT COUNT(*) AS n FROM embedding").fetch_one(&mut connection).await.unwrap().get("n")
}

#[tokio::test]
async fn a_model_brings_together_what_shares_no_word_and_is_asked_once_for_a_text() {
    let posts = said();
    let plain = desk(None).await;
    plain.hears(&posts).await;
    plain.analyze().await;
    let apart = clusters(&plain, &posts).await;
    assert_ne!(apart[0], apart[1]);

    let server = model(answers).await;
    let with = desk(Some(&server)).await;
    with.hears(&posts).await;
    with.analyze().await;
    let together = clusters(&with, &posts).await;
    assert_eq!((&together[0], &together[1], &together[2]), (&apart[0], &apart[0], &apart[2]));

    // A desk that starts anew asks only for what is new, and places it by what is kept.
    let more = [post(4, "Ein Boot fährt wieder").by("@dov").at(at("2031-03-17 08:40"))];
    with.hears(&more).await;
    with.analyze().await;
    assert_eq!(clusters(&with, &more).await, apart[..1]);
    let asked: Vec<String> = server.received_requests().await.unwrap().iter().flat_map(texts).collect();
    assert_eq!(asked.len(), 4, "{asked:?}");
    assert_eq!(vectors_held(&with).await, 4);

    // What a model said of a text goes with it.
    with.hears(&[posts[1].clone().deleted()]).await;
    assert_eq!(vectors_held(&with).await, 3);
}

#[tokio::test]
async fn a_model_that_fails_leaves_everything_to_the_words_and_the_decision_says_so() {
    let odd = |request: &Request| {
        let data: Vec<Value> =
            (0..texts(request).len()).map(|n| json!({ "index": n, "embedding": vec![1.0; n + 2] })).collect();
        ResponseTemplate::new(200).set_body_json(json!({ "data": data }))
    };
    let servers = [
        (model(ResponseTemplate::new(401)).await, "check the key"),
        (model(ResponseTemplate::new(429).insert_header("retry-after", "3600")).await, "status 429"),
        (model(ResponseTemplate::new(200).set_body_string("<html>")).await, "no JSON"),
        (model(odd).await, "are usual"),
        (
            model(|request: &Request| answers(request).set_body_json(json!({ "data": [] }))).await,
            "without a vector",
        ),
    ];
    let posts = said();
    let plain = desk(None).await;
    plain.hears(&posts).await;
    plain.analyze().await;
    let words = clusters(&plain, &posts).await;
    for (server, why) in &servers {
        let desk = desk(Some(server)).await;
        desk.hears(&posts).await;
        let report = desk.tick_at(at("2031-03-17 09:30")).await;
        assert_eq!(clusters(&desk, &posts).await, words, "{why}");
        assert_eq!(vectors_held(&desk).await, 0, "{why}");
        let told =
            report.decisions.iter().find(|d| d.reasons.contains(&ReasonCode::WithoutEmbeddings)).unwrap();
        assert!(told.detail.contains("by their words alone") && told.detail.contains(why), "{}", told.detail);
    }
}

#[tokio::test]
async fn without_an_address_nothing_is_said_of_models() {
    let desk = desk(None).await;
    desk.hears(&said()).await;
    let report = desk.tick_at(at("2031-03-17 09:30")).await;
    assert!(report.decisions.iter().all(|d| !d.reasons.contains(&ReasonCode::WithoutEmbeddings)));
}
