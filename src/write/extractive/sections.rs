//! Sections: what happened, what publications reported, faults, names, members' own words, questions.

use std::collections::{BTreeMap, BTreeSet};

use super::WriterSettings;
use super::cite::{find, record_of};
use super::clause::PressTitle;
use super::facts::{announces_own, facts, new_records, records};
use super::heading::{Topic, headings, telling};
use super::voice::Voice;
use crate::model::{
    Brief, Caveat, Count, CountBase, CountFilter, CountUnit, Quote, QuoteId, QuoteKind, RecordId, Sentence,
    SentenceKind, SourceClass, mentions,
};
use crate::write::draft::DraftSection;
use crate::write::quotes::lexicon_en;
use crate::write::quotes::text::{content_stems, has_any};

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
    /// What a section must have a quote of: in an update the records that the version before did not have.
    new: Option<BTreeSet<RecordId>>,
    /// What stands above, in lower case.
    told: BTreeSet<String>,
    /// How the sections taken so far will probably be headed, in lower case.
    headed: BTreeSet<String>,
    used: BTreeSet<QuoteId>,
    plans: Vec<Plan<'b>>,
    most: usize,
    /// Quotes that may still be taken.
    quotes_left: usize,
}

impl<'b> Desk<'b> {
    /// What is left, best first; in an update what is new before all else.
    fn free(&self) -> impl Iterator<Item = &'b Quote> + '_ {
        let mut left: Vec<&'b Quote> =
            self.brief.quotes.iter().filter(|q| !self.used.contains(&q.id)).collect();
        left.sort_by_key(|q| !self.is_new(q));
        left.into_iter()
    }

    fn is_new(&self, quote: &Quote) -> bool {
        self.new.as_ref().is_none_or(|new| new.contains(&quote.record))
    }

    /// What would head a section and make a point, if anything does.
    fn heading(&self, titles: &[PressTitle<'_>], topic: &Topic<'_>, quotes: &[&Quote]) -> Option<String> {
        let told = self.told.union(&self.headed).cloned().collect();
        telling(self.brief, titles, topic, quotes, &told).first().map(|h| h.text.to_lowercase())
    }

    fn full(&self) -> bool {
        self.plans.len() >= self.most
    }

    /// Takes a section if it has enough quotes.
    fn take(
        &mut self,
        titles: &[PressTitle<'_>],
        mut quotes: Vec<&'b Quote>,
        topic: Topic<'b>,
        least: usize,
    ) -> bool {
        quotes.truncate(PER_SECTION.min(self.quotes_left));
        if self.full() || quotes.len() < least || !quotes.iter().any(|q| self.is_new(q)) {
            return false;
        }
        if let Some(heading) = self.heading(titles, &topic, &quotes) {
            self.headed.insert(heading);
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
    let new = brief.earlier.is_some().then(|| new_records(brief));
    let mut desk = planned(brief, titles, above, settings, new.clone());
    if desk.plans.len() < 2 {
        // What was said before stands beside what is new.
        desk = planned(brief, titles, above, settings, None);
    }
    if desk.plans.len() < 2 {
        // Better said again than not told.
        desk = planned(brief, titles, &[], settings, None);
    }
    let mut told = desk.told;
    let many = desk.plans.len() > 2;
    desk.plans
        .into_iter()
        .filter_map(|plan| {
            voice.section();
            let mut quotes = plan.quotes;
            // Told in order, with what is new and those who announced first; members' words begin with whose words head
            // them.
            if !matches!(plan.topic, Topic::OwnWords) {
                quotes.sort_by_key(|q| {
                    let old = new.as_ref().is_some_and(|new| !new.contains(&q.record));
                    let when = record_of(brief, q).map(|r| (r.published_at, r.id.clone()));
                    (old, q.kind != QuoteKind::Official, when)
                });
            }
            let heading = headings(brief, titles, &plan.topic, &quotes, &mut told);
            let slots: Vec<Vec<Sentence>> = quotes.iter().map(|q| voice.introduce(q)).collect();
            // A count alone makes no point.
            if many && heading.first().is_some_and(|h| h.kind == SentenceKind::Count) {
                return None;
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
    new: Option<BTreeSet<RecordId>>,
) -> Desk<'b> {
    let thin = brief.caveats.contains(&Caveat::Thin);
    let mut desk = Desk {
        brief,
        new,
        told: above.iter().map(|sentence| sentence.text.to_lowercase()).collect(),
        headed: BTreeSet::new(),
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
    what_happened(&mut desk, titles, above);
    by_report(&mut desk, titles);
    // In an update the words that many share are old ones.
    if brief.earlier.is_none() {
        by_term(&mut desk, titles);
    }
    own_words(&mut desk, titles, Point::IfAny);
    questions(&mut desk, titles);
    own_words(&mut desk, titles, Point::Needed);
    more(&mut desk, titles);
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
fn what_happened(desk: &mut Desk<'_>, titles: &[PressTitle<'_>], above: &[&Sentence]) {
    let brief = desk.brief;
    let mut free: Vec<&Quote> = facts(brief).into_iter().filter(|q| !desk.used.contains(&q.id)).collect();
    // An update tells first what is new, by itself.
    if brief.earlier.is_some() {
        let new = new_records(brief);
        free.retain(|q| new.contains(&q.record));
    }
    // Whoever is in the headline tells it.
    free.sort_by_key(|q| !above.first().is_some_and(|h| h.citations.iter().any(|c| c.record == q.record)));
    let announced =
        |q: &&&Quote| q.kind == QuoteKind::Official || record_of(brief, q).is_some_and(announces_own);
    let official = free.iter().filter(announced).take(2);
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
        // Members fill up with what happened, not with what they met.
        let tells = |q: &Quote| {
            q.kind == QuoteKind::Press || has_any(brief.quote_text(q).unwrap_or(""), lexicon_en::HAPPENED)
        };
        let rest = free
            .iter()
            .filter(|q| !ids.contains(&q.id) && q.kind != QuoteKind::Opinion)
            .filter(|q| !told_by_press || tells(q));
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

/// Members' words around the first of them that can head a section: those that are nearest to it.
fn own_words(desk: &mut Desk<'_>, titles: &[PressTitle<'_>], point: Point) {
    let brief = desk.brief;
    let mut quotes: Vec<&Quote> = desk.free().filter(|q| is_member(brief, q) && !q.asks).collect();
    let heads = |q: &&Quote| desk.heading(titles, &Topic::OwnWords, &[q]).is_some();
    match quotes.iter().position(heads) {
        Some(at) => {
            let first = quotes.remove(at);
            let label = content_stems(&brief.label);
            let stems = |q: &Quote| -> BTreeSet<String> {
                let all = content_stems(brief.quote_text(q).unwrap_or(""));
                all.difference(&label).cloned().collect()
            };
            let mine = stems(first);
            quotes.sort_by_key(|q| {
                let near = stems(q).intersection(&mine).count();
                (q.kind == QuoteKind::Title, std::cmp::Reverse(near))
            });
            quotes.insert(0, first);
        }
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
    let quotes: Vec<&Quote> = desk.free().filter(|q| q.asks && is_member(desk.brief, q)).collect();
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
        if !desk.take(titles, quotes.into_iter().take(LEAST).collect(), Topic::Report, LEAST) {
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
    rest.extend(left.filter(|q| {
        let press = record_of(brief, q).is_some_and(|r| r.class == SourceClass::Publication);
        !(press && q.kind == QuoteKind::Title) && new.as_ref().is_none_or(|new| !new.contains(&q.record))
    }));
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
    record_of(brief, quote).is_some_and(super::facts::is_member)
}
