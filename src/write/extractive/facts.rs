//! Choices between quotes that several parts of a story make.

use std::collections::BTreeSet;

use chrono::Datelike as _;

use super::cite::{find, members};
use super::phrases_en as say;
use crate::model::{
    Brief, BriefRecord, Count, CountBase, CountFilter, CountUnit, CountUse, Quote, QuoteKind, RecordId,
    Sentence, SentenceKind, SourceClass,
};
use crate::write::brief::is_since;
use crate::write::quotes::lexicon_en;
use crate::write::quotes::text::{announces, content_stems, dangles, has_any, overlap, words};

/// Records that the version before did not have and that were published since.
pub(super) fn new_records(brief: &Brief) -> BTreeSet<RecordId> {
    let Some(earlier) = &brief.earlier else { return BTreeSet::new() };
    let known: BTreeSet<&RecordId> = earlier.members.iter().collect();
    let came = |id: &&RecordId| brief.record(id).is_some_and(|r| is_since(earlier, r.published_at));
    brief.members.iter().filter(|id| !known.contains(id)).filter(came).cloned().collect()
}

/// Whether a member speaks for themselves: neither a publication, nor who speaks for an organisation, nor who announces
/// what they made.
pub(super) fn is_member(record: &BriefRecord) -> bool {
    record.class != SourceClass::Publication && !record.official && !announces_own(record)
}

/// Whether a record that is no publication's announces what its author had a hand in.
pub(super) fn announces_own(record: &BriefRecord) -> bool {
    let text = record.text.as_deref().unwrap_or("");
    let title = text.get(..record.body_start).unwrap_or("");
    let body = text.get(record.body_start..).unwrap_or("");
    record.class != SourceClass::Publication
        && (announces(title)
            || announces(crate::analyze::span::head(body, 400))
            || has_any(text, lexicon_en::SELLING))
}

/// Whether an account bears the name of what the story is about: a word that begins its handle stands in the heads of a
/// quarter of the records. Who speaks for something else has made something for it.
pub(super) fn speaks_for_it(brief: &Brief, record: &BriefRecord) -> bool {
    const LETTERS: usize = 4;
    let handle: String = record
        .speaker
        .trim_start_matches('@')
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let others: Vec<&BriefRecord> =
        members(brief).into_iter().filter(|r| r.author_key != record.author_key).collect();
    let least = 2.max(others.len() / 4);
    let mut said: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for other in &others {
        let text = other.text.as_deref().unwrap_or("");
        let head = crate::write::brief::title_of(other)
            .map_or_else(|| crate::analyze::span::head(text, 200), |title| title.1);
        let begins: BTreeSet<String> = words(head)
            .into_iter()
            .map(|w| w.trim_end_matches("'s").to_owned())
            .filter(|w| w.chars().count() >= LETTERS && handle.starts_with(w.as_str()))
            .collect();
        for word in begins {
            *said.entry(word).or_default() += 1;
        }
    }
    said.into_values().any(|n| n >= least)
}

/// Whether a member's words are a view of their own: who praises and never says “I” may have made what is praised, and so
/// may an account that bears its name.
pub(super) fn is_own_view(brief: &Brief, quote: &Quote) -> bool {
    brief.record(&quote.record).is_some_and(|record| {
        let text = record.text.as_deref().unwrap_or("");
        let said = brief.quote_text(quote).unwrap_or("");
        let praises = [lexicon_en::PRAISE, lexicon_en::ADVERT].iter().any(|list| has_any(said, list));
        is_member(record)
            && !announces(said)
            && (!praises || has_any(text, lexicon_en::SELF) || has_any(said, lexicon_en::OPPOSE))
            && !(record.class == SourceClass::Social && speaks_for_it(brief, record))
    })
}

/// So far into a body a report tells its news, and from here on its background, in bytes.
const LEAD: usize = 350;
const BACKGROUND: usize = 1_500;

/// Whether a quote stands in the lead of its report.
pub(super) fn opens_report(brief: &Brief, quote: &Quote) -> bool {
    brief.record(&quote.record).is_some_and(|r| quote.span.start < r.body_start + LEAD)
}

/// How near to its beginning a publication's words stand: the news is in the lead.
fn place_in_report(brief: &Brief, quote: &Quote) -> f64 {
    let start = brief.record(&quote.record).map_or(0, |r| quote.span.start.saturating_sub(r.body_start));
    match quote.kind {
        QuoteKind::Press if start < LEAD => 1.2,
        QuoteKind::Press if start > BACKGROUND => -1.0,
        QuoteKind::Press | QuoteKind::Official | QuoteKind::Opinion | QuoteKind::Post | QuoteKind::Title => {
            0.0
        }
    }
}

/// Quotes that tell what happened, best first: official, publications, evidence, the rest; never questions or opinions.
pub(super) fn facts(brief: &Brief) -> Vec<&Quote> {
    let new = new_records(brief);
    let opposing: BTreeSet<_> = brief.counter.quotes.iter().collect();
    let all: Vec<&Quote> = brief
        .quotes
        .iter()
        .filter(|q| !q.asks && q.kind != QuoteKind::Opinion && !opposing.contains(&q.id))
        .filter(|q| !brief.quote_text(q).is_some_and(dangles))
        .collect();
    let label = content_stems(&brief.label);
    let value = |q: &Quote| {
        let kind = match q.kind {
            QuoteKind::Official => 2.0,
            QuoteKind::Press => 1.6,
            QuoteKind::Title => 0.2,
            // What several hand on is what was announced.
            QuoteKind::Post if is_handed_on(brief, q) => 1.4,
            QuoteKind::Post | QuoteKind::Opinion => 0.0,
        };
        let text = brief.quote_text(q).unwrap_or("");
        let names_it = if overlap(&label, &content_stems(text)) >= 0.99 { 1.2 } else { 0.0 };
        let evidence = if brief.evidence.contains(&q.record) { 0.7 } else { 0.0 };
        let fresh = if new.contains(&q.record) { 4.0 } else { 0.0 };
        let opinion =
            if q.kind == QuoteKind::Post && has_any(text, lexicon_en::FIRST_PERSON) { -1.5 } else { 0.0 };
        let happened = if has_any(text, lexicon_en::HAPPENED) { 0.8 } else { 0.0 };
        let praises = [lexicon_en::PRAISE, lexicon_en::ADVERT].iter().any(|list| has_any(text, list));
        let praise = if matches!(q.kind, QuoteKind::Post | QuoteKind::Title) && praises { -0.8 } else { 0.0 };
        // What somebody claims of their own is no fact.
        let praise =
            if has_any(text, &["claimed", "claims", "boasts", "boasted"]) { praise - 1.0 } else { praise };
        let place = place_in_report(brief, q);
        // What somebody made for it is not what happened to it.
        let own = |r: &BriefRecord| {
            !r.official && (announces_own(r) || q.kind == QuoteKind::Post && announces(text))
        };
        let made = brief.record(&q.record).is_some_and(own);
        let made = if made { -3.0 } else { 0.0 };
        // “How …” and “why …” explain; the news is elsewhere.
        let explains = brief.record(&q.record).and_then(crate::write::brief::title_of).is_some_and(|title| {
            let first = words(title.1).into_iter().next().unwrap_or_default();
            q.kind == QuoteKind::Press && matches!(first.as_str(), "how" | "why" | "what" | "inside")
        });
        let made = if explains { made - 1.5 } else { made };
        let made = if is_of_another_year(brief, text) { made - 1.5 } else { made };
        q.score + made + kind + names_it + evidence + fresh + opinion + happened + praise + place
    };
    let mut rated: Vec<(f64, &Quote)> = all.into_iter().map(|q| (value(q), q)).collect();
    rated.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
    rated.into_iter().map(|(_, q)| q).collect()
}

/// So long before its headline may what an update tells have been said.
const NEARLY: chrono::TimeDelta = chrono::TimeDelta::hours(3);

/// Whether a quote was said so long before the headline of an update that it may not hold any more.
pub(super) fn is_overtaken(brief: &Brief, headline: Option<&Sentence>, quote: &Quote) -> bool {
    let headed = headline.and_then(|h| brief.record(&h.citations.first()?.record));
    let said = brief.record(&quote.record);
    brief.earlier.is_some()
        && headed.zip(said).is_some_and(|(headed, said)| said.published_at < headed.published_at - NEARLY)
}

/// Whether somebody else has the same words: whoever shares them did not write them.
pub(super) fn is_handed_on(brief: &Brief, quote: &Quote) -> bool {
    let Some((record, words)) = brief.record(&quote.record).zip(brief.quote_text(quote)) else {
        return false;
    };
    brief
        .records
        .iter()
        .filter(|other| other.author_key != record.author_key)
        .any(|other| other.text.as_deref().is_some_and(|text| text.contains(words)))
}

/// Whether a text tells of a year before: background.
pub(super) fn is_of_another_year(brief: &Brief, text: &str) -> bool {
    let this = brief.at.year();
    words(text)
        .iter()
        .any(|w| w.len() == 4 && w.parse::<i32>().is_ok_and(|year| (1900..this).contains(&year)))
}

/// Quotes with a rule or something to do, official first.
pub(super) fn advice(brief: &Brief) -> Vec<&Quote> {
    let opposing: BTreeSet<_> = brief.counter.quotes.iter().collect();
    let label = content_stems(&brief.label);
    let mut all: Vec<&Quote> = brief
        .quotes
        .iter()
        .filter(|q| !q.asks && q.kind != QuoteKind::Opinion && !opposing.contains(&q.id))
        .filter(|q| {
            let text = brief.quote_text(q).unwrap_or("");
            let stems = content_stems(text);
            let named = label.intersection(&stems).count() > 0;
            let told = has_any(text, lexicon_en::ADVICE);
            let practical = has_any(text, lexicon_en::PRACTICAL);
            let whole = label.is_subset(&stems);
            match q.kind {
                QuoteKind::Official => told || practical,
                // What a publication tells of rules is about many things.
                QuoteKind::Press => whole && (told || practical),
                QuoteKind::Post | QuoteKind::Title | QuoteKind::Opinion => {
                    told && (named || has_any(text, lexicon_en::DO_THIS))
                        || whole && (practical || lived(q, text))
                }
            }
        })
        .collect();
    let standing = |q: &Quote| match q.kind {
        QuoteKind::Official => 2,
        QuoteKind::Press => 1,
        QuoteKind::Post | QuoteKind::Title | QuoteKind::Opinion => 0,
    };
    let plain = |q: &Quote| has_any(brief.quote_text(q).unwrap_or(""), lexicon_en::ADVICE);
    all.sort_by(|a, b| {
        plain(b)
            .cmp(&plain(a))
            .then_with(|| standing(b).cmp(&standing(a)))
            .then_with(|| b.score.total_cmp(&a.score))
            .then_with(|| a.id.cmp(&b.id))
    });
    all
}

/// What somebody met with it, in a figure: the next best thing to advice.
fn lived(quote: &Quote, text: &str) -> bool {
    quote.kind == QuoteKind::Post
        && has_any(text, lexicon_en::FIRST_PERSON)
        && text.chars().any(|c| c.is_ascii_digit())
        && [lexicon_en::MET, lexicon_en::PRAISE].iter().any(|list| has_any(text, list))
}

/// The count of all members.
pub(super) fn records(brief: &Brief) -> Option<&Count> {
    find(brief, CountUnit::Records, CountBase::Members, &CountFilter::All)
}

/// The count of their authors.
pub(super) fn authors(brief: &Brief) -> Option<&Count> {
    find(brief, CountUnit::Authors, CountBase::Members, &CountFilter::All)
}

/// The nouns for this story's records.
pub(super) fn nouns(brief: &Brief) -> say::Nouns {
    let publications =
        find(brief, CountUnit::Records, CountBase::Members, &CountFilter::Publications).map_or(0, |c| c.n);
    say::nouns(publications, records(brief).map_or(0, |c| c.n))
}

/// Who speaks, as a number with the count it comes from: `56 authors`, `nine authors and outlets`, `three outlets`.
pub(super) fn voices(brief: &Brief, people: &Count) -> (String, CountUse) {
    let all = members(brief);
    let press = all.iter().filter(|r| r.class == SourceClass::Publication).count();
    if press == all.len()
        && let Some(outlets) = find(brief, CountUnit::Venues, CountBase::Members, &CountFilter::Publications)
    {
        return (say::quantity(outlets.n, "outlet", "outlets"), brief.use_count(outlets));
    }
    let number = say::quantity(people.n, "author", "authors");
    let text = if press == 0 || people.n < 2 { number } else { format!("{number} and outlets") };
    (text, brief.use_count(people))
}

/// A title as an event of its own: `On 8 January, X headed a post “…”.`
pub(super) fn headed(brief: &Brief, record: &BriefRecord) -> Option<Sentence> {
    let (span, title) = crate::write::brief::title_of(record)?;
    let piece = if record.class == SourceClass::Publication { "a report" } else { "a post" };
    let on = say::date(super::cite::day(brief, record));
    let quoted = super::cite::words(title);
    let text = format!("On {on}, {} headed {piece} “{quoted}”.", record.speaker);
    let cited = super::cite::citation(record, span)?;
    Some(super::cite::sentence(SentenceKind::Quote, text, vec![cited], Vec::new()))
}

/// A count sentence.
pub(super) fn counted(text: String, counts: Vec<CountUse>) -> Sentence {
    Sentence { text, kind: SentenceKind::Count, citations: Vec::new(), counts, confirmed: false }
}

/// Places where members and accounts wrote, most records first, and whether publications are another place.
pub(super) fn places(brief: &Brief) -> (Vec<String>, bool) {
    let mut by_place: std::collections::BTreeMap<&str, BTreeSet<&str>> = std::collections::BTreeMap::new();
    let all = members(brief);
    let on_a_site = |r: &&BriefRecord| r.class != SourceClass::Publication;
    let elsewhere = !all.iter().all(on_a_site);
    for record in all.into_iter().filter(on_a_site) {
        by_place.entry(record.venue.as_str()).or_default().insert(record.copy_group.as_str());
    }
    // Where most of it was reported, a forum or two are not its place.
    let groups = |of: &dyn Fn(&&&BriefRecord) -> bool| {
        members(brief).iter().filter(of).map(|r| r.copy_group.as_str()).collect::<BTreeSet<_>>().len()
    };
    if groups(&|r| !on_a_site(r)) * 2 > groups(&|_| true) {
        return (Vec::new(), elsewhere);
    }
    let mut ranked: Vec<(&str, usize)> = by_place.into_iter().map(|(p, groups)| (p, groups.len())).collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    (ranked.into_iter().map(|(p, _)| p.to_owned()).collect(), elsewhere)
}
