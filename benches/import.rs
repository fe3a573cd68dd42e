//! What importing an archive costs in CPU time, beside the floor: decoding its lines and inserting bare rows.
//!
//! `cargo bench --bench import -- FILE.jsonl[.zst]`. Both sides decode the same lines in the same way, write the same columns
//! into tables with the same indexes, fifty rows a statement and 2,000 a transaction, in a database file of its own; each
//! is run three times in turn and the least is told.
//!
//! - `floor`: decode, insert. No look whether a record is there, no revisions, no counting, no reader on another thread;
//! - `import`: `newsdesk import` as it is.
//!
//! One JSON line, and a line for people on stderr.

#![expect(clippy::print_stdout, reason = "its answer")]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use chrono::{DateTime, Utc};
use newsdesk::ingest::import::read_record;
use newsdesk::ingest::{ImportInput, import};
use newsdesk::model::{AuthorKey, IncomingRecord, RecordId, Sha256};
use newsdesk::store::Store;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

/// Rows in one statement, and in one transaction.
const ROWS: usize = 50;
const BATCH: usize = 2_000;

const COLUMNS: [&str; 22] = [
    "id",
    "platform",
    "native_id",
    "class",
    "permalink",
    "author",
    "author_key",
    "venue",
    "published_ms",
    "seen_ms",
    "archived_seen_ms",
    "replay_ms",
    "edited_ms",
    "title",
    "body",
    "tags",
    "score",
    "replies",
    "raw_hash",
    "revision",
    "pending",
    "live",
];

/// CPU time of this whole process so far.
fn cpu() -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after = stat.rsplit_once(')').context("no name in /proc/self/stat")?.1;
    let fields: Vec<&str> = after.split_whitespace().collect();
    // utime and stime, the 14th and 15th field, in hundredths of a second.
    let ticks: u64 = fields.get(11..13).context("too short")?.iter().map(|f| f.parse().unwrap_or(0)).sum();
    Ok(Duration::from_millis(ticks * 10))
}

fn lines(file: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    let opened = std::fs::File::open(file).with_context(|| file.display().to_string())?;
    let unpacked: Box<dyn Read> = if file.extension().is_some_and(|e| e == "zst") {
        Box::new(zstd::Decoder::new(opened)?)
    } else {
        Box::new(opened)
    };
    Ok(Box::new(BufReader::with_capacity(1 << 20, unpacked)))
}

/// An empty database with the program's tables and indexes.
async fn database(folder: &Path) -> anyhow::Result<String> {
    let url = format!("sqlite://{}", folder.join("bench.db").display());
    Store::open(&url).await?.close().await;
    Ok(url)
}

async fn floor(file: &Path, url: &str, now: DateTime<Utc>) -> anyhow::Result<u64> {
    let mut db = SqliteConnection::connect(url).await?;
    sqlx::raw_sql("PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 8000; PRAGMA cache_size = -8000")
        .execute(&mut db)
        .await?;
    let (mut batch, mut n, mut number) = (Vec::with_capacity(BATCH), 0, 0);
    for line in lines(file)?.lines() {
        let line = line?;
        number += 1;
        if let Ok(record) = read_record(&line, number, now) {
            batch.push(record);
        }
        if batch.len() == BATCH {
            n += insert(&mut db, &std::mem::take(&mut batch), now).await?;
        }
    }
    n += insert(&mut db, &batch, now).await?;
    db.close().await?;
    Ok(n)
}

async fn insert(
    db: &mut SqliteConnection,
    batch: &[IncomingRecord],
    now: DateTime<Utc>,
) -> anyhow::Result<u64> {
    let mut tx = db.begin_with("BEGIN IMMEDIATE").await?;
    let mut n = 0;
    for part in batch.chunks(ROWS) {
        let row = format!("({})", vec!["?"; COLUMNS.len()].join(", "));
        let sql = format!(
            "INSERT INTO record ({}, changed) SELECT *, -65536 FROM (VALUES {}) WHERE true ON CONFLICT DO NOTHING",
            COLUMNS.join(", "),
            vec![row.as_str(); part.len()].join(", ")
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(part.len() == ROWS);
        for r in part {
            let author = r.author.clone().unwrap_or_else(|| r.native_id.clone());
            let text = format!("{}\n\n{}", r.title.as_deref().unwrap_or_default(), r.body);
            let published = r.published_at.timestamp_millis();
            query = query
                .bind(RecordId::derive(&r.platform, &r.native_id).as_str().to_owned())
                .bind(r.platform.to_string())
                .bind(&r.native_id)
                .bind(r.class.to_string())
                .bind(&r.permalink)
                .bind(&r.author)
                .bind(AuthorKey::derive(&r.platform, &author).as_str().to_owned())
                .bind(&r.venue)
                .bind(published)
                .bind(now.timestamp_millis())
                .bind(r.archived_seen_at.map(|at| at.timestamp_millis()))
                .bind(r.archived_seen_at.map_or(published, |at| at.timestamp_millis()))
                .bind(r.edited_at.map(|at| at.timestamp_millis()))
                .bind(&r.title)
                .bind(&r.body)
                .bind(serde_json::to_string(&r.tags)?)
                .bind(r.engagement.score)
                .bind(r.engagement.replies)
                .bind(Sha256::of(&text).as_str().to_owned())
                .bind(1_i64)
                .bind(1_i64)
                .bind(0_i64);
        }
        n += query.execute(&mut *tx).await?.rows_affected();
    }
    tx.commit().await?;
    Ok(n)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // Cargo adds a flag of its own.
    let file = std::env::args().skip(1).find(|arg| arg != "--bench").map(PathBuf::from);
    let Some(file) = file else {
        eprintln!("not run: name an archive, `cargo bench --bench import -- FILE.jsonl.zst`");
        return Ok(());
    };
    let now: DateTime<Utc> = "2031-03-17T08:00:00Z".parse()?;
    let (mut least, mut records) = ([Duration::MAX; 2], [0; 2]);
    for _ in 0..3 {
        let folder = tempfile::TempDir::new()?;
        let url = database(folder.path()).await?;
        let before = cpu()?;
        records[0] = floor(&file, &url, now).await?;
        least[0] = least[0].min(cpu()?.saturating_sub(before));

        let folder = tempfile::TempDir::new()?;
        let store = Store::open(&database(folder.path()).await?).await?;
        let before = cpu()?;
        let report = import(&store, &[ImportInput::from(file.clone())], now, &mut |_| {}).await?;
        least[1] = least[1].min(cpu()?.saturating_sub(before));
        records[1] = report.total().tally.new;
        store.close().await;
    }
    ensure!(records[0] == records[1], "both sides store the same: {records:?}");
    let [floor, import] = least.map(|time| time.as_secs_f64());
    println!(
        "{}",
        json!({ "records": records[1], "floor_cpu_s": floor, "import_cpu_s": import, "ratio": import / floor })
    );
    eprintln!(
        "{} records: floor {floor:.2} s, import {import:.2} s of CPU, {:.2} times",
        records[1],
        import / floor
    );
    Ok(())
}
