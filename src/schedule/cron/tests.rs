//! The translation, its errors, and `next_after` against a matcher that tries every minute.

use chrono::{DateTime, Datelike, Duration, Timelike, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::{CronSchedule, translate};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn cron(text: &str) -> CronSchedule {
    text.parse().unwrap()
}

/// The next `n` due instants in `tz`, as local text.
fn dues(expression: &str, from: &str, tz: Tz, n: usize) -> Vec<String> {
    let schedule = cron(expression);
    let mut t = at(from);
    let mut out = Vec::new();
    while out.len() < n {
        t = schedule.next_after(t, tz).unwrap();
        out.push(t.with_timezone(&tz).format("%m-%dT%H:%M%:z").to_string());
    }
    out
}

fn translated(expression: &str) -> String {
    translate(expression).unwrap().expressions.join(" | ")
}

#[test]
fn each_unix_form_has_its_translation() {
    let cases = [
        ("*/15 * * * *", "0 0,15,30,45 * * * *"),
        ("0 9 * * 0", "0 0 9 * * 1"),
        ("0 9 * * 7", "0 0 9 * * 1"),
        ("0 9 * * SUN", "0 0 9 * * 1"),
        ("0 9 * * 1-5", "0 0 9 * * 2,3,4,5,6"),
        ("0 9 * * mon-Fri", "0 0 9 * * 2,3,4,5,6"),
        ("0 9 * * 5-7", "0 0 9 * * 1,6,7"),
        ("0 9 * * fri-sun", "0 0 9 * * 1,6,7"),
        ("0 9 * * sat-tue", "0 0 9 * * 1,2,3,7"),
        ("0 9 * * 0-7", "0 0 9 * * *"),
        ("0 9 * * 7/2", "0 0 9 * * 1"),
        ("0 9 * * */2", "0 0 9 * * 1,3,5,7"),
        ("0 9 * * 1-5/2", "0 0 9 * * 2,4,6"),
        ("0 22-2 * * *", "0 0 0,1,2,22,23 * * *"),
        ("10/20 * * * *", "0 10,30,50 * * * *"),
        ("0 0 * nov-feb *", "0 0 0 * 1,2,11,12 *"),
        ("0 0 1,15 * mon", "0 0 0 1,15 * * | 0 0 0 * * 2"),
        ("0 0 */2 * mon", "0 0 0 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * 2"),
        ("@hourly", "0 0 * * * *"),
        ("@Daily", "0 0 0 * * *"),
        ("@weekly", "0 0 0 * * 1"),
        ("@monthly", "0 0 0 1 * *"),
        ("@yearly", "0 0 0 1 1 *"),
    ];
    for (unix, expected) in cases {
        assert_eq!(translated(unix), expected, "{unix}");
    }
}

#[test]
fn an_error_names_the_field_what_was_found_and_an_example() {
    let message = |text: &str| text.parse::<CronSchedule>().unwrap_err().to_string();
    let field = |name: &str, found: &str, problem: &str, allowed: &str| {
        format!(
            "{name} field: `{found}` {problem}; allowed: {allowed}, `*`, lists, ranges and steps; example: `*/15 * * * *`"
        )
    };
    let week = "0-7 (0 and 7 are Sunday) or sun-sat";
    let outside = "is outside of what is allowed";
    assert_eq!(message("61 * * * *"), field("minute", "61", outside, "0-59"));
    assert_eq!(message("0 24 * * *"), field("hour", "24", outside, "0-23"));
    assert_eq!(message("0 0 0 * *"), field("day of month", "0", outside, "1-31"));
    assert_eq!(message("0 0 * 13 *"), field("month", "13", outside, "1-12 or jan-dec"));
    assert_eq!(message("0 0 * * 8"), field("day of week", "8", outside, week));
    assert_eq!(message("0 0 * * mon-xyz"), field("day of week", "mon-xyz", outside, week));
    assert_eq!(message("1,,2 * * * *"), field("minute", "", outside, "0-59"));
    assert_eq!(message("+5 * * * *"), field("minute", "+5", outside, "0-59"));
    assert_eq!(message("*/0 * * * *"), field("minute", "*/0", "has a step of 0", "0-59"));
    assert_eq!(message("*/x * * * *"), field("minute", "*/x", "has a step that is not a number", "0-59"));
    assert_eq!(
        message("*/90 * * * *"),
        field(
            "minute",
            "*/90",
            "has a step larger than the field, so it would mean the first value only",
            "0-59"
        )
    );
    assert_eq!(
        message("0 */15 * * * *"),
        "a schedule has 5 fields (minute, hour, day of month, month, day of week), found 6; example: `*/15 * * * *`"
    );
    assert_eq!(
        message("@reboot"),
        "`@reboot` is not a known schedule; allowed: `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`; example: `@daily`"
    );
    assert_eq!(
        message("0 0 30 feb *"),
        "day of month field: `30` never comes in the months given; example: `0 6 1 feb *`"
    );
}

#[test]
fn the_next_instant_is_strictly_later() {
    let quarter = cron("*/15 * * * *");
    assert_eq!(quarter.next_after(at("2026-03-01T10:15:00Z"), Tz::UTC), Some(at("2026-03-01T10:30:00Z")));
    assert_eq!(quarter.next_after(at("2026-03-01T10:14:59.9Z"), Tz::UTC), Some(at("2026-03-01T10:15:00Z")));
    assert_eq!(quarter.next_after(at("2026-12-31T23:59:00Z"), Tz::UTC), Some(at("2027-01-01T00:00:00Z")));
}

#[test]
fn a_leap_day_is_found_years_ahead() {
    let leap = cron("0 12 29 2 *");
    assert_eq!(leap.next_after(at("2026-03-01T00:00:00Z"), Tz::UTC), Some(at("2028-02-29T12:00:00Z")));
}

#[test]
fn either_day_field_matches_when_both_are_restricted() {
    // 2026-05-01 is a Friday.
    assert_eq!(
        dues("0 0 4,6 * mon", "2026-05-01T00:00:00Z", Tz::UTC, 4),
        ["05-04T00:00+00:00", "05-06T00:00+00:00", "05-11T00:00+00:00", "05-18T00:00+00:00"]
    );
}

#[test]
fn a_fixed_time_that_does_not_exist_runs_when_the_clock_has_moved() {
    // Berlin skips 02:00–03:00 on 2026-03-29.
    let berlin = chrono_tz::Europe::Berlin;
    assert_eq!(
        dues("30 2 * * *", "2026-03-28T00:00:00Z", berlin, 3),
        ["03-28T02:30+01:00", "03-29T03:00+02:00", "03-30T02:30+02:00"]
    );
    // Two of them in the gap are one run, as is one that would have come at 03:00 anyway.
    assert_eq!(
        dues("0,30 2,3 29 3 *", "2026-03-28T23:30:00Z", berlin, 2),
        ["03-29T03:00+02:00", "03-29T03:30+02:00"]
    );
}

#[test]
fn a_fixed_time_that_comes_twice_runs_once() {
    // Berlin repeats 02:00–03:00 on 2026-10-25.
    assert_eq!(
        dues("30 2 * * *", "2026-10-24T12:00:00Z", chrono_tz::Europe::Berlin, 2),
        ["10-25T02:30+02:00", "10-26T02:30+01:00"]
    );
    // Asked from inside the second pass, it is over.
    let second_pass = cron("30 2 * * *").next_after(at("2026-10-25T01:10:00Z"), chrono_tz::Europe::Berlin);
    assert_eq!(second_pass, Some(at("2026-10-26T01:30:00Z")));
}

#[test]
fn a_beat_keeps_beating_through_both_changes() {
    let new_york = chrono_tz::America::New_York;
    assert_eq!(
        dues("*/30 * * * *", "2026-03-08T06:00:00Z", new_york, 3),
        ["03-08T01:30-05:00", "03-08T03:00-04:00", "03-08T03:30-04:00"]
    );
    assert_eq!(
        dues("*/30 * * * *", "2026-11-01T05:00:00Z", new_york, 4),
        ["11-01T01:30-04:00", "11-01T01:00-05:00", "11-01T01:30-05:00", "11-01T02:00-05:00"]
    );
    // Half an hour back (Lord Howe) and a day that never was (Apia, 30 December 2011).
    assert_eq!(
        dues("0 * * * *", "2026-04-04T14:00:00Z", chrono_tz::Australia::Lord_Howe, 2),
        ["04-05T02:00+10:30", "04-05T03:00+10:30"]
    );
    assert_eq!(
        dues("0 12 * * *", "2011-12-30T00:00:00Z", chrono_tz::Pacific::Apia, 2),
        ["12-31T00:00+14:00", "12-31T12:00+14:00"]
    );
}

#[test]
fn equality_and_debug_are_by_text() {
    assert_eq!(cron(" @daily "), cron("@daily"));
    assert_ne!(cron("@daily"), cron("0 0 * * *"));
    assert_eq!(format!("{:?}", cron("@daily")), "CronSchedule(\"@daily\")");
}

/// A field with its meaning, made together so that the meaning owes nothing to the parser.
#[derive(Clone, Debug)]
struct Field {
    text: String,
    set: Vec<u32>,
    star: bool,
}

fn field(low: u32, high: u32) -> impl Strategy<Value = Field> {
    let n = high - low + 1;
    let star = (1..=n).prop_map(move |step| Field {
        text: if step == 1 { "*".into() } else { format!("*/{step}") },
        set: (low..=high).filter(|v| (v - low).is_multiple_of(step)).collect(),
        star: true,
    });
    let item = (low..=high, low..=high, 1..=n).prop_map(move |(from, to, step)| {
        let length = if to >= from { to - from } else { to + n - from };
        let set = (0..=length).filter(|k| k.is_multiple_of(step)).map(|k| low + (from - low + k) % n);
        (format!("{from}-{to}/{step}"), set.collect::<Vec<_>>())
    });
    let point = (low..=high).prop_map(|v| (v.to_string(), vec![v]));
    let list = prop::collection::vec(prop_oneof![point, item], 1..4).prop_map(|items| Field {
        text: items.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(","),
        set: items.into_iter().flat_map(|(_, set)| set).collect(),
        star: false,
    });
    prop_oneof![star, list]
}

/// Whether the expression is due at the wall-clock minute of `t`, by the definition alone.
fn due(fields: &[Field; 5], t: &DateTime<Tz>) -> bool {
    let [minute, hour, dom, month, dow] = fields;
    let day = dom.set.contains(&t.day());
    let week = dow.set.contains(&t.weekday().num_days_from_sunday());
    let date = if dom.star || dow.star { day && week } else { day || week };
    minute.set.contains(&t.minute()) && hour.set.contains(&t.hour()) && month.set.contains(&t.month()) && date
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every minute of the next days is tried one by one, in a zone without clock changes.
    #[test]
    fn agrees_with_trying_every_minute(
        fields in (field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)),
        start in 0..(365 * 24 * 60_i64),
    ) {
        let fields = [fields.0, fields.1, fields.2, fields.3, fields.4];
        let text = fields.each_ref().map(|f| f.text.as_str()).join(" ");
        let Ok(schedule) = text.parse::<CronSchedule>() else {
            prop_assert!(text.split(' ').nth(2).is_some_and(|d| d.starts_with('3')), "refused: {}", text);
            return Ok(());
        };
        let tz = chrono_tz::Asia::Kolkata;
        let from = at("2027-01-01T00:00:00Z") + Duration::minutes(start);
        let horizon = Duration::days(40);
        let brute = (1..=horizon.num_minutes())
            .map(|m| from + Duration::minutes(m))
            .find(|t| due(&fields, &t.with_timezone(&tz)));
        let found = schedule.next_after(from, tz).filter(|t| *t <= from + horizon);
        prop_assert_eq!(found, brute, "{}", text);
    }

    /// Across clock changes a beat is due exactly at the minutes whose wall-clock reading matches.
    #[test]
    fn a_beat_agrees_with_the_clock_on_the_wall(
        minute in field(0, 59).prop_filter("a beat", |f| f.star),
        hour in field(0, 23),
        minutes_past in -300..180_i64,
        (zone, change) in prop::sample::select(vec![
            (chrono_tz::Europe::Berlin, "2026-03-29T01:00:00Z"),
            (chrono_tz::Europe::Berlin, "2026-10-25T01:00:00Z"),
            (chrono_tz::America::New_York, "2026-03-08T07:00:00Z"),
            (chrono_tz::America::New_York, "2026-11-01T06:00:00Z"),
            (chrono_tz::Australia::Lord_Howe, "2026-04-04T15:00:00Z"),
            (chrono_tz::Australia::Lord_Howe, "2026-10-03T15:30:00Z"),
            (chrono_tz::Antarctica::Troll, "2026-03-29T01:00:00Z"),
            (chrono_tz::Antarctica::Troll, "2026-10-25T01:00:00Z"),
        ]),
    ) {
        let every = |low, high| Field { text: "*".into(), set: (low..=high).collect(), star: true };
        let fields = [minute, hour, every(1, 31), every(1, 12), every(0, 6)];
        let text = fields.each_ref().map(|f| f.text.as_str()).join(" ");
        let from = at(change) + Duration::minutes(minutes_past);
        let brute = (1..=2 * 24 * 60)
            .map(|m| from + Duration::minutes(m))
            .find(|t| due(&fields, &t.with_timezone(&zone)));
        let found = cron(&text).next_after(from, zone).filter(|t| *t <= from + Duration::days(2));
        prop_assert_eq!(found, brute, "{}", text);
    }

    /// Whatever is written, the parser answers.
    #[test]
    fn never_panics(text in "[-0-9*/,a-z@ ]{0,30}") {
        if let Ok(schedule) = text.parse::<CronSchedule>() {
            prop_assert!(schedule.next_after(at("2026-01-01T00:00:00Z"), Tz::UTC).is_some(), "{}", text);
        }
    }
}
