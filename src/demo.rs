//! The demo: a fictional corpus and its topics, compiled in, and the simulated days that replay it live.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::{Config, ConfigError, Inputs, Overrides, SourceText, load};
use crate::ingest::import::read_record;
use crate::model::{Clock as _, IncomingRecord, ManualClock};
use crate::publish::preview::PreviewFolder;
use crate::publish::{BlueskyDesk, Destinations, Profiles, RetryPolicy};
use crate::schedule::{Newsroom, Publishing, TickReport, profiles_of, retry_policy_of};
use crate::store::{Store, StoreError, View};

const CORPUS: &str = include_str!("../demo/corpus.jsonl");
/// The demo's topic files, path and text.
pub const TOPICS: &[(&str, &str)] = &[
    ("topics/night-trains.toml", include_str!("../demo/topics/night-trains.toml")),
    ("topics/tide-power.toml", include_str!("../demo/topics/tide-power.toml")),
    ("topics/city-bikes.toml", include_str!("../demo/topics/city-bikes.toml")),
    ("topics/library-hours.toml", include_str!("../demo/topics/library-hours.toml")),
    ("topics/sea-weather.toml", include_str!("../demo/topics/sea-weather.toml")),
];

/// The sources are read once an hour, and the newsroom looks every six.
const SCAN: TimeDelta = TimeDelta::hours(1);
const SCANS_PER_TICK: u32 = 6;

/// A configuration file for the demo's folder, so that its database can be asked afterwards.
pub fn configuration_file(out: &Path) -> String {
    let path = |name: &str| out.join(name).display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "# Written by `newsdesk demo`: asks the demo's database about the demo's topics.\n\
         database = \"sqlite://{}\"\n\n[topics]\nbuiltin = false\n\n[publish]\npreview_dir = \"{}\"\n",
        path("newsdesk.db"),
        path("preview")
    )
}

/// The configuration of the demo.
pub fn configuration(out: &Path, seed: u64) -> Result<Config, ConfigError> {
    let text = |path: &Path, text: &str| SourceText { path: path.to_owned(), text: text.to_owned() };
    load(Inputs {
        file: Some(text(&out.join("newsdesk.toml"), &configuration_file(out))),
        topic_files: TOPICS.iter().map(|(path, content)| text(&out.join(path), content)).collect(),
        overrides: Overrides { seed: Some(seed), ..Overrides::default() },
        data_home: out.to_owned(),
        ..Inputs::default()
    })
}

/// The corpus, by the time each line was seen.
fn corpus() -> BTreeMap<DateTime<Utc>, Vec<IncomingRecord>> {
    let mut by_time: BTreeMap<DateTime<Utc>, Vec<IncomingRecord>> = BTreeMap::new();
    for (n, line) in CORPUS.lines().enumerate() {
        match read_record(line, n as u64 + 1, DateTime::UNIX_EPOCH) {
            Ok(record) => by_time
                .entry(record.archived_seen_at.unwrap_or(record.published_at))
                .or_default()
                .push(record),
            Err(fault) => tracing::error!("the bundled corpus is broken: {fault}"),
        }
    }
    by_time
}

/// The demo's days, replayed as if they were live.
pub struct Demo {
    store: Store,
    newsroom: Newsroom,
    clock: ManualClock,
    destinations: Destinations,
    policy: RetryPolicy,
    corpus: BTreeMap<DateTime<Utc>, Vec<IncomingRecord>>,
    scans: u32,
}

impl Demo {
    /// A demo over an empty store.
    pub fn new(config: &Config, store: Store) -> Self {
        Self::for_accounts(config, store, Vec::new())
    }

    /// The same, whose stories go to these Bluesky accounts, too.
    pub fn for_accounts(config: &Config, store: Store, accounts: Vec<BlueskyDesk>) -> Self {
        let corpus = corpus();
        let first = corpus.keys().next().copied().unwrap_or_default();
        let midnight = first.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
        let publishing = Publishing::Posts(Box::new(Profiles { accounts, ..profiles_of(config) }));
        Self {
            newsroom: Newsroom::of(
                config,
                &config.topics,
                store.clone(),
                store.clone(),
                View::Live,
                publishing,
            ),
            clock: ManualClock::at(midnight),
            destinations: Destinations::new().with_preview(PreviewFolder::new(&config.preview_dir)),
            policy: retry_policy_of(config),
            store,
            corpus,
            scans: 0,
        }
    }

    /// The same, posted to these destinations.
    #[must_use]
    pub fn posting_to(self, destinations: Destinations) -> Self {
        Self { destinations, ..self }
    }

    /// Lines of the corpus.
    pub fn records(&self) -> usize {
        self.corpus.values().map(Vec::len).sum()
    }

    /// Lives through the next hours up to the next tick; `None` when the three weeks are over.
    pub async fn next(&mut self) -> Result<Option<(DateTime<Utc>, TickReport)>, StoreError> {
        let Some(last) = self.corpus.keys().next_back().copied() else { return Ok(None) };
        loop {
            let before = self.clock.now();
            if before > last {
                return Ok(None);
            }
            let now = before + SCAN;
            self.clock.set(now);
            let arrived: Vec<_> = self
                .corpus
                .range((std::ops::Bound::Excluded(before), std::ops::Bound::Included(now)))
                .collect();
            for (_, page) in arrived {
                self.store.save_records(page, now).await?;
            }
            self.newsroom.analyze(|_| ()).await?;
            let erased = self.newsroom.erase(now).await?;
            self.scans += 1;
            if self.scans.is_multiple_of(SCANS_PER_TICK) {
                let report = self.newsroom.tick(now).await?;
                self.deliver().await?;
                return Ok(Some((now, report)));
            }
            if erased > 0 {
                self.deliver().await?;
            }
        }
    }

    async fn deliver(&self) -> Result<(), StoreError> {
        self.newsroom.deliver(&self.destinations, &self.policy, &self.clock).await.map(drop)
    }
}
