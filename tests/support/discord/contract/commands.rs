//! Application commands.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::interactions::check_choice;
use super::limits::{at_most, list, required, units};
use super::report::Report;
use super::second;

const SUBCOMMAND: u64 = 1;
const GROUP: u64 = 2;

/// All commands of a scope.
pub(super) fn check_all(body: &Value, report: &mut Report) {
    report.expect(body.is_array(), "commands", "not a list");
    let mut names = BTreeSet::new();
    let mut kinds = [0_usize; 5];
    for command in list(body) {
        check(command, false, report);
        let kind = command["type"].as_u64().unwrap_or(1);
        report.expect(names.insert((kind, command["name"].to_string())), "command twice", &command["name"]);
        if let Some(count) = usize::try_from(kind).ok().and_then(|kind| kinds.get_mut(kind)) {
            *count += 1;
        }
    }
    for (kind, max) in [(1, 100), (2, 15), (3, 15), (4, 1)] {
        report.expect(kinds[kind] <= max, "too many", format!("commands of type {kind}: {}", kinds[kind]));
    }
}

/// One command; a `partial` one may leave out what stays.
pub(super) fn check(command: &Value, partial: bool, report: &mut Report) {
    let known = [
        "name",
        "name_localizations",
        "description",
        "description_localizations",
        "options",
        "default_member_permissions",
        "dm_permission",
        "contexts",
        "integration_types",
        "handler",
        "type",
        "nsfw",
        "default_permission",
        "id",
    ];
    report.only(command, "command", &known);
    let is_slash = command["type"].as_u64().unwrap_or(1) == 1;
    if !partial || command.get("name").is_some() {
        if is_slash {
            check_name(&command["name"], "command.name", report);
        } else {
            required(&command["name"], "command.name", 32, report);
        }
    }
    if is_slash && (!partial || command.get("description").is_some()) {
        required(&command["description"], "command.description", 100, report);
    }
    let blank = command["description"].as_str().unwrap_or_default().is_empty();
    report.expect(is_slash || blank, "description of a menu command", &command["name"]);
    check_translations(command, is_slash, report);
    check_options(&command["options"], None, report);
    let total = characters(command);
    report.expect(total <= 8_000, "command in all", format!("{total} of 8000"));
    for (key, max) in [("contexts", 2), ("integration_types", 1)] {
        let mut seen = BTreeSet::new();
        for value in list(&command[key]) {
            let known = value.as_u64().is_some_and(|n| n <= max);
            report.expect(known && seen.insert(value.to_string()), key, value);
        }
        report.expect(command[key] != json!([]), key, "an empty list");
    }
    if !partial {
        second::check_command(command, report);
    }
}

/// `parent` is the kind of the option that these are in.
fn check_options(value: &Value, parent: Option<u64>, report: &mut Report) {
    let options = at_most(value, "options", 25, report);
    let (mut names, mut optional_seen) = (BTreeSet::new(), false);
    let is_group = |option: &Value| matches!(option["type"].as_u64(), Some(SUBCOMMAND | GROUP));
    let groups = options.iter().filter(|option| is_group(option)).count();
    report.expect(groups == 0 || groups == options.len(), "subcommands beside options", groups);
    for option in options {
        let known = [
            "type",
            "name",
            "name_localizations",
            "description",
            "description_localizations",
            "required",
            "choices",
            "options",
            "channel_types",
            "min_value",
            "max_value",
            "min_length",
            "max_length",
            "autocomplete",
        ];
        report.only(option, "option", &known);
        check_name(&option["name"], "option.name", report);
        required(&option["description"], "option.description", 100, report);
        check_translations(option, true, report);
        report.expect(names.insert(option["name"].to_string()), "option twice", &option["name"]);
        let kind = option["type"].as_u64().unwrap_or_default();
        report.expect((1..=11).contains(&kind), "option.type", &option["type"]);
        if is_group(option) {
            let fits = parent.is_none() || (kind == SUBCOMMAND && parent == Some(GROUP));
            report.expect(fits, "nested subcommand", &option["name"]);
            let inner = list(&option["options"]);
            let only_commands = inner.iter().all(|inner| inner["type"] == SUBCOMMAND);
            report.expect(kind != GROUP || (only_commands && !inner.is_empty()), "group", &option["name"]);
            check_options(&option["options"], Some(kind), report);
            continue;
        }
        let is_required = option["required"] == true;
        report.expect(!(is_required && optional_seen), "required after optional", &option["name"]);
        optional_seen |= !is_required;
        let choices = at_most(&option["choices"], "choices", 25, report);
        let mut choice_names = BTreeSet::new();
        for choice in choices {
            check_choice(choice, report);
            report.expect(choice_names.insert(choice["name"].to_string()), "choice twice", &choice["name"]);
        }
        let chosen = !choices.is_empty();
        report.expect(!chosen || matches!(kind, 3 | 4 | 10), "choices", format!("type {kind} has none"));
        let completes = option["autocomplete"] == true;
        report.expect(!(completes && chosen), "autocomplete with choices", &option["name"]);
        report.expect(!completes || matches!(kind, 3 | 4 | 10), "autocomplete", format!("type {kind}"));
    }
}

/// Discord's pattern, and nothing that has a lower-case form.
fn check_name(value: &Value, place: &str, report: &mut Report) {
    static PATTERN: OnceLock<Validator> = OnceLock::new();
    let pattern = PATTERN.get_or_init(|| {
        let pattern = r"^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$";
        jsonschema::validator_for(&json!({ "type": "string", "pattern": pattern })).expect("a valid pattern")
    });
    let lower = value.as_str().is_some_and(|name| name.to_lowercase() == name);
    report.expect(pattern.is_valid(value) && lower, "command name", format!("{place} {value}"));
}

fn check_translations(item: &Value, is_slash: bool, report: &mut Report) {
    for (locale, name) in item["name_localizations"].as_object().into_iter().flatten() {
        check_locale(locale, report);
        if is_slash {
            check_name(name, locale, report);
        } else {
            required(name, locale, 32, report);
        }
    }
    for (locale, text) in item["description_localizations"].as_object().into_iter().flatten() {
        check_locale(locale, report);
        required(text, locale, 100, report);
    }
}

fn check_locale(locale: &str, report: &mut Report) {
    let known = [
        "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no",
        "pl", "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN",
        "ja", "zh-TW", "ko",
    ];
    report.expect(known.contains(&locale), "locale", locale);
}

/// Names, descriptions and values of a command, its options and their choices; of translations the longest counts.
fn characters(item: &Value) -> usize {
    let longest = |key: &str, translations: &str| {
        let own = item[key].as_str().map_or(0, units);
        let others = item[translations].as_object().into_iter().flatten();
        others.filter_map(|(_, text)| text.as_str()).map(units).fold(own, usize::max)
    };
    let value = item["value"].as_str().map_or(0, units);
    let inner = list(&item["options"]).iter().chain(list(&item["choices"])).map(characters).sum::<usize>();
    longest("name", "name_localizations")
        + longest("description", "description_localizations")
        + value
        + inner
}
