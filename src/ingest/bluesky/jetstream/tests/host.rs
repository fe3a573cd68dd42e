//! A host that speaks Jetstream's frames: a script for each connection.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use url::Url;

/// What a host does next.
#[derive(Clone, Debug)]
pub(super) enum Do {
    Send(String),
    Binary(Vec<u8>),
    Ping,
    /// Sends events for ever, a thousandth of a second of stream time apart.
    Endless(i64),
    /// Half a frame, and the line is dead.
    Cut,
    /// A proper goodbye.
    Close,
    /// Nothing more, until the reader leaves.
    Wait,
    /// No subscription: this status instead.
    Refuse(u16),
}

pub(super) struct Host {
    pub(super) url: Url,
    pub(super) address: String,
    /// The queries of the subscriptions, in order.
    asked: Arc<Mutex<Vec<Url>>>,
    _tasks: JoinSet<()>,
}

impl Host {
    /// Plays `scripts`, one a connection; the last one again for all that follow.
    pub(super) async fn playing(scripts: impl IntoIterator<Item = Vec<Do>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked: Arc<Mutex<Vec<Url>>> = Arc::default();
        let mut scripts: VecDeque<Vec<Do>> = scripts.into_iter().collect();
        let log = Arc::clone(&asked);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let script = if scripts.len() > 1 { scripts.pop_front() } else { scripts.front().cloned() };
                connections.spawn(play(stream, script.unwrap_or_default(), Arc::clone(&log)));
            }
        });
        let url = Url::parse(&format!("ws://{address}/subscribe")).unwrap();
        Self { url, address, asked, _tasks: tasks }
    }

    /// A parameter of each subscription so far.
    pub(super) fn asked(&self, name: &str) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let of =
            |url: &Url| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        asked.iter().map(|url| of(url).unwrap_or_default()).collect()
    }
}

async fn play(stream: TcpStream, script: Vec<Do>, log: Arc<Mutex<Vec<Url>>>) {
    let refused =
        script.iter().find_map(|step| if let Do::Refuse(status) = step { Some(*status) } else { None });
    #[expect(clippy::result_large_err, reason = "the shape that the handshake wants")]
    let shake = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        let url = Url::parse("ws://host").unwrap().join(&request.uri().to_string()).unwrap();
        assert!(request.headers().get("user-agent").unwrap().to_str().unwrap().starts_with("newsdesk/"));
        log.lock().unwrap().push(url);
        match refused {
            None => Ok(response),
            Some(status) => {
                let mut answer = ErrorResponse::new(Some("no".to_owned()));
                *answer.status_mut() = status.try_into().unwrap();
                answer.headers_mut().insert("retry-after", "7".parse().unwrap());
                Err(answer)
            }
        }
    };
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, shake).await else { return };
    for step in script {
        // A reader that left is no fault of the host's.
        if act(&mut socket, step).await.is_none() {
            return;
        }
    }
}

async fn act(socket: &mut WebSocketStream<TcpStream>, step: Do) -> Option<()> {
    match step {
        Do::Send(text) => socket.send(Message::Text(text)).await.ok(),
        Do::Binary(bytes) => socket.send(Message::Binary(bytes)).await.ok(),
        Do::Ping => {
            socket.send(Message::Ping(b"there?".to_vec())).await.ok()?;
            matches!(socket.next().await?, Ok(Message::Pong(_))).then_some(())
        }
        Do::Endless(from_us) => {
            for n in 0.. {
                socket.send(Message::Text(like(from_us + n * 1_000))).await.ok()?;
            }
            None
        }
        Do::Cut => {
            // The header promises 200 bytes.
            socket.get_mut().write_all(&[0x81, 0x7e, 0x00, 0xc8, b'{', b'"']).await.ok()?;
            socket.get_mut().shutdown().await.ok()?;
            None
        }
        Do::Close => {
            socket.close(None).await.ok()?;
            None
        }
        Do::Wait => {
            while let Some(Ok(_)) = socket.next().await {}
            None
        }
        Do::Refuse(_) => None,
    }
}

/// An event of no interest at `us`.
pub(super) fn like(us: i64) -> String {
    json!({ "did": "did:plc:crowd", "time_us": us, "kind": "commit", "commit": {
        "rev": "3k", "operation": "create", "collection": "app.bsky.feed.like", "rkey": "3k", "record": { "subject": {} } } })
    .to_string()
}

/// So many of them that whoever sees them has caught up with `us`.
pub(super) fn crowd(us: i64) -> Vec<Do> {
    (0..20).map(|n| Do::Send(like(us + n))).collect()
}

/// A commit about a post.
pub(super) fn commit(us: i64, did: &str, operation: &str, key: &str, record: Option<Value>) -> String {
    let mut event = json!({ "did": did, "time_us": us, "kind": "commit", "cursor": us % 1_000_000, "commit": {
        "rev": format!("3{us}"), "operation": operation, "collection": "app.bsky.feed.post", "rkey": key } });
    if let Some(record) = record {
        event["commit"]["record"] = record;
        event["commit"]["cid"] = json!("bafyrei");
    }
    event.to_string()
}

pub(super) fn text(text: &str) -> Value {
    json!({ "$type": "app.bsky.feed.post", "text": text, "langs": ["en"], "createdAt": "2031-03-17T11:00:00Z" })
}

pub(super) fn post(us: i64, key: &str, words: &str) -> Do {
    Do::Send(commit(us, "did:plc:ana", "create", key, Some(text(words))))
}

pub(super) fn edit(us: i64, key: &str, words: &str) -> Do {
    Do::Send(commit(us, "did:plc:ana", "update", key, Some(text(words))))
}

pub(super) fn delete(us: i64, key: &str) -> Do {
    Do::Send(commit(us, "did:plc:ana", "delete", key, None))
}

pub(super) fn account(us: i64, did: &str, status: &str) -> Do {
    let account = match status {
        "" => json!({ "active": true, "did": did, "seq": 1 }),
        status => {
            json!({ "active": false, "status": status, "did": did, "seq": 1, "time": "2031-03-17T11:00:00Z" })
        }
    };
    Do::Send(json!({ "did": did, "time_us": us, "kind": "account", "account": account }).to_string())
}
