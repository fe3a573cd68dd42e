//! Each fault does what it says, and nothing else.

use std::time::{Duration, Instant};

use serde_json::json;
use serenity::all::{ChannelId, CreateMessage};

use super::raw::{Raw, number};
use crate::support::discord::{Discord, Fault, What, permissions as may};

/// A Discord with one channel, and who talks to it in plain HTTP.
async fn world() -> (Discord, u64, Raw) {
    let discord = Discord::start().await;
    let guild = discord.guild("Riverside");
    discord.install(guild, discord.owner(guild), may::ORDINARY);
    let channel = discord.text_channel(guild, "news");
    let raw = Raw::of(&discord);
    (discord, channel, raw)
}

#[tokio::test]
async fn a_lost_answer_leaves_the_message_a_lost_request_does_not() {
    let (discord, channel, raw) = world().await;
    for (what, left) in [(What::LostRequest, 0), (What::LostAnswer, 1), (What::HalfAnswer, 2)] {
        let fault = discord.fault(Fault::new(what.clone()).on("POST", "/channels/*/messages"));
        let sent = raw.try_post(&format!("/channels/{channel}/messages"), &super::quiet("hello")).await;
        assert!(sent.is_err(), "{what:?}: {sent:?}");
        assert_eq!((fault.hits(), discord.messages(channel).len()), (1, left), "{what:?}");
    }
    let (status, _, _) = raw.send(channel, "and on it goes").await;
    assert_eq!((status, discord.messages(channel).len()), (200, 3));
}

#[tokio::test]
async fn a_server_error_may_have_acted_or_not() {
    let (discord, channel, raw) = world().await;
    for (what, status, left) in [
        (What::Status(500), 500, 0),
        (What::Status(502), 502, 0),
        (What::Status(503), 503, 0),
        (What::StatusAfter(502), 502, 1),
    ] {
        discord.fault(Fault::new(what).on("POST", "/channels/*/messages"));
        let (answered, _, _) = raw.send(channel, "hello").await;
        assert_eq!((answered, discord.messages(channel).len()), (status, left));
    }
}

#[tokio::test]
async fn each_429_names_its_scope_and_serenity_waits_for_it() {
    let (discord, channel, raw) = world().await;
    let wait = Duration::from_millis(40);
    for (what, scope, global) in [
        (What::TooManyForBucket(wait), "user", false),
        (What::TooManyShared(wait), "shared", false),
        (What::TooManyGlobal(wait), "global", true),
    ] {
        discord.fault(Fault::new(what).on("POST", "/channels/*/messages"));
        let (status, headers, body) = raw.send(channel, "hello").await;
        assert_eq!((status, headers["x-ratelimit-scope"].as_str()), (429, scope));
        assert_eq!(
            (headers["retry-after"].as_str(), headers.contains_key("x-ratelimit-global")),
            ("1", global)
        );
        assert_eq!((&body["retry_after"], &body["global"]), (&json!(0.04), &json!(global)));
    }
    discord.fault(Fault::new(What::TooManyUnparsable).on("POST", "/channels/*/messages"));
    let (status, headers, _) = raw.send(channel, "hello").await;
    assert_eq!((status, headers["retry-after"].as_str()), (429, "soon"));
    assert!(discord.messages(channel).is_empty());

    let other = discord.text_channel(number(&discord.channel(channel).unwrap()["guild_id"]), "other");
    let fault = discord.fault(Fault::new(What::TooManyForBucket(wait)).on("POST", "/channels/*/messages"));
    let message =
        CreateMessage::new().content("hello").allowed_mentions(serenity::all::CreateAllowedMentions::new());
    ChannelId::new(other).send_message(discord.http(), message).await.unwrap();
    assert_eq!((fault.hits(), discord.message_count(other)), (1, 1));
}

#[tokio::test]
async fn a_slow_answer_is_late_and_nothing_else() {
    let (discord, channel, raw) = world().await;
    discord.fault(Fault::new(What::Slow(Duration::from_millis(120))).on("POST", "/channels/*/messages"));
    let begun = Instant::now();
    let (status, _, _) = raw.send(channel, "hello").await;
    assert!(begun.elapsed() >= Duration::from_millis(120));
    assert_eq!((status, discord.messages(channel).len()), (200, 1));
}

#[tokio::test]
async fn a_fault_hits_the_requests_it_names_as_often_as_it_says() {
    let (discord, channel, raw) = world().await;
    let fault = discord
        .fault(Fault::new(What::Status(503)).on("POST", "/channels/*/messages").starting_with(2).times(2));
    let mut answered = Vec::new();
    for text in ["one", "two", "three", "four"] {
        answered.push(raw.send(channel, text).await.0);
        // Another request does not count.
        assert_eq!(raw.get(&format!("/channels/{channel}")).await.0, 200);
    }
    assert_eq!((answered, fault.hits()), (vec![200, 503, 503, 200], 2));
    let fault = discord.fault(Fault::new(What::Status(503)).on("*", "/channels/**").times(100));
    assert_eq!(raw.get(&format!("/channels/{channel}/messages")).await.0, 503);
    fault.stop();
    assert_eq!(raw.get(&format!("/channels/{channel}/messages")).await.0, 200);
}

#[tokio::test]
async fn a_nonce_finds_its_message_until_it_is_forgotten() {
    let (discord, channel, raw) = world().await;
    let path = format!("/channels/{channel}/messages");
    let body =
        json!({"content": "hello", "nonce": "a-1", "enforce_nonce": true, "allowed_mentions": {"parse": []}});
    let (_, _, first) = raw.post(&path, &body).await;
    let (_, _, again) = raw.post(&path, &body).await;
    assert_eq!((&first["id"], &first["nonce"]), (&again["id"], &json!("a-1")));
    let mut unenforced = body.clone();
    unenforced["enforce_nonce"] = json!(false);
    raw.post(&path, &unenforced).await;
    assert_eq!(discord.messages(channel).len(), 2);
    discord.forget_nonces();
    raw.post(&path, &body).await;
    assert_eq!(discord.messages(channel).len(), 3);
}

#[tokio::test]
async fn a_revoked_token_opens_nothing() {
    let (discord, channel, raw) = world().await;
    discord.revoke_token();
    let (status, _, body) = raw.send(channel, "hello").await;
    assert_eq!((status, body), (401, json!({"message": "401: Unauthorized", "code": 0})));
    let mut socket = super::raw::Socket::open(&discord).await;
    socket.identify(&discord, 1).await;
    assert_eq!(socket.closed().await, 4004);
}

#[tokio::test]
#[should_panic(expected = "GET /stage-instances: no such request")]
async fn a_request_that_nothing_knows_fails_the_test() {
    let (discord, _, raw) = world().await;
    assert_eq!(raw.get("/stage-instances").await.0, 404);
    drop(discord);
}
