//! The unit of truth: a sentence with what it rests on.

use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{CountId, RecordId, Sha256};

/// A byte range, end exclusive, into a record's stored text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The text under the span; `None` if it is out of range, empty, or cuts a character.
    pub fn slice(self, text: &str) -> Option<&str> {
        (self.start < self.end).then(|| text.get(self.start..self.end)).flatten()
    }
}

text_enum! {
    /// How a sentence is allowed to speak; each kind has its own checks.
    pub enum SentenceKind: "sentence kind" {
        /// Verbatim words between quotation marks, glue around them.
        Quote => "quote",
        /// A recounted number.
        Count => "count",
        /// A paraphrase of one attributed source.
        Report => "report",
        /// A short connecting sentence without facts.
        Frame => "frame",
        /// “None found in N records.”
        NoneFound => "none_found",
    }
}

/// A span of a record, with the digest of the cited words at the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// The record.
    pub record: RecordId,
    /// Its public address.
    pub url: String,
    /// First byte in the stored text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// SHA-256 of the cited words, `text[start..end]`.
    pub sha256: Sha256,
}

impl Citation {
    /// The span.
    pub fn span(&self) -> Span {
        Span { start: self.start, end: self.end }
    }
}

/// A count as used in a sentence: `n` of `of`, and the addresses of the records that make up `n`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountUse {
    /// Which count of the brief.
    pub id: CountId,
    /// How many.
    pub n: u64,
    /// Of how many.
    pub of: u64,
    /// The counted records, oldest first.
    pub records: Vec<String>,
}

/// One checked sentence. What is published is rendered from these and from nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// The words, with quotations in “ ”.
    pub text: String,
    /// How it speaks.
    pub kind: SentenceKind,
    /// What it cites.
    pub citations: Vec<Citation>,
    /// What it counts.
    pub counts: Vec<CountUse>,
    /// A second check, which saw nothing but the source and the sentence, agreed with a paraphrase. Only whoever asked
    /// may set it; without it a paraphrase outside headlines and headings must be a plain compression of its source.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
}
