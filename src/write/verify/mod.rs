//! The verifier: what may be published is decided here, by reading the sentence and the brief and nothing else.
//!
//! It trusts no writer and knows of none. Every sentence is checked by itself ([`check`]), and a story once more as
//! a whole ([`check_story`]): sentences that lean on the one before (“a day later”, “They are two of 25 posts”),
//! totals, repetitions, and headings whose speaker is named in the section only. Everything is a pure function of
//! the sentence and the brief; no clock, no store, no network.
//!
//! What it cannot see: swapped roles inside a quotation's glue, opposites when both words stand in the source,
//! which of two quotations in one sentence belongs to which of two named speakers.

mod along;
mod cite;
mod context;
mod counting;
mod dates;
mod fixed;
mod fold;
mod glue;
mod lexicon;
mod names;
mod numbers;
mod report;
mod story;
mod surface;
mod times;
mod tokens;

#[cfg(test)]
mod acceptance;
#[cfg(test)]
mod lies;
#[cfg(test)]
pub(super) mod mutation;
#[cfg(test)]
mod worlds;

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::model::{
    Brief, BriefRecord, CountBase, CountFilter, CountUnit, Place, Rejection, RejectionCode, Sentence,
    SentenceKind, StoryBody,
};

pub use fixed::{
    earlier_story_text, first_story_text, no_advice_alone_text, no_advice_text, none_advised_text,
    none_against_text, none_found_text, none_quotable_text, only_records_text, question_text,
    strongest_found_text,
};

/// Checks one sentence by itself: every failing code with the offending words; empty when it may be published.
///
/// For many sentences of one brief make a [`Verifier`] once: it keeps what it has recomputed.
pub fn check(sentence: &Sentence, place: Place, brief: &Brief) -> Vec<Rejection> {
    Verifier::new(brief).check(sentence, place)
}

/// Checks a whole story: every sentence, and what only the whole can show.
pub fn check_story(body: &StoryBody, brief: &Brief) -> Vec<Rejection> {
    Verifier::new(brief).check_story(body)
}

/// What a count really is, and when its records were published.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Recount {
    n: u64,
    of: u64,
    urls: Vec<String>,
    /// A record of the base has no text any more, so that a term cannot be recounted: what became of it.
    lost: Option<RejectionCode>,
}

/// A brief made ready for checking many sentences.
pub struct Verifier<'a> {
    pub(super) brief: &'a Brief,
    records: BTreeMap<&'a str, &'a BriefRecord>,
    by_url: BTreeMap<&'a str, &'a BriefRecord>,
    names: names::Names<'a>,
    zone: chrono_tz::Tz,
    /// First and last day of the members.
    days: Option<(NaiveDate, NaiveDate)>,
    /// Distinct records among the members.
    distinct: u64,
    /// Whether a record's text has the digest that the brief says; filled as asked.
    intact: RefCell<BTreeMap<&'a str, bool>>,
    /// Recomputed counts; filled as asked.
    recounts: RefCell<BTreeMap<String, Recount>>,
}

impl<'a> Verifier<'a> {
    /// Indexes a brief.
    pub fn new(brief: &'a Brief) -> Self {
        let records: BTreeMap<&str, &BriefRecord> =
            brief.records.iter().map(|r| (r.id.as_str(), r)).collect();
        let by_url = brief.records.iter().map(|r| (r.url.as_str(), r)).collect();
        let zone: chrono_tz::Tz = brief.time_zone.parse().unwrap_or(chrono_tz::UTC);
        let times = || brief.members.iter().filter_map(|id| records.get(id.as_str())).map(|r| r.published_at);
        let day = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&zone).date_naive();
        let days = times().min().zip(times().max()).map(|(a, b)| (day(a), day(b)));
        Self {
            brief,
            by_url,
            names: names::Names::new(brief),
            zone,
            days,
            distinct: brief.evaluate(CountUnit::Records, CountBase::Members, &CountFilter::All).0,
            records,
            intact: RefCell::default(),
            recounts: RefCell::default(),
        }
    }

    /// Checks one sentence as the next of a block: `before` are the sentences before it in the same section, answer
    /// or dek. Relative dates and “They are …” are checked against them when the caller is a whole-story check or
    /// [`settle`](crate::write::settle()).
    fn check_in_block(&self, sentence: &Sentence, place: Place, before: &[&Sentence]) -> Vec<Rejection> {
        let mut found = self.check(sentence, place);
        let mut findings = Findings::new(place, sentence);
        story::leans_on(self, sentence, before, &mut findings);
        found.extend(findings.list);
        found
    }

    /// Checks one sentence by itself.
    pub fn check(&self, sentence: &Sentence, place: Place) -> Vec<Rejection> {
        let mut findings = Findings::new(place, sentence);
        let cited = cite::resolve(self, sentence, &mut findings);
        let uses = counting::resolve(self, sentence, &mut findings);
        surface::check(sentence, place, &mut findings);
        // Where a source is missing, everything else would be found missing too.
        let gone = |r: &Rejection| {
            use RejectionCode as C;
            matches!(r.code, C::UnknownId | C::SpanMissing | C::Tombstoned | C::Expired | C::Quarantined)
        };
        if findings.list.iter().any(gone) || fixed::is_fixed(self, sentence) {
            return findings.list;
        }
        let Some(job) = names::Job::new(self, sentence, place, cited, uses) else {
            findings.push(RejectionCode::BrokenText, "unpaired quotation marks");
            return findings.list;
        };
        surface::check_start(&job, &mut findings);
        match sentence.kind {
            SentenceKind::Quote => glue::check_quote(&job, &mut findings),
            SentenceKind::Count => counting::check(&job, &mut findings),
            SentenceKind::Report => report::check(job, &mut findings),
            SentenceKind::Frame => glue::check_frame(&job, &mut findings),
            SentenceKind::NoneFound => {
                findings.push(RejectionCode::CountDrift, "not the fixed text, or not its number");
            }
        }
        findings.list
    }

    fn day(&self, record: &BriefRecord) -> NaiveDate {
        self.moment(record).date_naive()
    }

    fn moment(&self, record: &BriefRecord) -> times::Moment {
        record.published_at.with_timezone(&self.zone)
    }

    /// Days from the first to the last member, both counted.
    fn span_days(&self) -> Option<u64> {
        self.days.and_then(|(a, b)| u64::try_from((b - a).num_days() + 1).ok())
    }

    /// The number that “found in N records” names.
    pub(crate) fn searched(&self) -> u64 {
        match self.brief.counter.searched {
            0 => self.distinct,
            n => n,
        }
    }
}

/// Rejections of one sentence, each code and words once.
struct Findings {
    place: Place,
    sentence: String,
    list: Vec<Rejection>,
}

impl Findings {
    fn new(place: Place, sentence: &Sentence) -> Self {
        Self { place, sentence: sentence.text.clone(), list: Vec::new() }
    }

    fn push(&mut self, code: RejectionCode, offending: impl Into<String>) {
        let offending = offending.into();
        if !self.list.iter().any(|r| r.code == code && r.offending == offending) {
            self.list.push(Rejection { place: self.place, code, offending, sentence: self.sentence.clone() });
        }
    }
}

/// The words of whole source sentences that a span touches, as a byte range.
pub(crate) fn sentence_around(text: &str, span: crate::model::Span) -> (usize, usize) {
    let cut = span.slice(text).unwrap_or_default();
    let last = cut.trim_end().trim_end_matches(['.', '!', '?', '…', '"', '”', '\'', '’', ')']);
    (context::sentence_start(text, span.start), context::sentence_end(text, span.start + last.len()))
}

/// Whether `words` stand in `source` as a quotation may have them.
pub(crate) fn has_words(source: &str, words: &str) -> bool {
    !fold::find_fragment(source, words).is_empty()
}

/// What may stand around a quotation, in a count, and in a frame besides, for whoever is to keep to it.
pub(crate) fn allowed_words() -> [String; 3] {
    [lexicon::GLUE, lexicon::COUNT_WORDS, lexicon::FRAME_WORDS].map(|list| list.join(" "))
}

/// What `settle` shares with the whole-story check.
pub(crate) mod limits {
    pub(crate) use super::story::{
        ANSWER_TOTAL, DEK_TOTAL, SECTIONS, SHORT_TOTAL, characters, graphemes, repeated, said, unattributed,
    };
}
