//! What a story is told for: the records its lead rests on. Many more are counted with it, and those may be on its subject
//! only. So a headline comes from the lead's own records, or from one that says the same as they do.

use std::collections::BTreeSet;

use crate::model::{Brief, BriefRecord, RecordId};
use crate::write::brief::title_of;
use crate::write::quotes::text::{content_stems, overlap};

/// Share of a headline's content words that must stand in the opening of one of the lead's records.
const SAME: f64 = 0.5;
/// So much of a record without a title is its opening, in characters.
const OPENING: usize = 200;

/// The event of a brief.
pub(super) struct Event<'b> {
    records: BTreeSet<&'b RecordId>,
    openings: Vec<BTreeSet<String>>,
}

impl<'b> Event<'b> {
    /// Reads the lead's records.
    pub(super) fn of(brief: &'b Brief) -> Self {
        let openings = brief
            .evidence
            .iter()
            .filter_map(|id| brief.record(id))
            .map(|record| {
                let text = record.text.as_deref().unwrap_or_default();
                content_stems(
                    title_of(record).map_or_else(|| crate::analyze::span::head(text, OPENING), |t| t.1),
                )
            })
            .collect();
        Self { records: brief.evidence.iter().collect(), openings }
    }

    /// Whether the lead rests on a record.
    pub(super) fn rests_on(&self, record: &BriefRecord) -> bool {
        self.records.contains(&record.id)
    }

    /// Whether a headline of this record is about the event. Where none of the lead's records is left, all are.
    pub(super) fn is_told_by(&self, record: &BriefRecord, headline: &str) -> bool {
        let mine = content_stems(headline);
        self.openings.is_empty()
            || self.rests_on(record)
            || self.openings.iter().any(|opening| overlap(&mine, opening) >= SAME)
    }
}
