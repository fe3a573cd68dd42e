//! When things happen, and the newsroom that runs the stages in their order.

mod compose;
mod cron;
mod deliver;
mod erase;
mod newsroom;
mod settings;
mod storylines;
mod tick;

pub use self::cron::{CronError, CronField, CronSchedule};
pub use self::deliver::Publishing;
pub use self::newsroom::{Beat, Newsroom};
pub use self::settings::Settings;
pub use self::tick::TickReport;
