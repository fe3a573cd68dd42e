//! What a service says when it does not give what it was asked for.

use serde::Deserialize;

use super::source::ScanError;

/// The longest explanation that is repeated to an operator, in characters.
const LONGEST: usize = 160;

/// The explanation in a refusal's JSON, on one line; empty where there is none (an error page, an empty body).
pub(super) fn said(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        error: Option<serde_json::Value>,
        error_message: Option<String>,
        message: Option<String>,
    }
    let Ok(refusal) = serde_json::from_slice::<Refusal>(body) else { return String::new() };
    let error = refusal.error.as_ref().and_then(serde_json::Value::as_str).map(str::to_owned);
    let text = error.or(refusal.error_message).or(refusal.message).unwrap_or_default();
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

/// A status with what was said, for a sentence: `401: The access token is invalid`.
pub(super) fn named(status: u16, said: &str) -> String {
    if said.is_empty() { status.to_string() } else { format!("{status}: {said}") }
}

/// An answer that is not what this service gives.
pub(super) fn unreadable(host: &str, why: impl std::fmt::Display) -> ScanError {
    ScanError::BadAnswer { host: host.to_owned(), why: why.to_string() }
}

/// The elements of a list, each still to be read by itself.
pub(super) fn list(host: &str, body: &[u8]) -> Result<Vec<serde_json::Value>, ScanError> {
    serde_json::from_slice(body).map_err(|err| {
        let said = said(body);
        if said.is_empty() { unreadable(host, err) } else { unreadable(host, said) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_is_found_and_made_one_short_line() {
        assert_eq!(said(br#"{"error":"Record not found"}"#), "Record not found");
        assert_eq!(said(br#"{"error":{"code":1},"message":"Bad\ncredentials"}"#), "Badcredentials");
        assert_eq!(said(br#"{"error_id":502,"error_message":"too many"}"#), "too many");
        for body in [&b"<html>busy</html>"[..], b"", b"null", b"[]", b"{}"] {
            assert_eq!(said(body), "");
        }
        let long = format!(r#"{{"error":"{}"}}"#, "ä".repeat(1_000));
        assert_eq!(said(long.as_bytes()).chars().count(), LONGEST);
        assert_eq!(named(401, "no"), "401: no");
        assert_eq!(named(502, ""), "502");
    }
}
