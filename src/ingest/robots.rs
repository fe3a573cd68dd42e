//! What a host forbids robots: its `robots.txt`, and the marks on a page.

mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

use super::http::{Get, HttpError, PoliteClient};
use rules::Rules;

/// The name that hosts know us by: the first word of the `User-Agent`.
const PRODUCT: &str = "newsdesk";

/// How long a `robots.txt` holds (RFC 9309 §2.4: not longer than a day).
const HOLDS: Duration = Duration::from_hours(24);

/// How long it holds that a host could not tell.
const UNKNOWN_HOLDS: Duration = Duration::from_mins(30);

/// The largest file in bytes. RFC 9309 §2.5 asks for half a mebibyte at least.
const MAX_FILE_BYTES: usize = 512 * 1024;

/// Hosts that are remembered at a time.
const MAX_HOSTS: usize = 2_000;

/// Bytes of rules that are remembered at a time, over all hosts.
const MAX_CACHE_BYTES: usize = 8 * 1024 * 1024;

/// Why a page is not asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RobotsError {
    /// The host does not want it.
    #[error("{url} is closed to robots by its host's `robots.txt`")]
    Forbidden {
        /// The page.
        url: String,
    },
    /// Nobody knows: the host could not tell, so that nothing is asked.
    #[error("whether {url} is open to robots is not known: {cause}")]
    Unknown {
        /// The page.
        url: String,
        /// What happened to the request for `robots.txt`.
        #[source]
        cause: HttpError,
    },
}

impl RobotsError {
    /// How long to wait at least before trying again; `None` when trying again cannot help.
    pub fn retry_in(&self) -> Option<Duration> {
        match self {
            Self::Forbidden { .. } => Some(HOLDS),
            Self::Unknown { cause, .. } => cause.retry_in().map(|wait| wait.max(UNKNOWN_HOLDS)),
        }
    }
}

/// The rules of many hosts, each kept for a day.
#[derive(Debug, Default)]
pub struct Robots {
    // Held for a few lines at a time and never across an await.
    known: Mutex<BTreeMap<String, Known>>,
    /// `HOST:PORT` that are never asked, wherever a redirect leads.
    closed: Arc<BTreeSet<String>>,
}

#[derive(Clone, Debug)]
struct Known {
    until: DateTime<Utc>,
    rules: Result<Arc<Rules>, HttpError>,
}

impl Robots {
    /// Nothing known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Nothing known yet, and nothing asked of these hosts.
    pub fn closed_to(closed: Arc<BTreeSet<String>>) -> Self {
        Self { closed, ..Self::default() }
    }

    /// Whether a page may be asked for. Asks its host for `robots.txt` when that is not known: a file that is missing
    /// (4xx) forbids nothing, a host that fails (5xx, no answer) forbids everything for the time being (RFC 9309 §2.3.1).
    pub async fn check(&self, http: &PoliteClient, url: &Url, now: DateTime<Utc>) -> Result<(), RobotsError> {
        let origin = url.origin().ascii_serialization();
        let held = self.lock().get(&origin).filter(|known| known.until > now).cloned();
        let known = match held {
            Some(known) => known,
            None => self.ask(http, url, origin, now).await,
        };
        match known.rules {
            Ok(rules) if rules.allow(url) => Ok(()),
            Ok(_) => Err(RobotsError::Forbidden { url: url.to_string() }),
            Err(cause) => Err(RobotsError::Unknown { url: url.to_string(), cause }),
        }
    }

    async fn ask(&self, http: &PoliteClient, url: &Url, origin: String, now: DateTime<Utc>) -> Known {
        let mut file = url.clone();
        file.set_path("/robots.txt");
        file.set_query(None);
        file.set_fragment(None);
        let get = Get {
            max_body_bytes: Some(MAX_FILE_BYTES),
            web_ports_only: true,
            closed: Arc::clone(&self.closed),
            ..Get::new(file)
        };
        let rules = match http.get(&get, now).await {
            Ok(answer) => Ok(Rules::parse(&answer.body, PRODUCT)),
            // Missing, or led around in circles, which counts as missing.
            Err(
                HttpError::Status { status: 400..=499, .. }
                | HttpError::Gone { .. }
                | HttpError::TooManyRedirects { .. },
            ) => Ok(Rules::default()),
            Err(err) => Err(err),
        };
        let holds = if rules.is_ok() { HOLDS } else { UNKNOWN_HOLDS };
        let known = Known { until: now + holds, rules: rules.map(Arc::new) };
        self.keep(origin, known.clone());
        known
    }

    fn keep(&self, origin: String, known: Known) {
        let mut all = self.lock();
        all.insert(origin, known);
        let mut bytes: usize = all.iter().map(|(origin, known)| weight(origin, known)).sum();
        while all.len() > MAX_HOSTS || (bytes > MAX_CACHE_BYTES && all.len() > 1) {
            // What ends first was asked first, or matters least.
            let Some(oldest) = all.iter().min_by_key(|(_, known)| known.until).map(|(at, _)| at.clone())
            else {
                return;
            };
            if let Some(gone) = all.remove(&oldest) {
                bytes -= weight(&oldest, &gone);
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Known>> {
        // A map is whole after every line that could panic, so a poisoned lock is as good.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn weight(origin: &str, known: &Known) -> usize {
    origin.len() + known.rules.as_ref().map_or(0, |rules| rules.weight())
}

/// Whether an `X-Robots-Tag` forbids us to use the page. One that names another robot does not concern us.
pub(super) fn tag_forbids(value: &str) -> bool {
    // `unavailable_after: …` and its like have a colon and are no names.
    const WITH_VALUE: [&str; 4] =
        ["unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"];
    match value.split_once(':') {
        Some((name, rest)) if !name.contains(',') => {
            let name = name.trim();
            if WITH_VALUE.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                return directives_forbid(value);
            }
            let ours =
                name == "*" || name.eq_ignore_ascii_case(PRODUCT) || name.eq_ignore_ascii_case("robots");
            ours && directives_forbid(rest)
        }
        Some(_) | None => directives_forbid(value),
    }
}

/// Whether a `<meta>` of this name and content forbids us to use the page.
pub(super) fn meta_forbids(name: &str, content: &str) -> bool {
    let ours = name.trim().eq_ignore_ascii_case("robots") || name.trim().eq_ignore_ascii_case(PRODUCT);
    ours && directives_forbid(content)
}

fn directives_forbid(list: &str) -> bool {
    list.split([',', ';', ' '])
        .any(|word| ["noai", "noindex", "none"].iter().any(|no| word.trim().eq_ignore_ascii_case(no)))
}
