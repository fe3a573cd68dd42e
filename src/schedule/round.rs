//! One round of a live desk: scan what is due, analyse, erase, write, deliver.

use tracing::{Instrument as _, info_span};

use super::deliver::Publishing;
use super::newsroom::Newsroom;
use super::settings::{profiles_of, retry_policy_of};
use super::sources::{TopicSource, http_settings, sources_of};
use super::tick::TickReport;
use crate::config::{Config, Topic};
use crate::ingest::{HttpError, PoliteClient, ScanReport, scan_all};
use crate::model::Clock;
use crate::publish::preview::PreviewFolder;
use crate::publish::{DeliveryReport, Destinations, RetryPolicy};
use crate::store::{Store, StoreError, View};

/// A desk that reads live sources and publishes.
pub struct LiveDesk {
    newsroom: Newsroom,
    store: Store,
    http: PoliteClient,
    sources: Vec<TopicSource>,
    not_yet: Vec<String>,
    destinations: Destinations,
    policy: RetryPolicy,
}

/// What a round did.
#[derive(Debug)]
pub struct RoundReport {
    /// Every source and how it went.
    pub scans: Vec<ScanReport>,
    /// Records analysed.
    pub analysed: u64,
    /// Versions from which deleted records were erased.
    pub erased: usize,
    /// What was found and written.
    pub tick: TickReport,
    /// What was sent.
    pub delivered: DeliveryReport,
}

impl LiveDesk {
    /// A desk of a configuration over the topics given.
    pub fn new(config: &Config, topics: &[Topic], store: Store) -> Result<Self, HttpError> {
        let (sources, not_yet) = sources_of(config, topics);
        let publishing = Publishing::Posts(Box::new(profiles_of(config)));
        Ok(Self {
            newsroom: Newsroom::of(config, topics, store.clone(), store.clone(), View::Live, publishing),
            http: PoliteClient::new(http_settings(config))?,
            destinations: Destinations::new().with_preview(PreviewFolder::new(&config.preview_dir)),
            policy: retry_policy_of(config),
            store,
            sources,
            not_yet,
        })
    }

    /// Sources named in the configuration that this version cannot read, in words.
    pub fn unread(&self) -> &[String] {
        &self.not_yet
    }

    /// Whether there is any live source.
    pub fn has_sources(&self) -> bool {
        !self.sources.is_empty()
    }

    /// Scans every source that is due. A failing one never stops the others: how each ended is for the caller to tell.
    pub async fn scan(&self, clock: &dyn Clock) -> Result<Vec<ScanReport>, StoreError> {
        let mut reports = Vec::new();
        for report in
            scan_all(&self.store, &self.http, &self.sources, clock.now()).instrument(info_span!("scan")).await
        {
            reports.push(report?);
        }
        Ok(reports)
    }

    /// Analyses, erases, writes and delivers, as of now.
    pub async fn work(
        &mut self,
        clock: &dyn Clock,
    ) -> Result<(u64, usize, TickReport, DeliveryReport), StoreError> {
        let analysed = self.newsroom.analyze(|_| ()).await?;
        let erased = self.newsroom.erase(clock.now()).await?;
        self.newsroom.refresh();
        let tick = self.newsroom.tick(clock.now()).await?;
        let delivered = self.newsroom.deliver(&self.destinations, &self.policy, clock).await?;
        Ok((analysed, erased, tick, delivered))
    }

    /// Erases what was deleted, and sends what that changes.
    pub async fn forget(&mut self, clock: &dyn Clock) -> Result<usize, StoreError> {
        let erased = self.newsroom.erase(clock.now()).await?;
        self.newsroom.deliver(&self.destinations, &self.policy, clock).await?;
        Ok(erased)
    }

    /// Analyses every record that waits.
    pub async fn analyze(&mut self, done: impl FnMut(u64)) -> Result<u64, StoreError> {
        self.newsroom.analyze(done).await
    }

    /// A whole round.
    pub async fn round(&mut self, clock: &dyn Clock) -> Result<RoundReport, StoreError> {
        let scans = self.scan(clock).await?;
        let (analysed, erased, tick, delivered) = self.work(clock).await?;
        Ok(RoundReport { scans, analysed, erased, tick, delivered })
    }
}
