//! The harness: a world in which a test reads as a story.
//!
//! `NEWSDESK_TEST_DB` chooses the database: `sqlite` (default) or `postgres`, whose server `NEWSDESK_TEST_PG` names.

pub(crate) mod bluesky;
pub(crate) mod cli;
pub(crate) mod club;
pub(crate) mod corpus;
pub(crate) mod database;
pub(crate) mod demo;
pub(crate) mod desk;
pub(crate) mod discord;
pub(crate) mod model;
pub(crate) mod posting;
pub(crate) mod record;
pub(crate) mod shape;
pub(crate) mod sky;
pub(crate) mod story;
pub(crate) mod tale;
pub(crate) mod town;

pub(crate) use cli::Cli;
pub(crate) use database::Database;
pub(crate) use desk::Desk;
pub(crate) use record::{Post, at, post};

/// A variable of the test run.
#[expect(clippy::disallowed_methods, reason = "the harness is told by variables what to run against")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
