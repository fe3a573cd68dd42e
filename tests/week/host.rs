//! A server that plays a service, by the simulated clock, and remembers who asked what.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use newsdesk::model::{Clock as _, ManualClock, Platform};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::place::Place;
use super::said::Said;
use super::{arxiv, feed, hackernews, lemmy, mastodon, sky};

/// What is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    HackerNews,
    Feed,
    Arxiv,
    Mastodon,
    Lemmy,
    Sky,
    /// Who the authors of the stream are.
    Profiles,
}

impl Kind {
    pub(super) const ALL: [Self; 6] =
        [Self::HackerNews, Self::Feed, Self::Arxiv, Self::Mastodon, Self::Lemmy, Self::Sky];

    /// Of a source by its id.
    pub(super) fn of(source: &str) -> Self {
        match source.split(':').next() {
            Some("hackernews") => Self::HackerNews,
            Some("feed") => Self::Feed,
            Some("arxiv") => Self::Arxiv,
            Some("mastodon") => Self::Mastodon,
            Some("lemmy") => Self::Lemmy,
            Some("jetstream") => Self::Sky,
            _ => panic!("`{source}` is no source of these"),
        }
    }

    pub(super) fn platform(self) -> Platform {
        match self {
            Self::HackerNews => Platform::HackerNews,
            Self::Feed => Platform::Feed,
            Self::Arxiv => Platform::Arxiv,
            Self::Mastodon => Platform::Mastodon,
            Self::Lemmy => Platform::Lemmy,
            Self::Sky | Self::Profiles => Platform::Bluesky,
        }
    }
}

/// How a server takes requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Well,
    /// Every request is answered with 500.
    Broken,
    /// Every connection is dropped at once.
    Deaf,
    /// Every request is answered with 429 and so many seconds to wait.
    Busy(u64),
}

/// A request, and what became of it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) at: DateTime<Utc>,
    /// When it really came, and for whom.
    pub(super) met: Instant,
    pub(super) host: String,
    /// Of which place, if of a certain one.
    pub(super) place: Option<usize>,
    pub(super) status: u16,
    /// For how long the answer said that it stays fresh.
    pub(super) max_age: Option<u64>,
}

/// A request as a service reads it.
pub(super) struct Ask<'a> {
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    pub(super) query: Vec<(String, String)>,
    pub(super) validator: Option<&'a str>,
    pub(super) now: DateTime<Utc>,
    /// What the server says of freshness.
    pub(super) max_age: Option<u64>,
}

impl Ask<'_> {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that is a number.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }
}

/// What a service answers.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: BTreeMap<&'static str, String>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn of(body: impl std::fmt::Display) -> Self {
        Self { status: 200, body: body.to_string(), ..Self::default() }
    }
}

/// A server.
pub(super) struct Host {
    pub(super) kind: Kind,
    pub(super) address: String,
    /// The lists it has.
    pub(super) places: Vec<Arc<Place>>,
    said: Mutex<Vec<Said>>,
    asked: Mutex<Vec<Asked>>,
    mood: Mutex<(Mood, Option<u64>)>,
    pub(super) clock: Arc<ManualClock>,
    /// How long each answer takes.
    slowness: Duration,
    /// Told of every request.
    pub(super) rang: Arc<Notify>,
}

impl Host {
    /// Plays `kind` on a port of this machine until `tasks` are gone.
    pub(super) async fn start(
        kind: Kind,
        places: &[Place],
        clock: &Arc<ManualClock>,
        slowness: Duration,
        rang: &Arc<Notify>,
        tasks: &mut JoinSet<()>,
    ) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = Arc::new(Self {
            kind,
            address: listener.local_addr().unwrap().to_string(),
            places: places.iter().filter(|place| place.kind == kind).cloned().map(Arc::new).collect(),
            said: Mutex::default(),
            asked: Mutex::default(),
            mood: Mutex::new((Mood::Well, None)),
            clock: Arc::clone(clock),
            slowness,
            rang: Arc::clone(rang),
        });
        let door = Door { listener, host: Arc::clone(&host) };
        if kind == Kind::Sky {
            tasks.spawn(sky::serve(door));
        } else {
            let router = Router::new().fallback(answer).with_state(Arc::clone(&host));
            tasks.spawn(async move { axum::serve(door, router).await.unwrap() });
        }
        host
    }

    pub(super) fn said(&self) -> MutexGuard<'_, Vec<Said>> {
        self.said.lock().unwrap()
    }

    pub(super) fn asked(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.asked.lock().unwrap()
    }

    pub(super) fn mood(&self) -> Mood {
        self.mood.lock().unwrap().0
    }

    /// How it answers from now on, and for how long its answers stay fresh.
    pub(super) fn is(&self, mood: Mood, max_age: Option<u64>) {
        *self.mood.lock().unwrap() = (mood, max_age);
    }

    /// Takes its time, as slow servers do.
    pub(super) async fn linger(&self) {
        if !self.slowness.is_zero() {
            tokio::time::sleep(self.slowness).await;
        }
    }

    pub(super) fn note(&self, host: &str, place: Option<usize>, status: u16, max_age: Option<u64>) {
        let (at, met, host) = (self.clock.now(), Instant::now(), host.to_owned());
        self.asked().push(Asked { at, met, host, place, status, max_age });
        self.rang.notify_one();
    }

    fn play(&self, uri: &Uri, headers: &HeaderMap) -> (Option<usize>, Answer) {
        let (mood, max_age) = *self.mood.lock().unwrap();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let query = uri.query().unwrap_or_default();
        let ask = Ask {
            host: text("host").unwrap_or_default(),
            path: uri.path(),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            validator: text("if-none-match"),
            now: self.clock.now(),
            max_age,
        };
        let place = self.places.iter().position(|place| place.is_asked(&ask));
        (place, self.answer(mood, place, &ask))
    }

    fn answer(&self, mood: Mood, place: Option<usize>, ask: &Ask<'_>) -> Answer {
        let waits = |seconds: u64| BTreeMap::from([("retry-after", seconds.to_string())]);
        match mood {
            Mood::Well | Mood::Deaf => {}
            Mood::Broken => {
                return Answer { status: 500, body: "<html>no</html>".to_owned(), ..Answer::default() };
            }
            Mood::Busy(seconds) => {
                return Answer { status: 429, headers: waits(seconds), ..Answer::default() };
            }
        }
        let mut all = self.said();
        let Some(place) = place else {
            return match self.kind {
                Kind::HackerNews => hackernews::item(&all, ask),
                Kind::Mastodon => mastodon::instance(ask),
                Kind::Profiles => sky::profiles(ask),
                kind => panic!("{kind:?}: nobody configured {}{} {:?}", ask.host, ask.path, ask.query),
            };
        };
        let said: Vec<&mut Said> = all.iter_mut().filter(|said| said.place == self.places[place]).collect();
        match self.kind {
            Kind::HackerNews => hackernews::answer(said, ask),
            Kind::Feed => feed::answer(said, ask),
            Kind::Arxiv => arxiv::answer(said, ask),
            Kind::Mastodon => mastodon::answer(said, ask),
            Kind::Lemmy => lemmy::answer(said, ask),
            Kind::Profiles => unreachable!("it has no lists"),
            Kind::Sky => unreachable!("it speaks no HTTP"),
        }
    }
}

async fn answer(State(host): State<Arc<Host>>, uri: Uri, headers: HeaderMap) -> Response {
    host.linger().await;
    let (place, answer) = host.play(&uri, &headers);
    let max_age =
        answer.headers.get("cache-control").and_then(|text| text.strip_prefix("max-age=")?.parse().ok());
    let meant = headers.get("host").and_then(|value| value.to_str().ok()).unwrap_or_default();
    host.note(meant, place, answer.status, max_age);
    let status = StatusCode::from_u16(answer.status).unwrap();
    let mut response = (status, answer.body).into_response();
    // A kept connection would outlive the mood in which it was taken.
    response.headers_mut().insert("connection", "close".parse().unwrap());
    for (name, value) in answer.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

/// The way in; shut while its host is deaf.
pub(super) struct Door {
    listener: TcpListener,
    pub(super) host: Arc<Host>,
}

impl Door {
    pub(super) async fn next(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            let Ok(guest) = self.listener.accept().await else { continue };
            if self.host.mood() != Mood::Deaf {
                return guest;
            }
            self.host.note("", None, 0, None);
        }
    }
}

impl axum::serve::Listener for Door {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        self.next().await
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
