//! A tier of its own: the recorded discourse beside the checkout, if it is there. Its words stay out of every message.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::Cli;

/// The recorded set, where it is.
fn recorded() -> Option<PathBuf> {
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
    let cli = Cli::new();
    let import = cli.run(&["import", &archive.display().to_string(), "--json"]).ends(0).json();
    let file = &import["files"][0];
    assert_eq!((&file["lines"], &file["skipped"]), (&35_026.into(), &Value::Object(serde_json::Map::new())));
    let (new, unchanged) =
        (file["tally"]["new"].as_u64().unwrap(), file["tally"]["unchanged"].as_u64().unwrap());
    let revised = file["tally"]["revised"].as_u64().unwrap();
    assert_eq!(new + unchanged + revised, 35_026);
    assert_eq!(cli.run(&["status", "--json"]).ends(0).json()["pending"], 0);

    let span = ["--from", "2026-01-15", "--to", "2026-01-18", "--every", "24h"];
    let backtest = [&["backtest"][..], &span, &["--keep", "--json"]].concat();
    let lines = cli.run(&backtest).ends(0).out;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ticks: BTreeSet<&str> = lines.iter().filter_map(|line| line["at"].as_str()).collect();
    assert_eq!(ticks.len(), 3);
    let codes: BTreeSet<&str> = lines.iter().filter_map(|line| line["code"].as_str()).collect();
    assert!(codes.len() >= 3, "{} stories in three days of dense discourse", codes.len());
    for code in codes {
        cli.run(&["export", code, "-o", "story.json"]).ends(0);
        let checked = cli.run(&["verify", "story.json", "--json"]);
        assert_eq!(checked.code, 0, "{code} does not verify");
        assert!(checked.json()["sentences"].as_u64() > Some(10));
    }
    assert!(
        cli.run(&["story", "open-source-ai"]).code == 0
            || lines.iter().all(|l| l["topic"] != "open-source-ai" || l["code"].is_null())
    );
}
