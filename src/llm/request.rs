//! What is asked of a model, whoever serves it, and what it took.

use serde_json::Value;

use crate::model::{Sha256, text_enum};

text_enum! {
    /// Whose way of asking a server understands.
    pub enum Provider: "provider" {
        /// Anthropic's messages.
        Anthropic => "anthropic",
        /// Chat completions, as many servers have them.
        Openai => "openai",
        /// Ollama's own chat.
        Ollama => "ollama",
    }
}

impl Provider {
    /// Where the provider itself listens.
    pub fn usual_address(self) -> &'static str {
        match self {
            Self::Anthropic => "https://api.anthropic.com",
            Self::Openai => "https://api.openai.com",
            Self::Ollama => "http://127.0.0.1:11434",
        }
    }
}

/// One request. The answer is JSON that fits the schema, or is of no use.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// What the model is told to do: ours, word for word.
    pub system: String,
    /// What it is given: data, between marks.
    pub user: String,
    /// Name of the schema: letters, digits, `_` and `-`.
    pub name: &'static str,
    /// JSON Schema of the answer, in the subset that all servers know.
    pub schema: Value,
    /// Longest answer, in tokens.
    pub max_tokens: u32,
}

/// Bytes of a token, at the least: what is taken for more than it is keeps a budget.
const BYTES_PER_TOKEN: u64 = 3;

/// Tokens that so many bytes are at most.
pub(super) fn tokens_of(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(BYTES_PER_TOKEN)
}

impl Ask {
    /// The same words, the same digest: an answer that was paid for is found again by it.
    pub fn digest(&self) -> Sha256 {
        Sha256::of(&format!("{}\u{0}{}\u{0}{}\u{0}{}", self.system, self.user, self.schema, self.max_tokens))
    }

    /// What it will take at the most.
    pub fn expected(&self) -> Usage {
        let bytes = self.system.len() + self.user.len() + self.schema.to_string().len();
        Usage {
            // A schema may stand in the prompt as well.
            input: tokens_of(bytes + self.schema.to_string().len()) + 64,
            output: u64::from(self.max_tokens),
            estimated: true,
            ..Usage::default()
        }
    }
}

/// Tokens, as far as a server said them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Read at the full price.
    pub input: u64,
    /// Read and kept by the server for the next time.
    pub cache_write: u64,
    /// Kept from an earlier time.
    pub cache_read: u64,
    /// Written, thoughts included.
    pub output: u64,
    /// Of these, thoughts.
    pub reasoning: u64,
    /// Our own guess: the server did not say.
    pub estimated: bool,
}
