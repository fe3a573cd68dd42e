//! Scanning: pages in, records and cursor stored together, failures remembered.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{FutureExt as _, StreamExt as _};
use sha2::Digest as _;
use tracing::{Instrument as _, info, info_span, warn};

use super::http::{HttpError, PoliteClient};
use super::source::{Budget, ScanError, Skipped, Source, SourceCursor};
use crate::model::Platform;
use crate::store::{Brought, SourceState, Store, StoreError, Tally};

/// Sources read at the same time: enough to hide slow hosts, few enough for a small machine.
const CONCURRENT_SOURCES: usize = 8;

/// The first wait after a failure of which nothing else is known.
const FIRST_WAIT: Duration = Duration::from_mins(1);

/// The longest wait that repeated failures grow to.
const LONGEST_WAIT: Duration = Duration::from_hours(6);

/// The wait after a failure that trying again cannot help. Not forever: people repair things without telling us.
const HOPELESS_WAIT: Duration = Duration::from_hours(24);

/// The wait after an address was told a second time, a day later, to be gone for good.
const GONE_WAIT: Duration = Duration::from_hours(365 * 24);

/// The longest wait that a source may wish for: that it has moved, or is gone, must be noticed.
const LONGEST_WISH: Duration = Duration::from_hours(24);

/// What one scan of a source did.
#[derive(Debug)]
pub struct ScanReport {
    /// The source.
    pub source: String,
    /// The topic it was scanned for.
    pub topic: String,
    /// What became of its records; also of the pages before a failure.
    pub tally: Tally,
    /// Pages read and stored.
    pub pages: usize,
    /// What was no record, and why.
    pub skipped: Vec<Skipped>,
    /// How it ended.
    pub end: ScanEnd,
}

/// How a scan ended.
#[derive(Debug)]
pub enum ScanEnd {
    /// All that was new is stored.
    CaughtUp,
    /// The budget is used up; the cursor says where the next scan goes on.
    BudgetUsed,
    /// It was not tried: it is too early for this source.
    NotDue {
        /// When it may be tried.
        until: DateTime<Utc>,
    },
    /// A request or an answer failed. What was read before is stored; the cursor stands where it stood then.
    Failed {
        /// What happened.
        error: ScanError,
        /// When it may be tried again.
        next_at: DateTime<Utc>,
    },
}

/// Scans one source up to the default budget.
///
/// # Errors
/// Only the store's. A source that fails is a [`ScanReport`] too, and its failure is in the source's state.
pub async fn scan_source(
    store: &Store,
    http: &PoliteClient,
    source: &dyn Source,
    topic: &str,
    now: DateTime<Utc>,
) -> Result<ScanReport, StoreError> {
    let id = source.id();
    let span = info_span!("scan", source.id = %id, topic.slug = %topic);
    scan_within(store, http, source, topic, Budget::default(), now).instrument(span).await
}

/// Scans one source up to `budget`.
pub async fn scan_within(
    store: &Store,
    http: &PoliteClient,
    source: &dyn Source,
    topic: &str,
    budget: Budget,
    now: DateTime<Utc>,
) -> Result<ScanReport, StoreError> {
    let id = source.id();
    let mut state = store.source_state(&id).await?.unwrap_or_default();
    let mut report = ScanReport {
        source: id.clone(),
        topic: topic.to_owned(),
        tally: Tally::default(),
        pages: 0,
        skipped: Vec::new(),
        end: ScanEnd::CaughtUp,
    };
    if let Some(until) = state.next_at.filter(|until| *until > now) {
        report.end = ScanEnd::NotDue { until };
        return Ok(report);
    }
    let before = state.clone();
    state.source.clone_from(&id);
    topic.clone_into(&mut state.topic);
    source.kind().clone_into(&mut state.kind);
    state.last_scan_at = Some(now);
    let mut left = budget;
    loop {
        // A reader that breaks down must not take its neighbours with it.
        let page = AssertUnwindSafe(source.scan(http, &state, left, now)).catch_unwind().await;
        let page = page.unwrap_or_else(|panic| Err(broke_down(&id, &*panic)));
        match page {
            Ok(page) => {
                let SourceCursor { cursor, etag, last_modified } = page.next;
                (state.cursor, state.etag, state.last_modified) = (cursor, etag, last_modified);
                state.last_ok_at = Some(now);
                state.last_error = None;
                // Deletions cost next to nothing, and the world has many.
                let standing = page.records.iter().filter(|record| record.deleted.is_none()).count();
                left.max_records = left.max_records.saturating_sub(standing);
                left.max_requests = left.max_requests.saturating_sub(1);
                let go_on = page.more && left.max_records > 0 && left.max_requests > 0;
                state.next_at = (!page.more).then(|| due(now, source.min_interval(), page.not_before));
                let brought = Brought {
                    records: &page.records,
                    gone_accounts: &page.gone_accounts,
                    gap: page.gap.map(|gap| (source.platform(), gap)),
                    latest_since: latest_since(source, &before),
                    failure: None,
                };
                report.tally += store.save_page(brought, &state, now).await?;
                report.pages += 1;
                report.skipped.extend(page.skipped);
                if !go_on {
                    report.end = if page.more { ScanEnd::BudgetUsed } else { ScanEnd::CaughtUp };
                    info!(records.new = report.tally.new, pages = report.pages, "scanned `{id}`");
                    return Ok(report);
                }
            }
            Err(error) => {
                let next_at = later(now, wait_after(&error, &before, &id));
                warn!(%error, %next_at, "scan of `{id}` failed");
                state.last_error = Some(error.to_string());
                state.next_at = Some(next_at);
                let brought = Brought { failure: Some(error.kind()), ..Brought::default() };
                store.save_page(brought, &state, now).await?;
                report.end = ScanEnd::Failed { error, next_at };
                return Ok(report);
            }
        }
    }
}

/// Scans many sources at once and returns every outcome, in the order given.
///
/// A source that stands under several topics is read once: its records reach all topics by their match rules.
pub async fn scan_all(
    store: &Store,
    http: &PoliteClient,
    sources: &[(String, Box<dyn Source>)],
    now: DateTime<Utc>,
) -> Vec<Result<ScanReport, StoreError>> {
    let mut seen = BTreeSet::new();
    let once: Vec<_> = sources.iter().filter(|(_, source)| seen.insert(source.id())).collect();
    let scans = once.into_iter().map(|(topic, source)| scan_source(store, http, source.as_ref(), topic, now));
    futures_util::stream::iter(scans).buffered(CONCURRENT_SOURCES).collect().await
}

/// Since when nothing of a place may be missed: where its answer shows the latest only, since it was read last.
fn latest_since(source: &dyn Source, before: &SourceState) -> Option<(Platform, DateTime<Utc>)> {
    source.shows_latest_only().then_some(())?;
    Some((source.platform(), before.last_ok_at?))
}

/// When a source is asked again that has just answered.
fn due(now: DateTime<Utc>, least: Duration, wanted: Option<DateTime<Utc>>) -> DateTime<Utc> {
    let wanted = wanted.map(|at| at.min(later(now, LONGEST_WISH)));
    later(now, least).max(wanted.unwrap_or(now))
}

fn later(now: DateTime<Utc>, wait: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(wait)
        .ok()
        .and_then(|wait| now.checked_add_signed(wait))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// What the host asks for, or twice the last wait while failures follow each other, and up to a fifth more, so
/// that sources that failed together do not come back together.
fn wait_after(error: &ScanError, before: &SourceState, id: &str) -> Duration {
    let Some(asked) = error.retry_in() else {
        // One such answer may be a mistake; a second one a day later is none.
        let again = before.last_error.as_deref() == Some(&*error.to_string());
        let gone = matches!(error, ScanError::Http(HttpError::Gone { .. }));
        return if gone && again { GONE_WAIT } else { HOPELESS_WAIT };
    };
    // What is not there, or not for us, is asked for once a day in the end.
    let absent = matches!(error, ScanError::Http(HttpError::Status { status: 401 | 403 | 404, .. }));
    let longest = if absent { HOPELESS_WAIT } else { LONGEST_WAIT };
    let last = match (&before.last_error, before.last_scan_at, before.next_at) {
        (Some(_), Some(tried), Some(next)) => (next - tried).to_std().unwrap_or_default(),
        (Some(_) | None, _, _) => Duration::ZERO,
    };
    let grown = (last * 2).clamp(FIRST_WAIT, longest);
    let wait = asked.max(grown);
    wait + wait.mul_f64(0.2 * jitter(id, before.last_scan_at))
}

/// A number in `0..1` that is the same for the same source and time.
fn jitter(id: &str, at: Option<DateTime<Utc>>) -> f64 {
    let seed = format!("{id}\0{}", at.map_or(0, |at| at.timestamp_millis()));
    let digest = sha2::Sha256::digest(seed.as_bytes());
    f64::from(u16::from_be_bytes([digest[0], digest[1]])) / 65_536.0
}

fn broke_down(id: &str, panic: &(dyn std::any::Any + Send)) -> ScanError {
    ScanError::Panicked { source_name: id.to_owned(), why: panic_text(panic) }
}

/// What a panic says of itself.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}
