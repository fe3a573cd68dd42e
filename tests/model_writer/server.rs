//! A local server that plays a provider: it wraps what a function says in the provider's own shape, and keeps the bill.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::support::model;

/// Which provider is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Anthropic,
    Openai,
    Ollama,
}

pub(super) const KINDS: [Kind; 3] = [Kind::Anthropic, Kind::Openai, Kind::Ollama];

impl Kind {
    pub(super) fn provider(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Openai => "openai",
            Self::Ollama => "ollama",
        }
    }

    fn good_stop(self) -> &'static str {
        match self {
            Self::Anthropic => "end_turn",
            Self::Openai | Self::Ollama => "stop",
        }
    }

    /// An answer in the provider's shape: 3,000 tokens read, 900 written.
    pub(super) fn envelope(self, text: &str, stop: &str) -> Value {
        match self {
            Self::Anthropic => json!({
                "id": "msg_1", "type": "message", "role": "assistant", "model": "small-1",
                "content": [{ "type": "text", "text": text }], "stop_reason": stop, "stop_sequence": null,
                "usage": { "input_tokens": 3_000, "output_tokens": 900 },
            }),
            Self::Openai => json!({
                "id": "c1", "object": "chat.completion", "model": "small-1",
                "choices": [{ "index": 0, "finish_reason": stop,
                    "message": { "role": "assistant", "content": text, "refusal": null } }],
                "usage": { "prompt_tokens": 3_000, "completion_tokens": 900, "total_tokens": 3_900 },
            }),
            Self::Ollama => json!({
                "model": "small-1", "message": { "role": "assistant", "content": text },
                "done": true, "done_reason": stop, "prompt_eval_count": 3_000, "eval_count": 900,
            }),
        }
    }

    /// The question in a request.
    fn user(self, request: &Request) -> String {
        let body: Value = request.body_json().unwrap();
        let at = match self {
            Self::Anthropic => 0,
            Self::Openai | Self::Ollama => 1,
        };
        body["messages"][at]["content"].as_str().unwrap().to_owned()
    }
}

struct Says<F> {
    kind: Kind,
    answer: F,
    /// Questions with these words are not answered until it goes on.
    hangs_at: &'static str,
    hangs: Arc<Hanging>,
}

/// Whether some questions are left without an answer, and when one was.
#[derive(Default)]
struct Hanging {
    on: AtomicBool,
    hung: Notify,
}

impl<F: Fn(&str) -> String + Send + Sync> Respond for Says<F> {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let user = self.kind.user(request);
        let answer = self.kind.envelope(&(self.answer)(&user), self.kind.good_stop());
        let answer = ResponseTemplate::new(200).set_body_json(answer);
        if self.hangs.on.load(Ordering::Relaxed) && user.contains(self.hangs_at) {
            self.hangs.hung.notify_one();
            return answer.set_delay(Duration::from_mins(10));
        }
        answer
    }
}

/// The server.
pub(super) struct Played {
    pub(super) kind: Kind,
    server: MockServer,
    hangs: Arc<Hanging>,
    /// Whether its answers cost something.
    answers: bool,
}

impl Played {
    async fn with(kind: Kind, answer: impl Respond + 'static, hangs: Arc<Hanging>, answers: bool) -> Self {
        let server = MockServer::start().await;
        Mock::given(method("POST")).respond_with(answer).mount(&server).await;
        Self { kind, server, hangs, answers }
    }

    /// It answers as a good model would.
    pub(super) async fn well(kind: Kind) -> Self {
        Self::saying(kind, |user| model::good(user).to_string()).await
    }

    /// It answers what the function says.
    pub(super) async fn saying(kind: Kind, answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let hangs = Arc::<Hanging>::default();
        Self::with(kind, Says { kind, answer, hangs_at: "", hangs: hangs.clone() }, hangs, true).await
    }

    /// The same, but nothing comes back for questions with these words.
    pub(super) async fn hanging_at(
        kind: Kind,
        hangs_at: &'static str,
        answer: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Self {
        let hangs = Arc::<Hanging>::default();
        hangs.on.store(true, Ordering::Relaxed);
        Self::with(kind, Says { kind, answer, hangs_at, hangs: hangs.clone() }, hangs, true).await
    }

    /// It always sends this.
    pub(super) async fn always(kind: Kind, answer: ResponseTemplate) -> Self {
        Self::with(kind, answer, Arc::default(), false).await
    }

    /// Ends when a question is left without an answer.
    pub(super) async fn hung(&self) {
        self.hangs.hung.notified().await;
    }

    /// From now on it answers everything.
    pub(super) fn goes_on(&self) {
        self.hangs.on.store(false, Ordering::Relaxed);
    }

    pub(super) fn address(&self) -> String {
        self.server.uri()
    }

    /// Every question so far.
    pub(super) async fn asked(&self) -> Vec<String> {
        self.server.received_requests().await.unwrap().iter().map(|r| self.kind.user(r)).collect()
    }

    /// What it bills, in millionths of a dollar, also for answers that nobody waited for.
    pub(super) async fn billed(&self) -> i64 {
        assert!(self.answers);
        i64::try_from(self.asked().await.len()).unwrap() * super::EACH
    }

    /// The keys that were sent.
    pub(super) async fn keys(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap();
        requests.iter().map(|r| r.headers["authorization"].to_str().unwrap().to_owned()).collect()
    }
}
