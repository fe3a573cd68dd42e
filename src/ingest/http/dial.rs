//! A plain connection, for what speaks another protocol than HTTP, under the same rules.

use std::net::SocketAddr;

use tokio::net::{TcpStream, lookup_host};
use url::{Position, Url};

use super::client::PoliteClient;
use super::error::HttpError;
use super::public::is_public;

/// A connection that stands.
pub(crate) struct Line {
    pub(crate) stream: TcpStream,
    /// What to ask for on it: in the clear (`ws://`) where a gateway is asked.
    pub(crate) address: String,
    /// Host and port that are meant, for messages.
    pub(crate) host: String,
}

impl PoliteClient {
    /// Who we say we are.
    pub(crate) fn user_agent(&self) -> String {
        self.settings.user_agent()
    }

    /// Connects to the host of a `wss://` address, or of a `ws://` one among the hosts of `allow_private`: the name is
    /// resolved, its addresses are checked, and a checked one is connected to. Encryption is the caller's.
    pub(crate) async fn dial(&self, url: &Url) -> Result<Line, HttpError> {
        let bad = |why: &str| HttpError::BadUrl { url: bare(url), why: why.to_owned() };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("addresses with a user name or password are not fetched"));
        }
        let name = url.host_str().ok_or_else(|| bad("it has no host"))?.to_ascii_lowercase();
        let port = url.port_or_known_default().ok_or_else(|| bad("it has no port"))?;
        let host = format!("{name}:{port}");
        let private = self.settings.allow_private.contains(&host);
        match url.scheme() {
            "wss" => {}
            "ws" if private => {}
            "ws" => return Err(bad("only `wss` is read from the public internet")),
            _ => return Err(bad("it is no WebSocket address")),
        }
        let permit = self.pace.turn(&host).await;
        let _permit = permit.map_err(|wait| HttpError::RateLimited { host: host.clone(), wait })?;
        let limit = self.settings.connect_timeout;
        let gateway = self.settings.gateway.as_deref().filter(|_| !private);
        let connected = match gateway {
            Some(gateway) => tokio::time::timeout(limit, connect(gateway, true)).await,
            None => tokio::time::timeout(limit, connect(&host, private)).await,
        };
        let stream = connected
            .unwrap_or_else(|_| Err(HttpError::TimedOut { host: host.clone(), what: "connecting", limit }))?;
        let scheme = if gateway.is_some() { "ws" } else { url.scheme() };
        let address = format!("{scheme}://{}", &url[Position::BeforeHost..Position::AfterQuery]);
        Ok(Line { stream, address, host })
    }
}

async fn connect(host: &str, private: bool) -> Result<TcpStream, HttpError> {
    let unreachable =
        |why: std::io::Error| HttpError::Unreachable { host: host.to_owned(), why: why.to_string() };
    let found = lookup_host(host).await.map_err(unreachable)?;
    let found: Vec<SocketAddr> = found.filter(|at| private || is_public(at.ip())).collect();
    let mut failure = HttpError::NotPublic { host: host.to_owned() };
    for at in found {
        match TcpStream::connect(at).await {
            Ok(stream) => return Ok(stream),
            Err(err) => failure = unreachable(err),
        }
    }
    Err(failure)
}

/// An address without what may be secret in it.
fn bare(url: &Url) -> String {
    format!("{}://{}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::http::HttpSettings;

    #[tokio::test]
    async fn private_addresses_are_refused_unless_they_are_allowed() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let client = PoliteClient::new(HttpSettings::default()).unwrap();
        let dial = async |url: String| client.dial(&Url::parse(&url).unwrap()).await.map(|line| line.host);
        for host in ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433", "169.254.169.254"] {
            let refused = dial(format!("wss://{host}:{port}/subscribe")).await;
            assert!(matches!(refused, Err(HttpError::NotPublic { .. })), "{host}: {refused:?}");
        }
        for url in [
            format!("ws://127.0.0.1:{port}/"),
            format!("http://127.0.0.1:{port}/"),
            "wss://a:b@127.0.0.1/".to_owned(),
        ] {
            let refused = dial(url.clone()).await;
            assert!(matches!(refused, Err(HttpError::BadUrl { .. })), "{url}: {refused:?}");
        }
        let host = format!("127.0.0.1:{port}");
        let settings = HttpSettings { allow_private: [host.clone()].into(), ..HttpSettings::default() };
        let client = PoliteClient::new(settings).unwrap();
        for scheme in ["ws", "wss"] {
            let url = Url::parse(&format!("{scheme}://{host}/subscribe")).unwrap();
            assert_eq!(client.dial(&url).await.unwrap().host, host);
        }
    }
}
