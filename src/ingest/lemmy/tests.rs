//! A server that is played, and odd posts.

use std::sync::Mutex;

use chrono::TimeDelta;
use proptest::prelude::*;
use serde::Deserialize as _;
use serde_json::{Value, json};
use wiremock::matchers::{path, path_regex, query_param};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::view::{CommentView, PostView};
use super::*;
use crate::ingest::scan::{ScanEnd, ScanReport};
use crate::ingest::source::{Lookup, Source};
use crate::ingest::testing::{bent, check, client, now, scan, url};
use crate::model::{IncomingRecord, TombstoneReason};
use crate::store::Store;

fn time(minutes_ago: i64) -> String {
    (now() - TimeDelta::minutes(minutes_ago)).to_rfc3339()
}

fn post(id: i64, minutes_ago: i64) -> Value {
    json!({
        "post": {"id": id, "name": format!("Night train {id}"), "body": "It *runs*", "published": time(minutes_ago),
            "ap_id": format!("https://dune.example/post/{id}"), "deleted": false, "removed": false, "nsfw": false},
        "creator": {"name": "bo", "actor_id": "https://saltpan.example/u/bo"},
        "counts": {"score": 7, "comments": 2},
    })
}

fn comment(id: i64, minutes_ago: i64) -> Value {
    json!({
        "comment": {"id": id, "path": format!("0.{id}"), "content": format!("I > agree {id}"), "published": time(minutes_ago),
            "ap_id": format!("https://dune.example/comment/{id}"), "deleted": false, "removed": false},
        "creator": {"name": "ana", "actor_id": "https://dune.example/u/ana"},
        "post": {"ap_id": "https://saltpan.example/post/3", "nsfw": false, "deleted": false, "removed": false},
        "counts": {"score": 1, "child_count": 0},
    })
}

fn with(mut view: Value, part: &str, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    view[part].as_object_mut().unwrap().extend(changes);
    view
}

fn read_post(view: &Value) -> Result<IncomingRecord, String> {
    let view = PostView::deserialize(view).map_err(|err| err.to_string())?;
    view.into_record("coast@dune.example").map_err(|skipped| skipped.why)
}

fn read_comment(view: &Value) -> Result<IncomingRecord, String> {
    let view = CommentView::deserialize(view).map_err(|err| err.to_string())?;
    let beside = [(12, "https://weir.example/comment/8".to_owned())].into();
    view.into_record("coast@dune.example", &beside).map_err(|skipped| skipped.why)
}

#[test]
fn a_comment_answers_its_post_or_a_comment_that_came_with_it() {
    let at = |path: Value| {
        let comment = with(comment(34, 5), "comment", json!({ "path": path }));
        let comment = with(comment, "post", json!({ "ap_id": "https://saltpan.example/post/7" }));
        read_comment(&comment).map(|record| record.answers)
    };
    let some = |address: &str| Ok(Some(address.to_owned()));
    assert_eq!(at(json!("0.34")), some("https://saltpan.example/post/7"));
    assert_eq!(at(json!("0.12.34")), some("https://weir.example/comment/8"));
    // Number 13 of this server is nobody's address.
    for unknown in ["0.12.13.34", "34", "", "0.x.34", "0..34", "."] {
        assert_eq!(at(json!(unknown)), Ok(None), "{unknown}");
    }
    assert_eq!(at(json!(null)), Ok(None));
    // What is gone answers nothing any more.
    let gone = with(comment(34, 5), "comment", json!({ "path": "0.12.34", "deleted": true }));
    assert_eq!(read_comment(&gone).unwrap().answers, None);
    let bare = with(comment(34, 5), "post", json!({ "ap_id": null }));
    assert_eq!(read_comment(&bare).unwrap().answers, None, "its post has no address");
    assert_eq!(read_post(&post(7, 5)).unwrap().answers, None);
}

/// Plays a community of (id, minutes ago); pinned posts stand first.
#[derive(Default)]
struct Community {
    posts: Mutex<Vec<Value>>,
    comments: Mutex<Vec<Value>>,
}

impl Respond for &'static Community {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let of = |name: &str| request.url.query_pairs().find(|(k, _)| k == name).map(|(_, v)| v.into_owned());
        assert_eq!(of("community_name").as_deref(), Some("Coast"));
        let (list, part) = match request.url.path() {
            "/api/v3/post/list" => (&self.posts, "post"),
            _ => (&self.comments, "comment"),
        };
        let mut all = list.lock().unwrap().clone();
        all.sort_by_key(|view| {
            let pinned = view[part]["featured_community"] == json!(true);
            (pinned, view[part]["published"].as_str().unwrap().to_owned())
        });
        all.reverse();
        if part == "comment" {
            let page = of("page").map_or(1, |page| page.parse::<usize>().unwrap());
            let views: Vec<_> = all.into_iter().skip((page - 1) * 50).take(50).collect();
            return ResponseTemplate::new(200).set_body_json(json!({"comments": views}));
        }
        let start = match of("page_cursor") {
            Some(id) => match all.iter().position(|view| view[part]["id"].as_i64() == id.parse().ok()) {
                Some(at) => at + 1,
                None => {
                    return ResponseTemplate::new(400).set_body_json(json!({"error": "couldnt_find_post"}));
                }
            },
            None => 0,
        };
        let views: Vec<_> = all.into_iter().skip(start).take(50).collect();
        let next = views.last().map(|view| view[part]["id"].to_string());
        ResponseTemplate::new(200).set_body_json(json!({"posts": views, "next_page": next}))
    }
}

struct World {
    store: Store,
    http: PoliteClient,
    source: LemmySource,
    community: &'static Community,
    _server: MockServer,
}

async fn world(posts: Vec<Value>, comments: Vec<Value>) -> World {
    let server = MockServer::start().await;
    let community = Community { posts: Mutex::new(posts), comments: Mutex::new(comments) };
    let community: &'static Community = Box::leak(Box::new(community));
    Mock::given(path_regex("^/api/v3/(post|comment)/list$")).respond_with(community).mount(&server).await;
    let source = LemmySource::new("dune.example", "Coast").at(url(&server, "/"));
    World {
        store: Store::in_memory().await.unwrap(),
        http: client(&server),
        source,
        community,
        _server: server,
    }
}

impl World {
    async fn scan(&self, max_requests: usize, minutes: i64) -> ScanReport {
        let at = now() + TimeDelta::minutes(minutes);
        scan(&self.store, &self.http, &self.source, max_requests, at).await
    }
}

#[tokio::test]
async fn the_first_scan_reads_two_days_of_posts_and_comments_and_later_ones_what_is_new() {
    // Four days of posts, one every half hour, an old one pinned above them; five hours of comments.
    let mut posts: Vec<_> = (0..192).map(|n| post(n, 30 * n)).collect();
    posts.push(with(post(999, 90_000), "post", json!({"featured_community": true})));
    let world = world(posts, (0..150).map(|n| comment(n, 2 * n)).collect()).await;
    let report = world.scan(25, 0).await;
    assert!(matches!(report.end, ScanEnd::CaughtUp), "{:?}", report.end);
    // Pages of 50: two for the first two days. Comments end with an empty page.
    assert_eq!((report.pages, report.tally.new), (6, 250));
    world.community.posts.lock().unwrap().push(post(1_000, -5));
    world.community.comments.lock().unwrap().push(comment(1_000, -6));
    let report = world.scan(25, 10).await;
    assert_eq!((report.tally.new, report.pages), (2, 2));
}

#[tokio::test]
async fn what_interrupts_a_walk_loses_nothing() {
    let world =
        world((0..130).map(|n| post(n, n)).collect(), (0..130).map(|n| comment(n, n)).collect()).await;
    let mut new = 0;
    for scan in 0..20 {
        new += world.scan(1, 6 * scan).await.tally.new;
        if scan < 5 {
            world.community.posts.lock().unwrap().push(post(500 + scan, -6 * scan - 1));
            world.community.comments.lock().unwrap().push(comment(500 + scan, -6 * scan - 1));
        }
    }
    assert_eq!(new, 270);
}

#[tokio::test]
async fn a_page_that_the_server_has_forgotten_starts_the_walk_again() {
    let world = world((0..130).map(|n| post(n, n)).collect(), vec![]).await;
    world.scan(1, 0).await;
    world.community.posts.lock().unwrap().retain(|view| view["post"]["id"] != json!(49));
    let mut new = 50;
    for scan in 1..4 {
        new += world.scan(25, 6 * scan).await.tally.new;
    }
    assert_eq!(new, 130);
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    for (code, body, says) in [
        (
            400,
            r#"{"error":"couldnt_find_community"}"#,
            "knows no community `Coast` (400: couldnt_find_community)",
        ),
        (403, r#"{"error":"instance_is_private"}"#, "members only"),
        (404, "<html>", "does not speak version 3"),
        (400, r#"{"error":"rate_limit_error"}"#, "asks us to wait 60s"),
        (429, "", "asks us to wait 60s"),
        (200, r#"{"error":"something_new"}"#, "it refuses (200: something_new)"),
        (200, "<html>busy</html>", "something we cannot read"),
        (200, "null", "something we cannot read"),
        (200, r#"{"posts": [{"post""#, "something we cannot read"),
        (500, "", "status 500"),
    ] {
        let server = MockServer::start().await;
        Mock::given(path("/api/v3/post/list"))
            .respond_with(ResponseTemplate::new(code).set_body_string(body))
            .mount(&server)
            .await;
        let store = Store::in_memory().await.unwrap();
        let source = LemmySource::new("dune.example", "Coast").at(url(&server, "/"));
        let report = scan(&store, &client(&server), &source, 5, now()).await;
        let ScanEnd::Failed { error, .. } = &report.end else { panic!("{code} {body}: {:?}", report.end) };
        assert!(error.to_string().contains(says), "{code} {body}: {error}");
        assert_eq!(store.source_state(&source.id()).await.unwrap().unwrap().cursor, None);
    }
}

#[test]
fn a_source_has_the_name_that_topic_files_give_it() {
    assert_eq!(LemmySource::new("dune.example", "Coast").id(), "lemmy:dune.example:coast");
}

#[test]
fn a_post_and_a_comment_become_records() {
    let link = json!({"url": "https://ledger.example/a_(b)", "updated": "2031-03-17T18:30:00.123456", "alt_text": "A map"});
    let record = read_post(&with(post(5, 60), "post", link)).unwrap();
    assert_eq!(record.title.as_deref(), Some("Night train 5"));
    assert_eq!(
        record.body,
        "It *runs*\n\n[Picture: A map]\n\n[https://ledger.example/a_%28b%29](https://ledger.example/a_%28b%29)"
    );
    assert_eq!(record.native_id, "https://dune.example/post/5");
    assert_eq!(record.author.as_deref(), Some("@bo@saltpan.example"));
    assert_eq!(record.edited_at, Some("2031-03-17T18:30:00.123456Z".parse().unwrap()));
    assert_eq!((record.engagement.score, record.engagement.replies), (Some(7), Some(2)));
    let told = json!({"url": "https://ledger.example/a", "body": "See https://ledger.example/a"});
    assert_eq!(read_post(&with(post(5, 60), "post", told)).unwrap().body, "See https://ledger.example/a");
    let said = read_comment(&comment(6, 5)).unwrap();
    assert_eq!((said.title.as_deref(), said.body.as_str()), (None, "I > agree 6"));
    assert_eq!(said.native_id, "https://dune.example/comment/6");
}

#[test]
fn what_is_gone_says_who_took_it_and_what_is_not_safe_is_left_out() {
    let deleted = read_post(&with(post(5, 60), "post", json!({"deleted": true, "removed": true}))).unwrap();
    assert_eq!(deleted.deleted, Some(TombstoneReason::Author));
    assert!(deleted.title.is_none() && deleted.body.is_empty() && deleted.author.is_none());
    let removed =
        read_comment(&with(comment(5, 60), "comment", json!({"removed": true, "content": ""}))).unwrap();
    assert_eq!(removed.deleted, Some(TombstoneReason::Moderator));
    assert!(read_post(&with(post(5, 60), "post", json!({"nsfw": true}))).unwrap_err().contains("not safe"));
    assert!(
        read_comment(&with(comment(5, 60), "post", json!({"nsfw": true}))).unwrap_err().contains("not safe")
    );
    assert!(
        read_comment(&with(comment(5, 60), "post", json!({"removed": true}))).unwrap_err().contains("gone")
    );
    for (changes, why) in [
        (json!({"ap_id": "x"}), "no address"),
        (json!({"published": "soon"}), "no time"),
        (json!({"ap_id": null}), "ap_id"),
        (json!({"name": null, "body": null}), "no text"),
    ] {
        let err = read_post(&with(post(5, 60), "post", changes))
            .map_err(|why| why.replace("invalid type: null, expected a string", "ap_id"));
        assert!(err.as_ref().unwrap_err().contains(why), "{err:?}");
    }
    let bare = json!({"post": {"ap_id": "https://dune.example/post/1", "published": "2031-03-17T18:30:00", "name": "x"}});
    assert_eq!(read_post(&bare).unwrap().author, None);
}

#[tokio::test]
async fn a_look_up_tells_what_stands_and_what_is_gone_and_keeps_quiet_about_the_rest() {
    let server = MockServer::start().await;
    let error = |name: &str| json!({"error": name});
    for (kind, id, template) in [
        ("post", "1", ResponseTemplate::new(200).set_body_json(json!({"post_view": post(1, 5)}))),
        ("comment", "2", ResponseTemplate::new(200).set_body_json(json!({"comment_view": comment(2, 5)}))),
        ("post", "3", ResponseTemplate::new(400).set_body_json(error("couldnt_find_post"))),
        ("comment", "4", ResponseTemplate::new(404).set_body_json(error("couldnt_find_comment"))),
        ("post", "5", ResponseTemplate::new(410)),
        ("post", "6", ResponseTemplate::new(400).set_body_json(error("rate_limit_error"))),
        ("post", "7", ResponseTemplate::new(404).set_body_string("<html>")),
        ("post", "8", ResponseTemplate::new(200).set_body_json(json!({"post_view": post(1, 5)}))),
        (
            "post",
            "9",
            ResponseTemplate::new(200)
                .set_body_json(json!({"post_view": with(post(9, 5), "post", json!({"removed": true}))})),
        ),
    ] {
        Mock::given(path(format!("/api/v3/{kind}")))
            .and(query_param("id", id))
            .respond_with(template)
            .mount(&server)
            .await;
    }
    let ids = [
        "post/1",
        "comment/2",
        "post/3",
        "comment/4",
        "post/5",
        "post/6",
        "post/7",
        "post/8",
        "post/9",
        "c/coast",
    ]
    .map(|path| format!("https://dune.example/{path}"));
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let lookup = LemmyLookup::new().at(url(&server, "/"));
    let found = lookup.look_up(&client(&server), &ids, now()).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|r| (r.native_id.strip_prefix("https://dune.example/").unwrap(), r.deleted))
        .collect();
    let missing = Some(TombstoneReason::Missing);
    assert_eq!(
        found,
        [
            ("post/1", None),
            ("comment/2", None),
            ("post/3", missing),
            ("comment/4", missing),
            ("post/5", missing),
            ("post/9", Some(TombstoneReason::Moderator)),
        ]
    );
}

proptest! {
    #[test]
    fn what_a_server_sends_becomes_a_record_or_none(post in bent(post(5, 5)), comment in bent(comment(5, 5))) {
        read_post(&post).iter().for_each(check);
        read_comment(&comment).iter().for_each(check);
    }
}
