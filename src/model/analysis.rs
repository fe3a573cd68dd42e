//! What is computed of one record alone.

use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{ClusterId, Lang, RecordId, Sha256, TopicSlug};

text_enum! {
    /// The tone of a record.
    pub enum Register: "register" {
        /// Keen, celebrating.
        Excited => "excited",
        /// Looking forward.
        Hopeful => "hopeful",
        /// Laughing with.
        Amused => "amused",
        /// Asking, exploring.
        Curious => "curious",
        /// None of the others.
        Neutral => "neutral",
        /// Uneasy about what may come.
        Worried => "worried",
        /// Held up by something that does not work.
        Frustrated => "frustrated",
        /// Indignant.
        Angry => "angry",
        /// Grieving, disappointed.
        Sad => "sad",
        /// Laughing at.
        Mocking => "mocking",
    }
}

text_enum! {
    /// What an entity is.
    pub enum EntityKind: "entity kind" {
        /// A human being.
        Person => "person",
        /// A firm, club, laboratory, paper.
        Organization => "organization",
        /// A country, region or town.
        State => "state",
        /// A public body.
        Government => "government",
        /// A thing one can get.
        Product => "product",
        /// A technique or standard.
        Technology => "technology",
        /// A law, bill or ruling.
        Legislation => "legislation",
        /// Any other name.
        Concept => "concept",
    }
}

text_enum! {
    /// Why a record is never quoted and never shown to a model.
    pub enum QuarantineReason: "quarantine reason" {
        /// It gives instructions to a machine.
        Instruction => "instruction",
        /// It holds the markers with which a chat with a model is laid out.
        RoleMarker => "role_marker",
        /// It speaks as a model would: a machine's answer pasted unread.
        MachineVoice => "machine_voice",
        /// It carries characters that readers cannot see.
        HiddenText => "hidden_text",
        /// It carries a long encoded payload.
        EncodedPayload => "encoded_payload",
    }
}

/// A name found in a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// As written.
    pub surface: String,
    /// Normalised: `Ferry 5.2` and `ferry-5.2` are one.
    pub norm: String,
    /// Its type.
    pub kind: EntityKind,
}

/// The text of a record as stored: title, newline, body, cleaned once. Spans point into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredText {
    /// Whose text.
    pub record: RecordId,
    /// Which revision of the record.
    pub revision: u32,
    /// The cleaned text.
    pub text: String,
    /// Where the body begins (0 when there is no title).
    pub body_start: usize,
    /// What cleaning took away, for whoever wants to quote.
    pub marks: Marks,
    /// Digest of `text`.
    pub sha256: Sha256,
}

/// Places in a stored text where something was removed; a sentence that touches one is not quotable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Byte offsets where a link was taken out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub link_at: Vec<usize>,
    /// Byte ranges of somebody else's words (`>` lines).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quoted: Vec<(usize, usize)>,
    /// Byte ranges of list items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub list_items: Vec<(usize, usize)>,
    /// Invisible characters were removed.
    #[serde(default)]
    pub hidden: bool,
    /// The text was cut at the size limit.
    #[serde(default)]
    pub cut: bool,
}

/// Signs in one text that the record score rests on (selection by points; each has a reason code).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent observations, not a state")]
pub struct Signs {
    /// The headline has a news verb.
    pub news_verb: bool,
    /// The headline has a figure with a unit, money, a percentage, or two digits.
    pub figures: bool,
    /// It asks.
    pub asks: bool,
    /// First-hand announcement.
    pub first_hand: bool,
    /// The headline speaks of its author or to its readers.
    #[serde(default)]
    pub personal: bool,
    /// The body has a link to something to read.
    pub has_link: bool,
    /// Words in the headline.
    pub title_words: u32,
    /// A social post that begins with a mention.
    pub starts_with_mention: bool,
    /// Weekly threads, daily posts.
    pub recurring: bool,
    /// The headline with digits as `#`, letters lower-cased, at most 80 characters.
    pub shape: String,
    /// Handles it names.
    pub handles: Vec<String>,
}

/// One pass over one record: no network, deterministic. Holds neither text nor author.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// Whose analysis.
    pub record: RecordId,
    /// Of which revision.
    pub revision: u32,
    /// Language of the text.
    pub lang: Lang,
    /// −1…1; `None` where the language has no lexicon.
    pub sentiment: Option<f64>,
    /// Tone.
    pub register: Register,
    /// Up to ten names.
    pub entities: Vec<Entity>,
    /// Three to five key phrases.
    pub phrases: Vec<String>,
    /// Digest of letters and digits only: equal means an exact copy.
    pub exact_hash: String,
    /// Near-copy fingerprint, algorithm and version first; empty for texts too short to compare.
    pub fingerprint: String,
    /// Topics whose rules match.
    pub topics: Vec<TopicSlug>,
    /// Reasons not to quote it.
    pub quarantine: Vec<QuarantineReason>,
    /// Signs for the record score.
    pub signs: Signs,
}

/// What becomes of clusters that were told before. Changes hold in their order, after the rows of their batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClusterChange {
    /// A record is in another cluster than was told.
    Moved {
        /// Which.
        record: RecordId,
        /// Where it is now.
        cluster: ClusterId,
    },
    /// All records of one cluster are in another one now.
    Merged {
        /// The younger one, which is no more.
        from: ClusterId,
        /// The one that stays.
        into: ClusterId,
    },
}
