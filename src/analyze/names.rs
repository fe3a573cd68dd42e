//! Names: anchors that tie records to one event, and typed entities.
//!
//! An anchor is a run of one to three capitalised words with the version that follows, normalised so that `Ferry 5.2` and `ferry-5.2` are one.
//! Whether a sentence's first word is a name cannot be known from one text: such runs are flagged, and running counts
//! of the word's two cases decide later.

mod aliases;
mod context;
mod entities;
mod find;
mod kinds;
mod learnt;
mod lists;
mod tokens;

use super::span::Span;
use super::words::{hash, is_calendar};
pub use entities::{Entity, MAX_ENTITIES, NameLines, entities, entities_in};
pub use learnt::Gazetteer;
use std::sync::LazyLock;
use tokens::{Shape, Token};

/// The longest run taken as one name.
const MAX_RUN: usize = 3;

/// A run that may be a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorCandidate {
    /// Lower case, words joined by a space, versions glued to the word before, hyphens gone: `harbour tern4.5`.
    pub norm: String,
    /// Where it stands.
    pub span: Span,
    /// Its first word opens a sentence, so that the capital may mean nothing.
    pub sentence_initial: bool,
    /// It stands in a line where most words are capitalised, so that no capital means much.
    pub title_case: bool,
    /// Its first word in lower case, to look up how that word is written inside sentences.
    pub first_word: String,
    /// The anchor without its first word, to use if that word is no name; `None` if nothing is left.
    pub rest: Option<String>,
    /// The word before a version with the version (`tern4.5` in `Harbour Tern 4.5`), if that is not all of `norm`.
    pub core: Option<String>,
}

/// All candidates of a text, in order, repeats included.
pub fn anchors(text: &str) -> Vec<AnchorCandidate> {
    let mut found = Vec::new();
    each_run(text, |run, title_case| found.extend(candidate(text, run, title_case)));
    found
}

/// Calls `found` with the place and the hash of each candidate's norm whose capitals mean something: not at the head of
/// a sentence, nor in a line where most words have one.
pub(crate) fn each_certain_anchor(text: &str, mut found: impl FnMut(Span, u64)) {
    let mut norm = String::new();
    each_run(text, |run, title_case| {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
        if first.sentence_initial || title_case {
            return;
        }
        norm.clear();
        normalise(text, run.iter().copied(), &mut norm);
        if is_long_enough(&norm) {
            found(Span::new(first.span.start, last.span.end), hash(&norm));
        }
    });
}

/// Calls `found` with the words of each run of one to three that may be a name, and whether its line is in title case.
fn each_run(text: &str, mut found: impl FnMut(&[&Token], bool)) {
    let mut line_start = 0;
    let mut tokens = Vec::new();
    for line in text.split_inclusive('\n') {
        if line.bytes().any(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) || !line.is_ascii() {
            tokens.clear();
            tokens::of_line(line, line_start, &mut tokens);
            let title_case = is_title_case(&tokens);
            runs(&tokens, |run| found(run, title_case));
        }
        line_start += line.len();
    }
}

/// At least four words, and seven of ten words of four letters or more capitalised.
fn is_title_case(tokens: &[Token]) -> bool {
    let long = |token: &&Token| token.letters >= 4;
    let all = tokens.iter().filter(long).count();
    let capital = tokens
        .iter()
        .filter(long)
        .filter(|token| matches!(token.shape, Shape::Name | Shape::Versioned))
        .count();
    tokens.len() >= 4 && all >= 3 && capital * 10 >= all * 7
}

fn runs(tokens: &[Token], mut found: impl FnMut(&[&Token])) {
    let mut run: Vec<&Token> = Vec::new();
    for token in tokens {
        if token.opens && !run.is_empty() {
            finish(&mut run, &mut found);
        }
        let takes = match token.shape {
            Shape::Name => !is_plain_word(token, run.is_empty()),
            Shape::Versioned => true,
            Shape::Version => !run.is_empty(),
            Shape::Other => false,
        };
        if takes {
            run.push(token);
        }
        // A version completes a run of three: `Harbour Tern Pro 4.5`.
        let full = run.len() > MAX_RUN || (run.len() == MAX_RUN && token.shape == Shape::Version);
        if !takes || token.closes || full {
            finish(&mut run, &mut found);
        }
    }
    finish(&mut run, &mut found);
}

static I: LazyLock<u64> = LazyLock::new(|| hash("i"));

/// Capitalised words that are no names: function words, months, days, "I".
fn is_plain_word(token: &Token, opens_run: bool) -> bool {
    let shouted = token.letters > 1 && !token.lower;
    // `US`, `IT`, `WHO` shouted inside a line are names; `The` and `It` are not.
    (lists::is_function_word(token.key) && !(shouted && !token.sentence_initial && token.key != *I))
        || is_calendar(token.key)
        || (opens_run && token.letters <= 1)
}

fn finish(run: &mut Vec<&Token>, found: &mut impl FnMut(&[&Token])) {
    // More than three words: the version belongs to what stands before it, so the last three stay together.
    for part in run.rchunks(MAX_RUN).rev() {
        if part.iter().any(|token| token.shape != Shape::Version) {
            found(part);
        }
    }
    run.clear();
}

fn candidate(text: &str, run: &[&Token], title_case: bool) -> Option<AnchorCandidate> {
    let (first, last) = (run.first()?, run.last()?);
    let norm = normalised(text, run);
    if !is_long_enough(&norm) {
        return None;
    }
    let rest = run.get(1..).filter(|rest| rest.iter().any(|token| token.shape != Shape::Version));
    Some(AnchorCandidate {
        span: Span::new(first.span.start, last.span.end),
        sentence_initial: first.sentence_initial,
        title_case,
        first_word: first.span.of(text).to_lowercase(),
        rest: rest.map(|rest| normalised(text, rest)),
        core: core(text, run).filter(|core| *core != norm),
        norm,
    })
}

/// One letter names nothing.
fn is_long_enough(norm: &str) -> bool {
    norm.chars().filter(|c| c.is_alphanumeric()).nth(1).is_some()
}

/// Words joined by a space, but nothing between a word and a figure: `ferry5.2`, `gul4.7flash`, `harbour tern4.5`.
fn normalised(text: &str, tokens: &[&Token]) -> String {
    let mut norm = String::with_capacity(tokens.iter().map(|token| token.span.len() + 1).sum());
    normalise(text, tokens.iter().copied(), &mut norm);
    norm
}

/// Writes what [`normalised`] gives into an empty `norm`.
fn normalise<'a>(text: &str, tokens: impl Iterator<Item = &'a Token>, norm: &mut String) {
    for token in tokens {
        for part in token.span.of(text).split(['-', '‑', '_']) {
            let last_figure = norm.ends_with(char::is_numeric);
            let first_figure = part.starts_with(char::is_numeric);
            if !(norm.is_empty() || last_figure || first_figure || norm.ends_with(' ')) {
                norm.push(' ');
            }
            // `v2` after a name is the figure alone.
            let figure = part
                .strip_prefix(['v', 'V'])
                .filter(|rest| !norm.is_empty() && rest.starts_with(|c: char| c.is_ascii_digit()));
            if figure.is_some() && norm.ends_with(' ') {
                norm.pop();
            }
            let part = figure.unwrap_or(part);
            if part.is_ascii() {
                norm.extend(part.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
            } else {
                norm.extend(
                    part.chars().map(|c| if c == '’' { '\'' } else { c }).flat_map(char::to_lowercase),
                );
            }
        }
    }
}

/// The word before the first version, with it.
fn core(text: &str, tokens: &[&Token]) -> Option<String> {
    if let Some(at) = tokens.iter().position(|token| token.shape == Shape::Version) {
        return Some(normalised(text, tokens.get(at.checked_sub(1)?..=at)?));
    }
    let versioned = tokens.iter().find(|token| token.shape == Shape::Versioned)?;
    let whole = versioned.span.of(text);
    let parts: Vec<&str> = whole.split('-').collect();
    let at = parts.iter().position(|part| part.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(parts.get(at.checked_sub(1)?..=at)?.concat().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn norms(text: &str) -> Vec<String> {
        anchors(text).into_iter().map(|anchor| anchor.norm).collect()
    }

    #[test]
    fn versions_are_one_however_written() {
        for text in [
            "we try Tern 5.2 now",
            "we try tern-5.2 now",
            "we try TERN-5.2.",
            "we try Tern5.2, now",
            "we try Tern v5.2",
        ] {
            assert_eq!(norms(text), ["tern5.2"], "{text}");
        }
        for text in ["see GUL-4.7-Flash", "see GUL 4.7 Flash"] {
            assert_eq!(norms(text), ["gul4.7flash"], "{text}");
        }
    }

    #[test]
    fn a_version_keeps_its_core() {
        let found = anchors("we try Harbour Tern 4.5 today");
        assert_eq!(found[0].norm, "harbour tern4.5");
        assert_eq!(found[0].core.as_deref(), Some("tern4.5"));
        assert_eq!(found[0].rest.as_deref(), Some("tern4.5"));
        assert_eq!(anchors("see GUL-4.7-Flash")[0].core.as_deref(), Some("gul4.7"));
    }

    #[test]
    fn a_sentence_initial_word_is_flagged_not_judged() {
        let found = anchors("Trams are late. Harbour Lines said so, and Ada agrees.");
        let flags: Vec<(&str, bool)> = found.iter().map(|a| (a.norm.as_str(), a.sentence_initial)).collect();
        assert_eq!(flags, [("trams", true), ("harbour lines", true), ("ada", false)]);
        assert_eq!(found[1].rest.as_deref(), Some("lines"));
        assert_eq!(found[1].first_word, "harbour");
    }

    #[test]
    fn function_words_months_and_years_are_no_names() {
        assert_eq!(
            norms("The ferry left. It sank in January 2026, I think. On Monday we met 5 people"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn punctuation_parts_names_and_possessives_go() {
        assert_eq!(norms("from Oslo, Bergen’s port and “Gull” (Tern)"), ["oslo", "bergen", "gull", "tern"]);
    }

    #[test]
    fn inner_capitals_and_tags_are_names_and_handles_are_not() {
        assert_eq!(norms("on eFerry and #NightTrain with @Ada"), ["eferry", "nighttrain"]);
    }

    #[test]
    fn title_case_is_told() {
        assert!(anchors("Harbour Lines Opens New Night Ferry Route")[0].title_case);
        assert!(!anchors("Harbour Lines opens a new night ferry route")[0].title_case);
    }

    #[test]
    fn spans_cover_the_surface() {
        let text = "we like “Harbour Lines’” boats";
        assert_eq!(anchors(text)[0].span.of(text), "Harbour Lines");
    }
}
