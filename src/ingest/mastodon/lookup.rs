//! Whether statuses still stand, asked at the servers they come from.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use url::Url;

use super::status::{self, Read};
use crate::ingest::http::{Get, HttpError, PoliteClient};
use crate::ingest::identity::native_id;
use crate::ingest::refusal;
use crate::ingest::source::{Lookup, ScanError};
use crate::model::{Engagement, IncomingRecord, Platform, SourceClass, TombstoneReason};

/// Ids in one call. Each is a request, for only the newest servers can be asked for several at once, and they leave out
/// what they may not show as well as what is gone.
const BATCH: usize = 10;

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

    /// The status `id` as its server tells it; `None` when nothing certain was learnt.
    async fn one(&self, http: &PoliteClient, id: &str, now: DateTime<Utc>) -> Option<IncomingRecord> {
        let permalink = Url::parse(id).ok()?;
        let local = local_id(&permalink)?;
        let host = permalink.host_str()?.to_owned();
        let base = self.base.clone().or_else(|| permalink.join("/").ok())?;
        let url = base.join("api/v1/statuses/").and_then(|url| url.join(local)).ok()?;
        let answer = http.get(&Get { read_refusals: true, ..Get::new(url) }, now).await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(HttpError::Gone { .. }) => return Some(gone(id, &host, TombstoneReason::Missing, now)),
            Err(_) => return None,
        };
        match answer.status {
            // A page that is no answer of the API says that the server is another one now, not what became of this.
            404 if !refusal::said(&answer.body).is_empty() => {
                Some(gone(id, &host, TombstoneReason::Missing, now))
            }
            200..=299 => {
                let status: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
                match status::read(&status, &host, &host) {
                    Read::Record(record) => (record.native_id == id).then_some(*record),
                    Read::OptedOut(_) => Some(gone(id, &host, TombstoneReason::Request, now)),
                    Read::Skipped(_) => None,
                }
            }
            _ => None,
        }
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

fn gone(id: &str, host: &str, reason: TombstoneReason, now: DateTime<Utc>) -> IncomingRecord {
    IncomingRecord {
        platform: Platform::Mastodon,
        native_id: id.to_owned(),
        class: SourceClass::default_for(&Platform::Mastodon),
        permalink: id.to_owned(),
        author: None,
        venue: host.to_owned(),
        published_at: now,
        archived_seen_at: None,
        edited_at: None,
        title: None,
        body: String::new(),
        tags: Vec::new(),
        engagement: Engagement::default(),
        deleted: Some(reason),
    }
}

#[async_trait]
impl Lookup for MastodonLookup {
    fn platform(&self) -> Platform {
        Platform::Mastodon
    }

    fn batch(&self) -> usize {
        BATCH
    }

    async fn look_up(
        &self,
        http: &PoliteClient,
        ids: &[&str],
        now: DateTime<Utc>,
    ) -> Result<Vec<IncomingRecord>, ScanError> {
        let mut found = Vec::new();
        for id in ids {
            // Records of an import may carry another spelling; only ours leads to where it stands.
            if native_id(&Platform::Mastodon, id).as_deref() == Some(*id) {
                found.extend(self.one(http, id, now).await);
            }
        }
        Ok(found)
    }
}
