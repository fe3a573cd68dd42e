//! Sends the steps of a delivery to Discord, and finds again what was sent.

mod find;
mod request;
mod tags;
mod trouble;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use serenity::http::LightMethod;
use tracing::debug;

use super::Call;
use crate::discord::{Attachment, Rest, RestError};
use crate::model::{Destination, HoldReason, StepKind, StepState};
use crate::publish::card::Cards;
use crate::publish::outbox::{Publisher, SendError};
use crate::store::{LeasedStep, PostedStep, Store};
use request::{Ids, Target};
use trouble::Failure;

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
    /// Forums that have refused new tags: asking for each post would be refused each time.
    without_new_tags: Mutex<BTreeSet<u64>>,
    cards: Cards,
}

/// A crosspost that has to wait longer is left out: what comes after it does not wait that long.
const CROSSPOST_WAIT: Duration = Duration::from_mins(1);

/// So long after it was planned, nothing held is tried again.
const HELD_FOR: chrono::Duration = chrono::Duration::days(2);

/// What a step finds at its destination.
struct Scene {
    channel: u64,
    posted: Vec<PostedStep>,
    ids: Ids,
}

impl DiscordSender {
    /// A sender for the bot with this user id.
    pub fn new(rest: Rest, store: Store, bot: u64, sign: Sign, tell: Tell) -> Self {
        Self { rest, store, bot, sign, tell, without_new_tags: Mutex::default(), cards: Cards::default() }
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

    /// Brings what stands there to what the step says now. What somebody over there took away stays away.
    async fn edit(&self, step: &LeasedStep, scene: &Scene, call: &Call) -> Result<(), SendError> {
        for edit in call.edits() {
            match self.perform(step, scene, &edit).await {
                Ok(_) => {}
                Err(Failure::MessageGone | Failure::PlaceGone(_)) => {
                    debug!(step.id = %step.step.id, "nothing to edit: it was deleted there");
                }
                Err(Failure::Send(err)) => return Err(err),
            }
        }
        Ok(())
    }

    async fn remove(&self, step: &LeasedStep, scene: &Scene) -> Result<(), SendError> {
        let Some(call) = Call::removal(step.step.kind) else { return Ok(()) };
        match self.perform(step, scene, &call).await {
            Ok(_) | Err(Failure::MessageGone | Failure::PlaceGone(_)) => Ok(()),
            Err(Failure::Send(err)) => Err(err),
        }
    }

    /// One request, with what can be mended on the way mended.
    async fn perform(&self, step: &LeasedStep, scene: &Scene, call: &Call) -> Result<Value, Failure> {
        // What it hangs on was not posted: it waits with it, and its moderators know already.
        let target =
            request::target(&call.path, scene.ids).ok_or(SendError::Permanent(HoldReason::NoPermission))?;
        let mut body = call.body.clone();
        request::sign(&mut body, &self.sign);
        request::with_nonce(&mut body, &step.step.id);
        if !call.tags.is_empty() {
            let applied = self.tags(scene.channel, &call.tags).await;
            request::apply_tags(&mut body, &applied.map_err(|err| trouble::transient(&err))?);
        }
        let edit = call.method == "PATCH";
        let mut picture = match &call.card {
            Some(card) => match self.cards.png(card).await {
                Ok(bytes) => Some(Attachment { name: card.filename(), bytes }),
                Err(err) => {
                    debug!(step.id = %step.step.id, %err, "no card");
                    request::without_picture(&mut body, edit);
                    None
                }
            },
            None => None,
        };
        let mut woken = false;
        loop {
            let sent = self.request(call.method, target, &body, picture.clone()).await;
            let err = match sent {
                Ok(answer) if request::lost_embeds(&body, &answer) => {
                    return Err(self.without_embeds(step, scene, call, &answer).await.into());
                }
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
                    request::without_picture(&mut body, edit);
                }
                Some(trouble::THREAD_EXISTS) if scene.ids.opening.is_some() => {
                    return Ok(json!({ "id": scene.ids.opening.unwrap_or_default().to_string() }));
                }
                Some(trouble::ALREADY_CROSSPOSTED) => return Ok(Value::Null),
                _ => return Err(self.classify(step, scene, &call.path, &err)),
            }
        }
    }

    /// Discord took a message without its embeds: without them it says nothing, so a new one is taken back.
    async fn without_embeds(
        &self,
        step: &LeasedStep,
        scene: &Scene,
        call: &Call,
        answer: &Value,
    ) -> SendError {
        let id = answer["id"].as_str().and_then(|id| id.parse().ok()).filter(|id| *id != 0);
        if let (Some(id), "POST") = (id, call.method) {
            let made = match step.step.kind {
                StepKind::DiscordForum => Target::Channel { channel: id },
                _ => Target::Message { channel: scene.channel, message: id },
            };
            for _ in 0..3 {
                match self.request("DELETE", made, &Value::Null, None).await {
                    Err(err) if !trouble::is_refusal(&err) => {}
                    Ok(_) | Err(_) => break,
                }
            }
        }
        self.not_allowed(step, scene, TroubleKind::NoPermission)
    }

    async fn tags(&self, forum: u64, wanted: &[String]) -> Result<Vec<String>, RestError> {
        let refused = || self.without_new_tags.lock().unwrap_or_else(PoisonError::into_inner);
        let mut make = !refused().contains(&forum);
        let tags = tags::resolve(&self.rest, forum, wanted, &mut make).await;
        if !make {
            refused().insert(forum);
        }
        tags
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
            Err(err) if trouble::is_refusal(&err) => {
                Err(self.not_allowed(step, scene, TroubleKind::ThreadLocked))
            }
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
            StepKind::PreviewDiscord
            | StepKind::PreviewBluesky
            | StepKind::PreviewPage
            | StepKind::BlueskyThread => Err(SendError::Permanent(HoldReason::DestinationGone)),
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
        let remote = match (Self::call(step)?, &step.remote) {
            (None, None) => String::new(),
            (None, Some(_)) => {
                self.remove(step, &scene).await?;
                String::new()
            }
            (Some(call), Some(remote)) => {
                self.edit(step, &scene, &call).await?;
                remote.clone()
            }
            // A notice about what was never posted would be the first that people hear of it.
            (Some(_), None) if step.step.payload["only_edit"] == true => String::new(),
            (Some(call), None) => self.make(step, &scene, &call).await?,
        };
        if step.was_held {
            self.mended(step, &scene).await?;
        }
        Ok(remote)
    }
}

impl DiscordSender {
    /// Makes what does not stand there yet; its id.
    async fn make(&self, step: &LeasedStep, scene: &Scene, call: &Call) -> Result<String, SendError> {
        // In a thread nothing overtakes an earlier version that waits for a person.
        if step.step.kind == StepKind::DiscordMessage {
            let behind = self.store.is_behind_held(step, step.created_at - HELD_FOR).await;
            if behind.map_err(|err| SendError::Transient(format!("the database: {err}")))? {
                return Err(SendError::Permanent(HoldReason::NoPermission));
            }
        }
        match (self.perform(step, scene, call).await, step.step.kind) {
            (Ok(answer), _) => {
                let remote = Self::remote(step, scene, &answer)?;
                // Discord may have remembered a message of an older plan that was not found.
                let before = step.plan > 0 && matches!(step.step.state, StepState::Intended { .. });
                if let (true, Ok(found)) = (before && call.method == "POST", remote.parse()) {
                    let scene = Scene {
                        channel: scene.channel,
                        posted: Vec::new(),
                        ids: scene.ids.with_found(step.step.kind, found),
                    };
                    self.edit(step, &scene, call).await?;
                }
                Ok(remote)
            }
            // A moderator deleted the opening: that stands, and the thread is told what is new.
            (Err(Failure::MessageGone), StepKind::DiscordEdit) => Ok("gone".to_owned()),
            // The message stands; that it is not passed on holds up nothing.
            (Err(failure), StepKind::DiscordCrosspost) if is_final(&failure) => {
                debug!(step.id = %step.step.id, ?failure, "not passed on to the channels that follow this one");
                Ok("not crossposted".to_owned())
            }
            (Err(failure), _) => Err(self.given_up(step, scene, failure)),
        }
    }

    /// What held a step is over: moderators may be told of it again, should it come back.
    async fn mended(&self, step: &LeasedStep, scene: &Scene) -> Result<(), SendError> {
        let Some(desk) = &step.desk else { return Ok(()) };
        let places = [Some(scene.channel), scene.ids.thread];
        for place in places.into_iter().flatten() {
            for kind in [TroubleKind::NoPermission, TroubleKind::ThreadLocked] {
                let key = format!("{desk}:{place}:{}", kind.as_str());
                let told = self.store.told_no_more(&key).await;
                told.map_err(|err| SendError::Transient(format!("the database: {err}")))?;
            }
        }
        Ok(())
    }
}

/// Whether a crosspost is better left out than tried again.
fn is_final(failure: &Failure) -> bool {
    match failure {
        Failure::MessageGone | Failure::PlaceGone(_) | Failure::Send(SendError::Permanent(_)) => true,
        Failure::Send(SendError::NotBefore { after, .. }) => *after > CROSSPOST_WAIT,
        Failure::Send(SendError::Transient(_)) => false,
    }
}
