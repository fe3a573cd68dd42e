//! Rendering per platform, the outbox, and the destinations.
//!
//! Rendering is pure: an [`Edition`] (a story and what its readers need beside it) and a profile give the exact
//! bytes that will be sent. Planning turns them into a delivery's steps; the outbox sends steps, once each.

pub mod bluesky;
pub mod card;
pub mod discord;
mod edition;
#[cfg(test)]
pub(crate) mod fixture;
mod outbox;
pub mod preview;
mod replan;
pub mod text;

use crate::model::{Severity, TopicSlug};

pub use edition::{Edition, Source};
pub(crate) use edition::{capitalised, grouped};
pub use outbox::{
    DeliveryReport, Destinations, Publisher, RetryPolicy, SendError, Turn, deliver_due, deliver_in_turn,
};
pub use replan::{replan, restate};

/// How a desk's posts look on every platform, and which Bluesky accounts tell what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles {
    /// On Discord.
    pub discord: discord::Look,
    /// On Bluesky.
    pub bluesky: bluesky::Look,
    /// The Bluesky accounts that stories go to.
    pub accounts: Vec<BlueskyDesk>,
    /// What becomes of a story's posts on Bluesky when it is taken back.
    pub on_retraction: OnRetraction,
}

/// What becomes of the posts of a story that is taken back, where posts cannot be edited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnRetraction {
    /// They are deleted, and one post says that and why the story was taken back.
    #[default]
    Notice,
    /// They are deleted.
    Delete,
}

/// A Bluesky account that stories go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlueskyDesk {
    /// Its DID.
    pub did: String,
    /// The topics whose stories go there; all if there is none.
    pub topics: Vec<TopicSlug>,
    /// Stories that matter less do not.
    pub min_severity: Severity,
}

impl BlueskyDesk {
    /// Whether a story goes there.
    pub fn wants(&self, topic: &TopicSlug, severity: Severity) -> bool {
        severity >= self.min_severity && (self.topics.is_empty() || self.topics.contains(topic))
    }
}
