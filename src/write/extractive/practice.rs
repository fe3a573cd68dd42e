//! The second question: what a member would ask that the records answer.

use std::collections::BTreeSet;

use super::facts::{advice, facts, is_member, is_overtaken, is_own_view, new_records};
use crate::model::{Brief, FaqKind, Quote, QuoteId, QuoteKind, Sentence};
use crate::write::question_text;
use crate::write::quotes::lexicon_en;
use crate::write::quotes::text::{content_stems, has_any, leans, overlap};

/// A question with the quotes that answer it, the best first.
pub(super) struct Practice<'b> {
    pub(super) question: String,
    pub(super) quotes: Vec<&'b Quote>,
}

/// What may be asked, in the order in which it is: the first that is answered.
const ASKED: [(&str, &[&str]); 3] = [
    ("Who can use it, and where?", lexicon_en::ACCESS),
    ("What does it cost?", lexicon_en::COST),
    ("What happens next?", lexicon_en::NEXT),
];

/// The question that the records answer best, with other words than those that were `said` before.
pub(super) fn practice<'b>(
    brief: &'b Brief,
    headline: Option<&Sentence>,
    said: &BTreeSet<QuoteId>,
) -> Practice<'b> {
    let usual = question_text(FaqKind::WhatItMeans, brief);
    let text = |quote: &Quote| brief.quote_text(quote).unwrap_or("");
    // Something to do comes before what is to be known.
    let mut advised = advice(brief);
    // What held when the story began may not hold any more.
    let new = brief.earlier.as_ref().map(|_| new_records(brief));
    // A title handed on is no advice.
    advised.retain(|q| q.kind != QuoteKind::Title && !said.contains(&q.id));
    // Who offers something of their own advises for it.
    advised.retain(|q| q.kind != QuoteKind::Post || brief.record(&q.record).is_some_and(is_member));
    advised.retain(|q| new.as_ref().is_none_or(|new| new.contains(&q.record)));
    let (plain, practical): (Vec<&Quote>, Vec<&Quote>) =
        advised.into_iter().partition(|q| has_any(text(q), lexicon_en::ADVICE) && !is_met(text(q)));
    if let Some(first) = plain.first() {
        if let Some((question, list)) = ASKED.iter().take(2).find(|(_, list)| has_any(text(first), list)) {
            let quotes = plain.iter().chain(&practical).filter(|q| has_any(text(q), list)).copied().collect();
            return answering(question, fullest_first(brief, quotes));
        }
        return answering(&usual, plain);
    }
    let stands = |q: &&Quote| matches!(q.kind, QuoteKind::Official | QuoteKind::Press);
    let told: Vec<&Quote> = facts(brief)
        .into_iter()
        .filter(stands)
        .filter(|q| !said.contains(&q.id))
        .filter(|q| !leans(text(q)) && new.as_ref().is_none_or(|new| new.contains(&q.record)))
        .collect();
    let label = content_stems(&brief.label);
    let named = |q: &Quote| !label.is_disjoint(&content_stems(text(q)));
    for (n, (question, list)) in ASKED.into_iter().enumerate() {
        // Who can have what is told of many things.
        let near = |q: &&&Quote| {
            practical.iter().any(|p| p.id == q.id) || named(q) || n > 1 && brief.evidence.contains(&q.record)
        };
        let quotes: Vec<&Quote> =
            told.iter().filter(near).filter(|q| has_any(text(q), list)).copied().collect();
        if !quotes.is_empty() {
            return answering(question, if n > 1 { quotes } else { fullest_first(brief, quotes) });
        }
    }
    // An update is read to know what is new.
    if let Some(new) = &new {
        let head = brief.earlier.as_ref().map(|earlier| content_stems(&earlier.headline)).unwrap_or_default();
        let fresh: Vec<&Quote> = facts(brief)
            .into_iter()
            .filter(|q| new.contains(&q.record) && q.kind != QuoteKind::Title && !leans(text(q)))
            .filter(|q| !is_overtaken(brief, headline, q))
            // What answers what happened is told, and what headed the version before is old.
            .filter(|q| !said.contains(&q.id) && overlap(&head, &content_stems(text(q))) < 0.5)
            .collect();
        if !fresh.is_empty() {
            // What was said last holds now.
            let when = |q: &Quote| brief.record(&q.record).map(|r| r.published_at);
            let mut fresh = fresh;
            fresh.sort_by_key(|q| std::cmp::Reverse(when(q)));
            return answering("What is new since the earlier story?", fresh);
        }
    }
    let tried: Vec<&Quote> =
        members_quotes(brief).filter(|q| !said.contains(&q.id) && !q.asks && is_met(text(q))).collect();
    if !tried.is_empty() {
        return answering("What do those who tried it say?", tried);
    }
    let asked: Vec<&Quote> = members_quotes(brief)
        .filter(|q| q.asks && text(q).trim_end().ends_with('?') && !leans(text(q)))
        .filter(|q| !label.is_disjoint(&content_stems(text(q))) || content_stems(text(q)).len() >= ENOUGH)
        .collect();
    if !asked.is_empty() {
        return answering("What do people still ask about it?", asked);
    }
    answering(&usual, practical)
}

/// Who can have it is known to those who give it, and the longer of two lists is the whole one.
fn fullest_first<'b>(brief: &'b Brief, mut quotes: Vec<&'b Quote>) -> Vec<&'b Quote> {
    let listed = |q: &Quote| brief.quote_text(q).unwrap_or("").matches([',', ';']).count();
    quotes.sort_by_key(|q| (q.kind != QuoteKind::Official, std::cmp::Reverse(listed(q))));
    quotes
}

fn answering<'b>(question: &str, quotes: Vec<&'b Quote>) -> Practice<'b> {
    Practice { question: question.to_owned(), quotes }
}

/// Content words of a question that is understood by itself.
const ENOUGH: usize = 6;

/// Whether somebody tells what they met themselves.
fn is_met(said: &str) -> bool {
    const VERDICT: [&[&str]; 6] = [
        lexicon_en::PRAISE,
        lexicon_en::FAULT,
        lexicon_en::LACK,
        lexicon_en::OPPOSE,
        lexicon_en::MET,
        &["better", "worse", "faster", "slower", "than", "works", "worked", "failed", "perfect"],
    ];
    has_any(said, lexicon_en::TRIED)
        && has_any(said, lexicon_en::FIRST_PERSON)
        && VERDICT.iter().any(|list| has_any(said, list))
        && !has_any(said, lexicon_en::MUSING)
}

fn members_quotes(brief: &Brief) -> impl Iterator<Item = &Quote> {
    let opposing: BTreeSet<_> = brief.counter.quotes.iter().take(1).collect();
    brief
        .quotes
        .iter()
        .filter(move |q| q.kind == QuoteKind::Post && !opposing.contains(&q.id) && is_own_view(brief, q))
}
