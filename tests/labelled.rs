//! The text analysis against labels that two readings agreed on, over the recorded discourse beside the checkout.
//!
//! `tests/labels/` holds record ids, spans and labels, no text. Half of each set was looked at while rules were made
//! (ids that begin with an even hex digit); the floors here are for the other half, a little under what was measured.
//! Figures are printed: `cargo test --test suite labelled -- --nocapture`. Those of names depend on how much the
//! gazetteer has read; with `NEWSDESK_TEST_SCALE=full` it reads everything, as `docs/text.md` reports.

mod measure;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::sync::LazyLock;

use chrono::DateTime;
use newsdesk::analyze::{Gazetteer, TopicMatcher, analyze, analyze_with};
use newsdesk::ingest::import::read_record;
use newsdesk::model::{AuthorKey, IncomingRecord, Record, RecordId, RecordState};
use serde_json::Value;

use crate::real::recorded;
use crate::support::variable;
use measure::{Answer, Answers, Labels, Spans, is_development};

/// The readers saw so much of a body, in characters.
const READ_NAMES: usize = 300;
const READ_TONE: usize = 500;
/// Of the texts without a label, every so many teach the gazetteer; a debug build is slow.
const EVERY: usize = 8;

// Floors for the half that is reported.
const SPANS: f64 = 0.72;
const TYPED: f64 = 0.55;
const PHRASES: f64 = 0.31;
const PARTIAL: f64 = 0.5;
const REGISTER: f64 = 0.48;
const REGISTER_MACRO: f64 = 0.32;
const SENTIMENT: f64 = 0.61;
const CORRELATION: f64 = 0.46;
const LANGUAGE: f64 = 0.85;

/// The recorded lines by the collector's id.
static LINES: LazyLock<Option<BTreeMap<String, Value>>> = LazyLock::new(|| {
    let Some(archive) = recorded() else {
        eprintln!("not run: no recorded discourse in `../shared/data` beside the checkout");
        return None;
    };
    let mut plain = String::new();
    zstd::Decoder::new(std::fs::File::open(archive).unwrap()).unwrap().read_to_string(&mut plain).unwrap();
    let lines = plain.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    Some(lines.map(|line| (line["id"].as_str().unwrap().to_owned(), line)).collect())
});

/// What a corpus teaches.
static GAZETTEER: LazyLock<Gazetteer> = LazyLock::new(|| {
    let every = if variable("NEWSDESK_TEST_SCALE").as_deref() == Some("full") { 1 } else { EVERY };
    let matcher = TopicMatcher::new(&[]);
    let mut gazetteer = Gazetteer::default();
    for line in LINES.iter().flat_map(BTreeMap::values).step_by(every) {
        if let Some(record) = record(line, usize::MAX) {
            gazetteer.absorb(DateTime::UNIX_EPOCH, &analyze(&record, &matcher).0.text);
        }
    }
    gazetteer
});

/// A line as a stored record, its body cut to what the readers saw.
fn record(line: &Value, read: usize) -> Option<Record> {
    let mut line = line.clone();
    let body: String = line["text"].as_str().unwrap_or_default().chars().take(read).collect();
    line["text"] = Value::from(body);
    let from: IncomingRecord = read_record(&line.to_string(), 1, DateTime::UNIX_EPOCH).ok()?;
    Some(Record {
        id: RecordId::derive(&from.platform, &from.native_id),
        author_key: AuthorKey::derive(&from.platform, "nobody"),
        platform: from.platform,
        native_id: from.native_id,
        class: from.class,
        permalink: from.permalink,
        author: None,
        venue: from.venue,
        published_at: from.published_at,
        seen_at: from.published_at,
        archived_seen_at: None,
        edited_at: None,
        title: from.title,
        body: from.body,
        tags: from.tags,
        answers: from.answers,
        quotes: from.quotes,
        engagement: from.engagement,
        revision: 1,
        state: RecordState::Live,
    })
}

fn labels(set: &str) -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/labels").join(set).with_extension("jsonl");
    std::fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Labels with a span, of one half: what stands there, with its label. A line without a span says that a record was read.
fn spans(set: &str, development: bool) -> Spans {
    let lines = LINES.as_ref().unwrap();
    let mut spans = Spans::new();
    for label in labels(set) {
        let id = label["record"].as_str().unwrap();
        if is_development(id) != development {
            continue;
        }
        let of_record = spans.entry(id.to_owned()).or_default();
        let Some(field) = label["field"].as_str() else { continue };
        let at = |key: &str| usize::try_from(label[key].as_u64().unwrap()).unwrap();
        let text = lines[id][field].as_str().unwrap();
        of_record.push((
            text.get(at("start")..at("end")).unwrap().to_owned(),
            label["label"].as_str().unwrap().to_owned(),
        ));
    }
    spans
}

/// One label a record, of one half.
fn classes(set: &str, development: bool) -> Labels {
    let all = labels(set).into_iter();
    all.map(|label| {
        (label["record"].as_str().unwrap().to_owned(), label["label"].as_str().unwrap().to_owned())
    })
    .filter(|(id, _)| is_development(id) == development)
    .collect()
}

fn answers<'a>(records: impl Iterator<Item = &'a String>, read: usize, gazetteer: &Gazetteer) -> Answers {
    let lines = LINES.as_ref().unwrap();
    let matcher = TopicMatcher::new(&[]);
    let answer = |id: &String| {
        let (_, analysis) = analyze_with(&record(&lines[id], read).unwrap(), &matcher, gazetteer);
        let entities = analysis.entities.into_iter();
        Answer {
            lang: analysis.lang.as_str().to_owned(),
            sentiment: analysis.sentiment,
            register: analysis.register.as_str().to_owned(),
            entities: entities.map(|entity| (entity.surface, entity.kind.as_str().to_owned())).collect(),
            phrases: analysis.phrases,
        }
    };
    records.map(|id| (id.clone(), answer(id))).collect()
}

fn half(development: bool) -> &'static str {
    if development { "development" } else { "report" }
}

#[test]
fn names_are_found_and_typed_as_two_readers_did() {
    if LINES.is_none() {
        return;
    }
    for development in [true, false] {
        let gold = spans("entities", development);
        for (how, gazetteer) in [("alone", &Gazetteer::default()), ("learnt", &*GAZETTEER)] {
            let found = measure::names(&gold, &answers(gold.keys(), READ_NAMES, gazetteer));
            eprintln!("names, {}, {how}: {}\n  typed: {}", half(development), found.spans, found.typed);
            for (kind, of_kind) in &found.kinds {
                eprintln!("  {kind}: {of_kind}");
            }
            if !development && how == "learnt" {
                assert!(found.spans.f1() > SPANS && found.typed.f1() > TYPED, "{found:?}");
            }
        }
    }
}

#[test]
fn key_phrases_are_those_two_readers_chose() {
    if LINES.is_none() {
        return;
    }
    for development in [true, false] {
        let gold = spans("phrases", development);
        let found = measure::phrases(&gold, &answers(gold.keys(), READ_NAMES, &Gazetteer::default()));
        eprintln!("phrases, {}: {}\n  in part: {}", half(development), found.exact, found.partial);
        assert!(development || (found.exact.f1() > PHRASES && found.partial.f1() > PARTIAL), "{found:?}");
    }
}

#[test]
fn registers_and_sentiment_are_those_two_readers_heard() {
    if LINES.is_none() {
        return;
    }
    for development in [true, false] {
        let gold = classes("register", development);
        let said = answers(gold.keys(), READ_TONE, &Gazetteer::default());
        let of_record = |id: &str| Some(said.get(id)?.register.as_str());
        let found = measure::classes(&gold, of_record);
        report("register", development, &found);
        assert!(
            development || (found.accuracy() > REGISTER && found.macro_f1() > REGISTER_MACRO),
            "{found:?}"
        );

        let gold = classes("sentiment", development);
        let said = answers(gold.keys(), READ_TONE, &Gazetteer::default());
        let found = measure::classes(&gold, |id| Some(measure::sign(said.get(id)?.sentiment)));
        let correlation = measure::correlation(&gold, &said);
        report("sentiment", development, &found);
        eprintln!("  correlation {correlation:.3}");
        assert!(development || (found.accuracy() > SENTIMENT && correlation > CORRELATION), "{found:?}");
    }
}

#[test]
fn languages_are_those_two_readers_saw() {
    if LINES.is_none() {
        return;
    }
    for development in [true, false] {
        let gold = classes("language", development);
        let said = answers(gold.keys(), READ_NAMES, &Gazetteer::default());
        let found = measure::classes(&gold, |id| Some(said.get(id)?.lang.as_str()));
        report("language", development, &found);
        assert!(development || found.accuracy() > LANGUAGE, "{found:?}");
    }
}

fn report(what: &str, development: bool, found: &measure::Classes) {
    let (n, chance, most) = (found.n, 1.0 / found.wanted() as f64, found.majority());
    let (right, mean) = (found.accuracy(), found.macro_f1());
    let half = half(development);
    eprintln!(
        "{what}, {half}: accuracy {right:.3} macro F1 {mean:.3} of {n} (chance {chance:.2}, commonest {most:.3})"
    );
    for (label, of_label) in &found.kinds {
        eprintln!("  {label}: {of_label}");
    }
}
