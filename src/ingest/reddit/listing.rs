//! Listings, and the ways in which Reddit refuses one.

use serde::Deserialize;

use super::auth::refused;
use crate::ingest::http::{HttpError, Response};
use crate::ingest::source::ScanError;

/// A page of things, each still to be read by itself.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) children: Vec<serde_json::Value>,
    /// What to ask for next; none at the end.
    pub(super) after: Option<String>,
}

/// The listing of an answer about `what`.
pub(super) fn listing(answer: &Response, what: &str) -> Result<Listing, ScanError> {
    #[derive(Deserialize)]
    struct Whole {
        data: Option<Data>,
        error: Option<u16>,
    }
    #[derive(Deserialize)]
    struct Data {
        children: Vec<serde_json::Value>,
        after: Option<String>,
    }
    if answer.status >= 300 {
        return Err(refusal(answer.status, answer, what));
    }
    let bad = |why: String| ScanError::BadAnswer {
        host: answer.url.host_str().unwrap_or_default().to_owned(),
        why,
    };
    let whole: Whole = serde_json::from_slice(&answer.body).map_err(|err| bad(err.to_string()))?;
    match whole {
        Whole { data: Some(data), .. } => {
            Ok(Listing { children: data.children, after: data.after.filter(|after| !after.is_empty()) })
        }
        Whole { error: Some(status), .. } => Err(refusal(status, answer, what)),
        Whole { .. } => Err(bad("it is no listing".to_owned())),
    }
}

/// What a refusal means. Its body may be JSON, HTML, plain text or nothing.
fn refusal(status: u16, answer: &Response, what: &str) -> ScanError {
    #[derive(Default, Deserialize)]
    struct Told {
        reason: Option<String>,
    }
    let told: Told = serde_json::from_slice(&answer.body).unwrap_or_default();
    let why = match (status, told.reason.as_deref()) {
        (_, Some("private")) => "it is private",
        (_, Some("quarantined")) => "it is quarantined, and what is there is not read",
        (_, Some("banned")) => "Reddit has banned it",
        (_, Some("gold_only")) => "it is for paying members only",
        (403, _) => {
            "Reddit forbids it (403): it is private or quarantined, or Reddit blocks this machine, application or \
             `user_agent`"
        }
        (404, _) => "there is none of this name (404); check `subreddit` in the topic file",
        (_, _) => return HttpError::Status { url: answer.url.to_string(), status }.into(),
    };
    refused(what, why)
}
