//! Discussions as a server that is played gives them.

use proptest::prelude::*;
use serde_json::json;
use wiremock::matchers::{body_partial_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::ingest::scan::{ScanEnd, ScanReport};
use crate::ingest::testing::{bent, check, client, now, scan, url};
use crate::store::Store;

fn node(n: i64, minutes_ago: i64) -> Value {
    let changed = now() - TimeDelta::minutes(minutes_ago);
    json!({
        "url": format!("https://github.com/Coast/timetable/discussions/{n}"), "title": format!("Which train is number {n}?"),
        "bodyHTML": "<p>It has <em>two</em> whistles.</p>", "createdAt": changed - TimeDelta::hours(1), "updatedAt": changed,
        "lastEditedAt": null, "author": { "login": "ana" }, "category": { "name": "Q&A" }, "upvoteCount": 3,
        "comments": { "totalCount": 2 },
    })
}

fn answer(nodes: &[Value], end: Option<&str>) -> ResponseTemplate {
    let info = json!({ "hasNextPage": end.is_some(), "endCursor": end });
    let list = json!({ "pageInfo": info, "nodes": nodes });
    ResponseTemplate::new(200).set_body_json(json!({ "data": { "repository": { "discussions": list } } }))
}

struct World {
    store: Store,
    http: PoliteClient,
    source: GitHubDiscussions,
    server: MockServer,
}

async fn world() -> World {
    let server = MockServer::start().await;
    let http = client(&server);
    let source = GitHubDiscussions::new("Coast", "timetable", &Secret::new("ghp_quay")).at(url(&server, "/"));
    World { store: Store::in_memory().await.unwrap(), http, source, server }
}

impl World {
    async fn answers(&self, after: Option<&str>, template: ResponseTemplate) {
        let variables = json!({ "owner": "Coast", "name": "timetable", "after": after });
        Mock::given(method("POST"))
            .and(path("/graphql"))
            .and(header("authorization", "Bearer ghp_quay"))
            .and(body_partial_json(json!({ "variables": variables })))
            .respond_with(template)
            .up_to_n_times(1)
            .mount(&self.server)
            .await;
    }

    async fn scan(&self, max_requests: usize, hours: i64) -> ScanReport {
        let at = now() + TimeDelta::hours(hours);
        scan(&self.store, &self.http, &self.source, max_requests, at).await
    }
}

#[tokio::test]
async fn discussions_are_walked_down_to_what_is_known() {
    let world = world().await;
    world.answers(None, answer(&[node(9, 10), node(8, 30)], Some("c1"))).await;
    let report = world.scan(1, 0).await;
    assert!(matches!(report.end, ScanEnd::BudgetUsed), "{:?}", report.end);
    // What is interrupted goes on where it stopped, and a week is enough.
    world.answers(Some("c1"), answer(&[node(7, 60), node(6, 60 * 24 * 8)], Some("c2"))).await;
    let report = world.scan(5, 0).await;
    assert_eq!((report.tally.new, report.pages), (2, 1));
    assert!(matches!(report.end, ScanEnd::CaughtUp), "{:?}", report.end);

    let url = "https://github.com/Coast/timetable/discussions/9";
    let record = world.store.record_by_url(url).await.unwrap().unwrap();
    assert_eq!((record.class, record.venue.as_str()), (SourceClass::Forum, "Coast/timetable"));
    assert_eq!((record.author.as_deref(), &record.tags[..]), (Some("ana"), &["Q&A".to_owned()][..]));
    assert_eq!((record.engagement.score, record.engagement.replies), (Some(3), Some(2)));

    // An old one that somebody edited comes to the top.
    let mut edited = node(7, -30);
    edited["bodyHTML"] = json!("<p>It has three whistles.</p>");
    edited["createdAt"] = json!(now() - TimeDelta::minutes(120));
    world.answers(None, answer(&[edited, node(9, 10), node(6, 60 * 24 * 8)], Some("c9"))).await;
    let report = world.scan(5, 1).await;
    assert_eq!((report.tally.revised, report.tally.new, report.pages), (1, 0, 1));
}

#[tokio::test]
async fn refusals_say_what_to_do_and_show_no_token() {
    let error = |kind: &str, message: &str| {
        ResponseTemplate::new(200).set_body_json(json!({
            "data": { "repository": null }, "errors": [{ "type": kind, "message": message }],
        }))
    };
    for (template, said) in [
        (
            error("NOT_FOUND", "Could not resolve to a Repository"),
            "there is no public repository `Coast/timetable`",
        ),
        (error("RATE_LIMITED", "API rate limit exceeded"), "asks us to wait"),
        (error("RATE_LIMIT", "API rate limit already exceeded"), "asks us to wait"),
        (error("FORBIDDEN", "Resource not accessible"), "refuses the discussions"),
        (
            ResponseTemplate::new(401).set_body_json(json!({ "message": "Bad credentials" })),
            "the token is not accepted",
        ),
        (ResponseTemplate::new(200).set_body_string("<html>busy</html>"), "api.github.com"),
        (ResponseTemplate::new(200).set_body_json(json!({ "data": null })), "no discussions in it"),
        (ResponseTemplate::new(500), "500"),
    ] {
        let world = world().await;
        world.answers(None, template).await;
        let report = world.scan(3, 0).await;
        let ScanEnd::Failed { error, .. } = report.end else { panic!("{said}: {:?}", report.end) };
        assert!(error.to_string().contains(said), "{error}");
        assert!(
            !error.to_string().contains("ghp_quay") && !format!("{:?}", world.source).contains("ghp_quay")
        );
        let state = world.store.source_state(&world.source.id()).await.unwrap().unwrap();
        assert_eq!(state.cursor, None, "nothing is taken for read");
    }
}

#[tokio::test]
async fn an_error_beside_a_list_is_one_of_a_thing_in_it() {
    let world = world().await;
    let list = json!({ "pageInfo": {}, "nodes": [node(1, 1), null] });
    let body = json!({
        "data": { "repository": { "discussions": list } },
        "errors": [{ "type": "NOT_FOUND", "path": ["repository", "discussions", "nodes", 1], "message": "Could not resolve" }],
    });
    world.answers(None, ResponseTemplate::new(200).set_body_json(body)).await;
    let report = world.scan(3, 0).await;
    assert_eq!((report.tally.new, report.skipped.len()), (1, 1), "{:?}", report.end);
}

#[tokio::test]
async fn odd_ones_cost_only_themselves() {
    let world = world().await;
    let mut odd = [node(1, 1), node(2, 2), node(3, 3), node(4, 4), json!(null)];
    odd[0]["author"] = Value::Null;
    odd[1]["url"] = json!("javascript:alert(1)");
    odd[2]["createdAt"] = json!("yesterday");
    odd[3]["bodyHTML"] = json!("x".repeat(300_000));
    world.answers(None, answer(&odd, None)).await;
    let report = world.scan(3, 0).await;
    assert_eq!((report.tally.new, report.skipped.len()), (2, 3), "{:?}", report.skipped);
}

proptest! {
    #[test]
    fn a_bent_discussion_is_read_or_skipped(said in bent(node(7, 10))) {
        if let Ok(said) = Discussion::deserialize(&said)
            && let Ok(record) = said.into_record("Coast/timetable")
        {
            check(&record);
        }
    }
}
