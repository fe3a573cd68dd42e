//! What a refusal means: for the step, and for the moderators.

use super::{Call, DiscordSender, Scene};
use crate::discord::RestError;
use crate::model::{DeskId, HoldReason};
use crate::publish::outbox::SendError;
use crate::store::LeasedStep;

/// Thread is archived.
pub(super) const ARCHIVED: u64 = 50_083;
/// Missing permissions.
pub(super) const MISSING_PERMISSIONS: u64 = 50_013;
const MISSING_ACCESS: u64 = 50_001;
const LOCKED: u64 = 160_005;
const UNKNOWN: [u64; 3] = [10_003, 10_004, 10_008];
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
    pub(super) fn classify(
        &self,
        step: &LeasedStep,
        scene: &Scene,
        call: &Call,
        err: &RestError,
    ) -> SendError {
        let RestError::Refused { status, code, .. } = err else { return transient(err) };
        let in_thread = call.path.contains("{thread}");
        if call.kind == crate::model::StepKind::DiscordCrosspost && is_refusal(err) {
            return SendError::Permanent(HoldReason::Refused);
        }
        match *code {
            SLOW_MODE => transient(err),
            code if TOO_MANY_THREADS.contains(&code) => transient(err),
            // A message that a moderator deleted: nobody needs to be told.
            10_008 => SendError::Permanent(HoldReason::DestinationGone),
            code if UNKNOWN.contains(&code) => {
                let kind = if in_thread { TroubleKind::ThreadGone } else { TroubleKind::ChannelGone };
                self.trouble(step, scene, kind);
                SendError::Permanent(HoldReason::DestinationGone)
            }
            LOCKED | ARCHIVED => self.locked(step, scene),
            NOT_A_TEXT_CHANNEL | WRONG_CHANNEL_TYPE => {
                self.trouble(step, scene, TroubleKind::WrongType);
                SendError::Permanent(HoldReason::WrongStyle)
            }
            MISSING_ACCESS | MISSING_PERMISSIONS => {
                self.trouble(step, scene, TroubleKind::NoPermission);
                SendError::Permanent(HoldReason::NoPermission)
            }
            _ if *status == 403 => {
                self.trouble(step, scene, TroubleKind::NoPermission);
                SendError::Permanent(HoldReason::NoPermission)
            }
            // A request that is wrong today is wrong tomorrow.
            _ if matches!(status, 400 | 404 | 405 | 413) => {
                tracing::warn!(step.id = %step.step.id, %err, "Discord refused {} of {}", step.step.kind, step.code);
                self.trouble(step, scene, TroubleKind::Refused);
                SendError::Permanent(HoldReason::Refused)
            }
            _ => transient(err),
        }
    }

    pub(super) fn locked(&self, step: &LeasedStep, scene: &Scene) -> SendError {
        self.trouble(step, scene, TroubleKind::ThreadLocked);
        SendError::Permanent(HoldReason::NoPermission)
    }

    fn trouble(&self, step: &LeasedStep, scene: &Scene, kind: TroubleKind) {
        let Some(desk) = &step.desk else { return };
        (self.tell)(Trouble { desk: desk.clone(), channel: scene.channel, thread: scene.ids.thread, kind });
    }
}
