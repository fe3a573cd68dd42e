//! Choosing the quotes of a brief: the counter-quote first, then advice, then the best of each kind of speaker.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aho_corasick::AhoCorasick;

use super::counter::{FLOOR, opposition, tone};
use super::gates::{Known, may_object, passes};
use super::score::{Head, Scale, is_passed_on, score, triples};
use super::text::{content_stems, has_any, overlap};
use super::units::{Unit, UnitKind, units};
use super::{Source, StoryTerms, lexicon_en};
use crate::model::{Lang, RecordId};
use crate::write::material::Corpus;

/// How many quotes of which kind.
#[derive(Clone, Copy, Debug)]
pub(in crate::write) struct Quotas {
    pub(in crate::write) all: usize,
    pub(in crate::write) official: usize,
    pub(in crate::write) press: usize,
}

/// A chosen unit.
#[derive(Clone, Copy, Debug)]
pub(in crate::write) struct Picked<'a> {
    pub(in crate::write) unit: Unit<'a>,
    pub(in crate::write) score: f64,
    /// Which of the opposing ones, the strongest first.
    pub(in crate::write) counter: Option<usize>,
}

/// Quotes under this score are worse than none.
const WORST: f64 = 0.2;
/// Two quotes that share more of their stems say the same.
const TOO_ALIKE: f64 = 0.6;
/// Quotes of one outlet in a story, and of one that has something new.
const PER_OUTLET: usize = 3;
const PER_OUTLET_NEW: usize = 6;
/// Quotes of an update that are taken from what is new before all others.
const OF_THE_NEW: usize = 8;
/// Fewer quotes are few.
const FEW: usize = 6;

struct Choice<'s, 'a> {
    sources: &'s [Source<'a>],
    new: &'s BTreeSet<&'s RecordId>,
    picked: Vec<Picked<'a>>,
    stems: Vec<BTreeSet<String>>,
    speakers: BTreeMap<String, usize>,
    official: usize,
    press: usize,
    press_max: usize,
    per_member: usize,
    quotas: Quotas,
}

impl<'a> Choice<'_, 'a> {
    fn offer(&mut self, unit: Unit<'a>, score: f64, counter: Option<usize>) -> bool {
        let Some(source) = self.sources.get(unit.source) else { return false };
        let (key, most) = if source.is_press() {
            let new = self.new.contains(&source.brief.id);
            (source.brief.speaker.clone(), if new { PER_OUTLET_NEW } else { PER_OUTLET })
        } else if source.brief.official {
            (source.brief.author_key.to_string(), PER_OUTLET)
        } else {
            (source.brief.author_key.to_string(), self.per_member)
        };
        let full = if source.brief.official {
            self.official >= self.quotas.official
        } else {
            source.is_press() && self.press >= self.press_max
        };
        let stems = content_stems(unit.text);
        let clash = self.picked.iter().any(|p| {
            p.unit.source == unit.source
                && (p.unit.span.start < unit.span.end && unit.span.start < p.unit.span.end)
        });
        if full
            || clash
            || self.picked.len() >= self.quotas.all
            || self.speakers.get(&key).is_some_and(|n| *n >= most)
            || self.stems.iter().any(|s| overlap(s, &stems) > TOO_ALIKE)
            || self.picked.iter().any(|p| tells_the_same_figures(p.unit.text, unit.text))
        {
            return false;
        }
        // Who is on the other side is on no other.
        *self.speakers.entry(key).or_default() += if counter.is_some() { most.max(2) } else { 1 };
        if source.brief.official {
            self.official += 1;
        } else if source.is_press() {
            self.press += 1;
        }
        self.stems.push(stems);
        self.picked.push(Picked { unit, score, counter });
        true
    }
}

/// What is quoted from.
pub(in crate::write) struct Told<'s> {
    /// The records, each text once.
    pub(in crate::write) sources: &'s [Source<'s>],
    /// The story's terms.
    pub(in crate::write) terms: &'s StoryTerms,
    /// What it is about.
    pub(in crate::write) label: &'s str,
    /// The language it is written in.
    pub(in crate::write) lang: Lang,
    /// Word statistics.
    pub(in crate::write) corpus: &'s dyn Corpus,
}

/// What may be said of a story, or at least against it, in order of the sources.
fn sayable<'s>(
    told: &Told<'s>,
    scale: &Scale<'_>,
    known: &Known,
) -> impl Iterator<Item = (Unit<'s>, &'s Source<'s>)> {
    let Told { sources, lang, .. } = *told;
    sources
        .iter()
        .enumerate()
        .flat_map(|(at, source)| units(at, source).into_iter().map(move |u| (u, source)))
        .filter(move |(unit, source)| may_object(unit, source, lang, known))
        // Who hands on a text says nothing of their own; a headline handed on is a post of its own.
        .filter(move |(unit, source)| {
            source.is_press()
                || source.brief.official
                || (unit.kind == UnitKind::Title
                    || !is_passed_on(unit, scale)
                    || scale.by_members && !has_any(unit.text, lexicon_en::SELF))
                    // What an outlet says it says itself.
                    && !scale.outlets.iter().any(|outlet| unit.text.contains(outlet.as_str()))
        })
        // A member's words are about it if they or their headings name it, or have two of its words.
        .filter(move |(unit, source)| {
            source.is_press() || source.brief.official || unit.kind == UnitKind::Title || {
                let stems = content_stems(unit.text);
                let headed = scale.heads.get(unit.source).is_some_and(|head| head.named);
                headed || !scale.name.is_disjoint(&stems) || scale.terms.hits(&stems) >= 2
            }
        })
        // A report tells of other things, too: a letter has many.
        .filter(move |(unit, source)| {
            !source.is_press()
                || unit.kind == UnitKind::Title
                || is_of_it(unit, scale)
                || scale.heads.get(unit.source).is_some_and(|head| head.named)
                    && has_any(unit.text, lexicon_en::CRITIC)
        })
}

/// Whether [`select`] finds anything: as a rule the first sentence that may be said tells.
pub(in crate::write) fn is_any(told: &Told<'_>, quotas: Quotas, new: &BTreeSet<&RecordId>) -> bool {
    let scale = scale(told.sources, told.terms, told.label, told.corpus);
    let known = known(told.sources);
    // A list may give way to another.
    let stands = |(unit, source): (Unit<'_>, &Source<'_>)| {
        listed(unit.text).len() < 2
            && passes(&unit, source, told.lang, &known)
            && score(&unit, source, &scale) >= WORST
    };
    sayable(told, &scale, &known).any(stands) || !select(told, quotas, new).is_empty()
}

/// The quotes of a story, best first; `new` are the records that the version before did not have.
pub(in crate::write) fn select<'s>(
    told: &Told<'s>,
    quotas: Quotas,
    new: &BTreeSet<&RecordId>,
) -> Vec<Picked<'s>> {
    let Told { sources, terms, label, lang, corpus } = *told;
    let scale = scale(sources, terms, label, corpus);
    let known = known(sources);
    let mut ranked: Vec<(Unit<'s>, f64)> =
        sayable(told, &scale, &known).map(|(unit, source)| (unit, score(&unit, source, &scale))).collect();
    // Of two lists the longer one is the whole.
    let lists: Vec<(usize, BTreeSet<&str>)> = ranked
        .iter()
        .map(|(unit, _)| (unit.source, listed(unit.text)))
        .filter(|(_, l)| l.len() > 1)
        .collect();
    ranked.retain(|(unit, _)| {
        let mine = listed(unit.text);
        mine.len() < 2
            || !lists.iter().any(|(source, other)| {
                *source != unit.source && mine.len() < other.len() && mine.is_subset(other)
            })
    });
    let id = |u: &Unit<'_>| sources.get(u.source).map(|s| &s.brief.id);
    ranked.sort_by(|a, b| {
        b.1.total_cmp(&a.1).then_with(|| id(&a.0).cmp(&id(&b.0))).then_with(|| a.0.span.cmp(&b.0.span))
    });
    let outside_press = sources.iter().filter(|s| !s.is_press() && !s.brief.quarantined).count();
    let press_max = if outside_press < quotas.all - quotas.press {
        quotas.all - outside_press.min(8)
    } else {
        quotas.press
    };
    let mut choice = Choice {
        sources,
        new,
        picked: Vec::new(),
        stems: Vec::new(),
        speakers: BTreeMap::new(),
        official: 0,
        press: 0,
        press_max,
        per_member: 1,
        quotas,
    };
    reserve_counter(&ranked, terms, &content_stems(label), &mut choice);
    ranked.retain(|(unit, _)| sources.get(unit.source).is_some_and(|s| passes(unit, s, lang, &known)));
    reserve_new(&ranked, new, &mut choice);
    reserve_official(&ranked, &mut choice);
    reserve_leads(&ranked, &mut choice);
    reserve_advice(&ranked, &mut choice);
    for (unit, score) in &ranked {
        if *score >= WORST {
            choice.offer(*unit, *score, None);
        }
    }
    // Where few have much to say, they say more.
    if choice.picked.len() < FEW {
        choice.per_member = 2;
        for (unit, score) in &ranked {
            if *score >= WORST && choice.picked.len() < FEW {
                choice.offer(*unit, *score, None);
            }
        }
    }
    let mut picked = choice.picked;
    picked.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| id(&a.unit).cmp(&id(&b.unit)))
            .then_with(|| a.unit.span.cmp(&b.unit.span))
    });
    picked
}

fn reserve_counter<'a>(
    ranked: &[(Unit<'a>, f64)],
    terms: &StoryTerms,
    label: &BTreeSet<String>,
    choice: &mut Choice<'_, 'a>,
) {
    let tone = tone(choice.sources);
    let mut opposing: Vec<(Unit<'a>, f64, f64, bool)> = ranked
        .iter()
        .filter(|(unit, score)| *score > if unit.kind == UnitKind::Title { -4.0 } else { -2.0 })
        .filter_map(|(unit, score)| {
            let source = choice.sources.get(unit.source)?;
            let strength = opposition(unit, source, terms, label, tone);
            (strength >= FLOOR).then_some((*unit, *score, strength + 0.4 * score, strength > FLOOR))
        })
        .collect();
    // Stable: the better rank first among equals.
    opposing.sort_by(|a, b| b.3.cmp(&a.3).then_with(|| b.2.total_cmp(&a.2)));
    let mut taken = 0;
    for (unit, score, ..) in opposing {
        if taken < 2 && choice.offer(unit, score, Some(taken)) {
            taken += 1;
        }
    }
}

/// Who speaks for the organisation says it first: what a report repeats of it is the same.
fn reserve_official<'a>(ranked: &[(Unit<'a>, f64)], choice: &mut Choice<'_, 'a>) {
    let official = |unit: &Unit<'a>| choice.sources.get(unit.source).is_some_and(|s| s.brief.official);
    let best = ranked.iter().find(|(unit, score)| *score >= WORST && official(unit));
    if let Some((unit, score)) = best {
        choice.offer(*unit, *score, None);
    }
}

/// What a report begins with is its news: the best of its first two sentences, one for each report.
fn reserve_leads<'a>(ranked: &[(Unit<'a>, f64)], choice: &mut Choice<'_, 'a>) {
    let mut seen = BTreeSet::new();
    for (unit, score) in ranked.iter().filter(|(_, score)| *score >= WORST) {
        let leads = unit.kind != UnitKind::Title
            && unit.index < 2
            && choice.sources.get(unit.source).is_some_and(|s| s.is_press() && !s.opinion);
        if leads && !seen.contains(&unit.source) && choice.offer(*unit, *score, None) {
            seen.insert(unit.source);
        }
    }
}

/// An update is made of what is new; the rest fills up.
fn reserve_new<'a>(ranked: &[(Unit<'a>, f64)], new: &BTreeSet<&RecordId>, choice: &mut Choice<'_, 'a>) {
    let mut taken = 0;
    for (unit, score) in ranked.iter().filter(|(_, score)| *score >= WORST) {
        let is_new = choice.sources.get(unit.source).is_some_and(|s| new.contains(&s.brief.id));
        if is_new && taken < OF_THE_NEW && choice.offer(*unit, *score, None) {
            taken += 1;
        }
    }
}

/// Advice comes from those who speak for the organisation, then publications, then members.
fn reserve_advice<'a>(ranked: &[(Unit<'a>, f64)], choice: &mut Choice<'_, 'a>) {
    let mut found: Vec<(Unit<'a>, f64, f64)> = ranked
        .iter()
        .filter(|(unit, score)| {
            *score >= WORST
                && !unit.asks()
                && (has_any(unit.text, lexicon_en::ADVICE) || has_any(unit.text, lexicon_en::PRACTICAL))
        })
        .filter_map(|(unit, score)| {
            let source = choice.sources.get(unit.source)?;
            let standing = if source.brief.official { 1.5 } else { f64::from(u8::from(source.is_press())) };
            Some((*unit, *score, score + standing))
        })
        .collect();
    found.sort_by(|a, b| b.2.total_cmp(&a.2));
    let mut taken = 0;
    for (unit, score, _) in found {
        if taken < 2 && choice.offer(unit, score, None) {
            taken += 1;
        }
    }
}

/// Whether two texts tell the same two figures or more: `4 cars, 12 cabins and 27 berths`.
fn tells_the_same_figures(one: &str, other: &str) -> bool {
    let of = |text: &str| -> BTreeSet<String> {
        let words = super::text::words(text).into_iter();
        words.filter(|word| word.contains(|c: char| c.is_ascii_digit()) && !word.starts_with("20")).collect()
    };
    let (one, other) = (of(one), of(other));
    one.len().min(other.len()) > 1 && (one.is_subset(&other) || other.is_subset(&one))
}

/// The names of the longest list in a sentence: `Plus, Pro, Business and Enterprise`.
fn listed(text: &str) -> BTreeSet<&str> {
    let mut best: BTreeSet<&str> = BTreeSet::new();
    let mut run: BTreeSet<&str> = BTreeSet::new();
    let mut open = false;
    for word in text.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let joins = matches!(word, "and" | "or" | "&");
        if joins && !run.is_empty() {
            open = true;
        } else if bare.starts_with(char::is_uppercase) {
            if !open {
                run.clear();
            }
            run.insert(bare);
            open = word.ends_with(',');
        } else {
            run.clear();
            open = false;
        }
        if run.len() > best.len() {
            best.clone_from(&run);
        }
    }
    best
}

/// Sentences that a report begins with.
const LEAD: usize = 4;

fn has_figure(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
}

/// Whether a report's sentence speaks of the story: it has its name or three of its words, or it stands in the beginning of
/// a report that begins with the name, or it has two of the words of a headline with the name.
fn is_of_it(unit: &Unit<'_>, scale: &Scale<'_>) -> bool {
    let stems = content_stems(unit.text);
    let hits = scale.terms.hits(&stems);
    // What stands in the beginning of a report that begins with the story is its news.
    let begins = |head: &Head| {
        head.named && (unit.index < 2 || unit.index < LEAD && has_figure(unit.text))
            || (head.named || head.leads) && unit.index < LEAD && hits > 0
    };
    let of_a_head = |head: &Head| {
        begins(head) || head.named && (hits >= 2 || stems.intersection(&head.stems).count() >= 2)
    };
    hits >= 3 || !scale.name.is_disjoint(&stems) || scale.heads.get(unit.source).is_some_and(of_a_head)
}

fn known(sources: &[Source<'_>]) -> Known {
    let known: Vec<&str> =
        sources.iter().filter(|s| s.is_press() || s.brief.official).map(|s| s.text).collect();
    Known { text: known.join("\n"), by_members: known.is_empty() }
}

/// A word is rare from this inverse document frequency on (one record in about a hundred).
const RARE: f64 = 4.5;

fn scale<'s>(sources: &[Source<'_>], terms: &'s StoryTerms, label: &str, corpus: &dyn Corpus) -> Scale<'s> {
    let mut press = BTreeSet::new();
    let label: BTreeSet<String> = super::text::words(label).into_iter().collect();
    let mut said: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut rare: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for (at, source) in sources.iter().enumerate() {
        for triple in triples(source.text, &label) {
            let who = said.entry(triple).or_default();
            if who.last() != Some(&at) {
                who.push(at);
            }
        }
        if source.is_press() || source.brief.official {
            press.insert(at);
        }
        for word in super::text::words(source.text) {
            if !super::text::is_stop(&word) && corpus.idf(&word) >= RARE {
                let stem = super::text::stem(&word);
                rare.entry(stem).or_default().insert(source.brief.copy_group.to_string());
            }
        }
        names.extend(
            source.member.analysis.entities.iter().map(|e| e.surface.as_str()).filter(|n| !n.is_empty()),
        );
    }
    // A stem of most records is the story itself, not company in a detail.
    let n = sources.len();
    rare.retain(|_, groups| groups.len() >= 2 && groups.len() * 2 <= n.max(4));
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let authors = sources
        .iter()
        .map(|s| {
            let next = numbers.len();
            *numbers.entry(s.brief.author_key.as_str()).or_insert(next)
        })
        .collect();
    let outlets = sources.iter().filter(|s| s.is_press()).map(|s| s.brief.speaker.clone()).collect();
    let name: BTreeSet<String> = label.iter().map(|word| super::text::stem(word)).collect();
    let heads = sources
        .iter()
        .map(|source| {
            let stems = content_stems(source.head());
            let has = |stems: &BTreeSet<String>| name.intersection(stems).count() * 2 > name.len();
            Head { named: has(&stems), leads: has(&content_stems(source.opening())), stems }
        })
        .collect();
    let names = AhoCorasick::new(names).ok();
    Scale {
        by_members: press.is_empty(),
        outlets,
        terms,
        press,
        triples: said,
        authors,
        rare,
        label,
        name,
        heads,
        names,
    }
}

#[cfg(test)]
mod tests {
    use super::{listed, tells_the_same_figures};

    #[test]
    fn two_sentences_that_tell_the_same_figures_tell_the_same() {
        let cars = "It has 4 cars and 12 cabins.";
        assert!(tells_the_same_figures(cars, "There are 4 cars, 12 cabins and 27 berths."));
        assert!(!tells_the_same_figures(cars, "It has 4 cars and no cabin."));
        assert!(!tells_the_same_figures(cars, "It has 5 cars and 12 cabins."));
    }

    #[test]
    fn the_longer_of_two_lists_is_known_by_its_names() {
        let of = |text: &'static str| listed(text).into_iter().collect::<Vec<_>>();
        assert_eq!(of("It stops in Vantry, Hollin and Saltby on Sundays."), ["Hollin", "Saltby", "Vantry"]);
        assert_eq!(of("It stops in Hollin and Saltby."), ["Hollin", "Saltby"]);
        assert!(listed("It stops in Vantry on Sundays").len() < 2);
        assert!(listed("Hollin and Saltby").is_subset(&listed("Vantry, Hollin, and Saltby")));
    }
}
