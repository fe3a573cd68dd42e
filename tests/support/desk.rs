//! A desk inside the test's process: its own database, a clock that stands still, sources on loopback.

use chrono::{DateTime, Utc};
use newsdesk::answer::{self, TopicView, WhyAnswer};
use newsdesk::config::{Config, Inputs, SourceText, load};
use newsdesk::ingest::{PoliteClient, ScanReport, Source, scan_all};
use newsdesk::model::{Clock as _, Decision, ManualClock};
use newsdesk::publish::preview::PreviewFolder;
use newsdesk::publish::{Destinations, RetryPolicy};
use newsdesk::schedule::{
    Doors, LiveDesk, Newsroom, Publishers, Publishing, RoundReport, TickReport, http_settings,
};
use newsdesk::store::{Store, Tally, View};
use tempfile::TempDir;

use super::record::Post;
use super::story::slug;
use super::{Database, at};

/// A newsroom with everything around it.
pub(crate) struct Desk {
    pub(crate) store: Store,
    pub(crate) config: Config,
    pub(crate) clock: ManualClock,
    // Holds the preview; gone with the desk.
    _folder: TempDir,
    sources: Vec<(String, Box<dyn Source>)>,
    // Dropped last: the store's connections go first.
    pub(crate) database: Database,
}

impl Desk {
    /// A desk with these lines in its configuration file and these topics, at 17 March 2031, 08:00.
    pub(crate) async fn open(settings: &str, topics: &[(&str, &str)]) -> Self {
        Self::with(&format!("{settings}\n[topics]\nbuiltin = false\n"), topics).await
    }

    /// A desk of which nothing is configured.
    pub(crate) async fn as_it_comes() -> Self {
        Self::with("", &[]).await
    }

    async fn with(settings: &str, topics: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let database = Database::create();
        let text = |path: &str, text: &str| SourceText { path: path.into(), text: text.to_owned() };
        let config = load(Inputs {
            file: Some(text("newsdesk.toml", settings)),
            topic_files: topics.iter().map(|(path, content)| text(path, content)).collect(),
            data_home: folder.path().to_owned(),
            ..Inputs::default()
        });
        let config = config.expect("the test's configuration is right");
        let store = database.open().await;
        let clock = ManualClock::at(at("2031-03-17 08:00"));
        Self { store, config, clock, _folder: folder, sources: Vec::new(), database }
    }

    /// Reads one more source, which no configuration can name (another address of a known service).
    pub(crate) fn reads(&mut self, topic: &str, source: impl Source + 'static) {
        self.sources.push((topic.to_owned(), Box::new(source)));
    }

    /// Stores posts as if each had been scanned when it was published.
    pub(crate) async fn hears(&self, posts: &[Post]) -> Tally {
        let mut tally = Tally::default();
        for post in posts {
            let page = [post.clone().record()];
            tally += self.store.save_records(&page, post.0.published_at).await.expect("stored");
        }
        tally
    }

    /// A whole round of the live desk, as `newsdesk scan` does it: scan, analyse, write, deliver.
    pub(crate) async fn scan(&self) -> Round {
        let mut live = LiveDesk::new(
            &self.config,
            &self.config.topics,
            self.store.clone(),
            Publishers::default(),
            &Doors::of(&self.config),
        )
        .expect("a client");
        let http = PoliteClient::new(http_settings(&self.config)).expect("a client");
        let more = scan_all(&self.store, &http, &self.sources, self.clock.now()).await;
        let more = more.into_iter().map(|report| report.expect("the store works")).collect();
        Round { report: live.round(&self.clock).await.expect("the store works"), more }
    }

    fn newsroom(&self, view: View) -> Newsroom {
        let publishing = match view {
            View::Live => Publishing::Posts(Box::default()),
            View::Replay => Publishing::No,
        };
        let (records, out) = (self.store.clone(), self.store.clone());
        Newsroom::of(&self.config, &self.config.topics, records, out, view, publishing)
    }

    /// Analyses what waits, and ticks at `at`, by the live clock.
    pub(crate) async fn tick_at(&self, at: DateTime<Utc>) -> TickReport {
        self.clock.set(at);
        let mut newsroom = self.newsroom(View::Live);
        newsroom.analyze(|_| ()).await.expect("analysed");
        newsroom.tick(at).await.expect("the store works")
    }

    /// Analyses what waits.
    pub(crate) async fn analyze(&self) -> u64 {
        self.newsroom(View::Live).analyze(|_| ()).await.expect("analysed")
    }

    /// Sends what is due into the preview folder; says how many steps were posted.
    pub(crate) async fn deliver(&self) -> usize {
        let to = Destinations::new().with_preview(PreviewFolder::new(&self.config.preview_dir));
        let newsroom = self.newsroom(View::Live);
        newsroom.deliver(&to, &RetryPolicy::default(), &self.clock).await.expect("the store works").posted
    }

    /// What the desk answers, now.
    pub(crate) async fn why(&self, asked: &str) -> WhyAnswer {
        let topics = topic_views(&self.config);
        let desk = answer::Desk { store: &self.store, topics: &topics, now: self.clock.now() };
        desk.why(asked).await.expect("known")
    }

    /// Every decision about a topic.
    pub(crate) async fn decisions(&self, topic: &str) -> Vec<Decision> {
        let all = (DateTime::UNIX_EPOCH, at("2099-01-01 00:00"));
        self.store.decisions(&slug(topic), all.0, all.1, 10_000).await.expect("the store works")
    }
}

/// What a round did, and what the sources added by the test did in it.
pub(crate) struct Round {
    pub(crate) report: RoundReport,
    pub(crate) more: Vec<ScanReport>,
}

/// The topics of a configuration as answers see them.
pub(crate) fn topic_views(config: &Config) -> Vec<TopicView> {
    let view = |topic: &newsdesk::config::Topic| TopicView {
        slug: topic.slug.clone(),
        name: topic.name.clone(),
        description: topic.description.clone(),
        time_zone: config.time_zone_of(topic),
        next_scan: None,
    };
    config.topics.iter().map(view).collect()
}
