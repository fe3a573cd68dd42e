//! `[model]`: a language model that writes, for those who have one.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::error::Fault;
use super::secret::{Secret, SecretSource};
use super::section::section;
use super::setting::{any, lasting, text_setting, within};
use crate::llm::Provider;

section! {
    /// A language model that writes stories. Without a provider they are written without one.
    pub struct ModelSettings {
        /// Whose way of asking the server understands: `anthropic`, `openai` or `ollama`. The quotes of stories are sent there. Default: none.
        pub provider: Option<Provider> = None, any;
        /// The server's address, if it is not the provider's own. Default: none.
        pub base_url: Option<Url> = None, any;
        /// The model's name, as that server knows it. Default: none.
        pub model: String = String::new(), any;
        /// The server's key: only from the environment, `NEWSDESK_MODEL__KEY`. Default: none.
        pub key: Option<Secret> = None, any;
        /// A file with the key, which nobody but its owner may read. Default: none.
        pub key_file: Option<PathBuf> = None, any;
        /// Whether it may paraphrase a source. Each paraphrase is confirmed by a second question, or dropped. Default: true.
        pub reports: bool = true, any;
        /// How often sentences that failed their checks are sent back. Default: 2.
        pub repairs: u32 = 2, within(0..=2);
        /// Longest answer, in tokens. Default: 4000.
        pub max_output_tokens: u32 = 4_000, within(500..=64_000);
        /// Longest time for one request; a local model is loaded by the first one. Default: `2m`.
        pub timeout: Duration = Duration::from_mins(2), lasting("100ms", "30m");
        /// A server that failed is left alone for so long; stories are written without it meanwhile. Default: `5m`.
        pub rest: Duration = Duration::from_mins(5), lasting("1s", "1d");
        /// What may be spent in a day (UTC), in dollars. At a cap stories are written without the model. Default: 1.
        pub day_cap: f64 = 1.0, within(0.0..=1_000_000.0);
        /// What may be spent in a month, in dollars. Default: 20.
        pub month_cap: f64 = 20.0, within(0.0..=1_000_000.0);
        /// What may be spent on one topic in a day, in dollars. Default: 0.5.
        pub topic_day_cap: f64 = 0.5, within(0.0..=1_000_000.0);
        /// Tokens in a day, read and written, whatever they cost. Default: 1000000.
        pub tokens_day_cap: u64 = 1_000_000, any;
        /// Dollars for a million tokens read. Default: 0.
        pub price_in: f64 = 0.0, within(0.0..=10_000.0);
        /// Dollars for a million tokens written. Default: 0.
        pub price_out: f64 = 0.0, within(0.0..=10_000.0);
        /// Dollars for a million tokens that the server reads and keeps. Default: 0.
        pub price_cache_write: f64 = 0.0, within(0.0..=10_000.0);
        /// Dollars for a million tokens that it had kept. Default: 0.
        pub price_cache_read: f64 = 0.0, within(0.0..=10_000.0);
    }
}

impl ModelSettings {
    /// Where the key comes from, if there is one.
    pub fn key_source(&self) -> Option<SecretSource> {
        SecretSource::of(self.key.as_ref(), self.key_file.as_ref())
    }
}

text_setting!(Provider, "anthropic", |text| text.parse().map_err(|_| {
    Fault::new(format!("`{text}` is no provider"))
        .hint("write `anthropic`, `openai` (any server that speaks like it) or `ollama`")
}));
