//! A feed's document from a file: where it came from is only known by what it says itself.

use chrono::{DateTime, Utc};
use url::Url;

use super::decode::decode;
use super::parse::{read, records};
use super::{FeedError, FeedOrigin, ParsedFeed};
use crate::ingest::source::Skipped;
use crate::model::{Platform, SourceClass};

/// Stands for an address that nobody knows. No host is ever called so (RFC 2606).
const UNKNOWN: &str = "https://feed.invalid/";

/// Reads a saved document. The address that it gives itself, else that of its site, stands for the feed; entries whose
/// own address cannot be known are skipped.
pub fn parse_saved(bytes: &[u8], now: DateTime<Utc>) -> Result<ParsedFeed, FeedError> {
    let text = decode(bytes, None);
    let unknown = Url::parse(UNKNOWN).map_err(|err| FeedError::Malformed(err.to_string()))?;
    let first = read(&text, &unknown)?;
    let known = |url: &Url| url.host() != unknown.host();
    let address =
        first.itself.as_ref().filter(|url| known(url)).or(first.site.as_ref().filter(|url| known(url)));
    let address = address.cloned();
    // Relative links are read again from where they start.
    let feed = match &address {
        Some(address) => read(&text, address)?,
        None => first,
    };
    let url = address.unwrap_or(unknown);
    let origin = FeedOrigin {
        known_as: url.clone(),
        url,
        name: String::new(),
        class: SourceClass::default_for(&Platform::Feed),
    };
    let mut parsed = records(feed, &origin, now);
    if origin.url.as_str() == UNKNOWN {
        let all = std::mem::take(&mut parsed.records);
        for (n, mut record) in all.into_iter().enumerate() {
            if record.permalink.starts_with(UNKNOWN) {
                let what = format!("entry {}", n + 1);
                parsed.skipped.push(Skipped::new(what, "its address is not known, nor that of its feed"));
            } else {
                if parsed.title.is_none() {
                    let host =
                        Url::parse(&record.permalink).ok().and_then(|url| url.host_str().map(str::to_owned));
                    record.venue = host.unwrap_or_default();
                }
                parsed.records.push(record);
            }
        }
    }
    Ok(parsed)
}
