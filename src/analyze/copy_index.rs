//! Copy groups, grown online: exact copies, near copies and cross-posts of one text share a group.
//!
//! A group is a star around the record that opened it: a newcomer is compared with openers only, so that a chain of
//! small changes cannot tie strangers together. Exact hashes and cross-posts (same author, same headline, another
//! place) are looked up directly; near copies meet in at least one band of their fingerprints (locality-sensitive
//! hashing, Indyk & Motwani 1998) and are then compared in full.
//!
//! Records go in oldest first: a group is named after the first record put in. Sort the records of a tick by time of
//! publication and id, and the result does not depend on the order of arrival.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::copies::{Fingerprint, NEAR_COPY, bands, similarity};
use super::words;
use crate::model::{AuthorKey, CopyGroup, RecordId};

/// How long and how closely copies are looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CopySettings {
    /// How long a text is remembered. Default 30 days.
    pub window: TimeDelta,
    /// Similarity from which two texts are near copies. Default 0.7.
    pub near: f64,
    /// Time between two cross-posts. Default 3 days.
    pub cross_post_within: TimeDelta,
    /// Headlines shorter than this are nobody's cross-post. Default 12 characters.
    pub min_title_chars: usize,
    /// At most this many records are remembered (about 1 kB each); the oldest go first. Default 250,000.
    pub max_records: usize,
}

impl Default for CopySettings {
    fn default() -> Self {
        Self {
            window: TimeDelta::days(30),
            near: NEAR_COPY,
            cross_post_within: TimeDelta::days(3),
            min_title_chars: 12,
            max_records: 250_000,
        }
    }
}

/// What the index needs to know of a record.
#[derive(Clone, Copy, Debug)]
pub struct CopyCandidate<'a> {
    /// Whose text.
    pub id: &'a RecordId,
    /// When it was published.
    pub at: DateTime<Utc>,
    /// Digest of its letters and digits; empty if it has none.
    pub exact_hash: &'a str,
    /// Its fingerprint, if it is long enough to have one.
    pub fingerprint: Option<&'a Fingerprint>,
    /// Who wrote it.
    pub author: &'a AuthorKey,
    /// Where: the same headline in the same place is a series, not a cross-post.
    pub venue: &'a str,
    /// Its headline with digits as `#`.
    pub title_shape: &'a str,
}

/// Openers that share a band are compared newest first, at most this many per band: floods are near copies of
/// their opener, so a long list means a very common phrase.
const MAX_PER_BAND: usize = 32;

#[derive(Debug)]
struct Entry {
    at: DateTime<Utc>,
    exact: Option<u64>,
    cross: Option<u64>,
    venue: u64,
    group: CopyGroup,
    /// Present for openers only: what near copies are compared with.
    fingerprint: Option<Box<Fingerprint>>,
}

/// The texts of the last weeks, by hash, by author and headline, and by fingerprint.
#[derive(Debug, Default)]
pub struct CopyIndex {
    settings: CopySettings,
    newest: Option<DateTime<Utc>>,
    /// Number of the entry at the front of `entries`.
    first: u64,
    entries: VecDeque<Entry>,
    exact: HashMap<u64, u64>,
    cross: HashMap<u64, Vec<u64>>,
    bands: HashMap<u64, Vec<u64>>,
}

impl CopyIndex {
    /// An empty index.
    pub fn new(settings: CopySettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// How many records are remembered.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Finds the copy group of a record, or opens one in its name, and remembers the record.
    pub fn assign(&mut self, candidate: &CopyCandidate<'_>) -> CopyGroup {
        self.forget(candidate.at);
        let found = self
            .exact_copy(candidate)
            .or_else(|| self.near_copy(candidate))
            .or_else(|| self.cross_post(candidate));
        let group = found.unwrap_or_else(|| CopyGroup::of(candidate.id));
        self.remember(candidate, group.clone());
        group
    }

    /// Puts back a record with the group it was given: the way to rebuild the index from the store, oldest first.
    pub fn restore(&mut self, candidate: &CopyCandidate<'_>, group: &CopyGroup) {
        self.forget(candidate.at);
        self.remember(candidate, group.clone());
    }

    fn entry(&self, number: u64) -> Option<&Entry> {
        usize::try_from(number.checked_sub(self.first)?).ok().and_then(|at| self.entries.get(at))
    }

    fn exact_copy(&self, candidate: &CopyCandidate<'_>) -> Option<CopyGroup> {
        let number = self.exact.get(&exact_key(candidate)?)?;
        self.entry(*number).map(|entry| entry.group.clone())
    }

    fn near_copy(&self, candidate: &CopyCandidate<'_>) -> Option<CopyGroup> {
        let fingerprint = candidate.fingerprint?;
        let mut numbers: Vec<u64> = bands(fingerprint)
            .iter()
            .filter_map(|band| self.bands.get(band))
            .flat_map(|openers| openers.iter().rev().take(MAX_PER_BAND))
            .copied()
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut best: Option<(f64, &Entry)> = None;
        // Oldest first, and only a better one replaces it: the earliest opener wins a tie.
        for entry in numbers.into_iter().filter_map(|number| self.entry(number)) {
            let Some(other) = entry.fingerprint.as_deref() else { continue };
            let alike = similarity(fingerprint, other);
            if alike >= self.settings.near && best.is_none_or(|(most, _)| alike > most) {
                best = Some((alike, entry));
            }
        }
        best.map(|(_, entry)| entry.group.clone())
    }

    fn cross_post(&self, candidate: &CopyCandidate<'_>) -> Option<CopyGroup> {
        let venue = words::hash(candidate.venue);
        let near_in_time =
            |entry: &&Entry| (candidate.at - entry.at).abs() <= self.settings.cross_post_within;
        self.cross
            .get(&self.cross_key(candidate)?)?
            .iter()
            .filter_map(|number| self.entry(*number))
            .filter(near_in_time)
            .find(|entry| entry.venue != venue)
            .map(|entry| entry.group.clone())
    }

    fn cross_key(&self, candidate: &CopyCandidate<'_>) -> Option<u64> {
        let long = candidate.title_shape.chars().count() >= self.settings.min_title_chars;
        long.then(|| words::pair(words::hash(candidate.author.as_str()), words::hash(candidate.title_shape)))
    }

    fn remember(&mut self, candidate: &CopyCandidate<'_>, group: CopyGroup) {
        let number = self.first + self.entries.len() as u64;
        let exact = exact_key(candidate);
        if let Some(key) = exact {
            // The latest member stands for the group, so that a text that keeps coming is never forgotten.
            self.exact.insert(key, number);
        }
        let cross = self.cross_key(candidate);
        if let Some(key) = cross {
            self.cross.entry(key).or_default().push(number);
        }
        let opener = group.as_str() == candidate.id.as_str();
        let fingerprint = candidate.fingerprint.filter(|_| opener).map(|f| Box::new(*f));
        if let Some(fingerprint) = &fingerprint {
            for band in bands(fingerprint) {
                self.bands.entry(band).or_default().push(number);
            }
        }
        let venue = words::hash(candidate.venue);
        self.entries.push_back(Entry { at: candidate.at, exact, cross, venue, group, fingerprint });
    }

    /// Lets go what is out of the window or beyond the bound, by the newest record seen.
    fn forget(&mut self, at: DateTime<Utc>) {
        let newest = self.newest.map_or(at, |newest| newest.max(at));
        self.newest = Some(newest);
        while let Some(front) = self.entries.front() {
            if newest - front.at <= self.settings.window && self.entries.len() < self.settings.max_records {
                break;
            }
            let Some(entry) = self.entries.pop_front() else { break };
            let number = self.first;
            self.first += 1;
            if let Some(key) = entry.exact
                && self.exact.get(&key) == Some(&number)
            {
                self.exact.remove(&key);
            }
            if let Some(key) = entry.cross {
                drop_number(&mut self.cross, key, number);
            }
            if let Some(fingerprint) = &entry.fingerprint {
                for band in bands(fingerprint) {
                    drop_number(&mut self.bands, band, number);
                }
            }
        }
    }
}

fn exact_key(candidate: &CopyCandidate<'_>) -> Option<u64> {
    (!candidate.exact_hash.is_empty()).then(|| words::hash(candidate.exact_hash))
}

/// Numbers only grow, so the oldest stands first.
fn drop_number(lists: &mut HashMap<u64, Vec<u64>>, key: u64, number: u64) {
    if let Some(list) = lists.get_mut(&key) {
        list.retain(|n| *n != number);
        if list.is_empty() {
            lists.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::copies::ExactHash;
    use crate::analyze::words::Words;
    use crate::model::Platform;

    struct Post {
        id: RecordId,
        at: DateTime<Utc>,
        exact: String,
        fingerprint: Option<Fingerprint>,
        author: AuthorKey,
        venue: &'static str,
        shape: String,
    }

    fn post(n: &str, day: i64, author: &str, venue: &'static str, title: &str, body: &str) -> Post {
        let text = format!("{title}\n{body}");
        Post {
            id: RecordId::derive(&Platform::Lemmy, n),
            at: DateTime::UNIX_EPOCH + TimeDelta::days(day),
            exact: ExactHash::of(&text).map(|h| h.as_str().to_owned()).unwrap_or_default(),
            fingerprint: Fingerprint::of(&Words::of(&text)),
            author: AuthorKey::derive(&Platform::Lemmy, author),
            venue,
            shape: title.to_lowercase(),
        }
    }

    fn candidate(post: &Post) -> CopyCandidate<'_> {
        CopyCandidate {
            id: &post.id,
            at: post.at,
            exact_hash: &post.exact,
            fingerprint: post.fingerprint.as_ref(),
            author: &post.author,
            venue: post.venue,
            title_shape: &post.shape,
        }
    }

    const FERRY: &str = "The harbour board said on Monday that the night ferry will run again from May, after two winters \
        without a boat, and that tickets for islanders stay at the old price until the new pier is paid for";

    fn words_of(range: std::ops::Range<u32>) -> String {
        range.map(|n| format!("pier{n}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn exact_and_near_copies_and_cross_posts_share_the_first_one_s_group() {
        let mut index = CopyIndex::new(CopySettings::default());
        let first = post("1", 1, "ana", "harbour", "Night ferry returns", FERRY);
        let exact = post("2", 2, "ben", "islands", "Night ferry RETURNS!", FERRY);
        let near = post("3", 2, "cay", "islands", "Night ferry returns", &FERRY.replace("Monday", "Tuesday"));
        let cross = post("4", 3, "ana", "islands", "Night ferry returns", "my photos");
        let series = post("5", 3, "ana", "harbour", "Night ferry returns", "part two, all new");
        let other = post("6", 3, "dov", "harbour", "Who bakes the best rolls?", &words_of(0..40));
        let group = CopyGroup::of(&first.id);
        assert_eq!(index.assign(&candidate(&first)), group);
        assert_eq!(index.assign(&candidate(&exact)), group);
        assert_eq!(index.assign(&candidate(&near)), group);
        assert_eq!(index.assign(&candidate(&cross)), group);
        assert_eq!(index.assign(&candidate(&other)), CopyGroup::of(&other.id));
        // The cross-post stands elsewhere, so only the series' own place decides; alone it would be its own.
        let mut alone = CopyIndex::new(CopySettings::default());
        alone.assign(&candidate(&first));
        assert_eq!(alone.assign(&candidate(&series)), CopyGroup::of(&series.id));
    }

    #[test]
    fn a_text_is_forgotten_after_the_window_and_the_index_stays_bounded() {
        let settings = CopySettings { max_records: 3, ..CopySettings::default() };
        let mut index = CopyIndex::new(settings);
        let first = post("1", 1, "ana", "harbour", "Night ferry returns", FERRY);
        let late = post("2", 60, "ben", "islands", "Night ferry returns", FERRY);
        index.assign(&candidate(&first));
        assert_eq!(index.assign(&candidate(&late)), CopyGroup::of(&late.id));
        assert_eq!(index.len(), 1);
        for n in 0..10_u32 {
            let id = format!("x{n}");
            index.assign(&candidate(&post(
                &id,
                61,
                "ana",
                "harbour",
                "A walk",
                &words_of(n * 50..n * 50 + 40),
            )));
        }
        assert_eq!(index.len(), 3);
        assert_eq!(index.bands.values().map(Vec::len).max(), Some(1));
    }

    #[test]
    fn a_rebuilt_index_answers_like_the_one_that_grew() {
        let posts: Vec<Post> = (0..20_u32)
            .map(|n| {
                let body = words_of((n % 5) * 100 + n / 5..(n % 5) * 100 + n / 5 + 60);
                let day = i64::from(n);
                post(&n.to_string(), day, "ana", "harbour", &format!("Walk number {n}"), &body)
            })
            .collect();
        let mut grown = CopyIndex::new(CopySettings::default());
        let mut rebuilt = CopyIndex::new(CopySettings::default());
        for p in &posts {
            let group = grown.assign(&candidate(p));
            rebuilt.restore(&candidate(p), &group);
        }
        for n in 0..5_u32 {
            let id = format!("new{n}");
            let probe = post(&id, 21, "ben", "islands", "Seen again", &words_of(n * 100 + 2..n * 100 + 60));
            let group = grown.assign(&candidate(&probe));
            assert_eq!(group, rebuilt.assign(&candidate(&probe)));
            assert_eq!(group, CopyGroup::of(&RecordId::derive(&Platform::Lemmy, &n.to_string())));
        }
    }
}
