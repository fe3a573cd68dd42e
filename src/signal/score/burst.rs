//! Names that are spoken of more than usual, by distinct authors.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::model::SourceClass;
use crate::signal::history::{History, Name, Numbered};
use crate::signal::keys::Keys;
use crate::signal::observation::Observation;

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
    // First how often each name is there at all: most are too few to burst.
    let mut often: Numbered<u64, (u32, bool)> = Numbered::default();
    let (mut active, mut texts): (Vec<(u64, u64)>, Vec<u64>) = (Vec::new(), Vec::new());
    let talk = || window.iter().zip(names).filter(|(o, _)| o.class != SourceClass::Paper);
    for (observation, names) in talk() {
        let keys = Keys::of(observation);
        active.push((keys.platform, keys.author));
        texts.push(keys.text);
        for name in names {
            let (n, in_headline) = often.entry(name.key).or_default();
            *n += 1;
            *in_headline |= name.in_headline;
        }
    }
    let may = |(n, in_headline): (u32, bool)| in_headline && n as usize >= MIN_AUTHORS;
    let mut users: Vec<(u64, u64, u64)> = Vec::new();
    for (((_, names), (_, author)), text) in talk().zip(&active).zip(&texts) {
        let able = names.iter().filter(|name| often.get(&name.key).is_some_and(|of| may(*of)));
        users.extend(able.map(|name| (name.key, *author, *text)));
    }
    users.sort_unstable();
    active.sort_unstable();
    active.dedup();
    let active: Vec<(u64, f64, u32)> = active
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|of| of.first().map(|(platform, _)| (*platform, of.len())))
        .map(|(platform, n)| (platform, n as f64, history.usually_active(from, platform)))
        .collect();
    users
        .chunk_by(|a, b| a.0 == b.0)
        .filter_map(|uses| {
            let (name, ..) = *uses.first()?;
            // Many accounts with one text are one voice, and so is one account with many texts.
            let authors = uses.chunk_by(|a, b| a.1 == b.1).count();
            texts.clear();
            texts.extend(uses.iter().map(|(.., text)| *text));
            texts.sort_unstable();
            texts.dedup();
            let n = authors.min(texts.len());
            if n < MIN_AUTHORS {
                return None;
            }
            let expected: f64 = active
                .iter()
                .map(|(platform, authors, usual)| {
                    let said = history.usually_said(from, *platform, name);
                    (f64::from(said) + 0.25) / (f64::from(*usual) + 1.0) * authors
                })
                .sum();
            let n = n as f64;
            Some((name, Burst { z: (n - expected) / (expected + 1.0).sqrt(), times: n / expected }))
        })
        .filter(|(_, burst)| burst.z > 0.0)
        .collect()
}
