//! Key phrases: what a text is about, in its own words.
//!
//! RAKE (Rose et al. 2010): runs of words between stop words and punctuation are candidates, a word weighs the length of
//! the runs it stands in over its count. Changed in three ways, each because plain RAKE prefers the longest odd run:
//! the sum is divided by the root of the length, a phrase said again counts for more, and so does one from the title.

use super::language::Lang;
use super::span::Span;
use super::words::{ByHash, Word, Words, is_stop, pair};
use std::cmp::Ordering;

/// The longest phrase, in words.
const MAX_WORDS: usize = 4;
/// The most phrases of one text.
const MAX_PHRASES: usize = 5;
/// Words beyond this do not add a subject.
const MAX_READ: usize = 600;
/// What a place in the title is worth.
const TITLE_BONUS: f64 = 1.5;

struct Candidate {
    words: Vec<u64>,
    span: Span,
    count: u32,
    in_title: bool,
}

/// Up to five key phrases of `text`, best first, lower case, at most four words each; fewer than three if the text has
/// no more to say. `words` are those of `text`, `body_start` is where its title ends.
pub fn key_phrases(text: &str, words: &Words, body_start: usize, lang: Lang) -> Vec<String> {
    let runs = runs(text, words, lang);
    let mut degree: ByHash<(f64, f64)> = ByHash::default();
    for run in &runs {
        for word in run {
            let entry = degree.entry(word.hash).or_default();
            entry.0 += run.len() as f64;
            entry.1 += 1.0;
        }
    }
    let candidates = candidates(&runs, body_start);
    let mut scored: Vec<(f64, &Candidate)> = candidates
        .iter()
        .map(|candidate| {
            let sum: f64 =
                candidate.words.iter().filter_map(|word| degree.get(word)).map(|(deg, n)| deg / n).sum();
            let length = candidate.words.len() as f64;
            let repeats = 1.0 + f64::from(candidate.count).ln();
            let title = if candidate.in_title { TITLE_BONUS } else { 1.0 };
            (sum / length.sqrt() * repeats * title, candidate)
        })
        .collect();
    scored.sort_by(|(a, first), (b, second)| {
        b.partial_cmp(a).unwrap_or(Ordering::Equal).then(first.span.cmp(&second.span))
    });
    let mut chosen: Vec<&Candidate> = Vec::new();
    for (_, candidate) in scored {
        if chosen.len() == MAX_PHRASES {
            break;
        }
        // A phrase that shares half its words with a better one says the same.
        let shares = |other: &&Candidate| {
            let common = candidate.words.iter().filter(|word| other.words.contains(word)).count();
            common * 2 >= candidate.words.len().min(other.words.len())
        };
        if !chosen.iter().any(shares) {
            chosen.push(candidate);
        }
    }
    chosen.into_iter().map(|candidate| folded(candidate.span.of(text))).collect()
}

fn folded(phrase: &str) -> String {
    phrase.replace('’', "'").to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Maximal runs of content words with nothing but spaces and hyphens between them.
fn runs<'a>(text: &str, words: &'a Words, lang: Lang) -> Vec<Vec<Word<'a>>> {
    let mut runs: Vec<Vec<Word<'a>>> = Vec::new();
    let mut run: Vec<Word<'a>> = Vec::new();
    for word in words.iter().take(MAX_READ) {
        let glued = run.last().is_some_and(|last| {
            let gap = Span::new(last.span.end, word.span.start).of(text);
            matches!(gap, " " | "-" | "‑" | "’" | "'" | "+" | "/")
        });
        if !glued {
            runs.extend((!run.is_empty()).then(|| std::mem::take(&mut run)));
        }
        if is_content(word, lang) {
            run.push(word);
        } else {
            runs.extend((!run.is_empty()).then(|| std::mem::take(&mut run)));
        }
    }
    runs.extend((!run.is_empty()).then_some(run));
    runs
}

fn is_content(word: Word<'_>, lang: Lang) -> bool {
    // Without a stop list the shortest words stand in for it.
    let listed = ["en", "de", "es", "fr"].contains(&lang.as_str());
    let long_enough = word.text.chars().count() >= if listed { 2 } else { 4 };
    let figure = word.text.bytes().all(|byte| byte.is_ascii_digit() || b".,".contains(&byte));
    (long_enough || figure) && !is_stop(lang, word.hash)
}

fn candidates(runs: &[Vec<Word<'_>>], body_start: usize) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    let mut known: ByHash<usize> = ByHash::default();
    for run in runs {
        // A long run is cut from its end, where English and German put the head noun.
        for words in run.rchunks(MAX_WORDS) {
            let (Some(first), Some(last)) = (words.first(), words.last()) else { continue };
            let letters = words.iter().any(|word| {
                word.text.bytes().filter(u8::is_ascii_alphabetic).count() > 1 || !word.text.is_ascii()
            });
            if !letters {
                continue;
            }
            let key = words.iter().fold(0, |key, word| pair(key, word.hash));
            if let Some(candidate) = known.get(&key).and_then(|at| found.get_mut(*at)) {
                candidate.count += 1;
                continue;
            }
            known.insert(key, found.len());
            found.push(Candidate {
                words: words.iter().map(|word| word.hash).collect(),
                span: Span::new(first.span.start, last.span.end),
                count: 1,
                in_title: first.span.start < body_start,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases(title: &str, body: &str, lang: Lang) -> Vec<String> {
        let text = format!("{title}\n{body}");
        key_phrases(&text, &Words::of(&text), title.len() + 1, lang)
    }

    #[test]
    fn the_subject_comes_first() {
        let found = phrases(
            "Night trains return to the coast line",
            "The coast line was closed for years. Night trains will run again, says the rail operator. Tickets are cheap.",
            Lang::EN,
        );
        assert_eq!(found.get(..2), Some(&["coast line".to_owned(), "night trains return".to_owned()][..]));
        assert!((3..=5).contains(&found.len()));
        assert!(found.iter().all(|phrase| phrase.split(' ').count() <= 4));
    }

    #[test]
    fn stop_words_and_punctuation_part_phrases_in_german_too() {
        let found =
            phrases("Neue Fähre", "Die neue Fähre kommt, und der Hafen freut sich über die Linie.", Lang::DE);
        assert!(
            found.contains(&"neue fähre".to_owned()) || found.contains(&"neue fähre kommt".to_owned()),
            "{found:?}"
        );
    }

    #[test]
    fn nothing_but_figures_and_stop_words_has_no_phrase() {
        assert!(phrases("", "it is 3.5 of 10", Lang::EN).is_empty());
    }

    #[test]
    fn the_same_text_gives_the_same_list() {
        let text = "alpha beta. gamma delta. epsilon zeta. eta theta. iota kappa. lambda mu.";
        assert_eq!(
            phrases("", text, Lang::EN),
            ["alpha beta", "gamma delta", "epsilon zeta", "eta theta", "iota kappa"]
        );
    }
}
