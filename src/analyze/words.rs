//! Words: the one segmentation that all later stages share.
//!
//! A word is a UAX #29 word with a letter or digit in it, lower-cased, with `’` folded to `'`. Its hash is stable
//! across runs, machines and releases, because fingerprints and document frequencies are stored by it:
//! FNV-1a (64 bit) over the folded UTF-8 bytes, then the finaliser of SplitMix64, since plain FNV leaves the
//! high bits of short words poor.

mod segment;
mod stem;
mod stop;

use std::sync::LazyLock;

use super::span::Span;
pub use stem::Stems;
pub use stop::is_stop;

/// One word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// Lower case, `’` folded to `'`.
    pub text: &'a str,
    /// Where it stands in the text that was segmented.
    pub span: Span,
    /// Stable hash of `text`, see [`hash`].
    pub hash: u64,
}

impl Word<'_> {
    /// The same word of a text that has `by` bytes before.
    #[must_use]
    pub fn moved(self, by: usize) -> Self {
        Self { span: Span::new(self.span.start + by, self.span.end + by), ..self }
    }
}

#[derive(Clone, Copy, Debug)]
struct Token {
    start: u32,
    end: u32,
    lower_start: u32,
    lower_end: u32,
    hash: u64,
}

/// The words of one text, in order. Segmenting allocates twice, whatever the length.
#[derive(Clone, Debug, Default)]
pub struct Words {
    lower: String,
    tokens: Vec<Token>,
}

impl Words {
    /// Segments `text`. Beyond 4 GiB nothing is read (texts are capped at 64 KiB long before).
    pub fn of(text: &str) -> Self {
        let mut words =
            Self { lower: String::with_capacity(text.len()), tokens: Vec::with_capacity(text.len() / 5) };
        segment::each_word(text, |start, word| words.push(start, word));
        words
    }

    fn push(&mut self, start: usize, word: &str) {
        let lower_start = self.lower.len();
        if word.is_ascii() {
            self.lower.push_str(word);
            if let Some(lower) = self.lower.get_mut(lower_start..) {
                lower.make_ascii_lowercase();
            }
        } else {
            for c in word.chars() {
                match c {
                    '’' => self.lower.push('\''),
                    _ => self.lower.extend(c.to_lowercase()),
                }
            }
        }
        let hash = hash(self.lower.get(lower_start..).unwrap_or_default());
        let Ok(end) = u32::try_from(start + word.len()) else { return };
        let Ok(lower_end) = u32::try_from(self.lower.len()) else { return };
        self.tokens.push(Token {
            start: end - u32::try_from(word.len()).unwrap_or(0),
            end,
            lower_start: u32::try_from(lower_start).unwrap_or(lower_end),
            lower_end,
            hash,
        });
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there is no word at all.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The word at position `index`.
    pub fn get(&self, index: usize) -> Option<Word<'_>> {
        self.tokens.get(index).map(|token| self.word(token))
    }

    /// All words in reading order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Word<'_>> + ExactSizeIterator + Clone {
        self.tokens.iter().map(|token| self.word(token))
    }

    /// The hashes alone, in reading order.
    pub fn hashes(&self) -> impl ExactSizeIterator<Item = u64> + Clone + '_ {
        self.tokens.iter().map(|token| token.hash)
    }

    fn word(&self, token: &Token) -> Word<'_> {
        Word {
            text: self.lower.get(token.lower_start as usize..token.lower_end as usize).unwrap_or_default(),
            span: Span::new(token.start as usize, token.end as usize),
            hash: token.hash,
        }
    }
}

/// The stable hash of one folded word: FNV-1a 64, then SplitMix64's finaliser.
pub fn hash(word: &str) -> u64 {
    mix(word.bytes().fold(FNV_BASIS, fnv))
}

/// The [`hash`] of a word as [`Words`] folds it, for most words without making the folded string.
pub fn hash_folded(word: &str) -> u64 {
    if word.is_ascii() {
        return mix(word.bytes().fold(FNV_BASIS, |state, byte| fnv(state, byte.to_ascii_lowercase())));
    }
    hash(&word.replace('’', "'").to_lowercase())
}

/// An ASCII letter or digit in lower case; 0 of every other byte.
pub(super) const BARE: [u8; 256] = {
    let mut bare = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            bare[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    bare
};

/// Where FNV-1a begins.
pub(super) const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// One byte more.
#[inline]
pub(super) fn fnv(state: u64, byte: u8) -> u64 {
    (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
}

/// SplitMix64's finaliser: every input bit reaches every output bit.
pub fn mix(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// The hash of two neighbours; order matters.
pub fn pair(first: u64, second: u64) -> u64 {
    mix(first.rotate_left(23).wrapping_add(0x9e37_79b9_7f4a_7c15) ^ second)
}

/// The bigrams of a list of word (or stem) hashes, in order: `n − 1` of them.
pub fn bigrams(hashes: &[u64]) -> impl ExactSizeIterator<Item = u64> + '_ {
    hashes.windows(2).map(|two| match two {
        [first, second] => pair(*first, *second),
        _ => 0, // windows(2) only yields pairs
    })
}

/// Months and days of the week, English and German, but for those that are other words, too (May).
static CALENDAR: LazyLock<WordSet> = LazyLock::new(|| {
    "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag sonntag \
     january february march april june july august september october november december \
     januar februar märz juni juli oktober dezember"
        .split(' ')
        .map(hash)
        .collect()
});

/// Whether the word with this hash is a month or a day of the week and nothing else.
pub(crate) fn is_calendar(word: u64) -> bool {
    CALENDAR.contains(&word)
}

/// A hasher for keys that are already well-mixed hashes of 64 bits, or halves of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct HashedKey(u64);

impl std::hash::Hasher for HashedKey {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = mix(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u32(&mut self, value: u32) {
        // Tables look at either end.
        self.0 = u64::from(value) << 32 | u64::from(value);
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// A map from a word's hash; only for look-ups, never iterated into output.
pub type ByHash<V> = std::collections::HashMap<u64, V, std::hash::BuildHasherDefault<HashedKey>>;

/// A set of words by their hashes.
pub type WordSet = std::collections::HashSet<u64, std::hash::BuildHasherDefault<HashedKey>>;

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        Words::of(text).iter().map(|word| word.text.to_owned()).collect()
    }

    #[test]
    fn words_are_lower_case_and_keep_their_place() {
        let text = "The Ferry’s 3.5 km of Tramlines, ÄRGER!";
        assert_eq!(texts(text), ["the", "ferry's", "3.5", "km", "of", "tramlines", "ärger"]);
        let words = Words::of(text);
        assert_eq!(words.get(1).unwrap().span.of(text), "Ferry’s");
        assert_eq!(words.get(6).unwrap().span.of(text), "ÄRGER");
    }

    #[test]
    fn curly_and_straight_apostrophes_are_one_word() {
        assert_eq!(Words::of("don’t").get(0).unwrap().hash, Words::of("DON'T").get(0).unwrap().hash);
    }

    #[test]
    fn a_word_is_folded_the_same_with_and_without_a_string() {
        for word in ["Ferry", "O’Quay", "ÄRGER", "FERRY-5.2", "", "İstanbul"] {
            let folded = word.replace('’', "'").to_lowercase();
            assert_eq!(hash_folded(word), hash(&folded), "{word}");
        }
        assert_eq!(Words::of("Ferry’s").get(0).unwrap().hash, hash_folded("FERRY'S"));
    }

    #[test]
    fn the_hash_is_pinned_because_it_is_stored() {
        assert_eq!(hash(""), 0xf52a_15e9_a9b5_e89b);
        assert_eq!(hash("harbour"), hash("harbour"));
        assert_ne!(hash("harbour"), hash("harbours"));
    }

    #[test]
    fn bigrams_know_their_order() {
        let (a, b) = (hash("night"), hash("train"));
        assert_ne!(pair(a, b), pair(b, a));
        assert_eq!(bigrams(&[a, b, a]).collect::<Vec<_>>(), [pair(a, b), pair(b, a)]);
        assert_eq!(bigrams(&[a]).len(), 0);
    }
}
