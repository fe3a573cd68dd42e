//! Names of forum tags become ids; what is missing is made where that is allowed.

use serde_json::{Value, json};
use serenity::all::ChannelId;
use serenity::http::{LightMethod, Route};
use tracing::debug;

use crate::discord::Rest;

/// Tags of one post.
const MAX_APPLIED: usize = 5;
/// Tags of one forum.
const MAX_AVAILABLE: usize = 20;
/// Channel flag: a post needs a tag.
const REQUIRES_TAG: u64 = 1 << 4;

/// The ids of tags in a forum. Never fails: a post without its tags is still a post.
pub(super) async fn resolve(rest: &Rest, forum: u64, wanted: &[String]) -> Vec<String> {
    let route = || Route::Channel { channel_id: ChannelId::new(forum) };
    let Ok(channel) = rest.get(route(), Vec::new()).await else { return Vec::new() };
    let mut channel = channel;
    // A post of the forum is asked for its parent.
    if let (Some(parent), true) = (channel["parent_id"].as_str(), channel["thread_metadata"].is_object())
        && let Ok(parent) = parent.parse::<u64>()
        && parent != 0
    {
        let route = Route::Channel { channel_id: ChannelId::new(parent) };
        let Ok(above) = rest.get(route, Vec::new()).await else { return Vec::new() };
        channel = above;
    }
    let available = channel["available_tags"].as_array().cloned().unwrap_or_default();
    let missing: Vec<&String> = wanted.iter().filter(|name| id_of(&available, name).is_none()).collect();
    let mut known = available.clone();
    let room = MAX_AVAILABLE.saturating_sub(available.len());
    if !missing.is_empty() && room > 0 {
        let mut all = available;
        all.extend(missing.into_iter().take(room).map(|name| json!({ "name": name })));
        let body = json!({ "available_tags": all });
        match rest.send(LightMethod::Patch, route(), Some(&body), None).await {
            Ok(changed) => known = changed["available_tags"].as_array().cloned().unwrap_or_default(),
            Err(err) => debug!(%err, "no new tags in forum {forum}"),
        }
    }
    let mut ids: Vec<String> = wanted.iter().filter_map(|name| id_of(&known, name)).collect();
    let flags = channel["flags"].as_u64().unwrap_or_default();
    if ids.is_empty() && flags & REQUIRES_TAG != 0 {
        ids.extend(known.iter().find_map(|tag| tag["id"].as_str().map(str::to_owned)));
    }
    ids.truncate(MAX_APPLIED);
    ids
}

fn id_of(tags: &[Value], name: &str) -> Option<String> {
    let same =
        |tag: &&Value| tag["name"].as_str().is_some_and(|n| n.trim().eq_ignore_ascii_case(name.trim()));
    tags.iter().find(same)?["id"].as_str().map(str::to_owned)
}
