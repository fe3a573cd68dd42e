//! What can be computed of one record alone: cleaned text, sentences, words, language, sentiment, register,
//! key phrases, names, fingerprints, the signs of a headline, quarantine flags.
//!
//! Everything here is a pure function over text: no clock, no store, no network, same input, same bytes.
//! Each file is one measurement; they share [`words::Words`], so that a text is segmented once.

pub mod clean;
pub mod clusters;
pub mod copies;
pub mod copy_index;
pub mod headline;
pub mod language;
pub mod names;
pub mod phrases;
pub mod quarantine;
pub mod register;
pub mod sentences;
pub mod sentiment;
pub mod span;
pub mod words;

pub use clean::{CleanInput, Cleaned, Markup, clean};
pub use copies::{ExactHash, Fingerprint};
pub use language::{Lang, detect};
pub use names::{AnchorCandidate, Entity, EntityKind};
pub use quarantine::QuarantineReason;
pub use register::Register;
pub use sentences::{SentenceFlags, SentenceSpan, sentences};
pub use span::Span;
pub use words::{Word, Words};
