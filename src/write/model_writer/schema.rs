//! The shapes of answers, in the subset of JSON Schema that all servers hold to: everything required, nothing more allowed, no
//! lengths. Those are looked at when an answer is read.

use serde_json::{Value, json};

use super::ModelWriterSettings;
use crate::model::{Brief, Caveat};

fn object(properties: &Value) -> Value {
    let required: Vec<&String> = properties.as_object().map(|map| map.keys().collect()).unwrap_or_default();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn or_null(shape: &Value) -> Value {
    json!({ "anyOf": [shape, { "type": "null" }] })
}

fn sentence(settings: &ModelWriterSettings) -> Value {
    let kinds: &[&str] = if settings.reports {
        &["quote", "count", "report", "frame", "none_found"]
    } else {
        &["quote", "count", "frame", "none_found"]
    };
    let text = json!({ "type": "string" });
    object(&json!({
        "kind": { "type": "string", "enum": kinds },
        "text": text,
        "quotes": list(&text),
        "counts": list(&text),
    }))
}

/// A story: three to five sections, or two if it is thin.
pub(super) fn story(brief: &Brief, settings: &ModelWriterSettings) -> Value {
    let one = sentence(settings);
    let many = list(&one);
    let section = object(&json!({ "heading": one, "sentences": many }));
    let question = object(&json!({ "question": { "type": "string" }, "long": many, "short": many }));
    let mut parts = json!({
        "headline": one,
        "dek": many,
        "section_1": section,
        "section_2": section,
        "so_far": many,
        "what_happened": question,
        "what_it_means": question,
        "counter": question,
        "note": { "type": ["string", "null"] },
    });
    if !brief.caveats.contains(&Caveat::Thin) {
        parts["section_3"] = section.clone();
        parts["section_4"] = or_null(&section);
        parts["section_5"] = or_null(&section);
    }
    object(&parts)
}

/// Other sentences for those that failed.
pub(super) fn repair(settings: &ModelWriterSettings) -> Value {
    let one = object(&json!({ "id": { "type": "string" }, "sentence": or_null(&sentence(settings)) }));
    object(&json!({ "replacements": list(&one) }))
}

/// Whether a source supports a sentence.
pub(super) fn verdict() -> Value {
    let text = json!({ "type": "string" });
    object(&json!({
        "verdict": { "type": "string", "enum": ["supported", "contradicted", "not_found"] },
        "source_id": text,
        "quote": text,
    }))
}
