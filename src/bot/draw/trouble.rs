//! When there is no answer: what is known, and what to do next.

use chrono::{DateTime, Utc};

use super::text::{ago, counted, outside};
use super::{Body, Button, Embed, Row};
use crate::bot::custom_id::{CustomId, Verb};
use crate::model::{StoryCode, TopicSlug};

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
            "{} about it {} stored, {recent} of the last 24 hours; none was worth a story so far.",
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
            "That were many questions at once. The next one is welcome {}.",
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

/// Only moderators may.
pub(in crate::bot) fn not_allowed(what: &str) -> Body {
    notice("Only for moderators", format!("{what} needs the permission “Manage Server” here."))
}
