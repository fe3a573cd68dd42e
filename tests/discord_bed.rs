//! The local Discord is honest: real clients find in it what the real one would show them.

mod faults;
mod gateway;
mod raw;
mod records;
mod rules;
mod second;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use serenity::all::{
    AutoArchiveDuration, ChannelId, ChannelType, ClientBuilder, CommandOptionType, Context,
    CreateAllowedMentions, CreateAutocompleteResponse, CreateCommand, CreateCommandOption, CreateEmbed,
    CreateForumPost, CreateInteractionResponse, CreateInteractionResponseFollowup,
    CreateInteractionResponseMessage, CreateMessage, CreateThread, Event, EventHandler, GatewayError,
    GatewayIntents, Interaction, RawEventHandler,
};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::support::discord::{Discord, Place, permissions};

/// A message that calls nobody.
fn quiet(content: &str) -> Value {
    json!({"content": content, "allowed_mentions": {"parse": []}})
}

/// Notes every event by its name, and answers what the tests ask.
#[derive(Clone, Default)]
struct Bot {
    events: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl RawEventHandler for Bot {
    async fn raw_event(&self, _: Context, event: Event) {
        let name = match &event {
            // What serenity could not read ends up here.
            Event::Unknown(_) => "UNKNOWN".to_owned(),
            event => event.name().unwrap_or_default(),
        };
        self.events.lock().await.push(name);
    }
}

#[async_trait]
impl EventHandler for Bot {
    async fn interaction_create(&self, context: Context, interaction: Interaction) {
        match interaction {
            Interaction::Command(command) => {
                let message = CreateInteractionResponseMessage::new()
                    .content("hello")
                    .ephemeral(true)
                    .allowed_mentions(CreateAllowedMentions::new());
                command.create_response(&context, CreateInteractionResponse::Message(message)).await.unwrap();
                let more = CreateInteractionResponseFollowup::new()
                    .content("more")
                    .allowed_mentions(CreateAllowedMentions::new());
                command.create_followup(&context, more).await.unwrap();
            }
            Interaction::Autocomplete(typing) => {
                let choices = CreateAutocompleteResponse::new().add_string_choice("City bikes", "city-bikes");
                typing
                    .create_response(&context, CreateInteractionResponse::Autocomplete(choices))
                    .await
                    .unwrap();
            }
            _ => {}
        }
    }
}

impl Bot {
    /// Waits until it has heard so many of these.
    async fn heard(&self, name: &str, times: usize) {
        let heard = async {
            while self.names().await.iter().filter(|heard| *heard == name).count() < times {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), heard).await.expect(name);
    }

    async fn names(&self) -> Vec<String> {
        self.events.lock().await.clone()
    }
}

async fn connect(discord: &Discord, bot: &Bot) -> JoinSet<serenity::Result<()>> {
    let http = std::sync::Arc::try_unwrap(discord.http()).ok().unwrap();
    let client = ClientBuilder::new_with_http(http, GatewayIntents::GUILDS)
        .event_handler(bot.clone())
        .raw_event_handler(bot.clone());
    let mut client = client.await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { client.start_autosharded().await });
    discord.wait_ready().await;
    tasks
}

#[tokio::test]
async fn serenity_finds_a_discord() {
    let discord = Discord::start().await;
    let guild = discord.guild("Riverside");
    let channel = discord.text_channel(guild, "news");
    discord.install(guild, discord.owner(guild), 0xffff_ffff_ffff);
    let bot = Bot::default();
    let _running = connect(&discord, &bot).await;
    let http = discord.http();
    let option = CreateCommandOption::new(CommandOptionType::String, "topic", "Which").set_autocomplete(true);
    let command = CreateCommand::new("story").description("The story").add_option(option);
    http.create_global_command(&command).await.unwrap();

    let member = discord.member(guild, "ana.cyclist", 0);
    let at = Place::Guild { guild, channel };
    let answer = discord.slash(at, member, "story", json!({"topic": "bikes"})).await;
    assert_eq!((answer.kind_name(), answer.ephemeral()), ("message", true), "{answer:?}");
    assert_eq!(answer.message()["content"], "hello");
    discord.wait_until("the followup", |_| !answer.followups().is_empty()).await;
    let choices = discord.autocomplete(at, member, "story", "topic", "bi", json!({})).await;
    assert_eq!(choices.iter().map(|choice| choice["value"].clone()).collect::<Vec<_>>(), ["city-bikes"]);

    let embed = CreateEmbed::new().title("A story");
    let sent = ChannelId::new(channel)
        .send_message(&http, CreateMessage::new().embed(embed).allowed_mentions(CreateAllowedMentions::new()))
        .await
        .unwrap();
    assert_eq!(discord.messages(channel)[1]["id"], sent.id.to_string());
    assert_eq!(
        bot.names().await,
        ["READY", "GUILD_CREATE", "GUILD_ROLE_CREATE", "INTERACTION_CREATE", "INTERACTION_CREATE"]
    );
}

#[tokio::test]
async fn serenity_resumes_and_reads_every_event() {
    let discord = Discord::start().await;
    // serenity writes fields into the message of a forum post that the published description does not know there.
    discord.expect_violations();
    let guild = discord.guild("Riverside");
    discord.install(guild, discord.owner(guild), permissions::ORDINARY);
    let bot = Bot::default();
    let _running = connect(&discord, &bot).await;
    discord.ask_to_reconnect();
    // While it is away.
    let channel = discord.text_channel(guild, "news");
    discord.wait_until("the resume", |discord| discord.resumes() == 1).await;
    assert_eq!(discord.identifies(), 1);

    let http = discord.http();
    let opening = ChannelId::new(channel).send_message(&http, message("hello")).await.unwrap();
    let thread = CreateThread::new("Sections").auto_archive_duration(AutoArchiveDuration::OneDay);
    let thread = ChannelId::new(channel).create_thread_from_message(&http, opening.id, thread).await.unwrap();
    discord.archive(thread.id.get());
    discord.lock(thread.id.get());
    discord.delete_channel(thread.id.get());
    let forum = discord.forum(guild, "stories", &["bikes"]);
    let post = CreateForumPost::new("A post", message("first"));
    let post = ChannelId::new(forum).create_forum_post(&http, post).await.unwrap();
    assert_eq!((post.parent_id, post.kind), (Some(ChannelId::new(forum)), ChannelType::PublicThread));
    discord.deny_bot(forum, permissions::SEND_MESSAGES);
    discord.become_forum(channel);
    discord.outage(guild);
    discord.outage_over(guild);
    discord.kick(guild);
    bot.heard("GUILD_DELETE", 2).await;
    let mut names = bot.names().await;
    assert!(!names.contains(&"UNKNOWN".to_owned()), "{names:?}");
    names.retain(|name| name != "RESUMED");
    assert_eq!(
        names,
        [
            "READY",
            "GUILD_CREATE",
            "CHANNEL_CREATE",
            "THREAD_CREATE",
            "THREAD_UPDATE",
            "THREAD_UPDATE",
            "THREAD_DELETE",
            "CHANNEL_CREATE",
            "THREAD_CREATE",
            "CHANNEL_UPDATE",
            "CHANNEL_UPDATE",
            "GUILD_DELETE",
            "GUILD_CREATE",
            "GUILD_DELETE",
        ]
    );
}

fn message(content: &str) -> CreateMessage {
    CreateMessage::new().content(content).allowed_mentions(CreateAllowedMentions::new())
}

#[tokio::test]
async fn serenity_keeps_to_the_limits_it_is_told() {
    let discord = Discord::start().await;
    let guild = discord.guild("Riverside");
    discord.install(guild, discord.owner(guild), permissions::ORDINARY);
    let channel = discord.text_channel(guild, "news");
    let http = discord.http();
    for number in 0..6 {
        ChannelId::new(channel).send_message(&http, message(&number.to_string())).await.unwrap();
    }
    let statuses: Vec<u16> = discord.requests().iter().map(|request| request.status).collect();
    assert_eq!(statuses, [200; 6], "it waits before it is told to");
    let contents: Vec<Value> =
        discord.messages(channel).iter().map(|message| message["content"].clone()).collect();
    assert_eq!(contents, ["0", "1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn serenity_ends_when_its_token_is_revoked() {
    let discord = Discord::start().await;
    let mut running = connect(&discord, &Bot::default()).await;
    discord.revoke_token();
    let ended = tokio::time::timeout(Duration::from_secs(10), running.join_next()).await.expect("it ends");
    let error = ended.unwrap().unwrap().unwrap_err();
    assert!(matches!(error, serenity::Error::Gateway(GatewayError::InvalidAuthentication)), "{error:?}");
    discord.http().get_current_user().await.unwrap_err();
    assert_eq!(discord.requests().last().unwrap().status, 401);
}
