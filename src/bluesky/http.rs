//! One request and its answer: over our own client, with outcomes that can be told apart.

use std::time::Duration;

use atrium_api::xrpc::http::{HeaderMap, Method, Request, Response};
use atrium_api::xrpc::types::AuthorizationToken;
use atrium_api::xrpc::{HttpClient, XrpcClient};
use futures_util::StreamExt as _;
use serde_json::Value;
use url::{Host, Url};

use super::error::{SignedOut, XrpcError, signed_out_by};
use crate::config::Secret;

/// No answer we ask for comes near it.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The wait when a server says "too many" but not for how long.
const UNSTATED_WAIT: Duration = Duration::from_mins(1);

/// Longer waits are cut: an account must not be silent for ever because of one header.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// Words of a server that go into a message.
const MOST_WORDS: usize = 300;

/// The client. Clones share its connections.
#[derive(Clone, Debug)]
pub(super) struct Http(reqwest::Client);

impl Http {
    /// A client that waits for an answer as long as `timeout`, and follows no redirect: a token goes where it is meant to go.
    pub(super) fn new(timeout: Duration) -> Result<Self, XrpcError> {
        reqwest::Client::builder()
            .user_agent(concat!("newsdesk/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(timeout.min(Duration::from_secs(10)))
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map(Self)
            .map_err(|err| XrpcError::NeverSent { why: format!("no HTTP client can be made: {err}") })
    }

    /// Sends it and gives the body of a success.
    pub(super) async fn send(&self, request: reqwest::Request) -> Result<(HeaderMap, Vec<u8>), XrpcError> {
        let host = request.url().host_str().unwrap_or("the server").to_owned();
        let answer = self.0.execute(request).await.map_err(|err| unsent(&host, err))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = read(answer).await.map_err(|why| XrpcError::Unclear { why: format!("{host}: {why}") });
        if status.is_success() {
            return Ok((headers, body?));
        }
        // What was refused stays refused, whether or not its reasons can be read.
        Err(refusal(&host, status.as_u16(), &headers, &body.unwrap_or_default()))
    }

    /// Gets a document from an address that is no method of the protocol.
    pub(super) async fn document(&self, url: Url) -> Result<Value, XrpcError> {
        let (_, body) = self.send(reqwest::Request::new(Method::GET, url)).await?;
        serde_json::from_slice(&body)
            .map_err(|err| XrpcError::Unclear { why: format!("the answer is not JSON: {err}") })
    }
}

/// A request that got no answer.
fn unsent(host: &str, err: reqwest::Error) -> XrpcError {
    let err = err.without_url();
    // The innermost cause says most: “connection refused”, “certificate expired”.
    let mut cause: &dyn std::error::Error = &err;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let why =
        if err.is_timeout() { format!("{host} did not answer in time") } else { format!("{host}: {cause}") };
    if err.is_connect() || err.is_builder() {
        XrpcError::NeverSent { why }
    } else {
        XrpcError::Unclear { why }
    }
}

async fn read(answer: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    let mut parts = answer.bytes_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|err| format!("the answer broke off: {}", err.without_url()))?;
        if body.len() + part.len() > MOST_BYTES {
            return Err(format!("the answer is longer than {MOST_BYTES} bytes"));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

#[derive(Default, serde::Deserialize)]
struct Words {
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

/// What an answer that is no success means.
fn refusal(host: &str, status: u16, headers: &HeaderMap, body: &[u8]) -> XrpcError {
    let words: Words = serde_json::from_slice(body).unwrap_or_default();
    let name = printable(&words.error.unwrap_or_default());
    let message = words.message.map_or_else(|| format!("HTTP {status} from {host}"), |text| printable(&text));
    match status {
        429 => XrpcError::RateLimited { after: asked_wait(headers) },
        // 408 is said by what stands between us and the server, which may have passed the request on.
        400..=499 if status != 408 => match signed_out_by(&name) {
            Some(why) => XrpcError::SignedOut(why),
            None => XrpcError::Refused { status, name, message },
        },
        300..=399 => XrpcError::Unclear {
            why: format!("{host} sends us elsewhere (HTTP {status}); check the address"),
        },
        _ => XrpcError::Unclear { why: format!("{message} (HTTP {status})") },
    }
}

/// How long a 429 asks to wait: `retry-after`, else the time of the reset, measured by the server's own clock.
fn asked_wait(headers: &HeaderMap) -> Duration {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let date = || {
        let text = headers.get("date")?.to_str().ok()?;
        u64::try_from(chrono::DateTime::parse_from_rfc2822(text).ok()?.timestamp()).ok()
    };
    let seconds = number("retry-after").or_else(|| Some(number("ratelimit-reset")?.saturating_sub(date()?)));
    seconds.map_or(UNSTATED_WAIT, |seconds| Duration::from_secs(seconds.max(1)).min(LONGEST_WAIT))
}

/// Text of a server without control characters, and not too much of it.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST_WORDS).collect()
}

/// Whether an address may be spoken to: encrypted, or on this machine.
pub(super) fn is_safe(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => return false,
    };
    let plain = url.username().is_empty() && url.password().is_none();
    plain && (url.scheme() == "https" || (url.scheme() == "http" && here))
}

/// One method call to one server, as atrium wants it: made for the call and dropped after it.
#[derive(Clone)]
pub(super) struct Call {
    /// The client.
    pub(super) http: Http,
    /// The server, without a slash at the end.
    pub(super) server: String,
    /// Who asks.
    pub(super) token: Option<Secret>,
    /// The service the server shall pass it on to.
    pub(super) proxy: Option<String>,
}

/// What a call sends.
pub(super) enum Input<'a> {
    /// A query: names and values.
    Query(&'a [(&'a str, &'a str)]),
    /// A procedure with a JSON body.
    Json(&'a Value),
    /// A procedure with a file as its body, and its media type.
    Bytes(&'a [u8], &'a str),
}

impl Call {
    /// Calls a method of which atrium's types say too little or ask too much: records stay byte for byte what they are.
    pub(super) async fn call(&self, method: &str, input: &Input<'_>) -> Result<Value, XrpcError> {
        let broken = |why: String| XrpcError::NeverSent { why };
        let mut url: Url = format!("{}/xrpc/{method}", self.server)
            .parse()
            .map_err(|err| broken(format!("the address: {err}")))?;
        let mut request = match *input {
            Input::Query(pairs) => {
                if !pairs.is_empty() {
                    url.query_pairs_mut().extend_pairs(pairs);
                }
                reqwest::Request::new(Method::GET, url)
            }
            Input::Json(body) => {
                let mut request = reqwest::Request::new(Method::POST, url);
                let body = serde_json::to_vec(body).map_err(|err| broken(format!("the body: {err}")))?;
                *request.body_mut() = Some(body.into());
                header(&mut request, "content-type", "application/json")?;
                request
            }
            Input::Bytes(bytes, mime) => {
                let mut request = reqwest::Request::new(Method::POST, url);
                *request.body_mut() = Some(bytes.to_vec().into());
                header(&mut request, "content-type", mime)?;
                request
            }
        };
        if let Some(token) = &self.token {
            header(&mut request, "authorization", &format!("Bearer {}", token.expose()))?;
        }
        if let Some(proxy) = &self.proxy {
            header(&mut request, "atproto-proxy", proxy)?;
        }
        let (_, body) = self.send(request).await?;
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&body)
            .map_err(|err| XrpcError::Unclear { why: format!("{method}: the answer is not JSON: {err}") })
    }

    /// Sends it. Should a server repeat the token in its words, they go no further.
    async fn send(&self, request: reqwest::Request) -> Result<(HeaderMap, Vec<u8>), XrpcError> {
        self.http.send(request).await.map_err(|err| match (&self.token, err) {
            (Some(token), XrpcError::Refused { status, name, message })
                if message.contains(token.expose()) || name.contains(token.expose()) =>
            {
                XrpcError::Refused { status, name: String::new(), message: format!("HTTP {status}") }
            }
            (Some(token), XrpcError::Unclear { why }) if why.contains(token.expose()) => {
                XrpcError::Unclear { why: "trouble over there".to_owned() }
            }
            (_, err) => err,
        })
    }
}

fn header(request: &mut reqwest::Request, name: &'static str, value: &str) -> Result<(), XrpcError> {
    let value = value.parse().map_err(|_| XrpcError::NeverSent {
        why: format!("the value for the header `{name}` cannot be sent"),
    })?;
    request.headers_mut().insert(name, value);
    Ok(())
}

type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

impl HttpClient for Call {
    /// A refusal is given as our error: atrium's own would drop the headers.
    async fn send_http(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, BoxError> {
        let request = reqwest::Request::try_from(request)?;
        let (headers, body) = self.send(request).await?;
        let mut response = Response::new(body);
        *response.headers_mut() = headers;
        Ok(response)
    }
}

impl XrpcClient for Call {
    fn base_uri(&self) -> String {
        self.server.clone()
    }

    async fn authorization_token(&self, _is_refresh: bool) -> Option<AuthorizationToken> {
        self.token.as_ref().map(|token| AuthorizationToken::Bearer(token.expose().to_owned()))
    }

    async fn atproto_proxy_header(&self) -> Option<String> {
        self.proxy.clone()
    }
}

/// Our error out of atrium's.
pub(super) fn of_atrium<E: std::fmt::Debug>(err: atrium_api::xrpc::Error<E>) -> XrpcError {
    use atrium_api::xrpc::Error;
    match err {
        Error::HttpClient(inner) => match inner.downcast::<XrpcError>() {
            Ok(ours) => *ours,
            Err(other) => XrpcError::NeverSent { why: other.to_string() },
        },
        Error::HttpRequest(err) => XrpcError::NeverSent { why: err.to_string() },
        Error::SerdeHtmlForm(err) => XrpcError::NeverSent { why: err.to_string() },
        // It was sent and answered; only what was answered is not what we know.
        Error::SerdeJson(err) => XrpcError::Unclear { why: format!("the answer is not as expected: {err}") },
        Error::UnexpectedResponseType => XrpcError::Unclear { why: "the answer is not JSON".to_owned() },
        Error::Authentication(_) => XrpcError::SignedOut(SignedOut::Password),
        Error::XrpcResponse(answer) => XrpcError::Unclear { why: format!("HTTP {}", answer.status.as_u16()) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_wait_is_read_from_the_header_or_by_the_servers_own_clock() {
        let wait = |pairs: &[(&'static str, &str)]| asked_wait(&headers(pairs)).as_secs();
        assert_eq!(wait(&[("retry-after", "17"), ("ratelimit-reset", "99")]), 17);
        let reset = [("ratelimit-reset", "1900000300"), ("date", "Fri, 17 Mar 2030 17:46:40 GMT")];
        assert_eq!(wait(&reset), 60, "the date's day of the week is wrong: it says nothing");
        let reset = [("ratelimit-reset", "1900000300"), ("date", "Sun, 17 Mar 2030 17:46:40 GMT")];
        assert_eq!(wait(&reset), 300);
        assert_eq!(wait(&[("ratelimit-reset", "5"), ("date", "Sun, 17 Mar 2030 17:46:40 GMT")]), 1);
        assert_eq!(wait(&[]), 60);
        assert_eq!(wait(&[("retry-after", "99999999")]), 86_400);
    }

    #[test]
    fn only_what_was_surely_not_done_is_a_refusal() {
        let none = HeaderMap::new();
        let of = |status, body: &str| refusal("pds.example", status, &none, body.as_bytes());
        for status in [302, 408, 500, 502, 503, 504, 520] {
            assert!(
                !of(status, r#"{"error":"InternalServerError","message":"x"}"#).certainly_not_done(),
                "{status}"
            );
        }
        let swap = of(400, r#"{"error":"InvalidSwap","message":"Record was at \u0007bafy"}"#);
        assert_eq!(
            swap,
            XrpcError::Refused {
                status: 400,
                name: "InvalidSwap".into(),
                message: "Record was at  bafy".into()
            }
        );
        assert!(swap.certainly_not_done());
        assert_eq!(of(413, "<html>").name(), Some(""), "a refusal without a name is one, too");
        assert_eq!(
            of(401, r#"{"error":"AccountTakedown","message":"Account has been taken down"}"#),
            XrpcError::SignedOut(SignedOut::TakenDown)
        );
        assert_eq!(of(429, "").wait(), Some(UNSTATED_WAIT));
    }

    #[test]
    fn a_password_travels_encrypted_or_not_at_all() {
        for good in ["https://pds.example", "http://localhost:2583", "http://127.0.0.1:1", "http://[::1]:1"] {
            assert!(is_safe(&good.parse().unwrap()), "{good}");
        }
        for bad in [
            "http://pds.example",
            "http://10.0.0.1",
            "ftp://localhost",
            "https://me:pw@pds.example",
            "data:,x",
        ] {
            assert!(!is_safe(&bad.parse().unwrap()), "{bad}");
        }
    }
}
