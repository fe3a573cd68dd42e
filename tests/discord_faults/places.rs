//! What people do to channels, threads and permissions: each is handled, and moderators are told once what to mend.

use chrono::TimeDelta;
use newsdesk::model::{AmendmentKind, Style};
use newsdesk::publish::discord::Look;

use crate::support::discord::permissions as may;
use crate::support::discord::{Fault, What};
use crate::support::posting::{Room, Tale, USUAL, look};

/// A room in which story 1 stands in a thread of a text channel.
async fn with_thread() -> (Room, u64, u64, Tale) {
    let room = Room::open().await;
    let channel = room.discord.text_channel(room.guild, "news");
    room.follows(channel, Style::Thread).await;
    let tale = room.tale(1).await;
    room.post(&tale, &[(channel, look(Style::Thread))]).await;
    room.settle().await;
    let threads = room.discord.threads(channel);
    let thread = threads[0]["id"].as_str().unwrap().parse().unwrap();
    room.hour(4);
    (room, channel, thread, tale)
}

/// Posts the next version of a story where its last one stands, and waits until nothing moves any more.
async fn update(room: &Room, tale: &Tale, channel: u64) -> Tale {
    room.later(TimeDelta::minutes(5));
    let next = room.next(tale);
    let opened = Look { opened: true, ..look(Style::Thread) };
    room.post(&next, &[(channel, opened)]).await;
    room.settle().await;
    next
}

fn count(room: &Room, channel: u64, what: &str) -> usize {
    room.transcript(channel).matches(what).count()
}

/// Whether these are all there once, in this order.
fn assert_order(room: &Room, channel: u64, wanted: &[&str]) {
    let seen = room.transcript(channel);
    for what in wanted {
        assert_eq!(seen.matches(what).count(), 1, "{what} in\n{seen}");
    }
    assert!(wanted.iter().map(|what| seen.find(what)).is_sorted(), "{wanted:?} in\n{seen}");
}

#[tokio::test]
async fn an_archived_thread_is_opened_again() {
    let (room, channel, thread, mut tale) = with_thread().await;
    room.discord.archive(thread);
    room.amend(&mut tale, AmendmentKind::Retraction, "It was a hoax.").await;
    room.settle().await;
    assert_eq!(count(&room, thread, "This story was retracted."), 1);
    assert_eq!(count(&room, channel, "Timetable"), 0, "{}", room.transcript(channel));
    assert_eq!(room.discord.channel(thread).unwrap()["thread_metadata"]["archived"], false);
    assert!(room.told().is_empty());
    room.discord.finish();
}

#[tokio::test]
async fn a_locked_thread_waits_for_its_moderators_who_are_told_once() {
    let (room, channel, thread, tale) = with_thread().await;
    room.discord.lock(thread);
    let second = update(&room, &tale, channel).await;
    assert_eq!(room.told().len(), 1, "{:?}", room.told());
    assert!(room.told()[0].contains("missing: Manage Threads"), "{:?}", room.told());
    assert_eq!(count(&room, channel, "The ferry, version 2"), 1, "the opening is edited all the same");
    let third = update(&room, &second, channel).await;
    assert_eq!((room.told().len(), room.in_state("held").await), (1, 2));
    room.discord.permit_bot(room.guild, USUAL | may::MANAGE_THREADS);
    // A fourth version comes before the held ones are tried again, and does not overtake them.
    update(&room, &third, channel).await;
    assert_eq!(count(&room, thread, "What is new in version 4"), 0);
    room.retry_held().await;
    let wanted = ["· v1 ·", "new in version 2", "new in version 3", "new in version 4"];
    assert_order(&room, thread, &wanted);
    assert_eq!((room.told().len(), room.in_state("held").await), (1, 0), "{}", room.steps().await);
    room.discord.finish();
}

#[tokio::test]
async fn of_a_deleted_thread_moderators_are_told_once() {
    let (room, channel, thread, tale) = with_thread().await;
    room.discord.delete_channel(thread);
    let second = update(&room, &tale, channel).await;
    assert_eq!(count(&room, channel, "The ferry, version 2"), 1);
    update(&room, &second, channel).await;
    assert_eq!(count(&room, channel, "The ferry, version 3"), 1);
    assert_eq!(room.told().len(), 1, "{:?}", room.told());
    assert!(room.told()[0].contains("was deleted"), "{:?}", room.told());
    assert_eq!(room.discord.messages(channel).len(), 1);
    room.discord.finish();
}

#[tokio::test]
async fn a_deleted_opening_stays_away_and_its_thread_goes_on() {
    let (room, channel, thread, tale) = with_thread().await;
    room.discord.delete_message(channel, thread);
    let mut second = update(&room, &tale, channel).await;
    assert_order(&room, thread, &["· v1 ·", "new in version 2"]);
    room.amend(&mut second, AmendmentKind::Correction, "The fare was wrong.").await;
    room.settle().await;
    assert_order(&room, thread, &["new in version 2", "The fare was wrong."]);
    assert!(room.discord.messages(channel).is_empty() && room.told().is_empty(), "{:?}", room.told());
    room.discord.finish();
}

#[tokio::test]
async fn a_thread_that_a_member_was_quicker_to_open_is_used() {
    let room = Room::open().await;
    let channel = room.discord.text_channel(room.guild, "news");
    room.discord.deny_bot(channel, may::CREATE_PUBLIC_THREADS);
    let tale = room.tale(1).await;
    room.post(&tale, &[(channel, look(Style::Thread))]).await;
    room.settle().await;
    room.discord.allow_bot(channel, may::CREATE_PUBLIC_THREADS);
    let opening: u64 = room.discord.messages(channel)[0]["id"].as_str().unwrap().parse().unwrap();
    let by_hand = serenity::all::CreateThread::new("ours");
    let http = room.discord.http();
    serenity::all::ChannelId::new(channel).create_thread_from_message(&http, opening, by_hand).await.unwrap();
    room.retry_held().await;
    assert_order(&room, opening, &["**Timetable**", "**Fares**", "· v1 ·"]);
    room.discord.finish();
}

#[tokio::test]
async fn slow_mode_is_waited_for() {
    let room = Room::open().await;
    let (slow, slowest) =
        (room.discord.text_channel(room.guild, "slow"), room.discord.text_channel(room.guild, "slowest"));
    room.discord.slow_mode(slow, 2);
    room.discord.slow_mode(slowest, 3_600);
    let tale = room.tale(1).await;
    room.post(&tale, &[(slow, look(Style::Thread)), (slowest, look(Style::Thread))]).await;
    for _ in 0..8 {
        room.deliver().await;
        room.later(TimeDelta::seconds(40));
    }
    let wanted = ["It sails again.", "══ ", "**Timetable**", "**Fares**", "· v1 ·"];
    assert_order(&room, slow, &wanted);
    assert!(room.discord.threads(slowest).is_empty(), "an hour has not gone by");
    room.discord.slow_mode(slowest, 0);
    room.settle().await;
    assert_order(&room, slowest, &wanted);
    assert!(room.told().is_empty());
    room.discord.finish();
}

/// Without one permission: moderators are told which, once; with it again, everything goes out once and in order.
async fn without(style: Style, permission: u64, name: &str) {
    let room = Room::open().await;
    let channel = match style {
        Style::Forum => room.discord.forum(room.guild, "talk", &["Ferries", "Breaking"]),
        _ => room.discord.text_channel(room.guild, "news"),
    };
    room.follows(channel, style).await;
    room.discord.deny_bot(channel, permission);
    for n in 1..=3 {
        let tale = room.tale(n).await;
        room.post(&tale, &[(channel, look(style))]).await;
        room.settle().await;
        room.later(TimeDelta::hours(1));
    }
    let told = room.told();
    assert_eq!(told.len(), 1, "{style} without {name}: {told:#?}");
    let exactly = format!("I am missing: {name}. ");
    assert!(told[0].contains(&exactly), "{style}: {told:#?}");
    // Tried again too early, nothing changes.
    room.retry_held().await;
    assert_eq!(room.told(), told, "{style} without {name}");
    room.discord.allow_bot(channel, permission);
    room.retry_held().await;
    assert_eq!(room.in_state("held").await, 0, "{style} without {name}:\n{}", room.steps().await);
    let seen = room.transcript(channel);
    let places: Vec<_> = (1..=3).map(|n| seen.find(&format!("The ferry number {n} sails"))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{style} without {name}:\n{seen}");
    let (each, whole) = (seen.matches("It sails again.").count(), seen.matches("**Fares**").count());
    assert_eq!((each, whole), (3, if style == Style::Compact { 0 } else { 3 }), "{seen}");
    // It is lost again: that is news.
    room.discord.deny_bot(channel, permission);
    let tale = room.tale(4).await;
    room.post(&tale, &[(channel, look(style))]).await;
    room.settle().await;
    assert_eq!(room.told().len(), 2, "{style} without {name} again");
    room.discord.finish();
}

#[tokio::test]
async fn a_missing_permission_is_named_once_and_stories_go_out_when_it_is_given() {
    let thread = [
        (may::VIEW_CHANNEL, "View Channel"),
        (may::SEND_MESSAGES, "Send Messages"),
        (may::EMBED_LINKS, "Embed Links"),
        (may::READ_MESSAGE_HISTORY, "Read Message History"),
        (may::CREATE_PUBLIC_THREADS, "Create Public Threads"),
        (may::SEND_MESSAGES_IN_THREADS, "Send Messages in Threads"),
    ];
    let forum = [
        (may::SEND_MESSAGES, "Create Posts"),
        (may::EMBED_LINKS, "Embed Links"),
        (may::SEND_MESSAGES_IN_THREADS, "Send Messages in Posts"),
    ];
    let compact = [(may::SEND_MESSAGES, "Send Messages"), (may::EMBED_LINKS, "Embed Links")];
    let cells = thread.map(|cell| (Style::Thread, cell)).into_iter();
    let cells = cells.chain(forum.map(|cell| (Style::Forum, cell)));
    let cells = cells.chain(compact.map(|cell| (Style::Compact, cell)));
    futures_util::future::join_all(cells.map(|(style, (bit, name))| without(style, bit, name))).await;
}

#[tokio::test]
async fn where_the_past_cannot_be_read_nothing_is_sent_twice() {
    let room = Room::open().await;
    let channel = room.discord.text_channel(room.guild, "news");
    room.follows(channel, Style::Compact).await;
    room.discord.forget_nonces();
    room.discord.deny_bot(channel, may::READ_MESSAGE_HISTORY);
    room.fault(Fault::new(What::LostAnswer).on("POST", &format!("/channels/{channel}/messages")));
    let tale = room.tale(1).await;
    room.post(&tale, &[(channel, look(Style::Compact))]).await;
    room.settle().await;
    assert!(room.told().len() == 1 && room.told()[0].contains("Read Message History"), "{:?}", room.told());
    assert_eq!(room.discord.messages(channel).len(), 1);
    room.discord.allow_bot(channel, may::READ_MESSAGE_HISTORY);
    room.retry_held().await;
    assert_eq!((room.discord.messages(channel).len(), room.in_state("done").await), (1, 1));
    room.discord.finish();
}

#[tokio::test]
async fn a_correction_finds_what_was_sent_before_it_was_held() {
    let room = Room::open().await;
    let channel = room.discord.text_channel(room.guild, "news");
    room.discord.forget_nonces();
    room.fault(Fault::new(What::LostAnswer).on("POST", &format!("/channels/{channel}/messages")));
    let mut tale = room.tale(1).await;
    room.post(&tale, &[(channel, look(Style::Compact))]).await;
    room.deliver().await;
    room.discord.deny_bot(channel, may::VIEW_CHANNEL);
    room.settle().await;
    assert_eq!(room.in_state("held").await, 1);
    room.discord.allow_bot(channel, may::VIEW_CHANNEL);
    room.amend(&mut tale, AmendmentKind::Retraction, "It was a hoax.").await;
    room.settle().await;
    assert_order(&room, channel, &["This story was retracted."]);
    assert_eq!(room.discord.messages(channel).len(), 1);
    room.discord.finish();
}

#[tokio::test]
async fn without_the_permission_for_files_a_story_goes_out_without_its_picture() {
    let room = Room::open().await;
    let (text, forum) =
        (room.discord.text_channel(room.guild, "news"), room.discord.forum(room.guild, "talk", &["Ferries"]));
    let with_card = |style| Look { card: true, ..look(style) };
    let tale = room.tale(1).await;
    for channel in [text, forum] {
        room.discord.deny_bot(channel, may::ATTACH_FILES);
    }
    room.post(&tale, &[(text, with_card(Style::Thread)), (forum, with_card(Style::Forum))]).await;
    room.settle().await;
    for channel in [text, forum] {
        assert_order(&room, channel, &["It sails again.", "**Timetable**", "**Fares**", "· v1 ·"]);
        assert_eq!(count(&room, channel, "\"image\""), 0);
    }
    // With a picture there, an update without the permission takes it away: it would be that of an older version.
    for channel in [text, forum] {
        room.discord.allow_bot(channel, may::ATTACH_FILES);
    }
    assert!(room.told().is_empty(), "{:?}", room.told());
    room.discord.finish();
}

#[tokio::test]
async fn a_channel_that_became_a_forum_is_told_of_once() {
    let room = Room::open().await;
    let channel = room.discord.text_channel(room.guild, "news");
    room.follows(channel, Style::Thread).await;
    room.discord.become_forum(channel);
    for n in 1..=2 {
        let tale = room.tale(n).await;
        room.post(&tale, &[(channel, look(Style::Thread))]).await;
        room.settle().await;
        room.later(TimeDelta::hours(1));
    }
    let told = room.told();
    assert!(
        told.len() == 1 && told[0].contains("another kind") || told[0].contains("does not take"),
        "{told:?}"
    );
    assert_eq!(told.len(), 1, "{told:?}");
    room.retry_held().await;
    assert_eq!(room.told().len(), 1);
    room.discord.finish();
}

#[tokio::test]
async fn a_deleted_channel_is_told_of_once_whatever_was_to_come_there() {
    let (room, channel, _, mut tale) = with_thread().await;
    room.discord.delete_channel(channel);
    update(&room, &tale, channel).await;
    let other = room.tale(2).await;
    room.post(&other, &[(channel, look(Style::Thread))]).await;
    room.settle().await;
    room.amend(&mut tale, AmendmentKind::Retraction, "It was a hoax.").await;
    room.settle().await;
    let told = room.told();
    assert!(told.len() == 1 && told[0].contains("does not exist any more"), "{told:?}");
    room.discord.finish();
}

#[tokio::test]
async fn a_notice_whose_answer_is_lost_is_still_one() {
    for what in [What::LostAnswer, What::LostRequest, What::StatusAfter(500)] {
        let room = Room::open().await;
        let channel = room.discord.text_channel(room.guild, "news");
        room.follows(channel, Style::Compact).await;
        room.discord.deny_bot(channel, may::SEND_MESSAGES);
        room.fault(Fault::new(what.clone()).on("POST", &format!("/channels/{}/messages", room.mods)));
        let tale = room.tale(1).await;
        room.post(&tale, &[(channel, look(Style::Compact))]).await;
        room.settle().await;
        assert_eq!(room.told().len(), 1, "{what:?}: {:?}", room.told());
        room.discord.finish();
    }
}

#[tokio::test]
async fn a_story_in_two_channels_stands_in_both() {
    let room = Room::open().await;
    let channels = ["harbour", "ferries"].map(|name| room.discord.text_channel(room.guild, name));
    let tale = room.tale(1).await;
    room.post(&tale, &channels.map(|channel| (channel, look(Style::Thread)))).await;
    room.settle().await;
    for channel in channels {
        assert_order(&room, channel, &["It sails again.", "══ ", "**Timetable**", "**Fares**", "· v1 ·"]);
    }
    let digests = ["morning", "evening"].map(|name| room.discord.text_channel(room.guild, name));
    for channel in digests {
        room.digest(&[&tale], channel).await;
    }
    room.settle().await;
    for channel in digests {
        assert_eq!(room.discord.messages(channel).len(), 1);
    }
    room.discord.finish();
}
