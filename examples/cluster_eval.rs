//! Runs texts through the product's own term extraction and clusters, and measures the answer where labels are given.
//!
//! ```text
//! cargo run --release --example cluster_eval -- FILE.jsonl[.zst] [--assignments FILE] [--show N] [--shuffle-hours SEED] [SETTING=VALUE …]
//! ```
//!
//! A line is `{"id","order","text","published"?,"cluster"?}`, or a record of the recorded weeks (`published_utc`, `title`,
//! `text`, `platform`). Lines are taken by `order`, else as they stand, in one pass. Where labels are given it prints
//! `{"n","b3_precision","b3_recall","b3_f1","nmi","clusters","cpu_seconds"}`; labels are never shown to the clusters.
//!
//! A time without a time of day, or none, says nothing about the hour: such lines come twenty seconds after the line
//! before them, or at the beginning of their day if that is later.
//!
//! `--show N` writes the N largest clusters to stderr (size, ids). `--shuffle-hours SEED` shuffles the arrival within
//! each hour, runs again, and reports the share of pairs (together in either run) that are not together in both.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, BufReader, Read, Write as _};

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use newsdesk::analyze::clusters::{Change, ClusterIndex, ClusterSettings, Newcomer, TermReader};
use newsdesk::analyze::{CleanInput, Markup, clean, detect};
use newsdesk::model::{ClusterId, Platform, RecordId};

/// Lines that arrive in one batch, as in the product.
const BATCH: usize = 500;
/// Between two lines without a time.
const PACE: TimeDelta = TimeDelta::seconds(20);

struct Line {
    name: String,
    id: RecordId,
    at: DateTime<Utc>,
    text: String,
    label: Option<String>,
}

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let file = args.next().context("which FILE.jsonl[.zst]?")?;
    let (mut assignments, mut show, mut shuffle) = (None, 0, None);
    let mut settings = ClusterSettings::default();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("`{arg}` needs a value"));
        match arg.as_str() {
            "--assignments" => assignments = Some(value()?),
            "--show" => show = value()?.parse()?,
            "--shuffle-hours" => shuffle = Some(value()?.parse::<u64>()?),
            other => set(&mut settings, other)?,
        }
    }
    let lines = read(&file)?;
    let clusters = run(&lines, settings);
    let cpu = cpu_seconds();
    if let Some(path) = assignments {
        let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
        for (line, cluster) in lines.iter().zip(&clusters) {
            writeln!(out, "{}", serde_json::json!({"id": line.name, "cluster": cluster}))?;
        }
    }
    let mut answer = if lines.iter().all(|line| line.label.is_some()) {
        measure(&lines, &clusters)
    } else {
        serde_json::json!({"n": lines.len(), "clusters": sizes(&clusters).len()})
    };
    answer["cpu_seconds"] = round(cpu, 100.0).into();
    if let Some(seed) = shuffle {
        let mut order: Vec<usize> = (0..lines.len()).collect();
        order.sort_by_key(|n| {
            let line = &lines[*n];
            (line.at.timestamp().div_euclid(3600), scramble(seed, *n as u64), *n)
        });
        let shuffled: Vec<&Line> = order.iter().map(|n| &lines[*n]).collect();
        let other = run_in(&shuffled, settings);
        let mut back: Vec<Option<ClusterId>> = vec![None; lines.len()];
        for (n, cluster) in order.iter().zip(other) {
            back[*n] = Some(cluster);
        }
        let other: Vec<ClusterId> = back.into_iter().flatten().collect();
        answer["pairings_that_differ"] = round(differing(&clusters, &other), 1e5).into();
    }
    say(&answer);
    let mut largest: Vec<(usize, Vec<usize>)> =
        members(&clusters).into_values().map(|of| (of.len(), of)).collect();
    largest.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    for (size, of) in largest.iter().take(show) {
        eprintln!("== {size}");
        for n in of.iter().step_by((size / 8).max(1)).take(8) {
            eprintln!(
                "   {} {}",
                lines[*n].name,
                lines[*n].text.chars().take(100).collect::<String>().replace('\n', " | ")
            );
        }
    }
    Ok(())
}

fn set(settings: &mut ClusterSettings, pair: &str) -> anyhow::Result<()> {
    let (name, value) = pair.split_once('=').with_context(|| format!("`{pair}` is no SETTING=VALUE"))?;
    let number: f64 = value.parse()?;
    let minutes = TimeDelta::minutes(number as i64);
    match name {
        "threshold" => settings.threshold = number,
        "max_one_term" => settings.max_one_term = number,
        "warm_up" => settings.warm_up = number as u32,
        "rarity" => settings.rarity = number,
        "cohesion" => settings.cohesion = number,
        "merge" => settings.merge = number,
        "merge_cohesion" => settings.merge_cohesion = number,
        "split" => settings.split = number,
        "max_share" => settings.max_share = number,
        "max_terms" => settings.max_terms = number as usize,
        "lag" => settings.lag = number as u32,
        "retire_records" => settings.retire_records = number as u64,
        "retire_after" => settings.retire_after = minutes,
        "half_life" => settings.half_life = minutes,
        "hold" => settings.hold = minutes,
        other => anyhow::bail!("no setting `{other}`"),
    }
    Ok(())
}

fn read(path: &str) -> anyhow::Result<Vec<Line>> {
    let file = std::fs::File::open(path).with_context(|| path.to_owned())?;
    let reader: Box<dyn Read> = if std::path::Path::new(path).extension().is_some_and(|e| e == "zst") {
        Box::new(zstd::Decoder::new(file)?)
    } else {
        Box::new(file)
    };
    let mut values = Vec::new();
    for line in BufReader::new(reader).lines() {
        values.push(serde_json::from_str::<serde_json::Value>(&line?)?);
    }
    values.sort_by_key(|value| value["order"].as_u64().unwrap_or(0));
    let mut now = DateTime::UNIX_EPOCH;
    Ok(values.iter().map(|value| line_of(value, &mut now)).collect())
}

fn line_of(value: &serde_json::Value, now: &mut DateTime<Utc>) -> Line {
    let text = |key: &str| value[key].as_str().unwrap_or_default();
    let name = text("id").to_owned();
    let published = [text("published_utc"), text("published")].into_iter().find(|time| !time.is_empty());
    let exact = published.and_then(|time| time.parse::<DateTime<Utc>>().ok());
    let day = published.and_then(|time| time.get(..10)?.parse::<NaiveDate>().ok());
    let next = *now + PACE;
    let at =
        exact.unwrap_or_else(|| day.map_or(next, |day| next.max(day.and_time(NaiveTime::MIN).and_utc())));
    *now = at;
    let platform = text("platform");
    let social = matches!(platform, "twitter" | "bluesky" | "mastodon");
    let (title, body) = if value.get("title").is_some() && !social {
        (Some(text("title")), text("text"))
    } else {
        (None, text("text"))
    };
    let markup = if platform == "reddit" { Markup::Markdown } else { Markup::Plain };
    let cleaned = clean(&CleanInput { title, body, markup, social: social || title.is_none() });
    let label = value.get("cluster").map(ToString::to_string);
    Line {
        id: RecordId::derive(&Platform::Archive("eval".to_owned()), &name),
        name,
        at,
        text: cleaned.text,
        label,
    }
}

fn run(lines: &[Line], settings: ClusterSettings) -> Vec<ClusterId> {
    run_in(&lines.iter().collect::<Vec<_>>(), settings)
}

/// The cluster of each line once all have come.
fn run_in(lines: &[&Line], settings: ClusterSettings) -> Vec<ClusterId> {
    let mut index = ClusterIndex::new(settings);
    let numbers: HashMap<&RecordId, usize> =
        lines.iter().enumerate().map(|(n, line)| (&line.id, n)).collect();
    let mut at: Vec<Option<ClusterId>> = vec![None; lines.len()];
    let mut members: HashMap<ClusterId, Vec<usize>> = HashMap::new();
    let mut stemmer = TermReader::default();
    for (first, batch) in lines.chunks(BATCH).enumerate() {
        let newcomers: Vec<Newcomer> = batch
            .iter()
            .map(|line| {
                let terms = stemmer.terms_of(&line.text, detect(&line.text));
                Newcomer { id: line.id.clone(), revision: 1, at: line.at, terms }
            })
            .collect();
        let placed = index.place(newcomers);
        for (n, cluster) in placed.clusters.into_iter().enumerate() {
            members.entry(cluster.clone()).or_default().push(first * BATCH + n);
            at[first * BATCH + n] = Some(cluster);
        }
        for change in placed.changes {
            match change {
                Change::Moved { record, cluster } => {
                    let Some(n) = numbers.get(&record) else { continue };
                    members.entry(cluster.clone()).or_default().push(*n);
                    at[*n] = Some(cluster);
                }
                Change::Merged { from, into } => {
                    // Those that have moved away since stand in the list still.
                    let all = members.remove(&from).unwrap_or_default();
                    for n in all.into_iter().filter(|n| at[*n].as_ref() == Some(&from)).collect::<Vec<_>>() {
                        at[n] = Some(into.clone());
                        members.entry(into.clone()).or_default().push(n);
                    }
                }
            }
        }
    }
    at.into_iter().flatten().collect()
}

fn members(clusters: &[ClusterId]) -> BTreeMap<&ClusterId, Vec<usize>> {
    let mut members: BTreeMap<&ClusterId, Vec<usize>> = BTreeMap::new();
    for (n, cluster) in clusters.iter().enumerate() {
        members.entry(cluster).or_default().push(n);
    }
    members
}

fn sizes(clusters: &[ClusterId]) -> BTreeMap<&ClusterId, f64> {
    members(clusters).into_iter().map(|(cluster, of)| (cluster, of.len() as f64)).collect()
}

/// B-cubed (Bagga & Baldwin 1998) and normalised mutual information, `I / √(H·H)` (Strehl & Ghosh 2002).
fn measure(lines: &[Line], clusters: &[ClusterId]) -> serde_json::Value {
    let n = lines.len() as f64;
    let found = sizes(clusters);
    let (mut labels, mut joint) = (BTreeMap::<&str, f64>::new(), BTreeMap::<(&ClusterId, &str), f64>::new());
    for (line, cluster) in lines.iter().zip(clusters) {
        let label = line.label.as_deref().unwrap_or_default();
        *labels.entry(label).or_default() += 1.0;
        *joint.entry((cluster, label)).or_default() += 1.0;
    }
    let (mut precision, mut recall, mut shared) = (0.0, 0.0, 0.0);
    for ((cluster, label), both) in &joint {
        precision += both * both / found[cluster] / n;
        recall += both * both / labels[label] / n;
        shared += both / n * (both * n / (found[cluster] * labels[label])).ln();
    }
    let entropy = |sizes: Vec<f64>| sizes.into_iter().map(|size| -size / n * (size / n).ln()).sum::<f64>();
    let both = entropy(found.values().copied().collect()) * entropy(labels.values().copied().collect());
    let f1 = 2.0 * precision * recall / (precision + recall);
    serde_json::json!({
        "n": lines.len(), "b3_precision": round(precision, 1e4), "b3_recall": round(recall, 1e4), "b3_f1": round(f1, 1e4),
        "nmi": round(shared / both.sqrt(), 1e4), "clusters": found.len(), "cpu_seconds": 0.0,
    })
}

/// Of the pairs that share a cluster in either answer, the share that does not in both.
fn differing(one: &[ClusterId], other: &[ClusterId]) -> f64 {
    let pairs = |sizes: Vec<f64>| sizes.into_iter().map(|n| n * (n - 1.0) / 2.0).sum::<f64>();
    let mut joint: BTreeMap<(&ClusterId, &ClusterId), f64> = BTreeMap::new();
    for both in one.iter().zip(other) {
        *joint.entry(both).or_default() += 1.0;
    }
    let both = pairs(joint.into_values().collect());
    let either =
        pairs(sizes(one).into_values().collect()) + pairs(sizes(other).into_values().collect()) - both;
    if either > 0.0 { 1.0 - both / either } else { 0.0 }
}

/// `SplitMix64` of a seed and a number.
fn scramble(seed: u64, n: u64) -> u64 {
    newsdesk::analyze::words::mix(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(n))
}

fn round(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

/// Processor time of this thread so far, where the system tells it.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).map_or(0.0, |ns| ns / 1e9)
}

#[expect(clippy::print_stdout, reason = "its answer")]
fn say(answer: &serde_json::Value) {
    println!("{answer}");
}
