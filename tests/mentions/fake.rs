//! Somebody's mailbox on Bluesky, as its server would show it, in memory. The order of the list, the ends of its pages and
//! the fate of a used key are as on the real one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, Utc};
use newsdesk::bluesky::{Purpose, Write, XrpcError, cid_of};
use newsdesk::mentions::{Author, Mail, MailPage, Mentions, Postbox, Settings, Standing};
use newsdesk::model::{Clock as _, ManualClock};
use newsdesk::store::NewStory;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::support::desk::topic_views;
use crate::support::story::story_about;
use crate::support::{Desk, at, post};

pub(super) const US: &str = "did:plc:newsdesknewsdesknewsdesk";
pub(super) const HANDLE: &str = "desk.example";

/// What goes wrong with the next writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    LostAnswer,
    LostRequest,
    Down,
    TooMany(u64),
    OverBudget(u64),
    Refused,
}

#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) mail: Vec<Mail>,
    /// Our posts, by key.
    pub(super) posts: BTreeMap<String, Value>,
    pub(super) gone: BTreeSet<String>,
    pub(super) closed: BTreeSet<String>,
    pub(super) faults: VecDeque<Fault>,
    pub(super) pages: usize,
    pub(super) applied: usize,
}

/// The account.
#[derive(Clone, Debug, Default)]
pub(super) struct Fake(Arc<Mutex<World>>);

impl Fake {
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The texts of the answer to a post, in order.
    pub(super) fn answer_to(&self, uri: &str) -> Vec<String> {
        self.with(|world| {
            let mut parent = uri.to_owned();
            let mut texts = Vec::new();
            for (key, record) in &world.posts {
                if record["reply"]["parent"]["uri"] == json!(parent) {
                    texts.push(record["text"].as_str().unwrap().to_owned());
                    parent = format!("at://{US}/app.bsky.feed.post/{key}");
                }
            }
            texts
        })
    }

    /// How many posts hang directly under a post.
    pub(super) fn replies_to(&self, uri: &str) -> usize {
        self.with(|world| world.posts.values().filter(|p| p["reply"]["parent"]["uri"] == json!(uri)).count())
    }
}

#[async_trait]
impl Postbox for Fake {
    fn did(&self) -> String {
        US.to_owned()
    }

    fn handle(&self) -> String {
        HANDLE.to_owned()
    }

    async fn page(&self, cursor: Option<&str>) -> Result<MailPage, XrpcError> {
        self.with(|world| {
            world.pages += 1;
            let before: Option<DateTime<Utc>> = cursor.map(|cursor| cursor.parse().unwrap());
            let mut mail: Vec<Mail> = world
                .mail
                .iter()
                .filter(|one| before.is_none_or(|before| one.at < before))
                .cloned()
                .collect();
            mail.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.uri.cmp(&b.uri)));
            mail.truncate(100);
            let cursor = mail.last().map(|last| last.at.to_rfc3339_opts(SecondsFormat::Millis, true));
            Ok(MailPage { mail, cursor })
        })
    }

    async fn standing(&self, uris: &[&str]) -> Result<BTreeMap<String, Standing>, XrpcError> {
        self.with(|world| {
            let of = |uri: &str| match (world.gone.contains(uri), world.closed.contains(uri)) {
                (true, _) => Standing::Gone,
                (false, true) => Standing::Closed,
                (false, false) => Standing::Open,
            };
            Ok(uris.iter().map(|uri| ((*uri).to_owned(), of(uri))).collect())
        })
    }

    async fn apply(&self, writes: &[Write], _: Purpose) -> Result<(), XrpcError> {
        self.with(|world| {
            let fault = world.faults.pop_front();
            let unclear = || XrpcError::Unclear { why: "the connection was cut".to_owned() };
            match &fault {
                Some(Fault::LostRequest) => return Err(unclear()),
                Some(Fault::Down) => return Err(XrpcError::NeverSent { why: "nobody there".to_owned() }),
                Some(Fault::TooMany(after)) => {
                    return Err(XrpcError::RateLimited { after: Duration::from_secs(*after) });
                }
                Some(Fault::OverBudget(after)) => {
                    return Err(XrpcError::OverBudget { after: Duration::from_secs(*after) });
                }
                Some(Fault::Refused) => {
                    let (name, message) = ("InvalidRequest".to_owned(), "no".to_owned());
                    return Err(XrpcError::Refused { status: 400, name, message });
                }
                Some(Fault::LostAnswer) | None => {}
            }
            let used =
                |write: &Write| matches!(write, Write::Create { key, .. } if world.posts.contains_key(key));
            if writes.iter().any(used) {
                return Err(unclear());
            }
            for write in writes {
                match write {
                    Write::Create { key, record, .. } | Write::Update { key, record, .. } => {
                        world.posts.insert(key.clone(), record.clone());
                    }
                    Write::Delete { key, .. } => {
                        world.posts.remove(key);
                    }
                }
            }
            world.applied += 1;
            if fault == Some(Fault::LostAnswer) { Err(unclear()) } else { Ok(()) }
        })
    }

    async fn cid_at(&self, key: &str) -> Result<Option<String>, XrpcError> {
        Ok(self.with(|world| world.posts.get(key).map(|record| cid_of(record).unwrap())))
    }
}

/// Somebody on the network.
pub(super) fn person(name: &str) -> Author {
    Author { did: format!("did:plc:{name:a<24}"), ..Author::default() }
}

/// A post with a mention of us at its beginning.
pub(super) fn mention(n: usize, by: &str, text: &str, at: DateTime<Utc>) -> Mail {
    let mut mail = talk(n, by, &format!("@{HANDLE} {text}"), at);
    mail.record["facets"] = json!([{
        "index": { "byteStart": 0, "byteEnd": HANDLE.len() + 1 },
        "features": [{ "$type": "app.bsky.richtext.facet#mention", "did": US }],
    }]);
    mail
}

/// A reply to a post of ours.
pub(super) fn reply(n: usize, by: &str, text: &str, to: &str, at: DateTime<Utc>) -> Mail {
    let mut mail = talk(n, by, text, at);
    let to = json!({ "uri": to, "cid": "bafyreiparent" });
    mail.record["reply"] = json!({ "root": to, "parent": to });
    mail
}

/// A post.
pub(super) fn talk(n: usize, by: &str, text: &str, at: DateTime<Utc>) -> Mail {
    let author = person(by);
    Mail {
        uri: format!("at://{}/app.bsky.feed.post/3k{n:011}", author.did),
        cid: format!("bafyreiquestion{n}"),
        author,
        labels: Vec::new(),
        record: json!({ "$type": "app.bsky.feed.post", "text": text, "createdAt": "2031-03-17T08:00:00Z" }),
        at,
    }
}

/// A desk whose account is asked.
pub(super) struct Asked {
    pub(super) desk: Desk,
    pub(super) clock: Arc<ManualClock>,
    pub(super) fake: Fake,
    pub(super) settings: Settings,
    pub(super) mentions: Mentions,
}

pub(crate) const TOPICS: [(&str, &str); 2] = [
    ("topics/ferries.toml", "name = \"Ferries\"\n\n[match]\nany = [\"ferry\"]\n"),
    ("topics/open-source-ai.toml", "name = \"Open source AI\"\n\n[match]\nany = [\"open source ai\"]\n"),
];

impl Asked {
    /// A desk that has begun to read its mail at 08:00.
    pub(super) async fn open(settings: Settings) -> Self {
        let desk = Desk::open("", &TOPICS).await;
        let fake = Fake::default();
        let clock = Arc::new(ManualClock::at(at("2031-03-17 08:00")));
        let mentions = mentions(&desk, &clock, &fake, &settings);
        let asked = Self { desk, clock, fake, settings, mentions };
        asked.round().await;
        asked
    }

    pub(super) async fn round(&self) -> newsdesk::mentions::Report {
        self.mentions.round(&CancellationToken::new()).await.unwrap()
    }

    /// Rounds, ten seconds apart, until nothing waits. At most so many.
    pub(super) async fn rounds(&self, most: usize) -> usize {
        for n in 1..=most {
            let report = self.round().await;
            if report.waiting == 0 && !report.more {
                return n;
            }
            self.pass_time(10);
        }
        panic!("questions still wait after {most} rounds");
    }

    /// The program ends and starts again.
    pub(super) fn restart(&mut self) {
        self.mentions = mentions(&self.desk, &self.clock, &self.fake, &self.settings);
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(super) fn pass_time(&self, seconds: i64) {
        self.clock.set(self.now() + chrono::TimeDelta::seconds(seconds));
    }

    /// It arrives; its address.
    pub(super) fn receives(&self, mail: Mail) -> String {
        let uri = mail.uri.clone();
        self.fake.with(|world| world.mail.push(mail));
        uri
    }

    /// Why a post was passed over, or how far it is.
    pub(super) async fn fate(&self, uri: &str) -> String {
        let mut connection = self.desk.database.connect().await;
        let row: Option<(String, String)> =
            sqlx::query_as("SELECT state, reason FROM question WHERE uri = $1")
                .bind(uri)
                .fetch_optional(&mut connection)
                .await
                .unwrap();
        match row {
            Some((state, reason)) if reason.is_empty() => state,
            Some((_, reason)) => reason,
            None => "unknown".to_owned(),
        }
    }

    /// Runs one statement on the desk's database.
    pub(super) async fn execute(&self, sql: &'static str) {
        let mut connection = self.desk.database.connect().await;
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    }
}

fn mentions(desk: &Desk, clock: &Arc<ManualClock>, fake: &Fake, settings: &Settings) -> Mentions {
    let topics = topic_views(&desk.config);
    let topics = Arc::new(move |_| topics.clone());
    Mentions::new(desk.store.clone(), topics, clock.clone(), Arc::new(fake.clone()), settings.clone())
}

/// What the story says.
pub(crate) const TEXT: &str = "The night ferry is back from Monday on.";

/// A story about ferries at a desk with [`TOPICS`], which a post of `us` tells.
pub(crate) async fn tell_a_story(desk: &Desk, at: DateTime<Utc>, us: &str, key: &str) -> NewStory {
    desk.hears(&[post(1, TEXT)]).await;
    desk.analyze().await;
    let source = desk.store.record_by_url("https://saltpan.example/@ana/1").await.unwrap().unwrap();
    let new = story_about(&source, TEXT, "ferries", 1, at);
    assert!(desk.store.save_story(&new).await.unwrap());
    let mut connection = desk.database.connect().await;
    sqlx::query(
        "INSERT INTO told (account, record_key, storyline, code, version) VALUES ($1, $2, $3, $4, 1)",
    )
    .bind(us)
    .bind(key)
    .bind(new.story.storyline.as_str())
    .bind(new.story.code.as_str())
    .execute(&mut connection)
    .await
    .unwrap();
    new
}
