//! Records, their clusters and where they sit.

use std::collections::{BTreeMap, BTreeSet};

use super::Said;

/// A place is the topic's when it brings this many matched records, and this share of its records match.
const PLACE_RECORDS: usize = 5;
const PLACE_SHARE: f64 = 0.3;
/// A cluster is the topic's when this share of it matches.
const CLUSTER_SHARE: f64 = 1.0 / 3.0;
/// A cluster of at least three is of something else when at most this share of it matches.
const STRANGE_SHARE: f64 = 0.25;

/// All records with what is known of their clusters.
pub(super) struct Scene<'a> {
    pub(super) said: &'a [Said],
    /// Records and matched records by cluster.
    clusters: BTreeMap<&'a str, (usize, usize)>,
    /// Rules by cluster, with how many matched records of it each brings.
    rules: BTreeMap<&'a str, BTreeMap<&'a str, usize>>,
}

/// Where a matched record sits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Seat {
    /// In a cluster with one that another rule matches.
    WithTopic,
    /// In a cluster that is mostly of something else.
    Elsewhere,
    /// In a cluster with nothing else.
    Alone,
    /// None of it.
    Unsure,
}

impl<'a> Scene<'a> {
    pub(super) fn new(said: &'a [Said]) -> Self {
        let mut clusters: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let mut rules: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        for one in said {
            let size = clusters.entry(&one.cluster).or_default();
            size.0 += 1;
            size.1 += usize::from(one.matched());
            for rule in &one.by {
                *rules.entry(&one.cluster).or_default().entry(rule).or_default() += 1;
            }
        }
        Self { said, clusters, rules }
    }

    pub(super) fn size(&self, one: &Said) -> (usize, usize) {
        self.clusters.get(one.cluster.as_str()).copied().unwrap_or((1, usize::from(one.matched())))
    }

    /// Where a matched record sits: other records, by rules of their own, say what its cluster is about.
    pub(super) fn seat(&self, one: &Said) -> Seat {
        let (all, matched) = self.size(one);
        let by_others = self
            .rules
            .get(one.cluster.as_str())
            .is_some_and(|rules| rules.keys().any(|rule| !one.by.iter().any(|own| own == rule)));
        if all == 1 {
            Seat::Alone
        } else if by_others || one.by.len() > 1 {
            Seat::WithTopic
        } else if all >= 3 && matched as f64 <= STRANGE_SHARE * all as f64 {
            Seat::Elsewhere
        } else {
            Seat::Unsure
        }
    }

    /// Unmatched records in the topic's places and clusters.
    pub(super) fn near(&self) -> BTreeSet<usize> {
        let mut places: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for one in self.said.iter().filter(|one| one.place) {
            let place = places.entry(&one.venue).or_default();
            place.0 += 1;
            place.1 += usize::from(one.matched());
        }
        let of_topic = |(all, matched): (usize, usize), share: f64| matched as f64 >= share * all as f64;
        (0..self.said.len())
            .filter(|at| {
                let Some(one) = self.said.get(*at) else { return false };
                let size = self.size(one);
                let place = places.get(one.venue.as_str()).copied().unwrap_or_default();
                !one.matched()
                    && ((size.1 > 0 && of_topic(size, CLUSTER_SHARE))
                        || (one.place && place.1 >= PLACE_RECORDS && of_topic(place, PLACE_SHARE)))
            })
            .collect()
    }

    pub(super) fn authors(&self, places: &[usize]) -> usize {
        places
            .iter()
            .filter_map(|at| self.said.get(*at))
            .map(|one| &one.author)
            .collect::<BTreeSet<_>>()
            .len()
    }

    pub(super) fn examples(&self, places: &[usize]) -> Vec<String> {
        let mut seen = BTreeSet::new();
        places
            .iter()
            .filter_map(|at| self.said.get(*at))
            .filter(|one| seen.insert(one.author.as_str()))
            .take(3)
            .map(|one| one.url.clone())
            .collect()
    }
}
