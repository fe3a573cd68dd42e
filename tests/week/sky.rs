//! The stream of Bluesky from a cursor on, as far back as its host keeps it, and the AppView that knows the authors.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{SinkExt as _, StreamExt as _};
use newsdesk::model::Clock as _;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use url::Url;

use super::host::{Answer, Ask, Door, Host};
use super::said::Said;

/// How far back the host tells.
pub(super) const KEPT: TimeDelta = TimeDelta::hours(36);

/// Its posts are not to be told of.
pub(super) const SHY: &str = "ghost";

/// It deletes its account, and its posts go with it.
pub(super) const LEAVER: &str = "eve";

/// Events sent between two pauses of a slow host.
const BETWEEN_PAUSES: usize = 40;

pub(super) async fn serve(mut door: Door) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = door.next().await;
        connections.spawn(play(stream, Arc::clone(&door.host)));
    }
}

/// An event: its time, which post it is about (by place in the list) and its frame.
struct Event {
    us: i64,
    tells: Option<usize>,
    frame: String,
}

async fn play(stream: TcpStream, host: Arc<Host>) {
    let mut cursor = None;
    #[expect(clippy::result_large_err, reason = "the shape that the handshake wants")]
    let shake = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        let url = Url::parse("ws://host").unwrap().join(&request.uri().to_string()).unwrap();
        cursor = url.query_pairs().find(|(key, _)| key == "cursor").and_then(|(_, value)| value.parse().ok());
        Ok(response)
    };
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, shake).await else { return };
    host.note("", Some(0), 101, None);
    let now = host.clock.now();
    let from = cursor.unwrap_or(i64::MAX).max((now - KEPT).timestamp_micros());
    let events = events(&host.said(), from, now.timestamp_micros());
    for (n, event) in events.into_iter().enumerate() {
        if n % BETWEEN_PAUSES == 0 {
            host.linger().await;
        }
        // A reader that left is no fault of the host's.
        if socket.send(Message::Text(event.frame)).await.is_err() {
            return;
        }
        if let Some(said) = event.tells {
            host.said()[said].told = true;
        }
    }
    until_it_leaves(&mut socket).await;
}

async fn until_it_leaves(socket: &mut WebSocketStream<TcpStream>) {
    while let Some(Ok(_)) = socket.next().await {}
}

/// What happened from `from` to `now`: something happens all the time, and a little of it is about ferries.
fn events(said: &[Said], from: i64, now: i64) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    let mut happens = |at: Option<DateTime<Utc>>, tells: Option<usize>, frame: &dyn Fn(i64) -> String| {
        if let Some(us) = at.map(|at| at.timestamp_micros()).filter(|us| (from..=now).contains(us)) {
            events.push(Event { us, tells, frame: frame(us) });
        }
    };
    for (n, said) in said.iter().enumerate() {
        happens(Some(said.came), Some(n), &|us| commit(said, us, "create", Some(said.first_words())));
        // It is told at least once.
        if said.id % 10 == 3 {
            happens(Some(said.came), Some(n), &|us| commit(said, us, "create", Some(said.first_words())));
        }
        happens(said.edited, Some(n), &|us| commit(said, us, "update", Some(said.words())));
        happens(said.gone, None, &|us| {
            if said.author == LEAVER { left(us) } else { commit(said, us, "delete", None) }
        });
    }
    let noise = |us: i64| Event { us, tells: None, frame: small_talk(us) };
    events.extend((0..20).map(|n| noise(from + n)));
    events.extend((0..20).map(|n| noise(now - n)));
    events.sort_by_key(|event| event.us);
    events
}

fn commit(said: &Said, us: i64, operation: &str, text: Option<String>) -> String {
    // Hosts have been seen with clocks of their own.
    let time_us = match said.id % 50 {
        7 => us + 3 * 3_600_000_000,
        8 => 0,
        _ => us,
    };
    let mut event = json!({ "did": format!("did:plc:{}", said.author), "time_us": time_us, "kind": "commit", "commit": {
        "rev": format!("3{us}"), "operation": operation, "collection": "app.bsky.feed.post", "rkey": format!("3k{}", said.id) } });
    if let Some(text) = text {
        event["commit"]["record"] = json!({ "$type": "app.bsky.feed.post", "text": text, "langs": ["en"], "createdAt": said.at.to_rfc3339() });
    }
    event.to_string()
}

fn left(us: i64) -> String {
    let did = format!("did:plc:{LEAVER}");
    json!({ "did": did, "time_us": us, "kind": "account", "account": { "active": false, "status": "deleted", "did": did, "seq": 1 } })
        .to_string()
}

fn small_talk(us: i64) -> String {
    json!({ "did": "did:plc:crowd", "time_us": us, "kind": "commit", "commit": { "rev": format!("3{us}"), "operation": "create",
        "collection": "app.bsky.feed.post", "rkey": format!("3n{us}"), "record": { "$type": "app.bsky.feed.post", "text": "Good morning.", "createdAt": "2031-03-17T11:00:00Z" } } })
    .to_string()
}

/// Who accounts are: the AppView's answer.
pub(super) fn profiles(ask: &Ask<'_>) -> Answer {
    assert_eq!(ask.path, "/xrpc/app.bsky.actor.getProfiles");
    let profile = |did: &str| {
        let name = did.trim_start_matches("did:plc:");
        let labels = if name == SHY {
            json!([{ "src": did, "uri": did, "val": "!no-unauthenticated", "cts": "2030-01-01T00:00:00Z" }])
        } else {
            json!([])
        };
        json!({ "did": did, "handle": format!("{name}.example"), "labels": labels })
    };
    let actors = ask.query.iter().filter(|(key, _)| key == "actors");
    let profiles: Vec<_> = actors.map(|(_, did)| profile(did)).collect();
    assert!((1..=25).contains(&profiles.len()));
    Answer::of(json!({ "profiles": profiles }))
}
