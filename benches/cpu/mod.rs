//! CPU time, which other programs take no part in.

use std::time::{Duration, Instant};

/// When this thread began something.
pub(crate) struct Begin {
    at: Instant,
    cpu: Option<Duration>,
}

impl Begin {
    pub(crate) fn now() -> Self {
        Self { at: Instant::now(), cpu: cpu() }
    }

    /// What this thread has run since; where the system does not say so, the time that has passed.
    pub(crate) fn spent(&self) -> Duration {
        cpu().zip(self.cpu).map_or_else(|| self.at.elapsed(), |(now, then)| now.saturating_sub(then))
    }
}

fn cpu() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    stat.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
