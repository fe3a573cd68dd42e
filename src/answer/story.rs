//! A story, its questions and what changed between its versions.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{AskError, Desk};
use crate::model::{
    Amendment, AmendmentKind, Brief, Change, Faq, FaqKind, Methodology, Platform, Section, Sentence,
    Severity, SignalKind, Similar, Story, StoryCode, StoryStatus, TopicSlug,
};
use crate::store::StoryRow;

/// A story as it is answered: strings rendered from checked sentences, and those sentences.
#[derive(Clone, Debug, Serialize)]
pub struct StoryAnswer {
    /// Code.
    pub code: StoryCode,
    /// Topic.
    pub topic: TopicSlug,
    /// Topic's name.
    pub topic_name: String,
    /// Version.
    pub version: u32,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Status.
    pub status: StoryStatus,
    /// How much it matters.
    pub severity: Severity,
    /// What it is about.
    pub label: String,
    /// Headline.
    pub headline: String,
    /// Headline as a checked sentence.
    pub headline_s: Sentence,
    /// Dek.
    pub dek: String,
    /// Dek as checked sentences.
    pub dek_s: Vec<Sentence>,
    /// Sections.
    pub sections: Vec<SectionView>,
    /// The story so far.
    pub so_far: String,
    /// The same as checked sentences.
    pub so_far_s: Vec<Sentence>,
    /// The three questions.
    pub faqs: Vec<FaqLine>,
    /// Counter-evidence.
    pub counter: String,
    /// The same as checked sentences.
    pub counter_s: Vec<Sentence>,
    /// Records it rests on, copies joined.
    pub records: u64,
    /// Distinct outside links.
    pub links: u64,
    /// Platforms, most records first.
    pub platforms: Vec<Platform>,
    /// What was measured.
    pub signals: Vec<SignalView>,
    /// Stories like it.
    pub similar: Vec<Similar>,
    /// What changed since the version before.
    pub changes: Vec<Change>,
    /// What people have said of it since: corrections, or that it was retracted, oldest first.
    pub amendments: Vec<Amendment>,
    /// How it was made.
    pub methodology: Methodology,
}

/// A section as it is answered.
#[derive(Clone, Debug, Serialize)]
pub struct SectionView {
    /// Heading; the first section may have none.
    pub heading: Option<String>,
    /// Heading as a checked sentence.
    pub heading_s: Option<Sentence>,
    /// Body.
    pub sentences: Vec<Sentence>,
}

/// A question as it is answered.
#[derive(Clone, Debug, Serialize)]
pub struct FaqLine {
    /// Which of the three.
    pub kind: FaqKind,
    /// The question.
    pub question: String,
    /// The long answer.
    pub answer: String,
    /// The same as checked sentences.
    pub answer_s: Vec<Sentence>,
    /// The short answer.
    pub short: String,
    /// The same as checked sentences.
    pub short_s: Vec<Sentence>,
}

/// A signal in one line.
#[derive(Clone, Debug, Serialize)]
pub struct SignalView {
    /// Kind.
    pub kind: SignalKind,
    /// In words.
    pub text: String,
}

/// The questions of a story.
#[derive(Clone, Debug, Serialize)]
pub struct FaqAnswer {
    /// Code.
    pub code: StoryCode,
    /// Version.
    pub version: u32,
    /// Headline.
    pub headline: String,
    /// The three questions, or the one asked for.
    pub faqs: Vec<FaqLine>,
}

/// The versions of a story and what each changed.
#[derive(Clone, Debug, Serialize)]
pub struct ChangedAnswer {
    /// Code.
    pub code: StoryCode,
    /// Topic.
    pub topic: TopicSlug,
    /// Headline of the latest version.
    pub headline: String,
    /// Versions, newest first.
    pub versions: Vec<VersionLine>,
}

/// One version in a chain.
#[derive(Clone, Debug, Serialize)]
pub struct VersionLine {
    /// Its number.
    pub version: u32,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Its status then.
    pub status: StoryStatus,
    /// Its headline.
    pub headline: String,
    /// What it changed; empty for the first.
    pub changes: Vec<Change>,
    /// Set when sentences were erased because a source was deleted.
    pub erased_at: Option<DateTime<Utc>>,
}

/// Sentences as one paragraph.
pub(crate) fn paragraph(sentences: &[Sentence]) -> String {
    sentences.iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join(" ")
}

impl From<&Section> for SectionView {
    fn from(section: &Section) -> Self {
        Self {
            heading: section.heading.as_ref().map(|heading| heading.text.clone()),
            heading_s: section.heading.clone(),
            sentences: section.sentences.clone(),
        }
    }
}

impl From<&Faq> for FaqLine {
    fn from(faq: &Faq) -> Self {
        Self {
            kind: faq.kind,
            question: faq.question.clone(),
            answer: paragraph(&faq.answer),
            answer_s: faq.answer.clone(),
            short: paragraph(&faq.short),
            short_s: faq.short.clone(),
        }
    }
}

impl StoryAnswer {
    /// Renders a stored version; `brief` brings its signals and similar stories.
    pub fn of(row: &StoryRow, brief: Option<&Brief>, topic_name: &str) -> Self {
        let story: &Story = &row.story;
        let body = &story.body;
        Self {
            code: story.code.clone(),
            topic: story.topic.clone(),
            topic_name: topic_name.to_owned(),
            version: story.version,
            at: story.at,
            status: story.status,
            severity: row.severity,
            label: story.label.clone(),
            headline: body.headline.text.clone(),
            headline_s: body.headline.clone(),
            dek: paragraph(&body.dek),
            dek_s: body.dek.clone(),
            sections: body.sections.iter().map(SectionView::from).collect(),
            so_far: paragraph(&body.so_far),
            so_far_s: body.so_far.clone(),
            faqs: body.faqs.iter().map(FaqLine::from).collect(),
            counter: paragraph(&body.counter),
            counter_s: body.counter.clone(),
            records: story.records,
            links: story.links,
            platforms: story.platforms.clone(),
            signals: brief
                .map(|b| {
                    b.signals.iter().map(|s| SignalView { kind: s.kind, text: s.text.clone() }).collect()
                })
                .unwrap_or_default(),
            similar: brief.map(|b| b.similar.clone()).unwrap_or_default(),
            changes: story.changes.clone(),
            amendments: Vec::new(),
            methodology: story.methodology.clone(),
        }
    }
}

impl Desk<'_> {
    /// The latest version of the story that `asked` names (a topic's latest, or a code's).
    pub async fn story(&self, asked: &str) -> Result<StoryAnswer, AskError> {
        let row = self.latest(asked).await?;
        let brief = self.store.brief(&row.brief).await?;
        let name = self
            .topics
            .iter()
            .find(|t| t.slug == row.story.topic)
            .map_or(row.story.topic.as_str(), |t| t.name.as_str());
        let mut amendments = self.store.amendments_of(&row.story.code).await?;
        if let Ok(code) = asked.parse::<StoryCode>()
            && code != row.story.code
        {
            // Asked for by the name of a story that became one with this: say so first.
            let mut notes = self.store.amendments_of(&code).await?;
            notes.retain(|a| a.kind == AmendmentKind::Continuation);
            amendments.splice(0..0, notes);
        }
        let status = self.status_of(&row).await?;
        Ok(StoryAnswer { status, amendments, ..StoryAnswer::of(&row, brief.as_ref(), name) })
    }

    /// The status of a story as of the desk's last look at its topic: before it looks, it cannot know of silence.
    pub(super) async fn status_of(&self, row: &StoryRow) -> Result<StoryStatus, AskError> {
        let looked = self.store.last_pulse(&row.story.topic, self.now).await?.map(|(at, _)| at);
        Ok(row.story.status.after(looked.map_or(chrono::TimeDelta::zero(), |at| at - row.story.at)))
    }

    pub(super) async fn latest(&self, asked: &str) -> Result<StoryRow, AskError> {
        let mut versions = self.versions(asked).await?;
        versions.pop().ok_or_else(|| AskError::Unknown { asked: asked.to_owned(), nearest: Vec::new() })
    }

    /// The questions of a story; `n` (from 1) asks for one of them.
    pub async fn faq(&self, asked: &str, n: Option<usize>) -> Result<FaqAnswer, AskError> {
        let story = self.story(asked).await?;
        let faqs = match n {
            Some(n) => story.faqs.into_iter().skip(n.saturating_sub(1)).take(1).collect(),
            None => story.faqs,
        };
        Ok(FaqAnswer { code: story.code, version: story.version, headline: story.headline, faqs })
    }

    /// What changed from version to version, newest first.
    pub async fn changed(&self, asked: &str) -> Result<ChangedAnswer, AskError> {
        let versions = self.versions(asked).await?;
        let Some(latest) = versions.last() else {
            return Err(AskError::Unknown { asked: asked.to_owned(), nearest: Vec::new() });
        };
        Ok(ChangedAnswer {
            code: latest.story.code.clone(),
            topic: latest.story.topic.clone(),
            headline: latest.story.body.headline.text.clone(),
            versions: versions
                .iter()
                .rev()
                .map(|row| VersionLine {
                    version: row.story.version,
                    at: row.story.at,
                    status: row.story.status,
                    headline: row.story.body.headline.text.clone(),
                    changes: row.story.changes.clone(),
                    erased_at: row.erased_at,
                })
                .collect(),
        })
    }
}
