//! Harbour Club: a Discord server with the bot in it, and a desk that has a story to tell.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use newsdesk::answer::TopicView;
use newsdesk::bot::{self, BotError, BotSetup, Order, Stop};
use newsdesk::config::Secret;
use newsdesk::discord::{ConnectSettings, Rest, connect};
use newsdesk::model::{
    BriefRecord, Change, ChangeKind, Citation, Faq, FaqKind, ManualClock, Section, Sentence, SentenceKind,
    Sha256, StoryCode, StoryStatus,
};
use newsdesk::store::{NewStory, Stored};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::discord::{Answer, Discord, Place};
use super::record::{Post, at, post};
use super::story::{slug, story_about};
use super::{Desk, desk};

/// Everything a bot asks for when it is added.
pub(crate) const USUAL: u64 = newsdesk::bot::PERMISSIONS.bits();
/// “Manage Server”, and what everyone may.
pub(crate) const MODERATOR: u64 = 1 << 5 | EVERYONE;
/// See channels, write, use commands.
pub(crate) const EVERYONE: u64 = 1 << 10 | 1 << 11 | 1 << 31;

const TOPICS: &[(&str, &str)] = &[
    (
        "topics/night-ferries.toml",
        "name = \"Night ferries\"\ndescription = \"Ferries that sail by night\"\n[match]\nany = [\"ferry\"]\n",
    ),
    ("topics/tide-mills.toml", "name = \"Tide mills\"\n[match]\nany = [\"tide mill\"]\n"),
];

/// The server, its desk, and who is in it.
pub(crate) struct Club {
    pub(crate) discord: Discord,
    pub(crate) desk: Desk,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) guild: u64,
    pub(crate) news: u64,
    pub(crate) owner: u64,
    pub(crate) ana: u64,
    pub(crate) bo: u64,
    pub(crate) moderator: u64,
    /// Orders that were given, in words.
    pub(crate) orders: Arc<Mutex<Vec<String>>>,
    /// How the bot is run.
    pub(crate) patience: Duration,
    pub(crate) home: Option<u64>,
    pub(crate) key: [u8; 32],
}

/// A bot that runs.
pub(crate) struct Running {
    pub(crate) stop: CancellationToken,
    ended: JoinSet<Result<Stop, BotError>>,
    _orders: JoinSet<()>,
}

impl Running {
    /// Stops it as Ctrl-C does.
    pub(crate) async fn stop(self) -> Result<Stop, BotError> {
        self.stop.cancel();
        self.ends().await
    }

    /// Waits until it ends by itself; 10 seconds at most.
    pub(crate) async fn ends(mut self) -> Result<Stop, BotError> {
        let ended = tokio::time::timeout(Duration::from_secs(10), self.ended.join_next());
        let ended = ended.await.expect("the bot ends").expect("it runs");
        ended.expect("the bot does not panic")
    }
}

impl Club {
    /// The server and the desk; the bot is in the server, and not running yet.
    pub(crate) async fn open() -> Self {
        let discord = Discord::start().await;
        let guild = discord.guild("Harbour Club");
        let news = discord.text_channel(guild, "news");
        let owner = discord.owner(guild);
        discord.install(guild, owner, USUAL);
        let desk = Desk::open("", TOPICS).await;
        Self {
            ana: discord.member(guild, "ana", EVERYONE),
            bo: discord.member(guild, "bo", EVERYONE),
            moderator: discord.member(guild, "mo", MODERATOR),
            clock: Arc::new(ManualClock::at(at("2031-03-17 09:00"))),
            orders: Arc::default(),
            patience: Duration::from_secs(2),
            home: None,
            key: [7; 32],
            discord,
            desk,
            guild,
            news,
            owner,
        }
    }

    /// The club with a running bot, and a story of seven sources in two versions about night ferries.
    pub(crate) async fn with_story() -> (Self, StoryCode, Running) {
        let club = Self::open().await;
        let code = club.tells_a_story().await;
        let running = club.runs().await;
        (club, code, running)
    }

    pub(crate) fn rest(&self) -> Rest {
        let mut settings = ConnectSettings::new(Secret::new(self.discord.token()));
        settings.address = Some(self.discord.address());
        settings.certificate = Some(self.discord.ca_pem().into_bytes());
        connect(&settings).expect("a client")
    }

    /// Starts the bot without waiting for anything.
    pub(crate) fn starts(&self) -> Running {
        let (orders, mut given) = mpsc::channel(8);
        let topics = desk::topic_views(&self.desk.config);
        let setup = BotSetup {
            rest: self.rest(),
            store: self.desk.store.clone(),
            topics: Arc::new(move |now| with_next_scan(&topics, now)),
            clock: self.clock.clone(),
            key: self.key,
            orders,
            home_guild: self.home,
            dev_guild: None,
            patience: self.patience,
        };
        let log = Arc::clone(&self.orders);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Some(order) = given.recv().await {
                serve(order, &log);
            }
        });
        let stop = CancellationToken::new();
        let mut ended = JoinSet::new();
        ended.spawn(bot::run(setup, stop.clone()));
        Running { stop, ended, _orders: tasks }
    }

    /// Starts the bot, and waits until it is there with its commands.
    pub(crate) async fn runs(&self) -> Running {
        let before = self.discord.identifies();
        let running = self.starts();
        let there = |discord: &Discord| discord.identifies() > before && discord.connected();
        self.discord.wait_until("the bot is there", there).await;
        self.discord.wait_ready().await;
        let joined = |discord: &Discord| !discord.commands(None).is_empty();
        self.discord.wait_until("commands are registered", joined).await;
        let id = newsdesk::model::DeskId::discord(self.guild);
        for _ in 0..500 {
            if self.desk.store.desk(&id).await.unwrap().is_some_and(|desk| desk.awake) {
                return running;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the bot never noted its server");
    }

    /// In the channel for news.
    pub(crate) fn here(&self) -> Place {
        Place::Guild { guild: self.guild, channel: self.news }
    }

    pub(crate) fn orders(&self) -> Vec<String> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stores a story of two versions on seven records.
    pub(crate) async fn tells_a_story(&self) -> StoryCode {
        let posts: Vec<Post> = SAID
            .iter()
            .zip(1..)
            .map(|((by, text), n)| {
                post(n, text).by(by).at(at("2031-03-16 07:30") + chrono::Duration::hours(n.cast_signed()))
            })
            .collect();
        self.desk.hears(&posts).await;
        self.desk.analyze().await;
        let ids: Vec<_> = posts.iter().map(Post::id).collect();
        let mut records = self.desk.store.stored_by_id(&ids).await.unwrap();
        records.sort_by_key(|stored| ids.iter().position(|id| *id == stored.record.id));
        assert_eq!(records.len(), SAID.len(), "all of them are analysed");
        let first = a_story(&records, 1, at("2031-03-16 12:00"));
        let second = a_story(&records, 2, at("2031-03-17 08:00"));
        let code = first.story.code.clone();
        for new in [first, second] {
            assert!(self.desk.store.save_story(&new).await.unwrap());
        }
        code
    }
}

fn with_next_scan(topics: &[TopicView], now: DateTime<Utc>) -> Vec<TopicView> {
    let next =
        |view: &TopicView| TopicView { next_scan: Some(now + chrono::Duration::minutes(20)), ..view.clone() };
    topics.iter().map(next).collect()
}

fn serve(order: Order, log: &Mutex<Vec<String>>) {
    let (told, reply, words) = match order {
        Order::Scan { topic, reply } => {
            (format!("scan {topic}"), reply, "Two sources were read, three records are new.".to_owned())
        }
        Order::Correct { code, text, by, reply } => (
            format!("correct {code}: {text} ({by})"),
            reply,
            "Every copy will carry it within a minute.".to_owned(),
        ),
        Order::Retract { code, reason, by, reply } => {
            (format!("retract {code}: {reason} ({by})"), reply, "Every copy is being taken back.".to_owned())
        }
    };
    log.lock().unwrap_or_else(PoisonError::into_inner).push(told);
    // Whoever asked may be gone: then nobody hears it.
    drop(reply.send(Ok(words)));
}

/// Who said what.
const SAID: &[(&str, &str)] = &[
    ("@ana", "The night ferry to Farholm sails again from 1 May, six nights a week."),
    ("@berth_seven", "A berth on the ferry costs no more than the day boat plus 25 crowns."),
    ("@quiet_deck", "There is room for eight bicycles on the ferry, and you have to book them."),
    ("@salt_and_tar", "I sold my car on the strength of this ferry timetable."),
    ("@pier_nine", "The ferry leaves at 22:40, after the last train is in."),
    ("@lantern", "Nobody asked the island whether it wants a ferry at night."),
    ("@*_bold_*", "# The ferry is **loud** @everyone [win](https://prize.example) <@1>"),
];

fn a_story(said: &[Stored], version: u32, when: DateTime<Utc>) -> NewStory {
    let mut new = story_about(&said[0].record, &said[0].text.text, "night-ferries", version, when);
    let of = |n: usize| {
        let (record, text) = (&said[n].record, &said[n].text.text);
        Citation {
            record: record.id.clone(),
            url: record.permalink.clone(),
            start: 0,
            end: text.len(),
            sha256: Sha256::of(text),
        }
    };
    let says = |n: usize| Sentence {
        text: format!("“{}” ({})", SAID[n].1, SAID[n].0),
        kind: SentenceKind::Quote,
        citations: vec![of(n)],
        counts: Vec::new(),
        confirmed: false,
    };
    let faq = |kind, question: &str, n| Faq {
        kind,
        question: question.to_owned(),
        answer: vec![says(n)],
        short: vec![says(n)],
    };
    let body = &mut new.story.body;
    "Night ferry to Farholm sails again from 1 May".clone_into(&mut body.headline.text);
    body.dek = vec![says(0)];
    body.sections = vec![
        Section { heading: Some(says(1)), sentences: vec![says(1), says(2)] },
        Section { heading: Some(says(3)), sentences: vec![says(3), says(4), says(6)] },
    ];
    body.so_far = vec![says(0)];
    body.faqs = vec![
        faq(FaqKind::WhatHappened, "What happened with the night ferry?", 0),
        faq(FaqKind::WhatItMeans, "What does it mean for you?", 1),
        faq(FaqKind::Counter, "What is the strongest argument on the other side?", 5),
    ];
    body.counter = vec![says(5)];
    new.story.records = 7;
    new.story.methodology.authors = 7;
    if version > 1 {
        new.story.status = StoryStatus::Developing;
        new.story.changes =
            vec![Change { kind: ChangeKind::Added, text: format!("“{}” ({})", SAID[4].1, SAID[4].0) }];
    }
    let of_brief = |stored: &Stored| BriefRecord {
        id: stored.record.id.clone(),
        url: stored.record.permalink.clone(),
        venue: stored.record.venue.clone(),
        speaker: stored.record.author.clone().unwrap_or_default(),
        author_key: stored.record.author_key.clone(),
        published_at: stored.record.published_at,
        copy_group: newsdesk::model::CopyGroup::of(&stored.record.id),
        text: Some(stored.text.text.clone()),
        sha256: Sha256::of(&stored.text.text),
        ..new.brief.records[0].clone()
    };
    let records: Vec<BriefRecord> = said.iter().map(of_brief).collect();
    "Night ferries".clone_into(&mut new.brief.topic.name);
    new.brief.topic.slug = slug("night-ferries");
    new.brief.records = records;
    new
}

/// A transcript of commands and what was shown.
#[derive(Default)]
pub(crate) struct Script(pub(crate) String);

impl Script {
    /// A command, and what was shown.
    pub(crate) async fn command(&mut self, club: &Club, user: u64, command: &str, options: Value) -> Answer {
        let answer = club.discord.slash(club.here(), user, command, options.clone()).await;
        self.write(club, &format!("/{command} {options}"), &answer).await;
        answer
    }

    /// What was shown.
    pub(crate) async fn write(&mut self, club: &Club, what: &str, answer: &Answer) {
        let seen = if answer.ephemeral() { ", only they see it" } else { "" };
        let shown = match answer {
            Answer::Message(_) | Answer::Updated(_) | Answer::Deferred(_) => outline(&answer.wait().await),
            Answer::Modal(form) => {
                format!("# {}\n{}", form["title"].as_str().unwrap_or_default(), outline(form))
            }
            Answer::None | Answer::Forbidden => String::new(),
        };
        self.0.push_str(&format!("──── {what}\n({}{seen})\n{shown}\n", answer.kind_name()));
        self.0 = club.named(&self.0);
    }
}

impl Club {
    /// Ids in a text, by their names: they differ from run to run.
    pub(crate) fn named(&self, text: &str) -> String {
        let names = [
            (self.news, "NEWS"),
            (self.guild, "GUILD"),
            (self.ana, "ANA"),
            (self.bo, "BO"),
            (self.moderator, "MO"),
            (self.owner, "OWNER"),
        ];
        names.iter().fold(text.to_owned(), |text, (id, name)| text.replace(&id.to_string(), name))
    }
}

/// A time later than the club's clock shows.
pub(crate) fn later(club: &Club, seconds: i64) -> chrono::DateTime<chrono::Utc> {
    use newsdesk::model::Clock as _;
    club.clock.now() + chrono::Duration::seconds(seconds)
}

/// A message as a person reads it: what is shown, and which buttons there are. Times are named, signatures left out.
pub(crate) fn outline(message: &Value) -> String {
    let mut out = String::new();
    if let Some(text) = message["content"].as_str().filter(|text| !text.is_empty()) {
        out.push_str(&format!("{text}\n"));
    }
    for embed in message["embeds"].as_array().into_iter().flatten() {
        for (mark, part) in
            [("", &embed["author"]["name"]), ("# ", &embed["title"]), ("", &embed["description"])]
        {
            if let Some(text) = part.as_str() {
                out.push_str(&format!("{mark}{text}\n"));
            }
        }
        for field in embed["fields"].as_array().into_iter().flatten() {
            let beside = if field["inline"] == true { " (beside)" } else { "" };
            out.push_str(&format!("## {}{beside}\n{}\n", text(&field["name"]), text(&field["value"])));
        }
        if let Some(foot) = embed["footer"]["text"].as_str() {
            out.push_str(&format!("_{foot}_\n"));
        }
    }
    for row in message["components"].as_array().into_iter().flatten() {
        let parts: Vec<String> = row["components"].as_array().into_iter().flatten().map(component).collect();
        out.push_str(&format!("{}\n", parts.join(" ")));
    }
    out
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn component(part: &Value) -> String {
    let id = text(&part["custom_id"]).rsplit_once('.').map_or("", |(id, _)| id);
    let off = if part["disabled"] == true { ", off" } else { "" };
    match part["type"].as_u64() {
        Some(3) => {
            let options = part["options"].as_array().into_iter().flatten();
            let options: Vec<&str> = options.map(|option| text(&option["label"])).collect();
            format!("<{} {id}: {}>", text(&part["placeholder"]), options.join(" | "))
        }
        Some(8) => format!("<{} {id}>", text(&part["placeholder"])),
        Some(4) => format!("{}: [{}]", text(&part["label"]), text(&part["value"])),
        _ => format!("[{} {id}{off}]", text(&part["label"])),
    }
}

/// The custom id of the button or select with this beginning.
pub(crate) fn button(message: &Value, begins: &str) -> String {
    let rows = message["components"].as_array().into_iter().flatten();
    let all: Vec<&str> = rows
        .flat_map(|row| row["components"].as_array().into_iter().flatten())
        .map(|part| text(&part["custom_id"]))
        .collect();
    let found = all.iter().find(|id| id.starts_with(begins));
    (*found.unwrap_or_else(|| panic!("no {begins} among {all:?}"))).to_owned()
}

/// The id of a message.
pub(crate) fn id(message: &Value) -> u64 {
    text(&message["id"]).parse().expect("a message has an id")
}
