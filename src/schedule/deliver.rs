//! Where stories go: planned with the story, sent by the outbox.

use chrono::{DateTime, Utc};
use tracing::{Instrument as _, info_span};

use super::newsroom::Newsroom;
use crate::model::{Brief, Clock, Severity, Story};
use crate::publish::{
    DeliveryReport, Destinations, Edition, Profiles, RetryPolicy, deliver_due, preview, replan,
};
use crate::store::{Outgoing, StoreError, StoryRow};

/// Whether a newsroom publishes, and how its posts look.
#[derive(Clone, Debug)]
pub enum Publishing {
    /// Stories are only kept: replays never publish.
    No,
    /// Every story goes to the preview.
    Preview(Box<Profiles>),
}

impl Newsroom {
    /// The deliveries of a story version, to be stored with it.
    pub(super) fn deliveries(&self, story: &Story, brief: &Brief, severity: Severity) -> Vec<Outgoing> {
        match &self.publishing {
            Publishing::No => Vec::new(),
            Publishing::Preview(profiles) => {
                vec![preview::plan(&Edition::new(story, brief, severity), profiles, story.at).into()]
            }
        }
    }

    pub(super) async fn replan(
        &self,
        row: &StoryRow,
        brief: &Brief,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        match &self.publishing {
            Publishing::No => Ok(()),
            Publishing::Preview(profiles) => {
                replan(&self.out, &Edition::new(&row.story, brief, row.severity), profiles, now)
                    .await
                    .map(drop)
            }
        }
    }

    /// Sends every step that is due.
    pub async fn deliver(
        &self,
        destinations: &Destinations,
        policy: &RetryPolicy,
        clock: &dyn Clock,
    ) -> Result<DeliveryReport, StoreError> {
        deliver_due(&self.out, destinations, policy, clock).instrument(info_span!("deliver")).await
    }
}
