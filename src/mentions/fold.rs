//! Words as they are compared: lower case, without accents, punctuation and what cannot be seen.

use crate::publish::text::Clean;

/// One word of a post, as it is compared and as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Lower case, no accents.
    pub(super) folded: String,
    /// Lower case.
    pub(super) plain: String,
}

/// One letter without its accent.
fn bare(c: char) -> &'static str {
    match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => "a",
        'ç' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' => "o",
        'ù' | 'ú' | 'û' | 'ü' => "u",
        'ý' | 'ÿ' => "y",
        'ß' => "ss",
        'œ' => "oe",
        'æ' => "ae",
        _ => "",
    }
}

/// A combining accent, as some keyboards send them.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// The words of a text.
pub(super) fn words(text: &str) -> Vec<Word> {
    let clean = Clean::of(text);
    let mut words: Vec<Word> = Vec::new();
    for part in clean.as_str().split(|c: char| !(c.is_alphanumeric() || is_accent(c))) {
        let plain = part.to_lowercase();
        let mut folded = String::with_capacity(plain.len());
        for c in plain.chars().filter(|c| !is_accent(*c)) {
            match bare(c) {
                "" => folded.push(c),
                without => folded.push_str(without),
            }
        }
        if folded.is_empty() {
            continue;
        }
        // “what's”, and what thumbs make of it.
        let asks = |word: &str| matches!(word, "what" | "where" | "who" | "how" | "that" | "why");
        let is = || Word { folded: "is".to_owned(), plain: "is".to_owned() };
        if folded == "s" && words.last().is_some_and(|before| asks(&before.folded)) {
            words.push(is());
        } else if let Some(before) =
            folded.strip_suffix('s').filter(|w| matches!(*w, "what" | "where" | "who")).map(str::to_owned)
        {
            words.push(Word { folded: before.clone(), plain: before });
            words.push(is());
        } else {
            words.push(Word { folded, plain });
        }
    }
    words
}

/// A text of ours as it is compared.
pub(super) fn fold(text: &str) -> String {
    words(text).into_iter().map(|word| word.folded).collect::<Vec<_>>().join(" ")
}

/// Whether two folded words are the same but for a plural or a slip of the finger.
pub(super) fn alike(word: &str, ours: &str) -> bool {
    let stem = |w: &str| match (w.strip_suffix("ies"), w.strip_suffix('s')) {
        (Some(stem), _) if stem.chars().count() >= 3 => format!("{stem}y"),
        (_, Some(stem)) if stem.chars().count() >= 3 => stem.to_owned(),
        (_, _) => w.to_owned(),
    };
    word == ours || stem(word) == stem(ours) || is_slip(word, ours)
}

/// Whether `word` is `ours` with one letter wrong, missing, too many, or two of them swapped.
pub(super) fn is_slip(word: &str, ours: &str) -> bool {
    /// In shorter words one letter makes another word.
    const LONG: usize = 5;
    ours.chars().count() >= LONG
        && word.chars().next() == ours.chars().next()
        && word.chars().count().abs_diff(ours.chars().count()) <= 1
        && strsim::osa_distance(word, ours) == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_apostrophes_and_the_invisible_do_not_matter() {
        assert_eq!(fold("  WHAT’S  New?\u{200b}! "), "what is new");
        assert_eq!(fold("whats up"), "what is up");
        assert_eq!(fold("Geändert, PORQUÉ & d'où ça — Straße"), "geandert porque d ou ca strasse");
        assert_eq!(fold("porque\u{301}"), "porque");
        assert_eq!(fold("🚀 \u{202e}?!"), "");
    }

    #[test]
    fn slips_are_forgiven_in_long_words_only() {
        assert!(is_slip("soruces", "sources") && is_slip("sourcs", "sources") && is_slip("latets", "latest"));
        assert!(!is_slip("shy", "why") && !is_slip("sauces", "sources") && !is_slip("hatest", "latest"));
        assert!(alike("ferry", "ferries") && alike("model", "models") && !alike("as", "a"));
    }
}
