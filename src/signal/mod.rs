//! What changed in a topic: baselines, signals, discounts, scores, leads.

pub mod observation;
