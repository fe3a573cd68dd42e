//! One request, politely.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use tokio::time::Instant;
use tracing::debug;
use url::{Host, Position, Url};

use super::answer::Response;
use super::body;
use super::error::HttpError;
use super::limits;
use super::pace::Pace;
use super::public::{NoPublicAddress, PublicOnly, is_public};
use super::request::{Get, Post};
use super::retry_after;
use super::settings::HttpSettings;

/// The wait when a host says "too many" but not for how long.
const UNSTATED_WAIT: Duration = Duration::from_mins(1);

/// The client. One per program: the distance to a host is kept here.
#[derive(Debug)]
pub struct PoliteClient {
    pub(super) settings: HttpSettings,
    /// Reaches public addresses only.
    public: Client,
    /// Reaches anything; used for the hosts of `allow_private` and the gateway alone. A client of its own, for connections are kept.
    private: Client,
    pub(super) pace: Pace,
}

/// How an address is reached.
struct Route<'a> {
    client: &'a Client,
    /// What is connected to.
    url: Url,
    /// The host that is meant, where that is another one: the gateway's.
    stands_for: Option<HeaderValue>,
}

enum Hop {
    Answer(Response),
    To { url: Url, for_good: bool },
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
        let pace =
            Pace::new((settings.per_host_requests, settings.per_host_interval), settings.host_paces.clone());
        Ok(Self { settings, public, private, pace })
    }

    /// Gets an address. `now` is for reading dates in headers.
    pub async fn get(&self, get: &Get, now: DateTime<Utc>) -> Result<Response, HttpError> {
        let mut url = get.url.clone();
        let mut left = self.settings.total_timeout;
        let mut moved = true;
        for hop in 0..=self.settings.max_redirects {
            let host = host_of(&url)?;
            let route = self.route(&url, &host, get)?;
            let permit = self
                .pace
                .turn(&host)
                .await
                .map_err(|wait| HttpError::RateLimited { host: host.clone(), wait })?;
            let started = Instant::now();
            let one = self.hop(&route, &url, &host, get, hop > 0, now);
            let answer = tokio::time::timeout(left, one).await.unwrap_or_else(|_| {
                Err(HttpError::TimedOut { host, what: "whole answer", limit: self.settings.total_timeout })
            })?;
            left = left.saturating_sub(started.elapsed());
            drop(permit);
            match answer {
                Hop::Answer(mut response) => {
                    let stands = response.not_modified || (200..300).contains(&response.status);
                    response.moved = hop > 0 && moved && stands;
                    return Ok(response);
                }
                Hop::To { url: next, for_good } => {
                    let weaker = url.scheme() == "https" && next.scheme() != "https";
                    moved &= for_good && !weaker;
                    url = next;
                }
            }
        }
        Err(HttpError::TooManyRedirects { url: get.url.to_string(), max: self.settings.max_redirects })
    }

    /// The way to this address. Literal addresses never reach the resolver, so they are checked here; odd spellings
    /// (`0x7f.1`, `2130706433`) are plain ones since the address was parsed.
    fn route(&self, url: &Url, host: &str, get: &Get) -> Result<Route<'_>, HttpError> {
        let straight = |client| Route { client, url: url.clone(), stands_for: None };
        if get.closed.contains(host) {
            return Err(HttpError::NotPublic { host: host.to_owned() });
        }
        if self.settings.allow_private.contains(host) {
            return Ok(straight(&self.private));
        }
        if get.web_ports_only && !matches!(url.port_or_known_default(), Some(80 | 443)) {
            let why = "pages are fetched from ports 80 and 443 only".to_owned();
            return Err(HttpError::BadUrl { url: url.to_string(), why });
        }
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            Some(Host::Domain(_)) | None => None,
        };
        if literal.is_some_and(|ip| !is_public(ip)) {
            return Err(HttpError::NotPublic { host: host.to_owned() });
        }
        let Some(gateway) = &self.settings.gateway else { return Ok(straight(&self.public)) };
        let handed =
            Url::parse(&format!("http://{gateway}{}", &url[Position::BeforePath..Position::AfterQuery]));
        let unfit = |why: String| HttpError::BadUrl { url: url.to_string(), why };
        let handed =
            handed.map_err(|err| unfit(format!("the gateway `{gateway}` cannot be asked for it: {err}")))?;
        let stands_for = HeaderValue::from_str(&url[Position::BeforeHost..Position::AfterPort])
            .map_err(|err| unfit(format!("its host is no header: {err}")))?;
        Ok(Route { client: &self.private, url: handed, stands_for: Some(stands_for) })
    }

    async fn hop(
        &self,
        route: &Route<'_>,
        url: &Url,
        host: &str,
        get: &Get,
        redirected: bool,
        now: DateTime<Utc>,
    ) -> Result<Hop, HttpError> {
        let (client, to) = (route.client, route.url.clone());
        let mut request = match &get.post {
            Some(Post::Json(document)) => {
                client.post(to).header(header::CONTENT_TYPE, "application/json").body(document.to_string())
            }
            Some(Post::Form(form)) => {
                let fields: Vec<(&str, &str)> =
                    form.iter().map(|(name, value)| (*name, value.expose())).collect();
                client.post(to).form(&fields)
            }
            None => client.get(to),
        };
        if let Some(host) = &route.stands_for {
            request = request.header(header::HOST, host).header("x-forwarded-proto", url.scheme());
        }
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
            .map_err(|err| self.not_sent(&err, host, route))?;
        let status = answer.status();
        let retry_after = answer
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| retry_after::parse(value.to_str().ok()?, now));
        let limits = limits::read(answer.headers(), now);
        let refused = status == StatusCode::TOO_MANY_REQUESTS
            || (status == StatusCode::FORBIDDEN && (retry_after.is_some() || limits::is_used_up(&limits)));
        if refused {
            let wait = retry_after.max(limits::pause_after_refusal(&limits));
            return Err(self.slow_down(host, wait.unwrap_or(UNSTATED_WAIT)));
        }
        if let Some(pause) = limits::pause(&limits) {
            debug!(%host, pause_s = pause.as_secs(), "the limit of {host} is nearly used up");
            self.pace.block(host, pause, Instant::now());
        }
        match status {
            StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
                if get.post.is_none() && !get.read_redirects =>
            {
                let for_good =
                    matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT);
                Ok(Hop::To { url: target(url, answer.headers())?, for_good })
            }
            StatusCode::NOT_MODIFIED => Ok(Hop::Answer(Response {
                status: status.as_u16(),
                url: url.clone(),
                not_modified: true,
                body: Vec::new(),
                headers: answer.headers().clone(),
                redirected,
                moved: false,
            })),
            StatusCode::GONE => Err(HttpError::Gone { url: url.to_string() }),
            status
                if status.is_success()
                    || (get.read_refusals && status.is_client_error())
                    || (get.read_redirects && status.is_redirection()) =>
            {
                let max_bytes = get.max_body_bytes.unwrap_or(self.settings.max_body_bytes);
                let headers = answer.headers().clone();
                let body = body::read(answer, url, host, max_bytes).await?;
                Ok(Hop::Answer(Response {
                    status: status.as_u16(),
                    url: url.clone(),
                    not_modified: false,
                    body,
                    headers,
                    redirected,
                    moved: false,
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
        self.pace.block(host, wait, Instant::now());
        HttpError::RateLimited { host: host.to_owned(), wait }
    }

    fn not_sent(&self, err: &reqwest::Error, host: &str, route: &Route<'_>) -> HttpError {
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
        let why = match (&route.stands_for, &self.settings.gateway) {
            (Some(_), Some(gateway)) => format!("asked through the gateway {gateway}: {}", chain(err)),
            _ => chain(err),
        };
        HttpError::Unreachable { host, why }
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
pub(super) fn chain(err: &reqwest::Error) -> String {
    let mut parts = Vec::new();
    let mut cause = err.source();
    while let Some(inner) = cause {
        parts.push(inner.to_string());
        cause = inner.source();
    }
    parts.dedup();
    if parts.is_empty() { err.to_string() } else { parts.join(": ") }
}
