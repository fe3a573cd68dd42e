//! Discord: what a story's requests are, to the byte.
//!
//! Limits are those of Discord's documentation, read 2026-11: content 2,000; embed title 256, description 4,096,
//! field name 256 and value 1,024, 25 fields, footer 2,048, author 256, 6,000 in all embeds of a message; 10 embeds;
//! thread name 100; tag name 20; 25 options of a select; custom id 100; nonce 25; description of a file 1,024.
//! Lengths are counted in UTF-16 units, the larger of the two readings.

mod call;
pub mod dialect;
mod digest;
mod markdown;
mod message;
mod opening;
mod sender;
mod telling;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

pub use call::{Call, Look};
pub use digest::digest;
pub use markdown::Markdown;
pub use sender::{DiscordSender, Sign, Tell, Trouble, TroubleKind};

use super::edition::Edition;
use super::text::{Clean, Limit, shorten};
use crate::model::{Delivery, Destination, Step, StepId, StepState, StoryCode, Style};
use message::escaped_size;

/// Message flag `SUPPRESS_EMBEDS`: no previews under what we link.
const SUPPRESS_EMBEDS: u64 = 1 << 2;

/// A week: the longest a quiet thread stays in the channel list.
const AUTO_ARCHIVE_MINUTES: u64 = 10_080;

/// The calls of a story version, in order.
///
/// A version that finds nothing of its story in the destination opens it: a message with a thread under it, a forum
/// post, or one message. Where an earlier version stands ([`Look::opened`]), its opening is edited and the thread is
/// told what is new.
pub fn render(edition: &Edition<'_>, look: &Look) -> Vec<Call> {
    let update = look.opened && edition.story.version > 1;
    let mut calls = match (look.style, update) {
        (Style::Thread | Style::Compact | Style::Digest, false) => opening::post(edition, look),
        (Style::Thread | Style::Compact | Style::Digest, true) => opening::edit(edition, look),
        (Style::Forum, false) => opening::forum_post(edition, look),
        (Style::Forum, true) => opening::forum_edit(edition, look),
    };
    match look.style {
        Style::Thread | Style::Forum => calls.extend(telling::calls(edition, update)),
        Style::Compact | Style::Digest => {}
    }
    calls
}

/// The calls of a version that was posted, as they are now that it was amended: to be compared with its steps.
///
/// `edition` has its amendments, and `look` is as it was when the version was planned (also `opened`). The calls that
/// open a story (post, crosspost, thread, forum post, edit) are the same in number, kind and order whatever the
/// amendments are; of messages there may be more or fewer, and what remains keeps its place.
///
/// - A step that was posted and now says something else: send [`Call::edits`].
/// - A step beyond the new list that was posted: send [`Call::removal`].
/// - A call beyond the old list: send it.
///
/// A **correction** is for the newest version in the destination; only that one needs this. A **retraction** is for
/// every version there, oldest first, so that the opening ends as the newest one's.
pub fn rerender(edition: &Edition<'_>, look: &Look) -> Vec<Call> {
    render(edition, look)
}

/// Plans the delivery of a story version to a channel. `at` is the delivery's time.
pub fn plan(edition: &Edition<'_>, channel: u64, look: &Look, at: DateTime<Utc>) -> (Delivery, Vec<Step>) {
    let story = edition.story;
    let delivery = Delivery::planned(&story.code, story.version, &Destination::Discord { channel }, at);
    let steps = render(edition, look)
        .iter()
        .enumerate()
        .map(|(n, call)| Step {
            id: StepId::derive(&delivery.id, n),
            n,
            kind: call.kind,
            payload: call.payload(),
            state: StepState::Queued,
        })
        .collect();
    (delivery, steps)
}

/// Plans the delivery of a digest to a channel. `at` is the digest's time, which decides every byte with the editions.
pub fn plan_digest(
    editions: &[Edition<'_>],
    code: &StoryCode,
    channel: u64,
    look: &Look,
    at: DateTime<Utc>,
) -> (Delivery, Vec<Step>) {
    let delivery = Delivery::planned(code, 1, &Destination::Discord { channel }, at);
    let call = digest(editions, look, at);
    let step = Step {
        id: StepId::derive(&delivery.id, 0),
        n: 0,
        kind: call.kind,
        payload: call.payload(),
        state: StepState::Queued,
    };
    (delivery, vec![step])
}

/// Nobody is pinged, whatever a text says.
fn unpinged(body: &mut Value) {
    if let Some(body) = body.as_object_mut() {
        body.insert("allowed_mentions".to_owned(), json!({ "parse": [] }));
    }
}

/// A message posted again within minutes under the same nonce is not posted a second time.
fn nonce(body: &mut Value, edition: &Edition<'_>, n: &str) {
    let (code, version) = (&edition.story.code, edition.story.version);
    with_nonce(body, format!("{code}-{version}-{n}"));
}

fn with_nonce(body: &mut Value, nonce: String) {
    if let Some(body) = body.as_object_mut() {
        body.insert("nonce".to_owned(), nonce.into());
        body.insert("enforce_nonce".to_owned(), true.into());
    }
}

/// Plain text where nothing is markup, cut at a word.
fn plain(text: &str, limit: Limit) -> String {
    let text = Clean::of(text);
    let short = shorten(text.as_str(), limit, &|t| limit.size(t));
    or_dash(short)
}

/// Markdown that fits a limit, cut at a word.
fn shortened(text: &Clean, limit: Limit) -> String {
    let limit = limit.less(1);
    let short = shorten(text.as_str(), limit, &escaped_size);
    or_dash(Markdown::escape(&Clean::of(&short)).at_line_start().into_string())
}

/// An empty text is refused by the server.
fn or_dash(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

#[cfg(test)]
pub(crate) mod tests;
