//! The commands an application registers.

use serde_json::{Value, json};

use super::super::state::{State, merge, text};
use super::body::{length, list};
use super::{Call, Outcome, Refusal, id, invalid, missing_access, refuse};

pub(super) fn route(state: &mut State, call: &Call, application: u64, rest: &[&str]) -> Outcome {
    if application != state.application {
        return Err(missing_access());
    }
    let (guild, rest) = match rest {
        ["guilds", guild, "commands", rest @ ..] => (Some(id(guild)?), rest),
        ["commands", rest @ ..] => (None, rest),
        _ => return Err(refuse(404, 0, "404: Not Found")),
    };
    if let Some(guild) = guild
        && !state.guilds.get(&guild).is_some_and(|found| found.members.contains_key(&state.bot))
    {
        return Err(missing_access());
    }
    match (call.method.as_str(), rest) {
        ("GET", []) => Ok((200, json!(all(state, guild)))),
        ("PUT", []) => replace(state, call, guild),
        ("POST", []) => {
            let there = all(state, guild).iter().any(|old| same(old, &call.body));
            let value = register(state, guild, &call.body)?;
            Ok((if there { 200 } else { 201 }, value))
        }
        (method, [command]) => one(state, call, guild, method, id(command)?),
        _ => Err(refuse(405, 0, "405: Method Not Allowed")),
    }
}

/// The commands of a guild, or those known everywhere.
pub(crate) fn all(state: &State, guild: Option<u64>) -> Vec<Value> {
    state.commands.iter().filter(|((of, _), _)| *of == guild).map(|(_, command)| command.clone()).collect()
}

fn same(old: &Value, new: &Value) -> bool {
    old["name"] == new["name"] && old["type"].as_u64() == Some(new["type"].as_u64().unwrap_or(1))
}

fn replace(state: &mut State, call: &Call, guild: Option<u64>) -> Outcome {
    let given: Vec<Value> = list(&call.body).cloned().collect();
    if given.len() > 100 {
        return Err(refuse(400, 30_032, "Maximum number of application commands reached (100)."));
    }
    for (place, command) in given.iter().enumerate() {
        check(command, &place.to_string())?;
        if given[..place].iter().any(|before| same(before, command)) {
            let words = "Application command names must be unique";
            return Err(invalid(&place.to_string(), "APPLICATION_COMMANDS_DUPLICATE_NAME", words));
        }
    }
    state.commands.retain(|(of, _), old| *of != guild || given.iter().any(|new| same(old, new)));
    for command in &given {
        register(state, guild, command)?;
    }
    Ok((200, json!(all(state, guild))))
}

fn register(state: &mut State, guild: Option<u64>, given: &Value) -> Result<Value, Refusal> {
    check(given, "")?;
    let old =
        state.commands.iter().find(|((of, _), old)| *of == guild && same(old, given)).map(|((_, id), _)| *id);
    let id = old.unwrap_or_else(|| state.next_id());
    let version = state.next_id();
    let mut value = json!({
        "id": text(id), "application_id": text(state.application), "version": text(version), "type": 1,
        "default_member_permissions": null, "name_localizations": null, "description": "",
        "description_localizations": null, "nsfw": false,
        "contexts": if guild.is_some() { Value::Null } else { json!([0, 1]) },
    });
    match guild {
        Some(guild) => value["guild_id"] = text(guild),
        None => value["integration_types"] = json!([0]),
    }
    if let Some(allowed) = given["dm_permission"].as_bool()
        && !allowed
    {
        value["contexts"] = json!([0]);
    }
    let mut fields = given.clone();
    if let Some(fields) = fields.as_object_mut() {
        fields.retain(|_, field| !field.is_null());
        fields.remove("id");
        if let Some(permissions) = fields.get_mut("default_member_permissions") {
            *permissions = text(super::super::state::number(permissions));
        }
        fields.get_mut("options").into_iter().for_each(tidy);
    }
    merge(&mut value, &fields);
    let alone = list(&value["contexts"]).any(|context| context == 1);
    value["dm_permission"] = json!(alone);
    state.commands.insert((guild, id), value.clone());
    Ok(value)
}

/// Options are given back without what is not in them.
fn tidy(options: &mut Value) {
    for option in options.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        option.retain(|_, part| !part.is_null() && part.as_array().is_none_or(|list| !list.is_empty()));
        option.get_mut("options").into_iter().for_each(tidy);
    }
}

fn one(state: &mut State, call: &Call, guild: Option<u64>, method: &str, command: u64) -> Outcome {
    let Some(found) = state.commands.get(&(guild, command)).cloned() else {
        return Err(refuse(404, 10_063, "Unknown application command"));
    };
    match method {
        "GET" => Ok((200, found)),
        "DELETE" => {
            state.commands.remove(&(guild, command));
            Ok((204, Value::Null))
        }
        _ => {
            let mut changed = found;
            merge(&mut changed, &call.body);
            check(&changed, "")?;
            changed["version"] = text(state.next_id());
            state.commands.insert((guild, command), changed.clone());
            Ok((200, changed))
        }
    }
}

fn check(command: &Value, at: &str) -> Result<(), Refusal> {
    let field = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    let kind = command["type"].as_u64().unwrap_or(1);
    let name = command["name"].as_str().unwrap_or_default();
    if !(1..=32).contains(&name.chars().count()) {
        return Err(invalid(&field("name"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 32 in length."));
    }
    let fine = |c: char| (c.is_alphanumeric() || matches!(c, '-' | '_' | '\'')) && !c.is_uppercase();
    if kind == 1 && !name.chars().all(fine) {
        let words = "Command name is invalid";
        return Err(invalid(&field("name"), "APPLICATION_COMMAND_INVALID_NAME", words));
    }
    if kind == 1 && !(1..=100).contains(&length(&command["description"])) {
        return Err(invalid(
            &field("description"),
            "BASE_TYPE_BAD_LENGTH",
            "Must be between 1 and 100 in length.",
        ));
    }
    if list(&command["options"]).count() > 25 {
        return Err(invalid(&field("options"), "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length."));
    }
    let mut optional = false;
    for (place, option) in list(&command["options"]).enumerate() {
        let at = field(&format!("options.{place}"));
        check(
            &json!({"name": option["name"], "description": option["description"], "options": option["options"]}),
            &at,
        )?;
        let required = option["required"] == true;
        if required && optional {
            let words = "Required options must be placed before non-required options";
            return Err(invalid(&at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", words));
        }
        optional |= !required;
        if list(&option["choices"]).count() > 25 {
            return Err(invalid(
                &format!("{at}.choices"),
                "BASE_TYPE_MAX_LENGTH",
                "Must be 25 or fewer in length.",
            ));
        }
    }
    Ok(())
}
