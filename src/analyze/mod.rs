//! What can be computed of one record alone: cleaned text, sentences, words, language, sentiment, register,
//! key phrases, names, fingerprints, the signs of a headline, quarantine flags.
//!
//! Everything here but the shell in `run` is a pure function over text: no clock, no store, no network, same
//! input, same bytes.
//! Each file is one measurement; they share [`words::Words`], so that a text is segmented once.

pub mod clean;
pub mod clusters;
pub mod copies;
pub mod copy_index;
pub mod embed;
pub mod headline;
pub mod language;
pub mod names;
pub mod phrases;
pub mod quarantine;
mod record;
pub mod register;
mod run;
pub mod sentences;
pub mod sentiment;
pub mod span;
mod topics;
pub mod words;

pub use clean::{CleanInput, Cleaned, Markup, clean};
pub use copies::{ExactHash, Fingerprint};
pub use language::detect;
pub use names::{AnchorCandidate, Entity, Gazetteer, NameLines};
pub use record::{Reading, analyze, analyze_with, links_of, read};
pub use run::{Analysed, Analyzer, AnalyzerSettings};
pub use sentences::{SentenceFlags, SentenceSpan, sentences};
pub use span::Span;
pub use topics::TopicMatcher;
pub use words::{Word, Words};

pub use crate::model::{EntityKind, Lang, QuarantineReason, Register};
