//! Settings of the polite client.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How the client behaves. The defaults are right for the public web.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// Where a server's operator can complain: an address or a page. It goes into the `User-Agent`.
    pub contact: Option<String>,
    /// Longest time until a connection stands.
    pub connect_timeout: Duration,
    /// Longest time from sending a request to its answer's headers, connecting included.
    pub header_timeout: Duration,
    /// Longest time for one request with its redirects and body, waiting for our own pace not counted.
    pub total_timeout: Duration,
    /// Largest body in bytes, after decompression.
    pub max_body_bytes: usize,
    /// Most redirects that are followed.
    pub max_redirects: usize,
    /// Requests under way to one host at a time.
    pub per_host_requests: usize,
    /// Least time between the starts of two requests to one host.
    pub per_host_interval: Duration,
    /// Hosts that ask for another pace: requests under way at a time, and the least time between two starts. The key is a
    /// host with or without port, or a domain that stands with all below it for one host. By default those that we know.
    pub host_paces: BTreeMap<String, (usize, Duration)>,
    /// Hosts with port (`127.0.0.1:8080`, `[::1]:80`, `feeds.lan:443`) that may be reached although they are not
    /// public: for tests and one's own network. Empty by default.
    pub allow_private: BTreeSet<String>,
    /// Host and port of a server to which all other requests are handed, in the clear, with the `Host` they are for. It
    /// resolves names itself, so what it may reach is its own affair. None by default.
    pub gateway: Option<String>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            contact: None,
            connect_timeout: Duration::from_secs(10),
            header_timeout: Duration::from_secs(20),
            total_timeout: Duration::from_mins(1),
            max_body_bytes: 5 * 1024 * 1024,
            max_redirects: 5,
            per_host_requests: 2,
            per_host_interval: Duration::from_secs(1),
            host_paces: known_paces(),
            allow_private: BTreeSet::new(),
            gateway: None,
        }
    }
}

/// What well-known services ask for, by their terms and headers as of 2026-11.
fn known_paces() -> BTreeMap<String, (usize, Duration)> {
    [
        // One connection and three seconds, across its API, its feeds and everything else.
        ("arxiv.org", (1, Duration::from_secs(3))),
        // One request in five seconds from one address.
        ("api.gdeltproject.org", (1, Duration::from_millis(5_500))),
        // No limit is told; ten requests a second and eight connections are called polite.
        ("hacker-news.firebaseio.com", (8, Duration::from_millis(100))),
        // 10,000 requests an hour from one address.
        ("hn.algolia.com", (2, Duration::from_millis(400))),
        // Its headers tell one request a second.
        ("api.search.brave.com", (1, Duration::from_secs(1))),
    ]
    .into_iter()
    .map(|(host, pace)| (host.to_owned(), pace))
    .collect()
}

impl HttpSettings {
    /// Name, version, what it is, and whom to ask.
    pub fn user_agent(&self) -> String {
        // A header value holds visible ASCII only.
        let contact: String = self
            .contact
            .iter()
            .flat_map(|text| text.chars())
            .filter(|c| c.is_ascii_graphic() || *c == ' ')
            .collect();
        let contact = if contact.is_empty() {
            "no contact configured".to_owned()
        } else {
            format!("contact: {contact}")
        };
        format!("newsdesk/{} (self-hosted newsroom bot; {contact})", env!("CARGO_PKG_VERSION"))
    }
}
