//! The rank of a quote: a sum of plain features, strongest first (the table of the writing notes).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use aho_corasick::AhoCorasick;

use super::gates::shouts;
use super::text::{content_stems, count_any, has_any, leans, stem, words};
use super::units::{Unit, UnitKind};
use super::{Source, StoryTerms, lexicon_en};

/// The title of a source, or how it begins.
pub(in crate::write) struct Head {
    /// Its content words.
    pub(in crate::write) stems: BTreeSet<String>,
    /// Whether it has more than half of the story's name.
    pub(in crate::write) named: bool,
    /// Whether the source has it in its title or in the first sentences.
    pub(in crate::write) leads: bool,
}

/// What scoring needs to know of the whole story.
pub(in crate::write) struct Scale<'s> {
    /// Terms of the story.
    pub(in crate::write) terms: &'s StoryTerms,
    /// Sources of publications and official accounts.
    pub(in crate::write) press: BTreeSet<usize>,
    /// Word triples of all texts, each with the sources that have it.
    pub(in crate::write) triples: HashMap<u64, Vec<usize>>,
    /// Whether nobody but members tells the story: what they hand on is its news.
    pub(in crate::write) by_members: bool,
    /// Who wrote each source, by number.
    pub(in crate::write) authors: Vec<usize>,
    /// Rare stems, each with the copy groups that have it.
    pub(in crate::write) rare: BTreeMap<String, BTreeSet<String>>,
    /// Publications of the story.
    pub(in crate::write) outlets: BTreeSet<String>,
    /// Words of what the story is about.
    pub(in crate::write) label: BTreeSet<String>,
    /// The same as stems.
    pub(in crate::write) name: BTreeSet<String>,
    /// What each source is headed by.
    pub(in crate::write) heads: Vec<Head>,
    /// Entity surfaces of the story.
    pub(in crate::write) names: Option<AhoCorasick>,
}

/// Words three at a time, as digests; three words of `name` are nobody's text.
pub(in crate::write) fn triples(text: &str, name: &BTreeSet<String>) -> Vec<u64> {
    let list = words(text);
    let said = list.windows(3).filter(|three| !three.iter().all(|word| name.contains(word)));
    said.map(|three| {
        let mut digest = DefaultHasher::new();
        three.hash(&mut digest);
        digest.finish()
    })
    .collect()
}

/// The score of a unit.
pub(in crate::write) fn score(unit: &Unit<'_>, source: &Source<'_>, scale: &Scale<'_>) -> f64 {
    let text = unit.text;
    let list = words(text);
    let stems: BTreeSet<String> = list.iter().map(|w| stem(w)).collect();
    let press = source.is_press();
    let speaks_for = source.brief.official;

    let mut sum = 0.0;
    let story = scale.terms.hits(&stems);
    sum += scale.terms.weight(&stems);
    sum -= match story {
        0 => 1.5,
        1 => 0.8,
        _ => 0.0,
    };
    if leans(text) {
        sum -= 1.4;
    }
    if !press && !speaks_for && !scale.by_members && is_passed_on(unit, scale) {
        sum -= 1.6;
    }
    if unit.listed && !press {
        sum -= 1.2;
    }
    sum -= 1.2 * count_any(text, lexicon_en::ADVERT) as f64;
    sum += (0.5 * (company(unit, source, scale) as f64).ln_1p()).min(1.5);
    if has_any(text, lexicon_en::REASON) {
        sum += 0.7;
    }
    if list.iter().any(|w| w.chars().any(char::is_numeric)) {
        sum += 0.5;
    }
    // What it costs and how much of it there is is what people ask.
    if text.contains(['$', '€', '£']) || has_any(text, lexicon_en::AMOUNT) {
        sum += 0.5;
    }
    if scale.names.as_ref().is_some_and(|names| names.is_match(text)) {
        sum += 0.35;
    }
    let lively = count_any(text, lexicon_en::FAULT) + count_any(text, lexicon_en::PRAISE);
    sum += 0.5 * lively.min(2) as f64;
    if !press && list.iter().any(|w| lexicon_en::FIRST_PERSON.contains(&w.as_str())) {
        sum += 0.5;
        // What somebody measured themselves is worth most.
        if has_any(text, lexicon_en::TRIED) && list.iter().any(|w| w.chars().any(char::is_numeric)) {
            sum += 0.8;
        }
    }
    if !press && !speaks_for && !scale.by_members && lively == 0 && is_relayed(text, scale) {
        sum -= 0.9;
    }
    // Who hopes or guesses has met nothing yet.
    if has_any(text, lexicon_en::MUSING) {
        sum -= 1.0;
    }
    // Between a headline and a lead stands less than in either.
    if press && unit.kind != UnitKind::Title && !text.ends_with(['.', '!', '?', '”', '’', '"']) {
        sum -= 0.5;
    }
    sum += place_in_text(unit, press || speaks_for);
    let length = text.chars().count() as f64;
    sum -= (length - 135.0).abs() / 130.0;
    sum -= untidy(text, &list);
    if unit.asks() {
        sum -= 0.6;
    }
    if source.opinion {
        sum -= 0.8;
    }
    sum
}

fn place_in_text(unit: &Unit<'_>, press: bool) -> f64 {
    let i = unit.index as f64;
    if unit.kind == UnitKind::Title {
        return 0.2;
    }
    let late = if press && unit.index > 6 { 0.8 } else { 0.0 };
    if press { 1.6 / (1.0 + i) - late } else { 0.5 / (1.0 + i) }
}

/// Whether a unit repeats somebody else: a third of its word triples stand in a publication's or official text, or half
/// of them in anybody's.
pub(in crate::write) fn is_passed_on(unit: &Unit<'_>, scale: &Scale<'_>) -> bool {
    let all = triples(unit.text, &scale.label);
    let said = |by: &dyn Fn(usize) -> bool| {
        let author = scale.authors.get(unit.source);
        let others = |who: &Vec<usize>| who.iter().any(|s| scale.authors.get(*s) != author && by(*s));
        all.iter().filter(|triple| scale.triples.get(*triple).is_some_and(others)).count() as f64
    };
    let of = all.len() as f64;
    !all.is_empty()
        && (said(&|source| scale.press.contains(&source)) >= 0.35 * of || said(&|_| true) >= 0.5 * of)
}

/// How many other copy groups share at least two rare stems with the unit.
fn company(unit: &Unit<'_>, source: &Source<'_>, scale: &Scale<'_>) -> usize {
    let mut shared: BTreeMap<&str, usize> = BTreeMap::new();
    for stem in content_stems(unit.text) {
        if let Some(groups) = scale.rare.get(&stem) {
            for group in groups {
                *shared.entry(group.as_str()).or_default() += 1;
            }
        }
    }
    shared.iter().filter(|(group, n)| **n >= 2 && **group != source.brief.copy_group.as_str()).count()
}

/// Whether a member's words tell only what somebody announced, or what a publication wrote.
fn is_relayed(text: &str, scale: &Scale<'_>) -> bool {
    !has_any(text, lexicon_en::FIRST_PERSON)
        && (has_any(text, lexicon_en::HAPPENED)
            || scale.outlets.iter().any(|name| text.contains(name.as_str())))
}

/// What makes a sentence look untidy.
fn untidy(text: &str, list: &[String]) -> f64 {
    let mut minus = 0.0;
    if shouts(text) {
        minus += 1.0;
    }
    if text.contains('!') {
        minus += 0.3;
    }
    if text.contains("...") || text.contains('…') {
        minus += 0.6;
    }
    let raw = || text.split_whitespace();
    if raw()
        .any(|w| w == "i" || w == "im" || w == "dont" || w == "cant" || w == "its" && text.contains("its a "))
    {
        minus += 0.5;
    }
    if text.starts_with(char::is_lowercase) {
        minus += 0.5;
    }
    if text.chars().any(is_pictograph) {
        minus += 1.0;
    }
    let numbers = raw().filter(|w| w.chars().any(char::is_numeric)).count();
    if numbers > 3 {
        minus += 0.8;
    }
    if text.matches(',').count() > 3 {
        minus += 0.6;
    }
    if text.matches('(').count() > 1 || text.contains(';') {
        minus += 0.3;
    }
    // A long aside breaks a sentence in two.
    if text
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
        .is_some_and(|(aside, _)| aside.len() > 25)
    {
        minus += 0.5;
    }
    if list.first().is_some_and(|w| lexicon_en::IMPERATIVE.contains(&w.as_str())) {
        minus += 0.6;
    }
    minus
}

/// Emoji and other pictures.
pub(in crate::write) fn is_pictograph(c: char) -> bool {
    matches!(u32::from(c), 0x1F000..=0x1FAFF | 0x2600..=0x27BF | 0x2190..=0x21FF | 0x2B00..=0x2BFF | 0xFE0F)
}
