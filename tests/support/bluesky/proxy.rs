//! A small server in front of a PDS that hands everything on, unless a test has switched a fault on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::support::discord::tls::{self, Scissors};

/// More than the largest blob.
const BODY_LIMIT: usize = 64 << 20;

/// What goes wrong with a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// It is done, and the connection ends before the answer.
    LostAnswer,
    /// The connection ends before anything is done.
    LostRequest,
    /// 429 as a PDS says it: when it ends stands in `ratelimit-reset` alone. Nothing is done.
    TooMany(Duration),
    /// 429 as a machine in front of the server says it, with `retry-after` alone.
    TooManyInFront(Duration),
    /// 429 that does not say for how long.
    TooManyUnsaid,
    /// This status with a page instead of JSON, as from a machine in front of the server; nothing is done.
    Status(u16),
    /// The same, although it is done.
    StatusAfter(u16),
    /// It is done, and the answer comes late.
    Slow(Duration),
    /// The request arrives late.
    Delayed(Duration),
    /// The request arrives when the test lets it go, however long the client waits.
    Held,
    /// It is done, and the answer breaks off in its middle.
    HalfAnswer,
    /// It is done, and the answer says 200 and is no JSON.
    Garbage,
}

/// What goes wrong, with which calls.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    what: What,
    method: String,
    after: usize,
    times: usize,
}

impl Fault {
    /// Happens to the first call, whatever it is.
    pub(crate) fn new(what: What) -> Self {
        Self { what, method: "*".to_owned(), after: 0, times: 1 }
    }

    /// Only to calls of this method, as in `com.atproto.repo.applyWrites`.
    pub(crate) fn on(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// Lets the first ones through; 1 is the first.
    pub(crate) fn starting_with(mut self, nth: usize) -> Self {
        self.after = nth - 1;
        self
    }

    /// Happens so often.
    pub(crate) fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    seen: usize,
    hits: usize,
    released: bool,
}

/// A fault that is switched on.
#[derive(Clone, Debug)]
pub(crate) struct FaultHandle(Arc<Mutex<Armed>>);

impl FaultHandle {
    /// How often it has happened.
    pub(crate) fn hits(&self) -> usize {
        self.with(|armed| armed.hits)
    }

    /// It happens no more.
    pub(crate) fn stop(&self) {
        self.with(|armed| armed.fault.times = armed.hits);
    }

    /// Lets go what it held.
    pub(crate) fn release(&self) {
        self.with(|armed| armed.released = true);
    }

    /// It happens once more.
    pub(crate) fn once_more(&self) {
        self.with(|armed| armed.fault.times = armed.hits + 1);
    }

    fn with<T>(&self, act: impl FnOnce(&mut Armed) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn happens(&self, method: &str) -> Option<What> {
        self.with(|armed| {
            if armed.fault.method != "*" && armed.fault.method != method {
                return None;
            }
            armed.seen += 1;
            if armed.seen <= armed.fault.after || armed.hits >= armed.fault.times {
                return None;
            }
            armed.hits += 1;
            Some(armed.fault.what.clone())
        })
    }
}

#[derive(Default)]
struct Book {
    faults: Vec<FaultHandle>,
    calls: BTreeMap<String, usize>,
    statuses: BTreeMap<(String, u16), usize>,
}

struct Hub {
    http: reqwest::Client,
    service: String,
    book: Mutex<Book>,
    /// Calls that are served. One goes on, even if the client does not wait for its answer.
    served: Mutex<JoinSet<()>>,
}

impl Hub {
    fn with<T>(&self, act: impl FnOnce(&mut Book) -> T) -> T {
        act(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A running proxy; it ends with this handle.
pub(crate) struct Proxy {
    hub: Arc<Hub>,
    url: String,
    _tasks: JoinSet<()>,
}

impl Proxy {
    /// Starts one in front of a server.
    pub(crate) async fn start(service: &str) -> Self {
        let http =
            reqwest::Client::builder().no_proxy().no_gzip().redirect(reqwest::redirect::Policy::none());
        let hub = Arc::new(Hub {
            http: http.build().expect("a client"),
            service: service.to_owned(),
            book: Mutex::default(),
            served: Mutex::default(),
        });
        let mut tasks = JoinSet::new();
        let (door, address) = tls::listen(&mut tasks, None).await;
        let app = Router::new().fallback(answer).with_state(Arc::clone(&hub));
        tasks.spawn(async move {
            let _never_ends = axum::serve(door, app.into_make_service_with_connect_info::<Scissors>()).await;
        });
        Self { hub, url: format!("http://{address}"), _tasks: tasks }
    }

    /// The address to give to a client instead of the server's.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Switches a fault on. Of several that fit a call, the one that was switched on first happens.
    pub(crate) fn fault(&self, fault: Fault) -> FaultHandle {
        let handle = FaultHandle(Arc::new(Mutex::new(Armed { fault, seen: 0, hits: 0, released: false })));
        self.hub.with(|book| book.faults.push(handle.clone()));
        handle
    }

    /// How many calls of a method have come, whatever became of them.
    pub(crate) fn calls(&self, method: &str) -> usize {
        self.hub.with(|book| book.calls.get(method).copied().unwrap_or_default())
    }

    /// How many calls of a method the client was told this status for.
    pub(crate) fn answered(&self, method: &str, status: u16) -> usize {
        self.hub.with(|book| book.statuses.get(&(method.to_owned(), status)).copied().unwrap_or_default())
    }

    /// How many calls the client was told this status for, whatever the method.
    pub(crate) fn all_answered(&self, status: u16) -> usize {
        let of = |((_, told), n): (&(String, u16), &usize)| if *told == status { *n } else { 0 };
        self.hub.with(|book| book.statuses.iter().map(of).sum())
    }
}

async fn answer(
    State(hub): State<Arc<Hub>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let path = request.uri().path();
    let method = path.strip_prefix("/xrpc/").unwrap_or(path).to_owned();
    let fault = hub.with(|book| {
        *book.calls.entry(method.clone()).or_default() += 1;
        book.faults.iter().find_map(|fault| fault.happens(&method).map(|what| (what, fault.clone())))
    });
    let (told, answer) = oneshot::channel();
    {
        let mut served = hub.served.lock().unwrap_or_else(PoisonError::into_inner);
        while served.try_join_next().is_some() {}
        let hub = Arc::clone(&hub);
        served.spawn(async move {
            // The client may be gone.
            told.send(serve(&hub, &scissors, request, fault).await).ok();
        });
    }
    let response = answer.await.expect("a call is served to its end");
    hub.with(|book| *book.statuses.entry((method, response.status().as_u16())).or_default() += 1);
    response
}

async fn serve(
    hub: &Hub,
    scissors: &Scissors,
    request: Request,
    fault: Option<(What, FaultHandle)>,
) -> Response {
    let (fault, handle) = fault.unzip();
    match fault {
        Some(What::LostRequest) => {
            scissors.cut();
            return Response::default();
        }
        Some(What::TooMany(wait)) => return too_many(&limit(wait)),
        Some(What::TooManyInFront(wait)) => return too_many(&[("retry-after", wait.as_secs().to_string())]),
        Some(What::TooManyUnsaid) => return too_many(&[]),
        Some(What::Status(status)) => return page(status),
        Some(What::Delayed(delay)) => tokio::time::sleep(delay).await,
        Some(What::Held) => {
            while handle.as_ref().is_some_and(|handle| !handle.with(|armed| armed.released)) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        _ => {}
    }
    let Ok((status, headers, body)) = forward(hub, request).await else {
        // The server is gone; the client sees that there is none.
        scissors.cut();
        return Response::default();
    };
    match fault {
        Some(What::LostAnswer) => scissors.cut(),
        Some(What::StatusAfter(status)) => return page(status),
        Some(What::Slow(delay)) => tokio::time::sleep(delay).await,
        Some(What::HalfAnswer) => return half(status, headers, &body),
        Some(What::Garbage) => {
            return whole(StatusCode::OK, json_headers(), b"<<garbage>> {\"uri\":".to_vec());
        }
        _ => {}
    }
    whole(status, headers, body)
}

/// What the server makes of it.
async fn forward(hub: &Hub, request: Request) -> Result<(StatusCode, HeaderMap, Vec<u8>), reqwest::Error> {
    let (mut parts, body) = request.into_parts();
    let rest = parts.uri.path_and_query().map_or("/", |rest| rest.as_str());
    let address = format!("{}{rest}", hub.service);
    // Those are about a connection, and this is another one.
    for name in [HOST, CONNECTION, TRANSFER_ENCODING, CONTENT_LENGTH] {
        parts.headers.remove(name);
    }
    let body = to_bytes(body, BODY_LIMIT).await.expect("a body that a client of ours has sent");
    let mut sent = hub.http.request(parts.method, address).headers(parts.headers);
    if !body.is_empty() {
        sent = sent.body(body);
    }
    let answer = sent.send().await?;
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    for name in [CONNECTION, TRANSFER_ENCODING, CONTENT_LENGTH] {
        headers.remove(name);
    }
    Ok((status, headers, answer.bytes().await?.to_vec()))
}

fn whole(status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// Promises the whole body and sends half of it.
fn half(status: StatusCode, mut headers: HeaderMap, body: &[u8]) -> Response {
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let parts =
        [Ok(body[..body.len() / 2].to_vec()), Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))];
    let mut response = Response::new(Body::from_stream(futures_util::stream::iter(parts)));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// How a PDS tells of a limit: in seconds, and by its clock.
fn limit(wait: Duration) -> [(&'static str, String); 4] {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    [
        ("ratelimit-limit", "5000".to_owned()),
        ("ratelimit-remaining", "0".to_owned()),
        ("ratelimit-reset", (now + wait).as_secs().to_string()),
        ("ratelimit-policy", "5000;w=3600".to_owned()),
    ]
}

fn too_many(said: &[(&'static str, String)]) -> Response {
    let mut headers = json_headers();
    for (name, value) in said {
        headers.insert(*name, HeaderValue::from_str(value).expect("digits"));
    }
    let body = br#"{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}"#;
    whole(StatusCode::TOO_MANY_REQUESTS, headers, body.to_vec())
}

fn page(status: u16) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("text/html"))]);
    whole(status, headers, format!("<html><body><h1>{status}</h1></body></html>").into_bytes())
}

fn json_headers() -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"))])
}
