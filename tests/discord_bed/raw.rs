//! A client without manners: plain requests, plain frames.

use std::collections::BTreeMap;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::discord::Discord;

/// An answer: status, headers, body.
pub(super) type Answered = (u16, BTreeMap<String, String>, Value);

pub(super) fn number(id: &Value) -> u64 {
    id.as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("no id: {id}"))
}

/// REST.
pub(super) struct Raw {
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Raw {
    pub(super) fn of(discord: &Discord) -> Self {
        // Over TLS, as to the real one.
        let base = "https://discord.com/api/v10".to_owned();
        Self { client: discord.reqwest(), base, token: format!("Bot {}", discord.token()) }
    }

    pub(super) async fn get(&self, path: &str) -> Answered {
        self.call("GET", path, &Value::Null).await.unwrap()
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Answered {
        self.try_post(path, body).await.unwrap()
    }

    pub(super) async fn patch(&self, path: &str, body: &Value) -> Answered {
        self.call("PATCH", path, body).await.unwrap()
    }

    pub(super) async fn delete(&self, path: &str) -> Answered {
        self.call("DELETE", path, &Value::Null).await.unwrap()
    }

    pub(super) async fn send(&self, channel: u64, content: &str) -> Answered {
        self.post(&format!("/channels/{channel}/messages"), &super::quiet(content)).await
    }

    pub(super) async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<Answered> {
        self.call("POST", path, body).await
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> reqwest::Result<Answered> {
        let method = method.parse().unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        request = request.header("authorization", &self.token);
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap_or_default().to_owned())
        };
        let headers = response.headers().iter().map(header).collect();
        let bytes = response.bytes().await?;
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Ok((status, headers, body))
    }
}

/// The gateway.
pub(super) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connected, and greeted.
    pub(super) async fn open(discord: &Discord) -> Self {
        let (_, _, gateway) = Raw::of(discord).get("/gateway").await;
        let address = format!("{}/?v=10&encoding=json", gateway["url"].as_str().unwrap());
        let mut socket = Self(connect_async(address).await.unwrap().0);
        let hello = socket.next().await;
        assert_eq!(hello["op"], 10);
        socket
    }

    pub(super) async fn identify(&mut self, discord: &Discord, intents: u64) {
        let properties = json!({"os": "linux", "browser": "raw", "device": "raw"});
        self.send(2, json!({"token": discord.token(), "intents": intents, "properties": properties})).await;
    }

    /// READY after an identification that must succeed.
    pub(super) async fn ready(&mut self, discord: &Discord, intents: u64) -> Value {
        self.identify(discord, intents).await;
        let ready = self.next().await;
        assert_eq!(ready["t"], "READY");
        ready
    }

    pub(super) async fn resume(&mut self, discord: &Discord, session: &Value, seq: u64) {
        self.send(6, json!({"token": discord.token(), "session_id": session, "seq": seq})).await;
    }

    pub(super) async fn send(&mut self, op: u64, data: Value) {
        self.0.send(Message::Text(json!({"op": op, "d": data}).to_string())).await.unwrap();
    }

    /// The next frame.
    pub(super) async fn next(&mut self) -> Value {
        match self.frame().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("a frame was expected, not {other:?}"),
        }
    }

    /// The next event's name.
    pub(super) async fn event(&mut self) -> String {
        self.next().await["t"].as_str().unwrap_or("none").to_owned()
    }

    /// The code with which the server ends the connection; 1006 if it says nothing.
    pub(super) async fn closed(&mut self) -> u16 {
        loop {
            match self.frame().await {
                Some(Message::Close(Some(frame))) => return frame.code.into(),
                Some(_) => {}
                None => return 1006,
            }
        }
    }

    async fn frame(&mut self) -> Option<Message> {
        let frame = tokio::time::timeout(std::time::Duration::from_secs(5), self.0.next()).await;
        frame.expect("something comes").and_then(Result::ok)
    }
}
