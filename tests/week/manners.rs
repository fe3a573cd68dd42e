//! Whether we were polite: what the servers remember of our requests.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::host::{Asked, Host, Kind};
use super::town::Town;

/// Requests in one scan of a source, at most.
const BUDGET: usize = 25;

/// What one server saw in a week.
#[derive(Debug)]
pub(super) struct Manners {
    pub(super) requests: usize,
    /// The most requests at one moment.
    pub(super) most_at_once: usize,
    /// The shortest time between an answer that went well and the next request of another scan.
    pub(super) closest: TimeDelta,
    /// Requests that went badly.
    pub(super) failed: usize,
}

/// Looks at everything that `host` was asked; fails where somebody came back earlier than `least`, or than an answer
/// stayed fresh.
pub(super) fn of(host: &Host, least: TimeDelta) -> Manners {
    let asked = host.asked();
    let mut scans: BTreeMap<DateTime<Utc>, Vec<&Asked>> = BTreeMap::new();
    for one in asked.iter() {
        scans.entry(one.at).or_default().push(one);
    }
    let went_well = |one: &Asked| matches!(one.status, 101 | 200 | 304);
    let mut closest = TimeDelta::MAX;
    for ((before, answers), next) in scans.iter().zip(scans.keys().skip(1)) {
        let last = answers.last().expect("a scan has a request");
        if went_well(last) {
            let fresh = TimeDelta::seconds(last.max_age.unwrap_or_default().cast_signed());
            let wait = *next - *before;
            assert!(wait >= least.max(fresh), "{:?}: at {before} and again at {next}: {last:?}", host.kind);
            closest = closest.min(wait);
        }
    }
    let most_at_once = scans.values().map(Vec::len).max().unwrap_or_default();
    assert!(most_at_once <= BUDGET, "{:?}: {most_at_once} requests in one scan", host.kind);
    let failed = asked.iter().filter(|one| !went_well(one)).count();
    Manners { requests: asked.len(), most_at_once, closest, failed }
}

/// Requests to a server from one moment on.
pub(super) fn since(town: &Town, kind: Kind, at: DateTime<Utc>) -> Vec<Asked> {
    town.host(kind).asked().iter().filter(|one| one.at >= at).cloned().collect()
}
