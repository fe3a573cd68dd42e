//! serenity's own client, as it comes, pointed here by name resolution.

use std::sync::Arc;
use std::time::Duration;

use serenity::http::{Http, HttpBuilder};

use super::Discord;

impl Discord {
    /// A `reqwest` client for which `discord.com` is here.
    pub(crate) fn reqwest(&self) -> reqwest::Client {
        let certificate = reqwest::Certificate::from_pem(self.ca_pem().as_bytes()).expect("a certificate");
        reqwest::Client::builder()
            .resolve("discord.com", self.address())
            .add_root_certificate(certificate)
            .timeout(Duration::from_secs(20))
            .build()
            .expect("a client")
    }

    /// serenity's REST client, with its rate limiter.
    pub(crate) fn http(&self) -> Arc<Http> {
        let http = HttpBuilder::new(self.token()).client(self.reqwest());
        Arc::new(http.application_id(self.application_id().into()).build())
    }
}
