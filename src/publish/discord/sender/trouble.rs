//! What a refusal means: for the step, and for the moderators.

use super::{DiscordSender, Scene};
use crate::discord::RestError;
use crate::model::{DeskId, HoldReason, StepKind};
use crate::publish::outbox::SendError;
use crate::store::LeasedStep;

/// Thread is archived.
pub(super) const ARCHIVED: u64 = 50_083;
/// Missing permissions.
pub(super) const MISSING_PERMISSIONS: u64 = 50_013;
const MISSING_ACCESS: u64 = 50_001;
const LOCKED: u64 = 160_005;
const UNKNOWN_MESSAGE: u64 = 10_008;
/// Channel or guild.
const UNKNOWN_PLACE: [u64; 2] = [10_003, 10_004];
const WRONG_CHANNEL_TYPE: u64 = 50_024;
const NOT_A_TEXT_CHANNEL: u64 = 50_008;
const TOO_MANY_THREADS: [u64; 2] = [160_006, 30_033];
const SLOW_MODE: u64 = 20_016;

/// Something that only people over there can mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Whose.
    pub desk: DeskId,
    /// In which channel.
    pub channel: u64,
    /// In which thread of it, if it is about one.
    pub thread: Option<u64>,
    /// What.
    pub kind: TroubleKind,
}

/// What kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// We may not post there.
    NoPermission,
    /// The channel is gone.
    ChannelGone,
    /// The thread of a story is gone.
    ThreadGone,
    /// The thread of a story is locked.
    ThreadLocked,
    /// The channel is of another type than the style is for.
    WrongType,
    /// Discord refused what we sent: a mistake of ours.
    Refused,
}

impl TroubleKind {
    /// For the key under which a desk is told once.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoPermission => "no_permission",
            Self::ChannelGone => "channel_gone",
            Self::ThreadGone => "thread_gone",
            Self::ThreadLocked => "thread_locked",
            Self::WrongType => "wrong_type",
            Self::Refused => "refused",
        }
    }
}

/// A thread stands at the message already, perhaps made by a member.
pub(super) const THREAD_EXISTS: u64 = 160_004;
/// The message was passed on before.
pub(super) const ALREADY_CROSSPOSTED: u64 = 40_033;

/// What became of a request that did not succeed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The message it names was deleted over there: nobody needs to be told.
    MessageGone,
    /// Its channel or thread was.
    PlaceGone(TroubleKind),
    /// Anything else. Moderators know of it, if they have to.
    Send(SendError),
}

impl From<SendError> for Failure {
    fn from(err: SendError) -> Self {
        Self::Send(err)
    }
}

/// Whether Discord said no, for good.
pub(super) fn is_refusal(err: &RestError) -> bool {
    matches!(err, RestError::Refused { retry_after: None, .. })
}

/// A failure that time may heal.
pub(super) fn transient(err: &RestError) -> SendError {
    let why = err.to_string();
    match err {
        RestError::Limited { after } | RestError::HoldingBack { after } => {
            SendError::NotBefore { why, after: *after }
        }
        RestError::Refused { retry_after: Some(after), .. } => SendError::NotBefore { why, after: *after },
        // Every further try would count against us; the desk stops for other reasons.
        RestError::TokenRevoked => SendError::NotBefore { why, after: std::time::Duration::from_hours(1) },
        RestError::Refused { .. } | RestError::Unclear { .. } => SendError::Transient(why),
    }
}

impl DiscordSender {
    /// What an error means for the step; moderators are told of what only they can mend.
    pub(super) fn classify(&self, step: &LeasedStep, scene: &Scene, path: &str, err: &RestError) -> Failure {
        let RestError::Refused { status, code, .. } = err else { return transient(err).into() };
        if step.step.kind == StepKind::DiscordCrosspost && is_refusal(err) {
            return SendError::Permanent(HoldReason::Refused).into();
        }
        let held = |kind, reason| {
            self.trouble(step, scene, kind);
            Failure::Send(SendError::Permanent(reason))
        };
        match *code {
            SLOW_MODE => transient(err).into(),
            code if TOO_MANY_THREADS.contains(&code) => transient(err).into(),
            UNKNOWN_MESSAGE => Failure::MessageGone,
            code if UNKNOWN_PLACE.contains(&code) && path.contains("{thread}") => {
                Failure::PlaceGone(TroubleKind::ThreadGone)
            }
            code if UNKNOWN_PLACE.contains(&code) => Failure::PlaceGone(TroubleKind::ChannelGone),
            LOCKED | ARCHIVED => held(TroubleKind::ThreadLocked, HoldReason::NoPermission),
            NOT_A_TEXT_CHANNEL | WRONG_CHANNEL_TYPE => held(TroubleKind::WrongType, HoldReason::WrongStyle),
            MISSING_ACCESS | MISSING_PERMISSIONS => held(TroubleKind::NoPermission, HoldReason::NoPermission),
            _ if *status == 403 => held(TroubleKind::NoPermission, HoldReason::NoPermission),
            // A request that is wrong today is wrong tomorrow.
            _ if matches!(status, 400 | 404 | 405 | 413) => {
                tracing::warn!(step.id = %step.step.id, %err, "Discord refused {} of {}", step.step.kind, step.code);
                held(TroubleKind::Refused, HoldReason::Refused)
            }
            _ => transient(err).into(),
        }
    }

    /// What a failure means for a step that cannot do without what it asked for.
    pub(super) fn given_up(&self, step: &LeasedStep, scene: &Scene, failure: Failure) -> SendError {
        match failure {
            Failure::MessageGone => SendError::Permanent(HoldReason::DestinationGone),
            Failure::PlaceGone(kind) => {
                self.trouble(step, scene, kind);
                SendError::Permanent(HoldReason::DestinationGone)
            }
            Failure::Send(err) => err,
        }
    }

    /// Holds a step for want of a permission, and tells the moderators.
    pub(super) fn not_allowed(&self, step: &LeasedStep, scene: &Scene, kind: TroubleKind) -> SendError {
        self.trouble(step, scene, kind);
        SendError::Permanent(HoldReason::NoPermission)
    }

    fn trouble(&self, step: &LeasedStep, scene: &Scene, kind: TroubleKind) {
        let Some(desk) = &step.desk else { return };
        (self.tell)(Trouble { desk: desk.clone(), channel: scene.channel, thread: scene.ids.thread, kind });
    }
}
