//! What changed in a topic: baselines, signals, discounts, scores, leads.

pub mod baseline;
mod called;
pub mod circular;
pub mod company;
pub mod detect;
pub mod discounts;
pub mod grouping;
pub mod history;
#[cfg(test)]
pub(crate) mod invented;
pub mod joined;
pub mod keys;
pub mod kinds;
pub mod leads;
pub mod observation;
mod places;
pub mod pulse;
pub mod retell;
pub mod score;
pub mod totals;
pub mod vectors;
mod watch;

pub use called::Called;
pub use company::{Company, Recognised, Ties};
pub use totals::Unread;
pub use watch::{COMPANY, Look, Watch, WatchSettings};
