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

/// “Words of objection stand in 4 of these 214 records; none could be quoted as it stands.” What is said where somebody
/// objects in words that cannot be quoted; `None` where nobody does.
pub fn objections_unquoted_text(brief: &Brief) -> Option<String> {
    let n = objecting(brief);
    (n > 0).then(|| unquoted_text(n, brief.counter.searched))
}

fn unquoted_text(n: u64, searched: u64) -> String {
    let of = if n < searched {
        format!("{n} of these {searched} {}", records(searched))
    } else if searched == 1 {
        "the one record".to_owned()
    } else {
        format!("all {searched} records")
    };
    format!("Words of objection stand in {of}; none could be quoted as it stands.")
}

/// Members with a word of objection in a sentence that names the story: other sentences are about other things.
fn objecting(brief: &Brief) -> u64 {
    let lists =
        [lexicon_en::OPPOSE, lexicon_en::CRITIC, lexicon_en::DENIAL, lexicon_en::MET, lexicon_en::LACK];
    let label = brief.label.to_lowercase();
    let objects = |text: &str| {
        // “Coastline 2.1 is late” is one sentence.
        let sentences = text.split('\n').flat_map(|line| line.split(". "));
        let mut sentences = sentences.flat_map(|said| said.split("! ")).flat_map(|said| said.split("? "));
        sentences.any(|said| Mentioned::in_text(said).has(&label) && has_word(said, &lists))
    };
    members_with(brief, objects).min(brief.counter.searched)
}

/// Whether the number of objecting records holds: of those whose words are gone since, each may have been one.
fn is_unquoted(brief: &Brief, text: &str) -> bool {
    let gone = brief.members.iter().filter_map(|id| brief.record(id)).filter(|r| r.text.is_none()).count();
    let (least, searched) = (objecting(brief), brief.counter.searched);
    (least.max(1)..=(least + gone as u64).min(searched)).any(|n| unquoted_text(n, searched) == text)
}

/// “The desk found no advice in these 32 records that it could quote.” What is said where somebody may advise.
pub fn no_advice_alone_text(searched: u64) -> String {
    format!("The desk found no advice in these {searched} {} that it could quote.", records(searched))
}

/// What writers say where no objection can be quoted: that there is none only if no member's text has a word of one.
pub fn none_against_text(brief: &Brief) -> String {
    objections_unquoted_text(brief).unwrap_or_else(|| none_quotable_text(brief.counter.searched))
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
                || is_unquoted(brief, text)
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

#[cfg(test)]
mod tests {
    use super::{is_unquoted, none_against_text, objections_unquoted_text};
    use crate::write::verify_sample as sample;

    #[test]
    fn objections_that_cannot_be_quoted_are_counted_and_those_that_are_gone_may_have_been_some() {
        let mut brief = sample::brief();
        assert_eq!(
            none_against_text(&brief),
            format!(
                "No opposing statement that can be quoted was found in {} records.",
                brief.counter.searched
            )
        );
        // One of them objects where it names the story.
        let at =
            brief.records.iter().position(|r| brief.members.contains(&r.id) && r.text.is_some()).unwrap();
        let label = brief.label.clone();
        brief.records[at].text = Some(format!("{label} is useless. It rains."));
        let told = objections_unquoted_text(&brief).unwrap();
        assert!(told.starts_with("Words of objection stand in 1 of these "), "{told}");
        assert!(is_unquoted(&brief, &told));
        assert!(!is_unquoted(&brief, &told.replace(" 1 of", " 2 of")));
        // Its words are deleted: the number it was counted in still holds.
        brief.records[at].text = None;
        assert_eq!(objections_unquoted_text(&brief), None);
        assert!(is_unquoted(&brief, &told));
    }
}
