//! What stands first: the opening message of a thread, the first message of a forum post, or the one message of a
//! compact story.

use serde_json::{Value, json};

use super::telling::MAX_INLINE_LINK;
use super::{AUTO_ARCHIVE_MINUTES, Call, Look, Markdown, nonce, or_dash, plain, shortened, unpinged};
use crate::model::{Amendment, Severity, StepKind, Style};
use crate::publish::card::Card;
use crate::publish::edition::{Edition, Source, capitalised};
use crate::publish::text::{Clean, Limit};

const TITLE: Limit = Limit::discord(256);
/// Far under the 4,096 that are allowed: a dek has 230 characters, and all texts of the embed together stay under 6,000.
const DESCRIPTION: Limit = Limit::discord(2_000);
const AUTHOR: Limit = Limit::discord(256);
/// Far under the 1,024 that are allowed, for the same reason.
const FIELD: Limit = Limit::discord(300);
/// What a correction, or the reason of a retraction, may take of the opening; the thread has all of it.
const AMENDMENT: Limit = Limit::discord(500);
const THREAD_NAME: Limit = Limit::discord(100);
const TAG: Limit = Limit::discord(20);

/// Corrections shown in the opening, newest first to stay.
const MAX_CORRECTIONS: usize = 3;

/// Sources named by a compact story.
const TELLING: usize = 3;

const MESSAGES: &str = "/channels/{channel}/messages";

/// A message in a channel, then whatever hangs on it.
pub(super) fn post(edition: &Edition<'_>, look: &Look) -> Vec<Call> {
    let (mut body, card) = message(edition, look);
    nonce(&mut body, edition, "0");
    let mut calls = vec![Call { card, ..Call::new(StepKind::DiscordPost, "POST", MESSAGES, body) }];
    if look.crosspost {
        let path = "/channels/{channel}/messages/{opening}/crosspost";
        calls.push(Call::new(StepKind::DiscordCrosspost, "POST", path, Value::Null));
    }
    if look.style == Style::Thread {
        let body = json!({ "name": name(edition), "auto_archive_duration": AUTO_ARCHIVE_MINUTES });
        let path = "/channels/{channel}/messages/{opening}/threads";
        calls.push(Call::new(StepKind::DiscordThread, "POST", path, body));
    }
    calls
}

/// The same message, edited by a later version.
pub(super) fn edit(edition: &Edition<'_>, look: &Look) -> Vec<Call> {
    vec![edit_at("/channels/{channel}/messages/{opening}", edition, look)]
}

/// A post in a forum, with its first message.
pub(super) fn forum_post(edition: &Edition<'_>, look: &Look) -> Vec<Call> {
    let (message, card) = message(edition, look);
    let body = json!({
        "name": name(edition),
        "auto_archive_duration": AUTO_ARCHIVE_MINUTES,
        "message": message,
    });
    let call = Call::new(StepKind::DiscordForum, "POST", "/channels/{channel}/threads", body);
    vec![Call { card, tags: tags(edition), ..call }]
}

/// The same post: its first message, then its name and tags.
pub(super) fn forum_edit(edition: &Edition<'_>, look: &Look) -> Vec<Call> {
    let body = json!({ "name": name(edition) });
    let post = Call::new(StepKind::DiscordEdit, "PATCH", "/channels/{thread}", body);
    vec![
        edit_at("/channels/{thread}/messages/{opening}", edition, look),
        Call { tags: tags(edition), ..post },
    ]
}

fn edit_at(path: &str, edition: &Edition<'_>, look: &Look) -> Call {
    let (body, card) = message(edition, look);
    let body = super::call::edited(body);
    Call { card, ..Call::new(StepKind::DiscordEdit, "PATCH", path, body) }
}

/// The message, and the picture it names.
fn message(edition: &Edition<'_>, look: &Look) -> (Value, Option<Card>) {
    let card = if look.card { Card::of(edition) } else { None };
    let mut embed = match edition.retraction() {
        Some(retraction) => notice(edition, retraction),
        None => embed(edition, look),
    };
    let mut body = json!({ "components": [buttons(edition)] });
    if let (Some(card), Some(embed)) = (&card, embed.as_object_mut()) {
        let name = card.filename();
        embed.insert("image".to_owned(), json!({ "url": format!("attachment://{name}") }));
        body["attachments"] = json!([{ "id": 0, "filename": name, "description": card.alt() }]);
    }
    body["embeds"] = json!([embed]);
    unpinged(&mut body);
    (body, card)
}

fn embed(edition: &Edition<'_>, look: &Look) -> Value {
    let story = edition.story;
    let dek: Vec<&str> = story.body.dek.iter().map(|s| s.text.as_str()).collect();
    let mut fields = vec![
        field("Records", &Clean::of(&edition.records_line())),
        field("Seen on", &edition.platforms_line()),
        field("Status", &Clean::of(&edition.status_line())),
    ];
    let read = telling_sources(edition);
    if matches!(look.style, Style::Compact | Style::Digest) && !read.is_empty() {
        fields.push(json!({ "name": "Read", "value": read, "inline": false }));
    }
    let corrections = edition.notes();
    let shown = corrections.get(corrections.len().saturating_sub(MAX_CORRECTIONS)..).unwrap_or_default();
    fields.extend(shown.iter().map(|correction| {
        let name = edition.note_title(correction).to_string();
        json!({ "name": name, "value": shortened(&Clean::of(&correction.text), AMENDMENT), "inline": false })
    }));
    let mut embed = json!({
        "author": { "name": plain(edition.topic_name, AUTHOR) },
        "title": shortened(&Clean::of(&story.body.headline.text), TITLE),
        "description": shortened(&Clean::of(&dek.join(" ")), DESCRIPTION),
        "color": color(edition.severity),
        "fields": fields,
        "footer": { "text": edition.marker() },
        "timestamp": story.at.to_rfc3339(),
    });
    if let Some(base) = &look.permalink_base {
        embed["url"] = format!("{base}{}", story.code).into();
    }
    embed
}

/// What stands where a retracted story stood: nothing of what it said.
pub(super) fn notice(edition: &Edition<'_>, retraction: &Amendment) -> Value {
    json!({
        "author": { "name": plain(edition.topic_name, AUTHOR) },
        "title": edition.retracted_title().as_str(),
        "description": "This story was retracted. What stood here is gone.",
        "color": RETRACTED,
        "fields": [
            { "name": "Why", "value": shortened(&Clean::of(&retraction.text), AMENDMENT), "inline": false },
            field("When", &Clean::of(&edition.moment(retraction.at))),
            field("By", &Clean::of(&capitalised(&retraction.by))),
        ],
        "footer": { "text": edition.marker() },
        "timestamp": retraction.at.to_rfc3339(),
    })
}

fn field(name: &str, value: &Clean) -> Value {
    json!({ "name": name, "value": shortened(value, FIELD), "inline": true })
}

/// The sources that tell most, one a line: the first of each place, in reading order.
fn telling_sources(edition: &Edition<'_>) -> String {
    let linked = |s: &&Source| s.link.as_ref().is_some_and(|l| l.as_str().len() <= MAX_INLINE_LINK);
    let all: Vec<&Source> = edition.sources.iter().filter(linked).collect();
    let mut chosen: Vec<&Source> = Vec::new();
    for source in &all {
        if !chosen.iter().any(|c| c.place == source.place) {
            chosen.push(source);
        }
    }
    let more: Vec<&Source> = all.iter().filter(|s| !chosen.contains(s)).copied().collect();
    chosen.extend(more);
    chosen.truncate(TELLING);
    let line = |source: &&Source| {
        let link = source.link.as_ref()?;
        let words = match (source.speaker.is_empty(), source.place.is_empty()) {
            (false, false) => format!("{} · {}", source.speaker, source.place),
            (true, _) => source.place.to_string(),
            (false, true) => source.speaker.to_string(),
        };
        Some(format!("{} {}", Markdown::citation(source.n, link), shortened(&Clean::of(&words), SPEAKER)))
    };
    chosen.sort_by_key(|s| s.n);
    chosen.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

/// Three lines with the longest links must fit one field.
const SPEAKER: Limit = Limit::discord(70);

const RETRACTED: u32 = 0x004E_5058;

pub(super) fn color(severity: Severity) -> u32 {
    match severity {
        Severity::High => 0x00B3_261E,
        Severity::Medium => 0x00C9_8A1B,
        Severity::Low => 0x005F_6F7F,
    }
}

/// One row under the opening message, each button named by what it does. Of a retracted story, only why.
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
        .filter(|(id, _)| edition.retraction().is_none() || *id == "why")
        .map(|(id, label)| {
            let custom_id = format!("{id}:{}:{}", story.code, story.version);
            json!({ "type": 2, "style": 2, "label": label, "custom_id": custom_id })
        })
        .collect();
    json!({ "type": 1, "components": row })
}

/// A thread's name is shown as plain text: nothing in it is markup, so nothing is escaped.
fn name(edition: &Edition<'_>) -> String {
    match edition.retraction() {
        Some(_) => edition.retracted_title().to_string(),
        None => plain(&edition.story.body.headline.text, THREAD_NAME),
    }
}

/// What a forum post is about, and where its story stands.
fn tags(edition: &Edition<'_>) -> Vec<String> {
    let status = match edition.retraction() {
        Some(_) => "Retracted".to_owned(),
        None => capitalised(edition.story.status.as_str()),
    };
    vec![or_dash(plain(edition.topic_name, TAG)), status]
}
