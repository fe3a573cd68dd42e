//! arXiv by its API, which needs no key, is brought up to date once a day, and wants three seconds between requests.

mod atom;
mod lookup;
mod paper;
mod source;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use std::time::Duration;
use url::Url;

use self::atom::Feed;
use super::http::at_service;
use super::http::{Get, HttpError, PoliteClient};
use super::source::ScanError;

pub use lookup::ArxivLookup;
pub use source::ArxivSource;

/// The service.
const BASE: &str = "https://export.arxiv.org/api/";

/// The wait when arXiv says "too many" in the text of an answer only.
const RATE_EXCEEDED_WAIT: Duration = Duration::from_mins(5);

/// Asks the API. A refusal is a feed too, with one entry that says why.
async fn ask(
    http: &PoliteClient,
    base: Option<&Url>,
    fields: &[(&str, &str)],
    what: &str,
    now: DateTime<Utc>,
) -> Result<Feed, ScanError> {
    let mut url = at_service(base, BASE, "query")?;
    url.query_pairs_mut().extend_pairs(fields);
    let host = url.host_str().unwrap_or_default().to_owned();
    let mut get = Get::new(url);
    get.read_refusals = true;
    let answer = http.get(&get, now).await?;
    let text = String::from_utf8_lossy(&answer.body);
    let feed = match atom::read(&text) {
        Ok(feed) => feed,
        Err(_) if text.trim_start().starts_with("Rate exceeded") => {
            return Err(HttpError::RateLimited { host, wait: RATE_EXCEEDED_WAIT }.into());
        }
        Err(_) if answer.status >= 400 => {
            return Err(HttpError::Status { url: answer.url.to_string(), status: answer.status }.into());
        }
        Err(why) => return Err(ScanError::BadAnswer { host, why }),
    };
    if let Some(told) = feed.entries.iter().find_map(atom::Entry::error) {
        let why = format!("arXiv says \"{told}\"; check the source in the topic file");
        return Err(ScanError::Refused { what: what.to_owned(), why });
    }
    if answer.status >= 400 {
        return Err(HttpError::Status { url: answer.url.to_string(), status: answer.status }.into());
    }
    Ok(feed)
}
