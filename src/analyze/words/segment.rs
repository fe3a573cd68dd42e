//! Cutting a text into words: UAX #29, with a fast path for the ASCII that most text is.

use unicode_segmentation::UnicodeSegmentation;

/// Calls `found(byte offset, word)` for each word of `text`, in order.
///
/// White space is a word border in any script, so each run without it is looked at alone: pure ASCII by a small
/// state machine (the ASCII part of the word-break rules), everything else by the full algorithm.
pub(super) fn each_word<'a>(text: &'a str, mut found: impl FnMut(usize, &'a str)) {
    let bytes = text.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        if bytes[start].is_ascii_whitespace() {
            start += 1;
            continue;
        }
        let mut end = start;
        let mut ascii = true;
        while end < bytes.len() && !bytes[end].is_ascii_whitespace() {
            ascii &= bytes[end].is_ascii();
            end += 1;
        }
        let chunk = text.get(start..end).unwrap_or_default();
        if ascii {
            ascii_words(chunk, start, &mut found);
        } else {
            for (offset, word) in chunk.unicode_word_indices() {
                found(start + offset, word);
            }
        }
        start = end;
    }
}

fn ascii_words<'a>(chunk: &'a str, base: usize, found: &mut impl FnMut(usize, &'a str)) {
    let bytes = chunk.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if !in_word(bytes[i]) {
            i += 1;
            continue;
        }
        let start = i;
        let mut has_alnum = false;
        while i < bytes.len() {
            if in_word(bytes[i]) {
                has_alnum |= bytes[i].is_ascii_alphanumeric();
                i += 1;
            } else if i + 1 < bytes.len() && joins(bytes[i - 1], bytes[i], bytes[i + 1]) {
                i += 1;
            } else {
                break;
            }
        }
        if has_alnum {
            found(base + start, chunk.get(start..i).unwrap_or_default());
        }
    }
}

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether `middle` holds a word together: `don't`, `e.g`, `3.5`, `1,000` (rules WB6, WB7, WB11, WB12).
fn joins(before: u8, middle: u8, after: u8) -> bool {
    match middle {
        b'.' | b'\'' => {
            (before.is_ascii_alphabetic() && after.is_ascii_alphabetic())
                || (before.is_ascii_digit() && after.is_ascii_digit())
        }
        b',' | b';' => before.is_ascii_digit() && after.is_ascii_digit(),
        b':' => COLON_JOINS && before.is_ascii_alphabetic() && after.is_ascii_alphabetic(),
        _ => false,
    }
}

/// Whether the segmentation tables still count `:` among the letters' joiners; checked by the test below.
const COLON_JOINS: bool = true;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_fast_path_cuts_like_the_full_algorithm(text in "[a-cA-C0-2_.,;:' \n!-]{0,24}|[ -~]{0,30}|[a-c’ä. ]{0,16}") {
            let mut ours = Vec::new();
            each_word(&text, |at, word| ours.push((at, word)));
            prop_assert_eq!(ours, text.unicode_word_indices().collect::<Vec<_>>());
        }
    }

    #[test]
    fn figures_and_contractions_stay_whole() {
        let mut words = Vec::new();
        each_word("don't pay 1,000.50 at gpt-5.2 (e.g. now)", |_, word| words.push(word));
        assert_eq!(words, ["don't", "pay", "1,000.50", "at", "gpt", "5.2", "e.g", "now"]);
    }
}
