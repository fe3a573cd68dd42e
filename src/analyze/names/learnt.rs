//! What a corpus teaches about names: how words are written inside sentences, which runs are names, and of what type
//! by the company they keep.
//!
//! All of it are sums of whole numbers, so that any order of reading gives the same table. Nothing is decided while
//! reading. Texts are absorbed once each; a table is built anew from the texts of the store, it is not stored.

use super::aliases::Aliases;
use super::context;
use super::entities::NameLines;
use super::find::{self, Line, NOTHING};
use super::kinds::{KINDS, Weights, weigh};
use super::tokens::{Shape, Token};
use crate::analyze::span::head;
use crate::analyze::words::{ByHash, hash, hash_folded};
use crate::model::EntityKind;

/// How much of a text is read: what it is about is said early.
const READ_BYTES: usize = 1_000;
/// Occurrences inside sentences before a word's case means something.
const MIN_CASED: u32 = 3;
/// Occurrences with a capital before the word is a name without one, too.
const MIN_LOWER_NAME: u32 = 10;

/// How one word is written inside sentences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Case {
    upper: u32,
    lower: u32,
    /// All capitals with a plural `s` (`PDFs`): no name, but a kind of thing.
    counted: u32,
}

/// How often a run was seen where its capitals mean something, and what stood around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Known {
    seen: u32,
    weights: Weights,
}

/// Names and words as a corpus writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gazetteer {
    names: ByHash<Known>,
    cases: ByHash<Case>,
    aliases: Aliases,
}

impl Gazetteer {
    /// Reads one text (its beginning). Each text once: a second reading counts twice.
    pub fn absorb(&mut self, text: &str) {
        let text = head(text, READ_BYTES);
        self.absorb_lines(text, &find::lines(text));
    }

    /// The same where the lines of `text` are at hand.
    pub fn absorb_read(&mut self, text: &str, lines: NameLines) {
        let lines = find::lines_within(text, lines.0, READ_BYTES);
        self.absorb_lines(head(text, READ_BYTES), &lines);
    }

    fn absorb_lines(&mut self, text: &str, lines: &[Line]) {
        for line in lines.iter().filter(|line| !line.title) {
            for token in line.tokens().iter().filter(|token| !token.sentence_initial) {
                self.absorb_case(token.span.of(text), token);
            }
        }
        let mentions = find::mentions(text, lines, &NOTHING);
        self.aliases.absorb(text, &mentions);
        for mention in mentions.iter().filter(|mention| mention.certain) {
            let known = self.names.entry(hash(&mention.norm)).or_default();
            known.seen += 1;
            context::features(text, mention.span, |feature| weigh(feature, &mut known.weights));
        }
    }

    /// The one name that stands for all ways to write it: `hpu` and `harbour-pilots union` are `harbour pilots union`
    /// once texts have said so. Compare names by it, those of the past too, since what is known grows.
    pub fn canonical<'a>(&'a self, norm: &'a str) -> &'a str {
        self.aliases.canonical(norm)
    }

    /// Every name that another stands for, with that one.
    pub fn aliases(&self) -> std::collections::BTreeMap<String, String> {
        self.aliases.all()
    }

    fn absorb_case(&mut self, word: &str, token: &Token) {
        let Some(first) = word.chars().next().filter(|c| c.is_alphabetic()) else { return };
        let singular = word
            .strip_suffix('s')
            .filter(|rest| rest.len() >= 2 && rest.bytes().all(|byte| byte.is_ascii_uppercase()));
        let case = self.cases.entry(singular.map_or(token.key, hash_folded)).or_default();
        case.counted += u32::from(singular.is_some());
        if first.is_uppercase() || matches!(token.shape, Shape::Name | Shape::Versioned) {
            case.upper += 1;
        } else {
            case.lower += 1;
        }
    }

    /// How often a run was written as a name.
    pub(super) fn seen(&self, norm: &str) -> u32 {
        self.names.get(&hash(norm)).map_or(0, |known| known.seen)
    }

    /// What stood around a name, in all, and how often it was seen.
    pub(super) fn weights(&self, norm: &str) -> Option<(u32, Weights)> {
        self.names.get(&hash(norm)).map(|known| (known.seen, known.weights))
    }

    /// Whether a word is mostly written with a capital inside sentences; `None` where that cannot be told.
    pub(super) fn is_capital(&self, word: u64) -> Option<bool> {
        let case = self.cases.get(&word)?;
        if case.upper + case.lower < MIN_CASED {
            return None;
        }
        if case.upper >= 3 * case.lower {
            Some(true)
        } else if case.lower > case.upper {
            Some(false)
        } else {
            None
        }
    }

    /// Whether a word is a name even where it has no capital.
    pub(super) fn is_name_in_lower_case(&self, word: u64) -> bool {
        self.cases.get(&word).is_some_and(|case| case.upper >= MIN_LOWER_NAME && case.upper >= 4 * case.lower)
            && !self.is_common(word)
    }

    /// An abbreviation that is counted (`PDFs`) names a kind of thing, no thing.
    pub(super) fn is_common(&self, word: u64) -> bool {
        self.cases.get(&word).is_some_and(|case| case.counted >= 2 && case.counted * 5 >= case.upper)
    }

    /// How many runs are known.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The type a name's company speaks for, if it was seen often enough to tell.
    pub fn kind(&self, norm: &str) -> Option<EntityKind> {
        let (seen, weights) = self.weights(norm)?;
        let best = (0..KINDS.len()).max_by_key(|at| (weights[*at], std::cmp::Reverse(*at)))?;
        (seen >= MIN_CASED).then(|| KINDS[best])
    }
}
