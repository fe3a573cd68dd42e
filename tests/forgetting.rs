//! People who ask to be gone, accounts that are gone, and records that are asked for again where they stand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use newsdesk::analyze::{Analyzer, AnalyzerSettings};
use newsdesk::ingest::{HttpSettings, Lookup, PoliteClient, RecheckSettings, ScanError, recheck};
use newsdesk::model::{Gap, GoneAccount, IncomingRecord, Platform, RecordState, TombstoneReason};
use newsdesk::store::{Brought, SourceState, Store, Tally};
use serde_json::Value;

use crate::store::dump;
use crate::support::record::{Post, minutes};
use crate::support::story::story_about;
use crate::support::{Cli, Database, at, post};

fn now() -> DateTime<Utc> {
    at("2031-03-17 12:00")
}

async fn is_gone(store: &Store, post: &Post) -> Option<TombstoneReason> {
    match store.record(&post.id()).await.unwrap().unwrap().state {
        RecordState::Live => None,
        RecordState::Tombstone { reason, .. } => Some(reason),
    }
}

#[test]
fn who_asks_is_forgotten_and_does_not_come_back() {
    let cli = Cli::new();
    let said = [
        post(1, "The ferry sails at nine.").by("@ana@saltpan.example"),
        post(2, "The ferry smells of soup.").by("@ana@saltpan.example"),
        post(3, "The ferry horn is out of tune.").by("@bo@saltpan.example"),
    ];
    let lines: Vec<String> = said.iter().map(Post::line).collect();
    cli.write("a.jsonl", lines.join("\n"));
    cli.run(&["import", "a.jsonl"]).ends(0);

    let whose = cli.run(&["forget", "https://saltpan.example/@ana"]).ends(0).out;
    assert!(whose.starts_with("2 records forgotten, 0 story versions written again"), "{whose}");
    assert!(whose.contains("Nothing by @ana@saltpan.example on Mastodon is stored from now on."), "{whose}");
    let again = cli.run(&["import", "a.jsonl"]).ends(0).out;
    assert!(again.contains("0 new, 0 revised"), "{again}");
    cli.run(&["search", "soup"]).ends(3);

    // A new post of hers is not even stored; one of somebody else's is.
    let later = [
        post(4, "The ferry has a new cook.").by("@Ana@saltpan.example"),
        post(5, "The ferry has a new painting.").by("@bo@saltpan.example"),
    ];
    let lines: Vec<String> = later.iter().map(Post::line).collect();
    cli.write("b.jsonl", lines.join("\n"));
    let ran = cli.run(&["import", "b.jsonl"]).ends(0).out;
    assert!(ran.contains("1 new"), "{ran}");
    cli.run(&["search", "cook"]).ends(3);
    cli.run(&["search", "painting"]).ends(0);

    // One post, by its address; then its address finds nothing.
    let one = cli.run(&["forget", "--json", &said[2].0.permalink]).ends(0).json();
    assert_eq!((&one["records"], &one["left_out"]), (&Value::from(1), &Value::from(false)));
    let twice = cli.run(&["forget", &said[2].0.permalink]).ends(3);
    assert!(twice.err.contains("nothing is stored of"), "{}", twice.err);
    let nobody = cli.run(&["forget", "@nobody"]).ends(3);
    assert!(nobody.err.contains("--platform"), "{}", nobody.err);
}

#[test]
fn a_name_is_enough_where_it_names_one_person() {
    let cli = Cli::new();
    let said = [
        post(1, "The ferry sails at nine.").on_reddit(1, "LindenSound").by("u/ana"),
        post(2, "The ferry smells of soup.").by("@ana@saltpan.example"),
    ];
    let lines: Vec<String> = said.iter().map(Post::line).collect();
    cli.write("a.jsonl", lines.join("\n"));

    // Before anything of theirs is stored, and without the sign that Reddit puts before names.
    let out = cli.run(&["forget", "Ana", "--platform", "reddit"]).ends(0).out;
    assert!(out.contains("Nothing by u/Ana on Reddit is stored from now on."), "{out}");
    let out = cli.run(&["import", "a.jsonl"]).ends(0).out;
    assert!(out.contains("1 new"), "{out}");

    let half = cli.run(&["forget", "ana", "--platform", "mastodon"]).ends(2);
    assert!(half.err.contains("nobody on Mastodon is called `ana`"), "{}", half.err);
    let other = cli.run(&["forget", "https://saltpan.example/@ana", "--platform", "lemmy"]).ends(2);
    assert!(other.err.contains("is a profile on Mastodon"), "{}", other.err);
    let out = cli.run(&["forget", "ana@saltpan.example"]).ends(0).out;
    assert!(out.starts_with("1 record forgotten"), "{out}");
}

#[tokio::test]
async fn an_account_that_is_gone_takes_its_records_with_it() {
    let database = Database::create();
    let store = database.open().await;
    let of = |n: u64, did: &str| {
        let mut post = post(n, "The ferry sails.");
        post.0.platform = Platform::Bluesky;
        post.0.native_id = format!("at://did:plc:{did}/app.bsky.feed.post/{n}");
        post.0.permalink = format!("https://bsky.app/profile/did:plc:{did}/post/{n}");
        post
    };
    let posts = [of(1, "aaa"), of(2, "aaa"), of(3, "aab"), of(4, "AAA")];
    let records: Vec<IncomingRecord> = posts.iter().map(|post| post.clone().record()).collect();
    store.save_records(&records, now()).await.unwrap();
    let gone_accounts = [GoneAccount {
        platform: Platform::Bluesky,
        id_prefix: "at://did:plc:aaa/".to_owned(),
        reason: TombstoneReason::Author,
    }];
    let state = SourceState { source: "jetstream".to_owned(), ..SourceState::default() };
    let brought = Brought { gone_accounts: &gone_accounts, ..Brought::default() };
    let tally = store.save_page(brought.clone(), &state, now()).await.unwrap();
    assert_eq!(tally, Tally { gone: 2, ..Tally::default() });
    let mut left = Vec::new();
    for post in &posts {
        left.push(is_gone(&store, post).await);
    }
    let author = Some(TombstoneReason::Author);
    assert_eq!(left, [author, author, None, None], "others begin alike, or differ by case");
    assert_eq!(store.save_page(brought, &state, now()).await.unwrap().gone, 0);
}

/// A platform, what it says of its records now, and what it was asked.
#[derive(Default)]
struct Plays {
    says: Mutex<BTreeMap<String, IncomingRecord>>,
    up: AtomicBool,
    asked: Mutex<Vec<Vec<String>>>,
}

impl Plays {
    fn says(&self, record: IncomingRecord) {
        self.says.lock().unwrap().insert(record.native_id.clone(), record);
    }

    /// What it was asked since the last time: how many in each request, and which in all.
    fn asked(&self) -> (Vec<usize>, BTreeSet<String>) {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap());
        (asked.iter().map(Vec::len).collect(), asked.into_iter().flatten().collect())
    }
}

#[async_trait]
impl Lookup for &'static Plays {
    fn platform(&self) -> Platform {
        Platform::Mastodon
    }

    fn batch(&self) -> usize {
        2
    }

    async fn look_up(
        &self,
        _http: &PoliteClient,
        ids: &[&str],
        _now: DateTime<Utc>,
    ) -> Result<Vec<IncomingRecord>, ScanError> {
        self.asked.lock().unwrap().push(ids.iter().map(ToString::to_string).collect());
        if !self.up.load(Ordering::SeqCst) {
            return Err(ScanError::BadAnswer { host: "saltpan.example".to_owned(), why: "down".to_owned() });
        }
        // It gives everything it has, asked for or not.
        Ok(self.says.lock().unwrap().values().cloned().collect())
    }
}

#[tokio::test]
async fn what_stories_cite_is_asked_for_again() {
    let database = Database::create();
    let store = database.open().await;
    let http = PoliteClient::new(HttpSettings::default()).unwrap();
    let said: Vec<Post> = (1..=4).map(|n| post(n, &format!("The ferry number {n} sails."))).collect();
    for post in &said {
        store.save_records(&[post.clone().record()], now()).await.unwrap();
    }
    // Three of the four are cited.
    for post in &said[..3] {
        let record = store.record(&post.id()).await.unwrap().unwrap();
        store.save_story(&story_about(&record, &post.0.body, "ferries", 1, now())).await.unwrap();
    }
    let native = |n: usize| said[n].0.native_id.clone();
    let plays: &'static Plays = Box::leak(Box::default());
    let lookups: [Box<dyn Lookup>; 1] = [Box::new(plays)];
    let settings = RecheckSettings::default();
    let run = async |at: DateTime<Utc>| recheck(&store, &http, &lookups, settings, at).await.unwrap();

    // It is down: nothing is concluded, and it is not asked further.
    assert_eq!(run(now()).await, Tally::default());
    assert_eq!(plays.asked().0, [2]);

    // The first is gone, the second says something else, nothing is known of the third; of the fourth nobody asked.
    plays.up.store(true, Ordering::SeqCst);
    plays.says(said[0].clone().deleted().record());
    plays.says(IncomingRecord { body: "It sails tomorrow.".to_owned(), ..said[1].clone().record() });
    plays.says(said[3].clone().deleted().record());
    let later = |hours: i64| now() + TimeDelta::hours(hours);
    let mut done = Tally::default();
    for hour in 1..=3 {
        done += run(later(hour)).await;
    }
    assert_eq!(done, Tally { gone: 1, revised: 1, ..Tally::default() });
    assert_eq!(plays.asked().1, BTreeSet::from([native(0), native(1), native(2)]));
    assert_eq!(is_gone(&store, &said[0]).await, Some(TombstoneReason::Author));
    assert_eq!(is_gone(&store, &said[3]).await, None);
    assert_eq!(store.record(&said[1].id()).await.unwrap().unwrap().body, "It sails tomorrow.");

    // Who was not answered keeps their turn, once an hour; the others have theirs six hours later, tombstones never.
    run(later(3)).await;
    assert_eq!(plays.asked().0, [0; 0]);
    run(later(4)).await;
    assert_eq!(plays.asked().1, BTreeSet::from([native(2)]));
    plays.says(said[2].clone().record());
    run(later(7)).await;
    assert_eq!(plays.asked().1, BTreeSet::from([native(1), native(2)]));
    run(later(12)).await;
    assert_eq!(plays.asked().0, [0; 0], "all were asked for less than six hours ago");
    run(now() + TimeDelta::days(31)).await;
    assert_eq!(plays.asked().0, [0; 0], "a month later nobody reads it any more");
}

/// A platform that says in which order it was asked.
struct Notes {
    platform: Platform,
    order: &'static Mutex<Vec<String>>,
}

#[async_trait]
impl Lookup for Notes {
    fn platform(&self) -> Platform {
        self.platform.clone()
    }

    fn batch(&self) -> usize {
        1
    }

    async fn look_up(
        &self,
        _http: &PoliteClient,
        ids: &[&str],
        _now: DateTime<Utc>,
    ) -> Result<Vec<IncomingRecord>, ScanError> {
        self.order.lock().unwrap().extend(ids.iter().map(ToString::to_string));
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn what_was_just_cited_comes_first_whatever_platform_it_is_on() {
    let database = Database::create();
    let store = database.open().await;
    let http = PoliteClient::new(HttpSettings::default()).unwrap();
    let said: Vec<Post> = (1..=4).map(|n| post(n, &format!("The ferry number {n} sails."))).collect();
    let reddit = post(9, "The ferry was late.").by("u/ana").titled("On ferries").on_reddit(9, "ferries");
    let cite = async |post: &Post, at: DateTime<Utc>| {
        store.save_records(&[post.clone().record()], now()).await.unwrap();
        let record = store.record(&post.id()).await.unwrap().unwrap();
        store.save_story(&story_about(&record, &post.0.body, "ferries", 1, at)).await.unwrap();
    };
    let order: &'static Mutex<Vec<String>> = Box::leak(Box::default());
    let lookups = [Platform::Mastodon, Platform::Reddit]
        .map(|platform| -> Box<dyn Lookup> { Box::new(Notes { platform, order }) });
    let run = async |at: DateTime<Utc>| {
        recheck(&store, &http, &lookups, RecheckSettings::default(), at).await.unwrap();
        std::mem::take(&mut *order.lock().unwrap())
    };
    for post in &said[..3] {
        cite(post, now()).await;
    }
    assert_eq!(run(now()).await.len(), 3);
    // Hours later those are due again, and one of each platform was just cited.
    let later = now() + TimeDelta::hours(7);
    cite(&said[3], later).await;
    cite(&reddit, later).await;
    let asked = run(later).await;
    assert_eq!(asked.len(), 5);
    let first: BTreeSet<&String> = asked[..2].iter().collect();
    assert_eq!(first, BTreeSet::from([&said[3].0.native_id, &reddit.0.native_id]));
}

#[tokio::test]
async fn what_a_platform_lets_nobody_keep_goes_by_itself() {
    let database = Database::create();
    let store = database.open().await;
    let reddit = |n: u64, text: &str| post(n, text).by("u/ana").titled("On ferries").on_reddit(n, "ferries");
    let posts = [
        reddit(1, "The soup is good.").quoting("https://redd.it/7"),
        reddit(2, "The cello is loud."),
        reddit(3, "The horn is flat."),
    ];
    let elsewhere = post(4, "The cook is new.");
    let archived = reddit(5, "The rail is wet.");
    let live: Vec<IncomingRecord> = [&posts[0], &posts[1], &elsewhere].map(|p| p.clone().record()).into();
    let state = SourceState { source: "reddit".to_owned(), ..SourceState::default() };
    let save = async |records: &[IncomingRecord], at: DateTime<Utc>| {
        store.save_page(Brought { records, ..Brought::default() }, &state, at).await.unwrap()
    };
    save(&live, now()).await;
    store.save_records(&[archived.clone().record()], now()).await.unwrap();
    let later = now() + TimeDelta::hours(40);
    save(&[posts[2].clone().record()], later).await;
    Analyzer::new(&[], AnalyzerSettings::default()).run(&store, |_| ()).await.unwrap();
    let cited = store.record(&posts[1].id()).await.unwrap().unwrap();
    store.save_story(&story_about(&cited, &posts[1].0.body, "ferries", 1, now())).await.unwrap();

    let at = now() + TimeDelta::hours(49);
    let expire = async || store.expire(&Platform::Reddit, at - TimeDelta::hours(48), at, 7).await.unwrap();
    assert_eq!(expire().await, 1, "one is cited, one is young, one came with an archive, one is elsewhere");
    assert_eq!(expire().await, 0);
    let left = store.record(&posts[0].id()).await.unwrap().unwrap();
    assert_eq!(
        (left.body.as_str(), left.title, left.author, left.state),
        ("", None, None, RecordState::Live)
    );
    assert_eq!(left.quotes, None);
    let everything = dump(&database).await;
    assert!(!everything.contains("soup"), "{everything}");
    for word in ["cello", "horn", "cook", "rail"] {
        assert!(everything.contains(word), "{word}");
    }
    let counted = store.stored_by_id(&[posts[0].id()]).await.unwrap();
    assert_eq!((counted.len(), counted[0].text.text.as_str()), (1, ""), "it still counts");

    // It does not come back; and if it is deleted there, it goes here.
    assert_eq!(save(&live[..1], at).await, Tally { unchanged: 1, ..Tally::default() });
    assert!(!dump(&database).await.contains("soup"));
    assert_eq!(save(&[posts[0].clone().deleted().record()], at).await, Tally { gone: 1, ..Tally::default() });
}

#[tokio::test]
async fn the_health_of_a_source_is_known() {
    let database = Database::create();
    let store = database.open().await;
    let state = SourceState { source: "feed:x".to_owned(), ..SourceState::default() };
    let first = now() - TimeDelta::days(3);
    let mut n = 0;
    for hour in 0..72 {
        let at = first + TimeDelta::hours(hour);
        n += 1;
        let record = post(n, &format!("Ferry news {n}.")).at(at - TimeDelta::minutes(5)).record();
        let brought = Brought { records: &[record], ..Brought::default() };
        store.save_page(brought, &state, at).await.unwrap();
    }
    let failed = Brought { failure: Some("timed out"), ..Brought::default() };
    store.save_page(failed, &state, now() - TimeDelta::minutes(30)).await.unwrap();
    let health = &store.source_health(now()).await.unwrap()["feed:x"];
    assert_eq!((health.day, health.scans, health.failures), (23, 24, 1));
    assert!((health.usual_day.unwrap() - 24.5).abs() < 1.0, "{health:?}");
    assert_eq!((health.failed[0].kind.as_str(), health.failed[0].times), ("timed out", 1));
    let states = store.source_states().await.unwrap();
    assert_eq!(states[0].newest_at, Some(first + TimeDelta::hours(71) - TimeDelta::minutes(5)));
    assert_eq!(health.gaps, []);
}

#[tokio::test]
async fn a_place_that_shows_its_latest_only_leaves_a_gap_when_nothing_was_known() {
    let database = Database::create();
    let store = database.open().await;
    let state = SourceState { source: "feed:x".to_owned(), ..SourceState::default() };
    let page = |from: u64, at: DateTime<Utc>| -> Vec<IncomingRecord> {
        (from..from + 3)
            .map(|n| post(n, &format!("Ferry news {n}.")).at(at + minutes(n.cast_signed())).record())
            .collect()
    };
    let save = async |records: &[IncomingRecord], since: Option<DateTime<Utc>>, at: DateTime<Utc>| {
        let brought = Brought {
            records,
            latest_since: since.map(|since| (Platform::Feed, since)),
            ..Brought::default()
        };
        store.save_page(brought, &state, at).await.unwrap();
    };
    let (monday, tuesday, thursday) = (now(), now() + TimeDelta::days(1), now() + TimeDelta::days(3));
    save(&page(1, monday - TimeDelta::hours(1)), None, monday).await;
    // One of Tuesday's was known: nothing was missed.
    save(&page(3, tuesday - TimeDelta::hours(1)), Some(monday), tuesday).await;
    assert_eq!(store.source_gaps(monday).await.unwrap(), []);
    let late = page(50, thursday - TimeDelta::hours(2));
    save(&late, Some(tuesday), thursday).await;
    let gap = Gap { from: tuesday, until: late[0].published_at };
    assert_eq!(store.source_gaps(monday).await.unwrap(), [("feed:x".to_owned(), Platform::Feed, gap)]);
    assert_eq!(store.source_health(thursday).await.unwrap()["feed:x"].gaps, [gap]);
}
