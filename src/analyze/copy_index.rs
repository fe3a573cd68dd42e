//! Copy groups, grown online: exact copies, near copies and cross-posts of one text share a group.
//!
//! A group is a star around the record that opened it: a newcomer is compared with openers only, so that a chain of
//! small changes cannot tie strangers together. Exact hashes and cross-posts (same author, same headline, another
//! place) are looked up directly; near copies meet in at least one band of their fingerprints (locality-sensitive
//! hashing, Indyk & Motwani 1998) and are then compared in full.
//!
//! Nor is it a text of its own if a newcomer only **passes on** what somebody else said before ([`said`]):
//! a headline, or a post, with nothing beside it (“…” via @name, RT @name, a link under the article's headline); an
//! **excerpt**, nearly all of whose five-word runs stand in one earlier text; a **rewrite**: half of them do, under the same
//! headline, or of one publication in another (agency text, press releases). Containment, not likeness: it is asked what the newcomer adds,
//! so a text that quotes and then speaks for itself is a comment and stays its own, and so does a round-up of many.
//!
//! Records go in oldest first: a group is named after the first record put in. Sort the records of a tick by time of
//! publication and id, and the result does not depend on the order of arrival.

mod holders;

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use super::copies::said::{self, Line, Runs};
use super::copies::{Fingerprint, NEAR_COPY, bands, similarity};
use super::words::{self, ByHash};
use crate::model::{AuthorKey, CopyGroup, RecordId};
use holders::Holders;

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
    /// Time after which the same headline, or the same short post, is not taken as passed on: it is held against the
    /// earliest who said it within that time. Default 7 days.
    pub passed_on_within: TimeDelta,
    /// Share of a text's five-word runs that stand in one earlier text by another author, from which it is an excerpt.
    /// Default 0.8.
    pub excerpt: f64,
    /// The same where both have the same headline, or both are publications. Default 0.5.
    pub rewrite: f64,
    /// At most this many records are remembered (about 1.5 kB each); the oldest go first. Default 250,000.
    pub max_records: usize,
}

impl Default for CopySettings {
    fn default() -> Self {
        Self {
            window: TimeDelta::days(30),
            near: NEAR_COPY,
            cross_post_within: TimeDelta::days(3),
            min_title_chars: 12,
            passed_on_within: TimeDelta::days(7),
            excerpt: 0.8,
            rewrite: 0.5,
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
    /// Its cleaned text.
    pub text: &'a str,
    /// Where the body begins in it.
    pub body_start: usize,
    /// Whether a publication speaks.
    pub publication: bool,
}

/// How a text is another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CopyKind {
    /// The same letters and figures.
    Exact,
    /// Most three-word runs in common.
    Near,
    /// One author's headline in several places.
    CrossPost,
    /// A headline, or a short post, with nothing of one's own beside it.
    PassedOn,
    /// Nearly all of it stands in one earlier text.
    Excerpt,
    /// Half of it does, under the same headline or in another publication.
    Rewrite,
}

/// What is read of a candidate's text, and what it is looked up by.
#[derive(Debug)]
struct Reading {
    line: Option<Line>,
    runs: Runs,
    author: u64,
    venue: u64,
    exact: Option<u64>,
    cross: Option<u64>,
}

/// Sampled runs in common below which chance may have its hand in it.
const MIN_RUNS: usize = 4;

/// Openers that share a band are compared newest first, at most this many per band: floods are near copies of
/// their opener, so a long list means a very common phrase.
const MAX_PER_BAND: usize = 32;

#[derive(Debug)]
struct Entry {
    at: DateTime<Utc>,
    exact: Option<u64>,
    cross: Option<u64>,
    venue: u64,
    author: u64,
    publication: bool,
    line: Option<u64>,
    group: CopyGroup,
    /// Present for openers only: what near copies are compared with.
    fingerprint: Option<Box<Fingerprint>>,
    /// Of openers only: what excerpts are compared with.
    runs: Box<[u32]>,
}

/// The texts of the last weeks, by hash, by author and headline, and by fingerprint.
#[derive(Debug, Default)]
pub struct CopyIndex {
    settings: CopySettings,
    newest: Option<DateTime<Utc>>,
    /// Number of the entry at the front of `entries`.
    first: u64,
    entries: VecDeque<Entry>,
    exact: ByHash<u64>,
    cross: ByHash<Vec<u64>>,
    /// By band: the openers that have it. Here, in `lines` and in `runs`, numbers beyond 32 bits are not kept.
    bands: Holders<u64>,
    /// By line: who said it, without those whose time to be passed on is over.
    lines: Holders<u64>,
    /// By run: the openers that have it.
    runs: Holders<u32>,
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
        self.place(candidate).0
    }

    /// The same, with how its text was found to be another's; `None` for a text of its own.
    pub fn place(&mut self, candidate: &CopyCandidate<'_>) -> (CopyGroup, Option<CopyKind>) {
        self.forget(candidate.at);
        let reading = Reading::of(candidate, &self.settings);
        self.forget_line(candidate.at, &reading);
        let as_kind = |kind| move |group| (group, kind);
        let found = self
            .exact_copy(&reading)
            .map(as_kind(CopyKind::Exact))
            .or_else(|| self.near_copy(candidate).map(as_kind(CopyKind::Near)))
            .or_else(|| self.cross_post(candidate, &reading).map(as_kind(CopyKind::CrossPost)))
            .or_else(|| self.passed_on(candidate, &reading).map(as_kind(CopyKind::PassedOn)))
            .or_else(|| self.taken_from(candidate, &reading));
        let (group, kind) = match found {
            Some((group, kind)) => (group, Some(kind)),
            None => (CopyGroup::of(candidate.id), None),
        };
        self.remember(candidate, reading, group.clone());
        (group, kind)
    }

    /// Puts back a record with the group it was given: the way to rebuild the index from the store, oldest first.
    pub fn restore(&mut self, candidate: &CopyCandidate<'_>, group: &CopyGroup) {
        self.forget(candidate.at);
        let reading = Reading::of(candidate, &self.settings);
        self.forget_line(candidate.at, &reading);
        self.remember(candidate, reading, group.clone());
    }

    fn entry(&self, number: u64) -> Option<&Entry> {
        usize::try_from(number.checked_sub(self.first)?).ok().and_then(|at| self.entries.get(at))
    }

    fn exact_copy(&self, reading: &Reading) -> Option<CopyGroup> {
        let number = self.exact.get(&reading.exact?)?;
        self.entry(*number).map(|entry| entry.group.clone())
    }

    fn near_copy(&self, candidate: &CopyCandidate<'_>) -> Option<CopyGroup> {
        let fingerprint = candidate.fingerprint?;
        let mut numbers: Vec<u32> =
            bands(fingerprint).flat_map(|band| self.bands.latest(band).take(MAX_PER_BAND)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut best: Option<(f64, &Entry)> = None;
        // Oldest first, and only a better one replaces it: the earliest opener wins a tie.
        for entry in numbers.into_iter().filter_map(|number| self.entry(u64::from(number))) {
            let Some(other) = entry.fingerprint.as_deref() else { continue };
            let alike = similarity(fingerprint, other);
            if alike >= self.settings.near && best.is_none_or(|(most, _)| alike > most) {
                best = Some((alike, entry));
            }
        }
        best.map(|(_, entry)| entry.group.clone())
    }

    fn cross_post(&self, candidate: &CopyCandidate<'_>, reading: &Reading) -> Option<CopyGroup> {
        let near_in_time =
            |entry: &&Entry| (candidate.at - entry.at).abs() <= self.settings.cross_post_within;
        self.cross
            .get(&reading.cross?)?
            .iter()
            .filter_map(|number| self.entry(*number))
            .filter(near_in_time)
            .find(|entry| entry.venue != reading.venue)
            .map(|entry| entry.group.clone())
    }

    /// A line of another, or of the same author elsewhere, with nothing beside it.
    fn passed_on(&self, candidate: &CopyCandidate<'_>, reading: &Reading) -> Option<CopyGroup> {
        let line = reading.line.filter(|line| line.alone)?;
        let entry = self.entry(u64::from(self.lines.first(line.key)?))?;
        let other = entry.author != reading.author || entry.venue != reading.venue;
        let soon = (candidate.at - entry.at).abs() <= self.settings.passed_on_within;
        (other && soon).then(|| entry.group.clone())
    }

    /// The opener by another author that most of the newcomer's runs come from, if enough of them do.
    fn taken_from(&self, candidate: &CopyCandidate<'_>, reading: &Reading) -> Option<(CopyGroup, CopyKind)> {
        let mut holders: Vec<u32> =
            reading.runs.kept.iter().filter_map(|run| self.runs.first(*run)).collect();
        if holders.len() < MIN_RUNS {
            return None;
        }
        holders.sort_unstable();
        let mut best: Option<(usize, &Entry, CopyKind)> = None;
        // Oldest first, and only a better one replaces it: the earliest opener wins a tie.
        for same in holders.chunk_by(|a, b| a == b).filter(|same| same.len() >= MIN_RUNS) {
            let Some(entry) = same.first().and_then(|number| self.entry(u64::from(*number))) else {
                continue;
            };
            let line = reading.line.map(|line| line.key);
            let rewrite =
                (line.is_some() && line == entry.line) || (candidate.publication && entry.publication);
            let share = same.len() as f64 / reading.runs.all;
            let kind = if share >= self.settings.excerpt {
                CopyKind::Excerpt
            } else if rewrite && share >= self.settings.rewrite {
                CopyKind::Rewrite
            } else {
                continue;
            };
            if entry.author != reading.author && best.is_none_or(|(most, _, _)| same.len() > most) {
                best = Some((same.len(), entry, kind));
            }
        }
        best.map(|(_, entry, kind)| (entry.group.clone(), kind))
    }

    fn remember(&mut self, candidate: &CopyCandidate<'_>, reading: Reading, group: CopyGroup) {
        let number = self.first + self.entries.len() as u64;
        let Reading { exact, cross, .. } = reading;
        if let Some(key) = exact {
            // The latest member stands for the group, so that a text that keeps coming is never forgotten.
            self.exact.insert(key, number);
        }
        if let Some(key) = cross {
            self.cross.entry(key).or_default().push(number);
        }
        let opener = group.as_str() == candidate.id.as_str();
        let fingerprint = candidate.fingerprint.filter(|_| opener).map(|f| Box::new(*f));
        let short = u32::try_from(number).ok();
        let line = reading.line.map(|line| line.key).filter(|_| short.is_some());
        let runs = if opener && short.is_some() { reading.runs.kept } else { Box::default() };
        if let Some(short) = short {
            line.iter().for_each(|key| self.lines.add(*key, short));
            runs.iter().for_each(|run| self.runs.add(*run, short));
            let bands = fingerprint.as_deref().into_iter().flat_map(bands);
            bands.for_each(|band| self.bands.add(band, short));
        }
        self.entries.push_back(Entry {
            at: candidate.at,
            exact,
            cross,
            venue: reading.venue,
            author: reading.author,
            publication: candidate.publication,
            line,
            group,
            fingerprint,
            runs,
        });
    }

    /// Lets go those who said a newcomer's line so long ago that it is not passed on any more.
    fn forget_line(&mut self, at: DateTime<Utc>, reading: &Reading) {
        let Some(line) = reading.line else { return };
        while let Some(first) = self.lines.first(line.key) {
            let over = |entry: &Entry| at - entry.at > self.settings.passed_on_within;
            if !self.entry(u64::from(first)).is_none_or(over) {
                break;
            }
            self.lines.drop_first(line.key, first);
        }
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
            // A number that is too long was not kept with bands, lines or runs.
            let Ok(number) = u32::try_from(number) else { continue };
            if let Some(fingerprint) = &entry.fingerprint {
                bands(fingerprint).for_each(|band| self.bands.drop_first(band, number));
            }
            if let Some(key) = entry.line {
                self.lines.drop_first(key, number);
            }
            for run in &entry.runs {
                self.runs.drop_first(*run, number);
            }
        }
    }
}

impl Reading {
    fn of(candidate: &CopyCandidate<'_>, settings: &CopySettings) -> Self {
        let author = words::hash(candidate.author.as_str());
        let long = candidate.title_shape.chars().count() >= settings.min_title_chars;
        Self {
            line: said::line(candidate.text, candidate.body_start),
            runs: said::runs(candidate.text),
            author,
            venue: words::hash(candidate.venue),
            exact: (!candidate.exact_hash.is_empty()).then(|| words::hash(candidate.exact_hash)),
            cross: long.then(|| words::pair(author, words::hash(candidate.title_shape))),
        }
    }
}

/// Numbers only grow, so the oldest stands first.
fn drop_number(lists: &mut ByHash<Vec<u64>>, key: u64, number: u64) {
    if let Some(list) = lists.get_mut(&key) {
        list.retain(|n| *n != number);
        if list.is_empty() {
            lists.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests;
