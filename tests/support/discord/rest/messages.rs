//! Messages: sending, editing, deleting, reading.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::permissions as may;
use super::super::state::{NEWS, State, Stored, made_at, merge, number, text};
use super::body::{check, length, list};
use super::channels::{archived, reach, speak};
use super::{Call, File, Outcome, Refusal, id, invalid, missing_permissions, refuse};

/// How long a nonce is remembered.
const NONCE_MEMORY: Duration = Duration::from_mins(5);

pub(super) fn route(state: &mut State, call: &Call, channel: u64, rest: &[&str]) -> Outcome {
    match (call.method.as_str(), rest) {
        ("GET", []) => read(state, call, channel),
        ("GET", [message]) => one(state, channel, id(message)?),
        ("POST", []) => send(state, call, channel),
        ("PATCH", [message]) => edit(state, call, channel, id(message)?),
        ("DELETE", [message]) => delete(state, channel, id(message)?),
        ("POST", [message, "crosspost"]) => crosspost(state, channel, id(message)?),
        ("POST", [message, "threads"]) => super::threads::from_message(state, call, channel, id(message)?),
        _ => Err(refuse(405, 0, "405: Method Not Allowed")),
    }
}

/// A message about to be.
pub(crate) struct Draft<'a> {
    pub(crate) channel: u64,
    pub(crate) author: u64,
    pub(crate) body: &'a Value,
    pub(crate) files: &'a [File],
    /// With this id instead of a new one.
    pub(crate) id: Option<u64>,
    pub(crate) kind: u64,
    pub(crate) only_for: Option<u64>,
    /// Into what is shown, beside the usual.
    pub(crate) more: Value,
}

fn find(state: &State, channel: u64, message: u64) -> Result<&Stored, Refusal> {
    let found = state.messages.get(&message).filter(|m| m.channel == channel && m.only_for.is_none());
    found.ok_or_else(|| refuse(404, 10_008, "Unknown Message"))
}

fn read(state: &State, call: &Call, channel: u64) -> Outcome {
    reach(state, channel, may::VIEW_CHANNEL)?;
    let limit = call.query.get("limit").map_or(Some(50), |limit| limit.parse().ok());
    let limit: usize = limit
        .filter(|limit| (1..=100).contains(limit))
        .ok_or_else(|| invalid("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100."))?;
    // Without this permission the past is empty, not forbidden.
    if !state.bot_may(channel, may::READ_MESSAGE_HISTORY) {
        return Ok((200, json!([])));
    }
    let all = &state.channels[&channel].messages;
    let at = |name: &str| call.query.get(name).map(|part| id(part)).transpose();
    let mut picked: Vec<u64> = if let Some(after) = at("after")? {
        all.range(after + 1..).take(limit).copied().collect()
    } else if let Some(around) = at("around")? {
        let mut near: Vec<u64> = all.range(..around).rev().take(limit / 2).copied().collect();
        near.extend(all.range(around..).take(limit - limit / 2).copied());
        near
    } else {
        all.range(..at("before")?.unwrap_or(u64::MAX)).rev().take(limit).copied().collect()
    };
    picked.sort_unstable_by(|a, b| b.cmp(a));
    let messages: Vec<Value> = picked.iter().map(|id| state.messages[id].value.clone()).collect();
    Ok((200, json!(messages)))
}

fn one(state: &State, channel: u64, message: u64) -> Outcome {
    reach(state, channel, may::VIEW_CHANNEL)?;
    if !state.bot_may(channel, may::READ_MESSAGE_HISTORY) {
        return Err(missing_access());
    }
    Ok((200, find(state, channel, message)?.value.clone()))
}

use super::missing_access;

fn send(state: &mut State, call: &Call, channel: u64) -> Outcome {
    speak(state, channel)?;
    let nonce = call.body["nonce"]
        .as_str()
        .map(str::to_owned)
        .or_else(|| Some(call.body["nonce"].as_i64()?.to_string()));
    let key = nonce.map(|nonce| (state.bot, nonce));
    let enforced = call.body["enforce_nonce"] == true && state.remembers_nonces;
    if let (Some(key), true) = (&key, enforced)
        && let Some((at, message)) = state.nonces.get(key)
        && at.elapsed() < NONCE_MEMORY
        && let Some(found) = state.messages.get(message)
    {
        let mut value = found.value.clone();
        value["nonce"] = call.body["nonce"].clone();
        return Ok((200, value));
    }
    let draft = Draft {
        channel,
        author: state.bot,
        body: &call.body,
        files: &call.files,
        id: None,
        kind: 0,
        only_for: None,
        more: json!({}),
    };
    let message = post(state, &draft)?;
    if let Some(key) = key {
        state.nonces.insert(key, (Instant::now(), message));
    }
    let mut value = state.messages[&message].value.clone();
    if !call.body["nonce"].is_null() {
        value["nonce"] = call.body["nonce"].clone();
    }
    Ok((200, value))
}

/// Puts a message into a channel, whoever may; permissions to write are the caller's to check.
pub(crate) fn post(state: &mut State, draft: &Draft) -> Result<u64, Refusal> {
    check(draft.body)?;
    let direct = draft.more["interaction_metadata"].is_object();
    let own = |permission| direct || may::in_channel(state, draft.channel, draft.author) & permission != 0;
    let mut body = draft.body.clone();
    if !own(may::EMBED_LINKS) {
        body["embeds"] = json!([]);
    }
    if !draft.files.is_empty() && !own(may::ATTACH_FILES) {
        return Err(missing_permissions());
    }
    let nothing = length(&body["content"]) == 0
        && draft.files.is_empty()
        && ["embeds", "components", "sticker_ids"].iter().all(|part| list(&body[*part]).next().is_none());
    if nothing && draft.kind == 0 {
        let stripped = list(&draft.body["embeds"]).next().is_some();
        return Err(if stripped {
            missing_permissions()
        } else {
            refuse(400, 50_006, "Cannot send an empty message")
        });
    }
    let everyone = may::in_channel(state, draft.channel, draft.author) & may::MENTION_EVERYONE != 0;
    let id = draft.id.unwrap_or_else(|| state.next_id());
    let flags = body["flags"].as_u64().unwrap_or_default();
    let mut value = json!({
        "id": text(id), "channel_id": text(draft.channel), "type": draft.kind, "author": state.users[&draft.author],
        "content": body["content"].as_str().unwrap_or_default(), "timestamp": made_at(id), "edited_timestamp": null,
        "tts": false, "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
        "pinned": false, "flags": flags, "components": [],
    });
    mentions(state, &body, everyone, &mut value);
    components(&body["components"], &mut value);
    let mut files = Vec::new();
    attach(state, draft.channel, &body, draft.files, &mut files);
    embeds(&body["embeds"], &files, &mut value);
    reply(state, draft.channel, &body, &mut value)?;
    merge(&mut value, &draft.more);
    let guild = state.channels[&draft.channel].guild;
    state
        .messages
        .insert(id, Stored { value: value.clone(), channel: draft.channel, only_for: draft.only_for, files });
    if draft.only_for.is_some() {
        return Ok(id);
    }
    let channel = state.channels.get_mut(&draft.channel).expect("the caller has found it");
    channel.messages.insert(id);
    channel.value["last_message_id"] = text(id);
    if draft.kind == 0 && !direct {
        channel.last_sent.insert(draft.author, Instant::now());
    }
    if channel.is_thread() {
        // Of a thread that starts with a message, that message is not counted.
        if id != draft.channel && draft.kind == 0 {
            for count in ["message_count", "total_message_sent"] {
                channel.value[count] = json!(channel.value[count].as_u64().unwrap_or_default() + 1);
            }
        }
        let position = channel.value["total_message_sent"].clone();
        state.messages.get_mut(&id).expect("just put in").value["position"] = position;
    }
    let mut event = value;
    event["nonce"] = draft.body["nonce"].clone();
    announce(state, "MESSAGE_CREATE", guild, event);
    Ok(id)
}

fn announce(state: &mut State, name: &str, guild: Option<u64>, mut event: Value) {
    if let Some(guild) = guild {
        event["guild_id"] = text(guild);
    }
    state.emit_message(name, guild, &event);
}

/// Who is called by a message, as far as it may.
fn mentions(state: &State, body: &Value, everyone: bool, value: &mut Value) {
    let content = body["content"].as_str().unwrap_or_default();
    let allowed = &body["allowed_mentions"];
    let may = |kind: &str, id: Option<&str>| {
        allowed.is_null()
            || list(&allowed["parse"]).any(|parse| parse == kind)
            || id.is_some_and(|id| list(&allowed[kind]).any(|named| named == id))
    };
    value["mention_everyone"] = json!(
        everyone && may("everyone", None) && (content.contains("@everyone") || content.contains("@here"))
    );
    for part in content.split("<@").skip(1) {
        let Some((inner, _)) = part.split_once('>') else { continue };
        if let Some(role) = inner.strip_prefix('&') {
            if may("roles", Some(role)) {
                push(value, "mention_roles", json!(role));
            }
        } else if let Some(user) = state.users.get(&inner.trim_start_matches('!').parse().unwrap_or_default())
            && may("users", Some(inner.trim_start_matches('!')))
        {
            push(value, "mentions", user.clone());
        }
    }
}

fn push(value: &mut Value, field: &str, item: Value) {
    if let Some(items) = value[field].as_array_mut()
        && !items.contains(&item)
    {
        items.push(item);
    }
}

/// Components with the numbers Discord gives them.
fn components(given: &Value, value: &mut Value) {
    fn number_them(value: &mut Value, next: &mut u64) {
        if value["id"].as_u64().unwrap_or_default() == 0 {
            value["id"] = json!(*next);
            *next += 1;
        }
        if matches!(value["type"].as_u64(), Some(3 | 5..=8)) {
            for usual in ["min_values", "max_values"] {
                if value[usual].is_null() {
                    value[usual] = json!(1);
                }
            }
        }
        if let Some(inner) = value.get_mut("components").and_then(Value::as_array_mut) {
            inner.iter_mut().for_each(|part| number_them(part, next));
        }
        if let Some(inner) = value.get_mut("accessory") {
            number_them(inner, next);
        }
    }
    let mut next = 1;
    let mut parts: Vec<Value> = list(given).cloned().collect();
    parts.iter_mut().for_each(|part| number_them(part, &mut next));
    value["components"] = json!(parts);
}

fn attach(state: &mut State, channel: u64, body: &Value, files: &[File], into: &mut Vec<Value>) {
    for file in files {
        let id = state.next_id();
        let described = list(&body["attachments"]).find(|given| number(&given["id"]) == file.number);
        let address = |host: &str| format!("https://{host}/attachments/{channel}/{id}/{}", file.name);
        let mut value = json!({
            "id": text(id), "filename": file.name, "size": file.bytes.len(), "content_type": file.kind,
            "url": address("cdn.discordapp.com"), "proxy_url": address("media.discordapp.net"),
        });
        if let Some(description) = described.and_then(|given| given["description"].as_str()) {
            value["description"] = json!(description);
        }
        if let Some((width, height)) = png_size(&file.bytes) {
            merge(&mut value, &json!({"width": width, "height": height}));
        }
        state.uploads.insert(id, file.bytes.clone());
        into.push(value);
    }
}

fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let at = |from: usize| Some(u32::from_be_bytes(bytes.get(from..from + 4)?.try_into().ok()?));
    bytes.starts_with(b"\x89PNG").then_some(())?;
    Some((at(16)?, at(20)?))
}

/// Embeds as Discord gives them back. A file that an embed shows is not listed as a file.
fn embeds(given: &Value, files: &[Value], value: &mut Value) {
    let mut shown = Vec::new();
    let embeds: Vec<Value> = list(given)
        .map(|embed| {
            let mut embed = embed.clone();
            embed["type"] = json!("rich");
            for part in ["image", "thumbnail"] {
                let url = embed[part]["url"].as_str().unwrap_or_default().to_owned();
                let name = url.strip_prefix("attachment://");
                let file = files
                    .iter()
                    .find(|file| name.map_or(file["url"] == url, |name| file["filename"] == name));
                if let Some(file) = file {
                    shown.push(file["id"].clone());
                    let mut media = json!({"url": file["url"], "proxy_url": file["proxy_url"], "flags": 0});
                    for known in ["width", "height", "content_type", "description"] {
                        if let Some(value) = file.get(known) {
                            media[known] = value.clone();
                        }
                    }
                    embed[part] = media;
                }
            }
            for field in embed["fields"].as_array_mut().into_iter().flatten() {
                field["inline"] = json!(field["inline"] == true);
            }
            if let Some(embed) = embed.as_object_mut() {
                embed.retain(|_, part| !part.is_null());
            }
            embed
        })
        .collect();
    value["embeds"] = json!(embeds);
    let listed: Vec<&Value> = files.iter().filter(|file| !shown.contains(&file["id"])).collect();
    value["attachments"] = json!(listed);
}

fn reply(state: &State, channel: u64, body: &Value, value: &mut Value) -> Result<(), Refusal> {
    let to = number(&body["message_reference"]["message_id"]);
    if to == 0 {
        return Ok(());
    }
    match find(state, channel, to) {
        Ok(found) => {
            let guild = state.channels[&channel].guild;
            value["type"] = json!(19);
            value["referenced_message"] = found.value.clone();
            let allowed = &body["allowed_mentions"];
            if allowed.is_null() || allowed["replied_user"] == true {
                push(value, "mentions", found.value["author"].clone());
            }
            value["message_reference"] =
                json!({"type": 0, "message_id": text(to), "channel_id": text(channel)});
            if let Some(guild) = guild {
                value["message_reference"]["guild_id"] = text(guild);
            }
            Ok(())
        }
        Err(_) if body["message_reference"]["fail_if_not_exists"] == false => Ok(()),
        Err(_) => Err(invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")),
    }
}

fn edit(state: &mut State, call: &Call, channel: u64, message: u64) -> Outcome {
    reach(state, channel, may::VIEW_CHANNEL)?;
    let stored = find(state, channel, message)?;
    if number(&stored.value["author"]["id"]) != state.bot {
        return Err(refuse(403, 50_005, "Cannot edit a message authored by another user"));
    }
    unchangeable(state, channel)?;
    let mut body = call.body.clone();
    if body.get("embeds").is_some() && !state.bot_may(channel, may::EMBED_LINKS) {
        body["embeds"] = json!([]);
    }
    change(state, message, &body, &call.files)?;
    Ok((200, state.messages[&message].value.clone()))
}

/// Changes what the body names, and nothing else.
pub(crate) fn change(state: &mut State, message: u64, body: &Value, files: &[File]) -> Result<(), Refusal> {
    check(body)?;
    let stored = &state.messages[&message];
    let (channel, mut value, mut kept) = (stored.channel, stored.value.clone(), stored.files.clone());
    let private = stored.only_for.is_some();
    if body.get("attachments").is_some() {
        kept.retain(|file| list(&body["attachments"]).any(|given| given["id"] == file["id"]));
    }
    attach(state, channel, body, files, &mut kept);
    if body.get("content").is_some() {
        value["content"] = json!(body["content"].as_str().unwrap_or_default());
        let everyone = state.bot_may(channel, may::MENTION_EVERYONE);
        merge(&mut value, &json!({"mentions": [], "mention_roles": []}));
        mentions(state, body, everyone, &mut value);
    }
    if body.get("components").is_some() {
        components(&body["components"], &mut value);
    }
    if let Some(flags) = body["flags"].as_u64() {
        // Only these can be changed by an edit.
        let changeable = 1 << 2 | 1 << 15;
        let old = value["flags"].as_u64().unwrap_or_default();
        value["flags"] = json!(old & !changeable | flags & changeable);
    }
    let shown = if body.get("embeds").is_some() { body["embeds"].clone() } else { value["embeds"].clone() };
    embeds(&shown, &kept, &mut value);
    let empty = length(&value["content"]) == 0
        && ["embeds", "components", "attachments"].iter().all(|part| list(&value[*part]).next().is_none());
    if empty {
        return Err(refuse(400, 50_006, "Cannot send an empty message"));
    }
    value["edited_timestamp"] = json!(state.stamp());
    let stored = state.messages.get_mut(&message).expect("looked at above");
    stored.value = value.clone();
    stored.files = kept;
    let guild = state.channels[&channel].guild;
    if !private {
        announce(state, "MESSAGE_UPDATE", guild, value);
    }
    Ok(())
}

/// What is in an archived or locked thread stays as it is.
fn unchangeable(state: &State, channel: u64) -> Result<(), Refusal> {
    let found = &state.channels[&channel];
    if found.is("archived") {
        return Err(archived(400));
    }
    if found.is("locked") && !state.bot_may(channel, may::MANAGE_THREADS) {
        return Err(refuse(403, 160_005, "Thread is locked"));
    }
    Ok(())
}

fn delete(state: &mut State, channel: u64, message: u64) -> Outcome {
    reach(state, channel, may::VIEW_CHANNEL)?;
    let own = number(&find(state, channel, message)?.value["author"]["id"]) == state.bot;
    if !own && !state.bot_may(channel, may::MANAGE_MESSAGES) {
        return Err(missing_permissions());
    }
    unchangeable(state, channel)?;
    remove(state, message);
    Ok((204, Value::Null))
}

/// Takes a message away.
pub(crate) fn remove(state: &mut State, message: u64) {
    let Some(gone) = state.messages.remove(&message) else { return };
    let Some(channel) = state.channels.get_mut(&gone.channel) else { return };
    channel.messages.remove(&message);
    if channel.is_thread()
        && let Some(count) = channel.value["message_count"].as_u64()
    {
        channel.value["message_count"] = json!(count.saturating_sub(1));
    }
    let guild = channel.guild;
    if gone.only_for.is_none() {
        announce(
            state,
            "MESSAGE_DELETE",
            guild,
            json!({"id": text(message), "channel_id": text(gone.channel)}),
        );
    }
}

fn crosspost(state: &mut State, channel: u64, message: u64) -> Outcome {
    reach(state, channel, may::VIEW_CHANNEL)?;
    let value = find(state, channel, message)?.value.clone();
    if state.channels[&channel].kind() != NEWS {
        return Err(refuse(400, 50_024, "Cannot execute action on this channel type"));
    }
    let needed =
        if number(&value["author"]["id"]) == state.bot { may::SEND_MESSAGES } else { may::MANAGE_MESSAGES };
    if !state.bot_may(channel, needed) {
        return Err(missing_permissions());
    }
    let flags = value["flags"].as_u64().unwrap_or_default();
    if flags & 1 != 0 {
        return Err(refuse(400, 40_033, "This message has already been crossposted"));
    }
    let stored = state.messages.get_mut(&message).expect("found above");
    stored.value["flags"] = json!(flags | 1);
    Ok((200, stored.value.clone()))
}
