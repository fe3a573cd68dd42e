//! What a corpus teaches about names: how words are written inside sentences, which runs are names, and of what type
//! by the company they keep.
//!
//! All of it are sums of whole numbers, so that any order of reading gives the same table. Nothing is decided while
//! reading. Texts are absorbed once each; a table is built anew from the texts of the store, it is not stored.
//!
//! **Forgetting.** Texts are kept apart by **spans** of ten days, counted from 1970, and the latest four are known: what
//! was said in the last thirty days, up to forty. Spans begin at the same times whenever a desk was started, so that one
//! that has run for months and one that reads its texts again know the same to the last sum, and neither grows for
//! ever. Days instead would let each day's sums be kept beside the sums of all (most names are told on one day only:
//! nearly double the memory); ten days at a time, a span's tables are dropped as they are and asked one after the other,
//! so that only what is told again in another span is held twice.

use chrono::{DateTime, Utc};

use super::aliases::Aliases;
use super::context;
use super::entities::NameLines;
use super::find::{self, Line, NOTHING};
use super::kinds::{KINDS, Weights, weigh};
use super::tokens::{Shape, Token};
use crate::analyze::span::head;
use crate::analyze::words::{ByHash, WordSet, hash, hash_folded};
use crate::model::EntityKind;

/// How much of a text is read: what it is about is said early.
const READ_BYTES: usize = 1_000;
/// Occurrences inside sentences before a word's case means something.
const MIN_CASED: u32 = 3;
/// Occurrences with a capital before the word is a name without one, too.
const MIN_LOWER_NAME: u32 = 10;

/// A word that has a capital so often in all spans together has it this often in one of them at least.
const OFTEN: u32 = MIN_LOWER_NAME.div_ceil(SPANS as u32);

/// Days whose texts are forgotten together.
const SPAN_DAYS: i64 = 10;
/// So many spans are known, the current one included.
pub(super) const SPANS: usize = 4;
/// So many spans before the current one are known.
const SPANS_BEFORE: i64 = 3;
const _: () = assert!(SPANS == SPANS_BEFORE.unsigned_abs() as usize + 1);

/// How one word is written inside sentences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Case {
    upper: u32,
    lower: u32,
    /// All capitals with a plural `s` (`PDFs`): no name, but a kind of thing.
    counted: u32,
}

impl Case {
    /// It is counted (`PDFs`).
    fn is_common(self) -> bool {
        self.counted >= 2 && self.counted * 5 >= self.upper
    }
}

/// How often a run was seen where its capitals mean something, and what stood around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Known {
    seen: u32,
    weights: Weights,
}

/// What the texts of one span say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Span {
    names: ByHash<Known>,
    cases: ByHash<Case>,
}

impl Span {
    /// Counts how a word is written. The answer is the word, when it has had a capital often for the first time.
    fn absorb_case(&mut self, word: &str, token: &Token) -> Option<u64> {
        let first = word.chars().next().filter(|c| c.is_alphabetic())?;
        let singular = word
            .strip_suffix('s')
            .filter(|rest| rest.len() >= 2 && rest.bytes().all(|byte| byte.is_ascii_uppercase()));
        let key = singular.map_or(token.key, hash_folded);
        let case = self.cases.entry(key).or_default();
        case.counted += u32::from(singular.is_some());
        if first.is_uppercase() || matches!(token.shape, Shape::Name | Shape::Versioned) {
            case.upper += 1;
            return (case.upper == OFTEN).then_some(key);
        }
        case.lower += 1;
        None
    }
}

/// Names and words as a corpus writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gazetteer {
    /// The number of the current span.
    newest: Option<i64>,
    /// The span numbered n stands at n modulo their number.
    spans: [Span; SPANS],
    /// Words that had a capital often in one span at least. Every word is asked for here, and nearly none is there: the spans
    /// are asked only for the rest.
    often: WordSet,
    aliases: Aliases,
}

/// The number of the span that a time is in.
fn span_of(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(SPAN_DAYS * 24 * 60 * 60)
}

impl Gazetteer {
    /// The texts from this time on are known when one of `at` has been read: where reading again must begin.
    pub fn knows_since(at: DateTime<Utc>) -> DateTime<Utc> {
        let first = span_of(at) - SPANS_BEFORE;
        DateTime::from_timestamp(first * SPAN_DAYS * 24 * 60 * 60, 0).unwrap_or(at)
    }

    /// Reads one text (its beginning) of a time; one of a span that is forgotten is passed over. Each text once: a second
    /// reading counts twice.
    pub fn absorb(&mut self, at: DateTime<Utc>, text: &str) {
        let text = head(text, READ_BYTES);
        self.absorb_lines(at, text, &find::lines(text));
    }

    /// The same where the lines of `text` are at hand.
    pub fn absorb_read(&mut self, at: DateTime<Utc>, text: &str, lines: NameLines) {
        let lines = find::lines_within(text, lines.0, READ_BYTES);
        self.absorb_lines(at, head(text, READ_BYTES), &lines);
    }

    /// Where a span stands that is known or begins now; `None` for one that is forgotten.
    fn place_of(&mut self, at: DateTime<Utc>) -> Option<usize> {
        let (spans, span) = (SPANS_BEFORE + 1, span_of(at));
        let newest = self.newest.unwrap_or(span);
        for new in (newest + 1..=span).rev().take(SPANS) {
            let at = usize::try_from(new.rem_euclid(spans)).ok()?;
            *self.spans.get_mut(at)? = Span::default();
            self.aliases.forget(at);
        }
        if span > newest {
            let cases = self.spans.iter().flat_map(|span| &span.cases);
            self.often = cases.filter(|(_, case)| case.upper >= OFTEN).map(|(word, _)| *word).collect();
        }
        self.newest = Some(newest.max(span));
        (span > newest.max(span) - spans).then(|| usize::try_from(span.rem_euclid(spans)).ok())?
    }

    fn absorb_lines(&mut self, at: DateTime<Utc>, text: &str, lines: &[Line]) {
        let Some(place) = self.place_of(at) else { return };
        let Some(span) = self.spans.get_mut(place) else { return };
        for line in lines.iter().filter(|line| !line.title) {
            for token in line.tokens().iter().filter(|token| !token.sentence_initial) {
                self.often.extend(span.absorb_case(token.span.of(text), token));
            }
        }
        let mentions = find::mentions(text, lines, &NOTHING);
        self.aliases.absorb(place, text, &mentions);
        for mention in mentions.iter().filter(|mention| mention.certain) {
            let known = span.names.entry(hash(&mention.norm)).or_default();
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

    /// How often a run was written as a name.
    pub(super) fn seen(&self, norm: &str) -> u32 {
        let key = hash(norm);
        self.spans.iter().filter_map(|span| span.names.get(&key)).map(|known| known.seen).sum()
    }

    /// What stood around a name, in all, and how often it was seen.
    pub(super) fn weights(&self, norm: &str) -> Option<(u32, Weights)> {
        let key = hash(norm);
        self.spans.iter().filter_map(|span| span.names.get(&key)).fold(None, |sum, known| {
            let (seen, mut weights) = sum.unwrap_or_default();
            weights.iter_mut().zip(known.weights).for_each(|(sum, weight)| *sum += weight);
            Some((seen + known.seen, weights))
        })
    }

    /// How a word is written, in all.
    fn case(&self, word: u64) -> Case {
        self.spans.iter().filter_map(|span| span.cases.get(&word)).fold(Case::default(), |sum, case| Case {
            upper: sum.upper + case.upper,
            lower: sum.lower + case.lower,
            counted: sum.counted + case.counted,
        })
    }

    /// Whether a word is mostly written with a capital inside sentences; `None` where that cannot be told.
    pub(super) fn is_capital(&self, word: u64) -> Option<bool> {
        let case = self.case(word);
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
        if !self.often.contains(&word) {
            return false;
        }
        let case = self.case(word);
        case.upper >= MIN_LOWER_NAME && case.upper >= 4 * case.lower && !case.is_common()
    }

    /// An abbreviation that is counted (`PDFs`) names a kind of thing, no thing.
    pub(super) fn is_common(&self, word: u64) -> bool {
        self.case(word).is_common()
    }

    /// How many runs are known.
    pub fn len(&self) -> usize {
        let known_before =
            |at: usize, key: &u64| self.spans.iter().take(at).any(|s| s.names.contains_key(key));
        let new = |(at, span): (usize, &Span)| span.names.keys().filter(|key| !known_before(at, key)).count();
        self.spans.iter().enumerate().map(new).sum()
    }

    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.spans.iter().all(|span| span.names.is_empty())
    }

    /// The type a name's company speaks for, if it was seen often enough to tell.
    pub fn kind(&self, norm: &str) -> Option<EntityKind> {
        let (seen, weights) = self.weights(norm)?;
        let best = (0..KINDS.len()).max_by_key(|at| (weights[*at], std::cmp::Reverse(*at)))?;
        (seen >= MIN_CASED).then(|| KINDS[best])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    const SAID: [&str; 6] = [
        "the CEO of Brindle said so, and the PDFs of Brindle say so too",
        "we use Tern 5 and Gull",
        "Harbour Pilots Union (HPU) agreed with Brindle",
        "see Night Ferry, on NF now",
        "the NightFerry page says NF too",
        "so many trams and a brindle dog",
    ];

    fn day(n: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(n) + TimeDelta::hours(7)
    }

    #[test]
    fn what_was_said_a_month_and_a_half_ago_is_forgotten() {
        let mut gazetteer = Gazetteer::default();
        gazetteer.absorb(day(3), SAID[2]);
        gazetteer.absorb(day(33), SAID[1]);
        assert_eq!((gazetteer.canonical("hpu"), gazetteer.seen("brindle")), ("harbour pilots union", 1));
        gazetteer.absorb(day(40), SAID[1]);
        assert_eq!((gazetteer.canonical("hpu"), gazetteer.seen("brindle")), ("hpu", 0));
        let mut alone = Gazetteer::default();
        alone.absorb(day(33), SAID[1]);
        alone.absorb(day(40), SAID[1]);
        assert_eq!(gazetteer, alone);
        assert_eq!(gazetteer.aliases(), alone.aliases());
        assert_eq!(Gazetteer::knows_since(day(43)), DateTime::UNIX_EPOCH + TimeDelta::days(10));
    }

    #[test]
    fn what_comes_late_counts_if_its_days_are_known() {
        let mut gazetteer = Gazetteer::default();
        gazetteer.absorb(day(45), SAID[1]);
        gazetteer.absorb(day(8), SAID[2]);
        assert_eq!(gazetteer.seen("brindle"), 0);
        gazetteer.absorb(day(11), SAID[2]);
        assert_eq!(gazetteer.seen("brindle"), 1);
    }

    proptest! {
        #[test]
        fn one_that_slid_and_one_that_was_just_built_are_the_same(
            said in proptest::collection::vec((0..9_i64, 0..SAID.len()), 1..60),
        ) {
            let mut now = 0;
            let said: Vec<(DateTime<Utc>, &str)> = said
                .into_iter()
                .map(|(days, text)| {
                    now += days;
                    (day(now), SAID[text])
                })
                .collect();
            let (mut slid, mut built) = (Gazetteer::default(), Gazetteer::default());
            said.iter().for_each(|(at, text)| slid.absorb(*at, text));
            let since = Gazetteer::knows_since(day(now));
            said.iter().filter(|(at, _)| *at >= since).for_each(|(at, text)| built.absorb(*at, text));
            prop_assert_eq!(slid.aliases(), built.aliases());
            prop_assert_eq!(slid, built);
        }
    }
}
