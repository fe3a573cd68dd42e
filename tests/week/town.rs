//! The seven servers together, and the gateway before them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use newsdesk::config::Topic;
use newsdesk::ingest::HttpSettings;
use newsdesk::model::ManualClock;
use newsdesk::schedule::http_settings;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::gateway;
use super::host::{Host, Kind};
use super::place::Place;

/// The servers.
pub(super) struct Town {
    pub(super) clock: Arc<ManualClock>,
    /// What is spoken of everywhere.
    pub(super) subject: &'static str,
    /// Where the gateway is.
    pub(super) gateway: String,
    hosts: BTreeMap<Kind, Arc<Host>>,
    /// Told of every request to any of them.
    pub(super) rang: Arc<Notify>,
    _tasks: JoinSet<()>,
}

impl Town {
    /// Starts those that the sources of `topics` read; each waits for `slowness` before it answers.
    pub(super) async fn start(
        topics: &[Topic],
        subject: &'static str,
        clock: ManualClock,
        slowness: Duration,
    ) -> Self {
        let (clock, rang, mut tasks) = (Arc::new(clock), Arc::default(), JoinSet::new());
        let (places, mut hosts) = (Place::of(topics), BTreeMap::new());
        for kind in Kind::ALL.into_iter().chain([Kind::Profiles]) {
            hosts.insert(kind, Host::start(kind, &places, &clock, slowness, &rang, &mut tasks).await);
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = listener.local_addr().unwrap().to_string();
        tasks.spawn(gateway::serve(listener, hosts.clone(), Arc::new(places)));
        Self { clock, subject, gateway, hosts, rang, _tasks: tasks }
    }

    pub(super) fn host(&self, kind: Kind) -> &Host {
        &self.hosts[&kind]
    }

    /// Requests so far, to any of them.
    pub(super) fn requests(&self) -> usize {
        self.hosts.values().map(|host| host.asked().len()).sum()
    }
}

/// The client of a configuration, by this gateway. The clock of the week is turned by hand, so it keeps no seconds between
/// requests: minutes and hours are what is measured here.
pub(super) fn client_settings(config: &newsdesk::config::Config, gateway: &str) -> HttpSettings {
    HttpSettings {
        gateway: Some(gateway.to_owned()),
        per_host_interval: Duration::ZERO,
        host_paces: BTreeMap::new(),
        ..http_settings(config)
    }
}
