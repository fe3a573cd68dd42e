//! Counter-evidence: what kind of story it is, and what speaks against it.

use std::collections::BTreeSet;

use super::text::{content_stems, count_any, dangles, has_any, is_speech, overlap};
use super::units::{Unit, UnitKind};
use super::{Source, StoryTerms, lexicon_en};
use crate::model::Mentioned;

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
    let wrong = |s: &&Source<'_>| {
        [lexicon_en::FAULT, lexicon_en::GRIEVANCE].iter().any(|list| has_any(s.head(), list))
    };
    if trouble * 4 >= n || all.iter().filter(wrong).count() * 3 >= n {
        Tone::Complaint
    } else if press * 2 >= n {
        Tone::Press
    } else {
        Tone::Announcement
    }
}

/// The bar an opposing statement must pass.
pub(in crate::write) const FLOOR: f64 = 1.35;

/// Whether a report has somebody's words in it.
fn quotes_somebody(text: &str) -> bool {
    text.contains(['“', '"'])
        || has_any(text, &["said", "says", "called", "calls", "told", "wrote", "argued", "argues"])
}

/// How many of `list` are words of the text with no “not” before them: who does not regret it objects to nothing.
fn unnegated(text: &str, list: &[&str]) -> usize {
    const BEFORE: [&str; 9] = ["not", "no", "never", "don't", "don’t", "didn't", "didn’t", "isn't", "isn’t"];
    let text = Mentioned::in_text(text);
    let denied = |term: &str| {
        BEFORE.iter().any(|no| {
            ["", "be ", "feel ", "seem "].iter().any(|verb| text.has(&format!("{no} {verb}{term}")))
        })
    };
    list.iter().filter(|term| text.has(term) && !denied(term)).count()
}

/// Whether something else is better “than” what the story is about.
fn is_worse(text: &str, label: &BTreeSet<String>) -> bool {
    const BETTER: [&str; 8] =
        ["better", "best", "faster", "nicer", "sharper", "cheaper", "cleaner", "stronger"];
    text.to_lowercase().split_once(" than ").is_some_and(|(before, after)| {
        let after: String = after.split_whitespace().take(4).collect::<Vec<_>>().join(" ");
        has_any(before, &BETTER)
            && overlap(label, &content_stems(&after)) >= 0.5
            && overlap(label, &content_stems(before)) < 0.99
    })
}

/// How strongly a unit opposes; below [`FLOOR`] it does not count as opposition. An opposing
/// statement names what the story is about, or stands in a record whose head does.
pub(in crate::write) fn opposition(
    unit: &Unit<'_>,
    source: &Source<'_>,
    terms: &StoryTerms,
    label: &BTreeSet<String>,
    tone: Tone,
) -> f64 {
    let stems: BTreeSet<String> = content_stems(unit.text);
    // A publication's headline tells of an argument, and is none.
    if source.is_press() && unit.kind == UnitKind::Title {
        return 0.0;
    }
    // `Outlet: what it reported`, handed on.
    if unit.kind == UnitKind::Title && super::gates::is_named_item(unit.text) {
        return 0.0;
    }
    let named = overlap(label, &stems) >= 0.99;
    // Who asks for something says nothing against it, and who would hate to see it fail is for it.
    let muses = |text: &str| has_any(text, lexicon_en::MUSING);
    let plain = |text: &str| has_any(text, lexicon_en::OPPOSE) && !muses(text);
    let rhetorical =
        has_any(unit.text, &["in their right mind", "who would trust", "why would anyone", "who wants"]);
    if unit.asks() && unit.kind != UnitKind::Title && !rhetorical
        || muses(unit.text) && !unit.text.split(". ").any(plain)
    {
        return 0.0;
    }
    // Who could not get in says nothing of it, and what was held against it years ago is over.
    if has_any(unit.text, lexicon_en::OUTSIDE) {
        return 0.0;
    }
    // Who speaks of people, or explains why it makes sense, says nothing against it.
    if has_any(unit.text, lexicon_en::PERSONAL) {
        return 0.0;
    }
    // Members often name it by a part of its name: what else the story is made of stands beside it.
    let about = source.is_press() || source.brief.official || terms.hits(&stems) < 2;
    // A report's lead may do without the name that its headline or first sentences have.
    let opens =
        source.is_press() && unit.index < 6 && overlap(label, &content_stems(source.opening())) >= 0.99;
    let in_head = || overlap(label, &content_stems(source.head())) >= 0.99;
    if dangles(unit.text) && !is_speech(unit.text) || !(named || !about || opens || in_head()) {
        return 0.0;
    }
    let headed = overlap(label, &content_stems(source.head())) >= 0.99;
    let reach = if named {
        0.0
    } else if headed {
        -0.2
    } else if opens {
        -0.1
    } else {
        -0.6
    };
    let reason = if has_any(unit.text, lexicon_en::REASON) { 0.5 } else { 0.0 };
    let base = 0.5 + reach + 0.2 * terms.hits(&stems).min(3) as f64 + reason;
    let fault = count_any(unit.text, lexicon_en::FAULT).min(2) as f64;
    let praise = unnegated(unit.text, lexicon_en::PRAISE).min(2) as f64;
    let against = unnegated(unit.text, lexicon_en::OPPOSE) + usize::from(is_worse(unit.text, label));
    let against = against.min(3) as f64;
    let denial = count_any(unit.text, lexicon_en::DENIAL).min(2) as f64;
    let opposing = match tone {
        Tone::Complaint if source.brief.official => 1.5,
        Tone::Complaint => {
            let negated =
                has_any(unit.text, &["not", "never", "no longer", "isn't", "don't", "doesn't", "used to"]);
            let content = if fault > 0.0 || against > 0.0 || negated { 0.0 } else { praise };
            // What a publication finds good about it is no answer to a complaint.
            if source.is_press() { denial } else { content }
        }
        Tone::Announcement if source.brief.official => 0.0,
        // What a publication tells of a fault is no opposition yet; what it tells of critics is.
        Tone::Announcement if source.is_press() && !source.opinion => {
            if has_any(unit.text, lexicon_en::CRITIC) {
                0.7 + 0.4 * against
            } else if quotes_somebody(unit.text) {
                0.8 * against
            } else {
                0.0
            }
        }
        // A fault told is no objection yet, unless it was met by whoever tells it.
        Tone::Announcement if against == 0.0 => {
            let met = unnegated(unit.text, lexicon_en::MET) > 0
                && !has_any(unit.text, &["never", "not once", "without", "no longer"])
                && named
                && !unit.asks()
                && has_any(unit.text, lexicon_en::FIRST_PERSON);
            let lacks = !source.is_press()
                && (named
                    || headed
                        && unit.kind != UnitKind::Title
                        && has_any(unit.text, lexicon_en::FIRST_PERSON))
                && unnegated(unit.text, lexicon_en::LACK) > 0
                && !has_any(unit.text, lexicon_en::SELLING);
            // It stands where nobody objects, and behind who does.
            return if (met || lacks) && praise == 0.0 { FLOOR } else { 0.0 };
        }
        Tone::Announcement => 0.8 * against + 0.4 * fault - 0.8 * praise,
        Tone::Press if source.is_press() && quotes_somebody(unit.text) => denial.max(0.8 * against),
        Tone::Press if source.is_press() || source.brief.official => denial,
        Tone::Press => (0.8 * against).max(denial) - 0.8 * praise,
    };
    if opposing >= 0.7 { base + opposing } else { 0.0 }
}
