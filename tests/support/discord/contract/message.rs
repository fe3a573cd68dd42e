//! Messages: content, embeds, mentions, what a flag does to them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::limits::{at_most, is_blank, list, number, optional, required, units, web_address};
use super::report::Report;
use super::route::Route;
use super::{components, second};

const SUPPRESS_EMBEDS: u64 = 1 << 2;
const EPHEMERAL: u64 = 1 << 6;
const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
const IS_VOICE: u64 = 1 << 13;
const COMPONENTS_V2: u64 = 1 << 15;

const EVERYWHERE: [&str; 6] = ["content", "embeds", "allowed_mentions", "components", "attachments", "flags"];
const CREATE: [&str; 7] =
    ["nonce", "enforce_nonce", "tts", "sticker_ids", "poll", "message_reference", "shared_client_theme"];
const FOLLOW_UP: [&str; 6] = ["tts", "poll", "username", "avatar_url", "thread_name", "applied_tags"];

/// A message as the body of its own request.
pub(super) fn check(route: Route, body: &Value, report: &mut Report) {
    let extra: &[&str] = match route {
        Route::MessageCreate => &CREATE,
        Route::FollowUp => &FOLLOW_UP,
        _ => &["poll"],
    };
    let known: Vec<&str> = EVERYWHERE.iter().chain(extra).copied().collect();
    report.only(body, "message", &known);
    let flags = match route {
        Route::MessageCreate => SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | IS_VOICE | COMPONENTS_V2,
        Route::FollowUp => SUPPRESS_EMBEDS | EPHEMERAL | SUPPRESS_NOTIFICATIONS | IS_VOICE | COMPONENTS_V2,
        _ => SUPPRESS_EMBEDS | COMPONENTS_V2,
    };
    check_inside(body, flags, route.is_edit(), report);
    if route == Route::MessageCreate {
        check_nonce(body, report);
    }
}

/// The message inside a forum post.
pub(super) fn check_starter(body: &Value, report: &mut Report) {
    let known: Vec<&str> =
        EVERYWHERE.iter().chain(&["sticker_ids", "poll", "shared_client_theme"]).copied().collect();
    report.only(body, "message", &known);
    check_inside(body, SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | COMPONENTS_V2, false, report);
}

/// The message inside an answer to an interaction; `edits` when it takes the place of the one that was pressed.
pub(super) fn check_answer(body: &Value, edits: bool, report: &mut Report) {
    let known: Vec<&str> = EVERYWHERE.iter().chain(&["tts", "poll"]).copied().collect();
    report.only(body, "message", &known);
    let flags = SUPPRESS_EMBEDS | EPHEMERAL | SUPPRESS_NOTIFICATIONS | IS_VOICE | COMPONENTS_V2;
    check_inside(body, flags, edits, report);
}

fn check_inside(body: &Value, flags: u64, edits: bool, report: &mut Report) {
    let set = body["flags"].as_u64().unwrap_or_default();
    report.expect(set & !flags == 0, "flags", format!("{set} has bits that cannot be set here"));
    report.expect(body["flags"].is_null() || body["flags"].is_u64(), "flags", &body["flags"]);
    check_mentions(&body["allowed_mentions"], report);
    if let Some(content) = body["content"].as_str() {
        report.expect(units(content) <= 2_000, "content", format!("{} of 2000", units(content)));
    }
    let is_v2 = set & COMPONENTS_V2 != 0;
    if is_v2 {
        let others = ["content", "embeds", "poll", "sticker_ids"];
        let mixed = others.iter().find(|key| is_something(&body[**key]));
        report.expect(mixed.is_none(), "components v2 with others", mixed.copied().unwrap_or_default());
    }
    check_embeds(body, edits, report);
    let hidden = set & SUPPRESS_EMBEDS != 0 && is_something(&body["embeds"]);
    report.expect(!hidden, "hidden embeds", "the flag SUPPRESS_EMBEDS hides the message's own embeds too");
    components::check_message(&body["components"], is_v2, report);
    check_attachments(&body["attachments"], report);
    at_most(&body["sticker_ids"], "sticker_ids", 3, report);
    check_empty(body, edits, report);
    second::check_message(body, is_v2, report);
}

/// Nothing at all cannot be sent; an edit must not leave nothing.
fn check_empty(body: &Value, edits: bool, report: &mut Report) {
    let parts = ["content", "embeds", "attachments", "components", "sticker_ids", "poll"];
    let something = parts.iter().any(|key| is_something(&body[*key]));
    // Where an edit leaves content or embeds out, those of before stay.
    let may_stay = edits && ["content", "embeds"].iter().any(|key| body.get(key).is_none());
    report.expect(something || may_stay, "empty message", "");
    if edits {
        let nothing = body.as_object().is_some_and(|o| o.keys().all(|key| key == "allowed_mentions"));
        report.expect(!nothing, "empty edit", "");
    }
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !is_blank(text),
        Value::Array(all) => !all.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => true,
    }
}

/// newsdesk pings nobody, edits included: a missing object would mean “whatever the text says”.
fn check_mentions(value: &Value, report: &mut Report) {
    let parse = value["parse"].as_array().is_some_and(Vec::is_empty);
    let pings_nobody = |(key, inner): (&String, &Value)| match key.as_str() {
        "parse" | "users" | "roles" => inner.as_array().is_some_and(Vec::is_empty),
        "replied_user" => *inner == Value::Bool(false),
        _ => false,
    };
    let only = value.as_object().is_some_and(|fields| fields.iter().all(pings_nobody));
    report.expect(parse && only, "allowed mentions", format!("{value}, not {{\"parse\":[]}}"));
}

fn check_nonce(body: &Value, report: &mut Report) {
    match &body["nonce"] {
        Value::Null => {
            report.expect(body["enforce_nonce"] != true, "nonce", "enforced, and there is none");
        }
        Value::String(text) => {
            report.expect(!text.is_empty() && units(text) <= 25, "nonce", format!("{} of 25", units(text)));
        }
        other => report.expect(other.is_i64() || other.is_u64(), "nonce", other),
    }
}

fn check_attachments(value: &Value, report: &mut Report) {
    let all = at_most(value, "attachments", 10, report);
    let mut seen = BTreeSet::new();
    for attachment in all {
        let known =
            ["id", "filename", "description", "duration_secs", "waveform", "title", "is_spoiler", "is_remix"];
        report.only(attachment, "attachment", &known);
        let id = attachment["id"].as_str().map_or_else(|| attachment["id"].to_string(), str::to_owned);
        report.expect(id.parse::<u64>().is_ok(), "attachment id", &id);
        report.expect(seen.insert(id.clone()), "attachment id", format!("{id} twice"));
        optional(&attachment["filename"], "attachment.filename", 1_024, report);
        optional(&attachment["description"], "attachment.description", 1_024, report);
    }
}

fn check_embeds(body: &Value, edits: bool, report: &mut Report) {
    let embeds = at_most(&body["embeds"], "embeds", 10, report);
    let files: Vec<&str> =
        list(&body["attachments"]).iter().filter_map(|file| file["filename"].as_str()).collect();
    let total: usize = embeds.iter().map(|embed| check_embed(embed, edits, &files, report)).sum();
    report.expect(total <= 6_000, "embeds in all", format!("{total} of 6000"));
}

/// The length of an embed's texts.
fn check_embed(embed: &Value, edits: bool, files: &[&str], report: &mut Report) -> usize {
    let known = [
        "type",
        "url",
        "title",
        "color",
        "timestamp",
        "description",
        "author",
        "image",
        "thumbnail",
        "footer",
        "fields",
        "provider",
        "video",
    ];
    report.only(embed, "embed", &known);
    let seen = ["title", "description", "author", "image", "thumbnail", "footer", "fields"];
    report.expect(seen.iter().any(|key| is_something(&embed[*key])), "empty embed", embed);
    let mut total = optional(&embed["title"], "embed.title", 256, report);
    total += optional(&embed["description"], "embed.description", 4_096, report);
    if !embed["footer"].is_null() {
        report.only(&embed["footer"], "embed.footer", &["text", "icon_url"]);
        total += required(&embed["footer"]["text"], "embed.footer.text", 2_048, report);
    }
    if !embed["author"].is_null() {
        report.only(&embed["author"], "embed.author", &["name", "url", "icon_url"]);
        total += required(&embed["author"]["name"], "embed.author.name", 256, report);
    }
    for field in at_most(&embed["fields"], "embed.fields", 25, report) {
        report.only(field, "embed.field", &["name", "value", "inline"]);
        total += required(&field["name"], "embed.field.name", 256, report);
        total += required(&field["value"], "embed.field.value", 1_024, report);
        report.expect(field["inline"].is_null() || field["inline"].is_boolean(), "inline", &field["inline"]);
    }
    for address in [&embed["url"], &embed["author"]["url"]] {
        if !address.is_null() {
            web_address(address, "embed.url", 2_048, report);
        }
    }
    let pictures = [
        &embed["image"]["url"],
        &embed["thumbnail"]["url"],
        &embed["footer"]["icon_url"],
        &embed["author"]["icon_url"],
    ];
    for picture in pictures.into_iter().filter(|p| !p.is_null()) {
        match picture.as_str().and_then(|p| p.strip_prefix("attachment://")) {
            // An edit may show what was attached before.
            Some(name) => {
                report.expect(edits || files.contains(&name), "picture that is not attached", picture);
            }
            None => web_address(picture, "embed picture", 2_048, report),
        }
    }
    number(&embed["color"], "embed.color", 0, 0x00FF_FFFF, report);
    if let Some(time) = embed["timestamp"].as_str() {
        report.expect(chrono::DateTime::parse_from_rfc3339(time).is_ok(), "timestamp", time);
    }
    total
}
