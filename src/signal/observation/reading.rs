//! One reading of a text: names, words, pairs of words, and how words are written inside sentences.

use std::collections::BTreeMap;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::model::{Lang, SourceClass, StoredText};

use super::{Anchor, Casing, Opening, TermCount, term_of};

/// How much of the body is read: what a record is about is said early, and long essays must not drown short posts.
const BODY_CHARS: usize = 600;

/// A headline with at least this share of capitals among its longer words is in title case: they prove nothing.
const TITLE_CASE_SHARE: f64 = 0.7;

/// What one reading of a text yields.
pub(super) struct Reading {
    pub(super) anchors: Vec<Anchor>,
    pub(super) words: Vec<TermCount>,
    pub(super) bigrams: Vec<TermCount>,
    pub(super) casing: Vec<Casing>,
}

/// One word of the text.
struct Word<'a> {
    text: &'a str,
    lower: String,
    in_headline: bool,
    /// It opens a sentence, or stands in a headline in title case.
    opens: bool,
    /// Only a blank or a hyphen stands between it and the word before.
    joined: bool,
    capital: bool,
}

/// Reads the headline and the opening of the body.
pub(super) fn read(text: &StoredText, class: SourceClass, lang: Lang) -> Reading {
    let _ = lang;
    let opening = opening(text);
    let headline_end = match class {
        SourceClass::Social => opening.len(),
        SourceClass::Publication | SourceClass::Essay | SourceClass::Paper | SourceClass::Forum => {
            text.body_start
        }
    };
    let words = cut(opening, headline_end, text.body_start);
    let mut unigrams: BTreeMap<u32, u16> = BTreeMap::new();
    let mut bigrams: BTreeMap<u32, u16> = BTreeMap::new();
    let mut casing: BTreeMap<u32, (u16, u16)> = BTreeMap::new();
    let mut before: Option<&Word<'_>> = None;
    for word in &words {
        let term = term_of(&word.lower);
        count(&mut unigrams, term);
        if let Some(first) = before {
            count(&mut bigrams, term_of(&format!("{} {}", first.lower, word.lower)));
        }
        before = Some(word);
        if !word.opens && word.text.chars().any(char::is_alphabetic) {
            let (upper, lower) = casing.entry(term).or_default();
            let side = if word.capital { upper } else { lower };
            *side = side.saturating_add(1);
        }
    }
    Reading {
        anchors: anchors(&words),
        words: counts(unigrams),
        bigrams: counts(bigrams),
        casing: casing.into_iter().map(|(word, (upper, lower))| Casing { word, upper, lower }).collect(),
    }
}

/// The title and the first characters of the body.
fn opening(text: &StoredText) -> &str {
    let body = text.text.get(text.body_start..).unwrap_or_default();
    let end = body.char_indices().nth(BODY_CHARS).map_or(text.text.len(), |(at, _)| text.body_start + at);
    text.text.get(..end).unwrap_or(&text.text)
}

fn cut(text: &str, headline_end: usize, body_start: usize) -> Vec<Word<'_>> {
    let title_case = is_title_case(text.get(..body_start).unwrap_or_default());
    let mut words: Vec<Word<'_>> = Vec::new();
    let mut end = 0;
    for (at, word) in text.unicode_word_indices() {
        let gap = text.get(end..at).unwrap_or_default();
        let opens = words.is_empty()
            || gap.chars().any(|c| matches!(c, '.' | '!' | '?' | ':' | '\n' | '…' | '•' | '*' | '#'))
            || (title_case && at < body_start);
        words.push(Word {
            text: word,
            lower: word.to_lowercase(),
            in_headline: at < headline_end,
            opens,
            joined: matches!(gap, " " | "-" | ""),
            capital: word.chars().next().is_some_and(char::is_uppercase),
        });
        end = at + word.len();
    }
    words
}

fn is_title_case(title: &str) -> bool {
    let long: Vec<&str> = title.unicode_words().filter(|word| word.chars().count() > 3).collect();
    let capitals = long.iter().filter(|w| w.chars().next().is_some_and(char::is_uppercase)).count();
    long.len() >= 3 && capitals as f64 >= TITLE_CASE_SHARE * long.len() as f64
}

/// Runs of one to three capitalised words, and version strings.
fn anchors(words: &[Word<'_>]) -> Vec<Anchor> {
    let mut found: Vec<Anchor> = Vec::new();
    let mut at = 0;
    while let Some(first) = words.get(at) {
        if !starts_name(first, words.get(at + 1)) {
            at += 1;
            continue;
        }
        let mut end = at + 1;
        let alone = first.opens && words.get(at + 1).is_some_and(|next| next.opens);
        while end < at + 3
            && !alone
            && words.get(end).is_some_and(|next| next.joined && !next.opens && continues_name(next))
        {
            end += 1;
        }
        let run = words.get(at..end).unwrap_or_default();
        let certain = !first.opens || has_digit(first.text);
        let opening = (!certain).then(|| Opening {
            word: term_of(&first.lower),
            rest: (run.len() > 1).then(|| norm(run.get(1..).unwrap_or_default())),
        });
        let anchor = Anchor { name: norm(run), in_headline: first.in_headline, opening };
        match found.iter_mut().find(|known| known.name == anchor.name) {
            Some(known) => {
                known.in_headline |= anchor.in_headline;
                if anchor.opening.is_none() {
                    known.opening = None;
                }
            }
            None => found.push(anchor),
        }
        at = end;
    }
    found
}

fn has_digit(text: &str) -> bool {
    text.chars().any(|c| c.is_ascii_digit())
}

fn starts_name(word: &Word<'_>, next: Option<&Word<'_>>) -> bool {
    let letters = word.text.chars().filter(|c| c.is_alphabetic()).count();
    let mixed = letters > 0 && has_digit(word.text) && word.text.chars().next().is_some_and(char::is_alphabetic);
    let versioned = letters > 1
        && next.is_some_and(|next| {
            next.joined && next.text.contains('.') && next.text.chars().all(|c| c.is_ascii_digit() || c == '.')
        });
    mixed || versioned || (word.capital && letters > 1 && !word.lower.starts_with("i'") && !word.lower.starts_with("i’"))
}

fn continues_name(word: &Word<'_>) -> bool {
    (word.capital && word.lower != "i") || word.text.chars().next().is_some_and(|c| c.is_ascii_digit())
}

/// `GPT 5.2` and `gpt-5.2` are `gpt5.2`; `Lake District` is `lake district`.
fn norm(run: &[Word<'_>]) -> String {
    let mut name = String::new();
    for word in run {
        let bare = word.lower.trim_end_matches("'s").trim_end_matches("’s");
        if !name.is_empty() && !bare.chars().next().is_some_and(|c| c.is_ascii_digit()) {
            name.push(' ');
        }
        name.push_str(bare);
    }
    name
}

fn count(map: &mut BTreeMap<u32, u16>, term: u32) {
    let n = map.entry(term).or_default();
    *n = n.saturating_add(1);
}

fn counts(map: BTreeMap<u32, u16>) -> Vec<TermCount> {
    map.into_iter().map(|(term, n)| TermCount { term, n }).collect()
}
