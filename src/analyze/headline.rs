//! The signs of a headline: what one record's own words say about its worth as news.
//!
//! The headline is the title, for a social post the whole text. These are the terms of the record score that need no
//! other record; what each is worth is decided where the score is made.

use super::clean::Cleaned;
use super::words::{ByHash, Word, WordSet, Words, hash, is_calendar};
use crate::model::Lang;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A shape longer than this is compared by its head.
const SHAPE_CHARS: usize = 80;
/// Bytes of a headline that are read: a social post is its own.
const MAX_READ: usize = 2_000;
/// Titles are scored as if none were longer.
const MAX_TITLE_WORDS: usize = 25;

/// What kind of place a record comes from, as far as headlines differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Venue {
    /// Titles asked and answered by members.
    Forum,
    /// Short posts without a title.
    Social,
    /// Articles, papers, essays.
    Publication,
}

/// The signs of one headline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a term of the record score, shown under its own name"
)]
pub struct HeadlineSigns {
    /// The first news verb as written, lower case.
    pub news_verb: Option<String>,
    /// It holds an amount: money, per cent, a unit, or a figure of two digits.
    pub figures: bool,
    /// It asks or seeks help.
    pub asks: bool,
    /// Whoever did it speaks: "we release", "Introducing …".
    pub first_hand: bool,
    /// It speaks of its author or to its readers ("I", "my", "your", "anyone"): talk, not a report about others.
    pub personal: bool,
    /// The body holds a link to something to read: not to a picture or a film.
    pub has_link: bool,
    /// Words of the headline, 25 at most.
    pub title_words: usize,
    /// The post answers someone.
    pub starts_with_mention: bool,
    /// Accounts it names, `@` removed, lower case, each once, in order of the alphabet.
    pub handles_named: Vec<String>,
    /// A regular post: weekly thread, daily digest, megathread.
    pub recurring: bool,
    /// The headline in lower case with letters only and figures as `#`: equal for the same regular post of another day.
    pub shape: String,
}

/// Reads the signs of a cleaned record. `raw_body` is the body before cleaning: cleaning drops leading mentions.
pub fn signs(cleaned: &Cleaned, raw_body: &str, venue: Venue, lang: Lang) -> HeadlineSigns {
    signs_with(cleaned, &Words::of(&cleaned.text), raw_body, venue, lang)
}

/// The same with the words of the cleaned text at hand.
pub fn signs_with(
    cleaned: &Cleaned,
    words: &Words,
    raw_body: &str,
    venue: Venue,
    lang: Lang,
) -> HeadlineSigns {
    let titled = match venue {
        Venue::Social => "",
        Venue::Forum | Venue::Publication => cleaned.title(),
    };
    let headline = if titled.is_empty() { cleaned.text.as_str() } else { titled };
    let heard = if headline.len() <= MAX_READ {
        // A title ends with a line, and white space is a border of words in any case.
        Heard::of(words.iter().take_while(|word| word.span.end <= headline.len()), lang)
    } else {
        Heard::of(Words::of(super::span::head(headline, MAX_READ)).iter(), lang)
    };
    let ends_asking = headline.trim_end().trim_end_matches(['"', '”', ')', '!']).ends_with('?');
    HeadlineSigns {
        figures: has_figures(headline),
        asks: ends_asking || heard.asks || (venue == Venue::Forum && heard.first & OPENS_QUESTION != 0),
        first_hand: heard.made || heard.tells || heard.first & OPENS_NEWS != 0,
        personal: heard.any & PERSONAL != 0,
        has_link: cleaned.links.iter().any(|link| !is_picture(link)),
        title_words: heard.words.min(MAX_TITLE_WORDS),
        starts_with_mention: !cleaned.marks.leading_mentions.is_empty()
            || raw_body.trim_start().starts_with('@'),
        handles_named: handles(raw_body, &cleaned.marks.leading_mentions),
        recurring: heard.any & RECURRING != 0 || (venue == Venue::Publication && is_numbered(headline)),
        shape: shape(headline),
        news_verb: heard.news_verb,
    }
}

/// Words before the number of an issue.
const ISSUES: [&str; 7] = ["edition", "ep", "episode", "newsletter", "podcast", "vol", "volume"];

/// Whether a publication's headline is an issue of a series: `#331`, `Episode 47`. It tells of many things at once.
fn is_numbered(headline: &str) -> bool {
    let number = |word: &str| {
        let digits = word.trim_start_matches('#').trim_end_matches([':', '.', ',', ')', '-', '–']);
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let words: Vec<String> = headline.split_whitespace().map(str::to_lowercase).collect();
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    words.iter().any(|word| word.starts_with('#') && word.len() > 2 && number(word))
        || words.windows(2).any(|pair| match pair {
            [issue, n] => number(n) && ISSUES.contains(&bare(issue).as_str()),
            _ => false,
        })
}

fn verbs(list: &str) -> WordSet {
    list.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(':'))
        .flat_map(|(_, forms)| forms.split_whitespace())
        .map(hash)
        .collect()
}

static ENGLISH_VERBS: LazyLock<WordSet> = LazyLock::new(|| verbs(include_str!("lexicon/news_verbs_en.txt")));
static GERMAN_VERBS: LazyLock<WordSet> = LazyLock::new(|| verbs(include_str!("lexicon/news_verbs_de.txt")));

fn is_news_verb(lang: Lang, word: u64) -> bool {
    match lang.as_str() {
        "de" => GERMAN_VERBS.contains(&word),
        // A headline too short to tell is read as English: most such are.
        "en" | "und" => ENGLISH_VERBS.contains(&word),
        _ => false,
    }
}

/// Whether a link leads to a picture or a film and nothing else: that is no source.
pub(super) fn is_picture(link: &str) -> bool {
    const ENDS: [&str; 9] = ["png", "jpg", "jpeg", "gif", "webp", "avif", "mp4", "webm", "mov"];
    let address = link.split(['?', '#']).next().unwrap_or_default();
    let host_and_path = address.split_once("://").map_or(address, |(_, rest)| rest);
    let Some((_, path)) = host_and_path.split_once('/') else { return false };
    path.rsplit_once('.').is_some_and(|(_, end)| ENDS.iter().any(|known| end.eq_ignore_ascii_case(known)))
}

fn has_figures(headline: &str) -> bool {
    let bytes = headline.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && (bytes[at].is_ascii_digit() || matches!(bytes[at], b'.' | b',')) {
            at += 1;
        }
        let digits = bytes[start..at].iter().filter(|byte| byte.is_ascii_digit()).count();
        let before = headline.get(..start).unwrap_or_default().trim_end();
        let money = before.ends_with(['$', '€', '£', '¥', '₹']);
        if digits >= 2 || money || starts_with_unit(headline.get(at..).unwrap_or_default()) {
            return true;
        }
    }
    false
}

fn starts_with_unit(after: &str) -> bool {
    const UNITS: [&str; 30] = [
        "percent",
        "prozent",
        "million",
        "millions",
        "billion",
        "billions",
        "trillion",
        "millionen",
        "milliarden",
        "mio",
        "mrd",
        "k",
        "m",
        "bn",
        "b",
        "x",
        "gb",
        "tb",
        "mb",
        "kg",
        "km",
        "hours",
        "days",
        "weeks",
        "months",
        "years",
        "minutes",
        "euro",
        "dollars",
        "times",
    ];
    let after = after.trim_start_matches([' ', '-']);
    if after.starts_with(['%', '€', '$', '£', '×']) {
        return true;
    }
    let word = after.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default().to_lowercase();
    UNITS.contains(&word.as_str())
}

// What a word may be. The lists below say which.
const OPENS_QUESTION: u16 = 1;
const OPENS_NEWS: u16 = 1 << 1;
const WE: u16 = 1 << 2;
const MAKES: u16 = 1 << 3;
const PERSONAL: u16 = 1 << 4;
const RECURRING: u16 = 1 << 5;
const OPENS_PHRASE: u16 = 1 << 6;

const LISTS: [(u16, &str); 6] = [
    (
        OPENS_QUESTION,
        "how what what's whats why who which when where is are am do does did can could should would will has have anyone \
         anybody any help need wie was warum wieso wer welche welcher welches wann wo ist sind kann könnte hat gibt sollte \
         soll hilfe",
    ),
    (OPENS_NEWS, "introducing announcing new today meet presenting launching neu heute releasing"),
    (WE, "we our i we're we've i've i'm wir unser unsere unseren ich"),
    (
        MAKES,
        "release releasing released launch launching launched publish publishing published announce announcing announced \
         introduce introducing introduced ship shipping shipped built building made wrote trained sharing share unveil \
         unveiling present presenting rolling veröffentlichen veröffentlicht starten gestartet gebaut entwickelt stellen \
         eröffnen sourced sourcing created developed",
    ),
    // Words of one who speaks of himself or to those who read. `us` is not among them: headlines write a country so.
    (
        PERSONAL,
        "i i'm i've i'd i'll me my mine we we're we've our you you're your anyone guys ich mein meine meinen mir mich wir \
         unser unsere dein euch jemand",
    ),
    (
        RECURRING,
        "weekly daily monthly megathread weekend roundup digest recap newsletter biweekly wöchentlich täglich \
         wochenrückblick tagesüberblick sammelthread",
    ),
];
static WORDS: LazyLock<ByHash<u16>> = LazyLock::new(|| {
    let mut words = ByHash::default();
    for (bit, list) in LISTS {
        list.split_whitespace().for_each(|word| *words.entry(hash(word)).or_insert(0) |= bit);
    }
    PHRASES.keys().for_each(|first| *words.entry(*first).or_insert(0) |= OPENS_PHRASE);
    words
});

/// What a phrase says.
#[derive(Clone, Copy)]
enum Says {
    Asks,
    Tells,
}

const ASKING: [&str; 18] = [
    "how do i",
    "how can i",
    "how to",
    "anyone else",
    "anyone know",
    "looking for",
    "recommend",
    "recommendations",
    "not working",
    "need help",
    "please help",
    "any advice",
    "any tips",
    "is it just me",
    "suche",
    "kennt jemand",
    "weiß jemand",
    "funktioniert nicht",
];
const TELLING: [&str; 7] =
    ["now available", "new paper", "new post", "new blog", "is live", "ab sofort", "jetzt verfügbar"];
/// What each phrase says, and the hashes of its words after the first.
type Phrases = Vec<(Says, Vec<u64>)>;

/// By the hash of the first word: what the phrase says, and the hashes of its other words.
static PHRASES: LazyLock<ByHash<Phrases>> = LazyLock::new(|| {
    let mut phrases: ByHash<Phrases> = ByHash::default();
    let asking = ASKING.iter().map(|phrase| (Says::Asks, *phrase));
    for (says, phrase) in asking.chain(TELLING.iter().map(|phrase| (Says::Tells, *phrase))) {
        let mut words = phrase.split(' ').map(hash);
        if let Some(first) = words.next() {
            phrases.entry(first).or_default().push((says, words.collect()));
        }
    }
    phrases
});
/// How many words after `we` what was done may stand.
const REACH: usize = 4;

/// What the words of a headline say, read once.
#[derive(Default)]
struct Heard {
    /// Everything that some word is.
    any: u16,
    /// What the first word is.
    first: u16,
    words: usize,
    news_verb: Option<String>,
    asks: bool,
    /// A phrase of news of one's own.
    tells: bool,
    /// `we` … `release`.
    made: bool,
}

impl Heard {
    fn of<'a>(words: impl Iterator<Item = Word<'a>> + Clone, lang: Lang) -> Self {
        let mut heard = Self::default();
        let mut we: Option<usize> = None;
        let mut rest = words;
        while let Some(word) = rest.next() {
            let at = heard.words;
            heard.words += 1;
            if heard.news_verb.is_none() && is_news_verb(lang, word.hash) {
                heard.news_verb = Some(word.text.to_owned());
            }
            let Some(is) = WORDS.get(&word.hash).copied() else { continue };
            heard.any |= is;
            if at == 0 {
                heard.first = is;
            }
            heard.made |= is & MAKES != 0 && we.is_some_and(|we| at - we <= REACH);
            if is & WE != 0 {
                we = Some(at);
            }
            if is & OPENS_PHRASE != 0 {
                for (says, others) in PHRASES.get(&word.hash).into_iter().flatten() {
                    let mut ahead = rest.clone();
                    if others.iter().all(|other| ahead.next().is_some_and(|word| word.hash == *other)) {
                        match says {
                            Says::Asks => heard.asks = true,
                            Says::Tells => heard.tells = true,
                        }
                    }
                }
            }
        }
        heard
    }
}

fn shape(headline: &str) -> String {
    let letters = letters_and_figures(headline);
    let mut shape = String::with_capacity(SHAPE_CHARS);
    for word in letters.split(' ') {
        // Days and months change from one regular post to the next, as figures do.
        let word = if matches!(word, "may" | "mai") || is_calendar(hash(word)) { "#" } else { word };
        if word == "#" && shape.ends_with('#') {
            continue;
        }
        if !shape.is_empty() {
            shape.push(' ');
        }
        shape.push_str(word);
    }
    let end = shape.char_indices().nth(SHAPE_CHARS).map_or(shape.len(), |(at, _)| at);
    shape.truncate(end);
    shape.truncate(shape.trim_end().len());
    shape
}

fn letters_and_figures(headline: &str) -> String {
    let mut shape = String::with_capacity(2 * SHAPE_CHARS);
    let mut chars = 0;
    for c in headline.chars() {
        let next = if c.is_numeric() {
            if shape.ends_with('#') {
                continue;
            }
            '#'
        } else if c.is_alphabetic() {
            c.to_lowercase().next().unwrap_or(c)
        } else if shape.ends_with([' ', '#']) && !c.is_whitespace()
            || shape.is_empty()
            || shape.ends_with(' ')
        {
            continue;
        } else {
            ' '
        };
        shape.push(next);
        chars += 1;
        if chars == 2 * SHAPE_CHARS {
            break;
        }
    }
    shape.truncate(shape.trim_end().len());
    shape
}

/// Every `@name` of the text that is not part of an address.
fn handles(raw_body: &str, leading: &[String]) -> Vec<String> {
    let mut found: BTreeSet<String> = leading.iter().cloned().collect();
    for (at, _) in raw_body.match_indices('@') {
        let before = raw_body.get(..at).and_then(|head| head.chars().next_back());
        if before.is_some_and(|c| c.is_alphanumeric() || "/._-".contains(c)) {
            continue;
        }
        let rest = raw_body.get(at + 1..).unwrap_or_default();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || "_.-@".contains(c))).unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default().trim_end_matches(['.', '-', '@']);
        if !name.is_empty() {
            found.insert(name.to_lowercase());
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::clean::{CleanInput, Markup, clean};

    fn forum(title: &str) -> HeadlineSigns {
        titled(title, Venue::Forum)
    }

    fn titled(title: &str, venue: Venue) -> HeadlineSigns {
        let cleaned =
            clean(&CleanInput { title: Some(title), body: "", markup: Markup::Markdown, social: false });
        signs(&cleaned, "", venue, Lang::EN)
    }

    fn post(body: &str) -> HeadlineSigns {
        let cleaned = clean(&CleanInput { title: None, body, markup: Markup::Plain, social: true });
        signs(&cleaned, body, Venue::Social, Lang::EN)
    }

    #[test]
    fn a_news_verb_is_told_as_written() {
        let signs = forum("Harbour Lines announces a night ferry");
        assert_eq!(signs.news_verb.as_deref(), Some("announces"));
        assert_eq!(forum("Harbour Lines and its night ferry").news_verb, None);
        assert_eq!(signs.title_words, 6);
    }

    #[test]
    fn german_headlines_have_their_own_verbs() {
        let cleaned = clean(&CleanInput {
            title: Some("Hafen Nord kündigt Nachtfähre an"),
            body: "",
            markup: Markup::Plain,
            social: false,
        });
        assert!(signs(&cleaned, "", Venue::Publication, Lang::DE).news_verb.is_some());
    }

    #[test]
    fn figures_are_amounts_not_single_digits() {
        for text in ["raises $5", "up 3%", "5 million riders", "line 12 opens", "3x faster", "8 GB"] {
            assert!(forum(text).figures, "{text}");
        }
        assert!(!forum("Line 5 opens").figures);
        assert!(!forum("no figure").figures);
    }

    #[test]
    fn questions_and_calls_for_help_ask() {
        for text in [
            "Is this a ferry?",
            "How the ferry works",
            "Looking for a good tram map",
            "Ticket machine not working today",
        ] {
            assert!(forum(text).asks, "{text}");
        }
        assert!(!forum("The ferry is back").asks);
        assert!(!post("What a day on the ferry").asks);
    }

    #[test]
    fn makers_speak_first_hand() {
        for text in [
            "Introducing the night ferry",
            "We are happy to release the map",
            "The timetable is now available",
        ] {
            assert!(post(text).first_hand, "{text}");
        }
        assert!(!post("They are back on the river").first_hand);
    }

    #[test]
    fn who_speaks_of_himself_or_to_his_readers_is_personal() {
        for text in ["My week on the ferry", "Has anyone seen the ferry", "the ferry and I’m late"] {
            assert!(forum(text).personal, "{text}");
        }
        assert!(!forum("US Harbour Board closes the pier").personal);
    }

    #[test]
    fn accounts_are_named_and_answered() {
        let signs = post("@Ada_L thanks, see @ferry.example and mail a@b.example (@Ada_L)");
        assert!(signs.starts_with_mention);
        assert_eq!(signs.handles_named, ["ada_l", "ferry.example"]);
        assert!(post("https://example.org/x out").has_link);
        assert!(!post("https://example.org/pier.PNG?w=640 out").has_link, "a picture is nothing to read");
        assert!(post("https://pier.mov out").has_link, "a place that is called so is no film");
    }

    #[test]
    fn regular_posts_share_a_shape() {
        let (one, two) = (forum("Daily tram news – 1/14!"), forum("Daily tram news – 12/3"));
        assert_eq!(one.shape, two.shape);
        assert_eq!(one.shape, "daily tram news ##".replace("##", "#"));
        assert!(one.recurring);
        assert!(!forum("Tram news").recurring);
        for issue in [
            "Last Week in Trams #331 - Points, Poles",
            "Rails Podcast 12: the depot",
            "Wheels, Episode 47 – Brakes",
        ] {
            assert!(titled(issue, Venue::Publication).recurring, "{issue}");
            assert!(!forum(issue).recurring, "{issue}");
        }
        for news in ["Tram 47 is back", "Line #4 opens", "Episode of fog closes the harbour"] {
            assert!(!titled(news, Venue::Publication).recurring, "{news}");
        }
        assert!(forum("x".repeat(200).as_str()).shape.len() == SHAPE_CHARS);
    }
}
