//! Answers to interactions, and what follows them.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::interactions::{EPHEMERAL, Interaction, OpenModal};
use super::super::permissions as may;
use super::super::state::{State, merge, text};
use super::body::{length, list};
use super::channels::{archived, wake};
use super::messages::{Draft, change, post, remove};
use super::{Call, File, Outcome, Refusal, id, invalid, refuse};

/// How long an interaction can be followed up.
const TOKEN_LIFE: Duration = Duration::from_mins(15);

pub(super) fn callback(state: &mut State, call: &Call, interaction: u64, token: &str) -> Outcome {
    let within = state.callback_within;
    let unknown = || refuse(404, 10_062, "Unknown interaction");
    let Some(found) = state.interactions.get(token).filter(|found| found.id == interaction) else {
        return Err(unknown());
    };
    if found.callback.is_some() {
        return Err(refuse(400, 40_060, "Interaction has already been acknowledged."));
    }
    if call.arrived.duration_since(found.opened) > within || found.expired {
        return Err(unknown());
    }
    let (kind, data) = (call.body["type"].as_u64().unwrap_or_default(), &call.body["data"]);
    let component = found.kind == 3 || (found.kind == 5 && found.message.is_some());
    let fits = match kind {
        4 | 5 => found.kind != 4,
        6 | 7 => component,
        8 => found.kind == 4,
        9 => matches!(found.kind, 2 | 3),
        _ => false,
    };
    if !fits {
        let words = format!("Callback type {kind} does not fit this interaction");
        return Err(invalid("type", "INTERACTION_CALLBACK_TYPE_INVALID", &words));
    }
    let (user, message) = (found.user, found.message);
    let mut resource = json!({"type": kind});
    let mut original = None;
    match kind {
        4 => original = Some(put(state, token, data, &call.files, 0)?),
        6 => original = message,
        7 => {
            let message = message.expect("checked above");
            change(state, message, data, &call.files)?;
            original = Some(message);
        }
        8 => check_choices(data)?,
        9 => {
            check_modal(data)?;
            state.modals.push(OpenModal { user, modal: data.clone(), token: token.to_owned() });
        }
        _ => {}
    }
    let flags = data["flags"].as_u64().unwrap_or_default();
    let found = state.interactions.get_mut(token).expect("found above");
    found.callback = Some(kind);
    found.data = data.clone();
    found.original = original;
    found.deferred_flags = flags;
    let brief = json!({
        "id": text(interaction), "type": found.kind,
        "response_message_id": original.map(text), "response_message_loading": kind == 5,
        "response_message_ephemeral": flags & EPHEMERAL != 0,
    });
    if call.query.get("with_response").is_none_or(|with| with != "true") {
        return Ok((204, Value::Null));
    }
    if let Some(message) = original {
        resource["message"] = state.messages[&message].value.clone();
    }
    Ok((200, json!({"interaction": brief, "resource": resource})))
}

fn check_choices(data: &Value) -> Result<(), Refusal> {
    let choices: Vec<&Value> = list(&data["choices"]).collect();
    if choices.len() > 25 {
        return Err(invalid("data.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length."));
    }
    for (place, choice) in choices.into_iter().enumerate() {
        let long = choice["value"].as_str().is_some_and(|value| value.chars().count() > 100);
        if !(1..=100).contains(&length(&choice["name"])) || long {
            let path = format!("data.choices.{place}.name");
            return Err(invalid(&path, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length."));
        }
    }
    Ok(())
}

fn check_modal(data: &Value) -> Result<(), Refusal> {
    let bad = |field: &str, most: usize| {
        Err(invalid(field, "BASE_TYPE_BAD_LENGTH", &format!("Must be between 1 and {most} in length.")))
    };
    if !(1..=45).contains(&length(&data["title"])) {
        return bad("data.title", 45);
    }
    if !(1..=100).contains(&length(&data["custom_id"])) {
        return bad("data.custom_id", 100);
    }
    if !(1..=5).contains(&list(&data["components"]).count()) {
        return bad("data.components", 5);
    }
    for row in list(&data["components"]) {
        for input in list(&row["components"]) {
            if input["type"] == 4 && !(1..=45).contains(&length(&input["label"])) {
                return bad("data.components.0.components.0.label", 45);
            }
            if length(&input["placeholder"]) > 100 {
                return bad("data.components.0.components.0.placeholder", 100);
            }
        }
    }
    Ok(())
}

/// A message that answers an interaction.
fn put(state: &mut State, token: &str, body: &Value, files: &[File], flags: u64) -> Result<u64, Refusal> {
    let found = &state.interactions[token];
    let more = metadata(state, found);
    let (channel, user) = (found.channel, found.user);
    let mut body = body.clone();
    let flags = body["flags"].as_u64().unwrap_or_default() | flags;
    body["flags"] = json!(flags);
    let only_for = (flags & EPHEMERAL != 0).then_some(user);
    let author = state.bot;
    let at = &state.channels[&channel];
    if at.is("archived") && at.is("locked") && !state.bot_may(channel, may::MANAGE_THREADS) {
        return Err(archived(403));
    }
    if only_for.is_none() {
        wake(state, channel);
    }
    post(state, &Draft { channel, author, body: &body, files, id: None, kind: 0, only_for, more })
}

fn metadata(state: &State, found: &Interaction) -> Value {
    let owners =
        found.guild.map_or_else(|| json!({"1": text(found.user)}), |guild| json!({"0": text(guild)}));
    let mut about = json!({
        "id": text(found.id), "type": found.kind, "user": state.users[&found.user],
        "authorizing_integration_owners": owners,
    });
    let mut more = json!({"application_id": text(state.application), "webhook_id": text(state.application)});
    if let Some(name) = found.name.as_ref().filter(|_| found.kind == 2) {
        more["type"] = json!(20);
        about["name"] = json!(name);
        about["command_type"] = json!(1);
        more["interaction"] =
            json!({"id": text(found.id), "type": 2, "name": name, "user": state.users[&found.user]});
    }
    if let Some(message) = found.message {
        about[if found.kind == 3 { "interacted_message_id" } else { "original_response_message_id" }] =
            text(message);
    }
    if found.kind == 5 {
        about["triggering_interaction_metadata"] = json!({
            "id": text(found.id), "type": if found.message.is_some() { 3 } else { 2 },
            "user": state.users[&found.user], "authorizing_integration_owners": about["authorizing_integration_owners"],
        });
        let trigger = &mut about["triggering_interaction_metadata"];
        match found.message {
            Some(message) => trigger["interacted_message_id"] = text(message),
            None => merge(trigger, &json!({"name": found.name, "command_type": 1})),
        }
    }
    more["interaction_metadata"] = about;
    more
}

pub(super) fn route(state: &mut State, call: &Call, application: u64, token: &str, rest: &[&str]) -> Outcome {
    let invalid_token = || refuse(401, 50_027, "Invalid Webhook Token");
    if application != state.application {
        return Err(refuse(404, 10_015, "Unknown Webhook"));
    }
    let found = state.interactions.get(token).ok_or_else(invalid_token)?;
    if found.expired || found.opened.elapsed() > TOKEN_LIFE {
        return Err(invalid_token());
    }
    // Before its callback an interaction has no webhook.
    let Some(kind) = found.callback else { return Err(refuse(404, 10_015, "Unknown Webhook")) };
    let (original, deferred) = (found.original, kind == 5 && found.original.is_none());
    let gone = || refuse(404, 10_008, "Unknown Message");
    match (call.method.as_str(), rest) {
        // The first that comes after a promise keeps it.
        ("POST", []) | ("PATCH", ["messages", "@original"]) if deferred => {
            let message = finish(state, call, token)?;
            Ok((200, state.messages[&message].value.clone()))
        }
        ("POST", []) => {
            let message = put(state, token, &call.body, &call.files, 0)?;
            let found = state.interactions.get_mut(token).expect("found above");
            found.followups.push(message);
            Ok((200, state.messages[&message].value.clone()))
        }
        (method, ["messages", which]) => {
            let message = if *which == "@original" { original.ok_or_else(gone)? } else { id(which)? };
            let found = &state.interactions[token];
            let ours = found.original == Some(message) || found.followups.contains(&message);
            if !ours || !state.messages.contains_key(&message) {
                return Err(gone());
            }
            match method {
                "GET" => {}
                "PATCH" => change(state, message, &call.body, &call.files)?,
                _ => {
                    remove(state, message);
                    return Ok((204, Value::Null));
                }
            }
            Ok((200, state.messages[&message].value.clone()))
        }
        _ => Err(refuse(405, 0, "405: Method Not Allowed")),
    }
}

/// Puts the message that a deferred answer promised; whether only the asker sees it was said with the promise.
fn finish(state: &mut State, call: &Call, token: &str) -> Result<u64, Refusal> {
    let flags = state.interactions[token].deferred_flags;
    let mut body = call.body.clone();
    let own = body["flags"].as_u64().unwrap_or_default() & !EPHEMERAL;
    body["flags"] = json!(own | flags & EPHEMERAL);
    let message = put(state, token, &body, &call.files, 0)?;
    state.interactions.get_mut(token).expect("its caller has it").original = Some(message);
    Ok(message)
}
