//! What reading a feed costs, in CPU time a document: decode, parse, records, and the cleaning of each record's HTML.
//!
//! `cargo bench --bench feeds -- [--folder ../shared/data/payloads/feeds] [--repeats 200]` reads every file of the folder so
//! many times. With `NEWSDESK_FEEDPARSER` set to a Python that has feedparser installed, the same files are read as often
//! by that, which cleans HTML too; without, one line says that it was not run. One JSON line, and lines for people on stderr.

#![expect(clippy::print_stdout, reason = "its answer")]

mod cpu;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use chrono::{DateTime, Utc};
use cpu::Begin;
use newsdesk::analyze::{CleanInput, Markup, clean};
use newsdesk::ingest::feed::{FeedOrigin, parse};
use newsdesk::model::SourceClass;
use serde_json::json;
use url::Url;

/// How often the slow side reads everything: enough to measure, few enough to wait for.
const PYTHON_REPEATS: usize = 10;

/// Reads all files of a folder again and again, and tells the entries of one pass and the CPU seconds of all.
const SCRIPT: &str = r#"
import feedparser, json, os, sys, time
folder, repeats = sys.argv[1], int(sys.argv[2])
documents = [open(os.path.join(folder, name), "rb").read() for name in sorted(os.listdir(folder))]
begin = time.process_time()
for _ in range(repeats):
    entries = sum(len(feedparser.parse(document).entries) for document in documents)
print(json.dumps({"seconds": time.process_time() - begin, "entries": entries, "version": feedparser.__version__}))
"#;

struct Wanted {
    folder: PathBuf,
    repeats: usize,
}

fn wanted() -> anyhow::Result<Wanted> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/payloads/feeds");
    let mut wanted = Wanted { folder: beside, repeats: 200 };
    // Cargo adds a flag of its own.
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        let value = args.next().with_context(|| format!("`{arg}` needs a value"))?;
        match arg.as_str() {
            "--folder" => wanted.folder = value.into(),
            "--repeats" => wanted.repeats = value.parse()?,
            _ => bail!("unknown argument `{arg}`"),
        }
    }
    Ok(wanted)
}

/// Reads a document as a scan does, and cleans its records as the analysis does: entries, bytes of clean text.
fn read(document: &[u8], origin: &FeedOrigin, now: DateTime<Utc>) -> (usize, usize) {
    let Ok(feed) = parse(document, None, origin, now) else { return (0, 0) };
    let cleaned = feed.records.iter().map(|record| {
        let input = CleanInput {
            title: record.title.as_deref(),
            body: &record.body,
            markup: Markup::Html,
            social: false,
        };
        clean(&input).text.len()
    });
    (feed.records.len(), cleaned.sum())
}

fn main() -> anyhow::Result<()> {
    let wanted = wanted()?;
    let mut paths = Vec::new();
    let Ok(folder) = std::fs::read_dir(&wanted.folder) else {
        eprintln!("not run: there is no folder `{}`", wanted.folder.display());
        return Ok(());
    };
    for file in folder {
        paths.push(file?.path());
    }
    paths.sort();
    let documents = paths.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    let bytes: usize = documents.iter().map(Vec::len).sum();
    let url = Url::parse("https://ledger.example/feed")?;
    let origin =
        FeedOrigin { known_as: url.clone(), url, name: String::new(), class: SourceClass::Publication };
    let now: DateTime<Utc> = "2031-03-17T19:00:00Z".parse()?;

    let begin = Begin::now();
    let mut entries = 0;
    for _ in 0..wanted.repeats {
        entries = documents.iter().map(|document| read(document, &origin, now).0).sum();
    }
    // Where others use the machine, too, the clock on the wall tells nothing.
    let spent = begin.spent();
    ensure!(entries > 0, "no file of `{}` is a feed", wanted.folder.display());
    let each = spent.as_secs_f64() / (wanted.repeats * documents.len()) as f64;
    eprintln!(
        "{:.1} µs a document ({} documents, {bytes} bytes, {entries} entries), {:.0} MB/s",
        each * 1e6,
        documents.len(),
        bytes as f64 / documents.len() as f64 / each / 1e6
    );
    let mut answer = json!({
        "case": "feeds", "documents": documents.len(), "bytes": bytes, "entries": entries,
        "microseconds_per_document": (each * 1e7).round() / 10.0,
    });

    let python = std::env::var_os("NEWSDESK_FEEDPARSER");
    match python {
        None => eprintln!("not run: feedparser; set NEWSDESK_FEEDPARSER to a Python that has it"),
        Some(python) => {
            let mut command = Command::new(python);
            command.arg("-c").arg(SCRIPT).arg(&wanted.folder).arg(PYTHON_REPEATS.to_string());
            let output = command.output().context("NEWSDESK_FEEDPARSER cannot be started")?;
            ensure!(
                output.status.success(),
                "feedparser failed: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            let told: serde_json::Value = serde_json::from_slice(&output.stdout)?;
            let seconds = told["seconds"].as_f64().context("no seconds")?;
            let theirs = seconds / (PYTHON_REPEATS * documents.len()) as f64;
            eprintln!(
                "feedparser {}: {:.1} µs a document ({} entries); {:.1} times as much",
                told["version"].as_str().unwrap_or("?"),
                theirs * 1e6,
                told["entries"],
                theirs / each
            );
            answer["feedparser_microseconds_per_document"] = json!((theirs * 1e7).round() / 10.0);
            answer["times"] = json!((theirs / each * 10.0).round() / 10.0);
        }
    }
    println!("{answer}");
    Ok(())
}
