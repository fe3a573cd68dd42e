//! A desk of invented topics: its platforms, how they were read, and what was planted.
//!
//! Time is in minutes from the start of the world, a Monday at midnight. Four weeks are history, then come the months
//! that are judged.

use chrono::{DateTime, TimeDelta, Utc};
use newsdesk::model::{Platform, SourceClass};
use newsdesk::signal::observation::Observation;

use crate::dice::Dice;
use crate::topic::{self, Topic};

/// History before the first tick, in days.
pub(crate) const HISTORY_DAYS: i64 = 29;
/// Days in a month.
pub(crate) const MONTH_DAYS: i64 = 30;
/// Minutes in a day.
pub(crate) const DAY: f64 = 1440.0;
/// Sources are read this often.
const POLL: f64 = 15.0;

/// The platforms of a desk: which, what kind of speech, records a day that are not of its topics.
pub(crate) const PLATFORMS: [(Platform, SourceClass, f64); 5] = [
    (Platform::Reddit, SourceClass::Forum, 800.0),
    (Platform::Bluesky, SourceClass::Social, 1500.0),
    (Platform::HackerNews, SourceClass::Forum, 300.0),
    (Platform::Mastodon, SourceClass::Social, 200.0),
    (Platform::Feed, SourceClass::Publication, 120.0),
];

/// What disturbed a topic, for the table; of several the first is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Nuisance {
    OnePlace,
    Copies,
    Syndicated,
    Loud,
    Backfill,
    Circular,
    Recurring,
    Outage,
    NewPlatform,
    ThinHistory,
}

impl Nuisance {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Copies => "copy campaign of 1 to 3 accounts",
            Self::Syndicated => "one text by 8 to 30 accounts",
            Self::Loud => "one loud account",
            Self::Backfill => "backfill",
            Self::Circular => "people quoting our story",
            Self::Recurring => "weekly thread",
            Self::OnePlace => "one place alone is loud",
            Self::Outage => "outage of a platform",
            Self::NewPlatform => "platform read for the first time",
            Self::ThinHistory => "first week of a topic",
        }
    }
}

/// A stretch of minutes with something in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) from: f64,
    pub(crate) to: f64,
}

impl Span {
    pub(crate) fn contains(self, at: f64) -> bool {
        self.from <= at && at < self.to
    }
    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }
}

/// How a platform failed.
#[derive(Clone, Copy, Debug)]
struct Outage {
    span: Span,
    /// What was published meanwhile is read afterwards.
    caught_up: bool,
    /// Only the general sources of the desk failed; those of the topics were read.
    general_only: bool,
}

/// How a platform was read over the whole time.
#[derive(Debug)]
pub(crate) struct Reading {
    outages: Vec<Outage>,
    /// Read from here on.
    pub(crate) connected: f64,
    /// Coverage at the end against the start, reached steadily.
    growth: f64,
    /// Coverage jumps by this factor …
    step: f64,
    /// … at this time.
    step_at: f64,
}

impl Reading {
    fn invent(dice: &mut Dice, index: usize, end: f64) -> Self {
        let mut outages = Vec::new();
        let mut at = dice.exponential(20.0 * DAY);
        while at < end {
            let length = dice.log_between(90.0, 3.0 * DAY);
            let span = Span { from: at, to: at + length };
            outages.push(Outage { span, caught_up: dice.chance(0.5), general_only: dice.chance(0.3) });
            at += length + dice.exponential(20.0 * DAY);
        }
        let live = HISTORY_DAYS as f64 * DAY;
        let late = index >= 2 && dice.chance(0.08);
        Self {
            outages,
            connected: if late { dice.between(live, live + 20.0 * DAY) } else { 0.0 },
            growth: if dice.chance(0.4) { dice.between(1.3, 3.0) } else { 1.0 },
            step: if dice.chance(0.15) { dice.between(1.3, 1.8) } else { 1.0 },
            step_at: dice.between(0.0, end),
        }
    }

    /// How much of the platform was read at a time, against the start.
    pub(crate) fn coverage(&self, at: f64, end: f64) -> f64 {
        let steady = 1.0 + (self.growth - 1.0) * at / end;
        if at >= self.connected { steady * if at >= self.step_at { self.step } else { 1.0 } } else { 0.0 }
    }

    /// When a record published at `at` is seen; `None` if never.
    pub(crate) fn seen(&self, at: f64, general: bool) -> Option<f64> {
        let poll = |at: f64| (at / POLL).ceil() * POLL;
        let mut seen = poll(at);
        for outage in self.outages.iter().filter(|o| general || !o.general_only) {
            if outage.span.contains(seen) {
                if !outage.caught_up {
                    return None;
                }
                seen = poll(outage.span.to);
            }
        }
        (at >= self.connected).then_some(seen)
    }

    /// Whether its last good answer is more than an hour old.
    pub(crate) fn is_stale(&self, at: f64) -> bool {
        self.outages.iter().any(|o| Span { from: o.span.from + 60.0, to: o.span.to }.contains(at))
    }

    pub(crate) fn outages(&self) -> impl Iterator<Item = Span> + '_ {
        self.outages.iter().map(|o| o.span)
    }
}

/// A record of the desk that is of none of its topics.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest {
    pub(crate) platform: usize,
    pub(crate) published: f64,
    pub(crate) seen: f64,
}

/// A desk with everything that it will ever see.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) topics: Vec<Topic>,
    pub(crate) readings: Vec<Reading>,
    /// In order of sight.
    pub(crate) rest: Vec<Rest>,
    pub(crate) end: f64,
}

/// The start of the world: a Monday.
pub(crate) fn time(minutes: f64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
        + TimeDelta::days(4 + 7 * 3000)
        + TimeDelta::milliseconds((minutes * 60_000.0) as i64)
}

/// Between 0 at the bottom of a day's rhythm and its top.
pub(crate) fn rhythm(at: f64, peak: f64, depth: f64) -> f64 {
    let angle = std::f64::consts::TAU * (at / DAY - peak);
    (1.0 + depth * (angle.cos() + 0.25 * (2.0 * angle).cos())).max(0.05)
}

impl World {
    /// Invents a desk of `n` topics, read for `months` after its history.
    pub(crate) fn invent(seed: u64, desk: u64, n: usize, months: i64) -> Self {
        let mut dice = Dice::new(seed, desk * 1000);
        let end = (HISTORY_DAYS + months * MONTH_DAYS) as f64 * DAY;
        let readings: Vec<Reading> =
            (0..PLATFORMS.len()).map(|index| Reading::invent(&mut dice, index, end)).collect();
        let mut rest = Vec::new();
        for (platform, ((_, _, per_day), reading)) in PLATFORMS.iter().zip(&readings).enumerate() {
            let (peak, weekend) = (dice.between(0.45, 0.75), dice.between(0.6, 1.0));
            let mut at = 0.0;
            while at < end {
                let weekday = if (at / DAY) as i64 % 7 >= 5 { weekend } else { 1.0 };
                let read = reading.coverage(at, end) * dice.gamma(0.02);
                let mean = per_day / 144.0 * rhythm(at, peak, 0.5) * weekday * read;
                for _ in 0..dice.poisson(mean) {
                    let published = at + dice.between(0.0, 10.0);
                    if let Some(seen) = reading.seen(published, true) {
                        rest.push(Rest { platform, published, seen });
                    }
                }
                at += 10.0;
            }
        }
        rest.sort_by(|a, b| a.seen.total_cmp(&b.seen).then(a.published.total_cmp(&b.published)));
        let topics =
            (0..n).map(|i| topic::invent(seed, desk * 1000 + 1 + i as u64, &readings, end)).collect();
        Self { topics, readings, rest, end }
    }
}

/// Orders records as the desk saw them.
pub(crate) fn by_sight(records: &mut [Observation]) {
    records.sort_by(|a, b| a.seen_at.cmp(&b.seen_at).then_with(|| a.id.cmp(&b.id)));
}
