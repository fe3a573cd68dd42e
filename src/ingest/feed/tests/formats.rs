//! What feeds write, and what readers expect to be made of it.

use proptest::prelude::{prop, prop_assert_eq, proptest};

use super::*;
use crate::address::canonical;
use crate::address::native_id;
use crate::ingest::testing;
use crate::model::TombstoneReason;

fn one(text: &str) -> IncomingRecord {
    let records = read(text);
    assert_eq!(records.len(), 1, "{records:?}");
    records.into_iter().next().unwrap()
}

fn item(inner: &str) -> IncomingRecord {
    one(&format!(
        "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/' \
         xmlns:media='http://search.yahoo.com/mrss/' xmlns:slash='http://purl.org/rss/1.0/modules/slash/' \
         xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0'><channel><title>Ledger</title><item>{inner}</item></channel></rss>"
    ))
}

fn atom(inner: &str) -> IncomingRecord {
    one(&format!(
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>Notes</title><entry>{inner}</entry></feed>"
    ))
}

#[test]
fn atom_of_2003_is_read_as_atom() {
    let record = one(
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><title>Tidal Notes</title><tagline>x</tagline><entry>\
         <title type='text/html' mode='escaped'>High &lt;b&gt;tide&lt;/b&gt;</title><link rel='alternate' type='text/html' href='https://notes.example/1'/>\
         <id>tag:1</id><issued>2031-03-01T08:00:00+01:00</issued><modified>2031-03-02T08:00:00Z</modified><author><name>Bo</name></author>\
         <content type='application/xhtml+xml' mode='xml'><div xmlns='http://www.w3.org/1999/xhtml'>at <b>six</b></div></content></entry></feed>",
    );
    assert_eq!((record.title.as_deref(), record.venue.as_str()), (Some("High tide"), "Tidal Notes"));
    assert_eq!(record.permalink, "https://notes.example/1");
    assert_eq!(record.published_at.to_rfc3339(), "2031-03-01T07:00:00+00:00");
    assert!(record.edited_at.is_some());
    assert!(record.body.contains("at <b>six</b>"), "{}", record.body);
}

#[test]
fn every_version_of_rss_is_rss() {
    for root in [
        "rss version='0.91'",
        "rss version='0.92'",
        "rss version='0.94'",
        "rss version='2.0.1'",
        "rss",
        "RSS version=\"2.0\"",
    ] {
        let name = root.split(' ').next().unwrap();
        let text =
            format!("<{root}><channel><title>x</title><item><title>a</title></item></channel></{name}>");
        assert_eq!(one(&text).title.as_deref(), Some("a"), "{root}");
    }
    let rdf = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/'>\
         <channel rdf:about='x'><title>Ledger</title><items><rdf:Seq><rdf:li resource='https://ledger.example/1'/></rdf:Seq></items></channel>\
         <item rdf:about='https://ledger.example/1'><title>a</title><dc:date>2031-03-01</dc:date><dc:creator>Ana</dc:creator><dc:subject>Rail</dc:subject></item></rdf:RDF>";
    let record = one(rdf);
    assert_eq!(record.permalink, "https://ledger.example/1");
    assert_eq!((record.author.as_deref(), record.tags.as_slice()), (Some("Ana"), &["Rail".to_owned()][..]));
    assert_eq!(record.published_at.to_rfc3339(), "2031-03-01T00:00:00+00:00");
    let prefixed = "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:title>x</a:title><a:entry><a:title>b</a:title></a:entry></a:feed>";
    assert_eq!(one(prefixed).title.as_deref(), Some("b"));
    assert_eq!(
        one("<entry xmlns='http://www.w3.org/2005/Atom'><title>c</title></entry>").title.as_deref(),
        Some("c")
    );
}

#[test]
fn an_odd_content_type_costs_no_entry() {
    for kind in ["text/x-markdown", "MARKDOWN", "text", "html5", "text/html; charset=utf-8", ""] {
        let record = atom(&format!("<title>a</title><content type='{kind}'>six cars</content>"));
        assert_eq!(record.body, "six cars", "{kind}");
    }
    let picture =
        atom("<title>a</title><summary>six cars</summary><content type='image/png'>iVBORw0KGgo=</content>");
    assert_eq!(picture.body, "six cars");
    let elsewhere = atom("<title>a</title><content type='text/html' src='https://notes.example/x'/>");
    assert_eq!((elsewhere.body.as_str(), elsewhere.permalink.as_str()), ("", "https://notes.example/x"));
}

#[test]
fn plain_text_stays_plain_and_markup_stays_markup() {
    assert_eq!(atom("<summary>1 &lt; 2 &amp;amp; 3</summary>").body, "1 &lt; 2 &amp;amp; 3");
    assert_eq!(
        atom("<summary>&lt;p&gt;hello&lt;/p&gt;</summary>").body,
        "<p>hello</p>",
        "it only calls itself plain"
    );
    let xhtml = atom(
        "<summary type='xhtml'><h:div xmlns:h='http://www.w3.org/1999/xhtml'>1 &lt; <h:em>2</h:em><h:br/></h:div></summary>",
    );
    assert_eq!(xhtml.body, "<div xmlns:h='http://www.w3.org/1999/xhtml'>1 &lt; <em>2</em><br/></div>");
    assert_eq!(
        item("<description>six <b>cars</b><br>&amp; more</description>").body,
        "six <b>cars</b><br>& more"
    );
    assert_eq!(
        item("<title>The &lt;i&gt;Ledger&lt;/i&gt; on\n &lt;select&gt; &amp;amp; co</title>")
            .title
            .as_deref(),
        Some("The Ledger on <select> &amp; co")
    );
    assert_eq!(atom("<title>On &lt;b&gt;</title>").title.as_deref(), Some("On <b>"));
}

#[test]
fn the_whole_text_wins_over_the_summary() {
    let both = "<title>a</title><description>short</description><content:encoded><![CDATA[<p>long</p>]]></content:encoded>";
    assert_eq!(item(both).body, "<p>long</p>");
    assert_eq!(item("<description>short</description><content:encoded/>").body, "short");
    assert_eq!(item("<description/><fullitem>&lt;p&gt;all&lt;/p&gt;</fullitem>").body, "<p>all</p>");
    assert_eq!(item("<body xmlns='http://www.w3.org/1999/xhtml'><p>all</p></body>").body, "<p>all</p>");
}

#[test]
fn media_speak_where_nothing_else_does() {
    let media = "<media:group><media:content url='https://ledger.example/v.mp4'><media:title>Six cars</media:title></media:content>\
                 <media:description type='plain'>The train, filmed</media:description><media:thumbnail url='x' alt='a train'/></media:group>";
    let record = item(media);
    assert_eq!((record.title.as_deref(), record.body.as_str()), (Some("Six cars"), "The train, filmed"));
    let record = item(&format!("<title>a</title><description>b</description>{media}"));
    assert_eq!((record.title.as_deref(), record.body.as_str()), (Some("a"), "b"));
    assert_eq!(item("<title>a</title><media:thumbnail url='x' alt='a &amp; b'/>").body, "a &amp; b");
}

#[test]
fn an_entrys_address_is_the_articles() {
    let link = |inner: &str| item(&format!("<title>a</title>{inner}")).permalink;
    let proxy = "<link>https://feeds.example/~r/1</link><feedburner:origLink>https://ledger.example/1?utm_source=feed</feedburner:origLink>";
    assert_eq!(link(proxy), "https://ledger.example/1");
    assert_eq!(link("<link> \n https://ledger.example/2 \n</link>"), "https://ledger.example/2");
    assert_eq!(
        link("<link><![CDATA[https://ledger.example/a?b=1&c=2]]></link>"),
        "https://ledger.example/a?b=1&c=2"
    );
    assert_eq!(
        link("<link>https://ledger.example/a?b=1&copy=2</link>"),
        "https://ledger.example/a?b=1&copy=2"
    );
    assert_eq!(link("<link href='https://ledger.example/3'/>"), "https://ledger.example/3");
    assert_eq!(link("<guid>https://ledger.example/4</guid>"), "https://ledger.example/4");
    let own = "https://ledger.example/feeds/all.xml";
    assert_eq!(link("<guid isPermaLink='false'>https://ledger.example/4</guid>"), own);
    assert_eq!(link("<link>ftp://ledger.example/5</link>"), own);
    let many = atom(
        "<title>a</title><link rel='self' href='/self'/><link rel='alternate' type='application/json' href='/json'/><link rel='replies' href='/r'/>\
         <link rel='alternate' type='text/html' href='/page'/>",
    );
    assert_eq!(many.permalink, "https://ledger.example/page");
    let based = one(
        "<rss version='2.0' xml:base='https://other.example/x/'><channel><item xml:base='deep/'><title>a</title><link>one</link></item></channel></rss>",
    );
    assert_eq!(based.permalink, "https://other.example/x/deep/one");
}

#[test]
fn two_addresses_of_one_article_are_one_identity() {
    let a = item(
        "<title>a</title><link>http://www.ledger.example/1/?utm_source=rss&amp;utm_medium=x</link><guid isPermaLink='false'>7</guid>",
    );
    let b = atom("<title>a</title><link href='https://ledger.example/1#top'/><id>tag:1</id>");
    assert_eq!(a.native_id, b.native_id);
}

#[test]
fn an_entry_that_stands_twice_is_one() {
    let text = rss("<item><title>a</title><guid isPermaLink='false'>1</guid></item>\
                    <item><title>a again</title><guid isPermaLink='false'>1</guid></item>");
    let parsed = parse(text.as_bytes(), None, &origin(), now()).unwrap();
    assert_eq!((parsed.records.len(), parsed.skipped.len()), (1, 1));
    assert_eq!(
        read(&rss("<item><description>a</description></item><item><description>b</description></item>"))
            .len(),
        2
    );
}

#[test]
fn authors_are_names() {
    assert_eq!(item("<title>a</title><author>desk@ledger.example</author>").author, None);
    assert_eq!(
        item("<title>a</title><dc:creator><![CDATA[Ana Holm]]></dc:creator><dc:creator>Bo</dc:creator>")
            .author
            .as_deref(),
        Some("Ana Holm, Bo")
    );
    let inherited = "<feed xmlns='http://www.w3.org/2005/Atom'><author><name>Cy</name><email>c@x.example</email></author><entry><title>a</title></entry></feed>";
    assert_eq!(one(inherited).author.as_deref(), Some("Cy"));
    assert_eq!(item("<title>a</title><slash:comments>12</slash:comments>").engagement.replies, Some(12));
}

#[test]
fn malformed_documents_give_what_is_in_them() {
    let titles =
        |text: &str| -> Vec<String> { read(text).into_iter().filter_map(|record| record.title).collect() };
    assert_eq!(
        titles(&rss("<item><title>Bolt & Sons &eacute;t&eacute; &nbsp;</title></item>")),
        ["Bolt & Sons été"]
    );
    assert_eq!(
        titles(
            "\n\n<?xml version='1.0'?>\n<rss version='2.0'><channel><item><title>a</title></item></channel></rss>"
        ),
        ["a"]
    );
    assert_eq!(
        titles("<rss version='2.0'><channel><item><title>a</title></item><item><title>b</tit"),
        ["a", "b"]
    );
    assert_eq!(
        titles(&rss(
            "<item><title>a</title><description><p>x<ul></description></item><item><title>b</title></item>"
        )),
        ["a", "b"]
    );
    assert_eq!(titles(&rss("<item><title>a</title><item><title>b</title></item>")), ["a", "b"]);
    assert_eq!(titles(&rss("<item><title>a \u{0}b</title></item>")).len(), 1);
    let utf_16: Vec<u8> =
        rss("<item><title>東</title></item>").encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(parse(&utf_16, None, &origin(), now()).unwrap().records[0].title.as_deref(), Some("東"));
}

#[test]
fn json_feeds_may_number_their_items() {
    let text = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "Ledger", "home_page_url": "https://ledger.example/",
        "authors": [{"name": "Ana"}], "items": [
        {"id": 7, "url": "/seven", "title": "Seven", "content_text": "1 < 2\nand", "date_published": "2031-03-01T00:00:00Z", "tags": ["Rail", 3, null]},
        {"id": 8.5, "content_html": "<p>x</p>", "author": {"name": "Bo"}, "date_modified": "soon"},
        {"id": "nine", "external_url": "https://other.example/9", "summary": "nine"},
        {"id": 10}, "eleven", null, {"id": {"a": 1}, "title": ["x"], "content_html": "twelve"}]}"#;
    let parsed = parse(text.as_bytes(), None, &origin(), now()).unwrap();
    let [seven, eight, nine, twelve] = &parsed.records[..] else { panic!("{parsed:?}") };
    assert_eq!(parsed.skipped.len(), 3);
    assert_eq!(
        (seven.native_id.as_str(), seven.body.as_str()),
        ("https://ledger.example/seven", "1 &lt; 2\nand")
    );
    assert_eq!((seven.author.as_deref(), eight.author.as_deref()), (Some("Ana"), Some("Bo")));
    assert_eq!(seven.tags, ["Rail", "3"]);
    assert_eq!(eight.native_id, "https://ledger.example/feeds/all.xml 8.5");
    assert_eq!(nine.permalink, "https://other.example/9");
    assert_eq!(twelve.body, "twelve");
    assert!(parse(b"{\"items\": 7}", None, &origin(), now()).is_err());
    assert!(parse(b"{\"items\": [{\"id\": 1", None, &origin(), now()).is_err());
}

#[test]
fn an_entry_that_is_taken_back_is_gone() {
    let feed = |inner: &str| {
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0'><title>x</title>{inner}</feed>"
        )
    };
    let entry = "<entry><id>urn:1</id><title>a</title><link href='/one'/><updated>2031-03-01T00:00:00Z</updated></entry>";
    let parsed = parse(feed(entry).as_bytes(), None, &origin(), now()).unwrap();
    let native_id = parsed.records[0].native_id.clone();
    let gone = feed(
        "<at:deleted-entry ref='urn:1' when='2031-03-02T00:00:00Z'><at:comment>sorry</at:comment></at:deleted-entry>",
    );
    let mut later = parse(gone.as_bytes(), None, &origin(), now()).unwrap();
    later.withdraw_known(&parsed.ids, &origin());
    assert!(later.records.iter().all(|record| record.deleted == Some(TombstoneReason::Author)));
    assert!(later.records.iter().any(|record| record.native_id == native_id), "{later:?}");
    let by_address = feed("<at:deleted-entry ref='https://ledger.example/one' when='2031-03-02T00:00:00Z'/>");
    assert!(read(&by_address).iter().any(|record| record.native_id == native_id));
    let both = |when: &str| read(&feed(&format!("{entry}<at:deleted-entry ref='urn:1' when='{when}'/>")));
    assert!(both("2031-02-01T00:00:00Z").iter().all(|record| record.deleted.is_none()), "it was put back");
    assert!(
        both("2031-03-02T00:00:00Z")
            .iter()
            .any(|record| record.deleted.is_some() && record.native_id == native_id)
    );
}

#[test]
fn a_feed_takes_nothing_back_that_another_outlet_said() {
    let gone = |inner: &str| -> Vec<String> {
        let text = format!("<feed xmlns:at='http://purl.org/atompub/tombstones/1.0'>{inner}</feed>");
        let mut parsed = parse(text.as_bytes(), None, &origin(), now()).unwrap();
        parsed.withdraw_known(&[("urn:2".to_owned(), "https://reef.example/2".to_owned())].into(), &origin());
        let gone = parsed.records.into_iter().filter(|record| record.deleted.is_some());
        gone.map(|record| record.native_id).collect()
    };
    let own = |id: &str| format!("https://ledger.example/feeds/all.xml {id}");
    let address = "https://reef.example/1";
    assert_eq!(gone(&format!("<at:deleted-entry ref='{address}'/>")), [own(address)]);
    let linked = format!("<at:deleted-entry ref='urn:1'><link href='{address}'/></at:deleted-entry>");
    assert_eq!(gone(&linked), [own("urn:1")]);
    assert_eq!(gone("<at:deleted-entry ref='http://www.ledger.example?p=7'/>").len(), 2, "its own");
    let listed = "<at:deleted-entry ref='urn:2'/>";
    assert_eq!(gone(listed), [own("urn:2"), "https://reef.example/2".to_owned()], "it was in the feed");
}

fn documents() -> Vec<Vec<u8>> {
    [
        rss("<item><title>Té</title><link>/a?b=1&amp;c</link><guid>1</guid><pubDate>Mon, 17 Mar 2031 08:05:07 GMT</pubDate><description><![CDATA[<p>x]]></description></item><item><guid>2</guid><title>b</title></item>"),
        "<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom' xml:base='x/'><entry xml:base='y'><id>1</id><title type='xhtml'><b>東</b></title><link href='z'/><updated>2031-03-02T00:00:00Z</updated></entry></feed>".to_owned(),
        "<rdf:RDF xmlns:rdf='r' xmlns:dc='http://purl.org/dc/elements/1.1/'><item rdf:about='x'><title>a</title><dc:date>2031</dc:date></item></rdf:RDF>".to_owned(),
        r#"{"items": [{"id": 1, "url": "é", "title": "x", "tags": ["a"], "date_published": "2031-03-02"}]}"#.to_owned(),
        "<feed xmlns:at='http://purl.org/atompub/tombstones/1.0'><entry><id>1</id><title>x</title></entry><at:deleted-entry ref='1' when='2031-03-02'/><ttl>5</ttl><skipHours><hour>3</hour></skipHours></feed>".to_owned(),
    ]
    .map(String::into_bytes)
    .to_vec()
}

/// What holds of the records of any document.
fn check(parsed: &ParsedFeed) {
    let feed = canonical(&origin().known_as);
    let live: Vec<&IncomingRecord> =
        parsed.records.iter().filter(|record| record.deleted.is_none()).collect();
    let ids: std::collections::BTreeSet<&str> = live.iter().map(|record| record.native_id.as_str()).collect();
    assert_eq!(ids.len(), live.len(), "{ids:?}");
    for record in live {
        testing::check_words(record);
        let shown = native_id(&Platform::Feed, &record.permalink).as_ref() == Some(&record.native_id);
        assert!(shown || record.native_id.starts_with(&format!("{feed} ")), "{record:?}");
        assert!(record.published_at <= now() + chrono::TimeDelta::minutes(2), "{record:?}");
        assert!(record.edited_at.is_none_or(|at| at > record.published_at), "{record:?}");
    }
}

proptest! {
    #[test]
    fn damage_makes_no_record_that_is_none(
        bytes in testing::damaged(documents()),
        charset in prop::option::of("(utf-16|koi8-r|shift_jis|iso-8859-1|x)"),
    ) {
        if let Ok(parsed) = parse(&bytes, charset.as_deref(), &origin(), now()) {
            check(&parsed);
            prop_assert_eq!(parse(&bytes, charset.as_deref(), &origin(), now()).unwrap(), parsed);
        }
    }

    #[test]
    fn a_json_feed_of_any_shape_keeps_what_is_readable(
        feed in testing::bent(serde_json::json!({"title": "Ledger", "authors": [{"name": "Ana"}], "items": [
            {"id": 7, "url": "/seven", "title": "Seven", "content_text": "1 < 2", "date_published": "2031-03-01", "tags": ["Rail", 3]},
            {"id": "8", "content_html": "<p>x</p>", "author": {"name": "Bo"}, "date_modified": "2031-03-02"}, "nine"]})),
    ) {
        if let Ok(parsed) = parse(feed.to_string().as_bytes(), None, &origin(), now()) {
            check(&parsed);
            let items = feed["items"].as_array().unwrap().len();
            prop_assert_eq!(parsed.records.len() + parsed.skipped.len(), items);
        }
    }
}
