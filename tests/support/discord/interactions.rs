//! What members do: commands, buttons, menus, forms. Each waits for the bot as Discord does.

mod payload;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::gateway::ALWAYS;
use super::permissions as may;
use super::rest::all_commands;
use super::state::{State, number};
use super::{Discord, Hub};

pub(crate) const EPHEMERAL: u64 = 1 << 6;

/// Where a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Guild {
        guild: u64,
        channel: u64,
    },
    /// Alone with the bot.
    Dm,
}

/// An interaction, from the member's click to the end of its token.
pub(super) struct Interaction {
    pub(super) id: u64,
    pub(super) kind: u64,
    pub(super) user: u64,
    pub(super) guild: Option<u64>,
    pub(super) channel: u64,
    /// The command, without its subcommands; of a form, the one that opened it.
    pub(super) name: Option<String>,
    /// The message whose component was used.
    pub(super) message: Option<u64>,
    pub(super) opened: Instant,
    pub(super) callback: Option<u64>,
    pub(super) data: Value,
    pub(super) deferred_flags: u64,
    pub(super) original: Option<u64>,
    pub(super) followups: Vec<u64>,
    pub(super) expired: bool,
}

/// A form that a user has before them.
pub(super) struct OpenModal {
    pub(super) user: u64,
    pub(super) modal: Value,
    /// Of the interaction that opened it.
    pub(super) token: String,
}

/// What a member sees.
#[derive(Clone)]
pub(crate) enum Answer {
    /// A message.
    Message(Shown),
    /// The message with the component, changed.
    Updated(Shown),
    /// A form.
    Modal(Value),
    /// "Thinking…", or nothing yet if a component was used.
    Deferred(Shown),
    /// "The application did not respond".
    None,
    /// The command is not shown to this member, here.
    Forbidden,
}

/// What became of an interaction; follows edits.
#[derive(Clone)]
pub(crate) struct Shown {
    hub: Arc<Hub>,
    token: String,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind_name())?;
        match self.shown().and_then(Shown::now) {
            Some(message) => write!(f, " {message:#}"),
            None => Ok(()),
        }
    }
}

impl Shown {
    /// The message as it is now, if it is there.
    pub(crate) fn now(&self) -> Option<Value> {
        self.hub.look(|state| {
            let message = state.interactions.get(&self.token)?.original?;
            state.messages.get(&message).map(|stored| stored.value.clone())
        })
    }

    /// The message; waits for a deferred answer, 15 seconds at most.
    pub(crate) async fn wait(&self) -> Value {
        let found = self.hub.until(Duration::from_secs(15), |state| {
            let found = &state.interactions[&self.token];
            let message = state.messages.get(&found.original?)?;
            let done = found.callback != Some(6) || !message.value["edited_timestamp"].is_null();
            done.then(|| message.value.clone())
        });
        found.await.expect("the deferred answer never came")
    }

    fn followups(&self) -> Vec<Value> {
        self.hub.look(|state| {
            let ids = &state.interactions[&self.token].followups;
            ids.iter().filter_map(|id| state.messages.get(id)).map(|stored| stored.value.clone()).collect()
        })
    }
}

impl Answer {
    /// The message as it is now; waits for nothing.
    pub(crate) fn message(&self) -> Value {
        let shown = self.shown().and_then(Shown::now);
        shown.unwrap_or_else(|| panic!("there is no message: {}", self.kind_name()))
    }

    /// The message, also when it was promised first.
    pub(crate) async fn wait(&self) -> Value {
        match self.shown() {
            Some(shown) => shown.wait().await,
            None => panic!("no message is to be expected: {}", self.kind_name()),
        }
    }

    /// Whether only the member sees it; known also of what is only promised.
    pub(crate) fn ephemeral(&self) -> bool {
        self.shown().is_some_and(|shown| {
            let promised = shown.hub.look(|state| state.interactions[&shown.token].deferred_flags);
            let flags = shown.now().map_or(promised, |message| message["flags"].as_u64().unwrap_or_default());
            flags & EPHEMERAL != 0
        })
    }

    /// For assertions and transcripts.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::Updated(_) => "updated",
            Self::Modal(_) => "modal",
            Self::Deferred(_) => "deferred",
            Self::None => "none",
            Self::Forbidden => "forbidden",
        }
    }

    /// The messages after the first.
    pub(crate) fn followups(&self) -> Vec<Value> {
        self.shown().map(Shown::followups).unwrap_or_default()
    }

    /// The form, if it is one.
    pub(crate) fn modal(&self) -> Value {
        match self {
            Self::Modal(modal) => modal.clone(),
            _ => panic!("no form was opened: {}", self.kind_name()),
        }
    }

    fn shown(&self) -> Option<&Shown> {
        match self {
            Self::Message(shown) | Self::Updated(shown) | Self::Deferred(shown) => Some(shown),
            Self::Modal(_) | Self::None | Self::Forbidden => None,
        }
    }
}

/// What is about to be sent to the bot.
struct Act {
    kind: u64,
    at: Place,
    user: u64,
    name: Option<String>,
    message: Option<u64>,
    data: Value,
}

impl Discord {
    /// A member uses a command; `"settings show"` is a subcommand. Panics if a client could not send it.
    pub(crate) async fn slash(&self, at: Place, user: u64, command: &str, options: Value) -> Answer {
        let act = self.with(|state| {
            let mut words = command.split(' ');
            let name = words.next().unwrap_or_default();
            let found = find_command(state, at, name);
            if !is_shown(state, &found, at, user) {
                return None;
            }
            let data = payload::command(state, &found, words, &options, None, at);
            Some(Act { kind: 2, at, user, name: Some(name.to_owned()), message: None, data })
        });
        match act {
            Some(act) => self.act(act).await,
            None => Answer::Forbidden,
        }
    }

    /// A member types into an option: the choices the bot offers. `others` are the options filled in already.
    pub(crate) async fn autocomplete(
        &self,
        at: Place,
        user: u64,
        command: &str,
        focused: &str,
        typed: &str,
        others: Value,
    ) -> Vec<Value> {
        let act = self.with(|state| {
            let mut words = command.split(' ');
            let name = words.next().unwrap_or_default();
            let found = find_command(state, at, name);
            let data = payload::command(state, &found, words, &others, Some((focused, typed)), at);
            Act { kind: 4, at, user, name: Some(name.to_owned()), message: None, data }
        });
        let token = self.open(act);
        let choices =
            self.answered(&token).await.map(|data| data["choices"].as_array().cloned().unwrap_or_default());
        choices.unwrap_or_default()
    }

    /// A member presses a button of a message. Panics unless they see it there and can press it.
    pub(crate) async fn press(&self, at: Place, user: u64, message: u64, custom_id: &str) -> Answer {
        self.component(at, user, message, custom_id, &[2], json!({})).await
    }

    /// A member picks from a menu of a message.
    pub(crate) async fn choose(
        &self,
        at: Place,
        user: u64,
        message: u64,
        custom_id: &str,
        values: &[&str],
    ) -> Answer {
        self.component(at, user, message, custom_id, &[3, 5, 6, 7, 8], json!({"values": values})).await
    }

    async fn component(
        &self,
        at: Place,
        user: u64,
        message: u64,
        custom_id: &str,
        kinds: &[u64],
        mut data: Value,
    ) -> Answer {
        let act = self.with(|state| {
            let stored =
                state.messages.get(&message).unwrap_or_else(|| panic!("message {message} is not there"));
            assert!(
                stored.only_for.is_none_or(|only| only == user),
                "only another user sees message {message}"
            );
            let here = match at {
                Place::Guild { channel, .. } => stored.channel == channel,
                Place::Dm => state.channels[&stored.channel].recipient == Some(user),
            };
            let seen = may::in_channel(state, stored.channel, user) & may::VIEW_CHANNEL != 0;
            assert!(here && seen, "user {user} does not see message {message} at {at:?}");
            let found = payload::find(&stored.value["components"], custom_id);
            let found =
                found.unwrap_or_else(|| panic!("no {custom_id:?} at message {message}: {:#}", stored.value));
            assert!(found["disabled"] != true, "{custom_id:?} is disabled");
            let kind = found["type"].as_u64().unwrap_or_default();
            assert!(kinds.contains(&kind), "{custom_id:?} is a component of type {kind}");
            payload::check_picked(found, &data["values"]);
            if kind > 3 {
                data["resolved"] = payload::resolved_of(state, kind, &data["values"]);
            }
            data["custom_id"] = json!(custom_id);
            data["component_type"] = json!(kind);
            data["id"] = found["id"].clone();
            Act { kind: 3, at, user, name: None, message: Some(message), data: std::mem::take(&mut data) }
        });
        self.act(act).await
    }

    /// A user sends a form that was opened for them; `fields` by their custom ids, those left out are empty.
    pub(crate) async fn submit(&self, at: Place, user: u64, custom_id: &str, fields: Value) -> Answer {
        let act = self.with(|state| {
            let open = state
                .modals
                .iter()
                .rposition(|open| open.user == user && open.modal["custom_id"] == custom_id);
            let open = open.unwrap_or_else(|| panic!("no form {custom_id:?} is open for user {user}"));
            let open = state.modals.remove(open);
            let data = payload::form(&open.modal, &fields);
            let opener = &state.interactions[&open.token];
            Act { kind: 5, at, user, name: opener.name.clone(), message: opener.message, data }
        });
        self.act(act).await
    }

    async fn act(&self, act: Act) -> Answer {
        let token = self.open(act);
        if self.answered(&token).await.is_none() {
            return Answer::None;
        }
        let shown = Shown { hub: Arc::clone(&self.hub), token: token.clone() };
        self.with(|state| {
            let found = &state.interactions[&token];
            match found.callback {
                Some(4) => Answer::Message(shown),
                Some(5 | 6) => Answer::Deferred(shown),
                Some(7) => Answer::Updated(shown),
                Some(9) => Answer::Modal(found.data.clone()),
                _ => Answer::None,
            }
        })
    }

    /// Tells the bot.
    fn open(&self, act: Act) -> String {
        self.with(|state| {
            let id = state.next_id();
            let token = format!("invented-{id:x}");
            let (guild, channel) = match act.at {
                Place::Guild { guild, channel } => (Some(guild), channel),
                Place::Dm => (None, state.direct(act.user)),
            };
            let event = payload::event(state, &act, id, &token, guild, channel);
            let interaction = Interaction {
                id,
                kind: act.kind,
                user: act.user,
                guild,
                channel,
                name: act.name,
                message: act.message,
                opened: Instant::now(),
                callback: None,
                data: Value::Null,
                deferred_flags: 0,
                original: None,
                followups: Vec::new(),
                expired: false,
            };
            state.interactions.insert(token.clone(), interaction);
            state.emit("INTERACTION_CREATE", guild, ALWAYS, &event);
            token
        })
    }

    /// The data of the callback, if it comes in time.
    async fn answered(&self, token: &str) -> Option<Value> {
        let within = self.with(|state| state.callback_within);
        let done = |state: &State| {
            let found = &state.interactions[token];
            found.callback.map(|_| found.data.clone())
        };
        if let Some(data) = self.hub.until(within, done).await {
            return Some(data);
        }
        // One that has come in time may still be in somebody's hands.
        let settled = |state: &State| match done(state) {
            None if state.callbacks_begun.contains(token) => None,
            data => Some(data),
        };
        self.hub.until(Duration::from_secs(10), settled).await.flatten()
    }

    /// Every interaction so far can be answered no more.
    pub(crate) fn expire_interactions(&self) {
        self.with(|state| state.interactions.values_mut().for_each(|interaction| interaction.expired = true));
    }
}

fn find_command(state: &State, at: Place, name: &str) -> Value {
    let guild = match at {
        Place::Guild { guild, .. } => all_commands(state, Some(guild)),
        Place::Dm => Vec::new(),
    };
    let everywhere = all_commands(state, None);
    let found = guild.into_iter().chain(everywhere).find(|command| command["name"] == name);
    found.unwrap_or_else(|| panic!("no command /{name} is registered"))
}

/// Whether a client shows the command to this member, in this place.
fn is_shown(state: &State, command: &Value, at: Place, user: u64) -> bool {
    let context = match at {
        Place::Guild { .. } => 0,
        Place::Dm => 1,
    };
    if let Some(contexts) = command["contexts"].as_array()
        && !contexts.iter().any(|known| *known == context)
    {
        return false;
    }
    let Place::Guild { guild, channel } = at else { return command["guild_id"].is_null() };
    let inside = state.guilds.get(&guild).is_some_and(|found| found.members.contains_key(&state.bot));
    assert!(inside, "the bot is not in guild {guild}; a client shows none of its commands");
    let has = may::in_channel(state, channel, user);
    if has & may::USE_APPLICATION_COMMANDS == 0 {
        return false;
    }
    if command["default_member_permissions"].is_null() || has & may::ADMINISTRATOR != 0 {
        return true;
    }
    let needed = number(&command["default_member_permissions"]);
    needed != 0 && has & needed == needed
}
