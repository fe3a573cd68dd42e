//! The model writer: a language model proposes a story, and what it proposes is treated as data.
//!
//! It is shown the brief between marks and answers in a fixed shape: sentences, each with its kind and the quotes and counts it
//! rests on. Speakers, days and numbers come as placeholders, which are filled in here. Every sentence is held to the same
//! checks as any writer's; one that fails is sent back at most twice, then an extractive sentence takes its place. A paraphrase
//! (`report`) stands only if a second question, which shows nothing but the source and the sentence, is answered with “supported”.
//! When the headline or too much of the rest is lost, there is no story of the model's, and the extractive one stands.
//!
//! Nothing here sends anything: whoever calls brings a [`Teller`].

mod answer;
mod confirm;
mod fill;
mod judge;
mod mend;
mod prompt;
mod schema;
mod shown;
#[cfg(test)]
mod tests;
mod weave;

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use self::answer::Piece;
use super::{Draft, SettleSettings, Settled, settle};
use crate::llm::{Ask, Failure};
use crate::model::{Brief, Place, Rejection, RejectionCode, SentenceKind, Sha256, StoryBody, text_enum};

text_enum! {
    /// What a model is asked for.
    pub enum Purpose: "purpose" {
        /// A story.
        Write => "write",
        /// Other sentences for those that failed.
        Repair => "repair",
        /// Whether a source supports a sentence.
        Confirm => "confirm",
    }
}

/// Whoever asks a model, or has its answers.
#[async_trait]
pub trait Teller: Send + Sync {
    /// The answer to a question, as text.
    async fn tell(&self, purpose: Purpose, ask: &Ask) -> Result<String, Failure>;
}

/// How the model is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelWriterSettings {
    /// Whether it may paraphrase, each time confirmed by a second question. Default: true.
    pub reports: bool,
    /// How often failing sentences are sent back. Default: 2.
    pub repairs: u32,
    /// Longest answer, in tokens. Default: 4000.
    pub max_output_tokens: u32,
}

impl Default for ModelWriterSettings {
    fn default() -> Self {
        Self { reports: true, repairs: 2, max_output_tokens: 4_000 }
    }
}

/// One question's answer, as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelAnswer {
    /// What was asked for.
    pub purpose: Purpose,
    /// The answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Why there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// Everything a model said for a story, so that the story can be made again from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelAnswers {
    /// How it was used.
    pub settings: ModelWriterSettings,
    /// Its answers, in order.
    pub answers: Vec<ModelAnswer>,
}

/// A story of a model's.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelStory {
    /// What it says: every sentence passed its checks.
    pub body: StoryBody,
    /// Sentences checked.
    pub checked: u64,
    /// Of the model's sentences, those that did not make it.
    pub dropped: u64,
    /// What the model said.
    pub answers: ModelAnswers,
    /// Why sentences fell, at their last try.
    pub rejections: Vec<Rejection>,
}

/// Why there is no story of a model's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoModelStory {
    /// There was no answer.
    #[error("{0}")]
    NoAnswer(Failure),
    /// The answer has another shape.
    #[error("its answer could not be read: {0}")]
    Unreadable(String),
    /// The headline did not pass.
    #[error("its headline did not pass the checks")]
    NoHeadline,
    /// Too much did not pass.
    #[error("{lost} of its {of} sentences did not pass the checks")]
    LostTooMuch {
        /// How many fell.
        lost: usize,
        /// Of how many.
        of: usize,
    },
    /// What was left is no story.
    #[error("{0}")]
    Withheld(String),
}

/// Share of the body that may fall, 0…1.
const MAY_FALL: f64 = 0.4;
/// Share of sentences that may be paraphrases, 0…1.
const MAY_REPORT: f64 = 0.3;

/// The version of the prompt, and its digest for a language and a size of story.
pub fn prompt_of(brief: &Brief, settings: &ModelWriterSettings) -> (&'static str, Sha256) {
    let words = prompt::system(brief, settings);
    (prompt::VERSION, Sha256::of(&format!("{words}\u{0}{}", schema::story(brief, settings))))
}

/// The first question about a brief: what is sent, to the byte.
pub fn first_ask(brief: &Brief, settings: &ModelWriterSettings) -> Ask {
    Ask {
        system: prompt::system(brief, settings),
        user: prompt::write(brief, None),
        name: "story",
        schema: schema::story(brief, settings),
        max_tokens: settings.max_output_tokens,
    }
}

/// Keeps what was told, in order.
struct Recording<'a> {
    teller: &'a dyn Teller,
    answers: Mutex<Vec<ModelAnswer>>,
}

impl Recording<'_> {
    async fn tell(&self, purpose: Purpose, ask: &Ask) -> Result<String, Failure> {
        let answer = self.teller.tell(purpose, ask).await;
        let told = ModelAnswer {
            purpose,
            text: answer.as_ref().ok().cloned(),
            failed: answer.as_ref().err().map(ToString::to_string),
        };
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push(told);
        answer
    }
}

/// Asks for a story and makes what passes of it into one; `extractive` is what stands where nothing does.
///
/// # Errors
/// [`NoModelStory`] says why the extractive story stands.
pub async fn write(
    brief: &Brief,
    extractive: &Draft,
    settings: &ModelWriterSettings,
    bars: &SettleSettings,
    teller: &dyn Teller,
) -> Result<ModelStory, NoModelStory> {
    let recording = Recording { teller, answers: Mutex::default() };
    let mut pieces = ask_for_story(brief, settings, &recording).await?;
    judge::judge(&mut pieces, brief, settings);
    for _ in 0..settings.repairs {
        let Some(ask) = mend::ask(&pieces, brief, settings) else { break };
        let Ok(text) = recording.tell(Purpose::Repair, &ask).await else { break };
        if !mend::replace(&mut pieces, &text, brief) {
            break;
        }
        judge::judge(&mut pieces, brief, settings);
    }
    confirm_reports(&mut pieces, brief, &recording).await;
    // What leaned on a paraphrase that fell falls with it.
    judge::judge(&mut pieces, brief, settings);
    let body = || pieces.iter().filter(|p| !matches!(p.place, Place::Headline | Place::Heading { .. }));
    let (lost, of) = (body().filter(|p| p.passing().is_none()).count(), body().count());
    if !pieces.iter().any(|p| p.place == Place::Headline && p.passing().is_some()) {
        return Err(NoModelStory::NoHeadline);
    }
    if lost as f64 > MAY_FALL * of as f64 {
        return Err(NoModelStory::LostTooMuch { lost, of });
    }
    let fallen = pieces.iter().filter(|p| p.passing().is_none()).count() as u64;
    let rejections = pieces.iter().flat_map(|p| p.wrong.clone()).collect();
    let answers = || recording.answers.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match settle(weave::draft(&pieces, extractive, brief), brief, bars) {
        Settled::Story { body, checked, .. } => Ok(ModelStory {
            body,
            checked: checked.max(pieces.len() as u64),
            dropped: fallen,
            answers: ModelAnswers { settings: *settings, answers: answers() },
            rejections,
        }),
        Settled::Withheld { why, .. } => Err(NoModelStory::Withheld(why)),
    }
}

/// The story, asked for once more if the first answer is cut off or has another shape.
async fn ask_for_story(
    brief: &Brief,
    settings: &ModelWriterSettings,
    recording: &Recording<'_>,
) -> Result<Vec<Piece>, NoModelStory> {
    let mut ask = first_ask(brief, settings);
    let why = match recording.tell(Purpose::Write, &ask).await {
        Ok(text) => match answer::parse(&text, brief) {
            Ok(pieces) => return Ok(pieces),
            Err(why) => {
                ask.user = prompt::write(brief, Some(&why));
                why
            }
        },
        Err(Failure::CutOff) => {
            ask.max_tokens = ask.max_tokens.saturating_mul(2);
            Failure::CutOff.to_string()
        }
        Err(failure) => return Err(NoModelStory::NoAnswer(failure)),
    };
    match recording.tell(Purpose::Write, &ask).await {
        Ok(text) => answer::parse(&text, brief).map_err(NoModelStory::Unreadable),
        Err(Failure::CutOff) => Err(NoModelStory::NoAnswer(Failure::CutOff)),
        Err(failure) => {
            tracing::debug!(%why, "the first answer was of no use");
            Err(NoModelStory::NoAnswer(failure))
        }
    }
}

/// Asks about every paraphrase that passed so far, as many as there may be; all others fall.
async fn confirm_reports(pieces: &mut [Piece], brief: &Brief, recording: &Recording<'_>) {
    let most = (pieces.len() as f64 * MAY_REPORT).floor() as usize;
    let mut asked = 0;
    for piece in pieces.iter_mut() {
        let Some(sentence) = piece.passing_but_unconfirmed().filter(|s| s.kind == SentenceKind::Report)
        else {
            continue;
        };
        let confirmed = match confirm::ask(sentence, brief).filter(|_| asked < most) {
            Some(ask) => {
                asked += 1;
                let verdict = recording.tell(Purpose::Confirm, &ask.ask).await;
                verdict.is_ok_and(|text| ask.is_supported_by(&text))
            }
            None => false,
        };
        if confirmed {
            piece.confirmed = true;
        } else {
            piece.fall(RejectionCode::Unconfirmed, "no second check agreed");
        }
    }
}

/// Makes a story again from what a model said: nothing is asked.
#[derive(Debug)]
struct Replayed<'a>(Mutex<std::slice::Iter<'a, ModelAnswer>>);

#[async_trait]
impl Teller for Replayed<'_> {
    async fn tell(&self, purpose: Purpose, _: &Ask) -> Result<String, Failure> {
        let next = self.0.lock().unwrap_or_else(PoisonError::into_inner).next();
        match next.filter(|told| told.purpose == purpose) {
            Some(ModelAnswer { text: Some(text), .. }) => Ok(text.clone()),
            Some(told) if told.failed.as_deref() == Some(&Failure::CutOff.to_string()) => {
                Err(Failure::CutOff)
            }
            Some(_) | None => Err(Failure::Empty),
        }
    }
}

/// The story that these answers make of a brief.
///
/// # Errors
/// As [`write()`].
pub async fn replay(
    brief: &Brief,
    extractive: &Draft,
    answers: &ModelAnswers,
    bars: &SettleSettings,
) -> Result<ModelStory, NoModelStory> {
    let teller = Replayed(Mutex::new(answers.answers.iter()));
    write(brief, extractive, &answers.settings, bars, &teller).await
}
