//! What a live desk does: scan what is due, analyse, erase, amend, write, deliver.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, info_span};

use super::deliver::Publishing;
use super::mailroom::Mailroom;
use super::newsroom::Newsroom;
use super::pages::Gatherer;
use super::settings::{profiles_of, retry_policy_of};
use super::sources::{Doors, TopicSource, http_settings, lookups_of, sources_of};
use super::tick::TickReport;
use crate::config::{Config, Topic};
use crate::ingest::{HttpError, Lookup, PoliteClient, RecheckSettings, ScanReport, recheck, scan_all};
use crate::model::{Amendment, AmendmentKind, Clock, Platform, StoryCode};
use crate::publish::preview::PreviewFolder;
use crate::publish::{BlueskyDesk, DeliveryReport, Destinations, Profiles, Publisher};
use crate::store::{Store, StoreError, Tally, View};

/// Reads the live sources of topics.
pub struct Scanner {
    store: Store,
    http: Arc<PoliteClient>,
    sources: Vec<TopicSource>,
    cannot: Vec<String>,
}

impl Scanner {
    /// A scanner of a configuration over the topics given. All scanners of a program have one client: it keeps the
    /// distance to every host.
    pub fn new(
        config: &Config,
        topics: &[Topic],
        store: Store,
        http: Arc<PoliteClient>,
        doors: &Doors,
    ) -> Self {
        let (sources, cannot) = sources_of(config, topics, doors);
        Self { store, http, sources, cannot }
    }

    /// The same without streams, which somebody follows beside it.
    #[must_use]
    pub fn without_streams(mut self) -> Self {
        self.sources.retain(|(_, source)| !source.is_stream());
        self
    }

    /// Sources named in the configuration that cannot be read as it stands, in words.
    pub fn unread(&self) -> &[String] {
        &self.cannot
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
}

/// Asks again for what stories cite.
pub struct Rechecker {
    store: Store,
    http: Arc<PoliteClient>,
    lookups: Vec<Box<dyn Lookup>>,
    settings: RecheckSettings,
}

impl Rechecker {
    /// A rechecker of a configuration.
    pub fn new(config: &Config, store: Store, http: Arc<PoliteClient>, doors: &Doors) -> Self {
        let settings =
            RecheckSettings { every: config.ingest.recheck_every, during: config.ingest.recheck_for };
        Self { store, http, lookups: lookups_of(doors), settings }
    }

    /// Asks for what is due: what was cited just now and never asked for since comes first.
    pub async fn recheck(&self, clock: &dyn Clock) -> Result<Tally, StoreError> {
        let span = info_span!("recheck");
        recheck(&self.store, &self.http, &self.lookups, self.settings, clock.now()).instrument(span).await
    }
}

/// Writes stories from what was read, and changes what was written.
pub struct Writer {
    newsroom: Newsroom,
    store: Store,
    /// How long words of Reddit are kept that no story cites.
    keep_reddit: TimeDelta,
}

/// What a writer did in one go.
#[derive(Debug)]
pub struct Written {
    /// Records analysed.
    pub analysed: u64,
    /// Versions from which deleted records were erased.
    pub erased: usize,
    /// What was found and written.
    pub tick: TickReport,
}

/// Why a story cannot be corrected or retracted.
#[derive(Debug, thiserror::Error)]
pub enum AmendError {
    /// No story has the code.
    #[error("no story has the code {0}")]
    Unknown(StoryCode),
    /// It was taken back before.
    #[error("story {0} was retracted already")]
    Retracted(StoryCode),
    /// Nothing, or too much, was said.
    #[error("say in 3 to {MAX_TEXT} characters what is wrong; these are {0}")]
    Length(usize),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The longest correction or reason, in characters.
const MAX_TEXT: usize = 1_000;

impl Writer {
    /// A writer of a configuration over the topics given, whose stories go to these Bluesky accounts, too.
    pub fn new(config: &Config, topics: &[Topic], store: Store, accounts: Vec<BlueskyDesk>) -> Self {
        let publishing = Publishing::Posts(Box::new(Profiles { accounts, ..profiles_of(config) }));
        Self {
            newsroom: Newsroom::of(config, topics, store.clone(), store.clone(), View::Live, publishing),
            store,
            keep_reddit: TimeDelta::from_std(config.reddit.keep).unwrap_or(TimeDelta::days(2)),
        }
    }

    /// Analyses, erases, amends, writes and makes digests, as of now.
    pub async fn work(&mut self, clock: &dyn Clock) -> Result<Written, StoreError> {
        let analysed = self.newsroom.analyze(|_| ()).await?;
        if let Some(before) = clock.now().checked_sub_signed(self.keep_reddit) {
            let salt = getrandom::u64().unwrap_or_default();
            self.store.expire(&Platform::Reddit, before, clock.now(), salt).await?;
        }
        let erased = self.newsroom.erase(clock.now()).await?;
        self.newsroom.amend(clock.now()).await?;
        let tick = self.newsroom.tick(clock.now()).await?;
        self.newsroom.digest(clock.now()).await?;
        Ok(Written { analysed, erased, tick })
    }

    /// Reads pages that the leads of now are about, so that their stories can cite them. Nothing that takes long: what is not
    /// there in a minute, or when `stop` is cancelled, is left to the next time.
    pub async fn gather(
        &mut self,
        gatherer: &mut Gatherer,
        clock: &dyn Clock,
        stop: &CancellationToken,
    ) -> Result<u64, StoreError> {
        self.newsroom.analyze(|_| ()).await?;
        let wanted = self.newsroom.wanted(clock.now()).await?;
        let gathering = gatherer.gather(&wanted, clock).instrument(info_span!("gather"));
        stop.run_until_cancelled(gathering).await.unwrap_or(Ok(0))
    }

    /// Works, and asks again for what is cited before anything can be sent: what was just cited may be gone by now. The
    /// asking ends when `stop` is cancelled.
    pub async fn work_and_recheck(
        &mut self,
        rechecker: &Rechecker,
        clock: &dyn Clock,
        stop: &CancellationToken,
    ) -> Result<Written, StoreError> {
        let mut written = self.work(clock).await?;
        let Some(asked) = stop.run_until_cancelled(rechecker.recheck(clock)).await else {
            return Ok(written);
        };
        if asked?.gone > 0 {
            written.erased += self.forget(clock).await?;
        }
        Ok(written)
    }

    /// Makes the digests that are due.
    pub async fn digest(&self, clock: &dyn Clock) -> Result<usize, StoreError> {
        self.newsroom.digest(clock.now()).await
    }

    /// Erases what was deleted.
    pub async fn forget(&mut self, clock: &dyn Clock) -> Result<usize, StoreError> {
        self.newsroom.erase(clock.now()).await
    }

    /// Analyses every record that waits.
    pub async fn analyze(&mut self, done: impl FnMut(u64)) -> Result<u64, StoreError> {
        self.newsroom.analyze(done).await
    }

    /// Corrects a story or takes it back, on every copy. Sending is the mailroom's.
    pub async fn amend(
        &self,
        code: &StoryCode,
        kind: AmendmentKind,
        text: &str,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), AmendError> {
        let text = text.trim();
        let length = text.chars().count();
        if !(3..=MAX_TEXT).contains(&length) {
            return Err(AmendError::Length(length));
        }
        let versions = self.store.story_by_code(code).await?;
        let Some(latest) = versions.last() else { return Err(AmendError::Unknown(code.clone())) };
        let before = self.store.amendments_of(code).await?;
        if before.iter().any(|a| a.kind == AmendmentKind::Retraction) {
            return Err(AmendError::Retracted(code.clone()));
        }
        self.store
            .save_amendment(&Amendment {
                code: code.clone(),
                kind,
                text: text.to_owned(),
                by: by.to_owned(),
                // A replay may have written in a time that is still to come.
                at: now.max(latest.story.at),
            })
            .await?;
        self.newsroom.amend(now).await?;
        Ok(())
    }
}

/// A desk that reads, writes and posts in one process and one after the other.
pub struct LiveDesk {
    scanner: Scanner,
    gatherer: Option<Gatherer>,
    rechecker: Rechecker,
    writer: Writer,
    mailroom: Mailroom,
    cannot: Vec<String>,
}

/// What a round did.
#[derive(Debug)]
pub struct RoundReport {
    /// Every source and how it went.
    pub scans: Vec<ScanReport>,
    /// What was written.
    pub written: Written,
    /// What was sent.
    pub delivered: DeliveryReport,
}

/// Where this process can post to, besides the preview.
#[derive(Default)]
pub struct Publishers {
    /// Discord, where it is connected.
    pub discord: Option<Box<dyn Publisher>>,
    /// The Bluesky accounts that are signed in.
    pub bluesky: Vec<(BlueskyDesk, Box<dyn Publisher>)>,
}

impl Publishers {
    /// The Bluesky accounts, and what they want.
    pub fn accounts(&self) -> Vec<BlueskyDesk> {
        self.bluesky.iter().map(|(desk, _)| desk.clone()).collect()
    }
}

/// The mailroom of a configuration: the preview, and what can be reached.
pub fn mailroom_of(config: &Config, store: Store, publishers: Publishers) -> Mailroom {
    let mut destinations = Destinations::new().with_preview(PreviewFolder::new(&config.preview_dir));
    if let Some(publisher) = publishers.discord {
        destinations = destinations.with_discord(publisher);
    }
    for (desk, publisher) in publishers.bluesky {
        destinations = destinations.with_bluesky(&desk.did, publisher);
    }
    let forget_after = TimeDelta::from_std(config.discord.forget_after).unwrap_or(TimeDelta::days(30));
    Mailroom::new(store, destinations, retry_policy_of(config), forget_after)
}

impl LiveDesk {
    /// A desk of a configuration over the topics given.
    pub fn new(
        config: &Config,
        topics: &[Topic],
        store: Store,
        publishers: Publishers,
        doors: &Doors,
    ) -> Result<Self, HttpError> {
        let http = Arc::new(PoliteClient::new(http_settings(config))?);
        let scanner = Scanner::new(config, topics, store.clone(), Arc::clone(&http), doors);
        let mut cannot = scanner.unread().to_vec();
        let gatherer = Gatherer::of(config, store.clone(), Arc::clone(&http));
        let gatherer = gatherer.unwrap_or_else(|why| {
            cannot.push(why);
            None
        });
        Ok(Self {
            scanner,
            gatherer,
            cannot,
            rechecker: Rechecker::new(config, store.clone(), http, doors),
            writer: Writer::new(config, topics, store.clone(), publishers.accounts()),
            mailroom: mailroom_of(config, store, publishers),
        })
    }

    /// What the configuration names and this desk cannot read, in words.
    pub fn unread(&self) -> &[String] {
        &self.cannot
    }

    /// Whether there is any live source.
    pub fn has_sources(&self) -> bool {
        self.scanner.has_sources()
    }

    /// Erases what was deleted, and sends what that changes.
    pub async fn forget(&mut self, clock: &dyn Clock) -> Result<usize, StoreError> {
        let erased = self.writer.forget(clock).await?;
        self.mailroom.deliver(clock).await?;
        Ok(erased)
    }

    /// Analyses every record that waits.
    pub async fn analyze(&mut self, done: impl FnMut(u64)) -> Result<u64, StoreError> {
        self.writer.analyze(done).await
    }

    /// Corrects a story or takes it back, and sends what that changes.
    pub async fn amend(
        &self,
        code: &StoryCode,
        kind: AmendmentKind,
        text: &str,
        by: &str,
        clock: &dyn Clock,
    ) -> Result<DeliveryReport, AmendError> {
        self.writer.amend(code, kind, text, by, clock.now()).await?;
        Ok(self.mailroom.deliver(clock).await?)
    }

    /// A whole round.
    pub async fn round(&mut self, clock: &dyn Clock) -> Result<RoundReport, StoreError> {
        let scans = self.scanner.scan(clock).await?;
        let stop = CancellationToken::new();
        if let Some(gatherer) = &mut self.gatherer {
            self.writer.gather(gatherer, clock, &stop).await?;
        }
        let written = self.writer.work_and_recheck(&self.rechecker, clock, &stop).await?;
        self.mailroom.keep_house(clock).await?;
        let delivered = self.mailroom.deliver(clock).await?;
        Ok(RoundReport { scans, written, delivered })
    }
}
