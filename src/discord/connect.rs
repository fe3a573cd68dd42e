//! How Discord is reached.

use std::net::SocketAddr;
use std::time::Duration;

use serenity::http::HttpBuilder;

use super::rest::Rest;
use crate::config::Secret;

/// How to reach Discord.
#[derive(Clone, Debug)]
pub struct ConnectSettings {
    /// The bot's token.
    pub token: Secret,
    /// Where `discord.com` is reached instead of where its name leads: a proxy's address.
    pub address: Option<SocketAddr>,
    /// A certificate to trust besides the known ones (PEM): the proxy's.
    pub certificate: Option<Vec<u8>>,
    /// Longest wait for an answer.
    pub timeout: Duration,
}

impl ConnectSettings {
    /// Discord itself.
    pub fn new(token: Secret) -> Self {
        Self { token, address: None, certificate: None, timeout: Duration::from_secs(15) }
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The token cannot be one.
    #[error(
        "the Discord token is not a bot token; copy it from the developer portal (Bot → Reset Token), without `Bot ` before it"
    )]
    Token,
    /// The certificate or the TLS library.
    #[error("no connection to Discord can be made: {0}")]
    Client(String),
}

/// A client for Discord. Nothing is sent yet.
pub fn connect(settings: &ConnectSettings) -> Result<Rest, ConnectError> {
    let token = settings.token.expose().trim();
    // serenity takes the bot's id from the token's first part, and an invalid one would only fail later.
    if serenity::utils::token::validate(token).is_err() {
        return Err(ConnectError::Token);
    }
    let failed = |err: reqwest::Error| ConnectError::Client(err.to_string());
    let mut builder = reqwest::Client::builder()
        .timeout(settings.timeout)
        .connect_timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none());
    if let Some(address) = settings.address {
        builder = builder.resolve("discord.com", address).no_proxy();
    }
    if let Some(pem) = &settings.certificate {
        builder = builder.add_root_certificate(reqwest::Certificate::from_pem(pem).map_err(failed)?);
    }
    let client = builder.build().map_err(failed)?;
    let http = HttpBuilder::new(token).client(client.clone()).build();
    Ok(Rest::new(http, client))
}
