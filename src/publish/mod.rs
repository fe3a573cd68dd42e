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

pub use edition::{Edition, Source};
pub(crate) use edition::{capitalised, grouped};
pub use outbox::{DeliveryReport, Destinations, Publisher, RetryPolicy, SendError, deliver_due};
pub use replan::replan;

/// How a desk's posts look on every platform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles {
    /// On Discord.
    pub discord: discord::Look,
    /// On Bluesky.
    pub bluesky: bluesky::Look,
}
