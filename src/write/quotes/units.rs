//! Quote units: one sentence, two short neighbours, or a title.

use super::Source;
use super::text::{has_verb, makes_a_point, words};
use crate::model::Span;

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::write) enum UnitKind {
    /// One sentence of the body.
    Sentence,
    /// Two neighbouring sentences.
    Pair,
    /// The title.
    Title,
}

/// A run of a record's text that could be quoted.
#[derive(Clone, Copy, Debug)]
pub(in crate::write) struct Unit<'a> {
    /// Index of its source.
    pub(in crate::write) source: usize,
    /// Where.
    pub(in crate::write) span: Span,
    /// The words.
    pub(in crate::write) text: &'a str,
    /// What it is.
    pub(in crate::write) kind: UnitKind,
    /// Which sentence of the body, from 0.
    pub(in crate::write) index: usize,
    /// An item of a list.
    pub(in crate::write) listed: bool,
}

impl Unit<'_> {
    /// Whether it asks, in whole or in part.
    pub(in crate::write) fn asks(&self) -> bool {
        asks(self.text)
    }
}

/// Whether a text has a question mark, or opens as a question does without one.
pub(in crate::write) fn asks(text: &str) -> bool {
    if text.contains('?') {
        return true;
    }
    let list = words(text);
    let word = |at: usize| list.get(at).map_or("", String::as_str);
    let first = word(0);
    // `If anyone boards without a ticket, they pay double.` asks nothing.
    let anyone = matches!(word(1), "anyone" | "anybody")
        && matches!(first, "has" | "have" | "did" | "does" | "is" | "can" | "could" | "would" | "will");
    if anyone || matches!((first, word(1)), ("anyone" | "anybody", "else")) {
        return true;
    }
    [
        "how", "why", "what", "who", "where", "when", "which", "is", "are", "do", "does", "did", "can",
        "could", "has", "have", "will", "would", "should", "was", "were", "any", "anyone", "anybody",
    ]
    .contains(&first)
        && !text.trim_end().ends_with(['.', '!'])
}

/// The span of a record's title without white space; `None` for records without one.
pub(in crate::write) fn title_span(text: &str, body_start: usize) -> Option<Span> {
    let title = text.get(..body_start)?;
    let trimmed = title.trim();
    let start = title.len() - title.trim_start().len();
    (!trimmed.is_empty()).then_some(Span { start, end: start + trimmed.len() })
}

/// The longest two neighbours may be together, and the first of them alone.
const PAIR_MAX: usize = 260;
const PAIR_FIRST_MAX: usize = 110;

/// All units of one source, in reading order.
pub(in crate::write) fn units<'a>(at: usize, source: &Source<'a>) -> Vec<Unit<'a>> {
    let text = source.text;
    let marks = &source.member.text.marks;
    let mut found = Vec::new();
    if let Some(span) = title_span(text, source.brief.body_start)
        && let Some(words) = span.slice(text)
        && if source.is_press() { has_verb(words) } else { makes_a_point(words) || words.contains('?') }
    {
        found.push(Unit { source: at, span, text: words, kind: UnitKind::Title, index: 0, listed: false });
    }
    let mut before: Option<(Span, &str, bool)> = None;
    for (index, (span, listed)) in sentences(source).into_iter().enumerate() {
        let Some(words) = span.slice(text) else { continue };
        if ends_the_view(words) {
            break;
        }
        let touched = marks.quoted.iter().any(|(from, to)| span.start < *to && *from < span.end)
            || marks.link_at.iter().any(|at| span.start <= *at && *at <= span.end);
        if touched {
            before = None;
            continue;
        }
        found.push(Unit { source: at, span, text: words, kind: UnitKind::Sentence, index, listed });
        if let Some((first, first_words, false)) = before
            && !listed
            && first_words.chars().count() < PAIR_FIRST_MAX
            && first_words.ends_with(['.', '!', '?'])
        {
            let both = Span { start: first.start, end: span.end };
            if let Some(pair) = both.slice(text)
                && pair.chars().count() <= PAIR_MAX
                && !pair.contains('\n')
            {
                found.push(Unit {
                    source: at,
                    span: both,
                    text: pair,
                    kind: UnitKind::Pair,
                    index: index - 1,
                    listed,
                });
            }
        }
        before = Some((span, words, listed));
    }
    found
}

/// What follows is not the post's own view any more.
fn ends_the_view(sentence: &str) -> bool {
    let lower = sentence.trim_start_matches(['*', '_', '(', '[', ' ']).to_lowercase();
    ["edit:", "edit 1", "edit 2", "edit -", "edited:", "update:", "tl;dr", "tldr", "p.s.", "ps:", "--"]
        .iter()
        .any(|head| lower.starts_with(head))
}

/// Sentences of the body with whether each is a list item.
fn sentences(source: &Source<'_>) -> Vec<(Span, bool)> {
    use crate::analyze::{Cleaned, SentenceFlags, clean::Marks, sentences as split};
    let stored = source.member.text;
    let spans = |ranges: &[(usize, usize)]| {
        ranges.iter().map(|(start, end)| crate::analyze::Span::new(*start, *end)).collect::<Vec<_>>()
    };
    let cleaned = Cleaned {
        text: stored.text.clone(),
        body_start: stored.body_start,
        links: Vec::new(),
        marks: Marks {
            link_at: stored.marks.link_at.clone(),
            lists: spans(&stored.marks.list_items),
            quoted: spans(&stored.marks.quoted),
            ..Marks::default()
        },
    };
    split(&cleaned)
        .into_iter()
        .filter(|s| !s.flags.contains(SentenceFlags::TITLE))
        .flat_map(|s| {
            let listed = s.flags.contains(SentenceFlags::LIST_ITEM);
            let spans = unglued(&stored.text, Span { start: s.span.start, end: s.span.end });
            spans.into_iter().map(move |span| (span, listed))
        })
        .collect()
}

/// A span cut where two paragraphs were run together: `the bay.Failing to`.
fn unglued(text: &str, span: Span) -> Vec<Span> {
    let within = span.slice(text).unwrap_or("");
    // Initials and `U.S.A.` are words.
    let begins = |after: &str| {
        after.starts_with(char::is_uppercase)
            && (after.chars().skip(1).take_while(|c| c.is_lowercase()).count() >= 3
                || after.chars().find(|c| !c.is_alphabetic()) == Some(' '))
    };
    let ends = |before: &str| {
        let word = before.rsplit(char::is_whitespace).next().unwrap_or("");
        before.trim_end_matches(['”', '’', '"']).ends_with(['.', '!', '?'])
            && word.chars().filter(|c| c.is_alphabetic()).count() > 2
    };
    // `without consentElon Musk said`: a line had no stop, and names do not begin small.
    let runs_into = |before: &str, after: &str| {
        let word = before.rsplit(char::is_whitespace).next().unwrap_or("");
        word.len() >= 4
            && word.chars().all(char::is_lowercase)
            && after.starts_with(char::is_uppercase)
            && after.chars().skip(1).take_while(|c| c.is_lowercase()).count() >= 2
    };
    let cuts = within.char_indices().map(|(at, _)| at).filter(|at| {
        within
            .split_at_checked(*at)
            .is_some_and(|(before, after)| begins(after) && ends(before) || runs_into(before, after))
    });
    let mut found = Vec::new();
    let mut from = 0;
    for at in cuts.chain([within.len()]) {
        found.push(Span { start: span.start + from, end: span.start + at });
        from = at;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{asks, unglued};
    use crate::model::Span;

    #[test]
    fn two_paragraphs_run_together_are_two() {
        let of = |text: &str| -> Vec<String> {
            let whole = Span { start: 0, end: text.len() };
            unglued(text, whole).iter().filter_map(|s| Some(s.slice(text)?.to_owned())).collect()
        };
        assert_eq!(
            of("It closed.Failing to say why, they left"),
            ["It closed.", "Failing to say why, they left"]
        );
        assert_eq!(of("“It is closed.”The mayor left"), ["“It is closed.”", "The mayor left"]);
        assert_eq!(of("They left without consentElon spoke"), ["They left without consent", "Elon spoke"]);
        assert_eq!(of("The iPhone and eSafety on YouTube"), ["The iPhone and eSafety on YouTube"]);
        assert_eq!(of("J.Smith runs it in the U.S.A. now"), ["J.Smith runs it in the U.S.A. now"]);
    }

    #[test]
    fn a_question_asks_wherever_its_mark_stands() {
        for text in [
            "Is it possible: cabin and dog? (for one night)",
            "Any cabin left? I tried twice",
            "Are they going to stop it",
        ] {
            assert!(asks(text), "{text}");
        }
        assert!(!asks("Any ticket bought before June is refunded."));
        assert!(!asks("The cabin is quiet"));
    }
}
