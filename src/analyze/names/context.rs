//! What stands around a name: the words before and after it, as features.

use super::super::span::Span;
use super::super::words::{hash, hash_folded, pair};
use super::lists;
use std::sync::LazyLock;

/// A word longer than this tells nothing of its neighbour.
const MAX_WORD: usize = 16;

/// Calls `tell` with each feature of the place: `ceo of _`, `of _`, `_ said`, `_ said that`, `_'s model`, `_ ,`.
/// The first argument is a stable hash, see [`key`].
pub(super) fn features(text: &str, span: Span, mut tell: impl FnMut(u64)) {
    let head = text.get(..span.start).unwrap_or_default();
    let tail = text.get(span.end..).unwrap_or_default();
    if let Some(first) = before(head) {
        tell(pair(first.0, BEFORE));
        if let Some(second) = before(first.1) {
            tell(pair(pair(second.0, first.0), BEFORE));
        }
    }
    let (owns, tail) = match tail.strip_prefix("'s").or_else(|| tail.strip_prefix("’s")) {
        Some(rest) => (true, rest),
        None => (false, tail),
    };
    let side = if owns { OWNED } else { AFTER };
    if owns {
        tell(pair(*ANYTHING, OWNED));
    }
    if let Some(first) = after(tail) {
        tell(pair(first.0, side));
        if let Some(second) = after(first.1) {
            tell(pair(pair(first.0, second.0), side));
        }
    }
}

static ANYTHING: LazyLock<u64> = LazyLock::new(|| hash("*"));
static LINE_END: LazyLock<u64> = LazyLock::new(|| hash("^"));
const BEFORE: u64 = 1;
const AFTER: u64 = 2;
const OWNED: u64 = 3;

/// The key of a feature as the lexicon writes it; `None` for a line that is none.
pub(super) fn key(written: &str) -> Option<u64> {
    if written.starts_with('#') {
        return Some(hash(written));
    }
    let joined = |words: &str| -> Option<u64> {
        let mut words = words.split(' ').map(hash);
        let first = words.next()?;
        Some(words.next().map_or(first, |second| pair(first, second)))
    };
    if let Some(words) = written.strip_suffix(" _") {
        Some(pair(joined(words)?, BEFORE))
    } else if let Some(words) = written.strip_prefix("_'s ") {
        Some(pair(joined(words)?, OWNED))
    } else {
        Some(pair(joined(written.strip_prefix("_ ")?)?, AFTER))
    }
}

/// Calls `tell` with how a name looks: `#two`, `#caps`, `#labs` for its last word if that is a telling one.
pub(super) fn shape(surface: &str, norm: &str, mut tell: impl FnMut(u64)) {
    each_shape(surface, norm, |name| tell(hash(name)));
}

fn each_shape(surface: &str, norm: &str, mut tell: impl FnMut(&str)) {
    tell("#any");
    let words = norm.split(' ').count();
    tell(match words {
        1 => "#one",
        2 => "#two",
        _ => "#more",
    });
    let letters = || surface.chars().filter(|c| c.is_alphabetic());
    let figure = surface.bytes().any(|byte| byte.is_ascii_digit());
    if figure {
        tell("#figure");
    }
    if letters().count() >= 2 && !letters().any(char::is_lowercase) {
        tell("#caps");
    } else if surface.split([' ', '-']).any(|word| word.chars().skip(1).any(char::is_uppercase)) {
        tell("#inner");
    } else if !letters().any(char::is_uppercase) {
        tell("#lower");
    }
    let last = norm.rsplit(' ').next().unwrap_or_default();
    if words > 1 && lists::ends_organization(hash(last)) {
        tell("#ends organization");
    }
    if words > 1 && last == "ai" {
        tell("#ends ai");
    }
    if lists::ends_event(hash(last)) {
        tell("#ends event");
    }
    if lists::is_given_name(hash(norm)) {
        tell("#given");
    }
}

/// The hash of the last word of a text and what stands before it; a mark between counts as the word.
fn before(head: &str) -> Option<(u64, &str)> {
    let trimmed = head.trim_end_matches([' ', '\t']);
    let last = trimmed.chars().next_back()?;
    if last == '\n' {
        return Some((*LINE_END, ""));
    }
    if !last.is_alphanumeric() {
        return Some((of_mark(last), trimmed.get(..trimmed.len() - last.len_utf8())?));
    }
    let start = trimmed
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_alphanumeric() || matches!(c, '\'' | '’' | '-'))
        .last()
        .map_or(0, |(at, _)| at);
    Some((folded(trimmed.get(start..)?)?, trimmed.get(..start)?))
}

/// The hash of the first word of a text and what follows it.
fn after(tail: &str) -> Option<(u64, &str)> {
    let trimmed = tail.trim_start_matches([' ', '\t']);
    let first = trimmed.chars().next()?;
    if first == '\n' {
        return Some((*LINE_END, ""));
    }
    if !first.is_alphanumeric() {
        return Some((of_mark(first), trimmed.get(first.len_utf8()..)?));
    }
    let end = trimmed
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’' | '-')))
        .unwrap_or(trimmed.len());
    Some((folded(trimmed.get(..end)?)?, trimmed.get(end..)?))
}

fn folded(word: &str) -> Option<u64> {
    (word.len() <= MAX_WORD).then(|| hash_folded(word))
}

fn of_mark(mark: char) -> u64 {
    hash(mark.encode_utf8(&mut [0; 4]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, name: &str) -> Vec<u64> {
        let at = text.find(name).unwrap();
        let mut found = Vec::new();
        features(text, Span::new(at, at + name.len()), |feature| found.push(feature));
        found
    }

    #[test]
    fn the_words_around_a_name_are_its_features() {
        let found = told("She is CEO of Brindle, they said", "Brindle");
        for written in ["of _", "ceo of _", "_ ,", "_ , they"] {
            assert!(found.contains(&key(written).unwrap()), "{written}");
        }
        let found = told("Brindle’s new ferry", "Brindle");
        assert_eq!(found, [key("_'s *").unwrap(), key("_'s new").unwrap(), key("_'s new ferry").unwrap()]);
    }
}
