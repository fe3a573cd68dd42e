//! Where a source sentence begins and ends, and what a cut leaves out of it.

use super::fold::{norm, words};
use super::lexicon::{CUT_AFTER, CUT_BEFORE, has, is_negator};

/// How far back a sentence start is looked for, in bytes; beyond it the cut counts as inside a sentence.
const LOOK_BACK: usize = 4_000;

const ABBREVIATIONS: &[&str] = &[
    "dr", "e.g", "etc", "i.e", "inc", "jr", "mr", "mrs", "ms", "no", "prof", "sr", "st", "u.k", "u.s", "v",
    "vs",
];

/// Byte offset where the sentence that holds `pos` begins.
pub(super) fn sentence_start(text: &str, pos: usize) -> usize {
    let mut floor = pos.saturating_sub(LOOK_BACK);
    while !text.is_char_boundary(floor) {
        floor += 1;
    }
    let mut start = text.get(floor..pos).and_then(|s| s.rfind('\n')).map_or(floor, |at| floor + at + 1);
    loop {
        let end = sentence_end(text, start);
        let next = end + text.get(end..).map_or(0, |s| s.len() - s.trim_start().len());
        if next > pos || next <= start {
            return start;
        }
        start = next;
    }
}

/// Byte offset just after the sentence that holds `pos`, its stop and closing marks included.
pub(super) fn sentence_end(text: &str, pos: usize) -> usize {
    let Some(rest) = text.get(pos..) else { return text.len() };
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\n' {
            return pos + at;
        }
        if !matches!(c, '.' | '!' | '?' | '…') {
            continue;
        }
        let mut end = at + c.len_utf8();
        while let Some(&(next_at, next)) = chars.peek() {
            if !matches!(next, '.' | '!' | '?' | '…' | '"' | '\'' | '”' | '’' | '“' | '»' | ')' | ']')
            {
                break;
            }
            end = next_at + next.len_utf8();
            chars.next();
        }
        let tail = rest.get(end..).unwrap_or_default();
        let spaced = tail.chars().next().is_none_or(char::is_whitespace);
        let goes_on = matches!(c, '.' | '…') && {
            let next = tail.trim_start_matches([' ', '\t', '\u{a0}']).chars().next();
            let before = text.get(..pos + at).unwrap_or_default();
            let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
            next.is_some_and(char::is_lowercase)
                || c == '.'
                    && (word.chars().count() == 1 && word.chars().all(char::is_alphabetic)
                        || ABBREVIATIONS.contains(&word.to_lowercase().as_str()))
        };
        if spaced && !goes_on {
            return pos + end;
        }
    }
    text.len()
}

/// What a cut did to its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// Nothing that matters was left out.
    Fair,
    /// This word was left out, and it turns the meaning.
    Turned(String),
    /// The sentence asks, the cut states.
    Unasked,
}

/// Judges the cut `start..end` out of `text`; `asks` when the words around it, or its own end, say that it is a question.
pub(super) fn judge(text: &str, start: usize, end: usize, asks: bool) -> Cut {
    let first = sentence_start(text, start);
    let last = sentence_end(text, end);
    let before = words(text, first, start);
    let after = words(text, end, last);
    for word in &before {
        let w = norm(word.text);
        if is_negator(&w) || has(CUT_BEFORE, &w) {
            return Cut::Turned(w);
        }
    }
    for word in &after {
        let w = norm(word.text);
        if is_negator(&w) || has(CUT_AFTER, &w) {
            return Cut::Turned(w);
        }
    }
    let lower = text.get(first..start).unwrap_or_default().to_lowercase();
    if !before.is_empty() && (lower.contains("in theory") || lower.contains("as if")) {
        return Cut::Turned("in theory".to_owned());
    }
    let stop = text.get(end..last).unwrap_or_default();
    if !asks && stop.contains('?') {
        return Cut::Unasked;
    }
    Cut::Fair
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_at_stops_and_lines_but_not_at_abbreviations() {
        let text = "Title without stop\nIt fails, e.g. in the U.S. market. Next one? Yes.";
        let cut = |pos: usize| text.get(sentence_start(text, pos)..sentence_end(text, pos)).unwrap();
        assert_eq!(cut(3), "Title without stop");
        assert_eq!(cut(text.find("market").unwrap()), "It fails, e.g. in the U.S. market.");
        assert_eq!(cut(text.find("one?").unwrap()), "Next one?");
    }

    #[test]
    fn a_cut_that_leaves_out_a_negation_condition_or_question_mark_is_named() {
        let text = "I do not think the sync is safe. If it rains, the ferry is late. Is the pier open today? It works.";
        let judged = |part: &str| {
            let at = text.find(part).unwrap();
            judge(text, at, at + part.len(), false)
        };
        assert_eq!(judged("the sync is safe"), Cut::Turned("not".to_owned()));
        assert_eq!(judged("the ferry is late"), Cut::Turned("if".to_owned()));
        assert_eq!(judged("the pier open today"), Cut::Unasked);
        assert_eq!(judged("It works"), Cut::Fair);
        assert_eq!(judged("I do not think the sync is safe"), Cut::Fair);
    }
}
