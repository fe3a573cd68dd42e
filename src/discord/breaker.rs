//! Never ten thousand refusals in ten minutes: that bans an address for a while.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Discord counts 401, 403 and 429 over this time.
const WINDOW: Duration = Duration::from_mins(10);

/// Refusals of the window, counted. With `limit` of them in it, nothing is sent until the oldest leaves it.
#[derive(Debug)]
pub(super) struct Breaker {
    limit: usize,
    refusals: Mutex<VecDeque<Instant>>,
}

impl Breaker {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, refusals: Mutex::new(VecDeque::new()) }
    }

    /// Notes a refusal.
    pub(super) fn note(&self, now: Instant) {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner).push_back(now);
    }

    /// How long nothing may be sent, if so.
    pub(super) fn closed_for(&self, now: Instant) -> Option<Duration> {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        while refusals.front().is_some_and(|at| now.duration_since(*at) >= WINDOW) {
            refusals.pop_front();
        }
        let oldest = refusals.front().filter(|_| refusals.len() >= self.limit)?;
        Some(WINDOW.saturating_sub(now.duration_since(*oldest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_than_the_limit_in_any_window() {
        let start = Instant::now();
        let breaker = Breaker::new(3);
        for minute in 0..3 {
            let at = start + Duration::from_mins(minute);
            assert_eq!(breaker.closed_for(at), None);
            breaker.note(at);
        }
        let at = start + Duration::from_mins(4);
        assert_eq!(breaker.closed_for(at), Some(Duration::from_mins(6)));
        assert_eq!(breaker.closed_for(start + WINDOW), None, "the first one has left the window");
        breaker.note(start + WINDOW);
        assert_eq!(breaker.closed_for(start + WINDOW), Some(Duration::from_mins(1)));
    }
}
