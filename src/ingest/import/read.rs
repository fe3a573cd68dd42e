//! From an open input to batches of records.

use std::io::{self, BufRead};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::Sender;

use super::input::Opened;
use super::report::{Broken, FileReport, SkipReason, SkippedLine};
use super::{BATCH, line};
use crate::model::IncomingRecord;

/// No record is longer; what is longer is passed over without being held in memory.
const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

/// Records read, and what was read with them.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) records: Vec<IncomingRecord>,
    /// Lines, skipped lines and cuts; its tally stays empty.
    pub(super) counts: FileReport,
}

/// Reads all lines of `opened` and sends them on. Ends early when nobody takes them any more.
pub(super) fn read_all(opened: Opened, now: DateTime<Utc>, batches: &Sender<Batch>) {
    let mut batch = Batch::default();
    let mut number = 0;
    let mut n_read = 0;
    let mut after_line = 0;
    let end = || -> io::Result<()> {
        let mut lines = opened.unpacked()?;
        let mut buffer = Vec::new();
        loop {
            let kind = read_line(&mut lines, &mut buffer)?;
            number += 1;
            match kind {
                LineEnd::End => return Ok(()),
                LineEnd::TooLong => {
                    batch.counts.lines += 1;
                    let why = format!("the line is longer than {MAX_LINE_BYTES} bytes");
                    batch.counts.skip(SkippedLine {
                        line: number,
                        column: None,
                        reason: SkipReason::TooLong,
                        why,
                    });
                }
                LineEnd::Whole => {
                    let bytes = match (number, buffer.strip_prefix(b"\xef\xbb\xbf")) {
                        (1, Some(bare)) => bare,
                        _ => &buffer,
                    };
                    if bytes.trim_ascii().is_empty() {
                        continue;
                    }
                    batch.counts.lines += 1;
                    match line::parse(bytes, now) {
                        Ok(line) => {
                            batch.counts.cut += u64::from(line.cut);
                            batch.records.push(line.record);
                        }
                        Err(fault) => batch.counts.skip(fault.at(number)),
                    }
                }
            }
            after_line = number;
            n_read += 1;
            // Also by lines: a file of bad lines must show its progress too.
            if (batch.records.len() >= BATCH || n_read % (4 * BATCH) == 0)
                && batches.blocking_send(std::mem::take(&mut batch)).is_err()
            {
                return Ok(());
            }
        }
    };
    let end = end();
    if let Err(err) = end {
        let why = match err.kind() {
            io::ErrorKind::UnexpectedEof => "it is cut off in the middle".to_owned(),
            _ => err.to_string(),
        };
        batch.counts.broken = Some(Broken { after_line, why });
    }
    // Nobody there any more: the database has failed, and says so itself.
    drop(batches.blocking_send(batch));
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
