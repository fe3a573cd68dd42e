//! Answering in time: at once if the answer is quick, else after a promise, and never twice.

use std::pin::pin;

use serde_json::{Value, json};
use serenity::all::{
    CommandInteraction, ComponentInteraction, HttpError, InteractionId, MessageFlags, ModalInteraction,
    Permissions,
};
use tracing::{info, warn};

use super::Bot;
use super::draw::{self, Audience, Body, EPHEMERAL, Form};
use crate::model::DeskId;

/// Who asks, where, and by which interaction.
#[derive(Clone)]
pub(super) struct Asked {
    id: InteractionId,
    token: String,
    /// The member.
    pub(super) user: u64,
    /// The server, unless it is a direct message.
    pub(super) guild: Option<u64>,
    /// The channel.
    pub(super) channel: u64,
    /// Whether they may change the desk's settings: said by Discord with this very interaction.
    pub(super) manages: bool,
}

impl Asked {
    fn may_manage(permissions: Option<Permissions>) -> bool {
        permissions.is_some_and(|p| p.manage_guild() || p.administrator())
    }

    /// The desk that is asked.
    pub(super) fn desk(&self) -> Option<DeskId> {
        self.guild.map(DeskId::discord)
    }
}

impl From<&CommandInteraction> for Asked {
    fn from(from: &CommandInteraction) -> Self {
        Self {
            id: from.id,
            token: from.token.clone(),
            user: from.user.id.get(),
            guild: from.guild_id.map(Into::into),
            channel: from.channel_id.get(),
            manages: Self::may_manage(from.member.as_ref().and_then(|m| m.permissions)),
        }
    }
}

impl From<&ComponentInteraction> for Asked {
    fn from(from: &ComponentInteraction) -> Self {
        Self {
            id: from.id,
            token: from.token.clone(),
            user: from.user.id.get(),
            guild: from.guild_id.map(Into::into),
            channel: from.channel_id.get(),
            manages: Self::may_manage(from.member.as_ref().and_then(|m| m.permissions)),
        }
    }
}

impl From<&ModalInteraction> for Asked {
    fn from(from: &ModalInteraction) -> Self {
        Self {
            id: from.id,
            token: from.token.clone(),
            user: from.user.id.get(),
            guild: from.guild_id.map(Into::into),
            channel: from.channel_id.get(),
            manages: Self::may_manage(from.member.as_ref().and_then(|m| m.permissions)),
        }
    }
}

/// Whether only the asker sees a message.
pub(super) fn is_ephemeral(flags: Option<MessageFlags>) -> bool {
    flags.is_some_and(|f| f.contains(MessageFlags::EPHEMERAL))
}

/// How an answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// As a new message.
    New(Audience),
    /// In place of the message that was pressed on.
    Update,
}

// Interaction callback types.
const MESSAGE: u8 = 4;
const MESSAGE_LATER: u8 = 5;
const UPDATE_LATER: u8 = 6;
const UPDATE: u8 = 7;
const FORM: u8 = 9;

impl Bot {
    /// Whether this interaction is new and its sender has not asked too often; else it is dealt with here.
    pub(super) async fn takes(&self, asked: &Asked) -> bool {
        // Discord may dispatch an event twice.
        if !self.seen().first(asked.id.get()) {
            return false;
        }
        let now = self.clock.now();
        let Err(at) = self.limits().ask(asked.user, asked.channel, now) else { return true };
        let body = draw::too_often(at).wire(&self.key, Audience::Asker);
        self.callback(asked, MESSAGE, Some(body)).await;
        false
    }

    /// Gives an answer: within the time that people do not notice, or after a promise.
    pub(super) async fn reply(&self, asked: &Asked, how: How, answer: impl Future<Output = Body>) {
        let _open = self.answers.token();
        let mut answer = pin!(answer);
        // The wait is about the network and a person's patience: it is real time, also where the desk's clock is not.
        let at_once = async {
            // No patience at all: even what is at hand is promised first.
            if self.patience.is_zero() {
                return None;
            }
            tokio::time::timeout(self.patience, &mut answer).await.ok()
        };
        if let Some(body) = at_once.await {
            let (kind, value) = match how {
                How::New(to) => (MESSAGE, body.wire(&self.key, to)),
                How::Update if body.audience(Audience::Everyone) == Audience::Asker => {
                    (MESSAGE, body.wire(&self.key, Audience::Asker))
                }
                How::Update => (UPDATE, body.edit(&self.key)),
            };
            self.callback(asked, kind, Some(value)).await;
            return;
        }
        let promise = match how {
            How::New(Audience::Asker) => (MESSAGE_LATER, Some(json!({ "flags": EPHEMERAL }))),
            How::New(Audience::Everyone) => (MESSAGE_LATER, None),
            How::Update => (UPDATE_LATER, None),
        };
        if !self.callback(asked, promise.0, promise.1).await {
            return;
        }
        let body = answer.await;
        let sent = if how == How::Update && body.audience(Audience::Everyone) == Audience::Asker {
            let value = body.wire(&self.key, Audience::Asker);
            self.http.create_followup_message(&asked.token, &value, Vec::new()).await.map(drop)
        } else {
            let value = body.edit(&self.key);
            self.http.edit_original_interaction_response(&asked.token, &value, Vec::new()).await.map(drop)
        };
        if let Err(err) = sent {
            failed(&err);
        }
    }

    /// Opens a form.
    pub(super) async fn open(&self, asked: &Asked, form: &Form) {
        let _open = self.answers.token();
        self.callback(asked, FORM, Some(form.wire(&self.key))).await;
    }

    /// Sends the first answer of an interaction; `false` if it did not arrive.
    async fn callback(&self, asked: &Asked, kind: u8, data: Option<Value>) -> bool {
        let body = match data {
            Some(data) => json!({ "type": kind, "data": data }),
            None => json!({ "type": kind }),
        };
        match self.http.create_interaction_response(asked.id, &asked.token, &body, Vec::new()).await {
            Ok(()) => true,
            Err(err) => {
                failed(&err);
                false
            }
        }
    }
}

/// Discord's own code of a refused request.
pub(super) fn code_of(err: &serenity::Error) -> Option<isize> {
    match err {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) => Some(response.error.code),
        _ => None,
    }
}

/// What a failed request says, without its address: that holds the token of the interaction.
pub(super) fn told(err: &serenity::Error) -> String {
    match err {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) => {
            format!(
                "{} ({}, code {})",
                response.error.message,
                response.status_code.as_u16(),
                response.error.code
            )
        }
        serenity::Error::Http(HttpError::Request(err)) => {
            // A `reqwest` error shows the address unless it is taken out.
            let kind = if err.is_timeout() {
                "no answer in time"
            } else if err.is_connect() {
                "no connection"
            } else {
                "the connection broke"
            };
            kind.to_owned()
        }
        serenity::Error::Http(_) => "the answer was not understood".to_owned(),
        serenity::Error::Gateway(err) => err.to_string(),
        other => other.to_string(),
    }
}

fn failed(err: &serenity::Error) {
    /// Unknown interaction, unknown webhook, invalid webhook token, already acknowledged.
    const OVER: [isize; 4] = [10_062, 10_015, 50_027, 40_060];
    if code_of(err).is_some_and(|code| OVER.contains(&code)) {
        info!(reason = told(err), "an answer came too late, or somebody else had given it");
    } else {
        warn!(reason = told(err), "an answer could not be sent");
    }
}
