//! Headings: a publication's title, or a whole short sentence or title of the section's own quotes, else a count.

use std::collections::BTreeSet;

use super::cite::{citation, sentence, words};
use super::claim::claims;
use super::clause::{PressTitle, heading_like};
use super::facts::{counted, nouns};
use super::phrases_en as say;
use crate::model::{
    Brief, BriefRecord, Count, CountUse, Place, Quote, QuoteKind, Sentence, SentenceKind, SourceClass, Span,
};
use crate::write::brief::title_of;
use crate::write::quotes::lexicon_en;
use crate::write::quotes::text::{
    content_stems, has_any, is_stop, makes_a_point, overlap, stem, words as words_of,
};

/// What a section is about.
pub(super) enum Topic<'b> {
    /// What happened, as members tell it.
    Happened,
    /// What happened, by official accounts and publications.
    Reported,
    /// One publication's report.
    Report,
    /// A counted fault word or name.
    Term { count: &'b Count, term: &'b str },
    /// Members' own words.
    OwnWords,
    /// Questions.
    Questions,
}

/// What follows a clause that only leads up to another.
const LEADING_UP: [&str; 6] = [", and now ", ", but ", ", and yet ", ", yet ", ", while ", ", although "];

/// The longest heading, in characters.
const MAX: usize = 112;

/// Candidates for a heading, best first; the last is plain.
pub(super) fn headings(
    brief: &Brief,
    titles: &[PressTitle<'_>],
    topic: &Topic<'_>,
    quotes: &[&Quote],
    told: &mut BTreeSet<String>,
) -> Vec<Sentence> {
    let mut found = telling(brief, titles, topic, quotes, told);
    found.extend(plain(brief, topic, quotes));
    if let Some(first) = found.first() {
        told.insert(first.text.to_lowercase());
    }
    found
}

/// Headings that say something: a publication's title, or a sentence of the section's own.
pub(super) fn telling(
    brief: &Brief,
    titles: &[PressTitle<'_>],
    topic: &Topic<'_>,
    quotes: &[&Quote],
    told: &BTreeSet<String>,
) -> Vec<Sentence> {
    let mut found = Vec::new();
    let holds = |s: &Sentence| crate::write::check(s, Place::Heading { section: 0 }, brief).is_empty();
    if matches!(topic, Topic::Reported | Topic::Report | Topic::Term { .. }) {
        for quote in quotes.iter().filter(|q| matches!(q.kind, QuoteKind::Press | QuoteKind::Opinion)) {
            let names_it = |record: &BriefRecord| match topic {
                Topic::Term { term, .. } => {
                    title_of(record).is_some_and(|(_, t)| crate::model::mentions(t, term))
                }
                Topic::Happened | Topic::Reported | Topic::Report | Topic::OwnWords | Topic::Questions => {
                    true
                }
            };
            if let Some(record) = brief.record(&quote.record).filter(|r| names_it(r)) {
                let said = content_stems(brief.quote_text(quote).unwrap_or(""));
                press(titles, record, &said, (told, &content_stems(&brief.label)), &mut found);
            }
        }
    }
    let tail = tail(brief, topic);
    let label = content_stems(&brief.label);
    for (record, span, text) in own(brief, quotes, told) {
        let said = words(text);
        if told.iter().any(|t| alike(t, &said, &label)) {
            continue;
        }
        let Some(cited) = citation(record, span) else { continue };
        if let Some((tail, count)) = &tail {
            let whole = format!("“{said}”: {tail}");
            if whole.chars().count() <= MAX {
                found.push(sentence(SentenceKind::Quote, whole, vec![cited.clone()], vec![count.clone()]));
            }
        }
        // Whose words they are stands below, else beside them.
        let attributed = format!("{}: “{said}”", record.speaker);
        let bare = format!("“{said}”");
        let texts = [bare, attributed];
        found.extend(texts.map(|text| sentence(SentenceKind::Quote, text, vec![cited.clone()], Vec::new())));
    }
    // Others build on the first: it must be the one that will stand.
    match found.iter().position(holds) {
        Some(at) => found.split_off(at),
        None => Vec::new(),
    }
}

/// Words that two headings begin with if they are one.
const BEGINS: usize = 3;

/// Whether one says what the other said; the story's name is in both.
fn alike(told: &str, new: &str, label: &BTreeSet<String>) -> bool {
    // `: 34 posts in four days` says nothing of what was told.
    let told = told.rsplit_once("”: ").map_or(told, |(told, _)| told);
    let besides = |text: &str| -> BTreeSet<String> {
        let all = content_stems(text);
        let rest: BTreeSet<String> = all.difference(label).cloned().collect();
        if rest.len() < 2 { all } else { rest }
    };
    // “Harbour Lines opens night ferry” twice over, whatever follows.
    let begins = |text: &str| -> Vec<String> {
        let all = words_of(text).into_iter().filter(|w| !is_stop(w)).map(|w| stem(&w));
        all.filter(|stem| stem.chars().any(char::is_alphabetic)).take(BEGINS).collect()
    };
    let after_speaker = told.split_once(": ").map_or(told, |(_, said)| said);
    let new_begins = begins(new);
    if new_begins.len() == BEGINS && [told, after_speaker].iter().any(|t| begins(t) == new_begins) {
        return true;
    }
    let (told, new) = (besides(told), besides(new));
    let shared = told.intersection(&new).count() as f64;
    overlap(&told, &new) > 0.8 || shared > 0.55 * new.len() as f64
}

fn press(
    titles: &[PressTitle<'_>],
    record: &BriefRecord,
    said: &BTreeSet<String>,
    (told, label): (&BTreeSet<String>, &BTreeSet<String>),
    found: &mut Vec<Sentence>,
) {
    let Some((span, title)) = title_of(record).filter(|_| record.class == SourceClass::Publication) else {
        return;
    };
    let Some(cited) = citation(record, span) else { return };
    let clause = titles.iter().find(|t| t.record.id == record.id).map(|t| t.clause.clone());
    let same = |t: &String| alike(t, title, label) || clause.as_ref().is_some_and(|c| alike(t, c, label));
    // A title over words that have nothing to do with it heads another section.
    let besides =
        content_stems(title).into_iter().filter(|stem| said.contains(stem) && !label.contains(stem)).count();
    if besides == 0 {
        return;
    }
    // What asks states nothing.
    if told.iter().any(same) || crate::write::quotes::units::asks(title) {
        return;
    }
    if let Some(clause) = clause {
        let text = format!("{}: {}", record.speaker, say::capital(&clause));
        if text.chars().count() <= MAX {
            found.push(sentence(SentenceKind::Report, text, vec![cited.clone()], Vec::new()));
        }
    }
    let quoted = format!("{}: “{}”", record.speaker, words(title));
    if quoted.chars().count() <= MAX + 30 && crate::write::quotes::gates::balanced(title) {
        found.push(sentence(SentenceKind::Quote, quoted, vec![cited], Vec::new()));
    }
}

/// Titles of the section's quoted records that can head it, then what its quotes claim, then short whole quotes; best
/// rank first.
fn own<'b>(
    brief: &'b Brief,
    quotes: &[&'b Quote],
    told: &BTreeSet<String>,
) -> Vec<(&'b BriefRecord, Span, &'b str)> {
    let above: Vec<BTreeSet<String>> = told.iter().map(|text| content_stems(text)).collect();
    let label = content_stems(&brief.label);
    let mut found: Vec<(i32, &BriefRecord, Span, &str)> = Vec::new();
    let telling = |text: &str| {
        let lists = [
            lexicon_en::HAPPENED,
            lexicon_en::FAULT,
            lexicon_en::PRAISE,
            lexicon_en::OPPOSE,
            lexicon_en::PRACTICAL,
        ];
        lists.iter().any(|list| has_any(text, list)) || text.chars().any(|c| c.is_ascii_digit())
    };
    for quote in quotes.iter().filter(|q| !q.asks) {
        let Some(record) = brief.record(&quote.record) else { continue };
        let said = brief.quote_text(quote).unwrap_or("");
        if let Some((span, title)) = title_of(record).filter(|_| record.class != SourceClass::Publication)
            && quote.kind != QuoteKind::Title
            && heading_like(title)
            && makes_a_point(title)
            && overlap(&content_stems(title), &content_stems(said)) < 0.8
        {
            let same = content_stems(title).intersection(&label).count();
            // A title stands over what is said below it only if both speak of the same besides the name.
            let shared = content_stems(title)
                .intersection(&content_stems(said))
                .filter(|s| !label.contains(*s))
                .count();
            if shared >= 2 {
                found.push((4 + i32::from(same > 0), record, span, title));
            }
        }
        // A whole quote over a section is missing in it: something else of the same record must be left there.
        let more = quotes.iter().any(|other| other.record == quote.record && other.id != quote.id);
        for claim in claims(said).into_iter().filter(|_| quote.kind != QuoteKind::Title) {
            let named = !content_stems(claim).is_disjoint(&label);
            // What neither names the story nor tells anything heads nothing, nor does what somebody did, or “it”.
            // What is said of today is old tomorrow.
            if has_any(claim, &["today", "yesterday", "tomorrow", "tonight"]) {
                continue;
            }
            // What leads up to the point is not the point.
            let after = said.split_once(claim).map_or("", |(_, after)| after);
            if LEADING_UP.iter().any(|turn| after.starts_with(turn)) {
                continue;
            }
            let about_it = !has_any(claim, &["it", "i", "i've", "i'm", "they", "them", "he", "she"]);
            // A report tells of other things, too.
            let stems = content_stems(claim);
            let near = above.iter().any(|told| told.intersection(&stems).count() >= 2);
            let told = matches!(quote.kind, QuoteKind::Press | QuoteKind::Official);
            let reported = told && near;
            if has_any(claim, lexicon_en::FIRST_PERSON) && !telling(claim) {
                continue;
            }
            if named || reported || !told && telling(claim) && about_it {
                let whole = said.len() <= claim.len() + 2;
                // It is missing below: something must be left there.
                if whole && !more && quotes.len() < 3 {
                    continue;
                }
                let rank = if whole { 0 } else { 2 }
                    + i32::from(named && telling(claim))
                    + i32::from(named && about_it);
                found.push((rank, record, quote.span, claim));
            }
        }
        // A title heads what is said below it, and is not said there again.
        if quote.kind == QuoteKind::Title
            && record.class != SourceClass::Publication
            && heading_like(said)
            && makes_a_point(said)
            && telling(said)
            && more
        {
            found.push((2, record, quote.span, said));
        }
        let points = has_any(said, &["this", "these", "those", "also"]);
        if heading_like(said) && !points && more && quote.kind != QuoteKind::Title {
            found.push((-1, record, quote.span, said));
        }
    }
    found.sort_by_key(|f| std::cmp::Reverse(f.0)); // stable: rank order among equals
    found.into_iter().map(|(_, record, span, text)| (record, span, text)).collect()
}

fn tail(brief: &Brief, topic: &Topic<'_>) -> Option<(String, CountUse)> {
    let nouns = nouns(brief);
    let of = |count: &Count| {
        format!("{} of {}", say::number(count.n), say::quantity(count.of, nouns.one, nouns.many))
    };
    match topic {
        // How many name a firm says nothing of a claim; how many name a fault does.
        Topic::Term { count, term } if lexicon_en::FAULT.contains(term) => {
            Some((format!("{term} in {}", of(count)), brief.use_count(count)))
        }
        Topic::Term { .. }
        | Topic::Happened
        | Topic::Reported
        | Topic::Report
        | Topic::OwnWords
        | Topic::Questions => None,
    }
}

/// “Voices from r/nighttrains and r/coast”, where a section was said at one place or two.
fn by_place(brief: &Brief, quotes: &[&Quote], what: &str) -> Option<Sentence> {
    let mut places: Vec<&str> = Vec::new();
    let mut cited = Vec::new();
    for quote in quotes {
        let record = brief.record(&quote.record)?;
        if super::voice::place(record).is_empty() {
            return None;
        }
        if !places.contains(&record.venue.as_str()) {
            places.push(&record.venue);
            cited.push(citation(record, quote.span)?);
        }
    }
    let told = match places.as_slice() {
        [one] => format!("{what} {one}"),
        [one, two] => format!("{what} {one} and {two}"),
        _ => return None,
    };
    Some(sentence(SentenceKind::Frame, told, cited, Vec::new()))
}

fn plain(brief: &Brief, topic: &Topic<'_>, quotes: &[&Quote]) -> Vec<Sentence> {
    let nouns = nouns(brief);
    let of = |count: &Count| {
        format!("{} of the {}", say::number(count.n), say::quantity(count.of, nouns.one, nouns.many))
    };
    let frame = |text: &str| sentence(SentenceKind::Frame, text, Vec::new(), Vec::new());
    // Publications report and organisations say; members are not put over a section.
    let cited = quotes
        .iter()
        .filter(|q| matches!(q.kind, QuoteKind::Official | QuoteKind::Press | QuoteKind::Opinion))
        .find_map(|q| brief.record(&q.record).zip(Some(q.span)));
    let mut found = Vec::new();
    match topic {
        Topic::Term { count, term } => {
            found.push(counted(format!("“{term}” appears in {}", of(count)), vec![brief.use_count(count)]));
            found.push(frame("What was said of it"));
        }
        Topic::Reported => {
            if let Some((record, span)) = cited {
                let verb = if record.official { "said" } else { "reported" };
                let text = format!("What {} {verb}", record.speaker);
                let cited = citation(record, span).into_iter().collect();
                found.push(sentence(SentenceKind::Frame, text, cited, Vec::new()));
            }
            found.push(frame("What was reported"));
        }
        Topic::Report => {
            if let Some((record, span)) = cited {
                let cited = citation(record, span).into_iter().collect();
                let text = format!("More of what {} reported", record.speaker);
                found.push(sentence(SentenceKind::Frame, text, cited, Vec::new()));
            }
            found.push(frame("More of what was reported"));
        }
        Topic::Happened => {
            found.extend(by_place(brief, quotes, "What was said on"));
            found.push(frame("What was said"));
        }
        Topic::OwnWords => {
            // Who tells of themselves tells what they met; the others what they think.
            let lived = |q: &&&Quote| has_any(brief.quote_text(q).unwrap_or(""), lexicon_en::FIRST_PERSON);
            let most = quotes.iter().filter(lived).count() * 2 > quotes.len();
            found.extend(by_place(brief, quotes, if most { "Experiences on" } else { "Voices from" }));
            found.push(frame("In their own words"));
        }
        Topic::Questions => found.push(frame("Open questions")),
    }
    found
}
