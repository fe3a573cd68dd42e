//! What only the whole story can show.

use unicode_segmentation::UnicodeSegmentation as _;

use super::dates::{Told, find_dates};
use super::fold::{norm, words};
use super::times::{Moment, find_relative};
use super::tokens::{outside, quotations, tokens};
use super::{Findings, Verifier, fixed};
use crate::model::{FaqKind, Place, Rejection, RejectionCode, Section, Sentence, SentenceKind, StoryBody};

/// Longest dek in all, in characters.
pub(crate) const DEK_TOTAL: usize = 230;
/// Longest long answer in all, in characters.
pub(crate) const ANSWER_TOTAL: usize = 1_024;
/// Longest short answer in all, in graphemes.
pub(crate) const SHORT_TOTAL: usize = 300;
/// Fewest and most sections: a section for its own sake says nothing.
pub(crate) const SECTIONS: std::ops::RangeInclusive<usize> = 1..=5;

/// Characters of sentences joined by single spaces.
pub(crate) fn characters<'s>(sentences: impl IntoIterator<Item = &'s Sentence>) -> usize {
    let lengths: Vec<usize> = sentences.into_iter().map(|s| s.text.chars().count()).collect();
    lengths.iter().sum::<usize>() + lengths.len().saturating_sub(1)
}

/// Graphemes of sentences joined by single spaces.
pub(crate) fn graphemes<'s>(sentences: impl IntoIterator<Item = &'s Sentence>) -> usize {
    let lengths: Vec<usize> = sentences.into_iter().map(|s| s.text.graphemes(true).count()).collect();
    lengths.iter().sum::<usize>() + lengths.len().saturating_sub(1)
}

/// A sentence that leans on those before it in its block must fit them.
pub(super) fn leans_on(
    verifier: &Verifier<'_>,
    sentence: &Sentence,
    before: &[&Sentence],
    findings: &mut Findings,
) {
    let text = sentence.text.as_str();
    let Some(marks) = quotations(text) else { return };
    let moments = |s: &Sentence| -> Vec<Moment> {
        s.citations
            .iter()
            .filter_map(|c| verifier.records.get(c.record.as_str()))
            .map(|r| verifier.moment(r))
            .collect()
    };
    let mut tokens = tokens(text, &outside(text, &marks));
    let dates = find_dates(text, &mut tokens);
    for relative in find_relative(&mut tokens) {
        // Relative to a date in the same sentence, else to another record of it that was told before, else to the last
        // cited record before.
        let own = moments(sentence);
        let dated = |after: bool| {
            let of = |t: &&Told| (t.at > relative.at) == after;
            let find = |t: &Told| own.iter().copied().find(|d| t.is(d.date_naive()));
            dates.single.iter().filter(of).find_map(find)
        };
        let inside =
            relative.points || tokens.get(relative.at).zip(marks.first()).is_some_and(|(t, m)| t.start > m.1);
        let several = own.iter().any(|a| own.first() != Some(a));
        let told = dated(false);
        // “Two days later, on 13 September, …”
        let this = dated(true).filter(|_| inside && several).map_or_else(|| own.clone(), |d| vec![d]);
        let mut that: Vec<Moment> = told.into_iter().collect();
        if that.is_empty() && inside && several {
            that.extend(&own);
        }
        if told.is_none() {
            that.extend(before.iter().rev().find_map(|s| moments(s).last().copied()));
        }
        let day = |m: &Moment| m.date_naive();
        let fits = that.iter().any(|r| {
            this.iter()
                .any(|d| relative.holds(*r, *d) || told == Some(*r) && relative.fits_day(day(r), day(d)))
        });
        if !fits {
            findings.push(RejectionCode::DateWrong, relative.says());
        }
    }
    let opens = tokens.first().map_or("", |t| t.norm.as_str());
    if sentence.kind == SentenceKind::Count
        && matches!(opens, "they" | "these" | "it" | "this")
        && !sentence.citations.is_empty()
    {
        let known = sentence
            .citations
            .iter()
            .all(|c| before.iter().any(|s| s.citations.iter().any(|b| b.record == c.record)));
        if !known {
            findings.push(RejectionCode::CountDrift, opens);
        }
    }
    let strongest =
        sentence.kind == SentenceKind::Count && fixed::strongest_found_text(verifier.searched()) == text;
    if strongest {
        let counter = &verifier.brief.counter.quotes;
        let quoted = before.last().is_some_and(|s| {
            s.citations.iter().any(|c| {
                counter.iter().filter_map(|id| verifier.brief.quote(id)).any(|q| q.record == c.record)
            })
        });
        if !quoted {
            findings.push(RejectionCode::CountDrift, text);
        }
    }
}

impl Verifier<'_> {
    /// Checks a whole story: every sentence, and what only the whole can show.
    pub fn check_story(&self, body: &StoryBody) -> Vec<Rejection> {
        let mut found = self.check(&body.headline, Place::Headline);
        found.extend(self.check_block(&body.dek, |n| Place::Dek { n }));
        for (section, part) in body.sections.iter().enumerate() {
            let place = Place::Heading { section };
            found.extend(part.heading.iter().flat_map(|heading| self.check(heading, place)));
            found.extend(self.check_block(&part.sentences, |n| Place::Section { section, n }));
            let unborne = |heading: &&Sentence| !self.is_borne_by(heading, &part.sentences);
            found.extend(part.heading.iter().filter(unborne).map(|heading| unattributed(place, heading)));
        }
        let all: Vec<Sentence> =
            body.dek.iter().chain(body.sections.iter().flat_map(|s| &s.sentences)).cloned().collect();
        if !self.is_borne_by(&body.headline, &all) {
            found.push(unattributed(Place::Headline, &body.headline));
        }
        found.extend(self.check_block(&body.so_far, |n| Place::SoFar { n }));
        for (faq, part) in body.faqs.iter().enumerate() {
            found.extend(self.check_block(&part.answer, |n| Place::Answer { faq, n }));
            found.extend(self.check_block(&part.short, |n| Place::Short { faq, n }));
            found.extend(self.check_question(faq, &part.question));
        }
        found.extend(self.check_block(&body.counter, |n| Place::Counter { n }));
        found.extend(repetitions(body));
        found.extend(shape(body));
        found
    }

    /// Checks the sentences of one block in order.
    fn check_block(&self, block: &[Sentence], place: impl Fn(usize) -> Place) -> Vec<Rejection> {
        let mut found = Vec::new();
        let mut before: Vec<&Sentence> = Vec::with_capacity(block.len());
        for (n, sentence) in block.iter().enumerate() {
            found.extend(self.check_in_block(sentence, place(n), &before));
            before.push(sentence);
        }
        found
    }

    /// Checks the next sentence of a block, given those before it.
    pub(crate) fn check_next(
        &self,
        sentence: &Sentence,
        place: Place,
        before: &[Sentence],
    ) -> Vec<Rejection> {
        let before: Vec<&Sentence> = before.iter().collect();
        self.check_in_block(sentence, place, &before)
    }

    /// Whether a quoted headline or heading names its speaker, or `body` has a sentence that cites the same record and
    /// names them.
    pub(crate) fn is_borne_by(&self, heading: &Sentence, body: &[Sentence]) -> bool {
        if heading.kind != SentenceKind::Quote {
            return true;
        }
        let names = |s: &Sentence, speaker: &str| {
            quotations(&s.text).is_some_and(|marks| {
                outside(&s.text, &marks)
                    .iter()
                    .any(|(a, b)| s.text.get(*a..*b).is_some_and(|t| t.contains(speaker)))
            })
        };
        heading.citations.iter().all(|c| {
            let Some(record) = self.records.get(c.record.as_str()) else { return true };
            let speaker = record.speaker.as_str();
            names(heading, speaker)
                || body.iter().any(|s| s.citations.iter().any(|b| b.record == c.record) && names(s, speaker))
        })
    }

    /// A question is made of the label and plain words: no names, numbers or markup of its own.
    pub(crate) fn check_question(&self, faq: usize, question: &str) -> Vec<Rejection> {
        let sentence = Sentence {
            text: question.to_owned(),
            kind: SentenceKind::Frame,
            citations: Vec::new(),
            counts: Vec::new(),
            confirmed: false,
        };
        let mut findings = Findings::new(Place::Answer { faq, n: 0 }, &sentence);
        super::surface::check(&sentence, Place::Heading { section: faq }, &mut findings);
        if !question.ends_with('?') {
            findings.push(RejectionCode::BrokenText, "no question mark");
        }
        let bare =
            question.replace(self.brief.label.as_str(), "").replace(self.brief.topic.name.as_str(), "");
        for word in words(&bare, 0, bare.len()).iter().skip(1) {
            if super::glue::looks_like_name(word.text) {
                findings.push(RejectionCode::NameUnsupported, word.text);
            }
        }
        findings.list
    }
}

pub(crate) fn unattributed(place: Place, sentence: &Sentence) -> Rejection {
    Rejection {
        place,
        code: RejectionCode::AttributionMissing,
        offending: "no sentence below names the speaker".to_owned(),
        sentence: sentence.text.clone(),
    }
}

/// The same sentence twice among dek, sections and so far; answers are read apart and may repeat.
fn repetitions(body: &StoryBody) -> Vec<Rejection> {
    let mut seen = std::collections::BTreeSet::new();
    body.sentences()
        .into_iter()
        .filter(|(place, _)| may_not_repeat(*place))
        .filter(|(_, s)| !seen.insert(norm(&s.text)))
        .map(|(place, s)| repeated(place, s))
        .collect()
}

pub(crate) fn repeated(place: Place, sentence: &Sentence) -> Rejection {
    Rejection {
        place,
        code: RejectionCode::Repeated,
        offending: sentence.text.clone(),
        sentence: sentence.text.clone(),
    }
}

fn may_not_repeat(place: Place) -> bool {
    match place {
        Place::Dek { .. } | Place::Section { .. } | Place::SoFar { .. } => true,
        Place::Whole
        | Place::Headline
        | Place::Heading { .. }
        | Place::Answer { .. }
        | Place::Short { .. }
        | Place::Counter { .. } => false,
    }
}

/// Totals and the number of parts.
fn shape(body: &StoryBody) -> Vec<Rejection> {
    let mut found = Vec::new();
    let mut push = |place: Place, code: RejectionCode, offending: String| {
        found.push(Rejection { place, code, offending, sentence: String::new() });
    };
    let dek = characters(&body.dek);
    if dek > DEK_TOTAL {
        push(Place::Dek { n: 0 }, RejectionCode::OverLength, format!("dek of {dek} characters"));
    }
    if body.dek.is_empty() {
        push(Place::Dek { n: 0 }, RejectionCode::BrokenText, "no dek".to_owned());
    }
    if !SECTIONS.contains(&body.sections.len()) {
        push(Place::Whole, RejectionCode::BrokenText, format!("{} sections", body.sections.len()));
    }
    for (section, Section { heading, sentences }) in body.sections.iter().enumerate() {
        if heading.is_none() && section > 0 {
            let place = Place::Section { section, n: 0 };
            push(place, RejectionCode::BrokenText, "no heading".to_owned());
        }
        if sentences.is_empty() {
            push(
                Place::Heading { section },
                RejectionCode::BrokenText,
                "a heading without sentences".to_owned(),
            );
        }
    }
    let kinds: Vec<FaqKind> = body.faqs.iter().map(|f| f.kind).collect();
    if kinds != FaqKind::ALL {
        push(Place::Whole, RejectionCode::BrokenText, "not the three questions in order".to_owned());
    }
    for (faq, part) in body.faqs.iter().enumerate() {
        let long = characters(&part.answer);
        if long > ANSWER_TOTAL || part.answer.is_empty() {
            push(Place::Answer { faq, n: 0 }, RejectionCode::OverLength, format!("{long} characters"));
        }
        let short = graphemes(&part.short);
        if short > SHORT_TOTAL || part.short.is_empty() {
            push(Place::Short { faq, n: 0 }, RejectionCode::OverLength, format!("{short} graphemes"));
        }
    }
    if body.counter.is_empty() {
        push(Place::Counter { n: 0 }, RejectionCode::BrokenText, "no counter-evidence".to_owned());
    }
    found
}

/// Whether a sentence stands among `others`, but for case and quotation marks.
pub(crate) fn said<'s>(text: &str, others: impl IntoIterator<Item = &'s String>) -> bool {
    let text = norm(text);
    others.into_iter().any(|other| norm(other) == text)
}
