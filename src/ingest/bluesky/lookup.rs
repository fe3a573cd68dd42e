//! Whether posts still stand.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use super::uri::{PostUri, is_did, is_handle, parts};
use super::view::View;
use super::xrpc::{Service, list};
use crate::ingest::http::PoliteClient;
use crate::ingest::source::{Lookup, ScanError};
use crate::model::{IncomingRecord, Platform, TombstoneReason};

/// Posts in one question; the most that is allowed.
const BATCH: usize = 25;

/// Asks the public AppView for posts.
#[derive(Clone, Debug, Default)]
pub struct BlueskyLookup {
    service: Service,
}

impl BlueskyLookup {
    /// The public AppView, which asks for no account.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks another server that speaks the same API. `base` ends with a slash.
    #[must_use]
    pub fn at(mut self, base: Url) -> Self {
        self.service.base = Some(base);
        self
    }

    /// The DIDs of handles. Archives name authors so, and the AppView knows posts by DID only: it would take every
    /// such post for gone.
    async fn dids(
        &self,
        http: &PoliteClient,
        handles: &BTreeSet<&str>,
        now: DateTime<Utc>,
    ) -> Result<BTreeMap<String, String>, ScanError> {
        if handles.is_empty() {
            return Ok(BTreeMap::new());
        }
        let params: Vec<(&str, &str)> = handles.iter().map(|handle| ("actors", *handle)).collect();
        let answer = self.service.ask(http, "app.bsky.actor.getProfiles", &params, now).await?;
        let answer = answer.map_err(|refusal| refusal.into_error(""))?;
        let pair = |profile: &Value| {
            let text = |name: &str| profile.get(name).and_then(Value::as_str);
            let did = text("did").filter(|did| is_did(did))?;
            Some((text("handle")?.to_ascii_lowercase(), did.to_owned()))
        };
        Ok(list(&self.service, &answer, "profiles")?.iter().filter_map(pair).collect())
    }
}

#[async_trait]
impl Lookup for BlueskyLookup {
    fn platform(&self) -> Platform {
        Platform::Bluesky
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
        let ids = ids.get(..BATCH).unwrap_or(ids);
        let handles = ids.iter().filter_map(|id| parts(id)).map(|(account, _)| account);
        let handles: BTreeSet<&str> = handles.filter(|account| is_handle(account)).collect();
        let dids = self.dids(http, &handles, now).await?;
        // What is asked for, by the address that the server knows. An id that is no post's address is not asked for.
        let mut asked: BTreeMap<String, &str> = BTreeMap::new();
        for id in ids {
            let Some((account, key)) = parts(id) else { continue };
            let did = dids.get(&account.to_ascii_lowercase()).map_or(account, String::as_str);
            asked.extend(PostUri::new(did, key).map(|uri| (uri.to_string(), *id)));
        }
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let params: Vec<(&str, &str)> = asked.keys().map(|uri| ("uris", uri.as_str())).collect();
        let answer = self.service.ask(http, "app.bsky.feed.getPosts", &params, now).await?;
        let answer = answer.map_err(|refusal| refusal.into_error(""))?;
        let mut found = Vec::new();
        for (n, item) in list(&self.service, &answer, "posts")?.iter().enumerate() {
            // What stands, but not in a shape that we can read, is neither told anew nor taken for gone.
            let Some(id) = item.get("uri").and_then(Value::as_str).and_then(|uri| asked.remove(uri)) else {
                continue;
            };
            let Ok(view) = View::of(item, n + 1) else { continue };
            match view.objection(now) {
                Some(objection) => {
                    found.push(IncomingRecord::gone(Platform::Bluesky, id, objection.reason, now));
                }
                None => found.extend(
                    view.record().map(|record| IncomingRecord { native_id: id.to_owned(), ..record }),
                ),
            }
        }
        // The server leaves out what was deleted, taken down or hidden, and does not say which.
        let missing = asked.into_values();
        found.extend(
            missing.map(|id| IncomingRecord::gone(Platform::Bluesky, id, TombstoneReason::Missing, now)),
        );
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
