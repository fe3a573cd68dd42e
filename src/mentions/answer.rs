//! From a question to an answer: asked of the same desk as everywhere else.

use super::draw::{self, Shown};
use super::question::Question;
use super::read::What;
use crate::answer::{AskError, Desk, Subject, WhyAnswer};
use crate::model::{AmendmentKind, Lang, StoryCode};
use crate::publish::Edition;
use crate::publish::bluesky::{Paragraph, Post, lay_out};
use crate::publish::text::WebLink;
use crate::store::StoreError;

/// Records that a search shows.
const HITS: i64 = 6;

/// What is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// The posts, in order.
    pub(super) posts: Vec<Post>,
    /// The story versions they tell.
    pub(super) about: Vec<(StoryCode, u32)>,
}

/// Who answers, and where stories can be read.
pub(super) struct Voice<'a> {
    pub(super) desk: Desk<'a>,
    /// Our account.
    pub(super) us: &'a str,
    /// Where stories can be read on the web, without the code.
    pub(super) permalink_base: Option<&'a WebLink>,
}

/// Our own sentences are in English, in every answer.
fn ours(paragraphs: &[Paragraph]) -> Answer {
    said(paragraphs, Lang::EN, Vec::new())
}

fn said(paragraphs: &[Paragraph], lang: Lang, about: Vec<(StoryCode, u32)>) -> Answer {
    Answer { posts: lay_out(paragraphs, &[lang], draw::MAX_POSTS), about }
}

impl Voice<'_> {
    /// The answer to a question.
    pub(super) async fn answer(&self, question: &Question) -> Result<Answer, StoreError> {
        match self.ask(question).await {
            Ok(answer) => Ok(answer),
            Err(AskError::Unknown { asked: _, nearest }) => {
                let name = |slug: &String| self.desk.topic(slug).map(|topic| topic.name.as_str());
                let near: Vec<&str> = nearest.iter().filter_map(name).collect();
                Ok(ours(&draw::unknown(&near, self.desk.topics)))
            }
            Err(AskError::NoRecord { .. }) => Ok(ours(&draw::unknown(&[], self.desk.topics))),
            Err(AskError::NoStory { topic, name, known: _, stored, recent, next_scan }) => {
                let view = self.desk.topics.iter().find(|view| view.slug == topic);
                Ok(ours(&draw::no_story(&name, stored, recent, next_scan, view)))
            }
            Err(AskError::Store(err)) => Err(err),
        }
    }

    async fn ask(&self, question: &Question) -> Result<Answer, AskError> {
        let topics = self.desk.topics;
        let about = question.asked.about.clone().or_else(|| question.code.as_ref().map(ToString::to_string));
        Ok(match (&question.asked.what, about) {
            (What::Latest, None) => {
                let lines = self.topic_lines().await?;
                let told = lines.iter().filter_map(|line| line.latest.as_ref());
                let about = told.map(|story| (story.code.clone(), story.version)).collect();
                said(&draw::newest(&lines), Lang::EN, about)
            }
            (What::Sources | What::Why | What::Faq(_) | What::Changed, None) => ours(&draw::which(topics)),
            (What::Latest, Some(about)) => self.story(&about, draw::latest).await?,
            (What::Sources, Some(about)) => self.story(&about, draw::sources).await?,
            (What::Faq(n), Some(about)) => self.story(&about, |shown| draw::faq(shown, *n)).await?,
            (What::Changed, Some(about)) => self.story(&about, draw::changed).await?,
            (What::Why, Some(about)) => self.why(&about).await?,
            (What::Topics, _) => ours(&draw::topics(&self.topic_lines().await?)),
            (What::Help, _) => ours(&draw::help(topics)),
            (What::Unclear, _) => ours(&draw::unclear(topics)),
            (What::Search(words), _) => {
                let mut found = self.desk.search(words, None, HITS).await?;
                let mut stories = Vec::new();
                for hit in found.stories.into_iter().take(10) {
                    if !self.is_retracted(&hit.code).await? {
                        stories.push(hit);
                    }
                }
                found.stories = stories;
                let about = found.stories.iter().map(|hit| (hit.code.clone(), 0)).collect();
                said(&draw::search(&found), Lang::EN, about)
            }
            (What::Stop(place), _) => ours(&draw::left_alone(*place, question.whole_thread)),
            (What::Resume, _) => ours(&draw::back_again()),
        })
    }

    /// An answer about a story; of one that was taken back only that it was.
    async fn story(
        &self,
        about: &str,
        draw: impl Fn(&Shown<'_>) -> Vec<Paragraph>,
    ) -> Result<Answer, AskError> {
        let (row, brief) = self.desk.evidence(about).await?;
        let amendments = self.desk.store.amendments_of(&row.story.code).await?;
        let edition = Edition::new(&row.story, &brief, row.severity).with_amendments(&amendments);
        let lang = edition.lang;
        let code = row.story.code.clone();
        if let Some(retraction) = edition.retraction() {
            // It tells nothing of the story, so it need not go when the story does.
            return Ok(said(&draw::retracted(retraction, &edition), lang, Vec::new()));
        }
        let shown = Shown { whole: self.whole(&code).await?, edition };
        Ok(said(&draw(&shown), lang, vec![(code, row.story.version)]))
    }

    async fn why(&self, about: &str) -> Result<Answer, AskError> {
        if let Subject::Topic(view) = self.desk.subject(about).await? {
            let WhyAnswer::Topic(topic) = self.desk.why(about).await? else {
                return Err(self.desk.unknown(about));
            };
            return Ok(ours(&draw::why_topic(&topic, view)));
        }
        let WhyAnswer::Story { code, decisions, .. } = self.desk.why(about).await? else {
            return Err(self.desk.unknown(about));
        };
        // Later versions are about what was added; what made a story of it was measured before.
        let mut measured = None;
        for row in self.desk.store.story_by_code(&code).await?.into_iter().rev() {
            let signals = self.desk.store.brief(&row.brief).await?.map(|brief| brief.signals);
            if let Some(signals) = signals.filter(|signals| !signals.is_empty()) {
                measured = Some((row.story.at, signals));
                break;
            }
        }
        let measured = measured.as_ref().map(|(at, signals)| (*at, signals.as_slice()));
        self.story(about, |shown| draw::why_story(shown, measured, &decisions)).await
    }

    /// Where all of a story can be read: on the web, else in its thread.
    async fn whole(&self, code: &StoryCode) -> Result<Option<WebLink>, StoreError> {
        if let Some(base) = self.permalink_base {
            return Ok(WebLink::parse(&format!("{base}{code}")));
        }
        let first = self.desk.store.first_post_of(self.us, code).await?;
        Ok(first.and_then(|key| WebLink::parse(&format!("https://bsky.app/profile/{}/post/{key}", self.us))))
    }

    async fn is_retracted(&self, code: &StoryCode) -> Result<bool, StoreError> {
        let all = self.desk.store.amendments_of(code).await?;
        Ok(all.iter().any(|amendment| amendment.kind == AmendmentKind::Retraction))
    }

    async fn topic_lines(&self) -> Result<Vec<crate::answer::TopicLine>, AskError> {
        let mut lines = self.desk.topic_lines().await?;
        for line in &mut lines {
            if let Some(latest) = &line.latest
                && self.is_retracted(&latest.code).await?
            {
                line.latest = None;
            }
        }
        Ok(lines)
    }
}
