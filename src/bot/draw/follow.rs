//! Following a topic: the welcome, the picker, the preview and the confirmation.

use super::text::{counted, lines, outside, plain};
use super::{Body, Choice, Embed, Row, color};
use crate::answer::{StoryAnswer, TopicView};
use crate::bot::custom_id::{CustomId, Verb};
use crate::model::{Cadence, Style, Subscription, TopicSlug};

/// What the installer reads first.
pub(in crate::bot) fn welcome(guild: &str, topics: &[TopicView]) -> Body {
    let embed = Embed::new(format!("newsdesk is now in {}", outside(guild, 100)), super::DONE)
        .text(
            "It reads what people publicly say about the topics you choose, notices what has really changed, and \
             posts a short story in which every sentence can be checked against what was said. It pings nobody, and \
             it is silent when nothing changed.",
        )
        .field(
            "Begin",
            "`/follow topic:… channel:…` brings a topic to a channel. I check there first that I may post.\n\
             `/settings show` has quiet hours, approval before posting, and a channel for notices to moderators.",
        )
        .field(
            "Everyone can ask",
            "`/story` · `/sources` · `/faq` · `/changed` · `/why` · `/search`. Answers are seen only by who asked.",
        )
        .foot(counted(topics.len() as u64, "topic to choose from", "topics to choose from"));
    Body::of(embed).with(picker(topics))
}

fn picker(topics: &[TopicView]) -> Row {
    let choices = topics
        .iter()
        .take(25)
        .map(|t| Choice {
            label: plain(&t.name, 100),
            value: t.slug.to_string(),
            description: if t.description.is_empty() { String::new() } else { plain(&t.description, 100) },
        })
        .collect();
    Row::Select { id: CustomId::choosing(Verb::Follow), placeholder: "Choose a topic to follow", choices }
}

/// After the topic: the channel.
pub(in crate::bot) fn channel_picker(slug: &TopicSlug, name: &str) -> Body {
    let text =
        format!("Stories about **{}** will be posted there. I look first whether I may.", outside(name, 100));
    Body::of(Embed::new("Where shall it go?", super::ANSWER).text(text)).with(Row::Channels {
        id: CustomId::asking(Verb::Follow, slug.as_str()),
        placeholder: "Choose a channel",
    })
}

/// In a direct message there are no channels to choose from.
pub(in crate::bot) fn how_to_follow(slug: &TopicSlug, name: &str) -> Body {
    Body::of(Embed::new(outside(name, 100), super::ANSWER).text(format!(
        "In the channel where its stories shall go, send\n`/follow topic:{slug}`\nThe first one comes by itself."
    )))
}

/// There is nothing to preview.
pub(in crate::bot) fn first_story(text: &str) -> Embed {
    Embed::new("", super::ANSWER).text(text)
}

fn when(cadence: Cadence) -> &'static str {
    match cadence {
        Cadence::Instant => "as soon as there is a story",
        Cadence::Hourly => "at most once an hour",
        Cadence::Daily => "once a day",
    }
}

fn how(style: Style) -> &'static str {
    match style {
        Style::Thread => "an opening message with a thread for the whole story",
        Style::Forum => "a forum post for each story",
        Style::Compact => "one short message for each story",
        Style::Digest => "one message for several stories",
    }
}

/// What was set up; `new` is `false` where it was so already, `notes` are said below.
pub(in crate::bot) fn followed(
    subscription: &Subscription,
    topic: &str,
    new: bool,
    missing: &[&str],
    notes: &[String],
) -> Body {
    let title = match (missing.is_empty(), new) {
        (false, _) => "I cannot post there yet",
        (true, true) => "Followed",
        (true, false) => "It was so already",
    };
    let mut text = if missing.is_empty() {
        format!(
            "**{}** goes to <#{}>: {}, {}.",
            outside(topic, 100),
            subscription.channel,
            how(subscription.style),
            when(subscription.cadence)
        )
    } else {
        let list: Vec<String> = missing.iter().map(|name| format!("- {name}")).collect();
        format!(
            "In <#{}> my role lacks:\n{}\nAllow that in the channel's settings, under Permissions, and send `/follow` again. Nothing was changed.",
            subscription.channel,
            list.join("\n")
        )
    };
    for note in notes {
        text.push_str("\n-# ");
        text.push_str(note);
    }
    let color = if missing.is_empty() { super::DONE } else { super::NOTICE };
    Body::of(Embed::new(title, color).text(text))
}

/// How the latest story would look in a channel.
pub(in crate::bot) fn preview(story: &StoryAnswer, style: Style) -> Embed {
    let mut embed =
        Embed::new(outside(&story.headline, 250), color(story.severity)).text(outside(&story.dek, 700));
    embed.author = plain(&format!("Preview · {}", story.topic_name), 120);
    let told = match style {
        Style::Thread => "The sections, the FAQ and the sources follow in its thread.",
        Style::Forum => "The sections, the FAQ and the sources follow in the post.",
        Style::Compact => "Sources, FAQ and what changed are behind buttons.",
        Style::Digest => "Several of these come in one message.",
    };
    embed.field("Below it", told).foot(format!("{} is not posted again: the next story will be", story.code))
}

/// What was ended.
pub(in crate::bot) fn unfollowed(topic: &str, channel: Option<u64>, ended: u64) -> Body {
    let place = channel.map_or_else(|| "this server".to_owned(), |id| format!("<#{id}>"));
    let topic = outside(topic, 100);
    if ended == 0 {
        return super::nothing_found(format!(
            "**{topic}** is not followed in {place}. `/settings show` lists what is."
        ));
    }
    Body::of(Embed::new("Not followed any more", super::DONE).text(format!(
        "**{topic}** is not posted in {place} any more ({} ended). What was posted stays, and corrections still reach it.",
        counted(ended, "subscription", "subscriptions")
    )))
}

/// Subscriptions, a line each.
pub(in crate::bot) fn following(all: &[Subscription], max: usize) -> String {
    if all.is_empty() {
        return "Nothing yet. `/follow` begins.".to_owned();
    }
    let told: Vec<String> = all
        .iter()
        .map(|s| {
            let crosspost = if s.crosspost { ", published to followers" } else { "" };
            format!("- `{}` in <#{}>: {}, {}{crosspost}", s.topic, s.channel, s.style, s.cadence)
        })
        .collect();
    lines(&told, max, |n| format!("- and {n} more"))
}
