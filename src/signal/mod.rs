//! What changed in a topic: baselines, signals, discounts, scores, leads.

pub mod baseline;
pub mod detect;
pub mod discounts;
pub mod kinds;
pub mod observation;
pub mod pulse;
