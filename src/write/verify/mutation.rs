//! Good sentences, falsified mechanically: each lie must be caught. Seeded, so that a failure repeats.
//!
//! Tiers: the invented sample, the worlds' good sentences, the demo's stories (`write::demo_lies`), and exported stories
//! in the folder that `NEWSDESK_TEST_BUNDLES` names.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::*;
use crate::model::SentenceKind::{Count, Frame, NoneFound, Quote, Report};
use crate::model::{CountId, RecordId, Sha256};
use crate::write::verify_sample as sample;

/// A small generator (splitmix64): enough to pick places to lie at.
pub(in crate::write) struct Dice(pub(in crate::write) u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides.max(1) as u64).unwrap()
    }

    fn pick<'t, T>(&mut self, list: &'t [T]) -> Option<&'t T> {
        list.get(self.roll(list.len()))
    }
}

/// A falsification: `None` where a sentence gives no room for it.
type Lie = fn(&Sentence, &Brief, &mut Dice) -> Option<Sentence>;
/// A falsification of the source: the same words, where they were said otherwise.
type Turn = fn(&str) -> String;

fn with_text(s: &Sentence, text: String) -> Option<Sentence> {
    (text != s.text).then(|| Sentence { text, ..s.clone() })
}

/// The first quotation and what stands around it.
fn parts(s: &Sentence) -> Option<(String, Vec<String>, String)> {
    let (before, rest) = s.text.split_once('“')?;
    let (inner, after) = rest.rsplit_once('”')?;
    (s.kind == Quote && !inner.contains('”'))
        .then(|| (before.to_owned(), inner.split(' ').map(str::to_owned).collect(), after.to_owned()))
}

fn requote(s: &Sentence, words: &[String], around: (&str, &str)) -> Option<Sentence> {
    with_text(s, format!("{}“{}”{}", around.0, words.join(" "), around.1))
}

fn in_quote(s: &Sentence, dice: &mut Dice, change: impl FnOnce(&mut Vec<String>, usize)) -> Option<Sentence> {
    let (before, mut words, after) = parts(s)?;
    let inner = 1..words.len().checked_sub(1)?;
    if inner.is_empty() {
        return None;
    }
    let at = inner.start + dice.roll(inner.len());
    change(&mut words, at);
    requote(s, &words, (&before, &after))
}

const DIGITS: &[&str] = &["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

fn next_number(word: &str) -> Option<String> {
    if let Some(n) = DIGITS.iter().position(|w| *w == word) {
        return DIGITS.get(n + 1).map(|w| (*w).to_owned());
    }
    word.parse::<u64>().ok().map(|n| (n + 1).to_string())
}

fn outside_words(s: &Sentence) -> Vec<tokens::Token<'_>> {
    let marks = tokens::quotations(&s.text).unwrap_or_default();
    tokens::tokens(&s.text, &tokens::outside(&s.text, &marks))
}

/// Changes one word outside quotation marks.
fn change_outside(
    s: &Sentence,
    dice: &mut Dice,
    change: impl Fn(&str) -> Option<String>,
) -> Option<Sentence> {
    let found: Vec<_> =
        outside_words(s).into_iter().filter_map(|t| Some((t.start, t.end, change(t.text)?))).collect();
    let (start, end, new) = dice.pick(&found)?;
    with_text(s, format!("{}{new}{}", s.text.get(..*start)?, s.text.get(*end..)?))
}

fn bump_number(s: &Sentence, _: &Brief, dice: &mut Dice) -> Option<Sentence> {
    change_outside(s, dice, next_number)
}

/// Changes a number inside the quotation, however it is written there.
fn bump_quoted(s: &Sentence, dice: &mut Dice) -> Option<Sentence> {
    let (before, words, after) = parts(s)?;
    let at: Vec<usize> =
        (0..words.len()).filter(|i| words[*i].contains(|c: char| c.is_ascii_digit())).collect();
    let at = *dice.pick(&at)?;
    let mut words = words;
    words[at] = words[at]
        .chars()
        .map(|c| c.to_digit(10).map_or(c, |d| char::from_digit((d + 1) % 10, 10).unwrap()))
        .collect();
    requote(s, &words, (&before, &after))
}

fn speaker(s: &Sentence, brief: &Brief) -> Option<String> {
    let outside: String = {
        let marks = tokens::quotations(&s.text)?;
        tokens::outside(&s.text, &marks)
            .iter()
            .filter_map(|(a, b)| s.text.get(*a..*b))
            .collect::<Vec<_>>()
            .join("\u{1}")
    };
    s.citations
        .iter()
        .filter_map(|c| brief.record(&c.record))
        .map(|r| r.speaker.clone())
        .find(|name| outside.contains(name.as_str()))
}

/// Puts words where a sentence about a quotation ends: before the last stop, outside the marks.
fn tail(s: &Sentence, words: &str) -> Option<Sentence> {
    if !matches!(s.kind, Quote | Report | Count) {
        return None;
    }
    let text = match s.text.strip_suffix('.') {
        Some(head) => format!("{head}{words}."),
        None => format!("{}{words}.", s.text),
    };
    with_text(s, text)
}

/// Puts words before a sentence.
fn lead(s: &Sentence, words: &str) -> Option<Sentence> {
    matches!(s.kind, Quote | Report | Count).then(|| with_text(s, format!("{words}{}", s.text))).flatten()
}

/// A capitalised word in the middle of a sentence of another record than the cited ones, that they do not have.
fn strange_name(s: &Sentence, brief: &Brief, dice: &mut Dice) -> Option<String> {
    let cited: String = s
        .citations
        .iter()
        .filter_map(|c| brief.record(&c.record)?.text.as_deref())
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    let known = format!("{cited} {} {}", brief.label.to_lowercase(), brief.topic.name.to_lowercase());
    let all: String = brief.records.iter().filter_map(|r| r.text.as_deref()).collect::<Vec<_>>().join(" ");
    let names: Vec<String> = brief
        .records
        .iter()
        .filter(|r| !r.quarantined && !s.citations.iter().any(|c| c.record == r.id))
        .filter_map(|r| r.text.as_deref())
        .flat_map(|t| {
            t.split_whitespace()
                .zip(t.split_whitespace().skip(1))
                .filter(|(before, _)| before.ends_with(char::is_lowercase))
                .map(|(_, word)| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned())
                .collect::<Vec<_>>()
        })
        .filter(|w| {
            w.starts_with(char::is_uppercase) && w.chars().count() > 3 && w.chars().all(char::is_alphabetic)
        })
        .filter(|w| !known.contains(&w.to_lowercase()) && !s.text.contains(w.as_str()))
        // Days are dates, and a word that stands somewhere in small letters is no name.
        .filter(|w| !DAYS.contains(&w.as_str()) && !MONTHS.contains(&w.as_str()))
        .filter(|w| !all.contains(&w.to_lowercase()) && !lexicon::has(lexicon::GLUE, &w.to_lowercase()))
        .collect();
    dice.pick(&names).cloned()
}

/// The second half of another sentence of the same record behind the first half of the quoted one.
fn stitched(s: &Sentence, brief: &Brief, dice: &mut Dice) -> Option<Sentence> {
    let (before, words, after) = parts(s)?;
    let own = brief.record(&s.citations.first()?.record)?.text.as_deref()?;
    let quoted = words.join(" ");
    let others: Vec<&str> = own
        .split(['.', '\n', '!', '?'])
        .map(str::trim)
        .filter(|o| o.split(' ').count() >= 6 && !quoted.contains(*o) && !o.contains(['“', '”']))
        .collect();
    let other: Vec<&str> = dice.pick(&others)?.split(' ').collect();
    let mut joined: Vec<String> = words.get(..words.len() / 2)?.to_vec();
    joined.extend(other.get(other.len() / 2..)?.iter().map(|w| (*w).to_owned()));
    // By chance it may be what was said.
    let new = joined.join(" ");
    let said = fold::find_fragment(own, &new).is_empty();
    said.then(|| requote(s, &joined, (&before, &after))).flatten()
}

const OPPOSITES: &[(&str, &str)] = &[
    ("no", "every"),
    ("not", "always"),
    ("more", "fewer"),
    ("less", "more"),
    ("up", "down"),
    ("before", "after"),
    ("late", "early"),
    ("open", "closed"),
    ("old", "new"),
    ("good", "bad"),
    ("first", "last"),
    ("with", "without"),
    ("can", "cannot"),
    ("will", "won't"),
    ("is", "isn't"),
    ("are", "aren't"),
    ("was", "wasn't"),
    ("has", "hasn't"),
    ("have", "haven't"),
];

fn opposite(word: &str) -> Option<String> {
    OPPOSITES.iter().find_map(|(a, b)| (word == *a).then(|| (*b).to_owned()))
}

const MONTHS: &[&str] = &[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: &[&str] = &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The day of a date outside quotation marks, moved.
fn move_day(s: &Sentence) -> Option<Sentence> {
    let words = outside_words(s);
    let pair = words.windows(2).find(|w| MONTHS.contains(&w[1].text) && w[0].text.parse::<u32>().is_ok())?;
    let day: u32 = pair[0].text.parse().ok()?;
    let other = if day > 14 { day - 13 } else { day + 13 };
    with_text(s, format!("{}{other}{}", s.text.get(..pair[0].start)?, s.text.get(pair[0].end..)?))
}

fn next_of(list: &[&str], word: &str) -> Option<String> {
    let at = list.iter().position(|w| *w == word)?;
    list.get((at + 1) % list.len()).map(|w| (*w).to_owned())
}

/// Another word for what is counted, that counts something else.
fn other_unit(word: &str) -> Option<String> {
    let other = match word {
        "records" | "posts" | "articles" => "authors",
        "authors" | "people" | "voices" => "places",
        "places" | "publications" | "outlets" => "platforms",
        "platforms" | "networks" | "members" => "outlets",
        "days" => "weeks",
        _ => return None,
    };
    Some(other.to_owned())
}

fn other_place(s: &Sentence, brief: &Brief, dice: &mut Dice) -> Option<Sentence> {
    let places: Vec<&str> = s
        .citations
        .iter()
        .filter_map(|c| brief.record(&c.record))
        .flat_map(|r| [r.venue.as_str(), r.platform.display_name()])
        .filter(|v| outside_has(s, v))
        .collect();
    let place = *dice.pick(&places)?;
    with_text(s, replace_outside(s, place, "r/gardening")?)
}

fn outside_has(s: &Sentence, name: &str) -> bool {
    replace_outside(s, name, "\u{1}").is_some()
}

/// The text with the first `name` outside quotation marks replaced.
fn replace_outside(s: &Sentence, name: &str, new: &str) -> Option<String> {
    let marks = tokens::quotations(&s.text)?;
    let (at, _) = tokens::outside(&s.text, &marks)
        .into_iter()
        .find_map(|(a, b)| s.text.get(a..b)?.find(name).map(|found| (a + found, b)))?;
    Some(format!("{}{new}{}", s.text.get(..at)?, s.text.get(at + name.len()..)?))
}

/// Speakers of two quotations, exchanged.
fn exchanged(s: &Sentence, brief: &Brief) -> Option<Sentence> {
    let mut names: Vec<&str> = s
        .citations
        .iter()
        .filter_map(|c| brief.record(&c.record))
        .map(|r| r.speaker.as_str())
        .filter(|n| outside_has(s, n))
        .collect();
    names.sort_unstable();
    names.dedup();
    let [a, b] = names[..] else { return None };
    if a.contains(b) || b.contains(a) || tokens::quotations(&s.text)?.len() < 2 {
        return None;
    }
    with_text(s, s.text.replace(a, "\u{1}").replace(b, a).replace('\u{1}', b))
}

/// Two words of a paraphrase, exchanged.
fn exchanged_words(s: &Sentence, dice: &mut Dice) -> Option<Sentence> {
    if s.kind != Report {
        return None;
    }
    let long: Vec<&str> =
        s.text.split(' ').filter(|w| w.len() > 4 && w.chars().all(char::is_alphabetic)).collect();
    let (a, b) = (dice.pick(&long)?, dice.pick(&long)?);
    (a != b).then(|| with_text(s, s.text.replace(a, "\u{1}").replace(b, a).replace('\u{1}', b))).flatten()
}

/// Kinds that touch quotations, counts, ids, names, numbers and attribution: all must be caught (`true`).
#[rustfmt::skip]
const LIES: &[(&str, bool, Lie)] = &[
    ("quote: word changed", true, |s, _, d| in_quote(s, d, |w, at| w[at] = "purple".to_owned())),
    ("quote: word dropped", true, |s, _, d| in_quote(s, d, |w, at| { w.remove(at); }).filter(|x| x.text.replace([' ', '-', '–', '—'], "") != s.text.replace([' ', '-', '–', '—'], ""))),
    ("quote: word added", true, |s, _, d| in_quote(s, d, |w, at| w.insert(at, "really".to_owned()))),
    ("quote: words swapped", true, |s, _, d| in_quote(s, d, |w, at| w.swap(at, at - 1))),
    ("quote: ellipsis", true, |s, _, d| in_quote(s, d, |w, at| w[at] = "…".to_owned()).filter(|x| x.text.matches('…').count() > s.text.matches('…').count())),
    ("quote: negation added", true, |s, _, d| in_quote(s, d, |w, at| w.insert(at, "not".to_owned()))),
    ("quote: negation dropped", true, |s, _, _| {
        let (b, w, a) = parts(s)?;
        let kept: Vec<String> = w.iter().filter(|x| !matches!(x.as_str(), "not" | "no" | "never")).cloned().collect();
        (kept.len() < w.len() && !matches!(w.first()?.as_str(), "not" | "no" | "never")).then(|| requote(s, &kept, (&b, &a))).flatten()
    }),
    ("quote: opposite word", true, |s, _, d| {
        let (b, w, a) = parts(s)?;
        let at: Vec<usize> = (1..w.len()).filter(|i| opposite(&w[*i]).is_some()).collect();
        let at = *d.pick(&at)?;
        let mut w = w;
        w[at] = opposite(&w[at])?;
        requote(s, &w, (&b, &a))
    }),
    ("quote: number changed", true, |s, _, d| bump_quoted(s, d)),
    ("quote: stitched of two sentences", true, stitched),
    ("quote: capital inside", true, |s, _, d| in_quote(s, d, |w, at| w[at] = w[at].to_uppercase()).filter(|x| x.text != s.text)),
    ("quote: cut to two words", true, |s, _, _| { let (b, w, a) = parts(s)?; requote(s, w.get(..2)?, (&b, &a)) }),
    ("quote: cut inside a word", true, |s, _, _| {
        let (b, mut w, a) = parts(s)?;
        let first = w.first_mut().filter(|f| f.chars().count() > 3 && f.chars().all(char::is_alphanumeric))?;
        first.remove(0);
        requote(s, &w, (&b, &a))
    }),
    ("quote: scare quotes", true, |s, b, _| { let m = speaker(s, b)?; with_text(s, replace_outside(s, &m, &format!("{m} of “utter chaos”"))?) }),
    ("number: one more", true, bump_number),
    ("number: word for another", true, |s, _, d| change_outside(s, d, |w| DIGITS.contains(&w).then(|| "dozens".to_owned()))),
    ("number: share from a count", true, |s, _, _| { let u = s.counts.first()?; let share = format!("{}% of them: ", 100 * u.n / u.of.max(1)); lead(s, &share) }),
    ("name: speaker invented", true, |s, b, _| with_text(s, s.text.replace(&speaker(s, b)?, "u/marble-gull"))),
    ("name: speaker swapped", true, |s, b, d| {
        let mine = speaker(s, b)?;
        let others: Vec<&str> = b.records.iter().map(|r| r.speaker.as_str()).filter(|n| *n != mine && !s.text.contains(n) && !s.citations.iter().any(|c| b.record(&c.record).is_some_and(|r| r.speaker == *n))).collect();
        with_text(s, s.text.replace(&mine, d.pick(&others)?))
    }),
    ("name: speakers of two quotations exchanged", true, |s, b, _| exchanged(s, b)),
    ("name: second speaker added", true, |s, b, d| {
        let others: Vec<&str> = b.records.iter().map(|r| r.speaker.as_str()).filter(|n| !s.text.contains(n) && !s.citations.iter().any(|c| b.record(&c.record).is_some_and(|r| r.speaker == *n || r.venue == *n))).collect();
        let other = d.pick(&others)?;
        (s.kind == Quote).then(|| tail(s, &format!(", as {other} wrote"))).flatten()
    }),
    ("name: from another record", true, |s, b, d| { let name = strange_name(s, b, d)?; tail(s, &format!(" about {name}")) }),
    ("name: place swapped", true, other_place),
    ("attribution removed", true, |s, b, _| {
        speaker(s, b)?;
        let (_, w, _) = parts(s)?;
        with_text(s, format!("“{}.”", w.join(" ").trim_end_matches([',', '.', '!', '?'])))
    }),
    ("attribution to a member", true, |s, b, _| { let m = speaker(s, b)?; (s.kind == Quote).then(|| with_text(s, s.text.replace(&m, "a member"))).flatten() }),
    ("id: unknown record", true, |s, _, _| { let mut x = s.clone(); x.citations.first_mut()?.record = RecordId::from_stored("feedfacefeedface"); Some(x) }),
    ("id: other record", true, |s, b, _| {
        let mut x = s.clone();
        let c = x.citations.first_mut()?;
        let other = b.records.iter().find(|r| r.id != c.record && r.text.as_ref().is_some_and(|t| t.len() > c.end && t.get(c.start..c.end).is_some_and(|w| Sha256::of(w) != c.sha256)))?;
        (c.record, c.url) = (other.id.clone(), other.url.clone());
        Some(x)
    }),
    ("id: other record, true digest", true, |s, b, d| {
        let mut x = s.clone();
        let (_, w, _) = parts(s)?;
        let said = w.join(" ").trim_end_matches([',', '.', '!', '?']).to_owned();
        let c = x.citations.first_mut()?;
        let others: Vec<&BriefRecord> = b.records.iter().filter(|r| r.id != c.record && r.text.as_ref().is_some_and(|t| !t.is_empty() && !t.contains(&said)) && !r.quarantined).collect();
        let other = d.pick(&others)?;
        let text = other.text.as_deref()?;
        (c.record, c.url, c.start, c.end, c.sha256) = (other.id.clone(), other.url.clone(), 0, text.len(), Sha256::of(text));
        (s.kind == Quote && s.citations.len() == 1).then_some(x)
    }),
    ("id: unknown count", true, |s, _, _| { let mut x = s.clone(); x.counts.first_mut()?.id = CountId::from_stored("c99x"); Some(x) }),
    ("id: citations removed", true, |s, _, _| (!s.citations.is_empty() && matches!(s.kind, Quote | Report)).then(|| Sentence { citations: Vec::new(), ..s.clone() })),
    ("id: counts removed", true, |s, _, _| (!s.counts.is_empty()).then(|| Sentence { counts: Vec::new(), ..s.clone() })),
    ("id: a count under a paraphrase", true, |s, b, _| (s.kind == Report && s.counts.is_empty()).then(|| Some(Sentence { counts: vec![b.use_count(b.counts.first()?)], citations: Vec::new(), ..s.clone() })).flatten()),
    ("count: n off by one", true, |s, _, _| { let mut x = s.clone(); x.counts.first_mut()?.n += 1; Some(x) }),
    ("count: base off by one", true, |s, _, _| { let mut x = s.clone(); x.counts.first_mut()?.of += 1; Some(x) }),
    ("count: a record left out", true, |s, _, _| { let mut x = s.clone(); x.counts.first_mut()?.records.pop()?; Some(x) }),
    ("count: other count", true, |s, b, d| {
        let mut x = s.clone();
        let used: Vec<_> = s.counts.iter().map(|u| u.n).collect();
        let others: Vec<_> = b.counts.iter().map(|c| b.use_count(c)).filter(|u| !used.contains(&u.n) && !used.contains(&u.of)).collect();
        *x.counts.first_mut()? = d.pick(&others)?.clone();
        (s.kind == Count && s.counts.len() == 1).then_some(x)
    }),
    ("count: predicate changed", true, |s, _, d| (s.kind == Count).then(|| change_outside(s, d, |w| matches!(w, "name" | "names" | "mention" | "mentions" | "appear" | "appears" | "cover" | "covered" | "come" | "comes").then(|| "complain about".to_owned()))).flatten()),
    ("count: term changed", true, |s, b, _| {
        let term = s.counts.iter().find_map(|u| match &b.count(&u.id)?.filter { CountFilter::Mentions { term } => Some(term.clone()), _ => None })?;
        let at = s.text.to_lowercase().find(&term.to_lowercase()).filter(|at| s.text.is_char_boundary(*at))?;
        with_text(s, format!("{}battery{}", s.text.get(..at)?, s.text.get(at + term.len()..)?))
    }),
    ("count: unit changed", true, |s, _, d| (s.kind == Count).then(|| change_outside(s, d, other_unit)).flatten().filter(|x| !x.text.contains("authors by"))),
    ("count: whole for part", true, |s, _, _| (s.counts.iter().any(|u| u.n < u.of) && s.kind == Count).then(|| lead(s, "All of them: ")).flatten()),
    ("span: shifted", true, |s, _, _| { let mut x = s.clone(); let c = x.citations.first_mut()?; c.start += 1; Some(x) }),
    ("span: too far", true, |s, _, _| { let mut x = s.clone(); x.citations.first_mut()?.end += 100_000; Some(x) }),
    ("span: digest changed", true, |s, _, _| { let mut x = s.clone(); x.citations.first_mut()?.sha256 = Sha256::of("else"); Some(x) }),
    ("link: other address", true, |s, _, _| { let mut x = s.clone(); x.citations.first_mut()?.url.push('0'); Some(x) }),
    ("link: added in the text", true, |s, _, _| tail(s, " (https://example.net/more)")),
    ("date: another day", true, |s, _, _| move_day(s)),
    ("date: another month", true, |s, _, d| change_outside(s, d, |w| next_of(MONTHS, w))),
    ("date: another weekday", true, |s, _, d| change_outside(s, d, |w| next_of(DAYS, w))),
    ("date: another span", true, |s, _, _| with_text(s, s.text.replace("the same day", "nine days later").replace("a day later", "nine days later").replace("a day earlier", "nine days later").replace("days later", "days earlier"))),
    ("glue: negation", true, |s, b, _| { let m = speaker(s, b)?; (s.kind == Quote).then(|| with_text(s, replace_outside(s, &m, &format!("{m} never"))?)).flatten() }),
    ("glue: strong verb", true, |s, _, d| change_outside(s, d, |w| matches!(w, "wrote" | "said" | "reported" | "posted" | "asked").then(|| "admitted".to_owned()))),
    ("glue: a duty of an option", true, |s, _, d| change_outside(s, d, |w| matches!(w, "wrote" | "said" | "reported" | "posted").then(|| "demanded".to_owned()))),
    ("glue: a fact of a claim", true, |s, _, d| change_outside(s, d, |w| matches!(w, "wrote" | "said" | "reported" | "posted").then(|| "proved".to_owned()))),
    ("glue: a deed of a plan", true, |s, _, _| tail(s, ", which has happened")),
    ("glue: motive", true, |s, _, _| tail(s, " out of spite")),
    ("glue: cause", true, |s, _, _| tail(s, " because of the anger")),
    ("glue: comparison", true, |s, _, _| tail(s, ", worse than ever")),
    ("glue: trend", true, |s, _, _| tail(s, " as complaints grow")),
    ("glue: advice", true, |s, _, _| tail(s, ", so wait with buying")),
    ("glue: loaded word", true, |s, b, _| { let m = speaker(s, b)?; with_text(s, replace_outside(s, &m, &format!("{m} angrily"))?) }),
    ("glue: name added", true, |s, _, _| tail(s, " after a call with Orla Brandt")),
    ("glue: background from memory", true, |s, b, _| { let m = speaker(s, b)?; with_text(s, replace_outside(s, &m, &format!("{m}, founded in 2009,"))?) }),
    ("glue: tail clause", true, |s, _, _| tail(s, ", which surprised many")),
    ("glue: agreement", true, |s, _, _| tail(s, ", and others agree")),
    ("glue: universal", true, |s, _, _| tail(s, " and everyone agreed")),
    ("glue: crowd of one", true, |s, b, _| { let m = speaker(s, b)?; (s.kind == Quote).then(|| with_text(s, replace_outside(s, &m, &format!("users including {m}"))?)).flatten() }),
    ("glue: other language", true, |s, _, _| lead(s, "Laut dem Bericht und der Meldung: ")),
    ("glue: whole sentence added", true, |s, _, _| tail(s, ". The company has not replied")),
    ("sentence: invented", true, |s, _, _| matches!(s.kind, Quote | Report | Count).then(|| with_text(s, "The outage cost users their data and the company money.".to_owned())).flatten()),
    ("report: words exchanged", false, |s, _, d| exchanged_words(s, d)),
    ("report: word changed", true, |s, _, d| {
        if s.kind != Report { return None; }
        let long: Vec<&str> = s.text.split(' ').filter(|w| w.len() > 5 && w.chars().all(char::is_alphabetic)).collect();
        let word = d.pick(&long)?;
        with_text(s, s.text.replace(word, "collapses"))
    }),
    ("frame: fact added", true, |s, _, _| (s.kind == Frame && s.text.len() > 25).then(|| with_text(s, s.text.replace('.', " because of the update."))).flatten()),
    ("none found: other number", true, |s, _, d| (s.kind == NoneFound).then(|| change_outside(s, d, next_number)).flatten()),
    ("surface: markup", true, |s, _, _| with_text(s, format!("**{}**", s.text))),
    ("surface: mention", true, |s, _, _| with_text(s, format!("{} @everyone", s.text))),
    ("surface: zero width", true, |s, _, _| with_text(s, s.text.replacen(' ', " \u{200b}", 1))),
    ("surface: direction mark", true, |s, _, _| with_text(s, s.text.replacen(' ', " \u{202e}", 1))),
    ("surface: homoglyph", true, |s, _, _| with_text(s, s.text.replacen('a', "\u{430}", 1)).filter(|x| x.text.split_whitespace().any(|w| w.contains('\u{430}') && w.chars().filter(|c| c.is_alphabetic()).count() > 1))),
    ("surface: over-length", true, |s, _, _| with_text(s, format!("{} {}", s.text, "said ".repeat(90).trim_end()))),
    ("surface: meta text", true, |s, _, _| with_text(s, format!("Here is the answer: {}", s.text))),
    ("surface: refusal", true, |s, _, _| with_text(s, format!("I'm sorry, {}", s.text))),
    ("surface: telephone", true, |s, _, _| with_text(s, format!("{} Call 0171 555 0199 22.", s.text))),
    ("surface: a claim more", true, |s, _, _| with_text(s, format!("{} It is free for all.", s.text))),
    ("glue: a question of a statement", true, |s, _, d| change_outside(s, d, |w| matches!(w, "wrote" | "said" | "reported" | "posted").then(|| "asked".to_owned())).filter(|x| !x.text.contains('?') && !x.text.contains("lease") && x.kind == Quote)),
];

/// The same words, said otherwise: the source is changed around them.
const TURNS: &[(&str, Turn)] = &[
    ("source: denied", |s| format!("I do not believe that {s}.")),
    ("source: under a condition", |s| format!("If the harbour freezes, {s}.")),
    ("source: condition behind", |s| format!("{s}, unless the harbour freezes.")),
    ("source: asked", |s| format!("Do you trust that {s}?")),
    ("source: assumed", |s| format!("Some have alleged that {s}.")),
    ("source: taken back", |s| format!("{s}, but that turned out to be wrong.")),
    ("source: perhaps", |s| format!("Perhaps {s}.")),
    ("source: only thought", |s| format!("{s}, I think.")),
    ("source: wished", |s| format!("I wish that {s}.")),
    ("source: somebody else's words", |s| format!("My neighbour keeps saying \"{s}\" to the street.")),
];

/// The sentence, and the brief in which its one quotation was said so.
fn turned(s: &Sentence, brief: &Brief, turn: Turn) -> Option<(Brief, Sentence)> {
    let [citation] = &s.citations[..] else { return None };
    let marks = tokens::quotations(&s.text)?;
    let [(start, end)] = marks[..] else { return None };
    if s.kind != Quote || !s.counts.is_empty() {
        return None;
    }
    let inner = s.text.get(start..end)?.trim_end_matches([',', '.', '!', '?']);
    if inner.ends_with(['”', '’', '"', ':'])
        || inner.contains(['?', '!', '"', '“', '‘', '\n'])
        || inner.contains(". ")
    {
        return None;
    }
    let asks = s.text.get(start..end)?.ends_with('?') || s.text.contains("ask");
    let said = inner.chars().next()?.to_lowercase().chain(inner.chars().skip(1)).collect::<String>();
    let mut brief = brief.clone();
    let id = citation.record.clone();
    let mut x = s.clone();
    let record = brief.records.iter_mut().find(|r| r.id == id)?;
    // A title stays a title.
    let new = turn(&said);
    let (text, at) = if citation.end <= record.body_start || record.body_start == 0 {
        (format!("{new}\nMore on it below"), 0)
    } else {
        let head = record.text.as_deref()?.get(..record.body_start)?.to_owned();
        let at = head.len();
        (format!("{head}{new}"), at)
    };
    record.body_start = if at == 0 && record.body_start > 0 { new.len() + 1 } else { record.body_start };
    record.sha256 = Sha256::of(&text);
    let c = x.citations.first_mut()?;
    (c.start, c.end) = (at, at + new.len());
    c.sha256 = Sha256::of(text.get(c.start..c.end)?);
    record.text = Some(text);
    (!asks).then_some((brief, x))
}

/// Good sentences of one brief, each with those before it in its block.
pub(in crate::write) struct Goods {
    pub(in crate::write) brief: Brief,
    pub(in crate::write) sentences: Vec<(Place, Vec<Sentence>, Sentence)>,
}

impl Goods {
    /// Of a story: every sentence in its place.
    pub(in crate::write) fn of(body: &StoryBody, brief: Brief) -> Self {
        let mut sentences: Vec<(Place, Vec<Sentence>, Sentence)> = Vec::new();
        for (place, sentence) in body.sentences() {
            let block = |p: Place| match p {
                Place::Dek { .. } => (1, 0),
                Place::Section { section, .. } => (2, section),
                Place::SoFar { .. } => (3, 0),
                Place::Answer { faq, .. } => (4, faq),
                Place::Short { faq, .. } => (5, faq),
                Place::Counter { .. } => (6, 0),
                Place::Whole | Place::Headline | Place::Heading { .. } => (0, 0),
            };
            let before = sentences
                .iter()
                .filter(|(p, ..)| block(*p) == block(place) && block(place).0 > 0)
                .map(|(_, _, s)| s.clone())
                .collect();
            sentences.push((place, before, sentence.clone()));
        }
        Self { brief, sentences }
    }
}

/// Mutants made and missed by kind.
#[derive(Default)]
pub(in crate::write) struct Table {
    kinds: BTreeMap<&'static str, (usize, usize, bool)>,
    missed: Vec<String>,
}

impl Table {
    fn note(&mut self, name: &'static str, must: bool, missed: Option<&str>) {
        let entry = self.kinds.entry(name).or_insert((0, 0, must));
        entry.0 += 1;
        if let Some(text) = missed {
            entry.1 += 1;
            if must {
                self.missed.push(format!("{name}: {text}"));
            }
        }
    }

    /// Lies `tries` times in each way about each sentence.
    pub(in crate::write) fn run(&mut self, goods: &Goods, tries: usize, dice: &mut Dice) {
        let brief = &goods.brief;
        let verifier = Verifier::new(brief);
        for (place, before, sentence) in &goods.sentences {
            let near: Vec<&Sentence> = before.iter().collect();
            if !verifier.check_in_block(sentence, *place, &near).is_empty() {
                continue;
            }
            // A heading may leave its speaker to the section, which the whole-story check looks at.
            let titled = matches!(place, Place::Heading { .. } | Place::Headline);
            for (name, must, lie) in LIES {
                if titled && matches!(*name, "attribution removed" | "attribution to a member") {
                    continue;
                }
                let mut made: Vec<Sentence> = Vec::new();
                for _ in 0..tries {
                    made.extend(lie(sentence, brief, dice).filter(|x| !made.contains(x) && x != sentence));
                }
                for false_one in made {
                    let passed = verifier.check_in_block(&false_one, *place, &near).is_empty();
                    self.note(name, *must, passed.then_some(false_one.text.as_str()));
                }
            }
            for (name, turn) in TURNS {
                let Some((other, false_one)) = turned(sentence, brief, *turn) else { continue };
                let passed = Verifier::new(&other).check_in_block(&false_one, *place, &near).is_empty();
                self.note(name, true, passed.then_some(false_one.text.as_str()));
            }
        }
    }

    pub(in crate::write) fn made(&self) -> usize {
        self.kinds.values().map(|(made, ..)| made).sum()
    }

    fn passed(&self) -> usize {
        self.kinds.values().map(|(_, missed, _)| missed).sum()
    }

    /// For people: caught of made, by kind.
    pub(in crate::write) fn shown(&self, title: &str) -> String {
        let mut text = format!("{title}: {} of {} caught\n", self.made() - self.passed(), self.made());
        for (name, (made, missed, must)) in &self.kinds {
            let mark = if *must { ' ' } else { '*' };
            writeln!(text, "{:5} of {made:5}{mark} {name}", made - missed).unwrap();
        }
        text
    }

    /// Every kind that must be caught is, and nearly all of the rest.
    #[track_caller]
    pub(in crate::write) fn holds(mut self) {
        self.missed.sort();
        self.missed.dedup();
        assert!(self.missed.is_empty(), "{} lies passed:\n{}", self.missed.len(), self.missed.join("\n"));
        assert!(self.passed() * 100 <= self.made() * 3, "{} of {} passed", self.passed(), self.made());
    }
}

#[test]
fn lies_about_the_sample_are_caught() {
    let brief = sample::brief();
    let mut goods = Goods::of(&sample::body(&brief), brief.clone());
    goods.sentences.extend(acceptance::sentences(&brief).into_iter().map(|(p, s)| (p, Vec::new(), s)));
    let mut table = Table::default();
    table.run(&goods, 3, &mut Dice(20_310_319));
    println!("{}", table.shown("sample"));
    let unused: Vec<&str> = LIES.iter().map(|(n, ..)| *n).filter(|n| !table.kinds.contains_key(n)).collect();
    assert_eq!(unused, Vec::<&str>::new(), "lies that never applied");
    assert!(table.kinds.len() >= 15 && table.made() >= 2_000, "{}", table.made());
    table.holds();
}

#[test]
fn lies_about_the_worlds_are_caught() {
    let mut table = Table::default();
    let mut dice = Dice(20_310_506);
    for goods in worlds::passing() {
        table.run(&goods, 2, &mut dice);
    }
    println!("{}", table.shown("worlds"));
    assert!(table.made() >= 2_000, "{}", table.made());
    table.holds();
}

/// Exported stories, where there are some: what was published still passes, and lies about it are caught.
#[test]
fn lies_about_exported_stories_are_caught() {
    let Some(folder) = std::env::var_os("NEWSDESK_TEST_BUNDLES") else {
        println!("not run: lies about exported stories; NEWSDESK_TEST_BUNDLES names no folder of bundles");
        return;
    };
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let (mut table, mut dice) = (Table::default(), Dice(20_260_127));
    let (mut sentences, mut lost) = (0, 0);
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "json")) {
        let bundle: serde_json::Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let brief: Brief = serde_json::from_value(bundle["brief"].clone()).unwrap();
        let story: crate::model::Story = serde_json::from_value(bundle["story"].clone()).unwrap();
        sentences += story.body.sentences().len();
        for rejection in check_story(&story.body, &brief) {
            lost += 1;
            println!(
                "{} {} [{}] {}",
                rejection.place, rejection.code, rejection.offending, rejection.sentence
            );
        }
        table.run(&Goods::of(&story.body, brief), 1, &mut dice);
    }
    println!("{lost} findings in {sentences} published sentences");
    println!("{}", table.shown("exported"));
    assert!(sentences > 0, "no bundles there");
    assert_eq!(lost, 0, "what was published still passes");
    table.holds();
}
