//! Names of forum tags become ids; what is missing is made where that is allowed.

use serde_json::{Value, json};
use serenity::all::ChannelId;
use serenity::http::{LightMethod, Route};
use tracing::debug;

use super::trouble::is_refusal;
use crate::discord::{Rest, RestError};

/// Tags of one post.
const MAX_APPLIED: usize = 5;
/// Tags of one forum.
const MAX_AVAILABLE: usize = 20;
/// Channel flag: a post needs a tag.
const REQUIRES_TAG: u64 = 1 << 4;

/// The ids of tags in a forum. A refusal leaves tags out: a post without its tags is still a post. Where `make` is
/// false, no new tags are made; it becomes so when the forum refuses one.
pub(super) async fn resolve(
    rest: &Rest,
    forum: u64,
    wanted: &[String],
    make: &mut bool,
) -> Result<Vec<String>, RestError> {
    let route = || Route::Channel { channel_id: ChannelId::new(forum) };
    let channel = match rest.get(route(), Vec::new()).await {
        Ok(channel) => channel,
        Err(err) if is_refusal(&err) => return Ok(Vec::new()),
        Err(err) => return Err(err),
    };
    let available = channel["available_tags"].as_array().cloned().unwrap_or_default();
    let missing: Vec<&String> = wanted.iter().filter(|name| find(&available, name).is_none()).collect();
    let mut known = available.clone();
    let room = MAX_AVAILABLE.saturating_sub(available.len());
    if *make && !missing.is_empty() && room > 0 {
        let mut all = available;
        all.extend(missing.into_iter().take(room).map(|name| json!({ "name": name })));
        let body = json!({ "available_tags": all });
        match rest.send(LightMethod::Patch, route(), Some(&body), None).await {
            Ok(changed) => known = changed["available_tags"].as_array().cloned().unwrap_or_default(),
            Err(err) if is_refusal(&err) => {
                *make = false;
                debug!(%err, "no new tags in forum {forum}");
            }
            Err(err) => return Err(err),
        }
    }
    // Tags that only moderators may set are not for us.
    known.retain(|tag| tag["moderated"] != true);
    let mut ids: Vec<String> = wanted.iter().filter_map(|name| id_of(find(&known, name)?)).collect();
    let flags = channel["flags"].as_u64().unwrap_or_default();
    if ids.is_empty() && flags & REQUIRES_TAG != 0 {
        ids.extend(known.iter().find_map(id_of));
    }
    ids.truncate(MAX_APPLIED);
    Ok(ids)
}

fn find<'a>(tags: &'a [Value], name: &str) -> Option<&'a Value> {
    let same =
        |tag: &&Value| tag["name"].as_str().is_some_and(|n| n.trim().eq_ignore_ascii_case(name.trim()));
    tags.iter().find(same)
}

fn id_of(tag: &Value) -> Option<String> {
    tag["id"].as_str().map(str::to_owned)
}
