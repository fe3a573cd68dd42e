//! Good sentences, falsified mechanically: each lie must be caught. Seeded, so that a failure repeats.

use std::collections::BTreeMap;

use super::*;
use crate::model::SentenceKind::{Count, Frame, NoneFound, Quote, Report};
use crate::model::{CountId, RecordId, Sha256};
use crate::write::verify_sample as sample;

/// A small generator (splitmix64): enough to pick places to lie at.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides.max(1) as u64).unwrap()
    }
}

/// A falsification: `None` where a sentence gives no room for it.
type Lie = fn(&Sentence, &Brief, &mut Dice) -> Option<Sentence>;

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

fn in_quote(s: &Sentence, dice: &mut Dice, change: fn(&mut Vec<String>, usize)) -> Option<Sentence> {
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

fn bump_number(s: &Sentence, _: &Brief, dice: &mut Dice) -> Option<Sentence> {
    let marks = tokens::quotations(&s.text)?;
    let found: Vec<_> = tokens::tokens(&s.text, &tokens::outside(&s.text, &marks))
        .into_iter()
        .filter_map(|t| Some((t.start, t.end, next_number(t.text)?)))
        .collect();
    let (start, end, n) = found.get(dice.roll(found.len()))?;
    with_text(s, format!("{}{n}{}", s.text.get(..*start)?, s.text.get(*end..)?))
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

fn insert_after_quote(s: &Sentence, words: &str) -> Option<Sentence> {
    let (head, tail) = s.text.rsplit_once('.')?;
    (s.kind == Quote && !tail.contains('”')).then(|| with_text(s, format!("{head} {words}.{tail}"))).flatten()
}

#[rustfmt::skip]
const LIES: &[(&str, bool, Lie)] = &[
    ("quote: word changed", true, |s, _, d| in_quote(s, d, |w, at| w[at] = "purple".to_owned())),
    ("quote: word dropped", true, |s, _, d| in_quote(s, d, |w, at| { w.remove(at); })),
    ("quote: word added", true, |s, _, d| in_quote(s, d, |w, at| w.insert(at, "really".to_owned()))),
    ("quote: words swapped", true, |s, _, d| in_quote(s, d, |w, at| w.swap(at, at - 1))),
    ("quote: ellipsis", true, |s, _, d| in_quote(s, d, |w, at| w[at] = "…".to_owned())),
    ("quote: negation added", true, |s, _, d| in_quote(s, d, |w, at| w.insert(at, "not".to_owned()))),
    ("quote: capital inside", true, |s, _, d| in_quote(s, d, |w, at| w[at] = w[at].to_uppercase())),
    ("quote: cut to two words", true, |s, _, _| { let (b, w, a) = parts(s)?; requote(s, w.get(..2)?, (&b, &a)) }),
    ("quote: cut inside a word", true, |s, _, _| {
        let (b, mut w, a) = parts(s)?;
        let first = w.first_mut().filter(|f| f.chars().count() > 3)?;
        first.remove(0);
        requote(s, &w, (&b, &a))
    }),
    ("number: one more", true, bump_number),
    ("name: speaker invented", true, |s, b, _| with_text(s, s.text.replace(&speaker(s, b)?, "u/marble-gull"))),
    ("name: speaker swapped", true, |s, b, d| {
        let mine = speaker(s, b)?;
        let others: Vec<&str> = b.records.iter().map(|r| r.speaker.as_str()).filter(|n| *n != mine && !s.text.contains(n)).collect();
        with_text(s, s.text.replace(&mine, others.get(d.roll(others.len()))?))
    }),
    ("name: second speaker added", true, |s, _, _| insert_after_quote(s, "and u/wattvogel").filter(|x| !s.text.contains("wattvogel") && x.kind == Quote)),
    ("name: place swapped", true, |s, _, _| with_text(s, s.text.replace("r/lumenreader", "r/gardening"))),
    ("attribution removed", true, |s, b, _| {
        let mine = speaker(s, b)?;
        let (_, w, _) = parts(s)?;
        let _ = mine;
        with_text(s, format!("“{}.”", w.join(" ").trim_end_matches([',', '.', '!', '?'])))
    }),
    ("id: unknown record", true, |s, _, _| { let mut x = s.clone(); x.citations.first_mut()?.record = RecordId::from_stored("feedfacefeedface"); Some(x) }),
    ("id: other record", true, |s, b, _| {
        let mut x = s.clone();
        let c = x.citations.first_mut()?;
        let other = b.records.iter().find(|r| r.id != c.record && r.text.as_ref().is_some_and(|t| t.len() > c.end))?;
        (c.record, c.url) = (other.id.clone(), other.url.clone());
        Some(x)
    }),
    ("id: unknown count", true, |s, _, _| { let mut x = s.clone(); x.counts.first_mut()?.id = CountId::from_stored("c99"); Some(x) }),
    ("id: citations removed", true, |s, _, _| (!s.citations.is_empty() && matches!(s.kind, Quote | Report)).then(|| Sentence { citations: Vec::new(), ..s.clone() })),
    ("id: counts removed", true, |s, _, _| (!s.counts.is_empty()).then(|| Sentence { counts: Vec::new(), ..s.clone() })),
    ("count: n off by one", true, |s, _, _| { let mut x = s.clone(); x.counts.first_mut()?.n += 1; Some(x) }),
    ("count: base off by one", true, |s, _, _| { let mut x = s.clone(); x.counts.first_mut()?.of += 1; Some(x) }),
    ("count: a record left out", true, |s, _, _| { let mut x = s.clone(); x.counts.first_mut()?.records.pop()?; Some(x) }),
    ("count: other count", true, |s, b, d| {
        let mut x = s.clone();
        let used: Vec<_> = s.counts.iter().map(|u| (u.n, u.of)).collect();
        let others: Vec<_> = b.counts.iter().map(|c| b.use_count(c)).filter(|u| !used.contains(&(u.n, u.of))).collect();
        *x.counts.first_mut()? = others.get(d.roll(others.len()))?.clone();
        Some(x)
    }),
    ("count: predicate changed", true, |s, _, _| {
        let hit = ["name", "appears", "mention", "comes up", "come from", "covered"].iter().find(|w| s.kind == Count && s.text.contains(*w))?;
        with_text(s, s.text.replace(hit, "complain about"))
    }),
    ("count: term changed", true, |s, _, _| (s.kind == Count).then(|| with_text(s, s.text.replace("“Pager”", "“battery”").replace("“pager”", "“battery”").replace("“Empty shelves”", "“battery”").replace("“empty shelves”", "“battery”"))).flatten()),
    ("count: units swapped", true, |s, _, _| (s.text.contains(" records by ")).then(|| with_text(s, s.text.replacen("13 records by 14", "14 records by 13", 1))).flatten()),
    ("span: shifted", true, |s, _, _| { let mut x = s.clone(); let c = x.citations.first_mut()?; c.start += 1; Some(x) }),
    ("span: too far", true, |s, _, _| { let mut x = s.clone(); x.citations.first_mut()?.end += 10_000; Some(x) }),
    ("span: digest changed", true, |s, _, _| { let mut x = s.clone(); x.citations.first_mut()?.sha256 = Sha256::of("else"); Some(x) }),
    ("span: other address", true, |s, _, _| { let mut x = s.clone(); x.citations.first_mut()?.url.push('0'); Some(x) }),
    ("date: a day on", true, |s, _, _| with_text(s, s.text.replace("16 March", "15 March").replace("17 March", "27 March").replace("18 March", "28 March").replace("19 March", "20 March"))),
    ("date: month changed", true, |s, _, _| with_text(s, s.text.replace("March", "April"))),
    ("glue: negation", true, |s, b, _| { let m = speaker(s, b)?; (s.kind == Quote).then(|| with_text(s, s.text.replace(&format!("{m} wrote"), &format!("{m} never wrote")))).flatten() }),
    ("glue: strong verb", true, |s, _, _| with_text(s, s.text.replace(" wrote", " admitted"))),
    ("glue: motive added", true, |s, _, _| insert_after_quote(s, "out of spite")),
    ("glue: name added", true, |s, _, _| insert_after_quote(s, "after a call with Orla Brandt")),
    ("glue: universal", true, |s, _, _| insert_after_quote(s, "and everyone agreed")),
    ("glue: cohort from one", true, |s, b, _| { let m = speaker(s, b)?; (s.kind == Quote).then(|| with_text(s, s.text.replace(&m, &format!("users including {m}")))).flatten() }),
    ("report: word changed", true, |s, _, _| (s.kind == Report).then(|| with_text(s, s.text.replace("new sync", "broken sync").replace("empties", "burns").replace("Empty", "Stolen"))).flatten()),
    ("report: objects swapped", true, |s, _, _| (s.kind == Report).then(|| with_text(s, s.text.replace("reading notes to a new sync service", "a new sync service to reading notes"))).flatten()),
    ("frame: fact added", true, |s, _, _| (s.kind == Frame && s.text.len() > 25).then(|| with_text(s, s.text.replace('.', " because of the update."))).flatten()),
    ("none found: other number", true, |s, _, _| (s.kind == NoneFound).then(|| with_text(s, s.text.replace("13", "214"))).flatten()),
    ("surface: markup", true, |s, _, _| with_text(s, format!("**{}**", s.text))),
    ("surface: mention", true, |s, _, _| with_text(s, format!("{} @everyone", s.text))),
    ("surface: zero width", true, |s, _, _| with_text(s, s.text.replacen(' ', " \u{200b}", 1))),
    ("surface: homoglyph", true, |s, _, _| with_text(s, s.text.replacen('a', "\u{430}", 1)).filter(|x| x.text.split_whitespace().any(|w| w.contains('\u{430}') && w.chars().filter(|c| c.is_alphabetic()).count() > 1))),
    ("surface: meta text", true, |s, _, _| with_text(s, format!("Here is the answer: {}", s.text))),
    ("surface: refusal", true, |s, _, _| with_text(s, format!("I'm sorry, {}", s.text))),
    ("surface: telephone", true, |s, _, _| with_text(s, format!("{} Call 0171 555 0199 22.", s.text))),
    // Measured, not promised: what no lexical rule sees in full.
    ("open: speakers of two quotations swapped", false, |s, _, _| with_text(s, s.text.replace("u/slow-heron", "\u{1}").replace("u/kind-ember", "u/slow-heron").replace('\u{1}', "u/kind-ember"))),
    ("open: neutral verb changed", false, |s, _, _| with_text(s, s.text.replace(" wrote", " asked"))),
];

#[test]
fn lies_are_caught() {
    let brief = sample::brief();
    let verifier = Verifier::new(&brief);
    let body = sample::body(&brief);
    let mut good: Vec<(Place, Sentence)> =
        body.sentences().into_iter().map(|(p, s)| (p, s.clone())).collect();
    good.extend(acceptance::sentences(&brief));
    let mut dice = Dice(20_310_319);
    let mut table: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut missed = Vec::new();
    for (name, must, lie) in LIES {
        for (place, sentence) in &good {
            for _ in 0..3 {
                let Some(false_one) = lie(sentence, &brief, &mut dice) else { continue };
                let entry = table.entry(name).or_default();
                entry.0 += 1;
                // A heading may leave its speaker to the section, which the whole-story check looks at.
                let titled = matches!(place, Place::Heading { .. } | Place::Headline);
                if *name == "attribution removed" && titled {
                    continue;
                }
                if verifier.check(&false_one, *place).is_empty() {
                    entry.1 += 1;
                    if *must {
                        missed.push(format!("{name}: {}", false_one.text));
                    }
                }
            }
        }
    }
    for (name, (made, passed)) in &table {
        println!("{passed:4} of {made:4} missed  {name}");
    }
    let unused: Vec<&str> = LIES.iter().map(|(n, ..)| *n).filter(|n| !table.contains_key(n)).collect();
    assert_eq!(unused, Vec::<&str>::new(), "lies that never applied");
    missed.sort();
    missed.dedup();
    assert!(missed.is_empty(), "{} lies passed:\n{}", missed.len(), missed.join("\n"));
}
