//! Posts thousands of stories to hundreds of channels of the local Discord, as fast as its limits allow, and counts.
//!
//! `cargo run --release --example post_rate -- [--channels 500] [--stories 10] [--latency-ms 0] [--db URL]` prints one JSON
//! line. Everything is the desk's own: planned deliveries, the outbox on a database (SQLite in a temporary file unless
//! `--db` names another), the sender, TLS. 5,000 deliveries take 100 seconds by nature, so this is run by hand: once as it
//! is, once with `--latency-ms 80`, which is what a real request takes. It fails where less than 95 % of the allowed rate
//! is reached, where a request was refused that need not have been, or where a channel does not hold exactly what was
//! planned for it, in order.

#![expect(clippy::print_stdout, reason = "its answer")]

#[path = "../tests/support/discord/mod.rs"]
#[expect(dead_code, unused_imports, reason = "only posting is needed here")]
mod discord;
#[path = "../benches/grown/mod.rs"]
#[expect(dead_code, reason = "the bench asks for more")]
mod grown;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use discord::{Discord, Fault, What};
use grown::{Size, grow_and_post, usual_end};
use newsdesk::bot::{PERMISSIONS, custom_id};
use newsdesk::config::Secret;
use newsdesk::discord::{ConnectSettings, connect};
use newsdesk::model::{Style, SystemClock};
use newsdesk::publish::discord::{DiscordSender, Look, plan};
use newsdesk::publish::{Destinations, Edition, RetryPolicy, deliver_due};
use newsdesk::store::{Dialect, NewStory, Outgoing, Store};
use serde_json::{Value, json};

/// Requests a second that Discord allows a bot.
const ALLOWED: f64 = 50.0;

/// The share of it that must be reached.
const SHARE: f64 = 0.95;

struct Wanted {
    channels: usize,
    stories: usize,
    latency: Duration,
    db: Option<String>,
}

fn wanted() -> anyhow::Result<Wanted> {
    let mut wanted = Wanted { channels: 500, stories: 10, latency: Duration::ZERO, db: None };
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        let value = args.next().with_context(|| format!("`{name}` needs a value"))?;
        match name.as_str() {
            "--channels" => wanted.channels = value.parse()?,
            "--stories" => wanted.stories = value.parse()?,
            "--latency-ms" => wanted.latency = Duration::from_millis(value.parse()?),
            "--db" => wanted.db = Some(value),
            other => anyhow::bail!("`{other}` is no option; the first lines of this file name them"),
        }
    }
    Ok(wanted)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let wanted = wanted()?;
    let folder = tempfile::TempDir::new()?;
    let file = format!("sqlite://{}", folder.path().join("post-rate.db").display());
    let store = Store::open(wanted.db.as_deref().unwrap_or(&file)).await?;

    let discord = Discord::start().await;
    let channels = channels(&discord, wanted.channels);
    let planned = planned(&store, &channels, wanted.stories).await?;
    let deliveries: usize = planned.values().map(Vec::len).sum();
    eprintln!("{deliveries} deliveries to {} channels are planned", channels.len());
    if !wanted.latency.is_zero() {
        discord.fault(Fault::new(What::Slow(wanted.latency)).times(usize::MAX));
    }

    let rest = connect(&ConnectSettings {
        address: Some(discord.address()),
        certificate: Some(discord.ca_pem().into_bytes()),
        ..ConnectSettings::new(Secret::new(discord.token()))
    })?;
    let key = rest.key();
    let sender = DiscordSender::new(
        rest.clone(),
        store.clone(),
        rest.bot(),
        Arc::new(move |id| custom_id::sign(&key, id)),
        Arc::new(|trouble| eprintln!("trouble: {trouble:?}")),
    );
    let destinations = Destinations::new().with_discord(Box::new(sender));
    let began = Instant::now();
    let report = deliver_due(&store, &destinations, &RetryPolicy::default(), &SystemClock).await?;
    let seconds = began.elapsed().as_secs_f64();

    let requests = discord.requests();
    let refused = requests.iter().filter(|r| r.status == 429).count();
    // Nothing was made to fail: whatever was refused could have been known.
    let rate = requests.len() as f64 / seconds;
    let (mut as_planned, mut in_order) = (0, 0);
    for (channel, codes) in &planned {
        let there: Vec<String> = discord.messages(*channel).iter().map(mark).collect();
        in_order += usize::from(there == *codes);
        let (mut a, mut b) = (there, codes.clone());
        a.sort();
        b.sort();
        as_planned += usize::from(a == b);
    }
    println!(
        "{}",
        json!({
            "deliveries": deliveries, "channels": channels.len(), "latency_ms": wanted.latency.as_millis() as u64,
            "posted": report.posted, "retried": report.retried.len(), "held": report.held.len(),
            "requests": requests.len(), "seconds": seconds, "rate": rate, "allowed": ALLOWED, "share": rate / ALLOWED,
            "answered_429": refused, "avoidable_429": refused,
            "channels_as_planned": as_planned, "channels_in_order": in_order,
            "database": if store.dialect() == Dialect::Sqlite { "sqlite" } else { "postgres" },
        })
    );
    store.close().await;
    ensure!(as_planned == channels.len() && in_order == channels.len(), "a channel is not as it was planned");
    ensure!(refused == 0, "{refused} requests were refused");
    ensure!(rate >= SHARE * ALLOWED, "{rate:.2} requests a second, {:.2} are wanted", SHARE * ALLOWED);
    Ok(())
}

/// Channels, ten in a guild.
fn channels(discord: &Discord, n: usize) -> Vec<u64> {
    let mut channels = Vec::with_capacity(n);
    while channels.len() < n {
        let guild = discord.guild(&format!("Guild {}", channels.len() / 10));
        discord.install(guild, discord.owner(guild), PERMISSIONS.bits());
        for m in 0..10.min(n - channels.len()) {
            channels.push(discord.text_channel(guild, &format!("news-{m}")));
        }
    }
    channels
}

/// Writes stories and plans each for every channel; the marks that each channel will hold, in order.
async fn planned(
    store: &Store,
    channels: &[u64],
    stories: usize,
) -> anyhow::Result<BTreeMap<u64, Vec<String>>> {
    let mut lines: BTreeMap<u64, Vec<(i64, String, String)>> = BTreeMap::new();
    let mut left = stories;
    let mut known = BTreeSet::new();
    let mut routes = |new: &NewStory| -> Vec<Outgoing> {
        // A story that is there already is not stored again, nor are its deliveries.
        if new.story.version > 1 || left == 0 || !known.insert(new.story.code.clone()) {
            return Vec::new();
        }
        left -= 1;
        let edition = Edition::new(&new.story, &new.brief, new.severity);
        let look = Look { style: Style::Compact, card: true, ..Look::default() };
        let to = |channel: &u64| {
            let (delivery, steps) = plan(&edition, *channel, &look, new.story.at);
            let mark = format!("{} · v{}", new.story.code, new.story.version);
            let at = delivery.created_at.timestamp_millis();
            lines.entry(*channel).or_default().push((at, delivery.id.to_string(), mark));
            Outgoing::from((delivery, steps))
        };
        channels.iter().map(to).collect()
    };
    let size = Size { records: 6_000, days: 3, seed: 1, end: usual_end() };
    grow_and_post(store, size, |_| (), &mut routes).await?;
    ensure!(left == 0, "only {} stories were written", stories - left);
    Ok(lines
        .into_iter()
        .map(|(channel, mut all)| {
            all.sort();
            (channel, all.into_iter().map(|(_, _, mark)| mark).collect())
        })
        .collect())
}

/// The code and version that a post shows.
fn mark(message: &Value) -> String {
    message["embeds"][0]["footer"]["text"].as_str().unwrap_or_default().to_owned()
}
