//! Sentences: the units that may be quoted.
//!
//! A newline always ends one (titles, list items, signatures). Inside a line a stop, its closing quotation marks and
//! a space do, unless the stop belongs to an abbreviation, an initial, a version or a German ordinal.

use super::clean::Cleaned;
use super::span::Span;

/// What is special about a sentence; a small set of flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentenceFlags(u16);

impl SentenceFlags {
    /// Nothing special.
    pub const NONE: Self = Self(0);
    /// It is part of the title.
    pub const TITLE: Self = Self(1);
    /// It stands in a list item; it quotes alone, never joined.
    pub const LIST_ITEM: Self = Self(1 << 1);
    /// A link was cut out of it, so that its words may no longer fit together.
    pub const LINK_REMOVED: Self = Self(1 << 2);
    /// A link stood after its last word; the words before are whole.
    pub const LINK_AFTER: Self = Self(1 << 3);
    /// It does not end in a stop, or trails off in `…`.
    pub const ENDS_OPEN: Self = Self(1 << 4);
    /// Someone else's words.
    pub const QUOTED: Self = Self(1 << 5);
    /// It holds inline code.
    pub const CODE: Self = Self(1 << 6);
    /// It holds an emoji.
    pub const EMOJI: Self = Self(1 << 7);
    /// It ends in a question mark.
    pub const QUESTION: Self = Self(1 << 8);

    /// Whether all flags of `other` are set.
    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    fn with_if(self, other: Self, condition: bool) -> Self {
        if condition { self.with(other) } else { self }
    }
}

/// One sentence of a cleaned text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentenceSpan {
    /// Where it stands, without white space around it.
    pub span: Span,
    /// What is special about it.
    pub flags: SentenceFlags,
}

/// All sentences of a text, in order. Every visible character is in exactly one of them.
pub fn sentences(cleaned: &Cleaned) -> Vec<SentenceSpan> {
    let text = cleaned.text.as_str();
    let mut found = Vec::new();
    let mut marks = MarkCursor::new(cleaned);
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let mut start = line_start;
        for end in ends(line) {
            push(text, Span::new(start, line_start + end), cleaned.body_start, &mut marks, &mut found);
            start = line_start + end;
        }
        line_start += line.len();
        push(text, Span::new(start, line_start), cleaned.body_start, &mut marks, &mut found);
    }
    found
}

fn push(text: &str, raw: Span, body_start: usize, marks: &mut MarkCursor, found: &mut Vec<SentenceSpan>) {
    let span = raw.trimmed(text);
    if span.is_empty() {
        return;
    }
    let words = span.of(text);
    let bare = words.trim_end_matches(is_closer);
    let ends_open = !bare.ends_with(is_stop) || bare.ends_with('…') || bare.ends_with("..");
    let flags = marks
        .flags(span, words)
        .with_if(SentenceFlags::TITLE, span.start < body_start)
        .with_if(SentenceFlags::ENDS_OPEN, ends_open)
        .with_if(SentenceFlags::QUESTION, bare.ends_with(['?', '？', '؟']))
        .with_if(SentenceFlags::EMOJI, words.chars().any(is_emoji));
    found.push(SentenceSpan { span, flags });
}

/// Walks through the marks once, since sentences come in order.
struct MarkCursor<'a> {
    links: &'a [usize],
    lists: &'a [Span],
    quoted: &'a [Span],
    code: &'a [Span],
}

impl<'a> MarkCursor<'a> {
    fn new(cleaned: &'a Cleaned) -> Self {
        let marks = &cleaned.marks;
        Self { links: &marks.link_at, lists: &marks.lists, quoted: &marks.quoted, code: &marks.code }
    }

    fn flags(&mut self, span: Span, words: &str) -> SentenceFlags {
        let mut flags = SentenceFlags::NONE
            .with_if(SentenceFlags::LIST_ITEM, touches(&mut self.lists, span))
            .with_if(SentenceFlags::QUOTED, touches(&mut self.quoted, span))
            .with_if(SentenceFlags::CODE, touches(&mut self.code, span));
        while let [at, rest @ ..] = self.links {
            if *at > span.end {
                break;
            }
            // At the very end the sentence is whole, unless its last word was waiting for the link.
            let whole = *at == span.end && !waits_for_more(words);
            flags = flags.with(if whole { SentenceFlags::LINK_AFTER } else { SentenceFlags::LINK_REMOVED });
            self.links = rest;
        }
        flags
    }
}

fn touches(spans: &mut &[Span], sentence: Span) -> bool {
    while let [first, rest @ ..] = *spans {
        if first.end > sentence.start {
            break;
        }
        *spans = rest;
    }
    spans.first().is_some_and(|span| span.overlaps(sentence))
}

/// Whether the words end in one that cannot end a sentence: "see the discussion in", "the list is here:".
fn waits_for_more(words: &str) -> bool {
    const WAITING: [&str; 24] = [
        "in", "at", "on", "by", "from", "via", "see", "the", "a", "an", "of", "to", "with", "and", "or",
        "for", "per", "source", "siehe", "bei", "von", "auf", "der", "die",
    ];
    let words = words.trim_end();
    let last = words.rsplit(char::is_whitespace).next().unwrap_or_default();
    let last = last.trim_end_matches([',', '-', '–', '(']).to_lowercase();
    words.ends_with([':', '(', ',']) || WAITING.contains(&last.as_str())
}

/// Byte offsets at which sentences end inside `line`, the line's own end left out.
fn ends(line: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if is_wide_stop(c) {
            let end = skip(line, at + c.len_utf8(), |c| is_wide_stop(c) || is_closer(c));
            while chars.next_if(|(next, _)| *next < end).is_some() {}
            found.push(end);
        } else if is_stop(c) {
            let stops_end = skip(line, at, is_stop);
            let end = skip(line, stops_end, is_closer);
            while chars.next_if(|(next, _)| *next < end).is_some() {}
            if ends_here(line, Span::new(at, stops_end), end) {
                found.push(end);
            }
        } else if is_emoji(c) {
            let end = skip(line, at, |c| is_emoji(c) || is_emoji_part(c) || is_stop(c));
            while chars.next_if(|(next, _)| *next < end).is_some() {}
            let rest = tail(line, end);
            let next = rest.trim_start().chars().next();
            if rest.starts_with(' ') && next.is_some_and(|c| !c.is_lowercase() && !is_emoji(c)) {
                found.push(end);
            }
        }
    }
    found
}

fn tail(line: &str, at: usize) -> &str {
    line.get(at..).unwrap_or_default()
}

/// The first byte from `at` on whose character does not satisfy `same`.
fn skip(line: &str, at: usize, same: impl Fn(char) -> bool) -> usize {
    let rest = tail(line, at);
    at + (rest.len() - rest.trim_start_matches(same).len())
}

/// Whether the stops at `stops`, with closing marks up to `end`, end a sentence.
fn ends_here(line: &str, stops: Span, end: usize) -> bool {
    let rest = tail(line, end);
    if !rest.starts_with(char::is_whitespace) {
        return false;
    }
    let Some(next) = rest.trim_start().chars().find(|c| !is_opener(*c)) else { return false };
    let mark = stops.of(line);
    if (mark.len() > 1 && mark.bytes().all(|b| b == b'.')) || mark.contains('…') {
        return !next.is_lowercase();
    }
    if mark != "." {
        // `"Really?" he asked` goes on; `why? because` does not.
        return !(end > stops.end && next.is_lowercase());
    }
    if end > stops.end {
        // `(etc.) and so on`, `he said "no." and left` go on.
        return !next.is_lowercase();
    }
    let before = line.get(..stops.start).unwrap_or_default();
    !belongs_to_word(before, rest.trim_start(), next)
}

/// Abbreviations whose stop never ends a sentence here; a long sentence is better than a stump.
const ABBREVIATIONS: [&str; 78] = [
    "adm", "al", "approx", "apr", "art", "aug", "bspw", "bzw", "ca", "capt", "cf", "ch", "co", "col", "corp",
    "dec", "dept", "dr", "ed", "eds", "eq", "est", "evtl", "feb", "fig", "figs", "fr", "gen", "ggf", "gov",
    "hr", "inc", "incl", "inkl", "jan", "jul", "jun", "jr", "lt", "ltd", "mar", "messrs", "mio", "mr", "mrd",
    "mrs", "ms", "mt", "nos", "nov", "nr", "oct", "pp", "prof", "rep", "rev", "resp", "sec", "sen", "sep",
    "sept", "sog", "sr", "st", "str", "tel", "univ", "usf", "vgl", "viz", "vol", "vols", "vs", "zzgl", "abs",
    "ed", "max", "min",
];
/// Those that may end a sentence: they do if a capital follows.
const OPEN_ABBREVIATIONS: [&str; 10] = ["a.m", "p.m", "etc", "usw", "u.a", "o.ä", "no", "v.a", "u.ä", "ff"];

/// Whether a time zone follows: two to four capitals.
fn names_a_zone(rest: &str) -> bool {
    let word = rest.trim_start().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    (2..=4).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase())
}

/// Whether the stop after `before` belongs to the word and `rest` goes on.
fn belongs_to_word(before: &str, rest: &str, next: char) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || is_opener(c) || c == '/' || c == '-')
        .next()
        .unwrap_or_default();
    let folded = word.to_lowercase();
    if OPEN_ABBREVIATIONS.contains(&folded.as_str()) {
        // "no. 5" is a number, "Oh no. Five" is not.
        return match folded.as_str() {
            "no" => next.is_numeric(),
            // “1 p.m. PT” names a zone, “1 p.m. Come early” goes on.
            "a.m" | "p.m" => !next.is_uppercase() || names_a_zone(rest),
            _ => !next.is_uppercase(),
        };
    }
    if folded.is_empty() || ABBREVIATIONS.contains(&folded.as_str()) {
        return true;
    }
    // Initials and `U.S`, `z.B`, `e.g`: single letters with stops between. "So do I." ends.
    if folded.split('.').all(|part| part.chars().count() == 1 && part.chars().all(char::is_alphabetic)) {
        return word != "I";
    }
    if let Some(version) = folded.strip_prefix('v') {
        return !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    }
    let short_number = word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit());
    short_number && is_ordinal(before, word, rest, next)
}

/// `2. Juni`, `der 3. Platz`, `1. ` at a line's head: numbers that count, not figures that end a sentence.
fn is_ordinal(before: &str, word: &str, rest: &str, next: char) -> bool {
    const ARTICLES: [&str; 12] =
        ["der", "die", "das", "dem", "den", "des", "am", "im", "zum", "zur", "vom", "beim"];
    let head = before.get(..before.len() - word.len()).unwrap_or_default().trim_end();
    let previous = head.rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase();
    head.is_empty()
        || next.is_lowercase()
        || ARTICLES.contains(&previous.as_str())
        || starts_with_german_month(rest)
}

/// Whether `text` begins with a German month, as in `2. Juni`.
pub(super) fn starts_with_german_month(text: &str) -> bool {
    const MONTHS: [&str; 13] = [
        "Januar",
        "Jänner",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ];
    let word = text.trim_start().split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    MONTHS.contains(&word)
}

fn is_stop(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '‽' | '؟' | '।') || is_wide_stop(c)
}

/// Stops of scripts that write no space after them.
fn is_wide_stop(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '｡')
}

fn is_closer(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | '“' | '»' | '«' | ')' | ']' | '」' | '』' | '*')
}

fn is_opener(c: char) -> bool {
    matches!(c, '"' | '\'' | '“' | '‘' | '„' | '«' | '»' | '(' | '[' | '「' | '『' | '*')
}

/// Pictures, faces, flags, dingbats that platforms draw in colour.
pub fn is_emoji(c: char) -> bool {
    matches!(u32::from(c), 0x1F300..=0x1FAFF | 0x1F000..=0x1F2FF | 0x2600..=0x27BF | 0x2B50 | 0x2B55 | 0x231A | 0x231B | 0x23E9..=0x23F3)
}

fn is_emoji_part(c: char) -> bool {
    matches!(u32::from(c), 0xFE0F | 0x200D | 0x20E3 | 0xE0020..=0xE007F)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::clean::{CleanInput, Markup, clean};
    use proptest::prelude::*;

    fn cleaned(title: Option<&str>, body: &str) -> Cleaned {
        clean(&CleanInput { title, body, markup: Markup::Markdown, social: false })
    }

    fn split(body: &str) -> Vec<String> {
        let cleaned = cleaned(None, body);
        sentences(&cleaned).iter().map(|sentence| sentence.span.of(&cleaned.text).to_owned()).collect()
    }

    #[test]
    fn stops_and_closing_marks_end_a_sentence() {
        assert_eq!(
            split("It runs. Does it? “It does!” (Really.) So there… Fine"),
            ["It runs.", "Does it?", "“It does!”", "(Really.)", "So there…", "Fine"]
        );
    }

    #[test]
    fn an_hour_ends_a_sentence_unless_its_zone_follows() {
        assert_eq!(split("It leaves at 1 p.m. Come early."), ["It leaves at 1 p.m.", "Come early."]);
    }

    #[test]
    fn a_newline_always_ends_one() {
        assert_eq!(split("no stop here\nnor here"), ["no stop here", "nor here"]);
    }

    #[test]
    fn abbreviations_initials_and_versions_do_not() {
        for whole in [
            "Use trams, e.g. Line 5, vs. buses.",
            "The U.S. Senate and Mr. A. B. Ferry met Dr. Quay.",
            "We run v2. The same as v3.5. Today",
            "It costs 3.5 million at approx. Noon.",
            "Acme Inc. Harbour division grew.",
            "Ships no. 5 and 6 sail.",
            "Das gilt z. B. Für Fähren, d. h. Boote, bzw. Schiffe.",
            "Am 2. Juni und am 14. Oktober sowie der 3. Platz zählen.",
            "Well... maybe not.",
            "The ferry leaves at 1 p.m. ET and waits.",
            "“Really?” he asked.",
        ] {
            assert_eq!(split(whole), [whole]);
        }
    }

    #[test]
    fn a_number_a_pronoun_and_an_open_abbreviation_can_end_one() {
        assert_eq!(split("It fell to 3. The rest stayed."), ["It fell to 3.", "The rest stayed."]);
        assert_eq!(split("So do I. Then it left."), ["So do I.", "Then it left."]);
        assert_eq!(split("Trams, ferries, etc. The end."), ["Trams, ferries, etc.", "The end."]);
        assert_eq!(split("Oh no. Five left. it sailed."), ["Oh no.", "Five left.", "it sailed."]);
    }

    #[test]
    fn an_emoji_ends_one_before_a_capital() {
        assert_eq!(split("It sails 🚢🔥 The rest waits"), ["It sails 🚢🔥", "The rest waits"]);
        assert_eq!(split("It sails 🚢 and waits"), ["It sails 🚢 and waits"]);
    }

    #[test]
    fn wide_stops_need_no_space() {
        assert_eq!(split("船が出た。「本当？」はい。"), ["船が出た。", "「本当？」", "はい。"]);
    }

    #[test]
    fn flags_tell_where_a_sentence_stood() {
        let cleaned = cleaned(
            Some("Why now?"),
            "- one thing\n\nThe talk in [a/b](https://example.org/x) says so. It `sails`. More: https://example.org/y\nRead it https://example.org/z",
        );
        let flags: Vec<SentenceFlags> = sentences(&cleaned).iter().map(|sentence| sentence.flags).collect();
        let open = SentenceFlags::ENDS_OPEN;
        assert_eq!(
            flags,
            [
                SentenceFlags::TITLE.with(SentenceFlags::QUESTION),
                SentenceFlags::LIST_ITEM.with(open),
                SentenceFlags::LINK_REMOVED,
                SentenceFlags::CODE,
                SentenceFlags::LINK_REMOVED.with(open),
                SentenceFlags::LINK_AFTER.with(open),
            ]
        );
    }

    proptest! {
        #[test]
        fn sentences_are_in_order_and_miss_no_word(body in "([a-zA-ZäÄ0-9 .!?…\"”()🔥。]|\n|Mr\\. |https://a\\.b/c ){0,80}") {
            let cleaned = clean(&CleanInput { title: None, body: &body, markup: Markup::Plain, social: true });
            let mut rest = cleaned.text.clone();
            let mut last = 0;
            for sentence in sentences(&cleaned).iter().rev() {
                prop_assert!(!sentence.span.is_empty());
                rest.replace_range(sentence.span.start..sentence.span.end, "");
            }
            for sentence in sentences(&cleaned) {
                prop_assert!(sentence.span.start >= last);
                last = sentence.span.end;
            }
            prop_assert!(rest.trim().is_empty(), "left over: {rest:?}");
        }
    }
}
