//! The search of Hacker News, newest first, and its items.

use serde_json::json;

use super::host::{Answer, Ask};
use super::said::Said;

/// One item, whatever list it is in.
pub(super) fn item(said: &[Said], ask: &Ask<'_>) -> Answer {
    let id = ask.path.strip_prefix("/v0/item/").and_then(|rest| rest.strip_suffix(".json"));
    let id: Option<u64> = id.and_then(|id| id.parse().ok());
    assert!(id.is_some(), "{}{} {:?}", ask.host, ask.path, ask.query);
    Answer::of(said.iter().find(|said| Some(said.id) == id).map_or(json!(null), item_of))
}

pub(super) fn answer(said: Vec<&mut Said>, ask: &Ask<'_>) -> Answer {
    assert_eq!(ask.path, "/api/v1/search_by_date");
    let filter = ask.get("numericFilters").unwrap();
    let bound = |op: &str| -> Option<i64> {
        filter.split(',').find_map(|part| part.strip_prefix("created_at_i")?.strip_prefix(op)?.parse().ok())
    };
    let (after, until) = (bound(">").unwrap(), bound("<=").unwrap_or(i64::MAX));
    let per_page = ask.number("hitsPerPage").unwrap() as usize;
    let within = |at: i64| at > after && at <= until;
    let mut hits: Vec<&mut Said> =
        said.into_iter().filter(|said| said.is_shown(ask.now) && within(said.at.timestamp())).collect();
    hits.sort_by_key(|said| (std::cmp::Reverse(said.at.timestamp()), said.id));
    hits.truncate(per_page);
    hits.iter_mut().for_each(|said| said.told = true);
    let mut hits: Vec<_> = hits.iter().map(|said| hit_of(said)).collect();
    // An index that is being rebuilt gives a hit twice.
    if let Some(first) = hits.first().cloned().filter(|_| hits.len() % 3 == 1 && hits.len() < per_page) {
        hits.push(first);
    }
    Answer::of(json!({ "hits": hits, "hitsPerPage": per_page }))
}

fn is_story(said: &Said) -> bool {
    said.place.only_stories || said.id.is_multiple_of(3)
}

fn hit_of(said: &Said) -> serde_json::Value {
    let mut hit = json!({ "objectID": said.id.to_string(), "created_at_i": said.at.timestamp(), "author": said.author });
    let (key, tag) = if is_story(said) { ("title", "story") } else { ("comment_text", "comment") };
    hit[key] = json!(said.words());
    hit["_tags"] = json!([tag, format!("author_{}", said.author)]);
    hit
}

fn item_of(said: &Said) -> serde_json::Value {
    if said.gone.is_some() {
        return json!({ "id": said.id, "time": said.at.timestamp(), "deleted": true, "type": "comment" });
    }
    let (key, kind) = if is_story(said) { ("title", "story") } else { ("text", "comment") };
    json!({ "id": said.id, "time": said.at.timestamp(), "by": said.author, "type": kind, key: said.words() })
}
