//! Scanning live sources: local servers play them, everything behind them is real.

use chrono::TimeDelta;
use newsdesk::ingest::{HackerNewsSource, ScanEnd};
use newsdesk::model::Clock as _;
use newsdesk::store::Tally;
use serde_json::json;
use url::Url;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::corpus::{self, FERRIES};
use crate::support::{Cli, Desk, at};

/// Settings under which sources on `server` may be read, without waiting between requests.
fn settings(server: &MockServer) -> String {
    format!("[http]\nallow_private_addresses = [\"{}\"]\nper_host_pace = \"0s\"\n", server.address())
}

/// The ferries with feeds on `server`.
fn topic(server: &MockServer, feeds: &[&str]) -> String {
    let mut text = FERRIES.1.to_owned();
    for feed in feeds {
        text.push_str(&format!(
            "\n[[sources]]\nkind = \"feed\"\nurl = \"{}/{feed}\"\nname = \"The Sound Post\"\n",
            server.uri()
        ));
    }
    text
}

/// An RSS feed of (number, date, title, text).
fn rss(items: &[(u32, &str, &str, &str)]) -> String {
    let items = items
        .iter()
        .map(|(n, date, title, text)| {
            format!(
                "<item><guid>https://soundpost.example/{n}</guid><link>https://soundpost.example/{n}</link>\
                 <title>{title}</title><description>{text}</description><pubDate>{date}</pubDate></item>"
            )
        })
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>The Sound Post</title>{items}</channel></rss>"
    )
}

const ITEMS: [(u32, &str, &str, &str); 2] = [
    (
        1,
        "Mon, 24 Mar 2025 08:40:00 GMT",
        "Linden Line to close Orrin ferry landing on 4 May",
        "The piles under the landing are rotten, Linden Line said on Monday. The ferry will call at Pellow Quay.",
    ),
    (
        2,
        "Mon, 24 Mar 2025 11:20:00 GMT",
        "Orrin loses its ferry landing after 80 years",
        "The last ferry will call at the Orrin landing on 3 May.",
    ),
];

fn answer(items: &[(u32, &str, &str, &str)]) -> ResponseTemplate {
    ResponseTemplate::new(200).insert_header("etag", "\"v1\"").set_body_raw(rss(items), "application/rss+xml")
}

async fn plays(server: &MockServer, at: &str, answer: ResponseTemplate) {
    Mock::given(method("GET")).and(path(format!("/{at}"))).respond_with(answer).mount(server).await;
}

fn new(n: u64) -> Tally {
    Tally { new: n, ..Tally::default() }
}

#[tokio::test]
async fn what_a_feed_and_hacker_news_say_is_stored_once() {
    let server = MockServer::start().await;
    // Whoever comes back with the validator is told that nothing changed.
    Mock::given(method("GET"))
        .and(path("/feed.xml"))
        .and(header("if-none-match", "\"v1\""))
        .respond_with(ResponseTemplate::new(304))
        .mount(&server)
        .await;
    plays(&server, "feed.xml", answer(&ITEMS)).await;
    let hits = json!({ "hitsPerPage": 200, "hits": [
        { "objectID": "71", "created_at_i": 1_742_811_000, "title": "The ferry that will not stop", "author": "ana", "points": 7, "num_comments": 2, "_tags": ["story", "author_ana", "story_71"] },
        { "objectID": "72", "created_at_i": 1_742_812_000, "comment_text": "<p>I &quot;like&quot; the <i>ferry</i>.", "author": "bo", "_tags": ["comment"] },
        { "objectID": "not a number", "created_at_i": 1_742_812_000, "title": "broken" },
    ] });
    plays(&server, "hn/search_by_date", ResponseTemplate::new(200).set_body_json(hits)).await;

    let topic = topic(&server, &["feed.xml"]);
    let mut desk = Desk::open(&settings(&server), &[("topics/ferries.toml", &topic)]).await;
    let base: Url = format!("{}/hn/", server.uri()).parse().unwrap();
    desk.reads("ferries", HackerNewsSource::new("ferry", Vec::new()).at(base));
    desk.clock.set(at("2025-03-24 12:00"));

    let first = desk.scan().await;
    let [feed] = &first.report.scans[..] else { panic!("{:?}", first.report.scans) };
    assert!(matches!(feed.end, ScanEnd::CaughtUp), "{:?}", feed.end);
    assert_eq!((feed.tally, first.more[0].tally), (new(2), new(2)));
    assert_eq!(first.more[0].skipped.len(), 1, "{:?}", first.more[0].skipped);
    assert_eq!(first.report.written.analysed, 4);
    let article = desk.store.record_by_url("https://soundpost.example/1").await.unwrap().unwrap();
    assert_eq!((article.published_at, article.seen_at), (at("2025-03-24 08:40"), at("2025-03-24 12:00")));
    let comment = desk.store.record_by_url("https://news.ycombinator.com/item?id=72").await.unwrap().unwrap();
    let stored = desk.store.stored_by_id(&[comment.id]).await.unwrap();
    assert_eq!(stored[0].text.text, "I \"like\" the ferry.");

    // Too early for the feed; a while later it says that nothing changed. The search repeats itself.
    let early = desk.scan().await;
    assert!(matches!(early.report.scans[0].end, ScanEnd::NotDue { .. }));
    desk.clock.set(desk.clock.now() + TimeDelta::minutes(20));
    let second = desk.scan().await;
    assert!(matches!(second.report.scans[0].end, ScanEnd::CaughtUp), "{:?}", second.report.scans[0].end);
    assert_eq!(second.report.scans[0].tally, Tally::default());
    assert_eq!(second.more[0].tally, Tally { unchanged: 2, ..Tally::default() });
    assert_eq!(
        (second.report.written.analysed, desk.store.record_totals().await.unwrap()),
        (0, [4, 0, 0, 0])
    );
    let asked = server.received_requests().await.unwrap();
    let feeds: Vec<_> = asked.iter().filter(|request| request.url.path() == "/feed.xml").collect();
    assert_eq!(feeds.len(), 2);
    assert_eq!(feeds[1].headers.get("if-none-match").unwrap(), "\"v1\"");
    let agent = feeds[0].headers.get("user-agent").unwrap().to_str().unwrap();
    assert!(agent.starts_with("newsdesk/"), "{agent}");
}

#[tokio::test]
async fn a_second_scan_writes_no_second_version_and_delivers_nothing_again() {
    let server = MockServer::start().await;
    plays(&server, "feed.xml", answer(&ITEMS)).await;
    let topic = topic(&server, &["feed.xml"]);
    let desk = Desk::open(&settings(&server), &[("topics/ferries.toml", &topic)]).await;
    let members: Vec<_> = corpus::records()
        .into_iter()
        .filter(|post| post.0.title.is_none() || post.0.author.as_deref() != Some("Hanne Quill"))
        .collect();
    desk.hears(&members).await;
    desk.analyze().await;

    desk.clock.set(at("2025-03-24 14:30"));
    let first = desk.scan().await.report;
    let told = first.written.tick.stories.len();
    assert!(told > 0, "{:?}", desk.decisions("ferries").await);
    assert_eq!(first.scans[0].tally, new(2));
    assert_eq!((first.delivered.posted, first.delivered.held.len()), (3 * told, 0));
    let (code, version) = first.written.tick.stories[0].clone();
    assert_eq!(version, 1);
    let preview = desk.config.preview_dir.join("ferries").join(format!("{code}-v1"));
    let files = |folder: &std::path::Path| {
        let mut all: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                (path.clone(), std::fs::read(&path).unwrap(), path.metadata().unwrap().modified().unwrap())
            })
            .collect();
        all.sort();
        all
    };
    let posted = files(&preview);
    assert_eq!(posted.len(), 4, "{posted:?}");

    for _ in 0..3 {
        desk.clock.set(desk.clock.now() + TimeDelta::minutes(20));
        let again = desk.scan().await.report;
        assert_eq!((again.written.tick.stories.len(), again.delivered.posted), (0, 0));
    }
    assert_eq!(desk.deliver().await, 0);
    assert_eq!(desk.store.story_totals().await.unwrap(), (told as u64, told as u64));
    assert_eq!(desk.store.delivery_totals().await.unwrap(), [("done".to_owned(), told as u64)]);
    assert_eq!(files(&preview), posted, "no file was touched");
    let why = serde_json::to_string(&desk.why("ferries").await).unwrap();
    assert!(why.contains(code.as_str()), "{why}");
}

#[tokio::test]
async fn a_source_that_fails_does_not_stop_its_neighbour() {
    let server = MockServer::start().await;
    plays(&server, "broken.xml", ResponseTemplate::new(500)).await;
    plays(
        &server,
        "page.html",
        ResponseTemplate::new(200).set_body_raw("<!doctype html><p>Hello", "text/html"),
    )
    .await;
    plays(&server, "feed.xml", answer(&ITEMS)).await;
    let topic = topic(&server, &["broken.xml", "page.html", "gone.xml", "feed.xml"]);
    let desk = Desk::open(&settings(&server), &[("topics/ferries.toml", &topic)]).await;
    desk.clock.set(at("2025-03-24 12:00"));
    let report = desk.scan().await.report;
    let ends: Vec<bool> =
        report.scans.iter().map(|scan| matches!(scan.end, ScanEnd::Failed { .. })).collect();
    assert_eq!(ends, [true, true, true, false]);
    assert_eq!((report.scans[3].tally, report.written.analysed), (new(2), 2));
    let states = desk.store.source_states().await.unwrap();
    let failed =
        states.iter().filter(|state| state.last_error.is_some() && state.next_at > Some(desk.clock.now()));
    assert_eq!((states.len(), failed.count()), (4, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_asks_every_source_once_and_stores_nothing() {
    let server = MockServer::start().await;
    plays(&server, "feed.xml", answer(&ITEMS)).await;
    plays(&server, "closed.xml", ResponseTemplate::new(403)).await;
    let text = format!(
        "{}\n[[sources]]\nkind = \"reddit\"\nsubreddit = \"ferries\"\n",
        topic(&server, &["feed.xml", "closed.xml"])
    );
    let settings = format!("{}[topics]\nbuiltin = false\n", settings(&server));
    let ran = tokio::task::spawn_blocking(move || {
        let cli = Cli::new();
        cli.write("config/newsdesk.toml", settings);
        cli.write("config/topics/ferries.toml", text);
        let sick = cli.run(&["doctor"]).ends(1);
        (sick, cli.run(&["status", "--json"]).ends(0).json())
    });
    let (sick, status) = ran.await.unwrap();
    assert!(sick.out.contains("FAIL feed sources: 1 of 2 did not answer:"), "{}", sick.out);
    assert!(sick.out.contains("closed.xml answered with status 403"), "{}", sick.out);
    assert!(sick.out.contains("look at the credentials"), "{}", sick.out);
    assert!(
        sick.out.contains("FAIL source: r/ferries (ferries) is not read: Reddit wants credentials"),
        "{}",
        sick.out
    );
    assert_eq!((&status["records"], &status["sources"]), (&json!(0), &json!([])));
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn private_addresses_are_asked_only_if_the_configuration_says_so() {
    let server = MockServer::start().await;
    plays(&server, "feed.xml", answer(&ITEMS)).await;
    let topic = topic(&server, &["feed.xml"]);
    let desk = Desk::open("", &[("topics/ferries.toml", &topic)]).await;
    let report = desk.scan().await.report;
    let ScanEnd::Failed { error, .. } = &report.scans[0].end else { panic!("{:?}", report.scans) };
    let said = error.to_string();
    assert!(said.contains("is not a public address"), "{said}");
    assert!(said.contains("`allow_private_addresses`"), "the setting is called by its name: {said}");
    assert!(server.received_requests().await.unwrap().is_empty());
    assert_eq!(desk.store.record_totals().await.unwrap()[0], 0);
}

#[tokio::test]
async fn the_command_tells_of_each_source_and_fails_only_if_all_do() {
    let server = MockServer::start().await;
    plays(&server, "broken.xml", ResponseTemplate::new(404)).await;
    plays(&server, "feed.xml", answer(&ITEMS)).await;
    let cli = Cli::new();
    cli.write("config/newsdesk.toml", format!("{}\n[topics]\nbuiltin = false\n", settings(&server)));
    cli.write("config/topics/ferries.toml", topic(&server, &["broken.xml", "feed.xml"]));
    let cli = std::sync::Arc::new(cli);
    // The binary waits for the server, which runs in this process.
    let run = async |arguments: &'static [&'static str]| {
        let cli = std::sync::Arc::clone(&cli);
        tokio::task::spawn_blocking(move || cli.run(arguments)).await.unwrap()
    };
    let some = run(&["scan", "--json"]).await.ends(0).json();
    let ends: Vec<_> =
        some["sources"].as_array().unwrap().iter().map(|s| s["end"].as_str().unwrap()).collect();
    assert!(ends[0].starts_with("failed: ") && ends[1] == "caught up", "{ends:?}");
    assert_eq!((&some["analysed"], &some["sources"][1]["tally"]["new"]), (&json!(2), &json!(2)));
    let again = run(&["scan"]).await.ends(0);
    assert!(
        again.out.contains("not due before") && again.out.contains("0 records analysed"),
        "{}",
        again.out
    );
    let status = run(&["status", "--json"]).await.ends(0).json();
    assert_eq!(status["sources"].as_array().unwrap().len(), 2);
    assert_eq!(status["records"], 2);

    let alone = Cli::new();
    alone.write("config/newsdesk.toml", format!("{}\n[topics]\nbuiltin = false\n", settings(&server)));
    alone.write("config/topics/ferries.toml", topic(&server, &["broken.xml"]));
    let all = tokio::task::spawn_blocking(move || alone.run(&["scan"])).await.unwrap().ends(1);
    assert!(all.out.contains("failed: "), "{}", all.out);
}

#[tokio::test]
async fn a_tick_again_changes_nothing() {
    let desk = Desk::open("", &[FERRIES]).await;
    desk.hears(&corpus::records()).await;
    let first = desk.tick_at(at("2025-03-24 18:00")).await;
    assert!(!first.leads.is_empty() && !first.stories.is_empty());
    let decided = desk.decisions("ferries").await;
    let totals = desk.store.story_totals().await.unwrap();
    let posted = desk.deliver().await;
    assert_eq!(posted, 3 * first.stories.len());
    let again = desk.tick_at(at("2025-03-24 18:00")).await;
    let ranked = |report: &newsdesk::schedule::TickReport| -> Vec<_> {
        report.leads.iter().map(|row| row.lead.clone()).collect()
    };
    assert_eq!(ranked(&again), ranked(&first));
    assert_eq!(desk.decisions("ferries").await, decided);
    assert_eq!((desk.store.story_totals().await.unwrap(), desk.deliver().await), (totals, 0));
}
