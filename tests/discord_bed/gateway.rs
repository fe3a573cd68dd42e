//! The gateway as Discord documents it, and each way in which it can fail.

use std::time::Duration;

use serde_json::{Value, json};

use super::raw::{Raw, Socket};
use crate::support::discord::{Discord, Place, permissions as may};

const GUILDS: u64 = 1;

async fn world() -> (Discord, u64, u64) {
    let discord = Discord::start().await;
    let guild = discord.guild("Riverside");
    discord.install(guild, discord.owner(guild), may::ORDINARY);
    let channel = discord.text_channel(guild, "news");
    (discord, guild, channel)
}

#[tokio::test]
async fn a_bot_is_told_what_its_intent_brings_and_no_more() {
    let (discord, guild, channel) = world().await;
    let mut socket = Socket::open(&discord).await;
    let ready = socket.ready(&discord, GUILDS).await;
    assert_eq!(ready["d"]["guilds"], json!([{"id": guild.to_string(), "unavailable": true}]));
    let create = socket.next().await;
    assert_eq!((&create["t"], &create["d"]["channels"][0]["name"]), (&json!("GUILD_CREATE"), &json!("news")));

    // Messages need another intent.
    let member = discord.member(guild, "ana.cyclist", 0);
    discord.says(channel, member, "hello");
    let thread = Raw::of(&discord)
        .post(&format!("/channels/{channel}/threads"), &json!({"name": "Sections", "type": 11}))
        .await;
    let thread = super::raw::number(&thread.2["id"]);
    discord.archive(thread);
    discord.delete_channel(thread);
    discord.slow_mode(channel, 5);
    discord.kick(guild);
    let mut names = Vec::new();
    for _ in 0..6 {
        names.push(socket.event().await);
    }
    assert_eq!(
        names,
        [
            "GUILD_ROLE_CREATE",
            "THREAD_CREATE",
            "THREAD_UPDATE",
            "THREAD_DELETE",
            "CHANNEL_UPDATE",
            "GUILD_DELETE"
        ]
    );
}

#[tokio::test]
async fn who_identifies_wrongly_is_closed_with_the_code_for_it() {
    let (discord, _, _) = world().await;
    for (data, code) in [
        (json!({"token": "invented", "intents": 1, "properties": {}}), 4004),
        (json!({"token": discord.token(), "intents": 1_u64 << 40, "properties": {}}), 4013),
        (json!({"token": discord.token(), "intents": 1 << 15, "properties": {}}), 4014),
        (json!({"token": discord.token(), "intents": 1, "properties": {}, "shard": [2, 2]}), 4010),
    ] {
        let mut socket = Socket::open(&discord).await;
        socket.send(2, data.clone()).await;
        assert_eq!(socket.closed().await, code, "{data}");
    }
    assert_eq!(discord.identifies(), 0);
    let mut socket = Socket::open(&discord).await;
    socket.ready(&discord, GUILDS).await;
    socket.identify(&discord, GUILDS).await;
    assert_eq!(socket.closed().await, 4005);
}

#[tokio::test]
async fn each_shard_hears_of_its_own_guilds() {
    let (discord, guild, _) = world().await;
    let other = loop {
        let other = discord.guild("Harbour");
        if (other >> 22) % 2 != (guild >> 22) % 2 {
            discord.install(other, discord.owner(other), 0);
            break other;
        }
    };
    for wanted in [guild, other] {
        let mut socket = Socket::open(&discord).await;
        let shard = json!([(wanted >> 22) % 2, 2]);
        let data = json!({"token": discord.token(), "intents": 1, "properties": {}, "shard": shard});
        socket.send(2, data).await;
        let ready = socket.next().await;
        assert_eq!(ready["d"]["guilds"], json!([{"id": wanted.to_string(), "unavailable": true}]));
        assert_eq!(ready["d"]["shard"], shard);
    }
}

#[tokio::test]
async fn a_session_is_resumed_after_every_end_that_allows_it_and_misses_nothing() {
    let (discord, guild, channel) = world().await;
    let mut socket = Socket::open(&discord).await;
    let ready = socket.ready(&discord, GUILDS).await;
    let session = &ready["d"]["session_id"];
    let mut seen = socket.next().await["s"].as_u64().unwrap();
    for (way, code) in [("7", 0), ("9", 0), ("cut", 1006), ("4000", 4000), ("1000", 1000)] {
        match way {
            "7" => discord.ask_to_reconnect(),
            "9" => discord.invalidate_session(true),
            "cut" => discord.cut_gateway(),
            code => discord.close_gateway(code.parse().unwrap()),
        }
        if code == 0 {
            let asked = socket.next().await;
            assert_eq!(
                (asked["op"].to_string(), &asked["d"]),
                (way.to_owned(), &if way == "9" { json!(true) } else { Value::Null })
            );
            drop(socket);
        } else {
            assert_eq!(socket.closed().await, code);
        }
        discord.slow_mode(channel, 5);
        socket = Socket::open(&discord).await;
        socket.resume(&discord, session, seen).await;
        let missed = socket.next().await;
        assert_eq!((&missed["t"], missed["s"].as_u64()), (&json!("CHANNEL_UPDATE"), Some(seen + 1)), "{way}");
        let resumed = socket.next().await;
        assert_eq!(resumed["t"], "RESUMED", "{way}");
        seen = resumed["s"].as_u64().unwrap();
    }
    assert_eq!((discord.identifies(), discord.resumes()), (1, 5));
    discord.member(guild, "ana.cyclist", 0);
    assert_eq!(socket.event().await, "GUILD_ROLE_CREATE");
}

#[tokio::test]
async fn a_session_that_is_gone_is_not_resumed() {
    let (discord, _, _) = world().await;
    for way in ["refused", "9", "4009", "unknown"] {
        let mut socket = Socket::open(&discord).await;
        let ready = socket.ready(&discord, GUILDS).await;
        let mut session = ready["d"]["session_id"].clone();
        match way {
            "refused" => discord.refuse_resumes(1),
            "9" => discord.invalidate_session(false),
            "4009" => discord.close_gateway(4009),
            _ => session = json!("of another bot"),
        }
        drop(socket);
        let mut socket = Socket::open(&discord).await;
        socket.resume(&discord, &session, 2).await;
        let answer = socket.next().await;
        assert_eq!((&answer["op"], &answer["d"]), (&json!(9), &json!(false)), "{way}");
    }
    let mut socket = Socket::open(&discord).await;
    socket.ready(&discord, GUILDS).await;
    discord.close_gateway(4014);
    assert_eq!(socket.closed().await, 4014);
}

#[tokio::test]
async fn heartbeats_are_answered_until_they_are_not() {
    let (discord, _, _) = world().await;
    let mut socket = Socket::open(&discord).await;
    socket.send(1, Value::Null).await;
    assert_eq!(socket.next().await["op"], 11);
    discord.heartbeats(Duration::from_millis(50), false);
    socket.send(1, Value::Null).await;
    // The next that comes is the answer to what was sent after it.
    let ready = socket.ready(&discord, GUILDS).await;
    assert_eq!(ready["s"], 1);
}

#[tokio::test]
async fn an_event_can_come_twice() {
    let (discord, _, channel) = world().await;
    let mut socket = Socket::open(&discord).await;
    socket.ready(&discord, GUILDS).await;
    socket.next().await;
    discord.duplicate_events(1);
    discord.slow_mode(channel, 5);
    let (first, second) = (socket.next().await, socket.next().await);
    assert_eq!((&first["d"], &first["t"]), (&second["d"], &second["t"]));
    assert_eq!(second["s"].as_u64(), first["s"].as_u64().map(|number| number + 1));
    discord.slow_mode(channel, 0);
    discord.deny_bot(channel, may::EMBED_LINKS);
    assert_eq!(socket.next().await["d"]["permission_overwrites"], json!([]));
    assert_eq!(socket.next().await["d"]["permission_overwrites"][0]["deny"], may::EMBED_LINKS.to_string());
}

#[tokio::test]
async fn a_bot_that_is_late_or_says_nothing_has_not_answered() {
    let (discord, guild, channel) = world().await;
    discord.expect_violations();
    discord.callback_within(Duration::from_millis(50));
    let raw = Raw::of(&discord);
    let application = discord.application_id();
    let command = json!({"name": "story", "description": "The story", "type": 1});
    assert_eq!(raw.post(&format!("/applications/{application}/commands"), &command).await.0, 201);
    let mut socket = Socket::open(&discord).await;
    socket.ready(&discord, GUILDS).await;
    socket.next().await;
    let member = discord.member(guild, "ana.cyclist", 0);
    socket.next().await;
    let answer = discord.slash(Place::Guild { guild, channel }, member, "story", json!({})).await;
    assert_eq!(answer.kind_name(), "none");

    let asked = socket.next().await;
    let (id, token) = (asked["d"]["id"].as_str().unwrap(), asked["d"]["token"].as_str().unwrap());
    let body = json!({"type": 4, "data": super::quiet("late")});
    let (status, _, error) = raw.post(&format!("/interactions/{id}/{token}/callback"), &body).await;
    assert_eq!((status, &error["code"]), (404, &json!(10_062)));
}
