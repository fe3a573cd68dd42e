//! What a story is about: a name or a phrase around a name, as written in the evidence and shared by most members.

use std::collections::{BTreeMap, BTreeSet};

use super::news::News;
use crate::model::{EntityKind, mentions};
use crate::write::material::{Corpus, Material};
use crate::write::quotes::text::{Token, content_stems, has_stems, is_stop, is_verb, stem, tokens, words};
use crate::write::quotes::{Source, StoryTerms, lexicon_en};

/// A label is at most this many words and characters.
const WORDS: usize = 5;
const CHARACTERS: usize = 40;
/// Content words of a label must stand together in this share of the members.
const SHARED_BY: f64 = 0.5;
/// A single word more common than this (one record in about 50) does not say what a story is about.
const TELLING: f64 = 3.0;

struct Candidate {
    text: String,
    name: bool,
    authors: BTreeSet<String>,
    in_evidence: bool,
}

/// The label of a story; `None` if its records share nothing.
pub(super) fn label(
    sources: &[Source<'_>],
    evidence: &BTreeSet<usize>,
    terms: &StoryTerms,
    news: &News,
    material: &Material<'_>,
) -> Option<String> {
    let nouns = nouns(sources);
    let mut found: BTreeMap<String, Candidate> = BTreeMap::new();
    for (at, source) in sources.iter().enumerate() {
        for text in phrases_of(source, material.corpus, &nouns, terms) {
            let key = text.0.to_lowercase();
            let entry = found.entry(key).or_insert_with(|| Candidate {
                text: text.0.clone(),
                name: text.1,
                authors: BTreeSet::new(),
                in_evidence: false,
            });
            entry.authors.insert(source.member.record.author_key.to_string());
            if evidence.contains(&at) && !entry.in_evidence {
                entry.in_evidence = true;
                entry.text = text.0; // as written in the evidence
                entry.name = text.1;
            }
        }
    }
    let stems: Vec<BTreeSet<String>> = sources.iter().map(|s| content_stems(s.text)).collect();
    let least = if sources.len() < 12 { 2 } else { 3 };
    let persons: BTreeSet<&String> = sources
        .iter()
        .flat_map(|s| &s.member.analysis.entities)
        .filter(|e| e.kind == EntityKind::Person)
        .map(|e| &e.surface)
        .collect();
    // Where something happened is not what happened.
    let places: BTreeSet<&String> = sources
        .iter()
        .flat_map(|s| &s.member.analysis.entities)
        .filter(|e| e.kind == EntityKind::State)
        .map(|e| &e.surface)
        .collect();
    // Nor is who reported it, or what another story is about.
    let outlets: Vec<String> =
        sources.iter().filter(|s| s.is_press()).map(|s| s.brief.speaker.to_lowercase()).collect();
    let other = material.other_label.map(content_stems);
    let is_taken = |text: &str| {
        let lower = text.to_lowercase();
        outlets.iter().any(|outlet| outlet.split_whitespace().any(|w| w == lower) || *outlet == lower)
            || other.as_ref().is_some_and(|other| {
                let own = content_stems(text);
                own.is_subset(other) || other.is_subset(&own)
            })
    };
    let rate = |candidate: &Candidate| -> (f64, f64) {
        let own = content_stems(&candidate.text);
        let shared = stems.iter().filter(|s| own.is_subset(s)).count() as f64 / stems.len().max(1) as f64;
        let telling: f64 = words(&candidate.text)
            .iter()
            .filter(|w| !is_stop(w))
            .map(|w| material.corpus.idf(w).min(7.0))
            .sum();
        let said = candidate.authors.len() as f64;
        (
            shared,
            shared
                * shared
                * telling.sqrt()
                * (1.0 + 0.15 * said.ln())
                * if candidate.name { 1.15 } else { 1.0 },
        )
    };
    let mut ranked: Vec<((bool, bool), f64, &Candidate)> = found
        .values()
        .filter(|c| c.in_evidence && (c.authors.len() >= least || evidence.len() == 1))
        .filter(|c| !is_taken(&c.text))
        .filter(|c| !places.iter().any(|place| place.contains(&c.text)))
        // Much is said around a person every day; what happened has another name, unless it is the person's own news.
        .filter(|c| {
            let first_name =
                |person: &&String| person.split_once(' ').is_some_and(|(first, _)| first == c.text);
            !(persons.contains(&c.text) || persons.iter().copied().any(|p| first_name(&p)))
                || (evidence.len() > 2 && news.is_about(&content_stems(&c.text)))
        })
        .map(|c| {
            let (shared, value) = rate(c);
            // A firm of which something is told every day is not what happened.
            let new = news.in_words(&content_stems(&c.text));
            ((shared >= SHARED_BY && new > 0.0, shared >= SHARED_BY), value * (1.0 + new), c)
        })
        .collect();
    ranked.sort_by(|a, b| {
        b.0.cmp(&a.0).then_with(|| b.1.total_cmp(&a.1)).then_with(|| a.2.text.cmp(&b.2.text))
    });
    ranked.first().map(|r| r.2.text.clone()).or_else(|| plain_word(sources, evidence, terms))
}

/// What happens is no name of what it happens to: “coming”, “released”.
fn is_action(lower: &str) -> bool {
    is_verb(lower) || lower.ends_with("ing")
}

/// Without any name: the heaviest story word as the evidence writes it.
fn plain_word(sources: &[Source<'_>], evidence: &BTreeSet<usize>, terms: &StoryTerms) -> Option<String> {
    terms.stems().find_map(|term| {
        evidence.iter().filter_map(|at| sources.get(*at)).find_map(|source| {
            tokens(source.text)
                .into_iter()
                .find(|t| t.lower.chars().count() > 3 && stem(&t.lower) == term && !is_action(&t.lower))
                .map(|t| t.surface.to_owned())
        })
    })
}

/// Words that stand after a determiner or preposition somewhere in at least two records: they can be nouns.
fn nouns(sources: &[Source<'_>]) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for source in sources {
        let list = words(source.text);
        let mine: BTreeSet<&String> = list
            .windows(2)
            .filter_map(|w| match w {
                [a, b] if lexicon_en::BEFORE_NOUN.contains(&a.as_str()) => Some(b),
                _ => None,
            })
            .collect();
        for word in mine {
            *seen.entry(word.clone()).or_default() += 1;
        }
    }
    seen.into_iter().filter(|(_, n)| *n >= 2).map(|(word, _)| word).collect()
}

/// Whether a token is a name: usually capitalised inside sentences, or with a digit or inner capital.
fn is_name(token: &Token<'_>, corpus: &dyn Corpus) -> bool {
    let inner = token.surface.chars().skip(1).any(char::is_uppercase)
        && !token.surface.chars().all(|c| !c.is_lowercase());
    let digit = token.surface.chars().any(char::is_numeric) && token.surface.chars().any(char::is_alphabetic);
    if inner || digit {
        return true;
    }
    if !token.surface.starts_with(char::is_uppercase) || is_stop(&token.lower) {
        return false;
    }
    match corpus.mid_sentence_case(&token.lower) {
        Some(form) => form.starts_with(char::is_uppercase),
        None => true,
    }
}

/// Candidate phrases of one record, from its head and its typed names; `true` marks a pure name.
fn phrases_of(
    source: &Source<'_>,
    corpus: &dyn Corpus,
    nouns: &BTreeSet<String>,
    terms: &StoryTerms,
) -> BTreeSet<(String, bool)> {
    let mut found = BTreeSet::new();
    for entity in &source.member.analysis.entities {
        if fits(&entity.surface)
            && source.text.contains(&entity.surface)
            && is_telling(&entity.surface, corpus)
        {
            found.insert((entity.surface.clone(), true));
        }
    }
    let body: String = source.text.get(source.brief.body_start..).unwrap_or("").chars().take(400).collect();
    for part in [source.head(), body.as_str()] {
        let all = tokens(part);
        for start in 0..all.len() {
            for length in 1..=WORDS {
                let Some(run) = all.get(start..start + length) else { break };
                let (Some(first), Some(last)) = (run.first(), run.last()) else { break };
                let Some(text) = part.get(first.start..last.end) else { break };
                if let Some(name) = shape(run, text, corpus, nouns, terms)
                    && fits(text)
                {
                    found.insert((text.to_owned(), name));
                }
            }
        }
    }
    found
}

fn fits(text: &str) -> bool {
    text.chars().count() <= CHARACTERS
        && text.chars().count() >= 3
        && !text
            .contains(['\n', ',', ';', ':', '!', '?', '"', '“', '”', '(', ')', '/', '@', '#', '—', '–', '|'])
        && !text.contains(". ")
        && !text.contains("’s ")
        && !text.contains("'s ")
        && !text.contains("..")
        && !text.ends_with("’s")
        && !text.ends_with("'s")
}

fn is_telling(text: &str, corpus: &dyn Corpus) -> bool {
    words(text).iter().any(|w| corpus.idf(w) >= TELLING)
}

/// Whether a run of words is a name (`Some(true)`), or a noun phrase around one (`Some(false)`).
fn shape(
    run: &[Token<'_>],
    text: &str,
    corpus: &dyn Corpus,
    nouns: &BTreeSet<String>,
    terms: &StoryTerms,
) -> Option<bool> {
    const INSIDE: &[&str] = &["of", "in", "on", "for", "the", "and", "at"];
    let names: Vec<bool> = run.iter().map(|t| is_name(t, corpus)).collect();
    let noun = |t: &Token<'_>| {
        nouns.contains(&t.lower)
            && !is_stop(&t.lower)
            && !t.lower.ends_with("ing")
            && !lexicon_en::VERB.contains(&t.lower.as_str())
            && t.lower.chars().all(char::is_alphabetic)
            && terms.has(&stem(&t.lower))
    };
    let (first, last) = (run.first()?, run.last()?);
    if !names.iter().any(|n| *n) || !is_telling(text, corpus) {
        return None;
    }
    if names.iter().all(|n| *n) {
        return Some(true);
    }
    let edge = |t: &Token<'_>, name: bool| name || noun(t);
    let inside =
        run.iter().zip(&names).all(|(t, name)| *name || INSIDE.contains(&t.lower.as_str()) || noun(t));
    let sound = inside
        && edge(first, names.first().copied().unwrap_or(false))
        && edge(last, names.last().copied().unwrap_or(false));
    // “ads in ChatGPT”, “ChatGPT ads”, “the Coastline Night Train” without its article.
    sound.then_some(false)
}

/// Whether a text is about the label: as it is written, or with all its content words.
pub(crate) fn mentions_label(text: &str, label: &str) -> bool {
    Subject::of(label).is_told_in(text)
}

/// A label that is looked for in many texts.
pub(super) struct Subject<'l> {
    label: &'l str,
    stems: BTreeSet<String>,
}

impl<'l> Subject<'l> {
    pub(super) fn of(label: &'l str) -> Self {
        Self { label, stems: content_stems(label) }
    }

    /// Whether a text is about it: it has the label as it is written, or all its content words.
    pub(super) fn is_told_in(&self, text: &str) -> bool {
        mentions(text, self.label) || self.stems.len() >= 2 && has_stems(text, &self.stems)
    }
}
