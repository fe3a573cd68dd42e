//! What people do with guilds and channels; each tells a connected bot what a real Discord would.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Discord;
use super::gateway::{GUILD_MODERATION, GUILDS};
use super::permissions as may;
use super::rest::{Draft, post, remove_channel, remove_message, tell, updated};
use super::state::{FORUM, Guild, NEWS, State, TEXT, number, role, text};

impl Discord {
    /// A guild with an owner; the bot is not in it.
    pub(crate) fn guild(&self, name: &str) -> u64 {
        self.with(|state| {
            let owner = state.new_user(&format!("{}.owner", name.to_lowercase().replace(' ', ".")));
            let id = state.next_id();
            let everyone = role(id, "@everyone", may::USE_APPLICATION_COMMANDS, 0, None);
            let joined = state.stamp();
            let members = BTreeMap::from([(owner, json!({"roles": [], "joined_at": joined}))]);
            let guild = Guild {
                id,
                name: name.to_owned(),
                owner,
                roles: BTreeMap::from([(id, everyone)]),
                members,
                audit: Vec::new(),
                bot_role: None,
                joined,
            };
            state.guilds.insert(id, guild);
            id
        })
    }

    /// Who owns a guild.
    pub(crate) fn owner(&self, guild: u64) -> u64 {
        self.with(|state| state.guilds[&guild].owner)
    }

    /// `by` adds the bot, with a role of these permissions.
    pub(crate) fn install(&self, guild: u64, by: u64, permissions: u64) {
        self.with(|state| {
            let (id, entry, bot) = (state.next_id(), state.next_id(), state.bot);
            let joined = state.stamp();
            let of_bot = role(id, "newsdesk", permissions, 1, Some(bot));
            let entry = json!({
                "id": text(entry), "user_id": text(by), "target_id": text(bot), "action_type": 28,
            });
            let found = state.guilds.get_mut(&guild).expect("a guild of this Discord");
            found.roles.insert(id, of_bot);
            found.bot_role = Some(id);
            found.members.insert(bot, json!({"roles": [text(id)], "joined_at": joined}));
            found.joined = joined;
            found.audit.push(entry.clone());
            let create = state.guild_create(guild);
            state.emit("GUILD_CREATE", Some(guild), GUILDS, &create);
            let mut told = entry;
            told["guild_id"] = text(guild);
            if may::of_member(state, guild, bot) & may::VIEW_AUDIT_LOG != 0 {
                state.emit("GUILD_AUDIT_LOG_ENTRY_CREATE", Some(guild), GUILD_MODERATION, &told);
            }
        });
    }

    /// The bot is thrown out.
    pub(crate) fn kick(&self, guild: u64) {
        self.with(|state| leave(state, guild));
    }

    /// The guild is out of reach for a while, as in an outage of Discord's.
    pub(crate) fn outage(&self, guild: u64) {
        self.with(|state| {
            state.emit("GUILD_DELETE", Some(guild), GUILDS, &json!({"id": text(guild), "unavailable": true}));
        });
    }

    /// The end of an outage.
    pub(crate) fn outage_over(&self, guild: u64) {
        self.with(|state| {
            let create = state.guild_create(guild);
            state.emit("GUILD_CREATE", Some(guild), GUILDS, &create);
        });
    }

    /// A new role of the bot's permissions.
    pub(crate) fn permit_bot(&self, guild: u64, permissions: u64) {
        self.with(|state| {
            let found = state.guilds.get_mut(&guild).expect("a guild of this Discord");
            let id = found.bot_role.expect("the bot is in it");
            let role = found.roles.get_mut(&id).expect("its role");
            role["permissions"] = json!(permissions.to_string());
            let event = json!({"guild_id": text(guild), "role": role});
            state.emit("GUILD_ROLE_UPDATE", Some(guild), GUILDS, &event);
        });
    }

    /// A channel for text.
    pub(crate) fn text_channel(&self, guild: u64, name: &str) -> u64 {
        self.with(|state| add_channel(state, guild, name, TEXT, &[]))
    }

    /// A channel whose messages others can follow.
    pub(crate) fn news_channel(&self, guild: u64, name: &str) -> u64 {
        self.with(|state| add_channel(state, guild, name, NEWS, &[]))
    }

    /// A forum with these tags.
    pub(crate) fn forum(&self, guild: u64, name: &str, tags: &[&str]) -> u64 {
        self.with(|state| add_channel(state, guild, name, FORUM, tags))
    }

    /// A member with what every member may, and these permissions.
    pub(crate) fn member(&self, guild: u64, name: &str, permissions: u64) -> u64 {
        self.with(|state| {
            let id = state.new_user(name);
            join(state, guild, id, permissions);
            id
        })
    }

    /// A known user becomes a member of one more guild.
    pub(crate) fn joins(&self, guild: u64, user: u64, permissions: u64) {
        self.with(|state| join(state, guild, user, permissions));
    }

    /// The language of a user's client, as in `de` or `es-ES`.
    pub(crate) fn speaks(&self, user: u64, locale: &str) {
        self.with(|state| state.locales.insert(user, locale.to_owned()));
    }

    /// A user takes no messages from the bot any more.
    pub(crate) fn shuts_out(&self, user: u64) {
        self.with(|state| state.closed.insert(user));
    }

    /// Takes these permissions from the bot in a channel.
    pub(crate) fn deny_bot(&self, channel: u64, permissions: u64) {
        self.with(|state| overwrite(state, channel, |deny| deny | permissions));
    }

    /// Takes such a denial back.
    pub(crate) fn allow_bot(&self, channel: u64, permissions: u64) {
        self.with(|state| overwrite(state, channel, |deny| deny & !permissions));
    }

    /// Members must wait between two messages; 0 ends it.
    pub(crate) fn slow_mode(&self, channel: u64, seconds: u64) {
        self.alter(channel, |value| value["rate_limit_per_user"] = json!(seconds));
    }

    /// A thread is archived.
    pub(crate) fn archive(&self, thread: u64) {
        let now = self.with(|state| state.stamp());
        self.alter(thread, |value| {
            value["thread_metadata"]["archived"] = json!(true);
            value["thread_metadata"]["archive_timestamp"] = json!(now);
        });
    }

    /// A thread is locked: only moderators may write or change something in it, or open it when it is archived too.
    pub(crate) fn lock(&self, thread: u64) {
        self.alter(thread, |value| value["thread_metadata"]["locked"] = json!(true));
    }

    /// A channel or thread is deleted, with what is in it.
    pub(crate) fn delete_channel(&self, channel: u64) {
        self.with(|state| remove_channel(state, channel));
    }

    /// A message is deleted by somebody.
    pub(crate) fn delete_message(&self, channel: u64, message: u64) {
        self.with(|state| {
            assert_eq!(
                state.messages.get(&message).map(|stored| stored.channel),
                Some(channel),
                "the message is there"
            );
            remove_message(state, message);
        });
    }

    /// A text channel becomes a forum.
    pub(crate) fn become_forum(&self, channel: u64) {
        self.alter(channel, |value| {
            value["type"] = json!(FORUM);
            value["available_tags"] = json!([]);
            value["default_reaction_emoji"] = Value::Null;
            value["default_sort_order"] = Value::Null;
            value["default_forum_layout"] = json!(0);
        });
    }

    /// The forum takes no post without a tag.
    pub(crate) fn require_tag(&self, forum: u64) {
        self.alter(forum, |value| value["flags"] = json!(1 << 4));
    }

    /// A member writes a message.
    pub(crate) fn says(&self, channel: u64, user: u64, content: &str) -> u64 {
        self.with(|state| {
            let body = json!({"content": content});
            let draft = Draft {
                channel,
                author: user,
                body: &body,
                files: &[],
                id: None,
                kind: 0,
                only_for: None,
                more: json!({}),
            };
            post(state, &draft).unwrap_or_else(|refusal| panic!("{refusal:?}"))
        })
    }

    fn alter(&self, channel: u64, change: impl FnOnce(&mut Value)) {
        self.with(|state| {
            change(&mut state.channels.get_mut(&channel).expect("a channel of this Discord").value);
            updated(state, channel);
        });
    }
}

/// The bot is no longer in a guild.
pub(super) fn leave(state: &mut State, guild: u64) {
    let bot = state.bot;
    let found = state.guilds.get_mut(&guild).expect("a guild of this Discord");
    found.members.remove(&bot);
    if let Some(role) = found.bot_role.take() {
        found.roles.remove(&role);
    }
    state.commands.retain(|(of, _), _| *of != Some(guild));
    state.emit("GUILD_DELETE", Some(guild), GUILDS, &json!({"id": text(guild)}));
}

fn join(state: &mut State, guild: u64, user: u64, permissions: u64) {
    let id = state.next_id();
    let own = role(id, &format!("role {id}"), permissions | may::ORDINARY, 2, None);
    let joined = state.stamp();
    let found = state.guilds.get_mut(&guild).expect("a guild of this Discord");
    found.roles.insert(id, own.clone());
    found.members.insert(user, json!({"roles": [text(id)], "joined_at": joined}));
    if found.members.contains_key(&state.bot) {
        let event = json!({"guild_id": text(guild), "role": own});
        state.emit("GUILD_ROLE_CREATE", Some(guild), GUILDS, &event);
    }
}

fn add_channel(state: &mut State, guild: u64, name: &str, kind: u64, tags: &[&str]) -> u64 {
    let id = state.next_id();
    let position = state.channels.values().filter(|channel| channel.guild == Some(guild)).count();
    let mut value = json!({
        "id": text(id), "type": kind, "guild_id": text(guild), "name": name, "position": position, "parent_id": null,
        "permission_overwrites": [], "topic": null, "nsfw": false, "last_message_id": null, "flags": 0,
        "rate_limit_per_user": 0, "default_auto_archive_duration": 4320,
    });
    if kind == FORUM {
        let tags: Vec<Value> = tags
            .iter()
            .map(|tag| {
                let id = text(state.next_id());
                json!({"id": id, "name": tag, "moderated": false, "emoji_id": null, "emoji_name": null})
            })
            .collect();
        super::state::merge(
            &mut value,
            &json!({
                "available_tags": tags, "default_reaction_emoji": null, "default_sort_order": null,
                "default_forum_layout": 0, "template": "",
            }),
        );
    }
    state.insert_channel(id, Some(guild), None, value);
    tell(state, id, "CREATE");
    id
}

fn overwrite(state: &mut State, channel: u64, change: impl FnOnce(u64) -> u64) {
    let found = state.channels.get_mut(&channel).expect("a channel of this Discord");
    let guild = found.guild.expect("a guild's channel");
    let role = state.guilds[&guild].bot_role.expect("the bot is in the guild");
    let mut all: Vec<Value> = found.value["permission_overwrites"].as_array().cloned().unwrap_or_default();
    let place = all.iter().position(|overwrite| number(&overwrite["id"]) == role);
    let deny = change(place.map_or(0, |place| number(&all[place]["deny"])));
    if let Some(place) = place {
        all.remove(place);
    }
    if deny != 0 {
        all.push(json!({"id": text(role), "type": 0, "allow": "0", "deny": deny.to_string()}));
    }
    found.value["permission_overwrites"] = json!(all);
    updated(state, channel);
}
