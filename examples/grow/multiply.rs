//! Many archives from one: each copy of it at another time, by other people, in other words.
//!
//! Every copy has its own permutation of the vocabulary. Words change places only with words that are about as common,
//! so that lengths, frequencies and the number of topic matches stay what they were, and no two copies say the same. Function
//! words stay, for a language is known by them. Ids, addresses and authors get the number of their copy.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value};

use crate::grown::Dice;

/// How an archive is multiplied.
pub(crate) struct Order {
    pub(crate) file: PathBuf,
    pub(crate) out: Option<PathBuf>,
    pub(crate) times: u32,
    pub(crate) seed: u64,
    /// Each copy is so much later than the one before.
    pub(crate) shift: TimeDelta,
    /// Only records published in `[from, until)`, before they are shifted.
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) until: Option<DateTime<Utc>>,
}

/// What was written.
#[derive(serde::Serialize)]
pub(crate) struct Report {
    records: usize,
    times: u32,
    words: usize,
    bytes: usize,
}

/// So many of the commonest words are the same in all copies.
const FIXED: usize = 250;
/// Words change places inside bands of so many, by how common they are.
const BAND: usize = 64;

struct Line {
    at: DateTime<Utc>,
    fields: Map<String, Value>,
}

pub(crate) fn multiply(order: &Order) -> anyhow::Result<Report> {
    let lines = read(order)?;
    anyhow::ensure!(!lines.is_empty(), "no record of `{}` lies in that time", order.file.display());
    let vocabulary = Vocabulary::of(&lines);
    let copies: Vec<Copy> = (0..order.times).map(|n| Copy::new(n, order, &vocabulary)).collect();
    // The copies are shifted wholes, each in order: what is next is the earliest of their heads.
    let mut heads = vec![0_usize; copies.len()];
    let mut out = output(order.out.as_deref())?;
    let mut report = Report { records: 0, times: order.times, words: vocabulary.words.len(), bytes: 0 };
    let next = |heads: &[usize]| {
        let at = |n: &usize| Some(lines.get(*heads.get(*n)?)?.at + copies.get(*n)?.shift);
        (0..heads.len()).filter(|n| at(n).is_some()).min_by_key(|n| (at(n), *n))
    };
    while let Some(n) = next(&heads) {
        let (Some(copy), Some(line)) = (copies.get(n), lines.get(heads[n])) else { break };
        heads[n] += 1;
        let mut text = serde_json::to_string(&copy.line(line, &vocabulary))?;
        text.push('\n');
        out.write_all(text.as_bytes())?;
        report.records += 1;
        report.bytes += text.len();
    }
    out.flush()?;
    Ok(report)
}

fn read(order: &Order) -> anyhow::Result<Vec<Line>> {
    let file = std::fs::File::open(&order.file).with_context(|| order.file.display().to_string())?;
    let reader: Box<dyn Read> =
        if is_packed(&order.file) { Box::new(zstd::Decoder::new(file)?) } else { Box::new(file) };
    let mut lines = Vec::new();
    for line in BufReader::new(reader).lines() {
        let fields: Map<String, Value> = serde_json::from_str(&line?)?;
        let time = ["published_utc", "published"].iter().find_map(|name| fields.get(*name)?.as_str());
        let at: DateTime<Utc> = time.context("a record without a time")?.parse()?;
        if order.from.is_none_or(|from| at >= from) && order.until.is_none_or(|until| at < until) {
            lines.push(Line { at, fields });
        }
    }
    lines.sort_by_key(|line| line.at);
    Ok(lines)
}

fn is_packed(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext == "zst")
}

fn output(path: Option<&Path>) -> anyhow::Result<Box<dyn Write>> {
    let Some(path) = path else { return Ok(Box::new(BufWriter::new(std::io::stdout()))) };
    let file = BufWriter::new(std::fs::File::create(path)?);
    Ok(if is_packed(path) { Box::new(zstd::Encoder::new(file, 1)?.auto_finish()) } else { Box::new(file) })
}

/// All words of an archive, the commonest first.
struct Vocabulary {
    words: Vec<String>,
    rank: HashMap<String, usize>,
}

impl Vocabulary {
    fn of(lines: &[Line]) -> Self {
        let mut counts: HashMap<String, u32> = HashMap::new();
        for text in lines.iter().flat_map(|line| texts(&line.fields)) {
            for piece in pieces(text).filter(|piece| is_word(piece)) {
                *counts.entry(piece.to_ascii_lowercase()).or_default() += 1;
            }
        }
        let mut counted: Vec<(String, u32)> = counts.into_iter().collect();
        counted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let words: Vec<String> = counted.into_iter().map(|(word, _)| word).collect();
        let rank = words.iter().enumerate().map(|(rank, word)| (word.clone(), rank)).collect();
        Self { words, rank }
    }
}

fn texts(fields: &Map<String, Value>) -> impl Iterator<Item = &str> {
    ["title", "text"].into_iter().filter_map(|name| fields.get(name)?.as_str())
}

/// One of the archives.
struct Copy {
    n: u32,
    shift: TimeDelta,
    /// For each word by rank the rank of the one that stands in its place.
    places: Vec<usize>,
}

impl Copy {
    fn new(n: u32, order: &Order, vocabulary: &Vocabulary) -> Self {
        let mut places: Vec<usize> = (0..vocabulary.words.len()).collect();
        // The first copy is the archive as it is.
        if n > 0 {
            let mut dice = Dice::new(order.seed.wrapping_mul(1_000).wrapping_add(u64::from(n)));
            for band in places.get_mut(FIXED..).unwrap_or_default().chunks_mut(BAND) {
                for last in (1..band.len()).rev() {
                    band.swap(last, dice.below(last + 1));
                }
            }
        }
        Self { n, shift: order.shift * i32::try_from(n).unwrap_or(i32::MAX), places }
    }

    fn line(&self, line: &Line, vocabulary: &Vocabulary) -> Map<String, Value> {
        let mut fields = line.fields.clone();
        if self.n == 0 {
            return fields;
        }
        for name in ["title", "text"] {
            if let Some(Value::String(text)) = fields.get_mut(name) {
                *text = self.words(text, vocabulary);
            }
        }
        for name in ["id", "author"] {
            if let Some(Value::String(text)) = fields.get_mut(name)
                && !text.is_empty()
            {
                *text = format!("{text}k{}", self.n);
            }
        }
        if let Some(Value::String(url)) = fields.get_mut("url") {
            *url = self.address(url);
        }
        for name in ["published_utc", "seen", "edited"] {
            if let Some(Value::String(at)) = fields.get_mut(name)
                && let Ok(then) = at.parse::<DateTime<Utc>>()
            {
                *at = (then + self.shift).to_rfc3339_opts(SecondsFormat::Secs, true);
            }
        }
        fields
    }

    /// Another record of the same place: the platforms tell records by the last number or key of an address.
    fn address(&self, url: &str) -> String {
        let n = self.n;
        for mark in ["/status/", "/comments/", "/post/", "/abs/", "/pdf/"] {
            if let Some((front, id)) = url.split_once(mark) {
                return format!("{front}{mark}{}{id}", n + 10);
            }
        }
        match url.split_once("://") {
            Some((scheme, rest)) => match rest.split_once('/') {
                Some((host, path)) => format!("{scheme}://{host}/{n}/{path}"),
                None => format!("{url}/{n}"),
            },
            None => format!("{url}k{n}"),
        }
    }

    fn words(&self, text: &str, vocabulary: &Vocabulary) -> String {
        let mut out = String::with_capacity(text.len() + 16);
        for run in text.split_inclusive(char::is_whitespace) {
            if run.contains("://") {
                out.push_str(run);
                continue;
            }
            for piece in pieces(run) {
                let other = vocabulary.rank.get(&piece.to_ascii_lowercase()).filter(|_| is_word(piece));
                match other.and_then(|rank| vocabulary.words.get(*self.places.get(*rank)?)) {
                    Some(other) => push_like(&mut out, piece, other),
                    None => out.push_str(piece),
                }
            }
        }
        out
    }
}

/// Runs of ASCII letters, and what stands between them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = *rest.as_bytes().first()?;
        let letters = first.is_ascii_alphabetic();
        let end = rest.bytes().position(|b| b.is_ascii_alphabetic() != letters).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

fn is_word(piece: &str) -> bool {
    piece.len() >= 3 && piece.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Writes `word` with the capitals of `like`.
fn push_like(out: &mut String, like: &str, word: &str) {
    let mut capitals = like.bytes().map(|b| b.is_ascii_uppercase());
    let (first, second) = (capitals.next().unwrap_or(false), capitals.next().unwrap_or(false));
    for (at, letter) in word.chars().enumerate() {
        out.push(if first && (at == 0 || second) { letter.to_ascii_uppercase() } else { letter });
    }
}
