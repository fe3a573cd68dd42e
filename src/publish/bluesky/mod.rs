//! Bluesky: a story as a thread of `app.bsky.feed.post` records.
//!
//! Limits of the lexicon, read 2026-11: 300 graphemes and 3,000 bytes of text, 3 languages, 8 tags of 64 graphemes.
//! Post text has no markup: only facets make links, and only addresses of our own list of sources get one. A story
//! mentions nobody.
//!
//! A thread is read by people who scroll: it aims at ten posts at most, an update at three. What has no room in it is
//! on the story's page, or can be asked for.

mod layout;
mod look;
mod opening;
mod post;
pub mod profile;
mod sender;
mod telling;
mod update;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::edition::Edition;
use crate::model::{Delivery, Destination, Step, StepId, StepKind, StepState};

pub use layout::{Gap, Mark, Paragraph, Piece, lay_out};
pub use look::{Look, Quotes, Replies};
pub use post::{Facet, Feature, LinkCard, POST, Post, Ref, Reply};
pub use sender::{BlueskySender, TellOwner, standing_posts};
pub use telling::{Telling, TellingKind, render};

/// Plans the delivery of a story version to an account. `at` is the delivery's time.
///
/// # Panics
///
/// Never: a telling is plain data with string keys, which always serialises.
pub fn plan(edition: &Edition<'_>, did: &str, look: &Look, at: DateTime<Utc>) -> (Delivery, Vec<Step>) {
    let story = edition.story;
    let delivery =
        Delivery::planned(&story.code, story.version, &Destination::Bluesky { did: did.to_owned() }, at);
    let step = Step {
        id: StepId::derive(&delivery.id, 0),
        n: 0,
        kind: StepKind::BlueskyThread,
        payload: serde_json::to_value(render(edition, look)).expect("plain data with string keys serialises"),
        state: StepState::Queued,
    };
    (delivery, vec![step])
}

/// The records of a telling as the preview shows them, without pictures.
///
/// What is only known on the server is symbolic: `reply` holds positions in this list; in an update `root` and the
/// first `parent` name the story's thread (`"opening"`, `"last"`). A quote comes last and names position 0. Each
/// record is a millisecond later than the one before, which keeps threads in order.
pub fn records(telling: &Telling, at: DateTime<Utc>) -> Vec<Value> {
    let opens = telling.kind != TellingKind::Update;
    let times = (0_i64..).map(|n| at + Duration::milliseconds(n));
    let mut records: Vec<Value> = telling
        .posts
        .iter()
        .zip(times.clone())
        .enumerate()
        .map(|(n, (post, at))| {
            let mut record = post.record(at, None, None, None);
            let reply = match (opens, n) {
                (true, 0) => return record,
                (true, n) => json!({ "root": 0, "parent": n - 1 }),
                (false, 0) => json!({ "root": "opening", "parent": "last" }),
                (false, n) => json!({ "root": "opening", "parent": n - 1 }),
            };
            record["reply"] = reply;
            record
        })
        .collect();
    if let (Some(quote), Some(at)) = (&telling.quote, times.clone().nth(records.len())) {
        let mut record = quote.record(at, None, None, None);
        record["embed"] = json!({ "$type": "app.bsky.embed.record", "record": 0 });
        records.push(record);
    }
    records
}

#[cfg(test)]
mod tests;
