//! The gateway: connecting within Discord's limits, staying connected, and leaving in order.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use serenity::all::{ClientBuilder, FullEvent, GatewayError, GatewayIntents, Interaction, Ready};
use serenity::cache::Settings as CacheSettings;
use serenity::http::Route;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::reply::told;
use super::{Bot, BotSetup, buttons, commands, register, welcome};
use crate::discord::RestError;
use crate::store::{Store, StoreError};

/// Why the bot is not connected any more, where nothing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It was asked to stop.
    Asked,
}

/// Why the bot cannot go on. Trying again would not help.
#[derive(Debug, thiserror::Error)]
pub enum BotError {
    /// The token is not, or no longer, valid.
    #[error(
        "Discord does not accept the bot's token. It may have been reset: copy the present one from the developer \
         portal (Bot → Reset Token) and start again"
    )]
    Token,
    /// The intents are refused.
    #[error(
        "Discord refuses the connection's intents. newsdesk asks for `GUILDS` alone, which every bot may: look in the \
         developer portal whether the application is limited"
    )]
    Intents,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a connection ended.
enum End {
    /// As it was asked to.
    Asked,
    /// It may be tried again.
    Broken(String),
}

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// How long answers that are under way may take when the bot stops.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// Connects, and serves members and moderators until `shutdown`.
pub async fn run(setup: BotSetup, shutdown: CancellationToken) -> Result<Stop, BotError> {
    let bot = Arc::new(Bot::new(&setup));
    let mut failures = 0_u32;
    loop {
        let began = tokio::time::Instant::now();
        match session(&bot, &setup, &shutdown).await? {
            End::Asked => return Ok(Stop::Asked),
            End::Broken(why) => {
                // A connection that held for a while was a good one.
                failures = if began.elapsed() > Duration::from_mins(10) { 1 } else { failures + 1 };
                let pause = Duration::from_secs(1 << failures.min(9)).min(LONGEST_PAUSE);
                warn!(why, seconds = pause.as_secs(), "not connected to Discord, trying again");
                if shutdown.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                    return Ok(Stop::Asked);
                }
            }
        }
    }
}

/// One connection of all shards, from the question how many there are to its end.
async fn session(bot: &Arc<Bot>, setup: &BotSetup, shutdown: &CancellationToken) -> Result<End, BotError> {
    let Some(shards) = shutdown.run_until_cancelled(leave_to_identify(bot, shutdown)).await else {
        return Ok(End::Asked);
    };
    let shards = match shards? {
        Ok(shards) => shards,
        Err(why) => return Ok(End::Broken(why)),
    };
    let (data, dev_guild) = (Arc::clone(bot), setup.dev_guild);
    let framework = poise::Framework::new(commands::options(), move |_, ready, _| {
        Box::pin(async move {
            on_ready(&data, ready, dev_guild);
            Ok(data)
        })
    });
    // Nothing is looked up in a cache: servers are asked for when they are needed.
    let mut cache = CacheSettings::default();
    cache.max_messages = 0;
    cache.cache_guilds = false;
    cache.cache_channels = false;
    cache.cache_users = false;
    let building = ClientBuilder::new_with_http(setup.rest.gateway_http(), GatewayIntents::GUILDS)
        .cache_settings(cache)
        .framework(framework);
    let mut client = match building.await {
        Ok(client) => client,
        Err(err) => return Ok(End::Broken(told(&err))),
    };
    let manager = Arc::clone(&client.shard_manager);
    let ended = tokio::select! { // the shards run in tasks of their own: dropping this only stops to wait for them
        ended = client.start_shards(shards) => ended,
        () = shutdown.cancelled() => {
            let closed = tokio::time::timeout(LAST_ANSWERS, manager.shutdown_all()).await;
            bot.answers.close();
            let answered = tokio::time::timeout(LAST_ANSWERS, bot.answers.wait()).await;
            if closed.is_err() || answered.is_err() {
                warn!("the bot stopped before everything was answered");
            }
            return Ok(End::Asked);
        }
    };
    match ended {
        Ok(()) => Ok(End::Broken("the connection was closed".to_owned())),
        Err(serenity::Error::Gateway(
            GatewayError::InvalidAuthentication | GatewayError::NoAuthentication,
        )) => Err(BotError::Token),
        Err(serenity::Error::Gateway(
            GatewayError::InvalidGatewayIntents | GatewayError::DisallowedGatewayIntents,
        )) => Err(BotError::Intents),
        Err(err) => Ok(End::Broken(told(&err))),
    }
}

/// Waits until Discord and our own memory allow to identify; then says with how many shards. The inner error may pass.
async fn leave_to_identify(bot: &Bot, shutdown: &CancellationToken) -> Result<Result<u32, String>, BotError> {
    let answer = match bot.rest.get(Route::GatewayBot, Vec::new()).await {
        Ok(answer) => answer,
        Err(RestError::TokenRevoked) => return Err(BotError::Token),
        Err(err) => return Ok(Err(err.to_string())),
    };
    let number = |value: &Value| value.as_u64();
    let Some(shards) = number(&answer["shards"]).and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0)
    else {
        return Ok(Err("Discord did not say how many shards there are".to_owned()));
    };
    let limit = &answer["session_start_limit"];
    if let (Some(left), Some(after)) = (number(&limit["remaining"]), number(&limit["reset_after"]))
        && left < u64::from(shards)
    {
        warn!(left, seconds = after / 1_000, "Discord allows no more connections for a while, waiting");
        let wait = tokio::time::sleep(Duration::from_millis(after.saturating_add(1_000)));
        if shutdown.run_until_cancelled(wait).await.is_none() {
            return Ok(Err("stopping".to_owned()));
        }
    }
    let now = bot.clock.now();
    let pause = pause_before(&identifies(&bot.store).await?, now);
    if !pause.is_zero() {
        warn!(seconds = pause.as_secs(), "connected often of late, waiting");
        if shutdown.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
            return Ok(Err("stopping".to_owned()));
        }
    }
    note_identify(&bot.store, bot.clock.now()).await?;
    Ok(Ok(shards))
}

/// Where the times of the last identifies are kept, so that a process that dies young does not forget them.
const IDENTIFIES: &str = "discord.identifies";

/// Identifies over this time count.
const OF_LATE: chrono::Duration = chrono::Duration::minutes(10);

/// So many of them are usual: an update, a setting tried out.
const USUAL: usize = 5;

async fn identifies(store: &Store) -> Result<Vec<i64>, StoreError> {
    let text = store.fact(IDENTIFIES).await?.unwrap_or_default();
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

async fn note_identify(store: &Store, now: DateTime<Utc>) -> Result<(), StoreError> {
    let since = (now - OF_LATE).timestamp_millis();
    let mut times: Vec<i64> = identifies(store).await?.into_iter().filter(|at| *at > since).collect();
    times.push(now.timestamp_millis());
    // More than these say nothing more.
    let times = times.split_off(times.len().saturating_sub(50));
    store.set_fact(IDENTIFIES, &serde_json::to_string(&times)?).await
}

/// How long to wait before the next identify: nothing for the usual few, then twice as long each time.
fn pause_before(times: &[i64], now: DateTime<Utc>) -> Duration {
    let now = now.timestamp_millis();
    let late = times.iter().filter(|at| now - **at < OF_LATE.num_milliseconds()).count();
    let Some(over) = late.checked_sub(USUAL) else { return Duration::ZERO };
    let whole = Duration::from_secs(15 << over.min(5)).min(LONGEST_PAUSE);
    let passed = times.iter().max().map_or(0, |last| (now - last).max(0)).unsigned_abs();
    whole.saturating_sub(Duration::from_millis(passed))
}

/// The bot is known to Discord: from here on answers can be edited, and commands registered.
fn on_ready(bot: &Arc<Bot>, ready: &Ready, dev_guild: Option<u64>) {
    let application = ready.application.id;
    bot.http.set_application_id(application);
    if bot.me.set(ready.user.id.get()).is_err() {
        info!("connected to Discord again");
    } else {
        info!(servers = ready.guilds.len(), "connected to Discord as {}", ready.user.name);
    }
    let bot = Arc::clone(bot);
    let answers = bot.answers.clone();
    answers.spawn(async move {
        match register::register(&bot.rest, &bot.store, application.get(), dev_guild).await {
            Ok(register::Registered::Told) => info!("told Discord which commands there are"),
            Ok(register::Registered::Unchanged) => {}
            Err(err) => warn!(%err, "the commands could not be registered; the next start tries again"),
        }
    });
}

/// What comes over the gateway beside commands.
pub(super) async fn on_event(bot: &Arc<Bot>, event: &FullEvent) {
    match event {
        FullEvent::InteractionCreate { interaction: Interaction::Component(pressed) } => {
            buttons::pressed(bot, pressed).await;
        }
        FullEvent::InteractionCreate { interaction: Interaction::Modal(form) } => {
            Box::pin(buttons::submitted(bot, form)).await;
        }
        FullEvent::GuildCreate { guild, is_new: _ } => welcome::joined(bot, guild).await,
        FullEvent::GuildDelete { incomplete, full: _ } if !incomplete.unavailable => {
            welcome::left(bot, incomplete.id.get()).await;
        }
        FullEvent::Resume { event: _ } => info!("connected to Discord again, nothing was missed"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_900_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn a_few_starts_are_free_and_a_crash_loop_is_slowed_down() {
        let times = |n: i64| (0..n).map(|i| at(i).timestamp_millis()).collect::<Vec<_>>();
        assert_eq!(pause_before(&times(4), at(4)), Duration::ZERO);
        assert_eq!(pause_before(&times(5), at(4)), Duration::from_secs(15));
        assert_eq!(pause_before(&times(5), at(14)), Duration::from_secs(5), "what has passed counts");
        assert_eq!(pause_before(&times(8), at(7)), Duration::from_mins(2));
        assert_eq!(pause_before(&times(40), at(39)), LONGEST_PAUSE);
        assert_eq!(pause_before(&times(40), at(3_600)), Duration::ZERO, "an hour later all is forgotten");
    }

    #[tokio::test]
    async fn identifies_are_remembered_over_a_restart_and_forgotten_in_time() {
        let store = Store::in_memory().await.unwrap();
        for second in 0..6 {
            note_identify(&store, at(second)).await.unwrap();
        }
        assert_eq!(identifies(&store).await.unwrap().len(), 6);
        note_identify(&store, at(1_000)).await.unwrap();
        assert_eq!(identifies(&store).await.unwrap(), [at(1_000).timestamp_millis()]);
    }
}
