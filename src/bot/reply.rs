//! Answering in time: at once if the answer is quick, else after a promise, and never twice.

use std::pin::pin;
use std::time::Duration;

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

/// All kinds of interactions say who asks in the same words.
macro_rules! asked_from {
    ($($interaction:ty),*) => {$(
        impl From<&$interaction> for Asked {
            fn from(from: &$interaction) -> Self {
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
    )*};
}
asked_from!(CommandInteraction, ComponentInteraction, ModalInteraction);

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

/// Discord's code for an interaction that has its answer.
const ACKNOWLEDGED: isize = 40_060;

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
            let send = || async {
                self.http.edit_original_interaction_response(&asked.token, &value, Vec::new()).await.map(drop)
            };
            surely(send).await
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
        let send = || self.http.create_interaction_response(asked.id, &asked.token, &body, Vec::new());
        match surely(send).await {
            Ok(()) => true,
            Err(err) => {
                failed(&err);
                false
            }
        }
    }
}

/// So often an answer is sent whose fate is unclear, and so far apart: within the three seconds that Discord waits.
const TRIES: u32 = 3;
const BETWEEN: Duration = Duration::from_millis(200);

/// Sends what may be sent again: an interaction takes its first answer once, and an edit says the same each time.
async fn surely<T: Default, F>(send: impl Fn() -> F) -> Result<T, serenity::Error>
where
    F: Future<Output = Result<T, serenity::Error>>,
{
    let mut tries = 1;
    loop {
        match send().await {
            // The try before had arrived after all.
            Err(err) if tries > 1 && code_of(&err) == Some(ACKNOWLEDGED) => return Ok(T::default()),
            Err(err) if tries < TRIES && is_unclear(&err) => {
                tries += 1;
                tokio::time::sleep(BETWEEN).await;
            }
            sent => return sent,
        }
    }
}

/// Whether a request may have been carried out or not: no answer, or one that tells of trouble over there.
fn is_unclear(err: &serenity::Error) -> bool {
    match err {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(response)) => {
            response.status_code.is_server_error()
        }
        serenity::Error::Http(HttpError::Request(_)) => true,
        _ => false,
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
    const OVER: [isize; 4] = [10_062, 10_015, 50_027, ACKNOWLEDGED];
    if code_of(err).is_some_and(|code| OVER.contains(&code)) {
        info!(reason = told(err), "an answer came too late, or somebody else had given it");
    } else {
        warn!(reason = told(err), "an answer could not be sent");
    }
}
