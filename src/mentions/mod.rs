//! Answers to those who ask in public, on Bluesky: a mention, or a reply to one of our posts, becomes a question; each
//! question is answered once, or passed over with a reason.

mod fold;
mod read;
mod words;

pub use read::{Asked, Heard, What, Where, read};
