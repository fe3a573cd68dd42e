//! Names that are spoken of more than usual, by distinct authors.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use crate::model::SourceClass;
use crate::signal::history::{History, Name, platform_key};
use crate::signal::observation::{Observation, key_of};

/// Standing so far above its usual number of authors, and at least so many times above it, a name tells an event apart
/// however common it has become. Where a name is used by many every day, chance and mood alone reach the first.
const TELLING: f64 = 3.0;

/// A name that fewer authors use does not burst.
const MIN_AUTHORS: usize = 3;

/// How a name stands to its usual number of authors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Burst {
    /// How far above it, in standard deviations.
    pub(crate) z: f64,
    /// How many times as many.
    pub(crate) times: f64,
}

impl Burst {
    /// Whether the name is spoken of more than chance explains.
    pub(crate) fn rises(self) -> bool {
        self.z >= TELLING
    }

    /// Whether the name tells an event apart.
    pub(crate) fn tells(self) -> bool {
        self.z >= TELLING && self.times >= TELLING
    }
}

/// How far each name stands above its usual number of authors: `(o − e) / √(e + 1)`, where `e` is summed over
/// platforms, `(c + ¼) / (N + 1) · n` with the ten days before (`c` author-days of `N` used it) and today's `n` active
/// authors. Only names that stand above it. Papers neither burst nor feed a burst: they come in floods.
pub(crate) fn bursts(
    window: &[&Observation],
    names: &[Vec<Name<'_>>],
    history: &History,
    from: DateTime<Utc>,
) -> HashMap<u64, Burst> {
    let mut active: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    let mut users: BTreeMap<u64, Users<'_>> = BTreeMap::new();
    for (observation, names) in window.iter().zip(names) {
        if observation.class == SourceClass::Paper {
            continue;
        }
        active.entry(platform_key(observation)).or_default().insert(observation.author_key.as_str());
        for name in names {
            let users = users.entry(name.key).or_default();
            users.authors.insert(key_of(observation.author_key.as_str()));
            users.texts.insert(observation.copy_group.as_str());
            users.in_headline |= name.in_headline;
        }
    }
    users
        .into_iter()
        .filter(|(_, users)| users.in_headline && users.n() >= MIN_AUTHORS)
        .map(|(name, users)| {
            let expected: f64 = active
                .iter()
                .map(|(platform, authors)| {
                    let usual = history.usual(from, *platform, name);
                    (f64::from(usual.said) + 0.25) / (f64::from(usual.active) + 1.0) * authors.len() as f64
                })
                .sum();
            let n = users.n() as f64;
            (name, Burst { z: (n - expected) / (expected + 1.0).sqrt(), times: n / expected })
        })
        .filter(|(_, burst)| burst.z > 0.0)
        .collect()
}

#[derive(Default)]
struct Users<'a> {
    authors: BTreeSet<u64>,
    texts: BTreeSet<&'a str>,
    in_headline: bool,
}

impl Users<'_> {
    /// Many accounts with one text are one voice, and so is one account with many texts.
    fn n(&self) -> usize {
        self.authors.len().min(self.texts.len())
    }
}
