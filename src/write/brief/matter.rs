//! What a story's records have in common besides its name: a firm, a person or a product that is in the news for two
//! reasons gathers records of both.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Days;

use crate::model::EntityKind;
use crate::write::material::Corpus;
use crate::write::quotes::Source;
use crate::write::quotes::text::{content_stems, is_stop, stem, tokens};

/// A word in a larger share than this of what else is said tells no matter from another.
const MOST_ELSEWHERE: f64 = 0.05;
/// Days before them that say how common a word is.
const AROUND_DAYS: u64 = 28;
/// Rarer words tell no more than this.
const RAREST: f64 = 0.001;
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

/// The share of a word in what else is said: a small desk's story is a good part of all there is, and its words must not
/// look common for that.
fn elsewhere((with, all): (u32, u32), (own_with, own): (u32, u32)) -> f64 {
    f64::from(with.saturating_sub(own_with)) / f64::from(all.saturating_sub(own) + 1)
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
}

impl Matter {
    /// What these records share in their openings.
    pub(super) fn of<'s, 'a: 's>(
        sources: impl Iterator<Item = &'s Source<'a>> + Clone,
        label: &str,
        corpus: &dyn Corpus,
        shared: Shared,
    ) -> Self {
        let mut name = content_stems(label);
        // Who is named with it every day says nothing of why.
        for entity in sources.clone().flat_map(|s| &s.member.analysis.entities) {
            if is_somebody(entity.kind) {
                name.extend(content_stems(&entity.surface));
            }
        }
        // By word: who says it, and in how many of these records.
        let mut authors: BTreeSet<&str> = BTreeSet::new();
        let mut words: BTreeMap<String, (BTreeSet<&str>, u32)> = BTreeMap::new();
        let mut own = 0;
        let days = sources.clone().map(|s| s.brief.published_at.date_naive());
        let (Some(first), Some(last)) = (days.clone().min(), days.max()) else { return Self::default() };
        let (from, until) = (first - Days::new(AROUND_DAYS), last + Days::new(1));
        for source in sources {
            let who = source.brief.author_key.as_str();
            authors.insert(who);
            own += 1;
            let said: BTreeSet<String> = tokens(source.opening()).into_iter().map(|t| t.lower).collect();
            for word in said.into_iter().filter(|word| !is_stop(word)) {
                let entry = words.entry(word).or_default();
                entry.0.insert(who);
                entry.1 += 1;
            }
        }
        let mut said_by: BTreeMap<String, (BTreeSet<&str>, f64)> = BTreeMap::new();
        for (word, (who, n)) in words {
            let (stem, elsewhere) =
                (stem(&word), elsewhere(corpus.records_with(&word, from, until), (n, own)));
            if elsewhere <= MOST_ELSEWHERE && !name.contains(&stem) {
                let entry = said_by.entry(stem).or_insert_with(|| (BTreeSet::new(), 0.0));
                entry.0.extend(who);
                entry.1 = entry.1.max(elsewhere);
            }
        }
        let least = AUTHORS.max((shared.by() * authors.len() as f64).ceil() as usize);
        let mut ranked: Vec<(f64, String)> = said_by
            .into_iter()
            .filter(|(_, (who, _))| who.len() >= least)
            .map(|(stem, (who, elsewhere))| (who.len() as f64 * -elsewhere.max(RAREST).ln(), stem))
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        Self { stems: ranked.into_iter().take(WORDS).map(|(_, stem)| stem).collect() }
    }

    /// Whether a record speaks of it. Where nothing is shared but the name, nothing can be told apart.
    pub(super) fn is_told_by(&self, source: &Source<'_>) -> bool {
        let said = content_stems(source.opening());
        let hits = said.intersection(&self.stems).count();
        self.stems.len() < HITS || hits >= HITS || (hits > 0 && said.len() <= SHORT)
    }

    /// Whether a record is about it: its head speaks of it too, not only what follows.
    pub(super) fn heads(&self, source: &Source<'_>) -> bool {
        let head = content_stems(source.head());
        self.stems.len() < HITS || !head.is_disjoint(&self.stems)
    }

    /// Whether most of these records speak of it.
    pub(super) fn holds(&self, sources: &[Source<'_>]) -> bool {
        let told = sources.iter().filter(|source| self.is_told_by(source)).count();
        self.stems.len() >= HITS && told as f64 >= OF_ONE * sources.len() as f64
    }
}
