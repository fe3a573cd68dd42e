//! One client for all: sends, tries again, and leaves a server alone that failed for good.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{self, HeaderMap};
use reqwest::redirect::Policy;
use serde::de::IgnoredAny;
use serde_json::Value;
use tokio::time::Instant;
use tracing::{debug, info};
use url::Url;

use super::failure::Failure;
use super::request::{Ask, Provider, Usage, tokens_of};
use super::{anthropic, ollama, openai};
use crate::config::Secret;
use crate::ingest::http::body::{BodyFault, read_up_to};
use crate::ingest::http::retry_after;
use crate::model::{Clock as _, SystemClock};

/// How a server is asked.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Whose way of asking it understands.
    pub provider: Provider,
    /// Its address, with or without the path of what is asked.
    pub url: Url,
    /// The model's name there.
    pub model: String,
    /// The key, if the server wants one.
    pub key: Option<Secret>,
    /// Longest time for one request; a local model is loaded by the first one. Default two minutes.
    pub timeout: Duration,
    /// Requests for one answer. Default 3.
    pub tries: u32,
    /// The wait before a request is tried again, doubled for the next. Default a second.
    pub pause: Duration,
    /// Longer waits than this are not worth it: stories are written without the model. Default 20 seconds.
    pub longest_wait: Duration,
    /// How long a server is left alone that failed. Default five minutes.
    pub rest: Duration,
    /// What waits are spread by, so that many desks do not come back at once.
    pub jitter_seed: u64,
}

impl ClientSettings {
    /// The defaults for a model at an address.
    pub fn new(provider: Provider, url: Url, model: impl Into<String>) -> Self {
        Self {
            provider,
            url,
            model: model.into(),
            key: None,
            timeout: Duration::from_mins(2),
            tries: 3,
            pause: Duration::from_secs(1),
            longest_wait: Duration::from_secs(20),
            rest: Duration::from_mins(5),
            jitter_seed: 0,
        }
    }
}

/// Bytes of an answer: a story has a few thousand.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Where every request is noted before it leaves and after it came back.
#[async_trait]
pub trait Book: Send + Sync {
    /// A request is about to leave that takes so much at the most; its number.
    ///
    /// # Errors
    /// A cap would be passed, or nothing can be noted: then nothing is sent.
    async fn open(&self, expected: Usage) -> Result<i64, Failure>;

    /// What became of it.
    async fn close(&self, number: i64, sent: &Sent);
}

/// One request and what came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// The answer's text, or why there is none.
    pub text: Result<String, Failure>,
    /// Tokens, if the server named them or there is an answer to guess them by.
    pub usage: Option<Usage>,
    /// Why it stopped, in the server's word.
    pub stop: String,
    /// The status, if there was one.
    pub status: Option<u16>,
    /// The server's name for the request.
    pub request_id: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// An answer as a provider's module reads it.
pub(super) struct Read {
    text: Result<String, Failure>,
    stop: String,
    usage: Option<Usage>,
}

impl Read {
    pub(super) fn of(text: Result<String, Failure>, stop: &str, usage: Option<Usage>) -> Self {
        let text = text.and_then(|text| if text.trim().is_empty() { Err(Failure::Empty) } else { Ok(text) });
        Self { text, stop: word(stop), usage }
    }

    pub(super) fn foreign() -> Self {
        Self { text: Err(Failure::Foreign), stop: String::new(), usage: None }
    }
}

/// A server's word for the log: nothing but letters, digits, dashes and underscores of it.
pub(super) fn word(said: &str) -> String {
    said.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).take(80).collect()
}

/// What a status says whose body says nothing more.
pub(super) fn by_status(status: u16, wait: Option<Duration>) -> Failure {
    match status {
        429 => Failure::TooFast(wait),
        529 => Failure::Overloaded(wait),
        408 | 409 | 500 | 502 | 503 | 504 => Failure::Server(status, wait),
        402 => Failure::NoMoney,
        401 | 403 => Failure::KeyRefused(status),
        404 => Failure::NotFound,
        413 => Failure::TooLong,
        300..=399 => Failure::Foreign,
        _ => Failure::NotTaken(status),
    }
}

/// The client of one model at one server.
pub struct Client {
    settings: ClientSettings,
    http: reqwest::Client,
    address: Url,
    /// It takes no schema, or does not keep to one: that stands in the prompt as well, and whoever asked looks at the shape.
    plain: AtomicBool,
    left_alone: Mutex<Option<(Instant, Failure)>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Client {
    /// A client with these settings; `None` if the address is no web address, or the client cannot be set up.
    pub fn new(settings: ClientSettings) -> Option<Self> {
        if !matches!(settings.url.scheme(), "http" | "https")
            || settings.url.host_str().is_none_or(str::is_empty)
        {
            return None;
        }
        let address = address_of(settings.provider, &settings.url);
        let http = reqwest::Client::builder()
            // A redirect would carry texts, and the key, to somebody who was not chosen.
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .timeout(settings.timeout)
            .build()
            .ok()?;
        Some(Self { settings, http, address, plain: AtomicBool::new(false), left_alone: Mutex::default() })
    }

    /// Whose way of asking it understands.
    pub fn provider(&self) -> Provider {
        self.settings.provider
    }

    /// The model's name.
    pub fn model(&self) -> &str {
        &self.settings.model
    }

    #[cfg(test)]
    pub(super) fn address(&self) -> &Url {
        &self.address
    }

    /// The host that is asked.
    pub fn host(&self) -> &str {
        self.address.host_str().unwrap_or_default()
    }

    /// Asks until there is an answer, or none to be had.
    ///
    /// # Errors
    /// [`Failure`] says what there is instead.
    pub async fn ask(&self, ask: &Ask, book: &dyn Book) -> Result<String, Failure> {
        self.is_left_alone()?;
        let mut pause = self.settings.pause;
        let mut tried = 0;
        loop {
            tried += 1;
            let plain = self.plain.load(Ordering::Relaxed);
            let number = book.open(ask.expected()).await?;
            let started = Instant::now();
            let mut sent = self.once(ask, plain).await;
            sent.took = started.elapsed();
            book.close(number, &sent).await;
            self.note(&sent);
            let failure = match sent.text {
                Ok(text) => {
                    // Many servers take a schema and pass over it: from now on they are told in words.
                    if serde_json::from_str::<IgnoredAny>(&text).is_err() {
                        self.plain.store(true, Ordering::Relaxed);
                    }
                    return Ok(text);
                }
                Err(Failure::NoSchema) if !plain => {
                    self.plain.store(true, Ordering::Relaxed);
                    tried -= 1;
                    continue;
                }
                Err(failure) => failure,
            };
            let wait = failure.asked_wait().unwrap_or(pause);
            if failure.passes() && tried < self.settings.tries && wait <= self.settings.longest_wait {
                tokio::time::sleep(wait + wait.mul_f64(self.jitter(ask, tried))).await;
                pause *= 2;
                continue;
            }
            if let Some(rest) = failure.rest(self.settings.rest) {
                let mut left = self.left_alone.lock().unwrap_or_else(PoisonError::into_inner);
                *left = Some((Instant::now() + rest, failure.clone()));
            }
            return Err(failure);
        }
    }

    fn is_left_alone(&self) -> Result<(), Failure> {
        let left = self.left_alone.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match left.filter(|(until, _)| *until > Instant::now()) {
            Some((until, why)) => {
                let seconds = until.saturating_duration_since(Instant::now()).as_secs();
                Err(Failure::LeftAlone(Box::new(why), seconds))
            }
            None => Ok(()),
        }
    }

    /// Up to a quarter, the same for the same request.
    fn jitter(&self, ask: &Ask, tried: u32) -> f64 {
        let mixed = ask.user.bytes().fold(0xcbf2_9ce4_8422_2325 ^ self.settings.jitter_seed, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
        });
        (mixed.wrapping_mul(u64::from(tried) + 1) >> 40) as f64 / f64::from(1 << 24) / 4.0
    }

    /// Never a key, never a prompt, never an answer.
    fn note(&self, sent: &Sent) {
        let usage = sent.usage.unwrap_or_default();
        let failure = sent.text.as_ref().err().map(ToString::to_string);
        let id = sent.request_id.as_deref().unwrap_or_default();
        let model = self.settings.model.as_str();
        let read = usage.input + usage.cache_read + usage.cache_write;
        match failure {
            None => {
                debug!(model, request = id, read, written = usage.output, "the model answered");
            }
            Some(why) => {
                info!(model, request = id, read, written = usage.output, %why, "no answer of the model");
            }
        }
    }

    async fn once(&self, ask: &Ask, plain: bool) -> Sent {
        let mut sent = Sent {
            text: Err(Failure::Unreachable),
            usage: None,
            stop: String::new(),
            status: None,
            request_id: None,
            took: Duration::ZERO,
        };
        let answer = match self.request(ask, plain).send().await {
            Ok(answer) => answer,
            Err(err) => {
                // One that left may be answered, and billed, after we stopped listening.
                sent.text = Err(match (err.is_timeout(), err.is_connect()) {
                    (_, true) => Failure::Unreachable,
                    (true, false) => Failure::TimedOut,
                    (false, false) => Failure::BrokeOff,
                });
                return sent;
            }
        };
        let status = answer.status().as_u16();
        sent.status = Some(status);
        let headers = answer.headers().clone();
        sent.request_id = ["request-id", "x-request-id"]
            .iter()
            .find_map(|name| Some(word(headers.get(*name)?.to_str().ok()?)));
        let bytes = match read_up_to(answer, MAX_ANSWER).await {
            Ok(bytes) => bytes,
            Err(fault) => {
                let failure = match fault {
                    BodyFault::BrokeOff => Failure::BrokeOff,
                    BodyFault::TooLarge => Failure::TooLarge,
                };
                sent.text = Err(if (200..300).contains(&status) { failure } else { by_status(status, None) });
                return sent;
            }
        };
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if !(200..300).contains(&status) {
            sent.text = Err(self.refused(status, &body, &headers));
            return sent;
        }
        let read = match self.settings.provider {
            Provider::Anthropic => anthropic::read(&body),
            Provider::Openai => openai::read(&body),
            Provider::Ollama => ollama::read(&body),
        };
        sent.usage = read.usage.or_else(|| {
            let written = read.text.as_ref().ok()?;
            Some(Usage { output: tokens_of(written.len()), ..ask.expected() })
        });
        (sent.text, sent.stop) = (read.text, read.stop);
        sent
    }

    fn request(&self, ask: &Ask, plain: bool) -> reqwest::RequestBuilder {
        let ClientSettings { provider, model, key, .. } = &self.settings;
        // Ollama's documentation asks for the schema in the prompt as well.
        let system = if plain || *provider == Provider::Ollama {
            format!(
                "{}\n\nAnswer with one JSON object and nothing else. It fits this schema:\n{}",
                ask.system, ask.schema
            )
        } else {
            ask.system.clone()
        };
        let body = match provider {
            Provider::Anthropic => anthropic::body(ask, model, &system, plain),
            Provider::Openai => openai::body(ask, model, &system, plain),
            Provider::Ollama => ollama::body(ask, model, &system, plain),
        };
        let mut request = self
            .http
            .post(self.address.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_string());
        if *provider == Provider::Anthropic {
            request = request.header("anthropic-version", anthropic::VERSION);
        }
        match (provider, key) {
            (_, None) => request,
            (Provider::Anthropic, Some(key)) => match header::HeaderValue::from_str(key.expose()) {
                Ok(mut value) => {
                    value.set_sensitive(true);
                    request.header("x-api-key", value)
                }
                Err(_) => request,
            },
            (Provider::Openai | Provider::Ollama, Some(key)) => request.bearer_auth(key.expose()),
        }
    }

    fn refused(&self, status: u16, body: &Value, headers: &HeaderMap) -> Failure {
        let wait = wait_of(headers);
        let failure = match self.settings.provider {
            Provider::Anthropic => anthropic::refused(status, body, wait),
            Provider::Openai => openai::refused(status, body, wait),
            Provider::Ollama => ollama::refused(status, body, wait),
        };
        // Some servers say themselves that waiting is of no use.
        let hopeless = headers.get("x-should-retry").is_some_and(|v| v == "false");
        if hopeless && failure.passes() { Failure::NotTaken(status) } else { failure }
    }
}

/// How long the server asks us to wait, in whichever header.
fn wait_of(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let exact = text("retry-after-ms").and_then(|ms| ms.trim().parse().ok()).map(Duration::from_millis);
    exact.or_else(|| retry_after::parse(text("retry-after")?, SystemClock.now()))
}

/// The whole address, from one that may lack the path, or part of it.
fn address_of(provider: Provider, url: &Url) -> Url {
    let path = match provider {
        Provider::Anthropic => anthropic::PATH,
        Provider::Openai => openai::PATH,
        Provider::Ollama => ollama::PATH,
    };
    let given = url.path().trim_end_matches('/');
    let whole = match given.rsplit_once('/').map_or("", |(_, last)| last) {
        _ if given.ends_with(path) => given.to_owned(),
        "v1" => format!("{given}{}", path.strip_prefix("/v1").unwrap_or(path)),
        "api" => format!("{given}{}", path.strip_prefix("/api").unwrap_or(path)),
        _ => format!("{given}{path}"),
    };
    let mut address = url.clone();
    address.set_path(&whole);
    address
}
