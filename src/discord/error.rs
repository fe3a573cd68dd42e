//! What became of a request that did not succeed.

use std::time::Duration;

/// A request without the answer hoped for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestError {
    /// Discord refused it, and nothing was done.
    #[error("Discord refused it: {message} (HTTP {status}, code {code})")]
    Refused {
        /// HTTP status, 400–499.
        status: u16,
        /// Discord's own code, such as 50013 “Missing Permissions”; 0 without one.
        code: u64,
        /// Discord's words.
        message: String,
        /// How long to wait, where the refusal says so (slow mode).
        retry_after: Option<Duration>,
    },
    /// The token is not valid any more.
    #[error(
        "Discord does not accept the bot's token; make a new one in the developer portal and set it again"
    )]
    TokenRevoked,
    /// Too many requests, said Discord.
    #[error("Discord asks to wait {} s", after.as_secs_f64().ceil())]
    Limited {
        /// How long to wait.
        after: Duration,
    },
    /// Too many refusals of late: we hold back by ourselves, because ten thousand in ten minutes lead to a ban.
    #[error("too many requests were refused of late; holding back for {} s", after.as_secs())]
    HoldingBack {
        /// How long.
        after: Duration,
    },
    /// No answer, or one that tells of trouble over there. Whether the request was carried out is unknown.
    #[error("no clear answer from Discord: {why}")]
    Unclear {
        /// What happened.
        why: String,
    },
}

impl RestError {
    /// Discord's own code, if it refused with one.
    pub fn code(&self) -> Option<u64> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            Self::TokenRevoked | Self::Limited { .. } | Self::HoldingBack { .. } | Self::Unclear { .. } => {
                None
            }
        }
    }
}
