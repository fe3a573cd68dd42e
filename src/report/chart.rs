//! The chart of one topic: every mark with its place, ready for the template.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::scale::{days, round_numbers};
use super::{Point, Track};
use crate::answer::words::{self, moment, number, p_value};
use crate::model::{DiscountKind, Severity, SignalKind};

/// Units of the drawing; it is scaled to the page and never below what can be read.
const WIDTH: f64 = 1080.0;
const LEFT: f64 = 196.0;
const RIGHT: f64 = 44.0;
const PLOT: f64 = 200.0;
const LANE: f64 = 20.0;
const FLAG: f64 = 17.0;
/// Room that a code takes beside its pole.
const CODE: f64 = 76.0;
/// More rows of flags than this would hide the chart.
const FLAG_ROWS: usize = 4;
/// The line of all posts is cut here, so that a campaign does not flatten everything else.
const RAW_AT_MOST: f64 = 1.6;

/// A chart.
#[derive(Debug)]
pub(super) struct Chart {
    pub(super) width: String,
    pub(super) height: String,
    pub(super) left: String,
    pub(super) right: String,
    pub(super) top: String,
    pub(super) bottom: String,
    /// Height of the plot.
    pub(super) tall: String,
    pub(super) rows: Vec<Tick>,
    pub(super) columns: Vec<Tick>,
    pub(super) bands: Vec<String>,
    pub(super) usual: Vec<String>,
    pub(super) bars: Vec<String>,
    pub(super) taken: String,
    pub(super) raw: String,
    pub(super) effective: String,
    pub(super) area: String,
    pub(super) dots: Vec<Dot>,
    /// The most posts, where their line is cut.
    pub(super) peak: Option<Peak>,
    pub(super) lanes: Vec<Lane>,
    pub(super) flags: Vec<FlagView>,
    pub(super) hovers: Vec<Hover>,
}

/// A line of the grid with its name.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) at: String,
    pub(super) name: String,
    pub(super) name_at: String,
}

/// A point at which the topic was over its bar.
#[derive(Debug)]
pub(super) struct Dot {
    pub(super) x: String,
    pub(super) y: String,
}

/// A number at a place.
#[derive(Debug)]
pub(super) struct Peak {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) label: String,
}

/// A row of marks under the plot.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) name: String,
    pub(super) y: String,
    pub(super) text_y: String,
    pub(super) marks: Vec<MarkView>,
}

/// A mark in a lane.
#[derive(Debug)]
pub(super) struct MarkView {
    pub(super) x: String,
    pub(super) r: String,
    pub(super) class: &'static str,
    pub(super) title: String,
}

/// A story's flag.
#[derive(Debug)]
pub(super) struct FlagView {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) text_x: String,
    pub(super) text_y: String,
    pub(super) anchor: &'static str,
    pub(super) label: String,
    pub(super) class: &'static str,
    pub(super) title: String,
}

/// A column that tells its tick's figures to whoever points at it.
#[derive(Debug)]
pub(super) struct Hover {
    pub(super) x: String,
    pub(super) width: String,
    pub(super) title: String,
}

fn px(x: f64) -> String {
    let text = format!("{x:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

struct Frame {
    from: DateTime<Utc>,
    seconds: f64,
    top: f64,
    most: f64,
}

impl Frame {
    fn x(&self, at: DateTime<Utc>) -> f64 {
        LEFT + (at - self.from).num_seconds() as f64 / self.seconds * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, n: f64) -> f64 {
        self.top + PLOT * (1.0 - (n / self.most).clamp(0.0, 1.0))
    }

    fn path(&self, points: &[(DateTime<Utc>, f64)]) -> String {
        let places: Vec<String> =
            points.iter().map(|(at, n)| format!("{},{}", px(self.x(*at)), px(self.y(*n)))).collect();
        places.join(" ")
    }

    /// A polygon between two lines, of which the second is walked back.
    fn between(&self, upper: &[(DateTime<Utc>, f64)], lower: &[(DateTime<Utc>, f64)]) -> String {
        let back: Vec<_> = lower.iter().rev().copied().collect();
        format!("{} {}", self.path(upper), self.path(&back))
    }
}

/// Draws a topic between two times.
pub(super) fn chart(track: &Track, from: DateTime<Utc>, to: DateTime<Utc>) -> Chart {
    let points = &track.points;
    let flat = |of: fn(&Point) -> f64| points.iter().map(of).fold(0.0, f64::max);
    let known = |p: &Point| if p.bar.is_some() { p.usual + p.spread } else { 0.0 };
    let core = flat(|p| p.effective).max(flat(known)).max(flat(|p| p.bar.unwrap_or(0.0))).max(4.0);
    let most = core.max(flat(|p| p.raw).min(core * RAW_AT_MOST)) * 1.05;
    let (flags, rows) = {
        let probe = Frame { from, seconds: seconds(from, to), top: 0.0, most };
        flags(points, &probe)
    };
    let top = 12.0 + rows as f64 * FLAG;
    let frame = Frame { from, seconds: seconds(from, to), top, most };
    let bottom = top + PLOT;
    let lanes = lanes(points, &frame, bottom + 40.0);
    let height = bottom + 34.0 + lanes.len() as f64 * LANE + 6.0;
    let line = |of: fn(&Point) -> f64| points.iter().map(|p| (p.at, of(p))).collect::<Vec<_>>();
    let (raw, effective) = (line(|p| p.raw), line(|p| p.effective));
    let ground: Vec<_> = points.iter().map(|p| (p.at, 0.0)).collect();
    let runs = runs(points);
    Chart {
        width: px(WIDTH),
        height: px(height),
        left: px(LEFT),
        right: px(WIDTH - RIGHT),
        top: px(top),
        bottom: px(bottom),
        tall: px(PLOT),
        rows: round_numbers(most)
            .into_iter()
            .map(|n| Tick { at: px(frame.y(n)), name: number(n), name_at: px(frame.y(n) + 4.0) })
            .collect(),
        columns: days(from, to)
            .into_iter()
            .map(|(at, name)| Tick { at: px(frame.x(at)), name, name_at: px(bottom + 18.0) })
            .collect(),
        bands: runs
            .iter()
            .map(|run| {
                let upper: Vec<_> = run.iter().map(|p| (p.at, p.usual + p.spread)).collect();
                let lower: Vec<_> = run.iter().map(|p| (p.at, (p.usual - p.spread).max(0.0))).collect();
                frame.between(&upper, &lower)
            })
            .collect(),
        usual: runs
            .iter()
            .map(|run| frame.path(&run.iter().map(|p| (p.at, p.usual)).collect::<Vec<_>>()))
            .collect(),
        bars: runs
            .iter()
            .map(|run| frame.path(&run.iter().filter_map(|p| Some((p.at, p.bar?))).collect::<Vec<_>>()))
            .collect(),
        taken: frame.between(&raw, &effective),
        raw: frame.path(&raw),
        effective: frame.path(&effective),
        area: frame.between(&effective, &ground),
        dots: points
            .iter()
            .filter(|p| p.bar.is_some_and(|bar| p.effective >= bar))
            .map(|p| Dot { x: px(frame.x(p.at)), y: px(frame.y(p.effective)) })
            .collect(),
        peak: peak(points, &frame),
        lanes,
        flags,
        hovers: hovers(points, &frame),
    }
}

/// The line of all posts is cut at the top: there its number stands.
fn peak(points: &[Point], frame: &Frame) -> Option<Peak> {
    let most = points.iter().max_by(|a, b| a.raw.total_cmp(&b.raw).then(b.at.cmp(&a.at)))?;
    (most.raw > frame.most).then(|| Peak {
        x: px(frame.x(most.at)),
        y: px(frame.top + 11.0),
        label: format!("{} posts", number(most.raw)),
    })
}

fn seconds(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    ((to - from).num_seconds() as f64).max(1.0)
}

/// Stretches with enough history to say what is usual.
fn runs(points: &[Point]) -> Vec<Vec<&Point>> {
    let mut found: Vec<Vec<&Point>> = Vec::new();
    let mut open = false;
    for point in points {
        if point.bar.is_some() {
            match found.last_mut().filter(|_| open) {
                Some(run) => run.push(point),
                None => found.push(vec![point]),
            }
            open = true;
        } else {
            open = false;
        }
    }
    found
}

/// Flags of stories in as many rows as they need, and how many rows those are.
fn flags(points: &[Point], frame: &Frame) -> (Vec<FlagView>, usize) {
    let mut ends: Vec<f64> = Vec::new();
    let mut found = Vec::new();
    for point in points {
        for story in &point.stories {
            let x = frame.x(point.at);
            let left = x + CODE > WIDTH - RIGHT;
            let (start, end) = if left { (x - CODE, x) } else { (x, x + CODE) };
            let row = ends.iter().position(|last| *last <= start).unwrap_or(ends.len()).min(FLAG_ROWS - 1);
            if ends.len() <= row {
                ends.push(end);
            } else if let Some(last) = ends.get_mut(row) {
                *last = end.max(*last);
            }
            let y = 4.0 + row as f64 * FLAG;
            let update = story.version > 1;
            found.push(FlagView {
                x: px(x),
                y: px(y),
                text_x: px(if left { x - 4.0 } else { x + 4.0 }),
                text_y: px(y + 12.0),
                anchor: if left { "end" } else { "start" },
                label: if update { format!("{} v{}", story.code, story.version) } else { story.code.clone() },
                class: if update { "update" } else { "new" },
                title: format!(
                    "{}: {} {} version {}: {}",
                    moment(point.at),
                    if update { "update of" } else { "new story" },
                    story.code,
                    story.version,
                    story.headline
                ),
            });
        }
    }
    (found, ends.len())
}

fn lanes(points: &[Point], frame: &Frame, top: f64) -> Vec<Lane> {
    let kinds: BTreeSet<SignalKind> = points.iter().flat_map(|p| &p.signals).map(|s| s.kind).collect();
    let mut lanes = Vec::new();
    let mut y = top;
    let mut lane = |name: String, marks: Vec<MarkView>| {
        lanes.push(Lane { name, y: px(y), text_y: px(y + 4.0), marks });
        y += LANE;
    };
    for kind in kinds {
        let marks = points
            .iter()
            .flat_map(|p| p.signals.iter().filter(|s| s.kind == kind).map(move |s| (p, s)))
            .map(|(p, s)| MarkView {
                x: px(frame.x(p.at)),
                r: if s.kept { size(s.severity) } else { "2.2" }.to_owned(),
                class: if s.kept { "kept" } else { "dropped" },
                title: format!(
                    "{}: {} ({}; effect {}, p {}, {} severity)",
                    moment(p.at),
                    s.words,
                    if s.kept { "kept" } else { "not kept" },
                    number(s.effect),
                    p_value(s.p_value),
                    s.severity
                ),
            })
            .collect();
        lane(words::signal_kind(kind).to_owned(), marks);
    }
    let mut taken: BTreeMap<DiscountKind, Vec<MarkView>> = BTreeMap::new();
    for p in points {
        for discount in &p.discounts {
            let share = if p.raw > 0.0 { (discount.amount / p.raw).clamp(0.0, 1.0) } else { 0.0 };
            taken.entry(discount.kind).or_default().push(MarkView {
                x: px(frame.x(p.at)),
                r: px(2.2 + 4.3 * share.sqrt()),
                class: if discount.amount > 0.0 { "taken" } else { "noted" },
                title: format!("{}: {}", moment(p.at), discount.why),
            });
        }
    }
    for (kind, marks) in taken {
        lane(format!("discount: {}", words::discount(kind)), marks);
    }
    lanes
}

fn size(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "4",
        Severity::Medium => "5.5",
        Severity::High => "7",
    }
}

fn hovers(points: &[Point], frame: &Frame) -> Vec<Hover> {
    let edges: Vec<f64> = points.iter().map(|p| frame.x(p.at)).collect();
    points
        .iter()
        .enumerate()
        .map(|(n, p)| {
            let x = frame.x(p.at);
            let before = n.checked_sub(1).and_then(|n| edges.get(n)).map_or(LEFT, |b| f64::midpoint(*b, x));
            let after = edges.get(n + 1).map_or(WIDTH - RIGHT, |a| f64::midpoint(x, *a));
            Hover {
                x: px(before),
                width: px((after - before).max(0.5)),
                title: format!("{}: {}", moment(p.at), p.words),
            }
        })
        .collect()
}
