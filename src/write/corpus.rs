//! Word statistics of the texts around a story: how rare a word is, and how it is usually written.
//!
//! Counts are kept by hash and by day, so that the oldest day can slide out and a text that is gone can be taken back;
//! only the forms themselves are kept as text, each once.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Corpus;
use crate::analyze::Words;
use crate::analyze::words::{ByHash, WordSet, hash};

/// Running counts over stored texts. Absorbing in any order gives the same counts.
#[derive(Clone, Debug, Default)]
pub struct WordCounts {
    days: BTreeMap<NaiveDate, Day>,
    records: u32,
    /// Records by word.
    words: ByHash<u32>,
    /// For each word its forms inside sentences, where a capital means something.
    forms: ByHash<Vec<Form>>,
}

#[derive(Clone, Debug)]
struct Form {
    text: Box<str>,
    n: u32,
}

#[derive(Clone, Debug, Default)]
struct Day {
    records: u32,
    words: ByHash<u32>,
    /// By form: the word that it is a form of, and how often it was there.
    forms: ByHash<(u64, u32)>,
}

/// Bytes of a text that are counted: later ones repeat the same words.
const HEAD: usize = 3_000;
/// A form must have been seen so often before it is trusted.
const MIN_SEEN: u32 = 2;

impl WordCounts {
    /// Counts the words of one text of a day. `body_start`: titles are often written in capitals, so their forms are not
    /// counted.
    pub fn absorb(&mut self, day: NaiveDate, text: &str, body_start: usize) {
        let of_day = self.days.entry(day).or_default();
        of_day.records += 1;
        self.records += 1;
        let (words, forms) = (&mut self.words, &mut self.forms);
        each_word(text, body_start, |word, first, form| {
            if first {
                *of_day.words.entry(word).or_default() += 1;
                *words.entry(word).or_default() += 1;
            }
            if let Some(form) = form {
                of_day.forms.entry(hash(form)).or_insert((word, 0)).1 += 1;
                let known = forms.entry(word).or_default();
                match known.iter_mut().find(|known| &*known.text == form) {
                    Some(known) => known.n += 1,
                    None => known.push(Form { text: form.into(), n: 1 }),
                }
            }
        });
    }

    /// Takes back one text that was counted on a day.
    pub fn take_back(&mut self, day: NaiveDate, text: &str, body_start: usize) {
        let Some(mut of_day) = self.days.remove(&day) else { return };
        of_day.records = of_day.records.saturating_sub(1);
        self.records = self.records.saturating_sub(1);
        each_word(text, body_start, |word, first, form| {
            if first {
                less(&mut of_day.words, word, 1);
                less(&mut self.words, word, 1);
            }
            if let Some(form) = form {
                let form = hash(form);
                if let Some((_, n)) = of_day.forms.get_mut(&form) {
                    *n = n.saturating_sub(1);
                    if *n == 0 {
                        of_day.forms.remove(&form);
                    }
                }
                self.less_of_form(word, form, 1);
            }
        });
        if of_day.records > 0 {
            self.days.insert(day, of_day);
        }
    }

    /// Takes back everything of one day.
    pub fn forget_day(&mut self, day: NaiveDate) {
        let Some(of_day) = self.days.remove(&day) else { return };
        self.records = self.records.saturating_sub(of_day.records);
        for (word, n) in of_day.words {
            less(&mut self.words, word, n);
        }
        for (form, (word, n)) in of_day.forms {
            self.less_of_form(word, form, n);
        }
    }

    /// Takes back all days before `first`.
    pub fn forget_before(&mut self, first: NaiveDate) {
        while let Some((day, _)) = self.days.first_key_value().filter(|(day, _)| **day < first) {
            let day = *day;
            self.forget_day(day);
        }
    }

    fn less_of_form(&mut self, word: u64, form: u64, n: u32) {
        let Some(forms) = self.forms.get_mut(&word) else { return };
        if let Some(at) = forms.iter().position(|known| hash(&known.text) == form)
            && let Some(known) = forms.get_mut(at)
        {
            known.n = known.n.saturating_sub(n);
            if known.n == 0 {
                forms.swap_remove(at);
            }
        }
        if forms.is_empty() {
            self.forms.remove(&word);
        }
    }
}

fn less(counts: &mut ByHash<u32>, key: u64, n: u32) {
    if let Some(count) = counts.get_mut(&key) {
        *count = count.saturating_sub(n);
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

/// Each word by its hash: whether it is its first in the text, and its form if that counts.
fn each_word(text: &str, body_start: usize, mut found: impl FnMut(u64, bool, Option<&str>)) {
    let head = text.get(..text.floor_char_boundary(HEAD)).unwrap_or(text);
    let words = Words::of(head);
    let mut seen = WordSet::with_capacity_and_hasher(words.len(), std::hash::BuildHasherDefault::default());
    let mut end_before = 0;
    for word in words.iter() {
        let between = head.get(end_before..word.span.start).unwrap_or_default();
        let inside = word.span.start > body_start
            && end_before > body_start
            && !between.contains(['.', '!', '?', ':', '\n', '“', '"', '*', '•', '-', '—']);
        end_before = word.span.end;
        let first = seen.insert(word.hash);
        if first || inside {
            found(word.hash, first, inside.then(|| word.span.of(head)));
        }
    }
}

impl Corpus for WordCounts {
    fn idf(&self, word: &str) -> f64 {
        let with = self.words.get(&hash(word)).copied().unwrap_or(0);
        (f64::from(self.records + 1) / f64::from(with + 1)).ln()
    }

    fn mid_sentence_case(&self, lower: &str) -> Option<String> {
        let forms = self.forms.get(&hash(lower))?;
        let most = forms.iter().max_by(|a, b| a.n.cmp(&b.n).then_with(|| b.text.cmp(&a.text)))?;
        (most.n >= MIN_SEEN).then(|| most.text.to_string())
    }

    fn records_with(&self, word: &str, from: NaiveDate, before: NaiveDate) -> (u32, u32) {
        let word = hash(word);
        self.days.range(from..before).fold((0, 0), |(with, all), (_, day)| {
            (with + day.words.get(&word).copied().unwrap_or(0), all + day.records)
        })
    }

    fn records(&self, from: NaiveDate, before: NaiveDate) -> u32 {
        self.days.range(from..before).map(|(_, day)| day.records).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLED: (&str, usize) =
        ("The Ferry Is Late Again\nThe ferry to Saltby is late. Ferry or not, we meet in Saltby.", 24);

    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2031, 3, n).unwrap()
    }

    #[test]
    fn a_word_is_written_as_it_stands_inside_sentences() {
        let mut counts = WordCounts::default();
        counts.absorb(day(1), TITLED.0, TITLED.1);
        counts.absorb(day(2), "A ferry to Saltby left.", 0);
        assert_eq!(counts.mid_sentence_case("ferry").as_deref(), Some("ferry"));
        assert_eq!(counts.mid_sentence_case("saltby").as_deref(), Some("Saltby"));
        assert_eq!(counts.mid_sentence_case("unseen"), None);
        assert!(counts.idf("unseen") > counts.idf("ferry"));
        assert_eq!(counts.records_with("late", day(1), day(3)), (1, 2));
        assert_eq!(counts.records_with("ferry", day(1), day(2)), (1, 1));
        assert_eq!(counts.records_with("ferry", day(3), day(9)), (0, 0));
    }

    #[test]
    fn what_is_taken_back_was_never_there() {
        let said = ["A ferry to Saltby left.", "we saw the SALTBY ferry and the Saltby pier"];
        let mut alone = WordCounts::default();
        alone.absorb(day(2), said[0], 0);
        let (mut back, mut slid) = (alone.clone(), alone.clone());
        back.absorb(day(2), said[1], 0);
        assert_ne!(shown(&back), shown(&alone));
        back.take_back(day(2), said[1], 0);
        slid.absorb(day(1), said[1], 0);
        slid.absorb(day(1), TITLED.0, TITLED.1);
        slid.forget_before(day(2));
        assert_eq!(shown(&back), shown(&alone));
        assert_eq!(shown(&slid), shown(&alone));
    }

    /// Everything that is held, in order.
    fn shown(counts: &WordCounts) -> String {
        let words: BTreeMap<_, _> = counts.words.iter().collect();
        let forms: BTreeMap<_, _> = counts.forms.iter().collect();
        let days: Vec<_> = counts.days.iter().map(|(day, of)| (day, of.records, of.words.len())).collect();
        format!("{} {words:?} {forms:?} {days:?}", counts.records)
    }
}
