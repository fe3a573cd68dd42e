//! Pages that leads are about: what people link to, and what a search finds, read so that stories can cite it.

use chrono::TimeDelta;
use newsdesk::answer;
use newsdesk::model::{Brief, Clock as _, Platform, Record};
use serde_json::json;
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::corpus::{self, FERRIES};
use crate::support::desk::topic_views;
use crate::support::{Desk, at};

const TITLE: &str = "Linden Line closes the Orrin ferry landing on 4 May";

/// An invented article.
fn page() -> ResponseTemplate {
    let more = "The harbour office of Orrin has known of the piles for years, and nobody has ever found the money to replace them. ";
    let body = format!(
        "<!doctype html><html lang=en><head><title>{TITLE}</title><meta property=\"og:site_name\" content=\"The Sound Ledger\">\
         <meta property=\"article:published_time\" content=\"2025-03-23T21:00:00Z\"></head><body><article><h1>{TITLE}</h1>\
         <p>Linden Line will close the Orrin ferry landing on 4 May because the piles under it are rotten &amp; cannot be mended, and the ferry \
         will call at Pellow Quay instead.</p><p>{0}</p><p>A diver who looked at the landing in February counted nine sound piles \
         among forty-one.</p><p>{0}</p></article></body></html>",
        more.repeat(3)
    );
    ResponseTemplate::new(200).set_body_raw(body, "text/html; charset=utf-8")
}

async fn plays(server: &MockServer, at: &str, answer: ResponseTemplate) {
    Mock::given(method("GET")).and(path(at)).respond_with(answer).mount(server).await;
}

async fn asked(server: &MockServer, at: &str) -> usize {
    server.received_requests().await.unwrap().iter().filter(|request| request.url.path() == at).count()
}

/// Settings under which pages of `server` may be linked to.
fn open(server: &MockServer, settings: &str) -> String {
    format!("allow_private_addresses = [\"{}\"]\n{settings}", server.address())
}

/// A desk at noon of the day on which something happens, with posts that link to these pages.
async fn desk(server: &MockServer, settings: &str, links: &[&str]) -> Desk {
    let settings = format!(
        "[http]\nallow_private_addresses = [\"{0}\"]\nper_host_pace = \"0s\"\n[articles]\n{settings}",
        server.address()
    );
    let desk = Desk::open(&settings, &[FERRIES]).await;
    let mut said = corpus::records();
    let of_the_news = said.iter_mut().filter(|post| {
        post.0.platform == Platform::Reddit
            && post.0.published_at > at("2025-03-24 08:00")
            && post.0.body.contains("Orrin")
    });
    for (post, link) in of_the_news.zip(links) {
        post.0.body.push_str(&format!(" {link}"));
    }
    desk.hears(&said).await;
    desk.clock.set(at("2025-03-24 12:30"));
    desk
}

async fn article(desk: &Desk, url: &str) -> Option<Record> {
    desk.store.record_by_url(url).await.unwrap()
}

/// What was there to tell the story of this round.
async fn brief(desk: &Desk) -> Brief {
    let report = desk.scan().await.report;
    let (code, _) = report.written.tick.stories.first().expect("a story").clone();
    let row = desk.store.story_by_code(&code).await.unwrap().pop().expect("it is stored");
    desk.store.brief_with_texts(&desk.store, &row.brief).await.unwrap().expect("it is stored")
}

async fn status(desk: &Desk, name: &str) -> answer::SourceLineStatus {
    let topics = topic_views(&desk.config);
    let answers = answer::Desk { store: &desk.store, topics: &topics, now: desk.clock.now() };
    let lines = answers.status().await.unwrap().sources;
    lines.into_iter().find(|line| line.source == name).expect("it has a line")
}

#[tokio::test]
async fn what_the_talk_of_a_lead_links_to_is_read_once_and_belongs_to_its_story() {
    let server = MockServer::start().await;
    let robots = "User-agent: *\nDisallow: /closed";
    plays(&server, "/robots.txt", ResponseTemplate::new(200).set_body_raw(robots, "text/plain")).await;
    plays(&server, "/2025/landing", page()).await;
    let urls: Vec<String> =
        ["/2025/landing?utm_source=chat", "/closed/landing", "/2025/landing", "/gone/landing", "/"]
            .iter()
            .map(|path| format!("{}{path}", server.uri()))
            .collect();
    let links: Vec<&str> = urls.iter().map(String::as_str).collect();
    let desk = desk(&server, &open(&server, "linked = true"), &links).await;

    let brief = brief(&desk).await;
    let url = format!("{}/2025/landing", server.uri());
    let page = article(&desk, &url).await.expect("it is stored");
    assert_eq!((page.title.as_deref(), page.venue.as_str()), (Some(TITLE), "The Sound Ledger"));
    assert_eq!(page.published_at, at("2025-03-23 21:00"));
    let texts = desk.store.stored_by_id(std::slice::from_ref(&page.id)).await.unwrap();
    assert!(texts[0].text.text.contains("rotten & cannot be mended"), "{}", texts[0].text.text);
    assert!(brief.record(&page.id).is_some(), "the story knows it");

    let line = status(&desk, "articles").await;
    assert_eq!((line.records, line.scans, line.failures, line.error), (1, 3, 2, None));
    let kinds: Vec<&str> = line.failed.iter().map(|failure| failure.kind.as_str()).collect();
    assert_eq!(kinds, ["closed to robots", "not found"]);
    assert_eq!((asked(&server, "/closed/landing").await, asked(&server, "/").await), (0, 0));

    // A later round has nothing new to ask for.
    desk.clock.set(desk.clock.now() + TimeDelta::minutes(30));
    desk.scan().await;
    assert_eq!(asked(&server, "/2025/landing").await, 1);
}

#[tokio::test]
async fn no_more_pages_are_read_than_are_wished_and_the_rest_comes_later() {
    let server = MockServer::start().await;
    let urls = ["/2025/a", "/2025/b", "/2025/c"].map(|path| format!("{}{path}", server.uri()));
    let links: Vec<&str> = urls.iter().map(String::as_str).collect();
    let desk = desk(&server, &open(&server, "linked = true\nper_tick = 1"), &links).await;
    desk.scan().await;
    assert_eq!(status(&desk, "articles").await.scans, 1);
    desk.scan().await;
    let line = status(&desk, "articles").await;
    assert_eq!((line.scans, line.failures), (2, 2), "no page is there");
}

#[tokio::test]
async fn what_is_open_to_sources_is_not_open_to_links() {
    let server = MockServer::start().await;
    let url = format!("{}/2025/landing", server.uri());
    plays(&server, "/2025/landing", page()).await;
    let desk = desk(&server, "linked = true", &[&url]).await;
    brief(&desk).await;
    assert!(server.received_requests().await.unwrap().is_empty());
    assert_eq!(status(&desk, "articles").await.failed[0].kind, "not public");
}

#[tokio::test]
async fn nothing_is_read_unless_it_is_wished() {
    let server = MockServer::start().await;
    let url = format!("{}/2025/landing", server.uri());
    plays(&server, "/2025/landing", page()).await;
    let desk = desk(&server, "", &[&url, &url]).await;
    brief(&desk).await;
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lead_is_searched_for_and_what_is_found_is_read() {
    let server = MockServer::start().await;
    let url = format!("{}/2025/landing", server.uri());
    let found = json!({ "results": [
        { "url": url, "title": TITLE, "publishedDate": "2025-03-23T21:00:00" },
        { "url": "https://bsky.app/profile/ana.example/post/3kabc", "title": "a post" },
    ] });
    Mock::given(method("GET"))
        .and(path("/sx/search"))
        .and(query_param("format", "json"))
        .respond_with(ResponseTemplate::new(200).set_body_json(found))
        .mount(&server)
        .await;
    plays(&server, "/2025/landing", page()).await;
    let settings = format!("searxng = \"{}/sx/\"\nsearches_per_day = 1", server.uri());
    let desk = desk(&server, &open(&server, &settings), &[]).await;
    let brief = brief(&desk).await;
    let page = article(&desk, &url).await.expect("it is stored");
    assert!(brief.record(&page.id).is_some(), "the story knows it");
    assert_eq!(status(&desk, "SearXNG").await.scans, 1);
    assert_eq!(status(&desk, "articles").await.scans, 1, "a post is no page");

    desk.clock.set(desk.clock.now() + TimeDelta::minutes(30));
    desk.scan().await;
    assert_eq!(asked(&server, "/sx/search").await, 1, "one a day is allowed");
}

#[tokio::test]
async fn a_search_that_fails_is_told_and_stops_no_story() {
    let server = MockServer::start().await;
    plays(&server, "/sx/search", ResponseTemplate::new(403)).await;
    let desk = desk(&server, &format!("searxng = \"{}/sx/\"", server.uri()), &[]).await;
    brief(&desk).await;
    let line = status(&desk, "SearXNG").await;
    assert!(line.error.as_deref().is_some_and(|error| error.contains("search.formats")), "{:?}", line.error);
    assert_eq!(asked(&server, "/sx/search").await, 1);
}
