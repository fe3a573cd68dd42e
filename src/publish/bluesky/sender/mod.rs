//! Posts a step as one transaction of the server, and finds again what was posted.
//!
//! Everything is decided and kept before it is sent: keys, times, bytes. So an answer that was lost costs nothing: a look
//! at one key tells whether the transaction was carried out, and sending the same bytes again makes nothing twice.

mod seal;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tracing::{info, warn};

use crate::bluesky::{Account, Purpose, Write, XrpcError};
use crate::model::{Clock, Destination, HoldReason, StepState, StorylineId};
use crate::publish::bluesky::{POST, Ref, Telling, TellingKind};
use crate::publish::card::Cards;
use crate::publish::outbox::{Publisher, SendError};
use crate::store::{LeasedStep, Store, StoreError};
use seal::{Circumstances, Found, Place, Proof, Sealed, Standing, Thread, seal};

/// Pictures of records may have so many bytes (lexicon `app.bsky.embed.external`, read 2026-11).
const PICTURE_BYTES: usize = 1_000_000;

/// A request that is so old was carried out by now, or never will be.
const ARRIVES_WITHIN: TimeDelta = TimeDelta::minutes(10);

/// When it is looked at again whether it has arrived.
const LOOKS_AGAIN: Duration = Duration::from_secs(30);

/// Told of what only the account's owner can mend, in words.
pub type TellOwner = Arc<dyn Fn(String) + Send + Sync>;

/// Posts to one Bluesky account.
pub struct BlueskySender {
    account: Account,
    store: Store,
    clock: Arc<dyn Clock>,
    tell: TellOwner,
    cards: Cards,
}

impl BlueskySender {
    /// A sender for a signed-in account.
    pub fn new(account: Account, store: Store, clock: Arc<dyn Clock>, tell: TellOwner) -> Self {
        Self { account, store, clock, tell, cards: Cards::default() }
    }

    fn sealed(step: &LeasedStep) -> Option<Sealed> {
        step.sealed.as_deref().and_then(|text| serde_json::from_str(text).ok())
    }

    /// Whether a sealed transaction was carried out.
    async fn was_done(&self, sealed: &Sealed) -> Result<bool, SendError> {
        match sealed.proof().map_err(|err| unsayable(&err))? {
            Proof::Nothing => Ok(true),
            Proof::Stands(any) => {
                for (place, cid) in any {
                    if self.cid_at(&place).await? == Some(cid) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Proof::Gone(all) => {
                for place in all {
                    if self.cid_at(&place).await?.is_some() {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
        }
    }

    async fn cid_at(&self, place: &Place) -> Result<Option<String>, SendError> {
        self.account.cid_at(&place.collection, &place.key).await.map_err(|err| self.failed(&err))
    }

    /// What a step has made by now, and what was sealed for it but not carried out so far, with all that was sealed before
    /// that and not carried out either.
    async fn made(&self, step: &LeasedStep) -> Result<(Standing, Option<Sealed>), SendError> {
        let noted: Standing = match &step.remote {
            Some(remote) => serde_json::from_str(remote).map_err(|err| unreadable(&err))?,
            None => Standing::default(),
        };
        // What was noted stays so, even if somebody has deleted all of it since.
        let lost = Self::sealed(step).filter(|sealed| step.remote.is_none() || sealed.standing != noted);
        let mut next = lost.as_ref();
        while let Some(sealed) = next {
            if self.was_done(sealed).await? {
                return Ok((sealed.standing.clone(), None));
            }
            next = sealed.lost.as_deref();
        }
        let mut next = lost.as_ref();
        while let Some(sealed) = next {
            if !self.is_overtaken(sealed).await? {
                return Ok((noted, lost));
            }
            next = sealed.lost.as_deref();
        }
        Ok((noted, None))
    }

    /// What is there of what a step has made.
    async fn found(&self, standing: Standing) -> Result<Found, SendError> {
        let mut found = Found::default();
        for (key, _) in standing.posts {
            let record = self.account.record_at(POST, &key).await.map_err(|err| self.failed(&err))?;
            found.posts.push((key, record));
        }
        for place in standing.beside {
            if self.cid_at(&place).await?.is_some() {
                found.beside.push(place);
            }
        }
        Ok(found)
    }

    /// The posts of a story's versions before this one, in order.
    async fn earlier(&self, step: &LeasedStep) -> Result<Vec<Ref>, SendError> {
        let posted = self
            .store
            .posted_steps(&step.storyline, &step.destination)
            .await
            .map_err(|err| database(&err))?;
        let mut posts = Vec::new();
        for earlier in posted.iter().filter(|p| p.version < step.version) {
            let standing: Standing = serde_json::from_str(&earlier.remote).map_err(|err| unreadable(&err))?;
            posts.extend(standing.all());
        }
        Ok(posts)
    }

    /// Where a thread of these posts goes on, as it is there now. `None`: its first post is gone.
    async fn thread(&self, posts: &[Ref]) -> Result<Option<Thread>, SendError> {
        let Some(root) = posts.first() else { return Ok(None) };
        let Some(root) = self.there(root).await? else { return Ok(None) };
        let mut gone = Vec::new();
        for post in posts.iter().skip(1).rev() {
            if let Some(end) = self.there(post).await? {
                return Ok(Some(Thread { root, end, gone }));
            }
            gone.push(post.uri.clone());
        }
        Ok(Some(Thread { end: root.clone(), root, gone }))
    }

    /// A post as it stands there.
    async fn there(&self, post: &Ref) -> Result<Option<Ref>, SendError> {
        let key = post.uri.rsplit('/').next().unwrap_or_default().to_owned();
        let cid = self.cid_at(&Place { collection: POST.to_owned(), key }).await?;
        Ok(cid.map(|cid| Ref { uri: post.uri.clone(), cid }))
    }

    /// Whether a sealed transaction that was not carried out never can be: something else has its first key, such as an
    /// older one that arrived after all; or what it deletes or changes was deleted by somebody meanwhile. The server
    /// answers both as if it were in trouble itself.
    async fn is_overtaken(&self, sealed: &Sealed) -> Result<bool, SendError> {
        let mut first = true;
        for write in &sealed.writes {
            let (collection, key) = write.place();
            let place = Place { collection: collection.to_owned(), key: key.to_owned() };
            let is_wanted = match write {
                Write::Create { .. } if !std::mem::take(&mut first) => continue,
                Write::Create { .. } => false,
                Write::Update { .. } | Write::Delete { .. } => true,
            };
            if self.cid_at(&place).await?.is_some() != is_wanted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The picture of a telling's card, uploaded; `None` if it has none or none can be had.
    async fn picture(&self, telling: &Telling) -> Result<Option<Value>, SendError> {
        let Some(card) = telling.picture() else { return Ok(None) };
        let mut max = PICTURE_BYTES;
        loop {
            let bytes = match self.cards.png_within(card, max).await {
                Ok(Some(bytes)) => bytes,
                Ok(None) => return Ok(None),
                Err(err) => {
                    warn!(%err, "the story goes out without its picture");
                    return Ok(None);
                }
            };
            let size = bytes.len();
            match self.account.upload(bytes, "image/png").await {
                Ok(blob) => return Ok(Some(blob)),
                // This server takes less.
                Err(XrpcError::Refused { status: 413, .. }) => max = size / 2,
                Err(err @ XrpcError::Refused { .. }) => {
                    warn!(%err, "the story goes out without its picture");
                    return Ok(None);
                }
                Err(err) => return Err(self.failed(&err)),
            }
        }
    }

    /// Decides and keeps what is sent.
    async fn seal(&self, step: &LeasedStep, telling: Option<&Telling>) -> Result<Sealed, SendError> {
        let (standing, lost) = self.made(step).await?;
        let found = self.found(standing).await?;
        // A notice about what was never posted would be the first that people hear of it.
        let telling = telling.filter(|t| !t.only_edit || !found.posts.is_empty());
        let earlier = self.earlier(step).await?;
        let (thread, telling) = match (earlier.first(), telling) {
            (Some(first), Some(telling)) if telling.kind != TellingKind::Notice => {
                let thread = self.thread(&earlier).await?;
                if thread.is_none() {
                    info!(story.code = %step.code, version = step.version, post = first.uri,
                        "somebody deleted the story's first post: what would hang on it is not posted");
                }
                (thread.clone(), thread.and(Some(telling)))
            }
            (Some(first), telling) => {
                (Some(Thread { root: first.clone(), end: first.clone(), gone: Vec::new() }), telling)
            }
            (None, telling) => (None, telling),
        };
        let picture = match telling {
            Some(telling) => self.picture(telling).await?,
            None => None,
        };
        let now = self.clock.now();
        let mut sealed = seal(
            telling,
            &Circumstances {
                did: self.account.did().as_str(),
                plan: step.plan,
                // What may still arrive makes a post with the same key, so that only one of the two can be carried out, and
                // says another time, so that they can be told apart.
                now: lost.as_ref().map_or(now, |lost| now.max(lost.now + TimeDelta::milliseconds(1))),
                keys_from: lost.as_ref().map_or(now, |lost| lost.keys_from),
                thread: thread.as_ref(),
                found: &found,
                picture: picture.as_ref(),
                clock_id: clock_id(step),
            },
        )
        .map_err(|err| unsayable(&err))?;
        if let Some(lost) = lost {
            if sealed.excludes(&lost) {
                sealed.lost = Some(Box::new(lost));
            } else if !arrives_no_more(step, now) {
                let why = "what was sent before may still arrive, and would undo this".to_owned();
                return Err(SendError::NotBefore { why, after: LOOKS_AGAIN });
            }
        }
        let text = serde_json::to_string(&sealed).map_err(|err| unreadable(&err))?;
        let keys: Vec<String> = sealed.standing.posts.iter().map(|(key, _)| key.clone()).collect();
        let kept = self.store.seal_step(step, &text, self.account.did().as_str(), &keys, sealed.moves).await;
        if kept.map_err(|err| database(&err))? {
            return Ok(sealed);
        }
        Err(SendError::NotBefore { why: "it was planned again".to_owned(), after: Duration::ZERO })
    }

    /// What an error means for the step; its owner is told of what only they can mend.
    fn failed(&self, err: &XrpcError) -> SendError {
        if let Some(after) = err.wait() {
            return SendError::NotBefore { why: err.to_string(), after };
        }
        match err {
            // A refusal without a name comes from a machine in front of the server.
            XrpcError::Refused { name, .. } if name.is_empty() => SendError::Transient(err.to_string()),
            XrpcError::Refused { .. } => {
                (self.tell)(err.to_string());
                SendError::Permanent(HoldReason::Refused)
            }
            XrpcError::SignedOut(_) => {
                (self.tell)(err.to_string());
                SendError::Permanent(HoldReason::NoPermission)
            }
            XrpcError::NeverSent { .. }
            | XrpcError::Unclear { .. }
            | XrpcError::RateLimited { .. }
            | XrpcError::OverBudget { .. } => SendError::Transient(err.to_string()),
        }
    }
}

#[async_trait]
impl Publisher for BlueskySender {
    async fn reconcile(&self, step: &LeasedStep) -> Result<Option<String>, SendError> {
        // What was sealed for an older plan is looked at when the new one is sealed.
        let Some(sealed) = Self::sealed(step).filter(|sealed| sealed.plan == step.plan) else {
            return Ok(None);
        };
        if !self.was_done(&sealed).await? {
            return Ok(None);
        }
        remote(&sealed.standing).map(Some)
    }

    async fn send(&self, step: &LeasedStep) -> Result<String, SendError> {
        let telling: Option<Telling> =
            serde_json::from_value(step.step.payload.clone()).map_err(|err| unreadable(&err))?;
        // A notice about what was never posted would be the first that people hear of it.
        if telling.as_ref().is_some_and(|t| t.only_edit) && step.remote.is_none() && step.sealed.is_none() {
            return Ok(String::new());
        }
        let mut again = Self::sealed(step).filter(|sealed| sealed.plan == step.plan);
        if let Some(sealed) = &again
            && self.is_overtaken(sealed).await?
        {
            again = None;
        }
        if let (Some(Sealed { pictured: true, .. }), Some(telling)) = (&again, &telling) {
            // The server may have thrown the picture away meanwhile.
            self.picture(telling).await?;
        }
        let mut first = true;
        let sealed = loop {
            let sealed = match again.take() {
                Some(sealed) => sealed,
                None => self.seal(step, telling.as_ref()).await?,
            };
            if sealed.writes.is_empty() {
                break sealed;
            }
            match self.account.apply(&sealed.writes, Purpose::Story).await {
                Ok(()) => break sealed,
                // Certainly not done. What is there may have changed since it was sealed: it is decided anew, once.
                Err(XrpcError::Refused { .. }) if first => {
                    first = false;
                }
                Err(err) => return Err(self.failed(&err)),
            }
        };
        remote(&sealed.standing)
    }
}

/// The posts of a story that stand on an account, in order.
pub async fn standing_posts(
    store: &Store,
    storyline: &StorylineId,
    did: &str,
) -> Result<Vec<Ref>, StoreError> {
    let destination = Destination::Bluesky { did: did.to_owned() }.to_string();
    let mut posts = Vec::new();
    for step in store.posted_steps(storyline, &destination).await? {
        let standing: Standing = serde_json::from_str(&step.remote)?;
        posts.extend(standing.references());
    }
    Ok(posts)
}

/// What is kept of what a step has made; nothing if nothing stands.
fn remote(standing: &Standing) -> Result<String, SendError> {
    if standing.is_empty() {
        return Ok(String::new());
    }
    serde_json::to_string(standing).map_err(|err| unreadable(&err))
}

/// Whether everything that was sent for a step before its present plan has arrived, or never will.
fn arrives_no_more(step: &LeasedStep, now: DateTime<Utc>) -> bool {
    match step.step.state {
        StepState::Intended { at } => now - at >= ARRIVES_WITHIN,
        StepState::Queued | StepState::Posted { .. } | StepState::Held { .. } => false,
    }
}

/// Ten bits that differ from step to step.
fn clock_id(step: &LeasedStep) -> u16 {
    let hash = step
        .step
        .id
        .as_str()
        .bytes()
        .fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
    u16::try_from(hash % 1_024).unwrap_or_default()
}

fn database(err: &crate::store::StoreError) -> SendError {
    SendError::Transient(format!("the database: {err}"))
}

fn unreadable(err: &serde_json::Error) -> SendError {
    SendError::Transient(format!("the stored step cannot be read: {err}; a newer version may be needed"))
}

fn unsayable(err: &crate::bluesky::RecordError) -> SendError {
    SendError::Transient(format!("a post has no canonical form: {err}; please report it"))
}
