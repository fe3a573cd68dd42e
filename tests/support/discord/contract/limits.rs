//! Lengths: in UTF-16 units, the larger of the two readings of Discord's “characters”.

use serde_json::Value;

use super::report::Report;

/// How long a text is.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Whether Discord sees a text: white space and what has no width is trimmed away.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || matches!(c, '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}'))
}

/// A text that may be missing, and is neither blank nor too long when it is there.
pub(super) fn optional(value: &Value, place: &str, max: usize, report: &mut Report) -> usize {
    if value.is_null() {
        return 0;
    }
    required(value, place, max, report)
}

/// A text that must be there, not blank and not too long.
pub(super) fn required(value: &Value, place: &str, max: usize, report: &mut Report) -> usize {
    let Some(text) = value.as_str() else {
        report.add("text", format!("{place} is {value}"));
        return 0;
    };
    let length = units(text);
    report.expect(!is_blank(text), "blank text", place);
    report.expect(length <= max, "length", format!("{place} has {length} of {max}"));
    length
}

/// A number that may be missing, within bounds when it is there.
pub(super) fn number(value: &Value, place: &str, min: u64, max: u64, report: &mut Report) -> Option<u64> {
    if value.is_null() {
        return None;
    }
    let number = value.as_u64();
    report.expect(
        number.is_some_and(|n| (min..=max).contains(&n)),
        "number",
        format!("{place} is {value}, not {min} to {max}"),
    );
    number
}

/// The entries of a list that may be missing.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// At most so many entries.
pub(super) fn at_most<'v>(value: &'v Value, place: &str, max: usize, report: &mut Report) -> &'v [Value] {
    report.expect(value.is_null() || value.is_array(), "list", format!("{place} is {value}"));
    let all = list(value);
    report.expect(all.len() <= max, "too many", format!("{place} has {} of {max}", all.len()));
    all
}

/// An address that a client opens.
pub(super) fn web_address(value: &Value, place: &str, max: usize, report: &mut Report) {
    let text = value.as_str().unwrap_or_default();
    let web = text.starts_with("https://") || text.starts_with("http://");
    report.expect(web && !text.contains(char::is_whitespace), "address", format!("{place} is {value}"));
    report.expect(units(text) <= max, "length", format!("{place} has {} of {max}", units(text)));
}
