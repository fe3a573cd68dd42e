//! The gateway: a plain WebSocket that tells a bot what happens.

use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::Hub;
use super::state::{State, text};

pub(crate) const GUILDS: u64 = 1;
pub(crate) const GUILD_MODERATION: u64 = 1 << 2;
pub(crate) const GUILD_MESSAGES: u64 = 1 << 9;
pub(crate) const DIRECT_MESSAGES: u64 = 1 << 12;
const MESSAGE_CONTENT: u64 = 1 << 15;
/// Members, presences, content: nobody has allowed them to this application.
const PRIVILEGED: u64 = 1 << 1 | 1 << 8 | MESSAGE_CONTENT;
const KNOWN: u64 = (1 << 26) - 1;
/// Interactions and the like, which come whatever was asked for.
pub(crate) const ALWAYS: u64 = 0;

/// What a connection is told to do.
pub(super) enum Order {
    Send(String),
    Close(u16, &'static str),
    /// End without a word.
    Drop,
}

/// A bot that has identified; it may be away and come back.
pub(super) struct Session {
    sequence: u64,
    history: Vec<(u64, Value)>,
    shard: (u64, u64),
    intents: u64,
    line: Option<UnboundedSender<Order>>,
    ready: bool,
}

impl Session {
    fn dispatch(&mut self, name: &str, data: &Value) {
        self.sequence += 1;
        let event = json!({"op": 0, "t": name, "s": self.sequence, "d": data});
        self.history.push((self.sequence, event.clone()));
        self.send(&event);
    }

    fn send(&self, frame: &Value) {
        self.order(Order::Send(frame.to_string()));
    }

    pub(super) fn order(&self, order: Order) {
        if let Some(line) = &self.line {
            // The other end is gone when this fails; a resume brings what it missed.
            let _gone = line.send(order).is_err();
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.line.as_ref().is_some_and(|line| !line.is_closed())
    }

    pub(super) fn is_ready(&self) -> bool {
        self.ready && self.is_connected()
    }
}

/// What goes wrong with the gateway from now on.
#[derive(Default)]
pub(super) struct Trouble {
    pub(super) deaf_to_heartbeats: bool,
    pub(super) resumes_refused: usize,
    pub(super) twice: usize,
}

impl State {
    /// Tells every bot that asked for such events and has this guild in its shard.
    pub(super) fn emit(&mut self, name: &str, guild: Option<u64>, intent: u64, data: &Value) {
        let twice = self.trouble.twice > 0;
        let mut told = false;
        for session in self.sessions.values_mut() {
            let (shard, shards) = session.shard;
            let wanted = intent == ALWAYS || session.intents & intent != 0;
            if !wanted || guild.map_or(0, |id| (id >> 22) % shards) != shard {
                continue;
            }
            session.dispatch(name, data);
            if twice {
                session.dispatch(name, data);
            }
            told = true;
        }
        if twice && told {
            self.trouble.twice -= 1;
        }
    }

    /// An event about messages: of a guild or of a direct message.
    pub(super) fn emit_message(&mut self, name: &str, guild: Option<u64>, data: &Value) {
        let intent = if guild.is_some() { GUILD_MESSAGES } else { DIRECT_MESSAGES };
        self.emit(name, guild, intent, data);
    }
}

/// Takes connections until the task is dropped.
pub(super) async fn serve(hub: Arc<Hub>, listener: TcpListener) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(connection(Arc::clone(&hub), stream));
        while connections.try_join_next().is_some() {}
    }
}

type Socket = WebSocketStream<TcpStream>;

async fn connection(hub: Arc<Hub>, stream: TcpStream) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    let (line, mut orders) = unbounded_channel();
    let beat = hub.with(|state| state.heartbeat_ms);
    let hello = json!({"op": 10, "t": null, "s": null, "d": {"heartbeat_interval": beat, "_trace": []}});
    if socket.send(Message::Text(hello.to_string())).await.is_err() {
        return;
    }
    let mut session = None;
    let left = converse(&hub, &mut socket, &line, &mut orders, &mut session).await;
    hub.with(|state| {
        let Some(id) = &session else { return };
        // A bot that says goodbye has ended its session; one that is cut off may come back.
        if matches!(left, Some(1000 | 1001)) {
            state.sessions.remove(id);
        } else if let Some(session) = state.sessions.get_mut(id)
            && session.line.as_ref().is_some_and(|current| current.same_channel(&line))
        {
            session.line = None;
        }
    });
}

/// Until one side ends it. The code with which the bot closed, if it did.
async fn converse(
    hub: &Hub,
    socket: &mut Socket,
    line: &UnboundedSender<Order>,
    orders: &mut UnboundedReceiver<Order>,
    session: &mut Option<String>,
) -> Option<u16> {
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Send(frame)) => socket.send(Message::Text(frame)).await.ok()?,
                Some(Order::Close(code, reason)) => return close(socket, code, reason).await,
                Some(Order::Drop) | None => return None,
            },
            frame = socket.next() => match frame {
                Some(Ok(Message::Text(frame))) => {
                    let Ok(frame) = serde_json::from_str::<Value>(&frame) else {
                        return close(socket, 4002, "Error while decoding payload.").await;
                    };
                    match hub.with(|state| hear(state, &frame, line, session)) {
                        Ok(Some(answer)) => socket.send(Message::Text(answer.to_string())).await.ok()?,
                        Ok(None) => {}
                        Err((code, reason)) => return close(socket, code, reason).await,
                    }
                }
                Some(Ok(Message::Close(frame))) => return Some(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            },
        }
    }
}

async fn close(socket: &mut Socket, code: u16, reason: &'static str) -> Option<u16> {
    let frame = CloseFrame { code: code.into(), reason: reason.into() };
    socket.close(Some(frame)).await.ok()?;
    // Until the other side has heard it; it may also just go.
    while let Some(Ok(_)) = socket.next().await {}
    None
}

type Heard = Result<Option<Value>, (u16, &'static str)>;

fn hear(
    state: &mut State,
    frame: &Value,
    line: &UnboundedSender<Order>,
    session: &mut Option<String>,
) -> Heard {
    match frame["op"].as_u64() {
        Some(1) if state.trouble.deaf_to_heartbeats => Ok(None),
        Some(1) => Ok(Some(json!({"op": 11, "t": null, "s": null, "d": null}))),
        Some(2) if session.is_some() => Err((4005, "Already authenticated.")),
        Some(2) => identify(state, &frame["d"], line).map(|id| {
            *session = Some(id);
            None
        }),
        // Presence; nobody sees it here.
        Some(3) if session.is_some() => Ok(None),
        Some(6) => resume(state, &frame["d"], line, session),
        Some(3 | 4 | 8) if session.is_none() => Err((4003, "Not authenticated.")),
        Some(op) => {
            state.violations.push(format!("gateway: opcode {op} is not one this bot needs"));
            Err((4001, "Unknown opcode."))
        }
        None => Err((4002, "Error while decoding payload.")),
    }
}

fn knows(state: &State, token: &Value) -> bool {
    let token = token.as_str().unwrap_or_default();
    !state.revoked && token.strip_prefix("Bot ").unwrap_or(token) == state.token
}

fn identify(
    state: &mut State,
    data: &Value,
    line: &UnboundedSender<Order>,
) -> Result<String, (u16, &'static str)> {
    if !knows(state, &data["token"]) {
        return Err((4004, "Authentication failed."));
    }
    let Some(intents) = data["intents"].as_u64().filter(|intents| intents & !KNOWN == 0) else {
        return Err((4013, "Invalid intent(s)."));
    };
    if intents & PRIVILEGED != 0 {
        return Err((4014, "Disallowed intent(s)."));
    }
    let shard = (data["shard"][0].as_u64().unwrap_or(0), data["shard"][1].as_u64().unwrap_or(1));
    if shard.0 >= shard.1 {
        return Err((4010, "Invalid shard."));
    }
    if !data["properties"].is_object() {
        return Err((4002, "Error while decoding payload."));
    }
    state.identifies += 1;
    state.session_starts_left = state.session_starts_left.saturating_sub(1);
    let id = format!("{:032x}", state.next_id());
    let mine = |guild: u64| (guild >> 22) % shard.1 == shard.0;
    let guilds: Vec<u64> = state
        .guilds
        .values()
        .filter(|g| g.members.contains_key(&state.bot) && mine(g.id))
        .map(|g| g.id)
        .collect();
    let ready = json!({
        "v": 10, "user_settings": {}, "user": own_user(state), "session_type": "normal", "session_id": id,
        "resume_gateway_url": state.gateway_url, "relationships": [], "private_channels": [], "presences": [],
        "guilds": guilds.iter().map(|id| json!({"id": text(*id), "unavailable": true})).collect::<Vec<_>>(),
        "guild_join_requests": [], "geo_ordered_rtc_regions": [], "auth": {}, "shard": [shard.0, shard.1],
        "application": {"id": text(state.application), "flags": 0}, "_trace": [],
    });
    let creates: Vec<Value> = guilds.iter().map(|id| state.guild_create(*id)).collect();
    let line = Some(line.clone());
    let mut session = Session { sequence: 0, history: Vec::new(), shard, intents, line, ready: true };
    session.dispatch("READY", &ready);
    if intents & GUILDS != 0 {
        for create in creates {
            session.dispatch("GUILD_CREATE", &create);
        }
    }
    state.sessions.insert(id.clone(), session);
    Ok(id)
}

fn resume(
    state: &mut State,
    data: &Value,
    line: &UnboundedSender<Order>,
    current: &mut Option<String>,
) -> Heard {
    if !knows(state, &data["token"]) {
        return Err((4004, "Authentication failed."));
    }
    let id = data["session_id"].as_str().unwrap_or_default().to_owned();
    let refused = state.trouble.resumes_refused > 0;
    state.trouble.resumes_refused = state.trouble.resumes_refused.saturating_sub(1);
    let seen = data["seq"].as_u64().unwrap_or_default();
    let Some(session) = state.sessions.get_mut(&id).filter(|_| !refused) else {
        state.sessions.remove(&id);
        return Ok(Some(json!({"op": 9, "t": null, "s": null, "d": false})));
    };
    if seen > session.sequence {
        return Err((4007, "Invalid seq."));
    }
    session.order(Order::Drop);
    session.line = Some(line.clone());
    let missed: Vec<Value> =
        session.history.iter().filter(|(number, _)| *number > seen).map(|(_, event)| event.clone()).collect();
    for event in missed {
        session.send(&event);
    }
    session.dispatch("RESUMED", &json!({"_trace": []}));
    *current = Some(id);
    state.resumes += 1;
    Ok(None)
}

/// The bot as it sees itself.
pub(super) fn own_user(state: &State) -> Value {
    let mut user = state.users[&state.bot].clone();
    super::state::merge(
        &mut user,
        &json!({"mfa_enabled": true, "verified": true, "email": null, "locale": "en-US", "bio": ""}),
    );
    user
}
