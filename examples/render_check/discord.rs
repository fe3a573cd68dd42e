//! What must hold of every request of a story, in every style.

use std::collections::BTreeSet;

use chrono::Duration;
use newsdesk::model::{StepKind, Style};
use newsdesk::publish::Edition;
use newsdesk::publish::discord::{Call, Look, digest, render};
use newsdesk::publish::text::WebLink;
use serde_json::Value;

use crate::contract;
use crate::shown::{Allowed, Seen, content, plain, shortened, squeeze};
use crate::stories::Tale;

/// Requests that carry a message, and what is wrong with any.
pub(crate) fn check(tale: &Tale) -> (u64, Vec<String>) {
    let (mut messages, mut wrong) = (0, Vec::new());
    for style in Style::ALL {
        let look = look(tale, *style);
        let bare = Edition::new(&tale.story, &tale.brief, tale.severity);
        let edition = bare.clone().with_amendments(&tale.amendments);
        let calls = render(&edition, &look);
        let mut found = Vec::new();
        for call in &calls {
            messages += u64::from(!call.body.is_null());
            requests(call, &mut found);
        }
        nonces(&calls, &mut found);
        stable(&render(&bare, &look), &calls, &mut found);
        opening(&edition, &calls, &mut found);
        match edition.retraction() {
            Some(_) => gone(tale, &calls, &mut found),
            None => told(&edition, &look, &calls, &mut found),
        }
        wrong.extend(found.into_iter().map(|line| format!("{style}: {line}")));
    }
    (messages, wrong)
}

/// The same of several stories in one message.
pub(crate) fn check_digest(tales: &[Tale]) -> (u64, Vec<String>) {
    let mut wrong = Vec::new();
    let editions: Vec<Edition<'_>> = tales
        .iter()
        .map(|tale| Edition::new(&tale.story, &tale.brief, tale.severity).with_amendments(&tale.amendments))
        .collect();
    let Some(first) = tales.first() else { return (0, wrong) };
    let call = digest(&editions, &look(first, Style::Digest), first.story.at + Duration::hours(1));
    requests(&call, &mut wrong);
    for (embed, edition) in list(&call.body["embeds"]).iter().zip(&editions) {
        title(edition, embed, &mut wrong);
        let description = plain(text(&embed["description"]), &mut wrong);
        if edition.retraction().is_none() && edition.notes().is_empty() {
            let dek = edition.story.body.dek.first().map_or("", |s| s.text.as_str());
            shortened("dek", &description, dek, &mut wrong);
        }
    }
    let options = call.body.pointer("/components/0/components/0/options").unwrap_or(&Value::Null);
    for (option, edition) in list(options).iter().zip(&editions) {
        if edition.retraction().is_none() {
            shortened("option", text(&option["label"]), &edition.story.body.headline.text, &mut wrong);
        }
        shortened("option's topic", text(&option["description"]), edition.topic_name, &mut wrong);
    }
    (1, wrong.into_iter().map(|line| format!("digest of several: {line}")).collect())
}

fn look(tale: &Tale, style: Style) -> Look {
    Look {
        style,
        opened: tale.opened,
        crosspost: tale.story.version.is_multiple_of(3),
        permalink_base: WebLink::parse("https://news.example/s/")
            .filter(|_| tale.story.records.is_multiple_of(2)),
        card: tale.story.links.is_multiple_of(2),
    }
}

/// The request itself, and those that would edit and remove what it posted, as they are sent.
fn requests(call: &Call, wrong: &mut Vec<String>) {
    let edits = call.edits();
    let removal = Call::removal(call.kind);
    for call in std::iter::once(call).chain(&edits).chain(&removal) {
        let path =
            call.path.replace("{channel}", "111").replace("{opening}", "222").replace("{thread}", "333");
        let path = path.replace("{message}", "444");
        let mut body = call.body.clone();
        if !call.tags.is_empty() {
            body["applied_tags"] = (1..=call.tags.len()).map(|n| n.to_string()).collect();
        }
        for line in contract::check_request(call.method, &path, &body) {
            wrong.push(format!("{} {path}: {line}", call.method));
        }
        for tag in call.tags.iter().filter(|tag| tag.is_empty() || tag.encode_utf16().count() > 20) {
            wrong.push(format!("tag: {tag:?}"));
        }
    }
}

fn nonces(calls: &[Call], wrong: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for nonce in calls.iter().filter_map(|call| call.body["nonce"].as_str()) {
        if !seen.insert(nonce) {
            wrong.push(format!("nonce twice: {nonce}"));
        }
    }
}

/// An amendment changes what opens a story, never which requests open it.
fn stable(before: &[Call], after: &[Call], wrong: &mut Vec<String>) {
    let opening = |calls: &[Call]| -> Vec<(StepKind, String)> {
        let opens = calls.iter().filter(|call| call.kind != StepKind::DiscordMessage);
        opens.map(|call| (call.kind, call.path.clone())).collect()
    };
    let (before, after) = (opening(before), opening(after));
    if before != after {
        wrong.push(format!("amendments change the opening: {before:?} is now {after:?}"));
    }
}

/// Embed, name and numbers of the opening message.
fn opening(edition: &Edition<'_>, calls: &[Call], wrong: &mut Vec<String>) {
    let links = links(edition);
    for body in calls.iter().map(|call| &call.body) {
        if let (Some(name), None) = (body["name"].as_str(), edition.retraction()) {
            shortened("name", name, &edition.story.body.headline.text, wrong);
        }
        let message = if body["message"].is_object() { &body["message"] } else { body };
        for embed in list(&message["embeds"]) {
            title(edition, embed, wrong);
            if embed["footer"]["text"] != Value::String(edition.marker()) {
                wrong.push(format!("footer: {}", embed["footer"]["text"]));
            }
            if edition.retraction().is_none() {
                let description = plain(text(&embed["description"]), wrong);
                let dek: Vec<&str> = edition.story.body.dek.iter().map(|s| s.text.as_str()).collect();
                shortened("dek", &description, &dek.join(" "), wrong);
            }
            for field in list(&embed["fields"]) {
                let value = text(&field["value"]);
                if field["name"] == "Read" {
                    let allowed = Allowed { links: links.clone(), bold: Vec::new() };
                    content(value, &allowed, &mut Seen::default(), wrong);
                } else {
                    plain(value, wrong);
                }
            }
        }
    }
}

fn title(edition: &Edition<'_>, embed: &Value, wrong: &mut Vec<String>) {
    shortened("topic", text(&embed["author"]["name"]), edition.topic_name, wrong);
    let shown = plain(text(&embed["title"]), wrong);
    match edition.retraction() {
        Some(_) => shortened("title", &shown, edition.retracted_title().as_str(), wrong),
        None => shortened("title", &shown, &edition.story.body.headline.text, wrong),
    }
}

fn links(edition: &Edition<'_>) -> BTreeSet<String> {
    edition.sources.iter().filter_map(|s| s.link.as_ref()).map(|link| link.as_str().to_owned()).collect()
}

/// The messages of the thread, one after the other, hold the story's texts, each whole and in their order.
fn told(edition: &Edition<'_>, look: &Look, calls: &[Call], wrong: &mut Vec<String>) {
    if !matches!(look.style, Style::Thread | Style::Forum) {
        return;
    }
    let body = &edition.story.body;
    let update = look.opened && edition.story.version > 1;
    let corrections: Vec<_> = edition.notes().into_iter().filter(|c| c.at >= edition.story.at).collect();
    let headings = body
        .sections
        .iter()
        .filter_map(|section| section.heading.as_ref())
        .map(|heading| heading.text.as_str());
    let questions = body.faqs.iter().map(|faq| faq.question.as_str());
    let titles = corrections.iter().map(|c| edition.note_title(c).to_string());
    let ours = [
        "New",
        "Changed",
        "Withdrawn",
        "The story so far",
        "On the other side",
        "Similar stories",
        "Sources",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([format!("What is new in version {}", edition.story.version)])
    .chain(titles);
    let bold = headings.chain(questions).map(clean).chain(ours.map(|text| squeeze(&text))).collect();
    let allowed = Allowed { links: links(edition), bold };
    let mut seen = Seen::default();
    for call in calls.iter().filter(|call| call.kind == StepKind::DiscordMessage) {
        content(text(&call.body["content"]), &allowed, &mut seen, wrong);
    }
    if update {
        for (label, change) in edition.change_lines().into_iter().filter(|(_, change)| !change.is_empty()) {
            seen.find("label", label, wrong);
            seen.find("change", change.as_str(), wrong);
        }
    }
    for section in &body.sections {
        if let Some(heading) = &section.heading {
            seen.find("heading", &heading.text, wrong);
        }
        for sentence in &section.sentences {
            seen.find("section", &sentence.text, wrong);
        }
    }
    for sentence in &body.so_far {
        seen.find("so far", &sentence.text, wrong);
    }
    if !update {
        for faq in edition.answered() {
            seen.find("question", &faq.question, wrong);
            for sentence in &faq.answer {
                seen.find("answer", &sentence.text, wrong);
            }
        }
    }
    let counter = if update { body.counter.iter().collect() } else { edition.untold_counter() };
    for sentence in counter {
        seen.find("counter", &sentence.text, wrong);
    }
    for similar in edition.similar {
        seen.find("similar story", &similar.headline, wrong);
        seen.find("similar story's code", similar.code.as_str(), wrong);
    }
    for source in &edition.sources {
        seen.find("number", &source.n.to_string(), wrong);
        seen.find("speaker", source.speaker.as_str(), wrong);
        seen.find("place", source.place.as_str(), wrong);
    }
    for line in edition.method_lines() {
        seen.find("method", line.as_str(), wrong);
    }
    seen.find("marker", &edition.marker(), wrong);
    for correction in corrections {
        seen.find("correction", &correction.text, wrong);
        seen.find("who corrected", &correction.by, wrong);
    }
}

fn clean(text: &str) -> String {
    squeeze(newsdesk::publish::text::Clean::of(text).as_str())
}

/// Of a retracted story nothing is left that can be told from chance.
fn gone(tale: &Tale, calls: &[Call], wrong: &mut Vec<String>) {
    let all: String = calls.iter().map(|call| squeeze(&call.body.to_string())).collect();
    let body = &tale.story.body;
    let said = std::iter::once(&body.headline)
        .chain(&body.dek)
        .chain(body.sections.iter().filter_map(|s| s.heading.as_ref()));
    for sentence in said {
        let words: String = clean(&sentence.text).chars().filter(|c| c.is_alphanumeric()).take(60).collect();
        // A run of one letter tells nothing: the reason of the retraction may hold it, too.
        let telling = words.chars().collect::<std::collections::BTreeSet<_>>().len() > 4;
        if words.chars().count() > 50 && telling && all.contains(&words) {
            wrong.push(format!("retracted, and still there: {words}"));
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
