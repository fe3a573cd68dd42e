//! What of a text its cluster is found by.

use std::collections::BTreeMap;

use super::super::words::{self, Words};
use super::super::{names, span};
use crate::model::Lang;

/// One term of a record: a stable hash and how much it weighs inside the record (1 for a word, more for a name).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// Stable hash of the folded term.
    pub hash: u64,
    /// Weight inside the record, before idf.
    pub weight: f32,
}

/// How much more than a plain word a name counts.
pub const NAME_WEIGHT: f32 = 1.2;

/// Gathers the terms of a record: words and names with their weights, repeats damped (1 + ln n).
#[derive(Clone, Debug, Default)]
pub struct Terms(BTreeMap<u64, (u32, f32)>);

impl Terms {
    /// No term yet.
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds a word (or stem, or bigram) by its hash.
    pub fn word(&mut self, hash: u64) -> &mut Self {
        self.add(hash, 1.0)
    }
    /// Adds a name by its hash.
    pub fn name(&mut self, hash: u64) -> &mut Self {
        self.add(hash, NAME_WEIGHT)
    }
    /// Adds a term with a weight of its own; of several weights for one hash the largest holds.
    pub fn add(&mut self, hash: u64, weight: f32) -> &mut Self {
        let entry = self.0.entry(hash).or_insert((0, 0.0));
        entry.0 += 1;
        entry.1 = entry.1.max(weight);
        self
    }
    /// The terms, by hash.
    pub fn build(&self) -> Vec<Term> {
        self.0
            .iter()
            .map(|(hash, (n, weight))| Term { hash: *hash, weight: damped(*n as usize, *weight) })
            .collect()
    }
}

/// Bytes of a text that its cluster is found by: what a record is about stands at its beginning.
const CLUSTER_HEAD: usize = 800;
/// From this many hashtags on they are a list that goes under everything an account says.
const TAG_LIST: usize = 3;

/// Reads the terms of texts; it remembers stems, so keep one for many texts.
#[derive(Debug, Default)]
pub struct TermReader(BTreeMap<Lang, words::Stems>);

impl TermReader {
    /// The terms of a stored text that clusters are found by: word stems and names of its beginning.
    ///
    /// A text too short for its language to be told is stemmed as English: left alone, its words would meet nothing.
    /// Names in a headline where every word has a capital are no names, and hashtags in a list say nothing.
    pub fn terms_of(&mut self, text: &str, lang: Lang) -> Vec<Term> {
        self.terms_with(text, &Words::of(span::head(text, CLUSTER_HEAD)), lang)
    }

    /// The same where the words of `text` (at least those of its beginning) are at hand.
    pub fn terms_with(&mut self, text: &str, words: &Words, lang: Lang) -> Vec<Term> {
        let head = span::head(text, CLUSTER_HEAD);
        let lang = if lang == Lang::UND { Lang::EN } else { lang };
        let stems = self.0.entry(lang).or_insert_with(|| words::Stems::new(lang));
        // Up to the last white space words are the same whatever follows; what is cut in two is read again.
        let same = if head.len() == text.len() {
            head.len()
        } else {
            head.bytes().rposition(|byte| byte.is_ascii_whitespace()).unwrap_or(0)
        };
        let last = Words::of(head.get(same..).unwrap_or_default());
        let words = words.iter().take_while(|word| word.span.end <= same);
        let words = words.chain(last.iter().map(|word| word.moved(same)));
        let is_tag = |start: usize| start > 0 && head.as_bytes().get(start - 1) == Some(&b'#');
        let tag_list = words.clone().filter(|word| is_tag(word.span.start)).count() >= TAG_LIST;
        let mut found: Vec<(u64, f32)> = Vec::with_capacity(head.len() / 5);
        for word in words {
            let listed = tag_list && is_tag(word.span.start);
            if !listed && !words::is_stop(lang, word.hash) {
                found.push((stems.stem_hash(word), 1.0));
            }
        }
        names::each_certain_anchor(head, |span, hash| {
            if !(tag_list && is_tag(span.start)) {
                found.push((hash, NAME_WEIGHT));
            }
        });
        gathered(found)
    }
}

/// One term for each hash: repeats damped, the largest weight holds.
fn gathered(mut found: Vec<(u64, f32)>) -> Vec<Term> {
    found.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
    found
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|same| {
            let (hash, weight) = *same.first()?;
            Some(Term { hash, weight: damped(same.len(), weight) })
        })
        .collect()
}

fn damped(n: usize, weight: f32) -> f32 {
    if n > 1 { weight * (1.0 + (n as f32).ln()) } else { weight }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_whole_text_give_the_terms_of_its_beginning() {
        // The cut falls at every place of `e.g` and of `don’t`, whose parts are other words.
        let tail = "e.g trams don’t sail, 3.5 km of Harbour Lines and #piers";
        for room in 0..tail.len() + 2 {
            let filler = "ferry ".repeat((CLUSTER_HEAD - room) / 6) + &"x".repeat((CLUSTER_HEAD - room) % 6);
            let text = format!("{filler} {tail} and so on");
            let mut reader = TermReader::default();
            let terms = reader.terms_of(&text, Lang::EN);
            assert_eq!(reader.terms_with(&text, &Words::of(&text), Lang::EN), terms, "{room}");
        }
    }

    #[test]
    fn repeats_are_damped_and_the_largest_weight_holds() {
        let terms = gathered(vec![(2, 1.0), (1, 1.0), (2, NAME_WEIGHT), (2, 1.0)]);
        let expected =
            [Term { hash: 1, weight: 1.0 }, Term { hash: 2, weight: NAME_WEIGHT * (1.0 + 3.0_f32.ln()) }];
        assert_eq!(terms, expected);
    }
}
