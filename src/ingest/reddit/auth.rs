//! Who we are to Reddit: a token for the application, kept in memory and renewed in time.

use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{HeaderValue, USER_AGENT};
use serde::Deserialize;
use url::Url;

use crate::config::Secret;
use crate::ingest::http::at_service;
use crate::ingest::http::{Get, HttpError, PoliteClient, Post, Response};
use crate::ingest::source::ScanError;

/// Where tokens are given out.
const TOKENS: &str = "https://www.reddit.com/";

/// Where they are good for something.
const API: &str = "https://oauth.reddit.com/";

/// How long a token is good when Reddit does not say, in seconds.
const UNSTATED_LIFE_S: f64 = 3_600.0;

/// The part of a token's life after which it is renewed.
const RENEW_AFTER: f64 = 0.8;

/// A hundred posts of the greatest length, each written twice (Markdown and HTML).
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// The credentials of an approved application, and the token they gave. One for all sources: the limit on requests is
/// per application.
#[derive(Debug)]
pub struct RedditAccess {
    client_id: String,
    client_secret: Secret,
    user_agent: String,
    base: Option<Url>,
    /// The last token. Two sources that find none at the same time each get one, which does no harm; so the lock is
    /// never held while Reddit is asked.
    token: Mutex<Option<Token>>,
}

#[derive(Clone, Debug)]
struct Token {
    value: Secret,
    renew_at: DateTime<Utc>,
}

impl RedditAccess {
    /// Access for this application. `user_agent` has Reddit's own form: `linux:org.example.newsdesk:v0.3 (by /u/NAME)`.
    pub fn new(client_id: String, client_secret: Secret, user_agent: String) -> Self {
        Self { client_id, client_secret, user_agent, base: None, token: Mutex::new(None) }
    }

    /// Asks another server that speaks the same API, tokens included. `base` ends with a slash.
    #[must_use]
    pub fn at(mut self, base: Url) -> Self {
        self.base = Some(base);
        self
    }

    /// Asks the API for `path` with the fields of `query`. Refusals (400 to 499) come as answers, but a token that was
    /// refused is renewed once. `what` is named in errors.
    pub(super) async fn get(
        &self,
        http: &PoliteClient,
        path: &str,
        query: &[(&str, &str)],
        what: &str,
        now: DateTime<Utc>,
    ) -> Result<Response, ScanError> {
        let url = self.address(API, path, query)?;
        let mut token = self.token(http, now).await?;
        let mut answer = self.ask(http, &url, &token, now).await?;
        if answer.status == 401 {
            self.forget(&token);
            token = self.token(http, now).await?;
            answer = self.ask(http, &url, &token, now).await?;
        }
        if answer.status == 401 {
            self.forget(&token);
            let why = "Reddit takes back every token it gives (401); check that the application is approved";
            return Err(refused(what, why));
        }
        // A subreddit that does not exist leads to the search for one.
        if answer.url.path() != url.path() {
            return Err(refused(what, "Reddit knows none of this name; check `subreddit` in the topic file"));
        }
        Ok(answer)
    }

    async fn ask(
        &self,
        http: &PoliteClient,
        url: &Url,
        token: &Secret,
        now: DateTime<Utc>,
    ) -> Result<Response, ScanError> {
        let bearer = Secret::new(&format!("bearer {}", token.expose()));
        let mut get = self.introduced(Get::new(url.clone()).with_secret("authorization", &bearer)?)?;
        get.max_body_bytes = Some(MAX_BODY_BYTES);
        Ok(http.get(&get, now).await?)
    }

    /// The token in force, or a new one.
    async fn token(&self, http: &PoliteClient, now: DateTime<Utc>) -> Result<Secret, ScanError> {
        let kept = self.kept().clone();
        if let Some(token) = kept.filter(|token| now < token.renew_at) {
            return Ok(token.value);
        }
        let fresh = self.fresh(http, now).await?;
        let value = fresh.value.clone();
        *self.kept() = Some(fresh);
        Ok(value)
    }

    async fn fresh(&self, http: &PoliteClient, now: DateTime<Utc>) -> Result<Token, ScanError> {
        let url = self.address(TOKENS, "api/v1/access_token", &[])?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let pair = format!("{}:{}", self.client_id, self.client_secret.expose());
        let basic = Secret::new(&format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)));
        let mut get = self.introduced(Get::new(url).with_secret("authorization", &basic)?)?;
        get.post = Some(Post::Form(vec![("grant_type", Secret::new("client_credentials"))]));
        let answer = http.get(&get, now).await?;
        match answer.status {
            401 | 403 => {
                let why = "Reddit does not know these credentials; check `client_id` and `client_secret`, and that the \
                           application is approved";
                Err(refused("a token", why))
            }
            200..=299 => token_of(&answer.body, &host, now),
            status => Err(HttpError::Status { url: answer.url.to_string(), status }.into()),
        }
    }

    /// `get` under our name, with refusals to be read.
    fn introduced(&self, mut get: Get) -> Result<Get, ScanError> {
        let name = HeaderValue::from_str(&self.user_agent).map_err(|_| {
            HttpError::Setup("Reddit's `user_agent` holds characters that no header may".to_owned())
        })?;
        get.headers.insert(USER_AGENT, name);
        get.read_refusals = true;
        Ok(get)
    }

    fn address(&self, service: &str, path: &str, query: &[(&str, &str)]) -> Result<Url, ScanError> {
        let mut url = at_service(self.base.as_ref(), service, path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// Forgets the token that was refused; one that came meanwhile stays.
    fn forget(&self, refused: &Secret) {
        let mut kept = self.kept();
        if kept.as_ref().is_some_and(|token| token.value == *refused) {
            *kept = None;
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Token>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn refused(what: &str, why: &str) -> ScanError {
    ScanError::Refused { what: what.to_owned(), why: why.to_owned() }
}

/// The token of an answer; some refusals come with status 200.
fn token_of(body: &[u8], host: &str, now: DateTime<Utc>) -> Result<Token, ScanError> {
    #[derive(Deserialize)]
    struct Answer {
        access_token: Option<Given>,
        expires_in: Option<f64>,
        error: Option<serde_json::Value>,
    }
    /// Kept out of `Debug` from the start.
    #[derive(Deserialize)]
    struct Given(String);

    let answer: Result<Answer, _> = serde_json::from_slice(body);
    // The parser's message may quote what it read: a token.
    let unreadable = || ScanError::BadAnswer {
        host: host.to_owned(),
        why: "it gave neither a token nor a reason".to_owned(),
    };
    let answer = answer.map_err(|_| unreadable())?;
    if let Some(error) = answer.error.filter(|error| !error.is_null()) {
        let error: String = error.to_string().trim_matches('"').chars().take(100).collect();
        let why = format!(
            "Reddit gives none: {error}; check `client_id`, `client_secret` and the application's kind"
        );
        return Err(refused("a token", &why));
    }
    let value = answer.access_token.filter(|token| !token.0.is_empty()).ok_or_else(unreadable)?;
    let life =
        answer.expires_in.filter(|s| s.is_finite()).unwrap_or(UNSTATED_LIFE_S).clamp(0.0, 31_536_000.0);
    let renew_at = now + TimeDelta::milliseconds((life * RENEW_AFTER * 1_000.0) as i64);
    Ok(Token { value: Secret::new(&value.0), renew_at })
}
