//! How far a stream has been read, by the times of its events.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

/// Smaller values are sequence numbers of version 2, which differ from host to host, and no times.
pub(super) const FIRST_TIME_US: i64 = 1_000_000_000_000_000;

/// An event that claims to be further ahead of us than this tells nothing about time.
const MAX_AHEAD_US: i64 = 3_600_000_000;

/// Events whose middle says where the stream stands: one with a wrong time must not move a cursor, forward or back.
const WINDOW: usize = 15;

/// Where a stream stands. Events come nearly in order, some seconds to and fro.
#[derive(Debug, Default)]
pub(super) struct Reached {
    recent: VecDeque<i64>,
    /// The lowest time of the first events since the connection stands, and how many there were.
    first: Option<(i64, usize)>,
}

impl Reached {
    /// Takes an event's time; `false` if it cannot be one.
    pub(super) fn saw(&mut self, time_us: i64, now: DateTime<Utc>) -> bool {
        if time_us < FIRST_TIME_US || time_us > now.timestamp_micros().saturating_add(MAX_AHEAD_US) {
            return false;
        }
        if self.recent.len() == WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back(time_us);
        self.first = match self.first {
            None => Some((time_us, 1)),
            Some((first, n)) if n < WINDOW => Some((first.min(time_us), n + 1)),
            known => known,
        };
        true
    }

    /// The time up to which everything was seen, but for what comes late.
    pub(super) fn time_us(&self) -> Option<i64> {
        let mut times = [0; WINDOW];
        let times = times.get_mut(..self.recent.len())?;
        times.iter_mut().zip(&self.recent).for_each(|(to, from)| *to = *from);
        times.sort_unstable();
        times.get(times.len().checked_sub(1)? / 2).copied()
    }

    /// Whether so many events were seen that one wrong time among them changes nothing.
    pub(super) fn is_sure(&self) -> bool {
        self.recent.len() == WINDOW
    }

    /// The time at which this connection began to tell.
    pub(super) fn first_us(&self) -> Option<i64> {
        self.first.map(|(first, _)| first)
    }

    /// A new connection: it may begin elsewhere.
    pub(super) fn reconnected(&mut self) {
        *self = Self::default();
    }
}

/// Microseconds as a time.
pub(super) fn time_of(us: i64) -> Option<DateTime<Utc>> {
    (us >= FIRST_TIME_US).then(|| DateTime::from_timestamp_micros(us)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_time_moves_nothing() {
        let now = DateTime::from_timestamp(1_931_540_400, 0).unwrap();
        let now_us = now.timestamp_micros();
        let mut reached = Reached::default();
        assert_eq!(reached.time_us(), None);
        for n in 0..20 {
            assert!(reached.saw(now_us - 60_000_000 + n * 1_000, now));
        }
        let before = reached.time_us().unwrap();
        assert!((now_us - 60_000_000..now_us - 59_000_000).contains(&before));
        for wrong in [0, 30_340_180_350, now_us + 3 * MAX_AHEAD_US, i64::MAX, i64::MIN] {
            assert!(!reached.saw(wrong, now), "{wrong}");
        }
        assert_eq!(reached.time_us(), Some(before));
        // In range, and wrong all the same.
        assert!(reached.saw(now_us, now) && reached.saw(FIRST_TIME_US, now));
        assert!((reached.time_us().unwrap() - before).abs() < 10_000);
        assert_eq!(reached.first_us(), Some(now_us - 60_000_000));
    }

    #[test]
    fn a_single_event_is_where_the_stream_stands() {
        let now = DateTime::from_timestamp(1_931_540_400, 0).unwrap();
        let mut reached = Reached::default();
        assert!(reached.saw(1_931_540_399_000_000, now));
        assert_eq!(reached.time_us(), Some(1_931_540_399_000_000));
        reached.reconnected();
        assert_eq!((reached.time_us(), reached.first_us()), (None, None));
    }
}
