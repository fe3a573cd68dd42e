//! A subreddit, read from its newest post back, and from its newest comment back.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::auth::RedditAccess;
use super::listing::listing;
use super::place::{Place, Seen};
use super::thing::{place_in_time, thing};
use crate::ingest::http::PoliteClient;
use crate::ingest::source::{Budget, Page, ScanError, Source, SourceCursor};
use crate::store::SourceState;

/// Things asked for at once: the most that Reddit gives.
const PAGE: &str = "100";

/// What is older than the newest by less than this is read again: the spam filter gives things back late.
const OVERLAP_S: i64 = 15 * 60;

/// The search finds things later than listings do.
const SEARCH_OVERLAP_S: i64 = 60 * 60;

/// A hundred requests a minute are for all sources together.
const MIN_INTERVAL: Duration = Duration::from_mins(4);

/// A subreddit with its comments, or what a search in it finds (posts only).
#[derive(Clone, Debug)]
pub struct RedditSource {
    /// Its name without `r/`.
    pub subreddit: String,
    /// Only posts found with these words.
    pub query: Option<String>,
    access: Arc<RedditAccess>,
}

impl RedditSource {
    /// The subreddit of this name, or what `query` finds in it.
    pub fn new(subreddit: impl Into<String>, query: Option<String>, access: Arc<RedditAccess>) -> Self {
        Self { subreddit: subreddit.into(), query, access }
    }
}

#[async_trait]
impl Source for RedditSource {
    fn id(&self) -> String {
        format!("reddit:{}:{}", self.subreddit.to_lowercase(), self.query.as_deref().unwrap_or_default())
    }

    fn kind(&self) -> &'static str {
        "reddit"
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
        let mut place: Place = SourceCursor::kept(state).unwrap_or_default();
        let this_scan = Some(now.timestamp_millis());
        let comments = self.query.is_none() && place.posts.walk.is_none() && place.posts_read_at == this_scan;
        let overlap = if self.query.is_some() { SEARCH_OVERLAP_S } else { OVERLAP_S };
        let track = if comments { &mut place.comments } else { &mut place.posts };

        let mut fields = vec![("limit", PAGE), ("raw_json", "1"), ("show", "all")];
        fields.extend(track.after().map(|after| ("after", after)));
        let list = match &self.query {
            Some(query) => {
                let age = now.timestamp() - track.horizon(overlap, now);
                fields.extend([
                    ("q", query.as_str()),
                    ("restrict_sr", "1"),
                    ("sort", "new"),
                    ("type", "link"),
                ]);
                fields.push(("t", within(age)));
                "search"
            }
            None if comments => "comments",
            None => "new",
        };
        let what = format!("r/{}", self.subreddit);
        let answer = self.access.get(http, &format!("{what}/{list}"), &fields, &what, now).await?;
        let listing = listing(&answer, &what)?;

        let mut page = Page::default();
        for child in &listing.children {
            page.take(thing(child));
        }
        let times = listing.children.iter().filter_map(place_in_time).collect();
        let seen = Seen { times, items: listing.children.len(), after: listing.after };
        (*track, page.gap) = track.next(&seen, overlap, now);
        let walking = track.walk.is_some();
        if !comments && !walking {
            place.posts_read_at = this_scan;
        }
        page.more = walking || (!comments && self.query.is_none());
        page.next = SourceCursor::keeping(&place);
        Ok(page)
    }
}

/// The search's word for a time that reaches back this many seconds.
fn within(age_s: i64) -> &'static str {
    const DAY: i64 = 24 * 60 * 60;
    let words = [(DAY, "day"), (7 * DAY, "week"), (28 * DAY, "month"), (365 * DAY, "year")];
    words.iter().find(|(most, _)| age_s <= *most).map_or("all", |(_, word)| word)
}
