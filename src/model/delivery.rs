//! Deliveries: one story version going to one destination, step by step.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{DeliveryId, InvalidId, StepId, StoryCode};

/// A place that stories go to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Destination {
    /// A folder with what would be sent, as JSON and as one readable page.
    Preview,
    /// A Discord channel.
    Discord {
        /// The channel's snowflake.
        channel: u64,
    },
    /// A Bluesky account.
    Bluesky {
        /// The account's DID.
        did: String,
    },
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preview => f.pad("preview"),
            Self::Discord { channel } => write!(f, "discord:{channel}"),
            Self::Bluesky { did } => write!(f, "bluesky:{did}"),
        }
    }
}

impl FromStr for Destination {
    type Err = InvalidId;
    fn from_str(s: &str) -> Result<Self, InvalidId> {
        if s == "preview" {
            return Ok(Self::Preview);
        }
        if let Some(channel) = s.strip_prefix("discord:").and_then(|c| c.parse().ok()) {
            return Ok(Self::Discord { channel });
        }
        match s.strip_prefix("bluesky:") {
            Some(did) if did.starts_with("did:") => Ok(Self::Bluesky { did: did.to_owned() }),
            Some(_) | None => Err(InvalidId::destination(s)),
        }
    }
}

text_enum! {
    /// What a step does at its destination.
    pub enum StepKind: "step kind" {
        /// Writes what Discord would be sent into the preview folder.
        PreviewDiscord => "preview_discord",
        /// Writes what Bluesky would be sent into the preview folder.
        PreviewBluesky => "preview_bluesky",
        /// Writes the readable page into the preview folder.
        PreviewPage => "preview_page",
        /// Posts a message in a channel: the opening of a story, or a digest.
        DiscordPost => "discord_post",
        /// Opens a thread under the opening message.
        DiscordThread => "discord_thread",
        /// Posts in a forum: a thread with its first message.
        DiscordForum => "discord_forum",
        /// Posts a message in a thread.
        DiscordMessage => "discord_message",
        /// Edits what an earlier version posted: the opening message, or a forum post's name and tags.
        DiscordEdit => "discord_edit",
        /// Passes the opening message on to the channels that follow this one.
        DiscordCrosspost => "discord_crosspost",
        /// Posts a version's thread on Bluesky, whole, or what it adds to the story's thread.
        BlueskyThread => "bluesky_thread",
    }
}

text_enum! {
    /// Why a step waits for a person.
    pub enum HoldReason: "hold reason" {
        /// The destination is gone.
        DestinationGone => "destination_gone",
        /// We are not allowed to post there.
        NoPermission => "no_permission",
        /// The place is of another kind than the post is for.
        WrongStyle => "wrong_style",
        /// It was refused, and would be again.
        Refused => "refused",
        /// It failed for longer than the configured age.
        TooOld => "too_old",
        /// Replaced by a later version before it was sent.
        Superseded => "superseded",
    }
}

/// Where a step stands. Kept as `state` plus its columns; a pair that fits no variant is a decode error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Not begun.
    Queued,
    /// The request may have left: read the destination before sending again.
    Intended {
        /// Since when.
        at: DateTime<Utc>,
    },
    /// It is there.
    Posted {
        /// The destination's id for it.
        remote: String,
    },
    /// It waits for a person.
    Held {
        /// Why.
        reason: HoldReason,
    },
}

impl StepState {
    /// Whether nothing more will happen by itself.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Posted { .. } | Self::Held { .. } => true,
            Self::Queued | Self::Intended { .. } => false,
        }
    }
    /// The text form of the state, without its columns.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Intended { .. } => "intended",
            Self::Posted { .. } => "posted",
            Self::Held { .. } => "held",
        }
    }
}

/// One request of a delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Identity and idempotency key.
    pub id: StepId,
    /// Position in the delivery, from 0.
    pub n: usize,
    /// What it does.
    pub kind: StepKind,
    /// The exact payload, chosen once.
    pub payload: serde_json::Value,
    /// Where it stands.
    pub state: StepState,
}

text_enum! {
    /// Where a delivery stands, summed up over its steps.
    pub enum DeliveryState: "delivery state" {
        /// Steps remain.
        Open => "open",
        /// It waits for a moderator's yes.
        Waiting => "waiting",
        /// All steps are posted.
        Done => "done",
        /// A step waits for a person.
        Held => "held",
    }
}

/// One story version on its way to one destination.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Identity.
    pub id: DeliveryId,
    /// Which story.
    pub code: StoryCode,
    /// Which version.
    pub version: u32,
    /// Where to, in text form.
    pub destination: String,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// Where it stands.
    pub state: DeliveryState,
}

impl Delivery {
    /// The delivery of a version to a place, planned at a time; its id follows from them.
    pub fn planned(code: &StoryCode, version: u32, to: &Destination, at: DateTime<Utc>) -> Self {
        let destination = to.to_string();
        Self {
            id: DeliveryId::derive(code, version, &destination),
            code: code.clone(),
            version,
            destination,
            created_at: at,
            state: DeliveryState::Open,
        }
    }
}
