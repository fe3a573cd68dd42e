//! Lengths of time as people write them: `20s`, `48h`, `1h30m`, `7d`.

use std::fmt::Write as _;
use std::time::Duration;

/// Unit and its milliseconds, longest first.
const UNITS: [(&str, u64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads whole numbers with units `w d h m s ms`, longest unit first, each at most once; `0` needs no unit.
///
/// A bare number is refused: nobody can see whether `30` is seconds or minutes. Months and years have no fixed length.
///
/// ```
/// use newsdesk::config::parse_duration;
/// use std::time::Duration;
///
/// assert_eq!(parse_duration("1h30m"), Some(Duration::from_secs(5_400)));
/// assert_eq!(parse_duration("30"), None);
/// ```
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    let mut allowed = UNITS.as_slice();
    while !rest.is_empty() {
        let (digits, tail) = rest.split_at_checked(rest.find(|c: char| !c.is_ascii_digit())?)?;
        let (unit, tail) =
            tail.split_at_checked(tail.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(tail.len()))?;
        let at = allowed.iter().position(|(name, _)| *name == unit)?;
        let (used, shorter) = allowed.split_at_checked(at + 1)?;
        let (_, ms) = used.last()?;
        total = digits.parse::<u64>().ok()?.checked_mul(*ms)?.checked_add(total)?;
        allowed = shorter;
        rest = tail.trim_start();
    }
    Some(Duration::from_millis(total))
}

/// The shortest text that [`parse_duration`] reads back as `length`, to the millisecond. Weeks are written as days.
pub fn format_duration(length: Duration) -> String {
    let mut left = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (unit, ms) in UNITS.into_iter().filter(|(unit, _)| *unit != "w") {
        if left >= ms {
            write!(text, "{}{unit}", left / ms).expect("writing to a string");
            left %= ms;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_are_read_with_their_units() {
        let cases = [
            ("500ms", Some(500)),
            ("20s", Some(20_000)),
            ("15m", Some(900_000)),
            ("48h", Some(172_800_000)),
            ("1w 2d", Some(777_600_000)),
            ("1h30m", Some(5_400_000)),
            ("0", Some(0)),
            ("30", None),
            ("", None),
            ("m", None),
            ("30m1h", None),
            ("1h1h", None),
            ("1.5h", None),
            ("-1h", None),
            ("1 h", None),
            ("3 months", None),
            ("99999999999999999999w", None),
            ("9999999999999w", None),
        ];
        for (text, ms) in cases {
            assert_eq!(parse_duration(text), ms.map(Duration::from_millis), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_is_read_back(ms in 0..10_000_000_000_u64) {
            let length = Duration::from_millis(ms);
            prop_assert_eq!(parse_duration(&format_duration(length)), Some(length));
        }

        #[test]
        fn whatever_is_read_reads_back(text in "[0-9a-zé. ]{0,12}") {
            if let Some(length) = parse_duration(&text) {
                prop_assert_eq!(parse_duration(&format_duration(length)), Some(length));
            }
        }
    }
}
