//! When a desk is posted to: cadence and quiet hours, in its own time zone.

use chrono::{DateTime, Duration, NaiveTime, TimeZone as _, Timelike as _, Utc};
use chrono_tz::Tz;

use crate::model::{Cadence, DeskSettings};

/// When a story of `at` may be posted; `None`: at once.
pub(super) fn due_at(settings: &DeskSettings, cadence: Cadence, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let zone: Tz = settings.time_zone.parse().unwrap_or(Tz::UTC);
    let slot = match cadence {
        Cadence::Instant => at,
        Cadence::Hourly => next_hour(zone, at, None),
        Cadence::Daily => next_hour(zone, at, Some(settings.digest_hour)),
    };
    let due = match settings.quiet {
        Some(quiet) => after_quiet(zone, quiet, slot),
        None => slot,
    };
    (due > at).then_some(due)
}

/// The next full hour, or the next time that it is this hour of the day.
fn next_hour(zone: Tz, at: DateTime<Utc>, hour: Option<u8>) -> DateTime<Utc> {
    let mut next = at;
    // Two days hold every hour, also over a change of clocks.
    for _ in 0..48 {
        next += Duration::hours(1);
        let local = next.with_timezone(&zone);
        let full = local.with_time(NaiveTime::from_hms_opt(local.hour(), 0, 0).unwrap_or_default());
        let Some(full) = full.earliest() else { continue };
        if full > at && hour.is_none_or(|h| full.hour() == u32::from(h)) {
            return full.to_utc();
        }
    }
    next
}

/// The end of the quiet hours if a time lies in them.
fn after_quiet(zone: Tz, (from, until): (u8, u8), at: DateTime<Utc>) -> DateTime<Utc> {
    let local = at.with_timezone(&zone);
    let hour = local.hour();
    let (from, until) = (u32::from(from), u32::from(until));
    let quiet = if from <= until { (from..until).contains(&hour) } else { hour >= from || hour < until };
    if !quiet {
        return at;
    }
    let day = if hour < until { local.date_naive() } else { local.date_naive() + Duration::days(1) };
    // An hour that the clocks skip: the next one.
    (until..=until + 1)
        .filter_map(|h| NaiveTime::from_hms_opt(h % 24, 0, 0))
        .find_map(|time| zone.from_local_datetime(&day.and_time(time)).earliest())
        .map_or(at, |end| end.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn stories_wait_for_their_hour_and_for_the_end_of_quiet_hours() {
        let settings = |quiet| DeskSettings {
            time_zone: "Europe/Berlin".to_owned(),
            quiet,
            digest_hour: 8,
            ..DeskSettings::default()
        };
        let table = [
            (None, Cadence::Instant, "2031-03-14T10:20:00Z", None),
            (None, Cadence::Hourly, "2031-03-14T10:20:00Z", Some("2031-03-14T11:00:00Z")),
            (None, Cadence::Hourly, "2031-03-14T10:00:00Z", Some("2031-03-14T11:00:00Z")),
            (None, Cadence::Daily, "2031-03-14T06:59:00Z", Some("2031-03-14T07:00:00Z")),
            (None, Cadence::Daily, "2031-03-14T07:00:00Z", Some("2031-03-15T07:00:00Z")),
            (Some((22, 7)), Cadence::Instant, "2031-03-14T22:30:00Z", Some("2031-03-15T06:00:00Z")),
            (Some((22, 7)), Cadence::Instant, "2031-03-14T04:30:00Z", Some("2031-03-14T06:00:00Z")),
            (Some((22, 7)), Cadence::Instant, "2031-03-14T06:00:00Z", None),
            (Some((12, 14)), Cadence::Hourly, "2031-03-14T10:20:00Z", Some("2031-03-14T13:00:00Z")),
            // The clocks go forward at 2:00 on 30 March: 3:00 is an hour earlier.
            (Some((1, 3)), Cadence::Instant, "2031-03-30T00:30:00Z", Some("2031-03-30T01:00:00Z")),
        ];
        for (quiet, cadence, now, due) in table {
            assert_eq!(due_at(&settings(quiet), cadence, at(now)), due.map(at), "{quiet:?} {cadence} {now}");
        }
    }
}
