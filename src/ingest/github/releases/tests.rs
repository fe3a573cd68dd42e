//! Releases as a server that is played gives them.

use serde_json::json;
use wiremock::matchers::{header, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::ingest::scan::{ScanEnd, ScanReport};
use crate::ingest::testing::{client, now, scan, url};
use crate::store::Store;

fn release(n: i64, days_ago: i64) -> Value {
    json!({
        "html_url": format!("https://github.com/coast/timetable/releases/tag/v{n}"), "tag_name": format!("v{n}"),
        "name": format!("Version {n}"), "body": "**New** trains", "body_html": "<p><strong>New</strong> trains</p>",
        "draft": false, "prerelease": false, "published_at": now() - TimeDelta::days(days_ago), "author": {"login": "ana"},
    })
}

struct World {
    store: Store,
    http: PoliteClient,
    source: GitHubReleases,
    server: MockServer,
}

async fn world() -> World {
    let server = MockServer::start().await;
    let http = client(&server);
    let source = GitHubReleases::new("Coast", "timetable").at(url(&server, "/"));
    World { store: Store::in_memory().await.unwrap(), http, source, server }
}

impl World {
    async fn answers(&self, page: &str, template: ResponseTemplate) {
        Mock::given(path("/repos/Coast/timetable/releases"))
            .and(query_param("page", page))
            .respond_with(template)
            .mount(&self.server)
            .await;
    }

    async fn scan(&self, max_requests: usize, hours: i64) -> ScanReport {
        let at = now() + TimeDelta::hours(hours);
        scan(&self.store, &self.http, &self.source, max_requests, at).await
    }
}

#[tokio::test]
async fn releases_are_walked_down_once_and_then_asked_for_with_the_validator() {
    let world = world().await;
    let pages = |from: i64, n: i64| (from..from + n).map(|n| release(n, n)).collect::<Vec<_>>();
    Mock::given(header("if-none-match", "\"one\""))
        .respond_with(ResponseTemplate::new(304))
        .with_priority(1)
        .mount(&world.server)
        .await;
    world
        .answers("1", ResponseTemplate::new(200).set_body_json(pages(0, 30)).insert_header("etag", "\"one\""))
        .await;
    world
        .answers(
            "2",
            ResponseTemplate::new(200).set_body_json(pages(30, 30)).insert_header("etag", "\"two\""),
        )
        .await;
    let report = world.scan(1, 0).await;
    assert!(matches!(report.end, ScanEnd::BudgetUsed));
    let report = world.scan(5, 1).await;
    assert_eq!((report.tally.new, report.pages), (30, 1), "a month is enough");
    let report = world.scan(5, 2).await;
    assert_eq!((report.tally.new, report.pages), (0, 1));
    assert!(matches!(report.end, ScanEnd::CaughtUp), "{:?}", report.end);
    assert_eq!(world.server.received_requests().await.unwrap().len(), 3);
}

#[tokio::test]
async fn drafts_are_left_out_and_odd_ones_cost_only_themselves() {
    let world = world().await;
    let mut odd = [release(1, 1), release(2, 1), release(3, 1), release(4, 1), json!(null), release(6, 1)];
    odd[0]["draft"] = json!(true);
    odd[1]["prerelease"] = json!(true);
    odd[1]["name"] = json!("");
    odd[1]["body_html"] = json!(null);
    odd[2]["html_url"] = json!("x");
    odd[3]["published_at"] = json!(null);
    odd[5]["author"] = json!(null);
    world.answers("1", ResponseTemplate::new(200).set_body_json(odd)).await;
    let state = SourceState::default();
    let page = world.source.scan(&world.http, &state, Budget::default(), now()).await.unwrap();
    let why: Vec<_> = page.skipped.iter().map(|skipped| skipped.why.as_str()).collect();
    assert_eq!(why.len(), 4);
    assert_eq!(why[..3], ["it is a draft", "it has no address", "it has no time"]);
    let [pre, bare] = &page.records[..] else { panic!("{:?}", page.records) };
    assert_eq!((pre.title.as_deref(), pre.body.as_str()), (Some("v2"), "**New** trains"));
    assert_eq!(pre.tags, ["prerelease"]);
    assert_eq!(pre.native_id, "https://github.com/coast/timetable/releases/tag/v2");
    assert_eq!((bare.author.as_deref(), bare.body.as_str()), (None, "<p><strong>New</strong> trains</p>"));
}

#[tokio::test]
async fn refusals_say_what_to_do_and_never_show_the_token() {
    let limit = ResponseTemplate::new(403)
        .insert_header("x-ratelimit-remaining", "0")
        .insert_header("x-ratelimit-reset", (now().timestamp() + 600).to_string().as_str());
    for (template, says) in [
        (
            ResponseTemplate::new(401).set_body_json(json!({"message": "Bad credentials"})),
            "not accepted (401: Bad credentials)",
        ),
        (ResponseTemplate::new(404), "no public repository `Coast/timetable`"),
        (ResponseTemplate::new(451), "legal reasons"),
        (limit, "wait 600s"),
        (ResponseTemplate::new(403).insert_header("retry-after", "90"), "wait 90s"),
        (ResponseTemplate::new(403), "it refuses"),
        (ResponseTemplate::new(200).set_body_string("<html>"), "cannot read"),
        (ResponseTemplate::new(500), "status 500"),
    ] {
        let world = world().await;
        world.answers("1", template).await;
        let source = world.source.clone().with_token(&Secret::new("verysecret"));
        let error =
            source.scan(&world.http, &SourceState::default(), Budget::default(), now()).await.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(!format!("{error:?} {source:?}").contains("verysecret"));
        let requests = world.server.received_requests().await.unwrap();
        assert_eq!(requests[0].headers["authorization"], "Bearer verysecret");
    }
}
