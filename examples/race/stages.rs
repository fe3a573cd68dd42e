//! Stage after stage over all records in memory.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Debug;
use std::io::{BufRead as _, BufReader, Read};

use chrono::{DateTime, TimeDelta, Utc};
use newsdesk::address::canonical;
use newsdesk::analyze::clusters::{ClusterIndex, Newcomer, TermReader};
use newsdesk::analyze::copies::{ExactHash, Fingerprint};
use newsdesk::analyze::copy_index::{CopyCandidate, CopyIndex};
use newsdesk::analyze::{
    self, CleanInput, Cleaned, Gazetteer, Markup, NameLines, Register, TopicMatcher, Words, clean, headline,
    language, names, phrases, quarantine, register, sentiment,
};
use newsdesk::config::Config;
use newsdesk::ingest::import::read_record;
use newsdesk::model::{
    AuthorKey, IncomingRecord, Platform, Record, RecordId, RecordState, Sha256, SourceClass, TopicSlug,
};
use newsdesk::schedule::Settings;
use newsdesk::signal::{Look, Watch};
use newsdesk::store::{AnalysedRow, NewVectors, Store, Stored, View};
use serde_json::json;

use super::Asked;
use super::meter::{Cost, Meter, memory, rounded};

/// Records analysed together, as a desk does it.
const BATCH: usize = 500;
/// Records stored in one transaction, as an import does it.
const STORED: usize = 2_000;

/// The stages so far.
#[derive(Default)]
struct Race {
    stages: Vec<(&'static str, Cost)>,
}

impl Race {
    fn stage<T>(&mut self, name: &'static str, run: impl FnOnce() -> (T, usize, serde_json::Value)) -> T {
        let meter = Meter::start();
        let (out, records, facts) = run();
        self.done(name, meter.stop(records, facts));
        out
    }

    fn done(&mut self, name: &'static str, cost: Cost) {
        eprintln!("{name:12} {:8.3} s cpu {:8.3} s wall {:7} records", cost.cpu_s, cost.wall_s, cost.records);
        self.stages.push((name, cost));
    }
}

pub(crate) fn run(asked: &Asked, config: &Config) -> anyhow::Result<serde_json::Value> {
    let mut race = Race::default();
    let settings = Settings::of(config);
    let lines = read(&mut race, asked)?;
    let (incoming, records) = parse(&mut race, &lines);
    let n = records.len();
    race.stage("url", || {
        let urls: Vec<String> = records
            .iter()
            .filter_map(|r| url::Url::parse(&r.permalink).ok())
            .map(|url| canonical(&url))
            .collect();
        ((), urls.len(), json!({}))
    });
    let cleaned = race.stage("clean", || {
        let all: Vec<Cleaned> = records.iter().map(cleaned).collect();
        let bytes: usize = all.iter().map(|c| c.text.len()).sum();
        (all, n, json!({ "text_mb": bytes as f64 / 1e6 }))
    });
    let words = race.stage("words", || {
        let all: Vec<Words> = cleaned.iter().map(|c| Words::of(&c.text)).collect();
        let count: usize = all.iter().map(Words::len).sum();
        (all, n, json!({ "words": count }))
    });
    let langs = race.stage("language", || {
        let all: Vec<_> = cleaned.iter().map(|c| language::detect(&c.text)).collect();
        let english = all.iter().filter(|lang| lang.as_str() == "en").count();
        (all, n, json!({ "english": english }))
    });
    race.stage("sentiment", || {
        let scores = cleaned.iter().zip(&langs).filter_map(|(c, lang)| sentiment::score(&c.text, *lang));
        let (sum, count) = scores.fold((0.0, 0_u32), |(sum, n), score| (sum + score, n + 1));
        ((), n, json!({ "scored": count, "mean": sum / f64::from(count.max(1)) }))
    });
    copies(&mut race, &settings, &records, &cleaned, &words);
    let matcher = TopicMatcher::new(&config.topics);
    race.stage("topics", || {
        let (mut pairs, mut matched) = (0, 0);
        for ((record, c), lang) in records.iter().zip(&cleaned).zip(&langs) {
            let topics = matcher.topics_of(&c.text, c.body_start, &record.venue, *lang);
            pairs += topics.len();
            matched += usize::from(!topics.is_empty());
        }
        ((), n, json!({ "pairs": pairs, "matched": matched }))
    });
    race.stage("keyphrases", || {
        let mut found = 0;
        for ((c, words), lang) in cleaned.iter().zip(&words).zip(&langs) {
            found += phrases::key_phrases(&c.text, words, c.body_start, *lang).len();
        }
        ((), n, json!({ "phrases": found }))
    });
    let terms = race.stage("vectors", || {
        let mut reader = TermReader::default();
        let texts = cleaned.iter().zip(&words).zip(&langs);
        let all: Vec<_> = texts.map(|((c, words), lang)| reader.terms_with(&c.text, words, *lang)).collect();
        let values: usize = all.iter().map(Vec::len).sum();
        let terms: HashSet<u64> = all.iter().flatten().map(|term| term.hash).collect();
        (all, n, json!({ "terms": terms.len(), "stored_values": values }))
    });
    race.stage("cluster", || {
        let mut index = ClusterIndex::new(settings.analyzer.clusters);
        let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
        let mut terms = terms.into_iter();
        for batch in records.chunks(BATCH) {
            let newcomers = batch.iter().zip(terms.by_ref()).map(|(record, terms)| Newcomer {
                id: record.id.clone(),
                revision: record.revision,
                at: record.published_at,
                terms,
            });
            for cluster in index.place(newcomers.collect()).clusters {
                *sizes.entry(cluster.as_str().to_owned()).or_default() += 1;
            }
        }
        let three = sizes.values().filter(|size| **size >= 3).count();
        let largest = sizes.values().max().copied().unwrap_or(0);
        ((), n, json!({ "clusters": sizes.len(), "of_3_or_more": three, "largest": largest }))
    });
    // What the peer has no stage for: names and what is learnt of them, register, signs of the headline, quarantine.
    race.stage("names", || {
        let (mut entities, mut gazetteer) = (0, Gazetteer::default());
        let mut published = records.iter().map(|record| record.published_at);
        for batch in cleaned.chunks(BATCH) {
            let lines: Vec<NameLines> = batch.iter().map(|c| NameLines::of(&c.text)).collect();
            let found = batch.iter().zip(&lines);
            entities +=
                found.map(|(c, lines)| names::entities_in(&c.text, lines, &gazetteer).len()).sum::<usize>();
            let lines = batch.iter().zip(lines).zip(published.by_ref());
            lines.for_each(|((c, lines), at)| gazetteer.absorb_read(at, &c.text, lines));
        }
        ((), n, json!({ "entities": entities, "runs": gazetteer.len() }))
    });
    race.stage("register", || {
        let texts = cleaned.iter().zip(&words).zip(&langs);
        let tones = texts.map(|((c, words), lang)| register::register(&c.text, words, *lang).register);
        let told = tones.filter(|tone| *tone != Register::Neutral).count();
        ((), n, json!({ "told": told }))
    });
    race.stage("signs", || {
        let mut verbs = 0;
        for (((record, c), words), lang) in records.iter().zip(&cleaned).zip(&words).zip(&langs) {
            let signs = headline::signs_with(c, words, &record.body, place(record.class), *lang);
            verbs += usize::from(signs.news_verb.is_some());
        }
        ((), n, json!({ "news_verbs": verbs }))
    });
    race.stage("quarantine", || {
        let aside = records.iter().filter(|record| {
            let title = record.title.as_deref().is_some_and(|t| !quarantine::check(t).is_empty());
            title || !quarantine::check(&record.body).is_empty()
        });
        ((), n, json!({ "quarantined": aside.count() }))
    });
    drop(words);
    drop(cleaned);
    let rows = analysed(&records, &matcher, &settings);
    let results = digest(&rows);
    let (rows, looks) = signals(&mut race, &settings, config, records, rows);
    store(&mut race, &incoming, &rows)?;

    let total: f64 = race.stages.iter().map(|(_, cost)| cost.cpu_s).sum();
    let wall: f64 = race.stages.iter().map(|(_, cost)| cost.wall_s).sum();
    let stages: serde_json::Map<String, serde_json::Value> = race
        .stages
        .iter()
        .map(|(name, cost)| Ok(((*name).to_owned(), serde_json::to_value(cost)?)))
        .collect::<Result<_, serde_json::Error>>()?;
    Ok(json!({
        "runner": "newsdesk", "version": env!("CARGO_PKG_VERSION"), "machine": std::env::consts::ARCH,
        "input": asked.file.file_name().map(|name| name.to_string_lossy().into_owned()), "records": n,
        "results": results, "looks": digest(&looks), "stages": stages, "stages_cpu_s": rounded(total), "stages_wall_s": rounded(wall), "peak_rss_mb": memory("VmHWM:"),
    }))
}

/// All lines of the file, packed or not.
fn read(race: &mut Race, asked: &Asked) -> anyhow::Result<Vec<String>> {
    let meter = Meter::start();
    let file = std::fs::File::open(&asked.file)?;
    let packed = asked.file.extension().is_some_and(|ext| ext == "zst");
    let reader: Box<dyn Read> = if packed { Box::new(zstd::Decoder::new(file)?) } else { Box::new(file) };
    let lines: Vec<String> =
        BufReader::with_capacity(1 << 18, reader).lines().take(asked.limit).collect::<Result<_, _>>()?;
    let bytes: usize = lines.iter().map(String::len).sum();
    race.done("read", meter.stop(lines.len(), json!({ "mb": bytes as f64 / 1e6 })));
    Ok(lines)
}

fn parse(race: &mut Race, lines: &[String]) -> (Vec<IncomingRecord>, Vec<Record>) {
    race.stage("parse", || {
        let mut incoming: Vec<IncomingRecord> = lines
            .iter()
            .zip(1..)
            .filter_map(|(line, n)| read_record(line, n, DateTime::UNIX_EPOCH).ok())
            .collect();
        incoming.sort_by_key(|record| record.published_at);
        let mut seen: HashSet<RecordId> = HashSet::new();
        incoming.retain(|record| seen.insert(RecordId::derive(&record.platform, &record.native_id)));
        let records: Vec<Record> = incoming.iter().map(stored).collect();
        let n = records.len();
        ((incoming, records), n, json!({ "not_records": lines.len() - n }))
    })
}

/// The record as it would be stored, live.
pub(crate) fn stored(from: &IncomingRecord) -> Record {
    let unknown = format!("unknown author of {}", from.native_id);
    Record {
        id: RecordId::derive(&from.platform, &from.native_id),
        platform: from.platform.clone(),
        native_id: from.native_id.clone(),
        class: from.class,
        permalink: from.permalink.clone(),
        author: from.author.clone(),
        author_key: AuthorKey::derive(&from.platform, from.author.as_deref().unwrap_or(&unknown)),
        venue: from.venue.clone(),
        published_at: from.published_at,
        seen_at: from.published_at,
        archived_seen_at: None,
        edited_at: None,
        title: from.title.clone(),
        body: from.body.clone(),
        tags: from.tags.clone(),
        answers: from.answers.clone(),
        quotes: from.quotes.clone(),
        engagement: from.engagement,
        revision: 1,
        state: RecordState::Live,
    }
}

fn cleaned(record: &Record) -> Cleaned {
    let markup = match record.platform {
        Platform::Reddit | Platform::Lemmy => Markup::Markdown,
        Platform::HackerNews | Platform::Mastodon | Platform::Feed | Platform::Web => Markup::Html,
        Platform::Bluesky | Platform::Arxiv | Platform::X | Platform::Archive(_) => Markup::Plain,
    };
    let social = record.class == SourceClass::Social;
    clean(&CleanInput { title: record.title.as_deref(), body: &record.body, markup, social })
}

fn place(class: SourceClass) -> headline::Venue {
    match class {
        SourceClass::Forum => headline::Venue::Forum,
        SourceClass::Social => headline::Venue::Social,
        SourceClass::Publication | SourceClass::Essay | SourceClass::Paper => headline::Venue::Publication,
    }
}

fn copies(race: &mut Race, settings: &Settings, records: &[Record], cleaned: &[Cleaned], words: &[Words]) {
    race.stage("neardup", || {
        let mut index = CopyIndex::new(settings.analyzer.copies);
        let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
        for ((record, c), words) in records.iter().zip(cleaned).zip(words) {
            let exact = ExactHash::of(&c.text);
            let fingerprint = Fingerprint::of(words);
            let shape = c.title().to_lowercase();
            let group = index.assign(&CopyCandidate {
                id: &record.id,
                at: record.published_at,
                exact_hash: exact.as_ref().map(ExactHash::as_str).unwrap_or_default(),
                fingerprint: fingerprint.as_ref(),
                author: &record.author_key,
                venue: &record.venue,
                title_shape: &shape,
                text: &c.text,
                body_start: c.body_start,
                publication: record.class == SourceClass::Publication,
            });
            *sizes.entry(group.as_str().to_owned()).or_default() += 1;
        }
        let groups = sizes.values().filter(|size| **size > 1).count();
        ((), records.len(), json!({ "groups": groups, "copies": records.len() - sizes.len() }))
    });
}

/// Everything of each record, as a desk has it; measured stage by stage above, so not again here.
fn analysed(records: &[Record], matcher: &TopicMatcher, settings: &Settings) -> Vec<AnalysedRow> {
    let mut gazetteer = Gazetteer::default();
    let mut copies = CopyIndex::new(settings.analyzer.copies);
    let mut clusters = ClusterIndex::new(settings.analyzer.clusters);
    let mut terms = TermReader::default();
    let mut read = |record: &Record, gazetteer: &Gazetteer| {
        let (text, analysis) = analyze::analyze_with(record, matcher, gazetteer);
        let fingerprint = Fingerprint::from_hex(&analysis.fingerprint);
        let copy_group = copies.assign(&CopyCandidate {
            id: &record.id,
            at: record.published_at,
            exact_hash: &analysis.exact_hash,
            fingerprint: fingerprint.as_ref(),
            author: &record.author_key,
            venue: &record.venue,
            title_shape: &analysis.signs.shape,
            text: &text.text,
            body_start: text.body_start,
            publication: record.class == SourceClass::Publication,
        });
        let terms = terms.terms_of(&text.text, analysis.lang);
        let newcomer =
            Newcomer { id: record.id.clone(), revision: record.revision, at: record.published_at, terms };
        ((text, analysis, copy_group), newcomer)
    };
    let mut rows = Vec::with_capacity(records.len());
    for batch in records.chunks(BATCH) {
        let (found, newcomers): (Vec<_>, Vec<_>) =
            batch.iter().map(|record| read(record, &gazetteer)).unzip();
        let texts = batch.iter().zip(&found);
        texts.for_each(|(record, (text, _, _))| gazetteer.absorb(record.published_at, &text.text));
        let placed = clusters.place(newcomers).clusters;
        rows.extend(found.into_iter().zip(placed).map(|((text, analysis, copy_group), cluster)| {
            AnalysedRow { text, analysis, copy_group, cluster }
        }));
    }
    rows
}

/// A digest of all that was found: two builds that find the same print the same.
pub(crate) fn digest(found: &[impl Debug]) -> String {
    let mut all = Sha256::of("");
    for one in found {
        all = Sha256::of(&format!("{}\n{one:?}", all.as_str()));
    }
    all.as_str().to_owned()
}

/// One look a day at all topics. Gives the rows back, and what was seen.
fn signals(
    race: &mut Race,
    settings: &Settings,
    config: &Config,
    records: Vec<Record>,
    rows: Vec<AnalysedRow>,
) -> (Vec<AnalysedRow>, Vec<Look>) {
    let topics: Vec<TopicSlug> = config.topics.iter().map(|topic| topic.slug.clone()).collect();
    let stored: Vec<Stored> = records
        .into_iter()
        .zip(rows)
        .map(|(record, row)| Stored {
            record,
            text: row.text,
            analysis: row.analysis,
            copy_group: row.copy_group,
            cluster: row.cluster,
        })
        .collect();
    let n = stored.len();
    let looks = race.stage("signals", || {
        let mut watch = Watch::new(View::Replay, settings.watch);
        let mut looks = Vec::new();
        let mut rest = stored.as_slice();
        while let Some(first) = rest.first() {
            let at = first.record.published_at.date_naive().and_time(chrono::NaiveTime::MIN).and_utc()
                + TimeDelta::days(1);
            let (day, later) = rest.split_at(rest.partition_point(|s| s.record.published_at <= at));
            watch.absorb(day, |_| Vec::new());
            watch.forget(at);
            looks.push(watch.look(&topics, at));
            rest = later;
        }
        let tested = looks.iter().flat_map(|look| &look.signals);
        let kept = tested.clone().filter(|signal| signal.kept).count();
        let leads = looks.iter().map(|look| look.leads.len()).sum::<usize>();
        let facts = json!({ "looks": looks.len(), "tested": tested.count(), "kept": kept, "leads": leads });
        (looks, n, facts)
    });
    let rows = stored
        .into_iter()
        .map(|s| AnalysedRow {
            text: s.text,
            analysis: s.analysis,
            copy_group: s.copy_group,
            cluster: s.cluster,
        })
        .collect();
    (rows, looks)
}

/// Records, texts, analyses and matches into a new SQLite file.
fn store(race: &mut Race, incoming: &[IncomingRecord], rows: &[AnalysedRow]) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}/race.db", folder.path().display());
    let cost = runtime.block_on(async {
        let store = Store::open(&url).await?;
        let meter = Meter::start();
        let seen: DateTime<Utc> = incoming.last().map(|r| r.published_at).unwrap_or_default();
        let mut new = 0;
        for page in incoming.chunks(STORED) {
            new += store.save_records(page, seen).await?.new;
        }
        for page in rows.chunks(STORED) {
            store.save_analyses(page, &[], &NewVectors::default()).await?;
        }
        let tables: BTreeSet<&str> = BTreeSet::from(["record", "record_text", "analysis", "analysis_topic"]);
        let bytes: u64 = std::fs::read_dir(folder.path())?
            .filter_map(|entry| entry.ok()?.metadata().ok())
            .map(|file| file.len())
            .sum();
        let cost =
            meter.stop(incoming.len(), json!({ "stored": new, "tables": tables, "mb": bytes as f64 / 1e6 }));
        store.close().await;
        anyhow::Ok(cost)
    })?;
    race.done("store", cost);
    Ok(())
}
