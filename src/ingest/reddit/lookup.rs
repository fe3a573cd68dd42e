//! Whether records of Reddit still stand.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::auth::RedditAccess;
use super::listing::listing;
use super::thing::{full_name, name_in, stored_thing};
use crate::ingest::http::PoliteClient;
use crate::ingest::source::{Lookup, ScanError};
use crate::model::{IncomingRecord, Platform, TombstoneReason};

/// The most that one request may ask for.
const BATCH: usize = 100;

/// Asks Reddit for posts and comments by their names.
///
/// What Reddit does not send is gone. A comment that moderators removed may still come with its text; whether its thread
/// still shows it would take a request for each, and is not asked.
#[derive(Clone, Debug)]
pub struct RedditLookup {
    access: Arc<RedditAccess>,
}

impl RedditLookup {
    /// A lookup with this access.
    pub fn new(access: Arc<RedditAccess>) -> Self {
        Self { access }
    }
}

#[async_trait]
impl Lookup for RedditLookup {
    fn platform(&self) -> Platform {
        Platform::Reddit
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
        // A name that Reddit cannot know would not come back, and that would look like a deletion.
        let asked: Vec<&str> =
            ids.iter().copied().filter(|id| full_name(id).as_deref() == Some(*id)).take(BATCH).collect();
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let what = "the records asked for";
        let names = asked.join(",");
        let answer = self
            .access
            .get(http, "api/info", &[("id", names.as_str()), ("raw_json", "1")], what, now)
            .await?;
        let listing = listing(&answer, what)?;
        let mut came = BTreeSet::new();
        let mut records = Vec::new();
        let mut unnamed = false;
        for child in &listing.children {
            let name = name_in(child).map(str::to_ascii_lowercase);
            match name {
                Some(name) => came.extend([format!("t1_{name}"), format!("t3_{name}"), name]),
                None => unnamed = true,
            }
            if let Ok(record) = stored_thing(child)
                && asked.contains(&record.native_id.as_str())
            {
                came.insert(record.native_id.clone());
                records.push(record);
            }
        }
        if unnamed {
            // It may be any of those that seem to be missing.
            return Ok(records);
        }
        let missing = asked.into_iter().filter(|id| !came.contains(*id));
        records.extend(
            missing.map(|id| IncomingRecord::gone(Platform::Reddit, id, TombstoneReason::Missing, now)),
        );
        Ok(records)
    }
}
