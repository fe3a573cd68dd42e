//! What is answered.

use reqwest::header::{self, HeaderMap};
use url::Url;

/// An answer: a success with its body, 304 without, or a refusal or a redirect that was asked to be read.
#[derive(Clone, Debug)]
pub struct Response {
    /// Its status.
    pub status: u16,
    /// Where it came from, after redirects.
    pub url: Url,
    /// Whether the last answer still holds (304).
    pub not_modified: bool,
    /// The body, decompressed.
    pub body: Vec<u8>,
    pub(super) headers: HeaderMap,
    pub(super) redirected: bool,
    /// Whether there were redirects and all of them were for good.
    pub(super) moved: bool,
}

impl Response {
    /// A header's text, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The texts of all headers of this name.
    pub fn header_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
    }

    /// Where to ask from now on: the address this came from, when every redirect on the way was for good (301 or 308) and
    /// none gave encryption up.
    pub fn moved_to(&self) -> Option<&Url> {
        self.moved.then_some(&self.url)
    }

    /// Where this answer, which is a redirect, leads; `None` when it is none or leads to no address.
    pub fn redirects_to(&self) -> Option<Url> {
        let location = self.headers.get(header::LOCATION)?;
        let location = std::str::from_utf8(location.as_bytes()).ok()?;
        matches!(self.status, 301 | 302 | 303 | 307 | 308).then(|| self.url.join(location).ok()).flatten()
    }

    /// The validator `ETag`; none after a redirect, for it belongs to another address than the one asked next time.
    pub fn etag(&self) -> Option<String> {
        self.validator("etag")
    }

    /// The validator `Last-Modified`; none after a redirect.
    pub fn last_modified(&self) -> Option<String> {
        self.validator("last-modified")
    }

    fn validator(&self, name: &str) -> Option<String> {
        if self.redirected { None } else { self.header(name).map(str::to_owned) }
    }
}
