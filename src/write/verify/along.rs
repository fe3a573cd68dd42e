//! A paraphrase that somebody else has confirmed: it must still go along its one source, word after word, and may not
//! bring a number, a name, a denial, a doubt, a cause, a comparison or a crowd of its own.

use rust_stemmers::{Algorithm, Stemmer};

use super::fold::{norm, words};
use super::glue::{looks_like_name, strangers};
use super::lexicon::{ASKING, GLUE, GROUPS, HEDGES, MARKERS, STRONG, UNIVERSAL, has, is_negator};
use super::names::Job;
use super::numbers::{self, plain_value};
use super::tokens::{Role, number};
use super::{Findings, counting};
use crate::model::RejectionCode;

/// Least share of a paraphrase's own words that stand in the source in the same order.
const IN_ORDER: f64 = 0.55;
/// Longest run of words that the source does not have.
const OWN_RUN: usize = 2;

/// Words of reporting that a paraphrase shares with its source by chance.
const SAYING: &[&str] = &["according", "report", "reported", "reports", "said", "say", "says"];
/// Words that say that a source tells what somebody else said.
const TOLD: &[&str] = &["according", "claimed", "claims", "said", "says", "told"];
/// Words that name who said so.
const TELLING: &[&str] = &[
    "according",
    "announced",
    "claimed",
    "claims",
    "confirmed",
    "posted",
    "put",
    "reported",
    "reports",
    "said",
    "say",
    "saying",
    "says",
    "stated",
    "tells",
    "told",
    "wrote",
];
/// Largest share of a paraphrase's own words that its source does not have.
const FOREIGN: f64 = 0.3;
/// Opposites, each pair once.
const OPPOSITES: &[(&str, &str)] = &[
    ("accept", "reject"),
    ("add", "remove"),
    ("after", "before"),
    ("allow", "ban"),
    ("begin", "end"),
    ("buy", "sell"),
    ("cheap", "expensive"),
    ("early", "late"),
    ("fast", "slow"),
    ("first", "last"),
    ("gain", "lose"),
    ("good", "bad"),
    ("high", "low"),
    ("hot", "cold"),
    ("increase", "decrease"),
    ("join", "leave"),
    ("long", "short"),
    ("open", "close"),
    ("open", "shut"),
    ("rise", "fall"),
    ("rose", "fell"),
    ("safe", "unsafe"),
    ("start", "stop"),
    ("support", "oppose"),
    ("up", "down"),
    ("win", "lose"),
    ("won", "lost"),
    ("better", "worse"),
    ("more", "less"),
    ("more", "fewer"),
    ("faster", "slower"),
    ("higher", "lower"),
    ("longer", "shorter"),
];

pub(super) fn check(mut job: Job<'_, '_, '_>, findings: &mut Findings) {
    let mut records: Vec<&str> = job.cited.iter().map(|c| c.record.id.as_str()).collect();
    records.dedup();
    if records.len() != 1 || !job.uses.is_empty() {
        findings.push(RejectionCode::OrderDrift, "not one source");
        return;
    }
    for token in job.tokens.iter_mut().filter(|t| t.role == Role::Relative) {
        token.role = Role::Plain;
    }
    job.relative.clear();
    attribution(&job, findings);
    strangers(&job, findings);
    let source = source(&job);
    let tellers = job.tokens.iter().filter(|t| TELLING.contains(&t.norm.as_str())).count();
    if tellers < 2
        && let Some(word) = source.iter().find(|w| TOLD.contains(&w.as_str()))
    {
        findings.push(RejectionCode::ContextCut, word.as_str());
    }
    let stemmer = Stemmer::create(Algorithm::English);
    let stem = |w: &str| stemmer.stem(w).into_owned();
    let stems: Vec<String> = source.iter().map(|w| stem(w)).collect();
    let there = |w: &str| source.iter().any(|s| s == w) || stems.contains(&stem(w));
    let turned = |w: &str| {
        let w = stem(w);
        let has_stem = |x: &str| stems.contains(&stem(x));
        OPPOSITES.iter().any(|(a, b)| stem(a) == w && has_stem(b) || stem(b) == w && has_stem(a))
    };
    // Content in order.
    let mine: Vec<(usize, String)> = job
        .tokens
        .iter()
        .enumerate()
        .filter(|(_, t)| matches!(t.role, Role::Plain | Role::Label | Role::Date | Role::Relative))
        .filter(|(_, t)| !has(GLUE, &t.norm) && !has(SAYING, &t.norm))
        .filter(|(_, t)| t.role != Role::Date || source.contains(&t.norm))
        .map(|(i, t)| (i, stem(&t.norm)))
        .collect();
    let (matched, first, last) = in_order(&mine, &stems);
    if mine.is_empty() || (matched as f64) < IN_ORDER * mine.len() as f64 {
        findings.push(RejectionCode::OrderDrift, job.sentence.text.clone());
        return;
    }
    let mut run = 0;
    for (i, s) in &mine {
        run = if stems.contains(s) { 0 } else { run + 1 };
        if run > OWN_RUN {
            findings.push(RejectionCode::OrderDrift, job.tokens.get(*i).map_or("", |t| t.text));
        }
    }
    let foreign = mine.iter().filter(|(_, s)| !stems.contains(s)).count();
    if foreign as f64 > FOREIGN * mine.len() as f64 {
        findings.push(RejectionCode::OrderDrift, job.sentence.text.clone());
    }
    // What a paraphrase may not add.
    let inside: Vec<&String> = source.iter().take(last + 1).skip(first).collect();
    let (mut denies, mut doubts) = (0, Vec::new());
    for (i, token) in job.tokens.iter().enumerate().filter(|(_, t)| t.role == Role::Plain) {
        let word = token.norm.as_str();
        if is_negator(word) {
            denies += 1;
        }
        if has(HEDGES, word) {
            doubts.push(stem(word));
        }
        let code = if is_negator(word) && !source.iter().any(|s| is_negator(s)) {
            RejectionCode::GlueNegation
        } else if number(word).is_some() && !holds_number(&source, word) {
            RejectionCode::NumberUnsupported
        } else if has(UNIVERSAL, word) && !there(word) {
            RejectionCode::UniversalClaim
        } else if has(GROUPS, word) && !there(word) {
            RejectionCode::CohortTooSmall
        } else if (has(MARKERS, word) || turned(word) || has(STRONG, word) || word.ends_with("ly"))
            && !there(word)
        {
            RejectionCode::OrderDrift
        } else if i > 0 && looks_like_name(token.text) && number(word).is_none() && !there(word) {
            RejectionCode::NameUnsupported
        } else {
            continue;
        };
        findings.push(code, token.text);
    }
    // What it may not leave out, between the first and the last word that it takes.
    if denies == 0
        && let Some(word) = inside.iter().find(|w| is_negator(w))
    {
        findings.push(RejectionCode::ContextCut, word.as_str());
    }
    for word in inside.iter().filter(|w| has(HEDGES, w) && !has(SAYING, w)) {
        if !doubts.contains(&stem(word)) && !job.tokens.iter().any(|t| stem(&t.norm) == stem(word)) {
            findings.push(RejectionCode::ContextCut, word.as_str());
        }
    }
    let asks = job.cited.iter().all(|c| {
        let (from, to) = c.window();
        c.text.get(from..to).is_some_and(|s| s.trim_end().ends_with('?'))
    });
    if asks && !job.tokens.iter().any(|t| has(ASKING, &t.norm)) {
        findings.push(RejectionCode::QuestionAsClaim, job.sentence.text.clone());
    }
    // Dates of what is told are the source's; dates of the telling are the record's.
    let told = |i: usize| job.tokens.get(i).is_some_and(|t| source.contains(&t.norm));
    let keep: Vec<bool> = job.dates.single.iter().map(|d| !told(d.at)).collect();
    let mut keep = keep.into_iter();
    job.dates.single.retain(|_| keep.next().unwrap_or(true));
    let days: Vec<(u32, usize)> = job.dates.weekdays.iter().copied().filter(|(_, at)| !told(*at)).collect();
    job.dates.weekdays = days;
    numbers::check_dates(&job, findings);
    counting::check_predicates(&job, findings);
}

/// The words of all cited sentences, in the order of the record.
fn source(job: &Job<'_, '_, '_>) -> Vec<String> {
    let mut windows: Vec<(usize, usize)> = job.cited.iter().map(super::cite::Cited::window).collect();
    windows.sort_unstable();
    windows.dedup();
    let text = job.cited.first().map_or("", |c| c.text);
    windows.iter().flat_map(|(from, to)| words(text, *from, *to)).map(|w| norm(w.text)).collect()
}

fn holds_number(source: &[String], word: &str) -> bool {
    source.iter().any(|s| s == word || plain_value(s).is_some_and(|v| Some(v) == plain_value(word)))
}

/// The speaker is named, and nobody else who is cited.
fn attribution(job: &Job<'_, '_, '_>, findings: &mut Findings) {
    let Some(record) = job.cited.first().map(|c| c.record) else { return };
    let mut speakers = job.tokens.iter().filter(|t| t.role == Role::Speaker).peekable();
    if speakers.peek().is_none() {
        findings.push(RejectionCode::AttributionMissing, record.speaker.as_str());
    }
    let mine = |text: &str| {
        record.speaker.contains(text) || record.byline.as_deref().is_some_and(|b| b.contains(text))
    };
    if speakers.any(|t| !mine(t.text)) {
        findings.push(RejectionCode::AttributionMissing, record.speaker.as_str());
    }
}

/// The longest common subsequence: its length, and where it begins and ends in the source.
fn in_order(mine: &[(usize, String)], source: &[String]) -> (usize, usize, usize) {
    let (n, m) = (mine.len(), source.len());
    let width = m + 1;
    let mut best = vec![0_usize; (n + 1) * width];
    let at = |i: usize, j: usize| i * width + j;
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            let same = mine.get(i).zip(source.get(j)).is_some_and(|((_, a), b)| a == b);
            let get = |k: usize| best.get(k).copied().unwrap_or_default();
            let value =
                if same { get(at(i + 1, j + 1)) + 1 } else { get(at(i + 1, j)).max(get(at(i, j + 1))) };
            if let Some(cell) = best.get_mut(at(i, j)) {
                *cell = value;
            }
        }
    }
    let get = |k: usize| best.get(k).copied().unwrap_or_default();
    let (mut i, mut j) = (0, 0);
    let (mut first, mut last) = (None, 0);
    while i < n && j < m {
        let same = mine.get(i).zip(source.get(j)).is_some_and(|((_, a), b)| a == b);
        if same {
            first.get_or_insert(j);
            last = j;
            (i, j) = (i + 1, j + 1);
        } else if get(at(i + 1, j)) >= get(at(i, j + 1)) {
            i += 1;
        } else {
            j += 1;
        }
    }
    (get(at(0, 0)), first.unwrap_or_default(), last)
}
