//! One file per kind of signal: its statistic, its support, its words.

pub mod cross_topic;
pub mod entity_surge;
mod gathering;
pub mod novelty;
pub mod phrase_trending;
pub mod platform_divergence;
pub mod register_shift;
pub mod sentiment_shift;
pub mod surge;
pub mod trend;
pub mod velocity;
pub mod volume_anomaly;

use std::collections::BTreeSet;

use super::detect::Bars;
use super::discounts::{ByDigest, DiscountSettings, Weighed};
use super::observation::Observation;
use crate::model::{Discount, DiscountKind, Platform, RecordId};

use super::baseline::{Usual, WindowCount};
use super::totals::Window;

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

/// What single kinds ask for, besides the bars of all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct KindSettings {
    /// Another mix of registers.
    pub register: register_shift::Settings,
    /// One platform apart from the others.
    pub divergence: platform_divergence::Settings,
    /// Names and phrases.
    pub surge: surge::Settings,
    /// Names in several topics.
    pub cross: cross_topic::Settings,
    /// Slow change.
    pub trend: trend::Settings,
}

/// All that a kind goes by.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'r> {
    /// The bars of all kinds.
    pub bars: &'r Bars,
    /// What single kinds ask for.
    pub kinds: &'r KindSettings,
    /// What counts for less.
    pub discounts: &'r DiscountSettings,
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
    /// The same by platform.
    pub earlier_counts: Vec<WindowCount>,
    /// Platforms that could not be read lately.
    pub stale: BTreeSet<Platform>,
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
    use std::collections::HashSet;
    let mut authors: ByDigest<&crate::model::ClusterId, HashSet<&crate::model::AuthorKey>> =
        ByDigest::default();
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
    order.into_iter().map(|o| o.id.clone()).collect()
}

/// That there are too few earlier days `to` judge by; nothing is taken from `level`.
pub(crate) fn thin_baseline(level: f64, days: usize, to: &str, least: usize) -> Discount {
    Discount {
        kind: DiscountKind::ThinBaseline,
        before: level,
        after: level,
        why: format!("only {days} earlier days {to}, {least} are needed"),
    }
}

/// A length of time in words, in whole hours.
pub(crate) fn hours(window: Window) -> String {
    match (window.to - window.from).num_hours() {
        1 => "1 hour".to_owned(),
        n => format!("{n} hours"),
    }
}
