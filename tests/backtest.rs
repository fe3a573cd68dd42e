//! `newsdesk backtest`: the past as if it had been live, the same every time.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::corpus::{BACKTEST, desk_with_archive};
use crate::support::{Cli, at};

fn lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn json(arguments: &[&'static str], more: &[&'static str]) -> Vec<&'static str> {
    arguments.iter().chain(more).copied().chain(["--json"]).collect()
}

/// Every story of the ferries as `story --json` gives it.
fn stories(cli: &Cli) -> Vec<String> {
    let found = lines(&cli.run(&json(&BACKTEST, &[])).ends(0).out);
    let codes: BTreeSet<String> =
        found.iter().filter_map(|l| l["code"].as_str().map(str::to_owned)).collect();
    codes.iter().map(|code| cli.run(&["story", code, "--json"]).ends(0).out).collect()
}

#[test]
fn each_line_is_a_ranked_lead_with_the_documented_keys() {
    let cli = desk_with_archive();
    let ran = cli.run(&json(&BACKTEST, &[])).ends(0);
    let lines = lines(&ran.out);
    let keys = [
        "at",
        "code",
        "headline",
        "kind",
        "linked_urls",
        "rank",
        "record_urls",
        "severity",
        "topic",
        "topics",
        "version",
    ];
    let mut ticks: Vec<&str> = Vec::new();
    for line in &lines {
        let object = line.as_object().unwrap();
        assert_eq!(object.keys().map(String::as_str).collect::<BTreeSet<_>>(), keys.into());
        assert!(["low", "medium", "high"].contains(&line["severity"].as_str().unwrap()));
        assert!(line["topics"].as_array().unwrap().contains(&line["topic"]));
        assert!(!line["headline"].as_str().unwrap().is_empty());
        let urls = line["record_urls"].as_array().unwrap();
        let distinct: BTreeSet<&str> = urls.iter().map(|url| url.as_str().unwrap()).collect();
        assert!(!urls.is_empty() && distinct.len() == urls.len(), "{line}");
        let told = line["kind"] == "story";
        assert!(told || line["kind"] == "lead");
        assert_eq!((line["code"].is_string(), line["version"].is_u64()), (told, told), "{line}");
        if ticks.last() != Some(&line["at"].as_str().unwrap()) {
            ticks.push(line["at"].as_str().unwrap());
        }
    }
    for tick in &ticks {
        let of_tick = lines.iter().filter(|line| line["at"] == *tick);
        let ranks: Vec<u64> = of_tick.map(|line| line["rank"].as_u64().unwrap()).collect();
        assert_eq!(ranks, (1..=ranks.len() as u64).collect::<Vec<_>>(), "{tick}");
        assert!(ranks.len() <= 45);
        let time = at(&tick.replace('T', " ").replace(":00Z", ""));
        assert!(time > at("2025-03-23 00:00") && time <= at("2025-03-26 00:00"), "{tick}");
    }
    let mut sorted = ticks.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(ticks, sorted, "ticks come in order, each once");
    assert!(ran.err.contains("6 ticks from 2025-03-23 00:00 to 2025-03-26 00:00 UTC"), "{}", ran.err);
}

#[test]
fn the_news_of_the_day_leads_and_becomes_a_story() {
    let cli = desk_with_archive();
    let lines = lines(&cli.run(&json(&BACKTEST, &[])).ends(0).out);
    let story =
        lines.iter().find(|line| line["kind"] == "story" && line["at"].as_str() > Some("2025-03-24T08"));
    let story = story.unwrap_or_else(|| panic!("no story among {} leads", lines.len()));
    assert_eq!((&story["topic"], &story["version"]), (&"ferries".into(), &1.into()));
    assert!(story["headline"].as_str().unwrap().contains("Orrin"), "{story}");
    assert_eq!(story["rank"], 1, "{story}");
    // A replay without `--keep` leaves nothing behind.
    cli.run(&["story", "ferries"]).ends(3);
}

#[test]
fn the_same_backtest_gives_the_same_bytes() {
    let cli = desk_with_archive();
    let first = cli.run(&json(&BACKTEST, &[])).ends(0).out;
    assert_eq!(cli.run(&json(&BACKTEST, &[])).ends(0).out, first);
    // Another database, filled by the same archive in another order.
    let other = desk_with_archive();
    assert_eq!(other.run(&json(&BACKTEST, &[])).ends(0).out, first);
}

#[test]
fn kept_twice_is_kept_once() {
    let cli = desk_with_archive();
    let keep = json(&BACKTEST, &["--keep"]);
    let first = cli.run(&keep).ends(0).out;
    let (before, told) = (cli.run(&["status", "--json"]).ends(0).json(), stories(&cli));
    assert!(before["versions"].as_u64() > Some(0) && !told.is_empty());
    assert_eq!(before["deliveries"], serde_json::json!({}), "a replay publishes nothing");
    cli.run(&keep).ends(0);
    assert_eq!(cli.run(&["status", "--json"]).ends(0).json(), before, "no second version");
    assert_eq!(stories(&cli), told);
    // And elsewhere: the same stories to the byte.
    let other = desk_with_archive();
    assert_eq!(other.run(&keep).ends(0).out, first);
    assert_eq!(stories(&other), told);
}

#[test]
fn a_replay_sees_only_what_was_there() {
    let cli = desk_with_archive();
    let before = cli.run(&["backtest", "--from", "2025-03-22", "--to", "2025-03-24", "--json"]).ends(0);
    assert!(!before.out.contains("Orrin"), "{}", before.out);
    // Before the first record there is nothing at all, and that is no failure.
    let nothing = cli.run(&["backtest", "--from", "2020-01-01", "--to", "2020-01-03", "--json"]).ends(0);
    assert_eq!(nothing.out, "");
}

#[test]
fn topics_can_be_chosen() {
    let cli = desk_with_archive();
    let kites = cli.run(&json(&BACKTEST, &["--topic", "kites"])).ends(0);
    assert_eq!(kites.out, "");
    let ferries = cli.run(&json(&BACKTEST, &["--topic", "Ferries"])).ends(0);
    assert!(lines(&ferries.out).iter().all(|line| line["topic"] == "ferries"));
    let unknown = cli.run(&json(&BACKTEST, &["--topic", "ferrys"])).ends(3);
    assert!(unknown.err.contains("did you mean `ferries`?"), "{}", unknown.err);
}

#[test]
fn spans_that_make_no_sense_are_refused() {
    let cli = desk_with_archive();
    for (arguments, said) in [
        (["--from", "2025-03-25", "--to", "2025-03-24", "--every", "24h"], "`--from` must lie before `--to`"),
        (["--from", "2025-13-01", "--to", "2025-03-24", "--every", "24h"], "give a date such as 2026-01-16"),
        (
            ["--from", "2025-03-20", "--to", "2025-03-24", "--every", "soon"],
            "give a span such as 90m, 24h or 7d",
        ),
        (
            ["--from", "2025-03-20", "--to", "2025-03-24", "--every", "0h"],
            "give a span such as 90m, 24h or 7d",
        ),
    ] {
        let ran = cli.run(&[&["backtest"][..], &arguments].concat()).ends(2);
        assert!(ran.err.contains(said), "{}", ran.err);
    }
    let exact =
        ["backtest", "--from", "2025-03-24T00:00:00Z", "--to", "2025-03-24T20:00:00+02:00", "--every", "90m"];
    let ran = cli.run(&exact).ends(0);
    assert!(ran.err.contains("12 ticks from 2025-03-24 00:00 to 2025-03-24 18:00 UTC"), "{}", ran.err);
}
