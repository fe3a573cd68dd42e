//! The size limits of stored fields.

use crate::address::relation;
use crate::model::IncomingRecord;
pub(crate) use crate::model::MAX_FIELD_BYTES;

/// Cuts `text` to [`MAX_FIELD_BYTES`] at a character border; true if something was cut off.
pub(crate) fn cut(text: &mut String) -> bool {
    if text.len() <= MAX_FIELD_BYTES {
        return false;
    }
    text.truncate(text.floor_char_boundary(MAX_FIELD_BYTES));
    true
}

/// Tags that are stored of a record; more are no subjects.
const MAX_TAGS: usize = 50;

/// The record with every field within its limits.
pub(crate) fn fitted(mut record: IncomingRecord) -> IncomingRecord {
    fit(&mut record);
    record
}

/// Brings every field of a record within its limits; true if title or body was cut for that. What it answers and quotes is
/// in the one form of such addresses then, or none.
pub(crate) fn fit(record: &mut IncomingRecord) -> bool {
    for address in [&mut record.answers, &mut record.quotes] {
        let known = address.take().filter(|_| record.deleted.is_none());
        let known = known.and_then(|address| relation(&record.platform, &address));
        *address = known.filter(|to| to.native_id != record.native_id).map(|to| to.address);
    }
    record.tags.truncate(MAX_TAGS);
    let others = [&mut record.native_id, &mut record.permalink, &mut record.venue];
    for text in others.into_iter().chain(&mut record.author).chain(&mut record.tags) {
        cut(text);
    }
    cut(&mut record.body) | record.title.as_mut().is_some_and(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_never_splits_a_character() {
        let mut text = format!("{}€uro", "a".repeat(MAX_FIELD_BYTES - 1));
        assert!(cut(&mut text));
        assert_eq!(text.len(), MAX_FIELD_BYTES - 1);
        let mut short = "grüße".to_owned();
        assert!(!cut(&mut short));
        assert_eq!(short, "grüße");
    }
}
