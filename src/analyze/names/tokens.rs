//! Words as they look: capitals, figures, what stands around them.

use crate::analyze::span::Span;
use crate::analyze::words::hash_folded;

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

#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four facts of a word that have nothing to do with one another"
)]
pub(super) struct Token {
    pub(super) span: Span,
    /// The hash of the word in lower case, as [`hash_folded`] makes it.
    pub(super) key: u64,
    pub(super) shape: Shape,
    pub(super) letters: usize,
    /// It has a letter in lower case.
    pub(super) lower: bool,
    pub(super) sentence_initial: bool,
    /// A mark before it ends a run.
    pub(super) opens: bool,
    /// A mark after it ends a run.
    pub(super) closes: bool,
}

/// Names longer than this are noise: keys, paths, shouting without spaces.
const MAX_TOKEN: usize = 40;

/// The words of a line, added to `tokens`; `base` is where the line begins in its text.
pub(super) fn of_line(line: &str, base: usize, tokens: &mut Vec<Token>) {
    let mut reader = Line { first: tokens.len(), tokens, base, initial: true };
    let mut start = None;
    if line.is_ascii() {
        for (at, byte) in line.bytes().enumerate() {
            if matches!(byte, b'\t'..=b'\r' | b' ') {
                reader.read(line, start.take(), at);
            } else if start.is_none() {
                start = Some(at);
            }
        }
    } else {
        for (at, c) in line.char_indices() {
            if c.is_whitespace() {
                reader.read(line, start.take(), at);
            } else if start.is_none() {
                start = Some(at);
            }
        }
    }
    reader.read(line, start, line.len());
}

struct Line<'a> {
    tokens: &'a mut Vec<Token>,
    /// How many tokens there were before this line.
    first: usize,
    base: usize,
    initial: bool,
}

impl Line<'_> {
    /// Reads what stands between two white spaces, if anything does.
    fn read(&mut self, line: &str, start: Option<usize>, end: usize) {
        let Some((start, raw)) = start.and_then(|start| Some((start, line.get(start..end)?))) else { return };
        let ascii = raw.is_ascii();
        let (prefix, inner, suffix) = if ascii { parts_of_ascii(raw) } else { parts(raw) };
        if inner.is_empty() {
            // A dash or bullet on its own parts what stands around it.
            if let Some(last) = self.tokens.get_mut(self.first..).and_then(<[Token]>::last_mut) {
                last.closes = true;
            }
            return;
        }
        let (word, possessive) = without_possessive(inner);
        let begin = self.base + start + prefix.len();
        let handle = prefix.ends_with('@');
        let letters = if ascii { ascii_letters(word) } else { letters(word) };
        self.tokens.push(Token {
            span: Span::new(begin, begin + word.len()),
            key: hash_folded(word),
            shape: if handle { Shape::Other } else { shape(word, &letters) },
            letters: letters.all,
            lower: letters.lower,
            sentence_initial: self.initial,
            opens: !prefix.is_empty(),
            closes: possessive || !suffix.is_empty(),
        });
        self.initial = !suffix.is_empty() && suffix.contains(['.', '!', '?', '…', ':']);
    }
}

/// Marks before a word, the word, marks after it.
fn parts(raw: &str) -> (&str, &str, &str) {
    let left = raw.trim_start_matches(is_edge);
    let inner = left.trim_end_matches(is_edge);
    let prefix = raw.get(..raw.len() - left.len()).unwrap_or_default();
    (prefix, inner, left.get(inner.len()..).unwrap_or_default())
}

fn parts_of_ascii(raw: &str) -> (&str, &str, &str) {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'$' | b'%');
    let bytes = raw.as_bytes();
    let Some(first) = bytes.iter().position(inside) else { return (raw, "", "") };
    let end = bytes.iter().rposition(inside).map_or(first, |last| last + 1);
    let (head, suffix) = raw.split_at_checked(end).unwrap_or((raw, ""));
    let (prefix, inner) = head.split_at_checked(first).unwrap_or(("", head));
    (prefix, inner, suffix)
}

fn is_edge(c: char) -> bool {
    !(c.is_alphanumeric() || matches!(c, '+' | '$' | '€' | '£' | '%'))
}

/// What a word's letters look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Letters {
    all: usize,
    upper: bool,
    lower: bool,
    digit: bool,
}

fn letters(word: &str) -> Letters {
    let mut found = Letters::default();
    for c in word.chars() {
        found.all += usize::from(c.is_alphabetic());
        found.upper |= c.is_uppercase();
        found.lower |= c.is_lowercase();
        found.digit |= c.is_ascii_digit();
    }
    found
}

/// The same for a word of ASCII.
fn ascii_letters(word: &str) -> Letters {
    let mut found = Letters::default();
    for byte in word.bytes() {
        let (upper, lower) = (byte.is_ascii_uppercase(), byte.is_ascii_lowercase());
        found.all += usize::from(upper | lower);
        found.upper |= upper;
        found.lower |= lower;
        found.digit |= byte.is_ascii_digit();
    }
    found
}

fn without_possessive(word: &str) -> (&str, bool) {
    for ending in ["'s", "’s", "'S", "’S"] {
        if let Some(owner) = word.strip_suffix(ending) {
            return (owner, true);
        }
    }
    (word, false)
}

fn shape(word: &str, letters: &Letters) -> Shape {
    // Most words are neither.
    if !letters.upper && !letters.digit {
        return Shape::Other;
    }
    if word.len() > MAX_TOKEN || word.contains(['/', '@', '=', '$', '€', '£', '%', '\\', '|']) {
        return Shape::Other;
    }
    let has_digit = letters.digit;
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
    if letters.upper && !word.contains('.') { Shape::Name } else { Shape::Other }
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
    // `pier-19` and `tern-4`, but not `mid-2025` or `top-10-list`.
    let year = word.rsplit('-').next().is_some_and(|part| {
        part.len() == 4
            && (part.starts_with("19") || part.starts_with("20"))
            && part.bytes().all(|byte| byte.is_ascii_digit())
    });
    letters >= 1 && plain && marked && !year && word.matches('-').count() <= 4
}
