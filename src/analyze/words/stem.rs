//! Stems, remembered: a Snowball stemmer costs some 300 ns a word, a look-up a tenth of it.

use super::{ByHash, Word, hash};
use crate::analyze::language::Lang;
use rust_stemmers::{Algorithm, Stemmer};

/// Beyond this many distinct words the memory starts anew, so that a long run stays within some 30 MB.
const MAX_REMEMBERED: usize = 1 << 20;

/// Stems words of one language and remembers them.
pub struct Stems {
    stemmer: Option<Stemmer>,
    remembered: ByHash<u64>,
}

impl std::fmt::Debug for Stems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stems").field("remembered", &self.remembered.len()).finish_non_exhaustive()
    }
}

impl Stems {
    /// A stemmer for `lang`; a language without one keeps its words as they are.
    pub fn new(lang: Lang) -> Self {
        let algorithm = match lang.as_str() {
            "ar" => Some(Algorithm::Arabic),
            "de" => Some(Algorithm::German),
            "en" => Some(Algorithm::English),
            "es" => Some(Algorithm::Spanish),
            "fr" => Some(Algorithm::French),
            "it" => Some(Algorithm::Italian),
            "nl" => Some(Algorithm::Dutch),
            "pt" => Some(Algorithm::Portuguese),
            "ru" => Some(Algorithm::Russian),
            "sv" => Some(Algorithm::Swedish),
            "tr" => Some(Algorithm::Turkish),
            _ => None,
        };
        Self { stemmer: algorithm.map(Stemmer::create), remembered: ByHash::default() }
    }

    /// The stem of a folded word.
    pub fn stem<'a>(&self, word: &'a str) -> std::borrow::Cow<'a, str> {
        match &self.stemmer {
            Some(stemmer) => stemmer.stem(word),
            None => word.into(),
        }
    }

    /// The stable hash of the stem of `word`.
    pub fn stem_hash(&mut self, word: Word<'_>) -> u64 {
        let Some(stemmer) = &self.stemmer else { return word.hash };
        if let Some(known) = self.remembered.get(&word.hash) {
            return *known;
        }
        if self.remembered.len() >= MAX_REMEMBERED {
            self.remembered.clear();
        }
        let result = hash(&stemmer.stem(word.text));
        self.remembered.insert(word.hash, result);
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::words::Words;

    #[test]
    fn inflections_share_a_stem_in_their_own_language() {
        let mut english = Stems::new(Lang::EN);
        let words = Words::of("launches launched");
        let hashes: Vec<u64> = words.iter().map(|word| english.stem_hash(word)).collect();
        assert_eq!(hashes, [hash("launch"), hash("launch")]);
        assert_eq!(Stems::new(Lang::DE).stem("häuser"), Stems::new(Lang::DE).stem("haus"));
    }

    #[test]
    fn an_unknown_language_keeps_its_words() {
        let words = Words::of("launches");
        assert_eq!(Stems::new(Lang::UND).stem_hash(words.get(0).unwrap()), hash("launches"));
    }
}
