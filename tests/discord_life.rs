//! A server's life with the bot, from the first day to the last, as its members see it.

use std::path::Path;
use std::sync::Arc;

use chrono::Duration;
use newsdesk::bot::{self, BotSetup, Order, custom_id};
use newsdesk::config::{Config, Secret};
use newsdesk::demo::{self, Demo};
use newsdesk::discord::{ConnectSettings, Rest, connect};
use newsdesk::model::{AmendmentKind, Clock as _, DeskId, ManualClock, StoryCode};
use newsdesk::publish::discord::{DiscordSender, Trouble};
use newsdesk::publish::preview::PreviewFolder;
use newsdesk::publish::{Destinations, RetryPolicy};
use newsdesk::schedule::{Mailroom, Writer};
use newsdesk::store::Store;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::Database;
use crate::support::club::{EVERYONE, MODERATOR, USUAL, button, id, outline};
use crate::support::discord::picture::{Width, html};
use crate::support::discord::{Answer, Discord, Place};
use crate::support::record::post;

/// The newsroom looks every six hours of the demo's days.
const TICK: Duration = Duration::hours(6);

/// The server, the desk, and what was seen of them.
struct Life {
    discord: Discord,
    demo: Demo,
    clock: Arc<ManualClock>,
    store: Store,
    config: Config,
    rest: Rest,
    guild: u64,
    names: Vec<(u64, &'static str)>,
    seen: String,
    _folder: TempDir,
    _database: Database,
}

fn sender(rest: &Rest, store: &Store, troubles: &mpsc::UnboundedSender<Trouble>) -> DiscordSender {
    let (key, troubles) = (rest.key(), troubles.clone());
    DiscordSender::new(
        rest.clone(),
        store.clone(),
        rest.bot(),
        Arc::new(move |id| custom_id::sign(&key, id)),
        Arc::new(move |trouble| drop(troubles.send(trouble))),
    )
}

impl Life {
    async fn begins() -> (Self, mpsc::UnboundedReceiver<Trouble>) {
        let folder = TempDir::new().unwrap();
        let config = demo::configuration(folder.path(), 1).unwrap();
        let database = Database::create();
        let store = database.open().await;
        let discord = Discord::start().await;
        let clock = Arc::new(ManualClock::at("2031-03-01T00:00:00Z".parse().unwrap()));
        discord.set_time(clock.now());
        let mut settings = ConnectSettings::new(Secret::new(discord.token()));
        settings.address = Some(discord.address());
        settings.certificate = Some(discord.ca_pem().into_bytes());
        let rest = connect(&settings).unwrap();
        let (tell, troubles) = mpsc::unbounded_channel();
        let destinations = Destinations::new()
            .with_preview(PreviewFolder::new(&config.preview_dir))
            .with_discord(Box::new(sender(&rest, &store, &tell)));
        let demo = Demo::new(&config, store.clone()).posting_to(destinations);
        let guild = discord.guild("Harbour Club");
        let life = Self {
            names: vec![(guild, "GUILD")],
            seen: String::new(),
            _folder: folder,
            _database: database,
            discord,
            demo,
            clock,
            store,
            config,
            rest,
            guild,
        };
        (life, troubles)
    }

    fn mailroom(&self) -> Mailroom {
        let (tell, _) = mpsc::unbounded_channel();
        let destinations = Destinations::new()
            .with_preview(PreviewFolder::new(&self.config.preview_dir))
            .with_discord(Box::new(sender(&self.rest, &self.store, &tell)));
        Mailroom::new(self.store.clone(), destinations, RetryPolicy::default(), Duration::days(30))
    }

    fn text_channel(&mut self, name: &'static str) -> u64 {
        let channel = self.discord.text_channel(self.guild, name);
        self.names.push((channel, name));
        channel
    }

    fn member(&mut self, name: &'static str, permissions: u64) -> u64 {
        let member = self.discord.member(self.guild, name, permissions);
        self.names.push((member, name));
        member
    }

    fn at(&self, channel: u64) -> Place {
        Place::Guild { guild: self.guild, channel }
    }

    /// Time passes for everybody.
    fn pass(&self, span: Duration) {
        self.clock.set(self.clock.now() + span);
        self.discord.set_time(self.clock.now());
    }

    /// Lives on until the newsroom has written a version of a story of the topic; which, and which version.
    async fn until_story(&mut self) -> (StoryCode, u32) {
        loop {
            self.pass(TICK);
            let (now, report) = self.demo.next().await.unwrap().expect("there is news in these weeks");
            self.clock.set(now);
            for (code, version) in report.stories {
                let rows = self.store.story_by_code(&code).await.unwrap();
                if rows[0].story.topic.as_str() == "sea-weather" {
                    return (code, version);
                }
            }
        }
    }

    /// Ids by their names: they differ from run to run.
    fn named(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (id, name)| text.replace(&id.to_string(), name))
    }

    fn note(&mut self, title: &str, text: &str) {
        let text = self.named(text);
        self.seen.push_str(&format!("════ {title}\n{text}\n"));
    }

    /// Everything in a channel and its threads, as it stands.
    fn note_channel(&mut self, title: &str, channel: u64) {
        let mut all = String::new();
        for message in self.discord.messages(channel) {
            all.push_str(&format!("{}────\n", outline(&message)));
        }
        for thread in self.discord.threads(channel) {
            all.push_str(&format!("≡≡≡≡ thread “{}”\n", thread["name"].as_str().unwrap_or_default()));
            for message in self.discord.messages(id(&thread)).iter().filter(|m| m["type"] == 0) {
                all.push_str(&format!("{}────\n", outline(message)));
            }
        }
        self.note(title, &all);
    }

    async fn note_answer(&mut self, title: &str, answer: &Answer) -> Value {
        let message = answer.wait().await;
        let seen = if answer.ephemeral() { " (only they see it)" } else { "" };
        self.note(&format!("{title}{seen}"), &outline(&message));
        message
    }

    /// Puts the pictures themselves where their addresses stand.
    fn show_pictures(&self, message: &mut Value) {
        use base64::Engine as _;
        let files: Vec<(String, u64)> = message["attachments"]
            .as_array()
            .into_iter()
            .flatten()
            .chain(message["embeds"].as_array().into_iter().flatten().map(|e| &e["image"]))
            .filter_map(|file| {
                let url = file["url"].as_str()?;
                let number = url.split('/').rev().nth(1)?.parse().ok()?;
                Some((url.to_owned(), number))
            })
            .collect();
        for (url, number) in files {
            let Some(bytes) = self.discord.upload(number) else { continue };
            let picture = base64::engine::general_purpose::STANDARD.encode(bytes);
            for embed in message["embeds"].as_array_mut().into_iter().flatten() {
                if embed["image"]["url"] == url.as_str() {
                    embed["image"]["url"] = format!("data:image/png;base64,{picture}").into();
                }
            }
        }
    }

    /// A channel with its threads as a page, to be looked at.
    fn draw(&self, name: &str, channel: u64) {
        let mut messages = self.discord.messages(channel);
        for thread in self.discord.threads(channel) {
            messages.extend(self.discord.messages(id(&thread)).into_iter().filter(|m| m["type"] == 0));
        }
        messages.iter_mut().for_each(|message| self.show_pictures(message));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("discord-life");
        std::fs::create_dir_all(&folder).unwrap();
        for (width, kind) in [(Width::Desktop, "desktop"), (Width::Phone, "phone")] {
            std::fs::write(folder.join(format!("{name}-{kind}.html")), html(name, &messages, width)).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_first_day_to_the_last() {
    let (mut life, mut troubles) = Life::begins().await;
    let discord = life.discord.clone();

    // The bot is there, and the server's owner adds it.
    let (orders, mut given) = mpsc::channel::<Order>(8);
    let stop = CancellationToken::new();
    let views = crate::support::desk::topic_views(&life.config);
    let setup = BotSetup {
        rest: life.rest.clone(),
        store: life.store.clone(),
        topics: Arc::new(move |_| views.clone()),
        clock: life.clock.clone(),
        key: life.rest.key(),
        orders,
        home_guild: None,
        dev_guild: None,
        patience: bot::PATIENCE,
    };
    let mut running = tokio::task::JoinSet::new();
    running.spawn(bot::run(setup, stop.clone()));
    discord.wait_ready().await;
    discord.wait_until("commands are registered", |d| !d.commands(None).is_empty()).await;
    let owner = discord.owner(life.guild);
    life.names.push((owner, "OWNER"));
    let news = life.text_channel("news");
    let mods = life.text_channel("mods");
    let ticker = discord.news_channel(life.guild, "ticker");
    let shelf = discord.forum(life.guild, "shelf", &["Breaking"]);
    let evening = life.text_channel("evening");
    life.names.extend([(ticker, "ticker"), (shelf, "shelf")]);
    let mo = life.member("mo", MODERATOR);
    let ana = life.member("ana", EVERYONE);
    discord.install(life.guild, owner, USUAL);
    discord.wait_until("the owner is welcomed", |d| !d.direct_messages(owner).is_empty()).await;
    life.note("The owner gets a message", &outline(&discord.direct_messages(owner)[0]));

    // Moderators set it up.
    let place = life.at(mods);
    let answer = discord.slash(place, mo, "settings notices", json!({"channel": mods.to_string()})).await;
    life.note_answer("/settings notices", &answer).await;
    for (channel, style) in [(news, "thread"), (shelf, "forum"), (ticker, "compact"), (evening, "digest")] {
        let options = json!({
            "topic": "sea-weather", "channel": channel.to_string(), "style": style,
            "crosspost": style == "compact",
        });
        let answer = discord.slash(life.at(mods), mo, "follow", options).await;
        life.note_answer(&format!("/follow, {style}"), &answer).await;
        life.pass(Duration::minutes(1));
    }
    let answer = discord.slash(life.at(news), ana, "story", json!({"topic": "sea-weather"})).await;
    life.note_answer("/story, before there is one", &answer).await;
    life.clock.set("2031-03-01T00:00:00Z".parse().unwrap());

    // A story.
    let (code, version) = life.until_story().await;
    assert_eq!(version, 1);
    life.note_channel("A story: #news", news);
    life.note_channel("A story: #shelf", shelf);
    life.note_channel("A story: #ticker", ticker);
    life.draw("story-thread", news);
    life.draw("story-forum", shelf);
    life.draw("story-compact", ticker);

    // An update, into the same places.
    let before = discord.messages(news).len();
    let (again, version) = life.until_story().await;
    assert_eq!((&again, version), (&code, 2));
    assert_eq!(discord.messages(news).len(), before, "no second opening");
    life.note_channel("An update: #news", news);
    life.note_channel("An update: #shelf", shelf);
    life.note_channel("An update: #ticker", ticker);
    life.draw("update-thread", news);
    let mut writer = Writer::new(&life.config, &life.config.topics, life.store.clone(), Vec::new());
    let mailroom = life.mailroom();
    writer.digest(&*life.clock).await.unwrap();
    mailroom.deliver(&*life.clock).await.unwrap();
    life.note_channel("A digest: #evening", evening);
    life.draw("digest", evening);

    // A member asks, and turns pages.
    life.pass(Duration::minutes(5));
    let answer = discord.slash(life.at(news), ana, "story", json!({"topic": "sea-weather"})).await;
    life.note_answer("/story", &answer).await;
    let opening = discord.messages(news)[0].clone();
    let answer = discord.press(life.at(news), ana, id(&opening), &button(&opening, "sources:")).await;
    let page = life.note_answer("Sources", &answer).await;
    // A story of few sources has one page.
    let buttons = page["components"][0]["components"].as_array().into_iter().flatten();
    let mut turns = buttons.filter_map(|b| b["custom_id"].as_str()).filter(|id| id.starts_with("sources:"));
    if let Some(next) = turns.next_back() {
        let answer = discord.press(life.at(news), ana, id(&page), next).await;
        life.note_answer("Sources, next page", &answer).await;
    }
    for verb in ["faq:", "changed:", "why:"] {
        let answer = discord.press(life.at(news), ana, id(&opening), &button(&opening, verb)).await;
        life.note_answer(verb.trim_end_matches(':'), &answer).await;
        life.pass(Duration::minutes(1));
    }

    // She doubts something; a moderator corrects it.
    let form = discord.press(life.at(news), ana, id(&opening), &button(&opening, "dispute:")).await.modal();
    let fields = json!({
        "sentence": "Storm closes Saltby causeway", "reason": "It was the town that closed it, not the storm.",
    });
    let answer = discord.submit(life.at(news), ana, form["custom_id"].as_str().unwrap(), fields).await;
    life.note_answer("A dispute is thanked for", &answer).await;
    discord.wait_until("moderators are told", |d| !d.messages(mods).is_empty()).await;
    let told = discord.messages(mods)[0].clone();
    life.note("Moderators see it in #mods", &outline(&told));
    let form = discord.press(life.at(mods), mo, id(&told), &button(&told, "correct:")).await.modal();
    let fields = json!({"text": "The town closed the causeway at 19:00, before the storm reached it."});
    let (answer, ()) = tokio::join!(
        discord.submit(life.at(mods), mo, form["custom_id"].as_str().unwrap(), fields),
        serve(&writer, &mut given, &life.clock)
    );
    life.note_answer("It is corrected", &answer).await;
    mailroom.deliver(&*life.clock).await.unwrap();
    life.note_channel("A correction: #news", news);
    life.note_channel("A correction: #ticker", ticker);
    life.draw("correction-thread", news);

    // One whose words were quoted deletes their post: it is gone from every copy.
    life.pass(Duration::hours(1));
    let url =
        "https://reddit.com/r/SaltbyHarbor/comments/1xsmb6u/the_health_centre_in_saltby_is_open_all_night/";
    let said = life.store.record_by_url(url).await.unwrap().unwrap();
    let mut gone = post(1, "").deleted().record();
    (gone.platform, gone.native_id) = (said.platform, said.native_id);
    life.store.save_records(&[gone], life.clock.now()).await.unwrap();
    let quoted = |discord: &Discord| {
        let all: Vec<Value> = [news, shelf, ticker, evening]
            .into_iter()
            .flat_map(|channel| {
                let inside = discord.threads(channel).iter().flat_map(|t| discord.messages(id(t))).collect();
                [discord.messages(channel), inside]
            })
            .flatten()
            .filter(|message| message["type"] == 0)
            .collect();
        json!(all).to_string().matches("Two of us stayed").count()
    };
    assert!(quoted(&discord) > 1, "the openings and the threads tell it");
    assert_eq!(writer.forget(&*life.clock).await.unwrap(), 2, "both versions");
    mailroom.deliver(&*life.clock).await.unwrap();
    assert_eq!(quoted(&discord), 0, "neither the words nor the name");
    life.note_channel("A deleted source: #news", news);

    // In the end it is taken back, everywhere.
    life.pass(Duration::hours(1));
    let options = json!({"story": code.as_str(), "reason": "The reports were of the storm of last year."});
    let (answer, ()) = tokio::join!(
        discord.slash(life.at(mods), mo, "retract", options),
        serve(&writer, &mut given, &life.clock)
    );
    life.note_answer("/retract", &answer).await;
    mailroom.deliver(&*life.clock).await.unwrap();
    for (channel, name) in [(news, "news"), (shelf, "shelf"), (ticker, "ticker"), (evening, "evening")] {
        life.note_channel(&format!("A retraction: #{name}"), channel);
        let everything = json!([discord.messages(channel), discord.threads(channel)]);
        assert!(
            !everything.to_string().contains("causeway"),
            "nothing of it is left in #{name}: {everything:#}"
        );
        for thread in discord.threads(channel) {
            let inside: Vec<Value> =
                discord.messages(id(&thread)).into_iter().filter(|m| m["type"] == 0).collect();
            assert!(
                !json!(inside).to_string().contains("causeway"),
                "nothing of it is left in a thread: {inside:?}"
            );
        }
    }
    life.draw("retraction-thread", news);
    let answer = discord.slash(life.at(news), ana, "story", json!({"topic": code.as_str()})).await;
    let shown = life.note_answer("/story of the code", &answer).await;
    assert!(!shown.to_string().contains("Saltby"), "{shown}");

    // The bot is sent away.
    discord.kick(life.guild);
    let desk = DeskId::discord(life.guild);
    for _ in 0..500 {
        if life.store.desk(&desk).await.unwrap().is_some_and(|desk| !desk.awake) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(!life.store.desk(&desk).await.unwrap().unwrap().awake);
    let asleep = life.store.subscriptions_of_desk(&desk).await.unwrap();
    assert!(asleep.len() == 4 && asleep.iter().all(|s| !s.awake));

    assert!(troubles.try_recv().is_err(), "moderators had nothing to mend");
    stop.cancel();
    running.join_next().await.unwrap().unwrap().unwrap();
    insta::assert_snapshot!(life.seen);
    discord.finish();
}

/// Carries out the next order, as `newsdesk run` does.
async fn serve(writer: &Writer, orders: &mut mpsc::Receiver<Order>, clock: &ManualClock) {
    let (code, kind, text, by, reply) = match orders.recv().await.unwrap() {
        Order::Correct { code, text, by, reply } => (code, AmendmentKind::Correction, text, by, reply),
        Order::Retract { code, reason, by, reply } => (code, AmendmentKind::Retraction, reason, by, reply),
        Order::Scan { .. } => panic!("nobody asked for a scan"),
    };
    let done = writer.amend(&code, kind, &text, &by, clock.now()).await;
    reply
        .send(done.map(|()| "Every copy is being changed.".to_owned()).map_err(|err| err.to_string()))
        .unwrap();
}
