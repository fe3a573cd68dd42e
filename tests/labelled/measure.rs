//! Figures from labels and answers. Knows neither the files nor how answers are made.

use std::collections::{BTreeMap, BTreeSet};

use newsdesk::analyze::sentiment::NEUTRAL_BAND as BAND;

/// What the product says about one record.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) lang: String,
    pub(super) sentiment: Option<f64>,
    pub(super) register: String,
    /// Surface and type.
    pub(super) entities: Vec<(String, String)>,
    pub(super) phrases: Vec<String>,
}

/// What both readings agreed on about one record: surfaces or phrases with their label, possibly none.
pub(super) type Spans = BTreeMap<String, Vec<(String, String)>>;
/// One label a record.
pub(super) type Labels = BTreeMap<String, String>;
pub(super) type Answers = BTreeMap<String, Answer>;

/// The development half: records whose id begins with an even hex digit. The other half is only reported.
pub(super) fn is_development(record: &str) -> bool {
    record
        .bytes()
        .next()
        .is_some_and(|byte| matches!(byte, b'0' | b'2' | b'4' | b'6' | b'8' | b'a' | b'c' | b'e'))
}

/// Precision, recall and their harmonic mean, from counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Found {
    pub(super) hits: usize,
    pub(super) said: usize,
    pub(super) gold: usize,
}

impl Found {
    pub(super) fn precision(self) -> f64 {
        share(self.hits, self.said)
    }

    pub(super) fn recall(self) -> f64 {
        share(self.hits, self.gold)
    }

    pub(super) fn f1(self) -> f64 {
        share(2 * self.hits, self.said + self.gold)
    }
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (p, r) = (self.precision(), self.recall());
        write!(
            f,
            "precision {p:.3} recall {r:.3} F1 {:.3} ({} of {} said, {} to find)",
            self.f1(),
            self.hits,
            self.said,
            self.gold
        )
    }
}

pub(super) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Names by their letters and figures: case, spaces and hyphens do not make another name.
fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Names found, whatever their type; with the right type; and by type.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) spans: Found,
    pub(super) typed: Found,
    pub(super) kinds: BTreeMap<String, Found>,
}

/// Compares names. A name whose type the readings did not agree on (`any`) counts for finding, not for typing.
pub(super) fn names(gold: &Spans, answers: &Answers) -> Names {
    let mut result = Names::default();
    for (record, labels) in gold {
        let wanted: BTreeMap<String, &str> =
            labels.iter().map(|(name, kind)| (folded(name), kind.as_str())).collect();
        let answer = answers.get(record).map(|answer| answer.entities.as_slice()).unwrap_or_default();
        let said: BTreeMap<String, &str> =
            answer.iter().map(|(name, kind)| (folded(name), kind.as_str())).collect();
        result.spans.gold += wanted.len();
        result.spans.said += said.len();
        for (name, kind) in &said {
            let label = wanted.get(name).copied();
            result.spans.hits += usize::from(label.is_some());
            if label == Some("any") {
                continue;
            }
            let right = usize::from(label == Some(*kind));
            let of_kind = result.kinds.entry((*kind).to_owned()).or_default();
            for found in [&mut result.typed, of_kind] {
                found.said += 1;
                found.hits += right;
            }
        }
        for kind in wanted.values().filter(|kind| **kind != "any") {
            result.typed.gold += 1;
            result.kinds.entry((*kind).to_owned()).or_default().gold += 1;
        }
    }
    result
}

/// Phrases found exactly, and found in part: a phrase that shares half its words with one that is wanted.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    pub(super) exact: Found,
    pub(super) partial: Found,
}

pub(super) fn phrases(gold: &Spans, answers: &Answers) -> Phrases {
    let words = |phrase: &str| -> BTreeSet<String> {
        phrase
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let mut result = Phrases::default();
    for (record, labels) in gold {
        let wanted: BTreeSet<BTreeSet<String>> = labels.iter().map(|(phrase, _)| words(phrase)).collect();
        let answer = answers.get(record).map(|answer| answer.phrases.as_slice()).unwrap_or_default();
        let said: BTreeSet<BTreeSet<String>> = answer.iter().map(|phrase| words(phrase)).collect();
        let near = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
            one.intersection(other).count() * 2 >= one.len().max(other.len())
        };
        let exact = said.intersection(&wanted).count();
        let hit = said.iter().filter(|one| wanted.iter().any(|other| near(one, other))).count();
        let met = wanted.iter().filter(|one| said.iter().any(|other| near(one, other))).count();
        for (found, hits) in [(&mut result.exact, exact), (&mut result.partial, hit.min(met))] {
            found.hits += hits;
            found.said += said.len();
            found.gold += wanted.len();
        }
    }
    result
}

/// How often one label of several was right.
#[derive(Debug, Default)]
pub(super) struct Classes {
    pub(super) n: usize,
    pub(super) right: usize,
    pub(super) kinds: BTreeMap<String, Found>,
}

impl Classes {
    pub(super) fn accuracy(&self) -> f64 {
        share(self.right, self.n)
    }

    /// The mean F1 of the labels that were to be found.
    pub(super) fn macro_f1(&self) -> f64 {
        let wanted: Vec<f64> =
            self.kinds.values().filter(|found| found.gold > 0).map(|found| found.f1()).collect();
        wanted.iter().sum::<f64>() / wanted.len().max(1) as f64
    }

    /// How many labels there were to find.
    pub(super) fn wanted(&self) -> usize {
        self.kinds.values().filter(|found| found.gold > 0).count()
    }

    /// The share of the commonest label: what always saying it would get.
    pub(super) fn majority(&self) -> f64 {
        share(self.kinds.values().map(|found| found.gold).max().unwrap_or(0), self.n)
    }
}

/// Compares one label a record.
pub(super) fn classes<'a>(gold: &Labels, said: impl Fn(&str) -> Option<&'a str>) -> Classes {
    let mut result = Classes::default();
    for (record, label) in gold {
        let said = said(record).unwrap_or_default();
        result.n += 1;
        result.kinds.entry(label.clone()).or_default().gold += 1;
        let of_kind = result.kinds.entry(said.to_owned()).or_default();
        of_kind.said += 1;
        if said == label {
            of_kind.hits += 1;
            result.right += 1;
        }
    }
    result
}

/// The sign of a sentiment in words.
pub(super) fn sign(sentiment: Option<f64>) -> &'static str {
    match sentiment {
        Some(value) if value >= BAND => "positive",
        Some(value) if value <= -BAND => "negative",
        Some(_) => "neutral",
        None => "unmeasured",
    }
}

/// Pearson's correlation of the sentiment with the label as 1, 0, −1, over what was measured.
pub(super) fn correlation(gold: &Labels, answers: &Answers) -> f64 {
    let pairs: Vec<(f64, f64)> = gold
        .iter()
        .filter_map(|(record, label)| {
            let wanted = match label.as_str() {
                "positive" => 1.0,
                "negative" => -1.0,
                _ => 0.0,
            };
            Some((answers.get(record)?.sentiment?, wanted))
        })
        .collect();
    let n = pairs.len().max(1) as f64;
    let (mean_a, mean_b) =
        (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
    let sums = pairs.iter().fold((0.0, 0.0, 0.0), |(ab, aa, bb), (a, b)| {
        let (a, b) = (a - mean_a, b - mean_b);
        (ab + a * b, aa + a * a, bb + b * b)
    });
    if sums.1 * sums.2 > 0.0 { sums.0 / (sums.1 * sums.2).sqrt() } else { 0.0 }
}
