//! Bluesky: a story as a thread of `app.bsky.feed.post` records.
//!
//! Limits of the lexicon, read 2026-11: 300 graphemes and 3,000 bytes of text, 3 languages, 8 tags of 64 graphemes.
//! Post text has no markup: only facets make links, and only addresses of our own list of sources get one. Nobody
//! is ever mentioned.

mod post;

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::edition::{Edition, Source};
use super::text::{Clean, Limit, WebLink, shorten};
use crate::model::{Amendment, Lang, Sentence};
use post::{Draft, Piece, Thread};

/// Card texts have no stated limit; what would not fit a post would be no card.
const CARD_TITLE: Limit = Limit::BLUESKY_POST;

/// Room for who retracts a story.
const BY_GRAPHEMES: usize = 80;

/// How a desk's Bluesky posts look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlueskyProfile {
    /// Where the desk's stories can be read on the web, without the code; the first post then carries a link card.
    pub permalink_base: Option<WebLink>,
}

/// The records of a story version, in order of posting.
///
/// `reply` is symbolic: positions in this list in a first version; in an update `root` and the first `parent` name
/// the storyline's thread (`"opening"`, `"last"`), to which it is appended. `at` is the delivery's time: each record
/// is a millisecond later than the one before, which keeps threads in order.
pub fn render(edition: &Edition<'_>, profile: &BlueskyProfile, at: DateTime<Utc>) -> Vec<Value> {
    let first = edition.story.version == 1;
    thread(edition)
        .into_iter()
        .enumerate()
        .map(|(n, draft)| {
            let created = at + Duration::milliseconds(i64::try_from(n).unwrap_or(i64::MAX));
            let mut record = json!({
                "$type": "app.bsky.feed.post",
                "text": draft.text,
                "createdAt": created.to_rfc3339_opts(SecondsFormat::Millis, true),
            });
            let Some(fields) = record.as_object_mut() else { return record };
            if edition.lang != Lang::UND {
                fields.insert("langs".to_owned(), json!([edition.lang]));
            }
            if !draft.facets.is_empty() {
                fields.insert("facets".to_owned(), draft.facets.iter().map(facet).collect());
            }
            if n == 0 {
                fields.insert("tags".to_owned(), json!([edition.story.topic.as_str().replace('-', "")]));
                if let Some(base) = profile.permalink_base.as_ref().filter(|_| edition.retraction().is_none())
                {
                    fields.insert("embed".to_owned(), card(edition, base));
                }
            }
            let reply = match (first, n) {
                (true, 0) => None,
                (true, n) => Some(json!({ "root": 0, "parent": n - 1 })),
                (false, 0) => Some(json!({ "root": "opening", "parent": "last" })),
                (false, n) => Some(json!({ "root": "opening", "parent": n - 1 })),
            };
            fields.extend(reply.map(|reply| ("reply".to_owned(), reply)));
            record
        })
        .collect()
}

fn facet((start, end, link): &(usize, usize, WebLink)) -> Value {
    json!({
        "index": { "byteStart": start, "byteEnd": end },
        "features": [{ "$type": "app.bsky.richtext.facet#link", "uri": link.as_str() }],
    })
}

/// The link card; its picture is uploaded when it is sent.
fn card(edition: &Edition<'_>, base: &WebLink) -> Value {
    let body = &edition.story.body;
    let dek: Vec<&str> = body.dek.iter().map(|s| s.text.as_str()).collect();
    let short = |text: &str| shorten(Clean::of(text).as_str(), CARD_TITLE, &|t| CARD_TITLE.size(t));
    json!({
        "$type": "app.bsky.embed.external",
        "external": {
            "uri": format!("{base}{}", edition.story.code),
            "title": short(&body.headline.text),
            "description": short(&dek.join(" ")),
        },
    })
}

/// One post where a story was: nothing of what it said.
fn notice(edition: &Edition<'_>, retraction: &Amendment) -> Draft {
    let tail = format!("\n\n{}, by ", edition.day(retraction.at));
    let by = Limit::BLUESKY_POST.less(300 - BY_GRAPHEMES);
    let by = shorten(Clean::of(&retraction.by).as_str(), by, &|t| by.size(t));
    let head = format!("{}\n\n", edition.retracted_title());
    let room = Limit::BLUESKY_POST.less(head.len() + tail.len() + BY_GRAPHEMES);
    let why = shorten(Clean::of(&retraction.text).as_str(), room, &|t| room.size(t));
    Draft { text: format!("{head}{why}{tail}{by}"), facets: Vec::new() }
}

fn thread(edition: &Edition<'_>) -> Vec<Draft> {
    if let Some(retraction) = edition.retraction() {
        return vec![notice(edition, retraction)];
    }
    let body = &edition.story.body;
    let first = edition.story.version == 1;
    let mut thread = Thread::default();

    let headline = Clean::of(&body.headline.text);
    if first {
        thread.begin(&headline);
        push_all(edition, &mut thread, &body.dek);
    } else {
        // An update says what is new in its first line.
        thread.begin(&Clean::of(&format!("Update: {headline}")));
        for (label, text) in edition.change_lines() {
            thread.push_line(&Piece::plain(Clean::of(&format!("{label}: {text}"))));
        }
    }
    for section in &body.sections {
        thread.begin(&Clean::of(&section.heading.text));
        push_all(edition, &mut thread, &section.sentences);
    }
    if first {
        for faq in body.faqs.iter().filter(|faq| !faq.short.is_empty()) {
            thread.begin(&Clean::of(&faq.question));
            push_all(edition, &mut thread, &faq.short);
        }
    }
    let told = |s: &&Sentence| body.faqs.iter().any(|f| f.short.iter().any(|short| short.text == s.text));
    let counter: Vec<&Sentence> = body.counter.iter().filter(|s| !first || !told(s)).collect();
    if !counter.is_empty() {
        thread.begin(&Clean::of("On the other side"));
        push_all(edition, &mut thread, counter);
    }

    thread.begin(&Clean::of("Sources and checks"));
    thread.push(&Piece::plain(Clean::of(&format!("{}.", edition.records_line()))));
    for line in edition.method_lines() {
        thread.push(&Piece::plain(line));
    }
    thread.push(&Piece::plain(Clean::of(&format!("Story {}.", edition.marker()))));
    if !edition.sources.is_empty() {
        thread.push_line(&Piece::plain(Clean::of("Sources:")));
        for source in &edition.sources {
            thread.push(&Piece::mark(source));
        }
    }
    thread.finish()
}

fn push_all<'s>(
    edition: &Edition<'_>,
    thread: &mut Thread,
    sentences: impl IntoIterator<Item = &'s Sentence>,
) {
    for sentence in sentences {
        let marks: Vec<&Source> = edition.marks(sentence);
        thread.push(&Piece::cited(Clean::of(&sentence.text), &marks));
    }
}

#[cfg(test)]
mod tests;
