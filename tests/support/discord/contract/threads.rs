//! Threads, forum posts and the settings of channels.

use std::collections::BTreeSet;

use serde_json::Value;

use super::limits::{at_most, number, required};
use super::report::Report;
use super::route::Route;
use super::{message, second};

/// A new thread or forum post.
pub(super) fn check(route: Route, body: &Value, report: &mut Report) {
    let is_post = body.get("message").is_some() || body.get("applied_tags").is_some();
    let known: &[&str] = match route {
        Route::ThreadFromMessage => &["name", "auto_archive_duration", "rate_limit_per_user"],
        _ if is_post => &["name", "auto_archive_duration", "rate_limit_per_user", "applied_tags", "message"],
        _ => &["name", "auto_archive_duration", "rate_limit_per_user", "type", "invitable"],
    };
    report.only(body, "thread", known);
    required(&body["name"], "thread.name", 100, report);
    second::check_thread_name(&body["name"], report);
    check_common(body, report);
    if route != Route::ThreadCreate {
        return;
    }
    if is_post {
        report.expect(body["message"].is_object(), "post without a message", &body["name"]);
        message::check_starter(&body["message"], report);
    } else {
        // Left out, Discord makes a private thread of it.
        report.expect(matches!(body["type"].as_u64(), Some(10..=12)), "thread.type", &body["type"]);
    }
}

/// Other settings for a channel or thread.
pub(super) fn check_edit(body: &Value, report: &mut Report) {
    if !body["name"].is_null() {
        required(&body["name"], "channel.name", 100, report);
    }
    check_common(body, report);
    for tag in at_most(&body["available_tags"], "available_tags", 20, report) {
        required(&tag["name"], "tag.name", 20, report);
    }
}

fn check_common(body: &Value, report: &mut Report) {
    let archive = &body["auto_archive_duration"];
    let known = matches!(archive.as_u64(), Some(60 | 1_440 | 4_320 | 10_080));
    report.expect(archive.is_null() || known, "auto_archive_duration", archive);
    number(&body["rate_limit_per_user"], "rate_limit_per_user", 0, 21_600, report);
    let mut seen = BTreeSet::new();
    for tag in at_most(&body["applied_tags"], "applied_tags", 5, report) {
        report.expect(tag.as_str().is_some_and(|t| t.parse::<u64>().is_ok()), "applied tag", tag);
        report.expect(seen.insert(tag.to_string()), "applied tag", format!("{tag} twice"));
    }
}
