//! What became of a page of records.

use std::ops::AddAssign;

/// Counts of what storing records did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// Not known before.
    pub new: u64,
    /// Known, with a changed text.
    pub revised: u64,
    /// Known and the same.
    pub unchanged: u64,
    /// Turned into tombstones.
    pub gone: u64,
    /// Said to be deleted, but never stored.
    pub unknown_deleted: u64,
    /// By authors who asked to be left out; not stored.
    pub left_out: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.revised += other.revised;
        self.unchanged += other.unchanged;
        self.gone += other.gone;
        self.unknown_deleted += other.unknown_deleted;
        self.left_out += other.left_out;
    }
}
