//! Splitting: at a sentence if one can, else at a word, and inside a word only if the word alone is too long.

use unicode_segmentation::UnicodeSegmentation as _;

use super::{Limit, Size};

/// Splits a text into parts that fit.
///
/// Parts are neighbouring slices: joined they are the text. White space at the end of a part is not counted, since
/// whoever sends a part trims it. `size` measures a slice as it will be sent (escaped, say) and must not measure a
/// whole as more than its pieces together. Links, mentions and emoji hold no white space, so they are cut only when
/// longer than a whole part, and then between graphemes; only a single grapheme that is itself too long is cut
/// inside (a cleaned text has none).
pub fn split<'t>(text: &'t str, limit: Limit, size: &dyn Fn(&str) -> Size) -> Vec<&'t str> {
    let mut parts = Parts { text, limit, start: 0, end: 0, filled: Size::default(), out: Vec::new() };
    for sentence in sentences(text) {
        if limit.holds(size(sentence.trim_end())) {
            parts.push(sentence, size(sentence.trim_end()), size(sentence));
            continue;
        }
        for word in words(sentence) {
            if limit.holds(size(word.trim_end())) {
                parts.push(word, size(word.trim_end()), size(word));
                continue;
            }
            for grapheme in word.graphemes(true) {
                if limit.holds(size(grapheme)) {
                    parts.push(grapheme, size(grapheme.trim_end()), size(grapheme));
                    continue;
                }
                for c in grapheme.split_inclusive(|_: char| true) {
                    parts.push(c, size(c), size(c));
                }
            }
        }
    }
    parts.finish()
}

/// Sentences with the white space after them. The rules of Unicode also end one at the `?` of an address: only an end
/// with white space counts.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut end = 0;
        for bound in rest.split_sentence_bounds() {
            end += bound.len();
            if bound.ends_with(char::is_whitespace) {
                break;
            }
        }
        let (sentence, after) = rest.split_at_checked(end)?;
        rest = after;
        (!sentence.is_empty()).then_some(sentence)
    })
}

/// Words with the white space after them. A space that carries an accent is one grapheme and ends no word.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = rest
            .grapheme_indices(true)
            .find(|(_, g)| g.chars().all(char::is_whitespace))
            .map_or(rest.len(), |(at, g)| at + g.len());
        let (word, after) = rest.split_at_checked(end)?;
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

struct Parts<'t> {
    text: &'t str,
    limit: Limit,
    start: usize,
    end: usize,
    filled: Size,
    out: Vec<&'t str>,
}

impl Parts<'_> {
    /// Takes the next piece: `bare` is its size without trailing white space, `full` with it.
    fn push(&mut self, piece: &str, bare: Size, full: Size) {
        if self.end > self.start && !self.limit.holds(self.filled + bare) {
            self.cut();
        }
        self.end += piece.len();
        self.filled = self.filled + full;
    }

    fn cut(&mut self) {
        self.out.extend(self.text.get(self.start..self.end).filter(|part| !part.is_empty()));
        self.start = self.end;
        self.filled = Size::default();
    }
}

impl<'t> Parts<'t> {
    fn finish(mut self) -> Vec<&'t str> {
        self.cut();
        self.out
    }
}

/// Shortens a text to fit, at a word, with an ellipsis; a text that fits is returned as it is.
pub fn shorten(text: &str, limit: Limit, size: &dyn Fn(&str) -> Size) -> String {
    if limit.holds(size(text)) {
        return text.to_owned();
    }
    let first = split(text, limit.less(1), size).first().copied().unwrap_or_default();
    // `split` prefers the end of a sentence; here as many whole words as fit are better.
    let mut taken = String::new();
    for word in words(text) {
        let longer = format!("{taken}{word}");
        if !limit.less(1).holds(size(without_tail(&longer))) {
            break;
        }
        taken = longer;
    }
    let kept = if taken.trim().is_empty() { first } else { &taken };
    format!("{}…", without_tail(kept))
}

/// Without what looks wrong before an ellipsis.
fn without_tail(text: &str) -> &str {
    text.trim_end().trim_end_matches([',', ';', ':', '–', '—']).trim_end()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by(limit: Limit) -> impl Fn(&str) -> Size {
        move |text: &str| limit.size(text)
    }

    #[test]
    fn a_sentence_is_kept_whole_where_it_can_be() {
        let limit = Limit::discord(24);
        let parts = split("The ferry is late. The night train left.", limit, &by(limit));
        assert_eq!(parts, ["The ferry is late. ", "The night train left."]);
    }

    #[test]
    fn a_long_sentence_breaks_between_words_and_keeps_links_whole() {
        let limit = Limit::discord(30);
        let parts =
            split("Look at https://a.example/b/c?d=e now and tell @ana_w 👩‍🚀 about it", limit, &by(limit));
        assert_eq!(parts, ["Look at ", "https://a.example/b/c?d=e now ", "and tell @ana_w 👩‍🚀 about it"]);
    }

    #[test]
    fn shortening_ends_at_a_word() {
        let limit = Limit::discord(20);
        assert_eq!(shorten("Night trains return, at last", limit, &by(limit)), "Night trains return…");
        assert_eq!(shorten("Short enough", limit, &by(limit)), "Short enough");
        assert_eq!(shorten(&"x".repeat(50), limit, &by(limit)), format!("{}…", "x".repeat(19)));
    }

    const ANY: &str =
        "(\\PC|[a-z]{1,40}|[ .!?]{1,3}|👨‍👩‍👧‍👦|🏴‍☠️|e\u{0301}|שלום|漢字|https://a\\.example/[a-z]{1,30}){0,60}";

    proptest! {
        #[test]
        fn every_part_fits_and_rejoining_gives_the_text(text in ANY, max in 12_usize..80) {
            for limit in [Limit::discord(max), Limit::BLUESKY_POST.less(300 - max)] {
                let parts = split(&text, limit, &by(limit));
                prop_assert_eq!(parts.concat(), text.as_str());
                for part in &parts {
                    prop_assert!(limit.fits(part.trim_end()), "{:?}", part);
                }
                let short = shorten(&text, limit, &by(limit));
                prop_assert!(limit.fits(&short), "{:?}", short);
            }
        }

        #[test]
        fn no_grapheme_is_cut(text in ANY, max in 24_usize..80) {
            let limit = Limit::discord(max);
            let text = crate::publish::text::Clean::of(&text);
            prop_assume!(text.as_str().graphemes(true).all(|g| limit.fits(g)));
            let parts = split(text.as_str(), limit, &by(limit));
            let whole: Vec<&str> = text.as_str().graphemes(true).collect();
            let mut rejoined = Vec::new();
            for part in &parts {
                rejoined.extend(part.graphemes(true));
            }
            prop_assert_eq!(rejoined, whole);
        }
    }
}
