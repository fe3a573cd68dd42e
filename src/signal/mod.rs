//! What changed in a topic: baselines, signals, discounts, scores, leads.

pub mod grouping;
pub mod history;
#[cfg(test)]
pub(crate) mod invented;
pub mod leads;
pub mod observation;
pub mod score;
pub mod vectors;
