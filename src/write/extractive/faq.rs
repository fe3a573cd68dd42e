//! The three questions, each with a long and a short answer that stands alone, and the counter-evidence.

use super::cite::days;
use super::facts::{authors, counted, facts, new_records, nouns, records};
use super::phrases_en as say;
use super::practice::{Practice, practice};
use super::voice::Voice;
use std::collections::BTreeSet;

use crate::model::{Brief, FaqKind, Quote, QuoteId, QuoteKind, Sentence, SentenceKind};
use crate::write::quotes::lexicon_en;
use crate::write::quotes::text::{content_stems, has_any, overlap};
use crate::write::{DraftFaq, none_advised_text, none_against_text, question_text, strongest_found_text};

/// The longest short answer, in characters.
const SHORT: usize = 300;
/// The longest long answer.
const LONG: usize = 1_024;

/// The three questions.
pub(super) fn faqs(brief: &Brief, headline: Option<&Sentence>, voice: &mut Voice<'_>) -> Vec<DraftFaq> {
    let told = happened(brief, headline);
    let said: BTreeSet<QuoteId> = told.iter().take(2).map(|quote| quote.id.clone()).collect();
    vec![what_happened(brief, &told, voice), what_it_means(brief, &said, voice), other_side(brief, voice)]
}

/// What tells what happened, the best first.
fn happened<'b>(brief: &'b Brief, headline: Option<&Sentence>) -> Vec<&'b Quote> {
    let mut told = facts(brief);
    // Whoever is in the headline tells it first, if they tell it.
    let heads = |quote: &&Quote| {
        let cited = headline.is_some_and(|h| h.citations.iter().any(|c| c.record == quote.record));
        let text = brief.quote_text(quote).unwrap_or("");
        !(cited && (has_any(text, lexicon_en::HAPPENED) || quote.kind == QuoteKind::Press))
    };
    let label = content_stems(&brief.label);
    let tells = |quote: &&Quote| {
        let text = brief.quote_text(quote).unwrap_or("");
        !(has_any(text, lexicon_en::HAPPENED) && overlap(&label, &content_stems(text)) >= 0.5)
    };
    told.sort_by_key(|quote| (heads(quote), tells(quote)));
    // What one report tells is told in its order.
    if let [first, second, ..] = told.as_mut_slice()
        && first.record == second.record
        && second.span.start < first.span.start
    {
        std::mem::swap(first, second);
    }
    // An update answers with what is new.
    let new = new_records(brief);
    if told.iter().any(|quote| new.contains(&quote.record)) {
        told.retain(|quote| new.contains(&quote.record));
    }
    told
}

fn what_happened(brief: &Brief, told: &[&Quote], voice: &mut Voice<'_>) -> DraftFaq {
    let label = content_stems(&brief.label);
    voice.section();
    let mut answer: Vec<Vec<Sentence>> = Vec::new();
    for quote in told.iter().take(2) {
        answer.push(voice.introduce(quote));
    }
    answer.insert(answer.len().min(1), size(brief));
    let short = short_of(told, voice, size(brief));
    let mut asked = faq(FaqKind::WhatHappened, brief, answer, short);
    // Whose name is in the question must be in the answer.
    let named = told.first().is_some_and(|quote| {
        let said = content_stems(brief.quote_text(quote).unwrap_or(""));
        label.iter().any(|stem| said.contains(stem))
    });
    if !named {
        "What happened?".clone_into(&mut asked.question);
    }
    asked
}

fn what_it_means(brief: &Brief, said: &BTreeSet<QuoteId>, voice: &mut Voice<'_>) -> DraftFaq {
    let Practice { question, quotes: told } = practice(brief, said);
    voice.section();
    let mut answer: Vec<Vec<Sentence>> = told.iter().take(2).map(|q| voice.introduce(q)).collect();
    let none = none(none_advised_text(brief));
    if answer.is_empty() {
        answer.push(vec![none.clone()]);
    }
    let short = short_of(&told, voice, vec![none]);
    let mut asked = faq(FaqKind::WhatItMeans, brief, answer, short);
    asked.question = question;
    asked
}

fn other_side(brief: &Brief, voice: &mut Voice<'_>) -> DraftFaq {
    let told = opposing(brief);
    let answer = counter(brief, voice);
    let short = short_of(&told, voice, vec![none(none_against_text(brief))]);
    faq(FaqKind::Counter, brief, answer, short)
}

/// The counter-evidence: the strongest opposing statement, or that none was found.
pub(super) fn counter(brief: &Brief, voice: &mut Voice<'_>) -> Vec<Vec<Sentence>> {
    let told = opposing(brief);
    voice.section();
    let mut slots: Vec<Vec<Sentence>> = told.iter().take(1).map(|q| voice.introduce(q)).collect();
    let none = none(none_against_text(brief));
    match slots.first_mut() {
        Some(slot) => {
            slot.push(none);
            slots.push(searched(brief));
        }
        None => slots.push(vec![none]),
    }
    slots
}

/// “That is the strongest opposing statement found in 38 records.”
fn searched(brief: &Brief) -> Vec<Sentence> {
    vec![counted(strongest_found_text(brief.counter.searched), Vec::new())]
}

fn opposing(brief: &Brief) -> Vec<&Quote> {
    brief.counter.quotes.iter().filter_map(|id| brief.quote(id)).collect()
}

fn none(text: String) -> Sentence {
    Sentence {
        text,
        kind: SentenceKind::NoneFound,
        citations: Vec::new(),
        counts: Vec::new(),
        confirmed: false,
    }
}

/// What the story rests on.
fn size(brief: &Brief) -> Vec<Sentence> {
    let (Some(all), Some(people)) = (records(brief), authors(brief)) else { return Vec::new() };
    let nouns = nouns(brief);
    let (first, last) = days(brief);
    let when = say::span(first, last);
    let total = say::quantity(all.n, nouns.one, nouns.many);
    let people_n = say::quantity(people.n, "author", "authors");
    let both = vec![brief.use_count(all), brief.use_count(people)];
    let mut slot = Vec::new();
    if people.n > all.n {
        slot.push(counted(format!("The story rests on {total} {when}."), vec![brief.use_count(all)]));
    } else {
        slot.push(counted(format!("The story rests on {total} by {people_n} {when}."), both));
    }
    slot
}

/// One slot: each quote as it stands alone, then the fallback.
fn short_of(told: &[&Quote], voice: &Voice<'_>, fallback: Vec<Sentence>) -> Vec<Vec<Sentence>> {
    let mut slot = Vec::new();
    for quote in told.iter().take(3) {
        slot.extend(voice.alone(quote).into_iter().filter(|s| s.text.chars().count() <= SHORT));
    }
    slot.extend(fallback);
    vec![slot]
}

fn faq(kind: FaqKind, brief: &Brief, answer: Vec<Vec<Sentence>>, short: Vec<Vec<Sentence>>) -> DraftFaq {
    let mut left = LONG;
    let answer = answer
        .into_iter()
        .filter(|slot| !slot.is_empty())
        .take_while(|slot| {
            let longest = slot.iter().map(|s| s.text.chars().count() + 1).max().unwrap_or(0);
            let fits = longest <= left;
            left = left.saturating_sub(longest);
            fits
        })
        .collect();
    DraftFaq { kind, question: question_text(kind, brief), answer, short }
}
