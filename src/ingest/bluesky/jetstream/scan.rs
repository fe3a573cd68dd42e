//! Reading a page of the stream: one connection, from where we stood to now.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::time::Instant;
use url::Url;

use super::clock::{FIRST_TIME_US, Reached, time_of};
use super::intake::{Batch, JetstreamIntake};
use super::link::{Heard, Link};
use super::{JetstreamSource, MAX_KEPT};
use crate::ingest::bluesky::profiles::{BATCH, Profile};
use crate::ingest::bluesky::uri::{POSTS, PostUri};
use crate::ingest::http::{HttpError, PoliteClient};
use crate::ingest::source::{Budget, Page, ScanError, Skipped, Source, SourceCursor};
use crate::model::Gap;
use crate::store::SourceState;

/// A new connection begins so long before what is read: events come late by seconds.
const OVERLAP_US: i64 = 5_000_000;

/// Who is so close to now has caught up.
const CAUGHT_UP_US: i64 = 2_000_000;

/// A stream that begins so long after what was asked for has lost what lies between: something happens every second.
const LOST_US: i64 = 120_000_000;

/// The largest event we ask for. A post is a few hundred bytes; what is larger is something else under its name.
const MAX_MESSAGE_BYTES: &str = "1000000";

/// Where a stream is asked to begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Everything up to here is read.
    pub(super) us: i64,
    /// Whether it was read, or is only where a fresh desk begins.
    pub(super) known: bool,
}

/// Why reading ended.
enum End {
    CaughtUp,
    Quiet,
    Full,
    Lost(HttpError),
}

impl JetstreamSource {
    /// Where `state` stands. A cursor of the future (our clock was wrong) is one of now.
    pub(super) fn place(&self, state: &SourceState, now: DateTime<Utc>) -> Place {
        let fresh = (now - self.look_back).timestamp_micros();
        let place = match state.cursor.as_deref().map(|cursor| cursor.trim().parse::<i64>()) {
            Some(Ok(us)) if us >= FIRST_TIME_US => Some(us),
            // A sequence number means something to one host only; the time of the last scan means the same to all.
            Some(_) => state.last_ok_at.map(|at| at.timestamp_micros()),
            None => None,
        };
        Place { us: place.unwrap_or(fresh).min(now.timestamp_micros()), known: place.is_some() }
    }

    /// The host to ask in the `turn`-th try, and the address to subscribe at.
    pub(super) fn address(&self, turn: usize, place: Place) -> Option<Url> {
        let at = self.host.load(Ordering::Relaxed).wrapping_add(turn) % self.hosts.len().max(1);
        let mut url = self.hosts.get(at)?.clone();
        if matches!(url.path(), "" | "/") {
            url.set_path("/subscribe");
        }
        url.query_pairs_mut()
            .clear()
            .append_pair("wantedCollections", POSTS)
            .append_pair("maxMessageSizeBytes", MAX_MESSAGE_BYTES)
            .append_pair("cursor", &(place.us - OVERLAP_US).to_string());
        Some(url)
    }

    /// The next host from now on.
    pub(super) fn rotate(&self) {
        self.host.fetch_add(1, Ordering::Relaxed);
    }

    /// Reads one connection until there is enough.
    async fn read(
        &self,
        http: &PoliteClient,
        url: &Url,
        intake: &mut JetstreamIntake,
        max_posts: usize,
        now: DateTime<Utc>,
    ) -> End {
        let mut link = match Link::open(http, url).await {
            Ok(link) => link,
            Err(err) => return End::Lost(err),
        };
        let started = Instant::now();
        let caught_up = now.timestamp_micros() - CAUGHT_UP_US;
        let mut last = started;
        let end = loop {
            let left = self.patience.page.saturating_sub(started.elapsed());
            let patience = if intake.heard > 0 { self.patience.quiet } else { self.patience.silence };
            let patience = patience.saturating_sub(last.elapsed());
            match link.next(patience.min(left)).await {
                Heard::Frame(frame) => {
                    let before = intake.heard;
                    intake.take(&frame, now);
                    // What cannot be read is silence, too.
                    if intake.heard > before {
                        last = Instant::now();
                    }
                }
                Heard::Odd(why) => intake.skip(Skipped::new(format!("frame of {}", link.host), why)),
                Heard::Silence => {}
                Heard::Lost(err) => break End::Lost(err),
            }
            if intake.heard > 0 && last.elapsed() >= self.patience.quiet {
                break End::Quiet;
            }
            if intake.heard == 0 && last.elapsed() >= self.patience.silence {
                let limit = self.patience.silence;
                break End::Lost(HttpError::TimedOut { host: link.host.clone(), what: "first event", limit });
            }
            if intake.reached.is_sure() && intake.reached.time_us().is_some_and(|us| us >= caught_up) {
                break End::CaughtUp;
            }
            let full = intake.posts() >= max_posts
                || intake.kept() >= MAX_KEPT
                || intake.bytes >= self.patience.page_bytes
                || started.elapsed() >= self.patience.page;
            if full {
                break End::Full;
            }
        };
        link.close().await;
        end
    }

    /// Asks who the authors of a batch are.
    pub(super) async fn learn(
        &self,
        http: &PoliteClient,
        batch: &Batch,
        now: DateTime<Utc>,
    ) -> Result<(), ScanError> {
        let Some(profiles) = &self.profiles else { return Ok(()) };
        batch.changed.iter().for_each(|did| profiles.forget(did));
        let standing = batch.records.iter().filter(|record| record.deleted.is_none());
        let authors: BTreeSet<&str> = standing.filter_map(|record| did_of(&record.native_id)).collect();
        profiles.learn(http, &authors, now).await
    }

    /// A batch as a page: authors named, and those left out who are not to be told of.
    pub(super) fn page(&self, batch: Batch) -> Page {
        let Batch { records, gone, mut skipped, .. } = batch;
        let mut page = Page { gone_accounts: gone, ..Page::default() };
        for mut record in records {
            if record.deleted.is_none()
                && let Some(profiles) = &self.profiles
            {
                match did_of(&record.native_id).and_then(|did| profiles.of(did)) {
                    Some(Profile::Named(name)) => record.author = Some(name),
                    Some(Profile::Silent(why)) => {
                        skipped.push(Skipped::new(record.native_id, why));
                        continue;
                    }
                    None => {
                        skipped.push(Skipped::new(record.native_id, "nothing is known of its author"));
                        continue;
                    }
                }
            }
            page.records.push(record);
        }
        page.skipped = skipped;
        page
    }
}

/// What was lost between where we stood and where the stream began.
pub(super) fn gap(place: Place, reached: &Reached) -> Option<Gap> {
    let first = reached.first_us().filter(|first| place.known && first - place.us > LOST_US)?;
    Some(Gap { from: time_of(place.us)?, until: time_of(first)? })
}

/// The cursor after everything that `reached` saw; it never goes back, nor past now.
pub(super) fn cursor(place: Place, reached: &Reached, now: DateTime<Utc>) -> i64 {
    reached.time_us().unwrap_or(place.us).min(now.timestamp_micros()).max(place.us)
}

pub(super) fn stored(us: i64) -> SourceCursor {
    SourceCursor { cursor: Some(us.to_string()), ..SourceCursor::default() }
}

fn did_of(native_id: &str) -> Option<&str> {
    PostUri::parse(native_id).map(|uri| uri.did)
}

#[async_trait]
impl Source for JetstreamSource {
    fn id(&self) -> String {
        format!("jetstream:{POSTS}")
    }

    fn kind(&self) -> &'static str {
        "jetstream"
    }

    /// Reads until it has caught up with `now`, or the stream is quiet, or the page is full. A page makes one connection
    /// (one for each host that fails) and asks for authors with the requests that are left, with one at least.
    async fn scan(
        &self,
        http: &PoliteClient,
        state: &SourceState,
        budget: Budget,
        now: DateTime<Utc>,
    ) -> Result<Page, ScanError> {
        let place = self.place(state, now);
        let questions = budget.max_requests.saturating_sub(1).max(1);
        let max_posts = budget.max_records.min(questions.saturating_mul(BATCH)).max(1);
        let mut intake = self.intake();
        let mut end = End::Lost(HttpError::Setup("no host of Jetstream is configured".to_owned()));
        for turn in 0..self.hosts.len() {
            let Some(url) = self.address(turn, place) else { break };
            intake.reconnected();
            end = self.read(http, &url, &mut intake, max_posts, now).await;
            if intake.heard > 0 {
                self.host.fetch_add(turn, Ordering::Relaxed);
                break;
            }
        }
        let reached = cursor(place, &intake.reached, now);
        let more = match end {
            End::CaughtUp | End::Quiet => false,
            End::Full if intake.heard == 0 => {
                self.rotate();
                let why = "nothing of what it sends is an event".to_owned();
                return Err(ScanError::BadAnswer { host: "Jetstream".to_owned(), why });
            }
            End::Full => true,
            End::Lost(err) => {
                self.rotate();
                if intake.heard == 0 {
                    return Err(err.into());
                }
                // What was read is read. Another connection helps if this one brought us on.
                reached > place.us
            }
        };
        let gap = gap(place, &intake.reached);
        let batch = intake.drain();
        self.learn(http, &batch, now).await?;
        Ok(Page { next: stored(reached), more, gap, ..self.page(batch) })
    }
}
