//! A stretch of a text, in bytes.

/// Bytes `start..end` of a text. Both ends lie on character borders of the text it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The span from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// How many bytes it covers.
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether it covers nothing.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether the two share at least one byte.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The text it covers; empty if it does not fit `text`, so that a span of another text cannot panic.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// The same stretch without white space at either end.
    #[must_use]
    pub fn trimmed(self, text: &str) -> Self {
        let inner = self.of(text);
        let start = self.start + (inner.len() - inner.trim_start().len());
        Self { start, end: start + inner.trim().len() }
    }
}

/// The longest head of `text` of at most `max` bytes that ends on a character border.
pub fn head(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_of_another_text_is_empty_and_does_not_panic() {
        assert_eq!(Span::new(1, 2).of("äöü"), "");
        assert_eq!(Span::new(0, 2).of("äöü"), "ä");
        assert_eq!(Span::new(4, 90).of("abc"), "");
    }

    #[test]
    fn trimming_moves_both_ends() {
        let text = "one  two  ";
        assert_eq!(Span::new(3, 10).trimmed(text), Span::new(5, 8));
    }

    #[test]
    fn a_head_ends_on_a_character_border() {
        assert_eq!(head("aä", 2), "a");
        assert_eq!(head("aä", 9), "aä");
    }
}
