//! Whether posts and comments still stand, asked at the servers they come from.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use url::Url;

use super::ask;
use super::view::{Addresses, CommentView, PostView};
use crate::ingest::at_home::AtHome;
use crate::ingest::http::PoliteClient;
use crate::ingest::refusal;
use crate::ingest::source::{ScanError, Skipped};
use crate::model::{IncomingRecord, Platform, TombstoneReason};

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
}

#[async_trait]
impl AtHome for LemmyLookup {
    const PLATFORM: Platform = Platform::Lemmy;

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
        let (Some((kind, local)), Some(host)) = (local_id(permalink), permalink.host_str()) else {
            return Ok(None);
        };
        let path = match kind {
            Kind::Post => "api/v3/post",
            Kind::Comment => "api/v3/comment",
        };
        let mut url = base.join(path).map_err(|err| refusal::unreadable(host, err))?;
        url.query_pairs_mut().append_pair("id", local);
        let answer = ask(http, host, url, now).await?;
        Ok(match answer.said.as_str() {
            "" if answer.response.status < 400 => {
                read(kind, &answer.response.body, host).and_then(Result::ok)
            }
            "couldnt_find_post" | "couldnt_find_comment" | "not_found" => {
                Some(IncomingRecord::gone(Platform::Lemmy, permalink.as_str(), TombstoneReason::Missing, now))
            }
            _ => None,
        })
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
        Kind::Comment => {
            let one = serde_json::from_slice::<OneComment>(body).ok()?;
            one.comment_view.into_record(host, &Addresses::new())
        }
    })
}
