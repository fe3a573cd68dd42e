//! `Retry-After`: how long a server asks us to wait.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};

/// Longer waits are cut: a source must not stay silent for ever because of one header.
const LONGEST: Duration = Duration::from_hours(24);

/// Even a server that says "now" is given a moment.
const SHORTEST: Duration = Duration::from_secs(1);

/// Reads the header's two forms, seconds and HTTP date (RFC 9110 §10.2.3), and seconds with a fraction, which servers of
/// models send; `None` for anything else.
pub(crate) fn parse(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        value.parse().map_or(LONGEST, Duration::from_secs)
    } else if let Some(seconds) = fraction(value) {
        Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST)
    } else {
        (http_date(value)? - now).to_std().unwrap_or_default()
    };
    Some(wait.clamp(SHORTEST, LONGEST))
}

/// `1.5`, digits on both sides of the point.
fn fraction(value: &str) -> Option<f64> {
    let (whole, part) = value.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (digits(whole) && digits(part)).then(|| value.parse().ok()).flatten()
}

/// The three date forms of RFC 9110 §5.6.7.
pub(super) fn http_date(value: &str) -> Option<DateTime<Utc>> {
    ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(value, form).ok())
        .map(|at| at.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_understood() {
        let now = "2031-03-17T19:00:00Z".parse().unwrap();
        let secs = |value| parse(value, now).map(|wait| wait.as_secs());
        assert_eq!(secs("120"), Some(120));
        assert_eq!(secs(" 0 "), Some(1));
        assert_eq!(secs("99999999999999999999"), Some(86_400));
        assert_eq!(secs("Mon, 17 Mar 2031 19:02:00 GMT"), Some(120));
        assert_eq!(secs("Monday, 17-Mar-31 19:02:00 GMT"), Some(120));
        assert_eq!(secs("Mon Mar 17 19:02:00 2031"), Some(120));
        assert_eq!(secs("Mon, 17 Mar 2031 18:00:00 GMT"), Some(1), "a date in the past");
        assert_eq!(parse("2.5", now), Some(Duration::from_millis(2_500)));
        assert_eq!(secs("0.2"), Some(1));
        assert_eq!(secs("9e9"), None);
        for nonsense in ["", "soon", "-5", "1.", ".5", "1.5.2", "Mon, 99 Mar 2031 18:00:00 GMT"] {
            assert_eq!(secs(nonsense), None, "{nonsense}");
        }
    }
}
