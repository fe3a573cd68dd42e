//! Threads and forum posts.

use std::time::Instant;

use serde_json::{Value, json};

use super::super::permissions as may;
use super::super::state::{
    DIRECT, FORUM, NEWS, NEWS_THREAD, PRIVATE_THREAD, PUBLIC_THREAD, State, TEXT, made_at, merge, number,
    text,
};
use super::body::{list, name};
use super::channels::{reach, tell, wait};
use super::messages::{Draft, post};
use super::{Call, Outcome, Refusal, invalid, missing_permissions, refuse};

pub(super) fn route(state: &mut State, call: &Call, channel: u64, rest: &[&str]) -> Outcome {
    match (call.method.as_str(), rest) {
        ("POST", []) => start(state, call, channel),
        ("GET", ["archived", "public"]) => archived(state, call, channel),
        _ => Err(refuse(405, 0, "405: Method Not Allowed")),
    }
}

fn start(state: &mut State, call: &Call, channel: u64) -> Outcome {
    reach(state, channel, 0)?;
    match state.channels[&channel].kind() {
        FORUM => forum_post(state, call, channel),
        TEXT | NEWS => without_message(state, call, channel),
        DIRECT => Err(refuse(403, 50_003, "Cannot execute action on a DM channel")),
        _ => Err(refuse(400, 50_024, "Cannot execute action on this channel type")),
    }
}

pub(super) fn from_message(state: &mut State, call: &Call, channel: u64, message: u64) -> Outcome {
    reach(state, channel, 0)?;
    let found = state.messages.get(&message).filter(|m| m.channel == channel && m.only_for.is_none());
    if found.is_none() {
        return Err(refuse(404, 10_008, "Unknown Message"));
    }
    let kind = match state.channels[&channel].kind() {
        TEXT => PUBLIC_THREAD,
        NEWS => NEWS_THREAD,
        DIRECT => return Err(refuse(403, 50_003, "Cannot execute action on a DM channel")),
        _ => return Err(refuse(400, 50_024, "Cannot execute action on this channel type")),
    };
    reach(state, channel, may::CREATE_PUBLIC_THREADS | may::READ_MESSAGE_HISTORY)?;
    if state.channels.contains_key(&message) {
        return Err(refuse(400, 160_004, "A thread has already been created for this message"));
    }
    name(&call.body["name"], "name")?;
    wait(state, channel)?;
    let thread = open(state, channel, message, kind, &call.body);
    let stored = state.messages.get_mut(&message).expect("found above");
    stored.value["thread"] = thread.clone();
    stored.value["flags"] = json!(stored.value["flags"].as_u64().unwrap_or_default() | 1 << 5);
    let reference = json!({"type": 0, "message_id": text(message), "channel_id": text(channel), "guild_id": thread["guild_id"]});
    notice(state, message, 21, "", &reference)?;
    Ok((201, thread))
}

fn without_message(state: &mut State, call: &Call, channel: u64) -> Outcome {
    let news = state.channels[&channel].kind() == NEWS;
    // Without a type, a thread is private.
    let kind = call.body["type"].as_u64().unwrap_or(PRIVATE_THREAD);
    let needed = match kind {
        PRIVATE_THREAD if !news => may::CREATE_PRIVATE_THREADS,
        PUBLIC_THREAD if !news => may::CREATE_PUBLIC_THREADS,
        NEWS_THREAD if news => may::CREATE_PUBLIC_THREADS,
        _ => return Err(refuse(400, 50_024, "Cannot execute action on this channel type")),
    };
    reach(state, channel, needed)?;
    name(&call.body["name"], "name")?;
    wait(state, channel)?;
    let id = state.next_id();
    let thread = open(state, channel, id, kind, &call.body);
    if kind != PRIVATE_THREAD {
        let reference = json!({"type": 0, "channel_id": text(id), "guild_id": thread["guild_id"]});
        notice(state, channel, 18, call.body["name"].as_str().unwrap_or_default(), &reference)?;
    }
    Ok((201, thread))
}

/// A message of Discord's own: that a thread was made, or from what.
fn notice(
    state: &mut State,
    channel: u64,
    kind: u64,
    content: &str,
    reference: &Value,
) -> Result<(), Refusal> {
    let body = json!({"content": content, "allowed_mentions": {"parse": []}});
    let mut more = json!({"message_reference": reference});
    if let Some(origin) = state.messages.get(&number(&reference["message_id"])) {
        more["referenced_message"] = origin.value.clone();
    }
    let author = state.bot;
    post(state, &Draft { channel, author, body: &body, files: &[], id: None, kind, only_for: None, more })?;
    Ok(())
}

fn forum_post(state: &mut State, call: &Call, channel: u64) -> Outcome {
    // Posts of a forum are made with the permission to send messages.
    reach(state, channel, may::SEND_MESSAGES)?;
    name(&call.body["name"], "name")?;
    let message = &call.body["message"];
    if !message.is_object() {
        return Err(invalid("message", "BASE_TYPE_REQUIRED", "This field is required"));
    }
    check_tags(state, channel, &call.body["applied_tags"])?;
    let needs_tag = state.channels[&channel].value["flags"].as_u64().unwrap_or_default() & (1 << 4) != 0;
    if needs_tag && list(&call.body["applied_tags"]).next().is_none() {
        return Err(refuse(400, 40_067, "A tag is required to create a forum post in this channel"));
    }
    wait(state, channel)?;
    super::body::check(message)?;
    let id = state.next_id();
    let mut thread = insert(state, channel, id, PUBLIC_THREAD, &call.body);
    let author = state.bot;
    let draft = Draft {
        channel: id,
        author,
        body: message,
        files: &call.files,
        id: Some(id),
        kind: 0,
        only_for: None,
        more: json!({}),
    };
    if let Err(refusal) = post_quietly(state, &draft, id) {
        state.channels.remove(&id);
        return Err(refusal);
    }
    thread["last_message_id"] = text(id);
    thread["message"] = state.messages[&id].value.clone();
    Ok((201, thread))
}

/// The thread is told of before its first message is.
fn post_quietly(state: &mut State, draft: &Draft, thread: u64) -> Result<(), Refusal> {
    tell(state, thread, "CREATE");
    let parent = state.channels[&thread].parent();
    post(state, draft)?;
    let bot = state.bot;
    let parent = state.channels.get_mut(&parent).expect("the forum is there");
    parent.last_sent.insert(bot, Instant::now());
    parent.value["last_message_id"] = text(thread);
    Ok(())
}

/// Tags are the forum's, at most five, and some are for moderators only.
pub(super) fn check_tags(state: &State, forum: u64, tags: &Value) -> Result<(), Refusal> {
    if list(tags).count() > 5 {
        return Err(invalid("applied_tags", "BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length."));
    }
    for (place, tag) in list(tags).enumerate() {
        let known = list(&state.channels[&forum].value["available_tags"]).find(|known| known["id"] == *tag);
        let Some(known) = known else {
            let path = format!("applied_tags.{place}");
            return Err(invalid(&path, "TAG_NOT_FOUND", "Unknown tag"));
        };
        if known["moderated"] == true && !state.bot_may(forum, may::MANAGE_THREADS) {
            return Err(missing_permissions());
        }
    }
    Ok(())
}

/// Makes a thread and tells of it.
fn open(state: &mut State, parent: u64, id: u64, kind: u64, body: &Value) -> Value {
    let value = insert(state, parent, id, kind, body);
    let bot = state.bot;
    state.channels.get_mut(&parent).expect("its caller has it").last_sent.insert(bot, Instant::now());
    tell(state, id, "CREATE");
    value
}

fn insert(state: &mut State, parent: u64, id: u64, kind: u64, body: &Value) -> Value {
    let (guild, usual) = {
        let parent = &state.channels[&parent];
        (parent.guild.expect("threads are in guilds"), parent.value["default_auto_archive_duration"].as_u64())
    };
    let now = state.stamp();
    let value = json!({
        "id": text(id), "type": kind, "guild_id": text(guild), "parent_id": text(parent), "owner_id": text(state.bot),
        "name": body["name"], "last_message_id": null, "message_count": 0, "member_count": 1, "total_message_sent": 0,
        "rate_limit_per_user": body["rate_limit_per_user"].as_u64().unwrap_or_default(), "flags": 0,
        "applied_tags": list(&body["applied_tags"]).collect::<Vec<_>>(),
        "thread_metadata": {
            "archived": false, "locked": false, "archive_timestamp": now, "create_timestamp": made_at(id),
            "auto_archive_duration": body["auto_archive_duration"].as_u64().or(usual).unwrap_or(4320),
        },
        "member": {"id": text(id), "user_id": text(state.bot), "join_timestamp": now, "flags": 1},
    });
    state.insert_channel(id, Some(guild), None, value.clone());
    if kind == PRIVATE_THREAD {
        state.channels.get_mut(&id).expect("just put in").value["thread_metadata"]["invitable"] = json!(true);
    }
    value
}

fn archived(state: &State, call: &Call, channel: u64) -> Outcome {
    reach(state, channel, may::READ_MESSAGE_HISTORY)?;
    let limit = call.query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(50_usize);
    let before = call.query.get("before").map_or("9999", String::as_str);
    let mut threads: Vec<&Value> = state
        .channels
        .values()
        .filter(|c| c.is_thread() && c.parent() == channel && c.is("archived") && c.kind() != PRIVATE_THREAD)
        .map(|c| &c.value)
        .collect();
    let at = |thread: &Value| {
        thread["thread_metadata"]["archive_timestamp"].as_str().unwrap_or_default().to_owned()
    };
    threads.sort_by_key(|thread| std::cmp::Reverse(at(thread)));
    threads.retain(|thread| at(thread).as_str() < before);
    let more = threads.len() > limit;
    threads.truncate(limit);
    Ok((200, json!({"threads": threads, "members": [], "has_more": more})))
}

/// The open threads of a guild.
pub(super) fn active(state: &State, guild: u64) -> Value {
    let threads: Vec<Value> = state
        .channels
        .values()
        .filter(|c| c.guild == Some(guild) && c.is_thread() && !c.is("archived"))
        .filter(|c| state.bot_may(c.id, may::VIEW_CHANNEL))
        .map(|c| c.value.clone())
        .collect();
    let members: Vec<Value> = threads
        .iter()
        .filter(|thread| number(&thread["owner_id"]) == state.bot)
        .map(|thread| {
            let mut member = thread["member"].clone();
            merge(&mut member, &json!({"id": thread["id"]}));
            member
        })
        .collect();
    json!({"threads": threads, "members": members, "has_more": false})
}
