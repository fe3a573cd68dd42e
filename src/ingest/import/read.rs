//! From an open input to batches of records.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::Sender;

use super::BATCH;
use super::format::{Content, LOOK_AT, LineFormat};
use super::input::{Opened, head_of};
use super::report::{Broken, FileReport, SkipReason, SkippedLine};
use crate::ingest::feed::{FeedError, parse_saved};
use crate::ingest::scan::panic_text;
use crate::ingest::source::Skipped;
use crate::model::IncomingRecord;

/// No record is longer; what is longer is passed over without being held in memory.
const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

/// No saved feed is larger; it is held in memory.
const MAX_DOCUMENT_BYTES: u64 = 32 * 1024 * 1024;

/// What a file holds shows within so many bytes.
const LOOK_WITHIN: u64 = 64 * 1024;

/// Records read, and what was read with them.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) records: Vec<IncomingRecord>,
    /// Lines, skipped lines and cuts; its tally stays empty.
    pub(super) counts: FileReport,
}

/// Reads all of `opened` and sends it on. Ends early when nobody takes it any more.
pub(super) fn read_all(opened: Opened, now: DateTime<Utc>, batches: &Sender<Batch>) {
    let mut reading = Reading { now, batches, batch: Batch::default(), number: 0, after_line: 0 };
    let end = opened.each_part(|part| reading.part(part));
    if let Err(err) = end {
        if err.kind() == io::ErrorKind::BrokenPipe && batches.is_closed() {
            return;
        }
        let why = match err.kind() {
            io::ErrorKind::UnexpectedEof => "it is cut off in the middle".to_owned(),
            _ => err.to_string(),
        };
        reading.batch.counts.broken = Some(Broken { after_line: reading.after_line, why });
    }
    // Nobody there any more: the database has failed, and says so itself.
    drop(batches.blocking_send(reading.batch));
}

/// An import of one input, somewhere within it.
struct Reading<'a> {
    now: DateTime<Utc>,
    batches: &'a Sender<Batch>,
    batch: Batch,
    /// The line at hand, from 1, over all files of an archive.
    number: u64,
    /// The last line that was read whole.
    after_line: u64,
}

impl Reading<'_> {
    fn part(&mut self, part: &mut dyn BufRead) -> io::Result<()> {
        let (head, end) = head_of(part, LOOK_WITHIN);
        let content = Content::of(&head);
        let rest: &mut dyn BufRead = match end {
            Ok(()) => part,
            Err(err) => &mut BufReader::new(Broke(Some(err))),
        };
        match content {
            Content::Lines => self.lines(&mut Cursor::new(head).chain(rest)),
            Content::Document => self.document(&mut Cursor::new(head).chain(rest)),
        }
    }

    fn lines(&mut self, lines: &mut dyn BufRead) -> io::Result<()> {
        // The first lines wait until one of them shows what they all are.
        let mut format = None;
        let mut waiting: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut buffer = Vec::new();
        let first = self.number + 1;
        loop {
            let kind = read_line(lines, &mut buffer)?;
            self.number += 1;
            match kind {
                LineEnd::End => {
                    self.number -= 1;
                    return self.all(LineFormat::Own, &mut waiting);
                }
                LineEnd::TooLong => {
                    self.batch.counts.lines += 1;
                    let why = format!("the line is longer than {MAX_LINE_BYTES} bytes");
                    let (line, reason) = (self.number, SkipReason::TooLong);
                    self.batch.counts.skip(SkippedLine { line, column: None, reason, why });
                    self.after_line = self.number;
                }
                LineEnd::Whole => {
                    let bytes = match (self.number == first, buffer.strip_prefix(b"\xef\xbb\xbf")) {
                        (true, Some(bare)) => bare,
                        _ => &buffer,
                    };
                    if bytes.trim_ascii().is_empty() {
                        continue;
                    }
                    if let Some(format) = format {
                        self.line(format, self.number, bytes)?;
                        continue;
                    }
                    let shown = LineFormat::of(bytes);
                    waiting.push((self.number, bytes.to_vec()));
                    let held: usize = waiting.iter().map(|(_, line)| line.len()).sum();
                    if shown.is_some() || waiting.len() >= LOOK_AT || held > MAX_LINE_BYTES {
                        let shown = shown.unwrap_or(LineFormat::Own);
                        self.all(shown, &mut waiting)?;
                        format = Some(shown);
                    }
                }
            }
        }
    }

    fn all(&mut self, format: LineFormat, waiting: &mut Vec<(u64, Vec<u8>)>) -> io::Result<()> {
        waiting.drain(..).try_for_each(|(number, bytes)| self.line(format, number, &bytes))
    }

    fn line(&mut self, format: LineFormat, number: u64, bytes: &[u8]) -> io::Result<()> {
        self.batch.counts.lines += 1;
        match format.parse(bytes, self.now) {
            Ok(Some(line)) => {
                self.batch.counts.cut += u64::from(line.cut);
                self.batch.records.push(line.record);
            }
            Ok(None) => self.batch.counts.pass(SkipReason::OtherKind),
            Err(fault) => self.batch.counts.skip(fault.at(number)),
        }
        self.after_line = number;
        self.send_if_full()
    }

    /// A saved feed. Its entries count as lines.
    fn document(&mut self, document: &mut dyn BufRead) -> io::Result<()> {
        self.number += 1;
        let mut bytes = Vec::new();
        document.take(MAX_DOCUMENT_BYTES + 1).read_to_end(&mut bytes)?;
        let read = if bytes.len() as u64 > MAX_DOCUMENT_BYTES {
            Err(format!("the document is larger than {MAX_DOCUMENT_BYTES} bytes"))
        } else {
            // What breaks down on one document must not end the import of a thousand.
            std::panic::catch_unwind(|| parse_saved(&bytes, self.now))
                .unwrap_or_else(|panic| Err(FeedError::Panicked(panic_text(&*panic))))
                .map_err(|err| err.to_string())
        };
        let line = self.number;
        let counts = &mut self.batch.counts;
        match read {
            Ok(feed) => {
                counts.lines += (feed.records.len() + feed.skipped.len()) as u64;
                counts.cut += feed.cut as u64;
                for Skipped { what, why } in feed.skipped {
                    let (reason, why) = (SkipReason::NoRecord, format!("{what}: {why}"));
                    counts.skip(SkippedLine { line, column: None, reason, why });
                }
                self.batch.records.extend(feed.records);
            }
            Err(why) => {
                counts.lines += 1;
                counts.skip(SkippedLine { line, column: None, reason: SkipReason::NotAFeed, why });
            }
        }
        self.after_line = line;
        self.send_if_full()
    }

    fn send_if_full(&mut self) -> io::Result<()> {
        // Also by lines: a file of bad lines must show its progress too.
        let full = self.batch.records.len() >= BATCH || self.batch.counts.lines >= 4 * BATCH as u64;
        if full && self.batches.blocking_send(std::mem::take(&mut self.batch)).is_err() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(())
    }
}

/// What stands where reading broke off: the error, once.
struct Broke(Option<io::Error>);

impl Read for Broke {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

enum LineEnd {
    /// The buffer holds a line.
    Whole,
    /// The line was too long and is passed over.
    TooLong,
    /// There are no more lines.
    End,
}

/// Reads one line into `buffer`, which never grows past [`MAX_LINE_BYTES`].
fn read_line(lines: &mut dyn BufRead, buffer: &mut Vec<u8>) -> io::Result<LineEnd> {
    buffer.clear();
    let (mut too_long, mut any) = (false, false);
    loop {
        let chunk = match lines.fill_buf() {
            Ok(chunk) => chunk,
            Err(err) if err.kind() == io::ErrorKind::Interrupted => continue,
            Err(err) => return Err(err),
        };
        if chunk.is_empty() {
            return Ok(match (too_long, any) {
                (true, _) => LineEnd::TooLong,
                (false, true) => LineEnd::Whole,
                (false, false) => LineEnd::End,
            });
        }
        any = true;
        let newline = chunk.iter().position(|b| *b == b'\n');
        let part = chunk.get(..newline.unwrap_or(chunk.len())).unwrap_or_default();
        if buffer.len() + part.len() > MAX_LINE_BYTES {
            too_long = true;
            buffer.clear();
        } else if !too_long {
            buffer.extend_from_slice(part);
        }
        let used = newline.map_or(chunk.len(), |at| at + 1);
        lines.consume(used);
        if newline.is_some() {
            return Ok(if too_long { LineEnd::TooLong } else { LineEnd::Whole });
        }
    }
}
