//! What a question is about: a topic, a story by its code, or a record by its address.

use super::{AskError, Desk, TopicView};
use crate::model::StoryCode;
use crate::store::StoryRow;

/// The subject of a question.
#[derive(Clone, Debug)]
pub enum Subject<'a> {
    /// A topic.
    Topic(&'a TopicView),
    /// A story, all its versions, oldest first.
    Story(Vec<StoryRow>),
    /// A record's address.
    Address(String),
}

impl Desk<'_> {
    /// What `asked` names.
    pub async fn subject(&self, asked: &str) -> Result<Subject<'_>, AskError> {
        if let Some(topic) = self.topic(asked) {
            return Ok(Subject::Topic(topic));
        }
        if let Ok(code) = asked.parse::<StoryCode>() {
            let versions = self.store.story_by_code(&code).await?;
            if !versions.is_empty() {
                return Ok(Subject::Story(versions));
            }
        }
        if asked.starts_with("http://") || asked.starts_with("https://") {
            return Ok(Subject::Address(asked.to_owned()));
        }
        Err(AskError::Unknown { asked: asked.to_owned(), nearest: self.nearest(asked) })
    }

    /// All versions of the story that `asked` names: a code's, or the latest of a topic.
    pub(super) async fn versions(&self, asked: &str) -> Result<Vec<StoryRow>, AskError> {
        match self.subject(asked).await? {
            Subject::Story(versions) => {
                // A story that became one with another is answered by that one.
                let code = versions.last().map(|row| row.story.code.clone());
                let lasting = match &code {
                    Some(code) => self.store.continued_as(code).await?,
                    None => None,
                };
                match lasting {
                    Some(code) => Ok(self.store.story_by_code(&code).await?),
                    None => Ok(versions),
                }
            }
            Subject::Topic(topic) => match self.store.latest_story(&topic.slug).await? {
                Some(latest) => Ok(self.store.story_by_code(&latest.story.code).await?),
                None => Err(self.no_story(topic).await?),
            },
            Subject::Address(url) => Err(AskError::Unknown { asked: url, nearest: Vec::new() }),
        }
    }

    async fn no_story(&self, topic: &TopicView) -> Result<AskError, AskError> {
        let day_ago = self.now - chrono::Duration::hours(24);
        let (total, recent, newest) = self.store.topic_totals(&topic.slug, day_ago).await?;
        let known = match newest {
            None => "No record of it is stored".to_owned(),
            Some(newest) => format!(
                "{total} {} stored, {recent} of the last 24 hours; the newest is of {}",
                if total == 1 { "record is" } else { "records are" },
                newest.with_timezone(&topic.time_zone).format("%-d %B %Y, %H:%M %Z")
            ),
        };
        let next = match topic.next_scan {
            Some(at) => {
                format!("The next scan is at {}", at.with_timezone(&topic.time_zone).format("%H:%M %Z"))
            }
            None => "It has no live source: import records, or add a `[[sources]]` entry to its topic file"
                .to_owned(),
        };
        Ok(AskError::NoStory {
            topic: topic.slug.clone(),
            name: topic.name.clone(),
            known: format!("{known}. {next}. `newsdesk why {}` tells more", topic.slug),
            stored: total,
            recent,
            next_scan: topic.next_scan,
        })
    }
}
