//! What moderators see: settings, the audit log, disputes, and what they have done.

use super::text::{ago, counted, lines, link, outside, plain};
use super::{Body, Button, Embed, Form, Input, Look, Row};
use crate::bot::custom_id::{CustomId, Verb};
use crate::model::{AuditEntry, DeskSettings, Dispute, Mute, Sentence, StoryCode, Subscription};

/// A thing that was done.
pub(in crate::bot) fn done(title: &str, text: impl Into<String>) -> Body {
    Body::of(Embed::new(title, super::DONE).text(text))
}

/// The desk's settings, and what it follows.
pub(in crate::bot) fn settings(settings: &DeskSettings, following: &[Subscription], mutes: &[Mute]) -> Body {
    let quiet = settings
        .quiet
        .map_or_else(|| "none".to_owned(), |(from, until)| format!("{from:02}:00 to {until:02}:00"));
    let notices = settings.notices.map_or_else(
        || "nowhere yet: `/settings notices` names a channel".to_owned(),
        |id| format!("<#{id}>"),
    );
    let mutes: Vec<String> =
        mutes.iter().map(|m| format!("- {} `{}`", m.kind, plain(&m.value, 80).replace('`', "'"))).collect();
    let embed = Embed::new("Settings of this server", super::ANSWER)
        .fact("Time zone", outside(&settings.time_zone, 64))
        .fact("Language", outside(&settings.language, 16))
        .fact("Quiet hours", quiet)
        .fact("Daily posts", format!("{:02}:00", settings.digest_hour))
        .fact("Approval first", if settings.approval { "yes" } else { "no" })
        .fact("Notices", notices)
        .field("Following", super::follow::following(following, 1_000))
        .field("Muted", lines(&mutes, 1_000, |n| format!("- and {n} more")))
        .foot("/settings edit changes them");
    Body::of(embed)
        .with(Row::Buttons(vec![Button::new("Edit", CustomId::choosing(Verb::Settings)).look(Look::Main)]))
}

/// The same as a form.
pub(in crate::bot) fn settings_form(settings: &DeskSettings) -> Form {
    let input = |id, label, placeholder, value: String, max| Input {
        id,
        label,
        placeholder,
        value,
        long: false,
        required: false,
        max,
    };
    let quiet = settings.quiet.map_or_else(String::new, |(from, until)| format!("{from}-{until}"));
    Form {
        title: "Settings of this server",
        id: CustomId::choosing(Verb::Settings),
        inputs: vec![
            input("zone", "Time zone", "Europe/Berlin", settings.time_zone.clone(), 64),
            input("language", "Language, two letters", "en", settings.language.clone(), 2),
            input("quiet", "Quiet hours, from-until (empty: none)", "22-7", quiet, 8),
            input("hour", "Hour of daily posts, 0 to 23", "8", settings.digest_hour.to_string(), 2),
        ],
    }
}

/// What was muted, or is heard again.
pub(in crate::bot) fn muted(kind: &str, value: &str, removed: bool, changed: bool) -> Body {
    let what = format!("{kind} “{}”", outside(value, 120));
    match (removed, changed) {
        (false, true) => {
            done("Muted", format!("Stories that rest on the {what} are not posted in this server any more."))
        }
        (false, false) => done("It was so already", format!("The {what} is muted.")),
        (true, true) => done("Heard again", format!("The {what} is not muted any more.")),
        (true, false) => {
            super::nothing_found(format!("The {what} was not muted. `/settings show` lists what is."))
        }
    }
}

/// The newest entries of the audit log.
pub(in crate::bot) fn audit(entries: &[AuditEntry]) -> Body {
    if entries.is_empty() {
        return super::nothing_found("No moderator has done anything here yet.");
    }
    let all: Vec<String> = entries
        .iter()
        .map(|e| {
            let who = if e.actor == 0 { "newsdesk".to_owned() } else { format!("<@{}>", e.actor) };
            let detail =
                if e.detail.is_empty() { String::new() } else { format!(": {}", outside(&e.detail, 160)) };
            format!("- {} · {who} · {} {}{detail}", ago(e.at), e.action, outside(&e.subject, 80))
        })
        .collect();
    let text =
        lines(&all, 3_900, |n| format!("- and {}", counted(n as u64, "earlier entry", "earlier entries")));
    Body::of(Embed::new("What moderators did", super::ANSWER).text(text))
}

/// A dispute as moderators see it: the reader's words, the sentence they are about, and what it rests on.
pub(in crate::bot) fn dispute_for_moderators(
    dispute: &Dispute,
    headline: &str,
    sentence: Option<&Sentence>,
    evidence: &[(String, String)],
) -> Body {
    let mut embed = Embed::new("A reader disputes a story", super::NOTICE)
        .text(format!("**{}**", outside(headline, 250)))
        .field("What is wrong, in the reader's words", outside(&dispute.reason, 1_000));
    if let Some(sentence) = sentence {
        embed = embed.field("The sentence", outside(&sentence.text, 1_000));
    }
    let rests: Vec<String> = evidence
        .iter()
        .map(|(url, words)| {
            let open = if url.len() <= 300 { link("source", url) } else { "source".to_owned() };
            if words.is_empty() {
                format!("- {open}")
            } else {
                format!("- {open}: “{}”", outside(words, 220))
            }
        })
        .collect();
    let embed = embed
        .field("What it rests on", lines(&rests, 1_000, |n| format!("- and {n} more")))
        .fact("By", format!("<@{}>", dispute.by))
        .fact("When", ago(dispute.at))
        .foot(format!("{}, version {}", dispute.code, dispute.version));
    let id = |verb| CustomId {
        user: Some(dispute.by),
        page: Some(0),
        ..CustomId::about(verb, &dispute.code, dispute.version)
    };
    Body::of(embed).with(Row::Buttons(vec![
        Button::new("Correct", id(Verb::Correct)).look(Look::Main),
        Button::new("Retract", id(Verb::Retract)).look(Look::Grave),
        Button::new("Dismiss", id(Verb::Dismiss)),
    ]))
}

/// The same once a moderator has dealt with it.
pub(in crate::bot) fn handled(code: &StoryCode, what: &str, by: u64, words: &str) -> Body {
    let embed = Embed::new(format!("Dispute of {code}: {what}"), super::DONE)
        .text(outside(words, 1_500))
        .fact("By", format!("<@{by}>"));
    Body::of(embed)
}

/// What is wrong, and with which sentence?
pub(in crate::bot) fn dispute_form(code: &StoryCode, version: u32) -> Form {
    Form {
        title: "What is wrong with this story?",
        id: CustomId::about(Verb::Dispute, code, version),
        inputs: vec![
            Input {
                id: "sentence",
                label: "Which sentence? (optional)",
                placeholder: "Copy it, or write a few words of it",
                value: String::new(),
                long: true,
                required: false,
                max: 500,
            },
            Input {
                id: "reason",
                label: "What is wrong?",
                placeholder: "What is right, and where that can be read",
                value: String::new(),
                long: true,
                required: true,
                max: 1_000,
            },
        ],
    }
}

/// What readers will see of a correction or a retraction.
pub(in crate::bot) fn order_form(id: &CustomId) -> Form {
    let (title, label, placeholder) = match id.verb {
        Verb::Retract => {
            ("Retract this story everywhere", "Why? Readers will see it.", "What made the story untenable")
        }
        _ => ("Correct this story", "What is right? Readers will see it.", "One or two plain sentences"),
    };
    let input = Input {
        id: "text",
        label,
        placeholder,
        value: String::new(),
        long: true,
        required: true,
        max: 1_000,
    };
    Form { title, id: id.clone(), inputs: vec![input] }
}

/// One person disputes a story once.
pub(in crate::bot) fn already_disputed(text: &str) -> Body {
    Body::of(Embed::new("We have it already", super::NOTICE).text(text)).private()
}

/// To who raised a dispute.
pub(in crate::bot) fn thanks(new: bool) -> Body {
    if new {
        done(
            "Thank you",
            "The moderators have it now, with the sentence and what it rests on. If something is wrong, every copy of \
             the story will say so.",
        )
    } else {
        already_disputed("You have told the moderators about this story before. It is still with them.")
    }
}
