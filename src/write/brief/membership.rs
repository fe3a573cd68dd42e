//! Who belongs: the story's words in the title or three times in the text, and near enough to the middle.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::RecordId;
use crate::write::material::Corpus;
use crate::write::quotes::terms::BELONGING;
use crate::write::quotes::text::{content_stems, is_stop, stem, tokens, words};
use crate::write::quotes::{Source, StoryTerms};

/// How often a story word must stand in a text that has none in its title.
const IN_TEXT: usize = 3;
/// Only the beginning of a long text says what it is about.
const HEAD_WORDS: usize = 400;

/// Drops candidates that do not belong; what is settled (evidence, members of the version before) always stays.
pub(super) fn keep_members(
    sources: &mut Vec<Source<'_>>,
    settled: &BTreeSet<&RecordId>,
    corpus: &dyn Corpus,
    share: f64,
) {
    let at: BTreeSet<usize> =
        sources.iter().enumerate().filter(|(_, s)| settled.contains(&s.brief.id)).map(|(i, _)| i).collect();
    let terms = StoryTerms::of(sources, &at, corpus, BELONGING);
    let central = centrality(sources, corpus);
    let mut sorted = central.clone();
    sorted.sort_by(f64::total_cmp);
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
    let mut kept = central.iter();
    sources.retain(|source| {
        let central = kept.next().copied().unwrap_or(0.0);
        settled.contains(&source.brief.id) || (on_subject(source, &terms) && central >= share * median)
    });
}

fn on_subject(source: &Source<'_>, terms: &StoryTerms) -> bool {
    let head = content_stems(source.head());
    if terms.stems().any(|t| head.contains(t)) {
        return true;
    }
    words(source.text).iter().filter(|w| !is_stop(w) && terms.has(&stem(w))).count() >= IN_TEXT
}

/// Cosine of each source's TF-IDF vector to the mean vector.
fn centrality(sources: &[Source<'_>], corpus: &dyn Corpus) -> Vec<f64> {
    let vectors: Vec<BTreeMap<String, f64>> = sources
        .iter()
        .map(|source| {
            let mut vector: BTreeMap<String, f64> = BTreeMap::new();
            for token in tokens(source.text).into_iter().take(HEAD_WORDS).filter(|t| !is_stop(&t.lower)) {
                *vector.entry(stem(&token.lower)).or_default() += corpus.idf(&token.lower).min(8.0);
            }
            // Sub-linear in the frequency: a word said ten times is not ten times the subject.
            for value in vector.values_mut() {
                *value = value.ln_1p();
            }
            let norm = vector.values().map(|v| v * v).sum::<f64>().sqrt().max(f64::EPSILON);
            for value in vector.values_mut() {
                *value /= norm;
            }
            vector
        })
        .collect();
    let mut middle: BTreeMap<&str, f64> = BTreeMap::new();
    for vector in &vectors {
        for (stem, value) in vector {
            *middle.entry(stem).or_default() += value;
        }
    }
    let norm = middle.values().map(|v| v * v).sum::<f64>().sqrt().max(f64::EPSILON);
    vectors
        .iter()
        .map(|v| {
            v.iter().map(|(s, x)| x * middle.get(s.as_str()).copied().unwrap_or(0.0)).sum::<f64>() / norm
        })
        .collect()
}
