//! Signals: measured changes in a topic.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{Asked, RecordId, SignalId, TopicSlug};

text_enum! {
    /// What kind of change.
    pub enum SignalKind: "signal kind" {
        /// More independent records than the same hours usually bring.
        VolumeAnomaly => "volume_anomaly",
        /// The pace of the last hours against the hours before.
        Velocity => "velocity",
        /// A larger share of records about things not seen before.
        Novelty => "novelty",
        /// Sentiment away from its usual level.
        SentimentShift => "sentiment_shift",
        /// Tone away from its usual mix.
        RegisterShift => "register_shift",
        /// Platforms that usually agree do not.
        PlatformDivergence => "platform_divergence",
        /// One name far above its usual rate.
        EntitySurge => "entity_surge",
        /// One phrase far above its usual rate.
        PhraseTrending => "phrase_trending",
        /// The same thing surging in several topics.
        CrossTopic => "cross_topic",
        /// A slow, steady change over weeks.
        Trend => "trend",
    }
}

text_enum! {
    /// How much it matters.
    pub enum Severity: "severity" {
        /// Worth a line.
        Low => "low",
        /// Worth a story.
        Medium => "medium",
        /// Worth interrupting for.
        High => "high",
    }
}

text_enum! {
    /// Why a change counts for less than it seems.
    pub enum DiscountKind: "discount" {
        /// Few independent authors (effective number by inverse Simpson).
        FewAuthors => "few_authors",
        /// Copies of one text count once.
        CopyPaste => "copy_paste",
        /// A platform was not polled.
        StaleSource => "stale_source",
        /// Old records that arrived late.
        Backfill => "backfill",
        /// Records that quote us or another machine's brief.
        Circular => "circular",
        /// One place alone is loud.
        BurstOfOneSource => "burst_of_one_source",
        /// Too little history to compare with.
        ThinBaseline => "thin_baseline",
        /// Weekly threads and daily bots.
        Recurring => "recurring",
    }
}

/// A discount as applied: from how much to how much, and why, in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Discount {
    /// Which.
    pub kind: DiscountKind,
    /// The value before.
    pub before: f64,
    /// The value after.
    pub after: f64,
    /// In words: “9 of 12 posts are copies of one text by 2 accounts”.
    pub why: String,
}

/// What is usual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The usual value (median of the comparable windows).
    pub center: f64,
    /// Robust spread (1.4826 × median absolute deviation, floored).
    pub spread: f64,
    /// How many windows it rests on.
    pub windows: usize,
}

/// A measured change, kept or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// Identity: kind, topic and tick.
    pub id: SignalId,
    /// What kind.
    pub kind: SignalKind,
    /// In which topic.
    pub topic: TopicSlug,
    /// The tick that measured it.
    pub at: DateTime<Utc>,
    /// Start of the window.
    pub from: DateTime<Utc>,
    /// What was observed, before discounts.
    pub observed: f64,
    /// What was left after discounts.
    pub effective: f64,
    /// What is usual.
    pub baseline: Baseline,
    /// Effect size in robust standard deviations.
    pub effect: f64,
    /// Probability of at least this much under the baseline.
    pub p_value: f64,
    /// How much it matters.
    pub severity: Severity,
    /// Whether it passed support, effect and false-discovery bars.
    pub kept: bool,
    /// The bars it was held against, in order; none in what older versions stored.
    #[serde(default)]
    pub asked: Vec<Asked>,
    /// Every discount applied.
    pub discounts: Vec<Discount>,
    /// Records it rests on, most telling first.
    pub evidence: Vec<RecordId>,
    /// One plain sentence.
    pub explanation: String,
}
