//! Desks and what they follow.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{DeskId, StoryCode, TopicSlug};

text_enum! {
    /// How a story looks where it is posted.
    pub enum Style: "style" {
        /// An opening message, and a public thread with the whole story.
        Thread => "thread",
        /// A post of a forum channel.
        Forum => "forum",
        /// One message.
        Compact => "compact",
        /// One message for several stories.
        Digest => "digest",
    }
}

text_enum! {
    /// How often a subscription may post.
    pub enum Cadence: "cadence" {
        /// When there is a story.
        Instant => "instant",
        /// At most once an hour, on the hour.
        Hourly => "hourly",
        /// Once a day, at the desk's hour.
        Daily => "daily",
    }
}

/// What a desk's moderators have set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeskSettings {
    /// IANA time zone of quiet hours and digests.
    pub time_zone: String,
    /// Language of the desk, ISO 639-1.
    pub language: String,
    /// Hours of the day in which nothing new is posted: from, until (0–23).
    pub quiet: Option<(u8, u8)>,
    /// Channel in which moderators are told what concerns only them.
    pub notices: Option<u64>,
    /// Whether a story waits for a moderator's yes.
    pub approval: bool,
    /// Hour of the day of daily posts.
    pub digest_hour: u8,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self {
            time_zone: "UTC".to_owned(),
            language: "en".to_owned(),
            quiet: None,
            notices: None,
            approval: false,
            digest_hour: 8,
        }
    }
}

/// A Discord server as a desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuildDesk {
    /// Identity.
    pub id: DeskId,
    /// The server's name.
    pub name: String,
    /// Who added the bot, where Discord tells.
    pub installer: Option<u64>,
    /// Whether the bot is a member. A desk that was left sleeps, and is deleted later.
    pub awake: bool,
    /// What its moderators have set.
    pub settings: DeskSettings,
    /// Since when the bot is a member.
    pub joined_at: DateTime<Utc>,
    /// When it was sent away.
    pub left_at: Option<DateTime<Utc>>,
}

/// A desk's wish for a topic's stories in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Whose.
    pub desk: DeskId,
    /// Stories of this topic.
    pub topic: TopicSlug,
    /// Go to this channel.
    pub channel: u64,
    /// In this style.
    pub style: Style,
    /// This often.
    pub cadence: Cadence,
    /// Whether opening messages in an announcement channel are published to its followers.
    pub crosspost: bool,
    /// The member who set it up.
    pub created_by: u64,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Whether it is served; `false` while its desk sleeps.
    pub awake: bool,
}

text_enum! {
    /// Where a dispute stands.
    pub enum DisputeState: "dispute state" {
        /// Nobody has looked yet.
        Open => "open",
        /// A correction was made.
        Corrected => "corrected",
        /// The story was retracted.
        Retracted => "retracted",
        /// The moderators see no mistake.
        Dismissed => "dismissed",
    }
}

/// A reader's doubt about a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// Identity: one per person and story.
    pub id: String,
    /// Which story.
    pub code: StoryCode,
    /// Which version the reader saw.
    pub version: u32,
    /// Where it was raised.
    pub desk: DeskId,
    /// By whom.
    pub by: u64,
    /// The sentence in question, as the reader gave it; may be empty.
    pub sentence: String,
    /// What is wrong with it.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Where it stands.
    pub state: DisputeState,
}

/// Something a moderator, or the bot for one, has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// At which desk.
    pub desk: DeskId,
    /// Who; 0 is the bot itself.
    pub actor: u64,
    /// What: `follow`, `retract` …
    pub action: String,
    /// On what: a topic, a story's code.
    pub subject: String,
    /// More, in words.
    pub detail: String,
}

text_enum! {
    /// What a desk does not want to read.
    pub enum MuteKind: "kind of mute" {
        /// A source or its host.
        Source => "source",
        /// An author.
        Author => "author",
        /// A word.
        Word => "word",
        /// One story and its updates.
        Story => "story",
    }
}

/// A mute of a desk: stories that rest on it are not posted there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mute {
    /// What kind.
    pub kind: MuteKind,
    /// Which, in lower case (a story's code as it is).
    pub value: String,
    /// By whom.
    pub by: u64,
    /// Since when.
    pub at: DateTime<Utc>,
}
