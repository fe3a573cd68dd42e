//! Words and stems as the writer sees them.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation as _;

use super::lexicon_en;
use crate::model::Mentioned;

/// A word of a text: where it stands and its lower-cased form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::write) struct Token<'a> {
    /// As written.
    pub(in crate::write) surface: &'a str,
    /// Lower case, `’` folded to `'`.
    pub(in crate::write) lower: String,
    /// First byte.
    pub(in crate::write) start: usize,
    /// One past the last byte.
    pub(in crate::write) end: usize,
}

/// The words of a text in order.
pub(in crate::write) fn tokens(text: &str) -> Vec<Token<'_>> {
    text.unicode_word_indices()
        .map(|(start, surface)| Token { surface, lower: lower(surface), start, end: start + surface.len() })
        .collect()
}

/// Lower-cased words in order.
pub(in crate::write) fn words(text: &str) -> Vec<String> {
    text.unicode_words().map(lower).collect()
}

fn lower(word: &str) -> String {
    let lower = word.to_lowercase();
    if lower.contains('’') { lower.replace('’', "'") } else { lower }
}

/// Whether a lower-cased word carries no content.
pub(in crate::write) fn is_stop(lower: &str) -> bool {
    static STOP: LazyLock<HashSet<&str>> = LazyLock::new(|| lexicon_en::STOP.iter().copied().collect());
    STOP.contains(lower) || lower.chars().count() < 2 && !lower.chars().all(char::is_numeric)
}

/// The stem of a lower-cased word; a word with a digit is its own stem.
pub(in crate::write) fn stem(lower: &str) -> String {
    let bare = lower.strip_suffix("'s").unwrap_or(lower);
    if bare.chars().any(char::is_numeric) {
        return bare.to_owned();
    }
    // The same words come again and again.
    thread_local! {
        static KNOWN: RefCell<HashMap<Box<str>, Box<str>>> = RefCell::default();
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some(stem) = known.get(bare) {
            return stem.to_string();
        }
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        let stem = Stemmer::create(Algorithm::English).stem(bare).into_owned();
        known.insert(bare.into(), stem.clone().into());
        stem
    })
}

/// Stems that are remembered.
const MOST_KNOWN: usize = 50_000;

/// Stems of the content words of a text.
pub(in crate::write) fn content_stems(text: &str) -> BTreeSet<String> {
    words(text).iter().filter(|w| !is_stop(w)).map(|w| stem(w)).collect()
}

/// Whether all of these are stems of content words of the text.
pub(in crate::write) fn has_stems(text: &str, stems: &BTreeSet<String>) -> bool {
    let mut missing: Vec<&str> = stems.iter().map(String::as_str).collect();
    for word in text.unicode_words() {
        if missing.is_empty() {
            break;
        }
        // A stem begins as its word does: most words need no stem.
        let first = word.chars().flat_map(char::to_lowercase).next();
        if missing.iter().any(|stem| stem.chars().next() == first) {
            let word = lower(word);
            if !is_stop(&word) {
                let said = stem(&word);
                missing.retain(|stem| *stem != said);
            }
        }
    }
    missing.is_empty()
}

/// Share of the smaller set that both have; 0 when one is empty.
pub(in crate::write) fn overlap(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    let least = a.len().min(b.len());
    if least == 0 { 0.0 } else { a.intersection(b).count() as f64 / least as f64 }
}

/// Whether any of `list` is a word (or run of words) of the lower-cased text.
pub(in crate::write) fn has_any(text: &str, list: &[&str]) -> bool {
    let text = Mentioned::in_text(text);
    list.iter().any(|term| text.has(term))
}

/// Whether a text has a verb that makes a clause, in any of its forms.
pub(in crate::write) fn has_verb(text: &str) -> bool {
    words(text).iter().any(|w| is_verb(w))
}

/// Whether a lower-cased word is such a verb.
pub(in crate::write) fn is_verb(lower: &str) -> bool {
    static STEMS: LazyLock<BTreeSet<String>> =
        LazyLock::new(|| lexicon_en::VERB.iter().map(|w| stem(w)).collect());
    lexicon_en::VERB.contains(&lower) || STEMS.contains(&stem(lower))
}

/// Whether a title says something: it has a verb that can be nothing else. “A quick test” and “the release guide” do not.
pub(in crate::write) fn makes_a_point(title: &str) -> bool {
    words(title).iter().any(|w| {
        let form = lexicon_en::VERB.contains(&w.as_str()) || w.ends_with(['s', 'd']) && is_verb(w);
        form && !lexicon_en::NOUN_OR_VERB.contains(&w.as_str())
    })
}

/// Whether a text is told by those who made what it is about: “we are launching”, “our new ferry”, “introducing”. Who
/// announces is no member who says what they think of it.
pub(in crate::write) fn announces(text: &str) -> bool {
    const BETWEEN: &[&str] = &[
        "are",
        "have",
        "will",
        "just",
        "also",
        "recently",
        "today",
        "now",
        "finally",
        "so",
        "very",
        "excited",
        "thrilled",
        "proud",
        "delighted",
        "pleased",
        "happy",
        "to",
        "be",
    ];
    let list = words(text);
    let opens = match list.as_slice() {
        [first, ..] if first == "introducing" || first == "announcing" => true,
        [first, second, ..] if first == "just" => lexicon_en::ANNOUNCING.contains(&second.as_str()),
        _ => false,
    };
    opens
        || list.iter().enumerate().any(|(at, word)| {
            let rest = list.iter().skip(at + 1).map(String::as_str);
            match word.as_str() {
                // “our December upgrade”: what makers have is named soon.
                "our" => {
                    let next: Vec<&str> = rest.take(3).collect();
                    next.first().is_some_and(|w| lexicon_en::OUR_OWN.contains(w))
                        || next.iter().any(|w| ["upgrade", "release", "launch"].contains(w))
                }
                "we" | "we're" | "we've" | "we'll" => rest
                    .take(7)
                    .find(|w| !BETWEEN.contains(w))
                    .is_some_and(|w| lexicon_en::ANNOUNCING.contains(&w)),
                _ => false,
            }
        })
}

/// Whether a text tells that somebody did something, or that something came.
pub(in crate::write) fn tells_a_deed(text: &str) -> bool {
    static DEEDS: LazyLock<Vec<&str>> = LazyLock::new(|| {
        lexicon_en::HAPPENED.iter().filter(|verb| !lexicon_en::BEING.contains(verb)).copied().collect()
    });
    has_any(text, &DEEDS)
}

/// How many of `list` are words of the text.
pub(in crate::write) fn count_any(text: &str, list: &[&str]) -> usize {
    let text = Mentioned::in_text(text);
    list.iter().filter(|term| text.has(term)).count()
}

/// Whether a text begins with a word that points at something said before: `this`, `but`, `without that`.
pub(in crate::write) fn dangles(text: &str) -> bool {
    const OBJECTS: [&str; 6] = ["that", "this", "these", "those", "them", "it"];
    let list: Vec<String> = first_words(text).collect();
    let word = |at: usize| list.get(at).map_or("", String::as_str);
    lexicon_en::POINTING.contains(&word(0))
        || lexicon_en::BEFORE_POINTING.contains(&word(0)) && OBJECTS.contains(&word(1))
}

/// Whether a text begins with what only the sentence before can explain; more than what [`dangles`].
pub(in crate::write) fn leans(text: &str) -> bool {
    let mut first = first_words(text);
    let pointed = first.next().is_some_and(|word| word == "the")
        && first.next().is_some_and(|word| lexicon_en::POINTED_AT.contains(&word.as_str()));
    pointed
        || has_any(text, &["a different case", "tho"])
        || text.starts_with("At the same time")
        || first_words(text).next().is_some_and(|word| word == "specifically")
        || first_words(text).next().is_some_and(|word| word == "today's")
        || dangles(text)
        || points_back(text)
        || first_words(text).next().is_some_and(|word| lexicon_en::LEANING.contains(&word.as_str()))
}

/// Whether a text opens with somebody's words and says who said them: what they point at is theirs.
pub(in crate::write) fn is_speech(text: &str) -> bool {
    text.starts_with(['“', '"'])
        && text
            .rsplit_once(['”', '"'])
            .is_some_and(|(_, who)| has_any(who, &["said", "says", "wrote", "told"]))
}

/// “Most of these features”, “In this release”: what is pointed at was told before.
pub(in crate::write) fn points_back(text: &str) -> bool {
    const WHEN: [&str; 8] = ["week", "month", "year", "morning", "time", "summer", "winter", "is"];
    let list: Vec<String> = text.unicode_words().take(5).map(lower).collect();
    list.windows(2).take(4).skip(1).any(|pair| match pair {
        [word, next] => match word.as_str() {
            "these" | "those" => true,
            "this" => !WHEN.contains(&next.as_str()),
            _ => false,
        },
        _ => false,
    })
}

fn first_words(text: &str) -> impl Iterator<Item = String> {
    text.unicode_words().take(2).map(lower)
}

#[cfg(test)]
mod tests {
    use super::{announces, content_stems, has_stems, points_back};

    #[test]
    fn a_text_has_the_stems_of_its_content_words() {
        let label = content_stems("Night ferries to Ångström's Yard");
        for (text, told) in [
            ("The yard of ÅNGSTRÖM: no ferry at night", true),
            ("Nights, yards, ferrying, Ångström’s", true),
            ("Night ferries to the yard", false),
            ("", false),
        ] {
            assert_eq!(has_stems(text, &label), told, "{text}");
            assert_eq!(label.is_subset(&content_stems(text)), told, "{text}");
        }
        for word in ["skies", "dying", "happily", "news", "yearly", "can't", "gpt5.2", "ångströms"] {
            assert_eq!(super::stem(word).chars().next(), word.chars().next(), "{word}");
        }
    }

    #[test]
    fn makers_announce_and_members_tell() {
        for text in [
            "Introducing the Coastline Night Train",
            "We’re launching a sleeper to the coast",
            "Today we are releasing the timetable, and our new cars",
            "We have just released the fares",
        ] {
            assert!(announces(text), "{text}");
        }
        for text in ["We took the night train", "Our cabin was cold", "They are launching a sleeper"] {
            assert!(!announces(text), "{text}");
        }
    }

    #[test]
    fn what_points_at_something_told_before_is_known_by_it() {
        for text in [
            "Most of these trains run in the summer only.",
            "In this timetable, the night train stops twice.",
            "Some of those who rode it were cold.",
        ] {
            assert!(points_back(text), "{text}");
        }
        for text in ["The night train this summer runs twice.", "Riders of the night train were cold."] {
            assert!(!points_back(text), "{text}");
        }
    }
}
