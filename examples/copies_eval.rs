//! Finds the copies of a recorded stretch of discourse and says how they were found, for whoever tunes the bars.
//!
//! ```text
//! cargo run --release --example copies_eval -- RECORDS.jsonl[.zst] [--pairs KIND N SEED] [SETTING=VALUE …]
//! ```
//!
//! Prints one JSON line: records, groups, copies, copies by kind, CPU seconds of the index alone. With `--pairs` it
//! prints N copies of a kind (`exact`, `near`, `cross`, `passed`, `excerpt`, `rewrite`), drawn by SEED, each beside the record
//! its group is named after. Settings: `near`, `excerpt`, `rewrite`, `passed_on_days`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead as _, BufReader, Read, Write as _};

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta};
use newsdesk::analyze::copy_index::{CopyCandidate, CopyIndex, CopyKind, CopySettings};
use newsdesk::analyze::{ExactHash, Fingerprint, TopicMatcher, Words, analyze};
use newsdesk::ingest::import::read_record;
use newsdesk::model::{AuthorKey, Record, RecordId, RecordState, SourceClass, StoredText};

/// A record as the index is shown it.
struct One {
    record: Record,
    text: StoredText,
    shape: String,
}

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let file = args.next().context("which RECORDS.jsonl[.zst]?")?;
    let mut settings = CopySettings::default();
    let mut pairs = None;
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("`{arg}` needs more"));
        match arg.as_str() {
            "--pairs" => pairs = Some((value()?, value()?.parse::<usize>()?, value()?.parse::<u64>()?)),
            other => set(&mut settings, other)?,
        }
    }
    let all = read(&file)?;
    let began = cpu_seconds();
    let mut index = CopyIndex::new(settings);
    let mut found = Vec::with_capacity(all.len());
    for one in &all {
        let exact = ExactHash::of(&one.text.text);
        let fingerprint = Fingerprint::of(&Words::of(&one.text.text));
        found.push(index.place(&CopyCandidate {
            id: &one.record.id,
            at: one.record.published_at,
            exact_hash: exact.as_ref().map(ExactHash::as_str).unwrap_or_default(),
            fingerprint: fingerprint.as_ref(),
            author: &one.record.author_key,
            venue: &one.record.venue,
            title_shape: &one.shape,
            text: &one.text.text,
            body_start: one.text.body_start,
            publication: one.record.class == SourceClass::Publication,
        }));
    }
    let cpu = cpu_seconds() - began;
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for kind in found.iter().filter_map(|(_, kind)| *kind) {
        *kinds.entry(name(kind)).or_default() += 1;
    }
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    found.iter().for_each(|(group, _)| *sizes.entry(group.as_str()).or_default() += 1);
    say(&serde_json::json!({
        "records": all.len(),
        "groups": sizes.values().filter(|size| **size > 1).count(),
        "copies": all.len() - sizes.len(),
        "by_kind": kinds,
        "cpu_seconds": (cpu * 100.0).round() / 100.0,
    }))?;
    if let Some((kind, n, seed)) = pairs {
        let by_id: HashMap<&str, &One> = all.iter().map(|one| (one.record.id.as_str(), one)).collect();
        let mut of_kind: Vec<usize> =
            (0..all.len()).filter(|at| found[*at].1.is_some_and(|k| name(k) == kind)).collect();
        of_kind.sort_by_key(|at| (scramble(seed, *at as u64), *at));
        for at in of_kind.into_iter().take(n) {
            let opener = by_id.get(found[at].0.as_str()).context("a group without its first record")?;
            say(&format!("\n= {}\n+ {}", shown(opener), shown(&all[at])))?;
        }
    }
    Ok(())
}

fn shown(one: &One) -> String {
    let text: String = one.text.text.replace('\n', " / ").chars().take(420).collect();
    let at = one.record.published_at.format("%m-%d %H:%M");
    format!(
        "{} {} {} [{} bytes] {text}",
        one.record.venue,
        one.record.author.as_deref().unwrap_or("?"),
        at,
        one.text.text.len()
    )
}

fn name(kind: CopyKind) -> &'static str {
    match kind {
        CopyKind::Exact => "exact",
        CopyKind::Near => "near",
        CopyKind::CrossPost => "cross",
        CopyKind::PassedOn => "passed",
        CopyKind::Excerpt => "excerpt",
        CopyKind::Rewrite => "rewrite",
    }
}

fn set(settings: &mut CopySettings, arg: &str) -> anyhow::Result<()> {
    let (key, value) = arg.split_once('=').with_context(|| format!("`{arg}` is no SETTING=VALUE"))?;
    match key {
        "near" => settings.near = value.parse()?,
        "excerpt" => settings.excerpt = value.parse()?,
        "rewrite" => settings.rewrite = value.parse()?,
        "passed_on_days" => settings.passed_on_within = TimeDelta::days(value.parse()?),
        _ => anyhow::bail!("no setting is called `{key}`"),
    }
    Ok(())
}

/// The records, cleaned, by time and id as the program takes them.
fn read(file: &str) -> anyhow::Result<Vec<One>> {
    let raw = std::fs::File::open(file).with_context(|| format!("cannot open {file}"))?;
    let plain: Box<dyn Read> = if std::path::Path::new(file).extension().is_some_and(|e| e == "zst") {
        Box::new(zstd::Decoder::new(raw)?)
    } else {
        Box::new(raw)
    };
    let matcher = TopicMatcher::new(&[]);
    let (mut all, mut seen) = (Vec::new(), HashSet::new());
    for (line, n) in BufReader::new(plain).lines().zip(1..) {
        let Ok(new) = read_record(&line?, n, DateTime::UNIX_EPOCH) else { continue };
        let id = RecordId::derive(&new.platform, &new.native_id);
        if !seen.insert(id.clone()) {
            continue;
        }
        let nobody = format!("unknown author of {}", new.native_id);
        let record = Record {
            id,
            author_key: AuthorKey::derive(&new.platform, new.author.as_deref().unwrap_or(&nobody)),
            platform: new.platform,
            native_id: new.native_id,
            class: new.class,
            permalink: new.permalink,
            author: new.author,
            venue: new.venue,
            published_at: new.published_at,
            seen_at: new.published_at,
            archived_seen_at: None,
            edited_at: None,
            title: new.title,
            body: new.body,
            tags: new.tags,
            answers: new.answers.clone(),
            quotes: new.quotes.clone(),
            engagement: new.engagement,
            revision: 1,
            state: RecordState::Live,
        };
        let (text, analysis) = analyze(&record, &matcher);
        all.push(One { record, text, shape: analysis.signs.shape });
    }
    all.sort_by(|a, b| (a.record.published_at, &a.record.id).cmp(&(b.record.published_at, &b.record.id)));
    Ok(all)
}

/// `SplitMix64`'s finaliser of a seed and a number.
fn scramble(seed: u64, n: u64) -> u64 {
    newsdesk::analyze::words::mix(seed ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The processor time of this process's first thread, the only one.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).map_or(0.0, |ns| ns / 1e9)
}

#[expect(clippy::print_stdout, reason = "its answer")]
fn say(what: &impl std::fmt::Display) -> anyhow::Result<()> {
    println!("{what}");
    std::io::stdout().flush()?;
    Ok(())
}
