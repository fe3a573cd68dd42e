//! A community on one server.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::place::{List, Place, Seen};
use super::view::{Addresses, CommentView, PostView};
use super::{Answer, ask};
use crate::ingest::http::at_service;
use crate::ingest::http::{HttpError, PoliteClient};
use crate::ingest::refusal;
use crate::ingest::source::{Budget, Page, ScanError, Skipped, Source, SourceCursor};
use crate::store::SourceState;

/// Entries asked for at once, the most that servers give.
const PER_PAGE: usize = 50;

/// Least time between two scans.
const MIN_INTERVAL: Duration = Duration::from_mins(5);

/// Posts and comments of a community, as one server knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LemmySource {
    /// The server's host.
    pub instance: String,
    /// The community's name there.
    pub community: String,
    base: Option<Url>,
}

impl LemmySource {
    /// The community `community` of the server `instance`.
    pub fn new(instance: &str, community: &str) -> Self {
        Self { instance: instance.to_owned(), community: community.to_owned(), base: None }
    }

    /// Asks another server in its place. `base` ends with a slash.
    #[must_use]
    pub fn at(mut self, base: Url) -> Self {
        self.base = Some(base);
        self
    }

    fn address(&self, list: List, page: Option<&str>) -> Result<Url, HttpError> {
        let (path, page_key) = match list {
            List::Posts => ("api/v3/post/list", "page_cursor"),
            // Comments have no cursor in this version of the API. What is new meanwhile moves the others to later
            // pages, so that none is missed.
            List::Comments => ("api/v3/comment/list", "page"),
        };
        let mut url = at_service(self.base.as_ref(), &format!("https://{}/", self.instance), path)?;
        url.query_pairs_mut()
            .append_pair("community_name", &self.community)
            .append_pair("type_", "All")
            .append_pair("sort", "New")
            .append_pair("limit", &PER_PAGE.to_string());
        if let Some(page) = page {
            url.query_pairs_mut().append_pair(page_key, page);
        }
        Ok(url)
    }

    fn refused(&self, answer: &Answer) -> ScanError {
        let (status, name) = (answer.response.status, answer.said.as_str());
        let said = refusal::named(status, name);
        let why = match name {
            "couldnt_find_community" => {
                format!("it knows no community `{}` ({said}); check `community`", self.community)
            }
            "instance_is_private" | "not_logged_in" | "incorrect_login" => {
                format!("it shows communities to its members only ({said}); choose another `instance`")
            }
            "" if status == 404 => {
                format!("it does not speak version 3 of Lemmy's API ({said}); check `instance`")
            }
            _ => format!("it refuses ({said})"),
        };
        ScanError::Refused { what: self.instance.clone(), why }
    }
}

#[derive(Deserialize)]
struct Posts {
    posts: Vec<Value>,
    next_page: Option<String>,
}

#[derive(Deserialize)]
struct Comments {
    comments: Vec<Value>,
}

#[async_trait]
impl Source for LemmySource {
    fn id(&self) -> String {
        format!("lemmy:{}:{}", self.instance, self.community.to_lowercase())
    }

    fn kind(&self) -> &'static str {
        "lemmy"
    }

    fn min_interval(&self) -> Duration {
        MIN_INTERVAL
    }

    async fn scan(
        &self,
        http: &PoliteClient,
        state: &SourceState,
        _budget: Budget,
        now: DateTime<Utc>,
    ) -> Result<Page, ScanError> {
        let place: Place = SourceCursor::kept(state).unwrap_or_default();
        let url = self.address(place.turn, place.page())?;
        let answer = ask(http, &self.instance, url, now).await?;
        if answer.response.status >= 400 {
            // Pages are named by a post, and posts go.
            let lost = place.turn == List::Posts && place.page().is_some();
            if lost
                && matches!(
                    answer.said.as_str(),
                    "couldnt_find_post" | "couldnt_parse_pagination_token" | "not_found"
                )
            {
                return Ok(Page { next: SourceCursor::keeping(&place.without_walk()), ..Page::default() });
            }
            return Err(self.refused(&answer));
        }
        let venue = format!("{}@{}", self.community, self.instance);
        let unreadable = |err: serde_json::Error| {
            let said = answer.said.as_str();
            if said.is_empty() { refusal::unreadable(&self.instance, err) } else { self.refused(&answer) }
        };
        let body = answer.response.body.as_slice();
        let mut page = Page::default();
        let mut seen = Seen::default();
        match place.turn {
            List::Posts => {
                let posts: Posts = serde_json::from_slice(body).map_err(unreadable)?;
                for (n, post) in posts.posts.iter().enumerate() {
                    match PostView::deserialize(post) {
                        Ok(post) => {
                            seen.times.extend(post.time());
                            page.take(post.into_record(&venue));
                        }
                        Err(err) => {
                            page.skipped.push(Skipped::new(format!("post {}", n + 1), err.to_string()));
                        }
                    }
                }
                seen.next = posts.next_page.filter(|_| !posts.posts.is_empty());
            }
            List::Comments => {
                let comments: Comments = serde_json::from_slice(body).map_err(unreadable)?;
                let read: Vec<_> = comments.comments.iter().map(CommentView::deserialize).collect();
                let beside: Addresses = read.iter().flatten().filter_map(CommentView::place).collect();
                for (n, comment) in read.into_iter().enumerate() {
                    match comment {
                        Ok(comment) => {
                            seen.times.extend(comment.time());
                            page.take(comment.into_record(&venue, &beside));
                        }
                        Err(err) => {
                            page.skipped.push(Skipped::new(format!("comment {}", n + 1), err.to_string()));
                        }
                    }
                }
                let number: u32 = place.page().and_then(|page| page.parse().ok()).unwrap_or(1);
                seen.next = (!comments.comments.is_empty()).then(|| number.saturating_add(1).to_string());
            }
        }
        let (next, more) = place.next(&seen, now);
        page.next = SourceCursor::keeping(&next);
        page.more = more;
        Ok(page)
    }
}
