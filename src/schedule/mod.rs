//! When things happen: cron in time zones, ticks, shutdown.

mod cron;

pub use self::cron::{CronError, CronField, CronSchedule};
