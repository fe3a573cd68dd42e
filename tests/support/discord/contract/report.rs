//! What was found wrong, in order, each once.

use std::fmt::Display;

use serde_json::Value;

/// Violations so far.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<String>);

impl Report {
    /// A rule is broken: its name and by what.
    pub(super) fn add(&mut self, rule: &str, what: impl Display) {
        let what = what.to_string();
        let short: String = what.chars().take(200).collect();
        let dots = if short.len() < what.len() { "…" } else { "" };
        let line = format!("{rule}: {short}{dots}");
        if !self.0.contains(&line) {
            self.0.push(line);
        }
    }

    /// A rule that must hold.
    pub(super) fn expect(&mut self, holds: bool, rule: &str, what: impl Display) {
        if !holds {
            self.add(rule, what);
        }
    }

    /// No field but these; `Null` is no object and has none.
    pub(super) fn only(&mut self, value: &Value, place: &str, known: &[&str]) {
        let Some(object) = value.as_object() else {
            self.expect(value.is_null(), "not an object", format!("{place}: {value}"));
            return;
        };
        for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
            self.add("unknown field", format!("{place}.{key}"));
        }
    }

    pub(super) fn finish(self) -> Vec<String> {
        self.0
    }
}
