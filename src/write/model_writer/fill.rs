//! From what the model says to a sentence: placeholders become names, days and numbers, ids become citations and counts.

use crate::model::{
    Brief, BriefRecord, Citation, CountId, FaqKind, Place, Quote, QuoteId, RejectionCode, Sentence,
    SentenceKind, Sha256,
};
use crate::write::{extractive, none_advised_text, none_against_text, none_found_text};

use super::answer::Said;
use super::shown::is_shown;

type Fault = (RejectionCode, String);

/// The sentence, or what makes it none.
pub(super) fn fill(said: &Said, place: Place, brief: &Brief) -> Result<Sentence, Fault> {
    if said.kind == SentenceKind::NoneFound {
        return Ok(Sentence {
            text: none_found(place, brief),
            kind: said.kind,
            citations: Vec::new(),
            counts: Vec::new(),
            confirmed: false,
        });
    }
    let quotes: Vec<&Quote> = said.quotes.iter().map(|id| quote(brief, id)).collect::<Result<_, _>>()?;
    let mut citations: Vec<Citation> = Vec::new();
    for quote in quotes {
        let cited = brief.record(&quote.record).and_then(|record| citation(record, quote));
        let cited = cited.ok_or_else(|| (RejectionCode::SpanMissing, quote.id.to_string()))?;
        if !citations.contains(&cited) {
            citations.push(cited);
        }
    }
    let mut counts = Vec::new();
    for id in &said.counts {
        let count = brief.count(&CountId::from_stored(id.as_str())).ok_or_else(|| unknown(id))?;
        counts.push(brief.use_count(count));
    }
    // As it will stand: no paraphrase of a model's is used before the second check agrees.
    let confirmed = said.kind == SentenceKind::Report;
    Ok(Sentence { text: text(said, brief)?, kind: said.kind, citations, counts, confirmed })
}

fn unknown(id: &str) -> Fault {
    (RejectionCode::UnknownId, id.chars().take(40).collect())
}

/// A quote that the model was shown.
fn quote<'b>(brief: &'b Brief, id: &str) -> Result<&'b Quote, Fault> {
    let known = brief.quote(&QuoteId::from_stored(id)).filter(|q| is_shown(brief, q));
    known.ok_or_else(|| unknown(id))
}

fn citation(record: &BriefRecord, quote: &Quote) -> Option<Citation> {
    let words = quote.span.slice(record.text.as_deref()?)?;
    Some(Citation {
        record: record.id.clone(),
        url: record.url.clone(),
        start: quote.span.start,
        end: quote.span.end,
        sha256: Sha256::of(words),
    })
}

/// What is said where nothing can be quoted, with our number, whatever the model wrote.
fn none_found(place: Place, brief: &Brief) -> String {
    let searched = brief.counter.searched;
    let of = |faq: usize| FaqKind::ALL.get(faq);
    match place {
        Place::Answer { faq, .. } | Place::Short { faq, .. } if of(faq) == Some(&FaqKind::WhatItMeans) => {
            none_advised_text(brief)
        }
        Place::Answer { faq, .. } | Place::Short { faq, .. } if of(faq) == Some(&FaqKind::Counter) => {
            none_against_text(brief)
        }
        _ => none_found_text(searched),
    }
}

/// The text with its placeholders filled in, straight quotation marks turned, and a capital where a number begins it.
fn text(said: &Said, brief: &Brief) -> Result<String, Fault> {
    let mut out = String::with_capacity(said.text.len());
    let mut rest = said.text.trim();
    while let Some((before, from)) = rest.split_once('{') {
        out.push_str(before);
        let (inner, after) = from
            .split_once('}')
            .ok_or_else(|| (RejectionCode::MetaText, "a bracket that does not close".to_owned()))?;
        let (what, id) = inner.split_once(':').unwrap_or((inner, ""));
        let value = placeholder(what.trim(), id.trim(), brief)?;
        // A number that opens its sentence is a word with a capital.
        if out.is_empty() && matches!(what, "n" | "of") {
            out.extend(value.chars().next().into_iter().flat_map(char::to_uppercase));
            out.extend(value.chars().skip(1));
        } else {
            out.push_str(&value);
        }
        rest = after;
    }
    out.push_str(rest);
    if out.contains('}') {
        return Err((RejectionCode::MetaText, "a bracket that does not open".to_owned()));
    }
    Ok(turned(&out))
}

fn placeholder(what: &str, id: &str, brief: &Brief) -> Result<String, Fault> {
    let of_record = |of: &dyn Fn(&Quote, &BriefRecord) -> String| {
        let quote = quote(brief, id)?;
        brief.record(&quote.record).map(|record| of(quote, record)).ok_or_else(|| unknown(id))
    };
    let count = || brief.count(&CountId::from_stored(id)).ok_or_else(|| unknown(id));
    match what {
        "who" => of_record(&|quote, record| extractive::speaker(record, quote)),
        "place" => of_record(&|_, record| record.venue.clone()),
        "day" => of_record(&|_, record| extractive::day(brief, record)),
        "n" => Ok(extractive::number(count()?.n)),
        "of" => Ok(extractive::number(count()?.of)),
        _ => Err((RejectionCode::MetaText, what.chars().take(20).collect())),
    }
}

/// Pairs of straight marks become “ and ”; an odd one stays, for the checks to find.
fn turned(text: &str) -> String {
    if text.matches('"').count() % 2 == 1 {
        return text.to_owned();
    }
    let mut open = false;
    text.chars()
        .map(|c| match c {
            '"' => {
                open = !open;
                if open { '“' } else { '”' }
            }
            other => other,
        })
        .collect()
}
