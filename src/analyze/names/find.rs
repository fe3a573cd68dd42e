//! Where names stand: runs of words that are written like names, cut by what a corpus has taught.
//!
//! Inside a sentence a capital is the sign. At its head, and in a headline where every word has one, it is none: there
//! the [`Gazetteer`] decides, by how the word and the run are written elsewhere. The same counts find names that
//! somebody wrote without a capital.

use std::sync::LazyLock;

use super::learnt::Gazetteer;
use super::lists::{self, is_generic, is_title};
use super::tokens::{self, Shape, Token};
use super::{is_long_enough, is_title_case, normalise};
use crate::analyze::span::{Span, head};
use crate::analyze::words::hash;

/// The longest run taken as one name, not counting what follows an `of`.
const MAX_RUN: usize = 4;
/// Occurrences before the beginning of a longer run is a name of its own.
const MIN_BEGINNING: u32 = 5;

/// A place in a text where something is named.
#[derive(Clone, Debug)]
pub(super) struct Mention {
    pub(super) span: Span,
    /// As [`super::AnchorCandidate::norm`].
    pub(super) norm: String,
    /// Inside a sentence of a line that is no headline: the capital means something.
    pub(super) certain: bool,
}

/// A line, cut into words once.
#[derive(Debug)]
pub(super) struct Line {
    /// Where it stands, its end included.
    span: Span,
    tokens: Vec<Token>,
    /// Every word has a capital.
    pub(super) title: bool,
    /// Every letter is one.
    shouted: bool,
}

impl Line {
    pub(super) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    fn has_words(&self) -> bool {
        !self.tokens.is_empty()
    }
}

/// The lines of the first `max` bytes of a text of which `lines` are (some of) the lines: only the one that is cut in two is
/// cut into words again.
pub(super) fn lines_within(text: &str, lines: Vec<Line>, max: usize) -> Vec<Line> {
    let text = head(text, max);
    let mut kept = lines;
    let whole = kept.iter().take_while(|line| line.span.end <= text.len()).count();
    let cut = kept.get(whole).map(|line| line.span.start);
    kept.truncate(whole);
    kept.extend(cut.and_then(|start| Some(line(text.get(start..)?, start))).filter(Line::has_words));
    kept
}

/// The lines of a text that have words. A dash or slash parts words here, as it does not in anchors.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(|piece| {
        let line = line(piece, start);
        start += piece.len();
        line
    });
    lines.filter(Line::has_words).collect()
}

fn line(line: &str, start: usize) -> Line {
    let mut tokens: Vec<Token> = Vec::with_capacity(line.len() / 5 + 1);
    let mut at = start;
    for piece in line.split_inclusive(parts_words) {
        let before = tokens.len();
        tokens::of_line(piece, at, &mut tokens);
        if let Some((last, [first, ..])) =
            tokens.split_at_mut_checked(before).and_then(|(done, more)| Some((done.last_mut()?, more)))
        {
            first.opens = true;
            first.sentence_initial = false;
            last.closes = true;
        }
        at += piece.len();
    }
    let (title, shouted) = (is_title_case(&tokens), is_shouted(&tokens));
    Line { span: Span::new(start, at), tokens, title, shouted }
}

fn parts_words(c: char) -> bool {
    matches!(c, '—' | '–' | '/' | '|' | '·' | '…')
}

/// The places of a text where something is named, in order. `lines` are those of `text`.
pub(super) fn mentions(text: &str, lines: &[Line], gazetteer: &Gazetteer) -> Vec<Mention> {
    let mut found = Vec::new();
    for line in lines {
        let title = line.title || line.shouted;
        let reader = Reader { text, tokens: &line.tokens, title, shouted: line.shouted, gazetteer };
        let mut at = 0;
        while at < line.tokens.len() {
            let len = reader.name_at(at);
            found.extend(reader.mention(at, len));
            at += len.max(1);
        }
    }
    found
}

/// Most letters of a line are capitals: they mean nothing.
fn is_shouted(tokens: &[Token]) -> bool {
    let words = || tokens.iter().filter(|token| token.letters > 1);
    let loud = words().filter(|token| !token.lower).count();
    let all = words().count();
    all >= 3 && loud * 5 >= all * 3
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a [Token],
    title: bool,
    shouted: bool,
    gazetteer: &'a Gazetteer,
}

impl Reader<'_> {
    fn mention(&self, at: usize, len: usize) -> Option<Mention> {
        let run = self.tokens.get(at..at + len)?;
        let (first, last) = (run.first()?, run.last()?);
        let mut norm = String::with_capacity(last.span.end.saturating_sub(first.span.start));
        normalise(self.text, run.iter(), &mut norm);
        if !is_long_enough(&norm) {
            return None;
        }
        Some(Mention {
            span: Span::new(first.span.start, last.span.end),
            norm,
            certain: !self.title && !first.sentence_initial && first.shape != Shape::Other,
        })
    }

    /// How many words of a name begin here; 0 for none.
    fn name_at(&self, at: usize) -> usize {
        let run = self.run(at);
        if run == 0 {
            return 0;
        }
        let len = if let Some(len) = self.place(at, run) {
            len
        } else if self.title {
            self.in_headline(at, run)
        } else if self.tokens[at].sentence_initial {
            self.at_head(at, run)
        } else {
            self.inside(at, run)
        };
        if len == 0 { 0 } else { self.with_of(at, len) }
    }

    /// How many words from here are written like one name.
    fn run(&self, at: usize) -> usize {
        // Most words are none of these.
        if self.tokens.get(at).is_some_and(|token| !self.takes(token, 0)) {
            return 0;
        }
        let mut len = 0;
        while let Some(token) = self.tokens.get(at + len) {
            let glued = len == 0 || !(token.opens || self.tokens[at + len - 1].closes);
            // A role parts what stands around it: `Brindle CEO Anna Quayside`.
            let role = len > 0 && is_title(token.key);
            if !glued || role || len == MAX_RUN || !self.takes(token, len) {
                break;
            }
            len += 1;
        }
        // A role before a name is no part of it; runs of nothing but common nouns are no names.
        // `European` alone says where from, `European Pilots Union` is a name.
        if len > 1 && lists::is_demonym(self.key(at + len - 1)) {
            len -= 1;
        }
        let kind_of_thing = |word: u64| is_generic(word) || lists::is_demonym(word);
        let only_generic = (at..at + len).all(|at| kind_of_thing(self.key(at)));
        if only_generic || (len > 1 && is_title(self.key(at))) { 0 } else { len }
    }

    fn takes(&self, token: &Token, len: usize) -> bool {
        let taken = match token.shape {
            Shape::Version => len > 0,
            Shape::Versioned => true,
            Shape::Name => {
                let bare = len == 0 && (token.letters <= 1 || self.gazetteer.is_common(token.key));
                !bare && !self.is_stop(token) && !is_compound(token.span.of(self.text))
            }
            Shape::Other => token.letters >= 3 && self.gazetteer.is_name_in_lower_case(token.key),
        };
        taken && !self.is_tag(token)
    }

    /// Function words, also shouted ones, but for short names of countries.
    fn is_stop(&self, token: &Token) -> bool {
        lists::is_function_word(token.key) && !lists::is_state(token.span.of(self.text))
    }

    fn is_tag(&self, token: &Token) -> bool {
        let head = self.text.get(..token.span.start).unwrap_or_default();
        ["#", "@", "r/", "u/"].iter().any(|mark| head.ends_with(mark))
    }

    /// The hash of a word in lower case; 0 where there is none.
    fn key(&self, at: usize) -> u64 {
        self.tokens.get(at).map_or(0, |token| token.key)
    }

    /// How often the words from here are written as a name elsewhere.
    fn seen(&self, at: usize, len: usize) -> u32 {
        if self.gazetteer.is_empty() {
            return 0;
        }
        let mut norm = String::with_capacity(64);
        normalise(self.text, self.tokens.iter().skip(at).take(len), &mut norm);
        self.gazetteer.seen(&norm)
    }

    /// A country or town by the list, if the name ends there.
    fn place(&self, at: usize, run: usize) -> Option<usize> {
        let surface = |len: usize| {
            let (first, last) = (self.tokens.get(at)?, self.tokens.get(at + len - 1)?);
            Some(Span::new(first.span.start, last.span.end).of(self.text))
        };
        (1..=run).rev().find(|len| surface(*len).is_some_and(lists::is_state) && (self.title || *len == run))
    }

    /// The longest part of a run, from its beginning, that is written as a name elsewhere.
    fn known(&self, at: usize, run: usize) -> Option<usize> {
        (1..=run).rev().find(|len| {
            let seen = self.seen(at, *len);
            if *len > 1 { seen >= 2 } else { seen >= 3 && !self.is_lower(at) }
        })
    }

    /// The word is mostly written with a capital inside sentences, or mostly without, or not often enough to tell.
    fn case(&self, at: usize) -> Option<bool> {
        self.gazetteer.is_capital(self.key(at))
    }

    fn is_lower(&self, at: usize) -> bool {
        self.case(at) == Some(false)
    }

    /// A capital or a figure within: a name wherever it stands.
    fn is_marked(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else { return false };
        let word = token.span.of(self.text);
        match token.shape {
            Shape::Versioned => true,
            Shape::Version | Shape::Other => false,
            Shape::Name => {
                let part = word.split(['-', '‑']).any(|part| {
                    part.chars().skip(1).any(char::is_uppercase) && part.chars().any(char::is_lowercase)
                });
                part || (!token.lower && token.letters >= 2 && !self.shouted)
            }
        }
    }

    fn versions(&self, at: usize, len: usize, run: usize) -> usize {
        let more = (at + len..at + run).take_while(|at| self.tokens[*at].shape == Shape::Version).count();
        len + more
    }

    fn in_headline(&self, at: usize, run: usize) -> usize {
        if let Some(len) = self.person(at, run) {
            return len;
        }
        if let Some(len) = self.known(at, run) {
            return self.versions(at, len, run);
        }
        if let Some(len) = self.by_last_word(at, run) {
            return len;
        }
        let generic = is_generic(self.key(at));
        let first = (self.is_marked(at) && !self.is_lower(at)) || self.case(at) == Some(true);
        if first && !generic { self.versions(at, 1, run) } else { 0 }
    }

    /// A first name and a word that is none of every day.
    fn person(&self, at: usize, run: usize) -> Option<usize> {
        let named = run > 1 && lists::is_given_name(self.key(at)) && self.tokens[at + 1].shape == Shape::Name;
        (named && !self.is_lower(at + 1)).then_some(2)
    }

    /// A run nobody else writes, with a beginning that many do: the name ends there.
    fn cut(&self, at: usize, run: usize) -> usize {
        if self.seen(at, run) > 1 {
            return run;
        }
        (2..run)
            .rev()
            .find(|len| self.seen(at, *len) >= MIN_BEGINNING)
            .map_or(run, |len| self.versions(at, len, run))
    }

    /// `Harbour Safety Act`, `Coastal Court`: the last word tells where the name ends.
    fn by_last_word(&self, at: usize, run: usize) -> Option<usize> {
        (2..=run.min(3)).find(|len| {
            let last = self.key(at + len - 1);
            lists::ends_public_name(last) && (at..at + len - 1).all(|at| !self.is_lower(at))
        })
    }

    fn at_head(&self, at: usize, run: usize) -> usize {
        if let Some(len) = self.known(at, run) {
            return if len == run { run } else { self.versions(at, len, run) };
        }
        match self.case(at) {
            Some(false) => 0,
            Some(true) => run,
            None if run > 1 || self.is_marked(at) => run,
            None => usize::from(self.is_followed_by_act(at)),
        }
    }

    fn inside(&self, at: usize, run: usize) -> usize {
        // An ordinary word with a capital for weight: `any Industry`.
        if run == 1 && self.is_lower(at) && !self.is_marked(at) { 0 } else { self.cut(at, run) }
    }

    fn is_followed_by_act(&self, at: usize) -> bool {
        lists::is_act(self.key(at + 1))
    }

    /// `Department of Justice`, `University of the Harbour`.
    fn with_of(&self, at: usize, len: usize) -> usize {
        let last = at + len - 1;
        if !lists::heads_public_name(self.key(last)) || self.tokens[last].closes {
            return len;
        }
        let of = self.key(last + 1) == *OF && self.tokens.get(last + 1).is_some_and(|token| !token.closes);
        let the = usize::from(of && self.key(last + 2) == *THE);
        let start = last + 2 + the;
        if !of {
            return len;
        }
        let more = (start..self.tokens.len())
            .take(3)
            .take_while(|at| {
                let token = &self.tokens[*at];
                let glued = !token.opens && (*at == start || !self.tokens[*at - 1].closes);
                token.shape == Shape::Name && glued && !self.is_stop(token)
            })
            .count();
        if more == 0 { len } else { start + more - at }
    }
}

/// `AI-powered`, `US-based`: an adjective.
fn is_compound(word: &str) -> bool {
    word.rsplit_once(['-', '‑'])
        .is_some_and(|(_, last)| last.len() >= 4 && last.chars().all(char::is_lowercase))
}

static OF: LazyLock<u64> = LazyLock::new(|| hash("of"));
static THE: LazyLock<u64> = LazyLock::new(|| hash("the"));

/// For callers that ask for many: the empty table, of which nothing is known.
pub(super) static NOTHING: LazyLock<Gazetteer> = LazyLock::new(Gazetteer::default);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(lines: &[Line]) -> String {
        format!("{lines:?}")
    }

    proptest! {
        #[test]
        fn the_head_of_lines_that_were_cut_is_the_lines_of_the_head(
            text in "([A-Z]?[a-z]{1,6}[.,’/–]?[ \n]{1,2}){0,30}",
            max in 0..120_usize,
        ) {
            let cut = lines_within(&text, lines(&text), max);
            // A line that is cut in two ends where the text does, in both.
            prop_assert_eq!(told(&cut), told(&lines(head(&text, max))));
        }
    }
}
