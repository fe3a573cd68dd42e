//! The feed of a page for people: `<link rel="alternate" type="application/rss+xml" href="…">`.

use url::Url;

use super::entities::decoded;
use super::xml::{Tag, tag_of};
use crate::ingest::address::http_url;

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
    let mut base = page.clone();
    let (mut articles, mut comments) = (Vec::new(), Vec::new());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = rest.get(at..).unwrap_or_default();
        let tag = tag_of(rest);
        let name = tag.name.to_ascii_lowercase();
        // What stands in comments and scripts was not meant; where they do not end, nothing more was.
        let end = match name.as_str() {
            _ if rest.starts_with("<!--") => rest.find("-->"),
            "script" => rest.find("</script"),
            _ => Some(tag.raw.len()),
        };
        let Some(end) = end else { break };
        match name.as_str() {
            "base" => {
                if let Some(href) = attribute(tag, "href").and_then(|href| page.join(&href).ok()) {
                    base = href;
                }
            }
            "link" => {
                if let Some(href) = feed_link(tag).and_then(|href| base.join(&href).ok()) {
                    let about = attribute(tag, "title").unwrap_or_default() + href.path();
                    let list =
                        if about.to_lowercase().contains("comment") { &mut comments } else { &mut articles };
                    list.extend(http_url(href.as_str()));
                }
            }
            _ => {}
        }
        rest = rest.get(end.max(1)..).unwrap_or_default();
    }
    articles.append(&mut comments);
    articles
}

fn feed_link(tag: Tag<'_>) -> Option<String> {
    let rel = attribute(tag, "rel")?.to_ascii_lowercase();
    let kind = attribute(tag, "type")?.to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let feed =
        rel.split_whitespace().any(|word| matches!(word, "alternate" | "feed")) && KINDS.contains(&kind);
    attribute(tag, "href").filter(|href| feed && !href.is_empty())
}

fn attribute(tag: Tag<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().find(|(found, _)| found.eq_ignore_ascii_case(name));
    found.map(|(_, value)| decoded(value).trim().to_owned())
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
            <script>'<link rel=alternate type=application/rss+xml href=/script>'</script>\
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
        fn no_page_stops_it(html in "[<>/!\\-a-k =\"'é]{0,200}", real in "(<(link|base|script) (rel|type|href)=['\"a-z/é]{0,9}>?|é| ){0,20}") {
            found(&html);
            found(&real);
        }
    }
}
