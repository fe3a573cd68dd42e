//! Phrases of folded texts, and how telling they are of one set of texts against another.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::analyze::words::{hash, is_stop};
use crate::model::Lang;

/// The longest phrase, in words.
const MAX_WORDS: usize = 3;
/// A single word is at least this long.
const MIN_LETTERS: usize = 3;
/// Phrases that are counted in all records: the most frequent ones.
const COUNTED: usize = 3_000;

/// The phrases of a folded text, each once: one to three words that neither begin nor end with a word that says nothing.
pub(super) fn phrases(folded: &str) -> BTreeSet<String> {
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    let mut found = BTreeSet::new();
    for at in 0..words.len() {
        for n in 1..=MAX_WORDS {
            let Some(run) = words.get(at..at + n) else { break };
            let (Some(first), Some(last)) = (run.first(), run.last()) else { break };
            if says_nothing(first) {
                break;
            }
            if !says_nothing(last) && (n > 1 || first.chars().count() >= MIN_LETTERS) {
                found.insert(run.join(" "));
            }
        }
    }
    found
}

fn says_nothing(word: &str) -> bool {
    let listed = [Lang::EN, Lang::DE, Lang::ES, Lang::FR].into_iter().any(|lang| is_stop(lang, hash(word)));
    // Remains of addresses and bare numbers are in every subject.
    listed
        || word.chars().all(|c| c.is_ascii_digit() || c == '.')
        || matches!(word, "http" | "https" | "www" | "amp")
}

/// In which of the texts given each phrase stands that at least `least` of those of `among` have.
pub(super) fn where_they_stand(
    heads: &[&str],
    among: &[usize],
    least: usize,
) -> BTreeMap<String, BTreeSet<usize>> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for at in among {
        for phrase in heads.get(*at).map(|head| phrases(head)).unwrap_or_default() {
            *counts.entry(phrase).or_default() += 1;
        }
    }
    let mut frequent: Vec<(String, usize)> = counts.into_iter().filter(|(_, n)| *n >= least).collect();
    frequent.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    frequent.truncate(COUNTED);
    let needles: Vec<String> = frequent.iter().map(|(phrase, _)| format!(" {phrase} ")).collect();
    let mut stands: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let Ok(automaton) = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&needles) else {
        return stands;
    };
    for (at, head) in heads.iter().enumerate() {
        for hit in automaton.find_overlapping_iter(head) {
            if let Some((phrase, _)) = frequent.get(hit.pattern().as_usize()) {
                stands.entry(phrase.clone()).or_default().insert(at);
            }
        }
    }
    stands
}

/// The log odds ratio of having a phrase in one set against another, in standard deviations. `(with, all)` of each.
pub(super) fn weight(inside: (usize, usize), outside: (usize, usize)) -> f64 {
    let odds = |(with, all): (usize, usize)| {
        let (yes, no) = (with as f64 + 0.5, all.saturating_sub(with) as f64 + 0.5);
        ((yes / no).ln(), 1.0 / yes + 1.0 / no)
    };
    let ((in_log, in_var), (out_log, out_var)) = (odds(inside), odds(outside));
    (in_log - out_log) / (in_var + out_var).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_have_words_that_say_something_at_both_ends() {
        let found = phrases(" the night of the sleeper train 42 ");
        assert!(found.contains("sleeper train") && found.contains("night") && found.contains("train"));
        assert!(!found.iter().any(|p| p.starts_with("the") || p.ends_with("of") || p.ends_with("42")));
        assert!(!found.contains("night of the"));
    }

    #[test]
    fn neighbouring_phrases_are_both_found() {
        let heads = [" ferry strike ferry strike ", " ferry strike ", " strike "];
        let stands = where_they_stand(&heads, &[0, 1], 2);
        assert_eq!(stands["ferry strike"], BTreeSet::from([0, 1]));
        assert_eq!(stands["strike"], BTreeSet::from([0, 1, 2]));
    }

    #[test]
    fn the_weight_grows_with_evidence() {
        assert!(weight((10, 20), (1, 1000)) > weight((5, 20), (1, 1000)));
        // Nearly the same shares: smoothing leaves little.
        assert!(weight((5, 20), (250, 1000)).abs() < 0.2);
        assert!(weight((1, 20), (500, 1000)) < 0.0);
    }
}
