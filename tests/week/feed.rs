//! A feed that shows its latest entries and nothing else.

use std::collections::BTreeMap;

use newsdesk::model::Sha256;

use super::host::{Answer, Ask, Kind};
use super::said::Said;

/// Entries that it shows.
pub(super) const SHOWN: usize = 12;

pub(super) fn answer(said: Vec<&mut Said>, ask: &Ask<'_>) -> Answer {
    let mut entries: Vec<&mut Said> = said.into_iter().filter(|said| said.is_shown(ask.now)).collect();
    entries.sort_by_key(|said| (std::cmp::Reverse(said.came), said.id));
    entries.truncate(SHOWN);
    let items: String = entries.iter().map(|said| item(said)).collect();
    let body = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>The Sound Post</title>{items}</channel></rss>"
    );
    let etag = format!("\"{}\"", Sha256::of(&body).as_str());
    let mut headers =
        BTreeMap::from([("etag", etag.clone()), ("content-type", "application/rss+xml".to_owned())]);
    headers.extend(ask.max_age.map(|seconds| ("cache-control", format!("max-age={seconds}"))));
    if ask.validator == Some(etag.as_str()) {
        return Answer { status: 304, headers, body: String::new() };
    }
    entries.iter_mut().for_each(|said| said.told = true);
    Answer { status: 200, headers, body }
}

fn item(said: &Said) -> String {
    let address = said.address(Kind::Feed);
    format!(
        "<item><guid>{address}</guid><link>{address}?utm_source=rss</link><title>Ferry {}</title>\
         <description>{}</description><pubDate>{}</pubDate></item>",
        said.id,
        said.words(),
        said.at.to_rfc2822()
    )
}
