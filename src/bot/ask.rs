//! The questions that members ask: read by `answer`, drawn by `draw`.

use tracing::error;

use super::Bot;
use super::custom_id::Verb;
use super::draw::{self, Body};
use super::reply::Asked;
use crate::answer::{AskError, Desk};
use crate::model::TopicSlug;
use crate::store::StoreError;

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// The latest story of a topic, or the one with a code.
    Story { asked: String },
    /// One page of its sources.
    Sources { asked: String, page: u32 },
    /// Its questions, or the n-th of them.
    Faq { asked: String, n: Option<usize> },
    /// What its versions changed.
    Changed { asked: String },
    /// Why there is a story, or none.
    Why { asked: String },
    /// One page of the topics.
    Topics { page: u32 },
    /// Stories and records with these words.
    Search { words: String, topic: Option<String> },
    /// How the desk is doing.
    Status,
}

/// Records that a search shows.
const HITS: i64 = 8;

impl Question {
    /// The button that asks the same of something else.
    fn verb(&self) -> Verb {
        match self {
            Self::Story { .. } | Self::Search { .. } | Self::Status => Verb::Story,
            Self::Sources { .. } => Verb::Sources,
            Self::Faq { .. } => Verb::Faq,
            Self::Changed { .. } => Verb::Changed,
            Self::Why { .. } => Verb::Why,
            Self::Topics { .. } => Verb::Topics,
        }
    }
}

impl Bot {
    /// Answers a question, whatever the answer is.
    pub(super) async fn answer(&self, question: &Question, asked: &Asked) -> Body {
        let now = self.clock.now();
        let topics = self.topics(now);
        let desk = Desk { store: &self.store, topics: &topics, now };
        match ask(&desk, question, asked).await {
            Ok(body) => body,
            Err(err) => self.trouble(err, question.verb(), asked).await,
        }
    }

    /// Why there is no answer.
    pub(super) async fn trouble(&self, err: AskError, verb: Verb, asked: &Asked) -> Body {
        match err {
            AskError::Unknown { asked, nearest } => draw::unknown(&asked, &nearest, verb),
            AskError::NoStory { topic, name, known: _, stored, recent, next_scan } => {
                let here = self.follows(asked, &topic).await.unwrap_or_default();
                draw::no_story(&topic, &name, stored, recent, next_scan, here)
            }
            AskError::Store(err) => sorry(&err),
        }
    }

    async fn follows(&self, asked: &Asked, topic: &TopicSlug) -> Result<bool, StoreError> {
        let Some(desk) = asked.desk() else { return Ok(false) };
        Ok(self.store.subscriptions_of_desk(&desk).await?.iter().any(|s| s.topic == *topic && s.awake))
    }
}

/// The store failed: the log has the reason, the asker an apology.
pub(super) fn sorry(err: &StoreError) -> Body {
    error!(%err, "a question could not be answered");
    draw::sorry()
}

async fn ask(desk: &Desk<'_>, question: &Question, by: &Asked) -> Result<Body, AskError> {
    Ok(match question {
        Question::Story { asked } => draw::story(&desk.story(asked).await?),
        Question::Sources { asked, page } => {
            let story = desk.story(asked).await?;
            let lines = desk.sources(story.code.as_str()).await?;
            draw::sources(&story.code, story.version, &story.headline, &lines, *page, by.user)
        }
        Question::Faq { asked, n } => {
            let answer = desk.faq(asked, *n).await?;
            match (answer.faqs.len(), n) {
                (0, Some(n)) => draw::wrong_input(format!(
                    "There is no question number {n}: a story has three. `/faq story:{}` tells them all.",
                    answer.code
                )),
                _ => draw::faq(&answer),
            }
        }
        Question::Changed { asked } => draw::changed(&desk.changed(asked).await?),
        Question::Why { asked } => draw::why(&desk.why(asked).await?),
        Question::Topics { page } => draw::topics(&desk.topic_lines().await?, *page, by.user),
        Question::Search { words, topic } => {
            let topic = match topic {
                Some(asked) => match desk.topic(asked) {
                    Some(topic) => Some(topic.slug.clone()),
                    None => return Err(desk.unknown(asked)),
                },
                None => None,
            };
            if words.trim().chars().count() < 2 {
                return Ok(draw::wrong_input("Please give at least one word of two letters or more."));
            }
            draw::search(&desk.search(std::slice::from_ref(words), topic.as_ref(), HITS).await?)
        }
        Question::Status => draw::status(&desk.status().await?),
    })
}
