//! The contract itself: what is fine passes, and each rule catches what it is for.

use serde_json::{Value, json};

mod fine;

use fine::{
    answer, button, command, embed, good, input, letters, many, message, modal, post, row, select, with,
};

use crate::support::discord::contract::{check_request, check_response, document};

const MESSAGES: &str = "/channels/111/messages";
const CALLBACK: &str = "/interactions/111/token/callback";
const COMMANDS: &str = "/applications/111/commands";

/// Rules of ours, each with what it must catch.
fn bad() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let edit = "/channels/111/messages/222";
    let mut all = vec![
        ("content", "POST", MESSAGES, message(json!({ "content": letters(2_001) }))),
        ("content", "POST", MESSAGES, message(json!({ "content": "🚆".repeat(1_001) }))),
        ("empty message", "POST", MESSAGES, message(json!({ "content": "-" }))),
        ("empty message", "POST", MESSAGES, message(json!({ "content": " \u{200B}\n", "embeds": [] }))),
        ("empty message", "PATCH", edit, message(json!({ "content": "", "embeds": [] }))),
        ("empty edit", "PATCH", edit, message(json!({ "content": "-" }))),
        ("unknown field", "POST", MESSAGES, message(json!({ "embed": {} }))),
        ("unknown field", "POST", MESSAGES, embed(json!({ "colour": 1 }))),
        ("unknown field", "PATCH", edit, message(json!({ "nonce": "a" }))),
        ("allowed mentions", "POST", MESSAGES, message(json!({ "allowed_mentions": "-" }))),
        ("allowed mentions", "POST", MESSAGES, message(json!({ "allowed_mentions": {} }))),
        (
            "allowed mentions",
            "POST",
            MESSAGES,
            message(json!({ "allowed_mentions": { "parse": ["users"] } })),
        ),
        (
            "allowed mentions",
            "POST",
            MESSAGES,
            message(json!({ "allowed_mentions": { "parse": [], "users": ["1"] } })),
        ),
        (
            "allowed mentions",
            "POST",
            MESSAGES,
            message(json!({ "allowed_mentions": { "parse": [], "replied_user": true } })),
        ),
        ("allowed mentions", "PATCH", edit, message(json!({ "allowed_mentions": "-" }))),
        ("allowed mentions", "POST", "/webhooks/111/token", message(json!({ "allowed_mentions": "-" }))),
        (
            "allowed mentions",
            "PATCH",
            "/webhooks/111/token/messages/@original",
            message(json!({ "allowed_mentions": "-" })),
        ),
        ("allowed mentions", "POST", CALLBACK, answer(4, message(json!({ "allowed_mentions": "-" })))),
        ("allowed mentions", "POST", CALLBACK, answer(7, message(json!({ "allowed_mentions": "-" })))),
        ("allowed mentions", "POST", "/channels/111/threads", post(json!({ "message": { "content": "a" } }))),
        ("flags", "POST", MESSAGES, message(json!({ "flags": 64 }))),
        ("flags", "PATCH", edit, message(json!({ "flags": 4_096 }))),
        ("hidden embeds", "POST", MESSAGES, with(embed(json!({})), json!({ "flags": 4 }))),
        (
            "components v2 with others",
            "POST",
            MESSAGES,
            message(json!({ "flags": 32_768, "components": [{ "type": 10, "content": "a" }] })),
        ),
        ("nonce", "POST", MESSAGES, message(json!({ "nonce": letters(26) }))),
        ("nonce", "POST", MESSAGES, message(json!({ "enforce_nonce": true }))),
        ("too many", "POST", MESSAGES, message(json!({ "embeds": many(11, |_| json!({ "title": "a" })) }))),
        ("empty embed", "POST", MESSAGES, message(json!({ "embeds": [{ "color": 1 }] }))),
        ("blank text", "POST", MESSAGES, embed(json!({ "fields": [{ "name": " ", "value": "a" }] }))),
        ("blank text", "POST", MESSAGES, embed(json!({ "fields": [{ "name": "a", "value": "" }] }))),
        ("text", "POST", MESSAGES, embed(json!({ "fields": [{ "name": "a" }] }))),
        (
            "too many",
            "POST",
            MESSAGES,
            embed(json!({ "fields": many(26, |_| json!({ "name": "a", "value": "a" })) })),
        ),
        ("address", "POST", MESSAGES, embed(json!({ "url": "news.example" }))),
        (
            "picture that is not attached",
            "POST",
            MESSAGES,
            embed(json!({ "image": { "url": "attachment://x.png" } })),
        ),
        ("timestamp", "POST", MESSAGES, embed(json!({ "timestamp": "yesterday" }))),
        ("number", "POST", MESSAGES, embed(json!({ "color": 0x0100_0000 }))),
        (
            "embeds in all",
            "POST",
            MESSAGES,
            message(json!({ "embeds": many(2, |_| json!({ "description": letters(3_001) })) })),
        ),
        (
            "too many",
            "POST",
            MESSAGES,
            message(
                json!({ "components": many(6, |n| json!({ "type": 1, "components": [button(json!({ "custom_id": n.to_string() }))] })) }),
            ),
        ),
        (
            "buttons in a row",
            "POST",
            MESSAGES,
            row(many(6, |n| button(json!({ "custom_id": n.to_string() })))),
        ),
        ("empty row", "POST", MESSAGES, row(json!([]))),
        ("row", "POST", MESSAGES, message(json!({ "components": [button(json!({}))] }))),
        ("component type", "POST", MESSAGES, row(json!([input(json!({}))]))),
        ("select beside others", "POST", MESSAGES, row(json!([select(json!({})), button(json!({}))]))),
        ("select without options", "POST", MESSAGES, row(json!([select(json!({ "options": [] }))]))),
        (
            "too many",
            "POST",
            MESSAGES,
            row(json!([select(
                json!({ "options": many(26, |n| json!({ "label": "a", "value": n.to_string() })) })
            )])),
        ),
        (
            "option twice",
            "POST",
            MESSAGES,
            row(json!([select(json!({ "options": many(2, |_| json!({ "label": "a", "value": "a" })) }))])),
        ),
        ("select bounds", "POST", MESSAGES, row(json!([select(json!({ "max_values": 3 }))]))),
        ("custom_id twice", "POST", MESSAGES, row(json!([button(json!({})), button(json!({}))]))),
        ("length", "POST", MESSAGES, row(json!([button(json!({ "custom_id": letters(101) }))]))),
        ("blank text", "POST", MESSAGES, row(json!([button(json!({ "custom_id": "" }))]))),
        ("text", "POST", MESSAGES, row(json!([button(json!({ "custom_id": "-" }))]))),
        ("button without a label", "POST", MESSAGES, row(json!([button(json!({ "label": "-" }))]))),
        ("button with url", "POST", MESSAGES, row(json!([button(json!({ "url": "https://a.example" }))]))),
        ("address", "POST", MESSAGES, row(json!([button(json!({ "style": 5, "custom_id": "-" }))]))),
        (
            "link button with custom_id",
            "POST",
            MESSAGES,
            row(json!([button(json!({ "style": 5, "url": "https://a.example" }))])),
        ),
        ("length", "POST", "/channels/111/messages/222/threads", json!({ "name": letters(101) })),
        ("blank text", "POST", "/channels/111/messages/222/threads", json!({ "name": "" })),
        (
            "auto_archive_duration",
            "POST",
            "/channels/111/messages/222/threads",
            json!({ "name": "a", "auto_archive_duration": 90 }),
        ),
        ("thread.type", "POST", "/channels/111/threads", json!({ "name": "a" })),
        (
            "post without a message",
            "POST",
            "/channels/111/threads",
            json!({ "name": "a", "applied_tags": [] }),
        ),
        (
            "too many",
            "POST",
            "/channels/111/threads",
            post(json!({ "applied_tags": many(6, |n| n.to_string().into()) })),
        ),
        (
            "empty message",
            "POST",
            "/channels/111/threads",
            post(json!({ "message": { "allowed_mentions": { "parse": [] } } })),
        ),
        ("length", "PATCH", "/channels/111", json!({ "name": letters(101) })),
        ("length", "PATCH", "/channels/111", json!({ "available_tags": [{ "name": letters(21) }] })),
        ("callback type", "POST", CALLBACK, json!({ "type": 3 })),
        ("callback data", "POST", CALLBACK, answer(6, json!({ "content": "a" }))),
        ("flags", "POST", CALLBACK, answer(5, json!({ "flags": 4 }))),
        (
            "too many",
            "POST",
            CALLBACK,
            answer(8, json!({ "choices": many(26, |_| json!({ "name": "a", "value": "a" })) })),
        ),
        (
            "length",
            "POST",
            CALLBACK,
            answer(8, json!({ "choices": [{ "name": letters(101), "value": "a" }] })),
        ),
        (
            "length",
            "POST",
            CALLBACK,
            answer(8, json!({ "choices": [{ "name": "a", "value": letters(101) }] })),
        ),
        ("blank text", "POST", CALLBACK, answer(8, json!({ "choices": [{ "name": "", "value": "a" }] }))),
        ("length", "POST", CALLBACK, modal(json!({ "title": letters(46) }))),
        ("modal without rows", "POST", CALLBACK, modal(json!({ "components": [] }))),
        (
            "too many",
            "POST",
            CALLBACK,
            modal(
                json!({ "components": many(6, |n| json!({ "type": 1, "components": [input(json!({ "custom_id": n.to_string() }))] })) }),
            ),
        ),
        (
            "modal row",
            "POST",
            CALLBACK,
            modal(json!({ "components": [{ "type": 1, "components": [button(json!({}))] }] })),
        ),
        (
            "input bounds",
            "POST",
            CALLBACK,
            modal(
                json!({ "components": [{ "type": 1, "components": [input(json!({ "min_length": 600 }))] }] }),
            ),
        ),
        (
            "length",
            "POST",
            CALLBACK,
            modal(
                json!({ "components": [{ "type": 1, "components": [input(json!({ "label": letters(46) }))] }] }),
            ),
        ),
        (
            "length",
            "POST",
            CALLBACK,
            modal(
                json!({ "components": [{ "type": 1, "components": [input(json!({ "value": letters(501) }))] }] }),
            ),
        ),
        (
            "custom_id twice",
            "POST",
            CALLBACK,
            modal(
                json!({ "components": many(2, |_| json!({ "type": 1, "components": [input(json!({}))] })) }),
            ),
        ),
        ("command name", "POST", COMMANDS, command(json!({ "name": "Bad Name!" }))),
        ("command name", "POST", COMMANDS, command(json!({ "name": "Story" }))),
        ("command name", "POST", COMMANDS, command(json!({ "name": letters(33) }))),
        ("command name", "POST", COMMANDS, command(json!({ "name_localizations": { "de": "Geschichte" } }))),
        ("locale", "POST", COMMANDS, command(json!({ "name_localizations": { "es": "historia" } }))),
        ("text", "POST", COMMANDS, command(json!({ "description": "-" }))),
        ("length", "POST", COMMANDS, command(json!({ "description": letters(101) }))),
        (
            "too many",
            "POST",
            COMMANDS,
            command(
                json!({ "options": many(26, |n| json!({ "type": 3, "name": format!("o{n}"), "description": "d" })) }),
            ),
        ),
        (
            "required after optional",
            "POST",
            COMMANDS,
            command(json!({ "options": [
            { "type": 3, "name": "a", "description": "d" }, { "type": 3, "name": "b", "description": "d", "required": true },
        ] })),
        ),
        (
            "too many",
            "POST",
            COMMANDS,
            command(json!({ "options": [{ "type": 3, "name": "a", "description": "d",
            "choices": many(26, |n| json!({ "name": format!("c{n}"), "value": "v" })) }] })),
        ),
        (
            "autocomplete with choices",
            "POST",
            COMMANDS,
            command(json!({ "options": [{ "type": 3, "name": "a",
            "description": "d", "autocomplete": true, "choices": [{ "name": "a", "value": "b" }] }] })),
        ),
        (
            "subcommands beside options",
            "POST",
            COMMANDS,
            command(json!({ "options": [
            { "type": 1, "name": "a", "description": "d" }, { "type": 3, "name": "b", "description": "d" },
        ] })),
        ),
        (
            "nested subcommand",
            "POST",
            COMMANDS,
            command(json!({ "options": [{ "type": 1, "name": "a", "description": "d",
            "options": [{ "type": 1, "name": "b", "description": "d" }] }] })),
        ),
        (
            "option twice",
            "POST",
            COMMANDS,
            command(json!({ "options": many(2, |_| json!({ "type": 3, "name": "a", "description": "d" })) })),
        ),
        (
            "command in all",
            "POST",
            COMMANDS,
            command(json!({ "options": many(25, |n| json!({ "type": 3, "name": format!("o{n}"),
            "description": letters(100), "choices": many(25, |c| json!({ "name": format!("c{c}"), "value": letters(20) })) })) })),
        ),
        ("command twice", "PUT", COMMANDS, json!([command(json!({})), command(json!({}))])),
        ("unknown field", "PUT", COMMANDS, json!([command(json!({ "guild_only": true }))])),
        ("open path", "POST", "/channels/{thread}/messages", message(json!({}))),
    ];
    for (rule, key, max) in [("length", "title", 256), ("length", "description", 4_096)] {
        all.push((rule, "POST", MESSAGES, embed(Value::from_iter([(key, letters(max + 1))]))));
    }
    all.push(("length", "POST", MESSAGES, embed(json!({ "footer": { "text": letters(2_049) } }))));
    all.push(("length", "POST", MESSAGES, embed(json!({ "author": { "name": letters(257) } }))));
    all
}

#[test]
fn what_discord_takes_passes_every_reading() {
    let mut faults = String::new();
    for (method, path, body) in good() {
        for line in check_request(method, path, &body) {
            faults += &format!("{line}\n    for {method} {path} {body}\n");
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn each_rule_catches_what_it_is_for() {
    let mut faults = String::new();
    for (rule, method, path, body) in bad() {
        let found = check_request(method, path, &body);
        if !found.iter().any(|line| line.starts_with(&format!("{rule}: "))) {
            faults += &format!("`{rule}` is not among {found:?}\n    for {method} {path} {body}\n");
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn the_official_document_catches_what_it_can_tell() {
    if document().is_none() {
        return; // said on stderr by `document`
    }
    let bad = [
        ("an unknown operation", "POST", "/channels/111/shouts", json!({ "content": "a" })),
        (
            "a body where none belongs",
            "POST",
            "/channels/111/messages/222/crosspost",
            json!({ "content": "a" }),
        ),
        ("no body where one belongs", "POST", MESSAGES, Value::Null),
        ("an unknown field", "POST", MESSAGES, message(json!({ "contents": "a" }))),
        (
            "an unknown field inside",
            "POST",
            MESSAGES,
            embed(json!({ "fields": [{ "name": "a", "value": "b", "inlined": true }] })),
        ),
        (
            "eleven embeds",
            "POST",
            MESSAGES,
            message(json!({ "embeds": many(11, |_| json!({ "title": "a" })) })),
        ),
        ("a long title", "POST", MESSAGES, embed(json!({ "title": letters(257) }))),
        ("a bad time", "POST", MESSAGES, embed(json!({ "timestamp": "yesterday" }))),
        ("a bad address", "POST", MESSAGES, embed(json!({ "url": "no address" }))),
        ("six buttons", "POST", MESSAGES, row(many(6, |n| button(json!({ "custom_id": n.to_string() }))))),
        ("a long nonce", "POST", MESSAGES, message(json!({ "nonce": letters(26) }))),
        ("a number as content", "POST", MESSAGES, message(json!({ "content": 7 }))),
        ("a tag that is no id", "POST", "/channels/111/threads", post(json!({ "applied_tags": ["News"] }))),
        (
            "a forum post's field in a thread",
            "POST",
            "/channels/111/threads",
            json!({ "name": "a", "tags": ["1"] }),
        ),
        (
            "six tags",
            "POST",
            "/channels/111/threads",
            post(json!({ "applied_tags": many(6, |n| n.to_string().into()) })),
        ),
        (
            "a post without message",
            "POST",
            "/channels/111/threads",
            json!({ "name": "a", "applied_tags": [] }),
        ),
        (
            "a nonce in a post",
            "POST",
            "/channels/111/threads",
            post(json!({ "message": message(json!({ "nonce": "a" })) })),
        ),
        ("a modal without title", "POST", CALLBACK, modal(json!({ "title": "-" }))),
        (
            "26 choices",
            "POST",
            CALLBACK,
            answer(8, json!({ "choices": many(26, |_| json!({ "name": "a", "value": "a" })) })),
        ),
        ("a long command name", "PUT", COMMANDS, json!([command(json!({ "name": letters(33) }))])),
        (
            "an unknown kind of option",
            "PUT",
            COMMANDS,
            json!([command(json!({ "options": [{ "type": 30, "name": "a", "description": "d" }] }))]),
        ),
    ];
    for (what, method, path, body) in bad {
        let found = check_request(method, path, &body);
        let told =
            found.iter().any(|line| line.starts_with("document") || line.starts_with("unknown operation"));
        assert!(told, "{what}: {found:?}");
    }
}

#[test]
fn another_client_s_reading_agrees() {
    let bad = [
        ("POST", MESSAGES, message(json!({ "content": letters(2_001) }))),
        ("POST", MESSAGES, embed(json!({ "description": letters(4_097) }))),
        ("POST", MESSAGES, message(json!({ "embeds": many(11, |_| json!({ "title": "a" })) }))),
        (
            "POST",
            MESSAGES,
            message(json!({ "embeds": many(2, |_| json!({ "description": letters(3_001) })) })),
        ),
        ("POST", MESSAGES, row(many(6, |n| button(json!({ "custom_id": n.to_string() }))))),
        ("POST", MESSAGES, row(json!([button(json!({ "label": letters(81) }))]))),
        ("POST", "/channels/111/messages/222/threads", json!({ "name": letters(101) })),
        ("PUT", COMMANDS, json!([command(json!({ "name": "Bad Name!" }))])),
        ("PUT", COMMANDS, json!([command(json!({ "description": letters(101) }))])),
    ];
    for (method, path, body) in bad {
        let found = check_request(method, path, &body);
        assert!(found.iter().any(|line| line.starts_with("twilight: ")), "{found:?} for {method} {path}");
    }
}

#[test]
fn answers_have_discord_s_shapes() {
    let error = json!({ "code": 10_008, "message": "Unknown Message" });
    let slow =
        json!({ "code": 0, "message": "You are being rate limited.", "retry_after": 0.3, "global": false });
    for (status, body) in [(404, &error), (429, &slow), (500, &Value::Null)] {
        assert_eq!(check_response("POST", MESSAGES, status, body), Vec::<String>::new(), "{status}");
    }
    for (rule, method, path, status, body) in [
        ("error shape", "POST", MESSAGES, 404, json!({ "error": "no" })),
        ("rate limit shape", "POST", MESSAGES, 429, error.clone()),
        ("204 with a body", "POST", CALLBACK, 204, json!({})),
    ] {
        let found = check_response(method, path, status, &body);
        assert!(found.iter().any(|line| line.starts_with(rule)), "{rule}: {found:?}");
    }
    if document().is_none() {
        return; // said on stderr by `document`
    }
    let user = json!({
        "id": "9", "username": "newsdesk", "avatar": null, "discriminator": "0000", "public_flags": 0, "flags": 0,
        "bot": true, "global_name": null, "primary_guild": null,
    });
    let message = json!({
        "type": 0, "content": "a", "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
        "timestamp": "2026-03-04T06:00:00.000000+00:00", "edited_timestamp": null, "flags": 0, "components": [],
        "id": "222", "channel_id": "111", "author": user, "pinned": false, "mention_everyone": false, "tts": false,
    });
    assert_eq!(check_response("POST", MESSAGES, 200, &message), Vec::<String>::new());
    for (what, status, body) in [
        ("an id that is a number", 200, with(message.clone(), json!({ "id": 222 }))),
        ("no author", 200, with(message.clone(), json!({ "author": "-" }))),
        ("another status", 201, message.clone()),
    ] {
        let found = check_response("POST", MESSAGES, status, &body);
        assert!(found.iter().any(|line| line.starts_with("document")), "{what}: {found:?}");
    }
}
