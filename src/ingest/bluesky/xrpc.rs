//! Asking a Bluesky service: the public AppView, or an account's own server that asks the AppView for us.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use crate::config::Secret;
use crate::ingest::http::at_service;
use crate::ingest::http::{Get, HttpError, PoliteClient};
use crate::ingest::source::ScanError;

/// The AppView that asks for no account.
const PUBLIC: &str = "https://public.api.bsky.app/";

/// The longest explanation that is repeated to an operator, in characters.
const LONGEST: usize = 160;

/// Access to an account's own server.
#[derive(Clone, Debug)]
pub struct Session {
    /// The server; ends with a slash.
    pub service: Url,
    /// Its access token.
    pub token: Secret,
}

/// Whoever keeps the session of the account we read with.
#[async_trait]
pub trait SessionProvider: Send + Sync {
    /// The session as it is. `expired` is a token that the server no longer takes: it is renewed, unless that has
    /// happened meanwhile.
    async fn session(&self, expired: Option<&Secret>, now: DateTime<Utc>) -> Result<Session, ScanError>;
}

/// Where is asked.
#[derive(Clone, Default)]
pub(super) struct Service {
    /// Another server than the public one.
    pub(super) base: Option<Url>,
    /// Asked through an account.
    pub(super) session: Option<Arc<dyn SessionProvider>>,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signed_in = self.session.is_some();
        f.debug_struct("Service").field("base", &self.base).field("signed_in", &signed_in).finish()
    }
}

/// A refusal: the status, the error's name and what the server says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) host: String,
    pub(super) status: u16,
    pub(super) error: String,
    message: String,
}

impl Refusal {
    /// As a failure, with what to do.
    pub(super) fn into_error(self, hint: &str) -> ScanError {
        let Self { host, status, error, message } = self;
        let said =
            [error, message].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
        let said = if said.is_empty() { String::new() } else { format!(": {said}") };
        ScanError::Refused { what: host, why: format!("{status}{said}{hint}") }
    }

    fn wants_new_token(&self) -> bool {
        self.status == 401 || matches!(self.error.as_str(), "ExpiredToken" | "InvalidToken")
    }
}

impl Service {
    /// Asks `method` with `params`: an object, or a refusal for the caller to judge.
    pub(super) async fn ask(
        &self,
        http: &PoliteClient,
        method: &str,
        params: &[(&str, &str)],
        now: DateTime<Utc>,
    ) -> Result<Result<Value, Refusal>, ScanError> {
        let Some(provider) = &self.session else {
            let base = at_service(self.base.as_ref(), PUBLIC, "")?;
            return ask_at(http, &base, None, method, params, now).await;
        };
        let session = provider.session(None, now).await?;
        match ask_at(http, &session.service, Some(&session.token), method, params, now).await? {
            Err(refusal) if refusal.wants_new_token() => {
                let renewed = provider.session(Some(&session.token), now).await?;
                ask_at(http, &renewed.service, Some(&renewed.token), method, params, now).await
            }
            answer => Ok(answer),
        }
    }

    /// Whether an account is behind the questions.
    pub(super) fn signed_in(&self) -> bool {
        self.session.is_some()
    }
}

async fn ask_at(
    http: &PoliteClient,
    base: &Url,
    token: Option<&Secret>,
    method: &str,
    params: &[(&str, &str)],
    now: DateTime<Utc>,
) -> Result<Result<Value, Refusal>, ScanError> {
    let mut url = base
        .join(&format!("xrpc/{method}"))
        .map_err(|err| HttpError::BadUrl { url: base.to_string(), why: err.to_string() })?;
    url.query_pairs_mut().extend_pairs(params);
    let host = url.host_str().unwrap_or_default().to_owned();
    let mut get = Get::new(url);
    get.read_refusals = true;
    if let Some(token) = token {
        get = get.with_secret("authorization", &Secret::new(&format!("Bearer {}", token.expose())))?;
    }
    let answer = http.get(&get, now).await?;
    let value = serde_json::from_slice::<Value>(&answer.body);
    if !(200..300).contains(&answer.status) {
        let (error, message) =
            value.map(|value| (said(&value, "error"), said(&value, "message"))).unwrap_or_default();
        return Ok(Err(Refusal { host, status: answer.status, error, message }));
    }
    match value {
        Ok(value) if value.is_object() => Ok(Ok(value)),
        Ok(_) => Err(unreadable(host, "it is no JSON object")),
        Err(err) => Err(unreadable(host, err)),
    }
}

/// An answer without the list that is its sense.
pub(super) fn list<'a>(host: &Service, answer: &'a Value, name: &str) -> Result<&'a [Value], ScanError> {
    let host = || host.base.as_ref().and_then(Url::host_str).unwrap_or("Bluesky").to_owned();
    let list = answer.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).ok_or_else(|| unreadable(host(), format!("it has no `{name}`")))
}

fn unreadable(host: String, why: impl fmt::Display) -> ScanError {
    ScanError::BadAnswer { host, why: why.to_string() }
}

fn said(refusal: &Value, name: &str) -> String {
    let text = refusal.get(name).and_then(Value::as_str).unwrap_or_default();
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}
