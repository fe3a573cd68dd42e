//! Anthropic's messages: how they are asked, and what they answer.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Read;
use super::failure::Failure;
use super::request::{Ask, Usage};

pub(super) const PATH: &str = "/v1/messages";
pub(super) const VERSION: &str = "2023-06-01";

/// Neither a temperature nor words put into the model's mouth: some models refuse both.
pub(super) fn body(ask: &Ask, model: &str, system: &str, plain: bool) -> Value {
    let mut body = json!({
        "model": model,
        "max_tokens": ask.max_tokens,
        "system": system,
        "messages": [{ "role": "user", "content": ask.user }],
    });
    if !plain {
        body["output_config"] = json!({ "format": { "type": "json_schema", "schema": ask.schema } });
    }
    body
}

pub(super) fn read(body: &Value) -> Read {
    let Some(blocks) = body["content"].as_array().filter(|_| body["type"] == "message") else {
        return Read::foreign();
    };
    let stop = body["stop_reason"].as_str().unwrap_or_default();
    // Thoughts may come first: only blocks of text are the answer.
    let text: String =
        blocks.iter().filter(|b| b["type"] == "text").filter_map(|b| b["text"].as_str()).collect();
    let count = |name: &str| body["usage"][name].as_u64();
    let usage = count("input_tokens").zip(count("output_tokens")).map(|(input, output)| Usage {
        input,
        cache_write: count("cache_creation_input_tokens").unwrap_or_default(),
        cache_read: count("cache_read_input_tokens").unwrap_or_default(),
        output,
        ..Usage::default()
    });
    let text = match stop {
        "end_turn" | "stop_sequence" => Ok(text),
        "max_tokens" => Err(Failure::CutOff),
        "model_context_window_exceeded" => Err(Failure::TooLong),
        "refusal" => Err(Failure::Refused),
        other => Err(Failure::Unfinished(super::client::word(other))),
    };
    Read::of(text, stop, usage)
}

pub(super) fn refused(status: u16, body: &Value, wait: Option<Duration>) -> Failure {
    let kind = body["error"]["type"].as_str().unwrap_or_default();
    let code = body["error"]["details"]["error_code"].as_str().unwrap_or_default();
    let said = body["error"]["message"].as_str().unwrap_or_default().to_lowercase();
    if code == "enforced_spend_limit_reached" || kind == "billing_error" || status == 402 {
        return Failure::NoMoney;
    }
    match status {
        400 if said.contains("spend limit")
            || said.contains("usage limit")
            || said.contains("credit balance") =>
        {
            Failure::NoMoney
        }
        400 if said.contains("output_config")
            || said.contains("output_format")
            || said.contains("json_schema") =>
        {
            Failure::NoSchema
        }
        400 if said.contains("too long") || said.contains("context") => Failure::TooLong,
        529 => Failure::Overloaded(wait),
        _ if kind == "overloaded_error" => Failure::Overloaded(wait),
        _ => super::client::by_status(status, wait),
    }
}
