//! What a thread tells under its opening message.

use serde_json::json;

use super::message::{Block, Line, pack, pieces};
use super::{Call, Markdown, SUPPRESS_EMBEDS, nonce, shortened, unpinged};
use crate::model::{Amendment, Sentence, StepKind};
use crate::publish::edition::{Edition, Source};
use crate::publish::text::{Clean, Limit};

/// Longer addresses are left out of running text (each mention would cost a fifth of a message); the list has them.
pub(super) const MAX_INLINE_LINK: usize = 240;

const REASON: Limit = Limit::discord(1_500);
const WHO: Limit = Limit::discord(200);

/// The messages of a thread, in order.
///
/// Of a retracted story only the notice is told, by the version that opened the thread.
pub(super) fn calls(edition: &Edition<'_>, update: bool) -> Vec<Call> {
    if let Some(retraction) = edition.retraction() {
        let notice = || vec![message(edition, "1", &retraction_notice(edition, retraction))];
        return if update { Vec::new() } else { notice() };
    }
    let mut calls: Vec<Call> = told(edition, update)
        .into_iter()
        .enumerate()
        .map(|(n, content)| message(edition, &(n + 1).to_string(), &content))
        .collect();
    // A version written after a correction finds it told already.
    let fresh = edition.notes().into_iter().enumerate().filter(|(_, c)| c.at >= edition.story.at);
    for (n, correction) in fresh {
        for (part, content) in correction_note(edition, correction).into_iter().enumerate() {
            calls.push(message(edition, &format!("c{n}-{part}"), &content));
        }
    }
    calls
}

fn message(edition: &Edition<'_>, n: &str, content: &str) -> Call {
    let mut body = json!({ "content": content, "flags": SUPPRESS_EMBEDS });
    unpinged(&mut body);
    nonce(&mut body, edition, n);
    Call::new(StepKind::DiscordMessage, "POST", "/channels/{thread}/messages", body)
}

fn small(text: &Clean) -> Line {
    Line::new("-# ", pieces(text, &Markdown::default()))
}

/// One message, whatever the length of its reason: it stands where the first message stood.
fn retraction_notice(edition: &Edition<'_>, retraction: &Amendment) -> String {
    let who = format!("{}, by {}", edition.moment(retraction.at), retraction.by);
    [
        Markdown::escape(&edition.retracted_title()).bold().into_string(),
        "This story was retracted. What stood here is gone.".to_owned(),
        shortened(&Clean::of(&retraction.text), REASON),
        format!("-# {}", shortened(&Clean::of(&who), WHO)),
        format!("-# {}", edition.marker()),
    ]
    .join("\n")
}

fn correction_note(edition: &Edition<'_>, correction: &Amendment) -> Vec<String> {
    let lines = vec![
        Line::new("", pieces(&Clean::of(&correction.text), &Markdown::default())),
        small(&Clean::of(&format!("By {}", correction.by))),
        small(&Clean::of(&edition.marker())),
    ];
    pack(&[Block::titled(&edition.note_title(correction), lines)])
}

fn told(edition: &Edition<'_>, update: bool) -> Vec<String> {
    let body = &edition.story.body;
    let mut news = Vec::new();
    let changes = edition.change_lines();
    if update {
        let title = Clean::of(&format!("What is new in version {}", edition.story.version));
        let lines = changes.iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| {
            let label = Markdown::ours(label).bold();
            let mut parts = pieces(text, &Markdown::default());
            if let Some(head) = parts.first_mut() {
                *head = label.join(": ", head);
            }
            Line::new("- ", parts)
        });
        news.push(Block::titled(&title, lines.collect()));
    }
    news.extend(body.sections.iter().map(|section| {
        let lines = vec![paragraph(edition, &section.sentences)];
        match &section.heading {
            Some(heading) => Block::titled(&Clean::of(&heading.text), lines),
            None => Block(lines),
        }
    }));

    let mut depth = Vec::new();
    if !body.so_far.is_empty() {
        depth.push(Block::titled(&Clean::of("The story so far"), vec![paragraph(edition, &body.so_far)]));
    }
    // An update keeps the thread short: the questions are behind the button, answered from the newest version.
    if !update {
        depth.extend(
            edition
                .answered()
                .map(|faq| Block::titled(&Clean::of(&faq.question), vec![paragraph(edition, &faq.answer)])),
        );
    }
    // Where the third answer is told it often holds the counter-evidence already.
    let counter = if update { body.counter.iter().collect() } else { edition.untold_counter() };
    if !counter.is_empty() {
        let line = Line::new("", counter.into_iter().flat_map(|s| sentence(edition, s)).collect());
        depth.push(Block::titled(&Clean::of("On the other side"), vec![line]));
    }

    let mut checks = Vec::new();
    if !edition.similar.is_empty() {
        let lines = edition.similar.iter().map(|s| {
            let text = Clean::of(&format!("{} ({}, {})", s.headline, s.code, edition.day(s.at)));
            Line::new("- ", pieces(&text, &Markdown::default()))
        });
        checks.push(Block::titled(&Clean::of("Similar stories"), lines.collect()));
    }
    if !edition.sources.is_empty() {
        let lines = edition.sources.iter().map(source_line).collect();
        checks.push(Block::titled(&Clean::of("Sources"), lines));
    }
    let mut method = edition.method_lines();
    method.push(Clean::of(&format!("{} · {}", edition.marker(), edition.moment(edition.story.at))));
    checks.push(Block(
        method.iter().map(|line| Line::new("-# ", pieces(line, &Markdown::default()))).collect(),
    ));

    [news, depth, checks].iter().flat_map(|group| pack(group)).collect()
}

fn paragraph(edition: &Edition<'_>, sentences: &[Sentence]) -> Line {
    Line::new("", sentences.iter().flat_map(|s| sentence(edition, s)).collect())
}

fn sentence(edition: &Edition<'_>, sentence: &Sentence) -> Vec<Markdown> {
    let marks = edition.marks(sentence).into_iter().map(|source| match &source.link {
        Some(link) if link.as_str().len() <= MAX_INLINE_LINK => Markdown::citation(source.n, link),
        Some(_) | None => Markdown::bare_number(source.n),
    });
    let tail = marks.fold(Markdown::default(), |all, next| all.join(" ", &next));
    pieces(&Clean::of(&sentence.text), &tail)
}

fn source_line(source: &Source) -> Line {
    let number = source
        .link
        .as_ref()
        .map_or_else(|| Markdown::bare_number(source.n), |link| Markdown::citation(source.n, link));
    let words: Vec<&str> = [source.speaker.as_str(), source.place.as_str(), source.day.as_str()]
        .into_iter()
        .filter(|w| !w.is_empty())
        .collect();
    let mut parts = pieces(&Clean::of(&words.join(" · ")), &Markdown::default());
    match parts.first_mut() {
        // A long address fills half a message: the words may then stand in the next one.
        Some(head) if number.as_str().len() <= MAX_INLINE_LINK => *head = number.join(" ", head),
        Some(_) | None => parts.insert(0, number),
    }
    Line::new("", parts)
}
