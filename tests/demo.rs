//! The demo's planted cases (`demo/README.md`), through the front door: does the right thing come out of each?

use std::collections::{BTreeMap, BTreeSet};

use newsdesk::answer::{self, WhyAnswer};
use newsdesk::config::Config;
use newsdesk::demo::{self, Demo};
use newsdesk::model::{DecisionKind, ReasonCode, StoryStatus};
use newsdesk::store::{Store, StoryRow};
use serde_json::Value;

use crate::support::demo::{DemoRun, demo as finished};
use crate::support::desk::topic_views;
use crate::support::story::slug;
use crate::support::{Database, at};

const TOPICS: [&str; 5] = ["night-trains", "tide-power", "city-bikes", "library-hours", "sea-weather"];
const INJECTION: &str = "https://reddit.com/r/ElleryCycling/comments/1xt5ste/feedback_on_the_city_bikes/";
const HIDDEN: &str = "https://bsky.app/profile/lowercase_l.marrow.example/post/3qwborxo5wses";
const DELETED: &str =
    "https://reddit.com/r/MarrowCoast/comments/1xvgawq/what_the_night_train_meant_to_my_family/";
const ANNOUNCEMENT: &str = "https://bsky.app/profile/harborrail.example/post/3qwq2nxfguzez";
const CORRECTION: &str = "https://bsky.app/profile/harborrail.example/post/3qwvbhjm7umsm";

/// What is planted, by address: read from the corpus and its labels, of which the pipeline knows nothing.
fn planted() -> BTreeMap<String, BTreeSet<String>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("demo");
    let corpus = std::fs::read_to_string(root.join("corpus.jsonl")).unwrap();
    let labels = std::fs::read_to_string(root.join("labels.tsv")).unwrap();
    let mut urls = BTreeMap::new();
    for line in corpus.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        urls.insert(text(&line["id"]), text(&line["url"]));
    }
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in labels.lines().skip(1) {
        let [id, _, topic, label] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        found.entry(format!("{topic}/{label}")).or_default().insert(urls[id].clone());
    }
    found
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A finished demo with its store and its configuration.
struct World {
    run: DemoRun,
    store: Store,
    config: Config,
    /// Every version of every story, oldest first, with the addresses of what it cites and rests on.
    stories: Vec<Told>,
}

struct Told {
    row: StoryRow,
    evidence: BTreeSet<String>,
    cited: BTreeSet<String>,
    whole: String,
}

async fn world() -> World {
    let run = finished();
    let store = Store::open(&run.database()).await.unwrap();
    let config = demo::configuration(&run.out, 1).unwrap();
    let stories = told(&store).await;
    World { run, store, config, stories }
}

async fn told(store: &Store) -> Vec<Told> {
    let mut all = Vec::new();
    for topic in TOPICS {
        let mut latest = store.stories_of_topic(&slug(topic), 1_000).await.unwrap();
        latest.sort_by_key(|row| (row.story.at, row.story.code.clone()));
        for line in latest {
            for row in store.story_by_code(&line.story.code).await.unwrap() {
                let brief = store.brief_with_texts(store, &row.brief).await.unwrap().unwrap();
                let url = |id| brief.record(id).map(|record| record.url.clone());
                let sentences = row.story.body.sentences();
                all.push(Told {
                    evidence: brief.evidence.iter().filter_map(url).collect(),
                    cited: sentences.iter().flat_map(|(_, s)| &s.citations).map(|c| c.url.clone()).collect(),
                    whole: sentences.iter().map(|(_, s)| s.text.as_str()).collect::<Vec<_>>().join("\n"),
                    row,
                });
            }
        }
    }
    all
}

impl World {
    fn of(&self, topic: &str) -> Vec<&Told> {
        self.stories.iter().filter(|told| told.row.story.topic.as_str() == topic).collect()
    }

    /// What the desk would have answered at `then`.
    async fn why(&self, topic: &str, then: &str) -> answer::TopicWhy {
        let topics = topic_views(&self.config);
        let desk = answer::Desk { store: &self.store, topics: &topics, now: at(then) };
        match desk.why(topic).await.unwrap() {
            WhyAnswer::Topic(why) => *why,
            WhyAnswer::Story { .. } | WhyAnswer::Record(_) => panic!("{topic} is a topic"),
        }
    }

    /// Everything that can be asked of every story and topic, as one text.
    fn all_answers(&self) -> String {
        let mut all = String::new();
        for topic in TOPICS {
            all.push_str(&self.run.ask(&["why", topic]).ends(0).out);
            all.push_str(&self.run.ask(&["why", topic, "--json"]).ends(0).out);
        }
        let codes: BTreeSet<&str> = self.stories.iter().map(|told| told.row.story.code.as_str()).collect();
        for code in codes {
            for question in ["story", "sources", "faq", "changed", "why"] {
                all.push_str(&self.run.ask(&[question, code]).ends(0).out);
                all.push_str(&self.run.ask(&[question, code, "--json"]).ends(0).out);
            }
            all.push_str(&self.run.bundle(code));
        }
        all.push_str(&self.run.ask(&["topics"]).ends(0).out);
        all.push_str(&self.run.ask(&["status"]).ends(0).out);
        all
    }
}

fn overlap(a: &BTreeSet<String>, b: &BTreeSet<String>) -> usize {
    a.intersection(b).count()
}

#[tokio::test]
async fn the_event_becomes_one_story_and_its_correction_an_update_of_it() {
    let (world, planted) = (world().await, planted());
    let (event, correction) = (&planted["night-trains/event"], &planted["night-trains/correction"]);
    assert!(event.contains(ANNOUNCEMENT) && correction.contains(CORRECTION));
    let about: Vec<&Told> = world
        .of("night-trains")
        .into_iter()
        .filter(|told| {
            (overlap(&told.evidence, event) + overlap(&told.evidence, correction)) * 2 > told.evidence.len()
        })
        .collect();
    let first = about.first().expect("the return of the night train is a story");
    assert!(
        first.row.story.at >= at("2031-03-17 07:30") && first.row.story.at <= at("2031-03-18 12:00"),
        "{}",
        first.row.story.at
    );
    assert!(first.whole.contains("2 June") || first.whole.contains("16 June"), "{}", first.whole);

    let codes: BTreeSet<&str> = about.iter().map(|told| told.row.story.code.as_str()).collect();
    assert_eq!(codes.len(), 1, "event and correction are one story, told under {codes:?}");
    let update = about.last().unwrap();
    assert!(update.row.story.version >= 2);
    assert!(update.row.story.at >= at("2031-03-19 09:15"), "{}", update.row.story.at);
    assert!(update.whole.contains("16 June"), "{}", update.whole);
    assert!(!update.row.story.changes.is_empty(), "an update says what changed");
    assert!(overlap(&update.cited, correction) > 0, "it cites the correction");

    let changed = world.run.ask(&["changed", "night-trains"]).ends(0).out;
    assert!(changed.contains("16"), "{changed}");
    let versions = world.run.json(&["changed", about[0].row.story.code.as_str()]);
    assert_eq!(versions["versions"].as_array().map(Vec::len), Some(about.len()));
}

#[tokio::test]
async fn nothing_is_told_twice_under_two_codes() {
    let world = world().await;
    let mut headlines: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for told in &world.stories {
        let story = &told.row.story;
        headlines.entry(&story.body.headline.text).or_default().insert(story.code.as_str());
    }
    headlines.retain(|_, codes| codes.len() > 1);
    assert_eq!(headlines, BTreeMap::new());
}

#[tokio::test]
async fn the_storm_and_the_turbine_are_stories_and_weekly_threads_and_bots_are_not() {
    let (world, planted) = (world().await, planted());
    for (topic, from, to) in [
        ("sea-weather", "2031-03-09 17:45", "2031-03-11 06:00"),
        ("tide-power", "2031-03-21 09:00", "2031-03-22 06:00"),
    ] {
        let event = &planted[&format!("{topic}/event")];
        let story = world.of(topic).into_iter().find(|told| overlap(&told.evidence, event) > 0);
        let story = story.unwrap_or_else(|| panic!("the event of {topic} is no story"));
        let when = story.row.story.at;
        assert!(when >= at(from) && when <= at(to), "{topic} was told at {when}");
    }
    let noise: BTreeSet<String> =
        planted["sea-weather/weekly"].union(&planted["sea-weather/bot"]).cloned().collect();
    for told in &world.stories {
        assert_eq!(overlap(&told.evidence, &noise) + overlap(&told.cited, &noise), 0, "{}", told.whole);
    }
    for told in world.of("tide-power") {
        assert!(!told.whole.contains("tidetable_bot"), "{}", told.whole);
    }
}

#[tokio::test]
async fn the_campaign_is_no_story_and_why_says_so_in_plain_words() {
    let (world, planted) = (world().await, planted());
    for told in &world.stories {
        assert_eq!(overlap(&told.evidence, &planted["city-bikes/campaign"]), 0, "{}", told.whole);
        assert!(!told.whole.contains("RideMint"), "{}", told.whole);
    }
    assert!(world.of("city-bikes").is_empty());
    let why = world.why("city-bikes", "2031-03-14 18:00").await;
    assert_eq!(why.at, Some(at("2031-03-14 18:00")));
    assert!(why.summary.contains("copies of") && why.summary.contains("3 accounts"), "{}", why.summary);
    let decision = why.decisions.iter().find(|d| d.kind == DecisionKind::Topic).unwrap();
    assert!(decision.reasons.contains(&ReasonCode::CopyPaste), "{:?}", decision.reasons);
    assert!(decision.detail.contains("No story"), "{}", decision.detail);
    assert!(world.run.printed.contains("copies of"), "the demo says it as it comes");
}

#[tokio::test]
async fn the_backfill_raises_nothing_and_why_says_that_it_came_late() {
    let (world, planted) = (world().await, planted());
    for told in world.of("tide-power") {
        let story = &told.row.story;
        assert!(story.at > at("2031-03-14 00:00"), "{} at {}", story.body.headline.text, story.at);
        assert_eq!(overlap(&told.evidence, &planted["tide-power/backfill"]), 0);
    }
    let why = world.why("tide-power", "2031-03-12 12:00").await;
    assert!(why.summary.contains("arrived long after publication"), "{}", why.summary);
    assert!(why.signals.iter().all(|signal| !signal.kept), "{:?}", why.signals);
    let decision = why.decisions.iter().find(|d| d.kind == DecisionKind::Topic).unwrap();
    assert!(decision.reasons.contains(&ReasonCode::Backfill), "{:?}", decision.reasons);
}

#[tokio::test]
async fn the_quiet_topic_has_no_story_and_says_what_it_has() {
    let world = world().await;
    assert!(world.of("library-hours").is_empty());
    let asked = world.run.ask(&["story", "library-hours"]).ends(3);
    assert!(asked.err.contains("Library Hours has no story yet. 11 records are stored"), "{}", asked.err);
    let why = world.run.ask(&["why", "library-hours"]).ends(0).out;
    assert!(why.contains("Library Hours"), "{why}");
    let topics = world.run.json(&["topics"]);
    let quiet = topics.as_array().unwrap().iter().find(|t| t["slug"] == "library-hours").unwrap();
    assert_eq!((&quiet["latest"], quiet["records"].as_u64()), (&Value::Null, Some(11)));
}

#[tokio::test]
async fn the_deleted_post_is_in_no_file_and_no_answer() {
    let world = world().await;
    let words = ["marzipan", "what_the_night_train_meant"];
    for (path, bytes) in world.run.files() {
        for word in words {
            let at = bytes.windows(word.len()).position(|part| part.eq_ignore_ascii_case(word.as_bytes()));
            assert_eq!(at, None, "`{word}` is in {}", path.display());
        }
    }
    let answers = world.all_answers().to_lowercase();
    assert!(words.iter().all(|word| !answers.contains(word)));
    let found = world.run.ask(&["search", "marzipan"]).ends(3);
    assert!(found.out.is_empty(), "{}", found.out);
    world.run.ask(&["why", DELETED]).ends(3);
    assert_eq!(world.run.json(&["status"])["gone"], 1);
}

#[tokio::test]
async fn what_addresses_a_machine_or_hides_text_is_set_aside_and_quoted_nowhere() {
    let world = world().await;
    for url in [INJECTION, HIDDEN] {
        let why = world.run.json(&["why", url]);
        let facts = why["facts"].as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(" ");
        assert!(facts.contains("It is set aside: it ") && facts.contains("never quoted"), "{facts}");
        for told in &world.stories {
            assert!(!told.cited.contains(url) && !told.whole.contains("lowercase_l"), "{}", told.whole);
        }
        let pages =
            world.run.files().into_iter().filter(|(path, _)| path.starts_with(world.run.out.join("preview")));
        for (path, bytes) in pages {
            assert!(!String::from_utf8_lossy(&bytes).contains(url), "{url} is in {}", path.display());
        }
    }
    assert_eq!(world.run.json(&["status"])["quarantined"], 2);
    let why = world.why("city-bikes", "2031-03-11 18:00").await;
    assert!(why.summary.contains("set aside"), "{}", why.summary);
}

#[tokio::test]
async fn a_figure_that_was_edited_away_is_in_no_answer() {
    let world = world().await;
    for answer in world.all_answers().lines() {
        assert!(!answer.contains("310 crowns"), "{answer}");
    }
    let found = world.run.ask(&["search", "310", "crowns"]).ends(3);
    assert!(found.err.contains("nothing stored has all of"), "{}", found.err);
    assert!(world.run.ask(&["search", "189 crowns", "cabin"]).ends(0).out.contains("189"));
}

#[tokio::test]
async fn every_latest_story_verifies_as_a_file_of_its_own() {
    let world = world().await;
    let codes: BTreeSet<&str> = world.stories.iter().map(|told| told.row.story.code.as_str()).collect();
    assert!(codes.len() >= 3, "{codes:?}");
    let folder = tempfile::TempDir::new().unwrap();
    for code in codes {
        let file = folder.path().join(format!("{code}.json")).display().to_string();
        world.run.ask(&["export", code, "-o", &file]).ends(0);
        // Nothing but the file: another home, no configuration.
        let checked =
            crate::support::cli::newsdesk(folder.path(), &[], &["verify", &file, "--json"]).ends(0).json();
        assert_eq!(
            (&checked["passed"], &checked["rejections"]),
            (&Value::Bool(true), &Value::Array(Vec::new()))
        );
        assert!(checked["sentences"].as_u64() > Some(5), "{checked}");
    }
}

#[tokio::test]
async fn every_story_has_its_whole_shape() {
    let world = world().await;
    for told in &world.stories {
        let body = &told.row.story.body;
        let (code, sections) = (&told.row.story.code, body.sections.len());
        assert!(body.headline.text.chars().count() <= 90, "{code}: {}", body.headline.text);
        let dek: usize = body.dek.iter().map(|s| s.text.chars().count() + 1).sum();
        assert!((1..=231).contains(&dek), "{code}: dek of {dek}");
        assert!((1..=5).contains(&sections), "{code}: {sections} sections");
        assert!(body.sections.iter().all(|section| !section.sentences.is_empty()), "{code}");
        assert_eq!(body.faqs.len(), 3, "{code}");
        assert!(body.faqs.iter().all(|faq| !faq.answer.is_empty() && !faq.short.is_empty()), "{code}");
        assert!(!body.counter.is_empty() && !body.so_far.is_empty(), "{code}");
        assert_ne!(told.row.story.status, StoryStatus::Archived);
    }
}

/// The demo again, in this process and in the database under test: the same inputs give the same bytes, on either
/// database, whether or not somebody looks at it meanwhile.
#[tokio::test]
async fn the_demo_again_tells_the_same_stories_to_the_byte() {
    let database = Database::create();
    let (store, folder) = (database.open().await, tempfile::TempDir::new().unwrap());
    let config = demo::configuration(folder.path(), 1).unwrap();
    let mut again = Demo::new(&config, store.clone());
    let mut before_the_deletion = 0;
    while let Some((tick, _)) = again.next().await.unwrap() {
        if tick == at("2031-03-18 00:00") {
            let words = ["marzipan".to_owned(), "locomotive".to_owned()];
            before_the_deletion = store.search_records(&words, None, 10).await.unwrap().len();
        }
    }
    assert_eq!(before_the_deletion, 1, "it was there before it was deleted");
    let (first, second) = (world().await.stories, told(&store).await);
    let json = |told: &Told| serde_json::to_string_pretty(&told.row.story).unwrap();
    let brief = |told: &Told| (told.row.story.code.clone(), told.row.story.version, told.row.brief.clone());
    assert_eq!(second.iter().map(brief).collect::<Vec<_>>(), first.iter().map(brief).collect::<Vec<_>>());
    for (first, second) in first.iter().zip(&second) {
        assert_eq!(json(first), json(second));
    }
}
