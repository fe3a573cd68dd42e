//! The words of the product as types: records, signals, stories, deliveries, decisions.
//!
//! Nothing here does I/O, and nothing here knows a platform's wire format. Every enum's text form is written
//! once (`text_enum!`), so that the store, the JSON answers and the command line can never disagree.

mod amendment;
mod analysis;
mod asked;
mod brief;
mod clock;
mod count;
mod decision;
mod delivery;
mod id;
mod lang;
mod lead;
mod platform;
mod record;
mod rejection;
mod sentence;
mod short;
mod signal;
mod story;
mod subscription;
mod text_enum;

pub use amendment::{Amendment, AmendmentKind};
pub use analysis::{
    Analysis, ClusterChange, Entity, EntityKind, Marks, QuarantineReason, Register, Signs, StoredText,
};
pub use asked::{Asked, Side};
pub use brief::{
    Brief, BriefRecord, Caveat, CounterSearch, EarlierVersion, Quote, QuoteKind, SignalFact, Similar,
    TopicRef,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use count::{Count, CountBase, CountFilter, CountUnit, Mentioned, mentions};
pub use decision::{Decision, DecisionKind, Outcome, ReasonCode};
pub use delivery::{Delivery, DeliveryState, Destination, HoldReason, Step, StepKind, StepState};
pub use id::{
    AuthorKey, ClusterId, CopyGroup, CountId, DeliveryId, DeskId, InvalidId, QuoteId, RecordId, Sha256,
    SignalId, StepId, StoryCode, StorylineId, TopicSlug,
};
pub use lang::Lang;
pub use lead::{Lead, ScoreTerm};
pub use platform::{Platform, SourceClass};
pub use record::{
    Engagement, GATHERED, Gap, GoneAccount, IncomingRecord, MAX_FIELD_BYTES, Record, RecordState,
    TombstoneReason,
};
pub use rejection::{Rejection, RejectionCode};
pub use sentence::{Citation, CountUse, Sentence, SentenceKind, Span};
pub use signal::{Baseline, Discount, DiscountKind, Severity, Signal, SignalKind};
pub use story::{
    Change, ChangeKind, Faq, FaqKind, Methodology, ModelUse, Place, Section, Story, StoryBody, StoryStatus,
};
pub use subscription::{
    AuditEntry, Cadence, DeskSettings, Dispute, DisputeState, GuildDesk, Mute, MuteKind, Style, Subscription,
};
pub use text_enum::UnknownVariant;
pub(crate) use text_enum::text_enum;
