//! Who else says something near, and whose chain of posts a record continues.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::model::SourceClass;
use crate::signal::observation::Observation;

/// From this likeness on a record is company.
pub(crate) const NEAR: f64 = 0.15;

/// Posts of one author this close in time are one thread.
const THREAD_GAP: TimeDelta = TimeDelta::seconds(120);

/// The near records of one record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Company {
    /// Venues other than its own.
    pub(super) other_venues: u32,
    /// Authors on other platforms.
    pub(super) authors_of_other_platforms: u32,
    /// There is company and this record was earlier than all of it.
    pub(super) first: bool,
}

/// The company of the record at `at`, of those that are [`NEAR`]: other authors, other texts, no papers.
pub(super) fn of(window: &[&Observation], at: usize, near: &[usize]) -> Company {
    let own = window[at];
    let mut venues: BTreeSet<&str> = BTreeSet::new();
    let mut authors: BTreeSet<&str> = BTreeSet::new();
    let mut any = false;
    let mut earliest = true;
    for other in near.iter().map(|other| window[*other]) {
        let same = other.author_key == own.author_key || other.copy_group == own.copy_group;
        if same || other.class == SourceClass::Paper {
            continue;
        }
        any = true;
        earliest &= (own.published_at, &own.id) < (other.published_at, &other.id);
        if other.venue != own.venue || other.platform != own.platform {
            venues.insert(&other.venue);
        }
        if other.platform != own.platform {
            authors.insert(other.author_key.as_str());
        }
    }
    Company {
        other_venues: u32::try_from(venues.len()).unwrap_or(u32::MAX),
        authors_of_other_platforms: u32::try_from(authors.len()).unwrap_or(u32::MAX),
        first: any && earliest,
    }
}

/// For each record the length of the social thread that it continues; 1 for records that open one or stand alone.
pub(super) fn chains(window: &[&Observation]) -> Vec<u32> {
    let mut by_author: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, observation) in window.iter().enumerate() {
        if observation.class == SourceClass::Social {
            by_author.entry(observation.author_key.as_str()).or_default().push(at);
        }
    }
    let mut chains = vec![1; window.len()];
    for mut posts in by_author.into_values() {
        posts.sort_by_key(|at| (window[*at].published_at, &window[*at].id));
        for thread in posts.chunk_by(|a, b| window[*b].published_at - window[*a].published_at <= THREAD_GAP) {
            for at in thread.iter().skip(1) {
                chains[*at] = u32::try_from(thread.len()).unwrap_or(u32::MAX);
            }
        }
    }
    chains
}
