//! Counter-evidence: what kind of story it is, and what speaks against it.

use std::collections::BTreeSet;

use super::text::{content_stems, count_any, has_any};
use super::units::Unit;
use super::{Source, StoryTerms, lexicon_en};

/// What a story mostly is; it decides what counts as the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::write) enum Tone {
    /// Members report trouble: an official reply, or somebody content, is the other side.
    Complaint,
    /// Something was announced: an objection is.
    Announcement,
    /// Publications report: a denial or a failed claim is.
    Press,
}

/// The tone of a story.
pub(in crate::write) fn tone(all: &[Source<'_>]) -> Tone {
    let n = all.len().max(1);
    let press = all.iter().filter(|s| s.is_press()).count();
    let trouble = all.iter().filter(|s| has_any(s.head(), lexicon_en::FAULT)).count();
    if trouble * 4 >= n {
        Tone::Complaint
    } else if press * 2 >= n {
        Tone::Press
    } else {
        Tone::Announcement
    }
}

/// The bar an opposing statement must pass.
pub(in crate::write) const FLOOR: f64 = 2.0;

/// How strongly a unit opposes; below [`FLOOR`] it does not count as opposition.
pub(in crate::write) fn opposition(
    unit: &Unit<'_>,
    source: &Source<'_>,
    terms: &StoryTerms,
    tone: Tone,
) -> f64 {
    if unit.asks() {
        return 0.0;
    }
    let stems: BTreeSet<String> = content_stems(unit.text);
    let on_topic = terms.hits(&stems);
    if on_topic == 0 {
        return 0.0;
    }
    let reason = if has_any(unit.text, lexicon_en::REASON) { 0.7 } else { 0.0 };
    let base = 0.35 * on_topic.min(3) as f64 + reason;
    let fault = count_any(unit.text, lexicon_en::FAULT);
    match tone {
        Tone::Complaint => {
            if source.brief.official {
                return base + 2.0;
            }
            let praise = count_any(unit.text, lexicon_en::PRAISE).min(2) as f64;
            let negated =
                has_any(unit.text, &["not", "never", "no longer", "isn't", "don't", "doesn't", "used to"]);
            if fault > 0 || negated { 0.0 } else { base + praise }
        }
        Tone::Announcement => {
            if source.brief.official {
                return 0.0;
            }
            // What a publication tells of a fault is no opposition yet; what it tells of critics is.
            if source.is_press() && !source.opinion && !has_any(unit.text, lexicon_en::CRITIC) {
                return 0.0;
            }
            let against = count_any(unit.text, lexicon_en::OPPOSE).min(2) as f64;
            let against = against + 0.3 * fault.min(2) as f64;
            let praise = 0.8 * count_any(unit.text, lexicon_en::PRAISE).min(2) as f64;
            let against = against - praise;
            if against >= 1.0 { base + against } else { 0.0 }
        }
        Tone::Press => {
            let denial = 1.3 * count_any(unit.text, lexicon_en::DENIAL).min(2) as f64;
            let against = if source.is_press() || source.brief.official {
                0.0
            } else {
                count_any(unit.text, lexicon_en::OPPOSE).min(2) as f64
            };
            if denial.max(against) >= 1.0 { base + denial.max(against) } else { 0.0 }
        }
    }
}
