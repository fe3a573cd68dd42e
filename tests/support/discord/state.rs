//! What the local Discord knows: guilds, channels, messages, who is connected.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::Request;
use super::faults::Faults;
use super::gateway::{Session, Trouble};
use super::interactions::{Interaction, OpenModal};
use super::limits::Limits;
use super::permissions as may;

/// The first moment of Discord's ids.
const EPOCH_MS: i64 = 1_420_070_400_000;

pub(crate) const TEXT: u64 = 0;
pub(crate) const DIRECT: u64 = 1;
pub(crate) const NEWS: u64 = 5;
pub(crate) const NEWS_THREAD: u64 = 10;
pub(crate) const PUBLIC_THREAD: u64 = 11;
pub(crate) const PRIVATE_THREAD: u64 = 12;
pub(crate) const FORUM: u64 = 15;

/// A guild; the bot is in it if it is one of its members.
pub(super) struct Guild {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) owner: u64,
    pub(super) roles: BTreeMap<u64, Value>,
    /// By user; without the user's own part.
    pub(super) members: BTreeMap<u64, Value>,
    pub(super) audit: Vec<Value>,
    pub(super) bot_role: Option<u64>,
    pub(super) joined: String,
}

/// A channel or thread.
pub(super) struct Channel {
    pub(super) id: u64,
    pub(super) guild: Option<u64>,
    /// With whom, if it is a direct message.
    pub(super) recipient: Option<u64>,
    pub(super) value: Value,
    pub(super) messages: BTreeSet<u64>,
    /// When each user last spoke or opened a thread here, for slow mode.
    pub(super) last_sent: BTreeMap<u64, Instant>,
}

impl Channel {
    pub(super) fn kind(&self) -> u64 {
        self.value["type"].as_u64().unwrap_or_default()
    }

    pub(super) fn is_thread(&self) -> bool {
        matches!(self.kind(), NEWS_THREAD | PUBLIC_THREAD | PRIVATE_THREAD)
    }

    pub(super) fn parent(&self) -> u64 {
        number(&self.value["parent_id"])
    }

    pub(super) fn is(&self, flag: &str) -> bool {
        self.value["thread_metadata"][flag].as_bool().unwrap_or_default()
    }
}

/// A message and what is not shown of it.
pub(super) struct Stored {
    pub(super) value: Value,
    pub(super) channel: u64,
    /// Only this user sees it.
    pub(super) only_for: Option<u64>,
    /// Every file of it, also those an embed shows.
    pub(super) files: Vec<Value>,
}

/// Everything.
pub(super) struct State {
    pub(super) application: u64,
    pub(super) bot: u64,
    pub(super) token: &'static str,
    pub(super) revoked: bool,
    pub(super) gateway_url: String,
    pub(super) heartbeat_ms: u64,
    pub(super) identifies: usize,
    pub(super) resumes: usize,
    pub(super) shards: u64,
    pub(super) session_starts_left: u64,
    pub(super) callback_within: std::time::Duration,
    pub(super) remembers_nonces: bool,
    /// The time as a test set it; else the machine's.
    pub(super) time: Option<DateTime<Utc>>,
    pub(super) last_id: u64,
    pub(super) users: BTreeMap<u64, Value>,
    /// Users who take no messages from the bot.
    pub(super) closed: BTreeSet<u64>,
    /// The language of a user's client, if it is not English.
    pub(super) locales: BTreeMap<u64, String>,
    pub(super) guilds: BTreeMap<u64, Guild>,
    pub(super) channels: BTreeMap<u64, Channel>,
    pub(super) messages: BTreeMap<u64, Stored>,
    pub(super) uploads: BTreeMap<u64, Vec<u8>>,
    pub(super) commands: BTreeMap<(Option<u64>, u64), Value>,
    pub(super) interactions: BTreeMap<String, Interaction>,
    /// Tokens of interactions whose callback has arrived, be it read or not.
    pub(super) callbacks_begun: BTreeSet<String>,
    pub(super) modals: Vec<OpenModal>,
    pub(super) nonces: BTreeMap<(u64, String), (Instant, u64)>,
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) limits: Limits,
    pub(super) faults: Faults,
    pub(super) trouble: Trouble,
    pub(super) requests: Vec<Request>,
    pub(super) violations: Vec<String>,
    pub(super) violations_expected: bool,
}

impl State {
    pub(super) fn new(application: u64, token: &'static str) -> Self {
        let mut state = Self {
            application,
            // Of an application made today, the bot has the same id.
            bot: application,
            token,
            revoked: false,
            gateway_url: String::new(),
            heartbeat_ms: 41_250,
            identifies: 0,
            resumes: 0,
            shards: 1,
            session_starts_left: 1000,
            callback_within: std::time::Duration::from_secs(3),
            remembers_nonces: true,
            time: None,
            last_id: 0,
            users: BTreeMap::new(),
            closed: BTreeSet::new(),
            locales: BTreeMap::new(),
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            messages: BTreeMap::new(),
            uploads: BTreeMap::new(),
            commands: BTreeMap::new(),
            interactions: BTreeMap::new(),
            callbacks_begun: BTreeSet::new(),
            modals: Vec::new(),
            nonces: BTreeMap::new(),
            sessions: BTreeMap::new(),
            limits: Limits::default(),
            faults: Faults::default(),
            trouble: Trouble::default(),
            requests: Vec::new(),
            violations: Vec::new(),
            violations_expected: false,
        };
        state.users.insert(application, user(application, "newsdesk", true));
        state
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this Discord is a service outside the desk, with a clock of its own"
    )]
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.time.unwrap_or_else(Utc::now)
    }

    /// A new id; each is a millisecond after the one before, at least.
    pub(super) fn next_id(&mut self) -> u64 {
        let now = u64::try_from(self.now().timestamp_millis() - EPOCH_MS).unwrap_or_default() << 22;
        self.last_id = now.max(self.last_id + (1 << 22));
        self.last_id
    }

    pub(super) fn new_user(&mut self, name: &str) -> u64 {
        let id = self.next_id();
        self.users.insert(id, user(id, name, false));
        id
    }

    /// The channel in which the bot and a user talk alone, opened if needed.
    pub(super) fn direct(&mut self, user: u64) -> u64 {
        if let Some(found) = self.channels.values().find(|channel| channel.recipient == Some(user)) {
            return found.id;
        }
        let id = self.next_id();
        let value = json!({
            "id": text(id), "type": DIRECT, "last_message_id": null, "flags": 0,
            "recipients": [self.users[&user].clone()],
        });
        self.insert_channel(id, None, Some(user), value);
        id
    }

    pub(super) fn insert_channel(
        &mut self,
        id: u64,
        guild: Option<u64>,
        recipient: Option<u64>,
        value: Value,
    ) {
        let (messages, last_sent) = (BTreeSet::new(), BTreeMap::new());
        self.channels.insert(id, Channel { id, guild, recipient, value, messages, last_sent });
    }

    pub(super) fn bot_may(&self, channel: u64, permissions: u64) -> bool {
        may::in_channel(self, channel, self.bot) & permissions == permissions
    }

    /// What is announced to a guild when the bot comes in or connects.
    pub(super) fn guild_create(&self, id: u64) -> Value {
        let guild = &self.guilds[&id];
        let mut value = self.guild(id);
        let visible = |channel: &&Channel| channel.guild == Some(id);
        let channels: Vec<Value> = self
            .channels
            .values()
            .filter(visible)
            .filter(|c| !c.is_thread())
            .map(|c| c.value.clone())
            .collect();
        let threads: Vec<Value> = self
            .channels
            .values()
            .filter(visible)
            .filter(|c| c.is_thread() && !c.is("archived") && self.bot_may(c.id, may::VIEW_CHANNEL))
            .map(|c| c.value.clone())
            .collect();
        let own = self.member(id, self.bot);
        let more = json!({
            "joined_at": guild.joined, "large": false, "unavailable": false, "member_count": guild.members.len() + 1,
            "voice_states": [], "members": [own], "channels": channels, "threads": threads, "presences": [],
            "stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [],
        });
        merge(&mut value, &more);
        value
    }

    /// A guild as REST shows it.
    pub(super) fn guild(&self, id: u64) -> Value {
        let guild = &self.guilds[&id];
        let mut value = json!({
            "id": text(id), "name": guild.name, "icon": null, "description": null, "home_header": null, "splash": null,
            "discovery_splash": null, "features": [], "banner": null, "owner_id": text(guild.owner),
            "application_id": null, "region": "us-east", "afk_channel_id": null, "afk_timeout": 300,
            "system_channel_id": null, "system_channel_flags": 0, "widget_enabled": false, "widget_channel_id": null,
            "verification_level": 1, "roles": guild.roles.values().collect::<Vec<_>>(),
        });
        let more = json!({
            "default_message_notifications": 1, "mfa_level": 0, "explicit_content_filter": 0, "max_presences": null,
            "max_members": 500_000, "max_stage_video_channel_users": 50, "max_video_channel_users": 25,
            "vanity_url_code": null, "premium_tier": 0, "premium_subscription_count": 0, "preferred_locale": "en-US",
            "rules_channel_id": null, "safety_alerts_channel_id": null, "public_updates_channel_id": null,
            "premium_progress_bar_enabled": false, "premium_progress_bar_enabled_user_updated_at": null,
            "nsfw": false, "nsfw_level": 0, "emojis": [], "stickers": [], "incidents_data": null,
            "inventory_settings": null,
        });
        merge(&mut value, &more);
        value
    }

    /// A member with its user.
    pub(super) fn member(&self, guild: u64, user: u64) -> Value {
        let mut value =
            self.guilds[&guild].members.get(&user).cloned().unwrap_or_else(|| json!({"roles": []}));
        merge(
            &mut value,
            &json!({
                "user": self.users[&user], "nick": null, "avatar": null, "banner": null, "premium_since": null,
                "deaf": false, "mute": false, "flags": 0, "pending": false, "communication_disabled_until": null,
            }),
        );
        if value["joined_at"].is_null() {
            value["joined_at"] = json!(self.guilds[&guild].joined);
        }
        value
    }

    pub(super) fn stamp(&self) -> String {
        stamp(self.now())
    }
}

pub(super) fn user(id: u64, name: &str, bot: bool) -> Value {
    json!({
        "id": text(id), "username": name, "discriminator": if bot { "0042" } else { "0" }, "global_name": null,
        "avatar": null, "bot": bot, "system": false, "public_flags": 0, "flags": 0, "banner": null,
        "accent_color": null, "avatar_decoration_data": null, "collectibles": null, "primary_guild": null,
    })
}

pub(super) fn role(id: u64, name: &str, permissions: u64, position: u64, bot: Option<u64>) -> Value {
    let mut value = json!({
        "id": text(id), "name": name, "description": null, "permissions": permissions.to_string(),
        "position": position, "color": 0,
        "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null},
        "hoist": false, "managed": bot.is_some(), "mentionable": false, "icon": null, "unicode_emoji": null, "flags": 0,
    });
    if let Some(bot) = bot {
        value["tags"] = json!({"bot_id": text(bot)});
    }
    value
}

/// An id as JSON has it.
pub(super) fn text(id: u64) -> Value {
    Value::String(id.to_string())
}

/// A number, written as one or as a string; 0 if it is neither.
pub(super) fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default()
}

pub(super) fn merge(into: &mut Value, from: &Value) {
    if let (Some(into), Some(from)) = (into.as_object_mut(), from.as_object()) {
        into.extend(from.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
}

pub(super) fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

/// The moment in an id.
pub(super) fn made_at(id: u64) -> String {
    let since = i64::try_from(id >> 22).unwrap_or_default();
    let at = DateTime::UNIX_EPOCH + Duration::milliseconds(EPOCH_MS + since);
    stamp(at)
}
