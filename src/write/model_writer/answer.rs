//! The model's answer, read strictly: a shape that is not the one asked for is no answer.

use serde::Deserialize;

use super::fill::fill;
use super::shown::is_shown;
use crate::model::{
    Brief, Caveat, FaqKind, Place, Quote, QuoteId, Rejection, RejectionCode, Sentence, SentenceKind,
};

/// Longest answer that is read, in bytes.
const LONGEST: usize = 64 * 1024;
/// Longest text of one sentence, and of a question, in bytes; the checks ask for less.
const LONGEST_TEXT: usize = 1_200;
/// Most ids that one sentence names.
const MOST_IDS: usize = 8;
/// Most sentences of a dek, of a section, of the story so far, of a long and of a short answer.
const MOST: [usize; 5] = [3, 6, 6, 6, 3];

/// A sentence as the model says it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    pub(super) kind: SentenceKind,
    pub(super) text: String,
    pub(super) quotes: Vec<String>,
    pub(super) counts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    heading: Said,
    sentences: Vec<Said>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    question: String,
    long: Vec<Said>,
    short: Vec<Said>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    headline: Said,
    dek: Vec<Said>,
    section_1: Part,
    section_2: Part,
    #[serde(default)]
    section_3: Option<Part>,
    #[serde(default)]
    section_4: Option<Part>,
    #[serde(default)]
    section_5: Option<Part>,
    so_far: Vec<Said>,
    what_happened: Asked,
    what_it_means: Asked,
    counter: Asked,
    /// Never published, never read.
    #[serde(rename = "note")]
    _note: Option<String>,
}

/// One sentence of the model's on its way into a story.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// Its name in a repair: `s2.3`.
    pub(super) id: String,
    pub(super) place: Place,
    /// The question it answers, where it is the first of an answer.
    pub(super) question: Option<String>,
    pub(super) said: Said,
    sentence: Option<Sentence>,
    /// What is wrong with it; empty when it passes.
    pub(super) wrong: Vec<Rejection>,
    /// A second check agreed. Nothing but a paraphrase needs it.
    pub(super) confirmed: bool,
    /// It fell for good: it is not judged again.
    fallen: bool,
}

impl Piece {
    fn new(id: String, place: Place, said: Said, brief: &Brief) -> Self {
        let mut piece = Self {
            id,
            place,
            question: None,
            said,
            sentence: None,
            wrong: Vec::new(),
            confirmed: false,
            fallen: false,
        };
        piece.fill(brief);
        piece
    }

    fn fill(&mut self, brief: &Brief) {
        self.sentence = None;
        match fill(&self.said, self.place, brief) {
            Ok(sentence) => self.sentence = Some(sentence),
            Err((code, offending)) => self.fall(code, offending),
        }
    }

    /// Says it anew.
    pub(super) fn say(&mut self, said: Said, brief: &Brief) {
        self.said = said;
        self.wrong.clear();
        (self.confirmed, self.fallen) = (false, false);
        self.fill(brief);
    }

    /// It will not stand, whatever comes.
    pub(super) fn fall(&mut self, code: RejectionCode, offending: impl Into<String>) {
        self.fallen = true;
        self.wrong.push(Rejection {
            place: self.place,
            code,
            offending: offending.into(),
            sentence: self.said.text.clone(),
        });
    }

    /// What is to be judged, if it has not fallen.
    pub(super) fn to_judge(&self) -> Option<Sentence> {
        self.sentence.clone().filter(|_| !self.fallen)
    }

    /// The sentence, if it passes all checks but perhaps the second.
    pub(super) fn passing_but_unconfirmed(&self) -> Option<&Sentence> {
        self.sentence.as_ref().filter(|_| !self.fallen && self.wrong.is_empty())
    }

    /// The sentence, if it may be published: a paraphrase needs the second check.
    pub(super) fn passing(&self) -> Option<&Sentence> {
        self.passing_but_unconfirmed().filter(|s| s.kind != SentenceKind::Report || self.confirmed)
    }

    /// Whether another sentence may be asked for in its place.
    pub(super) fn can_be_mended(&self) -> bool {
        use RejectionCode::{MetaText, Refusal, Unconfirmed, UnknownId, WrongLanguage};
        !self.wrong.is_empty()
            && self.said.kind != SentenceKind::Frame
            && !self
                .wrong
                .iter()
                .any(|r| matches!(r.code, Refusal | MetaText | WrongLanguage | UnknownId | Unconfirmed))
    }
}

/// The quotes that a piece names, as far as they may be shown.
pub(super) fn quotes_of<'b>(piece: &Piece, brief: &'b Brief) -> impl Iterator<Item = &'b Quote> {
    let named = piece.said.quotes.iter().map(|id| QuoteId::from_stored(id.as_str()));
    named.filter_map(|id| brief.quote(&id)).filter(|q| is_shown(brief, q)).collect::<Vec<_>>().into_iter()
}

/// Reads an answer; `Err` names what is wrong with its shape, in our words.
pub(super) fn parse(text: &str, brief: &Brief) -> Result<Vec<Piece>, String> {
    if text.len() > LONGEST {
        return Err(format!("it has {} bytes, and may have {LONGEST}", text.len()));
    }
    let whole: Whole = serde_json::from_str(text).map_err(|err| shape(&err))?;
    let thin = brief.caveats.contains(&Caveat::Thin);
    let later = [&whole.section_3, &whole.section_4, &whole.section_5];
    if thin && later.iter().any(|s| s.is_some()) {
        return Err("a thin story has two sections".to_owned());
    }
    if !thin && whole.section_3.is_none() {
        return Err("`section_3` is missing".to_owned());
    }
    let mut pieces = Pieces { brief, list: Vec::new() };
    pieces.one("headline", Place::Headline, whole.headline);
    let [dek, section, so_far, long, short] = MOST;
    pieces.all("dek", whole.dek, dek, |n| Place::Dek { n });
    let parts =
        [Some(whole.section_1), Some(whole.section_2), whole.section_3, whole.section_4, whole.section_5];
    for (at, part) in parts.into_iter().flatten().enumerate() {
        pieces.one(&format!("s{}.heading", at + 1), Place::Heading { section: at }, part.heading);
        pieces.all(&format!("s{}", at + 1), part.sentences, section, |n| Place::Section { section: at, n });
    }
    pieces.all("so_far", whole.so_far, so_far, |n| Place::SoFar { n });
    let questions = [whole.what_happened, whole.what_it_means, whole.counter];
    for (faq, (kind, asked)) in FaqKind::ALL.iter().zip(questions).enumerate() {
        let first = pieces.list.len();
        pieces.all(&format!("{kind}.long"), asked.long, long, |n| Place::Answer { faq, n });
        pieces.all(&format!("{kind}.short"), asked.short, short, |n| Place::Short { faq, n });
        if let Some(piece) = pieces.list.get_mut(first).filter(|_| asked.question.len() <= LONGEST_TEXT) {
            piece.question = Some(asked.question);
        }
    }
    let list = pieces.list;
    match list.iter().find(|p| p.said.text.len() > LONGEST_TEXT || ids(&p.said) > MOST_IDS) {
        Some(piece) if ids(&piece.said) > MOST_IDS => Err(format!("`{}` names too many ids", piece.id)),
        Some(piece) => Err(format!("`{}` is too long", piece.id)),
        None => Ok(list),
    }
}

fn ids(said: &Said) -> usize {
    said.quotes.len() + said.counts.len()
}

/// Where and of which kind, without a word of the answer: it goes into the next question.
fn shape(err: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let place = format!("line {}, column {}", err.line(), err.column());
    let said = err.to_string();
    match err.classify() {
        Category::Eof => format!("the JSON ends too early ({place})"),
        Category::Syntax | Category::Io => format!("it is no JSON ({place})"),
        Category::Data if said.starts_with("missing field") => {
            let name: String = said.split('`').nth(1).unwrap_or_default().chars().take(20).collect();
            format!("`{name}` is missing ({place})")
        }
        Category::Data => format!("it does not fit the schema ({place})"),
    }
}

struct Pieces<'b> {
    brief: &'b Brief,
    list: Vec<Piece>,
}

impl Pieces<'_> {
    fn one(&mut self, id: &str, place: Place, said: Said) {
        self.list.push(Piece::new(id.to_owned(), place, said, self.brief));
    }

    /// Sentences beyond the most are named and fall.
    fn all(&mut self, id: &str, said: Vec<Said>, most: usize, place: impl Fn(usize) -> Place) {
        for (n, said) in said.into_iter().enumerate() {
            self.one(&format!("{id}.{}", n + 1), place(n), said);
            if n >= most
                && let Some(piece) = self.list.last_mut()
            {
                piece.fall(RejectionCode::OverLength, format!("more than {most} sentences"));
            }
        }
    }
}

/// Reads the answer to a repair: other sentences by the ids of those that failed, or none.
pub(super) fn parse_replacements(text: &str) -> Option<Vec<(String, Option<Said>)>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Replacement {
        id: String,
        sentence: Option<Said>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Replacements {
        replacements: Vec<Replacement>,
    }
    if text.len() > LONGEST {
        return None;
    }
    let read: Replacements = serde_json::from_str(text).ok()?;
    let fits = |said: &Said| said.text.len() <= LONGEST_TEXT && ids(said) <= MOST_IDS;
    Some(read.replacements.into_iter().map(|r| (r.id, r.sentence.filter(fits))).collect())
}
