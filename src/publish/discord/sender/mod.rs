//! Sends the steps of a delivery to Discord, and finds again what was sent.

mod cards;
mod find;
mod request;
mod tags;
mod trouble;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use serenity::http::LightMethod;
use tracing::debug;

use super::Call;
use crate::discord::{Attachment, Rest, RestError};
use crate::model::{Destination, HoldReason, StepKind};
use crate::publish::outbox::{Publisher, SendError};
use crate::store::{LeasedStep, PostedStep, Store};
use cards::Cards;
use request::{Ids, Target};

pub use trouble::{Trouble, TroubleKind};

/// Makes an id of a button into one that nobody else can make up.
pub type Sign = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// Told of what only a moderator can mend.
pub type Tell = Arc<dyn Fn(Trouble) + Send + Sync>;

/// Posts to Discord.
pub struct DiscordSender {
    rest: Rest,
    store: Store,
    bot: u64,
    sign: Sign,
    tell: Tell,
    cards: Cards,
}

/// What a step finds at its destination.
struct Scene {
    channel: u64,
    posted: Vec<PostedStep>,
    ids: Ids,
}

impl DiscordSender {
    /// A sender for the bot with this user id.
    pub fn new(rest: Rest, store: Store, bot: u64, sign: Sign, tell: Tell) -> Self {
        Self { rest, store, bot, sign, tell, cards: Cards::default() }
    }

    async fn scene(&self, step: &LeasedStep) -> Result<Scene, SendError> {
        let Ok(Destination::Discord { channel }) = step.destination.parse() else {
            return Err(SendError::Permanent(HoldReason::DestinationGone));
        };
        let posted = self
            .store
            .posted_steps(&step.storyline, &step.destination)
            .await
            .map_err(|err| SendError::Transient(format!("the database: {err}")))?;
        let of = |kinds: &[StepKind]| {
            posted.iter().filter(|p| kinds.contains(&p.kind)).find_map(|p| p.remote.parse::<u64>().ok())
        };
        let ids = Ids {
            channel,
            opening: of(&[StepKind::DiscordPost, StepKind::DiscordForum]),
            thread: of(&[StepKind::DiscordThread, StepKind::DiscordForum]),
            message: step.remote.as_deref().and_then(|r| r.parse().ok()),
        };
        Ok(Scene { channel, posted, ids })
    }

    /// What a step says, or `None` if it is to be taken away.
    fn call(step: &LeasedStep) -> Result<Option<Call>, SendError> {
        if step.step.payload.is_null() {
            return Ok(None);
        }
        Call::of_step(&step.step).map(Some).map_err(|err| {
            SendError::Transient(format!(
                "the stored step cannot be read: {err}; a newer version may be needed"
            ))
        })
    }

    /// Brings what stands there to what the step says now.
    async fn edit(&self, step: &LeasedStep, scene: &Scene, call: &Call) -> Result<(), SendError> {
        for edit in call.edits() {
            match self.perform(step, scene, &edit).await {
                Ok(_) => {}
                // Somebody over there took it away: that stands.
                Err(SendError::Permanent(HoldReason::DestinationGone)) => {
                    debug!(step.id = %step.step.id, "nothing to edit: it was deleted there");
                }
                Err(err) => return Err(err),
            }
        }
        Ok(())
    }

    async fn remove(&self, step: &LeasedStep, scene: &Scene) -> Result<(), SendError> {
        let Some(call) = Call::removal(step.step.kind) else { return Ok(()) };
        match self.perform(step, scene, &call).await {
            Ok(_) | Err(SendError::Permanent(HoldReason::DestinationGone)) => Ok(()),
            Err(err) => Err(err),
        }
    }

    /// One request, with what can be mended on the way mended.
    async fn perform(&self, step: &LeasedStep, scene: &Scene, call: &Call) -> Result<Value, SendError> {
        // What it hangs on was not posted: it waits with it, and its moderators know already.
        let target =
            request::target(&call.path, scene.ids).ok_or(SendError::Permanent(HoldReason::NoPermission))?;
        let mut body = call.body.clone();
        request::sign(&mut body, &self.sign);
        if !call.tags.is_empty() {
            let applied = tags::resolve(&self.rest, scene.channel, &call.tags).await;
            request::apply_tags(&mut body, applied);
        }
        let mut picture = match &call.card {
            Some(card) => match self.cards.png(card).await {
                Ok(bytes) => Some(Attachment { name: card.filename(), bytes }),
                Err(err) => {
                    debug!(step.id = %step.step.id, %err, "no card");
                    request::without_picture(&mut body);
                    None
                }
            },
            None => None,
        };
        let mut woken = false;
        loop {
            let sent = self.request(call.method, target, &body, picture.clone()).await;
            let err = match sent {
                Ok(answer) => return Ok(answer),
                Err(err) => err,
            };
            match err.code() {
                // A thread that went to sleep is woken once; a locked one stays locked.
                Some(trouble::ARCHIVED) if !woken => {
                    woken = true;
                    self.wake(step, scene).await?;
                }
                // Perhaps only the file is not allowed there.
                Some(trouble::MISSING_PERMISSIONS) if picture.is_some() => {
                    picture = None;
                    request::without_picture(&mut body);
                }
                _ => return Err(self.classify(step, scene, call, &err)),
            }
        }
    }

    async fn request(
        &self,
        method: &str,
        target: Target,
        body: &Value,
        picture: Option<Attachment>,
    ) -> Result<Value, RestError> {
        let method = match method {
            "PATCH" => LightMethod::Patch,
            "DELETE" => LightMethod::Delete,
            "PUT" => LightMethod::Put,
            _ => LightMethod::Post,
        };
        let body = Some(body).filter(|b| !b.is_null());
        self.rest.send(method, target.route(), body, picture).await
    }

    async fn wake(&self, step: &LeasedStep, scene: &Scene) -> Result<(), SendError> {
        let Some(thread) = scene.ids.thread else { return Ok(()) };
        let body = json!({ "archived": false });
        let sent = self.request("PATCH", Target::Channel { channel: thread }, &body, None).await;
        match sent {
            Ok(_) => Ok(()),
            Err(err) if trouble::is_refusal(&err) => Err(self.locked(step, scene)),
            Err(err) => Err(trouble::transient(&err)),
        }
    }

    /// What a request that has just succeeded made.
    fn remote(step: &LeasedStep, scene: &Scene, answer: &Value) -> Result<String, SendError> {
        let id = || {
            answer["id"].as_str().map(str::to_owned).ok_or_else(|| {
                SendError::Transient("Discord's answer names no id; it will be looked for".to_owned())
            })
        };
        match step.step.kind {
            StepKind::DiscordPost
            | StepKind::DiscordThread
            | StepKind::DiscordForum
            | StepKind::DiscordMessage => id(),
            StepKind::DiscordEdit => {
                Ok(scene.ids.opening.map_or_else(|| "edited".to_owned(), |id| id.to_string()))
            }
            StepKind::DiscordCrosspost => Ok("crossposted".to_owned()),
            StepKind::PreviewDiscord | StepKind::PreviewBluesky | StepKind::PreviewPage => {
                Err(SendError::Permanent(HoldReason::DestinationGone))
            }
        }
    }
}

#[async_trait]
impl Publisher for DiscordSender {
    async fn reconcile(&self, step: &LeasedStep) -> Result<Option<String>, SendError> {
        // Changing what stands there is safe to repeat.
        if step.remote.is_some() {
            return Ok(None);
        }
        let scene = self.scene(step).await?;
        let Some(found) = self.find(step, &scene).await? else { return Ok(None) };
        let found_scene = Scene { ids: scene.ids.with_found(step.step.kind, found), ..scene };
        match Self::call(step)? {
            None => {
                self.remove(step, &found_scene).await?;
                Ok(Some(String::new()))
            }
            // It was planned again after it may have been sent.
            Some(call) if step.plan > 0 => {
                self.edit(step, &found_scene, &call).await?;
                Ok(Some(found.to_string()))
            }
            Some(_) => Ok(Some(found.to_string())),
        }
    }

    async fn send(&self, step: &LeasedStep) -> Result<String, SendError> {
        let scene = self.scene(step).await?;
        let call = Self::call(step)?;
        match (call, &step.remote) {
            (None, None) => Ok(String::new()),
            (None, Some(_)) => {
                self.remove(step, &scene).await?;
                Ok(String::new())
            }
            (Some(call), Some(remote)) => {
                self.edit(step, &scene, &call).await?;
                Ok(remote.clone())
            }
            // A notice about what was never posted would be the first that people hear of it.
            (Some(_), None) if step.step.payload["only_edit"] == true => Ok(String::new()),
            (Some(call), None) => {
                let sent = self.perform(step, &scene, &call).await;
                match (sent, step.step.kind) {
                    (Ok(answer), _) => Self::remote(step, &scene, &answer),
                    // A moderator deleted the opening: that stands, and what hangs on it finds out by itself.
                    (Err(SendError::Permanent(HoldReason::DestinationGone)), StepKind::DiscordEdit) => {
                        Ok("gone".to_owned())
                    }
                    // The message stands; that it is not passed on holds up nothing.
                    (Err(SendError::Permanent(reason)), StepKind::DiscordCrosspost) => {
                        debug!(step.id = %step.step.id, %reason, "not passed on to the channels that follow this one");
                        Ok("not crossposted".to_owned())
                    }
                    (Err(err), _) => Err(err),
                }
            }
        }
    }
}
