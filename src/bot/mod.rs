//! The desk's bot on Discord: it answers members, lets moderators steer, and is set up in a few minutes.
//!
//! Questions are read by `answer` and drawn here; what moderators want done to stories goes to the desk as an
//! [`Order`]. The bot needs the intent `GUILDS` and nothing else: it reads no messages.

mod ask;
mod buttons;
mod commands;
mod connect;
pub mod custom_id;
mod dispute;
mod draw;
mod follow;
mod invite;
mod limits;
mod moderate;
mod notices;
mod order;
mod permissions;
mod register;
mod reply;
mod welcome;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serenity::http::Http;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::answer::{TopicView, Topics};
use crate::discord::Rest;
use crate::model::Clock;
use crate::store::Store;
use limits::{Limits, Seen};

pub(crate) use commands::command_names;
pub use connect::{BotError, Stop, run};
pub use invite::{PERMISSIONS, invite_link};
pub use notices::tell_trouble;
pub use order::{Order, Outcome};
pub use permissions::missing;
pub use register::{Registered, command_list, is_registered, register};

/// What the bot needs.
#[derive(Clone)]
pub struct BotSetup {
    /// The connection to Discord; shared with whoever posts, so that limits are kept together.
    pub rest: Rest,
    /// Where everything is kept.
    pub store: Store,
    /// What the desk reads about.
    pub topics: Topics,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Signs the ids of buttons. Another key makes old buttons old, nothing worse.
    pub key: [u8; 32],
    /// Where orders go.
    pub orders: mpsc::Sender<Order>,
    /// If set, stories are corrected and retracted from this server only.
    pub home_guild: Option<u64>,
    /// If set, commands are registered in this server at once, instead of everywhere within the hour.
    pub dev_guild: Option<u64>,
    /// How long an answer may take before it is promised; Discord waits three seconds.
    pub patience: Duration,
}

/// The usual patience.
pub const PATIENCE: Duration = Duration::from_millis(1_200);

/// What every answer has at hand.
pub(crate) struct Bot {
    rest: Rest,
    /// For answers to interactions, which have limits of their own.
    http: Arc<Http>,
    store: Store,
    topics: Topics,
    clock: Arc<dyn Clock>,
    key: [u8; 32],
    orders: mpsc::Sender<Order>,
    home_guild: Option<u64>,
    patience: Duration,
    /// The bot's own user, known since it is connected.
    me: OnceLock<u64>,
    limits: Mutex<Limits>,
    seen: Mutex<Seen>,
    /// Events of servers are noted one after the other: one that is left was joined before.
    guild_events: tokio::sync::Mutex<()>,
    /// Answers that are under way: a shutdown waits for them.
    answers: TaskTracker,
}

impl Bot {
    fn new(setup: &BotSetup) -> Self {
        Self {
            rest: setup.rest.clone(),
            http: setup.rest.http(),
            store: setup.store.clone(),
            topics: Arc::clone(&setup.topics),
            clock: Arc::clone(&setup.clock),
            key: setup.key,
            orders: setup.orders.clone(),
            home_guild: setup.home_guild,
            patience: setup.patience,
            me: OnceLock::new(),
            limits: Mutex::default(),
            seen: Mutex::default(),
            guild_events: tokio::sync::Mutex::default(),
            answers: TaskTracker::new(),
        }
    }

    fn topics(&self, now: DateTime<Utc>) -> Vec<TopicView> {
        (self.topics)(now)
    }

    // A panic while they were held leaves both usable: they only count.
    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
