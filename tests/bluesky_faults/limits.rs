//! The limits of the real service, by its own code: they are kept before they are met, and obeyed when they are.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use newsdesk::bluesky::{Account, Purpose, Write, XrpcError, cid_of};
use newsdesk::mentions::{Author, Mail, MailPage, Mentions, Postbox, Settings, Standing};
use newsdesk::model::{Clock as _, ManualClock};
use newsdesk::store::PointLimits;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::mentions::TOPICS;
use crate::support::bluesky::{Bluesky, OwnPds};
use crate::support::desk::topic_views;
use crate::support::sky::Sky;
use crate::support::{Desk, variable};

const APPLY: &str = "com.atproto.repo.applyWrites";

/// The account, with mail that nobody has sent: its server has no AppView.
struct Invented {
    account: Account,
    clock: Arc<ManualClock>,
    /// Oldest first.
    mail: Vec<Mail>,
}

#[async_trait]
impl Postbox for Invented {
    fn did(&self) -> String {
        self.account.did().to_string()
    }

    fn handle(&self) -> String {
        self.account.handle()
    }

    async fn page(&self, cursor: Option<&str>) -> Result<MailPage, XrpcError> {
        let before = cursor.map_or(self.clock.now(), |cursor| cursor.parse().unwrap());
        let here = self.mail.partition_point(|one| one.at < before);
        let mail: Vec<Mail> = self.mail[here.saturating_sub(100)..here].iter().rev().cloned().collect();
        let cursor = mail.last().map(|last| last.at.to_rfc3339_opts(SecondsFormat::Millis, true));
        Ok(MailPage { mail, cursor })
    }

    async fn standing(&self, uris: &[&str]) -> Result<BTreeMap<String, Standing>, XrpcError> {
        Ok(uris.iter().map(|uri| ((*uri).to_owned(), Standing::Open)).collect())
    }

    async fn apply(&self, writes: &[Write], purpose: Purpose) -> Result<(), XrpcError> {
        Account::apply(&self.account, writes, purpose).await
    }

    async fn cid_at(&self, key: &str) -> Result<Option<String>, XrpcError> {
        Postbox::cid_at(&self.account, key).await
    }
}

/// A question by the n-th of many people.
fn question(n: usize, us: &Account, at: DateTime<Utc>) -> Mail {
    const ASKED: [&str; 4] = ["topics", "latest", "latest on ferries", "help"];
    let handle = us.handle();
    let text = format!("@{handle} {}", ASKED[n % ASKED.len()]);
    let facet = json!({
        "index": { "byteStart": 0, "byteEnd": handle.len() + 1 },
        "features": [{ "$type": "app.bsky.richtext.facet#mention", "did": us.did() }],
    });
    let record = json!({ "$type": "app.bsky.feed.post", "text": text, "facets": [facet], "createdAt": at });
    // Four hundred people.
    let letter = |n: usize| char::from(b"abcdefghijklmnopqrst"[n % 20]);
    let did = format!("did:plc:{}{}{}", letter(n), letter(n / 20), "a".repeat(22));
    Mail {
        uri: format!("at://{did}/app.bsky.feed.post/3k{n:011}"),
        cid: cid_of(&record).unwrap(),
        author: Author { did, ..Author::default() },
        labels: Vec::new(),
        record,
        at,
    }
}

/// A day, or a part of it.
struct Day {
    minutes: usize,
    stories: usize,
    questions: usize,
}

impl Day {
    fn of_test() -> Self {
        match variable("NEWSDESK_TEST_SCALE").as_deref() {
            Some("full") => Self { minutes: 24 * 60, stories: 60, questions: 2_000 },
            _ => Self { minutes: 24 * 3, stories: 3, questions: 100 },
        }
    }
}

/// What came of a day.
struct Lived {
    sky: Sky,
    asked: Vec<String>,
    /// In how many minutes a story was still not posted at the end.
    late: usize,
    waiting: u64,
}

impl Lived {
    /// How many answers hang under each question.
    async fn answers(&self) -> Vec<usize> {
        let mut under: BTreeMap<String, usize> = BTreeMap::new();
        for record in self.sky.records().await.into_values() {
            if let Some(parent) = record["reply"]["parent"]["uri"].as_str() {
                *under.entry(parent.to_owned()).or_default() += 1;
            }
        }
        self.asked.iter().map(|uri| under.get(uri).copied().unwrap_or_default()).collect()
    }

    /// In how many states the questions are.
    async fn fates(&self) -> BTreeMap<String, i64> {
        let mut connection = self.sky.database.connect().await;
        let sql = "SELECT CASE WHEN reason = '' THEN state ELSE reason END AS fate, COUNT(*) FROM question GROUP BY 1";
        let rows: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
        rows.into_iter().collect()
    }
}

/// Time goes by, for the desk and its server.
async fn goes_by(sky: &Sky, pds: &OwnPds, time: Duration) {
    sky.later(TimeDelta::from_std(time).unwrap());
    pds.advance(time).await;
}

async fn live(day: &Day, points: Option<PointLimits>) -> (Lived, OwnPds) {
    let bluesky = Bluesky::connect().await;
    let pds = bluesky.own_pds(true).await;
    let desk = pds.account("desk").await;
    let mut sky = Sky::within(bluesky, desk, points).await;
    sky.look.card = false;
    let begun = sky.clock.now();
    let at = |n: usize| {
        let ms = day.minutes * 60_000 * n / day.questions;
        begun + TimeDelta::milliseconds(i64::try_from(ms).unwrap() + 1)
    };
    let mail: Vec<Mail> = (0..day.questions).map(|n| question(n, &sky.account, at(n))).collect();
    let asked = mail.iter().map(|one| one.uri.clone()).collect();
    let topics = topic_views(&Desk::open("", &TOPICS).await.config);
    let mentions = Mentions::new(
        sky.store.clone(),
        Arc::new(move |_| topics.clone()),
        sky.clock.clone(),
        Arc::new(Invented { account: sky.account.clone(), clock: sky.clock.clone(), mail }),
        Settings::default(),
    );
    let stop = CancellationToken::new();
    mentions.round(&stop).await.unwrap();
    let mut lived = Lived { sky, asked, late: 0, waiting: 0 };
    let mut told = 0;
    for minute in 0..day.minutes {
        let sky = &lived.sky;
        if minute * day.stories >= told * day.minutes {
            told += 1;
            let tale = sky.tale(u64::try_from(told).unwrap()).await;
            sky.post(&tale).await;
        }
        // Questions come first and are many: stories go before them all the same.
        while mentions.round(&stop).await.unwrap().more {}
        let open = sky.in_state("open").await;
        sky.deliver().await;
        if open > 0 && sky.in_state("open").await > 0 {
            lived.late += 1;
        }
        goes_by(&lived.sky, &pds, Duration::from_mins(1)).await;
    }
    for _ in 0..10 {
        let report = mentions.round(&stop).await.unwrap();
        lived.waiting = report.waiting;
    }
    (lived, pds)
}

async fn holds_every_story_once(lived: &Lived, day: &Day) {
    let (mut stand, mut planned) = (lived.sky.threads().await, lived.sky.planned().await);
    stand.sort();
    planned.sort();
    assert_eq!(planned.len(), day.stories);
    assert!(stand == planned, "{} threads stand of {} stories", stand.len(), planned.len());
}

/// A twentieth of a day with `NEWSDESK_TEST_SCALE` unset, a whole one if it is `full`: so in the next test.
#[tokio::test]
async fn a_busy_day_passes_without_a_single_refusal() {
    let (day, begun) = (Day::of_test(), Instant::now());
    let (lived, _pds) = live(&day, None).await;
    let spent = lived.sky.account.session_info().await.unwrap();
    println!(
        "{} stories and {} questions in {} min: {:?}, {} points of the day, {} calls refused, {:?}",
        day.stories,
        day.questions,
        day.minutes,
        lived.fates().await,
        spent.points_day,
        lived.sky.proxy.all_answered(429),
        begun.elapsed()
    );
    assert_eq!(lived.sky.proxy.all_answered(429), 0);
    assert_eq!((lived.late, lived.waiting), (0, 0), "{:?}", lived.fates().await);
    assert!(lived.answers().await.iter().all(|n| *n == 1), "each question has one answer");
    holds_every_story_once(&lived, &day).await;
}

#[tokio::test]
async fn with_a_tenth_of_the_points_stories_are_posted_and_answers_wait() {
    let (day, begun) = (Day::of_test(), Instant::now());
    // As much of a day's points as the test lives of a day.
    let points = PointLimits { hour: 500, day: u32::try_from(3_500 * day.minutes / (24 * 60)).unwrap() };
    let (lived, _pds) = live(&day, Some(points)).await;
    let answers = lived.answers().await;
    let answered = answers.iter().filter(|n| **n == 1).count();
    println!(
        "{} stories, {} late; {answered} of {} questions answered, {} wait, {:?}; {} calls refused, {:?}",
        day.stories,
        lived.late,
        day.questions,
        lived.waiting,
        lived.fates().await,
        lived.sky.proxy.all_answered(429),
        begun.elapsed()
    );
    assert_eq!(lived.sky.proxy.all_answered(429), 0);
    assert_eq!(lived.late, 0, "no story waits for an answer");
    holds_every_story_once(&lived, &day).await;
    assert!(answers.iter().all(|n| *n <= 1), "nobody is answered twice");
    assert!(answered > 0 && answered < day.questions, "{answered} of {}", day.questions);
    let fates = lived.fates().await;
    let known: i64 = fates.values().sum();
    assert_eq!(usize::try_from(known).unwrap(), day.questions, "no question is lost: {fates:?}");
    assert_eq!(fates.get("answered").copied(), i64::try_from(answered).ok(), "{fates:?}");
}

#[tokio::test]
async fn a_refusal_is_obeyed_to_its_end() {
    let bluesky = Bluesky::connect().await;
    let pds = bluesky.own_pds(true).await;
    let desk = pds.account("desk").await;
    let mut sky = Sky::of(bluesky, desk).await;
    sky.look.card = false;
    // Another program of the owner's has spent 4,800 of 5,000 points; a story is 39.
    for round in 0..8 {
        let spent = |n: usize| {
            json!({
                "$type": "com.atproto.repo.applyWrites#create", "collection": "com.example.spent",
                "rkey": format!("{round}-{n}"), "value": { "$type": "com.example.spent" },
            })
        };
        let writes: Vec<Value> = (0..200).map(spent).collect();
        sky.own().post(APPLY, &json!({ "repo": sky.desk.did, "writes": writes })).await.ok();
    }
    for n in 1..=8 {
        let tale = sky.tale(n).await;
        sky.later(TimeDelta::milliseconds(1));
        sky.post(&tale).await;
    }
    let (mut sent, mut refused_at) = (0, None);
    for _ in 0..60 {
        let report = sky.deliver().await;
        let calls = sky.proxy.calls(APPLY);
        match refused_at {
            None if sky.proxy.answered(APPLY, 429) == 1 => {
                assert!(report.posted > 0, "some fit in");
                refused_at = Some(pds.now_ms().await);
            }
            None => {}
            Some(at) if report.posted == 0 => {
                assert_eq!(calls, sent, "nothing is sent before the time");
                assert!(pds.now_ms().await - at < 3_600_000, "the hour is over");
            }
            Some(_) => {
                assert_eq!(sky.proxy.answered(APPLY, 429), 1, "the server had to say it once");
                break;
            }
        }
        sent = calls;
        goes_by(&sky, &pds, Duration::from_mins(2)).await;
    }
    assert!(refused_at.is_some(), "the server never refused");
    sky.settle().await;
    let (mut stand, mut planned) = (sky.threads().await, sky.planned().await);
    stand.sort();
    planned.sort();
    assert!(stand == planned, "{stand:?}");
}
