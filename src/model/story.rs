//! Storylines and their versions.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{Platform, RecordId, Sentence, Sha256, StoryCode, StorylineId, TopicSlug};

text_enum! {
    /// Where a story is in its life.
    pub enum StoryStatus: "story status" {
        /// First version, hours old.
        Breaking => "breaking",
        /// New facts keep coming.
        Developing => "developing",
        /// Still talked about.
        Ongoing => "ongoing",
        /// Nothing new for days.
        Resolved => "resolved",
        /// Put away.
        Archived => "archived",
    }
}

impl StoryStatus {
    /// Silence after which a story is no longer breaking.
    pub const BREAKING: TimeDelta = TimeDelta::hours(12);
    /// Silence after which it no longer develops.
    pub const DEVELOPING: TimeDelta = TimeDelta::hours(36);
    /// Silence after which it is resolved.
    pub const RESOLVED_AFTER: TimeDelta = TimeDelta::days(4);
    /// Silence after which it is put away: the same subject then makes a new story.
    pub const ARCHIVED_AFTER: TimeDelta = TimeDelta::days(7);

    /// The status after so much silence since the version that had this one. It never goes back.
    #[must_use]
    pub fn after(self, silence: TimeDelta) -> Self {
        let silent = if silence < Self::BREAKING {
            Self::Breaking
        } else if silence < Self::DEVELOPING {
            Self::Developing
        } else if silence < Self::RESOLVED_AFTER {
            Self::Ongoing
        } else if Self::is_put_away(silence) {
            Self::Archived
        } else {
            Self::Resolved
        };
        self.max(silent)
    }

    /// Whether a story is put away after so much silence: no lead is an update of it any more.
    pub fn is_put_away(silence: TimeDelta) -> bool {
        silence >= Self::ARCHIVED_AFTER
    }
}

/// A section: a heading that states a claim, and what carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The heading as a checked sentence; the first section needs none, where it goes on from the dek.
    #[serde(rename = "heading_s", default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<Sentence>,
    /// The body.
    pub sentences: Vec<Sentence>,
}

impl Section {
    /// What stands over a first section without a heading, where something must.
    pub const LEDE: &str = "What happened";
}

text_enum! {
    /// The three questions, always in this order.
    pub enum FaqKind: "faq kind" {
        /// What happened?
        WhatHappened => "what_happened",
        /// What does it mean for you?
        WhatItMeans => "what_it_means",
        /// What is the strongest counter-argument?
        Counter => "counter",
    }
}

/// One question with a long and a short answer, each checked by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faq {
    /// Which of the three.
    pub kind: FaqKind,
    /// The question, from a fixed set around the story's label.
    pub question: String,
    /// The long answer, at most 1,024 characters in all.
    #[serde(rename = "answer_s")]
    pub answer: Vec<Sentence>,
    /// The short answer, at most 300 graphemes in all.
    #[serde(rename = "short_s")]
    pub short: Vec<Sentence>,
}

/// What a version says: checked sentences and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryBody {
    /// At most 90 characters.
    #[serde(rename = "headline_s")]
    pub headline: Sentence,
    /// At most 230 characters in all.
    #[serde(rename = "dek_s")]
    pub dek: Vec<Sentence>,
    /// Three to five, or two in a thin story.
    pub sections: Vec<Section>,
    /// The story so far.
    #[serde(rename = "so_far_s")]
    pub so_far: Vec<Sentence>,
    /// Exactly three.
    pub faqs: Vec<Faq>,
    /// The strongest opposing statement, or “none found in N records”.
    #[serde(rename = "counter_s")]
    pub counter: Vec<Sentence>,
}

/// Where a sentence stands in a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum Place {
    /// The whole bundle or story rather than one sentence.
    Whole,
    /// The headline.
    Headline,
    /// The n-th sentence of the dek, from 0.
    Dek {
        /// Which sentence.
        n: usize,
    },
    /// The heading of a section.
    Heading {
        /// Which section, from 0.
        section: usize,
    },
    /// A sentence of a section.
    Section {
        /// Which section, from 0.
        section: usize,
        /// Which sentence, from 0.
        n: usize,
    },
    /// A sentence of “the story so far”.
    SoFar {
        /// Which sentence.
        n: usize,
    },
    /// A sentence of a long answer.
    Answer {
        /// Which FAQ, from 0.
        faq: usize,
        /// Which sentence.
        n: usize,
    },
    /// A sentence of a short answer.
    Short {
        /// Which FAQ, from 0.
        faq: usize,
        /// Which sentence.
        n: usize,
    },
    /// A sentence of the counter-evidence.
    Counter {
        /// Which sentence.
        n: usize,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => write!(f, "story"),
            Self::Headline => write!(f, "headline"),
            Self::Dek { n } => write!(f, "dek, sentence {}", n + 1),
            Self::Heading { section } => write!(f, "section {}, heading", section + 1),
            Self::Section { section, n } => write!(f, "section {}, sentence {}", section + 1, n + 1),
            Self::SoFar { n } => write!(f, "the story so far, sentence {}", n + 1),
            Self::Answer { faq, n } => write!(f, "FAQ {}, sentence {}", faq + 1, n + 1),
            Self::Short { faq, n } => write!(f, "FAQ {} (short), sentence {}", faq + 1, n + 1),
            Self::Counter { n } => write!(f, "counter-evidence, sentence {}", n + 1),
        }
    }
}

impl StoryBody {
    /// Every sentence with its place, in reading order.
    pub fn sentences(&self) -> Vec<(Place, &Sentence)> {
        let mut all = vec![(Place::Headline, &self.headline)];
        all.extend(self.dek.iter().enumerate().map(|(n, s)| (Place::Dek { n }, s)));
        for (section, part) in self.sections.iter().enumerate() {
            all.extend(part.heading.iter().map(|heading| (Place::Heading { section }, heading)));
            all.extend(part.sentences.iter().enumerate().map(|(n, s)| (Place::Section { section, n }, s)));
        }
        all.extend(self.so_far.iter().enumerate().map(|(n, s)| (Place::SoFar { n }, s)));
        for (faq, part) in self.faqs.iter().enumerate() {
            all.extend(part.answer.iter().enumerate().map(|(n, s)| (Place::Answer { faq, n }, s)));
            all.extend(part.short.iter().enumerate().map(|(n, s)| (Place::Short { faq, n }, s)));
        }
        all.extend(self.counter.iter().enumerate().map(|(n, s)| (Place::Counter { n }, s)));
        all
    }

    /// Whether any sentence cites `record`.
    pub fn cites(&self, record: &RecordId) -> bool {
        self.sentences().iter().any(|(_, s)| s.citations.iter().any(|c| c.record == *record))
    }
}

impl Change {
    /// “From 20 to 24 records”.
    pub fn of_size(from: u64, to: u64, what: &str) -> Self {
        Self { kind: ChangeKind::Changed, text: format!("From {from} to {to} {what}") }
    }

    /// Whether only the story's size changed: that is no news by itself.
    pub fn is_of_size(&self) -> bool {
        let words: Vec<&str> = self.text.split(' ').collect();
        let number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
        matches!(words.as_slice(), ["From", from, "to", to, _] if number(from) && number(to))
    }
}

text_enum! {
    /// What kind of change a version brought.
    pub enum ChangeKind: "change kind" {
        /// A fact that was not there.
        Added => "added",
        /// A fact that reads differently.
        Changed => "changed",
        /// A fact that is gone.
        Withdrawn => "withdrawn",
    }
}

/// One fact-level difference to the version before, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Added, changed or withdrawn.
    pub kind: ChangeKind,
    /// What, for people.
    pub text: String,
}

/// Which language model wrote a version, and by which words it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelUse {
    /// Whose way of asking its server understands.
    pub provider: String,
    /// Its name there.
    pub name: String,
    /// Version of our prompt.
    pub prompt: String,
    /// Digest of the prompt and of the shape that was asked for.
    pub prompt_sha256: Sha256,
}

/// How a version was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Methodology {
    /// `extractive`, or provider and model.
    pub writer: String,
    /// Version of newsdesk.
    pub newsdesk: String,
    /// Records read in the topic's window.
    pub records_read: u64,
    /// Records the story rests on, copies joined.
    pub records_used: u64,
    /// Distinct authors.
    pub authors: u64,
    /// Sentences checked.
    pub sentences_checked: u64,
    /// Sentences dropped by the checks.
    pub sentences_dropped: u64,
    /// Model cost in millionths of a dollar; 0 without a model.
    pub cost_microusd: u64,
    /// The model that wrote it; absent where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Box<ModelUse>>,
    /// Digest of the brief.
    pub brief: Sha256,
    /// Things a reader should know: a thin story, a source not polled.
    pub caveats: Vec<String>,
}

/// One version of a storyline. Append-only; erasure of a deleted source is the one exception.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Story {
    /// The storyline.
    pub storyline: StorylineId,
    /// Its public name.
    pub code: StoryCode,
    /// 1, 2, 3 …
    pub version: u32,
    /// Main topic.
    pub topic: TopicSlug,
    /// When it was written (the tick).
    pub at: DateTime<Utc>,
    /// Where it is in its life.
    pub status: StoryStatus,
    /// What the story is about, in words found in its evidence.
    pub label: String,
    /// What it says.
    #[serde(flatten)]
    pub body: StoryBody,
    /// Records it rests on, copies joined.
    pub records: u64,
    /// Distinct outside links among them.
    pub links: u64,
    /// Platforms, most records first.
    pub platforms: Vec<Platform>,
    /// What changed since the version before; empty in version 1.
    pub changes: Vec<Change>,
    /// How it was made.
    pub methodology: Methodology,
}
