//! Axes: round numbers and days, and where they lie.

use chrono::{DateTime, Duration, DurationRound as _, Utc};

/// Round numbers from 0 up to at most `most`, four to six of them where there is room; whole ones.
pub(super) fn round_numbers(most: f64) -> Vec<f64> {
    let mut step = 1.0;
    // 1, 2, 5, 10, 20, 50 …
    for factor in [2.0, 2.5, 2.0].into_iter().cycle().take(40) {
        if most / step <= 5.0 {
            break;
        }
        step *= factor;
    }
    let mut at = 0.0;
    let mut found = Vec::new();
    while at <= most {
        found.push(at);
        at += step;
    }
    found
}

/// Full days, or full hours where the time is short, in `[from, to]`: at most ten, with their names.
pub(super) fn days(from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<(DateTime<Utc>, String)> {
    let span = to - from;
    let steps = [
        (Duration::hours(1), "%H:%M"),
        (Duration::hours(3), "%H:%M"),
        (Duration::hours(6), "%-d %b %H:%M"),
        (Duration::hours(12), "%-d %b %H:%M"),
        (Duration::days(1), "%-d %b"),
        (Duration::days(2), "%-d %b"),
        (Duration::days(4), "%-d %b"),
        (Duration::days(7), "%-d %b"),
        (Duration::days(14), "%-d %b"),
        (Duration::days(28), "%-d %b %Y"),
        (Duration::days(91), "%-d %b %Y"),
        (Duration::days(364), "%-d %b %Y"),
    ];
    let fits = |step: Duration| span.num_minutes() / step.num_minutes().max(1) <= 10;
    let Some((step, format)) = steps.into_iter().find(|(step, _)| fits(*step)) else { return Vec::new() };
    let Ok(mut at) = from.duration_trunc(step) else { return Vec::new() };
    let mut found = Vec::new();
    while at <= to {
        if at >= from {
            found.push((at, at.format(format).to_string()));
        }
        at += step;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_are_round_and_few() {
        assert_eq!(round_numbers(4.2), [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(round_numbers(23.0), [0.0, 5.0, 10.0, 15.0, 20.0]);
        assert_eq!(round_numbers(480.0), [0.0, 100.0, 200.0, 300.0, 400.0]);
        assert!((1..2000).all(|most| (2..=6).contains(&round_numbers(f64::from(most)).len())));
    }

    #[test]
    fn days_are_whole_and_few() {
        let month = days(at("2031-03-03T07:00:00Z"), at("2031-03-31T00:00:00Z"));
        assert!(month.len() <= 10 && month.iter().all(|(at, _)| at.format("%H:%M").to_string() == "00:00"));
        let day = days(at("2031-03-03T07:00:00Z"), at("2031-03-03T12:00:00Z"));
        assert_eq!(
            day.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(),
            ["07:00", "08:00", "09:00", "10:00", "11:00", "12:00"]
        );
        assert!(days(at("1931-03-03T07:00:00Z"), at("2031-03-03T12:00:00Z")).len() <= 10);
    }
}
