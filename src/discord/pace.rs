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

    /// Waits for the next free slot; if that is further away than `longest`, says how far, and takes none.
    pub(super) async fn slot(&self, longest: Duration) -> Result<(), Duration> {
        tokio::time::sleep_until(self.take(Instant::now(), longest)?).await;
        Ok(())
    }

    fn take(&self, now: Instant, longest: Duration) -> Result<Instant, Duration> {
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = next.map_or(now, |next| next.max(now));
        if at.duration_since(now) > longest {
            return Err(at.duration_since(now));
        }
        *next = Some(at + SLOT);
        Ok(at)
    }

    /// Nothing before a time: the whole bot was told to wait.
    pub(super) fn hold_until(&self, until: Instant) {
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *next = Some(next.map_or(until, |next| next.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_pause_is_told_instead_of_waited_for() {
        let pace = Pace::new();
        let (start, longest) = (Instant::now(), Duration::from_secs(6));
        pace.hold_until(start + Duration::from_mins(1));
        assert_eq!(pace.take(start, longest), Err(Duration::from_mins(1)));
        let end = start + Duration::from_mins(1);
        assert_eq!(pace.take(start + Duration::from_secs(58), longest), Ok(end), "none was taken before");
        assert_eq!(pace.take(start + Duration::from_secs(58), longest), Ok(end + SLOT));
    }
}
