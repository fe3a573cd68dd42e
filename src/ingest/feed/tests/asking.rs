//! Where a feed is asked for, and when: pages that name it, moves, ends, intervals.

use chrono::TimeDelta;
use wiremock::matchers::path;
use wiremock::{Request, Respond};

use super::*;
use crate::store::SourceState;

fn feed_of(title: &str) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_string(rss(&format!("<item><title>{title}</title><link>/{title}</link></item>")))
}

fn page_with(links: &[&str]) -> ResponseTemplate {
    let links: Vec<String> = links
        .iter()
        .map(|href| format!("<link rel='alternate' type='application/rss+xml' href='{href}'>"))
        .collect();
    let page = format!("<!doctype html><html><head>{}</head><body>News</body></html>", links.concat());
    ResponseTemplate::new(200).set_body_raw(page, "text/html").insert_header("etag", "\"page\"")
}

/// A site, a store, and a clock that stands where it is put.
struct Site {
    server: MockServer,
    store: Store,
}

impl Site {
    async fn new() -> Self {
        Self { server: MockServer::start().await, store: Store::in_memory().await.unwrap() }
    }

    async fn serve(&self, at: &str, answer: impl Respond + 'static) {
        Mock::given(path(at)).respond_with(answer).mount(&self.server).await;
    }

    /// Forgets what is served and what was asked.
    async fn clear(&self) {
        self.server.reset().await;
    }

    async fn scan(&self, minutes: i64) -> ScanReport {
        let source = source(&self.server, "/news");
        scan_source(
            &self.store,
            &client(&self.server),
            &source,
            "trains",
            now() + TimeDelta::minutes(minutes),
        )
        .await
        .unwrap()
    }

    /// The paths asked for since the last time.
    async fn asked(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap();
        requests.iter().map(|request: &Request| request.url.path().to_owned()).collect()
    }

    async fn state(&self) -> SourceState {
        self.store.source_state(&source(&self.server, "/news").id()).await.unwrap().unwrap()
    }

    async fn next_in(&self, minutes: i64) -> i64 {
        (self.state().await.next_at.unwrap() - now()).num_minutes() - minutes
    }
}

#[tokio::test]
async fn the_feed_of_a_page_is_found_and_remembered() {
    let site = Site::new().await;
    site.serve("/news", page_with(&["/comments/feed", "/feed"])).await;
    site.serve("/feed", feed_of("a").insert_header("etag", "\"feed\"")).await;
    let report = site.scan(0).await;
    assert_eq!((report.tally.new, site.asked().await), (1, vec!["/news".to_owned(), "/feed".to_owned()]));
    assert_eq!(site.state().await.etag.as_deref(), Some("\"feed\""), "not the page's");
    site.scan(20).await;
    assert_eq!(site.asked().await.len(), 3, "the page is not asked again");
}

#[tokio::test]
async fn pages_that_name_each_other_end_in_an_error() {
    let site = Site::new().await;
    site.serve("/news", page_with(&["/news", "/a", "/b"])).await;
    site.serve("/a", page_with(&["/news", "/b"])).await;
    site.serve("/b", page_with(&["/a"])).await;
    let report = site.scan(0).await;
    assert!(
        matches!(
            report.end,
            ScanEnd::Failed { error: ScanError::NotAFeed { cause: FeedError::Html, .. }, .. }
        ),
        "{:?}",
        report.end
    );
    assert_eq!(site.asked().await, ["/news", "/a", "/news", "/b", "/news"]);
    site.scan(120).await;
    assert_eq!(site.asked().await.len(), 6, "what failed is not tried again so soon");

    site.clear().await;
    site.serve("/news", page_with(&["/a"])).await;
    site.serve("/a", feed_of("a")).await;
    assert_eq!(site.scan(25 * 60).await.tally.new, 1, "a day later it is");
}

#[tokio::test]
async fn a_found_feed_that_is_no_more_is_looked_for_again() {
    let site = Site::new().await;
    site.serve("/news", page_with(&["/old"])).await;
    site.serve("/old", feed_of("a")).await;
    assert_eq!(site.scan(0).await.tally.new, 1);
    site.clear().await;
    site.serve("/news", page_with(&["/old", "/new"])).await;
    site.serve("/old", ResponseTemplate::new(404)).await;
    site.serve("/new", feed_of("b")).await;
    assert_eq!(site.scan(20).await.tally.new, 1);
    assert_eq!(site.asked().await, ["/old", "/news", "/new"]);
}

#[tokio::test]
async fn a_move_that_holds_is_believed_until_it_fails() {
    let site = Site::new().await;
    let to = format!("{}/moved", site.server.uri());
    site.serve("/news", ResponseTemplate::new(301).insert_header("location", to.as_str())).await;
    site.serve("/moved", feed_of("a").insert_header("etag", "\"moved\"")).await;
    for poll in 0..3 {
        site.scan(20 * poll).await;
        assert_eq!(site.state().await.etag, None, "of another address than the one asked");
    }
    assert_eq!(site.asked().await.len(), 6);
    site.scan(60).await;
    assert_eq!(site.asked().await.last().unwrap(), "/moved");
    assert_eq!(site.asked().await.len(), 7, "without the detour");
    assert_eq!(site.state().await.etag.as_deref(), Some("\"moved\""));

    site.clear().await;
    site.serve("/moved", ResponseTemplate::new(410)).await;
    site.serve("/news", feed_of("b")).await;
    assert_eq!(site.scan(80).await.tally.new, 1);
    assert_eq!(site.asked().await, ["/moved", "/news"]);
}

#[tokio::test]
async fn an_identity_does_not_depend_on_the_way_to_the_feed() {
    let site = Site::new().await;
    let entry = ResponseTemplate::new(200)
        .set_body_string(rss("<item><title>a</title><guid isPermaLink='false'>1</guid></item>"));
    site.serve("/news", entry.clone()).await;
    assert_eq!(site.scan(0).await.tally.new, 1);
    site.clear().await;
    let to = format!("{}/mirror", site.server.uri());
    site.serve("/news", ResponseTemplate::new(302).insert_header("location", to.as_str())).await;
    site.serve("/mirror", entry).await;
    assert_eq!(site.scan(20).await.tally.new, 0);
}

#[tokio::test]
async fn a_feed_is_asked_as_seldom_as_it_wishes() {
    let site = Site::new().await;
    let wishes = "<ttl>60</ttl><item><title>a</title></item>";
    let document = ResponseTemplate::new(200).set_body_string(rss(wishes)).insert_header("etag", "\"v1\"");
    site.serve("/news", document.clone()).await;
    site.scan(0).await;
    assert_eq!(site.next_in(0).await, 60);
    assert!(matches!(site.scan(59).await.end, ScanEnd::NotDue { .. }));
    site.clear().await;
    site.serve("/news", ResponseTemplate::new(304)).await;
    site.scan(60).await;
    assert_eq!(site.next_in(60).await, 60, "what the document said holds while it holds");
    site.clear().await;
    site.serve("/news", document.insert_header("cache-control", "max-age=7200")).await;
    site.scan(120).await;
    assert_eq!(site.next_in(120).await, 120);
    site.clear().await;
    site.serve("/news", feed_of("b").insert_header("cache-control", "max-age=99999999")).await;
    site.scan(240).await;
    assert_eq!(site.next_in(240).await, 24 * 60, "once a day at least");
    site.clear().await;
    let syndication = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>8</sy:updateFrequency><skipHours><hour>4</hour><hour>5</hour></skipHours>";
    site.serve("/news", ResponseTemplate::new(200).set_body_string(rss(syndication))).await;
    // At 23:00, every three hours, not between four and six; then at 01:30.
    site.scan(240 + 24 * 60).await;
    assert_eq!(site.next_in(240 + 24 * 60).await, 3 * 60);
    site.scan(240 + 24 * 60 + 3 * 60).await;
    assert_eq!(site.next_in(240 + 24 * 60 + 3 * 60).await, 4 * 60, "five o'clock is left out");
}

#[tokio::test]
async fn an_end_is_an_end_and_an_absence_is_asked_for_daily() {
    let site = Site::new().await;
    site.serve("/news", ResponseTemplate::new(410)).await;
    site.scan(0).await;
    assert_eq!(site.next_in(0).await, 24 * 60, "it may be a mistake");
    site.scan(24 * 60).await;
    assert_eq!(site.next_in(24 * 60).await, 365 * 24 * 60);
    assert!(
        site.state().await.last_error.unwrap().contains("gone for good"),
        "members and the desk are told"
    );

    let site = Site::new().await;
    site.serve("/news", ResponseTemplate::new(404)).await;
    let (mut at, mut waits) = (0, Vec::new());
    for _ in 0..5 {
        site.scan(at).await;
        waits.push(site.next_in(at).await / 60);
        at += site.next_in(at).await + 1;
    }
    assert!(
        (6..8).contains(&waits[0]) && (12..18).contains(&waits[1]) && (24..29).contains(&waits[4]),
        "{waits:?}"
    );
}

#[tokio::test]
async fn a_document_that_failed_leaves_no_validators() {
    let site = Site::new().await;
    site.serve("/news", feed_of("a").insert_header("etag", "\"good\"")).await;
    site.scan(0).await;
    site.clear().await;
    site.serve("/news", ResponseTemplate::new(200).set_body_string("Sorry").insert_header("etag", "\"bad\""))
        .await;
    site.scan(20).await;
    site.clear().await;
    site.serve("/news", feed_of("b")).await;
    site.scan(120).await;
    let sent = site.server.received_requests().await.unwrap();
    assert_eq!(
        sent[0].headers.get("if-none-match").unwrap(),
        "\"good\"",
        "that document is still the one we know"
    );
}

#[tokio::test]
async fn a_withdrawal_reaches_what_was_stored() {
    let site = Site::new().await;
    let feed = |inner: &str| {
        let text = format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0'><title>x</title>{inner}</feed>"
        );
        ResponseTemplate::new(200).set_body_string(text)
    };
    site.serve(
        "/news",
        feed("<entry><id>urn:1</id><title>a</title><link href='https://ledger.example/1'/></entry>"),
    )
    .await;
    assert_eq!(site.scan(0).await.tally.new, 1);
    site.clear().await;
    site.serve("/news", feed("<at:deleted-entry ref='urn:1' when='2031-03-17T19:10:00Z'/>")).await;
    assert_eq!(site.store.pending_records(10).await.unwrap().len(), 1);
    let tally = site.scan(20).await.tally;
    assert_eq!((tally.new, tally.gone), (0, 1));
    assert!(site.store.pending_records(10).await.unwrap().is_empty());
}
