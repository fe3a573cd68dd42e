//! The local Discord is honest: real clients find in it what the real one would show them.

mod faults;
mod gateway;
mod raw;
mod second;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use serenity::all::{
    ChannelId, ClientBuilder, CommandOptionType, Context, CreateAutocompleteResponse, CreateCommand,
    CreateCommandOption, CreateEmbed, CreateInteractionResponse, CreateInteractionResponseFollowup,
    CreateInteractionResponseMessage, CreateMessage, Event, EventHandler, GatewayIntents, Interaction,
    RawEventHandler,
};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::support::discord::{Discord, Place};

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
                let message = CreateInteractionResponseMessage::new().content("hello").ephemeral(true);
                command.create_response(&context, CreateInteractionResponse::Message(message)).await.unwrap();
                let more = CreateInteractionResponseFollowup::new().content("more");
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

async fn connect(discord: &Discord, bot: &Bot) -> JoinSet<()> {
    let http = std::sync::Arc::try_unwrap(discord.http()).ok().unwrap();
    let client = ClientBuilder::new_with_http(http, GatewayIntents::GUILDS)
        .event_handler(bot.clone())
        .raw_event_handler(bot.clone());
    let mut client = client.await.unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { client.start_autosharded().await.unwrap() });
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
    let sent = ChannelId::new(channel).send_message(&http, CreateMessage::new().embed(embed)).await.unwrap();
    assert_eq!(discord.messages(channel)[1]["id"], sent.id.to_string());
    let names = bot.events.lock().await.clone();
    assert!(!names.contains(&"UNKNOWN".to_owned()), "{names:?}");
    println!("{names:?}");
}
