//! The extractive writer: selects, counts and quotes; it never invents. Same brief, same bytes.

mod cite;
mod claim;
mod clause;
mod dek;
mod event;
mod facts;
mod faq;
mod heading;
mod headline;
mod phrases_en;
mod practice;
mod sections;
mod so_far;
mod voice;

use chrono::NaiveDate;

use super::draft::Draft;
use crate::model::{Brief, BriefRecord, Place, Quote, Sentence, SentenceKind};

/// How much a story may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriterSettings {
    /// Sections at most; a thin story has two whatever this says. Default 5.
    pub max_sections: usize,
    /// Quotes in the sections together; one section has at most three. Default 15.
    pub max_quotes: usize,
}

impl Default for WriterSettings {
    fn default() -> Self {
        Self { max_sections: 5, max_quotes: 15 }
    }
}

/// Writes a story from a brief: every slot with its candidates, the best first and the safest last.
///
/// Nothing here is checked; the verifier judges each candidate as it judges any writer's.
pub fn draft(brief: &Brief, settings: &WriterSettings) -> Draft {
    let casing = clause::Casing::of(brief);
    let mut headline = headline::headline(brief, &casing);
    loop {
        // What follows is written around the headline that will stand.
        if let Some(at) = headline.iter().position(|s| super::check(s, Place::Headline, brief).is_empty()) {
            headline.drain(..at);
        }
        let draft = around(brief, headline, &casing, settings);
        if draft.headline.len() < 2 || is_borne(&draft, brief) {
            return draft;
        }
        // Nobody would know whose words these are.
        headline = draft.headline.into_iter().skip(1).collect();
    }
}

/// Whether a quoted headline's speaker is named in it or below.
fn is_borne(draft: &Draft, brief: &Brief) -> bool {
    let Some(headline) = draft.headline.first().filter(|h| h.kind == SentenceKind::Quote) else {
        return true;
    };
    let below = draft.sections.iter().flat_map(|s| &s.sentences);
    let said: Vec<&str> = [headline]
        .into_iter()
        .chain(draft.dek.iter().chain(below).filter_map(|slot| slot.first()))
        .map(|s| s.text.as_str())
        .collect();
    headline.citations.iter().filter_map(|cited| brief.record(&cited.record)).all(|record| {
        let outside = |text: &&str| text.split(['“', '”']).step_by(2).any(|t| t.contains(&record.speaker));
        said.iter().any(outside)
    })
}

fn around(
    brief: &Brief,
    headline: Vec<Sentence>,
    casing: &clause::Casing,
    settings: &WriterSettings,
) -> Draft {
    let titles = clause::press_titles(brief, casing);
    let mut voice = voice::Voice::new(brief);
    let mut dek = dek::dek(brief, headline.first());
    // The same of the dek: what does not stand there is told below.
    for slot in &mut dek {
        if let Some(at) = slot.iter().position(|s| super::check(s, Place::Dek { n: 0 }, brief).is_empty()) {
            slot.drain(..at);
        } else {
            slot.clear();
        }
    }
    dek.retain(|slot| !slot.is_empty());
    // What most probably stands above: the first candidates.
    let above: Vec<&Sentence> =
        headline.first().into_iter().chain(dek.iter().filter_map(|slot| slot.first())).collect();
    let sections = if headline.is_empty() {
        Vec::new()
    } else {
        sections::sections(brief, &titles, &above, &mut voice, settings)
    };
    let below = sections.iter().flat_map(|s| &s.sentences).filter_map(|slot| slot.first());
    let said: Vec<&Sentence> = above.iter().copied().chain(below).collect();
    let so_far = so_far::so_far(brief, &headline, &said);
    let faqs = faq::faqs(brief, headline.first(), &mut voice);
    let counter = faq::counter(brief, headline.first(), &mut voice);
    Draft { headline, dek, sections, so_far, faqs, counter }
}

/// Which of several wordings a story begins with: its own, and another one for each version.
fn turn(brief: &Brief) -> usize {
    let said = format!("{} {} {}", brief.seed, brief.code, brief.version);
    let first = crate::model::Sha256::of(&said);
    first.as_str().bytes().take(8).fold(0, |all, byte| all * 31 + usize::from(byte))
}

/// How the speaker of a quote is named.
pub(in crate::write) fn speaker(record: &BriefRecord, quote: &Quote) -> String {
    voice::speaker(record, quote)
}

/// The day of a record, in the story's time zone.
pub(in crate::write) fn day(brief: &Brief, record: &BriefRecord) -> String {
    date(cite::day(brief, record))
}

/// A day in running text.
pub(in crate::write) fn date(date: NaiveDate) -> String {
    phrases_en::date(date)
}

/// A number in running text.
pub(in crate::write) fn number(n: u64) -> String {
    phrases_en::number(n)
}

/// A quote introduced plainly, as it stands alone: candidates, best first.
pub(in crate::write) fn alone(brief: &Brief, quote: &Quote) -> Vec<Sentence> {
    voice::Voice::new(brief).alone(quote)
}

#[cfg(test)]
mod tests;
