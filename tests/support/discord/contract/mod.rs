//! What Discord's published description of its API says about a request and an answer.

use serde_json::Value;

/// What is wrong with a request; empty if nothing is.
pub(crate) fn check_request(_method: &str, _path: &str, _body: &Value) -> Vec<String> {
    Vec::new()
}

/// What is wrong with an answer of the local Discord; empty if nothing is.
pub(crate) fn check_response(_method: &str, _path: &str, _status: u16, _body: &Value) -> Vec<String> {
    Vec::new()
}
