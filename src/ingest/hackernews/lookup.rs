//! Whether records of Hacker News still stand, by its own service.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use super::item::item;
use crate::ingest::http::at_service;
use crate::ingest::http::{Get, PoliteClient};
use crate::ingest::source::{Lookup, ScanError};
use crate::model::{IncomingRecord, Platform, TombstoneReason};

/// The service.
const BASE: &str = "https://hacker-news.firebaseio.com/v0/";

/// Each is a request of its own.
const BATCH: usize = 10;

/// An item that is not there yet looks like one that is gone. So many newer ones (half a day of them) tell the two apart.
const FRESH: u64 = 5_000;

/// Asks Hacker News for stories and comments by their numbers.
#[derive(Clone, Debug, Default)]
pub struct HackerNewsLookup {
    base: Option<Url>,
}

impl HackerNewsLookup {
    /// A lookup at Hacker News itself.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks another server that speaks the same API. `base` ends with a slash.
    #[must_use]
    pub fn at(mut self, base: Url) -> Self {
        self.base = Some(base);
        self
    }

    async fn get(&self, http: &PoliteClient, path: &str, now: DateTime<Utc>) -> Result<Value, ScanError> {
        let url = at_service(self.base.as_ref(), BASE, path)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let answer = http.get(&Get::new(url), now).await?;
        serde_json::from_slice(&answer.body)
            .map_err(|err| ScanError::BadAnswer { host, why: err.to_string() })
    }

    /// What is certain of one id.
    async fn one(
        &self,
        http: &PoliteClient,
        id: &str,
        newest: &mut Option<u64>,
        now: DateTime<Utc>,
    ) -> Result<Option<IncomingRecord>, ScanError> {
        let number = id.parse::<u64>().ok().filter(|number| number.to_string() == id);
        let Some(number) = number else { return Ok(None) };
        let value = self.get(http, &format!("item/{number}.json"), now).await?;
        if !value.is_null() {
            return Ok(item(&value).ok().filter(|record| record.native_id == id));
        }
        if newest.is_none() {
            *newest = self.get(http, "maxitem.json", now).await?.as_u64();
        }
        let old = newest.is_some_and(|newest| number.saturating_add(FRESH) < newest);
        let missing = || IncomingRecord::gone(Platform::HackerNews, id, TombstoneReason::Missing, now);
        Ok(old.then(missing))
    }
}

#[async_trait]
impl Lookup for HackerNewsLookup {
    fn platform(&self) -> Platform {
        Platform::HackerNews
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
        let mut records = Vec::new();
        let mut newest = None;
        let mut failure = None;
        for id in ids.iter().take(BATCH) {
            match self.one(http, id, &mut newest, now).await {
                Ok(found) => records.extend(found),
                Err(err) => {
                    let silence = matches!(&err, ScanError::Http(err) if err.is_silence());
                    failure = Some(err);
                    if silence {
                        break;
                    }
                }
            }
        }
        match failure {
            Some(err) if records.is_empty() => Err(err),
            // What was learnt is not thrown away; the rest is asked for another time.
            Some(_) | None => Ok(records),
        }
    }
}
