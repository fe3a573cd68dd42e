//! The connection to Bluesky: one signed-in account, with its limits kept.
//!
//! It knows requests and answers, not stories. What is sent is rendered and planned in `publish::bluesky`; followers are
//! answered in `mentions`.

mod account;
mod budget;
mod error;
mod http;
mod identity;
mod kept;
mod record;
mod session;
mod view;
mod write;

pub use account::{Account, AccountSettings, ServerInfo, SessionInfo};
pub use budget::{Purpose, RESERVE_PERCENT};
pub use error::{SignedOut, XrpcError};
pub use identity::{Did, NoDid};
pub use record::{RecordError, Tid, blob_of, cid_of};
pub use view::{Label, Notification, NotificationPage, PostView, Profile};
pub use write::Write;
