//! Pacing: how often one host is asked, and what it said about that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// A host that asks for a longer pause is not waited for: the scan ends and comes back later.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Keeps the distance to every host.
#[derive(Debug)]
pub(super) struct Pace {
    per_host_requests: usize,
    interval: Duration,
    // Held for a few lines at a time and never across an await. The order of a hash map decides nothing here.
    hosts: Mutex<HashMap<String, Host>>,
}

#[derive(Debug)]
struct Host {
    places: Arc<Semaphore>,
    /// When the next request may start.
    free_at: Option<Instant>,
    /// The host said: not before.
    blocked_until: Option<Instant>,
}

impl Pace {
    pub(super) fn new(per_host_requests: usize, interval: Duration) -> Self {
        Self { per_host_requests: per_host_requests.max(1), interval, hosts: Mutex::default() }
    }

    fn with<T>(&self, host: &str, f: impl FnOnce(&mut Host) -> T) -> T {
        // What the lock guards is whole after every line that could panic, so a poisoned lock is as good.
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let state = hosts.entry(host.to_owned()).or_insert_with(|| Host {
            places: Arc::new(Semaphore::new(self.per_host_requests)),
            free_at: None,
            blocked_until: None,
        });
        f(state)
    }

    /// Waits for this host's turn. `Err`: the host wants a pause that is too long to wait here.
    pub(super) async fn turn(&self, host: &str) -> Result<OwnedSemaphorePermit, Duration> {
        let places = self.with(host, |state| Arc::clone(&state.places));
        let permit = places.acquire_owned().await.expect("nobody closes this semaphore");
        let start = self.reserve(host, Instant::now())?;
        tokio::time::sleep_until(start).await;
        Ok(permit)
    }

    /// When a request that is wanted at `now` may start; later ones start later.
    fn reserve(&self, host: &str, now: Instant) -> Result<Instant, Duration> {
        self.with(host, |state| {
            let blocked = state.blocked_until.filter(|until| *until > now);
            if let Some(until) = blocked.filter(|until| *until - now > LONGEST_PAUSE) {
                return Err(until - now);
            }
            let start = state.free_at.unwrap_or(now).max(now).max(blocked.unwrap_or(now));
            state.free_at = Some(start + self.interval);
            Ok(start)
        })
    }

    /// The host asked for a pause that begins at `now`.
    pub(super) fn block(&self, host: &str, wait: Duration, now: Instant) {
        self.with(host, |state| {
            let until = now + wait;
            state.blocked_until = Some(state.blocked_until.map_or(until, |old| old.max(until)));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn requests_to_one_host_keep_their_distance_and_others_do_not_wait() {
        let (pace, now) = (Pace::new(2, S), Instant::now());
        let starts: Vec<_> = (0..3).map(|_| pace.reserve("a.example", now).unwrap() - now).collect();
        assert_eq!(starts, [Duration::ZERO, S, 2 * S]);
        assert_eq!(pace.reserve("b.example", now), Ok(now));
        assert_eq!(pace.reserve("a.example", now + 60 * S), Ok(now + 60 * S));
    }

    #[test]
    fn a_long_pause_is_told_and_a_short_one_is_waited_for() {
        let (pace, now) = (Pace::new(2, Duration::ZERO), Instant::now());
        pace.block("a.example", 120 * S, now);
        pace.block("a.example", S, now);
        assert_eq!(pace.reserve("a.example", now), Err(120 * S));
        assert_eq!(pace.reserve("a.example", now + 117 * S), Ok(now + 120 * S));
        assert_eq!(pace.reserve("a.example", now + 121 * S), Ok(now + 121 * S));
        assert_eq!(pace.reserve("b.example", now), Ok(now));
    }
}
