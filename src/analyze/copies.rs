//! Copies: the same text again, exactly or nearly.
//!
//! Exact copies share a hash of their letters and digits. Near copies share most of their three-word runs: a one-permutation MinHash (Li,
//! Owen & Zhang 2012) with rotation to fill empty bins (Shrivastava & Li 2014) keeps eight bits for each of 128 bins, so
//! two fingerprints tell the Jaccard similarity to about ±.04. Bands of five bins are the keys of the index.
//! Texts that pass on another's words, whole or in part, are [`said`]'s.

pub mod said;

use super::words::{BARE, Words, mix, pair};
use sha2::{Digest, Sha256};

/// Name and version of the fingerprint, stored beside it: two are comparable only if these are equal.
pub const ALGORITHM: &str = "oph128x8-w3-v1";
/// From this similarity on two texts are near copies.
pub const NEAR_COPY: f64 = 0.7;
/// Texts with fewer words are compared exactly only: "thank you so much" is nobody's copy.
pub const MIN_WORDS: usize = 8;

const BINS: usize = 128;
const SHINGLE: usize = 3;
/// Five bins a band find a pair of similarity .7 with 99 % and one of .3 with 6 %.
const ROWS: usize = 5;

/// Equal for texts with the same letters and digits in the same order, whatever case, spaces and punctuation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExactHash(String);

impl ExactHash {
    /// The hash of `text`: the first 128 bits of SHA-256 as hex. `None` for a text without letters and digits.
    pub fn of(text: &str) -> Option<Self> {
        let normal = letters(text);
        if normal.is_empty() {
            return None;
        }
        let digest = Sha256::digest(normal);
        Some(Self(hex(digest.get(..16)?)))
    }

    /// 32 lowercase hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The letters and digits of a text, in lower case.
fn letters(text: &str) -> String {
    let mut letters: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        let (ascii, other) = rest.split_at(rest.bytes().take_while(u8::is_ascii).count());
        // Every byte is written, and the next one over it if it is none of them: nothing is guessed byte by byte.
        let mut end = letters.len();
        letters.resize(end + ascii.len(), 0);
        for byte in ascii.bytes() {
            let bare = BARE[usize::from(byte)];
            letters[end] = bare;
            end += usize::from(bare != 0);
        }
        letters.truncate(end);
        let mut chars = other.chars();
        let Some(c) = chars.next() else { break };
        for lower in c.to_lowercase().filter(|_| c.is_alphanumeric()) {
            letters.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
        }
        rest = chars.as_str();
    }
    String::from_utf8(letters).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or('0');
    let mut hex = String::with_capacity(bytes.len() * 2);
    hex.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    hex
}

/// What a text's three-word runs look like, in 128 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; BINS]);

impl Fingerprint {
    /// The fingerprint of a text with at least [`MIN_WORDS`] words.
    pub fn of(words: &Words) -> Option<Self> {
        if words.len() < MIN_WORDS {
            return None;
        }
        let mut least = [u64::MAX; BINS];
        let (mut first, mut second) = (0, 0);
        for (at, third) in words.hashes().enumerate() {
            if at + 1 >= SHINGLE {
                let shingle = pair(pair(first, second), third);
                // The top bits choose the bin, the rest compete in it.
                let bin = usize::try_from(shingle >> (64 - BINS.ilog2())).unwrap_or(0);
                let value = shingle & (u64::MAX >> BINS.ilog2());
                least[bin] = least[bin].min(value);
            }
            (first, second) = (second, third);
        }
        Some(Self(densified(&least)))
    }

    /// 256 lowercase hex digits.
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// Reads back [`Fingerprint::to_hex`].
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != BINS * 2 {
            return None;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
        let mut bins = [0; BINS];
        for (bin, two) in bins.iter_mut().zip(digits.chunks_exact(2)) {
            *bin = (digit(two[0])? << 4) | digit(two[1])?;
        }
        Some(Self(bins))
    }
}

/// An empty bin borrows from the next full one to its right, marked with the distance, so that two texts with the
/// same gaps agree and others do not.
fn densified(least: &[u64; BINS]) -> [u8; BINS] {
    let is_full = |(_, value): &(usize, u64)| *value != u64::MAX;
    // From right to left the next full bin is known. That of the last ones is the first of all, beyond the end.
    let mut next = (0..).zip(*least).find(is_full).map(|(at, value)| (at + BINS, value));
    let mut bins = [0; BINS];
    for (at, (bin, value)) in bins.iter_mut().zip(*least).enumerate().rev() {
        next = Some((at, value)).filter(is_full).or(next);
        let (full, value) = next.unwrap_or((at, 0));
        let marked = mix(value ^ mix((full - at) as u64));
        *bin = marked.to_le_bytes()[0];
    }
    bins
}

/// The estimated share of common three-word runs (Jaccard), 0 to 1.
pub fn similarity(a: &Fingerprint, b: &Fingerprint) -> f64 {
    let same = a.0.iter().zip(&b.0).filter(|(a, b)| a == b).count();
    // Two different bins look alike once in 256.
    let by_chance = 1.0 / 256.0;
    ((same as f64 / BINS as f64 - by_chance) / (1.0 - by_chance)).max(0.0)
}

/// The index keys of a fingerprint: texts that share at least one are worth comparing. A key appears once.
pub fn bands(fingerprint: &Fingerprint) -> impl Iterator<Item = u64> {
    fingerprint.0.chunks_exact(ROWS).zip(1_u64..).map(|(bins, band)| {
        let bins = bins.iter().fold(0_u64, |bins, bin| bins << 8 | u64::from(*bin));
        mix(bins ^ mix(band))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn print(text: &str) -> Fingerprint {
        Fingerprint::of(&Words::of(text)).unwrap()
    }

    fn numbered(range: std::ops::Range<u32>) -> String {
        range.map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn exact_copies_differ_in_looks_only() {
        let hash = ExactHash::of("The ferry is BACK!").unwrap();
        assert_eq!(ExactHash::of("the ferry… is back"), Some(hash.clone()));
        assert_ne!(ExactHash::of("The ferries are back"), Some(hash.clone()));
        assert_eq!(hash.as_str().len(), 32);
        assert_eq!(ExactHash::of("🚢!!"), None);
    }

    #[test]
    fn a_changed_word_leaves_a_near_copy_and_another_text_none() {
        let long = numbered(0..80);
        let changed = long.replace("word40 ", "changed ");
        assert!(similarity(&print(&long), &print(&changed)) > NEAR_COPY);
        assert!(similarity(&print(&long), &print(&numbered(100..180))) < 0.1);
        assert!((similarity(&print(&long), &print(&long)) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn near_copies_meet_in_a_band_and_strangers_do_not() {
        let (a, b, c) = (print(&numbered(0..60)), print(&numbered(4..64)), print(&numbered(100..160)));
        let meet = |x: &Fingerprint, y: &Fingerprint| bands(x).any(|key| bands(y).any(|other| other == key));
        assert!(meet(&a, &b));
        assert!(!meet(&a, &c));
        assert_eq!(bands(&a).count(), BINS / ROWS);
    }

    #[test]
    fn a_short_text_has_no_fingerprint() {
        assert_eq!(Fingerprint::of(&Words::of("thank you so much for all this")), None);
    }

    proptest! {
        #[test]
        fn hex_is_read_back(seed in 0..10_000_u32) {
            let fingerprint = print(&numbered(seed..seed + 20));
            prop_assert_eq!(Fingerprint::from_hex(&fingerprint.to_hex()), Some(fingerprint));
        }

        #[test]
        fn the_estimate_is_near_the_true_share(shift in 1..60_u32) {
            // Runs n..n+200 and n+shift..n+shift+200 share 198 − shift of 198 + shift shingles.
            let truth = f64::from(198 - shift) / f64::from(198 + shift);
            let estimate = similarity(&print(&numbered(0..200)), &print(&numbered(shift..shift + 200)));
            prop_assert!((estimate - truth).abs() < 0.2, "{estimate} for {truth}");
        }
    }

    #[test]
    fn junk_is_no_fingerprint() {
        assert_eq!(Fingerprint::from_hex("zz"), None);
        assert_eq!(Fingerprint::from_hex(&"g".repeat(256)), None);
    }
}
