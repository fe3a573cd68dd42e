//! A backtest as a page: each topic's volume with what is usual, its signals, discounts and stories on a time line.
//!
//! Pure: figures in, one self-contained HTML text out, the same bytes for the same figures. The charts are SVG that the
//! template writes: no script, colours from the page's style sheet (so light and dark follow the reader's system), a
//! `<title>` on every mark for who points at it and a table for who cannot. Plotting crates were looked at: what they
//! write has its colours and fonts inside each element and no titles, so none of this could be had from them, and axes
//! and a scale are all that is left to do (`scale`).
//!
//! Everything from outside is escaped by the template.

mod chart;
mod page;
mod scale;

use chrono::{DateTime, Utc};

use crate::model::{DiscountKind, Severity, SignalKind};

pub use page::render;

/// A replay over some topics.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Start of the time replayed.
    pub from: DateTime<Utc>,
    /// Its end.
    pub to: DateTime<Utc>,
    /// Time between ticks, in words.
    pub every: String,
    /// Version of the program.
    pub newsdesk: String,
    /// The topics, in order.
    pub topics: Vec<Track>,
    /// Settings that decided, with their values.
    pub settings: Vec<(String, String)>,
}

/// One topic over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Slug.
    pub slug: String,
    /// Name.
    pub name: String,
    /// One point a tick, oldest first.
    pub points: Vec<Point>,
}

/// A topic at a tick.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The tick.
    pub at: DateTime<Utc>,
    /// Length of its window in hours.
    pub hours: i64,
    /// Records of the window.
    pub raw: f64,
    /// What they counted as.
    pub effective: f64,
    /// What is usual.
    pub usual: f64,
    /// Robust spread of it.
    pub spread: f64,
    /// What the window must count as to be a signal; `None` with too little history.
    pub bar: Option<f64>,
    /// The pulse in a sentence.
    pub words: String,
    /// What was taken away, by which discount.
    pub discounts: Vec<Taken>,
    /// Everything tested.
    pub signals: Vec<Mark>,
    /// Stories written.
    pub stories: Vec<Flag>,
    /// The topic's best lead.
    pub lead: Option<Best>,
}

/// A discount at a tick.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// Which.
    pub kind: DiscountKind,
    /// How much it took.
    pub amount: f64,
    /// Why.
    pub why: String,
}

/// A signal at a tick.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Which kind.
    pub kind: SignalKind,
    /// Whether it was kept.
    pub kept: bool,
    /// How much it matters.
    pub severity: Severity,
    /// Probability under the baseline.
    pub p_value: f64,
    /// In robust deviations.
    pub effect: f64,
    /// What was measured, in a sentence.
    pub words: String,
}

/// A story at a tick.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    /// Its code.
    pub code: String,
    /// Its version.
    pub version: u32,
    /// Its headline.
    pub headline: String,
}

/// The best lead of a topic at a tick.
#[derive(Clone, Debug, PartialEq)]
pub struct Best {
    /// Rank over all topics.
    pub rank: usize,
    /// First words of its central record.
    pub title: String,
    /// What was decided about it.
    pub decision: String,
}
