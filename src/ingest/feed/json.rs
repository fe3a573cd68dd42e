//! JSON Feed (versions 1 and 1.1), and what is nearly one.

use serde_json::{Map, Value};
use url::Url;

use super::FeedError;
use super::date;
use super::raw::{MAX_ENTRIES, RawEntry, RawFeed, add_name, escaped};
use crate::address::http_url;

/// Reads a JSON document as a feed. Each item is read by itself, whatever stands in its fields.
pub(super) fn read(text: &str, feed_url: &Url) -> Result<RawFeed, FeedError> {
    let document: Value = serde_json::from_str(text).map_err(|err| FeedError::Malformed(err.to_string()))?;
    let Some(items) = document.get("items").and_then(Value::as_array) else {
        return Err(FeedError::Malformed("it is JSON, but has no list of items".to_owned()));
    };
    let mut feed = RawFeed { title: text_of(document.get("title")), ..RawFeed::default() };
    feed.site = text_of(document.get("home_page_url")).and_then(|home| address(&home, feed_url));
    feed.itself = text_of(document.get("feed_url")).and_then(|itself| address(&itself, feed_url));
    if let Some(fields) = document.as_object() {
        names(fields, &mut feed.authors);
    }
    for (n, item) in items.iter().enumerate() {
        if n >= MAX_ENTRIES {
            feed.too_many = true;
            break;
        }
        match item.as_object() {
            Some(item) => feed.entries.push(entry(item, feed_url)),
            None => feed.unreadable.push((n, "it is no object".to_owned())),
        }
    }
    Ok(feed)
}

fn entry(item: &Map<String, Value>, feed_url: &Url) -> RawEntry {
    let text = |name: &str| text_of(item.get(name));
    let plain = |name: &str| text(name).map(|text| escaped(&text));
    let time = |name: &str| text(name).and_then(|text| date::parse(&text));
    let page = |name: &str| text(name).and_then(|text| address(&text, feed_url));
    let mut entry = RawEntry {
        id: text("id").unwrap_or_default(),
        id_is_page: true,
        page: page("url"),
        other_page: page("external_url"),
        title: text("title").map(|title| title.split_whitespace().collect::<Vec<_>>().join(" ")),
        content: text("content_html").or_else(|| plain("content_text")),
        summary: plain("summary"),
        published: time("date_published"),
        updated: time("date_modified"),
        ..RawEntry::default()
    };
    names(item, &mut entry.authors);
    let tags = item.get("tags").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    entry.tags = tags.iter().filter_map(|tag| text_of(Some(tag))).collect();
    entry
}

/// A text, or a number where a text belongs.
fn text_of(value: Option<&Value>) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// `authors` of version 1.1, `author` of version 1.
fn names(of: &Map<String, Value>, into: &mut Vec<String>) {
    let many = of.get("authors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for author in many.iter().chain(of.get("author")) {
        let name = text_of(author.get("name")).or_else(|| text_of(Some(author)));
        add_name(into, &name.unwrap_or_default());
    }
}

fn address(text: &str, feed_url: &Url) -> Option<Url> {
    http_url(text).or_else(|| feed_url.join(text).ok().and_then(|url| http_url(url.as_str())))
}
