//! The story card: a picture that tells a story's headline where posts are only glanced at.

mod avatar;
mod draw;
mod drawn;
mod letters;

use serde::{Deserialize, Serialize};

use super::Edition;
use super::edition::capitalised;
use super::text::{Clean, Limit, shorten};
use crate::model::{Severity, StoryCode, StoryStatus};

pub use avatar::avatar;
use draw::png_of_width;
pub use draw::{CardError, png, svg};
pub(crate) use drawn::Cards;

const ALT: Limit = Limit::discord(1_024);

/// What a card shows. Kept with the step that sends it; drawn when it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Which story.
    pub code: StoryCode,
    /// Its headline.
    pub headline: String,
    /// The topic's name.
    pub topic: String,
    /// Where the story is in its life.
    pub status: StoryStatus,
    /// How much it matters.
    pub severity: Severity,
    /// The day, as people write it.
    pub day: String,
    /// “41 records by 33 authors”.
    pub counts: String,
    /// Records of each of the last days, oldest first; empty if there is nothing to show.
    pub daily: Vec<u64>,
}

impl Card {
    /// Width of its picture.
    pub const WIDTH: u32 = 1_200;

    /// Height of its picture.
    pub const HEIGHT: u32 = 630;

    /// The card of a story, if it has one: none for a retracted story, nor for words that the bundled fonts cannot
    /// draw (Chinese, Arabic).
    pub fn of(edition: &Edition<'_>) -> Option<Self> {
        let story = edition.story;
        let headline = Clean::of(&story.body.headline.text);
        let topic = Clean::of(edition.topic_name);
        let drawn =
            [&headline, &topic].iter().all(|text| !text.is_empty() && letters::can_draw(text.as_str()));
        if edition.retraction().is_some() || !drawn {
            return None;
        }
        Some(Self {
            code: story.code.clone(),
            headline: headline.to_string(),
            topic: topic.to_string(),
            status: story.status,
            severity: edition.severity,
            day: edition.day(story.at),
            counts: edition.records_line(),
            daily: edition.daily.clone(),
        })
    }

    /// What the picture says, for those who do not see it; at most 1,024 characters.
    pub fn alt(&self) -> String {
        shorten(&self.words(), ALT, &|t| ALT.size(t))
    }

    fn words(&self) -> String {
        let Self { code, headline, topic, status, severity, day, counts, daily: _ } = self;
        let status = capitalised(status.as_str());
        format!(
            "Story card. {topic}: {headline}. {status}, {severity} severity. {counts}, {day}. Story {code}."
        )
    }

    /// The name of its file.
    pub fn filename(&self) -> String {
        format!("story-{}.png", self.code)
    }
}

#[cfg(test)]
mod tests;
