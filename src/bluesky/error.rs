//! What became of a request that did not succeed.

use std::time::Duration;

/// A request without the answer hoped for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XrpcError {
    /// It did not leave, or reached nobody: certainly not done.
    #[error("the request was not sent: {why}")]
    NeverSent {
        /// What was in the way.
        why: String,
    },
    /// No answer, or one that tells of trouble over there. Whether it was done is unknown: look before sending again.
    #[error("no clear answer from the Bluesky server: {why}")]
    Unclear {
        /// What happened.
        why: String,
    },
    /// Too many requests, says the server. Nothing was done.
    #[error("the Bluesky server asks to wait {} s", after.as_secs_f64().ceil())]
    RateLimited {
        /// How long to wait.
        after: Duration,
    },
    /// Our own budget of points is spent. Nothing was sent.
    #[error("the account's budget of Bluesky points is spent; there is room again in {} s", after.as_secs_f64().ceil())]
    OverBudget {
        /// How long to wait.
        after: Duration,
    },
    /// The server refused it, and nothing was done.
    #[error("the Bluesky server refused it: {message} (HTTP {status}, {name})")]
    Refused {
        /// HTTP status, 400–499.
        status: u16,
        /// The error's name, such as `InvalidSwap`; empty without one.
        name: String,
        /// The server's words, made printable.
        message: String,
    },
    /// There is no session, and none can be had before a person has done something.
    #[error("not signed in to Bluesky: {0}")]
    SignedOut(SignedOut),
}

/// Why an account is signed out, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignedOut {
    /// The server does not take the password.
    #[error(
        "the server does not accept the app password; it was revoked, mistyped, or the account is suspended. Make a new one \
         (Settings → Privacy and security → App passwords), set it, and run `newsdesk bluesky login`"
    )]
    Password,
    /// No password is set, and the session is over or was never begun.
    #[error("there is no session and no app password; run `newsdesk bluesky login`")]
    NotSet,
    /// The password is not there to be read.
    #[error("a login is needed and the app password cannot be read: {0}. Run `newsdesk bluesky login`")]
    NoPassword(String),
    /// The account's own password, and a second factor would be asked for.
    #[error(
        "this is the account's own password and the server asks for a code sent by mail; use an app password instead \
         (Settings → Privacy and security → App passwords)"
    )]
    SecondFactor,
    /// Taken down by moderators.
    #[error(
        "the account was taken down by the moderators of Bluesky; nothing can be posted. See the mail sent to the account's \
         owner and appeal there. It goes on by itself when the account is back"
    )]
    TakenDown,
    /// Suspended for some time.
    #[error(
        "the account is suspended; nothing can be posted. See the mail sent to the account's owner. It goes on by itself when \
         the suspension ends"
    )]
    Suspended,
    /// Deactivated by its owner, or moved to another server.
    #[error(
        "the account is deactivated on this server; activate it in the app, or, if it was moved to another server, run \
         `newsdesk bluesky login`"
    )]
    Deactivated,
    /// The server does not know it.
    #[error(
        "the server does not know this account (any more); check the handle, then run `newsdesk bluesky login`"
    )]
    Unknown,
    /// So many logins of late that we stop by ourselves.
    #[error(
        "{logins} logins within 24 hours, the most we allow ourselves; the next is possible in {} min. Something throws the \
         session away: look at the lines before this one, and whether the session folder is kept between starts",
        after.as_secs().div_ceil(60)
    )]
    TooManyLogins {
        /// How many there were.
        logins: usize,
        /// How long until the next.
        after: Duration,
    },
    /// The session file cannot be read or written.
    #[error("the session file {0}")]
    File(String),
    /// The account's name leads nowhere, or to something we do not trust.
    #[error("{0}")]
    Identity(String),
}

impl XrpcError {
    /// The request was not carried out, beyond doubt.
    pub fn certainly_not_done(&self) -> bool {
        match self {
            Self::NeverSent { .. }
            | Self::RateLimited { .. }
            | Self::OverBudget { .. }
            | Self::Refused { .. }
            | Self::SignedOut(_) => true,
            Self::Unclear { .. } => false,
        }
    }

    /// How long to wait before the next try, where that is known.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { after }
            | Self::OverBudget { after }
            | Self::SignedOut(SignedOut::TooManyLogins { after, .. }) => Some(*after),
            Self::NeverSent { .. } | Self::Unclear { .. } | Self::Refused { .. } | Self::SignedOut(_) => None,
        }
    }

    /// The name the server gave its refusal.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Refused { name, .. } => Some(name),
            Self::NeverSent { .. }
            | Self::Unclear { .. }
            | Self::RateLimited { .. }
            | Self::OverBudget { .. }
            | Self::SignedOut(_) => None,
        }
    }

    /// The same for a request that was only held up by this one: whatever became of this one, that was never sent.
    pub(super) fn before_sending(self) -> Self {
        match self {
            Self::Unclear { why } => {
                Self::NeverSent { why: format!("the session could not be renewed: {why}") }
            }
            Self::Refused { status, name, message } => Self::NeverSent {
                why: format!("the session could not be renewed: {message} (HTTP {status}, {name})"),
            },
            other @ (Self::NeverSent { .. }
            | Self::RateLimited { .. }
            | Self::OverBudget { .. }
            | Self::SignedOut(_)) => other,
        }
    }
}

/// What a refusal with this name means for the account, if it is about the account.
pub(super) fn signed_out_by(name: &str) -> Option<SignedOut> {
    match name {
        "AccountTakedown" => Some(SignedOut::TakenDown),
        "AccountSuspended" => Some(SignedOut::Suspended),
        "AccountDeactivated" => Some(SignedOut::Deactivated),
        "AccountNotFound" => Some(SignedOut::Unknown),
        "AuthFactorTokenRequired" => Some(SignedOut::SecondFactor),
        _ => None,
    }
}

/// The same for the status in an answer to a login: a server may sign in an account that can do nothing.
pub(super) fn signed_out_by_status(status: Option<&str>) -> SignedOut {
    match status {
        Some("takendown") => SignedOut::TakenDown,
        Some("suspended") => SignedOut::Suspended,
        Some("deleted") => SignedOut::Unknown,
        Some(_) | None => SignedOut::Deactivated,
    }
}
