//! What changed in a topic: baselines, signals, discounts, scores, leads.

pub mod baseline;
pub mod circular;
pub mod company;
pub mod detect;
pub mod discounts;
pub mod grouping;
pub mod history;
#[cfg(test)]
pub(crate) mod invented;
pub mod kinds;
pub mod leads;
pub mod observation;
pub mod pulse;
pub mod score;
pub mod vectors;
mod watch;

pub use company::Company;
pub use watch::{Look, Watch, WatchSettings};
