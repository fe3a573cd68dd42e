//! When there is no answer: what is known, and what to do next.

use chrono::{DateTime, Utc};

use super::text::{ago, counted, outside};
use super::{Body, Button, Embed, Row};
use crate::bot::custom_id::{CustomId, Verb};
use crate::model::{StoryCode, TopicSlug};
use crate::publish::discord::TroubleKind;

fn notice(title: &str, text: String) -> Body {
    Body::of(Embed::new(title, super::NOTICE).text(text)).private()
}

/// No topic, code or address of this name; `verb` asks the same of what is spelt like it.
pub(in crate::bot) fn unknown(asked: &str, nearest: &[String], verb: Verb) -> Body {
    let asked = outside(asked, 120);
    let text = if nearest.is_empty() {
        format!(
            "“{asked}” is no topic, story code or known address.\n`/topics` lists what this desk reads about."
        )
    } else {
        format!("“{asked}” is no topic, story code or known address. Did you mean one of these?")
    };
    let row =
        nearest.iter().take(3).map(|slug| Button::new(slug.clone(), CustomId::asking(verb, slug))).collect();
    notice("Not known here", text).with(Row::Buttons(row))
}

/// The topic has no story yet.
pub(in crate::bot) fn no_story(
    topic: &TopicSlug,
    name: &str,
    stored: u64,
    recent: u64,
    next_scan: Option<DateTime<Utc>>,
    followed_here: bool,
) -> Body {
    let known = match stored {
        0 => "Nothing about it is stored yet.".to_owned(),
        n => format!(
            "{} about it {} stored, {recent} of the last 24 hours; there is no story to tell at present.",
            counted(n, "record", "records"),
            if n == 1 { "is" } else { "are" }
        ),
    };
    let next = match next_scan {
        Some(at) => format!("It is read again {}.", ago(at)),
        None => "It has no live source: whoever runs this desk can add one to its topic file.".to_owned(),
    };
    let how = if followed_here {
        "The story will come to this server as soon as there is one.".to_owned()
    } else {
        format!("A moderator brings it here with `/follow topic:{topic}`.")
    };
    notice("No story yet", format!("**{}**: {known}\n{next}\n{how}", outside(name, 100))).with(Row::Buttons(
        vec![Button::new("Why is there none?", CustomId::asking(Verb::Why, topic.as_str()))],
    ))
}

/// The words searched for are too few, or a number is out of range: says which and what would do.
pub(in crate::bot) fn wrong_input(text: impl Into<String>) -> Body {
    notice("That did not work", text.into())
}

/// There is nothing to show.
pub(in crate::bot) fn nothing_found(text: impl Into<String>) -> Body {
    notice("Nothing there", text.into())
}

/// Something failed here; it is in the log.
pub(in crate::bot) fn sorry() -> Body {
    notice(
        "Something went wrong on our side",
        "Nothing was lost. Please try again in a minute; whoever runs this desk finds the reason in its log."
            .to_owned(),
    )
}

/// Too many questions; when to ask again.
pub(in crate::bot) fn too_often(at: DateTime<Utc>) -> Body {
    // Discord tells relative times in whole seconds: a little later is right, a little earlier is not.
    notice(
        "One moment, please",
        format!(
            "Those were many questions at once. The next one is welcome {}.",
            ago(at + chrono::Duration::seconds(1))
        ),
    )
}

/// The button is old, or was not made by us.
pub(in crate::bot) fn forged(guess: Option<(Verb, Option<StoryCode>)>) -> Body {
    let command = match guess {
        Some((verb, Some(code))) => match verb {
            Verb::Story => format!("/story topic:{code}"),
            Verb::Sources | Verb::Faq | Verb::Changed | Verb::Correct | Verb::Retract => {
                format!("/{verb} story:{code}")
            }
            Verb::Why => format!("/why about:{code}"),
            Verb::Dispute | Verb::Dismiss | Verb::Follow | Verb::Topics | Verb::Settings => {
                format!("/story topic:{code}")
            }
        },
        Some((_, None)) | None => "/topics".to_owned(),
    };
    notice(
        "This button is too old",
        format!("It was made with a key that is not used any more. `{command}` asks the same."),
    )
}

/// Pages of a shared answer are turned by whoever asked.
pub(in crate::bot) fn not_yours(code: Option<&str>) -> Body {
    let command = code.map_or_else(|| "/topics".to_owned(), |code| format!("/sources story:{code}"));
    notice(
        "These pages belong to somebody else",
        format!("Ask yourself with `{command}`: then they are yours to turn."),
    )
}

/// A notice to moderators, and its words for the log.
pub(in crate::bot) struct TroubleNotice {
    /// The message.
    pub(in crate::bot) body: Body,
    /// The same in one line.
    pub(in crate::bot) words: String,
}

/// What only moderators can mend: what happened, what is missing, what to do.
pub(in crate::bot) fn trouble_notice(
    kind: TroubleKind,
    channel: u64,
    thread: Option<u64>,
    missing: &[&str],
) -> TroubleNotice {
    let here = format!("<#{channel}>");
    let inside = thread.map_or_else(|| here.clone(), |id| format!("<#{id}>"));
    let (title, words) = match kind {
        TroubleKind::NoPermission if missing.is_empty() => (
            "I may not post any more",
            format!(
                "Discord does not let me post in {here}. Please look at my role's permissions there; `/follow` tests them."
            ),
        ),
        TroubleKind::NoPermission => (
            "I may not post any more",
            format!(
                "In {here} I am missing: {}. Stories wait, and go out within the hour after that is given.",
                missing.join(", ")
            ),
        ),
        TroubleKind::ChannelGone => (
            "A channel is gone",
            format!(
                "The channel {channel} does not exist any more. `/unfollow` ends what was followed there; `/follow` finds a new place."
            ),
        ),
        TroubleKind::ThreadGone => (
            "A story's thread is gone",
            format!(
                "The thread {} of {here} was deleted. Updates of that story are not posted there any more.",
                thread.unwrap_or_default()
            ),
        ),
        TroubleKind::ThreadLocked => (
            "A story's thread is locked",
            format!(
                "I cannot post in {inside}, because it is locked and I am missing: {}. Unlock it, or leave it so: then its updates wait and are dropped in the end.",
                missing.join(", ")
            ),
        ),
        TroubleKind::WrongType => (
            "A channel is of another kind now",
            format!(
                "{here} does not take the kind of post that was set up. `/follow` there again chooses the fitting style."
            ),
        ),
        TroubleKind::Refused => (
            "A post was refused",
            format!(
                "Discord refused a post in {here}. That is a mistake of this bot; whoever runs it finds the reason in its log."
            ),
        ),
    };
    let body = Body::of(Embed::new(title, super::NOTICE).text(words.clone()));
    TroubleNotice { body, words }
}

/// Only moderators may.
pub(in crate::bot) fn not_allowed(what: &str) -> Body {
    notice("Only for moderators", format!("{what} needs the permission “Manage Server” here."))
}
