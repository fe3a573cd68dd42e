//! Questions asked of the desk, answered from the store by one set of functions.
//!
//! Every front end (command line, Discord, Bluesky, web) asks here and only draws what comes back, so that all
//! of them tell the same facts. Each answer serialises to the documented JSON shape of its question.

mod desk;
mod explain;
mod find;
mod metrics;
mod search;
mod sources;
mod status;
mod story;
mod topics;
mod tune;
mod why;
pub(crate) mod words;

pub use desk::{AskError, Desk, TopicView, Topics};
pub use explain::{
    Bar, CitedIn, Company, Explainer, Gate, GateName, GateState, RankedAt, RecordWhy, Related, RuleMatch,
    Setting, SignalCheck, Standing, WhyNot,
};
pub use find::Subject;
pub use metrics::metrics;
pub use search::{SearchAnswer, StoryHit, TextHit};
pub use sources::SourceLine;
pub use status::{FailureStatus, ModelSpending, SourceLineStatus, StatusAnswer};
pub use story::{ChangedAnswer, FaqAnswer, FaqLine, SectionView, SignalView, StoryAnswer, VersionLine};
pub use topics::{LatestStory, TopicLine};
pub use tune::{Proposal, ProposalKind, RuleUse, TuneAnswer};
pub use why::{LeadLine, Term, TopicWhy, WhyAnswer, first_words};
