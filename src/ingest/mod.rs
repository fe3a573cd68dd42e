//! Where records come from: sources, the polite HTTP client, archive import.
//!
//! A [`Source`] turns one page of a place into records and a cursor; [`scan_source`] stores both in one
//! transaction. Every outside request goes through the [`PoliteClient`]. What a record *is* (its identity) is
//! decided in `identity` alone, so that a post that is imported and scanned is stored once.

mod article;
mod arxiv;
mod at_home;
mod embed;
mod field;
mod outlet;
mod profile;
mod recheck;
mod refusal;
mod scan;
mod source;
#[cfg(test)]
pub(crate) mod testing;

mod bluesky;
pub mod feed;
mod github;
pub mod hackernews;
pub mod http;
pub mod import;
mod lemmy;
mod mastodon;
pub mod reddit;
mod robots;
mod stackexchange;
mod web_search;

pub use article::{Article, ArticleError, ArticleReader, Unreadable};
pub use arxiv::{ArxivLookup, ArxivSource};
pub use bluesky::{
    BlueskyAuthor, BlueskyLookup, BlueskySearch, FollowPace, Followed, JetstreamIntake, JetstreamSource,
    Patience, Session, SessionProvider, capture_line,
};
pub(crate) use embed::NO_MONEY;
pub use embed::{EmbedClient, EmbedClientSettings};
pub use feed::FeedSource;
pub(crate) use field::fitted;
pub use github::{GitHubDiscussions, GitHubReleases};
pub use hackernews::{HackerNewsLookup, HackerNewsSource};
pub use http::{HttpError, HttpSettings, PoliteClient};
pub use import::{ImportError, ImportInput, ImportReport, Progress, import};
pub use lemmy::{LemmyLookup, LemmySource};
pub use mastodon::{MastodonLookup, MastodonSource};
pub use profile::{author_on, profile_of};
pub use recheck::{RecheckSettings, recheck};
pub use reddit::{RedditAccess, RedditLookup, RedditSource};
pub use robots::{Robots, RobotsError};
pub use scan::{ScanEnd, ScanReport, scan_all, scan_source, scan_within};
pub use source::{Budget, Lookup, Page, ScanError, Skipped, Source, SourceCursor, is_stream, platform_of};
pub use stackexchange::StackExchangeSource;
pub use web_search::{WebLead, WebSearch};
