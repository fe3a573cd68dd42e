//! The polite HTTP client: the only way from this program to the outside.
//!
//! Honest about who asks, slow on purpose, bounded in time and size, and unable to reach what is not public: a
//! name is resolved, its addresses are checked, and a checked address is the one connected to. Redirects are
//! followed by hand, so that each hop passes the same checks.

pub(crate) mod body;
mod client;
mod dial;
mod error;
mod pace;
mod public;
pub(crate) mod retry_after;
mod settings;
#[cfg(test)]
mod tests;

pub use client::{Get, PoliteClient, Response};
pub use error::HttpError;
pub use settings::HttpSettings;
