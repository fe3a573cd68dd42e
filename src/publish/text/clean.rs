//! The first boundary that text from outside crosses on its way out: nothing invisible, nothing towering.

use std::fmt;

use unicode_segmentation::UnicodeSegmentation as _;

/// Accents a letter may carry; Vietnamese needs two and pointed Hebrew three, towers of "zalgo" have dozens.
const MAX_MARKS: usize = 3;

/// Characters of one grapheme: the longest emoji in use has ten, a long Indic conjunct about as many.
const MAX_GRAPHEME_CHARS: usize = 16;

/// One line of text without control, direction and invisible characters, white space folded to single spaces.
///
/// It may stand where a platform shows plain text (a footer, a thread's name, a Bluesky post). Where a platform
/// reads markup, only that platform's escaper makes its text type from this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clean(String);

impl Clean {
    /// Cleans a text.
    pub fn of(raw: &str) -> Self {
        let spaced: String = raw.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
        let seen: String = visible(&spaced);
        let mut out = String::with_capacity(seen.len());
        for grapheme in seen.graphemes(true) {
            let at = out.len();
            let mut marks = 0;
            for c in grapheme.chars().take(MAX_GRAPHEME_CHARS) {
                marks = if is_stacking_mark(c) { marks + 1 } else { 0 };
                if marks <= MAX_MARKS {
                    out.push(c);
                }
            }
            // A sequence cut at the cap must not end in a joiner that would reach for what follows.
            let is_cut = grapheme.chars().nth(MAX_GRAPHEME_CHARS).is_some();
            while is_cut && out.len() > at && out.ends_with(is_joiner) {
                out.pop();
            }
        }
        Self(out.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing was left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Drops what readers cannot see. A joiner stays only between two characters that it may join: emoji, or letters
/// of the scripts that need it (all outside ASCII).
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().filter(|c| !is_hidden(*c)).peekable();
    while let Some(c) = chars.next() {
        if is_joiner(c) {
            let before = out.chars().next_back().is_some_and(joins);
            let after = chars.peek().copied().is_some_and(joins);
            if !(before && after) {
                continue;
            }
        }
        // An accent on nothing would sit on what we write before it.
        if is_stacking_mark(c) && out.chars().next_back().is_none_or(|before| before == ' ') {
            continue;
        }
        out.push(c);
    }
    out
}

fn joins(c: char) -> bool {
    !c.is_ascii() && !c.is_whitespace() && !is_joiner(c)
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// Controls, direction marks, zero-width characters, fillers, tags, private use: nothing a reader would miss.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{E000}'..='\u{F8FF}'
            | '\u{FE00}'..='\u{FE0D}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFC}' | '\u{FFFE}' | '\u{FFFF}'
            | '\u{13430}'..='\u{1343F}' | '\u{16FE4}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D159}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{10FFFF}')
}

/// Marks that stack on any base without limit; vowel signs of single scripts are not among them.
fn is_stacking_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{0591}'..='\u{05BD}' | '\u{0610}'..='\u{061A}'
        | '\u{064B}'..='\u{065F}' | '\u{06D6}'..='\u{06DC}' | '\u{06DF}'..='\u{06E4}' | '\u{0E31}'
        | '\u{0E34}'..='\u{0E3A}' | '\u{0E47}'..='\u{0E4E}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE0E}' | '\u{FE0F}' | '\u{FE20}'..='\u{FE2F}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_invisible_passes() {
        let cases = [
            ("safe\u{202E}txt.exe", "safetxt.exe"),
            ("a\u{200B}b\u{2060}c\u{FEFF}d", "abcd"),
            ("one\r\n\ttwo\u{2028}three\u{3000}four", "one two three four"),
            ("a\u{200D}b", "ab"),
            ("tag\u{E0041}\u{E0042}", "tag"),
            ("bell\u{7}", "bell"),
            ("no\u{1D159}te", "note"),
            ("short\u{1BCA0}hand", "shorthand"),
            ("\u{FE0F}\u{301} bare \u{301}accent", "bare accent"),
        ];
        for (raw, clean) in cases {
            assert_eq!(Clean::of(raw).as_str(), clean, "{raw:?}");
        }
    }

    #[test]
    fn emoji_families_and_scripts_that_need_joiners_stay_whole() {
        for text in ["👩🏻‍❤️‍💋‍👨🏿 hi", "👨‍👩‍👧‍👦", "می‌خواهم", "क्ष", "tiếng Việt", "🏳️‍🌈"]
        {
            assert_eq!(Clean::of(text).as_str(), text);
        }
    }

    #[test]
    fn towers_are_cut_down() {
        let tower = format!("Z{}algo", "\u{0301}".repeat(500));
        assert_eq!(Clean::of(&tower).as_str(), "Z\u{0301}\u{0301}\u{0301}algo");
        let chain = "👩\u{200D}".repeat(300);
        assert!(Clean::of(&chain).as_str().graphemes(true).all(|g| g.chars().count() <= MAX_GRAPHEME_CHARS));
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(raw in "\\PC{0,80}|[\u{0300}-\u{0310}\u{200D}👩a \u{202E}]{0,60}") {
            let once = Clean::of(&raw);
            prop_assert_eq!(Clean::of(once.as_str()), once);
        }
    }
}
