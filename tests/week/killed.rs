//! The desk is killed again and again while it scans; nothing is lost and nothing is stored twice.
//!
//! What is killed is this test binary, started again for one ignored test that is told where to scan: the same library, with
//! a clock that its parent turns. It has one source of each kind, so that each has many pages.

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use newsdesk::config::{Config, Inputs, SourceText, load};
use newsdesk::ingest::{JetstreamSource, PoliteClient, ScanEnd, ScanReport, scan_all};
use newsdesk::model::ManualClock;
use newsdesk::schedule::{Doors, TopicSource, sources_of};
use newsdesk::store::{Store, Tally};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::chronicle::Chronicle;
use super::dice::Dice;
use super::host::Kind;
use super::manners;
use super::said::Stored;
use super::town::{Town, client_settings};
use crate::support::{Database, at, variable};

/// Kills in all.
const KILLS: u32 = 50;

/// How long a server takes for an answer.
const SLOWNESS: Duration = Duration::from_millis(12);

/// From its first request on, a desk lives for less than so many milliseconds; less where machines are faster.
const LONGEST_LIFE_MS: u64 = 450;

/// How far a fresh desk looks back into the stream. Its first page may come after many kills, and by then that is less.
const BACK: TimeDelta = TimeDelta::hours(34);

/// The variable that tells a child what to do.
const ERRAND: &str = "NEWSDESK_WEEK_ERRAND";

/// The one topic, and what is read for it.
const TOPIC: &str = r#"
name = "Ferries"

[match]
any = ["ferry"]

[[sources]]
kind = "hackernews"
query = "ferry"

[[sources]]
kind = "feed"
url = "https://soundpost.example/feed.xml"
name = "The Sound Post"

[[sources]]
kind = "arxiv"
category = "cs.CY"

[[sources]]
kind = "mastodon"
instance = "saltpan.example"
tag = "ferry"

[[sources]]
kind = "lemmy"
instance = "quay.example"
community = "ferries"

[[sources]]
kind = "jetstream"
"#;

fn config() -> Config {
    let text = |path: &str, text: &str| SourceText { path: path.into(), text: text.to_owned() };
    let inputs = Inputs {
        file: Some(text("newsdesk.toml", "[topics]\nbuiltin = false\n")),
        topic_files: vec![text("topics/ferries.toml", TOPIC)],
        ..Inputs::default()
    };
    load(inputs).unwrap()
}

fn sources(config: &Config) -> Vec<TopicSource> {
    let (mut sources, _) = sources_of(config, &config.topics, &Doors::of(config));
    let stream = sources.last_mut().expect("there are six");
    assert!(stream.1.id().starts_with("jetstream:"));
    let wanted = Arc::new(|text: &str| text.contains("ferry"));
    stream.1 = Box::new(JetstreamSource::new(JetstreamSource::public_hosts(), wanted).look_back(BACK));
    sources
}

/// One scan of everything by a desk that knows nothing but its store.
async fn scan(store: &Store, gateway: &str, now: DateTime<Utc>) -> Vec<ScanReport> {
    let config = config();
    let http = PoliteClient::new(client_settings(&config, gateway)).unwrap();
    let reports = scan_all(store, &http, &sources(&config), now).await;
    let reports: Vec<ScanReport> = reports.into_iter().map(|report| report.unwrap()).collect();
    for report in &reports {
        assert!(!matches!(report.end, ScanEnd::Failed { .. }), "{report:?}");
    }
    reports
}

#[test]
#[ignore = "it is sent by the test below, fifty times and more"]
fn scans_once_as_it_is_told() {
    let errand: Value = serde_json::from_str(&variable(ERRAND).expect("an errand")).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(errand["database"].as_str().unwrap()).await.unwrap();
        scan(&store, errand["gateway"].as_str().unwrap(), errand["now"].as_str().unwrap().parse().unwrap())
            .await;
    });
}

fn send(database: &Database, town: &Town, now: DateTime<Utc>, log: &Path) -> Child {
    let errand = json!({ "database": database.url, "now": now, "gateway": town.gateway });
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "week::killed::scans_once_as_it_is_told", "--nocapture"])
        .env(ERRAND, errand.to_string())
        .stdout(Stdio::null())
        .stderr(File::create(log).unwrap())
        .spawn()
        .unwrap()
}

/// Waits until the child has asked for something; lets it live a little longer; whether it was the signal that ended it.
async fn kill(mut child: Child, town: &Town, before: usize, life: Duration, log: &Path) -> bool {
    while town.requests() == before && child.try_wait().unwrap().is_none() {
        // Whichever comes first, it is looked at again.
        drop(tokio::time::timeout(Duration::from_millis(20), town.rang.notified()).await);
    }
    tokio::time::sleep(life).await;
    child.kill().unwrap();
    let end = child.wait().unwrap();
    let killed = end.signal() == Some(9);
    assert!(killed || end.success(), "{end}: {}", std::fs::read_to_string(log).unwrap());
    killed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_fifty_times_in_the_middle_of_scans() {
    let start = at("2031-03-17 08:00");
    let town = Town::start(&config().topics, "ferry", ManualClock::at(start), SLOWNESS).await;
    let mut now = start;
    let (mut people, mut dice) = (Chronicle::of(11), Dice::of(12));
    for (kind, n, hours) in [
        (Kind::HackerNews, 1_500.0, 30),
        (Kind::Feed, 8.0, 30),
        (Kind::Arxiv, 700.0, 6 * 24),
        (Kind::Mastodon, 1_000.0, 30),
        (Kind::Lemmy, 1_200.0, 30),
        (Kind::Sky, 1_500.0, 10),
    ] {
        people.says(&town, kind, n, start - TimeDelta::hours(hours), start);
    }
    let (database, folder) = (Database::create(), TempDir::new().unwrap());
    let log = folder.path().join("child.log");
    // The tables are made in peace.
    drop(database.open().await);

    let (mut kills, mut runs, mut longest) = (0, 0, LONGEST_LIFE_MS);
    while kills < KILLS {
        runs += 1;
        assert!(runs <= 2 * KILLS, "{kills} kills in {runs} runs: they end before they are killed");
        town.clock.set(now);
        let life = Duration::from_millis(dice.below(longest));
        let before = town.requests();
        let child = send(&database, &town, now, &log);
        if kill(child, &town, before, life, &log).await {
            kills += 1;
        } else {
            longest -= longest / 8;
        }
        let next = now + TimeDelta::minutes(16);
        for (kind, n) in [
            (Kind::HackerNews, 120.0),
            (Kind::Feed, 0.1),
            (Kind::Arxiv, 2.0),
            (Kind::Mastodon, 90.0),
            (Kind::Lemmy, 80.0),
            (Kind::Sky, 120.0),
        ] {
            people.says(&town, kind, n, now + TimeDelta::minutes(1), next);
        }
        now = next;
    }
    let (killed_at, before) = (now, Stored::of(&database).await.len());

    let store = database.open().await;
    // On a slow machine the stream's first page may not have been stored yet: a fresh desk looks back from now.
    town.clock.set(now);
    scan(&store, &town.gateway, now).await;
    let mut quiet = 0;
    for n in 0.. {
        assert!(n < 40, "it does not come to an end");
        // Every source is due, and arXiv has shown all that it held back.
        now += TimeDelta::days(1);
        town.clock.set(now);
        let reports = scan(&store, &town.gateway, now).await;
        let still = |report: &ScanReport| report.tally.new == 0 && matches!(report.end, ScanEnd::CaughtUp);
        quiet = if reports.iter().all(still) { quiet + 1 } else { 0 };
        if quiet == 2 {
            break;
        }
    }
    let stored = Stored::of(&database).await;
    let mut all = 0;
    for kind in Kind::ALL {
        let said: Vec<_> = town.host(kind).said().iter().filter(|said| said.came <= now).cloned().collect();
        let found = stored.compare(kind, &said);
        assert!(found.lost.is_empty(), "{kind:?}: {:?}", found.lost);
        all += found.standing;
    }
    assert_eq!(store.source_gaps(start).await.unwrap(), []);
    println!(
        "{runs} runs, {kills} of them killed, {} requests until {killed_at}, {before} of {all} records until then",
        town.requests()
    );
    assert!(0 < before && before < all, "{before} of {all} records were stored by desks that were killed");

    now += TimeDelta::minutes(370);
    town.clock.set(now);
    for report in scan(&store, &town.gateway, now).await {
        assert!(matches!(report.end, ScanEnd::CaughtUp), "{report:?}");
        assert_eq!(Tally { unchanged: 0, ..report.tally }, Tally::default(), "{report:?}");
    }
    for (kind, most) in [
        (Kind::HackerNews, 1),
        (Kind::Feed, 1),
        // The last three days, which are more than a page here.
        (Kind::Arxiv, 5),
        // That nothing follows, and that this is no refusal.
        (Kind::Mastodon, 2),
        // A page of posts and one of comments.
        (Kind::Lemmy, 2),
        (Kind::Sky, 1),
        (Kind::Profiles, 0),
    ] {
        let asked = manners::since(&town, kind, now).len();
        assert!(asked <= most, "{kind:?} is asked {asked} times though nothing is new");
    }
}
