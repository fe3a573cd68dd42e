//! Each fault of a request × each kind of step: what stands there afterwards is what stands there without the fault.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use newsdesk::model::{AmendmentKind, Style};
use newsdesk::publish::discord::Look;

use crate::support::discord::{Fault, FaultHandle, What};
use crate::support::posting::{PATIENCE, Room, Tale, look};

/// The request that a fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Opening,
    Picture,
    Thread,
    FirstMessage,
    SecondMessage,
    Crosspost,
    ForumTags,
    ForumPost,
    ForumMessage,
    UpdateEdit,
    UpdateMessage,
    ForumUpdateEdit,
    ForumUpdateName,
    CorrectionEdit,
    CorrectionMessage,
    RetractionEdit,
    RetractionOfMessage,
    RetractionName,
    Removal,
    Digest,
}

const STEPS: [Step; 20] = [
    Step::Opening,
    Step::Picture,
    Step::Thread,
    Step::FirstMessage,
    Step::SecondMessage,
    Step::Crosspost,
    Step::ForumTags,
    Step::ForumPost,
    Step::ForumMessage,
    Step::UpdateEdit,
    Step::UpdateMessage,
    Step::ForumUpdateEdit,
    Step::ForumUpdateName,
    Step::CorrectionEdit,
    Step::CorrectionMessage,
    Step::RetractionEdit,
    Step::RetractionOfMessage,
    Step::RetractionName,
    Step::Removal,
    Step::Digest,
];

/// A switch: what happens, and to how many requests in a row.
#[derive(Clone, Debug)]
struct Switch {
    name: &'static str,
    what: What,
    times: usize,
    /// Discord remembers no nonce.
    forgetful: bool,
    /// The look whether it is there is lost, too.
    blind: bool,
}

fn switches() -> Vec<Switch> {
    let one = |name, what| Switch { name, what, times: 1, forgetful: true, blind: false };
    let second = Duration::from_secs(1);
    vec![
        one("lost answer", What::LostAnswer),
        Switch { forgetful: false, ..one("lost answer, nonce remembered", What::LostAnswer) },
        Switch { blind: true, ..one("lost answer, and the look for it", What::LostAnswer) },
        Switch { times: 3, ..one("lost answer thrice", What::LostAnswer) },
        one("lost request", What::LostRequest),
        one("half an answer", What::HalfAnswer),
        one("late answer", What::Slow(PATIENCE + Duration::from_millis(300))),
        one("429 of the bucket", What::TooManyForBucket(second)),
        one("429 of the bot", What::TooManyGlobal(second)),
        one("429 shared", What::TooManyShared(second)),
        one("429 for long", What::TooManyForBucket(Duration::from_secs(30))),
        one("429 unreadable", What::TooManyUnparsable),
        one("500", What::Status(500)),
        Switch { times: 4, ..one("502 for a while", What::Status(502)) },
        one("503", What::Status(503)),
        one("500 after acting", What::StatusAfter(500)),
        one("504 after acting", What::StatusAfter(504)),
    ]
}

/// Lives through the story of a step, with the switch on when its request comes; what stands there at the end.
async fn live(room: &Room, n: usize, step: Step, switch: Option<&Switch>) -> String {
    let hour = |h: i64| room.hour(i64::try_from(n).unwrap() * 24 + h);
    hour(1);
    let style = match step {
        Step::ForumTags
        | Step::ForumPost
        | Step::ForumMessage
        | Step::ForumUpdateEdit
        | Step::ForumUpdateName => Style::Forum,
        Step::Digest => Style::Digest,
        _ => Style::Thread,
    };
    let name = format!("{step:?}").to_lowercase();
    let channel = match style {
        Style::Forum => room.discord.forum(room.guild, &name, &["Ferries", "Breaking", "Developing"]),
        _ if step == Step::Crosspost => room.discord.news_channel(room.guild, &name),
        _ => room.discord.text_channel(room.guild, &name),
    };
    room.follows(channel, style).await;
    let first = Look { crosspost: step == Step::Crosspost, card: step == Step::Picture, ..look(style) };
    let mut tale = room.tale(n as u64).await;
    let on = |method: &str, path: &str, nth: usize| arm(room, switch, method, path, nth);
    let (whole, any) = (format!("/channels/{channel}"), "/channels/*/messages");
    let handle = match step {
        Step::Opening | Step::Picture => on("POST", &format!("{whole}/messages"), 1),
        Step::Thread => on("POST", &format!("{whole}/messages/*/threads"), 1),
        Step::FirstMessage => on("POST", any, 2),
        Step::SecondMessage => on("POST", any, 3),
        Step::Crosspost => on("POST", &format!("{whole}/messages/*/crosspost"), 1),
        Step::ForumTags => on("GET", &whole, 1),
        Step::ForumPost => on("POST", &format!("{whole}/threads"), 1),
        Step::ForumMessage => on("POST", any, 1),
        Step::Digest => {
            room.post(&tale, &[]).await;
            room.digest(&[&tale], channel).await;
            on("POST", &format!("{whole}/messages"), 1)
        }
        _ => None,
    };
    if step != Step::Digest {
        room.post(&tale, &[(channel, first.clone())]).await;
    }
    room.settle().await;
    hour(6);
    let later = match step {
        Step::UpdateEdit | Step::UpdateMessage | Step::ForumUpdateEdit | Step::ForumUpdateName => {
            tale = room.next(&tale);
            let armed = match step {
                Step::UpdateEdit => on("PATCH", &format!("{whole}/messages/*"), 1),
                Step::UpdateMessage => on("POST", any, 1),
                Step::ForumUpdateEdit => on("PATCH", "/channels/*/messages/*", 1),
                _ => on("PATCH", "/channels/*", 1),
            };
            room.post(&tale, &[(channel, Look { opened: true, ..first })]).await;
            armed
        }
        Step::CorrectionEdit | Step::CorrectionMessage => {
            amend(room, &mut tale, AmendmentKind::Correction).await;
            match step {
                Step::CorrectionEdit => on("PATCH", &format!("{whole}/messages/*"), 1),
                _ => on("POST", any, 1),
            }
        }
        Step::RetractionEdit | Step::RetractionOfMessage | Step::RetractionName | Step::Removal => {
            amend(room, &mut tale, AmendmentKind::Retraction).await;
            match step {
                Step::RetractionEdit => on("PATCH", &format!("{whole}/messages/*"), 1),
                Step::RetractionOfMessage => on("PATCH", "/channels/*/messages/*", 2),
                Step::RetractionName => on("PATCH", "/channels/*", 1),
                _ => on("DELETE", "/channels/*/messages/*", 1),
            }
        }
        _ => None,
    };
    room.settle().await;
    let mut seen = room.transcript(channel);
    if let (Some(switch), Some(handle)) = (switch, handle.or(later)) {
        if handle.hits() != switch.times {
            seen.push_str(&format!("happened {} times only\n", handle.hits()));
        }
        handle.stop();
    }
    seen
}

fn arm(room: &Room, switch: Option<&Switch>, method: &str, path: &str, nth: usize) -> Option<FaultHandle> {
    let switch = switch?;
    if switch.blind {
        room.fault(Fault::new(What::Status(500)).on("GET", "/channels/*/messages"));
    }
    let fault = Fault::new(switch.what.clone()).on(method, path).starting_with(nth).times(switch.times);
    Some(room.fault(fault))
}

async fn amend(room: &Room, tale: &mut Tale, kind: AmendmentKind) {
    room.amend(tale, kind, "That was not so.").await;
}

/// The lives of all steps, one after the other.
async fn lives(switch: Option<Switch>) -> Vec<(Step, Result<String, String>)> {
    let room = Room::open().await;
    if switch.as_ref().is_some_and(|s| s.forgetful) {
        room.discord.forget_nonces();
    }
    let mut all = Vec::new();
    for (n, step) in STEPS.iter().enumerate() {
        // A loss that never ends well ends this step alone.
        if switch.as_ref().is_some_and(|s| s.times > 1 && s.what == What::LostAnswer) && repeats(*step) {
            continue;
        }
        let seen = live(&room, n, *step, switch.as_ref()).await;
        let told = room.told();
        let outcome =
            if told.is_empty() { Ok(seen) } else { Err(format!("moderators were told: {told:#?}")) };
        all.push((*step, outcome));
    }
    room.discord.finish();
    all
}

/// What is made is found again, so its answer is lost once and no more.
fn repeats(step: Step) -> bool {
    matches!(
        step,
        Step::Opening
            | Step::Picture
            | Step::Thread
            | Step::FirstMessage
            | Step::SecondMessage
            | Step::ForumTags
            | Step::ForumPost
            | Step::ForumMessage
            | Step::UpdateMessage
            | Step::CorrectionMessage
            | Step::Digest
            | Step::Crosspost
            | Step::Removal
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_in_every_step_leaves_each_message_once_whole_and_in_order() {
    let plain = lives(None).await;
    let lost = switches().into_iter().map(|switch| async move { (switch.name, lives(Some(switch)).await) });
    let mut lost = stream::iter(lost).buffer_unordered(6);
    let mut wrong = Vec::new();
    let mut cells = 0;
    while let Some((name, seen)) = lost.next().await {
        for (step, outcome) in seen {
            cells += 1;
            let usual = plain.iter().find(|(s, _)| *s == step).and_then(|(_, o)| o.as_ref().ok()).unwrap();
            match outcome {
                Ok(seen) if seen == *usual => {}
                Ok(seen) => wrong.push(format!("{step:?} with {name}:\n{seen}\ninstead of\n{usual}")),
                Err(told) => wrong.push(format!("{step:?} with {name}: {told}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cells} cells:\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(cells > 300, "{cells}");
}

/// The table compares with what stands there without a fault; here is that what stands there is the story.
#[tokio::test]
async fn without_faults_a_story_stands_there_as_planned() {
    let room = Room::open().await;
    let seen = live(&room, 0, Step::UpdateMessage, None).await;
    let first = |what: &str| seen.find(what).unwrap_or_else(|| panic!("no {what} in\n{seen}"));
    let order = [
        "Developing",
        "══ ",
        "**Timetable**",
        "**Fares**",
        "· v1",
        "What is new in version 2",
        "**What else**",
    ];
    let places: Vec<usize> = order.iter().map(|what| first(what)).collect();
    assert!(places.is_sorted(), "{places:?} in\n{seen}");
    for once in ["**Timetable**", "**Fares**", "What is new in version 2"] {
        assert_eq!(seen.matches(once).count(), 1, "{once} in\n{seen}");
    }
}
