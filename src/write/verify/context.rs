//! Where a source sentence begins and ends, and what a cut leaves out of it.

use super::fold::{Word, norm, words};
use super::lexicon::{CLOSED_OFF, CUT_AFTER, CUT_BEFORE, MODALS, THINKING, has, is_negator};
use super::tokens::number;

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
    let line = text.get(floor..pos).and_then(|s| s.rfind('\n')).map_or(floor, |at| floor + at + 1);
    sentence_start_from(text, line, pos)
}

/// The same, from a byte where a sentence is known to begin, not behind `pos`.
pub(super) fn sentence_start_from(text: &str, known: usize, pos: usize) -> usize {
    let mut start = known.min(pos);
    loop {
        let end = sentence_end(text, start);
        let next = end + text.get(end..).map_or(0, |s| s.len() - s.trim_start().len());
        if next > pos || next <= start {
            return start;
        }
        start = next;
    }
}

/// Whether the line that holds `pos` begins with a small letter: who writes like that begins every sentence so.
fn small_letters(text: &str, pos: usize) -> bool {
    let line = text.get(..pos).and_then(|s| s.rfind('\n')).map_or(0, |at| at + 1);
    text.get(line..pos).is_some_and(|s| s.chars().find(|c| c.is_alphabetic()).is_some_and(char::is_lowercase))
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
            next.is_some_and(char::is_lowercase) && (c == '…' || !small_letters(text, pos + at))
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
/// `known` is a byte where a sentence begins, not behind `start`.
pub(super) fn judge(text: &str, known: usize, (start, end): (usize, usize), asks: bool) -> Cut {
    let first = sentence_start_from(text, known, start);
    let last = sentence_end(text, end);
    let before = words(text, first, start);
    let after = words(text, end, last);
    // A denial in a clause of its own, closed before the quoted one begins, is not about it, unless it is a thought or
    // a saying that goes on: “I don't think A, and B”.
    let closed = before.iter().rposition(|w| ends_clause(text.get(w.end..start).unwrap_or_default()));
    let clause = closed.map_or(0, |i| i + 1);
    let thinks = before.iter().any(|w| has(THINKING, &norm(w.text)));
    for (i, word) in before.iter().enumerate() {
        let w = norm(word.text);
        let apart = i < clause && !thinks;
        if has(CUT_BEFORE, &w) && !(apart && has(CLOSED_OFF, &w)) || is_negator(&w) && !apart {
            return Cut::Turned(w);
        }
    }
    for (i, word) in after.iter().enumerate() {
        let w = norm(word.text);
        let said_of = text.get(end..word.start).is_some_and(opens_clause);
        let untrue = is_negator(&w)
            && after.iter().skip(i + 1).take(3).any(|n| {
                matches!(
                    n.text.to_lowercase().as_str(),
                    "true" | "so" | "right" | "correct" | "case" | "happen" | "happened"
                )
            });
        if has(CUT_AFTER, &w) || untrue || is_negator(&w) && !said_of || i == 0 && has(MODALS, &w) {
            return Cut::Turned(w);
        }
    }
    if let Some(word) = counted_out_of(text, &before, start).or_else(|| merely_thought(&after)) {
        return Cut::Turned(word);
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

/// Whether a clause ends in what stands between a word and the quoted one, which then begins anew.
fn ends_clause(gap: &str) -> bool {
    let gap = gap.trim().to_lowercase();
    gap.starts_with(';')
        || ["and", "so", "but", "yet"]
            .iter()
            .any(|w| gap.strip_prefix(',').is_some_and(|rest| rest.trim() == *w))
}

/// Whether a clause of its own begins between a quoted one and a word after it: “, and that does not …”.
fn opens_clause(gap: &str) -> bool {
    let gap = gap.trim_start_matches(['”', '"', '’', '\'']).to_lowercase();
    gap.trim_start().starts_with(';')
        || [", and ", ", so "].iter().any(|s| gap.starts_with(s)) && gap.split_whitespace().count() > 2
}

/// “300 of the | 2,100 units”: the number before was left out.
fn counted_out_of(text: &str, before: &[Word<'_>], start: usize) -> Option<String> {
    let digit = text.get(start..).and_then(|s| s.chars().next()).is_some_and(|c| c.is_ascii_digit());
    let mut back =
        before.iter().rev().map(|w| norm(w.text)).skip_while(|w| matches!(w.as_str(), "the" | "its" | "all"));
    let of = back.next().filter(|w| w == "of");
    of.and_then(|_| back.next()).filter(|n| digit && number(n).is_some())
}

/// “…, I think.”
fn merely_thought(after: &[Word<'_>]) -> Option<String> {
    let after: Vec<String> = after.iter().map(|w| norm(w.text)).collect();
    after.windows(2).find_map(|w| match w {
        [i, verb] if i == "i" && has(THINKING, verb) => Some(verb.clone()),
        _ => None,
    })
}

/// Whether `start..end` stands inside quotation marks of the source that are cut off: somebody else's words.
pub(super) fn inside_marks(text: &str, start: usize, end: usize) -> bool {
    let line = text.get(..start).and_then(|s| s.rfind('\n')).map_or(0, |at| at + 1);
    let mut open = None;
    let mut at = line;
    for c in text.get(line..).unwrap_or_default().chars() {
        if c == '\n' {
            return false;
        }
        let inch = c == '"'
            && text.get(..at).and_then(|s| s.chars().next_back()).is_some_and(|b| b.is_ascii_digit());
        let mark = matches!(c, '“' | '”' | '„' | '«' | '»' | '"') && !(inch && open.is_none());
        if mark {
            match open {
                Some(from) => {
                    // All of the line between marks is a title or a motto, and the whole of what is said.
                    let rest =
                        text.get(at + c.len_utf8()..).and_then(|s| s.lines().next()).unwrap_or_default();
                    let whole = from == line && !rest.chars().any(char::is_alphanumeric);
                    if from < start && end <= at {
                        return !whole;
                    }
                    open = None;
                }
                None => open = Some(at),
            }
        }
        if open.is_none() && at >= end {
            return false;
        }
        at += c.len_utf8();
    }
    false
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
            judge(text, 0, (at, at + part.len()), false)
        };
        assert_eq!(judged("the sync is safe"), Cut::Turned("not".to_owned()));
        assert_eq!(judged("the ferry is late"), Cut::Turned("if".to_owned()));
        assert_eq!(judged("the pier open today"), Cut::Unasked);
        assert_eq!(judged("It works"), Cut::Fair);
        assert_eq!(judged("I do not think the sync is safe"), Cut::Fair);
        let judged = |text: &str, part: &str| {
            let at = text.find(part).unwrap();
            judge(text, 0, (at, at + part.len()), false)
        };
        let fair = |text: &str, part: &str| judged(text, part) == Cut::Fair;
        assert!(fair("Nobody came, and the vote was 39 to 3.", "the vote was 39 to 3"));
        assert!(!fair("I don't think it was fair, and the vote was 39 to 3.", "the vote was 39 to 3"));
        assert!(fair("The stop had nine, and that does not look empty.", "The stop had nine"));
        assert!(!fair("The stop had nine, and that is not true.", "The stop had nine"));
        assert!(!fair("The stop had nine, which nobody believes.", "The stop had nine"));
        assert!(!fair("About 300 of the 2,100 units failed.", "2,100 units failed"));
        assert!(!fair("The course was short, I think.", "The course was short"));
        assert!(!fair("The course may have been short.", "The course"));
        assert!(fair("we met. nobody spoke. the vote was 39 to 3.", "the vote was 39 to 3"));
    }
}
