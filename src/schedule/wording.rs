//! A language model's turn: who is asked, what it may cost, and what the story says about it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tracing::{info, warn};
use url::Url;

use super::newsroom::Newsroom;
use crate::config::ModelSettings;
use crate::llm::{Ask, Billed, Book, Client, ClientSettings, Failure, Sent, Usage};
use crate::model::{Brief, ModelUse, Sha256, Story, StoryBody, TopicSlug};
use crate::store::{CallState, Cap, Caps, NewCall, SettledCall, Store, StoreError};
use crate::write::model_writer::{
    self, ModelAnswers, ModelStory, ModelWriterSettings, NoModelStory, Purpose, Teller,
};
use crate::write::{Draft, SettleSettings};

/// What a million tokens cost, in millionths of a dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prices {
    input: u64,
    output: u64,
    cache_write: u64,
    cache_read: u64,
}

/// Dollars as the configuration has them, in millionths.
fn microusd(dollars: f64) -> u64 {
    (dollars * 1_000_000.0).round() as u64
}

impl Prices {
    pub(crate) fn of(settings: &ModelSettings) -> Self {
        Self {
            input: microusd(settings.price_in),
            output: microusd(settings.price_out),
            cache_write: microusd(settings.price_cache_write),
            cache_read: microusd(settings.price_cache_read),
        }
    }

    /// What tokens cost, rounded up.
    pub(crate) fn cost(&self, usage: Usage) -> u64 {
        let parts = [
            (usage.input, self.input),
            (usage.cache_write, self.cache_write),
            (usage.cache_read, self.cache_read),
            (usage.output, self.output),
        ];
        let cost: u128 = parts.iter().map(|(tokens, price)| u128::from(*tokens) * u128::from(*price)).sum();
        u64::try_from(cost.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }

    /// What a request costs at the most: the server may keep what it reads.
    fn most(&self, expected: Usage) -> u64 {
        let dearest = Self { input: self.input.max(self.cache_write), ..*self };
        dearest.cost(expected)
    }

    /// Whether reading or writing costs nothing, as it does where nobody set a price.
    pub(crate) fn are_missing(&self) -> bool {
        self.input == 0 || self.output == 0
    }

    /// Names the prices in the ledger.
    fn version(&self) -> String {
        format!("{}/{}/{}/{}", self.input, self.output, self.cache_write, self.cache_read)
    }
}

/// What may be spent, by the configuration.
pub(crate) fn caps_of(settings: &ModelSettings) -> Caps {
    Caps {
        day: microusd(settings.day_cap),
        month: microusd(settings.month_cap),
        topic_day: microusd(settings.topic_day_cap),
        tokens_day: settings.tokens_day_cap,
    }
}

/// The client of a configuration; `None` where there is no model.
///
/// # Errors
/// What is missing, in words.
pub(crate) fn client_of(settings: &ModelSettings, seed: u64) -> Option<Result<Client, String>> {
    let provider = settings.provider?;
    let client = || {
        if settings.model.trim().is_empty() {
            return Err("`model` in `[model]` is not set".to_owned());
        }
        let key = settings.key_source().map(|source| source.read()).transpose();
        let key = key.map_err(|err| format!("`model.key_file` cannot be read: {err}"))?;
        let url = settings.base_url.clone().or_else(|| Url::parse(provider.usual_address()).ok());
        let url = url.ok_or_else(|| "there is no address".to_owned())?;
        let how = ClientSettings {
            key,
            timeout: settings.timeout,
            rest: settings.rest,
            jitter_seed: seed,
            ..ClientSettings::new(provider, url, settings.model.clone())
        };
        Client::new(how).ok_or_else(|| "`base_url` in `[model]` is no web address".to_owned())
    };
    Some(client())
}

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
        let entry = Entry { purchase: self, purpose, prompt_hash: digest.to_string() };
        let reply = client.ask(ask, &entry).await?;
        self.store.keep_model_reply(&question, &reply, self.at).await.map_err(|err| no_book(&err))?;
        Ok(reply)
    }
}

fn no_book(err: &StoreError) -> Failure {
    warn!(%err, "the ledger of the model fails");
    Failure::NoBook
}

/// One question in the ledger; each try is a row.
struct Entry<'a> {
    purchase: &'a Purchase<'a>,
    purpose: Purpose,
    prompt_hash: String,
}

#[async_trait]
impl Book for Entry<'_> {
    async fn open(&self, expected: Usage) -> Result<i64, Failure> {
        let Purchase { model, store, at, topic, job } = self.purchase;
        let call = NewCall {
            job: job.clone(),
            topic: (*topic).clone(),
            purpose: self.purpose.as_str(),
            provider: model.client.provider(),
            model: model.client.model().to_owned(),
            prompt_hash: self.prompt_hash.clone(),
            expected,
            cost_microusd: model.prices.most(expected),
            price_version: model.prices.version(),
        };
        match store.open_model_call(&call, &model.caps, *at).await {
            Ok(Ok(number)) => Ok(number),
            Ok(Err(cap)) => Err(Failure::OverBudget(over(cap).to_owned())),
            Err(err) => Err(no_book(&err)),
        }
    }

    async fn close(&self, number: i64, sent: &Sent) {
        let Purchase { model, store, .. } = self.purchase;
        let (state, usage) = match (&sent.text, sent.usage) {
            (Ok(_), usage) => (CallState::Ok, usage),
            (Err(_), Some(usage)) => (CallState::Failed, Some(usage)),
            (Err(failure), None) => match failure.billed() {
                Billed::No => (CallState::Failed, Some(Usage::default())),
                Billed::Perhaps => (CallState::Unknown, None),
            },
        };
        let settled = SettledCall {
            state,
            usage,
            cost_microusd: usage.map_or(0, |usage| model.prices.cost(usage)),
            stop: sent.stop.clone(),
            status: sent.status,
            request_id: sent.request_id.clone().unwrap_or_default(),
        };
        let took = TimeDelta::from_std(sent.took.min(Duration::from_hours(1))).unwrap_or_default();
        // Left as it is, it counts with its estimate: more than it cost, never less.
        if let Err(err) = store.settle_model_call(number, &settled, took).await {
            warn!(%err, "a call of the model is not settled");
        }
    }
}

fn over(cap: Cap) -> &'static str {
    match cap {
        Cap::Day => "the budget of the day for the language model is spent",
        Cap::Month => "the budget of the month for the language model is spent",
        Cap::Topic => "the topic's budget of the day for the language model is spent",
        Cap::Tokens => "the tokens of the day for the language model are spent",
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
    use super::*;

    #[test]
    fn a_cost_is_whole_and_never_too_small() {
        let settings = ModelSettings {
            price_in: 3.0,
            price_out: 15.0,
            price_cache_read: 0.3,
            ..ModelSettings::default()
        };
        let prices = Prices::of(&settings);
        let usage = Usage { input: 3_500, output: 1_000, cache_read: 1, ..Usage::default() };
        assert_eq!(prices.cost(usage), 10_500 + 15_000 + 1);
        assert_eq!(prices.cost(Usage::default()), 0);
        assert_eq!(prices.version(), "3000000/15000000/0/300000");
        let dear = Prices { cache_write: 3_750_000, ..prices };
        assert_eq!(dear.most(Usage { input: 1_000, ..Usage::default() }), 3_750);
    }

    #[test]
    fn the_reason_is_a_sentence() {
        let none = NoModelStory::NoAnswer(Failure::OverBudget(over(Cap::Day).to_owned()));
        assert_eq!(
            without(&none),
            "The budget of the day for the language model is spent: this story was written without it."
        );
    }
}
