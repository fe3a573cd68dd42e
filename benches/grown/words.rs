//! Dice, and a language of syllables.

/// A generator of numbers (splitmix64): fast, and the same everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// 0 to `n` − 1, all alike.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// 0 to `n` − 1, small ones far more often: as words are used.
    pub(crate) fn skewed(&mut self, n: usize) -> usize {
        let unit = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        (((n as f64 + 1.0).powf(unit) - 1.0) as usize).min(n - 1)
    }
}

const SMALL: [&str; 40] = [
    "the", "of", "and", "to", "a", "in", "is", "it", "that", "for", "was", "on", "with", "as", "they", "at",
    "be", "this", "from", "have", "or", "by", "one", "had", "not", "but", "what", "all", "were", "when",
    "we", "there", "can", "said", "which", "their", "if", "will", "about", "after",
];
const BEGIN: [&str; 24] = [
    "b", "br", "c", "cl", "d", "dr", "f", "fl", "g", "gr", "h", "k", "l", "m", "n", "p", "pr", "r", "s",
    "st", "t", "tr", "v", "w",
];
const MIDDLE: [&str; 10] = ["a", "e", "i", "o", "u", "ea", "ou", "ai", "oo", "ie"];
const END: [&str; 16] =
    ["", "l", "n", "r", "s", "t", "nd", "ck", "rt", "m", "st", "ng", "rn", "lt", "d", "p"];

/// Different words of the language.
const WORDS: usize = 12_000;
/// People who write.
const PEOPLE: usize = 40_000;
const PLACES: usize = 120;

/// What people of this world write with.
#[derive(Debug)]
pub(crate) struct Language {
    words: Vec<String>,
    places: Vec<String>,
}

impl Language {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let mut words: Vec<String> = SMALL.iter().map(|w| (*w).to_owned()).collect();
        while words.len() < WORDS {
            let syllables = 1 + dice.below(3);
            words.push((0..syllables).map(|_| syllable(dice)).collect());
        }
        let places = (0..PLACES)
            .map(|_| format!("{}{}", syllable(dice), ["ford", "wick", "mouth", "by"][dice.below(4)]));
        Self { places: places.collect(), words }
    }

    fn word(&self, dice: &mut Dice) -> &str {
        &self.words[dice.skewed(self.words.len())]
    }

    pub(crate) fn place(&self, dice: &mut Dice) -> String {
        self.places[dice.skewed(self.places.len())].clone()
    }

    pub(crate) fn handle(&self, dice: &mut Dice) -> String {
        let n = dice.skewed(PEOPLE);
        format!("{}.{}{n}", self.words[40 + n % 900], self.words[1_000 + n % 7_000])
    }

    /// A headline, about something if a word is given.
    pub(crate) fn title(&self, dice: &mut Dice, word: Option<&str>) -> String {
        let mut words: Vec<String> = (0..4 + dice.below(6)).map(|_| self.word(dice).to_owned()).collect();
        if let Some(word) = word {
            words.insert(1, word.to_owned());
        }
        words.push("in".to_owned());
        words.push(capital(&self.place(dice)));
        capital(&words.join(" "))
    }

    /// A sentence; some name a place or a figure.
    pub(crate) fn sentence(&self, dice: &mut Dice, word: Option<&str>) -> String {
        let mut words: Vec<String> = (0..6 + dice.below(12)).map(|_| self.word(dice).to_owned()).collect();
        if let Some(word) = word {
            let at = dice.below(words.len());
            words.insert(at, word.to_owned());
        }
        match dice.below(6) {
            0 => words.push(format!("{} crowns", 2 + dice.below(900))),
            1 => words.push(format!("in {}", capital(&self.place(dice)))),
            _ => {}
        }
        format!("{}.", capital(&words.join(" ")))
    }
}

fn syllable(dice: &mut Dice) -> String {
    format!("{}{}{}", BEGIN[dice.below(24)], MIDDLE[dice.below(10)], END[dice.below(16)])
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
