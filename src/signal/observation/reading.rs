//! One reading of a text: names, words, pairs of words, and how words are written inside sentences.

use crate::analyze;
use crate::analyze::names::{AnchorCandidate, anchors};
use crate::analyze::words::{Words, is_stop, pair};
use crate::model::{Lang, SourceClass};

use super::{Anchor, Casing, Keyed, Opening, TermCount, low, term_of};

/// How much of the body is read: what a record is about is said early, and long essays must not drown short posts.
const BODY_CHARS: usize = 600;

/// What one reading of a text yields.
pub(super) struct Reading {
    pub(super) anchors: Vec<Anchor>,
    pub(super) words: Vec<TermCount>,
    pub(super) bigrams: Vec<TermCount>,
    pub(super) casing: Vec<Casing>,
}

/// Reads the headline and the opening of the body. Only what is `of_topic` is ever compared with others, by pairs of words.
pub(super) fn read(text: &str, body_start: usize, class: SourceClass, lang: Lang, of_topic: bool) -> Reading {
    let opening = opening(text, body_start);
    let headline_end = match class {
        SourceClass::Social => opening.len(),
        SourceClass::Publication | SourceClass::Essay | SourceClass::Paper | SourceClass::Forum => body_start,
    };
    let candidates = anchors(opening);
    let lang = analyze::Lang::from_code(lang.as_str()).unwrap_or(analyze::Lang::UND);
    let words = Words::of(opening);
    let mut unigrams: Vec<u32> = Vec::with_capacity(words.len());
    let mut bigrams: Vec<u32> = Vec::with_capacity(if of_topic { words.len() } else { 0 });
    let mut before: Option<u64> = None;
    for word in words.iter() {
        // Pairs reach over function words, which say nothing: `ban of ferries` and `ban on ferries` share one.
        if is_stop(lang, word.hash) || word.text.len() < 2 {
            continue;
        }
        unigrams.push(low(word.hash));
        if let Some(first) = before.filter(|_| of_topic) {
            bigrams.push(low(pair(first, word.hash)));
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
fn opening(text: &str, body_start: usize) -> &str {
    let body = text.get(body_start..).unwrap_or_default();
    let end = body.char_indices().nth(BODY_CHARS).map_or(text.len(), |(at, _)| body_start + at);
    text.get(..end).unwrap_or(text)
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
    let anchor = |name: &str, opening| Anchor { name: name.into(), in_headline, opening };
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
    let opening =
        Opening { word: term_of(&candidate.first_word), rest: candidate.rest.as_deref().map(Keyed::from) };
    vec![anchor(&candidate.norm, Some(opening))]
}

/// How words inside sentences are written; heads of sentences and lines in title case prove nothing.
fn casing(text: &str, words: &Words, candidates: &[AnchorCandidate]) -> Vec<Casing> {
    let mut seen: Vec<(u32, bool)> = Vec::with_capacity(words.len());
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
        seen.push((low(word.hash), first.is_uppercase()));
    }
    seen.sort_unstable();
    seen.chunk_by(|a, b| a.0 == b.0)
        .filter_map(|same| {
            let upper = same.iter().filter(|(_, upper)| *upper).count();
            let (upper, lower) = (saturated(upper), saturated(same.len() - upper));
            same.first().map(|(word, _)| Casing { word: *word, upper, lower })
        })
        .collect()
}

/// Each term once, by term, with how often it was there.
fn counts(mut terms: Vec<u32>) -> Vec<TermCount> {
    terms.sort_unstable();
    let counted = |same: &[u32]| same.first().map(|term| TermCount { term: *term, n: saturated(same.len()) });
    let mut counts = Vec::with_capacity(terms.chunk_by(|a, b| a == b).count());
    counts.extend(terms.chunk_by(|a, b| a == b).filter_map(counted));
    counts
}

fn saturated(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}
