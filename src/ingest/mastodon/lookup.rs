//! Whether statuses still stand, asked at the servers they come from.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use url::Url;

use super::status::{self, Addresses, Read};
use crate::ingest::at_home::AtHome;
use crate::ingest::http::{Get, PoliteClient};
use crate::ingest::refusal;
use crate::ingest::source::ScanError;
use crate::model::{IncomingRecord, Platform, TombstoneReason};

/// Asks for statuses by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MastodonLookup {
    base: Option<Url>,
}

impl MastodonLookup {
    /// Asks each status's own server.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks one server for all of them. `base` ends with a slash.
    #[must_use]
    pub fn at(mut self, base: Url) -> Self {
        self.base = Some(base);
        self
    }
}

#[async_trait]
impl AtHome for MastodonLookup {
    const PLATFORM: Platform = Platform::Mastodon;

    fn base(&self) -> Option<&Url> {
        self.base.as_ref()
    }

    async fn one(
        &self,
        http: &PoliteClient,
        base: &Url,
        permalink: &Url,
        now: DateTime<Utc>,
    ) -> Result<Option<IncomingRecord>, ScanError> {
        let (Some(local), Some(host)) = (local_id(permalink), permalink.host_str()) else { return Ok(None) };
        // One by one: only the newest servers can be asked for several at once, and they leave out what they may not show
        // as well as what is gone.
        let url = base.join("api/v1/statuses/").and_then(|url| url.join(local));
        let url = url.map_err(|err| refusal::unreadable(host, err))?;
        let answer = http.get(&Get { read_refusals: true, ..Get::new(url) }, now).await?;
        let gone = |reason| Some(IncomingRecord::gone(Platform::Mastodon, permalink.as_str(), reason, now));
        Ok(match answer.status {
            // A page that is no answer of the API says that the server is another one now, not what became of this.
            404 if !refusal::said(&answer.body).is_empty() => gone(TombstoneReason::Missing),
            200..=299 => {
                let status = serde_json::from_slice(&answer.body);
                match status::read(
                    &status.map_err(|err| refusal::unreadable(host, err))?,
                    host,
                    host,
                    &Addresses::new(),
                ) {
                    Read::Record(record) => Some(*record),
                    Read::OptedOut(_) => gone(TombstoneReason::Request),
                    Read::Skipped(_) => None,
                }
            }
            _ => None,
        })
    }
}

/// The id at its own server, by the addresses that Mastodon, GoToSocial and Pleroma give.
fn local_id(permalink: &Url) -> Option<&str> {
    let path: Vec<&str> = permalink.path_segments()?.filter(|part| !part.is_empty()).collect();
    let id = match path.as_slice() {
        [name, id] | [name, "statuses", id] if name.starts_with('@') => id,
        ["notice", id] | ["ap", "users", _, "statuses", id] => id,
        _ => return None,
    };
    (id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(*id)
}
