//! A community: its posts page by page, and its comments, both newest first.

use serde_json::json;

use super::host::{Answer, Ask, Kind};
use super::said::Said;

pub(super) fn answer(said: Vec<&mut Said>, ask: &Ask<'_>) -> Answer {
    assert_eq!(ask.get("sort"), Some("New"));
    let comments = match ask.path {
        "/api/v3/post/list" => false,
        "/api/v3/comment/list" => true,
        other => panic!("`{other}` is asked for"),
    };
    let limit = ask.number("limit").unwrap() as usize;
    let mut all: Vec<&mut Said> =
        said.into_iter().filter(|said| said.came <= ask.now && said.is_reply == comments).collect();
    // What is pinned stands on top, however old.
    all.sort_by_key(|said| std::cmp::Reverse((is_pinned(said), said.at, said.id)));
    let start = if comments {
        (ask.number("page").unwrap_or(1) as usize - 1) * limit
    } else {
        match ask.number("page_cursor") {
            Some(id) => 1 + all.iter().position(|said| said.id == id).expect("a page of ours"),
            None => 0,
        }
    };
    let page = all.iter_mut().skip(start).take(limit);
    let views: Vec<_> = page
        .map(|said| {
            said.told = true;
            if comments { comment(said) } else { post(said) }
        })
        .collect();
    if comments {
        return Answer::of(json!({ "comments": views }));
    }
    let next = views.last().map(|view| view["post"]["id"].to_string());
    Answer::of(json!({ "posts": views, "next_page": next }))
}

fn is_pinned(said: &Said) -> bool {
    said.id.is_multiple_of(211)
}

fn creator(said: &Said) -> serde_json::Value {
    json!({ "name": said.author, "actor_id": format!("https://{}/u/{}", said.place.host, said.author) })
}

fn post(said: &Said) -> serde_json::Value {
    json!({
        "post": {
            "id": said.id, "name": format!("Ferry {}", said.id), "body": said.words(), "ap_id": said.address(Kind::Lemmy),
            "published": said.at.to_rfc3339(), "updated": said.edited.map(|at| at.to_rfc3339()),
            "deleted": said.gone.is_some(), "removed": false, "nsfw": said.hidden, "featured_community": is_pinned(said),
        },
        "creator": creator(said), "counts": { "score": 3, "comments": 0 },
    })
}

fn comment(said: &Said) -> serde_json::Value {
    json!({
        "comment": {
            "id": said.id, "content": said.words(), "ap_id": said.address(Kind::Lemmy),
            "published": said.at.to_rfc3339(), "updated": said.edited.map(|at| at.to_rfc3339()),
            "deleted": said.gone.is_some(), "removed": false,
        },
        "creator": creator(said), "post": { "nsfw": said.hidden, "deleted": false, "removed": false },
        "counts": { "score": 1, "child_count": 0 },
    })
}
