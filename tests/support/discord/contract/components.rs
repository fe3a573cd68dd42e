//! Buttons, selects and the rows they are in.

use std::collections::BTreeSet;

use serde_json::Value;

use super::limits::{at_most, list, number, optional, required, web_address};
use super::report::Report;

const ROW: u64 = 1;
const BUTTON: u64 = 2;
const TEXT_INPUT: u64 = 4;
const LABEL: u64 = 18;
const TEXT_DISPLAY: u64 = 10;
const LINK: u64 = 5;
const PREMIUM: u64 = 6;

/// The components of a message.
pub(super) fn check_message(value: &Value, is_v2: bool, report: &mut Report) {
    let rows = at_most(value, "components", if is_v2 { 40 } else { 5 }, report);
    let mut ids = BTreeSet::new();
    for row in rows {
        if row["type"] == ROW {
            check_row(row, &mut ids, report);
        } else {
            report.expect(is_v2, "row", format!("type {} at the top of components", row["type"]));
        }
    }
}

fn check_row(row: &Value, ids: &mut BTreeSet<String>, report: &mut Report) {
    report.only(row, "row", &["type", "id", "components"]);
    let inside = list(&row["components"]);
    report.expect(!inside.is_empty(), "empty row", row);
    report.expect(inside.len() <= 5, "buttons in a row", format!("{} of 5", inside.len()));
    for component in inside {
        match component["type"].as_u64() {
            Some(BUTTON) => check_button(component, report),
            Some(3 | 5..=8) => {
                report.expect(inside.len() == 1, "select beside others", inside.len());
                check_select(component, report);
            }
            _ => report.add("component type", &component["type"]),
        }
        check_id(component, ids, report);
    }
}

fn check_id(component: &Value, ids: &mut BTreeSet<String>, report: &mut Report) {
    if let Some(id) = component["custom_id"].as_str() {
        required(&component["custom_id"], "custom_id", 100, report);
        report.expect(ids.insert(id.to_owned()), "custom_id twice", id);
    }
}

fn check_button(button: &Value, report: &mut Report) {
    let known = ["type", "id", "custom_id", "style", "label", "disabled", "url", "sku_id", "emoji"];
    report.only(button, "button", &known);
    let style = number(&button["style"], "button.style", 1, 6, report);
    optional(&button["label"], "button.label", 80, report);
    match style {
        Some(LINK) => {
            web_address(&button["url"], "button.url", 512, report);
            report.expect(button["custom_id"].is_null(), "link button with custom_id", button);
        }
        Some(PREMIUM) => {}
        _ => {
            report.expect(button["url"].is_null(), "button with url", button);
            required(&button["custom_id"], "button.custom_id", 100, report);
        }
    }
    let named = button["label"].is_string() || button["emoji"].is_object() || style == Some(PREMIUM);
    report.expect(named, "button without a label", button);
}

fn check_select(select: &Value, report: &mut Report) {
    let known = [
        "type",
        "id",
        "custom_id",
        "options",
        "placeholder",
        "min_values",
        "max_values",
        "disabled",
        "channel_types",
        "default_values",
        "required",
    ];
    report.only(select, "select", &known);
    required(&select["custom_id"], "select.custom_id", 100, report);
    optional(&select["placeholder"], "select.placeholder", 150, report);
    let min = number(&select["min_values"], "select.min_values", 0, 25, report).unwrap_or(1);
    let max = number(&select["max_values"], "select.max_values", 1, 25, report).unwrap_or(1);
    report.expect(min <= max, "select bounds", format!("{min} to {max}"));
    if select["type"] != 3 {
        return;
    }
    let options = at_most(&select["options"], "options", 25, report);
    report.expect(!options.is_empty(), "select without options", select);
    report.expect(max <= options.len() as u64, "select bounds", format!("{max} of {}", options.len()));
    let mut values = BTreeSet::new();
    for option in options {
        report.only(option, "option", &["label", "value", "description", "emoji", "default"]);
        required(&option["label"], "option.label", 100, report);
        required(&option["value"], "option.value", 100, report);
        optional(&option["description"], "option.description", 100, report);
        report.expect(values.insert(option["value"].to_string()), "option twice", &option["value"]);
    }
    let chosen = options.iter().filter(|option| option["default"] == true).count() as u64;
    report.expect(chosen <= max, "select bounds", format!("{chosen} chosen of {max}"));
}

/// The components of a modal.
pub(super) fn check_modal(value: &Value, report: &mut Report) {
    let rows = at_most(value, "modal rows", 5, report);
    report.expect(!rows.is_empty(), "modal without rows", value);
    let mut ids = BTreeSet::new();
    for row in rows {
        match row["type"].as_u64() {
            Some(ROW) => {
                let inside = list(&row["components"]);
                report.expect(inside.len() == 1, "modal row", format!("{} inputs, not one", inside.len()));
                for input in inside {
                    report.expect(
                        input["type"] == TEXT_INPUT,
                        "modal row",
                        format!("type {}", input["type"]),
                    );
                    required(&input["label"], "input.label", 45, report);
                    check_input(input, report);
                    check_id(input, &mut ids, report);
                }
            }
            Some(LABEL) => {
                required(&row["label"], "label.label", 45, report);
                optional(&row["description"], "label.description", 100, report);
                let inside = &row["component"];
                match inside["type"].as_u64() {
                    Some(TEXT_INPUT) => check_input(inside, report),
                    Some(3 | 5..=8) => check_select(inside, report),
                    _ => report.expect(inside["type"].is_u64(), "modal row", inside),
                }
                check_id(inside, &mut ids, report);
            }
            Some(TEXT_DISPLAY) => {}
            _ => report.add("modal row", format!("type {}", row["type"])),
        }
    }
}

fn check_input(input: &Value, report: &mut Report) {
    let known = [
        "type",
        "id",
        "custom_id",
        "style",
        "label",
        "min_length",
        "max_length",
        "required",
        "value",
        "placeholder",
    ];
    report.only(input, "input", &known);
    required(&input["custom_id"], "input.custom_id", 100, report);
    report.expect(input["style"].is_u64(), "input.style", &input["style"]);
    number(&input["style"], "input.style", 1, 2, report);
    let min = number(&input["min_length"], "input.min_length", 0, 4_000, report).unwrap_or(0);
    let max = number(&input["max_length"], "input.max_length", 1, 4_000, report).unwrap_or(4_000);
    report.expect(min <= max, "input bounds", format!("{min} to {max}"));
    let max = usize::try_from(max).unwrap_or(4_000);
    if input["value"] != "" {
        optional(&input["value"], "input.value", max, report);
    }
    optional(&input["placeholder"], "input.placeholder", 100, report);
}
