//! Followers ask on the real servers, and see the answers there.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};
use newsdesk::bluesky::{Account, AccountSettings};
use newsdesk::config::{Secret, SecretSource};
use newsdesk::mentions::{Mentions, Report, Settings};
use newsdesk::model::{Amendment, AmendmentKind, Clock as _, ManualClock};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::mentions::{TEXT, TOPICS, tell_a_story};
use crate::support::Desk;
use crate::support::bluesky::{Bluesky, Fault, Proxy, Reader, TestAccount, What};
use crate::support::desk::topic_views;

const APPLY: &str = "com.atproto.repo.applyWrites";

/// A desk whose account has followers.
struct Public {
    bluesky: Bluesky,
    proxy: Proxy,
    us: TestAccount,
    desk: Desk,
    clock: Arc<ManualClock>,
    account: Account,
    mentions: Mentions,
    settings: Settings,
    _sessions: tempfile::TempDir,
}

impl Public {
    async fn open(settings: Settings) -> Self {
        let bluesky = Bluesky::connect().await;
        let us = bluesky.account("desk").await;
        let proxy = Proxy::start(&us.service).await;
        let desk = Desk::open("", &TOPICS).await;
        let clock = Arc::new(ManualClock::at(wall()));
        let sessions = tempfile::TempDir::new().unwrap();
        let opened = AccountSettings {
            password: Some(SecretSource::Inline(Secret::new(&us.app_password))),
            service: Some(proxy.url().parse().unwrap()),
            resolver: bluesky.pds().parse().unwrap(),
            plc: bluesky.plc().parse().unwrap(),
            timeout: Duration::from_secs(20),
            ..AccountSettings::new(&us.handle, sessions.path().join("sessions"))
        };
        let account = Account::open(opened, desk.store.clone(), clock.clone()).await.unwrap();
        let mentions = mentions(&desk, &clock, &account, &settings);
        let public =
            Self { bluesky, proxy, us, desk, clock, account, mentions, settings, _sessions: sessions };
        public.round().await;
        public
    }

    fn restart(&mut self) {
        self.mentions = mentions(&self.desk, &self.clock, &self.account, &self.settings);
    }

    /// A round by the clock on the wall, or a later one, over all that was written.
    async fn round(&self) -> Report {
        self.bluesky.settled().await;
        self.clock.set(self.clock.now().max(wall()));
        let report = self.mentions.round(&CancellationToken::new()).await.unwrap();
        self.bluesky.settled().await;
        report
    }

    async fn person(&self, name: &str) -> (TestAccount, Reader) {
        let account = self.bluesky.account(name).await;
        let reader = self.bluesky.as_reader(&account);
        (account, reader)
    }

    fn says(&self, text: &str) -> String {
        format!("@{} {text}", self.us.handle)
    }

    /// Our post that tells the story.
    async fn posts_a_story(&self) -> String {
        let written = self.bluesky.as_reader(&self.us).say("The night ferry is back", None, &[]).await;
        tell_a_story(&self.desk, self.clock.now(), &self.us.did, written.key()).await;
        written.uri
    }

    fn seconds_pass(&self, seconds: i64) {
        self.clock.set(self.clock.now() + TimeDelta::seconds(seconds));
    }
}

fn mentions(desk: &Desk, clock: &Arc<ManualClock>, account: &Account, settings: &Settings) -> Mentions {
    let topics = topic_views(&desk.config);
    let topics = Arc::new(move |_| topics.clone());
    Mentions::new(desk.store.clone(), topics, clock.clone(), Arc::new(account.clone()), settings.clone())
}

/// The real servers go by the clock on the wall.
fn wall() -> DateTime<Utc> {
    DateTime::<Utc>::from(SystemTime::now())
}

/// The replies under a post, as this reader sees them.
async fn replies(reader: &Reader, uri: &str) -> Vec<Value> {
    reader.thread(uri).await["replies"].as_array().cloned().unwrap_or_default()
}

async fn texts(reader: &Reader, uri: &str) -> Vec<String> {
    let text = |reply: &Value| reply["post"]["record"]["text"].as_str().unwrap().to_owned();
    replies(reader, uri).await.iter().map(text).collect()
}

#[tokio::test]
async fn a_mention_gets_exactly_one_answer_that_its_author_is_told_of() {
    let mut public = Public::open(Settings::default()).await;
    let (_, ana) = public.person("ana").await;
    let asked = ana.say(&public.says("what do you cover?"), None, &[&public.us]).await;
    assert_eq!(public.round().await.answered, 1);
    for _ in 0..2 {
        public.restart();
        public.seconds_pass(400);
        assert_eq!(public.round().await.answered, 0);
    }
    let told = texts(&ana, &asked.uri).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("I read what is said in public about these topics:"), "{told:?}");
    let notified = ana.notifications().await;
    assert_eq!(notified.len(), 1, "{notified:?}");
    assert_eq!(notified[0]["reason"], "reply");
}

#[tokio::test]
async fn answers_go_with_their_story_also_where_somebody_deleted_one_of_them_by_hand() {
    let public = Public::open(Settings::default()).await;
    let story = public.posts_a_story().await;
    let (_, ana) = public.person("ana").await;
    let (_, ben) = public.person("ben").await;
    let first = ana.say("Sources?", Some(&story), &[]).await;
    assert_eq!(public.round().await.answered, 1);
    let second = ben.say("why?", Some(&story), &[]).await;
    assert_eq!(public.round().await.answered, 1);
    let answer = replies(&ana, &first.uri).await[0]["post"]["uri"].as_str().unwrap().to_owned();
    let body = json!({
        "repo": public.us.did, "collection": "app.bsky.feed.post", "rkey": answer.rsplit('/').next().unwrap(),
    });
    public.bluesky.as_reader(&public.us).post("com.atproto.repo.deleteRecord", &body).await.ok();

    public.clock.set(public.clock.now().max(wall()) + TimeDelta::minutes(1));
    let key = story.rsplit('/').next().unwrap();
    let told = public.desk.store.stories_told(&public.us.did, &[key.to_owned()].into()).await.unwrap();
    let retraction = Amendment {
        code: told[key].clone(),
        kind: AmendmentKind::Retraction,
        text: "It was a hoax.".to_owned(),
        by: "the moderators".to_owned(),
        at: public.clock.now(),
    };
    public.desk.store.save_amendment(&retraction).await.unwrap();
    assert_eq!(public.round().await.withdrawn, 2);
    assert_eq!(texts(&ben, &second.uri).await, Vec::<String>::new());
    assert_eq!(public.round().await.withdrawn, 0);
}

#[tokio::test]
async fn a_bare_word_under_a_story_is_answered_with_working_links_and_talk_is_not() {
    let public = Public::open(Settings::default()).await;
    let story = public.posts_a_story().await;
    let (_, ana) = public.person("ana").await;
    let (_, ben) = public.person("ben").await;
    let asked = ana.say("Sources?", Some(&story), &[]).await;
    let talk = ben.say("wow, the night ferry!", Some(&story), &[]).await;
    assert_eq!(public.round().await.answered, 1);
    let answers = replies(&ben, &asked.uri).await;
    let record = &answers[0]["post"]["record"];
    let text = record["text"].as_str().unwrap();
    assert!(text.starts_with(&format!("Sources of ““{TEXT}””")), "{text}");
    let facet = &record["facets"][0];
    let byte = |name: &str| usize::try_from(facet["index"][name].as_u64().unwrap()).unwrap();
    assert_eq!(text.get(byte("byteStart")..byte("byteEnd")), Some("[1]"));
    assert_eq!(facet["features"][0]["uri"], "https://saltpan.example/@ana/1");
    assert_eq!(record["reply"]["root"]["uri"], json!(story));
    assert!(replies(&ben, &talk.uri).await.is_empty());
    // Under the answer the story is still the same one.
    let under = answers[0]["post"]["uri"].as_str().unwrap();
    let more = ana.say("why?", Some(under), &[]).await;
    assert_eq!(public.round().await.answered, 1);
    assert!(texts(&ana, &more.uri).await.concat().starts_with("Why there is ““The night ferry"));
}

#[tokio::test]
async fn a_lost_answer_and_a_restart_make_no_second_one() {
    for what in
        [What::LostAnswer, What::LostRequest, What::StatusAfter(502), What::Status(500), What::HalfAnswer]
    {
        let mut public = Public::open(Settings::default()).await;
        let (_, ana) = public.person("ana").await;
        let asked = ana.say(&public.says("help"), None, &[&public.us]).await;
        let fault = public.proxy.fault(Fault::new(what.clone()).on(APPLY));
        public.round().await;
        assert_eq!(fault.hits(), 1, "{what:?}");
        // The program ends between sending and noting, and starts again.
        public.restart();
        public.seconds_pass(31);
        public.round().await;
        public.seconds_pass(31);
        public.round().await;
        let told = texts(&ana, &asked.uri).await;
        assert_eq!(told.len(), 1, "{what:?}: {told:?}");
        let keys = public.bluesky.as_reader(&public.us).keys(&public.us.did, "app.bsky.feed.post").await;
        assert_eq!(keys.len(), 1, "{what:?}");
    }
}

#[tokio::test]
async fn stop_is_kept_and_taken_back() {
    let public = Public::open(Settings::default()).await;
    let story = public.posts_a_story().await;
    let (_, ana) = public.person("ana").await;
    let stop = ana.say("stop", Some(&story), &[]).await;
    public.round().await;
    assert!(texts(&ana, &stop.uri).await.concat().starts_with("Done. I will not reply to you any more."));
    let ignored = ana.say(&public.says("topics"), None, &[&public.us]).await;
    public.round().await;
    assert!(replies(&ana, &ignored.uri).await.is_empty());
    ana.say(&public.says("start again"), None, &[&public.us]).await;
    let after = ana.say(&public.says("topics"), None, &[&public.us]).await;
    public.round().await;
    public.seconds_pass(10);
    public.round().await;
    let later = ana.say(&public.says("topics"), None, &[&public.us]).await;
    public.round().await;
    assert_eq!(texts(&ana, &later.uri).await.len(), 1);
    assert!(texts(&ana, &after.uri).await.len() <= 1);
}

#[tokio::test]
async fn bots_blocks_deleted_posts_and_closed_threads_are_let_be() {
    let public = Public::open(Settings::default()).await;
    let (robot, as_robot) = public.person("robot").await;
    let profile = json!({
        "$type": "app.bsky.actor.profile", "displayName": "a robot",
        "labels": { "$type": "com.atproto.label.defs#selfLabels", "values": [{ "val": "bot" }] },
    });
    as_robot.put("app.bsky.actor.profile", "self", &profile).await;
    let (_, ana) = public.person("ana").await;
    let (_, ben) = public.person("ben").await;
    let (_, cleo) = public.person("cleo").await;
    let from_robot = as_robot.say(&public.says("topics"), None, &[&public.us]).await;
    let deleted = ana.say(&public.says("topics"), None, &[&public.us]).await;
    ana.remove(&deleted).await;
    let blocked = ben.say(&public.says("topics"), None, &[&public.us]).await;
    let block = json!({
        "$type": "app.bsky.graph.block", "subject": public.us.did, "createdAt": "2031-03-17T08:00:00.000Z",
    });
    ben.create("app.bsky.graph.block", &block).await;
    // A thread in which nobody may reply.
    let closed = cleo.say(&public.says("topics"), None, &[&public.us]).await;
    let gate = json!({
        "$type": "app.bsky.feed.threadgate", "post": closed.uri, "allow": [], "createdAt": "2031-03-17T08:00:00.000Z",
    });
    cleo.put("app.bsky.feed.threadgate", closed.key(), &gate).await;
    let report = public.round().await;
    assert_eq!(report.answered, 0, "{report:?}");
    let keys = public.bluesky.as_reader(&public.us).keys(&public.us.did, "app.bsky.feed.post").await;
    assert_eq!(keys, Vec::<String>::new());
    let mut connection = public.desk.database.connect().await;
    let fates: Vec<(String, String)> = sqlx::query_as("SELECT uri, reason FROM question ORDER BY asked_ms")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let fate = |uri: &str| fates.iter().find(|(asked, _)| asked == uri).map(|(_, reason)| reason.as_str());
    assert_eq!(fate(&from_robot.uri), Some("bot"), "{fates:?} {}", robot.did);
    assert_eq!(fate(&closed.uri), Some("closed"), "{fates:?}");
    assert_eq!(fate(&deleted.uri), None, "the list does not show what is deleted");
    assert_eq!(fate(&blocked.uri), None, "nor who has blocked us");
}
