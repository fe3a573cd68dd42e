//! Discord: what a story's requests are, to the byte.
//!
//! Limits are those of Discord's documentation, read 2026-11: content 2,000; embed title 256, description 4,096,
//! field name 256 and value 1,024, 25 fields, footer 2,048, author 256, 6,000 in all embeds of a message; thread
//! name 100; custom id 100; nonce 25. Lengths are counted in UTF-16 units, the larger of the two readings.

pub mod dialect;
mod markdown;
mod message;

use serde_json::{Value, json};

pub use markdown::Markdown;

use super::edition::{Edition, Source};
use super::text::{Clean, Limit, WebLink, shorten};
use crate::model::{Sentence, Severity};
use message::{Block, Line, escaped_size, pack, pieces};

const TITLE: Limit = Limit::discord(256);
/// Far under the 4,096 that are allowed: a dek has 230 characters, and all texts of the embed together stay under 6,000.
const DESCRIPTION: Limit = Limit::discord(2_000);
const AUTHOR: Limit = Limit::discord(256);
/// Far under the 1,024 that are allowed, for the same reason.
const FIELD: Limit = Limit::discord(300);
const THREAD_NAME: Limit = Limit::discord(100);

/// Longer addresses are left out of running text (each mention would cost a fifth of a message); the list has them.
const MAX_INLINE_LINK: usize = 240;

/// Message flag `SUPPRESS_EMBEDS`: no previews under what we link.
const SUPPRESS_EMBEDS: u64 = 1 << 2;

/// A week: the longest a quiet thread stays in the channel list.
const AUTO_ARCHIVE_MINUTES: u64 = 10_080;

/// How a desk's Discord posts look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiscordProfile {
    /// Where the desk's stories can be read on the web, without the code; the embed's title then links there.
    pub permalink_base: Option<WebLink>,
}

/// The requests of a story version, in order, as `{"method", "path", "body"}`.
///
/// `{channel}`, `{opening}` and `{thread}` in a path stand for ids that are known when it is sent: the channel, the
/// opening message of the storyline, and its thread. The first version opens a thread; a later one edits the
/// opening message and tells in the thread what is new.
pub fn render(edition: &Edition<'_>, profile: &DiscordProfile) -> Vec<Value> {
    let first = edition.story.version == 1;
    let mut body = json!({
        "embeds": [embed(edition, profile)],
        "components": [buttons(edition)],
        "allowed_mentions": { "parse": [] },
    });
    let mut requests = Vec::new();
    if first {
        with_nonce(&mut body, edition, 0);
        requests.push(request("POST", "/channels/{channel}/messages", body));
        requests.push(request(
            "POST",
            "/channels/{channel}/messages/{opening}/threads",
            json!({ "name": thread_name(edition), "auto_archive_duration": AUTO_ARCHIVE_MINUTES }),
        ));
    } else {
        requests.push(request("PATCH", "/channels/{channel}/messages/{opening}", body));
    }
    for (n, content) in messages(edition).into_iter().enumerate() {
        let mut body = json!({
            "content": content,
            "flags": SUPPRESS_EMBEDS,
            "allowed_mentions": { "parse": [] },
        });
        with_nonce(&mut body, edition, n + 1);
        requests.push(request("POST", "/channels/{thread}/messages", body));
    }
    requests
}

fn request(method: &str, path: &str, body: Value) -> Value {
    Value::from_iter([("method", method.into()), ("path", path.into()), ("body", body)])
}

/// A message posted again within minutes under the same nonce is not posted a second time.
fn with_nonce(body: &mut Value, edition: &Edition<'_>, n: usize) {
    if let Some(body) = body.as_object_mut() {
        body.insert(
            "nonce".to_owned(),
            format!("{}-{}-{n}", edition.story.code, edition.story.version).into(),
        );
        body.insert("enforce_nonce".to_owned(), true.into());
    }
}

fn embed(edition: &Edition<'_>, profile: &DiscordProfile) -> Value {
    let story = edition.story;
    let dek: Vec<&str> = story.body.dek.iter().map(|s| s.text.as_str()).collect();
    let mut embed = json!({
        "author": { "name": plain(edition.topic_name, AUTHOR) },
        "title": shortened(&Clean::of(&story.body.headline.text), TITLE),
        "description": shortened(&Clean::of(&dek.join(" ")), DESCRIPTION),
        "color": color(edition.severity),
        "fields": [
            field("Records", &Clean::of(&edition.records_line())),
            field("Seen on", &edition.platforms_line()),
            field("Status", &Clean::of(&edition.status_line())),
        ],
        "footer": { "text": edition.marker() },
        "timestamp": story.at.to_rfc3339(),
    });
    if let (Some(base), Some(embed)) = (&profile.permalink_base, embed.as_object_mut()) {
        embed.insert("url".to_owned(), format!("{base}{}", story.code).into());
    }
    embed
}

fn field(name: &str, value: &Clean) -> Value {
    json!({ "name": name, "value": shortened(value, FIELD), "inline": true })
}

fn color(severity: Severity) -> u32 {
    match severity {
        Severity::High => 0x00B3_261E,
        Severity::Medium => 0x00C9_8A1B,
        Severity::Low => 0x005F_6F7F,
    }
}

/// One row under the opening message, each button named by what it does.
fn buttons(edition: &Edition<'_>) -> Value {
    let story = edition.story;
    let all = [
        ("sources", "Sources"),
        ("faq", "FAQ"),
        ("changed", "What changed"),
        ("why", "Why"),
        ("dispute", "Dispute"),
    ];
    let row: Vec<Value> = all
        .iter()
        .map(|(id, label)| {
            let custom_id = format!("{id}:{}:{}", story.code, story.version);
            json!({ "type": 2, "style": 2, "label": label, "custom_id": custom_id })
        })
        .collect();
    json!({ "type": 1, "components": row })
}

/// A thread's name is shown as plain text: nothing in it is markup, so nothing is escaped.
fn thread_name(edition: &Edition<'_>) -> String {
    plain(&edition.story.body.headline.text, THREAD_NAME)
}

fn plain(text: &str, limit: Limit) -> String {
    let text = Clean::of(text);
    let short = shorten(text.as_str(), limit, &|t| limit.size(t));
    or_dash(short)
}

/// Markdown that fits a limit, cut at a word.
fn shortened(text: &Clean, limit: Limit) -> String {
    let limit = limit.less(1);
    let short = shorten(text.as_str(), limit, &escaped_size);
    or_dash(Markdown::escape(&Clean::of(&short)).at_line_start().into_string())
}

/// An empty text is refused by the server.
fn or_dash(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

fn messages(edition: &Edition<'_>) -> Vec<String> {
    let body = &edition.story.body;
    let mut news = Vec::new();
    let changes = edition.change_lines();
    let first = edition.story.version == 1;
    if !first {
        let title = Clean::of(&format!("What is new in version {}", edition.story.version));
        let lines = changes.iter().map(|(label, text)| {
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
        Block::titled(&Clean::of(&section.heading.text), vec![paragraph(edition, &section.sentences)])
    }));

    let mut depth = Vec::new();
    if !body.so_far.is_empty() {
        depth.push(Block::titled(&Clean::of("The story so far"), vec![paragraph(edition, &body.so_far)]));
    }
    // An update keeps the thread short: the questions are behind the button, answered from the newest version.
    if first {
        depth.extend(
            edition
                .answered()
                .map(|faq| Block::titled(&Clean::of(&faq.question), vec![paragraph(edition, &faq.answer)])),
        );
    }
    // Where the third answer is told it often holds the counter-evidence already.
    let counter = if first { edition.untold_counter() } else { body.counter.iter().collect() };
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
        Some(head) => *head = number.join(" ", head),
        None => parts.push(number),
    }
    Line::new("", parts)
}

#[cfg(test)]
pub(crate) mod tests;
