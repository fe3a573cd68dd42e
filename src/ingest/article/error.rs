//! Why a page was not read.

use std::time::Duration;

use super::super::http::HttpError;
use super::super::robots::RobotsError;

/// Why a page was not read, so that it must not be cited as read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArticleError {
    /// The request failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Its host does not want robots there, or could not say.
    #[error(transparent)]
    Robots(#[from] RobotsError),
    /// The page says that it is not for us (`noai`, `noindex`, `none`).
    #[error("{url} asks not to be used by robots")]
    OptedOut {
        /// The page.
        url: String,
    },
    /// It is no page: a PDF, a picture, an archive.
    #[error("{url} is no HTML page but `{found}`")]
    NotText {
        /// The address.
        url: String,
        /// What it calls itself.
        found: String,
    },
    /// It is a page without an article that everybody can read.
    #[error("{url} is no article that can be read: {reason}")]
    NotExtractable {
        /// The page.
        url: String,
        /// Why.
        reason: Unreadable,
    },
}

/// Why a page is no article that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// There is next to no text without its scripts.
    #[error("it has {chars} characters of text")]
    TooShort {
        /// Characters of text.
        chars: usize,
    },
    /// The page says that it is not free (`isAccessibleForFree`).
    #[error("it is behind a paywall")]
    Paywall,
    /// A question stands in its place: for consent, for scripts, whether one is human.
    #[error("a question for visitors stands in its place")]
    Gate,
    /// A page that says "not found", or the front page in its stead, with a status of success.
    #[error("the article is not there any more")]
    SoftNotFound,
    /// A mark in the page forbids its use.
    #[error("it asks not to be used by robots")]
    OptedOut,
    /// It has more or deeper elements than pages for people have.
    #[error("it is more complex than pages for people are")]
    TooComplex,
    /// Our own reader broke down on it.
    #[error("reading it broke down: {0}; please report this")]
    BrokeDown(String),
}

/// How long a page that is no article is left alone: pages change, if rarely.
const PAGE_RETRY: Duration = Duration::from_hours(24);

impl ArticleError {
    /// What kind of failure it is, in a word or two.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Http(err) => err.kind(),
            Self::Robots(RobotsError::Forbidden { .. }) => "closed to robots",
            Self::Robots(RobotsError::Unknown { cause, .. }) => cause.kind(),
            Self::OptedOut { .. } => "opted out",
            Self::NotText { .. } => "no page",
            Self::NotExtractable { .. } => "no article",
        }
    }

    /// How long to wait at least before trying again; `None` when trying again cannot help.
    pub fn retry_in(&self) -> Option<Duration> {
        match self {
            Self::Http(err) => err.retry_in(),
            Self::Robots(err) => err.retry_in(),
            Self::OptedOut { .. } | Self::NotExtractable { .. } => Some(PAGE_RETRY),
            Self::NotText { .. } => None,
        }
    }
}
