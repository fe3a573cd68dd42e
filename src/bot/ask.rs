//! The questions that members ask: read by `answer`, drawn by `draw`.

use tracing::error;

use super::Bot;
use super::custom_id::Verb;
use super::draw::{self, Body};
use super::reply::Asked;
use crate::answer::{AskError, Desk, SearchAnswer, WhyAnswer};
use crate::model::{Amendment, AmendmentKind, StoryCode, TopicSlug};
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
            AskError::NoRecord { url, known: _ } => draw::unknown(&url, &[], verb),
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

/// What was corrected in a story, or the notice that it was taken back.
async fn amended(desk: &Desk<'_>, code: &StoryCode) -> Result<Result<Vec<Amendment>, Box<Body>>, StoreError> {
    let all = desk.store.amendments_of(code).await?;
    Ok(match all.iter().rfind(|a| a.kind == AmendmentKind::Retraction) {
        Some(retraction) => Err(Box::new(draw::retracted(retraction))),
        None => Ok(all),
    })
}

/// Without stories that were taken back.
async fn without_retracted(desk: &Desk<'_>, answer: SearchAnswer) -> Result<SearchAnswer, StoreError> {
    let mut stories = Vec::new();
    for hit in answer.stories.into_iter().take(25) {
        if amended(desk, &hit.code).await?.is_ok() {
            stories.push(hit);
        }
    }
    Ok(SearchAnswer { stories, ..answer })
}

async fn ask(desk: &Desk<'_>, question: &Question, by: &Asked) -> Result<Body, AskError> {
    Ok(match question {
        Question::Story { asked } => {
            let story = desk.story(asked).await?;
            match amended(desk, &story.code).await? {
                Ok(corrections) => draw::story(&story, &corrections),
                Err(retracted) => *retracted,
            }
        }
        Question::Sources { asked, page } => {
            let story = desk.story(asked).await?;
            if let Err(retracted) = amended(desk, &story.code).await? {
                return Ok(*retracted);
            }
            let lines = desk.sources(story.code.as_str()).await?;
            draw::sources(&story.code, story.version, &story.headline, &lines, *page, by.user)
        }
        Question::Faq { asked, n } => {
            let story = desk.story(asked).await?;
            match (amended(desk, &story.code).await?, n) {
                (Err(retracted), _) => *retracted,
                (Ok(_), Some(n)) if *n == 0 || *n > story.faqs.len() => draw::wrong_input(format!(
                    "There is no question number {n} here. `/faq story:{}` tells all there are.",
                    story.code
                )),
                (Ok(_), n) => draw::faq(&story, *n),
            }
        }
        Question::Changed { asked } => {
            let answer = desk.changed(asked).await?;
            match amended(desk, &answer.code).await? {
                Ok(_) => draw::changed(&answer),
                Err(retracted) => *retracted,
            }
        }
        Question::Why { asked } => draw::why(&why(desk, asked).await?),
        Question::Topics { page } => {
            let mut lines = desk.topic_lines().await?;
            for line in &mut lines {
                if let Some(latest) = &line.latest
                    && amended(desk, &latest.code).await?.is_err()
                {
                    line.latest = None;
                }
            }
            draw::topics(&lines, *page, by.user)
        }
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
            let answer = desk.search(std::slice::from_ref(words), topic.as_ref(), HITS).await?;
            draw::search(&without_retracted(desk, answer).await?)
        }
        Question::Status => draw::status(&desk.status().await?),
    })
}

/// Decisions about a story stay answerable when it is taken back; its headline goes.
async fn why(desk: &Desk<'_>, asked: &str) -> Result<WhyAnswer, AskError> {
    Ok(match desk.why(asked).await? {
        WhyAnswer::Story { code, decisions, .. } if amended(desk, &code).await?.is_err() => {
            WhyAnswer::Story { headline: format!("Retracted: story {code}"), code, decisions }
        }
        answer @ (WhyAnswer::Story { .. } | WhyAnswer::Topic(_) | WhyAnswer::Record(_)) => answer,
    })
}
