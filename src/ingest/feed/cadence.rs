//! When a feed wants to be asked again.

use std::time::Duration;

use chrono::{DateTime, Datelike as _, DurationRound as _, TimeDelta, Timelike as _, Utc};

use super::raw::FeedHints;

const ALL_HOURS: u32 = (1 << 24) - 1;
const ALL_DAYS: u32 = (1 << 7) - 1;

/// The first moment at which this feed may be asked again: after the longest of the intervals that its server, its
/// document and its reader name, and not in hours or on days in which nothing is published.
pub(super) fn not_before(
    hints: &FeedHints,
    max_age: Option<Duration>,
    least: Duration,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let wait = least.max(hints.every.unwrap_or_default()).max(max_age.unwrap_or_default());
    let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX);
    let mut due = now.checked_add_signed(wait).unwrap_or(DateTime::<Utc>::MAX_UTC);
    // Who skips everything has misunderstood.
    let hours = if hints.skip_hours & ALL_HOURS == ALL_HOURS { 0 } else { hints.skip_hours };
    let days = if hints.skip_days & ALL_DAYS == ALL_DAYS { 0 } else { hints.skip_days };
    let skipped = |at: DateTime<Utc>| {
        hours & (1 << at.hour()) != 0 || days & (1 << at.weekday().num_days_from_monday()) != 0
    };
    // A week has no more hours.
    for _ in 0..7 * 24 {
        let hour = TimeDelta::hours(1);
        let next = due.duration_trunc(hour).ok().and_then(|start| start.checked_add_signed(hour));
        match next {
            Some(next) if skipped(due) => due = next,
            Some(_) | None => break,
        }
    }
    due
}

/// How long an answer stays fresh (RFC 9111): `max-age` less the time it lay in a cache.
pub(super) fn freshness(cache_control: Option<&str>, age: Option<&str>) -> Option<Duration> {
    let mut fresh = None;
    for part in cache_control?.split(',') {
        let (name, value) = part.trim().split_once('=').unwrap_or((part.trim(), ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-cache" | "no-store" => return None,
            "max-age" => fresh = value.trim().trim_matches('"').parse().ok().map(Duration::from_secs),
            _ => {}
        }
    }
    let age = age.and_then(|age| age.trim().parse().ok()).map_or(Duration::ZERO, Duration::from_secs);
    fresh.map(|fresh| fresh.saturating_sub(age))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(hints: FeedHints, max_age_s: u64, now: &str) -> String {
        let at = not_before(
            &hints,
            Some(Duration::from_secs(max_age_s)),
            Duration::from_mins(14),
            now.parse().unwrap(),
        );
        at.format("%a %H:%M").to_string()
    }

    #[test]
    fn the_longest_wish_counts() {
        let now = "2031-03-17T19:00:00Z";
        let hourly = FeedHints { every: Some(Duration::from_hours(1)), ..FeedHints::default() };
        assert_eq!(due(FeedHints::default(), 0, now), "Mon 19:14");
        assert_eq!(due(FeedHints::default(), 1_800, now), "Mon 19:30");
        assert_eq!(due(hourly, 1_800, now), "Mon 20:00");
        assert_eq!(due(hourly, 7_200, now), "Mon 21:00");
        assert_eq!(
            not_before(&hourly, Some(Duration::MAX), Duration::ZERO, now.parse().unwrap()),
            DateTime::<Utc>::MAX_UTC
        );
    }

    #[test]
    fn hours_and_days_without_news_are_left_out() {
        let night = FeedHints { skip_hours: 1 << 20 | 1 << 21 | 1, ..FeedHints::default() };
        assert_eq!(due(night, 0, "2031-03-17T19:50:00Z"), "Mon 22:00");
        assert_eq!(due(night, 0, "2031-03-17T23:50:00Z"), "Tue 01:00");
        let weekend = FeedHints { skip_days: 1 << 5 | 1 << 6, ..FeedHints::default() };
        assert_eq!(due(weekend, 0, "2031-03-21T23:50:00Z"), "Mon 00:00");
        let never = FeedHints { skip_hours: ALL_HOURS, skip_days: ALL_DAYS, ..FeedHints::default() };
        assert_eq!(due(never, 0, "2031-03-17T19:00:00Z"), "Mon 19:14");
    }

    #[test]
    fn freshness_is_what_a_cache_may_use() {
        let seconds = |text, age| freshness(Some(text), age).map(|fresh| fresh.as_secs());
        assert_eq!(seconds("public, Max-Age=600", None), Some(600));
        assert_eq!(seconds("max-age=\"600\", s-maxage=9", Some("100")), Some(500));
        assert_eq!(seconds("max-age=600", Some("700")), Some(0));
        assert_eq!(seconds("no-cache, max-age=600", None), None);
        assert_eq!(seconds("max-age=soon", None), None);
        assert_eq!(freshness(None, None), None);
    }
}
