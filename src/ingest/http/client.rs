//! One GET, politely.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use url::{Host, Url};

use super::error::HttpError;
use super::pace::Pace;
use super::public::{NoPublicAddress, PublicOnly, is_public};
use super::retry_after;
use super::settings::HttpSettings;
use crate::config::Secret;

/// The wait when a host says "too many" but not for how long.
const UNSTATED_WAIT: Duration = Duration::from_mins(1);

/// What to get.
#[derive(Clone, Debug)]
pub struct Get {
    /// Its address.
    pub url: Url,
    /// The `ETag` of the last answer, byte for byte.
    pub etag: Option<String>,
    /// The `Last-Modified` of the last answer, byte for byte.
    pub last_modified: Option<String>,
    /// The largest body in bytes, when it is another than the client's.
    pub max_body_bytes: Option<usize>,
    /// Headers beside the client's own. Values that are secrets are marked so ([`HeaderValue::set_sensitive`]). They are
    /// sent to the host that was asked and never to one that it redirects to.
    pub headers: HeaderMap,
    /// The fields of a form: then it is a POST, which follows no redirect.
    pub form: Option<Vec<(&'static str, Secret)>>,
    /// Whether an answer with a status of 400 to 499 is an answer to be read, not an error. 410 and 429 stay errors.
    pub read_refusals: bool,
}

impl Get {
    /// A plain request.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            etag: None,
            last_modified: None,
            max_body_bytes: None,
            headers: HeaderMap::new(),
            form: None,
            read_refusals: false,
        }
    }

    /// With a header that is a secret: `authorization`, `x-subscription-token` …
    ///
    /// # Errors
    /// The secret holds characters that no header may.
    pub fn with_secret(mut self, name: &'static str, value: &Secret) -> Result<Self, HttpError> {
        let bad = || HttpError::Setup(format!("the secret for `{name}` holds characters that no header may"));
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| bad())?;
        value.set_sensitive(true);
        self.headers.insert(header::HeaderName::from_static(name), value);
        Ok(self)
    }

    /// With a header that anybody may see.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(header::HeaderName::from_static(name), HeaderValue::from_static(value));
        self
    }
}

/// An answer: a success with its body, 304 without, or a refusal that was asked to be read.
#[derive(Clone, Debug)]
pub struct Response {
    /// Its status.
    pub status: u16,
    /// Where it came from, after redirects.
    pub url: Url,
    /// Whether the last answer still holds (304).
    pub not_modified: bool,
    /// The body, decompressed.
    pub body: Vec<u8>,
    headers: HeaderMap,
    redirected: bool,
}

impl Response {
    /// A header's text, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The validator `ETag`; none after a redirect, for it belongs to another address than the one asked next time.
    pub fn etag(&self) -> Option<String> {
        self.validator("etag")
    }

    /// The validator `Last-Modified`; none after a redirect.
    pub fn last_modified(&self) -> Option<String> {
        self.validator("last-modified")
    }

    fn validator(&self, name: &str) -> Option<String> {
        if self.redirected { None } else { self.header(name).map(str::to_owned) }
    }
}

/// The client. One per program: the distance to a host is kept here.
#[derive(Debug)]
pub struct PoliteClient {
    pub(super) settings: HttpSettings,
    /// Reaches public addresses only.
    public: Client,
    /// Reaches anything; used for the hosts of `allow_private` alone. A client of its own, for connections are kept.
    private: Client,
    pub(super) pace: Pace,
}

enum Hop {
    Answer(Response),
    To(Url),
}

impl PoliteClient {
    /// A client with these settings.
    pub fn new(settings: HttpSettings) -> Result<Self, HttpError> {
        let agent = settings.user_agent();
        let builder = || {
            Client::builder()
                .user_agent(&agent)
                .redirect(Policy::none())
                // A proxy of the environment would resolve names itself and void every check.
                .no_proxy()
                .referer(false)
                .connect_timeout(settings.connect_timeout)
        };
        let setup = |err: reqwest::Error| HttpError::Setup(chain(&err));
        let public = builder().dns_resolver(Arc::new(PublicOnly)).build().map_err(setup)?;
        let private = builder().build().map_err(setup)?;
        let pace = Pace::new(settings.per_host_requests, settings.per_host_interval);
        Ok(Self { settings, public, private, pace })
    }

    /// Gets an address. `now` is for reading dates in headers.
    pub async fn get(&self, get: &Get, now: DateTime<Utc>) -> Result<Response, HttpError> {
        let mut url = get.url.clone();
        let mut left = self.settings.total_timeout;
        for hop in 0..=self.settings.max_redirects {
            let host = host_of(&url)?;
            let client = self.client_for(&url, &host)?;
            let permit = self
                .pace
                .turn(&host)
                .await
                .map_err(|wait| HttpError::RateLimited { host: host.clone(), wait })?;
            let started = tokio::time::Instant::now();
            let one = self.hop(client, &url, &host, get, hop > 0, now);
            let answer = tokio::time::timeout(left, one).await.unwrap_or_else(|_| {
                Err(HttpError::TimedOut { host, what: "whole answer", limit: self.settings.total_timeout })
            })?;
            left = left.saturating_sub(started.elapsed());
            drop(permit);
            match answer {
                Hop::Answer(response) => return Ok(response),
                Hop::To(next) => url = next,
            }
        }
        Err(HttpError::TooManyRedirects { url: get.url.to_string(), max: self.settings.max_redirects })
    }

    /// The client that may be used for this address. Literal addresses never reach the resolver, so they are checked
    /// here; odd spellings (`0x7f.1`, `2130706433`) are plain ones since the address was parsed.
    fn client_for(&self, url: &Url, host: &str) -> Result<&Client, HttpError> {
        if self.settings.allow_private.contains(host) {
            return Ok(&self.private);
        }
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            Some(Host::Domain(_)) | None => None,
        };
        if literal.is_some_and(|ip| !is_public(ip)) {
            return Err(HttpError::NotPublic { host: host.to_owned() });
        }
        Ok(&self.public)
    }

    async fn hop(
        &self,
        client: &Client,
        url: &Url,
        host: &str,
        get: &Get,
        redirected: bool,
        now: DateTime<Utc>,
    ) -> Result<Hop, HttpError> {
        let mut request = match &get.form {
            Some(form) => {
                let fields: Vec<(&str, &str)> =
                    form.iter().map(|(name, value)| (*name, value.expose())).collect();
                client.post(url.clone()).form(&fields)
            }
            None => client.get(url.clone()),
        };
        if !redirected {
            request = request.headers(get.headers.clone());
            let validators =
                [(header::IF_NONE_MATCH, &get.etag), (header::IF_MODIFIED_SINCE, &get.last_modified)];
            for (name, value) in validators {
                if let Some(value) = value.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
                    request = request.header(name, value);
                }
            }
        }
        let limit = self.settings.header_timeout;
        let answer = tokio::time::timeout(limit, request.send())
            .await
            .map_err(|_| HttpError::TimedOut { host: host.to_owned(), what: "headers", limit })?
            .map_err(|err| self.not_sent(&err, host))?;
        let status = answer.status();
        let retry_after = answer
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| retry_after::parse(value.to_str().ok()?, now));
        match status {
            StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
                if get.form.is_none() =>
            {
                Ok(Hop::To(target(url, answer.headers())?))
            }
            StatusCode::NOT_MODIFIED => Ok(Hop::Answer(Response {
                status: status.as_u16(),
                url: url.clone(),
                not_modified: true,
                body: Vec::new(),
                headers: answer.headers().clone(),
                redirected,
            })),
            StatusCode::GONE => Err(HttpError::Gone { url: url.to_string() }),
            StatusCode::TOO_MANY_REQUESTS => Err(self.slow_down(host, retry_after.unwrap_or(UNSTATED_WAIT))),
            status if status.is_success() || (get.read_refusals && status.is_client_error()) => {
                let max_bytes = get.max_body_bytes.unwrap_or(self.settings.max_body_bytes);
                let headers = answer.headers().clone();
                let body = read(answer, url, host, max_bytes).await?;
                Ok(Hop::Answer(Response {
                    status: status.as_u16(),
                    url: url.clone(),
                    not_modified: false,
                    body,
                    headers,
                    redirected,
                }))
            }
            // 503 and others with the header: an outage with a plan.
            status => Err(match retry_after {
                Some(wait) => self.slow_down(host, wait),
                None => HttpError::Status { url: url.to_string(), status: status.as_u16() },
            }),
        }
    }

    fn slow_down(&self, host: &str, wait: Duration) -> HttpError {
        self.pace.block(host, wait, tokio::time::Instant::now());
        HttpError::RateLimited { host: host.to_owned(), wait }
    }

    fn not_sent(&self, err: &reqwest::Error, host: &str) -> HttpError {
        let mut cause = err.source();
        while let Some(inner) = cause {
            if inner.is::<NoPublicAddress>() {
                return HttpError::NotPublic { host: host.to_owned() };
            }
            cause = inner.source();
        }
        let host = host.to_owned();
        if err.is_timeout() {
            return HttpError::TimedOut { host, what: "connecting", limit: self.settings.connect_timeout };
        }
        HttpError::Unreachable { host, why: chain(err) }
    }
}

/// Reads a body up to `max_bytes`, counted after decompression, so that neither an endless body nor a small one that
/// unpacks to a huge one costs more memory than that.
async fn read(
    mut answer: reqwest::Response,
    url: &Url,
    host: &str,
    max_bytes: usize,
) -> Result<Vec<u8>, HttpError> {
    let too_large = || HttpError::TooLarge { url: url.to_string(), max_bytes };
    if answer.content_length().is_some_and(|length| length > max_bytes as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    loop {
        let chunk = answer
            .chunk()
            .await
            .map_err(|err| HttpError::BrokenBody { host: host.to_owned(), why: chain(&err) })?;
        let Some(chunk) = chunk else { return Ok(body) };
        if body.len() + chunk.len() > max_bytes {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
}

/// Host and port of an address that we fetch at all.
fn host_of(url: &Url) -> Result<String, HttpError> {
    let bad = |why: &str| HttpError::BadUrl { url: url.to_string(), why: why.to_owned() };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("only http and https are fetched"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let why = "addresses with a user name or password are not fetched".to_owned();
        return Err(HttpError::BadUrl { url: without_user(url), why });
    }
    let host = url.host_str().ok_or_else(|| bad("it has no host"))?;
    let port = url.port_or_known_default().ok_or_else(|| bad("it has no port"))?;
    Ok(format!("{}:{port}", host.to_ascii_lowercase()))
}

fn without_user(url: &Url) -> String {
    match url.host_str() {
        Some(host) => format!("{}://…@{host}{}", url.scheme(), url.path()),
        None => format!("{}:…", url.scheme()),
    }
}

fn target(url: &Url, headers: &HeaderMap) -> Result<Url, HttpError> {
    let location = headers.get(header::LOCATION).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
    let location = location.ok_or_else(|| HttpError::BadUrl {
        url: url.to_string(),
        why: "it redirects to nowhere".to_owned(),
    })?;
    url.join(location).map_err(|err| HttpError::BadUrl {
        url: url.to_string(),
        why: format!("it redirects to something that is no address: {err}"),
    })
}

/// An error with its causes; reqwest's own text would repeat the address.
fn chain(err: &reqwest::Error) -> String {
    let mut parts = Vec::new();
    let mut cause = err.source();
    while let Some(inner) = cause {
        parts.push(inner.to_string());
        cause = inner.source();
    }
    parts.dedup();
    if parts.is_empty() { err.to_string() } else { parts.join(": ") }
}
