//! Names in the AT protocol: accounts, posts, times.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, Utc};

/// The collection of posts.
pub(super) const POSTS: &str = "app.bsky.feed.post";

/// The longest DID, after the specification.
const MAX_DID: usize = 2_048;

/// The longest record key, after the specification.
const MAX_KEY: usize = 512;

/// A post: who wrote it and its key there. Both are checked, for they become ids and addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PostUri<'a> {
    pub(super) did: &'a str,
    key: &'a str,
}

impl<'a> PostUri<'a> {
    /// The post `key` of `did`; `None` if one of them is no such name.
    pub(super) fn new(did: &'a str, key: &'a str) -> Option<Self> {
        (is_did(did) && is_key(key)).then_some(Self { did, key })
    }

    /// Reads `at://did:…/app.bsky.feed.post/KEY`.
    pub(super) fn parse(uri: &'a str) -> Option<Self> {
        let (did, key) = parts(uri)?;
        Self::new(did, key)
    }

    /// Where anybody can read it.
    pub(super) fn permalink(self) -> String {
        format!("https://bsky.app/profile/{}/post/{}", self.did, self.key)
    }
}

impl fmt::Display for PostUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at://{}/{POSTS}/{}", self.did, self.key)
    }
}

/// Account (DID or handle) and key of a post's address.
pub(super) fn parts(uri: &str) -> Option<(&str, &str)> {
    let (account, rest) = uri.strip_prefix("at://")?.split_once('/')?;
    let (collection, key) = rest.split_once('/')?;
    (collection == POSTS).then_some((account, key))
}

/// Whether this is a DID: `did:plc:…`, `did:web:…`.
pub(super) fn is_did(text: &str) -> bool {
    let Some((method, id)) = text.strip_prefix("did:").and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    let known = |b: u8| b.is_ascii_alphanumeric() || b"._:%-".contains(&b);
    text.len() <= MAX_DID
        && !method.is_empty()
        && method.bytes().all(|b| b.is_ascii_lowercase())
        && !id.is_empty()
        && id.bytes().all(known)
        && !id.ends_with([':', '%'])
}

/// Whether this is a handle: a host name.
pub(super) fn is_handle(text: &str) -> bool {
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(label)
        && text.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_alphabetic()))
}

fn is_key(text: &str) -> bool {
    (1..=MAX_KEY).contains(&text.len())
        && text != "."
        && text != ".."
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_~.:-".contains(&b))
}

/// A handle as a name; `None` for what servers write when an account's handle does not lead back to it: many accounts
/// bear that one.
pub(super) fn name_of(handle: &str) -> Option<String> {
    (is_handle(handle) && !handle.ends_with(".invalid")).then(|| format!("@{}", handle.to_ascii_lowercase()))
}

/// The author whom people call `name`, a DID or a handle, as records name them.
pub(crate) fn author_called(name: &str) -> Option<String> {
    if is_did(name) { Some(name.to_owned()) } else { name_of(name) }
}

/// A time as clients write it. Old clients left the zone out; then it is UTC.
pub(super) fn time_of(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|at| at.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::native_id;
    use crate::ingest::testing::payloads;
    use crate::model::Platform;

    /// The lines of one of the protocol's own lists; `None` where they are not at hand.
    fn lines(name: &str) -> Option<Vec<String>> {
        let text = std::fs::read_to_string(payloads(&format!("atproto_syntax/{name}.txt"))?).unwrap();
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        Some(lines.map(str::to_owned).collect())
    }

    #[test]
    fn keys_handles_and_times_are_those_of_the_protocol() {
        type Check = fn(&str) -> bool;
        let lists: [(&str, bool, Check); 7] = [
            ("recordkey_syntax_valid", true, is_key),
            ("recordkey_syntax_invalid", false, is_key),
            ("tid_syntax_valid", true, is_key),
            ("handle_syntax_valid", true, is_handle),
            ("handle_syntax_invalid", false, is_handle),
            ("datetime_syntax_valid", true, |text| time_of(text).is_some()),
            ("datetime_parse_invalid", false, |text| time_of(text).is_some()),
        ];
        for (name, valid, check) in lists {
            for line in lines(name).unwrap_or_default() {
                assert_eq!(check(&line), valid, "{name}: `{line}`");
            }
        }
    }

    #[test]
    fn an_address_of_a_post_is_read_back_and_no_other() {
        for line in lines("aturi_syntax_valid").unwrap_or_default() {
            // None of them is a post of the app.
            assert_eq!(PostUri::parse(&line), None, "{line}");
            let post = line.replacen("com.atproto.feed.post/", "app.bsky.feed.post/", 1);
            if post != line && post.starts_with("at://did:") {
                assert_eq!(PostUri::parse(&post).map(|uri| uri.to_string()), Some(post));
            }
        }
        for line in lines("aturi_syntax_invalid").unwrap_or_default() {
            let post = line.replacen("com.atproto.feed.post", POSTS, 1);
            assert_eq!(PostUri::parse(&post), None, "{post}");
        }
    }

    #[test]
    fn a_record_has_the_id_that_its_permalink_gives() {
        let uri = PostUri::new("did:plc:saltpan7", "3mcnrowan2k2x").unwrap();
        assert_eq!(native_id(&Platform::Bluesky, &uri.permalink()), Some(uri.to_string()));
        let web = PostUri::new("did:web:localhost%3A2583", "3mcn").unwrap();
        assert_eq!(native_id(&Platform::Bluesky, &web.permalink()), Some(web.to_string()));
    }

    #[test]
    fn a_handle_that_many_accounts_bear_names_nobody() {
        assert_eq!(name_of("Ana.Saltpan.example").as_deref(), Some("@ana.saltpan.example"));
        for text in ["handle.invalid", "missing.invalid", "", "ana", "did:plc:x", "a b.example"] {
            assert_eq!(name_of(text), None, "{text}");
        }
    }
}
