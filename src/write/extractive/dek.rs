//! The dek: the best fact that is not the headline again, then size, places, span and what it was before.

use super::cite::{citation, cites, days, find, members, sentence, words};
use super::clause::headline_like;
use super::facts::{
    announces_own, authors, counted, facts, is_handed_on, new_records, nouns, opens_report, places, records,
    speaks_for_it, voices,
};
use super::phrases_en as say;
use super::voice::speaker;
use crate::model::{
    Brief, BriefRecord, CountBase, CountFilter, CountUnit, Quote, QuoteKind, Sentence, SentenceKind,
    SourceClass, Span,
};
use crate::write::brief::title_of;
use crate::write::quotes::lexicon_en;
use crate::write::quotes::text::{content_stems, has_any, leans, makes_a_point, overlap};

/// The longest dek, in characters, and the longest quotation in it.
const MAX: usize = 230;
const QUOTE_MAX: usize = 150;
/// A quotation that leaves room for the whole size.
const QUOTE_SHORT: usize = 110;

/// The slots of the dek.
pub(super) fn dek(brief: &Brief, headline: Option<&Sentence>) -> Vec<Vec<Sentence>> {
    let told = headline.map_or("", |s| s.text.as_str());
    let mut fact = if brief.earlier.is_some() { news(brief, headline) } else { fact(brief, told) };
    if fact.is_empty() {
        fact = other_title(brief, headline);
    }
    let used = fact.iter().map(|s| s.text.chars().count() + 1).max().unwrap_or(0);
    let mut size = size(brief);
    // The first that fits; the shortest always stays.
    while size.len() > 1 && size.first().is_some_and(|s| s.text.chars().count() + used > MAX) {
        size.remove(0);
    }
    [fact, size].into_iter().filter(|slot| !slot.is_empty()).collect()
}

fn fact(brief: &Brief, headline: &str) -> Vec<Sentence> {
    let told = content_stems(headline);
    let mut found = Vec::new();
    let all = facts(brief);
    let reported = all.iter().any(|q| matches!(q.kind, QuoteKind::Official | QuoteKind::Press));
    // What leaves room for place and time comes first.
    let long = |quote: &&Quote| {
        brief
            .quote_text(quote)
            .is_some_and(|raw| words(first_sentence(quote.span, raw).1).chars().count() > QUOTE_SHORT)
    };
    let (long, short): (Vec<&Quote>, Vec<&Quote>) = all.into_iter().partition(long);
    let all = short.into_iter().chain(long);
    for quote in all {
        let (Some(record), Some(raw)) = (brief.record(&quote.record), brief.quote_text(quote)) else {
            continue;
        };
        let (span, raw) = first_sentence(quote.span, raw);
        let said = words(raw);
        // A member's post tells a fact where nobody reports or speaks for the organisation, if it says what happened, and
        // nothing of its writer or reader.
        let lived = quote.kind == QuoteKind::Post
            && (reported
                || announces_own(record)
                || has_any(&said, lexicon_en::FIRST_PERSON)
                || has_any(&said, &["you", "your"])
                || !has_any(&said, lexicon_en::HAPPENED) && !is_handed_on(brief, quote));
        let off = overlap(&content_stems(&brief.label), &content_stems(&said)) < 0.5
            || quote.kind == QuoteKind::Post
                && (!said.starts_with(char::is_uppercase)
                    || !content_stems(&brief.label).is_subset(&content_stems(&said)));
        // Nor does who speaks for something else, or praises what they made.
        let praised = quote.kind == QuoteKind::Official
            && (!speaks_for_it(brief, record)
                || [lexicon_en::PRAISE, lexicon_en::ADVERT].iter().any(|list| has_any(&said, list)));
        // Background is no fact to begin with, nor is what goes on from something.
        let aside = quote.kind == QuoteKind::Press && !tells_news(brief, quote, &said);
        if quote.kind == QuoteKind::Title
            || has_any(&said, &["claimed", "claims"])
            || lived
            || praised
            || aside
            || leans(&said)
            || off
            || said.chars().count() > QUOTE_MAX
            || overlap(&told, &content_stems(&said)) > 0.5
        {
            continue;
        }
        let Some(cited) = citation(record, span) else { continue };
        let who = speaker(record, quote);
        for text in [format!("“{said}” ({who})."), format!("{who}: “{}”", super::voice::closed(&said))]
        {
            found.push(sentence(SentenceKind::Quote, text, vec![cited.clone()], Vec::new()));
        }
        if found.len() >= 4 {
            break;
        }
    }
    found
}

/// Where no sentence fits, a title that says more than the headline does: another record's, with a name and a verb or a
/// number of its own.
fn other_title(brief: &Brief, headline: Option<&Sentence>) -> Vec<Sentence> {
    const NEW: usize = 3;
    let Some(headline) = headline else { return Vec::new() };
    let told = content_stems(&headline.text);
    let label = content_stems(&brief.label);
    let new = new_records(brief);
    let mut titles: Vec<(f64, &BriefRecord, Span, &str)> = members(brief)
        .into_iter()
        .filter(|r| !r.quarantined && !r.speaker.is_empty() && r.lang == brief.lang)
        .filter(|r| brief.earlier.is_none() || new.contains(&r.id))
        .filter(|r| !cites(Some(headline), &r.id))
        .filter_map(|r| title_of(r).map(|(span, title)| (r, span, title)))
        .filter_map(|(record, span, title)| {
            let stems = content_stems(title);
            let more = stems.iter().filter(|s| !told.contains(*s) && !label.contains(*s)).count();
            let shared = stems.iter().filter(|s| told.contains(*s) && !label.contains(*s)).count();
            let evident = brief.evidence.contains(&record.id);
            let fits = overlap(&told, &stems) < 0.5
                && more >= NEW
                && !label.is_disjoint(&stems)
                && (evident || shared > 0)
                && headline_like(title)
                && makes_a_point(title)
                && (record.class == SourceClass::Publication || has_any(title, lexicon_en::HAPPENED))
                && !announces_own(record)
                && ![lexicon_en::FIRST_PERSON, lexicon_en::OPINION, lexicon_en::ADVERT, lexicon_en::SWEEPING]
                    .iter()
                    .any(|list| has_any(title, list));
            let press = record.class == SourceClass::Publication;
            let value = f64::from(u8::from(press)) * 2.0
                + f64::from(u8::from(evident))
                + f64::from(u8::from(title.chars().any(|c| c.is_ascii_digit())));
            fits.then_some((value, record, span, title))
        })
        .collect();
    titles.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
    titles
        .into_iter()
        .take(3)
        .filter_map(|(_, record, span, title)| {
            let text = format!("“{}” ({}).", words(title), record.speaker);
            Some(sentence(SentenceKind::Quote, text, vec![citation(record, span)?], Vec::new()))
        })
        .collect()
}

/// Whether a publication's words are its news: they open the report, or say what happened or what it means.
fn tells_news(brief: &Brief, quote: &Quote, said: &str) -> bool {
    let goes_on = said.split_whitespace().take(5).any(|w| w == "also");
    let telling = [lexicon_en::HAPPENED, lexicon_en::PRACTICAL].iter().any(|list| has_any(said, list));
    !goes_on && (telling || opens_report(brief, quote))
}

/// An update begins with what is new: the best quote of a new record, the headline's own before others.
fn news(brief: &Brief, headline: Option<&Sentence>) -> Vec<Sentence> {
    let new = new_records(brief);
    let told = content_stems(headline.map_or("", |s| s.text.as_str()));
    let label = content_stems(&brief.label);
    // A letter with many matters heads one of them.
    let heads = |quote: &Quote| {
        let said = content_stems(brief.quote_text(quote).unwrap_or(""));
        cites(headline, &quote.record) && (!said.is_disjoint(&label) || !said.is_disjoint(&told))
    };
    // What is told beside another's headline must have to do with it.
    let near = |quote: &Quote| {
        let stems = content_stems(brief.quote_text(quote).unwrap_or(""));
        stems.intersection(&told).filter(|stem| !label.contains(*stem)).count() >= 3
    };
    let mut fresh: Vec<&Quote> = facts(brief)
        .into_iter()
        .filter(|q| new.contains(&q.record) && (heads(q) || near(q) && q.kind != QuoteKind::Title))
        .collect();
    fresh.sort_by_key(|q| (q.kind == QuoteKind::Title, !heads(q)));
    let mut found = Vec::new();
    // What is left for it beside the shortest size.
    let room = MAX.saturating_sub(size(brief).last().map_or(0, |s| s.text.chars().count() + 1));
    for quote in fresh {
        let (Some(record), Some(raw)) = (brief.record(&quote.record), brief.quote_text(quote)) else {
            continue;
        };
        let (span, raw) = first_sentence(quote.span, raw);
        let said = words(raw);
        if leans(&said) || overlap(&told, &content_stems(&said)) > 0.7 {
            continue;
        }
        let Some(cited) = citation(record, span) else { continue };
        let verb = super::so_far::said_by(quote.kind);
        let since = if is_later(brief, record) { "Since the earlier story, " } else { "" };
        let told = |said: &str| format!("{since}{} {verb}: “{}”", record.speaker, super::voice::closed(said));
        let text = told(&said);
        if text.chars().count() > room {
            continue;
        }
        found.push(sentence(SentenceKind::Quote, text, vec![cited], Vec::new()));
        if found.len() >= 3 {
            break;
        }
    }
    found
}

/// Whether it was published after the version before, and not only read after it.
pub(super) fn is_later(brief: &Brief, record: &BriefRecord) -> bool {
    brief.earlier.as_ref().is_some_and(|earlier| record.published_at > earlier.at)
}

/// Of two sentences the first, if it can stand alone; else the whole.
fn first_sentence(span: Span, raw: &str) -> (Span, &str) {
    const ALONE: usize = 40;
    let end = raw.find(". ").map(|at| at + 1).filter(|end| *end >= ALONE && raw.chars().count() > QUOTE_MAX);
    match end.and_then(|end| raw.get(..end)) {
        Some(first) => (Span { start: span.start, end: span.start + first.len() }, first),
        None => (span, raw),
    }
}

/// Sentences about the story's size, longest first.
fn size(brief: &Brief) -> Vec<Sentence> {
    let (Some(all), Some(people)) = (records(brief), authors(brief)) else { return Vec::new() };
    let nouns = nouns(brief);
    let (first, last) = days(brief);
    // An update is as large as what came last, and not as all that was told before.
    let latest = find(brief, CountUnit::Records, CountBase::Members, &CountFilter::Day { date: last });
    if brief.earlier.is_some()
        && let Some(latest) = latest.filter(|latest| latest.n < latest.of && latest.n > 2)
    {
        let total = say::quantity(latest.of, nouns.one, nouns.many);
        let (n, on) = (say::number(latest.n), say::date(last));
        let text = match latest.n {
            1 => format!("One of the {total} is from {on}."),
            2..=9 => format!("{} of the {total} are from {on}.", say::capital(&n)),
            _ => format!("On {on} came {n} of the {total}."),
        };
        let whole = format!("The story rests on {total}.");
        return vec![
            counted(text, vec![brief.use_count(latest)]),
            counted(whole, vec![brief.use_count(all)]),
        ];
    }
    let total = say::quantity(all.n, nouns.one, nouns.many);
    let (by, used) = voices(brief, people);
    // Copies are one record by several accounts.
    let base = match (people.n > all.n, super::turn(brief) % 3, nouns.one) {
        (true, ..) => format!("The story rests on {total}"),
        (false, 0, _) | (false, 1, "record") => format!("The story rests on {total} by {by}"),
        // No figure opens a sentence.
        (false, 1, "post") if people.n > 9 => format!("In all, {by} wrote {total}"),
        (false, 1, "post") => format!("{} wrote {total}", say::capital(&by)),
        (false, ..) if all.n > 9 => format!("So far {total} by {by} cover it"),
        (false, ..) => format!("{} by {by} cover it", say::capital(&total)),
    };
    let when = say::span(first, last);
    let mut counts = vec![brief.use_count(all)];
    if people.n <= all.n {
        counts.push(used);
    }
    // What a name was said in before is seldom the same matter; that it was not said at all is told.
    let before = find(brief, CountUnit::Records, CountBase::Earlier, &CountFilter::All)
        .filter(|count| count.n == 0 && brief.earlier.is_none());
    let plain = counts.clone();
    let turn = before.map_or_else(String::new, |count| {
        counts.push(brief.use_count(count));
        let span = match u64::from(brief.before_days) {
            1 => "day".to_owned(),
            days => format!("{} days", say::number(days)),
        };
        format!(", with none in the {span} before")
    });
    let (places, elsewhere) = places(brief);
    let told = match (places.as_slice(), elsewhere) {
        ([], _) => String::new(),
        ([one], false) => format!(" on {one}"),
        ([one], true) => format!(" on {one} and elsewhere"),
        ([one, two], false) => format!(" on {one} and {two}"),
        ([one, two, ..], _) => format!(" on {one}, {two} and elsewhere"),
    };
    let one_place = match places.as_slice() {
        [first, _, ..] => format!(" on {first} and elsewhere"),
        [_] | [] => told.clone(),
    };
    vec![
        counted(format!("{base}{told} {when}{turn}."), counts.clone()),
        counted(format!("{base}{one_place} {when}{turn}."), counts.clone()),
        counted(format!("{base} {when}{turn}."), counts),
        counted(format!("{base} {when}."), plain.clone()),
        counted(format!("{base}."), plain),
    ]
}
