//! Citations: record, text, digests and spans.

use super::context::{sentence_end, sentence_start};
use super::{Findings, Verifier};
use crate::model::{BriefRecord, RejectionCode, Sentence, SentenceKind, Sha256};

/// A citation that resolved.
#[derive(Clone, Copy)]
pub(super) struct Cited<'a> {
    pub record: &'a BriefRecord,
    /// The record's whole text.
    pub text: &'a str,
    pub start: usize,
    pub end: usize,
    /// The whole sentences that the span touches.
    window: (usize, usize),
}

impl<'a> Cited<'a> {
    /// The cited words.
    pub(super) fn span(&self) -> &'a str {
        self.text.get(self.start..self.end).unwrap_or_default()
    }

    fn new(record: &'a BriefRecord, text: &'a str, start: usize, end: usize) -> Self {
        let span = text.get(start..end).unwrap_or_default();
        let last = span.trim_end().trim_end_matches(['.', '!', '?', '…', '"', '”', '\'', '’', ')']);
        let window = (sentence_start(text, start), sentence_end(text, start + last.len()));
        Self { record, text, start, end, window }
    }

    /// The whole sentences that the span touches, as a byte range.
    pub(super) fn window(&self) -> (usize, usize) {
        self.window
    }
}

/// Resolves every citation of a sentence and says what is wrong with those that do not.
pub(super) fn resolve<'a>(
    verifier: &Verifier<'a>,
    sentence: &Sentence,
    findings: &mut Findings,
) -> Vec<Cited<'a>> {
    let needs = match sentence.kind {
        SentenceKind::Quote | SentenceKind::Report => true,
        SentenceKind::Count | SentenceKind::Frame | SentenceKind::NoneFound => false,
    };
    if needs && sentence.citations.is_empty() {
        findings.push(RejectionCode::SpanMissing, "no citation");
    }
    let mut cited = Vec::with_capacity(sentence.citations.len());
    for citation in &sentence.citations {
        let id = citation.record.as_str();
        let Some(record) = verifier.records.get(id).copied() else {
            findings.push(RejectionCode::UnknownId, id);
            continue;
        };
        if record.url != citation.url {
            findings.push(RejectionCode::UnknownId, &citation.url);
        }
        if record.quarantined {
            findings.push(RejectionCode::Quarantined, id);
            continue;
        }
        let Some(text) = record.text.as_deref() else {
            findings.push(RejectionCode::Tombstoned, id);
            continue;
        };
        if record.has_expired() {
            findings.push(RejectionCode::Expired, id);
            continue;
        }
        let intact = *verifier
            .intact
            .borrow_mut()
            .entry(record.id.as_str())
            .or_insert_with(|| record.sha256 == Sha256::of(text));
        if !intact {
            findings.push(RejectionCode::HashMismatch, format!("text of {id}"));
        }
        match citation.span().slice(text) {
            None => findings
                .push(RejectionCode::SpanMissing, format!("{id} {}..{}", citation.start, citation.end)),
            Some(words) => {
                if Sha256::of(words) != citation.sha256 {
                    findings.push(RejectionCode::HashMismatch, words);
                }
                cited.push(Cited::new(record, text, citation.start, citation.end));
            }
        }
    }
    cited
}
