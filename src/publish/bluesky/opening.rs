//! A thread that opens a story: the first post stands alone, the last ones say what all rests on.

use super::layout::{Gap, Heading, Mark, Piece, Thread};
use super::look::Look;
use super::telling::{cited, corrections, permalink, permalink_mark};
use crate::model::{Citation, Faq, FaqKind, Section, Sentence, SentenceKind};
use crate::publish::edition::{Edition, Source};
use crate::publish::text::{Clean, WebLink};

/// Posts for sections together; each gets one at least. Where the story has a page, the page has the rest.
const SECTIONS: usize = 5;
const SECTIONS_WITH_PAGE: usize = 4;

/// Names in the list of sources, with their numbers; a longer list has numbers only.
const NAMES: usize = 500;

/// What a thread has told so far.
#[derive(Default)]
pub(super) struct Told<'s> {
    sentences: Vec<&'s Sentence>,
    headings: Vec<&'s Sentence>,
}

impl<'s> Told<'s> {
    /// Notes what was told.
    pub(super) fn note(&mut self, sentence: &'s Sentence) {
        self.sentences.push(sentence);
    }

    /// Notes a heading: it names its source, and says too little for that source to be told.
    pub(super) fn note_heading(&mut self, heading: &'s Sentence) {
        self.headings.push(heading);
    }

    /// Whether nothing was told yet.
    pub(super) fn is_empty(&self) -> bool {
        self.sentences.is_empty()
    }

    /// Whether a sentence would say nothing that was not said.
    pub(super) fn has(&self, sentence: &Sentence) -> bool {
        let covers = |all: &Citation, part: &Citation| {
            all.record == part.record && all.start <= part.start && part.end <= all.end
        };
        let cited =
            |part: &Citation| self.sentences.iter().any(|s| s.citations.iter().any(|all| covers(all, part)));
        self.sentences.iter().any(|s| s.text == sentence.text)
            || (!sentence.citations.is_empty() && sentence.citations.iter().all(cited))
    }

    /// The sources of what was told, by number.
    pub(super) fn sources<'e>(&self, edition: &'e Edition<'_>) -> Vec<&'e Source> {
        let said = self.sentences.iter().chain(&self.headings);
        let shown: Vec<usize> = said.flat_map(|s| edition.marks(s)).map(|source| source.n).collect();
        edition.sources.iter().filter(|source| shown.contains(&source.n)).collect()
    }
}

pub(super) fn thread(edition: &Edition<'_>, look: &Look) -> Thread {
    let body = &edition.story.body;
    let mut thread = Thread::default();
    let mut told = Told::default();

    let sized = first(edition, &mut thread, &mut told);
    let room = if look.permalink_base.is_some() { SECTIONS_WITH_PAGE } else { SECTIONS };
    sections(edition, room, &mut thread, &mut told);
    // What was before a first version is no story of ours.
    if edition.story.version > 1 {
        group(edition, &ours("The story so far"), Heading::Label, &body.so_far, 1, &mut thread, &mut told);
    }
    for faq in body.faqs.iter().filter(|faq| asked(edition, faq)) {
        let new: Vec<&Sentence> =
            faq.short.iter().filter(|s| s.kind != SentenceKind::NoneFound && !told.has(s)).collect();
        let kind = if faq.kind == FaqKind::Counter { Heading::Needed } else { Heading::Label };
        group(edition, &ours(&faq.question), kind, new, usize::MAX, &mut thread, &mut told);
    }
    let found = body.counter.iter().filter(|s| s.kind != SentenceKind::NoneFound);
    group(edition, &ours("On the other side"), Heading::Needed, found, usize::MAX, &mut thread, &mut told);
    checks(edition, look, sized, &mut thread, &told);
    corrections(edition, &mut thread);
    thread
}

/// Headline and dek. Gives back what is about the story's size and has no room: it belongs to the checks.
fn first<'e>(edition: &Edition<'e>, thread: &mut Thread, told: &mut Told<'e>) -> Vec<&'e Sentence> {
    let body = &edition.story.body;
    thread.titled(&body.headline.text, Heading::Claim);
    told.note_heading(&body.headline);
    let mut later = Vec::new();
    for sentence in &body.dek {
        let piece = cited(edition, sentence);
        if sentence.kind == SentenceKind::Count && !thread.has_room(Gap::Space, &piece) {
            later.push(sentence);
        } else {
            thread.push(Gap::Space, &piece);
            told.note(sentence);
        }
    }
    later
}

/// Each section begins a post; those that come first get a second one as long as there is room.
fn sections<'e>(edition: &Edition<'e>, room: usize, thread: &mut Thread, told: &mut Told<'e>) {
    let sections: Vec<&'e Section> =
        edition.story.body.sections.iter().filter(|section| !section.sentences.is_empty()).collect();
    let spare = room.saturating_sub(sections.len());
    for (n, section) in sections.iter().enumerate() {
        let most = if n < spare { 2 } else { 1 };
        let (heading, title) = match &section.heading {
            // Every post begins with what it is about.
            None => (Heading::Label, Piece::plain(Clean::of(Section::LEDE))),
            Some(claim) => {
                told.note_heading(claim);
                let kind = match claim.kind {
                    SentenceKind::Frame | SentenceKind::NoneFound => Heading::Label,
                    SentenceKind::Quote | SentenceKind::Count | SentenceKind::Report => Heading::Claim,
                };
                (kind, cited(edition, claim))
            }
        };
        group(edition, &title, heading, &section.sentences, most, thread, told);
    }
}

/// A heading and the sentences that have room in so many posts; the first one always has.
pub(super) fn group<'e>(
    edition: &Edition<'e>,
    title: &Piece,
    heading: Heading,
    sentences: impl IntoIterator<Item = &'e Sentence>,
    most: usize,
    thread: &mut Thread,
    told: &mut Told<'e>,
) {
    thread.flush();
    let before = thread.len();
    for (n, sentence) in sentences.into_iter().enumerate() {
        let mut longer = thread.clone();
        if n == 0 {
            longer.begin(title, heading);
        }
        longer.push(Gap::Space, &cited(edition, sentence));
        if n > 0 && longer.len() - before > most {
            return;
        }
        *thread = longer;
        told.note(sentence);
    }
}

/// A heading that rests on nothing.
pub(super) fn ours(heading: &str) -> Piece {
    Piece::plain(Clean::of(heading))
}

/// The strongest argument is told as such where there is one; its question then has been answered.
fn asked(edition: &Edition<'_>, faq: &Faq) -> bool {
    faq.kind != FaqKind::Counter || edition.story.body.counter.is_empty()
}

/// What the story rests on, how it was checked, and where all of it is.
fn checks(edition: &Edition<'_>, look: &Look, sized: Vec<&Sentence>, thread: &mut Thread, told: &Told<'_>) {
    let body = &edition.story.body;
    thread.titled("Sources and checks", Heading::Label);
    if !body.dek.iter().any(|s| s.kind == SentenceKind::Count) {
        thread.push(Gap::Space, &Piece::plain(Clean::of(&format!("{}.", edition.records_line()))));
    }
    for sentence in sized {
        thread.push(Gap::Space, &cited(edition, sentence));
    }
    for line in edition.method_lines() {
        thread.push(Gap::Space, &Piece::plain(line));
    }
    for sentence in body.counter.iter().filter(|s| s.kind == SentenceKind::NoneFound) {
        thread.push(Gap::Space, &cited(edition, sentence));
    }
    let link = permalink(edition, look);
    let listed = if link.is_some() { told.sources(edition) } else { edition.sources.iter().collect() };
    place(edition, link, thread);
    sources(&listed, true, thread);
}

/// The story's name, and where it stands.
pub(super) fn place(edition: &Edition<'_>, link: Option<WebLink>, thread: &mut Thread) {
    let name = format!("Story {}", edition.marker());
    let piece = match link {
        Some(link) => Piece::followed(Clean::of(&format!("{name}:")), permalink_mark(link)),
        None => Piece::plain(Clean::of(&format!("{name}."))),
    };
    thread.push(Gap::Line, &piece);
}

/// The list of sources, with their names if that is not too long, and in one post if one can hold it.
pub(super) fn sources(sources: &[&Source], names: bool, thread: &mut Thread) {
    let name = |source: &Source| {
        if source.speaker.is_empty() { source.place.clone() } else { source.speaker.clone() }
    };
    let long: usize = sources.iter().map(|s| name(s).as_str().chars().count() + 7).sum();
    let named = names && long <= NAMES;
    let list = |thread: &mut Thread| {
        thread.push(Gap::Line, &Piece::plain(Clean::of("Sources:")));
        for source in sources {
            let name = if named { name(source) } else { Clean::default() };
            let gap = if named { Gap::Line } else { Gap::Space };
            thread.push(gap, &Piece::led(Mark::number(source), name));
        }
    };
    if sources.is_empty() {
        return;
    }
    let mut here = thread.clone();
    list(&mut here);
    if here.len() > thread.len() {
        thread.flush();
        list(thread);
    } else {
        *thread = here;
    }
}
