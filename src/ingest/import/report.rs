//! What an import did, file by file.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::TombstoneReason;
use crate::store::Tally;

/// The lines that are shown of a file whose lines were skipped.
const SHOWN_LINES: usize = 20;

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The input at hand, from 0.
    pub file: usize,
    /// Bytes of it read so far, as they are on disk (compressed).
    pub bytes_read: u64,
    /// Its length in bytes; none for standard input.
    pub bytes_total: Option<u64>,
    /// Lines of it read so far.
    pub lines: u64,
    /// What became of its records so far.
    pub tally: Tally,
}

/// What became of each input.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct ImportReport {
    /// One entry per input, in the order given.
    pub files: Vec<FileReport>,
}

impl ImportReport {
    /// All files together, without the single lines.
    pub fn total(&self) -> FileReport {
        let mut total = FileReport::new(String::new());
        for file in &self.files {
            total.lines += file.lines;
            total.tally += file.tally;
            total.cut += file.cut;
            for (reason, n) in &file.skipped {
                *total.skipped.entry(*reason).or_default() += n;
            }
        }
        total
    }
}

/// What became of one input.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct FileReport {
    /// The input as given.
    pub input: String,
    /// Lines read, blank ones not counted.
    pub lines: u64,
    /// What became of the records.
    pub tally: Tally,
    /// Lines that were no record, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
    /// The first of them.
    pub first_skipped: Vec<SkippedLine>,
    /// Records with a text that was cut at the size limit.
    pub cut: u64,
    /// Set when the file could not be read to its end; what was read before is stored.
    pub broken: Option<Broken>,
}

impl FileReport {
    pub(super) fn new(input: String) -> Self {
        Self { input, ..Self::default() }
    }

    /// Lines that were no record.
    pub fn n_skipped(&self) -> u64 {
        self.skipped.values().sum()
    }

    pub(super) fn add(&mut self, tally: Tally, counts: FileReport) {
        self.tally += tally;
        self.lines += counts.lines;
        self.cut += counts.cut;
        for (reason, n) in counts.skipped {
            *self.skipped.entry(reason).or_default() += n;
        }
        let room = SHOWN_LINES.saturating_sub(self.first_skipped.len());
        self.first_skipped.extend(counts.first_skipped.into_iter().take(room));
        self.broken = self.broken.take().or(counts.broken);
    }

    /// Counts a line that nobody needs to be told of.
    pub(super) fn pass(&mut self, reason: SkipReason) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    pub(super) fn skip(&mut self, line: SkippedLine) {
        *self.skipped.entry(line.reason).or_default() += 1;
        if self.first_skipped.len() < SHOWN_LINES {
            self.first_skipped.push(line);
        }
    }
}

/// Where a file could not be read any further.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Broken {
    /// The last line that was read whole; where the reader itself broke down, how many were handed on before.
    pub after_line: u64,
    /// What is wrong.
    pub why: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot be read after line {}: {}", self.after_line, self.why)
    }
}

/// A line that is no record.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SkippedLine {
    /// Its number, from 1.
    pub line: u64,
    /// The byte within it, from 1, where that is known.
    pub column: Option<usize>,
    /// The kind of reason.
    pub reason: SkipReason,
    /// The reason in words.
    pub why: String,
}

impl fmt::Display for SkippedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(f, "line {}, column {column}: {}", self.line, self.why),
            None => write!(f, "line {}: {}", self.line, self.why),
        }
    }
}

/// Why a line is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// It is not JSON.
    NotJson,
    /// It is JSON, but a field is missing or of the wrong kind.
    WrongShape,
    /// It is longer than any record.
    TooLong,
    /// It has neither an address nor an id.
    NoIdentity,
    /// It does not say when it was published.
    NoTime,
    /// It has neither title nor text.
    NoText,
    /// It is of a kind that is not kept: deleted before it was archived, somebody's wish not to be read …
    NoRecord,
    /// It is about something else than what was said: likes, follows, accounts.
    OtherKind,
    /// It is a document, but no feed.
    NotAFeed,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotJson => "not JSON",
            Self::WrongShape => "a field is missing or of the wrong kind",
            Self::TooLong => "too long",
            Self::NoIdentity => "neither an address nor an id",
            Self::NoTime => "no time",
            Self::NoText => "neither title nor text",
            Self::NoRecord => "not kept",
            Self::OtherKind => "about something else",
            Self::NotAFeed => "not a feed",
        })
    }
}

/// `deleted` of a line: who took the record away.
pub(super) const DELETED_WITHOUT_REASON: TombstoneReason = TombstoneReason::Missing;
