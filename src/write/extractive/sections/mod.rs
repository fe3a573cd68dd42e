//! Sections: what happened, what publications reported, faults, names, members' own words, questions.

mod kinds;

use std::collections::BTreeSet;

use super::WriterSettings;
use super::cite::{record_of, words};
use super::clause::PressTitle;
use super::facts::new_records;
use super::heading::{Topic, headings, telling};
use super::voice::Voice;
use crate::model::{Brief, Quote, QuoteId, QuoteKind, RecordId, Sentence, SentenceKind};
use crate::write::draft::DraftSection;
use kinds::planned;

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

/// Whether what stands in a headline or a dek may be quoted below it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Once,
    Again,
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
    let mut desk = planned(brief, titles, (above, Said::Once), settings, new.clone());
    if desk.plans.len() < 2 {
        // What was said before stands beside what is new.
        desk = planned(brief, titles, (above, Said::Once), settings, None);
    }
    if desk.plans.len() < 2 {
        // Better said again than not told.
        desk = planned(brief, titles, (above, Said::Again), settings, None);
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
            // What heads a section as a whole is not said again in it, if there is more.
            if let Some(at) = quotes.iter().position(|q| is_whole(brief, q, heading.first()))
                && quotes.len() > 1
            {
                quotes.remove(at);
            }
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

/// Whether a heading is all that a quote says, with its speaker.
fn is_whole(brief: &Brief, quote: &Quote, heading: Option<&Sentence>) -> bool {
    let Some((heading, record)) = heading.zip(brief.record(&quote.record)) else { return false };
    let said = words(brief.quote_text(quote).unwrap_or(""));
    heading.kind == SentenceKind::Quote && heading.text == format!("{}: “{said}”", record.speaker)
}
