//! Briefs, the extractive writer, and the verifier that trusts no writer.

mod draft;

pub use draft::{Draft, DraftFaq, DraftSection};
