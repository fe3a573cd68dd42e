//! What a record is called before the server has seen it: its key, its digest, and those of its pictures.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ipld_core::cid::Cid;
use ipld_core::cid::multihash::Multihash;
use ipld_core::ipld::Ipld;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Codecs of the [multicodec table](https://github.com/multiformats/multicodec).
const DAG_CBOR: u64 = 0x71;
const RAW: u64 = 0x55;
const SHA2_256: u64 = 0x12;

/// Base 32 with digits in the order of their characters, so that keys sort as their times do.
const DIGITS: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";

/// A record's key made from a time: thirteen characters that sort as the times do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tid(u64);

impl Tid {
    /// The key of a time in microseconds since 1970 (53 bits of it) and of who made it (10 bits).
    pub fn new(micros: u64, clock: u16) -> Self {
        Self(((micros & ((1 << 53) - 1)) << 10) | u64::from(clock & 0x3ff))
    }

    /// The time it was made from.
    pub fn micros(self) -> u64 {
        self.0 >> 10
    }

    /// Keys from `micros` on, each greater than the one before.
    pub fn series(micros: u64, clock: u16) -> impl Iterator<Item = Self> {
        (micros..).map(move |at| Self::new(at, clock))
    }
}

impl fmt::Display for Tid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in (0..13).rev() {
            let digit = DIGITS[usize::try_from((self.0 >> (place * 5)) & 31).unwrap_or_default()];
            write!(f, "{}", char::from(digit))?;
        }
        Ok(())
    }
}

/// A record that cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{at}` cannot stand in a record: {why}")]
pub struct RecordError {
    /// Where, as a path of names.
    at: String,
    /// What is wrong.
    why: &'static str,
}

/// The identifier of a record's content, as the server computes it: DAG-CBOR, SHA-256, CID version 1.
///
/// The record must be complete: a server adds a `$type` that is missing, and then counts it in.
pub fn cid_of(record: &Value) -> Result<String, RecordError> {
    let data = ipld_of(record, "record")?;
    let bytes = serde_ipld_dagcbor::to_vec(&data)
        .map_err(|_| RecordError { at: "record".to_owned(), why: "it does not encode" })?;
    Ok(cid(DAG_CBOR, &bytes))
}

/// How a record refers to a file: the same object the server gives for its upload.
///
/// `mime` is what the bytes are; a server looks at them and corrects a wrong one.
pub fn blob_of(bytes: &[u8], mime: &str) -> Value {
    json!({ "$type": "blob", "ref": { "$link": cid(RAW, bytes) }, "mimeType": mime, "size": bytes.len() })
}

fn cid(codec: u64, bytes: &[u8]) -> String {
    let digest = Multihash::<64>::wrap(SHA2_256, &Sha256::digest(bytes)).expect("32 bytes fit into 64");
    Cid::new_v1(codec, digest).to_string()
}

/// Servers write bytes without padding and read both.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&STANDARD, config).decode(text).ok()
}

fn ipld_of(value: &Value, at: &str) -> Result<Ipld, RecordError> {
    let wrong = |why| RecordError { at: at.to_owned(), why };
    Ok(match value {
        Value::Null => Ipld::Null,
        Value::Bool(yes) => Ipld::Bool(*yes),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(n), _) => Ipld::Integer(n.into()),
            (None, Some(n)) => Ipld::Integer(n.into()),
            (None, None) => return Err(wrong("numbers are whole there")),
        },
        Value::String(text) => Ipld::String(text.clone()),
        Value::Array(items) => Ipld::List(
            items
                .iter()
                .enumerate()
                .map(|(n, item)| ipld_of(item, &format!("{at}[{n}]")))
                .collect::<Result<_, _>>()?,
        ),
        Value::Object(fields) => {
            let only = fields.iter().next().filter(|_| fields.len() == 1);
            match only.map(|(name, value)| (name.as_str(), value)) {
                Some(("$link", Value::String(text))) => {
                    Ipld::Link(text.parse().map_err(|_| wrong("`$link` is not a content identifier"))?)
                }
                Some(("$bytes", Value::String(text))) => {
                    Ipld::Bytes(bytes_of(text).ok_or_else(|| wrong("`$bytes` is not base 64"))?)
                }
                Some(("$link" | "$bytes", _)) => return Err(wrong("its value is a text")),
                Some(_) | None => Ipld::Map(
                    fields
                        .iter()
                        .map(|(name, value)| Ok((name.clone(), ipld_of(value, &format!("{at}.{name}"))?)))
                        .collect::<Result<_, _>>()?,
                ),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_is_thirteen_characters_of_time() {
        assert_eq!(Tid::new(0, 0).to_string(), "2222222222222");
        assert_eq!(Tid::new(u64::MAX, u16::MAX).to_string(), "bzzzzzzzzzzzz", "the top bit stays free");
        assert_eq!(Tid::new(1_700_000_000_000_000, 7).micros(), 1_700_000_000_000_000);
    }

    proptest! {
        #[test]
        fn keys_sort_as_their_times(a in 0_u64..1 << 53, b in 0_u64..1 << 53, clock in 0_u16..1024) {
            let (one, two) = (Tid::new(a, clock), Tid::new(b, clock));
            prop_assert_eq!(a.cmp(&b), one.to_string().cmp(&two.to_string()));
        }
    }

    #[test]
    fn a_series_rises() {
        let keys: Vec<String> =
            Tid::series(1_900_000_000_000_031, 5).take(100).map(|tid| tid.to_string()).collect();
        assert!(keys.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn what_is_no_record_is_said_with_its_place() {
        let of = |record| cid_of(&record).unwrap_err().to_string();
        assert_eq!(
            of(json!({ "embed": { "sizes": [1, 1.5] } })),
            "`record.embed.sizes[1]` cannot stand in a record: numbers are whole there"
        );
        assert_eq!(
            of(json!({ "ref": { "$link": "nowhere" } })),
            "`record.ref` cannot stand in a record: `$link` is not a content identifier"
        );
        assert!(cid_of(&json!({ "ref": { "$bytes": 5 } })).is_err());
    }
}
