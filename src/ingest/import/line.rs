//! One line of an archive, and the record it is.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::report::{DELETED_WITHOUT_REASON, SkipReason, SkippedLine};
use crate::address::http_url;
use crate::address::native_id;
use crate::ingest::field::fit;
use crate::model::{Engagement, IncomingRecord, Platform, SourceClass, TombstoneReason};

/// A line as it is written. What is not named here is ignored.
#[derive(serde::Deserialize)]
struct Line {
    platform: String,
    #[serde(default)]
    id: Option<Id>,
    #[serde(default)]
    published: Option<serde_json::Value>,
    #[serde(default)]
    published_utc: Option<Time>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    author: Option<String>,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    class: Option<SourceClass>,
    #[serde(default)]
    score: Option<i64>,
    #[serde(default)]
    replies: Option<i64>,
    #[serde(default)]
    answers: Option<String>,
    #[serde(default)]
    quotes: Option<String>,
    #[serde(default)]
    seen: Option<Time>,
    #[serde(default)]
    edited: Option<Time>,
    #[serde(default)]
    deleted: Option<Deleted>,
}

/// A record, and whether one of its texts was cut.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) record: IncomingRecord,
    pub(super) cut: bool,
}

/// Why a line is no record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    reason: SkipReason,
    column: Option<usize>,
    why: String,
}

impl Fault {
    pub(super) fn new(reason: SkipReason, why: impl Into<String>) -> Self {
        Self { reason, column: None, why: why.into() }
    }

    pub(super) fn at(self, line: u64) -> SkippedLine {
        SkippedLine { line, column: self.column, reason: self.reason, why: self.why }
    }
}

/// Reads a line. `now` stands in for the time of a deletion that names none.
pub(super) fn parse(bytes: &[u8], now: DateTime<Utc>) -> Result<Read, Fault> {
    let bytes = bytes.trim_ascii_end();
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        // serde would take an array for a record whose fields stand in order.
        return Err(Fault {
            column: Some(1),
            ..Fault::new(SkipReason::NotJson, "it does not begin with `{`")
        });
    }
    let line: Line = serde_json::from_slice(bytes).map_err(|err| json_fault(&err))?;
    let kind = Kind::of(&line.platform)?;
    let url = line.url.as_deref().map(str::trim).filter(|url| !url.is_empty());
    let file_id = line.id.map(|Id(id)| id).filter(|id| !id.is_empty());
    let (platform, native_id) = identify(kind.platform, &line.platform, url, file_id)?;
    let deleted = line.deleted.and_then(|Deleted(reason)| reason);

    let seen = line.seen.map(|Time(at)| at);
    let claimed =
        line.published_utc.map(|Time(at)| at).or_else(|| line.published.as_ref().and_then(time_of_value));
    let published_at = claimed
        .or_else(|| deleted.is_some().then(|| seen.unwrap_or(now)))
        .ok_or_else(|| Fault::new(SkipReason::NoTime, "neither `published_utc` nor `published` is a time"))?;

    let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let mut body = line.text.unwrap_or_default();
    let mut title = some(line.title);
    if kind.cuts_titles {
        // The first words of the text again. Without a text they are all there is.
        let first_words = title.take();
        if body.trim().is_empty() {
            body = first_words.unwrap_or_default();
        }
    }
    if deleted.is_none() && title.is_none() && body.trim().is_empty() {
        return Err(Fault::new(SkipReason::NoText, "neither title nor text"));
    }

    let venue = match line.source.as_deref().map(str::trim) {
        Some("Twitter") => "X".to_owned(),
        Some(source) if !source.is_empty() && platform == Platform::Feed => {
            super::super::outlet::outlet(source, url.unwrap_or_default())
        }
        Some(source) if !source.is_empty() => source.to_owned(),
        Some(_) | None => url
            .and_then(http_url)
            .and_then(|url| url.host_str().map(str::to_owned))
            .unwrap_or_else(|| platform.display_name().to_owned()),
    };
    let tags = line.tags.unwrap_or_default().into_iter().map(|tag| tag.trim().to_owned());
    let mut record = IncomingRecord {
        permalink: url.map_or_else(|| native_id.clone(), str::to_owned),
        class: line.class.unwrap_or(kind.class),
        platform,
        native_id,
        author: author(line.author),
        venue,
        published_at,
        archived_seen_at: seen,
        edited_at: line.edited.map(|Time(at)| at),
        title,
        body,
        tags: tags.filter(|tag| !tag.is_empty()).collect(),
        answers: line.answers,
        quotes: line.quotes,
        engagement: Engagement { score: line.score, replies: line.replies },
        deleted,
    };
    let cut = fit(&mut record);
    Ok(Read { record, cut })
}

/// The id on the platform where the address tells it, else the archive's own.
fn identify(
    platform: Platform,
    name: &str,
    url: Option<&str>,
    file_id: Option<String>,
) -> Result<(Platform, String), Fault> {
    if let Some(id) = url.and_then(|url| native_id(&platform, url)) {
        return Ok((platform, id));
    }
    match file_id {
        Some(id) => Ok((Platform::Archive(name.to_owned()), id)),
        None => Err(Fault::new(
            SkipReason::NoIdentity,
            format!("`url` is no address of a record on `{name}`, and there is no `id`"),
        )),
    }
}

/// What a platform's name in an archive means.
struct Kind {
    platform: Platform,
    class: SourceClass,
    /// Whether titles are only the beginning of the text.
    cuts_titles: bool,
}

impl Kind {
    fn of(name: &str) -> Result<Self, Fault> {
        let platform = match name {
            "twitter" | "x" => Platform::X,
            "rss" | "linked_article" | "feed" => Platform::Feed,
            "" => return Err(Fault::new(SkipReason::WrongShape, "`platform` is empty")),
            other => other.parse().unwrap_or_else(|_| Platform::Archive(other.to_owned())),
        };
        let class = match name {
            "research_blog" => SourceClass::Essay,
            _ => SourceClass::default_for(&platform),
        };
        let cuts_titles = matches!(platform, Platform::X | Platform::Bluesky | Platform::Mastodon);
        Ok(Self { platform, class, cuts_titles })
    }
}

fn author(name: Option<String>) -> Option<String> {
    let name = name?.trim().to_owned();
    let bare = name.strip_prefix("u/").or_else(|| name.strip_prefix('@')).unwrap_or(&name);
    let unknown = matches!(bare, "" | "[deleted]" | "[removed]" | "None" | "null");
    (!unknown).then_some(name)
}

fn json_fault(err: &serde_json::Error) -> Fault {
    let reason = match err.classify() {
        serde_json::error::Category::Data => SkipReason::WrongShape,
        serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof
        | serde_json::error::Category::Io => SkipReason::NotJson,
    };
    // The line's number in its own text is always 1: the file's number is told instead.
    let why = err.to_string();
    let why = why.rsplit_once(" at line ").map_or(why.as_str(), |(why, _)| why);
    Fault { reason, column: (err.column() > 0).then(|| err.column()), why: why.to_owned() }
}

/// A time: RFC 3339, a date, a time without zone (taken as UTC), or seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Time(DateTime<Utc>);

fn time_of_text(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    let naive = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let naive = naive.or_else(|| Some(text.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN)));
    naive.map(|naive| naive.and_utc())
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a float cast saturates, and such a time is then refused"
)]
fn time_of_seconds(seconds: f64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis((seconds * 1_000.0) as i64).filter(|_| seconds.is_finite())
}

fn time_of_value(value: &serde_json::Value) -> Option<DateTime<Utc>> {
    match value {
        serde_json::Value::String(text) => time_of_text(text),
        serde_json::Value::Number(number) => time_of_seconds(number.as_f64()?),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_) => None,
    }
}

/// A visitor of one scalar: what each kind of it means.
struct Scalar<T> {
    expected: &'static str,
    text: fn(&str) -> Option<T>,
    /// By its value, and as it is written: large ids do not fit a float.
    number: fn(f64, &dyn fmt::Display) -> Option<T>,
    flag: fn(bool) -> Option<T>,
}

impl<T> Scalar<T> {
    fn of_number<E: Error>(self, n: f64, written: &dyn fmt::Display) -> Result<T, E> {
        (self.number)(n, written)
            .ok_or_else(|| E::custom(format_args!("`{written}` is not {}", self.expected)))
    }
}

impl<T> Visitor<'_> for Scalar<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.text)(text).ok_or_else(|| E::custom(format_args!("`{text}` is not {}", self.expected)))
    }
    fn visit_f64<E: Error>(self, n: f64) -> Result<T, E> {
        self.of_number(n, &n)
    }
    fn visit_i64<E: Error>(self, n: i64) -> Result<T, E> {
        self.of_number(n as f64, &n)
    }
    fn visit_u64<E: Error>(self, n: u64) -> Result<T, E> {
        self.of_number(n as f64, &n)
    }
    fn visit_bool<E: Error>(self, flag: bool) -> Result<T, E> {
        (self.flag)(flag).ok_or_else(|| E::custom(format_args!("`{flag}` is not {}", self.expected)))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Scalar {
            expected: "a time such as `2031-03-17T19:00:00Z`",
            text: |text| time_of_text(text).map(Self),
            number: |seconds, _| time_of_seconds(seconds).map(Self),
            flag: |_| None,
        })
    }
}

/// The archive's id: a text, or a number.
struct Id(String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Scalar {
            expected: "an id",
            text: |text| Some(Self(text.trim().to_owned())),
            number: |_, written| Some(Self(written.to_string())),
            flag: |_| None,
        })
    }
}

/// Whether the record is gone, and by whom.
struct Deleted(Option<TombstoneReason>);

impl<'de> Deserialize<'de> for Deleted {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Scalar {
            expected: "true, false, `author`, `moderator`, `missing` or `request`",
            text: |text| text.parse().ok().map(|reason| Self(Some(reason))),
            number: |_, _| None,
            flag: |gone| Some(Self(gone.then_some(DELETED_WITHOUT_REASON))),
        })
    }
}
