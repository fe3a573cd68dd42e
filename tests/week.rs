//! A week of live sources: local servers play what the default configuration reads, the clock is turned by hand, everything
//! behind them is real.

mod arxiv;
mod chronicle;
mod dice;
mod feed;
mod gateway;
mod hackernews;
mod host;
mod killed;
mod lemmy;
mod manners;
mod mastodon;
mod pace;
mod place;
mod said;
mod sky;
mod town;

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use newsdesk::ingest::{HackerNewsLookup, Lookup as _, PoliteClient, ScanEnd, ScanReport, Source, scan_all};
use newsdesk::model::{Clock as _, ManualClock, Platform};
use newsdesk::schedule::{Doors, sources_of};
use newsdesk::store::Tally;

use self::chronicle::Chronicle;
use self::host::{Kind, Mood};
use self::said::{Found, Stored, is_told};
use self::town::{Town, client_settings};
use crate::support::{Desk, at};

/// One of the topics that come with the program asks for it: the stream is read for such words alone.
const SUBJECT: &str = "rustlang";

/// From when to when a server is unwell, and how. Where it shows or keeps its latest only, that is longer than it can
/// make up for.
const TROUBLES: [(Kind, &str, &str, Mood); 5] = [
    (Kind::Feed, "2031-03-18 06:00", "2031-03-19 12:00", Mood::Broken),
    (Kind::Lemmy, "2031-03-19 00:00", "2031-03-20 00:00", Mood::Broken),
    (Kind::HackerNews, "2031-03-20 02:00", "2031-03-21 02:00", Mood::Deaf),
    (Kind::Sky, "2031-03-21 00:00", "2031-03-22 20:00", Mood::Deaf),
    (Kind::HackerNews, "2031-03-23 06:00", "2031-03-23 09:00", Mood::Busy(7_200)),
];

/// A day on which the feed says that its answers stay fresh for so many seconds.
const FRESH: (&str, &str, u64) = ("2031-03-20 00:00", "2031-03-21 00:00", 5_400);

/// The desk is switched off.
const OFF: (&str, &str) = ("2031-03-22 03:00", "2031-03-22 13:00");

fn within(now: DateTime<Utc>, from: &str, until: &str) -> bool {
    (at(from)..at(until)).contains(&now)
}

/// What is said at a place in an hour.
fn hourly(kind: Kind, now: DateTime<Utc>) -> f64 {
    match kind {
        Kind::HackerNews => 18.0,
        // Much happens while nobody can read of it.
        Kind::Feed if within(now, TROUBLES[0].1, TROUBLES[0].2) => 4.0,
        Kind::Feed => 1.0,
        Kind::Arxiv => 2.5,
        Kind::Mastodon => 12.0,
        Kind::Lemmy => 8.0,
        Kind::Sky => 10.0,
        Kind::Profiles => 0.0,
    }
}

/// Whether what changes now is certain to be seen: not before and while something gets lost.
fn is_calm(kind: Kind, now: DateTime<Utc>) -> bool {
    let around = |from: &str, until: &str| {
        (at(from) - TimeDelta::hours(8)..at(until) + TimeDelta::hours(8)).contains(&now)
    };
    let lossy = TROUBLES.iter().filter(|trouble| trouble.0 == kind && matches!(kind, Kind::Feed | Kind::Sky));
    let off = kind == Kind::Feed && around(OFF.0, OFF.1);
    !off && lossy.into_iter().all(|(_, from, until, _)| !around(from, until))
}

/// A running desk: what it remembers is in the store.
struct Reader {
    http: PoliteClient,
    sources: Vec<(String, Box<dyn Source>)>,
}

impl Reader {
    fn start(desk: &Desk, town: &Town) -> Self {
        let http = PoliteClient::new(client_settings(&desk.config, &town.gateway)).unwrap();
        let (sources, cannot) = sources_of(&desk.config, &desk.config.topics, &Doors::of(&desk.config));
        assert_eq!(cannot, [""; 0]);
        Self { http, sources }
    }

    /// Scans everything once; only sources whose server is unwell may fail.
    async fn scan(&self, desk: &Desk, town: &Town) -> Vec<ScanReport> {
        let mut reports = Vec::new();
        let scans = scan_all(&desk.store, &self.http, &self.sources, town.clock.now()).await;
        for report in scans {
            let report = report.unwrap();
            let kind = Kind::of(&report.source);
            let well = match report.end {
                ScanEnd::CaughtUp | ScanEnd::NotDue { .. } => true,
                ScanEnd::BudgetUsed | ScanEnd::Failed { .. } => false,
            };
            assert!(well || town.host(kind).mood() != Mood::Well, "{}: {report:?}", town.clock.now());
            reports.push(report);
        }
        reports
    }
}

/// Hacker News tells of corrections and deletions only who asks for an item: as for what stories cite, so here.
async fn rechecks_hacker_news(desk: &Desk, town: &Town, reader: &Reader) {
    let host = town.host(Kind::HackerNews);
    let ids: Vec<String> = {
        let mut all = host.said();
        let chosen = all.iter_mut().filter(|said| said.told && said.edited.is_none()).take(10);
        chosen
            .enumerate()
            .map(|(n, said)| {
                let changed = if n % 2 == 0 { &mut said.edited } else { &mut said.gone };
                *changed = Some(town.clock.now());
                said.id.to_string()
            })
            .collect()
    };
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let found = HackerNewsLookup::new().look_up(&reader.http, &ids, town.clock.now()).await.unwrap();
    let tally = desk.store.save_records(&found, town.clock.now()).await.unwrap();
    assert_eq!((tally.revised, tally.gone), (5, 5), "{tally:?}");
}

#[tokio::test]
async fn a_week_of_the_default_configuration() {
    let (start, end) = (at("2031-03-17 00:00"), at("2031-03-24 00:00"));
    let desk = Desk::as_it_comes().await;
    let town = Town::start(&desk.config.topics, SUBJECT, ManualClock::at(start), Duration::ZERO).await;
    let mut people = Chronicle::of(7);
    for (kind, n, hours) in [
        (Kind::HackerNews, 450.0, 40),
        (Kind::Feed, 9.0, 30),
        (Kind::Arxiv, 360.0, 6 * 24),
        (Kind::Mastodon, 200.0, 40),
        (Kind::Lemmy, 160.0, 40),
    ] {
        people.says(&town, kind, n, start - TimeDelta::hours(hours), start);
    }

    let (mut reader, mut now, mut steps, mut tally) =
        (Reader::start(&desk, &town), start, 0, Tally::default());
    let mut left = false;
    // In the last hours nobody says anything any more, so that all can be told.
    let last = end + TimeDelta::hours(9);
    while now < last {
        town.clock.set(now);
        for kind in Kind::ALL {
            let trouble =
                TROUBLES.iter().find(|(of, from, until, _)| *of == kind && within(now, from, until));
            let fresh = Some(FRESH.2).filter(|_| kind == Kind::Feed && within(now, FRESH.0, FRESH.1));
            town.host(kind).is(trouble.map_or(Mood::Well, |(_, _, _, mood)| *mood), fresh);
        }
        for report in reader.scan(&desk, &town).await {
            tally += report.tally;
        }
        steps += 1;
        for kind in Kind::ALL {
            if now < end && steps % 2 == 1 && is_calm(kind, now) {
                people.changes_its_mind(&town, kind, now);
            }
        }
        if !left && now >= at("2031-03-20 12:00") {
            people.somebody_leaves(&town, now);
            left = true;
        }
        let mut next = now + people.pause();
        if within(next, OFF.0, OFF.1) {
            next = at(OFF.1);
        }
        for kind in Kind::ALL {
            if next <= end {
                let hours = (next - now).num_minutes() as f64 / 60.0;
                people.says(&town, kind, hourly(kind, now) * hours, now + TimeDelta::minutes(1), next);
            }
        }
        // What a program knows without its store is gone every day, and when a server has asked for patience.
        let busy = town.host(Kind::HackerNews).mood() != Mood::Well;
        if next.date_naive() != now.date_naive() || busy {
            reader = Reader::start(&desk, &town);
        }
        now = next;
    }
    rechecks_hacker_news(&desk, &town, &reader).await;

    let (stored, now) = (Stored::of(&desk.database).await, town.clock.now());
    let mut found: Vec<(Kind, Found)> = Vec::new();
    for kind in Kind::ALL {
        let said: Vec<_> = town.host(kind).said().iter().filter(|said| said.came <= now).cloned().collect();
        found.push((kind, stored.compare(kind, &said)));
    }
    println!("{steps} scans, {tally:?}");
    let gaps = desk.store.source_gaps(start).await.unwrap();
    for (kind, found) in &found {
        let (standing, edited, gone, lost) =
            (found.standing, found.edited, found.tombstones, found.lost.len());
        println!("{kind:?}: {standing} stand, {edited} of them corrected, {gone} gone, {lost} lost");
        assert!(standing > 50 && edited > 5, "{kind:?}");
        assert_eq!(gone > 0, !matches!(kind, Kind::Feed | Kind::Mastodon), "{kind:?}");
        // Nothing is lost but what could not be made up for, and that is told.
        assert_eq!(lost > 0, matches!(kind, Kind::Feed | Kind::Sky), "{kind:?}: {:?}", found.lost);
        assert!(found.lost.iter().all(|at| is_told(&gaps, &kind.platform(), *at)), "{kind:?}: {gaps:?}");
    }
    let of: BTreeSet<&Platform> = gaps.iter().map(|(_, platform, _)| platform).collect();
    assert_eq!(of, BTreeSet::from([&Platform::Feed, &Platform::Bluesky]), "{gaps:?}");
    println!("{} gaps", gaps.len());
    println!("requests in a week: {}", was_polite(&town, steps));
}

/// What each server was asked in the week, held against what it would put up with.
fn was_polite(town: &Town, steps: usize) -> String {
    let minutes = TimeDelta::minutes;
    let mut line = Vec::new();
    for (kind, least, most_requests, most_failures) in [
        // One page a scan, and what is left after a day.
        (Kind::HackerNews, minutes(0), steps + 20, 16),
        (Kind::Feed, minutes(14), 7 * 24 * 60 / 14, 16),
        // Four pages at first, then those of three days.
        (Kind::Arxiv, minutes(6 * 60), 30 * 3, 0),
        // What came lately, and that nothing follows it.
        (Kind::Mastodon, minutes(2), 2 * steps + 20, 0),
        // Posts and comments.
        (Kind::Lemmy, minutes(5), 2 * steps + 20, 16),
        // Each of four hosts is tried while none answers.
        (Kind::Sky, minutes(0), steps + 20, 60),
        // Each of six accounts every six hours.
        (Kind::Profiles, minutes(0), 6 * 30, 0),
    ] {
        let seen = manners::of(town.host(kind), least);
        let places = town.host(kind).places.len().max(1);
        let (most_requests, most_failures) = (most_requests * places, most_failures * places);
        line.push(format!(
            "{kind:?} {} to {places} places (at most {} a scan of one, {} min apart, {} failed)",
            seen.requests,
            seen.most_at_once,
            seen.closest.num_minutes(),
            seen.failed
        ));
        assert!(seen.requests <= most_requests && seen.failed <= most_failures, "{kind:?}: {seen:?}");
        assert!(seen.requests > 20, "{kind:?}: {seen:?}");
    }
    // Who asked for two hours of patience had them, though the program began anew.
    let busy = at("2031-03-23 06:00");
    let asked = manners::since(town, Kind::HackerNews, busy);
    let until = asked[0].at + minutes(120);
    let before: Vec<_> = asked.iter().take_while(|one| one.at < until).collect();
    assert!(before.iter().all(|one| (one.status, one.at) == (429, asked[0].at)), "{before:?}");
    // Those that were asked at that moment beside each other; the others of that host heard of it.
    assert!(before.len() <= 8, "{}", before.len());
    // What has not changed is not sent again.
    let unchanged = town.host(Kind::Feed).asked().iter().filter(|one| one.status == 304).count();
    assert!(unchanged > 100, "{unchanged}");
    line.join("; ")
}
