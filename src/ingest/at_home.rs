//! Records of platforms of many servers, asked for one by one, each where it comes from.

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use url::Url;

use super::http::{HttpError, PoliteClient};
use super::source::{Lookup, ScanError};
use crate::address::native_id;
use crate::model::{IncomingRecord, Platform, TombstoneReason};

/// Ids in one call; each is a request.
const BATCH: usize = 10;

/// A platform whose native ids are addresses at the servers that its records come from.
#[async_trait]
pub(super) trait AtHome: Send + Sync {
    const PLATFORM: Platform;

    /// The server that is asked in place of all others, if there is one. It ends with a slash.
    fn base(&self) -> Option<&Url>;

    /// The record at `permalink` as the server `base` tells it; `None` when nothing certain was learnt.
    async fn one(
        &self,
        http: &PoliteClient,
        base: &Url,
        permalink: &Url,
        now: DateTime<Utc>,
    ) -> Result<Option<IncomingRecord>, ScanError>;
}

#[async_trait]
impl<T: AtHome> Lookup for T {
    fn platform(&self) -> Platform {
        T::PLATFORM
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
        let mut silent = BTreeSet::new();
        for id in ids {
            // Records of an import may carry another spelling; only ours leads to where it stands.
            let ours = native_id(&T::PLATFORM, id).filter(|ours| ours == id);
            let Some(permalink) = ours.and_then(|id| Url::parse(&id).ok()) else { continue };
            let home = || permalink.join("/").ok();
            let Some(base) = self.base().cloned().or_else(home) else { continue };
            if silent.contains(base.authority()) {
                continue;
            }
            match self.one(http, &base, &permalink, now).await {
                Ok(record) => found.extend(record.filter(|record| record.native_id == *id)),
                Err(ScanError::Http(HttpError::Gone { .. })) => {
                    found.push(IncomingRecord::gone(T::PLATFORM, *id, TombstoneReason::Missing, now));
                }
                Err(ScanError::Http(err)) if err.is_silence() => {
                    silent.insert(base.authority().to_owned());
                }
                Err(_) => {}
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;
    use tokio::task::JoinSet;

    use super::*;
    use crate::ingest::testing::{now, settings};
    use crate::ingest::{HackerNewsLookup, LemmyLookup, MastodonLookup};

    #[tokio::test]
    async fn a_host_that_does_not_answer_is_asked_once_and_no_id_is_answered() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap();
        let base = Url::parse(&format!("http://{host}/")).unwrap();
        let (sender, mut asked) = tokio::sync::mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            loop {
                drop(listener.accept().await.unwrap());
                sender.send(()).unwrap();
            }
        });
        let http = PoliteClient::new(settings([host])).unwrap();
        let lookups: [(Box<dyn Lookup>, [&str; 3]); 3] = [
            (
                Box::new(MastodonLookup::new().at(base.clone())),
                ["https://reef.example/@ana/1", "https://dune.example/@bo/2", "https://reef.example/@ana/3"],
            ),
            (
                Box::new(LemmyLookup::new().at(base.clone())),
                [
                    "https://reef.example/post/1",
                    "https://dune.example/post/2",
                    "https://reef.example/comment/3",
                ],
            ),
            (Box::new(HackerNewsLookup::new().at(base.clone())), ["1", "2", "3"]),
        ];
        for (lookup, ids) in lookups {
            let found = lookup.look_up(&http, &ids, now()).await;
            assert!(found.is_err() || found.unwrap().is_empty());
            assert_eq!((asked.recv().await, asked.try_recv().is_err()), (Some(()), true), "{ids:?}");
        }
    }
}
