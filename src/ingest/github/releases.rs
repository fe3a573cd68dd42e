//! Releases of a repository on GitHub.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::super::field::fitted;
use super::super::http::{Get, PoliteClient, Response};
use super::super::refusal;
use super::super::source::{Budget, Page, ScanError, Skipped, Source, SourceCursor};
use super::{BASE, HOST, Place, bearer};
use crate::address::http_url;
use crate::address::native_id;
use crate::config::Secret;
use crate::ingest::http::at_service;
use crate::model::{Engagement, IncomingRecord, Platform, SourceClass};
use crate::store::SourceState;

/// Releases asked for at once. 100 would be allowed, but notes may be long.
const PER_PAGE: usize = 30;

/// How far the first scan looks back; releases are rare.
const FIRST_WINDOW: TimeDelta = TimeDelta::days(30);

/// Younger releases are read again: notes are often finished after publication.
const OVERLAP: TimeDelta = TimeDelta::days(7);

/// Least time between two scans: without a token an address has 60 requests an hour, for all repositories.
const MIN_INTERVAL: Duration = Duration::from_mins(30);

/// The published releases of one repository.
#[derive(Clone, Debug)]
pub struct GitHubReleases {
    /// Who owns it.
    pub owner: String,
    /// Its name.
    pub repository: String,
    authorization: Option<Secret>,
    base: Option<Url>,
}

impl GitHubReleases {
    /// The releases of `owner/repository`.
    pub fn new(owner: &str, repository: &str) -> Self {
        Self { owner: owner.to_owned(), repository: repository.to_owned(), authorization: None, base: None }
    }

    /// Asks with a token, which allows more requests.
    #[must_use]
    pub fn with_token(mut self, token: &Secret) -> Self {
        self.authorization = Some(bearer(token));
        self
    }

    /// Asks another server that speaks the same API. `base` ends with a slash.
    #[must_use]
    pub fn at(mut self, base: Url) -> Self {
        self.base = Some(base);
        self
    }

    fn get(&self, page: u32) -> Result<Get, ScanError> {
        let mut url = at_service(self.base.as_ref(), BASE, "repos/")?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([&self.owner, &self.repository, "releases"]);
        }
        url.query_pairs_mut()
            .append_pair("per_page", &PER_PAGE.to_string())
            .append_pair("page", &page.to_string());
        let get = Get { read_refusals: true, ..Get::new(url) };
        // In this form notes come as HTML beside the Markdown, as all pages of the web do.
        let get =
            get.with("accept", "application/vnd.github.full+json").with("x-github-api-version", "2022-11-28");
        Ok(match &self.authorization {
            Some(authorization) => get.with_secret("authorization", authorization)?,
            None => get,
        })
    }

    fn refused(&self, answer: &Response) -> ScanError {
        let said = refusal::named(answer.status, &refusal::said(&answer.body));
        let repository = format!("{}/{}", self.owner, self.repository);
        let why = match answer.status {
            401 => format!("the token is not accepted ({said}); make a new one"),
            404 => format!("there is no public repository `{repository}` ({said})"),
            451 => format!("`{repository}` is closed for legal reasons ({said})"),
            _ => format!("it refuses `{repository}` ({said})"),
        };
        ScanError::Refused { what: HOST.to_owned(), why }
    }
}

#[async_trait]
impl Source for GitHubReleases {
    fn id(&self) -> String {
        format!("github:{}/{}", self.owner.to_lowercase(), self.repository.to_lowercase())
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
        let place: Place<u32> = SourceCursor::kept(state).unwrap_or_default();
        let number = place.at().copied().unwrap_or(1);
        let mut get = self.get(number)?;
        // The validator is the first page's.
        get.etag = state.etag.clone().filter(|_| place.at().is_none());
        let answer = http.get(&get, now).await?;
        if answer.not_modified {
            return Ok(Page { next: SourceCursor::of(state), ..Page::default() });
        }
        if answer.status >= 400 {
            return Err(self.refused(&answer));
        }
        let releases = refusal::list(HOST, &answer.body)?;
        let mut page = Page::default();
        let mut times = Vec::new();
        let venue = format!("{}/{}", self.owner, self.repository);
        for (n, release) in releases.iter().enumerate() {
            match Release::deserialize(release) {
                Ok(release) => {
                    times.extend(release.time().map(|at| at.timestamp()));
                    page.take(release.into_record(&venue));
                }
                Err(err) => page.skipped.push(Skipped::new(format!("release {}", n + 1), err.to_string())),
            }
        }
        let floor = place.floor(FIRST_WINDOW, OVERLAP, now);
        // The list is ordered by the age of the tagged commit, so one old release is not the end of the new ones.
        let more = releases.len() >= PER_PAGE && times.iter().any(|at| *at > floor);
        let next = place.next(&times, floor, more.then(|| number.saturating_add(1)), now);
        page.more = next.at().is_some();
        let etag = if number == 1 { answer.etag() } else { state.etag.clone() };
        page.next = SourceCursor { etag, ..SourceCursor::keeping(&next) };
        Ok(page)
    }
}

#[derive(Deserialize)]
struct Release {
    html_url: String,
    tag_name: Option<String>,
    name: Option<String>,
    body_html: Option<String>,
    body: Option<String>,
    draft: Option<bool>,
    prerelease: Option<bool>,
    published_at: Option<DateTime<Utc>>,
    created_at: Option<DateTime<Utc>>,
    author: Option<Value>,
}

impl Release {
    fn time(&self) -> Option<DateTime<Utc>> {
        self.published_at.or(self.created_at)
    }

    fn into_record(self, venue: &str) -> Result<IncomingRecord, Skipped> {
        let skip = |why: &str| Err(Skipped::new(self.html_url.clone(), why));
        if self.draft == Some(true) {
            return skip("it is a draft");
        }
        let Some(published_at) = self.time() else { return skip("it has no time") };
        let address = http_url(&self.html_url);
        let Some((address, native_id)) =
            address.and_then(|url| native_id(&Platform::Web, url.as_str()).map(|id| (url, id)))
        else {
            return skip("it has no address");
        };
        let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let title = some(self.name).or(some(self.tag_name));
        let markdown = some(self.body).map(|text| html_escape::encode_text(&text).into_owned());
        let body = some(self.body_html).or(markdown).unwrap_or_default();
        let author = self.author.as_ref().and_then(|author| author.get("login")?.as_str().map(str::to_owned));
        Ok(fitted(IncomingRecord {
            platform: Platform::Web,
            native_id,
            class: SourceClass::Publication,
            permalink: address.into(),
            author,
            venue: venue.to_owned(),
            published_at,
            archived_seen_at: None,
            edited_at: None,
            title,
            body,
            tags: self.prerelease.filter(|pre| *pre).map(|_| "prerelease".to_owned()).into_iter().collect(),
            answers: None,
            quotes: None,
            engagement: Engagement::default(),
            deleted: None,
        }))
    }
}

#[cfg(test)]
mod tests;
