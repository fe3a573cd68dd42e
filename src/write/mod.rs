//! Briefs, the extractive writer, and the verifier that trusts no writer.

pub mod brief;
mod draft;
pub mod extractive;
mod material;
mod quotes;
pub mod versions;
#[cfg(test)]
mod writer_sample;

pub use draft::{Draft, DraftFaq, DraftSection};
pub use material::{Corpus, Material, Member};
