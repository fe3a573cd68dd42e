//! Faults a test switches on: what goes wrong, for which requests, how often.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Discord;

/// What goes wrong with a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    /// It is done, and the connection ends before the answer.
    LostAnswer,
    /// The connection ends before anything is done.
    LostRequest,
    /// 429 in the bot's own bucket.
    TooManyForBucket(Duration),
    /// 429 of the bot's global limit.
    TooManyGlobal(Duration),
    /// 429 of a limit shared with others.
    TooManyShared(Duration),
    /// 429 whose Retry-After is no number.
    TooManyUnparsable,
    /// This status, and nothing is done.
    Status(u16),
    /// This status, although it is done.
    StatusAfter(u16),
    /// It is done, and the answer comes late.
    Slow(Duration),
    /// It is done, and the answer breaks off in its middle.
    HalfAnswer,
}

/// What goes wrong, with which requests.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    what: What,
    method: String,
    pattern: String,
    after: usize,
    times: usize,
}

impl Fault {
    /// Happens to the first request, whatever it is.
    pub(crate) fn new(what: What) -> Self {
        Self { what, method: "*".to_owned(), pattern: "/**".to_owned(), after: 0, times: 1 }
    }

    /// Only to requests of this method and path, as in `/channels/*/messages`; `**` at the end is any rest.
    pub(crate) fn on(mut self, method: &str, pattern: &str) -> Self {
        method.clone_into(&mut self.method);
        pattern.clone_into(&mut self.pattern);
        self
    }

    /// Lets the first ones through; 1 is the first.
    pub(crate) fn starting_with(mut self, nth: usize) -> Self {
        self.after = nth - 1;
        self
    }

    /// Happens so often.
    pub(crate) fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    fn fits(&self, method: &str, path: &str) -> bool {
        if self.method != "*" && self.method != method {
            return false;
        }
        let mut parts = path.trim_start_matches('/').split('/');
        for wanted in self.pattern.trim_start_matches('/').split('/') {
            match (wanted, parts.next()) {
                ("**", _) => return true,
                (wanted, Some(part)) if wanted == "*" || wanted == part => {}
                _ => return false,
            }
        }
        parts.next().is_none()
    }
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    seen: usize,
    hits: usize,
}

/// A fault that is switched on.
#[derive(Clone, Debug)]
pub(crate) struct FaultHandle(Arc<Mutex<Armed>>);

impl FaultHandle {
    /// How often it has happened.
    pub(crate) fn hits(&self) -> usize {
        self.with(|armed| armed.hits)
    }

    /// It happens no more.
    pub(crate) fn stop(&self) {
        self.with(|armed| armed.fault.times = armed.hits);
    }

    fn with<T>(&self, act: impl FnOnce(&mut Armed) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Every fault that is on.
#[derive(Default)]
pub(super) struct Faults(Vec<FaultHandle>);

impl Faults {
    pub(super) fn arm(&mut self, fault: Fault) -> FaultHandle {
        let handle = FaultHandle(Arc::new(Mutex::new(Armed { fault, seen: 0, hits: 0 })));
        self.0.push(handle.clone());
        handle
    }

    /// What goes wrong with this request.
    pub(super) fn happens(&self, method: &str, path: &str) -> Option<What> {
        self.0.iter().find_map(|handle| {
            handle.with(|armed| {
                if !armed.fault.fits(method, path) {
                    return None;
                }
                armed.seen += 1;
                if armed.seen <= armed.fault.after || armed.hits >= armed.fault.times {
                    return None;
                }
                armed.hits += 1;
                Some(armed.fault.what.clone())
            })
        })
    }
}

impl Discord {
    /// Switches a fault on.
    pub(crate) fn fault(&self, fault: Fault) -> FaultHandle {
        self.with(|state| state.faults.arm(fault))
    }
}
