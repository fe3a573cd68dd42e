//! What Discord takes and gives: every request and every answer is held against three readings of its contract.
//!
//! 1. Rules of ours, from the written documentation, and one of our own: nothing that newsdesk sends can ping.
//! 2. The official OpenAPI document, where it lies beside the checkout. It is data, not part of this repository.
//! 3. `twilight-validate`, another client's reading.
//!
//! A violation is one line that begins with the name of the rule.

mod commands;
mod components;
mod document;
mod interactions;
mod limits;
mod message;
mod report;
mod route;
mod second;
mod threads;

use serde_json::Value;

pub(crate) use document::document;
use report::Report;
use route::Route;

/// What is wrong with a request. `path` may have `/api/v10` in front and a query behind; `body` is the JSON body, for
/// multipart its `payload_json`, `Null` without one.
pub(crate) fn check_request(method: &str, path: &str, body: &Value) -> Vec<String> {
    let segments = route::segments(path);
    let mut report = Report::default();
    for open in segments.iter().filter(|segment| segment.contains(['{', '}'])) {
        report.add("open path", open);
    }
    let route = Route::of(method, &segments);
    match route {
        Route::MessageCreate | Route::FollowUp | Route::MessageEdit | Route::AnswerEdit => {
            message::check(route, body, &mut report);
        }
        Route::Callback => interactions::check(body, &mut report),
        Route::ThreadFromMessage | Route::ThreadCreate => threads::check(route, body, &mut report),
        Route::ChannelEdit => threads::check_edit(body, &mut report),
        Route::CommandsPut => commands::check_all(body, &mut report),
        Route::CommandWrite => commands::check(body, method == "PATCH", &mut report),
        Route::Other => {}
    }
    if let Some(document) = document() {
        document.check_request(method, &segments, body, &mut report);
    }
    report.finish()
}

/// What is wrong with an answer of the server.
pub(crate) fn check_response(method: &str, path: &str, status: u16, body: &Value) -> Vec<String> {
    let segments = route::segments(path);
    let mut report = Report::default();
    if status == 204 && !body.is_null() {
        report.add("204 with a body", body);
    }
    // What is not found is no operation, and Discord answers it in the same shape.
    if (400..500).contains(&status) {
        if !(body["code"].is_number() && body["message"].is_string()) {
            report.add("error shape", body);
        }
        let is_429 = body["retry_after"].is_number() && body["global"].is_boolean();
        if status == 429 && !is_429 {
            report.add("rate limit shape", body);
        }
    }
    if let Some(document) = document() {
        document.check_response(method, &segments, status, body, &mut report);
    }
    report.finish()
}
