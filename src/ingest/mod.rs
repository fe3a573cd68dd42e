//! Where records come from: sources, the polite HTTP client, archive import.
//!
//! A [`Source`] turns one page of a place into records and a cursor; [`scan_source`] stores both in one
//! transaction. Every outside request goes through the [`PoliteClient`]. What a record *is* (its identity) is
//! decided in `identity` alone, so that a post that is imported and scanned is stored once.

mod address;
mod embed;
mod field;
mod identity;
mod outlet;
mod scan;
mod source;

mod bluesky;
pub mod feed;
mod hackernews;
pub mod http;
pub mod import;

pub use address::canonical;
pub use bluesky::{
    BlueskyAuthor, BlueskyLookup, BlueskySearch, FollowPace, Followed, JetstreamIntake, JetstreamSource,
    Patience, Session, SessionProvider, capture_line,
};
pub(crate) use embed::NO_MONEY;
pub use embed::{EmbedClient, EmbedClientSettings};
pub use feed::FeedSource;
pub use hackernews::HackerNewsSource;
pub use http::{HttpError, HttpSettings, PoliteClient};
pub use identity::native_id;
pub use import::{ImportError, ImportInput, ImportReport, Progress, import};
pub use scan::{ScanEnd, ScanReport, scan_all, scan_source, scan_within};
pub use source::{Budget, Gap, GoneAccount, Lookup, Page, ScanError, Skipped, Source, SourceCursor};
