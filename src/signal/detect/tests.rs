//! A desk of invented records: each test plants one thing and says what must come of it.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::model::{
    AuthorKey, ClusterId, CopyGroup, Gap, Lang, Platform, RecordId, Register, Signs, SourceClass,
};
use crate::signal::totals::Unread;

const DAYS: i64 = 28;

fn tick() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::hours(18)
}

fn topic() -> TopicSlug {
    "night-trains".parse().unwrap()
}

/// The topic's records and the desk's totals.
struct World {
    records: Vec<Observation>,
    desk: DeskTotals,
    random: u64,
}

impl World {
    fn empty() -> Self {
        Self { records: Vec::new(), desk: DeskTotals::new(), random: 7 }
    }

    /// Four weeks of a lively forum where the topic gets `per_day` records a day, by ever new people.
    fn usual(per_day: u32) -> Self {
        Self::growing(per_day, |_| 1.0)
    }

    /// The same with a coverage that changes: `coverage(0)` is today, `coverage(28)` four weeks ago.
    fn growing(per_day: u32, coverage: impl Fn(i64) -> f64) -> Self {
        let mut world = Self::empty();
        for back in 0..=DAYS {
            let noise = world.noise();
            world.desk_day(back, (200.0 * coverage(back)).round());
            let n = (f64::from(per_day) * coverage(back) * noise).round();
            for i in 0..whole(n) {
                let minutes = world.minute();
                world.plain(back, minutes, &format!("usual-{back}-{i}"));
            }
        }
        world
    }

    /// Between 0.7 and 1.3.
    fn noise(&mut self) -> f64 {
        0.7 + 0.6 * (self.next() % 1000) as f64 / 1000.0
    }

    fn minute(&mut self) -> i64 {
        i64::try_from(self.next() % 1430).unwrap() + 5
    }

    fn next(&mut self) -> u64 {
        self.random =
            crate::signal::baseline::tests_support::mix(self.random.wrapping_add(0x9e37_79b9_7f4a_7c15));
        self.random >> 8
    }

    fn desk_day(&mut self, back: i64, n: f64) {
        for i in 0..whole(n) {
            let minutes = i64::from(i) * 1439 / i64::from(whole(n)) + 1;
            let at = tick() - TimeDelta::days(back) - TimeDelta::minutes(minutes);
            self.desk.add(&Platform::Reddit, at, false);
        }
    }

    /// A record of an author of its own, `minutes` before the tick of `back` days ago.
    fn plain(&mut self, back: i64, minutes: i64, name: &str) -> &mut Observation {
        let at = tick() - TimeDelta::days(back) - TimeDelta::minutes(minutes);
        let id = RecordId::derive(&Platform::Reddit, name);
        self.desk.add(&Platform::Reddit, at, false);
        self.records.push(Observation {
            topics: vec![topic()],
            dedicated: Vec::new(),
            platform: Platform::Reddit,
            class: SourceClass::Forum,
            venue: "r/rails".to_owned(),
            author_key: AuthorKey::derive(&Platform::Reddit, name),
            handle: None,
            published_at: at,
            seen_at: at,
            backfill: false,
            gathered: false,
            gone: false,
            copy_group: CopyGroup::of(&id),
            cluster: Some(ClusterId::derive(&id)),
            sentiment: None,
            lang: Lang::EN,
            register: Register::Neutral,
            quarantined: false,
            circular: false,
            signs: Signs { shape: format!("a post named {name}"), ..Signs::default() },
            anchors: Vec::new(),
            pairs: Box::default(),
            written: Box::default(),
            words: Vec::new(),
            bigrams: Vec::new(),
            casing: Vec::new(),
            keys: None,
            row: None,
            id,
        });
        self.records.last_mut().unwrap()
    }

    /// `n` records of the last `hours` hours by as many people.
    fn event(&mut self, n: i64, hours: i64, name: &str) {
        for i in 0..n {
            self.plain(0, 3 + i * (hours * 60 - 6) / n, &format!("{name}-{i}"));
        }
    }

    fn survey(&self) -> Survey {
        let observations: Vec<&Observation> = self.records.iter().collect();
        survey(&topic(), &observations, &self.desk, tick(), &DetectSettings::default())
    }

    fn signal(&self, kind: SignalKind) -> Signal {
        self.survey().signals.into_iter().find(|s| s.kind == kind).unwrap()
    }

    fn kept(&self) -> Vec<SignalKind> {
        let mut signals = self.survey().signals;
        control_false_discoveries(&mut signals, DetectSettings::default().false_discovery_rate);
        signals.into_iter().filter(|s| s.kept).map(|s| s.kind).collect()
    }
}

fn whole(n: f64) -> u32 {
    n.to_string().parse().unwrap()
}

fn discount(signal: &Signal, kind: DiscountKind) -> &Discount {
    signal.discounts.iter().find(|d| d.kind == kind).unwrap()
}

#[test]
fn a_usual_day_raises_nothing() {
    let world = World::usual(6);
    assert_eq!(world.kept(), []);
    let pulse = world.survey().pulse;
    assert_eq!((pulse.windows, pulse.gaps, pulse.thin), (28, 0, false));
    assert!((4.0..=8.0).contains(&pulse.usual), "{}", pulse.usual);
}

#[test]
fn a_crowd_is_a_volume_anomaly_and_says_so_in_numbers() {
    let mut world = World::usual(6);
    world.event(24, 20, "event");
    assert!(world.kept().contains(&SignalKind::VolumeAnomaly));
    let signal = world.signal(SignalKind::VolumeAnomaly);
    assert_eq!(signal.severity, Severity::High);
    assert!((6.0..=7.5).contains(&signal.baseline.center), "{}", signal.baseline.center);
    let n = world.survey().pulse.raw;
    let usual = number(signal.baseline.center);
    assert_eq!(
        signal.explanation,
        format!("{n} independent posts in 24 hours, usual {usual}; {n} accounts.")
    );
    assert_eq!(signal.evidence.len(), n);
}

#[test]
fn a_fresh_rush_is_found_by_its_pace() {
    let mut world = World::usual(6);
    world.event(9, 3, "rush");
    assert!(world.kept().contains(&SignalKind::Velocity));
}

#[test]
fn the_same_hours_every_day_are_a_rhythm_and_no_event() {
    let mut world = World::empty();
    for back in 0..=DAYS {
        world.desk_day(back, 200.0);
        for i in 0..30 {
            world.plain(back, 10 + i * 5, &format!("evening-{back}-{i}"));
        }
    }
    assert_eq!(world.kept(), []);
}

#[test]
fn a_busy_weekday_is_compared_with_its_like() {
    let mut world = World::usual(6);
    for back in [0, 7, 14, 21, 28] {
        for i in 0..24 {
            world.plain(back, 7 + i * 50, &format!("match-day-{back}-{i}"));
        }
    }
    assert_eq!(world.kept(), []);
}

#[test]
fn a_copy_campaign_counts_as_one_text() {
    let mut world = World::usual(6);
    let before = world.survey().pulse;
    let group = CopyGroup::of(&RecordId::derive(&Platform::Reddit, "slogan"));
    for i in 0..20 {
        let account = AuthorKey::derive(&Platform::Reddit, &format!("shill-{}", i % 3));
        let o = world.plain(0, 20 + i * 30, &format!("slogan-{i}"));
        (o.copy_group, o.author_key) = (group.clone(), account);
    }
    assert_eq!(world.kept(), []);
    let signal = world.signal(SignalKind::VolumeAnomaly);
    let (all, left) = (before.raw + 20, before.raw + 1);
    assert_eq!(
        discount(&signal, DiscountKind::CopyPaste).why,
        format!("20 of {all} posts are copies of one text by 3 accounts, so the window counts as {left}")
    );
    let pulse = world.survey().pulse;
    assert_eq!(
        pulse.explain(),
        format!(
            "{all} posts in 24 hours, but 20 are copies of one text by 3 accounts, so it counted as {left}; usual {}.",
            number(pulse.usual)
        )
    );
}

#[test]
fn one_loud_account_counts_at_most_twice() {
    let mut world = World::usual(6);
    for i in 0..30 {
        world.plain(0, 20 + i * 30, &format!("rant-{i}")).author_key =
            AuthorKey::derive(&Platform::Reddit, "loud");
    }
    assert_eq!(world.kept(), []);
    let signal = world.signal(SignalKind::VolumeAnomaly);
    let few = discount(&signal, DiscountKind::FewAuthors);
    assert!((few.before - few.after - 28.0).abs() < 1e-9);
    assert!(few.why.contains("30 of"), "{}", few.why);
}

#[test]
fn a_real_crowd_is_not_silenced_by_a_loud_account() {
    let mut world = World::usual(6);
    world.event(24, 20, "event");
    for i in 0..40 {
        world.plain(0, 20 + i * 30, &format!("rant-{i}")).author_key =
            AuthorKey::derive(&Platform::Reddit, "loud");
    }
    assert!(world.kept().contains(&SignalKind::VolumeAnomaly));
}

#[test]
fn late_records_are_history_and_never_raise_a_signal() {
    let mut world = World::usual(6);
    for i in 0..40 {
        world.plain(0, 400 + i * 20, &format!("late-{i}")).backfill = true;
    }
    assert_eq!(world.kept(), []);
    let signal = world.signal(SignalKind::VolumeAnomaly);
    assert!(discount(&signal, DiscountKind::Backfill).why.starts_with("40 of "));
    // As history they do count: yesterday's late records raise what is usual.
    let mut deep = World::usual(6);
    for back in 1..=DAYS {
        for i in 0..12 {
            deep.plain(back, 30 + i * 100, &format!("archive-{back}-{i}")).backfill = true;
        }
    }
    assert!(deep.survey().pulse.usual > World::usual(6).survey().pulse.usual + 8.0);
}

#[test]
fn a_topic_that_began_within_a_window_is_not_held_against_its_first_hours() {
    // The day a week ago is half there: it says nothing of this weekday.
    for hours in [20, 12, 3] {
        let mut world = World::empty();
        for (back, minutes) in [1440; 7].into_iter().chain([hours * 60, 0]).enumerate() {
            let back = i64::try_from(back).unwrap();
            world.desk_day(back, 500.0);
            for i in 0..minutes / 8 {
                world.plain(back, 4 + i * 8, &format!("steady-{back}-{i}"));
            }
        }
        assert_eq!(world.kept(), [], "{hours} hours of the first day");
    }
}

#[test]
fn a_series_is_set_aside() {
    let mut world = World::usual(6);
    for back in 0..=DAYS {
        for i in 0..if back == 0 { 30 } else { 1 } {
            world.plain(back, 30 + i * 20, &format!("series-{back}-{i}")).signs.shape =
                "weekly questions, week ##".to_owned();
        }
    }
    assert_eq!(world.kept(), []);
    let signal = world.signal(SignalKind::VolumeAnomaly);
    assert!(discount(&signal, DiscountKind::Recurring).why.starts_with("30 of "));
}

#[test]
fn a_collection_that_grows_threefold_in_two_weeks_raises_no_alarm() {
    // Looked at every day of the growth, not only at its end.
    for today in 0..14_i32 {
        let world = World::growing(12, |back| {
            let days_ago = f64::from(today) + back as f64;
            if days_ago >= 14.0 { 1.0 } else { 3.0_f64.powf((14.0 - days_ago) / 14.0) }
        });
        assert_eq!(world.kept(), [], "{today} days after");
    }
}

#[test]
fn a_desk_with_one_topic_grows_without_alarm_and_still_sees_an_event() {
    let grow = || {
        let mut world = World::empty();
        for back in 0..=DAYS {
            let n = 20.0 * 3.0_f64.powf((28 - back) as f64 / 28.0) * world.noise();
            for i in 0..whole(n.round()) {
                let minutes = world.minute();
                world.plain(back, minutes, &format!("only-{back}-{i}"));
            }
        }
        world
    };
    assert_eq!(grow().kept(), []);
    let mut world = grow();
    world.event(240, 20, "event");
    assert!(world.kept().contains(&SignalKind::VolumeAnomaly));
}

#[test]
fn days_without_collection_are_gaps_and_not_quiet_days() {
    let mut world = World::usual(6);
    let out = |at: DateTime<Utc>| {
        (2..=12).any(|back| Window::ending(tick(), TimeDelta::hours(24)).days_before(back).contains(at))
    };
    world.records.retain(|o| !out(o.published_at));
    let mut desk = DeskTotals::new();
    for back in (0..=DAYS).filter(|back| !(2..=12).contains(back)) {
        for i in 0..206 {
            let minutes = i * 1439 / 206 + 1;
            desk.add(&Platform::Reddit, tick() - TimeDelta::days(back) - TimeDelta::minutes(minutes), false);
        }
    }
    world.desk = desk;
    assert_eq!(world.kept(), []);
    let pulse = world.survey().pulse;
    assert_eq!((pulse.windows, pulse.gaps), (17, 11));
    assert!(pulse.usual >= 4.0);
}

#[test]
fn what_a_source_could_not_tell_of_is_no_quiet_day() {
    let mut world = World::usual(6);
    let before = world.survey().pulse;
    let gap = Gap { from: tick() - TimeDelta::days(6), until: tick() - TimeDelta::days(3) };
    let unread = |part| vec![Unread { platform: Platform::Reddit, gap, part }];
    world.desk.set_unread(unread(1.0));
    let pulse = world.survey().pulse;
    assert_eq!((pulse.windows, pulse.gaps), (before.windows - 3, before.gaps + 3));
    // One source of ten: what the others told says enough.
    world.desk.set_unread(unread(0.1));
    assert_eq!(world.survey().pulse.gaps, before.gaps);
}

#[test]
fn a_platform_read_for_the_first_time_is_no_event() {
    let mut world = World::usual(6);
    for i in 0..40 {
        let o = world.plain(0, 5 + i * 30, &format!("new-place-{i}"));
        o.platform = Platform::Lemmy;
    }
    for i in 0..100 {
        world.desk.add(&Platform::Lemmy, tick() - TimeDelta::minutes(5 + i * 10), false);
    }
    assert_eq!(world.kept(), []);
    let signal = world.signal(SignalKind::VolumeAnomaly);
    assert!(discount(&signal, DiscountKind::ThinBaseline).why.contains("Lemmy"));
}

#[test]
fn a_silent_platform_is_named_and_what_is_left_of_it_is_no_event() {
    let mut world = World::usual(6);
    let start = tick() - TimeDelta::hours(20);
    let mut desk = DeskTotals::new();
    for o in &world.records {
        desk.add(&Platform::Reddit, o.published_at, false);
    }
    for back in 1..=DAYS {
        for i in 0..200 {
            desk.add(
                &Platform::Reddit,
                tick() - TimeDelta::days(back) - TimeDelta::minutes(i * 7 + 1),
                false,
            );
        }
    }
    world.desk = desk;
    world.records.retain(|o| o.published_at <= start || o.published_at > start + TimeDelta::hours(16));
    world.desk.mark_stale(&Platform::Reddit);
    let signal = world.signal(SignalKind::VolumeAnomaly);
    assert!(discount(&signal, DiscountKind::StaleSource).why.contains("Reddit"));
    assert!(!signal.kept);
}

#[test]
fn one_place_that_is_loud_alone_counts_half() {
    let mut world = World::usual(10);
    for (i, o) in world.records.iter_mut().enumerate() {
        o.venue = ["r/rails", "r/travel", "r/islands"][i % 3].to_owned();
    }
    world.event(60, 20, "event");
    let signal = world.signal(SignalKind::VolumeAnomaly);
    let burst = discount(&signal, DiscountKind::BurstOfOneSource);
    assert!(burst.after < burst.before && signal.effective < 45.0, "{}", burst.why);
    assert!(burst.why.contains("come from r/rails, where 3.6 of 10.8 are usual"), "{}", burst.why);
}

#[test]
fn a_place_is_loud_alone_though_others_go_on_as_ever() {
    let places = ["r/rails", "r/travel", "r/islands"];
    let spread = |records: &mut [Observation]| {
        for (i, o) in records.iter_mut().enumerate() {
            o.venue = places[i % 3].to_owned();
        }
    };
    let mut world = World::usual(30);
    spread(&mut world.records);
    let usual = world.records.len();
    world.event(24, 24, "event");
    let signal = world.signal(SignalKind::VolumeAnomaly);
    // A good half of the day's records, but all of what is beyond the usual.
    let burst = discount(&signal, DiscountKind::BurstOfOneSource);
    assert!((burst.before - burst.after - 12.0).abs() < 2.0, "{}", burst.why);
    // Twice as many at each place are no matter of one of them.
    spread(&mut world.records[usual..]);
    let signal = world.signal(SignalKind::VolumeAnomaly);
    assert!(signal.discounts.iter().all(|d| d.kind != DiscountKind::BurstOfOneSource), "{signal:?}");
}

#[test]
fn a_week_of_history_is_needed() {
    let mut world = World::usual(6);
    let start = tick() - TimeDelta::days(5);
    world.records.retain(|o| o.published_at > start);
    world.desk.forget_before(start);
    world.event(40, 20, "event");
    assert_eq!(world.kept(), []);
    let signal = world.signal(SignalKind::VolumeAnomaly);
    assert!(discount(&signal, DiscountKind::ThinBaseline).why.starts_with("only 4 earlier days"));
    assert!(world.survey().pulse.explain().ends_with("only 4 earlier days to compare with."));
}

#[test]
fn talk_of_something_new_is_novelty() {
    let mut world = World::usual(20);
    assert!(!world.kept().contains(&SignalKind::Novelty));
    let cluster = ClusterId::derive(&RecordId::derive(&Platform::Reddit, "strike-0"));
    for i in 0..10 {
        world.plain(0, 30 + i * 60, &format!("strike-{i}")).cluster = Some(cluster.clone());
    }
    let signal = world.signal(SignalKind::Novelty);
    assert!(world.kept().contains(&SignalKind::Novelty), "{signal:?}");
    assert_eq!(signal.evidence.len(), 10);
    assert!(signal.explanation.starts_with("10 of "), "{}", signal.explanation);
    // The same talk in a cluster known for a week is not new.
    world.plain(7, 30, "strike-announced").cluster = Some(cluster);
    assert!(!world.kept().contains(&SignalKind::Novelty));
}

#[test]
fn people_who_come_together_on_one_new_thing_are_found_where_their_number_says_little() {
    let crowd = |together: bool| {
        let mut world = World::usual(60);
        let cluster = ClusterId::derive(&RecordId::derive(&Platform::Reddit, "fire-0"));
        for i in 0..8 {
            let said = world.plain(0, 10 + i * 10, &format!("fire-{i}"));
            let alone = ClusterId::derive(&said.id);
            said.cluster = Some(if together { cluster.clone() } else { alone });
        }
        world
    };
    let together = crowd(true);
    let signal = together.signal(SignalKind::Novelty);
    assert!(together.kept().contains(&SignalKind::Novelty), "{signal:?}");
    assert!(signal.explanation.starts_with("8 accounts came together on something"), "{signal:?}");
    assert_eq!(signal.evidence.len(), 8);
    assert!(!crowd(false).kept().contains(&SignalKind::Novelty));
}

#[test]
fn a_topic_whose_threads_always_grow_is_used_to_people_coming_together() {
    let mut world = World::usual(60);
    for back in 0..27 {
        for i in 0..8 {
            let said = world.plain(back, 10 + i * 10, &format!("fire-{back}-{i}"));
            let thread = RecordId::derive(&Platform::Reddit, &format!("fire-{back}"));
            said.cluster = Some(ClusterId::derive(&thread));
        }
    }
    assert!(!world.kept().contains(&SignalKind::Novelty), "{:?}", world.signal(SignalKind::Novelty));
}

#[test]
fn a_change_of_mood_is_found_in_both_directions() {
    for (usual, now, word) in [(0.3, -0.5, "colder"), (-0.2, 0.6, "warmer")] {
        let mut world = World::usual(20);
        let start = tick() - TimeDelta::hours(24);
        let spread: Vec<f64> = (0..world.records.len()).map(|_| world.noise() - 1.0).collect();
        for (o, noise) in world.records.iter_mut().zip(spread) {
            o.sentiment = Some(if o.published_at > start { now } else { usual } + noise);
        }
        assert_eq!(world.kept(), [SignalKind::SentimentShift]);
        assert!(world.signal(SignalKind::SentimentShift).explanation.contains(word));
        // Another language has no measured lexicon here, so nothing is claimed.
        for o in &mut world.records {
            o.lang = Lang::DE;
        }
        assert_eq!(world.kept(), []);
    }
}

#[test]
fn an_unchanged_mood_is_no_signal() {
    let mut world = World::usual(20);
    let moods: Vec<f64> = (0..world.records.len()).map(|_| world.noise() - 0.9).collect();
    for (o, mood) in world.records.iter_mut().zip(moods) {
        o.sentiment = Some(mood);
    }
    assert_eq!(world.kept(), []);
}

#[test]
fn what_addresses_a_machine_and_what_is_gone_never_counts() {
    let mut world = World::usual(6);
    for i in 0..30 {
        let o = world.plain(0, 20 + i * 30, &format!("bad-{i}"));
        (o.quarantined, o.gone) = (i % 2 == 0, i % 2 == 1);
    }
    assert_eq!(world.kept(), []);
    assert!(world.survey().pulse.explain().contains("15 are set aside for addressing a machine"));
}

#[test]
fn a_batch_of_papers_is_no_talk() {
    let mut world = World::usual(6);
    for i in 0..60 {
        world.plain(0, 20 + i * 3, &format!("paper-{i}")).class = SourceClass::Paper;
    }
    assert_eq!(world.kept(), []);
    assert!(world.survey().pulse.explain().contains("60 are papers, announced in batches"));
}

#[test]
fn a_quiet_day_is_told_plainly() {
    let mut world = World::usual(6);
    let start = tick() - TimeDelta::hours(24);
    world.records.retain(|o| o.published_at <= start);
    let survey = world.survey();
    assert_eq!(survey.signals, []);
    assert_eq!(survey.pulse.explain(), format!("No post in 24 hours; usual {}.", number(survey.pulse.usual)));
}

#[test]
fn benjamini_hochberg_keeps_what_it_must() {
    let mut world = World::usual(6);
    world.event(24, 20, "event");
    let template = world.signal(SignalKind::VolumeAnomaly);
    // Benjamini & Hochberg's own example (1995, section 2.2): with q = 0.05 the first four of fifteen fall.
    let p_values = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
        0.6528, 0.7590, 1.0000,
    ];
    let mut signals: Vec<Signal> =
        p_values.iter().map(|p| Signal { p_value: *p, kept: true, ..template.clone() }).collect();
    let lost = control_false_discoveries(&mut signals, 0.05);
    assert_eq!(
        signals.iter().map(|s| s.kept).collect::<Vec<_>>(),
        [[true; 4].as_slice(), &[false; 11]].concat()
    );
    assert_eq!(lost.len(), 11);
    // Each would have been kept up to the level of the rank it could have had among the others.
    let level = |rank: f64| 0.05 * rank / 15.0;
    let asked: Vec<&Asked> = signals.iter().filter_map(|s| s.asked.last()).collect();
    assert!(asked.iter().all(|bar| bar.setting.as_deref() == Some(FALSE_DISCOVERY_RATE)));
    assert!(asked.iter().zip(&signals).all(|(bar, s)| bar.passed == s.kept && bar.had == s.p_value));
    assert_eq!(asked[..4].iter().map(|bar| bar.needed).collect::<Vec<_>>(), [level(4.0); 4]);
    assert!(asked[4..].iter().all(|bar| bar.needed == level(5.0)), "{asked:?}");

    // What was not kept makes room for nothing, and is asked nothing more.
    let unsupported = Signal { p_value: 1e-9, kept: false, ..template.clone() };
    let mut signals = vec![unsupported.clone(), Signal { p_value: 0.04, kept: true, ..template }];
    assert_eq!(control_false_discoveries(&mut signals, 0.05).len(), 1);
    assert_eq!(signals[0], unsupported);
    assert_eq!(signals[1].asked.last().map(|bar| bar.needed), Some(0.025));
}

#[test]
fn a_signal_keeps_what_it_was_held_against() {
    let mut world = World::usual(6);
    world.event(24, 20, "event");
    let bars = DetectSettings::default().bars;
    let of = |signal: &Signal| -> Vec<(String, f64, bool)> {
        let told = |bar: &Asked| (bar.setting.clone().unwrap_or_default(), bar.needed, bar.passed);
        signal.asked.iter().map(told).collect()
    };
    let day = world.signal(SignalKind::VolumeAnomaly);
    assert!(day.kept, "{}", day.explanation);
    let (usual, pulse) = (day.baseline.center, world.survey().pulse);
    let settings: Vec<String> = of(&day).into_iter().map(|(setting, ..)| setting).collect();
    let of_a_day = [
        "signal.min_records",
        "signal.min_authors",
        "signal.min_effect",
        "signal.min_ratio",
        "",
        "signal.min_windows",
        "signal.max_p",
    ];
    assert_eq!(settings, of_a_day);
    assert_eq!(of(&day)[3].1, bars.min_ratio * usual);
    assert_eq!(of(&day)[4].1, pulse.high);
    let pace = world.signal(SignalKind::Velocity);
    let asked = of(&pace);
    assert!(!asked.iter().any(|(setting, ..)| setting == "signal.min_ratio"), "{asked:?}");
    if pace.baseline.center > 0.0 {
        let at = asked.iter().find(|(setting, ..)| setting == "signal.min_pace").unwrap();
        assert_eq!(at.1, bars.min_pace * pace.baseline.center);
    }
    // Nothing is kept that missed a bar, and a p-value that is too large is one.
    for signal in &world.survey().signals {
        assert!(!signal.kept || signal.asked.iter().all(|bar| bar.passed), "{signal:?}");
        let p = signal.asked.last().unwrap();
        let setting = p.setting.as_deref();
        assert_eq!((setting, p.passed), (Some("signal.max_p"), signal.p_value <= bars.max_p), "{signal:?}");
    }
}

#[test]
fn a_topic_of_which_nothing_is_usual_has_no_bar_of_times_the_usual() {
    let mut world = World::usual(0);
    world.event(24, 20, "event");
    let signals = world.survey().signals;
    assert!(signals.iter().any(|signal| signal.baseline.center <= 0.0), "{signals:?}");
    for signal in signals.iter().filter(|signal| signal.baseline.center <= 0.0) {
        assert!(!signal.asked.iter().any(|bar| bar.what.contains("times")), "{signal:?}");
        assert!(signal.asked.iter().all(|bar| bar.needed.is_finite() && bar.had.is_finite()), "{signal:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn the_order_of_arrival_changes_nothing(seed in any::<u64>()) {
        let mut world = World::usual(8);
        world.event(20, 20, "event");
        let expected = world.survey();
        let mut state = seed;
        for i in (1..world.records.len()).rev() {
            state = crate::signal::baseline::tests_support::mix(state.wrapping_add(1));
            let j = usize::try_from(state % (i as u64 + 1)).unwrap();
            world.records.swap(i, j);
        }
        prop_assert_eq!(world.survey(), expected);
    }
}
