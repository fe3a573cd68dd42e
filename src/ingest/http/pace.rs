//! Pacing: how often one host is asked, and what it said about that.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// A host that asks for a longer pause is not waited for: the scan ends and comes back later.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// From so many hosts on, those of which nothing needs to be known any more are forgotten.
const MANY_HOSTS: usize = 4_096;

/// Requests under way at a time, and the least time between the starts of two.
pub(super) type HostPace = (usize, Duration);

/// Keeps the distance to every host.
#[derive(Debug)]
pub(super) struct Pace {
    usual: HostPace,
    special: BTreeMap<String, HostPace>,
    // Held for a few lines at a time and never across an await. The order of a hash map decides nothing here.
    hosts: Mutex<HashMap<String, Host>>,
}

#[derive(Debug)]
struct Host {
    places: Arc<Semaphore>,
    /// When the next request may start.
    free_at: Option<Instant>,
    /// The host said: not before.
    blocked_until: Option<Instant>,
}

impl Host {
    /// Nobody is there, nobody waits, and nothing was said that still holds.
    fn is_forgettable(&self, now: Instant) -> bool {
        let over = |at: Option<Instant>| at.is_none_or(|at| at <= now);
        Arc::strong_count(&self.places) == 1 && over(self.free_at) && over(self.blocked_until)
    }
}

impl Pace {
    /// `usual` for every host, except those of `special`: `host:port`, `host`, or a domain that stands with all below it
    /// for one host.
    pub(super) fn new(usual: HostPace, special: BTreeMap<String, HostPace>) -> Self {
        Self { usual, special, hosts: Mutex::default() }
    }

    /// Under which name the host is paced, and how. What shares a special pace shares its limits too.
    fn lane<'a>(&'a self, host: &'a str) -> (&'a str, HostPace) {
        let special =
            |name: &str| self.special.get_key_value(name).map(|(name, pace)| (name.as_str(), *pace));
        let mut name = host.rsplit_once(':').map_or(host, |(name, _)| name).trim_end_matches('.');
        let mut found = special(host).or_else(|| special(name));
        while found.is_none()
            && let Some((_, above)) = name.split_once('.')
        {
            name = above;
            found = special(name);
        }
        found.unwrap_or((host, self.usual))
    }

    fn with<T>(&self, host: &str, f: impl FnOnce(&mut Host, Duration) -> T) -> T {
        let (name, (requests, interval)) = self.lane(host);
        // What the lock guards is whole after every line that could panic, so a poisoned lock is as good.
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= MANY_HOSTS && !hosts.contains_key(name) {
            let now = Instant::now();
            hosts.retain(|_, host| !host.is_forgettable(now));
        }
        let state = hosts.entry(name.to_owned()).or_insert_with(|| Host {
            places: Arc::new(Semaphore::new(requests.max(1))),
            free_at: None,
            blocked_until: None,
        });
        f(state, interval)
    }

    /// Waits for this host's turn. `Err`: the host wants a pause that is too long to wait here.
    pub(super) async fn turn(&self, host: &str) -> Result<OwnedSemaphorePermit, Duration> {
        let places = self.with(host, |state, _| Arc::clone(&state.places));
        let permit = places.acquire_owned().await.expect("nobody closes this semaphore");
        let mut start = self.reserve(host, Instant::now())?;
        loop {
            tokio::time::sleep_until(start).await;
            // While this request waited, another one may have been told to stop.
            match self.blocked(host, Instant::now())? {
                Some(until) => start = until,
                None => return Ok(permit),
            }
        }
    }

    /// When a request that is wanted at `now` may start; later ones start later.
    fn reserve(&self, host: &str, now: Instant) -> Result<Instant, Duration> {
        let blocked = self.blocked(host, now)?;
        Ok(self.with(host, |state, interval| {
            let start = state.free_at.unwrap_or(now).max(now).max(blocked.unwrap_or(now));
            state.free_at = Some(start + interval);
            start
        }))
    }

    /// Until when the host wants to be left alone, if it does. `Err`: that is too long to wait here.
    fn blocked(&self, host: &str, now: Instant) -> Result<Option<Instant>, Duration> {
        match self.with(host, |state, _| state.blocked_until).filter(|until| *until > now) {
            Some(until) if until - now > LONGEST_PAUSE => Err(until - now),
            until => Ok(until),
        }
    }

    /// The host asked for a pause that begins at `now`.
    pub(super) fn block(&self, host: &str, wait: Duration, now: Instant) {
        self.with(host, |state, _| {
            let until = now + wait;
            state.blocked_until = Some(state.blocked_until.map_or(until, |old| old.max(until)));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn plain(interval: Duration) -> Pace {
        Pace::new((2, interval), BTreeMap::new())
    }

    #[test]
    fn requests_to_one_host_keep_their_distance_and_others_do_not_wait() {
        let (pace, now) = (plain(S), Instant::now());
        let starts: Vec<_> = (0..3).map(|_| pace.reserve("a.example", now).unwrap() - now).collect();
        assert_eq!(starts, [Duration::ZERO, S, 2 * S]);
        assert_eq!(pace.reserve("b.example", now), Ok(now));
        assert_eq!(pace.reserve("a.example", now + 60 * S), Ok(now + 60 * S));
    }

    #[test]
    fn a_long_pause_is_told_and_a_short_one_is_waited_for() {
        let (pace, now) = (plain(Duration::ZERO), Instant::now());
        pace.block("a.example", 120 * S, now);
        pace.block("a.example", S, now);
        assert_eq!(pace.reserve("a.example", now), Err(120 * S));
        assert_eq!(pace.reserve("a.example", now + 117 * S), Ok(now + 120 * S));
        assert_eq!(pace.reserve("a.example", now + 121 * S), Ok(now + 121 * S));
        assert_eq!(pace.reserve("b.example", now), Ok(now));
    }

    #[test]
    fn a_special_pace_holds_for_a_domain_with_all_below_it_as_for_one_host() {
        let special = BTreeMap::from([
            ("papers.example".to_owned(), (1, 3 * S)),
            ("fast.papers.example".to_owned(), (4, Duration::ZERO)),
            ("a.example:8080".to_owned(), (1, 9 * S)),
        ]);
        let (pace, now) = (Pace::new((2, S), special), Instant::now());
        let start = |host: &str| pace.reserve(host, now).unwrap() - now;
        assert_eq!(start("api.papers.example:443"), Duration::ZERO);
        assert_eq!(start("feeds.papers.example:80"), 3 * S, "they share one distance");
        assert_eq!(start("fast.papers.example:443"), Duration::ZERO);
        assert_eq!(start("fast.papers.example:443"), Duration::ZERO);
        assert_eq!(start("notpapers.example:443"), Duration::ZERO);
        assert_eq!(start("notpapers.example:443"), S);
        assert_eq!(start("a.example:8080"), Duration::ZERO);
        assert_eq!(start("a.example:8080"), 9 * S);
        pace.block("feeds.papers.example:80", 60 * S, now);
        assert_eq!(pace.reserve("api.papers.example:443", now), Err(60 * S));
        let places = pace.with("api.papers.example:443", |state, _| state.places.available_permits());
        assert_eq!(places, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_turn_hears_that_the_host_wants_none() {
        let pace = plain(4 * S);
        drop(pace.turn("a.example").await.unwrap());
        let waiting = pace.turn("a.example");
        let told = async {
            tokio::time::sleep(S).await;
            pace.block("a.example", 60 * S, Instant::now());
        };
        let (turn, ()) = tokio::join!(waiting, told);
        assert_eq!(turn.unwrap_err(), 57 * S);
    }

    #[test]
    fn hosts_of_which_nothing_needs_to_be_known_are_forgotten() {
        let pace = plain(Duration::ZERO);
        let past = Instant::now();
        pace.block("a.example", 60 * S, past);
        for n in 0..3 * MANY_HOSTS {
            pace.reserve(&format!("h{n}.example"), past).unwrap();
        }
        assert!(pace.hosts.lock().unwrap().len() <= MANY_HOSTS);
        assert!(pace.reserve("a.example", past).is_err());
    }
}
