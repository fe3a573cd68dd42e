//! When things happen, and the newsroom that runs the stages in their order.

mod amend;
mod compose;
mod cron;
mod deliver;
mod erase;
mod ledger;
mod listen;
mod mailroom;
mod memory;
mod newsroom;
mod opening;
mod pages;
mod round;
mod settings;
mod sources;
mod storylines;
mod texts;
mod tick;
mod timing;
mod wording;

pub use self::cron::{CronError, CronField, CronSchedule};
pub use self::deliver::Publishing;
pub(crate) use self::ledger::{Entry, Prices, caps_of, client_of};
pub use self::listen::Listener;
pub use self::mailroom::Mailroom;
pub use self::memory::watch_at;
pub use self::newsroom::{Beat, Newsroom};
pub use self::pages::Gatherer;
pub(crate) use self::pages::search_of;
pub use self::round::{
    AmendError, LiveDesk, Publishers, Rechecker, RoundReport, Scanner, Writer, Written, mailroom_of,
};
pub use self::settings::{Settings, profiles_of, retry_policy_of};
pub use self::sources::{Doors, TopicSource, http_settings, lookups_of, sources_of};
pub use self::tick::TickReport;
pub(crate) use self::tick::lower_first;
