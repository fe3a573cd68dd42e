//! What a desk does: import, analyse, tick, and a scan that adds a few records.

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use newsdesk::config::Config;
use newsdesk::ingest::import::read_record;
use newsdesk::model::{IncomingRecord, ManualClock};
use newsdesk::schedule::{TickReport, Writer};
use newsdesk::store::Store;
use serde_json::json;
use tokio::sync::mpsc;

use super::Asked;
use super::meter::{Cost, Meter, forget_peak, memory, rounded};
use super::stages::digest;

/// Records of a page that is scanned.
const BATCH: usize = 500;
/// Records stored in one transaction where nobody asks when they were seen, as an import does it.
const IMPORTED: usize = 2_000;
/// What a scan brings was published a little before.
const SEEN_AFTER: TimeDelta = TimeDelta::seconds(30);

/// The stages so far.
#[derive(Default)]
struct Desk {
    stages: serde_json::Map<String, serde_json::Value>,
    cpu_s: f64,
    wall_s: f64,
}

impl Desk {
    fn done(&mut self, name: &str, cost: &Cost) -> anyhow::Result<()> {
        eprintln!(
            "{name:12} {:8.3} s cpu {:8.3} s wall {:7} records {:6.0} MB {:6.0} MB highest",
            cost.cpu_s, cost.wall_s, cost.records, cost.rss_mb, cost.peak_rss_mb
        );
        self.cpu_s += cost.cpu_s;
        self.wall_s += cost.wall_s;
        self.stages.insert(name.to_owned(), serde_json::to_value(cost)?);
        Ok(())
    }
}

pub(crate) fn run(asked: &Asked, config: &Config) -> anyhow::Result<serde_json::Value> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let url = match &asked.db {
        Some(url) => url.clone(),
        None => format!("sqlite://{}/race.db", folder.path().display()),
    };
    runtime.block_on(live(asked, config, &url))
}

async fn live(asked: &Asked, config: &Config, url: &str) -> anyhow::Result<serde_json::Value> {
    let store = Store::open(url).await?;
    let mut desk = Desk::default();
    let meter = Meter::start();
    let (records, mut last_page) = import(asked, &store).await?;
    store.refresh_statistics().await?;
    desk.done("import", &meter.stop(records, json!({})))?;

    let mut writer = Writer::new(config, &config.topics, store.clone(), Vec::new());
    let meter = Meter::start();
    let analysed = writer.analyze(|_| ()).await?;
    store.refresh_statistics().await?;
    desk.done("analyze", &meter.stop(usize::try_from(analysed)?, json!({})))?;

    if asked.chain {
        store.close().await;
        return Ok(answer(asked, &desk, records, ("chain", &[]), memory("VmHWM:")));
    }
    let Some((first, last)) = store.published_span().await? else { anyhow::bail!("no record is stored") };
    let every = TimeDelta::minutes(asked.every_minutes);
    let begin = first.max(last - TimeDelta::days(asked.days.min(10_000)));
    let mut at = begin.date_naive().and_time(chrono::NaiveTime::MIN).and_utc() + every;
    let meter = Meter::start();
    let (mut ticks, mut first_tick) = (Vec::new(), None);
    while at <= last + every {
        ticks.push(writer.work(&ManualClock::at(at)).await?.tick);
        first_tick.get_or_insert_with(|| meter.stop(0, json!({})).cpu_s);
        at += every;
    }
    let leads = ticks.iter().map(|tick| tick.leads.len()).sum::<usize>();
    let stories = ticks.iter().map(|tick| tick.stories.len()).sum::<usize>();
    let facts =
        json!({ "ticks": ticks.len(), "leads": leads, "versions": stories, "first_tick_cpu_s": first_tick });
    desk.done("ticks", &meter.stop(records, facts))?;
    let (cpu_s, wall_s, peak) = (desk.cpu_s, desk.wall_s, memory("VmHWM:"));

    // Now it runs. What does a scan cost that brings a few records?
    let mut now = at;
    forget_peak();
    for name in ["scan", "scan_again"] {
        now += TimeDelta::minutes(10);
        let (cost, tick) = scan(asked, &store, &mut writer, &mut last_page, now).await?;
        desk.done(name, &cost)?;
        ticks.push(tick);
    }
    let meter = Meter::start();
    ticks.push(writer.work(&ManualClock::at(now + TimeDelta::minutes(10))).await?.tick);
    desk.done("idle_round", &meter.stop(0, json!({})))?;
    drop(writer);
    now += TimeDelta::minutes(20);
    let mut writer = Writer::new(config, &config.topics, store.clone(), Vec::new());
    let (cost, tick) = scan(asked, &store, &mut writer, &mut last_page, now).await?;
    desk.done("cold_scan", &cost)?;
    ticks.push(tick);
    store.close().await;
    let whole = Desk { cpu_s, wall_s, ..desk };
    Ok(answer(asked, &whole, records, ("desk", &ticks), peak))
}

/// What is printed; `ticks` is a digest of all leads, stories and decisions: two builds that decide the same print the same.
fn answer(
    asked: &Asked,
    desk: &Desk,
    records: usize,
    (mode, ticks): (&str, &[TickReport]),
    peak_mb: f64,
) -> serde_json::Value {
    json!({
        "runner": "newsdesk", "version": env!("CARGO_PKG_VERSION"), "machine": std::env::consts::ARCH, "mode": mode,
        "input": asked.file.file_name().map(|name| name.to_string_lossy().into_owned()), "records": records,
        "stages": desk.stages, "ticks": digest(ticks), "import_to_ticks_cpu_s": rounded(desk.cpu_s), "import_to_ticks_wall_s": rounded(desk.wall_s),
        "peak_rss_mb": peak_mb,
    })
}

/// Stores the file as if each page had been scanned when it was published. Gives the last records of it. The next page is read
/// while one is stored, as an import does it.
async fn import(asked: &Asked, store: &Store) -> anyhow::Result<(usize, Vec<IncomingRecord>)> {
    let (file, limit) = (asked.file.clone(), asked.limit);
    let size = if asked.chain { IMPORTED } else { BATCH };
    let (pages, mut read) = mpsc::channel(2);
    let reading = tokio::task::spawn_blocking(move || read_pages(&file, limit, size, &pages));
    let (mut records, mut last) = (0, Vec::new());
    while let Some(page) = read.recv().await {
        let seen = page.iter().map(|record| record.published_at).max().unwrap_or_default();
        records += usize::try_from(store.save_records(&page, seen + SEEN_AFTER).await?.new)?;
        last = page;
    }
    reading.await??;
    Ok((records, last))
}

/// Reads the first records of a file, in pages.
fn read_pages(
    file: &Path,
    limit: usize,
    size: usize,
    pages: &mpsc::Sender<Vec<IncomingRecord>>,
) -> anyhow::Result<()> {
    let packed = file.extension().is_some_and(|ext| ext == "zst");
    let file = std::fs::File::open(file)?;
    let reader: Box<dyn Read> = if packed { Box::new(zstd::Decoder::new(file)?) } else { Box::new(file) };
    let mut page: Vec<IncomingRecord> = Vec::with_capacity(size);
    for (line, n) in BufReader::with_capacity(1 << 18, reader).lines().take(limit).zip(1..) {
        page.extend(read_record(&line?, n, DateTime::UNIX_EPOCH));
        if page.len() == size {
            pages.blocking_send(std::mem::replace(&mut page, Vec::with_capacity(size)))?;
        }
    }
    if !page.is_empty() {
        pages.blocking_send(page)?;
    }
    Ok(())
}

/// One round of a desk whose sources brought some records.
async fn scan(
    asked: &Asked,
    store: &Store,
    writer: &mut Writer,
    like: &mut Vec<IncomingRecord>,
    now: DateTime<Utc>,
) -> anyhow::Result<(Cost, TickReport)> {
    let page: Vec<IncomingRecord> =
        like.iter().cycle().take(asked.add).zip(1..).map(|(r, n)| another(r, n, now)).collect();
    let meter = Meter::start();
    let new = store.save_records(&page, now).await?.new;
    let written = writer.work(&ManualClock::at(now)).await?;
    let facts = json!({ "new": new, "analysed": written.analysed, "leads": written.tick.leads.len() });
    let cost = meter.stop(page.len(), facts);
    *like = page;
    Ok((cost, written.tick))
}

/// A record such as this one, by another author, in another order of words, just published.
fn another(record: &IncomingRecord, n: i64, now: DateTime<Utc>) -> IncomingRecord {
    let turned = |text: &str| {
        let mut words: Vec<&str> = text.split(' ').collect();
        words.reverse();
        words.join(" ")
    };
    let tag = format!("{}x{n}", now.timestamp());
    IncomingRecord {
        native_id: format!("{}-{tag}", record.native_id),
        permalink: format!("{}?{tag}", record.permalink),
        author: Some(format!("someone-{tag}")),
        published_at: now - TimeDelta::seconds(n * 3),
        title: record.title.as_deref().map(turned),
        body: turned(&record.body),
        ..record.clone()
    }
}
