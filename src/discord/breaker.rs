//! Never ten thousand refusals in ten minutes: that bans an address for a while.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// Discord counts 401, 403 and 429 over this time.
const WINDOW: Duration = Duration::from_mins(10);

/// Refusals of the window, counted. With `limit` of them in it, nothing is sent until the oldest leaves it.
#[derive(Debug)]
pub(super) struct Breaker {
    limit: usize,
    count: Mutex<Count>,
    /// An answer has come.
    answered: Notify,
}

#[derive(Debug, Default)]
struct Count {
    refusals: VecDeque<Instant>,
    /// Requests without an answer: each may yet be refused.
    under_way: usize,
}

/// The right to one request. It ends with the answer.
#[derive(Debug)]
pub(super) struct Ticket<'a>(&'a Breaker);

/// Why there is no ticket.
#[derive(Debug, PartialEq, Eq)]
enum Closed {
    For(Duration),
    /// Were all that is under way refused, it would be too much.
    UntilAnAnswer,
}

impl Breaker {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, count: Mutex::default(), answered: Notify::new() }
    }

    fn count(&self) -> MutexGuard<'_, Count> {
        // It only counts: a panic while it was held leaves it usable.
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A ticket for one request, or how long there will be none.
    pub(super) async fn ticket(&self) -> Result<Ticket<'_>, Duration> {
        loop {
            let answered = self.answered.notified();
            match self.admit(Instant::now()) {
                Ok(ticket) => return Ok(ticket),
                Err(Closed::For(time)) => return Err(time),
                Err(Closed::UntilAnAnswer) => answered.await,
            }
        }
    }

    fn admit(&self, now: Instant) -> Result<Ticket<'_>, Closed> {
        let mut count = self.count();
        while count.refusals.front().is_some_and(|at| now.duration_since(*at) >= WINDOW) {
            count.refusals.pop_front();
        }
        if let Some(oldest) = count.refusals.front().filter(|_| count.refusals.len() >= self.limit) {
            return Err(Closed::For(WINDOW.saturating_sub(now.duration_since(*oldest))));
        }
        if count.refusals.len() + count.under_way >= self.limit {
            return Err(Closed::UntilAnAnswer);
        }
        count.under_way += 1;
        Ok(Ticket(self))
    }
}

impl Ticket<'_> {
    /// The request was refused.
    pub(super) fn refused(&self, now: Instant) {
        self.0.count().refusals.push_back(now);
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut count = self.0.count();
        count.under_way = count.under_way.saturating_sub(1);
        drop(count);
        self.0.answered.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuse(breaker: &Breaker, at: Instant) -> Result<(), Closed> {
        breaker.admit(at).map(|ticket| ticket.refused(at))
    }

    #[test]
    fn never_more_than_the_limit_in_any_window() {
        let start = Instant::now();
        let breaker = Breaker::new(3);
        for minute in 0..3 {
            assert_eq!(refuse(&breaker, start + Duration::from_mins(minute)), Ok(()));
        }
        let at = start + Duration::from_mins(4);
        assert_eq!(refuse(&breaker, at), Err(Closed::For(Duration::from_mins(6))));
        assert_eq!(refuse(&breaker, start + WINDOW), Ok(()), "the first one has left the window");
        assert_eq!(refuse(&breaker, start + WINDOW), Err(Closed::For(Duration::from_mins(1))));
    }

    #[test]
    fn what_is_under_way_counts_until_it_is_answered() {
        let now = Instant::now();
        let breaker = Breaker::new(3);
        let first = breaker.admit(now).unwrap();
        let _second = breaker.admit(now).unwrap();
        let _third = breaker.admit(now).unwrap();
        assert_eq!(breaker.admit(now).unwrap_err(), Closed::UntilAnAnswer);
        drop(first);
        assert!(breaker.admit(now).is_ok(), "it was answered, and not refused");
    }

    #[test]
    fn twelve_hundred_deliveries_are_refused_a_thousand_times_in_ten_minutes() {
        let breaker = Breaker::new(1_000);
        let start = Instant::now();
        let mut refused = Vec::new();
        // Thirty-two at a time, each answered a tenth of a second later; who is turned away asks again a minute later.
        let mut waiting: VecDeque<Instant> = std::iter::repeat_n(start, 1_200).collect();
        while !waiting.is_empty() {
            let mut tickets = Vec::new();
            for asked in waiting.drain(..waiting.len().min(32)).collect::<Vec<_>>() {
                match breaker.admit(asked) {
                    Ok(ticket) => tickets.push((ticket, asked + Duration::from_millis(100))),
                    Err(_) => waiting.push_back(asked + Duration::from_mins(1)),
                }
            }
            for (ticket, answered) in tickets {
                ticket.refused(answered);
                refused.push(answered);
            }
        }
        assert_eq!(refused.len(), 1_200, "everything is tried in the end");
        refused.sort_unstable();
        let most = refused
            .iter()
            .map(|from| refused.iter().filter(|at| (*from..*from + WINDOW).contains(at)).count());
        assert_eq!(most.max(), Some(1_000));
    }
}
