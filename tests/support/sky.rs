//! A desk that posts to the real Bluesky servers through a proxy that can fail, with a clock the test moves.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use newsdesk::bluesky::{Account, AccountSettings};
use newsdesk::config::{Secret, SecretSource};
use newsdesk::model::{AmendmentKind, Clock as _, DeskId, ManualClock};
use newsdesk::publish::bluesky::{BlueskySender, Look, Telling, plan};
use newsdesk::publish::{
    DeliveryReport, Destinations, OnRetraction, Profiles, Publisher, RetryPolicy, deliver_due, replan,
};
use newsdesk::store::{Outgoing, PointLimits, Store};
use serde_json::Value;
use tempfile::TempDir;

use super::Database;
use super::bluesky::{Bluesky, Proxy, Reader, TestAccount};
use super::record::at;
use super::tale::Tale;

/// The client gives up on an answer after this.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// An account, its desk, and everything between.
pub(crate) struct Sky {
    pub(crate) bluesky: Bluesky,
    pub(crate) proxy: Proxy,
    pub(crate) desk: TestAccount,
    pub(crate) account: Account,
    pub(crate) database: Database,
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) policy: RetryPolicy,
    pub(crate) profiles: Profiles,
    pub(crate) look: Look,
    pub(crate) troubles: Arc<Mutex<Vec<String>>>,
    destinations: Destinations,
    pub(crate) folder: TempDir,
}

/// The settings of a test account, whose server is reached at `service`.
pub(crate) fn settings(
    bluesky: &Bluesky,
    desk: &TestAccount,
    service: &str,
    folder: &std::path::Path,
) -> AccountSettings {
    let password = SecretSource::Inline(Secret::new(&desk.app_password));
    AccountSettings {
        resolver: desk.service.parse().unwrap(),
        plc: bluesky.plc().parse().unwrap(),
        service: Some(service.parse().unwrap()),
        timeout: PATIENCE,
        password: Some(password),
        ..AccountSettings::new(&desk.handle, folder)
    }
}

/// Signed in before anything is tested. The server takes its time over a password, on a busy machine longer than
/// `PATIENCE`, which is short because tests wait it out.
async fn signed_in(settings: AccountSettings, store: &Store, clock: &Arc<ManualClock>) -> Account {
    let deadline = std::time::Instant::now() + Duration::from_mins(1);
    loop {
        match Account::open(settings.clone(), store.clone(), clock.clone()).await {
            Ok(account) => return account,
            Err(err) => assert!(std::time::Instant::now() < deadline, "no session after a minute: {err}"),
        }
    }
}

impl Sky {
    /// A new account on the common network.
    pub(crate) async fn open() -> Self {
        let bluesky = Bluesky::connect().await;
        let desk = bluesky.account("desk").await;
        Self::of(bluesky, desk).await
    }

    /// A desk that posts as an account.
    pub(crate) async fn of(bluesky: Bluesky, desk: TestAccount) -> Self {
        Self::within(bluesky, desk, None).await
    }

    /// The same with other limits of points than the network's.
    pub(crate) async fn within(bluesky: Bluesky, desk: TestAccount, points: Option<PointLimits>) -> Self {
        let proxy = Proxy::start(&desk.service).await;
        let database = Database::create();
        let store = database.open().await;
        let clock = Arc::new(ManualClock::at(at("2031-03-17 09:00")));
        let folder = TempDir::new().unwrap();
        let mut settings = settings(&bluesky, &desk, proxy.url(), folder.path());
        settings.points = points.unwrap_or(settings.points);
        let account = signed_in(settings, &store, &clock).await;
        let mut sky = Self {
            bluesky,
            proxy,
            desk,
            account,
            database,
            store,
            clock,
            policy: RetryPolicy::default(),
            profiles: Profiles::default(),
            look: Look::default(),
            troubles: Arc::default(),
            destinations: Destinations::new(),
            folder,
        };
        sky.post_by(Box::new(sky.sender()));
        sky
    }

    /// One more sender over the same account.
    pub(crate) fn sender(&self) -> BlueskySender {
        let troubles = Arc::clone(&self.troubles);
        BlueskySender::new(
            self.account.clone(),
            self.store.clone(),
            self.clock.clone(),
            Arc::new(move |trouble| troubles.lock().unwrap_or_else(PoisonError::into_inner).push(trouble)),
        )
    }

    /// Posts over something else from now on.
    pub(crate) fn post_by(&mut self, publisher: Box<dyn Publisher>) {
        self.destinations = Destinations::new().with_bluesky(&self.desk.did, publisher);
    }

    /// The network as the desk's own account sees it.
    pub(crate) fn own(&self) -> Reader {
        self.bluesky.as_reader(&self.desk)
    }

    /// A story in two sections, not posted yet. The same number gives the same story.
    pub(crate) async fn tale(&self, n: u64) -> Tale {
        Tale::new(&self.store, self.clock.now(), n).await
    }

    /// Stores a version with its delivery.
    pub(crate) async fn post(&self, tale: &Tale) {
        let mut new = tale.new.clone();
        let look = Look { opened: new.story.version > 1, ..self.look.clone() };
        let (delivery, steps) = plan(&tale.edition(), &self.desk.did, &look, new.story.at);
        new.deliveries = vec![Outgoing {
            delivery,
            steps,
            desk: Some(DeskId::bluesky(&self.desk.did)),
            due_at: None,
            look: serde_json::to_string(&look).unwrap(),
        }];
        assert!(self.store.save_story(&new).await.unwrap(), "it is new");
    }

    /// Corrects or retracts a story: every version is planned again, as the newsroom does it.
    pub(crate) async fn amend(&self, tale: &mut Tale, kind: AmendmentKind, text: &str) {
        tale.amend(&self.store, kind, text, self.clock.now()).await;
        for version in tale.earlier() {
            self.replan(&version).await;
        }
        self.replan(tale).await;
    }

    /// Plans a version again, as it is now.
    pub(crate) async fn replan(&self, tale: &Tale) {
        let now = self.clock.now();
        replan(&self.store, &tale.edition(), &tale.amendments, &self.profiles, now).await.unwrap();
    }

    /// Stories that are taken back leave nothing.
    pub(crate) fn delete_retracted(&mut self) {
        self.profiles.on_retraction = OnRetraction::Delete;
    }

    pub(crate) fn later(&self, time: TimeDelta) {
        self.clock.set(self.clock.now() + time);
    }

    /// Sends what is due now, once.
    pub(crate) async fn deliver(&self) -> DeliveryReport {
        deliver_due(&self.store, &self.destinations, &self.policy, &*self.clock).await.unwrap()
    }

    /// Sends until nothing is due any more, however long that takes.
    pub(crate) async fn settle(&self) {
        let begun = self.clock.now();
        while self.clock.now() - begun < TimeDelta::hours(6) {
            self.deliver().await;
            if self.in_state("open").await == 0 {
                return;
            }
            self.later(TimeDelta::seconds(40));
        }
        panic!("after six hours something is still on its way:\n{}", self.steps().await);
    }

    /// How many deliveries are in a state.
    pub(crate) async fn in_state(&self, state: &str) -> u64 {
        let totals = self.store.delivery_totals().await.unwrap();
        totals.into_iter().find(|(name, _)| name == state).map_or(0, |(_, n)| n)
    }

    /// Every step that is not posted, in words.
    pub(crate) async fn steps(&self) -> String {
        use sqlx::Row as _;
        let mut connection = self.database.connect().await;
        let sql = "SELECT version, n, step.state AS state, reason FROM step JOIN delivery ON delivery.id = delivery_id \
                   WHERE step.state <> 'posted' ORDER BY created_ms, n";
        let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
        rows.iter().fold(String::new(), |all, row| {
            let reason = row.get::<Option<String>, _>("reason").unwrap_or_default();
            let (version, n) = (row.get::<i64, _>("version"), row.get::<i64, _>("n"));
            format!("{all}v{version} #{n} {} {reason}\n", row.get::<String, _>("state"))
        })
    }

    /// The posts in the account's repository by key, oldest first.
    pub(crate) async fn records(&self) -> BTreeMap<String, Value> {
        let own = self.own();
        let mut records = BTreeMap::new();
        let mut cursor = String::new();
        loop {
            let asked = [
                ("repo", self.desk.did.as_str()),
                ("collection", "app.bsky.feed.post"),
                ("limit", "100"),
                ("cursor", &cursor),
            ];
            let asked = if cursor.is_empty() { &asked[..3] } else { &asked[..] };
            let mut page = own.get("com.atproto.repo.listRecords", asked).await.ok();
            for record in page["records"].as_array_mut().unwrap() {
                let key = record["uri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
                records.insert(key, record["value"].take());
            }
            match page["cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return records,
            }
        }
    }

    /// The texts of each thread that the account has begun, in order; a thread with a gap or a fork is no thread.
    pub(crate) async fn threads(&self) -> Vec<Vec<String>> {
        let records = self.records().await;
        let mut threads: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for (key, record) in &records {
            let uri = format!("at://{}/app.bsky.feed.post/{key}", self.desk.did);
            let root = record["reply"]["root"]["uri"].as_str().unwrap_or(&uri).to_owned();
            if !root.contains(&self.desk.did) {
                continue;
            }
            let thread = threads.entry(root).or_default();
            let parent = record["reply"]["parent"]["uri"].as_str();
            assert_eq!(
                parent,
                thread.last().map(|(last, _)| last.as_str()),
                "{uri} hangs on the one before it"
            );
            thread.push((uri, record["text"].as_str().unwrap().to_owned()));
        }
        threads.into_values().map(|thread| thread.into_iter().map(|(_, text)| text).collect()).collect()
    }

    /// The texts of each thread that is planned, in order. Every story in one version.
    pub(crate) async fn planned(&self) -> Vec<Vec<String>> {
        let mut connection = self.database.connect().await;
        let payloads: Vec<String> =
            sqlx::query_scalar("SELECT payload FROM step").fetch_all(&mut connection).await.unwrap();
        let texts = |payload: &String| {
            let telling: Telling = serde_json::from_str(payload).unwrap();
            telling.posts.into_iter().map(|post| post.text).collect()
        };
        payloads.iter().map(texts).collect()
    }

    /// Everything in the account's repository that a reader sees, oldest first. What differs from run to run is left out.
    pub(crate) async fn transcript(&self) -> String {
        let own = self.own();
        let mut keys = own.keys(&self.desk.did, "app.bsky.feed.post").await;
        keys.sort();
        let mut out = String::new();
        for key in &keys {
            let uri = format!("at://{}/app.bsky.feed.post/{key}", self.desk.did);
            let value = own.record(&uri).await.unwrap()["value"].take();
            out.push_str(&shown(&value, &keys));
        }
        for gate in ["app.bsky.feed.threadgate", "app.bsky.feed.postgate"] {
            for key in own.keys(&self.desk.did, gate).await {
                out.push_str(&format!("{gate} of {}\n", position(&keys, &key)));
            }
        }
        out
    }
}

fn position(keys: &[String], key: &str) -> String {
    keys.iter().position(|k| k == key).map_or_else(|| "nothing that is there".to_owned(), |n| format!("#{n}"))
}

/// A post, one line for each thing in it.
fn shown(record: &Value, keys: &[String]) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let at = |uri: &Value| position(keys, text(uri).rsplit('/').next().unwrap_or_default());
    let reply = match &record["reply"] {
        Value::Null => "opens".to_owned(),
        reply => format!("under {}, in {}", at(&reply["parent"]["uri"]), at(&reply["root"]["uri"])),
    };
    let embed = match text(&record["embed"]["$type"]).as_str() {
        "" => String::new(),
        "app.bsky.embed.record" => format!(" quotes {}", at(&record["embed"]["record"]["uri"])),
        other => format!(" with {}", other.rsplit('.').next().unwrap_or_default()),
    };
    format!("── {reply}{embed}\n{}\n", squeezed(&text(&record["text"])))
}

/// The same word many times over is told once.
fn squeezed(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        lines.push(match words.as_slice() {
            [first, rest @ ..] if rest.len() > 3 && rest.iter().all(|word| word == first) => {
                format!("{first} × {}", words.len())
            }
            _ => line.to_owned(),
        });
    }
    lines.join("\n")
}
