//! Guilds, and what a bot asks about itself.

use serde_json::{Value, json};

use super::super::gateway::own_user;
use super::super::permissions as may;
use super::super::state::{State, number, text};
use super::{Call, Outcome, id, invalid, missing_access, missing_permissions, refuse};

pub(super) fn route(state: &mut State, call: &Call, guild: u64, rest: &[&str]) -> Outcome {
    let Some(found) = state.guilds.get(&guild) else { return Err(refuse(404, 10_004, "Unknown Guild")) };
    if !found.members.contains_key(&state.bot) {
        return Err(missing_access());
    }
    match (call.method.as_str(), rest) {
        ("GET", []) => {
            let mut value = state.guild(guild);
            if call.query.get("with_counts").is_some_and(|with| with == "true") {
                value["approximate_member_count"] = json!(found.members.len());
                value["approximate_presence_count"] = json!(found.members.len());
            }
            Ok((200, value))
        }
        ("GET", ["channels"]) => {
            let here = state.channels.values().filter(|c| c.guild == Some(guild) && !c.is_thread());
            Ok((200, json!(here.map(|c| &c.value).collect::<Vec<_>>())))
        }
        ("GET", ["roles"]) => Ok((200, json!(found.roles.values().collect::<Vec<_>>()))),
        ("GET", ["members", "@me"]) => Ok((200, state.member(guild, state.bot))),
        ("GET", ["members", user]) => {
            let user = id(user)?;
            if !found.members.contains_key(&user) {
                return Err(refuse(404, 10_007, "Unknown Member"));
            }
            Ok((200, state.member(guild, user)))
        }
        ("GET", ["audit-logs"]) => audit(state, call, guild),
        ("GET", ["threads", "active"]) => Ok((200, super::threads::active(state, guild))),
        _ => Err(refuse(405, 0, "405: Method Not Allowed")),
    }
}

fn audit(state: &State, call: &Call, guild: u64) -> Outcome {
    if may::of_member(state, guild, state.bot) & may::VIEW_AUDIT_LOG == 0 {
        return Err(missing_permissions());
    }
    let limit = call.query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(50);
    let wanted = |entry: &&Value| {
        call.query.get("action_type").is_none_or(|kind| entry["action_type"].as_u64() == kind.parse().ok())
            && call.query.get("user_id").is_none_or(|user| entry["user_id"] == user.as_str())
    };
    let entries: Vec<&Value> = state.guilds[&guild].audit.iter().rev().filter(wanted).take(limit).collect();
    let users: Vec<&Value> = state
        .users
        .iter()
        .filter(|(id, _)| {
            entries.iter().any(|e| [&e["user_id"], &e["target_id"]].iter().any(|u| number(u) == **id))
        })
        .map(|(_, user)| user)
        .collect();
    Ok((
        200,
        json!({
            "audit_log_entries": entries, "users": users, "integrations": [], "webhooks": [],
            "guild_scheduled_events": [], "threads": [], "application_commands": [], "auto_moderation_rules": [],
        }),
    ))
}

pub(super) fn own(state: &mut State, call: &Call, parts: &[&str]) -> Outcome {
    match parts {
        ["gateway"] => Ok((200, json!({"url": state.gateway_url}))),
        ["gateway", "bot"] => Ok((
            200,
            json!({
                "url": state.gateway_url, "shards": state.shards,
                "session_start_limit": {
                    "total": 1000, "remaining": state.session_starts_left, "reset_after": 14_400_000,
                    "max_concurrency": 1,
                },
            }),
        )),
        ["users", "@me"] => Ok((200, own_user(state))),
        ["users", "@me", "guilds"] => {
            let mine = state.guilds.values().filter(|guild| guild.members.contains_key(&state.bot));
            let guilds: Vec<Value> = mine
                .map(|guild| {
                    json!({
                        "id": text(guild.id), "name": guild.name, "icon": null, "banner": null, "owner": false,
                        "permissions": may::of_member(state, guild.id, state.bot).to_string(), "features": [],
                    })
                })
                .collect();
            Ok((200, json!(guilds)))
        }
        ["users", "@me", "guilds", guild] => {
            let guild = id(guild)?;
            if !state.guilds.get(&guild).is_some_and(|found| found.members.contains_key(&state.bot)) {
                return Err(refuse(404, 10_004, "Unknown Guild"));
            }
            super::super::world::leave(state, guild);
            Ok((204, Value::Null))
        }
        ["users", "@me", "channels"] => direct(state, call),
        ["users", user] => {
            let user = state.users.get(&id(user)?);
            user.map(|user| (200, user.clone())).ok_or_else(|| refuse(404, 10_013, "Unknown User"))
        }
        _ => Ok((200, application(state))),
    }
}

fn direct(state: &mut State, call: &Call) -> Outcome {
    let user = number(&call.body["recipient_id"]);
    if !state.users.contains_key(&user) {
        let words = "Value is not a known user.";
        return Err(invalid("recipient_id", "USER_UNKNOWN", words));
    }
    let channel = state.direct(user);
    Ok((200, state.channels[&channel].value.clone()))
}

fn application(state: &State) -> Value {
    json!({
        "id": text(state.application), "name": "newsdesk", "icon": null, "description": "", "type": null,
        "bot": state.users[&state.bot], "summary": "", "bot_public": true, "bot_require_code_grant": false,
        "verify_key": "0".repeat(64), "flags": 0, "flags_new": "0", "eligible_oauth2_scopes": ["bot"], "hook": true, "is_monetized": false, "rpc_origins": [],
        "redirect_uris": [], "interactions_endpoint_url": null, "role_connections_verification_url": null,
        "owner": super::super::state::user(state.application + 1, "desk.keeper", false), "team": null,
        "approximate_guild_count": state.guilds.values().filter(|g| g.members.contains_key(&state.bot)).count(),
        "approximate_user_install_count": 0, "approximate_user_authorization_count": 0,
        "integration_types_config": {"0": {"oauth2_install_params": {"scopes": ["bot"], "permissions": "0"}}},
        "explicit_content_filter": 0,
    })
}
