//! Likeness of records inside one window: TF-IDF over words and pairs of words, cosine by an inverted index.

use std::collections::BTreeMap;

use super::observation::Observation;

/// A term in fewer records than this links nothing.
const MIN_RECORDS: u32 = 2;

/// A term in more than this share of the records says nothing.
const MAX_SHARE: f64 = 0.10;

/// In a small window a tenth is one record or none: up to so many records a term is never too common.
const ALWAYS_ALLOWED: f64 = 6.0;

/// Another record of the window and how much it is like this one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// Its place in the window.
    pub at: usize,
    /// Cosine, 0…1.
    pub cosine: f64,
}

/// For each record of `window` the records at least `floor` like it, nearest first (ties by place).
///
/// Weights are `(1 + ln tf) · (1 + ln((n + 1) / (df + 1)))`, rows have length 1. The smooth idf is flat enough that
/// words of the middle still link; without its one every bar of the grouping stands too high. Each pair is met once, through a term both have; the
/// cost is the sum of squares of the terms' record counts, which the share limit holds down.
pub fn neighbours(window: &[&Observation], floor: f64) -> Vec<Vec<Near>> {
    let rows = rows(window);
    let mut postings: Vec<Vec<(usize, f64)>> = Vec::new();
    let mut near: Vec<Vec<Near>> = vec![Vec::new(); window.len()];
    let mut sums = vec![0.0_f64; window.len()];
    let mut touched: Vec<usize> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        for (term, weight) in row {
            if postings.len() <= *term {
                postings.resize_with(term + 1, Vec::new);
            }
            for (other, other_weight) in &postings[*term] {
                if sums[*other] == 0.0 {
                    touched.push(*other);
                }
                sums[*other] += weight * other_weight;
            }
            postings[*term].push((at, *weight));
        }
        for other in touched.drain(..) {
            let cosine = std::mem::take(&mut sums[other]);
            if cosine >= floor {
                near[at].push(Near { at: other, cosine });
                near[other].push(Near { at, cosine });
            }
        }
    }
    for list in &mut near {
        list.sort_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.at.cmp(&b.at)));
    }
    near
}

/// The records of a window by their terms, to ask for the neighbours of a few of them: what [`neighbours`] tells of all.
#[derive(Debug)]
pub struct Space {
    rows: Vec<Vec<(usize, f64)>>,
    /// For each term the records that have it, with its weight there.
    postings: Vec<Vec<(usize, f64)>>,
}

impl Space {
    /// The space of a window.
    pub fn of(window: &[&Observation]) -> Self {
        let rows = rows(window);
        let mut postings: Vec<Vec<(usize, f64)>> = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            for (term, weight) in row {
                if postings.len() <= *term {
                    postings.resize_with(term + 1, Vec::new);
                }
                if let Some(records) = postings.get_mut(*term) {
                    records.push((at, *weight));
                }
            }
        }
        Self { rows, postings }
    }

    /// The records at least `floor` like the one at `at`, nearest first (ties by place).
    pub fn near(&self, at: usize, floor: f64) -> Vec<Near> {
        let mut sums = vec![0.0_f64; self.rows.len()];
        let row = self.rows.get(at).map(Vec::as_slice).unwrap_or_default();
        for (term, weight) in row {
            for (other, other_weight) in self.postings.get(*term).into_iter().flatten() {
                if let Some(sum) = sums.get_mut(*other) {
                    *sum += weight * other_weight;
                }
            }
        }
        let mut near: Vec<Near> = sums
            .into_iter()
            .enumerate()
            .filter(|(other, cosine)| *other != at && *cosine > 0.0 && *cosine >= floor)
            .map(|(at, cosine)| Near { at, cosine })
            .collect();
        near.sort_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.at.cmp(&b.at)));
        near
    }
}

/// One sparse row per record, of length 1, by dense term number.
fn rows(window: &[&Observation]) -> Vec<Vec<(usize, f64)>> {
    let n = window.len() as f64;
    let most = (n * MAX_SHARE).max(ALWAYS_ALLOWED);
    let mut found: BTreeMap<u32, u32> = BTreeMap::new();
    for term in window.iter().flat_map(|observation| terms(observation)) {
        *found.entry(term.0).or_default() += 1;
    }
    let idf: BTreeMap<u32, (usize, f64)> = found
        .into_iter()
        .filter(|(_, df)| *df >= MIN_RECORDS && f64::from(*df) <= most)
        .enumerate()
        .map(|(place, (term, df))| (term, (place, ((n + 1.0) / (f64::from(df) + 1.0)).ln() + 1.0)))
        .collect();
    window
        .iter()
        .map(|observation| {
            let mut row: Vec<(usize, f64)> = terms(observation)
                .filter_map(|(term, tf)| {
                    idf.get(&term).map(|(place, idf)| (*place, (1.0 + f64::from(tf).ln()) * idf))
                })
                .collect();
            row.sort_by_key(|(place, _)| *place);
            let length = row.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
            for (_, weight) in &mut row {
                *weight /= length;
            }
            row
        })
        .collect()
}

fn terms(observation: &Observation) -> impl Iterator<Item = (u32, u16)> + '_ {
    observation.words.iter().chain(&observation.bigrams).map(|count| (count.term, count.n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::invented::social;

    #[test]
    fn asked_alone_a_record_has_the_same_neighbours() {
        let said = [
            "night ferry stuck at the pier",
            "the night ferry is stuck again",
            "cake with plums at the pier",
            "plums ferry cake",
            "a pier, a cake, a night",
        ];
        let records: Vec<Observation> =
            said.iter().zip(1..).map(|(text, n)| social("ada", n, text)).collect();
        let window: Vec<&Observation> = records.iter().collect();
        let space = Space::of(&window);
        for floor in [0.0, 0.1, 0.3] {
            let all = neighbours(&window, floor);
            for (at, near) in all.iter().enumerate() {
                assert_eq!(&space.near(at, floor), near, "of the {at}th");
            }
        }
        assert!(neighbours(&window, 0.1).iter().any(|near| near.len() > 1));
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
        let near = neighbours(&window, 0.0);
        assert_eq!((near[0][0].at, near[1][0].at), (1, 0));
        assert!((near[0][0].cosine - 1.0).abs() < 1e-9);
        assert!(near[0].iter().all(|near| near.at != 2));
        assert!(near[3].iter().any(|near| near.at == 0 && near.cosine > 0.0 && near.cosine < 1.0));
        assert!(neighbours(&window, 0.99)[3].is_empty());
    }
}
