//! From a planned call to the request: ids in the path, signed ids of buttons, tags.

use serde_json::{Value, json};
use serenity::all::{ChannelId, MessageId};
use serenity::http::Route;

use super::Sign;
use crate::model::{StepId, StepKind};

/// The ids that a path may name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ids {
    pub(super) channel: u64,
    pub(super) opening: Option<u64>,
    pub(super) thread: Option<u64>,
    pub(super) message: Option<u64>,
}

impl Ids {
    /// With what a step of a kind turned out to have made.
    pub(super) fn with_found(self, kind: StepKind, found: u64) -> Self {
        let mut ids = Self { message: Some(found), ..self };
        match kind {
            StepKind::DiscordPost => ids.opening = ids.opening.or(Some(found)),
            StepKind::DiscordThread => ids.thread = ids.thread.or(Some(found)),
            StepKind::DiscordForum => {
                ids.opening = ids.opening.or(Some(found));
                ids.thread = ids.thread.or(Some(found));
            }
            StepKind::DiscordMessage
            | StepKind::DiscordEdit
            | StepKind::DiscordCrosspost
            | StepKind::PreviewDiscord
            | StepKind::PreviewBluesky
            | StepKind::PreviewPage
            | StepKind::BlueskyThread => {}
        }
        ids
    }
}

/// A path that we send to, with its ids; none of them is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Channel { channel: u64 },
    Messages { channel: u64 },
    Message { channel: u64, message: u64 },
    Crosspost { channel: u64, message: u64 },
    ThreadOf { channel: u64, message: u64 },
    ForumPosts { channel: u64 },
}

impl Target {
    pub(super) fn route(self) -> Route<'static> {
        match self {
            Self::Channel { channel } => Route::Channel { channel_id: ChannelId::new(channel) },
            Self::Messages { channel } => Route::ChannelMessages { channel_id: ChannelId::new(channel) },
            Self::Message { channel, message } => Route::ChannelMessage {
                channel_id: ChannelId::new(channel),
                message_id: MessageId::new(message),
            },
            Self::Crosspost { channel, message } => Route::ChannelMessageCrosspost {
                channel_id: ChannelId::new(channel),
                message_id: MessageId::new(message),
            },
            Self::ThreadOf { channel, message } => Route::ChannelMessageThreads {
                channel_id: ChannelId::new(channel),
                message_id: MessageId::new(message),
            },
            Self::ForumPosts { channel } => Route::ChannelForumPosts { channel_id: ChannelId::new(channel) },
        }
    }
}

/// The target of a path. `None`: it names something that was not posted.
pub(super) fn target(path: &str, ids: Ids) -> Option<Target> {
    let id = |part: &str| match part {
        "{channel}" => Some(ids.channel),
        "{opening}" => ids.opening,
        "{thread}" => ids.thread,
        "{message}" => ids.message,
        number => number.parse().ok(),
    };
    let id = |part: &str| id(part).filter(|id| *id != 0);
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    match *parts.as_slice() {
        ["channels", channel] => Some(Target::Channel { channel: id(channel)? }),
        ["channels", channel, "messages"] => Some(Target::Messages { channel: id(channel)? }),
        ["channels", channel, "threads"] => Some(Target::ForumPosts { channel: id(channel)? }),
        ["channels", channel, "messages", message] => {
            Some(Target::Message { channel: id(channel)?, message: id(message)? })
        }
        ["channels", channel, "messages", message, "crosspost"] => {
            Some(Target::Crosspost { channel: id(channel)?, message: id(message)? })
        }
        ["channels", channel, "messages", message, "threads"] => {
            Some(Target::ThreadOf { channel: id(channel)?, message: id(message)? })
        }
        _ => None,
    }
}

/// Signs every id of a button or select in a body.
pub(super) fn sign(body: &mut Value, sign: &Sign) {
    match body {
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), &mut *value) {
                    ("custom_id", Value::String(id)) => *id = sign(id),
                    (_, value) => self::sign(value, sign),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| self::sign(item, sign)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The body without its picture; an edit takes away the one that stands there.
pub(super) fn without_picture(body: &mut Value, edit: bool) {
    let message = if body["message"].is_object() { &mut body["message"] } else { body };
    if let Some(fields) = message.as_object_mut() {
        fields.remove("attachments");
        if edit {
            fields.insert("attachments".to_owned(), json!([]));
        }
    }
    for embed in message["embeds"].as_array_mut().into_iter().flatten() {
        if let Some(fields) = embed.as_object_mut() {
            fields.remove("image");
        }
    }
}

/// Discord knows a message it has just made by its nonce, whatever channel it is in: a step's own id, so that no two
/// steps share one.
pub(super) fn with_nonce(body: &mut Value, step: &StepId) {
    if let Some(nonce) = body.get_mut("nonce") {
        *nonce = json!(step);
    }
}

/// Whether Discord has left out the embeds: it does so where we may not embed links.
pub(super) fn lost_embeds(body: &Value, answer: &Value) -> bool {
    let message = |value: &Value| value.get("message").filter(|m| m.is_object()).unwrap_or(value).clone();
    let embeds = |value: &Value| message(value)["embeds"].as_array().map(Vec::len);
    // An answer that cannot be read tells nothing.
    matches!((embeds(body), embeds(answer)), (Some(sent), Some(stand)) if sent > stand)
}

/// Sets the tags of a forum post.
pub(super) fn apply_tags(body: &mut Value, tags: &[String]) {
    if let (Some(fields), false) = (body.as_object_mut(), tags.is_empty()) {
        fields.insert("applied_tags".to_owned(), json!(tags));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn every_planned_path_has_a_target() {
        let ids = Ids { channel: 1, opening: Some(2), thread: Some(3), message: Some(4) };
        let table = [
            ("/channels/{channel}/messages", Target::Messages { channel: 1 }),
            ("/channels/{thread}/messages", Target::Messages { channel: 3 }),
            ("/channels/{channel}/messages/{opening}", Target::Message { channel: 1, message: 2 }),
            ("/channels/{channel}/messages/{opening}/threads", Target::ThreadOf { channel: 1, message: 2 }),
            (
                "/channels/{channel}/messages/{opening}/crosspost",
                Target::Crosspost { channel: 1, message: 2 },
            ),
            ("/channels/{channel}/threads", Target::ForumPosts { channel: 1 }),
            ("/channels/{thread}", Target::Channel { channel: 3 }),
            ("/channels/{thread}/messages/{message}", Target::Message { channel: 3, message: 4 }),
        ];
        for (path, expected) in table {
            assert_eq!(target(path, ids), Some(expected), "{path}");
        }
        let nothing = Ids { channel: 1, ..Ids::default() };
        assert_eq!(target("/channels/{thread}/messages", nothing), None);
    }

    #[test]
    fn ids_of_buttons_are_signed_wherever_they_are() {
        let mut body =
            json!({ "message": { "components": [{ "components": [{ "custom_id": "why:A:1" }] }] } });
        let marked: Sign = Arc::new(|id| format!("{id}.sig"));
        sign(&mut body, &marked);
        assert_eq!(body["message"]["components"][0]["components"][0]["custom_id"], "why:A:1.sig");
    }
}
