//! Tags of a forum follow the life of a story.

use newsdesk::config::{Inputs, SourceText, load};
use newsdesk::model::{AmendmentKind, Clock as _, Style};
use newsdesk::schedule::{Newsroom, Publishing};
use newsdesk::store::View;

use crate::support::posting::{Room, look};

/// What the moderators have made: the bot may make none.
const TAGS: [&str; 5] = ["Breaking", "Developing", "Ongoing", "Resolved", "Archived"];
const QUIET: &str = "[topics]\nbuiltin = false\n";

/// A newsroom that hears nothing: all it does is note where stories stand.
fn newsroom(room: &Room) -> Newsroom {
    let file = SourceText { path: "newsdesk.toml".into(), text: QUIET.to_owned() };
    let config = load(Inputs { file: Some(file), ..Inputs::default() }).unwrap();
    let store = || room.store.clone();
    Newsroom::of(&config, &[], store(), store(), View::Live, Publishing::Posts(Box::default()))
}

/// The tags of the forum's only post, and what its first message says of the story's status.
fn shown(room: &Room, forum: u64) -> String {
    let transcript = room.transcript(forum);
    let tags = transcript.lines().find(|line| line.starts_with("══")).unwrap();
    let tags = tags.rsplit_once('[').unwrap().1;
    format!("[{tags}")
}

#[tokio::test]
async fn a_forum_post_is_tagged_as_its_story_stands_and_stays_so_when_it_is_corrected() {
    let room = Room::open().await;
    let forum = room.discord.forum(room.guild, "news", &TAGS);
    let channel = room.discord.text_channel(room.guild, "talk");
    room.follows(forum, Style::Forum).await;
    let mut tale = room.tale(1).await;
    room.post(&tale, &[(forum, look(Style::Forum)), (channel, look(Style::Compact))]).await;
    room.settle().await;
    let status = tale.new.story.status.as_str();
    let mut rest = status.chars();
    let first = rest.next().unwrap().to_uppercase();
    let status = format!("{first}{}", rest.as_str());
    assert!(shown(&room, forum).contains(&status), "{}", shown(&room, forum));
    let talk = room.transcript(channel);

    for (hour, stands) in [(40, "Ongoing"), (5 * 24, "Resolved"), (8 * 24, "Archived")] {
        room.hour(hour);
        newsroom(&room).tick(room.clock.now()).await.unwrap();
        room.settle().await;
        let tags = shown(&room, forum);
        assert!(tags.contains(stands) && !tags.contains(&status), "{hour}: {tags}");
        if stands == "Resolved" {
            room.amend(&mut tale, AmendmentKind::Correction, "The ferry has two decks.").await;
            room.settle().await;
            assert_eq!(shown(&room, forum), tags);
            assert!(room.transcript(forum).contains("two decks"));
        }
    }
    // Elsewhere a post tells how things stood when it was written.
    let corrected = room.transcript(channel);
    assert!(corrected.contains("two decks"));
    assert!(
        talk.contains(&status) && corrected.contains(&status) && !corrected.contains("Archived"),
        "{corrected}"
    );

    // Noted already: nothing is sent again.
    let steps = room.steps().await;
    newsroom(&room).tick(room.clock.now()).await.unwrap();
    assert_eq!(room.steps().await, steps);
    assert_eq!(room.deliver().await.posted, 0);
}
