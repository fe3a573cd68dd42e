//! Invented feeds for each rule, then the recorded ones.

mod asking;
mod formats;
mod recorded;

use wiremock::matchers::{any, header};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::ingest::http::HttpError;
use crate::ingest::scan::{ScanEnd, ScanReport, scan_all, scan_source};
use crate::ingest::testing::{client, now, url};
use crate::model::{IncomingRecord, Platform};
use crate::store::Store;

fn origin() -> FeedOrigin {
    let url = Url::parse("https://ledger.example/feeds/all.xml").unwrap();
    FeedOrigin { known_as: url.clone(), url, name: String::new(), class: SourceClass::Publication }
}

fn read(text: &str) -> Vec<IncomingRecord> {
    parse(text.as_bytes(), None, &origin(), now()).unwrap().records
}

fn rss(items: &str) -> String {
    format!(
        "<rss version='2.0'><channel><title>Ellery Ledger</title><link>https://ledger.example/</link>{items}</channel></rss>"
    )
}

#[test]
fn an_article_becomes_a_record() {
    let [record] = &read(&rss(
        "<item><title>Night train returns</title><link>/2031/train?utm_source=rss&amp;id=7#top</link><guid>g1</guid>\
         <author>ana@ledger.example (Ana Holm)</author><category>Rail</category><pubDate>Mon, 17 Mar 2031 08:05:07 GMT</pubDate>\
         <description>&lt;p&gt;Six cars.&lt;/p&gt;</description></item>",
    ))[..] else {
        panic!("one record")
    };
    assert_eq!(record.platform, Platform::Feed);
    assert_eq!(record.native_id, "https://ledger.example/2031/train?id=7");
    assert_eq!(record.permalink, "https://ledger.example/2031/train?id=7#top");
    assert_eq!(
        crate::address::native_id(&Platform::Feed, &record.permalink).as_ref(),
        Some(&record.native_id)
    );
    assert_eq!(record.title.as_deref(), Some("Night train returns"));
    assert_eq!(record.body, "<p>Six cars.</p>");
    assert_eq!(record.author.as_deref(), Some("Ana Holm"));
    assert_eq!(record.venue, "Ellery Ledger");
    assert_eq!(record.tags, ["Rail"]);
    assert_eq!(record.published_at.to_rfc3339(), "2031-03-17T08:05:07+00:00");
    assert_eq!(record.class, SourceClass::Publication);
}

#[test]
fn a_configured_name_wins_over_the_title() {
    let named = FeedOrigin { name: "The Ledger".to_owned(), class: SourceClass::Essay, ..origin() };
    let parsed = parse(rss("<item><title>a</title></item>").as_bytes(), None, &named, now()).unwrap();
    assert_eq!(parsed.title.as_deref(), Some("Ellery Ledger"));
    assert_eq!(
        (parsed.records[0].venue.as_str(), parsed.records[0].class),
        ("The Ledger", SourceClass::Essay)
    );
}

#[test]
fn entries_without_a_page_of_their_own_keep_apart() {
    let records = read(&rss(
        "<item><title>one</title><link>https://ledger.example/log</link><guid isPermaLink='false'>v1</guid></item>\
         <item><title>two</title><link>https://www.ledger.example/log/</link><guid isPermaLink='false'>v2</guid></item>\
         <item><title>three</title><link>https://ledger.example/</link><guid isPermaLink='false'>v3</guid></item>\
         <item><title>four</title></item>\
         <item><title>five</title></item>\
         <item><title>six</title><guid>https://ledger.example/six</guid></item>\
         <item><title>seven</title><link>javascript:alert(1)</link></item>",
    ));
    let ids: std::collections::BTreeSet<_> = records.iter().map(|record| record.native_id.clone()).collect();
    assert_eq!(ids.len(), 7, "{ids:?}");
    assert_eq!(records[0].native_id, "https://ledger.example/feeds/all.xml v1");
    assert_eq!(records[5].native_id, "https://ledger.example/six");
    assert!(records.iter().all(|record| record.permalink.starts_with("https://ledger.example/")
        || record.permalink.starts_with("https://www.ledger.example/")));
    let again = read(&rss("<item><title>four</title></item>"));
    assert_eq!(again[0].native_id, records[3].native_id, "stable from scan to scan");
}

#[test]
fn missing_and_future_dates_become_the_time_of_sight() {
    let records = read(&rss("<item><title>a</title></item>\
         <item><title>b</title><pubDate>Mon, 17 Mar 2091 08:05:07 GMT</pubDate></item>\
         <item><title>c</title><pubDate>next Tuesday</pubDate></item>"));
    assert!(records.iter().all(|record| record.published_at == now()));
}

#[test]
fn an_edited_atom_entry_says_so() {
    let [record] = &read(
        "\u{feff}\n<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://notes.example/blog/'>\
         <entry><id>urn:1</id><title>Tides</title><link href='tides'/><link rel='self' href='https://notes.example/api'/>\
         <published>2031-03-01T00:00:00Z</published><updated>2031-03-02T00:00:00Z</updated>\
         <author><name>Bo</name></author><author><name>Cy</name></author><content type='html'>&lt;b&gt;high&lt;/b&gt;</content></entry></feed>",
    )[..] else {
        panic!("one record")
    };
    assert_eq!(record.permalink, "https://notes.example/blog/tides");
    assert_eq!(record.author.as_deref(), Some("Bo, Cy"));
    assert_eq!(record.edited_at.unwrap().to_rfc3339(), "2031-03-02T00:00:00+00:00");
    assert_eq!(record.body, "<b>high</b>");
}

#[test]
fn what_is_no_feed_is_told_apart() {
    let error = |text: &str| parse(text.as_bytes(), None, &origin(), now()).unwrap_err();
    assert_eq!(error(" \n"), FeedError::Empty);
    assert_eq!(error("<!DOCTYPE html><html><body>sorry</body></html>"), FeedError::Html);
    assert_eq!(error("<!-- x --><HTML></HTML>"), FeedError::Html);
    assert!(matches!(error("{\"a\": 1}"), FeedError::Malformed(_)));
    assert!(matches!(error("<opml version='2.0'><body/></opml>"), FeedError::Malformed(_)));
    assert!(read("<rss version='2.0'><channel><item>").is_empty());
    assert!(matches!(error("Service unavailable"), FeedError::Malformed(_)));
    assert!(matches!(error("<?xml "), FeedError::Malformed(_)));
}

#[test]
fn bombs_of_entities_and_depth_are_refused() {
    let error = |text: &str| parse(text.as_bytes(), None, &origin(), now()).unwrap_err();
    let laughs = "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><rss version='2.0'><channel><title>&b;</title></channel></rss>";
    assert_eq!(error(laughs), FeedError::Doctype);
    assert_eq!(error("<!DOCTYPE rss SYSTEM 'x' [<!ENTITY a '>'>]><rss/>"), FeedError::Doctype);
    let netscape = format!(
        "<!DOCTYPE rss PUBLIC '-//Netscape//DTD' 'http://x.example/rss.dtd'>{}",
        rss("<item><title>a</title></item>")
    );
    assert_eq!(read(&netscape).len(), 1, "an old, harmless one");
    let deep =
        rss(&format!("<item><title>a</title><description>{}</description></item>", "<b>".repeat(500_000)));
    assert_eq!(error(&deep), FeedError::TooDeep { max: 200 });
    let shown = rss(&format!(
        "<item><title>a</title><description><![CDATA[{}]]></description></item>",
        "<br>".repeat(5_000)
    ));
    assert_eq!(read(&shown).len(), 1, "text that holds tags is not deep");
}

#[test]
fn documents_made_to_be_slow_are_read_in_time() {
    let begin = std::time::Instant::now();
    let many = |n: usize, each: &dyn Fn(usize) -> String| (0..n).map(each).collect::<String>();
    let prefixes = many(60_000, &|n| format!(" xmlns:p{n}='x'"));
    for text in [
        rss(&format!("<item><title>{}</title></item>", "&lt;".repeat(500_000))),
        rss(&format!("<item><title>{}</title></item>", "&lt;b".repeat(400_000))),
        rss(&format!("<item><title>a</title>{}</item>", many(60_000, &|n| format!("<author>n{n}</author>")))),
        rss(&format!("<item><title>a</title><description>{}</description></item>", "</b".repeat(500_000))),
        rss(&format!("<item><title>a</title><description>{}</description></item>", "<b c='".repeat(300))),
        format!("<rss{prefixes}><channel>{}</channel></rss>", "<x:a/>".repeat(100_000)),
    ] {
        drop(parse(text.as_bytes(), None, &origin(), now()));
    }
    assert!(begin.elapsed() < Duration::from_mins(1), "{:?}", begin.elapsed());
}

#[test]
fn a_feed_without_end_is_read_in_part() {
    let items = (0..2_100).fold(String::new(), |items, n| {
        items + &format!("<item><title>a{n}</title><guid>g{n}</guid></item>")
    });
    let head = "<sy:updatePeriod>hourly</sy:updatePeriod><at:deleted-entry ref='g'/>";
    let parsed = parse(rss(&format!("{head}{items}")).as_bytes(), None, &origin(), now()).unwrap();
    assert_eq!((parsed.records.len(), parsed.skipped.len()), (2_001, 1));
    assert_eq!((parsed.hints.every, parsed.ids.len()), (Some(Duration::from_hours(1)), 500));
    let mut place = Place::default();
    place.remember(parsed.ids);
    place.remember((0..400).map(|n| (format!("h{n}"), String::new())).collect());
    assert_eq!(place.ids.len(), 500);
    let long =
        rss(&format!("<item><title>a</title><description>{}</description></item>", "ü".repeat(60_000)));
    let parsed = parse(long.as_bytes(), None, &origin(), now()).unwrap();
    assert_eq!((parsed.records[0].body.len(), parsed.cut), (65_536, 1));
    let (word, most) = ("ü".repeat(60_000), 65_536);
    let wide = format!(
        "<rss><channel><title>{word}</title><item><title>a</title><link>https://ledger.example/{word}</link><guid>{word}</guid>\
         <author>{word}</author><author>b{word}</author><category>{word}</category></item></channel></rss>"
    );
    let record = &read(&wide)[0];
    let author = record.author.as_ref().map_or(0, String::len);
    assert_eq!((record.venue.len(), record.tags[0].len(), author), (most, most, most));
    assert!(
        record.native_id.len() <= most && record.permalink == origin().url.as_str(),
        "{}",
        record.permalink
    );
}

fn source(server: &MockServer, at: &str) -> FeedSource {
    let url = url(server, at);
    FeedSource::new(url, "Ledger", SourceClass::Publication)
}

#[tokio::test]
async fn an_unchanged_feed_costs_nothing_and_changes_nothing() {
    let server = MockServer::start().await;
    let store = Store::in_memory().await.unwrap();
    Mock::given(header("if-none-match", "\"v1\""))
        .respond_with(ResponseTemplate::new(304))
        .mount(&server)
        .await;
    let page =
        ResponseTemplate::new(200).set_body_string(rss("<item><title>a</title><link>/a</link></item>"));
    Mock::given(any())
        .respond_with(page.insert_header("etag", "\"v1\""))
        .with_priority(9)
        .mount(&server)
        .await;
    let (http, source) = (client(&server), source(&server, "/feed"));
    let scan = async |minutes| -> ScanReport {
        scan_source(&store, &http, &source, "trains", now() + chrono::TimeDelta::minutes(minutes))
            .await
            .unwrap()
    };
    assert_eq!(scan(0).await.tally.new, 1);
    assert!(matches!(scan(5).await.end, ScanEnd::NotDue { .. }), "not asked again so soon");
    let third = scan(15).await;
    assert_eq!((third.tally.new, third.tally.unchanged, third.pages), (0, 0, 1));
    let state = store.source_state(&source.id()).await.unwrap().unwrap();
    assert_eq!(state.etag.as_deref(), Some("\"v1\""));
    assert_eq!(state.records, 1);
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_failing_feed_waits_longer_and_longer_and_its_neighbours_do_not_notice() {
    let server = MockServer::start().await;
    let store = Store::in_memory().await.unwrap();
    let on = |at: &str, answer| Mock::given(wiremock::matchers::path(at)).respond_with(answer);
    on(
        "/good",
        ResponseTemplate::new(200).set_body_string(rss("<item><title>a</title><link>/a</link></item>")),
    )
    .mount(&server)
    .await;
    on("/html", ResponseTemplate::new(200).set_body_string("<!doctype html><html></html>"))
        .mount(&server)
        .await;
    on("/gone", ResponseTemplate::new(410)).mount(&server).await;
    on("/down", ResponseTemplate::new(500)).mount(&server).await;
    let http = client(&server);
    let sources: Vec<(String, Box<dyn Source>)> = ["/html", "/gone", "/down", "/good", "/good"]
        .into_iter()
        .map(|at| ("trains".to_owned(), Box::new(source(&server, at)) as Box<dyn Source>))
        .collect();
    let waits = async |at: DateTime<Utc>| -> Vec<i64> {
        let reports = scan_all(&store, &http, &sources, at).await;
        assert_eq!(reports.len(), 4, "one that stands twice is read once");
        reports
            .into_iter()
            .map(|report| match report.unwrap().end {
                ScanEnd::Failed { next_at, .. } => (next_at - at).num_seconds(),
                ScanEnd::NotDue { .. } => -1,
                ScanEnd::CaughtUp | ScanEnd::BudgetUsed => 0,
            })
            .collect()
    };
    let first = waits(now()).await;
    assert!((1_800..=2_160).contains(&first[0]), "{first:?}");
    assert_eq!((first[1], first[3]), (86_400, 0));
    assert!((60..=72).contains(&first[2]), "{first:?}");
    let second = waits(now() + chrono::TimeDelta::minutes(2)).await;
    assert_eq!((second[0], second[1], second[3]), (-1, -1, -1));
    assert!((120..=173).contains(&second[2]), "{second:?}");

    let state = store.source_state(&source(&server, "/gone").id()).await.unwrap().unwrap();
    let gone = HttpError::Gone { url: format!("{}/gone", server.uri()) };
    assert_eq!(state.last_error, Some(gone.to_string()));
}

#[tokio::test]
async fn a_feed_may_be_as_large_as_it_is_told_and_no_larger() {
    let server = MockServer::start().await;
    let store = Store::in_memory().await.unwrap();
    let page = rss("<item><title>a</title><link>/a</link></item>");
    let size = page.len();
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string(page)).mount(&server).await;
    let feed = |at: &str, max_bytes: usize| -> (String, Box<dyn Source>) {
        ("trains".to_owned(), Box::new(FeedSource { max_bytes, ..source(&server, at) }))
    };
    let sources = [feed("/fits", size), feed("/does-not", size - 1)];
    let reports = scan_all(&store, &client(&server), &sources, now()).await;
    let ends: Vec<ScanEnd> = reports.into_iter().map(|report| report.unwrap().end).collect();
    assert!(matches!(ends.as_slice(), [ScanEnd::CaughtUp, ScanEnd::Failed { .. }]), "{ends:?}");
}

/// A source that breaks down.
struct Broken;

#[async_trait]
impl Source for Broken {
    fn id(&self) -> String {
        "broken".to_owned()
    }
    fn kind(&self) -> &'static str {
        "feed"
    }
    async fn scan(
        &self,
        _: &PoliteClient,
        _: &SourceState,
        _: Budget,
        _: DateTime<Utc>,
    ) -> Result<Page, ScanError> {
        panic!("an odd document")
    }
}

#[tokio::test]
async fn a_reader_that_panics_is_one_failed_source() {
    let server = MockServer::start().await;
    let store = Store::in_memory().await.unwrap();
    let page =
        ResponseTemplate::new(200).set_body_string(rss("<item><title>a</title><link>/a</link></item>"));
    Mock::given(any()).respond_with(page).mount(&server).await;
    let sources: Vec<(String, Box<dyn Source>)> =
        vec![("trains".to_owned(), Box::new(Broken)), ("trains".to_owned(), Box::new(source(&server, "/")))];
    let reports = scan_all(&store, &client(&server), &sources, now()).await;
    let ends: Vec<String> = reports.into_iter().map(|report| format!("{:?}", report.unwrap().end)).collect();
    assert!(ends[0].contains("an odd document"), "{ends:?}");
    assert_eq!(ends[1], "CaughtUp");
}
