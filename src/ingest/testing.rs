//! What the tests of all readers share: a time, a client, a scan, the recorded payloads, and damage.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use url::Url;
use wiremock::MockServer;

use super::field::MAX_FIELD_BYTES;
use super::http::{HttpSettings, PoliteClient};
use super::scan::{ScanReport, scan_within};
use super::source::{Budget, Source};
use crate::model::{IncomingRecord, Platform};
use crate::store::Store;

/// 2031-03-17T19:00:00Z.
pub(crate) const NOW: i64 = 1_931_540_400;

pub(crate) fn now() -> DateTime<Utc> {
    at(NOW)
}

/// This second of the Unix time.
pub(crate) fn at(s: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(s, 0).unwrap()
}

/// Settings of a client that waits as long as the real one, keeps no distance, and may ask these hosts.
pub(crate) fn settings(hosts: impl IntoIterator<Item = impl ToString>) -> HttpSettings {
    HttpSettings {
        per_host_interval: Duration::ZERO,
        allow_private: hosts.into_iter().map(|host| host.to_string()).collect(),
        ..HttpSettings::default()
    }
}

pub(crate) fn client(server: &MockServer) -> PoliteClient {
    PoliteClient::new(settings([server.address()])).unwrap()
}

/// An address at a server that is played.
pub(crate) fn url(server: &MockServer, path: &str) -> Url {
    Url::parse(&server.uri()).unwrap().join(path).unwrap()
}

/// Scans a source with at most so many requests.
pub(crate) async fn scan(
    store: &Store,
    http: &PoliteClient,
    source: &dyn Source,
    max_requests: usize,
    now: DateTime<Utc>,
) -> ScanReport {
    let budget = Budget { max_requests, ..Budget::default() };
    scan_within(store, http, source, "trains", budget, now).await.unwrap()
}

/// The recorded payloads of this name, where they are at hand: `NEWSDESK_TEST_PAYLOADS`, else beside the checkout.
pub(crate) fn payloads(name: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/payloads");
    let all = std::env::var_os("NEWSDESK_TEST_PAYLOADS").map_or_else(beside, PathBuf::from);
    let found = Some(all.join(name)).filter(|path| path.exists());
    if found.is_none() {
        eprintln!("not run: the recorded payloads `{name}` are not here");
    }
    found
}

/// What holds of every record, whatever it was made of.
#[track_caller]
pub(crate) fn check(record: &IncomingRecord) {
    check_words(record);
    // An archive's own ids are shown by no address.
    if record.deleted.is_none() && !matches!(record.platform, Platform::Archive(_)) {
        let shown = crate::address::native_id(&record.platform, &record.permalink);
        assert_eq!(shown.as_ref(), Some(&record.native_id), "{}", record.permalink);
    }
    for address in [&record.answers, &record.quotes].into_iter().flatten() {
        let to = crate::address::relation(&record.platform, address).expect("a record answers records");
        assert_eq!((&to.address, record.deleted), (address, None));
        assert_ne!(to.native_id, record.native_id, "nothing answers itself");
    }
}

/// That it says something, and not without end.
#[track_caller]
pub(crate) fn check_words(record: &IncomingRecord) {
    let texts = [record.title.as_deref().unwrap_or_default(), &record.body];
    let others = [record.author.as_deref().unwrap_or_default(), &record.venue, &record.native_id];
    let longest = texts.iter().chain(&others).map(|text| text.len()).max();
    assert!(longest <= Some(MAX_FIELD_BYTES), "{longest:?} bytes in {}", record.native_id);
    let speaks = texts.iter().any(|text| !text.trim().is_empty());
    assert!(record.deleted.is_some() || speaks, "no words in {}", record.native_id);
}

/// One of these documents with bytes changed, put in, taken out or cut off; or as it is.
pub(crate) fn damaged(documents: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<Index>(), any::<u8>(), 0..8_u8);
    (prop::sample::select(documents), prop::collection::vec(change, 0..12)).prop_map(
        |(mut bytes, changes)| {
            for (at, byte, change) in changes {
                if bytes.is_empty() {
                    break;
                }
                let at = at.index(bytes.len());
                match change {
                    0..=2 => bytes[at] = byte,
                    3..=4 => bytes.insert(at, byte),
                    5..=6 => {
                        bytes.remove(at);
                    }
                    _ => bytes.truncate(at),
                }
            }
            bytes
        },
    )
}

/// This JSON with some values in it, however deep, replaced or taken out.
pub(crate) fn bent(json: Value) -> impl Strategy<Value = Value> {
    let change = (prop::collection::vec(any::<Index>(), 1..7), prop::option::of(any_json()));
    prop::collection::vec(change, 0..4).prop_map(move |changes| {
        let mut json = json.clone();
        changes.into_iter().for_each(|(path, with)| bend(&mut json, &path, with));
        json
    })
}

fn bend(json: &mut Value, path: &[Index], with: Option<Value>) {
    match (json, path.split_first()) {
        (Value::Object(fields), Some((at, rest))) if !fields.is_empty() => {
            let name = fields.keys().nth(at.index(fields.len())).cloned().unwrap();
            if rest.is_empty() && with.is_none() {
                fields.remove(&name);
            } else {
                bend(&mut fields[&name], rest, with);
            }
        }
        (Value::Array(items), Some((at, rest))) if !items.is_empty() => {
            let at = at.index(items.len());
            bend(&mut items[at], rest, with);
        }
        (json, _) => *json = with.unwrap_or_default(),
    }
}

/// JSON of any shape, with what readers look at among its texts and names.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[<>a-z\"'=/ é]{0,40}".prop_map(Value::from),
        prop::sample::select(vec![
            "",
            " ",
            "[deleted]",
            "[removed]",
            "t3_abc",
            "/r/a/comments/b",
            "https://reef.example/@ana/1",
            "https://reef.example",
            "at://did:plc:marrow9/app.bsky.feed.post/3mcq",
            "2031-03-17T18:00:00Z",
            "9999-12-31T23:59:59Z",
            "javascript:alert(1)",
            "ana@reef.example",
        ])
        .prop_map(Value::from),
        Just(Value::from("ä".repeat(MAX_FIELD_BYTES))),
    ];
    let name = "[a-z_]{1,8}|text|facets|index|byteStart|byteEnd|features|uri|tag|embed|external|images|alt|record|media\
                |title|tags|labels|values|val|createdAt|permalink|options|url";
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..5).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}
