//! The keys of a record: numbers in place of ids and texts, for whatever is compared again and again at every tick.

use std::borrow::Cow;

use super::history::{platform_key, shape_key};
use super::observation::{Observation, key_of};

/// Shapes shorter than this ("question", "help!") repeat by chance.
const MIN_SERIES_CHARS: usize = 10;

/// The keys of what a record is compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Its platform.
    pub(super) platform: u64,
    /// Its author.
    pub(super) author: u64,
    /// Its copies.
    pub(super) text: u64,
    /// Its cluster.
    pub(super) cluster: Option<u64>,
    /// Its headline's shape at its place, if it has one.
    pub(super) shape: Option<u64>,
    /// Its headline's shape wherever it stands, if it is long enough to tell a series.
    pub(super) series: Option<u64>,
    /// The pairs of words that it is about.
    pub(super) phrases: Box<[u64]>,
}

impl Keys {
    /// The keys of a record, as they are known or made now.
    pub(super) fn of(observation: &Observation) -> Cow<'_, Self> {
        observation.keys.as_ref().map_or_else(|| Cow::Owned(Self::made(observation)), Cow::Borrowed)
    }

    /// The keys of a record as it is now.
    pub fn made(observation: &Observation) -> Self {
        let shape = &observation.signs.shape;
        let is_long = shape.chars().nth(MIN_SERIES_CHARS - 1).is_some();
        Self {
            platform: platform_key(observation),
            author: key_of(observation.author_key.as_str()),
            text: key_of(observation.copy_group.as_str()),
            cluster: observation.cluster.as_ref().map(|cluster| key_of(cluster.as_str())),
            shape: shape_key(observation),
            series: is_long.then(|| key_of(shape)),
            phrases: observation.phrases().map(key_of).collect(),
        }
    }
}
