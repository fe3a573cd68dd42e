//! The first answer to an interaction.

use serde_json::Value;

use super::limits::{at_most, number, required, units};
use super::report::Report;
use super::{components, message};

const EPHEMERAL: u64 = 1 << 6;

/// A callback.
pub(super) fn check(body: &Value, report: &mut Report) {
    report.only(body, "callback", &["type", "data"]);
    let data = &body["data"];
    match body["type"].as_u64() {
        Some(1 | 6) => report.expect(data.is_null(), "callback data", "this type has none"),
        Some(4) => message::check_answer(data, false, report),
        Some(7) => message::check_answer(data, true, report),
        Some(5) => {
            report.only(data, "callback.data", &["flags"]);
            let flags = data["flags"].as_u64().unwrap_or_default();
            report.expect(flags & !EPHEMERAL == 0, "flags", flags);
        }
        Some(8) => check_choices(data, report),
        Some(9) => {
            report.only(data, "modal", &["custom_id", "title", "components"]);
            required(&data["custom_id"], "modal.custom_id", 100, report);
            required(&data["title"], "modal.title", 45, report);
            components::check_modal(&data["components"], report);
        }
        _ => report.add("callback type", &body["type"]),
    }
}

fn check_choices(data: &Value, report: &mut Report) {
    report.only(data, "autocomplete", &["choices"]);
    report.expect(data["choices"].is_array(), "choices", &data["choices"]);
    for choice in at_most(&data["choices"], "choices", 25, report) {
        check_choice(choice, report);
    }
}

/// A choice, of a command's option or of an autocomplete answer.
pub(super) fn check_choice(choice: &Value, report: &mut Report) {
    report.only(choice, "choice", &["name", "name_localizations", "value"]);
    required(&choice["name"], "choice.name", 100, report);
    match choice["value"].as_str() {
        Some(text) => report.expect(units(text) <= 100, "length", format!("choice.value {}", units(text))),
        None => report.expect(choice["value"].is_number(), "choice.value", &choice["value"]),
    }
    number(&choice["position"], "choice.position", 0, 25, report);
}
