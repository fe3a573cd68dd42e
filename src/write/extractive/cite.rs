//! Sentences with their citations and counts, and quotations as they may be printed.

use chrono::NaiveDate;

use crate::model::{
    Brief, BriefRecord, Citation, Count, CountBase, CountFilter, CountUnit, CountUse, Quote, RecordId,
    Sentence, SentenceKind, Sha256, Span,
};

/// A citation of a span; `None` if the text is gone or the span does not fit.
pub(super) fn citation(record: &BriefRecord, span: Span) -> Option<Citation> {
    let words = span.slice(record.text.as_deref()?)?;
    Some(Citation {
        record: record.id.clone(),
        url: record.url.clone(),
        start: span.start,
        end: span.end,
        sha256: Sha256::of(words),
    })
}

/// Whether a sentence, if there is one, cites a record.
pub(super) fn cites(sentence: Option<&Sentence>, record: &RecordId) -> bool {
    sentence.is_some_and(|s| s.citations.iter().any(|c| c.record == *record))
}

/// A sentence.
pub(super) fn sentence(
    kind: SentenceKind,
    text: impl Into<String>,
    citations: Vec<Citation>,
    counts: Vec<CountUse>,
) -> Sentence {
    Sentence { text: text.into(), kind, citations, counts, confirmed: false }
}

/// The words of a span as they stand between “ ”: one line, inner marks single, no end stop.
pub(super) fn words(raw: &str) -> String {
    let line = raw.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::with_capacity(line.len());
    let mut before = ' ';
    for c in line.chars() {
        out.push(match c {
            '“' => '‘',
            '"' if before.is_whitespace() || matches!(before, '(' | '[' | '—' | '–' | '-') => '‘',
            '”' | '"' => '’',
            other => other,
        });
        before = c;
    }
    let bare = out.trim_end_matches(['.', ',', ';', ':']).trim_end();
    // A stop inside an inner quotation's mark is an end stop too.
    match bare.strip_suffix(".’").or_else(|| bare.strip_suffix(",’")) {
        Some(inner) => format!("{inner}’"),
        None => bare.to_owned(),
    }
}

/// A query of the brief's counts.
pub(super) fn find<'b>(
    brief: &'b Brief,
    unit: CountUnit,
    base: CountBase,
    filter: &CountFilter,
) -> Option<&'b Count> {
    brief.counts.iter().find(|c| c.unit == unit && c.base == base && c.filter == *filter)
}

/// The record of a quote.
pub(super) fn record_of<'b>(brief: &'b Brief, quote: &Quote) -> Option<&'b BriefRecord> {
    brief.record(&quote.record)
}

/// The day of a record in the brief's time zone.
pub(super) fn day(brief: &Brief, record: &BriefRecord) -> NaiveDate {
    let zone: chrono_tz::Tz = brief.time_zone.parse().unwrap_or(chrono_tz::UTC);
    record.published_at.with_timezone(&zone).date_naive()
}

/// Members of the brief with their entries, oldest first.
pub(super) fn members(brief: &Brief) -> Vec<&BriefRecord> {
    let by_id: std::collections::BTreeMap<&RecordId, &BriefRecord> =
        brief.records.iter().map(|r| (&r.id, r)).collect();
    brief.members.iter().filter_map(|id| by_id.get(id).copied()).collect()
}

/// First and last day of the members.
pub(super) fn days(brief: &Brief) -> (NaiveDate, NaiveDate) {
    let all: Vec<NaiveDate> = members(brief).iter().map(|r| day(brief, r)).collect();
    let at = brief.at.date_naive();
    (all.iter().min().copied().unwrap_or(at), all.iter().max().copied().unwrap_or(at))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn inner_marks_become_single_and_the_stop_goes() {
        assert_eq!(words("They call it \"the  late train\"\nhere."), "They call it ‘the late train’ here");
        assert_eq!(words("“Never again,” she said."), "‘Never again,’ she said");
        assert_eq!(words("Is it late?"), "Is it late?");
        assert_eq!(words("It isn't."), "It isn't");
    }
}
