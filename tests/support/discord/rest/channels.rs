//! Channels: who reaches them, who may speak in them, and changes to them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::gateway::GUILDS;
use super::super::limits::Rule;
use super::super::permissions as may;
use super::super::state::{DIRECT, FORUM, NEWS, State, TEXT, number, text};
use super::body::{list, name};
use super::{Call, Outcome, Refusal, invalid, missing_access, missing_permissions, refuse, slow_mode};

/// The channel is there, the bot sees it, and has these permissions in it.
pub(super) fn reach(state: &State, channel: u64, permissions: u64) -> Result<(), Refusal> {
    let Some(found) = state.channels.get(&channel) else {
        return Err(refuse(404, 10_003, "Unknown Channel"));
    };
    let inside = found.guild.is_none_or(|guild| state.guilds[&guild].members.contains_key(&state.bot));
    if !inside || !state.bot_may(channel, may::VIEW_CHANNEL) {
        return Err(missing_access());
    }
    if state.bot_may(channel, permissions) { Ok(()) } else { Err(missing_permissions()) }
}

/// The bot may send a message here now. An archived thread is opened by that.
pub(super) fn speak(state: &mut State, channel: u64) -> Result<(), Refusal> {
    reach(state, channel, 0)?;
    let found = &state.channels[&channel];
    if !matches!(found.kind(), TEXT | NEWS | DIRECT) && !found.is_thread() {
        return Err(refuse(400, 50_008, "Cannot send messages in a non-text channel"));
    }
    if found.recipient.is_some_and(|user| state.closed.contains(&user)) {
        return Err(refuse(403, 50_007, "Cannot send messages to this user"));
    }
    let thread = found.is_thread();
    let needed = if thread { may::SEND_MESSAGES_IN_THREADS } else { may::SEND_MESSAGES };
    if !state.bot_may(channel, needed) {
        return Err(missing_permissions());
    }
    if found.is("locked") && !state.bot_may(channel, may::MANAGE_THREADS) {
        // To write would be to open it, which is not the bot's to do.
        return Err(if found.is("archived") {
            archived(400)
        } else {
            refuse(403, 160_005, "Thread is locked")
        });
    }
    wait(state, channel)?;
    wake(state, channel);
    Ok(())
}

/// An archived thread is opened by what is written into it.
pub(super) fn wake(state: &mut State, channel: u64) {
    let now = state.stamp();
    let found = state.channels.get_mut(&channel).expect("its caller has it");
    if found.is("archived") {
        found.value["thread_metadata"]["archived"] = json!(false);
        found.value["thread_metadata"]["archive_timestamp"] = json!(now);
        updated(state, channel);
    }
}

pub(super) fn archived(status: u16) -> Refusal {
    refuse(status, 50_083, "Thread is archived")
}

/// Slow mode: whether the bot must still wait before it writes or opens a thread here.
pub(super) fn wait(state: &State, channel: u64) -> Result<(), Refusal> {
    let found = &state.channels[&channel];
    let pace = Duration::from_secs(found.value["rate_limit_per_user"].as_u64().unwrap_or_default());
    let spared = [may::MANAGE_MESSAGES, may::MANAGE_CHANNELS, may::BYPASS_SLOW_MODE];
    if spared.iter().any(|permission| state.bot_may(channel, *permission)) {
        return Ok(());
    }
    match found.last_sent.get(&state.bot).map(Instant::elapsed) {
        Some(since) if since < pace => Err(slow_mode(pace.saturating_sub(since))),
        _ => Ok(()),
    }
}

/// Tells that a channel or thread is not as it was.
pub(crate) fn updated(state: &mut State, channel: u64) {
    tell(state, channel, "UPDATE");
}

/// CHANNEL_… or THREAD_…, to who sees it.
pub(crate) fn tell(state: &mut State, channel: u64, what: &str) {
    let found = &state.channels[&channel];
    let (guild, mut value) = (found.guild, found.value.clone());
    let inside = guild.is_some_and(|guild| state.guilds[&guild].members.contains_key(&state.bot));
    if !inside || (found.is_thread() && !state.bot_may(channel, may::VIEW_CHANNEL)) {
        return;
    }
    let name = if found.is_thread() { format!("THREAD_{what}") } else { format!("CHANNEL_{what}") };
    if name == "THREAD_CREATE" {
        value["newly_created"] = json!(true);
    }
    if name == "THREAD_DELETE" {
        value = json!({
            "id": value["id"], "guild_id": value["guild_id"], "parent_id": value["parent_id"], "type": value["type"],
        });
    }
    state.emit(&name, guild, GUILDS, &value);
}

/// Takes a channel away, with its threads and messages.
pub(crate) fn remove(state: &mut State, channel: u64) {
    let below: Vec<u64> =
        state.channels.values().filter(|c| c.is_thread() && c.parent() == channel).map(|c| c.id).collect();
    tell(state, channel, "DELETE");
    for gone in below.into_iter().chain([channel]) {
        state.channels.remove(&gone);
        state.messages.retain(|_, message| message.channel != gone);
    }
}

pub(super) fn route(state: &mut State, call: &Call, channel: u64, rest: &[&str]) -> Outcome {
    match (call.method.as_str(), rest) {
        ("GET", []) => {
            reach(state, channel, 0)?;
            Ok((200, state.channels[&channel].value.clone()))
        }
        ("PATCH", []) => edit(state, call, channel),
        ("DELETE", []) => {
            reach(state, channel, 0)?;
            let thread = state.channels[&channel].is_thread();
            reach(state, channel, if thread { may::MANAGE_THREADS } else { may::MANAGE_CHANNELS })?;
            let value = state.channels[&channel].value.clone();
            remove(state, channel);
            Ok((200, value))
        }
        ("POST", ["typing"]) => {
            reach(state, channel, may::SEND_MESSAGES)?;
            Ok((204, Value::Null))
        }
        ("PUT" | "DELETE", ["thread-members", "@me"]) => {
            reach(state, channel, 0)?;
            if state.channels[&channel].is("archived") {
                return Err(archived(400));
            }
            Ok((204, Value::Null))
        }
        ("GET", ["thread-members"]) => {
            reach(state, channel, 0)?;
            Ok((200, json!([])))
        }
        _ => Err(refuse(405, 0, "405: Method Not Allowed")),
    }
}

fn edit(state: &mut State, call: &Call, channel: u64) -> Outcome {
    reach(state, channel, 0)?;
    let body = &call.body;
    if body.get("name").is_some() {
        name(&body["name"], "name")?;
    }
    if state.channels[&channel].is_thread() {
        may_edit_thread(state, body, channel)?;
    } else {
        reach(state, channel, may::MANAGE_CHANNELS)?;
    }
    let renamed = body.get("name").is_some_and(|name| *name != state.channels[&channel].value["name"]);
    if renamed {
        let now = state.now();
        let verdict = state.limits.take(&Rule::rename(&channel.to_string()), now);
        if let Some(refused) = verdict.refused {
            return Err(super::too_many_requests(&refused, &mut Vec::new()));
        }
    }
    let tags = tags(state, body, channel)?;
    let now = state.stamp();
    let found = state.channels.get_mut(&channel).expect("reached");
    for field in
        ["name", "topic", "nsfw", "rate_limit_per_user", "applied_tags", "parent_id", "flags", "position"]
    {
        if let Some(value) = body.get(field) {
            found.value[field] = value.clone();
        }
    }
    if let Some(tags) = tags {
        found.value["available_tags"] = tags;
    }
    if found.is_thread() {
        for field in ["archived", "locked", "auto_archive_duration", "invitable"] {
            if let Some(value) = body.get(field) {
                let changed = found.value["thread_metadata"][field] != *value;
                found.value["thread_metadata"][field] = value.clone();
                if field == "archived" && changed {
                    found.value["thread_metadata"]["archive_timestamp"] = json!(now);
                }
            }
        }
    }
    let value = found.value.clone();
    updated(state, channel);
    Ok((200, value))
}

fn may_edit_thread(state: &State, body: &Value, channel: u64) -> Result<(), Refusal> {
    let found = &state.channels[&channel];
    if let Some(tags) = body.get("applied_tags") {
        super::threads::check_tags(state, found.parent(), tags)?;
    }
    let opens = body["archived"] == false;
    if state.bot_may(channel, may::MANAGE_THREADS) {
        if found.is("archived") && !opens && body.get("archived").is_none() {
            return Err(archived(400));
        }
        return Ok(());
    }
    if found.is("locked") || body.get("locked").is_some() || body.get("rate_limit_per_user").is_some() {
        return Err(missing_permissions());
    }
    let own = number(&found.value["owner_id"]) == state.bot;
    let only_opens = opens && body.as_object().is_some_and(|body| body.len() == 1);
    let may_speak = state.bot_may(channel, may::SEND_MESSAGES_IN_THREADS);
    let opener = only_opens && may_speak;
    if !own && !opener {
        return Err(missing_permissions());
    }
    if found.is("archived") && !opens {
        return Err(archived(400));
    }
    Ok(())
}

/// The tags of a forum, those without id being new.
fn tags(state: &mut State, body: &Value, channel: u64) -> Result<Option<Value>, Refusal> {
    if body.get("available_tags").is_none() {
        return Ok(None);
    }
    if state.channels[&channel].kind() != FORUM {
        return Err(refuse(400, 50_024, "Cannot execute action on this channel type"));
    }
    if list(&body["available_tags"]).count() > 20 {
        return Err(invalid("available_tags", "BASE_TYPE_MAX_LENGTH", "Must be 20 or fewer in length."));
    }
    let mut tags = Vec::new();
    for (place, tag) in list(&body["available_tags"]).enumerate() {
        if !(1..=20).contains(&super::body::length(&tag["name"])) {
            let path = format!("available_tags.{place}.name");
            return Err(invalid(&path, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 20 in length."));
        }
        let id = if number(&tag["id"]) == 0 { text(state.next_id()) } else { tag["id"].clone() };
        tags.push(json!({
            "id": id, "name": tag["name"], "moderated": tag["moderated"] == true,
            "emoji_id": tag["emoji_id"], "emoji_name": tag["emoji_name"],
        }));
    }
    Ok(Some(json!(tags)))
}
