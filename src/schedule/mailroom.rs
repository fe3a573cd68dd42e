//! Sends what is due, again and again, beside everything else.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, info, info_span, warn};

use crate::model::Clock;
use crate::publish::{DeliveryReport, Destinations, RetryPolicy, Turn, deliver_in_turn};
use crate::store::{Store, StoreError};

/// How often the outbox is looked at when nobody calls: retries and quiet hours end by themselves.
const BEAT: Duration = Duration::from_secs(2);

/// How often held deliveries are tried again, and old events forgotten.
const HOUSEKEEPING: TimeDelta = TimeDelta::hours(1);

/// The outbox with all it needs.
pub struct Mailroom {
    store: Store,
    destinations: Destinations,
    policy: RetryPolicy,
    /// What a desk had set up is deleted so long after it was left.
    forget_after: TimeDelta,
}

impl Mailroom {
    /// A mailroom that can reach these destinations.
    pub fn new(
        store: Store,
        destinations: Destinations,
        policy: RetryPolicy,
        forget_after: TimeDelta,
    ) -> Self {
        Self { store, destinations, policy, forget_after }
    }

    /// Sends every step that is due.
    pub async fn deliver(&self, clock: &dyn Clock) -> Result<DeliveryReport, StoreError> {
        self.deliver_in_turn(clock, None).await
    }

    async fn deliver_in_turn(
        &self,
        clock: &dyn Clock,
        turn: Option<Turn<'_>>,
    ) -> Result<DeliveryReport, StoreError> {
        deliver_in_turn(&self.store, &self.destinations, &self.policy, clock, turn)
            .instrument(info_span!("deliver"))
            .await
    }

    /// Tries again what a missing permission held, and forgets what nobody needs any more.
    pub async fn keep_house(&self, clock: &dyn Clock) -> Result<(), StoreError> {
        let now = clock.now();
        let again = self.store.retry_held(now - self.policy.max_age, now).await?;
        let gone = self.store.forget_desks_left(now - self.forget_after).await?;
        self.store.forget_events(now - TimeDelta::days(1)).await?;
        if again + gone > 0 {
            info!(again, gone, "tried {again} held deliveries again, forgot {gone} desks");
        }
        Ok(())
    }

    /// Delivers when called and on its own beat, until stopped. A step under way is finished first.
    ///
    /// While somebody else holds `press`, nothing new is sent: what was just written is still being looked at.
    pub async fn run(&self, clock: &dyn Clock, call: &Notify, press: &Mutex<()>, stop: &CancellationToken) {
        let mut house = clock.now();
        while !stop.is_cancelled() {
            if clock.now() >= house {
                if let Err(err) = self.keep_house(clock).await {
                    warn!(%err, "housekeeping failed, the next one is in an hour");
                }
                house = clock.now() + HOUSEKEEPING;
            }
            if let Err(err) = self.deliver_in_turn(clock, Some(Turn { press, stop })).await {
                warn!(%err, "delivering failed, it is tried again");
            }
            tokio::select! { // all are cancel-safe
                () = call.notified() => (),
                () = tokio::time::sleep(BEAT) => (),
                () = stop.cancelled() => (),
            }
        }
    }
}
