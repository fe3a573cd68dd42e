//! The program as it comes, at its own pace: how far apart its requests to a host really are.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use newsdesk::config::{Inputs, load};
use newsdesk::model::{Clock as _, ManualClock, SystemClock};

use super::SUBJECT;
use super::chronicle::Chronicle;
use super::host::Kind;
use super::town::Town;
use crate::support::cli::Cli;

/// Servers that say nothing of a pace get this.
const USUAL: Duration = Duration::from_secs(1);

/// What some ask for; docs/sources.md says so.
fn pace(host: &str) -> Duration {
    match host {
        "hn.algolia.com" => Duration::from_millis(400),
        "export.arxiv.org" => Duration::from_secs(3),
        _ => USUAL,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_of_the_default_configuration_keeps_its_distance() {
    let config = load(Inputs::default()).unwrap();
    let now = SystemClock.now();
    let town = Town::start(&config.topics, SUBJECT, ManualClock::at(now), Duration::ZERO).await;
    let mut people = Chronicle::of(3);
    for kind in Kind::ALL {
        people.says(&town, kind, 100.0, now - chrono::TimeDelta::hours(20), now);
    }
    let cli = Cli::new();
    cli.write("config/newsdesk.toml", format!("[http]\ngateway = \"{}\"\n", town.gateway));
    let ran = tokio::task::block_in_place(|| cli.run(&["scan"])).ends(0);

    let mut hosts: BTreeMap<String, Vec<Instant>> = BTreeMap::new();
    for kind in Kind::ALL {
        for asked in town.host(kind).asked().iter().filter(|_| kind != Kind::Sky) {
            assert_eq!(asked.status, 200, "{asked:?}");
            hosts.entry(asked.host.clone()).or_default().push(asked.met);
        }
    }
    for place in Kind::ALL.iter().flat_map(|kind| &town.host(*kind).places).filter(|p| p.kind != Kind::Sky) {
        assert!(hosts.contains_key(&place.host), "{place:?} was not read: {}\n{}", ran.out, ran.err);
    }
    for (host, times) in &hosts {
        let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
        // One request may be late on its way, the one after it not.
        let least = pace(host) * (times.len() - 1) as u32;
        let took = *last - *first + USUAL / 2;
        println!("{host}: {} requests in {:.1} s", times.len(), (*last - *first).as_secs_f64());
        assert!(took >= least, "{host}: {} requests in {took:?}", times.len());
    }
    // Nobody is waited for longer than the busiest of them takes.
    assert!(hosts["hn.algolia.com"].len() >= 27 && hosts["mastodon.social"].len() >= 10);
}
