//! Lives through a world tick by tick with the desk's own code, and counts what was said of it.

use std::collections::{BTreeMap, BTreeSet};

use newsdesk::model::{DiscountKind, Platform, RecordId, SignalKind};
use newsdesk::signal::detect::{DetectSettings, across, control_false_discoveries, survey};
use newsdesk::signal::observation::Observation;
use newsdesk::signal::totals::DeskTotals;

use crate::topic::Topic;
use crate::world::{DAY, HISTORY_DAYS, Nuisance, PLATFORMS, Span, World, time};

/// What a run is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) settings: DetectSettings,
    pub(crate) without: BTreeSet<DiscountKind>,
    /// Only the ticks in the two hours after an event: enough to say what is found, not for false alarms.
    pub(crate) only_events: bool,
    /// Only topics in the two hours after an event and the eight after a disturbance; all others count as tests that found
    /// nothing. For choosing formulas: an hour of a desk in seconds.
    pub(crate) near: bool,
    /// Minutes between ticks.
    pub(crate) every: f64,
}

/// A signal that was kept over one or more ticks in a row.
#[derive(Clone, Debug)]
pub(crate) struct Alarm {
    pub(crate) kind: SignalKind,
    /// What disturbed the topic then; `None` for nothing but its usual noise.
    pub(crate) by: Option<Nuisance>,
    /// The same kind had been kept within the day before: its window is the same still.
    pub(crate) again: bool,
    pub(crate) what: String,
}

/// An event and when it was found.
#[derive(Clone, Debug)]
pub(crate) struct Planted {
    pub(crate) times: f64,
    pub(crate) authors: usize,
    pub(crate) usual: f64,
    pub(crate) noise: &'static str,
    /// Share of its records that are in a cluster of their own.
    pub(crate) together: f64,
    /// How likely the best possible test of counts finds it.
    pub(crate) oracle: f64,
    /// Minutes after its start, and by which kind.
    pub(crate) found: Option<(f64, SignalKind)>,
    pub(crate) best: String,
}

/// What came of one desk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) events: Vec<Planted>,
    /// Days of topics in which an alarm would have been a false one.
    pub(crate) topic_days: f64,
    pub(crate) surveys: u64,
}

/// Time after an event's start in which nothing said of the topic is a false alarm.
const EVENT_HOURS: f64 = 8.0 * 60.0 + DAY;

/// Kinds that are tested of a topic on most ticks.
const TESTS: usize = 8;

/// Whether something was planted into a topic lately.
fn near(topic: &Topic, minutes: f64) -> bool {
    let within = |from: f64, length: f64| (from..=from + length).contains(&minutes);
    topic.events.iter().any(|e| within(e.start, 120.0))
        || topic.nuisances.iter().any(|(nuisance, span)| match nuisance {
            Nuisance::OnePlace
            | Nuisance::Copies
            | Nuisance::Syndicated
            | Nuisance::Loud
            | Nuisance::Backfill
            | Nuisance::Circular => within(span.from, 480.0),
            Nuisance::Recurring | Nuisance::Outage | Nuisance::NewPlatform | Nuisance::ThinHistory => false,
        })
}

/// Switches discounts off: by settings where there are some, else by what is told of a record.
fn prepare(records: &mut [Observation], without: &BTreeSet<DiscountKind>) {
    for o in records {
        if without.contains(&DiscountKind::CopyPaste) {
            o.copy_group = newsdesk::model::CopyGroup::of(&o.id);
        }
        if without.contains(&DiscountKind::Backfill) {
            o.backfill = false;
        }
        if without.contains(&DiscountKind::Circular) {
            o.circular = false;
        }
    }
}

/// The settings without those discounts.
fn settings(wish: &Wish) -> DetectSettings {
    let mut settings = wish.settings;
    for kind in &wish.without {
        match kind {
            DiscountKind::FewAuthors => {
                settings.discounts.per_author = usize::MAX;
                settings.bars.min_authors = 0.0;
            }
            DiscountKind::BurstOfOneSource => settings.discounts.one_source_usual = -1.0,
            DiscountKind::ThinBaseline => {
                settings.baseline.min_windows = 0;
                settings.bars.min_windows = 0;
                settings.baseline.min_platform_windows = 0;
            }
            DiscountKind::Recurring => {
                settings.discounts.recurring_days = usize::MAX;
                settings.discounts.weekly = false;
            }
            DiscountKind::StaleSource => settings.baseline.min_coverage = 0.0,
            DiscountKind::CopyPaste | DiscountKind::Backfill | DiscountKind::Circular => {}
        }
    }
    settings
}

/// One topic while it is lived through.
#[derive(Default)]
struct Watched {
    seen: usize,
    /// When each kind was last kept.
    kept: BTreeMap<SignalKind, f64>,
    found: BTreeMap<usize, (f64, SignalKind)>,
    best: BTreeMap<usize, (f64, String)>,
}

/// Lives through a desk.
pub(crate) fn live(mut world: World, wish: &Wish) -> Outcome {
    let settings = settings(wish);
    for topic in &mut world.topics {
        prepare(&mut topic.records, &wish.without);
    }
    let world = &world;
    let mut outcome = Outcome::default();
    let mut totals = DeskTotals::new();
    let mut rest = world.rest.iter().peekable();
    let mut known: Vec<Vec<&Observation>> = world.topics.iter().map(|_| Vec::new()).collect();
    let mut watched: Vec<Watched> = world.topics.iter().map(|_| Watched::default()).collect();
    let ids: Vec<Vec<BTreeSet<&str>>> = world
        .topics
        .iter()
        .map(|t| t.events.iter().map(|e| e.records.iter().map(RecordId::as_str).collect()).collect())
        .collect();
    let mut minutes = HISTORY_DAYS as f64 * DAY;
    while minutes <= world.end {
        let at = time(minutes);
        while let Some(one) = rest.next_if(|one| one.seen <= minutes) {
            let backfill =
                one.seen - one.published > 360.0 && !wish.without.contains(&DiscountKind::Backfill);
            totals.add(&PLATFORMS[one.platform].0, time(one.published), backfill);
        }
        for ((topic, known), watched) in world.topics.iter().zip(&mut known).zip(&mut watched) {
            while let Some(o) = topic.records.get(watched.seen).filter(|o| o.seen_at <= at) {
                totals.add(&o.platform, o.published_at, o.backfill);
                known.push(o);
                watched.seen += 1;
            }
        }
        if minutes % DAY == 0.0 {
            let since = at - settings.history();
            known.iter_mut().for_each(|k| k.retain(|o| o.published_at > since));
            totals.forget_before(since);
        }
        if !wish.without.contains(&DiscountKind::StaleSource) {
            let stale = PLATFORMS.iter().zip(&world.readings).filter(|(_, r)| r.is_stale(minutes));
            totals.set_stale(
                stale.map(|((platform, _, _), _)| platform.clone()).collect::<BTreeSet<Platform>>(),
            );
        }
        let just_begun = |t: &Topic| t.events.iter().any(|e| (0.0..=120.0).contains(&(minutes - e.start)));
        if wish.only_events && !world.topics.iter().any(just_begun) {
            minutes += wish.every;
            continue;
        }
        if wish.near && !world.topics.iter().any(|t| near(t, minutes)) {
            minutes += wish.every;
            continue;
        }
        let (mut signals, mut heard) = (Vec::new(), BTreeMap::new());
        for (topic, known) in world.topics.iter().zip(&known) {
            if wish.near && !near(topic, minutes) {
                signals.push(Vec::new());
                continue;
            }
            let found = survey(&topic.slug, known, &totals, at, &settings);
            heard.extend(found.heard.map(|heard| (topic.slug.clone(), heard)));
            signals.push(found.signals);
            outcome.surveys += 1;
        }
        if let Some(shared) = across(&heard, at, &settings)
            && let Some(home) = world.topics.iter().position(|t| t.slug == shared.topic)
        {
            signals[home].push(shared);
        }
        let sizes: Vec<usize> = signals.iter().map(Vec::len).collect();
        let mut all = signals.concat();
        if wish.near
            && let Some(any) = all.first()
        {
            let silent = newsdesk::model::Signal { kept: false, p_value: 1.0, ..any.clone() };
            all.resize(sizes.iter().map(|n| if *n == 0 { TESTS } else { *n }).sum(), silent);
        }
        control_false_discoveries(&mut all, settings.false_discovery_rate);
        let mut rows = all.into_iter();
        for (i, (topic, watched)) in world.topics.iter().zip(&mut watched).enumerate() {
            let of_topic: Vec<_> = rows.by_ref().take(sizes[i]).collect();
            if minutes >= topic.from && (!wish.near || sizes[i] > 0) {
                outcome.topic_days +=
                    judge(topic, &ids[i], &of_topic, (minutes, wish.every), watched, &mut outcome.alarms)
                        * wish.every
                        / DAY;
            }
        }
        minutes += wish.every;
    }
    for (topic, watched) in world.topics.iter().zip(&watched) {
        for (i, event) in topic.events.iter().enumerate() {
            outcome.events.push(Planted {
                times: event.times,
                authors: event.authors,
                usual: event.usual,
                noise: topic.noise.name(),
                together: event.together,
                oracle: event.oracle,
                found: watched.found.get(&i).copied(),
                best: watched.best.get(&i).map(|b| b.1.clone()).unwrap_or_default(),
            });
        }
    }
    outcome
}

/// What counted for less, and the bars that were missed.
fn held(signal: &newsdesk::model::Signal) -> String {
    let missed: Vec<String> = signal
        .asked
        .iter()
        .filter(|bar| !bar.passed)
        .map(|bar| format!("{:.2e} {} of {:.2e}", bar.had, bar.what, bar.needed))
        .collect();
    let discounts: Vec<&str> = signal.discounts.iter().map(|d| d.why.as_str()).collect();
    format!(" [less: {}] [missed: {}]", discounts.join("; "), missed.join("; "))
}

/// One topic at one tick; returns 1 if a new signal now would be a false alarm.
fn judge(
    topic: &Topic,
    ids: &[BTreeSet<&str>],
    signals: &[newsdesk::model::Signal],
    (minutes, every): (f64, f64),
    watched: &mut Watched,
    alarms: &mut Vec<Alarm>,
) -> f64 {
    let running = |start: f64| Span { from: start, to: start + EVENT_HOURS }.contains(minutes);
    let mut during = false;
    for (i, event) in topic.events.iter().enumerate() {
        if !running(event.start) {
            continue;
        }
        during = true;
        for signal in signals {
            let own = |id: &newsdesk::model::RecordId| ids[i].contains(id.as_str());
            if signal.kept && signal.evidence.iter().any(own) {
                watched.found.entry(i).or_insert((minutes - event.start, signal.kind));
            }
            let best = watched.best.entry(i).or_insert((2.0, String::new()));
            if minutes <= event.start + 120.0 && signal.p_value < best.0 && signal.evidence.iter().any(own) {
                *best = (
                    signal.p_value,
                    format!(
                        "{} {:.2} d {} p {:.1e} effect {:.1} usual {:.1}: {}{}",
                        topic.slug,
                        minutes / DAY,
                        signal.kind,
                        signal.p_value,
                        signal.effect,
                        signal.baseline.center,
                        signal.explanation,
                        held(signal)
                    ),
                );
            }
        }
    }
    let on: BTreeSet<SignalKind> = signals.iter().filter(|s| s.kept).map(|s| s.kind).collect();
    if !during {
        let new = |kind: &&SignalKind| watched.kept.get(kind).is_none_or(|last| minutes - last > every);
        for kind in on.iter().filter(new) {
            let again = watched.kept.get(kind).is_some_and(|last| minutes - last <= DAY);
            let near = |span: &Span| Span { from: span.from, to: span.to + DAY }.contains(minutes);
            let by = topic.nuisances.iter().filter(|(_, span)| near(span)).map(|(n, _)| *n).min();
            let what = signals.iter().find(|s| s.kind == *kind).map_or_else(String::new, |s| {
                format!(
                    "{} {} ({}, {:.0}/day) at {:.2} d: p {:.1e} effect {:.1}: {}{}",
                    topic.slug,
                    kind,
                    topic.noise.name(),
                    topic.per_day,
                    minutes / DAY,
                    s.p_value,
                    s.effect,
                    s.explanation,
                    held(s)
                )
            });
            alarms.push(Alarm { kind: *kind, by, again, what });
        }
    }
    watched.kept.extend(on.into_iter().map(|kind| (kind, minutes)));
    if during { 0.0 } else { 1.0 }
}
