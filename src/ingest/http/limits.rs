//! What a host's headers say of its limits, and the pause that follows from it before a limit is hit.
//!
//! Understood: `X-RateLimit-*` and `RateLimit-*` with the reset as seconds left (Reddit), as seconds or milliseconds
//! since 1970 (GitHub, Bluesky), as ISO 8601 (Mastodon) or as HTTP date; several limits in one header (Brave); and the
//! structured `RateLimit` of the IETF (draft-ietf-httpapi-ratelimit-headers, its older and its newer form).

#[cfg(test)]
mod tests;

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;

use super::retry_after;

/// The longest pause that is made because a limit is used up though nothing was refused yet. Limits of one path (logging
/// in) come in the same headers as those of the host, so that after an hour one request asks again.
const LONGEST_PRECAUTION: Duration = Duration::from_hours(1);

/// Longer waits are cut, as those of `Retry-After` are.
const LONGEST: Duration = Duration::from_hours(24);

/// The pause where the reset is said to be over already, or not said: clocks differ, and answers are cached.
const SHORTEST: Duration = Duration::from_secs(1);

/// What is left of a limit is spread over the time until its reset once this part of it or less is left.
const SCARCE: f64 = 0.1;

/// Limits over more time than this are used as needed, not spread: the last tenth of a month is three days.
const SPREAD_WITHIN: Duration = Duration::from_hours(1);

/// Numbers from here on are a time since 1970 (2001 and later), smaller ones are seconds left.
const FIRST_EPOCH_SECOND: f64 = 1e9;

/// Numbers from here on are milliseconds since 1970.
const FIRST_EPOCH_MILLI: f64 = 1e11;

/// More limits in one answer are noise.
const MOST_LIMITS: usize = 16;

/// One limit, as far as the headers tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Limit {
    /// Requests in a window.
    pub(super) quota: Option<f64>,
    /// Requests left in this window.
    pub(super) remaining: Option<f64>,
    /// Time until the next window; zero when it should have begun already.
    pub(super) reset: Option<Duration>,
    /// The window's length.
    pub(super) window: Option<Duration>,
}

impl Limit {
    fn is_used_up(&self) -> bool {
        self.remaining.is_some_and(|left| left < 1.0)
    }

    /// Time until there are requests again.
    fn until_reset(&self) -> Duration {
        self.reset.or(self.window).unwrap_or_default().clamp(SHORTEST, LONGEST)
    }

    /// The pause after an answer that was no refusal.
    fn pause(&self) -> Option<Duration> {
        if self.is_used_up() {
            return Some(self.until_reset().min(LONGEST_PRECAUTION));
        }
        let (quota, left, reset) = (self.quota?, self.remaining?, self.reset?);
        let scarce = left <= quota * SCARCE && reset <= SPREAD_WITHIN && !reset.is_zero();
        scarce.then(|| reset.div_f64(left))
    }
}

/// All limits that the headers of an answer tell.
pub(super) fn read(headers: &HeaderMap, now: DateTime<Utc>) -> Vec<Limit> {
    let text = |name: &str| -> Option<String> {
        let values: Vec<&str> =
            headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    };
    let mut limits = Vec::new();
    for prefix in ["x-ratelimit", "x-rate-limit", "ratelimit"] {
        let field = |name: &str| text(&format!("{prefix}-{name}"));
        let (quota, left, reset) = (field("limit"), field("remaining"), field("reset"));
        if left.is_some() || reset.is_some() {
            limits.extend(plain(
                quota.as_deref(),
                left.as_deref(),
                reset.as_deref(),
                field("policy").as_deref(),
                now,
            ));
        }
    }
    if let Some(value) = text("ratelimit") {
        limits.extend(structured(&value, text("ratelimit-policy").as_deref(), now));
    }
    limits.truncate(MOST_LIMITS);
    limits
}

/// How long to leave the host alone after an answer with these limits.
pub(super) fn pause(limits: &[Limit]) -> Option<Duration> {
    limits.iter().filter_map(Limit::pause).max()
}

/// How long to leave it alone after a refusal; `None` when the limits do not tell.
pub(super) fn pause_after_refusal(limits: &[Limit]) -> Option<Duration> {
    let over = |limit: &&Limit| limit.is_used_up() || limit.remaining.is_none();
    // A reset in the past explains no refusal.
    let waits = limits.iter().filter(over).filter(|limit| limit.reset.is_some_and(|reset| !reset.is_zero()));
    waits.map(Limit::until_reset).max()
}

/// Whether a limit is used up: then a 403 is a matter of time.
pub(super) fn is_used_up(limits: &[Limit]) -> bool {
    limits.iter().any(Limit::is_used_up)
}

/// `…-Limit`, `…-Remaining`, `…-Reset` and `…-Policy`, each with one value or with one for each limit.
fn plain(
    quota: Option<&str>,
    left: Option<&str>,
    reset: Option<&str>,
    policy: Option<&str>,
    now: DateTime<Utc>,
) -> Vec<Limit> {
    let numbers = |text: Option<&str>| -> Vec<Option<f64>> {
        text.map(|text| parts(text, ',').map(number).collect()).unwrap_or_default()
    };
    let (quotas, lefts) = (numbers(quota), numbers(left));
    let resets: Vec<Option<Duration>> = match reset {
        // An HTTP date has a comma of its own.
        Some(text) if moment(text, now).is_some() => vec![moment(text, now)],
        Some(text) => parts(text, ',').map(|text| moment(text, now)).collect(),
        None => Vec::new(),
    };
    let windows: Vec<Option<Duration>> =
        policy.map(|text| parts(text, ',').map(|item| Item::of(item).window()).collect()).unwrap_or_default();
    (0..lefts.len().max(resets.len()).min(MOST_LIMITS))
        .map(|at| Limit {
            quota: quotas.get(at).copied().flatten(),
            remaining: lefts.get(at).copied().flatten(),
            reset: resets.get(at).copied().flatten(),
            window: windows.get(at).copied().flatten(),
        })
        .collect()
}

/// `"burst";r=0;t=1, "day";r=100;t=3600`, or, as in older drafts, `limit=100, remaining=50, reset=5`.
fn structured(value: &str, policy: Option<&str>, now: DateTime<Utc>) -> Vec<Limit> {
    let items: Vec<Item<'_>> = parts(value, ',').take(MOST_LIMITS).map(Item::of).collect();
    let policies: Vec<Item<'_>> =
        policy.map(|text| parts(text, ',').take(MOST_LIMITS).map(Item::of).collect()).unwrap_or_default();
    let old = |name: &str| items.iter().find_map(|item| item.key_value().filter(|(key, _)| *key == name));
    if let Some((_, left)) = old("remaining") {
        return vec![Limit {
            quota: old("limit").and_then(|(_, text)| number(text)),
            remaining: number(left),
            reset: old("reset").and_then(|(_, text)| moment(text, now)),
            window: policies.first().and_then(Item::window),
        }];
    }
    items
        .iter()
        .filter(|item| item.parameter("r").is_some())
        .map(|item| {
            let policy = policies.iter().find(|policy| policy.name == item.name);
            Limit {
                quota: policy.and_then(|policy| number(policy.parameter("q")?)),
                remaining: item.parameter("r").and_then(number),
                reset: item.parameter("t").and_then(|text| moment(text, now)),
                window: policy.and_then(Item::window),
            }
        })
        .collect()
}

/// An item of a structured list: a name or number, and parameters behind semicolons.
#[derive(Debug)]
struct Item<'a> {
    name: &'a str,
    parameters: &'a str,
}

impl<'a> Item<'a> {
    fn of(text: &'a str) -> Self {
        let end = outside_quotes(text, ';').next().unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        Self { name: name.trim(), parameters: rest.strip_prefix(';').unwrap_or(rest) }
    }

    fn parameter(&self, name: &str) -> Option<&'a str> {
        parts(self.parameters, ';').find_map(|part| {
            let (key, value) = part.split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    fn key_value(&self) -> Option<(&'a str, &'a str)> {
        self.name.split_once('=').map(|(key, value)| (key.trim(), value.trim()))
    }

    fn window(&self) -> Option<Duration> {
        seconds(number(self.parameter("w")?)?)
    }
}

/// The places of `sign` outside of quotation marks.
fn outside_quotes(text: &str, sign: char) -> impl Iterator<Item = usize> {
    let mut quoted = false;
    text.char_indices().filter_map(move |(at, c)| {
        quoted ^= c == '"';
        (c == sign && !quoted).then_some(at)
    })
}

/// What stands between the signs outside of quotation marks, trimmed.
fn parts(text: &str, sign: char) -> impl Iterator<Item = &str> {
    let mut from = 0;
    outside_quotes(text, sign).chain([text.len()]).map(move |to| {
        let part = text.get(from..to).unwrap_or_default();
        from = to + 1; // the sign is ASCII
        part.trim()
    })
}

/// A number that is none of `inf`, `nan`, `-1`.
fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0)
}

fn seconds(value: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(value).ok()
}

/// Time from now until the moment that a reset names; zero when it is over.
fn moment(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    let at = if let Some(value) = number(text) {
        if value < FIRST_EPOCH_SECOND {
            return seconds(value);
        }
        let millis = if value < FIRST_EPOCH_MILLI { value * 1_000.0 } else { value };
        DateTime::from_timestamp_millis(millis as i64)?
    } else if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        at.to_utc()
    } else {
        retry_after::http_date(text)?
    };
    Some((at - now).to_std().unwrap_or_default())
}
