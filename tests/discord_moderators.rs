//! Setting up, following, disputes: what moderators do with the bot beside single commands.

use std::time::Duration;

use newsdesk::model::{DeskId, DisputeState};
use serde_json::{Value, json};

use crate::support::club::{Club, EVERYONE, Script, USUAL, button, id, later, outline};
use crate::support::discord::Place;

#[tokio::test]
async fn a_dispute_reaches_the_moderators_and_ends_in_a_correction() {
    let (club, code, _bot) = Club::with_story().await;
    let notices = club.discord.text_channel(club.guild, "mods");
    let options = json!({"channel": notices.to_string()});
    club.discord.slash(club.here(), club.moderator, "settings notices", options).await;
    club.clock.set(later(&club, 60));
    let story =
        club.discord.slash(club.here(), club.ana, "story", json!({"topic": "night-ferries"})).await.message();
    let mut script = Script::default();
    let form = club.discord.press(club.here(), club.ana, id(&story), &button(&story, "dispute:")).await;
    script.write(&club, "ana presses Dispute", &form).await;
    let form_id = form.modal()["custom_id"].as_str().unwrap().to_owned();
    let fields = json!({"sentence": "room for eight bicycles", "reason": "There are six. @everyone look: https://pier.example/plan"});
    let thanks = club.discord.submit(club.here(), club.ana, &form_id, fields).await;
    script.write(&club, "ana sends it", &thanks).await;
    let told = club.discord.messages(notices);
    assert_eq!(told.len(), 1);
    script.0.push_str(&format!("──── the moderators see\n{}\n", club.named(&outline(&told[0]))));

    // A second dispute of hers is none.
    let form = club.discord.press(club.here(), club.ana, id(&story), &button(&story, "dispute:")).await;
    let form_id = form.modal()["custom_id"].as_str().unwrap().to_owned();
    let again = club.discord.submit(club.here(), club.ana, &form_id, json!({"reason": "Still wrong."})).await;
    script.write(&club, "ana sends another", &again).await;
    assert_eq!(club.discord.messages(notices).len(), 1);

    // A button carries no trust: who presses is looked at.
    let there = Place::Guild { guild: club.guild, channel: notices };
    let refused = club.discord.press(there, club.bo, id(&told[0]), &button(&told[0], "correct:")).await;
    script.write(&club, "bo presses Correct", &refused).await;
    let refused = club.discord.press(there, club.bo, id(&told[0]), &button(&told[0], "dismiss:")).await;
    script.write(&club, "bo presses Dismiss", &refused).await;
    assert!(club.orders().is_empty());

    let form = club.discord.press(there, club.moderator, id(&told[0]), &button(&told[0], "correct:")).await;
    script.write(&club, "mo presses Correct", &form).await;
    let form_id = form.modal()["custom_id"].as_str().unwrap().to_owned();
    let fields = json!({"text": "There is room for six bicycles, not eight."});
    let done = club.discord.submit(there, club.moderator, &form_id, fields).await;
    script.write(&club, "mo sends it", &done).await;
    assert_eq!(
        club.orders(),
        [format!(
            "correct {code}: There is room for six bicycles, not eight. (the moderators of Harbour Club)"
        )]
    );
    let all = club.desk.store.disputes(&DeskId::discord(club.guild), 10).await.unwrap();
    assert_eq!(all.iter().map(|d| d.state).collect::<Vec<_>>(), [DisputeState::Corrected]);
    let audit = club.discord.slash(club.here(), club.moderator, "audit", json!({})).await;
    script.write(&club, "/audit", &audit).await;
    insta::assert_snapshot!(script.0.replace(code.as_str(), "CODE"));
}

#[tokio::test]
async fn a_dispute_can_be_dismissed_or_end_in_a_retraction_and_only_once() {
    let (club, code, _bot) = Club::with_story().await;
    let options = json!({"channel": club.news.to_string()});
    club.discord.slash(club.here(), club.moderator, "settings notices", options).await;
    for user in [club.ana, club.bo] {
        let story =
            club.discord.slash(club.here(), user, "story", json!({"topic": "night-ferries"})).await.message();
        let form = club.discord.press(club.here(), user, id(&story), &button(&story, "dispute:")).await;
        let form_id = form.modal()["custom_id"].as_str().unwrap().to_owned();
        club.discord.submit(club.here(), user, &form_id, json!({"reason": "All of it is invented."})).await;
    }
    let told = club.discord.messages(club.news);
    let press = |n: usize, verb: &str| {
        let custom_id = button(&told[n], verb);
        let (message, at) = (id(&told[n]), club.here());
        let discord = club.discord.clone();
        let moderator = club.moderator;
        async move { discord.press(at, moderator, message, &custom_id).await }
    };
    let mut script = Script::default();
    // The form is open when somebody else dismisses.
    let late = press(0, "retract:").await.modal();
    let dismissed = press(0, "dismiss:").await;
    script.write(&club, "Dismiss", &dismissed).await;
    let late_id = late["custom_id"].as_str().unwrap();
    let fields = json!({"text": "It is a hoax, said the port."});
    let answer = club.discord.submit(club.here(), club.moderator, late_id, fields.clone()).await;
    script.write(&club, "a late retraction of the same", &answer).await;
    assert!(club.orders().is_empty());
    let form = press(1, "retract:").await;
    script.write(&club, "Retract", &form).await;
    let form_id = form.modal()["custom_id"].as_str().unwrap().to_owned();
    let done = club.discord.submit(club.here(), club.moderator, &form_id, fields).await;
    script.write(&club, "the form is sent", &done).await;
    assert_eq!(
        club.orders(),
        [format!("retract {code}: It is a hoax, said the port. (the moderators of Harbour Club)")]
    );
    insta::assert_snapshot!(script.0.replace(code.as_str(), "CODE"));
}

#[tokio::test]
async fn stories_are_changed_at_home_only() {
    let mut club = Club::open().await;
    let code = club.tells_a_story().await;
    let home = club.discord.guild("Operators");
    let mods = club.discord.text_channel(home, "mods");
    club.discord.install(home, club.discord.owner(home), USUAL);
    let chief = club.discord.member(home, "chief", 1 << 5 | EVERYONE);
    club.home = Some(home);
    let _bot = club.runs().await;
    let at_home = Place::Guild { guild: home, channel: mods };
    club.discord.slash(at_home, chief, "settings notices", json!({"channel": mods.to_string()})).await;
    let mut script = Script::default();
    let options = json!({"story": code.as_str(), "text": "It sails from 2 May."});
    script.command(&club, club.moderator, "correct", options).await;
    let options = json!({"story": code.as_str(), "reason": "It is a hoax."});
    script.command(&club, club.moderator, "retract", options.clone()).await;
    assert!(club.orders().is_empty());
    let told = club.discord.messages(mods);
    assert_eq!(told.len(), 1);
    let answer = club.discord.slash(at_home, chief, "retract", options).await;
    script.write(&club, "the chief retracts", &answer).await;
    assert_eq!(club.orders(), [format!("retract {code}: It is a hoax. (the moderators of Operators)")]);
    insta::assert_snapshot!(script.0.replace(code.as_str(), "CODE"));
}

#[tokio::test]
async fn following_looks_at_the_channel_first() {
    let (club, _, _bot) = Club::with_story().await;
    let quiet = club.discord.text_channel(club.guild, "quiet");
    let forum = club.discord.forum(club.guild, "stories", &["Developing"]);
    let news = club.discord.news_channel(club.guild, "announcements");
    let hidden = club.discord.text_channel(club.guild, "hidden");
    club.discord.deny_bot(quiet, 1 << 14 | 1 << 35);
    club.discord.deny_bot(hidden, 1 << 10);
    let mut script = Script::default();
    let mut follow = async |channel: u64, more: Value| {
        let mut options = json!({"topic": "Night ferries", "channel": channel.to_string()});
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = club.discord.slash(club.here(), club.moderator, "follow", options).await;
        let more = format!("follow {more}");
        script.write(&club, &more, &answer).await;
    };
    follow(quiet, json!({})).await;
    follow(hidden, json!({})).await;
    assert!(club.desk.store.subscriptions_of_desk(&DeskId::discord(club.guild)).await.unwrap().is_empty());
    club.discord.allow_bot(quiet, 1 << 14 | 1 << 35);
    follow(quiet, json!({"crosspost": true})).await;
    follow(forum, json!({"style": "compact"})).await;
    follow(news, json!({"style": "digest", "cadence": "hourly", "crosspost": true})).await;
    let text = [(quiet, "QUIET"), (forum, "FORUM"), (news, "ANNOUNCEMENTS"), (hidden, "HIDDEN")]
        .iter()
        .fold(script.0, |text, (id, name)| text.replace(&id.to_string(), name));
    insta::assert_snapshot!(text);
    let all = club.desk.store.subscriptions_of_desk(&DeskId::discord(club.guild)).await.unwrap();
    let mut told: Vec<String> =
        all.iter().map(|s| format!("{} {} {}", s.style, s.cadence, s.crosspost)).collect();
    told.sort();
    assert_eq!(told, ["digest hourly true", "forum instant false", "thread instant false"]);
}

#[tokio::test]
async fn whoever_adds_the_bot_is_welcomed_once_and_can_pick_a_topic() {
    let (club, _, bot) = Club::with_story().await;
    let yard = club.discord.guild("Boat Yard");
    let channel = club.discord.text_channel(yard, "general");
    let dora = club.discord.member(yard, "dora", 1 << 5 | EVERYONE);
    club.discord.install(yard, dora, USUAL | 1 << 7);
    club.discord.wait_until("the installer is welcomed", |d| !d.direct_messages(dora).is_empty()).await;
    let welcome = club.discord.direct_messages(dora);
    let mut script = Script::default();
    script.0.push_str(&outline(&welcome[0]));
    let answer = club
        .discord
        .choose(Place::Dm, dora, id(&welcome[0]), &button(&welcome[0], "follow:"), &["tide-mills"])
        .await;
    script.write(&club, "dora picks a topic in her direct messages", &answer).await;
    let desk = club.desk.store.desk(&DeskId::discord(yard)).await.unwrap().unwrap();
    assert_eq!((desk.name.as_str(), desk.installer, desk.awake), ("Boat Yard", Some(dora), true));

    let at = Place::Guild { guild: yard, channel };
    club.discord.slash(at, dora, "follow", json!({"topic": "tide-mills"})).await;
    bot.stop().await.unwrap();
    let bot = club.runs().await;
    assert_eq!(club.discord.direct_messages(dora).len(), 1, "a restart welcomes nobody again");

    club.discord.kick(yard);
    let id = DeskId::discord(yard);
    until_asleep(&club, &id).await;
    let all = club.desk.store.subscriptions_of_desk(&id).await.unwrap();
    assert_eq!(all.iter().map(|s| s.awake).collect::<Vec<_>>(), [false]);
    // An outage is no leaving.
    club.discord.outage(club.guild);
    club.discord.outage_over(club.guild);
    let answer = club.discord.slash(club.here(), club.ana, "topics", json!({})).await;
    assert_eq!(answer.kind_name(), "message");
    assert!(club.desk.store.desk(&DeskId::discord(club.guild)).await.unwrap().unwrap().awake);
    bot.stop().await.unwrap();
    insta::assert_snapshot!(script.0);
}

async fn until_asleep(club: &Club, id: &DeskId) {
    for _ in 0..500 {
        if club.desk.store.desk(id).await.unwrap().is_some_and(|desk| !desk.awake) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the desk never fell asleep");
}

#[tokio::test]
async fn where_the_installer_is_not_told_the_owner_is_welcomed() {
    let (club, _, _bot) = Club::with_story().await;
    club.discord.wait_until("a welcome", |d| !d.direct_messages(club.owner).is_empty()).await;
    let welcome = club.discord.direct_messages(club.owner);
    assert_eq!(welcome.len(), 1);
    let picker = button(&welcome[0], "follow:");
    let dm = club.discord.choose(Place::Dm, club.owner, id(&welcome[0]), &picker, &["night-ferries"]).await;
    assert!(outline(&dm.message()).contains("/follow topic:night-ferries"));
}

#[tokio::test]
async fn a_topic_can_be_picked_where_the_bot_says_hello_by_moderators_only() {
    use serenity::http::{LightMethod, Route};
    let (club, _, _bot) = Club::with_story().await;
    // As it stands in a server's own channel when nobody takes direct messages.
    let picker = newsdesk::bot::custom_id::sign(&club.key, "follow:-");
    let options = json!([{"label": "Night ferries", "value": "night-ferries"}]);
    let select = json!({"type": 3, "custom_id": picker, "options": options});
    let body = json!({
        "content": "Hello", "allowed_mentions": {"parse": []}, "components": [{"type": 1, "components": [select]}],
    });
    let route = Route::ChannelMessages { channel_id: club.news.into() };
    club.rest().send(LightMethod::Post, route, Some(&body), None).await.unwrap();
    let hello = id(&club.discord.messages(club.news)[0]);
    let mut script = Script::default();
    let refused = club.discord.choose(club.here(), club.ana, hello, &picker, &["night-ferries"]).await;
    script.write(&club, "ana picks", &refused).await;
    let asked = club.discord.choose(club.here(), club.moderator, hello, &picker, &["night-ferries"]).await;
    script.write(&club, "mo picks", &asked).await;
    let (message, news) = (asked.message(), club.news.to_string());
    let place = button(&message, "follow:night-ferries");
    let done = club.discord.choose(club.here(), club.moderator, id(&message), &place, &[&news]).await;
    script.write(&club, "mo chooses the channel", &done).await;
    insta::assert_snapshot!(script.0);
    let all = club.desk.store.subscriptions_of_desk(&DeskId::discord(club.guild)).await.unwrap();
    assert_eq!(
        all.iter().map(|s| (s.channel, s.created_by)).collect::<Vec<_>>(),
        [(club.news, club.moderator)]
    );
}
