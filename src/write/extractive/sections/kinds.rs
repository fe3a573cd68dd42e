//! What each section is about, and its quotes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Desk, LEAST, MOST_THIN, PER_SECTION, Plan, Said};
use crate::model::{
    Brief, Caveat, Count, CountBase, CountFilter, CountUnit, Quote, QuoteId, QuoteKind, RecordId, Sentence,
    SentenceKind, SourceClass, mentions,
};
use crate::write::extractive::WriterSettings;
use crate::write::extractive::cite::{cites, find, record_of};
use crate::write::extractive::clause::PressTitle;
use crate::write::extractive::facts::{
    self, facts, is_member, is_of_another_year, is_own_view, new_records, records, speaks_for_it,
};
use crate::write::extractive::heading::{Topic, telling};
use crate::write::quotes::lexicon_en;
use crate::write::quotes::text::{announces, content_stems, has_any, overlap, tells_a_deed};

/// So far apart may what stands under one heading have been said.
const APART_HOURS: i64 = 48;

/// What each section is about, and its quotes.
pub(super) fn planned<'b>(
    brief: &'b Brief,
    titles: &[PressTitle<'_>],
    (above, said): (&[&Sentence], Said),
    settings: &WriterSettings,
    new: Option<BTreeSet<RecordId>>,
) -> Desk<'b> {
    let thin = brief.caveats.contains(&Caveat::Thin);
    let mut desk = Desk {
        brief,
        new,
        besides: besides(brief),
        told: above.iter().map(|sentence| sentence.text.to_lowercase()).collect(),
        headed: BTreeSet::new(),
        // The other side has a place of its own, and what stands above is not said again.
        used: brief
            .counter
            .quotes
            .iter()
            .take(1)
            // Makers who are not known to speak for it are no members.
            .chain(brief.quotes.iter().filter(|q| is_makers(brief, q)).map(|q| &q.id))
            // What the headline says in other words is a headline, too.
            .chain(brief.quotes.iter().filter(|q| is_another_headline(brief, q, above)).map(|q| &q.id))
            .chain(
                brief.quotes.iter().filter(|q| said == Said::Once && is_said(brief, q, above)).map(|q| &q.id),
            )
            .cloned()
            .collect(),
        plans: Vec::new(),
        most: if thin { MOST_THIN.min(settings.max_sections) } else { settings.max_sections },
        quotes_left: settings.max_quotes,
    };
    what_happened(&mut desk, titles, above);
    by_report(&mut desk, titles);
    // In an update the words that many share are old ones.
    if brief.earlier.is_none() {
        by_term(&mut desk, titles);
    }
    own_words(&mut desk, titles, Point::Needed);
    questions(&mut desk, titles);
    own_words(&mut desk, titles, Point::Needed);
    if desk.plans.len() < 2 {
        own_words(&mut desk, titles, Point::IfAny);
    }
    more(&mut desk, titles);
    // An update tells what is new.
    if brief.earlier.is_none() {
        part(&mut desk);
    }
    desk
}

/// Whether a post tells what its writer made or hands on what its makers say.
fn is_makers(brief: &Brief, quote: &Quote) -> bool {
    quote.kind == QuoteKind::Post && announces(brief.quote_text(quote).unwrap_or(""))
}

/// Whether a title says what the headline says, or heads a report that is quoted for what it says.
fn is_another_headline(brief: &Brief, quote: &Quote, above: &[&Sentence]) -> bool {
    const SAME: f64 = 0.6;
    let stems = content_stems(brief.quote_text(quote).unwrap_or(""));
    let press = record_of(brief, quote).is_some_and(|r| r.class == SourceClass::Publication);
    let more = brief.quotes.iter().any(|other| other.record == quote.record && other.id != quote.id);
    let label = content_stems(&brief.label);
    let known: BTreeSet<String> = lexicon_en::LAUNCHED.iter().flat_map(|verb| content_stems(verb)).collect();
    let text = brief.quote_text(quote).unwrap_or("");
    let both = has_any(text, lexicon_en::LAUNCHED)
        && above.first().is_some_and(|h| has_any(&h.text, lexicon_en::LAUNCHED))
        && (text.chars().count() < 50
            || !text.contains(|c: char| c.is_ascii_digit() || c == ':' || c == ','));
    let says_again = |head: &BTreeSet<String>| {
        overlap(head, &stems) > SAME
            || stems
                .iter()
                .filter(|s| !label.contains(*s) && !known.contains(*s) && !head.contains(*s))
                .count()
                < 2
    };
    quote.kind == QuoteKind::Title
        && (both || press && more || above.first().is_some_and(|h| says_again(&content_stems(&h.text))))
}

/// Whether a headline or a dek has a quote already; one that does not say whose words it quotes has them told below.
fn is_said(brief: &Brief, quote: &Quote, above: &[&Sentence]) -> bool {
    let speaker = brief.record(&quote.record).map_or("", |r| r.speaker.as_str());
    let named =
        |sentence: &&&Sentence| sentence.kind != SentenceKind::Quote || sentence.text.contains(speaker);
    above.iter().filter(named).flat_map(|sentence| &sentence.citations).any(|cited| {
        cited.record == quote.record && cited.start < quote.span.end && quote.span.start < cited.end
    })
}

/// Official words first, then publications that share words with the headline, then the evidence.
fn what_happened(desk: &mut Desk<'_>, titles: &[PressTitle<'_>], above: &[&Sentence]) {
    let brief = desk.brief;
    let mut free: Vec<&Quote> = facts(brief).into_iter().filter(|q| !desk.used.contains(&q.id)).collect();
    // An update tells first what is new, by itself.
    if brief.earlier.is_some() {
        let new = new_records(brief);
        let head = content_stems(above.first().map_or("", |h| &h.text));
        let tells = |q: &Quote| cites(above.first().copied(), &q.record) || desk.shares(q, &head) >= 2;
        free.retain(|q| new.contains(&q.record) && tells(q));
    }
    // Whoever is in the headline tells it.
    free.sort_by_key(|q| !cites(above.first().copied(), &q.record));
    // Who speaks for something else, and not of themselves, stands behind the reports.
    let announced = |q: &&&Quote| {
        q.kind == QuoteKind::Official
            && (record_of(brief, q).is_some_and(|r| speaks_for_it(brief, r))
                || has_any(brief.quote_text(q).unwrap_or(""), lexicon_en::FIRST_PERSON))
    };
    let another_year = |q: &Quote| is_of_another_year(brief, brief.quote_text(q).unwrap_or(""));
    if free.iter().any(|q| !another_year(q)) {
        free.retain(|q| !another_year(q));
    }
    let official = free.iter().filter(announced).take(2);
    let mut outlets = BTreeSet::new();
    let press = free
        .iter()
        .filter(|q| q.kind == QuoteKind::Press)
        .filter(|q| outlets.insert(record_of(brief, q).map(|r| r.speaker.clone())))
        .take(4);
    let mut quotes: Vec<&Quote> = official.chain(press).copied().collect();
    // One point: what the headline says, or what is quoted first.
    let mut point = content_stems(above.first().map_or("", |h| &h.text));
    let opens = quotes.first().copied();
    point.extend(opens.map(|q| content_stems(brief.quote_text(q).unwrap_or(""))).unwrap_or_default());
    let when = |q: &Quote| record_of(brief, q).map(|r| r.published_at);
    quotes.retain(|q| {
        opens.is_some_and(|first| {
            let apart = when(first).zip(when(q)).map_or(0, |(a, b)| (a - b).num_hours().abs());
            first.record == q.record || apart <= APART_HOURS && desk.shares(q, &point) >= 2
        })
    });
    quotes.truncate(PER_SECTION);
    let told_by_press = !quotes.is_empty();
    if quotes.len() < LEAST {
        let ids: BTreeSet<QuoteId> = quotes.iter().map(|q| q.id.clone()).collect();
        // Members fill up with what happened, not with what they met.
        let tells = |q: &Quote| q.kind == QuoteKind::Press || tells_a_deed(brief.quote_text(q).unwrap_or(""));
        // What somebody made for it has a place among what members say, if any.
        let made = |q: &Quote| {
            q.kind == QuoteKind::Post
                && (announces(brief.quote_text(q).unwrap_or(""))
                    || record_of(brief, q).is_some_and(facts::announces_own))
        };
        let rest = free
            .iter()
            .filter(|q| !made(q))
            .filter(|q| !ids.contains(&q.id) && q.kind != QuoteKind::Opinion)
            // A title that tells no event tells nothing.
            .filter(|q| q.kind != QuoteKind::Title || tells(q))
            .filter(|q| !told_by_press || tells(q))
            // What somebody met themselves is another point.
            .filter(|q| {
                q.kind != QuoteKind::Post
                    || !has_any(brief.quote_text(q).unwrap_or(""), lexicon_en::FIRST_PERSON)
            });
        let evident = rest.clone().filter(|q| brief.evidence.contains(&q.record));
        let more: Vec<&Quote> =
            evident.chain(rest.filter(|q| !brief.evidence.contains(&q.record))).copied().collect();
        quotes.extend(more.into_iter().take(LEAST - quotes.len() + usize::from(!told_by_press)));
    }
    let topic = if told_by_press { Topic::Reported } else { Topic::Happened };
    desk.take(titles, quotes, topic, 1);
}

/// A press-heavy story: one section for each further report with two good quotes.
fn by_report(desk: &mut Desk<'_>, titles: &[PressTitle<'_>]) {
    let publications = find(desk.brief, CountUnit::Records, CountBase::Members, &CountFilter::Publications);
    let Some(all) = records(desk.brief) else { return };
    if publications.is_none_or(|c| c.n < 4 || c.n * 5 < all.n * 2) {
        return;
    }
    let reports: Vec<RecordId> = {
        let mut seen = BTreeSet::new();
        desk.free()
            .filter(|q| matches!(q.kind, QuoteKind::Press | QuoteKind::Opinion))
            .filter(|q| seen.insert(q.record.clone()))
            .map(|q| q.record.clone())
            .collect()
    };
    for report in reports {
        let quotes: Vec<&Quote> = desk
            .free()
            .filter(|q| q.record == report && matches!(q.kind, QuoteKind::Press | QuoteKind::Opinion))
            .collect();
        let quotes: Vec<&Quote> = quotes.into_iter().take(LEAST).collect();
        if desk.heading(titles, &Topic::Report, &quotes).is_some() {
            desk.take(titles, quotes, Topic::Report, LEAST);
        }
        if desk.plans.len() + 2 >= desk.most {
            break;
        }
    }
}

/// Named faults and typed names: counted terms with two quotes of their own.
fn by_term(desk: &mut Desk<'_>, titles: &[PressTitle<'_>]) {
    let brief = desk.brief;
    let terms: Vec<(&Count, &str)> = brief
        .counts
        .iter()
        .filter_map(|c| match &c.filter {
            // What nearly all name is no part of the story but its subject.
            CountFilter::Mentions { term } if *term != brief.label && c.n * 20 <= c.of * 9 => {
                Some((c, term.as_str()))
            }
            CountFilter::Mentions { .. }
            | CountFilter::All
            | CountFilter::Venue { .. }
            | CountFilter::Platform { .. }
            | CountFilter::Publications
            | CountFilter::Members
            | CountFilter::Day { .. } => None,
        })
        .collect();
    let fault = |t: &str| lexicon_en::FAULT.contains(&t);
    let mut sections = 0;
    for (count, term) in terms.iter().filter(|t| fault(t.1)).chain(terms.iter().filter(|t| !fault(t.1))) {
        // One place is left for what members say of the whole.
        if sections >= 2 || desk.plans.len() + 1 >= desk.most {
            break;
        }
        let quotes: Vec<&Quote> = desk
            .free()
            .filter(|q| !q.asks && brief.quote_text(q).is_some_and(|t| mentions(t, term)))
            .collect();
        // A count alone makes no point.
        let topic = Topic::Term { count, term };
        let first: Vec<&Quote> = quotes.iter().take(PER_SECTION).copied().collect();
        if !telling(brief, titles, &topic, &first, &BTreeSet::new()).is_empty()
            && desk.take(titles, quotes, topic, LEAST)
        {
            sections += 1;
        }
    }
}

/// Whether a section of members' words must have a heading that makes a point.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Point {
    IfAny,
    Needed,
}

/// The content words of each quote besides the story's name and what everybody says of it.
fn besides(brief: &Brief) -> BTreeMap<QuoteId, BTreeSet<String>> {
    const FEW: usize = 6;
    let label = content_stems(&brief.label);
    let mut all: BTreeMap<QuoteId, BTreeSet<String>> = brief
        .quotes
        .iter()
        .map(|q| (q.id.clone(), content_stems(brief.quote_text(q).unwrap_or(""))))
        .collect();
    let mut said_by: BTreeMap<String, usize> = BTreeMap::new();
    for stem in all.values().flatten() {
        *said_by.entry(stem.clone()).or_default() += 1;
    }
    let quotes = all.len();
    let everybodys = |stem: &String| quotes > FEW && said_by.get(stem).is_some_and(|n| n * 3 > quotes);
    for own in all.values_mut() {
        own.retain(|stem| !label.contains(stem) && !everybodys(stem));
    }
    all
}

/// Whether two members praise, or both find fault.
fn feels_alike(brief: &Brief, one: &Quote, other: &Quote) -> bool {
    let of = |quote: &Quote| {
        let text = brief.quote_text(quote).unwrap_or("");
        let bad =
            [lexicon_en::FAULT, lexicon_en::OPPOSE, lexicon_en::LACK].iter().any(|list| has_any(text, list));
        (has_any(text, lexicon_en::PRAISE), bad)
    };
    matches!((of(one), of(other)), ((true, false), (true, false)) | ((false, true), (false, true)))
}

/// Whether a member's words tell the news once more, and nothing of what they think of it.
fn is_retold(brief: &Brief, quote: &Quote) -> bool {
    let text = brief.quote_text(quote).unwrap_or("");
    let thinks = [
        lexicon_en::FIRST_PERSON,
        lexicon_en::PRAISE,
        lexicon_en::FAULT,
        lexicon_en::OPPOSE,
        lexicon_en::LACK,
        lexicon_en::REASON,
    ];
    let told = brief.quotes.iter().filter(|q| matches!(q.kind, QuoteKind::Official | QuoteKind::Press));
    quote.kind == QuoteKind::Post
        && told.count() > 0
        && (has_any(text, lexicon_en::HAPPENED) || has_any(text, &["is starting", "are starting", "issued"]))
        && !thinks.iter().any(|list| has_any(text, list))
}

/// Members' words around the first of them that can head a section: those that are nearest to it.
fn own_words(desk: &mut Desk<'_>, titles: &[PressTitle<'_>], point: Point) {
    let brief = desk.brief;
    // Who may have made what they praise is better than nobody.
    let fits = |q: &Quote| match point {
        Point::Needed => is_own_view(brief, q),
        Point::IfAny => record_of(brief, q).is_some_and(|r| is_member(r) && !speaks_for_it(brief, r)),
    };
    let mut authors = BTreeSet::new();
    let mut quotes: Vec<&Quote> = desk
        .free()
        .filter(|q| fits(q) && !q.asks && !is_retold(brief, q))
        .filter(|q| authors.insert(record_of(brief, q).map(|r| r.author_key.clone())))
        .collect();
    let heads = |q: &&Quote| desk.heading(titles, &Topic::OwnWords, &[q]).is_some();
    // The first that can head a section with others who say more of the same.
    let around = quotes.iter().copied().filter(heads).find_map(|first| {
        let mine = desk.besides.get(&first.id)?;
        let near = |q: &Quote| desk.shares(q, mine);
        let mut others: Vec<&Quote> = quotes
            .iter()
            .copied()
            .filter(|q| q.id != first.id && (near(q) > 0 || feels_alike(brief, first, q)))
            .collect();
        others.sort_by_key(|q| (q.kind == QuoteKind::Title, std::cmp::Reverse(near(q))));
        others.insert(0, first);
        (others.len() >= LEAST).then_some(others)
    });
    match around {
        Some(found) => quotes = found,
        None if point == Point::Needed => return,
        None => {}
    }
    // A title handed on is no word of its own: one is enough where there is more.
    let first = quotes.iter().position(|q| q.kind == QuoteKind::Title);
    let few: Vec<&Quote> = quotes
        .iter()
        .enumerate()
        .filter(|(at, q)| q.kind != QuoteKind::Title || Some(*at) == first)
        .map(|(_, q)| *q)
        .collect();
    let quotes = if few.len() < LEAST { quotes } else { few };
    desk.take(titles, quotes, Topic::OwnWords, LEAST);
}

fn questions(desk: &mut Desk<'_>, titles: &[PressTitle<'_>]) {
    let quotes: Vec<&Quote> = desk.free().filter(|q| q.asks && is_own_view(desk.brief, q)).collect();
    desk.take(titles, quotes, Topic::Questions, LEAST);
}

/// Where there are not two sections yet: what one report has besides, while good quotes last.
fn more(desk: &mut Desk<'_>, titles: &[PressTitle<'_>]) {
    while desk.plans.len() < 2 {
        let mut by_report: BTreeMap<&RecordId, Vec<&Quote>> = BTreeMap::new();
        for quote in desk.free().filter(|q| q.kind == QuoteKind::Press && !q.asks) {
            by_report.entry(&quote.record).or_default().push(quote);
        }
        // The most quotes, and of these the best ranked.
        let Some(quotes) =
            by_report.into_values().max_by_key(|q| (q.len(), std::cmp::Reverse(q.first().map(|q| &q.id))))
        else {
            break;
        };
        let quotes: Vec<&Quote> = quotes.into_iter().take(LEAST).collect();
        // “More of what was reported” says nothing.
        if desk.heading(titles, &Topic::Report, &quotes).is_none()
            || !desk.take(titles, quotes, Topic::Report, LEAST)
        {
            break;
        }
    }
}

/// A story of one section that has four good quotes in all is told in two.
fn part(desk: &mut Desk<'_>) {
    let [only] = desk.plans.as_mut_slice() else { return };
    let mut rest = only.quotes.split_off(LEAST.min(only.quotes.len()));
    let brief = desk.brief;
    let new = brief.earlier.as_ref().map(|_| new_records(brief));
    let left = brief.quotes.iter().filter(|q| !q.asks && !desk.used.contains(&q.id));
    // What was told before stands apart from what is new, and a report's title is its heading.
    let author = |q: &Quote| record_of(brief, q).map(|r| r.author_key.clone());
    let mut said: BTreeSet<_> = only.quotes.iter().map(|q| author(q)).collect();
    rest.retain(|q| said.insert(author(q)) || !record_of(brief, q).is_some_and(is_member));
    rest.extend(left.filter(|q| {
        let press = record_of(brief, q).is_some_and(|r| r.class == SourceClass::Publication);
        let member = record_of(brief, q).is_some_and(is_member);
        member
            && said.insert(author(q))
            && !(press && q.kind == QuoteKind::Title)
            && new.as_ref().is_none_or(|new| !new.contains(&q.record))
    }));
    rest.truncate(PER_SECTION);
    if rest.len() >= LEAST {
        desk.used.extend(rest.iter().map(|q| q.id.clone()));
        if rest.iter().all(|q| record_of(brief, q).is_some_and(is_member)) {
            desk.plans.push(Plan { quotes: rest, topic: Topic::OwnWords });
        }
    } else {
        only.quotes.extend(rest);
    }
}
