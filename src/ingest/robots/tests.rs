//! `robots.txt` in the spellings of the web, and hosts that have none, many, or trouble.

use chrono::TimeDelta;
use proptest::prelude::*;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::http::HttpSettings;
use super::*;
use crate::ingest::testing::{client, damaged, now, settings, url};

fn allows(file: &str, at: &str) -> bool {
    let url = Url::parse("https://ledger.example").unwrap().join(at).unwrap();
    Rules::parse(file.as_bytes(), PRODUCT).allow(&url)
}

#[test]
fn the_longest_rule_decides_and_permission_wins_a_tie() {
    let file = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /tie\nAllow: /tie\nDisallow: /*.pdf$\nDisallow: /x*y*z\n";
    for (at, open) in [
        ("/", true),
        ("/a", false),
        ("/abc", false),
        ("/a/b/c", true),
        ("/tie", true),
        ("/paper.pdf", false),
        ("/paper.pdf?v=1", true),
        ("/paper.pdfs", true),
        ("/x1y2z3", false),
        ("/x1z2y", true),
        ("/A", true),
    ] {
        assert_eq!(allows(file, at), open, "{at}");
    }
}

#[test]
fn a_group_that_names_us_stands_in_place_of_the_general_one() {
    let file = "\u{feff}user-agent: other\r\nuser-agent: NewsDesk/1.0 # us\r\nDisallow: /ours\r\n\r\nUser-Agent: *\r\nDisallow: /\r\n\r\nSitemap: https://ledger.example/s.xml\r\nUser-agent: newsdesk\rDisallow: /more\r";
    assert!(allows(file, "/"));
    assert!(!allows(file, "/ours"));
    assert!(!allows(file, "/more"), "groups of one name are one group");
    assert!(!allows("User-agent: *\nDisallow: /", "/"));
    assert!(
        allows("User-agent: newsdesk\nDisallow:\n\nUser-agent: *\nDisallow: /", "/"),
        "an empty rule forbids nothing"
    );
    assert!(allows("User-agent: newsdeskbot2\nDisallow: /", "/"));
    assert!(!allows("User-agent: a\nCrawl-delay: 5\nUser-agent: *\nDisallow: /", "/"));
    assert!(allows("Disallow: /", "/"), "a rule for nobody");
}

#[test]
fn one_octet_has_one_spelling() {
    for pattern in ["/caf%C3%A9", "/caf%c3%a9", "/café", "/%63af%C3%A9"] {
        let file = format!("User-agent: *\nDisallow: {pattern}");
        assert!(!allows(&file, "/café"), "{pattern}");
        assert!(!allows(&file, "/caf%c3%A9"), "{pattern}");
    }
    assert!(allows("User-agent: *\nDisallow: /a%2Fb", "/a/b"), "an escaped slash is another octet");
    assert!(!allows("User-agent: *\nDisallow: private", "/private/x"));
    assert!(!allows("User-agent: *\nDisallow: *?print=", "/story?print=1"));
}

#[test]
fn an_error_page_forbids_nothing() {
    assert!(allows("<!doctype html><title>User-agent: * Disallow: /</title>", "/a"));
    assert!(allows("", "/a"));
}

#[test]
fn marks_on_pages_speak_to_us_or_to_everybody() {
    for value in [
        "noindex",
        "NOAI",
        "nofollow, noindex",
        "none",
        "newsdesk: noai",
        "*: noindex",
        "unavailable_after: 25 Jun 2031, noindex",
        "noarchive, max-snippet: 5, noai",
    ] {
        assert!(tag_forbids(value), "{value}");
    }
    for value in ["", "all", "nofollow", "otherbot: noindex", "noimageindex", "max-snippet: 0"] {
        assert!(!tag_forbids(value), "{value}");
    }
    assert!(meta_forbids("Robots", "index, NoAI"));
    assert!(meta_forbids("newsdesk", "noindex"));
    assert!(!meta_forbids("otherbot", "noindex"));
    assert!(!meta_forbids("robots", "index, follow"));
}

proptest! {
    #[test]
    fn a_file_means_what_its_groups_say_one_by_one(
        groups in prop::collection::vec(
            (prop::sample::subsequence(vec!["*", "newsdesk/2.0", "otherbot"], 1..3),
             prop::collection::vec((any::<bool>(), "/[ab*]{0,6}\\$?"), 1..4)),
            0..4),
        noise in prop::collection::vec("|# Disallow: /|Sitemap: /a|junk|\\PC{0,5}#", 1..4),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        path in "/[ab]{0,8}",
    ) {
        fn fits(pattern: &[u8], path: &[u8]) -> bool {
            match pattern {
                [] => true,
                [b'$'] => path.is_empty(),
                [b'*', rest @ ..] => (0..=path.len()).any(|at| fits(rest, &path[at..])),
                [first, rest @ ..] => path.first() == Some(first) && fits(rest, &path[1..]),
            }
        }
        let mut lines = noise.clone();
        for (agents, rules) in &groups {
            lines.extend(agents.iter().map(|agent| format!(" User-Agent : {agent} # who")));
            lines.extend(rules.iter().map(|(allow, at)| format!("{}: {at}", if *allow { "Allow" } else { "disallow" })));
            lines.extend(noise.clone());
        }
        let of = |agent: &str| groups.iter().filter(|(agents, _)| agents.contains(&agent)).collect::<Vec<_>>();
        let ours = if of("newsdesk/2.0").is_empty() { of("*") } else { of("newsdesk/2.0") };
        let fitting = ours.iter().flat_map(|(_, rules)| rules).filter(|(_, at)| fits(at.as_bytes(), path.as_bytes()));
        let open = fitting.max_by_key(|(allow, at)| (at.len(), *allow)).is_none_or(|(allow, _)| *allow);
        prop_assert_eq!(allows(&lines.join(end), &path), open, "{:?}", lines);
    }

    #[test]
    fn damage_to_a_file_opens_nothing_that_the_rest_of_it_closes(
        file in damaged(vec![b"\xef\xbb\xbfUser-agent: *\nDisallow: /x\nAllow: /y\n".to_vec(), b"Sitemap: a\n<html>\n".to_vec()]),
    ) {
        let file = [&file[..], b"\nUser-agent: newsdesk\nDisallow: /closed\n"].concat();
        let url = Url::parse("https://ledger.example/closed/a").unwrap();
        prop_assert!(!Rules::parse(&file, PRODUCT).allow(&url));
    }
}

async fn verdict(answer: ResponseTemplate) -> Result<(), RobotsError> {
    verdict_within(HttpSettings::default().header_timeout, answer).await
}

async fn verdict_within(header_timeout: Duration, answer: ResponseTemplate) -> Result<(), RobotsError> {
    let server = MockServer::start().await;
    Mock::given(path("/robots.txt")).respond_with(answer).mount(&server).await;
    let http = PoliteClient::new(HttpSettings { header_timeout, ..settings([server.address()]) }).unwrap();
    Robots::new().check(&http, &url(&server, "/closed/a"), now()).await
}

#[tokio::test]
async fn a_missing_file_opens_and_a_failing_host_closes() {
    let file = ResponseTemplate::new(200).set_body_string("User-agent: *\nDisallow: /closed");
    assert!(matches!(verdict(file).await.unwrap_err(), RobotsError::Forbidden { .. }));
    for status in [400, 401, 403, 404, 410, 451] {
        assert_eq!(verdict(ResponseTemplate::new(status)).await, Ok(()), "{status}");
    }
    let circle = ResponseTemplate::new(302).insert_header("location", "/robots.txt");
    assert_eq!(verdict(circle).await, Ok(()));
    for answer in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(503).insert_header("retry-after", "7"),
        ResponseTemplate::new(429),
        ResponseTemplate::new(302).insert_header("location", "http://169.254.169.254/"),
        ResponseTemplate::new(200).set_body_bytes(vec![b'#'; MAX_FILE_BYTES + 1]),
    ] {
        let err = verdict(answer).await.unwrap_err();
        assert!(matches!(err, RobotsError::Unknown { .. }), "{err}");
        assert!(err.retry_in().is_none_or(|wait| wait >= UNKNOWN_HOLDS), "{err}");
    }
    let late = ResponseTemplate::new(200).set_delay(Duration::from_mins(1));
    let err = verdict_within(Duration::from_millis(300), late).await.unwrap_err();
    assert!(matches!(err, RobotsError::Unknown { .. }), "{err}");
}

#[tokio::test]
async fn a_file_is_asked_for_once_a_day() {
    let server = MockServer::start().await;
    let file = ResponseTemplate::new(200).set_body_string("User-agent: *\nDisallow: /closed");
    Mock::given(path("/robots.txt")).respond_with(file).mount(&server).await;
    let (robots, http) = (Robots::new(), client(&server));
    let page = |at: &str| Url::parse(&server.uri()).unwrap().join(at).unwrap();
    for hours in [0, 1, 23] {
        let then = now() + TimeDelta::hours(hours);
        assert!(robots.check(&http, &page("/open?x=/closed"), then).await.is_ok());
        assert!(robots.check(&http, &page("/closed"), then).await.is_err());
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
    assert!(robots.check(&http, &page("/open"), now() + TimeDelta::hours(25)).await.is_ok());
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[test]
fn what_is_remembered_stays_small() {
    let robots = Robots::new();
    let rules = format!("User-agent: *\n{}", "Disallow: /abcdefghij\n".repeat(9_000));
    let rules = Arc::new(Rules::parse(rules.as_bytes(), PRODUCT));
    for n in 0..i64::try_from(MAX_HOSTS).unwrap() + 500 {
        let until = now() + TimeDelta::seconds(n);
        let rules = if n < 300 { Arc::clone(&rules) } else { Arc::default() };
        robots.keep(format!("https://h{n}.example"), Known { until, rules: Ok(rules) });
    }
    let all = robots.lock();
    assert_eq!(all.len(), MAX_HOSTS);
    assert!(all.iter().map(|(at, known)| weight(at, known)).sum::<usize>() <= MAX_CACHE_BYTES);
    assert!(!all.contains_key("https://h0.example") && all.contains_key("https://h2499.example"));
}
