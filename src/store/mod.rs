//! How everything is kept: pool, migrations, one module per aggregate. The only place with SQL.
//!
//! One SQL text serves SQLite and Postgres; what must differ has a named function in `dialect`. Every insert's
//! key is derived from its input, so doing it twice is doing it once.

mod amendments;
mod analyses;
mod changes;
mod checks;
mod decisions;
mod decode;
mod deliveries;
mod desks;
mod dialect;
mod digests;
mod embeddings;
mod error;
mod expire;
mod explain;
mod followed;
mod forget;
mod headlines;
mod held;
mod insert;
mod leads;
mod model_calls;
mod model_replies;
mod moderation;
mod open;
mod questions;
mod reading;
mod records;
mod related;
mod sealed;
mod search;
mod signals;
mod silences;
mod sources;
mod spent;
mod stories;
mod storylines;
mod tally;
mod told;

pub use analyses::{AnalysedRow, CopyRow, TextRow};
pub use changes::Changed;
pub use checks::DueCheck;
pub use deliveries::{LeasedStep, Outgoing, Planned, PostedStep};
pub use dialect::Dialect;
pub use digests::{DigestItem, DigestStories};
pub use embeddings::NewVectors;
pub use error::StoreError;
pub use explain::{GroupSize, StoryUse};
pub use headlines::{HeadlineRow, StoryLine};
pub use leads::LeadRow;
pub use model_calls::{CallState, Cap, Caps, NewCall, SettledCall, Spent};
pub use open::Store;
pub use questions::{Fate, NewQuestion, OpenQuestion, OpenState, PassReason};
pub use reading::{Stored, View};
pub use search::SearchHit;
pub use silences::SilenceKind;
pub use sources::{Brought, SourceFailure, SourceHealth, SourceState};
pub use spent::{PointLimits, PointsSpent};
pub use stories::{NewStory, StoryRow, Trail};
pub use storylines::OpenStoryline;
pub use tally::Tally;
pub use told::{PostTold, StandingAnswer};
