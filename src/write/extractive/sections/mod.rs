//! Sections: what happened, what publications reported, faults, names, members' own words, questions.

mod kinds;

use std::collections::{BTreeMap, BTreeSet};

use super::WriterSettings;
use super::cite::{cites, record_of, words};
use super::clause::PressTitle;
use super::facts::{is_member, new_records};
use super::heading::{Topic, headings, telling};
use super::voice::Voice;
use crate::model::{Brief, Caveat, Citation, Quote, QuoteId, QuoteKind, RecordId, Sentence, SentenceKind};
use crate::write::draft::DraftSection;
use crate::write::quotes::lexicon_en;
use crate::write::quotes::text::content_stems;
use kinds::planned;

/// Sections of a thin story.
const MOST_THIN: usize = 2;
/// Quotes in a section; fewer than the least is worse than no section.
const PER_SECTION: usize = 3;
const LEAST: usize = 2;
/// Quotes of two sections that are told as one.
const TOGETHER: usize = 5;
/// Quotes in all sections of a first story that rests on little.
const FEWEST: usize = 3;

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
    /// What each quote says besides the story's name and what everybody says of it.
    besides: BTreeMap<QuoteId, BTreeSet<String>>,
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
    /// What is left, best first; in an update what is new.
    fn free(&self) -> impl Iterator<Item = &'b Quote> + '_ {
        self.brief.quotes.iter().filter(|q| !self.used.contains(&q.id) && self.is_new(q))
    }

    /// How many content words a quote shares with some others, besides what everybody says.
    fn shares(&self, quote: &Quote, words: &BTreeSet<String>) -> usize {
        self.besides.get(&quote.id).map_or(0, |own| own.intersection(words).count())
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
        // A member says one thing in a section.
        let mut members = BTreeSet::new();
        quotes.retain(|q| {
            record_of(self.brief, q).is_none_or(|r| !is_member(r) || members.insert(r.author_key.clone()))
        });
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
    // Two quotations of little are no story; an update may be as short as its news.
    let thin = brief.caveats.contains(&Caveat::Thin);
    let fewest = match (&brief.earlier, thin) {
        (Some(_), _) => 1,
        (None, false) => LEAST,
        (None, true) => FEWEST,
    };
    let quoted = |desk: &Desk<'_>| desk.plans.iter().map(|plan| plan.quotes.len()).sum::<usize>();
    // Better said again than not told; an update has only what is new.
    if quoted(&desk) < fewest && brief.earlier.is_none() {
        desk = planned(brief, titles, (above, Said::Again), settings, new.clone());
    }
    // What the headline says must be told.
    let untold = brief.earlier.is_none() && !desk.plans.iter().any(|plan| is_headlined(brief, plan, above));
    if quoted(&desk) < fewest || untold {
        return Vec::new();
    }
    let mut told = desk.told;
    let many = desk.plans.len() > 2;
    let says = |heading: &[Sentence]| heading.first().is_some_and(|h| h.kind != SentenceKind::Frame);
    let mut found: Vec<DraftSection> = Vec::new();
    for Plan { mut quotes, topic } in desk.plans {
        voice.section();
        in_order(brief, &mut quotes, &topic, above.first().copied(), new.as_ref());
        let mut heading = headings(brief, titles, &topic, &quotes, &mut told);
        // What heads a section begins it. The first one goes on from the headline, whatever heads it.
        let heads = |q: &&Quote| heading.first().is_some_and(|h| cites(Some(h), &q.record));
        let counted = heading.first().is_some_and(|h| !h.counts.is_empty());
        if says(&heading) && !counted && !quotes.first().is_some_and(heads) {
            if found.is_empty() && matches!(topic, Topic::Happened | Topic::Reported) {
                heading.clear();
            } else {
                quotes.sort_by_key(|q| !heads(q));
            }
        }
        // What heads a section is not said again in it: of a long quote too much would be lost.
        if let Some(at) = quotes.iter().position(|q| is_headed_by(q, heading.first())) {
            if quotes.len() > 1 && is_most(brief, quotes.get(at), heading.first()) {
                quotes.remove(at);
            } else {
                heading.clear();
            }
        }
        // What stands below must have to do with it.
        if says(&heading) && !counted && !heading.first().is_some_and(|h| bears_on(brief, &quotes, h)) {
            heading.clear();
        }
        let slots: Vec<Vec<Sentence>> = quotes.iter().map(|q| voice.introduce(q)).collect();
        // A count alone makes no point.
        if many && heading.first().is_some_and(|h| h.kind == SentenceKind::Count) {
            continue;
        }
        let sentences: Vec<Vec<Sentence>> = slots.into_iter().filter(|s| !s.is_empty()).collect();
        // What can be headed by nothing that says something goes on from what stands above.
        if !says(&heading) && !matches!(topic, Topic::Questions) {
            match found.as_mut_slice() {
                [] => heading.clear(),
                [only] => {
                    only.heading.clear();
                    let room = TOGETHER.saturating_sub(only.sentences.len());
                    only.sentences.extend(sentences.into_iter().take(room));
                    continue;
                }
                _ => {}
            }
        }
        found.push(DraftSection { heading, sentences });
    }
    found
}

/// Puts quotes in order: what is new first, then who announced, then whoever is in the headline, then by time; members' words
/// begin with whose words head them.
fn in_order(
    brief: &Brief,
    quotes: &mut [&Quote],
    topic: &Topic<'_>,
    headline: Option<&Sentence>,
    new: Option<&BTreeSet<RecordId>>,
) {
    let when = |q: &Quote| record_of(brief, q).map(|r| (r.published_at, r.id.clone()));
    if matches!(topic, Topic::OwnWords) {
        if let Some(rest) = quotes.get_mut(1..) {
            rest.sort_by_key(|q| when(q));
        }
        return;
    }
    quotes.sort_by_key(|q| {
        let old = new.is_some_and(|new| !new.contains(&q.record));
        let standing = match q.kind {
            QuoteKind::Official => 0,
            QuoteKind::Press | QuoteKind::Opinion => 1,
            QuoteKind::Post | QuoteKind::Title => 2,
        };
        (old, standing, !cites(headline, &q.record), when(q))
    });
}

/// Whether a section tells of what the headline says: it quotes its record, or names the story or shares two of the
/// headline's words that not every announcement has.
fn is_headlined(brief: &Brief, plan: &Plan<'_>, above: &[&Sentence]) -> bool {
    // A count says nothing that could be told.
    let Some(headline) = above.first().filter(|h| h.kind != SentenceKind::Count) else { return true };
    let label = content_stems(&brief.label);
    let usual = content_stems(&lexicon_en::LAUNCHED.join(" "));
    let mut head = content_stems(&headline.text);
    head.retain(|stem| !label.contains(stem) && !usual.contains(stem));
    plan.quotes.iter().any(|quote| {
        let stems = content_stems(brief.quote_text(quote).unwrap_or(""));
        let named = label.is_subset(&stems);
        let shared = head.intersection(&stems).count();
        cites(Some(headline), &quote.record) || named && (label.len() > 1 || shared > 0) || shared >= 2
    })
}

/// Whether a quote has a word of the heading besides the story's name.
fn bears_on(brief: &Brief, quotes: &[&Quote], heading: &Sentence) -> bool {
    let label = content_stems(&brief.label);
    let head = content_stems(&heading.text);
    let shares = |q: &&Quote| {
        let stems = content_stems(brief.quote_text(q).unwrap_or(""));
        head.intersection(&stems).any(|stem| !label.contains(stem))
    };
    quotes.iter().any(shares)
}

/// Whether a heading quotes words of a quote.
fn is_headed_by(quote: &Quote, heading: Option<&Sentence>) -> bool {
    let Some(heading) = heading.filter(|h| h.kind == SentenceKind::Quote) else { return false };
    let within = |c: &Citation| quote.span.start <= c.start && c.end <= quote.span.end;
    heading.citations.iter().any(|cited| cited.record == quote.record && within(cited))
}

/// Whether a heading is most of what a quote says.
fn is_most(brief: &Brief, quote: Option<&&Quote>, heading: Option<&Sentence>) -> bool {
    const MOST: f64 = 0.6;
    let Some((quote, heading)) = quote.zip(heading) else { return false };
    let stems = content_stems(&words(brief.quote_text(quote).unwrap_or("")));
    stems.intersection(&content_stems(&heading.text)).count() as f64 >= MOST * stems.len() as f64
}
