//! What moderators can do.

use poise::command;
use serenity::all::ChannelId;

use super::{CadenceWord, Context, Done, MuteWord, StyleWord, act, complete};
use crate::bot::follow::Wish;

/// Bring a topic's stories to a channel
#[command(slash_command)]
pub(super) async fn follow(
    ctx: Context<'_>,
    #[description = "Which topic"]
    #[autocomplete = "complete::topic"]
    #[max_length = 100]
    topic: String,
    #[description = "Where to; this channel if left out"]
    #[channel_types("Text", "News", "Forum")]
    channel: Option<ChannelId>,
    #[description = "How a story looks"] style: Option<StyleWord>,
    #[description = "How often it may post"] cadence: Option<CadenceWord>,
    #[description = "Announcement channels: publish to the channels that follow it"] crosspost: Option<bool>,
) -> Done {
    let wish = Wish {
        topic,
        channel: channel.map(ChannelId::get),
        style: style.map(|s| s.0),
        cadence: cadence.map(|c| c.0),
        crosspost: crosspost.unwrap_or_default(),
    };
    act(ctx, |bot, asked| async move { bot.follow(&asked, wish).await }).await
}

/// Stop bringing a topic's stories
#[command(slash_command)]
pub(super) async fn unfollow(
    ctx: Context<'_>,
    #[description = "Which topic"]
    #[autocomplete = "complete::followed"]
    #[max_length = 100]
    topic: String,
    #[description = "Only in this channel"] channel: Option<ChannelId>,
) -> Done {
    let channel = channel.map(ChannelId::get);
    act(ctx, |bot, asked| async move { bot.unfollow(&asked, &topic, channel).await }).await
}

/// Settings of this server
#[command(slash_command, subcommands("show", "edit", "notices", "approval"), subcommand_required)]
#[expect(clippy::unused_async, reason = "never run: Discord sends its subcommands only")]
pub(super) async fn settings(_ctx: Context<'_>) -> Done {
    Ok(())
}

/// Show the settings, and what is followed
#[command(slash_command)]
async fn show(ctx: Context<'_>) -> Done {
    act(ctx, |bot, asked| async move { bot.show_settings(&asked).await }).await
}

/// Change time zone, language, quiet hours and the hour of daily posts
#[command(slash_command)]
async fn edit(ctx: Context<'_>) -> Done {
    let bot = std::sync::Arc::clone(ctx.framework.user_data);
    bot.open_settings(&ctx.interaction.into()).await;
    Ok(())
}

/// Choose where moderators are told what concerns only them
#[command(slash_command)]
async fn notices(
    ctx: Context<'_>,
    #[description = "The channel; none if left out"]
    #[channel_types("Text")]
    channel: Option<ChannelId>,
) -> Done {
    let channel = channel.map(ChannelId::get);
    act(ctx, |bot, asked| async move { bot.set_notices(&asked, channel).await }).await
}

/// Choose whether a story waits for a moderator's yes
#[command(slash_command)]
async fn approval(ctx: Context<'_>, #[description = "Whether it waits"] wait: bool) -> Done {
    act(ctx, |bot, asked| async move { bot.set_approval(&asked, wait).await }).await
}

/// Read a topic's sources now
#[command(slash_command)]
pub(super) async fn scan(
    ctx: Context<'_>,
    #[description = "Which topic"]
    #[autocomplete = "complete::topic"]
    #[max_length = 100]
    topic: String,
) -> Done {
    act(ctx, |bot, asked| async move { bot.scan(&asked, &topic).await }).await
}

/// Let a waiting story go out here
#[command(slash_command)]
pub(super) async fn approve(
    ctx: Context<'_>,
    #[description = "A story's code or words of its headline"]
    #[autocomplete = "complete::story"]
    #[max_length = 100]
    story: String,
) -> Done {
    act(ctx, |bot, asked| async move { bot.approve(&asked, &story).await }).await
}

/// Keep a story from going out here
#[command(slash_command)]
pub(super) async fn hold(
    ctx: Context<'_>,
    #[description = "A story's code or words of its headline"]
    #[autocomplete = "complete::story"]
    #[max_length = 100]
    story: String,
) -> Done {
    act(ctx, |bot, asked| async move { bot.hold(&asked, &story).await }).await
}

/// Do not post here what rests on a source, an author or a word
#[command(slash_command)]
pub(super) async fn mute(
    ctx: Context<'_>,
    #[description = "What kind of thing"] kind: MuteWord,
    #[description = "Which one, such as news.example, @handle, a word or a story's code"]
    #[max_length = 200]
    value: String,
    #[description = "Take the mute back"] remove: Option<bool>,
) -> Done {
    let remove = remove.unwrap_or_default();
    act(ctx, |bot, asked| async move { bot.mute(&asked, kind.0, &value, remove).await }).await
}

/// Put a correction on every copy of a story
#[command(slash_command)]
pub(super) async fn correct(
    ctx: Context<'_>,
    #[description = "A story's code or words of its headline"]
    #[autocomplete = "complete::story"]
    #[max_length = 100]
    story: String,
    #[description = "What is right, as readers will see it"]
    #[min_length = 10]
    #[max_length = 1000]
    text: String,
) -> Done {
    Box::pin(act(ctx, |bot, asked| async move { bot.correct(&asked, &story, &text).await })).await
}

/// Take a story back everywhere
#[command(slash_command)]
pub(super) async fn retract(
    ctx: Context<'_>,
    #[description = "A story's code or words of its headline"]
    #[autocomplete = "complete::story"]
    #[max_length = 100]
    story: String,
    #[description = "Why, as readers will see it"]
    #[min_length = 10]
    #[max_length = 1000]
    reason: String,
) -> Done {
    Box::pin(act(ctx, |bot, asked| async move { bot.retract(&asked, &story, &reason).await })).await
}

/// What moderators did here
#[command(slash_command)]
pub(super) async fn audit(ctx: Context<'_>) -> Done {
    act(ctx, |bot, asked| async move { bot.show_audit(&asked).await }).await
}
