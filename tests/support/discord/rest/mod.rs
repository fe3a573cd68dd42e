//! The REST API, version 10: from bytes to what is done, and back.

mod body;
mod channels;
mod commands;
mod guilds;
mod messages;
mod threads;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, FromRequest as _, Multipart, Request as HttpRequest, State as Shared};
use axum::http::HeaderName;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::response::Response;
use serde_json::{Value, json};

use super::contract;
use super::faults::What;
use super::limits::{TooMany, Verdict, rule};
use super::state::State;
use super::tls::Scissors;
use super::{Hub, OWN, Request};

pub(super) use channels::{remove as remove_channel, tell, updated};
pub(super) use commands::all as all_commands;
pub(super) use messages::{Draft, post, remove as remove_message};

/// The largest request a bot may make.
const BODY_LIMIT: usize = 25 << 20;

/// A file of a request.
pub(super) struct File {
    /// `n` of `files[n]`.
    number: u64,
    name: String,
    kind: String,
    bytes: Vec<u8>,
}

/// A request, read.
pub(super) struct Call {
    pub(super) method: String,
    /// Below `/api/v10`.
    pub(super) path: String,
    pub(super) query: BTreeMap<String, String>,
    pub(super) body: Value,
    pub(super) files: Vec<File>,
    pub(super) arrived: Instant,
    authorization: Option<String>,
}

impl Call {
    /// The token of the interaction that this is the callback of.
    fn interaction(&self) -> Option<&str> {
        self.path.strip_prefix("/interactions/")?.split('/').nth(1)
    }
}

/// An error as Discord answers it.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    body: Value,
    retry_after: Option<Duration>,
}

/// Status and body. No body: 204.
pub(super) type Outcome = Result<(u16, Value), Refusal>;

pub(super) fn refuse(status: u16, code: u64, message: &str) -> Refusal {
    Refusal { status, body: json!({"message": message, "code": code}), retry_after: None }
}

/// 50035: which field, which error, and its words.
pub(super) fn invalid(field: &str, code: &str, message: &str) -> Refusal {
    let mut errors = json!({"_errors": [{"code": code, "message": message}]});
    for part in field.rsplit('.').filter(|part| !part.is_empty()) {
        errors = json!({ part: errors });
    }
    let body = json!({"message": "Invalid Form Body", "code": 50_035, "errors": errors});
    Refusal { status: 400, body, retry_after: None }
}

pub(super) fn missing_access() -> Refusal {
    refuse(403, 50_001, "Missing Access")
}

pub(super) fn missing_permissions() -> Refusal {
    refuse(403, 50_013, "Missing Permissions")
}

/// 429 because of slow mode. Discord spares bots; this one does not, so that the desk is ready for it.
pub(super) fn slow_mode(left: Duration) -> Refusal {
    let message = "This action cannot be performed due to slowmode rate limit.";
    let seconds = left.as_secs_f64();
    let body = json!({"message": message, "code": 20_016, "retry_after": seconds, "global": false});
    Refusal { status: 429, body, retry_after: Some(left) }
}

/// The id in a part of a path.
pub(super) fn id(part: &str) -> Result<u64, Refusal> {
    part.parse()
        .map_err(|_| invalid("", "NUMBER_TYPE_COERCE", &format!("Value \"{part}\" is not snowflake.")))
}

/// Answers one request.
pub(super) async fn answer(
    Shared(hub): Shared<Arc<Hub>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: HttpRequest,
) -> Response {
    let call = match read(request).await {
        Ok(call) => call,
        Err(problem) => {
            hub.with(|state| state.violations.push(problem.clone()));
            return respond(400, &json!({"message": problem, "code": 50_109}), &[]);
        }
    };
    let fault = hub.with(|state| {
        state.callbacks_begun.extend(call.interaction().map(str::to_owned));
        state.faults.happens(&call.method, &call.path)
    });
    if fault == Some(What::LostRequest) {
        scissors.cut();
        hub.with(|state| call.interaction().is_some_and(|token| state.callbacks_begun.remove(token)));
        return respond(500, &Value::Null, &[]);
    }
    // Both readings of the contract take their time: nothing else waits for them.
    let found = contract::check_request(&call.method, &call.path, &call.body);
    let (status, body, headers) = hub.with(|state| serve(state, &call, fault.as_ref(), &found));
    let found = check_answer(&call, status, &body);
    hub.with(|state| state.violations.extend(found));
    match fault {
        Some(What::LostAnswer) => scissors.cut(),
        Some(What::Slow(delay)) => tokio::time::sleep(delay).await,
        Some(What::HalfAnswer) => return half(status, &body),
        _ => {}
    }
    if fault == Some(What::TooManyUnparsable) {
        return respond(status, &body, &[("retry-after", "soon".to_owned())]);
    }
    respond(status, &body, &headers)
}

type Headers = Vec<(&'static str, String)>;

fn serve(state: &mut State, call: &Call, fault: Option<&What>, found: &[String]) -> (u16, Value, Headers) {
    let parts: Vec<&str> = call.path.trim_start_matches('/').split('/').collect();
    let known = known(&call.method, &parts);
    let verdict = admit(state, call, &parts, fault);
    let mut headers = verdict.headers;
    let outcome = match verdict.refused {
        Some(too_many) => Err(too_many_requests(&too_many, &mut headers)),
        None if !open(&parts) && !authorized(state, call) => Err(Refusal {
            status: 401,
            body: json!({"message": "401: Unauthorized", "code": 0}),
            retry_after: None,
        }),
        None if !known => {
            state.violations.push(format!("{} {}: no such request", call.method, call.path));
            Err(Refusal {
                status: 404,
                body: json!({"message": "404: Not Found", "code": 0}),
                retry_after: None,
            })
        }
        None => {
            state
                .violations
                .extend(found.iter().map(|what| format!("{} {}: {what}", call.method, call.path)));
            match fault {
                Some(What::Status(status)) => Err(failure(*status)),
                Some(What::StatusAfter(status)) => {
                    route(state, call, &parts).and_then(|_| Err(failure(*status)))
                }
                _ => route(state, call, &parts),
            }
        }
    };
    call.interaction().map(|token| state.callbacks_begun.remove(token));
    let (status, body) = outcome.unwrap_or_else(|refusal| {
        if let Some(after) = refusal.retry_after
            && !headers.iter().any(|(name, _)| *name == "retry-after")
        {
            headers.push(("retry-after", whole_seconds(after)));
        }
        (refusal.status, refusal.body)
    });
    state.requests.push(Request {
        at: state.now(),
        method: call.method.clone(),
        path: call.path.clone(),
        query: call.query.clone(),
        body: call.body.clone(),
        files: call.files.iter().map(|file| (file.name.clone(), file.bytes.len())).collect(),
        status,
    });
    (status, body, headers)
}

/// What is wrong with our own answer.
fn check_answer(call: &Call, status: u16, body: &Value) -> Vec<String> {
    let parts: Vec<&str> = call.path.trim_start_matches('/').split('/').collect();
    if status >= 500 || !known(&call.method, &parts) {
        return Vec::new();
    }
    // The description has numbers for the codes of fields, Discord has words.
    let mut shown = body.clone();
    shown.as_object_mut().and_then(|body| body.remove("errors"));
    let found = contract::check_response(&call.method, &call.path, status, &shown);
    found.iter().map(|what| format!("{OWN}{} {}: {what}", call.method, call.path)).collect()
}

/// As Discord's edge answers when what is behind it does not.
fn failure(status: u16) -> Refusal {
    Refusal {
        status,
        body: json!({"message": format!("{status}: made to fail"), "code": 0}),
        retry_after: None,
    }
}

/// Requests that carry their own right in their path.
fn open(parts: &[&str]) -> bool {
    matches!(parts, ["interactions" | "webhooks", ..] | ["gateway"])
}

fn authorized(state: &State, call: &Call) -> bool {
    let given = call.authorization.as_deref().and_then(|given| given.strip_prefix("Bot "));
    !state.revoked && given == Some(state.token)
}

/// Counts the request; a fault may refuse it in a limit's name.
fn admit(state: &mut State, call: &Call, parts: &[&str], fault: Option<&What>) -> Verdict {
    let now = state.now();
    let mut verdict = match rule(&call.method, parts) {
        Some(rule) => state.limits.take(&rule, now),
        None => Verdict::default(),
    };
    if !open(parts)
        && let Some(refused) = state.limits.take_global()
    {
        verdict.refused = Some(refused);
    }
    let (retry_after, global, scope) = match fault {
        Some(What::TooManyForBucket(after)) => (*after, false, "user"),
        Some(What::TooManyShared(after)) => (*after, false, "shared"),
        Some(What::TooManyGlobal(after)) => (*after, true, "global"),
        Some(What::TooManyUnparsable) => (Duration::from_millis(10), false, "user"),
        _ => return verdict,
    };
    verdict.refused = Some(TooMany { retry_after, global, scope });
    verdict
}

fn too_many_requests(refused: &TooMany, headers: &mut Headers) -> Refusal {
    headers.push(("x-ratelimit-scope", refused.scope.to_owned()));
    if refused.global {
        headers.retain(|(name, _)| *name == "x-ratelimit-scope");
        headers.push(("x-ratelimit-global", "true".to_owned()));
    }
    let body = json!({
        "message": "You are being rate limited.", "code": 0,
        "retry_after": refused.retry_after.as_secs_f64(), "global": refused.global,
    });
    Refusal { status: 429, body, retry_after: Some(refused.retry_after) }
}

/// As in the header, which has no fractions.
fn whole_seconds(duration: Duration) -> String {
    (duration.as_secs_f64().ceil() as u64).max(1).to_string()
}

fn known(method: &str, parts: &[&str]) -> bool {
    let here = match parts {
        ["gateway"]
        | ["gateway", "bot"]
        | ["oauth2", "applications", "@me"]
        | ["users", "@me" | _]
        | ["users", "@me", "guilds"]
        | ["guilds", _]
        | ["guilds", _, "channels" | "roles" | "audit-logs"]
        | ["guilds", _, "members", _]
        | ["guilds", _, "threads", "active"]
        | ["channels", _, "threads", "archived", "public"]
        | ["channels", _, "thread-members"] => &["GET"][..],
        ["applications", "@me"] => &["GET", "PATCH"],
        ["users", "@me", "channels"]
        | ["channels", _, "threads" | "typing"]
        | ["channels", _, "messages", _, "crosspost" | "threads"]
        | ["interactions", _, _, "callback"]
        | ["webhooks", _, _] => &["POST"],
        ["users", "@me", "guilds", _] => &["DELETE"],
        ["channels", _, "thread-members", _] => &["PUT", "DELETE"],
        ["channels", _]
        | ["channels" | "webhooks", _, .., "messages", _]
        | ["applications", _, "commands", _]
        | ["applications", _, "guilds", _, "commands", _] => &["GET", "PATCH", "DELETE"],
        ["channels", _, "messages"] => &["GET", "POST"],
        ["applications", _, "commands"] | ["applications", _, "guilds", _, "commands"] => {
            &["GET", "PUT", "POST"]
        }
        _ => &[],
    };
    here.contains(&method)
}

fn route(state: &mut State, call: &Call, parts: &[&str]) -> Outcome {
    match parts {
        ["channels", channel, "messages", rest @ ..] => messages::route(state, call, id(channel)?, rest),
        ["channels", channel, "threads", rest @ ..] => threads::route(state, call, id(channel)?, rest),
        ["channels", channel, rest @ ..] => channels::route(state, call, id(channel)?, rest),
        ["guilds", guild, rest @ ..] => guilds::route(state, call, id(guild)?, rest),
        ["applications", "@me"] | ["oauth2" | "users" | "gateway", ..] => guilds::own(state, call, parts),
        ["applications", application, rest @ ..] => commands::route(state, call, id(application)?, rest),
        ["interactions", interaction, token, ..] => webhooks::callback(state, call, id(interaction)?, token),
        ["webhooks", application, token, rest @ ..] => {
            webhooks::route(state, call, id(application)?, token, rest)
        }
        _ => Err(refuse(404, 0, "404: Not Found")),
    }
}

fn header(request: &HttpRequest, name: HeaderName) -> Option<String> {
    request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

async fn read(request: HttpRequest) -> Result<Call, String> {
    let arrived = Instant::now();
    let method = request.method().as_str().to_owned();
    let whole = request.uri().path().to_owned();
    let path = whole.strip_prefix("/api/v10").map(str::to_owned);
    // One client writes `@original` so, another not.
    let path = path.ok_or_else(|| format!("{method} {whole}: not below /api/v10"))?.replace("%40", "@");
    let query = url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    let (authorization, kind) =
        (header(&request, AUTHORIZATION), header(&request, CONTENT_TYPE).unwrap_or_default());
    let wrong =
        |error: &dyn std::fmt::Display| format!("{method} {path}: a body that cannot be read: {error}");
    let (mut body, mut files) = (Value::Null, Vec::new());
    if kind.starts_with("multipart/form-data") {
        let mut form = Multipart::from_request(request, &()).await.map_err(|error| wrong(&error))?;
        while let Some(part) = form.next_field().await.map_err(|error| wrong(&error))? {
            let field = part.name().unwrap_or_default().to_owned();
            let name = part.file_name().map(str::to_owned);
            let kind = part.content_type().unwrap_or("application/octet-stream").to_owned();
            let bytes = part.bytes().await.map_err(|error| wrong(&error))?.to_vec();
            if field == "payload_json" {
                body = serde_json::from_slice(&bytes).map_err(|error| wrong(&error))?;
                continue;
            }
            let number = field.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']')?.parse().ok());
            let (Some(number), Some(name)) = (number, name) else {
                return Err(wrong(&format!("a part named {field:?}")));
            };
            files.push(File { number, name, kind, bytes });
        }
    } else {
        let bytes = to_bytes(request.into_body(), BODY_LIMIT).await.map_err(|error| wrong(&error))?;
        if !bytes.is_empty() {
            body = serde_json::from_slice(&bytes).map_err(|error| wrong(&error))?;
        }
    }
    Ok(Call { method, path, query, body, files, arrived, authorization })
}

fn respond(status: u16, body: &Value, headers: &[(&'static str, String)]) -> Response {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, value);
    }
    if status == 204 {
        return response.body(Body::empty()).expect("headers of our own");
    }
    let response = response.header(CONTENT_TYPE, "application/json");
    response.body(Body::from(body.to_string())).expect("headers of our own")
}

/// Promises the whole body and sends half of it.
fn half(status: u16, body: &Value) -> Response {
    let mut bytes = body.to_string().into_bytes();
    let length = bytes.len();
    bytes.truncate(length / 2);
    let parts = [Ok(bytes), Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))];
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/json")
        .header("content-length", length)
        .body(Body::from_stream(futures_util::stream::iter(parts)))
        .expect("headers of our own")
}
