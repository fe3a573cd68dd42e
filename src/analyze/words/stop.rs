//! Words that say nothing of the subject, per language.

use super::{WordSet as Set, hash};
use crate::analyze::language::Lang;
use std::sync::LazyLock;

fn set(list: &str) -> Set {
    list.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace).map(hash).collect()
}

static ENGLISH: LazyLock<Set> = LazyLock::new(|| set(include_str!("../lexicon/stop_en.txt")));
static GERMAN: LazyLock<Set> = LazyLock::new(|| set(include_str!("../lexicon/stop_de.txt")));
static SPANISH: LazyLock<Set> = LazyLock::new(|| set(include_str!("../lexicon/stop_es.txt")));
static FRENCH: LazyLock<Set> = LazyLock::new(|| set(include_str!("../lexicon/stop_fr.txt")));

/// Whether the word with this hash is a stop word of `lang`; in a language without a list none is.
pub fn is_stop(lang: Lang, word: u64) -> bool {
    let list = match lang.as_str() {
        "en" => &ENGLISH,
        "de" => &GERMAN,
        "es" => &SPANISH,
        "fr" => &FRENCH,
        _ => return false,
    };
    list.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_its_own_list() {
        assert!(is_stop(Lang::EN, hash("the")));
        assert!(is_stop(Lang::EN, hash("don't")));
        assert!(is_stop(Lang::DE, hash("über")));
        assert!(is_stop(Lang::ES, hash("está")));
        assert!(is_stop(Lang::FR, hash("être")));
        assert!(!is_stop(Lang::DE, hash("the")));
        assert!(!is_stop(Lang::UND, hash("the")));
        assert!(!is_stop(Lang::EN, hash("harbour")));
    }
}
