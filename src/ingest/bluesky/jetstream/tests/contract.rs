//! Recorded frames, and frames that nobody would record.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::ingest::testing::{check, payloads};

fn recorded(name: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(payloads(&format!("bluesky/{name}"))?).unwrap();
    Some(text.lines().map(str::to_owned).collect())
}

#[test]
fn recorded_captures_are_read_line_by_line() {
    for (name, posts, deleted) in
        [("jetstream_v1_golden.jsonl", 1, 0), ("jetstream_v1_capture_2026-07-04.jsonl", 17, 1)]
    {
        let Some(lines) = recorded(name) else { return };
        let mut found = (0, 0);
        let mut ids = BTreeSet::new();
        for line in &lines {
            match capture_line(line.as_bytes()) {
                Ok(Some(record)) if record.deleted.is_some() => found.1 += 1,
                Ok(Some(record)) => {
                    found.0 += 1;
                    check(&record);
                    let line: Value = serde_json::from_str(line).unwrap();
                    let parent = line.pointer("/commit/record/reply/parent/uri").and_then(Value::as_str);
                    let answered = record.answers.as_deref();
                    let answered = answered.and_then(|at| crate::address::native_id(&record.platform, at));
                    assert_eq!(answered.as_deref(), parent, "{name}");
                    assert!(record.author.as_deref().is_some_and(|author| author.starts_with("did:plc:")));
                    assert!(!record.body.trim().is_empty() && ids.insert(record.native_id));
                }
                Ok(None) => {}
                Err(skipped) => panic!("{name}: {skipped:?}"),
            }
        }
        assert_eq!(found, (posts, deleted), "{name}");
    }
}

#[test]
fn a_recorded_stream_gives_what_a_capture_of_it_gives() {
    let Some(lines) = recorded("jetstream_v1_capture_2026-07-04.jsonl") else { return };
    let mut intake = JetstreamIntake::new(Arc::new(|_: &str| true));
    let now = "2026-07-04T14:40:00Z".parse().unwrap();
    lines.iter().for_each(|line| intake.take(line, now));
    let batch = intake.drain();
    assert_eq!(batch.skipped, []);
    let mut captured: Vec<_> =
        lines.iter().filter_map(|line| capture_line(line.as_bytes()).unwrap()).collect();
    captured.sort_by(|a, b| a.native_id.cmp(&b.native_id));
    assert_eq!(batch.records, captured);
    assert_eq!(batch.changed.len(), 1);
}

#[test]
fn a_line_that_is_no_event_is_told() {
    for empty in ["", "  ", "\r\n"] {
        assert_eq!(capture_line(empty.as_bytes()), Ok(None));
    }
    for odd in [&b"{"[..], b"\xff\xfe", b"[1]", b"{\"did\":\"x\"}", b"null"] {
        assert!(capture_line(odd).is_err(), "{odd:?}");
    }
    let gone = capture_line(commit(5, "did:plc:ana", "delete", "3one", None).as_bytes()).unwrap().unwrap();
    assert_eq!((gone.native_id, gone.deleted), (id("3one"), Some(TombstoneReason::Author)));
    let untimed = commit(5, "did:plc:ana", "update", "3one", Some(text("words")));
    let record = capture_line(untimed.as_bytes()).unwrap().unwrap();
    assert_eq!(record.published_at, "2031-03-17T11:00:00Z".parse::<DateTime<Utc>>().unwrap());
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(
        cut in 0_usize..600, at in 0_usize..600, with in prop::collection::vec(any::<u8>(), 0..12),
    ) {
        let record = json!({
            "text": "night train grüßt", "createdAt": "2031-03-17T11:00:00Z", "tags": ["a"],
            "facets": [{ "index": { "byteStart": 0, "byteEnd": 5 }, "features": [{ "uri": "https://a.example/" }] }],
            "embed": { "external": { "uri": "https://a.example/", "title": "T", "description": "D" } },
            "reply": { "parent": { "uri": "at://did:plc:bo/app.bsky.feed.post/3two" } },
        });
        let mut bytes = commit(now_us(), "did:plc:ana", "create", "3one", Some(record)).into_bytes();
        let at = at.min(bytes.len());
        let end = (at + with.len()).min(bytes.len());
        bytes.splice(at..end, with);
        bytes.truncate(bytes.len().saturating_sub(cut / 2));
        capture_line(&bytes).ok().flatten().iter().for_each(check);
        let mut intake = JetstreamIntake::new(Arc::new(|_: &str| true));
        intake.take(&String::from_utf8_lossy(&bytes), now());
        prop_assert!(intake.posts() <= 1);
    }
}
