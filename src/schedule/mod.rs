//! When things happen: cron in time zones, ticks, shutdown.

mod cron;
// mod compose; mod newsroom; mod settings; mod storylines; mod tick;

pub use self::cron::{CronError, CronField, CronSchedule};
