//! The connection to Bluesky against the real servers: sessions, what is written, limits, others' words.

mod limits;
mod records;
mod session;
mod words;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use newsdesk::bluesky::{Account, AccountSettings, Tid, Write, XrpcError};
use newsdesk::config::{Secret, SecretSource};
use newsdesk::model::{Clock as _, ManualClock};
use newsdesk::store::Store;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::Database;
use crate::support::bluesky::{Bluesky, Proxy, TestAccount};

const LOGIN: &str = "com.atproto.server.createSession";
const RENEW: &str = "com.atproto.server.refreshSession";
const APPLY: &str = "com.atproto.repo.applyWrites";
const POST: &str = "app.bsky.feed.post";

/// One account behind a proxy, and everything an [`Account`] is opened with.
struct Line {
    bluesky: Bluesky,
    proxy: Proxy,
    desk: TestAccount,
    clock: Arc<ManualClock>,
    store: Store,
    settings: AccountSettings,
    folder: TempDir,
    _database: Database,
}

impl Line {
    /// An account on the common network.
    async fn new() -> Self {
        let bluesky = Bluesky::connect().await;
        let desk = bluesky.account("desk").await;
        Self::of(bluesky, desk).await
    }

    async fn of(bluesky: Bluesky, desk: TestAccount) -> Self {
        let proxy = Proxy::start(&desk.service).await;
        let database = Database::create();
        let store = database.open().await;
        let folder = TempDir::new().unwrap();
        let settings = AccountSettings {
            password: Some(SecretSource::Inline(Secret::new(&desk.app_password))),
            service: Some(proxy.url().parse().unwrap()),
            resolver: bluesky.pds().parse().unwrap(),
            plc: bluesky.plc().parse().unwrap(),
            timeout: Duration::from_secs(10),
            ..AccountSettings::new(&desk.handle, folder.path().join("sessions"))
        };
        let clock = Arc::new(ManualClock::at(DateTime::<Utc>::from(SystemTime::now())));
        Self { bluesky, proxy, desk, clock, store, settings, folder, _database: database }
    }

    async fn try_open(&self) -> Result<Account, XrpcError> {
        Account::open(self.settings.clone(), self.store.clone(), self.clock.clone()).await
    }

    async fn open(&self) -> Account {
        self.try_open().await.unwrap()
    }

    /// Moves our clock; the servers' stand where they stand.
    fn later(&self, by: TimeDelta) {
        self.clock.set(self.clock.now() + by);
    }

    fn logins(&self) -> usize {
        self.proxy.calls(LOGIN)
    }

    fn session_file(&self) -> std::path::PathBuf {
        self.folder.path().join("sessions").join(format!("bluesky-{}.json", self.desk.handle))
    }
}

fn post(text: &str) -> Value {
    json!({ "$type": POST, "text": text, "createdAt": "2031-03-17T12:00:00.000Z" })
}

/// Creates a post at the `n`-th key.
fn create(n: u64, record: Value) -> Write {
    Write::Create { collection: POST.to_owned(), key: key(n), record }
}

fn key(n: u64) -> String {
    Tid::new(1_900_000_000_000_000 + n, 7).to_string()
}

fn bytes_of(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}
