//! A language model's turn: what is bought, what is kept of it, and what the story says about it.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tracing::{info, warn};

use super::ledger::{Entry, Prices, caps_of, client_of, no_book};
use super::newsroom::Newsroom;
use crate::config::ModelSettings;
use crate::llm::{Ask, Client, Failure};
use crate::model::{Brief, ModelUse, Sha256, Story, StoryBody, TopicSlug};
use crate::store::{Caps, Store, StoreError};
use crate::write::model_writer::{
    self, ModelAnswers, ModelStory, ModelWriterSettings, NoModelStory, Purpose, Teller,
};
use crate::write::{Draft, SettleSettings};

/// A model with what it may do and cost.
#[derive(Debug)]
pub(super) struct Model {
    client: Client,
    prices: Prices,
    caps: Caps,
    settings: ModelWriterSettings,
}

impl Model {
    /// That of a configuration; one that is not set up right is as none, and said in the log.
    pub(super) fn of(settings: &ModelSettings, seed: u64) -> Option<Arc<Self>> {
        match client_of(settings, seed)? {
            Ok(client) => Some(Arc::new(Self {
                client,
                prices: Prices::of(settings),
                caps: caps_of(settings),
                settings: ModelWriterSettings {
                    reports: settings.reports,
                    repairs: settings.repairs,
                    max_output_tokens: settings.max_output_tokens,
                },
            })),
            Err(err) => {
                warn!(%err, "the language model is off");
                None
            }
        }
    }
}

/// The requests for one story: noted before they leave, answers kept before they are used.
struct Purchase<'a> {
    model: &'a Model,
    store: &'a Store,
    at: DateTime<Utc>,
    topic: &'a TopicSlug,
    job: String,
}

#[async_trait]
impl Teller for Purchase<'_> {
    async fn tell(&self, purpose: Purpose, ask: &Ask) -> Result<String, Failure> {
        let client = &self.model.client;
        let digest = ask.digest();
        let question = Sha256::of(&format!("{}\u{0}{}\u{0}{digest}", client.provider(), client.model()));
        let known = self.store.model_reply(&question).await.map_err(|err| no_book(&err))?;
        if let Some(reply) = known {
            return Ok(reply);
        }
        let entry = Entry {
            store: self.store,
            client,
            prices: self.model.prices,
            caps: self.model.caps,
            at: self.at,
            topic: self.topic.clone(),
            job: self.job.clone(),
            purpose: purpose.as_str(),
            prompt_hash: digest.to_string(),
        };
        let reply = client.ask(ask, &entry).await?;
        self.store.keep_model_reply(&question, &reply, self.at).await.map_err(|err| no_book(&err))?;
        Ok(reply)
    }
}

/// A story's body and how it came about.
pub(super) struct Wording {
    pub(super) body: StoryBody,
    pub(super) checked: u64,
    pub(super) dropped: u64,
    how: Option<How>,
}

/// What the methodology says of a model, and what is kept of it.
struct How {
    cost_microusd: u64,
    /// What it wrote with, if the story is its.
    told: Option<(ModelUse, ModelAnswers)>,
    /// Why it is not.
    without: Option<String>,
}

impl Wording {
    /// As the extractive writer told it.
    pub(super) fn extractive(body: StoryBody, checked: u64, dropped: u64) -> Self {
        Self { body, checked, dropped, how: None }
    }

    /// The body, and the rest for the story made of it.
    pub(super) fn into_parts(self) -> (StoryBody, u64, u64, HowTold) {
        (self.body, self.checked, self.dropped, HowTold(self.how))
    }
}

/// How a story was told, to be noted in it.
pub(super) struct HowTold(Option<How>);

impl HowTold {
    /// Says it in the story's methodology.
    pub(super) fn note_in(&self, story: &mut Story) {
        let Some(how) = &self.0 else { return };
        let methodology = &mut story.methodology;
        methodology.cost_microusd = how.cost_microusd;
        methodology.caveats.extend(how.without.clone());
        if let Some((model, _)) = &how.told {
            methodology.writer = format!("{} {}", model.provider, model.name);
            methodology.model = Some(Box::new(model.clone()));
        }
    }

    /// What the model said, if the story is its.
    pub(super) fn answers(&self) -> Option<&ModelAnswers> {
        self.0.as_ref()?.told.as_ref().map(|(_, answers)| answers)
    }
}

impl Newsroom {
    /// Lets the model tell what the extractive writer told, if there is a model and its story stands; else the wording as it
    /// is, with the reason. Whether there is a story is decided before: the model changes how it reads, never that.
    pub(super) async fn in_the_models_words(
        &self,
        brief: &Brief,
        draft: &Draft,
        wording: Wording,
        bars: &SettleSettings,
    ) -> Result<Wording, StoreError> {
        let Some(model) = &self.model else { return Ok(wording) };
        // The same tick again: what is stored stands, so nothing is bought.
        if self.out.story_version(&brief.storyline, brief.version).await?.is_some() {
            return Ok(wording);
        }
        let job = format!("{} v{}", brief.code, brief.version);
        let purchase =
            Purchase { model, store: &self.out, at: brief.at, topic: &brief.topic.slug, job: job.clone() };
        let told = model_writer::write(brief, draft, &model.settings, bars, &purchase).await;
        let cost_microusd = self.out.model_spent_on(&job).await?.microusd;
        match told {
            Ok(ModelStory { body, checked, dropped, answers, rejections }) => {
                for rejection in &rejections {
                    tracing::debug!(code = %rejection.code, place = %rejection.place, "a sentence of the model fell");
                }
                let (version, sha256) = model_writer::prompt_of(brief, &model.settings);
                let used = ModelUse {
                    provider: model.client.provider().to_string(),
                    name: model.client.model().to_owned(),
                    prompt: version.to_owned(),
                    prompt_sha256: sha256,
                };
                let how = How { cost_microusd, told: Some((used, answers)), without: None };
                Ok(Wording { body, checked, dropped, how: Some(how) })
            }
            Err(none) => {
                info!(story.code = %brief.code, why = %none, "written without the language model");
                let how = How { cost_microusd, told: None, without: Some(without(&none)) };
                Ok(Wording { how: Some(how), ..wording })
            }
        }
    }
}

/// Why a story is not the model's, for readers.
fn without(none: &NoModelStory) -> String {
    let why = match none {
        NoModelStory::NoAnswer(Failure::OverBudget(why)) => why.as_str(),
        NoModelStory::NoAnswer(_) => "the language model gave no answer",
        NoModelStory::Unreadable(_)
        | NoModelStory::NoHeadline
        | NoModelStory::LostTooMuch { .. }
        | NoModelStory::Withheld(_) => "what the language model wrote did not pass the checks",
    };
    let mut chars = why.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}: this story was written without it.", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::ledger::over;
    use super::*;
    use crate::store::Cap;

    #[test]
    fn the_reason_is_a_sentence() {
        let none = NoModelStory::NoAnswer(Failure::OverBudget(over(Cap::Day).to_owned()));
        assert_eq!(
            without(&none),
            "The budget of the day for the language model is spent: this story was written without it."
        );
    }
}
