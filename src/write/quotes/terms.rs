//! The story's terms: what its records share and the corpus does not.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Source;
use super::text::{is_stop, stem, words};
use crate::write::material::Corpus;

/// How many terms rank a story's quotes, and how many tell who belongs.
pub(in crate::write) const RANKING: usize = 6;
/// More, because a member may name the matter in fewer words than the evidence.
pub(in crate::write) const BELONGING: usize = 10;
/// What one term can give to a quote at most.
const TERM_CAP: f64 = 0.4;

/// Stems with their weight, the heaviest first.
#[derive(Clone, Debug, Default)]
pub(in crate::write) struct StoryTerms {
    terms: Vec<(String, f64)>,
}

impl StoryTerms {
    /// Terms of a story: share of the records × share of the evidence × how telling the word is.
    pub(in crate::write) fn of(
        all: &[Source<'_>],
        evidence: &BTreeSet<usize>,
        corpus: &dyn Corpus,
        most: usize,
    ) -> Self {
        let mut in_all: BTreeMap<String, f64> = BTreeMap::new();
        let mut in_evidence: BTreeMap<String, f64> = BTreeMap::new();
        let mut idf: BTreeMap<String, f64> = BTreeMap::new();
        // The same words come again and again.
        let mut known: HashMap<String, String> = HashMap::new();
        for (at, source) in all.iter().enumerate() {
            let mut said: BTreeSet<&str> = BTreeSet::new();
            let list = words(source.text);
            for word in list.iter().filter(|word| !is_stop(word)) {
                if !known.contains_key(word) {
                    let stem = stem(word);
                    let value = corpus.idf(word);
                    let best = idf.entry(stem.clone()).or_insert(value);
                    *best = best.min(value);
                    known.insert(word.clone(), stem);
                }
            }
            said.extend(list.iter().filter_map(|word| known.get(word)).map(String::as_str));
            for stem in said.into_iter().map(str::to_owned) {
                if evidence.contains(&at) {
                    *in_evidence.entry(stem.clone()).or_default() += 1.0;
                }
                *in_all.entry(stem).or_default() += 1.0;
            }
        }
        let (n, m) = (all.len().max(1) as f64, evidence.len().max(1) as f64);
        let mut terms: Vec<(String, f64)> = in_all
            .iter()
            .filter(|(stem, count)| (**count >= 2.0 || n < 3.0) && stem.chars().any(char::is_alphabetic))
            .map(|(stem, count)| {
                let shared = count / n + 0.5 * in_evidence.get(stem).copied().unwrap_or(0.0) / m;
                (stem.clone(), shared * idf.get(stem).copied().unwrap_or(0.0).min(7.0))
            })
            .collect();
        terms.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        terms.truncate(most);
        let top = terms.first().map_or(1.0, |t| t.1).max(f64::EPSILON);
        for term in &mut terms {
            term.1 /= top;
        }
        Self { terms }
    }

    /// How many of them are among `stems`.
    pub(in crate::write) fn hits(&self, stems: &BTreeSet<String>) -> usize {
        self.terms.iter().filter(|t| stems.contains(&t.0)).count()
    }

    /// What they give to a quote with `stems`, at most 2.4.
    pub(in crate::write) fn weight(&self, stems: &BTreeSet<String>) -> f64 {
        self.terms
            .iter()
            .filter(|t| stems.contains(&t.0))
            .map(|t| (TERM_CAP * (0.5 + t.1)).min(TERM_CAP))
            .sum()
    }

    /// Whether a stem is one of them.
    pub(in crate::write) fn has(&self, stem: &str) -> bool {
        self.terms.iter().any(|t| t.0 == stem)
    }

    /// The stems, heaviest first.
    pub(in crate::write) fn stems(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(|t| t.0.as_str())
    }
}
