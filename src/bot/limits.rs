//! How often one person, and one channel, is answered.

use std::collections::{BTreeMap, HashSet, VecDeque};

use chrono::{DateTime, Duration, Utc};

/// So many answers at once, refilled evenly over the span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// Answers.
    pub answers: u32,
    /// In so many seconds.
    pub seconds: u32,
}

impl Rate {
    /// One person's.
    pub(super) const USER: Self = Self { answers: 8, seconds: 30 };
    /// A whole channel's.
    pub(super) const CHANNEL: Self = Self { answers: 20, seconds: 30 };

    fn per_millisecond(self) -> f64 {
        f64::from(self.answers) / (f64::from(self.seconds) * 1_000.0)
    }
}

/// People and channels remembered: the memory of a flood stays bounded.
const REMEMBERED: usize = 20_000;

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: DateTime<Utc>,
}

#[derive(Debug)]
struct Buckets {
    rate: Rate,
    by_id: BTreeMap<u64, Bucket>,
}

impl Buckets {
    fn filled(&self, id: u64, now: DateTime<Utc>) -> f64 {
        let full = f64::from(self.rate.answers);
        self.by_id.get(&id).map_or(full, |bucket| self.level(*bucket, now))
    }

    fn level(&self, bucket: Bucket, now: DateTime<Utc>) -> f64 {
        let passed = (now - bucket.at).num_milliseconds().max(0) as f64;
        (bucket.left + passed * self.rate.per_millisecond()).min(f64::from(self.rate.answers))
    }

    fn take(&mut self, id: u64, left: f64, now: DateTime<Utc>) {
        if self.by_id.len() >= REMEMBERED && !self.by_id.contains_key(&id) {
            let full = f64::from(self.rate.answers);
            let idle: Vec<u64> =
                self.by_id.iter().filter(|(_, b)| self.level(**b, now) >= full).map(|(id, _)| *id).collect();
            for id in idle {
                self.by_id.remove(&id);
            }
            // All of them are busy: forgetting is kinder than refusing.
            if self.by_id.len() >= REMEMBERED {
                self.by_id.clear();
            }
        }
        self.by_id.insert(id, Bucket { left: left - 1.0, at: now });
    }

    /// When one answer is there again.
    fn ready_at(&self, left: f64, now: DateTime<Utc>) -> DateTime<Utc> {
        now + Duration::milliseconds(((1.0 - left) / self.rate.per_millisecond()).ceil() as i64)
    }
}

/// Who asked how often lately. In memory: a restart forgives everyone.
#[derive(Debug)]
pub(super) struct Limits {
    users: Buckets,
    channels: Buckets,
}

impl Default for Limits {
    fn default() -> Self {
        let of = |rate| Buckets { rate, by_id: BTreeMap::new() };
        Self { users: of(Rate::USER), channels: of(Rate::CHANNEL) }
    }
}

impl Limits {
    /// Counts one question; else says when to ask again.
    pub(super) fn ask(&mut self, user: u64, channel: u64, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let (of_user, of_channel) = (self.users.filled(user, now), self.channels.filled(channel, now));
        let waits = [
            (of_user < 1.0).then(|| self.users.ready_at(of_user, now)),
            (of_channel < 1.0).then(|| self.channels.ready_at(of_channel, now)),
        ];
        if let Some(at) = waits.into_iter().flatten().max() {
            return Err(at);
        }
        self.users.take(user, of_user, now);
        self.channels.take(channel, of_channel, now);
        Ok(())
    }
}

/// Interactions that were taken up: one that is dispatched twice is answered once.
#[derive(Debug, Default)]
pub(super) struct Seen {
    ids: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Seen {
    /// Whether this one is new. The newest few thousand are remembered; tokens live for minutes.
    pub(super) fn first(&mut self, id: u64) -> bool {
        if !self.ids.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > 4_096
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        DateTime::from_timestamp(1_900_000_000, 0).unwrap()
    }

    #[test]
    fn eight_answers_at_once_then_one_every_few_seconds() {
        let mut limits = Limits::default();
        for _ in 0..8 {
            assert_eq!(limits.ask(1, 10, noon()), Ok(()));
        }
        let again = limits.ask(1, 10, noon()).unwrap_err();
        assert_eq!(again, noon() + Duration::milliseconds(3_750));
        assert!(limits.ask(1, 10, again - Duration::milliseconds(1)).is_err());
        assert_eq!(limits.ask(1, 10, again), Ok(()));
        assert_eq!(limits.ask(2, 10, noon()), Ok(()), "somebody else is not held up");
    }

    #[test]
    fn a_channel_full_of_people_is_held_back_together() {
        let mut limits = Limits::default();
        for user in 0..20 {
            assert_eq!(limits.ask(user, 10, noon()), Ok(()));
        }
        assert!(limits.ask(99, 10, noon()).is_err());
        assert_eq!(limits.ask(99, 11, noon()), Ok(()));
        assert_eq!(limits.ask(99, 10, noon() + Duration::seconds(30)), Ok(()));
    }

    #[test]
    fn a_flood_of_names_does_not_grow_for_ever() {
        let mut limits = Limits::default();
        for user in 0..50_000 {
            assert_eq!(limits.ask(user, user, noon()), Ok(()));
        }
        assert!(limits.users.by_id.len() <= REMEMBERED && limits.channels.by_id.len() <= REMEMBERED);
    }

    #[test]
    fn an_interaction_is_new_once() {
        let mut seen = Seen::default();
        assert!(seen.first(5) && !seen.first(5) && seen.first(6));
        for id in 100..10_000 {
            seen.first(id);
        }
        assert_eq!(seen.ids.len(), seen.order.len());
        assert!(seen.ids.len() <= 4_096);
    }
}
