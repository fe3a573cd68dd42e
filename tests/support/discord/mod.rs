//! A Discord inside the test's process: REST over TLS and a gateway, on real sockets, with a memory.
//!
//! A client reaches it as the real one: with a `reqwest` client that resolves `discord.com` to [`Discord::address`] and
//! trusts [`Discord::ca_pem`]. Permissions, limits and errors are as Discord documents them, and stricter in three
//! things: nothing is given to everyone but the use of commands, so that what the bot needs must be given to the bot;
//! slow mode holds for bots; a request that is not known fails the test.
//!
//! As in a real one, a thread made from a message begins with a message of type 21, and one made without leaves a message
//! of type 18 in its channel; a test that counts posts counts those of type 0.

mod client;
pub(crate) mod contract;
pub(crate) mod faults;
mod gateway;
pub(crate) mod interactions;
mod limits;
pub(crate) mod permissions;
#[cfg(test)]
pub(crate) mod picture;
mod rest;
mod state;
pub(crate) mod tls;
mod trouble;
mod world;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub(crate) use faults::{Fault, FaultHandle, What};
pub(crate) use interactions::{Answer, Place};
use state::State;

const APPLICATION: u64 = 1_200_000_000_000_000_001;
/// Invented, and longer in its second part than a real one. Its first part is the application's id in base 64, as in those.
const TOKEN: &str = "MTIwMDAwMDAwMDAwMDAwMDAwMQ.invented.token-of-the-local-discord";

/// How a violation begins that is this server's own.
const OWN: &str = "answer to ";

/// A request the bot has made.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) at: DateTime<Utc>,
    pub(crate) method: String,
    /// Below `/api/v10`.
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    /// JSON, also if it came with files.
    pub(crate) body: Value,
    /// Names and sizes.
    pub(crate) files: Vec<(String, usize)>,
    pub(crate) status: u16,
}

/// What the servers and the handle share.
struct Hub {
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

impl Hub {
    /// Looks at or changes everything, and wakes who waits for a change.
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let result = act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_replace(());
        result
    }

    /// Only looks.
    fn look<T>(&self, act: impl FnOnce(&State) -> T) -> T {
        act(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until something is so.
    async fn until<T>(&self, within: Duration, look: impl Fn(&State) -> Option<T>) -> Option<T> {
        let mut changes = self.changed.subscribe();
        let found = async {
            loop {
                changes.borrow_and_update();
                let found = self.look(&look);
                if let Some(found) = found {
                    return Some(found);
                }
                changes.changed().await.ok()?;
            }
        };
        tokio::time::timeout(within, found).await.ok().flatten()
    }
}

/// The last handle to go asserts that the contract was kept.
struct Life {
    hub: Arc<Hub>,
    _tasks: JoinSet<()>,
}

impl Drop for Life {
    fn drop(&mut self) {
        let (mut found, expected) =
            self.hub.look(|state| (state.violations.clone(), state.violations_expected));
        // A client may be rude on purpose; this server may never be.
        found.retain(|violation| !expected || violation.starts_with(OWN));
        if !std::thread::panicking() {
            assert!(found.is_empty(), "what a real Discord would not have taken:\n{}", found.join("\n"));
        }
    }
}

/// The handle of a running Discord.
#[derive(Clone)]
pub(crate) struct Discord {
    hub: Arc<Hub>,
    rest: SocketAddr,
    plain: SocketAddr,
    ca_pem: Arc<str>,
    _life: Arc<Life>,
}

impl Discord {
    /// Starts one, empty but for the bot's application.
    pub(crate) async fn start() -> Self {
        let hub = Arc::new(Hub {
            state: Mutex::new(State::new(APPLICATION, TOKEN)),
            changed: watch::Sender::new(()),
        });
        let mut tasks = JoinSet::new();
        let (ca_pem, tls) = tls::certificate();
        let (door, rest) = tls::listen(&mut tasks, Some(tls)).await;
        let (plain_door, plain) = tls::listen(&mut tasks, None).await;
        for door in [door, plain_door] {
            let app = Router::new().fallback(rest::answer).with_state(Arc::clone(&hub));
            let app = app.into_make_service_with_connect_info::<tls::Scissors>();
            tasks.spawn(async move {
                let _never_ends = axum::serve(door, app).await;
            });
        }
        let gateway = TcpListener::bind("127.0.0.1:0").await.expect("a port on loopback");
        let address = gateway.local_addr().expect("bound");
        hub.with(|state| state.gateway_url = format!("ws://{address}"));
        tasks.spawn(gateway::serve(Arc::clone(&hub), gateway));
        let life = Arc::new(Life { hub: Arc::clone(&hub), _tasks: tasks });
        Self { hub, rest, plain, ca_pem: ca_pem.into(), _life: life }
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        self.hub.with(act)
    }

    fn look<T>(&self, act: impl FnOnce(&State) -> T) -> T {
        self.hub.look(act)
    }

    /// Where REST is, over TLS.
    pub(crate) fn address(&self) -> SocketAddr {
        self.rest
    }

    /// The same without TLS, for clients that can be told an address.
    pub(crate) fn plain_api(&self) -> String {
        format!("http://{}/api", self.plain)
    }

    /// The certificate to trust.
    pub(crate) fn ca_pem(&self) -> String {
        self.ca_pem.to_string()
    }

    /// The bot's token.
    #[expect(clippy::unused_self, reason = "tests ask the Discord they talk to")]
    pub(crate) fn token(&self) -> &'static str {
        TOKEN
    }

    #[expect(clippy::unused_self, reason = "as for the token")]
    pub(crate) fn application_id(&self) -> u64 {
        APPLICATION
    }

    pub(crate) fn bot_id(&self) -> u64 {
        self.look(|state| state.bot)
    }

    /// Sets the clock: ids and timestamps go on from there. Until then it is the machine's.
    pub(crate) fn set_time(&self, at: DateTime<Utc>) {
        self.with(|state| {
            state.time = Some(at);
            state.last_id = 0;
        });
    }

    /// The messages of a channel, oldest first, without those only one member sees.
    pub(crate) fn messages(&self, channel: u64) -> Vec<Value> {
        self.look(|state| {
            let ids = state.channels.get(&channel).map(|found| found.messages.clone()).unwrap_or_default();
            let now = |id: &u64| {
                let mut message = state.messages[id].value.clone();
                // A thread is shown as it is now, not as it was opened.
                if let (Some(thread), Some(there)) = (message.get_mut("thread"), state.channels.get(id)) {
                    thread["name"] = there.value["name"].clone();
                }
                message
            };
            ids.iter().map(now).collect()
        })
    }

    /// The threads of a channel, oldest first.
    pub(crate) fn threads(&self, channel: u64) -> Vec<Value> {
        self.look(|state| {
            let below =
                state.channels.values().filter(|found| found.is_thread() && found.parent() == channel);
            below.map(|thread| thread.value.clone()).collect()
        })
    }

    /// A channel or thread as it is now.
    pub(crate) fn channel(&self, channel: u64) -> Option<Value> {
        self.look(|state| state.channels.get(&channel).map(|found| found.value.clone()))
    }

    /// What the bot has written to a user alone, and they to it.
    pub(crate) fn direct_messages(&self, user: u64) -> Vec<Value> {
        let channel =
            self.look(|state| state.channels.values().find(|c| c.recipient == Some(user)).map(|c| c.id));
        channel.map(|channel| self.messages(channel)).unwrap_or_default()
    }

    /// The bytes of an uploaded file, by its id.
    pub(crate) fn upload(&self, attachment: u64) -> Option<Vec<u8>> {
        self.look(|state| state.uploads.get(&attachment).cloned())
    }

    /// The registered commands: of a guild, or those known everywhere.
    pub(crate) fn commands(&self, guild: Option<u64>) -> Vec<Value> {
        self.look(|state| rest::all_commands(state, guild))
    }

    /// How many messages a channel has; for waiting on many, where reading them all would take long.
    pub(crate) fn message_count(&self, channel: u64) -> usize {
        self.look(|state| state.channels.get(&channel).map_or(0, |found| found.messages.len()))
    }

    /// How many REST requests there were so far.
    pub(crate) fn request_count(&self) -> usize {
        self.look(|state| state.requests.len())
    }

    /// Every REST request so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.look(|state| state.requests.clone())
    }

    /// How often a bot has identified.
    pub(crate) fn identifies(&self) -> usize {
        self.look(|state| state.identifies)
    }

    /// How often a session was resumed.
    pub(crate) fn resumes(&self) -> usize {
        self.look(|state| state.resumes)
    }

    /// Whether a bot is at the gateway.
    pub(crate) fn connected(&self) -> bool {
        self.look(|state| state.sessions.values().any(gateway::Session::is_connected))
    }

    /// Waits until a bot has identified and was told its guilds.
    pub(crate) async fn wait_ready(&self) {
        let ready = self.hub.until(Duration::from_secs(10), |state| {
            state.sessions.values().any(gateway::Session::is_ready).then_some(())
        });
        assert!(ready.await.is_some(), "no bot has identified");
    }

    /// Waits until a reading of this Discord is as wanted; 10 seconds at most. It is read anew after every change.
    pub(crate) async fn wait_until(&self, what: &str, wanted: impl Fn(&Self) -> bool) {
        let mut changes = self.hub.changed.subscribe();
        let done = async {
            loop {
                changes.borrow_and_update();
                if wanted(self) {
                    return;
                }
                // Readings count as changes, ours among them: a short rest keeps this from spinning.
                let _quiet =
                    tokio::time::timeout(Duration::from_millis(10), std::future::pending::<()>()).await;
            }
        };
        let came = tokio::time::timeout(Duration::from_secs(10), done).await.is_ok();
        let last: Vec<String> = self
            .requests()
            .iter()
            .rev()
            .take(5)
            .map(|r| format!("{} {} {}", r.method, r.path, r.status))
            .collect();
        assert!(came, "it never came: {what}; the last requests, latest first: {last:#?}");
    }

    /// What a real Discord would not have taken, or our own would not have answered.
    pub(crate) fn violations(&self) -> Vec<String> {
        self.look(|state| state.violations.clone())
    }

    /// This test provokes violations: those of the client do not fail it.
    pub(crate) fn expect_violations(&self) {
        self.with(|state| state.violations_expected = true);
    }

    /// Asserts that the contract was kept so far.
    pub(crate) fn finish(&self) {
        let found = self.violations();
        assert!(found.is_empty(), "what a real Discord would not have taken:\n{}", found.join("\n"));
    }
}
