//! Ollama's own chat.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Read;
use super::failure::Failure;
use super::request::{Ask, Usage};

pub(super) const PATH: &str = "/api/chat";

/// What does not fit into `num_ctx` is cut off without a word, so it is made large enough.
pub(super) fn body(ask: &Ask, model: &str, system: &str, plain: bool) -> Value {
    let expected = ask.expected();
    json!({
        "model": model,
        "messages": [{ "role": "system", "content": system }, { "role": "user", "content": ask.user }],
        "stream": false,
        "format": if plain { json!("json") } else { ask.schema.clone() },
        "options": {
            "temperature": 0,
            "num_ctx": (expected.input + expected.output).next_multiple_of(1_024),
            "num_predict": ask.max_tokens,
        },
    })
}

pub(super) fn read(body: &Value) -> Read {
    let Some(text) = body["message"]["content"].as_str() else { return Read::foreign() };
    let stop = body["done_reason"].as_str().unwrap_or_default();
    let count = |name: &str| body[name].as_u64();
    let usage = count("eval_count").map(|output| Usage {
        // Absent when the server had the prompt at hand.
        input: count("prompt_eval_count").unwrap_or_default(),
        output,
        ..Usage::default()
    });
    let text = match stop {
        _ if body["done"] != true => Err(Failure::BrokeOff),
        "stop" | "" => Ok(text.to_owned()),
        "length" => Err(Failure::CutOff),
        "load" | "unload" => Err(Failure::Empty),
        other => Err(Failure::Unfinished(super::client::word(other))),
    };
    Read::of(text, stop, usage)
}

pub(super) fn refused(status: u16, body: &Value, wait: Option<Duration>) -> Failure {
    let said = body["error"].as_str().unwrap_or_default().to_lowercase();
    match status {
        400 if said.contains("format") || said.contains("schema") || said.contains("grammar") => {
            Failure::NoSchema
        }
        _ => super::client::by_status(status, wait),
    }
}
