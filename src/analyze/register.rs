//! The register of a text: one of ten tones, with the words that decided it.
//!
//! A small lexicon of cues of one or two words (some strong, some weak), emoji, and questions; negated cues are not
//! counted. Praise is `hopeful`, or `excited` where the text is loud. Honest about its limits: below the bar a text is
//! `neutral`, and the deciding words are always shown, so that a moderator can disagree.

use super::words::{ByHash, Word, WordSet, Words, hash, pair};
use crate::model::{Lang, Register};
use std::sync::LazyLock;

/// A register and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tone {
    /// The register.
    pub register: Register,
    /// The cues found for it, in reading order, each once; empty if neutral.
    pub words: Vec<String>,
}

/// Past this many words one cue is chance; every further stretch asks for one more.
const WORDS_PER_CUE: usize = 120;
/// Cues after which a register is clear enough, however long the text.
const MAX_CUES_ASKED: usize = 4;
/// Weights of a cue, in halves: two are asked for in a short text.
const WEAK: usize = 1;
const PLAIN: usize = 2;
const STRONG: usize = 3;

struct Cue {
    register: Register,
    word: String,
    weight: usize,
}

/// What a listed cue speaks for.
#[derive(Clone, Copy)]
enum Says {
    Register(Register),
    /// Kind words: how loud the text is decides.
    Praise,
}

/// The register of a text. `words` are those of `text`. Languages other than English and German are `neutral` unless
/// an emoji speaks.
pub fn register(text: &str, words: &Words, lang: Lang) -> Tone {
    let mut found: Vec<Cue> = Vec::new();
    let lexicon = match lang.as_str() {
        "en" => Some(&*ENGLISH),
        "de" => Some(&*GERMAN),
        _ => None,
    };
    if let Some(lexicon) = lexicon {
        let loud = text.contains('!');
        let mut tell = |says: Says, word: String, weight: usize| {
            let register = match says {
                Says::Register(register) => register,
                Says::Praise if loud => Register::Excited,
                Says::Praise => Register::Hopeful,
            };
            found.push(Cue { register, word, weight });
        };
        let mut before: [Option<Word<'_>>; 2] = [None, None];
        for word in words.iter() {
            let two = before[0].and_then(|first| Some((first, lexicon.get(&pair(first.hash, word.hash))?)));
            if let Some((first, (says, weight))) = two {
                tell(*says, format!("{} {}", first.text, word.text), *weight);
            } else if let Some((says, weight)) = lexicon.get(&word.hash)
                && !before
                    .iter()
                    .flatten()
                    .any(|word| NEGATIONS.contains(&word.hash) || word.text.ends_with("n't"))
            {
                tell(*says, word.text.to_owned(), *weight);
            }
            before = [Some(word), before[0]];
        }
        questions(text, lang, &mut found);
    }
    if !text.is_ascii() {
        for c in text.chars() {
            if let Some(register) = of_emoji(c) {
                found.push(Cue { register, word: c.to_string(), weight: STRONG });
            }
        }
    }
    decide(found, words.len())
}

/// Sentences that end in a question mark and ask: with a question word or a turned verb near their beginning. The word
/// with its mark is the cue.
fn questions(text: &str, lang: Lang, found: &mut Vec<Cue>) {
    let asking: &[&str] = if lang == Lang::DE { &ASKING_DE } else { &ASKING_EN };
    let mut start = 0;
    for (at, mark) in text.char_indices() {
        if !matches!(mark, '.' | '!' | '?' | '\n') {
            continue;
        }
        let sentence = text.get(start..at).unwrap_or_default();
        let inside = text.get(at + 1..).is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
        if mark == '.' && inside {
            continue;
        }
        start = at + 1;
        if mark != '?' {
            continue;
        }
        let opening = sentence.split_whitespace().take(QUESTION_OPENS);
        let asked = opening
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
            .find(|word| asking.contains(&word.as_str()));
        if let Some(word) = asked {
            found.push(Cue { register: Register::Curious, word: format!("{word} …?"), weight: PLAIN });
        }
    }
}

/// Words at whose head a question shows itself.
const QUESTION_OPENS: usize = 5;
const ASKING_EN: [&str; 26] = [
    "what", "what's", "how", "which", "who", "where", "when", "why", "is", "are", "does", "do", "did", "can",
    "could", "would", "will", "should", "has", "have", "any", "anyone", "anybody", "am", "does", "whats",
];
const ASKING_DE: [&str; 20] = [
    "was", "wie", "welche", "welcher", "welches", "wer", "wo", "wann", "warum", "wieso", "ist", "sind",
    "kann", "könnte", "soll", "hat", "haben", "weiß", "gibt", "kennt",
];

fn decide(mut found: Vec<Cue>, n_words: usize) -> Tone {
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|cue| seen.insert((cue.register, cue.word.clone())));
    let weight = |register: Register| -> usize {
        found.iter().filter(|cue| cue.register == register).map(|cue| cue.weight).sum()
    };
    // Equal weights: the earlier cue wins, a total and explainable tie-break.
    let first =
        |register: Register| found.iter().position(|cue| cue.register == register).unwrap_or(usize::MAX);
    let best = Register::ALL
        .iter()
        .copied()
        .max_by(|a, b| weight(*a).cmp(&weight(*b)).then(first(*b).cmp(&first(*a))));
    let asked = PLAIN * (1 + n_words / WORDS_PER_CUE).min(MAX_CUES_ASKED);
    match best {
        Some(register) if weight(register) >= asked && register != Register::Neutral => {
            found.retain(|cue| cue.register == register);
            Tone { register, words: found.into_iter().map(|cue| cue.word).collect() }
        }
        Some(_) | None => Tone { register: Register::Neutral, words: Vec::new() },
    }
}

fn of_emoji(c: char) -> Option<Register> {
    match c {
        '🎉' | '🚀' | '🤩' | '🥳' | '🔥' => Some(Register::Excited),
        '🤞' | '🙏' | '❤' | '🤗' | '🥰' | '💪' => Some(Register::Hopeful),
        '😂' | '🤣' | '😆' | '😹' | '😅' | '😜' | '😏' => Some(Register::Amused),
        '🤔' | '🧐' => Some(Register::Curious),
        '😟' | '😰' | '😨' | '😱' => Some(Register::Worried),
        '😤' | '😩' | '😫' => Some(Register::Frustrated),
        '😡' | '🤬' | '😠' => Some(Register::Angry),
        '😢' | '😭' | '💔' | '😞' => Some(Register::Sad),
        '🙄' | '🤡' | '🤦' => Some(Register::Mocking),
        _ => None,
    }
}

static NEGATIONS: LazyLock<WordSet> = LazyLock::new(|| {
    "not no never isnt dont wasnt without hardly kein keine keinen nicht nie".split(' ').map(hash).collect()
});
static ENGLISH: LazyLock<ByHash<(Says, usize)>> =
    LazyLock::new(|| lexicon(include_str!("lexicon/register_en.txt")));
static GERMAN: LazyLock<ByHash<(Says, usize)>> =
    LazyLock::new(|| lexicon(include_str!("lexicon/register_de.txt")));

/// Lines of `register: cue, cue, …`; a cue has one or two words, and `+` or `-` after it if it is strong or weak.
fn lexicon(list: &str) -> ByHash<(Says, usize)> {
    let mut cues = ByHash::default();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let Some((register, words)) = line.split_once(':') else { continue };
        let says = match register.parse::<Register>() {
            Ok(register) => Says::Register(register),
            Err(_) if register == "praise" => Says::Praise,
            Err(_) => continue,
        };
        for cue in words.split(',').map(str::trim) {
            let (cue, weight) = match (cue.strip_suffix('+'), cue.strip_suffix('-')) {
                (Some(cue), _) => (cue, STRONG),
                (None, Some(cue)) => (cue, WEAK),
                (None, None) => (cue, PLAIN),
            };
            let key = match cue.split_once(' ') {
                Some((first, second)) => pair(hash(first), hash(second)),
                None => hash(cue),
            };
            cues.insert(key, (says, weight));
        }
    }
    cues
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(text: &str, lang: Lang) -> (Register, Vec<String>) {
        let tone = register(text, &Words::of(text), lang);
        (tone.register, tone.words)
    }

    #[test]
    fn each_register_has_a_text_that_finds_it() {
        for (text, expected) in [
            ("Wow, the new ferry is amazing!", Register::Excited),
            ("I hope the line reopens, fingers crossed", Register::Hopeful),
            ("lmao the gull took the ticket", Register::Amused),
            ("I wonder how the switch works, does anyone know", Register::Curious),
            ("The ferry leaves at nine.", Register::Neutral),
            ("I am worried, this is dangerous", Register::Worried),
            ("So annoying, it keeps crashing again", Register::Frustrated),
            ("Disgusting. They lied and stole from us, outrageous", Register::Angry),
            ("Heartbroken, I miss the old line", Register::Sad),
            ("What a joke, these clowns can't run a ferry", Register::Mocking),
        ] {
            assert_eq!(tone(text, Lang::EN).0, expected, "{text}");
        }
    }

    #[test]
    fn the_deciding_words_are_told_and_negated_ones_do_not_count() {
        assert_eq!(tone("Worried? Yes, worried and scared.", Lang::EN).1, ["worried", "scared"]);
        assert_eq!(tone("I am not worried", Lang::EN).0, Register::Neutral);
    }

    #[test]
    fn german_has_its_own_cues_and_other_languages_only_emoji() {
        assert_eq!(tone("Ich mache mir Sorgen, das ist gefährlich", Lang::DE).0, Register::Worried);
        assert_eq!(tone("Le ferry est parti 😂", Lang::FR).0, Register::Amused);
        assert_eq!(tone("worried", Lang::FR).0, Register::Neutral);
    }

    #[test]
    fn a_question_is_curious_unless_a_complaint_outweighs_it() {
        assert_eq!(tone("How late is the ferry?", Lang::EN), (Register::Curious, vec!["how …?".to_owned()]));
        assert_eq!(tone("Wie komme ich zur Fähre?", Lang::DE).0, Register::Curious);
        assert_eq!(
            tone("The gate keeps failing and is broken. Is there a fix?", Lang::EN).0,
            Register::Frustrated
        );
    }

    #[test]
    fn praise_is_hopeful_and_loud_praise_is_excited() {
        assert_eq!(tone("Thank you, a great ferry", Lang::EN).0, Register::Hopeful);
        assert_eq!(tone("Thank you, a great ferry!!", Lang::EN).0, Register::Excited);
    }

    #[test]
    fn one_cue_in_a_long_text_is_chance() {
        let long = format!("amazing {}", "the ferry sails ".repeat(100));
        assert_eq!(tone(&long, Lang::EN).0, Register::Neutral);
    }

    #[test]
    fn names_are_read_back() {
        for &register in Register::ALL {
            assert_eq!(register.as_str().parse(), Ok(register));
        }
        assert!("bored".parse::<Register>().is_err());
    }
}
