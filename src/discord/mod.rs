//! The connection to Discord: one client for all desks, with its limits kept.
//!
//! It knows requests and answers, not stories. What is sent is rendered and planned in `publish::discord`; members
//! are answered in `bot`.

mod breaker;
mod connect;
mod error;
mod pace;
mod rest;

pub use connect::{ConnectError, ConnectSettings, connect};
pub use error::RestError;
pub use rest::{Attachment, Rest};
