//! The three questions, each with a long and a short answer that stands alone, and the counter-evidence.

use super::cite::{cites, days};
use super::facts::{
    announces_own, authors, counted, facts, headed, is_member, is_of_another_year, is_overtaken, is_own_view,
    new_records, nouns, opens_report, records, voices,
};
use super::phrases_en as say;
use super::practice::{Practice, practice};
use super::voice::Voice;
use std::collections::BTreeSet;

use crate::model::{
    Brief, Count, CountBase, CountFilter, CountUnit, FaqKind, Quote, QuoteId, QuoteKind, Sentence,
    SentenceKind, SourceClass,
};
use crate::write::quotes::lexicon_en;
use crate::write::quotes::text::{announces, content_stems, has_any, overlap, tells_a_deed};
use crate::write::{DraftFaq, none_advised_text, none_against_text, question_text, strongest_found_text};

/// The longest short answer, in characters.
const SHORT: usize = 300;
/// Words besides the story's name that an answer to what happened shares with the headline.
const ANSWERS: usize = 2;
/// The longest long answer.
const LONG: usize = 1_024;

/// The three questions.
pub(super) fn faqs(brief: &Brief, headline: Option<&Sentence>, voice: &mut Voice<'_>) -> Vec<DraftFaq> {
    let told = happened(brief, headline);
    let (first, said) = what_happened(brief, headline, &told, voice);
    vec![first, what_it_means(brief, headline, &said, voice), other_side(brief, headline, voice)]
}

/// What tells what happened, the best first.
fn happened<'b>(brief: &'b Brief, headline: Option<&Sentence>) -> Vec<&'b Quote> {
    let mut told = facts(brief);
    // Whoever is in the headline tells it first, if they tell it.
    let heads = |quote: &&Quote| {
        let cited = cites(headline, &quote.record);
        let text = brief.quote_text(quote).unwrap_or("");
        !(cited && (has_any(text, lexicon_en::HAPPENED) || quote.kind == QuoteKind::Press))
    };
    let label = content_stems(&brief.label);
    let tells = |quote: &&Quote| {
        let text = brief.quote_text(quote).unwrap_or("");
        !(has_any(text, lexicon_en::HAPPENED) && overlap(&label, &content_stems(text)) >= 0.5)
    };
    // What somebody did answers best, if it is what the headline says.
    let head = content_stems(headline.map_or("", |h| &h.text));
    let answers = |quote: &&Quote| {
        let text = brief.quote_text(quote).unwrap_or("");
        let shared = content_stems(text).intersection(&head).count();
        !(matches!(quote.kind, QuoteKind::Official | QuoteKind::Press)
            && opens_report(brief, quote)
            && (tells_a_deed(text)
                || quote.kind == QuoteKind::Official
                    && (announces(text) || has_any(text, &["we plan", "we will", "we'll"])))
            && shared >= ANSWERS)
    };
    told.sort_by_key(|quote| (answers(quote), heads(quote), tells(quote)));
    // What one report tells is told in its order.
    if let [first, second, ..] = told.as_mut_slice()
        && first.record == second.record
        && second.span.start < first.span.start
    {
        std::mem::swap(first, second);
    }
    // What was long ago is not what happened.
    if told.iter().any(|quote| !is_of_another_year(brief, brief.quote_text(quote).unwrap_or(""))) {
        told.retain(|quote| !is_of_another_year(brief, brief.quote_text(quote).unwrap_or("")));
    }
    // An update answers with what is new.
    let new = new_records(brief);
    if told.iter().any(|quote| new.contains(&quote.record)) {
        told.retain(|quote| new.contains(&quote.record));
    }
    told
}

fn what_happened(
    brief: &Brief,
    headline: Option<&Sentence>,
    told: &[&Quote],
    voice: &mut Voice<'_>,
) -> (DraftFaq, BTreeSet<QuoteId>) {
    let label = content_stems(&brief.label);
    let text = |quote: &Quote| brief.quote_text(quote).unwrap_or("").to_owned();
    voice.section();
    // The first sentence answers: it says what the headline says, else the headline's own title does.
    let head = content_stems(headline.map_or("", |h| &h.text));
    let answers = |quote: &Quote| {
        let said = content_stems(&text(quote));
        said.iter().filter(|stem| head.contains(*stem) && !label.contains(*stem)).count() >= ANSWERS
    };
    let title = headline
        .and_then(|h| h.citations.first())
        .and_then(|cited| brief.record(&cited.record))
        .and_then(|record| headed(brief, record));
    let own =
        |quote: &Quote| quote.kind == QuoteKind::Post && has_any(&text(quote), lexicon_en::FIRST_PERSON);
    // What heads a report is told better by its first sentences; a post says in its title what it says.
    let reports = |quote: &Quote| quote.kind == QuoteKind::Press && cites(headline, &quote.record);
    let posted = headline.is_some_and(|h| h.kind == SentenceKind::Quote) && title.is_some();
    let fits = |quote: &Quote| {
        let deed = cites(headline, &quote.record) || !posted || tells_a_deed(&text(quote));
        answers(quote) && !own(quote) && deed
    };
    let first = told
        .iter()
        .take(3)
        .position(|quote| fits(quote))
        .or_else(|| told.iter().position(|quote| reports(quote) && opens_report(brief, quote)));
    let (first, title) = match first {
        Some(at) => (told.get(at), None),
        None => (told.iter().find(|q| title.is_none() && !own(q)), title),
    };
    let mut answer: Vec<Vec<Sentence>> = Vec::new();
    let mut said = BTreeSet::new();
    if let Some(title) = &title {
        said.extend(content_stems(&title.text));
        answer.push(vec![title.clone()]);
    }
    if let Some(quote) = first {
        said.extend(content_stems(&text(quote)));
        answer.push(voice.introduce(quote));
    }
    let named = label.iter().any(|stem| said.contains(stem));
    // One more, if it says something else.
    let stands = |q: &&&Quote| {
        matches!(q.kind, QuoteKind::Official | QuoteKind::Press)
            || q.kind == QuoteKind::Post
                && tells_a_deed(&text(q))
                && !has_any(&text(q), lexicon_en::FIRST_PERSON)
                && !brief.record(&q.record).is_some_and(announces_own)
    };
    let more = told.iter().filter(stands).filter(|q| first.is_none_or(|f| f.id != q.id));
    let more = more.take(3).find(|q| overlap(&said, &content_stems(&text(q))) < 0.4);
    if let Some(quote) = more {
        answer.push(voice.introduce(quote));
    }
    let used = first.into_iter().chain(more).map(|quote| quote.id.clone()).collect();
    let lead: Vec<&Quote> = first.copied().into_iter().collect();
    let mut short = short_of(if title.is_some() { &[] } else { &lead }, voice, size(brief));
    if let (Some(title), Some(slot)) = (title, short.first_mut())
        && title.text.chars().count() <= SHORT
    {
        slot.insert(0, title);
    }
    let mut asked = faq(FaqKind::WhatHappened, brief, answer, short);
    // Whose name is in the question must be in the headline and in the answer.
    // A first name, or a firm that much is said of, had many things happen to it.
    let is_one = brief.label.contains(' ') || brief.label.chars().skip(1).any(|c| !c.is_lowercase());
    if !named || !is_one || !label.is_subset(&head) {
        "What happened?".clone_into(&mut asked.question);
    }
    (asked, used)
}

fn what_it_means(
    brief: &Brief,
    headline: Option<&Sentence>,
    said: &BTreeSet<QuoteId>,
    voice: &mut Voice<'_>,
) -> DraftFaq {
    let Practice { mut question, quotes: mut told } = practice(brief, headline, said);
    if told.is_empty() {
        told = known_besides(brief, headline, said);
        "What else is known?".clone_into(&mut question);
    }
    voice.section();
    if told.is_empty() {
        told = views(brief, headline, said);
        "What do members say?".clone_into(&mut question);
    }
    if told.is_empty() {
        return how_much(brief);
    }
    let answer: Vec<Vec<Sentence>> = told.iter().take(2).map(|q| voice.introduce(q)).collect();
    // What is said where nothing fits must answer what is asked.
    let usual = question == question_text(FaqKind::WhatItMeans, brief);
    let spare = if usual { vec![none(none_advised_text(brief))] } else { size(brief) };
    let short = short_of(&told, voice, spare);
    let mut asked = faq(FaqKind::WhatItMeans, brief, answer, short);
    asked.question = question;
    asked
}

/// What is told by those who report or speak for it, and was not said before.
fn known_besides<'b>(
    brief: &'b Brief,
    headline: Option<&Sentence>,
    said: &BTreeSet<QuoteId>,
) -> Vec<&'b Quote> {
    let new = new_records(brief);
    let stands = |q: &&Quote| matches!(q.kind, QuoteKind::Official | QuoteKind::Press);
    facts(brief)
        .into_iter()
        .filter(stands)
        .filter(|q| !said.contains(&q.id) && (brief.earlier.is_none() || new.contains(&q.record)))
        .filter(|q| !is_overtaken(brief, headline, q))
        .collect()
}

/// What members think of it, in words that were not said before.
fn views<'b>(brief: &'b Brief, headline: Option<&Sentence>, said: &BTreeSet<QuoteId>) -> Vec<&'b Quote> {
    let opposing: BTreeSet<&QuoteId> = brief.counter.quotes.iter().take(1).collect();
    let fits = |q: &&Quote| q.kind == QuoteKind::Post && !q.asks && is_own_view(brief, q);
    let left =
        brief.quotes.iter().filter(fits).filter(|q| !said.contains(&q.id) && !opposing.contains(&q.id));
    let found: Vec<&Quote> = left.filter(|q| !is_overtaken(brief, headline, q)).collect();
    if !found.is_empty() {
        return found;
    }
    // A heading that says what its writer thinks is a view, too.
    let lists = [lexicon_en::PRAISE, lexicon_en::OPPOSE, lexicon_en::FAULT, lexicon_en::REASON, &["feels"]];
    let thinks = |q: &&Quote| {
        let text = brief.quote_text(q).unwrap_or("");
        let member = brief.record(&q.record).is_some_and(is_member);
        member && q.kind == QuoteKind::Title && !q.asks && lists.iter().any(|list| has_any(text, list))
    };
    let titles = brief.quotes.iter().filter(thinks).filter(|q| !opposing.contains(&q.id));
    titles.filter(|q| !is_overtaken(brief, headline, q)).collect()
}

/// Where nothing tells what it means: how much is said, and where.
fn how_much(brief: &Brief) -> DraftFaq {
    let answer = vec![size(brief), most_from(brief)];
    let mut asked = faq(FaqKind::WhatItMeans, brief, answer, vec![size(brief)]);
    "How much is said about it, and where?".clone_into(&mut asked.question);
    asked
}

/// `Of these 41 posts, 30 are on r/nighttrains and six on r/coast.`
fn most_from(brief: &Brief) -> Vec<Sentence> {
    let mut venues: Vec<(&str, &Count)> = brief
        .counts
        .iter()
        .filter(|c| c.unit == CountUnit::Records && c.base == CountBase::Members)
        .filter_map(|c| match &c.filter {
            CountFilter::Venue { venue } => Some((venue.as_str(), c)),
            CountFilter::All
            | CountFilter::Mentions { .. }
            | CountFilter::Platform { .. }
            | CountFilter::Publications
            | CountFilter::Members
            | CountFilter::Day { .. } => None,
        })
        .collect();
    venues.sort_by(|a, b| b.1.n.cmp(&a.1.n).then_with(|| a.0.cmp(b.0)));
    let at = |venue: &str| {
        let press = super::cite::members(brief)
            .iter()
            .any(|r| r.venue == venue && r.class == SourceClass::Publication);
        if press { format!("by {venue}") } else { format!("on {venue}") }
    };
    // Two of five are nobody's place.
    let tells = |c: &Count| c.n < c.of && c.n >= 3 && c.n * 3 >= c.of;
    let Some((first, most)) = venues.first().filter(|(_, c)| tells(c)) else { return Vec::new() };
    let nouns = nouns(brief);
    let mut text = format!(
        "Of these {}, {} {} {}",
        say::quantity(most.of, nouns.one, nouns.many),
        say::number(most.n),
        if most.n == 1 { "is" } else { "are" },
        at(first)
    );
    let mut counts = vec![brief.use_count(most)];
    if let Some((second, next)) = venues.get(1) {
        text.extend([" and ", &say::number(next.n), " ", &at(second)]);
        counts.push(brief.use_count(next));
    }
    vec![counted(format!("{text}."), counts)]
}

fn other_side(brief: &Brief, headline: Option<&Sentence>, voice: &mut Voice<'_>) -> DraftFaq {
    let told = opposing(brief, headline);
    let answer = counter(brief, headline, voice);
    let short = short_of(&told, voice, vec![none(none_against_text(brief))]);
    faq(FaqKind::Counter, brief, answer, short)
}

/// The counter-evidence: the strongest opposing statement, or that none was found.
pub(super) fn counter(
    brief: &Brief,
    headline: Option<&Sentence>,
    voice: &mut Voice<'_>,
) -> Vec<Vec<Sentence>> {
    let told = opposing(brief, headline);
    voice.section();
    let mut slots: Vec<Vec<Sentence>> = told.iter().take(1).map(|q| voice.introduce(q)).collect();
    let none = none(none_against_text(brief));
    match slots.first_mut() {
        Some(slot) => {
            slot.push(none);
            slots.push(searched(brief));
        }
        None => slots.push(vec![none]),
    }
    slots
}

/// “That is the strongest opposing statement found in 38 records.”
fn searched(brief: &Brief) -> Vec<Sentence> {
    vec![counted(strongest_found_text(brief.counter.searched), Vec::new())]
}

/// What speaks against what the headline says: what was said a day before it speaks against something else.
fn opposing<'b>(brief: &'b Brief, headline: Option<&Sentence>) -> Vec<&'b Quote> {
    let headed = headline.and_then(|h| brief.record(&h.citations.first()?.record)).map(|r| r.published_at);
    let since = |quote: &&Quote| {
        let said = brief.record(&quote.record).map(|r| r.published_at);
        brief.earlier.is_none()
            || said.zip(headed).is_none_or(|(said, headed)| said >= headed - chrono::TimeDelta::hours(24))
    };
    brief.counter.quotes.iter().filter_map(|id| brief.quote(id)).filter(since).collect()
}

fn none(text: String) -> Sentence {
    Sentence {
        text,
        kind: SentenceKind::NoneFound,
        citations: Vec::new(),
        counts: Vec::new(),
        confirmed: false,
    }
}

/// What the story rests on.
fn size(brief: &Brief) -> Vec<Sentence> {
    let (Some(all), Some(people)) = (records(brief), authors(brief)) else { return Vec::new() };
    let nouns = nouns(brief);
    let (first, last) = days(brief);
    let when = say::span(first, last);
    let total = say::quantity(all.n, nouns.one, nouns.many);
    let (people_n, used) = voices(brief, people);
    let both = vec![brief.use_count(all), used];
    let mut slot = Vec::new();
    if people.n > all.n {
        slot.push(counted(format!("The story rests on {total} {when}."), vec![brief.use_count(all)]));
    } else {
        slot.push(counted(format!("The story rests on {total} by {people_n} {when}."), both));
    }
    slot
}

/// One slot: each quote as it stands alone, then the fallback.
fn short_of(told: &[&Quote], voice: &Voice<'_>, fallback: Vec<Sentence>) -> Vec<Vec<Sentence>> {
    let mut slot = Vec::new();
    for quote in told.iter().take(3) {
        slot.extend(voice.alone(quote).into_iter().filter(|s| s.text.chars().count() <= SHORT));
    }
    slot.extend(fallback);
    vec![slot]
}

fn faq(kind: FaqKind, brief: &Brief, answer: Vec<Vec<Sentence>>, short: Vec<Vec<Sentence>>) -> DraftFaq {
    let mut left = LONG;
    let answer = answer
        .into_iter()
        .filter(|slot| !slot.is_empty())
        .take_while(|slot| {
            let longest = slot.iter().map(|s| s.text.chars().count() + 1).max().unwrap_or(0);
            let fits = longest <= left;
            left = left.saturating_sub(longest);
            fits
        })
        .collect();
    DraftFaq { kind, question: question_text(kind, brief), answer, short }
}
