//! A story's life on Bluesky, from login to retraction, as another user of the network reads it.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::Duration;
use newsdesk::bluesky::Account;
use newsdesk::config::Config;
use newsdesk::demo::{self, Demo};
use newsdesk::mentions::{Mentions, Report, Settings};
use newsdesk::model::{AmendmentKind, Clock as _, ManualClock, Severity, StoryCode, SystemClock};
use newsdesk::publish::bluesky::{BlueskySender, standing_posts};
use newsdesk::publish::preview::PreviewFolder;
use newsdesk::publish::{BlueskyDesk, Destinations, RetryPolicy};
use newsdesk::schedule::{Mailroom, Writer};
use newsdesk::store::Store;
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::support::Database;
use crate::support::bluesky::picture::{self, Width};
use crate::support::bluesky::{Bluesky, Reader, TestAccount};
use crate::support::record::post;
use crate::support::sky::settings;

/// The account, the desk, its reader, and what was seen.
struct Life {
    bluesky: Bluesky,
    desk: TestAccount,
    ana: TestAccount,
    account: Account,
    demo: Demo,
    clock: Arc<ManualClock>,
    store: Store,
    config: Config,
    /// Words that differ from run to run, and what stands for them.
    names: Vec<(String, String)>,
    seen: String,
    told: BTreeSet<String>,
    folder: TempDir,
    _database: Database,
}

impl Life {
    async fn begins() -> Self {
        let folder = TempDir::new().unwrap();
        let config = demo::configuration(folder.path(), 1).unwrap();
        let database = Database::create();
        let store = database.open().await;
        let bluesky = Bluesky::connect().await;
        let (desk, ana) = (bluesky.account("desk").await, bluesky.account("ana").await);
        let clock = Arc::new(ManualClock::at("2031-03-01T00:00:00Z".parse().unwrap()));
        let account = sign_in(&bluesky, &desk, &store, &clock, &folder).await;
        let wants = BlueskyDesk { did: desk.did.clone(), topics: Vec::new(), min_severity: Severity::Low };
        let wants = BlueskyDesk { topics: vec!["sea-weather".parse().unwrap()], ..wants };
        let demo = Demo::for_accounts(&config, store.clone(), vec![wants]).posting_to(
            Destinations::new()
                .with_preview(PreviewFolder::new(&config.preview_dir))
                .with_bluesky(&desk.did, Box::new(sender(&account, &store, &clock))),
        );
        let names = [(&desk, "DESK"), (&ana, "ANA")]
            .into_iter()
            .flat_map(|(account, name)| {
                [
                    (account.handle.clone(), format!("{name}.test")),
                    (account.did.clone(), format!("did:{name}")),
                ]
            })
            .collect();
        Self {
            bluesky,
            desk,
            ana,
            account,
            demo,
            clock,
            store,
            config,
            names,
            seen: String::new(),
            told: BTreeSet::new(),
            folder,
            _database: database,
        }
    }

    fn reader(&self) -> Reader {
        self.bluesky.as_reader(&self.ana)
    }

    fn mailroom(&self) -> Mailroom {
        let destinations = Destinations::new()
            .with_preview(PreviewFolder::new(&self.config.preview_dir))
            .with_bluesky(&self.desk.did, Box::new(sender(&self.account, &self.store, &self.clock)));
        Mailroom::new(self.store.clone(), destinations, RetryPolicy::default(), Duration::days(30))
    }

    /// Lives on until a version of a story of the topic is written and posted.
    async fn until_story(&mut self) -> (StoryCode, u32) {
        loop {
            let (now, report) = self.demo.next().await.unwrap().expect("there is news in these weeks");
            self.clock.set(now);
            for (code, version) in report.stories {
                let rows = self.store.story_by_code(&code).await.unwrap();
                if rows[0].story.topic.as_str() == "sea-weather" {
                    self.bluesky.settled().await;
                    return (code, version);
                }
            }
        }
    }

    /// The address of the story's first post.
    async fn first_post(&self, code: &StoryCode) -> Option<String> {
        let rows = self.store.story_by_code(code).await.unwrap();
        let posts = standing_posts(&self.store, &rows[0].story.storyline, &self.desk.did).await.unwrap();
        posts.into_iter().next().map(|post| post.uri)
    }

    fn note(&mut self, title: &str, text: &str) {
        let text = self.names.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        let text = without_keys(&text);
        self.seen.push_str(&format!("════ {title}\n{text}\n"));
    }

    /// The thread as the reader sees it through the AppView; a page of it is left to be looked at.
    async fn note_thread(&mut self, title: &str, uri: &str) {
        self.bluesky.settled().await;
        let thread = self.reader().thread(uri).await;
        // What was told before is not told again.
        let (mut text, mut before) = (String::new(), 0);
        for post in picture::posts(&thread).into_iter().map(outline) {
            if self.told.contains(&post) {
                before += 1;
                continue;
            }
            if before > 0 {
                text.push_str(&format!("── ({before} as before)\n"));
                before = 0;
            }
            text.push_str(&post);
            self.told.insert(post);
        }
        if before > 0 {
            text.push_str(&format!("── ({before} as before)\n"));
        }
        self.note(title, &text);
        for (width, name) in [(Width::Desktop, "desktop"), (Width::Phone, "phone")] {
            let page = picture::page(&self.reader(), title, uri, width).await;
            picture::keep(&format!("life-{}-{name}.html", title.replace(' ', "-")), &page);
        }
    }

    /// Reads and answers until there is nothing more to do, as a process that has just started.
    async fn answer(&self) -> Report {
        self.bluesky.settled().await;
        let views = crate::support::desk::topic_views(&self.config);
        let mentions = Mentions::new(
            self.store.clone(),
            Arc::new(move |_| views.clone()),
            Arc::new(SystemClock),
            Arc::new(self.account.clone()),
            Settings::default(),
        );
        let report = mentions.round(&CancellationToken::new()).await.unwrap();
        self.bluesky.settled().await;
        report
    }
}

/// Keys of posts are made from times and the account: they differ from run to run.
fn without_keys(text: &str) -> String {
    let mut parts = text.split("/post/");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("/post/KEY");
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_alphanumeric()));
    }
    out
}

async fn sign_in(
    bluesky: &Bluesky,
    desk: &TestAccount,
    store: &Store,
    clock: &Arc<ManualClock>,
    folder: &TempDir,
) -> Account {
    let settings = settings(bluesky, desk, &desk.service, folder.path());
    Account::open(settings, store.clone(), clock.clone()).await.unwrap()
}

fn sender(account: &Account, store: &Store, clock: &Arc<ManualClock>) -> BlueskySender {
    let nothing = Arc::new(|trouble| panic!("nobody had to be told: {trouble}"));
    BlueskySender::new(account.clone(), store.clone(), clock.clone(), nothing)
}

/// A post as it is read: who, its labels, its words, what does something in them, what hangs under it.
fn outline(post: &Value) -> String {
    let text = post["record"]["text"].as_str().unwrap();
    let labels: Vec<&str> =
        post["labels"].as_array().into_iter().flatten().filter_map(|label| label["val"].as_str()).collect();
    let mut out = format!("── {} {}\n{text}\n", post["author"]["handle"].as_str().unwrap(), labels.join(" "));
    for facet in post["record"]["facets"].as_array().into_iter().flatten() {
        let at = |end: &str| usize::try_from(facet["index"][end].as_u64().unwrap()).unwrap();
        let feature = &facet["features"][0];
        let leads = ["uri", "tag", "did"].iter().find_map(|field| feature[field].as_str()).unwrap();
        out.push_str(&format!("  {:?} → {leads}\n", text.get(at("byteStart")..at("byteEnd")).unwrap()));
    }
    for image in post["embed"]["images"].as_array().into_iter().flatten() {
        out.push_str(&format!("  image {}: {}\n", image["aspectRatio"], image["alt"].as_str().unwrap()));
    }
    let card = &post["embed"]["external"];
    if card.is_object() {
        let field = |name: &str| card[name].as_str().unwrap_or_default();
        let thumb = if card["thumb"].is_string() { "with" } else { "without" };
        out.push_str(&format!(
            "  card {} | {} | {} ({thumb} picture)\n",
            field("uri"),
            field("title"),
            field("description")
        ));
    }
    out
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_login_to_retraction() {
    let mut life = Life::begins().await;
    let ana = life.reader();

    // From the first look on, people are answered.
    assert_eq!(life.answer().await, Report::default());

    // A story becomes a thread.
    let (code, version) = life.until_story().await;
    assert_eq!(version, 1);
    let first = life.first_post(&code).await.unwrap();
    life.note_thread("a story", &first).await;

    // Somebody asks under it, once; a process that starts anew does not answer again.
    let thread = ana.thread(&first).await;
    let last = picture::posts(&thread).last().unwrap()["uri"].as_str().unwrap().to_owned();
    let question = ana.say("Interesting. What are the sources?", Some(&last), &[]).await;
    let report = life.answer().await;
    assert_eq!((report.taken, report.answered), (1, 1), "{report:?}");
    let again = life.answer().await;
    assert_eq!((again.taken, again.answered, again.waiting), (0, 0, 0), "{again:?}");
    let told = ana.notifications().await;
    let under = |n: &&Value| n["record"]["reply"]["parent"]["uri"] == question.uri.as_str();
    let replies: Vec<&Value> = told.iter().filter(under).collect();
    assert_eq!(replies.len(), 1, "one answer: {told:?}");
    life.note_thread("an answer", &question.uri).await;

    // An update.
    let (again, version) = life.until_story().await;
    assert_eq!((&again, version), (&code, 2));
    life.note_thread("an update", &first).await;

    // A correction.
    let accounts =
        vec![BlueskyDesk { did: life.desk.did.clone(), topics: Vec::new(), min_severity: Severity::Low }];
    let mut writer = Writer::new(&life.config, &life.config.topics, life.store.clone(), accounts);
    let mailroom = life.mailroom();
    let said = "The town closed the causeway at 19:00, before the storm reached it.";
    let now = life.clock.now() + Duration::hours(1);
    life.clock.set(now);
    writer.amend(&code, AmendmentKind::Correction, said, "the moderators", now).await.unwrap();
    mailroom.deliver(&*life.clock).await.unwrap();
    life.note_thread("a correction", &first).await;

    // One whose words were quoted deletes their post: it is gone from every post.
    let url = "https://tidewrack.example/@nettle_and_net/126540448530467509";
    let source = life.store.record_by_url(url).await.unwrap().unwrap();
    let mut gone = post(1, "").deleted().record();
    (gone.platform, gone.native_id) = (source.platform, source.native_id);
    let told = async || {
        let everything = ana.feed(&life.desk.did).await;
        serde_json::json!(everything).to_string().contains("net lofts")
    };
    assert!(told().await, "the threads tell it");
    life.store.save_records(&[gone], life.clock.now()).await.unwrap();
    assert_eq!(writer.forget(&*life.clock).await.unwrap(), 2, "both versions");
    mailroom.deliver(&*life.clock).await.unwrap();
    let report = life.answer().await;
    assert_eq!(report.withdrawn, 1, "the answer named it: {report:?}");
    // The network's own view of it follows within seconds.
    let mut tries = 50;
    while told().await && tries > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        tries -= 1;
    }
    assert!(tries > 0, "neither the words nor the name");
    let first = life.first_post(&code).await.unwrap();
    life.note_thread("a deleted source", &first).await;

    // Somebody asks again, under the thread as it is now.
    let question = ana.say("what changed?", Some(&first), &[]).await;
    assert_eq!(life.answer().await.answered, 1);
    life.note_thread("what changed", &question.uri).await;

    // In the end it is taken back.
    let now = life.clock.now() + Duration::hours(1);
    life.clock.set(now);
    let why = "The reports were of the storm of last year.";
    writer.amend(&code, AmendmentKind::Retraction, why, "the moderators", now).await.unwrap();
    mailroom.deliver(&*life.clock).await.unwrap();
    let report = life.answer().await;
    assert_eq!(report.withdrawn, 1, "the answer told of it: {report:?}");
    let left = ana.feed(&life.desk.did).await;
    assert!(!serde_json::json!(left).to_string().contains("causeway"), "nothing of it is left: {left:#?}");
    let notice = life.first_post(&code).await.unwrap();
    life.note_thread("a retraction", &notice).await;
    assert_eq!(left.len(), 1, "the notice stands alone");

    // Whoever asks for it is told so.
    let question = ana.say(&format!("@{} {code}?", life.desk.handle), None, &[&life.desk]).await;
    life.answer().await;
    life.note_thread("asked for what was taken back", &question.uri).await;
    insta::assert_snapshot!(life.seen);
    drop(life.folder);
}
