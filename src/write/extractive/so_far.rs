//! The story so far: what is new first, then at most three days (the first, the fullest, the last).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::cite::{citation, day, find, members, sentence, words};
use super::facts::{counted, facts, is_overtaken, new_records, nouns, records};
use super::phrases_en as say;
use crate::model::{
    Brief, BriefRecord, CountBase, CountFilter, CountUnit, Lang, QuoteKind, Sentence, SentenceKind,
    SourceClass, Span,
};
use crate::write::brief::title_of;
use crate::write::quotes::gates::{HEADING, clean_words, shouts};
use crate::write::quotes::text::{content_stems, has_any, has_verb, overlap};
use crate::write::quotes::{lexicon_en, units};
use crate::write::{earlier_story_text, first_story_text};

/// The slots of “the story so far”.
pub(super) fn so_far(brief: &Brief, headlines: &[Sentence], said: &[&Sentence]) -> Vec<Vec<Sentence>> {
    let mut slots = Vec::new();
    slots.extend(news(brief, said));
    let frame = earlier_story_text(brief).unwrap_or_else(first_story_text);
    slots.push(vec![sentence(SentenceKind::Frame, frame, Vec::new(), Vec::new())]);
    // What stands in the headline is not told again, whichever of the first candidates will.
    let mut told: Vec<BTreeSet<String>> =
        headlines.iter().take(4).map(|headline| content_stems(&headline.text)).collect();
    let mut dates = chosen_days(brief);
    // What is two days old has no history yet, and days without a headline are numbers.
    let untold = |dates: &[NaiveDate]| {
        dates.len() == 2 || dates.iter().all(|date| central_title(brief, *date, &told).is_none())
    };
    if let (None, [first, ..]) = (&brief.earlier, dates.as_slice())
        && first_title(brief, *first).is_none()
        && untold(&dates)
        && let Some(all) = by_day(brief, &dates)
    {
        slots.push(vec![all]);
        return slots;
    }
    if brief.earlier.is_none() && dates.len() == 2 {
        dates.truncate(1);
    }
    for (n, date) in dates.iter().enumerate() {
        let turn = match n {
            0 => Turn::First,
            n if n + 1 == dates.len() => Turn::Last,
            _ => Turn::Next,
        };
        let slot = one_day(brief, *date, turn, &mut told);
        // Of two days the second number is what the first left.
        let counts_only = |slot: &[Sentence]| slot.iter().all(|s| s.kind == SentenceKind::Count);
        let again =
            dates.len() == 2 && n == 1 && counts_only(&slot) && slots.last().is_some_and(|s| counts_only(s));
        if !slot.is_empty() && !again {
            slots.push(slot);
        }
    }
    slots
}

/// An update's first line: the best quote of a record the version before did not have, other than what stands above.
fn news(brief: &Brief, above: &[&Sentence]) -> Option<Vec<Sentence>> {
    brief.earlier.as_ref()?;
    // The dek has begun with it.
    if above.iter().any(|s| s.text.starts_with("Since the earlier story")) {
        return None;
    }
    let new = new_records(brief);
    let mut found = Vec::new();
    let said = |quote: &crate::model::Quote| {
        let cited = above.iter().flat_map(|s| &s.citations);
        cited
            .filter(|c| c.record == quote.record)
            .any(|c| c.start < quote.span.end && quote.span.start < c.end)
    };
    let mut fresh: Vec<_> =
        facts(brief).into_iter().filter(|q| new.contains(&q.record) && !said(q)).collect();
    // What was said last holds now, and what was said before the headline may not.
    let when = |q: &crate::model::Quote| brief.record(&q.record).map(|r| r.published_at);
    fresh.retain(|q| !is_overtaken(brief, above.first().copied(), q));
    fresh.sort_by_key(|q| (q.kind == QuoteKind::Title, std::cmp::Reverse(when(q))));
    for quote in fresh.into_iter().take(2) {
        let (Some(record), Some(raw)) = (brief.record(&quote.record), brief.quote_text(quote)) else {
            continue;
        };
        let Some(cited) = citation(record, quote.span) else { continue };
        let said = super::voice::closed(&words(raw));
        let on = say::date(day(brief, record));
        let verb = said_by(quote.kind);
        let who = &record.speaker;
        let since = super::dek::is_later(brief, record)
            .then(|| format!("Since the earlier story, {who} {verb} on {on}: “{said}”"));
        for text in since.into_iter().chain([format!("{who} {verb} on {on}: “{said}”")]) {
            found.push(sentence(SentenceKind::Quote, text, vec![cited.clone()], Vec::new()));
        }
    }
    (!found.is_empty()).then_some(found)
}

/// How a quote of a kind is introduced where nothing else is said of it.
pub(super) fn said_by(kind: QuoteKind) -> &'static str {
    match kind {
        QuoteKind::Official => "said",
        QuoteKind::Press => "reported",
        QuoteKind::Opinion | QuoteKind::Post | QuoteKind::Title => "wrote",
    }
}

/// The first, the fullest and the last day, in order.
fn chosen_days(brief: &Brief) -> Vec<NaiveDate> {
    let mut per_day: BTreeMap<NaiveDate, BTreeSet<&str>> = BTreeMap::new();
    // What came before the version before stands there.
    let since = brief.earlier.as_ref().map(|earlier| earlier.at.date_naive());
    let told = |record: &&BriefRecord| since.is_none_or(|since| day(brief, record) >= since);
    for record in members(brief).into_iter().filter(told) {
        per_day.entry(day(brief, record)).or_default().insert(record.copy_group.as_str());
    }
    let first = per_day.keys().next().copied();
    let last = per_day.keys().next_back().copied();
    let fullest =
        per_day.iter().max_by(|a, b| a.1.len().cmp(&b.1.len()).then_with(|| b.0.cmp(a.0))).map(|d| *d.0);
    [first, fullest, last].into_iter().flatten().collect::<BTreeSet<_>>().into_iter().collect()
}

/// Which of the chosen days.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    First,
    Next,
    Last,
}

fn one_day(brief: &Brief, date: NaiveDate, turn: Turn, told: &mut Vec<BTreeSet<String>>) -> Vec<Sentence> {
    let mut slot = Vec::new();
    let count = find(brief, CountUnit::Records, CountBase::Members, &CountFilter::Day { date });
    let nouns = nouns(brief);
    let on = say::date(date);
    let size = count.zip(records(brief)).map(|(count, all)| {
        let total = say::quantity(all.n, nouns.one, nouns.many);
        let text = match (count.n, turn) {
            (n, _) if n == all.n && n == 1 => format!("The one {} is from {on}", nouns.one),
            (n, _) if n == all.n => format!("All {total} are from {on}"),
            (1, _) => format!("One of the {total} is from {on}"),
            (n @ 2..=9, _) => format!("{} of the {total} are from {on}", say::capital(&say::number(n))),
            (n, _) => format!("On {on} came {} of the {total}", say::number(n)),
        };
        (text, brief.use_count(count))
    });
    let title = if turn == Turn::First { first_title(brief, date) } else { central_title(brief, date, told) };
    if let Some((record, span, title)) = title {
        told.push(content_stems(title));
        if let Some(cited) = citation(record, span) {
            let quoted = words(title);
            let who = &record.speaker;
            let piece = if record.class == SourceClass::Publication { "a report" } else { "a post" };
            if let Some((text, used)) = &size {
                let n = say::number(used.n);
                let whole = match turn {
                    Turn::First if used.n == used.of => format!("{text}; {who} headed {piece} “{quoted}”."),
                    Turn::First => {
                        format!("The first {} is from {on}, when {who} headed {piece} “{quoted}”.", nouns.one)
                    }
                    Turn::Next => {
                        let total = say::quantity(used.of, nouns.one, nouns.many);
                        format!("On {on} came {n} of the {total}; {who} headed {piece} “{quoted}”.")
                    }
                    Turn::Last => format!("The last {n} came on {on}, when {who} headed {piece} “{quoted}”."),
                };
                let counts =
                    if turn == Turn::First && used.n < used.of { Vec::new() } else { vec![used.clone()] };
                slot.push(sentence(SentenceKind::Quote, whole, vec![cited.clone()], counts));
            }
            let alone = format!("On {on}, {who} headed {piece} “{quoted}”.");
            slot.push(sentence(SentenceKind::Quote, alone, vec![cited], Vec::new()));
        }
    }
    if let Some((text, used)) = size {
        slot.push(counted(format!("{text}."), vec![used]));
    }
    slot
}

/// `Two of the 18 posts are from 5 January, 12 from 6 January and four from 7 January.`
fn by_day(brief: &Brief, dates: &[NaiveDate]) -> Option<Sentence> {
    let of = |date: &NaiveDate| {
        find(brief, CountUnit::Records, CountBase::Members, &CountFilter::Day { date: *date })
            .map(|count| (say::date(*date), count))
    };
    let counts = dates.iter().map(of).collect::<Option<Vec<_>>>()?;
    let [(first, one), rest @ .., (last, other)] = counts.as_slice() else { return None };
    let nouns = nouns(brief);
    let total = say::quantity(one.of, nouns.one, nouns.many);
    let n = say::number(one.n);
    let mut text = if one.n > 9 {
        format!("On {first} came {n} of the {total}")
    } else {
        let are = if one.n == 1 { "is" } else { "are" };
        format!("{} of the {total} {are} from {first}", say::capital(&n))
    };
    let on = if one.n > 9 { "on" } else { "from" };
    for (date, count) in rest {
        text.extend([", ", &say::number(count.n), " ", on, " ", date.as_str()]);
    }
    text.extend([" and ", &say::number(other.n), " ", on, " ", last.as_str(), "."]);
    Some(counted(text, counts.iter().map(|(_, count)| brief.use_count(count)).collect()))
}

/// The title of the first of all, if it can be quoted and names what the story is about.
fn first_title(brief: &Brief, date: NaiveDate) -> Option<(&BriefRecord, Span, &str)> {
    let first = members(brief).into_iter().next().filter(|r| day(brief, r) == date)?;
    let (span, title) = title_of(first)?;
    let named = !content_stems(&brief.label).is_disjoint(&content_stems(title));
    (named && quotable(brief, first, title)).then_some((first, span, title))
}

/// Whether a title may stand in “the story so far”.
fn quotable(brief: &Brief, record: &BriefRecord, title: &str) -> bool {
    !record.quarantined
        && !record.speaker.is_empty()
        && (record.lang == brief.lang || record.lang == Lang::UND)
        && clean_words(title, HEADING)
        && !shouts(title)
        && !units::asks(title)
        && title.chars().count() <= 130
}

/// The day's title that shares most with all others and was not told yet.
fn central_title<'b>(
    brief: &'b Brief,
    date: NaiveDate,
    told: &[BTreeSet<String>],
) -> Option<(&'b BriefRecord, Span, &'b str)> {
    let all = members(brief);
    let heads: Vec<BTreeSet<String>> =
        all.iter().filter_map(|r| title_of(r)).map(|(_, text)| content_stems(text)).collect();
    let label = content_stems(&brief.label);
    let mut best: Option<(f64, &BriefRecord, Span, &str)> = None;
    for record in &all {
        let Some((span, title)) = title_of(record).filter(|_| day(brief, record) == date) else { continue };
        let stems = content_stems(title);
        // A stray record is no part of the story.
        let off = label.is_disjoint(&stems) && !brief.evidence.contains(&record.id);
        if off || !quotable(brief, record, title) || told.iter().any(|t| overlap(t, &stems) > 0.6) {
            continue;
        }
        let shared = stems.iter().map(|s| heads.iter().filter(|h| h.contains(s)).count() as f64).sum::<f64>()
            / (stems.len().max(1) as f64).sqrt();
        let news = if record.class == SourceClass::Publication && !has_any(title, lexicon_en::OPINION) {
            1.4
        } else {
            1.0
        };
        let verb = if has_verb(title) { 1.3 } else { 1.0 };
        let names_it = if overlap(&label, &stems) >= 0.99 { 1.3 } else { 1.0 };
        let evidence = if brief.evidence.contains(&record.id) { 1.2 } else { 1.0 };
        let value = shared * news * verb * names_it * evidence;
        if best.as_ref().is_none_or(|b| value > b.0) {
            best = Some((value, record, span, title));
        }
    }
    best.map(|b| (b.1, b.2, b.3))
}
