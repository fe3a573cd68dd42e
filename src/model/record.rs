//! Records: what was publicly said.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{AuthorKey, Platform, RecordId, SourceClass};

/// No text field is stored longer than this; what is longer is cut at a character and counted.
pub const MAX_FIELD_BYTES: usize = 64 * 1024;

/// A record as a source gives it, before it is stored: everything in it is outside text.
#[derive(Clone, Debug, PartialEq)]
pub struct IncomingRecord {
    /// The platform.
    pub platform: Platform,
    /// The platform's own id.
    pub native_id: String,
    /// The kind of speech.
    pub class: SourceClass,
    /// The address where anybody can read it.
    pub permalink: String,
    /// The author's handle as they chose to appear, with the platform's prefix (`u/`, `@`); `None` if unknown or deleted.
    pub author: Option<String>,
    /// Subreddit, feed, server or network, as people write it.
    pub venue: String,
    /// When it was published, as claimed.
    pub published_at: DateTime<Utc>,
    /// When an archive says it was first seen; `None` for live sources.
    pub archived_seen_at: Option<DateTime<Utc>>,
    /// When it was edited, as claimed.
    pub edited_at: Option<DateTime<Utc>>,
    /// The title as received; `None` where the platform has none.
    pub title: Option<String>,
    /// The body as received (HTML, Markdown or plain, by platform).
    pub body: String,
    /// Flair, feed categories, subject classes.
    pub tags: Vec<String>,
    /// The address of the record that it answers, on the same platform.
    pub answers: Option<String>,
    /// The address of the record that it quotes or posts again, on the same platform.
    pub quotes: Option<String>,
    /// Likes and answers.
    pub engagement: Engagement,
    /// Set when this line says that the record is gone: everything but identity and times is then ignored.
    pub deleted: Option<TombstoneReason>,
}

impl IncomingRecord {
    /// The word, learnt at `at`, that a record is gone. It is known by its id alone.
    pub fn gone(
        platform: Platform,
        native_id: impl Into<String>,
        reason: TombstoneReason,
        at: DateTime<Utc>,
    ) -> Self {
        let native_id = native_id.into();
        Self {
            class: SourceClass::default_for(&platform),
            permalink: native_id.clone(),
            author: None,
            venue: platform.display_name().to_owned(),
            published_at: at,
            archived_seen_at: None,
            edited_at: None,
            title: None,
            body: String::new(),
            tags: Vec::new(),
            answers: None,
            quotes: None,
            engagement: Engagement::default(),
            deleted: Some(reason),
            native_id,
            platform,
        }
    }

    /// The same withdrawal, by somebody who may speak only for what came from this venue.
    #[must_use]
    pub fn only_of(self, venue: &str) -> Self {
        Self { venue: venue.to_owned(), ..self }
    }

    /// The venue whose records alone a withdrawal is about, if it is.
    pub fn takes_back_of(&self) -> Option<&str> {
        let bound = self.platform == Platform::Feed && self.venue != self.platform.display_name();
        (self.deleted.is_some() && bound).then_some(&*self.venue)
    }
}

/// The tag of a page that was read because others link to it, or because it was searched for.
pub const GATHERED: &str = "linked page";

/// Likes and answers, where the platform tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engagement {
    /// Points, likes or favourites.
    pub score: Option<i64>,
    /// Comments or replies.
    pub replies: Option<i64>,
}

/// An account that is gone from its platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoneAccount {
    /// The platform.
    pub platform: Platform,
    /// What the ids of its records begin with: `at://did:plc:…/`.
    pub id_prefix: String,
    /// Why.
    pub reason: TombstoneReason,
}

/// Time that a source did not tell of and cannot tell of any more: it is no silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Its first moment.
    pub from: DateTime<Utc>,
    /// Its end.
    pub until: DateTime<Utc>,
}

/// A stored record. Its text lives apart (`StoredText`), so that it can be purged alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Identity.
    pub id: RecordId,
    /// The platform.
    pub platform: Platform,
    /// The platform's own id.
    pub native_id: String,
    /// The kind of speech.
    pub class: SourceClass,
    /// The public address.
    pub permalink: String,
    /// The handle as shown; `None` when unknown, deleted or purged.
    pub author: Option<String>,
    /// Who wrote it, for counting; records without a known author each get a key of their own.
    pub author_key: AuthorKey,
    /// Where it was said.
    pub venue: String,
    /// When it was published (clamped to the time it was seen plus a small skew).
    pub published_at: DateTime<Utc>,
    /// When this desk first saw it, by the run's clock.
    pub seen_at: DateTime<Utc>,
    /// When an archive says it was first seen.
    pub archived_seen_at: Option<DateTime<Utc>>,
    /// When it was last edited.
    pub edited_at: Option<DateTime<Utc>>,
    /// Raw title, while kept.
    pub title: Option<String>,
    /// Raw body, while kept.
    pub body: String,
    /// Flair, categories.
    pub tags: Vec<String>,
    /// The address of the record that it answers, whether that is stored or not.
    pub answers: Option<String>,
    /// The address of the record that it quotes or posts again, whether that is stored or not.
    pub quotes: Option<String>,
    /// Likes and answers.
    pub engagement: Engagement,
    /// 1 for the first text seen, one more for each edit.
    pub revision: u32,
    /// Live or gone.
    pub state: RecordState,
}

impl Record {
    /// Whether it was read because others link to it: then it is no sign that anything is said more than usual.
    pub fn is_gathered(&self) -> bool {
        self.platform == Platform::Web && self.tags.iter().any(|tag| tag == GATHERED)
    }
}

/// Whether a record still stands where it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordState {
    /// It stands.
    Live,
    /// It is gone: id, time and reason are all that is kept.
    Tombstone {
        /// When we learnt it.
        at: DateTime<Utc>,
        /// Why.
        reason: TombstoneReason,
    },
}

text_enum! {
    /// Why a record is gone.
    pub enum TombstoneReason: "tombstone reason" {
        /// Deleted by its author.
        Author => "author",
        /// Removed by moderators or the platform.
        Moderator => "moderator",
        /// Not there any more, reason unknown.
        Missing => "missing",
        /// Erased here at somebody's request.
        Request => "request",
    }
}
