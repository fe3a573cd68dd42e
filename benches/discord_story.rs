//! How long members wait for answers on Discord, over a desk that has read half a million records; and what the
//! connected bot takes of memory.
//!
//! `cargo bench --bench discord_story -- [--db URL] [--records 525000] [--n 2000]` measures from the member's command to
//! the bot's callback: over the local Discord's gateway, serenity, poise, the store, and back over TLS. A database that
//! is empty (or a temporary one, if none is named) is filled first. One JSON line a case, and a line for people on
//! stderr. The floor in the same run is an autocompletion that asks no store: everything but the answer.
//!
//! `… -- --rss target/release/newsdesk --db sqlite:///FILE [--seconds 60]` starts that program as a bot in 50 guilds
//! instead, leaves it alone, and tells its resident memory.

#![expect(clippy::print_stdout, reason = "its answer")]

#[path = "../tests/support/discord/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    clippy::format_push_string,
    reason = "only commands are needed here; pages are drawn for tests"
)]
mod discord;
#[path = "grown/mod.rs"]
mod grown;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use discord::{Answer, Discord, Place};
use futures_util::StreamExt as _;
use grown::{Size, grow, quiet_topic, told_topics, topic_files, usual_end};
use newsdesk::answer::TopicView;
use newsdesk::bot::{self, BotSetup, PERMISSIONS};
use newsdesk::config::Secret;
use newsdesk::discord::{ConnectSettings, connect};
use newsdesk::model::{Clock as _, ManualClock};
use newsdesk::store::Store;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

const GUILDS: usize = 50;
const CHANNELS: usize = 10;
const MEMBERS: usize = 6;

struct Wanted {
    db: Option<String>,
    records: usize,
    n: usize,
    rss: Option<String>,
    seconds: u64,
}

fn wanted() -> anyhow::Result<Wanted> {
    let mut wanted = Wanted { db: None, records: 525_000, n: 2_000, rss: None, seconds: 60 };
    // Cargo adds a flag of its own.
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(name) = args.next() {
        let value = args.next().with_context(|| format!("`{name}` needs a value"))?;
        match name.as_str() {
            "--db" => wanted.db = Some(value),
            "--records" => wanted.records = value.parse()?,
            "--n" => wanted.n = value.parse()?,
            "--rss" => wanted.rss = Some(value),
            "--seconds" => wanted.seconds = value.parse()?,
            other => anyhow::bail!("`{other}` is no option; the first lines of this file name them"),
        }
    }
    Ok(wanted)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let wanted = wanted()?;
    if let Some(program) = &wanted.rss {
        return memory(program, &wanted).await;
    }
    let folder = tempfile::TempDir::new()?;
    let file = format!("sqlite://{}", folder.path().join("grown.db").display());
    let store = Store::open(wanted.db.as_deref().unwrap_or(&file)).await?;
    if store.record_totals().await?[0] == 0 {
        let size = Size { records: wanted.records, days: 35, seed: 1, end: usual_end() };
        let grown = grow(&store, size, |_| ()).await?;
        eprintln!("grown: {}", serde_json::to_string(&grown)?);
    }
    let records = store.record_totals().await?[0];
    let end = store.last_tick().await?.context("the desk has never ticked")? + TimeDelta::minutes(5);
    let town = Town::new(Discord::start().await);
    let clock = Arc::new(ManualClock::at(end));
    let stop = CancellationToken::new();
    let mut running = JoinSet::new();
    running.spawn(bot::run(setup(&town.discord, &store, &clock)?, stop.clone()));
    town.discord.wait_ready().await;
    town.discord.wait_until("commands", |discord| !discord.commands(None).is_empty()).await;
    // Fifty welcomes are written.
    tokio::time::sleep(Duration::from_secs(3)).await;

    let bench = Bench { town, clock, n: wanted.n, records };
    bench.all(&store).await?;
    stop.cancel();
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    store.close().await;
    Ok(())
}

fn setup(discord: &Discord, store: &Store, clock: &Arc<ManualClock>) -> anyhow::Result<BotSetup> {
    let rest = connect(&ConnectSettings {
        address: Some(discord.address()),
        certificate: Some(discord.ca_pem().into_bytes()),
        ..ConnectSettings::new(Secret::new(discord.token()))
    })?;
    let config = grown::config()?;
    let topics = move |_: DateTime<Utc>| -> Vec<TopicView> {
        let view = |topic: &newsdesk::config::Topic| TopicView {
            slug: topic.slug.clone(),
            name: topic.name.clone(),
            description: topic.description.clone(),
            time_zone: config.time_zone_of(topic),
            next_scan: None,
        };
        config.topics.iter().map(view).collect()
    };
    Ok(BotSetup {
        key: rest.key(),
        rest,
        store: store.clone(),
        topics: Arc::new(topics),
        clock: Arc::clone(clock) as Arc<dyn newsdesk::model::Clock>,
        // Nobody serves orders here, and none is given.
        orders: mpsc::channel(1).0,
        home_guild: None,
        dev_guild: None,
        patience: bot::PATIENCE,
    })
}

/// Guilds with channels and members.
struct Town {
    discord: Discord,
    guilds: Vec<(u64, Vec<u64>, Vec<u64>)>,
}

impl Town {
    fn new(discord: Discord) -> Self {
        let guild = |n: usize| {
            let guild = discord.guild(&format!("Guild {n}"));
            discord.install(guild, discord.owner(guild), PERMISSIONS.bits());
            let channels = (0..CHANNELS).map(|m| discord.text_channel(guild, &format!("talk-{m}"))).collect();
            let members =
                (0..MEMBERS).map(|m| discord.member(guild, &format!("member.{n}.{m}"), 0)).collect();
            (guild, channels, members)
        };
        let guilds = (0..GUILDS).map(guild).collect();
        Self { discord, guilds }
    }

    /// Where the n-th question is asked, and by whom: nobody asks more often than the bot answers.
    fn seat(&self, n: usize) -> (Place, u64) {
        let (guild, channels, members) = &self.guilds[n % GUILDS];
        let n = n / GUILDS;
        (Place::Guild { guild: *guild, channel: channels[n / MEMBERS % CHANNELS] }, members[n % MEMBERS])
    }
}

/// A question, as a member asks it.
#[derive(Clone)]
enum Ask {
    Command(&'static str, Value),
    /// Command, option, what is typed.
    Typing(&'static str, &'static str, &'static str),
}

struct Bench {
    town: Town,
    clock: Arc<ManualClock>,
    n: usize,
    records: u64,
}

impl Bench {
    async fn all(&self, store: &Store) -> anyhow::Result<()> {
        let codes: Vec<String> =
            store.headlines(300).await?.into_iter().map(|row| row.code.to_string()).collect();
        ensure!(!codes.is_empty(), "the desk has no story");
        let mut stories: Vec<Ask> = Vec::new();
        for (n, code) in codes.iter().enumerate() {
            let topic = told_topics()[n % told_topics().len()];
            stories.push(Ask::Command("story", json!({ "topic": topic })));
            stories.push(Ask::Command("story", json!({ "topic": code })));
        }
        let of = |command, option: &str| -> Vec<Ask> {
            codes.iter().map(|code| Ask::Command(command, json!({ option: code }))).collect()
        };
        let topics = |command, option: &str| -> Vec<Ask> {
            told_topics().into_iter().map(|topic| Ask::Command(command, json!({ option: topic }))).collect()
        };
        let few = (self.n / 10).max(8);
        let floor = [Ask::Typing("search", "topic", "night")];
        // Everything is in memory once, as in a bot that runs.
        self.case("warm-up", &stories, few, 1).await?;
        let floor = self.case("floor", &floor, self.n / 2, 1).await?;
        let story = self.case("story", &stories, self.n, 1).await?;
        let together = self.case("story, 8 at a time", &stories, self.n, 8).await?;
        self.case("story, none there", &[quiet("story", "topic")], few, 1).await?;
        self.case("sources", &of("sources", "story"), few, 1).await?;
        self.case("faq", &of("faq", "story"), few, 1).await?;
        self.case("changed", &of("changed", "story"), few, 1).await?;
        self.case("why, topic", &topics("why", "about"), few, 1).await?;
        self.case("why, story", &of("why", "about"), few, 1).await?;
        self.case("topics", &[Ask::Command("topics", json!({}))], few, 1).await?;
        self.case("status", &[Ask::Command("status", json!({}))], few, 1).await?;
        let typing = [Ask::Typing("story", "topic", "night"), Ask::Typing("sources", "story", "wrote")];
        let typed = self.case("autocomplete", &typing, few * 2, 1).await?;
        let search = |words: &str| [Ask::Command("search", json!({ "words": words }))];
        self.case("search, many hits", &search("night train"), 20, 1).await?;
        self.case("search, no hit", &search("zebrafinches marzipan"), 10, 1).await?;
        let searching = async {
            let n = 4;
            self.case("search, 2 at a time", &search("zebrafinches"), n, 2).await
        };
        let meanwhile = self.case("story, while two search", &stories, few, 1);
        let (searched, meanwhile) = tokio::join!(searching, meanwhile);
        searched?;
        meanwhile?;
        println!(
            "{}",
            json!({
                "records": self.records, "floor_p50_ms": floor.0, "story_p99_ms": story.1, "story_8_p99_ms": together.1,
                "story_to_floor_p50": story.0 / floor.0, "autocomplete_max_ms": typed.2,
                "met": story.1 < 50.0 && typed.2 < 1_000.0,
            })
        );
        Ok(())
    }

    /// Asks `n` times, `together` at a time; gives p50, p99 and the longest, in milliseconds.
    async fn case(
        &self,
        name: &str,
        asks: &[Ask],
        n: usize,
        together: usize,
    ) -> anyhow::Result<(f64, f64, f64)> {
        static SEAT: AtomicUsize = AtomicUsize::new(0);
        // Everyone may ask again.
        self.clock.set(self.clock.now() + TimeDelta::minutes(1));
        let results: Vec<(f64, f64, &'static str)> = futures_util::stream::iter(0..n)
            .map(|n| self.ask(&asks[n % asks.len()], SEAT.fetch_add(1, Ordering::Relaxed)))
            .buffer_unordered(together)
            .collect()
            .await;
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, _, kind) in &results {
            *kinds.entry(kind).or_default() += 1;
        }
        let sorted = |pick: fn(&(f64, f64, &'static str)) -> f64| {
            let mut all: Vec<f64> = results.iter().map(pick).collect();
            all.sort_by(f64::total_cmp);
            move |share: f64| {
                let at = ((all.len() as f64 * share).ceil() as usize).clamp(1, all.len());
                (all[at - 1] * 100.0).round() / 100.0
            }
        };
        let (callback, whole) = (sorted(|r| r.0), sorted(|r| r.1));
        println!(
            "{}",
            json!({
                "case": name, "n": n, "together": together, "answers": kinds,
                "callback_ms": { "p50": callback(0.5), "p90": callback(0.9), "p99": callback(0.99), "max": callback(1.0) },
                "whole_ms": { "p50": whole(0.5), "max": whole(1.0) },
            })
        );
        eprintln!(
            "{name:24} {n:5} × p50 {:8.2}  p90 {:8.2}  p99 {:8.2}  max {:8.2} ms",
            callback(0.5),
            callback(0.9),
            callback(0.99),
            callback(1.0)
        );
        ensure!(!kinds.contains_key("none"), "{name}: an answer never came");
        Ok((callback(0.5), callback(0.99), callback(1.0)))
    }

    /// Milliseconds to the callback, to the whole answer, and what kind of callback it was.
    async fn ask(&self, ask: &Ask, n: usize) -> (f64, f64, &'static str) {
        let (at, user) = self.town.seat(n);
        let began = Instant::now();
        let ms = || began.elapsed().as_secs_f64() * 1_000.0;
        match ask {
            Ask::Typing(command, option, typed) => {
                let choices =
                    self.town.discord.autocomplete(at, user, command, option, typed, json!({})).await;
                let kind = if choices.is_empty() { "nothing offered" } else { "choices" };
                (ms(), ms(), kind)
            }
            Ask::Command(command, options) => {
                let answer = self.town.discord.slash(at, user, command, options.clone()).await;
                let callback = ms();
                if let Answer::Deferred(shown) = &answer {
                    // The local Discord shows it when it is edited.
                    drop(shown.wait().await);
                }
                (callback, ms(), answer.kind_name())
            }
        }
    }
}

fn quiet(command: &'static str, option: &str) -> Ask {
    Ask::Command(command, json!({ option: quiet_topic() }))
}

/// Starts the program as people do, and looks at it from outside.
async fn memory(program: &str, wanted: &Wanted) -> anyhow::Result<()> {
    let db = wanted.db.as_deref().context("`--db` says which database it runs on")?;
    let town = Town::new(Discord::start().await);
    let folder = tempfile::TempDir::new()?;
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("ca.pem"), town.discord.ca_pem())?;
    std::fs::create_dir(path("topics"))?;
    for (name, text) in topic_files() {
        std::fs::write(path("topics").join(name), text)?;
    }
    let config = format!(
        "database = \"{db}\"\n[topics]\nbuiltin = false\n[publish]\npreview_dir = \"{}\"\n[discord]\nconnect = \"{}\"\nca_file = \"{}\"\n",
        path("preview").display(),
        town.discord.address(),
        path("ca.pem").display()
    );
    std::fs::write(path("newsdesk.toml"), config)?;
    // An earlier run over this database has told another Discord of the commands.
    let store = newsdesk::store::Store::open(db).await?;
    let fact = format!("discord.commands.{}.global", town.discord.application_id());
    store.set_fact(&fact, "").await?;
    store.close().await;
    let mut child = std::process::Command::new(program)
        .arg("--config")
        .arg(path("newsdesk.toml"))
        .arg("run")
        .env("NEWSDESK_DISCORD__TOKEN", town.discord.token())
        .spawn()?;
    let measured = watch(&town, child.id(), wanted.seconds).await;
    child.kill()?;
    child.wait()?;
    println!("{}", measured?);
    Ok(())
}

async fn watch(town: &Town, pid: u32, seconds: u64) -> anyhow::Result<Value> {
    let mut waited = 0;
    while !town.discord.connected() {
        ensure!(waited < 120, "it never connected");
        waited += 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let connected = resident(pid)?;
    let mut samples = Vec::new();
    for _ in 0..seconds.div_ceil(5) {
        tokio::time::sleep(Duration::from_secs(5)).await;
        samples.push(resident(pid)?.0);
    }
    let idle = resident(pid)?;
    for (n, topic) in told_topics().into_iter().cycle().take(100).enumerate() {
        let (at, user) = town.seat(n);
        town.discord.slash(at, user, "story", json!({ "topic": topic })).await;
    }
    let (at, user) = town.seat(101);
    let found = town.discord.slash(at, user, "search", json!({ "words": "zebrafinches" })).await;
    if let Answer::Deferred(shown) = &found {
        drop(shown.wait().await);
    }
    let asked = resident(pid)?;
    Ok(json!({
        "guilds": GUILDS, "connected_mb": connected.0, "idle_mb": idle.0, "peak_mb": idle.1, "samples_mb": samples,
        "after_questions_mb": asked.0, "peak_after_questions_mb": asked.1, "met": idle.0 < 80.0,
    }))
}

/// Resident memory of a process now, and at its largest, in megabytes.
fn resident(pid: u32) -> anyhow::Result<(f64, f64)> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("the program has ended")?;
    let field = |name: &str| -> Option<f64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let megabytes = |kilobytes: f64| (kilobytes / 1024.0 * 10.0).round() / 10.0;
    let now = field("VmRSS:").context("it has no memory")?;
    let peak = field("VmHWM:").context("it has no memory")?;
    Ok((megabytes(now), megabytes(peak)))
}
