//! What members and moderators see of the bot, told from their side of a local Discord.

use std::time::Duration;

use newsdesk::bot::Stop;
use newsdesk::model::{Amendment, AmendmentKind, DeskId, StoryCode};
use serde_json::{Value, json};

use crate::support::club::{Club, Script, button, id, later, outline};
use crate::support::discord::{Answer, Discord, Place};

/// Every command, with options that work.
fn commands(code: &StoryCode, club: &Club) -> Vec<(&'static str, Value)> {
    let code = code.as_str();
    vec![
        ("story", json!({"topic": "night-ferries"})),
        ("sources", json!({"story": code})),
        ("faq", json!({"story": code})),
        ("changed", json!({"story": code})),
        ("why", json!({"about": "night-ferries"})),
        ("topics", json!({})),
        ("search", json!({"words": "ferry bicycles"})),
        ("status", json!({})),
        ("follow", json!({"topic": "night-ferries", "channel": club.news.to_string()})),
        ("settings show", json!({})),
        ("settings notices", json!({"channel": club.news.to_string()})),
        ("settings approval", json!({"wait": true})),
        ("mute", json!({"kind": "word", "value": "Timetable"})),
        ("scan", json!({"topic": "night-ferries"})),
        ("approve", json!({"story": code})),
        ("hold", json!({"story": code})),
        ("unfollow", json!({"topic": "night-ferries"})),
        ("correct", json!({"story": code, "text": "It sails from 2 May, not from 1 May."})),
        ("retract", json!({"story": code, "reason": "The announcement was a hoax."})),
        ("audit", json!({})),
    ]
}

const MEMBERS: usize = 8;

#[tokio::test]
async fn members_get_answers() {
    let (club, code, _bot) = Club::with_story().await;
    let mut script = Script::default();
    for (command, options) in commands(&code, &club).into_iter().take(MEMBERS) {
        let answer = script.command(&club, club.ana, command, options).await;
        assert!(answer.ephemeral(), "/{command}");
        club.clock.set(later(&club, 60));
    }
    script.command(&club, club.ana, "why", json!({"about": code.as_str()})).await;
    script.command(&club, club.ana, "why", json!({"about": "https://saltpan.example/@ana/3"})).await;
    script.command(&club, club.ana, "faq", json!({"story": code.as_str(), "number": 2})).await;
    insta::assert_snapshot!(script.0);
    assert!(club.discord.messages(club.news).is_empty(), "nobody else was bothered");
}

#[tokio::test]
async fn moderators_steer() {
    let (club, code, _bot) = Club::with_story().await;
    let mut script = Script::default();
    for (command, options) in commands(&code, &club).into_iter().skip(MEMBERS) {
        let answer = script.command(&club, club.moderator, command, options).await;
        assert!(answer.ephemeral(), "/{command}");
        club.clock.set(later(&club, 60));
    }
    let form = club.discord.slash(club.here(), club.moderator, "settings edit", json!({})).await;
    script.write(&club, "/settings edit", &form).await;
    let form_id = form.modal()["custom_id"].as_str().unwrap().to_owned();
    let fields = json!({"zone": "Europe/Lisbon", "language": "pt", "quiet": "23-6", "hour": "9"});
    let answer = club.discord.submit(club.here(), club.moderator, &form_id, fields).await;
    script.write(&club, "the form is sent", &answer).await;
    insta::assert_snapshot!(script.0.replace(code.as_str(), "CODE"));
    assert_eq!(
        club.orders(),
        [
            "scan night-ferries".to_owned(),
            format!("correct {code}: It sails from 2 May, not from 1 May. (the moderators of Harbour Club)"),
            format!("retract {code}: The announcement was a hoax. (the moderators of Harbour Club)"),
        ]
    );
}

#[tokio::test]
async fn what_is_not_there_is_said_with_a_way_on() {
    let (club, code, _bot) = Club::with_story().await;
    let mut script = Script::default();
    let code = code.as_str();
    let cases = [
        ("story", json!({"topic": "tide-mills"})),
        ("story", json!({"topic": "night-feries"})),
        ("story", json!({"topic": "`@everyone` **zzz**"})),
        ("sources", json!({"story": "0000000"})),
        ("faq", json!({"story": "tide-mill"})),
        ("changed", json!({"story": "tide-mills"})),
        ("why", json!({"about": "https://nobody.example/1"})),
        ("why", json!({"about": "tide-mills"})),
        ("search", json!({"words": "submarine"})),
        ("search", json!({"words": "ferry", "topic": "submarines"})),
        ("search", json!({"words": "  x"})),
    ];
    for (command, options) in cases {
        script.command(&club, club.ana, command, options).await;
        club.clock.set(later(&club, 60));
    }
    let cases = [
        ("follow", json!({"topic": "submarines"})),
        ("unfollow", json!({"topic": "tide-mills"})),
        ("unfollow", json!({"topic": "submarines"})),
        ("scan", json!({"topic": "tide-mils"})),
        ("approve", json!({"story": code})),
        ("hold", json!({"story": code})),
        ("approve", json!({"story": "0000000"})),
        ("mute", json!({"kind": "story", "value": "not a code"})),
        ("mute", json!({"kind": "author", "value": "@lantern", "remove": true})),
        ("mute", json!({"kind": "word", "value": "x"})),
        ("correct", json!({"story": "tide-mills", "text": "It was otherwise."})),
        ("retract", json!({"story": "0000000", "reason": "It was a hoax."})),
        ("audit", json!({})),
    ];
    for (command, options) in cases {
        script.command(&club, club.moderator, command, options).await;
        club.clock.set(later(&club, 60));
    }
    let form = club.discord.slash(club.here(), club.moderator, "settings edit", json!({})).await;
    let form_id = form.modal()["custom_id"].as_str().unwrap().to_owned();
    let answer =
        club.discord.submit(club.here(), club.moderator, &form_id, json!({"zone": "Atlantis"})).await;
    script.write(&club, "a time zone that is none", &answer).await;
    insta::assert_snapshot!(script.0.replace(code, "CODE"));
}

#[tokio::test]
async fn who_is_no_moderator_is_shown_no_moderators_commands() {
    let (club, code, _bot) = Club::with_story().await;
    for (command, options) in commands(&code, &club).into_iter().skip(MEMBERS) {
        let answer = club.discord.slash(club.here(), club.ana, command, options).await;
        assert_eq!(answer.kind_name(), "forbidden", "/{command}");
    }
    assert!(club.orders().is_empty());
}

#[tokio::test]
async fn in_direct_messages_questions_are_answered_and_nothing_is_steered() {
    let (club, code, _bot) = Club::with_story().await;
    for (n, (command, options)) in commands(&code, &club).into_iter().enumerate() {
        let answer = club.discord.slash(Place::Dm, club.ana, command, options).await;
        let right = if n < MEMBERS { "message" } else { "forbidden" };
        assert_eq!(answer.kind_name(), right, "/{command}");
        club.clock.set(later(&club, 60));
    }
}

#[tokio::test]
async fn a_slow_answer_is_promised_first_and_then_the_same() {
    let mut club = Club::open().await;
    let code = club.tells_a_story().await;
    let quick = club.runs().await;
    let mut answers = Vec::new();
    for (command, options) in commands(&code, &club).into_iter().take(MEMBERS) {
        answers
            .push(outline(&club.discord.slash(club.here(), club.ana, command, options).await.wait().await));
        club.clock.set(later(&club, 60));
    }
    assert_eq!(quick.stop().await.unwrap(), Stop::Asked);
    club.patience = Duration::ZERO;
    let _slow = club.runs().await;
    for ((command, options), quick) in commands(&code, &club).into_iter().zip(answers) {
        let answer = club.discord.slash(club.here(), club.ana, command, options).await;
        assert_eq!(answer.kind_name(), "deferred", "/{command}");
        assert!(answer.ephemeral(), "/{command}");
        let late = outline(&answer.wait().await);
        // Times that are told relative to now have moved on with the clock.
        assert_eq!(without_times(&late), without_times(&quick), "/{command}");
        club.clock.set(later(&club, 60));
    }
    for (command, options) in commands(&code, &club).into_iter().skip(MEMBERS) {
        let answer = club.discord.slash(club.here(), club.moderator, command, options).await;
        assert_eq!(answer.kind_name(), "deferred", "/{command}");
        assert!(!outline(&answer.wait().await).is_empty(), "/{command}");
        club.clock.set(later(&club, 60));
    }
}

fn without_times(text: &str) -> String {
    text.split("<t:")
        .enumerate()
        .map(|(n, part)| if n == 0 { part } else { part.split_once('>').map_or("", |p| p.1) })
        .collect()
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_dropped_and_nothing_else_happens() {
    let (club, code, _bot) = Club::with_story().await;
    club.discord.callback_within(Duration::ZERO);
    for (n, (command, options)) in commands(&code, &club).into_iter().enumerate() {
        let user = if n < MEMBERS { club.ana } else { club.moderator };
        let answer = club.discord.slash(club.here(), user, command, options).await;
        assert_eq!(answer.kind_name(), "none", "/{command}");
        club.clock.set(later(&club, 60));
    }
    club.discord.callback_within(Duration::from_secs(3));
    let answer = club.discord.slash(club.here(), club.ana, "topics", json!({})).await;
    assert_eq!(answer.kind_name(), "message", "the bot goes on");
    assert!(club.discord.messages(club.news).is_empty());
}

#[tokio::test]
async fn a_promise_that_has_expired_is_let_go() {
    let mut club = Club::open().await;
    let code = club.tells_a_story().await;
    club.patience = Duration::ZERO;
    let _bot = club.runs().await;
    let callbacks =
        || club.discord.requests().iter().filter(|r| r.path.contains("/messages/@original")).count();
    let fault =
        crate::support::discord::Fault::new(crate::support::discord::What::Slow(Duration::from_millis(300)))
            .on("POST", "/interactions/*/*/callback");
    let _armed = club.discord.fault(fault);
    let answer = club.discord.slash(club.here(), club.ana, "faq", json!({"story": code.as_str()})).await;
    club.discord.expire_interactions();
    club.discord.wait_until("the edit was tried", |_| callbacks() == 1).await;
    assert_eq!(answer.kind_name(), "deferred");
    let answer = club.discord.slash(club.here(), club.ana, "topics", json!({})).await;
    answer.wait().await;
}

#[tokio::test]
async fn an_event_that_comes_twice_is_answered_once() {
    let (club, code, _bot) = Club::with_story().await;
    for (command, options) in commands(&code, &club).into_iter().take(MEMBERS) {
        club.discord.duplicate_events(1);
        let before = callbacks(&club.discord);
        let answer = club.discord.slash(club.here(), club.ana, command, options).await;
        assert_eq!(answer.kind_name(), "message", "/{command}");
        // The next answer comes after whatever the duplicate might have caused.
        club.clock.set(later(&club, 60));
        club.discord.slash(club.here(), club.bo, "topics", json!({})).await;
        assert_eq!(callbacks(&club.discord), before + 2, "/{command}");
    }
}

fn callbacks(discord: &Discord) -> usize {
    discord.requests().iter().filter(|r| r.path.ends_with("/callback")).count()
}

#[tokio::test]
async fn pressing_twice_is_pressing_once() {
    let (club, code, _bot) = Club::with_story().await;
    let answer = club.discord.slash(club.here(), club.ana, "sources", json!({"story": code.as_str()})).await;
    let message = answer.message();
    let next = button(&message, &format!("sources:{code}:2:1:"));
    let press = || club.discord.press(club.here(), club.ana, id(&message), &next);
    let (one, two) = tokio::join!(press(), press());
    assert_eq!((one.kind_name(), two.kind_name()), ("updated", "updated"));
    assert_eq!(outline(&one.message()), outline(&two.message()));
    assert!(outline(&one.message()).contains("Page 2 of 2"));
    // Following twice is following once.
    let follow = || {
        let options = json!({"topic": "night-ferries"});
        club.discord.slash(club.here(), club.moderator, "follow", options)
    };
    let (one, two) = tokio::join!(follow(), follow());
    let both = [outline(&one.message()), outline(&two.message())];
    assert_eq!(both.iter().filter(|text| text.starts_with("# Followed")).count(), 1, "{both:?}");
    let desk = DeskId::discord(club.guild);
    assert_eq!(club.desk.store.subscriptions_of_desk(&desk).await.unwrap().len(), 1);
    assert_eq!(club.desk.store.audit_of(&desk, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn pages_turn_after_a_restart_and_only_for_whom_they_belong_to() {
    let (club, code, bot) = Club::with_story().await;
    let options = json!({"story": code.as_str(), "share": true});
    let answer = club.discord.slash(club.here(), club.ana, "sources", options).await;
    assert!(!answer.ephemeral());
    let message = answer.message();
    assert_eq!(bot.stop().await.unwrap(), Stop::Asked);
    let registrations = || club.discord.requests().iter().filter(|r| r.path.ends_with("/commands")).count();
    assert_eq!(registrations(), 1);
    let _again = club.runs().await;
    let next = button(&message, &format!("sources:{code}:2:1:"));
    let mut script = Script::default();
    let stranger = club.discord.press(club.here(), club.bo, id(&message), &next).await;
    script.write(&club, "bo turns ana's page", &stranger).await;
    assert!(stranger.ephemeral());
    let owner = club.discord.press(club.here(), club.ana, id(&message), &next).await;
    script.write(&club, "ana turns it", &owner).await;
    let faq = club.discord.press(club.here(), club.bo, id(&message), &button(&message, "faq:")).await;
    assert!(faq.ephemeral() && faq.kind_name() == "message", "everyone may ask below it");
    insta::assert_snapshot!(script.0.replace(code.as_str(), "CODE"));
    assert_eq!(registrations(), 1, "what has not changed is not registered again");
}

#[tokio::test]
async fn a_button_of_another_key_names_the_command() {
    let (mut club, code, bot) = Club::with_story().await;
    let answer = club.discord.slash(club.here(), club.ana, "story", json!({"topic": "night-ferries"})).await;
    let message = answer.message();
    bot.stop().await.unwrap();
    club.key = [8; 32];
    let _again = club.runs().await;
    let mut script = Script::default();
    for verb in ["sources", "why", "dispute"] {
        let answer = club.discord.press(club.here(), club.ana, id(&message), &button(&message, verb)).await;
        assert!(answer.ephemeral());
        script.write(&club, verb, &answer).await;
    }
    insta::assert_snapshot!(script.0.replace(code.as_str(), "CODE"));
}

#[tokio::test]
async fn many_questions_at_once_are_asked_to_wait() {
    let (club, _, _bot) = Club::with_story().await;
    for _ in 0..8 {
        let answer = club.discord.slash(club.here(), club.ana, "topics", json!({})).await;
        assert!(outline(&answer.message()).starts_with("# Topics"));
    }
    let answer = club.discord.slash(club.here(), club.ana, "topics", json!({})).await;
    assert!(answer.ephemeral());
    insta::assert_snapshot!(outline(&answer.message()), @r"
    # One moment, please
    Those were many questions at once. The next one is welcome <t:1931504404:R>.
    ");
    let answer = club.discord.slash(club.here(), club.bo, "topics", json!({})).await;
    assert!(outline(&answer.message()).starts_with("# Topics"), "somebody else is answered");
    club.clock.set(later(&club, 5));
    let answer = club.discord.slash(club.here(), club.ana, "topics", json!({})).await;
    assert!(outline(&answer.message()).starts_with("# Topics"), "a little later all is well");
}

#[tokio::test]
async fn topics_and_stories_are_offered_while_typing() {
    let (club, code, _bot) = Club::with_story().await;
    let offered = async |command: &str, option: &str, typed: &str, user: u64| {
        let at = club.here();
        let choices = club.discord.autocomplete(at, user, command, option, typed, json!({})).await;
        choices.iter().map(|c| format!("{} = {}", c["name"], c["value"]).replace('"', "")).collect::<Vec<_>>()
    };
    let story = format!("Night ferry to Farholm sails again from 1 May · {code} = {code}");
    let (ana, mo) = (club.ana, club.moderator);
    assert_eq!(
        offered("story", "topic", "ferr", ana).await,
        ["Night ferries = night-ferries", story.as_str()]
    );
    assert_eq!(offered("sources", "story", "farh sail", ana).await, [story.as_str()]);
    assert_eq!(offered("faq", "story", &code.as_str().to_lowercase(), ana).await, [story.as_str()]);
    assert_eq!(
        offered("follow", "topic", "", mo).await,
        ["Night ferries = night-ferries", "Tide mills = tide-mills"]
    );
    assert_eq!(offered("unfollow", "topic", "", mo).await, Vec::<String>::new());
    assert_eq!(offered("story", "topic", "submarine", ana).await, Vec::<String>::new());
}

#[tokio::test]
async fn corrections_are_told_and_a_retracted_story_is_never_told_again() {
    let (club, code, _bot) = Club::with_story().await;
    let amendment = |kind, text: &str| Amendment {
        code: code.clone(),
        kind,
        text: text.to_owned(),
        by: "the moderators of Harbour Club".to_owned(),
        at: later(&club, 0),
    };
    let corrected = amendment(AmendmentKind::Correction, "It sails **five** nights a week, not six.");
    club.desk.store.save_amendment(&corrected).await.unwrap();
    let answer = club.discord.slash(club.here(), club.ana, "story", json!({"topic": code.as_str()})).await;
    let text = outline(&answer.message());
    let told = "## Correction\nIt sails \\*\\*five\\*\\* nights a week, not six.\n-# by the moderators of Harbour Club";
    assert!(text.contains(told), "{text}");
    let retracted = amendment(AmendmentKind::Retraction, "The announcement was a hoax.");
    club.desk.store.save_amendment(&retracted).await.unwrap();
    let mut script = Script::default();
    for (command, options) in commands(&code, &club).into_iter().take(MEMBERS - 2) {
        let answer = script.command(&club, club.ana, command, options).await;
        let text = outline(&answer.message());
        assert!(!text.contains("Farholm"), "/{command}: {text}");
        club.clock.set(later(&club, 60));
    }
    let answer = club.discord.slash(club.here(), club.ana, "search", json!({"words": "ferry again"})).await;
    assert!(!outline(&answer.message()).contains(code.as_str()));
    let offered =
        club.discord.autocomplete(club.here(), club.ana, "faq", "story", "farholm", json!({})).await;
    assert_eq!(offered, Vec::<Value>::new());
    insta::assert_snapshot!(script.0.replace(code.as_str(), "CODE"));
}

#[tokio::test]
async fn everything_asked_twice_at_once_and_after_a_restart_is_answered() {
    let (club, code, bot) = Club::with_story().await;
    let answered = |what: &str, answer: &Answer, shown: &Value| {
        assert_ne!(answer.kind_name(), "none", "{what}");
        assert!(!shown.to_string().contains("went wrong"), "{what}: {}", outline(shown));
    };
    let members = commands(&code, &club).into_iter().take(MEMBERS).map(|asked| (club.ana, asked));
    let moderators = commands(&code, &club).into_iter().skip(MEMBERS).map(|asked| (club.moderator, asked));
    let all: Vec<(u64, (&'static str, Value))> = members.chain(moderators).collect();
    let mut before = Vec::new();
    for (user, (command, options)) in &all {
        let ask = || club.discord.slash(club.here(), *user, command, options.clone());
        let (one, two) = tokio::join!(ask(), ask());
        for answer in [&one, &two] {
            answered(command, answer, &answer.wait().await);
        }
        before.push(one.kind_name());
        club.clock.set(later(&club, 60));
    }
    let story = club.discord.slash(club.here(), club.ana, "story", json!({"topic": "night-ferries"})).await;
    let story = story.wait().await;
    let buttons = ["sources:", "faq:", "changed:", "why:"];
    let mut shown = Vec::new();
    for verb in buttons {
        let press = || async {
            let custom_id = button(&story, verb);
            club.discord.press(club.here(), club.ana, id(&story), &custom_id).await
        };
        let (one, two) = tokio::join!(press(), press());
        let (first, second) = (one.wait().await, two.wait().await);
        answered(verb, &one, &first);
        assert_eq!(outline(&first), outline(&second), "{verb} pressed twice shows the same twice");
        shown.push(outline(&first));
        club.clock.set(later(&club, 60));
    }

    bot.stop().await.unwrap();
    let _again = club.runs().await;
    for ((user, (command, options)), kind) in all.iter().zip(before) {
        let answer = club.discord.slash(club.here(), *user, command, options.clone()).await;
        answered(command, &answer, &answer.wait().await);
        assert_eq!(answer.kind_name(), kind, "/{command}");
        club.clock.set(later(&club, 60));
    }
    for (verb, shown) in buttons.into_iter().zip(shown) {
        let answer = club.discord.press(club.here(), club.ana, id(&story), &button(&story, verb)).await;
        assert_eq!(outline(&answer.wait().await), shown, "{verb} after a restart");
        club.clock.set(later(&club, 60));
    }
}
