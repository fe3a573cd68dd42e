//! Answers to those who ask in public, on Bluesky: a mention, or a reply to one of our posts, becomes a question; each
//! question is answered once, or passed over with a reason.

mod answer;
mod desk;
mod draw;
mod fold;
mod limits;
mod mail;
mod poll;
mod question;
mod read;
mod words;

pub use desk::{Mentions, Report, RoundError, Settings};
pub use limits::Limits;
pub use mail::{Author, Mail, MailPage, Postbox, Standing};
pub use read::{Asked, Heard, What, Where, read};
