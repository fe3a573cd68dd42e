//! A command while the gateway or its callback fails: the member gets one answer.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::club::Club;
use crate::support::discord::{Discord, Fault, What};

fn callbacks(discord: &Discord) -> usize {
    discord.requests().iter().filter(|r| r.path.ends_with("/callback")).count()
}

/// What goes wrong with the gateway, and whether the session outlives it.
const FAULTS: [(&str, bool); 9] = [
    ("op 7", true),
    ("op 9, resumable", true),
    ("op 9, gone", false),
    ("cut", true),
    ("4000", true),
    ("4009", false),
    ("1001", true),
    ("resume refused", false),
    ("heartbeat not answered", true),
];

fn befall(discord: &Discord, fault: &str) {
    match fault {
        "op 7" => discord.ask_to_reconnect(),
        "op 9, resumable" => discord.invalidate_session(true),
        "op 9, gone" => discord.invalidate_session(false),
        "resume refused" => {
            discord.refuse_resumes(1);
            discord.cut_gateway();
        }
        "cut" => discord.cut_gateway(),
        "heartbeat not answered" => discord.heartbeats(Duration::from_secs(1), false),
        code => discord.close_gateway(code.parse().unwrap()),
    }
}

async fn answered_once(fault: &str, resumable: bool) {
    let club = Club::open().await;
    let discord = club.discord.clone();
    discord.callback_within(Duration::from_secs(20));
    if fault == "heartbeat not answered" {
        discord.heartbeats(Duration::from_secs(1), true);
    }
    let _bot = club.runs().await;
    let (identifies, resumes) = (discord.identifies(), discord.resumes());
    befall(&discord, fault);
    // Somebody asks at once; what comes while nobody listens is told when the session goes on.
    if resumable {
        let before = callbacks(&discord);
        let answer = discord.slash(club.here(), club.ana, "topics", json!({})).await;
        assert_eq!((answer.kind_name(), callbacks(&discord) - before), ("message", 1), "{fault}");
    }
    let back = |d: &Discord| d.connected() && d.identifies() + d.resumes() > identifies + resumes;
    wait(&discord, fault, back).await;
    if fault == "heartbeat not answered" {
        discord.heartbeats(Duration::from_secs(1), true);
    }
    if !resumable {
        assert!(discord.identifies() > identifies, "{fault}: a new session");
    }
    let before = callbacks(&discord);
    let answer = discord.slash(club.here(), club.bo, "topics", json!({})).await;
    assert_eq!((answer.kind_name(), callbacks(&discord) - before), ("message", 1), "{fault}, afterwards");
    assert!(answer.followups().is_empty(), "{fault}");
    discord.finish();
}

/// Reconnecting takes a while: a session that is gone is begun anew after up to five seconds.
async fn wait(discord: &Discord, what: &str, there: impl Fn(&Discord) -> bool) {
    for _ in 0..400 {
        if there(discord) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it never came back after: {what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_befalls_the_gateway_a_command_is_answered_once() {
    join_all(FAULTS.map(|(fault, resumable)| answered_once(fault, resumable))).await;
}

/// Faults of the callback itself: the member sees one answer, whatever became of the first try.
async fn seen_once(what: What) {
    let (club, code, _bot) = Club::with_story().await;
    let discord = &club.discord;
    let fault = discord.fault(Fault::new(what.clone()).on("POST", "/interactions/*/*/callback"));
    let answer = discord.slash(club.here(), club.ana, "faq", json!({"story": code.as_str()})).await;
    assert_eq!(fault.hits(), 1, "{what:?}");
    assert_eq!(answer.kind_name(), "message", "{what:?}");
    assert!(answer.followups().is_empty(), "{what:?}: {:?}", answer.followups());
    // The bot is none the worse for it.
    let next = discord.slash(club.here(), club.bo, "topics", json!({})).await;
    assert_eq!(next.kind_name(), "message", "{what:?}");
    assert!(discord.messages(club.news).is_empty(), "{what:?}: nobody else was bothered");
    discord.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callback_that_goes_wrong_makes_one_answer() {
    let all = [
        What::LostAnswer,
        What::LostRequest,
        What::HalfAnswer,
        What::Status(500),
        What::StatusAfter(500),
        What::Slow(Duration::from_millis(1_500)),
    ];
    join_all(all.map(seen_once)).await;
}
