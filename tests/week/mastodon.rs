//! The timeline of a tag: newest first, or with `min_id` the oldest after it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::host::{Answer, Ask, Kind};
use super::said::Said;

/// The id that a server gives at `at`: in its upper bits stands the time.
pub(super) fn snowflake(at: DateTime<Utc>, n: u64) -> u64 {
    (at.timestamp_millis().unsigned_abs() << 16) + n % 0x1_0000
}

/// What an instance says of itself.
pub(super) fn instance(ask: &Ask<'_>) -> Answer {
    assert_eq!(ask.path, "/api/v2/instance", "{}", ask.host);
    let open = json!({ "local": "public", "remote": "public" });
    Answer::of(json!({ "configuration": { "timelines_access": { "hashtag_feeds": open } } }))
}

pub(super) fn answer(said: Vec<&mut Said>, ask: &Ask<'_>) -> Answer {
    let limit = ask.number("limit").unwrap() as usize;
    let (below, above) = (ask.number("max_id").unwrap_or(u64::MAX), ask.number("min_id"));
    let within = |id: u64| id < below && above.is_none_or(|above| id > above);
    let mut statuses: Vec<&mut Said> =
        said.into_iter().filter(|said| said.is_shown(ask.now) && within(said.id)).collect();
    statuses.sort_by_key(|said| said.id);
    let rest = statuses.len().saturating_sub(limit);
    let mut page: Vec<&mut Said> = match above {
        Some(_) => statuses.drain(..limit.min(statuses.len())).collect(),
        None => statuses.drain(rest..).collect(),
    };
    page.reverse();
    page.iter_mut().for_each(|said| said.told = true);
    let link = |relation: &str, name: &str, said: &Said| {
        format!("<https://{}{}?{name}={}>; rel=\"{relation}\"", ask.host, ask.path, said.id)
    };
    let older = page.last().filter(|_| page.len() == limit).map(|last| link("next", "max_id", last));
    let newer = page.first().map(|first| link("prev", "min_id", first));
    let links: Vec<String> = older.into_iter().chain(newer).collect();
    let mut headers = BTreeMap::new();
    if !links.is_empty() {
        headers.insert("link", links.join(", "));
    }
    let statuses: Vec<_> = page.iter().map(|said| status(said)).collect();
    Answer { headers, ..Answer::of(json!(statuses)) }
}

fn status(said: &Said) -> serde_json::Value {
    let address = said.address(Kind::Mastodon);
    json!({
        "id": said.id.to_string(), "uri": format!("https://{}/users/{}/statuses/{}", said.place.host, said.author, said.id),
        "url": address, "created_at": said.at.to_rfc3339(), "edited_at": said.edited.map(|at| at.to_rfc3339()),
        "content": format!("<p>{}</p>", said.words()), "visibility": "public", "reblog": null,
        "account": { "acct": said.author, "noindex": said.hidden },
    })
}
