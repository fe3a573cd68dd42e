//! The API against a server that plays it, and its recorded answers.

use std::sync::{Arc, Mutex};

use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::*;
use crate::ingest::scan::{ScanEnd, ScanReport};
use crate::ingest::testing::{NOW, at, client, payloads, scan, url};
use crate::ingest::{HttpError, Lookup, Source};
use crate::model::{Platform, SourceClass};
use crate::store::Store;

const HOUR: i64 = 3_600;

/// Papers by number and second; the version is 1 unless told otherwise.
struct Api {
    papers: Vec<(String, i64)>,
    version: u8,
    answer: Option<ResponseTemplate>,
    asked: Vec<String>,
}

#[derive(Clone)]
struct Server(Arc<Mutex<Api>>);

impl Respond for Server {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut api = self.0.lock().unwrap();
        let field =
            |name: &str| request.url.query_pairs().find(|(k, _)| k == name).map(|(_, v)| v.into_owned());
        api.asked.push(request.url.query().unwrap_or_default().to_owned());
        if let Some(answer) = &api.answer {
            return answer.clone();
        }
        let mut papers: Vec<_> = api.papers.clone();
        papers.sort_by_key(|(_, at)| -at);
        if let Some(ids) = field("id_list") {
            papers.retain(|(id, _)| ids.split(',').any(|asked| asked == id));
        }
        let total = papers.len();
        let start: usize = field("start").map_or(0, |text| text.parse().unwrap());
        let most: usize = field("max_results").unwrap().parse().unwrap();
        let version = api.version;
        let entries: Vec<String> =
            papers.iter().skip(start).take(most).map(|(id, s)| entry(id, version, *s)).collect();
        ResponseTemplate::new(200).set_body_string(feed(total, &entries))
    }
}

fn feed(total: usize, entries: &[String]) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<feed xmlns:opensearch=\"http://a9.com/-/spec/opensearch/1.1/\" \
         xmlns:arxiv=\"http://arxiv.org/schemas/atom\" xmlns=\"http://www.w3.org/2005/Atom\">\
         <opensearch:totalResults>{total}</opensearch:totalResults>{}</feed>",
        entries.concat()
    )
}

fn entry(id: &str, version: u8, s: i64) -> String {
    format!(
        "<entry><id>http://arxiv.org/abs/{id}v{version}</id><title>Trains, version {version}\n  of {id}</title><published>{}</published>\
         <updated>{}</updated><summary>We count\ntrains.</summary><category term=\"cs.LG\"/><arxiv:primary_category term=\"cs.AI\"/>\
         <author><name>Ana Sandoval</name></author></entry>",
        at(s).to_rfc3339(),
        at(s + HOUR * i64::from(version - 1)).to_rfc3339()
    )
}

struct World {
    store: Store,
    http: PoliteClient,
    source: ArxivSource,
    lookup: ArxivLookup,
    api: Arc<Mutex<Api>>,
    server: MockServer,
}

/// `n` papers, an hour apart, the newest just now.
async fn world(n: i64) -> World {
    let papers = (0..n).map(|n| (format!("3103.{n:05}"), NOW - HOUR * n)).collect();
    let server = MockServer::start().await;
    let api = Arc::new(Mutex::new(Api { papers, version: 1, answer: None, asked: Vec::new() }));
    Mock::given(wiremock::matchers::path("/api/query"))
        .respond_with(Server(api.clone()))
        .mount(&server)
        .await;
    let http = client(&server);
    let base = url(&server, "/api/");
    let source = ArxivSource::new(Some("cs.LG".to_owned()), None).at(base.clone());
    let lookup = ArxivLookup::new().at(base);
    World { store: Store::in_memory().await.unwrap(), http, source, lookup, api, server }
}

impl World {
    async fn scan(&self, max_requests: usize, now: i64) -> ScanReport {
        scan(&self.store, &self.http, &self.source, max_requests, at(now)).await
    }

    fn api(&self) -> std::sync::MutexGuard<'_, Api> {
        self.api.lock().unwrap()
    }

    async fn cursor(&self) -> Option<String> {
        self.store.source_state(&self.source.id()).await.unwrap().unwrap().cursor
    }
}

#[tokio::test]
async fn the_first_scan_reads_a_week_and_the_next_one_is_hours_later() {
    let world = world(1_000).await;
    let report = world.scan(9, NOW).await;
    assert!(matches!(report.end, ScanEnd::CaughtUp), "{:?}", report.end);
    assert_eq!((report.pages, report.tally.new), (1, 200), "a week is 168 papers");
    assert!(matches!(world.scan(9, NOW + HOUR).await.end, ScanEnd::NotDue { .. }));
    world.api().papers.push(("3104.00001".to_owned(), NOW + 20 * HOUR));
    // Held back by moderators for two days.
    world.api().papers.push(("3103.99999".to_owned(), NOW - 48 * HOUR));
    let report = world.scan(9, NOW + 24 * HOUR).await;
    assert_eq!((report.pages, report.tally.new, report.tally.revised), (1, 2, 0));
    let asked = world.api().asked[0].clone();
    assert_eq!(
        asked,
        "search_query=cat%3Acs.LG&start=0&max_results=200&sortBy=submittedDate&sortOrder=descending"
    );
}

#[tokio::test]
async fn a_long_walk_that_is_interrupted_loses_nothing() {
    let world = world(100).await;
    world.scan(9, NOW).await;
    let later = NOW + 10_000 * HOUR;
    world.api().papers.extend((0..700).map(|n| (format!("3204.{n:05}"), later - HOUR * n)));
    let mut new = 0;
    for scan in 0..9 {
        let report = world.scan(1, later + scan * 24 * HOUR).await;
        new += report.tally.new;
        world.api().papers.push((format!("3205.{scan:05}"), later + scan * 24 * HOUR + 1));
        if matches!(report.end, ScanEnd::CaughtUp) {
            break;
        }
        let cursor = world.cursor().await.unwrap();
        assert!(cursor.starts_with(&format!("{{\"done\":{NOW},")), "{cursor}");
    }
    assert_eq!(new, 700);
    assert_eq!(world.cursor().await, Some(format!("{{\"done\":{later}}}")));
}

#[tokio::test]
async fn a_new_version_is_a_revision() {
    let world = world(3).await;
    world.scan(9, NOW).await;
    world.api().version = 2;
    let report = world.scan(9, NOW + 24 * HOUR).await;
    assert_eq!((report.tally.new, report.tally.revised), (0, 3));
}

#[tokio::test]
async fn refusals_and_flaky_pages_keep_the_cursor() {
    let text = |status: u16, body: &str| ResponseTemplate::new(status).set_body_string(body);
    let error = "<entry><id>https://arxiv.org/api/errors#no_such_field</id><title>Error</title><summary>no such\nfield</summary></entry>";
    let error = feed(1, &[error.to_owned()]);
    let whole = feed(1, &[entry("3103.00001", 1, NOW)]);
    let half = whole.split_once(", version").unwrap().0;
    for (answer, told) in [
        (text(400, &error), "arXiv says \"no such field\""),
        (text(200, &error), "arXiv says \"no such field\""),
        (text(400, "Bad Request"), "status 400"),
        (text(403, &feed(0, &[])), "status 403"),
        (text(200, &feed(70, &[])), "an empty page where papers should be"),
        (text(200, "<feed/>"), "an empty page where papers should be"),
        (text(429, "Rate exceeded."), "asks us to wait 60s"),
        (text(200, "Rate exceeded."), "asks us to wait 300s"),
        (text(503, "Rate exceeded.").insert_header("retry-after", "9"), "asks us to wait 9s"),
        (text(503, "Rate exceeded."), "status 503"),
        (text(500, ""), "status 500"),
        (text(200, ""), "no Atom feed"),
        (text(200, "<html><body>busy</body></html>"), "no Atom feed"),
        (text(200, half), "breaks off"),
    ] {
        let world = world(1).await;
        world.scan(9, NOW).await;
        let before = world.cursor().await;
        world.api().answer = Some(answer);
        let report = world.scan(9, NOW + 24 * HOUR).await;
        let ScanEnd::Failed { error, .. } = report.end else { panic!("{told}: {:?}", report.end) };
        assert!(error.to_string().contains(told), "{told}: {error}");
        assert!(error.retry_in().is_some());
        assert_eq!(world.cursor().await, before, "{told}");
    }
}

#[tokio::test]
async fn nothing_found_is_no_failure_and_odd_papers_are_skipped() {
    let world = world(0).await;
    assert!(matches!(world.scan(9, NOW).await.end, ScanEnd::CaughtUp));
    let odd = [
        entry("3103.00001", 1, NOW - 60),
        entry("3103.00002", 1, 7_000_000_000),
        "<entry><title>no id</title></entry>".to_owned(),
        entry("3103.00003", 1, 0),
    ];
    let mut body = feed(4, &odd).into_bytes();
    // A byte that is no UTF-8.
    let name = body.windows(3).position(|part| part == b"Ana").unwrap();
    body[name] = 0xff;
    world.api().answer = Some(ResponseTemplate::new(200).set_body_bytes(body));
    let report = world.scan(9, NOW + 24 * HOUR).await;
    assert_eq!((report.tally.new, report.skipped.len()), (3, 1));
    assert_eq!(world.cursor().await, Some(format!("{{\"done\":{}}}", NOW - 60)));
}

#[test]
fn sources_have_the_names_of_their_settings_and_ask_what_was_meant() {
    let asked = |category: Option<&str>, query: Option<&str>| {
        let source = ArxivSource::new(category.map(str::to_owned), query.map(str::to_owned));
        (source.id(), source.search())
    };
    let both = asked(Some("cs.LG"), Some("night trains"));
    assert_eq!(
        both,
        ("arxiv:cs.LG:night trains".to_owned(), "cat:cs.LG AND all:night AND all:trains".to_owned())
    );
    assert_eq!(asked(None, Some("\"night train\" (coast)")).1, "all:\"night train\" AND all:coast");
    assert_eq!(asked(Some("cs.LG"), Some("ti:tram OR abs:tram")).1, "cat:cs.LG AND (ti:tram OR abs:tram)");
    assert_eq!(asked(None, Some("\"half a phrase")).1, "all:\"half a phrase\"");
}

#[tokio::test]
async fn papers_are_looked_up_by_number() {
    let world = world(5).await;
    world.api().version = 3;
    assert_eq!((world.lookup.platform(), world.lookup.batch()), (Platform::Arxiv, 100));
    let ids = ["3103.00001", "3103.77777", "3103.00004", "nonsense"];
    let found = world.lookup.look_up(&world.http, &ids, at(NOW)).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|record| (record.native_id.as_str(), record.title.as_deref(), record.deleted))
        .collect();
    assert_eq!(
        found,
        [
            ("3103.00001", Some("Trains, version 3 of 3103.00001"), None),
            ("3103.00004", Some("Trains, version 3 of 3103.00004"), None)
        ],
        "one that does not come says nothing"
    );
    assert_eq!(world.api().asked[0], "id_list=3103.00001%2C3103.77777%2C3103.00004&max_results=100");
    world.api().answer =
        Some(ResponseTemplate::new(429).insert_header("retry-after", "Sun, 17 Mar 2041 19:00:00 GMT"));
    let error = world.lookup.look_up(&world.http, &ids, at(NOW)).await.unwrap_err();
    assert!(matches!(error, ScanError::Http(HttpError::RateLimited { .. })), "{error:?}");
    assert_eq!(world.lookup.look_up(&world.http, &["nonsense"], at(NOW)).await.unwrap(), []);
}

#[tokio::test]
async fn the_recorded_answers_are_read() {
    let Some(folder) = payloads("arxiv") else { return };
    for (name, expected) in [
        ("bad_id_0808.05394", Some((Some(0), 0))),
        ("mixed_bad_and_good_ids", Some((Some(1), 1))),
        ("old_style_id", Some((Some(1), 1))),
        ("single_entry", Some((Some(1), 1))),
        ("unknown_id_empty_feed", Some((Some(0), 0))),
        ("versioned_id", Some((Some(1), 1))),
        ("withdrawn_or_old_version", Some((Some(1), 1))),
        ("error_400_malformed_id", None),
    ] {
        let body = std::fs::read(folder.join(format!("{name}.xml"))).unwrap();
        let world = world(0).await;
        let status = if expected.is_some() { 200 } else { 400 };
        world.api().answer = Some(ResponseTemplate::new(status).set_body_bytes(body));
        let base = url(&world.server, "/api/");
        let answer = ask(&world.http, Some(&base), &[], "what is recorded", at(NOW)).await;
        let Some((total, n)) = expected else {
            let error = answer.unwrap_err();
            assert_eq!(
                error.to_string(),
                "what is recorded cannot be read: arXiv says \"incorrect id format for abc\"; check the source in the topic file"
            );
            continue;
        };
        let feed = answer.unwrap();
        assert_eq!((feed.total, feed.entries.len()), (total, n), "{name}");
        check(feed, name);
    }
    for name in ["search_page_0", "search_page_1"] {
        let text = std::fs::read_to_string(folder.join(format!("{name}.xml"))).unwrap();
        let feed = atom::read(&text).unwrap();
        assert!(feed.total.is_some_and(|total| total >= feed.entries.len()) && !feed.entries.is_empty());
        check(feed, name);
    }
}

fn check(feed: Feed, name: &str) {
    for entry in feed.entries {
        let record = paper::paper(entry, None).unwrap();
        assert_eq!(
            crate::address::native_id(&Platform::Arxiv, &record.permalink),
            Some(record.native_id),
            "{name}"
        );
        assert_eq!((record.class, record.deleted), (SourceClass::Paper, None));
        assert!(record.author.is_some() && record.title.is_some_and(|title| !title.contains('\n')));
        assert!(
            !record.body.is_empty() && !record.tags.is_empty() && record.venue.contains(['.', '-']),
            "{name}"
        );
    }
}
