//! What the lines of a file are, by the first of them.

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::line::{self, Fault, Read};
use super::report::SkipReason;
use crate::ingest::source::Skipped;
use crate::ingest::{capture_line, hackernews, reddit};
use crate::model::IncomingRecord;

/// Lines that are looked at before a file is taken for one of our own.
pub(super) const LOOK_AT: usize = 10;

/// The kinds of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineFormat {
    /// This program's own: one object with `platform` a line.
    Own,
    /// Posts and comments as the archives of Reddit have them.
    Reddit,
    /// Items of Hacker News' Firebase interface, or hits of its search.
    HackerNews,
    /// Events of Bluesky's Jetstream.
    Jetstream,
}

/// Reads a line of somebody else's dump: a record, nothing (it is about something else), or why it is none.
type DumpLine = fn(&[u8]) -> Result<Option<IncomingRecord>, Skipped>;

impl LineFormat {
    /// The format of a line, if it shows.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let line: Value = serde_json::from_slice(bytes).ok()?;
        let has = |names: &[&str]| names.iter().all(|name| line.get(name).is_some());
        let kinds = ["story", "comment", "job", "poll", "pollopt"];
        let kind = line.get("type").and_then(Value::as_str).unwrap_or_default();
        if has(&["platform"]) {
            Some(Self::Own)
        } else if has(&["did", "time_us", "kind"]) {
            Some(Self::Jetstream)
        } else if has(&["created_utc", "subreddit"]) {
            Some(Self::Reddit)
        } else if has(&["objectID", "created_at_i"]) || (has(&["id"]) && kinds.contains(&kind)) {
            Some(Self::HackerNews)
        } else {
            None
        }
    }

    /// Who reads it, if it is somebody else's.
    fn dump_line(self) -> Option<DumpLine> {
        match self {
            Self::Own => None,
            Self::Reddit => Some(reddit::dump_line),
            Self::HackerNews => Some(hackernews::dump_line),
            Self::Jetstream => Some(capture_line),
        }
    }

    /// Reads one line. None: it is about something else than a record.
    pub(super) fn parse(self, bytes: &[u8], now: DateTime<Utc>) -> Result<Option<Read>, Fault> {
        let Some(read) = self.dump_line() else { return line::parse(bytes, now).map(Some) };
        match read(bytes.trim_ascii()) {
            Ok(record) => Ok(record.map(|record| Read { record, cut: false })),
            Err(Skipped { what, why }) => Err(Fault::new(SkipReason::NoRecord, format!("{what}: {why}"))),
        }
    }
}

impl fmt::Display for LineFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own => "records",
            Self::Reddit => "posts or comments of a Reddit dump",
            Self::HackerNews => "items of a Hacker News dump",
            Self::Jetstream => "events of a Jetstream capture",
        })
    }
}

/// What a file holds, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// One JSON object a line.
    Lines,
    /// One document that is a feed, or at least no lines.
    Document,
}

impl Content {
    /// What begins like `head`, which is the whole file or the beginning of it.
    pub(super) fn of(head: &[u8]) -> Self {
        let bare = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        match bare {
            // XML, HTML, and both in UTF-16 or UTF-32, with a mark or without.
            [b'<', ..]
            | [0xff, 0xfe, ..]
            | [0xfe, 0xff, ..]
            | [0, 0, 0xfe, 0xff, ..]
            | [0, b'<', ..]
            | [0, 0, 0, b'<', ..] => Self::Document,
            [b'{', ..] if is_json_feed(bare) => Self::Document,
            _ => Self::Lines,
        }
    }
}

/// A JSON feed, on one line or on many, says what it is near its beginning; a record may say so only within a text.
fn is_json_feed(head: &[u8]) -> bool {
    let first_line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let head_text = String::from_utf8_lossy(head);
    match serde_json::from_slice::<Value>(first_line) {
        Ok(line) => line.get("items").is_some_and(Value::is_array) && line.get("platform").is_none(),
        Err(err) if err.is_eof() => {
            let names = |name: &str| head_text.contains(name);
            !names("\"platform\"") && (names("jsonfeed.org/version") || names("\"items\""))
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::ingest::testing::{bent, check, damaged};

    #[test]
    fn a_line_shows_what_it_is() {
        for (line, format) in [
            (r#"{"platform": "rss", "id": 1, "type": "story"}"#, Some(LineFormat::Own)),
            (
                r#"{"did": "did:plc:x", "time_us": 1, "kind": "commit", "commit": {}}"#,
                Some(LineFormat::Jetstream),
            ),
            (r#"{"id": "abc", "created_utc": "1", "subreddit": "harbour"}"#, Some(LineFormat::Reddit)),
            (r#"{"id": 7, "type": "comment", "time": 1}"#, Some(LineFormat::HackerNews)),
            (r#"{"objectID": "7", "created_at_i": 1}"#, Some(LineFormat::HackerNews)),
            (r#"{"id": 7, "type": "ferry"}"#, None),
            ("[1]", None),
            ("null", None),
            ("{", None),
        ] {
            assert_eq!(LineFormat::of(line.as_bytes()), format, "{line}");
        }
    }

    #[test]
    fn a_document_is_no_line() {
        for (head, content) in [
            (&b"\xef\xbb\xbf \n<?xml version='1.0'?>"[..], Content::Document),
            (b"\xff\xfe<\0", Content::Document),
            (b"\0<\0r", Content::Document),
            (b"{\n  \"version\": \"https://jsonfeed.org/version/1\",\n", Content::Document),
            (b"{\"title\": \"x\", \"items\": []}", Content::Document),
            (b"{\"version\": \"https://jsonfeed.org/version/1\", \"items\": [{\"id\"", Content::Document),
            (b"{\"platform\": \"rss\", \"text\": \"jsonfeed.org/version\", \"x", Content::Lines),
            (b"{\"platform\": \"rss\", \"items\": []}\n{", Content::Lines),
            (b"{\"id\": 7, \"type\": \"story\"}\n", Content::Lines),
            (b"not json at all", Content::Lines),
            (b"", Content::Lines),
        ] {
            assert_eq!(Content::of(head), content, "{}", String::from_utf8_lossy(head));
        }
    }

    /// Lines of every kind that are records.
    fn lines() -> Vec<Value> {
        vec![
            json!({"platform": "rss", "url": "https://ledger.example/1", "published_utc": "2031-03-03T06:00:00Z", "title": "x",
                "text": "y", "tags": ["a"], "score": 3, "deleted": false}),
            json!({"platform": "reddit", "id": "7", "published": "2031-03-03", "text": "y", "author": "u/ana", "source": "r/harbour"}),
            json!({"did": "did:plc:ana", "time_us": 1_930_000_000_000_000_i64, "kind": "commit", "commit": {"rev": "r",
                "operation": "create", "collection": "app.bsky.feed.post", "rkey": "3k", "cid": "c",
                "record": {"$type": "app.bsky.feed.post", "text": "The ferry", "createdAt": "2031-03-17T08:00:00Z"}}}),
            json!({"id": "abc", "created_utc": 1.5, "subreddit": "harbour", "title": "x", "author": "ana", "selftext": "y"}),
            json!({"id": 7, "type": "story", "time": 1, "title": "x", "text": "y", "url": "https://ledger.example/1"}),
            json!({"objectID": "7", "created_at_i": 1, "title": "x", "author": "ana", "_tags": ["story"]}),
        ]
    }

    fn read(line: &[u8]) -> Option<IncomingRecord> {
        let format = LineFormat::of(line).unwrap_or(LineFormat::Own);
        format.parse(line, DateTime::UNIX_EPOCH).ok()?.map(|read| read.record)
    }

    #[test]
    fn every_kind_of_line_is_a_record() {
        assert!(lines().iter().all(|line| read(line.to_string().as_bytes()).is_some()));
    }

    proptest! {
        #[test]
        fn what_becomes_of_a_line_is_a_record_or_none(
            bent in prop::sample::select(lines()).prop_flat_map(bent),
            damaged in damaged(lines().iter().map(|line| line.to_string().into_bytes()).collect()),
        ) {
            read(bent.to_string().as_bytes()).iter().for_each(check);
            read(&damaged).iter().for_each(check);
            if LineFormat::of(&damaged).is_some() {
                prop_assert_eq!(Content::of(&damaged), Content::Lines);
            }
        }
    }
}
