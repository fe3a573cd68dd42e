//! How long a text is, in the units of who takes it.

use std::ops::Add;

use unicode_segmentation::UnicodeSegmentation as _;

/// What a platform counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// UTF-16 code units: never fewer than characters, so text that fits by these fits by either reading of
    /// Discord's “characters”.
    Utf16,
    /// What a reader sees as one character (Bluesky).
    Graphemes,
}

/// A measured length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// In the platform's unit.
    pub units: usize,
    /// In UTF-8 bytes.
    pub bytes: usize,
}

impl Add for Size {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { units: self.units + other.units, bytes: self.bytes + other.bytes }
    }
}

/// The most that a text may measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    unit: Unit,
    max: Size,
}

impl Limit {
    /// A Bluesky post: 300 graphemes and 3,000 bytes (lexicon `app.bsky.feed.post`).
    pub const BLUESKY_POST: Self = Self { unit: Unit::Graphemes, max: Size { units: 300, bytes: 3_000 } };

    /// What a Bluesky account says of itself: 256 graphemes and 2,560 bytes (lexicon `app.bsky.actor.profile`).
    pub const BLUESKY_DESCRIPTION: Self =
        Self { unit: Unit::Graphemes, max: Size { units: 256, bytes: 2_560 } };

    /// So many characters as Discord counts them.
    pub const fn discord(max: usize) -> Self {
        // UTF-8 takes at most three bytes per UTF-16 unit, so the byte side never binds.
        Self { unit: Unit::Utf16, max: Size { units: max, bytes: usize::MAX } }
    }

    /// The same limit with room left for `units` (of at most three bytes each).
    #[must_use]
    pub const fn less(self, units: usize) -> Self {
        let max = Size {
            units: self.max.units.saturating_sub(units),
            bytes: self.max.bytes.saturating_sub(units.saturating_mul(3)),
        };
        Self { max, ..self }
    }

    /// The same limit with room left for something of this size.
    #[must_use]
    pub fn without(self, taken: Size) -> Self {
        let max = Size {
            units: self.max.units.saturating_sub(taken.units),
            bytes: self.max.bytes.saturating_sub(taken.bytes),
        };
        Self { max, ..self }
    }

    /// How long a text is.
    pub fn size(self, text: &str) -> Size {
        let units = match self.unit {
            Unit::Utf16 => text.encode_utf16().count(),
            Unit::Graphemes => text.graphemes(true).count(),
        };
        Size { units, bytes: text.len() }
    }

    /// Whether so much fits.
    pub fn holds(self, size: Size) -> bool {
        size.units <= self.max.units && size.bytes <= self.max.bytes
    }

    /// Whether a text fits.
    pub fn fits(self, text: &str) -> bool {
        self.holds(self.size(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_count_differently() {
        let family = "👨‍👩‍👧‍👦";
        assert_eq!(Limit::discord(10).size(family).units, 11);
        assert_eq!(Limit::BLUESKY_POST.size(family), Size { units: 1, bytes: 25 });
        assert!(Limit::BLUESKY_POST.fits(&"ä".repeat(300)));
        assert!(!Limit::BLUESKY_POST.fits(&"ä".repeat(301)));
        // 130 families are few graphemes and too many bytes.
        assert!(!Limit::BLUESKY_POST.fits(&family.repeat(130)));
    }
}
