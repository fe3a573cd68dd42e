//! Discord's own description of its HTTP API, as validators.
//!
//! It lies beside the checkout (`../shared/data/discord/openapi.json`) and is a preview: where it disagrees with the
//! written documentation, the latter wins. Three things are done to it before it judges:
//!
//! - objects of requests are closed, or unknown fields would pass and one branch of a union excuse another;
//! - a union is narrowed to the branch that the request means, so that an error speaks of that branch;
//! - bodies are normalised where clients write the same thing differently (see [`normalised`]).

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

use super::report::Report;

/// The document, and the validators made of it so far.
pub(crate) struct Document {
    paths: Vec<(Vec<String>, Value)>,
    components: Value,
    made: Mutex<HashMap<String, Arc<Validator>>>,
}

/// The document; `None` where it is absent, which is said once on stderr.
pub(crate) fn document() -> Option<&'static Document> {
    static DOCUMENT: OnceLock<Option<Document>> = OnceLock::new();
    DOCUMENT
        .get_or_init(|| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/discord/openapi.json");
            let Ok(text) = std::fs::read_to_string(&path) else {
                eprintln!(
                    "not run: the check against Discord's OpenAPI document, which is not beside the checkout"
                );
                return None;
            };
            Some(Document::of(serde_json::from_str(&text).expect("the OpenAPI document is JSON")))
        })
        .as_ref()
}

impl Document {
    fn of(mut whole: Value) -> Self {
        let paths = whole["paths"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(path, operations)| {
                let parts = path.split('/').filter(|p| !p.is_empty()).map(str::to_owned).collect();
                (parts, operations.clone())
            })
            .collect();
        Self { paths, components: whole["components"].take(), made: Mutex::default() }
    }

    /// Holds a request against its operation.
    pub(super) fn check_request(&self, method: &str, path: &[&str], body: &Value, report: &mut Report) {
        let Some((name, operation)) = self.operation(method, path) else {
            report.add("unknown operation", format!("{method} /{}", path.join("/")));
            return;
        };
        let content = operation.pointer("/requestBody/content/application~1json/schema");
        let Some(schema) = content else {
            let nothing = body.is_null() || body.as_object().is_some_and(serde_json::Map::is_empty);
            report.expect(nothing, "document: body", format!("{name} takes none"));
            return;
        };
        if body.is_null() {
            let required = operation.pointer("/requestBody/required") == Some(&Value::Bool(true));
            report.expect(!required, "document: body", format!("{name} needs one"));
            return;
        }
        let (branch, schema) = narrowed(schema, body);
        let validator = self.validator(&format!("{name} {branch}"), &schema, true);
        for error in validator.iter_errors(&normalised(body)) {
            report.add("document", format!("{} at {}", error, error.instance_path()));
        }
    }

    /// Holds an answer against its operation.
    pub(super) fn check_response(
        &self,
        method: &str,
        path: &[&str],
        status: u16,
        body: &Value,
        report: &mut Report,
    ) {
        let Some((name, operation)) = self.operation(method, path) else {
            report.expect(status == 404 || status == 405, "unknown operation", format!("{method} {path:?}"));
            return;
        };
        let class = format!("{}XX", status / 100);
        let known = [status.to_string(), class]
            .into_iter()
            .find_map(|key| Some((operation["responses"].get(&key)?, key)));
        let Some((response, key)) = known else {
            report.expect(status >= 500, "document: status", format!("{name} does not answer {status}"));
            return;
        };
        let response = response["$ref"].as_str().map_or(response, |reference| self.resolve(reference));
        let Some(schema) = response.pointer("/content/application~1json/schema") else {
            report.expect(body.is_null(), "document: body", format!("{name} answers {status} without one"));
            return;
        };
        let validator = self.validator(&format!("{name} {key}"), schema, false);
        for error in validator.iter_errors(body) {
            report.add("document", format!("{name} {status}: {} at {}", error, error.instance_path()));
        }
    }

    /// The operation of a path: the one with most fixed parts (`@original` is also a message's id).
    fn operation(&self, method: &str, path: &[&str]) -> Option<(String, &Value)> {
        let fits = |parts: &[String]| {
            parts.len() == path.len() && parts.iter().zip(path).all(|(p, s)| p.starts_with('{') || p == s)
        };
        let verb = method.to_ascii_lowercase();
        self.paths
            .iter()
            .filter(|(parts, operations)| fits(parts) && operations.get(&verb).is_some())
            .max_by_key(|(parts, _)| parts.iter().filter(|p| !p.starts_with('{')).count())
            .map(|(parts, operations)| (format!("{method} /{}", parts.join("/")), &operations[&verb]))
    }

    fn resolve(&self, reference: &str) -> &Value {
        let pointer = reference.strip_prefix("#/components").unwrap_or_default();
        self.components.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// Made when first asked for: all of them together take seconds.
    fn validator(&self, name: &str, schema: &Value, closed: bool) -> Arc<Validator> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = made.get(name) {
            return Arc::clone(validator);
        }
        let mut names = BTreeSet::new();
        self.reach(schema, &mut names);
        let schemas: serde_json::Map<String, Value> = names
            .into_iter()
            .map(|name| {
                let mut schema = self.components["schemas"][&name].clone();
                if closed {
                    close(&mut schema);
                }
                (name, schema)
            })
            .collect();
        let whole = json!({ "allOf": [schema], "components": { "schemas": schemas } });
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .with_format("snowflake", |text: &str| text.parse::<u64>().is_ok())
            .with_format("nonce", |text: &str| text.encode_utf16().count() <= 25)
            .should_validate_formats(true)
            .build(&whole)
            .expect("the document's schemas are valid");
        let validator = Arc::new(validator);
        made.insert(name.to_owned(), Arc::clone(&validator));
        validator
    }

    /// The component schemas that a schema leads to.
    fn reach(&self, schema: &Value, names: &mut BTreeSet<String>) {
        match schema {
            Value::Object(object) => {
                let name = schema["$ref"].as_str().and_then(|r| r.strip_prefix("#/components/schemas/"));
                if let Some(name) = name.filter(|name| names.insert((*name).to_owned())) {
                    self.reach(&self.components["schemas"][name], names);
                }
                object.values().for_each(|inner| self.reach(inner, names));
            }
            Value::Array(all) => all.iter().for_each(|inner| self.reach(inner, names)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// No field but the named ones, at any depth. Requests have no object that is put together from several.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.contains_key("properties") && !object.contains_key("additionalProperties") {
                object.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
            object.values_mut().for_each(close);
        }
        Value::Array(all) => all.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The branch of a union that a body means, by name, with its schema.
fn narrowed(schema: &Value, body: &Value) -> (String, Value) {
    let Some(branches) = schema["anyOf"].as_array() else {
        let mut schema = schema.clone();
        close(&mut schema);
        return (String::new(), schema);
    };
    let has = |keys: &[&str]| keys.iter().any(|key| body.get(key).is_some());
    let names: Vec<&str> = branches
        .iter()
        .map(|b| b["$ref"].as_str().and_then(|r| r.rsplit('/').next()).unwrap_or_default())
        .collect();
    let wanted = if names.contains(&"CreateForumThreadRequest") {
        if has(&["message", "applied_tags"]) {
            "CreateForumThreadRequest"
        } else {
            "CreateTextThreadWithoutMessageRequest"
        }
    } else if names.contains(&"UpdateThreadRequestPartial") {
        let thread = ["archived", "locked", "invitable", "auto_archive_duration", "applied_tags"];
        if has(&thread) { "UpdateThreadRequestPartial" } else { "UpdateGuildChannelRequestPartial" }
    } else if names.contains(&"IncomingWebhookRequestPartial") {
        "IncomingWebhookRequestPartial"
    } else {
        match body["type"].as_u64() {
            Some(1) => "PongInteractionCallbackRequest",
            Some(6 | 7) => "UpdateMessageInteractionCallbackRequest",
            Some(8) => "ApplicationCommandAutocompleteCallbackRequest",
            Some(9) => "ModalInteractionCallbackRequest",
            Some(12) => "LaunchActivityInteractionCallbackRequest",
            _ => "CreateMessageInteractionCallbackRequest",
        }
    };
    let branch = names.iter().position(|name| *name == wanted);
    (wanted.to_owned(), branch.map_or_else(|| schema.clone(), |at| branches[at].clone()))
}

/// A body in the document's spelling; the API takes the others too.
///
/// serenity writes ids of attachments as integers where the document wants strings, bits of permissions as strings
/// where it wants integers, and into the options of a command also what their kind does not have, as nothing. A
/// command's `nsfw` is in the written documentation and not in this one.
fn normalised(body: &Value) -> Value {
    fn bare(command: &mut Value) {
        if let Some(fields) = command.as_object_mut() {
            fields.remove("nsfw");
            fields.retain(|_, value| !value.is_null() && value.as_array().is_none_or(|all| !all.is_empty()));
            let options = fields.get_mut("options").and_then(Value::as_array_mut);
            options.into_iter().flatten().for_each(bare);
        }
    }
    fn walk(value: &mut Value, key: &str) {
        match value {
            Value::Object(object) => {
                for (name, inner) in object.iter_mut() {
                    let is_attachment_id = key == "attachments" && name == "id";
                    if let (true, Some(id)) = (is_attachment_id, inner.as_u64()) {
                        *inner = Value::String(id.to_string());
                    }
                    let is_bits = ["default_member_permissions", "allow", "deny", "permissions"]
                        .contains(&name.as_str());
                    if let (true, Some(bits)) = (is_bits, inner.as_str().and_then(|s| s.parse::<u64>().ok()))
                    {
                        *inner = bits.into();
                    }
                    walk(inner, name);
                }
            }
            Value::Array(all) => all.iter_mut().for_each(|inner| walk(inner, key)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut body = body.clone();
    walk(&mut body, "");
    match &mut body {
        Value::Array(all) => all.iter_mut().filter(|one| is_command(one)).for_each(bare),
        one if is_command(one) => bare(one),
        _ => {}
    }
    body
}

/// Commands are the only bodies with a name and options.
fn is_command(body: &Value) -> bool {
    body["name"].is_string() && body.get("options").is_some()
}
