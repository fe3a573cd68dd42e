//! Bodies that Discord takes, and pieces to make others of. A value of `"-"` takes the key away.

#![expect(clippy::needless_pass_by_value, reason = "tables read better without a `&` on each line")]

use serde_json::{Value, json};

use super::{CALLBACK, COMMANDS, MESSAGES};

pub(super) fn message(extra: Value) -> Value {
    with(json!({ "content": "Night trains return", "allowed_mentions": { "parse": [] } }), extra)
}

pub(super) fn with(mut body: Value, extra: Value) -> Value {
    let (Value::Object(body_map), Value::Object(extra)) = (&mut body, extra) else { panic!("objects") };
    for (key, value) in extra {
        if value == "-" { drop(body_map.remove(&key)) } else { drop(body_map.insert(key, value)) }
    }
    body
}

pub(super) fn embed(extra: Value) -> Value {
    message(json!({ "embeds": [with(json!({ "title": "Night trains" }), extra)] }))
}

pub(super) fn row(components: Value) -> Value {
    message(json!({ "components": [{ "type": 1, "components": components }] }))
}

pub(super) fn button(extra: Value) -> Value {
    with(json!({ "type": 2, "style": 2, "label": "Sources", "custom_id": "sources:a:1" }), extra)
}

pub(super) fn select(extra: Value) -> Value {
    let options =
        json!([{ "label": "One", "value": "1" }, { "label": "Two", "value": "2", "description": "d" }]);
    with(json!({ "type": 3, "custom_id": "story:-", "options": options }), extra)
}

pub(super) fn post(extra: Value) -> Value {
    with(json!({ "name": "Night trains", "applied_tags": ["1", "2"], "message": message(json!({})) }), extra)
}

pub(super) fn answer(kind: u64, data: Value) -> Value {
    json!({ "type": kind, "data": data })
}

pub(super) fn input(extra: Value) -> Value {
    with(
        json!({ "type": 4, "custom_id": "what", "style": 2, "label": "What is wrong?", "max_length": 500 }),
        extra,
    )
}

pub(super) fn modal(extra: Value) -> Value {
    let rows = json!([{ "type": 1, "components": [input(json!({}))] }]);
    answer(9, with(json!({ "custom_id": "dispute", "title": "Dispute", "components": rows }), extra))
}

pub(super) fn command(extra: Value) -> Value {
    let options = json!([
        { "type": 3, "name": "topic", "description": "Which one", "required": true, "autocomplete": true },
        { "type": 5, "name": "share", "description": "For all" },
    ]);
    with(json!({ "name": "story", "description": "The latest story", "options": options }), extra)
}

pub(super) fn letters(n: usize) -> String {
    "x".repeat(n)
}

pub(super) fn many(n: usize, one: impl Fn(usize) -> Value) -> Value {
    (0..n).map(one).collect()
}

pub(super) fn good() -> Vec<(&'static str, &'static str, Value)> {
    let fields = json!([{ "name": "Status", "value": "Developing", "inline": true }]);
    let full = json!({
        "type": "rich", "url": "https://news.example/s/a", "color": 0x00B3_261E, "timestamp": "2026-03-04T06:00:00+00:00",
        "description": letters(4_096), "author": { "name": "Night trains" }, "fields": fields,
        "image": { "url": "attachment://card.png" }, "footer": { "text": "N-7 · v1" },
    });
    let card = json!([{ "id": 0, "filename": "card.png", "description": "The headline" }]);
    let subcommands = json!([
        { "type": 1, "name": "show", "description": "Show" },
        { "type": 2, "name": "word", "description": "Words", "options": [{ "type": 1, "name": "add", "description": "Add" }] },
    ]);
    // What serenity writes: fields that the kind does not have, as nothing.
    let padded = json!([{
        "type": 3, "name": "topic", "description": "Which one", "required": false, "autocomplete": true,
        "choices": [], "options": [], "channel_types": [], "min_value": null, "max_value": null, "max_length": null,
    }]);
    vec![
        ("POST", MESSAGES, message(json!({}))),
        ("POST", "/api/v10/channels/111/messages", message(json!({ "content": letters(2_000), "flags": 4 }))),
        ("POST", MESSAGES, message(json!({ "nonce": letters(25), "enforce_nonce": true }))),
        ("POST", MESSAGES, message(json!({ "allowed_mentions": { "parse": [], "replied_user": false } }))),
        ("POST", MESSAGES, with(embed(full), json!({ "attachments": card, "content": "-" }))),
        ("POST", MESSAGES, embed(json!({ "timestamp": "2026-03-04T06:00:00Z" }))),
        ("POST", MESSAGES, row(many(5, |n| button(json!({ "custom_id": format!("b{n}") }))))),
        (
            "POST",
            MESSAGES,
            row(json!([button(json!({ "style": 5, "custom_id": "-", "url": "https://a.example" }))])),
        ),
        ("POST", MESSAGES, row(json!([select(json!({ "placeholder": "Read a story" }))]))),
        ("POST", MESSAGES, row(json!([{ "type": 8, "custom_id": "where", "channel_types": [0, 5, 15] }]))),
        ("PATCH", "/channels/111/messages/222", message(json!({}))),
        ("PATCH", "/channels/111/messages/222", with(embed(json!({})), json!({ "content": "-" }))),
        ("PATCH", "/channels/111/messages/222", message(json!({ "content": "-", "components": [] }))),
        ("POST", "/webhooks/111/token?wait=true", message(json!({ "flags": 64 }))),
        ("PATCH", "/webhooks/111/token/messages/@original", message(json!({}))),
        ("PATCH", "/webhooks/111/token/messages/222?with_components=true", message(json!({}))),
        (
            "POST",
            "/channels/111/messages/222/threads",
            json!({ "name": letters(100), "auto_archive_duration": 10_080 }),
        ),
        ("POST", "/channels/111/threads", json!({ "name": "Night trains", "type": 11 })),
        ("POST", "/channels/111/threads", post(json!({}))),
        ("PATCH", "/channels/111", json!({ "name": "Retracted", "applied_tags": ["1"], "archived": false })),
        ("PATCH", "/channels/111", json!({ "available_tags": [{ "name": "Developing" }] })),
        ("POST", "/channels/111/messages/222/crosspost", Value::Null),
        ("GET", "/channels/111/messages?limit=50", Value::Null),
        ("POST", "/users/@me/channels", json!({ "recipient_id": "333" })),
        ("POST", CALLBACK, json!({ "type": 1 })),
        ("POST", CALLBACK, answer(4, message(json!({ "flags": 64 })))),
        (
            "POST",
            "/interactions/111/token/callback?with_response=true",
            json!({ "type": 5, "data": { "flags": 64 } }),
        ),
        ("POST", CALLBACK, json!({ "type": 6 })),
        ("POST", CALLBACK, answer(7, message(json!({ "components": [] })))),
        (
            "POST",
            CALLBACK,
            answer(
                8,
                json!({ "choices": many(25, |n| json!({ "name": letters(100), "value": n.to_string() })) }),
            ),
        ),
        ("POST", CALLBACK, modal(json!({}))),
        (
            "POST",
            COMMANDS,
            command(
                json!({ "default_member_permissions": "32", "contexts": [0, 1], "integration_types": [0] }),
            ),
        ),
        ("PUT", COMMANDS, json!([command(json!({ "name": "wörter" })), command(json!({ "name": "नमस्ते" }))])),
        ("PUT", "/applications/111/guilds/222/commands", json!([command(json!({ "options": subcommands }))])),
        ("PUT", COMMANDS, json!([command(json!({ "name_localizations": { "de": "geschichte" } }))])),
        (
            "POST",
            COMMANDS,
            command(json!({ "options": padded, "nsfw": false, "default_member_permissions": "0" })),
        ),
        ("POST", COMMANDS, command(json!({ "options": "-" }))),
        ("POST", MESSAGES, message(json!({ "allowed_mentions": { "parse": [], "users": [], "roles": [] } }))),
        ("PATCH", "/applications/111/commands/222", json!({ "description": "Other words" })),
    ]
}
