//! Where the reading of a subreddit stands.
//!
//! Listings are newest first and end after about a thousand things. A walk goes back from the newest until it meets the
//! time that is read already; only then does `done` jump to where the walk began, so whatever interrupts it, nothing in
//! between is taken for read. `before=` is never asked: when its anchor is deleted, nothing seems to be new for ever.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::Gap;

/// How far the first scan looks back.
const FIRST_WINDOW_S: i64 = 48 * 60 * 60;

/// Reddit was opened in June 2005: older dates are mistakes.
const OPENED: i64 = 1_117_584_000;

/// Dates further ahead than this are mistakes.
const SKEW_S: i64 = 120;

/// A listing that ends after this many things was cut off: what was removed since is missing from the thousand.
const CUT_OFF: usize = 800;

/// A thousand things are ten pages.
const MAX_PAGES: usize = 12;

/// Pages end with so many things older than the horizon before the walk does: one odd date decides nothing.
const AGREEING: usize = 3;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    #[serde(default)]
    pub(super) posts: Track,
    #[serde(default)]
    pub(super) comments: Track,
    /// The scan (its time in milliseconds) that read the posts to their end: comments come next in it. Another scan
    /// begins with posts, so that comments that fail do not hold them up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) posts_read_at: Option<i64>,
}

/// One of the two listings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Track {
    /// Everything up to this second is read; nothing yet if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) done: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) walk: Option<Walk>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Walk {
    /// The newest second it has seen: `done` of tomorrow.
    top: Option<i64>,
    /// The oldest.
    oldest: Option<i64>,
    /// The next page begins after this thing; at the newest if there is none.
    after: Option<String>,
    items: usize,
    pages: usize,
    /// Whether it had to begin again, because the thing to go on after was gone.
    #[serde(default)]
    again: bool,
}

/// What a page shows of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// When its things were created, in the order of the page; pinned ones are not among them.
    pub(super) times: Vec<i64>,
    pub(super) items: usize,
    pub(super) after: Option<String>,
}

impl Track {
    pub(super) fn after(&self) -> Option<&str> {
        self.walk.as_ref()?.after.as_deref()
    }

    /// What is older than this second is read already, or never will be.
    pub(super) fn horizon(&self, overlap_s: i64, now: DateTime<Utc>) -> i64 {
        self.done.map_or(now.timestamp() - FIRST_WINDOW_S, |done| done - overlap_s)
    }

    /// Where the track stands after a page, and the time that it can never read.
    pub(super) fn next(&self, seen: &Seen, overlap_s: i64, now: DateTime<Utc>) -> (Self, Option<Gap>) {
        let sane = |at: &i64| (OPENED..=now.timestamp() + SKEW_S).contains(at);
        let times: Vec<i64> = seen.times.iter().copied().filter(sane).collect();
        let before = self.walk.clone().unwrap_or_default();
        let newest = times.iter().copied().max().map(|at| at.min(now.timestamp()));
        let walk = Walk {
            top: before.top.max(newest),
            oldest: [before.oldest, times.iter().copied().min()].into_iter().flatten().min(),
            after: seen.after.clone(),
            items: before.items + seen.items,
            pages: before.pages + 1,
            again: before.again,
        };
        let end = Self { done: self.done.max(walk.top), walk: None };
        let last = times.iter().rev().take(AGREEING).max();
        if last.is_some_and(|at| *at <= self.horizon(overlap_s, now)) {
            return (end, None);
        }
        let repeats = seen.after.is_some() && seen.after == before.after;
        if seen.after.is_some() && !repeats && walk.pages < MAX_PAGES {
            return (Self { done: self.done, walk: Some(walk) }, None);
        }
        // The thing to go on after is out of reach by now: once more from the newest.
        let lost = before.after.is_some() && (repeats || seen.items == 0);
        if lost && !before.again {
            let walk = Walk { after: None, items: 0, pages: 0, again: true, ..walk };
            return (Self { done: self.done, walk: Some(walk) }, None);
        }
        let cut_off = walk.items >= CUT_OFF || walk.pages >= MAX_PAGES || repeats;
        let gap = self.done.zip(walk.oldest).filter(|(done, oldest)| cut_off && done < oldest);
        let time = |s| DateTime::from_timestamp(s, 0);
        (end, gap.and_then(|(from, until)| Some(Gap { from: time(from)?, until: time(until)? })))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_931_540_400;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(NOW, 0).unwrap()
    }

    fn seen(times: &[i64], after: Option<&str>) -> Seen {
        Seen { times: times.to_vec(), items: times.len(), after: after.map(str::to_owned) }
    }

    fn read_to(done: i64) -> Track {
        Track { done: Some(done), walk: None }
    }

    #[test]
    fn odd_dates_neither_move_the_cursor_nor_end_the_walk() {
        let track = read_to(NOW - 5_000);
        let odd = seen(&[NOW - 10, 4_000_000_000, NOW - 20, 0, NOW - 30, -7, NOW - 40_000], Some("t3_a"));
        let (next, gap) = track.next(&odd, 900, now());
        assert_eq!((next.done, gap), (Some(NOW - 5_000), None));
        let walk = next.walk.clone().unwrap();
        assert_eq!(
            (walk.top, walk.after.as_deref()),
            (Some(NOW - 10), Some("t3_a")),
            "one old date is an odd one"
        );
        let (next, _) = next.next(&seen(&[NOW - 6_000, NOW - 6_001, NOW - 6_002], Some("t3_b")), 900, now());
        assert_eq!(next, read_to(NOW - 10));
    }

    #[test]
    fn a_listing_that_breaks_off_is_walked_once_more_and_then_believed() {
        let (walking, _) = read_to(NOW - 5_000).next(&seen(&[NOW - 10], Some("t3_a")), 900, now());
        let (again, gap) = walking.next(&seen(&[], None), 900, now());
        assert_eq!((again.after(), again.done, gap), (None, Some(NOW - 5_000), None));
        assert!(again.walk.as_ref().is_some_and(|walk| walk.again));
        let (walking, _) = again.next(&seen(&[NOW - 5, NOW - 10], Some("t3_c")), 900, now());
        let (end, gap) = walking.next(&seen(&[], None), 900, now());
        assert_eq!((end, gap), (read_to(NOW - 5), None));
    }

    #[test]
    fn what_lies_behind_the_end_of_a_long_listing_is_a_gap() {
        let mut track = read_to(NOW - 500_000);
        for page in 0..10_i64 {
            let times: Vec<i64> = (0..100).map(|n| NOW - page * 1_000 - n * 10).collect();
            let after = (page < 9).then(|| format!("t3_{page}"));
            let (next, gap) = track.next(&seen(&times, after.as_deref()), 900, now());
            track = next;
            assert_eq!(gap.is_some(), page == 9);
            if let Some(gap) = gap {
                assert_eq!((gap.from.timestamp(), gap.until.timestamp()), (NOW - 500_000, NOW - 9_990));
            }
        }
        assert_eq!(track, read_to(NOW));
        // A first scan has promised nothing.
        let full: Vec<i64> = (0..900).map(|n| NOW - n).collect();
        assert_eq!(Track::default().next(&seen(&full, None), 900, now()), (read_to(NOW), None));
    }

    proptest! {
        #[test]
        fn a_walk_ends_and_never_goes_back(
            pages in proptest::collection::vec((proptest::collection::vec(any::<i64>(), 0..5), proptest::option::of("[a-c]")), 40..41),
            done in proptest::option::of(0..NOW),
        ) {
            let mut track = Track { done, walk: None };
            let mut ended = false;
            for (times, after) in pages {
                let (next, _) = track.next(&seen(&times, after.as_deref()), 900, now());
                prop_assert!(next.done >= track.done && next.done <= Some(NOW));
                prop_assert!(next.walk.is_none() || next.done == track.done);
                track = next;
                ended |= track.walk.is_none();
            }
            prop_assert!(ended);
        }
    }
}
