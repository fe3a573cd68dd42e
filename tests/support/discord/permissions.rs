//! Who may do what where, computed as Discord documents it.

use serde_json::Value;

use super::state::{State, number};

pub(crate) const ADD_REACTIONS: u64 = 1 << 6;
pub(crate) const ADMINISTRATOR: u64 = 1 << 3;
pub(crate) const MANAGE_CHANNELS: u64 = 1 << 4;
pub(crate) const MANAGE_GUILD: u64 = 1 << 5;
pub(crate) const VIEW_AUDIT_LOG: u64 = 1 << 7;
pub(crate) const VIEW_CHANNEL: u64 = 1 << 10;
pub(crate) const SEND_MESSAGES: u64 = 1 << 11;
pub(crate) const SEND_TTS: u64 = 1 << 12;
pub(crate) const MANAGE_MESSAGES: u64 = 1 << 13;
pub(crate) const EMBED_LINKS: u64 = 1 << 14;
pub(crate) const ATTACH_FILES: u64 = 1 << 15;
pub(crate) const READ_MESSAGE_HISTORY: u64 = 1 << 16;
pub(crate) const MENTION_EVERYONE: u64 = 1 << 17;
pub(crate) const USE_APPLICATION_COMMANDS: u64 = 1 << 31;
pub(crate) const MANAGE_THREADS: u64 = 1 << 34;
pub(crate) const CREATE_PUBLIC_THREADS: u64 = 1 << 35;
pub(crate) const CREATE_PRIVATE_THREADS: u64 = 1 << 36;
pub(crate) const SEND_MESSAGES_IN_THREADS: u64 = 1 << 38;
pub(crate) const BYPASS_SLOW_MODE: u64 = 1 << 52;
/// Everything there is.
pub(crate) const ALL: u64 = (1 << 53) - 1;
/// What any member of these guilds has, by a role of theirs. The bot does not have it: what it needs must be given to it.
pub(crate) const ORDINARY: u64 = ADD_REACTIONS
    | VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | USE_APPLICATION_COMMANDS
    | CREATE_PUBLIC_THREADS
    | SEND_MESSAGES_IN_THREADS;

/// The permissions of a member in the whole guild; 0 for a stranger.
pub(super) fn of_member(state: &State, guild: u64, user: u64) -> u64 {
    let Some(at) = state.guilds.get(&guild) else { return 0 };
    if at.owner == user {
        return ALL;
    }
    let Some(member) = at.members.get(&user) else { return 0 };
    let of_role = |id: u64| at.roles.get(&id).map_or(0, |role| number(&role["permissions"]));
    let all = roles(member).into_iter().fold(of_role(guild), |all, id| all | of_role(id));
    if all & ADMINISTRATOR == 0 { all } else { ALL }
}

/// The permissions of a user in a channel; a thread has those of its parent. Everything in a direct message.
pub(super) fn in_channel(state: &State, channel: u64, user: u64) -> u64 {
    let Some(at) = state.channels.get(&channel) else { return 0 };
    let Some(guild) = at.guild else {
        return if at.recipient == Some(user) || user == state.bot { ALL & !MANAGE_THREADS } else { 0 };
    };
    if at.is_thread() {
        return in_channel(state, at.parent(), user);
    }
    let base = of_member(state, guild, user);
    if base == 0 || base == ALL {
        return base;
    }
    let empty = Vec::new();
    let overwrites = at.value["permission_overwrites"].as_array().unwrap_or(&empty);
    let part = |id: u64, part: &str| {
        let of = overwrites.iter().filter(|overwrite| number(&overwrite["id"]) == id);
        of.fold(0, |all, overwrite| all | number(&overwrite[part]))
    };
    let mine = roles(&state.guilds[&guild].members[&user]);
    let of_roles = |name: &str| mine.iter().fold(0, |all, id| all | part(*id, name));
    let mut result = (base & !part(guild, "deny")) | part(guild, "allow");
    result = (result & !of_roles("deny")) | of_roles("allow");
    result = (result & !part(user, "deny")) | part(user, "allow");
    if result & VIEW_CHANNEL == 0 {
        return 0;
    }
    if result & SEND_MESSAGES == 0 {
        result &= !(MENTION_EVERYONE | SEND_TTS);
        // In a thread another permission lets one speak; what may be in the message stays.
        if result & SEND_MESSAGES_IN_THREADS == 0 {
            result &= !(ATTACH_FILES | EMBED_LINKS);
        }
    }
    result
}

fn roles(member: &Value) -> Vec<u64> {
    member["roles"].as_array().map(|roles| roles.iter().map(number).collect()).unwrap_or_default()
}
