//! Looks for what an interrupted run may have posted.

use chrono::{DateTime, Utc};
use serde_json::Value;
use serenity::all::{ChannelId, GuildId, MessageId};
use serenity::http::Route;

use super::trouble::TroubleKind;
use super::{DiscordSender, Scene};
use crate::discord::RestError;
use crate::model::{StepKind, StepState};
use crate::publish::outbox::SendError;
use crate::store::{LeasedStep, PostedStep};

/// Messages asked for at a time, and how often: a channel that had more since then is busier than any.
const PAGE: usize = 100;
const PAGES: usize = 20;

/// How far our clock and Discord's may be apart.
const SKEW: chrono::Duration = chrono::Duration::minutes(10);

/// Milliseconds of Discord's epoch, 2015.
const EPOCH_MS: i64 = 1_420_070_400_000;

/// The smallest id of a time.
fn id_at(at: DateTime<Utc>) -> u64 {
    u64::try_from((at.timestamp_millis() - EPOCH_MS).max(0)).unwrap_or_default() << 22
}

fn id_of(value: &Value) -> Option<u64> {
    value["id"].as_str()?.parse().ok()
}

impl DiscordSender {
    /// What the step has made, if it has.
    pub(super) async fn find(&self, step: &LeasedStep, scene: &Scene) -> Result<Option<u64>, SendError> {
        match step.step.kind {
            StepKind::DiscordPost => self.find_post(step, scene).await,
            StepKind::DiscordMessage => self.find_message(step, scene).await,
            StepKind::DiscordThread => self.find_thread(step, scene).await,
            StepKind::DiscordForum => self.find_forum_post(step, scene).await,
            // Safe to repeat.
            StepKind::DiscordEdit
            | StepKind::DiscordCrosspost
            | StepKind::PreviewDiscord
            | StepKind::PreviewBluesky
            | StepKind::PreviewPage
            | StepKind::BlueskyThread => Ok(None),
        }
    }

    /// Since when the step may have been sent, as an id.
    fn since(step: &LeasedStep) -> u64 {
        let at = match &step.step.state {
            // A step that was planned or tried again may have been sent at any time since its delivery was planned.
            StepState::Intended { at } => (*at).min(step.created_at),
            StepState::Queued | StepState::Posted { .. } | StepState::Held { .. } => step.created_at,
        };
        id_at(at - SKEW)
    }

    /// An opening is known by its marks: the codes and versions in its footers, the codes in its menu.
    async fn find_post(&self, step: &LeasedStep, scene: &Scene) -> Result<Option<u64>, SendError> {
        let ours = marks(&step.step.payload["body"]);
        let wanted = if ours.is_empty() { vec![format!("{} · v{}", step.code, step.version)] } else { ours };
        let known: Vec<u64> = scene.posted.iter().filter_map(|p| p.remote.parse().ok()).collect();
        let after = known.iter().copied().max().unwrap_or(0).max(Self::since(step));
        let by_us = self.messages(step, scene, scene.channel, after).await?;
        Ok(by_us.iter().filter(|m| marks(m) == wanted).find_map(id_of))
    }

    /// A message of a thread is known by its place: steps of one thread are sent one after the other, so that it comes
    /// after the last one known to be before it. Answers to commands are not counted.
    async fn find_message(&self, step: &LeasedStep, scene: &Scene) -> Result<Option<u64>, SendError> {
        let Some(thread) = scene.ids.thread else { return Ok(None) };
        let known = |p: &PostedStep| {
            (p.kind == StepKind::DiscordMessage).then(|| p.remote.parse::<u64>().ok()).flatten()
        };
        let before = |p: &&PostedStep| (p.version, p.n) < (step.version, step.step.n);
        let after = scene.posted.iter().filter(before).filter_map(known).max().unwrap_or(thread);
        let others: Vec<u64> = scene.posted.iter().filter_map(known).collect();
        let mut by_us = self.messages(step, scene, thread, after).await?;
        by_us.retain(|m| id_of(m).is_some_and(|id| !others.contains(&id)));
        // Discord takes white space off both ends.
        let said = |text: &Value| text.as_str().map(|text| text.trim().to_owned());
        let content = said(&step.step.payload["body"]["content"]);
        let same = by_us.iter().find(|m| said(&m["content"]) == content);
        let first = if step.plan > 0 { by_us.first() } else { None };
        Ok(same.or(first).and_then(id_of))
    }

    /// A thread opened at a message has the message's id.
    async fn find_thread(&self, step: &LeasedStep, scene: &Scene) -> Result<Option<u64>, SendError> {
        let Some(opening) = scene.ids.opening else { return Ok(None) };
        let route = Route::Channel { channel_id: ChannelId::new(opening) };
        let found = self.read(step, scene, route, Vec::new()).await?;
        Ok(found.map(|_| opening))
    }

    /// A forum post is known by the marks of its first message.
    async fn find_forum_post(&self, step: &LeasedStep, scene: &Scene) -> Result<Option<u64>, SendError> {
        let wanted = marks(&step.step.payload["body"]["message"]);
        let since = Self::since(step);
        let mut candidates = Vec::new();
        if let Some(guild) = step.desk.as_ref().and_then(crate::model::DeskId::guild).filter(|g| *g != 0) {
            let route = Route::GuildThreadsActive { guild_id: GuildId::new(guild) };
            let active = self.read(step, scene, route, Vec::new()).await?.unwrap_or_default();
            candidates.extend(active["threads"].as_array().cloned().unwrap_or_default());
        }
        let route = Route::ChannelArchivedPublicThreads { channel_id: ChannelId::new(scene.channel) };
        let limit = vec![("limit", "50".to_owned())];
        let archived = self.read(step, scene, route, limit).await?.unwrap_or_default();
        candidates.extend(archived["threads"].as_array().cloned().unwrap_or_default());
        let (forum, bot) = (scene.channel.to_string(), self.bot.to_string());
        for thread in candidates {
            let fits = thread["parent_id"] == forum.as_str() && thread["owner_id"] == bot.as_str();
            let Some(id) = id_of(&thread).filter(|id| fits && *id >= since) else { continue };
            let first = self.messages(step, scene, id, id - 1).await?;
            if first.iter().any(|m| id_of(m) == Some(id) && marks(m) == wanted) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// `None`: there is nothing. Where we may not look, nothing is sent: it might stand there already.
    async fn read(
        &self,
        step: &LeasedStep,
        scene: &Scene,
        route: Route<'_>,
        params: Vec<(&'static str, String)>,
    ) -> Result<Option<Value>, SendError> {
        match self.rest.get(route, params).await {
            Ok(value) => Ok(Some(value)),
            Err(RestError::Refused { status: 404, .. }) => Ok(None),
            Err(err) => {
                let failure = self.classify(step, scene, "", &err);
                Err(self.given_up(step, scene, failure))
            }
        }
    }

    /// Without the permission to read the history, it is empty. One message is refused then.
    async fn may_read_history(
        &self,
        step: &LeasedStep,
        scene: &Scene,
        channel: u64,
    ) -> Result<(), SendError> {
        let (channel_id, message_id) = (ChannelId::new(channel.max(1)), MessageId::new(channel.max(1)));
        match self.rest.get(Route::ChannelMessage { channel_id, message_id }, Vec::new()).await {
            Err(RestError::Refused { status: 403, .. }) => {
                Err(self.not_allowed(step, scene, TroubleKind::NoPermission))
            }
            Ok(_) | Err(RestError::Refused { .. }) => Ok(()),
            Err(err) => Err(super::trouble::transient(&err)),
        }
    }

    /// Our own messages after an id, oldest first, without answers to commands.
    async fn messages(
        &self,
        step: &LeasedStep,
        scene: &Scene,
        channel: u64,
        after: u64,
    ) -> Result<Vec<Value>, SendError> {
        let bot = self.bot.to_string();
        let mut after = after;
        let mut found = Vec::new();
        for _ in 0..PAGES {
            let route = Route::ChannelMessages { channel_id: ChannelId::new(channel.max(1)) };
            let params = vec![("after", after.to_string()), ("limit", PAGE.to_string())];
            let page = self.read(step, scene, route, params).await?;
            let mut page = page.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
            if page.is_empty() && found.is_empty() {
                self.may_read_history(step, scene, channel).await?;
            }
            page.sort_by_key(id_of);
            let full = page.len() >= PAGE;
            after = page.iter().filter_map(id_of).max().unwrap_or(after);
            found.extend(page.into_iter().filter(|m| {
                m["author"]["id"] == bot.as_str()
                    && matches!(m["type"].as_u64(), Some(0))
                    && m["interaction_metadata"].is_null()
                    && m["interaction"].is_null()
            }));
            if !full {
                break;
            }
        }
        Ok(found)
    }
}

/// What a message is known by: the footers of its embeds and the values of its menu.
fn marks(message: &Value) -> Vec<String> {
    let footers =
        message["embeds"].as_array().into_iter().flatten().filter_map(|e| e["footer"]["text"].as_str());
    let parts = message["components"].as_array().into_iter().flatten();
    let menus = parts
        .flat_map(|row| row["components"].as_array().into_iter().flatten())
        .flat_map(|menu| menu["options"].as_array().into_iter().flatten())
        .filter_map(|option| option["value"].as_str());
    let menu: Vec<String> = menus.map(str::to_owned).collect();
    if menu.is_empty() { footers.map(str::to_owned).collect() } else { menu }
}
