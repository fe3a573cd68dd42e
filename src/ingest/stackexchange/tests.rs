//! A search as a server that is played gives it, always packed.

use std::io::Write as _;

use serde_json::json;
use wiremock::matchers::{path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::ingest::scan::{ScanEnd, ScanReport};
use crate::ingest::testing::{client, now, scan, url};
use crate::store::Store;

fn packed(body: &Value) -> ResponseTemplate {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(body.to_string().as_bytes()).unwrap();
    ResponseTemplate::new(200)
        .insert_header("content-encoding", "gzip")
        .set_body_bytes(gzip.finish().unwrap())
}

fn question(n: i64) -> Value {
    json!({
        "link": format!("https://rails.example/questions/{n}/x"), "creation_date": now().timestamp() - 60 * n,
        "title": "Why &quot;night&quot; &amp; not day?", "body": "<p>Trains &amp; boats</p>", "tags": ["rail"],
        "owner": {"display_name": "Bj&#246;rn"}, "score": 3, "answer_count": 1, "last_edit_date": now().timestamp(),
    })
}

struct World {
    store: Store,
    http: PoliteClient,
    source: StackExchangeSource,
    server: MockServer,
}

async fn world() -> World {
    let server = MockServer::start().await;
    let http = client(&server);
    let source = StackExchangeSource::new("rails", "night train", vec!["a".to_owned(), "b".to_owned()])
        .at(url(&server, "/"));
    World { store: Store::in_memory().await.unwrap(), http, source, server }
}

impl World {
    async fn answers(&self, page: &str, template: ResponseTemplate) {
        Mock::given(path("/search/advanced"))
            .and(query_param("page", page))
            .and(query_param("tagged", "a;b"))
            .respond_with(template)
            .mount(&self.server)
            .await;
    }

    async fn scan(&self, seconds: i64) -> ScanReport {
        let at = now() + TimeDelta::seconds(seconds);
        scan(&self.store, &self.http, &self.source, 25, at).await
    }
}

#[tokio::test]
async fn a_question_becomes_a_record_with_its_author_and_readable_title() {
    let world = world().await;
    let odd = json!([question(1), {"link": "x", "creation_date": 5, "title": "x"}, null, {"link": "https://rails.example/q/2", "creation_date": 5}]);
    world.answers("1", packed(&json!({"items": odd, "has_more": false, "quota_remaining": 299}))).await;
    let page =
        world.source.scan(&world.http, &SourceState::default(), Budget::default(), now()).await.unwrap();
    let [record] = &page.records[..] else { panic!("{:?}", page.records) };
    assert_eq!(record.title.as_deref(), Some("Why \"night\" & not day?"));
    assert_eq!(record.author.as_deref(), Some("Björn"));
    assert_eq!(record.body, "<p>Trains &amp; boats</p>");
    assert_eq!(record.native_id, "https://rails.example/questions/1/x");
    assert!(record.edited_at.is_some() && page.skipped.len() == 3 && !page.more);
}

#[tokio::test]
async fn a_pause_that_is_asked_for_is_kept_and_the_walk_goes_on_after_it() {
    let world = world().await;
    world.answers("1", packed(&json!({"items": [question(1)], "has_more": true, "backoff": 2_000}))).await;
    world.answers("2", packed(&json!({"items": [question(2)], "has_more": false}))).await;
    assert_eq!(world.scan(0).await.pages, 1);
    let report = world.scan(1_000).await;
    let ScanEnd::Failed { error: ScanError::Http(HttpError::RateLimited { wait, .. }), next_at } = report.end
    else {
        panic!("{:?}", report.end)
    };
    assert_eq!(wait.as_secs(), 1_000);
    assert!(next_at >= now() + TimeDelta::seconds(2_000));
    let report = world.scan(4_000).await;
    assert_eq!((report.tally.new, report.pages), (1, 1));
    assert!(matches!(report.end, ScanEnd::CaughtUp));
}

#[tokio::test]
async fn refusals_say_how_long_to_wait_or_what_to_do() {
    let throttled =
        |why: &str| json!({"error_id": 502, "error_name": "throttle_violation", "error_message": why});
    for (status, body, says) in [
        (
            400,
            throttled("too many requests from this IP, more requests available in 82 seconds").to_string(),
            "wait 82s",
        ),
        (400, throttled("").to_string(), "wait 600s"),
        (
            400,
            json!({"error_id": 400, "error_message": "No site found for name `rails`"}).to_string(),
            "No site found",
        ),
        (200, "<html>".to_owned(), "cannot read"),
        (200, "null".to_owned(), "cannot read"),
        (503, String::new(), "503"),
    ] {
        let world = world().await;
        world.answers("1", ResponseTemplate::new(status).set_body_string(body)).await;
        let error = world
            .source
            .scan(&world.http, &SourceState::default(), Budget::default(), now())
            .await
            .unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}
