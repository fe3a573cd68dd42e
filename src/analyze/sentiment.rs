//! Sentiment of English text: VADER, per sentence.
//!
//! The rules are those of Hutto & Gilbert (ICWSM-14), as in the authors' Python code of version 3.3.2, with their
//! lexicon. VADER is made for one sentence: over a whole post its sum saturates at ±1, so a post is the mean of its
//! sentences, as the authors advise. Written here and not taken from the crate `vader-sentimental` 0.1.3, which rates
//! "also" as a booster because it holds "so", walks a randomly ordered map (two runs may differ) and looks through all
//! words of a text once per rated word, which is quadratic.

use super::words::{ByHash, WordSet, hash, hash_folded};
use crate::model::{Lang, Register};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a degree word adds to its neighbour.
const BOOST: f64 = 0.293;
/// What capitals add in a text that is not all capitals.
const CAPS: f64 = 0.733;
/// What a negation turns a valence into.
const NEGATION: f64 = -0.74;
/// Keeps the compound within ±1; the authors' approximation of the largest sum to expect.
const ALPHA: f64 = 15.0;
/// What a question's valence is worth.
const ASKING: f64 = 0.5;
/// Sentences beyond this one do not change what a post feels like, only what it costs.
const MAX_SENTENCES: usize = 64;

/// The sentiment of `text` from −1 to 1, rounded to four places; `None` where it cannot be measured: no words, or a
/// language other than English.
pub fn score(text: &str, lang: Lang) -> Option<f64> {
    if lang != Lang::EN {
        return None;
    }
    let mut tokens = Vec::new();
    let mut sum = 0.0;
    let mut count = 0_u32;
    for sentence in rough_sentences(text).take(MAX_SENTENCES) {
        tokens.clear();
        tokenize(sentence, &mut tokens);
        if !tokens.is_empty() {
            // Who asks mostly wants to know, not to praise or blame.
            let asks = if sentence.trim_end().ends_with('?') { ASKING } else { 1.0 };
            sum += compound(sentence, &tokens) * asks;
            count += 1;
        }
    }
    (count > 0).then(|| round(sum / f64::from(count)))
}

/// How much of the sentence-wise score stays when the tone has its say.
const SCORE_SHARE: f64 = 0.5;
/// What a tone with a direction adds.
const TONE: f64 = 0.35;

/// A score seen with the register of the same text: half the score, and a step to the side the tone leans to. Rated
/// words alone mistake what is spoken of for what is felt; on the labelled development half the two together are right in
/// seven of ten cases, the score alone in six. Within ±[`NEUTRAL_BAND`] a text is neutral.
pub fn with_tone(score: f64, register: Register) -> f64 {
    let tone = match register {
        Register::Excited | Register::Hopeful => TONE,
        Register::Worried | Register::Frustrated | Register::Angry | Register::Sad | Register::Mocking => {
            -TONE
        }
        Register::Amused | Register::Curious | Register::Neutral => 0.0,
    };
    round(SCORE_SHARE * score + tone)
}

/// Nearer to 0 than this, a sentiment is neutral.
pub const NEUTRAL_BAND: f64 = 0.2;

fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

/// Pieces that end at a newline or after `.!?` and a space; good enough to average over.
fn rough_sentences(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| {
        let mut rest = line;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let bytes = rest.as_bytes();
            let end = (0..bytes.len().saturating_sub(1))
                .find(|at| matches!(bytes[*at], b'.' | b'!' | b'?') && bytes[at + 1] == b' ')
                .map_or(rest.len(), |at| at + 1);
            let (sentence, after) = rest.split_at(end);
            rest = after;
            Some(sentence)
        })
    })
}

struct Token {
    hash: u64,
    /// From the lexicon; 0 for a word that is not in it.
    valence: f64,
    boost: f64,
    negates: bool,
    caps: bool,
}

fn tokenize(sentence: &str, tokens: &mut Vec<Token>) {
    for raw in sentence.split_whitespace() {
        let word = raw.trim_matches(surrounds);
        // An emoticon is all punctuation, or would lose its mouth: take the raw form if the lexicon knows it.
        let raw_hash = hash_folded(raw);
        if word.len() <= 1 || (raw.len() <= 4 && word.len() < raw.len() && VALENCE.contains_key(&raw_hash)) {
            if let Some(valence) = VALENCE.get(&raw_hash) {
                tokens.push(Token {
                    hash: raw_hash,
                    valence: *valence,
                    boost: 0.0,
                    negates: false,
                    caps: false,
                });
            } else if !word.is_empty() && word.is_ascii() {
                tokens.push(Token {
                    hash: hash_folded(word),
                    valence: 0.0,
                    boost: 0.0,
                    negates: false,
                    caps: false,
                });
            }
        } else {
            tokens.push(word_token(word));
        }
        if !raw.is_ascii() {
            emoji_tokens(raw, tokens);
        }
    }
}

fn surrounds(c: char) -> bool {
    c.is_ascii_punctuation() || matches!(c, '“' | '”' | '‘' | '’' | '…' | '–' | '—' | '«' | '»')
}

fn word_token(word: &str) -> Token {
    let hash = hash_folded(word);
    let negates = NEGATIONS.contains(&hash) || word.ends_with("n't") || word.ends_with("n’t");
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    Token {
        hash,
        valence: VALENCE.get(&hash).copied().unwrap_or(0.0),
        boost: BOOSTERS.get(&hash).copied().unwrap_or(0.0),
        negates,
        caps: letters > 1 && !word.bytes().any(|byte| byte.is_ascii_lowercase()),
    }
}

fn emoji_tokens(raw: &str, tokens: &mut Vec<Token>) {
    let mut last = None;
    for c in raw.chars().filter(|c| !c.is_ascii()) {
        // 😂😂😂 is one laugh, as loud as it may be.
        if last == Some(c) {
            continue;
        }
        if let Some(valence) = EMOJI.get(&c) {
            tokens.push(Token {
                hash: u64::from(u32::from(c)),
                valence: *valence,
                boost: 0.0,
                negates: false,
                caps: false,
            });
            last = Some(c);
        }
    }
}

fn compound(sentence: &str, tokens: &[Token]) -> f64 {
    let caps = tokens.iter().filter(|token| token.caps).count();
    let mixed_caps = caps > 0 && caps < tokens.len();
    let but = tokens.iter().position(|token| token.hash == *BUT);
    let mut sum = 0.0;
    for at in 0..tokens.len() {
        let weight = match but {
            Some(but) if at < but => 0.5,
            Some(but) if at > but => 1.5,
            Some(_) | None => 1.0,
        };
        sum += weight * valence(tokens, at, mixed_caps);
    }
    if sum > 0.0 {
        sum += emphasis(sentence);
    } else if sum < 0.0 {
        sum -= emphasis(sentence);
    }
    sum / (sum * sum + ALPHA).sqrt()
}

/// `!` counts up to four times, `?` from the second on.
fn emphasis(sentence: &str) -> f64 {
    let count =
        |mark: u8| sentence.bytes().filter(|byte| *byte == mark).take(5).fold(0.0, |sum, _| sum + 1.0);
    let questions: f64 = count(b'?');
    let asked = if questions > 3.0 {
        0.96
    } else if questions > 1.0 {
        questions * 0.18
    } else {
        0.0
    };
    f64::min(count(b'!'), 4.0) * 0.292 + asked
}

fn valence(tokens: &[Token], at: usize, mixed_caps: bool) -> f64 {
    let token = &tokens[at];
    let is = |position: Option<usize>, word: &LazyLock<u64>| {
        position.and_then(|position| tokens.get(position)).is_some_and(|token| token.hash == **word)
    };
    let back = |distance: usize| at.checked_sub(distance);
    if token.valence == 0.0 || token.boost != 0.0 || (token.hash == *KIND && is(Some(at + 1), &OF)) {
        return 0.0;
    }
    let mut value = token.valence;
    // "no" rates nothing itself when it negates the rated word after it.
    if token.hash == *NO && tokens.get(at + 1).is_some_and(|next| next.valence != 0.0) {
        return 0.0;
    }
    if is(back(1), &NO) || is(back(2), &NO) || (is(back(3), &NO) && (is(back(1), &OR) || is(back(1), &NOR))) {
        value *= NEGATION;
    }
    if token.caps && mixed_caps {
        value += CAPS.copysign(value);
    }
    for (distance, fade) in [(1, 1.0), (2, 0.95), (3, 0.9)] {
        let Some(before) = back(distance).and_then(|position| tokens.get(position)) else { break };
        if before.valence != 0.0 && !before.negates {
            continue;
        }
        let mut boost = before.boost;
        if boost != 0.0 && before.caps && mixed_caps {
            boost += CAPS.copysign(boost);
        }
        value += boost.copysign(boost * value) * fade;
        let never_so = before.hash == *NEVER
            && distance > 1
            && (is(back(1), &SO)
                || is(back(1), &THIS)
                || is(back(distance - 1), &SO)
                || is(back(distance - 1), &THIS));
        let without_doubt = before.hash == *WITHOUT && (is(back(1), &DOUBT) || is(back(2), &DOUBT));
        if never_so {
            value *= 1.25;
        } else if before.negates && !without_doubt {
            value *= NEGATION;
        }
    }
    let kind_of =
        |one: usize, two: usize| (is(back(one), &KIND) || is(back(one), &SORT)) && is(back(two), &OF);
    if kind_of(2, 1) || kind_of(3, 2) || (is(back(2), &JUST) && is(back(1), &ENOUGH)) {
        value -= BOOST.copysign(value);
    }
    if is(back(1), &LEAST) && !is(back(2), &AT) && !is(back(2), &VERY) {
        value *= NEGATION;
    }
    if token.hash == *DIE && is(back(1), &TO) && is(Some(at + 1), &FOR) {
        value = 3.0;
    }
    value
}

macro_rules! word_hashes {
    ($($name:ident = $word:literal),* $(,)?) => { $(static $name: LazyLock<u64> = LazyLock::new(|| hash($word));)* };
}
word_hashes! {
    BUT = "but", KIND = "kind", OF = "of", NO = "no", OR = "or", NOR = "nor", NEVER = "never", SO = "so", THIS = "this",
    WITHOUT = "without", DOUBT = "doubt", LEAST = "least", AT = "at", VERY = "very", SORT = "sort", JUST = "just", ENOUGH = "enough",
    DIE = "die", TO = "to", FOR = "for",
}

static VALENCE: LazyLock<ByHash<f64>> = LazyLock::new(|| {
    let weak: WordSet = WEAK.split_whitespace().map(hash).collect();
    pairs(include_str!("lexicon/valence_en.txt"))
        .map(|(word, valence)| (hash(word), valence))
        .filter(|(word, _)| !weak.contains(word))
        .collect()
});

/// Rated words that in posts mostly name or ask, and tell nothing of how the writer feels: taken out, as the labelled
/// development half shows they do more harm than good.
const WEAK: &str = "like likes liked help helps helping helped please share shares shared sharing yes want wants wanted play plays \
    playing care united party security energy credit solution solutions support supports supported supporting matter matters create \
    creates created creating creation creative interest intelligence intelligent challenge challenges free freely safe safety secure \
    secured trust trusted number well alert demand demands pay top certain certainly active natural original true clear clearly \
    easy easily easier ready engage engagement effective effectively efficient efficiently open grant value values valued \
    ability strength strengths important importance significant opportunity opportunities popular profit profits profitable fresh \
    growth growing encourage adopt adopted join joined increase increased sure okay ok straight super special fair feature \
    drop dropped cut cuts low lower shot stop stopped forced lack limited limits limitation missing miss chance cancel leave left \
    risk risks argument critical crime war attack attacks fight defense warning no novel careful sorry problem problems error errors";

static EMOJI: LazyLock<HashMap<char, f64>> = LazyLock::new(|| {
    pairs(include_str!("lexicon/valence_emoji.txt"))
        .filter_map(|(emoji, valence)| Some((emoji.chars().next()?, valence)))
        .collect()
});

fn pairs(list: &'static str) -> impl Iterator<Item = (&'static str, f64)> {
    list.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(word, valence)| Some((word, valence.parse().ok()?)))
}

static NEGATIONS: LazyLock<WordSet> = LazyLock::new(|| {
    "aint arent cannot cant couldnt darent didnt doesnt dont hadnt hasnt havent isnt mightnt mustnt neither neednt never none nope \
     nor not nothing nowhere oughtnt shant shouldnt uhuh wasnt werent uh-uh without wont wouldnt rarely seldom despite"
        .split_whitespace()
        .map(hash)
        .collect()
});

static BOOSTERS: LazyLock<ByHash<f64>> = LazyLock::new(|| {
    let more = "absolutely amazingly awfully completely considerable considerably decidedly deeply effing enormous enormously \
        entirely especially exceptional exceptionally extreme extremely fabulously flipping flippin frackin fracking fricking \
        frickin frigging friggin fully fuckin fucking fuggin fugging greatly hella highly hugely incredible incredibly \
        intensely major majorly more most particularly purely quite really remarkably so substantially thoroughly total \
        totally tremendous tremendously uber unbelievably unusually utter utterly very";
    let less = "almost barely hardly kinda kindof kind-of less little marginal marginally occasional occasionally partly scarce \
        scarcely slight slightly somewhat sorta sortof sort-of";
    more.split_whitespace()
        .map(|word| (hash(word), BOOST))
        .chain(less.split_whitespace().map(|word| (hash(word), -BOOST)))
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    fn english(text: &str) -> f64 {
        score(text, Lang::EN).unwrap()
    }

    /// The examples of the authors' README, with the compounds printed there.
    #[test]
    fn the_authors_examples_come_out_as_printed() {
        for (text, expected) in [
            ("VADER is smart, handsome, and funny.", 0.8316),
            ("VADER is smart, handsome, and funny!", 0.8439),
            ("VADER is very smart, handsome, and funny.", 0.8545),
            ("VADER is VERY SMART, handsome, and FUNNY.", 0.9227),
            ("VADER is VERY SMART, handsome, and FUNNY!!!", 0.9342),
            ("VADER is not smart, handsome, nor funny.", -0.7424),
            ("The book was good.", 0.4404),
            ("At least it isn't a horrible book.", 0.431),
            ("The book was only kind of good.", 0.3832),
            ("The plot was good, but the characters are uncompelling and the dialog is not great.", -0.7042),
            ("Today SUX!", -0.5461),
            ("Today only kinda sux! But I'll get by, lol", 0.5249),
            ("Not bad at all", 0.431),
        ] {
            // As one sentence, as the authors do. Their ":D" is left out: for them it is shouting.
            let mut tokens = Vec::new();
            tokenize(text, &mut tokens);
            assert!(
                (round(compound(text, &tokens)) - expected).abs() < 0.0101,
                "{text}: {}",
                compound(text, &tokens)
            );
        }
    }

    #[test]
    fn a_tone_moves_the_score_and_stays_within_bounds() {
        assert!(with_tone(0.4, Register::Frustrated) < 0.0);
        assert!(with_tone(0.4, Register::Excited) > with_tone(0.4, Register::Neutral));
        for &register in Register::ALL {
            assert!(with_tone(1.0, register) <= 1.0 && with_tone(-1.0, register) >= -1.0);
        }
    }

    #[test]
    fn a_post_is_the_mean_of_its_sentences() {
        let mean = f64::midpoint(english("The ferry is great."), english("The queue is horrible."));
        assert!((english("The ferry is great. The queue is horrible.") - mean).abs() < 0.0002);
    }

    #[test]
    fn a_word_inside_another_boosts_nothing() {
        assert!((english("it is also good") - english("it is good")).abs() < f64::EPSILON);
    }

    #[test]
    fn other_languages_and_no_words_are_unmeasured() {
        assert_eq!(score("Das ist großartig", Lang::DE), None);
        assert_eq!(score("good", Lang::UND), None);
        assert_eq!(score(" \n ", Lang::EN), None);
    }

    #[test]
    fn an_emoji_counts_once_per_run() {
        assert!(english("The ferry is back 😂😂😂") > 0.0);
        assert!((english("back 😂😂😂") - english("back 😂")).abs() < f64::EPSILON);
    }
}
