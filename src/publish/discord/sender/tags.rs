//! Names of forum tags become ids; what is missing is made where that is allowed.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use serenity::all::ChannelId;
use serenity::http::{LightMethod, Route};
use tracing::debug;

use crate::discord::{Rest, RestError};

/// Tags of one post.
const MAX_APPLIED: usize = 5;
/// Tags of one forum.
const MAX_AVAILABLE: usize = 20;
/// Channel flag: a post needs a tag.
const REQUIRES_TAG: u64 = 1 << 4;

/// The forums that let nobody like us make tags: they are asked once.
#[derive(Debug, Default)]
pub(super) struct Tags {
    closed: Mutex<BTreeSet<u64>>,
}

impl Tags {
    /// The ids of tags in a forum. Never fails: a post without its tags is still a post.
    pub(super) async fn resolve(&self, rest: &Rest, forum: u64, wanted: &[String]) -> Vec<String> {
        let route = || Route::Channel { channel_id: ChannelId::new(forum) };
        let Ok(channel) = rest.get(route(), Vec::new()).await else { return Vec::new() };
        let available = channel["available_tags"].as_array().cloned().unwrap_or_default();
        let missing: Vec<&String> = wanted.iter().filter(|name| id_of(&available, name).is_none()).collect();
        let mut known = available.clone();
        let room = MAX_AVAILABLE.saturating_sub(available.len());
        let may = !self.closed.lock().unwrap_or_else(PoisonError::into_inner).contains(&forum);
        if !missing.is_empty() && room > 0 && may {
            let mut all = available;
            all.extend(missing.into_iter().take(room).map(|name| json!({ "name": name })));
            let body = json!({ "available_tags": all });
            match rest.send(LightMethod::Patch, route(), Some(&body), None).await {
                Ok(changed) => known = changed["available_tags"].as_array().cloned().unwrap_or_default(),
                Err(err @ RestError::Refused { .. }) => {
                    debug!(%err, "no new tags in forum {forum}");
                    self.closed.lock().unwrap_or_else(PoisonError::into_inner).insert(forum);
                }
                Err(err) => debug!(%err, "no new tags in forum {forum} this time"),
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
}

fn id_of(tags: &[Value], name: &str) -> Option<String> {
    let same =
        |tag: &&Value| tag["name"].as_str().is_some_and(|n| n.trim().eq_ignore_ascii_case(name.trim()));
    tags.iter().find(same)?["id"].as_str().map(str::to_owned)
}
