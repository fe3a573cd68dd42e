//! Under which address a page is cited.

use dom_query::Document;
use url::Url;

use crate::address::{http_url, strip_tracking};

/// Names of a host that show the same site in another form.
const FORMS: [&str; 4] = ["www.", "m.", "mobile.", "amp."];

/// The page's own word for its address (`<link rel=canonical>`, else `og:url`) when it stays on the site, else where the
/// page was found; without tracking parameters and fragment.
pub(super) fn cited(doc: &Document, found: &Url) -> Url {
    let link = doc.select("link[rel][href]");
    let link = link.iter().find(|node| {
        node.attr("rel").is_some_and(|rel| {
            rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("canonical"))
        })
    });
    let link = link.and_then(|node| node.attr("href"));
    let graph = || doc.select("meta[property='og:url'][content]").attr("content");
    let claimed = link.or_else(graph).and_then(|text| found.join(text.trim()).ok());
    let mut url =
        claimed.filter(|claimed| is_of_the_same_site(claimed, found)).unwrap_or_else(|| found.clone());
    if found.scheme() == "https" && url.port().is_none() {
        // Fails for schemes of another kind only, and both are of the web.
        let _set = url.set_scheme("https");
    }
    url.set_fragment(None);
    strip_tracking(&mut url);
    url
}

/// Whether a claimed address may stand for the found one. Not every host of one owner passes: which names belong
/// together is not told by the names alone (`a.pages.example`, `b.pages.example`).
fn is_of_the_same_site(claimed: &Url, found: &Url) -> bool {
    let site = |url: &Url| {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
        let bare = FORMS.iter().find_map(|form| host.strip_prefix(form)).filter(|bare| bare.contains('.'));
        bare.map_or_else(|| host.clone(), str::to_owned)
    };
    let front = |url: &Url| url.path() == "/" && url.query().is_none();
    http_url(claimed.as_str()).is_some()
        && claimed.username().is_empty()
        && claimed.password().is_none()
        && site(claimed) == site(found)
        && claimed.port() == found.port()
        // A mistake of many templates: every page calls itself the front page.
        && (front(found) || !front(claimed))
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn cite(head: &str, found: &str) -> String {
        cited(&tree::parse(head).unwrap(), &found.parse().unwrap()).to_string()
    }

    #[test]
    fn a_page_may_name_its_address_on_its_own_site_only() {
        let found = "https://www.ledger.example/a?id=7&utm_source=x#top";
        for (claimed, cited) in [
            ("https://ledger.example/b", "https://ledger.example/b"),
            ("/b?utm_medium=y", "https://www.ledger.example/b"),
            ("http://amp.ledger.example/b", "https://amp.ledger.example/b"),
            ("https://evil.example/b", "https://www.ledger.example/a?id=7"),
            ("https://ledger.example.evil.example/b", "https://www.ledger.example/a?id=7"),
            ("https://other.ledger.example/b", "https://www.ledger.example/a?id=7"),
            ("https://ledger.example:8443/b", "https://www.ledger.example/a?id=7"),
            ("https://ana@ledger.example/b", "https://www.ledger.example/a?id=7"),
            ("https://ledger.example/", "https://www.ledger.example/a?id=7"),
            ("javascript:alert(1)", "https://www.ledger.example/a?id=7"),
            ("", "https://www.ledger.example/a?id=7"),
        ] {
            assert_eq!(
                cite(&format!("<link rel='x Canonical' href='{claimed}'>"), found),
                cited,
                "{claimed}"
            );
            assert_eq!(
                cite(&format!("<meta property=og:url content='{claimed}'>"), found),
                cited,
                "{claimed}"
            );
        }
        assert_eq!(cite("<p>none", "http://ledger.example/a"), "http://ledger.example/a");
    }
}
