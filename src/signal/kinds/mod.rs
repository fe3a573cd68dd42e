//! One file per kind of signal: its statistic, its support, its words.

pub mod novelty;
pub mod sentiment_shift;
pub mod velocity;
pub mod volume_anomaly;

use super::discounts::Weighed;
use super::observation::Observation;
use crate::model::{Discount, RecordId};

use super::baseline::{Usual, Window, WindowCount};

/// What a kind found in a topic; `detect` gives it identity and severity.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The window judged.
    pub window: Window,
    /// Before discounts.
    pub observed: f64,
    /// After discounts.
    pub effective: f64,
    /// What is usual.
    pub baseline: crate::model::Baseline,
    /// In robust deviations.
    pub effect: f64,
    /// Probability of at least this much if nothing happened.
    pub p_value: f64,
    /// Enough records and authors, a large enough effect, a baseline to judge by.
    pub passed: bool,
    /// Effective number of authors behind it.
    pub effective_authors: f64,
    /// Every discount applied.
    pub discounts: Vec<Discount>,
    /// The records, most telling first.
    pub evidence: Vec<RecordId>,
    /// One plain sentence.
    pub explanation: String,
}

/// A topic's window and the comparable ones before it, weighed.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The window judged.
    pub window: Window,
    /// What it holds.
    pub now: Weighed<'a>,
    /// The same by platform.
    pub now_count: WindowCount,
    /// The windows before, the latest first.
    pub earlier: Vec<Weighed<'a>>,
    /// What is usual for the count.
    pub usual: Usual,
    /// Discounts that rest on the comparison: places, platforms, history.
    pub discounts: Vec<Discount>,
    /// What counts, after all discounts.
    pub effective: f64,
}

/// At most this many records are kept as evidence of one signal.
pub const MAX_EVIDENCE: usize = 50;

/// Orders evidence: records of the busiest cluster first (by authors), then by time and id.
pub(crate) fn by_company(counted: &[&Observation]) -> Vec<RecordId> {
    use std::collections::{HashMap, HashSet};
    let mut authors: HashMap<&crate::model::ClusterId, HashSet<&crate::model::AuthorKey>> = HashMap::new();
    for o in counted {
        if let Some(cluster) = &o.cluster {
            authors.entry(cluster).or_default().insert(&o.author_key);
        }
    }
    let company = |o: &Observation| o.cluster.as_ref().and_then(|c| authors.get(c)).map_or(0, HashSet::len);
    let mut order: Vec<&&Observation> = counted.iter().collect();
    order.sort_by(|a, b| {
        company(b)
            .cmp(&company(a))
            .then_with(|| a.cluster.cmp(&b.cluster))
            .then_with(|| a.published_at.cmp(&b.published_at))
            .then_with(|| a.id.cmp(&b.id))
    });
    order.into_iter().take(MAX_EVIDENCE).map(|o| o.id.clone()).collect()
}

/// A length of time in words, in whole hours.
pub(crate) fn hours(window: Window) -> String {
    match (window.to - window.from).num_hours() {
        1 => "1 hour".to_owned(),
        n => format!("{n} hours"),
    }
}
