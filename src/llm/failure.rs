//! What is no answer, told apart by what can be done about it.

use std::time::Duration;

/// Why there is no answer. Messages hold no key, no prompt and no words of a server's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The model would not.
    #[error("the model refused")]
    Refused,
    /// It ran into the longest answer allowed.
    #[error("the answer was cut off at its greatest length")]
    CutOff,
    /// A filter of the server's held it back.
    #[error("a filter of the server held the answer back")]
    Filtered,
    /// It stopped for another reason than being done.
    #[error("the answer stopped as `{0}`")]
    Unfinished(String),
    /// There is nothing in it.
    #[error("the answer is empty")]
    Empty,
    /// Too many requests; not before this time, if the server said one.
    #[error("the server asks to go slower")]
    TooFast(Option<Duration>),
    /// The server has too much to do.
    #[error("the server is overloaded")]
    Overloaded(Option<Duration>),
    /// An error of the server's own.
    #[error("the server failed with status {0}")]
    Server(u16, Option<Duration>),
    /// The account has no money left, or reached a limit of spending.
    #[error("the account has no credit left, or reached its limit")]
    NoMoney,
    /// The key is not taken.
    #[error("the key is refused (status {0})")]
    KeyRefused(u16),
    /// There is no such address or model.
    #[error("there is no such model, or nothing at that address")]
    NotFound,
    /// What was asked is longer than the model or the server takes.
    #[error("the request is too long for the model")]
    TooLong,
    /// The server does not know how to keep to a schema.
    #[error("the server takes no schema")]
    NoSchema,
    /// The request itself is not taken.
    #[error("the server does not take the request (status {0})")]
    NotTaken(u16),
    /// No answer in time; it may be billed.
    #[error("no answer came in time")]
    TimedOut,
    /// No connection.
    #[error("the server cannot be reached")]
    Unreachable,
    /// The answer ended in the middle.
    #[error("the answer broke off")]
    BrokeOff,
    /// Something else than an answer: a web page, another shape.
    #[error("what came back is no answer of a model")]
    Foreign,
    /// More than an answer can be.
    #[error("the answer is too large")]
    TooLarge,
    /// The server failed lately and is left alone.
    #[error("{0}; it is left alone for {1} s more")]
    LeftAlone(Box<Self>, u64),
    /// A cap of ours would be passed.
    #[error("{0}")]
    OverBudget(String),
    /// The book of requests cannot be written, so nothing is sent.
    #[error("the book of requests cannot be written")]
    NoBook,
}

/// Whether a request that brought no answer costs something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Billed {
    /// It does not.
    No,
    /// It may.
    Perhaps,
}

/// What does not mend itself is left alone for so long.
const LONG: Duration = Duration::from_hours(1);

impl Failure {
    /// Whether the same request may well be answered a little later.
    pub fn passes(&self) -> bool {
        matches!(
            self,
            Self::TooFast(_)
                | Self::Overloaded(_)
                | Self::Server(..)
                | Self::TimedOut
                | Self::Unreachable
                | Self::BrokeOff
        )
    }

    /// How long the server asked us to wait.
    pub(super) fn asked_wait(&self) -> Option<Duration> {
        match self {
            Self::TooFast(wait) | Self::Overloaded(wait) | Self::Server(_, wait) => *wait,
            _ => None,
        }
    }

    /// How long the server is left alone after it; `usual` for what passes.
    pub(super) fn rest(&self, usual: Duration) -> Option<Duration> {
        match self {
            Self::NoMoney | Self::KeyRefused(_) | Self::NotFound => Some(LONG),
            Self::Foreign | Self::TooLarge => Some(usual),
            other if other.passes() => Some(other.asked_wait().unwrap_or_default().max(usual)),
            _ => None,
        }
    }

    /// Whether it may be on the bill, if the server named no tokens.
    pub fn billed(&self) -> Billed {
        match self {
            Self::TooFast(_)
            | Self::Overloaded(_)
            | Self::Server(..)
            | Self::NoMoney
            | Self::KeyRefused(_)
            | Self::NotFound
            | Self::TooLong
            | Self::NoSchema
            | Self::NotTaken(_)
            | Self::Unreachable
            | Self::LeftAlone(..)
            | Self::OverBudget(_)
            | Self::NoBook => Billed::No,
            Self::Refused
            | Self::CutOff
            | Self::Filtered
            | Self::Unfinished(_)
            | Self::Empty
            | Self::TimedOut
            | Self::BrokeOff
            | Self::Foreign
            | Self::TooLarge => Billed::Perhaps,
        }
    }

    /// What a person can do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NoMoney => "look at the account's credit and limits at the provider",
            Self::KeyRefused(_) => "set NEWSDESK_MODEL__KEY, or `key_file`, to a key that is good",
            Self::NotFound => "check `base_url` and `model` in `[model]`",
            Self::Foreign => "check `provider` and `base_url` in `[model]`",
            Self::TimedOut => "raise `timeout` in `[model]` if the model is slow",
            Self::OverBudget(_) => "wait, or raise the caps in `[model]`",
            Self::CutOff => "raise `max_output_tokens` in `[model]`",
            Self::TooLong => "choose a model with a larger context",
            _ => "stories are written without the model meanwhile; try again later",
        }
    }
}
