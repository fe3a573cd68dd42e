//! The feed of a page for people: `<link rel="alternate" type="application/rss+xml" href="…">`.

use dom_query::NodeRef;
use url::Url;

use crate::address::http_url;
use crate::ingest::article::tree;

/// Pages name their feeds near their beginning.
const LOOK_WITHIN: usize = 512 * 1024;

const KINDS: &[&str] = &[
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "text/rss+xml",
];

/// The feeds that a page names, the one of its articles before those of comments.
pub(super) fn feeds_of(html: &str, page: &Url) -> Vec<Url> {
    let html = html.get(..html.floor_char_boundary(LOOK_WITHIN)).unwrap_or(html);
    let Some(doc) = tree::parse(html) else { return Vec::new() };
    let base = doc.select("base[href]").attr("href").and_then(|href| page.join(href.trim()).ok());
    let base = base.as_ref().unwrap_or(page);
    let (mut articles, mut comments) = (Vec::new(), Vec::new());
    for link in doc.select("link[rel][type][href]").nodes() {
        let Some(href) = feed_link(link).and_then(|href| http_url(base.join(&href).ok()?.as_str())) else {
            continue;
        };
        let about = link.attr("title").unwrap_or_default().to_string() + href.path();
        let list = if about.to_lowercase().contains("comment") { &mut comments } else { &mut articles };
        list.push(href);
    }
    articles.append(&mut comments);
    articles
}

fn feed_link(link: &NodeRef<'_>) -> Option<String> {
    let attribute = |name: &str| link.attr(name).map(|value| value.trim().to_owned());
    let (rel, kind) = (attribute("rel")?.to_ascii_lowercase(), attribute("type")?.to_ascii_lowercase());
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let feed =
        rel.split_whitespace().any(|word| matches!(word, "alternate" | "feed")) && KINDS.contains(&kind);
    attribute("href").filter(|href| feed && !href.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(html: &str) -> Vec<String> {
        let page = Url::parse("https://ledger.example/news/").unwrap();
        feeds_of(html, &page).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_page_names_its_feeds() {
        let html = "<!DOCTYPE html><HTML><head><!-- <link rel='alternate' type='application/rss+xml' href='/old'> -->\
            <script>'<link rel=alternate type=application/rss+xml href=/script>'</SCRIPT>\
            <link rel=stylesheet href=/x.css><link rel='alternate' hreflang='de' href='/de'>\
            <link rel='alternate' type='application/rss+xml' title='Ledger &raquo; Comments' href='/comments/feed/'>\
            <LINK REL=\"Alternate\" TYPE=\"application/atom+xml; charset=utf-8\" HREF=\"all.xml?a=1&amp;b=2\">\
            <link href=/feed.json type=application/feed+json rel='home alternate'/>\
            <link rel='alternate' type='application/rss+xml' href='javascript:x'></head>";
        assert_eq!(
            found(html),
            [
                "https://ledger.example/news/all.xml?a=1&b=2",
                "https://ledger.example/feed.json",
                "https://ledger.example/comments/feed/"
            ]
        );
        let based = "<base href='/x/'><link rel=alternate type=application/rss+xml href=feed>";
        assert_eq!(found(based), ["https://ledger.example/x/feed"]);
        assert!(found("<html><body>Sorry, that went wrong.</body></html>").is_empty());
    }

    #[test]
    fn what_never_ends_is_left() {
        for html in ["<!-- <link ".repeat(40_000), "<script>".repeat(60_000), "<link rel='".repeat(40_000)] {
            assert!(found(&html).is_empty());
        }
    }

    proptest! {
        #[test]
        fn what_stands_first_is_found_whatever_follows(
            rest in prop::collection::vec(
                "<!--|-->|<(/)?(script|style|title|template|noscript|svg|a|p|head|body)( [a-z]{1,3}=['\"]?)?>?|['\"<>=&é /-]\
                 |<link (rel=['\"]?(alternate|feed|icon)['\"]? |type=application/(rss|atom)[+]xml |href=['\"]?[a-z/é:]{0,9}['\"]? ){0,4}/?>\
                 |<base href=/[a-z]{0,3}>", 0..24),
        ) {
            let own = "https://ledger.example/own.xml";
            let all = found(&format!("<link rel=alternate type=application/rss+xml href='{own}'>{}", rest.concat()));
            prop_assert_eq!(all.first().map(String::as_str), Some(own));
            prop_assert!(all.iter().all(|feed| http_url(feed).is_some()), "{all:?}");
        }
    }
}
