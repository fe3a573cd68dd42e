//! Planning again what was planned before: after erasure, what was posted is replaced by what is left.

use chrono::{DateTime, Utc};

use super::{Edition, Profiles, preview};
use crate::model::{Destination, StoryCode};
use crate::store::{Store, StoreError};

/// Plans every delivery of an edition's story version again, from the edition as it is now; how many there were.
///
/// Steps keep their identities and times, so that an unchanged story gives the same bytes. Sending is the worker's.
pub async fn replan(
    store: &Store,
    edition: &Edition<'_>,
    profiles: &Profiles,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    let code: &StoryCode = &edition.story.code;
    let mut planned = 0;
    for delivery in store.deliveries_of(code, edition.story.version).await? {
        match delivery.destination.parse::<Destination>() {
            Ok(Destination::Preview) => {
                let (delivery, steps) = preview::plan(edition, profiles, delivery.created_at);
                store.replan_delivery(&delivery, &steps, now).await?;
                planned += 1;
            }
            // Their planners come with their issues; until then nothing creates such a delivery.
            Ok(Destination::Discord { .. } | Destination::Bluesky { .. }) => {}
            Err(err) => return Err(StoreError::decode("delivery.destination", err)),
        }
    }
    Ok(planned)
}
