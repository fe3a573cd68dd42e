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
    // The token's first part is the bot's id; an invalid one would only fail later.
    let bot = bot_of(token).ok_or(ConnectError::Token)?;
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
    Ok(Rest::new(http, client, bot, key_of(token)))
}

/// Derived, so that it says nothing of the token.
fn key_of(token: &str) -> [u8; 32] {
    use hmac::{Hmac, Mac as _};
    let mut mac = <Hmac<sha2::Sha256> as hmac::Mac>::new_from_slice(token.as_bytes())
        .expect("any length of key will do");
    mac.update(b"newsdesk ids of buttons 1");
    mac.finalize().into_bytes().into()
}

fn bot_of(token: &str) -> Option<u64> {
    use base64::Engine as _;
    serenity::utils::token::validate(token).ok()?;
    let first = token.split('.').next()?.trim_end_matches('=');
    let id = base64::engine::general_purpose::STANDARD_NO_PAD.decode(first).ok()?;
    String::from_utf8(id).ok()?.parse().ok().filter(|id| *id != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_bot_and_anything_else_is_no_token() {
        assert_eq!(bot_of("MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.not-a-real-token"), Some(123_456_789_012_345_678));
        for bad in ["", "abc", "Bot MTIz.a.b.c", "YWJj.a.b", "MA.a.b"] {
            assert_eq!(bot_of(bad), None, "{bad}");
            assert!(connect(&ConnectSettings::new(Secret::new(bad))).is_err());
        }
        let one = connect(&ConnectSettings::new(Secret::new("MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.one"))).unwrap();
        let two = connect(&ConnectSettings::new(Secret::new("MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.two"))).unwrap();
        assert_ne!(one.key(), two.key());
    }
}
