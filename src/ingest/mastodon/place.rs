//! Where the reading of a timeline stands.

use std::cmp::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How far the first scan looks back.
const FIRST_WINDOW: TimeDelta = TimeDelta::hours(48);

/// What came in during this time is read again: a status that a server fetches later gets an id of its own past.
const OVERLAP: TimeDelta = TimeDelta::minutes(30);

/// A time that is later than any clock may be off is no time to go by.
const CLOCK_SKEW: TimeDelta = TimeDelta::hours(24);

/// Which of two ids of one server is newer: the longer one, else the one that sorts later.
pub(super) fn by_age(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Where a timeline stands. A round begins at `again`, and whatever interrupts it, only its walk has moved: nothing in
/// between is taken for read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Where rounds begin; all up to here is read. None before the first round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    again: Option<String>,
    /// Where a round ended a while ago: the next beginning, once it is old enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mark: Option<Mark>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    walk: Option<Walk>,
    /// The second at which the walk began: what came later may lie behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    begun: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    id: String,
    /// Seconds.
    at: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Walk {
    /// From `top`, where it began, down to `floor`. All between `top` and `until` is read.
    Down { top: String, until: String, floor: Floor },
    /// Upwards, page by page. All up to `at` is read.
    Up { at: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Floor {
    /// The first scan: what was written before this second is too old.
    Time(i64),
    /// A server that cannot be asked for what comes next: what is already read.
    Id(String),
}

/// What to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Newest,
    Below(String),
    Above(String),
}

/// What a page tells about where it stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Ids of all its statuses, also of those that are no records.
    pub(super) ids: Vec<String>,
    /// When they were written, as claimed.
    pub(super) times: Vec<DateTime<Utc>>,
    /// Whether the server says that no older page follows.
    pub(super) is_last: bool,
}

impl Seen {
    /// When the page was written: what came late and whose clock is wrong says nothing of the rest.
    fn middle(&self) -> Option<DateTime<Utc>> {
        let mut times = self.times.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied()
    }
}

impl Place {
    pub(super) fn walks(&self) -> bool {
        self.walk.is_some()
    }

    pub(super) fn ask(&self) -> Ask {
        match (&self.walk, &self.again) {
            (Some(Walk::Down { until, .. }), _) => Ask::Below(until.clone()),
            (Some(Walk::Up { at }), _) => Ask::Above(at.clone()),
            (None, Some(again)) => Ask::Above(again.clone()),
            (None, None) => Ask::Newest,
        }
    }

    /// The place after a page that was asked for with [`Place::ask`]. A place without a walk has caught up.
    pub(super) fn next(&self, seen: &Seen, now: DateTime<Utc>) -> Self {
        let begun = self.begun.filter(|_| self.walks()).unwrap_or_else(|| now.timestamp());
        Self { begun: Some(begun), ..self.clone() }.after(seen, now)
    }

    fn after(&self, seen: &Seen, now: DateTime<Utc>) -> Self {
        let newest = seen.ids.iter().max_by(|a, b| by_age(a, b)).cloned();
        let oldest = seen.ids.iter().min_by(|a, b| by_age(a, b)).cloned();
        match (self.ask(), newest, oldest) {
            (Ask::Above(at), Some(newest), _) if by_age(&newest, &at).is_gt() => {
                self.on(Walk::Up { at: newest })
            }
            // Nothing newer, and yet something: this server always gives its newest, and what lies below that page
            // was jumped over.
            (Ask::Above(at), Some(_), Some(oldest)) => match &self.again {
                Some(again) if by_age(&oldest, again).is_gt() => {
                    self.on(Walk::Down { top: at, until: oldest, floor: Floor::Id(again.clone()) })
                }
                Some(_) | None => self.caught_up(at, now),
            },
            (Ask::Above(at), _, _) => self.caught_up(at, now),
            (Ask::Newest | Ask::Below(_), newest, oldest) => self.down(newest, oldest, seen, now),
        }
    }

    fn down(&self, newest: Option<String>, oldest: Option<String>, seen: &Seen, now: DateTime<Utc>) -> Self {
        // For the first round there is no mark of a while ago that could stand for its overlap: the next one begins at the
        // end of the page that is as old as that.
        let is_young = match &self.walk {
            None => true,
            Some(Walk::Down { floor: Floor::Time(_), .. }) => seen
                .middle()
                .is_some_and(|at| at.timestamp() > self.begun.unwrap_or_default() - OVERLAP.num_seconds()),
            Some(_) => false,
        };
        let begun = match &oldest {
            Some(oldest) if is_young => Self { again: Some(oldest.clone()), ..self.clone() },
            Some(_) | None => self.clone(),
        };
        let (top, until, floor) = match (&self.walk, newest) {
            (Some(Walk::Down { top, until, floor }), _) => (top.clone(), Some(until), floor.clone()),
            (Some(Walk::Up { .. }) | None, Some(newest)) => {
                (newest, None, Floor::Time((now - FIRST_WINDOW).timestamp()))
            }
            // Nothing was ever said with this tag: the next scan is a first one again.
            (Some(Walk::Up { .. }) | None, None) => return Self { begun: None, ..self.clone() },
        };
        let below = if seen.is_last { None } else { oldest };
        // A server that repeats itself must not hold the walk.
        let below = below.filter(|id| until.is_none_or(|until| by_age(id, until).is_lt()));
        let more = match (&floor, &below) {
            (Floor::Id(floor), Some(below)) => by_age(below, floor).is_gt(),
            // One old status on a page says nothing: it may have come to this server late.
            (Floor::Time(floor), Some(_)) => {
                seen.times.iter().any(|at| at.timestamp() >= *floor && *at <= now + CLOCK_SKEW)
            }
            (_, None) => false,
        };
        match below {
            Some(until) if more => begun.on(Walk::Down { top, until, floor }),
            Some(_) | None => begun.caught_up(top, now),
        }
    }

    fn on(&self, walk: Walk) -> Self {
        Self { walk: Some(walk), ..self.clone() }
    }

    /// All up to `id` is read, but for what came with an id of the past after the walk had gone by.
    fn caught_up(&self, id: String, now: DateTime<Utc>) -> Self {
        let at = now.timestamp();
        let begun = self.begun.unwrap_or(at);
        match &self.mark {
            Some(mark) if (0..OVERLAP.num_seconds()).contains(&(begun - mark.at)) => {
                Self { walk: None, begun: None, ..self.clone() }
            }
            Some(mark) => {
                // A round that found nothing ends where it began.
                let id = if by_age(&mark.id, &id).is_gt() { mark.id.clone() } else { id };
                Self { again: Some(mark.id.clone()), mark: Some(Mark { id, at }), walk: None, begun: None }
            }
            None => {
                let again = self.again.clone().unwrap_or_else(|| id.clone());
                Self { again: Some(again), mark: Some(Mark { id, at }), walk: None, begun: None }
            }
        }
    }
}
