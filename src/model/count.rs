//! Counts are queries: each can be recomputed from the records of a brief.

use std::ops::Range;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{CountId, Platform};

text_enum! {
    /// What is counted.
    pub enum CountUnit: "count unit" {
        /// Distinct records: a copy group counts once.
        Records => "records",
        /// Distinct authors.
        Authors => "authors",
        /// Distinct places (subreddits, feeds, networks).
        Venues => "venues",
        /// Distinct platforms.
        Platforms => "platforms",
    }
}

text_enum! {
    /// Among which records of the brief.
    pub enum CountBase: "count base" {
        /// The story's members.
        Members => "members",
        /// Records on the same subject in the days before the story began.
        Earlier => "earlier",
    }
}

/// Which records of the base are counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CountFilter {
    /// All of them.
    All,
    /// Those whose text has this term as whole words, in any case.
    Mentions {
        /// The term.
        term: String,
    },
    /// Those said in one place.
    Venue {
        /// The place.
        venue: String,
    },
    /// Those of one platform.
    Platform {
        /// The platform.
        platform: Platform,
    },
    /// Those by publications.
    Publications,
    /// Those by members: everything that is neither a publication nor an official account.
    Members,
    /// Those published on one day, in the story's time zone.
    Day {
        /// The day.
        date: NaiveDate,
    },
}

/// A number with the query that made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Its id in the brief.
    pub id: CountId,
    /// What is counted.
    pub unit: CountUnit,
    /// Among which records.
    pub base: CountBase,
    /// Which of them.
    pub filter: CountFilter,
    /// The result.
    pub n: u64,
    /// The same unit over the whole base.
    pub of: u64,
}

/// Whether `text` has `term` as whole words, in any case.
///
/// A word border is any character that is neither alphanumeric nor an underscore, so `TERN-5` is found in
/// `tern-5.2` only if what follows is no letter or digit: the dot ends it. Plain and recountable by hand.
pub fn mentions(text: &str, term: &str) -> bool {
    has_term(&text.to_lowercase(), &term.to_lowercase())
}

fn has_term(text: &str, term: &str) -> bool {
    !term.is_empty()
        && text.match_indices(term).any(|(at, found)| {
            let before = text.get(..at).and_then(|s| s.chars().next_back());
            let after = text.get(at + found.len()..).and_then(|s| s.chars().next());
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A text that many terms are looked for in: what [`mentions`] says, folded once.
#[derive(Clone, Debug)]
pub struct Mentioned {
    lower: String,
    /// Where its words stand, in the order of the alphabet.
    words: Vec<Range<usize>>,
}

impl Mentioned {
    /// Folds a text.
    pub fn in_text(text: &str) -> Self {
        let lower = text.to_lowercase();
        let mut words = Vec::new();
        let mut from = None;
        for (at, c) in lower.char_indices() {
            match (is_word(c), from) {
                (true, None) => from = Some(at),
                (false, Some(start)) => {
                    words.push(start..at);
                    from = None;
                }
                (true, Some(_)) | (false, None) => {}
            }
        }
        words.extend(from.map(|start| start..lower.len()));
        words.sort_unstable_by(|a, b| lower.get(a.clone()).cmp(&lower.get(b.clone())));
        Self { lower, words }
    }

    /// Whether it has a lower-case term as whole words.
    pub fn has(&self, term: &str) -> bool {
        // Between two borders a term of one word is a word.
        if term.chars().all(is_word) {
            self.words.binary_search_by(|word| self.lower.get(word.clone()).cmp(&Some(term))).is_ok()
        } else {
            has_term(&self.lower, term)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Mentioned, mentions};

    proptest! {
        #[test]
        fn one_text_says_the_same_of_many_terms(text in "[ab_’' .é-]{0,12}", term in "[ab_' é]{0,3}") {
            prop_assert_eq!(Mentioned::in_text(&text).has(&term.to_lowercase()), mentions(&text, &term));
        }
    }

    #[test]
    fn a_term_is_found_as_whole_words_only() {
        assert!(mentions("The Night Train is back", "night train"));
        assert!(!mentions("The night trainer", "night train"));
        assert!(!mentions("anything", ""));
        assert!(mentions("İstanbul ferry", "ferry"));
    }
}
