//! Briefs, the extractive writer, and the verifier that trusts no writer.

pub mod brief;
mod bundle;
mod corpus;
#[cfg(test)]
mod demo_lies;
mod draft;
pub mod extractive;
mod material;
pub mod model_writer;
mod quotes;
mod settle;
mod verify;
#[cfg(test)]
mod verify_sample;
pub mod versions;
#[cfg(test)]
mod writer_sample;

pub use bundle::{Bundle, BundleError, Replay, Report, Writing};
pub use corpus::WordCounts;
pub use draft::{Draft, DraftFaq, DraftSection};
pub use material::{Corpus, Material, Member};
pub use settle::{SettleSettings, Settled, settle};
pub use verify::{
    Verifier, check, check_story, earlier_story_text, first_story_text, no_advice_alone_text, no_advice_text,
    none_advised_text, none_against_text, none_found_text, none_quotable_text, only_records_text,
    question_text, strongest_found_text,
};
