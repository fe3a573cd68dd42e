//! A tier of its own: the recorded discourse beside the checkout, if it is there. Its words stay out of every message.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use newsdesk::ingest::import::{SkipReason, read_record};
use serde_json::Value;

use crate::support::Cli;

/// The days that are stored: a week to compare with, three to replay.
const DAYS: std::ops::RangeInclusive<&str> = "2026-01-07"..="2026-01-17";

/// The recorded set, where it is.
pub(crate) fn recorded() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with("ai-discourse-") && name.ends_with(".jsonl.zst")
        })
        .collect();
    found.sort();
    found.pop()
}

#[test]
fn three_days_of_the_recorded_set_become_stories_that_verify() {
    let Some(archive) = recorded() else {
        eprintln!("not run: no recorded discourse in `../shared/data` beside the checkout");
        return;
    };
    // All lines are read; eleven days are stored and analysed, for a debug build is slow.
    let packed = std::fs::File::open(&archive).unwrap();
    let mut plain = String::new();
    zstd::Decoder::new(packed).unwrap().read_to_string(&mut plain).unwrap();
    let faults: Vec<_> = plain
        .lines()
        .zip(1..)
        .filter_map(|(line, n)| read_record(line, n, DateTime::UNIX_EPOCH).err())
        .map(|fault| fault.reason)
        .collect();
    assert_eq!(plain.lines().count(), 35_026);
    assert_eq!(
        faults,
        [SkipReason::NoText],
        "one record has neither title nor text, and nothing else is wrong"
    );

    let cli = Cli::new();
    let day = |line: &str| {
        let at = line.split("\"published_utc\": \"").nth(1).unwrap_or_default();
        at.chars().take(10).collect::<String>()
    };
    let some: Vec<&str> = plain.lines().filter(|line| DAYS.contains(&day(line).as_str())).collect();
    let n = some.len() as u64;
    assert!(n > 10_000, "{n} lines");
    cli.write("some.jsonl", some.join("\n"));
    let import = cli.run(&["import", "some.jsonl", "--json"]).ends(0).json();
    let (file, tally) = (&import["files"][0], &import["files"][0]["tally"]);
    let skipped: u64 = file["skipped"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    let kept: u64 = ["new", "revised", "unchanged"].iter().filter_map(|key| tally[key].as_u64()).sum();
    assert_eq!((file["lines"].as_u64(), kept + skipped), (Some(n), n));
    assert_eq!(cli.run(&["status", "--json"]).ends(0).json()["pending"], 0);

    let span = ["--from", "2026-01-15", "--to", "2026-01-18", "--every", "24h"];
    let backtest = [&["backtest"][..], &span, &["--keep", "--json"]].concat();
    let lines = cli.run(&backtest).ends(0).out;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ticks: BTreeSet<&str> = lines.iter().filter_map(|line| line["at"].as_str()).collect();
    assert_eq!(ticks.len(), 3);
    let codes: BTreeSet<&str> = lines.iter().filter_map(|line| line["code"].as_str()).collect();
    assert!(!codes.is_empty(), "three days and no story");
    for code in codes {
        cli.run(&["export", code, "-o", "story.json"]).ends(0);
        let checked = cli.run(&["verify", "story.json", "--json"]);
        assert_eq!(checked.code, 0, "{code} does not verify");
        assert!(checked.json()["sentences"].as_u64() > Some(10));
    }
}
