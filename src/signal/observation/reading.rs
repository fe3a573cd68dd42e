//! One reading of a text: names, words, pairs of words, and how words are written inside sentences.

use std::collections::BTreeMap;

use crate::analyze;
use crate::analyze::names::{AnchorCandidate, anchors};
use crate::analyze::words::{Words, is_stop, pair};
use crate::model::{Lang, SourceClass, StoredText};

use super::{Anchor, Casing, Opening, TermCount, low, term_of};

/// How much of the body is read: what a record is about is said early, and long essays must not drown short posts.
const BODY_CHARS: usize = 600;

/// What one reading of a text yields.
pub(super) struct Reading {
    pub(super) anchors: Vec<Anchor>,
    pub(super) words: Vec<TermCount>,
    pub(super) bigrams: Vec<TermCount>,
    pub(super) casing: Vec<Casing>,
}

/// Reads the headline and the opening of the body.
pub(super) fn read(text: &StoredText, class: SourceClass, lang: Lang) -> Reading {
    let opening = opening(text);
    let headline_end = match class {
        SourceClass::Social => opening.len(),
        SourceClass::Publication | SourceClass::Essay | SourceClass::Paper | SourceClass::Forum => {
            text.body_start
        }
    };
    let candidates = anchors(opening);
    let lang = analyze::Lang::from_code(lang.as_str()).unwrap_or(analyze::Lang::UND);
    let words = Words::of(opening);
    let mut unigrams: BTreeMap<u32, u16> = BTreeMap::new();
    let mut bigrams: BTreeMap<u32, u16> = BTreeMap::new();
    let mut before: Option<u64> = None;
    for word in words.iter() {
        // Pairs reach over function words, which say nothing: `ban of ferries` and `ban on ferries` share one.
        if is_stop(lang, word.hash) || word.text.len() < 2 {
            continue;
        }
        count(&mut unigrams, low(word.hash));
        if let Some(first) = before {
            count(&mut bigrams, low(pair(first, word.hash)));
        }
        before = Some(word.hash);
    }
    Reading {
        anchors: names(&candidates, headline_end),
        words: counts(unigrams),
        bigrams: counts(bigrams),
        casing: casing(opening, &words, &candidates),
    }
}

/// The title and the first characters of the body.
fn opening(text: &StoredText) -> &str {
    let body = text.text.get(text.body_start..).unwrap_or_default();
    let end = body.char_indices().nth(BODY_CHARS).map_or(text.text.len(), |(at, _)| text.body_start + at);
    text.text.get(..end).unwrap_or(&text.text)
}

/// The names of the candidates, each once; a name that is certain anywhere is certain.
fn names(candidates: &[AnchorCandidate], headline_end: usize) -> Vec<Anchor> {
    let mut found: Vec<Anchor> = Vec::new();
    for candidate in candidates {
        let in_headline = candidate.span.start < headline_end;
        for anchor in readings(candidate, in_headline) {
            match found.iter_mut().find(|known| known.name == anchor.name) {
                Some(known) => {
                    known.in_headline |= anchor.in_headline;
                    known.opening = known.opening.take().filter(|_| anchor.opening.is_some());
                }
                None => found.push(anchor),
            }
        }
    }
    found
}

/// A version names a thing by itself. Where all words are capitalised, each is asked for alone, since runs mean
/// nothing there; a run at the head of a sentence hangs on its first word.
fn readings(candidate: &AnchorCandidate, in_headline: bool) -> Vec<Anchor> {
    let anchor = |name: &str, opening| Anchor { name: name.to_owned(), in_headline, opening };
    if let Some(core) = &candidate.core {
        return vec![anchor(core, None)];
    }
    let versioned = candidate.norm.chars().any(|c| c.is_ascii_digit());
    if versioned || !(candidate.title_case || candidate.sentence_initial) {
        return vec![anchor(&candidate.norm, None)];
    }
    if candidate.title_case {
        let alone = |word: &str| anchor(word, Some(Opening { word: term_of(word), rest: None }));
        return candidate.norm.split(' ').map(alone).collect();
    }
    let opening = Opening { word: term_of(&candidate.first_word), rest: candidate.rest.clone() };
    vec![anchor(&candidate.norm, Some(opening))]
}

/// How words inside sentences are written; heads of sentences and lines in title case prove nothing.
fn casing(text: &str, words: &Words, candidates: &[AnchorCandidate]) -> Vec<Casing> {
    let mut casing: BTreeMap<u32, (u16, u16)> = BTreeMap::new();
    let proves_nothing = |at: usize| {
        candidates.iter().any(|candidate| {
            candidate.span.start <= at
                && at < candidate.span.end
                && (candidate.title_case || (candidate.sentence_initial && candidate.span.start == at))
        })
    };
    for word in words.iter() {
        let Some(first) = text.get(word.span.start..).and_then(|rest| rest.chars().next()) else { continue };
        if !first.is_alphabetic() || (first.is_uppercase() && proves_nothing(word.span.start)) {
            continue;
        }
        let (upper, lower) = casing.entry(low(word.hash)).or_default();
        let side = if first.is_uppercase() { upper } else { lower };
        *side = side.saturating_add(1);
    }
    casing.into_iter().map(|(word, (upper, lower))| Casing { word, upper, lower }).collect()
}

fn count(map: &mut BTreeMap<u32, u16>, term: u32) {
    let n = map.entry(term).or_default();
    *n = n.saturating_add(1);
}

fn counts(map: BTreeMap<u32, u16>) -> Vec<TermCount> {
    map.into_iter().map(|(term, n)| TermCount { term, n }).collect()
}
