//! What a client sends for an act of its member.

use serde_json::{Value, json};

use super::super::permissions as may;
use super::super::state::{State, merge, number, text};
use super::{Act, Place};

/// The whole event.
pub(super) fn event(
    state: &State,
    act: &Act,
    id: u64,
    token: &str,
    guild: Option<u64>,
    channel: u64,
) -> Value {
    let locale = state.locales.get(&act.user).map_or("en-US", String::as_str);
    let mut event = json!({
        "id": text(id), "application_id": text(state.application), "type": act.kind, "data": act.data, "token": token,
        "version": 1, "locale": locale, "entitlements": [], "entitlement_sku_ids": [], "channel_id": text(channel),
        "channel": partial_channel(state, channel, act.user), "attachment_size_limit": 10_485_760,
        "app_permissions": may::in_channel(state, channel, state.bot).to_string(),
    });
    if let Some(message) = act.message {
        event["message"] = state.messages[&message].value.clone();
    }
    match guild {
        Some(guild) => {
            let mut member = state.member(guild, act.user);
            member["permissions"] = json!(may::in_channel(state, channel, act.user).to_string());
            merge(
                &mut event,
                &json!({
                    "guild_id": text(guild), "guild": {"id": text(guild), "locale": "en-US", "features": []},
                    "guild_locale": "en-US", "member": member, "context": 0,
                    "authorizing_integration_owners": {"0": text(guild)},
                }),
            );
        }
        None => merge(
            &mut event,
            &json!({"user": state.users[&act.user], "context": 1, "authorizing_integration_owners": {"0": "0"}}),
        ),
    }
    event
}

fn partial_channel(state: &State, channel: u64, user: u64) -> Value {
    let mut value = state.channels[&channel].value.clone();
    value["permissions"] = json!(may::in_channel(state, channel, user).to_string());
    value
}

/// The data of a command: its options by their registered types. With `focused`, as it is while being typed.
pub(super) fn command<'a>(
    state: &State,
    command: &Value,
    words: impl Iterator<Item = &'a str>,
    given: &Value,
    focused: Option<(&str, &str)>,
    at: Place,
) -> Value {
    let mut path = Vec::new();
    let mut here = command;
    for word in words {
        let found =
            list(&here["options"]).find(|option| option["name"] == word && number(&option["type"]) <= 2);
        here = found.unwrap_or_else(|| panic!("/{} has no subcommand {word:?}", command["name"]));
        path.push(here);
    }
    let open = list(&here["options"]).any(|option| number(&option["type"]) <= 2);
    assert!(!open, "/{} is not a command by itself: a subcommand is missing", here["name"]);
    let empty = serde_json::Map::new();
    let given = given.as_object().unwrap_or(&empty);
    for name in given.keys() {
        let known = list(&here["options"]).any(|option| option["name"] == name.as_str());
        assert!(known, "/{} has no option {name:?}", here["name"]);
    }
    let mut resolved = json!({});
    let mut options = Vec::new();
    for option in list(&here["options"]) {
        let name = option["name"].as_str().unwrap_or_default();
        if let Some((_, typed)) = focused.filter(|(focused, _)| *focused == name) {
            assert!(option["autocomplete"] == true, "option {name:?} is not completed");
            options.push(json!({"name": name, "type": option["type"], "value": typed, "focused": true}));
            continue;
        }
        let Some(value) = given.get(name) else {
            let needed = option["required"] == true && focused.is_none();
            assert!(!needed, "option {name:?} of /{} is required", here["name"]);
            continue;
        };
        let value = checked(state, option, value, at, &mut resolved);
        options.push(json!({"name": name, "type": option["type"], "value": value}));
    }
    if let Some((name, _)) = focused {
        assert!(
            options.iter().any(|option| option["focused"] == true),
            "/{} has no option {name:?}",
            here["name"]
        );
    }
    for part in path.into_iter().rev() {
        options = vec![json!({"name": part["name"], "type": part["type"], "options": options})];
    }
    let mut data = json!({"id": command["id"], "name": command["name"], "type": 1, "options": options});
    if let Some(guild) = command["guild_id"].as_str() {
        data["guild_id"] = json!(guild);
    }
    if resolved.as_object().is_some_and(|resolved| !resolved.is_empty()) {
        data["resolved"] = resolved;
    }
    data
}

/// A value as the client lets it through.
fn checked(state: &State, option: &Value, value: &Value, at: Place, resolved: &mut Value) -> Value {
    let name = &option["name"];
    let choices: Vec<&Value> = list(&option["choices"]).map(|choice| &choice["value"]).collect();
    assert!(
        choices.is_empty() || choices.contains(&value),
        "option {name}: {value} is not a choice of {choices:?}"
    );
    match number(&option["type"]) {
        3 => {
            let length =
                value.as_str().unwrap_or_else(|| panic!("option {name}: {value} is no text")).chars().count();
            let least = option["min_length"].as_u64().unwrap_or(0) as usize;
            let most = option["max_length"].as_u64().unwrap_or(6000) as usize;
            assert!(
                (least..=most).contains(&length),
                "option {name}: {least} to {most} characters, not {length}"
            );
            value.clone()
        }
        4 | 10 => {
            let number = value.as_f64().unwrap_or_else(|| panic!("option {name}: {value} is no number"));
            let least = option["min_value"].as_f64().unwrap_or(f64::MIN);
            let most = option["max_value"].as_f64().unwrap_or(f64::MAX);
            assert!((least..=most).contains(&number), "option {name}: {least} to {most}, not {number}");
            value.clone()
        }
        5 => {
            assert!(value.is_boolean(), "option {name}: {value} is no yes or no");
            value.clone()
        }
        6 => {
            let id = number(value);
            merge_at(resolved, "users", id, state.users[&id].clone());
            if let Place::Guild { guild, .. } = at
                && state.guilds[&guild].members.contains_key(&id)
            {
                merge_at(resolved, "members", id, partial_member(state, guild, id));
            }
            text(id)
        }
        7 => {
            let id = number(value);
            let channel = &state.channels[&id];
            let kinds: Vec<u64> = list(&option["channel_types"]).map(number).collect();
            assert!(
                kinds.is_empty() || kinds.contains(&channel.kind()),
                "option {name}: no channel of types {kinds:?}"
            );
            merge_at(resolved, "channels", id, partial_channel(state, id, state.bot));
            text(id)
        }
        8 => {
            let id = number(value);
            let role = state.guilds.values().find_map(|guild| guild.roles.get(&id)).expect("a role");
            merge_at(resolved, "roles", id, role.clone());
            text(id)
        }
        kind => panic!("option {name} is of type {kind}, which no test has needed yet"),
    }
}

fn partial_member(state: &State, guild: u64, user: u64) -> Value {
    let mut member = state.member(guild, user);
    if let Some(member) = member.as_object_mut() {
        ["user", "deaf", "mute"].iter().for_each(|field| {
            member.remove(*field);
        });
    }
    member["permissions"] = json!(may::of_member(state, guild, user).to_string());
    member
}

fn merge_at(resolved: &mut Value, kind: &str, id: u64, value: Value) {
    if resolved[kind].is_null() {
        resolved[kind] = json!({});
    }
    resolved[kind][id.to_string()] = value;
}

/// What a menu of users, roles or channels says of the picked ones.
pub(super) fn resolved_of(state: &State, kind: u64, values: &Value) -> Value {
    let mut resolved = json!({});
    for id in list(values).map(number) {
        match kind {
            5 => merge_at(&mut resolved, "users", id, state.users[&id].clone()),
            8 => merge_at(&mut resolved, "channels", id, partial_channel(state, id, state.bot)),
            _ => {
                let role = state.guilds.values().find_map(|guild| guild.roles.get(&id)).expect("a role");
                merge_at(&mut resolved, "roles", id, role.clone());
            }
        }
    }
    resolved
}

/// A component, wherever it is.
pub(super) fn find<'a>(components: &'a Value, custom_id: &str) -> Option<&'a Value> {
    list(components).find_map(|part| {
        if part["custom_id"] == custom_id {
            return Some(part);
        }
        find(&part["components"], custom_id)
            .or_else(|| Some(&part["accessory"]).filter(|accessory| accessory["custom_id"] == custom_id))
            .or_else(|| Some(&part["component"]).filter(|inner| inner["custom_id"] == custom_id))
    })
}

/// What is picked is offered, and as many as may be.
pub(super) fn check_picked(component: &Value, values: &Value) {
    if component["type"] == 2 {
        return;
    }
    let picked: Vec<&Value> = list(values).collect();
    let least = component["min_values"].as_u64().unwrap_or(1) as usize;
    let most = component["max_values"].as_u64().unwrap_or(1) as usize;
    assert!((least..=most).contains(&picked.len()), "{least} to {most} can be picked, not {}", picked.len());
    if component["type"] == 3 {
        let offered: Vec<&Value> = list(&component["options"]).map(|option| &option["value"]).collect();
        picked.iter().for_each(|value| assert!(offered.contains(value), "{value} is not one of {offered:?}"));
    }
}

/// A form as it is sent. Panics if a client would not send it.
pub(super) fn form(modal: &Value, fields: &Value) -> Value {
    let fields = fields.as_object().cloned().unwrap_or_default();
    let mut used = 0;
    let mut fill = |input: &Value| {
        let name = input["custom_id"].as_str().unwrap_or_default();
        let given = fields.get(name);
        used += usize::from(given.is_some());
        let mut filled = json!({"type": input["type"], "id": 1, "custom_id": name});
        if input["type"] != 4 {
            let values = given.cloned().unwrap_or_else(|| json!([]));
            check_picked(input, &values);
            filled["values"] = values;
            return filled;
        }
        let value = given.or(input.get("value")).and_then(Value::as_str).unwrap_or_default();
        let length = value.chars().count();
        let required = input["required"] != false;
        let least = (input["min_length"].as_u64().unwrap_or(0) as usize).max(usize::from(required));
        let most = input["max_length"].as_u64().unwrap_or(4000) as usize;
        let fits = (!required && length == 0) || (least..=most).contains(&length);
        assert!(fits, "field {name:?}: {least} to {most} characters, not {length}");
        filled["value"] = json!(value);
        filled
    };
    let rows: Vec<Value> = list(&modal["components"])
        .filter(|row| row["type"] != 10)
        .map(|row| {
            if row["component"].is_object() {
                json!({"type": row["type"], "id": 1, "component": fill(&row["component"])})
            } else {
                let inner: Vec<Value> = list(&row["components"]).map(&mut fill).collect();
                json!({"type": 1, "id": 1, "components": inner})
            }
        })
        .collect();
    assert!(used == fields.len(), "the form {} has not all of the fields {fields:?}", modal["custom_id"]);
    json!({"custom_id": modal["custom_id"], "components": rows})
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
