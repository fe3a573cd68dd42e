//! Phrases of match rules, and the one way text is folded before they are looked for.

use std::fmt;
use std::str::FromStr;

/// Folds text for matching: lower-case words with single spaces between, before and after.
///
/// A word is letters, digits and marks. Within a word also: a point before a digit (`5.2`, `gpt4.1`), and `+` or `#` after a
/// letter (`c++`, `c#`). An apostrophe inside a word vanishes (French "j'ai" does not become "ai"), and `'s` ends the word before it.
/// Everything else, hyphens included, is a space: `Open-Source` and `open source` are the same. Han and kana
/// are written without spaces, so each such character is a word of its own.
///
/// ```
/// use newsdesk::config::fold;
///
/// assert_eq!(fold("Open-Source: GPT-5.2's “weights”!"), " open source gpt 5.2 weights ");
/// assert_eq!(fold("…"), " ");
/// ```
pub fn fold(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte.to_ascii_lowercase())),
            b'\'' => at += apostrophe(&mut out, text, at - 1, at),
            b'.' if bytes.get(at).is_some_and(u8::is_ascii_digit)
                && ends_with_word(text, at - 1)
                && !out.ends_with(' ') =>
            {
                out.push('.');
            }
            b'+' | b'#' if !out.ends_with(' ') => out.push(char::from(*byte)),
            _ if byte.is_ascii() => space(&mut out),
            _ => {
                let c = text.get(at - 1..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
                let end = at - 1 + c.len_utf8();
                if c == '\u{2019}' {
                    at = end + apostrophe(&mut out, text, at - 1, end);
                    continue;
                }
                at = end;
                for lower in c.to_lowercase() {
                    if is_unspaced(lower) {
                        space(&mut out);
                        out.push(lower);
                        out.push(' ');
                    } else if is_word(lower) {
                        out.push(lower);
                    } else {
                        space(&mut out);
                    }
                }
            }
        }
    }
    space(&mut out);
    out
}

/// An apostrophe from `start` to `end`: it vanishes inside a word, and ends it before a final `s`. The answer is how many
/// bytes after it are done with.
fn apostrophe(out: &mut String, text: &str, start: usize, end: usize) -> usize {
    let mut after = text.get(end..).unwrap_or_default().chars();
    let next = after.next();
    if !(ends_with_word(text, start) && next.is_some_and(begins_with_word)) {
        space(out);
        return 0;
    }
    if matches!(next, Some('s' | 'S')) && !after.next().is_some_and(begins_with_word) {
        space(out);
        return 1;
    }
    0
}

/// Whether what stands before `at` ends with a part of a word.
fn ends_with_word(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    before.is_some_and(|c| c.to_lowercase().last().is_some_and(is_word))
}

fn begins_with_word(c: char) -> bool {
    c.to_lowercase().next().is_some_and(is_word)
}

fn space(out: &mut String) {
    if out.as_bytes().last() != Some(&b' ') {
        out.push(' ');
    }
}

fn is_word(c: char) -> bool {
    // Combining marks belong to the letter before them; the standard library has no class for the common ones.
    c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}')
}

fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

/// Words that must stand in a text one after the other, in any case; with a final `*` the last word may go on.
///
/// ```
/// use newsdesk::config::{Phrase, fold};
///
/// let phrase: Phrase = "open weight*".parse()?;
/// assert!(phrase.is_in(&fold("Their Open-Weights release")));
/// assert!(!phrase.is_in(&fold("reopen weights")));
/// # Ok::<(), newsdesk::config::PhraseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phrase {
    needle: String,
}

impl Phrase {
    /// What to look for in [folded](fold) text, as plain bytes: it begins with a space, and unless it is a prefix ends with one.
    ///
    /// Two phrases in a row share the space between them, so an automaton must find **overlapping** matches.
    pub fn needle(&self) -> &str {
        &self.needle
    }

    /// Whether the phrase stands in a [folded](fold) text.
    pub fn is_in(&self, folded: &str) -> bool {
        folded.contains(&self.needle)
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.needle.trim();
        if self.needle.ends_with(' ') { f.write_str(words) } else { write!(f, "{words}*") }
    }
}

/// Why a text is not a [`Phrase`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhraseError {
    /// Nothing is left after folding.
    #[error("has no letters or digits")]
    Empty,
    /// `*` somewhere else than at the end.
    #[error("has a `*` that is not at its end")]
    Star,
    /// A prefix so short that it stands in every text.
    #[error("is a prefix of fewer than 3 letters")]
    ShortPrefix,
}

impl FromStr for Phrase {
    type Err = PhraseError;

    fn from_str(text: &str) -> Result<Self, PhraseError> {
        let text = text.trim();
        let (words, is_prefix) = text.strip_suffix('*').map_or((text, false), |words| (words, true));
        if words.contains('*') {
            return Err(PhraseError::Star);
        }
        let mut needle = fold(words);
        if needle.trim().is_empty() {
            return Err(PhraseError::Empty);
        }
        if is_prefix {
            // "foo *" would mean any next word; the star belongs to the word before it.
            needle.truncate(needle.trim_end().len());
            if needle.trim().chars().count() < 3 && !needle.chars().any(is_unspaced) {
                return Err(PhraseError::ShortPrefix);
            }
        }
        Ok(Self { needle })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ascii_is_folded_alike_among_other_letters(text in "[a-cA-C0-2sS'.+# -]{0,24}") {
            // With a letter beyond ASCII in front the text goes the long way.
            prop_assert_eq!(fold(&format!("é {text}")), format!(" é{}", fold(&text)));
        }
    }

    #[test]
    fn text_is_folded_into_words() {
        let cases = [
            ("Open-Source", " open source "),
            ("OpenAI’s and OpenAI's", " openai and openai "),
            ("J'ai dit", " jai dit "),
            ("the models' weights", " the models weights "),
            ("GPT-5.2, v1.5. Next", " gpt 5.2 v1.5 next "),
            ("C++ and C# #rustlang", " c++ and c# rustlang "),
            ("end.Of sentence", " end of sentence "),
            ("OpenAI's.5", " openai 5 "),
            ("ÉCOLE ПРИВЕТ", " école привет "),
            ("新しいAI工", " 新 し い ai 工 "),
            ("", " "),
            ("?!", " "),
        ];
        for (text, folded) in cases {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn a_phrase_is_whole_words_unless_it_ends_with_a_star() {
        let phrase = |text: &str| text.parse::<Phrase>();
        assert_eq!(phrase("AI").map(|p| p.needle().to_owned()), Ok(" ai ".to_owned()));
        assert_eq!(phrase("open-weight*").map(|p| p.needle().to_owned()), Ok(" open weight".to_owned()));
        assert_eq!(phrase("a*b"), Err(PhraseError::Star));
        assert_eq!(phrase("ai*"), Err(PhraseError::ShortPrefix));
        assert_eq!(phrase(" - "), Err(PhraseError::Empty));
        assert_eq!(phrase("*"), Err(PhraseError::Empty));
        assert!(phrase("人工*").is_ok_and(|p| p.is_in(&fold("新しい人工知能"))));
        assert!(phrase("ai").is_ok_and(|p| !p.is_in(&fold("rain, aisle, said"))));
    }

    /// What folding is, without a short way for anything.
    fn fold_by_characters(text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 2);
        out.push(' ');
        let mut rest = text.chars().flat_map(char::to_lowercase);
        let is = |c: Option<char>| c.is_some_and(is_word);
        let mut before = None;
        let (mut here, mut next, mut after) = (rest.next(), rest.next(), rest.next());
        while let Some(c) = here {
            let mut step = 1;
            match c {
                'a'..='z' => out.push(c),
                _ if is_unspaced(c) => {
                    space(&mut out);
                    out.push(c);
                    out.push(' ');
                }
                _ if is_word(c) => out.push(c),
                '\'' | '\u{2019}' if is(before) && is(next) => {
                    if next == Some('s') && !is(after) {
                        space(&mut out);
                        step = 2;
                    }
                }
                '.' if is(before) && next.is_some_and(|n| n.is_ascii_digit()) && !out.ends_with(' ') => {
                    out.push(c);
                }
                '+' | '#' if !out.ends_with(' ') => out.push(c),
                _ => space(&mut out),
            }
            for _ in 0..step {
                (before, here, next, after) = (here, next, after, rest.next());
            }
        }
        space(&mut out);
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn folding_is_framed_and_has_single_spaces(text in "\\PC{0,40}") {
            let folded = fold(&text);
            prop_assert!(folded.starts_with(' ') && folded.ends_with(' '));
            prop_assert!(!folded.contains("  "));
        }

        #[test]
        fn bytes_are_folded_as_characters_are(text in "([a-cS'’.+#5 -]|[éßİΣ中あ\u{301}😀]|\\PC){0,40}") {
            prop_assert_eq!(fold(&text), fold_by_characters(&text));
        }

        #[test]
        fn a_text_contains_its_own_words(text in "[a-zA-Z0-9 .,'#+-]{1,30}") {
            if let Ok(phrase) = text.parse::<Phrase>() {
                prop_assert!(phrase.is_in(&fold(&text)));
                prop_assert_eq!(phrase.to_string().parse::<Phrase>(), Ok(phrase));
            }
        }
    }
}
