//! The bot's connection: what ends it, what does not, and what it waits for.

use std::time::Duration;

use newsdesk::bot::{BotError, Stop};
use serde_json::json;

use crate::support::club::Club;
use crate::support::discord::Discord;

#[tokio::test]
async fn a_revoked_token_ends_the_bot_with_one_clear_error() {
    let (club, _, bot) = Club::with_story().await;
    club.discord.expect_violations();
    club.discord.revoke_token();
    let ended = bot.ends().await;
    assert!(matches!(ended, Err(BotError::Token)), "{ended:?}");
    let again = club.starts();
    let ended = again.ends().await;
    let Err(err) = ended else { panic!("it must not run") };
    assert!(!err.to_string().contains(club.discord.token()));
    assert_eq!(club.discord.identifies(), 1, "it was not tried again");
}

#[tokio::test]
async fn refused_intents_end_the_bot_and_a_lost_connection_does_not() {
    let (club, _, bot) = Club::with_story().await;
    club.discord.ask_to_reconnect();
    club.discord.wait_until("resumed", |d| d.resumes() == 1 && d.connected()).await;
    club.discord.cut_gateway();
    club.discord.wait_until("resumed again", |d| d.resumes() == 2 && d.connected()).await;
    let answer = club.discord.slash(club.here(), club.ana, "topics", json!({})).await;
    assert_eq!(answer.kind_name(), "message");
    club.discord.close_gateway(4014);
    let ended = bot.ends().await;
    assert!(matches!(ended, Err(BotError::Intents)), "{ended:?}");
}

#[tokio::test]
async fn without_sessions_left_the_bot_waits_instead_of_identifying() {
    let club = Club::open().await;
    club.discord.gateway_says(1, 0);
    let bot = club.starts();
    let asked = |d: &Discord| d.requests().iter().any(|r| r.path == "/gateway/bot");
    club.discord.wait_until("it has asked", asked).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(club.discord.identifies(), 0);
    assert_eq!(bot.stop().await.unwrap(), Stop::Asked, "and can be stopped while it waits");
}
