//! What an update adds to its story's thread: what is new, what matters of it, what it rests on.

use super::layout::{Gap, Heading, Piece, Thread};
use super::look::Look;
use super::opening::{Told, group, place, sources};
use super::telling::{cited, corrections, permalink};
use crate::model::{FaqKind, Sentence, SentenceKind};
use crate::publish::edition::Edition;
use crate::publish::text::Clean;

pub(super) fn thread(edition: &Edition<'_>, look: &Look) -> Thread {
    let mut thread = Thread::default();
    let mut told = Told::default();
    // What is new is the first thing said.
    thread.begin(&title(edition), Heading::Claim);
    for line in changes(edition) {
        thread.push(Gap::Line, &line);
    }
    news(edition, look, &mut thread, &mut told);

    let line = format!(
        "Sources and checks: {}. {} sentences checked.",
        edition.records_line(),
        crate::publish::grouped(edition.story.methodology.sentences_checked)
    );
    thread.push(Gap::Blank, &Piece::plain(Clean::of(&line)));
    place(edition, permalink(edition, look), &mut thread);
    sources(&told.sources(edition), &mut thread);
    corrections(edition, &mut thread);
    thread
}

/// A post that stands alone, for those who do not follow the thread.
pub(super) fn quote(edition: &Edition<'_>) -> Thread {
    let mut thread = Thread::default();
    thread.begin(&title(edition), Heading::Claim);
    if let Some(first) = changes(edition).first().filter(|first| thread.has_room(Gap::Blank, first)) {
        thread.push(Gap::Blank, first);
    }
    thread
}

fn title(edition: &Edition<'_>) -> Clean {
    Clean::of(&format!("Update: {}", edition.story.body.headline.text))
}

fn changes(edition: &Edition<'_>) -> Vec<Piece> {
    let told = edition.change_lines().into_iter().filter(|(_, text)| !text.is_empty());
    told.map(|(label, text)| Piece::plain(Clean::of(&format!("{label}: {text}")))).collect()
}

/// The sentences that rest on new records and stand alone: the news, and the short answers. Where none does, the dek.
fn news<'e>(edition: &Edition<'e>, look: &Look, thread: &mut Thread, told: &mut Told<'e>) {
    let body = &edition.story.body;
    let most = if look.permalink_base.is_some() { 1 } else { 2 };
    thread.flush();
    let before = thread.len();
    for sentence in body.so_far.iter().filter(|s| edition.is_news(s)).take(1) {
        thread.push(Gap::Space, &cited(edition, sentence));
        told.note(sentence);
    }
    for faq in &body.faqs {
        let new: Vec<&Sentence> = faq
            .short
            .iter()
            .filter(|s| s.kind != SentenceKind::NoneFound && edition.is_news(s) && !told.has(s))
            .collect();
        if thread.len() - before < most {
            let kind = if faq.kind == FaqKind::Counter { Heading::Needed } else { Heading::Label };
            group(edition, &Clean::of(&faq.question), kind, new, 1, thread, told);
        }
    }
    if thread.len() == before {
        for sentence in &body.dek {
            thread.push(Gap::Space, &cited(edition, sentence));
            told.note(sentence);
        }
    }
}
