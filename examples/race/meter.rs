//! What a stage cost: processor time, wall time, memory. Read from `/proc`; elsewhere everything but the wall is 0.

use std::time::Instant;

/// Ticks of the kernel's clock in a second, as `/proc/self/stat` counts.
const TICKS: f64 = 100.0;

/// What one stage cost.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct Cost {
    pub(crate) records: usize,
    pub(crate) cpu_s: f64,
    pub(crate) wall_s: f64,
    pub(crate) records_per_cpu_s: f64,
    pub(crate) rss_mb: f64,
    pub(crate) peak_rss_mb: f64,
    #[serde(flatten)]
    pub(crate) facts: serde_json::Value,
}

/// A running measurement.
pub(crate) struct Meter {
    wall: Instant,
    process: f64,
    thread: f64,
}

impl Meter {
    pub(crate) fn start() -> Self {
        Self { wall: Instant::now(), process: process_cpu(), thread: thread_cpu() }
    }

    /// Ends it. Work of one thread is told finer than the kernel's clock; what other threads did is in the process.
    pub(crate) fn stop(&self, records: usize, facts: serde_json::Value) -> Cost {
        let (process, thread) = (process_cpu() - self.process, thread_cpu() - self.thread);
        let alone = (process - thread).abs() <= 0.03;
        let cpu_s = if alone { thread } else { process };
        Cost {
            records,
            cpu_s: rounded(cpu_s),
            wall_s: rounded(self.wall.elapsed().as_secs_f64()),
            records_per_cpu_s: (records as f64 / cpu_s.max(1e-9)).round(),
            rss_mb: memory("VmRSS:"),
            peak_rss_mb: memory("VmHWM:"),
            facts,
        }
    }
}

pub(crate) fn rounded(seconds: f64) -> f64 {
    (seconds * 1_000.0).round() / 1_000.0
}

/// Seconds of all threads, those that ended too.
pub(crate) fn process_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program may hold spaces: fields are counted after its closing bracket.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// Seconds of this thread.
fn thread_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    stat.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// A line of `/proc/self/status`, in megabytes.
pub(crate) fn memory(line: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kb =
        status.lines().find_map(|l| l.strip_prefix(line)?.split_whitespace().next()?.parse::<f64>().ok());
    (kb.unwrap_or(0.0) * 1.024 / 100.0).round() / 10.0
}

/// Forgets the highest memory so far.
pub(crate) fn forget_peak() {
    // Only root and the process itself may; where it is refused the peak is that of the whole run.
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}
