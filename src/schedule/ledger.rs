//! What a language model may cost, and every request to it in the store's ledger.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tracing::warn;
use url::Url;

use crate::config::ModelSettings;
use crate::llm::{Billed, Book, Client, ClientSettings, Failure, Sent, Usage};
use crate::model::TopicSlug;
use crate::store::{CallState, Cap, Caps, NewCall, SettledCall, Store, StoreError};

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

/// One question in the ledger; each try is a row.
pub(crate) struct Entry<'a> {
    /// Where the ledger is.
    pub(crate) store: &'a Store,
    /// Who is asked.
    pub(crate) client: &'a Client,
    pub(crate) prices: Prices,
    pub(crate) caps: Caps,
    pub(crate) at: DateTime<Utc>,
    /// Whose budget it is.
    pub(crate) topic: TopicSlug,
    /// What it is for: a story's code and version, or a command.
    pub(crate) job: String,
    /// What is asked for.
    pub(crate) purpose: &'static str,
    /// Digest of what is sent.
    pub(crate) prompt_hash: String,
}

#[async_trait]
impl Book for Entry<'_> {
    async fn open(&self, expected: Usage) -> Result<i64, Failure> {
        let call = NewCall {
            job: self.job.clone(),
            topic: self.topic.clone(),
            purpose: self.purpose,
            provider: self.client.provider(),
            model: self.client.model().to_owned(),
            prompt_hash: self.prompt_hash.clone(),
            expected,
            cost_microusd: self.prices.most(expected),
            price_version: self.prices.version(),
        };
        match self.store.open_model_call(&call, &self.caps, self.at).await {
            Ok(Ok(number)) => Ok(number),
            Ok(Err(cap)) => Err(Failure::OverBudget(over(cap).to_owned())),
            Err(err) => Err(no_book(&err)),
        }
    }

    async fn close(&self, number: i64, sent: &Sent) {
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
            cost_microusd: usage.map_or(0, |usage| self.prices.cost(usage)),
            stop: sent.stop.clone(),
            status: sent.status,
            request_id: sent.request_id.clone().unwrap_or_default(),
        };
        let took = TimeDelta::from_std(sent.took.min(Duration::from_hours(1))).unwrap_or_default();
        // Left as it is, it counts with its estimate: more than it cost, never less.
        if let Err(err) = self.store.settle_model_call(number, &settled, took).await {
            warn!(%err, "a call of the model is not settled");
        }
    }
}

pub(super) fn over(cap: Cap) -> &'static str {
    match cap {
        Cap::Day => "the budget of the day for the language model is spent",
        Cap::Month => "the budget of the month for the language model is spent",
        Cap::Topic => "the topic's budget of the day for the language model is spent",
        Cap::Tokens => "the tokens of the day for the language model are spent",
    }
}

pub(super) fn no_book(err: &StoreError) -> Failure {
    warn!(%err, "the ledger of the model fails");
    Failure::NoBook
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
}
