//! Sends sentences that failed back, with what is wrong with them, and takes others in their place.

use serde::Serialize;

use super::answer::{Piece, parse_replacements};
use super::shown::{ShownCount, ShownQuote, count, fenced, is_shown, quotes_of};
use super::{ModelWriterSettings, prompt, schema};
use crate::llm::Ask;
use crate::model::{Brief, Quote, SentenceKind};

#[derive(Serialize)]
struct Failing<'p> {
    id: &'p str,
    place: String,
    kind: SentenceKind,
    text: &'p str,
    problems: Vec<Problem<'p>>,
    quotes: Vec<ShownQuote>,
    counts: Vec<ShownCount>,
    before: Option<&'p str>,
    after: Option<&'p str>,
}

#[derive(Serialize)]
struct Problem<'p> {
    code: &'static str,
    words: &'p str,
}

#[derive(Serialize)]
struct Sentences<'p> {
    sentences: Vec<Failing<'p>>,
}

/// The question for all that can be mended; `None` if there is nothing.
pub(super) fn ask(pieces: &[Piece], brief: &Brief, settings: &ModelWriterSettings) -> Option<Ask> {
    let sentences: Vec<Failing<'_>> = pieces
        .iter()
        .enumerate()
        .filter(|(_, piece)| piece.can_be_mended())
        .map(|(at, piece)| {
            let text = |at: Option<usize>| at.and_then(|at| pieces.get(at)).map(|p| p.said.text.as_str());
            let named =
                |q: &&Quote| is_shown(brief, q) && piece.said.quotes.iter().any(|id| *id == q.id.as_str());
            let quotes: Vec<&Quote> = brief.quotes.iter().filter(named).collect();
            let counts =
                brief.counts.iter().filter(|c| piece.said.counts.iter().any(|id| *id == c.id.as_str()));
            Failing {
                id: &piece.id,
                place: piece.place.to_string(),
                kind: piece.said.kind,
                text: &piece.said.text,
                problems: piece
                    .wrong
                    .iter()
                    .map(|r| Problem { code: r.code.as_str(), words: &r.offending })
                    .collect(),
                quotes: quotes_of(brief, &quotes),
                counts: counts.map(count).collect(),
                before: text(at.checked_sub(1)),
                after: text(at.checked_add(1)),
            }
        })
        .collect();
    if sentences.is_empty() {
        return None;
    }
    let data = fenced(&Sentences { sentences }, brief);
    Some(Ask {
        system: prompt::system(brief, settings),
        user: format!("{}\n\n{data}", prompt::REPAIR),
        name: "repair",
        schema: schema::repair(settings),
        max_tokens: settings.max_output_tokens,
    })
}

/// Puts the answer's sentences in the place of those that failed; whether there was one. Others are not touched.
pub(super) fn replace(pieces: &mut [Piece], text: &str, brief: &Brief) -> bool {
    let Some(replacements) = parse_replacements(text) else { return false };
    let mut any = false;
    for (id, said) in replacements {
        let Some(said) = said else { continue };
        if let Some(piece) = pieces.iter_mut().find(|p| p.id == id && p.can_be_mended()) {
            piece.say(said, brief);
            any = true;
        }
    }
    any
}
