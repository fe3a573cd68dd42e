//! Addresses from outside, checked before they become links of ours.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

/// Longer addresses are tracking payloads, not places; they are named but not linked.
const MAX_BYTES: usize = 1_000;

/// An absolute http(s) address without credentials, in ASCII, with every character that any of our outputs could
/// read as markup percent-encoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct WebLink(String);

impl WebLink {
    /// Checks and normalises an address; `None` if it is not fit to be a link.
    pub fn parse(address: &str) -> Option<Self> {
        let url = Url::parse(address.trim()).ok()?;
        let web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
        if !web || !url.username().is_empty() || url.password().is_some() {
            return None;
        }
        let mut text = String::new();
        for c in url.as_str().chars() {
            match c {
                '(' => text.push_str("%28"),
                ')' => text.push_str("%29"),
                '<' => text.push_str("%3C"),
                '>' => text.push_str("%3E"),
                '"' => text.push_str("%22"),
                '\'' => text.push_str("%27"),
                '`' => text.push_str("%60"),
                '|' => text.push_str("%7C"),
                '\\' => text.push_str("%5C"),
                '*' => text.push_str("%2A"),
                // The brackets of an IPv6 host would end a masked link; no public source has one.
                '[' | ']' => return None,
                other => text.push(other),
            }
        }
        (text.is_ascii() && text.len() <= MAX_BYTES && !text.contains(char::is_whitespace))
            .then_some(Self(text))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host, without `www.`.
    pub fn host(&self) -> String {
        let host = Url::parse(&self.0).ok().and_then(|u| u.host_str().map(str::to_owned)).unwrap_or_default();
        host.strip_prefix("www.").map(str::to_owned).unwrap_or(host)
    }
}

impl fmt::Display for WebLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<'de> Deserialize<'de> for WebLink {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let address = String::deserialize(d)?;
        Self::parse(&address).ok_or_else(|| {
            serde::de::Error::custom(format!("`{address}` is no web address that can be linked"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::WebLink;

    #[test]
    fn only_plain_web_addresses_become_links() {
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://a.example/",
            "https://user:pw@a.example/",
            "//a.example",
            "not a link",
            "http://[::1]/",
        ] {
            assert_eq!(WebLink::parse(bad), None, "{bad}");
        }
        assert_eq!(WebLink::parse(&format!("https://a.example/{}", "x".repeat(2_000))), None);
    }

    #[test]
    fn nothing_in_a_link_can_end_its_markup() {
        let link = WebLink::parse("https://www.a.example/x_(y)?q=<b>&r=`|*'\" z").unwrap();
        assert_eq!(link.as_str(), "https://www.a.example/x_%28y%29?q=%3Cb%3E&r=%60%7C%2A%27%22%20z");
        assert_eq!(link.host(), "a.example");
    }
}
