//! One request after the other, within all limits, with outcomes that can be told apart.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use serenity::all::CreateAttachment;
use serenity::http::{
    Http, LightMethod, Multipart, MultipartUpload, Ratelimit, RatelimitingBucket, Request, Route,
};
use tokio::time::Instant;

use super::breaker::Breaker;
use super::error::RestError;
use super::pace::Pace;

/// A tenth of what leads to a ban.
const REFUSALS: usize = 1_000;

/// A wait longer than this is the caller's.
const SHORT_WAIT: Duration = Duration::from_secs(6);

/// After the token was not accepted, nothing is sent for so long: every further try would count against us.
const REVOKED_FOR: Duration = Duration::from_mins(10);

/// After a 429 that does not say how long.
const DEFAULT_WAIT: Duration = Duration::from_secs(5);

/// The one file a message may have.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// Its name, as the message's body calls it.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The client. Clones share all limits.
///
/// Buckets are counted by serenity's limiter; its loop around it is ours, because it hides what a 429 says and
/// repeats one without a readable `Retry-After` at once.
#[derive(Clone)]
pub struct Rest(Arc<Inner>);

struct Inner {
    http: Arc<Http>,
    client: reqwest::Client,
    buckets: Mutex<HashMap<RatelimitingBucket, Arc<tokio::sync::Mutex<Bucket>>>>,
    /// Until when the token is taken for a bad one.
    revoked: Mutex<Option<Instant>>,
    pace: Pace,
    breaker: Breaker,
    bot: u64,
    key: [u8; 32],
}

/// What is known of a bucket.
#[derive(Default)]
struct Bucket {
    count: Ratelimit,
    /// It is empty until then.
    until: Option<Instant>,
}

impl Bucket {
    /// How long it is empty, if that is too long to wait here.
    fn long_wait(&self) -> Option<Duration> {
        let wait = self.until?.saturating_duration_since(Instant::now());
        Some(wait).filter(|wait| *wait > SHORT_WAIT)
    }
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rest(…)")
    }
}

impl Rest {
    pub(super) fn new(http: Http, client: reqwest::Client, bot: u64, key: [u8; 32]) -> Self {
        Self(Arc::new(Inner {
            http: Arc::new(http),
            client,
            buckets: Mutex::default(),
            revoked: Mutex::default(),
            pace: Pace::new(),
            breaker: Breaker::new(REFUSALS),
            bot,
            key,
        }))
    }

    /// The bot's user id, which is its application's: the first part of the token.
    pub fn bot(&self) -> u64 {
        self.0.bot
    }

    /// A key for the ids of buttons, made of the token: it needs no place of its own, and a new token is a new key.
    pub fn key(&self) -> [u8; 32] {
        self.0.key
    }

    /// serenity's client over the same connection: for the gateway and for answers to interactions, which have no
    /// part in the limits kept here.
    pub fn http(&self) -> Arc<Http> {
        Arc::clone(&self.0.http)
    }

    /// A client of its own over the same connection, for a gateway connection, which wants to own one.
    pub fn gateway_http(&self) -> Http {
        serenity::http::HttpBuilder::new(self.0.http.token()).client(self.0.client.clone()).build()
    }

    /// Reads something.
    pub async fn get(
        &self,
        route: Route<'_>,
        params: Vec<(&'static str, String)>,
    ) -> Result<Value, RestError> {
        let params = Some(params).filter(|p| !p.is_empty());
        self.perform(Request::new(route, LightMethod::Get).params(params)).await
    }

    /// Sends a body, or none, and with it a file, or none (its id in the body is 0).
    pub async fn send(
        &self,
        method: LightMethod,
        route: Route<'_>,
        body: Option<&Value>,
        file: Option<Attachment>,
    ) -> Result<Value, RestError> {
        let request = Request::new(route, method);
        let text = body.map(Value::to_string);
        let request = match file {
            None => request.body(text.map(String::into_bytes)),
            Some(file) => request.multipart(Some(Multipart {
                upload: MultipartUpload::Attachments(vec![CreateAttachment::bytes(file.bytes, file.name)]),
                fields: Vec::new(),
                payload_json: text,
            })),
        };
        self.perform(request).await
    }

    async fn perform(&self, request: Request<'_>) -> Result<Value, RestError> {
        let inner = &self.0;
        let bucket = {
            let key = request.route_ref().ratelimiting_bucket();
            let mut buckets = inner.buckets.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(buckets.entry(key).or_default())
        };
        let mut tries = 0;
        loop {
            // Held over the request: one at a time in a bucket, so that its count is never behind.
            let mut bucket = bucket.lock().await;
            if let Some(after) = bucket.long_wait() {
                return Err(RestError::Limited { after });
            }
            bucket.count.pre_hook(&request, &|_| ()).await;
            inner.pace.slot(SHORT_WAIT).await.map_err(|after| RestError::Limited { after })?;
            if inner.is_revoked() {
                return Err(RestError::TokenRevoked);
            }
            let ticket = inner.breaker.ticket().await.map_err(|after| RestError::HoldingBack { after })?;
            let built = request
                .clone()
                .build(&inner.client, inner.http.token(), None)
                .map_err(|err| RestError::Unclear { why: unsent(&err) })?;
            let response = built.send().await.map_err(|err| RestError::Unclear { why: network(&err) })?;
            let status = response.status().as_u16();
            if matches!(status, 401 | 403 | 429) {
                ticket.refused(Instant::now());
            }
            drop(ticket);
            if status != 429 {
                // An unreadable header leaves the count as it is.
                drop(bucket.count.post_hook(&response, &request, &|_| (), false).await);
                let empty = bucket.count.remaining() == 0;
                bucket.until = bucket.count.reset_after().filter(|_| empty).map(|time| Instant::now() + time);
                if status == 401 {
                    *inner.revoked() = Some(Instant::now() + REVOKED_FOR);
                }
                return outcome(status, response).await;
            }
            let global = response.headers().contains_key("x-ratelimit-global");
            let after = retry_after(response).await;
            // A bucket is left as it is: limits that no header tells of are for some of its requests only.
            if global {
                inner.pace.hold_until(Instant::now() + after);
            }
            tries += 1;
            if after > SHORT_WAIT || tries > 3 {
                return Err(RestError::Limited { after });
            }
            tokio::time::sleep(after).await;
        }
    }
}

impl Inner {
    fn revoked(&self) -> MutexGuard<'_, Option<Instant>> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_revoked(&self) -> bool {
        self.revoked().is_some_and(|until| Instant::now() < until)
    }
}

/// How long a 429 asks to wait: in its header, else in its body.
async fn retry_after(response: reqwest::Response) -> Duration {
    let header = response.headers().get("retry-after").and_then(|v| v.to_str().ok());
    let header = header.and_then(|v| v.parse::<f64>().ok());
    let seconds = if header.is_some() {
        header
    } else {
        let bytes = response.bytes().await.unwrap_or_default();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        body["retry_after"].as_f64()
    };
    seconds.and_then(duration).unwrap_or(DEFAULT_WAIT)
}

/// Seconds as somebody else gave them; a day at most.
fn duration(seconds: f64) -> Option<Duration> {
    (seconds.is_finite() && seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(86_400.0)))
}

async fn outcome(status: u16, response: reqwest::Response) -> Result<Value, RestError> {
    let bytes = response.bytes().await.map_err(|err| RestError::Unclear { why: network(&err) })?;
    let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    match status {
        200..=299 => Ok(body),
        401 => Err(RestError::TokenRevoked),
        400..=499 => {
            let message = body["message"].as_str().unwrap_or("no reason given");
            Err(RestError::Refused {
                status,
                code: body["code"].as_u64().unwrap_or_default(),
                message: match first_fault(&body["errors"], "") {
                    Some(fault) => format!("{message}: {fault}"),
                    None => message.to_owned(),
                },
                retry_after: body["retry_after"].as_f64().and_then(duration),
            })
        }
        _ => Err(RestError::Unclear { why: format!("HTTP {status}") }),
    }
}

/// The first of the faults that Discord found in a body: where, and what.
fn first_fault(errors: &Value, path: &str) -> Option<String> {
    let fields = errors.as_object()?;
    fields.iter().find_map(|(name, inner)| {
        if name == "_errors" {
            let words = inner.get(0)?.get("message")?.as_str()?;
            return Some(format!("{path}: {words}"));
        }
        let dot = if path.is_empty() { "" } else { "." };
        first_fault(inner, &format!("{path}{dot}{name}"))
    })
}

/// The kind of a failure, without the address: it may hold a token of an interaction.
fn network(err: &reqwest::Error) -> String {
    let what = if err.is_timeout() {
        "no answer in time"
    } else if err.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    what.to_owned()
}

fn unsent(err: &serenity::Error) -> String {
    format!("the request could not be made: {err}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fault_of_a_refused_body_is_told_with_its_place() {
        let errors = serde_json::json!({
            "embeds": { "0": { "title": { "_errors": [{ "code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer in length." }] } } }
        });
        assert_eq!(
            first_fault(&errors, "").as_deref(),
            Some("embeds.0.title: Must be 256 or fewer in length.")
        );
        assert_eq!(first_fault(&Value::Null, ""), None);
    }
}
