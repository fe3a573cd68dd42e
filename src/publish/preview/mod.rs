//! The `preview` destination: a folder that shows, to the byte, what Discord and Bluesky would be sent, and one page
//! a person can read.

mod draw;
mod folder;
mod page;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::discord::{Call, Look};
use super::{Edition, Profiles, bluesky, discord};
use crate::model::{
    Delivery, Destination, Severity, Step, StepId, StepKind, StepState, StoryCode, StoryStatus, TopicSlug,
};

pub use folder::PreviewFolder;

/// A step's payload: everything it will write, chosen when it was planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Payload {
    /// First folder. Slug, code and version are the only texts that become a path, and all three are checked when read.
    topic: TopicSlug,
    /// Second folder, with the version.
    code: StoryCode,
    version: u32,
    content: Content,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Content {
    Discord { requests: Vec<Value> },
    Bluesky { records: Vec<Value> },
    Page { html: String, entry: Box<Entry> },
}

/// What the list of all stories shows of one; kept beside its page as `entry.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    topic: TopicSlug,
    topic_name: String,
    code: StoryCode,
    version: u32,
    at: DateTime<Utc>,
    day: String,
    moment: String,
    status: StoryStatus,
    severity: Severity,
    headline: String,
    dek: String,
    size: String,
}

/// Plans the delivery of a story version to the preview folder.
///
/// `at` is the delivery's time: with the edition it decides every byte.
///
/// # Panics
///
/// Never: the payload is plain data with string keys, which always serialises.
pub fn plan(edition: &Edition<'_>, profiles: &Profiles, at: DateTime<Utc>) -> (Delivery, Vec<Step>) {
    let story = edition.story;
    let delivery = Delivery::planned(&story.code, story.version, &Destination::Preview, at);
    let requests = requests(edition, profiles);
    let records = records(edition, profiles, at);
    let (html, entry) = page::render(edition, &requests, &records);
    let contents = [
        (StepKind::PreviewDiscord, Content::Discord { requests }),
        (StepKind::PreviewBluesky, Content::Bluesky { records }),
        (StepKind::PreviewPage, Content::Page { html, entry: Box::new(entry) }),
    ];
    let steps = contents
        .into_iter()
        .enumerate()
        .map(|(n, (kind, content))| {
            let payload = Payload {
                topic: story.topic.clone(),
                code: story.code.clone(),
                version: story.version,
                content,
            };
            Step {
                id: StepId::derive(&delivery.id, n),
                n,
                kind,
                payload: serde_json::to_value(&payload).expect("plain data with string keys serialises"),
                state: StepState::Queued,
            }
        })
        .collect();
    (delivery, steps)
}

/// What Discord would be sent, by a folder that has every version.
fn requests(edition: &Edition<'_>, profiles: &Profiles) -> Vec<Value> {
    let look = Look { opened: edition.story.version > 1, ..profiles.discord.clone() };
    discord::render(edition, &look).iter().map(Call::payload).collect()
}

/// What Bluesky would be sent, by a folder that has every version.
fn records(edition: &Edition<'_>, profiles: &Profiles, at: DateTime<Utc>) -> Vec<Value> {
    let look = bluesky::Look { opened: edition.story.version > 1, ..profiles.bluesky.clone() };
    bluesky::records(&bluesky::render(edition, &look), at)
}

#[cfg(test)]
mod tests;
