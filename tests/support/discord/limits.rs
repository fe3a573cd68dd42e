//! Rate limits: a bucket for each kind of request and channel, and one for everything a bot does.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

/// The windows that are open.
pub(super) struct Limits {
    windows: BTreeMap<String, Window>,
    /// Requests a bot may make in a second.
    pub(super) per_second: u32,
    /// Nothing is counted.
    pub(super) off: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { windows: BTreeMap::new(), per_second: 50, off: false }
    }
}

struct Window {
    since: Instant,
    used: u32,
}

/// How many requests in how long, and which ones share it.
pub(super) struct Rule {
    name: &'static str,
    of: String,
    limit: u32,
    per: Duration,
}

/// Whether a request may go on, and what its answer says about that.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) refused: Option<TooMany>,
}

/// A 429.
pub(super) struct TooMany {
    pub(super) retry_after: Duration,
    pub(super) global: bool,
    pub(super) scope: &'static str,
}

/// The bucket of a request. `None`: it has none (answers to interactions).
pub(super) fn rule(method: &str, path: &[&str]) -> Option<Rule> {
    let rule = |name, of: &str, limit, seconds| {
        Some(Rule { name, of: of.to_owned(), limit, per: Duration::from_secs(seconds) })
    };
    match (method, path) {
        (_, ["interactions", _, _, "callback"]) => None,
        ("POST", ["channels", id, "messages"]) => rule("send", id, 5, 5),
        ("PATCH", ["channels", id, "messages", _]) => rule("edit", id, 5, 5),
        ("DELETE", ["channels", id, "messages", _]) => rule("delete", id, 5, 1),
        ("POST", ["channels", id, "messages", _, "crosspost"]) => rule("crosspost", id, 10, 3600),
        ("POST", ["channels", id, "messages", _, "threads"] | ["channels", id, "threads"]) => {
            rule("thread", id, 10, 10)
        }
        ("GET", ["channels", id, "messages", ..]) => rule("read", id, 10, 5),
        ("PATCH", ["channels", id]) => rule("channel", id, 10, 15),
        ("GET", ["channels", id]) => rule("look", id, 50, 10),
        ("PUT", ["applications", id, .., "commands"]) => rule("commands", id, 5, 20),
        ("POST" | "PATCH" | "DELETE", ["webhooks", _, token, ..]) => rule("webhook", token, 5, 2),
        ("GET", ["gateway", "bot"]) => rule("gateway", "", 2, 5),
        _ => rule("other", path.get(1).unwrap_or(&""), 50, 1),
    }
}

impl Rule {
    /// Names and places are edited twice in ten minutes; no header says so beforehand.
    pub(super) fn rename(channel: &str) -> Self {
        Self { name: "rename", of: channel.to_owned(), limit: 2, per: Duration::from_mins(10) }
    }

    /// The name of the bucket in headers; does not tell whose it is.
    fn hash(&self) -> String {
        let mixed = self.name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("{mixed:016x}")
    }

    /// What the headers say of this bucket.
    pub(super) fn headers(
        &self,
        left: u32,
        reset: Duration,
        now: DateTime<Utc>,
    ) -> Vec<(&'static str, String)> {
        let at = now.timestamp_millis() as f64 / 1000.0 + reset.as_secs_f64();
        vec![
            ("x-ratelimit-limit", self.limit.to_string()),
            ("x-ratelimit-remaining", left.to_string()),
            ("x-ratelimit-reset", format!("{at:.3}")),
            ("x-ratelimit-reset-after", format!("{:.3}", reset.as_secs_f64())),
            ("x-ratelimit-bucket", self.hash()),
        ]
    }
}

impl Limits {
    /// Counts a request in its bucket.
    pub(super) fn take(&mut self, rule: &Rule, now: DateTime<Utc>) -> Verdict {
        let (left, reset) = self.count(format!("{} {}", rule.name, rule.of), rule.limit, rule.per);
        let headers = rule.headers(left.unwrap_or_default(), reset, now);
        let refused = left.is_none().then_some(TooMany { retry_after: reset, global: false, scope: "user" });
        Verdict { headers, refused }
    }

    /// Counts a request of the bot, whatever it is.
    pub(super) fn take_global(&mut self) -> Option<TooMany> {
        let (left, reset) = self.count("global".to_owned(), self.per_second, Duration::from_secs(1));
        left.is_none().then_some(TooMany { retry_after: reset, global: true, scope: "global" })
    }

    /// How many are left after this one, if it may go on, and when the window ends.
    fn count(&mut self, key: String, limit: u32, per: Duration) -> (Option<u32>, Duration) {
        let window = self.windows.entry(key).or_insert(Window { since: Instant::now(), used: 0 });
        if window.since.elapsed() >= per {
            *window = Window { since: Instant::now(), used: 0 };
        }
        let reset = per.saturating_sub(window.since.elapsed());
        if self.off {
            return (Some(limit), reset);
        }
        if window.used >= limit {
            return (None, reset);
        }
        window.used += 1;
        (Some(limit - window.used), reset)
    }
}
