//! Lemmy: the posts and comments of a community.

mod lookup;
mod place;
mod source;
#[cfg(test)]
mod tests;
mod view;

pub use lookup::LemmyLookup;
pub use source::LemmySource;

use super::http::{Get, HttpError, PoliteClient, Response};
use super::refusal;
use super::source::ScanError;
use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

/// Lemmy counts requests by the minute and does not say when the minute is over.
const RATE_LIMIT_WAIT: Duration = Duration::from_mins(1);

/// Asks, and reads a refusal's name. Servers say "too many" also with status 400.
async fn ask(http: &PoliteClient, host: &str, url: Url, now: DateTime<Utc>) -> Result<Answer, ScanError> {
    let answer = http.get(&Get { read_refusals: true, ..Get::new(url) }, now).await?;
    let said = refusal::said(&answer.body);
    if matches!(said.as_str(), "rate_limit_error" | "rate_limit_exceeded" | "too_many_requests") {
        return Err(HttpError::RateLimited { host: host.to_owned(), wait: RATE_LIMIT_WAIT }.into());
    }
    Ok(Answer { response: answer, said })
}

/// An answer with what it says when it is a refusal.
struct Answer {
    response: Response,
    /// The name of the error: `couldnt_find_post`; empty when it is none.
    said: String,
}
