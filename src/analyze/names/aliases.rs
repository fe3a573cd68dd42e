//! Aliases: several ways to write one name.
//!
//! Two kinds are learnt, none is listed. **Variants** differ in case, spaces and hyphens only (`Night Ferry`,
//! `NightFerry`, `night-ferry`): the commonest stands for all. An **abbreviation** belongs to a long form when texts say
//! so (`Harbour Pilots Union (HPU)`, either way round), or when texts that name both are many and its letters are the
//! long form's initials. Schwartz & Hearst (2003) have the bracketed pattern; initials alone are asked for here, because
//! letters from inside words find too much in social posts.

use std::collections::BTreeMap;

use super::find::Mention;
use super::learnt::SPANS;
use super::lists;
use crate::analyze::words::{ByHash, hash};

/// What a text that defines an abbreviation is worth, in texts that merely name both.
const DEFINED: u32 = 3;
/// Evidence asked for, in texts that name both.
const MIN_EVIDENCE: u32 = 3;
/// Of all evidence for an abbreviation, the share one long form must have, in percent.
const MIN_SHARE: u32 = 75;
/// Bytes of a long form.
const MIN_LONG: usize = 6;
/// Letters of an abbreviation.
const SHORT: std::ops::RangeInclusive<usize> = 2..=6;
/// Long forms in one text that are looked at, so that lists cost no square.
const MAX_LONG: usize = 40;

/// Ways to write names, and how often each was seen. Sums: any order of reading gives the same table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Aliases {
    /// By letters and figures only: the ways to write them.
    variants: ByHash<Counts>,
    /// By abbreviation: long forms and the evidence for each.
    long_forms: ByHash<Counts>,
}

/// Texts with numbers, one for each span, in alphabetical order. Nearly all lists hold one, and a corpus has many of them:
/// no tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Counts(Vec<(Box<str>, [u32; SPANS])>);

impl Counts {
    fn add(&mut self, place: usize, text: &str, n: u32) {
        let at = self.0.partition_point(|(known, _)| **known < *text);
        if self.0.get(at).is_none_or(|(known, _)| **known != *text) {
            self.0.reserve_exact(1);
            self.0.insert(at, (text.into(), [0; SPANS]));
        }
        if let Some(count) = self.0.get_mut(at).and_then(|(_, counts)| counts.get_mut(place)) {
            *count += n;
        }
    }

    /// Forgets what was counted in one span; whether anything is left.
    fn forget(&mut self, place: usize) -> bool {
        self.0.retain_mut(|(_, counts)| {
            if let Some(count) = counts.get_mut(place) {
                *count = 0;
            }
            counts.iter().any(|n| *n > 0)
        });
        !self.0.is_empty()
    }

    fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.iter().map(|(text, counts)| (&**text, counts.iter().sum()))
    }

    /// The one with the highest number; the first in alphabet of equals.
    fn most(&self) -> Option<&str> {
        self.iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0))).map(|(text, _)| text)
    }
}

impl Aliases {
    /// Counts the names of one text of the span that stands at `place`.
    pub(super) fn absorb(&mut self, place: usize, text: &str, mentions: &[Mention]) {
        for mention in mentions.iter().filter(|mention| mention.certain) {
            self.variants.entry(hash(&letters(&mention.norm))).or_default().add(place, &mention.norm, 1);
        }
        for ((short, long), evidence) in pairs(text, mentions) {
            self.long_forms.entry(hash(&short)).or_default().add(place, &long, evidence);
        }
    }

    /// Forgets the texts of the span that stands at `place`.
    pub(super) fn forget(&mut self, place: usize) {
        for table in [&mut self.variants, &mut self.long_forms] {
            table.retain(|_, counts| counts.forget(place));
        }
    }

    /// The name that stands for `norm`: of an abbreviation its long form, of variants the commonest.
    pub(super) fn canonical<'a>(&'a self, norm: &'a str) -> &'a str {
        let long =
            self.long_forms.get(&hash(norm)).filter(|_| !lists::is_known_short(norm)).and_then(|forms| {
                // Variants of a long form speak with one voice.
                let mut voices: BTreeMap<String, (u32, &str)> = BTreeMap::new();
                for (form, evidence) in forms.iter().filter(|(form, _)| self.has_initials(form, norm)) {
                    voices.entry(letters(form)).or_insert((0, form)).0 += evidence;
                }
                let all: u32 = voices.values().map(|(evidence, _)| evidence).sum();
                let (_, (evidence, form)) =
                    voices.iter().max_by(|a, b| a.1.0.cmp(&b.1.0).then(b.0.cmp(a.0)))?;
                (*evidence >= MIN_EVIDENCE && evidence * 100 >= all * MIN_SHARE).then_some(*form)
            });
        let name = long.unwrap_or(norm);
        let ways = self.variants.get(&hash(&letters(name)));
        ways.and_then(Counts::most).unwrap_or(name)
    }

    /// Every name that another stands for, with that one.
    pub(super) fn all(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for ways in self.variants.values() {
            for (way, _) in
                ways.iter().filter(|(way, _)| ways.0.len() > 1 || self.long_forms.contains_key(&hash(way)))
            {
                let canonical = self.canonical(way);
                if canonical != way {
                    found.insert(way.to_owned(), canonical.to_owned());
                }
            }
        }
        found
    }

    /// Whether some way to write a long form has these initials: `nightferry` has those of `night ferry`.
    fn has_initials(&self, form: &str, short: &str) -> bool {
        initials(form) == short
            || self
                .variants
                .get(&hash(&letters(form)))
                .is_some_and(|ways| ways.iter().any(|(way, _)| initials(way) == short))
    }
}

/// Letters and figures only.
fn letters(norm: &str) -> String {
    norm.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Abbreviations and long forms of one text that may fit, each pair once, with what the text is worth as evidence.
fn pairs(text: &str, mentions: &[Mention]) -> BTreeMap<(String, String), u32> {
    let mut found: BTreeMap<(String, String), u32> = BTreeMap::new();
    let short: Vec<&Mention> = mentions.iter().filter(|mention| is_short(mention.span.of(text))).collect();
    if short.is_empty() {
        return found;
    }
    for long in mentions.iter().filter(|mention| mention.span.len() >= MIN_LONG).take(MAX_LONG) {
        for short in short.iter().filter(|short| may_shorten(&short.norm, &long.norm)) {
            let evidence = if is_defined(text, short, long) { DEFINED } else { 1 };
            let known = found.entry((short.norm.clone(), long.norm.clone())).or_default();
            *known = evidence.max(*known);
        }
    }
    found
}

/// What a text itself says about abbreviations: each with its long form.
pub(super) fn definitions(text: &str, mentions: &[Mention]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for two in mentions.windows(2) {
        let [first, second] = two else { continue };
        for (short, long) in [(first, second), (second, first)] {
            let fits = is_short(short.span.of(text)) && initials(long.span.of(text)) == short.norm;
            if fits && is_defined(text, short, long) {
                found.entry(short.norm.clone()).or_insert_with(|| long.norm.clone());
            }
        }
    }
    found
}

/// The letters stand in the name, in order, the first at its beginning.
fn may_shorten(short: &str, long: &str) -> bool {
    let mut rest = long.chars();
    let mut letters = short.chars();
    rest.next() == letters.next()
        && !long.starts_with(short)
        && letters.all(|letter| rest.any(|c| c == letter))
}

/// All capitals, or nearly: `HPU`, `HPUs`, `HoC`.
fn is_short(surface: &str) -> bool {
    let capitals = surface.chars().filter(|c| c.is_uppercase()).count();
    SHORT.contains(&surface.chars().count()) && capitals >= 2 && surface.chars().all(char::is_alphanumeric)
}

/// The first letters of a name's words, without small words: `Department of Harbours` and `DeptHarbours` are `dh`.
fn initials(surface: &str) -> String {
    surface
        .split([' ', '-', '‑'])
        .filter(|word| !matches!(*word, "of" | "the" | "and" | "for" | "in" | "on" | "de" | "der" | "für"))
        .flat_map(|word| {
            let inner =
                word.chars().zip(word.chars().skip(1)).filter(|(a, b)| a.is_lowercase() && b.is_uppercase());
            word.chars().next().into_iter().chain(inner.map(|(_, b)| b))
        })
        .flat_map(char::to_lowercase)
        .collect()
}

fn is_defined(text: &str, short: &Mention, long: &Mention) -> bool {
    is_bracketed(text, long, short) || is_bracketed(text, short, long)
}

/// `first (second)`.
fn is_bracketed(text: &str, first: &Mention, second: &Mention) -> bool {
    let between = text.get(first.span.end..second.span.start).unwrap_or_default();
    let after = text.get(second.span.end..).unwrap_or_default();
    between.trim_start() == "(" && after.starts_with(')')
}
