//! Reading Bluesky: the network's stream of new posts (Jetstream), searches and accounts (AppView), single posts.
//!
//! Whichever way a post comes, it is the same record with the same text: what a record says is read from the post
//! that its author signed, never from what a server shows around it.

mod appview;
mod body;
mod jetstream;
mod labels;
mod lookup;
mod post;
mod profiles;
mod uri;
mod view;
mod walk;
mod wire;
mod xrpc;

pub use appview::{BlueskyAuthor, BlueskySearch};
pub use jetstream::{FollowPace, Followed, JetstreamIntake, JetstreamSource, Patience, capture_line};
pub use lookup::BlueskyLookup;
pub(super) use uri::author_called;
pub use xrpc::{Session, SessionProvider};
