//! What the way from a raw record to a signal costs, measured.
//!
//! `race FILE.jsonl[.zst] [--limit N] [--beats FILE]` runs the stages one after the other over all records in memory, as a
//! chain of libraries would, and prints one JSON object: records, CPU seconds, wall seconds and memory of each stage.
//!
//! `race FILE.jsonl[.zst] --desk [--db URL] [--every 24h] [--days N] [--add 100]` does what a desk does: import into a
//! database, analyse, tick; then a scan that adds so many records, by the running desk and by one that has just been started.
//! Without `--db` a temporary SQLite file is used. With `--chain` it ends before the first tick: from raw records to stored
//! analyses.
//!
//! The topics are those of `--beats` (`{"slug": ["keyword", …]}`), by default `../shared/peers/beats.json`.

mod desk;
mod meter;
mod stages;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use newsdesk::config::{Config, Inputs, SourceText, load};

/// What is asked for.
pub(crate) struct Asked {
    pub(crate) file: PathBuf,
    pub(crate) beats: PathBuf,
    pub(crate) limit: usize,
    pub(crate) desk: bool,
    pub(crate) chain: bool,
    pub(crate) db: Option<String>,
    pub(crate) every_minutes: i64,
    pub(crate) days: i64,
    pub(crate) add: usize,
}

fn main() -> anyhow::Result<()> {
    let asked = asked()?;
    let config = config(&asked.beats)?;
    let answer = if asked.desk { desk::run(&asked, &config)? } else { stages::run(&asked, &config)? };
    print(&answer)
}

fn asked() -> anyhow::Result<Asked> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let mut asked = Asked {
        file: PathBuf::new(),
        beats: shared.join("peers/beats.json"),
        limit: usize::MAX,
        desk: false,
        chain: false,
        db: None,
        every_minutes: 24 * 60,
        days: i64::MAX,
        add: 100,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("`{arg}` needs a value"));
        match arg.as_str() {
            "--beats" => asked.beats = value()?.into(),
            "--limit" => asked.limit = value()?.parse()?,
            "--desk" => asked.desk = true,
            "--chain" => (asked.desk, asked.chain) = (true, true),
            "--db" => asked.db = Some(value()?),
            "--every" => {
                let text = value()?;
                asked.every_minutes = match (text.strip_suffix('h'), text.strip_suffix('m')) {
                    (Some(hours), _) => hours.parse::<i64>()? * 60,
                    (None, Some(minutes)) => minutes.parse()?,
                    (None, None) => anyhow::bail!("`--every` is written `24h` or `30m`"),
                };
            }
            "--days" => asked.days = value()?.parse()?,
            "--add" => asked.add = value()?.parse()?,
            _ if arg.starts_with("--") => anyhow::bail!("`{arg}` is no option; the first lines name them"),
            _ => asked.file = arg.into(),
        }
    }
    anyhow::ensure!(asked.file.is_file(), "name a file of records; `{}` is none", asked.file.display());
    Ok(asked)
}

/// A configuration with one topic for each beat.
fn config(beats: &Path) -> anyhow::Result<Config> {
    let text = std::fs::read_to_string(beats).with_context(|| beats.display().to_string())?;
    let beats: BTreeMap<String, Vec<String>> = serde_json::from_str(&text)?;
    let file = |path: String, text: String| SourceText { path: path.into(), text };
    let topics = beats.iter().map(|(slug, words)| {
        let any = serde_json::to_string(words).unwrap_or_default();
        file(format!("{slug}.toml"), format!("name = \"{slug}\"\nlanguages = []\n\n[match]\nany = {any}\n"))
    });
    Ok(load(Inputs {
        file: Some(file("newsdesk.toml".to_owned(), "[topics]\nbuiltin = false\n".to_owned())),
        topic_files: topics.collect(),
        ..Inputs::default()
    })?)
}

#[expect(clippy::print_stdout, reason = "its answer")]
fn print(answer: &serde_json::Value) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(answer)?);
    Ok(())
}
