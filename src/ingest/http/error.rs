//! Why a request brought nothing.

use std::time::Duration;

/// A request that brought nothing. Messages name the host or address, never a header or a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// No address we fetch.
    #[error("`{url}` cannot be fetched: {why}")]
    BadUrl {
        /// As given.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// The host is not on the public internet.
    #[error(
        "{host} is not a public address; if it is yours, add it to `allow_private_addresses` in `[http]`"
    )]
    NotPublic {
        /// Host and port.
        host: String,
    },
    /// No connection, or none that holds.
    #[error("cannot reach {host}: {why}")]
    Unreachable {
        /// The host.
        host: String,
        /// What the system says.
        why: String,
    },
    /// It took too long.
    #[error("{host} did not answer within {}s ({what})", limit.as_secs_f32())]
    TimedOut {
        /// The host.
        host: String,
        /// Which limit it was.
        what: &'static str,
        /// The limit.
        limit: Duration,
    },
    /// The answer broke off.
    #[error("the answer of {host} broke off or does not decode: {why}")]
    BrokenBody {
        /// The host.
        host: String,
        /// What the system says.
        why: String,
    },
    /// The answer is larger than we read.
    #[error("the answer of {url} is larger than {max_bytes} bytes")]
    TooLarge {
        /// The address.
        url: String,
        /// The limit.
        max_bytes: usize,
    },
    /// Redirects without end.
    #[error("{url} redirects more than {max} times")]
    TooManyRedirects {
        /// Where it began.
        url: String,
        /// The limit.
        max: usize,
    },
    /// The host wants us to be slower.
    #[error("{host} asks us to wait {}s", wait.as_secs())]
    RateLimited {
        /// The host.
        host: String,
        /// For how long.
        wait: Duration,
    },
    /// It is gone for good.
    #[error("{url} is gone for good (410); remove it from the topic file")]
    Gone {
        /// The address.
        url: String,
    },
    /// Any other status that is no success.
    #[error("{url} answered with status {status}")]
    Status {
        /// The address.
        url: String,
        /// The status.
        status: u16,
    },
    /// The client cannot be built.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(String),
}

impl HttpError {
    /// What kind of failure it is, in a word or two.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::BadUrl { .. } => "bad address",
            Self::NotPublic { .. } => "not public",
            Self::Unreachable { .. } => "unreachable",
            Self::TimedOut { .. } => "timed out",
            Self::BrokenBody { .. } => "broken answer",
            Self::TooLarge { .. } => "too large",
            Self::TooManyRedirects { .. } => "redirects",
            Self::RateLimited { .. } => "asked to wait",
            Self::Gone { .. } => "gone",
            Self::Status { status: 401 | 403, .. } => "refused",
            Self::Status { status: 404, .. } => "not found",
            Self::Status { status: 500..=599, .. } => "server error",
            Self::Status { .. } => "other status",
            Self::Setup(_) => "setup",
        }
    }

    /// Whether nobody answered: asked for something else, the host would most likely cost the same time again.
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::TimedOut { .. })
    }

    /// How long to wait at least before trying again; `None` when trying again cannot help.
    pub fn retry_in(&self) -> Option<Duration> {
        match self {
            Self::BadUrl { .. } | Self::NotPublic { .. } | Self::Gone { .. } | Self::Setup(_) => None,
            Self::RateLimited { wait, .. } => Some(*wait),
            // Servers under repair come back soon; a missing or forbidden page rarely does.
            Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::BrokenBody { .. }
            | Self::Status { status: 500..=599 | 408 | 425, .. } => Some(Duration::from_mins(1)),
            Self::Status { .. } | Self::TooLarge { .. } | Self::TooManyRedirects { .. } => {
                Some(Duration::from_hours(6))
            }
        }
    }
}
