//! Permissions, threads, limits and interactions, with the codes of the real ones.

use serde_json::{Value, json};

use super::raw::{Raw, Socket, number};
use crate::support::discord::{Discord, Place, permissions as may};

/// What a bot needs here that only reads and writes.
const USUAL: u64 = may::ORDINARY;

async fn world(permissions: u64) -> (Discord, u64, u64, Raw) {
    let discord = Discord::start().await;
    // Many requests are wrong on purpose.
    discord.expect_violations();
    let guild = discord.guild("Riverside");
    discord.install(guild, discord.owner(guild), permissions);
    let channel = discord.text_channel(guild, "news");
    let raw = Raw::of(&discord);
    (discord, guild, channel, raw)
}

fn code(answer: &super::raw::Answered) -> (u16, u64) {
    (answer.0, answer.2["code"].as_u64().unwrap_or_default())
}

#[tokio::test]
async fn what_a_bot_may_not_do_is_refused_with_the_code_for_it() {
    let (discord, guild, channel, raw) = world(USUAL).await;
    discord.unlimited();
    let embed = json!({"embeds": [{"title": "A story"}], "allowed_mentions": {"parse": []}});
    let messages = format!("/channels/{channel}/messages");
    let (_, _, sent) = raw.send(channel, "hello").await;
    let threads = format!("{messages}/{}/threads", sent["id"].as_str().unwrap());
    let forum = discord.forum(guild, "stories", &["bikes"]);
    let post = json!({"name": "A post", "message": super::quiet("first")});

    discord.deny_bot(channel, may::EMBED_LINKS);
    assert_eq!(code(&raw.post(&messages, &embed).await), (403, 50_013));
    let mut both = embed.clone();
    both["content"] = json!("with words");
    assert_eq!(raw.post(&messages, &both).await.2["embeds"], json!([]));
    discord.allow_bot(channel, may::EMBED_LINKS);
    assert_eq!(raw.post(&messages, &embed).await.2["embeds"][0]["type"], "rich");

    discord.deny_bot(channel, may::CREATE_PUBLIC_THREADS);
    assert_eq!(code(&raw.post(&threads, &json!({"name": "Sections"})).await), (403, 50_013));
    discord.allow_bot(channel, may::CREATE_PUBLIC_THREADS);
    discord.deny_bot(channel, may::SEND_MESSAGES_IN_THREADS | may::SEND_MESSAGES);
    assert_eq!(code(&raw.send(channel, "hello").await), (403, 50_013));
    let thread = number(&raw.post(&threads, &json!({"name": "Sections"})).await.2["id"]);
    assert_eq!(code(&raw.send(thread, "hello").await), (403, 50_013));
    discord.allow_bot(channel, may::SEND_MESSAGES_IN_THREADS);
    assert_eq!(raw.send(thread, "hello").await.0, 200);

    discord.deny_bot(channel, may::READ_MESSAGE_HISTORY);
    assert_eq!(raw.get(&messages).await.2, json!([]));
    discord.deny_bot(channel, may::VIEW_CHANNEL);
    assert_eq!(code(&raw.get(&messages).await), (403, 50_001));
    assert_eq!(code(&raw.send(thread, "hello").await), (403, 50_001));

    discord.deny_bot(forum, may::SEND_MESSAGES);
    assert_eq!(code(&raw.post(&format!("/channels/{forum}/threads"), &post).await), (403, 50_013));
    let tags = json!({"available_tags": [{"name": "ferries"}]});
    assert_eq!(code(&raw.patch(&format!("/channels/{forum}"), &tags).await), (403, 50_013));
    discord.permit_bot(guild, USUAL | may::MANAGE_CHANNELS);
    let (_, _, forum) = raw.patch(&format!("/channels/{forum}"), &tags).await;
    assert!(number(&forum["available_tags"][0]["id"]) > 0);

    assert_eq!(code(&raw.get(&format!("/guilds/{guild}/audit-logs")).await), (403, 50_013));
    discord.permit_bot(guild, USUAL | may::VIEW_AUDIT_LOG);
    let (_, _, log) = raw.get(&format!("/guilds/{guild}/audit-logs?action_type=28&limit=1")).await;
    assert_eq!(number(&log["audit_log_entries"][0]["user_id"]), discord.owner(guild));
    discord.kick(guild);
    assert_eq!(code(&raw.send(channel, "hello").await), (403, 50_001));
}

#[tokio::test]
async fn everybody_has_what_their_roles_and_channels_give_them() {
    let (discord, guild, channel, raw) = world(USUAL).await;
    let command = json!({
        "name": "settings", "description": "Settings", "type": 1,
        "default_member_permissions": may::MANAGE_GUILD.to_string(), "contexts": [0],
    });
    raw.post(&format!("/applications/{}/commands", discord.application_id()), &command).await;
    let mut socket = Socket::open(&discord).await;
    socket.ready(&discord, 1).await;
    discord.callback_within(std::time::Duration::from_millis(30));
    let at = Place::Guild { guild, channel };
    for (name, permissions, shown) in [
        ("ana.cyclist", 0, false),
        ("mo.keeper", may::MANAGE_GUILD, true),
        ("ida.head", may::ADMINISTRATOR, true),
    ] {
        let member = discord.member(guild, name, permissions);
        let answer = discord.slash(at, member, "settings", json!({})).await;
        assert_eq!(answer.kind_name(), if shown { "none" } else { "forbidden" }, "{name}");
        assert_eq!(discord.slash(Place::Dm, member, "settings", json!({})).await.kind_name(), "forbidden");
    }
    let owner = discord.owner(guild);
    assert_eq!(discord.slash(at, owner, "settings", json!({})).await.kind_name(), "none");
}

#[tokio::test]
async fn threads_are_archived_opened_and_locked_as_they_should_be() {
    let (discord, guild, channel, raw) = world(USUAL).await;
    let (_, _, opening) = raw.send(channel, "hello").await;
    let (status, _, thread) = raw
        .post(
            &format!("/channels/{channel}/messages/{}/threads", opening["id"].as_str().unwrap()),
            &json!({"name": "Sections", "auto_archive_duration": 1440}),
        )
        .await;
    assert_eq!((status, &thread["id"], &thread["type"]), (201, &opening["id"], &json!(11)));
    let id = number(&thread["id"]);
    let (_, _, first) = raw.send(id, "first").await;
    let edit = format!("/channels/{id}/messages/{}", first["id"].as_str().unwrap());

    discord.archive(id);
    assert_eq!(code(&raw.patch(&edit, &super::quiet("changed")).await), (400, 50_083));
    assert_eq!(code(&raw.delete(&edit).await), (400, 50_083));
    let active = format!("/guilds/{guild}/threads/active");
    assert_eq!(raw.get(&active).await.2["threads"], json!([]));
    let (_, _, archived) = raw.get(&format!("/channels/{channel}/threads/archived/public")).await;
    assert_eq!(archived["threads"][0]["id"], thread["id"]);
    assert_eq!(raw.send(id, "this opens it").await.0, 200);
    assert_eq!(discord.threads(channel)[0]["thread_metadata"]["archived"], false);
    assert_eq!(raw.patch(&edit, &super::quiet("changed")).await.0, 200);

    discord.lock(id);
    assert_eq!(code(&raw.send(id, "hello").await), (403, 160_005));
    assert_eq!(code(&raw.patch(&edit, &super::quiet("again")).await), (403, 160_005));
    discord.archive(id);
    assert_eq!(code(&raw.send(id, "hello").await), (400, 50_083));
    let open = json!({"archived": false, "locked": false});
    assert_eq!(code(&raw.patch(&format!("/channels/{id}"), &open).await), (403, 50_013));
    discord.permit_bot(guild, USUAL | may::MANAGE_THREADS);
    assert_eq!(raw.patch(&format!("/channels/{id}"), &open).await.0, 200);

    discord.delete_channel(id);
    assert_eq!(code(&raw.send(id, "hello").await), (404, 10_003));
    discord.become_forum(channel);
    assert_eq!(code(&raw.send(channel, "hello").await), (400, 50_008));
    let contents: Vec<Value> =
        discord.messages(channel).iter().map(|message| message["content"].clone()).collect();
    assert_eq!(contents, ["hello"]);
}

#[tokio::test]
async fn slow_mode_holds_for_the_bot_too() {
    let (discord, guild, channel, raw) = world(USUAL).await;
    discord.slow_mode(channel, 60);
    assert_eq!(raw.send(channel, "one").await.0, 200);
    let (status, headers, body) = raw.send(channel, "two").await;
    assert_eq!((status, body["code"].as_u64(), headers["retry-after"].as_str()), (429, Some(20_016), "60"));
    discord.permit_bot(guild, USUAL | may::MANAGE_MESSAGES);
    assert_eq!(raw.send(channel, "two").await.0, 200);
}

#[tokio::test]
async fn limits_are_told_before_and_when_they_are_met() {
    let (discord, guild, channel, raw) = world(USUAL | may::MANAGE_CHANNELS).await;
    for left in (0..5).rev() {
        let (status, headers, _) = raw.send(channel, "hello").await;
        assert_eq!((status, headers["x-ratelimit-remaining"].parse()), (200, Ok(left)));
        assert_eq!(headers["x-ratelimit-limit"], "5");
    }
    let (status, headers, body) = raw.send(channel, "hello").await;
    assert_eq!(
        (status, headers["x-ratelimit-scope"].as_str(), &body["global"]),
        (429, "user", &json!(false))
    );
    let wait = body["retry_after"].as_f64().unwrap();
    assert!((0.0..=5.0).contains(&wait) && headers["x-ratelimit-reset-after"].parse::<f64>().unwrap() <= 5.0);
    // Another channel has a bucket of its own, of the same name.
    let other = discord.text_channel(guild, "other");
    let (status, elsewhere, _) = raw.send(other, "hello").await;
    assert_eq!((status, &elsewhere["x-ratelimit-bucket"]), (200, &headers["x-ratelimit-bucket"]));

    let rename = |name: &str| json!({"name": name});
    let path = format!("/channels/{other}");
    assert_eq!(raw.patch(&path, &rename("a")).await.0, 200);
    assert_eq!(raw.patch(&path, &rename("b")).await.0, 200);
    let (status, _, body) = raw.patch(&path, &rename("c")).await;
    assert!(status == 429 && body["retry_after"].as_f64().unwrap() > 500.0, "{body}");

    discord.global_limit(1);
    let quick = discord.text_channel(guild, "quick");
    raw.send(quick, "hello").await;
    let (status, headers, body) = raw.send(quick, "hello").await;
    assert_eq!(
        (status, headers["x-ratelimit-global"].as_str(), &body["global"]),
        (429, "true", &json!(true))
    );
}

#[tokio::test]
async fn an_interaction_is_answered_once_and_its_token_ends() {
    let (discord, guild, channel, raw) = world(USUAL).await;
    let application = discord.application_id();
    let command = json!({"name": "story", "description": "The story", "type": 1});
    raw.post(&format!("/applications/{application}/commands"), &command).await;
    let mut socket = Socket::open(&discord).await;
    socket.ready(&discord, 1).await;
    socket.next().await;
    let member = discord.member(guild, "ana.cyclist", 0);
    socket.next().await;
    let bot = async {
        let asked = socket.next().await;
        let (id, token) =
            (asked["d"]["id"].as_str().unwrap(), asked["d"]["token"].as_str().unwrap().to_owned());
        let callback = format!("/interactions/{id}/{token}/callback");
        let original = format!("/webhooks/{application}/{token}/messages/@original");
        assert_eq!(code(&raw.get(&original).await), (404, 10_015));
        assert_eq!(raw.post(&callback, &json!({"type": 5, "data": {"flags": 64}})).await.0, 204);
        assert_eq!(code(&raw.post(&callback, &json!({"type": 5})).await), (400, 40_060));
        assert_eq!(code(&raw.get(&original).await), (404, 10_008));
        (token, original)
    };
    let at = Place::Guild { guild, channel };
    let (answer, (token, original)) = tokio::join!(discord.slash(at, member, "story", json!({})), bot);
    assert_eq!((answer.kind_name(), answer.ephemeral()), ("deferred", true));

    assert_eq!(raw.patch(&original, &super::quiet("at last")).await.0, 200);
    assert_eq!(answer.wait().await["content"], "at last");
    assert!(answer.ephemeral(), "whether only the asker sees it is said with the promise");
    assert!(discord.messages(channel).is_empty(), "others do not see it");
    let hook = format!("/webhooks/{application}/{token}");
    let (_, _, more) = raw.post(&hook, &super::quiet("and more")).await;
    assert_eq!(discord.messages(channel).len(), 1);
    assert_eq!(raw.delete(&format!("{hook}/messages/{}", more["id"].as_str().unwrap())).await.0, 204);
    assert!(answer.followups().is_empty() && discord.messages(channel).is_empty());

    let bot = async {
        let asked = socket.next().await;
        let (id, token) = (asked["d"]["id"].as_str().unwrap(), asked["d"]["token"].as_str().unwrap());
        let callback = format!("/interactions/{id}/{token}/callback?with_response=true");
        raw.post(&callback, &json!({"type": 4, "data": super::quiet("for all")})).await
    };
    let (shown, (status, _, told)) = tokio::join!(discord.slash(at, member, "story", json!({})), bot);
    assert_eq!((status, &told["resource"]["message"]["id"]), (200, &shown.message()["id"]));
    assert_eq!(shown.message()["interaction_metadata"]["user"]["username"], "ana.cyclist");

    discord.expire_interactions();
    assert_eq!(code(&raw.patch(&original, &super::quiet("too late")).await), (401, 50_027));
    assert_eq!(code(&raw.post(&hook, &super::quiet("too late")).await), (401, 50_027));
}

#[tokio::test]
async fn who_is_called_by_a_message_is_told() {
    let (discord, guild, channel, raw) = world(USUAL | may::MENTION_EVERYONE).await;
    let member = discord.member(guild, "ana.cyclist", 0);
    let path = format!("/channels/{channel}/messages");
    let content = format!("@everyone, <@{member}>");
    let (_, _, loud) = raw.post(&path, &json!({"content": content})).await;
    assert_eq!((&loud["mention_everyone"], number(&loud["mentions"][0]["id"])), (&json!(true), member));
    let (_, _, quiet) = raw.post(&path, &super::quiet(&content)).await;
    assert_eq!((&quiet["mention_everyone"], &quiet["mentions"]), (&json!(false), &json!([])));
}

#[tokio::test]
async fn the_clock_is_the_tests_when_it_is_set() {
    let (discord, guild, _, raw) = world(USUAL).await;
    discord.set_time(crate::support::at("2031-03-17 08:00"));
    let channel = discord.text_channel(guild, "later");
    let (_, _, sent) = raw.send(channel, "hello").await;
    assert_eq!(sent["timestamp"], "2031-03-17T08:00:00.001000+00:00");
    let at = (number(&sent["id"]) >> 22) + 1_420_070_400_000;
    assert_eq!(at, 1_931_500_800_001, "the id says the same");
}

#[tokio::test]
async fn all_that_a_bot_can_ask_for_is_answered() {
    let (discord, guild, channel, raw) = world(USUAL | may::VIEW_AUDIT_LOG).await;
    let (application, owner) = (discord.application_id(), discord.owner(guild));
    let news = discord.news_channel(guild, "bulletin");
    let forum = discord.forum(guild, "stories", &["bikes"]);
    let command = json!({"name": "story", "description": "The story", "type": 1});
    let (_, _, command) =
        raw.post(&format!("/applications/{application}/guilds/{guild}/commands"), &command).await;
    let (_, _, sent) = raw.send(channel, "hello").await;
    let (_, _, alone) = raw.post("/users/@me/channels", &json!({"recipient_id": owner.to_string()})).await;
    raw.post(&format!("/channels/{channel}/threads"), &json!({"name": "Sections", "type": 11})).await;
    for path in [
        "/gateway".to_owned(),
        "/users/@me".to_owned(),
        "/users/@me/guilds".to_owned(),
        format!("/users/{owner}"),
        "/applications/@me".to_owned(),
        "/oauth2/applications/@me".to_owned(),
        format!("/guilds/{guild}"),
        format!("/guilds/{guild}?with_counts=true"),
        format!("/guilds/{guild}/channels"),
        format!("/guilds/{guild}/roles"),
        format!("/guilds/{guild}/members/{owner}"),
        format!("/guilds/{guild}/members/{application}"),
        format!("/guilds/{guild}/audit-logs"),
        format!("/guilds/{guild}/threads/active"),
        format!("/channels/{channel}"),
        format!("/channels/{news}"),
        format!("/channels/{forum}"),
        format!("/channels/{}", number(&alone["id"])),
        format!("/channels/{channel}/messages?limit=5"),
        format!("/channels/{channel}/messages/{}", number(&sent["id"])),
        format!("/channels/{channel}/threads/archived/public"),
        format!("/applications/{application}/commands"),
        format!("/applications/{application}/guilds/{guild}/commands"),
        format!("/applications/{application}/guilds/{guild}/commands/{}", number(&command["id"])),
    ] {
        let (status, _, body) = raw.get(&path).await;
        assert_eq!(status, 200, "{path}: {body}");
    }
    for (path, expected) in [
        (format!("/guilds/{channel}"), (404, 10_004)),
        (format!("/guilds/{guild}/members/{channel}"), (404, 10_007)),
        (format!("/applications/{application}/commands/{channel}"), (404, 10_063)),
        (format!("/users/{guild}"), (404, 10_013)),
        (format!("/channels/{guild}"), (404, 10_003)),
    ] {
        assert_eq!(code(&raw.get(&path).await), expected, "{path}");
    }
    let strange = discord.text_channel(discord.guild("Harbour"), "hall");
    assert_eq!(code(&raw.get(&format!("/channels/{strange}")).await), (403, 50_001));
}

#[tokio::test]
async fn messages_are_read_from_where_one_likes() {
    let (discord, _, channel, raw) = world(USUAL).await;
    discord.unlimited();
    let mut ids = Vec::new();
    for text in ["one", "two", "three", "four", "five"] {
        ids.push(number(&raw.send(channel, text).await.2["id"]));
    }
    for (query, expected) in [
        ("limit=2".to_owned(), &["five", "four"][..]),
        (format!("after={}&limit=2", ids[1]), &["four", "three"]),
        (format!("before={}", ids[2]), &["two", "one"]),
        (format!("around={}&limit=3", ids[2]), &["four", "three", "two"]),
        (format!("after={}", ids[4]), &[]),
    ] {
        let (_, _, read) = raw.get(&format!("/channels/{channel}/messages?{query}")).await;
        let contents: Vec<&str> =
            read.as_array().unwrap().iter().map(|m| m["content"].as_str().unwrap()).collect();
        assert_eq!(contents, expected, "{query}");
    }
    assert_eq!(code(&raw.get(&format!("/channels/{channel}/messages?limit=101")).await), (400, 50_035));
}

#[tokio::test]
async fn what_does_not_fit_a_message_is_refused_where_it_does_not() {
    let (discord, _, channel, raw) = world(USUAL).await;
    discord.unlimited();
    let long = |length: usize| "x".repeat(length);
    let button = |id: &str| json!({"type": 2, "style": 1, "label": "Sources", "custom_id": id});
    let row = |inner: Value| json!({"type": 1, "components": inner});
    let field = json!({"name": "a", "value": long(1000)});
    for (body, place) in [
        (json!({"content": long(2001)}), "/content"),
        (json!({"content": "a", "nonce": long(26)}), "/nonce"),
        (json!({"embeds": [{"title": long(257)}]}), "/embeds/0/title"),
        (json!({"embeds": [{"description": long(4097)}]}), "/embeds/0/description"),
        (json!({"embeds": [{"fields": [{"name": "a", "value": ""}]}]}), "/embeds/0/fields/0/value"),
        (json!({"embeds": [{"fields": vec![field.clone(); 7]}]}), "/embeds"),
        (json!({"embeds": [{"url": "no address"}]}), "/embeds/0/url"),
        (
            json!({"content": "a", "components": [row(json!([button("a"), button("a")]))]}),
            "/components/0/components/1/custom_id",
        ),
        (json!({"content": "a", "components": [row(json!([]))]}), "/components/0/components"),
        (json!({"content": "a", "components": vec![row(json!([button("a")])); 6]}), "/components"),
        (
            json!({"content": "a", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}),
            "/allowed_mentions",
        ),
    ] {
        let answer = raw.post(&format!("/channels/{channel}/messages"), &body).await;
        assert_eq!(code(&answer), (400, 50_035), "{body}");
        assert!(answer.2["errors"].pointer(place).is_some_and(|at| at["_errors"].is_array()), "{}", answer.2);
    }
    for empty in [json!({"content": ""}), json!({}), json!({"embeds": []})] {
        assert_eq!(code(&raw.post(&format!("/channels/{channel}/messages"), &empty).await), (400, 50_006));
    }
    assert!(discord.messages(channel).is_empty());
}
