//! A repository on GitHub: its releases, and its discussions.

mod discussions;
mod releases;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub use self::discussions::GitHubDiscussions;
pub use self::releases::GitHubReleases;
use crate::config::Secret;

const BASE: &str = "https://api.github.com/";

/// The service's name in messages.
const HOST: &str = "api.github.com";

fn bearer(token: &Secret) -> Secret {
    Secret::new(&format!("Bearer {}", token.expose()))
}

/// Where a list stands that comes newest first, page by page: `done` moves only when a walk down the pages is finished.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place<At> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    walk: Option<Walk<At>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Walk<At> {
    top: i64,
    #[serde(alias = "page")]
    at: At,
}

impl<At> Place<At> {
    /// The page that a walk has come to.
    fn at(&self) -> Option<&At> {
        self.walk.as_ref().map(|walk| &walk.at)
    }

    /// The second down to which a walk goes.
    fn floor(&self, first: TimeDelta, overlap: TimeDelta, now: DateTime<Utc>) -> i64 {
        self.done.map_or((now - first).timestamp(), |done| done - overlap.num_seconds())
    }

    /// After a page with these times, which goes on at `further`.
    fn next(self, times: &[i64], floor: i64, further: Option<At>, now: DateTime<Utc>) -> Self {
        let newest = times.iter().copied().max().map(|at| at.min(now.timestamp()));
        let top = self.walk.map_or(newest.max(self.done).unwrap_or(floor), |walk| walk.top);
        match further {
            Some(at) => Self { done: self.done, walk: Some(Walk { top, at }) },
            None => Self { done: Some(top), walk: None },
        }
    }
}
