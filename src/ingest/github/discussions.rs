//! Discussions of a repository on GitHub, which only its GraphQL interface gives, and only for a token.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::super::field::fitted;
use super::super::http::{Get, HttpError, PoliteClient, Post, Response};
use super::super::refusal;
use super::super::source::{Budget, Page, ScanError, Skipped, Source, SourceCursor};
use super::{BASE, HOST, Place, bearer};
use crate::address::http_url;
use crate::address::native_id;
use crate::config::Secret;
use crate::ingest::http::at_service;
use crate::model::{Engagement, IncomingRecord, Platform, SourceClass};
use crate::store::SourceState;

/// Discussions asked for at once.
const PER_PAGE: usize = 50;

/// How far the first scan looks back.
const FIRST_WINDOW: TimeDelta = TimeDelta::days(7);

/// What was changed so shortly before the newest is read again.
const OVERLAP: TimeDelta = TimeDelta::hours(1);

/// Least time between two scans.
const MIN_INTERVAL: Duration = Duration::from_mins(15);

/// The wait after GitHub says in words that a token has used up its hour.
const RATE_WAIT: Duration = Duration::from_mins(15);

const QUERY: &str = "query($owner: String!, $name: String!, $n: Int!, $after: String) { repository(owner: $owner, name: $name) { \
    discussions(first: $n, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) { pageInfo { hasNextPage endCursor } \
    nodes { url title bodyHTML createdAt updatedAt lastEditedAt author { login } category { name } upvoteCount comments { totalCount } } } } }";

/// The discussions of one repository: what they open with, not the answers.
#[derive(Clone, Debug)]
pub struct GitHubDiscussions {
    /// Who owns it.
    pub owner: String,
    /// Its name.
    pub repository: String,
    authorization: Secret,
    base: Option<Url>,
}

impl GitHubDiscussions {
    /// The discussions of `owner/repository`, asked for with a token, which needs no permission.
    pub fn new(owner: &str, repository: &str, token: &Secret) -> Self {
        Self {
            owner: owner.to_owned(),
            repository: repository.to_owned(),
            authorization: bearer(token),
            base: None,
        }
    }

    /// Asks another server that speaks the same API. `base` ends with a slash.
    #[must_use]
    pub fn at(mut self, base: Url) -> Self {
        self.base = Some(base);
        self
    }

    fn get(&self, after: Option<&str>) -> Result<Get, ScanError> {
        let url = at_service(self.base.as_ref(), BASE, "graphql")?;
        let variables =
            json!({ "owner": self.owner, "name": self.repository, "n": PER_PAGE, "after": after });
        let post = Post::Json(json!({ "query": QUERY, "variables": variables }));
        let get = Get { post: Some(post), read_refusals: true, ..Get::new(url) };
        Ok(get.with_secret("authorization", &self.authorization)?)
    }

    /// The list in an answer; what stands there instead is a refusal, in its status or in its words.
    fn list(&self, answer: &Response) -> Result<List, ScanError> {
        let repository = format!("{}/{}", self.owner, self.repository);
        let refused = |why: String| ScanError::Refused { what: HOST.to_owned(), why };
        if answer.status >= 400 {
            let said = refusal::named(answer.status, &refusal::said(&answer.body));
            return Err(refused(match answer.status {
                401 => format!("the token is not accepted ({said}); make a new one"),
                _ => format!("it refuses the discussions of `{repository}` ({said})"),
            }));
        }
        let answered: Answer =
            serde_json::from_slice(&answer.body).map_err(|err| refusal::unreadable(HOST, err))?;
        let list = answered.data.and_then(|data| data.repository).map(|repository| repository.discussions);
        // Beside a list an error tells of one thing in it.
        if let (None, Some(error)) = (&list, answered.errors.first()) {
            let said: String = error.message.chars().filter(|c| !c.is_control()).take(160).collect();
            return Err(match error.kind.as_deref() {
                Some("RATE_LIMITED" | "RATE_LIMIT") => {
                    HttpError::RateLimited { host: HOST.to_owned(), wait: RATE_WAIT }.into()
                }
                Some("NOT_FOUND") => {
                    refused(format!("there is no public repository `{repository}` ({said})"))
                }
                _ => refused(format!("it refuses the discussions of `{repository}` ({said})")),
            });
        }
        list.ok_or_else(|| refusal::unreadable(HOST, "there are no discussions in it"))
    }
}

#[async_trait]
impl Source for GitHubDiscussions {
    fn id(&self) -> String {
        format!("github:{}/{}/discussions", self.owner.to_lowercase(), self.repository.to_lowercase())
    }

    fn kind(&self) -> &'static str {
        "github"
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
        let place: Place<String> = SourceCursor::kept(state).unwrap_or_default();
        let get = self.get(place.at().map(String::as_str))?;
        let list = self.list(&http.get(&get, now).await?)?;
        let (mut page, mut times) = (Page::default(), Vec::new());
        let venue = format!("{}/{}", self.owner, self.repository);
        for (n, node) in list.nodes.iter().enumerate() {
            match Discussion::deserialize(node) {
                Ok(said) => {
                    times.push(said.updated_at.unwrap_or(said.created_at).timestamp());
                    page.take(said.into_record(&venue));
                }
                Err(err) => page.skipped.push(Skipped::new(format!("discussion {}", n + 1), err.to_string())),
            }
        }
        let floor = place.floor(FIRST_WINDOW, OVERLAP, now);
        let more =
            list.page_info.has_next_page && !list.nodes.is_empty() && times.iter().all(|at| *at > floor);
        let next = place.next(&times, floor, list.page_info.end_cursor.filter(|_| more), now);
        page.more = next.at().is_some();
        page.next = SourceCursor::keeping(&next);
        Ok(page)
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Option<Data>,
    #[serde(default)]
    errors: Vec<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Data {
    repository: Option<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    discussions: List,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    #[serde(default)]
    page_info: PageInfo,
    nodes: Vec<Value>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    #[serde(default)]
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Discussion {
    url: String,
    title: Option<String>,
    #[serde(rename = "bodyHTML")]
    body: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: Option<DateTime<Utc>>,
    last_edited_at: Option<DateTime<Utc>>,
    author: Option<Value>,
    category: Option<Value>,
    upvote_count: Option<i64>,
    comments: Option<Value>,
}

impl Discussion {
    fn into_record(self, venue: &str) -> Result<IncomingRecord, Skipped> {
        let address = http_url(&self.url);
        let Some((address, native_id)) =
            address.and_then(|url| native_id(&Platform::Web, url.as_str()).map(|id| (url, id)))
        else {
            return Err(Skipped::new(self.url, "it has no address"));
        };
        let text = |of: &Option<Value>, name: &str| Some(of.as_ref()?.get(name)?.as_str()?.to_owned());
        let title = self.title.filter(|title| !title.trim().is_empty());
        let body = self.body.unwrap_or_default();
        if title.is_none() && body.trim().is_empty() {
            return Err(Skipped::new(self.url, "it has no words"));
        }
        Ok(fitted(IncomingRecord {
            platform: Platform::Web,
            native_id,
            class: SourceClass::Forum,
            permalink: address.into(),
            author: text(&self.author, "login"),
            venue: venue.to_owned(),
            published_at: self.created_at,
            archived_seen_at: None,
            edited_at: self.last_edited_at,
            title,
            body,
            tags: text(&self.category, "name").into_iter().collect(),
            answers: None,
            quotes: None,
            engagement: Engagement {
                score: self.upvote_count,
                replies: self.comments.as_ref().and_then(|comments| comments.get("totalCount")?.as_i64()),
            },
            deleted: None,
        }))
    }
}

#[cfg(test)]
mod tests;
