//! One shape for TOML, environment variables and flags: values that know where they came from.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

/// A place in one of the reader's sources.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// Index into the reader's sources.
    pub(super) source: usize,
    /// Bytes of that source's text.
    pub(super) span: Range<usize>,
}

/// A value with its place and the dotted path to it, such as `signal.min_authors`.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) origin: Origin,
    pub(super) path: String,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    String(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Datetime(String),
    Array(Vec<Node>),
    Table(Table),
    /// From a variable or flag: text whose type is decided by the setting that reads it.
    Raw(String),
}

impl Value {
    /// As a message calls it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::String(text) | Self::Raw(text) => format!("`{}`", shortened(text)),
            Self::Integer(n) => format!("the number {n}"),
            Self::Float(x) => format!("the number {x}"),
            Self::Boolean(b) => format!("`{b}`"),
            Self::Datetime(text) => format!("the date {text}"),
            Self::Array(_) => "a list".to_owned(),
            Self::Table(_) => "a table".to_owned(),
        }
    }
}

/// A message is a line: a whole paragraph pasted into a wrong field is not repeated.
fn shortened(text: &str) -> String {
    const MAX: usize = 60;
    if text.chars().count() <= MAX {
        return text.to_owned();
    }
    text.chars().take(MAX).chain(['…']).collect()
}

pub(super) type Table = BTreeMap<String, Entry>;

#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Where the key stands.
    pub(super) key: Origin,
    pub(super) node: Node,
}

/// Parses a TOML text whose mistakes will be reported against `source`.
///
/// # Errors
/// The parser's message and the place it stopped.
pub(super) fn parse_toml(source: usize, text: &str) -> Result<Node, (String, Range<usize>)> {
    let document = DeTable::parse(text).map_err(|err| {
        let span = err.span().unwrap_or(0..0);
        (err.message().to_owned(), span)
    })?;
    let span = document.span();
    let table = table(source, document.into_inner(), "");
    Ok(Node { value: Value::Table(table), origin: Origin { source, span }, path: String::new() })
}

fn table(source: usize, toml: DeTable<'_>, path: &str) -> Table {
    toml.into_iter()
        .map(|(key, value)| {
            let origin = Origin { source, span: key.span() };
            let name = key.into_inner().into_owned();
            let path = joined(path, &name);
            (name, Entry { key: origin, node: node(source, value, path) })
        })
        .collect()
}

fn node(source: usize, toml: Spanned<DeValue<'_>>, path: String) -> Node {
    let origin = Origin { source, span: toml.span() };
    let value = match toml.into_inner() {
        DeValue::String(text) => Value::String(text.into_owned()),
        // A number too large for 64 bits is no number any setting takes.
        DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix())
            .map_or_else(|_| Value::String(n.as_str().to_owned()), Value::Integer),
        DeValue::Float(x) => {
            x.as_str().parse().map_or_else(|_| Value::String(x.as_str().to_owned()), Value::Float)
        }
        DeValue::Boolean(b) => Value::Boolean(b),
        DeValue::Datetime(date) => Value::Datetime(date.to_string()),
        DeValue::Array(items) => Value::Array(
            items
                .into_iter()
                .enumerate()
                .map(|(n, item)| node(source, item, format!("{path}[{n}]")))
                .collect(),
        ),
        DeValue::Table(inner) => Value::Table(table(source, inner, &path)),
    };
    Node { value, origin, path }
}

/// A tree with one leaf, as a variable or flag makes it.
pub(super) fn single(source: usize, path: &[&str], value: &str) -> Node {
    let origin = Origin { source, span: 0..value.len() };
    let leaf = Node { value: Value::Raw(value.to_owned()), origin: origin.clone(), path: path.join(".") };
    (0..path.len()).rev().fold(leaf, |node, depth| {
        let entry = Entry { key: origin.clone(), node };
        let table = Table::from([(path[depth].to_owned(), entry)]);
        Node { value: Value::Table(table), origin: origin.clone(), path: path[..depth].join(".") }
    })
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
