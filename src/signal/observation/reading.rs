//! One reading of a text: names, words, pairs of words, and how words are written inside sentences.

use std::collections::BTreeMap;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::model::{Lang, SourceClass, StoredText};

use super::{Anchor, Casing, TermCount};

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
    let _ = (class, lang);
    let opening = opening(text);
    let mut words: BTreeMap<u32, u16> = BTreeMap::new();
    let mut bigrams: BTreeMap<u32, u16> = BTreeMap::new();
    let mut before: Option<u32> = None;
    for word in opening.unicode_words() {
        let hash = hash(&word.to_lowercase());
        *words.entry(hash).or_default() += 1;
        if let Some(first) = before {
            *bigrams.entry(first.rotate_left(11).wrapping_mul(0x9e37_79b1) ^ hash).or_default() += 1;
        }
        before = Some(hash);
    }
    Reading { anchors: Vec::new(), words: counts(words), bigrams: counts(bigrams), casing: Vec::new() }
}

/// The title and the first characters of the body.
fn opening(text: &StoredText) -> &str {
    let body = text.text.get(text.body_start..).unwrap_or_default();
    let end = body.char_indices().nth(BODY_CHARS).map_or(text.text.len(), |(at, _)| text.body_start + at);
    text.text.get(..end).unwrap_or(&text.text)
}

fn counts(map: BTreeMap<u32, u16>) -> Vec<TermCount> {
    map.into_iter().map(|(term, n)| TermCount { term, n }).collect()
}

fn hash(word: &str) -> u32 {
    word.bytes().fold(0x811c_9dc5, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193))
}
