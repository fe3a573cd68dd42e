//! Chat completions, as OpenAI and many other servers have them.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::Read;
use super::failure::Failure;
use super::request::{Ask, Usage};
use crate::ingest::NO_MONEY;

pub(super) const PATH: &str = "/v1/chat/completions";

pub(super) fn body(ask: &Ask, model: &str, system: &str, plain: bool) -> Value {
    let format = if plain {
        json!({ "type": "json_object" })
    } else {
        json!({ "type": "json_schema", "json_schema": { "name": ask.name, "strict": true, "schema": ask.schema } })
    };
    // Servers that are older than `max_completion_tokens` do not take a schema either.
    let longest = if plain { "max_tokens" } else { "max_completion_tokens" };
    let mut body = json!({
        "model": model,
        "messages": [{ "role": "system", "content": system }, { "role": "user", "content": ask.user }],
        "response_format": format,
    });
    body[longest] = json!(ask.max_tokens);
    body
}

pub(super) fn read(body: &Value) -> Read {
    let choice = &body["choices"][0];
    if !choice["message"].is_object() {
        return Read::foreign();
    }
    let stop = choice["finish_reason"].as_str().unwrap_or_default();
    let count = |name: &str| body["usage"][name].as_u64();
    let usage = count("prompt_tokens").zip(count("completion_tokens")).map(|(prompt, output)| {
        // Here what was kept is part of the prompt's count.
        let kept = body["usage"]["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap_or_default();
        Usage {
            input: prompt.saturating_sub(kept),
            cache_read: kept.min(prompt),
            output,
            reasoning: body["usage"]["completion_tokens_details"]["reasoning_tokens"]
                .as_u64()
                .unwrap_or_default(),
            ..Usage::default()
        }
    });
    // A refusal stops as an answer does, so it is looked at first.
    let refusal = choice["message"]["refusal"].as_str().is_some_and(|said| !said.is_empty());
    let text = match stop {
        _ if refusal => Err(Failure::Refused),
        "stop" => Ok(choice["message"]["content"].as_str().unwrap_or_default().to_owned()),
        "length" => Err(Failure::CutOff),
        "content_filter" => Err(Failure::Filtered),
        other => Err(Failure::Unfinished(super::client::word(other))),
    };
    Read::of(text, stop, usage)
}

pub(super) fn refused(status: u16, body: &Value, wait: Option<Duration>) -> Failure {
    let code = body["error"]["code"].as_str().unwrap_or_default();
    let kind = body["error"]["type"].as_str().unwrap_or_default();
    let said = body["error"]["message"].as_str().unwrap_or_default().to_lowercase();
    let param = body["error"]["param"].as_str().unwrap_or_default();
    if status == 402 || NO_MONEY.contains(&code) || NO_MONEY.contains(&kind) {
        return Failure::NoMoney;
    }
    let about = |word: &str| param.contains(word) || said.contains(word);
    match status {
        400 | 413 | 422 if code == "context_length_exceeded" || about("context length") => Failure::TooLong,
        400 | 422 if about("response_format") || about("json_schema") || about("max_completion_tokens") => {
            Failure::NoSchema
        }
        _ => super::client::by_status(status, wait),
    }
}
