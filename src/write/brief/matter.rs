//! What a story's records have in common besides its name: a firm, a person or a product that is in the news for two
//! reasons gathers records of both.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::EntityKind;
use crate::write::material::Corpus;
use crate::write::quotes::Source;
use crate::write::quotes::text::{content_stems, is_stop, stem, tokens, words};

/// A word more common than this (one record in about 20) tells no matter from another; where little was read a story is
/// a large part of it, and this share of what a word never read would have is enough.
const TELLING: f64 = 3.0;
const OF_UNREAD: f64 = 0.3;
/// Authors that must have a word, at least.
const AUTHORS: usize = 2;
/// Words kept.
const WORDS: usize = 16;
/// So much of a body stands below its title, in characters.
const BEGINNING: usize = 220;
/// Words that a record of the matter has.
const HITS: usize = 2;
/// In the head of what a story is led by, one word is enough if it is so rare; at a small desk, this share of what a word
/// never read would have.
const RARE: f64 = 4.5;
const RARE_OF_UNREAD: f64 = 0.6;
/// A matter of so many words has more of them in the head of what it is about.
const RICH: usize = 8;
/// One is enough in so few words.
const SHORT: usize = 8;
/// Share of the records that must be of one matter.
const OF_ONE: f64 = 0.5;

/// Whether a name is a person's, an organisation's or a place's.
pub(super) fn is_somebody(kind: EntityKind) -> bool {
    match kind {
        EntityKind::Person | EntityKind::Organization | EntityKind::State | EntityKind::Government => true,
        EntityKind::Product | EntityKind::Technology | EntityKind::Legislation | EntityKind::Concept => false,
    }
}

/// Stems of words that tell one matter from another.
pub(super) fn telling(text: &str, corpus: &dyn Corpus) -> BTreeSet<String> {
    let from = TELLING.min(OF_UNREAD * corpus.idf("\u{fffd}"));
    let told = tokens(text).into_iter().filter(|t| !is_stop(&t.lower) && corpus.idf(&t.lower) >= from);
    told.map(|t| stem(&t.lower)).collect()
}

/// How widely the words of a matter are shared among the authors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shared {
    /// By some: a long story has many sides.
    BySome,
    /// By many: what all of it is about.
    ByMany,
}

impl Shared {
    fn by(self) -> f64 {
        match self {
            Self::BySome => 0.12,
            Self::ByMany => 0.3,
        }
    }
}

/// When something was said is no part of what.
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// How many of some stems are of a matter; “inspector” and “inspect” are one.
fn hits(said: &BTreeSet<String>, matter: &BTreeSet<String>) -> usize {
    const ALIKE: usize = 6;
    let one = |a: &str, b: &str| {
        let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
        a == b || short.chars().count() >= ALIKE && long.starts_with(short)
    };
    said.iter().filter(|stem| matter.iter().any(|other| one(stem, other))).count()
}

/// Words of a matter, without those of its name and of anybody's.
#[derive(Debug, Default)]
pub(super) struct Matter {
    stems: BTreeSet<String>,
    /// Those of them that are no names.
    plain: BTreeSet<String>,
    /// Those of these that are said of little else.
    rare: BTreeSet<String>,
    label: BTreeSet<String>,
}

impl Matter {
    /// What these records share in their openings.
    pub(super) fn of<'s, 'a: 's>(
        sources: impl Iterator<Item = &'s Source<'a>> + Clone,
        label: &str,
        corpus: &dyn Corpus,
        shared: Shared,
    ) -> Self {
        let own = content_stems(label);
        let all = sources.clone();
        let mut name = own.clone();
        // Who is named with it every day says nothing of why.
        for entity in sources.clone().flat_map(|s| &s.member.analysis.entities) {
            if is_somebody(entity.kind) {
                // A causeway named after its town is a causeway.
                let proper = |word: &String| {
                    let form = corpus.mid_sentence_case(word);
                    form.is_none_or(|form| form.starts_with(char::is_uppercase))
                };
                let words = words(&entity.surface).into_iter().filter(|w| !is_stop(w) && proper(w));
                name.extend(words.map(|w| stem(&w)));
            }
        }
        let telling_from = TELLING.min(OF_UNREAD * corpus.idf("\u{fffd}"));
        let mut authors: BTreeSet<&str> = BTreeSet::new();
        let mut said_by: BTreeMap<String, (BTreeSet<&str>, f64)> = BTreeMap::new();
        for source in sources {
            let who = source.member.record.author_key.as_str();
            authors.insert(who);
            let telling = |lower: &String| !is_stop(lower) && !WEEKDAYS.contains(&lower.as_str());
            for token in tokens(source.opening()).into_iter().filter(|t| telling(&t.lower)) {
                let stem = stem(&token.lower);
                let telling = corpus.idf(&token.lower);
                if telling >= telling_from && !name.contains(&stem) {
                    let entry = said_by.entry(stem).or_insert_with(|| (BTreeSet::new(), telling));
                    entry.0.insert(who);
                    entry.1 = entry.1.min(telling);
                }
            }
        }
        let rare_from = RARE.min(RARE_OF_UNREAD * corpus.idf("\u{fffd}"));
        // A thing's name is in the head of everything that is said of it.
        let names: BTreeSet<String> = all
            .flat_map(|s| &s.member.analysis.entities)
            .filter(|entity| is_somebody(entity.kind) || entity.kind == EntityKind::Product)
            .flat_map(|entity| content_stems(&entity.surface))
            .collect();
        let rare_stems: BTreeSet<String> =
            said_by.iter().filter(|(_, (_, idf))| *idf >= rare_from).map(|(stem, _)| stem.clone()).collect();
        let least = AUTHORS.max((shared.by() * authors.len() as f64).ceil() as usize);
        let mut ranked: Vec<(f64, String)> = said_by
            .into_iter()
            .filter(|(_, (who, _))| who.len() >= least)
            .map(|(stem, (who, telling))| (who.len() as f64 * telling.min(7.0), stem))
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let stems: BTreeSet<String> = ranked.into_iter().take(WORDS).map(|(_, stem)| stem).collect();
        let plain: BTreeSet<String> = stems.difference(&names).cloned().collect();
        let rare = plain.intersection(&rare_stems).cloned().collect();
        Self { stems, plain, rare, label: own }
    }

    /// Whether a record speaks of it. Where nothing is shared but the name, nothing can be told apart.
    pub(super) fn is_told_by(&self, source: &Source<'_>) -> bool {
        let said = content_stems(source.opening());
        let hits = said.intersection(&self.stems).count();
        self.stems.len() < HITS || hits >= HITS || (hits > 0 && said.len() <= SHORT)
    }

    /// Whether a record is about it: its head speaks of it too, not only what follows, in two words or a rare one, or has
    /// the story's name in more than one word. A “tool” or an “office” is in the head of everything.
    pub(super) fn heads(&self, source: &Source<'_>) -> bool {
        let head = content_stems(source.head());
        // What happened stands in the title and the sentence below it; what it came after, further down.
        let body = source.text.get(source.brief.body_start..).unwrap_or("");
        let mut begins = content_stems(crate::analyze::span::head(body, BEGINNING));
        begins.extend(head.iter().cloned());
        let least = if self.stems.len() >= RICH { 1 + HITS } else { HITS };
        self.stems.len() < HITS
            || hits(&head, &self.rare) > 0
            || hits(&begins, &self.plain) >= least
            || head.intersection(&self.label).count() >= HITS
    }

    /// Whether most of these records speak of it.
    pub(super) fn holds(&self, sources: &[Source<'_>]) -> bool {
        let told = sources.iter().filter(|source| self.is_told_by(source)).count();
        self.stems.len() >= HITS && told as f64 >= OF_ONE * sources.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::hits;

    #[test]
    fn a_word_and_its_longer_form_are_one() {
        let of = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect();
        let matter = of(&["inspect", "bridg", "boat"]);
        assert_eq!(hits(&of(&["inspector", "ferri"]), &matter), 1);
        assert_eq!(hits(&of(&["boathous", "ferri"]), &matter), 0, "what is so short says nothing");
    }
}
