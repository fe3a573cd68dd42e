//! Several stories in one message.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::opening::{color, notice};
use super::{Call, Look, plain, shortened, unpinged, with_nonce};
use crate::model::StepKind;
use crate::publish::edition::Edition;
use crate::publish::text::{Clean, Limit};

/// Embeds of one message.
const MAX_EMBEDS: usize = 10;

/// Options of one select menu.
const MAX_OPTIONS: usize = 25;

// Ten embeds of these lengths stay under the 6,000 that a message may have in all its embeds.
const AUTHOR: Limit = Limit::discord(60);
const TITLE: Limit = Limit::discord(130);
const DESCRIPTION: Limit = Limit::discord(280);
const FOOTER: Limit = Limit::discord(90);

const LABEL: Limit = Limit::discord(100);

/// One message for several stories, in the order given: the first ten as short embeds, and a menu to read any of the
/// first 25. A story given twice is shown once, and no story makes an empty message: give at least one.
///
/// `at` is the digest's time; it makes the message's nonce, so a channel gets one digest at a time.
pub fn digest(editions: &[Edition<'_>], look: &Look, at: DateTime<Utc>) -> Call {
    let mut stories: Vec<&Edition<'_>> = Vec::new();
    for edition in editions {
        if !stories.iter().any(|s| s.story.code == edition.story.code) {
            stories.push(edition);
        }
    }
    let mut body = json!({
        "content": content(&stories, at),
        "embeds": stories.iter().take(MAX_EMBEDS).map(|s| embed(s, look)).collect::<Vec<_>>(),
    });
    let options: Vec<Value> = stories.iter().take(MAX_OPTIONS).map(|s| option(s)).collect();
    if !options.is_empty() {
        let menu = json!({
            "type": 3, "custom_id": "story:-", "placeholder": "Read a story", "options": options,
        });
        body["components"] = json!([{ "type": 1, "components": [menu] }]);
    }
    unpinged(&mut body);
    with_nonce(&mut body, format!("digest-{}", at.timestamp()));
    Call::new(StepKind::DiscordPost, "POST", "/channels/{channel}/messages", body)
}

fn content(stories: &[&Edition<'_>], at: DateTime<Utc>) -> String {
    let day = stories.first().map_or_else(String::new, |s| format!(" · {}", s.day(at)));
    let head = match stories.len() {
        1 => format!("**One story**{day}"),
        n => format!("**{n} stories**{day}"),
    };
    let listed = stories.len().min(MAX_OPTIONS).saturating_sub(MAX_EMBEDS);
    let unlisted = stories.len().saturating_sub(MAX_OPTIONS);
    match (listed, unlisted) {
        (0, _) => head,
        (_, 0) => format!("{head}\n-# {listed} more in the menu; `/story` shows any of them."),
        (_, _) => {
            format!("{head}\n-# {listed} more in the menu, {unlisted} more by `/search` or `/story`.")
        }
    }
}

fn embed(edition: &Edition<'_>, look: &Look) -> Value {
    let story = edition.story;
    if let Some(retraction) = edition.retraction() {
        let full = notice(edition, retraction);
        let why = shortened(&Clean::of(&retraction.text), DESCRIPTION);
        return json!({
            "author": { "name": plain(edition.topic_name, AUTHOR) },
            "title": full["title"], "description": why, "color": full["color"],
            "footer": { "text": format!("Retracted · {}", story.code) },
        });
    }
    let dek = story.body.dek.first().map_or("", |s| s.text.as_str());
    let mut said = Clean::of(dek);
    if let Some(correction) = edition.notes().last() {
        said = Clean::of(&format!("{}: {}", edition.note_title(correction), correction.text));
    }
    let mut embed = json!({
        "author": { "name": plain(edition.topic_name, AUTHOR) },
        "title": shortened(&Clean::of(&story.body.headline.text), TITLE),
        "description": shortened(&said, DESCRIPTION),
        "color": color(edition.severity),
        "footer": { "text": plain(&format!("{} · {}", edition.records_line(), story.code), FOOTER) },
    });
    if let Some(base) = &look.permalink_base {
        embed["url"] = format!("{base}{}", story.code).into();
    }
    embed
}

fn option(edition: &Edition<'_>) -> Value {
    let story = edition.story;
    let label = match edition.retraction() {
        Some(_) => edition.retracted_title().to_string(),
        None => plain(&story.body.headline.text, LABEL),
    };
    json!({ "label": label, "value": story.code, "description": plain(edition.topic_name, LABEL) })
}
