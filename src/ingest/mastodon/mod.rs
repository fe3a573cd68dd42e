//! Mastodon and what speaks its API (Pleroma, GoToSocial …): hashtags, as one server sees them.
//!
//! A status is known on many servers under many local ids; its identity is its address at its own server, so that
//! copies of it are one record, whichever servers are read.

mod body;
mod lookup;
mod place;
mod source;
mod status;
#[cfg(test)]
mod tests;

pub use lookup::MastodonLookup;
pub use source::MastodonSource;
