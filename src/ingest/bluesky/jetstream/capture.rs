//! Captures of the stream: files with a frame a line.

use super::clock::time_of;
use super::event::{What, read};
use crate::ingest::bluesky::post::{Around, author, record};
use crate::ingest::source::Skipped;
use crate::model::{Engagement, IncomingRecord, Platform, TombstoneReason};

/// Reads a line of a capture: a post or the deletion of one; `None` for what is neither and for an empty line.
///
/// Authors are named by their DIDs, for a capture knows no other name. It does not know either who wishes not to be
/// shown to the public: only labels that an author put on the post itself are heeded.
///
/// # Errors
/// The line is no event, or the post says nothing or must not be told.
pub fn capture_line(line: &[u8]) -> Result<Option<IncomingRecord>, Skipped> {
    let odd = |why: String| Skipped::new(format!("line of {} bytes", line.len()), why);
    let line = std::str::from_utf8(line.trim_ascii()).map_err(|_| odd("it is no UTF-8".to_owned()))?;
    if line.is_empty() {
        return Ok(None);
    }
    let found = read(line, |event| {
        let at = event.time_us.and_then(time_of);
        match event.what {
            What::Post { uri, post, edited, .. } => {
                let around = Around {
                    uri,
                    author: author(uri.did, None),
                    seen: at,
                    edited_at: at.filter(|_| edited),
                    engagement: Engagement::default(),
                };
                record(post, around).map(Some)
            }
            What::Deleted { uri, .. } => {
                let (id, reason) = (uri.to_string(), TombstoneReason::Author);
                Ok(Some(IncomingRecord::gone(Platform::Bluesky, id, reason, at.unwrap_or_default())))
            }
            What::Account { .. } | What::Identity { .. } | What::Other => Ok(None),
        }
    });
    found.map_err(odd)?
}
