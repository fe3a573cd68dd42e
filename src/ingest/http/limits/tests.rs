//! Headers in every style, and nonsense.

use proptest::prelude::*;
use reqwest::header::{HeaderName, HeaderValue};

use super::*;
use crate::ingest::testing::now;

fn limits(lines: &[(&str, &str)]) -> Vec<Limit> {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    read(&headers, now())
}

fn secs(pause: Option<Duration>) -> Option<u64> {
    pause.map(|pause| pause.as_secs())
}

#[test]
fn every_style_of_reset_is_understood() {
    let epoch = now().timestamp();
    for reset in [
        "90".to_owned(),
        "90.4".to_owned(),
        (epoch + 90).to_string(),
        ((epoch + 90) * 1_000).to_string(),
        "2031-03-17T19:01:30.520936Z".to_owned(),
        "2031-03-17T20:01:30+01:00".to_owned(),
        "Mon, 17 Mar 2031 19:01:30 GMT".to_owned(),
    ] {
        for prefix in ["X-RateLimit", "RateLimit", "x-rate-limit"] {
            let found = limits(&[
                (&format!("{prefix}-Limit"), "300"),
                (&format!("{prefix}-Remaining"), "0.0"),
                (&format!("{prefix}-Reset"), &reset),
            ]);
            assert_eq!(secs(pause(&found)), Some(90), "{prefix} {reset}");
            assert_eq!(secs(pause_after_refusal(&found)), Some(90), "{prefix} {reset}");
            assert!(is_used_up(&found));
        }
    }
}

#[test]
fn two_limits_in_one_header_are_two_limits() {
    let brave = |left: &'static str| {
        limits(&[
            ("X-RateLimit-Limit", "1, 15000"),
            ("X-RateLimit-Remaining", left),
            ("X-RateLimit-Reset", "1, 1419704"),
            ("X-RateLimit-Policy", "1;w=1, 15000;w=2592000"),
        ])
    };
    assert_eq!(brave("0, 1000")[1].window, Some(Duration::from_hours(720)));
    assert_eq!(secs(pause(&brave("0, 14000"))), Some(1));
    assert_eq!(pause(&brave("1, 1000")), None, "a month is not spread");
    assert_eq!(secs(pause(&brave("1, 0"))), Some(3_600), "then one request asks again");
    assert_eq!(secs(pause_after_refusal(&brave("1, 0"))), Some(86_400));
}

#[test]
fn the_structured_header_is_understood_in_its_drafts() {
    let found = limits(&[
        ("RateLimit", "\"burst, of; all\";r=0;t=7, \"day\";r=99;t=3600"),
        ("RateLimit-Policy", "\"burst, of; all\";q=10;w=8, \"day\";q=100;w=86400"),
    ]);
    assert_eq!(found.len(), 2);
    assert_eq!(secs(pause(&found)), Some(7));
    assert_eq!((found[0].quota, found[0].window), (Some(10.0), Some(Duration::from_secs(8))));
    let found = limits(&[("RateLimit", "limit=10, remaining=0, reset=50"), ("RateLimit-Policy", "10;w=60")]);
    assert_eq!(secs(pause(&found)), Some(50));
    let found = limits(&[("RateLimit", "\"d\";r=0"), ("RateLimit-Policy", "\"d\";q=5;w=60")]);
    assert_eq!(secs(pause(&found)), Some(60), "without a reset the window counts");
    let bluesky = limits(&[
        ("RateLimit-Limit", "3000"),
        ("RateLimit-Remaining", "0"),
        ("RateLimit-Reset", &(now().timestamp() + 33).to_string()),
        ("RateLimit-Policy", "3000;w=300"),
    ]);
    assert_eq!((bluesky.len(), secs(pause(&bluesky))), (1, Some(33)));
}

#[test]
fn what_is_left_is_spread_when_little_is_left() {
    let reddit = |left: &str| {
        limits(&[
            ("x-ratelimit-limit", "600"),
            ("x-ratelimit-used", "2"),
            ("x-ratelimit-remaining", left),
            ("x-ratelimit-reset", "120"),
        ])
    };
    assert_eq!(pause(&reddit("598.0")), None);
    assert_eq!(pause(&reddit("60.0")), Some(Duration::from_secs(2)));
    assert_eq!(pause(&reddit("1.0")), Some(Duration::from_mins(2)));
    assert_eq!(secs(pause(&reddit("0.4"))), Some(120));
}

#[test]
fn a_reset_in_the_past_costs_a_moment_and_explains_no_refusal() {
    for reset in ["0", "1000000000", "2031-03-17T18:59:00Z", "Mon, 17 Mar 2031 18:00:00 GMT"] {
        let found = limits(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)]);
        assert_eq!(secs(pause(&found)), Some(1), "{reset}");
        assert_eq!(pause_after_refusal(&found), None, "{reset}");
    }
    let far = limits(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "9999999999")]);
    assert_eq!(secs(pause(&far)), Some(3_600));
}

#[test]
fn nonsense_says_nothing() {
    for value in ["", "soon", "-1", "nan", "inf", "1e400", "\"", ";;;", "=,=", "\u{e9}"] {
        let found = limits(&[
            ("x-ratelimit-limit", value),
            ("x-ratelimit-remaining", value),
            ("x-ratelimit-reset", value),
            ("ratelimit", value),
            ("ratelimit-policy", value),
        ]);
        assert_eq!(pause(&found), None, "{value}");
        assert_eq!(pause_after_refusal(&found), None, "{value}");
    }
}

proptest! {
    #[test]
    fn no_header_breaks_the_reader_and_no_pause_is_endless(
        values in proptest::collection::vec(
            prop_oneof![
                "[\\x20-\\x7e]{0,40}",
                "(\"?[a-z,;=]{0,4}\"?;?[rqtw]?=?[0-9]{0,20}[,.; -]{0,2}){0,5}",
                "-?[0-9]{1,25}(\\.[0-9]{0,20})?",
                "2[0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?Z",
            ],
            9,
        ),
    ) {
        let names = [
            "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-policy", "ratelimit-limit",
            "ratelimit-remaining", "ratelimit-reset", "ratelimit-policy", "ratelimit",
        ];
        let lines: Vec<(&str, &str)> = names.into_iter().zip(values.iter().map(String::as_str)).collect();
        let found = limits(&lines);
        prop_assert!(found.len() <= MOST_LIMITS);
        prop_assert!(pause(&found).is_none_or(|pause| pause <= LONGEST_PRECAUTION));
        prop_assert!(pause_after_refusal(&found).is_none_or(|pause| pause <= LONGEST));
    }
}
