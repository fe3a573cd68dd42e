//! What is asked of Discord, and how what was asked can be changed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{Step, StepKind, Style};
use crate::publish::card::Card;
use crate::publish::text::WebLink;

/// How stories look in one destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Thread, forum, one message, or several stories in one. A story alone in digest style is one message.
    pub style: Style,
    /// Whether an earlier version's opening message stands in this destination. A version 2 without one is told there
    /// as a first post: its readers never saw version 1.
    pub opened: bool,
    /// Whether the opening message is passed on to the channels that follow this one.
    pub crosspost: bool,
    /// Where the desk's stories can be read on the web, without the code; the embed's title then links there.
    #[serde(skip)]
    pub permalink_base: Option<WebLink>,
    /// Whether the opening message carries the story card, where the bundled fonts can draw it.
    pub card: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { style: Style::Thread, opened: false, crosspost: false, permalink_base: None, card: false }
    }
}

/// One request to Discord: everything about it except the ids that are known when it is sent.
///
/// In a path these stand for ids:
///
/// | name | id |
/// |---|---|
/// | `{channel}` | the destination |
/// | `{opening}` | the storyline's opening message there; in a forum the first message, whose id is the thread's |
/// | `{thread}` | the storyline's thread |
/// | `{message}` | what this very step has posted; only in an edit or a removal |
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Call {
    /// What it does.
    #[serde(skip)]
    pub kind: StepKind,
    /// The method.
    pub method: &'static str,
    /// The path, after the version of the interface.
    pub path: String,
    /// The JSON body; `null` for none.
    pub body: Value,
    /// Names of the forum tags it should have, most important first, each at most 20 characters; the sender
    /// turns those that exist (or can be made) into `applied_tags`. Only for a forum post and its edit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The picture to be drawn and sent as file 0; the body's `attachments` name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
}

/// A call as a step keeps it.
#[derive(Deserialize)]
struct Stored {
    method: String,
    path: String,
    body: Value,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    card: Option<Card>,
}

const METHODS: [&str; 4] = ["POST", "PATCH", "PUT", "DELETE"];

impl Call {
    pub(super) fn new(kind: StepKind, method: &'static str, path: &str, body: Value) -> Self {
        Self { kind, method, path: path.to_owned(), body, tags: Vec::new(), card: None }
    }

    /// The payload of a step: `{"method", "path", "body"}`, with `"card"` and `"tags"` where there are any.
    ///
    /// # Panics
    ///
    /// Never: a call is plain data with string keys, which always serialises.
    pub fn payload(&self) -> Value {
        serde_json::to_value(self).expect("plain data with string keys serialises")
    }

    /// The call that a step holds.
    pub fn of_step(step: &Step) -> Result<Self, serde_json::Error> {
        let stored = Stored::deserialize(&step.payload)?;
        let method = METHODS.iter().find(|m| **m == stored.method).ok_or_else(|| {
            serde::de::Error::custom(format!("`{}` is no method that we send", stored.method))
        })?;
        let Stored { path, body, tags, card, .. } = stored;
        Ok(Self { kind: step.kind, method, path, body, tags, card })
    }

    /// The requests that bring what this call has posted to what the call says now, each safe to repeat.
    ///
    /// For a step that was posted, planned again, and now says something else. None for a crosspost: an edit of a
    /// message reaches its copies by itself.
    pub fn edits(&self) -> Vec<Self> {
        let edit = |path: &str, body: Value| Self {
            card: self.card.clone(),
            ..Self::new(self.kind, "PATCH", path, body)
        };
        let name = || json!({ "name": self.body.get("name") });
        match self.kind {
            StepKind::DiscordPost => {
                vec![edit("/channels/{channel}/messages/{message}", edited(self.body.clone()))]
            }
            StepKind::DiscordMessage => {
                vec![edit("/channels/{thread}/messages/{message}", edited(self.body.clone()))]
            }
            StepKind::DiscordThread => vec![edit("/channels/{thread}", name())],
            StepKind::DiscordForum => {
                let message = self.body.get("message").cloned().unwrap_or_default();
                let post = Self { tags: self.tags.clone(), ..edit("/channels/{thread}", name()) };
                vec![
                    edit("/channels/{thread}/messages/{opening}", edited(message)),
                    Self { card: None, ..post },
                ]
            }
            StepKind::DiscordEdit => vec![self.clone()],
            StepKind::DiscordCrosspost
            | StepKind::PreviewDiscord
            | StepKind::PreviewBluesky
            | StepKind::PreviewPage
            | StepKind::BlueskyThread => Vec::new(),
        }
    }

    /// The request that takes away what a step of this kind has posted, where that can be taken away alone.
    pub fn removal(kind: StepKind) -> Option<Self> {
        let delete = |path| Some(Self::new(kind, "DELETE", path, Value::Null));
        match kind {
            StepKind::DiscordPost => delete("/channels/{channel}/messages/{message}"),
            StepKind::DiscordMessage => delete("/channels/{thread}/messages/{message}"),
            StepKind::DiscordForum => delete("/channels/{thread}"),
            StepKind::DiscordThread
            | StepKind::DiscordEdit
            | StepKind::DiscordCrosspost
            | StepKind::PreviewDiscord
            | StepKind::PreviewBluesky
            | StepKind::PreviewPage
            | StepKind::BlueskyThread => None,
        }
    }
}

/// A message's body as an edit: without what only a new message may have, and naming its files. Files that it does
/// not name go away.
pub(super) fn edited(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.remove("nonce");
        fields.remove("enforce_nonce");
        fields.entry("attachments").or_insert_with(|| json!([]));
    }
    body
}
