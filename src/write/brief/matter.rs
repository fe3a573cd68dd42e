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
/// Words that a record of the matter has.
const HITS: usize = 2;
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

/// Words of a matter, without those of its name and of anybody's.
#[derive(Debug, Default)]
pub(super) struct Matter {
    stems: BTreeSet<String>,
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
            let who = source.brief.author_key.as_str();
            authors.insert(who);
            for token in tokens(source.opening()).into_iter().filter(|t| !is_stop(&t.lower)) {
                let stem = stem(&token.lower);
                let telling = corpus.idf(&token.lower);
                if telling >= telling_from && !name.contains(&stem) {
                    let entry = said_by.entry(stem).or_insert_with(|| (BTreeSet::new(), telling));
                    entry.0.insert(who);
                    entry.1 = entry.1.min(telling);
                }
            }
        }
        let least = AUTHORS.max((shared.by() * authors.len() as f64).ceil() as usize);
        let mut ranked: Vec<(f64, String)> = said_by
            .into_iter()
            .filter(|(_, (who, _))| who.len() >= least)
            .map(|(stem, (who, telling))| (who.len() as f64 * telling.min(7.0), stem))
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        Self { stems: ranked.into_iter().take(WORDS).map(|(_, stem)| stem).collect(), label: own }
    }

    /// Whether a record speaks of it. Where nothing is shared but the name, nothing can be told apart.
    pub(super) fn is_told_by(&self, source: &Source<'_>) -> bool {
        let said = content_stems(source.opening());
        let hits = said.intersection(&self.stems).count();
        self.stems.len() < HITS || hits >= HITS || (hits > 0 && said.len() <= SHORT)
    }

    /// Whether a record is about it: its head speaks of it too, not only what follows, or has the story's name in more than
    /// one word.
    pub(super) fn heads(&self, source: &Source<'_>) -> bool {
        let head = content_stems(source.head());
        self.stems.len() < HITS
            || !head.is_disjoint(&self.stems)
            || head.intersection(&self.label).count() >= HITS
    }

    /// Whether most of these records speak of it.
    pub(super) fn holds(&self, sources: &[Source<'_>]) -> bool {
        let told = sources.iter().filter(|source| self.is_told_by(source)).count();
        self.stems.len() >= HITS && told as f64 >= OF_ONE * sources.len() as f64
    }
}
