//! The shape of a JSON answer: keys and types without the values, so that a snapshot outlives its wording.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// `value` as an indented outline. Elements of an array are laid over each other; a key that not all of them have ends in `?`.
/// Checked sentences are alike wherever they stand: their shape is told once, at the end.
pub(crate) fn shape(value: &Value) -> String {
    let mut value = value.clone();
    let mut sentences = Vec::new();
    take_sentences(&mut value, &mut sentences);
    let mut out = String::new();
    draw(&merge(&[&value]), 0, &mut out);
    if !sentences.is_empty() {
        out.push_str("where a sentence is\n");
        draw(&merge(&sentences.iter().collect::<Vec<_>>()), 0, &mut out);
    }
    out.trim().to_owned()
}

/// A stand-in for a sentence that was taken out.
const SENTENCE: &str = "\u{1}sentence";

fn take_sentences(value: &mut Value, taken: &mut Vec<Value>) {
    match value {
        Value::Object(map) if map.contains_key("citations") && map.contains_key("counts") => {
            taken.push(std::mem::replace(value, Value::String(SENTENCE.to_owned())));
        }
        Value::Object(map) => map.values_mut().for_each(|inner| take_sentences(inner, taken)),
        Value::Array(list) => list.iter_mut().for_each(|inner| take_sentences(inner, taken)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[derive(Default)]
struct Shape {
    scalars: BTreeSet<&'static str>,
    keys: BTreeMap<String, (bool, Shape)>,
    items: Option<Box<Shape>>,
}

fn merge(values: &[&Value]) -> Shape {
    let mut shape = Shape::default();
    let mut items = Vec::new();
    let mut fields: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    let mut objects = 0;
    for value in values {
        match value {
            Value::Null => drop(shape.scalars.insert("null")),
            Value::Bool(_) => drop(shape.scalars.insert("bool")),
            Value::Number(_) => drop(shape.scalars.insert("number")),
            Value::String(text) if text == SENTENCE => drop(shape.scalars.insert("sentence")),
            Value::String(_) => drop(shape.scalars.insert("text")),
            Value::Array(list) => {
                shape.items.get_or_insert_default();
                items.extend(list);
            }
            Value::Object(map) => {
                objects += 1;
                for (key, value) in map {
                    fields.entry(key).or_default().push(value);
                }
            }
        }
    }
    if shape.items.is_some() {
        shape.items = Some(Box::new(merge(&items)));
    }
    shape.keys = fields
        .into_iter()
        .map(|(key, values)| (key.to_owned(), (values.len() < objects, merge(&values))))
        .collect();
    shape
}

fn draw(shape: &Shape, depth: usize, out: &mut String) {
    let scalars: Vec<&str> = shape.scalars.iter().copied().collect();
    if !scalars.is_empty() {
        out.push_str(&format!(" {}", scalars.join(" or ")));
    }
    if let Some(items) = &shape.items {
        out.push_str(" list of");
        draw(items, depth, out);
        return;
    }
    out.push('\n');
    for (key, (optional, value)) in &shape.keys {
        out.push_str(&format!("{}{key}{}:", "  ".repeat(depth + 1), if *optional { "?" } else { "" }));
        draw(value, depth + 1, out);
    }
}
