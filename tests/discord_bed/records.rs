//! What the local Discord lets a test read and do, beside the API.

use serde_json::json;
use serenity::all::{ChannelId, CreateAttachment, CreateEmbed, CreateMessage, UserId};

use super::raw::{Raw, Socket, number};
use crate::support::discord::{Answer, Discord, Place, permissions as may};

#[tokio::test]
async fn every_request_is_kept_with_what_came_with_it() {
    let discord = Discord::start().await;
    // serenity writes nulls into the picture of an embed, which the published description does not know.
    discord.expect_violations();
    let guild = discord.guild("Riverside");
    discord.install(guild, discord.owner(guild), may::ORDINARY);
    let channel = discord.text_channel(guild, "news");
    let card = CreateAttachment::bytes(&b"\x89PNG\r\n\x1a\n----IHDR\0\0\x04\xb0\0\0\x02\x76"[..], "card.png");
    let embed = CreateEmbed::new().title("A story").image("attachment://card.png");
    let message = CreateMessage::new().embed(embed).add_file(card.description("A card"));
    let message = message.allowed_mentions(serenity::all::CreateAllowedMentions::new());
    let sent = ChannelId::new(channel).send_message(discord.http(), message).await.unwrap();
    assert!(sent.attachments.is_empty(), "a picture of an embed is not listed");
    let image = sent.embeds[0].image.clone().unwrap();
    assert_eq!((image.width, image.height), (Some(1200), Some(630)));

    Raw::of(&discord).get(&format!("/channels/{channel}/messages?limit=3")).await;
    let requests = discord.requests();
    let [posted, read] = &requests[..] else { panic!("two requests: {requests:?}") };
    assert_eq!(posted.body["attachments"][0]["description"], "A card");
    assert_eq!(posted.files, [("card.png".to_owned(), 24)]);
    assert_eq!((read.query["limit"].as_str(), read.status), ("3", 200));
    assert!(posted.at <= read.at && requests.len() == discord.request_count());
    let id = image.url.split('/').nth(5).unwrap().parse().unwrap();
    assert_eq!(discord.upload(id).unwrap().len(), 24);
}

#[tokio::test]
async fn a_bot_and_a_user_can_talk_alone() {
    let discord = Discord::start().await;
    let guild = discord.guild("Riverside");
    discord.install(guild, discord.owner(guild), 0);
    let owner = discord.owner(guild);
    let message = CreateMessage::new().content("welcome");
    let message = message.allowed_mentions(serenity::all::CreateAllowedMentions::new());
    UserId::new(owner).direct_message(discord.http(), message).await.unwrap();
    let heard = discord.direct_messages(owner);
    assert_eq!((heard.len(), &heard[0]["content"]), (1, &json!("welcome")));
    assert_eq!(number(&heard[0]["author"]["id"]), discord.bot_id());
    assert!(discord.direct_messages(discord.bot_id()).is_empty());
    discord.shuts_out(owner);
    let (status, _, error) = Raw::of(&discord).send(number(&heard[0]["channel_id"]), "are you there?").await;
    assert_eq!((status, &error["code"], discord.direct_messages(owner).len()), (403, &json!(50_007), 1));
}

#[tokio::test]
async fn the_bot_sees_who_asks_and_in_which_language() {
    let discord = Discord::start().await;
    let (guild, other) = (discord.guild("Riverside"), discord.guild("Harbour"));
    let raw = Raw::of(&discord);
    let command = json!({"name": "story", "description": "The story", "type": 1});
    raw.post(&format!("/applications/{}/commands", discord.application_id()), &command).await;
    assert_eq!(
        (discord.commands(None)[0]["name"].as_str(), discord.commands(Some(guild)).len()),
        (Some("story"), 0)
    );
    assert!(!discord.connected());
    discord.gateway_says(1, 7);
    let (_, _, gateway) = raw.get("/gateway/bot").await;
    assert_eq!((&gateway["shards"], &gateway["session_start_limit"]["remaining"]), (&json!(1), &json!(7)));
    let mut socket = Socket::open(&discord).await;
    socket.ready(&discord, 1).await;
    assert!(discord.connected());
    let (_, _, gateway) = raw.get("/gateway/bot").await;
    assert_eq!(gateway["session_start_limit"]["remaining"], 6);

    discord.install(guild, discord.owner(guild), 0);
    discord.install(other, discord.owner(other), 0);
    let member = discord.member(guild, "ana.cyclist", 0);
    discord.joins(other, member, 0);
    discord.speaks(member, "de");
    discord.callback_within(std::time::Duration::from_millis(20));
    for _ in 0..4 {
        socket.next().await;
    }
    for guild in [guild, other] {
        let channel = discord.text_channel(guild, "news");
        socket.next().await;
        let answer = discord.slash(Place::Guild { guild, channel }, member, "story", json!({})).await;
        assert!(matches!(answer, Answer::None));
        let asked = &socket.next().await["d"];
        assert_eq!((number(&asked["member"]["user"]["id"]), number(&asked["guild_id"])), (member, guild));
        assert_eq!((&asked["locale"], &asked["context"]), (&json!("de"), &json!(0)));
    }
    drop(socket);
    discord.wait_until("the bot is gone", |discord| !discord.connected()).await;
}

#[tokio::test]
async fn what_others_do_to_messages_and_forums_is_felt() {
    let discord = Discord::start().await;
    let guild = discord.guild("Riverside");
    discord.install(guild, discord.owner(guild), may::ORDINARY);
    let (channel, forum) = (discord.text_channel(guild, "news"), discord.forum(guild, "stories", &["bikes"]));
    let raw = Raw::of(&discord);
    let (_, _, sent) = raw.send(channel, "hello").await;
    discord.delete_message(channel, number(&sent["id"]));
    let (status, _, error) = raw
        .patch(&format!("/channels/{channel}/messages/{}", number(&sent["id"])), &super::quiet("changed"))
        .await;
    assert_eq!((status, &error["code"]), (404, &json!(10_008)));

    discord.require_tag(forum);
    let mut post = json!({"name": "A post", "message": super::quiet("first")});
    let path = format!("/channels/{forum}/threads");
    assert_eq!(raw.post(&path, &post).await.2["code"], 40_067);
    post["applied_tags"] = json!([discord.channel(forum).unwrap()["available_tags"][0]["id"]]);
    let (status, _, made) = raw.post(&path, &post).await;
    assert_eq!((status, &made["message"]["id"]), (201, &made["id"]));
    assert_eq!(discord.threads(forum)[0]["applied_tags"], post["applied_tags"]);

    discord.finish();
    raw.get("/voice/regions").await;
    assert_eq!(discord.violations(), ["GET /voice/regions: no such request"]);
    discord.expect_violations();
}
