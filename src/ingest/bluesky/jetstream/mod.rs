//! Jetstream: all posts of the network as they are written, as JSON over a WebSocket.
//!
//! The stream cannot be searched: everything is read, matched here, and only what matches is kept. It is told at least
//! once, nearly in order, and about a day and a half back. Frames are taken uncompressed: the compressed form needs a
//! dictionary of the server's, which changes.

mod capture;
mod clock;
mod event;
mod follow;
mod intake;
mod link;
mod scan;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use chrono::TimeDelta;
use url::Url;

use self::intake::Wanted;
use super::profiles::Profiles;

pub use capture::capture_line;
pub use follow::{FollowPace, Followed};
pub use intake::JetstreamIntake;

/// The public hosts.
const HOSTS: [&str; 4] = [
    "wss://jetstream1.us-east.bsky.network/subscribe",
    "wss://jetstream2.us-east.bsky.network/subscribe",
    "wss://jetstream1.us-west.bsky.network/subscribe",
    "wss://jetstream2.us-west.bsky.network/subscribe",
];

/// How far a fresh desk looks back. The stream would give a day and a half: some gigabytes of the world's posts.
const LOOK_BACK: TimeDelta = TimeDelta::minutes(15);

/// Deletions and such in one page, beside posts. They are small.
const MAX_KEPT: usize = 20_000;

/// How long a stream is waited for, and how much of it makes a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// A stream that told something and then nothing for so long has no more for now.
    pub quiet: Duration,
    /// A stream that tells nothing for so long is dead.
    pub silence: Duration,
    /// A page takes no longer.
    pub page: Duration,
    /// A page takes no more bytes.
    pub page_bytes: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            quiet: Duration::from_secs(5),
            silence: Duration::from_secs(30),
            page: Duration::from_secs(45),
            page_bytes: 128 * 1024 * 1024,
        }
    }
}

/// The stream of all posts, of which those are kept that somebody wants.
pub struct JetstreamSource {
    hosts: Vec<Url>,
    wanted: Wanted,
    holding: Option<Wanted>,
    /// Who authors are. `None`: they are named by their DIDs.
    profiles: Option<Profiles>,
    look_back: TimeDelta,
    patience: Patience,
    /// The host that is asked first.
    host: AtomicUsize,
}

impl fmt::Debug for JetstreamSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JetstreamSource").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

impl JetstreamSource {
    /// The stream from `hosts` (`wss://HOST/subscribe`), asked in turn when one fails. `wanted` is asked for the words
    /// of every post in the world, some hundred times a second: it should be quick.
    pub fn new(hosts: Vec<Url>, wanted: Arc<dyn Fn(&str) -> bool + Send + Sync>) -> Self {
        Self {
            hosts,
            wanted,
            holding: None,
            profiles: Some(Profiles::default()),
            look_back: LOOK_BACK,
            patience: Patience::default(),
            host: AtomicUsize::new(0),
        }
    }

    /// The hosts that Bluesky runs for everybody.
    pub fn public_hosts() -> Vec<Url> {
        HOSTS.iter().filter_map(|host| Url::parse(host).ok()).collect()
    }

    /// Tells which records (by native id) the desk may hold: then edits of these are kept whatever they say now, and
    /// deletions of others are not kept. A yes too many costs a row that the store ignores; a no too many loses a
    /// deletion. Without it all of the world's deletions are handed on.
    #[must_use]
    pub fn holding(mut self, holding: Arc<dyn Fn(&str) -> bool + Send + Sync>) -> Self {
        self.holding = Some(holding);
        self
    }

    /// Where a fresh desk begins: so long before its first scan. Default: 15 minutes.
    #[must_use]
    pub fn look_back(mut self, look_back: TimeDelta) -> Self {
        self.look_back = look_back;
        self
    }

    /// How long to wait, and how much to read at once.
    #[must_use]
    pub fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Asks another AppView who the authors are. `base` ends with a slash.
    #[must_use]
    pub fn profiles_at(mut self, base: Url) -> Self {
        let mut profiles = Profiles::default();
        profiles.service.base = Some(base);
        self.profiles = Some(profiles);
        self
    }

    /// Asks nobody who the authors are: they are named by their DIDs, and nobody knows who wishes not to be told of. For
    /// networks of one's own.
    #[must_use]
    pub fn without_profiles(mut self) -> Self {
        self.profiles = None;
        self
    }

    fn intake(&self) -> JetstreamIntake {
        JetstreamIntake::new(Arc::clone(&self.wanted)).holding(self.holding.clone())
    }
}

#[cfg(test)]
mod tests;
