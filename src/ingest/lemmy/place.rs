//! Where the reading of a community stands.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How far the first scan looks back.
const FIRST_WINDOW: TimeDelta = TimeDelta::hours(48);

/// What is older than the newest by less than this is asked for again: a post of another server comes late, with the
/// time at which it was written there.
const OVERLAP: TimeDelta = TimeDelta::hours(1);

/// A time that is later than any clock may be off is no time to go by.
const CLOCK_SKEW: TimeDelta = TimeDelta::hours(1);

/// Posts and comments are two lists, read one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum List {
    #[default]
    Posts,
    Comments,
}

/// Where a community stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The list that is read next.
    #[serde(default)]
    pub(super) turn: List,
    #[serde(default)]
    posts: Stand,
    #[serde(default)]
    comments: Stand,
}

/// Where a list stands. It is given newest first, so while it is walked down `done` does not move; it jumps to where the
/// walk began only when the walk meets what is already read: whatever interrupts, nothing in between is taken for read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Stand {
    /// Everything up to this second is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    walk: Option<Walk>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Walk {
    /// The newest second the walk has seen.
    top: i64,
    /// Down to this second.
    floor: i64,
    /// The next page, as the server names it (posts) or by its number (comments).
    page: String,
}

/// What a page tells about where it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// When its entries were written, as claimed and in their order, without those that are pinned above the others.
    pub(super) times: Vec<DateTime<Utc>>,
    /// The next page; none at the end.
    pub(super) next: Option<String>,
}

impl Place {
    /// The page to ask for; none: the first.
    pub(super) fn page(&self) -> Option<&str> {
        Some(self.stand().walk.as_ref()?.page.as_str())
    }

    /// The place after a page of the list whose turn it was, and whether more waits.
    pub(super) fn next(&self, seen: &Seen, now: DateTime<Utc>) -> (Self, bool) {
        let stand = self.stand().next(seen, now);
        let walks = stand.walk.is_some();
        let mut next = self.clone();
        match self.turn {
            List::Posts => {
                next.posts = stand;
                next.turn = if walks { List::Posts } else { List::Comments };
                (next, true)
            }
            List::Comments => {
                next.comments = stand;
                next.turn = if walks { List::Comments } else { List::Posts };
                (next, walks)
            }
        }
    }

    /// The place without the walk whose page the server does not know any more: it begins again, nothing is lost.
    pub(super) fn without_walk(&self) -> Self {
        let mut next = self.clone();
        match self.turn {
            List::Posts => next.posts.walk = None,
            List::Comments => next.comments.walk = None,
        }
        next
    }

    fn stand(&self) -> &Stand {
        match self.turn {
            List::Posts => &self.posts,
            List::Comments => &self.comments,
        }
    }
}

impl Stand {
    fn next(&self, seen: &Seen, now: DateTime<Utc>) -> Self {
        let latest = (now + CLOCK_SKEW).timestamp();
        let mut times = seen.times.iter().map(DateTime::timestamp).filter(|at| *at <= latest);
        let newest = times.clone().max();
        let last = times.next_back();
        let (top, floor) = match (&self.walk, self.done) {
            (Some(walk), _) => (walk.top, walk.floor),
            (None, Some(done)) => {
                (newest.map_or(done, |at| at.min(now.timestamp()).max(done)), done - OVERLAP.num_seconds())
            }
            (None, None) => {
                let floor = (now - FIRST_WINDOW).timestamp();
                (newest.map_or(floor, |at| at.min(now.timestamp()).max(floor)), floor)
            }
        };
        let turned = self.walk.as_ref().map(|walk| walk.page.as_str());
        match &seen.next {
            // A server that names the same page again must not hold the walk.
            Some(page) if last.is_none_or(|at| at > floor) && turned != Some(page.as_str()) => {
                Self { done: self.done, walk: Some(Walk { top, floor, page: page.clone() }) }
            }
            Some(_) | None => Self { done: Some(top), walk: None },
        }
    }
}
