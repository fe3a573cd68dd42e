//! A subreddit on a server that plays Reddit: tokens, listings that end, refusals.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::*;
use crate::config::Secret;
use crate::ingest::scan::{ScanEnd, ScanReport};
use crate::ingest::testing::{NOW, at, client, payloads, scan, url};
use crate::ingest::{Budget, HttpError, Lookup, PoliteClient, ScanError, Source};
use crate::model::{Platform, TombstoneReason};
use crate::store::Store;

const SECRET: &str = "tide-and-time";

/// What Reddit knows, and what it is told to do wrong.
struct Reddit {
    posts: Vec<(String, i64)>,
    comments: Vec<(String, i64)>,
    /// How many tokens were given, and which is the oldest that still holds.
    tokens: usize,
    valid_from: usize,
    token_answer: Option<ResponseTemplate>,
    /// Answers to all whose path holds this text.
    faults: Vec<(&'static str, ResponseTemplate)>,
    asked: Vec<String>,
}

#[derive(Clone)]
struct Server(Arc<Mutex<Reddit>>);

impl Respond for Server {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut reddit = self.0.lock().unwrap();
        let path = request.url.path().to_owned();
        let header = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        if path == "/subreddits/search" {
            assert_eq!(header("authorization"), None);
            return ResponseTemplate::new(403);
        }
        assert_eq!(header("user-agent").as_deref(), Some("test:example.newsdesk:v0 (by /u/ana_s)"));
        if path == "/api/v1/access_token" {
            assert_eq!(request.method.as_str(), "POST");
            // `app:tide-and-time`
            assert_eq!(header("authorization").as_deref(), Some("Basic YXBwOnRpZGUtYW5kLXRpbWU="));
            assert_eq!(request.body, b"grant_type=client_credentials");
            reddit.tokens += 1;
            let token = format!("token{}", reddit.tokens);
            let answer =
                json!({"access_token": token, "token_type": "bearer", "expires_in": 3_600, "scope": "*"});
            return reddit
                .token_answer
                .clone()
                .unwrap_or_else(|| ResponseTemplate::new(200).set_body_json(answer));
        }
        reddit.asked.push(request.url.to_string());
        let n: usize =
            header("authorization").unwrap().strip_prefix("bearer token").unwrap().parse().unwrap();
        if n < reddit.valid_from {
            return ResponseTemplate::new(401)
                .set_body_json(json!({"message": "Unauthorized", "error": 401}));
        }
        if let Some((_, answer)) = reddit.faults.iter().find(|(part, _)| path.contains(part)) {
            return answer.clone();
        }
        let field =
            |name: &str| request.url.query_pairs().find(|(k, _)| k == name).map(|(_, v)| v.into_owned());
        assert_eq!(field("raw_json").as_deref(), Some("1"));
        assert_eq!(field("before"), None);
        let (list, is_post) =
            if path.ends_with("/comments") { (&reddit.comments, false) } else { (&reddit.posts, true) };
        let mut list: Vec<_> = list.iter().collect();
        list.sort_by_key(|(_, at)| -at);
        list.truncate(1_000);
        let from = match field("after") {
            Some(after) => {
                list.iter().position(|(id, _)| after.ends_with(id)).map_or(list.len(), |at| at + 1)
            }
            None => 0,
        };
        let page: Vec<_> = list.iter().skip(from).take(100).copied().collect();
        let more = list.len() > from + page.len();
        let kind = if is_post { "t3" } else { "t1" };
        let after = page.last().filter(|_| more).map(|(id, _)| format!("{kind}_{id}"));
        let children =
            page.iter().map(|(id, at)| if is_post { post(id, *at) } else { comment(id, *at) }).collect();
        ResponseTemplate::new(200).set_body_json(listing(children, after))
    }
}

fn listing(children: Vec<Value>, after: Option<String>) -> Value {
    let (children, after) = (Value::from(children), Value::from(after));
    json!({"kind": "Listing", "data": {"children": children, "after": after, "before": null, "dist": 1, "modhash": null}})
}

fn post(id: &str, at: i64) -> Value {
    json!({"kind": "t3", "data": {"name": format!("t3_{id}"), "author": "ana_s", "subreddit": "NightTrains", "title": format!("Train {id}"),
        "selftext": "", "is_self": true, "created_utc": at, "permalink": format!("/r/NightTrains/comments/{id}/train/")}})
}

fn comment(id: &str, at: i64) -> Value {
    json!({"kind": "t1", "data": {"name": format!("t1_{id}"), "author": "bo", "subreddit": "NightTrains", "body": format!("Seen {id}"),
        "created_utc": at, "link_id": "t3_p0", "permalink": format!("/r/NightTrains/comments/p0/train/{id}/")}})
}

struct World {
    store: Store,
    http: PoliteClient,
    access: Arc<RedditAccess>,
    source: RedditSource,
    reddit: Arc<Mutex<Reddit>>,
    _server: MockServer,
}

/// `n` things, ten seconds apart, the newest just now.
fn things(prefix: &str, n: i64) -> Vec<(String, i64)> {
    (0..n).map(|n| (format!("{prefix}{n}"), NOW - 10 * n)).collect()
}

async fn world(n_posts: i64, n_comments: i64) -> World {
    let server = MockServer::start().await;
    let reddit = Arc::new(Mutex::new(Reddit {
        posts: things("p", n_posts),
        comments: things("c", n_comments),
        tokens: 0,
        valid_from: 0,
        token_answer: None,
        faults: Vec::new(),
        asked: Vec::new(),
    }));
    Mock::given(wiremock::matchers::any()).respond_with(Server(reddit.clone())).mount(&server).await;
    let http = client(&server);
    let name = "test:example.newsdesk:v0 (by /u/ana_s)";
    let access = RedditAccess::new("app".to_owned(), Secret::new(SECRET), name.to_owned());
    let access = Arc::new(access.at(url(&server, "/")));
    let source = RedditSource::new("NightTrains", None, access.clone());
    World { store: Store::in_memory().await.unwrap(), http, access, source, reddit, _server: server }
}

impl World {
    async fn scan(&self, max_requests: usize, now: i64) -> ScanReport {
        scan(&self.store, &self.http, &self.source, max_requests, at(now)).await
    }

    async fn cursor(&self) -> Option<String> {
        self.store.source_state(&self.source.id()).await.unwrap().unwrap().cursor
    }

    fn reddit(&self) -> std::sync::MutexGuard<'_, Reddit> {
        self.reddit.lock().unwrap()
    }
}

#[tokio::test]
async fn posts_and_comments_are_read_with_one_token() {
    let world = world(3, 2).await;
    assert_eq!((world.source.id().as_str(), world.source.kind()), ("reddit:nighttrains:", "reddit"));
    let report = world.scan(5, NOW).await;
    assert!(matches!(report.end, ScanEnd::CaughtUp), "{:?}", report.end);
    assert_eq!((report.tally.new, report.pages), (5, 2));
    world.reddit().posts.push(("p9".to_owned(), NOW + 500));
    let report = world.scan(5, NOW + 600).await;
    assert_eq!((report.tally.new, report.tally.unchanged), (1, 5));
    assert_eq!(world.reddit().tokens, 1);
    let state = world.store.source_state(&world.source.id()).await.unwrap().unwrap();
    assert_eq!(state.next_at, Some(at(NOW + 600 + 240)));
}

#[tokio::test]
async fn a_token_is_renewed_in_time_and_once_when_it_is_refused() {
    let world = world(1, 0).await;
    world.scan(5, NOW).await;
    world.scan(5, NOW + 2_879).await;
    assert_eq!(world.reddit().tokens, 1);
    world.scan(5, NOW + 2_880 + 300).await;
    assert_eq!(world.reddit().tokens, 2, "at four fifths of its life");
    world.reddit().valid_from = 3;
    let report = world.scan(5, NOW + 4_000).await;
    assert!(matches!(report.end, ScanEnd::CaughtUp), "{:?}", report.end);
    assert_eq!(world.reddit().tokens, 3);
    world.reddit().valid_from = 99;
    let report = world.scan(5, NOW + 5_000).await;
    assert_eq!(world.reddit().tokens, 4, "no more than once");
    let ScanEnd::Failed { error: error @ ScanError::Refused { .. }, .. } = report.end else {
        panic!("{:?}", report.end)
    };
    assert!(error.to_string().contains("r/NightTrains cannot be read"), "{error}");
}

#[tokio::test]
async fn wrong_credentials_are_named_and_never_shown() {
    let world = world(1, 0).await;
    for (answer, told) in [
        (ResponseTemplate::new(401).set_body_string("Unauthorized"), "`client_secret`"),
        (ResponseTemplate::new(403).set_body_string("<html>blocked</html>"), "`client_secret`"),
        (
            ResponseTemplate::new(200).set_body_json(json!({"error": "unsupported_grant_type"})),
            "unsupported_grant_type",
        ),
        (ResponseTemplate::new(200).set_body_json(json!({"error": 401, "message": "Unauthorized"})), "401"),
        (
            ResponseTemplate::new(200).set_body_json(json!({"access_token": ""})),
            "neither a token nor a reason",
        ),
        (ResponseTemplate::new(200).set_body_string("<html>hello</html>"), "neither a token nor a reason"),
        (
            ResponseTemplate::new(200).set_body_string("{\"access_token\": \"half"),
            "neither a token nor a reason",
        ),
        (ResponseTemplate::new(400), "status 400"),
        (ResponseTemplate::new(500), "status 500"),
    ] {
        world.reddit().token_answer = Some(answer);
        let (lookup, ids) = (RedditLookup::new(world.access.clone()), ["t3_p0"]);
        let error = lookup.look_up(&world.http, &ids, at(NOW)).await.unwrap_err();
        let shown = format!("{error} {error:?} {:?}", world.access);
        assert!(shown.contains(told), "{shown}");
        assert!(!shown.contains(SECRET) && !shown.contains("half") && !shown.contains("YXBw"), "{shown}");
        assert!(error.retry_in().is_some());
    }
    assert!(world.reddit().asked.is_empty());
}

#[tokio::test]
async fn a_long_walk_that_is_interrupted_loses_nothing() {
    let world = world(350, 250).await;
    let mut new = 0;
    let mut scans = 0;
    loop {
        let report = world.scan(2, NOW + scans * 300).await;
        new += report.tally.new;
        scans += 1;
        // Something new each time.
        world.reddit().posts.push((format!("q{scans}"), NOW + scans * 300));
        assert!(scans < 20, "the walk ends");
        match report.end {
            ScanEnd::CaughtUp => break,
            ScanEnd::BudgetUsed => {}
            ScanEnd::NotDue { .. } | ScanEnd::Failed { .. } => panic!("{:?}", report.end),
        }
    }
    // Four pages of posts; then each scan begins with one page of posts and goes on with one of comments.
    assert_eq!((scans, new), (5, 350 + 250 + 4));
    assert_eq!(world.scan(9, NOW + 3_600).await.tally.new, 1);
    let cursor: Value = serde_json::from_str(&world.cursor().await.unwrap()).unwrap();
    assert_eq!(cursor["posts"]["done"], json!(NOW + 1_500));
    assert_eq!(cursor["comments"]["done"], json!(NOW));
}

#[tokio::test]
async fn a_walk_whose_anchor_is_deleted_begins_again() {
    let world = world(250, 0).await;
    world.scan(1, NOW).await;
    world.reddit().posts.retain(|(id, _)| id != "p99");
    let report = world.scan(9, NOW + 60).await;
    assert!(matches!(report.end, ScanEnd::CaughtUp));
    assert_eq!(report.tally.new, 150);
}

#[tokio::test]
async fn what_a_listing_no_longer_reaches_is_told_as_a_gap() {
    let world = world(100, 0).await;
    world.scan(9, NOW).await;
    let later = NOW + 100_000;
    world.reddit().posts.extend((0..1_500).map(|n| (format!("n{n}"), later - 10 * n)));
    let mut state = world.store.source_state(&world.source.id()).await.unwrap().unwrap();
    let mut gaps = Vec::new();
    for _ in 0..11 {
        let page = world.source.scan(&world.http, &state, Budget::default(), at(later)).await.unwrap();
        gaps.extend(page.gap);
        state.cursor = page.next.cursor;
        if !page.more {
            break;
        }
    }
    let [gap] = gaps.as_slice() else { panic!("{gaps:?}") };
    assert_eq!((gap.from, gap.until), (at(NOW), at(later - 9_990)));
}

#[tokio::test]
async fn a_search_asks_for_posts_alone() {
    let mut world = world(2, 2).await;
    world.source = RedditSource::new("NightTrains", Some("sleeper & berth".to_owned()), world.access.clone());
    assert_eq!(world.source.id(), "reddit:nighttrains:sleeper & berth");
    let report = world.scan(5, NOW).await;
    assert_eq!((report.tally.new, report.pages), (2, 1));
    let asked = world.reddit().asked.clone();
    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    for part in [
        "/r/NightTrains/search?",
        "q=sleeper+%26+berth",
        "restrict_sr=1",
        "sort=new",
        "t=week",
        "type=link",
        "limit=100",
    ] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
}

#[tokio::test]
async fn comments_that_fail_do_not_hold_up_the_posts() {
    let world = world(2, 2).await;
    world.reddit().faults.push(("/comments", ResponseTemplate::new(500)));
    for n in 0..3 {
        let report = world.scan(5, NOW + n * 40_000).await;
        assert!(matches!(report.end, ScanEnd::Failed { .. }));
        world.reddit().posts.push((format!("x{n}"), NOW + n * 40_000 + 1));
    }
    assert_eq!(world.store.source_state(&world.source.id()).await.unwrap().unwrap().records, 4);
}

#[tokio::test]
async fn refusals_are_told_apart_and_keep_the_cursor() {
    let json = |status: u16, body: Value| ResponseTemplate::new(status).set_body_json(body);
    let text = |status: u16, body: &str| ResponseTemplate::new(status).set_body_string(body);
    let found = ResponseTemplate::new(302).insert_header("location", "/subreddits/search?q=nighttrains");
    for (answer, refused, told) in [
        (
            json(403, json!({"reason": "private", "message": "Forbidden", "error": 403})),
            true,
            "it is private",
        ),
        (json(403, json!({"reason": "quarantined", "error": 403})), true, "quarantined"),
        (json(404, json!({"reason": "banned", "error": 404})), true, "banned"),
        (json(403, json!({"reason": "gold_only"})), true, "paying"),
        (json(403, json!({"message": "Forbidden", "error": 403})), true, "forbids"),
        (text(403, "<html>blocked by network security</html>"), true, "forbids"),
        (json(404, json!({"message": "Not Found", "error": 404})), true, "none of this name"),
        (found, true, "knows none of this name"),
        (json(200, json!({"reason": "private", "error": 403})), true, "it is private"),
        (text(400, "Bad Request"), false, "status 400"),
        (text(400, "<html><body><h1>400 Bad request</h1></body></html>"), false, "status 400"),
        (json(500, json!({"message": "Internal Server Error", "error": 500})), false, "status 500"),
        (text(503, ""), false, "status 503"),
        (text(429, ""), false, "asks us to wait 60s"),
        (text(429, "").insert_header("retry-after", "7"), false, "asks us to wait 7s"),
        (text(200, "<html>hello</html>"), false, "cannot read"),
        (text(200, ""), false, "cannot read"),
        (text(200, "null"), false, "cannot read"),
        (text(200, "{\"kind\": \"Listing\", \"data\": {\"chil"), false, "cannot read"),
        (json(200, json!({"json": {"errors": []}})), false, "no listing"),
    ] {
        let world = world(1, 0).await;
        world.scan(5, NOW).await;
        let before = world.cursor().await;
        world.reddit().faults.push(("/new", answer));
        let report = world.scan(5, NOW + 600).await;
        let ScanEnd::Failed { error, .. } = report.end else { panic!("{told}: {:?}", report.end) };
        assert!(error.to_string().contains(told), "{told}: {error}");
        assert_eq!(matches!(error, ScanError::Refused { .. }), refused, "{told}: {error:?}");
        assert_eq!(world.cursor().await, before, "{told}");
    }
}

#[tokio::test]
async fn records_are_looked_up_by_name() {
    let world = world(0, 0).await;
    let edited = json!({"kind": "t3", "data": {"name": "t3_a", "author": "ana_s", "subreddit": "NightTrains", "title": "Train a", "selftext": "edit: it is late",
        "created_utc": NOW, "edited": NOW + 60, "permalink": "/r/NightTrains/comments/a/train/"}});
    let mut removed = comment("b", NOW);
    removed["data"]["body"] = json!("[removed]");
    // It is there, but not in a shape that we know.
    let odd = json!({"kind": "t3", "data": {"name": "t3_d", "title": 7}});
    let uninvited = post("zz", NOW);
    let answer = listing(vec![edited, removed, odd, uninvited], None);
    world.reddit().faults.push(("/api/info", ResponseTemplate::new(200).set_body_json(answer)));
    let lookup = RedditLookup::new(world.access.clone());
    assert_eq!((lookup.platform(), lookup.batch()), (Platform::Reddit, 100));
    let ids = ["t3_a", "t1_b", "t3_c", "t3_d", "t2_x", "t3_A,t3_e", "nonsense"];
    let found = lookup.look_up(&world.http, &ids, at(NOW)).await.unwrap();
    let found: Vec<_> = found.iter().map(|record| (record.native_id.as_str(), record.deleted)).collect();
    assert_eq!(
        found,
        [
            ("t3_a", None),
            ("t1_b", Some(TombstoneReason::Moderator)),
            ("t3_c", Some(TombstoneReason::Missing))
        ]
    );
    let asked = world.reddit().asked.clone();
    assert!(asked[0].contains("id=t3_a%2Ct1_b%2Ct3_c%2Ct3_d&"), "{asked:?}");

    // Something without a name may be any of those that seem to be missing.
    world.reddit().faults[0].1 = ResponseTemplate::new(200).set_body_json(listing(vec![json!({})], None));
    assert_eq!(lookup.look_up(&world.http, &["t3_a"], at(NOW)).await.unwrap(), []);
    world.reddit().faults[0].1 = ResponseTemplate::new(503);
    let error = lookup.look_up(&world.http, &["t3_a"], at(NOW)).await.unwrap_err();
    assert!(matches!(error, ScanError::Http(HttpError::Status { status: 503, .. })), "{error:?}");
    assert_eq!(lookup.look_up(&world.http, &["nonsense"], at(NOW)).await.unwrap(), []);
}

#[tokio::test]
async fn recorded_refusals_are_refusals() {
    let Some(folder) = payloads("reddit") else { return };
    for (file, status) in [
        ("error_400_html_body.html", 400),
        ("error_400_plain_body.txt", 400),
        ("error_400_user_missing.json", 400),
        ("error_401_invalid_token.json", 401),
        ("error_403_2025.json", 403),
        ("error_403_quarantined_2016.json", 403),
        ("error_404.json", 404),
        ("error_500.json", 500),
    ] {
        let body = std::fs::read(folder.join(file)).unwrap();
        let world = world(1, 0).await;
        world.reddit().faults.push(("/new", ResponseTemplate::new(status).set_body_bytes(body)));
        let report = world.scan(5, NOW).await;
        let ScanEnd::Failed { error, .. } = report.end else { panic!("{file}: {:?}", report.end) };
        let refused = matches!(error, ScanError::Refused { .. });
        assert_eq!(refused, matches!(status, 401 | 403 | 404), "{file}: {error}");
    }
}
