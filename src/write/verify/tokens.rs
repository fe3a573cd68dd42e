//! A sentence taken apart: quotations, words outside them, names and numbers.

use super::fold::{norm, words};

/// What a word outside quotation marks was recognised as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Not recognised yet.
    Plain,
    /// Speaker or byline of a cited record.
    Speaker,
    /// Speaker of a record of the brief that is not cited.
    OtherSpeaker,
    /// Venue or platform of a cited record, or of a counted one.
    Venue,
    /// The story's label, the topic's name, or a counted term.
    Label,
    /// Part of a date.
    Date,
    /// Part of “a day later”.
    Relative,
    /// Part of a paraphrase that follows its source.
    Core,
}

/// A word outside quotation marks.
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub text: &'a str,
    pub norm: String,
    pub start: usize,
    pub end: usize,
    pub role: Role,
}

/// Byte ranges of what stands between outermost “ and ”; `None` when they do not pair up.
pub(super) fn quotations(text: &str) -> Option<Vec<(usize, usize)>> {
    let mut found = Vec::new();
    // Inside a quotation, „ opens a German one, which “ or ” closes.
    let (mut open, mut depth, mut german) = (0, 0_u32, false);
    for (at, c) in text.char_indices() {
        match (c, depth) {
            ('“', 0) => (open, depth) = (at + c.len_utf8(), 1),
            ('”', 0) => return None,
            ('„', 1..) => german = true,
            ('“' | '”', 1..) if german => german = false,
            ('“', 1..) => depth += 1,
            ('”', 1) => {
                depth = 0;
                found.push((open, at));
            }
            ('”', 2..) => depth -= 1,
            _ => {}
        }
    }
    (depth == 0 && !german).then_some(found)
}

/// The ranges of `text` that no quotation covers (the marks themselves belong to neither).
pub(super) fn outside(text: &str, quotations: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut parts = Vec::with_capacity(quotations.len() + 1);
    let mut from = 0;
    for (start, end) in quotations {
        parts.push((from, start - '“'.len_utf8()));
        from = end + '”'.len_utf8();
    }
    parts.push((from, text.len()));
    parts
}

/// The words outside quotations.
pub(super) fn tokens<'a>(text: &'a str, outside: &[(usize, usize)]) -> Vec<Token<'a>> {
    outside
        .iter()
        .flat_map(|(from, to)| words(text, *from, *to))
        .map(|w| Token { text: w.text, norm: norm(w.text), start: w.start, end: w.end, role: Role::Plain })
        .collect()
}

const SMALL: &[&str] = &[
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
];
const ORDINALS: &[&str] =
    &["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
const OTHER_NUMBERS: &[&str] = &[
    "billion",
    "both",
    "couple",
    "double",
    "dozen",
    "dozens",
    "eighty",
    "fifty",
    "forty",
    "half",
    "hundred",
    "hundreds",
    "million",
    "millions",
    "ninety",
    "once",
    "pair",
    "quarter",
    "seventy",
    "sixty",
    "thirty",
    "thousand",
    "thousands",
    "triple",
    "trillion",
    "twice",
];

/// A number outside quotation marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// A whole number, in figures or words; “none” and “no” are nought.
    Value(u64),
    /// An ordinal word.
    Ordinal(u64),
    /// Any other number: decimals, percentages, “dozens”.
    Other,
}

/// What number a folded word is, if it is one. Names with digits in them are none.
pub(super) fn number(word: &str) -> Option<Number> {
    let at = |list: &[&str]| list.iter().position(|w| *w == word).map(|n| n as u64);
    if let Some(n) = at(SMALL) {
        return Some(Number::Value(n));
    }
    if word == "single" {
        return Some(Number::Value(1));
    }
    if matches!(word, "none" | "no") {
        return Some(Number::Value(0));
    }
    if let Some(n) = at(ORDINALS) {
        return Some(Number::Ordinal(n + 1));
    }
    if OTHER_NUMBERS.binary_search(&word).is_ok() {
        return Some(Number::Other);
    }
    if word.starts_with(|c: char| c.is_numeric()) {
        let plain: String = word.chars().filter(|c| *c != ',').collect();
        if let Ok(n) = plain.parse() {
            return Some(Number::Value(n));
        }
        // `5x`, `12%`, `3.5`, `16-18`, `2nd`; but `4o-mini` is a name.
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        return (letters <= 2).then_some(Number::Other);
    }
    None
}

/// The value of a whole number.
pub(super) fn value(number: Number) -> Option<u64> {
    match number {
        Number::Value(n) => Some(n),
        Number::Ordinal(_) | Number::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_pair_up_also_around_german_ones() {
        let text = "“Er sagt „nein“ dazu,” schrieb X.";
        let (from, to) = quotations(text).unwrap()[0];
        assert_eq!(text.get(from..to), Some("Er sagt „nein“ dazu,"));
        assert_eq!(quotations("“open"), None);
        assert_eq!(quotations("shut”"), None);
    }

    #[test]
    fn numbers_are_told_from_names() {
        assert_eq!(number("1,024"), Some(Number::Value(1024)));
        assert_eq!(number("twelve"), Some(Number::Value(12)));
        assert_eq!(number("12%"), Some(Number::Other));
        assert_eq!(number("glm-4.7"), None);
        assert_eq!(number("dozens"), Some(Number::Other));
    }
}
