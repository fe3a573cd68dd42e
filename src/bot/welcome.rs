//! Coming into a server, and leaving it.

use serenity::all::{Guild, Permissions};
use serenity::http::Route;
use tracing::{info, warn};

use super::Bot;
use super::draw::{self, Audience};
use super::notices::{direct_channel, send};
use crate::model::DeskId;
use crate::store::StoreError;

/// The audit log's action “a bot was added”.
const BOT_ADD: u8 = 28;

/// The bot is in a server: told at every start, and when it has just been added.
pub(super) async fn joined(bot: &Bot, guild: &Guild) {
    if let Err(err) = try_joined(bot, guild).await {
        warn!(%err, guild = guild.id.get(), "a server could not be noted; the next start tries again");
    }
}

async fn try_joined(bot: &Bot, guild: &Guild) -> Result<(), StoreError> {
    let desk = DeskId::discord(guild.id.get());
    let order = bot.guild_events.lock().await;
    let known = bot.store.desk(&desk).await?.is_some_and(|desk| desk.awake);
    let installer = if known { None } else { installer(bot, guild).await };
    let now = bot.clock.now();
    if !bot.store.desk_joined(&desk, &guild.name, installer, now).await? {
        return Ok(());
    }
    drop(order);
    info!(guild = guild.id.get(), "came into a server");
    let topics = bot.topics(now);
    let body = draw::welcome(&guild.name, &topics).wire(&bot.key, Audience::Everyone);
    let person = installer.unwrap_or(guild.owner_id.get());
    let told = match direct_channel(&bot.rest, person).await {
        Ok(channel) => send(&bot.rest, channel, &body).await,
        Err(err) => Err(err),
    };
    // People may not take messages from bots: then the server's own channel for such things.
    if told.is_err()
        && let Some(channel) = guild.system_channel_id
        && let Err(err) = send(&bot.rest, channel.get(), &body).await
    {
        info!(guild = guild.id.get(), %err, "nobody could be welcomed");
    }
    Ok(())
}

/// Who added the bot, where its role may read that.
async fn installer(bot: &Bot, guild: &Guild) -> Option<u64> {
    let me = *bot.me.get()?;
    // Asking without the permission would count as a refused request.
    let own = guild.members.get(&me.into())?;
    let of_roles = own.roles.iter().filter_map(|id| guild.roles.get(id));
    let everyone = guild.roles.get(&guild.id.get().into());
    let permissions = of_roles.chain(everyone).fold(Permissions::empty(), |all, role| all | role.permissions);
    if !permissions.view_audit_log() && !permissions.administrator() {
        return None;
    }
    let route = Route::GuildAuditLogs { guild_id: guild.id };
    let params = vec![("action_type", BOT_ADD.to_string()), ("limit", "10".to_owned())];
    let log = bot.rest.get(route, params).await.ok()?;
    log["audit_log_entries"]
        .as_array()?
        .iter()
        .find(|entry| entry["target_id"].as_str() == Some(me.to_string().as_str()))
        .and_then(|entry| entry["user_id"].as_str()?.parse().ok())
}

/// The bot was sent away: what is followed there sleeps, until it comes back or is forgotten.
pub(super) async fn left(bot: &Bot, guild: u64) {
    let _order = bot.guild_events.lock().await;
    match bot.store.desk_left(&DeskId::discord(guild), bot.clock.now()).await {
        Ok(()) => info!(guild, "was sent away from a server; what it follows sleeps"),
        Err(err) => warn!(%err, guild, "a server that was left could not be noted"),
    }
}
