//! The draft: for every place the model's sentence where it passed, then what the extractive writer would say there.

use std::collections::BTreeSet;

use super::answer::{Piece, quotes_of as quotes};
use crate::model::{Brief, FaqKind, Place, Quote, RecordId, Sentence, SentenceKind};
use crate::write::verify::allowed_words;
use crate::write::{Draft, DraftFaq, DraftSection, extractive, question_text};

/// Slots with their candidates, best first.
type Slots = Vec<Vec<Sentence>>;

/// A draft of the pieces over an extractive one.
pub(super) fn draft(pieces: &[Piece], extractive: &Draft, brief: &Brief) -> Draft {
    let at = |place: fn(Place) -> bool| pieces.iter().filter(move |p| place(p.place));
    let headline = at(|p| p == Place::Headline).filter_map(Piece::passing).cloned();
    let sections = pieces.iter().filter_map(|p| match p.place {
        Place::Heading { section } => Some((section, p)),
        _ => None,
    });
    Draft {
        headline: headline.chain(extractive.headline.iter().cloned()).collect(),
        dek: or_theirs(at(|p| matches!(p, Place::Dek { .. })), &extractive.dek),
        sections: sections.map(|(n, heading)| section(n, heading, pieces, extractive, brief)).collect(),
        so_far: or_theirs(at(|p| matches!(p, Place::SoFar { .. })), &extractive.so_far),
        faqs: FaqKind::ALL
            .iter()
            .enumerate()
            .map(|(n, kind)| faq(n, *kind, pieces, extractive, brief))
            .collect(),
        counter: extractive.counter.clone(),
    }
}

/// What passed, each with theirs of the same place after it; theirs alone where nothing did.
fn or_theirs<'p>(pieces: impl Iterator<Item = &'p Piece>, theirs: &Slots) -> Slots {
    let ours: Vec<&Sentence> = pieces.filter_map(Piece::passing).collect();
    if ours.is_empty() {
        return theirs.clone();
    }
    let slots = ours.into_iter().enumerate().map(|(n, sentence)| {
        std::iter::once(sentence).chain(theirs.get(n).into_iter().flatten()).cloned().collect()
    });
    slots.collect()
}

/// A sentence that fell is replaced by the plain words of a quote it named, if nothing else of the section has that.
fn section(n: usize, heading: &Piece, pieces: &[Piece], extractive: &Draft, brief: &Brief) -> DraftSection {
    let mine: Vec<&Piece> =
        pieces.iter().filter(|p| matches!(p.place, Place::Section { section, .. } if section == n)).collect();
    let mut told: BTreeSet<&str> =
        mine.iter().filter(|p| p.passing().is_some()).flat_map(|p| ids(p)).collect();
    let mut slots: Slots = Vec::new();
    for piece in &mine {
        let mut slot: Vec<Sentence> = piece.passing().into_iter().cloned().collect();
        let fell = slot.is_empty();
        if let Some(quote) = quotes(piece, brief).find(|q| !fell || told.insert(q.id.as_str())) {
            slot.extend(extractive::alone(brief, quote));
        }
        if !slot.is_empty() {
            slots.push(slot);
        }
    }
    // Nothing may lead over from what fell.
    while slots.first().and_then(|slot| slot.first()).is_some_and(|s| s.kind == SentenceKind::Frame) {
        slots.remove(0);
    }
    let records: BTreeSet<RecordId> =
        slots.iter().flatten().flat_map(|s| s.citations.iter().map(|c| c.record.clone())).collect();
    let own = |s: &&Sentence| s.citations.iter().all(|c| records.contains(&c.record));
    let theirs = extractive.sections.iter().flat_map(|s| &s.heading).filter(own);
    let mut candidates: Vec<Sentence> = heading.passing().into_iter().chain(theirs).cloned().collect();
    candidates.extend(mine.iter().flat_map(|p| quotes(p, brief)).filter_map(|q| plain_heading(brief, q)));
    DraftSection { heading: candidates, sentences: slots }
}

fn ids(piece: &Piece) -> impl Iterator<Item = &str> {
    piece.said.quotes.iter().map(String::as_str)
}

/// “What u/otter wrote”: no headline, but true of any section.
fn plain_heading(brief: &Brief, quote: &Quote) -> Option<Sentence> {
    let plain = extractive::alone(brief, quote).into_iter().next()?;
    let record = brief.record(&quote.record)?;
    Some(Sentence {
        text: format!("What {} wrote", record.speaker),
        kind: SentenceKind::Frame,
        citations: plain.citations,
        counts: Vec::new(),
        confirmed: false,
    })
}

fn faq(n: usize, kind: FaqKind, pieces: &[Piece], extractive: &Draft, brief: &Brief) -> DraftFaq {
    let theirs = extractive.faqs.iter().find(|f| f.kind == kind);
    let none = Slots::new();
    let mine = |long: bool| {
        pieces.iter().filter(move |p| match p.place {
            Place::Answer { faq, .. } => long && faq == n,
            Place::Short { faq, .. } => !long && faq == n,
            _ => false,
        })
    };
    let [answer, short] = [theirs.map_or(&none, |f| &f.answer), theirs.map_or(&none, |f| &f.short)];
    // That nothing was found is true only where the search found nothing.
    let found =
        |slots: &Slots| slots.iter().flatten().next().is_some_and(|s| s.kind != SentenceKind::NoneFound);
    let honest = |slots: &Slots| {
        let found = found(slots);
        move |p: &&Piece| !(found && p.said.kind == SentenceKind::NoneFound)
    };
    let question = mine(true).find_map(|p| p.question.clone()).filter(|q| is_plain(q, brief));
    DraftFaq {
        kind,
        question: question.unwrap_or_else(|| question_text(kind, brief)),
        answer: or_theirs(mine(true).filter(honest(answer)), answer),
        short: or_theirs(mine(false).filter(honest(short)), short),
    }
}

/// What a question may be made of, besides what may stand around a quotation and the label: a question can insinuate
/// what no sentence may say.
const ASKING: &[&str] = &[
    "against",
    "argument",
    "change",
    "changed",
    "changes",
    "happen",
    "happened",
    "how",
    "mean",
    "means",
    "should",
    "strongest",
    "what",
    "why",
    "you",
    "your",
];

fn is_plain(question: &str, brief: &Brief) -> bool {
    let [glue, counting, frames] = allowed_words();
    let rest = question.replace(brief.label.as_str(), " ");
    let known = |word: &str| {
        ASKING.contains(&word)
            || [&glue, &counting, &frames].iter().any(|list| list.split(' ').any(|known| known == word))
    };
    rest.split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .all(|word| known(&word.to_lowercase()))
}
