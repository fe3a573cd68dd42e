//! Reddit by its API, which needs credentials that Reddit has approved.
//!
//! Reddit asks for the deletion of what was deleted there, so a record is asked for again ([`RedditLookup`]) and every
//! sign of a removal counts as one.

mod auth;
mod listing;
mod lookup;
mod place;
mod source;
#[cfg(test)]
mod tests;
mod thing;

pub use auth::RedditAccess;
pub use lookup::RedditLookup;
pub use source::RedditSource;
pub use thing::dump_line;
