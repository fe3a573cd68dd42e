//! Times as feeds write them: RFC 822 and ISO 8601, and what people make of both.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};

/// Before this year there is no feed and hardly an article: such times are zeros of some software.
const FIRST_YEAR: i32 = 1900;

/// Longer texts hold no time.
const MAX_LENGTH: usize = 80;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Reads a time. Without a zone, or with one that nobody knows, it is taken as UTC.
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_LENGTH {
        return None;
    }
    let at = iso(text).or_else(|| rfc_822(text))?;
    let epoch = DateTime::UNIX_EPOCH + TimeDelta::days(1);
    // The first day of 1970 is the zero of computers.
    let zero = at < epoch && at >= DateTime::UNIX_EPOCH - TimeDelta::days(1);
    (!zero && at.date_naive() >= NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1)?).then_some(at)
}

/// `2031-03-17T08:05:07.5+01:00` and its shorter forms: to the minute, the day, the month, the year; without dashes.
fn iso(text: &str) -> Option<DateTime<Utc>> {
    let date_end = text.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(text.len());
    let (date, rest) = text.split_at_checked(date_end)?;
    let date = iso_date(date.trim_end_matches('-'))?;
    let rest = rest.trim_start_matches(['T', 't', ' ', '_', ',']);
    if rest.is_empty() {
        return Some(date.and_time(NaiveTime::MIN).and_utc());
    }
    let time_end =
        rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ',')).unwrap_or(rest.len());
    let (time, zone) = rest.split_at_checked(time_end)?;
    if time.is_empty() {
        // `2031 Mar 17` only begins like a year.
        return Some(at(date.and_time(NaiveTime::MIN), Some(zone_of(zone)?)));
    }
    let time = if time.contains(':') { time.to_owned() } else { with_colons(time)? };
    Some(at(add(date, &time)?, zone_of(zone)))
}

fn iso_date(text: &str) -> Option<NaiveDate> {
    let number = |text: &str| text.parse::<u32>().ok();
    let parts: Vec<&str> = text.split('-').collect();
    let (year, month, day) = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => (number(year)?, number(month)?, number(day)?),
        [year, month] if year.len() == 4 && month.len() <= 2 => (number(year)?, number(month)?, 1),
        [year] if year.len() == 4 => (number(year)?, 1, 1),
        [all] if all.len() == 8 => (number(all.get(..4)?)?, number(all.get(4..6)?)?, number(all.get(6..)?)?),
        _ => return None,
    };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// `080507` as `08:05:07`.
fn with_colons(time: &str) -> Option<String> {
    let (digits, fraction) = time.split_once(['.', ',']).unwrap_or((time, ""));
    let fraction = if fraction.is_empty() { String::new() } else { format!(".{fraction}") };
    match digits.len() {
        2 => Some(format!("{digits}:00")),
        4 => Some(format!("{}:{}", digits.get(..2)?, digits.get(2..)?)),
        6 => Some(format!("{}:{}:{}{fraction}", digits.get(..2)?, digits.get(2..4)?, digits.get(4..)?)),
        _ => None,
    }
}

/// `Mon, 17 Mar 2031 08:05:07 GMT`, in whatever order and with whatever is missing: each part is known by its form.
fn rfc_822(text: &str) -> Option<DateTime<Utc>> {
    let (mut day, mut month, mut year) = (None, None, None);
    let mut time: Option<&str> = None;
    let mut zone = None;
    let mut afternoon = None;
    let separated = |c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')');
    for word in text.split(separated).filter(|word| !word.is_empty()) {
        if word.contains(':') && time.is_none() {
            let end =
                word.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.')).unwrap_or(word.len());
            let (clock, glued) = word.split_at_checked(end)?;
            time = Some(clock);
            match glued.to_ascii_lowercase().as_str() {
                "" => {}
                half @ ("am" | "pm") => afternoon = Some(half == "pm"),
                _ => zone = zone_of(glued),
            }
            continue;
        }
        if time.is_some() && zone.is_none() && zone_of(word).is_some() && !(year.is_none() && is_year(word)) {
            zone = zone_of(word);
            continue;
        }
        // `17-Mar-2031` is three parts, `-0500` is one.
        let parts = if word.starts_with(['-', '+']) {
            vec![word]
        } else {
            word.split(['-', '.']).collect::<Vec<_>>()
        };
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            let lower = part.to_ascii_lowercase();
            if matches!(lower.as_str(), "am" | "pm") {
                afternoon = Some(lower == "pm");
            } else if let Some(found) = month_of(&lower).filter(|_| month.is_none()) {
                month = Some(found);
            } else if let Some((number, digits)) = number_of(&lower) {
                // The first short number is the day, the second the year; `2031 Mar 17` says it the other way round.
                if digits <= 2 && day.is_none() {
                    day = Some(number);
                } else if matches!(digits, 2..=4) && year.is_none() {
                    year = Some(full_year(number, digits));
                }
            }
        }
    }
    let date = NaiveDate::from_ymd_opt(year?, month?, day?)?;
    let mut when = add(date, time.unwrap_or("00:00"))?;
    let hour = chrono::Timelike::hour(&when);
    match afternoon {
        Some(true) if hour < 12 => when += TimeDelta::hours(12),
        Some(false) if hour == 12 => when -= TimeDelta::hours(12),
        _ => {}
    }
    Some(at(when, zone))
}

fn is_year(word: &str) -> bool {
    matches!(word.len(), 2..=4) && word.bytes().all(|b| b.is_ascii_digit())
}

/// A number and how many digits it has, also an ordinal: `17th`.
fn number_of(text: &str) -> Option<(u32, usize)> {
    let ordinal = ["st", "nd", "rd", "th"].iter().find_map(|end| text.strip_suffix(end));
    let digits = ordinal.unwrap_or(text);
    let number = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())??;
    Some((number, digits.len()))
}

fn month_of(lower: &str) -> Option<u32> {
    let first = lower.get(..3)?;
    let known = lower.bytes().all(|b| b.is_ascii_alphabetic()) && lower.len() <= 9;
    let at = MONTHS.iter().position(|month| *month == first).filter(|_| known)?;
    u32::try_from(at + 1).ok()
}

/// Two digits as RFC 2822 reads them; three are years since 1900, counted by software that was surprised by 2000.
fn full_year(number: u32, digits: usize) -> i32 {
    let number = i32::try_from(number).unwrap_or(i32::MAX);
    match (digits, number) {
        (2, 0..=49) => 2000 + number,
        (2 | 3, _) => 1900 + number,
        _ => number,
    }
}

/// `date` at `time`, where 24 o'clock is the next day and the leap second the one before.
fn add(date: NaiveDate, time: &str) -> Option<NaiveDateTime> {
    let mut parts = time.split(':');
    let hour: i64 = parts.next()?.parse().ok()?;
    let minute: i64 = parts.next().unwrap_or("0").parse().ok()?;
    let seconds = parts.next().unwrap_or("0").replace(',', ".");
    let seconds: f64 = if seconds.is_empty() { 0.0 } else { seconds.parse().ok()? };
    if !(0..=24).contains(&hour) || !(0..60).contains(&minute) || !(0.0..61.0).contains(&seconds) {
        return None;
    }
    let since = TimeDelta::hours(hour)
        + TimeDelta::minutes(minute)
        + TimeDelta::milliseconds((seconds.min(59.999) * 1_000.0) as i64);
    date.and_time(NaiveTime::MIN).checked_add_signed(since)
}

/// A zone: how to get to UTC.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Zone {
    Fixed(i32),
    Named(chrono_tz::Tz),
}

fn at(when: NaiveDateTime, zone: Option<Zone>) -> DateTime<Utc> {
    match zone {
        Some(Zone::Fixed(seconds)) => FixedOffset::east_opt(seconds)
            .and_then(|zone| zone.from_local_datetime(&when).single())
            .map_or_else(|| when.and_utc(), |at| at.to_utc()),
        Some(Zone::Named(zone)) => {
            zone.from_local_datetime(&when).earliest().map_or_else(|| when.and_utc(), |at| at.to_utc())
        }
        None => when.and_utc(),
    }
}

/// `GMT`, `+0200`, `+02:00`, `GMT+2`, `EST`, `CEST`, `Europe/Vienna`.
fn zone_of(text: &str) -> Option<Zone> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    let bare = ["GMT", "UTC", "UT"].iter().find_map(|name| upper.strip_prefix(name)).unwrap_or(&upper);
    if bare.is_empty() || bare == "Z" {
        return Some(Zone::Fixed(0));
    }
    if let Some(digits) = bare.strip_prefix(['+', '-', '\u{2212}']) {
        let sign = if bare.starts_with('+') { 1 } else { -1 };
        let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
        let number = |text: &str| text.parse::<i32>().ok();
        let (hours, minutes) = match digits.len() {
            1 | 2 => (number(&digits)?, 0),
            3 => (number(digits.get(..1)?)?, number(digits.get(1..)?)?),
            4 => (number(digits.get(..2)?)?, number(digits.get(2..)?)?),
            _ => return None,
        };
        let known = hours <= 14 && minutes < 60;
        return Some(Zone::Fixed(if known { sign * (hours * 60 + minutes) * 60 } else { 0 }));
    }
    let quarters = match upper.as_str() {
        "WET" => 0,
        "BST" | "CET" | "MET" | "WEST" => 4,
        "CEST" | "MEST" | "EET" | "SAST" => 8,
        "EEST" | "MSK" => 12,
        "IST" => 22,
        "SGT" | "HKT" | "AWST" => 32,
        "JST" | "KST" => 36,
        "ACST" => 38,
        "AEST" => 40,
        "AEDT" => 44,
        "NZST" => 48,
        "NZDT" => 52,
        "ADT" | "BRT" | "ART" => -12,
        "AST" | "EDT" => -16,
        "EST" | "CDT" => -20,
        "CST" | "MDT" => -24,
        "MST" | "PDT" => -28,
        "PST" | "AKDT" => -32,
        "AKST" => -36,
        "HST" => -40,
        _ => return text.parse().ok().filter(|_| text.contains('/')).map(Zone::Named),
    };
    Some(Zone::Fixed(quarters * 15 * 60))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_read_as_they_are_meant() {
        for (text, at) in [
            ("Mon, 17 Mar 2031 08:05:07 GMT", "2031-03-17T08:05:07Z"),
            ("Mon, 17 Mar 31 08:05:07 -0500", "2031-03-17T13:05:07Z"),
            ("17 Mar 2031 08:05 EST", "2031-03-17T13:05:00Z"),
            ("Mon, 17 Mar 2031 08:05:07", "2031-03-17T08:05:07Z"),
            ("Mon, 17 Mar 2031", "2031-03-17T00:00:00Z"),
            ("Mon,17 March 2031 08:05:07 CEST", "2031-03-17T06:05:07Z"),
            ("Monday, 17-Mar-31 08:05:07 GMT", "2031-03-17T08:05:07Z"),
            ("Mon, 17 Mar 2031 08:05:07 GMT+0200", "2031-03-17T06:05:07Z"),
            ("Mon, 17 Mar 2031 08:05:07 +02:00", "2031-03-17T06:05:07Z"),
            ("Mon, 17 Mar 2031 08:05:07 +9900", "2031-03-17T08:05:07Z"),
            ("Mon, 17 Mar 2031 08:05:07 XYZ", "2031-03-17T08:05:07Z"),
            ("Mon, 17 Mar 2031 08:05:07 Europe/Vienna", "2031-03-17T07:05:07Z"),
            ("Mon, 17 Mar 2031 08:05:07+0100", "2031-03-17T07:05:07Z"),
            ("Mon, 17 Mar 2031 24:00:00 GMT", "2031-03-18T00:00:00Z"),
            ("Mon, 17 Mar 131 08:05:07 GMT", "2031-03-17T08:05:07Z"),
            ("Mon Mar 17 08:05:07 2031", "2031-03-17T08:05:07Z"),
            ("Mon Mar 17 08:05:07 UTC 2031", "2031-03-17T08:05:07Z"),
            ("March 17th, 2031 8:05 PM", "2031-03-17T20:05:00Z"),
            ("2031 Mar 17 08:05:07", "2031-03-17T08:05:07Z"),
            ("Sat, 19 Jun 99 12:00:00 GMT", "1999-06-19T12:00:00Z"),
            ("2031-03-17T08:05:07Z", "2031-03-17T08:05:07Z"),
            ("2031-03-17T08:05:07.25+01:00", "2031-03-17T07:05:07.250Z"),
            ("2031-03-17T08:05:07+0100", "2031-03-17T07:05:07Z"),
            ("2031-03-17T08:05+01", "2031-03-17T07:05:00Z"),
            ("2031-03-17 08:05:07", "2031-03-17T08:05:07Z"),
            ("2031-03-17 08:05:07 -0700", "2031-03-17T15:05:07Z"),
            ("2031-03-17 08:05:07 UTC", "2031-03-17T08:05:07Z"),
            ("2031-03-17", "2031-03-17T00:00:00Z"),
            ("2031-03", "2031-03-01T00:00:00Z"),
            ("2031", "2031-01-01T00:00:00Z"),
            ("20310317T080507Z", "2031-03-17T08:05:07Z"),
            ("20310317", "2031-03-17T00:00:00Z"),
        ] {
            assert_eq!(parse(text), Some(at.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "soon",
            "next Tuesday",
            "Mon, 32 Mar 2031 08:05:07 GMT",
            "2031-13-01",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "0001-01-01T00:00:00",
            "Mon, 01 Jan 0001 00:00:00 GMT",
            "1970-01-01T00:00:00Z",
            "12",
            "25:00",
            "17 Mar",
            "-----",
            "2031-03-17T99:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_time_is_read_back_from_every_form(
            seconds in 90_000..7_258_118_400_i64, minutes in -840..840_i32, form in 0..8_usize,
        ) {
            let zone = FixedOffset::east_opt(minutes * 60).unwrap();
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            let local = at.with_timezone(&zone);
            let forms = [
                "%a, %d %b %Y %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S%:z", "%A, %-d-%b-%Y %H:%M:%S %z",
                "%a %b %d %H:%M:%S %z %Y", "%B %-d, %Y %-I:%M:%S %p %:z", "%Y-%m-%dT%H:%M:%S%:z",
                "%Y-%m-%d %H:%M:%S %z", "%Y%m%dT%H%M%S%z",
            ];
            let text = local.format(forms[form]).to_string();
            prop_assert_eq!(parse(&text), Some(at), "{}", text);
        }

        #[test]
        fn whatever_is_read_is_a_time_that_somebody_may_mean(
            words in prop::collection::vec(
                "Mon,|Tues|[0-9]{1,4}|[0-9]{1,2}(st|th)|(Jan|March|sept)[,.]?|[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?\
                 |[AaPp]m|GMT[+-]?[0-9]{0,4}|E[SD]T|[+-][0-9]{1,5}|Europe/Vienna|[0-9]{4}-[0-9]{2}(-[0-9]{2})?T?|\\PC{0,3}", 1..8),
            glue in "[ ,T-]",
        ) {
            let text = words.join(&glue);
            if let Some(at) = parse(&text) {
                prop_assert!(at.date_naive() >= NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).unwrap(), "{text}: {at}");
                prop_assert!(at.timestamp().abs() > 86_400 - 1, "{text}: {at}");
                prop_assert_eq!(parse(&at.to_rfc3339()), Some(at), "{}", text);
            }
        }
    }
}
