//! Which address a feed is read at, and what is remembered from one scan to the next.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::raw::FeedHints;
use crate::address::http_url;
use crate::ingest::source::{Page, SourceCursor};
use crate::store::SourceState;

/// A move that held for so many polls is believed, and the new address is asked first.
const POLLS_TO_BELIEVE: u32 = 3;

/// An address that failed in another's stead is not tried again for so long.
const FAILED_FOR: TimeDelta = TimeDelta::hours(24);

/// More addresses than that are not tried in another's stead.
const MAX_FAILED: usize = 3;

/// Identities that are remembered of a feed that takes entries back.
pub(super) const MAX_IDS: usize = 500;

/// A feed's cursor, kept as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    /// The address that is asked in the configured one's stead: it was found on that page, or the feed has moved there.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// A move that does not hold for long enough yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    moved: Option<Moved>,
    /// Addresses that were asked in its stead in vain.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<Failed>,
    /// How often it wants to be asked: a document that has not changed does not say it again.
    pub(super) hints: FeedHints,
    /// Its ids and the identities of their records, if it takes entries back.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) ids: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Moved {
    to: String,
    /// Polls in a row that were sent there.
    polls: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Failed {
    address: String,
    at: DateTime<Utc>,
}

impl Place {
    /// Where `state` stands.
    pub(super) fn of(state: &SourceState, now: DateTime<Utc>) -> Self {
        let mut place: Self = SourceCursor::kept(state).unwrap_or_default();
        place.failed.retain(|failed| now - failed.at < FAILED_FOR);
        place
    }

    /// The address that is asked in the configured one's stead.
    pub(super) fn substitute(&self) -> Option<Url> {
        self.at.as_deref().and_then(http_url)
    }

    /// Takes `address` in the configured one's stead from now on, unless that failed lately.
    pub(super) fn ask_instead(&mut self, address: &Url) -> bool {
        let known = self.failed.iter().any(|failed| failed.address == address.as_str());
        if known || self.failed.len() >= MAX_FAILED {
            return false;
        }
        *self = Self {
            at: Some(address.to_string()),
            failed: std::mem::take(&mut self.failed),
            ..Self::default()
        };
        true
    }

    /// Goes back to the configured address.
    pub(super) fn give_up_substitute(&mut self, now: DateTime<Utc>) {
        if let Some(address) = self.at.take() {
            self.failed.push(Failed { address, at: now });
        }
        self.moved = None;
    }

    /// Takes note of where the last answer came from: `to`, if the address asked has moved there.
    pub(super) fn answered_from(&mut self, to: Option<&Url>, configured: &Url) {
        let Some(to) = to else {
            self.moved = None;
            return;
        };
        let polls =
            self.moved.take().filter(|moved| moved.to == to.as_str()).map_or(1, |moved| moved.polls + 1);
        let failed = self.failed.iter().any(|failed| failed.address == to.as_str());
        if polls < POLLS_TO_BELIEVE || failed {
            self.moved = Some(Moved { to: to.to_string(), polls: polls.min(POLLS_TO_BELIEVE) });
        } else {
            self.at = (to != configured).then(|| to.to_string());
        }
    }

    /// Remembers identities, newest document first.
    pub(super) fn remember(&mut self, ids: BTreeMap<String, String>) {
        let before = std::mem::replace(&mut self.ids, ids);
        let room = MAX_IDS.saturating_sub(self.ids.len());
        let new: Vec<_> =
            before.into_iter().filter(|(id, _)| !self.ids.contains_key(id)).take(room).collect();
        self.ids.extend(new);
    }

    /// The cursor that says so.
    pub(super) fn cursor(&self, etag: Option<String>, last_modified: Option<String>) -> SourceCursor {
        let kept =
            if *self == Self::default() { SourceCursor::default() } else { SourceCursor::keeping(self) };
        SourceCursor { etag, last_modified, ..kept }
    }

    /// A page without records after which another address is asked at once. Validators belonged to the old one.
    pub(super) fn elsewhere(&self) -> Page {
        Page { next: self.cursor(None, None), more: true, ..Page::default() }
    }
}
