//! Word statistics of the texts around a story: how rare a word is, and how it is usually written.

use std::collections::{BTreeMap, BTreeSet};

use super::Corpus;
use crate::analyze::Words;

/// Running counts over stored texts. Absorbing in any order gives the same counts.
#[derive(Clone, Debug, Default)]
pub struct WordCounts {
    records: u32,
    words: BTreeMap<Box<str>, Counted>,
}

#[derive(Clone, Debug, Default)]
struct Counted {
    records: u32,
    /// Forms inside sentences, where a capital means something.
    forms: BTreeMap<Box<str>, u32>,
}

/// Bytes of a text that are counted: later ones repeat the same words.
const HEAD: usize = 3_000;
/// A form must have been seen so often before it is trusted.
const MIN_SEEN: u32 = 2;

impl WordCounts {
    /// Counts the words of one text. `body_start`: titles are often written in capitals, so their forms are not counted.
    pub fn absorb(&mut self, text: &str, body_start: usize) {
        let head = text.get(..text.floor_char_boundary(HEAD)).unwrap_or(text);
        let words = Words::of(head);
        self.records += 1;
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut end_before = 0;
        for word in words.iter() {
            let between = head.get(end_before..word.span.start).unwrap_or_default();
            let inside = word.span.start > body_start
                && end_before > body_start
                && !between.contains(['.', '!', '?', ':', '\n', '“', '"', '*', '•', '-', '—']);
            end_before = word.span.end;
            let first = seen.insert(word.text);
            if !first && !inside {
                continue;
            }
            if !self.words.contains_key(word.text) {
                self.words.insert(word.text.into(), Counted::default());
            }
            let Some(counted) = self.words.get_mut(word.text) else { continue };
            counted.records += u32::from(first);
            if inside {
                let form = word.span.of(head);
                match counted.forms.get_mut(form) {
                    Some(n) => *n += 1,
                    None => {
                        counted.forms.insert(form.into(), 1);
                    }
                }
            }
        }
    }
}

impl Corpus for WordCounts {
    fn idf(&self, word: &str) -> f64 {
        let with = self.words.get(word).map_or(0, |c| c.records);
        (f64::from(self.records + 1) / f64::from(with + 1)).ln()
    }

    fn mid_sentence_case(&self, lower: &str) -> Option<String> {
        let forms = &self.words.get(lower)?.forms;
        let (form, n) = forms.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)))?;
        (*n >= MIN_SEEN).then(|| form.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_written_as_it_stands_inside_sentences() {
        let mut counts = WordCounts::default();
        counts.absorb(
            "The Ferry Is Late Again\nThe ferry to Saltby is late. Ferry or not, we meet in Saltby.",
            24,
        );
        counts.absorb("A ferry to Saltby left.", 0);
        assert_eq!(counts.mid_sentence_case("ferry").as_deref(), Some("ferry"));
        assert_eq!(counts.mid_sentence_case("saltby").as_deref(), Some("Saltby"));
        assert_eq!(counts.mid_sentence_case("unseen"), None);
        assert!(counts.idf("unseen") > counts.idf("ferry"));
    }
}
