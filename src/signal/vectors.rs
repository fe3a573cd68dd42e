//! Likeness of records inside one window: TF-IDF over words and pairs of words, cosine by an inverted index.
//!
//! Weights are `(1 + ln tf) · (1 + ln((n + 1) / (df + 1)))`, rows have length 1. The smooth idf is flat enough that
//! words of the middle still link; without its one every bar of the grouping stands too high.
//!
//! A desk asks for the neighbours of the few records that a tick decides about, not of all. Terms have [numbers](Terms)
//! that stay while any record has them, so that a space is made by counting in arrays. Sums run over shared terms in the
//! order of the terms' hashes, whatever their numbers, so that no order of arrival shows in a result.

use std::borrow::Cow;

use super::history::{Numbered, platform_key, shape_key};
use super::observation::{Observation, key_of};

/// A term in fewer records than this links nothing.
const MIN_RECORDS: u32 = 2;

/// A term in more than this share of the records says nothing.
const MAX_SHARE: f64 = 0.10;

/// In a small window a tenth is one record or none: up to so many records a term is never too common.
const ALWAYS_ALLOWED: f64 = 6.0;

/// A term in more than this share of the records is common: dear to look up, and worth little.
const COMMON: f64 = 0.05;

/// To compare two records costs as much as to look up so many.
const COMPARISON: usize = 150;

/// What rounding may take from a bound.
const ROUNDING: f64 = 1e-9;

/// Another record of the window and how much it is like this one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// Its place in the window.
    pub at: usize,
    /// Cosine, 0…1.
    pub cosine: f64,
}

/// A term of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    hash: u32,
    number: u32,
    n: u16,
}

/// What is looked up of a record again and again while it is held: its terms with their numbers, by hash, and the keys of
/// what it is compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    terms: Box<[Term]>,
    pub(super) keys: Keys,
}

/// The keys of what a record is compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keys {
    /// Its platform.
    pub(super) platform: u64,
    /// Its author.
    pub(super) author: u64,
    /// Its copies.
    pub(super) text: u64,
    /// Its headline's shape at its place, if it has one.
    pub(super) shape: Option<u64>,
}

impl Keys {
    /// The keys of a record, as they are known or made now.
    pub(super) fn of(observation: &Observation) -> Self {
        observation.row.as_ref().map_or_else(
            || Self {
                platform: platform_key(observation),
                author: key_of(observation.author_key.as_str()),
                text: key_of(observation.copy_group.as_str()),
                shape: shape_key(observation),
            },
            |row| row.keys,
        )
    }
}

/// Numbers of terms, from 0 without large gaps: a term keeps its number while any row holds it.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    numbers: Numbered<u32, u32>,
    /// How many rows hold the term of a number.
    uses: Vec<u32>,
    free: Vec<u32>,
}

impl Terms {
    /// The row of a record, from its words and pairs of words.
    pub fn row(&mut self, observation: &Observation) -> Row {
        let (words, pairs) = (&observation.words, &observation.bigrams);
        let mut row: Vec<Term> = Vec::with_capacity(words.len() + pairs.len());
        row.extend(words.iter().chain(pairs).map(|count| Term { hash: count.term, number: 0, n: count.n }));
        row.sort_unstable_by_key(|term| (term.hash, term.n));
        for term in &mut row {
            let (uses, free) = (&mut self.uses, &mut self.free);
            term.number = *self.numbers.entry(term.hash).or_insert_with(|| {
                free.pop().unwrap_or_else(|| {
                    uses.push(0);
                    uses.len() as u32 - 1
                })
            });
            if let Some(uses) = self.uses.get_mut(term.number as usize) {
                *uses += 1;
            }
        }
        Row { terms: row.into_boxed_slice(), keys: Keys::of(observation) }
    }

    /// Notes that a row is not held any more.
    pub fn let_go(&mut self, row: &Row) {
        for term in &row.terms {
            let Some(uses) = self.uses.get_mut(term.number as usize) else { continue };
            *uses = uses.saturating_sub(1);
            if *uses == 0 {
                self.numbers.remove(&term.hash);
                self.free.push(term.number);
            }
        }
    }
}

/// A record that has a term, with its weight there.
#[derive(Clone, Copy, Debug, Default)]
struct Posting {
    at: u32,
    weight: f64,
}

/// The records of a window by their terms.
#[derive(Debug)]
pub struct Space<'w> {
    rows: Vec<Cow<'w, [Term]>>,
    /// By number; 0 where a term says nothing.
    idf: Vec<f64>,
    /// By place: the length of the row before it is made 1.
    lengths: Vec<f64>,
    /// By number, one more than there are: where a term's postings begin.
    starts: Vec<u32>,
    postings: Vec<Posting>,
    /// A term in so many records is common.
    common_from: u32,
    /// By place: the length of what common terms make of the row.
    common: Vec<f64>,
    /// The same with the places, the longest first.
    most_common: Vec<(f64, u32)>,
    sums: Sums,
}

/// Sums by place, all 0 between questions, and the places that are not.
#[derive(Debug)]
struct Sums {
    sums: Vec<f64>,
    touched: Vec<u32>,
}

impl Sums {
    fn add(&mut self, postings: &[Posting], weight: f64) {
        for posting in postings {
            if let Some(sum) = self.sums.get_mut(posting.at as usize) {
                if *sum == 0.0 {
                    self.touched.push(posting.at);
                }
                *sum += weight * posting.weight;
            }
        }
    }

    /// The sums of all places touched, which are forgotten.
    fn take(&mut self) -> impl Iterator<Item = (usize, f64)> + '_ {
        let sums = &mut self.sums;
        self.touched.drain(..).map(|at| {
            let at = at as usize;
            (at, sums.get_mut(at).map(std::mem::take).unwrap_or_default())
        })
    }
}

impl<'w> Space<'w> {
    /// The space of a window. Either all of its records have rows with numbers of the same [`Terms`], or new ones are
    /// made.
    pub fn of(window: &[&'w Observation]) -> Self {
        let numbered: Option<Vec<Cow<'w, [Term]>>> =
            window.iter().map(|o| o.row.as_ref().map(|row| Cow::Borrowed(&*row.terms))).collect();
        let rows = numbered.unwrap_or_else(|| {
            let mut terms = Terms::default();
            window.iter().map(|o| Cow::Owned(terms.row(o).terms.into_vec())).collect()
        });
        Self::of_rows(rows)
    }

    fn of_rows(rows: Vec<Cow<'w, [Term]>>) -> Self {
        let numbers = rows.iter().flat_map(|row| row.iter()).map(|t| t.number as usize + 1).max();
        let mut found = vec![0_u32; numbers.unwrap_or(0)];
        for term in rows.iter().flat_map(|row| row.iter()) {
            if let Some(n) = found.get_mut(term.number as usize) {
                *n += 1;
            }
        }
        let n = rows.len() as f64;
        let most = (n * MAX_SHARE).max(ALWAYS_ALLOWED);
        // Few numbers of records are many terms' own.
        let mut known: Vec<f64> = Vec::new();
        let mut idf_of = |df: u32| {
            if df < MIN_RECORDS || f64::from(df) > most {
                return 0.0;
            }
            let at = df as usize;
            if known.len() <= at {
                known.resize(at + 1, 0.0);
            }
            known.get_mut(at).map_or(0.0, |idf| {
                if *idf == 0.0 {
                    *idf = ((n + 1.0) / (f64::from(df) + 1.0)).ln() + 1.0;
                }
                *idf
            })
        };
        let idf: Vec<f64> = found.iter().map(|df| idf_of(*df)).collect();
        let mut starts: Vec<u32> = Vec::with_capacity(found.len() + 1);
        let mut all = 0;
        for (df, idf) in found.iter().zip(&idf) {
            starts.push(all);
            all += if *idf > 0.0 { *df } else { 0 };
        }
        starts.push(all);
        let mut space = Self {
            idf,
            lengths: Vec::with_capacity(rows.len()),
            starts,
            postings: vec![Posting::default(); all as usize],
            common_from: (n * COMMON).max(ALWAYS_ALLOWED / 2.0) as u32 + 1,
            common: Vec::with_capacity(rows.len()),
            most_common: Vec::with_capacity(rows.len()),
            sums: Sums { sums: vec![0.0; rows.len()], touched: Vec::new() },
            rows,
        };
        space.fill();
        space
    }

    fn fill(&mut self) {
        let mut next = self.starts.clone();
        let mut weights: Vec<(u32, f64)> = Vec::new();
        for (row, at) in self.rows.iter().zip(0_u32..) {
            weights.clear();
            weights.extend(row.iter().filter_map(|term| Some((term.number, raw(term, &self.idf)?))));
            let length = weights.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
            self.lengths.push(length);
            let of_common: f64 = weights
                .iter()
                .filter(|(number, _)| is_common(&self.starts, self.common_from, *number))
                .map(|(_, weight)| weight * weight)
                .sum();
            let common = if of_common > 0.0 { of_common.sqrt() / length } else { 0.0 };
            self.common.push(common);
            self.most_common.push((common, at));
            for (number, weight) in &weights {
                let Some(next) = next.get_mut(*number as usize) else { continue };
                if let Some(posting) = self.postings.get_mut(*next as usize) {
                    *posting = Posting { at, weight: weight / length };
                }
                *next += 1;
            }
        }
        self.most_common.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    }

    /// The records at least `floor` like the one at `at`, nearest first (ties by place).
    pub fn near(&mut self, at: usize, floor: f64) -> Vec<Near> {
        let mut near: Vec<Near> = self
            .like(at)
            .filter(|(other, cosine)| *other != at && *cosine >= floor)
            .map(|(at, cosine)| Near { at, cosine })
            .collect();
        near.sort_unstable_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.at.cmp(&b.at)));
        near
    }

    /// The places of the records more than `floor` like the one at `at`, in no order.
    ///
    /// What two records can have in common by common terms is at most the product of the lengths of their common
    /// parts (Cauchy and Schwarz). So long as hardly anybody reaches the floor by that alone, only the other terms are
    /// looked up, and whoever could still reach it is compared term by term.
    pub fn above(&mut self, at: usize, floor: f64) -> Vec<usize> {
        let common = self.common.get(at).copied().unwrap_or_default();
        let may = |common_of_other: f64, rest: f64| rest + common * common_of_other >= floor - ROUNDING;
        let by_common_alone = self.most_common.partition_point(|(other, _)| may(*other, 0.0));
        let row = self.rows.get(at).map(Cow::as_ref).unwrap_or_default();
        let found_common = |term: &&Term| is_common(&self.starts, self.common_from, term.number);
        let looked_up: usize = row
            .iter()
            .filter(found_common)
            .map(|term| postings_of(&self.starts, &self.postings, term.number).len())
            .sum();
        if by_common_alone * COMPARISON > looked_up {
            let like = self.like(at).filter(|(other, cosine)| *other != at && *cosine > floor);
            return like.map(|(other, _)| other).collect();
        }
        let length = self.lengths.get(at).copied().unwrap_or(1.0);
        for term in row.iter().filter(|term| !is_common(&self.starts, self.common_from, term.number)) {
            if let Some(weight) = raw(term, &self.idf) {
                let postings = postings_of(&self.starts, &self.postings, term.number);
                self.sums.add(postings, weight / length);
            }
        }
        let commons = &self.common;
        let mut places: Vec<usize> = self
            .sums
            .take()
            .filter(|(other, rest)| may(commons.get(*other).copied().unwrap_or_default(), *rest))
            .map(|(other, _)| other)
            .collect();
        places.extend(self.most_common.iter().take(by_common_alone).map(|(_, other)| *other as usize));
        places.sort_unstable();
        places.dedup();
        places.retain(|other| *other != at && self.cosine(at, *other) > floor);
        places
    }

    /// The likeness of two records, summed as [`near`](Self::near) sums it.
    fn cosine(&self, one: usize, other: usize) -> f64 {
        let row = |at: usize| self.rows.get(at).map(Cow::as_ref).unwrap_or_default();
        let length = |at: usize| self.lengths.get(at).copied().unwrap_or(1.0);
        let (own, theirs) = (length(one), length(other));
        let mut others = row(other);
        let mut sum = 0.0;
        for term in row(one) {
            while let Some((first, rest)) = others.split_first().filter(|(first, _)| first.hash <= term.hash)
            {
                others = rest;
                if first.hash == term.hash {
                    if let (Some(a), Some(b)) = (raw(term, &self.idf), raw(first, &self.idf)) {
                        sum += a / own * (b / theirs);
                    }
                    break;
                }
            }
        }
        sum
    }

    /// Every record that has a term of the one at `at`, that one itself, too, with its likeness; in no order.
    fn like(&mut self, at: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let length = self.lengths.get(at).copied().unwrap_or(1.0);
        let row = self.rows.get(at).map(Cow::as_ref).unwrap_or_default();
        for term in row {
            if let Some(weight) = raw(term, &self.idf) {
                let postings = postings_of(&self.starts, &self.postings, term.number);
                self.sums.add(postings, weight / length);
            }
        }
        self.sums.take()
    }
}

/// A term's weight before its row is made 1 long; `None` if it says nothing.
fn raw(term: &Term, idf: &[f64]) -> Option<f64> {
    let idf = idf.get(term.number as usize).copied().filter(|idf| *idf > 0.0)?;
    // Most terms stand there once, and the logarithm of one is nothing.
    Some(if term.n == 1 { idf } else { (1.0 + f64::from(term.n).ln()) * idf })
}

fn is_common(starts: &[u32], from: u32, number: u32) -> bool {
    let number = number as usize;
    match (starts.get(number), starts.get(number + 1)) {
        (Some(start), Some(end)) => end - start >= from,
        (Some(_) | None, None) | (None, Some(_)) => false,
    }
}

fn postings_of<'s>(starts: &[u32], postings: &'s [Posting], number: u32) -> &'s [Posting] {
    let number = number as usize;
    match (starts.get(number), starts.get(number + 1)) {
        (Some(from), Some(to)) => postings.get(*from as usize..*to as usize).unwrap_or_default(),
        (Some(_) | None, None) | (None, Some(_)) => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::signal::invented::social;

    /// All pairs, straight from the definition.
    fn neighbours(window: &[&Observation], floor: f64) -> Vec<Vec<Near>> {
        let n = window.len() as f64;
        let counts = |o: &Observation| -> BTreeMap<u32, f64> {
            o.words.iter().chain(&o.bigrams).map(|c| (c.term, f64::from(c.n))).collect()
        };
        let mut found: BTreeMap<u32, f64> = BTreeMap::new();
        for term in window.iter().flat_map(|o| counts(o).into_keys()) {
            *found.entry(term).or_default() += 1.0;
        }
        found.retain(|_, df| *df >= 2.0 && *df <= (n * MAX_SHARE).max(ALWAYS_ALLOWED));
        let row = |o: &Observation| -> BTreeMap<u32, f64> {
            let mut row = counts(o);
            row.retain(|term, _| found.contains_key(term));
            for (term, weight) in &mut row {
                *weight = (1.0 + weight.ln()) * (((n + 1.0) / (found[term] + 1.0)).ln() + 1.0);
            }
            let length = row.values().map(|w| w * w).sum::<f64>().sqrt();
            row.into_iter().map(|(term, weight)| (term, weight / length)).collect()
        };
        let rows: Vec<_> = window.iter().map(|o| row(o)).collect();
        let cosine = |a: &BTreeMap<u32, f64>, b: &BTreeMap<u32, f64>| -> f64 {
            a.iter().filter_map(|(term, w)| Some(w * b.get(term)?)).fold(0.0, |sum, x| sum + x)
        };
        (0..rows.len())
            .map(|at| {
                let mut near: Vec<Near> = (0..rows.len())
                    .filter(|other| *other != at)
                    .map(|other| Near { at: other, cosine: cosine(&rows[at], &rows[other]) })
                    .filter(|near| near.cosine > 0.0 && near.cosine >= floor)
                    .collect();
                near.sort_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.at.cmp(&b.at)));
                near
            })
            .collect()
    }

    /// Many records of few words, so that terms are rare, usual and too common.
    fn said() -> Vec<Observation> {
        const THINGS: [&str; 9] = ["rope", "gull", "crab", "buoy", "mast", "net", "map", "lamp", "bell"];
        (0..60_usize)
            .map(|n| {
                let thing = |k: usize| THINGS[(n * k + n / 9 + k) % 9];
                let text = format!("the pier {} and {} beside {} {}", thing(1), thing(2), thing(4), thing(5));
                let more = if n % 3 == 0 { " in the night ferry" } else { "" };
                social("ada", 100 - i64::try_from(n).unwrap(), &format!("{text}{more} item{}", n % 25))
            })
            .collect()
    }

    #[test]
    fn neighbours_are_those_of_the_definition_to_the_last_bit() {
        let mut records = said();
        for numbered in [false, true] {
            if numbered {
                // Numbers in another order than records stand.
                let mut terms = Terms::default();
                for record in records.iter_mut().rev() {
                    record.row = Some(terms.row(record));
                }
            }
            let window: Vec<&Observation> = records.iter().collect();
            let mut space = Space::of(&window);
            for floor in [0.01, 0.1, 0.3] {
                let all = neighbours(&window, floor);
                assert!(all.iter().any(|near| near.len() > 1));
                for (at, near) in all.iter().enumerate() {
                    assert_eq!(&space.near(at, floor), near, "of the {at}th");
                    let mut above = space.above(at, floor);
                    above.sort_unstable();
                    let mut known: Vec<usize> =
                        near.iter().filter(|n| n.cosine > floor).map(|n| n.at).collect();
                    known.sort_unstable();
                    assert_eq!(above, known, "above {floor} of the {at}th");
                }
            }
        }
    }

    #[test]
    fn equal_texts_are_wholly_alike_and_strangers_not_at_all() {
        let records = [
            social("ada", 3, "night ferry stuck at the pier"),
            social("bea", 2, "night ferry stuck at the pier"),
            social("cid", 1, "cake with plums"),
            social("dov", 1, "plums ferry cake"),
        ];
        let window: Vec<&Observation> = records.iter().collect();
        let mut space = Space::of(&window);
        let near: Vec<Vec<Near>> = (0..4).map(|at| space.near(at, 0.0)).collect();
        assert_eq!((near[0][0].at, near[1][0].at), (1, 0));
        assert!((near[0][0].cosine - 1.0).abs() < 1e-9);
        assert!(near[0].iter().all(|near| near.at != 2));
        assert!(near[3].iter().any(|near| near.at == 0 && near.cosine > 0.0 && near.cosine < 1.0));
        assert!(space.near(3, 0.99).is_empty());
    }

    #[test]
    fn a_number_is_given_again_when_nobody_holds_it() {
        let records = [social("ada", 3, "night ferry"), social("bea", 2, "ferry cake")];
        let mut terms = Terms::default();
        let rows: Vec<Row> = records.iter().map(|o| terms.row(o)).collect();
        let before = terms.uses.len();
        terms.let_go(&rows[0]);
        // The ferry stays: the other record has it.
        assert_eq!(terms.row(&records[1]), rows[1]);
        terms.row(&social("cid", 1, "plum tart"));
        assert_eq!(terms.uses.len(), before + 1, "two numbers were free, three terms came");
    }
}
