//! Where a list of posts stands that is read newest first, page after page.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::ingest::source::SourceCursor;
use crate::model::Gap;
use crate::store::SourceState;

/// How far the first scan looks back.
const FIRST_WINDOW: TimeDelta = TimeDelta::hours(48);

/// Posts reach the index late, and with the times that their clients claim: so much is read again.
const OVERLAP: TimeDelta = TimeDelta::hours(1);

/// A walk that is longer has lost its way: servers give cursors in circles, too.
const MAX_PAGES: u32 = 200;

/// Everything up to `done` is read, and while a walk is under way also everything above it that is newer than
/// `walk.oldest`. Only a walk that met what is known, or the list's end, moves `done`: whatever interrupts it, nothing in
/// between is taken for read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Milliseconds since 1970.
    done: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    walk: Option<Walk>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Walk {
    /// The newest post that the walk saw: `done` of tomorrow.
    top: i64,
    /// The oldest.
    oldest: i64,
    /// Where the server goes on.
    cursor: String,
    pages: u32,
}

impl Place {
    pub(super) fn of(state: &SourceState, now: DateTime<Utc>) -> Self {
        SourceCursor::kept(state)
            .unwrap_or(Self { done: (now - FIRST_WINDOW).timestamp_millis(), walk: None })
    }

    /// What is older is known.
    pub(super) fn after(&self) -> DateTime<Utc> {
        at(self.done - OVERLAP.num_milliseconds())
    }

    /// The cursor to ask with.
    pub(super) fn cursor(&self) -> Option<&str> {
        self.walk.as_ref().map(|walk| walk.cursor.as_str())
    }

    /// Whether there is more to read before the next new post.
    pub(super) fn walking(&self) -> bool {
        self.walk.is_some()
    }

    /// The place after a page with posts of these times that ended with `cursor`; and what was lost if the walk is given up.
    pub(super) fn next(
        self,
        times: &[DateTime<Utc>],
        cursor: Option<String>,
        now: DateTime<Utc>,
    ) -> (Self, Option<Gap>) {
        let times: Vec<i64> = times.iter().map(DateTime::timestamp_millis).collect();
        let newest =
            times.iter().copied().max().unwrap_or(self.done).min(now.timestamp_millis()).max(self.done);
        let top = self.walk.as_ref().map_or(newest, |walk| walk.top);
        let oldest = times.iter().copied().min();
        let known = oldest.is_some_and(|oldest| oldest <= self.after().timestamp_millis());
        let cursor = cursor.filter(|cursor| !known && Some(cursor.as_str()) != self.cursor());
        let Some(cursor) = cursor else { return (Self { done: top, walk: None }, None) };
        let before = self.walk.as_ref().map_or(newest, |walk| walk.oldest);
        let oldest = oldest.unwrap_or(before).min(before);
        let pages = self.walk.as_ref().map_or(1, |walk| walk.pages + 1);
        let place = Self { done: self.done, walk: Some(Walk { top, oldest, cursor, pages }) };
        if pages >= MAX_PAGES { place.given_up() } else { (place, None) }
    }

    /// The place when the server gives no more of this list: what is between `done` and the oldest post read is lost.
    pub(super) fn given_up(self) -> (Self, Option<Gap>) {
        match self.walk {
            None => (self, None),
            Some(walk) => {
                let gap = Gap { from: at(self.done), until: at(walk.oldest.max(self.done)) };
                (Self { done: walk.top, walk: None }, Some(gap))
            }
        }
    }

    /// The place when the server no longer knows the walk's cursor: it begins anew.
    pub(super) fn begun_anew(self) -> Self {
        Self { done: self.done, walk: None }
    }
}

fn at(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::UNIX_EPOCH)
}
