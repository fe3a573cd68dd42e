//! What only moderators can mend is told to them, once.

use std::time::Duration;

use serde_json::json;
use serenity::http::{LightMethod, Route};
use tracing::{info, warn};

use super::draw::{self, Audience};
use super::permissions;
use crate::discord::{Rest, RestError};
use crate::model::{AuditEntry, Clock, DeskId, Sha256, Style};
use crate::publish::discord::{Trouble, TroubleKind};
use crate::store::{Store, StoreError};

/// Tells the moderators of trouble, if they have not been told of this one: in the desk's channel for notices, else
/// whoever follows there, else who added the bot. It is in the audit log in any case.
pub async fn tell_trouble(
    rest: &Rest,
    store: &Store,
    me: u64,
    clock: &dyn Clock,
    trouble: &Trouble,
) -> Result<(), StoreError> {
    let now = clock.now();
    // A thread's trouble is that thread's; a channel's is told once for all stories.
    let of_thread = matches!(trouble.kind, TroubleKind::ThreadGone | TroubleKind::ThreadLocked);
    let place = trouble.thread.filter(|_| of_thread).unwrap_or(trouble.channel);
    let key = format!("{}:{place}:{}", trouble.desk, trouble.kind.as_str());
    if !store.tell_once(&key, now).await? {
        return Ok(());
    }
    let followed: Vec<_> = store
        .subscriptions_of_desk(&trouble.desk)
        .await?
        .into_iter()
        .filter(|s| s.channel == trouble.channel)
        .collect();
    let style = followed.first().map_or(Style::Thread, |s| s.style);
    let missing = match trouble.kind {
        TroubleKind::NoPermission => {
            match permissions::missing(rest, me, trouble.channel, style).await {
                Ok(missing) => missing,
                // What cannot be looked at cannot be seen.
                Err(RestError::Refused { status: 403, .. }) => vec!["View Channel"],
                Err(_) => Vec::new(),
            }
        }
        TroubleKind::ThreadLocked => vec!["Manage Threads"],
        TroubleKind::ChannelGone
        | TroubleKind::ThreadGone
        | TroubleKind::WrongType
        | TroubleKind::Refused => Vec::new(),
    };
    let told = draw::trouble_notice(trouble.kind, trouble.channel, trouble.thread, &missing);
    store
        .audit(&AuditEntry {
            at: now,
            desk: trouble.desk.clone(),
            actor: 0,
            action: "trouble".to_owned(),
            subject: trouble.kind.as_str().to_owned(),
            detail: told.words.clone(),
        })
        .await?;
    warn!(desk = %trouble.desk, channel = trouble.channel, "{}", told.words);
    let mut body = told.body.wire(&[0; 32], Audience::Everyone);
    // Sent again after a lost answer, it is still one message.
    let nonce = Sha256::of(&format!("{key}\n{}", now.timestamp_millis()));
    if let (Some(body), Some(nonce)) = (body.as_object_mut(), nonce.as_str().get(..24)) {
        body.insert("nonce".to_owned(), nonce.into());
        body.insert("enforce_nonce".to_owned(), true.into());
    }
    let Some(desk) = store.desk(&trouble.desk).await? else { return Ok(()) };
    if let Some(channel) = desk.settings.notices.filter(|c| *c != trouble.channel) {
        match send_surely(rest, channel, &body).await {
            // Where it may stand already, nobody else is told: twice is worse than late.
            Ok(()) | Err(RestError::Unclear { .. }) => return Ok(()),
            Err(err) => info!(desk = %trouble.desk, %err, "the channel for notices takes none"),
        }
    }
    let people = followed.first().map(|s| s.created_by).into_iter().chain(desk.installer);
    for person in people.filter(|p| *p != 0) {
        let refused = match direct_channel(rest, person).await {
            Ok(channel) => match send_surely(rest, channel, &body).await {
                Ok(()) | Err(RestError::Unclear { .. }) => return Ok(()),
                Err(err) => err,
            },
            Err(err) => err,
        };
        info!(desk = %trouble.desk, err = %refused, "a moderator takes no messages");
    }
    warn!(desk = %trouble.desk, "nobody could be told; `/settings notices` names a channel for it");
    Ok(())
}

/// Posts a message with a nonce, again if it is unclear whether it arrived.
async fn send_surely(rest: &Rest, channel: u64, body: &serde_json::Value) -> Result<(), RestError> {
    let mut sent = send(rest, channel, body).await;
    for pause in [1, 5] {
        if !matches!(sent, Err(RestError::Unclear { .. })) {
            break;
        }
        tokio::time::sleep(Duration::from_secs(pause)).await;
        sent = send(rest, channel, body).await;
    }
    sent
}

/// What a desk was told of a channel is over: it may be told again.
pub(super) async fn mended(store: &Store, desk: &DeskId, channel: u64) -> Result<(), StoreError> {
    store.told_no_more(&format!("{desk}:{channel}:")).await.map(drop)
}

/// The channel of direct messages with a person.
pub(super) async fn direct_channel(rest: &Rest, person: u64) -> Result<u64, RestError> {
    let body = json!({ "recipient_id": person.to_string() });
    let channel = rest.send(LightMethod::Post, Route::UserMeDmChannels, Some(&body), None).await?;
    channel["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| RestError::Unclear { why: "a direct channel without an id".to_owned() })
}

/// Posts a message of ours.
pub(super) async fn send(rest: &Rest, channel: u64, body: &serde_json::Value) -> Result<(), RestError> {
    if channel == 0 {
        return Err(RestError::Unclear { why: "no channel".to_owned() });
    }
    let route = Route::ChannelMessages { channel_id: channel.into() };
    rest.send(LightMethod::Post, route, Some(body), None).await.map(drop)
}
