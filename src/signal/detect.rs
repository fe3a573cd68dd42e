//! From a topic's records to its signals: weigh the windows, ask every kind, hold false discoveries down.
//!
//! Pure: the same records in any order give the same signals to the byte.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::baseline::{BaselineSettings, PlatformCount, Usual, WindowCount, counted_on_known};
use super::discounts::{DiscountSettings, Known, Scales, Side, Weighed, number, posts, weigh};
use super::kinds::cross_topic::{self, Heard};
use super::kinds::entity_surge::{self, Names};
use super::kinds::{
    Finding, KindSettings, MAX_EVIDENCE, Rules, Scene, novelty, phrase_trending, platform_divergence,
    register_shift, sentiment_shift, trend, velocity, volume_anomaly,
};
use super::observation::Observation;
use super::places::one_source;
use super::pulse::TopicPulse;
use super::totals::{DeskTotals, Window};
use crate::model::{
    Asked, Discount, DiscountKind, Platform, Severity, Signal, SignalId, SignalKind, TopicSlug,
};

/// What a change must reach before it counts, besides its p-value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bars {
    /// Records after discounts. Default 5.
    pub min_records: f64,
    /// Effective authors. Default 4.
    pub min_authors: f64,
    /// Robust deviations from usual. Default 2.5.
    pub min_effect: f64,
    /// Times the usual. Default 1.5.
    pub min_ratio: f64,
    /// Times the usual, for the pace of a few hours, which varies more than a day. Default 2.5.
    pub min_pace: f64,
    /// A change must be less likely than this by chance alone, whatever else was tested. Default 0.001.
    pub max_p: f64,
    /// Earlier windows to compare with. Default 7 (set from the baseline's).
    pub min_windows: usize,
}

impl Default for Bars {
    fn default() -> Self {
        Self {
            min_records: 5.0,
            min_authors: 4.0,
            min_effect: 2.5,
            min_ratio: 1.5,
            min_pace: 2.5,
            max_p: 0.001,
            min_windows: 7,
        }
    }
}

/// Everything detection goes by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetectSettings {
    /// Length of the window. Default 24 hours.
    pub window: TimeDelta,
    /// Length of the window for velocity. Default 6 hours.
    pub fast_window: TimeDelta,
    /// How the usual is found.
    pub baseline: BaselineSettings,
    /// What counts for less.
    pub discounts: DiscountSettings,
    /// What is enough.
    pub bars: Bars,
    /// What single kinds ask for.
    pub kinds: KindSettings,
    /// Share of false discoveries among all that is kept at a tick. Default 0.15.
    pub false_discovery_rate: f64,
}

impl Default for DetectSettings {
    fn default() -> Self {
        Self {
            window: TimeDelta::hours(24),
            fast_window: TimeDelta::hours(6),
            baseline: BaselineSettings::default(),
            discounts: DiscountSettings::default(),
            bars: Bars::default(),
            kinds: KindSettings::default(),
            false_discovery_rate: 0.15,
        }
    }
}

impl DetectSettings {
    /// How far back records are needed.
    pub fn history(&self) -> TimeDelta {
        TimeDelta::days(i64::from(self.baseline.days)) + self.window
    }
}

/// A topic at a tick: what was tested, and the numbers behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// One signal per kind that could be tested; `kept` says whether it passed its bars.
    pub signals: Vec<Signal>,
    /// The numbers, also where no signal fired.
    pub pulse: TopicPulse,
    /// The names of the topic, for [`across`].
    pub heard: Option<Heard>,
}

/// The signals of [`survey`] alone.
pub fn detect(
    topic: &TopicSlug,
    observations: &[&Observation],
    desk: &DeskTotals,
    at: DateTime<Utc>,
    settings: &DetectSettings,
) -> Vec<Signal> {
    survey(topic, observations, desk, at, settings).signals
}

/// Measures a topic at `at`. `observations` are all of the topic over [`DetectSettings::history`] (older and later
/// ones do no harm), in any order; `desk` are the totals of everything the desk collected over the same time.
///
/// `kept` is provisional until [`control_false_discoveries`] has seen the signals of all topics of the tick.
pub fn survey(
    topic: &TopicSlug,
    observations: &[&Observation],
    desk: &DeskTotals,
    at: DateTime<Utc>,
    settings: &DetectSettings,
) -> Survey {
    let from = at - settings.history();
    let mut known: Vec<&Observation> =
        observations.iter().copied().filter(|o| from < o.published_at && o.published_at <= at).collect();
    known.sort_by(|a, b| a.published_at.cmp(&b.published_at).then_with(|| a.id.cmp(&b.id)));
    let entries = Known::of(&known, &settings.discounts);
    let mut scales = Scales::default();
    let bars = Bars { min_windows: settings.baseline.min_windows, ..settings.bars };
    let window = Window::ending(at, settings.window);
    let day = scene(&entries, desk, window, None, settings, &mut scales);
    let arrived_late = observations
        .iter()
        .filter(|o| {
            o.backfill
                && o.seen_at > at - settings.window
                && o.seen_at <= at
                && o.published_at <= at - settings.window
        })
        .count();
    let pulse = TopicPulse::of(topic, &day, settings.discounts.per_author, arrived_late);
    let (mut signals, mut heard) = (Vec::new(), None);
    if day.now.raw > 0 {
        let fast: Vec<Scene<'_>> = velocity::lengths(settings.fast_window)
            .map(|length| Window::ending(at, length))
            .map(|window| scene(&entries, desk, window, Some(&day.usual), settings, &mut scales))
            .collect();
        let first = novelty::FirstSeen::of(&known);
        let since = known.first().map_or(at, |o| o.published_at);
        let rules = Rules { bars: &bars, kinds: &settings.kinds, discounts: &settings.discounts };
        let names = Names::of(&day);
        let terms = entity_surge::terms(&day, &names, topic, &rules);
        let name = entity_surge::measure(&day, &names, &terms, &rules);
        let phrase = phrase_trending::measure(&day, topic, name.as_ref(), &rules);
        let gathered = novelty::Gathered::of(&entries, at, settings.fast_window, &names, &bars);
        heard = Some(Heard::of(&day, &names, &terms, topic));
        let findings = [
            (SignalKind::VolumeAnomaly, Some(volume_anomaly::measure(&day, &bars))),
            (SignalKind::Velocity, velocity::measure(fast, &day, &bars, &settings.baseline)),
            (SignalKind::Novelty, novelty::measure(&day, &first, since, &gathered, &rules)),
            (SignalKind::SentimentShift, sentiment_shift::measure(&day, &bars)),
            (SignalKind::RegisterShift, register_shift::measure(&day, &rules)),
            (SignalKind::PlatformDivergence, platform_divergence::measure(&day, &rules)),
            (SignalKind::EntitySurge, name),
            (SignalKind::PhraseTrending, phrase),
            (SignalKind::Trend, trend::measure(&day, &rules)),
        ];
        let told = |(kind, finding): (SignalKind, Option<Finding>)| {
            let finding = finding?;
            // Of a day it is known here what it reaches now and then.
            let high = (kind == SignalKind::VolumeAnomaly).then_some(day.usual.high);
            let asked = asked::of(kind, &finding, &rules, high, settings.window);
            Some(signal(kind, topic, at, finding, asked))
        };
        signals = findings.into_iter().filter_map(told).collect();
    }
    Survey { signals, pulse, heard }
}

/// What several topics share at `at`, from what [`survey`] heard in each: at most one signal, tested like all others.
pub fn across(
    heard: &BTreeMap<TopicSlug, Heard>,
    at: DateTime<Utc>,
    settings: &DetectSettings,
) -> Option<Signal> {
    let bars = Bars { min_windows: settings.baseline.min_windows, ..settings.bars };
    let rules = Rules { bars: &bars, kinds: &settings.kinds, discounts: &settings.discounts };
    let (topic, finding) = cross_topic::measure(heard, &rules)?;
    let asked = asked::of(SignalKind::CrossTopic, &finding, &rules, None, settings.window);
    Some(signal(SignalKind::CrossTopic, &topic, at, finding, asked))
}

/// A signal of a finding; what its kind asked and what all are asked, its p-value among it, decides whether it is kept.
fn signal(
    kind: SignalKind,
    topic: &TopicSlug,
    at: DateTime<Utc>,
    finding: Finding,
    asked: Vec<Asked>,
) -> Signal {
    let severity = severity(kind, &finding);
    debug_assert!(
        !finding.passed
            || asked.iter().all(|bar| bar.passed || bar.setting.as_deref() == Some("signal.max_p")),
        "{kind} is told bars that it was not held against: {asked:?}"
    );
    let kept = finding.passed && asked.iter().all(|bar| bar.passed);
    let mut evidence = finding.evidence;
    evidence.truncate(MAX_EVIDENCE);
    Signal {
        id: SignalId::derive(kind.as_str(), topic, at.timestamp_millis()),
        kind,
        topic: topic.clone(),
        at,
        from: finding.window.from,
        observed: finding.observed,
        effective: finding.effective,
        baseline: finding.baseline,
        effect: finding.effect,
        p_value: finding.p_value,
        severity,
        kept,
        asked,
        discounts: finding.discounts,
        evidence,
        explanation: finding.explanation,
    }
}

/// How much a finding matters.
///
/// `high`: at least 8 robust deviations, p ≤ 10⁻⁶, 10 effective authors, and (counts) four times the usual.
/// `medium`: at least 5 robust deviations, p ≤ 10⁻⁴, 6 effective authors, and (counts) twice the usual. Else `low`.
fn severity(kind: SignalKind, finding: &Finding) -> Severity {
    let times = match kind {
        SignalKind::VolumeAnomaly
        | SignalKind::Velocity
        | SignalKind::PlatformDivergence
        | SignalKind::EntitySurge
        | SignalKind::PhraseTrending
        | SignalKind::CrossTopic => finding.effective / finding.baseline.center.max(1.0),
        SignalKind::Novelty | SignalKind::SentimentShift | SignalKind::RegisterShift | SignalKind::Trend => {
            f64::INFINITY
        }
    };
    let reaches = |effect: f64, p: f64, authors: f64, ratio: f64| {
        finding.effect >= effect
            && finding.p_value <= p
            && finding.effective_authors >= authors
            && times >= ratio
    };
    if reaches(8.0, 1e-6, 10.0, 4.0) {
        Severity::High
    } else if reaches(5.0, 1e-4, 6.0, 2.0) {
        Severity::Medium
    } else {
        Severity::Low
    }
}

fn count(weighed: &Weighed<'_>, desk: &DeskTotals, window: Window, side: Side) -> WindowCount {
    let squares = weighed.total().powi(2) / weighed.effective_authors.max(1.0);
    let mut counted = WindowCount { squares, ..WindowCount::default() };
    for platform in desk.platforms() {
        let total = match side {
            Side::Now => desk.in_time(platform, window),
            Side::Earlier => desk.all(platform, window),
        };
        let entry = PlatformCount { desk: f64::from(total), ..PlatformCount::default() };
        counted.by_platform.insert(platform.clone(), entry);
    }
    for (platform, n) in &weighed.raw_by_platform {
        let entry = counted.by_platform.entry((*platform).clone()).or_default();
        entry.raw = *n as f64;
        // The caller's totals hold the topic's own records; if they do not, the topic alone was read.
        entry.desk = entry.desk.max(entry.raw);
    }
    for o in &weighed.counted {
        counted.by_platform.entry(o.platform.clone()).or_default().counted += 1.0;
    }
    if side == Side::Earlier {
        counted.by_platform.retain(|platform, _| !desk.was_unread(platform, window));
    }
    counted
}

/// Weighs a window and the comparable ones; of a few hours, `day` is what is usual for the day they end.
fn scene<'a>(
    known: &Known<'a>,
    desk: &DeskTotals,
    window: Window,
    day: Option<&Usual>,
    settings: &DetectSettings,
    scales: &mut Scales,
) -> Scene<'a> {
    let now = weigh(known, window, Side::Now, &settings.discounts, scales);
    let now_count = count(&now, desk, window, Side::Now);
    let mut earlier = Vec::new();
    let mut counts = Vec::new();
    // Before a topic was first heard of, its silence says nothing: it may not have been asked for. Nor does a window of
    // which that silence is more than a quarter.
    let since = known.since().unwrap_or(window.to);
    for back in 1..=i64::from(settings.baseline.days) {
        let then = window.days_before(back);
        if then.from + (then.to - then.from) / 4 < since {
            break;
        }
        let weighed = weigh(known, then, Side::Earlier, &settings.discounts, scales);
        counts.push(count(&weighed, desk, then, Side::Earlier));
        earlier.push(weighed);
    }
    let usual = match day {
        Some(day) => {
            let share = (window.to - window.from).as_seconds_f64() / settings.window.as_seconds_f64();
            day.of_hours(&counts, share, &settings.baseline)
        }
        None => Usual::of(&now_count, &counts, &settings.baseline),
    };
    let mut effective = now.total();
    let mut discounts = Vec::new();
    let known_platforms = counted_on_known(&now_count, &usual.unknown);
    if known_platforms < effective {
        let names: Vec<&str> = usual.unknown.iter().map(Platform::display_name).collect();
        discounts.push(Discount {
            kind: DiscountKind::ThinBaseline,
            before: effective,
            after: known_platforms,
            why: format!(
                "{} come from {}, which was hardly read on earlier days, and are left out",
                posts_of(effective - known_platforms),
                names.join(" and ")
            ),
        });
        effective = known_platforms;
    }
    if let Some(discount) = one_source(&now.counted, effective, &earlier, &usual, &settings.discounts) {
        effective = discount.after;
        discounts.push(discount);
    }
    for platform in usual.hardly_read.union(desk.stale()).filter(|p| counts.iter().any(|c| usual_there(c, p)))
    {
        discounts.push(Discount {
            kind: DiscountKind::StaleSource,
            before: effective,
            after: effective,
            why: format!(
                "{} was hardly read lately, so no less than usual is expected of it",
                platform.display_name()
            ),
        });
    }
    if usual.thin {
        discounts.push(Discount {
            kind: DiscountKind::ThinBaseline,
            before: effective,
            after: effective,
            why: format!(
                "only {} earlier days to compare with, {} are needed",
                usual.baseline.windows, settings.baseline.min_windows
            ),
        });
    }
    let (earlier_counts, stale) = (counts, desk.stale().clone());
    Scene { window, now, now_count, earlier, earlier_counts, stale, usual, discounts, effective }
}

fn usual_there(count: &WindowCount, platform: &Platform) -> bool {
    count.by_platform.get(platform).is_some_and(|c| c.counted > 0.0)
}

fn posts_of(n: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of records")]
    let whole = n as usize;
    if n.fract() == 0.0 { posts(whole) } else { format!("{} posts", number(n)) }
}

/// Holds the share of false discoveries among the kept signals of a tick at `q` (Benjamini & Hochberg 1995).
///
/// Give it everything tested at the tick, over all topics and kinds, kept or not: what was not kept counts as a test
/// that found nothing, so that a surprise without support does not make room for others. Kinds that tested many
/// things (names, phrases, platforms, registers) have that in their p-value already. Signals beyond the threshold lose
/// `kept`; the ids of those that had passed their bars and lost it here are returned.
///
/// Each that had passed its bars gets this one besides: the largest p-value with which it would have been kept among the
/// others, `q k ÷ m` for the largest `k` such that at least `k − 1` others of the `m` are as small.
pub fn control_false_discoveries(signals: &mut [Signal], q: f64) -> Vec<SignalId> {
    let all = signals.len() as f64;
    let level = |rank: u32| q * f64::from(rank) / all;
    let mut p_values: Vec<f64> = signals.iter().filter(|s| s.kept).map(|s| s.p_value).collect();
    p_values.sort_by(f64::total_cmp);
    // For each rank, how many are as small as its level.
    let below: Vec<(u32, usize)> =
        (1..).take(p_values.len()).map(|k| (k, p_values.partition_point(|p| *p <= level(k)))).collect();
    let mut lost = Vec::new();
    for signal in signals.iter_mut().filter(|signal| signal.kept) {
        let among_others =
            |(k, n): &&(u32, usize)| n - usize::from(signal.p_value <= level(*k)) + 1 >= *k as usize;
        let rank = below.iter().rev().find(among_others).map_or(1, |(k, _)| *k);
        let asked = Asked::at_most("as p-value", FALSE_DISCOVERY_RATE, level(rank), signal.p_value);
        if !asked.passed {
            signal.kept = false;
            lost.push(signal.id.clone());
        }
        signal.asked.push(asked);
    }
    lost.sort();
    lost
}

/// The setting of [`control_false_discoveries`]. Only what passed all other bars is held against it, so it is the last
/// bar of a signal, or is not among them.
pub const FALSE_DISCOVERY_RATE: &str = "signal.false_discovery_rate";

mod asked;
#[cfg(test)]
mod tests;
