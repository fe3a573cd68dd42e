//! One connection to a host of the stream.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::error::Error;
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, header};
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async_tls_with_config};
use url::Url;

use crate::ingest::http::{HttpError, Line, PoliteClient};

/// The largest message taken. We ask for none above a sixteenth of it, so a larger one is a broken server's.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;

/// The longest wait for encryption and the server's yes, and for its goodbye.
const HANDSHAKE: Duration = Duration::from_secs(20);
const GOODBYE: Duration = Duration::from_secs(1);

pub(super) struct Link {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(super) host: String,
}

/// What came within a time.
pub(super) enum Heard {
    /// A message.
    Frame(String),
    /// A message that is no text.
    Odd(&'static str),
    /// Nothing.
    Silence,
    /// The connection is over.
    Lost(HttpError),
}

impl Link {
    /// Connects and subscribes.
    pub(super) async fn open(http: &PoliteClient, url: &Url) -> Result<Self, HttpError> {
        let Line { stream, address, host } = http.dial(url).await?;
        let broken = |err: Error| refused(err, url, &host);
        let mut request = address.into_client_request().map_err(broken)?;
        let agent = HeaderValue::from_str(&http.user_agent())
            .map_err(|_| HttpError::Setup("the user agent is no header".to_owned()))?;
        request.headers_mut().insert(header::USER_AGENT, agent);
        let config = WebSocketConfig {
            max_message_size: Some(MAX_MESSAGE),
            max_frame_size: Some(MAX_MESSAGE),
            ..WebSocketConfig::default()
        };
        let shake = client_async_tls_with_config(request, stream, Some(config), None);
        let (socket, _) = timeout(HANDSHAKE, shake)
            .await
            .map_err(|_| HttpError::TimedOut { host: host.clone(), what: "handshake", limit: HANDSHAKE })?
            .map_err(broken)?;
        Ok(Self { socket, host })
    }

    /// The next message, waited for up to `wait`. Safe to drop at any point.
    pub(super) async fn next(&mut self, wait: Duration) -> Heard {
        let until = Instant::now() + wait;
        loop {
            let lost = |why: String| HttpError::BrokenBody { host: self.host.clone(), why };
            match timeout_at(until, self.socket.next()).await {
                Err(_) => return Heard::Silence,
                Ok(None) => return Heard::Lost(lost("the server closed the stream".to_owned())),
                Ok(Some(Err(err))) => return Heard::Lost(lost(err.to_string())),
                Ok(Some(Ok(Message::Text(text)))) => return Heard::Frame(text),
                Ok(Some(Ok(Message::Binary(_)))) => return Heard::Odd("it is no text"),
                // The answer to a ping leaves with the next read.
                Ok(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => {}
                Ok(Some(Ok(Message::Close(_)))) => {
                    return Heard::Lost(lost("the server closed the stream".to_owned()));
                }
            }
        }
    }

    /// Says goodbye; nobody waits long for the answer.
    pub(super) async fn close(mut self) {
        drop(timeout(GOODBYE, self.socket.send(Message::Close(None))).await);
    }
}

fn refused(err: Error, url: &Url, host: &str) -> HttpError {
    match err {
        Error::Http(answer) if answer.status() == StatusCode::TOO_MANY_REQUESTS => {
            let wait =
                answer.headers().get(header::RETRY_AFTER).and_then(|wait| wait.to_str().ok()?.parse().ok());
            HttpError::RateLimited { host: host.to_owned(), wait: Duration::from_secs(wait.unwrap_or(60)) }
        }
        Error::Http(answer) => HttpError::Status { url: url.to_string(), status: answer.status().as_u16() },
        err => HttpError::Unreachable { host: host.to_owned(), why: err.to_string() },
    }
}
