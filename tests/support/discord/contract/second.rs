//! The second reading: `twilight-validate`, made for another client by other people.

use serde_json::{Map, Value};
use twilight_model::application::command::Command;
use twilight_model::channel::message::{Component, Embed};
use twilight_validate::{channel, command, message};

use super::limits::list;
use super::report::Report;

const RULE: &str = "twilight";

/// Content, embeds, components.
pub(super) fn check_message(body: &Value, is_v2: bool, report: &mut Report) {
    if let Some(content) = body["content"].as_str() {
        note(message::content(content), report);
    }
    let embeds: Vec<Embed> = list(&body["embeds"]).iter().filter_map(|e| read(&as_sent(e), report)).collect();
    note(message::embeds(&embeds), report);
    let components: Vec<Component> =
        list(&body["components"]).iter().filter_map(|row| read(row, report)).collect();
    note(message::components(&components, is_v2), report);
}

/// The name of a thread.
pub(super) fn check_thread_name(name: &Value, report: &mut Report) {
    if let Some(name) = name.as_str() {
        note(channel::name(name), report);
    }
}

/// A command; its model wants what only the server can know.
pub(super) fn check_command(value: &Value, report: &mut Report) {
    let Some(mut object) = value.as_object().cloned() else { return };
    object.insert("version".to_owned(), "1".into());
    for (key, value) in
        [("type", 1_u64.into()), ("description", "".into()), ("default_member_permissions", Value::Null)]
    {
        object.entry(key).or_insert(value);
    }
    if object.get("options").is_some_and(Value::is_null) {
        object.remove("options");
    }
    let mut object = Value::Object(object);
    known_letters(&mut object, false);
    if let Some(read) = read::<Command>(&object, report) {
        note(command::command(&read), report);
    }
}

/// It does not know the apostrophe, nor the marks of Devanagari and Thai.
fn known_letters(value: &mut Value, is_name: bool) {
    match value {
        Value::String(text) if is_name => {
            let strange = |c: char| matches!(c, '\'' | '\u{0900}'..='\u{097F}' | '\u{0E00}'..='\u{0E7F}');
            *text = text.replace(strange, "x");
        }
        Value::Object(object) => {
            for (key, inner) in object {
                known_letters(inner, is_name || key == "name" || key == "name_localizations");
            }
        }
        Value::Array(all) => all.iter_mut().for_each(|inner| known_letters(inner, is_name)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The model is made for what the server sends: a type, and times with an offset in digits.
fn as_sent(embed: &Value) -> Value {
    let mut object: Map<String, Value> = embed.as_object().cloned().unwrap_or_default();
    object.entry("type").or_insert_with(|| "rich".into());
    if let Some(Value::String(time)) = object.get_mut("timestamp")
        && let Some(bare) = time.strip_suffix('Z')
    {
        *time = format!("{bare}+00:00");
    }
    for field in object.get_mut("fields").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(field) = field.as_object_mut() {
            field.entry("inline").or_insert(Value::Bool(false));
        }
    }
    Value::Object(object)
}

fn read<T: serde::de::DeserializeOwned>(value: &Value, report: &mut Report) -> Option<T> {
    match serde_json::from_value(value.clone()) {
        Ok(read) => Some(read),
        Err(error) => {
            report.add(RULE, format!("cannot read {value}: {error}"));
            None
        }
    }
}

fn note<E: std::error::Error>(result: Result<(), E>, report: &mut Report) {
    if let Err(error) = result {
        let cause = error.source().map(|cause| format!(" ({cause})")).unwrap_or_default();
        report.add(RULE, format!("{error}{cause}"));
    }
}
