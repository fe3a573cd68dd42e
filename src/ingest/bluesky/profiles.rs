//! Who is behind a DID: the handle, and whether the account wants to be told of at all.
//!
//! The stream names accounts by DID only and carries none of their wishes, so the authors of what matched are asked
//! for, 25 at a time, and remembered for a while. The handles that the stream's `identity` events carry are not used:
//! nobody has checked that they lead back to the account. Such an event makes us ask again.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::labels::{Label, objection};
use super::post::author;
use super::uri::is_did;
use super::wire::items;
use super::xrpc::{Service, list};
use crate::ingest::http::PoliteClient;
use crate::ingest::source::ScanError;

/// Accounts in one question; the most that is allowed.
pub(super) const BATCH: usize = 25;

/// Handles and wishes change; after so long they are asked for again.
const FRESH: TimeDelta = TimeDelta::hours(6);

/// Who is not shown may just be new: the AppView lags behind the stream.
const FRESH_ABSENT: TimeDelta = TimeDelta::minutes(10);

/// Accounts remembered: some megabytes.
const MAX_KNOWN: usize = 20_000;

/// What is known of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    /// It may be told of, under this name.
    Named(String),
    /// It must not be told of.
    Silent(String),
}

#[derive(Debug, Default)]
pub(super) struct Profiles {
    pub(super) service: Service,
    /// By DID, with the time when it was asked for. Held for a few lines, never across a request.
    known: Mutex<HashMap<String, (Profile, DateTime<Utc>)>>,
}

impl Profiles {
    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Profile, DateTime<Utc>)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of `dids` that would have to be asked for.
    pub(super) fn unknown<'a>(
        &self,
        dids: impl IntoIterator<Item = &'a str>,
        now: DateTime<Utc>,
    ) -> BTreeSet<&'a str> {
        let known = self.known();
        let fresh = |did: &str| known.get(did).is_some_and(|(_, until)| *until > now);
        dids.into_iter().filter(|did| !fresh(did)).collect()
    }

    /// Asks for those of `dids` that are not known, in as many questions as it takes.
    pub(super) async fn learn(
        &self,
        http: &PoliteClient,
        dids: &BTreeSet<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), ScanError> {
        let unknown: Vec<&str> = self.unknown(dids.iter().copied(), now).into_iter().collect();
        for some in unknown.chunks(BATCH) {
            let params: Vec<(&str, &str)> = some.iter().map(|did| ("actors", *did)).collect();
            let answer = self.service.ask(http, "app.bsky.actor.getProfiles", &params, now).await?;
            let answer = answer.map_err(|refusal| refusal.into_error(""))?;
            let profiles = list(&self.service, &answer, "profiles")?;
            let mut found: HashMap<&str, Profile> =
                profiles.iter().filter_map(|value| read(value, now)).collect();
            let mut known = self.known();
            if known.len() + some.len() > MAX_KNOWN {
                known.retain(|_, (_, until)| *until > now);
            }
            if known.len() + some.len() > MAX_KNOWN {
                known.clear();
            }
            for did in some {
                let entry = match found.remove(did) {
                    Some(profile) => (profile, now + FRESH),
                    None => (Profile::Silent("its author is not shown".to_owned()), now + FRESH_ABSENT),
                };
                known.insert((*did).to_owned(), entry);
            }
        }
        Ok(())
    }

    /// What is known of `did`.
    pub(super) fn of(&self, did: &str) -> Option<Profile> {
        self.known().get(did).map(|(profile, _)| profile.clone())
    }

    /// Something changed about an account.
    pub(super) fn forget(&self, did: &str) {
        self.known().remove(did);
    }
}

fn read(value: &Value, now: DateTime<Utc>) -> Option<(&str, Profile)> {
    let did = value.get("did").and_then(Value::as_str).filter(|did| is_did(did))?;
    let labels: Vec<Label> = items(value.get("labels"));
    let profile = match objection(&labels, now) {
        Some(objection) => Profile::Silent(objection.why),
        None => Profile::Named(author(did, value.get("handle").and_then(Value::as_str))),
    };
    Some((did, profile))
}
