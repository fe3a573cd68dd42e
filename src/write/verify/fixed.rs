//! Sentences with one fixed text around our own number or date. Writers call these functions; the verifier compares.

use std::collections::BTreeSet;

use chrono::Datelike as _;

use super::Verifier;
use crate::model::{Brief, FaqKind, Mentioned, Sentence, SentenceKind};
use crate::write::quotes::lexicon_en;

/// “None found in 214 records.”
pub fn none_found_text(searched: u64) -> String {
    format!("None found in {searched} {}.", records(searched))
}

/// “No opposing statement that can be quoted was found in 214 records.”
pub fn none_quotable_text(searched: u64) -> String {
    format!("No opposing statement that can be quoted was found in {searched} {}.", records(searched))
}

/// “No advice that can be quoted was found in 32 records.”
pub fn no_advice_text(searched: u64) -> String {
    format!("No advice that can be quoted was found in {searched} {}.", records(searched))
}

/// “The desk found no advice in these 32 records that it could quote.” What is said where somebody may advise.
pub fn no_advice_alone_text(searched: u64) -> String {
    format!("The desk found no advice in these {searched} {} that it could quote.", records(searched))
}

/// What writers say where no objection can be quoted.
pub fn none_against_text(brief: &Brief) -> String {
    none_quotable_text(brief.counter.searched)
}

/// The same of advice.
pub fn none_advised_text(brief: &Brief) -> String {
    let lists = [lexicon_en::ADVICE, lexicon_en::PRACTICAL];
    let text = if members_with(brief, |text| has_word(text, &lists)) > 0 {
        no_advice_alone_text
    } else {
        no_advice_text
    };
    text(brief.counter.searched)
}

/// Members, copies joined, whose text is so.
fn members_with(brief: &Brief, is_so: impl Fn(&str) -> bool) -> u64 {
    let found: BTreeSet<&str> = brief
        .members
        .iter()
        .filter_map(|id| brief.record(id))
        .filter(|record| record.text.as_deref().is_some_and(&is_so))
        .map(|record| record.copy_group.as_str())
        .collect();
    found.len() as u64
}

fn has_word(text: &str, lists: &[&[&str]]) -> bool {
    let text = Mentioned::in_text(text);
    lists.iter().any(|list| list.iter().any(|word| text.has(word)))
}

/// “That is the strongest opposing statement found in 38 records.” A `count` sentence without counts, after a sentence
/// that cites one of the brief's counter quotes.
pub fn strongest_found_text(searched: u64) -> String {
    format!("That is the strongest opposing statement found in {searched} {}.", records(searched))
}

/// “First story on this.” A `frame`; only without an earlier version.
pub fn first_story_text() -> String {
    "First story on this.".to_owned()
}

/// “Version 2, 16 January: “Headline”.” A `frame`; only when the brief has that earlier version.
pub fn earlier_story_text(brief: &Brief) -> Option<String> {
    let earlier = brief.earlier.as_ref()?;
    let zone: chrono_tz::Tz = brief.time_zone.parse().unwrap_or(chrono_tz::UTC);
    let day = earlier.at.with_timezone(&zone).date_naive();
    // A headline in quotation marks needs no second pair.
    let headline = earlier.headline.as_str();
    let bare =
        headline.strip_prefix('“').and_then(|h| h.strip_suffix('”')).filter(|h| !h.contains(['“', '”']));
    let inner: String = bare
        .unwrap_or(headline)
        .chars()
        .map(|c| match c {
            '“' => '‘',
            '”' => '’',
            other => other,
        })
        .collect();
    Some(format!("Version {}, {} {}: “{inner}”.", earlier.version, day.day(), day.format("%B")))
}

/// “This story rests on 7 records.” A `count` without counts, for thin stories; the number is that of the distinct members.
pub fn only_records_text(members: u64) -> String {
    format!("This story rests on {members} {}.", records(members))
}

/// The question of an FAQ, around the story's label.
pub fn question_text(kind: FaqKind, brief: &Brief) -> String {
    match kind {
        FaqKind::WhatHappened => format!("What happened with {}?", brief.label),
        FaqKind::WhatItMeans => "What does it mean for you?".to_owned(),
        FaqKind::Counter => "What is the strongest argument on the other side?".to_owned(),
    }
}

fn records(n: u64) -> &'static str {
    if n == 1 { "record" } else { "records" }
}

/// Whether the sentence is one of the fixed texts, of the right kind, with a number that holds.
pub(super) fn is_fixed(verifier: &Verifier<'_>, sentence: &Sentence) -> bool {
    let text = sentence.text.as_str();
    let brief = verifier.brief;
    let searched = |make: fn(u64) -> String| make(verifier.searched()) == text;
    let members = |make: fn(u64) -> String| make(verifier.distinct) == text;
    match sentence.kind {
        SentenceKind::NoneFound => {
            searched(none_found_text)
                || searched(no_advice_alone_text)
                || searched(none_quotable_text)
                || searched(no_advice_text)
                || members(no_advice_text)
        }
        SentenceKind::Count => {
            text.starts_with("Th") && (searched(strongest_found_text) || members(only_records_text))
        }
        SentenceKind::Frame => match &brief.earlier {
            None => text == first_story_text(),
            Some(_) => earlier_story_text(brief).as_deref() == Some(text),
        },
        SentenceKind::Quote | SentenceKind::Report => false,
    }
}
