//! Sections: what happened, what publications reported, faults, names, members' own words, questions.

use std::collections::{BTreeMap, BTreeSet};

use super::WriterSettings;
use super::cite::{find, record_of};
use super::clause::PressTitle;
use super::facts::{counted, facts, nouns, records};
use super::heading::{Topic, headings, telling};
use super::phrases_en as say;
use super::voice::Voice;
use crate::model::{
    Brief, Caveat, Count, CountBase, CountFilter, CountUnit, Quote, QuoteId, QuoteKind, RecordId, Sentence,
    SentenceKind, SourceClass, mentions,
};
use crate::write::draft::DraftSection;
use crate::write::quotes::lexicon_en;

/// Sections of a thin story.
const MOST_THIN: usize = 2;
/// Quotes in a section; fewer than the least is worse than no section.
const PER_SECTION: usize = 3;
const LEAST: usize = 2;

/// A section before it has words.
struct Plan<'b> {
    quotes: Vec<&'b Quote>,
    topic: Topic<'b>,
}

struct Desk<'b> {
    brief: &'b Brief,
    used: BTreeSet<QuoteId>,
    plans: Vec<Plan<'b>>,
    most: usize,
    /// Quotes that may still be taken.
    quotes_left: usize,
}

impl<'b> Desk<'b> {
    fn free(&self) -> impl Iterator<Item = &'b Quote> + '_ {
        self.brief.quotes.iter().filter(|q| !self.used.contains(&q.id))
    }

    fn full(&self) -> bool {
        self.plans.len() >= self.most
    }

    /// Takes a section if it has enough quotes.
    fn take(&mut self, mut quotes: Vec<&'b Quote>, topic: Topic<'b>, least: usize) -> bool {
        quotes.truncate(PER_SECTION.min(self.quotes_left));
        if self.full() || quotes.len() < least {
            return false;
        }
        self.quotes_left -= quotes.len();
        self.used.extend(quotes.iter().map(|q| q.id.clone()));
        self.plans.push(Plan { quotes, topic });
        true
    }
}

/// The sections of a story.
pub(super) fn sections(
    brief: &Brief,
    titles: &[PressTitle<'_>],
    above: &[&Sentence],
    voice: &mut Voice<'_>,
    settings: &WriterSettings,
) -> Vec<DraftSection> {
    let mut desk = planned(brief, titles, above, settings);
    if desk.plans.len() < 2 {
        // Better said again than not told.
        desk = planned(brief, titles, &[], settings);
    }
    let mut told: BTreeSet<String> = BTreeSet::new();
    told.extend(above.iter().map(|sentence| sentence.text.to_lowercase()));
    let many = desk.plans.len() > 2;
    desk.plans
        .into_iter()
        .filter_map(|plan| {
            voice.section();
            let mut quotes = plan.quotes;
            // Told in order, with those who announced first.
            quotes.sort_by_key(|q| {
                (q.kind != QuoteKind::Official, record_of(brief, q).map(|r| (r.published_at, r.id.clone())))
            });
            let mut slots: Vec<Vec<Sentence>> = quotes.iter().map(|q| voice.introduce(q)).collect();
            let heading = headings(brief, titles, &plan.topic, &quotes, &mut told);
            // A count alone makes no point.
            if many && heading.first().is_some_and(|h| h.kind == SentenceKind::Count) {
                return None;
            }
            // A heading that counts has said it.
            if heading.first().is_none_or(|h| h.counts.is_empty())
                && let Some(count) = closing(brief, &plan.topic)
            {
                slots.push(count);
            }
            let sentences = slots.into_iter().filter(|s| !s.is_empty()).collect();
            Some(DraftSection { heading, sentences })
        })
        .collect()
}

/// What each section is about, and its quotes.
fn planned<'b>(
    brief: &'b Brief,
    titles: &[PressTitle<'_>],
    above: &[&Sentence],
    settings: &WriterSettings,
) -> Desk<'b> {
    let thin = brief.caveats.contains(&Caveat::Thin);
    let mut desk = Desk {
        brief,
        // The other side has a place of its own, and what stands above is not said again.
        used: brief
            .counter
            .quotes
            .iter()
            .take(1)
            .chain(brief.quotes.iter().filter(|q| is_said(q, above)).map(|q| &q.id))
            .cloned()
            .collect(),
        plans: Vec::new(),
        most: if thin { MOST_THIN.min(settings.max_sections) } else { settings.max_sections },
        quotes_left: settings.max_quotes,
    };
    what_happened(&mut desk, above);
    by_report(&mut desk);
    by_term(&mut desk, titles);
    own_words(&mut desk);
    questions(&mut desk);
    more(&mut desk);
    part(&mut desk);
    desk
}

/// Whether a headline or a dek has a quote already.
fn is_said(quote: &Quote, above: &[&Sentence]) -> bool {
    above.iter().flat_map(|sentence| &sentence.citations).any(|cited| {
        cited.record == quote.record && cited.start < quote.span.end && quote.span.start < cited.end
    })
}

/// Official words first, then publications that share words with the headline, then the evidence.
fn what_happened(desk: &mut Desk<'_>, above: &[&Sentence]) {
    let brief = desk.brief;
    let mut free: Vec<&Quote> = facts(brief).into_iter().filter(|q| !desk.used.contains(&q.id)).collect();
    // Whoever is in the headline tells it.
    free.sort_by_key(|q| !above.first().is_some_and(|h| h.citations.iter().any(|c| c.record == q.record)));
    let official = free.iter().filter(|q| q.kind == QuoteKind::Official).take(2);
    let mut outlets = BTreeSet::new();
    let press = free
        .iter()
        .filter(|q| q.kind == QuoteKind::Press)
        .filter(|q| outlets.insert(record_of(brief, q).map(|r| r.speaker.clone())))
        .take(2);
    let mut quotes: Vec<&Quote> = official.chain(press).copied().collect();
    let told_by_press = !quotes.is_empty();
    if quotes.len() < LEAST {
        let ids: BTreeSet<QuoteId> = quotes.iter().map(|q| q.id.clone()).collect();
        let rest = free.iter().filter(|q| !ids.contains(&q.id) && q.kind != QuoteKind::Opinion);
        let evident = rest.clone().filter(|q| brief.evidence.contains(&q.record));
        let more: Vec<&Quote> =
            evident.chain(rest.filter(|q| !brief.evidence.contains(&q.record))).copied().collect();
        quotes.extend(more.into_iter().take(LEAST - quotes.len() + usize::from(!told_by_press)));
    }
    let topic = if told_by_press { Topic::Reported } else { Topic::Happened };
    desk.take(quotes, topic, 1);
}

/// A press-heavy story: one section for each further report with two good quotes.
fn by_report(desk: &mut Desk<'_>) {
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
        desk.take(quotes.into_iter().take(LEAST).collect(), Topic::Report, LEAST);
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
            && desk.take(quotes, topic, LEAST)
        {
            sections += 1;
        }
    }
}

fn own_words(desk: &mut Desk<'_>) {
    let quotes: Vec<&Quote> = desk.free().filter(|q| is_member(desk.brief, q) && !q.asks).collect();
    desk.take(quotes, Topic::OwnWords, LEAST);
}

fn questions(desk: &mut Desk<'_>) {
    let quotes: Vec<&Quote> = desk.free().filter(|q| q.asks && is_member(desk.brief, q)).collect();
    desk.take(quotes, Topic::Questions, LEAST);
}

/// Where there are not three sections yet: what one report has besides, then by place, while good quotes last.
fn more(desk: &mut Desk<'_>) {
    let brief = desk.brief;
    while desk.plans.len() < 3 {
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
        if !desk.take(quotes.into_iter().take(LEAST).collect(), Topic::Report, LEAST) {
            break;
        }
    }
    let places: Vec<(&Count, &str)> = brief
        .counts
        .iter()
        .filter_map(|c| match &c.filter {
            CountFilter::Venue { venue } if c.n >= 3 => Some((c, venue.as_str())),
            CountFilter::Venue { .. }
            | CountFilter::Mentions { .. }
            | CountFilter::All
            | CountFilter::Platform { .. }
            | CountFilter::Publications
            | CountFilter::Members
            | CountFilter::Day { .. } => None,
        })
        .collect();
    if places.len() > 1 {
        for (count, place) in places {
            if desk.plans.len() >= 3 {
                return;
            }
            let quotes: Vec<&Quote> = desk
                .free()
                .filter(|q| !q.asks && record_of(brief, q).is_some_and(|r| r.venue == place))
                .collect();
            desk.take(quotes, Topic::Place { count, place }, LEAST);
        }
    }
}

/// A story of one section that has four good quotes in all is told in two.
fn part(desk: &mut Desk<'_>) {
    let [only] = desk.plans.as_mut_slice() else { return };
    let mut rest = only.quotes.split_off(LEAST.min(only.quotes.len()));
    let brief = desk.brief;
    rest.extend(brief.quotes.iter().filter(|q| !q.asks && !desk.used.contains(&q.id)));
    rest.truncate(PER_SECTION);
    if rest.len() >= LEAST {
        desk.used.extend(rest.iter().map(|q| q.id.clone()));
        let members = rest.iter().all(|q| is_member(brief, q));
        let topic = if members { Topic::OwnWords } else { Topic::Besides };
        desk.plans.push(Plan { quotes: rest, topic });
    } else {
        only.quotes.extend(rest);
    }
}

fn is_member(brief: &Brief, quote: &Quote) -> bool {
    record_of(brief, quote).is_some_and(|r| r.class != SourceClass::Publication && !r.official)
}

/// The counted sentence of a section, if its topic has one.
fn closing(brief: &Brief, topic: &Topic<'_>) -> Option<Vec<Sentence>> {
    let nouns = nouns(brief);
    let total = |of: u64| say::quantity(of, nouns.one, nouns.many);
    let slot = match topic {
        // Ordinary words are counted in nobody's paper.
        Topic::Term { term, .. } if !term.chars().any(|c| c.is_uppercase() || c.is_numeric()) => return None,
        Topic::Term { count, term } => vec![counted(
            format!("“{term}” appears in {} of the {}.", say::number(count.n), total(count.of)),
            vec![brief.use_count(count)],
        )],
        // Of the whole story: a section may be about one event of several.
        Topic::Reported => {
            let count = find(brief, CountUnit::Records, CountBase::Members, &CountFilter::Publications)?;
            if count.n == count.of || count.n < 3 {
                return None;
            }
            vec![counted(
                format!("Publications wrote {} of the {}.", say::number(count.n), total(count.of)),
                vec![brief.use_count(count)],
            )]
        }
        Topic::Place { count, place } => vec![counted(
            format!("From {place} came {} of the {}.", say::number(count.n), total(count.of)),
            vec![brief.use_count(count)],
        )],
        Topic::Happened | Topic::Report | Topic::Besides | Topic::OwnWords | Topic::Questions => return None,
    };
    Some(slot)
}
