//! Choices between quotes that several parts of a story make.

use std::collections::BTreeSet;

use super::cite::{find, members};
use super::phrases_en as say;
use crate::model::{
    Brief, BriefRecord, Count, CountBase, CountFilter, CountUnit, CountUse, Quote, QuoteKind, RecordId,
    Sentence, SentenceKind, SourceClass,
};
use crate::write::quotes::lexicon_en;
use crate::write::quotes::text::{content_stems, dangles, has_any, overlap};

/// Records that the version before did not have.
pub(super) fn new_records(brief: &Brief) -> BTreeSet<RecordId> {
    let Some(earlier) = &brief.earlier else { return BTreeSet::new() };
    let known: BTreeSet<&RecordId> = earlier.members.iter().collect();
    brief.members.iter().filter(|id| !known.contains(id)).cloned().collect()
}

/// Quotes that tell what happened, best first: official, publications, evidence, the rest; never questions or opinions.
pub(super) fn facts(brief: &Brief) -> Vec<&Quote> {
    let new = new_records(brief);
    let opposing: BTreeSet<_> = brief.counter.quotes.iter().collect();
    let mut all: Vec<&Quote> = brief
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
            QuoteKind::Post | QuoteKind::Opinion => 0.0,
        };
        let text = brief.quote_text(q).unwrap_or("");
        let names_it = if overlap(&label, &content_stems(text)) >= 0.99 { 1.2 } else { 0.0 };
        let evidence = if brief.evidence.contains(&q.record) { 0.7 } else { 0.0 };
        let fresh = if new.contains(&q.record) { 1.5 } else { 0.0 };
        let opinion =
            if q.kind == QuoteKind::Post && has_any(text, lexicon_en::FIRST_PERSON) { -0.6 } else { 0.0 };
        let happened = if has_any(text, lexicon_en::HAPPENED) { 0.8 } else { 0.0 };
        let praise = if q.kind == QuoteKind::Post && has_any(text, lexicon_en::PRAISE) { -0.8 } else { 0.0 };
        q.score + kind + names_it + evidence + fresh + opinion + happened + praise
    };
    all.sort_by(|a, b| value(b).total_cmp(&value(a)).then_with(|| a.id.cmp(&b.id)));
    all
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
            has_any(text, lexicon_en::ADVICE)
                && match q.kind {
                    QuoteKind::Official => true,
                    // What a publication tells of rules is about many things.
                    QuoteKind::Press => label.is_subset(&stems),
                    QuoteKind::Post | QuoteKind::Title | QuoteKind::Opinion => {
                        named || has_any(text, lexicon_en::DO_THIS)
                    }
                }
        })
        .collect();
    let standing = |q: &Quote| match q.kind {
        QuoteKind::Official => 2,
        QuoteKind::Press => 1,
        QuoteKind::Post | QuoteKind::Title | QuoteKind::Opinion => 0,
    };
    all.sort_by(|a, b| {
        standing(b).cmp(&standing(a)).then_with(|| b.score.total_cmp(&a.score)).then_with(|| a.id.cmp(&b.id))
    });
    all
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
    let mut ranked: Vec<(&str, usize)> = by_place.into_iter().map(|(p, groups)| (p, groups.len())).collect();
    ranked.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    (ranked.into_iter().map(|(p, _)| p.to_owned()).collect(), elsewhere)
}
