//! A story, its questions, and what its versions changed.

use std::collections::BTreeMap;

use super::text::{MAX_INLINE_LINK, ago, counted, lines, link, outside, units};
use super::{Body, Button, Embed, Row, color};
use crate::answer::{ChangedAnswer, StoryAnswer};
use crate::bot::custom_id::{CustomId, Verb};
use crate::model::{Amendment, AmendmentKind, ChangeKind, RecordId, Section, Sentence, StoryCode};
use crate::publish::capitalised;
use crate::publish::text::WebLink;

/// Numbers shown behind one sentence.
const MAX_MARKS: usize = 3;

/// The numbers of cited records, in order of first mention: the same as in the story's post.
struct Numbers<'a>(BTreeMap<&'a RecordId, usize>);

impl<'a> Numbers<'a> {
    fn of(sentences: impl Iterator<Item = &'a Sentence>) -> Self {
        let mut numbers = BTreeMap::new();
        for citation in sentences.flat_map(|s| &s.citations) {
            let next = numbers.len() + 1;
            numbers.entry(&citation.record).or_insert(next);
        }
        Self(numbers)
    }

    /// A sentence with the numbers of what it cites, each a link.
    fn cited(&self, sentence: &Sentence, max: usize) -> String {
        let mut marks: BTreeMap<usize, &str> = BTreeMap::new();
        for citation in &sentence.citations {
            if let Some(n) = self.0.get(&citation.record) {
                marks.entry(*n).or_insert(citation.url.as_str());
            }
        }
        let marks: Vec<String> = marks
            .into_iter()
            .take(MAX_MARKS)
            .map(|(n, url)| match WebLink::parse(url) {
                Some(to) if to.as_str().len() <= MAX_INLINE_LINK => link(&n.to_string(), url),
                Some(_) | None => format!("\\[{n}\\]"),
            })
            .collect();
        let tail: usize = marks.iter().map(|m| units(m) + 1).sum();
        let text = outside(&sentence.text, max.saturating_sub(tail));
        marks.into_iter().fold(text, |all, mark| format!("{all} {mark}"))
    }

    /// As many sentences as fit, the first of them shortened if it alone does not.
    fn paragraph(&self, sentences: &[Sentence], max: usize) -> String {
        let mut out = String::new();
        for sentence in sentences {
            let room = max.saturating_sub(units(&out) + 3);
            let next = self.cited(sentence, max);
            if units(&next) <= room {
                out = if out.is_empty() { next } else { format!("{out} {next}") };
            } else if out.is_empty() {
                return self.cited(sentence, max);
            } else {
                return format!("{out} …");
            }
        }
        out
    }
}

fn numbers(story: &StoryAnswer) -> Numbers<'_> {
    let sections = story.sections.iter().flat_map(|s| s.heading_s.iter().chain(&s.sentences));
    let faqs = story.faqs.iter().flat_map(|f| f.answer_s.iter().chain(&f.short_s));
    Numbers::of(
        std::iter::once(&story.headline_s)
            .chain(&story.dek_s)
            .chain(sections)
            .chain(&story.so_far_s)
            .chain(faqs)
            .chain(&story.counter_s),
    )
}

/// What names a story at the foot of an answer. Worded unlike the foot of a post, by which a post is found again.
fn foot(code: &StoryCode, version: u32) -> String {
    format!("{code}, version {version}")
}

/// The row below everything that is about a story; `but` is what the message shows already.
pub(super) fn ways_on(code: &StoryCode, version: u32, but: Option<Verb>) -> Row {
    let all = [
        (Verb::Story, "Story"),
        (Verb::Sources, "Sources"),
        (Verb::Faq, "FAQ"),
        (Verb::Changed, "What changed"),
        (Verb::Why, "Why"),
        (Verb::Dispute, "Dispute"),
    ];
    let row = all.into_iter().filter(|(verb, _)| Some(*verb) != but);
    Row::Buttons(row.map(|(verb, label)| Button::new(label, CustomId::about(verb, code, version))).collect())
}

/// What is said of a story that was taken back: never what it said.
pub(in crate::bot) fn retracted(amendment: &Amendment) -> Body {
    let embed = Embed::new(format!("Retracted: story {}", amendment.code), super::NOTICE)
        .text(outside(&amendment.text, 1_500))
        .fact("By", outside(&amendment.by, 200))
        .fact("When", ago(amendment.at))
        .foot(amendment.code.to_string());
    Body::of(embed)
}

/// The latest version of a story, with what was corrected in it.
pub(in crate::bot) fn story(story: &StoryAnswer, corrections: &[Amendment]) -> Body {
    let numbers = numbers(story);
    let platforms: Vec<&str> = story.platforms.iter().map(crate::model::Platform::display_name).collect();
    let mut embed = Embed::new(outside(&story.headline, 250), color(story.severity))
        .text(numbers.paragraph(&story.dek_s, 900))
        .foot(foot(&story.code, story.version));
    embed.author = super::plain(&story.topic_name, 100);
    embed.at = Some(story.at);
    for section in story.sections.iter().take(5) {
        let heading = section.heading.as_deref().unwrap_or(Section::LEDE);
        embed = embed.field(outside(heading, 160), numbers.paragraph(&section.sentences, 620));
    }
    // The newest ones: each is long enough to crowd out the story.
    for correction in corrections.iter().rev().take(2) {
        let words = format!(
            "{}\n-# by {}, {}",
            outside(&correction.text, 350),
            outside(&correction.by, 120),
            ago(correction.at)
        );
        let what = match correction.kind {
            AmendmentKind::Correction => "Correction",
            AmendmentKind::Continuation => "Continued",
            AmendmentKind::Retraction => "Retracted",
        };
        embed = embed.field(what, words);
    }
    let size = format!(
        "{} by {}",
        counted(story.records, "record", "records"),
        counted(story.methodology.authors, "author", "authors")
    );
    let embed = embed
        .fact("Rests on", size)
        .fact("Seen on", outside(&platforms.join(" · "), 200))
        .fact("Status", format!("{}, written {}", capitalised(story.status.as_str()), ago(story.at)));
    Body::of(embed).with(ways_on(&story.code, story.version, Some(Verb::Story)))
}

/// The questions of a story, or the n-th of them.
pub(in crate::bot) fn faq(story: &StoryAnswer, n: Option<usize>) -> Body {
    let numbers = numbers(story);
    let mut embed =
        Embed::new(outside(&story.headline, 250), super::ANSWER).foot(foot(&story.code, story.version));
    for (_, faq) in story.faqs.iter().enumerate().filter(|(i, _)| n.is_none_or(|n| n == i + 1)) {
        let told = numbers.paragraph(&faq.answer_s, 1_000);
        let told =
            if told.is_empty() { "This answer was withdrawn with its source.".to_owned() } else { told };
        embed = embed.field(outside(&faq.question, 200), told);
    }
    Body::of(embed).with(ways_on(&story.code, story.version, Some(Verb::Faq)))
}

/// What changed from version to version, newest first.
pub(in crate::bot) fn changed(answer: &ChangedAnswer) -> Body {
    let newest = answer.versions.first().map_or(1, |v| v.version);
    let mut all = Vec::new();
    for version in &answer.versions {
        let mut block = format!("**Version {}** · {} · {}", version.version, version.status, ago(version.at));
        let told: Vec<String> = version
            .changes
            .iter()
            .map(|change| {
                let label = match change.kind {
                    ChangeKind::Added => "New",
                    ChangeKind::Changed => "Changed",
                    ChangeKind::Withdrawn => "Withdrawn",
                };
                format!("- {label}: {}", outside(&change.text, 300))
            })
            .collect();
        if told.is_empty() && version.version == 1 {
            block.push_str("\n- The first version.");
        } else if !told.is_empty() {
            block.push('\n');
            block.push_str(&lines(&told, 1_400, |n| {
                format!("- and {}", counted(n as u64, "change more", "changes more"))
            }));
        }
        if let Some(at) = version.erased_at {
            block = format!("{block}\n- Words of a deleted source were taken out {}.", ago(at));
        }
        all.push(block);
    }
    let text =
        lines(&all, 3_800, |n| format!("… and {}", counted(n as u64, "earlier version", "earlier versions")));
    let embed =
        Embed::new(outside(&answer.headline, 250), super::ANSWER).text(text).foot(foot(&answer.code, newest));
    Body::of(embed).with(ways_on(&answer.code, newest, Some(Verb::Changed)))
}
