//! Archives: JSON lines and saved feeds, plain or compressed, read in constant memory and stored in batches.
//!
//! A bad line is told with its number and never stops the rest. A batch is one transaction, so an import that is
//! cut off can simply be run again: what is stored already is found unchanged.

mod format;
mod input;
mod line;
mod read;
mod report;
#[cfg(test)]
mod tests;
mod zip;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use crate::model::IncomingRecord;
use crate::store::{Store, StoreError};

pub use input::ImportInput;
pub use report::{Broken, FileReport, ImportReport, Progress, SkipReason, SkippedLine};

/// Records stored in one transaction. Ids are digests, so that few records touch as many pages of an index as many do.
const BATCH: usize = 2_000;

/// Batches that wait for the database while the next ones are read: enough that neither side waits for the other.
const BATCHES_AHEAD: usize = 2;

/// An import of which this many records were new has changed what the database should know about itself.
const REFRESH_AFTER: u64 = 1_000;

/// Why an import ended early, or never began.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is no such file.
    #[error("there is no file `{}`", path.display())]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// It is a folder.
    #[error("`{}` is a folder; name its files, for example `{}/*.jsonl`", path.display(), path.display())]
    IsFolder {
        /// The path.
        path: PathBuf,
    },
    /// It cannot be opened.
    #[error("`{input}` cannot be read: {why}")]
    Unreadable {
        /// The input.
        input: String,
        /// What the system says.
        why: String,
    },
    /// The database failed. What was stored before stays; the batch at hand is not stored at all.
    #[error("storing records of `{input}` failed, {} were stored before; run the import again once this is repaired", .before.new + .before.revised)]
    Store {
        /// The input at hand.
        input: String,
        /// What was stored before, of all inputs.
        before: Box<crate::store::Tally>,
        /// What the database says.
        #[source]
        source: StoreError,
    },
}

/// Reads one line of an archive, the `number`-th; `now` stands in for the time of a deletion that names none.
pub fn read_record(line: &str, number: u64, now: DateTime<Utc>) -> Result<IncomingRecord, SkippedLine> {
    line::parse(line.as_bytes(), now).map(|read| read.record).map_err(|fault| fault.at(number))
}

/// Imports `inputs` one after the other, as seen at `now`, and tells `progress` after every batch.
///
/// All inputs are looked at before the first is read, so a mistyped name changes nothing.
pub async fn import(
    store: &Store,
    inputs: &[ImportInput],
    now: DateTime<Utc>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<ImportReport, ImportError> {
    for input in inputs {
        input.check()?;
    }
    let mut report = ImportReport::default();
    for (index, input) in inputs.iter().enumerate() {
        let opened = input.open()?;
        let bytes_read = opened.counter();
        let bytes_total = opened.length;
        let (sender, mut batches) = mpsc::channel(BATCHES_AHEAD);
        // Decompressing and parsing take the processor's time: they stay off the threads that wait for things.
        let reader = tokio::task::spawn_blocking(move || read::read_all(opened, now, &sender));
        let mut file = FileReport::new(input.to_string());
        while let Some(batch) = batches.recv().await {
            let read::Batch { records, counts } = batch;
            let tally = store.save_records(&records, now).await.map_err(|source| {
                let mut before = report.total().tally;
                before += file.tally;
                ImportError::Store { input: input.to_string(), before: Box::new(before), source }
            })?;
            file.add(tally, counts);
            progress(Progress {
                file: index,
                bytes_read: bytes_read.get(),
                bytes_total,
                lines: file.lines,
                tally: file.tally,
            });
        }
        if let Err(err) = reader.await {
            file.broken =
                Some(Broken { after_line: file.lines, why: format!("reading it broke down: {err}") });
        }
        report.files.push(file);
    }
    if report.total().tally.new >= REFRESH_AFTER {
        // The records are stored; slow queries are no reason to call the import failed.
        if let Err(err) = store.refresh_statistics().await {
            tracing::warn!(%err, "the database's statistics were not refreshed");
        }
    }
    Ok(report)
}
