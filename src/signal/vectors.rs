//! Likeness of records inside one window: TF-IDF over words and pairs of words, cosine by an inverted index.
//!
//! Weights are `(1 + ln tf) · (1 + ln((n + 1) / (df + 1)))`, rows have length 1. The smooth idf is flat enough that
//! words of the middle still link; without its one every bar of the grouping stands too high.
//!
//! A desk asks for the neighbours of the few records that a tick decides about, not of all. Terms have [numbers](Terms)
//! that stay while any record has them, so that a space is made by counting in arrays. Sums run over shared terms in the
//! order of the terms' hashes, whatever their numbers, so that no order of arrival shows in a result.

use std::borrow::Cow;

use super::history::Numbered;
use super::observation::Observation;

/// A term in fewer records than this links nothing.
const MIN_RECORDS: u32 = 2;

/// A term in more than this share of the records says nothing.
const MAX_SHARE: f64 = 0.10;

/// In a small window a tenth is one record or none: up to so many records a term is never too common.
const ALWAYS_ALLOWED: f64 = 6.0;

/// A term in more than this share of the records is common: dear to look up, and worth little.
const COMMON: f64 = 0.05;

/// To compare two records costs as much as to look up so many.
const COMPARISON: usize = 60;

/// Rough sums are no farther from the true ones than that.
const ROUGHLY: f32 = 1e-4;

/// Rough sums are looked through so many at a time.
const CHUNK: usize = 16;

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

/// What is looked up of a record again and again while it is held: its terms with their numbers, by hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(Box<[Term]>);

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
        Row(row.into_boxed_slice())
    }

    /// Notes that a row is not held any more.
    pub fn let_go(&mut self, row: &Row) {
        for term in &row.0 {
            let Some(uses) = self.uses.get_mut(term.number as usize) else { continue };
            *uses = uses.saturating_sub(1);
            if *uses == 0 {
                self.numbers.remove(&term.hash);
                self.free.push(term.number);
            }
        }
    }
}

/// A term of a record that says something, with its weight there. Rows have length 1.
#[derive(Clone, Copy, Debug)]
struct Cell {
    number: u32,
    weight: f64,
}

/// A record that has a term, with its weight there, roughly.
#[derive(Clone, Copy, Debug, Default)]
struct Posting {
    at: u32,
    weight: f32,
}

/// Stretches of a list, one after the other.
#[derive(Debug)]
struct Stretches<T> {
    /// One more than there are: where each begins.
    starts: Vec<u32>,
    all: Vec<T>,
}

impl<T> Stretches<T> {
    fn of(&self, at: usize) -> &[T] {
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(from), Some(to)) => self.all.get(*from as usize..*to as usize).unwrap_or_default(),
            (Some(_) | None, None) | (None, Some(_)) => &[],
        }
    }
}

/// The records of a window by their terms.
///
/// Sums over postings are rough and only tell who may be near; likeness is summed term by term.
#[derive(Debug)]
pub struct Space {
    /// By place: what the record says, by hash.
    rows: Stretches<Cell>,
    /// By number: the records that may be found by the term.
    postings: Stretches<Posting>,
    /// Which records may be found.
    listed: Vec<bool>,
    /// A term in so many records is common.
    common_from: usize,
    /// By place: the length of what common terms make of the row.
    common: Vec<f32>,
    /// The same of those that may be found, the longest first.
    most_common: Vec<f32>,
    /// By place, all 0 between questions.
    sums: Vec<f32>,
    /// By number, all 0 between questions: the weights of the record that is asked for.
    asked: Vec<f64>,
}

impl Space {
    /// The space of a window. Either all of its records have rows with numbers of the same [`Terms`], or new ones are
    /// made.
    pub fn of(window: &[&Observation]) -> Self {
        Self::to_find(window, |_| true)
    }

    /// The same, where only those that are `listed` are ever found near another. All count in how common a term is.
    pub fn to_find(window: &[&Observation], listed: impl Fn(&Observation) -> bool) -> Self {
        let numbered: Option<Vec<Cow<'_, [Term]>>> =
            window.iter().map(|o| o.row.as_ref().map(|row| Cow::Borrowed(&*row.0))).collect();
        let rows = numbered.unwrap_or_else(|| {
            let mut terms = Terms::default();
            window.iter().map(|o| Cow::Owned(terms.row(o).0.into_vec())).collect()
        });
        Self::of_rows(&rows, window.iter().map(|o| listed(o)).collect())
    }

    fn of_rows(rows: &[Cow<'_, [Term]>], listed: Vec<bool>) -> Self {
        let numbers = rows.iter().flat_map(|row| row.iter()).map(|t| t.number as usize + 1).max();
        let mut found = vec![0_u32; numbers.unwrap_or(0)];
        for term in rows.iter().flat_map(|row| row.iter()) {
            if let Some(n) = found.get_mut(term.number as usize) {
                *n += 1;
            }
        }
        let n = rows.len() as f64;
        let idf = idf_of(&found, n);
        let mut cells = Stretches { starts: Vec::with_capacity(rows.len() + 1), all: Vec::new() };
        for row in rows {
            let start = cells.all.len();
            cells.starts.push(start as u32);
            cells.all.extend(
                row.iter().filter_map(|term| Some(Cell { number: term.number, weight: raw(term, &idf)? })),
            );
            let row = cells.all.get_mut(start..).unwrap_or_default();
            let length = row.iter().map(|cell| cell.weight * cell.weight).sum::<f64>().sqrt();
            row.iter_mut().for_each(|cell| cell.weight /= length);
        }
        cells.starts.push(cells.all.len() as u32);
        let postings = postings_of(&cells, &listed, found.len());
        let common_from = (n * COMMON).max(ALWAYS_ALLOWED / 2.0) as usize + 1;
        let is_common = |cell: &&Cell| postings.of(cell.number as usize).len() >= common_from;
        let of_common =
            |at| -> f64 { cells.of(at).iter().filter(is_common).map(|cell| cell.weight * cell.weight).sum() };
        let common: Vec<f32> = (0..rows.len()).map(|at| of_common(at).sqrt() as f32).collect();
        let mut most_common: Vec<f32> =
            common.iter().zip(&listed).filter(|(_, listed)| **listed).map(|(common, _)| *common).collect();
        most_common.sort_unstable_by(|a, b| b.total_cmp(a));
        Self {
            postings,
            common_from,
            common,
            most_common,
            sums: vec![0.0; rows.len()],
            asked: vec![0.0; found.len()],
            rows: cells,
            listed,
        }
    }

    /// The records at least `floor` like the one at `at`, nearest first (ties by place).
    pub fn near(&mut self, at: usize, floor: f64) -> Vec<Near> {
        let mut near = self.like(at, floor);
        near.sort_unstable_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.at.cmp(&b.at)));
        near
    }

    /// The places of the records more than `floor` like the one at `at`, in order.
    pub fn above(&mut self, at: usize, floor: f64) -> Vec<usize> {
        let near = self.like(at, floor);
        near.into_iter().filter(|near| near.cosine > floor).map(|near| near.at).collect()
    }

    /// The records at least `floor` like the one at `at`, by place.
    ///
    /// What two records can have in common by common terms is at most the product of the lengths of their common
    /// parts (Cauchy and Schwarz). So long as hardly anybody reaches the floor by that alone, only the other terms are
    /// looked up, and whoever could still reach it is compared term by term.
    fn like(&mut self, at: usize, floor: f64) -> Vec<Near> {
        let row = self.rows.of(at);
        let bar = floor as f32 - ROUGHLY;
        let own = self.common.get(at).copied().unwrap_or_default();
        let by_common_alone = self.most_common.partition_point(|other| own * other >= bar);
        let users = |cell: &Cell| self.postings.of(cell.number as usize);
        let looked_up: usize =
            row.iter().map(|cell| users(cell).len()).filter(|n| *n >= self.common_from).sum();
        let all = by_common_alone * COMPARISON > looked_up;
        let own = if all { 0.0 } else { own };
        for cell in row {
            let users = self.postings.of(cell.number as usize);
            if all || users.len() < self.common_from {
                add(&mut self.sums, users, cell.weight as f32);
            }
            if let Some(asked) = self.asked.get_mut(cell.number as usize) {
                *asked = cell.weight;
            }
        }
        let mut near = Vec::new();
        for (chunk, (sums, common)) in self.sums.chunks_mut(CHUNK).zip(self.common.chunks(CHUNK)).enumerate()
        {
            // Nearly always nobody in it is near. To count costs less than to stop at the first.
            let may = |(sum, common): &(&f32, &f32)| *sum + own * *common >= bar;
            if sums.iter().zip(common).filter(may).count() > 0 {
                for (n, _) in sums.iter().zip(common).enumerate().filter(|(_, pair)| may(pair)) {
                    let other = chunk * CHUNK + n;
                    if other != at && self.listed.get(other).is_some_and(|listed| *listed) {
                        let cosine = cosine(&self.asked, self.rows.of(other));
                        if cosine >= floor && cosine > 0.0 {
                            near.push(Near { at: other, cosine });
                        }
                    }
                }
            }
            sums.fill(0.0);
        }
        for cell in self.rows.of(at) {
            if let Some(asked) = self.asked.get_mut(cell.number as usize) {
                *asked = 0.0;
            }
        }
        near
    }
}

/// The weights of terms by number, from how many records have each; 0 where a term says nothing.
fn idf_of(found: &[u32], n: f64) -> Vec<f64> {
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
    found.iter().map(|df| idf_of(*df)).collect()
}

/// Who has each term, of those that are listed.
fn postings_of(rows: &Stretches<Cell>, listed: &[bool], numbers: usize) -> Stretches<Posting> {
    let listed = || (0_u32..).zip(listed).filter(|(_, listed)| **listed).map(|(at, _)| at);
    let mut starts = vec![0_u32; numbers + 1];
    for cell in listed().flat_map(|at| rows.of(at as usize)) {
        if let Some(n) = starts.get_mut(cell.number as usize + 1) {
            *n += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut next = starts.clone();
    let mut all = vec![Posting::default(); sum as usize];
    for at in listed() {
        for cell in rows.of(at as usize) {
            let Some(next) = next.get_mut(cell.number as usize) else { continue };
            if let Some(posting) = all.get_mut(*next as usize) {
                *posting = Posting { at, weight: cell.weight as f32 };
            }
            *next += 1;
        }
    }
    Stretches { starts, all }
}

fn add(sums: &mut [f32], postings: &[Posting], weight: f32) {
    for posting in postings {
        if let Some(sum) = sums.get_mut(posting.at as usize) {
            *sum += weight * posting.weight;
        }
    }
}

/// The likeness of a row to the one whose weights are `asked`.
fn cosine(asked: &[f64], row: &[Cell]) -> f64 {
    let mut sum = 0.0;
    for cell in row {
        sum += asked.get(cell.number as usize).copied().unwrap_or_default() * cell.weight;
    }
    sum
}

/// A term's weight before its row is made 1 long; `None` if it says nothing.
fn raw(term: &Term, idf: &[f64]) -> Option<f64> {
    let idf = idf.get(term.number as usize).copied().filter(|idf| *idf > 0.0)?;
    // Most terms stand there once, and the logarithm of one is nothing.
    Some(if term.n == 1 { idf } else { (1.0 + f64::from(term.n).ln()) * idf })
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
