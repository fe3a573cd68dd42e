//! Fills a database as a month of reading would: invented records, analysed and matched, and stories over them.
//!
//! `grow --db sqlite:///tmp/x.db --records 525000 [--days 35] [--seed 1] [--end 2026-03-01T12:00:00Z] [--topics FOLDER]`
//! prints one JSON line. The same arguments give the same rows. With `--topics` it writes the topic files that its
//! records were matched with, so that `newsdesk` can be run on it.
//!
//! It inserts through the store's own batches with the real analysis of each record. Only copies and clusters are
//! given instead of found: finding them needs all that came before in memory.
//!
//! `grow FILE.jsonl[.zst] --times 15 [--seed 1] [--out OUT.jsonl.zst] [--shift 61] [--from TIME] [--until TIME]` makes a
//! large archive of a small one, for `race` and `newsdesk import`: see [`multiply`]. Copies are `--shift` minutes apart;
//! without `--out` the lines go to stdout.

#[path = "../../benches/grown/mod.rs"]
#[expect(dead_code, reason = "the bench asks for more")]
mod grown;
mod multiply;

use anyhow::Context as _;
use grown::{Size, grow, topic_files, usual_end};
use newsdesk::store::Store;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut size = Size { records: 525_000, days: 35, seed: 1, end: usual_end() };
    let (mut db, mut topics) = (None, None);
    let (mut file, mut out, mut times, mut shift) = (None, None, 1, 61);
    let (mut from, mut until) = (None, None);
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        if !name.starts_with("--") {
            file = Some(std::path::PathBuf::from(name));
            continue;
        }
        let value = args.next().with_context(|| format!("`{name}` needs a value"))?;
        match name.as_str() {
            "--times" => times = value.parse()?,
            "--out" => out = Some(std::path::PathBuf::from(value)),
            "--shift" => shift = value.parse()?,
            "--from" => from = Some(value.parse()?),
            "--until" => until = Some(value.parse()?),
            "--db" => db = Some(value),
            "--records" => size.records = value.parse()?,
            "--days" => size.days = value.parse()?,
            "--seed" => size.seed = value.parse()?,
            "--end" => size.end = value.parse()?,
            "--topics" => topics = Some(std::path::PathBuf::from(value)),
            other => anyhow::bail!("`{other}` is no option; the first lines of this file name them"),
        }
    }
    if let Some(file) = file {
        let shift = chrono::TimeDelta::minutes(shift);
        let to_stdout = out.is_none();
        let report =
            multiply::multiply(&multiply::Order { file, out, times, seed: size.seed, shift, from, until })?;
        return if to_stdout { Ok(()) } else { print(&report) };
    }
    let db = db.context("`--db` says where to, or name a file and how many times")?;
    if let Some(folder) = topics {
        std::fs::create_dir_all(&folder)?;
        for (name, text) in topic_files() {
            std::fs::write(folder.join(name), text)?;
        }
    }
    let store = Store::open(&db).await?;
    let total = size.records;
    let report = grow(&store, size, |n| {
        if n % 50_000 == 0 {
            eprintln!("{n} of {total}");
        }
    })
    .await?;
    store.close().await;
    print(&report)
}

#[expect(clippy::print_stdout, reason = "its answer")]
fn print(report: &impl serde::Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(report)?);
    Ok(())
}
