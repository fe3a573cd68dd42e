//! The register of a text: one of ten tones, with the words that decided it.
//!
//! A small lexicon of cues, one point each, negated cues not counted. Honest about its limits: below the bar a text is
//! `neutral`, and the deciding words are always shown, so that a moderator can disagree.

use super::language::Lang;
use super::words::{ByHash, Word, WordSet, Words, hash, pair};
use std::sync::LazyLock;

/// The tone of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Register {
    /// Delighted by something now.
    Excited,
    /// Expects good.
    Hopeful,
    /// Laughs with.
    Amused,
    /// Wants to know.
    Curious,
    /// None of the others.
    Neutral,
    /// Expects harm.
    Worried,
    /// Something does not work.
    Frustrated,
    /// Blames.
    Angry,
    /// Grieves.
    Sad,
    /// Laughs at.
    Mocking,
}

impl Register {
    /// All ten, in the order of the declaration.
    pub const ALL: [Self; 10] = [
        Self::Excited,
        Self::Hopeful,
        Self::Amused,
        Self::Curious,
        Self::Neutral,
        Self::Worried,
        Self::Frustrated,
        Self::Angry,
        Self::Sad,
        Self::Mocking,
    ];

    /// The name as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Excited => "excited",
            Self::Hopeful => "hopeful",
            Self::Amused => "amused",
            Self::Curious => "curious",
            Self::Neutral => "neutral",
            Self::Worried => "worried",
            Self::Frustrated => "frustrated",
            Self::Angry => "angry",
            Self::Sad => "sad",
            Self::Mocking => "mocking",
        }
    }
}

impl std::str::FromStr for Register {
    type Err = UnknownRegister;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|register| register.as_str() == text)
            .ok_or_else(|| UnknownRegister(text.to_owned()))
    }
}

/// A name that is none of the ten registers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown register: `{0}`")]
pub struct UnknownRegister(String);

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
/// Words after which a register is clear enough, however long the text.
const MAX_CUES_ASKED: usize = 4;

/// The register of a text. `words` are those of `text`. Languages other than English and German are `neutral` unless
/// an emoji speaks.
pub fn register(text: &str, words: &Words, lang: Lang) -> Tone {
    let mut found: Vec<(Register, String)> = Vec::new();
    let lexicon = match lang.as_str() {
        "en" => Some(&*ENGLISH),
        "de" => Some(&*GERMAN),
        _ => None,
    };
    if let Some(lexicon) = lexicon {
        let mut before: [Option<Word<'_>>; 2] = [None, None];
        for word in words.iter() {
            let two = before[0].and_then(|first| Some((first, lexicon.get(&pair(first.hash, word.hash))?)));
            if let Some((first, register)) = two {
                found.push((*register, format!("{} {}", first.text, word.text)));
            } else if let Some(register) = lexicon.get(&word.hash)
                && !before
                    .iter()
                    .flatten()
                    .any(|word| NEGATIONS.contains(&word.hash) || word.text.ends_with("n't"))
            {
                found.push((*register, word.text.to_owned()));
            }
            before = [Some(word), before[0]];
        }
    }
    if !text.is_ascii() {
        for c in text.chars() {
            if let Some(register) = of_emoji(c) {
                found.push((register, c.to_string()));
            }
        }
    }
    decide(found, words.len())
}

fn decide(mut found: Vec<(Register, String)>, n_words: usize) -> Tone {
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|cue| seen.insert(cue.clone()));
    let count = |register: Register| found.iter().filter(|(of, _)| *of == register).count();
    // Equal counts: the earlier cue wins, a total and explainable tie-break.
    let first = |register: Register| found.iter().position(|(of, _)| *of == register).unwrap_or(usize::MAX);
    let best =
        Register::ALL.into_iter().max_by(|a, b| count(*a).cmp(&count(*b)).then(first(*b).cmp(&first(*a))));
    let asked = (1 + n_words / WORDS_PER_CUE).min(MAX_CUES_ASKED);
    match best {
        Some(register) if count(register) >= asked && register != Register::Neutral => {
            found.retain(|(of, _)| *of == register);
            Tone { register, words: found.into_iter().map(|(_, word)| word).collect() }
        }
        Some(_) | None => Tone { register: Register::Neutral, words: Vec::new() },
    }
}

fn of_emoji(c: char) -> Option<Register> {
    match c {
        '🎉' | '🚀' | '🤩' | '🥳' | '🔥' => Some(Register::Excited),
        '🤞' | '🙏' => Some(Register::Hopeful),
        '😂' | '🤣' | '😆' | '😹' => Some(Register::Amused),
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
static ENGLISH: LazyLock<ByHash<Register>> =
    LazyLock::new(|| lexicon(include_str!("lexicon/register_en.txt")));
static GERMAN: LazyLock<ByHash<Register>> =
    LazyLock::new(|| lexicon(include_str!("lexicon/register_de.txt")));

/// Lines of `register: cue, cue, …`; a cue has one or two words.
fn lexicon(list: &str) -> ByHash<Register> {
    let mut cues = ByHash::default();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let Some((register, words)) = line.split_once(':') else { continue };
        let Ok(register) = register.parse::<Register>() else { continue };
        for cue in words.split(',').map(str::trim) {
            let key = match cue.split_once(' ') {
                Some((first, second)) => pair(hash(first), hash(second)),
                None => hash(cue),
            };
            cues.insert(key, register);
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
    fn one_cue_in_a_long_text_is_chance() {
        let long = format!("amazing {}", "the ferry sails ".repeat(100));
        assert_eq!(tone(&long, Lang::EN).0, Register::Neutral);
    }

    #[test]
    fn names_are_read_back() {
        for register in Register::ALL {
            assert_eq!(register.as_str().parse(), Ok(register));
        }
        assert!("bored".parse::<Register>().is_err());
    }
}
