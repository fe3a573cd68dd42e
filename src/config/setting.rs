//! Reading typed settings out of a [`Node`], with every mistake noted and none fatal.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::database::DatabaseUrl;
use super::duration::{format_duration, parse_duration};
use super::error::{ConfigError, Fault, Place, Problem};
use super::secret::Secret;
use super::slug::Slug;
use super::tree::{self, Node, Origin, Table, Value};
use crate::schedule::CronSchedule;

/// What a tree was made of.
#[derive(Debug)]
enum Source {
    Text { path: PathBuf, text: Arc<str> },
    Variable(String),
    Flag(&'static str),
}

/// Reads trees and collects what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Reader {
    sources: Vec<Source>,
    /// With the source and the byte, by which they are put in order.
    problems: Vec<(usize, usize, Problem)>,
}

impl Reader {
    /// Parses a TOML file; a syntax error is noted and gives `None`.
    pub(super) fn parse_file(&mut self, path: &Path, text: &str) -> Option<Node> {
        let source = self.sources.len();
        self.sources.push(Source::Text { path: path.to_owned(), text: Arc::from(text) });
        match tree::parse_toml(source, text) {
            Ok(node) => Some(node),
            Err((message, span)) => {
                let hint = if message.contains("duplicate") {
                    "it stands above already: keep one of the two"
                } else {
                    "texts stand in quotes (`name = \"desk\"`), lists in brackets, and a table begins with its `[name]`"
                };
                let fault = Fault::new(format!("this is not TOML: {message}")).hint(hint);
                self.note(&Origin { source, span }, fault);
                None
            }
        }
    }

    /// A tree with the one value that an environment variable holds.
    pub(super) fn variable(&mut self, name: &str, path: &[&str], value: &str) -> Node {
        self.sources.push(Source::Variable(name.to_owned()));
        tree::single(self.sources.len() - 1, path, value)
    }

    /// A tree with the one value that a flag holds.
    pub(super) fn flag(&mut self, name: &'static str, path: &[&str], value: &str) -> Node {
        self.sources.push(Source::Flag(name));
        tree::single(self.sources.len() - 1, path, value)
    }

    /// Notes a mistake at a place in one of the sources.
    pub(super) fn note(&mut self, at: &Origin, fault: Fault) {
        let place = self.place(at);
        self.problems.push((at.source, at.span.start, Problem::new(place, fault)));
    }

    /// Notes a mistake anywhere.
    pub(super) fn note_at(&mut self, place: Place, fault: Fault) {
        self.problems.push((self.sources.len(), 0, Problem::new(place, fault)));
    }

    /// Where something stands, as messages write it.
    pub(super) fn place(&self, at: &Origin) -> Place {
        match &self.sources[at.source] {
            Source::Text { path, text } => Place::in_text(path, text, at.span.clone()),
            Source::Variable(name) => Place::Variable(name.clone()),
            Source::Flag(name) => Place::Flag(name),
        }
    }

    /// # Errors
    /// All mistakes noted so far.
    pub(super) fn finish(mut self) -> Result<(), ConfigError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        self.problems.sort_by_key(|(source, at, _)| (*source, *at));
        Err(ConfigError::new(self.problems.into_iter().map(|(_, _, problem)| problem).collect()))
    }

    /// The table in `node`, its keys checked against `known`.
    pub(super) fn table<'n>(&mut self, node: &'n Node, known: &[&str]) -> Option<&'n Table> {
        let Value::Table(table) = &node.value else {
            self.note(&node.origin, wrong_type(node, "a table", "write its settings below a `[name]` line"));
            return None;
        };
        for (key, entry) in table {
            if !known.contains(&key.as_str()) {
                let fault = Fault::new(format!("unknown key `{}`", entry.node.path));
                self.note(&entry.key, fault.hint(nearest(key, known)));
            }
        }
        Some(table)
    }

    /// The item of a list whose table has a `key`: its value, or `None` with a note when it is missing.
    pub(super) fn required<T: Setting>(
        &mut self,
        node: &Node,
        table: &Table,
        key: &str,
        hint: &str,
    ) -> Option<T> {
        if let Some(entry) = table.get(key) {
            return T::read(&entry.node, self);
        }
        let path = if node.path.is_empty() { String::new() } else { format!(" in `{}`", node.path) };
        // The span of a whole table is long; its first byte is enough to show the line.
        let start = node.origin.span.start;
        let at = Origin { source: node.origin.source, span: start..start };
        self.note(&at, Fault::new(format!("`{key}` is missing{path}")).hint(hint));
        None
    }

    /// Lays the value of `key`, if there is one, over `setting`; a value that fails `check` is noted and not taken.
    pub(super) fn overlay<T, C>(&mut self, table: &Table, key: &str, setting: &mut T, check: C)
    where
        T: Setting + Clone,
        C: Fn(&T) -> Result<(), Fault>,
    {
        let Some(entry) = table.get(key) else { return };
        let mut value = setting.clone();
        value.overlay(&entry.node, self);
        match check(&value) {
            Ok(()) => *setting = value,
            Err(mut fault) => {
                fault.message = format!("`{}` {}", entry.node.path, fault.message);
                self.note(&entry.node.origin, fault);
            }
        }
    }
}

/// The hint for an unknown key.
pub(super) fn nearest(key: &str, known: &[&str]) -> String {
    let best =
        known.iter().map(|name| (strsim::jaro_winkler(key, name), *name)).max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((likeness, name)) if likeness > 0.8 => format!("did you mean `{name}`?"),
        Some(_) => {
            let sorted: BTreeSet<String> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("known here: {}", sorted.into_iter().collect::<Vec<_>>().join(", "))
        }
        None => "nothing can be set here yet; remove it".to_owned(),
    }
}

/// "`signal.min_authors` must be a whole number, found `six`".
fn wrong_type(node: &Node, expected: &str, hint: &str) -> Fault {
    let subject = if node.path.is_empty() { "this".to_owned() } else { format!("`{}`", node.path) };
    Fault::new(format!("{subject} must be {expected}, found {}", node.value.describe())).hint(hint)
}

/// A type that a setting can have.
pub(super) trait Setting: Sized {
    /// The value of `node`; `None` after noting what is wrong.
    fn read(node: &Node, reader: &mut Reader) -> Option<Self>;

    /// Lays `node` over the value: replaces it, or for a section only what the node names.
    fn overlay(&mut self, node: &Node, reader: &mut Reader) {
        if let Some(value) = Self::read(node, reader) {
            *self = value;
        }
    }

    /// Adds the dotted paths of all settings below `path`.
    fn paths(path: &str, out: &mut Vec<String>) {
        out.push(path.to_owned());
    }

    /// Adds path and value of every number, length of time and yes or no below `path`, as they are written.
    fn values(&self, _path: &str, _out: &mut Vec<(String, String)>) {}
}

impl<T: Setting> Setting for Option<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        T::read(node, reader).map(Some)
    }
}

/// A list; from a variable either TOML (`["a", "b"]`) or words between commas.
impl<T: Setting> Setting for Vec<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let items = match &node.value {
            Value::Array(items) => items.clone(),
            Value::Raw(text) => raw_list(node, text),
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Table(_) => {
                let name = node.path.rsplit('.').next().unwrap_or_default();
                reader.note(&node.origin, wrong_type(node, "a list", &format!("write `{name} = [ … ]`")));
                return None;
            }
        };
        // All items are read, so that all mistakes are told, before one of them spoils the list.
        let values: Vec<Option<T>> = items.iter().map(|item| T::read(item, reader)).collect();
        values.into_iter().collect()
    }
}

fn raw_list(node: &Node, text: &str) -> Vec<Node> {
    let words: Vec<String> = match format!("list = {text}").parse::<toml::Table>() {
        Ok(table) if text.trim_start().starts_with('[') => match table.get("list") {
            Some(toml::Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect(),
            _ => Vec::new(),
        },
        Ok(_) | Err(_) => {
            text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
        }
    };
    words.into_iter().map(|word| Node { value: Value::Raw(word), ..node.clone() }).collect()
}

impl Setting for bool {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let found = match &node.value {
            Value::Boolean(b) => Some(*b),
            Value::Raw(text) => match text.as_str() {
                "true" | "1" | "yes" | "on" => Some(true),
                "false" | "0" | "no" | "off" => Some(false),
                _ => None,
            },
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Datetime(_)
            | Value::Array(_)
            | Value::Table(_) => None,
        };
        if found.is_none() {
            reader.note(&node.origin, wrong_type(node, "`true` or `false`", "write it without quotes"));
        }
        found
    }

    fn values(&self, path: &str, out: &mut Vec<(String, String)>) {
        out.push((path.to_owned(), self.to_string()));
    }
}

fn integer(node: &Node, reader: &mut Reader) -> Option<i64> {
    let found = match &node.value {
        Value::Integer(n) => Some(*n),
        Value::Raw(text) => text.trim().parse().ok(),
        Value::String(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Array(_)
        | Value::Table(_) => None,
    };
    if found.is_none() {
        reader.note(
            &node.origin,
            wrong_type(node, "a whole number", "write digits only, without quotes or a point"),
        );
    }
    found
}

macro_rules! integer_setting {
    ($($ty:ty),*) => {$(
        impl Setting for $ty {
            fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
                let n = integer(node, reader)?;
                let fits = Self::try_from(n).ok();
                if fits.is_none() {
                    let fault = Fault::new(format!("`{}` is {n}, out of range", node.path));
                    reader.note(&node.origin, fault.hint(format!("allowed: 0 to {}", Self::MAX)));
                }
                fits
            }

            fn values(&self, path: &str, out: &mut Vec<(String, String)>) {
                out.push((path.to_owned(), self.to_string()));
            }
        }
    )*};
}
integer_setting!(u32, u64, usize);

impl Setting for f64 {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let found = match &node.value {
            Value::Float(x) => Some(*x),
            // Settings are small: 2^32 is beyond all of them, and exact.
            Value::Integer(n) => i32::try_from(*n).ok().map(Self::from),
            Value::Raw(text) => text.trim().parse().ok(),
            Value::String(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Array(_) | Value::Table(_) => {
                None
            }
        };
        let found = found.filter(|x| x.is_finite());
        if found.is_none() {
            reader.note(&node.origin, wrong_type(node, "a number", "write it without quotes, such as `0.5`"));
        }
        found
    }

    fn values(&self, path: &str, out: &mut Vec<(String, String)>) {
        out.push((path.to_owned(), self.to_string()));
    }
}

/// The text in `node`, from a file or a variable.
pub(super) fn text<'n>(node: &'n Node, reader: &mut Reader, example: &str) -> Option<&'n str> {
    match &node.value {
        Value::String(text) | Value::Raw(text) => Some(text),
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Array(_)
        | Value::Table(_) => {
            let name = node.path.rsplit('.').next().unwrap_or_default();
            reader.note(&node.origin, wrong_type(node, "a text", &format!("write `{name} = \"{example}\"`")));
            None
        }
    }
}

/// Implements [`Setting`] for a type that is written as text. `$parse` gives the value or a [`Fault`] without subject.
macro_rules! text_setting {
    ($ty:ty, $example:literal, $parse:expr) => {
        impl $crate::config::setting::Setting for $ty {
            fn read(
                node: &$crate::config::tree::Node,
                reader: &mut $crate::config::setting::Reader,
            ) -> Option<Self> {
                let text = $crate::config::setting::text(node, reader, $example)?;
                let parse: fn(&str) -> Result<$ty, $crate::config::error::Fault> = $parse;
                match parse(text) {
                    Ok(value) => Some(value),
                    Err(mut fault) => {
                        fault.message = format!("`{}`: {}", node.path, fault.message);
                        reader.note(&node.origin, fault);
                        None
                    }
                }
            }
        }
    };
}
pub(super) use text_setting;

text_setting!(String, "text", |text| Ok(text.to_owned()));

/// A secret is taken from the environment only: files are copied, shown and kept in backups.
impl Setting for Secret {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        if let Value::Raw(text) = &node.value {
            return Some(Self::new(text.trim())).filter(|secret| !secret.expose().is_empty());
        }
        let name = node.path.rsplit('.').next().unwrap_or_default();
        let variable = format!("NEWSDESK_{}", node.path.to_uppercase().replace('.', "__"));
        let fault = Fault::new(format!("`{}` is a secret and does not belong into this file", node.path));
        let fault = fault.hint(format!(
            "set the variable `{variable}`, or `{name}_file` to a file that only its owner may read"
        ));
        // Without its line: that is where the secret stands.
        let place = match reader.place(&node.origin) {
            Place::Text { path, .. } => Place::Path(path),
            other @ (Place::Variable(_) | Place::Flag(_) | Place::Path(_)) => other,
        };
        reader.note_at(place, fault);
        None
    }
}

text_setting!(PathBuf, "some/folder", |text| if text.is_empty() {
    Err(Fault::new("the path is empty").hint("name a file or folder, or remove the line"))
} else {
    Ok(PathBuf::from(text))
});
impl Setting for Duration {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let given = text(node, reader, "15m")?;
        let length = parse_duration(given);
        if length.is_none() {
            let fault = Fault::new(format!("`{}`: `{given}` is not a length of time", node.path));
            reader.note(&node.origin, fault.hint(
                "write whole numbers with a unit of `w`, `d`, `h`, `m`, `s` or `ms`, such as `90s` or `1h30m`",
            ));
        }
        length
    }

    fn values(&self, path: &str, out: &mut Vec<(String, String)>) {
        out.push((path.to_owned(), format_duration(*self)));
    }
}
text_setting!(chrono_tz::Tz, "Europe/Berlin", |text| text.parse().map_err(|_| unknown_zone(text)));
text_setting!(CronSchedule, "*/15 * * * *", |text| {
    text.parse().map_err(|err: crate::schedule::CronError| {
    Fault::new(format!("`{text}` is not a schedule: {err}"))
        .hint("five fields: minute, hour, day of month, month, day of week; `0 9 * * mon-fri` is 9:00 on weekdays")
})
});
text_setting!(Slug, "open-source-ai", |text| text.parse().map_err(|_| {
    Fault::new(format!("`{text}` is not a slug")).hint(
        "a slug is 1 to 64 of `a`-`z`, `0`-`9` and single dashes between them, such as `open-source-ai`",
    )
}));
text_setting!(DatabaseUrl, "sqlite://newsdesk.db", |text| text.parse().map_err(|err: &str| {
    // The text may hold a password: it is not repeated.
    Fault::new("this is not a database address").hint(err)
}));
text_setting!(Url, "https://example.org/", |text| web_address(text));

fn unknown_zone(text: &str) -> Fault {
    let fault = Fault::new(format!("`{text}` is not a time zone"));
    let likeness =
        |zone: &chrono_tz::Tz| strsim::jaro_winkler(&text.to_lowercase(), &zone.name().to_lowercase());
    let best = chrono_tz::TZ_VARIANTS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match best {
        Some(zone) if likeness(zone) > 0.85 => fault.hint(format!("did you mean `{}`?", zone.name())),
        Some(_) | None => fault.hint("write a name of the IANA database, such as `UTC` or `Europe/Berlin`"),
    }
}

/// An address that can be fetched: http or https, with a host.
fn web_address(text: &str) -> Result<Url, Fault> {
    const HINT: &str = "write the whole address, such as `https://example.org/feed.xml`";
    let url = Url::parse(text)
        .map_err(|err| Fault::new(format!("`{text}` is not a web address: {err}")).hint(HINT))?;
    if !["http", "https"].contains(&url.scheme()) || !url.has_host() {
        return Err(Fault::new(format!("`{text}` is not an `http` or `https` address")).hint(HINT));
    }
    if url.password().is_some() || !url.username().is_empty() {
        return Err(Fault::new("a web address may not carry a user name or password")
            .hint("remove what stands before the `@`"));
    }
    Ok(url)
}

/// A check that takes everything.
#[expect(clippy::unnecessary_wraps, reason = "it has the shape of a check")]
pub(super) fn any<T>(_: &T) -> Result<(), Fault> {
    Ok(())
}

/// A check that the value lies in the range, ends included.
pub(super) fn within<T: PartialOrd + Display>(range: RangeInclusive<T>) -> impl Fn(&T) -> Result<(), Fault> {
    move |value| {
        if range.contains(value) {
            return Ok(());
        }
        let (low, high) = (range.start(), range.end());
        Err(Fault::new(format!("is {value}, out of range")).hint(format!("allowed: {low} to {high}")))
    }
}

/// A check that the length of time lies between two others, written as in the file.
pub(super) fn lasting(low: &'static str, high: &'static str) -> impl Fn(&Duration) -> Result<(), Fault> {
    let bound = |text| parse_duration(text).expect("bounds are written in this crate");
    let range = bound(low)..=bound(high);
    move |value| {
        if range.contains(value) {
            return Ok(());
        }
        let found = format_duration(*value);
        Err(Fault::new(format!("is {found}, out of range")).hint(format!("allowed: {low} to {high}")))
    }
}

/// A check that the text says something.
#[expect(clippy::ptr_arg, reason = "a check takes the setting as it is")]
pub(super) fn filled(value: &String) -> Result<(), Fault> {
    if value.trim().is_empty() {
        return Err(Fault::new("is empty").hint("write something, or remove the line"));
    }
    Ok(())
}
