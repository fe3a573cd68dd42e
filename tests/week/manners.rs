//! Whether we were polite: what the servers remember of our requests.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::host::{Asked, Host, Kind};
use super::town::Town;

/// Requests in one scan of a place, at most.
const BUDGET: usize = 25;

/// What one server saw in a week.
#[derive(Debug)]
pub(super) struct Manners {
    pub(super) requests: usize,
    /// The most requests to one place at one moment.
    pub(super) most_at_once: usize,
    /// The shortest time between an answer that went well and the next request of another scan.
    pub(super) closest: TimeDelta,
    /// Requests that went badly.
    pub(super) failed: usize,
}

/// Looks at everything that `host` was asked; fails where somebody came back to a place earlier than `least`, or than an
/// answer stayed fresh.
pub(super) fn of(host: &Host, least: TimeDelta) -> Manners {
    let asked = host.asked();
    let mut places: BTreeMap<Option<usize>, BTreeMap<DateTime<Utc>, Vec<&Asked>>> = BTreeMap::new();
    for one in asked.iter() {
        places.entry(one.place).or_default().entry(one.at).or_default().push(one);
    }
    let went_well = |one: &Asked| matches!(one.status, 101 | 200 | 304);
    let (mut closest, mut most_at_once) = (TimeDelta::MAX, 0);
    for (place, scans) in &places {
        for ((before, answers), next) in scans.iter().zip(scans.keys().skip(1)) {
            let last = answers.last().expect("a scan has a request");
            // What is of no place is asked for whenever something new turns up.
            if went_well(last) && (place.is_some() || host.places.is_empty()) {
                let fresh = TimeDelta::seconds(last.max_age.unwrap_or_default().cast_signed());
                let wait = *next - *before;
                assert!(
                    wait >= least.max(fresh),
                    "{:?}: at {before} and again at {next}: {last:?}",
                    host.kind
                );
                closest = closest.min(wait);
            }
        }
        if place.is_some() || host.places.is_empty() {
            most_at_once = scans.values().map(Vec::len).max().unwrap_or_default().max(most_at_once);
        }
    }
    assert!(most_at_once <= BUDGET, "{:?}: {most_at_once} requests in one scan", host.kind);
    let failed = asked.iter().filter(|one| !went_well(one)).count();
    Manners { requests: asked.len(), most_at_once, closest, failed }
}

/// Requests to a server from one moment on.
pub(super) fn since(town: &Town, kind: Kind, at: DateTime<Utc>) -> Vec<Asked> {
    town.host(kind).asked().iter().filter(|one| one.at >= at).cloned().collect()
}
