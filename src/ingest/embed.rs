//! Embeddings from a server of the desk's own choice: any `/v1/embeddings`, or Ollama's `/api/embed`.
//!
//! Nothing of it is needed: whoever asks goes on by words when it fails. So it gives up soon: a text is asked for three
//! times at most, and a server that refused is left alone for a while. Messages name the host and the status, never a key,
//! a text or a body.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, header};
use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use super::http::body::{BodyFault, read_up_to};
use super::http::retry_after;
use crate::analyze::embed::{EmbedError, Embedder};
use crate::config::Secret;
use crate::model::{Clock as _, SystemClock};

/// How a server is asked.
#[derive(Clone, Debug)]
pub struct EmbedClientSettings {
    /// The whole address: `https://host/v1/embeddings`, or one that ends in `/api/embed`.
    pub url: Url,
    /// The model's name, as the server knows it.
    pub model: String,
    /// The key, if the server wants one.
    pub key: Option<Secret>,
    /// Texts in one request. Default 64.
    pub batch: usize,
    /// Longest time for one request; a local model is loaded by the first one. Default one minute.
    pub timeout: Duration,
    /// The wait before a request is tried again, doubled for the next. Default half a second.
    pub pause: Duration,
    /// How long a server is left alone that failed. Default five minutes.
    pub rest: Duration,
}

impl EmbedClientSettings {
    /// The defaults for an address and a model.
    pub fn new(url: Url, model: impl Into<String>) -> Self {
        Self {
            url,
            model: model.into(),
            key: None,
            batch: 64,
            timeout: Duration::from_mins(1),
            pause: Duration::from_millis(500),
            rest: Duration::from_mins(5),
        }
    }
}

/// Requests for one batch of texts.
const TRIES: u32 = 3;
/// Longer waits than that are not worth it: the words are there.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// A key that is refused, or an account without money, does not mend itself.
const LONG_REST: Duration = Duration::from_hours(1);
/// Bytes of an answer: 64 texts of 8,192 numbers with room to spare.
const MAX_ANSWER: usize = 32 * 1024 * 1024;

/// Codes of an account that cannot pay: waiting does not help.
pub(crate) const NO_MONEY: [&str; 5] = [
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
];

/// The client of one model at one server.
#[derive(Debug)]
pub struct EmbedClient {
    settings: EmbedClientSettings,
    client: Client,
    host: String,
    left_alone: Mutex<Option<(Instant, String)>>,
}

/// What became of one request.
enum Failure {
    /// Worth another try, perhaps after a wait that the server asks for.
    Passing(String, Option<Duration>),
    /// Not now, and not for so long.
    Lasting(String, Duration),
}

impl EmbedClient {
    /// A client with these settings.
    ///
    /// # Errors
    /// The address is no web address, or the client cannot be set up.
    pub fn new(settings: EmbedClientSettings) -> Result<Self, EmbedError> {
        let host = settings.url.host_str().unwrap_or_default().to_owned();
        if host.is_empty() || !matches!(settings.url.scheme(), "http" | "https") {
            return Err(EmbedError("the address of the embeddings is no web address".to_owned()));
        }
        let client = Client::builder()
            // A redirect would carry texts, and the key, to somebody who was not chosen.
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .timeout(settings.timeout)
            .build()
            .map_err(|_| EmbedError("the client for embeddings cannot be set up".to_owned()))?;
        Ok(Self { settings, client, host, left_alone: Mutex::default() })
    }

    fn is_ollama(&self) -> bool {
        self.settings.url.path().ends_with("/api/embed")
    }

    async fn batch(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut pause = self.settings.pause;
        let mut tried = 0;
        loop {
            tried += 1;
            let (why, rest) = match self.once(texts).await {
                Ok(vectors) => return Ok(vectors),
                Err(Failure::Passing(why, wait)) => {
                    let wait = wait.unwrap_or(pause);
                    if tried < TRIES && wait <= LONGEST_WAIT {
                        tokio::time::sleep(wait).await;
                        pause *= 2;
                        continue;
                    }
                    (why, wait.max(self.settings.rest))
                }
                Err(Failure::Lasting(why, rest)) => (why, rest),
            };
            let mut left = self.left_alone.lock().unwrap_or_else(PoisonError::into_inner);
            *left = Some((Instant::now() + rest, why.clone()));
            return Err(EmbedError(why));
        }
    }

    async fn once(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Failure> {
        let EmbedClientSettings { url, model, key, rest, .. } = &self.settings;
        let body = if self.is_ollama() {
            json!({ "model": model, "input": texts, "truncate": true })
        } else {
            json!({ "model": model, "input": texts, "encoding_format": "float" })
        };
        let mut request = self
            .client
            .post(url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_string());
        if let Some(key) = key {
            request = request.bearer_auth(key.expose());
        }
        let host = &self.host;
        let answer = request.send().await.map_err(|err| {
            let what = if err.is_timeout() { "did not answer in time" } else { "cannot be reached" };
            Failure::Passing(format!("{host} {what}"), None)
        })?;
        let status = answer.status();
        let wait = answer
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| retry_after::parse(value.to_str().ok()?, SystemClock.now()));
        let broken = |what: &str| Failure::Lasting(format!("{host} {what}"), *rest);
        let bytes = read_up_to(answer, MAX_ANSWER).await.map_err(|fault| match fault {
            BodyFault::BrokeOff => Failure::Passing(format!("the answer of {host} broke off"), None),
            BodyFault::TooLarge => broken("sent more than an answer can be"),
        })?;
        let body = serde_json::from_slice::<Value>(&bytes).ok();
        if !status.is_success() {
            return Err(refused(host, status, body.as_ref(), wait, *rest));
        }
        let body = body.ok_or_else(|| broken("answered with something that is no JSON"))?;
        let vectors = if self.is_ollama() { ollama(&body) } else { listed(&body, texts.len()) };
        vectors.filter(|vectors| vectors.len() == texts.len()).ok_or_else(|| {
            broken("answered without a vector for each text; is the address that of embeddings?")
        })
    }
}

/// Too fast is worth a wait; no money, no key and no such model are not.
fn refused(
    host: &str,
    status: StatusCode,
    body: Option<&Value>,
    wait: Option<Duration>,
    rest: Duration,
) -> Failure {
    let code = |name: &str| body.and_then(|b| b["error"][name].as_str()).unwrap_or_default();
    let why = format!("{host} answered with status {}", status.as_u16());
    if NO_MONEY.iter().any(|c| *c == code("code") || *c == code("type")) {
        return Failure::Lasting(format!("{why}: the account has no credit left"), LONG_REST);
    }
    match status.as_u16() {
        408 | 409 | 425 | 429 | 500 | 502 | 503 | 504 | 529 => Failure::Passing(why, wait),
        401 | 403 => Failure::Lasting(format!("{why}: check the key"), LONG_REST),
        404 => Failure::Lasting(format!("{why}: check the address and the model"), LONG_REST),
        _ => Failure::Lasting(why, rest),
    }
}

fn numbers(list: &Value) -> Option<Vec<f32>> {
    #[expect(clippy::cast_possible_truncation, reason = "eight bits of them are kept")]
    list.as_array()?.iter().map(|x| x.as_f64().map(|x| x as f32)).collect()
}

/// `{"embeddings": [[…], …]}`
fn ollama(body: &Value) -> Option<Vec<Vec<f32>>> {
    body["embeddings"].as_array()?.iter().map(numbers).collect()
}

/// `{"data": [{"index": 0, "embedding": […]}, …]}`, in any order.
fn listed(body: &Value, asked: usize) -> Option<Vec<Vec<f32>>> {
    let mut found: Vec<Option<Vec<f32>>> = vec![None; asked];
    for (n, item) in body["data"].as_array()?.iter().enumerate() {
        let at = item["index"].as_u64().map_or(Some(n), |at| usize::try_from(at).ok())?;
        *found.get_mut(at)? = numbers(&item["embedding"]);
    }
    found.into_iter().collect()
}

#[async_trait]
impl Embedder for EmbedClient {
    fn model(&self) -> &str {
        &self.settings.model
    }

    async fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let left = self.left_alone.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((until, why)) = left.filter(|(until, _)| *until > Instant::now()) {
            let seconds = until.saturating_duration_since(Instant::now()).as_secs();
            return Err(EmbedError(format!("{why}; it is left alone for {seconds} s more")));
        }
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(self.settings.batch.max(1)) {
            vectors.extend(self.batch(batch).await?);
        }
        Ok(vectors)
    }
}

#[cfg(test)]
mod tests {
    use wiremock::matchers::{body_partial_json, header, method, path};
    use wiremock::{Mock, MockServer, Request, ResponseTemplate};

    use super::*;
    use crate::ingest::testing;

    fn client(server: &MockServer, path: &str) -> EmbedClient {
        client_within(Duration::from_mins(1), server, path)
    }

    fn client_within(timeout: Duration, server: &MockServer, path: &str) -> EmbedClient {
        let quick = EmbedClientSettings {
            pause: Duration::ZERO,
            timeout,
            batch: 2,
            key: Some(Secret::new("a-key")),
            ..EmbedClientSettings::new(testing::url(server, path), "small")
        };
        EmbedClient::new(quick).unwrap()
    }

    async fn serving(path_of: &str, answer: ResponseTemplate, times: u64) -> MockServer {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path(path_of))
            .respond_with(answer)
            .expect(times)
            .mount(&server)
            .await;
        server
    }

    fn vectors(n: usize) -> Value {
        let data: Vec<Value> =
            (0..n).rev().map(|at| json!({ "index": at, "embedding": [at as f64, 1.0] })).collect();
        json!({ "data": data })
    }

    #[tokio::test]
    async fn texts_go_in_batches_and_answers_are_put_in_order() {
        let server = MockServer::start().await;
        let answer = |request: &Request| {
            let body: Value = request.body_json().unwrap();
            ResponseTemplate::new(200).set_body_json(vectors(body["input"].as_array().unwrap().len()))
        };
        Mock::given(method("POST"))
            .and(path("/v1/embeddings"))
            .and(header("authorization", "Bearer a-key"))
            .and(body_partial_json(json!({ "model": "small" })))
            .respond_with(answer)
            .expect(2)
            .mount(&server)
            .await;
        let found = client(&server, "/v1/embeddings").embed(&["a", "b", "c"]).await.unwrap();
        assert_eq!(found, [[0.0, 1.0], [1.0, 1.0], [0.0, 1.0]]);
    }

    #[tokio::test]
    async fn ollama_is_understood() {
        let body = json!({ "model": "small", "embeddings": [[0.5, 1.0], [1.0, 2.0]] });
        let server = serving("/api/embed", ResponseTemplate::new(200).set_body_json(body), 1).await;
        let found = client(&server, "/api/embed").embed(&["a", "b"]).await.unwrap();
        assert_eq!(found, [[0.5, 1.0], [1.0, 2.0]]);
    }

    #[tokio::test]
    async fn what_passes_is_tried_three_times_then_left_alone() {
        for answer in [
            ResponseTemplate::new(503),
            ResponseTemplate::new(429),
            ResponseTemplate::new(200).set_delay(Duration::from_secs(5)),
        ] {
            let server = serving("/v1/embeddings", answer, 3).await;
            let client = client_within(Duration::from_millis(400), &server, "/v1/embeddings");
            let first = client.embed(&["a"]).await.unwrap_err().to_string();
            let second = client.embed(&["a"]).await.unwrap_err().to_string();
            assert!(second.starts_with(&first) && second.contains("left alone"), "{second}");
        }
    }

    #[tokio::test]
    async fn a_server_that_comes_back_answers_the_second_time() {
        let server = MockServer::start().await;
        let asked = || Mock::given(method("POST"));
        asked().respond_with(ResponseTemplate::new(500)).up_to_n_times(1).mount(&server).await;
        asked().respond_with(ResponseTemplate::new(200).set_body_json(vectors(1))).mount(&server).await;
        assert!(client(&server, "/v1/embeddings").embed(&["a"]).await.is_ok());
    }

    #[tokio::test]
    async fn what_lasts_is_asked_once_and_says_what_to_do() {
        let money =
            json!({ "error": { "message": "secret words", "type": "insufficient_quota", "code": null } });
        for (answer, said) in [
            (ResponseTemplate::new(401), "check the key"),
            (ResponseTemplate::new(404), "check the address and the model"),
            (ResponseTemplate::new(429).set_body_json(money), "no credit"),
            (ResponseTemplate::new(429).insert_header("retry-after", "3600"), "status 429"),
            (ResponseTemplate::new(302).insert_header("location", "http://example.org/"), "status 302"),
            (ResponseTemplate::new(200).set_body_string("<html>"), "no JSON"),
            (ResponseTemplate::new(200).set_body_json(json!({ "data": [] })), "without a vector"),
            (ResponseTemplate::new(200).set_body_json(vectors(2)), "without a vector"),
            (
                ResponseTemplate::new(200)
                    .set_body_json(json!({ "data": [{ "index": 9, "embedding": [1.0] }] })),
                "without a vector",
            ),
        ] {
            let server = serving("/v1/embeddings", answer, 1).await;
            let err = client(&server, "/v1/embeddings").embed(&["a"]).await.unwrap_err().to_string();
            assert!(err.contains(said), "{err}");
            assert!(!err.contains("secret words") && !err.contains("a-key"), "{err}");
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        let settings = EmbedClientSettings::new(Url::parse("file:///etc/hosts").unwrap(), "small");
        assert!(EmbedClient::new(settings).is_err());
    }
}
