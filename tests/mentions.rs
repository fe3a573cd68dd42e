//! Followers ask, the desk answers: each question once, whatever happens in between. Against a mailbox in memory that
//! behaves as the real one; `bluesky_mentions.rs` asks the real one.

mod fake;
mod ten;
mod walk;

use chrono::TimeDelta;
use newsdesk::mentions::{Limits, Settings};
use newsdesk::model::{Amendment, AmendmentKind, StoryCode};
use newsdesk::store::NewStory;

use fake::{Asked, Fault, US, mention, person, reply, talk};
pub(crate) use fake::{TEXT, TOPICS, tell_a_story};

impl Asked {
    /// A story about ferries, which our post `3kstory` tells.
    async fn tells_a_story(&self) -> NewStory {
        tell_a_story(&self.desk, self.now(), US, "3kstory").await
    }

    async fn retracts(&self, code: &StoryCode) {
        let amendment = Amendment {
            code: code.clone(),
            kind: AmendmentKind::Retraction,
            text: "The timetable was last year's.".to_owned(),
            by: "the moderators of Harbour Club".to_owned(),
            at: self.now(),
        };
        assert!(self.desk.store.save_amendment(&amendment).await.unwrap());
    }
}

fn our_post() -> String {
    format!("at://{US}/app.bsky.feed.post/3kstory")
}

#[tokio::test]
async fn a_mention_is_answered_once_also_after_a_restart() {
    let mut asked = Asked::open(Settings::default()).await;
    let uri = asked.receives(mention(1, "ana", "topics?", asked.now()));
    let report = asked.round().await;
    assert_eq!((report.taken, report.answered, report.waiting), (1, 1, 0));
    assert_eq!(
        asked.fake.answer_to(&uri),
        ["I read what is said in public about these topics:\n\n• Ferries (no story yet)\n\
             • Open source AI (no story yet)\n\n“latest on …” with a name tells the story."]
    );
    for _ in 0..3 {
        asked.pass_time(400);
        asked.restart();
        assert_eq!(asked.round().await.taken, 0);
    }
    assert_eq!(asked.fake.replies_to(&uri), 1);
}

#[tokio::test]
async fn under_a_story_a_bare_word_is_about_it() {
    let asked = Asked::open(Settings::default()).await;
    let story = asked.tells_a_story().await.story;
    let uri = asked.receives(reply(1, "ana", "sources?", &our_post(), asked.now()));
    asked.round().await;
    let answer = asked.fake.answer_to(&uri).concat();
    let head = format!("Sources of ““{TEXT}”” (story {}, version 1):", story.code);
    assert!(answer.starts_with(&head), "{answer}");
    assert!(answer.contains("[1] @ana, saltpan.example"), "{answer}");
    // Under the answer it is still about the story, and the answer's record links to the source.
    let (key, record) =
        asked.fake.with(|world| world.posts.first_key_value().map(|(k, v)| (k.clone(), v.clone())).unwrap());
    assert_eq!(record["reply"]["root"]["uri"], our_post());
    assert_eq!(record["facets"][0]["features"][0]["uri"], "https://saltpan.example/@ana/1");
    asked.pass_time(60);
    let more = asked.receives(reply(
        2,
        "ana",
        "what changed?",
        &format!("at://{US}/app.bsky.feed.post/{key}"),
        asked.now(),
    ));
    asked.round().await;
    assert!(asked.fake.answer_to(&more).concat().starts_with("What changed in ““The night ferry"));
}

#[tokio::test]
async fn a_post_that_is_not_answered_has_a_reason() {
    let settings = Settings { own: [person("own").did].into(), ..Settings::default() };
    let asked = Asked::open(settings).await;
    let now = asked.now();
    let mut all = Vec::new();
    let mut passes = |mail, reason: &'static str| all.push((asked.receives(mail), reason));
    passes(mention(1, "own", "topics", now), "own_account");
    let mut bot = mention(2, "bot", "topics", now);
    bot.author.labels.push("bot".to_owned());
    passes(bot, "bot");
    let mut spam = mention(3, "spam", "topics", now);
    spam.author.labels.push("spam".to_owned());
    passes(spam, "labelled");
    let mut blocked = mention(4, "blocked", "topics", now);
    blocked.author.blocked = true;
    passes(blocked, "blocked");
    passes(reply(5, "cleo", "sources?", "at://did:plc:somebody/app.bsky.feed.post/3kaaa", now), "not_ours");
    passes(reply(6, "dora", "great, thanks!", &our_post(), now), "not_asked");
    passes(mention(7, "eve", "you are the best", now), "not_asked");
    let gone = mention(8, "finn", "topics", now);
    asked.fake.with(|world| world.gone.insert(gone.uri.clone()));
    passes(gone, "gone");
    let closed = mention(9, "gus", "topics", now);
    asked.fake.with(|world| world.closed.insert(closed.uri.clone()));
    passes(closed, "closed");
    let mut ours = talk(10, "x", "@desk.example topics", now);
    ours.author.did = US.to_owned();
    passes(ours, "ourselves");
    let answered = asked.receives(mention(11, "hana", "topics", now));
    asked.round().await;
    for (uri, reason) in &all {
        assert_eq!(asked.fate(uri).await, *reason, "{uri}");
        assert_eq!(asked.fake.replies_to(uri), 0);
    }
    assert_eq!(asked.fate(&answered).await, "answered");
    let mut connection = asked.desk.database.connect().await;
    let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM question WHERE body <> '' OR sealed <> ''")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(left, 0, "words of what is done are kept");
}

#[tokio::test]
async fn whatever_happens_to_the_request_there_is_one_answer() {
    for fault in
        [Fault::LostAnswer, Fault::LostRequest, Fault::Down, Fault::TooMany(90), Fault::OverBudget(600)]
    {
        let mut asked = Asked::open(Settings::default()).await;
        asked.fake.with(|world| world.faults.push_back(fault.clone()));
        let uri = asked.receives(mention(1, "ana", "help", asked.now()));
        let report = asked.round().await;
        assert_eq!((report.answered, report.waiting), (0, 1), "{fault:?}");
        // Whoever asks us to wait is not asked again before.
        let wait = match &fault {
            Fault::TooMany(wait) | Fault::OverBudget(wait) => i64::try_from(*wait).unwrap(),
            Fault::LostAnswer | Fault::LostRequest | Fault::Down | Fault::Refused => 30,
        };
        asked.pass_time(wait - 1);
        assert_eq!(asked.round().await.answered, 0, "{fault:?}");
        asked.pass_time(1);
        asked.restart();
        assert_eq!(asked.round().await.answered, 1, "{fault:?}");
        assert_eq!(asked.fake.replies_to(&uri), 1, "{fault:?}");
        assert_eq!(asked.fate(&uri).await, "answered", "{fault:?}");
    }
}

#[tokio::test]
async fn what_the_server_refuses_is_passed_over() {
    let asked = Asked::open(Settings::default()).await;
    asked.fake.with(|world| world.faults.push_back(Fault::Refused));
    let uri = asked.receives(mention(1, "ana", "help", asked.now()));
    asked.round().await;
    assert_eq!(asked.fate(&uri).await, "refused");
}

#[tokio::test]
async fn a_crash_between_sealing_and_noting_makes_no_second_answer() {
    let mut asked = Asked::open(Settings::default()).await;
    // Sealed and sent, but not noted; and sealed, but not sent.
    for fault in [Fault::LostAnswer, Fault::LostRequest] {
        asked.fake.with(|world| world.faults.push_back(fault.clone()));
        let n = 1 + usize::from(fault == Fault::LostRequest);
        let uri = asked.receives(mention(n, "ana", "topics", asked.now()));
        asked.round().await;
        let sealed = asked.fake.with(|world| world.posts.clone());
        asked.execute("UPDATE question SET due_ms = 0 WHERE state = 'sending'").await;
        asked.restart();
        assert_eq!(asked.round().await.answered, 1, "{fault:?}");
        assert_eq!(asked.fake.replies_to(&uri), 1, "{fault:?}");
        if fault == Fault::LostAnswer {
            assert_eq!(asked.fake.with(|world| world.posts.clone()), sealed, "to the byte");
        }
        asked.pass_time(60);
    }
}

#[tokio::test]
async fn a_key_that_something_else_has_taken_is_given_up() {
    let mut asked = Asked::open(Settings::default()).await;
    let now = asked.now();
    asked.fake.with(|world| world.faults.push_back(Fault::LostRequest));
    let uri = asked.receives(mention(1, "ana", "help", now));
    asked.round().await;
    let mut connection = asked.desk.database.connect().await;
    let sealed: String =
        sqlx::query_scalar("SELECT sealed FROM question").fetch_one(&mut connection).await.unwrap();
    let sealed: serde_json::Value = serde_json::from_str(&sealed).unwrap();
    let key = sealed["writes"][0]["key"].as_str().unwrap().to_owned();
    asked.fake.with(|world| world.posts.insert(key, serde_json::json!({ "text": "somebody else's" })));
    asked.pass_time(31);
    asked.restart();
    asked.rounds(3).await;
    assert_eq!(asked.fake.replies_to(&uri), 1);
}

#[tokio::test]
async fn whoever_says_stop_is_told_once_and_left_alone_until_they_ask_again() {
    let asked = Asked::open(Settings::default()).await;
    asked.tells_a_story().await;
    // The question before it is not answered any more either.
    let before = asked.receives(mention(1, "ana", "topics", asked.now()));
    let stop = asked.receives(reply(2, "ana", "stop", &our_post(), asked.now() + TimeDelta::seconds(1)));
    asked.pass_time(5);
    asked.round().await;
    assert_eq!(asked.fate(&before).await, "silenced");
    assert_eq!(
        asked.fake.answer_to(&stop),
        ["Done. I will not reply to you any more. Mention me with “start again” to undo this."]
    );
    for (n, text) in [(3, "topics"), (4, "stop"), (5, "why?")] {
        asked.pass_time(60);
        let uri = asked.receives(mention(n, "ana", text, asked.now()));
        asked.round().await;
        assert_eq!(asked.fate(&uri).await, "silenced", "{text}");
    }
    let other = asked.receives(reply(6, "ben", "why?", &our_post(), asked.now()));
    asked.round().await;
    assert_eq!(asked.fate(&other).await, "answered", "nobody else is silenced");
    let again = asked.receives(mention(7, "ana", "start again", asked.now()));
    asked.round().await;
    assert_eq!(asked.fake.replies_to(&again), 1);
    let after = asked.receives(mention(8, "ana", "topics", asked.now()));
    asked.round().await;
    assert_eq!(asked.fate(&after).await, "answered");
}

#[tokio::test]
async fn a_thread_is_left_by_whom_it_belongs_to() {
    let settings = Settings { moderators: [person("mod").did].into(), ..Settings::default() };
    let asked = Asked::open(settings).await;
    asked.tells_a_story().await;
    let thread = "at://did:plc:anaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.post/3kroot";
    let in_thread = |n: usize, by: &str, text: &str| {
        let mut mail = mention(n, by, text, asked.now());
        let root = serde_json::json!({ "uri": thread, "cid": "bafyreiroot" });
        mail.record["reply"] = serde_json::json!({ "root": root, "parent": root });
        asked.receives(mail)
    };
    // A guest is left alone there, and only there.
    let guest = in_thread(1, "ben", "leave this thread");
    asked.round().await;
    assert!(asked.fake.answer_to(&guest).concat().contains("not reply to you in this thread"));
    asked.pass_time(10);
    let (there, elsewhere) =
        (in_thread(2, "ben", "topics"), asked.receives(mention(3, "ben", "topics", asked.now())));
    let host = in_thread(4, "cleo", "topics");
    asked.round().await;
    assert_eq!(asked.fate(&there).await, "silenced");
    assert_eq!(asked.fate(&elsewhere).await, "answered");
    assert_eq!(asked.fate(&host).await, "answered");
    // Whoever began the thread silences all of it.
    asked.pass_time(10);
    in_thread(5, "ana", "leave this thread");
    asked.round().await;
    asked.pass_time(10);
    let (cleo, ana) =
        (in_thread(6, "cleo", "topics"), asked.receives(mention(7, "ana", "topics", asked.now())));
    asked.round().await;
    assert_eq!(asked.fate(&cleo).await, "silenced");
    assert_eq!(asked.fate(&ana).await, "answered", "elsewhere she may still ask");
    // So does a moderator, under our own story too; and is not silenced by that.
    asked.receives(reply(8, "mod", "stop", &our_post(), asked.now()));
    asked.round().await;
    asked.pass_time(10);
    let (under, moderator) = (
        asked.receives(reply(9, "dora", "why?", &our_post(), asked.now())),
        asked.receives(mention(10, "mod", "topics", asked.now())),
    );
    asked.round().await;
    assert_eq!(asked.fate(&under).await, "silenced");
    assert_eq!(asked.fate(&moderator).await, "answered");
}

#[tokio::test]
async fn one_person_gets_so_many_answers() {
    let limits = Limits { person_hour: 3, person_day: 5, person_thread: 8, ..Limits::default() };
    let asked = Asked::open(Settings { limits, ..Settings::default() }).await;
    let mut fates = Vec::new();
    for n in 0..12 {
        let uri = asked.receives(mention(n, "ana", "topics", asked.now()));
        asked.round().await;
        fates.push(asked.fate(&uri).await);
        asked.pass_time(if n % 4 == 3 { 3_600 } else { 60 });
    }
    let of = |text: &str| fates.iter().filter(|fate| *fate == text).count();
    assert_eq!((of("answered"), of("limited")), (5, 7), "{fates:?}");
    assert_eq!(fates[3], "limited");
    assert_eq!(fates[4], "answered", "an hour later there is room again");
    // In one thread, two that talk to each other end.
    let deep = Limits { person_thread: 2, person_hour: 99, person_day: 99, ..Limits::default() };
    let asked = Asked::open(Settings { limits: deep, ..Settings::default() }).await;
    asked.tells_a_story().await;
    let mut last = String::new();
    for n in 0..4 {
        last = asked.receives(reply(n, "ana", "why?", &our_post(), asked.now()));
        asked.round().await;
        asked.pass_time(3_700);
    }
    assert_eq!(asked.fate(&last).await, "deep");
    assert_eq!(asked.fake.with(|world| world.applied), 2);
}

#[tokio::test]
async fn the_account_answers_so_much_and_the_rest_waits() {
    let limits = Limits { account_hour: 4, ..Limits::default() };
    let asked = Asked::open(Settings { limits, ..Settings::default() }).await;
    for n in 0..10 {
        asked.receives(mention(n, &format!("p{n}"), "topics", asked.now()));
    }
    let report = asked.round().await;
    assert_eq!((report.taken, report.answered, report.waiting), (10, 4, 6));
    asked.pass_time(3_590);
    assert_eq!(asked.round().await.answered, 0);
    asked.pass_time(20);
    assert_eq!(asked.round().await.answered, 4);
    asked.pass_time(3_610);
    assert_eq!(asked.round().await.waiting, 0);
}

#[tokio::test]
async fn the_past_is_not_answered() {
    let asked = Asked::open(Settings::default()).await;
    let now = asked.now();
    let days = |days: i64| now + TimeDelta::days(days);
    let (old, fresh) = (asked.receives(mention(1, "ana", "topics", now + TimeDelta::minutes(1))), days(1));
    let unseen = asked.receives(mention(2, "ben", "topics", now + TimeDelta::minutes(2)));
    // The program was away.
    asked.clock.set(fresh + TimeDelta::hours(2));
    let new = asked.receives(mention(3, "cleo", "topics", fresh + TimeDelta::hours(1)));
    asked.round().await;
    assert_eq!(asked.fate(&old).await, "too_late");
    assert_eq!(asked.fate(&new).await, "answered");
    assert_eq!(asked.fate(&unseen).await, "too_late");
}

#[tokio::test]
async fn a_question_we_do_not_understand_is_said_so_once_a_day() {
    let asked = Asked::open(Settings::default()).await;
    let mut fates = Vec::new();
    for n in 0..3 {
        let uri = asked.receives(mention(n, "ana", "who won the election?", asked.now()));
        asked.round().await;
        fates.push(asked.fate(&uri).await);
        asked.pass_time(600);
    }
    assert_eq!(fates, ["answered", "not_asked", "not_asked"]);
}

#[tokio::test]
async fn a_retracted_story_says_only_that_and_its_answers_go() {
    let asked = Asked::open(Settings::default()).await;
    let story = asked.tells_a_story().await.story;
    let told = asked.receives(reply(1, "ana", "sources", &our_post(), asked.now()));
    let listed = asked.receives(mention(2, "ben", "latest", asked.now()));
    let kept = asked.receives(mention(3, "cleo", "help", asked.now()));
    asked.round().await;
    assert!(asked.fake.answer_to(&listed).concat().contains("night ferry"));
    asked.pass_time(60);
    asked.retracts(&story.code).await;
    assert_eq!(asked.round().await.withdrawn, 2);
    assert_eq!(asked.fake.replies_to(&told) + asked.fake.replies_to(&listed), 0);
    assert_eq!(asked.fake.replies_to(&kept), 1);
    asked.pass_time(60);
    for (n, text) in ["sources", "faq 1", "why", "what changed", "any news?"].into_iter().enumerate() {
        let uri = asked.receives(reply(10 + n, &format!("p{n}"), text, &our_post(), asked.now()));
        asked.round().await;
        let answer = asked.fake.answer_to(&uri).concat();
        assert_eq!(
            answer,
            format!(
                "Retracted: story {}\n\nThe timetable was last year's.\n\n17 March 2031, by the moderators of Harbour Club",
                story.code
            ),
            "{text}"
        );
    }
    assert_eq!(asked.round().await.withdrawn, 0, "a notice may stand");
}

#[tokio::test]
async fn every_answer_is_a_reply_of_at_most_three_posts_that_hang_together() {
    let asked = Asked::open(Settings::default()).await;
    asked.tells_a_story().await;
    let texts = [
        "help",
        "topics",
        "latest",
        "latest on ferries",
        "sources ferries",
        "faq ferries",
        "search ferry",
        "why ferries",
    ];
    for (n, text) in texts.into_iter().enumerate() {
        asked.receives(mention(n, &format!("p{n}"), text, asked.now()));
    }
    asked.rounds(3).await;
    asked.fake.with(|world| {
        assert!(world.posts.len() >= texts.len());
        for record in world.posts.values() {
            let text = record["text"].as_str().unwrap();
            assert!(!text.contains("desk.example"), "{text}");
            assert!(record["reply"]["root"]["cid"].as_str().unwrap().starts_with("bafyr"));
            let mentions = record["facets"].to_string();
            assert!(!mentions.contains("#mention"), "{mentions}");
        }
    });
}

#[tokio::test]
async fn what_is_done_is_forgotten_after_a_season_and_not_answered_again() {
    let asked = Asked::open(Settings::default()).await;
    let uri = asked.receives(mention(1, "ana", "topics", asked.now()));
    asked.round().await;
    for _ in 0..92 {
        asked.pass_time(86_400);
        let daily = asked.now();
        asked.receives(mention(usize::try_from(daily.timestamp()).unwrap(), "ben", "thanks", daily));
        asked.round().await;
    }
    assert_eq!(asked.fate(&uri).await, "unknown", "it is forgotten");
    asked.round().await;
    assert_eq!(asked.fake.replies_to(&uri), 1);
}
