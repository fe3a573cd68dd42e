//! Introducing quotations: who, where, when, in shapes that are never the same twice running.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::cite::{citation, day, record_of, sentence, words};
use super::facts::is_handed_on;
use super::phrases_en as say;
use crate::model::{Brief, BriefRecord, Quote, QuoteKind, Sentence, SentenceKind, SourceClass};

/// How a quotation is introduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// `X wrote on P on D: “…”`
    SpeakerFirst,
    /// `“…,” X wrote on D.`
    QuoteFirst,
    /// `“…,” wrote X on D.`
    Inverted,
    /// `A day later, X wrote on P: “…”`
    DateFirst,
    /// `X on P: “…”`
    Colon,
    /// `In a post on P on D, X wrote: “…”`
    InAPost,
}

const SHAPES: [Shape; 6] =
    [Shape::SpeakerFirst, Shape::QuoteFirst, Shape::DateFirst, Shape::Inverted, Shape::InAPost, Shape::Colon];

/// A quotation longer than this is not put before its speaker.
const QUOTE_FIRST_MAX: usize = 150;

/// Remembers what was said last, so that dates can be relative and shapes vary.
pub(super) struct Voice<'b> {
    brief: &'b Brief,
    turn: usize,
    last: Option<Shape>,
    day: Option<NaiveDate>,
    places: BTreeSet<String>,
}

impl<'b> Voice<'b> {
    /// A voice for a story; its first shape is the story's own.
    pub(super) fn new(brief: &'b Brief) -> Self {
        let turn = super::turn(brief);
        Self { brief, turn, last: None, day: None, places: BTreeSet::new() }
    }

    /// A new section: places are named again and the first date is told in full.
    pub(super) fn section(&mut self) {
        self.places.clear();
        self.day = None;
    }

    /// Candidates that introduce a quote, best first; the last is the plainest. Empty if its text is gone.
    pub(super) fn introduce(&mut self, quote: &Quote) -> Vec<Sentence> {
        let Some(record) = record_of(self.brief, quote) else { return Vec::new() };
        let Some(cited) = citation(record, quote.span) else { return Vec::new() };
        let Some(raw) = self.brief.quote_text(quote) else { return Vec::new() };
        let said = Said::new(self.brief, record, quote, words(raw), self.day, &mut self.places);
        let shape = self.next(&said);
        self.last = Some(shape);
        // Nothing is told from a day that was not said.
        self.day = (shape != Shape::Colon).then_some(said.day);
        let mut texts = vec![said.text(shape)];
        for other in [Shape::SpeakerFirst, Shape::Colon] {
            texts.push(said.text(other));
        }
        texts.dedup();
        texts.into_iter().map(|t| sentence(SentenceKind::Quote, t, vec![cited.clone()], Vec::new())).collect()
    }

    /// A quote as it stands alone: speaker, place and date in full. Candidates as in [`Self::introduce`].
    pub(super) fn alone(&self, quote: &Quote) -> Vec<Sentence> {
        let Some(record) = record_of(self.brief, quote) else { return Vec::new() };
        let Some(cited) = citation(record, quote.span) else { return Vec::new() };
        let Some(raw) = self.brief.quote_text(quote) else { return Vec::new() };
        let said = Said::new(self.brief, record, quote, words(raw), None, &mut BTreeSet::new());
        [Shape::SpeakerFirst, Shape::Colon]
            .map(|shape| sentence(SentenceKind::Quote, said.text(shape), vec![cited.clone()], Vec::new()))
            .into()
    }

    fn next(&mut self, said: &Said) -> Shape {
        for _ in 0..SHAPES.len() {
            let shape = SHAPES.get(self.turn % SHAPES.len()).copied().unwrap_or(Shape::SpeakerFirst);
            self.turn += 1;
            if Some(shape) != self.last && said.fits(shape) {
                return shape;
            }
        }
        if self.last == Some(Shape::SpeakerFirst) { Shape::QuoteFirst } else { Shape::SpeakerFirst }
    }
}

/// One quotation with everything its introduction needs.
struct Said {
    speaker: String,
    verb: &'static str,
    place: String,
    day: NaiveDate,
    when: String,
    relative: bool,
    kind: QuoteKind,
    asks: bool,
    press: bool,
    words: String,
}

impl Said {
    fn new(
        brief: &Brief,
        record: &BriefRecord,
        quote: &Quote,
        words: String,
        before: Option<NaiveDate>,
        places: &mut BTreeSet<String>,
    ) -> Self {
        let day = day(brief, record);
        let relative = before.and_then(|b| say::relative(b, day));
        let when = relative.clone().unwrap_or_else(|| format!("on {}", say::date(day)));
        let press = record.class == SourceClass::Publication;
        let place = place(record);
        // A place is named once a section.
        let place = if place.is_empty() || !places.insert(place.clone()) { String::new() } else { place };
        Self {
            speaker: speaker(record, quote),
            verb: verb(brief, quote, press),
            place,
            day,
            when,
            relative: relative.is_some(),
            kind: quote.kind,
            asks: quote.asks,
            press,
            words,
        }
    }

    fn fits(&self, shape: Shape) -> bool {
        let short = self.words.chars().count() <= QUOTE_FIRST_MAX;
        if self.kind == QuoteKind::Title {
            return matches!(shape, Shape::SpeakerFirst | Shape::DateFirst | Shape::Colon);
        }
        match shape {
            Shape::SpeakerFirst => true,
            Shape::QuoteFirst => short,
            // “wrote The Harbour Post” reads like a byline.
            Shape::Inverted => short && !self.press && !self.asks,
            Shape::DateFirst => self.relative,
            Shape::Colon => !self.place.is_empty() || self.press,
            Shape::InAPost => !self.press && self.kind == QuoteKind::Post && !self.relative,
        }
    }

    /// The place with a space before it, or nothing.
    fn at_place(&self) -> String {
        if self.place.is_empty() { String::new() } else { format!(" {}", self.place) }
    }

    /// The sentence in a shape.
    fn text(&self, shape: Shape) -> String {
        let (who, verb, at, when) = (&self.speaker, self.verb, self.at_place(), &self.when);
        let closed = closed(&self.words);
        let title = self.kind == QuoteKind::Title && !self.asks;
        match shape {
            Shape::SpeakerFirst if title => format!("{who}{at} {verb} {when} “{}”.", self.words),
            Shape::DateFirst if title => {
                format!("{}, {who} {verb}{at} “{}”.", say::capital(when), self.words)
            }
            Shape::SpeakerFirst => format!("{who} {verb}{at} {when}: “{closed}”"),
            Shape::QuoteFirst => format!("“{}” {who} {verb}{at} {when}.", comma(&self.words)),
            Shape::Inverted => format!("“{}” {verb} {who}{at} {when}.", comma(&self.words)),
            Shape::DateFirst => format!("{}, {who} {verb}{at}: “{closed}”", say::capital(when)),
            Shape::Colon => format!("{who}{at}: “{closed}”"),
            Shape::InAPost => format!("In a post{at} {when}, {who} {verb}: “{closed}”"),
        }
    }
}

/// A quotation that ends its sentence: with its own mark, else a full stop.
pub(super) fn closed(words: &str) -> String {
    let tail = words.trim_end_matches(['’', '”', ')']);
    if tail.ends_with(['?', '!', '…', '.']) { words.to_owned() } else { format!("{words}.") }
}

/// A quotation in the middle of a sentence: with its own question or exclamation mark, else a comma.
fn comma(words: &str) -> String {
    if words.ends_with(['?', '!', '…']) { words.to_owned() } else { format!("{words},") }
}

/// How the speaker of a quote is named.
pub(super) fn speaker(record: &BriefRecord, quote: &Quote) -> String {
    match (&record.byline, quote.kind) {
        (Some(byline), QuoteKind::Opinion) => format!("{byline} in {}", record.speaker),
        _ => record.speaker.clone(),
    }
}

/// `on r/nighttrains`; nothing for a publication, which is its own place.
pub(super) fn place(record: &BriefRecord) -> String {
    match record.class {
        SourceClass::Publication => String::new(),
        SourceClass::Essay | SourceClass::Social | SourceClass::Paper | SourceClass::Forum => {
            if record.venue.is_empty() || record.venue == record.speaker {
                String::new()
            } else {
                format!("on {}", record.venue)
            }
        }
    }
}

fn verb(brief: &Brief, quote: &Quote, press: bool) -> &'static str {
    if quote.asks {
        return "asked";
    }
    match quote.kind {
        QuoteKind::Official => "said",
        QuoteKind::Press => "reported",
        QuoteKind::Post if is_handed_on(brief, quote) => "shared",
        QuoteKind::Opinion | QuoteKind::Post => "wrote",
        QuoteKind::Title if press => "headed a report",
        QuoteKind::Title => "headed a post",
    }
}
