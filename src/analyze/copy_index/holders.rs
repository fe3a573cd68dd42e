//! Who holds a line, a run or a band, in order.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hash};

use crate::analyze::words::HashedKey;

type Map<K, V> = HashMap<K, V, BuildHasherDefault<HashedKey>>;

/// By key, the numbers of the records that hold it, the earliest first. Nearly all keys have one holder, which needs no
/// list.
#[derive(Debug)]
pub(super) struct Holders<K> {
    first: Map<K, u32>,
    /// The holders after the first.
    more: Map<K, VecDeque<u32>>,
}

impl<K> Default for Holders<K> {
    fn default() -> Self {
        Self { first: Map::default(), more: Map::default() }
    }
}

impl<K: Copy + Eq + Hash> Holders<K> {
    /// The earliest holder.
    pub(super) fn first(&self, key: K) -> Option<u32> {
        self.first.get(&key).copied()
    }

    /// The latest holders, the latest first.
    pub(super) fn latest(&self, key: K) -> impl Iterator<Item = u32> {
        let first = self.first.get(&key);
        let more = first.and_then(|_| self.more.get(&key));
        more.into_iter().flat_map(|more| more.iter().rev()).chain(first).copied()
    }

    /// Adds a holder; numbers come in ascending order.
    pub(super) fn add(&mut self, key: K, number: u32) {
        match self.first.entry(key) {
            Entry::Vacant(place) => {
                place.insert(number);
            }
            Entry::Occupied(_) => self.more.entry(key).or_default().push_back(number),
        }
    }

    /// Lets the earliest holder go, if it is this one: the next takes over.
    pub(super) fn drop_first(&mut self, key: K, number: u32) {
        let Entry::Occupied(mut first) = self.first.entry(key) else { return };
        if *first.get() != number {
            return;
        }
        let Entry::Occupied(mut more) = self.more.entry(key) else {
            first.remove();
            return;
        };
        if let Some(next) = more.get_mut().pop_front() {
            first.insert(next);
        }
        if more.get().is_empty() {
            more.remove();
        }
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.first.len() + self.more.values().map(VecDeque::len).sum::<usize>()
    }
}
