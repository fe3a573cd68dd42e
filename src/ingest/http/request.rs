//! What is asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use reqwest::header::{self, HeaderMap, HeaderValue};
use url::Url;

use super::error::HttpError;
use crate::config::Secret;

/// What is sent with a question that is more than an address.
#[derive(Clone, Debug)]
pub enum Post {
    /// The fields of a form.
    Form(Vec<(&'static str, Secret)>),
    /// A document.
    Json(serde_json::Value),
}

/// What to get.
#[derive(Clone, Debug)]
pub struct Get {
    /// Its address.
    pub url: Url,
    /// The `ETag` of the last answer, byte for byte.
    pub etag: Option<String>,
    /// The `Last-Modified` of the last answer, byte for byte.
    pub last_modified: Option<String>,
    /// The largest body in bytes, when it is another than the client's.
    pub max_body_bytes: Option<usize>,
    /// Headers beside the client's own. Values that are secrets are marked so ([`HeaderValue::set_sensitive`]). They are
    /// sent to the host that was asked and never to one that it redirects to.
    pub headers: HeaderMap,
    /// What is sent: then it is a POST, which follows no redirect and is sent once.
    pub post: Option<Post>,
    /// Whether an answer with a status of 400 to 499 is an answer to be read, not an error. 410 and 429 stay errors.
    pub read_refusals: bool,
    /// Whether a redirect is an answer to be read ([`Response::redirects_to`](super::Response::redirects_to)), not followed.
    pub read_redirects: bool,
    /// Whether only the ports of the web, 80 and 443, are asked, on every hop: for addresses that strangers wrote. Hosts
    /// of `allow_private` are asked on the port that is allowed.
    pub web_ports_only: bool,
    /// Hosts of `allow_private` (with port) that are not asked all the same, on no hop: they are open to our own sources.
    pub closed: Arc<BTreeSet<String>>,
}

impl Get {
    /// A plain request.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            etag: None,
            last_modified: None,
            max_body_bytes: None,
            headers: HeaderMap::new(),
            post: None,
            read_refusals: false,
            read_redirects: false,
            web_ports_only: false,
            closed: Arc::default(),
        }
    }

    /// With a header that is a secret: `authorization`, `x-subscription-token` …
    ///
    /// # Errors
    /// The secret holds characters that no header may.
    pub fn with_secret(mut self, name: &'static str, value: &Secret) -> Result<Self, HttpError> {
        let bad = || HttpError::Setup(format!("the secret for `{name}` holds characters that no header may"));
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| bad())?;
        value.set_sensitive(true);
        self.headers.insert(header::HeaderName::from_static(name), value);
        Ok(self)
    }

    /// With a header that anybody may see.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(header::HeaderName::from_static(name), HeaderValue::from_static(value));
        self
    }
}

/// Where `path` is at a service, or at the server that is asked in its place.
pub(crate) fn at_service(instead: Option<&Url>, service: &str, path: &str) -> Result<Url, HttpError> {
    let base = instead.cloned().map_or_else(|| Url::parse(service), Ok);
    let url = base.and_then(|base| base.join(path));
    url.map_err(|err| HttpError::BadUrl { url: format!("{service}{path}"), why: err.to_string() })
}
