//! Gatherings: people who come together on one thing that was not there before.
//!
//! A count of a few hours is drowned by its topic's own noise: where three records are usual and some draw answers, a
//! dozen is no great surprise. That a dozen *people* speak of one *new thing* is one, since the noise of a topic is spread over
//! many things. So this asks how large new things grow in this topic, and how often there is one.
//!
//! **Statistic.** A thing is a cluster, or a name. It is *new* if it was first seen inside the window of `w` hours; `g` is
//! the number of authors it has then. All things that were first seen since the topic is known, and grew to two authors
//! within `w` hours after their first sight, say how large such things become: `G − 2` is taken as beta-geometric
//! (each thing draws people with a chance of its own; the tail is a power law, as sizes of threads have), with mean
//! as seen and the shape averaged over [`SHAPES`] by how well each explains what was seen. With `ν` such things expected in
//! the window (those of the same hours of earlier days, shrunk towards the mean over all hours by seven days; never fewer
//! than stand beside it now), `p = 1 − exp(−ν · P(G ≥ g))`.
//!
//! **Assumes** that new things of a topic draw people alike in all weeks.
//!
//! **Source.** The largest of a Poisson number of sizes (Coles 2001, ch. 7); beta-geometric law: Yule 1925, Simon 1955.

use chrono::{DateTime, TimeDelta, Utc};
use statrs::function::beta::ln_beta;

use super::entity_surge::Names;
use crate::analyze::words::ByHash;
use crate::signal::discounts::{Entry, Known};
use crate::signal::observation::Observation;
use crate::signal::totals::Window;

/// Shapes of the tail that are weighed against each other: P(G ≥ g) falls like `g` to minus this.
const SHAPES: [f64; 4] = [4.0, 8.0, 16.0, 64.0];
/// Things expected before any was seen: half a one, of a mean excess of a half.
const PRIOR: f64 = 0.5;
/// Days of all hours that the same hours of earlier days are shrunk towards.
const PRIOR_DAYS: f64 = 7.0;
/// At the start of what is known everything is new.
const BURN_IN: TimeDelta = TimeDelta::days(3);

/// What a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A cluster.
    Cluster,
    /// A name.
    Name,
}

/// The largest new thing of a window.
#[derive(Clone, Debug)]
pub(crate) struct Gathering<'a> {
    /// The window it is new in.
    pub(crate) window: Window,
    /// How it is written, if it is a name.
    pub(crate) name: Option<String>,
    /// Its records that count, one an author, oldest first.
    pub(crate) records: Vec<&'a Observation>,
    /// How many authors the largest new thing of the same hours had on earlier days.
    pub(crate) earlier: Vec<f64>,
    sizes: Sizes,
    /// New things with two authors expected in the window.
    expected: f64,
}

impl Gathering<'_> {
    /// Its authors.
    pub(crate) fn authors(&self) -> f64 {
        self.records.len() as f64
    }

    /// Probability of one that is at least so large if nothing happened.
    pub(crate) fn p_at_least(&self, authors: f64) -> f64 {
        (-(-self.expected * self.sizes.at_least(authors)).exp_m1()).clamp(1e-300, 1.0)
    }
}

/// Sizes of things that grew to two authors.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sizes {
    /// How many had two, three, … authors.
    seen: Vec<u32>,
    /// Weight, α and β of each shape.
    fits: Vec<(f64, f64, f64)>,
}

impl Sizes {
    fn of(sizes: impl Iterator<Item = usize>) -> Self {
        let mut seen: Vec<u32> = Vec::new();
        for excess in sizes.filter_map(|size| size.checked_sub(2)) {
            if seen.len() <= excess {
                seen.resize(excess + 1, 0);
            }
            if let Some(n) = seen.get_mut(excess) {
                *n += 1;
            }
        }
        let mut sizes = Self { seen, fits: Vec::new() };
        sizes.draw_in();
        sizes.fit();
        sizes
    }

    fn n(&self) -> f64 {
        self.seen.iter().map(|n| f64::from(*n)).sum()
    }

    /// What was news in its time is no usual thing: sizes far beyond the ninth decile are drawn in.
    fn draw_in(&mut self) {
        let (all, mut below, mut decile) = (self.n(), 0.0, 0);
        for (n, k) in self.seen.iter().zip(0..) {
            below += f64::from(*n);
            if below >= 0.9 * all {
                decile = k;
                break;
            }
        }
        let most = 2 * decile + 1;
        let beyond: u32 = self.seen.iter().skip(most + 1).sum();
        self.seen.truncate(most + 1);
        if let Some(last) = self.seen.last_mut() {
            *last += beyond;
        }
    }

    fn fit(&mut self) {
        let excess: f64 = self.seen.iter().zip(0_u32..).map(|(n, k)| f64::from(*n) * f64::from(k)).sum();
        let mean = (excess + PRIOR * 0.5) / (self.n() + PRIOR);
        let likely: Vec<(f64, f64, f64)> = SHAPES
            .iter()
            .map(|alpha| {
                let beta = mean * (alpha - 1.0);
                let ln: f64 = self
                    .seen
                    .iter()
                    .zip(0_u32..)
                    .filter(|(n, _)| **n > 0)
                    // P(X = k) = B(α + 1, β + k) ÷ B(α, β).
                    .map(|(n, k)| {
                        f64::from(*n) * (ln_beta(alpha + 1.0, beta + f64::from(k)) - ln_beta(*alpha, beta))
                    })
                    .sum();
                (ln, *alpha, beta)
            })
            .collect();
        let best = likely.iter().map(|(ln, ..)| *ln).fold(f64::NEG_INFINITY, f64::max);
        let all: f64 = likely.iter().map(|(ln, ..)| (ln - best).exp()).sum();
        self.fits = likely.into_iter().map(|(ln, a, b)| ((ln - best).exp() / all, a, b)).collect();
    }

    /// P(G ≥ g), given two.
    fn at_least(&self, g: f64) -> f64 {
        if g <= 2.0 {
            return 1.0;
        }
        // P(X ≥ k) = B(α, β + k) ÷ B(α, β).
        self.fits
            .iter()
            .map(|(weight, alpha, beta)| {
                weight * (ln_beta(*alpha, beta + g - 2.0) - ln_beta(*alpha, *beta)).exp()
            })
            .sum()
    }
}

/// The things of one record.
fn things(entry: &Entry<'_>, what: What, names: &Names, keys: &mut Vec<u64>) {
    keys.clear();
    match what {
        What::Cluster => keys.extend(entry.cluster()),
        What::Name => {
            names.keys(entry.observation, keys);
            keys.sort_unstable();
            keys.dedup();
        }
    }
}

/// All things of a topic with their records.
#[derive(Debug)]
pub(crate) struct Things {
    /// Each with the places of its records, oldest first.
    records: Vec<(u64, u32)>,
}

impl Things {
    /// Looks through all that is known.
    pub(crate) fn of(known: &Known<'_>, what: What, names: &Names) -> Self {
        let (mut records, mut keys) = (Vec::new(), Vec::new());
        for (entry, at) in known.all().iter().zip(0_u32..) {
            if entry.is_seen() {
                things(entry, what, names, &mut keys);
                records.extend(keys.iter().map(|key| (*key, at)));
            }
        }
        records.sort_unstable();
        Self { records }
    }

    /// Each with when it was first seen and its authors so long after, by when it was first seen.
    fn grown(&self, known: &Known<'_>, length: TimeDelta) -> Vec<Past> {
        let mut past = Vec::new();
        let mut people = People::default();
        for records in self.records.chunk_by(|a, b| a.0 == b.0) {
            let mut entries = records.iter().filter_map(|(_, at)| known.all().get(*at as usize)).peekable();
            let Some(first) = entries.peek().map(|entry| entry.at()) else { continue };
            people.clear();
            for entry in entries.take_while(|entry| entry.at() <= first + length) {
                if entry.counts() {
                    people.join(entry);
                }
            }
            past.extend(records.first().map(|(key, _)| Past { first, key: *key, authors: people.len() }));
        }
        past.sort_unstable_by_key(|thing| (thing.first, thing.key));
        past
    }
}

/// A thing as it grew.
#[derive(Clone, Copy, Debug)]
struct Past {
    first: DateTime<Utc>,
    key: u64,
    authors: usize,
}

/// The things that were first seen after `from` and by `to`.
fn first_seen(past: &[Past], from: DateTime<Utc>, to: DateTime<Utc>) -> &[Past] {
    let start = past.partition_point(|thing| thing.first <= from);
    let end = past.partition_point(|thing| thing.first <= to);
    past.get(start..end).unwrap_or_default()
}

/// Who came together on a thing, and with which texts.
#[derive(Clone, Debug, Default)]
struct People {
    authors: Vec<u32>,
    texts: Vec<u32>,
}

impl People {
    fn len(&self) -> usize {
        self.authors.len()
    }

    fn clear(&mut self) {
        self.authors.clear();
        self.texts.clear();
    }

    /// Takes in a record that counts; whether it is by somebody new and no copy.
    fn join(&mut self, entry: &Entry<'_>) -> bool {
        let new = !self.authors.contains(&entry.author()) && !self.texts.contains(&entry.text());
        if new {
            self.authors.push(entry.author());
            self.texts.push(entry.text());
        }
        new
    }
}

/// The largest thing of its kind that is new in the window; `None` if none has `least` authors. Where one has, `all` are
/// asked for.
pub(crate) fn largest<'a, 't>(
    known: &Known<'a>,
    window: Window,
    what: What,
    names: &Names,
    least: usize,
    all: impl FnOnce() -> &'t Things,
) -> Option<Gathering<'a>> {
    let length = window.to - window.from;
    let mut keys = Vec::new();
    let mut here: ByHash<People> = ByHash::default();
    for entry in known.between(window).iter().filter(|e| e.counts() && !e.is_late()) {
        things(entry, what, names, &mut keys);
        for key in &keys {
            here.entry(*key).or_default().join(entry);
        }
    }
    here.retain(|_, people| people.len() >= least);
    if here.is_empty() {
        return None;
    }
    let past = all().grown(known, length);
    let new = first_seen(&past, window.from, window.to);
    let among = |thing: &Past| here.get(&thing.key).map(|people| (people.len(), thing.key));
    let (_, key) = new.iter().filter_map(among).max()?;
    let since = known.since()? + BURN_IN;
    let grown = |thing: &&Past| thing.authors >= 2;
    let usual = first_seen(&past, since, window.from);
    let sizes = Sizes::of(usual.iter().map(|thing| thing.authors));
    let days = (window.from - since).as_seconds_f64() / 86_400.0;
    let mut earlier = Vec::new();
    let mut same_hours = 0.0;
    for back in 1.. {
        let then = window.days_before(back);
        if then.from < since {
            break;
        }
        let there = first_seen(&past, then.from, then.to);
        same_hours += there.iter().filter(grown).count() as f64;
        earlier.push(there.iter().map(|thing| thing.authors).max().unwrap_or(0) as f64);
    }
    let share = length.as_seconds_f64() / 86_400.0;
    let a_window = (sizes.n() + PRIOR) / days.max(1.0) * share;
    let expected = (same_hours + PRIOR_DAYS * a_window) / (earlier.len() as f64 + PRIOR_DAYS);
    let beside = new.iter().filter(grown).count();
    let mut records: Vec<&Observation> = Vec::new();
    let mut people = People::default();
    for entry in known.between(window).iter().filter(|e| e.counts() && !e.is_late()) {
        things(entry, what, names, &mut keys);
        if keys.contains(&key) && people.join(entry) {
            records.push(entry.observation);
        }
    }
    let name = match what {
        What::Cluster => None,
        What::Name => records.first().and_then(|o| names.text(o, key)).map(str::to_owned),
    };
    let expected = expected.max(beside.saturating_sub(1) as f64);
    Some(Gathering { window, name, records, earlier, sizes, expected })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_that_never_grew_make_a_crowd_unlikely() {
        let small = Sizes::of([2; 60].into_iter());
        assert!(small.at_least(2.0) >= 1.0);
        assert!(small.at_least(8.0) < 1e-4, "{}", small.at_least(8.0));
    }

    #[test]
    fn a_topic_of_long_threads_is_used_to_crowds() {
        let long = Sizes::of((0..60).map(|i| 2 + i % 12));
        assert!(long.at_least(8.0) > 0.2, "{}", long.at_least(8.0));
    }

    #[test]
    fn nothing_seen_is_no_proof() {
        let none = Sizes::of(std::iter::empty());
        assert!(none.at_least(8.0) > 1e-3, "{}", none.at_least(8.0));
    }
}
