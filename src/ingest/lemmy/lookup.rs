//! Whether posts and comments still stand, asked at the servers they come from.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use url::Url;

use super::ask;
use super::view::{CommentView, PostView};
use crate::ingest::http::{HttpError, PoliteClient};
use crate::ingest::identity::native_id;
use crate::ingest::source::{Lookup, ScanError, Skipped};
use crate::model::{Engagement, IncomingRecord, Platform, SourceClass, TombstoneReason};

/// Ids in one call; each is a request.
const BATCH: usize = 10;

/// Asks for posts and comments by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LemmyLookup {
    base: Option<Url>,
}

/// What an address names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Post,
    Comment,
}

impl LemmyLookup {
    /// Asks each record's own server.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks one server for all of them. `base` ends with a slash.
    #[must_use]
    pub fn at(mut self, base: Url) -> Self {
        self.base = Some(base);
        self
    }

    /// The record `id` as its server tells it; `None` when nothing certain was learnt.
    async fn one(&self, http: &PoliteClient, id: &str, now: DateTime<Utc>) -> Option<IncomingRecord> {
        let permalink = Url::parse(id).ok()?;
        let (kind, local) = local_id(&permalink)?;
        let host = permalink.host_str()?.to_owned();
        let base = self.base.clone().or_else(|| permalink.join("/").ok())?;
        let path = match kind {
            Kind::Post => "api/v3/post",
            Kind::Comment => "api/v3/comment",
        };
        let mut url = base.join(path).ok()?;
        url.query_pairs_mut().append_pair("id", local);
        let answer = match ask(http, &host, url, now).await {
            Ok(answer) => answer,
            Err(ScanError::Http(HttpError::Gone { .. })) => return Some(gone(id, &host, now)),
            Err(_) => return None,
        };
        match answer.said.as_str() {
            "" => {}
            "couldnt_find_post" | "couldnt_find_comment" | "not_found" => return Some(gone(id, &host, now)),
            _ => return None,
        }
        if answer.response.status >= 400 {
            return None;
        }
        let record = read(kind, &answer.response.body, &host)?.ok()?;
        (record.native_id == id).then_some(record)
    }
}

/// The id at its own server, by the addresses that Lemmy gives.
fn local_id(permalink: &Url) -> Option<(Kind, &str)> {
    let path: Vec<&str> = permalink.path_segments()?.filter(|part| !part.is_empty()).collect();
    let (kind, id) = match path.as_slice() {
        ["post", id] => (Kind::Post, id),
        ["comment", id] => (Kind::Comment, id),
        _ => return None,
    };
    (!id.is_empty() && id.len() <= 20 && id.bytes().all(|b| b.is_ascii_digit())).then_some((kind, *id))
}

fn read(kind: Kind, body: &[u8], host: &str) -> Option<Result<IncomingRecord, Skipped>> {
    #[derive(Deserialize)]
    struct OnePost {
        post_view: PostView,
    }
    #[derive(Deserialize)]
    struct OneComment {
        comment_view: CommentView,
    }
    Some(match kind {
        Kind::Post => serde_json::from_slice::<OnePost>(body).ok()?.post_view.into_record(host),
        Kind::Comment => serde_json::from_slice::<OneComment>(body).ok()?.comment_view.into_record(host),
    })
}

fn gone(id: &str, host: &str, now: DateTime<Utc>) -> IncomingRecord {
    IncomingRecord {
        platform: Platform::Lemmy,
        native_id: id.to_owned(),
        class: SourceClass::default_for(&Platform::Lemmy),
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
        deleted: Some(TombstoneReason::Missing),
    }
}

#[async_trait]
impl Lookup for LemmyLookup {
    fn platform(&self) -> Platform {
        Platform::Lemmy
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
            if native_id(&Platform::Lemmy, id).as_deref() == Some(*id) {
                found.extend(self.one(http, id, now).await);
            }
        }
        Ok(found)
    }
}
