//! Questions asked of the desk, answered from the store by one set of functions.
//!
//! Every front end (command line, Discord, Bluesky, web) asks here and only draws what comes back, so that all
//! of them tell the same facts. Each answer serialises to the documented JSON shape of its question.

mod desk;
mod find;
mod search;
mod sources;
mod status;
mod story;
mod topics;
mod why;

pub use desk::{AskError, Desk, TopicView, Topics};
pub use find::Subject;
pub use search::{SearchAnswer, StoryHit, TextHit};
pub use sources::SourceLine;
pub use status::{SourceLineStatus, StatusAnswer};
pub use story::{ChangedAnswer, FaqAnswer, FaqLine, SectionView, SignalView, StoryAnswer, VersionLine};
pub use topics::{LatestStory, TopicLine};
pub use why::{LeadLine, TopicWhy, WhyAnswer, first_words};
