//! Numbers that look like chance and are the same in every run.

use chrono::{DateTime, TimeDelta, Utc};

/// SplitMix64.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of(seed: u64) -> Self {
        Self(seed)
    }

    /// A number in `0..below`.
    pub(super) fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below.max(1)
    }

    /// True once in `n` throws.
    pub(super) fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// A moment in `[from, until)`.
    pub(super) fn moment(&mut self, from: DateTime<Utc>, until: DateTime<Utc>) -> DateTime<Utc> {
        let span = (until - from).num_milliseconds().max(1).unsigned_abs();
        from + TimeDelta::milliseconds(self.below(span).cast_signed())
    }

    /// So many moments in `[from, until)`, in order.
    pub(super) fn moments(
        &mut self,
        n: u64,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Vec<DateTime<Utc>> {
        let mut all: Vec<_> = (0..n).map(|_| self.moment(from, until)).collect();
        all.sort();
        all
    }
}
