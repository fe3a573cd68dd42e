//! A crowd asks all at once while stories are posted over the same account, on the real servers.
//!
//! With `NEWSDESK_TEST_SCALE=full` it is 2,000 posts by 300 accounts, a small part of that else.

mod crowd;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use newsdesk::bluesky::{Account, AccountSettings, XrpcError};
use newsdesk::mentions::{Limits, Mentions, Report, RoundError, Settings};
use newsdesk::model::Clock as _;
use newsdesk::publish::bluesky::{Look, Telling, plan};
use newsdesk::store::PointLimits;
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::mentions::TOPICS;
use crate::support::bluesky::Reader;
use crate::support::desk::topic_views;
use crate::support::sky::{Sky, settings};
use crate::support::tale::Tale;
use crate::support::{Desk, variable};

use crowd::{Crowd, Role};

const APPLY: &str = "com.atproto.repo.applyWrites";
const POST: &str = "app.bsky.feed.post";

/// How much happens.
#[derive(Clone, Copy)]
struct Scale {
    people: usize,
    /// Posts of every first, second, third and fourth person.
    each: [usize; 4],
    /// So many write one post more.
    more: usize,
    stories: usize,
    limits: Limits,
    points: PointLimits,
}

fn is_full() -> bool {
    variable("NEWSDESK_TEST_SCALE").as_deref() == Some("full")
}

impl Scale {
    fn new(stories: usize) -> Self {
        let points = PointLimits { hour: 5_000, day: 35_000 };
        let limits = Limits::default();
        if is_full() {
            Self { people: 300, each: [3, 5, 6, 12], more: 50, stories: 10, limits, points }
        } else {
            Self { people: 12, each: [2, 4, 4, 10], more: 0, stories, limits, points }
        }
    }
}

/// The desk in the middle of it.
struct Flood {
    sky: Sky,
    topics: Desk,
    scale: Scale,
    /// When the flood began.
    began: DateTime<Utc>,
}

/// What was seen on the way.
#[derive(Default)]
struct Seen {
    rounds: usize,
    failed: usize,
    /// Of a round that took something in.
    slowest: Duration,
    /// When everything was read.
    read: Duration,
    /// Rounds in which questions waited and nothing was answered.
    held: usize,
    answered_meanwhile: u64,
}

/// The real servers go by the clock on the wall.
fn wall() -> DateTime<Utc> {
    DateTime::<Utc>::from(SystemTime::now())
}

impl Flood {
    async fn open(scale: Scale) -> Self {
        let mut sky = Sky::open().await;
        // Before the flood by more than an hour, so that what is written now is not counted then.
        sky.clock.set(wall() - TimeDelta::hours(3));
        let folder = sky.folder.path().join("flood");
        let opened = AccountSettings {
            points: scale.points,
            timeout: Duration::from_secs(30),
            ..settings(&sky.bluesky, &sky.desk, sky.proxy.url(), &folder)
        };
        sky.account = Account::open(opened, sky.store.clone(), sky.clock.clone()).await.unwrap();
        let sender = sky.sender();
        sky.post_by(Box::new(sender));
        let topics = Desk::open("", &TOPICS).await;
        Self { sky, topics, scale, began: wall() }
    }

    fn mentions(&self) -> Mentions {
        let topics = topic_views(&self.topics.config);
        let settings = Settings { limits: self.scale.limits, ..Settings::default() };
        Mentions::new(
            self.sky.store.clone(),
            Arc::new(move |_| topics.clone()),
            self.sky.clock.clone(),
            Arc::new(self.sky.account.clone()),
            settings,
        )
    }

    fn look_at_the_clock(&self) {
        self.sky.clock.set(self.sky.clock.now().max(wall()));
    }

    /// A round; `None` if it failed because the servers have too much to do, and has to be tried again.
    async fn round(&self, mentions: &Mentions) -> Option<Report> {
        self.look_at_the_clock();
        match mentions.round(&CancellationToken::new()).await {
            Ok(report) => Some(report),
            Err(RoundError::Account(XrpcError::Unclear { .. } | XrpcError::NeverSent { .. })) => None,
            Err(err) => panic!("{err}"),
        }
    }

    /// Posts a version, which must stand after the first try.
    async fn tell(&self, tale: &Tale) {
        let before = self.sky.in_state("done").await;
        self.sky.post(tale).await;
        let report = self.sky.deliver().await;
        let now = self.sky.in_state("done").await;
        assert_eq!(now, before + 1, "a story waited: {report:?}\n{}", self.sky.steps().await);
    }

    /// The address of the first post that stands.
    async fn first_post(&self) -> String {
        let keys = self.sky.own().keys(&self.sky.desk.did, POST).await;
        format!("at://{}/{POST}/{}", self.sky.desk.did, keys.iter().min().expect("a post"))
    }

    /// Reads and answers while the crowd writes; the program ends once, in the middle of whatever it does.
    async fn answer_meanwhile(&self, written: &mut watch::Receiver<usize>, all: usize) -> (Mentions, Seen) {
        let mut seen = Seen::default();
        let mut mentions = self.mentions();
        let mut half = written.clone();
        let mut ended = false;
        while *written.borrow_and_update() < all {
            let begun = Instant::now();
            let report = tokio::select! { // a round that is dropped is a program that ends
                _ = half.wait_for(|n| *n >= all / 2), if !ended => {
                    ended = true;
                    mentions = self.mentions();
                    continue;
                }
                report = self.round(&mentions) => report,
            };
            let Some(report) = seen.note(report, begun.elapsed()) else { continue };
            seen.answered_meanwhile += report.answered;
            if !report.more && *written.borrow() < all {
                written.changed().await.ok();
            }
        }
        (mentions, seen)
    }

    /// Goes on until nothing waits, however late it gets; while questions wait, stories are posted.
    async fn drain(&self, mentions: &Mentions, seen: &mut Seen, tales: &mut [Tale]) {
        self.sky.bluesky.settled().await;
        let begun = Instant::now();
        let mut updates = tales.iter_mut().peekable();
        let at_once = self.scale.stories.div_ceil(2);
        for _ in 0..10_000 {
            let round = Instant::now();
            let report = self.round(mentions).await;
            let Some(report) = seen.note(report, round.elapsed()) else {
                self.sky.later(TimeDelta::seconds(10));
                continue;
            };
            if report.taken + report.passed > 0 {
                seen.read = begun.elapsed();
            }
            if report.more {
                continue;
            }
            let drained = report.waiting == 0;
            if report.answered == 0 {
                seen.held += usize::from(!drained);
                for tale in updates.by_ref().take(if drained { usize::MAX } else { at_once }) {
                    *tale = tale.next(self.sky.clock.now());
                    self.tell(tale).await;
                }
                if drained {
                    return;
                }
            }
            self.sky.later(TimeDelta::seconds(if report.answered == 0 { 300 } else { 10 }));
        }
        panic!("the queue does not drain");
    }

    /// Reads all of it once more, as if nothing had been noted. How long that takes.
    async fn read_again(&self) -> Duration {
        let mut connection = self.sky.database.connect().await;
        sqlx::query("UPDATE mailbox SET read_ms = $1")
            .bind(self.began.timestamp_millis())
            .execute(&mut connection)
            .await
            .unwrap();
        let (begun, mentions) = (Instant::now(), self.mentions());
        loop {
            let Some(report) = self.round(&mentions).await else { continue };
            assert_eq!((report.taken, report.passed, report.answered), (0, 0, 0), "read twice");
            if !report.more {
                return begun.elapsed();
            }
        }
    }
}

impl Seen {
    fn note(&mut self, report: Option<Report>, took: Duration) -> Option<Report> {
        self.rounds += 1;
        self.failed += usize::from(report.is_none());
        if report.is_none_or(|report| report.taken + report.passed > 0) {
            self.slowest = self.slowest.max(took);
        }
        report
    }
}

/// What became of a question.
struct Row {
    author: String,
    /// `answered`, or why not.
    fate: String,
    asked: i64,
    done: i64,
}

async fn rows(sky: &Sky) -> BTreeMap<String, Row> {
    let mut connection = sky.database.connect().await;
    let found: Vec<(String, String, String, String, i64, Option<i64>)> =
        sqlx::query_as("SELECT uri, author, state, reason, asked_ms, done_ms FROM question")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let row = |(uri, author, state, reason, asked, done): (_, _, String, String, _, Option<i64>)| {
        let fate = match state.as_str() {
            "answered" => state,
            "passed" => reason,
            other => panic!("{uri} is {other} in the end"),
        };
        (uri, Row { author, fate, asked, done: done.expect("a time") })
    };
    found.into_iter().map(row).collect()
}

/// The records of a collection, oldest key first.
async fn records(own: &Reader, did: &str, collection: &str) -> Vec<(String, Value)> {
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut query =
            vec![("repo", did), ("collection", collection), ("limit", "100"), ("reverse", "true")];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let mut page = own.get("com.atproto.repo.listRecords", &query).await.ok();
        let Value::Array(found) = page["records"].take() else { panic!("no records: {page}") };
        let text = |value: &Value| value.as_str().expect("an address").to_owned();
        all.extend(found.into_iter().map(|mut record| (text(&record["uri"]), record["value"].take())));
        match page["cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return all,
        }
    }
}

/// The most that comes together within an hour, of things at these times (in milliseconds) that weigh so much.
fn most_in_an_hour(things: &[(i64, u32)]) -> u32 {
    let from = |from: i64| -> u32 {
        let within = |at: &i64| (from..from + 3_600_000).contains(at);
        things.iter().filter(|(at, _)| within(at)).map(|(_, weight)| weight).sum()
    };
    things.iter().map(|(at, _)| from(*at)).max().unwrap_or_default()
}

/// What stands in the account's repository.
struct Standing {
    posts: BTreeMap<String, Value>,
    /// The post of ours under each post.
    under: BTreeMap<String, Vec<String>>,
    us: String,
}

impl Standing {
    fn of(posts: Vec<(String, Value)>, us: &str) -> Self {
        let mut under: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (uri, record) in &posts {
            let parent = record["reply"]["parent"]["uri"].as_str().unwrap_or_default();
            under.entry(parent.to_owned()).or_default().push(uri.clone());
        }
        Self { posts: posts.into_iter().collect(), under, us: us.to_owned() }
    }

    fn is_ours(&self, uri: &str) -> bool {
        uri.starts_with(&format!("at://{}/", self.us))
    }

    fn text(&self, uri: &str) -> &str {
        self.posts[uri]["text"].as_str().expect("a text")
    }

    /// A post of ours, and those that hang under it one by one.
    fn chain(&self, from: &str) -> Vec<&str> {
        let (mut chain, mut last) = (vec![self.text(from)], from);
        while let Some(next) = self.under.get(last) {
            assert_eq!(next.len(), 1, "two posts under {}", self.text(last));
            last = &next[0];
            chain.push(self.text(last));
        }
        chain
    }
}

/// The posts of a version, as it was planned.
fn planned(tale: &Tale, sky: &Sky) -> Vec<String> {
    let look = Look { opened: tale.new.story.version > 1, ..sky.look.clone() };
    let (_, steps) = plan(&tale.edition(), &sky.desk.did, &look, tale.new.story.at);
    let telling: Telling = serde_json::from_value(steps[0].payload.clone()).unwrap();
    telling.posts.into_iter().map(|post| post.text).collect()
}

/// The whole of it.
async fn runs(scale: Scale) -> Seen {
    let mut flood = Flood::open(scale).await;
    let mut tales = vec![flood.sky.tale(1).await];
    flood.tell(&tales[0]).await;
    let story = flood.first_post().await;
    flood.look_at_the_clock();
    flood.began = flood.sky.clock.now();
    flood.round(&flood.mentions()).await.expect("the mailbox is opened");

    let begun = Instant::now();
    let crowd = Crowd::gather(&flood.sky, scale).await;
    let gathered = begun.elapsed();
    let all = crowd.posts();

    // All at once.
    let begun = Instant::now();
    let (progress, mut written) = watch::channel(0);
    let stories = async {
        let mut told = Vec::new();
        for n in 2..=scale.stories {
            let mut written = progress.subscribe();
            written.wait_for(|posts| *posts >= all * (n - 1) / scale.stories).await.unwrap();
            let tale = flood.sky.tale(n as u64).await;
            flood.tell(&tale).await;
            told.push(tale);
        }
        told
    };
    let asks = async {
        let asked = crowd.asks(&story, &progress).await;
        (asked, begun.elapsed())
    };
    let meanwhile = flood.answer_meanwhile(&mut written, all);
    let (told, (asked, wrote), (mentions, mut seen)) = tokio::join!(stories, asks, meanwhile);
    tales.extend(told);
    eprintln!(
        "{all} posts by {} accounts (made in {gathered:.0?}) written in {wrote:.1?}; meanwhile {} answers, {} rounds of at \
         most {:.1?}, {} failed",
        scale.people, seen.answered_meanwhile, seen.rounds, seen.slowest, seen.failed
    );
    let opened = tales.clone();
    let begun = Instant::now();
    flood.drain(&mentions, &mut seen, &mut tales).await;
    let drained = begun.elapsed();
    let again = flood.read_again().await;
    eprintln!(
        "all read {:.1?} later, drained in {drained:.1?} and {} rounds ({} held back, {} failed), by our clock {} min; read \
         again in {again:.1?}",
        seen.read,
        seen.rounds,
        seen.held,
        seen.failed,
        (flood.sky.clock.now() - flood.began).num_minutes(),
    );

    // Every question has its fate, and an answer in the repository if that is its fate, never two.
    let sky = &flood.sky;
    let rows = rows(sky).await;
    let own = sky.own();
    let standing = Standing::of(records(&own, &sky.desk.did, POST).await, &sky.desk.did);
    let mut fates: BTreeMap<&str, usize> = BTreeMap::new();
    let mut of_people: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    let mut reached = 0;
    for post in &asked {
        let answers = standing.under.get(&post.uri).map_or(0, Vec::len);
        let Some(row) = rows.get(&post.uri) else {
            assert_eq!((post.role, answers), (Role::Blocks, 0), "{} was lost", post.text);
            *fates.entry("(never shown)").or_default() += 1;
            continue;
        };
        *fates.entry(&row.fate).or_default() += 1;
        assert_eq!(answers, usize::from(row.fate == "answered"), "{}: {}", post.text, row.fate);
        if answers == 1 {
            reached += standing.chain(&standing.under[&post.uri][0]).len();
            of_people.entry(&row.author).or_default().push(row.asked);
        }
        post.judge(&row.fate);
    }
    assert_eq!(rows.len(), asked.iter().filter(|post| post.role != Role::Blocks).count());
    crowd.judge(&rows.iter().map(|(uri, row)| (uri.as_str(), row.fate.as_str())).collect(), &asked);

    // Limits.
    for (person, answered) in &of_people {
        let answered: Vec<_> = answered.iter().map(|at| (*at, 1)).collect();
        // One more is the word that they are left alone, which is not counted.
        let most = most_in_an_hour(&answered) as usize;
        let stops = usize::from(crowd.role_of(person) == Role::Stops);
        assert!(most <= scale.limits.person_hour + stops, "{person}: {most}");
    }
    let given: Vec<_> = rows.values().filter(|row| row.fate == "answered").map(|row| (row.done, 1)).collect();
    let most_answers = most_in_an_hour(&given);
    assert!(u64::from(most_answers) <= scale.limits.account_hour, "{most_answers} answers in an hour");
    let mut points = Vec::new();
    for collection in [POST, "app.bsky.feed.threadgate", "app.bsky.feed.postgate"] {
        for (uri, record) in records(&own, &sky.desk.did, collection).await {
            let at = record["createdAt"].as_str().and_then(|at| at.parse::<DateTime<Utc>>().ok());
            points.push((at.unwrap_or_else(|| panic!("{uri} has no time")).timestamp_millis(), 3));
        }
    }
    let most_points = most_in_an_hour(&points);
    assert!(most_points <= scale.points.hour, "{most_points} points in an hour");
    assert_eq!(sky.proxy.answered(APPLY, 429), 0);

    // Every story stands whole, and nothing else does.
    assert_eq!(sky.in_state("done").await, 2 * scale.stories as u64, "{}", sky.steps().await);
    let roots: BTreeSet<&String> =
        standing.posts.iter().filter(|(_, post)| post["reply"].is_null()).map(|(uri, _)| uri).collect();
    assert_eq!(roots.len(), scale.stories);
    for (first, update) in opened.iter().zip(&tales) {
        let posts = [planned(first, sky), planned(update, sky)].concat();
        let root = roots.iter().find(|root| standing.text(root) == posts[0]).expect("its first post");
        assert!(standing.is_ours(root));
        assert_eq!(standing.chain(root), posts);
        reached += posts.len();
    }
    assert_eq!(reached, standing.posts.len(), "posts that belong to nothing");

    eprintln!(
        "{fates:?}; at most {most_answers} answers and {most_points} points in an hour; {reached} posts stand"
    );
    seen
}

#[tokio::test]
async fn a_flood_is_answered_within_limits_nobody_twice_and_stories_are_posted() {
    let mut scale = Scale::new(3);
    if !is_full() {
        scale.limits.account_hour = 12;
    }
    let seen = runs(scale).await;
    assert!(seen.held > 0, "the account's limit held nothing back");
}

#[tokio::test]
async fn when_points_run_short_answers_wait_and_stories_do_not() {
    let mut scale = Scale::new(1);
    scale.limits = Limits { person_hour: 99, person_day: 99, account_hour: 99_999, ..scale.limits };
    if !is_full() {
        scale.points.hour = 120;
    }
    let seen = runs(scale).await;
    assert!(seen.held > 0, "points did not run short");
}
