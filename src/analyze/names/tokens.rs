//! Words as they look: capitals, figures, what stands around them.

use crate::analyze::span::Span;

/// What a token looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// It has a capital: `Harbour`, `eFerry`, `NASA`.
    Name,
    /// Letters and a figure in one: `tern-5.2`, `H100`.
    Versioned,
    /// A figure that may complete a name: `5.2`, `v2`, `70B`.
    Version,
    Other,
}

pub(super) struct Token {
    pub(super) span: Span,
    pub(super) shape: Shape,
    pub(super) letters: usize,
    pub(super) sentence_initial: bool,
    /// A mark before it ends a run.
    pub(super) opens: bool,
    /// A mark after it ends a run.
    pub(super) closes: bool,
}

/// Names longer than this are noise: keys, paths, shouting without spaces.
const MAX_TOKEN: usize = 40;

pub(super) fn of_line(line: &str, base: usize) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut initial = true;
    let mut at = 0;
    for raw in line.split_inclusive(char::is_whitespace) {
        let start = at;
        at += raw.len();
        let raw = raw.trim_end();
        let left = raw.trim_start_matches(is_edge);
        let inner = left.trim_end_matches(is_edge);
        let begin = start + (raw.len() - left.len());
        if inner.is_empty() {
            // A dash or bullet on its own parts what stands around it.
            if let Some(last) = tokens.last_mut().filter(|_| !raw.is_empty()) {
                let token: &mut Token = last;
                token.closes = true;
            }
            continue;
        }
        let (word, possessive) = without_possessive(inner);
        let prefix = raw.get(..raw.len() - left.len()).unwrap_or_default();
        let suffix = left.get(inner.len()..).unwrap_or_default();
        let handle = prefix.ends_with('@');
        tokens.push(Token {
            span: Span::new(base + begin, base + begin + word.len()),
            shape: if handle { Shape::Other } else { shape(word) },
            letters: word.chars().filter(|c| c.is_alphabetic()).count(),
            sentence_initial: initial,
            opens: !prefix.is_empty(),
            closes: possessive || !suffix.is_empty(),
        });
        initial =
            suffix.contains(['.', '!', '?', '…', ':']) || (initial && !prefix.is_empty() && inner.is_empty());
    }
    tokens
}

fn is_edge(c: char) -> bool {
    !(c.is_alphanumeric() || matches!(c, '+' | '$' | '€' | '£' | '%'))
}

fn without_possessive(word: &str) -> (&str, bool) {
    for ending in ["'s", "’s", "'S", "’S"] {
        if let Some(owner) = word.strip_suffix(ending) {
            return (owner, true);
        }
    }
    (word, false)
}

fn shape(word: &str) -> Shape {
    if word.len() > MAX_TOKEN || word.contains(['/', '@', '=', '$', '€', '£', '%', '\\', '|']) {
        return Shape::Other;
    }
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    let first = word.chars().next().unwrap_or(' ');
    if has_digit && first.is_ascii_digit() {
        return if is_version(word) { Shape::Version } else { Shape::Other };
    }
    if has_digit {
        if let Some(figure) = word.strip_prefix(['v', 'V'])
            && is_version(figure)
        {
            return Shape::Version;
        }
        return if is_versioned(word) { Shape::Versioned } else { Shape::Other };
    }
    // Contractions (`I'm`, `Don't`) are handled by the stop words, other apostrophes (`O'Brien`) are names.
    if word.chars().any(char::is_uppercase) && !word.contains('.') { Shape::Name } else { Shape::Other }
}

/// `5`, `5.2`, `4o`, `70B`: no year, no amount.
fn is_version(word: &str) -> bool {
    let figure = word.trim_end_matches(['b', 'B', 'o', 'x']);
    let year = figure.len() == 4 && (figure.starts_with("19") || figure.starts_with("20"));
    let tail = word.len() - figure.len();
    !year
        && tail <= 1
        && !word.ends_with('x')
        && figure.len() <= 6
        && figure.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && figure.bytes().filter(u8::is_ascii_digit).count() <= 4
        && !figure.is_empty()
}

/// Letters, an optional hyphen, a figure, and maybe more parts: `tern-5.2`, `GUL-4.7-Flash`, `H100`. A capital, a dot
/// or a hyphen is asked for, else every `top10` and `step2` were a name.
fn is_versioned(word: &str) -> bool {
    let letters = word.chars().take_while(|c| c.is_alphabetic()).count();
    let plain = word.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '‑' | '_' | '+'));
    let marked =
        word.chars().any(char::is_uppercase) || word.contains('.') || (word.contains('-') && letters >= 2);
    // `covid-19` and `gpt-4`, but not `mid-2025` or `top-10-list`.
    let year = word.rsplit('-').next().is_some_and(|part| {
        part.len() == 4
            && (part.starts_with("19") || part.starts_with("20"))
            && part.bytes().all(|byte| byte.is_ascii_digit())
    });
    letters >= 1 && plain && marked && !year && word.matches('-').count() <= 4
}
