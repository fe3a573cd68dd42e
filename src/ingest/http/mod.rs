//! The polite HTTP client: the only way from this program to the outside.
//!
//! Honest about who asks, slow on purpose, bounded in time and size, and unable to reach what is not public: a
//! name is resolved, its addresses are checked, and a checked address is the one connected to. Redirects are
//! followed by hand, so that each hop passes the same checks.

mod answer;
pub(crate) mod body;
mod client;
mod dial;
mod error;
mod limits;
mod pace;
mod public;
mod request;
pub(crate) mod retry_after;
mod settings;
#[cfg(test)]
mod tests;

pub use answer::Response;
pub use client::PoliteClient;
pub(crate) use dial::Line;
pub use error::HttpError;
pub(crate) use request::at_service;
pub use request::{Get, Post};
pub use settings::HttpSettings;
