//! Holds the model's sentences to the checks, in the order in which they will be read.

use super::ModelWriterSettings;
use super::answer::{Piece, quotes_of};
use crate::model::{Brief, Place, Rejection, RejectionCode, Sentence, SentenceKind};
use crate::write::extractive;
use crate::write::verify::{Verifier, limits};

/// Which block a sentence stands in; headline and headings stand alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Dek,
    Section(usize),
    SoFar,
    Answer(usize),
    Short(usize),
}

fn block(place: Place) -> Option<Block> {
    match place {
        Place::Whole | Place::Headline | Place::Heading { .. } | Place::Counter { .. } => None,
        Place::Dek { .. } => Some(Block::Dek),
        Place::Section { section, .. } => Some(Block::Section(section)),
        Place::SoFar { .. } => Some(Block::SoFar),
        Place::Answer { faq, .. } => Some(Block::Answer(faq)),
        Place::Short { faq, .. } => Some(Block::Short(faq)),
    }
}

/// Judges every piece that has not fallen for good.
pub(super) fn judge(pieces: &mut [Piece], brief: &Brief, settings: &ModelWriterSettings) {
    let verifier = Verifier::new(brief);
    let mut stands: Vec<(Block, Sentence)> = Vec::new();
    for piece in pieces.iter_mut() {
        let (Some(block), Some(sentence)) = (block(piece.place), piece.to_judge()) else { continue };
        let before: Vec<Sentence> =
            stands.iter().filter(|(b, _)| *b == block).map(|(_, s)| s.clone()).collect();
        let mut wrong = verifier.check_next(&sentence, piece.place, &before);
        let once = |b: Block| matches!(b, Block::Dek | Block::Section(_) | Block::SoFar);
        let told = stands.iter().filter(|(b, _)| once(*b)).map(|(_, s)| &s.text);
        if once(block) && limits::said(&sentence.text, told) {
            wrong.push(limits::repeated(piece.place, &sentence));
        }
        wrong.extend(not_allowed(&sentence, piece.place, brief, settings));
        let led_over = |(b, s): &(Block, Sentence)| *b == block && s.kind == SentenceKind::Frame;
        if sentence.kind == SentenceKind::Frame
            && matches!(block, Block::Section(_))
            && stands.iter().any(led_over)
        {
            wrong.push(stating_nothing(piece.place, &sentence, "a second one in its section"));
        }
        if wrong.is_empty() {
            stands.push((block, sentence));
        }
        piece.wrong = wrong;
    }
    // Where one fell, the plain words of its quote will stand: they bear a heading as well.
    for piece in pieces.iter().filter(|p| p.passing_but_unconfirmed().is_none()) {
        if let (Some(block @ Block::Section(_)), Some(plain)) = (block(piece.place), plain_of(piece, brief)) {
            stands.push((block, plain));
        }
    }
    for piece in pieces.iter_mut().filter(|p| block(p.place).is_none()) {
        let Some(sentence) = piece.to_judge() else { continue };
        let below: Vec<Sentence> = stands
            .iter()
            .filter(|(b, _)| match piece.place {
                Place::Heading { section } => *b == Block::Section(section),
                _ => matches!(b, Block::Dek | Block::Section(_)),
            })
            .map(|(_, s)| s.clone())
            .collect();
        let mut wrong = verifier.check(&sentence, piece.place);
        if !verifier.is_borne_by(&sentence, &below) {
            wrong.push(limits::unattributed(piece.place, &sentence));
        }
        wrong.extend(not_allowed(&sentence, piece.place, brief, settings));
        piece.wrong = wrong;
    }
}

/// The first quote that a piece names, plainly.
fn plain_of(piece: &Piece, brief: &Brief) -> Option<Sentence> {
    let quote = quotes_of(piece, brief).next()?;
    extractive::alone(brief, quote).into_iter().next()
}

/// What a model may not do though the checks of a sentence have nothing against it.
fn not_allowed(
    sentence: &Sentence,
    place: Place,
    brief: &Brief,
    settings: &ModelWriterSettings,
) -> Option<Rejection> {
    let why = match (sentence.kind, place) {
        (SentenceKind::Report, _) if !settings.reports => "a paraphrase, which nothing would confirm",
        (SentenceKind::Frame | SentenceKind::NoneFound, Place::Headline) => "a headline that states nothing",
        // A new story is headed by what happened, whoever writes it.
        (SentenceKind::Count, Place::Headline) if brief.earlier.is_none() => "a headline that only counts",
        (
            SentenceKind::NoneFound,
            Place::Heading { .. } | Place::Dek { .. } | Place::Section { .. } | Place::SoFar { .. },
        ) => "nothing was looked for there",
        (SentenceKind::Frame, Place::Section { n: 0, .. }) => "a section that opens with nothing said",
        _ => return None,
    };
    let rejection = stating_nothing(place, sentence, why);
    let paraphrase = sentence.kind == SentenceKind::Report;
    Some(if paraphrase { Rejection { code: RejectionCode::OrderDrift, ..rejection } } else { rejection })
}

fn stating_nothing(place: Place, sentence: &Sentence, why: &str) -> Rejection {
    Rejection {
        place,
        code: RejectionCode::FrameHasFact,
        offending: why.to_owned(),
        sentence: sentence.text.clone(),
    }
}
