//! What a page says of itself, for machines: JSON-LD, OpenGraph and other `<meta>`.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use dom_query::Document;
use serde_json::Value;

use super::super::robots::meta_forbids;
use super::seen::one_line;

/// Scripts of data that are read, and their size in bytes.
const MAX_SCRIPTS: usize = 20;
const MAX_SCRIPT_BYTES: usize = 512 * 1024;

/// Things within one script that are looked at.
const MAX_THINGS: usize = 500;

/// Titles and names are cut here, in characters: what is longer is none.
const MAX_NAME_CHARS: usize = 300;

/// What a page says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Metadata {
    pub(super) title: Option<String>,
    pub(super) site: Option<String>,
    pub(super) byline: Option<String>,
    pub(super) language: Option<String>,
    pub(super) published_at: Option<DateTime<Utc>>,
    pub(super) modified_at: Option<DateTime<Utc>>,
    /// It says that it is not free.
    pub(super) paid: bool,
    /// It says that robots shall not use it.
    pub(super) opted_out: bool,
}

/// Reads what the page says. Of two words for the same thing that for search engines (JSON-LD) wins: it is looked after.
pub(super) fn read(doc: &Document, now: DateTime<Utc>) -> Metadata {
    let (tags, opted_out) = tags(doc);
    let article = article(doc);
    let tag = |names: &[&str]| names.iter().find_map(|name| tags.get(*name)).and_then(|text| name(text));
    let field =
        |path: &[&str]| article.as_ref().and_then(|thing| text_at(thing, path)).and_then(|text| name(&text));
    let date = |key: &str, names: &[&str]| {
        let own = article.as_ref().and_then(|thing| text_at(thing, &[key]));
        let tags = names.iter().filter_map(|name| tags.get(*name).cloned());
        own.into_iter().chain(tags).find_map(|text| moment(&text, now))
    };
    let language = doc.select("html").attr("lang").as_deref().and_then(name);
    Metadata {
        title: field(&["headline"])
            .or_else(|| tag(&["og:title", "twitter:title", "dc.title", "dcterm:title", "parsely-title"]))
            .or_else(|| field(&["name"])),
        site: tag(&["og:site_name", "application-name"]).or_else(|| field(&["publisher", "name"])),
        byline: article.as_ref().and_then(|thing| authors(thing.get("author")?)).or_else(|| {
            tag(&["author", "dc.creator", "parsely-author", "article:author"])
                .filter(|text| !text.contains("://"))
        }),
        language: language.or_else(|| field(&["inLanguage"])).filter(|text| is_language(text)),
        published_at: date(
            "datePublished",
            &[
                "article:published_time",
                "datepublished",
                "date",
                "dc.date",
                "dcterms.created",
                "parsely-pub-date",
            ],
        ),
        modified_at: date("dateModified", &["article:modified_time", "og:updated_time", "datemodified"]),
        paid: article.as_ref().is_some_and(|thing| match thing.get("isAccessibleForFree") {
            Some(Value::Bool(free)) => !free,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("false"),
            _ => false,
        }),
        opted_out,
    }
}

/// All `<meta>` by name, the first of each, and whether one of them forbids robots to use the page.
fn tags(doc: &Document) -> (BTreeMap<String, String>, bool) {
    let (mut tags, mut opted_out) = (BTreeMap::new(), false);
    for node in &doc.select("meta[content]") {
        let content = node.attr("content").unwrap_or_default();
        for key in ["property", "name", "itemprop"] {
            let Some(names) = node.attr(key) else { continue };
            opted_out |= meta_forbids(&names, &content);
            for name in names.split_ascii_whitespace().filter(|_| !content.trim().is_empty()) {
                tags.entry(name.to_ascii_lowercase()).or_insert_with(|| content.to_string());
            }
        }
    }
    (tags, opted_out)
}

/// The first thing in the page's JSON-LD that is an article.
fn article(doc: &Document) -> Option<Value> {
    let scripts = doc.select("script[type]");
    let scripts = scripts.iter().filter(|node| {
        node.attr("type")
            .is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with("application/ld+json"))
    });
    scripts.take(MAX_SCRIPTS).find_map(|node| {
        let text = node.text();
        let text = text.trim().trim_start_matches("<![CDATA[").trim_end_matches("]]>");
        let found: Value = serde_json::from_str(text).ok().filter(|_| text.len() <= MAX_SCRIPT_BYTES)?;
        let mut waiting = vec![found];
        for _ in 0..MAX_THINGS {
            match waiting.pop()? {
                Value::Array(list) => waiting.extend(list.into_iter().rev()),
                Value::Object(mut thing) => {
                    if thing.get("@type").is_some_and(is_article) {
                        return Some(Value::Object(thing));
                    }
                    waiting.extend(["mainEntity", "@graph"].into_iter().filter_map(|key| thing.remove(key)));
                }
                _ => {}
            }
        }
        None
    })
}

/// `NewsArticle`, `BlogPosting`, `Report` … Schema.org has some thirty kinds of them.
fn is_article(kind: &Value) -> bool {
    match kind {
        Value::String(kind) => {
            let kind = kind.rsplit(['/', ':']).next().unwrap_or_default();
            kind.ends_with("Article") || kind.ends_with("Posting") || kind == "Report"
        }
        Value::Array(kinds) => kinds.iter().take(10).any(|kind| kind.is_string() && is_article(kind)),
        _ => false,
    }
}

/// The text at a path; of a list its first.
fn text_at(thing: &Value, path: &[&str]) -> Option<String> {
    let mut at = thing;
    for key in path {
        at = at.get(*key)?;
        at = at.as_array().map_or(Some(at), |list| list.first())?;
    }
    at.as_str().map(str::to_owned)
}

/// `"author"` in its shapes: a name, a thing with a name, a list of both.
fn authors(value: &Value) -> Option<String> {
    let one = |value: &Value| match value {
        Value::String(text) => name(text).filter(|text| !text.contains("://")),
        Value::Object(thing) => thing.get("name").and_then(Value::as_str).and_then(name),
        _ => None,
    };
    let names: Vec<String> = match value {
        Value::Array(list) => list.iter().take(10).filter_map(one).collect(),
        value => one(value).into_iter().collect(),
    };
    name(&names.join(", "))
}

/// A title or a name: one line, no entities, neither empty nor endless. What looks like markup in it is text.
pub(super) fn name(text: &str) -> Option<String> {
    // JSON-LD and `<meta>` are often escaped once too much.
    let text = html_escape::decode_html_entities(text);
    let line = one_line(&text);
    let cut: String = line.chars().take(MAX_NAME_CHARS).collect();
    (!cut.is_empty()).then_some(cut)
}

fn is_language(text: &str) -> bool {
    (2..=35).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// A date as pages write it; one without a zone is taken as UTC. `None` for what no page of the web can say.
fn moment(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let zoned = || {
        ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f %#z", "%Y-%m-%dT%H:%M%#z"]
            .iter()
            .find_map(|form| DateTime::parse_from_str(text, form).ok())
    };
    let plain = || {
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
            .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
    };
    let at = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .ok()
        .or_else(zoned)
        .map(|at| at.to_utc())
        .or_else(|| plain().map(|at| at.and_utc()))?;
    let web_began = DateTime::from_timestamp(662_688_000, 0)?; // 1991
    (at >= web_began && at <= now + TimeDelta::days(1)).then_some(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use serde_json::json;

    use super::super::tree;
    use super::*;
    use crate::ingest::testing::{bent, now};

    fn of(head: &str) -> Metadata {
        read(&tree::parse(head).unwrap(), now())
    }

    #[test]
    fn dates_are_read_as_pages_write_them() {
        for text in [
            "2031-03-16T10:00:00Z",
            "2031-03-16T12:00:00+02:00",
            "2031-03-16T12:00:00+0200",
            "2031-03-16T10:00:00.000",
            "2031-03-16 10:00:00",
            "2031-03-16T10:00",
            "Sun, 16 Mar 2031 10:00:00 GMT",
        ] {
            assert_eq!(moment(text, now()), "2031-03-16T10:00:00Z".parse().ok(), "{text}");
        }
        assert_eq!(moment("2031-03-16", now()), "2031-03-16T00:00:00Z".parse().ok());
        for text in ["", "yesterday", "1970-01-01T00:00:00Z", "2090-01-01", "2031-13-01", "16.03.2031"] {
            assert_eq!(moment(text, now()), None, "{text}");
        }
    }

    #[test]
    fn data_in_its_shapes_is_found() {
        let wanted = |data: &str| {
            let found = of(&format!(
                "<html lang=en-GB><title>x</title><script type='application/ld+json'>{data}</script>"
            ));
            (found.title, found.byline, found.site, found.published_at.is_some(), found.paid)
        };
        let whole = (
            Some("Trains & boats".to_owned()),
            Some("Ana Ply, Ben Roe".to_owned()),
            Some("Ledger".to_owned()),
            true,
            false,
        );
        let thing = r#"{"@type":["Thing","NewsArticle"],"headline":"Trains &amp; boats","author":[{"name":"Ana Ply"},"Ben Roe",7],
            "publisher":[{"name":"Ledger"}],"datePublished":["2031-03-16"],"isAccessibleForFree":true}"#;
        assert_eq!(wanted(thing), whole);
        assert_eq!(wanted(&format!("[{{\"@type\":\"WebSite\",\"name\":\"no\"}},{thing}]")), whole);
        assert_eq!(wanted(&format!("{{\"@graph\":[{{\"@type\":\"Person\"}},{thing}]}}")), whole);
        assert_eq!(wanted(&format!("<![CDATA[{thing}]]>")), whole);
        for paid in ["false", "\"False\""] {
            assert!(
                wanted(&format!(
                    "{{\"@type\":\"https://schema.org/Report\",\"isAccessibleForFree\":{paid}}}"
                ))
                .4
            );
        }
        for broken in [
            "",
            "{",
            "null",
            "[[[[",
            "{\"@type\":7}",
            "{\"@type\":\"NewsArticle\",\"author\":{\"name\":{}},\"headline\":[]}",
        ] {
            assert_eq!(wanted(broken), (None, None, None, false, false), "{broken}");
        }
        wanted(&"[".repeat(100_000));
    }

    #[test]
    fn tags_speak_where_data_does_not() {
        let found = of(
            "<html lang='de'><meta property='og:title' content='Nacht&#8203;z&uuml;ge'><meta name=Author content='Ana Ply'>\
             <meta property='article:author' content='https://ledger.example/ana'><meta property=og:site_name content=Ledger>\
             <meta itemprop=datePublished content=2031-03-16><meta property='article:modified_time' content=2031-03-17>",
        );
        assert_eq!(found.title.as_deref(), Some("Nachtzüge"));
        assert_eq!(
            (found.byline.as_deref(), found.site.as_deref(), found.language.as_deref()),
            (Some("Ana Ply"), Some("Ledger"), Some("de"))
        );
        assert!(found.published_at < found.modified_at && !found.opted_out);
        assert!(of("<meta name=robots content='max-snippet:0, NOAI'>").opted_out);
        assert!(of("<meta name=newsdesk content=noindex>").opted_out);
        assert!(!of("<meta name=otherbot content=noindex>").opted_out);
    }

    proptest! {
        #[test]
        fn whatever_a_page_says_fits_its_fields(
            thing in bent(json!({"@graph": [{"@type": "Person"}, {
                "@type": ["Thing", "NewsArticle"], "headline": "a", "author": [{"name": "b"}, "c"], "publisher": {"name": "d"},
                "datePublished": "2031-03-16", "dateModified": "2031-03-16T10:00:00Z", "inLanguage": "de", "isAccessibleForFree": "false",
            }]})),
            tag in prop::sample::select(vec!["og:title", "author", "og:site_name", "date", "og:updated_time"]),
            content in "\\PC{0,9}|[<>&;#a-z0-9 \u{200b}]{0,400}|20[0-9]{2}-[01][0-9]-[0-3][0-9]",
        ) {
            let escaped = html_escape::encode_double_quoted_attribute(&content);
            let found = of(&format!(
                "<script type=application/ld+json>{thing}</script><meta property='{tag}' content=\"{escaped}\">"
            ));
            for text in [&found.title, &found.site, &found.byline, &found.language].into_iter().flatten() {
                prop_assert!((1..=MAX_NAME_CHARS).contains(&text.chars().count()), "{text:?}");
                prop_assert!(!text.chars().any(char::is_control) && one_line(text) == text.trim(), "{text:?}");
            }
            for at in [found.published_at, found.modified_at].into_iter().flatten() {
                prop_assert!(at.timestamp() >= 662_688_000 && at <= now() + TimeDelta::days(1), "{at}");
            }
        }
    }
}
