//! What a story is told for: words and names of its evidence that are said more often than in the days before.
//!
//! A firm or a product that is spoken of every day gathers records that have nothing else in common. What happened to
//! it is told in words that were not there last week.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use crate::write::material::{Material, Member};
use crate::write::quotes::Source;
use crate::write::quotes::text::{content_stems, is_stop, stem, tokens};

/// A word is news if its share of the records is so many times what it was in the days before; more than the second
/// makes no difference.
const TIMES: (f64, f64) = (2.0, 40.0);
/// Records that must have a word before its share says anything.
const SAID_BY: u32 = 3;
/// With fewer records in the days before nothing is known of what is usual.
const KNOWN: u32 = 40;
/// Days that are looked back.
const BACK: u64 = 7;
/// What a name weighs beside a word.
const NAME: f64 = 1.5;
/// With so many records of evidence, what they share is the event; fewer are held against their company.
const TOGETHER: usize = 3;
/// A record must have this share of what the evidence usually has, or of what the three strongest words weigh together.
const OF_EVIDENCE: f64 = 0.5;
const OF_THREE: f64 = 0.35;
/// An event whose strongest words weigh less together is not told apart from what is said every day.
const LEAST: f64 = 1.0;

/// What is news in a story's evidence, each word and name with its weight.
#[derive(Debug, Default)]
pub(super) struct News {
    weights: BTreeMap<Feature, f64>,
    needed: f64,
    /// Things of the event that a record must name.
    least: usize,
    /// Whether enough was read in the days before to know what is usual.
    known: bool,
}

/// A stem, or a name by its norm.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Feature {
    Stem(String),
    Name(String),
}

impl News {
    /// Reads the evidence; what is usual is asked of the corpus, and of the records of the days before.
    pub(super) fn of(sources: &[Source<'_>], evidence: &BTreeSet<usize>, material: &Material<'_>) -> Self {
        let own = || evidence.iter().filter_map(|at| sources.get(*at));
        let last = material.at.date_naive();
        let first = own().map(|s| s.brief.published_at.date_naive()).min().unwrap_or(last);
        let days = Window { week: first.checked_sub_days(Days::new(BACK)).unwrap_or(first), first, last };
        if material.corpus.records(days.week, first) < KNOWN {
            return Self::default();
        }
        let company: Vec<BTreeSet<Feature>> = sources.iter().map(features).collect();
        let mut shared: BTreeMap<Feature, (f64, usize)> = BTreeMap::new();
        let mut named: BTreeMap<String, f64> = BTreeMap::new();
        for source in own() {
            let mut here = BTreeMap::new();
            for (word, stem) in opening_words(source) {
                let weight: &mut f64 = here.entry(Feature::Stem(stem)).or_default();
                if *weight == 0.0 {
                    *weight = days.of_word(&word, material);
                }
            }
            for name in names(&source.member) {
                let known = named.get(&name).copied();
                let weight = known.unwrap_or_else(|| NAME * days.of_name(&name, sources, material));
                named.insert(name.clone(), weight);
                here.insert(Feature::Name(name), weight);
            }
            for (feature, weight) in here.into_iter().filter(|(_, weight)| *weight > 0.0) {
                let entry = shared.entry(feature).or_default();
                *entry = (entry.0.max(weight), entry.1 + 1);
            }
        }
        let all = evidence.len().max(1) as f64;
        let weights = shared
            .into_iter()
            .map(|(feature, (weight, n))| {
                // What one of several says besides is no part of what they have in common.
                let mut share = (n as f64 / all).powi(2);
                if evidence.len() < TOGETHER {
                    let with = company.iter().filter(|f| f.contains(&feature)).count();
                    share *= (with as f64 / company.len().max(1) as f64).sqrt();
                }
                (feature, weight * share)
            })
            .collect();
        // One report names much; what only one thing of it is named in may be about anything.
        let least = if evidence.len() < TOGETHER { 2 } else { 1 };
        let mut event = Self { weights, needed: f64::INFINITY, least, known: true };
        let mut heaviest: Vec<f64> = event.weights.values().copied().collect();
        heaviest.sort_by(|a, b| b.total_cmp(a));
        let three: f64 = heaviest.iter().take(3).sum();
        if three < LEAST {
            return event;
        }
        let mut usual: Vec<f64> =
            evidence.iter().filter_map(|at| company.get(*at)).map(|f| event.weight(f)).collect();
        usual.sort_by(f64::total_cmp);
        let usual = usual.get(usual.len() / 2).copied().unwrap_or(0.0);
        event.needed = if evidence.len() >= TOGETHER { OF_EVIDENCE * usual } else { OF_THREE * three };
        event
    }

    /// Whether a record speaks of the event in its opening.
    pub(super) fn is_told_by(&self, source: &Source<'_>) -> bool {
        let features = features(source);
        !self.known || (self.weight(&features) >= self.needed && self.things(&features) >= self.least)
    }

    /// How many things of the event are named; the words of a name are one with it.
    fn things(&self, features: &BTreeSet<Feature>) -> usize {
        let hits = || features.iter().filter(|f| self.weights.contains_key(f));
        let named: BTreeSet<String> = hits()
            .filter_map(|f| match f {
                Feature::Name(name) => Some(name),
                Feature::Stem(_) => None,
            })
            .flat_map(|name| content_stems(name))
            .collect();
        hits()
            .filter(|f| match f {
                Feature::Name(_) => true,
                Feature::Stem(stem) => !named.contains(stem),
            })
            .count()
    }

    fn weight(&self, features: &BTreeSet<Feature>) -> f64 {
        features.iter().filter_map(|feature| self.weights.get(feature)).sum()
    }

    /// Whether somebody of that name is the news: nothing is known of what is usual, or the name is far from it.
    pub(super) fn is_about(&self, name: &BTreeSet<String>) -> bool {
        !self.known || self.in_words(name) >= LEAST
    }

    /// Whether it is known that a name was said before about as often.
    pub(super) fn is_usual(&self, name: &BTreeSet<String>) -> bool {
        let named = |feature: &Feature| match feature {
            Feature::Name(other) => content_stems(other) == *name,
            Feature::Stem(_) => false,
        };
        let as_name: f64 = self.weights.iter().filter(|(f, _)| named(f)).map(|(_, weight)| weight).sum();
        self.known && self.in_words(name).max(as_name) < LEAST
    }

    /// How much of the event is in a few words.
    pub(super) fn in_words(&self, stems: &BTreeSet<String>) -> f64 {
        stems.iter().filter_map(|stem| self.weights.get(&Feature::Stem(stem.clone()))).sum()
    }
}

/// The days of an event, and those before it.
struct Window {
    week: NaiveDate,
    first: NaiveDate,
    last: NaiveDate,
}

impl Window {
    /// By how much a word is said more than before, as a logarithm; 0 if it is not news.
    fn of_word(&self, word: &str, material: &Material<'_>) -> f64 {
        let corpus = material.corpus;
        let (now, of) = corpus.records_with(word, self.first, self.last.succ_opt().unwrap_or(self.last));
        let (with, all) = corpus.records_with(word, self.week, self.first);
        let share = |with: u32, all: u32| f64::from(with + 1) / f64::from(all + 1);
        weight_of(now, share(now, of) / share(with, all))
    }

    /// The same for a name, by the days: only its records are known, not all of them.
    fn of_name(&self, name: &str, sources: &[Source<'_>], material: &Material<'_>) -> f64 {
        let has = |member: &Member<'_>| member.analysis.entities.iter().any(|e| e.norm == name);
        let (now, early): (Vec<_>, Vec<_>) = sources
            .iter()
            .filter(|s| has(&s.member))
            .partition(|s| s.brief.published_at.date_naive() >= self.first);
        if now.len() < SAID_BY as usize {
            return 0.0;
        }
        let before = early.len() + material.before.iter().filter(|m| has(m)).count();
        let a_day = |n: usize, days: i64| (n as f64 + 1.0) / days.max(1) as f64;
        let now_days = (self.last - self.first).num_days() + 1;
        let times = a_day(now.len(), now_days) / a_day(before, i64::from(material.before_days));
        weight_of(u32::try_from(now.len()).unwrap_or(u32::MAX), times)
    }
}

fn weight_of(now: u32, times: f64) -> f64 {
    if now < SAID_BY || times < TIMES.0 { 0.0 } else { times.min(TIMES.1).ln() }
}

fn features(source: &Source<'_>) -> BTreeSet<Feature> {
    let stems = opening_words(source).into_iter().map(|(_, stem)| Feature::Stem(stem));
    stems.chain(names(&source.member).into_iter().map(Feature::Name)).collect()
}

/// Content words of a record's opening, each with its stem.
fn opening_words(source: &Source<'_>) -> Vec<(String, String)> {
    let words = tokens(source.opening()).into_iter().filter(|token| !is_stop(&token.lower));
    words.map(|token| (token.lower.clone(), stem(&token.lower))).collect()
}

fn names(member: &Member<'_>) -> BTreeSet<String> {
    let entities = member.analysis.entities.iter();
    entities.map(|e| e.norm.clone()).filter(|norm| norm.chars().count() >= 3).collect()
}
