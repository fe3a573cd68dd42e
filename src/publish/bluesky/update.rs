//! What an update adds to its story's thread: what is new, what matters of it, what it rests on.

use super::layout::{Gap, Heading, Piece, Thread};
use super::look::Look;
use super::opening::{Told, group, ours, place, sources};
use super::telling::{cited, corrections, permalink};
use crate::model::{FaqKind, Sentence, SentenceKind};
use crate::publish::edition::Edition;
use crate::publish::grouped;
use crate::publish::text::Clean;

/// Posts before the sources, as far as that can be helped.
const POSTS: usize = 2;

pub(super) fn thread(edition: &Edition<'_>, look: &Look) -> Thread {
    let mut thread = Thread::default();
    let mut told = Told::default();
    thread.titled(&title(edition), Heading::Claim);
    told.note_heading(&edition.story.body.headline);
    for line in changes(edition) {
        thread.push(Gap::Line, &line.piece(edition));
        if let Line::Told(sentence) = line {
            told.note(sentence);
        }
    }
    matters(edition, &mut thread, &mut told);
    checks(edition, look, &mut thread, &told);
    corrections(edition, &mut thread);
    thread
}

/// A post that stands alone, for those who do not follow the thread.
pub(super) fn quote(edition: &Edition<'_>) -> Thread {
    let mut thread = Thread::default();
    thread.titled(&title(edition), Heading::Claim);
    let first = changes(edition).into_iter().next().map(|line| line.piece(edition));
    if let Some(first) = first.filter(|first| thread.has_room(Gap::Line, first)) {
        thread.push(Gap::Line, &first);
    }
    thread
}

fn title(edition: &Edition<'_>) -> String {
    format!("Update: {}", edition.story.body.headline.text)
}

/// One thing that is new.
enum Line<'s> {
    /// A change in words.
    Change(Clean),
    /// The sentence that tells the change whole.
    Told(&'s Sentence),
}

impl Line<'_> {
    fn piece(&self, edition: &Edition<'_>) -> Piece {
        match self {
            Self::Change(text) => Piece::plain(text.clone()),
            Self::Told(sentence) => cited(edition, sentence),
        }
    }
}

/// The first line of an update's story so far: what is new, dated and with its source.
fn news<'e>(edition: &Edition<'e>) -> Option<&'e Sentence> {
    edition.story.body.so_far.first().filter(|s| edition.is_news(s))
}

/// What is new, first things first; what changed in size alone belongs to the checks.
fn changes<'e>(edition: &Edition<'e>) -> Vec<Line<'e>> {
    let mut news = news(edition);
    let changes = edition.story.changes.iter().zip(edition.change_lines());
    changes
        .filter(|(change, (_, text))| !change.is_of_size() && !text.is_empty())
        .map(|(change, (label, text))| match news.take_if(|s| tells(s, &change.text)) {
            Some(sentence) => Line::Told(sentence),
            None => Line::Change(Clean::of(&format!("{label}: {text}"))),
        })
        .collect()
}

/// Whether a sentence holds the words of which a change quotes the beginning.
fn tells(sentence: &Sentence, change: &str) -> bool {
    const SHORTEST: usize = 20;
    let quoted = change.split_once('“').map(|(_, quoted)| quoted.trim_end_matches(['”', '…', ' ']));
    quoted.is_some_and(|quoted| quoted.chars().count() >= SHORTEST && sentence.text.contains(quoted))
}

/// Short answers that rest on new records; where nothing new has been told with its source, the dek.
fn matters<'e>(edition: &Edition<'e>, thread: &mut Thread, told: &mut Told<'e>) {
    let body = &edition.story.body;
    if let Some(sentence) = news(edition).filter(|s| !told.has(s)) {
        thread.push(Gap::Blank, &cited(edition, sentence));
        told.note(sentence);
    }
    for faq in &body.faqs {
        let is_new = |s: &&Sentence| s.kind != SentenceKind::NoneFound && edition.is_news(s) && !told.has(s);
        let new: Vec<&Sentence> = faq.short.iter().filter(is_new).collect();
        if thread.len() < POSTS {
            let kind = if faq.kind == FaqKind::Counter { Heading::Needed } else { Heading::Label };
            group(edition, &ours(&faq.question), kind, new, 1, thread, told);
        }
    }
    if thread.len() < POSTS && told.is_empty() {
        for (n, sentence) in body.dek.iter().enumerate() {
            thread.push(if n == 0 { Gap::Blank } else { Gap::Space }, &cited(edition, sentence));
            told.note(sentence);
        }
    }
}

fn checks(edition: &Edition<'_>, look: &Look, thread: &mut Thread, told: &Told<'_>) {
    let sizes = edition.story.changes.iter().filter(|change| change.is_of_size());
    let sizes: Vec<String> = sizes.map(|change| format!(" {}.", change.text)).collect();
    // What the story rests on now, and where that grew, on what it rested before.
    let size = if sizes.is_empty() { format!(" {}.", edition.records_line()) } else { sizes.concat() };
    let checked = edition.story.methodology.sentences_checked;
    let sentences = if checked == 1 { "sentence" } else { "sentences" };
    let line =
        format!("Sources and checks:{size} {} {sentences} checked against what was said.", grouped(checked));
    thread.push(Gap::Blank, &Piece::plain(Clean::of(&line)));
    place(edition, permalink(edition, look), thread);
    // Each number above is a link already: a post with nothing but numbers would be one too many.
    let mut listed = thread.clone();
    sources(&told.sources(edition), false, &mut listed);
    if listed.len() == thread.len() {
        *thread = listed;
    }
}
