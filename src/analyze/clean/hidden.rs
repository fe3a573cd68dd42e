//! Characters that no reader sees.

use std::borrow::Cow;

/// Invisible characters found in a text. Those that writing needs (joiners inside emoji and in scripts that
/// join letters, the tags of regional flags) are neither counted nor removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Zero-width spaces, joiners, soft hyphens, byte-order marks.
    pub zero_width: usize,
    /// The longest run of invisible characters: a hidden message needs a run, a stray mark does not.
    pub longest_run: usize,
    /// Marks and overrides of writing direction.
    pub bidi: usize,
    /// Characters of the tags block, which spell ASCII unseen.
    pub tags: usize,
    /// Of `bidi`, the overrides, which make a text read otherwise than it is; honest text needs none.
    pub overrides: usize,
}

impl Hidden {
    /// Whether anything was found.
    pub fn any(self) -> bool {
        self.zero_width + self.bidi + self.tags > 0
    }
}

/// `text` without invisible and control characters, line ends made `\n`, and what was removed.
pub(super) fn strip(text: &str) -> (Cow<'_, str>, Hidden) {
    let mut found = Hidden::default();
    // Nearly every text needs nothing: only three lead bytes and the control characters can begin such a character.
    let suspicious =
        |byte: &u8| matches!(byte, 0..=8 | 11..=31 | 127 | 0xC2 | 0xCD | 0xD8 | 0xE1..=0xE3 | 0xEF | 0xF3);
    if !text.as_bytes().iter().any(suspicious) {
        return (Cow::Borrowed(text), found);
    }
    let mut kept = String::with_capacity(text.len());
    let mut run = 0;
    let mut flag_tags = 0;
    let mut rest = text;
    loop {
        let plain = rest.bytes().take_while(|byte| matches!(byte, b' '..=b'~')).count();
        let (seen, other) = rest.split_at(plain);
        if !seen.is_empty() {
            kept.push_str(seen);
            (run, flag_tags) = (0, 0);
        }
        let mut chars = other.chars();
        let Some(c) = chars.next() else { break };
        rest = chars.as_str();
        let before = kept.chars().next_back();
        flag_tags = match c {
            '\u{1F3F4}' => 7, // black flag: up to five letters and the end tag follow (Scotland: gbsct)
            '\u{E0020}'..='\u{E007F}' if flag_tags > 0 => flag_tags - 1,
            _ => 0,
        };
        let visible = match c {
            '\n' | '\t' => Some(c),
            '\r' => (!rest.starts_with('\n')).then_some('\n'),
            '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
            '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' => None,
            '\u{200C}' | '\u{200D}' if joins(before, rest.chars().next()) => Some(c),
            '\u{AD}'
            | '\u{34F}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200D}'
            | '\u{2060}'..='\u{2064}'
            | '\u{FEFF}'
            | '\u{3164}' => {
                found.zero_width += 1;
                run += 1;
                None
            }
            '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                found.bidi += 1;
                found.overrides += usize::from(matches!(c, '\u{202D}' | '\u{202E}'));
                run += 1;
                None
            }
            '\u{E0000}'..='\u{E007F}' if kept.ends_with('\u{1F3F4}') || (flag_tags > 0 && is_tag(before)) => {
                Some(c)
            }
            '\u{E0000}'..='\u{E007F}' => {
                found.tags += 1;
                run += 1;
                None
            }
            _ => Some(c),
        };
        if let Some(visible) = visible {
            kept.push(visible);
            run = 0;
        }
        found.longest_run = found.longest_run.max(run);
    }
    (Cow::Owned(kept), found)
}

fn is_tag(c: Option<char>) -> bool {
    matches!(c, Some('\u{E0020}'..='\u{E007E}'))
}

/// Whether a joiner between these two has work to do: in an emoji, or in a script beyond Latin, Greek, Cyrillic.
fn joins(before: Option<char>, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return false };
    let emoji = |c: char| matches!(u32::from(c), 0x2190..=0x2BFF | 0x1F000..=0x1FAFF | 0xFE0F);
    let joining = |c: char| {
        c.is_alphanumeric() && matches!(u32::from(c), 0x0590..=0x1CFF)
            || matches!(u32::from(c), 0x0900..=0x0DFF)
    };
    (emoji(before) && emoji(after)) || (joining(before) && joining(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_handed_back_untouched() {
        let (kept, found) = strip("Plain café 🔥\n\ttext");
        assert_eq!(kept, "Plain café 🔥\n\ttext");
        assert!(!found.any());
    }

    #[test]
    fn invisible_characters_go_and_are_counted() {
        let (kept, found) = strip("a\u{200B}\u{200B}\u{FEFF}b\u{202E}c\u{E0041}\u{E0042}d\0\r\ne\rf");
        assert_eq!(kept, "abcd\ne\nf");
        assert_eq!(found, Hidden { zero_width: 3, longest_run: 3, bidi: 1, tags: 2, overrides: 1 });
    }

    #[test]
    fn joiners_that_writing_needs_stay() {
        for text in ["👩‍🚀", "می‌خواهم", "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}"]
        {
            let (kept, found) = strip(text);
            assert_eq!(kept, text);
            assert!(!found.any());
        }
    }

    #[test]
    fn a_flag_does_not_smuggle_a_message() {
        let smuggled: String = "🏴"
            .chars()
            .chain(('a'..='p').map(|c| char::from_u32(0xE0000 + u32::from(c)).unwrap()))
            .collect();
        assert!(strip(&smuggled).1.tags >= 9);
    }
}
