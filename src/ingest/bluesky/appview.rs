//! Searches and accounts on Bluesky, by the AppView.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;
use url::Url;

use super::uri::time_of;
use super::view::View;
use super::walk::Place;
use super::xrpc::{Service, SessionProvider, list};
use crate::ingest::http::PoliteClient;
use crate::ingest::source::{Budget, Page, ScanError, Skipped, Source, SourceCursor};
use crate::store::SourceState;

/// Posts in one answer; the most that is given.
const LIMIT: &str = "100";

/// The posts of one account, answers to others included; what it only passes on is not its own and is left out.
#[derive(Clone, Debug)]
pub struct BlueskyAuthor {
    /// A handle or DID.
    pub actor: String,
    service: Service,
}

impl BlueskyAuthor {
    /// The account of this handle or DID. No account of ours is needed.
    pub fn new(actor: impl Into<String>) -> Self {
        Self { actor: actor.into(), service: Service::default() }
    }

    /// Asks another server that speaks the same API. `base` ends with a slash.
    #[must_use]
    pub fn at(mut self, base: Url) -> Self {
        self.service.base = Some(base);
        self
    }
}

/// Posts that hold certain words. For backfill and small topics; Jetstream is the way to read much.
#[derive(Clone, Debug)]
pub struct BlueskySearch {
    /// Words as in the app's search field.
    pub query: String,
    service: Service,
}

impl BlueskySearch {
    /// The search for `query`. Without an account it is tried at the public server, which mostly refuses.
    pub fn new(query: impl Into<String>) -> Self {
        Self { query: query.into(), service: Service::default() }
    }

    /// Asks through an account.
    #[must_use]
    pub fn with_session(mut self, session: Arc<dyn SessionProvider>) -> Self {
        self.service.session = Some(session);
        self
    }

    /// Asks another server that speaks the same API. `base` ends with a slash.
    #[must_use]
    pub fn at(mut self, base: Url) -> Self {
        self.service.base = Some(base);
        self
    }
}

#[async_trait]
impl Source for BlueskyAuthor {
    fn id(&self) -> String {
        format!("bluesky:{}:", self.actor)
    }

    fn kind(&self) -> &'static str {
        "bluesky"
    }

    async fn scan(
        &self,
        http: &PoliteClient,
        state: &SourceState,
        _budget: Budget,
        now: DateTime<Utc>,
    ) -> Result<Page, ScanError> {
        let place = Place::of(state, now);
        let actor = self.actor.trim().trim_start_matches('@');
        let mut params = vec![("actor", actor), ("limit", LIMIT), ("filter", "posts_with_replies")];
        params.extend(place.cursor().map(|cursor| ("cursor", cursor)));
        let answer = match self.service.ask(http, "app.bsky.feed.getAuthorFeed", &params, now).await? {
            Ok(answer) => answer,
            Err(refusal) if refusal.status == 400 && place.walking() => return Ok(anew(place)),
            Err(refusal) => {
                let hint = match refusal.error.as_str() {
                    "BlockedActor" | "BlockedByActor" => {
                        "; the account is blocked: remove it from the topic file".to_owned()
                    }
                    _ => format!("; check `author = \"{}\"` in the topic file", self.actor),
                };
                return Err(refusal.into_error(&hint));
            }
        };
        let mut page = Page::default();
        let mut times = Vec::new();
        for (n, item) in list(&self.service, &answer, "feed")?.iter().enumerate() {
            times.extend(own_post(item, n + 1, &mut page, now));
        }
        Ok(turned(page, place.next(&times, cursor_of(&answer), now)))
    }
}

/// Takes an item of an author's feed; returns the time by which the feed is sorted there.
fn own_post(item: &Value, n: usize, page: &mut Page, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let reason = item.get("reason").and_then(|reason| reason.get("$type")).and_then(Value::as_str);
    match reason {
        Some(kind) if kind.ends_with("#reasonRepost") => {
            return item.pointer("/reason/indexedAt").and_then(Value::as_str).and_then(time_of);
        }
        // It stands first whatever its age, and where it belongs it stands again.
        Some(kind) if kind.ends_with("#reasonPin") => return None,
        Some(_) | None => {}
    }
    match item.get("post").ok_or_else(|| Skipped::new(format!("item {n}"), "it has no `post`")) {
        Ok(view) => posted(view, n, page, now),
        Err(skipped) => {
            page.skipped.push(skipped);
            None
        }
    }
}

/// Takes a post; returns the time by which it is sorted.
fn posted(view: &Value, n: usize, page: &mut Page, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match View::of(view, n) {
        Ok(view) => {
            page.take(view.told(now));
            view.sorted_at()
        }
        Err(skipped) => {
            page.skipped.push(skipped);
            None
        }
    }
}

#[async_trait]
impl Source for BlueskySearch {
    fn id(&self) -> String {
        format!("bluesky::{}", self.query)
    }

    fn kind(&self) -> &'static str {
        "bluesky"
    }

    async fn scan(
        &self,
        http: &PoliteClient,
        state: &SourceState,
        _budget: Budget,
        now: DateTime<Utc>,
    ) -> Result<Page, ScanError> {
        let place = Place::of(state, now);
        let since = place.after().to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut params =
            vec![("q", self.query.as_str()), ("sort", "latest"), ("limit", LIMIT), ("since", &since)];
        params.extend(place.cursor().map(|cursor| ("cursor", cursor)));
        let answer = match self.service.ask(http, "app.bsky.feed.searchPosts", &params, now).await? {
            Ok(answer) => answer,
            // The public server gives the first page at best. What is behind it is told as lost.
            Err(refusal)
                if place.walking() && !self.service.signed_in() && matches!(refusal.status, 401 | 403) =>
            {
                return Ok(turned(Page::default(), place.given_up()));
            }
            Err(refusal) if refusal.status == 400 && place.walking() => return Ok(anew(place)),
            Err(refusal) => {
                let hint = match refusal.status {
                    401 | 403 if !self.service.signed_in() => {
                        "; the search needs an account: sign in to Bluesky, or read Jetstream".to_owned()
                    }
                    _ => format!("; check `query = \"{}\"` in the topic file and the account", self.query),
                };
                return Err(refusal.into_error(&hint));
            }
        };
        let mut page = Page::default();
        let mut times = Vec::new();
        for (n, view) in list(&self.service, &answer, "posts")?.iter().enumerate() {
            times.extend(posted(view, n + 1, &mut page, now));
        }
        Ok(turned(page, place.next(&times, cursor_of(&answer), now)))
    }
}

fn cursor_of(answer: &Value) -> Option<String> {
    let cursor = answer.get("cursor").and_then(Value::as_str);
    cursor.filter(|cursor| !cursor.is_empty() && cursor.len() <= 4_096).map(str::to_owned)
}

/// A page that only says that the walk begins anew: the server forgot its cursor.
fn anew(place: Place) -> Page {
    Page { next: SourceCursor::keeping(&place.begun_anew()), more: true, ..Page::default() }
}

fn turned(mut page: Page, (place, gap): (Place, Option<crate::model::Gap>)) -> Page {
    page.more = place.walking();
    page.gap = gap;
    page.next = SourceCursor::keeping(&place);
    page
}

#[cfg(test)]
mod tests;
