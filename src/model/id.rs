//! Identities: newtypes for everything that could be swapped by mistake.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use super::Platform;
use super::short::Short;

/// A text that is not an identity of the kind asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no {what}: {why}")]
pub struct InvalidId {
    what: &'static str,
    found: String,
    why: &'static str,
}

impl InvalidId {
    pub(super) fn destination(found: &str) -> Self {
        Self {
            what: "destination",
            found: found.to_owned(),
            why: "use preview, discord:<channel id> or bluesky:<did>",
        }
    }
    pub(super) fn platform(found: &str) -> Self {
        Self {
            what: "platform",
            found: found.to_owned(),
            why: "use reddit, bluesky, hackernews, mastodon, lemmy, feed, arxiv, web, x or archive:<name>",
        }
    }
}

macro_rules! string_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Short);

        impl $name {
            /// Takes a text that was made by us (the store, a bundle) as it is.
            pub fn from_stored(text: impl Into<String>) -> Self {
                Self(Short::from(text.into()))
            }
            /// The text form.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

string_id!(
    /// One record: 16 hex digits of the SHA-256 of platform and native id, so the same post imported and scanned is one.
    RecordId
);
string_id!(
    /// One cluster of records about the same thing.
    ClusterId
);
string_id!(
    /// Near-copies share one of these; it is the id of the earliest record among them.
    CopyGroup
);
string_id!(
    /// One measured change, keyed by kind, topic and tick.
    SignalId
);
string_id!(
    /// The lasting identity of a developing story.
    StorylineId
);
string_id!(
    /// One story version on its way to one destination.
    DeliveryId
);
string_id!(
    /// One request of a delivery; also its idempotency key.
    StepId
);
string_id!(
    /// A quote of a brief: `q1`, `q2`, …
    QuoteId
);
string_id!(
    /// A count of a brief: `c1`, `c2`, …
    CountId
);
string_id!(
    /// Who wrote a record, as 12 hex digits of a hash over platform and handle: enough to count people, no name.
    AuthorKey
);

string_id!(
    /// A place that publishes: `discord:<server id>`.
    DeskId
);

fn digest(parts: &[&str]) -> String {
    let mut hasher = sha2::Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]])
        .map(char::from)
        .collect()
}

fn short(parts: &[&str], digits: usize) -> Short {
    let mut text = digest(parts);
    text.truncate(digits);
    Short::from(text)
}

impl RecordId {
    /// The identity of a platform's own id.
    pub fn derive(platform: &Platform, native_id: &str) -> Self {
        Self(short(&[&platform.to_string(), native_id], 16))
    }
}

impl AuthorKey {
    /// The key of a handle on a platform; handles differ by case on no platform we read.
    pub fn derive(platform: &Platform, handle: &str) -> Self {
        Self(short(&["author", &platform.to_string(), &handle.to_lowercase()], 12))
    }
}

impl ClusterId {
    /// A cluster is named after the record that opened it.
    pub fn derive(first: &RecordId) -> Self {
        Self(short(&["cluster", first.as_str()], 16))
    }
}

impl CopyGroup {
    /// The group that a record opens.
    pub fn of(first: &RecordId) -> Self {
        Self(first.0.clone())
    }
}

impl SignalId {
    /// The key of a signal: what was tested, where, and for which tick.
    pub fn derive(kind: &str, topic: &TopicSlug, at_ms: i64) -> Self {
        Self(short(&["signal", kind, topic.as_str(), &at_ms.to_string()], 16))
    }
}

impl StorylineId {
    /// A storyline is named after the topic and the central record of its first lead.
    pub fn derive(topic: &TopicSlug, central: &RecordId) -> Self {
        Self(short(&["storyline", topic.as_str(), central.as_str()], 16))
    }
}

impl DeliveryId {
    /// The key of a story version going to a destination: planning it twice is planning it once.
    pub fn derive(code: &StoryCode, version: u32, destination: &str) -> Self {
        Self(short(&["delivery", code.as_str(), &version.to_string(), destination], 16))
    }
}

impl DeskId {
    /// The desk of a Discord server.
    pub fn discord(guild: u64) -> Self {
        Self(format!("discord:{guild}").into())
    }
    /// The desk of a Bluesky account.
    pub fn bluesky(did: &str) -> Self {
        Self(format!("bluesky:{did}").into())
    }
    /// The Discord server, if it is one.
    pub fn guild(&self) -> Option<u64> {
        self.as_str().strip_prefix("discord:")?.parse().ok()
    }
}

impl StepId {
    /// The key of the n-th step of a delivery.
    pub fn derive(delivery: &DeliveryId, n: usize) -> Self {
        Self(format!("{delivery}-{n:02}").into())
    }
}

/// The public name of a storyline: seven characters of Crockford's base 32, easy to say and to type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct StoryCode(String);

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl StoryCode {
    /// The code of a storyline.
    pub fn of(storyline: &StorylineId) -> Self {
        let mut hasher = sha2::Sha256::new();
        hasher.update(b"code\0");
        hasher.update(storyline.as_str().as_bytes());
        Self(hasher.finalize().iter().take(7).map(|b| char::from(CROCKFORD[usize::from(b & 31)])).collect())
    }
    /// The code of a digest: what a channel got at a time.
    pub fn of_digest(destination: &str, at_ms: i64) -> Self {
        Self::of(&StorylineId(short(&["digest", destination, &at_ms.to_string()], 16)))
    }
    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StoryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for StoryCode {
    type Err = InvalidId;
    /// Accepts lower case, and the letters people mistake for digits (I, L, O).
    fn from_str(s: &str) -> Result<Self, InvalidId> {
        let code: String = s
            .trim()
            .chars()
            .map(|c| match c.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                other => other,
            })
            .collect();
        if code.len() == 7 && code.bytes().all(|b| CROCKFORD.contains(&b)) {
            Ok(Self(code))
        } else {
            Err(InvalidId {
                what: "story code",
                found: s.to_owned(),
                why: "a code is seven letters and digits, such as `4K7Q2WX`",
            })
        }
    }
}

impl<'de> Deserialize<'de> for StoryCode {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// SHA-256 of a text: 64 lowercase hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Sha256(String);

impl Sha256 {
    /// The digest of a text's bytes.
    pub fn of(text: &str) -> Self {
        Self(hex(&sha2::Sha256::digest(text.as_bytes())))
    }
    /// The hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Sha256 {
    type Err = InvalidId;
    fn from_str(s: &str) -> Result<Self, InvalidId> {
        if s.len() == 64 && s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            Ok(Self(s.to_owned()))
        } else {
            Err(InvalidId { what: "SHA-256", found: s.to_owned(), why: "expected 64 lowercase hex digits" })
        }
    }
}

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A topic's name in addresses and commands: lower-case letters, digits and single dashes, at most 64.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct TopicSlug(Short);

impl TopicSlug {
    /// The text form.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for TopicSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for TopicSlug {
    type Err = InvalidId;
    fn from_str(s: &str) -> Result<Self, InvalidId> {
        let fits = (1..=64).contains(&s.len())
            && s.split('-').all(|part| {
                !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
        if fits {
            Ok(Self(s.into()))
        } else {
            Err(InvalidId {
                what: "topic slug",
                found: s.to_owned(),
                why: "use lower-case letters, digits and single dashes, such as `night-trains`",
            })
        }
    }
}

impl<'de> Deserialize<'de> for TopicSlug {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_a_careless_typist() {
        let code = StoryCode::of(&StorylineId::from_stored("abc"));
        assert_eq!(code.as_str().to_lowercase().parse::<StoryCode>().unwrap(), code);
        assert!("short".parse::<StoryCode>().is_err());
    }

    #[test]
    fn slugs_are_strict() {
        assert!("night-trains".parse::<TopicSlug>().is_ok());
        for bad in ["", "Night", "a--b", "-a", "a_b", "ä"] {
            assert!(bad.parse::<TopicSlug>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_same_native_id_on_two_platforms_is_two_records() {
        assert_ne!(RecordId::derive(&Platform::Reddit, "1"), RecordId::derive(&Platform::HackerNews, "1"));
    }
}
