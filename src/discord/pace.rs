//! One budget of requests for all desks.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Discord allows a bot fifty requests a second over all routes. Slots are spread evenly, a little further apart than
/// that: no second holds fifty-one however it is cut, also where some of them arrive up to 40 ms later than others.
const SLOT: Duration = Duration::from_micros(20_800);

/// Gives out slots in order.
#[derive(Debug)]
pub(super) struct Pace(Mutex<Option<Instant>>);

impl Pace {
    pub(super) fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Waits for the next free slot.
    pub(super) async fn slot(&self) {
        let at = {
            let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let at = next.map_or_else(Instant::now, |next| next.max(Instant::now()));
            *next = Some(at + SLOT);
            at
        };
        tokio::time::sleep_until(at).await;
    }

    /// Nothing before a time: the whole bot was told to wait.
    pub(super) fn hold_until(&self, until: Instant) {
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *next = Some(next.map_or(until, |next| next.max(until)));
    }
}
