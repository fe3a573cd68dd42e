//! Answers as messages. Pure: what goes in decides what comes out, to the byte.
//!
//! Everything the bot says is a [`Body`], and a body becomes a request in one place, which adds that nobody is
//! pinged, signs the ids of its buttons and keeps the limits of a message.

mod desk;
mod follow;
mod moderation;
mod sources;
mod story;
mod text;
mod trouble;
mod why;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::custom_id::{CustomId, sign};
use crate::model::Severity;

pub(super) use desk::{search, status, topics};
pub(super) use follow::{channel_picker, first_story, followed, how_to_follow, preview, unfollowed, welcome};
pub(super) use moderation::{
    already_disputed, audit, dispute_for_moderators, dispute_form, done, handled, muted, order_form,
    settings, settings_form, thanks,
};
pub(super) use sources::sources;
pub(super) use story::{changed, faq, retracted, story};
pub(super) use text::{ago, outside, plain, units};
pub(super) use trouble::{
    forged, no_story, not_allowed, not_yours, nothing_found, sorry, too_often, trouble_notice, unknown,
    wrong_input,
};
pub(super) use why::why;

/// Message flag `EPHEMERAL`: only the asker sees it.
pub(super) const EPHEMERAL: u64 = 1 << 6;

/// All texts of a message's embeds together.
const ALL_TEXTS: usize = 6_000;

/// Calm grey: an answer.
pub(super) const ANSWER: u32 = 0x005F_6F7F;
/// Amber: something to look at.
pub(super) const NOTICE: u32 = 0x00C9_8A1B;
/// Green: done.
pub(super) const DONE: u32 = 0x003B_8757;

/// The colour of a story's weight, the same as on its post.
pub(super) fn color(severity: Severity) -> u32 {
    match severity {
        Severity::High => 0x00B3_261E,
        Severity::Medium => NOTICE,
        Severity::Low => ANSWER,
    }
}

/// Who sees an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// Only who asked.
    Asker,
    /// The channel.
    Everyone,
}

/// One field of an embed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    name: String,
    value: String,
    inline: bool,
}

/// The box of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Embed {
    pub(super) author: String,
    pub(super) title: String,
    pub(super) url: Option<String>,
    pub(super) description: String,
    pub(super) fields: Vec<Field>,
    pub(super) footer: String,
    pub(super) color: u32,
    pub(super) at: Option<DateTime<Utc>>,
}

impl Embed {
    /// A box with a title and a colour.
    pub(super) fn new(title: impl Into<String>, color: u32) -> Self {
        Self { title: title.into(), color, ..Self::default() }
    }

    /// With a text.
    pub(super) fn text(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// With a line at its foot.
    pub(super) fn foot(self, footer: impl Into<String>) -> Self {
        Self { footer: footer.into(), ..self }
    }

    /// With one more field; an empty one is left out.
    pub(super) fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.push(name.into(), value.into(), false);
        self
    }

    /// With one more short field, beside others.
    pub(super) fn fact(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.push(name.into(), value.into(), true);
        self
    }

    fn push(&mut self, name: String, value: String, inline: bool) {
        if !name.is_empty() && !value.is_empty() {
            self.fields.push(Field { name, value, inline });
        }
    }

    fn size(&self) -> usize {
        let fields: usize = self.fields.iter().map(|f| units(&f.name) + units(&f.value)).sum();
        units(&self.author) + units(&self.title) + units(&self.description) + units(&self.footer) + fields
    }

    fn wire(&self) -> Value {
        let mut embed = json!({ "color": self.color });
        let mut put = |key: &str, value: Value| {
            if let Some(embed) = embed.as_object_mut() {
                embed.insert(key.to_owned(), value);
            }
        };
        if !self.author.is_empty() {
            put("author", json!({ "name": self.author }));
        }
        if !self.title.is_empty() {
            put("title", self.title.clone().into());
        } else if self.description.is_empty() && self.fields.is_empty() {
            // A box without anything is refused.
            put("title", "–".into());
        }
        if let Some(url) = &self.url {
            put("url", url.clone().into());
        }
        if !self.description.is_empty() {
            put("description", self.description.clone().into());
        }
        if !self.fields.is_empty() {
            let fields: Vec<Value> = self
                .fields
                .iter()
                .map(|f| json!({ "name": f.name, "value": f.value, "inline": f.inline }))
                .collect();
            put("fields", fields.into());
        }
        if !self.footer.is_empty() {
            put("footer", json!({ "text": self.footer }));
        }
        if let Some(at) = self.at {
            put("timestamp", at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true).into());
        }
        embed
    }
}

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// What one may do.
    Plain,
    /// What one came for.
    Main,
    /// What is hard to take back.
    Grave,
}

/// A button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Button {
    label: String,
    id: CustomId,
    look: Look,
    disabled: bool,
}

impl Button {
    /// A button with words of ours or cleaned ones.
    pub(super) fn new(label: impl Into<String>, id: CustomId) -> Self {
        Self { label: label.into(), id, look: Look::Plain, disabled: false }
    }

    /// In another look.
    pub(super) fn look(self, look: Look) -> Self {
        Self { look, ..self }
    }

    /// One that only tells.
    pub(super) fn disabled(self, disabled: bool) -> Self {
        Self { disabled, ..self }
    }
}

/// One line of a select.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) description: String,
}

/// A row below a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// Up to five buttons.
    Buttons(Vec<Button>),
    /// One select with up to 25 lines.
    Select { id: CustomId, placeholder: &'static str, choices: Vec<Choice> },
    /// A select of the channels that stories can go to.
    Channels { id: CustomId, placeholder: &'static str },
}

impl Row {
    fn wire(&self, key: &[u8; 32]) -> Value {
        let parts: Vec<Value> = match self {
            Self::Buttons(buttons) => buttons
                .iter()
                .take(5)
                .map(|b| {
                    let style = match b.look {
                        Look::Main => 1,
                        Look::Plain => 2,
                        Look::Grave => 4,
                    };
                    json!({
                        "type": 2, "style": style, "label": b.label,
                        "custom_id": sign(key, &b.id.unsigned()), "disabled": b.disabled,
                    })
                })
                .collect(),
            Self::Select { id, placeholder, choices } => {
                let options: Vec<Value> = choices
                    .iter()
                    .take(25)
                    .map(|c| match c.description.as_str() {
                        "" => json!({ "label": c.label, "value": c.value }),
                        told => json!({ "label": c.label, "value": c.value, "description": told }),
                    })
                    .collect();
                vec![json!({
                    "type": 3, "custom_id": sign(key, &id.unsigned()), "placeholder": placeholder, "options": options,
                })]
            }
            // Text, announcement and forum channels.
            Self::Channels { id, placeholder } => vec![json!({
                "type": 8, "custom_id": sign(key, &id.unsigned()), "placeholder": placeholder, "channel_types": [0, 5, 15],
            })],
        };
        json!({ "type": 1, "components": parts })
    }
}

/// A message on its way out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Body {
    embeds: Vec<Embed>,
    rows: Vec<Row>,
    private: bool,
}

impl Body {
    /// A message that is one box.
    pub(super) fn of(embed: Embed) -> Self {
        Self { embeds: vec![embed], ..Self::default() }
    }

    /// With one more row; an empty one is left out.
    pub(super) fn with(mut self, row: Row) -> Self {
        let empty = match &row {
            Row::Buttons(buttons) => buttons.is_empty(),
            Row::Select { choices, .. } => choices.is_empty(),
            Row::Channels { .. } => false,
        };
        if !empty {
            self.rows.push(row);
        }
        self
    }

    /// One that concerns only the asker, even where the answer was to be shared.
    pub(super) fn private(self) -> Self {
        Self { private: true, ..self }
    }

    /// With one more box.
    pub(super) fn beside(mut self, embed: Embed) -> Self {
        self.embeds.push(embed);
        self
    }

    /// Who sees it, where `wanted` was asked for.
    pub(super) fn audience(&self, wanted: Audience) -> Audience {
        if self.private { Audience::Asker } else { wanted }
    }

    /// The message as Discord takes it, for `to`.
    pub(super) fn wire(&self, key: &[u8; 32], to: Audience) -> Value {
        let mut value = self.message(key);
        if self.audience(to) == Audience::Asker
            && let Some(value) = value.as_object_mut()
        {
            value.insert("flags".to_owned(), EPHEMERAL.into());
        }
        value
    }

    /// The message as it replaces what stands: who sees it was decided then.
    pub(super) fn edit(&self, key: &[u8; 32]) -> Value {
        let mut value = self.message(key);
        if let Some(value) = value.as_object_mut() {
            value.insert("content".to_owned(), "".into());
        }
        value
    }

    /// The one place where a message becomes a request: nobody is pinged, ids are signed, limits are kept.
    fn message(&self, key: &[u8; 32]) -> Value {
        let mut embeds = self.embeds.clone();
        // Makers keep their parts short; should they add up, the last fields go.
        while embeds.iter().map(Embed::size).sum::<usize>() > ALL_TEXTS {
            let Some(embed) = embeds.iter_mut().rev().find(|e| !e.fields.is_empty()) else { break };
            embed.fields.pop();
        }
        json!({
            "embeds": embeds.iter().take(10).map(Embed::wire).collect::<Vec<_>>(),
            "components": self.rows.iter().take(5).map(|row| row.wire(key)).collect::<Vec<_>>(),
            "allowed_mentions": { "parse": [] },
        })
    }
}

/// A text field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    pub(super) placeholder: &'static str,
    pub(super) value: String,
    pub(super) long: bool,
    pub(super) required: bool,
    pub(super) max: u32,
}

/// A form that opens over the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) title: &'static str,
    pub(super) id: CustomId,
    pub(super) inputs: Vec<Input>,
}

impl Form {
    /// The form as Discord takes it.
    pub(super) fn wire(&self, key: &[u8; 32]) -> Value {
        let rows: Vec<Value> = self
            .inputs
            .iter()
            .map(|input| {
                let mut field = json!({
                    "type": 4, "custom_id": input.id, "label": input.label, "style": if input.long { 2 } else { 1 },
                    "required": input.required, "max_length": input.max, "placeholder": input.placeholder,
                });
                if !input.value.is_empty()
                    && let Some(field) = field.as_object_mut()
                {
                    field.insert("value".to_owned(), input.value.clone().into());
                }
                json!({ "type": 1, "components": [field] })
            })
            .collect();
        json!({ "title": self.title, "custom_id": sign(key, &self.id.unsigned()), "components": rows })
    }
}

#[cfg(test)]
mod tests;
