//! The seven servers together, and the six sources that read them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use newsdesk::ingest::{
    ArxivSource, FeedSource, HackerNewsSource, JetstreamSource, LemmySource, MastodonSource, Patience, Source,
};
use newsdesk::model::{ManualClock, SourceClass};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use url::Url;

use super::host::{Host, Kind};

/// The topic under which all is read.
pub(super) const TOPIC: &str = "ferries";

/// The servers.
pub(super) struct Town {
    pub(super) clock: Arc<ManualClock>,
    hosts: BTreeMap<Kind, Arc<Host>>,
    /// Told of every request to any of them.
    pub(super) rang: Arc<Notify>,
    _tasks: JoinSet<()>,
}

impl Town {
    /// Starts them; each waits for `slowness` before it answers.
    pub(super) async fn start(clock: ManualClock, slowness: Duration) -> Self {
        let (clock, rang, mut tasks) = (Arc::new(clock), Arc::default(), JoinSet::new());
        let mut hosts = BTreeMap::new();
        for kind in Kind::ALL.into_iter().chain([Kind::Profiles]) {
            hosts.insert(kind, Host::start(kind, &clock, slowness, &rang, &mut tasks).await);
        }
        Self { clock, hosts, rang, _tasks: tasks }
    }

    pub(super) fn host(&self, kind: Kind) -> &Host {
        &self.hosts[&kind]
    }

    /// Requests so far, to any of them.
    pub(super) fn requests(&self) -> usize {
        self.hosts.values().map(|host| host.asked().len()).sum()
    }

    /// The configuration under which they may be read.
    pub(super) fn settings(&self) -> String {
        let addresses: Vec<&str> = self.hosts.values().map(|host| host.address.as_str()).collect();
        format!("[http]\nallow_private_addresses = {addresses:?}\nper_host_pace = \"0s\"\n")
    }

    /// Where each is.
    pub(super) fn bases(&self) -> Vec<Url> {
        self.hosts.values().map(|host| host.base()).collect()
    }
}

/// The sources that read servers at these bases, in the order of [`Kind`]. A fresh desk looks `back` into the stream.
pub(super) fn sources(bases: &[Url], back: TimeDelta) -> Vec<(String, Box<dyn Source>)> {
    let [hackernews, feed, arxiv, mastodon, lemmy, sky, profiles] = bases else { panic!("{bases:?}") };
    // The servers here never keep silent; whoever waits so long waits for a fault.
    let patience = Patience { quiet: Duration::from_secs(5), ..Patience::default() };
    let stream = JetstreamSource::new(vec![sky.clone()], Arc::new(|text: &str| text.contains("ferry")));
    let all: [Box<dyn Source>; 6] = [
        Box::new(HackerNewsSource::new("ferry", Vec::new()).at(hackernews.clone())),
        Box::new(FeedSource::new(feed.clone(), "The Sound Post", SourceClass::Publication)),
        Box::new(ArxivSource::new(Some("cs.CY".to_owned()), None).at(arxiv.clone())),
        Box::new(MastodonSource::new("saltpan.example", "ferry").at(mastodon.clone())),
        Box::new(LemmySource::new("quay.example", "ferries").at(lemmy.clone())),
        Box::new(stream.profiles_at(profiles.clone()).patience(patience).look_back(back)),
    ];
    all.into_iter().map(|source| (TOPIC.to_owned(), source)).collect()
}
