//! A local server plays each provider, well and badly.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use url::Url;
use wiremock::matchers::{body_partial_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::config::Secret;

const KEY: &str = "a-key-that-nobody-sees";

fn ask() -> Ask {
    Ask {
        system: "Answer with JSON.".to_owned(),
        user: "When does the ferry leave?".to_owned(),
        name: "ferry",
        schema: json!({ "type": "object" }),
        max_tokens: 100,
    }
}

fn settings(provider: Provider, server: &MockServer) -> ClientSettings {
    ClientSettings {
        key: Some(Secret::new(KEY)),
        pause: Duration::ZERO,
        longest_wait: Duration::from_millis(50),
        timeout: Duration::from_millis(400),
        ..ClientSettings::new(provider, Url::parse(&server.uri()).unwrap(), "small-1")
    }
}

fn client(provider: Provider, server: &MockServer) -> Client {
    Client::new(settings(provider, server)).unwrap()
}

/// Notes nothing.
struct NoBook;

#[async_trait]
impl Book for NoBook {
    async fn open(&self, _: Usage) -> Result<i64, Failure> {
        Ok(0)
    }

    async fn close(&self, _: i64, _: &Sent) {}
}

/// Remembers what was noted.
#[derive(Default)]
struct Notes(Mutex<Vec<Option<Sent>>>);

#[async_trait]
impl Book for Notes {
    async fn open(&self, expected: Usage) -> Result<i64, Failure> {
        assert!(expected.estimated && expected.input > 0 && expected.output == 100);
        let mut notes = self.0.lock().unwrap();
        notes.push(None);
        Ok(i64::try_from(notes.len()).unwrap() - 1)
    }

    async fn close(&self, number: i64, sent: &Sent) {
        self.0.lock().unwrap()[usize::try_from(number).unwrap()] = Some(sent.clone());
    }
}

impl Notes {
    fn last(&self) -> Sent {
        self.0.lock().unwrap().last().unwrap().clone().unwrap()
    }
}

fn said(provider: Provider, text: &str, stop: &str) -> Value {
    match provider {
        Provider::Anthropic => json!({
            "type": "message", "role": "assistant", "model": "small-1",
            "content": [{ "type": "thinking", "thinking": "Hm." }, { "type": "text", "text": text }],
            "stop_reason": stop,
            "usage": { "input_tokens": 30, "output_tokens": 9, "cache_creation_input_tokens": 4, "cache_read_input_tokens": null },
        }),
        Provider::Openai => json!({
            "object": "chat.completion",
            "choices": [{ "index": 0, "message": { "role": "assistant", "content": text, "refusal": null }, "finish_reason": stop }],
            "usage": { "prompt_tokens": 34, "completion_tokens": 9, "prompt_tokens_details": { "cached_tokens": 4 } },
        }),
        Provider::Ollama => json!({
            "model": "small-1", "message": { "role": "assistant", "content": text }, "done": true, "done_reason": stop,
            "prompt_eval_count": 34, "eval_count": 9,
        }),
    }
}

fn good_stop(provider: Provider) -> &'static str {
    match provider {
        Provider::Anthropic => "end_turn",
        Provider::Openai | Provider::Ollama => "stop",
    }
}

async fn serving(answer: ResponseTemplate, times: u64) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(answer).expect(times).mount(&server).await;
    server
}

/// What is said of one answer, asked for so often.
async fn failure(provider: Provider, answer: ResponseTemplate, times: u64) -> Failure {
    let server = serving(answer, times).await;
    let failure = client(provider, &server).ask(&ask(), &NoBook).await.unwrap_err();
    server.verify().await;
    failure
}

#[tokio::test]
async fn each_provider_is_asked_in_its_own_way_and_its_answer_is_read() {
    let schema = json!({ "type": "object" });
    for (provider, at, expected, head) in [
        (
            Provider::Anthropic,
            "/v1/messages",
            json!({ "max_tokens": 100, "output_config": { "format": { "type": "json_schema", "schema": schema } } }),
            ("x-api-key", KEY.to_owned()),
        ),
        (
            Provider::Openai,
            "/v1/chat/completions",
            json!({ "max_completion_tokens": 100, "response_format": { "type": "json_schema",
                "json_schema": { "name": "ferry", "strict": true, "schema": schema } } }),
            ("authorization", format!("Bearer {KEY}")),
        ),
        (
            Provider::Ollama,
            "/api/chat",
            json!({ "stream": false, "format": schema, "options": { "num_predict": 100, "num_ctx": 1024 } }),
            ("authorization", format!("Bearer {KEY}")),
        ),
    ] {
        let server = MockServer::start().await;
        let answer = said(provider, "{\"at\": 9}", good_stop(provider));
        Mock::given(method("POST"))
            .and(path(at))
            .and(header(head.0, head.1.as_str()))
            .and(body_partial_json(expected))
            .and(body_partial_json(json!({ "model": "small-1" })))
            .respond_with(
                ResponseTemplate::new(200).set_body_json(answer).insert_header("request-id", "req_1<b>"),
            )
            .mount(&server)
            .await;
        let notes = Notes::default();
        let text = client(provider, &server).ask(&ask(), &notes).await.unwrap();
        assert_eq!(text, "{\"at\": 9}", "{provider}");
        let sent = notes.last();
        let usage = sent.usage.unwrap();
        assert_eq!((usage.input + usage.cache_read + usage.cache_write, usage.output), (34, 9), "{provider}");
        assert!(!usage.estimated);
        assert_eq!((sent.status, sent.request_id.as_deref()), (Some(200), Some("req_1b")));
        let body: Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
        assert!(body.get("temperature").is_none() && body.get("tools").is_none(), "{provider}");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_told_apart_before_it_is_read() {
    use Provider::{Anthropic, Ollama, Openai};
    let ok = |body: Value| ResponseTemplate::new(200).set_body_json(body);
    let refusal = {
        let mut body = said(Openai, "", "stop");
        body["choices"][0]["message"] = json!({ "role": "assistant", "content": null, "refusal": "No." });
        body
    };
    let mut half = said(Ollama, "{\"at\"", "stop");
    half["done"] = json!(false);
    for (provider, body, expected) in [
        (Anthropic, said(Anthropic, "I will not.", "refusal"), Failure::Refused),
        (Anthropic, said(Anthropic, "{\"at\": ", "max_tokens"), Failure::CutOff),
        (Anthropic, said(Anthropic, "{}", "model_context_window_exceeded"), Failure::TooLong),
        (Anthropic, said(Anthropic, "{}", "pause_turn"), Failure::Unfinished("pause_turn".to_owned())),
        (Anthropic, said(Anthropic, "{}", "x <@1> y"), Failure::Unfinished("x1y".to_owned())),
        (Anthropic, said(Anthropic, " ", "end_turn"), Failure::Empty),
        (Anthropic, json!({ "type": "error" }), Failure::Foreign),
        (Openai, refusal, Failure::Refused),
        (Openai, said(Openai, "{\"at\": ", "length"), Failure::CutOff),
        (Openai, said(Openai, "", "content_filter"), Failure::Filtered),
        (Openai, said(Openai, "{}", "tool_calls"), Failure::Unfinished("tool_calls".to_owned())),
        (Openai, json!({ "choices": [] }), Failure::Foreign),
        (Ollama, said(Ollama, "{\"at\"", "length"), Failure::CutOff),
        (Ollama, said(Ollama, "x", "load"), Failure::Empty),
        (Ollama, json!([1]), Failure::Foreign),
    ] {
        assert_eq!(failure(provider, ok(body), 1).await, expected, "{provider}");
    }
    assert_eq!(failure(Ollama, ok(half), 3).await, Failure::BrokeOff);
}

#[tokio::test]
async fn too_fast_and_no_money_are_told_apart_by_what_is_said() {
    use Provider::{Anthropic, Openai};
    let openai = |kind: &str, code: &str| json!({ "error": { "message": "m", "type": kind, "code": code } });
    let anthropic = |kind: &str| json!({ "type": "error", "error": { "type": kind, "message": "m" } });
    let spent = json!({ "type": "error", "error": { "type": "rate_limit_error", "message": "m",
        "details": { "error_code": "enforced_spend_limit_reached" } } });
    let with = |status: u16, body: Value| ResponseTemplate::new(status).set_body_json(body);
    for (provider, answer, times, expected) in [
        (Openai, with(429, openai("insufficient_quota", "insufficient_quota")), 1, Failure::NoMoney),
        (Openai, with(429, openai("x", "project_spend_limit_exceeded")), 1, Failure::NoMoney),
        (Openai, with(429, openai("requests", "rate_limit_exceeded")), 3, Failure::TooFast(None)),
        (Anthropic, with(429, spent), 1, Failure::NoMoney),
        (Anthropic, with(402, anthropic("billing_error")), 1, Failure::NoMoney),
        (Anthropic, with(429, anthropic("rate_limit_error")), 3, Failure::TooFast(None)),
        (Anthropic, with(529, anthropic("overloaded_error")), 3, Failure::Overloaded(None)),
        (Anthropic, with(500, anthropic("api_error")), 3, Failure::Server(500, None)),
        (Anthropic, with(409, anthropic("conflict_error")), 3, Failure::Server(409, None)),
        (Anthropic, with(401, anthropic("authentication_error")), 1, Failure::KeyRefused(401)),
        (Anthropic, with(404, anthropic("not_found_error")), 1, Failure::NotFound),
        (Anthropic, with(413, Value::Null), 1, Failure::TooLong),
        (Anthropic, with(400, anthropic("invalid_request_error")), 1, Failure::NotTaken(400)),
        (Openai, with(400, openai("x", "context_length_exceeded")), 1, Failure::TooLong),
        (Openai, with(500, json!({})).insert_header("x-should-retry", "false"), 1, Failure::NotTaken(500)),
        (
            Openai,
            ResponseTemplate::new(302).insert_header("location", "http://example.org/"),
            1,
            Failure::Foreign,
        ),
    ] {
        assert_eq!(failure(provider, answer, times).await, expected, "{provider}");
    }
}

#[tokio::test]
async fn a_wait_is_kept_to_in_every_form_unless_it_is_too_long() {
    for (name, value, wait) in [
        ("retry-after", "7", Duration::from_secs(7)),
        ("retry-after", "1.5", Duration::from_millis(1_500)),
        ("retry-after", "Mon, 17 Mar 2031 19:02:00 GMT", Duration::from_hours(24)),
        ("retry-after-ms", "900", Duration::from_millis(900)),
    ] {
        let answer = ResponseTemplate::new(429).insert_header(name, value);
        let Failure::TooFast(Some(found)) = failure(Provider::Openai, answer, 1).await else {
            panic!("{value}")
        };
        assert!(found <= wait && found >= wait.min(Duration::from_mins(1)), "{value}: {found:?}");
    }
    // A short one is waited for.
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after-ms", "20");
    Mock::given(method("POST")).respond_with(busy).up_to_n_times(2).mount(&server).await;
    let answer = ResponseTemplate::new(200).set_body_json(said(Provider::Openai, "{}", "stop"));
    Mock::given(method("POST")).respond_with(answer).mount(&server).await;
    let notes = Notes::default();
    assert_eq!(client(Provider::Openai, &server).ask(&ask(), &notes).await.unwrap(), "{}");
    assert_eq!(notes.0.lock().unwrap().len(), 3, "every try is noted");
}

#[tokio::test]
async fn what_is_no_json_too_large_too_slow_or_broken_off_is_named() {
    let html = ResponseTemplate::new(200).set_body_string("<html>Sign in to the café</html>");
    assert_eq!(failure(Provider::Openai, html, 1).await, Failure::Foreign);
    let html = ResponseTemplate::new(502).set_body_string("<html>Bad gateway</html>");
    assert_eq!(failure(Provider::Openai, html, 3).await, Failure::Server(502, None));
    let large = ResponseTemplate::new(200).set_body_string("x".repeat(5 * 1024 * 1024));
    assert_eq!(failure(Provider::Openai, large, 1).await, Failure::TooLarge);
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(5));
    assert_eq!(failure(Provider::Ollama, slow, 3).await, Failure::TimedOut);
    let nobody = Client::new(ClientSettings {
        pause: Duration::ZERO,
        ..ClientSettings::new(Provider::Ollama, Url::parse("http://127.0.0.1:9/").unwrap(), "small-1")
    });
    assert_eq!(nobody.unwrap().ask(&ask(), &NoBook).await.unwrap_err(), Failure::Unreachable);
}

#[tokio::test]
async fn a_server_without_schemas_is_asked_in_words_from_then_on() {
    for (provider, refusal, plain) in [
        (
            Provider::Openai,
            json!({ "error": { "message": "'response_format.type' must be 'text'", "code": null } }),
            json!({ "response_format": { "type": "json_object" }, "max_tokens": 100 }),
        ),
        (
            Provider::Anthropic,
            json!({ "type": "error", "error": { "type": "invalid_request_error", "message": "output_config: not permitted" } }),
            json!({ "max_tokens": 100 }),
        ),
        (Provider::Ollama, json!({ "error": "invalid format" }), json!({ "format": "json" })),
    ] {
        let server = MockServer::start().await;
        let no = ResponseTemplate::new(400).set_body_json(refusal);
        Mock::given(method("POST")).respond_with(no).up_to_n_times(1).expect(1).mount(&server).await;
        let yes = ResponseTemplate::new(200).set_body_json(said(provider, "{}", good_stop(provider)));
        Mock::given(method("POST"))
            .and(body_partial_json(plain))
            .respond_with(yes)
            .expect(2)
            .mount(&server)
            .await;
        let client = client(provider, &server);
        for _ in 0..2 {
            client.ask(&ask(), &NoBook).await.unwrap();
        }
        let last = server.received_requests().await.unwrap().pop().unwrap();
        let body = String::from_utf8(last.body).unwrap();
        assert!(body.contains("It fits this schema") && !body.contains("json_schema"), "{body}");
    }
}

#[tokio::test]
async fn a_server_that_passes_over_the_schema_is_told_it_in_words_the_next_time() {
    let chatty = ResponseTemplate::new(200).set_body_json(said(Provider::Openai, "Sure! At nine.", "stop"));
    let server = serving(chatty, 2).await;
    let client = client(Provider::Openai, &server);
    for _ in 0..2 {
        assert_eq!(client.ask(&ask(), &NoBook).await.unwrap(), "Sure! At nine.");
    }
    let asked = server.received_requests().await.unwrap();
    let told: Vec<bool> =
        asked.iter().map(|r| String::from_utf8_lossy(&r.body).contains("It fits this schema")).collect();
    assert_eq!(told, [false, true]);
}

#[tokio::test]
async fn a_server_that_failed_for_good_is_left_alone() {
    for (answer, long) in [(ResponseTemplate::new(401), true), (ResponseTemplate::new(503), false)] {
        let server = serving(answer, if long { 1 } else { 3 }).await;
        let client = client(Provider::Openai, &server);
        let first = client.ask(&ask(), &NoBook).await.unwrap_err();
        let Failure::LeftAlone(why, seconds) = client.ask(&ask(), &NoBook).await.unwrap_err() else {
            panic!()
        };
        assert_eq!(*why, first);
        assert_eq!(seconds > 3_000, long);
    }
    // A refusal is about a question, not about the server.
    let refused = ResponseTemplate::new(200).set_body_json(said(Provider::Anthropic, "No.", "refusal"));
    let server = serving(refused, 2).await;
    let client = client(Provider::Anthropic, &server);
    for _ in 0..2 {
        assert_eq!(client.ask(&ask(), &NoBook).await.unwrap_err(), Failure::Refused);
    }
}

#[tokio::test]
async fn a_refusal_is_billed_and_an_answer_without_tokens_is_guessed() {
    let refused = ResponseTemplate::new(200).set_body_json(said(Provider::Anthropic, "No.", "refusal"));
    let notes = Notes::default();
    client(Provider::Anthropic, &serving(refused, 1).await).ask(&ask(), &notes).await.unwrap_err();
    assert_eq!(notes.last().usage.unwrap().output, 9);
    let mut silent = said(Provider::Openai, &"{\"a\": 1}".repeat(30), "stop");
    silent["usage"] = Value::Null;
    let notes = Notes::default();
    let server = serving(ResponseTemplate::new(200).set_body_json(silent), 1).await;
    client(Provider::Openai, &server).ask(&ask(), &notes).await.unwrap();
    let usage = notes.last().usage.unwrap();
    assert!(usage.estimated && usage.input >= 20 && usage.output == 80, "{usage:?}");
}

#[tokio::test]
async fn nothing_shows_the_key() {
    let server = serving(ResponseTemplate::new(401).set_body_string(format!("bad key {KEY}")), 1).await;
    let client = client(Provider::Anthropic, &server);
    let failure = client.ask(&ask(), &NoBook).await.unwrap_err();
    for shown in [
        format!("{client:?}"),
        format!("{failure:?} {failure}"),
        format!("{:?}", settings(Provider::Openai, &server)),
    ] {
        assert!(!shown.contains(KEY), "{shown}");
    }
}

#[test]
fn an_address_may_lack_its_path() {
    for (provider, given, whole) in [
        (Provider::Anthropic, "https://api.example.org", "https://api.example.org/v1/messages"),
        (Provider::Openai, "https://api.example.org/", "https://api.example.org/v1/chat/completions"),
        (Provider::Openai, "https://example.org/ai/v1", "https://example.org/ai/v1/chat/completions"),
        (
            Provider::Openai,
            "https://example.org/v1/chat/completions",
            "https://example.org/v1/chat/completions",
        ),
        (Provider::Ollama, "http://127.0.0.1:11434/api", "http://127.0.0.1:11434/api/chat"),
    ] {
        let client = Client::new(ClientSettings::new(provider, Url::parse(given).unwrap(), "m")).unwrap();
        assert_eq!(client.address().as_str(), whole);
    }
    let file = Url::parse("file:///etc/hosts").unwrap();
    assert!(Client::new(ClientSettings::new(Provider::Openai, file, "m")).is_none());
}
