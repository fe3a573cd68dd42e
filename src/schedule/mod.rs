//! When things happen: cron in time zones, ticks, shutdown.
