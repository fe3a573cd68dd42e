//! What a story is told for: the records its lead rests on. Many more are counted with it, and those may be on its subject
//! only. So a headline comes from the lead's own records, or from one that says the same as they do.

use std::collections::BTreeSet;

use super::facts::new_records;
use crate::model::{Brief, BriefRecord, RecordId};
use crate::write::brief::title_of;
use crate::write::quotes::text::{content_stems, overlap};

/// Share of a headline's content words that must stand in the opening of one of the lead's records.
const SAME: f64 = 0.5;
/// So much of a record without a title is its opening, in characters.
const OPENING: usize = 200;
/// A headline that names what the story is about needs this share of its words in the beginning of one of them.
const NEAR: f64 = 0.34;
/// So much of a record's body is its beginning, in characters.
const BEGINNING: usize = 400;

/// The event of a brief.
#[derive(Clone)]
pub(super) struct Event<'b> {
    records: BTreeSet<&'b RecordId>,
    openings: Vec<BTreeSet<String>>,
    beginnings: Vec<BTreeSet<String>>,
    label: BTreeSet<String>,
    /// Records that the version before did not have, where only these count.
    new: Option<BTreeSet<RecordId>>,
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
        let beginnings = brief
            .evidence
            .iter()
            .filter_map(|id| brief.record(id))
            .map(|record| {
                let text = record.text.as_deref().unwrap_or_default();
                let body = text.get(record.body_start..).unwrap_or_default();
                let mut stems = content_stems(crate::analyze::span::head(body, BEGINNING));
                stems.extend(title_of(record).map(|t| content_stems(t.1)).unwrap_or_default());
                stems
            })
            .collect();
        let label = content_stems(&brief.label);
        Self { records: brief.evidence.iter().collect(), openings, beginnings, label, new: None }
    }

    /// The same event, told by records alone that the version before did not have.
    pub(super) fn only_new(&self, brief: &Brief) -> Self {
        Self { new: Some(new_records(brief)), ..self.clone() }
    }

    /// Whether what a headline says of the story's name stands in the beginning of one of the lead's records.
    fn is_near(&self, headline: &BTreeSet<String>) -> bool {
        let said: BTreeSet<&String> = headline.difference(&self.label).collect();
        self.beginnings.iter().any(|words| {
            let shared = said.iter().filter(|stem| words.contains(**stem)).count();
            shared >= 2 && shared as f64 >= NEAR * said.len() as f64
        })
    }

    /// Whether the lead rests on a record.
    pub(super) fn rests_on(&self, record: &BriefRecord) -> bool {
        self.records.contains(&record.id)
    }

    /// Whether a headline of this record is about the event. Where none of the lead's records is left, all are.
    pub(super) fn is_told_by(&self, record: &BriefRecord, headline: &str) -> bool {
        let mine = content_stems(headline);
        if self.new.as_ref().is_some_and(|new| !new.contains(&record.id)) {
            return false;
        }
        self.openings.is_empty()
            || self.rests_on(record)
            || self.openings.iter().any(|opening| overlap(&mine, opening) >= SAME)
            || (self.label.is_subset(&mine) && self.is_near(&mine))
    }
}
